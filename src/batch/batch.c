/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a batch: project, selection, pre-flight, campaigns, reports, status. The
 * main thread serves signals and the live line; a thread for each job runs campaigns.
 */
#include "batch/batch.h"
#include "base/fd.h"
#include "base/path.h"
#include "batch/batchstate.h"
#include "batch/flaky.h"
#include "batch/pathglob.h"
#include "batch/poison.h"
#include "batch/preflight.h"
#include "batch/reports.h"
#include "batch/runid.h"
#include "batch/service.h"
#include "engine/eventjson.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often the live line is made anew. */
#define LIVE_INTERVAL (250 * TUM_MS)
/* Patience for on_exhausted. */
#define NOTIFY_BOUND  (60 * TUM_SECOND)
/* After the second signal. */
#define LAST_PATIENCE (2 * TUM_SECOND)

/* ---- telling ---- */

void tum_batch_say(struct tum_batch *batch, const char *fmt, ...)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    va_start(ap, fmt);
    tum_buf_addv(&text, fmt, ap);
    va_end(ap);
    tum_buf_addc(&text, '\n');
    batch->face->print(batch->face->ctx, tum_buf_str(&text));
}

static void complain(const struct tum_face *face, const char *fmt, ...)
    TUM_PRINTF(2, 3);
static void complain(const struct tum_face *face, const char *fmt, ...)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    tum_buf_adds(&text, "tum: ");
    va_start(ap, fmt);
    tum_buf_addv(&text, fmt, ap);
    va_end(ap);
    tum_buf_addc(&text, '\n');
    face->complain(face->ctx, tum_buf_str(&text));
}

static int complain_take(const struct tum_face *face, struct tum_error *err, int status)
{
    char *text = tum_error_text(err);

    complain(face, "%s", text);
    tum_free(text);
    tum_error_free(err);
    return status;
}

void tum_batch_fault(struct tum_batch *batch, struct tum_error *take)
{
    char *text = tum_error_text(take);

    if (!batch->fault)
        batch->fault_text = tum_strdup(text);
    batch->fault = true;
    complain(batch->face, "%s", text);
    tum_free(text);
    tum_error_free(take);
}

void tum_batch_event(struct tum_batch *batch, struct tum_str line)
{
    TUM_AUTO(tum_buf_release) struct tum_buf whole = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    if (batch->stream_fd < 0)
        return;
    tum_buf_addt(&whole, line);
    tum_buf_addc(&whole, '\n');
    if (!tum_fd_write_all(batch->stream_fd, tum_buf_str(&whole), &err)) {
        /* A reader who went away is nobody to complain to. */
        tum_fd_close(&batch->stream_fd);
        tum_error_free(err);
    }
}

void tum_batch_emit(struct tum_batch *batch, const char *event, tum_val take)
{
    TUM_AUTO(tum_buf_release) struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf now = TUM_BUF_INIT(64);
    static const struct tum_json_style style = {0};
    struct tum_map_builder *b = tum_map_begin(8);
    struct tum_error *err = NULL;
    tum_val v;

    tum_time_write(&now);
    tum_map_adds(b, "event", tum_val_str(event));
    tum_map_adds(b, "time", tum_val_str(now.s));
    tum_map_adds(b, "run", tum_val_str(batch->run));
    tum_map_merge(b, take);
    tum_val_unref(take);
    v = tum_map_end(b);
    if (tum_json_write(&line, v, &style, &err)) {
        tum_batch_event(batch, tum_buf_str(&line));
        tum_buf_addc(&line, '\n');
        if (batch->events_fd >= 0 &&
            !tum_fd_write_all(batch->events_fd, tum_buf_str(&line), &err)) {
            tum_error_wrap(&err, "cannot write '%s'", batch->events_path);
            tum_fd_close(&batch->events_fd);
            tum_batch_fault(batch, err);
            err = NULL;
        }
    }
    tum_error_free(err);
    tum_val_unref(v);
}

static void note_service(void *ctx, const char *name, const char *what,
                         const char *details)
{
    struct tum_batch *batch = ctx;
    struct tum_map_builder *b = tum_map_begin(3);

    tum_map_adds(b, "service", tum_val_str(name));
    tum_map_adds(b, "what", tum_val_str(what));
    if (details[0] != '\0')
        tum_map_adds(b, "message", tum_val_str(details));
    tum_lock_enter(&batch->lock);
    tum_batch_emit(batch, "service", tum_map_end(b));
    if (strcmp(what, "respawned") == 0)
        tum_batch_say(batch, "service '%s' was respawned: %.*s", name,
                      (int)strcspn(details, "\n"), details);
    tum_lock_leave(&batch->lock);
}

/* ---- which campaigns ---- */

char *tum_state_place(const struct tum_project *project, const char *campaign)
{
    if (project->file != NULL)
        return tum_strdup(project->root);
    return campaign != NULL ? tum_path_folder(campaign) : NULL;
}

static bool add_paths(struct tum_plan *plan, const struct tum_batch_opts *opts,
                      struct tum_error **err)
{
    TUM_AUTO(tum_freep)
    char *cwd = opts->folder != NULL ? tum_strdup(opts->folder) : tum_path_cwd();
    tum_val tests = tum_conf_get(plan->project->config, "testpaths");

    for (const char *const *path = opts->paths; *path != NULL; path++) {
        if (!tum_discover(plan, *path, cwd, err))
            return false;
    }
    if (opts->paths[0] != NULL || opts->changed)
        return true;
    if (tests.kind == TUM_NONE)
        return tum_fail(err, TUM_ERROR_NAME,
                        "no path given, and no 'testpaths' in a project file");
    tum_list_each (path, tests) {
        if (!tum_discover(plan, tum_val_text(*path).s, plan->project->root, err))
            return false;
    }
    return true;
}

/* ---- the table of jobs ---- */

static char *folder_name(const struct tum_batch *batch, const char *shown)
{
    TUM_AUTO(tum_buf_release) struct tum_buf name = TUM_BUF_INIT(200);
    char *path;
    int n = 2;

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

static void make_jobs(struct tum_batch *batch)
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

static bool save_jobs(struct tum_batch *batch, struct tum_error **err)
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

/* With the lock. */
static void save_end(struct tum_batch *batch, const struct tum_job *job)
{
    TUM_AUTO(tum_freep)
    char *counts =
        tum_asprintf("%zu %zu %zu %zu %zu %zu", job->passed, job->failed, job->errors,
                     job->skipped, job->known_flaky, job->flaky);
    struct tum_error *err = NULL;

    if (!tum_state_run(batch->state, &err,
                       "UPDATE campaign SET state='done', outcome=?, result=?, "
                       "message=?, duration=?, status=?, counts=? WHERE batch=? AND "
                       "ordinal=?",
                       "tttditti", job->outcome, job->result, job->message,
                       job->duration, (int64_t)job->status, counts, batch->run,
                       job->ordinal))
        tum_batch_fault(batch, err);
}

/* Written before the attempt starts: killing tum renews no budget. */
static void save_attempt(struct tum_batch *batch, struct tum_job *job)
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

/* ---- going on after a kill ---- */

struct resuming {
    struct tum_batch *batch;
    char *run, *folder;
    bool found;
    struct tum_error **err;
};

static bool find_unended(void *ctx, sqlite3_stmt *st)
{
    struct resuming *r = ctx;
    const char *id = tum_column_text(st, 0);

    if (tum_run_id_lives(tum_str_of(id)) && strcmp(id, r->batch->run) != 0)
        return true; /* it is under way */
    r->run = tum_strdup(id);
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

static bool take_counts(struct tum_job *job, const char *text)
{
    size_t *const fields[] = {&job->passed,  &job->failed,      &job->errors,
                              &job->skipped, &job->known_flaky, &job->flaky};
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
    if (sqlite3_column_type(st, 11) != SQLITE_NULL)
        job->earlier = tum_strdup(tum_column_text(st, 11));
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
    job->kept = true;
    job->outcome = tum_outcome_word(tum_str_of(tum_column_text(st, 2)));
    job->result = tum_outcome_result(job->outcome);
    job->message = tum_strdup(tum_column_text(st, 3));
    job->duration = sqlite3_column_double(st, 4);
    job->status = sqlite3_column_int(st, 5);
    take_counts(job, tum_column_text(st, 6));
    return true;
}

/* Finds the batch to go on with and fills the plan with its campaigns. */
static bool resume_plan(struct tum_batch *batch, struct tum_error **err)
{
    struct resuming r = {.batch = batch, .err = err};

    if (!tum_state_each(batch->state, err, find_unended, &r,
                        "SELECT id, folder FROM batch WHERE ended IS NULL ORDER BY "
                        "started DESC",
                        ""))
        return false;
    if (!r.found)
        return tum_fail(err, TUM_ERROR_NAME,
                        "option '--resume': no batch is waiting to be continued");
    tum_free(batch->run);
    batch->run = r.run;
    tum_free(batch->folder);
    batch->folder = r.folder;
    return tum_state_each(
        batch->state, err, take_campaign, &r,
        "SELECT ordinal, file, plan FROM campaign WHERE batch=? ORDER "
        "BY ordinal",
        "t", batch->run);
}

static bool resume_jobs(struct tum_batch *batch, struct tum_error **err)
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

/* With the lock. */
static void wake_all(struct tum_batch *batch)
{
    tum_stop_request(batch->wake, TUM_STOP_WAKE);
    tum_stop_unref(batch->wake);
    batch->wake = tum_stop_new(batch->soft);
}

static void notify_exhausted(struct tum_batch *batch, const struct tum_job *job)
{
    tum_val words = batch->opts->on_exhausted.kind != TUM_NONE
                        ? batch->opts->on_exhausted
                        : tum_conf_get(batch->project->config, "on_exhausted");
    TUM_AUTO(tum_freep)
    char *campaign = tum_asprintf("TUM_CAMPAIGN=%s", job->campaign->shown);
    TUM_AUTO(tum_freep) char *reason = tum_asprintf("TUM_REASON=%s", job->message);
    TUM_AUTO(tum_freep)
    char *attempts = tum_asprintf("TUM_ATTEMPTS=%lld", (long long)job->attempt);
    TUM_AUTO(tum_freep) char *run = tum_asprintf("TUM_RUN_ID=%s", batch->run);
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

        complain(batch->face, "on_exhausted: %s", text);
        tum_free(text);
        tum_error_free(err);
    }
    tum_free(argv);
}

/* With the lock: what follows from an attempt. True: the campaign is tried again. */
static bool try_again(struct tum_batch *batch, struct tum_job *job, bool *ret_exhausted)
{
    const struct tum_batch_opts *opts = batch->opts;

    *ret_exhausted = false;
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
        *ret_exhausted = true;
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

/* What stands in the end: an attempt alone does not know it. */
static void emit_result(struct tum_batch *batch, const struct tum_job *job)
{
    struct tum_map_builder *b = tum_map_begin(4);

    tum_map_adds(b, "campaign", tum_val_str(job->campaign->shown));
    tum_map_adds(b, "outcome", tum_val_str(job->outcome));
    tum_map_adds(b, "message", tum_val_str(job->message));
    tum_map_adds(b, "attempts", tum_val_int(job->attempt));
    tum_batch_emit(batch, "campaign_result", tum_map_end(b));
}

static void after_attempt(struct tum_batch *batch, struct tum_job *job)
{
    bool exhausted, again;

    tum_lock_enter(&batch->lock);
    if (tum_outcome_passed(job->outcome) && job->earlier != NULL &&
        strcmp(job->outcome, "passed") == 0)
        job->outcome = "flaky";
    again = try_again(batch, job, &exhausted);
    if (exhausted && job->infra > 0) {
        char *old = job->message;

        job->message = tum_asprintf("infrastructure, not a test failure, after %lld "
                                    "attempts: %s",
                                    (long long)job->attempt, old);
        tum_free(old);
    } else if (exhausted) {
        char *old = job->message;

        job->message = tum_asprintf("infrastructure, not a test failure: %s", old);
        tum_free(old);
    }
    if (again) {
        if (job->earlier == NULL)
            job->earlier = tum_strdup(job->message);
        job->state = TUM_JOB_WAITING;
        tum_summary_line(batch, job);
    } else {
        job->state = TUM_JOB_DONE;
        batch->done++;
        if (!tum_outcome_passed(job->outcome) && strcmp(job->outcome, "skipped") != 0)
            batch->failed++;
        save_end(batch, job);
        emit_result(batch, job);
        tum_summary_line(batch, job);
        if (batch->opts->maxfail > 0 && batch->failed >= batch->opts->maxfail)
            batch->no_more = true;
    }
    wake_all(batch);
    tum_lock_leave(&batch->lock);
    if (exhausted)
        notify_exhausted(batch, job);
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
            save_attempt(batch, job);
        }
        wake = tum_stop_ref(batch->wake);
        tum_lock_leave(&batch->lock);
        if (job != NULL) {
            tum_runner_attempt(batch, job);
            after_attempt(batch, job);
        } else if (!over) {
            tum_wait(wake, -1, 0, again);
        }
        tum_stop_unref(wake);
        if (job == NULL && over)
            return NULL;
    }
}

/* ---- signals ---- */

static void signal_set(sigset_t *ret)
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

/* Serves signals, the bound of the batch and the live line until all runners are done. */
static void serve(struct tum_batch *batch, struct joining *joining)
{
    tum_time until = batch->opts->batch_timeout > 0
                         ? tum_time_add(batch->start, batch->opts->batch_timeout)
                         : TUM_FOREVER;
    pthread_t joiner;
    sigset_t set;
    int count = 0, fd;

    signal_set(&set);
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

static void run_jobs(struct tum_batch *batch)
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

/* ---- start and end ---- */

static bool make_folders(const char *path, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *copy = tum_path_absolute(path);

    for (char *p = copy + 1;; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char was = *p;

        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            return tum_fail_os(err, errno, "cannot make the folder '%s'", copy);
        *p = was;
        if (was == '\0')
            return true;
    }
}

static bool open_folder(struct tum_batch *batch, struct tum_error **err)
{
    if (batch->folder == NULL) {
        if (batch->opts->report_dir != NULL) {
            batch->folder = tum_path_absolute(batch->opts->report_dir);
        } else {
            TUM_AUTO(tum_freep)
            char *runs = tum_path_join(tum_state_folder(batch->state), "runs");

            batch->folder = tum_path_join(runs, batch->run);
        }
    }
    if (!make_folders(batch->folder, err))
        return false;
    batch->events_path = tum_path_join(batch->folder, "events.jsonl");
    /* A folder that is used again starts anew; a resumed batch goes on in it. */
    batch->events_fd = open(batch->events_path,
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
                                (batch->opts->resume ? 0 : O_TRUNC),
                            0666);
    if (batch->events_fd < 0)
        return tum_fail_os(err, errno, "cannot open '%s'", batch->events_path);
    return true;
}

/*
 * What an earlier batch left in a folder that is used again: of a campaign that is not
 * started this time it would pass for a result.
 */
static void forget_files(const struct tum_batch *batch)
{
    static const char *const names[] = {"log.txt", "events.jsonl"};

    for (size_t i = 0; i < batch->job_count; i++) {
        for (size_t k = 0; k < TUM_LEN(names); k++) {
            TUM_AUTO(tum_freep)
            char *path = tum_path_join(batch->jobs[i].folder, names[k]);

            unlink(path);
        }
    }
}

static bool open_stream(struct tum_batch *batch, struct tum_error **err)
{
    const char *path = batch->opts->events_file;

    if (!batch->opts->events)
        return true;
    if (path == NULL || path[0] == '\0' || strcmp(path, "-") == 0) {
        batch->stream_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        return true;
    }
    batch->stream_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (batch->stream_fd < 0)
        return tum_fail_os(err, errno, "cannot open '%s'", path);
    return true;
}

static void emit_started(struct tum_batch *batch)
{
    struct tum_list_builder *list = tum_list_begin(batch->job_count);
    struct tum_map_builder *b = tum_map_begin(12);
    char host[256] = "";

    gethostname(host, sizeof(host) - 1);
    for (size_t i = 0; i < batch->job_count; i++) {
        const struct tum_job *job = &batch->jobs[i];
        struct tum_map_builder *one = tum_map_begin(4);

        tum_map_adds(one, "campaign", tum_val_str(job->campaign->shown));
        tum_map_adds(one, "file", tum_val_str(job->campaign->file));
        tum_map_adds(one, "folder", tum_val_str(tum_path_base(job->folder)));
        tum_map_adds(one, "selected",
                     tum_val_int((int64_t)job->campaign->selected_count));
        if (job->campaign->why != NULL)
            tum_map_adds(one, "why", tum_val_str(job->campaign->why));
        tum_list_add(list, tum_map_end(one));
    }
    tum_map_adds(b, "version", tum_val_str(tum_version));
    tum_map_adds(b, "host", tum_val_str(host));
    tum_map_adds(b, "root", tum_val_str(batch->plan->root));
    tum_map_adds(b, "repository",
                 tum_val_str(batch->project->top != NULL ? batch->project->top
                                                         : batch->plan->root));
    if (batch->opts->selection.shards > 0) {
        tum_map_adds(b, "shard", tum_val_int((int64_t)batch->opts->selection.shard));
        tum_map_adds(b, "shards", tum_val_int((int64_t)batch->opts->selection.shards));
    }
    if (batch->opts->selection.shuffle)
        tum_map_adds(
            b, "seed",
            tum_val_strf("%llu", (unsigned long long)batch->opts->selection.seed));
    if (batch->opts->resume)
        tum_map_adds(b, "resumed", tum_val_bool(true));
    tum_map_adds(b, "campaigns", tum_list_end(list));
    tum_batch_emit(batch, "batch_started", tum_map_end(b));
}

static int status_of(const struct tum_batch *batch)
{
    bool bad_load = false, failed = false, infra = false, broken = batch->fault;

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

static int end_batch(struct tum_batch *batch)
{
    struct tum_map_builder *b = tum_map_begin(4);
    struct tum_error *err = NULL;
    int status;

    tum_lock_enter(&batch->lock);
    count_batch(batch);
    status = status_of(batch);
    tum_map_adds(b, "status", tum_val_int(status));
    tum_map_adds(b, "result", tum_val_str(status == 0 ? "PASS" : "FAIL"));
    tum_map_adds(
        b, "duration",
        tum_val_float((double)(tum_now() - batch->start) / (double)TUM_SECOND));
    tum_batch_emit(batch, "batch_finished", tum_map_end(b));
    if (!tum_state_run(batch->state, &err,
                       "UPDATE batch SET ended=datetime('now'), status=? WHERE id=?",
                       "it", (int64_t)status, batch->run))
        tum_batch_fault(batch, err);
    tum_fd_close(&batch->events_fd);
    if (batch->opts->report_dir != NULL &&
        !tum_reports_write(batch->folder, batch->folder, batch->opts->jenkins_xsd,
                           &err))
        tum_batch_fault(batch, err);
    status = status_of(batch);
    tum_summary_end(batch, status);
    tum_reports_github(batch->folder, batch->face->print, batch->face->ctx);
    tum_lock_leave(&batch->lock);
    return status;
}

static bool take_old(void *ctx, sqlite3_stmt *st)
{
    struct tum_batch *batch = ctx;
    const char *folder = tum_column_text(st, 0);
    TUM_AUTO(tum_freep)
    char *runs = tum_path_join(tum_state_folder(batch->state), "runs/");

    /* Only what is ours: report folders belong to the user. */
    if (strncmp(folder, runs, strlen(runs)) == 0)
        tum_tree_remove(folder);
    return true;
}

static void forget_old(struct tum_batch *batch)
{
    static const char *const tables[] = {"campaign", "attempt", "process"};
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

/* ---- lists ---- */

static void list_plan(const struct tum_batch *batch, bool json)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    static const struct tum_json_style style = {.indent = 2};
    struct tum_list_builder *all = tum_list_begin(batch->plan->count);
    struct tum_error *err = NULL;
    tum_val v;

    for (size_t i = 0; i < batch->plan->count; i++) {
        const struct tum_campaign *campaign = batch->plan->campaigns[i];
        TUM_AUTO(tum_freep) char *cwd = tum_path_cwd();
        TUM_AUTO(tum_freep) char *path = tum_path_relative(campaign->file, cwd);
        struct tum_list_builder *nodes = tum_list_begin(campaign->node_count);
        struct tum_map_builder *b = tum_map_begin(4);

        if (campaign->why != NULL && !json)
            tum_buf_addf(&out, "# %s: %s\n", path, campaign->why);
        for (size_t k = 0; k < campaign->node_count; k++) {
            const struct tum_node_info *node = &campaign->nodes[k];
            struct tum_map_builder *one;

            if (!node->selected)
                continue;
            if (!json) {
                tum_node_write(path, node->address, &out);
                tum_buf_addc(&out, '\n');
            }
            one = tum_map_begin(6);
            tum_map_adds(one, "node", tum_val_str(node->address));
            tum_map_adds(one, "type", tum_val_str(node->type));
            tum_map_adds(one, "file", tum_val_str(node->file));
            tum_map_adds(one, "line", tum_val_int(node->line));
            tum_map_adds(one, "skipped", tum_val_bool(node->skipped));
            tum_map_adds(one, "tags",
                         node->tags.kind == TUM_LIST ? tum_val_ref(node->tags)
                                                     : tum_list_end(tum_list_begin(0)));
            tum_list_add(nodes, tum_map_end(one));
        }
        if (campaign->node_count == 0 && !json && campaign->trouble == NULL)
            tum_buf_addf(&out, "%s\n", path);
        tum_map_adds(b, "campaign", tum_val_str(path));
        if (campaign->why != NULL)
            tum_map_adds(b, "why", tum_val_str(campaign->why));
        if (campaign->trouble != NULL)
            tum_map_adds(b, "trouble", tum_val_str(campaign->trouble));
        tum_map_adds(b, "nodes", tum_list_end(nodes));
        tum_list_add(all, tum_map_end(b));
    }
    v = tum_list_end(all);
    if (json && tum_json_write(&out, v, &style, &err))
        tum_buf_addc(&out, '\n');
    tum_error_free(err);
    tum_val_unref(v);
    batch->face->print(batch->face->ctx, tum_buf_str(&out));
}

static bool say_troubles(const struct tum_batch *batch)
{
    bool any = false;

    for (size_t i = 0; i < batch->plan->count; i++) {
        const struct tum_campaign *campaign = batch->plan->campaigns[i];

        if (campaign->trouble == NULL)
            continue;
        any = true;
        if (batch->opts->list)
            complain(batch->face, "'%s' does not load:\n%s", campaign->shown,
                     campaign->trouble);
    }
    return any;
}

/* ---- the whole ---- */

/* The plan, selected. -1: go on; else the exit status. */
static int make_plan(struct tum_batch *batch)
{
    TUM_AUTO(tum_buf_release) struct tum_buf notes = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct tum_batch_opts *opts = batch->opts;
    const struct tum_face *face = batch->face;
    struct tum_selection selection = opts->selection;
    struct tum_error *err = NULL;
    char *warning = NULL;
    bool nothing = false;

    batch->plan = tum_plan_new(batch->project);
    if (!opts->resume && !add_paths(batch->plan, opts, &err))
        return complain_take(face, err, TUM_STATUS_USAGE);
    if (batch->plan->root == NULL)
        batch->plan->root = tum_strdup(batch->project->root);
    if (!tum_state_open(batch->plan->root, !opts->list, &batch->state, &warning, &err))
        return complain_take(face, err, TUM_STATUS_INTERNAL);
    if (warning != NULL)
        complain(face, "%s", warning);
    tum_free(warning);
    if (opts->resume) {
        if (!resume_plan(batch, &err))
            return complain_take(face, err, TUM_STATUS_USAGE);
        selection = (struct tum_selection){0};
    } else if (opts->changed && !tum_changed(batch->plan, batch->state, opts->revision,
                                             &nothing, &notes, &err)) {
        return complain_take(face, err, TUM_STATUS_USAGE);
    }
    if (nothing) {
        face->print(face->ctx, tum_buf_str(&notes));
        return TUM_STATUS_PASSED;
    }
    if (!tum_listing_load(batch->plan, batch->state, &opts->program, batch->soft, &err))
        return complain_take(face, err, TUM_STATUS_INTERNAL);
    if (!tum_select(batch->plan, batch->state, &selection, &notes, &err))
        return complain_take(face, err, TUM_STATUS_USAGE);
    if (notes.len > 0)
        face->print(face->ctx, tum_buf_str(&notes));
    if (opts->list) {
        bool bad = say_troubles(batch);

        list_plan(batch, opts->list_json);
        if (bad)
            return TUM_STATUS_USAGE;
        return batch->plan->count == 0 && selection.shards == 0 ? TUM_STATUS_NOTHING
                                                                : TUM_STATUS_PASSED;
    }
    if (batch->plan->count == 0) {
        const char *text =
            selection.shards > 0 ? "This shard is empty.\n" : "Nothing is selected.\n";

        face->print(face->ctx, tum_str_of(text));
        return selection.shards > 0 ? -1 : TUM_STATUS_NOTHING;
    }
    return -1;
}

/* -1: go on; else the exit status. */
static int prepare(struct tum_batch *batch)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct tum_batch_opts *opts = batch->opts;
    bool clean = opts->clean || tum_conf_flag(batch->project->config, "clean", false);
    struct tum_error *err = NULL;

    if (!open_folder(batch, &err) || !open_stream(batch, &err))
        return complain_take(batch->face, err, TUM_STATUS_INTERNAL);
    make_jobs(batch);
    if (!opts->resume)
        forget_files(batch);
    if (opts->resume ? !resume_jobs(batch, &err) : !save_jobs(batch, &err))
        return complain_take(batch->face, err, TUM_STATUS_INTERNAL);
    for (size_t i = 0; i < batch->job_count; i++) {
        if (batch->jobs[i].exhausted) {
            save_end(batch, &batch->jobs[i]);
            notify_exhausted(batch, &batch->jobs[i]);
        }
        batch->done += batch->jobs[i].state == TUM_JOB_DONE;
        batch->failed += batch->jobs[i].state == TUM_JOB_DONE &&
                         !tum_outcome_passed(batch->jobs[i].outcome);
    }
    forget_old(batch);
    emit_started(batch);
    for (size_t i = 0; i < batch->job_count; i++) {
        if (batch->jobs[i].exhausted)
            emit_result(batch, &batch->jobs[i]);
    }
    tum_flaky_check(batch->plan, &text);
    if (opts->selection.shuffle)
        tum_buf_addf(&text, "shuffle: seed %llu\n",
                     (unsigned long long)opts->selection.seed);
    if (text.len > 0)
        batch->face->print(batch->face->ctx, tum_buf_str(&text));
    for (size_t i = 0; opts->changed && i < batch->job_count; i++)
        tum_batch_say(batch, "%s: because of %s", batch->jobs[i].campaign->shown,
                      batch->jobs[i].campaign->why);
    tum_buf_reset(&text);
    tum_leftovers(batch, clean, &text);
    if (text.len > 0) {
        struct tum_str rest = tum_buf_str(&text), line;
        bool more = true;

        while (tum_str_split(&rest, &more, '\n', &line)) {
            if (line.n > 0)
                tum_batch_say(batch, "left over: %.*s%s", TUM_STR_ARG(line),
                              clean ? ": ended" : "; --clean ends it");
        }
    }
    tum_buf_reset(&text);
    if (!opts->no_preflight && !tum_preflight_run(batch, NULL, &text)) {
        tum_batch_say(batch, "ERROR   %s", text.s);
        return TUM_STATUS_INFRASTRUCTURE;
    }
    if (!opts->no_services)
        batch->services = tum_services_new(batch->project, batch->run, batch->folder,
                                           note_service, batch);
    return -1;
}

static void release(struct tum_batch *batch)
{
    tum_services_free(batch->services);
    tum_poison_free(batch->poison);
    tum_state_close(batch->state);
    for (size_t i = 0; i < batch->job_count; i++) {
        tum_free(batch->jobs[i].folder);
        tum_free(batch->jobs[i].message);
        tum_free(batch->jobs[i].earlier);
        tum_free(batch->jobs[i].left);
    }
    tum_free(batch->jobs);
    tum_plan_free(batch->plan);
    tum_project_free(batch->project);
    tum_fd_close(&batch->events_fd);
    tum_fd_close(&batch->stream_fd);
    tum_stop_unref(batch->wake);
    tum_stop_unref(batch->soft);
    tum_stop_unref(batch->hard);
    tum_lock_release(&batch->lock);
    tum_free(batch->run);
    tum_free(batch->folder);
    tum_free(batch->events_path);
    tum_free(batch->fault_text);
    tum_free(batch->inherited);
}

int tum_batch_run(const struct tum_batch_opts *opts, const struct tum_face *face)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_freep)
    char *cwd = opts->folder != NULL ? tum_strdup(opts->folder) : tum_path_cwd();
    struct tum_batch batch = {
        .opts = opts,
        .face = face,
        .events_fd = -1,
        .stream_fd = -1,
        .start = tum_now(),
    };
    sigset_t set;
    int status;

    signal_set(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    tum_lock_init(&batch.lock, TUM_RANK_SESSION);
    batch.hard = tum_stop_new(NULL);
    batch.soft = tum_stop_new(batch.hard);
    batch.wake = tum_stop_new(batch.soft);
    tum_run_id_write(&text);
    batch.run = tum_strdup(text.s);
    setenv(TUM_RUN_VARIABLE, batch.run, 1);
    tum_buf_reset(&text);
    if (!tum_project_load(cwd, &batch.project, &text)) {
        face->complain(face->ctx, tum_buf_str(&text));
        status = TUM_STATUS_USAGE;
    } else {
        batch.poison = tum_poison_new(&batch);
        status = make_plan(&batch);
        if (status < 0) {
            status = prepare(&batch);
            if (status < 0) {
                run_jobs(&batch);
                tum_services_free(batch.services);
                batch.services = NULL;
                status = end_batch(&batch);
            } else {
                end_batch(&batch);
            }
        }
    }
    release(&batch);
    return opts->strict01 && status != 0 ? TUM_STATUS_FAILED : status;
}
