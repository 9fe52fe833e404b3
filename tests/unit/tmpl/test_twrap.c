/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Word wrapping; the wanted texts are those of Python's textwrap.
 */
#include "tmpl/twrap.h"
#include "unit.h"

static const struct row {
    const char *text;
    size_t width;
    bool long_words, hyphens;
    const char *want;
} rows[] = {
    {"", 5, true, true, ""},
    {"foo bar baz qux", 7, true, true, "foo bar|baz qux"},
    {"foo  bar", 3, true, true, "foo|bar"},
    {"  lead", 10, true, true, "  lead"},
    {"  lead", 4, true, true, "lead"},
    {"abcdefghij", 4, true, true, "abcd|efgh|ij"},
    {"abcdefghij kl", 4, false, true, "abcdefghij|kl"},
    {"well-known fact", 7, true, true, "well-|known|fact"},
    {"well-known fact", 7, true, false, "well-kn|own|fact"},
    {"hello -- you goof-ball", 8, true, true, "hello --|you|goof-|ball"},
    {"em--dash", 4, true, true, "em--|dash"},
    {"a-b-c-d", 3, true, true, "a-|b-|c-d"},
    {"ab  xxxxxxx", 4, true, true, "ab  |xxxx|xxx"},
    {"----------", 4, true, true, "----|----|--"},
    {"x \xC2\xA0 y", 1, true, true, "x|y"},
    {"\xC3\xA9\xC3\xA9\xC3\xA9 \xC3\xA9", 3, true, true,
     "\xC3\xA9\xC3\xA9\xC3\xA9|\xC3\xA9"},
};

START_TEST(wrap)
{
    struct tum_wrap_opts opts = {rows[_i].width, rows[_i].long_words, rows[_i].hyphens,
                                 TUM_S("|")};
    struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_text_wrap(&got, tum_str_of(rows[_i].text), &opts);
    ck_assert_str_eq(got.s, rows[_i].want);
    tum_buf_release(&got);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, wrap, 0, TUM_LEN(rows));
}

UNIT_MAIN("twrap", add)
