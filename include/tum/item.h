/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The item API: how an item describes itself, and what its functions may ask for.
 *
 * An item type is one const descriptor in one file. Everything that must know what an
 * item accepts reads its parameter table: loader, schema, manual, completion. An item is
 * const once loaded, because a loop runs it a thousand times and two branches may run it
 * at once: whatever belongs to one execution is in struct tum_run, which only the
 * thread that executes it may touch.
 *
 * The engine alone starts and ends items, writes rows, applies the common attributes
 * (condition, expected_result, no_fail, …) and prints banners. `run` does the body.
 */
#ifndef TUM_ITEM_H
#define TUM_ITEM_H

#include "tum/clock.h"
#include "tum/diag.h"
#include "tum/node.h"
#include "tum/proc.h"
#include "tum/val.h"
#include "tum/wait.h"

/* ---- what a test said ---- */

enum tum_verdict { TUM_PASS, TUM_FAIL, TUM_SKIP };

/* Beside the verdict: why. Ordered as in a container that has several. */
enum tum_outcome {
    TUM_OUTCOME_NONE, /* derived from the verdict: passed, failed, skipped */
    TUM_OUTCOME_FAILED,
    TUM_OUTCOME_TIMEOUT,
    TUM_OUTCOME_ERROR, /* it could not be run: infrastructure, not the test */
    TUM_OUTCOME_DEGRADED,
    TUM_OUTCOME_INTERRUPTED,
    TUM_OUTCOME_KNOWN_FLAKY,
    TUM_OUTCOME_PASSED,
    TUM_OUTCOME_FLAKY,
    TUM_OUTCOME_SKIPPED,
    TUM_OUTCOME_DESELECTED,
};

const char *tum_verdict_text(enum tum_verdict verdict); /* "PASS", "FAIL", "SKIP" */
const char *tum_outcome_text(enum tum_outcome outcome); /* "passed", "failed", … */

/* ---- description ---- */

/* What a user may write as the value; any of them may also be text with an expression. */
enum tum_takes {
    TUM_TAKES_ANY = 0,
    TUM_TAKES_FLAG = 1 << 0,
    TUM_TAKES_INT = 1 << 1,
    TUM_TAKES_NUMBER = 1 << 2,
    TUM_TAKES_TEXT = 1 << 3,
    TUM_TAKES_LIST = 1 << 4,
    TUM_TAKES_MAP = 1 << 5,
    TUM_TAKES_DURATION = 1 << 6,
    TUM_TAKES_PATH = 1 << 7,
    TUM_TAKES_STEPS = 1 << 8,    /* child items, or actions */
    TUM_TAKES_BRANCHES = 1 << 9, /* bodies of parallel branches */
};

enum tum_param_flag {
    TUM_PARAM_REQUIRED = 1 << 0,
    TUM_PARAM_LITERAL = 1 << 1, /* never expanded, or expanded at load by the engine */
    TUM_PARAM_NOT_EMPTY = 1 << 2, /* null, empty list: load error */
    TUM_PARAM_HIDDEN = 1 << 3,    /* accepted, not shown in the manual */
    TUM_PARAM_EXTENSION = 1 << 4, /* not on actions */
    TUM_PARAM_ACTION = 1 << 5,    /* a common parameter that actions take too */
};

struct tum_param {
    const char *name;
    const char *doc; /* one sentence with a full stop */
    unsigned takes;  /* enum tum_takes, or'ed */
    unsigned flags;  /* enum tum_param_flag, or'ed */
    size_t field; /* TUM_FIELD(struct, member) of a `const struct tum_arg *`; 0: none */
    const char *deflt;           /* as it would be written in YAML, or NULL */
    const char *const *choices;  /* NULL-terminated, or NULL */
    const struct tum_param *map; /* keys of a nested mapping, or NULL */
    const char *replaced_by;     /* set: accepted, but warned about as deprecated */
};

#define TUM_FIELD(type, member) (offsetof(type, member) + 1) /* 0 means no field */

enum tum_item_flag {
    TUM_ITEM_CONTAINER = 1 << 0, /* `steps` are items */
    TUM_ITEM_ACTIONS = 1 << 1,   /* `steps` are actions of this type */
    TUM_ITEM_ACTION = 1 << 2,    /* is an action itself */
    TUM_ITEM_FREE_BODY = 1 << 3, /* body of any shape, see tum_item_body */
    TUM_ITEM_UNCHECKED = 1 << 4, /* unknown parameters are accepted silently */
    TUM_ITEM_PYTHON = 1 << 5,    /* needs a Python interpreter */
    TUM_ITEM_LUA = 1 << 6,
    TUM_ITEM_DIALOG = 1 << 7, /* asks a person */
};

struct tum_item_type {
    const char *keyword;  /* "sleep"; of an action, its name */
    const char *row_type; /* `test_type` of its rows: "Sleep" */
    const char *summary;  /* one sentence with a full stop, for manual and schema */
    unsigned flags;       /* enum tum_item_flag, or'ed */
    const struct tum_param *params; /* ended by {0}; NULL: only common ones */
    const struct tum_item_type *const *actions; /* sorted, ended by NULL; or NULL */
    size_t
        data_size; /* of what load fills and run reads; zeroed, freed by the engine */

    /* Checks what the table cannot say; adds findings. May make children with
       tum_load_child. False: the item is unusable. Not required. */
    bool (*load)(struct tum_load *load, struct tum_item *item);

    /* Does the body, in the thread of the enclosing branch. Required. */
    enum tum_verdict (*run)(struct tum_run *run, const struct tum_item *item);
};

/* The common parameters of every item, ended by {0}. */
extern const struct tum_param tum_common_params[];

/* ---- items, as loaded ---- */

const void *tum_item_data(const struct tum_item *item);
const char *tum_item_name(const struct tum_item *item); /* "" when unnamed; borrowed */
const char *tum_item_keyword(const struct tum_item *item); /* borrowed */
const struct tum_item_type *tum_item_type(const struct tum_item *item);
const struct tum_item *tum_item_parent(const struct tum_item *item);
const struct tum_item *tum_item_first(const struct tum_item *item); /* child or NULL */
const struct tum_item *tum_item_next(const struct tum_item *item); /* sibling or NULL */
/* Left out by `skipped`, its own or that of an item around it. */
bool tum_item_is_skipped(const struct tum_item *item);
/* The whole body of an item with TUM_ITEM_FREE_BODY; never NULL. */
const struct tum_arg *tum_item_body(const struct tum_item *item);

/* ---- loading ---- */

struct tum_diags *tum_load_diags(struct tum_load *load);
/* The body (a mapping; NULL when it was null). */
const struct tum_node *tum_load_node(struct tum_load *load);
void *tum_load_data(struct tum_load *load, struct tum_item *item);
/* Adds an error at `at` with file, path of items and place; returns false. */
bool tum_load_error(struct tum_load *load, const struct tum_item *item,
                    struct tum_span at, const char *fmt, ...) TUM_PRINTF(4, 5);
void tum_load_warning(struct tum_load *load, const struct tum_item *item,
                      struct tum_span at, const char *fmt, ...) TUM_PRINTF(4, 5);
/* A child of another type made from a body node (a branch of `parallel`). */
struct tum_item *tum_load_child(struct tum_load *load, struct tum_item *parent,
                                const struct tum_item_type *type,
                                const struct tum_node *body);

/* The item calls a Python function, whatever its type says (TUM_ITEM_PYTHON). */
void tum_load_needs_python(struct tum_load *load);

/* Says that the item could not be loaded and will FAIL at run with this text; the
   campaign loads. */
void tum_load_failed(struct tum_load *load, struct tum_item *item, const char *why);
/* Expanded now; owned. */
tum_val tum_load_expand(struct tum_load *load, tum_val v) TUM_MUST_USE;

/* ---- arguments ---- */

/* A parameter as written: constant, or expanded at each use. NULL: not given. */
tum_val tum_arg_raw(const struct tum_arg *arg); /* borrowed; none when NULL */
struct tum_span tum_arg_at(const struct tum_arg *arg);
/* Expanded in the scope of the item's parent; owned. NULL: none. Undefined names stay as
   text and are warned about once. */
tum_val tum_arg_value(struct tum_run *run, const struct tum_arg *arg) TUM_MUST_USE;
/* Text form of the expanded value (tum_free); NULL when absent or null. */
char *tum_arg_text(struct tum_run *run, const struct tum_arg *arg) TUM_MUST_USE;

enum tum_flag { TUM_FLAG_FALSE, TUM_FLAG_TRUE, TUM_FLAG_UNUSABLE };
/* The boolean words of the language; null and absent are false. */
enum tum_flag tum_arg_flag(struct tum_run *run, const struct tum_arg *arg);
enum tum_flag tum_val_flag(struct tum_run *run, tum_val v);
/* As tum_arg_flag; unusable is false with a warning that names the parameter. */
bool tum_arg_bool(struct tum_run *run, const struct tum_arg *arg);

/* A duration: a number of seconds, or text of sleep's grammar with nothing behind it. False
   for anything else, booleans and negative numbers too. */
bool tum_val_duration(tum_val v, tum_time *ret);
/* True in *ret when the pattern, in Python's syntax, is found somewhere in the text. */
bool tum_regex_found(struct tum_run *run, struct tum_str pattern, struct tum_str text,
                     bool *ret, struct tum_error **err);

/* Expands any value in the scope of the item's parent. */
tum_val tum_expand(struct tum_run *run, tum_val v) TUM_MUST_USE;
/* In the scope inside the item (its own loop variables are seen). */
tum_val tum_expand_inside(struct tum_run *run, tum_val v) TUM_MUST_USE;
/* As tum_expand; but text that is one expression with a range, a set, a generator or another
   finite series as its result is the list of the elements. */
tum_val tum_expand_series(struct tum_run *run, tum_val v) TUM_MUST_USE;
/* Evaluates a bare expression (no marks). The error has Python's type and message. */
bool tum_evaluate(struct tum_run *run, struct tum_str text, tum_val *ret,
                  struct tum_error **err);
/* `process_result` of the language applied to a value: `text` is a template with $(result). */
bool tum_process(struct tum_run *run, tum_val text, tum_val value, tum_val *ret,
                 struct tum_error **err);

/* ---- variables ---- */

bool tum_var_get(struct tum_run *run, const char *name, tum_val *ret); /* owned */
void tum_var_set(struct tum_run *run, const char *name, tum_val take);
void tum_var_remove(struct tum_run *run, const char *name);
/* Text of a variable, or "" (tum_free): for test_directory and the like. */
char *tum_var_text(struct tum_run *run, const char *name) TUM_MUST_USE;

/* ---- the execution ---- */

const struct tum_item *tum_run_item(const struct tum_run *run);
/* The token every wait of this execution obeys. */
struct tum_stop *tum_run_stop(const struct tum_run *run);
/* An expression of it was given up on a stop request: what it gave is of no use. */
bool tum_run_abandoned(const struct tum_run *run);
/* Scratch memory that lives until this execution ends. */
void *tum_run_alloc(struct tum_run *run, size_t size) TUM_MUST_USE;
char *tum_run_printf(struct tum_run *run, const char *fmt, ...) TUM_MUST_USE
    TUM_PRINTF(2, 3);
/* Ticks of 0.1 ms since the run started. */
int64_t tum_run_ticks(const struct tum_run *run);

/* The message of the row; without one it is the verdict's word. Later wins. */
void tum_run_message(struct tum_run *run, const char *fmt, ...) TUM_PRINTF(2, 3);
/* The value beside the verdict (takes); none: no value. */
void tum_run_set_value(struct tum_run *run, tum_val take);
/* A key of the row's data (takes value). */
void tum_run_set_data(struct tum_run *run, const char *key, tum_val take);

/* Ways to end `run`: each sets the message. */
enum tum_verdict tum_run_failed(struct tum_run *run, const char *fmt, ...)
    TUM_PRINTF(2, 3); /* the test said no */
enum tum_verdict tum_run_broken(struct tum_run *run,
                                struct tum_error *take); /* a failure */
enum tum_verdict tum_run_unable(struct tum_run *run, const char *fmt, ...)
    TUM_PRINTF(2, 3); /* could not be run: outcome `error` */
/* Cut by a stop request; FAIL, with a message that says so. */
enum tum_verdict tum_run_stopped(struct tum_run *run);
/* As tum_run_stopped, but SKIP (see items of the language, 2.5). */
enum tum_verdict tum_run_stopped_skip(struct tum_run *run);

/* ---- output ---- */

/* Prints text, a newline added unless it ends with one. Lines belong to this item's
   log and appear live with the branch's prefix. Any thread: no, the run's only. */
void tum_out(struct tum_run *run, const char *fmt, ...) TUM_PRINTF(2, 3);
/* Bytes of something started by the item, as they come; lines are joined across calls. */
void tum_out_bytes(struct tum_run *run, struct tum_str bytes);
/* Ends an unfinished line of tum_out_bytes. */
void tum_out_end(struct tum_run *run);
/* Lines "INFO  …", "WARN  …", "DEBUG …", wrapped at 100 columns. DEBUG only while
   test_debug is true. */
void tum_out_info(struct tum_run *run, const char *fmt, ...) TUM_PRINTF(2, 3);
void tum_out_warn(struct tum_run *run, const char *fmt, ...) TUM_PRINTF(2, 3);
void tum_out_debug(struct tum_run *run, const char *fmt, ...) TUM_PRINTF(2, 3);
/* As tum_out_warn, once in a run for each text; true: printed now. */
bool tum_out_warn_once(struct tum_run *run, const char *fmt, ...) TUM_PRINTF(2, 3);
/* Everything printed so far is written and every row committed: call before starting or
   asking another process. */
void tum_run_flush(struct tum_run *run);

/* ---- children ---- */

struct tum_children {
    size_t passed, failed, skipped;      /* executed children, cleanup not counted */
    const struct tum_item *first_failed; /* or NULL */
    const struct tum_item *aborted_on; /* the failure that stopped the list, or NULL */
    bool stopped;                      /* a stop request cut the list */
    enum tum_outcome worst;            /* first of the order above among failed ones */
};

/*
 * Runs the children in order, with stop_on_failure of the item and execute_on_stop of
 * the children; what a container, a loop's iteration and an action list have in common.
 */
void tum_children_run(struct tum_run *run, struct tum_children *ret);
/* The verdict and message a group makes of it. */
enum tum_verdict tum_children_verdict(struct tum_run *run,
                                      const struct tum_children *c);
/* For containers: the outcome to report with a FAIL. */
void tum_run_set_outcome(struct tum_run *run, enum tum_outcome outcome);

/* What $(loop_…) mean inside a loop; the strings live as long as the iteration. */
struct tum_loop_vars {
    tum_val param, count, index, inverse;
};
/* Published for the items inside; NULL withdraws. The pointer must stay valid meanwhile. */
void tum_run_set_loop(struct tum_run *run, const struct tum_loop_vars *vars);
/* True when a loop around this item (not itself) is running. */
bool tum_run_in_loop(const struct tum_run *run);

/*
 * Runs every child in a thread of its own. any: the first that ran to its end stops the
 * others. Results are kept per child in the order of the tree: ret has room for all children.
 */
struct tum_branch_result {
    const struct tum_item *item;
    enum tum_verdict verdict;
    bool ran; /* false: skipped at load, or its condition was not met */
    enum tum_outcome outcome;
};
void tum_branches_run(struct tum_run *run, bool any, struct tum_branch_result *ret);

/*
 * Waits until `condition` is true (tested at least once, then every 100 ms and at most
 * 5 ms after a variable changed). For `wait_for`.
 */
enum tum_waited tum_wait_condition(struct tum_run *run, tum_val condition,
                                   tum_time deadline);

/*
 * A row below the item for something found at run time (a test of unittest): between
 * begin, which prints its banner, and end, which writes it, output is its own.
 */
struct tum_found_row {
    const char *name;
    const char *row_type;
    enum tum_verdict verdict;
    enum tum_outcome outcome; /* NONE: derived from the verdict */
    const char *message;      /* NULL or "": the verdict's word */
    tum_val data;             /* map, or none */
    int64_t ticks_start;      /* of begin */
};
int64_t tum_run_found_begin(struct tum_run *run, const char *name,
                            const char *row_type);
void tum_run_found_end(struct tum_run *run, const struct tum_found_row *row);

/* ---- services of the engine ---- */

/* Expands a list or mapping of exports and runs them now (a `report` item); one line a
   failure. False with err when the list itself is malformed, or the stop cut them. */
bool tum_run_export(struct tum_run *run, tum_val exports, struct tum_error **err);

/* Facts about a work tree, one line for itself and one per submodule (`git` item). */
bool tum_git_describe(struct tum_stop *stop, const char *path, struct tum_buf *out,
                      struct tum_error **err);

/*
 * Calls a Python function as `py_func` does without a context: `file` and `name` as
 * expanded, `params` a list. The function's output goes to this item. The error's text
 * names file, function and cause.
 */
bool tum_call_python(struct tum_run *run, tum_val file, tum_val name, tum_val params,
                     tum_val *ret, struct tum_error **err);

/* `path` as it is when that exists (or is absolute), else below the test directory. For
   tum_free. */
char *tum_run_path(struct tum_run *run, const char *path) TUM_MUST_USE;

/* The item reads this file: what a campaign read is known when the file changes. */
void tum_run_note_file(struct tum_run *run, const char *path);

/* True when a person can be asked in this run (a front end is attached). */
bool tum_run_interactive(const struct tum_run *run);

/* The consoles and UDP sockets of this run (tum/console.h, tum/udp.h). */
struct tum_consoles *tum_run_consoles(struct tum_run *run);
/* The plots of this run (tum/plot.h). */
struct tum_plots *tum_run_plots(struct tum_run *run);

/* Something of this execution for the actions inside; must stay valid meanwhile. */
void tum_run_share(struct tum_run *run, void *shared);
/* What the execution around this one shares, or NULL. */
void *tum_run_shared(const struct tum_run *run);

/* The variable, NAME=VALUE, that tells a sub-campaign which locks it need not take; for
   tum_free. */
char *tum_run_locks_held(struct tum_run *run) TUM_MUST_USE;

/*
 * A campaign that an item runs. The chain is the variable, NAME=VALUE (tum_free), that
 * tells it which campaigns are around it; NULL with err when it is among them too
 * often. What is opened is passed on as the descriptors `pass`; afterwards
 * the summary is "3 passed, 1 failed, 0 skipped; report: PATH", or false when the
 * campaign did not get to its end. Meanwhile `waits` can be read when it begins or ends
 * to wait for a lock; tum_run_nested_waits takes note, so that this counts for no
 * time_limit here either.
 */
struct tum_nested {
    struct tum_run *run;
    int fd, waits, waits_end;
    bool held;
    struct tum_proc_fd pass[2];
    char *env; /* NAME=VALUE */
};
char *tum_run_nested_chain(struct tum_run *run, const char *path,
                           struct tum_error **err) TUM_MUST_USE;
bool tum_run_nested_open(struct tum_run *run, struct tum_nested *ret,
                         struct tum_error **err);
void tum_run_nested_waits(struct tum_nested *nested);
bool tum_run_nested_summary(const struct tum_nested *nested, struct tum_buf *out);
void tum_run_nested_release(struct tum_nested *nested);

/*
 * A thread beside the items, started by one: `run` there is an execution of its own, for
 * expanding, evaluating, calling functions and printing. What it prints shows with the
 * prefix of the branch that started it and is in the log of that branch's next row. It
 * has no loop variables and no row. Its stop token is set when the run is stopped, not
 * when the item is; it must be ended before the end of the run.
 */
struct tum_aside;
bool tum_aside_start(struct tum_run *run, void (*body)(struct tum_run *run, void *ctx),
                     void *ctx, struct tum_aside **ret, struct tum_error **err);
/* Requests its stop, waits, frees. Any thread but its own. */
void tum_aside_end(struct tum_aside *aside);

/* Path of this program, for sub-campaigns. */
const char *tum_run_program(const struct tum_run *run);

#endif
