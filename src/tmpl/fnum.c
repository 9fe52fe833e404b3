/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters on numbers, and to numbers.
 */
#include "tmpl/tfilter.h"
#include "tmpl/tobj.h"
#include <math.h>

static struct tum_obj *f_abs(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_abs(vm, a[0]);
}

/* A TypeError or ValueError, which a default then replaces. */
static bool no_number(struct tum_vm *vm)
{
    if (!tum_raised(vm, "TypeError") && !tum_raised(vm, "ValueError"))
        return false;
    tum_raised_clear(vm);
    return true;
}

/* float(o), which an undefined value refuses in its own words. */
static struct tum_obj *to_float(struct tum_vm *vm, struct tum_obj *o)
{
    return tum_is_undefined(o) ? tum_undefined_fail(vm, o) : tum_op_float(vm, o);
}

static struct tum_obj *f_float(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *o = to_float(vm, a[0]);

    (void)n;
    if (o != NULL || !no_number(vm))
        return o;
    return a[1] != NULL ? a[1] : tum_new_float(vm, 0.0);
}

static struct tum_obj *text_to_int(struct tum_vm *vm, struct tum_obj *text,
                                   struct tum_obj *base_arg)
{
    int64_t base;

    if (!tum_targ_int(vm, base_arg, 10, &base))
        return NULL;
    if (base != 0 && (base < 2 || base > 36))
        return tum_raise_value(vm, "int() base must be >= 2 and <= 36, or 0");
    return tum_int_of_text(vm, text, (int)base);
}

static struct tum_obj *f_int(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *o;

    (void)n;
    if (tum_is_undefined(a[0]))
        return tum_undefined_fail(vm, a[0]);
    o = tum_is_str(a[0]) ? text_to_int(vm, a[0], a[2]) : tum_op_int(vm, a[0]);
    if (o != NULL || !no_number(vm))
        return o;
    /* "42.23" is no int() but a number all the same. */
    o = tum_op_float(vm, a[0]);
    o = o != NULL ? tum_op_int(vm, o) : NULL;
    if (o != NULL || !no_number(vm))
        return o;
    return a[1] != NULL ? a[1] : tum_new_int(vm, 0);
}

/* math.ceil or math.floor of any number. */
static struct tum_obj *to_whole(struct tum_vm *vm, struct tum_obj *o, bool up)
{
    double f;

    if (tum_is_undefined(o))
        return tum_undefined_fail(vm, o);
    if (tum_is_int(o))
        return tum_op_int(vm, o);
    if (!tum_arg_double(vm, o, &f))
        return NULL;
    return tum_op_int(vm, tum_new_float(vm, up ? ceil(f) : floor(f)));
}

static struct tum_obj *f_round(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *precision = a[1] != NULL ? a[1] : tum_new_int(vm, 0);
    struct tum_obj *scale, *o;
    bool up = false;

    (void)n;
    if (a[2] != NULL) {
        bool known = tum_is_str(a[2]) && (tum_str_is(tum_text_of(a[2]), "common") ||
                                          tum_str_is(tum_text_of(a[2]), "ceil") ||
                                          tum_str_is(tum_text_of(a[2]), "floor"));

        if (!known)
            return tum_raise(vm, "FilterArgumentError",
                             "method must be common, ceil or floor");
        up = tum_str_is(tum_text_of(a[2]), "ceil");
    }
    if (a[2] == NULL || tum_str_is(tum_text_of(a[2]), "common"))
        return tum_op_round(vm, a[0], precision);
    scale = tum_op_binary(vm, TUM_OP_POW, tum_new_int(vm, 10), precision);
    o = scale != NULL ? tum_op_binary(vm, TUM_OP_MUL, a[0], scale) : NULL;
    o = o != NULL ? to_whole(vm, o, up) : NULL;
    return o != NULL ? tum_op_binary(vm, TUM_OP_DIV, o, scale) : NULL;
}

static struct tum_obj *f_filesizeformat(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    static const char *const units[] = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
    struct tum_obj *o = to_float(vm, a[0]);
    double bytes, base, unit;
    struct tum_buf buf;
    bool binary;
    size_t i;

    (void)n;
    if (o == NULL || !tum_targ_bool(vm, a[1], false, &binary))
        return NULL;
    bytes = tum_as_float(o)->f;
    base = binary ? 1024 : 1000;
    tum_buf_init(&buf, TUM_BUF_ANY);
    if (bytes == 1) {
        tum_buf_adds(&buf, "1 Byte");
    } else if (bytes < base) {
        o = tum_op_int(vm, o);
        if (o == NULL)
            return NULL;
        if (!tum_op_write_str(vm, o, &buf)) {
            tum_buf_release(&buf);
            return NULL;
        }
        tum_buf_adds(&buf, " Bytes");
    } else {
        unit = base * base;
        for (i = 0; i + 1 < TUM_LEN(units) && !(bytes < unit); i++)
            unit *= base;
        if (isnan(base * bytes / unit) || isinf(base * bytes / unit))
            tum_buf_adds(&buf, isnan(bytes) ? "nan" : "inf");
        else
            tum_buf_addf(&buf, "%.1f", base * bytes / unit);
        tum_buf_addf(&buf, " %s%sB", binary && i == 0 ? "K" : units[i],
                     binary ? "i" : "");
    }
    return tum_new_str_buf(vm, &buf);
}

static const struct tum_native rows[] = {
    {"abs", f_abs, 1, 1, "", 0, NULL},
    {"filesizeformat", f_filesizeformat, 1, 2, "binary", 0, NULL},
    {"float", f_float, 1, 2, "default", 0, NULL},
    {"int", f_int, 1, 3, "default base", 0, NULL},
    {"round", f_round, 1, 3, "precision method", 0, NULL},
};

const struct tum_tfilters tum_tfilters_num = {rows, TUM_LEN(rows)};
