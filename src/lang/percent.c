/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text % arguments.
 */
#include "base/utf8.h"
#include "lang/fmtspec.h"
#include "lang/format.h"
#include "lang/ops.h"
#include "value/vnum.h"

enum { FLAG_LEFT = 1, FLAG_SIGN = 2, FLAG_BLANK = 4, FLAG_ALT = 8, FLAG_ZERO = 16 };

struct percent {
    struct tum_vm *vm;
    struct tum_obj *str;
    struct tum_str text;
    size_t at;
    struct tum_buf out;
    /* Arguments: a tuple's, or one. */
    struct tum_obj *one;
    struct tum_oseq *tuple; /* NULL: one */
    size_t used;
    struct tum_obj *mapping; /* for %(key)s; also says that leftovers are fine */
};

struct conversion {
    unsigned flags;
    int64_t width, precision; /* -1: none */
    char type;
    size_t type_at; /* of the type, in bytes */
};

/* ---- arguments ---- */

static struct tum_obj *next_arg(struct percent *p)
{
    size_t n = p->tuple != NULL ? p->tuple->n : 1;

    if (p->used >= n)
        return tum_raise_type(p->vm, "not enough arguments for format string");
    p->used++;
    return p->tuple != NULL ? p->tuple->items[p->used - 1] : p->one;
}

/* `%(key)`: from behind the bracket. The value becomes the one argument. */
static bool take_key(struct percent *p)
{
    size_t start = ++p->at;
    unsigned nest = 1;
    struct tum_obj *key;

    if (p->mapping == NULL)
        return tum_raise_type_false(p->vm, "format requires a mapping");
    for (; p->at < p->text.n && nest > 0; p->at++) {
        if (p->text.s[p->at] == '(')
            nest++;
        else if (p->text.s[p->at] == ')')
            nest--;
    }
    if (nest > 0)
        return tum_raise_value_false(p->vm, "incomplete format key");
    key = tum_new_str(p->vm, tum_str_n(p->text.s + start, p->at - 1 - start));
    p->one = tum_op_getitem(p->vm, p->mapping, key);
    p->tuple = NULL;
    p->used = 0;
    return p->one != NULL;
}

/* ---- reading a conversion ---- */

static char peek(const struct percent *p)
{
    return p->at < p->text.n ? p->text.s[p->at] : '\0';
}

static unsigned flag_of(char c)
{
    switch (c) {
    case '-':
        return FLAG_LEFT;
    case '+':
        return FLAG_SIGN;
    case ' ':
        return FLAG_BLANK;
    case '#':
        return FLAG_ALT;
    case '0':
        return FLAG_ZERO;
    default:
        return 0;
    }
}

static bool read_size(struct percent *p, const char *what, int64_t *ret)
{
    struct tum_obj *o;

    *ret = -1;
    if (peek(p) == '*') {
        p->at++;
        o = next_arg(p);
        if (o == NULL)
            return false;
        if (!tum_is_int(o))
            return tum_raise_type_false(p->vm, "* wants int");
        if (!tum_arg_index(p->vm, o, ret))
            return false;
        return (*ret <= TUM_FORMAT_WIDTH_LIMIT && *ret >= -TUM_FORMAT_WIDTH_LIMIT) ||
               tum_unsupported_false(p->vm, "width of a format");
    }
    while (peek(p) >= '0' && peek(p) <= '9') {
        *ret = (*ret < 0 ? 0 : *ret) * 10 + (peek(p) - '0');
        if (*ret > INT32_MAX)
            return tum_raise_value_false(p->vm, "%s too big", what);
        p->at++;
    }
    return *ret <= TUM_FORMAT_WIDTH_LIMIT ||
           tum_unsupported_false(p->vm, "width of a format");
}

/* From behind the `%`. */
static bool read_conversion(struct percent *p, struct conversion *c)
{
    *c = (struct conversion){.width = -1, .precision = -1};
    if (peek(p) == '(' && !take_key(p))
        return false;
    for (; flag_of(peek(p)) != 0; p->at++)
        c->flags |= flag_of(peek(p));
    if (!read_size(p, "width", &c->width))
        return false;
    if (c->width < -1) {
        c->flags |= FLAG_LEFT;
        c->width = -c->width;
    }
    if (peek(p) == '.') {
        p->at++;
        if (!read_size(p, "precision", &c->precision))
            return false;
        c->precision = TUM_MAX(c->precision, (int64_t)0);
    }
    if (peek(p) == 'h' || peek(p) == 'l' || peek(p) == 'L')
        p->at++;
    if (p->at >= p->text.n)
        return tum_raise_value_false(p->vm, "incomplete format");
    c->type_at = p->at;
    c->type = p->text.s[p->at++];
    return true;
}

/* ---- writing ---- */

static bool pad(struct percent *p, char c, int64_t n)
{
    if (n <= 0)
        return true;
    if (n > 4096 && !tum_vm_room(p->vm, (size_t)n))
        return false;
    tum_buf_fill(&p->out, c, (size_t)n);
    return true;
}

static bool write_text(struct percent *p, const struct conversion *c,
                       struct tum_str text)
{
    size_t count = tum_utf8_count(text);
    int64_t left;

    if (c->precision >= 0 && (int64_t)count > c->precision) {
        count = (size_t)c->precision;
        text = tum_str_n(text.s, tum_utf8_offset(text, count));
    }
    left = c->width - (int64_t)count;
    if ((c->flags & FLAG_LEFT) == 0 && !pad(p, ' ', left))
        return false;
    tum_buf_addt(&p->out, text);
    return (c->flags & FLAG_LEFT) == 0 || pad(p, ' ', left);
}

/* A number's text, perhaps with "-"; `prefix` goes between sign and digits. */
static bool write_number(struct percent *p, const struct conversion *c,
                         struct tum_str text, const char *prefix)
{
    bool zero = (c->flags & FLAG_ZERO) != 0, left = (c->flags & FLAG_LEFT) != 0;
    char sign = (c->flags & FLAG_SIGN) != 0    ? '+'
                : (c->flags & FLAG_BLANK) != 0 ? ' '
                                               : '\0';
    int64_t more;

    if (text.n > 0 && text.s[0] == '-') {
        sign = '-';
        text = tum_str_n(text.s + 1, text.n - 1);
    }
    more = c->width - (int64_t)(text.n + strlen(prefix) + (sign != '\0'));
    if (!left && !zero && !pad(p, ' ', more))
        return false;
    if (sign != '\0')
        tum_buf_addc(&p->out, sign);
    tum_buf_adds(&p->out, prefix);
    if (!left && zero && !pad(p, '0', more))
        return false;
    tum_buf_addt(&p->out, text);
    return !left || pad(p, ' ', more);
}

/* A type of a layer above may refuse to be a number in its own words: in +o. */
static bool refuses(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_obj *number;

    return o->type->unary != NULL && o->type->unary(vm, TUM_OP_POS, o, &number) &&
           number == NULL;
}

static bool convert_int(struct percent *p, const struct conversion *c,
                        struct tum_obj *o)
{
    TUM_AUTO(tum_buf_release) struct tum_buf digits = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    bool decimal = c->type == 'd' || c->type == 'i' || c->type == 'u', negative;
    int base = c->type == 'o' ? 8 : decimal ? 10 : 16;
    const char *prefix = "";
    int64_t count;

    if (!tum_is_int(o)) {
        if (decimal && refuses(p->vm, o))
            return false;
        if (!decimal)
            return tum_raise_type_false(p->vm,
                                        "%%%c format: an integer is required, not %s",
                                        c->type, o->type->name);
        if (tum_kind_of(o) != TUM_O_FLOAT)
            return tum_raise_type_false(
                p->vm, "%%%c format: a real number is required, not %s", c->type,
                o->type->name);
        o = tum_op_int(p->vm, o);
        if (o == NULL)
            return false;
    }
    if (!tum_write_digits(p->vm, tum_as_int(o)->v, base, c->type == 'X', &digits))
        return false;
    if ((c->flags & FLAG_ALT) != 0 && !decimal)
        prefix = c->type == 'o' ? "0o" : c->type == 'x' ? "0x" : "0X";
    negative = digits.s[0] == '-';
    count = (int64_t)digits.len - negative;
    if (c->precision <= count)
        return write_number(p, c, tum_buf_str(&digits), prefix);
    if (c->precision > 4096 && !tum_vm_room(p->vm, (size_t)c->precision))
        return false;
    if (negative)
        tum_buf_addc(&text, '-');
    tum_buf_fill(&text, '0', (size_t)(c->precision - count));
    tum_buf_add(&text, digits.s + negative, (size_t)count);
    return write_number(p, c, tum_buf_str(&text), prefix);
}

static bool convert_float(struct percent *p, const struct conversion *c,
                          struct tum_obj *o)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    int precision = c->precision < 0 ? 6 : (int)c->precision;
    double f;

    if (refuses(p->vm, o))
        return false;
    if (tum_is_str(o) || tum_kind_of(o) == TUM_O_BYTES || !tum_arg_double(p->vm, o, &f))
        return tum_raise_type_false(p->vm, "must be real number, not %s",
                                    o->type->name);
    if (precision > 4096 && !tum_vm_room(p->vm, (size_t)precision))
        return false;
    tum_float_format(&text, f, c->type, precision,
                     (c->flags & FLAG_ALT) != 0 ? TUM_FLOAT_ALT : 0);
    return write_number(p, c, tum_buf_str(&text), "");
}

static bool convert_char(struct percent *p, const struct conversion *c,
                         struct tum_obj *o)
{
    struct conversion whole = *c;
    char bytes[4];
    int64_t code;

    whole.precision = -1;
    if (tum_is_str(o) && tum_ostr_count(o) == 1)
        return write_text(p, &whole, tum_text_of(o));
    if (!tum_is_int(o))
        return tum_raise_type_false(p->vm, "%%c requires int or char");
    if (!tum_val_to_int64(tum_as_int(o)->v, &code) || code < 0 || code > 0x10FFFF)
        return tum_raise_false(p->vm, "OverflowError",
                               "%%c arg not in range(0x110000)");
    return write_text(p, &whole,
                      tum_str_n(bytes, tum_utf8_encode((uint32_t)code, bytes)));
}

static bool convert_text(struct percent *p, const struct conversion *c,
                         struct tum_obj *o)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (c->type == 's' && o->type == &tum_type_str)
        return write_text(p, c, tum_text_of(o));
    if (!(c->type == 's'   ? tum_op_write_str(p->vm, o, &text)
          : c->type == 'r' ? tum_op_write_repr(p->vm, o, &text)
                           : tum_op_write_ascii(p->vm, o, &text)))
        return false;
    return write_text(p, c, tum_buf_str(&text));
}

static bool convert(struct percent *p)
{
    struct conversion c;
    struct tum_obj *o;
    uint32_t code;

    if (peek(p) == '%') {
        p->at++;
        tum_buf_addc(&p->out, '%');
        return true;
    }
    if (!read_conversion(p, &c))
        return false;
    o = next_arg(p);
    if (o == NULL)
        return false;
    switch (c.type) {
    case 's':
    case 'r':
    case 'a':
        return convert_text(p, &c, o);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        return convert_int(p, &c, o);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        return convert_float(p, &c, o);
    case 'c':
        return convert_char(p, &c, o);
    default:
        tum_utf8_decode(p->text.s + c.type_at, p->text.n - c.type_at, &code);
        return tum_raise_value_false(
            p->vm, "unsupported format character '%c' (0x%x) at index %zu",
            code > 31 && code < 127 ? (char)code : '?', code,
            tum_ostr_index(p->str, c.type_at));
    }
}

/* Whether the argument may be left over: lists, dicts and the like, but no tuple or text. */
static bool is_mapping(const struct tum_obj *o)
{
    switch (tum_kind_of(o)) {
    case TUM_O_DICT:
    case TUM_O_LIST:
    case TUM_O_RANGE:
    case TUM_O_BYTES:
        return true;
    case TUM_O_STR:
    case TUM_O_TUPLE:
        return false;
    default:
        return o->type->getitem != NULL;
    }
}

static bool run(struct percent *p)
{
    while (p->at < p->text.n) {
        size_t stop = tum_str_find_char(p->text, '%', p->at);

        if (stop == TUM_STR_NONE)
            stop = p->text.n;
        tum_buf_add(&p->out, p->text.s + p->at, stop - p->at);
        p->at = stop;
        if (p->at == p->text.n)
            break;
        p->at++;
        if (!tum_vm_step(p->vm) || !convert(p))
            return false;
    }
    if (p->mapping == NULL && p->used < (p->tuple != NULL ? p->tuple->n : 1))
        return tum_raise_type_false(
            p->vm, "not all arguments converted during string formatting");
    return true;
}

struct tum_obj *tum_format_percent(struct tum_vm *vm, struct tum_obj *text,
                                   struct tum_obj *args)
{
    struct percent p = {.vm = vm,
                        .str = text,
                        .text = tum_text_of(text),
                        .out = TUM_BUF_INIT(TUM_BUF_ANY)};

    if (tum_kind_of(args) == TUM_O_TUPLE)
        p.tuple = tum_as_seq(args);
    else
        p.one = args;
    if (is_mapping(args))
        p.mapping = args;
    if (run(&p))
        return tum_new_str_buf(vm, &p.out);
    tum_buf_release(&p.out);
    return NULL;
}
