/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names while a template runs: places of functions, and the variables behind them.
 */
#include "tmpl/terr.h"
#include "tmpl/tfilter.h"
#include "tmpl/trender.h"

struct tum_tctx *tum_tctx_new(struct tum_trender *r, struct tum_tctx *up)
{
    struct tum_tctx *ctx = tum_vm_alloc(r->vm, sizeof(*ctx));

    ctx->up = up;
    ctx->vars = tum_new_dict(r->vm);
    return ctx;
}

/* A variable from outside, or a global function; `absent` when there is none. */
static struct tum_obj *given_find(struct tum_trender *r, struct tum_str name)
{
    const struct tum_tmpl_opts *opts = r->opts;
    struct tum_obj *global;
    tum_val value;
    tum_val key;
    bool named;

    if (opts->names.kind == TUM_MAP) {
        key = tum_val_text_of(name);
        named = tum_map_peek(opts->names, key, &value);
        tum_val_unref(key);
        if (named)
            return tum_obj_of_val(r->vm, value);
    }
    if (opts->lookup != NULL && opts->lookup(opts->ctx, name, &value)) {
        struct tum_obj *o = tum_obj_of_val(r->vm, value);

        tum_val_unref(value);
        return o;
    }
    global = tum_tglobal_new(r->vm, name);
    return global != NULL || tum_vm_failed(r->vm) ? global : r->absent;
}

struct tum_obj *tum_tctx_get(struct tum_trender *r, struct tum_str name)
{
    struct tum_obj *value;

    for (struct tum_tctx *ctx = r->ctx; ctx != NULL; ctx = ctx->up) {
        value = tum_dict_gets(r->vm, ctx->vars, name);
        if (value != NULL)
            return value;
    }
    value = tum_dict_gets(r->vm, r->given, name);
    if (value == NULL) {
        value = given_find(r, name);
        if (value == NULL ||
            !tum_dict_set(r->vm, r->given, tum_new_str_kept(r->vm, name), value))
            return NULL;
    }
    return value != r->absent ? value : NULL;
}

struct tum_tact *tum_tact_new(struct tum_trender *r, struct tum_tact *up,
                              const struct tum_tfunc *func)
{
    size_t size = sizeof(struct tum_tact) + func->slot_count * sizeof(struct tum_obj *);
    struct tum_tact *act;

    if (!tum_vm_room(r->vm, size))
        return NULL;
    act = tum_vm_alloc(r->vm, size);
    memset(act, 0, size);
    act->up = up;
    return act;
}

bool tum_tframe_enter(struct tum_trender *r, const struct tum_tframe *frame)
{
    for (size_t i = 0; i < frame->load_count; i++) {
        const struct tum_tload *load = &frame->loads[i];
        struct tum_obj **place = &r->act->slots[load->slot];

        switch (load->kind) {
        case TUM_TLOAD_PARAM:
            break;
        case TUM_TLOAD_MISSING:
            *place = NULL;
            break;
        case TUM_TLOAD_OUTER:
            *place = *tum_tref_place(r, load->from);
            break;
        case TUM_TLOAD_CONTEXT:
            *place = tum_tctx_get(r, load->name);
            if (*place == NULL && tum_vm_failed(r->vm))
                return false;
            break;
        }
    }
    return true;
}

void tum_tframe_leave(struct tum_trender *r, const struct tum_tframe *frame)
{
    for (size_t i = 0; i < frame->load_count; i++)
        r->act->slots[frame->loads[i].slot] = NULL;
}

/* The elements of an iterable, which must be `count`. */
static struct tum_oseq *unpack(struct tum_vm *vm, struct tum_obj *value, size_t count)
{
    struct tum_oseq *list;
    struct tum_obj *iter, *item;

    if (!tum_is_iterable(value)) {
        tum_raise_type(vm, "cannot unpack non-iterable %s object", value->type->name);
        return NULL;
    }
    iter = tum_op_iter(vm, value);
    if (iter == NULL)
        return NULL;
    list = tum_new_list(vm, 0);
    while (list->n <= count && tum_iter_next(vm, iter, &item))
        if (!tum_olist_append(vm, list, item))
            return NULL;
    if (tum_vm_failed(vm))
        return NULL;
    if (list->n > count)
        tum_raise_value(vm, "too many values to unpack (expected %zu)", count);
    else if (list->n < count)
        tum_raise_value(vm, "not enough values to unpack (expected %zu, got %zu)",
                        count, list->n);
    return tum_vm_failed(vm) ? NULL : list;
}

bool tum_ttarget_set(struct tum_trender *r, const struct tum_ttarget *target,
                     struct tum_obj *value)
{
    struct tum_oseq *items;

    switch (target->kind) {
    case TUM_TTARGET_NAME:
        *tum_tref_place(r, target->ref) = value;
        return true;
    case TUM_TTARGET_ATTR:
        return tum_namespace_set(r->vm, *tum_tref_place(r, target->ref), target->attr,
                                 value);
    case TUM_TTARGET_TUPLE:
        if (r->state.lenient && tum_is_undefined(value)) {
            for (size_t i = 0; i < target->count; i++)
                if (!tum_ttarget_set(r, target->items[i], value))
                    return false;
            return true;
        }
        items = unpack(r->vm, value, target->count);
        if (items == NULL)
            return false;
        for (size_t i = 0; i < target->count; i++)
            if (!tum_ttarget_set(r, target->items[i], items->items[i]))
                return false;
        return true;
    }
    return true;
}
