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

static void take_signal(struct tum_batch *batch, int fd, int *count)
{
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    tum_lock_enter(&batch->lock);
    if (batch->signal == 0) {
        batch->signal = (int)info.ssi_signo;
        tum_batch_say(batch, "Stopping: campaigns are asked to end.");
    }
    tum_lock_leave(&batch->lock);
    tum_stop_request((*count)++ == 0 ? batch->soft : batch->hard, TUM_STOP_USER);
}

bool tum_crew_pause(struct tum_batch *batch, tum_time until)
{
    enum tum_waited waited;
    sigset_t set;
    int count = 0, fd;

    tum_crew_signals(&set);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    waited = tum_wait(batch->soft, fd, POLLIN, until);
    if (waited == TUM_READY)
        take_signal(batch, fd, &count);
    tum_fd_close(&fd);
    return waited == TUM_LATE;
}

/* Serves signals, the bound of the batch and the live line until all runners are done. */
static void serve(struct tum_batch *batch, struct joining *joining)
{
    tum_time until = batch->opts->batch_timeout > 0
                         ? tum_time_add(batch->start, batch->opts->batch_timeout)
                         : TUM_FOREVER;
    pthread_t joiner;
    sigset_t set;
    int count = 0, fd;

    tum_crew_signals(&set);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (pthread_create(&joiner, NULL, join_main, joining) != 0) {
        join_main(joining);
        tum_fd_close(&fd);
        return;
    }
    for (;;) {
        tum_time next = batch->face->terminal ? tum_now() + LIVE_INTERVAL : TUM_FOREVER;
        enum tum_waited waited =
            tum_wait(joining->all_done, fd, POLLIN, TUM_MIN(next, until));

        if (waited == TUM_STOPPED)
            break;
        if (waited == TUM_READY) {
            take_signal(batch, fd, &count);
        } else if (tum_now() >= until) {
            tum_lock_enter(&batch->lock);
            batch->late = true;
            tum_batch_say(batch, "The bound of the batch was reached.");
            tum_lock_leave(&batch->lock);
            tum_stop_request(batch->soft, TUM_STOP_USER);
            until = TUM_FOREVER;
        }
        if (batch->face->terminal) {
            tum_lock_enter(&batch->lock);
            tum_summary_live(batch);
            tum_lock_leave(&batch->lock);
        }
    }
    pthread_join(joiner, NULL);
    tum_fd_close(&fd);
    if (batch->face->terminal)
        batch->face->live(batch->face->ctx, NULL);
}

void tum_crew_run(struct tum_batch *batch)
{
    struct joining joining = {.batch = batch, .all_done = tum_stop_new(NULL)};
    size_t most = TUM_MIN((size_t)TUM_BATCH_JOBS, batch->job_count);
    size_t jobs = TUM_MIN(TUM_MAX(batch->opts->jobs, (size_t)1), most);

    while (joining.count < jobs && pthread_create(&joining.threads[joining.count], NULL,
                                                  runner_main, batch) == 0)
        joining.count++;
    if (joining.count == 0 && batch->job_count > 0)
        runner_main(batch);
    serve(batch, &joining);
    tum_stop_unref(joining.all_done);
}
