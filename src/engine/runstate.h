/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine's own files know of a session and of one execution. Items see none of
 * this: they have tum/item.h.
 */
#ifndef TUM_RUNSTATE_H
#define TUM_RUNSTATE_H

#include "base/lock.h"
#include "base/source.h"
#include "base/strmap.h"
#include "doc/docset.h"
#include "engine/event.h"
#include "engine/itemtree.h"
#include "engine/namelock.h"
#include "engine/output.h"
#include "engine/scope.h"
#include "engine/session.h"
#include "lang/expr.h"
#include "tum/report.h"
#include "worker/pyeval.h"
#include <pthread.h>
#include <stdatomic.h>

/* Bytes kept of one row's log and shown in it; beyond, the middle is cut and the cut marked.
   The variable `log_limit` overrides it. */
#define TUM_LOG_LIMIT    ((size_t)64 << 20)
/* Files named by items that are remembered. */
#define TUM_NAMED_LIMIT  10000
/* Texts that are warned about once; beyond, further ones are not remembered. */
#define TUM_WARNED_LIMIT 10000u
/* Nesting of items in execution; deeper is refused at load. */
#define TUM_TREE_DEPTH   200

/* Evaluators kept for the next branches. */
#define TUM_SPARE_MACHINES 64

struct tum_report_block {
    bool on;
    bool store_log;
    tum_val exports; /* list of {format: body} maps, in order, never sqlite; or none */
    char *database;  /* expanded path of the sqlite entry, or NULL: in memory */
    tum_val raw;     /* the block as written, or none */
};

/* Services of one execution, from step 4a to the end of its body. */
struct tum_need {
    bool active; /* to be given back */
    void *use;
    struct tum_stop *cut, *outer; /* what the execution obeys, and obeyed */
    enum tum_needed state;
    char *text;
};

struct tum_session {
    struct tum_session_opts opts;
    char *main_file;   /* absolute */
    char *main_folder; /* absolute */
    struct tum_sources *sources;
    struct tum_diags *diags;
    struct tum_docset *docset;
    struct tum_arena *arena; /* items, data, names: const after load */
    tum_val *kept;           /* values the items point to, released with the session */
    size_t kept_count, kept_cap;
    struct tum_scope *scope;
    struct tum_output *output;
    struct tum_bus *bus;
    const struct tum_item *root;
    size_t item_count;
    bool any_skipped;
    bool needs_python, needs_lua;
    bool may_overlap; /* there are branches: two items may run at once */
    struct tum_report_block report;
    tum_val post_execution; /* absolute path, or none */

    struct tum_expr_machine *load_machine; /* of the thread that loads */
    struct tum_lock machines_lock;
    struct tum_expr_machine *spare_machines[TUM_SPARE_MACHINES];
    size_t spare_machine_count;
    struct tum_pyeval *pyeval;
    struct tum_pool *pool; /* of function workers; NULL once they have been ended */
    struct tum_consoles *consoles;
    char *record; /* folder of the root key `record`, or NULL */
    struct tum_plots *plots;
    struct tum_lock warned_lock;
    struct tum_strmap *warned;
    struct tum_strmap *named; /* files of functions, tests and sub-campaigns */

    pthread_t revision_thread;
    bool revision_thread_on;
    char *revision, *changes; /* of the test directory, or NULL */

    struct tum_store *store;    /* NULL: no report */
    tum_time start;             /* monotonic, of the run: zero of the ticks */
    _Atomic int64_t clock_zero; /* in ticks */
    struct tum_stop *soft;      /* the run is asked to stop */
    struct tum_stop *hard;      /* … and its clean-up too */
    atomic_int stop_signal;     /* first signal, or 0 */
    atomic_bool store_failed;
    atomic_bool trouble; /* a store or output failure was said */
    _Atomic int64_t executions;
    _Atomic int64_t found; /* rows of what was found at run time */
    size_t log_limit;

    _Atomic int64_t tally[3]; /* of leaves, by verdict */
    int tell_fd, waits_fd;    /* of the campaign that runs this one, or -1 */
    struct tum_buf wrote;     /* for it: absolute paths of exports, each with a NUL */

    struct tum_need main_need; /* of the services of `main` */
    atomic_bool respawned;     /* the header tells of a service that was */
    struct tum_namelocks *main_locks;
    struct tum_lock held_lock;
    struct tum_namelocks **held; /* by items, for sub-campaigns */
    size_t held_count, held_cap;
    int waiters; /* for locks; guarded by held_lock */
    bool looks;  /* tum_session_look: starts nothing */
};

/* One thread of execution: the run itself, or a branch of a `parallel`. */
struct tum_branch {
    struct tum_session *session;
    struct tum_str name;              /* prefix of its lines; empty outside branches */
    struct tum_expr_machine *machine; /* see tum_branch_machine; NULL: not asked yet */
    struct tum_buf log;      /* printed since the previous row of this thread */
    size_t log_cut;          /* bytes cut out of log */
    size_t log_tail;         /* where the kept end starts, when cut */
    struct tum_buf partial;  /* unfinished line of tum_out_bytes */
    struct tum_buf scratch;  /* for one formatted text at a time */
    struct tum_arena *spare; /* an arena for the next execution that asks */
    struct tum_run *current; /* the innermost execution of this thread, or NULL */
    struct tum_postbox *box; /* what others print for its next row; or NULL */
    struct tum_postbox
        *post; /* its log goes there: a thread beside the items; or NULL */
};

struct tum_datum {
    tum_val key; /* text */
    tum_val value;
};

/* One execution of one item. Lives on the stack of tum_item_execute. */
struct tum_run {
    struct tum_session *session;
    struct tum_branch *branch;
    struct tum_run *parent; /* of the enclosing item; read-only for other threads */
    const struct tum_item *item;
    struct tum_stop *stop; /* what this execution obeys */
    const struct tum_loop_vars *loop;
    void *shared; /* see tum_run_share */
    int64_t execution;
    int64_t found; /* of the row under way below it, for events; 0: none */
    int64_t ticks_start;
    int64_t clock_zero; /* of the variables' clock when it started */
    bool is_cleanup;    /* runs because of execute_on_stop */
    bool whole;         /* everything below it runs, whatever was selected */
    bool ran_any;       /* a child has run */
    bool locked;        /* it holds the locks of all below it */
    bool abandoned;     /* see tum_run_abandoned */
    int64_t attempts;
    tum_val tries; /* the data `attempts`, or none */

    enum tum_verdict verdict;
    enum tum_outcome outcome;
    tum_val value; /* none: no value */
    struct tum_buf message;
    struct tum_datum *data;
    size_t data_count, data_cap;
    struct tum_arena *arena; /* made when first asked for */
};

/* ---- output.c's users: runout.c ---- */

/* Lines outside any item (loading, header, end of the run). */
void tum_session_out(struct tum_session *session, const char *fmt, ...)
    TUM_PRINTF(2, 3);
void tum_session_info(struct tum_session *session, const char *fmt, ...)
    TUM_PRINTF(2, 3);
void tum_session_warn(struct tum_session *session, const char *fmt, ...)
    TUM_PRINTF(2, 3);
void tum_session_debug(struct tum_session *session, const char *fmt, ...)
    TUM_PRINTF(2, 3);
/* Only for the first time this text is given. */
bool tum_session_warn_once(struct tum_session *session, const char *fmt, ...)
    TUM_PRINTF(2, 3);
/* True when a DEBUG line of that text is printed and was not asked for before. */
bool tum_session_debug_is_news(struct tum_session *session, const char *text);
/* True while the variable test_debug is true. */
bool tum_session_debugs(struct tum_session *session);
/* Adds whole lines to a branch's log and to the live output. */
void tum_branch_out(struct tum_branch *branch, struct tum_str text);
/* Only to the log, or only live. */
void tum_branch_log(struct tum_branch *branch, struct tum_str text);
/* Cuts the log to its limit, for its row. */
void tum_branch_settle_log(struct tum_branch *branch);
void tum_branch_init(struct tum_branch *branch, struct tum_session *session,
                     struct tum_str name);
void tum_branch_release(struct tum_branch *branch);
/* The evaluator of this thread: one of the session's spare ones, or a new one. */
struct tum_expr_machine *tum_branch_machine(struct tum_branch *branch);

/* ---- expand.c ---- */

/* Who asks for an expansion; run NULL: loading. */
struct tum_asker {
    struct tum_session *session;
    struct tum_run *run;
    struct tum_expr_machine *machine;
    const struct tum_item *owner; /* of the parameter, in warnings; NULL: of the run */
    const struct tum_run
        *names;            /* where $(loop_…) start to look; NULL: variables only */
    bool loop_as_variable; /* of `main`: loop names are ordinary variables */
    bool hide_result;      /* $(result) stays */
    bool hide_files;       /* $(db) and $(out) stay */
    bool series;           /* see tum_expand_series */
    bool quiet;            /* no warning */
    bool
        exact; /* the words of a syntax error are Python's: asked there, if it is there */
    tum_val locals; /* map of names that win over variables (raw values), or none */
};
tum_val tum_asker_expand(struct tum_asker *asker, tum_val v) TUM_MUST_USE;
/* Evaluates one expression, natively or by the worker. */
bool tum_asker_evaluate(struct tum_asker *asker, struct tum_str text, tum_val *ret,
                        struct tum_error **err);
/* A boolean word may be an expression that gives a boolean word, and so on. */
#define TUM_FLAG_DEPTH 8
/* The boolean words; `v` expanded already. */
enum tum_flag tum_asker_flag(struct tum_asker *asker, tum_val v);
/* Nothing in it looks like something to expand. */
bool tum_val_constant(tum_val v);
/* The asker of an item's own attributes, and of things inside the item. */
void tum_asker_init(struct tum_asker *asker, struct tum_run *run);
void tum_asker_init_inside(struct tum_asker *asker, struct tum_run *run);
void tum_asker_init_load(struct tum_asker *asker, struct tum_session *session);

/* Adds or replaces a key of the data; takes both. */
void tum_run_put_data(struct tum_run *run, tum_val take_key, tum_val take_value);

/* ---- runitem.c ---- */

struct tum_executed {
    enum tum_verdict verdict;
    enum tum_outcome outcome;
    bool ran;       /* false: skipped at load or condition not met */
    bool body_done; /* the body was reached (a branch that counts in a race) */
};
/* Everything of 4.1: start to row. `stop`: what it obeys. */
void tum_item_execute(struct tum_branch *branch, struct tum_run *parent,
                      const struct tum_item *item, struct tum_stop *stop,
                      bool is_cleanup, struct tum_executed *ret);

/* Frees what an execution holds; its arena becomes the branch's spare one. */
void tum_run_release(struct tum_run *run);

/* ---- holding.c: step 4a ---- */

/* The first service that was respawned, for the row clean_start of the header. */
void tum_session_respawned(struct tum_session *session, const char *text);
/* Locks of `main`, then its services; before the header. False: stopped. */
bool tum_holding_begin(struct tum_session *session);
void tum_holding_end(struct tum_session *session);
/*
 * Takes the locks of the outermost item that has some. False: the run has its message,
 * verdict and outcome.
 */
bool tum_holding_lock(struct tum_run *run, struct tum_namelocks **ret);
void tum_holding_unlock(struct tum_run *run, struct tum_namelocks *held);
/* A wait begins or ends that counts for no limit: neither for those around the item, nor
   for the bound that the host or the campaign around this one has set. */
void tum_holding_waits(struct tum_run *run, bool waits);
/* Makes the services of the item ready; false as above. */
bool tum_holding_need(struct tum_run *run, struct tum_need *ret);
/* Gives them back after the body; what died meanwhile makes the run FAIL. */
void tum_holding_release(struct tum_run *run, struct tum_need *need);

/* ---- steps.c ---- */

/* The flag execute_on_stop of a child. */
bool tum_child_on_stop(struct tum_run *run, const struct tum_item *child);

/* ---- load.c, passes.c, block.c, overview.c ---- */

struct tum_session *tum_load_session(struct tum_load *load);
/* Kept until the session is freed; takes it and returns it. */
tum_val tum_load_keep(struct tum_load *load, tum_val take);
bool tum_session_build(struct tum_session *session, const struct tum_node *root);
/* The same of a list of steps that stands alone. */
void tum_session_build_steps(struct tum_session *session, const struct tum_node *steps);
/* What the documents of a session ask for, see struct tum_doc_request. */
bool tum_session_doc_lookup(void *ctx, struct tum_str name, tum_val *ret);
bool tum_session_doc_expand(void *ctx, tum_val v, tum_val *ret);
/* Variables that are there before any file is read. */
void tum_session_set_builtins(struct tum_session *session);
bool tum_session_read(struct tum_session *session, const struct tum_node **ret_root);
/* The `report` root block; adds findings. */
bool tum_block_read(struct tum_session *session, const struct tum_node *root);
/* At the start of the run: expands, opens the database. */
bool tum_block_open(struct tum_session *session, struct tum_error **err);
/*
 * Exports in order; `branch` gets the lines. title NULL: those of the block. False when
 * `stop` cut one or left some out.
 */
bool tum_block_export(struct tum_session *session, struct tum_branch *branch,
                      struct tum_asker *asker, tum_val exports, const char *title,
                      struct tum_stop *stop);
/* List of one-key maps of an `export` value; false with err when malformed. */
bool tum_block_entries(tum_val exports, tum_val *ret, struct tum_error **err);
/* Starts finding out the revision of the test directory, in a thread. */
void tum_overview_start(struct tum_session *session);
/* Waits for it; then its variables are set. */
void tum_overview_revision(struct tum_session *session);
/* Waits for the thread, whatever it found. */
void tum_overview_end(struct tum_session *session);
void tum_overview_print(struct tum_session *session);

/* Sets a built-in variable. */
void tum_session_set(struct tum_session *session, const char *name, tum_val take);
/* Ticks since the run started: what rows hold. */
int64_t tum_session_ticks(const struct tum_session *session);
/* Ticks of the clock that a script may start again: ts_ variables and tm.timestamp. */
int64_t tum_session_clock(const struct tum_session *session);
void tum_session_reset_clock(struct tum_session *session);

/* ---- pyconfig.c ---- */

/* What a Python worker is started with, read of the variables now; ctx is an asker. */
bool tum_python_configure(void *ctx, struct tum_python_config *ret,
                          struct tum_error **err);

/* A text of a mapping; NULL when there is none or it is empty. */
bool tum_config_text(tum_val map, const char *variable, const char *key, char **ret,
                     struct tum_error **err);
/* The variables `bin` and proc_start_timeout, the test directory. */
void tum_config_common(struct tum_session *session, const char *bin,
                       struct tum_python_config *ret);

#endif
