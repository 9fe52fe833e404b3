/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scalars, texts, dates, truth, names of kinds, counting.
 */
#include "values.h"
#include <pthread.h>

START_TEST(scalars)
{
    int64_t i;
    double f;

    ck_assert(tum_val_to_int64(tum_val_bool(true), &i));
    ck_assert_int_eq(i, 1);
    ck_assert(tum_val_to_int64(tum_val_int(INT64_MIN), &i));
    ck_assert(i == INT64_MIN);
    ck_assert(!tum_val_to_int64(tum_val_float(1), &i));
    ck_assert(tum_val_to_double(tum_val_bool(true), &f));
    ck_assert_double_eq(f, 1);
    ck_assert(tum_val_to_double(tum_val_float(1.5), &f));
    ck_assert_double_eq(f, 1.5);
    ck_assert(!tum_val_to_double(tum_val_none(), &f));
    ck_assert(!tum_val_is_int(tum_val_bool(true)));
    ck_assert(tum_val_is_number(tum_val_bool(true)));
    ck_assert(!tum_val_is_number(tum_val_none()));
}
END_TEST

struct text_row {
    struct tum_str bytes;
    const char *expected;
    bool ascii;
};

/* Bytes that are no UTF-8: one U+FFFD for each maximal bad part. */
static const struct text_row text_rows[] = {
    {TUM_S(""), "", true},
    {TUM_S("abc"), "abc", true},
    {TUM_S("caf\xC3\xA9"), "caf\xC3\xA9", false},
    {TUM_S("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80", false},
    {TUM_S("a\xFF"
           "b"),
     "a\xEF\xBF\xBD"
     "b",
     false},
    {TUM_S("\xE2\x82"), "\xEF\xBF\xBD", false},
    {TUM_S("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD", false},
};

START_TEST(texts)
{
    const struct text_row *row = &text_rows[_i];
    VALUE v = tum_val_text_of(row->bytes);
    struct tum_str text = tum_val_text(v);

    ck_assert_int_eq(v.kind, TUM_STR);
    ck_assert_str_eq(text.s, row->expected);
    ck_assert_uint_eq(text.n, strlen(row->expected));
    ck_assert_int_eq(tum_val_is_ascii(v), row->ascii);
}
END_TEST

START_TEST(text_forms)
{
    VALUE nul = tum_val_strn("a\0b", 3);
    VALUE bytes = tum_val_bytes("\xFF\0", 2);
    VALUE made = tum_val_strf("%s-%d", "x", 7);
    VALUE valid = tum_val_str_valid("\xED\xA0\x80", 3);

    ck_assert_uint_eq(tum_val_text(nul).n, 3);
    ck_assert_mem_eq(tum_val_text(nul).s, "a\0b", 4);
    ck_assert_uint_eq(tum_val_text(bytes).n, 2);
    ck_assert_mem_eq(tum_val_text(bytes).s, "\xFF\0", 3);
    ck_assert(!tum_val_is_ascii(bytes));
    ck_assert_str_eq(tum_val_text(made).s, "x-7");
    ck_assert_uint_eq(tum_val_text(valid).n, 3);
    ck_assert_uint_eq(tum_val_text(tum_val_int(5)).n, 0);
    ck_assert_str_eq(tum_val_text(tum_val_int(5)).s, "");
}
END_TEST

/* ---- dates ---- */

struct date_row {
    struct tum_date date;
    const char *expected; /* its text; NULL: no date */
};

#define AT(h, m, s, us)                                                                \
    .has_time = true, .hour = (h), .minute = (m), .second = (s), .microsecond = (us)
#define ZONE(minutes) .has_zone = true, .zone = (minutes)

static const struct date_row date_rows[] = {
    {{.year = 2024, .month = 1, .day = 2}, "2024-01-02"},
    {{.year = 1, .month = 1, .day = 1}, "0001-01-01"},
    {{.year = 9999, .month = 12, .day = 31}, "9999-12-31"},
    {{.year = 2024, .month = 2, .day = 29}, "2024-02-29"},
    {{.year = 2023, .month = 2, .day = 29}, NULL},
    {{.year = 1900, .month = 2, .day = 29}, NULL},
    {{.year = 2000, .month = 2, .day = 29}, "2000-02-29"},
    {{.year = 0, .month = 1, .day = 1}, NULL},
    {{.year = 10000, .month = 1, .day = 1}, NULL},
    {{.year = 2024, .month = 0, .day = 1}, NULL},
    {{.year = 2024, .month = 13, .day = 1}, NULL},
    {{.year = 2024, .month = 4, .day = 31}, NULL},
    {{.year = 2024, .month = 4, .day = 0}, NULL},
    {{.year = 2024, .month = 1, .day = 2, AT(3, 4, 5, 0)}, "2024-01-02 03:04:05"},
    {{.year = 2024, .month = 1, .day = 2, AT(0, 0, 0, 0)}, "2024-01-02 00:00:00"},
    {{.year = 9999, .month = 12, .day = 31, AT(23, 59, 59, 999999)},
     "9999-12-31 23:59:59.999999"},
    {{.year = 2024, .month = 1, .day = 2, AT(3, 4, 5, 60)},
     "2024-01-02 03:04:05.000060"},
    {{.year = 2024, .month = 1, .day = 2, AT(24, 0, 0, 0)}, NULL},
    {{.year = 2024, .month = 1, .day = 2, AT(0, 60, 0, 0)}, NULL},
    {{.year = 2024, .month = 1, .day = 2, AT(0, 0, 60, 0)}, NULL},
    {{.year = 2024, .month = 1, .day = 2, AT(0, 0, 0, 1000000)}, NULL},
    {{.year = 2024, .month = 1, .day = 2, AT(-1, 0, 0, 0)}, NULL},
    {{.year = 2024, .month = 1, .day = 2, AT(3, 4, 5, 0), ZONE(0)},
     "2024-01-02 03:04:05+00:00"},
    {{.year = 2024, .month = 1, .day = 2, AT(3, 4, 5, 7), ZONE(150)},
     "2024-01-02 03:04:05.000007+02:30"},
    {{.year = 2024, .month = 1, .day = 2, AT(3, 4, 5, 0), ZONE(-300)},
     "2024-01-02 03:04:05-05:00"},
    {{.year = 1, .month = 1, .day = 1, AT(0, 0, 0, 0), ZONE(1439)},
     "0001-01-01 00:00:00+23:59"},
    {{.year = 2024, .month = 1, .day = 2, AT(3, 4, 5, 0), ZONE(1440)}, NULL},
    {{.year = 2024, .month = 1, .day = 2, AT(3, 4, 5, 0), ZONE(-1440)}, NULL},
    {{.year = 2024, .month = 1, .day = 2, ZONE(0)}, NULL},
};

START_TEST(dates)
{
    const struct date_row *row = &date_rows[_i];
    TUM_AUTO(tum_freep) char *text = NULL;
    struct tum_date back;
    tum_val v = tum_val_none();

    ck_assert_int_eq(tum_val_date(&row->date, &v), row->expected != NULL);
    if (row->expected == NULL) {
        ck_assert_int_eq(v.kind, TUM_NONE);
        return;
    }
    text = tum_val_to_str(v);
    ck_assert_str_eq(text, row->expected);
    tum_val_get_date(v, &back);
    ck_assert_int_eq(back.year, row->date.year);
    ck_assert_int_eq(back.month, row->date.month);
    ck_assert_int_eq(back.day, row->date.day);
    ck_assert_int_eq(back.has_time, row->date.has_time);
    ck_assert_int_eq(back.microsecond, row->date.microsecond);
    ck_assert_int_eq(back.has_zone, row->date.has_zone);
    ck_assert_int_eq(back.zone, row->date.zone);
    ck_assert(tum_val_truth(v));
    ck_assert_str_eq(tum_val_type_name(v), row->date.has_time ? "datetime" : "date");
}
END_TEST

/* Every day of ten thousand years comes back, one after the other. */
START_TEST(calendar)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t before = -1;

    for (int year = 1; year <= 9999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && leap);

            for (int day = 1; day <= length; day++) {
                struct tum_date date = {.year = year, .month = month, .day = day};
                struct tum_date back;
                tum_val v;

                if (!tum_val_date(&date, &v))
                    ck_abort_msg("%d-%d-%d", year, month, day);
                tum_val_get_date(v, &back);
                if (back.year != year || back.month != month || back.day != day ||
                    v.as.i / 86400000000 != before + 1)
                    ck_abort_msg("%d-%d-%d", year, month, day);
                before = v.as.i / 86400000000;
            }
        }
    }
    ck_assert_int_eq(before, 3652058);
}
END_TEST

/* ---- meaning ---- */

struct truth_row {
    const char *json;
    bool expected;
    const char *type;
};

static const struct truth_row truth_rows[] = {
    {"null", false, "NoneType"}, {"true", true, "bool"},
    {"false", false, "bool"},    {"0", false, "int"},
    {"-1", true, "int"},         {"100000000000000000000", true, "int"},
    {"0.0", false, "float"},     {"-0.0", false, "float"},
    {"0.1", true, "float"},      {"NaN", true, "float"},
    {"\"\"", false, "str"},      {"\"0\"", true, "str"},
    {"[]", false, "list"},       {"[0]", true, "list"},
    {"{}", false, "dict"},       {"{\"a\": 0}", true, "dict"},
};

START_TEST(truth)
{
    VALUE v = value_json(truth_rows[_i].json);

    ck_assert_int_eq(tum_val_truth(v), truth_rows[_i].expected);
    ck_assert_str_eq(tum_val_type_name(v), truth_rows[_i].type);
}
END_TEST

START_TEST(truth_others)
{
    VALUE bytes = tum_val_bytes("", 0);
    VALUE tuple = value_seq(TUM_TUPLE, "[0]");
    VALUE set = value_seq(TUM_SET, "[]");

    ck_assert(!tum_val_truth(bytes));
    ck_assert(tum_val_truth(tuple));
    ck_assert(!tum_val_truth(set));
    ck_assert_str_eq(tum_val_type_name(bytes), "bytes");
    ck_assert_str_eq(tum_val_type_name(tuple), "tuple");
    ck_assert_str_eq(tum_val_type_name(set), "set");
}
END_TEST

/* ---- counting ---- */

START_TEST(counting)
{
    tum_val v = tum_val_str("shared");
    tum_val w = tum_val_ref(v);
    tum_val x = tum_val_int(7);

    tum_val_release(&v);
    ck_assert_int_eq(v.kind, TUM_NONE);
    tum_val_release(&v);
    ck_assert_str_eq(tum_val_text(w).s, "shared");
    tum_val_swap(&w, &x);
    ck_assert_int_eq(w.as.i, 7);
    tum_val_unref(x);
    tum_val_unref(w);
}
END_TEST

#define THREADS 4
#define ROUNDS  20000

/* Takes and gives back references, reads, and hashes for the first time. */
static void *share(void *arg)
{
    const tum_val *shared = arg;
    uintptr_t sum = 0;

    for (int i = 0; i < ROUNDS; i++) {
        VALUE mine = tum_val_ref(*shared);
        tum_val found;
        uint64_t hash;

        if (tum_map_peeks(mine, "k7", &found) && tum_val_hash(found, &hash))
            sum++;
    }
    return (void *)sum;
}

START_TEST(sharing)
{
    struct tum_map_builder *b = tum_map_begin(0);
    pthread_t threads[THREADS];
    VALUE shared = tum_val_none();

    for (int i = 0; i < 20; i++)
        ck_assert(tum_map_add(b, tum_val_strf("k%d", i), tum_val_strf("v%d", i)));
    shared = tum_map_end(b);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, share, &shared), 0);
    for (int i = 0; i < THREADS; i++) {
        void *sum;

        ck_assert_int_eq(pthread_join(threads[i], &sum), 0);
        ck_assert_uint_eq((uintptr_t)sum, ROUNDS);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, scalars);
    tcase_add_loop_test(t, texts, 0, TUM_LEN(text_rows));
    tcase_add_test(t, text_forms);
    tcase_add_loop_test(t, dates, 0, TUM_LEN(date_rows));
    tcase_add_test(t, calendar);
    tcase_add_loop_test(t, truth, 0, TUM_LEN(truth_rows));
    tcase_add_test(t, truth_others);
    tcase_add_test(t, counting);
    tcase_add_test(t, sharing);
}

UNIT_MAIN("val", add)
