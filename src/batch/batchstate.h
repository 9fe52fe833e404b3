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
#include <pthread.h>
#include <signal.h>

struct tum_poison;
struct tum_services;

struct tum_batch {
    const struct tum_batch_opts *opts;
    const struct tum_face *face;
    struct tum_project *project;
    struct tum_plan *plan;
    char *run;    /* its name in the state; a resumed one keeps it */
    char *mark;   /* TUM_RUN_ID of what this process starts: names this process */
    char *folder; /* of the run: events, campaign folders */
    char *events_path;
    int events_fd; /* <folder>/events.jsonl */
    int stream_fd; /* of --events, or -1 */
    tum_time start;
    char *github;                  /* allows its commands again; or NULL */
    struct tum_services *services; /* or NULL */

    /* All below is guarded by the lock, as are the campaigns' results. */
    struct tum_lock lock;
    struct tum_state *state;
    struct tum_job *jobs;
    size_t job_count, done, failed;
    struct tum_stop *wake; /* set and made anew when a runner should look again */
    bool fault;            /* tum itself could not do something: status 3 */
    char *fault_text;
    char *left;   /* what no campaign can be charged with; or NULL */
    bool unfit;   /* pre-flight before the batch found something: status 4 */
    bool late;    /* --batch-timeout */
    int signal;   /* first signal, or 0 */
    int signals;  /* how many */
    bool no_more; /* start no more campaigns */
    struct tum_poison *poison;

    struct tum_stop *soft; /* campaigns are asked to stop */
    struct tum_stop *hard; /* they are killed */
};

/* ---- tell.c ---- */

/* Adds a line to the batch's events and to --events; `line` has no line end. */
void tum_batch_event(struct tum_batch *batch, struct tum_str line);
/* The same for an event of the batch itself; takes a map with its own fields. */
void tum_batch_emit(struct tum_batch *batch, const char *event, tum_val take);
/* A line for the user. */
void tum_batch_say(struct tum_batch *batch, const char *fmt, ...) TUM_PRINTF(2, 3);
/* With the lock: something was left behind that no campaign can be charged with. */
void tum_batch_left(struct tum_batch *batch, const char *what);
/* Something tum could not do; the batch goes on and ends with status 3. */
void tum_batch_fault(struct tum_batch *batch, struct tum_error *take);

/* A line on standard error. */
void tum_face_complain(const struct tum_face *face, const char *fmt, ...)
    TUM_PRINTF(2, 3);
/* The same of an error, which is freed; gives the status. */
int tum_face_fail(const struct tum_face *face, struct tum_error *take, int status);

/* ---- jobs.c ---- */

void tum_jobs_make(struct tum_batch *batch);
/* Writes the batch and what it is to run to the state. */
bool tum_jobs_save(struct tum_batch *batch, struct tum_error **err);
/* With the lock: the job is done. */
bool tum_job_save_end(struct tum_batch *batch, const struct tum_job *job,
                      struct tum_error **err);
/* With the lock, before an attempt starts: killing tum renews no budget. */
void tum_job_save_attempt(struct tum_batch *batch, struct tum_job *job);
/*
 * With the lock: a process was started for the run with that id (the batch's or that of a
 * campaign), or has ended. Survivors are known by pid and start time.
 */
void tum_batch_save_process(struct tum_batch *batch, const char *run,
                            const struct tum_proc *proc, const char *what);
void tum_batch_forget_process(struct tum_batch *batch, const char *run,
                              const struct tum_proc *proc);

/* ---- resume.c ---- */

/* Finds the batch to go on with and fills the plan with its campaigns. */
bool tum_resume_plan(struct tum_batch *batch, struct tum_error **err);
/* After the jobs were made: results and attempts of before. */
bool tum_resume_jobs(struct tum_batch *batch, struct tum_error **err);
/*
 * After batch_started: says again what was found out before the kill, which may have come
 * between the state and the events. Readers know attempts by their number.
 */
bool tum_resume_tell(struct tum_batch *batch, struct tum_error **err);

/* ---- followup.c: all but the last with the lock ---- */

/* Decides what follows from the attempt that is in the job: its state, `exhausted`. */
void tum_batch_decide(struct tum_batch *batch, struct tum_job *job);
/* Says it, and lets the runners look again. */
void tum_batch_conclude(struct tum_batch *batch, struct tum_job *job);
/* The event of what stands in the end. */
void tum_batch_emit_result(struct tum_batch *batch, const struct tum_job *job);
/* Runs on_exhausted. */
void tum_batch_notify(struct tum_batch *batch, const struct tum_job *job);
/* The same of the batch as a whole. */
void tum_batch_notify_unfit(struct tum_batch *batch, const char *reason,
                            int64_t attempts);

/* ---- crew.c ---- */

/* Runs all jobs; in the main thread, with the signals of the set blocked. */
void tum_crew_run(struct tum_batch *batch);
void tum_crew_signals(sigset_t *ret);

/* Signals and the bound of the batch are served meanwhile; by a thread of its own. */
struct tum_watch {
    struct tum_batch *batch;
    struct tum_stop *over;
    pthread_t thread;
    bool started;
};

void tum_crew_watch(struct tum_batch *batch, struct tum_watch *ret);
void tum_crew_unwatch(struct tum_watch *watch);

/* ---- ending.c ---- */

/* Writes and says everything; the exit status. */
int tum_batch_end(struct tum_batch *batch);
/* Drops batches beyond those that are kept, with what they left. */
void tum_batch_forget(struct tum_batch *batch);

/* ---- planlist.c ---- */

void tum_plan_print(const struct tum_batch *batch, bool json);
/* True when a campaign does not load; says so for a list. */
bool tum_plan_troubles(const struct tum_batch *batch);

/* ---- summary.c: what the user reads; the lock is held ---- */

void tum_summary_line(struct tum_batch *batch, const struct tum_job *job);
void tum_summary_live(struct tum_batch *batch);
void tum_summary_end(struct tum_batch *batch, int status);

#endif
