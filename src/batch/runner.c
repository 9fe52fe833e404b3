/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt of one campaign: a process of its own, what it says, how it ends, what it
 * leaves behind. Runs in a thread of its own; takes the lock of the batch only to tell.
 */
#include "base/fd.h"
#include "base/path.h"
#include "batch/attempt.h"
#include "batch/cgroup.h"
#include "batch/flaky.h"
#include "batch/leftovers.h"
#include "batch/link.h"
#include "batch/poison.h"
#include "batch/preflight.h"
#include "batch/runid.h"
#include "batch/service.h"
#include "engine/eventjson.h"
#include "engine/namelock.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Of what a lock file says of its holder. */
#define HOLDER_LIMIT ((size_t)4096)
/* Below so much free space a failed campaign's temporary folder goes too. */
#define SPACE_LEAST  ((uint64_t)64 << 20)

/* ---- files of the campaign ---- */

static int open_append(const char *folder, const char *name, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *path = tum_path_join(folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

    if (fd < 0)
        tum_fail_os(err, errno, "cannot open '%s'", path);
    return fd;
}

/* A write that fails costs the record, not the campaign. */
static void write_or_lose(struct tum_attempt *a, int fd, struct tum_str text)
{
    struct tum_error *err = NULL;

    if (fd < 0 || tum_fd_write_all(fd, text, &err))
        return;
    if (!a->log_lost) {
        a->log_lost = true;
        tum_error_wrap(&err, "cannot write below '%s'", a->job->folder);
        tum_lock_enter(&a->batch->lock);
        tum_batch_fault(a->batch, err);
        tum_lock_leave(&a->batch->lock);
    } else {
        tum_error_free(err);
    }
}

static void keep_tail(struct tum_buf *tail, struct tum_str bytes)
{
    if (bytes.n > TUM_TAIL_SIZE)
        bytes = tum_str_sub(bytes, bytes.n - TUM_TAIL_SIZE, bytes.n);
    if (tail->len + bytes.n > 2 * TUM_TAIL_SIZE) {
        size_t cut = tail->len + bytes.n - TUM_TAIL_SIZE;

        memmove(tail->s, tail->s + cut, tail->len - cut);
        tum_buf_truncate(tail, tail->len - cut);
    }
    tum_buf_addt(tail, bytes);
}

static void read_output(struct tum_attempt *a)
{
    char bytes[TUM_HOSTILE_OR(3, 65536)];
    ssize_t n;

    while (a->out >= 0 && (n = read(a->out, bytes, sizeof(bytes))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            break;
        write_or_lose(a, a->log, tum_str_n(bytes, (size_t)n));
        keep_tail(&a->tail, tum_str_n(bytes, (size_t)n));
    }
    tum_fd_close(&a->out);
}

/* ---- packets ---- */

static void take_bye(struct tum_attempt *a)
{
    struct tum_map_builder *b = tum_map_begin(1);

    a->said_bye = true;
    tum_poison_left(a->batch, a->run, tum_proc_pid(a->proc), &a->left);
    tum_map_adds(b, "msg", tum_val_str("bye"));
    tum_link_send_val(a->link, tum_map_end(b));
}

/* Which of its locks somebody holds, and who: the campaign itself says it in its log. */
static void say_waiting(struct tum_attempt *a)
{
    tum_list_each (name, tum_conf_get(a->job->campaign->tree, "all_locks")) {
        TUM_AUTO(tum_freep) char *path = tum_namelock_path(tum_val_text(*name).s);
        TUM_AUTO(tum_freep) char *holder = NULL;
        struct tum_error *err = NULL;
        struct tum_str line, pid;
        int64_t number;
        size_t n;

        if (!tum_file_read(path, HOLDER_LIMIT, &holder, &n, &err)) {
            tum_error_free(err);
            continue;
        }
        line = tum_str_trim(tum_str_n(holder, n));
        pid = tum_str_sub(line, strlen("pid "), line.n);
        pid = tum_str_sub(pid, 0, tum_str_find_char(pid, ' ', 0));
        /* What a dead one wrote stays in the file. */
        if (!tum_str_starts(line, "pid ") || !tum_str_int(pid, &number) ||
            tum_process_ticks((pid_t)number) == 0 ||
            number == (int64_t)tum_proc_pid(a->proc))
            continue;
        tum_lock_enter(&a->batch->lock);
        tum_batch_say(a->batch, "%s waits for lock '%s', held by %.*s",
                      a->job->campaign->shown, tum_val_text(*name).s,
                      TUM_STR_ARG(line));
        tum_lock_leave(&a->batch->lock);
    }
}

/* What it has read: told after loading and again at the end, in pieces. */
static void take_files(struct tum_attempt *a, tum_val files, bool first)
{
    struct tum_list_builder *b = tum_list_begin(tum_list_len(files));

    if (!first)
        tum_list_each (path, a->files)
            tum_list_add(b, tum_val_ref(*path));
    tum_list_each (path, files)
        tum_list_add(b, tum_val_ref(*path));
    tum_val_unref(a->files);
    a->files = tum_list_end(b);
}

static void take_packet(struct tum_attempt *a)
{
    struct tum_str text = tum_buf_str(&a->packet);
    struct tum_error *err = NULL;
    const char *msg;
    tum_val v;

    if (!tum_json_read(text, (struct tum_span){0}, &v, &err)) {
        tum_error_free(err);
        return;
    }
    msg = tum_conf_text(v, "msg");
    if (msg == NULL) {
        tum_record_take(a->record, v);
        tum_buf_addc(&a->packet, '\n');
        write_or_lose(a, a->events, tum_buf_str(&a->packet));
        tum_lock_enter(&a->batch->lock);
        tum_batch_event(a->batch, text);
        tum_lock_leave(&a->batch->lock);
    } else if (strcmp(msg, "need") == 0) {
        tum_attempt_need(a, v);
    } else if (strcmp(msg, "release") == 0) {
        tum_attempt_release(a, tum_conf_int(v, "id", -1));
    } else if (strcmp(msg, "loaded") == 0) {
        take_files(a, tum_conf_get(v, "files"), tum_conf_flag(v, "first", true));
    } else if (strcmp(msg, "waiting") == 0) {
        /* Waiting for others does not count for the bound. */
        if (tum_conf_flag(v, "on", false)) {
            if (a->waiting_since == 0) {
                a->waiting_since = tum_now();
                say_waiting(a);
            }
        } else if (a->waiting_since != 0) {
            if (a->deadline != TUM_FOREVER)
                a->deadline += tum_now() - a->waiting_since;
            a->waiting_since = 0;
        }
    } else if (strcmp(msg, "bye") == 0) {
        take_bye(a);
    }
    tum_val_unref(v);
}

static void read_link(struct tum_attempt *a)
{
    bool end = false;

    while (a->link >= 0 && tum_link_take(a->link, &a->packet, &end))
        take_packet(a);
    if (end && a->link >= 0)
        shutdown(a->link, SHUT_RD); /* kept open for threads that answer */
}

static tum_val address_list(const struct tum_campaign *campaign)
{
    struct tum_list_builder *b;
    size_t all = 0;

    for (size_t i = 0; i < campaign->node_count; i++)
        all += !campaign->nodes[i].container;
    if (campaign->node_count == 0 || campaign->selected_count == all)
        return tum_val_none();
    b = tum_list_begin(campaign->selected_count);
    for (size_t i = 0; i < campaign->node_count; i++) {
        if (campaign->nodes[i].selected)
            tum_list_add(b, tum_val_str(campaign->nodes[i].address));
    }
    return tum_list_end(b);
}

/* A packet is bounded, so long lists of addresses go in several. */
static void send_list(struct tum_attempt *a, const char *what, tum_val list)
{
    size_t i = 0;

    while (i < tum_list_len(list)) {
        struct tum_list_builder *part = tum_list_begin(64);
        struct tum_map_builder *b = tum_map_begin(2);
        size_t size = 0;

        for (; i < tum_list_len(list) && size < TUM_LINK_LIMIT / 8; i++) {
            tum_val item = tum_list_items(list)[i];

            size +=
                tum_val_text(item.kind == TUM_MAP ? tum_conf_get(item, "node") : item)
                    .n +
                40;
            tum_list_add(part, tum_val_ref(item));
        }
        tum_map_adds(b, "msg", tum_val_str(what));
        tum_map_adds(b, "list", tum_list_end(part));
        tum_link_send_val(a->link, tum_map_end(b));
    }
}

static void send_plan(struct tum_attempt *a)
{
    struct tum_batch *batch = a->batch;
    tum_val selected = address_list(a->job->campaign);
    tum_val flaky = batch->opts->strict_flaky
                        ? tum_val_none()
                        : tum_flaky_of(batch->project, a->job->campaign);
    tum_val services = tum_conf_get(batch->project->config, "services");
    struct tum_list_builder *names = tum_list_begin(4);
    struct tum_map_builder *b = tum_map_begin(8);

    tum_map_each (entry, services)
        tum_list_add(names, tum_val_ref(entry->key));
    send_list(a, "select", selected);
    send_list(a, "flaky", flaky);
    tum_map_adds(b, "msg", tum_val_str("plan"));
    tum_map_adds(b, "run", tum_val_str(batch->run));
    tum_map_adds(b, "campaign", tum_val_str(a->job->campaign->shown));
    tum_map_adds(b, "partial", tum_val_bool(selected.kind == TUM_LIST));
    tum_map_adds(b, "clean_start", tum_val_str(a->clean_start));
    tum_map_adds(b, "report_folder", tum_val_str(a->job->folder));
    tum_map_adds(b, "services", tum_list_end(names));
    tum_map_adds(b, "project_file",
                 tum_val_str(batch->project->file != NULL
                                 ? batch->project->file
                                 : "the project (no tum.yaml)"));
    tum_link_send_val(a->link, tum_map_end(b));
    tum_val_unref(selected);
    tum_val_unref(flaky);
}

/* ---- the process ---- */

static bool start_process(struct tum_attempt *a, struct tum_error **err)
{
    static const char *const words[] = {"-b", "-o", "--batch-link", NULL};
    TUM_AUTO(tum_freep) char *tmpdir = tum_asprintf("TMPDIR=%s", a->tmp);
    TUM_AUTO(tum_freep)
    char *run = tum_asprintf("%s=%s", TUM_RUN_VARIABLE, a->run);
    const char *const env[] = {tmpdir, run, NULL};
    const char *const file[] = {a->job->campaign->file, NULL};
    const char **argv = tum_program_argv(&a->batch->opts->program, words, file);
    struct tum_proc_fd extra = {.number = TUM_LINK_NUMBER};
    struct tum_proc_opts opts = {TUM_PROC_OPTS,    .argv = argv,
                                 .env = env,       .extra = &extra,
                                 .extra_count = 1, .grace = TUM_BATCH_GRACE};
    int theirs = -1, write_end = -1;
    bool ok;

    ok = tum_link_pair(&a->link, &theirs, err) &&
         tum_fd_pipe(&a->out, &write_end, err) &&
         tum_fd_set_blocking(a->out, false, err);
    if (ok) {
        extra.fd = theirs;
        opts.out = opts.err = write_end;
        ok = tum_proc_start(&opts, &a->proc, err);
    }
    tum_fd_close(&theirs);
    tum_fd_close(&write_end);
    tum_free(argv);
    return ok;
}

static void ask_to_stop(struct tum_attempt *a)
{
    if (a->asked_to_stop)
        return;
    a->asked_to_stop = true;
    tum_proc_end(a->proc, TUM_BATCH_GRACE);
}

/* Until the process has ended, its output is read and its packets are served. */
static void follow(struct tum_attempt *a)
{
    struct tum_batch *batch = a->batch;
    bool ended = false;

    while (!ended) {
        struct pollfd fds[3] = {
            {.fd = tum_proc_fd(a->proc), .events = POLLIN},
            {.fd = a->said_bye ? -1 : a->link, .events = POLLIN},
            {.fd = a->out, .events = POLLIN},
        };
        tum_time deadline =
            a->asked_to_stop || a->waiting_since != 0 ? TUM_FOREVER : a->deadline;
        struct tum_stop *stop = a->asked_to_stop ? batch->hard : batch->soft;
        enum tum_waited waited =
            tum_wait_many(a->killed ? NULL : stop, fds, TUM_LEN(fds), deadline);

        if (waited == TUM_STOPPED) {
            if (tum_stop_is_set(batch->hard)) {
                a->killed = true;
                tum_proc_end(a->proc, 0);
            } else {
                ask_to_stop(a);
            }
        } else if (waited == TUM_LATE) {
            const char *running = tum_record_running(a->record);
            struct tum_str tail;

            a->running = running != NULL ? tum_strdup(running) : NULL;
            read_output(a);
            tail = tum_attempt_lines(a);
            a->late_lines = tum_strndup(tail.s, tail.n);
            a->late = true;
            ask_to_stop(a);
        }
        read_output(a);
        if (fds[1].revents & (POLLHUP | POLLERR)) {
            read_link(a);
            a->said_bye = true; /* nothing more comes */
            if (a->left.len == 0)
                tum_poison_left(batch, a->run, tum_proc_pid(a->proc), &a->left);
        } else {
            read_link(a);
        }
        ended = tum_proc_wait(a->proc, NULL, tum_now(), &a->status) == TUM_READY;
    }
    read_output(a);
    read_link(a);
    tum_fd_close(&a->out);
}

/* ---- what came of it ---- */

static void put(struct tum_map_builder *b, const char *key, const char *text)
{
    tum_map_adds(b, key, tum_val_str(text));
}

/* What the report says in clean_start, when it is not "yes"; for tum_free. */
static char *start_of(const struct tum_attempt *a)
{
    bool clean = strcmp(a->clean_start, "yes") == 0;

    if (a->respawned == NULL)
        return clean ? NULL : tum_strdup(a->clean_start);
    return clean ? tum_strdup(a->respawned)
                 : tum_asprintf("%s; %s", a->clean_start, a->respawned);
}

/* The fields of the event campaign_finished; owned. */
static tum_val finished_event(struct tum_attempt *a, double seconds)
{
    const struct tum_counts c = tum_record_counts(a->record);
    struct tum_map_builder *b = tum_map_begin(16);
    struct tum_job *job = a->job;

    put(b, "campaign", job->campaign->shown);
    tum_map_adds(b, "attempt", tum_val_int(job->attempt));
    put(b, "result", job->result);
    put(b, "outcome", job->outcome);
    put(b, "message", job->message);
    tum_map_adds(b, "duration", tum_val_float(seconds));
    tum_map_adds(b, "status", tum_val_int(job->status));
    tum_map_adds(b, "passed", tum_val_int((int64_t)c.passed));
    tum_map_adds(b, "failed", tum_val_int((int64_t)c.failed));
    tum_map_adds(b, "errors", tum_val_int((int64_t)c.errors));
    tum_map_adds(b, "skipped", tum_val_int((int64_t)c.skipped));
    tum_map_adds(b, "known_flaky", tum_val_int((int64_t)c.known_flaky));
    tum_map_adds(b, "not_counted", tum_val_int((int64_t)c.excused));
    if (job->start != NULL)
        put(b, "clean_start", job->start);
    if (job->left != NULL)
        put(b, "left_behind", job->left);
    job->passed = c.passed;
    job->failed = c.failed;
    job->errors = c.errors;
    job->skipped = c.skipped;
    job->known_flaky = c.known_flaky;
    job->flaky = c.flaky;
    job->excused = c.excused;
    return tum_map_end(b);
}

/* The temporary folder of a campaign that passed goes, and one that fills the disk. */
static void end_tmp(struct tum_attempt *a)
{
    struct statvfs fs;
    bool full;

    if (a->tmp == NULL)
        return;
    full =
        statvfs(a->tmp, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < SPACE_LEAST;
    if (tum_outcome_passed(a->job->outcome) || full) {
        tum_tree_remove(a->tmp);
        if (full)
            tum_buf_addf(&a->left, "%sa full disk, its temporary folder %s was removed",
                         a->left.len > 0 ? ", " : "", a->tmp);
    } else {
        rmdir(a->tmp); /* one that is empty says nothing */
    }
}

/*
 * One transaction: what was found, how the attempt ended, and what follows from it. What
 * is told of it goes to the state too, since a kill may come before it is told.
 */
static void store_and_decide(struct tum_attempt *a, double seconds, tum_val finished)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    static const struct tum_json_style style = {0};
    struct tum_batch *batch = a->batch;
    struct tum_error *err = NULL;
    struct tum_job *job = a->job;
    bool ok = tum_state_begin(batch->state, &err);

    ok = ok &&
         tum_record_store(a->record, batch->state, job->campaign, batch->run,
                          job->outcome, job->message, seconds, a->files, &err) &&
         tum_json_write(&text, finished, &style, &err) &&
         tum_state_run(batch->state, &err,
                       "UPDATE attempt SET ended=datetime('now'), outcome=?, message=?,"
                       " duration=? WHERE batch=? AND ordinal=? AND number=?",
                       "tsdtii", job->outcome, tum_buf_str(&text), seconds, batch->run,
                       job->ordinal, job->attempt) &&
         tum_state_run(batch->state, &err, "DELETE FROM process WHERE batch=?", "t",
                       a->run) &&
         tum_scratch_forget(batch, a->run, &err);
    tum_batch_decide(batch, job);
    ok = ok && (job->state != TUM_JOB_DONE || tum_job_save_end(batch, job, &err));
    if (!tum_state_end(batch->state, ok, &err))
        tum_batch_fault(batch, err);
}

/* What the guardian had to end, without our own helpers. */
static void add_left(const char *text, struct tum_buf *out)
{
    while (*text != '\0') {
        const char *end = strstr(text, ", pid ");
        size_t n = end != NULL ? (size_t)(end - text) : strlen(text);
        struct tum_str one = tum_str_n(text, n);

        /* A helper on its way to its program has no command line. */
        if (tum_str_find(one, TUM_S("--guardian-of"), 0) == TUM_STR_NONE &&
            tum_str_find_char(tum_str_sub(one, 4, n), ' ', 0) != TUM_STR_NONE)
            tum_buf_addf(out, "%s%.*s", out->len > 0 ? ", " : "", TUM_STR_ARG(one));
        text += n + (end != NULL ? 2 : 0);
    }
}

/* ---- the whole ---- */

static bool prepare(struct tum_attempt *a, struct tum_error **err)
{
    if (mkdir(a->job->folder, 0777) != 0 && errno != EEXIST)
        return tum_fail_os(err, errno, "cannot make the folder '%s'", a->job->folder);
    a->log = open_append(a->job->folder, "log.txt", err);
    if (a->log < 0)
        return false;
    a->events = open_append(a->job->folder, "events.jsonl", err);
    return a->events >= 0;
}

static void emit_start(struct tum_attempt *a)
{
    struct tum_map_builder *b = tum_map_begin(6);

    put(b, "campaign", a->job->campaign->shown);
    tum_map_adds(b, "attempt", tum_val_int(a->job->attempt));
    put(b, "file", a->job->campaign->file);
    put(b, "folder", tum_path_base(a->job->folder));
    put(b, "clean_start", a->clean_start);
    tum_batch_emit(a->batch, "campaign_started", tum_map_end(b));
}

/* False: the campaign is an error already. */
static bool go(struct tum_attempt *a)
{
    TUM_AUTO(tum_buf_release) struct tum_buf finding = TUM_BUF_INIT((size_t)32 << 10);
    struct tum_batch *batch = a->batch;
    struct tum_error *err = NULL;
    char *text;

    if (a->job->campaign->trouble != NULL) {
        tum_job_finish(a->job, "error", a->job->campaign->trouble);
        a->job->status = TUM_STATUS_USAGE;
        return false;
    }
    if (!batch->opts->no_preflight &&
        !tum_preflight_run(batch, a->job->campaign->shown, &finding)) {
        tum_job_finish(a->job, "error", finding.s);
        return false;
    }
    if (!tum_scratch_make(batch, a->run, &a->tmp, &err) || !start_process(a, &err)) {
        text = tum_error_text(err);
        tum_job_finish(a->job, "error", text);
        tum_free(text);
        tum_error_free(err);
        return false;
    }
    return true;
}

void tum_runner_attempt(struct tum_batch *batch, struct tum_job *job)
{
    struct tum_attempt a = {
        .batch = batch,
        .job = job,
        .record = tum_record_new(),
        .link = -1,
        .out = -1,
        .log = -1,
        .events = -1,
        .packet = TUM_BUF_INIT(TUM_LINK_LIMIT + 2),
        .tail = TUM_BUF_INIT(2 * TUM_TAIL_SIZE),
        .left = TUM_BUF_INIT((size_t)16 << 10),
        .deadline = TUM_FOREVER,
    };
    struct tum_cgroup *group = NULL;
    struct tum_error *err = NULL;
    tum_val finished;
    double seconds;

    tum_lock_init(&a.asked_lock, TUM_RANK_CACHE);
    a.run = tum_asprintf("%s/%lld", batch->mark, (long long)job->ordinal);
    job->started = tum_now();
    job->service = false;
    job->status = -1;
    tum_free(job->left);
    job->left = NULL;
    if (!prepare(&a, &err)) {
        tum_lock_enter(&batch->lock);
        tum_batch_fault(batch, err);
        tum_lock_leave(&batch->lock);
    }
    tum_lock_enter(&batch->lock);
    a.clean_start = tum_poison_before(batch, job->campaign);
    emit_start(&a);
    tum_lock_leave(&batch->lock);
    if (go(&a)) {
        if (batch->opts->timeout > 0)
            a.deadline = tum_time_add(tum_now(), batch->opts->timeout);
        group = tum_cgroup_make(a.run, tum_proc_pid(a.proc));
        tum_lock_enter(&batch->lock);
        tum_batch_save_process(batch, a.run, a.proc, job->campaign->shown);
        tum_lock_leave(&batch->lock);
        send_plan(&a);
        follow(&a);
        tum_attempt_judge(&a);
        tum_cgroup_end(group);
        if (a.left.len == 0)
            add_left(tum_proc_left(a.proc), &a.left);
    }
    tum_attempt_end_needs(&a);
    if (batch->services != NULL)
        tum_services_end_campaign(batch->services, a.run);
    end_tmp(&a);
    seconds = (double)(tum_now() - job->started) / (double)TUM_SECOND;
    tum_lock_enter(&batch->lock);
    tum_poison_after(batch, job->campaign, a.run, &a.left);
    if (a.left.len > 0)
        job->left = tum_strdup(a.left.s);
    tum_free(job->start);
    job->start = start_of(&a);
    job->duration = seconds;
    finished = finished_event(&a, seconds);
    store_and_decide(&a, seconds, finished);
    tum_batch_emit(batch, "campaign_finished", finished);
    tum_batch_conclude(batch, job);
    tum_lock_leave(&batch->lock);
    tum_proc_free(a.proc);
    tum_fd_close(&a.link);
    tum_fd_close(&a.out);
    tum_fd_close(&a.log);
    tum_fd_close(&a.events);
    tum_record_free(a.record);
    tum_buf_release(&a.packet);
    tum_buf_release(&a.tail);
    tum_buf_release(&a.left);
    tum_val_unref(a.files);
    tum_free(a.tmp);
    tum_free(a.run);
    tum_free(a.clean_start);
    tum_free(a.respawned);
    tum_free(a.running);
    tum_free(a.late_lines);
    tum_lock_release(&a.asked_lock);
}
