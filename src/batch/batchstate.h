/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a running batch, for the files of this folder that run it.
 */
#ifndef TUM_BATCHSTATE_H
#define TUM_BATCHSTATE_H

#include "base/lock.h"
#include "batch/batch.h"
#include "batch/record.h"
#include "tum/wait.h"

struct tum_poison;
struct tum_services;

struct tum_batch {
    const struct tum_batch_opts *opts;
    const struct tum_face *face;
    struct tum_project *project;
    struct tum_plan *plan;
    char *run;    /* its TUM_RUN_ID */
    char *folder; /* of the run: events, campaign folders */
    char *events_path;
    int events_fd; /* <folder>/events.jsonl */
    int stream_fd; /* of --events, or -1 */
    tum_time start;
    struct tum_services *services; /* or NULL */

    /* All below is guarded by the lock, as are the campaigns' results. */
    struct tum_lock lock;
    struct tum_state *state;
    struct tum_job *jobs;
    size_t job_count, done, failed;
    char *inherited;       /* what earlier runs left, for the first campaign; or NULL */
    struct tum_stop *wake; /* set and made anew when a runner should look again */
    bool fault;            /* tum itself could not do something: status 3 */
    char *fault_text;
    bool late;    /* --batch-timeout */
    int signal;   /* first signal, or 0 */
    bool no_more; /* start no more campaigns */
    struct tum_poison *poison;

    struct tum_stop *soft; /* campaigns are asked to stop */
    struct tum_stop *hard; /* they are killed */
};

/* Adds a line to the batch's events and to --events; `line` has no line end. */
void tum_batch_event(struct tum_batch *batch, struct tum_str line);
/* The same for an event of the batch itself; takes a map with its own fields. */
void tum_batch_emit(struct tum_batch *batch, const char *event, tum_val take);
/* A line for the user. */
void tum_batch_say(struct tum_batch *batch, const char *fmt, ...) TUM_PRINTF(2, 3);
/* Something tum could not do; the batch goes on and ends with status 3. */
void tum_batch_fault(struct tum_batch *batch, struct tum_error *take);

/* ---- summary.c: what the user reads; the lock is held ---- */

void tum_summary_line(struct tum_batch *batch, const struct tum_job *job);
void tum_summary_live(struct tum_batch *batch);
void tum_summary_end(struct tum_batch *batch, int status);

#endif
