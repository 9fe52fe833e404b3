/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One campaign, from options to exit status: what the command line, the language server
 * and tests use of the engine.
 *
 *     session = tum_session_new(&opts);
 *     if (!tum_session_load(session)) … show tum_session_diags …
 *     status = tum_session_run(session);
 *     tum_session_free(session);
 *
 * A session belongs to the thread that made it, except tum_session_stop and the sinks.
 */
#ifndef TUM_SESSION_H
#define TUM_SESSION_H

#include "engine/event.h"
#include "engine/host.h"
#include "tum/ask.h"
#include "tum/item.h"

/* Exit statuses of every command. */
enum tum_status {
    TUM_STATUS_PASSED = 0,
    TUM_STATUS_FAILED = 1,         /* a test failed, or main was not run */
    TUM_STATUS_USAGE = 2,          /* wrong usage, or a campaign that does not load */
    TUM_STATUS_INTERNAL = 3,       /* tum itself, or its report could not be written */
    TUM_STATUS_INFRASTRUCTURE = 4, /* nothing failed, but something could not be run */
    TUM_STATUS_NOTHING = 5,        /* nothing was selected */
    TUM_STATUS_LATE = 124,         /* bound of a batch */
    TUM_STATUS_INT = 130,
    TUM_STATUS_TERM = 143,
};

struct tum_define {
    char *name; /* trimmed, not empty */
    tum_val value;
};

struct tum_session_opts {
    const char *path;    /* the main file, as given */
    const char *program; /* absolute path of this executable, for sub-campaigns */
    const struct tum_item_type *const
        *items; /* known types in message order, NULL-ended */

    const char *const
        *config_files; /* of -c; NULL-ended, or NULL when -c was not given */
    const struct tum_define *defines; /* of -d, in order */
    size_t define_count;
    const char *const *include_paths;   /* of -i; NULL-ended or NULL */
    const char *report_type;            /* of -t, or NULL */
    const char *report_file;            /* of -p, or NULL */
    const char *record, *replay;        /* folders of --record and --replay, or NULL */
    const char *const *report_patterns; /* of -n; NULL-ended or NULL */

    /* Where complete output lines go (with colour codes never; a face colours them). May be NULL. Called
       by one thread at a time, under the output lock; must not call back. */
    void (*output)(void *ctx, struct tum_str lines);
    void *output_ctx;
    /* Asks a person (tum/ask.h); NULL: nobody can be asked. Called by any thread, several
       at a time. Returns when there is an answer, at once when `stop` is set, or at the
       deadline; *ret_answer is none before. */
    enum tum_asked (*ask)(void *ctx, const struct tum_ask *ask, struct tum_stop *stop,
                          tum_time deadline, tum_val *ret_answer);
    void *ask_ctx;
    const struct tum_host *host; /* what stands around the campaign, or NULL */
    bool check_only; /* the campaign will not be run: nothing is found out for that */
};

/* Copies what it needs; strings of opts must outlive the session. */
struct tum_session *tum_session_new(const struct tum_session_opts *opts) TUM_MUST_USE;
void tum_session_free(struct tum_session *session); /* accepts NULL */

/*
 * Loads the campaign and everything it reads. INFO and WARN lines go to `output` as they
 * arise. False when there is an error: tum_session_diags has all findings, sorted.
 * Runs no item.
 */
bool tum_session_load(struct tum_session *session);
/*
 * Instead of loading: looks at what the file is taken to hold, as an editor does. It may
 * be a list of steps for an include as well. Findings are those that need no variable; those
 * of a template only when it renders. Nothing is started.
 */
void tum_session_look(struct tum_session *session, struct tum_str text);
/* Runs it; the result is the exit status. */
int tum_session_run(struct tum_session *session);
/*
 * Asks the run to stop (first call) or to end at once (second call). `signal` decides the
 * exit status (SIGINT: 130, else 143). Any thread, not from a signal handler.
 */
void tum_session_stop(struct tum_session *session, int signal);
/* Adds an observer, before the run. */
void tum_session_add_sink(struct tum_session *session, const struct tum_sink *sink);

struct tum_diags *tum_session_diags(struct tum_session *session);
const struct tum_sources *tum_session_sources(const struct tum_session *session);
/* The tree after a successful load: main; NULL before. */
const struct tum_item *tum_session_root(const struct tum_session *session);
/* Absolute path of the file an item was written in, and its place. */
const char *tum_session_item_file(const struct tum_session *session,
                                  const struct tum_item *item);
struct tum_span tum_item_at(const struct tum_item *item);
/* Absolute paths of the files that were read for the tree, in order. */
const char *const *tum_session_files(const struct tum_session *session,
                                     size_t *ret_count);
/* A file that an item names was read: of functions, of tests, another campaign. Any
   thread. */
void tum_session_note_file(struct tum_session *session, const char *path);
/* Absolute paths of those so far; an owned list. */
tum_val tum_session_named_files(struct tum_session *session);

/*
 * All findings as load errors are shown: for each, the heading, `In File`, `In:` with
 * the path of items, and the place with the quoted line and a caret.
 */
void tum_session_show(struct tum_session *session, bool colour, struct tum_buf *out);

/* "1.0.0" */
extern const char tum_version[];

#endif
