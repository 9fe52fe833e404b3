/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call to one worker, from the request to the reply: what it prints, what it asks.
 */
#ifndef TUM_EXCHANGE_H
#define TUM_EXCHANGE_H

#include "worker/worker.h"

enum tum_exchanged {
    TUM_EXCHANGE_REPLIED, /* reply */
    TUM_EXCHANGE_STOPPED, /* the stop token was set */
    TUM_EXCHANGE_LOST,    /* text: how the worker ended, while it served this call */
    TUM_EXCHANGE_UNBORN,  /* text: it ended before it greeted */
    TUM_EXCHANGE_LATE,    /* it did not greet in time */
    TUM_EXCHANGE_HUNG,    /* it does not take calls */
    TUM_EXCHANGE_REFUSED, /* text: the call cannot be sent */
};

struct tum_exchange {
    struct tum_worker *worker;
    const struct tum_worker_host *host;
    struct tum_stop *stop;
    struct tum_str inside; /* the call: inside of a JSON object, from "op" on */
    struct tum_str prefix; /* of lines that did not come by the streams of ours */
    bool says_where;       /* asked to before it is ended */
    bool shared;           /* other calls may keep it from taking this one */
    /* Gets what the worker tells beside output and questions ("event"); or NULL. */
    void (*event)(void *ctx, tum_val message);
    void *event_ctx;
};

struct tum_exchange_result {
    tum_val reply; /* a map */
    char *text;
};

enum tum_exchanged tum_exchange_run(const struct tum_exchange *exchange,
                                    struct tum_exchange_result *ret);
void tum_exchange_result_release(struct tum_exchange_result *result);

/* Adds raw output as lines with the prefix; an unfinished one is completed. */
void tum_exchange_raw(struct tum_str prefix, struct tum_str raw, struct tum_buf *out);

#endif
