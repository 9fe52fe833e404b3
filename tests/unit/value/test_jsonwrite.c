/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values to JSON text and to the plain form. What Python can write is compared with what
 * json.dumps answers.
 */
#include "values.h"
#include <math.h>

enum { PLAIN, DATA, INDENTED, COMPACT, HTML };

static const struct tum_json_style styles[] = {
    [PLAIN] = {0},
    [DATA] = {.ascii = true, .sort_keys = true},
    [INDENTED] = {.ascii = true, .indent = 2},
    [COMPACT] = {.item_sep = ",", .key_sep = ":"},
    [HTML] = {.ascii = true, .sort_keys = true, .html_safe = true},
};

struct style_row {
    const char *json;
    const char *expected[TUM_LEN(styles)];
};

static const struct style_row style_rows[] = {
    {"null", {"null", "null", "null", "null", "null"}},
    {"true", {"true", "true", "true", "true", "true"}},
    {"0", {"0", "0", "0", "0", "0"}},
    {"-1", {"-1", "-1", "-1", "-1", "-1"}},
    {"123456789012345678901234567890",
     {"123456789012345678901234567890", "123456789012345678901234567890",
      "123456789012345678901234567890", "123456789012345678901234567890",
      "123456789012345678901234567890"}},
    {"1.0", {"1.0", "1.0", "1.0", "1.0", "1.0"}},
    {"-0.0", {"-0.0", "-0.0", "-0.0", "-0.0", "-0.0"}},
    {"1e16", {"1e+16", "1e+16", "1e+16", "1e+16", "1e+16"}},
    {"1e-07", {"1e-07", "1e-07", "1e-07", "1e-07", "1e-07"}},
    {"NaN", {"NaN", "NaN", "NaN", "NaN", "NaN"}},
    {"Infinity", {"Infinity", "Infinity", "Infinity", "Infinity", "Infinity"}},
    {"-Infinity", {"-Infinity", "-Infinity", "-Infinity", "-Infinity", "-Infinity"}},
    {"\"\"", {"\"\"", "\"\"", "\"\"", "\"\"", "\"\""}},
    {"\"plain\"", {"\"plain\"", "\"plain\"", "\"plain\"", "\"plain\"", "\"plain\""}},
    {"\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\"",
     {"\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\177\"",
      "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\"",
      "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\"",
      "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\177\"",
      "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\""}},
    {"\"caf\\u00e9 \\ud83d\\ude00 \\ud800 \\u2028\"",
     {"\"caf\303\251 \360\237\230\200 \355\240\200 \342\200\250\"",
      "\"caf\\u00e9 \\ud83d\\ude00 \\ud800 \\u2028\"",
      "\"caf\\u00e9 \\ud83d\\ude00 \\ud800 \\u2028\"",
      "\"caf\303\251 \360\237\230\200 \355\240\200 \342\200\250\"",
      "\"caf\\u00e9 \\ud83d\\ude00 \\ud800 \\u2028\""}},
    {"\"<a href='x'>&</a>\"",
     {"\"<a href='x'>&</a>\"", "\"<a href='x'>&</a>\"", "\"<a href='x'>&</a>\"",
      "\"<a href='x'>&</a>\"",
      "\"\\u003ca href=\\u0027x\\u0027\\u003e\\u0026\\u003c/a\\u003e\""}},
    {"[]", {"[]", "[]", "[]", "[]", "[]"}},
    {"[1, [2, []], {}]",
     {"[1, [2, []], {}]", "[1, [2, []], {}]",
      "[\012  1,\012  [\012    2,\012    []\012  ],\012  {}\012]", "[1,[2,[]],{}]",
      "[1, [2, []], {}]"}},
    {"{}", {"{}", "{}", "{}", "{}", "{}"}},
    {"{\"b\": 1, \"a\": {\"d\": [], \"c\": null}, \"\": 0}",
     {"{\"b\": 1, \"a\": {\"d\": [], \"c\": null}, \"\": 0}",
      "{\"\": 0, \"a\": {\"c\": null, \"d\": []}, \"b\": 1}",
      "{\012  \"b\": 1,\012  \"a\": {\012    \"d\": [],\012    \"c\": null\012  },\012 "
      " \"\": 0\012}",
      "{\"b\":1,\"a\":{\"d\":[],\"c\":null},\"\":0}",
      "{\"\": 0, \"a\": {\"c\": null, \"d\": []}, \"b\": 1}"}},
    {"{\"\\u00e9\": 1, \"z\": 2, \"Z\": 3, \"\\ud83d\\ude00\": 4, \"\\uffff\": 5}",
     {"{\"\303\251\": 1, \"z\": 2, \"Z\": 3, \"\360\237\230\200\": 4, "
      "\"\357\277\277\": 5}",
      "{\"Z\": 3, \"z\": 2, \"\\u00e9\": 1, \"\\uffff\": 5, \"\\ud83d\\ude00\": 4}",
      "{\012  \"\\u00e9\": 1,\012  \"z\": 2,\012  \"Z\": 3,\012  \"\\ud83d\\ude00\": "
      "4,\012  \"\\uffff\": 5\012}",
      "{\"\303\251\":1,\"z\":2,\"Z\":3,\"\360\237\230\200\":4,\"\357\277\277\":5}",
      "{\"Z\": 3, \"z\": 2, \"\\u00e9\": 1, \"\\uffff\": 5, \"\\ud83d\\ude00\": 4}"}},
};

START_TEST(styled)
{
    const struct style_row *row = &style_rows[_i];
    VALUE v = value_json(row->json);

    for (size_t i = 0; i < TUM_LEN(styles); i++) {
        TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
        struct tum_error *err = NULL;

        ck_assert(tum_json_write(&out, v, &styles[i], &err));
        ck_assert_str_eq(out.s, row->expected[i]);
    }
}
END_TEST

/* ---- what JSON has no word for ---- */

static tum_val day(void)
{
    static const struct tum_date date = {.year = 2024, .month = 1, .day = 2};
    tum_val v;

    ck_assert(tum_val_date(&date, &v));
    return v;
}

/* One of everything under a key of every kind, not in order. */
static tum_val everything(void)
{
    struct tum_map_builder *b = tum_map_begin(0);

    ck_assert(tum_map_add(b, tum_val_str("b"), value_seq(TUM_TUPLE, "[1, [2]]")));
    ck_assert(tum_map_add(b, tum_val_int(10), value_seq(TUM_SET, "[2, 1]")));
    ck_assert(tum_map_add(b, tum_val_float(1.5), tum_val_bytes("x\xFF", 2)));
    ck_assert(tum_map_add(b, tum_val_bool(true), day()));
    ck_assert(tum_map_add(b, tum_val_none(), tum_val_float(NAN)));
    ck_assert(tum_map_add(b, day(), tum_val_str("date")));
    ck_assert(tum_map_add(b, value_seq(TUM_TUPLE, "[1, \"a\"]"), tum_val_str("pair")));
    ck_assert(tum_map_add(b, tum_val_float(-HUGE_VAL), tum_val_int(0)));
    return tum_map_end(b);
}

START_TEST(data)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    VALUE v = everything();

    tum_json_write_data(&out, v);
    ck_assert_str_eq(out.s, "{\"(1, 'a')\": \"pair\", \"-Infinity\": 0, "
                            "\"1.5\": \"b'x\\\\xff'\", \"10\": [2, 1], "
                            "\"2024-01-02\": \"date\", \"b\": [1, [2]], "
                            "\"null\": NaN, \"true\": \"2024-01-02\"}");
}
END_TEST

/* Keys that are all numbers are sorted as numbers; else by their texts. */
START_TEST(number_keys)
{
    TUM_AUTO(tum_buf_release) struct tum_buf numbers = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf mixed = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_map_builder *b = tum_map_begin(0);
    static const char *const keys[] = {"10",   "9",  "2.5",
                                       "true", "-3", "100000000000000000000"};

    for (size_t i = 0; i < TUM_LEN(keys); i++)
        ck_assert(tum_map_add(b, value_json(keys[i]), tum_val_int((int64_t)i)));

    VALUE map = tum_map_end(b);

    tum_json_write_data(&numbers, map);
    ck_assert_str_eq(numbers.s, "{\"-3\": 4, \"true\": 3, \"2.5\": 2, \"9\": 1, "
                                "\"10\": 0, \"100000000000000000000\": 5}");
    b = tum_map_begin(0);
    ck_assert(tum_map_merge(b, map));
    ck_assert(tum_map_adds(b, "2", tum_val_int(6)));

    VALUE more = tum_map_end(b);

    tum_json_write_data(&mixed, more);
    ck_assert_str_eq(mixed.s, "{\"-3\": 4, \"10\": 0, \"100000000000000000000\": 5, "
                              "\"2\": 6, \"2.5\": 2, \"9\": 1, \"true\": 3}");
}
END_TEST

/* ---- refusals, with Python's words ---- */

static void refused(tum_val v, const struct tum_json_style *style, const char *type,
                    const char *text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    ck_assert(!tum_json_write(&out, v, style, &err));
    error_is(err, type, text);
    tum_val_unref(v);
}

static tum_val map_of(tum_val key, tum_val value)
{
    struct tum_map_builder *b = tum_map_begin(1);

    ck_assert(tum_map_add(b, key, value));
    return tum_map_end(b);
}

START_TEST(refusals)
{
    static const struct tum_json_style strict = {.strict = true};
    static const struct tum_json_style sorted = {.strict = true, .sort_keys = true};
    static const struct tum_json_style no_nan = {.no_nan = true};
    struct tum_map_builder *b = tum_map_begin(2);

    refused(day(), &strict, "TypeError",
            "Object of type date is not JSON serializable");
    refused(value_seq(TUM_SET, "[]"), &strict, "TypeError",
            "Object of type set is not JSON serializable");
    refused(map_of(tum_val_int(1), tum_val_bytes("", 0)), &strict, "TypeError",
            "Object of type bytes is not JSON serializable");
    refused(map_of(value_seq(TUM_TUPLE, "[]"), tum_val_none()), &strict, "TypeError",
            "keys must be str, int, float, bool or None, not tuple");
    refused(value_json("[1.5, NaN]"), &no_nan, "ValueError",
            "Out of range float values are not JSON compliant");
    refused(value_json("-Infinity"), &no_nan, "ValueError",
            "Out of range float values are not JSON compliant");
    refused(map_of(tum_val_float(NAN), tum_val_none()), &no_nan, "ValueError",
            "Out of range float values are not JSON compliant");
    ck_assert(tum_map_add(b, tum_val_int(1), tum_val_none()));
    ck_assert(tum_map_add(b, tum_val_str("a"), tum_val_none()));
    refused(tum_map_end(b), &sorted, "TypeError",
            "'<' not supported between instances of 'str' and 'int'");
}
END_TEST

/* ---- the plain form ---- */

START_TEST(plain)
{
    struct tum_map_builder *b = tum_map_begin(0);
    const char *type = NULL;
    VALUE result = tum_val_none();

    ck_assert(tum_map_add(b, tum_val_int(1), value_seq(TUM_TUPLE, "[1, [2]]")));
    ck_assert(tum_map_add(b, tum_val_float(1.5), day()));
    ck_assert(tum_map_add(b, tum_val_none(), tum_val_float(1e16)));
    ck_assert(tum_map_add(b, day(), tum_val_int(0)));
    ck_assert(tum_map_add(b, tum_val_str("1"), tum_val_int(7)));
    ck_assert(tum_map_add(b, tum_val_bool(false), tum_val_none()));
    ck_assert(tum_map_add(b, tum_val_str("set"), value_seq(TUM_SET, "[3, 4]")));

    VALUE map = tum_map_end(b);

    ck_assert(tum_val_plain(map, &result, &type));
    value_is(result, "{'1': 7, '1.5': '2024-01-02', 'null': 1e+16, '2024-01-02': 0, "
                     "'false': None, 'set': [3, 4]}");
    ck_assert_ptr_null(type);
}
END_TEST

/* What is plain already is shared, not copied. */
START_TEST(plain_already)
{
    VALUE v = value_json("{\"a\": [1, {\"b\": null}]}");
    VALUE result = tum_val_none();
    const char *type;

    ck_assert(tum_val_plain(v, &result, &type));
    ck_assert_ptr_eq(result.as.obj, v.as.obj);
}
END_TEST

START_TEST(plain_refused)
{
    tum_val rows[] = {
        tum_val_bytes("", 0),
        map_of(tum_val_str("a"), tum_val_bytes("a", 1)),
        map_of(value_seq(TUM_TUPLE, "[]"), tum_val_none()),
        map_of(tum_val_bytes("", 0), tum_val_none()),
    };
    static const char *const types[] = {"bytes", "bytes", "tuple", "bytes"};

    for (size_t i = 0; i < TUM_LEN(rows); i++) {
        tum_val result = tum_val_int(5);
        const char *type = NULL;

        ck_assert(!tum_val_plain(rows[i], &result, &type));
        ck_assert_str_eq(type, types[i]);
        ck_assert_int_eq(result.as.i, 5);
        tum_val_unref(rows[i]);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, styled, 0, TUM_LEN(style_rows));
    tcase_add_test(t, data);
    tcase_add_test(t, number_keys);
    tcase_add_test(t, refusals);
    tcase_add_test(t, plain);
    tcase_add_test(t, plain_already);
    tcase_add_test(t, plain_refused);
}

UNIT_MAIN("jsonwrite", add)
