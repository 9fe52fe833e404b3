/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stop tokens: the tree, and telling everybody who waits.
 *
 * A request walks the tree below the token under the tree's one lock and sets the
 * reason of each; threads that only sleep hang on that very word (futex), so a thousand
 * sleeping branches need no descriptor; a token that is polled gets an eventfd when
 * that first happens. Who set a token, and why a run stops, is not decided here.
 */
#include "io/stop.h"
#include "tum/mem.h"
#include <errno.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Who sleeps is not told that the clock of a deadline goes on again: an eventfd once
 * readable cannot be taken back. So while it stands still, they look so often.
 */
#define HELD_LOOK (50 * TUM_MS)

struct tum_stop *tum_stop_new(struct tum_stop *parent)
{
    struct tum_stop *stop = tum_new(struct tum_stop);

    atomic_init(&stop->refs, 1);
    stop->fd = -1;
    atomic_init(&stop->deadline, TUM_FOREVER);
    if (parent == NULL) {
        stop->tree = tum_new(struct tum_stop_tree);
        tum_lock_init(&stop->tree->lock, TUM_RANK_STOP);
        atomic_init(&stop->tree->refs, 1);
        return stop;
    }
    stop->tree = parent->tree;
    atomic_fetch_add_explicit(&stop->tree->refs, 1, memory_order_relaxed);
    stop->parent = tum_stop_ref(parent);
    stop->limit = parent->limit;

    tum_lock_enter(&stop->tree->lock);
    atomic_store(&stop->reason, atomic_load(&parent->reason));
    stop->next = parent->first_child;
    if (stop->next != NULL)
        stop->next->prev = stop;
    parent->first_child = stop;
    tum_lock_leave(&stop->tree->lock);
    return stop;
}

struct tum_stop *tum_stop_ref(struct tum_stop *stop)
{
    atomic_fetch_add_explicit(&stop->refs, 1, memory_order_relaxed);
    return stop;
}

/* Takes a token without users out of the tree and frees it; returns its parent. */
static struct tum_stop *stop_leave(struct tum_stop *stop)
{
    struct tum_stop *parent = stop->parent;
    struct tum_stop_tree *tree = stop->tree;

    if (parent != NULL) {
        tum_lock_enter(&tree->lock);
        if (stop->prev != NULL)
            stop->prev->next = stop->next;
        else
            parent->first_child = stop->next;
        if (stop->next != NULL)
            stop->next->prev = stop->prev;
        tum_lock_leave(&tree->lock);
    }
    if (stop->fd >= 0)
        close(stop->fd);
    tum_free(stop);
    if (atomic_fetch_sub(&tree->refs, 1) == 1) {
        tum_lock_release(&tree->lock);
        tum_free(tree);
    }
    return parent;
}

/*
 * A request under way holds the tree's lock and touches tokens that may have no user
 * left; stop_leave takes that lock before it frees one. Children keep their parent, so
 * a token that dies has none.
 */
void tum_stop_unref(struct tum_stop *stop)
{
    while (stop != NULL && atomic_fetch_sub(&stop->refs, 1) == 1)
        stop = stop_leave(stop);
}

/* ---- deadlines ---- */

/* The next token upwards that has one. */
static struct tum_stop *limit_above(const struct tum_stop *limit)
{
    return limit->parent != NULL ? limit->parent->limit : NULL;
}

static bool stop_is_late(const struct tum_stop *stop)
{
    tum_time now;

    if (stop->limit == NULL)
        return false;
    now = tum_now();
    for (const struct tum_stop *at = stop->limit; at != NULL; at = limit_above(at))
        /* In this order: a clock that goes on has moved its deadline before. */
        if (!atomic_load(&at->holds) && now >= atomic_load(&at->deadline))
            return true;
    return false;
}

void tum_stop_set_deadline(struct tum_stop *stop, tum_time deadline)
{
    if (deadline == TUM_FOREVER)
        return;
    atomic_store(&stop->deadline, TUM_MIN(atomic_load(&stop->deadline), deadline));
    stop->limit = stop;
}

tum_time tum_stop_look(const struct tum_stop *stop)
{
    tum_time look = TUM_FOREVER;

    if (stop == NULL)
        return look;
    for (const struct tum_stop *at = stop->limit; at != NULL; at = limit_above(at)) {
        bool holds = atomic_load(&at->holds);
        tum_time deadline = atomic_load(&at->deadline);

        if (holds)
            deadline = TUM_MAX(deadline, tum_now() + HELD_LOOK);
        look = TUM_MIN(look, deadline);
    }
    return look;
}

/* ---- requests ---- */

static void stop_set(struct tum_stop *stop, enum tum_stop_reason reason)
{
    static const uint64_t one = 1;

    if (atomic_load(&stop->reason) != TUM_STOP_NOT)
        return;
    /* The first cause counts: a deadline that has passed came before this request. */
    if (stop_is_late(stop))
        reason = TUM_STOP_LIMIT;
    atomic_store(&stop->reason, (uint32_t)reason);
    if (atomic_load(&stop->sleepers) > 0)
        syscall(SYS_futex, &stop->reason, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
    /* Cannot fail: the counter of an eventfd written once in its life does not
       overflow. */
    if (stop->fd >= 0 && write(stop->fd, &one, sizeof one) < 0)
        tum_bug("eventfd of a stop token: %s", tum_errno_text(errno));
}

/* Under the tree's lock. */
static void stop_set_all(struct tum_stop *stop, enum tum_stop_reason reason)
{
    struct tum_stop *at = stop;

    stop_set(stop, reason);
    /* Preorder without recursion. A token that was set before is still walked into:
       cheap, and nothing has to be proved about who made what when. */
    for (;;) {
        if (at->first_child != NULL) {
            at = at->first_child;
        } else {
            while (at != stop && at->next == NULL)
                at = at->parent;
            if (at == stop)
                break;
            at = at->next;
        }
        stop_set(at, reason);
    }
}

void tum_stop_request(struct tum_stop *stop, enum tum_stop_reason reason)
{
    if (reason == TUM_STOP_NOT)
        tum_bug("a stop request without a reason");
    tum_lock_enter(&stop->tree->lock);
    stop_set_all(stop, reason);
    tum_lock_leave(&stop->tree->lock);
}

enum tum_stop_reason tum_stop_reason(const struct tum_stop *stop)
{
    enum tum_stop_reason reason;

    if (stop == NULL)
        return TUM_STOP_NOT;
    reason = (enum tum_stop_reason)atomic_load(&stop->reason);
    if (reason == TUM_STOP_NOT && stop_is_late(stop))
        return TUM_STOP_LIMIT;
    return reason;
}

/* ---- clocks that stand still ---- */

void tum_stop_hold(struct tum_stop *stop)
{
    tum_lock_enter(&stop->tree->lock);
    for (struct tum_stop *at = stop->limit; at != NULL; at = limit_above(at)) {
        if (at->holders++ > 0)
            continue;
        /* In this order: who found it late before has a reason from here on. */
        atomic_store(&at->holds, true);
        at->held_since = tum_now();
        if (at->held_since >= atomic_load(&at->deadline))
            stop_set_all(at, TUM_STOP_LIMIT);
    }
    tum_lock_leave(&stop->tree->lock);
}

void tum_stop_go_on(struct tum_stop *stop)
{
    tum_time now;

    tum_lock_enter(&stop->tree->lock);
    now = tum_now();
    for (struct tum_stop *at = stop->limit; at != NULL; at = limit_above(at)) {
        if (--at->holders > 0)
            continue;
        atomic_fetch_add(&at->deadline, now - at->held_since);
        atomic_store(&at->holds, false);
    }
    tum_lock_leave(&stop->tree->lock);
}

/* ---- descriptors and sleep ---- */

int tum_stop_try_fd(struct tum_stop *stop)
{
    int fd;

    tum_lock_enter(&stop->tree->lock);
    if (stop->fd < 0) {
        bool set = atomic_load(&stop->reason) != TUM_STOP_NOT;

        stop->fd = eventfd(set ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    fd = stop->fd;
    tum_lock_leave(&stop->tree->lock);
    return fd;
}

int tum_stop_fd(struct tum_stop *stop)
{
    int fd = tum_stop_try_fd(stop);

    if (fd < 0)
        tum_die("no descriptor left for a stop token: %s", tum_errno_text(errno));
    return fd;
}

void tum_stop_sleep(struct tum_stop *stop, tum_time deadline)
{
    struct timespec until = {
        .tv_sec = (time_t)(deadline / TUM_SECOND),
        .tv_nsec = (long)(deadline % TUM_SECOND),
    };

    atomic_fetch_add(&stop->sleepers, 1);
    /* Sequentially consistent with stop_set: it either sees this sleeper, or the kernel
       sees the new reason here and does not sleep. */
    syscall(SYS_futex, &stop->reason, FUTEX_WAIT_BITSET_PRIVATE, TUM_STOP_NOT,
            deadline == TUM_FOREVER ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
    atomic_fetch_sub(&stop->sleepers, 1);
}
