/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.format: text with fields in braces.
 */
#include "base/utf8.h"
#include "lang/eval.h"
#include "lang/format.h"
#include "lang/ops.h"

/* Fields inside the format specs of fields. */
#define NEST_LIMIT 2

struct braces {
    struct tum_vm *vm;
    const struct tum_args *args;
    struct tum_obj *mapping; /* format_map; else NULL */
    bool automatic, manual;  /* ways of numbering seen */
    size_t next;             /* automatic number */
};

struct field {
    struct tum_str name, spec;
    uint32_t conversion; /* 0: none */
    bool nested;         /* the spec has fields */
};

static bool expand(struct braces *b, struct tum_str text, unsigned nest,
                   struct tum_buf *out);

/* ---- finding a field's parts ---- */

/* From behind the `{`; *at goes behind the `}`. */
static bool read_field(struct braces *b, struct tum_str text, size_t *at,
                       struct field *f)
{
    size_t start = *at, nest = 1;
    char c = '\0';

    *f = (struct field){.spec = TUM_S("")};
    while (*at < text.n) {
        c = text.s[(*at)++];
        if (c == '{')
            return tum_raise_value_false(b->vm, "unexpected '{' in field name");
        if (c == '[') {
            while (*at < text.n && text.s[*at] != ']')
                (*at)++;
            continue;
        }
        if (c == '}' || c == ':' || c == '!')
            break;
    }
    if (c != '}' && c != ':' && c != '!')
        return tum_raise_value_false(b->vm, "expected '}' before end of string");
    f->name = tum_str_n(text.s + start, *at - 1 - start);
    if (c == '}')
        return true;
    if (c == '!') {
        if (*at >= text.n)
            return tum_raise_value_false(
                b->vm, "end of string while looking for conversion specifier");
        *at += tum_utf8_decode(text.s + *at, text.n - *at, &f->conversion);
        if (*at < text.n) {
            c = text.s[(*at)++];
            if (c == '}')
                return true;
            if (c != ':')
                return tum_raise_value_false(b->vm,
                                             "expected ':' after conversion specifier");
        }
    }
    start = *at;
    while (*at < text.n) {
        c = text.s[(*at)++];
        if (c == '{') {
            f->nested = true;
            nest++;
        } else if (c == '}' && --nest == 0) {
            f->spec = tum_str_n(text.s + start, *at - 1 - start);
            return true;
        }
    }
    return tum_raise_value_false(b->vm, "unmatched '{' in format spec");
}

/* ---- its value ---- */

/* Digits only; *ret_is says whether it is a number. False: too large. */
static bool read_index(struct tum_vm *vm, struct tum_str text, bool *ret_is,
                       size_t *ret)
{
    size_t n = 0;

    *ret_is = text.n > 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] < '0' || text.s[i] > '9') {
            *ret_is = false;
            return true;
        }
        if (n > (SIZE_MAX / 2 - 9) / 10)
            return tum_raise_value_false(vm,
                                         "Too many decimal digits in format string");
        n = n * 10 + (size_t)(text.s[i] - '0');
    }
    *ret = n;
    return true;
}

static bool check_numbering(struct braces *b, bool automatic)
{
    if (automatic ? b->manual : b->automatic)
        return tum_raise_value_false(
            b->vm, automatic ? "cannot switch from manual field specification "
                               "to automatic field numbering"
                             : "cannot switch from automatic field numbering "
                               "to manual field specification");
    if (automatic)
        b->automatic = true;
    else
        b->manual = true;
    return true;
}

static struct tum_obj *first_value(struct braces *b, struct tum_str name)
{
    size_t index = 0;
    bool number;

    if (!read_index(b->vm, name, &number, &index))
        return NULL;
    if (name.n == 0 || number) {
        if (!check_numbering(b, name.n == 0))
            return NULL;
        if (name.n == 0)
            index = b->next++;
        if (b->mapping != NULL)
            return tum_raise_value(b->vm, "Format string contains positional fields");
        if (index >= b->args->n)
            return tum_raise(b->vm, "IndexError",
                             "Replacement index %zu out of range for positional args "
                             "tuple",
                             index);
        return b->args->v[index];
    }
    if (b->mapping != NULL)
        return tum_op_getitem(b->vm, b->mapping, tum_new_str(b->vm, name));
    for (size_t i = 0; i < b->args->nkw; i++) {
        if (tum_str_eq(tum_text_of(b->args->names[i]), name))
            return b->args->kw[i];
    }
    return tum_raise_key(b->vm, tum_new_str(b->vm, name));
}

/* `.name` or `[key]` at *at. */
static struct tum_obj *next_value(struct braces *b, struct tum_obj *o,
                                  struct tum_str name, size_t *at)
{
    size_t start = *at + 1, stop, index = 0;
    struct tum_str part;
    bool number;

    if (name.s[*at] == '.') {
        for (stop = start; stop < name.n && name.s[stop] != '.' && name.s[stop] != '[';)
            stop++;
        *at = stop;
        if (stop == start)
            return tum_raise_value(b->vm, "Empty attribute in format string");
        return tum_op_getattr(b->vm, o, tum_str_n(name.s + start, stop - start));
    }
    if (name.s[*at] != '[')
        return tum_raise_value(
            b->vm, "Only '.' or '[' may follow ']' in format field specifier");
    stop = tum_str_find_char(name, ']', start);
    if (stop == TUM_STR_NONE)
        return tum_raise_value(b->vm, "Missing ']' in format string");
    part = tum_str_n(name.s + start, stop - start);
    *at = stop + 1;
    if (part.n == 0)
        return tum_raise_value(b->vm, "Empty attribute in format string");
    if (!read_index(b->vm, part, &number, &index))
        return NULL;
    return tum_op_getitem(
        b->vm, o, number ? tum_new_size(b->vm, index) : tum_new_str(b->vm, part));
}

static struct tum_obj *field_value(struct braces *b, struct tum_str name)
{
    size_t at = 0;
    struct tum_obj *o;

    while (at < name.n && name.s[at] != '.' && name.s[at] != '[')
        at++;
    o = first_value(b, tum_str_n(name.s, at));
    while (o != NULL && at < name.n)
        o = next_value(b, o, name, &at);
    return o;
}

static struct tum_obj *convert(struct braces *b, struct tum_obj *o, uint32_t how)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    switch (how) {
    case 0:
        return o;
    case 's':
        return tum_op_str(b->vm, o);
    case 'r':
        return tum_op_repr(b->vm, o);
    case 'a':
        if (tum_op_write_ascii(b->vm, o, &text))
            return tum_new_str_buf(b->vm, &text);
        tum_buf_release(&text);
        return NULL;
    default:
        if (how > 32 && how < 127)
            return tum_raise_value(b->vm, "Unknown conversion specifier %c", (char)how);
        return tum_raise_value(b->vm, "Unknown conversion specifier \\x%x", how);
    }
}

static bool write_field(struct braces *b, const struct field *f, unsigned nest,
                        struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf spec = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_obj *o = field_value(b, f->name);

    if (o != NULL)
        o = convert(b, o, f->conversion);
    if (o == NULL)
        return false;
    if (!f->nested)
        return tum_format_value(b->vm, o, f->spec, out);
    return expand(b, f->spec, nest - 1, &spec) &&
           tum_format_value(b->vm, o, tum_buf_str(&spec), out);
}

/* ---- text between fields ---- */

static bool expand(struct braces *b, struct tum_str text, unsigned nest,
                   struct tum_buf *out)
{
    struct field f;

    if (nest == 0)
        return tum_raise_value_false(b->vm, "Max string recursion exceeded");
    for (size_t at = 0; at < text.n;) {
        char c = text.s[at++];

        if (c != '{' && c != '}') {
            tum_buf_addc(out, c);
            continue;
        }
        if (at < text.n && text.s[at] == c) {
            tum_buf_addc(out, c);
            at++;
            continue;
        }
        if (c == '}')
            return tum_raise_value_false(b->vm,
                                         "Single '}' encountered in format string");
        if (at == text.n)
            return tum_raise_value_false(b->vm,
                                         "Single '{' encountered in format string");
        if (!tum_vm_step(b->vm) || !read_field(b, text, &at, &f) ||
            !write_field(b, &f, nest, out))
            return false;
    }
    return true;
}

struct tum_obj *tum_format_braces(struct tum_vm *vm, struct tum_obj *text,
                                  const struct tum_args *args, struct tum_obj *mapping)
{
    struct braces b = {.vm = vm, .args = args, .mapping = mapping};
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    if (expand(&b, tum_text_of(text), NEST_LIMIT, &out))
        return tum_new_str_buf(vm, &out);
    tum_buf_release(&out);
    return NULL;
}
