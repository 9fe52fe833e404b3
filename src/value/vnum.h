/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers with Python's meaning: integers without a size of their own, floats to and
 * from text, and the places where the two meet.
 *
 * "Integer" arguments are TUM_BOOL (read as 0 or 1), TUM_INT or TUM_BIGINT; anything else
 * is a mistake of the caller. Integer results are TUM_INT whenever they fit, so one
 * number has one form. Results are owned.
 *
 * Errors carry Python's class in `type` and Python's words. A result of more than
 * TUM_INT_BITS_LIMIT bits is an error of kind TUM_ERROR_LIMIT, type "OverflowError".
 * All functions may be called from any thread.
 */
#ifndef TUM_VNUM_H
#define TUM_VNUM_H

#include "tum/val.h"

/* Largest integer that arithmetic makes. */
#define TUM_INT_BITS_LIMIT   ((size_t)4 << 20)
/* Bits of exponent times bits of modulus in tum_int_powmod: less than a second. */
#define TUM_INT_POWMOD_LIMIT ((size_t)1 << 28)
/* Longest decimal text that Python's int() reads and str() writes (sys.int_info). */
#define TUM_INT_TEXT_LIMIT   4300
/* Longest run of digits that is read at all, whatever the base. */
#define TUM_INT_DIGITS_LIMIT ((size_t)1 << 20)

/* ---- integers: arithmetic ---- */

bool tum_int_add(tum_val a, tum_val b, tum_val *ret, struct tum_error **err);
bool tum_int_sub(tum_val a, tum_val b, tum_val *ret, struct tum_error **err);
bool tum_int_mul(tum_val a, tum_val b, tum_val *ret, struct tum_error **err);
/* Rounds down; the remainder has the sign of the divisor. ZeroDivisionError. */
bool tum_int_floordiv(tum_val a, tum_val b, tum_val *ret, struct tum_error **err);
bool tum_int_mod(tum_val a, tum_val b, tum_val *ret, struct tum_error **err);
bool tum_int_divmod(tum_val a, tum_val b, tum_val *ret_quotient, tum_val *ret_rest,
                    struct tum_error **err);
/* The exponent must not be negative (that result is a float: the caller's case). */
bool tum_int_pow(tum_val a, tum_val exponent, tum_val *ret, struct tum_error **err);
/* pow(a, exponent, modulus); a negative exponent needs an inverse. ValueError. */
bool tum_int_powmod(tum_val a, tum_val exponent, tum_val modulus, tum_val *ret,
                    struct tum_error **err);
tum_val tum_int_plus(tum_val a) TUM_MUST_USE; /* +a: a bool becomes an integer */
tum_val tum_int_neg(tum_val a) TUM_MUST_USE;
tum_val tum_int_abs(tum_val a) TUM_MUST_USE;
tum_val tum_int_invert(tum_val a) TUM_MUST_USE;
/* Two bools give a bool. */
tum_val tum_int_and(tum_val a, tum_val b) TUM_MUST_USE;
tum_val tum_int_or(tum_val a, tum_val b) TUM_MUST_USE;
tum_val tum_int_xor(tum_val a, tum_val b) TUM_MUST_USE;
/* A negative count is a ValueError. */
bool tum_int_lshift(tum_val a, tum_val count, tum_val *ret, struct tum_error **err);
bool tum_int_rshift(tum_val a, tum_val count, tum_val *ret, struct tum_error **err);
int tum_int_cmp(tum_val a, tum_val b); /* -1, 0, 1 */
int tum_int_sign(tum_val a);           /* -1, 0, 1 */
bool tum_int_is_odd(tum_val a);
size_t tum_int_bit_length(tum_val a); /* of the absolute value; 0 has none */
size_t tum_int_bit_count(tum_val a);  /* ones of the absolute value */
tum_val tum_int_gcd(tum_val a, tum_val b) TUM_MUST_USE;
bool tum_int_lcm(tum_val a, tum_val b, tum_val *ret, struct tum_error **err);
/* ValueError for negative arguments. */
bool tum_int_isqrt(tum_val a, tum_val *ret, struct tum_error **err);
bool tum_int_factorial(tum_val a, tum_val *ret, struct tum_error **err);
bool tum_int_comb(tum_val n, tum_val k, tum_val *ret, struct tum_error **err);
bool tum_int_perm(tum_val n, tum_val k, tum_val *ret, struct tum_error **err);
/* round(a, digits): a multiple of 10**-digits for negative digits, half to even. */
bool tum_int_round(tum_val a, tum_val digits, tum_val *ret, struct tum_error **err);

/* ---- integers and floats ---- */

/* a / b, correctly rounded. ZeroDivisionError; OverflowError. */
bool tum_int_truediv(tum_val a, tum_val b, double *ret, struct tum_error **err);
/* Correctly rounded; false when beyond the largest float. */
bool tum_int_to_double(tum_val a, double *ret);
enum tum_rounding {
    TUM_TRUNC, /* towards zero */
    TUM_FLOOR,
    TUM_CEIL,
    TUM_EVEN, /* nearest, half to even: round(x) */
};
/* OverflowError for inf, ValueError for nan. */
bool tum_int_of_double(double f, enum tum_rounding how, tum_val *ret,
                       struct tum_error **err);
/* Any two numbers, exactly: -1, 0, 1, or TUM_UNORDERED when one is nan. */
int tum_num_cmp(tum_val a, tum_val b);
bool tum_num_eq(tum_val a, tum_val b);
/* Hash of any number; equal numbers of all kinds have equal hashes. */
uint64_t tum_num_hash(tum_val v);
/*
 * a as m * 2**e with 0.5 <= |m| <= 1, m correctly rounded (so it can reach 1); 0 gives
 * 0, 0. log(a) is log(m) + e * log(2) whatever the size of a.
 */
double tum_int_frexp(tum_val a, int64_t *ret_exponent);

/* ---- integers and text, bytes ---- */

/* Adds the digits in base 2…36, lower case, "-" in front, no prefix. */
void tum_int_write(struct tum_buf *out, tum_val a, int base);
/* Python's str() refuses: more than TUM_INT_TEXT_LIMIT decimal digits. */
bool tum_int_too_long(tum_val a);
/*
 * Whole text a number in Python's int() grammar: ASCII white space around, a sign, single
 * '_' between digits, prefixes where they fit, base 0 or 2…36. ValueError.
 */
bool tum_int_parse(struct tum_str text, int base, tum_val *ret, struct tum_error **err);
/*
 * Whole text an optional sign and digits of base 2…36 and nothing else, at most
 * TUM_INT_DIGITS_LIMIT. For readers with a grammar of their own (JSON, YAML).
 */
bool tum_int_digits(struct tum_str text, int base, tum_val *ret);
/* a.to_bytes(n, …) into out. OverflowError. */
bool tum_int_to_bytes(tum_val a, unsigned char *out, size_t n, bool big_endian,
                      bool is_signed, struct tum_error **err);
tum_val tum_int_from_bytes(const unsigned char *p, size_t n, bool big_endian,
                           bool is_signed) TUM_MUST_USE;

/* ---- floats ---- */

/*
 * Python's float() grammar: ASCII white space around, a sign, inf, infinity and nan in
 * any case, single '_' between digits. False for anything else.
 */
bool tum_float_parse(struct tum_str text, double *ret);
/*
 * The value of text that is known to be a decimal literal: digits with at most one '.'
 * and an exponent, a sign, nothing else. Too large gives inf.
 */
double tum_float_of_digits(struct tum_str text);
enum tum_float_flags {
    TUM_FLOAT_ALT = 1,   /* '#': keep the point and the zeros of %g */
    TUM_FLOAT_DOT_0 = 2, /* "1.0" where only digits would stand, as format() without
                            a type and with a precision */
};
/*
 * Adds f as Python's '%' conversions 'e' 'f' 'g' 'E' 'F' 'G' do, rounded half to even on
 * the exact value; type 'r' is repr() (precision ignored). "-" only, never "+".
 */
void tum_float_format(struct tum_buf *out, double f, char type, int precision,
                      unsigned flags);
/* round(f, digits). OverflowError. */
bool tum_float_round(double f, int64_t digits, double *ret, struct tum_error **err);
/* f // g and f % g as Python has them. ZeroDivisionError. */
bool tum_float_floordiv(double f, double g, double *ret, struct tum_error **err);
bool tum_float_mod(double f, double g, double *ret, struct tum_error **err);
bool tum_float_divmod(double f, double g, double *ret_quotient, double *ret_rest,
                      struct tum_error **err);
/* f ** g. ZeroDivisionError, OverflowError; *ret_complex when the result is complex. */
bool tum_float_pow(double f, double g, double *ret, bool *ret_complex,
                   struct tum_error **err);
/* OverflowError for inf, ValueError for nan. */
bool tum_float_ratio(double f, tum_val *ret_numerator, tum_val *ret_denominator,
                     struct tum_error **err);
/* f.hex() */
void tum_float_write_hex(struct tum_buf *out, double f);

#endif
