/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists, tuples, sets and their builder.
 */
#include "values.h"

START_TEST(build)
{
    /* Sizes around the growth of the builder, with a right and a wrong guess. */
    size_t n = (size_t)_i;

    for (size_t cap = 0; cap <= 2 * n + 1; cap += n + 1) {
        struct tum_list_builder *b = tum_list_begin(cap);

        for (size_t i = 0; i < n; i++) {
            ck_assert_uint_eq(tum_list_built(b), i);
            ck_assert(tum_list_add(b, tum_val_strf("item %zu", i)));
        }

        VALUE list = tum_list_end(b);

        ck_assert_int_eq(list.kind, TUM_LIST);
        ck_assert_uint_eq(tum_list_len(list), n);
        ck_assert_int_eq(tum_list_items(list) == NULL, n == 0);
        for (size_t i = 0; i < n; i++) {
            VALUE item = tum_list_get(list, i);
            VALUE expected = tum_val_strf("item %zu", i);

            ck_assert(tum_val_eq(item, expected));
        }
    }
}
END_TEST

START_TEST(drop)
{
    struct tum_list_builder *b = tum_seq_begin(TUM_TUPLE, 1);

    ck_assert(tum_list_add(b, tum_val_str("released")));
    tum_list_drop(b);
    tum_list_drop(NULL);
}
END_TEST

START_TEST(each)
{
    VALUE list = value_json("[1, 2, 3]");
    VALUE empty = value_json("[]");
    int64_t sum = 0;

    tum_list_each (e, list) {
        sum += e->as.i;
    }
    tum_list_each (e, empty) {
        sum += 1000;
    }
    tum_list_each (e, tum_val_int(5)) {
        sum += 1000;
    }
    ck_assert_int_eq(sum, 6);
    ck_assert_uint_eq(tum_list_len(tum_val_none()), 0);
    ck_assert_ptr_null(tum_list_items(tum_val_none()));
}
END_TEST

/* As deep as allowed, and one more. Scalars have depth 0, an empty list 1. */
START_TEST(depth)
{
    VALUE v = tum_val_int(1);

    for (int i = 1; i <= TUM_VAL_DEPTH; i++) {
        struct tum_list_builder *b = tum_seq_begin(i % 2 ? TUM_LIST : TUM_TUPLE, 1);

        ck_assert(tum_list_add(b, tum_val_ref(v)));
        tum_val_release(&v);
        v = tum_list_end(b);
        ck_assert_int_eq(v.depth, i);
    }

    struct tum_list_builder *b = tum_list_begin(1);

    ck_assert(!tum_list_add(b, tum_val_ref(v)));
    ck_assert_uint_eq(tum_list_built(b), 0);
    tum_list_drop(b);

    struct tum_map_builder *m = tum_map_begin(1);

    ck_assert(!tum_map_adds(m, "a", tum_val_ref(v)));
    ck_assert(!tum_map_add(m, tum_val_int(1), tum_val_ref(v)));
    ck_assert(!tum_map_add(m, tum_val_ref(v), tum_val_int(1)));
    ck_assert_uint_eq(tum_map_built(m), 0);
    tum_map_drop(m);
}
END_TEST

START_TEST(set_once)
{
    VALUE set =
        value_seq(TUM_SET, "[3, 1, 3.0, true, \"a\", 1, \"a\", null, 0, false]");

    value_is(set, "{3, 1, 'a', None, 0}");
    ck_assert(tum_set_has(set, tum_val_float(3)));
    ck_assert(tum_set_has(set, tum_val_bool(false)));
    ck_assert(tum_set_has(set, tum_val_none()));
    ck_assert(!tum_set_has(set, tum_val_int(2)));
    ck_assert(!tum_set_has(tum_val_none(), tum_val_int(2)));
}
END_TEST

START_TEST(set_of_many)
{
    struct tum_list_builder *b = tum_seq_begin(TUM_SET, 0);
    size_t n = (size_t)_i;

    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < n; i++)
            ck_assert(tum_list_add(b, tum_val_strf("%zu", i)));

    VALUE v = tum_list_end(b);

    ck_assert_uint_eq(tum_list_len(v), n);
    for (size_t i = 0; i < n + 10; i++) {
        VALUE key = tum_val_strf("%zu", i);

        ck_assert_int_eq(tum_set_has(v, key), i < n);
    }
}
END_TEST

START_TEST(set_refuses)
{
    struct tum_list_builder *b = tum_seq_begin(TUM_SET, 0);
    VALUE list = value_json("[1]");
    VALUE tuple = tum_val_none();
    struct tum_list_builder *inner = tum_seq_begin(TUM_TUPLE, 1);

    ck_assert(tum_list_add(inner, tum_val_ref(list)));
    tuple = tum_list_end(inner);
    ck_assert(!tum_list_add(b, tum_val_ref(list)));
    ck_assert(!tum_list_add(b, tum_val_ref(tuple)));
    ck_assert(!tum_list_add(b, value_json("{}")));
    ck_assert(!tum_list_add(b, value_seq(TUM_SET, "[]")));
    ck_assert(tum_list_add(b, value_seq(TUM_TUPLE, "[1, 2]")));
    ck_assert(tum_list_add(b, value_seq(TUM_TUPLE, "[1, 2.0]")));
    ck_assert_uint_eq(tum_list_built(b), 1);

    VALUE set = tum_list_end(b);

    ck_assert(!tum_set_has(set, list));
    value_is(set, "{(1, 2)}");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, build, 0, 40);
    tcase_add_test(t, drop);
    tcase_add_test(t, each);
    tcase_add_test(t, depth);
    tcase_add_test(t, set_once);
    tcase_add_loop_test(t, set_of_many, 0, 70);
    tcase_add_test(t, set_refuses);
}

UNIT_MAIN("vlist", add)
