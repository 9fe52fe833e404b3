/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt of one campaign: a process of its own, what it says, how it ends, what it
 * leaves behind. Runs in a thread of its own; takes the lock of the batch only to tell.
 */
#include "base/fd.h"
#include "base/path.h"
#include "batch/batchstate.h"
#include "batch/cgroup.h"
#include "batch/flaky.h"
#include "batch/link.h"
#include "batch/poison.h"
#include "batch/preflight.h"
#include "batch/runid.h"
#include "batch/service.h"
#include "engine/eventjson.h"
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

/* Lines of output named when a campaign died, and bytes kept for that. */
#define TAIL_LINES  20
#define TAIL_SIZE   ((size_t)16 << 10)
/* Requests for services of one campaign that are served at the same time. */
#define ASKED_LIMIT 256
/* Below so much free space a failed campaign's temporary folder goes too. */
#define SPACE_LEAST ((uint64_t)64 << 20)

struct asked {
    struct attempt *attempt;
    int64_t id;
    tum_val names;
    pthread_t thread;
    bool started, answered;
    struct tum_service_use *use;
};

struct attempt {
    struct tum_batch *batch;
    struct tum_job *job;
    struct tum_record *record;
    struct tum_proc *proc;
    int link, out;   /* ours */
    int log, events; /* files */
    char *tmp, *run; /* TMPDIR; TUM_RUN_ID */
    char *clean_start, *respawned;
    char *running; /* node under way when the bound was reached */
    struct tum_buf packet, tail;
    tum_val files;
    tum_time deadline, waiting_since;
    bool late, asked_to_stop, killed, said_bye, log_lost;
    struct tum_proc_status status;
    struct tum_buf left;
    struct asked *asked[ASKED_LIMIT];
    size_t asked_count;
    struct tum_lock asked_lock;
};

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
static void write_or_lose(struct attempt *a, int fd, struct tum_str text)
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
    if (bytes.n > TAIL_SIZE)
        bytes = tum_str_sub(bytes, bytes.n - TAIL_SIZE, bytes.n);
    if (tail->len + bytes.n > 2 * TAIL_SIZE) {
        size_t cut = tail->len + bytes.n - TAIL_SIZE;

        memmove(tail->s, tail->s + cut, tail->len - cut);
        tum_buf_truncate(tail, tail->len - cut);
    }
    tum_buf_addt(tail, bytes);
}

static void read_output(struct attempt *a)
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

/* The last lines of a text. */
static struct tum_str last_lines(struct tum_str text, size_t lines)
{
    size_t at = text.n;

    while (at > 0 && text.s[at - 1] == '\n')
        at--;
    text.n = at;
    while (at > 0 && lines > 0) {
        at--;
        if (text.s[at] == '\n' && --lines == 0)
            return tum_str_sub(text, at + 1, text.n);
    }
    return text;
}

/* ---- services ---- */

static void answer_need(struct attempt *a, int64_t id, const char *state,
                        const char *text)
{
    struct tum_map_builder *b = tum_map_begin(4);

    tum_map_adds(b, "msg", tum_val_str("need"));
    tum_map_adds(b, "id", tum_val_int(id));
    tum_map_adds(b, "state", tum_val_str(state));
    if (text != NULL)
        tum_map_adds(b, "text", tum_val_str(text));
    tum_link_send_val(a->link, tum_map_end(b));
}

static void tell_died(void *ctx, const char *reason)
{
    struct asked *asked = ctx;
    struct tum_map_builder *b = tum_map_begin(3);

    tum_map_adds(b, "msg", tum_val_str("died"));
    tum_map_adds(b, "id", tum_val_int(asked->id));
    tum_map_adds(b, "text", tum_val_str(reason));
    tum_link_send_val(asked->attempt->link, tum_map_end(b));
}

static void *serve_need(void *arg)
{
    static const char *const states[] = {"ready", "error", "degraded", "skip", "error"};
    struct asked *asked = arg;
    struct attempt *a = asked->attempt;
    struct tum_service_use *use = NULL;
    char *text = NULL;
    enum tum_needed state;

    state = tum_services_need(a->batch->services, asked->names, a->run, a->batch->soft,
                              tell_died, asked, &use, &text);
    tum_lock_enter(&a->asked_lock);
    asked->use = use;
    asked->answered = true;
    if (state == TUM_NEEDED_READY && text != NULL && a->respawned == NULL)
        a->respawned = tum_strdup(text);
    tum_lock_leave(&a->asked_lock);
    if (state == TUM_NEEDED_ERROR)
        a->job->service = true;
    answer_need(a, asked->id, states[state], text);
    tum_free(text);
    return NULL;
}

static void end_asked(struct attempt *a, struct asked *asked)
{
    if (asked->started)
        pthread_join(asked->thread, NULL);
    tum_services_release(a->batch->services, asked->use);
    tum_val_unref(asked->names);
    tum_free(asked);
}

static void take_need(struct attempt *a, tum_val packet)
{
    struct asked *asked;

    if (a->batch->services == NULL || a->asked_count == ASKED_LIMIT) {
        answer_need(a, tum_conf_int(packet, "id", 0), "error",
                    a->batch->services == NULL
                        ? "services are switched off (--no-services)"
                        : "more than 256 requests for services at a time");
        return;
    }
    asked = tum_new(struct asked);
    asked->attempt = a;
    asked->id = tum_conf_int(packet, "id", 0);
    asked->names = tum_val_ref(tum_conf_get(packet, "names"));
    a->asked[a->asked_count++] = asked;
    asked->started = pthread_create(&asked->thread, NULL, serve_need, asked) == 0;
    if (!asked->started)
        serve_need(asked);
}

static void take_release(struct attempt *a, int64_t id)
{
    for (size_t i = 0; i < a->asked_count; i++) {
        if (a->asked[i]->id == id) {
            end_asked(a, a->asked[i]);
            a->asked[i] = a->asked[--a->asked_count];
            return;
        }
    }
}

/* ---- packets ---- */

static void take_bye(struct attempt *a)
{
    struct tum_map_builder *b = tum_map_begin(1);

    a->said_bye = true;
    tum_poison_left(a->batch, a->run, tum_proc_pid(a->proc), &a->left);
    tum_map_adds(b, "msg", tum_val_str("bye"));
    tum_link_send_val(a->link, tum_map_end(b));
}

static void take_packet(struct attempt *a)
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
        take_need(a, v);
    } else if (strcmp(msg, "release") == 0) {
        take_release(a, tum_conf_int(v, "id", -1));
    } else if (strcmp(msg, "loaded") == 0) {
        tum_val_unref(a->files);
        a->files = tum_val_ref(tum_conf_get(v, "files"));
    } else if (strcmp(msg, "waiting") == 0) {
        /* Waiting for others does not count for the bound. */
        if (tum_conf_flag(v, "on", false)) {
            a->waiting_since = a->waiting_since != 0 ? a->waiting_since : tum_now();
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

static void read_link(struct attempt *a)
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
static void send_list(struct attempt *a, const char *what, tum_val list)
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

static void send_plan(struct attempt *a)
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

static bool make_tmp(struct attempt *a, struct tum_error **err)
{
    const char *base = getenv("TMPDIR");

    a->tmp =
        tum_asprintf("%s/tum-XXXXXX", base != NULL && base[0] == '/' ? base : "/tmp");
    if (mkdtemp(a->tmp) != NULL)
        return true;
    tum_fail_os(err, errno, "cannot make a temporary folder '%s'", a->tmp);
    tum_free(a->tmp);
    a->tmp = NULL;
    return false;
}

static bool start_process(struct attempt *a, struct tum_error **err)
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

static void note_process(struct attempt *a)
{
    struct tum_error *err = NULL;

    tum_lock_enter(&a->batch->lock);
    if (!tum_state_run(a->batch->state, &err, "INSERT INTO process VALUES(?,?,?,?)",
                       "tiit", a->run, (int64_t)tum_proc_pid(a->proc),
                       (int64_t)tum_proc_start_ticks(a->proc), a->job->campaign->shown))
        tum_batch_fault(a->batch, err);
    tum_lock_leave(&a->batch->lock);
}

static void ask_to_stop(struct attempt *a)
{
    if (a->asked_to_stop)
        return;
    a->asked_to_stop = true;
    tum_proc_end(a->proc, TUM_BATCH_GRACE);
}

/* Until the process has ended, its output is read and its packets are served. */
static void follow(struct attempt *a)
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

            a->running = running != NULL ? tum_strdup(running) : NULL;
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

static void add_core(struct attempt *a, struct tum_buf *out)
{
    TUM_AUTO(tum_freep) char *pattern = NULL;
    TUM_AUTO(tum_buf_release) struct tum_buf name = TUM_BUF_INIT(4096);
    struct tum_error *err = NULL;
    int pid = (int)tum_proc_pid(a->proc);
    size_t n;

    if (!tum_file_read("/proc/sys/kernel/core_pattern", 4096, &pattern, &n, &err)) {
        tum_error_free(err);
        return;
    }
    for (size_t i = 0; i < n && pattern[i] != '\n'; i++) {
        if (pattern[i] != '%') {
            tum_buf_addc(&name, pattern[i]);
            continue;
        }
        switch (pattern[++i]) {
        case 'p':
        case 'P':
        case 'i':
            tum_buf_addi(&name, pid);
            break;
        case 'e':
        case 'f':
            tum_buf_adds(&name, "tum");
            break;
        case 's':
            tum_buf_addi(&name, a->status.signal);
            break;
        case 'u':
            tum_buf_addi(&name, (int64_t)getuid());
            break;
        case '%':
            tum_buf_addc(&name, '%');
            break;
        default:
            return; /* a pattern that cannot be told from here */
        }
    }
    if (name.len == 0 || name.s[0] == '|')
        return;
    TUM_AUTO(tum_freep) char *path = tum_path_absolute(name.s);
    TUM_AUTO(tum_freep) char *with_pid = tum_asprintf("%s.%d", path, pid);

    if (tum_path_is_file(with_pid))
        tum_buf_addf(out, "\nback trace: %s", with_pid);
    else if (tum_path_is_file(path))
        tum_buf_addf(out, "\nback trace: %s", path);
}

/* "signal 11 (SIGSEGV), while 'a/b' was running", the last lines, the core file. */
static void describe_end(struct attempt *a, const char *what, struct tum_buf *out)
{
    const char *running =
        a->running != NULL ? a->running : tum_record_running(a->record);
    struct tum_str lines = last_lines(tum_buf_str(&a->tail), TAIL_LINES);

    tum_buf_adds(out, what);
    if (running != NULL)
        tum_buf_addf(out, ", while '%s' was running", running);
    if (lines.n > 0)
        tum_buf_addf(out, "\nlast lines of output:\n%.*s", TUM_STR_ARG(lines));
    if (!a->status.exited && !a->status.lost && !a->late)
        add_core(a, out);
}

static void finish_job(struct tum_job *job, const char *outcome, const char *message)
{
    job->outcome = outcome;
    job->result = tum_outcome_result(outcome);
    tum_free(job->message);
    job->message = tum_strdup(message);
}

static const struct tum_node_result *first_known(const struct tum_record *record)
{
    for (size_t i = 0; i < tum_record_count(record); i++) {
        const struct tum_node_result *node = tum_record_node(record, i);

        if (node->leaf && node->outcome != NULL &&
            strcmp(node->outcome, "known_flaky") == 0)
            return node;
    }
    return NULL;
}

static void judge(struct attempt *a)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT((size_t)64 << 10);
    TUM_AUTO(tum_buf_release) struct tum_buf how = TUM_BUF_INIT(256);
    struct tum_job *job = a->job;
    const struct tum_node_result *failed = tum_record_first_failed(a->record);
    const char *outcome, *message;
    int status;

    job->status = a->status.exited ? a->status.code : -1;
    if (a->late) {
        tum_duration_text(a->batch->opts->timeout, &how);
        tum_buf_addf(&text, "the bound of %s was reached", how.s);
        tum_buf_addt(&how, TUM_S(""));
        TUM_AUTO(tum_freep) char *what = tum_strdup(text.s);
        tum_buf_reset(&text);
        describe_end(a, what, &text);
        finish_job(job, "timeout", text.s);
        return;
    }
    if (tum_stop_is_set(a->batch->soft) &&
        (!tum_record_finished(a->record, &outcome, &message, &status) ||
         status == TUM_STATUS_TERM || status == TUM_STATUS_INT)) {
        describe_end(a, "stopped on request", &text);
        finish_job(job, "interrupted", text.s);
        return;
    }
    if (a->status.exited && a->status.code == TUM_STATUS_USAGE &&
        !tum_record_finished(a->record, &outcome, &message, &status)) {
        describe_end(a, "the campaign could not be loaded", &text);
        finish_job(job, "error", text.s);
        return;
    }
    if (!a->status.exited ||
        !tum_record_finished(a->record, &outcome, &message, &status)) {
        tum_proc_status_text(&a->status, &how);
        tum_buf_addf(&text, "tum died: %s", how.s);
        if (a->status.exited) {
            tum_buf_reset(&text);
            tum_buf_addf(&text, "ended without a result: %s", how.s);
        }
        TUM_AUTO(tum_freep) char *what = tum_strdup(text.s);
        tum_buf_reset(&text);
        describe_end(a, what, &text);
        finish_job(job, "error", text.s);
        return;
    }
    if (strcmp(outcome, "known_flaky") == 0)
        failed = first_known(a->record);
    if (failed != NULL && strcmp(tum_outcome_result(outcome), "FAIL") == 0)
        tum_buf_addf(&text, "%s: %s", failed->address, failed->message);
    else
        tum_buf_adds(&text, message);
    finish_job(job, outcome, text.s);
}

static void put(struct tum_map_builder *b, const char *key, const char *text)
{
    tum_map_adds(b, key, tum_val_str(text));
}

/* The fields of the event campaign_finished; owned. */
static tum_val finished_event(struct attempt *a, double seconds)
{
    const struct tum_counts *c = tum_record_counts(a->record);
    struct tum_map_builder *b = tum_map_begin(16);
    struct tum_job *job = a->job;

    put(b, "campaign", job->campaign->shown);
    tum_map_adds(b, "attempt", tum_val_int(job->attempt));
    put(b, "result", job->result);
    put(b, "outcome", job->outcome);
    put(b, "message", job->message);
    tum_map_adds(b, "duration", tum_val_float(seconds));
    tum_map_adds(b, "status", tum_val_int(job->status));
    tum_map_adds(b, "passed", tum_val_int((int64_t)c->passed));
    tum_map_adds(b, "failed", tum_val_int((int64_t)c->failed));
    tum_map_adds(b, "errors", tum_val_int((int64_t)c->errors));
    tum_map_adds(b, "skipped", tum_val_int((int64_t)c->skipped));
    tum_map_adds(b, "known_flaky", tum_val_int((int64_t)c->known_flaky));
    if (a->respawned != NULL) {
        bool clean = strcmp(a->clean_start, "yes") == 0;
        TUM_AUTO(tum_freep)
        char *both = tum_asprintf("%s%s%s", clean ? "" : a->clean_start,
                                  clean ? "" : "; ", a->respawned);

        put(b, "clean_start", both);
    }
    if (job->left != NULL)
        put(b, "left_behind", job->left);
    job->passed = c->passed;
    job->failed = c->failed;
    job->errors = c->errors;
    job->skipped = c->skipped;
    job->known_flaky = c->known_flaky;
    job->flaky = c->flaky;
    return tum_map_end(b);
}

/* The temporary folder of a campaign that passed goes, and one that fills the disk. */
static void end_tmp(struct attempt *a)
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
static void store_and_decide(struct attempt *a, double seconds, tum_val finished)
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
                       a->run);
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

static bool prepare(struct attempt *a, struct tum_error **err)
{
    if (mkdir(a->job->folder, 0777) != 0 && errno != EEXIST)
        return tum_fail_os(err, errno, "cannot make the folder '%s'", a->job->folder);
    a->log = open_append(a->job->folder, "log.txt", err);
    if (a->log < 0)
        return false;
    a->events = open_append(a->job->folder, "events.jsonl", err);
    return a->events >= 0;
}

static void emit_start(struct attempt *a)
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
static bool go(struct attempt *a)
{
    TUM_AUTO(tum_buf_release) struct tum_buf finding = TUM_BUF_INIT((size_t)32 << 10);
    struct tum_batch *batch = a->batch;
    struct tum_error *err = NULL;
    char *text;

    if (a->job->campaign->trouble != NULL) {
        finish_job(a->job, "error", a->job->campaign->trouble);
        a->job->status = TUM_STATUS_USAGE;
        return false;
    }
    if (!batch->opts->no_preflight &&
        !tum_preflight_run(batch, a->job->campaign->shown, &finding)) {
        finish_job(a->job, "error", finding.s);
        return false;
    }
    if (!make_tmp(a, &err) || !start_process(a, &err)) {
        text = tum_error_text(err);
        finish_job(a->job, "error", text);
        tum_free(text);
        tum_error_free(err);
        return false;
    }
    return true;
}

void tum_runner_attempt(struct tum_batch *batch, struct tum_job *job)
{
    struct attempt a = {
        .batch = batch,
        .job = job,
        .record = tum_record_new(),
        .link = -1,
        .out = -1,
        .log = -1,
        .events = -1,
        .packet = TUM_BUF_INIT(TUM_LINK_LIMIT + 2),
        .tail = TUM_BUF_INIT(2 * TAIL_SIZE),
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
        note_process(&a);
        send_plan(&a);
        follow(&a);
        judge(&a);
        tum_cgroup_end(group);
        if (a.left.len == 0)
            add_left(tum_proc_left(a.proc), &a.left);
    }
    for (size_t i = 0; i < a.asked_count; i++)
        end_asked(&a, a.asked[i]);
    if (batch->services != NULL)
        tum_services_end_campaign(batch->services, a.run);
    end_tmp(&a);
    seconds = (double)(tum_now() - job->started) / (double)TUM_SECOND;
    tum_lock_enter(&batch->lock);
    tum_poison_after(batch, job->campaign, &a.left);
    if (a.left.len > 0)
        job->left = tum_strdup(a.left.s);
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
    tum_lock_release(&a.asked_lock);
}
