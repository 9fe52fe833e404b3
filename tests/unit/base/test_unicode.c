/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unicode.c: sampled code points with the answers of Python 3.11's str methods. Classes
 * are letters: a isalpha, d isdecimal, g isdigit, n isnumeric, x isalnum, s isspace,
 * U isupper, l islower, T titlecase letter, i starts an identifier, c goes on in one,
 * p isprintable. A mapping "=" is the code point itself.
 */
#include "base/unicode.h"
#include "base/utf8.h"
#include "unit.h"

static const struct {
    uint32_t c;
    const char *classes; /* letters of `classes`, in order */
    const char *upper, *lower, *title, *fold;
    int decimal;
} rows[] = {
    {0x0000, "", "=", "=", "=", "=", -1},
    {0x0009, "s", "=", "=", "=", "=", -1},
    {0x001c, "s", "=", "=", "=", "=", -1},
    {0x001f, "s", "=", "=", "=", "=", -1},
    {0x0020, "sp", "=", "=", "=", "=", -1},
    {0x0027, "p", "=", "=", "=", "=", -1},
    {0x002e, "p", "=", "=", "=", "=", -1},
    {0x0030, "dgnxcp", "=", "=", "=", "=", 0},
    {0x0039, "dgnxcp", "=", "=", "=", "=", 9},
    {0x003a, "p", "=", "=", "=", "=", -1},
    {0x0041, "axUicp", "=", "\x61", "=", "\x61", -1},
    {0x005f, "icp", "=", "=", "=", "=", -1},
    {0x0061, "axlicp", "\x41", "=", "\x41", "=", -1},
    {0x007f, "", "=", "=", "=", "=", -1},
    {0x0085, "s", "=", "=", "=", "=", -1},
    {0x00a0, "s", "=", "=", "=", "=", -1},
    {0x00aa, "axlicp", "=", "=", "=", "=", -1},
    {0x00ad, "", "=", "=", "=", "=", -1},
    {0x00b2, "gnxp", "=", "=", "=", "=", -1},
    {0x00b5, "axlicp", "\xce\x9c", "=", "\xce\x9c", "\xce\xbc", -1},
    {0x00b7, "cp", "=", "=", "=", "=", -1},
    {0x00bc, "nxp", "=", "=", "=", "=", -1},
    {0x00df, "axlicp", "\x53\x53", "=", "\x53\x73", "\x73\x73", -1},
    {0x00e9, "axlicp", "\xc3\x89", "=", "\xc3\x89", "=", -1},
    {0x00f5, "axlicp", "\xc3\x95", "=", "\xc3\x95", "=", -1},
    {0x00ff, "axlicp", "\xc5\xb8", "=", "\xc5\xb8", "=", -1},
    {0x0130, "axUicp", "=", "\x69\xcc\x87", "=", "\x69\xcc\x87", -1},
    {0x0131, "axlicp", "\x49", "=", "\x49", "=", -1},
    {0x0149, "axlicp", "\xca\xbc\x4e", "=", "\xca\xbc\x4e", "\xca\xbc\x6e", -1},
    {0x017f, "axlicp", "\x53", "=", "\x53", "\x73", -1},
    {0x01c4, "axUicp", "=", "\xc7\x86", "\xc7\x85", "\xc7\x86", -1},
    {0x01c5, "axTicp", "\xc7\x84", "\xc7\x86", "=", "\xc7\x86", -1},
    {0x01ec, "axUicp", "=", "\xc7\xad", "=", "\xc7\xad", -1},
    {0x01f0, "axlicp", "\x4a\xcc\x8c", "=", "\x4a\xcc\x8c", "\x6a\xcc\x8c", -1},
    {0x0248, "axUicp", "=", "\xc9\x89", "=", "\xc9\x89", -1},
    {0x02ae, "axlicp", "=", "=", "=", "=", -1},
    {0x02b0, "axlicp", "=", "=", "=", "=", -1},
    {0x0301, "cp", "=", "=", "=", "=", -1},
    {0x0345, "lcp", "\xce\x99", "=", "\xce\x99", "\xce\xb9", -1},
    {0x037a, "axlp", "=", "=", "=", "=", -1},
    {0x0390, "axlicp", "\xce\x99\xcc\x88\xcc\x81", "=", "\xce\x99\xcc\x88\xcc\x81",
     "\xce\xb9\xcc\x88\xcc\x81", -1},
    {0x03a3, "axUicp", "=", "\xcf\x83", "=", "\xcf\x83", -1},
    {0x03c2, "axlicp", "\xce\xa3", "=", "\xce\xa3", "\xcf\x83", -1},
    {0x03c3, "axlicp", "\xce\xa3", "=", "\xce\xa3", "=", -1},
    {0x03cf, "axUicp", "=", "\xcf\x97", "=", "\xcf\x97", -1},
    {0x040a, "axUicp", "=", "\xd1\x9a", "=", "\xd1\x9a", -1},
    {0x0587, "axlicp", "\xd4\xb5\xd5\x92", "=", "\xd4\xb5\xd6\x82", "\xd5\xa5\xd6\x82",
     -1},
    {0x05cd, "", "=", "=", "=", "=", -1},
    {0x05d0, "axicp", "=", "=", "=", "=", -1},
    {0x0606, "p", "=", "=", "=", "=", -1},
    {0x0660, "dgnxcp", "=", "=", "=", "=", 0},
    {0x0669, "dgnxcp", "=", "=", "=", "=", 9},
    {0x0913, "axicp", "=", "=", "=", "=", -1},
    {0x0966, "dgnxcp", "=", "=", "=", "=", 0},
    {0x0a14, "axicp", "=", "=", "=", "=", -1},
    {0x0bd1, "", "=", "=", "=", "=", -1},
    {0x0bea, "dgnxcp", "=", "=", "=", "=", 4},
    {0x0c27, "axicp", "=", "=", "=", "=", -1},
    {0x0c2c, "axicp", "=", "=", "=", "=", -1},
    {0x0f7b, "cp", "=", "=", "=", "=", -1},
    {0x10d0, "axlicp", "\xe1\xb2\x90", "=", "=", "=", -1},
    {0x136a, "gnxcp", "=", "=", "=", "=", -1},
    {0x13a0, "axUicp", "=", "\xea\xad\xb0", "=", "=", -1},
    {0x195a, "axicp", "=", "=", "=", "=", -1},
    {0x1c90, "axUicp", "=", "\xe1\x83\x90", "=", "\xe1\x83\x90", -1},
    {0x1c94, "axUicp", "=", "\xe1\x83\x94", "=", "\xe1\x83\x94", -1},
    {0x1cea, "axicp", "=", "=", "=", "=", -1},
    {0x1cf3, "axicp", "=", "=", "=", "=", -1},
    {0x1cfd, "", "=", "=", "=", "=", -1},
    {0x1dcd, "cp", "=", "=", "=", "=", -1},
    {0x1e72, "axUicp", "=", "\xe1\xb9\xb3", "=", "\xe1\xb9\xb3", -1},
    {0x1e96, "axlicp", "\x48\xcc\xb1", "=", "\x48\xcc\xb1", "\x68\xcc\xb1", -1},
    {0x1e9e, "axUicp", "=", "\xc3\x9f", "=", "\x73\x73", -1},
    {0x1f80, "axlicp", "\xe1\xbc\x88\xce\x99", "=", "\xe1\xbe\x88",
     "\xe1\xbc\x80\xce\xb9", -1},
    {0x1f88, "axTicp", "\xe1\xbc\x88\xce\x99", "\xe1\xbe\x80", "=",
     "\xe1\xbc\x80\xce\xb9", -1},
    {0x1fb3, "axlicp", "\xce\x91\xce\x99", "=", "\xe1\xbe\xbc", "\xce\xb1\xce\xb9", -1},
    {0x1fb7, "axlicp", "\xce\x91\xcd\x82\xce\x99", "=", "\xce\x91\xcd\x82\xcd\x85",
     "\xce\xb1\xcd\x82\xce\xb9", -1},
    {0x1fbc, "axTicp", "\xce\x91\xce\x99", "\xe1\xbe\xb3", "=", "\xce\xb1\xce\xb9", -1},
    {0x2003, "s", "=", "=", "=", "=", -1},
    {0x200d, "", "=", "=", "=", "=", -1},
    {0x2028, "s", "=", "=", "=", "=", -1},
    {0x2060, "", "=", "=", "=", "=", -1},
    {0x2080, "gnxp", "=", "=", "=", "=", -1},
    {0x20c3, "", "=", "=", "=", "=", -1},
    {0x2118, "icp", "=", "=", "=", "=", -1},
    {0x2160, "nxUicp", "=", "\xe2\x85\xb0", "=", "\xe2\x85\xb0", -1},
    {0x2170, "nxlicp", "\xe2\x85\xa0", "=", "\xe2\x85\xa0", "=", -1},
    {0x21d0, "p", "=", "=", "=", "=", -1},
    {0x2279, "p", "=", "=", "=", "=", -1},
    {0x23d3, "p", "=", "=", "=", "=", -1},
    {0x2460, "gnxp", "=", "=", "=", "=", -1},
    {0x24b6, "Up", "=", "\xe2\x93\x90", "=", "\xe2\x93\x90", -1},
    {0x2597, "p", "=", "=", "=", "=", -1},
    {0x261b, "p", "=", "=", "=", "=", -1},
    {0x2660, "p", "=", "=", "=", "=", -1},
    {0x274b, "p", "=", "=", "=", "=", -1},
    {0x2765, "p", "=", "=", "=", "=", -1},
    {0x27e1, "p", "=", "=", "=", "=", -1},
    {0x284f, "p", "=", "=", "=", "=", -1},
    {0x289a, "p", "=", "=", "=", "=", -1},
    {0x299a, "p", "=", "=", "=", "=", -1},
    {0x29d9, "p", "=", "=", "=", "=", -1},
    {0x2c61, "axlicp", "\xe2\xb1\xa0", "=", "\xe2\xb1\xa0", "=", -1},
    {0x2f4a, "p", "=", "=", "=", "=", -1},
    {0x3000, "s", "=", "=", "=", "=", -1},
    {0x3007, "nxicp", "=", "=", "=", "=", -1},
    {0x4e00, "anxicp", "=", "=", "=", "=", -1},
    {0x4e8c, "anxicp", "=", "=", "=", "=", -1},
    {0xab70, "axlicp", "\xe1\x8e\xa0", "=", "\xe1\x8e\xa0", "\xe1\x8e\xa0", -1},
    {0xac00, "axicp", "=", "=", "=", "=", -1},
    {0xd800, "", "=", "=", "=", "=", -1},
    {0xdfff, "", "=", "=", "=", "=", -1},
    {0xe000, "", "=", "=", "=", "=", -1},
    {0xfb03, "axlicp", "\x46\x46\x49", "=", "\x46\x66\x69", "\x66\x66\x69", -1},
    {0xfeff, "", "=", "=", "=", "=", -1},
    {0xff21, "axUicp", "=", "\xef\xbd\x81", "=", "\xef\xbd\x81", -1},
    {0xfffd, "p", "=", "=", "=", "=", -1},
    {0xfffe, "", "=", "=", "=", "=", -1},
    {0x10400, "axUicp", "=", "\xf0\x90\x90\xa8", "=", "\xf0\x90\x90\xa8", -1},
    {0x1d7ce, "dgnxcp", "=", "=", "=", "=", 0},
    {0x1d7ff, "dgnxcp", "=", "=", "=", "=", 9},
    {0x1e943, "axlicp", "\xf0\x9e\xa4\xa1", "=", "\xf0\x9e\xa4\xa1", "=", -1},
    {0x1f600, "p", "=", "=", "=", "=", -1},
    {0x20000, "axicp", "=", "=", "=", "=", -1},
    {0x2fa1d, "axicp", "=", "=", "=", "=", -1},
    {0xe0001, "", "=", "=", "=", "=", -1},
    {0x10ffff, "", "=", "=", "=", "=", -1},
};

static const struct {
    char letter;
    bool (*is)(uint32_t c);
} classes[] = {
    {'a', tum_uni_is_alpha},        {'d', tum_uni_is_decimal},
    {'g', tum_uni_is_digit},        {'n', tum_uni_is_numeric},
    {'x', tum_uni_is_alnum},        {'s', tum_uni_is_space},
    {'U', tum_uni_is_upper},        {'l', tum_uni_is_lower},
    {'T', tum_uni_is_title},        {'i', tum_uni_is_xid_start},
    {'c', tum_uni_is_xid_continue}, {'p', tum_utf8_printable},
};

START_TEST(classes_agree)
{
    char got[TUM_LEN(classes) + 1];
    size_t n = 0;

    for (size_t k = 0; k < TUM_LEN(classes); k++) {
        if (classes[k].is(rows[_i].c))
            got[n++] = classes[k].letter;
    }
    got[n] = '\0';
    ck_assert_str_eq(got, rows[_i].classes);
    ck_assert_int_eq(tum_uni_decimal_value(rows[_i].c), rows[_i].decimal);
}
END_TEST

static void mapping(size_t (*map)(uint32_t, uint32_t *), uint32_t c, const char *text)
{
    uint32_t out[TUM_UNI_MOST];
    size_t n = map(c, out);
    struct tum_buf got = TUM_BUF_INIT(100), expected = TUM_BUF_INIT(100);

    for (size_t i = 0; i < n; i++)
        tum_utf8_add(&got, out[i]);
    if (strcmp(text, "=") == 0)
        tum_utf8_add(&expected, c);
    else
        tum_buf_adds(&expected, text);
    ck_assert_uint_eq(got.len, expected.len);
    ck_assert_int_eq(memcmp(got.s, expected.s, got.len), 0);
    tum_buf_release(&got);
    tum_buf_release(&expected);
}

START_TEST(mappings_agree)
{
    mapping(tum_uni_upper, rows[_i].c, rows[_i].upper);
    mapping(tum_uni_lower, rows[_i].c, rows[_i].lower);
    mapping(tum_uni_title, rows[_i].c, rows[_i].title);
    mapping(tum_uni_casefold, rows[_i].c, rows[_i].fold);
}
END_TEST

static const struct {
    uint32_t c, lower;
    bool cased, ignorable;
} cases[] = {
    {'A', 'a', true, false},
    {'a', 'a', true, false},
    {'1', '1', false, false},
    {'\'', '\'', false, true},
    {'.', '.', false, true},
    {'-', '-', false, false},
    {0xAD, 0xAD, false, true},
    {0x130, 'i', true, false},
    {0x1C5, 0x1C6, true, false},
    {0x2B0, 0x2B0, true, true},
    {0x301, 0x301, false, true},
    {0x345, 0x345, true, true},
    {0x1E9E, 0xDF, true, false},
    {0x4E00, 0x4E00, false, false},
    {0x10400, 0x10428, true, false},
    {0x110000, 0x110000, false, false},
    {0xFFFFFFFF, 0xFFFFFFFF, false, false},
};

START_TEST(around_a_sigma)
{
    ck_assert_uint_eq(tum_uni_lower_simple(cases[_i].c), cases[_i].lower);
    ck_assert_int_eq(tum_uni_is_cased(cases[_i].c), cases[_i].cased);
    ck_assert_int_eq(tum_uni_is_case_ignorable(cases[_i].c), cases[_i].ignorable);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, classes_agree, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, mappings_agree, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, around_a_sigma, 0, TUM_LEN(cases));
}

UNIT_MAIN("unicode", add)
