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

#include "worker/asked.h"

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
                                        const struct tum_worker_host *host,
                                        struct tum_stop *stop,
                                        struct tum_pyeval_result *ret);
/* A worker was started in this run (it may have died since). Any thread. */
bool tum_pyeval_started(const struct tum_pyeval *pyeval);
/* The present worker has seen an expression that may have put something else into a module,
   or changed the directory: what is in modules is then to be asked there. Any thread. */
bool tum_pyeval_patched(const struct tum_pyeval *pyeval);

#endif
