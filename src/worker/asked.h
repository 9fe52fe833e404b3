/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side of tum that asks something of a worker: what the worker is started with, and
 * what the code it runs may ask back.
 */
#ifndef TUM_ASKED_H
#define TUM_ASKED_H

#include "tum/val.h"
#include "tum/wait.h"

#define TUM_PYTHON_ENV_MAX 16 /* of `env` below; more is not looked at */
/* What a worker is started with. All pointers are of tum_alloc; zeroed means
   default. */
struct tum_python_config {
    char *python_bin;     /* interpreter wanted: a path or a name on PATH; or NULL */
    char *directory;      /* current directory; NULL: that of tum */
    char **path;          /* folders in front of sys.path and of PYTHONPATH; or NULL */
    char *env_path;       /* put in front of PATH; NULL or "": not */
    char *env_pythonpath; /* replaces the inherited PYTHONPATH; NULL or "": not */
    char **env; /* "NAME=VALUE" set besides, as in struct tum_proc_opts; or NULL */
    tum_time start_timeout; /* 0: 30 s */
};
void tum_python_config_release(struct tum_python_config *config);

/*
 * Absolute path of the interpreter that would be tried first: `wanted` (NULL: none)
 * when it names an executable, else python3 or python on PATH. NULL: none. Starts
 * nothing.
 */
char *tum_python_find(const char *wanted) TUM_MUST_USE;

/* The asking thread's side. Required: configure, get, set, del, output. */
struct tum_worker_host {
    void *ctx;
    /* Called when a worker is about to be started. False: the evaluation is UNAVAILABLE
       with the text of *err. */
    bool (*configure)(void *ctx, struct tum_python_config *ret, struct tum_error **err);
    /* A worker is ready: the interpreter it runs. */
    void (*started)(void *ctx, const char *python);
    void (*warn)(void *ctx, const char *text);

    bool (*get)(void *ctx, struct tum_str name, tum_val *ret); /* owned; false: none */
    void (*set)(void *ctx, struct tum_str name, tum_val take);
    void (*del)(void *ctx, struct tum_str name);
    /* What the expression printed, as bytes, in order, as it comes. */
    void (*output)(void *ctx, struct tum_str bytes);
    /* Ticks of 0.1 ms since the run started; and start that clock again. */
    int64_t (*ticks)(void *ctx);
    void (*reset_ticks)(void *ctx);
    /* Adds samples to a plot; the values added last. False with err: there is no such
       plot, which is also so when NULL. */
    bool (*plot_add)(void *ctx, struct tum_str plot, tum_val values,
                     struct tum_error **err);
    bool (*plot_last)(void *ctx, struct tum_str plot, tum_val *ret,
                      struct tum_error **err);
};

#endif
