/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Python's int() and float() accept as text. Decimal digits outside of ASCII are
 * not known here.
 */
#include "tum/mem.h"
#include "value/vnum.h"
#include <ctype.h>
#include <math.h>

/* What isspace says in the C locale, which is all that numbers may have around them. */
static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct tum_str trim(struct tum_str text)
{
    while (text.n > 0 && is_blank(text.s[0])) {
        text.s++;
        text.n--;
    }
    while (text.n > 0 && is_blank(text.s[text.n - 1]))
        text.n--;
    return text;
}

/* Base of a prefix like 0x, 0 when there is none. */
static int prefix_base(struct tum_str text)
{
    if (text.n < 2 || text.s[0] != '0')
        return 0;
    switch (text.s[1]) {
    case 'x':
    case 'X':
        return 16;
    case 'o':
    case 'O':
        return 8;
    case 'b':
    case 'B':
        return 2;
    default:
        return 0;
    }
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

/* Copies without the '_' that stand between digits; false when another is there. */
static bool join_digits(struct tum_str text, int base, struct tum_buf *out)
{
    bool after_digit = false;

    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '_' && after_digit) {
            after_digit = false;
        } else if (digit_of(text.s[i]) < base) {
            after_digit = true;
            tum_buf_addc(out, text.s[i]);
        } else {
            return false;
        }
    }
    return after_digit;
}

static bool fail_literal(struct tum_str text, int base, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf quoted = TUM_BUF_INIT(200);

    tum_text_write_repr(&quoted, text, false);
    tum_fail(err, TUM_ERROR_VALUE, "invalid literal for int() with base %d: %s", base,
             quoted.s);
    (*err)->type = tum_strdup("ValueError");
    return false;
}

bool tum_int_parse(struct tum_str text, int base, tum_val *ret, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf digits = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str s = trim(text);
    bool negative = s.n > 0 && s.s[0] == '-';
    bool only_zero = false;
    int asked = base;

    if (base != 0 && (base < 2 || base > 36)) {
        tum_fail(err, TUM_ERROR_VALUE, "int() base must be >= 2 and <= 36, or 0");
        (*err)->type = tum_strdup("ValueError");
        return false;
    }
    if (negative || (s.n > 0 && s.s[0] == '+'))
        s = tum_str_sub(s, 1, s.n);

    int prefix = prefix_base(s);

    if (prefix != 0 && (base == 0 || base == prefix)) {
        base = prefix;
        s = tum_str_sub(s, 2, s.n);
        if (s.n > 0 && s.s[0] == '_')
            s = tum_str_sub(s, 1, s.n);
    } else if (base == 0) {
        /* 00 is 0, but 01 would be octal to some readers and decimal to others. */
        only_zero = s.n > 0 && s.s[0] == '0';
        base = 10;
    }
    if (negative)
        tum_buf_addc(&digits, '-');
    if (!join_digits(s, base, &digits))
        return fail_literal(text, asked, err);

    size_t count = digits.len - negative;

    if (only_zero && strspn(digits.s + negative, "0") != count)
        return fail_literal(text, asked, err);
    if ((base & (base - 1)) != 0 && count > TUM_INT_TEXT_LIMIT) {
        tum_fail(err, TUM_ERROR_VALUE,
                 "Exceeds the limit (%d digits) for integer string conversion: value "
                 "has %zu digits; use sys.set_int_max_str_digits() to increase the "
                 "limit",
                 TUM_INT_TEXT_LIMIT, count);
        (*err)->type = tum_strdup("ValueError");
        return false;
    }
    if (!tum_int_digits(tum_buf_str(&digits), base, ret)) {
        tum_fail(err, TUM_ERROR_LIMIT, "an integer of more than %zu digits",
                 TUM_INT_DIGITS_LIMIT);
        (*err)->type = tum_strdup("OverflowError");
        return false;
    }
    return true;
}

static bool is_digit_at(struct tum_str text, size_t i)
{
    return i < text.n && isdigit((unsigned char)text.s[i]);
}

/* Copies digits without the '_' between them; false when there was none. */
static bool take_digits(struct tum_str text, size_t *at, struct tum_buf *out)
{
    if (!is_digit_at(text, *at))
        return false;
    for (;; ++*at) {
        if (is_digit_at(text, *at))
            tum_buf_addc(out, text.s[*at]);
        else if (*at >= text.n || text.s[*at] != '_' || !is_digit_at(text, *at + 1))
            return true;
    }
}

bool tum_float_parse(struct tum_str text, double *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str s = trim(text);
    bool negative = s.n > 0 && s.s[0] == '-';
    size_t at = 0;

    if (negative || (s.n > 0 && s.s[0] == '+'))
        s = tum_str_sub(s, 1, s.n);
    if (tum_str_is_nocase(s, "inf") || tum_str_is_nocase(s, "infinity")) {
        *ret = negative ? -INFINITY : INFINITY;
        return true;
    }
    if (tum_str_is_nocase(s, "nan")) {
        *ret = negative ? -NAN : NAN;
        return true;
    }

    bool digits = take_digits(s, &at, &out);

    if (at < s.n && s.s[at] == '.') {
        tum_buf_addc(&out, '.');
        at++;
        digits = take_digits(s, &at, &out) || digits;
    }
    if (!digits)
        return false;
    if (at < s.n && (s.s[at] == 'e' || s.s[at] == 'E')) {
        tum_buf_addc(&out, 'e');
        at++;
        if (at < s.n && (s.s[at] == '-' || s.s[at] == '+'))
            tum_buf_addc(&out, s.s[at++]);
        if (!take_digits(s, &at, &out))
            return false;
    }
    if (at != s.n)
        return false;
    *ret = tum_float_of_digits(tum_buf_str(&out));
    if (negative)
        *ret = -*ret;
    return true;
}
