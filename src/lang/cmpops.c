/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparisons: equality, order, identity, membership.
 */
#include "base/utf8.h"
#include "lang/ops.h"
#include "lang/setops.h"
#include "value/vnum.h"

const char *tum_cmpop_text(enum tum_cmpop op)
{
    static const char *const texts[] = {"<",  "<=", "==",     "!=", ">",
                                        ">=", "in", "not in", "is", "is not"};

    return texts[op];
}

static bool is_number(const struct tum_obj *o)
{
    return tum_is_int(o) || tum_kind_of(o) == TUM_O_FLOAT;
}

static tum_val number(struct tum_obj *o)
{
    return tum_is_int(o) ? tum_as_int(o)->v : tum_val_float(tum_as_float(o)->f);
}

/* ---- equality ---- */

static bool seq_eq(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret)
{
    struct tum_oseq *s = tum_as_seq(a), *t = tum_as_seq(b);

    *ret = s->n == t->n;
    for (size_t i = 0; *ret && i < s->n && i < t->n; i++) {
        if (!tum_vm_step(vm) || !tum_op_same(vm, s->items[i], t->items[i], ret))
            return false;
    }
    return true;
}

static bool dict_eq(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret)
{
    struct tum_odict *s = tum_as_dict(a), *t = tum_as_dict(b);
    struct tum_dict_entry *e;
    struct tum_obj *other;

    *ret = s->n == t->n;
    for (size_t at = 0; *ret && (e = tum_dict_next(s, &at)) != NULL;) {
        if (!tum_vm_step(vm) || !tum_dict_get(vm, t, e->key, &other))
            return false;
        if (other == NULL)
            *ret = false;
        else if (!tum_op_same(vm, e->value, other, ret))
            return false;
    }
    return true;
}

static bool range_eq(struct tum_orange *a, struct tum_orange *b)
{
    return a->n == b->n &&
           (a->n == 0 || (a->start == b->start && (a->n == 1 || a->step == b->step)));
}

static bool slice_eq(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret)
{
    struct tum_oslice *s = tum_as_slice(a), *t = tum_as_slice(b);

    return tum_op_same(vm, s->start, t->start, ret) &&
           (!*ret || tum_op_same(vm, s->stop, t->stop, ret)) &&
           (!*ret || tum_op_same(vm, s->step, t->step, ret));
}

static bool native_eq(struct tum_onative *a, struct tum_onative *b)
{
    return a->what == b->what && a->self == b->self && a->owner == b->owner;
}

/* Two objects of one kind, or sets and views. */
static bool builtin_eq(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b,
                       bool *ret)
{
    if ((tum_is_set(a) || tum_is_setlike_view(a)) &&
        (tum_is_set(b) || tum_is_setlike_view(b)))
        return tum_set_compare(vm, TUM_CMP_EQ, a, b, ret);
    *ret = false;
    if (tum_kind_of(a) != tum_kind_of(b))
        return true;
    switch (tum_kind_of(a)) {
    case TUM_O_STR:
    case TUM_O_BYTES:
        *ret = tum_str_eq(tum_text_of(a), tum_text_of(b));
        return true;
    case TUM_O_LIST:
    case TUM_O_TUPLE:
        return seq_eq(vm, a, b, ret);
    case TUM_O_DICT:
        return dict_eq(vm, a, b, ret);
    case TUM_O_RANGE:
        *ret = range_eq(tum_as_range(a), tum_as_range(b));
        return true;
    case TUM_O_SLICE:
        return slice_eq(vm, a, b, ret);
    case TUM_O_DATE:
        *ret = tum_val_eq(tum_as_date(a)->v, tum_as_date(b)->v);
        return true;
    case TUM_O_TYPE:
        *ret = tum_as_type(a)->what == tum_as_type(b)->what;
        return true;
    case TUM_O_MODULE:
        *ret = tum_as_module(a)->what == tum_as_module(b)->what;
        return true;
    case TUM_O_NATIVE:
        *ret = native_eq(tum_as_native(a), tum_as_native(b));
        return true;
    case TUM_O_NONE:
    case TUM_O_ELLIPSIS:
        *ret = true;
        return true;
    default:
        *ret = a == b;
        return true;
    }
}

bool tum_op_eq(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret)
{
    struct tum_obj *o;

    if (is_number(a) && is_number(b)) {
        *ret = tum_num_eq(number(a), number(b));
        return true;
    }
    if (!tum_vm_stack(vm))
        return false;
    if ((a->type->compare != NULL && a->type->compare(vm, TUM_CMP_EQ, a, b, &o)) ||
        (b->type->compare != NULL && b->type->compare(vm, TUM_CMP_EQ, b, a, &o)))
        return o != NULL && tum_op_truth(vm, o, ret);
    return !tum_vm_failed(vm) && builtin_eq(vm, a, b, ret);
}

bool tum_op_same(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret)
{
    if (a == b) {
        *ret = true;
        return true;
    }
    return tum_op_eq(vm, a, b, ret);
}

/* ---- identity ---- */

bool tum_op_is(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret)
{
    enum tum_okind kind = tum_kind_of(a);
    bool eq;

    *ret = a == b;
    if (*ret || kind != tum_kind_of(b))
        return true;
    switch (kind) {
    case TUM_O_NONE:
    case TUM_O_ELLIPSIS:
        *ret = true;
        return true;
    case TUM_O_BOOL:
        *ret = tum_as_int(a)->v.as.b == tum_as_int(b)->v.as.b;
        return true;
    case TUM_O_TYPE:
    case TUM_O_MODULE:
        return builtin_eq(vm, a, b, ret);
    case TUM_O_NATIVE:
        if (tum_as_native(a)->self != NULL || tum_as_native(b)->self != NULL)
            return true; /* bound anew each time */
        return builtin_eq(vm, a, b, ret);
    case TUM_O_INT:
    case TUM_O_FLOAT:
    case TUM_O_STR:
    case TUM_O_BYTES:
    case TUM_O_TUPLE:
    case TUM_O_FROZENSET:
        /* Equal constants may or may not be one object; unequal ones are two. */
        if (!tum_op_eq(vm, a, b, &eq))
            return false;
        if (!eq)
            return true;
        if (kind == TUM_O_INT && tum_as_int(a)->v.kind == TUM_INT &&
            tum_as_int(a)->v.as.i >= TUM_SMALL_MIN &&
            tum_as_int(a)->v.as.i <= TUM_SMALL_MAX) {
            *ret = true;
            return true;
        }
        return tum_unsupported_false(vm, "identity of equal constants");
    default:
        return true;
    }
}

/* ---- order ---- */

static bool order_holds(enum tum_cmpop op, int order)
{
    if (order == TUM_UNORDERED)
        return false;
    switch (op) {
    case TUM_CMP_LT:
        return order < 0;
    case TUM_CMP_LE:
        return order <= 0;
    case TUM_CMP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* The first elements that differ decide; then the lengths. */
static struct tum_obj *seq_order(struct tum_vm *vm, enum tum_cmpop op,
                                 struct tum_obj *a, struct tum_obj *b)
{
    struct tum_oseq *s = tum_as_seq(a), *t = tum_as_seq(b);
    bool same = true;
    size_t i = 0;

    for (; i < s->n && i < t->n; i++) {
        if (!tum_vm_step(vm) || !tum_op_same(vm, s->items[i], t->items[i], &same))
            return NULL;
        if (!same)
            return tum_op_compare(vm, op, s->items[i], t->items[i]);
    }
    return tum_new_bool(vm, order_holds(op, s->n < t->n ? -1 : s->n > t->n));
}

static struct tum_obj *order_error(struct tum_vm *vm, enum tum_cmpop op,
                                   struct tum_obj *a, struct tum_obj *b)
{
    return tum_raise_type(vm, "'%s' not supported between instances of '%s' and '%s'",
                          tum_cmpop_text(op), a->type->name, b->type->name);
}

static struct tum_obj *order(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *a,
                             struct tum_obj *b)
{
    bool holds;
    int way;

    if ((tum_is_set(a) || tum_is_setlike_view(a)) &&
        (tum_is_set(b) || tum_is_setlike_view(b)))
        return tum_set_compare(vm, op, a, b, &holds) ? tum_new_bool(vm, holds) : NULL;
    if (tum_kind_of(a) != tum_kind_of(b))
        return order_error(vm, op, a, b);
    switch (tum_kind_of(a)) {
    case TUM_O_STR:
    case TUM_O_BYTES:
        way = tum_str_cmp(tum_text_of(a), tum_text_of(b));
        return tum_new_bool(vm, order_holds(op, way));
    case TUM_O_LIST:
    case TUM_O_TUPLE:
        return seq_order(vm, op, a, b);
    case TUM_O_DATE:
        if (tum_val_cmp(tum_as_date(a)->v, tum_as_date(b)->v, &way))
            return tum_new_bool(vm, order_holds(op, way));
        return order_error(vm, op, a, b);
    case TUM_O_SLICE:
        return tum_unsupported(vm, "the order of slices");
    default:
        return order_error(vm, op, a, b);
    }
}

static enum tum_cmpop mirrored(enum tum_cmpop op)
{
    switch (op) {
    case TUM_CMP_LT:
        return TUM_CMP_GT;
    case TUM_CMP_LE:
        return TUM_CMP_GE;
    case TUM_CMP_GT:
        return TUM_CMP_LT;
    case TUM_CMP_GE:
        return TUM_CMP_LE;
    default:
        return op;
    }
}

static struct tum_obj *compare_values(struct tum_vm *vm, enum tum_cmpop op,
                                      struct tum_obj *a, struct tum_obj *b)
{
    struct tum_obj *o;
    bool eq;

    if (is_number(a) && is_number(b)) {
        if (op == TUM_CMP_EQ || op == TUM_CMP_NE)
            return tum_new_bool(vm,
                                tum_num_eq(number(a), number(b)) == (op == TUM_CMP_EQ));
        return tum_new_bool(vm, order_holds(op, tum_num_cmp(number(a), number(b))));
    }
    if (!tum_vm_stack(vm))
        return NULL;
    if (a->type->compare != NULL && a->type->compare(vm, op, a, b, &o))
        return o;
    if (b->type->compare != NULL && b->type->compare(vm, mirrored(op), b, a, &o))
        return o;
    if (tum_vm_failed(vm))
        return NULL;
    if (op == TUM_CMP_EQ || op == TUM_CMP_NE)
        return builtin_eq(vm, a, b, &eq) ? tum_new_bool(vm, eq == (op == TUM_CMP_EQ))
                                         : NULL;
    return order(vm, op, a, b);
}

struct tum_obj *tum_op_compare(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *a,
                               struct tum_obj *b)
{
    bool holds;

    switch (op) {
    case TUM_CMP_IN:
    case TUM_CMP_NOT_IN:
        return tum_op_in(vm, a, b, &holds)
                   ? tum_new_bool(vm, holds == (op == TUM_CMP_IN))
                   : NULL;
    case TUM_CMP_IS:
    case TUM_CMP_IS_NOT:
        return tum_op_is(vm, a, b, &holds)
                   ? tum_new_bool(vm, holds == (op == TUM_CMP_IS))
                   : NULL;
    default:
        return compare_values(vm, op, a, b);
    }
}

bool tum_op_holds(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *a,
                  struct tum_obj *b, bool *ret)
{
    struct tum_obj *o = tum_op_compare(vm, op, a, b);

    return o != NULL && tum_op_truth(vm, o, ret);
}

bool tum_op_less(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret)
{
    return tum_op_holds(vm, TUM_CMP_LT, a, b, ret);
}

/* ---- membership ---- */

static bool in_seq(struct tum_vm *vm, struct tum_obj *item, struct tum_oseq *seq,
                   bool *ret)
{
    *ret = false;
    for (size_t i = 0; !*ret && i < seq->n; i++) {
        if (!tum_vm_step(vm) || !tum_op_same(vm, seq->items[i], item, ret))
            return false;
    }
    return true;
}

static bool in_text(struct tum_vm *vm, struct tum_obj *item, struct tum_obj *text,
                    bool *ret)
{
    if (!tum_is_str(item))
        return tum_raise_type_false(
            vm, "'in <string>' requires string as left operand, not %s",
            item->type->name);
    *ret = tum_str_find(tum_text_of(text), tum_text_of(item), 0) != TUM_STR_NONE;
    return tum_vm_work(vm, tum_as_str(text)->n / 256);
}

static bool in_bytes(struct tum_vm *vm, struct tum_obj *item, struct tum_obj *bytes,
                     bool *ret)
{
    struct tum_str text = tum_text_of(bytes);
    int64_t value;

    if (tum_kind_of(item) == TUM_O_BYTES) {
        *ret = tum_str_find(text, tum_text_of(item), 0) != TUM_STR_NONE;
        return true;
    }
    if (!tum_is_int(item))
        return tum_raise_type_false(vm, "a bytes-like object is required, not '%s'",
                                    item->type->name);
    if (!tum_val_to_int64(tum_as_int(item)->v, &value) || value < 0 || value > 255)
        return tum_raise_value_false(vm, "byte must be in range(0, 256)");
    *ret = tum_str_find_char(text, (char)value, 0) != TUM_STR_NONE;
    return true;
}

static bool in_range(struct tum_obj *item, struct tum_orange *r)
{
    int64_t i;

    if (tum_kind_of(item) == TUM_O_FLOAT) {
        double f = tum_as_float(item)->f;

        if (!(f >= -9e18 && f <= 9e18) || f != (double)(int64_t)f)
            return false;
        i = (int64_t)f;
    } else if (!tum_is_int(item) || !tum_val_to_int64(tum_as_int(item)->v, &i)) {
        return false;
    }
    if (r->step > 0 ? i < r->start || i >= r->stop : i > r->start || i <= r->stop)
        return false;
    if (r->step > 0)
        return ((uint64_t)i - (uint64_t)r->start) % (uint64_t)r->step == 0;
    return ((uint64_t)r->start - (uint64_t)i) % (0 - (uint64_t)r->step) == 0;
}

static bool in_set(struct tum_vm *vm, struct tum_obj *item, struct tum_oset *set,
                   bool *ret)
{
    struct tum_oset *frozen;

    if (tum_kind_of(item) != TUM_O_SET)
        return tum_oset_contains(vm, set, item, ret);
    frozen = tum_oset_copy(vm, tum_as_set(item), true);
    return frozen != NULL && tum_oset_contains(vm, set, &frozen->head, ret);
}

static bool in_view(struct tum_vm *vm, struct tum_obj *item, struct tum_oview *view,
                    bool *ret)
{
    struct tum_obj *value;
    struct tum_oseq *pair;

    if (view->head.type == &tum_type_dict_keys) {
        if (!tum_dict_get(vm, view->dict, item, &value))
            return false;
        *ret = value != NULL;
        return true;
    }
    *ret = false;
    if (view->head.type == &tum_type_dict_items) {
        pair = tum_as_seq(item);
        if (tum_kind_of(item) != TUM_O_TUPLE || pair->n != 2)
            return true;
        if (!tum_dict_get(vm, view->dict, pair->items[0], &value))
            return false;
        return value == NULL || tum_op_same(vm, value, pair->items[1], ret);
    }
    struct tum_dict_entry *e;

    for (size_t at = 0; !*ret && (e = tum_dict_next(view->dict, &at)) != NULL;) {
        if (!tum_vm_step(vm) || !tum_op_same(vm, e->value, item, ret))
            return false;
    }
    return true;
}

static bool in_iterable(struct tum_vm *vm, struct tum_obj *item,
                        struct tum_obj *container, bool *ret)
{
    struct tum_obj *iter, *element;

    if (!tum_is_iterable(container))
        return tum_raise_type_false(vm, "argument of type '%s' is not iterable",
                                    container->type->name);
    iter = tum_op_iter(vm, container);
    if (iter == NULL)
        return false;
    *ret = false;
    while (!*ret && tum_iter_next(vm, iter, &element)) {
        if (!tum_op_same(vm, element, item, ret))
            return false;
    }
    return !tum_vm_failed(vm);
}

bool tum_op_in(struct tum_vm *vm, struct tum_obj *item, struct tum_obj *container,
               bool *ret)
{
    struct tum_obj *value;

    if (container->type->contains != NULL)
        return container->type->contains(vm, container, item, ret);
    switch (tum_kind_of(container)) {
    case TUM_O_STR:
        return in_text(vm, item, container, ret);
    case TUM_O_BYTES:
        return in_bytes(vm, item, container, ret);
    case TUM_O_LIST:
    case TUM_O_TUPLE:
        return in_seq(vm, item, tum_as_seq(container), ret);
    case TUM_O_DICT:
        if (!tum_dict_get(vm, tum_as_dict(container), item, &value))
            return false;
        *ret = value != NULL;
        return true;
    case TUM_O_SET:
    case TUM_O_FROZENSET:
        return in_set(vm, item, tum_as_set(container), ret);
    case TUM_O_RANGE:
        if (item->type->compare != NULL)
            return in_iterable(vm, item, container, ret);
        *ret = in_range(item, tum_as_range(container));
        return true;
    case TUM_O_VIEW:
        return in_view(vm, item, tum_as_view(container), ret);
    default:
        return in_iterable(vm, item, container, ret);
    }
}
