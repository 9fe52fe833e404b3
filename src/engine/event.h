/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bus: what happens in a run, numbered in one place and handed to every observer in
 * the same order.
 *
 * Sinks are called under the bus lock: they are ours, may not block on anything but
 * their own output, may not emit, and copy what they keep. A slow sink slows the run, which is better
 * than a queue that grows for the length of a night.
 */
#ifndef TUM_EVENT_H
#define TUM_EVENT_H

#include "tum/item.h"

enum tum_event_kind {
    TUM_EVENT_RUN_STARTED,
    TUM_EVENT_ITEM_STARTED,
    TUM_EVENT_ITEM_FINISHED, /* also for an item that was not run because of its condition */
    TUM_EVENT_ITEM_SKIPPED, /* skipped at load, or deselected: no row */
    TUM_EVENT_ITEM_OUTPUT,  /* printed text; only for sinks that ask for it */
    TUM_EVENT_FOUND_STARTED, /* a row below the item for what it found: a test of unittest */
    TUM_EVENT_FOUND_FINISHED,
    TUM_EVENT_RUN_FINISHED,
};

struct tum_event {
    enum tum_event_kind kind;
    uint64_t seq;                   /* from 1, without gaps */
    tum_time at;                    /* monotonic */
    const struct tum_item *item;    /* NULL for the run's own */
    const char *found, *found_type; /* FOUND: name and type of the row; borrowed */
    int64_t execution;              /* tells executions of one item apart; from 1 */
    int64_t parent_execution;       /* of the enclosing item; 0: none */
    const char *branch;       /* name of the innermost branch, "" outside; borrowed */
    enum tum_verdict verdict; /* FINISHED */
    enum tum_outcome outcome; /* FINISHED; never NONE */
    tum_time duration;        /* FINISHED */
    const char *message;      /* FINISHED, borrowed */
    struct tum_str text;      /* OUTPUT: whole lines, borrowed */
    int64_t attempts;         /* FINISHED: with `retry`; else 0 or 1 */
    tum_val tries;            /* FINISHED: list of them, or none; borrowed */
    int64_t loop_index;       /* iteration of the nearest loop, or -1 */
    int status;               /* RUN_FINISHED: exit status */
};

struct tum_sink {
    void (*take)(void *ctx, const struct tum_event *event);
    void *ctx;
    bool output; /* wants TUM_EVENT_ITEM_OUTPUT */
};

#define TUM_SINKS_LIMIT 8

struct tum_bus;
struct tum_bus *tum_bus_new(void) TUM_MUST_USE;
void tum_bus_free(struct tum_bus *bus);
void tum_bus_add(struct tum_bus *bus, const struct tum_sink *sink); /* before the run */
/* True when a sink wants output. */
bool tum_bus_wants_output(const struct tum_bus *bus);
/* Sets seq and at. Any thread. */
void tum_bus_emit(struct tum_bus *bus, struct tum_event *event);

#endif
