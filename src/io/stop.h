/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a stop token, shared by stop.c (the tree) and wait.c (who sleeps on
 * it).
 */
#ifndef TUM_STOP_H
#define TUM_STOP_H

#include "base/lock.h"
#include "tum/wait.h"
#include <stdatomic.h>

/* One for each tree, shared by all its tokens. */
struct tum_stop_tree {
    struct tum_lock lock;
    atomic_size_t refs; /* tokens */
};

struct tum_stop {
    /* enum tum_stop_reason; 32 bits because threads sleep on it (futex). Set once,
       under the tree's lock. */
    _Atomic uint32_t reason;
    _Atomic uint32_t sleepers; /* threads that sleep on `reason` */
    atomic_size_t refs;
    _Atomic tum_time deadline; /* its own; TUM_FOREVER: none */
    atomic_bool holds;         /* the clock of its deadline stands still */
    /* The nearest token with a deadline, from this one upwards, or NULL; const when
       shared. */
    struct tum_stop *limit;
    struct tum_stop_tree *tree;
    struct tum_stop *parent; /* counted; NULL at the root */

    /* Guarded by the tree's lock. */
    struct tum_stop *first_child, *next, *prev;
    int fd;              /* eventfd, -1 until somebody polls */
    unsigned holders;    /* who let its clock stand still */
    tum_time held_since; /* by the first of them */
};

/*
 * When a wait on the token (may be NULL) has to look at it again at the latest: at the
 * earliest deadline that holds for it.
 */
tum_time tum_stop_look(const struct tum_stop *stop);

/*
 * Sleeps until the token is set or the deadline passed, or for no reason. Needs no
 * descriptor.
 */
void tum_stop_sleep(struct tum_stop *stop, tum_time deadline);
/* As tum_stop_fd, but -1 when the process has no descriptor left. */
int tum_stop_try_fd(struct tum_stop *stop);

#endif
