/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic: what the binary and unary operators do for each pair of kinds. Comparisons are
 * in cmpops.c.
 */
#include "lang/ops.h"
#include "lang/format.h"
#include "lang/setops.h"
#include "value/vnum.h"
#include <math.h>

const char *tum_binop_text(enum tum_binop op)
{
    static const char *const texts[] = {"+",  "-",  "*", "/", "//", "%", "** or pow()",
                                        "<<", ">>", "&", "|", "^",  "@"};

    return texts[op];
}

static bool is_number(const struct tum_obj *o)
{
    return tum_is_int(o) || tum_kind_of(o) == TUM_O_FLOAT;
}

/* ---- integers ---- */

/* Big numbers take time that grows with both sizes. */
static bool pay(struct tum_vm *vm, tum_val a, tum_val b)
{
    size_t x, y;

    if (a.kind != TUM_BIGINT && b.kind != TUM_BIGINT)
        return true;
    x = tum_int_bit_length(a) / 64;
    y = tum_int_bit_length(b) / 64;
    return tum_vm_work(vm, x * y / 64 + x + y);
}

static bool int_pow(struct tum_vm *vm, tum_val a, tum_val b, struct tum_obj **ret)
{
    struct tum_error *err = NULL;
    double f, g;
    tum_val v;

    if (tum_int_sign(b) >= 0) {
        *ret = tum_int_pow(a, b, &v, &err) ? tum_new_number(vm, v)
                                           : tum_raise_error(vm, err);
        if (*ret != NULL && v.kind == TUM_BIGINT)
            tum_vm_work(vm, tum_int_bit_length(v) / 64);
        return true;
    }
    if (!tum_int_to_double(a, &f) || !tum_int_to_double(b, &g)) {
        *ret = tum_raise(vm, "OverflowError", "int too large to convert to float");
        return true;
    }
    bool is_complex = false;
    double r;

    if (tum_float_pow(f, g, &r, &is_complex, &err))
        *ret =
            is_complex ? tum_unsupported(vm, "a complex number") : tum_new_float(vm, r);
    else
        *ret = tum_raise_error(vm, err);
    return true;
}

typedef bool int_fn(tum_val a, tum_val b, tum_val *ret, struct tum_error **err);

/* The common case: both fit 64 bits and so does the result. */
static bool small_binary(struct tum_vm *vm, enum tum_binop op, int64_t a, int64_t b,
                         struct tum_obj **ret)
{
    int64_t r;

    switch (op) {
    case TUM_OP_ADD:
        if (__builtin_add_overflow(a, b, &r))
            return false;
        break;
    case TUM_OP_SUB:
        if (__builtin_sub_overflow(a, b, &r))
            return false;
        break;
    case TUM_OP_MUL:
        if (__builtin_mul_overflow(a, b, &r))
            return false;
        break;
    case TUM_OP_MOD:
        if (b <= 0)
            return false;
        r = a % b;
        r += r < 0 ? b : 0;
        break;
    case TUM_OP_FLOORDIV:
        if (b <= 0)
            return false;
        r = a / b - (a % b < 0);
        break;
    default:
        return false;
    }
    *ret = tum_new_int(vm, r);
    return true;
}

static bool int_binary(struct tum_vm *vm, enum tum_binop op, tum_val a, tum_val b,
                       struct tum_obj **ret)
{
    struct tum_error *err = NULL;
    int_fn *fn = NULL;
    tum_val v;
    double f;

    if (a.kind == TUM_INT && b.kind == TUM_INT &&
        small_binary(vm, op, a.as.i, b.as.i, ret))
        return true;
    if (!pay(vm, a, b)) {
        *ret = NULL;
        return true;
    }
    switch (op) {
    case TUM_OP_ADD:
        fn = tum_int_add;
        break;
    case TUM_OP_SUB:
        fn = tum_int_sub;
        break;
    case TUM_OP_MUL:
        fn = tum_int_mul;
        break;
    case TUM_OP_FLOORDIV:
        fn = tum_int_floordiv;
        break;
    case TUM_OP_MOD:
        fn = tum_int_mod;
        break;
    case TUM_OP_LSHIFT:
        fn = tum_int_lshift;
        break;
    case TUM_OP_RSHIFT:
        fn = tum_int_rshift;
        break;
    case TUM_OP_POW:
        return int_pow(vm, a, b, ret);
    case TUM_OP_DIV:
        *ret = tum_int_truediv(a, b, &f, &err) ? tum_new_float(vm, f)
                                               : tum_raise_error(vm, err);
        return true;
    case TUM_OP_AND:
        *ret = tum_new_number(vm, tum_int_and(a, b));
        return true;
    case TUM_OP_OR:
        *ret = tum_new_number(vm, tum_int_or(a, b));
        return true;
    case TUM_OP_XOR:
        *ret = tum_new_number(vm, tum_int_xor(a, b));
        return true;
    case TUM_OP_MATMUL:
        return false;
    }
    *ret = fn(a, b, &v, &err) ? tum_new_number(vm, v) : tum_raise_error(vm, err);
    return true;
}

/* ---- floats ---- */

static bool to_double(struct tum_vm *vm, struct tum_obj *o, double *ret)
{
    if (tum_kind_of(o) == TUM_O_FLOAT) {
        *ret = tum_as_float(o)->f;
        return true;
    }
    return tum_int_to_double(tum_as_int(o)->v, ret) ||
           tum_raise_false(vm, "OverflowError", "int too large to convert to float");
}

static bool float_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *a,
                         struct tum_obj *b, struct tum_obj **ret)
{
    struct tum_error *err = NULL;
    bool is_complex = false, ok = true;
    double f, g, r = 0;

    if (op >= TUM_OP_LSHIFT)
        return false;
    *ret = NULL;
    if (!to_double(vm, a, &f) || !to_double(vm, b, &g))
        return true;
    switch (op) {
    case TUM_OP_ADD:
        r = f + g;
        break;
    case TUM_OP_SUB:
        r = f - g;
        break;
    case TUM_OP_MUL:
        r = f * g;
        break;
    case TUM_OP_DIV:
        if (g == 0) {
            tum_raise(vm, "ZeroDivisionError", "float division by zero");
            return true;
        }
        r = f / g;
        break;
    case TUM_OP_FLOORDIV:
        ok = tum_float_floordiv(f, g, &r, &err);
        break;
    case TUM_OP_MOD:
        ok = tum_float_mod(f, g, &r, &err);
        break;
    case TUM_OP_POW:
        ok = tum_float_pow(f, g, &r, &is_complex, &err);
        break;
    default:
        return false;
    }
    if (!ok)
        tum_raise_error(vm, err);
    else if (is_complex)
        tum_unsupported(vm, "a complex number");
    else
        *ret = tum_new_float(vm, r);
    return true;
}

/* ---- sequences ---- */

static struct tum_obj *concat_text(struct tum_vm *vm, struct tum_obj *a,
                                   struct tum_obj *b)
{
    struct tum_str s = tum_text_of(a), t = tum_text_of(b);
    bool bytes = tum_kind_of(a) == TUM_O_BYTES;
    struct tum_ostr *o;
    char *joined;

    if (!bytes && s.n == 0 && b->type == &tum_type_str)
        return b;
    if (!bytes && t.n == 0 && a->type == &tum_type_str)
        return a;
    if (!tum_vm_room(vm, s.n + t.n) || !tum_vm_work(vm, (s.n + t.n) / 256))
        return NULL;
    joined = tum_vm_alloc(vm, s.n + t.n + 1);
    if (s.n != 0)
        memcpy(joined, s.s, s.n);
    if (t.n != 0)
        memcpy(joined + s.n, t.s, t.n);
    joined[s.n + t.n] = '\0';
    o = tum_as_str(tum_new_str_kept(vm, tum_str_n(joined, s.n + t.n)));
    if (bytes)
        o->head.type = &tum_type_bytes;
    else if (tum_as_str(a)->count != TUM_COUNT_UNKNOWN &&
             tum_as_str(b)->count != TUM_COUNT_UNKNOWN)
        o->count = tum_as_str(a)->count + tum_as_str(b)->count;
    return &o->head;
}

static struct tum_obj *concat_seq(struct tum_vm *vm, struct tum_obj *a,
                                  struct tum_obj *b)
{
    struct tum_oseq *s = tum_as_seq(a), *t = tum_as_seq(b), *r;
    size_t n = s->n + t->n;

    if (!tum_vm_room(vm, n * sizeof(*s->items)) || !tum_vm_work(vm, n / 16))
        return NULL;
    r = tum_kind_of(a) == TUM_O_LIST ? tum_new_list(vm, n) : tum_new_tuple(vm, n);
    if (s->n != 0)
        memcpy(r->items, s->items, s->n * sizeof(*s->items));
    if (t->n != 0)
        memcpy(r->items + s->n, t->items, t->n * sizeof(*s->items));
    return &r->head;
}

static struct tum_obj *repeat_text(struct tum_vm *vm, struct tum_obj *o, size_t times)
{
    struct tum_str s = tum_text_of(o);
    bool bytes = tum_kind_of(o) == TUM_O_BYTES;
    char *all;
    struct tum_ostr *r;

    if (times == 0 || s.n == 0)
        return bytes ? tum_new_bytes(vm, "", 0) : vm->empty_str;
    if (times == 1 && (bytes || o->type == &tum_type_str))
        return o;
    all = tum_vm_alloc(vm, s.n * times + 1);
    if (s.n == 1)
        memset(all, s.s[0], times);
    else
        for (size_t i = 0; i < times; i++)
            memcpy(all + i * s.n, s.s, s.n);
    all[s.n * times] = '\0';
    r = tum_as_str(tum_new_str_kept(vm, tum_str_n(all, s.n * times)));
    if (bytes)
        r->head.type = &tum_type_bytes;
    else
        r->count = tum_ostr_count(o) * times;
    return &r->head;
}

static struct tum_obj *repeat_seq(struct tum_vm *vm, struct tum_obj *o, size_t times)
{
    struct tum_oseq *s = tum_as_seq(o), *r;
    size_t n = s->n * times;

    r = tum_kind_of(o) == TUM_O_LIST ? tum_new_list(vm, n) : tum_new_tuple(vm, n);
    for (size_t i = 0; i < times && s->n != 0; i++)
        memcpy(r->items + i * s->n, s->items, s->n * sizeof(*s->items));
    return &r->head;
}

static struct tum_obj *repeat(struct tum_vm *vm, struct tum_obj *o,
                              struct tum_obj *count)
{
    bool text = tum_is_str(o) || tum_kind_of(o) == TUM_O_BYTES;
    size_t unit = text ? tum_as_str(o)->n : tum_as_seq(o)->n * sizeof(void *);
    size_t times, bytes;
    int64_t n;

    if (!tum_is_int(count))
        return tum_raise_type(vm, "'%s' object cannot be interpreted as an integer",
                              count->type->name);
    if (!tum_val_to_int64(tum_as_int(count)->v, &n))
        return tum_raise(vm, "OverflowError",
                         "cannot fit 'int' into an index-sized integer");
    times = n > 0 ? (size_t)n : 0;
    if (__builtin_mul_overflow(unit, times, &bytes) || !tum_vm_room(vm, bytes) ||
        !tum_vm_work(vm, bytes / 256))
        return tum_unsupported(vm, "memory of one evaluation");
    return text ? repeat_text(vm, o, times) : repeat_seq(vm, o, times);
}

static bool is_sequence(const struct tum_obj *o)
{
    switch (tum_kind_of(o)) {
    case TUM_O_STR:
    case TUM_O_BYTES:
    case TUM_O_LIST:
    case TUM_O_TUPLE:
        return true;
    default:
        return false;
    }
}

static bool sequence_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *a,
                            struct tum_obj *b, struct tum_obj **ret)
{
    enum tum_okind kind = tum_kind_of(a);

    if (op == TUM_OP_ADD && is_sequence(a) && kind == tum_kind_of(b)) {
        *ret = kind == TUM_O_STR || kind == TUM_O_BYTES ? concat_text(vm, a, b)
                                                        : concat_seq(vm, a, b);
        return true;
    }
    if (op == TUM_OP_MUL && is_sequence(a) && tum_is_int(b)) {
        *ret = repeat(vm, a, b);
        return true;
    }
    if (op == TUM_OP_MUL && is_sequence(b) && tum_is_int(a)) {
        *ret = repeat(vm, b, a);
        return true;
    }
    if (op == TUM_OP_MOD && kind == TUM_O_STR) {
        *ret = tum_format_percent(vm, a, b);
        return true;
    }
    if (op == TUM_OP_MOD && kind == TUM_O_BYTES) {
        *ret = tum_unsupported(vm, "bytes % …");
        return true;
    }
    return false;
}

/* ---- dicts and the rest ---- */

static bool dict_or(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b,
                    struct tum_obj **ret)
{
    struct tum_odict *copy;

    if (tum_kind_of(a) != TUM_O_DICT || tum_kind_of(b) != TUM_O_DICT)
        return false;
    copy = tum_dict_copy(vm, tum_as_dict(a));
    *ret = copy != NULL && tum_dict_update(vm, copy, b) ? &copy->head : NULL;
    return true;
}

static bool builtin_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *a,
                           struct tum_obj *b, struct tum_obj **ret)
{
    if (is_number(a) && is_number(b)) {
        if (tum_is_int(a) && tum_is_int(b))
            return int_binary(vm, op, tum_as_int(a)->v, tum_as_int(b)->v, ret);
        return float_binary(vm, op, a, b, ret);
    }
    if (sequence_binary(vm, op, a, b, ret))
        return true;
    if (op == TUM_OP_OR && dict_or(vm, a, b, ret))
        return true;
    if (tum_set_binary(vm, op, a, b, ret))
        return true;
    /* int | None is a type; dates can be subtracted. */
    if ((op == TUM_OP_OR &&
         (tum_kind_of(a) == TUM_O_TYPE || tum_kind_of(b) == TUM_O_TYPE)) ||
        tum_kind_of(a) == TUM_O_DATE || tum_kind_of(b) == TUM_O_DATE) {
        *ret = tum_unsupported(vm, "arithmetic of types or dates");
        return true;
    }
    return false;
}

static struct tum_obj *binary_error(struct tum_vm *vm, enum tum_binop op,
                                    struct tum_obj *a, struct tum_obj *b)
{
    const char *x = a->type->name, *y = b->type->name;

    if (op == TUM_OP_ADD && tum_kind_of(a) == TUM_O_BYTES)
        return tum_raise_type(vm, "can't concat %s to bytes", y);
    if (op == TUM_OP_ADD && is_sequence(a))
        return tum_raise_type(vm, "can only concatenate %s (not \"%s\") to %s", x, y,
                              x);
    if (op == TUM_OP_MUL && is_sequence(a))
        return tum_raise_type(vm, "can't multiply sequence by non-int of type '%s'", y);
    if (op == TUM_OP_MUL && is_sequence(b))
        return tum_raise_type(vm, "can't multiply sequence by non-int of type '%s'", x);
    return tum_raise_type(vm, "unsupported operand type(s) for %s: '%s' and '%s'",
                          tum_binop_text(op), x, y);
}

struct tum_obj *tum_op_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *a,
                              struct tum_obj *b)
{
    const struct tum_type *x = a->type, *y = b->type;
    bool reflected = y->binary != NULL && y->base == x;
    struct tum_obj *ret = NULL;

    /* A subtype knows better than the type it derives from. */
    if (reflected && y->binary(vm, op, b, a, true, &ret))
        return ret;
    if (x->binary != NULL && x->binary(vm, op, a, b, false, &ret))
        return ret;
    if (builtin_binary(vm, op, a, b, &ret))
        return ret;
    if (y->binary != NULL && !reflected && y->binary(vm, op, b, a, true, &ret))
        return ret;
    if (tum_vm_failed(vm))
        return NULL;
    return binary_error(vm, op, a, b);
}

/* ---- one operand ---- */

struct tum_obj *tum_op_unary(struct tum_vm *vm, enum tum_unop op, struct tum_obj *a)
{
    static const char *const texts[] = {"-", "+", "~"};
    struct tum_obj *ret = NULL;

    if (a->type->unary != NULL && a->type->unary(vm, op, a, &ret))
        return ret;
    if (tum_is_int(a)) {
        tum_val v = tum_as_int(a)->v;

        if (op == TUM_OP_NEG && v.kind == TUM_INT && v.as.i != INT64_MIN)
            return tum_new_int(vm, -v.as.i);
        return tum_new_number(vm, op == TUM_OP_NEG   ? tum_int_neg(v)
                                  : op == TUM_OP_POS ? tum_int_plus(v)
                                                     : tum_int_invert(v));
    }
    if (tum_kind_of(a) == TUM_O_FLOAT && op != TUM_OP_INVERT)
        return op == TUM_OP_NEG ? tum_new_float(vm, -tum_as_float(a)->f)
                                : tum_new_float(vm, tum_as_float(a)->f);
    return tum_raise_type(vm, "bad operand type for unary %s: '%s'", texts[op],
                          a->type->name);
}

struct tum_obj *tum_op_abs(struct tum_vm *vm, struct tum_obj *o)
{
    if (tum_is_int(o))
        return tum_new_number(vm, tum_int_abs(tum_as_int(o)->v));
    if (tum_kind_of(o) == TUM_O_FLOAT)
        return tum_new_float(vm, fabs(tum_as_float(o)->f));
    return tum_raise_type(vm, "bad operand type for abs(): '%s'", o->type->name);
}

/* ---- rounding ---- */

static struct tum_obj *round_float(struct tum_vm *vm, double f, struct tum_obj *digits)
{
    struct tum_error *err = NULL;
    int64_t n;
    double r;
    tum_val v;

    if (digits == NULL)
        return tum_int_of_double(f, TUM_EVEN, &v, &err) ? tum_new_number(vm, v)
                                                        : tum_raise_error(vm, err);
    if (!tum_arg_index_clip(vm, digits, &n))
        return NULL;
    return tum_float_round(f, n, &r, &err) ? tum_new_float(vm, r)
                                           : tum_raise_error(vm, err);
}

struct tum_obj *tum_op_round(struct tum_vm *vm, struct tum_obj *o,
                             struct tum_obj *digits)
{
    struct tum_error *err = NULL;
    tum_val v;

    if (digits != NULL && tum_is_none(digits))
        digits = NULL;
    if (digits != NULL && !tum_is_int(digits) && is_number(o))
        return tum_raise_type(vm, "'%s' object cannot be interpreted as an integer",
                              digits->type->name);
    if (tum_kind_of(o) == TUM_O_FLOAT)
        return round_float(vm, tum_as_float(o)->f, digits);
    if (!tum_is_int(o))
        return tum_raise_type(vm, "type %s doesn't define __round__ method",
                              o->type->name);
    if (digits == NULL)
        return tum_new_number(vm, tum_int_plus(tum_as_int(o)->v));
    return tum_int_round(tum_as_int(o)->v, tum_as_int(digits)->v, &v, &err)
               ? tum_new_number(vm, v)
               : tum_raise_error(vm, err);
}
