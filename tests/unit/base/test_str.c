/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.c: finding, splitting, whole numbers and the nearest word.
 */
#include "tum/str.h"
#include "unit.h"
#include <math.h>

static const struct {
    const char *a, *b;
    int order;
    bool nocase;
} pairs[] = {
    {"", "", 0, true},        {"a", "", 1, false},       {"", "a", -1, false},
    {"abc", "abc", 0, true},  {"abc", "abd", -1, false}, {"abc", "ab", 1, false},
    {"ABC", "abc", -1, true}, {"aBc", "AbC", 1, true},   {"a\x80", "a\x7f", 1, false},
    {"[", "{", -1, false},    {"@", "`", -1, false},
};

START_TEST(comparing)
{
    struct tum_str a = tum_str_of(pairs[_i].a), b = tum_str_of(pairs[_i].b);

    ck_assert_int_eq(tum_str_cmp(a, b), pairs[_i].order);
    ck_assert_int_eq(tum_str_cmp(b, a), -pairs[_i].order);
    ck_assert_int_eq(tum_str_eq(a, b), pairs[_i].order == 0);
    ck_assert_int_eq(tum_str_is_nocase(a, pairs[_i].b), pairs[_i].nocase);
    ck_assert_int_eq(tum_str_hash(a) == tum_str_hash(b), pairs[_i].order == 0);
}
END_TEST

START_TEST(hash_is_fnv)
{
    ck_assert(tum_str_hash(TUM_S("")) == UINT64_C(0xcbf29ce484222325));
    ck_assert(tum_str_hash(TUM_S("a")) == UINT64_C(0xaf63dc4c8601ec8c));
    ck_assert(tum_str_hash(TUM_S("foobar")) == UINT64_C(0x85944171f73967e8));
}
END_TEST

static const struct {
    const char *text, *what;
    size_t from, at;
    bool starts, ends;
} finds[] = {
    {"bench", "ben", 0, 0, true, false},
    {"bench", "ch", 0, 3, false, true},
    {"bench", "bench", 0, 0, true, true},
    {"bench", "benches", 0, TUM_STR_NONE, false, false},
    {"bench", "", 0, 0, true, true},
    {"bench", "", 5, 5, true, true},
    {"bench", "", 6, TUM_STR_NONE, true, true},
    {"aXaXa", "a", 1, 2, true, true},
    {"aXaXa", "Xa", 2, 3, false, true},
    {"aXaXa", "a", 5, TUM_STR_NONE, true, true},
    {"$$(a)", "$(", 0, 1, false, false},
    {"$(a)$(", "$(", 1, 4, true, true},
    {"$(a)$", "$(", 1, TUM_STR_NONE, true, false},
    {"$", "$(", 0, TUM_STR_NONE, false, false},
    {"<||>", "|>", 0, 2, false, true},
    {"", "a", 0, TUM_STR_NONE, false, false},
    {"", "", 0, 0, true, true},
};

START_TEST(finding)
{
    struct tum_str text = tum_str_of(finds[_i].text);
    struct tum_str what = tum_str_of(finds[_i].what);

    ck_assert_uint_eq(tum_str_find(text, what, finds[_i].from), finds[_i].at);
    if (what.n == 1)
        ck_assert_uint_eq(tum_str_find_char(text, what.s[0], finds[_i].from),
                          finds[_i].at);
    ck_assert_int_eq(tum_str_starts(text, finds[_i].what), finds[_i].starts);
    ck_assert_int_eq(tum_str_ends(text, finds[_i].what), finds[_i].ends);
}
END_TEST

START_TEST(cutting)
{
    struct tum_str text = TUM_S("voltage");

    ck_assert(tum_str_is(tum_str_sub(text, 0, 4), "volt"));
    ck_assert(tum_str_is(tum_str_sub(text, 4, 100), "age"));
    ck_assert(tum_str_is(tum_str_sub(text, 5, 2), ""));
    ck_assert(tum_str_is(tum_str_sub(text, 9, 12), ""));
    ck_assert_uint_eq(tum_str_sub((struct tum_str){NULL, 0}, 0, 5).n, 0);
    ck_assert(tum_str_is(tum_str_trim(TUM_S(" \t\n\v\f\r a b \r\n")), "a b"));
    ck_assert(tum_str_is(tum_str_trim(TUM_S(" \t ")), ""));
    ck_assert(tum_str_is(tum_str_trim(TUM_S("\xC2\xA0x")), "\xC2\xA0x"));
}
END_TEST

static const struct {
    const char *text;
    const char *pieces[5]; /* NULL-terminated */
} splits[] = {
    {"", {""}},
    {"a", {"a"}},
    {",", {"", ""}},
    {"a,b", {"a", "b"}},
    {",a,,b", {"", "a", "", "b"}},
    {"a,", {"a", ""}},
};

START_TEST(splitting)
{
    struct tum_str rest = tum_str_of(splits[_i].text), piece;
    bool more = true;
    size_t n = 0;

    while (tum_str_split(&rest, &more, ',', &piece)) {
        ck_assert_ptr_nonnull(splits[_i].pieces[n]);
        ck_assert(tum_str_is(piece, splits[_i].pieces[n]));
        n++;
    }
    ck_assert_ptr_null(splits[_i].pieces[n]);
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    int64_t number;
} ints[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"+7", true, 7},
    {"007", true, 7},
    {"-12", true, -12},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775808", true, INT64_MIN},
    {"-9223372036854775809", false, 0},
    {"99999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"+-1", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"1.0", false, 0},
    {"1_0", false, 0},
    {"0x1", false, 0},
};

START_TEST(integers)
{
    int64_t number = 99;

    ck_assert_int_eq(tum_str_int(tum_str_of(ints[_i].text), &number), ints[_i].ok);
    ck_assert_int_eq(number, ints[_i].ok ? ints[_i].number : 99);
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    double number;
} floats[] = {
    {"0", true, 0.0},
    {"1.5", true, 1.5},
    {"-1.5e3", true, -1500.0},
    {"+.5", true, 0.5},
    {"5.", true, 5.0},
    {"1E-2", true, 0.01},
    {"1e400", true, HUGE_VAL},
    {"0.1000000000000000055511151231257827021181583404541015625000000000000000000000",
     true, 0.1},
    {"", false, 0},
    {".", false, 0},
    {"e5", false, 0},
    {"1e", false, 0},
    {"1e+", false, 0},
    {"inf", false, 0},
    {"nan", false, 0},
    {"0x10", false, 0},
    {"1,5", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"--1", false, 0},
};

START_TEST(floats_read)
{
    double number = 99;

    ck_assert_int_eq(tum_str_float(tum_str_of(floats[_i].text), &number),
                     floats[_i].ok);
    ck_assert(number == (floats[_i].ok ? floats[_i].number : 99));
}
END_TEST

static const char *const words[] = {"duration",    "timeout",  "name",    "no_report",
                                    "console",     "x",        "expect",  "baud_rate",
                                    "serial_port", "tcp_port", "no_fail", NULL};

static const struct {
    const char *word, *nearest;
} nears[] = {
    {"duraton", "duration"},
    {"duratino", "duration"}, /* neighbours swapped */
    {"nmae", "name"},
    {"nam", "name"},
    {"name", "name"},
    {"noreport", "no_report"},
    {"tmeot", "timeout"},
    {"Timeout", "timeout"},
    {"rate", "baud_rate"},
    {"port", NULL}, /* of two words */
    {"fail", "no_fail"},
    {"ail", NULL}, /* too short a part */
    {"zzzz", NULL},
    {"eman", NULL},
    {"y", NULL}, /* one edit, but nothing in common */
    {"xy", "x"},
    {"", NULL},
    {"durationdurationdurationdurationdurationdurationdurationdurationd", NULL},
};

START_TEST(nearest)
{
    const char *found = tum_str_nearest(tum_str_of(nears[_i].word), words);

    if (nears[_i].nearest == NULL)
        ck_assert_msg(found == NULL, "'%s' is not near '%s'", nears[_i].word, found);
    else
        ck_assert_pstr_eq(found, nears[_i].nearest);
}
END_TEST

START_TEST(nearest_of_long_words)
{
    char word[66], other[66];
    const char *list[] = {other, NULL};

    for (size_t n = 1; n <= 65; n++) {
        memset(word, 'a', n);
        word[n] = '\0';
        memcpy(other, word, n + 1);
        other[n - 1] = 'b';
        ck_assert_int_eq(tum_str_nearest(tum_str_n(word, n), list) != NULL,
                         n > 1 && n <= 64);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, comparing, 0, TUM_LEN(pairs));
    tcase_add_test(t, hash_is_fnv);
    tcase_add_loop_test(t, finding, 0, TUM_LEN(finds));
    tcase_add_test(t, cutting);
    tcase_add_loop_test(t, splitting, 0, TUM_LEN(splits));
    tcase_add_loop_test(t, integers, 0, TUM_LEN(ints));
    tcase_add_loop_test(t, floats_read, 0, TUM_LEN(floats));
    tcase_add_loop_test(t, nearest, 0, TUM_LEN(nears));
    tcase_add_test(t, nearest_of_long_words);
}

UNIT_MAIN("str", add)
