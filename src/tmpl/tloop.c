/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variable `loop`. Looks one element ahead, and only when asked for what needs it.
 */
#include "tmpl/tobj.h"

struct tum_loop *tum_loop_new(struct tum_vm *vm, struct tum_obj *source)
{
    struct tum_obj *iter = tum_op_iter(vm, source);
    struct tum_loop *loop;

    if (iter == NULL)
        return NULL;
    loop = tum_new_obj(vm, &tum_type_loop, struct tum_loop);
    *loop = (struct tum_loop){
        .head = loop->head, .source = source, .iter = iter, .index0 = -1};
    return loop;
}

bool tum_loop_next(struct tum_vm *vm, struct tum_loop *loop, struct tum_obj **ret)
{
    if (loop->after != NULL)
        *ret = loop->after;
    else if (!tum_iter_next(vm, loop->iter, ret))
        return false;
    loop->after = NULL;
    loop->index0++;
    loop->before = loop->current;
    loop->current = *ret;
    return true;
}

/* The element after this one in loop->after; NULL there when this is the last. */
static bool peek(struct tum_vm *vm, struct tum_loop *loop)
{
    struct tum_obj *item;

    if (loop->after != NULL)
        return true;
    if (tum_iter_next(vm, loop->iter, &item)) {
        loop->after = item;
        return true;
    }
    return !tum_vm_failed(vm);
}

/* An iterator has no length: what is left of it is taken and put back as a list. */
static bool count(struct tum_vm *vm, struct tum_loop *loop)
{
    struct tum_oseq *rest;

    if (loop->counted)
        return true;
    if (tum_op_len(vm, loop->source, &loop->length)) {
        loop->counted = true;
        return true;
    }
    if (!tum_raised(vm, "TypeError"))
        return false;
    tum_raised_clear(vm);
    rest = tum_op_list(vm, loop->iter);
    if (rest == NULL)
        return false;
    loop->iter = tum_op_iter(vm, &rest->head);
    loop->length = rest->n + (size_t)(loop->index0 + 1) + (loop->after != NULL);
    loop->counted = true;
    return loop->iter != NULL;
}

static struct tum_loop *self_of(struct tum_obj **a)
{
    return (struct tum_loop *)a[0];
}

static struct tum_obj *get_index(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_int(vm, self_of(a)->index0 + 1);
}

static struct tum_obj *get_index0(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_int(vm, self_of(a)->index0);
}

static struct tum_obj *get_revindex(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    if (!count(vm, self_of(a)))
        return NULL;
    return tum_new_int(vm, (int64_t)self_of(a)->length - self_of(a)->index0);
}

static struct tum_obj *get_revindex0(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    if (!count(vm, self_of(a)))
        return NULL;
    return tum_new_int(vm, (int64_t)self_of(a)->length - self_of(a)->index0 - 1);
}

static struct tum_obj *get_first(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, self_of(a)->index0 == 0);
}

static struct tum_obj *get_last(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    if (!peek(vm, self_of(a)))
        return NULL;
    return tum_new_bool(vm, self_of(a)->after == NULL);
}

static struct tum_obj *get_length(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return count(vm, self_of(a)) ? tum_new_size(vm, self_of(a)->length) : NULL;
}

static struct tum_obj *get_depth(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_size(vm, self_of(a)->depth0 + 1);
}

static struct tum_obj *get_depth0(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_size(vm, self_of(a)->depth0);
}

static struct tum_obj *get_previtem(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    if (self_of(a)->before == NULL)
        return tum_undefined_hint(vm, "there is no previous item");
    return self_of(a)->before;
}

static struct tum_obj *get_nextitem(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    if (!peek(vm, self_of(a)))
        return NULL;
    if (self_of(a)->after == NULL)
        return tum_undefined_hint(vm, "there is no next item");
    return self_of(a)->after;
}

static struct tum_obj *loop_cycle(struct tum_vm *vm, struct tum_obj *self,
                                  const struct tum_args *args)
{
    struct tum_loop *loop = (struct tum_loop *)self;

    if (args->nkw > 0)
        return tum_raise_type(vm, "loop.cycle() takes no keyword arguments");
    if (args->n == 0)
        return tum_raise_type(vm, "no items for cycling given");
    return args->v[(uint64_t)loop->index0 % args->n];
}

static struct tum_obj *loop_changed(struct tum_vm *vm, struct tum_obj *self,
                                    const struct tum_args *args)
{
    struct tum_loop *loop = (struct tum_loop *)self;
    struct tum_oseq *now;
    bool differs = true;

    if (args->nkw > 0)
        return tum_raise_type(vm, "loop.changed() takes no keyword arguments");
    now = tum_new_tuple(vm, args->n);
    if (args->n > 0)
        memcpy(now->items, args->v, args->n * sizeof(*args->v));
    if (loop->changed != NULL &&
        !tum_op_holds(vm, TUM_CMP_NE, loop->changed, &now->head, &differs))
        return NULL;
    if (differs)
        loop->changed = &now->head;
    return tum_new_bool(vm, differs);
}

static const struct tum_native attrs[] = {
    {"changed", NULL, 0, 0, NULL, 0, loop_changed},
    {"cycle", NULL, 0, 0, NULL, 0, loop_cycle},
    {"depth", get_depth, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"depth0", get_depth0, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"first", get_first, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"index", get_index, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"index0", get_index0, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"last", get_last, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"length", get_length, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"nextitem", get_nextitem, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"previtem", get_previtem, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"revindex", get_revindex, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"revindex0", get_revindex0, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
};

static struct tum_obj *loop_call(struct tum_vm *vm, struct tum_obj *self,
                                 const struct tum_args *args)
{
    struct tum_loop *loop = (struct tum_loop *)self;

    if (loop->again == NULL)
        return tum_raise_type(vm, "the loop must have the 'recursive' marker to be "
                                  "called recursively");
    if (args->n != 1 || args->nkw != 0)
        return tum_raise_type(vm, "loop() takes exactly one argument (%zu given)",
                              args->n + args->nkw);
    return loop->again(vm, loop, args->v[0]);
}

static bool loop_len(struct tum_vm *vm, struct tum_obj *self, size_t *ret)
{
    struct tum_loop *loop = (struct tum_loop *)self;

    if (!count(vm, loop))
        return false;
    *ret = loop->length;
    return true;
}

static bool loop_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    struct tum_loop *loop = (struct tum_loop *)self;

    if (!count(vm, loop))
        return false;
    tum_buf_addf(out, "<LoopContext %lld/%zu>", (long long)loop->index0 + 1,
                 loop->length);
    return true;
}

const struct tum_type tum_type_loop = {
    .name = "LoopContext",
    .module = "jinja2.runtime",
    .kind = TUM_O_OTHER,
    .attrs = attrs,
    .attr_count = TUM_LEN(attrs),
    .call = loop_call,
    .len = loop_len,
    .repr = loop_repr,
};
