/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables: setting, replacing, removing, watching.
 */
#include "unit.h"

#include "engine/scope.h"
#include "tum/mem.h"
#include <pthread.h>

static int64_t get_int(struct tum_scope *scope, const char *name)
{
    tum_val v;

    if (!tum_scope_get(scope, tum_str_of(name), &v))
        return -1;
    tum_val_unref(v);
    return v.as.i;
}

START_TEST(sets_replaces_removes)
{
    struct tum_scope *scope = tum_scope_new();

    ck_assert_int_eq(get_int(scope, "a"), -1);
    tum_scope_set(scope, TUM_S("a"), tum_val_int(1));
    tum_scope_set(scope, TUM_S("a"), tum_val_int(2));
    tum_scope_set2(scope, TUM_S("ts_"), TUM_S("a b"), tum_val_int(3));
    ck_assert_int_eq(get_int(scope, "a"), 2);
    ck_assert_int_eq(get_int(scope, "ts_a b"), 3);
    tum_scope_remove(scope, TUM_S("a"));
    ck_assert_int_eq(get_int(scope, "a"), -1);
    tum_scope_set(scope, TUM_S("a"), tum_val_int(4));
    ck_assert_int_eq(get_int(scope, "a"), 4);
    tum_scope_clear(scope);
    ck_assert_int_eq(get_int(scope, "ts_a b"), -1);
    tum_scope_free(scope);
}
END_TEST

START_TEST(many_names_are_found)
{
    struct tum_scope *scope = tum_scope_new();
    tum_val all;

    for (int i = 0; i < 5000; i++) {
        char *name = tum_asprintf("name %d", i);

        tum_scope_set(scope, tum_str_of(name), tum_val_int(i));
        tum_free(name);
    }
    for (int i = 0; i < 5000; i++) {
        char *name = tum_asprintf("name %d", i);

        ck_assert_int_eq(get_int(scope, name), i);
        tum_free(name);
    }
    all = tum_scope_snapshot(scope);
    ck_assert_uint_eq(tum_map_len(all), 5000);
    ck_assert(tum_str_is(tum_val_text(tum_map_entries(all)[4999].key), "name 4999"));
    tum_val_unref(all);
    tum_scope_free(scope);
}
END_TEST

START_TEST(a_watch_is_woken_once_by_any_change)
{
    struct tum_scope *scope = tum_scope_new();
    struct tum_watch watch = {.wake = tum_stop_new(NULL)};
    uint64_t before = tum_scope_changes(scope);

    ck_assert(tum_scope_watch(scope, &watch, before));
    ck_assert(!tum_stop_is_set(watch.wake));
    tum_scope_set(scope, TUM_S("x"), tum_val_none());
    ck_assert_int_eq(tum_stop_reason(watch.wake), TUM_STOP_WAKE);
    tum_scope_unwatch(scope, &watch);
    tum_stop_unref(watch.wake);

    watch.wake = tum_stop_new(NULL);
    ck_assert_msg(!tum_scope_watch(scope, &watch, before),
                  "a change between reading and watching must be noticed");
    tum_stop_unref(watch.wake);
    tum_scope_free(scope);
}
END_TEST

static void *hammer(void *arg)
{
    struct tum_scope *scope = arg;

    for (int i = 0; i < 2000; i++) {
        tum_val v;

        tum_scope_set(scope, TUM_S("shared"), tum_val_strf("text %d", i));
        if (tum_scope_get(scope, TUM_S("shared"), &v))
            tum_val_unref(v);
        if (i % 7 == 0)
            tum_scope_remove(scope, TUM_S("shared"));
    }
    return NULL;
}

START_TEST(threads_share_it)
{
    struct tum_scope *scope = tum_scope_new();
    pthread_t threads[8];

    for (size_t i = 0; i < TUM_LEN(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, scope), 0);
    for (size_t i = 0; i < TUM_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_ge(tum_scope_changes(scope), 8 * 2000);
    tum_scope_free(scope);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, sets_replaces_removes);
    tcase_add_test(t, many_names_are_found);
    tcase_add_test(t, a_watch_is_woken_once_by_any_change);
    tcase_add_test(t, threads_share_it);
}

UNIT_MAIN("scope", add)
