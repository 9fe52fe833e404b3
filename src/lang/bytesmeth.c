/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes: what expressions about texts and numbers meet of them. Methods that are not here are
 * handed over.
 */
#include "lang/codec.h"
#include "lang/ops.h"
#include "value/vnum.h"

static struct tum_obj *bytes_decode(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_text_decode(vm, a[0], a[1], a[2], "decode");
}

static struct tum_obj *bytes_hex(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    struct tum_str bytes = tum_text_of(a[0]);
    char *text;

    if (n > 1)
        return tum_unsupported(vm, "bytes.hex with a separator");
    if (!tum_vm_room(vm, bytes.n * 2))
        return NULL;
    text = tum_vm_alloc(vm, bytes.n * 2);
    for (size_t i = 0; i < bytes.n; i++) {
        text[2 * i] = digits[(unsigned char)bytes.s[i] >> 4];
        text[2 * i + 1] = digits[(unsigned char)bytes.s[i] & 15];
    }
    return tum_new_str_kept(vm, tum_str_n(text, bytes.n * 2));
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct tum_obj *bytes_fromhex(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text;

    (void)n;
    if (!tum_is_str(a[0]))
        return tum_raise_type(vm, "fromhex() argument must be str, not %s",
                              a[0]->type->name);
    text = tum_text_of(a[0]);
    for (size_t i = 0; i < text.n; i++) {
        int high = hex_value(text.s[i]), low;

        if (text.s[i] == ' ' || (text.s[i] >= '\t' && text.s[i] <= '\r'))
            continue;
        low = i + 1 < text.n ? hex_value(text.s[i + 1]) : -1;
        if (high < 0 || low < 0)
            return tum_raise_value(
                vm, "non-hexadecimal number found in fromhex() arg at position %zu",
                high < 0 ? i : i + 1);
        tum_buf_addc(&out, (char)(high << 4 | low));
        i++;
    }
    return tum_new_bytes(vm, out.s, out.len);
}

static struct tum_obj *change_case(struct tum_vm *vm, struct tum_obj *o, char from,
                                   char to)
{
    struct tum_str bytes = tum_text_of(o);
    char *copy = tum_vm_alloc(vm, bytes.n);

    for (size_t i = 0; i < bytes.n; i++) {
        char c = bytes.s[i];

        copy[i] = (char)(c >= from && c <= from + 25 ? c - from + to : c);
    }
    return tum_new_bytes(vm, copy, bytes.n);
}

static struct tum_obj *bytes_upper(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return change_case(vm, a[0], 'a', 'A');
}
static struct tum_obj *bytes_lower(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return change_case(vm, a[0], 'A', 'a');
}

static const struct tum_native bytes_attrs[] = {
    {.name = "decode",
     .call = bytes_decode,
     .min = 1,
     .max = 3,
     .params = "encoding errors"},
    {.name = "fromhex",
     .call = bytes_fromhex,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_STATIC},
    {.name = "hex",
     .call = bytes_hex,
     .min = 1,
     .max = 3,
     .params = "sep bytes_per_sep"},
    {.name = "lower", .call = bytes_lower, .min = 1, .max = 1},
    {.name = "upper", .call = bytes_upper, .min = 1, .max = 1},
};

/* ---- making them ---- */

static struct tum_obj *bytes_of_items(struct tum_vm *vm, struct tum_obj *from)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_obj *iter, *item;
    int64_t value;

    if (!tum_is_iterable(from))
        return tum_raise_type(vm, "cannot convert '%s' object to bytes",
                              from->type->name);
    iter = tum_op_iter(vm, from);
    while (iter != NULL && tum_iter_next(vm, iter, &item)) {
        if (!tum_is_int(item))
            return tum_raise_type(vm, "'%s' object cannot be interpreted as an integer",
                                  item->type->name);
        if (!tum_val_to_int64(tum_as_int(item)->v, &value) || value < 0 || value > 255)
            return tum_raise_value(vm, "bytes must be in range(0, 256)");
        tum_buf_addc(&out, (char)value);
    }
    return tum_vm_failed(vm) ? NULL : tum_new_bytes(vm, out.s, out.len);
}

static struct tum_obj *make_bytes(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    int64_t size;
    char *zeros;

    (void)n;
    if (a[0] == NULL)
        return a[1] == NULL && a[2] == NULL ? tum_new_bytes(vm, "", 0)
                                            : tum_unsupported(vm, "bytes() of nothing");
    if (tum_is_str(a[0])) {
        if (a[1] == NULL)
            return tum_raise_type(vm, "string argument without an encoding");
        return tum_text_encode(vm, a[0], a[1], a[2], "bytes");
    }
    if (a[1] != NULL || a[2] != NULL)
        return tum_raise_type(vm, a[1] != NULL ? "encoding without a string argument"
                                               : "errors without a string argument");
    if (tum_kind_of(a[0]) == TUM_O_BYTES)
        return a[0];
    if (!tum_is_int(a[0]))
        return bytes_of_items(vm, a[0]);
    if (!tum_arg_index(vm, a[0], &size))
        return NULL;
    if (size < 0)
        return tum_raise_value(vm, "negative count");
    if (!tum_vm_room(vm, (size_t)size))
        return NULL;
    zeros = tum_vm_alloc(vm, (size_t)size);
    memset(zeros, 0, (size_t)size);
    return tum_new_bytes(vm, zeros, (size_t)size);
}

static const struct tum_native bytes_make = {.name = "bytes",
                                             .call = make_bytes,
                                             .min = 0,
                                             .max = 3,
                                             .params = "source encoding errors"};
const struct tum_type tum_type_bytes = {.name = "bytes",
                                        .kind = TUM_O_BYTES,
                                        .attrs = bytes_attrs,
                                        .attr_count = TUM_LEN(bytes_attrs),
                                        .make = &bytes_make,
                                        .unsupported_attrs = true};
