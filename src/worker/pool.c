/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which worker a call gets, and what becomes of it after. How parents of workers are
 * started is in stock.c, what follows a call in keeper.c, what is said during it in
 * exchange.c.
 */
#include "worker/pool.h"
#include "base/fd.h"
#include "tum/mem.h"
#include "worker/exchange.h"
#include "worker/poolparts.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Workers that fail before they got a call, in a row, until that is the answer. */
#define TRIES 4

/* Who waits for one of the workers in use, or for its turn in a context. */
struct tum_pool_waiter {
    struct tum_pool_waiter *next;
    int wake; /* eventfd */
};

struct tum_pool *tum_pool_new(const struct tum_pool_opts *opts)
{
    static const struct tum_pool_bounds bounds = TUM_POOL_BOUNDS;
    struct tum_pool *pool = tum_new(struct tum_pool);

    pool->main_dir = tum_strdup(opts->main_dir);
    pool->runtime = tum_strdup(opts->runtime);
    pool->lua_helper = tum_strdup(opts->lua_helper != NULL ? opts->lua_helper : "");
    pool->output = opts->output;
    pool->ctx = opts->ctx;
    pool->bounds = bounds;
    tum_lock_init(&pool->lock, TUM_RANK_WORKERS);
    tum_keeper_init(pool);
    return pool;
}

void tum_pool_set_bounds(struct tum_pool *pool, const struct tum_pool_bounds *bounds)
{
    tum_lock_enter(&pool->lock);
    pool->bounds = *bounds;
    pool->bounds.ready = TUM_MIN(pool->bounds.ready, (unsigned)TUM_POOL_READY_MAX);
    pool->bounds.max = TUM_MAX(pool->bounds.max, 1u);
    tum_lock_leave(&pool->lock);
}

void tum_pool_result_release(struct tum_pool_result *result)
{
    tum_val_unref(result->reply);
    tum_free(result->text);
    *result = (struct tum_pool_result){.reply = tum_val_none()};
}

static void free_context(struct tum_pool_context *context)
{
    tum_worker_unref(context->worker);
    tum_val_unref(context->id);
    tum_free(context->kind);
    tum_free(context->what);
    tum_free(context->died);
    tum_free(context);
}

void tum_pool_free(struct tum_pool *pool)
{
    if (pool == NULL)
        return;
    /* First everybody is asked, then all are waited for. */
    tum_lock_enter(&pool->lock);
    tum_stocks_leave(pool);
    while (pool->contexts != NULL) {
        struct tum_pool_context *context = pool->contexts;

        pool->contexts = context->next;
        if (context->worker != NULL) {
            tum_rpc_hang_up(tum_worker_rpc(context->worker));
            tum_keeper_take(pool, tum_worker_ref(context->worker), TUM_KEEP_WATCH);
        }
        free_context(context);
    }
    tum_lock_leave(&pool->lock);
    tum_keeper_end(pool);
    tum_stocks_free(pool);
    tum_lock_release(&pool->lock);
    tum_free(pool->main_dir);
    tum_free(pool->runtime);
    tum_free(pool->lua_helper);
    tum_free(pool);
}

/* ---- who holds what; under the lock ---- */

static void hold(struct tum_pool *pool, struct tum_pool_hold *hold, const char *what)
{
    hold->what = what;
    hold->next = pool->holds;
    pool->holds = hold;
    pool->in_use++;
}

static void wake_first(struct tum_pool_waiter *waiters)
{
    static const uint64_t one = 1;

    if (waiters != NULL && write(waiters->wake, &one, sizeof one) < 0 &&
        errno != EAGAIN)
        tum_bug("waking who waits for a worker: %s", tum_errno_text(errno));
}

/* Until woken. Leaves the lock while it waits. */
static enum tum_waited wait_in(struct tum_pool *pool, struct tum_pool_waiter **waiters,
                               struct tum_stop *stop, tum_time deadline)
{
    struct tum_pool_waiter waiter = {.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    struct tum_pool_waiter **at = waiters;
    enum tum_waited waited;

    while (*at != NULL)
        at = &(*at)->next;
    *at = &waiter;
    tum_lock_leave(&pool->lock);
    waited = tum_wait(stop, waiter.wake, POLLIN, deadline);
    tum_lock_enter(&pool->lock);
    for (at = waiters; *at != &waiter;)
        at = &(*at)->next;
    *at = waiter.next;
    tum_fd_close(&waiter.wake);
    return waited;
}

static void let_go(struct tum_pool *pool, struct tum_pool_hold *hold)
{
    struct tum_pool_hold **at = &pool->holds;

    while (*at != hold)
        at = &(*at)->next;
    *at = hold->next;
    pool->in_use--;
    wake_first(pool->waiters);
}

static char *holders(const struct tum_pool *pool)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    for (const struct tum_pool_context *c = pool->contexts; c != NULL; c = c->next)
        if (c->worker != NULL) {
            tum_buf_adds(&text, text.len > 0 ? ", " : "");
            if (c->kind != NULL) {
                tum_buf_addf(&text, "the worker of %s", c->kind);
            } else {
                tum_buf_adds(&text, "context ");
                tum_val_write_repr(&text, c->id);
            }
            tum_buf_addf(&text, " (begun by %s)", c->what);
        }
    for (const struct tum_pool_hold *h = pool->holds; h != NULL; h = h->next)
        tum_buf_addf(&text, "%s%s", text.len > 0 ? ", " : "", h->what);
    return tum_buf_detach(&text);
}

/* Under the lock, which it leaves while it waits. False: *ret says why. */
static bool wait_for_room(struct tum_pool *pool, struct tum_stop *stop,
                          tum_time deadline, enum tum_pool_outcome *ret,
                          char **ret_text)
{
    while (pool->in_use >= pool->bounds.max) {
        enum tum_waited waited = wait_in(pool, &pool->waiters, stop, deadline);

        if (waited == TUM_READY)
            continue;
        /* What woke this one may be meant for the next. */
        if (pool->in_use < pool->bounds.max)
            wake_first(pool->waiters);
        *ret = waited == TUM_STOPPED ? TUM_POOL_STOPPED : TUM_POOL_UNABLE;
        if (waited == TUM_LATE) {
            TUM_AUTO(tum_freep) char *who = holders(pool);

            *ret_text = tum_asprintf(
                "no worker became free in %lld s (func_workers_wait); all %u "
                "(func_workers_max) are in use: %s",
                (long long)(pool->bounds.wait / TUM_SECOND), pool->bounds.max, who);
        }
        return false;
    }
    return true;
}

/* ---- contexts; under the lock ---- */

static struct tum_pool_context *find_context(struct tum_pool *pool,
                                             const struct tum_pool_call *call)
{
    struct tum_pool_context *context = pool->contexts;

    for (; context != NULL; context = context->next) {
        if (context->lang != call->lang)
            continue;
        if (call->kind != NULL || context->kind != NULL) {
            if (call->kind != NULL && context->kind != NULL &&
                strcmp(call->kind, context->kind) == 0)
                return context;
        } else if (tum_val_same(context->id, call->context)) {
            return context;
        }
    }
    context = tum_new(struct tum_pool_context);
    context->lang = call->lang;
    context->id = tum_val_ref(call->context);
    context->kind = call->kind != NULL ? tum_strdup(call->kind) : NULL;
    context->what = tum_strdup(call->what);
    context->next = pool->contexts;
    pool->contexts = context;
    return context;
}

static char *context_name(const struct tum_pool_context *context)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (context->kind != NULL) {
        tum_buf_addf(&text, "%s", context->kind);
    } else {
        tum_buf_adds(&text, "context ");
        tum_val_write_repr(&text, context->id);
    }
    return tum_buf_detach(&text);
}

/* Its worker is of no use any more; the next call begins anew. Takes died. */
static void drop_worker(struct tum_pool *pool, struct tum_pool_context *context,
                        struct tum_worker *worker, char *died)
{
    if (context->worker != worker) {
        tum_free(died);
        return;
    }
    context->worker = NULL;
    context->busy = 0;
    tum_free(context->died);
    context->died = died;
    pool->in_use--;
    wake_first(pool->waiters);
}

void tum_pool_end_context(struct tum_pool *pool, enum tum_lang lang, tum_val id)
{
    struct tum_pool_context **at, *context;

    tum_lock_enter(&pool->lock);
    for (at = &pool->contexts; (context = *at) != NULL; at = &context->next)
        if (context->lang == lang && context->kind == NULL &&
            tum_val_same(context->id, id))
            break;
    if (context != NULL && context->users == 0) {
        struct tum_worker *worker = context->worker;

        *at = context->next;
        if (worker != NULL) {
            drop_worker(pool, context, worker, NULL);
            tum_rpc_hang_up(tum_worker_rpc(worker));
            tum_keeper_take(pool, worker, TUM_KEEP_WATCH);
        }
        free_context(context);
    }
    tum_lock_leave(&pool->lock);
}

/* ---- one call ---- */

struct job {
    struct tum_pool *pool;
    const struct tum_pool_call *call;
    const struct tum_worker_host *host;
    struct tum_stop *stop;
    struct tum_pool_result *ret;
    tum_time deadline; /* for a free worker */
    struct tum_python_config config;
    char *key;

    /* What it got. */
    struct tum_worker *worker;
    struct tum_pool_context *context;
    struct tum_pool_hold hold;
    bool shared;
};

static void warn(struct job *job, char *take)
{
    if (take != NULL && job->host->warn != NULL)
        job->host->warn(job->host->ctx, take);
    tum_free(take);
}

static bool keeps_worker(const struct job *job)
{
    return job->call->kind != NULL || job->call->context.kind != TUM_NONE;
}

/* A Lua worker serves one call after the other: a call that waits here, and not in the
   worker, does not end with it. False: stopped. Under the lock. */
static bool await_turn(struct job *job)
{
    struct tum_pool_context *context = job->context;
    bool queued = false;

    if (context == NULL || job->call->lang != TUM_LANG_LUA)
        return true;
    while (context->busy > 0 || (!queued && context->waiters != NULL)) {
        if (wait_in(job->pool, &context->waiters, job->stop, TUM_FOREVER) ==
            TUM_STOPPED) {
            if (context->busy == 0)
                wake_first(context->waiters);
            return false;
        }
        queued = true;
    }
    return true;
}

/* The worker of the context, if it lives; under the lock. */
static bool take_kept(struct job *job)
{
    struct tum_pool_context *context = job->context;

    if (context->worker == NULL)
        return false;
    if (context->busy == 0 && tum_rpc_is_lost(tum_worker_rpc(context->worker))) {
        struct tum_worker *worker = context->worker;

        drop_worker(job->pool, context, worker, tum_rpc_cause(tum_worker_rpc(worker)));
        tum_keeper_take(job->pool, worker, TUM_KEEP_WATCH);
        return false;
    }
    job->worker = tum_worker_ref(context->worker);
    job->shared = context->busy > 0;
    if (context->busy++ == 0)
        tum_keeper_busy(job->pool, context);
    return true;
}

static void make_request(const struct job *job, struct tum_buf *out)
{
    tum_buf_adds(out, "{");
    if (keeps_worker(job))
        tum_buf_addf(out, "\"threads\": %s", job->call->threads ? "true" : "false");
    if (keeps_worker(job))
        tum_buf_adds(out, ", \"keep\": true");
    if (job->call->request != NULL)
        tum_buf_addf(out, ", %s", job->call->request);
    tum_buf_adds(out, "}");
}

/* A new worker, or one that is ready; under the lock. */
static bool take_new(struct job *job, char **ret_warning, char **ret_renewed)
{
    struct tum_pool *pool = job->pool;
    TUM_AUTO(tum_buf_release) struct tum_buf request = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf said = TUM_BUF_INIT((size_t)1 << 20);

    make_request(job, &request);
    for (int i = 0; job->worker == NULL; i++) {
        struct tum_stock *stock =
            tum_stock_find(pool, job->call->lang, job->key, &job->config, ret_warning,
                           &job->ret->text);
        char *why;

        if (stock == NULL)
            return false;
        job->worker =
            keeps_worker(job)
                ? tum_stock_fork(stock, tum_buf_str(&request), &job->ret->text)
                : tum_stock_take(pool, stock, ret_warning, &job->ret->text);
        if (job->worker != NULL)
            break;
        /* A parent of workers that has ended: there may be another, or another
           interpreter. */
        why = job->ret->text;
        job->ret->text = NULL;
        if (!tum_stock_reject(pool, job->key, false, why, &said, ret_warning,
                              &job->ret->text) ||
            i == TRIES) {
            if (job->ret->text == NULL)
                job->ret->text = why;
            else
                tum_free(why);
            return false;
        }
        tum_free(why);
        tum_free(job->ret->text);
        job->ret->text = NULL;
    }
    if (!keeps_worker(job)) {
        hold(pool, &job->hold, job->call->what);
        return true;
    }
    pool->in_use++;
    job->context->worker = tum_worker_ref(job->worker);
    job->context->busy = 1;
    job->context->raw_over = false;
    if (job->context->died != NULL) {
        TUM_AUTO(tum_freep) char *name = context_name(job->context);

        *ret_renewed =
            tum_asprintf("the worker of %s ended (%s); a new one without its state "
                         "goes on",
                         name, job->context->died);
        tum_free(job->context->died);
        job->context->died = NULL;
    }
    return true;
}

/* Under the lock, which it leaves while it waits. */
static bool get_worker(struct job *job, enum tum_pool_outcome *ret, char **ret_warning,
                       char **ret_renewed)
{
    for (;;) {
        if (!await_turn(job)) {
            *ret = TUM_POOL_STOPPED;
            return false;
        }
        if (job->context != NULL && take_kept(job))
            return true;
        if (!wait_for_room(job->pool, job->stop, job->deadline, ret, &job->ret->text))
            return false;
        /* Meanwhile somebody else may have begun the context. */
        if (job->context == NULL || job->context->worker == NULL)
            return take_new(job, ret_warning, ret_renewed);
    }
}

static bool check_out(struct job *job, enum tum_pool_outcome *ret)
{
    struct tum_pool *pool = job->pool;
    char *warning = NULL, *renewed = NULL;
    bool ok;

    job->worker = NULL;
    job->shared = false;
    *ret = TUM_POOL_UNABLE;
    tum_lock_enter(&pool->lock);
    job->context = keeps_worker(job) ? find_context(pool, job->call) : NULL;
    if (job->context != NULL)
        job->context->users++;
    ok = get_worker(job, ret, &warning, &renewed);
    if (!ok && job->context != NULL) {
        job->context->users--;
        /* What it waited for is for the next. */
        if (job->context->busy == 0)
            wake_first(job->context->waiters);
    }
    tum_lock_leave(&pool->lock);
    warn(job, warning);
    warn(job, renewed);
    return ok;
}

/* The worker is given back; `died` (taken): it is of no use to others. */
static void check_in(struct job *job, enum tum_keep how, char *died)
{
    struct tum_pool *pool = job->pool;

    tum_lock_enter(&pool->lock);
    if (how != TUM_KEEP_KILL)
        tum_stock_prove(pool, job->key);
    if (job->context == NULL) {
        let_go(pool, &job->hold);
        tum_keeper_take(pool, job->worker, how);
        tum_free(died);
    } else {
        job->context->users--;
        if (job->context->worker == job->worker)
            job->context->busy--;
        if (died != NULL && job->context->worker == job->worker) {
            drop_worker(pool, job->context, job->worker, died);
            tum_keeper_take(pool, job->worker, how);
        } else {
            tum_free(died);
        }
        if (job->context->worker == job->worker && job->context->busy == 0)
            tum_keeper_idle(pool, job->context);
        if (job->context->busy == 0)
            wake_first(job->context->waiters);
        tum_worker_unref(job->worker);
    }
    tum_lock_leave(&pool->lock);
    job->worker = NULL;
}

static enum tum_exchanged exchange(struct job *job, struct tum_exchange_result *result)
{
    bool python = job->call->lang == TUM_LANG_PYTHON;
    struct tum_exchange exchange = {
        .worker = job->worker,
        .host = job->host,
        .stop = job->stop,
        .inside = job->call->inside,
        .prefix = python ? TUM_S("[py_func] ") : TUM_S("[lua_func] "),
        .says_where = python,
        .shared = job->shared,
        .event = job->call->event,
        .event_ctx = job->call->event_ctx,
    };

    return tum_exchange_run(&exchange, result);
}

/* A worker that failed before it got the call; true: another one may do better. */
static bool try_again(struct job *job, enum tum_exchanged how, char *take_text)
{
    struct tum_pool *pool = job->pool;
    TUM_AUTO(tum_freep) char *text = take_text;
    TUM_AUTO(tum_buf_release) struct tum_buf said = TUM_BUF_INIT((size_t)1 << 20);
    char *warning = NULL;
    bool again = true;

    tum_lock_enter(&pool->lock);
    if (how == TUM_EXCHANGE_UNBORN || how == TUM_EXCHANGE_LATE)
        again = tum_stock_reject(pool, job->key, how == TUM_EXCHANGE_LATE, text, &said,
                                 &warning, &job->ret->text);
    tum_lock_leave(&pool->lock);
    if (said.len > 0) {
        TUM_AUTO(tum_buf_release) struct tum_buf lines = TUM_BUF_INIT(TUM_BUF_ANY);

        tum_exchange_raw(TUM_S(""), tum_buf_str(&said), &lines);
        job->host->output(job->host->ctx, tum_buf_str(&lines));
    }
    warn(job, warning);
    if (job->context == NULL && how == TUM_EXCHANGE_HUNG)
        warn(job, tum_strdup("a ready worker does not take calls and was ended; a "
                             "fresh one is used"));
    return again;
}

static enum tum_pool_outcome run_once(struct job *job, bool *ret_again)
{
    struct tum_exchange_result result;
    enum tum_exchanged how = exchange(job, &result);
    enum tum_pool_outcome outcome = TUM_POOL_UNABLE;

    *ret_again = false;
    job->ret->reply = result.reply;
    switch (how) {
    case TUM_EXCHANGE_REPLIED:
        check_in(job, TUM_KEEP_WATCH, NULL);
        return TUM_POOL_REPLIED;
    case TUM_EXCHANGE_STOPPED:
        check_in(job, TUM_KEEP_TERM, tum_strdup("it was stopped"));
        return TUM_POOL_STOPPED;
    case TUM_EXCHANGE_LOST:
        /* Usually it has ended; but it may only have spoilt its link. */
        check_in(job, TUM_KEEP_TERM, tum_strdup(result.text));
        job->ret->text = result.text;
        return TUM_POOL_LOST;
    case TUM_EXCHANGE_REFUSED:
        /* A worker of its own has nothing to wait for. */
        check_in(job, job->context == NULL ? TUM_KEEP_KILL : TUM_KEEP_WATCH, NULL);
        job->ret->text = result.text;
        return TUM_POOL_REFUSED;
    case TUM_EXCHANGE_HUNG:
        check_in(job, TUM_KEEP_KILL, tum_strdup("it did not take calls"));
        break;
    case TUM_EXCHANGE_LATE:
    case TUM_EXCHANGE_UNBORN:
        check_in(job, TUM_KEEP_KILL,
                 tum_strdup(result.text != NULL ? result.text : "it was not ready"));
        break;
    }
    *ret_again = try_again(job, how, result.text);
    return outcome;
}

enum tum_pool_outcome tum_pool_run(struct tum_pool *pool,
                                   const struct tum_pool_call *call,
                                   const struct tum_worker_host *host,
                                   struct tum_stop *stop, struct tum_pool_result *ret)
{
    struct job job = {
        .pool = pool, .call = call, .host = host, .stop = stop, .ret = ret};
    enum tum_pool_outcome outcome = TUM_POOL_UNABLE;
    struct tum_error *err = NULL;
    bool again = true;

    *ret = (struct tum_pool_result){.reply = tum_val_none()};
    if (!host->configure(host->ctx, &job.config, &err)) {
        ret->text = tum_error_text(err);
        tum_error_free(err);
        tum_python_config_release(&job.config);
        return TUM_POOL_REFUSED;
    }
    job.key = tum_stock_key(call->lang, &job.config);
    tum_lock_enter(&pool->lock);
    job.deadline = tum_time_add(tum_now(), pool->bounds.wait);
    tum_lock_leave(&pool->lock);
    for (int i = 0; i < TRIES && again; i++) {
        tum_free(ret->text);
        ret->text = NULL;
        if (!check_out(&job, &outcome))
            break;
        outcome = run_once(&job, &again);
    }
    if (outcome == TUM_POOL_UNABLE && ret->text == NULL)
        ret->text = tum_strdup("workers end before they take a call");
    tum_free(job.key);
    tum_python_config_release(&job.config);
    return outcome;
}

void tum_pool_warm(struct tum_pool *pool, enum tum_lang lang,
                   const struct tum_worker_host *host)
{
    struct tum_python_config config = {0};
    struct tum_error *err = NULL;

    if (host->configure(host->ctx, &config, &err)) {
        TUM_AUTO(tum_freep) char *key = tum_stock_key(lang, &config);
        char *warning = NULL, *text = NULL;
        struct tum_stock *stock;

        tum_lock_enter(&pool->lock);
        stock = tum_stock_find(pool, lang, key, &config, &warning, &text);
        if (stock != NULL)
            tum_stock_fill(pool, stock);
        tum_lock_leave(&pool->lock);
        /* What fails is told by the first call. */
        tum_free(warning);
        tum_free(text);
    }
    tum_error_free(err);
    tum_python_config_release(&config);
}
