/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.c: every way to add gives the same text, up to the limit and at it.
 */
#include "tum/buf.h"
#include "tum/mem.h"
#include "unit.h"

static void by_add(struct tum_buf *buf, const char *s)
{
    tum_buf_add(buf, s, strlen(s));
}

static void by_char(struct tum_buf *buf, const char *s)
{
    while (*s != '\0')
        tum_buf_addc(buf, *s++);
}

static void by_format(struct tum_buf *buf, const char *s)
{
    tum_buf_addf(buf, "%s", s);
}

static void by_text(struct tum_buf *buf, const char *s)
{
    tum_buf_addt(buf, tum_str_of(s));
}

static void by_fill(struct tum_buf *buf, const char *s)
{
    for (; *s != '\0'; s++)
        tum_buf_fill(buf, *s, 1);
}

static void by_reserve(struct tum_buf *buf, const char *s)
{
    tum_buf_reserve(buf, strlen(s));
    tum_buf_adds(buf, s);
}

static void (*const ways[])(struct tum_buf *, const char *) = {
    tum_buf_adds, by_add, by_char, by_format, by_text, by_fill, by_reserve,
};

static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                           "0123456789abcdefghijklmnopqrstuvwxyz";

/* Each limit from 0 to beyond the text, the text added in pieces of each length. */
START_TEST(each_limit)
{
    for (size_t limit = 0; limit < sizeof(text) + 3; limit++) {
        for (size_t piece = 1; piece < sizeof(text); piece += 1 + piece / 3) {
            struct tum_buf buf = TUM_BUF_INIT(limit);
            size_t fits = TUM_MIN(limit, sizeof(text) - 1);

            for (size_t at = 0; at < sizeof(text) - 1; at += piece) {
                TUM_AUTO(tum_freep)
                char *part =
                    tum_strndup(text + at, TUM_MIN(piece, sizeof(text) - 1 - at));

                ways[_i](&buf, part);
                ck_assert_uint_eq(buf.s[buf.len], '\0');
            }
            ck_assert_uint_eq(buf.len, fits);
            ck_assert_int_eq(memcmp(buf.s, text, fits), 0);
            ck_assert_int_eq(buf.full, fits < sizeof(text) - 1);
            ck_assert_uint_le(buf.cap, limit + 1);
            tum_buf_release(&buf);
        }
    }
}
END_TEST

START_TEST(nothing_added_allocates_nothing)
{
    struct tum_buf buf = TUM_BUF_INIT(10);

    tum_buf_add(&buf, NULL, 0);
    tum_buf_addt(&buf, (struct tum_str){NULL, 0});
    tum_buf_adds(&buf, "");
    tum_buf_addf(&buf, "%s", "");
    tum_buf_fill(&buf, 'x', 0);
    tum_buf_truncate(&buf, 0);
    tum_buf_reset(&buf);
    ck_assert_uint_eq(buf.cap, 0);
    ck_assert_ptr_eq(buf.s, tum_buf_empty);
    ck_assert(!buf.full);
    tum_buf_release(&buf);
}
END_TEST

static const struct {
    int64_t number;
    const char *text;
} numbers[] = {
    {0, "0"},
    {7, "7"},
    {-1, "-1"},
    {1234567890123, "1234567890123"},
    {INT64_MAX, "9223372036854775807"},
    {INT64_MIN, "-9223372036854775808"},
};

START_TEST(integers)
{
    struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_addi(&buf, numbers[_i].number);
    ck_assert_str_eq(buf.s, numbers[_i].text);
    tum_buf_release(&buf);
}
END_TEST

START_TEST(truncate_reset_detach)
{
    struct tum_buf buf;
    char *s;

    tum_buf_init(&buf, 8);
    tum_buf_adds(&buf, "123456789");
    ck_assert(buf.full);
    tum_buf_truncate(&buf, 100);
    ck_assert_str_eq(buf.s, "12345678");
    tum_buf_truncate(&buf, 3);
    ck_assert_str_eq(buf.s, "123");
    ck_assert(buf.full); /* until reset */
    tum_buf_reset(&buf);
    ck_assert_str_eq(buf.s, "");
    ck_assert(!buf.full);
    tum_buf_adds(&buf, "abc");
    s = tum_buf_detach(&buf);
    ck_assert_str_eq(s, "abc");
    tum_free(s);
    ck_assert_uint_eq(buf.limit, 8);
    s = tum_buf_detach(&buf);
    ck_assert_str_eq(s, "");
    tum_free(s);
    tum_buf_adds(&buf, "again");
    ck_assert_str_eq(buf.s, "again");
    tum_buf_release(&buf);
    tum_buf_release(&buf);
}
END_TEST

/* A format whose text is cut must leave what was there untouched. */
START_TEST(format_at_the_limit)
{
    struct tum_buf buf = TUM_BUF_INIT(5);

    tum_buf_adds(&buf, "abcde");
    tum_buf_addf(&buf, "%d", 12345);
    ck_assert_str_eq(buf.s, "abcde");
    ck_assert_uint_eq(buf.len, 5);
    ck_assert(buf.full);
    tum_buf_reset(&buf);
    tum_buf_addf(&buf, "%s%s", "abc", "defgh");
    ck_assert_str_eq(buf.s, "abcde");
    tum_buf_release(&buf);
}
END_TEST

/* Conversions done here and by printf, and both in one format, at every limit. */
START_TEST(formats)
{
    static const char want[] = "<a|bc|xyz|-7|!|100%|  42|1.50|tail>";

    for (size_t limit = 0; limit <= sizeof(want); limit++) {
        struct tum_buf buf = TUM_BUF_INIT(limit);
        size_t fits = TUM_MIN(limit, sizeof(want) - 1);

        tum_buf_addf(&buf, "<%s|%.*s|%.*s|%d|%c|100%%|%4zu|%.2f|%s>", "a", 2, "bcd", -1,
                     "xyz", -7, '!', (size_t)42, 1.5, "tail");
        ck_assert_uint_eq(buf.len, fits);
        ck_assert_int_eq(memcmp(buf.s, want, fits), 0);
        ck_assert_int_eq(buf.full, limit < sizeof(want) - 1);
        tum_buf_release(&buf);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, each_limit, 0, TUM_LEN(ways));
    tcase_add_test(t, nothing_added_allocates_nothing);
    tcase_add_loop_test(t, integers, 0, TUM_LEN(numbers));
    tcase_add_test(t, truncate_reset_detach);
    tcase_add_test(t, format_at_the_limit);
    tcase_add_test(t, formats);
}

UNIT_MAIN("buf", add)
