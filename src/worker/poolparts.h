/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the pool share: pool.c (calls), stock.c (parents of workers and
 * ready workers), keeper.c (workers after their call).
 */
#ifndef TUM_POOLPARTS_H
#define TUM_POOLPARTS_H

#include "base/lock.h"
#include "worker/pool.h"
#include "worker/worker.h"
#include "worker/zygote.h"
#include <pthread.h>

struct tum_pool_context {
    struct tum_pool_context *next;
    enum tum_lang lang;
    tum_val id;
    char *kind; /* or NULL */
    char *what; /* who began it */
    struct tum_worker *worker;
    unsigned busy;  /* calls under way in this worker */
    unsigned users; /* calls that look at this: in it, in one before it, waiting */
    struct tum_pool_waiter *waiters; /* for their turn, the first is next */
    bool raw_over; /* nothing more comes of the worker's descriptors 1 and 2 */
    char *died;    /* how its last worker ended, until the next one */
};

struct tum_pool_hold {
    struct tum_pool_hold *next;
    const char *what; /* of the call that holds a worker of its own */
};

struct tum_pool {
    char *main_dir, *runtime, *lua_helper;
    void (*output)(void *ctx, struct tum_str lines);
    void *ctx;
    struct tum_lock lock;

    /* All guarded by the lock. */
    struct tum_pool_bounds bounds;
    unsigned in_use;
    struct tum_pool_hold *holds;
    struct tum_pool_context *contexts;
    struct tum_pool_waiter *waiters;
    struct tum_stock *stocks; /* the one used last is first */

    /* keeper.c */
    struct tum_kept *kept;
    size_t kept_count;
    int keeper_wake; /* eventfd */
    int idle;        /* epoll: raw output of contexts that nobody calls */
    bool keeper_on, keeper_ending;
    pthread_t keeper;
};

/* ---- stock.c; all under the lock ---- */

struct tum_stock;

/* What tells stocks apart (tum_alloc). */
char *tum_stock_key(enum tum_lang lang, const struct tum_python_config *config);
/*
 * The stock of a key, made when there is none; its parent of workers runs. NULL:
 * *ret_text says why there is none.
 */
struct tum_stock *tum_stock_find(struct tum_pool *pool, enum tum_lang lang,
                                 const char *key,
                                 const struct tum_python_config *config,
                                 char **ret_warning, char **ret_text);
/* A ready worker that lives, or a new one; asks for others in its place. */
struct tum_worker *tum_stock_take(struct tum_pool *pool, struct tum_stock *stock,
                                  char **ret_warning, char **ret_text);
/* A new worker made with a request. */
struct tum_worker *tum_stock_fork(struct tum_stock *stock, struct tum_str request,
                                  char **ret_text);
void tum_stock_fill(struct tum_pool *pool, struct tum_stock *stock);
/*
 * A worker of it did not get ready, as `why` (may be NULL) says. What was printed is
 * added to `said`. True: there may be another interpreter, or it was an accident.
 */
bool tum_stock_reject(struct tum_pool *pool, const char *key, bool late,
                      const char *why, struct tum_buf *said, char **ret_warning,
                      char **ret_text);
/* A worker of it has served. */
void tum_stock_prove(struct tum_pool *pool, const char *key);
/* At the end: all may leave; all are gone (not under the lock). */
void tum_stocks_leave(struct tum_pool *pool);
void tum_stocks_free(struct tum_pool *pool);

/* ---- keeper.c ---- */

enum tum_keep {
    TUM_KEEP_WATCH, /* it ends by itself, or has ended */
    TUM_KEEP_TERM,  /* it is asked to end, and killed after a grace */
    TUM_KEEP_KILL,  /* it is killed */
};

void tum_keeper_init(struct tum_pool *pool);
/*
 * Takes a worker (a reference) after its last call: shows what comes of it and of what
 * it left running. Does not wait.
 */
void tum_keeper_take(struct tum_pool *pool, struct tum_worker *worker,
                     enum tum_keep how);
/* A call to the context begins, or its last one has ended: who reads its raw output. */
void tum_keeper_busy(struct tum_pool *pool, struct tum_pool_context *context);
void tum_keeper_idle(struct tum_pool *pool, struct tum_pool_context *context);
/* Kills what still runs and ends the thread. Not under the lock. */
void tum_keeper_end(struct tum_pool *pool);

#endif
