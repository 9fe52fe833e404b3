/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One worker process, linked by a socket, counted by its users: started through the
 * guardian, or forked by a parent of workers (zygote.h) that was.
 */
#ifndef TUM_WORKER_H
#define TUM_WORKER_H

#include "worker/asked.h"
#include "worker/rpc.h"

#define TUM_WORKER_PROTOCOL 1 /* of schemas/worker.md */

struct tum_worker;

struct tum_worker_opts {
    const char *python;   /* absolute path of the interpreter */
    const char *main_dir; /* for tm.get_main_dir() */
    const struct tum_python_config *config;
};
/* Starts a Python worker; does not wait until it is ready. */
struct tum_worker *tum_worker_start(const struct tum_worker_opts *opts,
                                    struct tum_error **err) TUM_MUST_USE;

/* What a parent of workers was given the other ends of; all is taken. */
struct tum_worker_fork {
    int link, raw;
    int status; /* the parent tells here: who it is, and how it ended */
    const char *program;
    tum_time patience; /* when it must be ready */
};
struct tum_worker *tum_worker_forked(const struct tum_worker_fork *fork) TUM_MUST_USE;
struct tum_worker *tum_worker_ref(struct tum_worker *worker);
/* The last one ends the process, without waiting for it. Accepts NULL. */
void tum_worker_unref(struct tum_worker *worker);

struct tum_rpc *tum_worker_rpc(struct tum_worker *worker);
const char *tum_worker_python(const struct tum_worker *worker);
/* True the first time it is asked. */
bool tum_worker_is_new(struct tum_worker *worker);
/* When it must be ready, or has failed. */
tum_time tum_worker_patience(const struct tum_worker *worker);
/* The greeting is one of a worker we can talk to; else *ret_why says what is wrong
   (tum_alloc). */
bool tum_worker_hello_fits(tum_val hello, char **ret_why);
/* Raw output; a poll may wait for it. -1 when there is none any more. */
int tum_worker_raw_fd(const struct tum_worker *worker);
/*
 * Of a forked worker: readable when there is news of it. tum_worker_news takes them and
 * is true when there will be none: it has ended, or its parent has.
 */
int tum_worker_status_fd(const struct tum_worker *worker);
bool tum_worker_news(struct tum_worker *worker);
/* Of a forked worker: asks it to write where it is (Python: a traceback) to descriptor
   2. */
void tum_worker_ask_where(struct tum_worker *worker);
/* All that a worker has started, and itself, when it was last looked at. */
struct tum_worker_tree;
/*
 * Signals a forked worker and all below it. *tree is made at the first time (NULL
 * before) and remembers them: what loses its parent is still found the next time.
 */
void tum_worker_signal(struct tum_worker *worker, int signal,
                       struct tum_worker_tree **tree);
/* Kills a forked worker, not what it has started. */
void tum_worker_kill(struct tum_worker *worker);
void tum_worker_tree_free(struct tum_worker_tree *tree); /* accepts NULL */
/* Exit status of an interpreter that is no Python 3. */
#define TUM_WORKER_TOO_OLD 96

/*
 * What a worker printed, as bytes: those that are not UTF-8 come as the surrogates U+DC80 …
 * U+DCFF. Borrowed from `text`, or from `room`, an empty buffer.
 */
struct tum_str tum_worker_printed(struct tum_str text, struct tum_buf *room);

#endif
