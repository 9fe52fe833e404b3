/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of jobs, and their rows in the state.
 */
#include "base/path.h"
#include "batch/batchstate.h"
#include "batch/runid.h"
#include "engine/eventjson.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <unistd.h>

static char *folder_name(const struct tum_batch *batch, const char *shown)
{
    TUM_AUTO(tum_buf_release) struct tum_buf name = TUM_BUF_INIT(200);
    char *path;
    int n = 2;

    /* What is above the current folder would give a hidden folder. */
    while (strncmp(shown, "../", 3) == 0)
        shown += 3;
    if (tum_str_ends(tum_str_of(shown), ".tum"))
        tum_buf_add(&name, shown, TUM_MIN(strlen(shown) - 4, (size_t)180));
    else
        tum_buf_add(&name, shown, TUM_MIN(strlen(shown), (size_t)180));
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.s[i];

        if (c == '/' || c <= ' ' || c == 0x7f || strchr("\\:*?\"<>|", c) != NULL)
            name.s[i] = '_';
    }
    path = tum_path_join(batch->folder, name.s);
    for (;;) {
        bool taken = false;

        for (size_t i = 0; i < batch->job_count && !taken; i++)
            taken = batch->jobs[i].folder != NULL &&
                    strcmp(batch->jobs[i].folder, path) == 0;
        if (!taken)
            return path;
        tum_free(path);
        path = tum_asprintf("%s/%s-%d", batch->folder, name.s, n++);
    }
}

void tum_jobs_make(struct tum_batch *batch)
{
    batch->jobs = tum_new_array(struct tum_job, batch->plan->count);
    for (size_t i = 0; i < batch->plan->count; i++) {
        struct tum_job *job = &batch->jobs[i];

        job->campaign = batch->plan->campaigns[i];
        job->ordinal = (int64_t)i + 1;
        job->status = -1;
        job->folder = folder_name(batch, job->campaign->shown);
        batch->job_count++;
    }
}

bool tum_jobs_save(struct tum_batch *batch, struct tum_error **err)
{
    bool ok = tum_state_begin(batch->state, err);
    TUM_AUTO(tum_buf_release) struct tum_buf now = TUM_BUF_INIT(64);
    TUM_AUTO(tum_freep)
    char *seed =
        batch->opts->selection.shuffle
            ? tum_asprintf("%llu", (unsigned long long)batch->opts->selection.seed)
            : NULL;
    uint64_t ticks = tum_process_ticks(getpid());

    tum_time_write(&now);
    ok =
        ok && tum_state_run(batch->state, err,
                            "INSERT OR REPLACE INTO batch VALUES(?,?,NULL,?,?,NULL,?,?,"
                            "NULL)",
                            "ttiitt", batch->run, now.s, (int64_t)getpid(),
                            (int64_t)ticks, batch->folder, seed);
    for (size_t i = 0; ok && i < batch->job_count; i++) {
        struct tum_job *job = &batch->jobs[i];
        TUM_AUTO(tum_buf_release) struct tum_buf plan = TUM_BUF_INIT(TUM_BUF_ANY);
        struct tum_list_builder *b = tum_list_begin(8);
        static const struct tum_json_style style = {0};
        tum_val list;

        for (size_t k = 0; k < job->campaign->node_count; k++) {
            if (job->campaign->nodes[k].selected)
                tum_list_add(b, tum_val_str(job->campaign->nodes[k].address));
        }
        list = tum_list_end(b);
        ok = tum_json_write(&plan, list, &style, err) &&
             tum_state_run(batch->state, err,
                           "INSERT INTO campaign(batch, ordinal, file, shown, plan, "
                           "state) VALUES(?,?,?,?,?,'waiting')",
                           "titts", batch->run, job->ordinal, job->campaign->file,
                           job->campaign->shown, tum_buf_str(&plan));
        tum_val_unref(list);
    }
    return tum_state_end(batch->state, ok, err);
}

bool tum_job_save_end(struct tum_batch *batch, const struct tum_job *job,
                      struct tum_error **err)
{
    TUM_AUTO(tum_freep)
    char *counts = tum_asprintf("%zu %zu %zu %zu %zu %zu %zu", job->passed, job->failed,
                                job->errors, job->skipped, job->known_flaky, job->flaky,
                                job->excused);

    return tum_state_run(batch->state, err,
                         "UPDATE campaign SET state='done', outcome=?, result=?, "
                         "message=?, duration=?, status=?, counts=? WHERE batch=? AND "
                         "ordinal=?",
                         "tttditti", job->outcome, job->result, job->message,
                         job->duration, (int64_t)job->status, counts, batch->run,
                         job->ordinal);
}

void tum_job_save_attempt(struct tum_batch *batch, struct tum_job *job)
{
    struct tum_error *err = NULL;

    job->attempt++;
    if (!tum_state_run(batch->state, &err,
                       "INSERT OR REPLACE INTO attempt VALUES(?,?,?,datetime('now'),"
                       "NULL,NULL,NULL,NULL,?)",
                       "tiii", batch->run, job->ordinal, job->attempt, job->infra) ||
        !tum_state_run(
            batch->state, &err,
            "UPDATE campaign SET state='running' WHERE batch=? AND ordinal=?", "ti",
            batch->run, job->ordinal))
        tum_batch_fault(batch, err);
}

/* ---- processes ---- */

void tum_batch_save_process(struct tum_batch *batch, const char *run,
                            const struct tum_proc *proc, const char *what)
{
    struct tum_error *err = NULL;

    if (!tum_state_run(batch->state, &err, "INSERT INTO process VALUES(?,?,?,?)",
                       "tiit", run, (int64_t)tum_proc_pid(proc),
                       (int64_t)tum_proc_start_ticks(proc), what))
        tum_batch_fault(batch, err);
}

void tum_batch_forget_process(struct tum_batch *batch, const char *run,
                              const struct tum_proc *proc)
{
    struct tum_error *err = NULL;

    if (!tum_state_run(batch->state, &err,
                       "DELETE FROM process WHERE batch=? AND pid=? AND ticks=?", "tii",
                       run, (int64_t)tum_proc_pid(proc),
                       (int64_t)tum_proc_start_ticks(proc)))
        tum_batch_fault(batch, err);
}
