/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers after their call: what they and what they left running still print is shown,
 * those that were stopped are killed when they do not end. One thread, made when there
 * is the first of them; nobody waits for it.
 */
#include "base/fd.h"
#include "tum/mem.h"
#include "worker/exchange.h"
#include "worker/poolparts.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHUNK         ((size_t)1 << 20)
/* An unfinished line is shown when so much of it came. */
#define LINE_LIMIT    ((size_t)64 << 10)
/* For what was killed at the end of the run. */
#define KILL_PATIENCE (500 * TUM_MS)

struct tum_kept {
    struct tum_kept *next;
    struct tum_worker *worker;
    enum tum_keep how;
    bool asked;       /* has had its SIGTERM or SIGKILL */
    tum_time kill_at; /* 0: not */
    struct tum_worker_tree *tree;
    bool ended, raw_over;
    struct tum_buf line;
};

void tum_keeper_init(struct tum_pool *pool)
{
    pool->keeper_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pool->idle = epoll_create1(EPOLL_CLOEXEC);
}

static void wake_keeper(struct tum_pool *pool)
{
    static const uint64_t one = 1;

    if (pool->keeper_on && write(pool->keeper_wake, &one, sizeof one) < 0 &&
        errno != EAGAIN)
        tum_bug("waking the keeper of workers: %s", tum_errno_text(errno));
}

static void *keeper(void *arg);

static void start_keeper(struct tum_pool *pool)
{
    if (!pool->keeper_on && !pool->keeper_ending)
        pool->keeper_on = pthread_create(&pool->keeper, NULL, keeper, pool) == 0;
}

static void free_kept(struct tum_kept *kept)
{
    tum_worker_unref(kept->worker);
    tum_worker_tree_free(kept->tree);
    tum_buf_release(&kept->line);
    tum_free(kept);
}

/* ---- one of them; the keeper's thread ---- */

static void ask(struct tum_kept *kept)
{
    if (kept->how == TUM_KEEP_WATCH || kept->asked)
        return;
    kept->asked = true;
    if (kept->how == TUM_KEEP_TERM) {
        kept->kill_at = tum_now() + TUM_POOL_GRACE;
        tum_worker_signal(kept->worker, SIGTERM, &kept->tree);
    } else {
        tum_worker_signal(kept->worker, SIGKILL, &kept->tree);
    }
}

static struct tum_str prefix_of(const struct tum_pool *pool,
                                const struct tum_worker *worker)
{
    bool lua = strcmp(tum_worker_python(worker), pool->lua_helper) == 0;

    return lua ? TUM_S("[lua_func] ") : TUM_S("[py_func] ");
}

static void show(struct tum_pool *pool, struct tum_kept *kept, bool all)
{
    struct tum_buf *line = &kept->line;
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t end = line->len;

    while (!all && end > 0 && line->s[end - 1] != '\n')
        end--;
    if (end == 0 && line->len > LINE_LIMIT)
        end = line->len;
    if (end == 0)
        return;
    tum_exchange_raw(prefix_of(pool, kept->worker), tum_str_n(line->s, end), &text);
    memmove(line->s, line->s + end, line->len - end);
    tum_buf_truncate(line, line->len - end);
    if (text.len > 0)
        pool->output(pool->ctx, tum_buf_str(&text));
}

/* True when nothing more will come of it. */
static bool look(struct tum_pool *pool, struct tum_kept *kept)
{
    TUM_AUTO(tum_buf_release) struct tum_buf bytes = TUM_BUF_INIT(CHUNK);

    ask(kept);
    if (!kept->raw_over && !tum_rpc_drain(tum_worker_rpc(kept->worker), &bytes))
        kept->raw_over = true;
    tum_buf_addt(&kept->line, tum_buf_str(&bytes));
    show(pool, kept, kept->raw_over);
    kept->ended = tum_worker_news(kept->worker);
    if (kept->kill_at != 0 && tum_now() >= kept->kill_at) {
        tum_worker_signal(kept->worker, SIGKILL, &kept->tree);
        kept->kill_at = 0;
    }
    return kept->ended && kept->raw_over && kept->kill_at == 0;
}

/* ---- contexts that nobody calls ---- */

/* Armed for one event at a time, so that what comes during a call wakes nobody. */
void tum_keeper_idle(struct tum_pool *pool, struct tum_pool_context *context)
{
    int fd = tum_worker_raw_fd(context->worker);
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = context};

    if (context->raw_over)
        return;
    if (epoll_ctl(pool->idle, EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT)
        epoll_ctl(pool->idle, EPOLL_CTL_ADD, fd, &event);
    start_keeper(pool);
}

void tum_keeper_busy(struct tum_pool *pool, struct tum_pool_context *context)
{
    struct epoll_event event = {.events = 0, .data.ptr = context};

    /* Not known yet: nothing to do. */
    epoll_ctl(pool->idle, EPOLL_CTL_MOD, tum_worker_raw_fd(context->worker), &event);
}

/* Output of threads that outlived a call; read under the lock, so that no call begins
   meanwhile. */
static void look_at_contexts(struct tum_pool *pool, struct tum_buf *out)
{
    for (struct tum_pool_context *c = pool->contexts; c != NULL; c = c->next) {
        TUM_AUTO(tum_buf_release) struct tum_buf bytes = TUM_BUF_INIT(CHUNK);

        if (c->worker == NULL || c->busy > 0 || c->raw_over)
            continue;
        c->raw_over = !tum_rpc_drain(tum_worker_rpc(c->worker), &bytes);
        tum_keeper_idle(pool, c);
        if (bytes.len > 0)
            tum_exchange_raw(prefix_of(pool, c->worker), tum_buf_str(&bytes), out);
    }
}

/* ---- the thread ---- */

static void add_fd(struct pollfd **fds, size_t *count, size_t *cap, int fd)
{
    if (fd < 0)
        return;
    tum_grow(fds, cap, *count + 1);
    (*fds)[(*count)++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

/* What to wait for; under the lock. */
static size_t gather(struct tum_pool *pool, struct pollfd **fds, size_t *cap,
                     tum_time *ret_until)
{
    size_t count = 0;

    *ret_until = TUM_FOREVER;
    add_fd(fds, &count, cap, pool->keeper_wake);
    add_fd(fds, &count, cap, pool->idle);
    for (struct tum_kept *k = pool->kept; k != NULL; k = k->next) {
        if (!k->raw_over)
            add_fd(fds, &count, cap, tum_worker_raw_fd(k->worker));
        if (!k->ended)
            add_fd(fds, &count, cap, tum_worker_status_fd(k->worker));
        if (k->kill_at != 0)
            *ret_until = TUM_MIN(*ret_until, k->kill_at);
    }
    return count;
}

/* The list is changed by this thread alone, but for what is put in front. */
static void look_at_all(struct tum_pool *pool)
{
    struct tum_kept *gone = NULL, **at, *kept;

    tum_lock_enter(&pool->lock);
    kept = pool->kept;
    tum_lock_leave(&pool->lock);
    for (; kept != NULL; kept = kept->next)
        if (look(pool, kept))
            kept->how = TUM_KEEP_WATCH, kept->asked = kept->ended = true;
    tum_lock_enter(&pool->lock);
    for (at = &pool->kept; *at != NULL;) {
        kept = *at;
        if (kept->ended && kept->raw_over && kept->kill_at == 0) {
            *at = kept->next;
            kept->next = gone;
            gone = kept;
            pool->kept_count--;
        } else {
            at = &kept->next;
        }
    }
    tum_lock_leave(&pool->lock);
    while (gone != NULL) {
        kept = gone;
        gone = kept->next;
        free_kept(kept);
    }
}

static void *keeper(void *arg)
{
    struct tum_pool *pool = arg;
    struct pollfd *fds = NULL;
    size_t cap = 0, count;
    bool ending = false;

    while (!ending) {
        TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
        tum_time until;
        uint64_t ignored;

        look_at_all(pool);
        tum_lock_enter(&pool->lock);
        look_at_contexts(pool, &out);
        count = gather(pool, &fds, &cap, &until);
        ending = pool->keeper_ending;
        tum_lock_leave(&pool->lock);
        if (out.len > 0)
            pool->output(pool->ctx, tum_buf_str(&out));
        if (ending)
            break;
        tum_wait_many(NULL, fds, count, until);
        if (read(pool->keeper_wake, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
            tum_bug("reading an eventfd: %s", tum_errno_text(errno));
    }
    tum_free(fds);
    return NULL;
}

void tum_keeper_take(struct tum_pool *pool, struct tum_worker *worker,
                     enum tum_keep how)
{
    struct tum_kept *kept = tum_new(struct tum_kept);

    kept->worker = worker;
    kept->how = how;
    tum_buf_init(&kept->line, TUM_BUF_ANY);
    kept->next = pool->kept;
    pool->kept = kept;
    pool->kept_count++;
    start_keeper(pool);
    wake_keeper(pool);
}

/* ---- the end ---- */

/* One that still runs; NULL: none does. */
static struct tum_kept *running(struct tum_pool *pool)
{
    struct tum_kept *kept = pool->kept;

    while (kept != NULL && tum_worker_news(kept->worker))
        kept = kept->next;
    return kept;
}

void tum_keeper_end(struct tum_pool *pool)
{
    tum_time until = tum_now() + KILL_PATIENCE;
    struct tum_kept *kept;
    bool was_on;

    tum_lock_enter(&pool->lock);
    was_on = pool->keeper_on;
    pool->keeper_ending = true;
    wake_keeper(pool);
    tum_lock_leave(&pool->lock);
    if (was_on)
        pthread_join(pool->keeper, NULL);
    /* What ends by itself has ended, or does so at once; the rest had its time. */
    for (struct tum_kept *k = pool->kept; k != NULL; k = k->next)
        if (k->how != TUM_KEEP_WATCH && !tum_worker_news(k->worker))
            tum_worker_signal(k->worker, SIGKILL, &k->tree);
    while ((kept = running(pool)) != NULL && tum_now() < until)
        tum_wait(NULL, tum_worker_status_fd(kept->worker), POLLIN, until);
    while ((kept = pool->kept) != NULL) {
        pool->kept = kept->next;
        look(pool, kept);
        if (!kept->ended)
            tum_worker_kill(kept->worker);
        free_kept(kept);
    }
    tum_fd_close(&pool->keeper_wake);
    tum_fd_close(&pool->idle);
}
