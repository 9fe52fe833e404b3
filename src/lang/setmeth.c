/* SPDX-License-Identifier: Apache-2.0 */
/*
 * set and frozenset: operators, methods and making them. The order in which results are
 * filled is CPython's, as far as it shows.
 */
#include "lang/ops.h"
#include "lang/setops.h"

/* The elements of any iterable as a set; a set is itself. */
static struct tum_oset *as_set(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_oset *set;

    if (tum_is_set(o))
        return tum_as_set(o);
    set = tum_new_set(vm, false);
    return tum_oset_update(vm, set, o) ? set : NULL;
}

/* ---- algebra ---- */

static bool add_those_in(struct tum_vm *vm, struct tum_oset *result,
                         struct tum_oset *from, struct tum_oset *other, bool wanted)
{
    struct tum_obj *key;
    bool in;

    for (size_t at = 0; (key = tum_oset_next(from, &at)) != NULL;) {
        if (!tum_vm_step(vm) || !tum_oset_contains(vm, other, key, &in))
            return false;
        if (in == wanted && !tum_oset_add(vm, result, key))
            return false;
    }
    return true;
}

static struct tum_oset *intersection(struct tum_vm *vm, struct tum_oset *a,
                                     struct tum_obj *with, bool frozen)
{
    struct tum_oset *result = tum_new_set(vm, frozen), *b;
    struct tum_obj *iter, *key;
    bool in;

    if (tum_is_set(with)) {
        b = tum_as_set(with);
        /* The smaller one is walked. */
        return add_those_in(vm, result, b->n > a->n ? a : b, b->n > a->n ? b : a, true)
                   ? result
                   : NULL;
    }
    iter = tum_op_iter(vm, with);
    while (iter != NULL && tum_iter_next(vm, iter, &key)) {
        if (!tum_oset_contains(vm, a, key, &in) ||
            (in && !tum_oset_add(vm, result, key)))
            return NULL;
    }
    return tum_vm_failed(vm) ? NULL : result;
}

/* Takes the elements of an iterable out. */
static bool subtract(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *from)
{
    struct tum_obj *iter, *key;
    bool was;

    if (from == &set->head) {
        tum_oset_clear(vm, set);
        return true;
    }
    iter = tum_op_iter(vm, from);
    while (iter != NULL && tum_iter_next(vm, iter, &key)) {
        if (!tum_oset_remove(vm, set, key, &was))
            return false;
    }
    return !tum_vm_failed(vm);
}

static struct tum_oset *difference(struct tum_vm *vm, struct tum_oset *a,
                                   struct tum_obj *from, bool frozen)
{
    struct tum_oset *result;

    if (!tum_is_set(from) || a->n >> 2 > tum_as_set(from)->n) {
        result = tum_oset_copy(vm, a, frozen);
        return result != NULL && subtract(vm, result, from) ? result : NULL;
    }
    result = tum_new_set(vm, frozen);
    return add_those_in(vm, result, a, tum_as_set(from), false) ? result : NULL;
}

/* Each element of `with` changes sides. */
static bool toggle(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *with)
{
    struct tum_oset *other = as_set(vm, with);
    struct tum_obj *key;
    bool was;

    if (other == set) {
        tum_oset_clear(vm, set);
        return true;
    }
    if (other == NULL)
        return false;
    for (size_t at = 0; (key = tum_oset_next(other, &at)) != NULL;) {
        if (!tum_oset_remove(vm, set, key, &was) ||
            (!was && !tum_oset_add(vm, set, key)))
            return false;
    }
    return true;
}

/* CPython copies the other one first. */
static struct tum_oset *symmetric(struct tum_vm *vm, struct tum_oset *a,
                                  struct tum_obj *with, bool frozen)
{
    struct tum_oset *result = tum_new_set(vm, frozen);

    return tum_oset_update(vm, result, with) && toggle(vm, result, &a->head) ? result
                                                                             : NULL;
}

static struct tum_oset *combine(struct tum_vm *vm, enum tum_binop op,
                                struct tum_oset *a, struct tum_obj *b, bool frozen)
{
    struct tum_oset *result;

    switch (op) {
    case TUM_OP_AND:
        return intersection(vm, a, b, frozen);
    case TUM_OP_OR:
        result = tum_oset_copy(vm, a, frozen);
        return result != NULL && tum_oset_update(vm, result, b) ? result : NULL;
    case TUM_OP_SUB:
        return difference(vm, a, b, frozen);
    default:
        return symmetric(vm, a, b, frozen);
    }
}

/* What is in a view and in another iterable; CPython walks the smaller of two views. */
static struct tum_oset *view_intersection(struct tum_vm *vm, struct tum_obj *a,
                                          struct tum_obj *b)
{
    struct tum_obj *view = tum_is_setlike_view(a) ? a : b, *other = view == a ? b : a;
    struct tum_oset *result;
    struct tum_obj *iter, *item;
    bool in;

    if (tum_is_set(other) && tum_as_view(view)->dict->n <= tum_as_set(other)->n)
        return intersection(vm, tum_as_set(other), view, false);
    if (tum_is_setlike_view(other) &&
        tum_as_view(other)->dict->n > tum_as_view(view)->dict->n) {
        item = view;
        view = other;
        other = item;
    }
    result = tum_new_set(vm, false);
    iter = tum_op_iter(vm, other);
    while (iter != NULL && tum_iter_next(vm, iter, &item)) {
        if (!tum_op_in(vm, item, view, &in) || (in && !tum_oset_add(vm, result, item)))
            return NULL;
    }
    return tum_vm_failed(vm) ? NULL : result;
}

/* A view combines with anything that has elements. */
static struct tum_oset *view_binary(struct tum_vm *vm, enum tum_binop op,
                                    struct tum_obj *a, struct tum_obj *b)
{
    struct tum_oset *left;

    if (op == TUM_OP_AND)
        return view_intersection(vm, a, b);
    left = tum_new_set(vm, false);
    if (!tum_oset_update(vm, left, a))
        return NULL;
    if (op == TUM_OP_XOR)
        return toggle(vm, left, b) ? left : NULL;
    return combine(vm, op, left, b, false);
}

bool tum_set_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *a,
                    struct tum_obj *b, struct tum_obj **ret)
{
    bool views = tum_is_setlike_view(a) || tum_is_setlike_view(b);
    struct tum_oset *result;

    if (op != TUM_OP_AND && op != TUM_OP_OR && op != TUM_OP_SUB && op != TUM_OP_XOR)
        return false;
    if (!views && (!tum_is_set(a) || !tum_is_set(b)))
        return false;
    *ret = NULL;
    if (views)
        result = view_binary(vm, op, a, b);
    else
        result = combine(vm, op, tum_as_set(a), b, tum_kind_of(a) == TUM_O_FROZENSET);
    *ret = result != NULL ? &result->head : NULL;
    return true;
}

/* ---- comparison ---- */

/* Every element of a is in b. */
static bool subset(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret)
{
    struct tum_obj *iter = tum_op_iter(vm, a), *item;

    *ret = true;
    while (*ret && iter != NULL && tum_iter_next(vm, iter, &item)) {
        if (!tum_op_in(vm, item, b, ret))
            return false;
    }
    return !tum_vm_failed(vm);
}

bool tum_set_compare(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *a,
                     struct tum_obj *b, bool *ret)
{
    size_t x, y;

    if (!tum_op_len(vm, a, &x) || !tum_op_len(vm, b, &y))
        return false;
    *ret = false;
    switch (op) {
    case TUM_CMP_EQ:
        return x != y || subset(vm, a, b, ret);
    case TUM_CMP_NE:
        if (x == y && !subset(vm, a, b, ret))
            return false;
        *ret = !*ret;
        return true;
    case TUM_CMP_LT:
        return x >= y || subset(vm, a, b, ret);
    case TUM_CMP_LE:
        return x > y || subset(vm, a, b, ret);
    case TUM_CMP_GT:
        return y >= x || subset(vm, b, a, ret);
    default:
        return y > x || subset(vm, b, a, ret);
    }
}

/* ---- methods of both ---- */

static bool is_frozen(struct tum_obj *o)
{
    return tum_kind_of(o) == TUM_O_FROZENSET;
}

/* Several arguments, one after the other. */
static struct tum_obj *combine_all(struct tum_vm *vm, enum tum_binop op,
                                   struct tum_obj **a, size_t n)
{
    struct tum_oset *set = tum_as_set(a[0]);

    if (n == 1)
        set = tum_oset_copy(vm, set, is_frozen(a[0]));
    for (size_t i = 1; i < n && set != NULL; i++)
        set = combine(vm, op, set, a[i], is_frozen(a[0]));
    return set != NULL ? &set->head : NULL;
}

static struct tum_obj *set_union(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return combine_all(vm, TUM_OP_OR, a, n);
}
static struct tum_obj *set_intersection(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return combine_all(vm, TUM_OP_AND, a, n);
}
static struct tum_obj *set_difference(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return combine_all(vm, TUM_OP_SUB, a, n);
}
static struct tum_obj *set_symmetric_difference(struct tum_vm *vm, struct tum_obj **a,
                                                size_t n)
{
    (void)n;
    return combine_all(vm, TUM_OP_XOR, a, 2);
}

static struct tum_obj *set_copy(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    if (is_frozen(a[0]))
        return a[0];
    return combine_all(vm, TUM_OP_OR, a, 1);
}

/* The set and another iterable as a set. */
static struct tum_obj *compare_with(struct tum_vm *vm, enum tum_cmpop op,
                                    struct tum_obj **a)
{
    struct tum_oset *other = as_set(vm, a[1]);
    bool holds;

    return other != NULL && tum_set_compare(vm, op, a[0], &other->head, &holds)
               ? tum_new_bool(vm, holds)
               : NULL;
}

static struct tum_obj *set_issubset(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return compare_with(vm, TUM_CMP_LE, a);
}
static struct tum_obj *set_issuperset(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return compare_with(vm, TUM_CMP_GE, a);
}

static struct tum_obj *set_isdisjoint(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oset *both = intersection(vm, tum_as_set(a[0]), a[1], false);

    (void)n;
    return both != NULL ? tum_new_bool(vm, both->n == 0) : NULL;
}

/* ---- methods that change ---- */

static struct tum_obj *set_add(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_oset_add(vm, tum_as_set(a[0]), a[1]) ? vm->none : NULL;
}

static struct tum_obj *set_discard(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool was;

    (void)n;
    return tum_oset_remove(vm, tum_as_set(a[0]), a[1], &was) ? vm->none : NULL;
}

static struct tum_obj *set_remove(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool was;

    (void)n;
    if (!tum_oset_remove(vm, tum_as_set(a[0]), a[1], &was))
        return NULL;
    return was ? vm->none : tum_raise_key(vm, a[1]);
}

static struct tum_obj *set_pop(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oset *set = tum_as_set(a[0]);
    struct tum_obj *key;
    bool was;

    (void)n;
    if (set->n == 0)
        return tum_raise(vm, "KeyError", "'pop from an empty set'");
    while (set->slots[set->finger & set->mask].key == NULL)
        set->finger++;
    key = set->slots[set->finger++ & set->mask].key;
    return tum_oset_remove(vm, set, key, &was) ? key : NULL;
}

static struct tum_obj *set_clear(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    tum_oset_clear(vm, tum_as_set(a[0]));
    return vm->none;
}

static struct tum_obj *set_update(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (!tum_oset_update(vm, tum_as_set(a[0]), a[i]))
            return NULL;
    }
    return vm->none;
}

/* The set becomes another one: identity stays. */
static struct tum_obj *become(struct tum_vm *vm, struct tum_obj *self,
                              struct tum_obj *result)
{
    struct tum_oset *set = tum_as_set(self);

    if (result == NULL)
        return NULL;
    set->slots = tum_as_set(result)->slots;
    set->mask = tum_as_set(result)->mask;
    set->n = tum_as_set(result)->n;
    set->fill = tum_as_set(result)->fill;
    set->finger = 0;
    return vm->none;
}

static struct tum_obj *set_intersection_update(struct tum_vm *vm, struct tum_obj **a,
                                               size_t n)
{
    return become(vm, a[0], combine_all(vm, TUM_OP_AND, a, n));
}

static struct tum_obj *set_difference_update(struct tum_vm *vm, struct tum_obj **a,
                                             size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (!subtract(vm, tum_as_set(a[0]), a[i]))
            return NULL;
    }
    return vm->none;
}

static struct tum_obj *set_symmetric_difference_update(struct tum_vm *vm,
                                                       struct tum_obj **a, size_t n)
{
    (void)n;
    return toggle(vm, tum_as_set(a[0]), a[1]) ? vm->none : NULL;
}

/* ---- types ---- */

static const struct tum_native set_attrs[] = {
    {.name = "add", .call = set_add, .min = 2, .max = 2},
    {.name = "clear", .call = set_clear, .min = 1, .max = 1},
    {.name = "copy", .call = set_copy, .min = 1, .max = 1},
    {.name = "difference", .call = set_difference, .min = 1, .max = -1},
    {.name = "difference_update", .call = set_difference_update, .min = 1, .max = -1},
    {.name = "discard", .call = set_discard, .min = 2, .max = 2},
    {.name = "intersection", .call = set_intersection, .min = 1, .max = -1},
    {.name = "intersection_update",
     .call = set_intersection_update,
     .min = 1,
     .max = -1},
    {.name = "isdisjoint", .call = set_isdisjoint, .min = 2, .max = 2},
    {.name = "issubset", .call = set_issubset, .min = 2, .max = 2},
    {.name = "issuperset", .call = set_issuperset, .min = 2, .max = 2},
    {.name = "pop", .call = set_pop, .min = 1, .max = 1},
    {.name = "remove", .call = set_remove, .min = 2, .max = 2},
    {.name = "symmetric_difference",
     .call = set_symmetric_difference,
     .min = 2,
     .max = 2},
    {.name = "symmetric_difference_update",
     .call = set_symmetric_difference_update,
     .min = 2,
     .max = 2},
    {.name = "union", .call = set_union, .min = 1, .max = -1},
    {.name = "update", .call = set_update, .min = 1, .max = -1},
};

static const struct tum_native frozenset_attrs[] = {
    {.name = "copy", .call = set_copy, .min = 1, .max = 1},
    {.name = "difference", .call = set_difference, .min = 1, .max = -1},
    {.name = "intersection", .call = set_intersection, .min = 1, .max = -1},
    {.name = "isdisjoint", .call = set_isdisjoint, .min = 2, .max = 2},
    {.name = "issubset", .call = set_issubset, .min = 2, .max = 2},
    {.name = "issuperset", .call = set_issuperset, .min = 2, .max = 2},
    {.name = "symmetric_difference",
     .call = set_symmetric_difference,
     .min = 2,
     .max = 2},
    {.name = "union", .call = set_union, .min = 1, .max = -1},
};

static struct tum_obj *make(struct tum_vm *vm, struct tum_obj **a, size_t n,
                            bool frozen)
{
    struct tum_oset *set = tum_new_set(vm, frozen);

    if (n > 0 && a[0]->type == &tum_type_frozenset && frozen)
        return a[0];
    return n == 0 || tum_oset_update(vm, set, a[0]) ? &set->head : NULL;
}

static struct tum_obj *make_set(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return make(vm, a, n, false);
}
static struct tum_obj *make_frozenset(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return make(vm, a, n, true);
}

static const struct tum_native set_make = {
    .name = "set", .call = make_set, .min = 0, .max = 1, .flags = TUM_NATIVE_STACK};
static const struct tum_native frozenset_make = {.name = "frozenset",
                                                 .call = make_frozenset,
                                                 .min = 0,
                                                 .max = 1,
                                                 .flags = TUM_NATIVE_STACK};
const struct tum_type tum_type_set = {.name = "set",
                                      .kind = TUM_O_SET,
                                      .attrs = set_attrs,
                                      .attr_count = TUM_LEN(set_attrs),
                                      .make = &set_make,
                                      .unhashable = true};
const struct tum_type tum_type_frozenset = {.name = "frozenset",
                                            .kind = TUM_O_FROZENSET,
                                            .attrs = frozenset_attrs,
                                            .attr_count = TUM_LEN(frozenset_attrs),
                                            .make = &frozenset_make};
