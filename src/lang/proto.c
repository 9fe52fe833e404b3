/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Truth, length, hash, elements and items of any object. Iterators are made in iters.c,
 * text is repr.c.
 */
#include "base/utf8.h"
#include "lang/iters.h"
#include "lang/ops.h"
#include "value/vnum.h"
#include <math.h>

/* ---- truth and length ---- */

bool tum_op_truth(struct tum_vm *vm, struct tum_obj *o, bool *ret)
{
    size_t n;

    if (o->type->truth != NULL)
        return o->type->truth(vm, o, ret);
    switch (tum_kind_of(o)) {
    case TUM_O_NONE:
        *ret = false;
        return true;
    case TUM_O_BOOL:
    case TUM_O_INT:
        *ret = tum_int_sign(tum_as_int(o)->v) != 0;
        return true;
    case TUM_O_FLOAT:
        *ret = tum_as_float(o)->f != 0;
        return true;
    case TUM_O_STR:
    case TUM_O_BYTES:
        *ret = tum_as_str(o)->n != 0;
        return true;
    case TUM_O_LIST:
    case TUM_O_TUPLE:
    case TUM_O_DICT:
    case TUM_O_SET:
    case TUM_O_FROZENSET:
    case TUM_O_RANGE:
    case TUM_O_VIEW:
        break;
    default:
        if (o->type->len != NULL)
            break;
        *ret = true;
        return true;
    }
    if (!tum_op_len(vm, o, &n))
        return false;
    *ret = n != 0;
    return true;
}

bool tum_op_len(struct tum_vm *vm, struct tum_obj *o, size_t *ret)
{
    if (o->type->len != NULL)
        return o->type->len(vm, o, ret);
    switch (tum_kind_of(o)) {
    case TUM_O_STR:
        *ret = tum_ostr_count(o);
        return true;
    case TUM_O_BYTES:
        *ret = tum_as_str(o)->n;
        return true;
    case TUM_O_LIST:
    case TUM_O_TUPLE:
        *ret = tum_as_seq(o)->n;
        return true;
    case TUM_O_DICT:
        *ret = tum_as_dict(o)->n;
        return true;
    case TUM_O_SET:
    case TUM_O_FROZENSET:
        *ret = tum_as_set(o)->n;
        return true;
    case TUM_O_RANGE:
        if (tum_as_range(o)->n > INT64_MAX)
            return tum_raise_false(vm, "OverflowError",
                                   "Python int too large to convert to C ssize_t");
        *ret = tum_as_range(o)->n;
        return true;
    case TUM_O_VIEW:
        *ret = tum_as_view(o)->dict->n;
        return true;
    default:
        return tum_raise_type_false(vm, "object of type '%s' has no len()",
                                    o->type->name);
    }
}

/* ---- hash ---- */

/* CPython reduces numbers modulo this prime; equal numbers of all types agree. */
#define HASH_BITS 61
#define HASH_MOD  (((uint64_t)1 << HASH_BITS) - 1)

/* What CPython makes of a hash of -1, which it uses for errors. */
static uint64_t signed_hash(uint64_t rest, bool negative)
{
    uint64_t hash = negative ? 0 - rest : rest;

    return hash == UINT64_MAX ? UINT64_MAX - 1 : hash;
}

static uint64_t hash_int(tum_val v)
{
    struct tum_error *err = NULL;
    tum_val positive, rest = tum_val_none();
    uint64_t hash = 0;

    if (v.kind == TUM_BOOL)
        return v.as.b;
    if (v.kind == TUM_INT) {
        uint64_t size = v.as.i < 0 ? 0 - (uint64_t)v.as.i : (uint64_t)v.as.i;

        return signed_hash(size % HASH_MOD, v.as.i < 0);
    }
    positive = tum_int_abs(v);
    if (tum_int_mod(positive, tum_val_int((int64_t)HASH_MOD), &rest, &err))
        hash = signed_hash((uint64_t)rest.as.i, tum_int_sign(v) < 0);
    tum_error_free(err);
    tum_val_unref(positive);
    return hash;
}

static uint64_t hash_float(struct tum_obj *o)
{
    double f = tum_as_float(o)->f, m;
    uint64_t x = 0;
    int e;

    if (isinf(f))
        return f > 0 ? 314159 : (uint64_t)-314159;
    if (isnan(f))
        return (uint64_t)(uintptr_t)o >> 4; /* by identity */
    m = frexp(fabs(f), &e);
    while (m != 0) {
        uint64_t y;

        x = ((x << 28) & HASH_MOD) | x >> (HASH_BITS - 28);
        m *= 268435456.0;
        e -= 28;
        y = (uint64_t)m;
        m -= (double)y;
        x += y;
        if (x >= HASH_MOD)
            x -= HASH_MOD;
    }
    e = e >= 0 ? e % HASH_BITS : HASH_BITS - 1 - (-1 - e) % HASH_BITS;
    x = ((x << e) & HASH_MOD) | x >> (HASH_BITS - e);
    return signed_hash(x, f < 0);
}

static bool hash_tuple(struct tum_vm *vm, struct tum_oseq *tuple, uint64_t *ret)
{
    uint64_t acc = 2870177450012600261u, lane;

    if (!tum_vm_stack(vm))
        return false;
    for (size_t i = 0; i < tuple->n; i++) {
        if (!tum_op_hash(vm, tuple->items[i], &lane))
            return false;
        acc += lane * 14029467366897019727u;
        acc = acc << 31 | acc >> 33;
        acc *= 11400714785074694791u;
    }
    acc += tuple->n ^ (2870177450012600261u ^ 3527539u);
    *ret = acc == UINT64_MAX ? 1546275796 : acc;
    return true;
}

static bool hash_frozenset(struct tum_oset *set, uint64_t *ret)
{
    uint64_t hash = 0;

    for (size_t i = 0; i <= set->mask; i++) {
        uint64_t h = set->slots[i].hash;

        if (set->slots[i].key != NULL)
            hash ^= ((h ^ 89869747u) ^ (h << 16)) * 3644798167u;
    }
    hash ^= (set->n + 1) * 1927868237u;
    hash ^= (hash >> 11) ^ (hash >> 25);
    *ret = hash * 69069u + 907133923u;
    return true;
}

static uint64_t hash_text(struct tum_obj *o)
{
    struct tum_ostr *str = tum_as_str(o);

    if (str->hash == 0) {
        str->hash = tum_str_hash(tum_text_of(o));
        str->hash += str->hash == 0;
    }
    return str->hash;
}

static uint64_t hash_pointer(const void *p)
{
    return (uint64_t)(uintptr_t)p >> 4;
}

bool tum_op_hash(struct tum_vm *vm, struct tum_obj *o, uint64_t *ret)
{
    if (o->type->unhashable)
        return tum_raise_type_false(vm, "unhashable type: '%s'", o->type->name);
    if (o->type->hash != NULL)
        return o->type->hash(vm, o, ret);
    switch (tum_kind_of(o)) {
    case TUM_O_BOOL:
    case TUM_O_INT:
        *ret = hash_int(tum_as_int(o)->v);
        return true;
    case TUM_O_FLOAT:
        *ret = hash_float(o);
        return true;
    case TUM_O_STR:
    case TUM_O_BYTES:
        *ret = hash_text(o);
        return true;
    case TUM_O_TUPLE:
        return hash_tuple(vm, tum_as_seq(o), ret);
    case TUM_O_FROZENSET:
        return hash_frozenset(tum_as_set(o), ret);
    case TUM_O_NONE:
    case TUM_O_ELLIPSIS:
        *ret = hash_pointer(o->type);
        return true;
    case TUM_O_TYPE:
        *ret = hash_pointer(tum_as_type(o)->what);
        return true;
    case TUM_O_NATIVE:
        *ret = hash_pointer(tum_as_native(o)->what);
        return true;
    case TUM_O_MODULE:
        *ret = hash_pointer(tum_as_module(o)->what);
        return true;
    case TUM_O_RANGE:
        *ret = tum_as_range(o)->n;
        return true;
    case TUM_O_DATE:
        return tum_val_hash(tum_as_date(o)->v, ret) ||
               tum_unsupported_false(vm, "the hash of a date");
    default:
        *ret = hash_pointer(o);
        return true;
    }
}

/* ---- elements ---- */

bool tum_is_iterable(const struct tum_obj *o)
{
    switch (tum_kind_of(o)) {
    case TUM_O_STR:
    case TUM_O_BYTES:
    case TUM_O_LIST:
    case TUM_O_TUPLE:
    case TUM_O_DICT:
    case TUM_O_SET:
    case TUM_O_FROZENSET:
    case TUM_O_RANGE:
    case TUM_O_VIEW:
    case TUM_O_ITER:
        return true;
    default:
        return o->type->iter != NULL || o->type->next != NULL;
    }
}

struct tum_obj *tum_op_iter(struct tum_vm *vm, struct tum_obj *o)
{
    if (o->type->iter != NULL)
        return o->type->iter(vm, o);
    if (o->type->next != NULL)
        return o;
    if (!tum_is_iterable(o))
        return tum_raise_type(vm, "'%s' object is not iterable", o->type->name);
    return tum_iter_of(vm, o);
}

bool tum_iter_next(struct tum_vm *vm, struct tum_obj *iter, struct tum_obj **ret)
{
    if (!tum_vm_step(vm))
        return false;
    if (iter->type->next(vm, iter, ret))
        return true;
    /* A function called on the way that ran out of elements ends this one, too. */
    if (tum_raised(vm, "StopIteration"))
        tum_raised_clear(vm);
    return false;
}

bool tum_olist_extend(struct tum_vm *vm, struct tum_oseq *list, struct tum_obj *from)
{
    struct tum_obj *iter, *item;

    if (tum_kind_of(from) == TUM_O_LIST || tum_kind_of(from) == TUM_O_TUPLE) {
        struct tum_oseq *seq = tum_as_seq(from);
        size_t n = seq->n; /* it may be the list itself */

        if (seq->head.type->iter == NULL) {
            for (size_t i = 0; i < n; i++) {
                if (!tum_olist_append(vm, list, seq->items[i]))
                    return false;
            }
            return tum_vm_work(vm, n / 16);
        }
    }
    iter = tum_op_iter(vm, from);
    if (iter == NULL)
        return false;
    while (tum_iter_next(vm, iter, &item)) {
        if (!tum_olist_append(vm, list, item))
            return false;
    }
    return !tum_vm_failed(vm);
}

struct tum_oseq *tum_op_list(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_oseq *list = tum_new_list(vm, 0);

    return tum_olist_extend(vm, list, o) ? list : NULL;
}

struct tum_oseq *tum_op_tuple(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_oseq *list;

    if (o->type == &tum_type_tuple)
        return tum_as_seq(o);
    list = tum_op_list(vm, o);
    if (list != NULL)
        list->head.type = &tum_type_tuple; /* nobody else has it yet */
    return list;
}

struct tum_oseq *tum_op_items(struct tum_vm *vm, struct tum_obj *o)
{
    if ((tum_kind_of(o) == TUM_O_LIST || tum_kind_of(o) == TUM_O_TUPLE) &&
        o->type->iter == NULL)
        return tum_as_seq(o);
    return tum_op_list(vm, o);
}

/* ---- items ---- */

/* Index of an item in n; IndexError. */
static bool item_index(struct tum_vm *vm, struct tum_obj *o, struct tum_obj *key,
                       size_t n, size_t *ret)
{
    const char *what = tum_is_str(o)                   ? "string"
                       : tum_kind_of(o) == TUM_O_BYTES ? "index"
                       : tum_kind_of(o) == TUM_O_RANGE ? "range object"
                       : o->type->base != NULL         ? o->type->base->name
                                                       : o->type->name;
    int64_t i;

    if (!tum_is_int(key)) {
        if (tum_is_str(o))
            return tum_raise_type_false(vm, "string indices must be integers, not '%s'",
                                        key->type->name);
        return tum_raise_type_false(vm, "%s indices must be integers or slices, not %s",
                                    tum_kind_of(o) == TUM_O_RANGE   ? "range"
                                    : tum_kind_of(o) == TUM_O_BYTES ? "byte"
                                                                    : what,
                                    key->type->name);
    }
    if (!tum_val_to_int64(tum_as_int(key)->v, &i)) {
        if (tum_kind_of(o) == TUM_O_RANGE)
            return tum_raise_false(vm, "IndexError", "range object index out of range");
        return tum_raise_false(vm, "IndexError",
                               "cannot fit 'int' into an index-sized integer");
    }
    if (i < 0)
        i += (int64_t)n;
    if (i < 0 || (uint64_t)i >= n)
        return tum_raise_false(vm, "IndexError",
                               tum_kind_of(o) == TUM_O_BYTES ? "%s out of range"
                                                             : "%s index out of range",
                               what);
    *ret = (size_t)i;
    return true;
}

static struct tum_obj *text_item(struct tum_vm *vm, struct tum_obj *o,
                                 struct tum_obj *key)
{
    struct tum_ostr *str = tum_as_str(o);
    size_t i, at, n;

    if (!item_index(vm, o, key, tum_ostr_count(o), &i))
        return NULL;
    if (tum_ostr_is_ascii(o))
        return vm->chars[(unsigned char)str->s[i]];
    at = tum_ostr_offset(o, i);
    n = tum_ostr_offset(o, i + 1) - at;
    return tum_new_part(vm, o, at, n);
}

static struct tum_obj *bytes_slice(struct tum_vm *vm, struct tum_obj *o,
                                   struct tum_oslice *slice)
{
    int64_t start, step;
    size_t n;
    char *part;

    if (!tum_slice_bounds(vm, slice, tum_as_str(o)->n, &start, &step, &n))
        return NULL;
    part = tum_vm_alloc(vm, n + 1);
    for (size_t i = 0; i < n; i++)
        part[i] = tum_as_str(o)->s[start + (int64_t)i * step];
    return tum_new_bytes(vm, part, n);
}

static struct tum_obj *text_slice(struct tum_vm *vm, struct tum_obj *o,
                                  struct tum_oslice *slice)
{
    struct tum_ostr *str = tum_as_str(o);
    int64_t start, step;
    size_t n, from;
    char *part;

    if (!tum_slice_bounds(vm, slice, tum_ostr_count(o), &start, &step, &n))
        return NULL;
    if (n == 0)
        return vm->empty_str;
    if (step == 1) {
        from = tum_ostr_offset(o, (size_t)start);
        return tum_new_part(vm, o, from, tum_ostr_offset(o, (size_t)start + n) - from);
    }
    if (!tum_vm_room(vm, n * 4) || !tum_vm_work(vm, n / 16))
        return NULL;
    if (tum_ostr_is_ascii(o)) {
        part = tum_vm_alloc(vm, n);
        for (size_t i = 0; i < n; i++)
            part[i] = str->s[start + (int64_t)i * step];
        return tum_new_str_kept(vm, tum_str_n(part, n));
    }

    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    for (size_t i = 0; i < n; i++) {
        size_t index = (size_t)(start + (int64_t)i * step);

        from = tum_ostr_offset(o, index);
        tum_buf_add(&out, str->s + from, tum_ostr_offset(o, index + 1) - from);
        if (step < -64 || step > 64)
            tum_vm_work(vm, (size_t)(step < 0 ? -step : step) / 64);
        if (tum_vm_failed(vm))
            return NULL;
    }
    return tum_new_str_buf(vm, &out);
}

static struct tum_obj *seq_slice(struct tum_vm *vm, struct tum_obj *o,
                                 struct tum_oslice *slice)
{
    struct tum_oseq *seq = tum_as_seq(o), *part;
    int64_t start, step;
    size_t n;

    if (!tum_slice_bounds(vm, slice, seq->n, &start, &step, &n))
        return NULL;
    if (!tum_vm_room(vm, n * sizeof(*seq->items)) || !tum_vm_work(vm, n / 16))
        return NULL;
    part = tum_kind_of(o) == TUM_O_LIST ? tum_new_list(vm, n) : tum_new_tuple(vm, n);
    for (size_t i = 0; i < n; i++)
        part->items[i] = seq->items[start + (int64_t)i * step];
    return &part->head;
}

static struct tum_obj *range_item(struct tum_vm *vm, struct tum_orange *r,
                                  struct tum_obj *key)
{
    int64_t start, stop, step;
    size_t n, i;

    if (r->n > INT64_MAX / 2)
        return tum_unsupported(vm, "a very long range");
    if (tum_kind_of(key) != TUM_O_SLICE) {
        if (!item_index(vm, &r->head, key, r->n, &i))
            return NULL;
        return tum_new_int(vm, (int64_t)((uint64_t)r->start + i * (uint64_t)r->step));
    }
    if (tum_is_int(tum_as_slice(key)->step) &&
        tum_as_int(tum_as_slice(key)->step)->v.kind == TUM_BIGINT)
        return tum_unsupported(vm, "a very long step");
    /* start, stop and step of the part as CPython computes them: they show. */
    if (!tum_slice_bounds(vm, tum_as_slice(key), r->n, &start, &step, &n) ||
        !tum_slice_stop(vm, tum_as_slice(key), r->n, &stop))
        return NULL;
    if (__builtin_mul_overflow(step, r->step, &step) ||
        __builtin_mul_overflow(start, r->step, &start) ||
        __builtin_add_overflow(start, r->start, &start) ||
        __builtin_mul_overflow(stop, r->step, &stop) ||
        __builtin_add_overflow(stop, r->start, &stop))
        return tum_unsupported(vm, "a very long range");
    return tum_new_range(vm, start, stop, step);
}

static struct tum_obj *dict_item(struct tum_vm *vm, struct tum_obj *o,
                                 struct tum_obj *key)
{
    struct tum_obj *value;

    if (!tum_dict_get(vm, tum_as_dict(o), key, &value))
        return NULL;
    return value != NULL ? value : tum_raise_key(vm, key);
}

struct tum_obj *tum_op_getitem(struct tum_vm *vm, struct tum_obj *o,
                               struct tum_obj *key)
{
    bool slice = tum_kind_of(key) == TUM_O_SLICE;
    size_t i;

    if (o->type->getitem != NULL)
        return o->type->getitem(vm, o, key);
    switch (tum_kind_of(o)) {
    case TUM_O_STR:
        return slice ? text_slice(vm, o, tum_as_slice(key)) : text_item(vm, o, key);
    case TUM_O_BYTES:
        if (slice)
            return bytes_slice(vm, o, tum_as_slice(key));
        if (!item_index(vm, o, key, tum_as_str(o)->n, &i))
            return NULL;
        return tum_new_int(vm, (unsigned char)tum_as_str(o)->s[i]);
    case TUM_O_LIST:
    case TUM_O_TUPLE:
        if (slice)
            return seq_slice(vm, o, tum_as_slice(key));
        if (!item_index(vm, o, key, tum_as_seq(o)->n, &i))
            return NULL;
        return tum_as_seq(o)->items[i];
    case TUM_O_DICT:
        return dict_item(vm, o, key);
    case TUM_O_RANGE:
        return range_item(vm, tum_as_range(o), key);
    case TUM_O_TYPE:
        if (vm->hooks == NULL)
            return tum_unsupported(vm, "a type with parameters");
        return tum_raise_type(vm, "type '%s' is not subscriptable",
                              tum_as_type(o)->what->name);
    default:
        return tum_raise_type(vm, "'%s' object is not subscriptable", o->type->name);
    }
}
