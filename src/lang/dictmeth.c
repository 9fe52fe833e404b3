/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dict and its views: methods and making them.
 */
#include "lang/iters.h"
#include "lang/ops.h"
#include "lang/setops.h"

static struct tum_obj *dict_get(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *value;

    (void)n;
    if (!tum_dict_get(vm, tum_as_dict(a[0]), a[1], &value))
        return NULL;
    if (value != NULL)
        return value;
    return a[2] != NULL ? a[2] : vm->none;
}

static struct tum_obj *dict_setdefault(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *value;

    (void)n;
    if (!tum_dict_get(vm, tum_as_dict(a[0]), a[1], &value))
        return NULL;
    if (value != NULL)
        return value;
    value = a[2] != NULL ? a[2] : vm->none;
    return tum_dict_set(vm, tum_as_dict(a[0]), a[1], value) ? value : NULL;
}

static struct tum_obj *dict_pop(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *value;

    (void)n;
    if (!tum_dict_remove(vm, tum_as_dict(a[0]), a[1], &value))
        return NULL;
    if (value != NULL)
        return value;
    return a[2] != NULL ? a[2] : tum_raise_key(vm, a[1]);
}

static struct tum_obj *dict_popitem(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_odict *dict = tum_as_dict(a[0]);
    struct tum_obj *value;

    (void)n;
    for (size_t i = dict->fill; i > 0; i--) {
        struct tum_obj *key = dict->entries[i - 1].key;

        if (key == NULL)
            continue;
        if (!tum_dict_remove(vm, dict, key, &value))
            return NULL;
        return tum_new_pair(vm, key, value);
    }
    return tum_raise(vm, "KeyError", "'popitem(): dictionary is empty'");
}

static struct tum_obj *new_view(struct tum_vm *vm, const struct tum_type *type,
                                struct tum_obj *dict)
{
    struct tum_oview *view = tum_new_obj(vm, type, struct tum_oview);

    view->dict = tum_as_dict(dict);
    return &view->head;
}

static struct tum_obj *dict_keys(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return new_view(vm, &tum_type_dict_keys, a[0]);
}
static struct tum_obj *dict_values(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return new_view(vm, &tum_type_dict_values, a[0]);
}
static struct tum_obj *dict_items(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return new_view(vm, &tum_type_dict_items, a[0]);
}

static struct tum_obj *dict_copy(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_odict *copy = tum_dict_copy(vm, tum_as_dict(a[0]));

    (void)n;
    return copy != NULL ? &copy->head : NULL;
}

static struct tum_obj *dict_clear(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    tum_dict_clear(tum_as_dict(a[0]));
    return vm->none;
}

/* dict(…) and dict.update(…): at most one positional argument, then keywords. */
static bool update_with(struct tum_vm *vm, struct tum_odict *dict,
                        const struct tum_args *args, const char *name)
{
    if (args->n > 1)
        return tum_raise_type_false(vm, "%s expected at most 1 argument, got %zu", name,
                                    args->n);
    if (args->n == 1) {
        /* Whatever has keys() is a mapping. */
        if (vm->hooks == NULL && tum_kind_of(args->v[0]) != TUM_O_DICT &&
            args->v[0]->type->getitem != NULL)
            return tum_unsupported_false(vm, "a mapping that is no dict");
        if (!tum_dict_update(vm, dict, args->v[0]))
            return false;
    }
    for (size_t i = 0; i < args->nkw; i++) {
        if (!tum_dict_set(vm, dict, args->names[i], args->kw[i]))
            return false;
    }
    return true;
}

static struct tum_obj *dict_update(struct tum_vm *vm, struct tum_obj *self,
                                   const struct tum_args *args)
{
    return update_with(vm, tum_as_dict(self), args, "update") ? vm->none : NULL;
}

static struct tum_obj *dict_fromkeys(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_odict *dict = tum_new_dict(vm);
    struct tum_obj *iter = tum_op_iter(vm, a[0]), *key;

    (void)n;
    while (iter != NULL && tum_iter_next(vm, iter, &key)) {
        if (!tum_dict_set(vm, dict, key, a[1] != NULL ? a[1] : vm->none))
            return NULL;
    }
    return tum_vm_failed(vm) ? NULL : &dict->head;
}

static const struct tum_native dict_attrs[] = {
    {.name = "clear", .call = dict_clear, .min = 1, .max = 1},
    {.name = "copy", .call = dict_copy, .min = 1, .max = 1},
    {.name = "fromkeys",
     .call = dict_fromkeys,
     .min = 1,
     .max = 2,
     .flags = TUM_NATIVE_STATIC},
    {.name = "get", .call = dict_get, .min = 2, .max = 3},
    {.name = "items", .call = dict_items, .min = 1, .max = 1},
    {.name = "keys", .call = dict_keys, .min = 1, .max = 1},
    {.name = "pop", .call = dict_pop, .min = 2, .max = 3},
    {.name = "popitem", .call = dict_popitem, .min = 1, .max = 1},
    {.name = "setdefault", .call = dict_setdefault, .min = 2, .max = 3},
    {.name = "update", .raw = dict_update, .max = -1},
    {.name = "values", .call = dict_values, .min = 1, .max = 1},
};

static struct tum_obj *make_dict(struct tum_vm *vm, struct tum_obj *self,
                                 const struct tum_args *args)
{
    struct tum_odict *dict = tum_new_dict(vm);

    (void)self;
    return update_with(vm, dict, args, "dict") ? &dict->head : NULL;
}

static const struct tum_native dict_make = {
    .name = "dict", .raw = make_dict, .max = -1};
const struct tum_type tum_type_dict = {.name = "dict",
                                       .kind = TUM_O_DICT,
                                       .attrs = dict_attrs,
                                       .attr_count = TUM_LEN(dict_attrs),
                                       .make = &dict_make,
                                       .unhashable = true};

/* ---- views ---- */

static struct tum_obj *view_isdisjoint(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *iter = tum_op_iter(vm, a[1]), *item;
    bool in;

    (void)n;
    while (iter != NULL && tum_iter_next(vm, iter, &item)) {
        if (!tum_op_in(vm, item, a[0], &in))
            return NULL;
        if (in)
            return vm->no;
    }
    return tum_vm_failed(vm) ? NULL : vm->yes;
}

static const struct tum_native view_attrs[] = {
    {.name = "isdisjoint", .call = view_isdisjoint, .min = 2, .max = 2},
    {.name = "mapping", .flags = TUM_NATIVE_ALIEN},
};

const struct tum_type tum_type_dict_keys = {.name = "dict_keys",
                                            .kind = TUM_O_VIEW,
                                            .attrs = view_attrs,
                                            .attr_count = TUM_LEN(view_attrs),
                                            .unhashable = true};
const struct tum_type tum_type_dict_items = {.name = "dict_items",
                                             .kind = TUM_O_VIEW,
                                             .attrs = view_attrs,
                                             .attr_count = TUM_LEN(view_attrs),
                                             .unhashable = true};
const struct tum_type tum_type_dict_values = {
    .name = "dict_values", .kind = TUM_O_VIEW, .unsupported_attrs = true};
