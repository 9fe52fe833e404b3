/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps and their builder: order, equal keys, sizes on both sides of the index.
 */
#include "values.h"

START_TEST(build)
{
    size_t n = (size_t)_i;

    for (size_t cap = 0; cap <= 2 * n + 1; cap += n + 1) {
        struct tum_map_builder *b = tum_map_begin(cap);
        tum_val found;

        for (size_t i = 0; i < n; i++) {
            VALUE key = tum_val_strf("key %zu", i);

            ck_assert(!tum_map_built_get(b, key, &found));
            ck_assert(tum_map_add(b, tum_val_ref(key), tum_val_int((int64_t)i)));
            ck_assert(tum_map_built_get(b, key, &found));
            ck_assert_int_eq(found.as.i, (int64_t)i);
            ck_assert_uint_eq(tum_map_built(b), i + 1);
        }

        VALUE map = tum_map_end(b);
        const struct tum_map_entry *e = tum_map_entries(map);

        ck_assert_uint_eq(tum_map_len(map), n);
        for (size_t i = 0; i < n; i++, e++) {
            VALUE key = tum_val_strf("key %zu", i);

            ck_assert(tum_val_eq(e->key, key));
            ck_assert_int_eq(e->value.as.i, (int64_t)i);
            ck_assert(tum_map_peek(map, key, &found));
            ck_assert_int_eq(found.as.i, (int64_t)i);
            ck_assert(tum_map_peeks(map, tum_val_text(key).s, &found));
            ck_assert_int_eq(found.as.i, (int64_t)i);
        }
        ck_assert(!tum_map_peeks(map, "key", &found));
        ck_assert(!tum_map_peek(map, tum_val_int(3), &found));
    }
}
END_TEST

/* 1, 1.0 and True are one key: its first form stays, the last value wins. */
START_TEST(equal_keys)
{
    struct tum_map_builder *b = tum_map_begin(0);

    ck_assert(tum_map_add(b, tum_val_int(1), tum_val_str("a")));
    ck_assert(tum_map_add(b, tum_val_str("1"), tum_val_str("text")));
    ck_assert(tum_map_add(b, tum_val_float(1), tum_val_str("b")));
    ck_assert(tum_map_add(b, tum_val_bool(true), tum_val_str("c")));
    ck_assert(tum_map_adds(b, "1", tum_val_str("d")));

    VALUE map = tum_map_end(b);

    value_is(map, "{1: 'c', '1': 'd'}");
}
END_TEST

/* The same with an index: the key found among many must be the first form too. */
START_TEST(equal_keys_of_many)
{
    struct tum_map_builder *b = tum_map_begin(0);
    tum_val found;

    for (int i = 0; i < 100; i++)
        ck_assert(tum_map_add(b, tum_val_int(i), tum_val_int(0)));
    for (int i = 0; i < 100; i++)
        ck_assert(tum_map_add(b, tum_val_float(i), tum_val_int(i)));
    ck_assert(tum_map_adds(b, "x", tum_val_int(1)));
    ck_assert(tum_map_adds(b, "x", tum_val_int(2)));

    VALUE map = tum_map_end(b);

    ck_assert_uint_eq(tum_map_len(map), 101);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(tum_map_entries(map)[i].key.kind, TUM_INT);
        ck_assert(tum_map_peek(map, tum_val_float(i), &found));
        ck_assert_int_eq(found.as.i, i);
    }
    ck_assert(tum_map_peeks(map, "x", &found));
    ck_assert_int_eq(found.as.i, 2);
    ck_assert(tum_map_peek(map, tum_val_bool(true), &found));
    ck_assert_int_eq(found.as.i, 1);
}
END_TEST

START_TEST(refuses)
{
    struct tum_map_builder *b = tum_map_begin(0);
    VALUE list = value_json("[]");
    tum_val found;

    ck_assert(!tum_map_add(b, tum_val_ref(list), tum_val_str("released")));
    ck_assert(!tum_map_add(b, value_json("{}"), tum_val_none()));
    ck_assert(!tum_map_built_get(b, list, &found));
    ck_assert(tum_map_add(b, value_seq(TUM_TUPLE, "[1]"), tum_val_int(5)));
    ck_assert(tum_map_add(b, tum_val_none(), tum_val_int(6)));

    VALUE map = tum_map_end(b);
    VALUE tuple = value_seq(TUM_TUPLE, "[true]");

    value_is(map, "{(1,): 5, None: 6}");
    ck_assert(tum_map_peek(map, tuple, &found));
    ck_assert_int_eq(found.as.i, 5);
    ck_assert(!tum_map_peek(map, list, &found));
    ck_assert(!tum_map_peek(list, tum_val_int(1), &found));
    ck_assert(!tum_map_peeks(list, "a", &found));
    ck_assert_int_eq(map.depth, 2);
}
END_TEST

START_TEST(merge)
{
    VALUE first = value_json("{\"a\": 1, \"b\": 2}");
    VALUE second = value_json("{\"b\": 3, \"c\": 4}");
    struct tum_map_builder *b = tum_map_begin(0);

    ck_assert(tum_map_merge(b, first));
    ck_assert(tum_map_merge(b, second));
    ck_assert(tum_map_merge(b, tum_val_none()));

    VALUE map = tum_map_end(b);

    value_is(map, "{'a': 1, 'b': 3, 'c': 4}");
    value_is(first, "{'a': 1, 'b': 2}");
}
END_TEST

START_TEST(each)
{
    VALUE map = value_json("{\"a\": 1, \"b\": 2}");
    VALUE empty = value_json("{}");
    int64_t sum = 0;

    tum_map_each (e, map) {
        sum += e->value.as.i;
    }
    tum_map_each (e, empty) {
        sum += 1000;
    }
    tum_map_each (e, tum_val_int(1)) {
        sum += 1000;
    }
    ck_assert_int_eq(sum, 3);
    ck_assert_ptr_null(tum_map_entries(empty));
}
END_TEST

START_TEST(drop)
{
    struct tum_map_builder *b = tum_map_begin(0);

    for (int i = 0; i < 20; i++)
        ck_assert(tum_map_add(b, tum_val_strf("%d", i), tum_val_strf("%d", i)));
    tum_map_drop(b);
    tum_map_drop(NULL);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, build, 0, 70);
    tcase_add_test(t, equal_keys);
    tcase_add_test(t, equal_keys_of_many);
    tcase_add_test(t, refuses);
    tcase_add_test(t, merge);
    tcase_add_test(t, each);
    tcase_add_test(t, drop);
}

UNIT_MAIN("vmap", add)
