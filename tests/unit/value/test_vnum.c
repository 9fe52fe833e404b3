/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integers of any size and their meeting with floats. The expected texts are Python's
 * answers. "2^53+1" in a row is computed with the functions under test, after those have
 * been tested with plain digits.
 */
#include "values.h"
#include <math.h>

/* ---- numbers written short ---- */

static tum_val number_power(const char **s)
{
    struct tum_error *err = NULL;
    size_t n = strspn(*s, "0123456789");
    tum_val v;

    ck_assert(tum_int_digits(tum_str_n(*s, n), 10, &v));
    *s += n;
    if (**s == '^') {
        VALUE base = v;
        VALUE exponent = (++*s, number_power(s));

        ck_assert(tum_int_pow(base, exponent, &v, &err));
    }
    return v;
}

static tum_val number_product(const char **s)
{
    struct tum_error *err = NULL;
    tum_val v = number_power(s);

    while (**s == '*') {
        VALUE left = v;
        VALUE right = (++*s, number_power(s));

        ck_assert(tum_int_mul(left, right, &v, &err));
    }
    return v;
}

/* Sums of products of powers: "2^1024-2^970", "-3*2^10". */
static tum_val number(const char *s)
{
    struct tum_error *err = NULL;
    tum_val v = tum_val_int(0);

    do {
        bool minus = *s == '-';
        VALUE left = v;
        VALUE right = (s += minus || *s == '+', number_product(&s));

        ck_assert(minus ? tum_int_sub(left, right, &v, &err)
                        : tum_int_add(left, right, &v, &err));
    } while (*s != '\0');
    return v;
}

/* ---- two operands ---- */

typedef bool operation(tum_val a, tum_val b, tum_val *ret, struct tum_error **err);

struct binary_row {
    operation *fn;
    const char *a, *b;
    const char *expected; /* NULL: the error */
    const char *type, *text;
};

static const struct binary_row binary_rows[] = {
    {tum_int_add, "7", "2", "9"},
    {tum_int_add, "-7", "2", "-5"},
    {tum_int_add, "7", "-2", "5"},
    {tum_int_add, "-7", "-2", "-9"},
    {tum_int_add, "7", "-3", "4"},
    {tum_int_add, "6", "3", "9"},
    {tum_int_add, "-6", "3", "-3"},
    {tum_int_add, "0", "5", "5"},
    {tum_int_add, "9223372036854775807", "1", "9223372036854775808"},
    {tum_int_add, "-9223372036854775808", "-1", "-9223372036854775809"},
    {tum_int_add, "-9223372036854775808", "1", "-9223372036854775807"},
    {tum_int_add, "4611686018427387904", "2", "4611686018427387906"},
    {tum_int_add, "4611686018427387904", "-2", "4611686018427387902"},
    {tum_int_add, "3037000500", "3037000500", "6074001000"},
    {tum_int_add, "9223372036854775808", "9223372036854775808", "18446744073709551616"},
    {tum_int_add, "18446744073709551616", "-1", "18446744073709551615"},
    {tum_int_add, "18446744073709551616", "18446744073709551616",
     "36893488147419103232"},
    {tum_int_add, "10^30", "-7", "999999999999999999999999999993"},
    {tum_int_add, "-10^30", "7", "-999999999999999999999999999993"},
    {tum_int_add, "10^30", "10^15", "1000000000000001000000000000000"},
    {tum_int_add, "-999999999999999999999999999993", "10^15",
     "-999999999999998999999999999993"},
    {tum_int_add, "1", "0", "1"},
    {tum_int_add, "10^30", "0", "1000000000000000000000000000000"},
    {tum_int_sub, "7", "2", "5"},
    {tum_int_sub, "-7", "2", "-9"},
    {tum_int_sub, "7", "-2", "9"},
    {tum_int_sub, "-7", "-2", "-5"},
    {tum_int_sub, "7", "-3", "10"},
    {tum_int_sub, "6", "3", "3"},
    {tum_int_sub, "-6", "3", "-9"},
    {tum_int_sub, "0", "5", "-5"},
    {tum_int_sub, "9223372036854775807", "1", "9223372036854775806"},
    {tum_int_sub, "-9223372036854775808", "-1", "-9223372036854775807"},
    {tum_int_sub, "-9223372036854775808", "1", "-9223372036854775809"},
    {tum_int_sub, "4611686018427387904", "2", "4611686018427387902"},
    {tum_int_sub, "4611686018427387904", "-2", "4611686018427387906"},
    {tum_int_sub, "3037000500", "3037000500", "0"},
    {tum_int_sub, "9223372036854775808", "9223372036854775808", "0"},
    {tum_int_sub, "18446744073709551616", "-1", "18446744073709551617"},
    {tum_int_sub, "18446744073709551616", "18446744073709551616", "0"},
    {tum_int_sub, "10^30", "-7", "1000000000000000000000000000007"},
    {tum_int_sub, "-10^30", "7", "-1000000000000000000000000000007"},
    {tum_int_sub, "10^30", "10^15", "999999999999999000000000000000"},
    {tum_int_sub, "-999999999999999999999999999993", "10^15",
     "-1000000000000000999999999999993"},
    {tum_int_sub, "1", "0", "1"},
    {tum_int_sub, "10^30", "0", "1000000000000000000000000000000"},
    {tum_int_mul, "7", "2", "14"},
    {tum_int_mul, "-7", "2", "-14"},
    {tum_int_mul, "7", "-2", "-14"},
    {tum_int_mul, "-7", "-2", "14"},
    {tum_int_mul, "7", "-3", "-21"},
    {tum_int_mul, "6", "3", "18"},
    {tum_int_mul, "-6", "3", "-18"},
    {tum_int_mul, "0", "5", "0"},
    {tum_int_mul, "9223372036854775807", "1", "9223372036854775807"},
    {tum_int_mul, "-9223372036854775808", "-1", "9223372036854775808"},
    {tum_int_mul, "-9223372036854775808", "1", "-9223372036854775808"},
    {tum_int_mul, "4611686018427387904", "2", "9223372036854775808"},
    {tum_int_mul, "4611686018427387904", "-2", "-9223372036854775808"},
    {tum_int_mul, "3037000500", "3037000500", "9223372037000250000"},
    {tum_int_mul, "9223372036854775808", "9223372036854775808",
     "85070591730234615865843651857942052864"},
    {tum_int_mul, "18446744073709551616", "-1", "-18446744073709551616"},
    {tum_int_mul, "18446744073709551616", "18446744073709551616",
     "340282366920938463463374607431768211456"},
    {tum_int_mul, "10^30", "-7", "-7000000000000000000000000000000"},
    {tum_int_mul, "-10^30", "7", "-7000000000000000000000000000000"},
    {tum_int_mul, "10^30", "10^15", "1000000000000000000000000000000000000000000000"},
    {tum_int_mul, "-999999999999999999999999999993", "10^15",
     "-999999999999999999999999999993000000000000000"},
    {tum_int_mul, "1", "0", "0"},
    {tum_int_mul, "10^30", "0", "0"},
    {tum_int_floordiv, "7", "2", "3"},
    {tum_int_floordiv, "-7", "2", "-4"},
    {tum_int_floordiv, "7", "-2", "-4"},
    {tum_int_floordiv, "-7", "-2", "3"},
    {tum_int_floordiv, "7", "-3", "-3"},
    {tum_int_floordiv, "6", "3", "2"},
    {tum_int_floordiv, "-6", "3", "-2"},
    {tum_int_floordiv, "0", "5", "0"},
    {tum_int_floordiv, "9223372036854775807", "1", "9223372036854775807"},
    {tum_int_floordiv, "-9223372036854775808", "-1", "9223372036854775808"},
    {tum_int_floordiv, "-9223372036854775808", "1", "-9223372036854775808"},
    {tum_int_floordiv, "4611686018427387904", "2", "2305843009213693952"},
    {tum_int_floordiv, "4611686018427387904", "-2", "-2305843009213693952"},
    {tum_int_floordiv, "3037000500", "3037000500", "1"},
    {tum_int_floordiv, "9223372036854775808", "9223372036854775808", "1"},
    {tum_int_floordiv, "18446744073709551616", "-1", "-18446744073709551616"},
    {tum_int_floordiv, "18446744073709551616", "18446744073709551616", "1"},
    {tum_int_floordiv, "10^30", "-7", "-142857142857142857142857142858"},
    {tum_int_floordiv, "-10^30", "7", "-142857142857142857142857142858"},
    {tum_int_floordiv, "10^30", "10^15", "1000000000000000"},
    {tum_int_floordiv, "-999999999999999999999999999993", "10^15", "-1000000000000000"},
    {tum_int_floordiv, "1", "0", NULL, "ZeroDivisionError",
     "integer division or modulo by zero"},
    {tum_int_floordiv, "10^30", "0", NULL, "ZeroDivisionError",
     "integer division or modulo by zero"},
    {tum_int_mod, "7", "2", "1"},
    {tum_int_mod, "-7", "2", "1"},
    {tum_int_mod, "7", "-2", "-1"},
    {tum_int_mod, "-7", "-2", "-1"},
    {tum_int_mod, "7", "-3", "-2"},
    {tum_int_mod, "6", "3", "0"},
    {tum_int_mod, "-6", "3", "0"},
    {tum_int_mod, "0", "5", "0"},
    {tum_int_mod, "9223372036854775807", "1", "0"},
    {tum_int_mod, "-9223372036854775808", "-1", "0"},
    {tum_int_mod, "-9223372036854775808", "1", "0"},
    {tum_int_mod, "4611686018427387904", "2", "0"},
    {tum_int_mod, "4611686018427387904", "-2", "0"},
    {tum_int_mod, "3037000500", "3037000500", "0"},
    {tum_int_mod, "9223372036854775808", "9223372036854775808", "0"},
    {tum_int_mod, "18446744073709551616", "-1", "0"},
    {tum_int_mod, "18446744073709551616", "18446744073709551616", "0"},
    {tum_int_mod, "10^30", "-7", "-6"},
    {tum_int_mod, "-10^30", "7", "6"},
    {tum_int_mod, "10^30", "10^15", "0"},
    {tum_int_mod, "-999999999999999999999999999993", "10^15", "7"},
    {tum_int_mod, "1", "0", NULL, "ZeroDivisionError", "integer modulo by zero"},
    {tum_int_mod, "10^30", "0", NULL, "ZeroDivisionError", "integer modulo by zero"},
    {tum_int_pow, "2", "10", "1024"},
    {tum_int_pow, "2", "62", "4611686018427387904"},
    {tum_int_pow, "2", "63", "9223372036854775808"},
    {tum_int_pow, "2", "64", "18446744073709551616"},
    {tum_int_pow, "-2", "63", "-9223372036854775808"},
    {tum_int_pow, "-2", "64", "18446744073709551616"},
    {tum_int_pow, "7", "0", "1"},
    {tum_int_pow, "0", "0", "1"},
    {tum_int_pow, "0", "5", "0"},
    {tum_int_pow, "-1", "10^30", "1"},
    {tum_int_pow, "-1", "1000000000000000000000000000001", "-1"},
    {tum_int_pow, "1", "10^30", "1"},
    {tum_int_pow, "10", "30", "1000000000000000000000000000000"},
    {tum_int_pow, "18446744073709551616", "3",
     "6277101735386680763835789423207666416102355444464034512896"},
    {tum_int_lshift, "1", "0", "1"},
    {tum_int_lshift, "1", "62", "4611686018427387904"},
    {tum_int_lshift, "1", "63", "9223372036854775808"},
    {tum_int_lshift, "1", "64", "18446744073709551616"},
    {tum_int_lshift, "-1", "63", "-9223372036854775808"},
    {tum_int_lshift, "-1", "64", "-18446744073709551616"},
    {tum_int_lshift, "3", "61", "6917529027641081856"},
    {tum_int_lshift, "3", "62", "13835058055282163712"},
    {tum_int_lshift, "0", "10^30", "0"},
    {tum_int_lshift, "10^30", "5", "32000000000000000000000000000000"},
    {tum_int_lshift, "1", "-1", NULL, "ValueError", "negative shift count"},
    {tum_int_lshift, "0", "-1", NULL, "ValueError", "negative shift count"},
    {tum_int_rshift, "1", "0", "1"},
    {tum_int_rshift, "5", "1", "2"},
    {tum_int_rshift, "-5", "1", "-3"},
    {tum_int_rshift, "-1", "1", "-1"},
    {tum_int_rshift, "1", "64", "0"},
    {tum_int_rshift, "-1", "64", "-1"},
    {tum_int_rshift, "5", "10^30", "0"},
    {tum_int_rshift, "-5", "10^30", "-1"},
    {tum_int_rshift, "10^30", "50", "888178419700125"},
    {tum_int_rshift, "-10^30", "50", "-888178419700126"},
    {tum_int_rshift, "-10^30", "1000000", "-1"},
    {tum_int_rshift, "18446744073709551616", "1", "9223372036854775808"},
    {tum_int_rshift, "1", "-1", NULL, "ValueError", "negative shift count"},
    {tum_int_lcm, "12", "18", "36"},
    {tum_int_lcm, "0", "0", "0"},
    {tum_int_lcm, "0", "5", "0"},
    {tum_int_lcm, "-4", "6", "12"},
    {tum_int_lcm, "18446744073709551616", "1099511627776", "18446744073709551616"},
    {tum_int_lcm, "10^30", "6", "3000000000000000000000000000000"},
    {tum_int_lcm, "9223372036854775807", "9223372036854775807", "9223372036854775807"},
    {tum_int_comb, "5", "2", "10"},
    {tum_int_comb, "5", "0", "1"},
    {tum_int_comb, "5", "5", "1"},
    {tum_int_comb, "5", "6", "0"},
    {tum_int_comb, "0", "0", "1"},
    {tum_int_comb, "52", "5", "2598960"},
    {tum_int_comb, "100", "50", "100891344545564193334812497256"},
    {tum_int_comb, "10^18", "3",
     "166666666666666666166666666666666667000000000000000000"},
    {tum_int_comb, "67", "33", "14226520737620288370"},
    {tum_int_comb, "-1", "2", NULL, "ValueError", "n must be a non-negative integer"},
    {tum_int_comb, "2", "-1", NULL, "ValueError", "k must be a non-negative integer"},
    {tum_int_comb, "10^30", "2",
     "499999999999999999999999999999500000000000000000000000000000"},
    {tum_int_comb, "10^30", "999999999999999999999999999998",
     "499999999999999999999999999999500000000000000000000000000000"},
    {tum_int_perm, "5", "2", "20"},
    {tum_int_perm, "5", "0", "1"},
    {tum_int_perm, "5", "5", "120"},
    {tum_int_perm, "5", "6", "0"},
    {tum_int_perm, "0", "0", "1"},
    {tum_int_perm, "52", "5", "311875200"},
    {tum_int_perm, "30", "30", "265252859812191058636308480000000"},
    {tum_int_perm, "10^18", "3",
     "999999999999999997000000000000000002000000000000000000"},
    {tum_int_perm, "-1", "2", NULL, "ValueError", "n must be a non-negative integer"},
    {tum_int_perm, "2", "-1", NULL, "ValueError", "k must be a non-negative integer"},
    {tum_int_perm, "10^30", "2",
     "999999999999999999999999999999000000000000000000000000000000"},
    {tum_int_round, "15", "-1", "20"},
    {tum_int_round, "25", "-1", "20"},
    {tum_int_round, "-15", "-1", "-20"},
    {tum_int_round, "-25", "-1", "-20"},
    {tum_int_round, "5", "-1", "0"},
    {tum_int_round, "-5", "-1", "0"},
    {tum_int_round, "4", "-1", "0"},
    {tum_int_round, "149", "-2", "100"},
    {tum_int_round, "150", "-2", "200"},
    {tum_int_round, "250", "-2", "200"},
    {tum_int_round, "50", "-2", "0"},
    {tum_int_round, "51", "-2", "100"},
    {tum_int_round, "5", "-5", "0"},
    {tum_int_round, "123", "0", "123"},
    {tum_int_round, "123", "3", "123"},
    {tum_int_round, "123", "-9223372036854775808", "0"},
    {tum_int_round, "123", "-10^30", "0"},
    {tum_int_round, "9223372036854775807", "-1", "9223372036854775810"},
    {tum_int_round, "9223372036854775807", "-19", "10000000000000000000"},
    {tum_int_round, "5000000000000000000", "-19", "0"},
    {tum_int_round, "1000000000000000000000000000005", "-1",
     "1000000000000000000000000000000"},
    {tum_int_round, "1000000000000000000000000000015", "-1",
     "1000000000000000000000000000020"},
    {tum_int_round, "-1000000000000000000000000000015", "-1",
     "-1000000000000000000000000000020"},
};

START_TEST(binary)
{
    const struct binary_row *row = &binary_rows[_i];
    struct tum_error *err = NULL;
    VALUE a = number(row->a);
    VALUE b = number(row->b);
    VALUE result = tum_val_none();

    if (row->expected == NULL) {
        ck_assert(!row->fn(a, b, &result, &err));
        ck_assert_int_eq(result.kind, TUM_NONE);
        error_is(err, row->type, row->text);
        return;
    }
    ck_assert(row->fn(a, b, &result, &err));
    value_is(result, row->expected);
    /* One number has one form. */
    ck_assert_int_eq(result.kind, strlen(row->expected) < 19 ? TUM_INT : result.kind);
}
END_TEST

struct limit_row {
    operation *fn;
    const char *a, *b;
    bool over;
};

/* At TUM_INT_BITS_LIMIT, 2**22 bits, and one past it. */
static const struct limit_row limit_rows[] = {
    {tum_int_lshift, "1", "4194303", false},
    {tum_int_lshift, "1", "4194304", true},
    {tum_int_lshift, "1", "10^30", true},
    {tum_int_pow, "2", "4194303", false},
    {tum_int_pow, "2", "4194304", true},
    {tum_int_pow, "3", "4194304", true},
    {tum_int_pow, "2", "10^30", true},
    {tum_int_pow, "10^30", "10^30", true},
    {tum_int_add, "2^4194303", "0", false},
    {tum_int_add, "2^4194303", "2^4194303", true},
    {tum_int_sub, "0-2^4194303", "2^4194303", true},
    {tum_int_mul, "2^2097152", "2^2097151", false},
    {tum_int_mul, "2^2097152", "2^2097152", true},
    {tum_int_mul, "2^4194303", "0", false},
    {tum_int_comb, "10^9", "10^8", true},
    {tum_int_comb, "10^30", "10^29", true},
    {tum_int_perm, "10^30", "10^29", true},
    {tum_int_perm, "10^6", "10^6", true},
};

START_TEST(limit)
{
    const struct limit_row *row = &limit_rows[_i];
    struct tum_error *err = NULL;
    VALUE a = number(row->a);
    VALUE b = number(row->b);
    VALUE result = tum_val_none();

    ck_assert_int_eq(row->fn(a, b, &result, &err), !row->over);
    ck_assert_int_eq(err != NULL, row->over);
    if (row->over)
        ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_free(err);
}
END_TEST

struct bits_row {
    const char *a, *b, *and_, *or_, *xor_;
};

static const struct bits_row bits_rows[] = {
    {"6", "3", "2", "7", "5"},
    {"-6", "3", "2", "-5", "-7"},
    {"-1", "9223372036854775808", "9223372036854775808", "-1", "-9223372036854775809"},
    {"18446744073709551616", "18446744073709551615", "0", "36893488147419103231",
     "36893488147419103231"},
    {"-18446744073709551616", "36893488147419103231", "18446744073709551616", "-1",
     "-18446744073709551617"},
    {"10^30", "-10^30", "1073741824", "-1073741824", "-2147483648"},
    {"-9223372036854775808", "9223372036854775807", "0", "-1", "-1"},
    {"-1", "-18446744073709551616", "-18446744073709551616", "-1",
     "18446744073709551615"},
};

START_TEST(bits)
{
    const struct bits_row *row = &bits_rows[_i];
    VALUE a = number(row->a);
    VALUE b = number(row->b);
    VALUE and_ = tum_int_and(a, b);
    VALUE or_ = tum_int_or(b, a);
    VALUE xor_ = tum_int_xor(a, b);
    VALUE expected_and = number(row->and_);
    VALUE expected_or = number(row->or_);
    VALUE expected_xor = number(row->xor_);

    ck_assert_int_eq(tum_int_cmp(and_, expected_and), 0);
    ck_assert_int_eq(tum_int_cmp(or_, expected_or), 0);
    ck_assert_int_eq(tum_int_cmp(xor_, expected_xor), 0);
}
END_TEST

START_TEST(bools)
{
    tum_val yes = tum_val_bool(true);
    tum_val no = tum_val_bool(false);
    struct tum_error *err = NULL;
    VALUE sum = tum_val_none();

    value_is(tum_int_and(yes, no), "False");
    value_is(tum_int_or(yes, no), "True");
    value_is(tum_int_xor(yes, yes), "False");
    value_is(tum_int_and(yes, tum_val_int(1)), "1");
    value_is(tum_int_invert(yes), "-2");
    value_is(tum_int_plus(yes), "1");
    value_is(tum_int_neg(yes), "-1");
    value_is(tum_int_abs(no), "0");
    ck_assert(tum_int_add(yes, yes, &sum, &err));
    value_is(sum, "2");
}
END_TEST

/* ---- one operand ---- */

struct unary_row {
    const char *a, *neg, *abs, *invert;
    size_t bits, ones;
};

static const struct unary_row unary_rows[] = {
    {"0", "0", "0", "-1", 0, 0},
    {"1", "-1", "1", "-2", 1, 1},
    {"-1", "1", "1", "0", 1, 1},
    {"7", "-7", "7", "-8", 3, 3},
    {"-7", "7", "7", "6", 3, 3},
    {"2147483648", "-2147483648", "2147483648", "-2147483649", 32, 1},
    {"9007199254740992", "-9007199254740992", "9007199254740992", "-9007199254740993",
     54, 1},
    {"9007199254740993", "-9007199254740993", "9007199254740993", "-9007199254740994",
     54, 2},
    {"4611686018427387904", "-4611686018427387904", "4611686018427387904",
     "-4611686018427387905", 63, 1},
    {"9223372036854775807", "-9223372036854775807", "9223372036854775807",
     "-9223372036854775808", 63, 63},
    {"-9223372036854775808", "9223372036854775808", "9223372036854775808",
     "9223372036854775807", 64, 1},
    {"9223372036854775808", "-9223372036854775808", "9223372036854775808",
     "-9223372036854775809", 64, 1},
    {"18446744073709551616", "-18446744073709551616", "18446744073709551616",
     "-18446744073709551617", 65, 1},
    {"-18446744073709551617", "18446744073709551617", "18446744073709551617",
     "18446744073709551616", 65, 2},
    {"10^30", "-10^30", "10^30", "-1000000000000000000000000000001", 100, 37},
    {"-999999999999999999999999999993", "999999999999999999999999999993",
     "999999999999999999999999999993", "999999999999999999999999999992", 100, 64},
};

START_TEST(unary)
{
    const struct unary_row *row = &unary_rows[_i];
    VALUE a = number(row->a);
    VALUE neg = tum_int_neg(a);
    VALUE abs = tum_int_abs(a);
    VALUE invert = tum_int_invert(a);
    VALUE expected_neg = number(row->neg);
    VALUE expected_abs = number(row->abs);
    VALUE expected_invert = number(row->invert);

    ck_assert_int_eq(tum_int_cmp(neg, expected_neg), 0);
    ck_assert_int_eq(tum_int_cmp(abs, expected_abs), 0);
    ck_assert_int_eq(tum_int_cmp(invert, expected_invert), 0);
    ck_assert_uint_eq(tum_int_bit_length(a), row->bits);
    ck_assert_uint_eq(tum_int_bit_count(a), row->ones);
}
END_TEST

/* Every pair of the edges: quotient and rest make the number, text and bytes return. */
START_TEST(identities)
{
    struct tum_error *err = NULL;
    VALUE a = number(unary_rows[_i].a);

    for (size_t i = 0; i < TUM_LEN(unary_rows); i++) {
        VALUE b = number(unary_rows[i].a);
        VALUE quotient = tum_val_none();
        VALUE rest = tum_val_none();
        VALUE product = tum_val_none();
        VALUE sum = tum_val_none();

        if (tum_int_sign(b) == 0)
            continue;
        ck_assert(tum_int_divmod(a, b, &quotient, &rest, &err));
        ck_assert(tum_int_mul(quotient, b, &product, &err));
        ck_assert(tum_int_add(product, rest, &sum, &err));
        ck_assert_int_eq(tum_int_cmp(sum, a), 0);
        ck_assert(tum_int_sign(rest) == 0 || tum_int_sign(rest) == tum_int_sign(b));
    }
    for (int base = 2; base <= 36; base++) {
        TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
        VALUE back = tum_val_none();

        tum_int_write(&text, a, base);
        ck_assert(tum_int_digits(tum_buf_str(&text), base, &back));
        ck_assert_int_eq(tum_int_cmp(a, back), 0);
    }
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        unsigned char bytes[20];

        ck_assert(tum_int_to_bytes(a, bytes, sizeof(bytes), big_endian, true, &err));

        VALUE back = tum_int_from_bytes(bytes, sizeof(bytes), big_endian, true);

        ck_assert_int_eq(tum_int_cmp(a, back), 0);
    }
}
END_TEST

START_TEST(to_bytes)
{
    struct tum_error *err = NULL;
    unsigned char b[4];

    ck_assert(tum_int_to_bytes(tum_val_int(0x010203), b, 4, true, false, &err));
    ck_assert_mem_eq(b, "\0\1\2\3", 4);
    ck_assert(tum_int_to_bytes(tum_val_int(-2), b, 2, false, true, &err));
    ck_assert_mem_eq(b, "\xFE\xFF", 2);
    ck_assert(tum_int_to_bytes(tum_val_int(-128), b, 1, true, true, &err));
    ck_assert(!tum_int_to_bytes(tum_val_int(128), b, 1, true, true, &err));
    error_is(err, "OverflowError", "int too big to convert");
    err = NULL;
    ck_assert(!tum_int_to_bytes(tum_val_int(-1), b, 1, true, false, &err));
    error_is(err, "OverflowError", "can't convert negative int to unsigned");
    err = NULL;
    ck_assert(tum_int_to_bytes(tum_val_int(0), b, 0, true, false, &err));
    ck_assert(!tum_int_to_bytes(tum_val_int(1), b, 0, true, false, &err));
    error_is(err, "OverflowError", "int too big to convert");
    value_is(tum_int_from_bytes(b, 0, true, true), "0");
}
END_TEST

struct powmod_row {
    const char *a, *exponent, *modulus;
    const char *expected; /* NULL: ValueError */
    const char *text;
};

static const struct powmod_row powmod_rows[] = {
    {"2", "10", "1000", "24"},
    {"-3", "3", "5", "3"},
    {"3", "2", "-7", "-5"},
    {"3", "-1", "7", "5"},
    {"2", "10", "-1", "0"},
    {"0", "0", "1", "0"},
    {"5", "-2", "1", "0"},
    {"10^30", "10^20", "1000000007", "238486502"},
    {"3", "-2", "-7", "-3"},
    {"2", "-1", "4", NULL, "base is not invertible for the given modulus"},
    {"2", "3", "0", NULL, "pow() 3rd argument cannot be 0"},
    {"-2", "3", "-8", "0"},
};

START_TEST(powmod)
{
    const struct powmod_row *row = &powmod_rows[_i];
    struct tum_error *err = NULL;
    VALUE a = number(row->a);
    VALUE exponent = number(row->exponent);
    VALUE modulus = number(row->modulus);
    VALUE result = tum_val_none();
    bool done = tum_int_powmod(a, exponent, modulus, &result, &err);

    ck_assert_int_eq(done, row->expected != NULL);
    if (done)
        value_is(result, row->expected);
    else
        error_is(err, "ValueError", row->text);
}
END_TEST

struct theory_row {
    bool (*fn)(tum_val a, tum_val *ret, struct tum_error **err);
    const char *a;
    const char *expected; /* NULL: ValueError */
    const char *text;
};

static const struct theory_row theory_rows[] = {
    {tum_int_isqrt, "0", "0"},
    {tum_int_isqrt, "15", "3"},
    {tum_int_isqrt, "16", "4"},
    {tum_int_isqrt, "2^64-1", "4294967295"},
    {tum_int_isqrt, "10^30", "1000000000000000"},
    {tum_int_isqrt, "-1", NULL, "isqrt() argument must be nonnegative"},
    {tum_int_factorial, "0", "1"},
    {tum_int_factorial, "20", "2432902008176640000"},
    {tum_int_factorial, "25", "15511210043330985984000000"},
    {tum_int_factorial, "-1", NULL, "factorial() not defined for negative values"},
};

START_TEST(theory)
{
    const struct theory_row *row = &theory_rows[_i];
    struct tum_error *err = NULL;
    VALUE a = number(row->a);
    VALUE result = tum_val_none();
    bool done = row->fn(a, &result, &err);

    ck_assert_int_eq(done, row->expected != NULL);
    if (done)
        value_is(result, row->expected);
    else
        error_is(err, "ValueError", row->text);
}
END_TEST

START_TEST(powmod_limit)
{
    struct tum_error *err = NULL;
    VALUE fits = number("2^4094");
    VALUE over = number("2^65536");
    VALUE result = tum_val_none();

    ck_assert(tum_int_powmod(tum_val_int(3), over, fits, &result, &err));
    ck_assert(!tum_int_powmod(tum_val_int(3), over, over, &result, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_free(err);
}
END_TEST

START_TEST(factorial_limit)
{
    struct tum_error *err = NULL;
    VALUE result = tum_val_none();

    ck_assert(!tum_int_factorial(tum_val_int(300001), &result, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_clear(&err);
    ck_assert(!tum_int_factorial(tum_val_int(300000), &result, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_free(err);
}
END_TEST

START_TEST(gcd)
{
    VALUE big = number("10^30");
    VALUE six = tum_int_gcd(big, tum_val_int(12));

    value_is(tum_int_gcd(tum_val_int(-4), tum_val_int(6)), "2");
    value_is(tum_int_gcd(tum_val_int(0), tum_val_int(0)), "0");
    value_is(tum_int_gcd(tum_val_int(0), tum_val_bool(true)), "1");
    value_is(six, "4");
}
END_TEST

/* ---- floats ---- */

struct ratio_row {
    const char *a, *b;
    const char *expected; /* NULL: the error */
    const char *type, *text;
};

static const struct ratio_row truediv_rows[] = {
    {"1", "3", "0.3333333333333333"},
    {"-1", "3", "-0.3333333333333333"},
    {"1", "-3", "-0.3333333333333333"},
    {"0", "-5", "-0.0"},
    {"0", "5", "0.0"},
    {"2^53+1", "1", "9007199254740992.0"},
    {"2^53+1", "3", "3002399751580331.0"},
    {"10^30", "7", "1.4285714285714285e+29"},
    {"-10^30", "10^29", "-10.0"},
    {"10^400", "10^399", "10.0"},
    {"1", "10^400", "0.0"},
    {"10^400", "3", NULL, "OverflowError",
     "integer division result too large for a float"},
    {"1", "2^1074", "5e-324"},
    {"1", "2^1075", "0.0"},
    {"3", "2^1076", "5e-324"},
    {"2^1024-2^970-1", "1", "1.7976931348623157e+308"},
    {"2^1024-2^970", "1", NULL, "OverflowError",
     "integer division result too large for a float"},
    {"54043195528445949", "3*2^1076", "2.2250738585072014e-308"},
    {"5", "0", NULL, "ZeroDivisionError", "division by zero"},
    {"2^63-1", "2^63", "1.0"},
    {"2^2000+1", "2^2000", "1.0"},
};

START_TEST(truediv)
{
    const struct ratio_row *row = &truediv_rows[_i];
    struct tum_error *err = NULL;
    VALUE a = number(row->a);
    VALUE b = number(row->b);
    double f = -99;
    bool done = tum_int_truediv(a, b, &f, &err);

    ck_assert_int_eq(done, row->expected != NULL);
    if (done)
        value_is(tum_val_float(f), row->expected);
    else
        error_is(err, row->type, row->text);
}
END_TEST

struct float_row {
    const char *a;
    const char *expected; /* NULL: too large */
};

static const struct float_row to_float_rows[] = {
    {"0", "0.0"},
    {"-5", "-5.0"},
    {"2^53+1", "9007199254740992.0"},
    {"2^53+3", "9007199254740996.0"},
    {"2^63", "9.223372036854776e+18"},
    {"2^64-1", "1.8446744073709552e+19"},
    {"2^64+2^11", "1.8446744073709552e+19"},
    {"2^64+2^11+1", "1.8446744073709556e+19"},
    {"2^64+3*2^11", "1.844674407370956e+19"},
    {"-10^30", "-1e+30"},
    {"10^308", "1e+308"},
    {"2^1024-2^970-1", "1.7976931348623157e+308"},
    {"2^1024-2^970", NULL},
    {"-2^1024", NULL},
};

START_TEST(to_float)
{
    const struct float_row *row = &to_float_rows[_i];
    VALUE a = number(row->a);
    double f = -99;
    bool done = tum_int_to_double(a, &f);

    ck_assert_int_eq(done, row->expected != NULL);
    if (done)
        value_is(tum_val_float(f), row->expected);
    /* As a value it saturates. */
    ck_assert(tum_val_to_double(a, &f));
    if (!done)
        ck_assert(isinf(f) && (f > 0) == (tum_int_sign(a) > 0));
}
END_TEST

struct order_row {
    const char *a;
    double f;
    int expected;
};

static const struct order_row order_rows[] = {
    {"0", 0.0, 0},
    {"0", -0.0, 0},
    {"1", 1.0, 0},
    {"1", 1.5, -1},
    {"-1", -1.5, 1},
    {"-2", -1.5, -1},
    {"2", 1.5, 1},
    {"2^53+1", 9007199254740992.0, 1},
    {"2^53", 9007199254740992.0, 0},
    {"2^63-1", 9.223372036854776e+18, -1},
    {"2^63", 9.223372036854776e+18, 0},
    {"-2^63", -9.223372036854776e+18, 0},
    {"-2^63-1", -9.223372036854776e+18, -1},
    {"10^22", 1e+22, 0},
    {"10^23", 1e+23, 1},
    {"10^400", 1e+308, 1},
    {"-10^400", -1e+308, -1},
    {"10^400", HUGE_VAL, -1},
    {"-10^400", -HUGE_VAL, 1},
    {"5", HUGE_VAL, -1},
    {"5", -HUGE_VAL, 1},
    {"0", 5e-324, -1},
    {"0", -5e-324, 1},
    {"2^64+1", 1.8446744073709552e+19, 1},
};

START_TEST(order)
{
    const struct order_row *row = &order_rows[_i];
    VALUE a = number(row->a);
    tum_val f = tum_val_float(row->f);

    ck_assert_int_eq(tum_num_cmp(a, f), row->expected);
    ck_assert_int_eq(tum_num_cmp(f, a), -row->expected);
    ck_assert_int_eq(tum_num_eq(a, f), row->expected == 0);
    if (row->expected == 0)
        ck_assert_uint_eq(tum_num_hash(a), tum_num_hash(f));
}
END_TEST

START_TEST(order_nan)
{
    VALUE big = number("10^30");
    tum_val nan = tum_val_float(NAN);

    ck_assert_int_eq(tum_num_cmp(tum_val_int(1), nan), TUM_UNORDERED);
    ck_assert_int_eq(tum_num_cmp(nan, big), TUM_UNORDERED);
    ck_assert_int_eq(tum_num_cmp(nan, nan), TUM_UNORDERED);
    ck_assert(!tum_num_eq(nan, nan));
}
END_TEST

struct whole_row {
    double f;
    enum tum_rounding how;
    const char *expected; /* NULL: the error */
    const char *type, *text;
};

static const struct whole_row whole_rows[] = {
    {1.9, TUM_TRUNC, "1"},
    {-1.9, TUM_TRUNC, "-1"},
    {1.9, TUM_FLOOR, "1"},
    {-1.1, TUM_FLOOR, "-2"},
    {1.1, TUM_CEIL, "2"},
    {-1.9, TUM_CEIL, "-1"},
    {0.5, TUM_EVEN, "0"},
    {1.5, TUM_EVEN, "2"},
    {2.5, TUM_EVEN, "2"},
    {-0.0, TUM_TRUNC, "0"},
    {9223372036854775808.0, TUM_TRUNC, "9223372036854775808"},
    {-9223372036854775808.0, TUM_TRUNC, "-9223372036854775808"},
    {1e22, TUM_FLOOR, "10000000000000000000000"},
    {1e23, TUM_FLOOR, "99999999999999991611392"},
    {HUGE_VAL, TUM_TRUNC, NULL, "OverflowError",
     "cannot convert float infinity to integer"},
    {NAN, TUM_TRUNC, NULL, "ValueError", "cannot convert float NaN to integer"},
};

START_TEST(whole)
{
    const struct whole_row *row = &whole_rows[_i];
    struct tum_error *err = NULL;
    VALUE result = tum_val_none();
    bool done = tum_int_of_double(row->f, row->how, &result, &err);

    ck_assert_int_eq(done, row->expected != NULL);
    if (done)
        value_is(result, row->expected);
    else
        error_is(err, row->type, row->text);
}
END_TEST

START_TEST(mantissa)
{
    static const struct {
        const char *a;
        double m;
        int64_t e;
    } rows[] = {
        {"0", 0, 0},         {"1", 0.5, 1},         {"-3", -0.75, 2},
        {"2^64-1", 1.0, 64}, {"2^1000", 0.5, 1001}, {"2^4000+2^3999", 0.75, 4001},
        {"2^53+1", 0.5, 54},
    };
    const char *text = rows[_i].a;
    VALUE a = number(text);
    int64_t e;

    ck_assert_double_eq(tum_int_frexp(a, &e), rows[_i].m);
    ck_assert_int_eq(e, rows[_i].e);
}
END_TEST

START_TEST(hash)
{
    ck_assert_uint_eq(tum_num_hash(tum_val_bool(true)), tum_num_hash(tum_val_int(1)));
    ck_assert_uint_eq(tum_num_hash(tum_val_float(1)), tum_num_hash(tum_val_int(1)));
    ck_assert_uint_eq(tum_num_hash(tum_val_float(-0.0)), tum_num_hash(tum_val_int(0)));
    ck_assert_uint_ne(tum_num_hash(tum_val_float(0.5)), tum_num_hash(tum_val_int(0)));
}
END_TEST

START_TEST(too_long)
{
    VALUE fits = number("10^4300-1");
    VALUE over = number("10^4300");
    VALUE below = number("0-10^4300");

    ck_assert(!tum_int_too_long(tum_val_int(INT64_MIN)));
    ck_assert(!tum_int_too_long(fits));
    ck_assert(tum_int_too_long(over));
    ck_assert(tum_int_too_long(below));
}
END_TEST

START_TEST(digits)
{
    tum_val v;

    value_is(value_int("-0"), "0");
    value_is(value_int("+007"), "7");
    value_is(value_int("-9223372036854775808"), "-9223372036854775808");
    ck_assert_int_eq(value_int("-9223372036854775808").kind, TUM_INT);
    ck_assert(tum_int_digits(TUM_S("Zz"), 36, &v));
    value_is(v, "1295");
    ck_assert(!tum_int_digits(TUM_S(""), 10, &v));
    ck_assert(!tum_int_digits(TUM_S("-"), 10, &v));
    ck_assert(!tum_int_digits(TUM_S("1_0"), 10, &v));
    ck_assert(!tum_int_digits(TUM_S("12"), 2, &v));
    ck_assert(!tum_int_digits(TUM_S("1 "), 10, &v));
    ck_assert(!tum_int_digits(TUM_S("1\0"), 10, &v));
}
END_TEST

START_TEST(digits_limit)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    VALUE v = tum_val_none();

    tum_buf_fill(&text, '7', TUM_INT_DIGITS_LIMIT);
    ck_assert(tum_int_digits(tum_buf_str(&text), 10, &v));
    tum_buf_addc(&text, '7');
    ck_assert(!tum_int_digits(tum_buf_str(&text), 10, &v));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, binary, 0, TUM_LEN(binary_rows));
    tcase_add_loop_test(t, limit, 0, TUM_LEN(limit_rows));
    tcase_add_loop_test(t, bits, 0, TUM_LEN(bits_rows));
    tcase_add_test(t, bools);
    tcase_add_loop_test(t, unary, 0, TUM_LEN(unary_rows));
    tcase_add_loop_test(t, identities, 0, TUM_LEN(unary_rows));
    tcase_add_test(t, to_bytes);
    tcase_add_loop_test(t, powmod, 0, TUM_LEN(powmod_rows));
    tcase_add_loop_test(t, theory, 0, TUM_LEN(theory_rows));
    tcase_add_test(t, powmod_limit);
    tcase_add_test(t, factorial_limit);
    tcase_add_test(t, gcd);
    tcase_add_loop_test(t, truediv, 0, TUM_LEN(truediv_rows));
    tcase_add_loop_test(t, to_float, 0, TUM_LEN(to_float_rows));
    tcase_add_loop_test(t, order, 0, TUM_LEN(order_rows));
    tcase_add_test(t, order_nan);
    tcase_add_loop_test(t, whole, 0, TUM_LEN(whole_rows));
    tcase_add_loop_test(t, mantissa, 0, 7);
    tcase_add_test(t, hash);
    tcase_add_test(t, too_long);
    tcase_add_test(t, digits);
    tcase_add_test(t, digits_limit);
}

UNIT_MAIN("vnum", add)
