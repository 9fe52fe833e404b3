/* SPDX-License-Identifier: Apache-2.0 */
/*
 * int, bool and float: methods and making them; the types that have none.
 */
#include "base/unicode.h"
#include "base/utf8.h"
#include "lang/ops.h"
#include "value/vnum.h"
#include <math.h>

/* ---- text to number ---- */

/*
 * The text with digits of all scripts as 0…9 and all white space as blanks. False: it has
 * other characters beyond ASCII, and is no number.
 */
static bool ascii_digits(struct tum_str text, struct tum_buf *out)
{
    uint32_t c;

    for (size_t i = 0; i < text.n;) {
        i += tum_utf8_decode(text.s + i, text.n - i, &c);
        if (c < 0x80)
            tum_buf_addc(out, (char)c);
        else if (tum_uni_is_space(c))
            tum_buf_addc(out, ' ');
        else if (tum_uni_decimal_value(c) >= 0)
            tum_buf_addc(out, (char)('0' + tum_uni_decimal_value(c)));
        else
            return false;
    }
    return true;
}

struct tum_obj *tum_int_of_text(struct tum_vm *vm, struct tum_obj *text, int base)
{
    TUM_AUTO(tum_buf_release) struct tum_buf ascii = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf shown = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    tum_val v;

    if (base != 0 && (base < 2 || base > 36))
        return tum_raise_value(vm, "int() base must be >= 2 and <= 36, or 0");
    if (ascii_digits(tum_text_of(text), &ascii)) {
        if (tum_int_parse(tum_buf_str(&ascii), base, &v, &err))
            return tum_new_number(vm, v);
        if (err->kind == TUM_ERROR_LIMIT ||
            tum_str_starts(tum_str_of(err->text), "Exc"))
            return tum_raise_error(vm, err);
        tum_error_free(err);
    }
    if (!tum_op_write_repr(vm, text, &shown))
        return NULL;
    return tum_raise_value(vm, "invalid literal for int() with base %d: %s", base,
                           shown.s);
}

static struct tum_obj *float_of_text(struct tum_vm *vm, struct tum_obj *text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf ascii = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf shown = TUM_BUF_INIT(TUM_BUF_ANY);
    double f;

    if (ascii_digits(tum_text_of(text), &ascii) &&
        tum_float_parse(tum_buf_str(&ascii), &f))
        return tum_new_float(vm, f);
    if (!tum_op_write_repr(vm, text, &shown))
        return NULL;
    return tum_raise_value(vm, "could not convert string to float: %s", shown.s);
}

/* ---- int() and float() ---- */

static struct tum_obj *int_of_double(struct tum_vm *vm, double f, enum tum_rounding how)
{
    struct tum_error *err = NULL;
    tum_val v;

    return tum_int_of_double(f, how, &v, &err) ? tum_new_number(vm, v)
                                               : tum_raise_error(vm, err);
}

struct tum_obj *tum_op_int(struct tum_vm *vm, struct tum_obj *o)
{
    switch (tum_kind_of(o)) {
    case TUM_O_INT:
        return o;
    case TUM_O_BOOL:
        return tum_new_int(vm, tum_as_int(o)->v.as.b);
    case TUM_O_FLOAT:
        return int_of_double(vm, tum_as_float(o)->f, TUM_TRUNC);
    case TUM_O_STR:
    case TUM_O_BYTES:
        return tum_int_of_text(vm, o, 10);
    default:
        return tum_raise_type(
            vm,
            "int() argument must be a string, a bytes-like object or a "
            "real number, not '%s'",
            o->type->name);
    }
}

struct tum_obj *tum_op_float(struct tum_vm *vm, struct tum_obj *o)
{
    double f;

    switch (tum_kind_of(o)) {
    case TUM_O_FLOAT:
        return o;
    case TUM_O_INT:
    case TUM_O_BOOL:
        if (!tum_int_to_double(tum_as_int(o)->v, &f))
            return tum_raise(vm, "OverflowError", "int too large to convert to float");
        return tum_new_float(vm, f);
    case TUM_O_STR:
    case TUM_O_BYTES:
        return float_of_text(vm, o);
    default:
        return tum_raise_type(vm,
                              "float() argument must be a string or a real number, not "
                              "'%s'",
                              o->type->name);
    }
}

bool tum_arg_double(struct tum_vm *vm, struct tum_obj *o, double *ret)
{
    if (tum_kind_of(o) == TUM_O_FLOAT) {
        *ret = tum_as_float(o)->f;
        return true;
    }
    if (!tum_is_int(o))
        return tum_raise_type_false(vm, "must be real number, not %s", o->type->name);
    return tum_int_to_double(tum_as_int(o)->v, ret) ||
           tum_raise_false(vm, "OverflowError", "int too large to convert to float");
}

static struct tum_obj *make_int(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    int64_t base;

    (void)n;
    if (a[0] == NULL)
        return a[1] == NULL ? tum_new_int(vm, 0)
                            : tum_raise_type(vm, "int() missing string argument");
    if (a[1] == NULL)
        return tum_op_int(vm, a[0]);
    if (!tum_arg_index_clip(vm, a[1], &base))
        return NULL;
    if (base < 0 || base == 1 || base > 36)
        return tum_raise_value(vm, "int() base must be >= 2 and <= 36, or 0");
    if (!tum_is_str(a[0]) && tum_kind_of(a[0]) != TUM_O_BYTES)
        return tum_raise_type(vm, "int() can't convert non-string with explicit base");
    return tum_int_of_text(vm, a[0], (int)base);
}

static struct tum_obj *make_bool(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool is = false;

    return n == 0 || tum_op_truth(vm, a[0], &is) ? tum_new_bool(vm, is) : NULL;
}

static struct tum_obj *make_float(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return n == 0 ? tum_new_float(vm, 0) : tum_op_float(vm, a[0]);
}

/* ---- int ---- */

static tum_val number(struct tum_obj *o)
{
    return tum_as_int(o)->v;
}

static struct tum_obj *int_bit_length(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_size(vm, tum_int_bit_length(number(a[0])));
}
static struct tum_obj *int_bit_count(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_size(vm, tum_int_bit_count(number(a[0])));
}
static struct tum_obj *int_plus(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_number(vm, tum_int_plus(number(a[0])));
}
static struct tum_obj *int_zero(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)a;
    (void)n;
    return tum_new_int(vm, 0);
}
static struct tum_obj *int_one(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)a;
    (void)n;
    return tum_new_int(vm, 1);
}
static struct tum_obj *int_ratio(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return tum_new_pair(vm, int_plus(vm, a, n), tum_new_int(vm, 1));
}

static bool byte_order(struct tum_vm *vm, struct tum_obj *o, bool *ret_big)
{
    *ret_big = true;
    if (o == NULL)
        return true;
    if (!tum_is_str(o))
        return tum_raise_type_false(vm, "argument 'byteorder' must be str, not %s",
                                    o->type->name);
    *ret_big = tum_str_is(tum_text_of(o), "big");
    if (!*ret_big && !tum_str_is(tum_text_of(o), "little"))
        return tum_raise_value_false(vm, "byteorder must be either 'little' or 'big'");
    return true;
}

static struct tum_obj *int_to_bytes(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_error *err = NULL;
    bool big, is_signed = false;
    unsigned char *out;
    int64_t length = 1;

    (void)n;
    if ((a[1] != NULL && !tum_arg_index(vm, a[1], &length)) ||
        !byte_order(vm, a[2], &big) ||
        (a[3] != NULL && !tum_op_truth(vm, a[3], &is_signed)))
        return NULL;
    if (length < 0)
        return tum_raise_value(vm, "length argument must be non-negative");
    if (!tum_vm_room(vm, (size_t)length))
        return NULL;
    out = tum_vm_alloc(vm, (size_t)length);
    if (!tum_int_to_bytes(number(a[0]), out, (size_t)length, big, is_signed, &err))
        return tum_raise_error(vm, err);
    return tum_new_bytes(vm, out, (size_t)length);
}

static struct tum_obj *int_from_bytes(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool big, is_signed = false;
    struct tum_str bytes;

    (void)n;
    if (!byte_order(vm, a[1], &big) ||
        (a[2] != NULL && !tum_op_truth(vm, a[2], &is_signed)))
        return NULL;
    if (tum_is_str(a[0]))
        return tum_raise_type(vm, "cannot convert 'str' object to bytes");
    if (tum_kind_of(a[0]) != TUM_O_BYTES)
        return tum_unsupported(vm, "bytes of an iterable");
    bytes = tum_text_of(a[0]);
    return tum_new_number(vm, tum_int_from_bytes((const unsigned char *)bytes.s,
                                                 bytes.n, big, is_signed));
}

static const struct tum_native int_attrs[] = {
    {.name = "as_integer_ratio", .call = int_ratio, .min = 1, .max = 1},
    {.name = "bit_count", .call = int_bit_count, .min = 1, .max = 1},
    {.name = "bit_length", .call = int_bit_length, .min = 1, .max = 1},
    {.name = "conjugate", .call = int_plus, .min = 1, .max = 1},
    {.name = "denominator",
     .call = int_one,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "from_bytes",
     .call = int_from_bytes,
     .min = 1,
     .max = 3,
     .params = "bytes byteorder *signed",
     .flags = TUM_NATIVE_STATIC},
    {.name = "imag", .call = int_zero, .min = 1, .max = 1, .flags = TUM_NATIVE_GETTER},
    {.name = "numerator",
     .call = int_plus,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "real", .call = int_plus, .min = 1, .max = 1, .flags = TUM_NATIVE_GETTER},
    {.name = "to_bytes",
     .call = int_to_bytes,
     .min = 1,
     .max = 4,
     .params = "length byteorder *signed"},
};

static const struct tum_native int_make = {
    .name = "int", .call = make_int, .min = 0, .max = 2, .params = "-x base"};
const struct tum_type tum_type_int = {.name = "int",
                                      .kind = TUM_O_INT,
                                      .attrs = int_attrs,
                                      .attr_count = TUM_LEN(int_attrs),
                                      .make = &int_make};

static const struct tum_native bool_make = {
    .name = "bool", .call = make_bool, .min = 0, .max = 1, .flags = TUM_NATIVE_STACK};
const struct tum_type tum_type_bool = {
    .name = "bool", .kind = TUM_O_BOOL, .base = &tum_type_int, .make = &bool_make};

/* ---- float ---- */

static struct tum_obj *float_is_integer(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    double f = tum_as_float(a[0])->f;

    (void)n;
    return tum_new_bool(vm, isfinite(f) && f == floor(f));
}

static struct tum_obj *float_ratio(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_error *err = NULL;
    tum_val numerator, denominator;

    (void)n;
    if (!tum_float_ratio(tum_as_float(a[0])->f, &numerator, &denominator, &err))
        return tum_raise_error(vm, err);
    return tum_new_pair(vm, tum_new_number(vm, numerator),
                        tum_new_number(vm, denominator));
}

static struct tum_obj *float_self(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)vm;
    (void)n;
    return a[0];
}
static struct tum_obj *float_zero(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)a;
    (void)n;
    return tum_new_float(vm, 0);
}

static struct tum_obj *float_hex(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    (void)n;
    tum_float_write_hex(&out, tum_as_float(a[0])->f);
    return tum_new_str_buf(vm, &out);
}

static const struct tum_native float_attrs[] = {
    {.name = "as_integer_ratio", .call = float_ratio, .min = 1, .max = 1},
    {.name = "conjugate", .call = float_self, .min = 1, .max = 1},
    {.name = "fromhex", .flags = TUM_NATIVE_ALIEN},
    {.name = "hex", .call = float_hex, .min = 1, .max = 1},
    {.name = "imag",
     .call = float_zero,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "is_integer", .call = float_is_integer, .min = 1, .max = 1},
    {.name = "real",
     .call = float_self,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
};

static const struct tum_native float_make = {
    .name = "float", .call = make_float, .min = 0, .max = 1, .flags = TUM_NATIVE_STACK};
const struct tum_type tum_type_float = {.name = "float",
                                        .kind = TUM_O_FLOAT,
                                        .attrs = float_attrs,
                                        .attr_count = TUM_LEN(float_attrs),
                                        .make = &float_make};

/* ---- types without methods of their own ---- */

static struct tum_obj *make_type(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    if (n != 1)
        return tum_unsupported(vm, "making a class");
    return tum_new_type(vm, a[0]->type);
}

static struct tum_obj *make_none(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)a;
    (void)n;
    return vm->none;
}

static const struct tum_native type_make = {
    .name = "type", .call = make_type, .min = 1, .max = 3};
static const struct tum_native none_make = {
    .name = "NoneType", .call = make_none, .min = 0, .max = 0};
const struct tum_type tum_type_type = {
    .name = "type", .kind = TUM_O_TYPE, .make = &type_make, .unsupported_attrs = false};
const struct tum_type tum_type_none = {
    .name = "NoneType", .kind = TUM_O_NONE, .make = &none_make};
const struct tum_type tum_type_ellipsis = {.name = "ellipsis", .kind = TUM_O_ELLIPSIS};
const struct tum_type tum_type_object = {.name = "object", .kind = TUM_O_OTHER};
const struct tum_type tum_type_module = {.name = "module", .kind = TUM_O_MODULE};
