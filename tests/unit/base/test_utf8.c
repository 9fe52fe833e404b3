/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.c: decoding agrees with encoding for every code point, and with Python's decoder
 * for what is no text.
 */
#include "base/utf8.h"
#include "unit.h"

START_TEST(every_code_point)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char bytes[4];
        uint32_t back;
        size_t n = tum_utf8_encode(c, bytes), bad = 99;
        struct tum_str text = tum_str_n(bytes, n);
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;

        if (tum_utf8_decode(bytes, n, &back) != n || back != c ||
            tum_utf8_valid(text, &bad) != !surrogate || tum_utf8_count(text) != 1 ||
            tum_utf8_utf16_units(text) != (c >= 0x10000 ? 2u : 1u) ||
            tum_utf8_is_ascii(text) != (c < 0x80) || bad != (surrogate ? 0u : 99u))
            ck_abort_msg("U+%04X", c);
        for (size_t cut = 1; cut < n; cut++) {
            if (tum_utf8_decode(bytes, cut, &back) != cut || back != TUM_UTF8_BAD)
                ck_abort_msg("U+%04X cut after %zu", c, cut);
        }
    }
}
END_TEST

/* As bytes.decode('utf-8', 'replace') of Python 3.11 has them. */
static const struct {
    const char *bytes, *text;
    size_t bad; /* offset of the first bad byte; TUM_STR_NONE: valid */
} rows[] = {
    {"", "", TUM_STR_NONE},
    {"plain", "plain", TUM_STR_NONE},
    {"caf\xC3\xA9", "caf\xC3\xA9", TUM_STR_NONE},
    {"\xFF", "\xEF\xBF\xBD", 0},
    {"ab\x80"
     "cd",
     "ab\xEF\xBF\xBD"
     "cd",
     2},
    {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD", 0},
    {"\xC3", "\xEF\xBF\xBD", 0},
    {"\xE2\x82", "\xEF\xBF\xBD", 0},
    {"\xE2\x82x", "\xEF\xBF\xBDx", 0},
    {"\xE0\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 0},
    {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 0},
    {"\xF0\x9F\x98", "\xEF\xBF\xBD", 0},
    {"\xF0\x9F\x98\x80!", "\xF0\x9F\x98\x80!", TUM_STR_NONE},
    {"\xF0\x80\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 0},
    {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 0},
    {"\xF5\x80", "\xEF\xBF\xBD\xEF\xBF\xBD", 0},
    {"0123456\xC3\xA9\xC3", "0123456\xC3\xA9\xEF\xBF\xBD", 9},
    {"01234567\xFE"
     "8",
     "01234567\xEF\xBF\xBD"
     "8",
     8},
};

START_TEST(replacing)
{
    struct tum_str bytes = tum_str_of(rows[_i].bytes);
    struct tum_buf out = TUM_BUF_INIT(100);
    size_t bad = TUM_STR_NONE;

    ck_assert_int_eq(tum_utf8_valid(bytes, &bad), rows[_i].bad == TUM_STR_NONE);
    ck_assert_int_eq(tum_utf8_valid(bytes, NULL), rows[_i].bad == TUM_STR_NONE);
    ck_assert_uint_eq(bad, rows[_i].bad);
    tum_utf8_add_replaced(&out, bytes);
    ck_assert_str_eq(out.s, rows[_i].text);
    ck_assert(tum_utf8_valid(tum_buf_str(&out), NULL));
    tum_buf_release(&out);
}
END_TEST

static const struct {
    const char *text;
    size_t count, columns, utf16;
} measures[] = {
    {"", 0, 0, 0},
    {"abc", 3, 3, 3},
    {"caf\xC3\xA9", 4, 4, 4},
    {"cafe\xCC\x81", 5, 4, 5},             /* combining accent */
    {"\xE6\x97\xA5\xE6\x9C\xAC", 2, 4, 2}, /* two ideographs */
    {"\xF0\x9F\x98\x80", 1, 2, 2},         /* an emoji */
    {"\xEF\xBD\xB1", 1, 1, 1},             /* half-width katakana */
    {"\xEF\xBC\xA1", 1, 2, 1},             /* full-width A */
    {"a\x1b"
     "b\x7f",
     4, 2, 4},                 /* controls */
    {"\xE2\x80\x8D", 1, 0, 1}, /* zero-width joiner */
    {"\xC2\xAD", 1, 1, 1},     /* soft hyphen */
    {"\xED\xA0\x80", 1, 1, 1}, /* a lone surrogate */
};

START_TEST(measuring)
{
    struct tum_str text = tum_str_of(measures[_i].text);

    ck_assert_uint_eq(tum_utf8_count(text), measures[_i].count);
    ck_assert_uint_eq(tum_utf8_columns(text), measures[_i].columns);
    ck_assert_uint_eq(tum_utf8_utf16_units(text), measures[_i].utf16);
}
END_TEST

START_TEST(offsets)
{
    struct tum_str text = TUM_S("a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80z");
    static const size_t at[] = {0, 1, 3, 6, 10, 11, 11, 11};

    ck_assert_uint_eq(tum_utf8_offset(text, (size_t)_i), at[_i]);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, every_code_point);
    tcase_add_loop_test(t, replacing, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, measuring, 0, TUM_LEN(measures));
    tcase_add_loop_test(t, offsets, 0, 8);
}

UNIT_MAIN("utf8", add)
