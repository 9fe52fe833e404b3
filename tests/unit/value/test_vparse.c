/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What int() and float() accept as text. The expected texts are Python's answers.
 */
#include "values.h"

struct int_row {
    struct tum_str text;
    int base;
    const char *expected; /* NULL: ValueError */
    const char *message;
};

static const struct int_row int_rows[] = {
    {TUM_S("0"), 10, "0"},
    {TUM_S("42"), 10, "42"},
    {TUM_S(" 42\012"), 10, "42"},
    {TUM_S("\011-42\013\014\015"), 10, "-42"},
    {TUM_S("+7"), 10, "7"},
    {TUM_S("- 7"), 10, NULL, "invalid literal for int() with base 10: '- 7'"},
    {TUM_S("--7"), 10, NULL, "invalid literal for int() with base 10: '--7'"},
    {TUM_S("1_000"), 10, "1000"},
    {TUM_S("1__0"), 10, NULL, "invalid literal for int() with base 10: '1__0'"},
    {TUM_S("_1"), 10, NULL, "invalid literal for int() with base 10: '_1'"},
    {TUM_S("1_"), 10, NULL, "invalid literal for int() with base 10: '1_'"},
    {TUM_S(""), 10, NULL, "invalid literal for int() with base 10: ''"},
    {TUM_S(" "), 10, NULL, "invalid literal for int() with base 10: ' '"},
    {TUM_S("-"), 10, NULL, "invalid literal for int() with base 10: '-'"},
    {TUM_S("007"), 10, "7"},
    {TUM_S("1.5"), 10, NULL, "invalid literal for int() with base 10: '1.5'"},
    {TUM_S("1e3"), 10, NULL, "invalid literal for int() with base 10: '1e3'"},
    {TUM_S("0x1f"), 10, NULL, "invalid literal for int() with base 10: '0x1f'"},
    {TUM_S("0x1f"), 16, "31"},
    {TUM_S("0X1F"), 0, "31"},
    {TUM_S("0x_1f"), 16, "31"},
    {TUM_S("0x__1"), 16, NULL, "invalid literal for int() with base 16: '0x__1'"},
    {TUM_S("0x"), 16, NULL, "invalid literal for int() with base 16: '0x'"},
    {TUM_S("1f"), 16, "31"},
    {TUM_S("-0x1f"), 16, "-31"},
    {TUM_S("0o17"), 8, "15"},
    {TUM_S("0O17"), 0, "15"},
    {TUM_S("17"), 8, "15"},
    {TUM_S("018"), 8, NULL, "invalid literal for int() with base 8: '018'"},
    {TUM_S("0b101"), 2, "5"},
    {TUM_S("0b101"), 0, "5"},
    {TUM_S("0b102"), 0, NULL, "invalid literal for int() with base 0: '0b102'"},
    {TUM_S("0b1"), 16, "177"},
    {TUM_S("00"), 0, "0"},
    {TUM_S("0_0"), 0, "0"},
    {TUM_S("01"), 0, NULL, "invalid literal for int() with base 0: '01'"},
    {TUM_S("0"), 0, "0"},
    {TUM_S("-0"), 0, "0"},
    {TUM_S("1_0"), 0, "10"},
    {TUM_S("z"), 36, "35"},
    {TUM_S("Zz"), 36, "1295"},
    {TUM_S("9"), 8, NULL, "invalid literal for int() with base 8: '9'"},
    {TUM_S("1"), 1, NULL, "int() base must be >= 2 and <= 36, or 0"},
    {TUM_S("1"), 37, NULL, "int() base must be >= 2 and <= 36, or 0"},
    {TUM_S("1"), -1, NULL, "int() base must be >= 2 and <= 36, or 0"},
    {TUM_S("9223372036854775807"), 10, "9223372036854775807"},
    {TUM_S("9223372036854775808"), 10, "9223372036854775808"},
    {TUM_S("-9223372036854775808"), 10, "-9223372036854775808"},
    {TUM_S("-9223372036854775809"), 10, "-9223372036854775809"},
    {TUM_S("123456789012345678901234567890"), 10, "123456789012345678901234567890"},
    {TUM_S("ffffffffffffffff"), 16, "18446744073709551615"},
    {TUM_S("1\000"), 10, NULL, "invalid literal for int() with base 10: '1\\x00'"},
    {TUM_S("\000"), 10, NULL, "invalid literal for int() with base 10: '\\x00'"},
    {TUM_S("\0341"), 10, NULL, "invalid literal for int() with base 10: '\\x1c1'"},
    {TUM_S("it's"), 10, NULL, "invalid literal for int() with base 10: \"it's\""},
    {TUM_S("\303\251"), 10, NULL, "invalid literal for int() with base 10: '\303\251'"},
    {TUM_S("None"), 10, NULL, "invalid literal for int() with base 10: 'None'"},
    {TUM_S("1,5"), 10, NULL, "invalid literal for int() with base 10: '1,5'"},
    {TUM_S("12 34"), 10, NULL, "invalid literal for int() with base 10: '12 34'"},
};

START_TEST(integer)
{
    const struct int_row *row = &int_rows[_i];
    struct tum_error *err = NULL;
    VALUE v = tum_val_none();
    bool done = tum_int_parse(row->text, row->base, &v, &err);

    ck_assert_int_eq(done, row->expected != NULL);
    if (done)
        value_is(v, row->expected);
    else
        error_is(err, "ValueError", row->message);
}
END_TEST

/* Python refuses decimal texts beyond a length, but not those of bases 2, 4, 8 … */
START_TEST(integer_length)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    VALUE fits = tum_val_none();
    VALUE wide = tum_val_none();

    tum_buf_addc(&text, '-');
    tum_buf_fill(&text, '1', TUM_INT_TEXT_LIMIT);
    ck_assert(tum_int_parse(tum_buf_str(&text), 10, &fits, &err));
    tum_buf_adds(&text, "_1");
    ck_assert(!tum_int_parse(tum_buf_str(&text), 10, &wide, &err));
    error_is(err, "ValueError",
             "Exceeds the limit (4300 digits) for integer string conversion: value has "
             "4301 digits; use sys.set_int_max_str_digits() to increase the limit");
    err = NULL;
    ck_assert(tum_int_parse(tum_buf_str(&text), 16, &wide, &err));
    ck_assert_uint_eq(tum_int_bit_length(wide), 4300 * 4 + 1);
}
END_TEST

START_TEST(integer_limit)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    VALUE v = tum_val_none();

    tum_buf_fill(&text, '1', TUM_INT_DIGITS_LIMIT + 1);
    ck_assert(!tum_int_parse(tum_buf_str(&text), 2, &v, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_free(err);
}
END_TEST

struct float_row {
    struct tum_str text;
    const char *expected; /* NULL: refused */
};

static const struct float_row float_rows[] = {
    {TUM_S("0"), "0.0"},
    {TUM_S("1.5"), "1.5"},
    {TUM_S("-1.5"), "-1.5"},
    {TUM_S(" 1.5\012"), "1.5"},
    {TUM_S("+1."), "1.0"},
    {TUM_S(".5"), "0.5"},
    {TUM_S("-.5"), "-0.5"},
    {TUM_S("."), NULL},
    {TUM_S(""), NULL},
    {TUM_S("-"), NULL},
    {TUM_S(" "), NULL},
    {TUM_S("1e5"), "100000.0"},
    {TUM_S("1E+05"), "100000.0"},
    {TUM_S("1e-5"), "1e-05"},
    {TUM_S("1e"), NULL},
    {TUM_S("1e+"), NULL},
    {TUM_S("e5"), NULL},
    {TUM_S("1_0.5_0"), "10.5"},
    {TUM_S("1__0"), NULL},
    {TUM_S("_1"), NULL},
    {TUM_S("1_"), NULL},
    {TUM_S("1_.5"), NULL},
    {TUM_S("1._5"), NULL},
    {TUM_S("1e1_0"), "10000000000.0"},
    {TUM_S("1e_1"), NULL},
    {TUM_S("1_e1"), NULL},
    {TUM_S("inf"), "inf"},
    {TUM_S("-INF"), "-inf"},
    {TUM_S("+Infinity"), "inf"},
    {TUM_S("infinit"), NULL},
    {TUM_S("nan"), "nan"},
    {TUM_S("-NaN"), "nan"},
    {TUM_S("nan(1)"), NULL},
    {TUM_S("0x10"), NULL},
    {TUM_S("0x1p3"), NULL},
    {TUM_S("1,5"), NULL},
    {TUM_S("1 2"), NULL},
    {TUM_S("1.5f"), NULL},
    {TUM_S("1.2.3"), NULL},
    {TUM_S("1e400"), "inf"},
    {TUM_S("-1e400"), "-inf"},
    {TUM_S("1e-400"), "0.0"},
    {TUM_S("4.9e-324"), "5e-324"},
    {TUM_S("2.4e-324"), "0.0"},
    {TUM_S("2.5e-324"), "5e-324"},
    {TUM_S("0.0000000000000000000000000000001"), "1e-31"},
    {TUM_S("123456789012345678901234567890"), "1.2345678901234568e+29"},
    {TUM_S("9007199254740993"), "9007199254740992.0"},
    {TUM_S("9007199254740993.0000000001"), "9007199254740994.0"},
    {TUM_S("1.7976931348623158e308"), "1.7976931348623157e+308"},
    {TUM_S("1.7976931348623159e308"), "inf"},
    {TUM_S("0.1"), "0.1"},
    {TUM_S("1e22"), "1e+22"},
    {TUM_S("1e23"), "1e+23"},
    {TUM_S("8.5e-23"), "8.5e-23"},
    {TUM_S("1\000"), NULL},
    {TUM_S("\0341"), NULL},
};

START_TEST(floating)
{
    const struct float_row *row = &float_rows[_i];
    double f = -99;
    bool done = tum_float_parse(row->text, &f);

    ck_assert_int_eq(done, row->expected != NULL);
    if (done)
        value_is(tum_val_float(f), row->expected);
    else
        ck_assert_double_eq(f, -99);
}
END_TEST

START_TEST(floating_long)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    double f;

    tum_buf_adds(&text, "0.");
    tum_buf_fill(&text, '0', 400);
    tum_buf_fill(&text, '3', 400);
    tum_buf_adds(&text, "e400");
    ck_assert(tum_float_parse(tum_buf_str(&text), &f));
    value_is(tum_val_float(f), "0.3333333333333333");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, integer, 0, TUM_LEN(int_rows));
    tcase_add_test(t, integer_length);
    tcase_add_test(t, integer_limit);
    tcase_add_loop_test(t, floating, 0, TUM_LEN(float_rows));
    tcase_add_test(t, floating_long);
}

UNIT_MAIN("vparse", add)
