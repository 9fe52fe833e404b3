/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a batch: project, selection, pre-flight, campaigns, reports, status. Each
 * step is a file of its own.
 */
#include "batch/batch.h"
#include "base/fd.h"
#include "base/path.h"
#include "batch/batchstate.h"
#include "batch/cause.h"
#include "batch/flaky.h"
#include "batch/github.h"
#include "batch/leftovers.h"
#include "batch/poison.h"
#include "batch/preflight.h"
#include "batch/runid.h"
#include "batch/service.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
    if (strcmp(what, "respawned") == 0) {
        TUM_AUTO(tum_buf_release) struct tum_buf cause = TUM_BUF_INIT(TUM_BUF_ANY);

        tum_cause_write(tum_str_of(details), &cause);
        tum_batch_say(batch, "service '%s' was respawned: %s", name, cause.s);
    }
    tum_lock_leave(&batch->lock);
}

static void note_service_process(void *ctx, const char *name, const char *run,
                                 const struct tum_proc *proc, bool started)
{
    struct tum_batch *batch = ctx;

    tum_lock_enter(&batch->lock);
    if (started)
        tum_batch_save_process(batch, run, proc, name);
    else
        tum_batch_forget_process(batch, run, proc);
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
    if (batch->opts->resume && batch->opts->report_dir != NULL) {
        TUM_AUTO(tum_freep) char *asked = tum_path_absolute(batch->opts->report_dir);

        if (strcmp(asked, batch->folder) != 0)
            tum_face_complain(
                batch->face,
                "option '--report-dir': the batch goes on, and reports, in "
                "'%s'",
                batch->folder);
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
        return tum_face_fail(face, err, TUM_STATUS_USAGE);
    if (batch->plan->root == NULL)
        batch->plan->root = tum_strdup(batch->project->root);
    if (!tum_state_open(batch->plan->root, !opts->list && !opts->resume, &batch->state,
                        &warning, &err))
        return tum_face_fail(face, err, TUM_STATUS_INTERNAL);
    if (warning != NULL)
        tum_face_complain(face, "%s", warning);
    tum_free(warning);
    if (opts->resume) {
        if (!tum_resume_plan(batch, &err))
            return tum_face_fail(face, err, TUM_STATUS_USAGE);
        selection = (struct tum_selection){0};
    } else if (opts->changed && !tum_changed(batch->plan, batch->state, opts->revision,
                                             &nothing, &notes, &err)) {
        return tum_face_fail(face, err, TUM_STATUS_USAGE);
    }
    if (nothing) {
        face->print(face->ctx, tum_buf_str(&notes));
        return TUM_STATUS_PASSED;
    }
    if (!tum_listing_load(batch->plan, batch->state, &opts->program, batch->soft, &err))
        return tum_face_fail(face, err, TUM_STATUS_INTERNAL);
    if (!tum_select(batch->plan, batch->state, &selection, &notes, &err))
        return tum_face_fail(face, err, TUM_STATUS_USAGE);
    if (notes.len > 0)
        face->print(face->ctx, tum_buf_str(&notes));
    if (opts->list) {
        bool bad = tum_plan_troubles(batch);

        tum_plan_print(batch, opts->list_json);
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

/* Who watches the batch may say something at the same time. */
static void say_alone(struct tum_batch *batch, const char *what, const char *text)
{
    tum_lock_enter(&batch->lock);
    tum_batch_say(batch, "%s%s", what, text);
    tum_lock_leave(&batch->lock);
}

/* A gate has the patience of its budget. */
static bool try_fit(struct tum_batch *batch)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct tum_batch_opts *opts = batch->opts;

    for (int64_t attempt = 1;; attempt++) {
        TUM_AUTO(tum_buf_release) struct tum_buf time = TUM_BUF_INIT(64);

        tum_buf_reset(&text);
        if (tum_preflight_run(batch, NULL, &text))
            return true;
        /* A check that was stopped says nothing of the bench. */
        if (tum_stop_is_set(batch->soft))
            return false;
        say_alone(batch, "ERROR   ", text.s);
        if (!opts->fit_again)
            return false;
        if (attempt > opts->infra_retries) {
            TUM_AUTO(tum_freep)
            char *reason =
                tum_asprintf("infrastructure, not a test failure, after %lld "
                             "attempts: %s",
                             (long long)attempt, text.s);

            tum_batch_notify_unfit(batch, reason, attempt);
            return false;
        }
        tum_duration_text(opts->infra_delay, &time);
        say_alone(batch, "It is looked at again in ", time.s);
        if (tum_wait(batch->soft, -1, 0, tum_time_add(tum_now(), opts->infra_delay)) ==
            TUM_STOPPED)
            return false;
    }
}

/* Pre-flight before the batch. One that is stopped goes on, to where nothing starts. */
static bool is_fit(struct tum_batch *batch)
{
    struct tum_watch watch;
    bool fit;

    tum_crew_watch(batch, &watch);
    fit = try_fit(batch);
    tum_crew_unwatch(&watch);
    return fit || tum_stop_is_set(batch->soft);
}

/* -1: go on; else the exit status. */
static int prepare(struct tum_batch *batch)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct tum_batch_opts *opts = batch->opts;
    bool clean = opts->clean || tum_conf_flag(batch->project->config, "clean", false);
    struct tum_error *err = NULL;

    if (!open_folder(batch, &err) || !open_stream(batch, &err))
        return tum_face_fail(batch->face, err, TUM_STATUS_INTERNAL);
    tum_jobs_make(batch);
    if (!opts->resume)
        forget_files(batch);
    if (opts->resume ? !tum_resume_jobs(batch, &err) : !tum_jobs_save(batch, &err))
        return tum_face_fail(batch->face, err, TUM_STATUS_INTERNAL);
    for (size_t i = 0; i < batch->job_count; i++) {
        if (batch->jobs[i].exhausted) {
            if (!tum_job_save_end(batch, &batch->jobs[i], &err)) {
                tum_batch_fault(batch, err);
                err = NULL;
            }
            tum_batch_notify(batch, &batch->jobs[i]);
        }
        batch->done += batch->jobs[i].state == TUM_JOB_DONE;
        batch->failed += batch->jobs[i].state == TUM_JOB_DONE &&
                         !tum_outcome_passed(batch->jobs[i].outcome);
    }
    batch->github = tum_github_begin(batch->face->print, batch->face->ctx);
    tum_batch_forget(batch);
    emit_started(batch);
    if (opts->resume && !tum_resume_tell(batch, &err)) {
        tum_batch_fault(batch, err);
        err = NULL;
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
    tum_leftovers(batch, clean);
    if (!opts->no_preflight && !is_fit(batch)) {
        batch->unfit = true;
        return TUM_STATUS_INFRASTRUCTURE;
    }
    if (!opts->no_services)
        batch->services = tum_services_new(
            batch->project, batch->mark, batch->folder,
            &(struct tum_services_sink){
                .ctx = batch, .note = note_service, .process = note_service_process});
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
        tum_free(batch->jobs[i].known_text);
        tum_free(batch->jobs[i].flaky_text);
        tum_free(batch->jobs[i].left);
        tum_free(batch->jobs[i].start);
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
    tum_free(batch->mark);
    tum_free(batch->folder);
    tum_free(batch->events_path);
    tum_free(batch->fault_text);
    tum_free(batch->left);
    tum_free(batch->github);
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

    tum_crew_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    tum_lock_init(&batch.lock, TUM_RANK_SESSION);
    batch.hard = tum_stop_new(NULL);
    batch.soft = tum_stop_new(batch.hard);
    batch.wake = tum_stop_new(batch.soft);
    tum_run_id_write(&text);
    batch.run = tum_strdup(text.s);
    batch.mark = tum_strdup(text.s);
    setenv(TUM_RUN_VARIABLE, batch.mark, 1);
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
                tum_crew_run(&batch);
                tum_services_free(batch.services);
                batch.services = NULL;
                status = tum_batch_end(&batch);
            } else if (batch.unfit) {
                status = tum_batch_end(&batch); /* or a signal, or a report */
            }
        }
    }
    release(&batch);
    return opts->strict01 && status != 0 ? TUM_STATUS_FAILED : status;
}
