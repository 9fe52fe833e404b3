/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that run the jobs, and the main thread meanwhile: signals, the bound of the
 * batch, the live line.
 */
#include "base/fd.h"
#include "batch/batchstate.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* How often the live line is made anew. */
#define LIVE_INTERVAL (250 * TUM_MS)

/* ---- running ---- */

static bool shares_lock(const struct tum_campaign *a, const struct tum_campaign *b)
{
    tum_list_each (x, tum_conf_get(a->tree, "locks")) {
        tum_list_each (y, tum_conf_get(b->tree, "locks")) {
            if (tum_val_eq(*x, *y))
                return true;
        }
    }
    return false;
}

static bool clashes(const struct tum_batch *batch, const struct tum_job *job)
{
    for (size_t i = 0; i < batch->job_count; i++) {
        if (batch->jobs[i].state == TUM_JOB_RUNNING &&
            shares_lock(job->campaign, batch->jobs[i].campaign))
            return true;
    }
    return false;
}

/* With the lock. NULL: nothing now; look again at *ret_again, or when woken. */
static struct tum_job *next_job(struct tum_batch *batch, tum_time *ret_again,
                                bool *ret_over)
{
    tum_time now = tum_now();
    bool open = false;

    *ret_again = TUM_FOREVER;
    *ret_over = true;
    if (batch->no_more || tum_stop_is_set(batch->soft))
        return NULL;
    for (size_t i = 0; i < batch->job_count; i++) {
        struct tum_job *job = &batch->jobs[i];

        if (job->state == TUM_JOB_RUNNING)
            open = true; /* it may come back */
        if (job->state != TUM_JOB_WAITING)
            continue;
        open = true;
        if (job->ready_at > now) {
            *ret_again = TUM_MIN(*ret_again, job->ready_at);
            continue;
        }
        if (!clashes(batch, job))
            return job;
    }
    *ret_over = !open;
    return NULL;
}

static void *runner_main(void *arg)
{
    struct tum_batch *batch = arg;

    for (;;) {
        struct tum_job *job;
        struct tum_stop *wake;
        tum_time again;
        bool over;

        tum_lock_enter(&batch->lock);
        job = next_job(batch, &again, &over);
        if (job != NULL) {
            job->state = TUM_JOB_RUNNING;
            tum_job_save_attempt(batch, job);
        }
        wake = tum_stop_ref(batch->wake);
        tum_lock_leave(&batch->lock);
        if (job != NULL) {
            tum_runner_attempt(batch, job);
            if (job->exhausted)
                tum_batch_notify(batch, job);
        } else if (!over) {
            tum_wait(wake, -1, 0, again);
        }
        tum_stop_unref(wake);
        if (job == NULL && over)
            return NULL;
    }
}

/* ---- signals ---- */

void tum_crew_signals(sigset_t *ret)
{
    struct sigaction old;

    sigemptyset(ret);
    sigaddset(ret, SIGINT);
    sigaddset(ret, SIGTERM);
    if (sigaction(SIGHUP, NULL, &old) != 0 || old.sa_handler != SIG_IGN)
        sigaddset(ret, SIGHUP);
}

struct joining {
    struct tum_batch *batch;
    pthread_t threads[TUM_BATCH_JOBS];
    size_t count;
    struct tum_stop *all_done;
};

static void *join_main(void *arg)
{
    struct joining *j = arg;

    for (size_t i = 0; i < j->count; i++)
        pthread_join(j->threads[i], NULL);
    tum_stop_request(j->all_done, TUM_STOP_WAKE);
    return NULL;
}

static void take_signal(struct tum_batch *batch, int fd)
{
    struct signalfd_siginfo info;
    bool first;

    if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    tum_lock_enter(&batch->lock);
    if (batch->signal == 0) {
        batch->signal = (int)info.ssi_signo;
        tum_batch_say(batch, "Stopping: campaigns are asked to end.");
    }
    first = batch->signals++ == 0;
    tum_lock_leave(&batch->lock);
    tum_stop_request(first ? batch->soft : batch->hard, TUM_STOP_USER);
}

/* Serves signals, the bound of the batch and the live line until `over` is set. */
static void serve(struct tum_batch *batch, struct tum_stop *over, bool live)
{
    tum_time until = batch->opts->batch_timeout > 0 && !batch->late
                         ? tum_time_add(batch->start, batch->opts->batch_timeout)
                         : TUM_FOREVER;
    sigset_t set;
    int fd;

    tum_crew_signals(&set);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    for (;;) {
        tum_time next = live ? tum_now() + LIVE_INTERVAL : TUM_FOREVER;
        enum tum_waited waited = tum_wait(over, fd, POLLIN, TUM_MIN(next, until));

        if (waited == TUM_STOPPED)
            break;
        if (waited == TUM_READY) {
            take_signal(batch, fd);
        } else if (tum_now() >= until) {
            tum_lock_enter(&batch->lock);
            batch->late = true;
            tum_batch_say(batch, "The bound of the batch was reached.");
            tum_lock_leave(&batch->lock);
            tum_stop_request(batch->soft, TUM_STOP_USER);
            until = TUM_FOREVER;
        }
        if (live) {
            tum_lock_enter(&batch->lock);
            tum_summary_live(batch);
            tum_lock_leave(&batch->lock);
        }
    }
    tum_fd_close(&fd);
    if (live)
        batch->face->live(batch->face->ctx, NULL);
}

/* ---- before there are runners ---- */

static void *watch_main(void *arg)
{
    struct tum_watch *watch = arg;

    serve(watch->batch, watch->over, false);
    return NULL;
}

void tum_crew_watch(struct tum_batch *batch, struct tum_watch *ret)
{
    *ret = (struct tum_watch){.batch = batch, .over = tum_stop_new(NULL)};
    ret->started = pthread_create(&ret->thread, NULL, watch_main, ret) == 0;
}

void tum_crew_unwatch(struct tum_watch *watch)
{
    tum_stop_request(watch->over, TUM_STOP_WAKE);
    if (watch->started)
        pthread_join(watch->thread, NULL);
    tum_stop_unref(watch->over);
}

/* ---- the whole ---- */

void tum_crew_run(struct tum_batch *batch)
{
    struct joining joining = {.batch = batch, .all_done = tum_stop_new(NULL)};
    size_t most = TUM_MIN((size_t)TUM_BATCH_JOBS, batch->job_count);
    size_t jobs = TUM_MIN(TUM_MAX(batch->opts->jobs, (size_t)1), most);
    pthread_t joiner;

    while (joining.count < jobs && pthread_create(&joining.threads[joining.count], NULL,
                                                  runner_main, batch) == 0)
        joining.count++;
    if (joining.count == 0 && batch->job_count > 0)
        runner_main(batch);
    if (pthread_create(&joiner, NULL, join_main, &joining) == 0) {
        serve(batch, joining.all_done, batch->face->terminal);
        pthread_join(joiner, NULL);
    } else {
        join_main(&joining);
    }
    tum_stop_unref(joining.all_done);
}
