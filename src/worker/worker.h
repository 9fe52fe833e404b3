/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One worker process: started through the guardian, linked by a socket, counted by its
 * users.
 */
#ifndef TUM_WORKER_H
#define TUM_WORKER_H

#include "worker/pyeval.h"
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
/* Exit status of an interpreter that is no Python 3. */
#define TUM_WORKER_TOO_OLD 96

#endif
