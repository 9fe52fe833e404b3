/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters on sequences and mappings that answer at once; those that make an iterator
 * are in flazy.c.
 */
#include "tmpl/lipsum.h"
#include "tmpl/tattr.h"
#include "tmpl/tfilter.h"

static struct tum_obj *f_default(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool by_truth, holds = true;

    (void)n;
    if (!tum_targ_bool(vm, a[2], false, &by_truth))
        return NULL;
    if (by_truth && !tum_is_undefined(a[0]) && !tum_op_truth(vm, a[0], &holds))
        return NULL;
    if (holds && !tum_is_undefined(a[0]))
        return a[0];
    return a[1] != NULL ? a[1] : vm->empty_str;
}

static struct tum_obj *f_attr(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *value;

    (void)n;
    if (!tum_is_str(a[1]))
        return tum_raise_type(vm, "attribute name must be string, not '%s'",
                              a[1]->type->name);
    value = tum_op_findattr(vm, a[0], tum_text_of(a[1]));
    if (value != NULL || tum_vm_failed(vm))
        return value;
    return tum_undefined_of(vm, a[0], a[1]);
}

static struct tum_obj *f_list(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *list = tum_op_list(vm, a[0]);

    (void)n;
    return list != NULL ? &list->head : NULL;
}

static struct tum_obj *f_length(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    size_t length;

    (void)n;
    return tum_op_len(vm, a[0], &length) ? tum_new_size(vm, length) : NULL;
}

static struct tum_obj *f_first(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *iter = tum_op_iter(vm, a[0]);
    struct tum_obj *item;

    (void)n;
    if (iter == NULL)
        return NULL;
    if (tum_iter_next(vm, iter, &item))
        return item;
    return tum_vm_failed(vm)
               ? NULL
               : tum_undefined_hint(vm, "No first item, sequence was empty.");
}

/* Whether Python's reversed() takes it: sequences, mappings and their views. */
static bool has_end(const struct tum_obj *o)
{
    switch (tum_kind_of(o)) {
    case TUM_O_STR:
    case TUM_O_BYTES:
    case TUM_O_LIST:
    case TUM_O_TUPLE:
    case TUM_O_DICT:
    case TUM_O_RANGE:
    case TUM_O_VIEW:
        return true;
    default:
        return tum_is_undefined(o);
    }
}

static struct tum_obj *f_last(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *list;

    (void)n;
    if (!has_end(a[0]))
        return tum_raise_type(vm, "'%s' object is not reversible", a[0]->type->name);
    list = tum_op_items(vm, a[0]);
    if (list == NULL)
        return NULL;
    if (list->n == 0)
        return tum_undefined_hint(vm, "No last item, sequence was empty.");
    return list->items[list->n - 1];
}

static struct tum_obj *f_random(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_dice dice = {tum_tstate_of(vm)->dice};
    uint64_t index;
    size_t length;

    (void)n;
    if (!tum_op_len(vm, a[0], &length))
        return NULL;
    if (length == 0)
        return tum_undefined_hint(vm, "No random item, sequence was empty.");
    index = tum_dice_roll(&dice, length);
    tum_tstate_of(vm)->dice = dice.state;
    return tum_op_getitem(vm, a[0], tum_new_size(vm, index));
}

static bool lazy_list(struct tum_vm *vm, struct tum_lazy *lazy, struct tum_obj **ret)
{
    struct tum_obj *iter = lazy->state;

    return tum_iter_next(vm, iter, ret);
}

static struct tum_obj *f_reverse(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *from, *list;
    struct tum_obj *iter;

    (void)n;
    if (tum_is_str(a[0]))
        return tum_op_getitem(
            vm, a[0], tum_new_slice(vm, vm->none, vm->none, tum_new_int(vm, -1)));
    if (!tum_is_iterable(a[0]))
        return tum_raise(vm, "FilterArgumentError", "argument must be iterable");
    from = tum_op_items(vm, a[0]);
    if (from == NULL)
        return NULL;
    list = tum_new_list(vm, from->n);
    for (size_t i = 0; i < from->n; i++)
        list->items[i] = from->items[from->n - 1 - i];
    if (!has_end(a[0]))
        return &list->head;
    iter = tum_op_iter(vm, &list->head);
    return iter != NULL ? tum_lazy_new(vm, lazy_list, iter) : NULL;
}

/* ---- join ---- */

/* The elements as texts; *ret_safe when one of them is safe text. */
static struct tum_oseq *join_texts(struct tum_vm *vm, struct tum_obj *value,
                                   const struct tum_tattr *attr, bool *ret_safe)
{
    struct tum_obj *iter = tum_op_iter(vm, value);
    struct tum_oseq *list = tum_new_list(vm, 0);
    struct tum_obj *item;

    *ret_safe = false;
    if (iter == NULL)
        return NULL;
    while (tum_iter_next(vm, iter, &item)) {
        item = tum_tattr_get(vm, attr, item);
        item = item != NULL ? tum_soft_str(vm, item) : NULL;
        if (item == NULL || !tum_olist_append(vm, list, item))
            return NULL;
        *ret_safe = *ret_safe || tum_is_markup(item);
    }
    return tum_vm_failed(vm) ? NULL : list;
}

static struct tum_obj *f_join(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *sep = a[1] != NULL ? a[1] : vm->empty_str;
    bool escapes = tum_tstate_of(vm)->autoescape;
    struct tum_oseq *list;
    struct tum_tattr attr;
    struct tum_obj *arg;
    bool safe;

    (void)n;
    if (!tum_tattr_init(vm, &attr, a[2]))
        return NULL;
    list = join_texts(vm, a[0], &attr, &safe);
    if (list == NULL)
        return NULL;
    sep = escapes && safe && !tum_is_markup(sep) ? tum_markup_escape(vm, sep)
                                                 : tum_soft_str(vm, sep);
    if (sep != NULL && !escapes) {
        sep = tum_markup_plain(vm, sep);
        for (size_t i = 0; i < list->n; i++)
            list->items[i] = tum_markup_plain(vm, list->items[i]);
    }
    arg = &list->head;
    return sep != NULL ? tum_tcall_method(vm, sep, "join", &arg, 1) : NULL;
}

/* ---- order ---- */

static struct tum_obj *f_sort(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool reverse, case_sensitive;
    struct tum_oseq *list;
    struct tum_obj *key;

    (void)n;
    if (!tum_targ_bool(vm, a[1], false, &reverse) ||
        !tum_targ_bool(vm, a[2], false, &case_sensitive))
        return NULL;
    key = tum_tattr_function(vm, a[3], !case_sensitive, NULL, true);
    list = key != NULL ? tum_op_list(vm, a[0]) : NULL;
    if (list == NULL || !tum_olist_sort(vm, list, key, reverse))
        return NULL;
    return &list->head;
}

static struct tum_obj *extreme(struct tum_vm *vm, struct tum_obj **a,
                               enum tum_cmpop better)
{
    struct tum_obj *iter = tum_op_iter(vm, a[0]);
    struct tum_obj *item, *best = NULL, *best_key = NULL;
    struct tum_tattr attr;
    bool case_sensitive;

    if (iter == NULL || !tum_targ_bool(vm, a[1], false, &case_sensitive) ||
        !tum_tattr_init(vm, &attr, a[2]))
        return NULL;
    attr.fold = !case_sensitive;
    while (tum_iter_next(vm, iter, &item)) {
        struct tum_obj *key = tum_tattr_get(vm, &attr, item);
        bool takes = true;

        if (key == NULL ||
            (best != NULL && !tum_op_holds(vm, better, key, best_key, &takes)))
            return NULL;
        if (takes) {
            best = item;
            best_key = key;
        }
    }
    if (tum_vm_failed(vm))
        return NULL;
    return best != NULL
               ? best
               : tum_undefined_hint(vm, "No aggregated item, sequence was empty.");
}

static struct tum_obj *f_min(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return extreme(vm, a, TUM_CMP_LT);
}

static struct tum_obj *f_max(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return extreme(vm, a, TUM_CMP_GT);
}

static struct tum_obj *f_sum(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *sum = tum_builtin(vm, TUM_S("sum"));
    struct tum_obj *iter = sum != NULL ? tum_op_iter(vm, a[0]) : NULL;
    struct tum_oseq *list = tum_new_list(vm, 0);
    struct tum_obj *args[2] = {&list->head, a[2]};
    struct tum_args call = {.v = args, .n = a[2] != NULL ? 2 : 1};
    struct tum_tattr attr;
    struct tum_obj *item;

    (void)n;
    if (iter == NULL || !tum_tattr_init(vm, &attr, a[1]))
        return NULL;
    while (tum_iter_next(vm, iter, &item)) {
        item = tum_tattr_get(vm, &attr, item);
        if (item == NULL || !tum_olist_append(vm, list, item))
            return NULL;
    }
    return tum_vm_failed(vm) ? NULL : tum_op_call(vm, sum, &call);
}

/* ---- mappings and groups ---- */

static struct tum_obj *pairs_of(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_obj *items = tum_tcall_method(vm, o, "items", NULL, 0);
    struct tum_oseq *list = items != NULL ? tum_op_list(vm, items) : NULL;

    return list != NULL ? &list->head : NULL;
}

static struct tum_obj *f_dictsort(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool case_sensitive, reverse, by_value = false;
    struct tum_obj *pairs, *key;

    (void)n;
    if (!tum_targ_bool(vm, a[1], false, &case_sensitive) ||
        !tum_targ_bool(vm, a[3], false, &reverse))
        return NULL;
    if (a[2] != NULL) {
        by_value = tum_is_str(a[2]) && tum_str_is(tum_text_of(a[2]), "value");
        if (!by_value && !(tum_is_str(a[2]) && tum_str_is(tum_text_of(a[2]), "key")))
            return tum_raise(vm, "FilterArgumentError",
                             "you can only sort by either 'key' or 'value'");
    }
    pairs = pairs_of(vm, a[0]);
    key =
        tum_tattr_function(vm, tum_new_int(vm, by_value), !case_sensitive, NULL, false);
    if (pairs == NULL || key == NULL ||
        !tum_olist_sort(vm, tum_as_seq(pairs), key, reverse))
        return NULL;
    return pairs;
}

/* Puts neighbours with equal keys together. */
static struct tum_obj *group(struct tum_vm *vm, const struct tum_oseq *sorted,
                             const struct tum_tattr *by, const struct tum_tattr *shown)
{
    struct tum_oseq *groups = tum_new_list(vm, 0);
    struct tum_oseq *members = NULL;
    struct tum_obj *last = NULL;

    for (size_t i = 0; i < sorted->n; i++) {
        struct tum_obj *item = sorted->items[i];
        struct tum_obj *key = tum_tattr_get(vm, by, item);
        bool same = false;

        if (key == NULL || (last != NULL && !tum_op_same(vm, last, key, &same)))
            return NULL;
        if (!same) {
            struct tum_obj *grouper = tum_tattr_get(vm, shown, item);

            members = tum_new_list(vm, 0);
            if (grouper == NULL ||
                !tum_olist_append(vm, groups,
                                  tum_group_new(vm, grouper, &members->head)))
                return NULL;
            last = key;
        }
        if (!tum_olist_append(vm, members, item))
            return NULL;
    }
    return &groups->head;
}

static struct tum_obj *f_groupby(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *deflt = a[2] != NULL && !tum_is_none(a[2]) ? a[2] : NULL;
    struct tum_tattr by, shown;
    struct tum_oseq *list;
    struct tum_obj *key;
    bool case_sensitive;

    (void)n;
    if (!tum_targ_bool(vm, a[3], false, &case_sensitive) ||
        !tum_tattr_init(vm, &by, a[1]) || !tum_tattr_init(vm, &shown, a[1]))
        return NULL;
    by.fold = !case_sensitive;
    by.deflt = shown.deflt = deflt;
    key = tum_tattr_function(vm, a[1], !case_sensitive, deflt, false);
    list = key != NULL ? tum_op_list(vm, a[0]) : NULL;
    if (list == NULL || !tum_olist_sort(vm, list, key, false))
        return NULL;
    return group(vm, list, &by, &shown);
}

static const struct tum_native rows[] = {
    {"attr", f_attr, 2, 2, "name", 0, NULL},
    {"count", f_length, 1, 1, "", 0, NULL},
    {"d", f_default, 1, 3, "default_value boolean", 0, NULL},
    {"default", f_default, 1, 3, "default_value boolean", 0, NULL},
    {"dictsort", f_dictsort, 1, 4, "case_sensitive by reverse", 0, NULL},
    {"first", f_first, 1, 1, "", 0, NULL},
    {"groupby", f_groupby, 2, 4, "attribute default case_sensitive", 0, NULL},
    {"join", f_join, 1, 3, "d attribute", 0, NULL},
    {"last", f_last, 1, 1, "", 0, NULL},
    {"length", f_length, 1, 1, "", 0, NULL},
    {"list", f_list, 1, 1, "", 0, NULL},
    {"max", f_max, 1, 3, "case_sensitive attribute", 0, NULL},
    {"min", f_min, 1, 3, "case_sensitive attribute", 0, NULL},
    {"random", f_random, 1, 1, "", 0, NULL},
    {"reverse", f_reverse, 1, 1, "", 0, NULL},
    {"sort", f_sort, 1, 4, "reverse case_sensitive attribute", 0, NULL},
    {"sum", f_sum, 1, 3, "attribute start", 0, NULL},
};

const struct tum_tfilters tum_tfilters_seq = {rows, TUM_LEN(rows)};
