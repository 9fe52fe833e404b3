/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going on after a kill: what the state knows of a batch that did not end.
 */
#include "batch/batchstate.h"
#include "batch/runid.h"
#include "tum/mem.h"
#include <unistd.h>

struct resuming {
    struct tum_batch *batch;
    char *run, *folder;
    bool found;
    struct tum_error **err;
};

static bool find_unended(void *ctx, sqlite3_stmt *st)
{
    struct resuming *r = ctx;
    uint64_t ticks = (uint64_t)sqlite3_column_int64(st, 3);

    if (ticks != 0 && tum_process_ticks((pid_t)sqlite3_column_int64(st, 2)) == ticks)
        return true; /* it is under way */
    r->run = tum_strdup(tum_column_text(st, 0));
    r->folder = tum_strdup(tum_column_text(st, 1));
    r->found = true;
    return false;
}

static struct tum_job *job_of(struct tum_batch *batch, const char *file)
{
    for (size_t i = 0; i < batch->plan->count; i++) {
        if (strcmp(batch->jobs[i].campaign->file, file) == 0)
            return &batch->jobs[i];
    }
    return NULL;
}

/* The fields of campaign_finished as stored with an attempt; none when it has none. */
static tum_val finished_of(const char *text)
{
    struct tum_error *err = NULL;
    tum_val v;

    if (tum_json_read(tum_str_of(text), (struct tum_span){0}, &v, &err) &&
        v.kind == TUM_MAP)
        return v;
    tum_error_free(err);
    return tum_val_none();
}

static bool take_counts(struct tum_job *job, const char *text)
{
    size_t *const fields[] = {&job->passed,  &job->failed,      &job->errors,
                              &job->skipped, &job->known_flaky, &job->flaky,
                              &job->excused};
    struct tum_str rest = tum_str_of(text), piece;
    bool more = true;
    int64_t number;

    for (size_t i = 0; i < TUM_LEN(fields) && tum_str_split(&rest, &more, ' ', &piece);
         i++) {
        if (tum_str_int(piece, &number) && number >= 0)
            *fields[i] = (size_t)number;
    }
    return true;
}

static bool take_campaign(void *ctx, sqlite3_stmt *st)
{
    struct resuming *r = ctx;
    struct tum_error *err = NULL;
    struct tum_campaign *campaign =
        tum_plan_add(r->batch->plan, tum_column_text(st, 1));
    tum_val plan;

    /* Attempts that are kept have that name, wherever this process was started. */
    tum_free(campaign->shown);
    campaign->shown = tum_strdup(tum_column_text(st, 3));

    if (tum_json_read(tum_str_of(tum_column_text(st, 2)), (struct tum_span){0}, &plan,
                      &err)) {
        tum_list_each (address, plan) {
            tum_grow(&campaign->wanted, &campaign->wanted_cap,
                     campaign->wanted_count + 1);
            campaign->wanted[campaign->wanted_count++] =
                tum_strdup(tum_val_text(*address).s);
        }
        tum_val_unref(plan);
    }
    tum_error_free(err);
    return true;
}

static bool take_result(void *ctx, sqlite3_stmt *st)
{
    struct resuming *r = ctx;
    struct tum_job *job = job_of(r->batch, tum_column_text(st, 0));

    if (job == NULL)
        return true;
    job->ordinal = sqlite3_column_int64(st, 7);
    job->attempt = sqlite3_column_int64(st, 8);
    /* An attempt that a kill cut has used the budget too. */
    job->infra = sqlite3_column_int64(st, 9);
    job->retries = sqlite3_column_int64(st, 10);
    if (sqlite3_column_type(st, 11) != SQLITE_NULL) {
        tum_val finished = finished_of(tum_column_text(st, 11));
        const char *message = tum_conf_text(finished, "message");

        job->earlier = tum_strdup(message != NULL ? message : "");
        tum_val_unref(finished);
    }
    if (strcmp(tum_column_text(st, 1), "done") != 0) {
        if (job->infra <= r->batch->opts->infra_retries)
            return true;
        job->outcome = "error";
        job->result = tum_outcome_result("error");
        job->message = tum_asprintf(
            "infrastructure, not a test failure, after %lld attempts: %s",
            (long long)job->attempt,
            job->earlier != NULL ? job->earlier
                                 : "tum was killed while the campaign ran");
        job->state = TUM_JOB_DONE;
        job->exhausted = true;
        return true;
    }
    job->state = TUM_JOB_DONE;
    job->outcome = tum_outcome_word(tum_str_of(tum_column_text(st, 2)));
    job->result = tum_outcome_result(job->outcome);
    job->message = tum_strdup(tum_column_text(st, 3));
    job->duration = sqlite3_column_double(st, 4);
    job->status = sqlite3_column_int(st, 5);
    take_counts(job, tum_column_text(st, 6));
    return true;
}

static bool no_batch(const struct tum_batch *batch, struct tum_error **err)
{
    return tum_fail(err, TUM_ERROR_NAME,
                    "option '--resume': no batch is waiting to be continued in "
                    "'%s/.tum/state.db'",
                    batch->plan->root);
}

/* Finds the batch to go on with and fills the plan with its campaigns. */
bool tum_resume_plan(struct tum_batch *batch, struct tum_error **err)
{
    struct resuming r = {.batch = batch, .err = err};
    bool ok;

    if (batch->state == NULL)
        return no_batch(batch, err);
    ok = tum_state_begin(batch->state, err);
    /* From here on it is this process's, so that two do not go on with one. */
    ok = ok &&
         tum_state_each(batch->state, err, find_unended, &r,
                        "SELECT id, folder, pid, ticks FROM batch WHERE ended IS NULL "
                        "ORDER BY started DESC",
                        "") &&
         (!r.found ||
          tum_state_run(batch->state, err, "UPDATE batch SET pid=?, ticks=? WHERE id=?",
                        "iit", (int64_t)getpid(), (int64_t)tum_process_ticks(getpid()),
                        r.run));
    if (!tum_state_end(batch->state, ok, err)) {
        tum_free(r.run);
        tum_free(r.folder);
        return false;
    }
    if (!r.found)
        return no_batch(batch, err);
    tum_free(batch->run);
    batch->run = r.run;
    tum_free(batch->folder);
    batch->folder = r.folder;
    return tum_state_each(
        batch->state, err, take_campaign, &r,
        "SELECT ordinal, file, plan, shown FROM campaign WHERE batch=? ORDER "
        "BY ordinal",
        "t", batch->run);
}

bool tum_resume_jobs(struct tum_batch *batch, struct tum_error **err)
{
    struct resuming r = {.batch = batch};

    return tum_state_each(
        batch->state, err, take_result, &r,
        "SELECT file, state, outcome, message, duration, status, counts, c.ordinal,"
        " (SELECT count(*) FROM attempt a WHERE a.batch=c.batch AND "
        "a.ordinal=c.ordinal), (SELECT count(*) FROM attempt a WHERE a.batch=c.batch "
        "AND "
        "a.ordinal=c.ordinal AND (ended IS NULL OR a.outcome='error')), (SELECT "
        "count(*) "
        "FROM attempt a WHERE a.batch=c.batch AND a.ordinal=c.ordinal AND a.outcome IN "
        "('failed','timeout')), (SELECT a.message FROM attempt a WHERE a.batch=c.batch "
        "AND a.ordinal=c.ordinal AND a.outcome IN ('failed','timeout','error') ORDER "
        "BY "
        "number LIMIT 1) FROM campaign c WHERE batch=?",
        "t", batch->run);
}

static bool tell_attempt(void *ctx, sqlite3_stmt *st)
{
    struct tum_batch *batch = ctx;
    tum_val finished = finished_of(tum_column_text(st, 0));

    if (finished.kind == TUM_MAP)
        tum_batch_emit(batch, "campaign_finished", finished);
    return true;
}

bool tum_resume_tell(struct tum_batch *batch, struct tum_error **err)
{
    if (!tum_state_each(batch->state, err, tell_attempt, batch,
                        "SELECT message FROM attempt WHERE batch=? AND ended IS NOT "
                        "NULL ORDER BY ordinal, number",
                        "t", batch->run))
        return false;
    for (size_t i = 0; i < batch->job_count; i++) {
        if (batch->jobs[i].state == TUM_JOB_DONE)
            tum_batch_emit_result(batch, &batch->jobs[i]);
    }
    return true;
}
