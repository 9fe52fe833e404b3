/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt of a campaign, for the files that run it: runner.c, needs.c, judge.c.
 */
#ifndef TUM_ATTEMPT_H
#define TUM_ATTEMPT_H

#include "batch/batchstate.h"
#include "tum/proc.h"

/* Lines of output named when a campaign died, and bytes kept for that. */
#define TUM_TAIL_LINES  20
#define TUM_TAIL_SIZE   ((size_t)16 << 10)
/* Requests for services of one campaign that are served at the same time. */
#define TUM_ASKED_LIMIT 256

struct tum_needing; /* a request for services, needs.c */

/* Fields belong to the thread of the runner where nothing else is said. */
struct tum_attempt {
    struct tum_batch *batch;
    struct tum_job *job;
    struct tum_record *record;
    struct tum_proc *proc;
    int link, out;   /* ours */
    int log, events; /* files */
    char *tmp, *run; /* TMPDIR; TUM_RUN_ID */
    char *clean_start;
    char *respawned; /* with the lock below: what a service was respawned for */
    char *running, *late_lines; /* node under way and last output, at the bound */
    struct tum_buf packet, tail;
    tum_val files;
    tum_time deadline, waiting_since;
    bool late, asked_to_stop, killed, said_bye, log_lost;
    struct tum_proc_status status;
    struct tum_buf left;
    struct tum_needing *asked[TUM_ASKED_LIMIT];
    size_t asked_count;
    struct tum_lock asked_lock;
};

/* ---- needs.c ---- */

/* A campaign asks for services; each request is served by a thread of its own. */
void tum_attempt_need(struct tum_attempt *a, tum_val packet);
void tum_attempt_release(struct tum_attempt *a, int64_t id);
/* When the process is gone: all requests that are left. */
void tum_attempt_end_needs(struct tum_attempt *a);

/* ---- judge.c ---- */

/* The end of the attempt as outcome and message of its job. */
void tum_attempt_judge(struct tum_attempt *a);
/* The last lines that the campaign wrote, without the head of its log. */
struct tum_str tum_attempt_lines(const struct tum_attempt *a);
/* Outcome and message of a job; the message is copied. */
void tum_job_finish(struct tum_job *job, const char *outcome, const char *message);

#endif
