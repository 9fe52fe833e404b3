/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text and arithmetic of floats. The expected texts are Python's answers.
 */
#include "values.h"
#include <math.h>

struct text_row {
    double f;
    const char *expected;
};

static const struct text_row text_rows[] = {
    {0.0, "0.0"},
    {-0.0, "-0.0"},
    {1.0, "1.0"},
    {-1.0, "-1.0"},
    {0.1, "0.1"},
    {0.2, "0.2"},
    {0.3, "0.3"},
    {0.30000000000000004, "0.30000000000000004"},
    {0.3333333333333333, "0.3333333333333333"},
    {0.6666666666666666, "0.6666666666666666"},
    {100000.0, "100000.0"},
    {123456789.0, "123456789.0"},
    {1000000000000000.0, "1000000000000000.0"},
    {1e+16, "1e+16"},
    {-1e+16, "-1e+16"},
    {9999999999999998.0, "9999999999999998.0"},
    {1.2345678901234568e+17, "1.2345678901234568e+17"},
    {1e+17, "1e+17"},
    {1e+21, "1e+21"},
    {1e+22, "1e+22"},
    {1e+23, "1e+23"},
    {1e+100, "1e+100"},
    {1e+308, "1e+308"},
    {1.7976931348623157e+308, "1.7976931348623157e+308"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {2.225073858507201e-308, "2.225073858507201e-308"},
    {5e-324, "5e-324"},
    {1e-323, "1e-323"},
    {1.5e-323, "1.5e-323"},
    {1e-310, "1e-310"},
    {0.0001, "0.0001"},
    {0.00012, "0.00012"},
    {1e-05, "1e-05"},
    {1e-05, "1e-05"},
    {1.5e-07, "1.5e-07"},
    {0.001, "0.001"},
    {1.1, "1.1"},
    {2.5, "2.5"},
    {3.14, "3.14"},
    {2.675, "2.675"},
    {0.0001, "0.0001"},
    {9.999e-05, "9.999e-05"},
    {4.35, "4.35"},
    {0.5, "0.5"},
    {0.25, "0.25"},
    {1234.5678, "1234.5678"},
    {99999.99, "99999.99"},
    {1e-07, "1e-07"},
    {9007199254740992.0, "9007199254740992.0"},
    {1.8014398509481984e+16, "1.8014398509481984e+16"},
    {1.4142135623730951, "1.4142135623730951"},
    {3.141592653589793, "3.141592653589793"},
    {2.718281828459045, "2.718281828459045"},
    {5e-05, "5e-05"},
    {5.684341886080802e-14, "5.684341886080802e-14"},
    {6.189700196426902e+26, "6.189700196426902e+26"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {5e-324, "5e-324"},
    {8.98846567431158e+307, "8.98846567431158e+307"},
    {9.5367431640625e-07, "9.5367431640625e-07"},
    {4.5, "4.5"},
    {123456.7, "123456.7"},
    {299792458.0, "299792458.0"},
    {6.02214076e+23, "6.02214076e+23"},
    {1.602176634e-19, "1.602176634e-19"},
    {HUGE_VAL, "inf"},
    {-HUGE_VAL, "-inf"},
    {NAN, "nan"},
    {1.2345678901234567, "1.2345678901234567"},
    {12345678901234.566, "12345678901234.566"},
    {0.30000000000000004, "0.30000000000000004"},
    {999999999999999.9, "999999999999999.9"},
    {99999999999999.95, "99999999999999.95"},
    {4503599627370498.0, "4503599627370498.0"},
    {100000000000000.5, "100000000000000.5"},
    {7e-10, "7e-10"},
    {8500000000000000.0, "8500000000000000.0"},
};

START_TEST(text)
{
    char out[TUM_FLOAT_TEXT];
    size_t n = tum_float_text(text_rows[_i].f, out);

    ck_assert_str_eq(out, text_rows[_i].expected);
    ck_assert_uint_eq(n, strlen(out));
}
END_TEST

/* Text reads back, also next to every power of two, where floats change their spacing. */
START_TEST(text_returns)
{
    double power = ldexp(1, _i);
    double near[] = {nextafter(power, 0), power, nextafter(power, HUGE_VAL)};

    for (size_t i = 0; i < TUM_LEN(near); i++) {
        char out[TUM_FLOAT_TEXT];
        size_t n = tum_float_text(near[i], out);
        double back;

        ck_assert(tum_float_parse(tum_str_n(out, n), &back));
        ck_assert_msg(back == near[i], "%s", out);
    }
}
END_TEST

struct format_row {
    double f;
    char type;
    int precision;
    unsigned flags;
    const char *expected;
};

static const struct format_row format_rows[] = {
    {0.0, 'f', 0, 0, "0"},
    {2.5, 'f', 0, 0, "2"},
    {3.5, 'f', 0, 0, "4"},
    {0.125, 'f', 2, 0, "0.12"},
    {0.375, 'f', 2, 0, "0.38"},
    {2.675, 'f', 2, 0, "2.67"},
    {1e+22, 'f', 1, 0, "10000000000000000000000.0"},
    {-0.0, 'f', 1, 0, "-0.0"},
    {1.0, 'f', 0, TUM_FLOAT_ALT, "1."},
    {123.456, 'e', 2, 0, "1.23e+02"},
    {123.456, 'E', 2, 0, "1.23E+02"},
    {1.0, 'e', 0, TUM_FLOAT_ALT, "1.e+00"},
    {0.0, 'e', 3, 0, "0.000e+00"},
    {1e-07, 'g', 6, 0, "1e-07"},
    {123456789.0, 'g', 6, 0, "1.23457e+08"},
    {100.0, 'g', 6, TUM_FLOAT_ALT, "100.000"},
    {100.0, 'G', 2, 0, "1E+02"},
    {0.0001, 'g', 6, 0, "0.0001"},
    {1e-05, 'g', 6, 0, "1e-05"},
    {5.0, 'g', 0, 0, "5"},
    {HUGE_VAL, 'f', 2, 0, "inf"},
    {-HUGE_VAL, 'F', 2, 0, "-INF"},
    {NAN, 'e', 2, 0, "nan"},
    {NAN, 'E', 2, 0, "NAN"},
    {5.0, 'g', 1, TUM_FLOAT_DOT_0, "5e+00"},
    {12.0, 'g', 3, TUM_FLOAT_DOT_0, "12.0"},
    {123.0, 'g', 3, TUM_FLOAT_DOT_0, "1.23e+02"},
    {123.0, 'g', 4, TUM_FLOAT_DOT_0, "123.0"},
    {1e-05, 'g', 3, TUM_FLOAT_DOT_0, "1e-05"},
    {0.0001, 'g', 2, TUM_FLOAT_DOT_0, "0.0001"},
    {1234.5, 'g', 2, TUM_FLOAT_DOT_0, "1.2e+03"},
    {100.0, 'g', 5, TUM_FLOAT_DOT_0, "100.0"},
    {0.0, 'g', 3, TUM_FLOAT_DOT_0, "0.0"},
    {-2.0, 'g', 2, TUM_FLOAT_DOT_0, "-2.0"},
    {1e+20, 'g', 3, TUM_FLOAT_DOT_0 | TUM_FLOAT_ALT, "1.00e+20"},
    {12.0, 'g', 3, TUM_FLOAT_DOT_0 | TUM_FLOAT_ALT, "12.0"},
    {5.0, 'g', 1, TUM_FLOAT_DOT_0 | TUM_FLOAT_ALT, "5.e+00"},
    {1e+16, 'r', 0, 0, "1e+16"},
    {1e+16, 'r', 0, TUM_FLOAT_ALT, "1.e+16"},
    {1.5, 'r', 0, TUM_FLOAT_ALT, "1.5"},
    {1.0, 'r', 0, 0, "1.0"},
    {NAN, 'r', 0, TUM_FLOAT_ALT, "nan"},
};

START_TEST(format)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct format_row *row = &format_rows[_i];

    tum_float_format(&out, row->f, row->type, row->precision, row->flags);
    ck_assert_str_eq(out.s, row->expected);
}
END_TEST

START_TEST(format_long)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_float_format(&out, 1e300, 'f', 100, 0);
    ck_assert_uint_eq(out.len, 301 + 1 + 100);
    ck_assert_int_eq(
        strncmp(out.s, "1000000000000000052504760255204420248704468581108159", 52), 0);
    tum_buf_reset(&out);
    tum_float_format(&out, 0.1, 'f', 60, 0);
    ck_assert_str_eq(out.s,
                     "0.100000000000000005551115123125782702118158340454101562500000");
}
END_TEST

struct round_row {
    double f;
    int64_t digits;
    const char *expected; /* NULL: OverflowError */
};

static const struct round_row round_rows[] = {
    {2.675, 2, "2.67"},        {2.5, 0, "2.0"},
    {3.5, 0, "4.0"},           {-2.5, 0, "-2.0"},
    {0.5, 0, "0.0"},           {1.005, 2, "1.0"},
    {1.015, 2, "1.01"},        {15.0, -1, "20.0"},
    {25.0, -1, "20.0"},        {5.0, -1, "0.0"},
    {5.1, -1, "10.0"},         {-5.0, -1, "-0.0"},
    {-6.0, -1, "-10.0"},       {4.9, -1, "0.0"},
    {149.0, -2, "100.0"},      {150.0, -2, "200.0"},
    {250.0, -2, "200.0"},      {50.0, -2, "0.0"},
    {50.00001, -2, "100.0"},   {1234.5678, 3, "1234.568"},
    {1e+300, -300, "1e+300"},  {1e+22, 2, "1e+22"},
    {123.456, 400, "123.456"}, {123.456, -400, "0.0"},
    {-123.456, -400, "-0.0"},  {1.7e+308, -308, NULL},
    {1e+308, -308, "1e+308"},  {5e+307, -308, "1e+308"},
    {4.9e+307, -308, "0.0"},   {0.0, 3, "0.0"},
    {-0.0, 3, "-0.0"},         {HUGE_VAL, 2, "inf"},
    {NAN, -2, "nan"},          {5e-324, 323, "0.0"},
    {99.99, 1, "100.0"},       {9.96, 1, "10.0"},
    {0.05, 1, "0.1"},          {-0.04, 1, "-0.0"},
};

START_TEST(rounding)
{
    const struct round_row *row = &round_rows[_i];
    struct tum_error *err = NULL;
    double f = -99;
    bool done = tum_float_round(row->f, row->digits, &f, &err);

    ck_assert_int_eq(done, row->expected != NULL);
    if (done)
        value_is(tum_val_float(f), row->expected);
    else
        error_is(err, "OverflowError", "rounded value too large to represent");
}
END_TEST

struct division_row {
    double f, g;
    const char *quotient, *rest; /* NULL: ZeroDivisionError */
};

static const struct division_row division_rows[] = {
    {7.5, 2.0, "3.0", "1.5"},
    {-7.5, 2.0, "-4.0", "0.5"},
    {7.5, -2.0, "-4.0", "-0.5"},
    {-7.5, -2.0, "3.0", "-1.5"},
    {1e+17, 0.1, "1e+18", "0.04888487687421761"},
    {0.0, -1.0, "-0.0", "-0.0"},
    {-0.0, 1.0, "-0.0", "0.0"},
    {5e-324, -1.0, "-1.0", "-1.0"},
    {1.0, HUGE_VAL, "0.0", "1.0"},
    {-1.0, HUGE_VAL, "-1.0", "inf"},
    {HUGE_VAL, 1.0, "nan", "nan"},
    {NAN, 1.0, "nan", "nan"},
    {1.0, 0.1, "9.0", "0.09999999999999995"},
    {0.3, 0.1, "2.0", "0.09999999999999998"},
    {6.0, 0.1, "59.0", "0.09999999999999967"},
    {-1e-20, 3.0, "-1.0", "3.0"},
    {5.0, 0.0, NULL, NULL},
};

START_TEST(division)
{
    const struct division_row *row = &division_rows[_i];
    struct tum_error *err = NULL;
    double q = -99, r = -99, both_q, both_r;

    if (row->quotient == NULL) {
        ck_assert(!tum_float_floordiv(row->f, row->g, &q, &err));
        error_is(err, "ZeroDivisionError", "float floor division by zero");
        err = NULL;
        ck_assert(!tum_float_mod(row->f, row->g, &r, &err));
        error_is(err, "ZeroDivisionError", "float modulo");
        err = NULL;
        ck_assert(!tum_float_divmod(row->f, row->g, &both_q, &both_r, &err));
        error_is(err, "ZeroDivisionError", "float divmod()");
        return;
    }
    ck_assert(tum_float_floordiv(row->f, row->g, &q, &err));
    ck_assert(tum_float_mod(row->f, row->g, &r, &err));
    ck_assert(tum_float_divmod(row->f, row->g, &both_q, &both_r, &err));
    value_is(tum_val_float(q), row->quotient);
    value_is(tum_val_float(r), row->rest);
    value_is(tum_val_float(both_q), row->quotient);
    value_is(tum_val_float(both_r), row->rest);
}
END_TEST

struct power_row {
    double f, g;
    const char *expected; /* NULL: the error */
    const char *type, *text;
};

static const struct power_row power_rows[] = {
    {2.0, 10.0, "1024.0"},
    {2.0, -1.0, "0.5"},
    {2.0, 0.5, "1.4142135623730951"},
    {-2.0, 3.0, "-8.0"},
    {-2.0, 2.0, "4.0"},
    {-8.0, 0.3333333333333333, "complex"},
    {0.0, 0.0, "1.0"},
    {0.0, -1.0, NULL, "ZeroDivisionError", "0.0 cannot be raised to a negative power"},
    {0.0, -HUGE_VAL, "inf"},
    {-0.0, -3.0, NULL, "ZeroDivisionError", "0.0 cannot be raised to a negative power"},
    {2.0, 10000.0, NULL, "OverflowError", "(34, 'Numerical result out of range')"},
    {-2.0, 10001.0, NULL, "OverflowError", "(34, 'Numerical result out of range')"},
    {2.0, -10000.0, "0.0"},
    {HUGE_VAL, 0.0, "1.0"},
    {NAN, 0.0, "1.0"},
    {1.0, NAN, "1.0"},
    {-1.0, HUGE_VAL, "1.0"},
    {0.5, HUGE_VAL, "0.0"},
    {-HUGE_VAL, 0.5, "inf"},
    {-HUGE_VAL, 3.0, "-inf"},
    {HUGE_VAL, -1.0, "0.0"},
};

START_TEST(power)
{
    const struct power_row *row = &power_rows[_i];
    struct tum_error *err = NULL;
    bool is_complex = false;
    double f = -99;
    bool done = tum_float_pow(row->f, row->g, &f, &is_complex, &err);

    ck_assert_int_eq(done, row->expected != NULL);
    if (!done)
        error_is(err, row->type, row->text);
    else if (is_complex)
        ck_assert_str_eq(row->expected, "complex");
    else
        value_is(tum_val_float(f), row->expected);
}
END_TEST

static const struct text_row hex_rows[] = {
    {0.0, "0x0.0p+0"},
    {-0.0, "-0x0.0p+0"},
    {1.0, "0x1.0000000000000p+0"},
    {-0.1, "-0x1.999999999999ap-4"},
    {3.14, "0x1.91eb851eb851fp+1"},
    {1e+300, "0x1.7e43c8800759cp+996"},
    {5e-324, "0x0.0000000000001p-1022"},
    {2.2250738585072014e-308, "0x1.0000000000000p-1022"},
    {HUGE_VAL, "inf"},
    {-HUGE_VAL, "-inf"},
    {NAN, "nan"},
};

START_TEST(hex)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_float_write_hex(&out, hex_rows[_i].f);
    ck_assert_str_eq(out.s, hex_rows[_i].expected);
}
END_TEST

struct ratio_row {
    double f;
    const char *numerator, *denominator;
};

static const struct ratio_row ratio_rows[] = {
    {0.0, "0", "1"},
    {-0.0, "0", "1"},
    {1.0, "1", "1"},
    {0.1, "3602879701896397", "36028797018963968"},
    {-0.75, "-3", "4"},
    {1e+22, "10000000000000000000000", "1"},
    {1e+23, "99999999999999991611392", "1"},
    {9007199254740992.0, "9007199254740992", "1"},
};

START_TEST(ratio)
{
    const struct ratio_row *row = &ratio_rows[_i];
    struct tum_error *err = NULL;
    VALUE numerator = tum_val_none();
    VALUE denominator = tum_val_none();

    ck_assert(tum_float_ratio(row->f, &numerator, &denominator, &err));
    value_is(numerator, row->numerator);
    value_is(denominator, row->denominator);
}
END_TEST

START_TEST(ratio_edges)
{
    struct tum_error *err = NULL;
    VALUE numerator = tum_val_none();
    VALUE denominator = tum_val_none();

    ck_assert(tum_float_ratio(5e-324, &numerator, &denominator, &err));
    value_is(numerator, "1");
    ck_assert_uint_eq(tum_int_bit_length(denominator), 1075);
    ck_assert_uint_eq(tum_int_bit_count(denominator), 1);
    ck_assert(!tum_float_ratio(HUGE_VAL, &numerator, &denominator, &err));
    error_is(err, "OverflowError", "cannot convert Infinity to integer ratio");
    err = NULL;
    ck_assert(!tum_float_ratio(NAN, &numerator, &denominator, &err));
    error_is(err, "ValueError", "cannot convert NaN to integer ratio");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, text, 0, TUM_LEN(text_rows));
    tcase_add_loop_test(t, text_returns, -1074, 1024);
    tcase_add_loop_test(t, format, 0, TUM_LEN(format_rows));
    tcase_add_test(t, format_long);
    tcase_add_loop_test(t, rounding, 0, TUM_LEN(round_rows));
    tcase_add_loop_test(t, division, 0, TUM_LEN(division_rows));
    tcase_add_loop_test(t, power, 0, TUM_LEN(power_rows));
    tcase_add_loop_test(t, hex, 0, TUM_LEN(hex_rows));
    tcase_add_loop_test(t, ratio, 0, TUM_LEN(ratio_rows));
    tcase_add_test(t, ratio_edges);
}

UNIT_MAIN("vfloat", add)
