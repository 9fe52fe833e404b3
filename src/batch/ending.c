/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a batch: status, counters, reports; and what the state forgets.
 */
#include "base/fd.h"
#include "base/path.h"
#include "batch/batchstate.h"
#include "batch/github.h"
#include "batch/poison.h"
#include "batch/reports.h"
#include "tum/mem.h"
#include <signal.h>

static int status_of(const struct tum_batch *batch)
{
    bool bad_load = false, failed = false, infra = batch->unfit, broken = batch->fault;

    for (size_t i = 0; i < batch->job_count; i++) {
        const struct tum_job *job = &batch->jobs[i];

        if (job->state != TUM_JOB_DONE)
            continue;
        if (job->status == TUM_STATUS_USAGE && strcmp(job->outcome, "error") == 0)
            bad_load = true;
        else if (job->status == TUM_STATUS_INTERNAL)
            broken = true;
        else if (tum_outcome_infra(job->outcome))
            infra = true;
        else if (!tum_outcome_passed(job->outcome))
            failed = true;
    }
    if (batch->signal != 0)
        return batch->signal == SIGINT ? TUM_STATUS_INT : TUM_STATUS_TERM;
    if (batch->late)
        return TUM_STATUS_LATE;
    if (broken)
        return TUM_STATUS_INTERNAL;
    if (bad_load)
        return TUM_STATUS_USAGE;
    if (failed)
        return TUM_STATUS_FAILED;
    return infra ? TUM_STATUS_INFRASTRUCTURE : TUM_STATUS_PASSED;
}

static void bump(struct tum_batch *batch, const char *counter, size_t by)
{
    struct tum_error *err = NULL;

    if (by > 0 &&
        !tum_state_run(batch->state, &err,
                       "INSERT INTO counter VALUES(?1,?2) ON CONFLICT(name) DO UPDATE "
                       "SET value=value+?2",
                       "ti", counter, (int64_t)by))
        tum_batch_fault(batch, err);
}

static void count_batch(struct tum_batch *batch)
{
    size_t passed = 0, failed = 0, errors = 0, deferred = 0, flaky = 0;

    for (size_t i = 0; i < batch->job_count; i++) {
        const struct tum_job *job = &batch->jobs[i];

        if (job->state != TUM_JOB_DONE)
            deferred++;
        else if (strcmp(job->outcome, "known_flaky") == 0)
            flaky++;
        else if (tum_outcome_passed(job->outcome))
            passed++;
        else if (tum_outcome_infra(job->outcome))
            errors++;
        else
            failed++;
    }
    bump(batch, "batches", 1);
    bump(batch, "campaigns", batch->job_count - deferred);
    bump(batch, "passed", passed);
    bump(batch, "failed", failed);
    bump(batch, "errors", errors);
    bump(batch, "deferred", deferred);
    bump(batch, "known_flaky", flaky);
}

/* What was to be tried again, and is not any more, stands as it ended last. */
static void settle(struct tum_batch *batch)
{
    for (size_t i = 0; i < batch->job_count; i++) {
        struct tum_job *job = &batch->jobs[i];
        struct tum_error *err = NULL;

        if (job->state != TUM_JOB_WAITING || job->outcome == NULL)
            continue;
        job->state = TUM_JOB_DONE;
        batch->done++;
        batch->failed++;
        if (!tum_job_save_end(batch, job, &err))
            tum_batch_fault(batch, err);
        tum_batch_emit_result(batch, job);
    }
}

/* Folders of runs are ours: report folders belong to the user. */
static bool is_ours(const struct tum_batch *batch, const char *folder)
{
    TUM_AUTO(tum_freep)
    char *runs = tum_path_join(tum_state_folder(batch->state), "runs/");

    return strncmp(folder, runs, strlen(runs)) == 0;
}

/* A resumed batch reports where it began to, also when it is not told again. */
static bool wants_reports(const struct tum_batch *batch)
{
    return batch->opts->report_dir != NULL ||
           (batch->opts->resume && !is_ours(batch, batch->folder));
}

int tum_batch_end(struct tum_batch *batch)
{
    struct tum_map_builder *b = tum_map_begin(5);
    struct tum_error *err = NULL;
    int status;

    tum_lock_enter(&batch->lock);
    settle(batch);
    count_batch(batch);
    status = status_of(batch);
    tum_map_adds(b, "status", tum_val_int(status));
    tum_map_adds(b, "result", tum_val_str(status == 0 ? "PASS" : "FAIL"));
    if (batch->left != NULL)
        tum_map_adds(b, "left_behind", tum_val_str(batch->left));
    tum_map_adds(
        b, "duration",
        tum_val_float((double)(tum_now() - batch->start) / (double)TUM_SECOND));
    tum_batch_emit(batch, "batch_finished", tum_map_end(b));
    tum_fd_close(&batch->events_fd);
    if (wants_reports(batch) && !tum_reports_write(batch->folder, batch->folder,
                                                   batch->opts->jenkins_xsd, &err)) {
        tum_batch_fault(batch, err);
        err = NULL;
    }
    status = status_of(batch);
    /* After the reports: one that is killed while it writes them can be resumed. */
    if (!tum_state_run(batch->state, &err,
                       "UPDATE batch SET ended=datetime('now'), status=? WHERE id=?",
                       "it", (int64_t)status, batch->run))
        tum_batch_fault(batch, err);
    status = status_of(batch);
    tum_summary_end(batch, status);
    tum_github_end(batch->github, batch->folder, batch->face->print, batch->face->ctx);
    tum_lock_leave(&batch->lock);
    return status;
}

static bool take_old(void *ctx, sqlite3_stmt *st)
{
    struct tum_batch *batch = ctx;
    const char *folder = tum_column_text(st, 0);

    if (is_ours(batch, folder))
        tum_tree_remove(folder);
    return true;
}

void tum_batch_forget(struct tum_batch *batch)
{
    static const char *const tables[] = {"campaign", "attempt"};
    struct tum_error *err = NULL;
    bool ok = tum_state_each(batch->state, &err, take_old, batch,
                             "SELECT folder FROM batch ORDER BY started DESC LIMIT -1 "
                             "OFFSET 50",
                             "") &&
              tum_state_run(batch->state, &err,
                            "DELETE FROM batch WHERE id NOT IN (SELECT id FROM batch "
                            "ORDER BY started DESC LIMIT 50)",
                            "");

    for (size_t i = 0; ok && i < TUM_LEN(tables); i++) {
        TUM_AUTO(tum_freep)
        char *sql = tum_asprintf(
            "DELETE FROM %s WHERE substr(batch,1,instr(batch||'/','/')-1) NOT IN "
            "(SELECT id FROM batch)",
            tables[i]);

        ok = tum_state_run(batch->state, &err, sql, "");
    }
    tum_error_free(err);
}
