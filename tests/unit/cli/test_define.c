/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of -d: literals of Python, everything else is text. The expected texts are
 * what repr(ast.literal_eval(...)) of Python 3.11 gives, or the text itself quoted.
 */
#include "cli/define.h"
#include "tum/mem.h"
#include "unit.h"

static const struct {
    const char *text, *want;
} rows[] = {
    {"42", "42"},
    {"  \t42", "42"},
    {"42  ", "42"},
    {"42 # why", "42"},
    {"0", "0"},
    {"00", "0"},
    {"007", "'007'"},
    {"0x1F", "31"},
    {"0X_1f", "31"},
    {"0o17", "15"},
    {"0b101", "5"},
    {"0b12", "'0b12'"},
    {"0x", "'0x'"},
    {"1_000", "1000"},
    {"1__0", "'1__0'"},
    {"_1", "'_1'"},
    {"1_", "'1_'"},
    {"-2", "-2"},
    {"- 2", "-2"},
    {"+2", "2"},
    {"--2", "'--2'"},
    {"-(2)", "-2"},
    {"-(-2)", "'-(-2)'"},
    {"-True", "'-True'"},
    {"123456789012345678901234567890", "123456789012345678901234567890"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"1.50", "1.5"},
    {"1.", "1.0"},
    {".5", "0.5"},
    {"1e3", "1000.0"},
    {"1E-2", "0.01"},
    {"1_0.5", "10.5"},
    {"01.5", "1.5"},
    {"1.2.3", "'1.2.3'"},
    {"1e", "'1e'"},
    {"1e999", "inf"},
    {"5j", "'5j'"},
    {"1+2j", "'1+2j'"},
    {"1+2", "'1+2'"},
    {"12ab", "'12ab'"},
    {"9:30", "'9:30'"},
    {"010", "'010'"},
    {"True", "True"},
    {"False", "False"},
    {"None", "None"},
    {"true", "'true'"},
    {"Truey", "'Truey'"},
    {"...", "'...'"},
    {"nan", "'nan'"},
    {"inf", "'inf'"},
    {"", "''"},
    {"  pad ", "'  pad '"},
    {"two words", "'two words'"},
    {"a=b", "'a=b'"},
    {"$(i)", "'$(i)'"},
    {"<| 1 + 1 |>", "'<| 1 + 1 |>'"},
    {"'5'", "'5'"},
    {"\"it's\"", "\"it's\""},
    {"'a' \"b\" 'c'", "'abc'"},
    {"'a' b'b'", "\"'a' b'b'\""},
    {"'a", "\"'a\""},
    {"'a'b", "\"'a'b\""},
    {"''", "''"},
    {"'''a\nb'''", "'a\\nb'"},
    {"'''a'b''c'''", "\"a'b''c\""},
    {"'a\nb'", "\"'a\\nb'\""},
    {"r'\\n'", "'\\\\n'"},
    {"R\"\\\"\"", "'\\\\\"'"},
    {"u'x'", "'x'"},
    {"ur'x'", "\"ur'x'\""},
    {"f'x'", "\"f'x'\""},
    {"b'x'", "b'x'"},
    {"Rb'\\x'", "b'\\\\x'"},
    {"b'\\xff\\377'", "b'\\xff\\xff'"},
    {"b'\xc3\xa9'", "\"b'\xc3\xa9'\""},
    {"'\\x41\\u00e9\\U0001F600'", "'A\xc3\xa9\xf0\x9f\x98\x80'"},
    {"'\\n\\t\\\\\\'\\101\\0'", "\"\\n\\t\\\\'A\\x00\""},
    {"'\\d'", "'\\\\d'"},
    {"'\\x4'", "\"'\\\\x4'\""},
    {"'\\U00110000'", "\"'\\\\U00110000'\""},
    {"'a\\\nb'", "'ab'"},
    {"[1,\"a\"]", "[1, 'a']"},
    {"[1,\"a\",]", "[1, 'a']"},
    {"[]", "[]"},
    {"[,]", "'[,]'"},
    {"[1 2]", "'[1 2]'"},
    {"[1,,2]", "'[1,,2]'"},
    {"[a, b]", "'[a, b]'"},
    {"[1", "'[1'"},
    {"[1]]", "'[1]]'"},
    {"[\n 1, # one\n 2]", "[1, 2]"},
    {"()", "()"},
    {"(1)", "1"},
    {"(1,)", "(1,)"},
    {"(1, (2, 3))", "(1, (2, 3))"},
    {"1,2", "(1, 2)"},
    {"1,", "(1,)"},
    {"1,,", "'1,,'"},
    {"{}", "{}"},
    {"{\"k\": (1, 2)}", "{'k': (1, 2)}"},
    {"{'a': 1, 'b': 2,}", "{'a': 1, 'b': 2}"},
    {"{1: 'a', True: 'b'}", "{1: 'b'}"},
    {"{'a': 1, 'b'}", "\"{'a': 1, 'b'}\""},
    {"{'a': }", "\"{'a': }\""},
    {"{[1]: 2}", "'{[1]: 2}'"},
    {"{1, 2, 1}", "{1, 2}"},
    {"{1,}", "{1}"},
    {"{[1]}", "'{[1]}'"},
    {"set()", "set()"},
    {"set( )", "set()"},
    {"set(1)", "'set(1)'"},
    {"[-1, +2.5, -0x10]", "[-1, 2.5, -16]"},
    {"1\n", "1"},
    {"1\n2", "'1\\n2'"},
    {"\xff", "'\xef\xbf\xbd'"},
};

START_TEST(reads)
{
    tum_val v = tum_define_value(tum_str_of(rows[_i].text));
    char *got = tum_val_to_repr(v);

    ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s\n got  %s\n want %s",
                  rows[_i].text, got, rows[_i].want);
    tum_free(got);
    tum_val_unref(v);
}
END_TEST

/* Two hundred brackets are read, one more is text. */
START_TEST(depth_has_a_limit)
{
    for (int more = 0; more < 2; more++) {
        struct tum_buf text = TUM_BUF_INIT(4096);

        tum_buf_fill(&text, '[', (size_t)(200 + more));
        tum_buf_fill(&text, ']', (size_t)(200 + more));
        tum_val v = tum_define_value(tum_buf_str(&text));

        ck_assert_int_eq(v.kind, more ? TUM_STR : TUM_LIST);
        tum_val_unref(v);
        tum_buf_release(&text);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, reads, 0, TUM_LEN(rows));
    tcase_add_test(t, depth_has_a_limit);
}

UNIT_MAIN("define", add)
