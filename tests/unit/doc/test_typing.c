/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every form of the implicit types and of the tags that force one.
 */
#include "doc/typing.h"
#include "tum/mem.h"
#include "unit.h"

/* expect: repr() of the value; NULL: stays text; "!…": wrong, with these words. */
struct row {
    const char *text;
    const char *expect;
};

static void check(enum tum_typed typed, tum_val value, const char *wrong,
                  const char *text, const char *expect)
{
    if (expect == NULL) {
        ck_assert_msg(typed == TUM_TYPED_TEXT, "'%s' is not a text", text);
    } else if (expect[0] == '!') {
        ck_assert_msg(typed == TUM_TYPED_WRONG, "'%s' is not wrong", text);
        ck_assert_str_eq(wrong, expect + 1);
    } else {
        TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
        ck_assert_msg(typed == TUM_TYPED_VALUE, "'%s' is not a value", text);
        tum_val_write_repr(&buf, value);
        ck_assert_msg(strcmp(buf.s, expect) == 0, "'%s' is %s, not %s", text, buf.s,
                      expect);
        tum_val_unref(value);
    }
}

#define NO_DATE "!is a date that does not exist"

static const struct row plain[] = {
    /* booleans: these words and no other */
    {"yes", "True"},
    {"Yes", "True"},
    {"YES", "True"},
    {"no", "False"},
    {"No", "False"},
    {"NO", "False"},
    {"true", "True"},
    {"True", "True"},
    {"TRUE", "True"},
    {"false", "False"},
    {"False", "False"},
    {"FALSE", "False"},
    {"on", "True"},
    {"On", "True"},
    {"ON", "True"},
    {"off", "False"},
    {"Off", "False"},
    {"OFF", "False"},
    {"y", NULL},
    {"n", NULL},
    {"Y", NULL},
    {"N", NULL},
    {"tRUE", NULL},
    {"yEs", NULL},
    {"oN", NULL},
    {"yes ", NULL},
    /* null */
    {"", "None"},
    {"~", "None"},
    {"null", "None"},
    {"Null", "None"},
    {"NULL", "None"},
    {"nULL", NULL},
    {"None", NULL},
    {"none", NULL},
    {"nil", NULL},
    {"~~", NULL},
    /* decimal */
    {"0", "0"},
    {"-0", "0"},
    {"+0", "0"},
    {"7", "7"},
    {"-12", "-12"},
    {"+12", "12"},
    {"1_000", "1000"},
    {"1__0_", "10"},
    {"_1", NULL},
    {"1 000", NULL},
    {"1,5", NULL},
    {"--1", NULL},
    {"+-1", NULL},
    {"-", NULL},
    {"+", NULL},
    {"1-", NULL},
    {"999999999999999999", "999999999999999999"},
    {"9223372036854775807", "9223372036854775807"},
    {"9223372036854775808", "9223372036854775808"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"-9223372036854775809", "-9223372036854775809"},
    {"123456789012345678901234567890", "123456789012345678901234567890"},
    {"1_23456789012345678901234567890", "123456789012345678901234567890"},
    /* octal, binary, hexadecimal */
    {"010", "8"},
    {"0_7", "7"},
    {"0_", "0"},
    {"00", "0"},
    {"-017", "-15"},
    {"+07", "7"},
    {"08", NULL},
    {"0190", NULL},
    {"0o17", NULL},
    {"0b1010", "10"},
    {"0b1_0", "2"},
    {"-0b11", "-3"},
    {"0b_", NULL},
    {"0b", NULL},
    {"0b2", NULL},
    {"0B1", NULL},
    {"0x1F", "31"},
    {"0xff_", "255"},
    {"+0x_a", "10"},
    {"-0x10", "-16"},
    {"0x_", NULL},
    {"0x", NULL},
    {"0xg", NULL},
    {"0X1F", NULL},
    {"00x1", NULL},
    {"0xFFFFFFFFFFFFFFFFFF", "4722366482869645213695"},
    {"0777777777777777777777777", "4722366482869645213695"},
    /* base 60 */
    {"9:30", "570"},
    {"1:30:15", "5415"},
    {"-1:30", "-90"},
    {"+1:0", "60"},
    {"1_0:5", "605"},
    {"1:59", "119"},
    {"1:60", NULL},
    {"1:75", NULL},
    {"0:30", NULL},
    {"09:30", NULL},
    {"1:", NULL},
    {"1:2:", NULL},
    {":30", NULL},
    {"1:300", NULL},
    {"1:3_0", NULL},
    {"1:5a", NULL},
    {"99999999999999999999:30", "5999999999999999999970"},
    /* floats */
    {"1.0", "1.0"},
    {"1.10", "1.1"},
    {"5.", "5.0"},
    {".5", "0.5"},
    {"-1.5", "-1.5"},
    {"+1.5", "1.5"},
    {"0.1", "0.1"},
    {"00.5", "0.5"},
    {"1_0.5_0", "10.5"},
    {"1._", "1.0"},
    {"1.5e+3", "1500.0"},
    {"1.5E-3", "0.0015"},
    {"1.e+3", "1000.0"},
    {".5e+1", "5.0"},
    {".5_0", "0.5"},
    {"1.0e+999", "inf"},
    {"-1.0e+999", "-inf"},
    {"1.0e-999", "0.0"},
    {"-0.0", "-0.0"},
    {"1e3", NULL},
    {"1e+3", NULL},
    {"1.0e3", NULL},
    {"1.5e", NULL},
    {"1.5e+", NULL},
    {"1.5e+3x", NULL},
    {"-.5", NULL},
    {"+.5", NULL},
    {"._5", NULL},
    {".", NULL},
    {"..", NULL},
    {"1.2.3", NULL},
    {"0x1.8", NULL},
    {".e+1", NULL},
    {"1.5e+1_0", NULL},
    {"1:30.5", "90.5"},
    {"0:30.5", "30.5"},
    {"-1:30.", "-90.0"},
    {"1:30.5_0", "90.5"},
    {"1:75.5", NULL},
    {"1:30.5e+1", NULL},
    {"1.5:30", NULL},
    {".inf", "inf"},
    {".Inf", "inf"},
    {".INF", "inf"},
    {"-.inf", "-inf"},
    {"+.Inf", "inf"},
    {".iNF", NULL},
    {"inf", NULL},
    {".infinity", NULL},
    {".nan", "nan"},
    {".NaN", "nan"},
    {".NAN", "nan"},
    {"-.nan", NULL},
    {".Nan", NULL},
    {"nan", NULL},
    /* dates */
    {"2024-03-09", "'2024-03-09'"},
    {"0001-01-01", "'0001-01-01'"},
    {"2024-02-29", "'2024-02-29'"},
    {"2024-3-9", NULL},
    {"2024-3-09", NULL},
    {"24-03-09", NULL},
    {"2024-03-09x", NULL},
    {"2024-03", NULL},
    {"2024-", NULL},
    {"20240309", "20240309"},
    {"+2024-03-09", NULL},
    {"2024-3-9 8:07:06", "'2024-03-09 08:07:06'"},
    {"2024-03-09T08:07:06.5", "'2024-03-09 08:07:06.500000'"},
    {"2024-03-09t08:07:06", "'2024-03-09 08:07:06'"},
    {"2024-03-09  \t08:07:06", "'2024-03-09 08:07:06'"},
    {"2024-03-09 08:07:06.", "'2024-03-09 08:07:06'"},
    {"2024-03-09 08:07:06.0000000", "'2024-03-09 08:07:06'"},
    {"2024-03-09 08:07:06.123456789", "'2024-03-09 08:07:06.123456'"},
    {"2024-03-09 08:07:06.999999999", "'2024-03-09 08:07:06.999999'"},
    {"2024-03-09 08:07:06 Z", "'2024-03-09 08:07:06+00:00'"},
    {"2024-03-09 08:07:06Z", "'2024-03-09 08:07:06+00:00'"},
    {"2024-03-09t08:07:06+2:30", "'2024-03-09 08:07:06+02:30'"},
    {"2024-03-09 08:07:06 -5", "'2024-03-09 08:07:06-05:00'"},
    {"2024-03-09 08:07:06.5-05:45", "'2024-03-09 08:07:06.500000-05:45'"},
    {"2024-03-09 08:07:06 z", NULL},
    {"2024-03-09 08:07:06 +2:3", NULL},
    {"2024-03-09 08:07:06 +", NULL},
    {"2024-03-09 08:07:06 +123", NULL},
    {"2024-01-01T00:00", NULL},
    {"2024-03-09T 08:07:06", NULL},
    {"2024-03-09 08:7:06", NULL},
    {"2024-03-09 08:07:06 ", NULL},
    {"2024-13-45", NO_DATE},
    {"2023-02-29", NO_DATE},
    {"2024-00-01", NO_DATE},
    {"0000-01-01", NO_DATE},
    {"2024-03-09 25:00:00", NO_DATE},
    {"2024-03-09 24:00:00", NO_DATE},
    {"2024-03-09 08:60:00", NO_DATE},
    {"2024-03-09 08:07:60", NO_DATE},
    {"2024-03-09 08:07:06 +24:00", NO_DATE},
    {"2024-03-09 08:07:06 +23:59", "'2024-03-09 08:07:06+23:59'"},
    /* text */
    {"abc", NULL},
    {"=", NULL},
    {"<<", NULL},
    {"a b", NULL},
    {"é", NULL},
    {"127.0.0.1", NULL},
    {"12a", NULL},
    {"1/2", NULL},
    {"$(x)", NULL},
};

START_TEST(test_plain)
{
    const struct row *row = &plain[_i];
    const char *wrong = NULL;
    tum_val value = tum_val_none();
    enum tum_typed typed = tum_typing_plain(tum_str_of(row->text), &value, &wrong);
    check(typed, value, wrong, row->text, row->expect);
}
END_TEST

#define NO_INT   "!is not an integer"
#define NO_FLOAT "!is not a number"
#define NO_BOOL  "!is not a boolean (yes, no, true, false, on, off)"
#define NO_STAMP "!is not a date (2024-03-09, 2024-03-09 08:07:06)"

static const struct {
    const char *tag;
    struct row row;
} forced[] = {
    {"str", {"yes", NULL}},
    {"str", {"", NULL}},
    {"str", {"2024-13-45", NULL}},
    {"python/str", {"1", NULL}},
    {"python/unicode", {"1", NULL}},
    {"int", {"12", "12"}},
    {"int", {" 12 ", "12"}},
    {"int", {"-1_2", "-12"}},
    {"int", {"0x1F", "31"}},
    {"int", {"-0b11", "-3"}},
    {"int", {"017", "15"}},
    {"int", {"0o7", "7"}},
    {"int", {"0", "0"}},
    {"int", {"1:30", "90"}},
    {"int", {"-1:30:15", "-5415"}},
    {"int", {"12345678901234567890", "12345678901234567890"}},
    {"int", {"08", NO_INT}},
    {"int", {"1.5", NO_INT}},
    {"int", {"", NO_INT}},
    {"int", {"-", NO_INT}},
    {"int", {"x", NO_INT}},
    {"int", {"0x", NO_INT}},
    {"int", {"1:x", NO_INT}},
    {"int", {"1:", NO_INT}},
    {"python/int", {"5", "5"}},
    {"python/long", {"5", "5"}},
    {"float", {"1e3", "1000.0"}},
    {"float", {"3", "3.0"}},
    {"float", {"-1_0.5", "-10.5"}},
    {"float", {"1:30", "90.0"}},
    {"float", {"-1:30.5", "-90.5"}},
    {"float", {".inf", "inf"}},
    {"float", {"-.INF", "-inf"}},
    {"float", {".NaN", "nan"}},
    {"float", {"x", NO_FLOAT}},
    {"float", {"", NO_FLOAT}},
    {"float", {"1:x", NO_FLOAT}},
    {"python/float", {"1", "1.0"}},
    {"bool", {"on", "True"}},
    {"bool", {"oFF", "False"}},
    {"bool", {"1", NO_BOOL}},
    {"bool", {"", NO_BOOL}},
    {"python/bool", {"true", "True"}},
    {"null", {"", "None"}},
    {"null", {"anything", "None"}},
    {"python/none", {"x", "None"}},
    {"timestamp", {"2024-3-9", "'2024-03-09'"}},
    {"timestamp", {"2024-03-09 08:07:06 Z", "'2024-03-09 08:07:06+00:00'"}},
    {"timestamp", {"today", NO_STAMP}},
    {"timestamp", {"2024-13-01", NO_DATE}},
    {"binary", {"aGVsbG8=", "b'hello'"}},
    {"binary", {"aGVs\nbG8=\n", "b'hello'"}},
    {"binary", {"AP/+", "b'\\x00\\xff\\xfe'"}},
    {"binary", {"YQ==", "b'a'"}},
    {"binary", {"YWI=", "b'ab'"}},
    {"binary", {"", "b''"}},
    {"binary", {"YQ", "!is base 64 that ends too early"}},
    {"binary", {"YWJjZ", "!is base 64 that ends too early"}},
    {"binary", {"YQ=", "!is base 64 that ends too early"}},
    {"binary", {"é", "!is not base 64"}},
};

START_TEST(test_forced)
{
    TUM_AUTO(tum_freep)
    char *tag = tum_asprintf("tag:yaml.org,2002:%s", forced[_i].tag);
    const struct row *row = &forced[_i].row;
    const char *wrong = NULL;
    tum_val value = tum_val_none();
    enum tum_typed typed = tum_typing_forced(tum_tag_find(tum_str_of(tag)),
                                             tum_str_of(row->text), &value, &wrong);

    check(typed, value, wrong, row->text, row->expect);
}
END_TEST

START_TEST(test_number_limit)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *wrong = NULL;
    tum_val value;

    tum_buf_fill(&buf, '7', TUM_YAML_NUMBER_LIMIT);
    ck_assert_int_eq(tum_typing_plain(tum_buf_str(&buf), &value, &wrong),
                     TUM_TYPED_VALUE);
    ck_assert_int_eq(tum_val_kind(value), TUM_BIGINT);
    tum_val_unref(value);
    tum_buf_addc(&buf, '7');
    ck_assert_int_eq(tum_typing_plain(tum_buf_str(&buf), &value, &wrong),
                     TUM_TYPED_WRONG);
    ck_assert_str_eq(wrong, "is a number that is too long");
    wrong = NULL;
    ck_assert_int_eq(tum_typing_forced(TUM_TAG_INT, tum_buf_str(&buf), &value, &wrong),
                     TUM_TYPED_WRONG);
    /* A long text that only starts like one. */
    tum_buf_adds(&buf, " volts");
    ck_assert_int_eq(tum_typing_plain(tum_buf_str(&buf), &value, &wrong),
                     TUM_TYPED_TEXT);
}
END_TEST

static const struct {
    const char *tag;
    bool includes;
    const char *shown, *near;
} tags[] = {
    {"!inlcude", true, "!inlcude", "!include"},
    {"!inlcude", false, "!inlcude", NULL},
    {"!rawinclude", true, "!rawinclude", "!raw_include"},
    {"tag:yaml.org,2002:integer", true, "!!integer", NULL},
    {"tag:yaml.org,2002:strr", true, "!!strr", "!!str"},
    {"!int", true, "!int", "!!int"},
    {"!str", false, "!str", "!!str"},
    {"tag:yaml.org,2002:python/object:os.system", true, "!!python/object:os.system",
     NULL},
    {"tag:example.org,2000:x", true, "!<tag:example.org,2000:x>", NULL},
};

START_TEST(test_tags)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str tag = tum_str_of(tags[_i].tag);
    const char *near = tum_tag_nearest(tag, tags[_i].includes);

    ck_assert_int_eq(tum_tag_find(tag), TUM_TAG_UNKNOWN);
    ck_assert_str_eq(tum_tag_short(tag, &buf).s, tags[_i].shown);
    ck_assert_msg((near == NULL) == (tags[_i].near == NULL), "%s: %s", tags[_i].tag,
                  near != NULL ? near : "nothing near");
    if (near != NULL)
        ck_assert_str_eq(near, tags[_i].near);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, test_plain, 0, TUM_LEN(plain));
    tcase_add_loop_test(t, test_forced, 0, TUM_LEN(forced));
    tcase_add_test(t, test_number_limit);
    tcase_add_loop_test(t, test_tags, 0, TUM_LEN(tags));
}

UNIT_MAIN("typing", add)
