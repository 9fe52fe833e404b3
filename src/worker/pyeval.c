/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions in Python: which worker evaluates, when there is a new one, and what its
 * replies mean. How messages travel is in rpc.c, what a script may ask in calls.c.
 */
#include "worker/pyeval.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/path.h"
#include "tum/mem.h"
#include "worker/calls.h"
#include "worker/frame.h"
#include "worker/worker.h"
#include <stdatomic.h>

/* Raw output taken at the end of an evaluation. */
#define LAST_OUTPUT ((size_t)1 << 20)

/* Interpreters to be tried, each with what is known against it. */
#define CANDIDATES 3
struct candidate {
    char *path;
    bool wanted; /* named by the user: silence would be a surprise */
};

struct tum_pyeval {
    char *main_dir;
    atomic_bool started, patched;
    struct tum_lock lock;

    /* Guarded by the lock. */
    struct tum_worker *worker;
    struct candidate candidates[CANDIDATES];
    size_t candidate_count, candidate; /* the one in use */
    struct tum_buf reasons;            /* against those before it */
    char *died; /* how the last worker ended, until a new one is there */
};

struct tum_pyeval *tum_pyeval_new(const struct tum_pyeval_opts *opts)
{
    struct tum_pyeval *pyeval = tum_new(struct tum_pyeval);

    pyeval->main_dir = tum_strdup(opts->main_dir != NULL ? opts->main_dir : "");
    tum_lock_init(&pyeval->lock, TUM_RANK_WORKERS);
    tum_buf_init(&pyeval->reasons, TUM_BUF_ANY);
    return pyeval;
}

static void forget_candidates(struct tum_pyeval *pyeval)
{
    for (size_t i = 0; i < pyeval->candidate_count; i++)
        tum_free(pyeval->candidates[i].path);
    pyeval->candidate_count = pyeval->candidate = 0;
    tum_buf_release(&pyeval->reasons);
}

void tum_pyeval_free(struct tum_pyeval *pyeval)
{
    if (pyeval == NULL)
        return;
    tum_worker_unref(pyeval->worker);
    forget_candidates(pyeval);
    tum_lock_release(&pyeval->lock);
    tum_free(pyeval->died);
    tum_free(pyeval->main_dir);
    tum_free(pyeval);
}

bool tum_pyeval_started(const struct tum_pyeval *pyeval)
{
    return atomic_load(&pyeval->started);
}

bool tum_pyeval_patched(const struct tum_pyeval *pyeval)
{
    return atomic_load(&pyeval->patched);
}

/* An expression cannot assign: one of these is in every one that changes a module, or
   what its functions work with. */
static bool may_patch(struct tum_str text)
{
    static const char *const ways[] = {"setattr", "delattr", "__",      "vars",
                                       "exec",    "eval",    "globals", "chdir",
                                       "tzset",   "locale"};

    for (size_t i = 0; i < TUM_LEN(ways); i++)
        if (tum_str_find(text, tum_str_of(ways[i]), 0) != TUM_STR_NONE)
            return true;
    return false;
}

void tum_pyeval_result_release(struct tum_pyeval_result *result)
{
    tum_val_unref(result->value);
    tum_free(result->repr);
    tum_free(result->type);
    tum_free(result->text);
    tum_free(result->traceback);
    *result = (struct tum_pyeval_result){0};
}

/* ---- which interpreter; under the lock ---- */

static void add_candidate(struct tum_pyeval *pyeval, char *take, bool wanted)
{
    for (size_t i = 0; take != NULL && i < pyeval->candidate_count; i++)
        if (strcmp(pyeval->candidates[i].path, take) == 0) {
            tum_free(take);
            return;
        }
    if (take != NULL)
        pyeval->candidates[pyeval->candidate_count++] =
            (struct candidate){.path = take, .wanted = wanted};
}

/* What is wrong with an interpreter; the warning, if one is due, goes to
   *ret_warning. */
static void add_reason(struct tum_pyeval *pyeval, const char *path, bool wanted,
                       const char *why, char **ret_warning)
{
    tum_buf_addf(&pyeval->reasons, "%s'%s': %s", pyeval->reasons.len > 0 ? "; " : "",
                 path, why);
    if (wanted && *ret_warning == NULL)
        *ret_warning = tum_asprintf("python_bin '%s' is not usable: %s", path, why);
}

static void find_candidates(struct tum_pyeval *pyeval,
                            const struct tum_python_config *config, char **ret_warning)
{
    const char *wanted = config->python_bin;

    if (wanted != NULL && wanted[0] != '\0') {
        char *path = tum_path_find_program(wanted);

        if (path == NULL)
            add_reason(pyeval, wanted, true, tum_path_no_program(wanted), ret_warning);
        add_candidate(pyeval, path, true);
    }
    add_candidate(pyeval, tum_path_find_program("python3"), false);
    add_candidate(pyeval, tum_path_find_program("python"), false);
}

/* The candidate in use will not do: the next one is. */
static void reject_candidate(struct tum_pyeval *pyeval, const char *why,
                             char **ret_warning)
{
    const struct candidate *candidate = &pyeval->candidates[pyeval->candidate++];

    add_reason(pyeval, candidate->path, candidate->wanted, why, ret_warning);
}

/* Starts a worker with the first interpreter that can be executed. */
static bool start_worker(struct tum_pyeval *pyeval,
                         const struct tum_python_config *config, char **ret_warning)
{
    if (pyeval->candidate_count == 0)
        find_candidates(pyeval, config, ret_warning);
    while (pyeval->candidate < pyeval->candidate_count) {
        struct tum_error *err = NULL;
        char *why;

        pyeval->worker = tum_worker_start(
            &(struct tum_worker_opts){.python =
                                          pyeval->candidates[pyeval->candidate].path,
                                      .main_dir = pyeval->main_dir,
                                      .config = config},
            &err);
        if (pyeval->worker != NULL)
            return true;
        why = tum_error_text(err);
        reject_candidate(pyeval, why, ret_warning);
        tum_free(why);
        tum_error_free(err);
    }
    return false;
}

/* ---- which worker ---- */

static void warn(const struct tum_worker_host *host, char *take)
{
    if (take != NULL && host->warn != NULL)
        host->warn(host->ctx, take);
    tum_free(take);
}

/* A worker that did not get ready: the next one is made by another interpreter. */
static void reject_worker(struct tum_pyeval *pyeval, struct tum_worker *worker,
                          const struct tum_worker_host *host, const char *why)
{
    struct tum_worker *dropped = NULL;
    char *warning = NULL;

    tum_lock_enter(&pyeval->lock);
    if (pyeval->worker == worker) {
        dropped = worker;
        pyeval->worker = NULL;
        reject_candidate(pyeval, why, &warning);
    }
    tum_lock_leave(&pyeval->lock);
    tum_worker_unref(dropped);
    warn(host, warning);
}

/* The present worker, counted, if it lives; a dead one is forgotten. */
static struct tum_worker *living_worker(struct tum_pyeval *pyeval,
                                        const struct tum_worker_host *host)
{
    struct tum_worker *worker = NULL, *dropped = NULL;

    tum_lock_enter(&pyeval->lock);
    if (pyeval->worker != NULL)
        worker = tum_worker_ref(pyeval->worker);
    tum_lock_leave(&pyeval->lock);
    if (worker == NULL || !tum_rpc_is_lost(tum_worker_rpc(worker)))
        return worker;

    char *why = tum_rpc_cause(tum_worker_rpc(worker));
    tum_val hello = tum_val_none();

    if (tum_rpc_hello(tum_worker_rpc(worker), &hello)) {
        tum_lock_enter(&pyeval->lock);
        if (pyeval->worker == worker) {
            dropped = worker;
            pyeval->worker = NULL;
            tum_free(pyeval->died);
            pyeval->died = why;
            why = NULL;
            forget_candidates(pyeval);
        }
        tum_lock_leave(&pyeval->lock);
    } else {
        reject_worker(pyeval, worker, host, why);
    }
    tum_free(why);
    tum_val_unref(hello);
    tum_worker_unref(dropped);
    tum_worker_unref(worker);
    return NULL;
}

static char *unavailable_text(const struct tum_pyeval *pyeval)
{
    if (pyeval->reasons.len == 0)
        return tum_strdup("no Python 3 interpreter was found; set python_bin, or "
                          "install python3");
    return tum_asprintf("no usable Python 3 interpreter (set python_bin): %s",
                        pyeval->reasons.s);
}

/* A counted worker; NULL: *ret_why says why there is none. */
static struct tum_worker *check_out(struct tum_pyeval *pyeval,
                                    const struct tum_worker_host *host, char **ret_why)
{
    struct tum_python_config config = {0};
    struct tum_worker *worker = living_worker(pyeval, host);
    char *warning = NULL, *renewed = NULL;
    struct tum_error *err = NULL;

    if (worker != NULL)
        return worker;
    /* Asked without the lock: it reads variables, whose lock comes before ours. */
    if (!host->configure(host->ctx, &config, &err)) {
        *ret_why = tum_error_text(err);
        tum_error_free(err);
        tum_python_config_release(&config);
        return NULL;
    }
    /* A start takes a millisecond or two; who needs a worker then needs this one. */
    tum_lock_enter(&pyeval->lock);
    if (pyeval->worker == NULL && start_worker(pyeval, &config, &warning)) {
        atomic_store(&pyeval->started, true);
        atomic_store(&pyeval->patched, false);
        if (pyeval->died != NULL)
            renewed = tum_asprintf("the Python worker of expressions ended (%s); a new "
                                   "one without its state goes on",
                                   pyeval->died);
        tum_free(pyeval->died);
        pyeval->died = NULL;
    }
    if (pyeval->worker != NULL) {
        worker = tum_worker_ref(pyeval->worker);
    } else {
        *ret_why = unavailable_text(pyeval);
        /* The next expression may find another configuration. */
        forget_candidates(pyeval);
    }
    tum_lock_leave(&pyeval->lock);
    tum_python_config_release(&config);
    warn(host, warning);
    warn(host, renewed);
    return worker;
}

/* ---- one evaluation ---- */

struct evaluation {
    struct tum_pyeval *pyeval;
    struct tum_worker *worker;
    const struct tum_worker_host *host;
    struct tum_pyeval_result *ret;
    bool greeted;
};

/* What a worker says in the end, besides the outcomes told to the caller. */
#define REJECTED ((enum tum_pyeval_outcome)(TUM_PYEVAL_STOPPED + 1))

/* The greeting: ours to judge once, whether it came before this call or now. */
static bool greet(struct evaluation *e, tum_val hello)
{
    if (!tum_worker_hello_fits(hello, &e->ret->text))
        return false;
    e->greeted = true;
    if (tum_worker_is_new(e->worker) && e->host->started != NULL)
        e->host->started(e->host->ctx, tum_worker_python(e->worker));
    return true;
}

static void put_output(struct evaluation *e, struct tum_str text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf bytes = TUM_BUF_INIT(TUM_BUF_ANY);

    text = tum_worker_printed(text, &bytes);
    if (text.n > 0)
        e->host->output(e->host->ctx, text);
}

static void put_last_output(struct evaluation *e)
{
    TUM_AUTO(tum_buf_release) struct tum_buf bytes = TUM_BUF_INIT(LAST_OUTPUT);

    tum_rpc_drain(tum_worker_rpc(e->worker), &bytes);
    if (bytes.len > 0)
        e->host->output(e->host->ctx, tum_buf_str(&bytes));
}

static void serve(struct evaluation *e, tum_val request)
{
    TUM_AUTO(tum_buf_release)
    struct tum_buf answer = TUM_BUF_INIT(2 * TUM_FRAME_LIMIT);
    struct tum_error *err = NULL;

    tum_calls_serve(e->host, request, &answer);
    if (tum_rpc_send(tum_worker_rpc(e->worker), tum_buf_str(&answer), &err))
        return;
    tum_buf_reset(&answer);
    tum_val ask = tum_val_none();

    /* Too large, or too much is waiting: the asker gets an error instead. */
    if (err->kind == TUM_ERROR_LIMIT && tum_map_peeks(request, "ask", &ask)) {
        tum_buf_adds(&answer, "{\"answer\": ");
        tum_val_write_str(&answer, ask);
        tum_buf_adds(&answer, ", \"error\": \"its value is too large\"}");
        tum_error_clear(&err);
        if (tum_rpc_send(tum_worker_rpc(e->worker), tum_buf_str(&answer), &err))
            return;
    }
    /* Else the worker is gone, as the next wait will tell. */
    tum_error_free(err);
}

static char *dup_text(tum_val message, const char *key)
{
    struct tum_str text = tum_message_text(message, key);

    return text.s != NULL ? tum_strndup(text.s, text.n) : NULL;
}

static enum tum_pyeval_outcome finish(struct evaluation *e, tum_val message)
{
    tum_val raised;

    put_last_output(e);
    e->ret->repr = dup_text(message, "repr");
    if (tum_map_peeks(message, "raised", &raised)) {
        e->ret->type = dup_text(raised, "type");
        e->ret->text = dup_text(raised, "text");
        e->ret->traceback = dup_text(raised, "traceback");
        return TUM_PYEVAL_RAISED;
    }
    if (tum_message_value(message, &e->ret->value))
        return TUM_PYEVAL_VALUE;
    e->ret->type = tum_strdup("TypeError");
    e->ret->text = tum_strdup("result is not a plain value");
    return TUM_PYEVAL_RAISED;
}

/* True when the message ends the evaluation. */
static bool take_message(struct evaluation *e, tum_val message,
                         enum tum_pyeval_outcome *ret)
{
    tum_val v;

    if (tum_val_kind(message) == TUM_BYTES) {
        e->host->output(e->host->ctx, tum_val_text(message));
    } else if (tum_map_peeks(message, "hello", &v)) {
        *ret = REJECTED;
        return !greet(e, v);
    } else if (tum_map_peeks(message, "out", &v)) {
        put_output(e, tum_val_text(v));
    } else if (tum_map_peeks(message, "ask", &v)) {
        serve(e, message);
    } else {
        *ret = finish(e, message);
        return true;
    }
    return false;
}

static enum tum_pyeval_outcome
wait_for_reply(struct evaluation *e, struct tum_rpc_call *call, struct tum_stop *stop)
{
    struct tum_rpc *rpc = tum_worker_rpc(e->worker);
    tum_time patience = tum_worker_patience(e->worker);
    enum tum_pyeval_outcome outcome = REJECTED;
    tum_val message;

    if (tum_rpc_hello(rpc, &message)) {
        bool fits = greet(e, message);

        tum_val_unref(message);
        if (!fits)
            return REJECTED;
    }
    for (;;)
        switch (tum_rpc_call_next(call, stop, e->greeted ? TUM_FOREVER : patience,
                                  &message)) {
        case TUM_RPC_MESSAGE: {
            bool over = take_message(e, message, &outcome);

            tum_val_unref(message);
            if (over)
                return outcome;
            break;
        }
        case TUM_RPC_STOPPED:
            return TUM_PYEVAL_STOPPED;
        case TUM_RPC_LATE:
            e->ret->text = tum_strdup("it was not ready in time (proc_start_timeout)");
            return REJECTED;
        case TUM_RPC_LOST:
            put_last_output(e);
            e->ret->text = tum_rpc_cause(rpc);
            return e->greeted ? TUM_PYEVAL_LOST : REJECTED;
        }
}

static void make_request(int64_t id, struct tum_str text, unsigned flags,
                         struct tum_buf *out)
{
    tum_buf_addf(out, "{\"call\": %lld, \"op\": \"eval\", \"text\": ", (long long)id);
    tum_message_add_text(out, text);
    tum_buf_adds(out, (flags & TUM_PYEVAL_REPR) != 0 ? ", \"repr\": true}" : "}");
}

static enum tum_pyeval_outcome evaluate(struct evaluation *e, struct tum_str text,
                                        unsigned flags, struct tum_stop *stop)
{
    TUM_AUTO(tum_buf_release) struct tum_buf request = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_rpc *rpc = tum_worker_rpc(e->worker);
    struct tum_rpc_call *call = tum_rpc_call_open(rpc);
    enum tum_pyeval_outcome outcome;
    struct tum_error *err = NULL;

    make_request(tum_rpc_call_id(call), text, flags, &request);
    if (!tum_rpc_send(rpc, tum_buf_str(&request), &err) &&
        err->kind == TUM_ERROR_LIMIT) {
        e->ret->type = tum_strdup("MemoryError");
        e->ret->text = tum_error_text(err);
        outcome = TUM_PYEVAL_RAISED;
    } else {
        /* That the worker is gone is told there, with its cause. */
        outcome = wait_for_reply(e, call, stop);
    }
    tum_error_free(err);
    tum_rpc_call_close(call,
                       outcome == TUM_PYEVAL_VALUE || outcome == TUM_PYEVAL_RAISED);
    return outcome;
}

enum tum_pyeval_outcome tum_pyeval_eval(struct tum_pyeval *pyeval, struct tum_str text,
                                        unsigned flags,
                                        const struct tum_worker_host *host,
                                        struct tum_stop *stop,
                                        struct tum_pyeval_result *ret)
{
    enum tum_pyeval_outcome outcome;

    *ret = (struct tum_pyeval_result){.value = tum_val_none()};
    do {
        struct evaluation e = {.pyeval = pyeval, .host = host, .ret = ret};

        e.worker = check_out(pyeval, host, &ret->text);
        if (e.worker == NULL)
            return TUM_PYEVAL_UNAVAILABLE;
        if (may_patch(text))
            atomic_store(&pyeval->patched, true);
        outcome = evaluate(&e, text, flags, stop);
        if (outcome == REJECTED) {
            reject_worker(pyeval, e.worker, host, ret->text);
            tum_free(ret->text);
            ret->text = NULL;
        }
        tum_worker_unref(e.worker);
    } while (outcome == REJECTED);
    if (outcome == TUM_PYEVAL_LOST) {
        char *why = ret->text;

        ret->text = tum_asprintf("the Python worker ended (%s)", why);
        tum_free(why);
    }
    return outcome;
}
