/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module math. Functions of libm are CPython's own; what it computes itself to the
 * last bit (fsum, hypot, dist) is computed as exactly here.
 */
#include "lang/module.h"
#include "lang/ops.h"
#include "value/vnum.h"
#include <errno.h>
#include <float.h>
#include <math.h>

/* ---- errors ---- */

static struct tum_obj *domain_error(struct tum_vm *vm)
{
    return tum_raise_value(vm, "math domain error");
}

static struct tum_obj *range_error(struct tum_vm *vm)
{
    return tum_raise(vm, "OverflowError", "math range error");
}

/* ---- functions of one float ---- */

static struct tum_obj *apply(struct tum_vm *vm, struct tum_obj *o, double (*f)(double),
                             bool can_overflow)
{
    double x, r;

    if (!tum_arg_double(vm, o, &x))
        return NULL;
    r = f(x);
    if (isnan(r) && !isnan(x))
        return domain_error(vm);
    if (isinf(r) && isfinite(x))
        return can_overflow ? range_error(vm) : domain_error(vm);
    return tum_new_float(vm, r);
}

#define FN(name)                                                                       \
    static struct tum_obj *name(struct tum_vm *vm, struct tum_obj **a, size_t n)

#define APPLY(name, f, can_overflow)                                                   \
    FN(math_##name)                                                                    \
    {                                                                                  \
        (void)n;                                                                       \
        return apply(vm, a[0], (f), (can_overflow));                                   \
    }

static double to_degrees(double x)
{
    return x * (180.0 / M_PI);
}
static double to_radians(double x)
{
    return x * (M_PI / 180.0);
}

APPLY(acos, acos, false)
APPLY(acosh, acosh, false)
APPLY(asin, asin, false)
APPLY(asinh, asinh, false)
APPLY(atan, atan, false)
APPLY(atanh, atanh, false)
APPLY(cbrt, cbrt, false)
APPLY(cos, cos, false)
APPLY(cosh, cosh, true)
APPLY(erf, erf, false)
APPLY(erfc, erfc, false)
APPLY(exp, exp, true)
APPLY(exp2, exp2, true)
APPLY(expm1, expm1, true)
APPLY(fabs, fabs, false)
APPLY(log1p, log1p, false)
APPLY(sin, sin, false)
APPLY(sinh, sinh, true)
APPLY(sqrt, sqrt, false)
APPLY(tan, tan, false)
APPLY(tanh, tanh, false)

/* No errors: what overflows is inf. */
static struct tum_obj *scale(struct tum_vm *vm, struct tum_obj *o, double (*f)(double))
{
    double x;

    return tum_arg_double(vm, o, &x) ? tum_new_float(vm, f(x)) : NULL;
}

FN(math_degrees)
{
    (void)n;
    return scale(vm, a[0], to_degrees);
}
FN(math_radians)
{
    (void)n;
    return scale(vm, a[0], to_radians);
}

static double ulp_of(double x)
{
    double next;

    x = fabs(x);
    if (!isfinite(x))
        return x;
    next = nextafter(x, INFINITY);
    return isinf(next) ? x - nextafter(x, -INFINITY) : next - x;
}

FN(math_ulp)
{
    (void)n;
    return scale(vm, a[0], ulp_of);
}

/* ---- logarithms, also of big integers ---- */

static bool logarithm(struct tum_vm *vm, struct tum_obj *o, double (*f)(double),
                      double *ret)
{
    int64_t e;
    double x;

    if (!tum_is_int(o)) {
        if (!tum_arg_double(vm, o, &x))
            return false;
        if (x <= 0)
            return TUM_FALSE_AFTER(domain_error(vm));
        *ret = f(x);
        return true;
    }
    if (tum_int_sign(tum_as_int(o)->v) <= 0)
        return TUM_FALSE_AFTER(domain_error(vm));
    if (tum_int_to_double(tum_as_int(o)->v, &x)) {
        *ret = f(x);
        return true;
    }
    x = tum_int_frexp(tum_as_int(o)->v, &e);
    *ret = f(x) + f(2.0) * (double)e;
    return true;
}

FN(math_log)
{
    double x, base;

    if (!logarithm(vm, a[0], log, &x))
        return NULL;
    if (n == 1)
        return tum_new_float(vm, x);
    if (!logarithm(vm, a[1], log, &base))
        return NULL;
    if (base == 0)
        return tum_raise(vm, "ZeroDivisionError", "float division by zero");
    return tum_new_float(vm, x / base);
}

FN(math_log2)
{
    double x;

    (void)n;
    return logarithm(vm, a[0], log2, &x) ? tum_new_float(vm, x) : NULL;
}
FN(math_log10)
{
    double x;

    (void)n;
    return logarithm(vm, a[0], log10, &x) ? tum_new_float(vm, x) : NULL;
}

/* ---- functions of two floats ---- */

static bool two_doubles(struct tum_vm *vm, struct tum_obj **a, double *x, double *y)
{
    return tum_arg_double(vm, a[0], x) && tum_arg_double(vm, a[1], y);
}

FN(math_atan2)
{
    double y, x;

    (void)n;
    return two_doubles(vm, a, &y, &x) ? tum_new_float(vm, atan2(y, x)) : NULL;
}

FN(math_copysign)
{
    double x, y;

    (void)n;
    return two_doubles(vm, a, &x, &y) ? tum_new_float(vm, copysign(x, y)) : NULL;
}

FN(math_nextafter)
{
    double x, y;

    (void)n;
    return two_doubles(vm, a, &x, &y) ? tum_new_float(vm, nextafter(x, y)) : NULL;
}

FN(math_pow)
{
    double x, y, r;

    (void)n;
    if (!two_doubles(vm, a, &x, &y))
        return NULL;
    r = pow(x, y);
    if (isfinite(x) && isfinite(y) && isnan(r))
        return domain_error(vm);
    if (isfinite(x) && isfinite(y) && isinf(r))
        return x == 0 ? domain_error(vm) : range_error(vm);
    return tum_new_float(vm, r);
}

FN(math_fmod)
{
    double x, y, r;

    (void)n;
    if (!two_doubles(vm, a, &x, &y))
        return NULL;
    r = isinf(y) && isfinite(x) ? x : fmod(x, y);
    if (isnan(r) && !isnan(x) && !isnan(y))
        return domain_error(vm);
    return tum_new_float(vm, r);
}

FN(math_remainder)
{
    double x, y, r;

    (void)n;
    if (!two_doubles(vm, a, &x, &y))
        return NULL;
    r = remainder(x, y);
    if (isnan(r) && !isnan(x) && !isnan(y))
        return domain_error(vm);
    return tum_new_float(vm, r);
}

FN(math_ldexp)
{
    double x, r;
    int64_t e;

    (void)n;
    if (!tum_arg_double(vm, a[0], &x))
        return NULL;
    if (!tum_is_int(a[1]))
        return tum_raise_type(vm, "Expected an int as second argument to ldexp.");
    if (!tum_arg_index_clip(vm, a[1], &e))
        return NULL;
    if (x == 0 || !isfinite(x))
        return tum_new_float(vm, x);
    if (e > INT32_MAX)
        return range_error(vm);
    r = e < INT32_MIN ? copysign(0, x) : ldexp(x, (int)e);
    return isinf(r) ? range_error(vm) : tum_new_float(vm, r);
}

FN(math_frexp)
{
    int e = 0;
    double x;

    (void)n;
    if (!tum_arg_double(vm, a[0], &x))
        return NULL;
    if (isfinite(x) && x != 0)
        x = frexp(x, &e);
    return tum_new_pair(vm, tum_new_float(vm, x), tum_new_int(vm, e));
}

FN(math_modf)
{
    double x, whole;

    (void)n;
    if (!tum_arg_double(vm, a[0], &x))
        return NULL;
    x = modf(x, &whole);
    return tum_new_pair(vm, tum_new_float(vm, x), tum_new_float(vm, whole));
}

/* ---- classes and comparison ---- */

FN(math_isnan)
{
    double x;

    (void)n;
    return tum_arg_double(vm, a[0], &x) ? tum_new_bool(vm, isnan(x)) : NULL;
}
FN(math_isinf)
{
    double x;

    (void)n;
    return tum_arg_double(vm, a[0], &x) ? tum_new_bool(vm, isinf(x)) : NULL;
}
FN(math_isfinite)
{
    double x;

    (void)n;
    return tum_arg_double(vm, a[0], &x) ? tum_new_bool(vm, isfinite(x)) : NULL;
}

FN(math_isclose)
{
    double x, y, relative = 1e-9, absolute = 0, difference;

    (void)n;
    if (!two_doubles(vm, a, &x, &y) ||
        (a[2] != NULL && !tum_arg_double(vm, a[2], &relative)) ||
        (a[3] != NULL && !tum_arg_double(vm, a[3], &absolute)))
        return NULL;
    if (relative < 0 || absolute < 0)
        return tum_raise_value(vm, "tolerances must be non-negative");
    if (x == y)
        return vm->yes;
    if (isinf(x) || isinf(y))
        return vm->no;
    difference = fabs(y - x);
    return tum_new_bool(vm, difference <= fabs(relative * y) ||
                                difference <= fabs(relative * x) ||
                                difference <= absolute);
}

/* ---- to integers ---- */

static struct tum_obj *to_int(struct tum_vm *vm, struct tum_obj *o,
                              enum tum_rounding how)
{
    struct tum_error *err = NULL;
    tum_val v;

    if (tum_is_int(o))
        return tum_new_number(vm, tum_int_plus(tum_as_int(o)->v));
    if (tum_kind_of(o) != TUM_O_FLOAT)
        return how == TUM_TRUNC
                   ? tum_raise_type(vm, "type %s doesn't define __trunc__ method",
                                    o->type->name)
                   : tum_raise_type(vm, "must be real number, not %s", o->type->name);
    return tum_int_of_double(tum_as_float(o)->f, how, &v, &err)
               ? tum_new_number(vm, v)
               : tum_raise_error(vm, err);
}

FN(math_floor)
{
    (void)n;
    return to_int(vm, a[0], TUM_FLOOR);
}
FN(math_ceil)
{
    (void)n;
    return to_int(vm, a[0], TUM_CEIL);
}
FN(math_trunc)
{
    (void)n;
    return to_int(vm, a[0], TUM_TRUNC);
}

/* ---- integers ---- */

static bool int_arg(struct tum_vm *vm, struct tum_obj *o, tum_val *ret)
{
    if (!tum_is_int(o))
        return tum_raise_type_false(
            vm, "'%s' object cannot be interpreted as an integer", o->type->name);
    *ret = tum_as_int(o)->v;
    return true;
}

FN(math_isqrt)
{
    struct tum_error *err = NULL;
    tum_val v, r;

    (void)n;
    if (!int_arg(vm, a[0], &v))
        return NULL;
    return tum_int_isqrt(v, &r, &err) ? tum_new_number(vm, r)
                                      : tum_raise_error(vm, err);
}

/* Arguments beyond these take too long, or give too much. */
#define FACTORIAL_MOST 100000

static bool not_beyond(struct tum_vm *vm, tum_val v)
{
    int64_t i;

    return (tum_val_to_int64(v, &i) && i <= FACTORIAL_MOST) || tum_int_sign(v) < 0 ||
           tum_unsupported_false(vm, "a very large factorial");
}

FN(math_factorial)
{
    struct tum_error *err = NULL;
    tum_val v, r;

    (void)n;
    if (!int_arg(vm, a[0], &v) || !not_beyond(vm, v))
        return NULL;
    return tum_int_factorial(v, &r, &err) ? tum_new_number(vm, r)
                                          : tum_raise_error(vm, err);
}

FN(math_comb)
{
    struct tum_error *err = NULL;
    tum_val v, k, r;

    (void)n;
    if (!int_arg(vm, a[0], &v) || !int_arg(vm, a[1], &k) || !not_beyond(vm, v))
        return NULL;
    return tum_int_comb(v, k, &r, &err) ? tum_new_number(vm, r)
                                        : tum_raise_error(vm, err);
}

FN(math_perm)
{
    struct tum_error *err = NULL;
    tum_val v, k, r;

    if (n == 1 || tum_is_none(a[1]))
        return math_factorial(vm, a, 1);
    if (!int_arg(vm, a[0], &v) || !int_arg(vm, a[1], &k) || !not_beyond(vm, v))
        return NULL;
    return tum_int_perm(v, k, &r, &err) ? tum_new_number(vm, r)
                                        : tum_raise_error(vm, err);
}

FN(math_gcd)
{
    tum_val v;
    struct tum_obj *r = tum_new_int(vm, 0);

    for (size_t i = 0; i < n; i++) {
        if (!int_arg(vm, a[i], &v))
            return NULL;
        r = tum_new_number(vm, tum_int_gcd(tum_as_int(r)->v, v));
    }
    return r;
}

FN(math_lcm)
{
    struct tum_error *err = NULL;
    struct tum_obj *r = tum_new_int(vm, 1);
    tum_val v, next;

    for (size_t i = 0; i < n; i++) {
        if (!int_arg(vm, a[i], &v))
            return NULL;
        if (!tum_int_lcm(tum_as_int(r)->v, v, &next, &err))
            return tum_raise_error(vm, err);
        r = tum_new_number(vm, next);
    }
    return r;
}

/* ---- sums and lengths ---- */

FN(math_prod)
{
    struct tum_obj *iter = tum_op_iter(vm, a[0]), *item;
    struct tum_obj *product = a[1] != NULL ? a[1] : tum_new_int(vm, 1);

    (void)n;
    while (iter != NULL && tum_iter_next(vm, iter, &item)) {
        product = tum_op_binary(vm, TUM_OP_MUL, product, item);
        if (product == NULL)
            return NULL;
    }
    return tum_vm_failed(vm) ? NULL : product;
}

/* Most partial sums of fsum: their exponents are all different. */
#define PARTIALS 64

struct fsum {
    double partials[PARTIALS]; /* not overlapping, smallest first */
    size_t n;
    double special; /* sum of infinities and nans */
    bool has_special;
};

/* Adds x exactly. False: the sum overflows. */
static bool fsum_add(struct fsum *s, double x)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->n; i++) {
        double y = s->partials[i], high, low;

        if (fabs(x) < fabs(y)) {
            double swap = x;

            x = y;
            y = swap;
        }
        high = x + y;
        low = y - (high - x);
        if (low != 0)
            s->partials[kept++] = low;
        x = high;
    }
    s->n = kept;
    if (x == 0)
        return true;
    if (!isfinite(x) || s->n == PARTIALS)
        return false;
    s->partials[s->n++] = x;
    return true;
}

/* The sum of the partials, rounded once, half to even. */
static double fsum_round(const struct fsum *s)
{
    size_t n = s->n;
    double high = 0, low = 0;

    if (n > 0)
        high = s->partials[--n];
    while (n > 0) {
        double x = high, y = s->partials[--n];

        high = x + y;
        low = y - (high - x);
        if (low != 0)
            break;
    }
    /* Exactly between two floats: the rest decides. */
    if (n > 0 &&
        ((low < 0 && s->partials[n - 1] < 0) || (low > 0 && s->partials[n - 1] > 0))) {
        double y = low * 2, x = high + y;

        if (y == x - high)
            high = x;
    }
    return high;
}

FN(math_fsum)
{
    struct tum_obj *iter = tum_op_iter(vm, a[0]), *item;
    struct fsum s = {.n = 0};
    double x;

    (void)n;
    while (iter != NULL && tum_iter_next(vm, iter, &item)) {
        if (!tum_arg_double(vm, item, &x))
            return NULL;
        if (!isfinite(x)) {
            if (s.has_special && isinf(s.special) && isinf(x) && s.special != x)
                return tum_raise_value(vm, "-inf + inf in fsum");
            s.special += x;
            s.has_special = true;
        } else if (!fsum_add(&s, x)) {
            return tum_raise(vm, "OverflowError", "intermediate overflow in fsum");
        }
    }
    if (tum_vm_failed(vm))
        return NULL;
    return tum_new_float(vm, s.has_special ? s.special : fsum_round(&s));
}

/*
 * Square root of the sum of squares: the squares are summed with their rounding errors,
 * then the root is corrected once by what is left.
 */
static double norm(const double *v, size_t n, double largest, bool nan_seen)
{
    double scale, sum = 0, error = 0, root, square, low, x;
    int e;

    if (isinf(largest))
        return largest;
    if (nan_seen)
        return NAN;
    if (largest == 0)
        return 0;
    frexp(largest, &e);
    scale = ldexp(1, e < -1022 ? 1022 : -e);
    for (size_t i = 0; i < n; i++) {
        double next;

        x = v[i] * scale;
        square = x * x;
        low = fma(x, x, -square);
        next = sum + square;
        error +=
            (fabs(sum) >= square ? (sum - next) + square : (square - next) + sum) + low;
        sum = next;
    }
    root = sqrt(sum + error);
    square = root * root;
    low = fma(root, root, -square);
    x = (sum - square) + (error - low);
    return (root + x / (2 * root)) / scale;
}

/* Coordinates beyond these are handed over. */
#define DIMENSIONS 32

FN(math_hypot)
{
    double v[DIMENSIONS], largest = 0;
    bool nan_seen = false;

    if (n > DIMENSIONS)
        return tum_unsupported(vm, "many dimensions");
    for (size_t i = 0; i < n; i++) {
        if (!tum_arg_double(vm, a[i], &v[i]))
            return NULL;
        v[i] = fabs(v[i]);
        nan_seen = nan_seen || isnan(v[i]);
        if (v[i] > largest)
            largest = v[i];
    }
    return tum_new_float(vm, norm(v, n, largest, nan_seen));
}

FN(math_dist)
{
    struct tum_oseq *p, *q;
    double v[DIMENSIONS], x, y, largest = 0;
    bool nan_seen = false;

    (void)n;
    p = tum_op_items(vm, a[0]);
    if (p == NULL)
        return NULL;
    q = tum_op_items(vm, a[1]);
    if (q == NULL)
        return NULL;
    if (p->n != q->n)
        return tum_raise_value(vm,
                               "both points must have the same number of dimensions");
    if (p->n > DIMENSIONS)
        return tum_unsupported(vm, "many dimensions");
    for (size_t i = 0; i < p->n; i++) {
        if (!tum_arg_double(vm, p->items[i], &x) ||
            !tum_arg_double(vm, q->items[i], &y))
            return NULL;
        v[i] = fabs(x - y);
        nan_seen = nan_seen || isnan(v[i]);
        if (v[i] > largest)
            largest = v[i];
    }
    return tum_new_float(vm, norm(v, p->n, largest, nan_seen));
}

/* ---- the module ---- */

#define CONSTANT(name, f)                                                              \
    static struct tum_obj *value_##name(struct tum_vm *vm)                             \
    {                                                                                  \
        return tum_new_float(vm, (f));                                                 \
    }
CONSTANT(e, M_E)
CONSTANT(inf, INFINITY)
CONSTANT(nan, NAN)
CONSTANT(pi, M_PI)
CONSTANT(tau, 2 * M_PI)

static const struct tum_native natives[] = {
    {.name = "acos", .call = math_acos, .min = 1, .max = 1},
    {.name = "acosh", .call = math_acosh, .min = 1, .max = 1},
    {.name = "asin", .call = math_asin, .min = 1, .max = 1},
    {.name = "asinh", .call = math_asinh, .min = 1, .max = 1},
    {.name = "atan", .call = math_atan, .min = 1, .max = 1},
    {.name = "atan2", .call = math_atan2, .min = 2, .max = 2},
    {.name = "atanh", .call = math_atanh, .min = 1, .max = 1},
    {.name = "cbrt", .call = math_cbrt, .min = 1, .max = 1},
    {.name = "ceil", .call = math_ceil, .min = 1, .max = 1},
    {.name = "comb", .call = math_comb, .min = 2, .max = 2},
    {.name = "copysign", .call = math_copysign, .min = 2, .max = 2},
    {.name = "cos", .call = math_cos, .min = 1, .max = 1},
    {.name = "cosh", .call = math_cosh, .min = 1, .max = 1},
    {.name = "degrees", .call = math_degrees, .min = 1, .max = 1},
    {.name = "dist", .call = math_dist, .min = 2, .max = 2},
    {.name = "erf", .call = math_erf, .min = 1, .max = 1},
    {.name = "erfc", .call = math_erfc, .min = 1, .max = 1},
    {.name = "exp", .call = math_exp, .min = 1, .max = 1},
    {.name = "exp2", .call = math_exp2, .min = 1, .max = 1},
    {.name = "expm1", .call = math_expm1, .min = 1, .max = 1},
    {.name = "fabs", .call = math_fabs, .min = 1, .max = 1},
    {.name = "factorial", .call = math_factorial, .min = 1, .max = 1},
    {.name = "floor", .call = math_floor, .min = 1, .max = 1},
    {.name = "fmod", .call = math_fmod, .min = 2, .max = 2},
    {.name = "frexp", .call = math_frexp, .min = 1, .max = 1},
    {.name = "fsum", .call = math_fsum, .min = 1, .max = 1},
    {.name = "gcd", .call = math_gcd, .min = 0, .max = -1},
    {.name = "hypot", .call = math_hypot, .min = 0, .max = -1},
    {.name = "isclose",
     .call = math_isclose,
     .min = 2,
     .max = 4,
     .params = "a b *rel_tol *abs_tol"},
    {.name = "isfinite", .call = math_isfinite, .min = 1, .max = 1},
    {.name = "isinf", .call = math_isinf, .min = 1, .max = 1},
    {.name = "isnan", .call = math_isnan, .min = 1, .max = 1},
    {.name = "isqrt", .call = math_isqrt, .min = 1, .max = 1},
    {.name = "lcm", .call = math_lcm, .min = 0, .max = -1},
    {.name = "ldexp", .call = math_ldexp, .min = 2, .max = 2},
    {.name = "log", .call = math_log, .min = 1, .max = 2},
    {.name = "log10", .call = math_log10, .min = 1, .max = 1},
    {.name = "log1p", .call = math_log1p, .min = 1, .max = 1},
    {.name = "log2", .call = math_log2, .min = 1, .max = 1},
    {.name = "modf", .call = math_modf, .min = 1, .max = 1},
    {.name = "nextafter", .call = math_nextafter, .min = 2, .max = 2},
    {.name = "perm", .call = math_perm, .min = 1, .max = 2},
    {.name = "pow", .call = math_pow, .min = 2, .max = 2},
    {.name = "prod",
     .call = math_prod,
     .min = 1,
     .max = 2,
     .params = "-iterable *start"},
    {.name = "radians", .call = math_radians, .min = 1, .max = 1},
    {.name = "remainder", .call = math_remainder, .min = 2, .max = 2},
    {.name = "sin", .call = math_sin, .min = 1, .max = 1},
    {.name = "sinh", .call = math_sinh, .min = 1, .max = 1},
    {.name = "sqrt", .call = math_sqrt, .min = 1, .max = 1},
    {.name = "tan", .call = math_tan, .min = 1, .max = 1},
    {.name = "tanh", .call = math_tanh, .min = 1, .max = 1},
    {.name = "trunc", .call = math_trunc, .min = 1, .max = 1},
    {.name = "ulp", .call = math_ulp, .min = 1, .max = 1},
};

static const struct tum_member members[] = {
    {.name = "e", .value = value_e},     {.name = "inf", .value = value_inf},
    {.name = "nan", .value = value_nan}, {.name = "pi", .value = value_pi},
    {.name = "tau", .value = value_tau},
};

static const char *const others[] = {"gamma", "lgamma", NULL};

const struct tum_module tum_module_math = {.name = "math",
                                           .members = members,
                                           .count = TUM_LEN(members),
                                           .natives = natives,
                                           .native_count = TUM_LEN(natives),
                                           .others = others};
