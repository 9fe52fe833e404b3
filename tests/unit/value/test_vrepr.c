/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str() and repr() of values. The expected texts are Python's answers, except where a
 * date stands inside a container.
 */
#include "values.h"

struct text_row {
    struct tum_str text;
    const char *repr, *ascii;
};

static const struct text_row text_rows[] = {
    {TUM_S(""), "''", "''"},
    {TUM_S("abc"), "'abc'", "'abc'"},
    {TUM_S("it's"), "\"it's\"", "\"it's\""},
    {TUM_S("say \"hi\""), "'say \"hi\"'", "'say \"hi\"'"},
    {TUM_S("both ' and \""), "'both \\' and \"'", "'both \\' and \"'"},
    {TUM_S("back\\slash"), "'back\\\\slash'", "'back\\\\slash'"},
    {TUM_S("\012\015\011"), "'\\n\\r\\t'", "'\\n\\r\\t'"},
    {TUM_S("\000\001\037\177"), "'\\x00\\x01\\x1f\\x7f'", "'\\x00\\x01\\x1f\\x7f'"},
    {TUM_S("caf\303\251"), "'caf\303\251'", "'caf\\xe9'"},
    {TUM_S("\302\240\302\255\302\200\302\237"), "'\\xa0\\xad\\x80\\x9f'",
     "'\\xa0\\xad\\x80\\x9f'"},
    {TUM_S("\342\200\213\342\200\250\342\200\251"), "'\\u200b\\u2028\\u2029'",
     "'\\u200b\\u2028\\u2029'"},
    {TUM_S("\344\270\255\346\226\207"), "'\344\270\255\346\226\207'",
     "'\\u4e2d\\u6587'"},
    {TUM_S("\360\237\230\200"), "'\360\237\230\200'", "'\\U0001f600'"},
    {TUM_S("\363\240\200\201"), "'\\U000e0001'", "'\\U000e0001'"},
    {TUM_S("\355\240\200"), "'\\ud800'", "'\\ud800'"},
    {TUM_S("\357\273\277\357\277\276"), "'\\ufeff\\ufffe'", "'\\ufeff\\ufffe'"},
    {TUM_S("\315\270"), "'\\u0378'", "'\\u0378'"},
    {TUM_S("a\000b"), "'a\\x00b'", "'a\\x00b'"},
    {TUM_S("\314\201"), "'\314\201'", "'\\u0301'"},
    {TUM_S("\303\277"), "'\303\277'", "'\\xff'"},
    {TUM_S("\342\200\203"), "'\\u2003'", "'\\u2003'"},
    {TUM_S("\364\217\277\277"), "'\\U0010ffff'", "'\\U0010ffff'"},
    {TUM_S("\356\200\200"), "'\\ue000'", "'\\ue000'"},
    {TUM_S("$(x)"), "'$(x)'", "'$(x)'"},
    {TUM_S("\033[0m"), "'\\x1b[0m'", "'\\x1b[0m'"},
};

START_TEST(texts)
{
    const struct text_row *row = &text_rows[_i];
    VALUE v = tum_val_str_valid(row->text.s, row->text.n);
    TUM_AUTO(tum_freep) char *repr = tum_val_to_repr(v);
    TUM_AUTO(tum_buf_release) struct tum_buf str = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf ascii = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_val_write_str(&str, v);
    tum_text_write_repr(&ascii, row->text, true);
    ck_assert(tum_str_eq(tum_buf_str(&str), row->text));
    ck_assert_str_eq(repr, row->repr);
    ck_assert_str_eq(ascii.s, row->ascii);
}
END_TEST

struct value_row {
    const char *json;
    const char *expected; /* both str and repr */
};

static const struct value_row value_rows[] = {
    {"null", "None"},
    {"true", "True"},
    {"false", "False"},
    {"0", "0"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"123456789012345678901234567890", "123456789012345678901234567890"},
    {"1.0", "1.0"},
    {"1e16", "1e+16"},
    {"NaN", "nan"},
    {"-Infinity", "-inf"},
    {"[]", "[]"},
    {"[1]", "[1]"},
    {"[1, \"two\", 3.0, null]", "[1, 'two', 3.0, None]"},
    {"{}", "{}"},
    {"{\"a\": 1, \"b\": [true]}", "{'a': 1, 'b': [True]}"},
    {"{\"it's\": \"\\n\"}", "{\"it's\": '\\n'}"},
    {"[[[]], {\"a\": {}}]", "[[[]], {'a': {}}]"},
};

START_TEST(values)
{
    VALUE v = value_json(value_rows[_i].json);
    TUM_AUTO(tum_freep) char *str = tum_val_to_str(v);

    value_is(v, value_rows[_i].expected);
    ck_assert_str_eq(str, value_rows[_i].expected);
}
END_TEST

START_TEST(tuples_and_sets)
{
    static const struct {
        enum tum_kind kind;
        const char *json, *expected;
    } rows[] = {
        {TUM_TUPLE, "[]", "()"},
        {TUM_TUPLE, "[1]", "(1,)"},
        {TUM_TUPLE, "[1, \"a\"]", "(1, 'a')"},
        {TUM_SET, "[]", "set()"},
        {TUM_SET, "[1]", "{1}"},
        {TUM_SET, "[1, \"a\"]", "{1, 'a'}"},
    };

    for (size_t i = 0; i < TUM_LEN(rows); i++) {
        VALUE v = value_seq(rows[i].kind, rows[i].json);

        value_is(v, rows[i].expected);
    }
}
END_TEST

START_TEST(byte_texts)
{
    static const struct {
        struct tum_str bytes;
        const char *expected;
    } rows[] = {
        {TUM_S(""), "b''"},
        {TUM_S("abc"), "b'abc'"},
        {TUM_S("it's"), "b\"it's\""},
        {TUM_S("'\""), "b'\\'\"'"},
        {TUM_S("\0\n\r\t\\"), "b'\\x00\\n\\r\\t\\\\'"},
        {TUM_S("\xC3\xA9\x7F\xFF"), "b'\\xc3\\xa9\\x7f\\xff'"},
    };

    for (size_t i = 0; i < TUM_LEN(rows); i++) {
        VALUE v = tum_val_bytes(rows[i].bytes.s, rows[i].bytes.n);
        TUM_AUTO(tum_freep) char *str = tum_val_to_str(v);

        value_is(v, rows[i].expected);
        ck_assert_str_eq(str, rows[i].expected);
    }
}
END_TEST

START_TEST(dates_inside)
{
    static const struct tum_date date = {.year = 2024, .month = 1, .day = 2};
    struct tum_list_builder *b = tum_list_begin(1);
    struct tum_map_builder *m = tum_map_begin(1);
    tum_val day;

    ck_assert(tum_val_date(&date, &day));
    ck_assert(tum_list_add(b, day));

    VALUE list = tum_list_end(b);

    ck_assert(tum_map_add(m, day, tum_val_ref(list)));

    VALUE map = tum_map_end(m);

    value_is(day, "'2024-01-02'");
    value_is(list, "['2024-01-02']");
    value_is(map, "{'2024-01-02': ['2024-01-02']}");
}
END_TEST

/* A buffer that is full takes what fits and says so. */
START_TEST(limited)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(6);
    VALUE v = value_json("[1, 2, 3]");

    tum_val_write_str(&out, v);
    ck_assert(out.full);
    ck_assert_str_eq(out.s, "[1, 2,");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, texts, 0, TUM_LEN(text_rows));
    tcase_add_loop_test(t, values, 0, TUM_LEN(value_rows));
    tcase_add_test(t, tuples_and_sets);
    tcase_add_test(t, byte_texts);
    tcase_add_test(t, dates_inside);
    tcase_add_test(t, limited);
}

UNIT_MAIN("vrepr", add)
