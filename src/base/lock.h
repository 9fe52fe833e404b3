/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutex with a rank. A thread takes only locks of higher rank than those it holds; debug
 * builds keep the held ranks in thread-local storage and abort on a wrong order, so that it shows
 * on the first run. A hostile build waits a random microsecond before taking one.
 */
#ifndef TUM_LOCK_H
#define TUM_LOCK_H

#include "tum/base.h"
#include <pthread.h>

/* Every lock of the program, in the order they may be nested. */
enum tum_rank {
    TUM_RANK_SERVICE = 5,   /* a service of a batch: starting, judging, ending */
    TUM_RANK_SESSION = 10,  /* run state, list of runs */
    TUM_RANK_LIVE = 15,     /* the pointer an item published for its stop hook */
    TUM_RANK_SCOPE = 20,    /* global names */
    TUM_RANK_CONSOLES = 30, /* name to console */
    TUM_RANK_CONSOLE = 40,  /* one console's buffer */
    TUM_RANK_PLOTS = 42,    /* name to plot */
    TUM_RANK_PLOT = 44,     /* one plot's lines and sources */
    TUM_RANK_TAPE = 46,     /* what is recorded or replayed of the channels */
    TUM_RANK_WORKERS = 50,  /* which workers there are */
    TUM_RANK_WORKER = 52,   /* calls to one worker */
    TUM_RANK_GUARDIAN = 55, /* requests to the guardian */
    TUM_RANK_BUS = 60,      /* sequence number, sinks */
    TUM_RANK_STORE = 65,    /* queue of the report's writer */
    TUM_RANK_OUTPUT = 70,   /* lines waiting for standard output */
    TUM_RANK_ASK = 72,      /* dialogs that wait for the terminal */
    TUM_RANK_FACE = 75,     /* the terminal view */
    TUM_RANK_CACHE = 80,    /* parsed expressions and patterns */
    TUM_RANK_STOP = 85,     /* children of a stop token; may be set under any other */
    TUM_RANK_LOG = 90,      /* one line of the developer's log */
};

struct tum_lock {
    pthread_mutex_t mutex;
    enum tum_rank rank;
};

#define TUM_LOCK_INIT(rank_)                                                           \
    {                                                                                  \
        .mutex = PTHREAD_MUTEX_INITIALIZER, .rank = (rank_)                            \
    }

void tum_lock_init(struct tum_lock *lock, enum tum_rank rank);
void tum_lock_release(struct tum_lock *lock); /* destroys an unheld lock */
void tum_lock_enter(struct tum_lock *lock);
void tum_lock_leave(struct tum_lock *lock);
/* For assertions: this thread holds the lock (always true in release builds). */
bool tum_lock_held(const struct tum_lock *lock);
/* Writes the ranks this thread holds to a descriptor, for tum_bug. */
void tum_lock_say_held(int fd);

/*
 * A condition with a monotonic deadline, for src/base to src/report only; above them
 * waiting is tum_wait. Waits with the lock held; false when the deadline passed.
 */
struct tum_cond {
    pthread_cond_t cond;
};
void tum_cond_init(struct tum_cond *cond);
void tum_cond_release(struct tum_cond *cond);
bool tum_cond_wait(struct tum_cond *cond, struct tum_lock *lock, tum_time deadline);
void tum_cond_signal(struct tum_cond *cond);
void tum_cond_broadcast(struct tum_cond *cond);

#endif
