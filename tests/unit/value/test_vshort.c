/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shortest decimals, by what the word means: the digits read back, one digit less does
 * not, and no other of that length is nearer. Texts are compared in test_vfloat.c.
 */
#include "value/vshort.h"
#include "values.h"
#include <math.h>
#include <stdio.h>

static double decimal(uint64_t m, int exponent)
{
    char text[40];
    int n = snprintf(text, sizeof(text), "%llue%d", (unsigned long long)m, exponent);

    return tum_float_of_digits(tum_str_n(text, (size_t)n));
}

/* Clearly nearer: long double knows the place to some hundredths of the last digit. */
static bool nearer(double f, uint64_t m, uint64_t other, int exponent)
{
    long double value = f;
    long double unit = powl(10, exponent);
    long double d = fabsl(value / unit - (long double)m);
    long double o = fabsl(value / unit - (long double)other);

    return o < d - 0.05L;
}

static void check(double f)
{
    int e;
    uint64_t m = tum_float_shortest(f, &e);

    ck_assert_msg(m % 10 != 0 && decimal(m, e) == f, "%a", f);
    if (m >= 10) {
        ck_assert_msg(decimal(m / 10, e + 1) != f, "%a", f);
        ck_assert_msg(decimal(m / 10 + 1, e + 1) != f, "%a", f);
    }
    /* Powers of ten within the range where long double is exact enough. */
    if (e > -300 && e < 300 && m > 1) {
        if (decimal(m - 1, e) == f)
            ck_assert_msg(!nearer(f, m, m - 1, e), "%a", f);
        if (decimal(m + 1, e) == f)
            ck_assert_msg(!nearer(f, m, m + 1, e), "%a", f);
    }
}

START_TEST(powers_of_two)
{
    double power = ldexp(1, _i);

    check(nextafter(power, HUGE_VAL));
    check(power);
    if (_i > -1074)
        check(nextafter(power, 0));
    if (_i < 1023)
        check(power * 1.5);
}
END_TEST

START_TEST(powers_of_ten)
{
    char text[16];
    int n = snprintf(text, sizeof(text), "1e%d", _i);
    double power = tum_float_of_digits(tum_str_n(text, (size_t)n));
    int e;

    ck_assert_uint_eq(tum_float_shortest(power, &e), 1);
    ck_assert_int_eq(e, _i);
    check(nextafter(power, 0));
    check(nextafter(power, HUGE_VAL));
}
END_TEST

START_TEST(largest)
{
    check(1.7976931348623157e308);
    check(2.2250738585072014e-308);
    check(2.225073858507201e-308);
}
END_TEST

/* Bits without a pattern, the same in every run. */
START_TEST(scattered)
{
    uint64_t x = 0x9E3779B97F4A7C15u * (uint64_t)(_i + 1);

    for (int i = 0; i < 500; i++) {
        double f;

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(&f, &x, sizeof(f));
        if (isfinite(f) && f != 0)
            check(fabs(f));
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, powers_of_two, -1074, 1024);
    tcase_add_loop_test(t, powers_of_ten, -323, 309);
    tcase_add_test(t, largest);
    tcase_add_loop_test(t, scattered, 0, 20);
}

UNIT_MAIN("vshort", add)
