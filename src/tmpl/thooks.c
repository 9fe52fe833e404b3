/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What expressions ask of the template they are in: names, filters, tests, and what is
 * missing.
 */
#include "lang/eval.h"
#include "tmpl/tfilter.h"
#include "tmpl/trender.h"

static struct tum_obj *hook_name(struct tum_vm *vm, void *ctx, struct tum_ast *node)
{
    struct tum_tref ref = {node->depth, node->slot};
    struct tum_obj *value = *tum_tref_place(ctx, ref);

    if (value == NULL)
        return tum_undefined_name(vm, node->name);
    if (tum_is_undefined(value))
        tum_tstate_of(vm)->undefined_count++;
    return value;
}

static bool is_default(const struct tum_native *filter)
{
    return strcmp(filter->name, "default") == 0 || strcmp(filter->name, "d") == 0;
}

static struct tum_obj *hook_filter(struct tum_vm *vm, void *ctx, struct tum_ast *node,
                                   struct tum_obj *subject, const struct tum_args *args)
{
    struct tum_trender *r = ctx;
    const struct tum_native *filter = node->client;

    if (filter == NULL)
        return tum_raise(vm, "TemplateRuntimeError", "no filter named '%.*s'",
                         TUM_STR_ARG(node->name));
    if (r->state.lenient && tum_is_undefined(subject) && !is_default(filter))
        return subject;
    return tum_native_call(vm, filter, subject, args);
}

static bool hook_test(struct tum_vm *vm, void *ctx, struct tum_ast *node,
                      struct tum_obj *subject, const struct tum_args *args, bool *ret)
{
    struct tum_trender *r = ctx;
    const struct tum_native *test = node->client;
    struct tum_obj *o;

    if (test == NULL)
        return tum_raise_false(vm, "TemplateRuntimeError", "no test named '%.*s'",
                               TUM_STR_ARG(node->name));
    o = tum_native_call(vm, test, subject, args);
    if (o == NULL && r->state.lenient && tum_is_undefined(subject) &&
        vm->state == TUM_VM_RAISED) {
        tum_raised_clear(vm);
        *ret = false;
        return true;
    }
    return o != NULL && tum_op_truth(vm, o, ret);
}

/* The text that a filter chain starts with, or the caller of a call block. */
static struct tum_obj *hook_client(struct tum_vm *vm, void *ctx, struct tum_ast *node)
{
    struct tum_trender *r = ctx;
    const struct tum_tnode *call = node->client;

    (void)vm;
    return call != NULL ? tum_macro_new(r, call->as.macro.def) : r->captured;
}

static struct tum_obj *hook_missing(struct tum_vm *vm, void *ctx, struct tum_obj *o,
                                    struct tum_obj *key)
{
    (void)ctx;
    return tum_undefined_of(vm, o, key);
}

static struct tum_obj *hook_no_else(struct tum_vm *vm, void *ctx, struct tum_ast *node)
{
    (void)ctx;
    (void)node;
    return tum_undefined_hint(
        vm, "the inline if-expression has no else and its condition is false");
}

static bool any_safe(struct tum_obj **v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tum_is_markup(v[i]))
            return true;
    return false;
}

static struct tum_obj *hook_concat(struct tum_vm *vm, void *ctx, struct tum_obj **v,
                                   size_t n)
{
    struct tum_trender *r = ctx;
    bool safe = r->escape == TUM_TESCAPE_ON && any_safe(v, n);
    struct tum_buf buf = {0};
    struct tum_obj *text;

    tum_buf_init(&buf, TUM_BUF_ANY);
    for (size_t i = 0; i < n; i++) {
        struct tum_obj *part = safe ? tum_markup_escape(vm, v[i]) : v[i];

        if (part == NULL || !tum_op_write_str(vm, part, &buf) ||
            !tum_vm_room(vm, buf.len)) {
            tum_buf_release(&buf);
            return NULL;
        }
    }
    text = tum_new_str_buf(vm, &buf);
    return safe ? tum_markup_of(vm, text) : text;
}

const struct tum_hooks tum_tmpl_hooks = {
    .name = hook_name,
    .filter = hook_filter,
    .test = hook_test,
    .client = hook_client,
    .missing = hook_missing,
    .no_else = hook_no_else,
    .concat = hook_concat,
};
