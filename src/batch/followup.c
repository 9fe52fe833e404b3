/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from an attempt: it stands, it is tried again, or a budget is spent.
 */
#include "batch/batchstate.h"
#include "tum/mem.h"
#include "tum/proc.h"

/* Patience for on_exhausted. */
#define NOTIFY_BOUND (60 * TUM_SECOND)

static void notify(struct tum_batch *batch, const char *what, const char *why,
                   int64_t count)
{
    tum_val words = batch->opts->on_exhausted.kind != TUM_NONE
                        ? batch->opts->on_exhausted
                        : tum_conf_get(batch->project->config, "on_exhausted");
    TUM_AUTO(tum_freep)
    char *campaign = tum_asprintf("TUM_CAMPAIGN=%s", what);
    TUM_AUTO(tum_freep) char *reason = tum_asprintf("TUM_REASON=%s", why);
    TUM_AUTO(tum_freep)
    char *attempts = tum_asprintf("TUM_ATTEMPTS=%lld", (long long)count);
    TUM_AUTO(tum_freep) char *run = tum_asprintf("TUM_RUN_ID=%s", batch->mark);
    const char *const env[] = {campaign, reason, attempts, run, NULL};
    struct tum_proc_result result;
    struct tum_error *err = NULL;
    const char **argv;

    if (tum_list_len(words) == 0)
        return;
    argv = tum_conf_words(words);
    TUM_AUTO(tum_freep) char *beside = tum_project_path(batch->project, argv[0]);
    if (strchr(argv[0], '/') != NULL)
        argv[0] = beside;
    const struct tum_proc_run_opts opts = {
        .proc = {TUM_PROC_OPTS, .argv = argv, .env = env,
                 .directory = batch->project->root},
        .stop = batch->hard,
        .deadline = tum_now() + NOTIFY_BOUND,
        .merge = true,
        .out_limit = 65536,
    };

    if (tum_proc_run(&opts, &result, &err)) {
        tum_proc_result_release(&result);
    } else {
        char *text = tum_error_text(err);

        tum_face_complain(batch->face, "on_exhausted: %s", text);
        tum_free(text);
        tum_error_free(err);
    }
    tum_free(argv);
}

void tum_batch_notify(struct tum_batch *batch, const struct tum_job *job)
{
    notify(batch, job->campaign->shown, job->message, job->attempt);
}

void tum_batch_notify_unfit(struct tum_batch *batch, const char *reason,
                            int64_t attempts)
{
    notify(batch, "", reason, attempts);
}

/* True: the campaign is tried again. */
static bool try_again(struct tum_batch *batch, struct tum_job *job)
{
    const struct tum_batch_opts *opts = batch->opts;

    if (tum_stop_is_set(batch->soft) || job->status == TUM_STATUS_USAGE)
        return false;
    if (tum_outcome_passed(job->outcome) || strcmp(job->outcome, "skipped") == 0)
        return false;
    if (strcmp(job->outcome, "error") == 0 && !job->service) {
        if (job->infra < opts->infra_retries) {
            job->infra++;
            job->ready_at = tum_now() + opts->infra_delay;
            return true;
        }
        job->exhausted = true;
        return false;
    }
    if ((strcmp(job->outcome, "failed") == 0 || strcmp(job->outcome, "timeout") == 0) &&
        job->retries < opts->retries) {
        job->retries++;
        job->ready_at = tum_now();
        return true;
    }
    return false;
}

static void say_spent(struct tum_job *job)
{
    TUM_AUTO(tum_freep)
    char *after = job->infra > 0
                      ? tum_asprintf(", after %lld attempts", (long long)job->attempt)
                      : tum_strdup("");
    char *old = job->message;

    job->message = tum_asprintf("infrastructure, not a test failure%s: %s", after, old);
    tum_free(old);
}

void tum_batch_decide(struct tum_batch *batch, struct tum_job *job)
{
    if (try_again(batch, job)) {
        if (job->earlier == NULL)
            job->earlier = tum_strdup(job->message);
        job->state = TUM_JOB_WAITING;
        return;
    }
    if (job->earlier != NULL && strcmp(job->outcome, "passed") == 0)
        job->outcome = "flaky";
    if (job->exhausted)
        say_spent(job);
    job->state = TUM_JOB_DONE;
}

/* What stands in the end: an attempt alone does not know it. */
void tum_batch_emit_result(struct tum_batch *batch, const struct tum_job *job)
{
    struct tum_map_builder *b = tum_map_begin(4);

    tum_map_adds(b, "campaign", tum_val_str(job->campaign->shown));
    tum_map_adds(b, "outcome", tum_val_str(job->outcome));
    tum_map_adds(b, "message", tum_val_str(job->message));
    tum_map_adds(b, "attempts", tum_val_int(job->attempt));
    tum_batch_emit(batch, "campaign_result", tum_map_end(b));
}

/* Who waits for a job looks again. */
static void wake_all(struct tum_batch *batch)
{
    tum_stop_request(batch->wake, TUM_STOP_WAKE);
    tum_stop_unref(batch->wake);
    batch->wake = tum_stop_new(batch->soft);
}

void tum_batch_conclude(struct tum_batch *batch, struct tum_job *job)
{
    if (job->state == TUM_JOB_DONE) {
        batch->done++;
        if (!tum_outcome_passed(job->outcome) && strcmp(job->outcome, "skipped") != 0)
            batch->failed++;
        tum_batch_emit_result(batch, job);
        if (batch->opts->maxfail > 0 && batch->failed >= batch->opts->maxfail)
            batch->no_more = true;
    }
    tum_summary_line(batch, job);
    wake_all(batch);
}
