/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of campaigns: a text in Python's expression language to a value.
 *
 * What is evaluated here means exactly what CPython 3.11 means by it; everything else is
 * TUM_EXPR_UNSUPPORTED, and the caller asks a Python worker. Evaluation has no effect
 * outside itself, so it can be thrown away at any moment and done again elsewhere.
 *
 * A machine belongs to one thread at a time.
 */
#ifndef TUM_EXPR_H
#define TUM_EXPR_H

#include "tum/val.h"

/* Memory of one evaluation, in bytes; more is handed over to the worker. */
#define TUM_EXPR_MEMORY_LIMIT ((size_t)256 << 20)
/* Nodes evaluated and elements taken by one evaluation; more is handed over. */
#define TUM_EXPR_STEP_LIMIT   20000000
/* Stack that one evaluation may use, in bytes; more is handed over. */
#define TUM_EXPR_STACK_LIMIT  ((size_t)512 << 10)
/* Longest text of an expression, in bytes; longer is handed over. */
#define TUM_EXPR_TEXT_LIMIT   ((size_t)1 << 20)
/* Parsed expressions kept by a machine; when there are more, all are dropped. */
#define TUM_EXPR_CACHE_COUNT  4096
/* Memory of the parsed expressions kept by a machine, in bytes; as above. */
#define TUM_EXPR_CACHE_MEMORY ((size_t)8 << 20)
/* Longest expression that is kept, in bytes. */
#define TUM_EXPR_CACHE_TEXT   4096

/* What an expression sees of its surroundings; everything may be NULL or 0. */
struct tum_expr_host {
    void *ctx;
    const char *test_directory; /* relative paths of os.path start here; NULL: the
                                   current directory */
    bool worker_started; /* os.environ and os.getenv may have changed in the worker */
    bool worker_patched; /* so may whatever is in a module */
    /*
     * The variable of that name: tm.gd(name). *ret is owned by the caller. False when there is
     * none. NULL: `tm` is unsupported.
     */
    bool (*variable)(void *ctx, struct tum_str name, tum_val *ret);
    /* True when the evaluation should be given up. Asked every few thousand steps. */
    bool (*stopped)(void *ctx);
};

enum tum_expr_outcome {
    TUM_EXPR_VALUE,       /* value, or repr */
    TUM_EXPR_RAISED,      /* type and message of a Python exception */
    TUM_EXPR_UNSUPPORTED, /* for the worker; message says why, for logs */
    TUM_EXPR_STOPPED,
};

struct tum_expr_result {
    enum tum_expr_outcome outcome;
    tum_val value; /* converted: lists, text keys (execution chapter 2.2) */
    char *repr;    /* with TUM_EXPR_WANT_REPR; else NULL */
    char *type;    /* "ZeroDivisionError"; NULL unless raised */
    char *message; /* without the type; NULL when there is a value */
};

struct tum_expr_machine;

struct tum_expr_machine *tum_expr_machine_new(void) TUM_MUST_USE;
void tum_expr_machine_free(struct tum_expr_machine *machine); /* accepts NULL */

/* repr() of the value before its conversion, instead of the value. */
#define TUM_EXPR_WANT_REPR 1u

/*
 * Evaluates `text` (UTF-8). *ret needs no initialisation and must be released, whatever the
 * outcome. A result that is not plain is the TypeError of execution chapter 2.2.
 */
void tum_expr_eval(struct tum_expr_machine *machine, struct tum_str text,
                   const struct tum_expr_host *host, unsigned flags,
                   struct tum_expr_result *ret);
void tum_expr_result_release(struct tum_expr_result *result);

#endif
