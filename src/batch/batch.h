/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch: from the words of a command line to an exit status. Prints nothing itself; a
 * face does.
 */
#ifndef TUM_BATCH_H
#define TUM_BATCH_H

#include "batch/plan.h"
#include "engine/session.h"

#define TUM_BATCH_JOBS        256
#define TUM_BATCH_GRACE       (5 * TUM_SECOND)
#define TUM_BATCH_INFRA_TRIES 2
#define TUM_BATCH_INFRA_DELAY (30 * TUM_SECOND)

/* Where text goes. Any thread, one at a time. */
struct tum_face {
    void *ctx;
    void (*print)(void *ctx, struct tum_str text);    /* whole lines */
    void (*complain)(void *ctx, struct tum_str text); /* standard error */
    /* A line below all others; NULL takes it away. Only when `terminal`. */
    void (*live)(void *ctx, const char *line);
    bool terminal, colours;
    int columns;
};

struct tum_batch_opts {
    struct tum_program program;
    const char *const *paths; /* NULL-ended */
    struct tum_selection selection;
    bool changed;
    const char *revision;
    size_t jobs;
    size_t maxfail;                  /* 0: none */
    tum_time timeout, batch_timeout; /* 0: none */
    int64_t retries, infra_retries;
    tum_time infra_delay;
    bool resume, clean, no_preflight, no_services, strict_flaky;
    bool list, list_json;
    const char *report_dir; /* or NULL */
    bool jenkins_xsd;       /* JUnit without `file` */
    bool events;
    const char *events_file; /* NULL or "": standard output */
    bool strict01;
    /* A bench that is not fit is looked at again, infra_retries times. */
    bool fit_again;
    tum_val on_exhausted; /* instead of that of the project; none: that one */
    const char *folder;   /* where paths are relative to; NULL: current folder */
};

int tum_batch_run(const struct tum_batch_opts *opts, const struct tum_face *face);

/* Folder of the state: of the project file, else of the campaign, else NULL. */
char *tum_state_place(const struct tum_project *project,
                      const char *campaign) TUM_MUST_USE;

/* ---- the inside: batch.c, runner.c, summary.c ---- */

enum tum_job_state { TUM_JOB_WAITING, TUM_JOB_RUNNING, TUM_JOB_DONE };

/* One campaign of a batch. Fields are the runner's while it runs, else guarded. */
struct tum_job {
    struct tum_campaign *campaign;
    int64_t ordinal; /* from 1 */
    enum tum_job_state state;
    tum_time ready_at;               /* not before */
    tum_time started;                /* monotonic, of the present attempt */
    int64_t attempt, retries, infra; /* made so far */
    char *folder;                    /* of the campaign */
    const char *outcome, *result;
    char *message;
    char *known_text, *flaky_text; /* nodes, a line each; or NULL */
    double duration;
    int status;     /* of the campaign's process, or -1 */
    bool service;   /* failed because of a service: not tried again */
    bool exhausted; /* its budget is spent */
    char *earlier;  /* what the first attempt that did not pass said, or NULL */
    size_t passed, failed, errors, skipped, known_flaky, flaky, excused;
    char *left;  /* what it left behind, or NULL */
    char *start; /* what it did not start clean with, or NULL */
};

struct tum_batch;

/*
 * Runs one attempt, fills the job and decides what follows; in the thread of the runner.
 */
void tum_runner_attempt(struct tum_batch *batch, struct tum_job *job);

#endif
