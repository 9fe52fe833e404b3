/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parent of workers: a process of the user's interpreter, or of our Lua program, that
 * has loaded what every worker needs and runs no user code. It forks workers when
 * asked, which costs a fork instead of a start.
 *
 * Requests go over its link, each with three descriptors: the worker's link, the pipe
 * for its descriptors 1 and 2, and the pipe through which its fate is told
 * (schemas/worker.md). Any thread may ask.
 */
#ifndef TUM_ZYGOTE_H
#define TUM_ZYGOTE_H

#include "worker/worker.h"

struct tum_zygote;

struct tum_zygote_opts {
    const char *const *argv; /* NULL-terminated; the link is descriptor 99 */
    struct tum_str source;   /* sent first when not empty */
    struct tum_str setup;    /* sent then: the set-up message */
    const struct tum_python_config *config;
};
/* Starts it; does not wait until it is ready. */
struct tum_zygote *tum_zygote_start(const struct tum_zygote_opts *opts,
                                    struct tum_error **err) TUM_MUST_USE;
/*
 * Asks for a worker; does not wait for it. `request` is a JSON object, at most
 * TUM_ZYGOTE_REQUEST bytes. LOST: it is gone.
 */
#define TUM_ZYGOTE_REQUEST 60000
struct tum_worker *tum_zygote_fork(struct tum_zygote *zygote, struct tum_str request,
                                   tum_time patience,
                                   struct tum_error **err) TUM_MUST_USE;
/* When its first worker must be ready. */
tum_time tum_zygote_patience(const struct tum_zygote *zygote);
/* True when it has ended; *ret_why (tum_alloc) says how. Waits for that until
   `deadline`. */
bool tum_zygote_is_gone(struct tum_zygote *zygote, tum_time deadline, char **ret_why);
/* What it has printed, taken. */
void tum_zygote_drain(struct tum_zygote *zygote, struct tum_buf *out);
/* Lets it end when its workers have: no more requests. */
void tum_zygote_leave(struct tum_zygote *zygote);
/* Waits until it has left, then ends what is left of it and its workers. NULL is
   fine. */
void tum_zygote_free(struct tum_zygote *zygote, tum_time deadline);

#endif
