/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integers of any size and their meeting with floats; the only file that knows GMP.
 *
 * An integer within int64_t is a TUM_INT and is computed with checked machine
 * arithmetic; only what overflows, or was big already, takes the way through GMP. A
 * TUM_BIGINT is one block with the limbs in it, read in place.
 *
 * The grammars of int() and float() are in vparse.c; text and division of floats in
 * vfloat.c.
 */
#include "value/vnum.h"
#include "tum/mem.h"
#include "value/vobject.h"
#include <ctype.h>
#include <gmp.h>
#include <math.h>
#include <stdlib.h>

_Static_assert(GMP_NUMB_BITS == 64 && sizeof(long) == 8, "a limb is an int64_t");

/* ---- values and GMP numbers ---- */

struct int_object {
    struct tum_object head; /* n: limbs; bits: 1 when negative */
    mp_limb_t limbs[];
};

/* An integer value as GMP reads it, without a copy. */
struct view {
    mpz_t z;
    mp_limb_t limb;
};

static mpz_srcptr view(tum_val v, struct view *w)
{
    if (v.kind == TUM_BIGINT) {
        const struct int_object *obj = (const struct int_object *)v.as.obj;
        mp_size_t n = (mp_size_t)obj->head.n;

        return mpz_roinit_n(w->z, obj->limbs, obj->head.bits ? -n : n);
    }

    int64_t i = v.kind == TUM_BOOL ? v.as.b : v.as.i;

    w->limb = i < 0 ? -(uint64_t)i : (uint64_t)i;
    return mpz_roinit_n(w->z, &w->limb, i < 0 ? -1 : i > 0);
}

static void number_clear(mpz_t *z)
{
    mpz_clear(*z);
}
#define NUMBER TUM_AUTO(number_clear) mpz_t

static tum_val value_of(mpz_srcptr z)
{
    if (mpz_fits_slong_p(z))
        return tum_val_int(mpz_get_si(z));

    size_t n = mpz_size(z);
    struct int_object *obj = tum_object_new(sizeof(*obj) + n * sizeof(mp_limb_t));

    obj->head.n = n;
    obj->head.bits = mpz_sgn(z) < 0;
    memcpy(obj->limbs, mpz_limbs_read(z), n * sizeof(mp_limb_t));
    return (tum_val){.kind = TUM_BIGINT, .as.obj = &obj->head};
}

/* Bool and small integer alike. */
static bool is_small(tum_val v, int64_t *ret)
{
    return tum_val_to_int64(v, ret);
}

static bool fail(struct tum_error **err, enum tum_error_kind kind, const char *type,
                 const char *text)
{
    tum_fail(err, kind, "%s", text);
    (*err)->type = tum_strdup(type);
    return false;
}

static bool fail_value(struct tum_error **err, const char *text)
{
    return fail(err, TUM_ERROR_VALUE, "ValueError", text);
}

static bool fail_zero(struct tum_error **err, const char *text)
{
    return fail(err, TUM_ERROR_VALUE, "ZeroDivisionError", text);
}

static bool fail_overflow(struct tum_error **err, const char *text)
{
    return fail(err, TUM_ERROR_VALUE, "OverflowError", text);
}

static bool fail_limit(struct tum_error **err, const char *what, size_t limit)
{
    tum_fail(err, TUM_ERROR_LIMIT, "%s %zu", what, limit);
    (*err)->type = tum_strdup("OverflowError");
    return false;
}

static bool fail_size(struct tum_error **err)
{
    return fail_limit(err, "the bits of an integer are more than", TUM_INT_BITS_LIMIT);
}

static bool finish(mpz_srcptr z, tum_val *ret, struct tum_error **err)
{
    if (mpz_sizeinbase(z, 2) > TUM_INT_BITS_LIMIT)
        return fail_size(err);
    *ret = value_of(z);
    return true;
}

/* ---- sums, products, quotients ---- */

bool tum_int_add(tum_val a, tum_val b, tum_val *ret, struct tum_error **err)
{
    int64_t i, j, sum;

    if (is_small(a, &i) && is_small(b, &j) && !__builtin_add_overflow(i, j, &sum)) {
        *ret = tum_val_int(sum);
        return true;
    }

    struct view x, y;
    NUMBER z;

    mpz_init(z);
    mpz_add(z, view(a, &x), view(b, &y));
    return finish(z, ret, err);
}

bool tum_int_sub(tum_val a, tum_val b, tum_val *ret, struct tum_error **err)
{
    int64_t i, j, difference;

    if (is_small(a, &i) && is_small(b, &j) &&
        !__builtin_sub_overflow(i, j, &difference)) {
        *ret = tum_val_int(difference);
        return true;
    }

    struct view x, y;
    NUMBER z;

    mpz_init(z);
    mpz_sub(z, view(a, &x), view(b, &y));
    return finish(z, ret, err);
}

bool tum_int_mul(tum_val a, tum_val b, tum_val *ret, struct tum_error **err)
{
    int64_t i, j, product;

    if (is_small(a, &i) && is_small(b, &j) && !__builtin_mul_overflow(i, j, &product)) {
        *ret = tum_val_int(product);
        return true;
    }
    /* Before, not after: the product itself must stay within reason. */
    if (tum_int_bit_length(a) + tum_int_bit_length(b) > TUM_INT_BITS_LIMIT + 1 &&
        tum_int_sign(a) != 0 && tum_int_sign(b) != 0)
        return fail_size(err);

    struct view x, y;
    NUMBER z;

    mpz_init(z);
    mpz_mul(z, view(a, &x), view(b, &y));
    return finish(z, ret, err);
}

static void divide(tum_val a, tum_val b, tum_val *ret_quotient, tum_val *ret_rest)
{
    int64_t i, j;

    /* INT64_MIN / -1 is the one quotient of small numbers that is not small. */
    if (is_small(a, &i) && is_small(b, &j) && !(i == INT64_MIN && j == -1)) {
        int64_t quotient = i / j;
        int64_t rest = i % j;

        if (rest != 0 && (rest < 0) != (j < 0)) {
            quotient--;
            rest += j;
        }
        *ret_quotient = tum_val_int(quotient);
        *ret_rest = tum_val_int(rest);
        return;
    }

    struct view x, y;
    NUMBER quotient;
    NUMBER rest;

    mpz_inits(quotient, rest, NULL);
    mpz_fdiv_qr(quotient, rest, view(a, &x), view(b, &y));
    *ret_quotient = value_of(quotient);
    *ret_rest = value_of(rest);
}

bool tum_int_floordiv(tum_val a, tum_val b, tum_val *ret, struct tum_error **err)
{
    TUM_AUTO(tum_val_release) tum_val rest = tum_val_none();

    if (tum_int_sign(b) == 0)
        return fail_zero(err, "integer division or modulo by zero");
    divide(a, b, ret, &rest);
    return true;
}

bool tum_int_mod(tum_val a, tum_val b, tum_val *ret, struct tum_error **err)
{
    TUM_AUTO(tum_val_release) tum_val quotient = tum_val_none();

    if (tum_int_sign(b) == 0)
        return fail_zero(err, "integer modulo by zero");
    divide(a, b, &quotient, ret);
    return true;
}

bool tum_int_divmod(tum_val a, tum_val b, tum_val *ret_quotient, tum_val *ret_rest,
                    struct tum_error **err)
{
    if (tum_int_sign(b) == 0)
        return fail_zero(err, "integer division or modulo by zero");
    divide(a, b, ret_quotient, ret_rest);
    return true;
}

bool tum_int_pow(tum_val a, tum_val exponent, tum_val *ret, struct tum_error **err)
{
    struct view x;
    size_t bits = tum_int_bit_length(a);
    int64_t e;

    if (tum_int_sign(exponent) < 0)
        tum_bug("a negative exponent");
    if (bits <= 1) {
        /* 0, 1 and -1 stay small whatever the exponent. */
        bool one = tum_int_sign(exponent) == 0 ||
                   (tum_int_sign(a) < 0 && !tum_int_is_odd(exponent));

        *ret = tum_val_int(one ? 1 : tum_int_sign(a));
        return true;
    }
    /* The power has at least (bits - 1) * e bits. */
    if (!is_small(exponent, &e) || (uint64_t)e > TUM_INT_BITS_LIMIT / (bits - 1))
        return fail_size(err);

    NUMBER z;

    mpz_init(z);
    mpz_pow_ui(z, view(a, &x), (unsigned long)e);
    return finish(z, ret, err);
}

bool tum_int_powmod(tum_val a, tum_val exponent, tum_val modulus, tum_val *ret,
                    struct tum_error **err)
{
    struct view x, y, w;
    int sign = tum_int_sign(modulus);

    if (sign == 0)
        return fail_value(err, "pow() 3rd argument cannot be 0");

    if (tum_int_bit_length(exponent) * tum_int_bit_length(modulus) >
        TUM_INT_POWMOD_LIMIT)
        return fail_limit(err, "the bits of exponent and modulus multiply to more than",
                          TUM_INT_POWMOD_LIMIT);

    mpz_srcptr m = view(modulus, &w);
    NUMBER z;

    mpz_init(z);
    if (mpz_cmpabs_ui(m, 1) == 0) {
        *ret = tum_val_int(0);
        return true;
    }
    /* GMP would divide by zero on a missing inverse. */
    if (tum_int_sign(exponent) < 0 && mpz_invert(z, view(a, &x), m) == 0)
        return fail_value(err, "base is not invertible for the given modulus");
    mpz_powm(z, view(a, &x), view(exponent, &y), m);
    if (sign < 0 && mpz_sgn(z) != 0)
        mpz_add(z, z, m);
    return finish(z, ret, err);
}

tum_val tum_int_plus(tum_val a)
{
    return a.kind == TUM_BOOL ? tum_val_int(a.as.b) : tum_val_ref(a);
}

tum_val tum_int_neg(tum_val a)
{
    struct view x;
    int64_t i;

    if (is_small(a, &i) && i != INT64_MIN)
        return tum_val_int(-i);

    NUMBER z;

    mpz_init(z);
    mpz_neg(z, view(a, &x));
    return value_of(z);
}

tum_val tum_int_abs(tum_val a)
{
    return tum_int_sign(a) < 0 ? tum_int_neg(a) : tum_int_plus(a);
}

/* ---- bits ---- */

tum_val tum_int_invert(tum_val a)
{
    struct view x;
    int64_t i;

    if (is_small(a, &i))
        return tum_val_int(~i);

    NUMBER z;

    mpz_init(z);
    mpz_com(z, view(a, &x));
    return value_of(z);
}

typedef void bit_fn(mpz_ptr z, mpz_srcptr a, mpz_srcptr b);

static tum_val big_bits(tum_val a, tum_val b, bit_fn *fn)
{
    struct view x, y;
    NUMBER z;

    mpz_init(z);
    fn(z, view(a, &x), view(b, &y));
    return value_of(z);
}

/* The result of small operands, a bool when both were. */
static tum_val small_bits(tum_val a, tum_val b, int64_t i)
{
    if (a.kind == TUM_BOOL && b.kind == TUM_BOOL)
        return tum_val_bool(i != 0);
    return tum_val_int(i);
}

tum_val tum_int_and(tum_val a, tum_val b)
{
    int64_t i, j;

    if (is_small(a, &i) && is_small(b, &j))
        return small_bits(a, b, i & j);
    return big_bits(a, b, mpz_and);
}

tum_val tum_int_or(tum_val a, tum_val b)
{
    int64_t i, j;

    if (is_small(a, &i) && is_small(b, &j))
        return small_bits(a, b, i | j);
    return big_bits(a, b, mpz_ior);
}

tum_val tum_int_xor(tum_val a, tum_val b)
{
    int64_t i, j;

    if (is_small(a, &i) && is_small(b, &j))
        return small_bits(a, b, i ^ j);
    return big_bits(a, b, mpz_xor);
}

bool tum_int_lshift(tum_val a, tum_val count, tum_val *ret, struct tum_error **err)
{
    struct view x;
    size_t bits = tum_int_bit_length(a);
    int64_t i, n;

    if (tum_int_sign(count) < 0)
        return fail_value(err, "negative shift count");
    if (bits == 0) {
        *ret = tum_val_int(0);
        return true;
    }
    if (!is_small(count, &n) || (uint64_t)n > TUM_INT_BITS_LIMIT - bits)
        return fail_size(err);
    if (is_small(a, &i) && bits + (size_t)n < 63) {
        *ret = tum_val_int(i * ((int64_t)1 << n));
        return true;
    }

    NUMBER z;

    mpz_init(z);
    mpz_mul_2exp(z, view(a, &x), (mp_bitcnt_t)n);
    return finish(z, ret, err);
}

bool tum_int_rshift(tum_val a, tum_val count, tum_val *ret, struct tum_error **err)
{
    struct view x;
    int64_t i, n;

    if (tum_int_sign(count) < 0)
        return fail_value(err, "negative shift count");
    if (!is_small(count, &n) || (uint64_t)n > TUM_INT_BITS_LIMIT) {
        *ret = tum_val_int(tum_int_sign(a) < 0 ? -1 : 0);
        return true;
    }
    if (is_small(a, &i)) {
        *ret = tum_val_int(i >> TUM_MIN(n, 63));
        return true;
    }

    NUMBER z;

    mpz_init(z);
    mpz_fdiv_q_2exp(z, view(a, &x), (mp_bitcnt_t)n);
    *ret = value_of(z);
    return true;
}

size_t tum_int_bit_length(tum_val a)
{
    struct view x;
    mpz_srcptr z = view(a, &x);

    return mpz_sgn(z) == 0 ? 0 : mpz_sizeinbase(z, 2);
}

size_t tum_int_bit_count(tum_val a)
{
    struct view x;
    mpz_srcptr z = view(a, &x);

    /* mpn functions take no empty numbers. */
    return mpz_sgn(z) == 0 ? 0
                           : mpn_popcount(mpz_limbs_read(z), (mp_size_t)mpz_size(z));
}

bool tum_int_is_odd(tum_val a)
{
    struct view x;

    return mpz_odd_p(view(a, &x));
}

/* ---- order ---- */

int tum_int_sign(tum_val a)
{
    int64_t i;

    if (!is_small(a, &i))
        return a.as.obj->bits ? -1 : 1;
    return i < 0 ? -1 : i > 0;
}

int tum_int_cmp(tum_val a, tum_val b)
{
    struct view x, y;
    int64_t i, j;
    int order;

    if (is_small(a, &i) && is_small(b, &j))
        return i < j ? -1 : i > j;
    order = mpz_cmp(view(a, &x), view(b, &y));
    return order < 0 ? -1 : order > 0;
}

#define TWO_63 9223372036854775808.0

static int int_cmp_double(tum_val a, double f)
{
    struct view x;
    int64_t i;
    int order;

    if (isnan(f))
        return TUM_UNORDERED;
    if (isinf(f))
        return f > 0 ? -1 : 1;
    if (!is_small(a, &i)) {
        order = mpz_cmp_d(view(a, &x), f);
        return order < 0 ? -1 : order > 0;
    }
    if (f >= TWO_63)
        return -1;
    if (f < -TWO_63)
        return 1;

    int64_t whole = (int64_t)f;
    double rest = f - (double)whole;

    if (i != whole)
        return i < whole ? -1 : 1;
    return rest > 0 ? -1 : rest < 0;
}

int tum_num_cmp(tum_val a, tum_val b)
{
    if (a.kind == TUM_FLOAT && b.kind == TUM_FLOAT) {
        if (isnan(a.as.f) || isnan(b.as.f))
            return TUM_UNORDERED;
        return a.as.f < b.as.f ? -1 : a.as.f > b.as.f;
    }
    if (b.kind == TUM_FLOAT)
        return int_cmp_double(a, b.as.f);
    if (a.kind == TUM_FLOAT) {
        int order = int_cmp_double(b, a.as.f);

        return order == TUM_UNORDERED ? order : -order;
    }
    return tum_int_cmp(a, b);
}

bool tum_num_eq(tum_val a, tum_val b)
{
    return tum_num_cmp(a, b) == 0;
}

static uint64_t scramble(uint64_t x)
{
    x = (x ^ (x >> 32)) * 0x9FB21C651E98DF25u;
    x = (x ^ (x >> 29)) * 0xD6E8FEB86659FD93u;
    return x ^ (x >> 32);
}

static uint64_t big_hash(mpz_srcptr z)
{
    const mp_limb_t *limbs = mpz_limbs_read(z);
    uint64_t hash = mpz_sgn(z) < 0 ? 1 : 0;

    for (size_t i = 0; i < mpz_size(z); i++)
        hash = scramble(hash + limbs[i]);
    return hash;
}

uint64_t tum_num_hash(tum_val v)
{
    struct view x;
    int64_t i;

    if (is_small(v, &i))
        return scramble((uint64_t)i);
    if (v.kind == TUM_BIGINT)
        return big_hash(view(v, &x));

    double f = v.as.f;

    if (f >= -TWO_63 && f < TWO_63 && f == trunc(f))
        return scramble((uint64_t)(int64_t)f);
    if (!isfinite(f) || f != trunc(f)) {
        uint64_t bits;

        memcpy(&bits, &f, sizeof(bits));
        return scramble(bits);
    }

    NUMBER z;

    mpz_init_set_d(z, f);
    return big_hash(z);
}

/* ---- number theory ---- */

tum_val tum_int_gcd(tum_val a, tum_val b)
{
    return big_bits(a, b, mpz_gcd);
}

bool tum_int_lcm(tum_val a, tum_val b, tum_val *ret, struct tum_error **err)
{
    struct view x, y;

    if (tum_int_bit_length(a) + tum_int_bit_length(b) > 2 * TUM_INT_BITS_LIMIT)
        return fail_size(err);

    NUMBER z;

    mpz_init(z);
    mpz_lcm(z, view(a, &x), view(b, &y));
    return finish(z, ret, err);
}

bool tum_int_isqrt(tum_val a, tum_val *ret, struct tum_error **err)
{
    struct view x;

    if (tum_int_sign(a) < 0)
        return fail_value(err, "isqrt() argument must be nonnegative");

    NUMBER z;

    mpz_init(z);
    mpz_sqrt(z, view(a, &x));
    *ret = value_of(z);
    return true;
}

/* The factorial of this has more bits than the limit. */
#define FACTORIAL_LIMIT 300000

bool tum_int_factorial(tum_val a, tum_val *ret, struct tum_error **err)
{
    int64_t i;

    if (tum_int_sign(a) < 0)
        return fail_value(err, "factorial() not defined for negative values");
    if (!is_small(a, &i) || i > FACTORIAL_LIMIT)
        return fail_size(err);

    NUMBER z;

    mpz_init(z);
    mpz_fac_ui(z, (unsigned long)i);
    return finish(z, ret, err);
}

/* Both not negative, or an error; *ret_zero: k is above n, there is no choice. */
static bool choice(tum_val n, tum_val k, bool *ret_zero, struct tum_error **err)
{
    if (tum_int_sign(n) < 0)
        return fail_value(err, "n must be a non-negative integer");
    if (tum_int_sign(k) < 0)
        return fail_value(err, "k must be a non-negative integer");
    *ret_zero = tum_int_cmp(k, n) > 0;
    return true;
}

bool tum_int_comb(tum_val n, tum_val k, tum_val *ret, struct tum_error **err)
{
    struct view x, y;
    bool zero;

    if (!choice(n, k, &zero, err))
        return false;
    if (zero) {
        *ret = tum_val_int(0);
        return true;
    }

    NUMBER z;

    mpz_init(z);
    mpz_sub(z, view(n, &x), view(k, &y));
    if (mpz_cmp(view(k, &y), z) < 0)
        mpz_set(z, view(k, &y));
    /* Below 2**n and below n**k, k being the smaller side. */
    if (!mpz_fits_ulong_p(z) || mpz_get_ui(z) > TUM_INT_BITS_LIMIT ||
        (mpz_get_ui(z) * tum_int_bit_length(n) > TUM_INT_BITS_LIMIT &&
         mpz_cmp_ui(view(n, &x), TUM_INT_BITS_LIMIT) > 0))
        return fail_size(err);
    mpz_bin_ui(z, view(n, &x), mpz_get_ui(z));
    return finish(z, ret, err);
}

/* z = n (n - 1) … (n - k + 1), by halves so that the factors stay of like size. */
static void falling(mpz_ptr z, mpz_srcptr n, unsigned long k)
{
    if (k <= 8) {
        NUMBER factor;

        mpz_init_set(factor, n);
        mpz_set_ui(z, 1);
        for (; k > 0; k--) {
            mpz_mul(z, z, factor);
            mpz_sub_ui(factor, factor, 1);
        }
        return;
    }

    NUMBER lower;
    NUMBER start;

    mpz_inits(lower, start, NULL);
    mpz_sub_ui(start, n, k / 2);
    falling(lower, start, k - k / 2);
    falling(z, n, k / 2);
    mpz_mul(z, z, lower);
}

bool tum_int_perm(tum_val n, tum_val k, tum_val *ret, struct tum_error **err)
{
    struct view x;
    int64_t i;
    bool zero;

    if (!choice(n, k, &zero, err))
        return false;
    if (zero) {
        *ret = tum_val_int(0);
        return true;
    }
    /* For k = n half of the product's bits come from n's own length at least. */
    if (!is_small(k, &i) ||
        (size_t)i > 2 * TUM_INT_BITS_LIMIT / TUM_MAX(tum_int_bit_length(n), (size_t)1))
        return fail_size(err);

    NUMBER z;

    mpz_init(z);
    falling(z, view(n, &x), (unsigned long)i);
    return finish(z, ret, err);
}

bool tum_int_round(tum_val a, tum_val digits, tum_val *ret, struct tum_error **err)
{
    struct view x;
    int64_t n;

    if (tum_int_sign(digits) >= 0) {
        *ret = tum_int_plus(a);
        return true;
    }
    /* 10**-n is more than twice a: the nearest multiple is 0. */
    if (!is_small(digits, &n) || -(uint64_t)n > tum_int_bit_length(a) / 3 + 2) {
        *ret = tum_val_int(0);
        return true;
    }

    NUMBER unit;
    NUMBER z;
    NUMBER rest;

    mpz_inits(unit, z, rest, NULL);
    mpz_ui_pow_ui(unit, 10, (unsigned long)-n);
    mpz_fdiv_qr(z, rest, view(a, &x), unit);
    mpz_mul_2exp(rest, rest, 1);

    int half = mpz_cmp(rest, unit);

    if (half > 0 || (half == 0 && mpz_odd_p(z)))
        mpz_add_ui(z, z, 1);
    mpz_mul(z, z, unit);
    return finish(z, ret, err);
}

/* ---- to and from floats ---- */

/*
 * m * 2**e for a 64-bit m whose last bit may stand for anything smaller ("sticky"),
 * rounded once, half to even, also where floats get denser than 53 bits. May be inf.
 */
static double scale(uint64_t m, int64_t e)
{
    int length = m == 0 ? 0 : 64 - __builtin_clzll(m);
    int64_t keep = TUM_MIN(length + e + 1074, (int64_t)53);

    if (length == 0 || keep < 0)
        return 0;
    if (length + e > 1100)
        return INFINITY;
    if (keep < length) {
        int drop = length - (int)keep;
        uint64_t half = (uint64_t)1 << (drop - 1);
        uint64_t rest = drop == 64 ? m : m & (((uint64_t)1 << drop) - 1);

        m = drop == 64 ? 0 : m >> drop;
        e += drop;
        if (rest > half || (rest == half && (m & 1)))
            m++;
    }
    return ldexp((double)m, (int)e);
}

/* The upper 64 bits of |z|, the last one sticky, and what was shifted out. */
static uint64_t upper_bits(mpz_srcptr z, int64_t *ret_shift)
{
    size_t bits = mpz_sizeinbase(z, 2);

    *ret_shift = 0;
    if (bits <= 64)
        return mpz_getlimbn(z, 0);
    *ret_shift = (int64_t)(bits - 64);

    NUMBER top;

    mpz_init(top);
    mpz_tdiv_q_2exp(top, z, bits - 64);
    return mpz_getlimbn(top, 0) | (mpz_scan1(z, 0) < bits - 64);
}

bool tum_int_to_double(tum_val a, double *ret)
{
    struct view x;
    int64_t i, shift;

    if (is_small(a, &i)) {
        *ret = (double)i;
        return true;
    }

    uint64_t m = upper_bits(view(a, &x), &shift);
    double f = scale(m, shift);

    if (isinf(f))
        return false;
    *ret = tum_int_sign(a) < 0 ? -f : f;
    return true;
}

double tum_int_frexp(tum_val a, int64_t *ret_exponent)
{
    struct view x;
    int64_t shift;

    *ret_exponent = 0;
    if (tum_int_sign(a) == 0)
        return 0;

    uint64_t m = upper_bits(view(a, &x), &shift);
    int length = 64 - __builtin_clzll(m);
    double f = scale(m, -length);

    *ret_exponent = shift + length;
    return tum_int_sign(a) < 0 ? -f : f;
}

bool tum_int_truediv(tum_val a, tum_val b, double *ret, struct tum_error **err)
{
    const int64_t exact = (int64_t)1 << 53;
    bool negative = tum_int_sign(a) * tum_int_sign(b) < 0;
    struct view x, y;
    int64_t i, j;

    if (tum_int_sign(b) == 0)
        return fail_zero(err, "division by zero");
    if (is_small(a, &i) && i == 0) {
        *ret = tum_int_sign(b) < 0 ? -0.0 : 0.0;
        return true;
    }
    /* Both exact as floats: the processor's division rounds once. */
    if (is_small(a, &i) && is_small(b, &j) && i <= exact && i >= -exact && j <= exact &&
        j >= -exact) {
        *ret = (double)i / (double)j;
        return true;
    }

    /* A quotient of 63 or 64 bits, the rest of the division sticky. */
    int64_t shift =
        63 + (int64_t)tum_int_bit_length(b) - (int64_t)tum_int_bit_length(a);
    NUMBER n;
    NUMBER d;

    mpz_inits(n, d, NULL);
    mpz_abs(n, view(a, &x));
    mpz_abs(d, view(b, &y));
    if (shift >= 0)
        mpz_mul_2exp(n, n, (mp_bitcnt_t)shift);
    else
        mpz_mul_2exp(d, d, (mp_bitcnt_t)-shift);
    mpz_tdiv_qr(n, d, n, d);

    double f = scale(mpz_getlimbn(n, 0) | (mpz_sgn(d) != 0), -shift);

    if (isinf(f))
        return fail_overflow(err, "integer division result too large for a float");
    *ret = negative ? -f : f;
    return true;
}

bool tum_int_of_double(double f, enum tum_rounding how, tum_val *ret,
                       struct tum_error **err)
{
    if (isnan(f))
        return fail_value(err, "cannot convert float NaN to integer");
    if (isinf(f))
        return fail_overflow(err, "cannot convert float infinity to integer");
    switch (how) {
    case TUM_TRUNC:
        f = trunc(f);
        break;
    case TUM_FLOOR:
        f = floor(f);
        break;
    case TUM_CEIL:
        f = ceil(f);
        break;
    case TUM_EVEN:
        f = rint(f);
        break;
    }
    if (f >= -TWO_63 && f < TWO_63) {
        *ret = tum_val_int((int64_t)f);
        return true;
    }

    NUMBER z;

    mpz_init_set_d(z, f);
    *ret = value_of(z);
    return true;
}

bool tum_float_ratio(double f, tum_val *ret_numerator, tum_val *ret_denominator,
                     struct tum_error **err)
{
    int e;

    if (isnan(f))
        return fail_value(err, "cannot convert NaN to integer ratio");
    if (isinf(f))
        return fail_overflow(err, "cannot convert Infinity to integer ratio");

    int64_t m = (int64_t)ldexp(frexp(f, &e), 53);
    int zeros = m == 0 ? 0 : TUM_MIN(__builtin_ctzll((uint64_t)m), 53);

    e = m == 0 ? 0 : e - 53 + zeros;
    m /= (int64_t)1 << zeros;

    NUMBER n;
    NUMBER d;

    mpz_init_set_si(n, m);
    mpz_init_set_si(d, 1);
    if (e > 0)
        mpz_mul_2exp(n, n, (mp_bitcnt_t)e);
    else
        mpz_mul_2exp(d, d, (mp_bitcnt_t)-e);
    *ret_numerator = value_of(n);
    *ret_denominator = value_of(d);
    return true;
}

/* ---- text ---- */

void tum_int_write(struct tum_buf *out, tum_val a, int base)
{
    int64_t i;

    if (base == 10 && is_small(a, &i)) {
        tum_buf_addi(out, i);
        return;
    }

    struct view x;
    mpz_srcptr z = view(a, &x);
    char small[72];
    char *text = small;
    size_t room = mpz_sizeinbase(z, base) + 2; /* sign, NUL */

    if (room > sizeof(small))
        text = tum_realloc(NULL, room);
    mpz_get_str(text, base, z);
    tum_buf_adds(out, text);
    if (text != small)
        tum_free(text);
}

bool tum_int_too_long(tum_val a)
{
    struct view x;
    const size_t bits = 14285; /* of 10**TUM_INT_TEXT_LIMIT */
    size_t length = tum_int_bit_length(a);

    if (length != bits)
        return length > bits;

    NUMBER limit;

    mpz_init(limit);
    mpz_ui_pow_ui(limit, 10, TUM_INT_TEXT_LIMIT);
    return mpz_cmpabs(view(a, &x), limit) >= 0;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    return 36;
}

/* The number of digits that were checked; negative gives the sign. */
static tum_val digits_value(const char *s, size_t n, int base, bool negative)
{
    uint64_t small = 0;
    size_t i = 0;

    while (i < n && s[i] == '0')
        i++;
    /* 12 digits of base 36 and 18 of base 10 fit in any case. */
    if (n - i <= (base <= 10 ? 18 : 12)) {
        for (; i < n; i++)
            small = small * (uint64_t)base + (uint64_t)digit_of(s[i]);
        return tum_val_int(negative ? -(int64_t)small : (int64_t)small);
    }

    TUM_AUTO(tum_freep) char *text = tum_strndup(s, n);
    NUMBER z;

    if (mpz_init_set_str(z, text, base) != 0)
        tum_bug("digits of base %d that were checked", base);
    if (negative)
        mpz_neg(z, z);
    return value_of(z);
}

bool tum_int_digits(struct tum_str text, int base, tum_val *ret)
{
    const char *s = text.s;
    size_t n = text.n;
    bool negative = n > 0 && s[0] == '-';

    if (n > 0 && (s[0] == '-' || s[0] == '+')) {
        s++;
        n--;
    }
    if (n == 0 || n > TUM_INT_DIGITS_LIMIT)
        return false;
    for (size_t i = 0; i < n; i++)
        if (digit_of(s[i]) >= base)
            return false;
    *ret = digits_value(s, n, base, negative);
    return true;
}

/* ---- bytes ---- */

bool tum_int_to_bytes(tum_val a, unsigned char *out, size_t n, bool big_endian,
                      bool is_signed, struct tum_error **err)
{
    struct view x;
    mpz_srcptr z = view(a, &x);
    int sign = mpz_sgn(z);

    if (sign < 0 && !is_signed)
        return fail_overflow(err, "can't convert negative int to unsigned");

    /* A negative number is written as the complement of its one's complement. */
    NUMBER m;

    mpz_init(m);
    if (sign < 0)
        mpz_com(m, z);
    else
        mpz_set(m, z);

    size_t bits = mpz_sgn(m) == 0 ? 0 : mpz_sizeinbase(m, 2);
    size_t room = n * 8;

    if (bits + (is_signed && bits > 0) > room)
        return fail_overflow(err, "int too big to convert");

    size_t used = (bits + 7) / 8;
    unsigned char flip = sign < 0 ? 0xFF : 0;

    if (n == 0)
        return true;
    memset(out, 0, n);
    mpz_export(big_endian ? out + n - used : out, NULL, big_endian ? 1 : -1, 1, 0, 0,
               m);
    for (size_t i = 0; i < n; i++)
        out[i] ^= flip;
    return true;
}

tum_val tum_int_from_bytes(const unsigned char *p, size_t n, bool big_endian,
                           bool is_signed)
{
    bool negative = n > 0 && is_signed && (p[big_endian ? 0 : n - 1] & 0x80);
    NUMBER z;
    NUMBER range;

    mpz_inits(z, range, NULL);
    mpz_import(z, n, big_endian ? 1 : -1, 1, 0, 0, p);
    if (negative) {
        mpz_setbit(range, n * 8);
        mpz_sub(z, z, range);
    }
    return value_of(z);
}

/* ---- reading floats ---- */

static const double exact_tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/*
 * A literal whose digits and power of ten are both exact floats needs one operation of
 * the processor, which rounds once. False when it is not that simple.
 */
static bool quick_float(struct tum_str text, double *ret)
{
    const char *s = text.s;
    const char *end = s + text.n;
    bool negative = false;
    uint64_t m = 0;
    int e = 0, written = 0;

    if (s < end && (*s == '-' || *s == '+'))
        negative = *s++ == '-';
    for (; s < end && isdigit((unsigned char)*s); s++) {
        if (m > ((uint64_t)1 << 53) / 10 - 1)
            return false;
        m = m * 10 + (uint64_t)(*s - '0');
    }
    if (s < end && *s == '.')
        for (s++; s < end && isdigit((unsigned char)*s); s++) {
            if (m > ((uint64_t)1 << 53) / 10 - 1)
                return false;
            m = m * 10 + (uint64_t)(*s - '0');
            e--;
        }
    if (s < end) {
        bool down = false;

        s++; /* the 'e' */
        if (s < end && (*s == '-' || *s == '+'))
            down = *s++ == '-';
        for (; s < end; s++) {
            if (written > 1000)
                return false;
            written = written * 10 + (*s - '0');
        }
        e += down ? -written : written;
    }
    if (e < -22 || e > 22)
        return false;
    *ret = e < 0 ? (double)m / exact_tens[-e] : (double)m * exact_tens[e];
    if (negative)
        *ret = -*ret;
    return true;
}

double tum_float_of_digits(struct tum_str text)
{
    char small[64];
    double f;

    if (quick_float(text, &f))
        return f;
    if (text.n < sizeof(small)) {
        memcpy(small, text.s, text.n);
        small[text.n] = '\0';
        return strtod(small, NULL);
    }

    TUM_AUTO(tum_freep) char *copy = tum_strndup(text.s, text.n);

    return strtod(copy, NULL);
}
