/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workers that call functions: one call to a worker of its own, or calls that share
 * one (a context). Ready workers are kept ahead of need, as children of a parent of
 * workers (zygote.h) for each interpreter and environment.
 *
 *   - A worker that served a call without context is never used again.
 *   - At most `max` workers are in use at once; who needs one more waits, and is told
 *     after `wait` who holds them.
 *   - A ready worker that has ended, or that does not take a call, is replaced before
 *     it can cost a call; a warning says so.
 *   - A worker that ends during a call costs that call. A context begins anew at its
 *     next use; a warning says so.
 *   - What a call leaves running is left alone, and what it still prints is shown. A
 *     call that is stopped is ended with all it started: SIGTERM, TUM_POOL_GRACE,
 *     SIGKILL.
 *
 * Any thread, while nobody frees the pool.
 */
#ifndef TUM_POOL_H
#define TUM_POOL_H

#include "worker/asked.h"

#define TUM_POOL_GRACE     (2 * TUM_SECOND)
/* Interpreters and environments at once; the one not used for longest goes. */
#define TUM_POOL_STOCKS    16
#define TUM_POOL_READY_MAX 16
/* Processes left behind whose output is still shown. */
#define TUM_POOL_LEFT      256

enum tum_lang { TUM_LANG_PYTHON, TUM_LANG_LUA };

struct tum_pool;

struct tum_pool_opts {
    const char *main_dir;   /* folder of the program, for tm.get_main_dir() */
    const char *runtime;    /* folder of what scripts may import */
    const char *lua_helper; /* our Lua program */
    /* Whole lines printed by what outlived its call. Not under a lock. */
    void (*output)(void *ctx, struct tum_str lines);
    void *ctx;
};
struct tum_pool *tum_pool_new(const struct tum_pool_opts *opts) TUM_MUST_USE;
/* Ends every worker, contexts too; not what calls left running. NULL is fine. */
void tum_pool_free(struct tum_pool *pool);

struct tum_pool_bounds {
    unsigned ready; /* workers kept ready for each interpreter in use */
    unsigned max;   /* workers in use at once, contexts included */
    tum_time wait;  /* for one of them */
};
#define TUM_POOL_BOUNDS                                                                \
    {                                                                                  \
        .ready = 2, .max = 256, .wait = 30 * TUM_SECOND                                \
    }
void tum_pool_set_bounds(struct tum_pool *pool, const struct tum_pool_bounds *bounds);

/* Starts the parent of workers and the first of them, in the background. */
void tum_pool_warm(struct tum_pool *pool, enum tum_lang lang,
                   const struct tum_worker_host *host);

struct tum_pool_call {
    enum tum_lang lang;
    /* None: a worker of its own. Else that of this value (type counts). */
    tum_val context;
    /* Not NULL: the one worker of this kind, instead of a context. `request` is then
       what it is made with, the inside of a JSON object. */
    const char *kind;
    const char *request;
    bool threads;          /* calls to a context may overlap; those of Lua never do */
    const char *what;      /* the caller, in messages: "py_func 'read volts'" */
    struct tum_str inside; /* the call: the inside of a JSON object, from "op" on */
    void (*event)(void *ctx, tum_val message); /* as of struct tum_exchange */
    void *event_ctx;
};

enum tum_pool_outcome {
    TUM_POOL_REPLIED, /* reply */
    TUM_POOL_LOST,    /* text: how the worker ended during the call */
    TUM_POOL_STOPPED,
    TUM_POOL_UNABLE,  /* text: no worker could be had */
    TUM_POOL_REFUSED, /* text: the call cannot be made as it is */
};

struct tum_pool_result {
    tum_val reply; /* a map, see schemas/worker.md */
    char *text;
};

enum tum_pool_outcome tum_pool_run(struct tum_pool *pool,
                                   const struct tum_pool_call *call,
                                   const struct tum_worker_host *host,
                                   struct tum_stop *stop, struct tum_pool_result *ret);
void tum_pool_result_release(struct tum_pool_result *result);
/* Ends the worker of a context that no call is using; without one nothing happens. */
void tum_pool_end_context(struct tum_pool *pool, enum tum_lang lang, tum_val context);

#endif
