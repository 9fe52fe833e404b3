/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way to wait, and the stop tokens every wait obeys.
 *
 * A stop token is set once, by anyone, from any thread (not from a signal handler).
 * Tokens form a tree: stopping one stops everything made below it, at once. A token
 * belongs to one execution; the next execution of the same item makes a new one.
 */
#ifndef TUM_WAIT_H
#define TUM_WAIT_H

#include "tum/clock.h"

enum tum_waited {
    TUM_READY,   /* the descriptor has one of the events (or an error, or hang-up) */
    TUM_LATE,    /* the deadline passed */
    TUM_STOPPED, /* the stop token was set; wins over the other two */
};

/* Why a token was set; the first request counts. */
enum tum_stop_reason {
    TUM_STOP_NOT,
    TUM_STOP_USER,  /* SIGINT, SIGTERM, SIGHUP, a front end */
    TUM_STOP_RACE,  /* another branch won a `sync: any` */
    TUM_STOP_LIMIT, /* a time_limit */
    TUM_STOP_FAULT, /* tum cannot go on recording */
    TUM_STOP_WAKE, /* no stop: a token used as a one-shot event that hears its parent */
};

/* parent may be NULL. Counted; a child keeps its parent alive. */
struct tum_stop *tum_stop_new(struct tum_stop *parent) TUM_MUST_USE;
struct tum_stop *tum_stop_ref(struct tum_stop *stop);
void tum_stop_unref(struct tum_stop *stop); /* accepts NULL */

/* Idempotent. The reason reaches tokens below that have none yet. */
void tum_stop_request(struct tum_stop *stop, enum tum_stop_reason reason);
/* TUM_STOP_NOT while not stopped; NULL is never stopped. Cheap (one atomic load). */
enum tum_stop_reason tum_stop_reason(const struct tum_stop *stop);
static inline bool tum_stop_is_set(const struct tum_stop *stop)
{
    return tum_stop_reason(stop) != TUM_STOP_NOT;
}
/*
 * A deadline on the token itself: every tum_wait on it or on a token below returns
 * TUM_STOPPED with reason TUM_STOP_LIMIT once it has passed (and tum_stop_is_set says
 * so). Set before the token is shared. For `time_limit`.
 */
void tum_stop_set_deadline(struct tum_stop *stop, tum_time deadline);
/*
 * From hold to go_on no time passes for the deadlines of the token and of those above
 * it: they end as much later. They may overlap, from any thread; a deadline that had
 * passed before stays passed. For a wait that does not count for a `time_limit`.
 */
void tum_stop_hold(struct tum_stop *stop);
void tum_stop_go_on(struct tum_stop *stop);
/*
 * A descriptor that becomes readable when the token is set (deadlines excepted), for a
 * poll with several descriptors; made when first asked for, owned by the token.
 */
int tum_stop_fd(struct tum_stop *stop);

/*
 * Waits until `fd` has one of `events` (poll's), until `deadline` (TUM_FOREVER: none),
 * or until `stop` is set (NULL: never). fd -1: only the other two; needs no descriptor
 * then.
 */
enum tum_waited tum_wait(struct tum_stop *stop, int fd, short events,
                         tum_time deadline);

struct pollfd;
/* As tum_wait for several descriptors; their revents are set when TUM_READY. */
enum tum_waited tum_wait_many(struct tum_stop *stop, struct pollfd *fds, size_t count,
                              tum_time deadline);

#endif
