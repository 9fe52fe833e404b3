/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and strings as written to objects and bytes.
 */
#include "lang/literal.h"
#include "base/utf8.h"
#include "lang/grammar.h"
#include "value/vnum.h"

/* ---- numbers ---- */

/* Most digits of a number as written, underscores included. */
#define NUMBER_LIMIT TUM_INT_TEXT_LIMIT

struct tum_obj *tum_literal_number(struct tum_lex *lex)
{
    char digits[NUMBER_LIMIT + 1];
    struct tum_str text = tum_lex_text(lex);
    size_t n = 0, from = 0;
    int base = 10;
    tum_val v;

    if (lex->token == TUM_T_IMAG || text.n > NUMBER_LIMIT)
        return tum_unsupported(lex->vm, "a complex or very long number");
    if (lex->token == TUM_T_INT && text.n > 1 && text.s[0] == '0') {
        char c = (char)(text.s[1] | 0x20);

        base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
        from = base == 10 ? 0 : 2;
    }
    for (size_t i = from; i < text.n; i++) {
        if (text.s[i] != '_')
            digits[n++] = text.s[i];
    }
    digits[n] = '\0';
    if (lex->token == TUM_T_FLOAT)
        return tum_new_float(lex->vm, tum_float_of_digits(tum_str_n(digits, n)));
    if (!tum_int_digits(tum_str_n(digits, n), base, &v))
        return tum_unsupported(lex->vm, "a number");
    return tum_new_number(lex->vm, v);
}

/* ---- strings ---- */

void tum_literal_body(const struct tum_lex *lex, uint32_t *ret_start, uint32_t *ret_end)
{
    uint32_t start = lex->start;
    uint32_t quotes = (lex->flags & TUM_STRING_TRIPLE) != 0 ? 3 : 1;

    while (lex->s[start] != '\'' && lex->s[start] != '"')
        start++;
    *ret_start = start + quotes;
    *ret_end = lex->stop - quotes;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

struct decoder {
    struct tum_lex *lex;
    struct tum_str body;
    size_t at;
    unsigned flags;
    struct tum_buf *out;
};

static void put(struct decoder *d, uint32_t c)
{
    if ((d->flags & TUM_STRING_BYTES) != 0)
        tum_buf_addc(d->out, (char)c);
    else
        tum_utf8_add(d->out, c);
}

/* \x41 and the like: exactly n digits. */
static bool hex_escape(struct decoder *d, char letter, size_t n)
{
    uint32_t c = 0;

    for (size_t i = 0; i < n; i++, d->at++) {
        int value = d->at < d->body.n ? digit_value(d->body.s[d->at]) : 99;

        if (value > 15) {
            if ((d->flags & TUM_STRING_BYTES) != 0)
                return TUM_FALSE_AFTER(
                    tum_parse_fail(d->lex, "(value error) invalid \\x escape"));
            return TUM_FALSE_AFTER(
                tum_parse_fail(d->lex,
                               "(unicode error) 'unicodeescape' codec can't decode "
                               "bytes: truncated \\%c%.*s escape",
                               letter, (int)n, "XXXXXXXX"));
        }
        c = c << 4 | (uint32_t)value;
    }
    if (c > 0x10FFFF)
        return TUM_FALSE_AFTER(tum_parse_fail(
            d->lex, "(unicode error) 'unicodeescape' codec can't decode bytes: "
                    "illegal Unicode character"));
    put(d, c);
    return true;
}

static void octal_escape(struct decoder *d)
{
    uint32_t c = 0;

    for (int i = 0; i < 3 && d->at < d->body.n; i++, d->at++) {
        char digit = d->body.s[d->at];

        if (digit < '0' || digit > '7')
            break;
        c = c * 8 + (uint32_t)(digit - '0');
    }
    put(d, c);
}

/* After the backslash. */
static bool escape(struct decoder *d)
{
    static const char plain[] = "\\\\''\"\"a\ab\bf\fn\nr\rt\tv\v";
    bool bytes = (d->flags & TUM_STRING_BYTES) != 0;
    char c = d->body.s[d->at++];

    for (size_t i = 0; i + 1 < sizeof(plain); i += 2) {
        if (plain[i] == c) {
            tum_buf_addc(d->out, plain[i + 1]);
            return true;
        }
    }
    if (c >= '0' && c <= '7') {
        d->at--;
        octal_escape(d);
        return true;
    }
    switch (c) {
    case '\r':
        if (d->at < d->body.n && d->body.s[d->at] == '\n')
            d->at++;
        return true;
    case '\n':
        return true;
    case 'x':
        return hex_escape(d, 'x', 2);
    case 'u':
    case 'U':
        if (bytes)
            break;
        return hex_escape(d, c, c == 'u' ? 4 : 8);
    case 'N':
        if (bytes)
            break;
        return tum_unsupported_false(d->lex->vm, "\\N{…}");
    default:
        break;
    }
    tum_buf_addc(d->out, '\\');
    d->at--; /* the character itself comes next, as it is */
    return true;
}

bool tum_literal_decode(struct tum_lex *lex, struct tum_str body, unsigned flags,
                        struct tum_buf *out)
{
    struct decoder d = {.lex = lex, .body = body, .flags = flags, .out = out};
    bool raw = (flags & TUM_STRING_RAW) != 0;

    while (d.at < body.n) {
        char c = body.s[d.at];

        if (c == '\\' && !raw && d.at + 1 < body.n) {
            d.at++;
            if (!escape(&d))
                return false;
            continue;
        }
        if ((unsigned char)c >= 0x80 && (flags & TUM_STRING_BYTES) != 0)
            return TUM_FALSE_AFTER(
                tum_parse_fail(lex, "bytes can only contain ASCII literal characters"));
        if (c == '\r') {
            if (d.at + 1 < body.n && body.s[d.at + 1] == '\n')
                d.at++;
            c = '\n';
        }
        tum_buf_addc(out, c);
        d.at++;
    }
    return true;
}
