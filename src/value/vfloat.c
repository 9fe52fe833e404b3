/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floats to text, and the arithmetic of floats where Python's differs from C's.
 *
 * The C library prints and reads doubles exactly, so rounding is left to it; shortest
 * text is found by asking it.
 */
#include "tum/mem.h"
#include "value/vnum.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool fail(struct tum_error **err, const char *type, const char *text)
{
    tum_fail(err, TUM_ERROR_VALUE, "%s", text);
    (*err)->type = tum_strdup(type);
    return false;
}

/* ---- shortest text ---- */

/* Digits d.ddd… * 10**exponent, no zero at the end. */
struct decimal {
    char digits[20];
    int count;
    int exponent;
};

/* Of the text after the 'e' of a printed float: a sign and digits. */
static int exponent_of(const char *s)
{
    bool down = *s == '-';
    int exponent = 0;

    for (s++; *s != '\0'; s++)
        exponent = exponent * 10 + (*s - '0');
    return down ? -exponent : exponent;
}

/* f > 0 with `count` digits, rounded to nearest. */
static void decimal_print(double f, int count, struct decimal *ret)
{
    char text[40];
    int n = snprintf(text, sizeof(text), "%.*e", count - 1, f);
    const char *e = memchr(text, 'e', (size_t)n);

    ret->exponent = exponent_of(e + 1);
    ret->digits[0] = text[0];
    if (count > 1)
        memcpy(ret->digits + 1, text + 2, (size_t)count - 1);
    ret->count = count;
}

static double decimal_read(const struct decimal *d)
{
    char text[40];
    int n = snprintf(text, sizeof(text), "%.*se%d", d->count, d->digits,
                     d->exponent - d->count + 1);

    return tum_float_of_digits(tum_str_n(text, (size_t)n));
}

static void decimal_trim(struct decimal *d)
{
    while (d->count > 1 && d->digits[d->count - 1] == '0')
        d->count--;
}

/* One more in the last place. */
static void decimal_up(struct decimal *d)
{
    int i = d->count - 1;

    while (i >= 0 && d->digits[i] == '9')
        d->digits[i--] = '0';
    if (i >= 0) {
        d->digits[i]++;
    } else {
        d->digits[0] = '1';
        d->exponent++;
    }
}

/*
 * Below a power of two floats are twice as dense as above it. So the nearest decimal of
 * some length can lie below and miss while the next one above still reads back.
 */
static bool is_power_of_two(double f)
{
    int e;

    return frexp(f, &e) == 0.5;
}

static void decimal_shortest(double f, struct decimal *ret)
{
    /* 15 digits always survive a round trip through a normal float, so whatever has
       fewer shows itself there with zeros at the end. Subnormals have less to say. */
    int count = f < 0x1p-1022 ? 1 : 15;

    for (; count < 17; count++) {
        decimal_print(f, count, ret);
        if (decimal_read(ret) == f)
            break;
        if (is_power_of_two(f)) {
            decimal_up(ret);
            if (decimal_read(ret) == f)
                break;
        }
    }
    if (count == 17)
        decimal_print(f, count, ret);
    decimal_trim(ret);
}

static const double tens[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/*
 * A float of common size with few decimals is m / 10**k for a small k, and that division
 * rounds once: when it gives f back, m's digits are the text. With m below 10**15 no two
 * texts of that length read as the same float, so the smallest k is the shortest.
 */
static bool decimal_common(double f, struct decimal *ret)
{
    if (!(f >= 1e-4 && f < 1e15))
        return false;
    for (int k = 0; k < 10; k++) {
        double scaled = f * tens[k];
        uint64_t m = (uint64_t)(scaled + 0.5);

        if (scaled >= 1e15)
            return false;
        if ((double)m / tens[k] != f)
            continue;

        char digits[24];
        int at = (int)sizeof(digits);

        for (; m != 0; m /= 10)
            digits[--at] = (char)('0' + m % 10);
        ret->count = (int)sizeof(digits) - at;
        ret->exponent = ret->count - 1 - k;
        memcpy(ret->digits, digits + at, (size_t)ret->count);
        decimal_trim(ret);
        return true;
    }
    return false;
}

static size_t place(char *out, const struct decimal *d)
{
    char *s = out;
    int point = d->exponent + 1; /* digits before the point */

    if (d->exponent < -4 || d->exponent >= 16) {
        *s++ = d->digits[0];
        if (d->count > 1) {
            *s++ = '.';
            memcpy(s, d->digits + 1, (size_t)d->count - 1);
            s += d->count - 1;
        }
        return (size_t)(s - out) + (size_t)snprintf(s, 8, "e%+03d", d->exponent);
    }
    if (point <= 0) {
        *s++ = '0';
        *s++ = '.';
        for (; point < 0; point++)
            *s++ = '0';
        memcpy(s, d->digits, (size_t)d->count);
        return (size_t)(s + d->count - out);
    }
    for (int i = 0; i < TUM_MAX(point, d->count); i++) {
        if (i == point)
            *s++ = '.';
        *s++ = i < d->count ? d->digits[i] : '0';
    }
    if (point >= d->count) {
        *s++ = '.';
        *s++ = '0';
    }
    return (size_t)(s - out);
}

static size_t special_text(double f, char *out)
{
    const char *word = isnan(f) ? "nan" : f < 0 ? "-inf" : "inf";

    memcpy(out, word, strlen(word) + 1);
    return strlen(word);
}

size_t tum_float_text(double f, char out[TUM_FLOAT_TEXT])
{
    struct decimal d = {.digits = "0", .count = 1};
    size_t sign = 0;

    if (!isfinite(f))
        return special_text(f, out);
    if (signbit(f)) {
        out[0] = '-';
        sign = 1;
        f = -f;
    }
    if (f != 0 && !decimal_common(f, &d))
        decimal_shortest(f, &d);

    size_t n = sign + place(out + sign, &d);

    out[n] = '\0';
    return n;
}

/* ---- formats ---- */

static void add_special(struct tum_buf *out, double f, bool upper)
{
    char text[TUM_FLOAT_TEXT];
    size_t n = special_text(f, text);

    for (size_t i = 0; upper && i < n; i++)
        if (text[i] >= 'a')
            text[i] = (char)(text[i] - 'a' + 'A');
    tum_buf_add(out, text, n);
}

static void add_repr(struct tum_buf *out, double f, unsigned flags)
{
    char text[TUM_FLOAT_TEXT];
    size_t n = tum_float_text(f, text);
    const char *e = memchr(text, 'e', n);

    if (e == NULL || !(flags & TUM_FLOAT_ALT) || memchr(text, '.', n) != NULL) {
        tum_buf_add(out, text, n);
        return;
    }
    tum_buf_add(out, text, (size_t)(e - text));
    tum_buf_addc(out, '.');
    tum_buf_adds(out, e);
}

/*
 * 'g' whose fixed form always has a digit after the point; the place that digit takes is
 * why the exponent form begins one power earlier.
 */
static void add_dot_0(struct tum_buf *out, double f, bool upper, int precision,
                      bool alt)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    precision = TUM_MAX(precision, 1);
    tum_buf_addf(&text, "%.*e", precision - 1, f);

    const char *e = strchr(text.s, 'e');
    int exponent = exponent_of(e + 1);
    size_t n = (size_t)(e - text.s);
    bool point = memchr(text.s, '.', n) != NULL;

    if (exponent >= -4 && exponent < precision - 1) {
        size_t from = out->len;

        tum_buf_addf(out, alt ? "%#.*g" : "%.*g", precision, f);
        if (strchr(out->s + from, '.') == NULL)
            tum_buf_adds(out, ".0");
        return;
    }
    while (!alt && point && text.s[n - 1] == '0')
        n--;
    if (!alt && point && text.s[n - 1] == '.')
        n--;
    tum_buf_add(out, text.s, n);
    if (alt && !point)
        tum_buf_addc(out, '.');
    tum_buf_addc(out, upper ? 'E' : 'e');
    tum_buf_adds(out, e + 1);
}

void tum_float_format(struct tum_buf *out, double f, char type, int precision,
                      unsigned flags)
{
    bool alt = (flags & TUM_FLOAT_ALT) != 0;

    if (!isfinite(f)) {
        add_special(out, f, type == 'E' || type == 'F' || type == 'G');
        return;
    }
    if ((type == 'g' || type == 'G') && (flags & TUM_FLOAT_DOT_0)) {
        add_dot_0(out, f, type == 'G', precision, alt);
        return;
    }
    switch (type) {
    case 'r':
        add_repr(out, f, flags);
        return;
    case 'e':
        tum_buf_addf(out, alt ? "%#.*e" : "%.*e", precision, f);
        return;
    case 'E':
        tum_buf_addf(out, alt ? "%#.*E" : "%.*E", precision, f);
        return;
    case 'f':
    case 'F':
        tum_buf_addf(out, alt ? "%#.*f" : "%.*f", precision, f);
        return;
    case 'g':
        tum_buf_addf(out, alt ? "%#.*g" : "%.*g", precision, f);
        return;
    case 'G':
        tum_buf_addf(out, alt ? "%#.*G" : "%.*G", precision, f);
        return;
    default:
        tum_bug("float format '%c'", type);
    }
}

void tum_float_write_hex(struct tum_buf *out, double f)
{
    if (!isfinite(f))
        add_special(out, f, false);
    else if (f == 0)
        tum_buf_adds(out, signbit(f) ? "-0x0.0p+0" : "0x0.0p+0");
    else
        tum_buf_addf(out, "%.13a", f);
}

/* ---- rounding ---- */

/* Digits after the point that any float has at most; digits before the point. */
#define MOST_DECIMALS 323
#define MOST_DIGITS   308

/* f > 5 * 10**exponent, where f has that exponent. */
static bool is_above_middle(double f, int exponent)
{
    char text[MOST_DIGITS + 4];

    /* 10**22 is the last exact power. Floats that large are whole: look at the digits. */
    if (exponent <= 22) {
        int n = snprintf(text, sizeof(text), "5e%d", exponent);

        return f > tum_float_of_digits(tum_str_n(text, (size_t)n));
    }
    snprintf(text, sizeof(text), "%.0f", f);
    return text[0] > '5' ||
           (text[0] == '5' && strspn(text + 1, "0") != strlen(text + 1));
}

bool tum_float_round(double f, int64_t digits, double *ret, struct tum_error **err)
{
    char text[MOST_DIGITS + MOST_DECIMALS + 8];
    struct decimal d;
    int n;

    if (!isfinite(f) || f == 0 || digits > MOST_DECIMALS) {
        *ret = f;
        return true;
    }
    /* 18 digits name the power of ten of any float correctly. */
    decimal_print(fabs(f), 18, &d);
    digits = TUM_MAX(digits, (int64_t)-MOST_DIGITS - 2);

    int64_t keep = d.exponent + 1 + digits; /* digits that are left */

    if (keep < 0) {
        *ret = copysign(0, f);
        return true;
    }
    if (digits >= 0)
        n = snprintf(text, sizeof(text), "%.*f", (int)digits, f);
    else if (keep > 0)
        n = snprintf(text, sizeof(text), "%.*e", (int)keep - 1, f);
    else /* nothing or one unit; the middle goes to nothing, which is even */
        n = snprintf(text, sizeof(text), "%s%de%d", f < 0 ? "-" : "",
                     is_above_middle(fabs(f), d.exponent), d.exponent + 1);
    f = tum_float_of_digits(tum_str_n(text, (size_t)n));
    if (isinf(f))
        return fail(err, "OverflowError", "rounded value too large to represent");
    *ret = f;
    return true;
}

/* ---- division and power ---- */

/*
 * The remainder takes the divisor's sign. The quotient comes from what the remainder
 * leaves, which is close to a whole number and is taken to the nearest one: dividing
 * first and flooring then would miss by one where the division rounds up.
 */
static void divide(double f, double g, double *ret_quotient, double *ret_rest)
{
    double rest = fmod(f, g);
    double quotient = (f - rest) / g;

    if (rest == 0) {
        rest = copysign(0, g);
    } else if ((rest < 0) != (g < 0)) {
        rest += g;
        quotient -= 1;
    }
    if (quotient == 0) {
        quotient = copysign(0, f / g);
    } else {
        double whole = floor(quotient);

        quotient = quotient - whole > 0.5 ? whole + 1 : whole;
    }
    *ret_quotient = quotient;
    *ret_rest = rest;
}

bool tum_float_floordiv(double f, double g, double *ret, struct tum_error **err)
{
    double rest;

    if (g == 0)
        return fail(err, "ZeroDivisionError", "float floor division by zero");
    divide(f, g, ret, &rest);
    return true;
}

bool tum_float_mod(double f, double g, double *ret, struct tum_error **err)
{
    double quotient;

    if (g == 0)
        return fail(err, "ZeroDivisionError", "float modulo");
    divide(f, g, &quotient, ret);
    return true;
}

bool tum_float_divmod(double f, double g, double *ret_quotient, double *ret_rest,
                      struct tum_error **err)
{
    if (g == 0)
        return fail(err, "ZeroDivisionError", "float divmod()");
    divide(f, g, ret_quotient, ret_rest);
    return true;
}

bool tum_float_pow(double f, double g, double *ret, bool *ret_complex,
                   struct tum_error **err)
{
    *ret_complex = false;
    if (f == 0 && g < 0 && isfinite(g))
        return fail(err, "ZeroDivisionError",
                    "0.0 cannot be raised to a negative power");
    if (f < 0 && isfinite(f) && isfinite(g) && g != floor(g)) {
        *ret_complex = true;
        return true;
    }

    double power = pow(f, g);

    if (isinf(power) && isfinite(f) && isfinite(g))
        return fail(err, "OverflowError", "(34, 'Numerical result out of range')");
    *ret = power;
    return true;
}
