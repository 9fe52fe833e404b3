/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Equality, order and hash, which must agree. Expectations are Python's answers.
 */
#include "values.h"
#include <math.h>

/* ---- pairs written as JSON ---- */

#define NONE 9 /* no order: TypeError in Python */

struct pair_row {
    const char *a, *b;
    bool eq, same;
    int cmp; /* -1, 0, 1, TUM_UNORDERED or NONE */
};

static const struct pair_row pair_rows[] = {
    {"null", "null", true, true, NONE},
    {"null", "false", false, false, NONE},
    {"null", "0", false, false, NONE},
    {"true", "1", true, false, 0},
    {"true", "1.0", true, false, 0},
    {"true", "true", true, true, 0},
    {"false", "-0.0", true, false, 0},
    {"false", "true", false, false, -1},
    {"1", "1.0", true, false, 0},
    {"0.0", "-0.0", true, true, 0},
    {"1", "2", false, false, -1},
    {"1", "\"1\"", false, false, NONE},
    {"1.5", "1", false, false, 1},
    {"9007199254740993", "9007199254740992.0", false, false, 1},
    {"9223372036854775808", "9223372036854775808", true, true, 0},
    {"9223372036854775808", "9223372036854775808.0", true, false, 0},
    {"9223372036854775807", "9223372036854775808", false, false, -1},
    {"-9223372036854775809", "-9223372036854775808", false, false, -1},
    {"1e400", "100000000000000000000000000000", false, false, 1},
    {"NaN", "NaN", false, false, TUM_UNORDERED},
    {"NaN", "1", false, false, TUM_UNORDERED},
    {"\"\"", "\"\"", true, true, 0},
    {"\"a\"", "\"b\"", false, false, -1},
    {"\"a\"", "\"ab\"", false, false, -1},
    {"\"ab\"", "\"b\"", false, false, -1},
    {"\"Z\"", "\"a\"", false, false, -1},
    {"\"\\u00e9\"", "\"z\"", false, false, 1},
    {"\"\\uffff\"", "\"\\ud83d\\ude00\"", false, false, -1},
    {"\"a\\u0000b\"", "\"a\"", false, false, 1},
    {"\"a\\u0000b\"", "\"a\\u0000c\"", false, false, -1},
    {"[]", "[]", true, true, 0},
    {"[]", "[0]", false, false, -1},
    {"[1, 2]", "[1, 2]", true, true, 0},
    {"[1, 2]", "[1, 2.0]", true, false, 0},
    {"[1, 2]", "[1, 3]", false, false, -1},
    {"[1, 2, 0]", "[1, 3]", false, false, -1},
    {"[2]", "[1, 3]", false, false, 1},
    {"[1, \"a\"]", "[1, 2]", false, false, NONE},
    {"[0, \"a\"]", "[1, 2]", false, false, -1},
    {"[null]", "[null]", true, true, 0},
    {"[null]", "[null, 1]", false, false, -1},
    {"[null]", "[1]", false, false, NONE},
    {"[NaN]", "[NaN]", true, true, 0},
    {"[NaN, 1]", "[NaN, 2]", false, false, -1},
    {"[NaN]", "[1]", false, false, TUM_UNORDERED},
    {"[[1], [2]]", "[[1], [3]]", false, false, -1},
    {"[{}]", "[{}]", true, true, 0},
    {"{}", "{}", true, true, NONE},
    {"{\"a\": 1, \"b\": 2}", "{\"b\": 2, \"a\": 1}", true, true, NONE},
    {"{\"a\": 1}", "{\"a\": true}", true, false, NONE},
    {"{\"a\": 1}", "{\"a\": 2}", false, false, NONE},
    {"{\"a\": 1}", "{\"b\": 1}", false, false, NONE},
    {"{\"a\": 1}", "{\"a\": 1, \"b\": 1}", false, false, NONE},
    {"{\"a\": NaN}", "{\"a\": NaN}", true, true, NONE},
    {"{\"a\": 1}", "[1]", false, false, NONE},
};

static void check_pair(tum_val a, tum_val b, const struct pair_row *row)
{
    uint64_t hash_a, hash_b;
    int order = NONE;
    int back = NONE;

    ck_assert_int_eq(tum_val_eq(a, b), row->eq);
    ck_assert_int_eq(tum_val_eq(b, a), row->eq);
    ck_assert_int_eq(tum_val_same(a, b), row->same);
    ck_assert_int_eq(tum_val_same(b, a), row->same);
    ck_assert_int_eq(tum_val_cmp(a, b, &order), row->cmp != NONE);
    ck_assert_int_eq(tum_val_cmp(b, a, &back), row->cmp != NONE);
    ck_assert_int_eq(order, row->cmp);
    ck_assert_int_eq(back, row->cmp >= -1 && row->cmp <= 1 ? -row->cmp : row->cmp);
    if (row->eq && tum_val_hash(a, &hash_a)) {
        ck_assert(tum_val_hash(b, &hash_b));
        ck_assert_uint_eq(hash_a, hash_b);
    }
}

START_TEST(pairs)
{
    VALUE a = value_json(pair_rows[_i].a);
    VALUE b = value_json(pair_rows[_i].b);

    check_pair(a, b, &pair_rows[_i]);
}
END_TEST

/* ---- kinds that JSON has not ---- */

struct seq_row {
    enum tum_kind kind_a;
    const char *a;
    enum tum_kind kind_b;
    const char *b;
    bool eq;
    int cmp;
};

static const struct seq_row seq_rows[] = {
    {TUM_TUPLE, "[1, 2]", TUM_TUPLE, "[1, 2]", true, 0},
    {TUM_TUPLE, "[1, 2]", TUM_LIST, "[1, 2]", false, NONE},
    {TUM_TUPLE, "[1, 2]", TUM_TUPLE, "[1, 3]", false, -1},
    {TUM_TUPLE, "[]", TUM_TUPLE, "[1]", false, -1},
    {TUM_SET, "[1, 2]", TUM_SET, "[2, 1]", true, NONE},
    {TUM_SET, "[1, 2]", TUM_SET, "[1, 3]", false, NONE},
    {TUM_SET, "[1]", TUM_SET, "[1, 3]", false, NONE},
    {TUM_SET, "[]", TUM_SET, "[]", true, NONE},
    {TUM_SET, "[1]", TUM_LIST, "[1]", false, NONE},
    {TUM_SET, "[0,1,2,3,4,5,6,7,8,9,10,11]", TUM_SET, "[11,10,9,8,7,6,5,4,3,2,1,0]",
     true, NONE},
};

START_TEST(seqs)
{
    const struct seq_row *row = &seq_rows[_i];
    VALUE a = value_seq(row->kind_a, row->a);
    VALUE b = value_seq(row->kind_b, row->b);
    struct pair_row pair = {.eq = row->eq, .same = row->eq, .cmp = row->cmp};

    check_pair(a, b, &pair);
}
END_TEST

START_TEST(same_in_sets)
{
    VALUE ints = value_seq(TUM_SET, "[1, 2]");
    VALUE floats = value_seq(TUM_SET, "[2.0, 1.0]");

    ck_assert(tum_val_eq(ints, floats));
    ck_assert(!tum_val_same(ints, floats));
}
END_TEST

START_TEST(bytes)
{
    VALUE a = tum_val_bytes("a\xFF", 2);
    VALUE b = tum_val_bytes("a\xFF", 2);
    VALUE c = tum_val_bytes("a", 1);
    VALUE s = tum_val_str("a");

    check_pair(a, b, &(struct pair_row){.eq = true, .same = true, .cmp = 0});
    check_pair(a, c, &(struct pair_row){.cmp = 1});
    check_pair(c, s, &(struct pair_row){.cmp = NONE});
}
END_TEST

/* ---- dates ---- */

START_TEST(dates)
{
    static const struct tum_date day = {.year = 2024, .month = 1, .day = 2};
    static const struct tum_date next = {.year = 2024, .month = 1, .day = 3};
    static const struct tum_date midnight = {
        .year = 2024, .month = 1, .day = 2, .has_time = true};
    static const struct tum_date noon_utc = {.year = 2024,
                                             .month = 1,
                                             .day = 2,
                                             .has_time = true,
                                             .hour = 12,
                                             .has_zone = true};
    static const struct tum_date noon_east = {.year = 2024,
                                              .month = 1,
                                              .day = 2,
                                              .has_time = true,
                                              .hour = 14,
                                              .minute = 30,
                                              .has_zone = true,
                                              .zone = 150};
    static const struct tum_date later_west = {.year = 2024,
                                               .month = 1,
                                               .day = 2,
                                               .has_time = true,
                                               .hour = 8,
                                               .has_zone = true,
                                               .zone = -300};
    static const struct {
        const struct tum_date *a, *b;
        struct pair_row expected;
    } rows[] = {
        {&day, &day, {.eq = true, .same = true, .cmp = 0}},
        {&day, &next, {.cmp = -1}},
        {&day, &midnight, {.cmp = NONE}},
        {&midnight, &noon_utc, {.cmp = NONE}},
        {&noon_utc, &noon_east, {.eq = true, .same = true, .cmp = 0}},
        {&noon_utc, &later_west, {.cmp = -1}},
    };

    for (size_t i = 0; i < TUM_LEN(rows); i++) {
        tum_val a, b;

        ck_assert(tum_val_date(rows[i].a, &a));
        ck_assert(tum_val_date(rows[i].b, &b));
        check_pair(a, b, &rows[i].expected);
    }
}
END_TEST

/* ---- identity and hash ---- */

START_TEST(identity)
{
    VALUE list = value_json("[NaN]");
    tum_val nan = tum_val_float(NAN);

    ck_assert(tum_val_eq(list, list));
    ck_assert(!tum_val_eq(nan, nan));
}
END_TEST

START_TEST(hashes)
{
    static const char *const keys[] = {
        "null",   "true",   "0",     "1.5",    "-1",  "\"\"",    "\"a\"",  "\"b\"",
        "\"ab\"", "\"ba\"", "1e300", "10e300", "NaN", "1234567", "-1e-300"};
    uint64_t seen[TUM_LEN(keys)];

    for (size_t i = 0; i < TUM_LEN(keys); i++) {
        VALUE v = value_json(keys[i]);

        ck_assert(tum_val_hash(v, &seen[i]));
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(seen[k] != seen[i], "%s %s", keys[k], keys[i]);
    }
}
END_TEST

/* Texts of all lengths around the word size of the hash, each with one byte changed. */
START_TEST(text_hashes)
{
    char text[40];
    uint64_t hash, other;
    size_t n = (size_t)_i;

    memset(text, 'x', sizeof(text));

    VALUE v = tum_val_strn(text, n);

    ck_assert(tum_val_hash(v, &hash));
    for (size_t i = 0; i < n; i++) {
        text[i] = 'y';

        VALUE w = tum_val_strn(text, n);

        ck_assert(tum_val_hash(w, &other));
        ck_assert_uint_ne(hash, other);
        ck_assert(!tum_val_eq(v, w));
        text[i] = 'x';
    }
}
END_TEST

START_TEST(unhashable)
{
    VALUE list = value_json("[]");
    VALUE map = value_json("{}");
    VALUE set = value_seq(TUM_SET, "[]");
    VALUE tuple = value_seq(TUM_TUPLE, "[[]]");
    VALUE hashable = value_seq(TUM_TUPLE, "[1, \"a\", null]");
    VALUE equal = value_seq(TUM_TUPLE, "[1.0, \"a\", null]");
    uint64_t hash, other;

    ck_assert(!tum_val_hash(list, &hash));
    ck_assert(!tum_val_hash(map, &hash));
    ck_assert(!tum_val_hash(set, &hash));
    ck_assert(!tum_val_hash(tuple, &hash));
    ck_assert(tum_val_hash(hashable, &hash));
    ck_assert(tum_val_hash(equal, &other));
    ck_assert_uint_eq(hash, other);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, pairs, 0, TUM_LEN(pair_rows));
    tcase_add_loop_test(t, seqs, 0, TUM_LEN(seq_rows));
    tcase_add_test(t, same_in_sets);
    tcase_add_test(t, bytes);
    tcase_add_test(t, dates);
    tcase_add_test(t, identity);
    tcase_add_test(t, hashes);
    tcase_add_loop_test(t, text_hashes, 1, 40);
    tcase_add_test(t, unhashable);
}

UNIT_MAIN("vcmp", add)
