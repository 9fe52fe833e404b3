/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values to objects and back.
 */
#include "lang/ops.h"

/* ---- values to objects ---- */

static struct tum_obj *of_seq(struct tum_vm *vm, tum_val v)
{
    struct tum_oseq *seq = v.kind == TUM_TUPLE ? tum_new_tuple(vm, tum_list_len(v))
                                               : tum_new_list(vm, tum_list_len(v));
    size_t i = 0;

    tum_list_each (e, v) {
        seq->items[i] = tum_obj_of_val(vm, *e);
        if (seq->items[i++] == NULL)
            return NULL;
    }
    return &seq->head;
}

static struct tum_obj *of_set(struct tum_vm *vm, tum_val v)
{
    struct tum_oset *set = tum_new_set(vm, false);

    tum_list_each (e, v) {
        struct tum_obj *o = tum_obj_of_val(vm, *e);

        if (o == NULL || !tum_oset_add(vm, set, o))
            return NULL;
    }
    return &set->head;
}

static struct tum_obj *of_map(struct tum_vm *vm, tum_val v)
{
    struct tum_odict *dict = tum_new_dict(vm);

    tum_map_each (e, v) {
        struct tum_obj *key = tum_obj_of_val(vm, e->key), *value;

        if (key == NULL)
            return NULL;
        value = tum_obj_of_val(vm, e->value);
        if (value == NULL || !tum_dict_set(vm, dict, key, value))
            return NULL;
    }
    return &dict->head;
}

static struct tum_obj *of_date(struct tum_vm *vm, tum_val v)
{
    struct tum_odate *o;
    struct tum_date date;

    tum_val_get_date(v, &date);
    o = tum_new_obj(vm, date.has_time ? &tum_type_datetime : &tum_type_date,
                    struct tum_odate);
    o->v = v;
    return &o->head;
}

/* Values nest at most TUM_VAL_DEPTH deep, and frames here are small. */
struct tum_obj *tum_obj_of_val(struct tum_vm *vm, tum_val v)
{
    struct tum_obj *o;

    if (!tum_vm_step(vm) || !tum_vm_stack(vm))
        return NULL;
    switch (tum_val_kind(v)) {
    case TUM_NONE:
        return vm->none;
    case TUM_BOOL:
    case TUM_INT:
        return tum_new_number(vm, v);
    case TUM_BIGINT:
        return tum_new_number(vm, tum_val_ref(v));
    case TUM_FLOAT:
        return tum_new_float(vm, v.as.f);
    case TUM_DATE:
        return of_date(vm, v);
    case TUM_STR:
        tum_vm_hold(vm, tum_val_ref(v));
        o = tum_new_str_kept(vm, tum_val_text(v));
        if (tum_val_is_ascii(v))
            tum_as_str(o)->count = tum_as_str(o)->n;
        return o;
    case TUM_BYTES:
        return tum_new_bytes(vm, tum_val_text(v).s, tum_val_text(v).n);
    case TUM_LIST:
    case TUM_TUPLE:
        return of_seq(vm, v);
    case TUM_MAP:
        return of_map(vm, v);
    case TUM_SET:
        return of_set(vm, v);
    }
    tum_bug("a value of kind %d", v.kind);
}

/* ---- objects to values ---- */

static bool to_val(struct tum_vm *vm, struct tum_obj *o, unsigned depth, tum_val *ret);

static bool not_plain(struct tum_vm *vm, const struct tum_obj *o)
{
    return tum_raise_type_false(vm, "result of type %s is not a plain value",
                                o->type->name);
}

static bool seq_to_val(struct tum_vm *vm, struct tum_oseq *seq, unsigned depth,
                       tum_val *ret)
{
    struct tum_list_builder *b = tum_list_begin(seq->n);
    tum_val v;

    for (size_t i = 0; i < seq->n; i++) {
        if (!to_val(vm, seq->items[i], depth + 1, &v) || !tum_list_add(b, v)) {
            tum_list_drop(b);
            return false;
        }
    }
    *ret = tum_list_end(b);
    return true;
}

/* A key as JSON writes it. */
static bool key_to_val(struct tum_vm *vm, struct tum_obj *key, tum_val *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    switch (tum_kind_of(key)) {
    case TUM_O_STR:
        *ret = tum_val_str_valid(tum_as_str(key)->s, tum_as_str(key)->n);
        return true;
    case TUM_O_NONE:
        *ret = tum_val_str("null");
        return true;
    case TUM_O_BOOL:
        *ret = tum_val_str(tum_as_int(key)->v.as.b ? "true" : "false");
        return true;
    case TUM_O_FLOAT: {
        double f = tum_as_float(key)->f;

        if (f != f || f - f != 0) {
            *ret = tum_val_str(f != f ? "NaN" : f > 0 ? "Infinity" : "-Infinity");
            return true;
        }
        break;
    }
    case TUM_O_INT:
        break;
    default:
        return tum_raise_type_false(vm, "keys of type %s are not plain values",
                                    key->type->name);
    }
    if (!tum_op_write_repr(vm, key, &text))
        return false;
    *ret = tum_val_str_valid(text.s, text.len);
    return true;
}

static bool dict_to_val(struct tum_vm *vm, struct tum_odict *dict, unsigned depth,
                        tum_val *ret)
{
    struct tum_map_builder *b = tum_map_begin(dict->n);
    struct tum_dict_entry *e;
    tum_val key, value;

    for (size_t at = 0; (e = tum_dict_next(dict, &at)) != NULL;) {
        if (!key_to_val(vm, e->key, &key))
            goto failed;
        if (!to_val(vm, e->value, depth + 1, &value)) {
            tum_val_unref(key);
            goto failed;
        }
        if (!tum_map_add(b, key, value))
            goto failed;
    }
    *ret = tum_map_end(b);
    return true;
failed:
    tum_map_drop(b);
    return false;
}

static bool to_val(struct tum_vm *vm, struct tum_obj *o, unsigned depth, tum_val *ret)
{
    if (depth >= TUM_VAL_DEPTH)
        return tum_raise_value_false(vm, "result is nested too deep");
    if (!tum_vm_step(vm) || !tum_vm_stack(vm))
        return false;
    switch (tum_kind_of(o)) {
    case TUM_O_NONE:
        *ret = tum_val_none();
        return true;
    case TUM_O_BOOL:
    case TUM_O_INT:
        *ret = tum_val_ref(tum_as_int(o)->v);
        return true;
    case TUM_O_FLOAT:
        *ret = tum_val_float(tum_as_float(o)->f);
        return true;
    case TUM_O_STR:
        *ret = tum_val_str_valid(tum_as_str(o)->s, tum_as_str(o)->n);
        return true;
    case TUM_O_LIST:
    case TUM_O_TUPLE:
        return seq_to_val(vm, tum_as_seq(o), depth, ret);
    case TUM_O_DICT:
        return dict_to_val(vm, tum_as_dict(o), depth, ret);
    case TUM_O_DATE:
        *ret = tum_as_date(o)->v;
        return true;
    default:
        return not_plain(vm, o);
    }
}

bool tum_obj_to_val(struct tum_vm *vm, struct tum_obj *o, tum_val *ret)
{
    return to_val(vm, o, 0, ret);
}
