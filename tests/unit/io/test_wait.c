/* SPDX-License-Identifier: Apache-2.0 */
/* The one wait: which answer comes first, and what a thousand sleepers need. */
#include "base/fd.h"
#include "processes.h"
#include "tum/mem.h"
#include <pthread.h>
#include <sys/resource.h>

/* What holds when the wait begins, and what it says then. */
static const struct {
    bool token, ready, late, stopped, descriptor;
    enum tum_waited want;
} rows[] = {
    {.late = true, .want = TUM_LATE},
    {.late = true, .token = true, .want = TUM_LATE},
    {.late = true, .descriptor = true, .want = TUM_LATE},
    {.late = true, .descriptor = true, .token = true, .want = TUM_LATE},
    {.descriptor = true, .ready = true, .want = TUM_READY},
    {.descriptor = true, .ready = true, .late = true, .want = TUM_READY},
    {.descriptor = true, .ready = true, .token = true, .want = TUM_READY},
    {.token = true, .stopped = true, .want = TUM_STOPPED},
    {.token = true, .stopped = true, .late = true, .want = TUM_STOPPED},
    {.token = true, .stopped = true, .descriptor = true, .want = TUM_STOPPED},
    {.token = true,
     .stopped = true,
     .descriptor = true,
     .ready = true,
     .late = true,
     .want = TUM_STOPPED},
};

START_TEST(answers)
{
    struct tum_stop *stop = rows[_i].token ? tum_stop_new(NULL) : NULL;
    tum_time deadline = rows[_i].late ? tum_now() - 1 : TUM_FOREVER;
    struct pollfd many[1] = {{.events = POLLIN}};
    struct tum_error *err = NULL;
    int in, out;

    ck_assert(tum_fd_pipe(&in, &out, &err));
    if (rows[_i].ready)
        ck_assert_int_eq(write(out, "x", 1), 1);
    if (rows[_i].stopped)
        tum_stop_request(stop, TUM_STOP_USER);
    many[0].fd = rows[_i].descriptor ? in : -1;
    ck_assert_int_eq(tum_wait(stop, many[0].fd, POLLIN, deadline), rows[_i].want);
    ck_assert_int_eq(tum_wait_many(stop, many, 1, deadline), rows[_i].want);
    ck_assert_int_eq(many[0].revents != 0, rows[_i].ready);
    tum_stop_unref(stop);
    close(in);
    close(out);
}
END_TEST

START_TEST(hang_up_is_ready)
{
    struct tum_error *err = NULL;
    int in, out;

    ck_assert(tum_fd_pipe(&in, &out, &err));
    close(out);
    ck_assert_int_eq(tum_wait(NULL, in, POLLIN, TUM_FOREVER), TUM_READY);
    close(in);
}
END_TEST

START_TEST(many_descriptors)
{
    struct tum_stop *stop = tum_stop_new(NULL);
    struct pollfd fds[40];
    int out[40];
    struct tum_error *err = NULL;

    for (int i = 0; i < 40; i++) {
        ck_assert(tum_fd_pipe(&fds[i].fd, &out[i], &err));
        fds[i].events = POLLIN;
    }
    ck_assert_int_eq(write(out[33], "x", 1), 1);
    ck_assert_int_eq(tum_wait_many(stop, fds, 40, TUM_FOREVER), TUM_READY);
    for (int i = 0; i < 40; i++)
        ck_assert_int_eq(fds[i].revents != 0, i == 33);
    for (int i = 0; i < 40; i++) {
        close(fds[i].fd);
        close(out[i]);
    }
    tum_stop_unref(stop);
}
END_TEST

START_TEST(deadline_is_not_early)
{
    struct tum_stop *stop = tum_stop_new(NULL);

    for (int i = 0; i < 20; i++) {
        tum_time end = tum_now() + 3 * TUM_MS;

        ck_assert_int_eq(tum_wait(i % 2 ? stop : NULL, -1, 0, end), TUM_LATE);
        ck_assert(tum_now() >= end);
    }
    tum_stop_unref(stop);
}
END_TEST

struct sleeper {
    pthread_t thread;
    struct tum_stop *stop;
    int fd;
    enum tum_waited got;
};

static void *sleeper_main(void *arg)
{
    struct sleeper *s = arg;

    s->got = tum_wait(s->stop, s->fd, POLLIN, TUM_FOREVER);
    return NULL;
}

/* fd -1: nobody may need a descriptor. */
static void stop_many(size_t count, int fd)
{
    struct tum_stop *root = tum_stop_new(NULL);
    struct sleeper *all = tum_new_array(struct sleeper, count);
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 128 << 10);
    for (size_t i = 0; i < count; i++) {
        all[i].stop = tum_stop_new(root);
        all[i].fd = fd;
        ck_assert_int_eq(pthread_create(&all[i].thread, &attr, sleeper_main, &all[i]),
                         0);
    }
    tum_stop_request(root, TUM_STOP_RACE);
    for (size_t i = 0; i < count; i++) {
        pthread_join(all[i].thread, NULL);
        ck_assert_int_eq(all[i].got, TUM_STOPPED);
        tum_stop_unref(all[i].stop);
    }
    pthread_attr_destroy(&attr);
    tum_free(all);
    tum_stop_unref(root);
}

START_TEST(a_thousand_sleepers_need_no_descriptor)
{
    struct rlimit was, none;

    getrlimit(RLIMIT_NOFILE, &was);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = was.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    stop_many(1000, -1);
    setrlimit(RLIMIT_NOFILE, &was);
}
END_TEST

START_TEST(pollers)
{
    struct tum_error *err = NULL;
    int in, out, before;

    ck_assert(tum_fd_pipe(&in, &out, &err));
    before = open_descriptors();
    stop_many(50, in);
    ck_assert_int_eq(open_descriptors(), before);
    close(in);
    close(out);
}
END_TEST

/* No descriptor is left for the token's eventfd: the stop still comes through. */
START_TEST(pollers_without_descriptors)
{
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_error *err = NULL;
    struct rlimit was, few;
    int fill[40];
    size_t filled = 0;
    struct sleeper s = {.stop = stop};
    int out;

    ck_assert(tum_fd_pipe(&s.fd, &out, &err));
    getrlimit(RLIMIT_NOFILE, &was);
    few = (struct rlimit){.rlim_cur = 40, .rlim_max = was.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (filled < TUM_LEN(fill) && (fill[filled] = dup(out)) >= 0)
        filled++;
    ck_assert_int_eq(pthread_create(&s.thread, NULL, sleeper_main, &s), 0);
    tum_wait(NULL, -1, 0, tum_now() + 30 * TUM_MS);
    tum_stop_request(stop, TUM_STOP_USER);
    pthread_join(s.thread, NULL);
    ck_assert_int_eq(s.got, TUM_STOPPED);
    tum_stop_unref(stop);
    for (size_t i = 0; i < filled; i++)
        close(fill[i]);
    close(s.fd);
    close(out);
    setrlimit(RLIMIT_NOFILE, &was);
}
END_TEST

struct stormer {
    pthread_t thread;
    struct tum_stop *root;
};

static void *stormer_main(void *arg)
{
    struct stormer *s = arg;

    for (int i = 0; i < 200; i++) {
        struct tum_stop *outer = tum_stop_new(s->root), *inner = tum_stop_new(outer);

        if (i % 3 == 0)
            tum_stop_request(outer, TUM_STOP_RACE);
        else
            tum_wait(inner, -1, 0, tum_now() + 10 * TUM_US);
        tum_stop_unref(outer);
        tum_stop_unref(inner);
    }
    return NULL;
}

/* Tokens come and go in many threads while the root is stopped. */
START_TEST(storm)
{
    struct tum_stop *root = tum_stop_new(NULL);
    struct stormer all[8];

    for (size_t i = 0; i < TUM_LEN(all); i++) {
        all[i].root = root;
        pthread_create(&all[i].thread, NULL, stormer_main, &all[i]);
    }
    for (int i = 0; i < 50; i++)
        tum_stop_request(root, TUM_STOP_USER);
    for (size_t i = 0; i < TUM_LEN(all); i++)
        pthread_join(all[i].thread, NULL);
    tum_stop_unref(root);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, answers, 0, TUM_LEN(rows));
    tcase_add_test(t, hang_up_is_ready);
    tcase_add_test(t, many_descriptors);
    tcase_add_test(t, deadline_is_not_early);
    tcase_add_test(t, a_thousand_sleepers_need_no_descriptor);
    tcase_add_test(t, pollers);
    tcase_add_test(t, pollers_without_descriptors);
    tcase_add_test(t, storm);
}

UNIT_MAIN("wait", add)
