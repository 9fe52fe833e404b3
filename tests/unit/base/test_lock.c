/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock.c: exclusion, ranks that end the program when taken in the wrong order (in builds
 * with assertions), conditions with a deadline.
 */
#include "base/lock.h"
#include "tum/clock.h"
#include "unit.h"
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, TURNS = 2000 };

struct shared {
    struct tum_lock lock;
    struct tum_cond cond;
    int count, arrived;
};

static void *count_up(void *p)
{
    struct shared *shared = p;

    for (int i = 0; i < TURNS; i++) {
        tum_lock_enter(&shared->lock);
        shared->count++;
        tum_lock_leave(&shared->lock);
    }
    tum_lock_enter(&shared->lock);
    shared->arrived++;
    tum_cond_broadcast(&shared->cond);
    while (shared->arrived < THREADS)
        tum_cond_wait(&shared->cond, &shared->lock, TUM_FOREVER);
    tum_lock_leave(&shared->lock);
    return NULL;
}

START_TEST(exclusion)
{
    struct shared shared = {.lock = TUM_LOCK_INIT(TUM_RANK_SCOPE)};
    pthread_t threads[THREADS];

    tum_cond_init(&shared.cond);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_up, &shared), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(shared.count, THREADS * TURNS);
    tum_cond_release(&shared.cond);
    tum_lock_release(&shared.lock);
}
END_TEST

START_TEST(deadline)
{
    struct tum_lock lock;
    struct tum_cond cond;

    tum_lock_init(&lock, TUM_RANK_BUS);
    tum_cond_init(&cond);
    tum_lock_enter(&lock);
    ck_assert(!tum_cond_wait(&cond, &lock, -5));
    ck_assert(!tum_cond_wait(&cond, &lock, tum_now()));
    while (tum_cond_wait(&cond, &lock, tum_now() + TUM_MS))
        ; /* woken without a reason */
    ck_assert(tum_lock_held(&lock));
    tum_lock_leave(&lock);
    tum_cond_signal(&cond);
    tum_cond_release(&cond);
    tum_lock_release(&lock);
}
END_TEST

static struct tum_lock low = TUM_LOCK_INIT(TUM_RANK_SESSION);
static struct tum_lock middle = TUM_LOCK_INIT(TUM_RANK_BUS);
static struct tum_lock same = TUM_LOCK_INIT(TUM_RANK_BUS);
static struct tum_lock high = TUM_LOCK_INIT(TUM_RANK_LOG);

/* + takes, - leaves; l, m, s, h are the four. */
static const struct {
    const char *steps;
    bool aborts;
} orders[] = {
    {"+l+m+h-h-m-l", false},
    {"+l+m+h-l-m-h", false}, /* left in any order */
    {"+m-m+l-l", false},
    {"+l+h-l+h", true},
    {"+l+h-h+m-m+h-h-l", false},
    {"+m+l", true},
    {"+m+s", true}, /* ranks rise strictly */
    {"+m+m", true},
    {"+l+h-l+m", true}, /* the highest still held counts */
    {"-m", true},
    {"+l-h", true},
};

static void walk(const char *steps)
{
    for (; *steps != '\0'; steps += 2) {
        struct tum_lock *lock = steps[1] == 'l'   ? &low
                                : steps[1] == 'm' ? &middle
                                : steps[1] == 's' ? &same
                                                  : &high;

        if (*steps == '+')
            tum_lock_enter(lock);
        else
            tum_lock_leave(lock);
    }
}

START_TEST(ranks)
{
    int status;
    pid_t pid;

#ifdef NDEBUG
    if (orders[_i].aborts)
        return;
#endif
    pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        walk(orders[_i].steps);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    if (orders[_i].aborts)
        ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    else
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, exclusion);
    tcase_add_test(t, deadline);
    tcase_add_loop_test(t, ranks, 0, TUM_LEN(orders));
}

UNIT_MAIN("lock", add)
