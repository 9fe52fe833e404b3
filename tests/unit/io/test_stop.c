/* SPDX-License-Identifier: Apache-2.0 */
/* Stop tokens: who hears of a request, which reason counts, who is freed. */
#include "io/stop.h"
#include "unit.h"
#include <poll.h>

/* Tokens 0…5: 0 is the root, the parents of the others are given. */
static const int parents[] = {-1, 0, 0, 1, 1, 3};

static const struct {
    int request;
    const char *set; /* tokens that are set then */
} rows[] = {
    {0, "012345"}, {1, "1345"}, {2, "2"}, {3, "35"}, {4, "4"}, {5, "5"},
};

static void make_tree(struct tum_stop **t)
{
    for (size_t i = 0; i < TUM_LEN(parents); i++)
        t[i] = tum_stop_new(parents[i] < 0 ? NULL : t[parents[i]]);
}

static void drop_tree(struct tum_stop **t)
{
    for (size_t i = 0; i < TUM_LEN(parents); i++)
        tum_stop_unref(t[i]);
}

START_TEST(reaches)
{
    struct tum_stop *t[TUM_LEN(parents)];

    make_tree(t);
    tum_stop_request(t[rows[_i].request], TUM_STOP_RACE);
    for (size_t i = 0; i < TUM_LEN(parents); i++) {
        bool want = strchr(rows[_i].set, (int)('0' + i)) != NULL;

        ck_assert_msg(tum_stop_is_set(t[i]) == want, "token %zu", i);
        ck_assert_int_eq(tum_stop_reason(t[i]), want ? TUM_STOP_RACE : TUM_STOP_NOT);
    }
    drop_tree(t);
}
END_TEST

START_TEST(first_reason_counts)
{
    struct tum_stop *t[TUM_LEN(parents)];

    make_tree(t);
    tum_stop_request(t[3], TUM_STOP_RACE);
    tum_stop_request(t[0], TUM_STOP_USER);
    tum_stop_request(t[0], TUM_STOP_FAULT);
    ck_assert_int_eq(tum_stop_reason(t[0]), TUM_STOP_USER);
    ck_assert_int_eq(tum_stop_reason(t[1]), TUM_STOP_USER);
    ck_assert_int_eq(tum_stop_reason(t[3]), TUM_STOP_RACE);
    ck_assert_int_eq(tum_stop_reason(t[5]), TUM_STOP_RACE);
    drop_tree(t);
}
END_TEST

START_TEST(born_stopped)
{
    struct tum_stop *root = tum_stop_new(NULL), *child;

    tum_stop_request(root, TUM_STOP_USER);
    child = tum_stop_new(root);
    ck_assert_int_eq(tum_stop_reason(child), TUM_STOP_USER);
    tum_stop_unref(child);
    tum_stop_unref(root);
}
END_TEST

START_TEST(no_token_is_never_set)
{
    ck_assert(!tum_stop_is_set(NULL));
    tum_stop_unref(NULL);
}
END_TEST

START_TEST(child_keeps_parent)
{
    struct tum_stop *root = tum_stop_new(NULL), *child = tum_stop_new(root);
    struct tum_stop *again = tum_stop_ref(child);

    tum_stop_unref(root);
    tum_stop_unref(child);
    tum_stop_request(again, TUM_STOP_USER);
    ck_assert(tum_stop_is_set(again));
    tum_stop_unref(again);
}
END_TEST

START_TEST(middle_child_leaves)
{
    struct tum_stop *root = tum_stop_new(NULL);
    struct tum_stop *a = tum_stop_new(root), *b = tum_stop_new(root);
    struct tum_stop *c = tum_stop_new(root);

    tum_stop_unref(b);
    tum_stop_request(root, TUM_STOP_USER);
    ck_assert(tum_stop_is_set(a));
    ck_assert(tum_stop_is_set(c));
    tum_stop_unref(c);
    tum_stop_unref(a);
    tum_stop_unref(root);
}
END_TEST

START_TEST(descriptor)
{
    struct tum_stop *root = tum_stop_new(NULL), *child = tum_stop_new(root);
    struct tum_stop *late = tum_stop_new(root);
    struct pollfd fd = {.fd = tum_stop_fd(child), .events = POLLIN};

    ck_assert_int_eq(tum_stop_fd(child), fd.fd);
    ck_assert_int_eq(poll(&fd, 1, 0), 0);
    tum_stop_request(root, TUM_STOP_USER);
    ck_assert_int_eq(poll(&fd, 1, 0), 1);
    fd.fd = tum_stop_fd(late); /* asked for when it is set already */
    ck_assert_int_eq(poll(&fd, 1, 0), 1);
    tum_stop_unref(late);
    tum_stop_unref(child);
    tum_stop_unref(root);
}
END_TEST

START_TEST(deadline_on_the_token)
{
    struct tum_stop *root = tum_stop_new(NULL), *limited = tum_stop_new(root), *below;

    tum_stop_set_deadline(limited, tum_now() + 20 * TUM_MS);
    below = tum_stop_new(limited);
    ck_assert(!tum_stop_is_set(below));
    ck_assert_int_eq(tum_wait(below, -1, 0, TUM_FOREVER), TUM_STOPPED);
    ck_assert_int_eq(tum_stop_reason(below), TUM_STOP_LIMIT);
    ck_assert_int_eq(tum_stop_reason(limited), TUM_STOP_LIMIT);
    ck_assert(!tum_stop_is_set(root));
    tum_stop_request(root, TUM_STOP_USER); /* came later */
    ck_assert_int_eq(tum_stop_reason(limited), TUM_STOP_LIMIT);
    ck_assert_int_eq(tum_stop_reason(root), TUM_STOP_USER);
    tum_stop_unref(below);
    tum_stop_unref(limited);
    tum_stop_unref(root);
}
END_TEST

START_TEST(nearest_deadline)
{
    struct tum_stop *outer = tum_stop_new(NULL), *inner;

    tum_stop_set_deadline(outer, tum_now() - 1);
    inner = tum_stop_new(outer);
    tum_stop_set_deadline(inner, TUM_FOREVER);
    ck_assert_int_eq(tum_stop_reason(inner), TUM_STOP_LIMIT);
    tum_stop_unref(inner);
    tum_stop_unref(outer);
}
END_TEST

START_TEST(held_deadline_moves)
{
    struct tum_stop *root = tum_stop_new(NULL), *outer, *inner, *waiter;
    tum_time first = tum_now() + TUM_SECOND, look;

    outer = tum_stop_new(root);
    tum_stop_set_deadline(outer, first);
    inner = tum_stop_new(outer);
    tum_stop_set_deadline(inner, first + TUM_SECOND);
    waiter = tum_stop_new(inner);
    ck_assert_int_eq(tum_stop_look(waiter), first);
    ck_assert_int_eq(tum_stop_look(root), TUM_FOREVER);

    tum_stop_hold(waiter);
    tum_stop_hold(outer); /* they overlap */
    ck_assert_int_ge(tum_stop_look(waiter), first);
    ck_assert_int_eq(tum_wait(root, -1, 0, tum_now() + 5 * TUM_MS), TUM_LATE);
    tum_stop_go_on(waiter);
    look = tum_stop_look(inner);
    ck_assert_int_ge(look, first); /* still held by the other */
    tum_stop_go_on(outer);
    ck_assert_int_ge(tum_stop_look(waiter), first + 5 * TUM_MS);
    ck_assert(!tum_stop_is_set(waiter));

    tum_stop_unref(waiter);
    tum_stop_unref(inner);
    tum_stop_unref(outer);
    tum_stop_unref(root);
}
END_TEST

START_TEST(held_deadline_does_not_come)
{
    struct tum_stop *limited = tum_stop_new(NULL), *below;

    tum_stop_set_deadline(limited, tum_now() + 10 * TUM_MS);
    below = tum_stop_new(limited);
    tum_stop_hold(below);
    ck_assert_int_eq(tum_wait(below, -1, 0, tum_now() + 80 * TUM_MS), TUM_LATE);
    ck_assert(!tum_stop_is_set(limited));
    tum_stop_go_on(below);
    ck_assert_int_eq(tum_wait(below, -1, 0, TUM_FOREVER), TUM_STOPPED);
    ck_assert_int_eq(tum_stop_reason(below), TUM_STOP_LIMIT);
    tum_stop_unref(below);
    tum_stop_unref(limited);
}
END_TEST

START_TEST(passed_deadline_is_not_held)
{
    struct tum_stop *limited = tum_stop_new(NULL), *below;

    tum_stop_set_deadline(limited, tum_now() - 1);
    below = tum_stop_new(limited);
    tum_stop_hold(below);
    ck_assert_int_eq(tum_stop_reason(below), TUM_STOP_LIMIT);
    ck_assert_int_eq(tum_stop_reason(limited), TUM_STOP_LIMIT);
    tum_stop_go_on(below);
    ck_assert_int_eq(tum_stop_reason(limited), TUM_STOP_LIMIT);
    tum_stop_unref(below);
    tum_stop_unref(limited);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, reaches, 0, TUM_LEN(rows));
    tcase_add_test(t, first_reason_counts);
    tcase_add_test(t, born_stopped);
    tcase_add_test(t, no_token_is_never_set);
    tcase_add_test(t, child_keeps_parent);
    tcase_add_test(t, middle_child_leaves);
    tcase_add_test(t, descriptor);
    tcase_add_test(t, deadline_on_the_token);
    tcase_add_test(t, nearest_deadline);
    tcase_add_test(t, held_deadline_moves);
    tcase_add_test(t, held_deadline_does_not_come);
    tcase_add_test(t, passed_deadline_is_not_held);
}

UNIT_MAIN("stop", add)
