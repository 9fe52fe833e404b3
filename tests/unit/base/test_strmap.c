/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strmap.c: names to pointers in the order they came, also while removing.
 */
#include "base/strmap.h"
#include "unit.h"
#include <stdio.h>

enum { COUNT = 500 };

static int values[COUNT];

static struct tum_str key(int i, char text[16])
{
    snprintf(text, 16, "name%d", i);
    return tum_str_of(text);
}

START_TEST(set_get_remove)
{
    struct tum_strmap *map = tum_strmap_new();
    char text[16];

    ck_assert_ptr_null(tum_strmap_get(map, TUM_S("none")));
    ck_assert_ptr_null(tum_strmap_remove(map, TUM_S("none")));
    for (int i = 0; i < COUNT; i++)
        ck_assert_ptr_null(tum_strmap_set(map, key(i, text), &values[i]));
    for (int i = 0; i < COUNT; i++)
        ck_assert_ptr_eq(tum_strmap_get(map, key(i, text)), &values[i]);
    ck_assert_uint_eq(tum_strmap_count(map), COUNT);
    for (int i = 0; i < COUNT; i += 2)
        ck_assert_ptr_eq(tum_strmap_remove(map, key(i, text)), &values[i]);
    ck_assert_uint_eq(tum_strmap_count(map), COUNT / 2);
    for (int i = 0; i < COUNT; i++)
        ck_assert_int_eq(tum_strmap_has(map, key(i, text)), i % 2);
    ck_assert_ptr_eq(tum_strmap_set(map, key(1, text), &values[7]), &values[1]);
    ck_assert_ptr_eq(tum_strmap_get(map, key(1, text)), &values[7]);
    tum_strmap_free(map);
    tum_strmap_free(NULL);
}
END_TEST

START_TEST(no_value_is_a_value)
{
    struct tum_strmap *map = tum_strmap_new();

    tum_strmap_set(map, TUM_S(""), NULL);
    tum_strmap_set(map, tum_str_n("a\0b", 3), &values[1]);
    ck_assert(tum_strmap_has(map, TUM_S("")));
    ck_assert_ptr_null(tum_strmap_get(map, TUM_S("")));
    ck_assert(!tum_strmap_has(map, TUM_S("a")));
    ck_assert_ptr_eq(tum_strmap_get(map, tum_str_n("a\0b", 3)), &values[1]);
    tum_strmap_free(map);
}
END_TEST

/* Each third is removed when met; the rest is met once, in order. */
START_TEST(walk_and_remove)
{
    struct tum_strmap *map = tum_strmap_new();
    struct tum_str name;
    size_t cursor = 0;
    char text[16];
    void *value;
    int next = 0;

    for (int i = 0; i < COUNT; i++)
        tum_strmap_set(map, key(i, text), &values[i]);
    while (tum_strmap_next(map, &cursor, &name, &value)) {
        ck_assert_ptr_eq(value, &values[next]);
        ck_assert(tum_str_eq(name, key(next, text)));
        if (next++ % 3 == 0)
            tum_strmap_remove(map, key(next - 1, text));
    }
    ck_assert_int_eq(next, COUNT);
    tum_strmap_set(map, key(0, text), &values[0]); /* comes last now */
    cursor = 0;
    next = 1;
    while (tum_strmap_next(map, &cursor, &name, &value)) {
        ck_assert_ptr_eq(value, &values[next == COUNT ? 0 : next]);
        next += next % 3 == 1 || next + 1 == COUNT ? 1 : 2;
    }
    tum_strmap_free(map);
}
END_TEST

/* A table that is refilled for ever must not grow for ever, nor fill up with holes. */
START_TEST(churn)
{
    struct tum_strmap *map = tum_strmap_new();
    char text[16];

    for (int i = 0; i < 20000; i++) {
        tum_strmap_set(map, key(i, text), &values[i % COUNT]);
        if (i >= 3)
            ck_assert_ptr_eq(tum_strmap_remove(map, key(i - 3, text)),
                             &values[(i - 3) % COUNT]);
    }
    ck_assert_uint_eq(tum_strmap_count(map), 3);
    ck_assert(tum_strmap_has(map, key(19999, text)));
    ck_assert(!tum_strmap_has(map, key(19996, text)));
    tum_strmap_free(map);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, set_get_remove);
    tcase_add_test(t, no_value_is_a_value);
    tcase_add_test(t, walk_and_remove);
    tcase_add_test(t, churn);
}

UNIT_MAIN("strmap", add)
