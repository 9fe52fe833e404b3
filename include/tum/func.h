/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calling functions of scripts, for items: which worker serves a call, and what the
 * script may ask of the campaign meanwhile, is the engine's business.
 *
 * What the function prints goes to the item. All calls are made in the thread of the
 * run and obey its stop token; a call that is stopped has ended when they return.
 */
#ifndef TUM_FUNC_H
#define TUM_FUNC_H

#include "tum/item.h"

enum tum_func_language { TUM_FUNC_PYTHON, TUM_FUNC_LUA };

/* What is wanted of what a function made; the rest need not be able to cross. */
enum tum_func_results {
    TUM_FUNC_ALL,
    TUM_FUNC_VALUE, /* not what it reported */
    TUM_FUNC_NOTHING,
};

struct tum_func_call {
    enum tum_func_language language;
    char *file;                    /* absolute */
    const char *name;              /* of the function */
    tum_val params;                /* list, as expanded */
    tum_val context;               /* none: a worker of its own */
    bool debug;                    /* wait for a debugger first; Python */
    enum tum_func_results results; /* Python */
};

enum tum_func_outcome {
    TUM_FUNC_RETURNED, /* value, reported */
    TUM_FUNC_RAISED,   /* text: the traceback; or why the call could not be made */
    TUM_FUNC_UNABLE,   /* text: no worker could be had */
    TUM_FUNC_STOPPED,
};

struct tum_func_result {
    tum_val value;
    tum_val reported; /* map, or none */
    char *text;       /* tum_free */
};

/* *ret is set for every outcome. */
enum tum_func_outcome tum_func_run(struct tum_run *run,
                                   const struct tum_func_call *call,
                                   struct tum_func_result *ret);
void tum_func_result_release(struct tum_func_result *result);
/* Ends the worker of a context; no call may be using it. */
void tum_func_end(struct tum_run *run, enum tum_func_language language,
                  tum_val context);
/* Path of a function file: absolute, or below the test directory. For tum_free. */
char *tum_func_path(struct tum_run *run, const char *file) TUM_MUST_USE;

/* ---- tests written in Python ---- */

enum tum_test_frame {
    TUM_TEST_UNITTEST, /* in one worker, shared by all items of the run */
    TUM_TEST_PYTEST,   /* in a process of its own each time */
};

/* The tests of an item, as found at load. */
struct tum_tests {
    enum tum_test_frame frame;
    const char *file;      /* absolute */
    tum_val methods;       /* list of the names wanted; empty: all */
    tum_val names;         /* list of the tests found, in order */
    const char *directory; /* the current directory of tum */
};
/*
 * Finds the tests of an item from its parameters (raw values). False: *ret_why
 * (tum_free) says why there are none; the item is to FAIL with it.
 */
bool tum_tests_load(struct tum_load *load, struct tum_item *item,
                    enum tum_test_frame frame, const struct tum_arg *file,
                    const struct tum_arg *methods, struct tum_tests *ret,
                    char **ret_why);
/* Runs the tests, with a row for each. The item's verdict; its message is set. */
enum tum_verdict tum_tests_run(struct tum_run *run, const struct tum_tests *tests,
                               const char *row_type);

#endif
