/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to values. What is accepted, and the repr() of it, are Python's answers.
 */
#include "values.h"

struct good_row {
    struct tum_str text;
    const char *expected;
};

static const struct good_row good_rows[] = {
    {TUM_S("null"), "None"},
    {TUM_S(" true "), "True"},
    {TUM_S("\011\012\015false"), "False"},
    {TUM_S("0"), "0"},
    {TUM_S("-0"), "0"},
    {TUM_S("-1"), "-1"},
    {TUM_S("12"), "12"},
    {TUM_S("1.0"), "1.0"},
    {TUM_S("-0.0"), "-0.0"},
    {TUM_S("1.5e3"), "1500.0"},
    {TUM_S("1E+5"), "100000.0"},
    {TUM_S("1e-5"), "1e-05"},
    {TUM_S("1e400"), "inf"},
    {TUM_S("9223372036854775808"), "9223372036854775808"},
    {TUM_S("-9223372036854775808"), "-9223372036854775808"},
    {TUM_S("123456789012345678901234567890"), "123456789012345678901234567890"},
    {TUM_S("NaN"), "nan"},
    {TUM_S("Infinity"), "inf"},
    {TUM_S("-Infinity"), "-inf"},
    {TUM_S("\"\""), "''"},
    {TUM_S("\"a\""), "'a'"},
    {TUM_S("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "'\"\\\\/\\x08\\x0c\\n\\r\\t'"},
    {TUM_S("\"\\u00e9\\u0000\""), "'\303\251\\x00'"},
    {TUM_S("\"caf\303\251\""), "'caf\303\251'"},
    {TUM_S("\"\\ud83d\\ude00\""), "'\360\237\230\200'"},
    {TUM_S("\"\\ud83d\""), "'\\ud83d'"},
    {TUM_S("\"\\ude00\""), "'\\ude00'"},
    {TUM_S("\"\\ud83dx\""), "'\\ud83dx'"},
    {TUM_S("\"\\ud83d\\u0041\""), "'\\ud83dA'"},
    {TUM_S("\"\\ud83d\\ud83d\\ude00\""), "'\\ud83d\360\237\230\200'"},
    {TUM_S("\"\177\""), "'\\x7f'"},
    {TUM_S("[]"), "[]"},
    {TUM_S("[ ]"), "[]"},
    {TUM_S("[1]"), "[1]"},
    {TUM_S("[1, [2, []]]"), "[1, [2, []]]"},
    {TUM_S("{}"), "{}"},
    {TUM_S("{ }"), "{}"},
    {TUM_S("{\"a\": 1}"), "{'a': 1}"},
    {TUM_S("{\"a\":1,\"b\":{\"c\":[null]}}"), "{'a': 1, 'b': {'c': [None]}}"},
    {TUM_S("{\"a\": 1, \"b\": 2, \"a\": 3}"), "{'a': 3, 'b': 2}"},
    {TUM_S("{\"\": 0}"), "{'': 0}"},
};

START_TEST(good)
{
    struct tum_error *err = NULL;
    VALUE v = tum_val_none();

    ck_assert(tum_json_read(good_rows[_i].text, (struct tum_span){0}, &v, &err));
    value_is(v, good_rows[_i].expected);
}
END_TEST

struct bad_row {
    struct tum_str text;
    uint32_t start, length; /* of the wrong bytes */
    const char *message;
};

static const struct bad_row bad_rows[] = {
    {TUM_S(""), 0, 0, "expected a value"},
    {TUM_S(" "), 1, 0, "expected a value"},
    {TUM_S("nul"), 0, 1, "expected a value"},
    {TUM_S("nulll"), 4, 1, "more text behind the value"},
    {TUM_S("None"), 0, 1, "expected a value"},
    {TUM_S("True"), 0, 1, "expected a value"},
    {TUM_S("tru"), 0, 1, "expected a value"},
    {TUM_S("01"), 1, 1, "more text behind the value"},
    {TUM_S("-"), 0, 1, "expected a value"},
    {TUM_S("-01"), 2, 1, "more text behind the value"},
    {TUM_S("+1"), 0, 1, "expected a value"},
    {TUM_S("1."), 1, 1, "more text behind the value"},
    {TUM_S(".5"), 0, 1, "expected a value"},
    {TUM_S("1.e5"), 1, 1, "more text behind the value"},
    {TUM_S("1e"), 1, 1, "more text behind the value"},
    {TUM_S("1e+"), 1, 1, "more text behind the value"},
    {TUM_S("0x10"), 1, 1, "more text behind the value"},
    {TUM_S("1_0"), 1, 1, "more text behind the value"},
    {TUM_S("--1"), 0, 1, "expected a value"},
    {TUM_S("-Inf"), 0, 1, "expected a value"},
    {TUM_S("-NaN"), 0, 1, "expected a value"},
    {TUM_S("nan"), 0, 1, "expected a value"},
    {TUM_S("1 2"), 2, 1, "more text behind the value"},
    {TUM_S("["), 1, 0, "expected a value"},
    {TUM_S("[1"), 2, 0, "expected ',' or ']'"},
    {TUM_S("[1,"), 3, 0, "expected a value"},
    {TUM_S("[1,]"), 3, 1, "expected a value"},
    {TUM_S("[,1]"), 1, 1, "expected a value"},
    {TUM_S("[1 2]"), 3, 1, "expected ',' or ']'"},
    {TUM_S("[1}"), 2, 1, "expected ',' or ']'"},
    {TUM_S("]"), 0, 1, "expected a value"},
    {TUM_S("{"), 1, 0, "expected a key in double quotes"},
    {TUM_S("{\"a\""), 4, 0, "expected ':'"},
    {TUM_S("{\"a\":"), 5, 0, "expected a value"},
    {TUM_S("{\"a\":1"), 6, 0, "expected ',' or '}'"},
    {TUM_S("{\"a\":1,"), 7, 0, "expected a key in double quotes"},
    {TUM_S("{\"a\":1,}"), 7, 1, "expected a key in double quotes"},
    {TUM_S("{a:1}"), 1, 1, "expected a key in double quotes"},
    {TUM_S("{1:2}"), 1, 1, "expected a key in double quotes"},
    {TUM_S("{\"a\" 1}"), 5, 1, "expected ':'"},
    {TUM_S("{\"a\":1 \"b\":2}"), 7, 1, "expected ',' or '}'"},
    {TUM_S("{,}"), 1, 1, "expected a key in double quotes"},
    {TUM_S("'a'"), 0, 1, "expected a value"},
    {TUM_S("\""), 0, 1, "text without its closing quote"},
    {TUM_S("\"a"), 0, 1, "text without its closing quote"},
    {TUM_S("\"\\"), 0, 1, "text without its closing quote"},
    {TUM_S("\"\\\""), 0, 1, "text without its closing quote"},
    {TUM_S("\"\\x41\""), 1, 2, "unknown escape"},
    {TUM_S("\"\\U0041\""), 1, 2, "unknown escape"},
    {TUM_S("\"\\u\""), 3, 1, "expected four hexadecimal digits"},
    {TUM_S("\"\\u12\""), 3, 1, "expected four hexadecimal digits"},
    {TUM_S("\"\\u12g4\""), 3, 1, "expected four hexadecimal digits"},
    {TUM_S("\"\\u+123\""), 3, 1, "expected four hexadecimal digits"},
    {TUM_S("\"\011\""), 1, 1, "control character in a text"},
    {TUM_S("\"\012\""), 1, 1, "control character in a text"},
    {TUM_S("\"a\000b\""), 2, 1, "control character in a text"},
    {TUM_S("1\000"), 1, 1, "more text behind the value"},
    {TUM_S("\0131"), 0, 1, "expected a value"},
    {TUM_S("\357\273\2771"), 0, 1, "expected a value"},
    {TUM_S("/**/1"), 0, 1, "expected a value"},
    {TUM_S("[1]]"), 3, 1, "more text behind the value"},
    {TUM_S("{\"a\":1}}"), 7, 1, "more text behind the value"},
    {TUM_S("undefined"), 0, 1, "expected a value"},
    {TUM_S("\302\2401"), 0, 1, "expected a value"},
    {TUM_S("\"\xFF\""), 1, 1, "not UTF-8"},
    {TUM_S("\"a\xE2\x82\""), 2, 2, "not UTF-8"},
    {TUM_S("{\"a\": [1, {\"b\": 1 2}]}"), 18, 1, "expected ',' or '}'"},
};

START_TEST(bad)
{
    const struct bad_row *row = &bad_rows[_i];
    struct tum_span at = {.source = 3, .start = 1000, .length = 1};
    struct tum_error *err = NULL;
    tum_val v = tum_val_int(5);

    ck_assert(!tum_json_read(row->text, at, &v, &err));
    ck_assert_int_eq(v.as.i, 5);
    ck_assert_int_eq(err->kind, TUM_ERROR_SYNTAX);
    ck_assert_str_eq(err->text, row->message);
    ck_assert_uint_eq(err->at.source, 3);
    ck_assert_uint_eq(err->at.start, 1000 + row->start);
    ck_assert_uint_eq(err->at.length, row->length);
    tum_error_free(err);
}
END_TEST

/* Every proper beginning of a text is wrong, and nothing leaks on the way out. */
START_TEST(cut)
{
    static const char text[] = "{\"a\": [1, \"b\\n\\ud83d\\ude00\", {\"c\": 1.5e3}], "
                               "\"d\": [null, true, 123456789012345678901234567890]}";

    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        /* In memory of its own, so that reading past the end is seen. */
        TUM_AUTO(tum_freep) char *copy = tum_realloc(NULL, TUM_MAX(n, (size_t)1));
        struct tum_error *err = NULL;
        tum_val v;

        memcpy(copy, text, n);
        ck_assert(!tum_json_read(tum_str_n(copy, n), (struct tum_span){0}, &v, &err));
        tum_error_free(err);
    }
}
END_TEST

START_TEST(without_source)
{
    struct tum_error *err = NULL;
    tum_val v;

    ck_assert(!tum_json_read(TUM_S("[1, x]"), (struct tum_span){0}, &v, &err));
    ck_assert_str_eq(err->text, "expected a value at byte 4 of the JSON text");
    ck_assert_uint_eq(err->at.source, 0);
    tum_error_free(err);
}
END_TEST

/* As deep as values may be, and one more. */
START_TEST(depth)
{
    static const char *const brackets[] = {"[", "]", "{\"a\":", "}"};
    const char *open = brackets[2 * _i];
    const char *inner = _i == 0 ? "" : "{}";
    int levels = _i == 0 ? TUM_VAL_DEPTH : TUM_VAL_DEPTH - 1;

    for (int more = 0; more < 2; more++) {
        TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
        struct tum_error *err = NULL;
        VALUE v = tum_val_none();

        for (int i = 0; i < levels + more; i++)
            tum_buf_adds(&text, open);
        tum_buf_adds(&text, inner);
        for (int i = 0; i < levels + more; i++)
            tum_buf_adds(&text, brackets[2 * _i + 1]);
        ck_assert_int_eq(
            tum_json_read(tum_buf_str(&text), (struct tum_span){0}, &v, &err), !more);
        if (more) {
            ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
            tum_error_free(err);
        } else {
            ck_assert_int_eq(v.depth, TUM_VAL_DEPTH);
        }
    }
}
END_TEST

START_TEST(long_number)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    VALUE fits = tum_val_none();
    VALUE over = tum_val_none();

    tum_buf_fill(&text, '7', TUM_INT_DIGITS_LIMIT);
    ck_assert(tum_json_read(tum_buf_str(&text), (struct tum_span){0}, &fits, &err));
    tum_buf_addc(&text, '7');
    ck_assert(!tum_json_read(tum_buf_str(&text), (struct tum_span){0}, &over, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_free(err);
}
END_TEST

/* Lone surrogates in their own bytes, as a text value may hold them. */
START_TEST(surrogates)
{
    struct tum_error *err = NULL;
    VALUE v = tum_val_none();

    ck_assert(tum_json_read(TUM_S("\"\xED\xA0\x80\""), (struct tum_span){0}, &v, &err));
    value_is(v, "'\\ud800'");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, good, 0, TUM_LEN(good_rows));
    tcase_add_loop_test(t, bad, 0, TUM_LEN(bad_rows));
    tcase_add_test(t, cut);
    tcase_add_test(t, without_source);
    tcase_add_loop_test(t, depth, 0, 2);
    tcase_add_test(t, long_number);
    tcase_add_test(t, surrogates);
}

UNIT_MAIN("jsonread", add)
