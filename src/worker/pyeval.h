/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one Python worker of a run that evaluates expressions: a process of the user's
 * own interpreter, started when first needed, kept until freed, replaced when it died.
 * What expressions change in it (modules, random state, environment) lives on.
 *
 * Any number of threads evaluate at the same time. While a thread waits for its answer
 * it serves what its own expression asks for (variables, output) through the host
 * functions it gave; they are called in that thread and without a lock held.
 */
#ifndef TUM_PYEVAL_H
#define TUM_PYEVAL_H

#include "tum/val.h"
#include "tum/wait.h"

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
struct tum_pyeval_host {
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
};

struct tum_pyeval_opts {
    const char *main_dir; /* folder of the program, for tm.get_main_dir(); copied */
};

enum tum_pyeval_outcome {
    TUM_PYEVAL_VALUE,       /* value */
    TUM_PYEVAL_RAISED,      /* type, text, traceback */
    TUM_PYEVAL_UNAVAILABLE, /* text: no usable interpreter, or it did not get ready */
    TUM_PYEVAL_LOST,        /* text: the worker died during this evaluation */
    TUM_PYEVAL_STOPPED,     /* the stop token was set; a late answer is dropped */
};

enum tum_pyeval_flag {
    /* repr() of the result as Python has it, before it is made plain. It is set for
       results that are not plain too; `value` is then none. */
    TUM_PYEVAL_REPR = 1 << 0,
};

struct tum_pyeval_result {
    tum_val value;
    char *repr;
    char *type;      /* class name of the exception: "NameError" */
    char *text;      /* its str(); or the reason of UNAVAILABLE and LOST */
    char *traceback; /* without frames of ours; or NULL */
};
void tum_pyeval_result_release(struct tum_pyeval_result *result);

struct tum_pyeval *tum_pyeval_new(const struct tum_pyeval_opts *opts) TUM_MUST_USE;
/* Ends the worker. No evaluation may be running. Accepts NULL. */
void tum_pyeval_free(struct tum_pyeval *pyeval);

/*
 * Evaluates `text` as Python's eval() with fresh globals: the builtins, the modules os
 * re sys time math json random platform, and tm. The result is made plain in Python; a
 * result that is not plain is RAISED, TypeError. *ret is set for every outcome.
 */
enum tum_pyeval_outcome tum_pyeval_eval(struct tum_pyeval *pyeval, struct tum_str text,
                                        unsigned flags,
                                        const struct tum_pyeval_host *host,
                                        struct tum_stop *stop,
                                        struct tum_pyeval_result *ret);
/* A worker was started in this run (it may have died since). Any thread. */
bool tum_pyeval_started(const struct tum_pyeval *pyeval);

#endif
