/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floats to text, and the arithmetic of floats where Python's differs from C's.
 *
 * The C library prints and reads doubles exactly, so rounding to a number of digits is
 * left to it; the shortest text is found in vshort.c.
 */
#include "tum/mem.h"
#include "value/vnum.h"
#include "value/vshort.h"
#include <math.h>
#include <stdio.h>

static bool fail(struct tum_error **err, const char *type, const char *text)
{
    tum_fail(err, TUM_ERROR_VALUE, "%s", text);
    (*err)->type = tum_strdup(type);
    return false;
}

/* ---- shortest text ---- */

/* Digits d.ddd… * 10**exponent, no zero at the end. */
struct decimal {
    char digits[24];
    int count;
    int exponent;
};

static void decimal_of(uint64_t m, int exponent, struct decimal *ret)
{
    char *end = ret->digits + sizeof(ret->digits);
    char *s = end;

    for (; m != 0; m /= 10)
        *--s = (char)('0' + m % 10);
    ret->count = (int)(end - s);
    ret->exponent = exponent + ret->count - 1;
    memmove(ret->digits, s, (size_t)ret->count);
}

static char *put(char *s, const char *digits, int n)
{
    memcpy(s, digits, (size_t)n);
    return s + n;
}

static char *put_exponent(char *s, int exponent)
{
    int size = exponent < 0 ? -exponent : exponent;

    *s++ = 'e';
    *s++ = exponent < 0 ? '-' : '+';
    if (size >= 100)
        *s++ = (char)('0' + size / 100);
    *s++ = (char)('0' + size / 10 % 10);
    *s++ = (char)('0' + size % 10);
    return s;
}

/* The digits with their point, or with an exponent when far from it. */
static char *place(char *s, const struct decimal *d)
{
    int point = d->exponent + 1; /* digits before it */

    if (d->exponent < -4 || d->exponent >= 16) {
        *s++ = d->digits[0];
        if (d->count > 1) {
            *s++ = '.';
            s = put(s, d->digits + 1, d->count - 1);
        }
        return put_exponent(s, d->exponent);
    }
    if (point <= 0) {
        s = put(s, "0.000", 2 - point);
        return put(s, d->digits, d->count);
    }
    if (point < d->count) {
        s = put(s, d->digits, point);
        *s++ = '.';
        return put(s, d->digits + point, d->count - point);
    }
    s = put(s, d->digits, d->count);
    s = put(s, "000000000000000", point - d->count);
    return put(s, ".0", 2);
}

static size_t special_text(double f, char *out)
{
    const char *word = isnan(f) ? "nan" : f < 0 ? "-inf" : "inf";

    memcpy(out, word, strlen(word) + 1);
    return strlen(word);
}

/* Whole floats below this are exact and have no exponent. */
#define WHOLE_LIMIT 1e15

size_t tum_float_text(double f, char out[TUM_FLOAT_TEXT])
{
    struct decimal d = {.digits = "0", .count = 1};
    char *s = out;

    if (!isfinite(f))
        return special_text(f, out);
    if (signbit(f)) {
        *s++ = '-';
        f = -f;
    }
    if (f < WHOLE_LIMIT && f == (double)(uint64_t)f) {
        if (f != 0)
            decimal_of((uint64_t)f, 0, &d);
    } else {
        int exponent;
        uint64_t m = tum_float_shortest(f, &exponent);

        decimal_of(m, exponent, &d);
    }
    s = place(s, &d);
    *s = '\0';
    return (size_t)(s - out);
}

/* ---- formats ---- */

/* Of the text after the 'e' of a printed float: a sign and digits. */
static int exponent_of(const char *s)
{
    bool down = *s == '-';
    int exponent = 0;

    for (s++; *s != '\0'; s++)
        exponent = exponent * 10 + (*s - '0');
    return down ? -exponent : exponent;
}

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
    int exponent, n;

    if (!isfinite(f) || f == 0 || digits > MOST_DECIMALS) {
        *ret = f;
        return true;
    }
    /* 18 digits name the power of ten of any float correctly. */
    snprintf(text, sizeof(text), "%.17e", f);
    exponent = exponent_of(strchr(text, 'e') + 1);

    /* How many digits are left. */
    int64_t keep = exponent + 1 + TUM_MAX(digits, (int64_t)-MOST_DIGITS - 2);

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
                     is_above_middle(fabs(f), exponent), exponent + 1);
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
