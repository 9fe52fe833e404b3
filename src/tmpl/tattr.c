/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows dotted paths through elements.
 */
#include "tmpl/tattr.h"
#include "lang/eval.h"
#include "tmpl/tfilter.h"

static bool all_digits(struct tum_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.s[i] < '0' || text.s[i] > '9')
            return false;
    return text.n > 0;
}

static bool init_path(struct tum_vm *vm, struct tum_tattr *attr, struct tum_obj *path)
{
    struct tum_str rest = tum_text_of(path), piece;
    size_t count = 1;
    bool more = true;

    for (size_t i = 0; i < rest.n; i++)
        count += rest.s[i] == '.';
    if (!tum_vm_room(vm, count * 64))
        return false;
    attr->parts = tum_vm_array(vm, struct tum_obj *, count);
    while (tum_str_split(&rest, &more, '.', &piece)) {
        struct tum_obj *part = tum_new_str(vm, piece);

        if (all_digits(piece))
            part = tum_int_of_text(vm, part, 10);
        if (part == NULL)
            return false;
        attr->parts[attr->count++] = part;
    }
    return true;
}

bool tum_tattr_init(struct tum_vm *vm, struct tum_tattr *attr,
                    struct tum_obj *attribute)
{
    *attr = (struct tum_tattr){0};
    if (attribute == NULL || tum_is_none(attribute))
        return true;
    if (tum_is_str(attribute))
        return init_path(vm, attr, attribute);
    attr->parts = tum_vm_array(vm, struct tum_obj *, 1);
    attr->parts[0] = attribute;
    attr->count = 1;
    return true;
}

struct tum_obj *tum_tattr_get(struct tum_vm *vm, const struct tum_tattr *attr,
                              struct tum_obj *item)
{
    for (size_t i = 0; i < attr->count; i++) {
        item = tum_eval_item(vm, item, attr->parts[i]);
        if (item == NULL)
            return NULL;
        if (attr->deflt != NULL && tum_is_undefined(item))
            item = attr->deflt;
    }
    if (attr->fold && tum_is_str(item))
        return tum_tcall_method(vm, item, "lower", NULL, 0);
    return item;
}

/* ---- as a function ---- */

struct function {
    struct tum_obj head;
    struct tum_tattr *attrs;
    size_t count;
    bool several;
};

static struct tum_obj *function_call(struct tum_vm *vm, struct tum_obj *self,
                                     const struct tum_args *args)
{
    struct function *f = (struct function *)self;
    struct tum_oseq *list;

    if (!f->several)
        return tum_tattr_get(vm, &f->attrs[0], args->v[0]);
    list = tum_new_list(vm, f->count);
    for (size_t i = 0; i < f->count; i++) {
        list->items[i] = tum_tattr_get(vm, &f->attrs[i], args->v[0]);
        if (list->items[i] == NULL)
            return NULL;
    }
    return &list->head;
}

static const struct tum_type type_function = {
    .name = "function",
    .kind = TUM_O_OTHER,
    .call = function_call,
};

static bool add_attr(struct tum_vm *vm, struct function *f, struct tum_obj *attribute,
                     bool fold, struct tum_obj *deflt)
{
    struct tum_tattr *attr = &f->attrs[f->count++];

    if (!tum_tattr_init(vm, attr, attribute))
        return false;
    attr->fold = fold;
    attr->deflt = deflt;
    return true;
}

struct tum_obj *tum_tattr_function(struct tum_vm *vm, struct tum_obj *attribute,
                                   bool fold, struct tum_obj *deflt, bool several)
{
    struct function *f = tum_new_obj(vm, &type_function, struct function);
    struct tum_str rest, piece;
    size_t count = 1;
    bool more = true;

    f->count = 0;
    f->several = several;
    if (!several || attribute == NULL || !tum_is_str(attribute)) {
        f->attrs = tum_vm_array(vm, struct tum_tattr, 1);
        return add_attr(vm, f, attribute, fold, deflt) ? &f->head : NULL;
    }
    rest = tum_text_of(attribute);
    for (size_t i = 0; i < rest.n; i++)
        count += rest.s[i] == ',';
    if (!tum_vm_room(vm, count * sizeof(struct tum_tattr)))
        return NULL;
    f->attrs = tum_vm_array(vm, struct tum_tattr, count);
    while (tum_str_split(&rest, &more, ',', &piece))
        if (!add_attr(vm, f, tum_new_str(vm, piece), fold, deflt))
            return NULL;
    return &f->head;
}
