/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutex with a rank, condition with a monotonic deadline.
 *
 * With assertions, each thread keeps the locks it holds; taking one whose rank is not
 * above all of them ends the program, whether or not another thread is in the way.
 */
#include "base/lock.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef NDEBUG

/* Ranks rise strictly, so that a thread cannot hold more than there are ranks. */
#define HELD_MOST 32

static _Thread_local const struct tum_lock *held[HELD_MOST];
static _Thread_local int held_count;

static void check_rank(const struct tum_lock *lock)
{
    for (int i = 0; i < held_count; i++) {
        if (held[i]->rank >= lock->rank)
            tum_bug("lock of rank %d taken while one of rank %d is held",
                    (int)lock->rank, (int)held[i]->rank);
    }
    if (held_count == HELD_MOST)
        tum_bug("a thread holds %d locks", held_count);
}

static void push(const struct tum_lock *lock)
{
    held[held_count++] = lock;
}

/* Locks may be left in any order. */
static void pop(const struct tum_lock *lock)
{
    for (int i = held_count - 1; i >= 0; i--) {
        if (held[i] != lock)
            continue;
        held_count--;
        for (; i < held_count; i++)
            held[i] = held[i + 1];
        return;
    }
    tum_bug("lock of rank %d left by a thread that does not hold it", (int)lock->rank);
}

bool tum_lock_held(const struct tum_lock *lock)
{
    for (int i = 0; i < held_count; i++) {
        if (held[i] == lock)
            return true;
    }
    return false;
}

void tum_lock_say_held(int fd)
{
    for (int i = 0; i < held_count; i++)
        dprintf(fd, "tum: lock of rank %d is held\n", (int)held[i]->rank);
}

#else

static void check_rank(const struct tum_lock *lock TUM_UNUSED)
{
}

static void push(const struct tum_lock *lock TUM_UNUSED)
{
}

static void pop(const struct tum_lock *lock TUM_UNUSED)
{
}

bool tum_lock_held(const struct tum_lock *lock TUM_UNUSED)
{
    return true;
}

void tum_lock_say_held(int fd TUM_UNUSED)
{
}

#endif

#ifdef TUM_HOSTILE

/*
 * A thread waits before each of its first locks, and before some of the later ones: a
 * text that is expanded takes millions.
 */
#define WAITS_ALWAYS 1000
#define WAITS_ONE_OF 64

/* Lets other threads in at the worst moments. */
static void wait_a_little(void)
{
    static _Thread_local uint64_t state;
    static _Thread_local unsigned waits;
    struct timespec ts = {0};

    if (state == 0) {
        clock_gettime(CLOCK_MONOTONIC, &ts);
        state = ((uint64_t)ts.tv_nsec ^ (uint64_t)(uintptr_t)&state) | 1;
    }
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    if (waits < WAITS_ALWAYS)
        waits++;
    else if (state % WAITS_ONE_OF != 0)
        return;
    ts.tv_sec = 0;
    ts.tv_nsec = (long)(state % 1000);
    ppoll(NULL, 0, &ts, NULL);
}

#else

static void wait_a_little(void)
{
}

#endif

/* None of these calls can fail on locks that are used as the header says. */
static void must(int result, const char *what)
{
    if (result != 0)
        tum_bug("%s: error %d", what, result);
}

void tum_lock_init(struct tum_lock *lock, enum tum_rank rank)
{
    must(pthread_mutex_init(&lock->mutex, NULL), "making a lock");
    lock->rank = rank;
}

void tum_lock_release(struct tum_lock *lock)
{
    must(pthread_mutex_destroy(&lock->mutex), "destroying a lock");
}

void tum_lock_enter(struct tum_lock *lock)
{
    check_rank(lock);
    wait_a_little();
    must(pthread_mutex_lock(&lock->mutex), "taking a lock");
    push(lock);
}

void tum_lock_leave(struct tum_lock *lock)
{
    pop(lock);
    must(pthread_mutex_unlock(&lock->mutex), "leaving a lock");
}

void tum_cond_init(struct tum_cond *cond)
{
    pthread_condattr_t attr;

    must(pthread_condattr_init(&attr), "making a condition");
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), "making a condition");
    must(pthread_cond_init(&cond->cond, &attr), "making a condition");
    pthread_condattr_destroy(&attr);
}

void tum_cond_release(struct tum_cond *cond)
{
    must(pthread_cond_destroy(&cond->cond), "destroying a condition");
}

/* The lock counts as held meanwhile: this thread can take no other. */
bool tum_cond_wait(struct tum_cond *cond, struct tum_lock *lock, tum_time deadline)
{
    struct timespec ts;
    int result;

    if (deadline == INT64_MAX) {
        must(pthread_cond_wait(&cond->cond, &lock->mutex), "waiting for a condition");
        return true;
    }
    if (deadline < 0)
        deadline = 0;
    ts.tv_sec = (time_t)(deadline / 1000000000);
    ts.tv_nsec = (long)(deadline % 1000000000);
    result = pthread_cond_timedwait(&cond->cond, &lock->mutex, &ts);
    if (result == ETIMEDOUT)
        return false;
    must(result, "waiting for a condition");
    return true;
}

void tum_cond_signal(struct tum_cond *cond)
{
    must(pthread_cond_signal(&cond->cond), "signalling a condition");
}

void tum_cond_broadcast(struct tum_cond *cond)
{
    must(pthread_cond_broadcast(&cond->cond), "signalling a condition");
}
