/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys from bytes, and a line that is edited with them.
 */
#include "cli/askkeys.h"
#include "unit.h"
#include <string.h>

static const struct {
    const char *bytes;
    bool whole;
    size_t length;
    enum tum_key_kind kind;
    const char *text;
} rows[] = {
    {"a", false, 1, TUM_KEY_TEXT, "a"},
    {"\xc3\xa9x", false, 2, TUM_KEY_TEXT, "\xc3\xa9"},
    {"\xc3", false, 0, TUM_KEY_OTHER, ""},
    {"\xc3", true, 1, TUM_KEY_OTHER, ""},
    {"\xff", false, 1, TUM_KEY_OTHER, ""},
    {"\xe6\xbc", false, 0, TUM_KEY_OTHER, ""},
    {"\xf0\x9f\x98\x80", false, 4, TUM_KEY_TEXT, "\xf0\x9f\x98\x80"},
    {"\xc2\x85", false, 2, TUM_KEY_OTHER, ""},
    {"\r", false, 1, TUM_KEY_ENTER, ""},
    {"\n", false, 1, TUM_KEY_ENTER, ""},
    {"\t", false, 1, TUM_KEY_TAB, ""},
    {"\x03", false, 1, TUM_KEY_CANCEL, ""},
    {"\x04", false, 1, TUM_KEY_END_OF_INPUT, ""},
    {"\x7f", false, 1, TUM_KEY_ERASE, ""},
    {"\x08", false, 1, TUM_KEY_ERASE, ""},
    {"\x1a", false, 1, TUM_KEY_SUSPEND, ""},
    {"\x1b", false, 0, TUM_KEY_ESCAPE, ""},
    {"\x1b", true, 1, TUM_KEY_ESCAPE, ""},
    {"\x1b\x1b[A", false, 1, TUM_KEY_ESCAPE, ""},
    {"\x1b\r", false, 1, TUM_KEY_ESCAPE, ""},
    {"\x1bx", false, 2, TUM_KEY_OTHER, ""},
    {"\x1b[", false, 0, TUM_KEY_OTHER, ""},
    {"\x1b[A", false, 3, TUM_KEY_UP, ""},
    {"\x1bOA", false, 3, TUM_KEY_UP, ""},
    {"\x1b[1;5C", false, 6, TUM_KEY_RIGHT, ""},
    {"\x1b[3~", false, 4, TUM_KEY_DELETE, ""},
    {"\x1b[1~", false, 4, TUM_KEY_HOME, ""},
    {"\x1b[200~x", false, 6, TUM_KEY_PASTE_BEGIN, ""},
    {"\x1b[201~", false, 6, TUM_KEY_PASTE_END, ""},
    {"\x1b[24~", false, 5, TUM_KEY_OTHER, ""},
    {"\x1b[12\r", false, 4, TUM_KEY_OTHER, ""},
    {"\x1b[000000000000000000000000000000000000", false, 38, TUM_KEY_OTHER, ""},
};

START_TEST(keys)
{
    struct tum_key key;
    size_t n = tum_key_take(tum_str_of(rows[_i].bytes), rows[_i].whole, &key);

    ck_assert_uint_eq(n, rows[_i].length);
    if (n == 0)
        return;
    ck_assert_int_eq(key.kind, rows[_i].kind);
    ck_assert(tum_str_is(key.text, rows[_i].text));
}
END_TEST

/* Typed, with what stands for other keys: < > left and right, ^ $ home and end, ! erase,
   * delete, = clear, ~ word. */
static const struct {
    const char *typed, *want;
    size_t at;
} edits[] = {
    {"abc", "abc", 3},
    {"abc!", "ab", 2},
    {"!abc<<!", "bc", 0},
    {"\xe6\xbc\xa2\xe5\xad\x97!", "\xe6\xbc\xa2", 3},
    {"\xe6\xbc\xa2\xe5\xad\x97<x", "\xe6\xbc\xa2x\xe5\xad\x97", 4},
    {"abc^*", "bc", 0},
    {"abc*", "abc", 3},
    {"abc^>x$y", "axbcy", 5},
    {"one two  ~", "one ", 4},
    {"~", "", 0},
    {"abc<=x", "xc", 1},
    {"<>", "", 0},
};

static void type(struct tum_field *field, const char *typed)
{
    static const struct {
        char c;
        enum tum_key_kind kind;
    } special[] = {{'<', TUM_KEY_LEFT},  {'>', TUM_KEY_RIGHT}, {'^', TUM_KEY_HOME},
                   {'$', TUM_KEY_END},   {'!', TUM_KEY_ERASE}, {'*', TUM_KEY_DELETE},
                   {'=', TUM_KEY_CLEAR}, {'~', TUM_KEY_WORD}};
    struct tum_str rest = tum_str_of(typed);

    while (rest.n > 0) {
        struct tum_key key;
        size_t n = tum_key_take(rest, true, &key);

        for (size_t i = 0; i < TUM_LEN(special); i++)
            if (rest.s[0] == special[i].c)
                key.kind = special[i].kind;
        ck_assert(tum_field_key(field, &key));
        rest = tum_str_sub(rest, n, rest.n);
    }
}

START_TEST(editing)
{
    struct tum_field field;

    tum_field_init(&field);
    type(&field, edits[_i].typed);
    ck_assert_str_eq(field.text.s, edits[_i].want);
    ck_assert_uint_eq(field.at, edits[_i].at);
    ck_assert(!tum_field_key(&field, &(struct tum_key){.kind = TUM_KEY_ENTER}));
    tum_field_release(&field);
}
END_TEST

static const struct {
    const char *typed;
    size_t columns;
    const char *want;
    size_t cursor;
} shows[] = {
    {"abcdef", 10, "abcdef", 6},
    {"abcdef", 7, "abcdef", 6},
    {"abcdef", 6, "bcdef", 5},
    {"abcdef^", 4, "abcd", 0},
    {"abcdef<<<", 3, "bcd", 2},
    {"\xe6\xbc\xa2\xe5\xad\x97", 4, "\xe5\xad\x97", 2},
    {"\xe6\xbc\xa2\xe5\xad\x97^", 3, "\xe6\xbc\xa2", 0},
};

START_TEST(showing)
{
    struct tum_buf out = TUM_BUF_INIT(100);
    struct tum_field field;
    size_t cursor;

    tum_field_init(&field);
    type(&field, shows[_i].typed);
    tum_field_show(&field, shows[_i].columns, &out, &cursor);
    ck_assert_str_eq(out.s, shows[_i].want);
    ck_assert_uint_eq(cursor, shows[_i].cursor);
    tum_buf_release(&out);
    tum_field_release(&field);
}
END_TEST

START_TEST(limit)
{
    struct tum_field field;
    struct tum_key key = {.kind = TUM_KEY_TEXT, .text = TUM_S("\xc3\xa9")};

    tum_field_init(&field);
    for (size_t i = 0; i < TUM_FIELD_LIMIT; i++)
        tum_field_key(&field, &key);
    ck_assert_uint_eq(field.text.len, TUM_FIELD_LIMIT);
    ck_assert(!field.text.full);
    tum_field_set(&field, TUM_S("x"));
    ck_assert_uint_eq(field.at, 1);
    tum_field_release(&field);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, keys, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, editing, 0, TUM_LEN(edits));
    tcase_add_loop_test(t, showing, 0, TUM_LEN(shows));
    tcase_add_test(t, limit);
}

UNIT_MAIN("askkeys", add)
