/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pytest, in a process of its own: once at load to collect, once for each execution. It
 * tells what it does in lines of JSON on a descriptor of its own (tum_pytest.py), and
 * goes on when it is answered.
 */
#include "engine/tests.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/functions.h"
#include "engine/pythons.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include "worker/embedded.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TELL_NUMBER   99
#define TELL_TEXT     "99"
#define CHUNK         65536
#define OUTPUT_LIMIT  ((size_t)1 << 20) /* of a collection, for its message */
#define LINE_LIMIT    ((size_t)64 << 20)
/* After it ended: for what is still in the pipes. */
#define REST_PATIENCE (200 * TUM_MS)

/* One process of pytest, and what it says. */
struct session {
    const struct tum_tests *tests;
    struct tum_run *run;   /* NULL: collecting */
    struct tum_buf output; /* collecting: what it printed */
    struct tum_buf told;   /* not taken yet */
    const char *row_type;
    int out, tell;
    bool heard;    /* Python 3 runs our script */
    char *missing; /* why there is no pytest, or NULL */
    tum_val collected;
    int status; /* of pytest; -1: not told */

    /* Running. */
    char *current; /* test under way, or NULL */
    int64_t current_start;
    struct tum_buf tail;            /* its last lines */
    struct tum_list_builder *ended; /* names of tests that have a row */
    size_t failed;
};

/* ---- what it tells ---- */

static char *text_in(tum_val told, const char *key)
{
    tum_val v;

    if (!tum_map_peeks(told, key, &v) || v.kind != TUM_STR)
        return tum_strdup("");
    return tum_strdup(tum_val_text(v).s);
}

static void begin_test(struct session *s, tum_val told)
{
    tum_free(s->current);
    s->current = text_in(told, "start");
    tum_buf_reset(&s->tail);
    s->current_start = tum_run_found_begin(s->run, s->current, s->row_type);
}

static void end_test(struct session *s, enum tum_verdict verdict, const char *message)
{
    struct tum_found_row row = {
        .name = s->current,
        .row_type = s->row_type,
        .verdict = verdict,
        .outcome =
            tum_stop_is_set(s->run->stop) ? TUM_OUTCOME_INTERRUPTED : TUM_OUTCOME_NONE,
        .message = message,
        .data = tum_val_none(),
        .ticks_start = s->current_start,
    };

    tum_run_found_end(s->run, &row);
    tum_list_add(s->ended, tum_val_str(s->current));
    s->failed += verdict == TUM_FAIL;
    tum_free(s->current);
    s->current = NULL;
}

static void take_told(struct session *s, tum_val told)
{
    int64_t status;
    tum_val v;

    s->heard = true;
    if (tum_map_peeks(told, "missing", &v)) {
        tum_free(s->missing);
        s->missing = text_in(told, "missing");
    } else if (tum_map_peeks(told, "collected", &v)) {
        tum_val_unref(s->collected);
        s->collected = tum_val_ref(v);
    } else if (tum_map_peeks(told, "exit", &v)) {
        if (tum_val_to_int64(v, &status))
            s->status = (int)status;
    } else if (s->run != NULL && tum_map_peeks(told, "start", &v)) {
        begin_test(s, told);
    } else if (s->run != NULL && s->current != NULL && tum_map_peeks(told, "end", &v)) {
        TUM_AUTO(tum_freep) char *word = text_in(told, "result");
        TUM_AUTO(tum_freep) char *message = text_in(told, "message");

        end_test(s,
                 strcmp(word, "PASS") == 0   ? TUM_PASS
                 : strcmp(word, "SKIP") == 0 ? TUM_SKIP
                                             : TUM_FAIL,
                 message);
    }
}

static void take_lines(struct session *s)
{
    struct tum_str rest = tum_buf_str(&s->told);
    size_t end;

    while ((end = tum_str_find_char(rest, '\n', 0)) != TUM_STR_NONE) {
        struct tum_error *err = NULL;
        tum_val told;

        if (tum_json_read(tum_str_sub(rest, 0, end), (struct tum_span){0}, &told,
                          &err)) {
            take_told(s, told);
            tum_val_unref(told);
        }
        if (s->tell >= 0 && send(s->tell, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            tum_log(TUM_AREA_ENGINE, 1, "answering pytest: %s", tum_errno_text(errno));
        tum_error_free(err); /* what is no message is nothing */
        rest = tum_str_sub(rest, end + 1, rest.n);
    }
    memmove(s->told.s, rest.s, rest.n);
    tum_buf_truncate(&s->told, rest.n);
}

/* ---- its pipes ---- */

/* False at the end. */
static bool read_some(int fd, struct tum_buf *into)
{
    char chunk[CHUNK];
    ssize_t n = read(fd, chunk, sizeof chunk);

    if (n > 0)
        tum_buf_add(into, chunk, (size_t)n);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void read_output(struct session *s)
{
    TUM_AUTO(tum_buf_release) struct tum_buf bytes = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t before;

    do {
        before = bytes.len;
        if (s->out >= 0 && !read_some(s->out, &bytes))
            tum_fd_close(&s->out);
    } while (s->out >= 0 && bytes.len > before);
    if (s->run != NULL) {
        tum_out_bytes(s->run, tum_buf_str(&bytes));
        if (bytes.len > 0)
            tum_functions_keep_tail(&s->tail, tum_buf_str(&bytes));
    } else {
        tum_buf_addt(&s->output, tum_buf_str(&bytes));
    }
}

/* What was printed before something was told is in the pipe by then. */
static void read_all(struct session *s)
{
    bool open = s->tell >= 0 && read_some(s->tell, &s->told);

    if (s->tell >= 0 && !open)
        tum_fd_close(&s->tell);
    read_output(s);
    take_lines(s);
}

static enum tum_waited follow(struct session *s, struct tum_proc *proc,
                              struct tum_stop *stop, struct tum_proc_status *ret)
{
    tum_time until = TUM_FOREVER;
    bool ended = false;

    while (!ended || ((s->out >= 0 || s->tell >= 0) && tum_now() < until)) {
        struct pollfd fds[3] = {
            {.fd = s->out, .events = POLLIN},
            {.fd = s->tell, .events = POLLIN},
            {.fd = ended ? -1 : tum_proc_fd(proc), .events = POLLIN},
        };
        enum tum_waited waited = tum_wait_many(stop, fds, 3, until);

        if (waited == TUM_STOPPED)
            return TUM_STOPPED;
        read_all(s);
        if (!ended && fds[2].revents != 0 &&
            tum_proc_wait(proc, NULL, 0, ret) == TUM_READY) {
            ended = true;
            until = tum_now() + REST_PATIENCE;
        }
    }
    return TUM_READY;
}

/* ---- running it ---- */

static char *wanted_json(const struct tum_tests *tests)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_json_write_data(&text, tests->methods);
    return tum_buf_detach(&text);
}

/* False: it could not be started (err). */
static bool run_pytest(struct session *s, const char *python, struct tum_stop *stop,
                       bool exit_first, enum tum_waited *ret_waited,
                       struct tum_proc_status *ret, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *folder = tum_path_folder(s->tests->file);
    TUM_AUTO(tum_freep) char *wanted = wanted_json(s->tests);
    const char *argv[16] = {python,
                            "-c",
                            tum_pytest_py,
                            TELL_TEXT,
                            s->run != NULL ? "run" : "collect",
                            wanted,
                            "--capture=no",
                            "-p",
                            "no:cacheprovider",
                            "-o",
                            "addopts="};
    struct tum_proc *proc = NULL;
    int out = -1, tell = -1;
    size_t n = 11;
    bool ok;

    if (s->run == NULL) {
        argv[n++] = "--collect-only";
        argv[n++] = "-q";
    } else if (exit_first) {
        argv[n++] = "-x";
    }
    argv[n] = s->tests->file;
    ok = tum_fd_pipe(&s->out, &out, err) && tum_fd_socketpair(&s->tell, &tell, err) &&
         tum_fd_set_blocking(s->out, false, err) &&
         tum_fd_set_blocking(s->tell, false, err) &&
         tum_proc_start(
             &(struct tum_proc_opts){
                 .argv = argv,
                 .directory = folder,
                 .in = -1,
                 .out = out,
                 .err = out,
                 .extra = &(struct tum_proc_fd){.fd = tell, .number = TELL_NUMBER},
                 .extra_count = 1,
                 .flags = TUM_PROC_LEAVE_ORPHANS,
             },
             &proc, err);
    tum_fd_close(&out);
    tum_fd_close(&tell);
    if (ok)
        *ret_waited = follow(s, proc, stop, ret);
    tum_proc_free(proc);
    tum_fd_close(&s->out);
    tum_fd_close(&s->tell);
    return ok;
}

static void init_session(struct session *s, struct tum_run *run,
                         const struct tum_tests *tests, const char *row_type)
{
    *s = (struct session){.tests = tests,
                          .run = run,
                          .row_type = row_type,
                          .out = -1,
                          .tell = -1,
                          .collected = tum_val_none(),
                          .status = -1};
    tum_buf_init(&s->output, OUTPUT_LIMIT);
    tum_buf_init(&s->told, LINE_LIMIT);
    tum_buf_init(&s->tail, TUM_BUF_ANY);
    if (run != NULL)
        s->ended = tum_list_begin(tum_list_len(tests->names));
}

static void release_session(struct session *s)
{
    tum_buf_release(&s->output);
    tum_buf_release(&s->told);
    tum_buf_release(&s->tail);
    tum_val_unref(s->collected);
    tum_free(s->current);
    tum_free(s->missing);
}

/* With the first interpreter that runs it. False: there is none (err). */
static bool run_somewhere(struct session *s, struct tum_pythons *pythons,
                          struct tum_stop *stop, bool exit_first,
                          enum tum_waited *ret_waited, struct tum_proc_status *ret,
                          struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *text = NULL;

    for (const char *python; (python = tum_pythons_path(pythons)) != NULL;) {
        struct tum_error *why = NULL;

        if (!run_pytest(s, python, stop, exit_first, ret_waited, ret, &why)) {
            TUM_AUTO(tum_freep) char *reason = tum_error_text(why);

            tum_pythons_reject(pythons, reason);
            tum_error_free(why);
        } else if (s->heard || *ret_waited == TUM_STOPPED) {
            return true;
        } else {
            TUM_AUTO(tum_buf_release) struct tum_buf reason = TUM_BUF_INIT(TUM_BUF_ANY);

            tum_proc_status_text(ret, &reason);
            tum_pythons_reject(pythons, reason.s);
        }
    }
    text = tum_pythons_text(pythons);
    return tum_fail(err, TUM_ERROR_NAME, "%s", text);
}

/* ---- at load ---- */

static bool has_text(tum_val list, tum_val text)
{
    tum_list_each (e, list)
        if (tum_val_eq(*e, text))
            return true;
    return false;
}

/* Second texts of the pairs, each once. */
static tum_val function_names(tum_val pairs)
{
    struct tum_list_builder *b = tum_seq_begin(TUM_SET, 8);

    tum_list_each (pair, pairs)
        if (tum_list_len(*pair) == 2)
            tum_list_add(b, tum_list_get(*pair, 1));
    return tum_list_end(b);
}

static char *missing_methods(const struct tum_tests *tests, tum_val functions)
{
    TUM_AUTO(tum_buf_release) struct tum_buf missing = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf known = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_list_each (name, tests->methods)
        if (!has_text(functions, *name))
            tum_buf_addf(&missing, "%s'%s'", missing.len > 0 ? ", " : "",
                         tum_val_text(*name).s);
    if (missing.len == 0)
        return NULL;
    tum_list_each (name, functions)
        tum_buf_addf(&known, "%s%s", known.len > 0 ? ", " : "", tum_val_text(*name).s);
    return tum_asprintf("there is no test %s; there are: %s", missing.s, known.s);
}

static tum_val chosen_names(const struct tum_tests *tests, tum_val pairs)
{
    struct tum_list_builder *b = tum_list_begin(tum_list_len(pairs));

    tum_list_each (pair, pairs)
        if (tum_list_len(*pair) == 2 &&
            (tum_list_len(tests->methods) == 0 ||
             has_text(tests->methods, tum_list_items(*pair)[1])))
            tum_list_add(b, tum_list_get(*pair, 0));
    return tum_list_end(b);
}

static void judge_collection(struct session *s, const char *python,
                             struct tum_tests *ret, char **ret_why, bool *ret_unable)
{
    tum_val functions;

    if (s->missing != NULL) {
        *ret_unable = true;
        *ret_why = tum_asprintf("pytest is not installed for '%s' (python_bin): %s",
                                python, s->missing);
        return;
    }
    if (tum_list_len(s->collected) == 0 || s->status > 1) {
        struct tum_str said = tum_str_trim(tum_buf_str(&s->output));

        /* A wish that deselects everything is told by its name, below. */
        if (s->status != 5 || tum_list_len(s->collected) == 0) {
            *ret_why = tum_asprintf("no test was collected of '%s':\n%.*s",
                                    s->tests->file, TUM_STR_ARG(said));
            return;
        }
    }
    functions = function_names(s->collected);
    *ret_why = missing_methods(s->tests, functions);
    if (*ret_why == NULL)
        ret->names = chosen_names(s->tests, s->collected);
    tum_val_unref(functions);
}

bool tum_pytest_find(struct tum_session *session, struct tum_tests *ret, char **ret_why,
                     bool *ret_unable)
{
    struct tum_proc_status status = {0};
    struct tum_pythons pythons;
    struct tum_error *err = NULL;
    enum tum_waited waited;
    struct session s;

    tum_pythons_init(&pythons, session);
    init_session(&s, NULL, ret, NULL);
    if (run_somewhere(&s, &pythons, session->soft, false, &waited, &status, &err)) {
        judge_collection(&s, tum_pythons_path(&pythons), ret, ret_why, ret_unable);
    } else {
        *ret_unable = true;
        *ret_why = tum_error_text(err);
        tum_error_free(err);
    }
    release_session(&s);
    tum_pythons_release(&pythons);
    return *ret_why == NULL;
}

/* ---- at run ---- */

/* Planned tests without a row, in their order. */
static void skip_rest(struct session *s)
{
    tum_val ended = tum_list_end(s->ended);

    s->ended = NULL;
    tum_list_each (name, s->tests->names)
        if (!has_text(ended, *name))
            tum_tests_row(s->run, tum_val_text(*name).s, s->row_type, TUM_SKIP,
                          "not executed");
    tum_val_unref(ended);
}

static bool is_success(const struct tum_proc_status *status)
{
    return status->exited && (status->code == 0 || status->code == 1);
}

static enum tum_verdict judge_run(struct session *s, enum tum_waited waited,
                                  const struct tum_proc_status *status)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_run *run = s->run;

    if (waited == TUM_STOPPED) {
        if (s->current != NULL)
            end_test(s, TUM_SKIP, "aborted on stop request");
        skip_rest(s);
        return tum_run_stopped_skip(run);
    }
    tum_proc_status_text(status, &text);
    if (s->current != NULL) {
        struct tum_str tail = tum_str_trim(tum_buf_str(&s->tail));
        TUM_AUTO(tum_freep)
        char *message =
            tum_asprintf("pytest ended during the test: %s%s%.*s", text.s,
                         tail.n > 0 ? "; its last lines:\n" : "", TUM_STR_ARG(tail));

        end_test(s, TUM_FAIL, message);
    }
    skip_rest(s);
    if (!is_success(status) || s->status < 0) {
        tum_run_message(run, "pytest FAIL (it ended with %s)", text.s);
        return TUM_FAIL;
    }
    tum_run_message(run, "pytest %s", s->failed > 0 ? "FAIL" : "PASS");
    return s->failed > 0 ? TUM_FAIL : TUM_PASS;
}

enum tum_verdict tum_pytest_run(struct tum_run *run, const struct tum_tests *tests,
                                const char *row_type)
{
    bool exit_first = tum_arg_bool(run, run->item->common->stop_on_failure);
    struct tum_proc_status status = {0};
    struct tum_pythons pythons;
    struct tum_error *err = NULL;
    enum tum_verdict verdict;
    enum tum_waited waited;
    struct session s;

    tum_pythons_init(&pythons, run->session);
    init_session(&s, run, tests, row_type);
    tum_run_flush(run);
    if (run_somewhere(&s, &pythons, run->stop, exit_first, &waited, &status, &err)) {
        verdict = judge_run(&s, waited, &status);
    } else {
        verdict = tum_run_broken(run, err);
        tum_run_set_outcome(run, TUM_OUTCOME_ERROR);
        tum_list_drop(s.ended);
    }
    tum_pythons_release(&pythons);
    release_session(&s);
    return verdict;
}
