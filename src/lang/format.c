/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format(): the specification in the braces of str.format and f-strings. `%` is percent.c,
 * the braces themselves are strformat.c.
 */
#include "lang/format.h"
#include "base/utf8.h"
#include "lang/fmtspec.h"
#include "lang/ops.h"
#include "value/vnum.h"

/* ---- reading a specification ---- */

struct spec {
    uint32_t fill;
    char align;
    bool alternate, no_minus_zero;
    char sign;                /* '\0', '+', '-', ' ' */
    int64_t width, precision; /* -1: none */
    char group;               /* '\0', ',', '_' */
    uint32_t type;            /* 0: none */
};

struct spec_reader {
    struct tum_vm *vm;
    struct tum_str text;
    size_t at;
};

static char peek(const struct spec_reader *r)
{
    return r->at < r->text.n ? r->text.s[r->at] : '\0';
}

static bool take(struct spec_reader *r, char c)
{
    if (peek(r) != c)
        return false;
    r->at++;
    return true;
}

static bool is_align(char c)
{
    return c == '<' || c == '>' || c == '=' || c == '^';
}

static bool read_number(struct spec_reader *r, int64_t *ret)
{
    int64_t n = -1;

    while (peek(r) >= '0' && peek(r) <= '9') {
        n = (n < 0 ? 0 : n) * 10 + (peek(r) - '0');
        if (n > INT32_MAX)
            return tum_raise_value_false(r->vm,
                                         "Too many decimal digits in format string");
        r->at++;
    }
    *ret = n;
    if (n > TUM_FORMAT_WIDTH_LIMIT)
        return tum_unsupported_false(r->vm, "width of a format");
    return true;
}

/* Whether the default alignment was replaced. */
static bool read_align(struct spec_reader *r, struct spec *spec, bool *ret_fill)
{
    uint32_t c;
    size_t n;

    *ret_fill = false;
    if (r->text.n == 0)
        return false;
    n = tum_utf8_decode(r->text.s, r->text.n, &c);
    if (n < r->text.n && is_align(r->text.s[n])) {
        spec->fill = c;
        spec->align = r->text.s[n];
        r->at = n + 1;
        *ret_fill = true;
        return true;
    }
    if (!is_align(r->text.s[0]))
        return false;
    spec->align = r->text.s[0];
    r->at = 1;
    return true;
}

static bool read_grouping(struct spec_reader *r, struct spec *spec)
{
    if (take(r, ','))
        spec->group = ',';
    if (peek(r) == '_') {
        if (spec->group != '\0')
            return tum_raise_value_false(r->vm, "Cannot specify both ',' and '_'.");
        spec->group = '_';
        r->at++;
    }
    if (peek(r) == ',' && spec->group == '_')
        return tum_raise_value_false(r->vm, "Cannot specify both ',' and '_'.");
    return true;
}

static bool check_grouping(struct tum_vm *vm, const struct spec *spec, bool text)
{
    if (spec->group == '\0' || (spec->type == 0 && !text))
        return true;
    if (spec->type == 0)
        return tum_raise_value_false(vm, "Cannot specify '%c' with 's'.", spec->group);
    if (spec->type < 0x80 && strchr("defgEGF%", (int)spec->type) != NULL)
        return true;
    if (spec->group == '_' && spec->type < 0x80 &&
        strchr("boxX", (int)spec->type) != NULL)
        return true;
    if (spec->type > 32 && spec->type < 128)
        return tum_raise_value_false(vm, "Cannot specify '%c' with '%c'.", spec->group,
                                     (char)spec->type);
    return tum_raise_value_false(vm, "Cannot specify '%c' with '\\x%x'.", spec->group,
                                 spec->type);
}

static bool read_spec(struct tum_vm *vm, struct tum_str text, char align,
                      const struct tum_obj *o, struct spec *spec)
{
    struct spec_reader r = {.vm = vm, .text = text};
    bool fill, aligned;

    *spec = (struct spec){.fill = ' ', .align = align, .width = -1, .precision = -1};
    aligned = read_align(&r, spec, &fill);
    if (peek(&r) == '+' || peek(&r) == '-' || peek(&r) == ' ')
        spec->sign = text.s[r.at++];
    spec->no_minus_zero = take(&r, 'z');
    spec->alternate = take(&r, '#');
    if (!fill && take(&r, '0')) {
        spec->fill = '0';
        if (!aligned && align == '>')
            spec->align = '=';
    }
    if (!read_number(&r, &spec->width) || !read_grouping(&r, spec))
        return false;
    if (take(&r, '.')) {
        if (!read_number(&r, &spec->precision))
            return false;
        if (spec->precision < 0)
            return tum_raise_value_false(vm, "Format specifier missing precision");
    }
    if (r.at < text.n)
        r.at += tum_utf8_decode(text.s + r.at, text.n - r.at, &spec->type);
    if (r.at < text.n)
        return tum_raise_value_false(
            vm, "Invalid format specifier '%.*s' for object of type '%s'",
            TUM_STR_ARG(text), o->type->name);
    return check_grouping(vm, spec, align == '<');
}

static bool unknown_type(struct tum_vm *vm, const struct spec *spec,
                         const struct tum_obj *o)
{
    if (spec->type > 32 && spec->type < 128)
        return tum_raise_value_false(vm,
                                     "Unknown format code '%c' for object of type '%s'",
                                     (char)spec->type, o->type->name);
    return tum_raise_value_false(vm,
                                 "Unknown format code '\\x%x' for object of type '%s'",
                                 spec->type, o->type->name);
}

/* ---- padding ---- */

static bool write_fill(struct tum_vm *vm, struct tum_buf *out, uint32_t c, size_t n)
{
    if (n > 4096 && !tum_vm_room(vm, n * 4))
        return false;
    for (size_t i = 0; i < n; i++)
        tum_utf8_add(out, c);
    return true;
}

/* How many fill characters go before `count` characters; the rest goes after. */
static size_t left_padding(const struct spec *spec, size_t pad)
{
    switch (spec->align) {
    case '<':
        return 0;
    case '^':
        return pad / 2;
    default:
        return pad;
    }
}

static size_t padding(const struct spec *spec, size_t count)
{
    return spec->width > (int64_t)count ? (size_t)spec->width - count : 0;
}

/* ---- texts ---- */

static bool format_text(struct tum_vm *vm, struct tum_obj *o, struct tum_str text,
                        const struct spec *spec, struct tum_buf *out)
{
    size_t count = tum_utf8_count(text), pad, left;

    if (spec->type != 0 && spec->type != 's')
        return unknown_type(vm, spec, o);
    if (spec->sign == ' ')
        return tum_raise_value_false(vm,
                                     "Space not allowed in string format specifier");
    if (spec->sign != '\0')
        return tum_raise_value_false(vm, "Sign not allowed in string format specifier");
    if (spec->no_minus_zero)
        return tum_raise_value_false(
            vm, "Negative zero coercion (z) not allowed in string format specifier");
    if (spec->alternate)
        return tum_raise_value_false(
            vm, "Alternate form (#) not allowed in string format specifier");
    if (spec->align == '=')
        return tum_raise_value_false(
            vm, "'=' alignment not allowed in string format specifier");
    if (spec->precision >= 0 && (int64_t)count > spec->precision) {
        count = (size_t)spec->precision;
        text = tum_str_n(text.s, tum_utf8_offset(text, count));
    }
    pad = padding(spec, count);
    left = left_padding(spec, pad);
    if (!write_fill(vm, out, spec->fill, left))
        return false;
    tum_buf_addt(out, text);
    return write_fill(vm, out, spec->fill, pad - left);
}

/* ---- numbers ---- */

/* A number cut into what is laid out. All texts are ASCII. */
struct number {
    bool negative;
    const char *prefix;
    struct tum_str digits; /* what grouping and zeros apply to */
    struct tum_str rest;   /* from the point on, or inf, nan */
    const char *suffix;
};

/*
 * Digits in groups from the right, with zeros in front until they are `least` wide,
 * separators included.
 */
static void group_digits(struct tum_str digits, size_t size, char separator,
                         int64_t least, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf back = TUM_BUF_INIT(TUM_BUF_ANY);
    int64_t remaining = (int64_t)digits.n;

    for (;;) {
        int64_t l = TUM_MAX(remaining, least);

        l = l < 1 ? 1 : TUM_MIN(l, (int64_t)size);
        for (int64_t i = 0; i < l; i++) {
            tum_buf_addc(&back, remaining > 0 ? digits.s[remaining - 1] : '0');
            if (remaining > 0)
                remaining--;
        }
        least -= l;
        if (remaining <= 0 && least <= 0)
            break;
        least--;
        tum_buf_addc(&back, separator);
    }
    for (size_t i = back.len; i > 0; i--)
        tum_buf_addc(out, back.s[i - 1]);
}

static char sign_of(const struct spec *spec, bool negative)
{
    if (negative)
        return '-';
    return spec->sign == '+' || spec->sign == ' ' ? spec->sign : '\0';
}

static bool lay_out(struct tum_vm *vm, const struct number *n, const struct spec *spec,
                    struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf digits = TUM_BUF_INIT(TUM_BUF_ANY);
    char sign = sign_of(spec, n->negative);
    size_t others = (sign != '\0') + strlen(n->prefix) + n->rest.n + strlen(n->suffix);
    bool zeros = spec->fill == '0' && spec->align == '=';
    size_t pad, left;

    if (n->digits.n > 0 && spec->group != '\0') {
        size_t size =
            spec->type != 0 && strchr("boxX", (int)spec->type) != NULL ? 4 : 3;

        group_digits(n->digits, size, spec->group,
                     zeros ? spec->width - (int64_t)others : 0, &digits);
    } else {
        tum_buf_addt(&digits, n->digits);
    }
    pad = padding(spec, others + digits.len);
    left = left_padding(spec, pad);
    if (spec->align != '=' && !write_fill(vm, out, spec->fill, left))
        return false;
    if (sign != '\0')
        tum_buf_addc(out, sign);
    tum_buf_adds(out, n->prefix);
    if (spec->align == '=' && !write_fill(vm, out, spec->fill, pad))
        return false;
    tum_buf_addt(out, tum_buf_str(&digits));
    tum_buf_addt(out, n->rest);
    tum_buf_adds(out, n->suffix);
    return spec->align == '=' || write_fill(vm, out, spec->fill, pad - left);
}

static bool format_char(struct tum_vm *vm, tum_val v, const struct spec *spec,
                        struct tum_buf *out)
{
    char text[4];
    int64_t c;
    size_t pad, left;

    if (spec->sign != '\0')
        return tum_raise_value_false(
            vm, "Sign not allowed with integer format specifier 'c'");
    if (spec->alternate)
        return tum_raise_value_false(
            vm, "Alternate form (#) not allowed with integer format specifier 'c'");
    if (!tum_val_to_int64(v, &c) || c < 0 || c > 0x10FFFF)
        return tum_raise_false(vm, "OverflowError", "%%c arg not in range(0x110000)");
    pad = padding(spec, 1);
    left = spec->align == '=' ? pad : left_padding(spec, pad);
    if (!write_fill(vm, out, spec->fill, left))
        return false;
    tum_buf_add(out, text, tum_utf8_encode((uint32_t)c, text));
    return write_fill(vm, out, spec->fill, pad - left);
}

static bool format_int(struct tum_vm *vm, struct tum_obj *o, const struct spec *spec,
                       struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf digits = TUM_BUF_INIT(TUM_BUF_ANY);
    struct number n = {.prefix = "", .suffix = "", .rest = TUM_S("")};
    tum_val v = tum_as_int(o)->v;
    int base = 10;

    if (spec->precision >= 0)
        return tum_raise_value_false(
            vm, "Precision not allowed in integer format specifier");
    if (spec->no_minus_zero)
        return tum_raise_value_false(
            vm, "Negative zero coercion (z) not allowed in integer format specifier");
    switch (spec->type) {
    case 'c':
        return format_char(vm, v, spec, out);
    case 'b':
        base = 2;
        n.prefix = "0b";
        break;
    case 'o':
        base = 8;
        n.prefix = "0o";
        break;
    case 'x':
        base = 16;
        n.prefix = "0x";
        break;
    case 'X':
        base = 16;
        n.prefix = "0X";
        break;
    default:
        break;
    }
    if (!spec->alternate || base == 10)
        n.prefix = "";
    if (!tum_write_digits(vm, v, base, spec->type == 'X', &digits))
        return false;
    n.digits = tum_buf_str(&digits);
    n.negative = digits.s[0] == '-';
    if (n.negative)
        n.digits = tum_str_n(n.digits.s + 1, n.digits.n - 1);
    return lay_out(vm, &n, spec, out);
}

bool tum_write_digits(struct tum_vm *vm, tum_val v, int base, bool upper,
                      struct tum_buf *out)
{
    size_t from = out->len;

    if (base == 10 && tum_int_too_long(v))
        return tum_raise_value_false(
            vm,
            "Exceeds the limit (%d digits) for integer string conversion; use "
            "sys.set_int_max_str_digits() to increase the limit",
            TUM_INT_TEXT_LIMIT);
    tum_int_write(out, v, base);
    for (size_t i = from; upper && i < out->len; i++) {
        if (out->s[i] >= 'a' && out->s[i] <= 'z')
            out->s[i] = (char)(out->s[i] - 'a' + 'A');
    }
    return true;
}

/* -0.00 without its sign. */
static bool is_minus_zero(struct tum_str text)
{
    for (size_t i = 1; i < text.n && (text.s[i] | 0x20) != 'e'; i++) {
        if (text.s[i] != '0' && text.s[i] != '.')
            return false;
    }
    return true;
}

static bool format_float(struct tum_vm *vm, double f, const struct spec *spec,
                         struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct number n = {.prefix = "", .suffix = ""};
    unsigned flags = spec->alternate ? TUM_FLOAT_ALT : 0;
    int precision = spec->precision < 0 ? 6 : (int)spec->precision;
    char type = (char)spec->type;
    size_t digits = 0;
    struct tum_str all;

    if (spec->type == 0) {
        flags |= TUM_FLOAT_DOT_0;
        type = spec->precision < 0 ? 'r' : 'g';
    } else if (spec->type == 'n') {
        type = 'g';
    } else if (spec->type == '%') {
        type = 'f';
        f *= 100;
        n.suffix = "%";
    }
    if (precision > 4096 && !tum_vm_room(vm, (size_t)precision))
        return false;
    tum_float_format(&text, f, type, precision, flags);
    all = tum_buf_str(&text);
    n.negative = all.s[0] == '-';
    if (n.negative) {
        if (spec->no_minus_zero && is_minus_zero(all))
            n.negative = false;
        all = tum_str_n(all.s + 1, all.n - 1);
    }
    while (digits < all.n && all.s[digits] >= '0' && all.s[digits] <= '9')
        digits++;
    n.digits = tum_str_n(all.s, digits);
    n.rest = tum_str_n(all.s + digits, all.n - digits);
    return lay_out(vm, &n, spec, out);
}

static bool is_type(const struct spec *spec, const char *types)
{
    return spec->type < 0x80 && strchr(types, (int)spec->type) != NULL;
}

static bool format_number(struct tum_vm *vm, struct tum_obj *o, struct tum_str text,
                          struct tum_buf *out)
{
    struct spec spec;
    double f;

    if (!read_spec(vm, text, '>', o, &spec))
        return false;
    if (tum_is_int(o) && (spec.type == 0 || is_type(&spec, "bcdoxXn")))
        return format_int(vm, o, &spec, out);
    if (spec.type != 0 && !is_type(&spec, "eEfFgGn%"))
        return unknown_type(vm, &spec, o);
    return tum_arg_double(vm, o, &f) && format_float(vm, f, &spec, out);
}

bool tum_format_value(struct tum_vm *vm, struct tum_obj *o, struct tum_str text,
                      struct tum_buf *out)
{
    struct spec spec;

    if (o->type->format != NULL)
        return o->type->format(vm, o, text, out);
    if (text.n == 0)
        return tum_op_write_str(vm, o, out);
    switch (tum_kind_of(o)) {
    case TUM_O_STR:
        return read_spec(vm, text, '<', o, &spec) &&
               format_text(vm, o, tum_text_of(o), &spec, out);
    case TUM_O_BOOL:
    case TUM_O_INT:
    case TUM_O_FLOAT:
        return format_number(vm, o, text, out);
    case TUM_O_DATE:
        return tum_unsupported_false(vm, "the format of a date");
    default:
        return tum_raise_type_false(
            vm, "unsupported format string passed to %s.__format__", o->type->name);
    }
}
