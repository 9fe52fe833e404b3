/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching in a text that grows: earliest end, order of patterns, Python's dialect,
 * independence from how the text was cut into pieces.
 */
#include "unit.h"

#include "expect_rows.h"
#include "io/expect.h"
#include "tum/console.h"
#include "tum/mem.h"

/* The text in pieces of about `piece` bytes; 0 when nothing matches. */
static size_t scan(const char *const *patterns, size_t count, bool regex,
                   struct tum_str text, size_t piece, struct tum_expect_match *ret)
{
    enum tum_expected found = TUM_EXPECT_NOT;
    struct tum_error *err = NULL;
    struct tum_str what[4];
    struct tum_expect *x;

    for (size_t i = 0; i < count; i++)
        what[i] = tum_str_of(patterns[i]);
    x = tum_expect_new(what, count, regex, &err);
    ck_assert_msg(x != NULL, "%s", x == NULL ? err->text : "");
    for (size_t from = 0, to; from < text.n && found == TUM_EXPECT_NOT; from = to) {
        to = TUM_MIN(from + piece, text.n);
        while (to < text.n && ((unsigned char)text.s[to] & 0xC0) == 0x80)
            to++;
        found = tum_expect_scan(x, tum_str_n(text.s, to), from, NULL, TUM_FOREVER, ret,
                                &err);
    }
    ck_assert_int_le(found, TUM_EXPECT_NOT);
    tum_expect_free(x);
    return found == TUM_EXPECT_FOUND ? ret->end : 0;
}

static const size_t pieces[] = {1, 3, 1000};

START_TEST(python_agrees)
{
    struct tum_str text = tum_str_of(python_rows[_i].text);
    struct tum_expect_match match;

    for (size_t p = 0; p < TUM_LEN(pieces); p++) {
        size_t end = scan(&python_rows[_i].pattern, 1, true, text, pieces[p], &match);

        ck_assert_msg(end == python_rows[_i].end, "/%s/ in '%s': %zu, Python has %zu",
                      python_rows[_i].pattern, text.s, end, python_rows[_i].end);
        if (end > 0)
            ck_assert_msg(match.start == python_rows[_i].start &&
                              match.stop == python_rows[_i].stop,
                          "/%s/ in '%s'", python_rows[_i].pattern, text.s);
    }
}
END_TEST

static const struct {
    const char *patterns[3];
    bool regex;
    const char *text;
    size_t end, index;
} rows[] = {
    {{"aab"}, false, "aaab", 4, 0},
    {{"hello", "lo"}, false, "hello", 5, 0},
    {{"lo", "hello"}, false, "hello", 5, 0},
    {{"abcd", "bc"}, false, "abcd", 3, 1},
    {{"b", "bc"}, false, "abc", 2, 0},
    {{"é"}, false, "caf\303\251!", 5, 0},
    {{"x"}, false, "abc", 0, 0},
    {{"\\d+"}, true, "v=4242;", 3, 0},
    {{"\\d+;"}, true, "v=4242;", 7, 0},
    {{"b$"}, true, "abc", 2, 0},
    {{"b\\Z"}, true, "abc", 2, 0},
    {{"foo(?!bar)"}, true, "foobar", 3, 0},
    {{"foo(?=bar)"}, true, "foobar", 6, 0},
    {{"x*"}, true, "abc", 1, 0},
    {{"o", " o"}, true, "s o", 3, 0},
    {{"^two"}, true, "one\ntwo", 0, 0},
    {{"(?m)^two$"}, true, "one\ntwo\n", 7, 0},
    {{"(?s)\n.*\n"}, true, "a\nb\nc", 4, 0},
    {{"\\bend\\b"}, true, "the end.", 7, 0},
    {{"end\\B"}, true, "end ending", 8, 0},
    {{"[[:alpha:]]"}, true, "x:]", 3, 0},
    {{"a{,2}b"}, true, "aab", 3, 0},
    {{"\\u0041\\x42\\103"}, true, "ABC", 3, 0},
    {{"(?P<q>['\"]).*?(?P=q)"}, true, "'a\"b'", 5, 0},
    {{"(a)?(?(1)b|c)"}, true, "c", 1, 0},
    {{"(?x) a  b # both\n c"}, true, "abc", 3, 0},
    {{"\\s"}, true, "a\x1c", 2, 0},
    {{"(?a)\\w"}, true, "\303\251e", 3, 0},
    {{"\\w"}, true, "\303\251e", 2, 0},
    {{"a++b"}, true, "aaab", 4, 0},
    {{"(?<=ab|cd)x"}, true, "axbxcdx", 7, 0},
    {{"(?<!(?:ab|cd))x"}, true, "abxax", 5, 0},
    {{"(?<=)a"}, true, "ba", 2, 0},
    {{"(x)y(?<=\\1y)z"}, true, "xyz", 3, 0},
};

START_TEST(earliest_end)
{
    struct tum_str text = tum_str_of(rows[_i].text);
    size_t count = 0;

    while (count < 3 && rows[_i].patterns[count] != NULL)
        count++;
    for (size_t p = 0; p < TUM_LEN(pieces); p++) {
        struct tum_expect_match match = {0};
        size_t end =
            scan(rows[_i].patterns, count, rows[_i].regex, text, pieces[p], &match);

        ck_assert_msg(end == rows[_i].end, "'%s' in '%s': %zu", rows[_i].patterns[0],
                      text.s, end);
        if (end > 0)
            ck_assert_uint_eq(match.index, rows[_i].index);
    }
}
END_TEST

START_TEST(nul_is_a_character)
{
    struct tum_str what = tum_str_n("\0end", 4);
    struct tum_expect_match match;
    struct tum_error *err = NULL;
    struct tum_expect *x = tum_expect_new(&what, 1, false, &err);

    ck_assert_int_eq(tum_expect_scan(x, tum_str_n("a\0\0end", 6), 0, NULL, TUM_FOREVER,
                                     &match, &err),
                     TUM_EXPECT_FOUND);
    ck_assert_uint_eq(match.start, 2);
    tum_expect_free(x);
}
END_TEST

/* Only the last TUM_EXPECT_WINDOW characters count for a regular expression. */
START_TEST(window)
{
    size_t n = TUM_EXPECT_WINDOW - 2;
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *pattern = "(?s)A.*B";
    struct tum_expect_match match;

    tum_buf_addc(&text, 'A');
    tum_buf_fill(&text, '.', n);
    tum_buf_addc(&text, 'B');
    ck_assert_uint_eq(scan(&pattern, 1, true, tum_buf_str(&text), 4096, &match), n + 2);
    tum_buf_reset(&text);
    tum_buf_addc(&text, 'A');
    tum_buf_fill(&text, '.', n + 1);
    tum_buf_addc(&text, 'B');
    ck_assert_uint_eq(scan(&pattern, 1, true, tum_buf_str(&text), 4096, &match), 0);
    tum_buf_release(&text);
}
END_TEST

static const char *const wrong[] = {
    "[",       "(",      "a)",      "*a",        "a**",        "\\q",        "(?P<n",
    "(?<n>a)", "(?P=n)", "\\2(a)",  "a(?i)b",    "(?L)a",      "\\x1",       "[b-a]",
    "(?Z)",    "(*UTF)", "a{2}{3}", "\\N{DASH}", "(?<=a|bc)x", "(?<!a|bc)x", "(?<=a*)x",
};

START_TEST(wrong_patterns)
{
    struct tum_str what = tum_str_of(wrong[_i]);
    struct tum_error *err = NULL;
    struct tum_expect *x = tum_expect_new(&what, 1, true, &err);

    ck_assert_msg(x == NULL, "'%s' was taken", wrong[_i]);
    char *text = tum_error_text(err);

    ck_assert_msg(strstr(text, wrong[_i]) != NULL, "%s", text);
    tum_free(text);
    tum_error_free(err);
}
END_TEST

START_TEST(explosion_is_cut)
{
    struct tum_str what = TUM_S("(a+)+b");
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_expect_match match;
    struct tum_error *err = NULL;
    struct tum_expect *x = tum_expect_new(&what, 1, true, &err);

    /* As the last character needed is there, every division is tried. */
    tum_buf_fill(&text, 'a', 60);
    tum_buf_adds(&text, "cb");
    ck_assert_int_eq(
        tum_expect_scan(x, tum_buf_str(&text), 0, NULL, TUM_FOREVER, &match, &err),
        TUM_EXPECT_BAD);
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_free(err);
    tum_expect_free(x);
    tum_buf_release(&text);
}
END_TEST

START_TEST(stop_ends_a_search)
{
    struct tum_str what = TUM_S("(?s)x.*y.*z.*w");
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_expect_match match;
    struct tum_error *err = NULL;
    struct tum_expect *x = tum_expect_new(&what, 1, true, &err);

    tum_buf_fill(&text, 'x', 200000);
    tum_stop_request(stop, TUM_STOP_USER);
    ck_assert_int_eq(
        tum_expect_scan(x, tum_buf_str(&text), 0, stop, TUM_FOREVER, &match, &err),
        TUM_EXPECT_CUT);
    tum_expect_free(x);
    tum_stop_unref(stop);
    tum_buf_release(&text);
}
END_TEST

static const struct {
    const char *pattern;
    bool regex;
    const char *text, *says;
} near[] = {
    {"login:", false, "boot\nlogi\n",
     "the nearest was 'logi' of 'login:' in the line 'logi'"},
    {"Ready", false, "x\nREADX\n", "'READ' of 'Ready'"},
    {"volt=\\d+ ok", true, "volt=12 bad\n", "the nearest was 'volt=12 '"},
    /* In the user's words, not in those of the library. */
    {"temp=\\d+\\.\\d", true, "temp=21.x\n", "which fits 'temp=\\d+\\.'"},
    {"(?i:a\\x62)[\\s]z", true, "AB c", "which fits '(?i:a\\x62)[\\s]'"},
    {"login:", false, "zzz\n", ""},
};

START_TEST(nearest)
{
    struct tum_str what = tum_str_of(near[_i].pattern);
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    struct tum_expect *x = tum_expect_new(&what, 1, near[_i].regex, &err);

    tum_expect_nearest(x, tum_str_of(near[_i].text), &out);
    if (near[_i].says[0] == '\0')
        ck_assert_str_eq(out.s, "");
    else
        ck_assert_msg(strstr(out.s, near[_i].says) != NULL, "%s", out.s);
    tum_buf_release(&out);
    tum_expect_free(x);
}
END_TEST

START_TEST(finder)
{
    static const char *const patterns[] = {"\\[ *\\d+\\.\\d+\\] .*"};
    struct tum_error *err = NULL;
    struct tum_finder *f = tum_finder_new(patterns, 1, &err);
    struct tum_str line = TUM_S("val[  12.5] usb");
    size_t start, stop;

    ck_assert_int_eq(tum_finder_find(f, line, 0, true, &start, &stop), TUM_FIND_YES);
    ck_assert_uint_eq(start, 3);
    ck_assert_uint_eq(stop, line.n);
    ck_assert_int_eq(tum_finder_find(f, line, 0, false, &start, &stop), TUM_FIND_MAYBE);
    ck_assert_uint_eq(start, 3);
    ck_assert_int_eq(tum_finder_find(f, TUM_S("[root@x"), 0, false, &start, &stop),
                     TUM_FIND_NOT);
    tum_finder_free(f);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, python_agrees, 0, TUM_LEN(python_rows));
    tcase_add_loop_test(t, earliest_end, 0, TUM_LEN(rows));
    tcase_add_test(t, nul_is_a_character);
    tcase_add_test(t, window);
    tcase_add_loop_test(t, wrong_patterns, 0, TUM_LEN(wrong));
    tcase_add_test(t, explosion_is_cut);
    tcase_add_test(t, stop_ends_a_search);
    tcase_add_loop_test(t, nearest, 0, TUM_LEN(near));
    tcase_add_test(t, finder);
}

UNIT_MAIN("expect", add)
