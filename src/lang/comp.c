/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comprehensions. One run through their clauses serves all four kinds: a generator
 * stops where the others put the element into their result.
 */
#include "lang/comp.h"

/* ---- targets ---- */

static bool assign_star(struct tum_vm *vm, struct tum_ast *target,
                        struct tum_oseq *items, uint32_t star, struct tum_frame *frame)
{
    size_t after = target->count - star - 1, rest;
    struct tum_oseq *list;

    if (items->n < target->count - 1)
        return tum_raise_value_false(
            vm, "not enough values to unpack (expected at least %u, got %zu)",
            target->count - 1, items->n);
    rest = items->n - star - after;
    list = tum_new_list(vm, rest);
    for (size_t i = 0; i < rest; i++)
        list->items[i] = items->items[star + i];
    for (uint32_t i = 0; i < star; i++) {
        if (!tum_eval_assign(vm, target->list[i], items->items[i], frame))
            return false;
    }
    if (!tum_eval_assign(vm, target->list[star]->a, &list->head, frame))
        return false;
    for (size_t i = 0; i < after; i++) {
        if (!tum_eval_assign(vm, target->list[star + 1 + i],
                             items->items[items->n - after + i], frame))
            return false;
    }
    return true;
}

bool tum_eval_unpack(struct tum_vm *vm, struct tum_obj *value, size_t n,
                     struct tum_obj **ret)
{
    struct tum_obj *iter, *more;

    if (!tum_is_iterable(value))
        return tum_raise_type_false(vm, "cannot unpack non-iterable %s object",
                                    value->type->name);
    iter = tum_op_iter(vm, value);
    if (iter == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (tum_iter_next(vm, iter, &ret[i]))
            continue;
        return !tum_vm_failed(vm) &&
               tum_raise_value_false(
                   vm, "not enough values to unpack (expected %zu, got %zu)", n, i);
    }
    if (tum_iter_next(vm, iter, &more))
        return tum_raise_value_false(vm, "too many values to unpack (expected %zu)", n);
    return !tum_vm_failed(vm);
}

static bool assign_sequence(struct tum_vm *vm, struct tum_ast *target,
                            struct tum_obj *value, struct tum_frame *frame)
{
    struct tum_obj *few[8], **items = few;
    struct tum_oseq *all;

    for (uint32_t i = 0; i < target->count; i++) {
        if (target->list[i]->kind != TUM_AST_STAR)
            continue;
        if (!tum_is_iterable(value))
            return tum_raise_type_false(vm, "cannot unpack non-iterable %s object",
                                        value->type->name);
        all = tum_op_items(vm, value);
        return all != NULL && assign_star(vm, target, all, i, frame);
    }
    if (target->count > TUM_LEN(few))
        items = tum_vm_array(vm, struct tum_obj *, target->count);
    if (!tum_eval_unpack(vm, value, target->count, items))
        return false;
    for (uint32_t i = 0; i < target->count; i++) {
        if (!tum_eval_assign(vm, target->list[i], items[i], frame))
            return false;
    }
    return true;
}

bool tum_eval_assign(struct tum_vm *vm, struct tum_ast *target, struct tum_obj *value,
                     struct tum_frame *frame)
{
    if (target->kind != TUM_AST_NAME)
        return assign_sequence(vm, target, value, frame);
    for (uint16_t i = 0; i < target->depth; i++)
        frame = frame->up;
    frame->slots[target->slot] = value;
    return true;
}

/* ---- the run through the clauses ---- */

/* Also the generator object. */
struct run {
    struct tum_obj head;
    struct tum_ast *node;
    struct tum_frame *frame;
    struct tum_obj **iters; /* one a clause, down to `level` */
    uint32_t level;
    bool ended, running;
};

static bool run_init(struct tum_vm *vm, struct run *run, struct tum_ast *node,
                     struct tum_frame *outer)
{
    struct tum_obj *first = tum_eval(vm, node->list[0]->b, outer);

    *run = (struct run){.head.type = &tum_type_generator, .node = node};
    if (first == NULL)
        return false;
    run->iters = tum_vm_array(vm, struct tum_obj *, node->count);
    run->iters[0] = tum_op_iter(vm, first);
    run->frame = tum_frame_new(vm, outer, node->frame_size);
    return run->iters[0] != NULL;
}

/* *ret_all: every condition of the clause holds. */
static bool conditions(struct tum_vm *vm, struct run *run, struct tum_ast *clause,
                       bool *ret_all)
{
    *ret_all = true;
    for (uint32_t i = 0; *ret_all && i < clause->count; i++) {
        struct tum_obj *o = tum_eval(vm, clause->list[i], run->frame);

        if (o == NULL || !tum_op_truth(vm, o, ret_all))
            return false;
    }
    return true;
}

/* Goes to the next element: true, and the frame has its names. False: end, or failed. */
static bool run_advance(struct tum_vm *vm, struct run *run)
{
    struct tum_obj *item;
    bool all;

    for (;;) {
        struct tum_ast *clause = run->node->list[run->level];

        if (!tum_iter_next(vm, run->iters[run->level], &item)) {
            if (tum_vm_failed(vm) || run->level == 0)
                return false;
            run->level--;
            continue;
        }
        if (!tum_eval_assign(vm, clause->a, item, run->frame) ||
            !conditions(vm, run, clause, &all))
            return false;
        if (!all)
            continue;
        if (run->level + 1 == run->node->count)
            return true;
        item = tum_eval(vm, run->node->list[run->level + 1]->b, run->frame);
        if (item != NULL)
            item = tum_op_iter(vm, item);
        if (item == NULL)
            return false;
        run->iters[++run->level] = item;
    }
}

/* ---- generators ---- */

/* Next element by value; what CPython makes of an end that comes out of the body. */
static bool generator_step(struct tum_vm *vm, struct run *run, struct tum_obj **ret)
{
    if (run_advance(vm, run)) {
        *ret = tum_eval(vm, run->node->a, run->frame);
        if (*ret != NULL)
            return true;
    }
    if (tum_raised(vm, "StopIteration")) {
        tum_raised_clear(vm);
        tum_raise(vm, "RuntimeError", "generator raised StopIteration");
    }
    return false;
}

static bool next_generator(struct tum_vm *vm, struct tum_obj *self,
                           struct tum_obj **ret)
{
    struct run *run = (struct run *)self;

    if (run->ended)
        return false;
    if (run->running)
        return tum_raise_value_false(vm, "generator already executing");
    if (!tum_vm_stack(vm))
        return false;
    run->running = true;
    run->ended = !generator_step(vm, run, ret);
    run->running = false;
    return !run->ended;
}

const struct tum_type tum_type_generator = {.name = "generator",
                                            .kind = TUM_O_ITER,
                                            .next = next_generator,
                                            .unsupported_attrs = true};

/* ---- results ---- */

static bool collect(struct tum_vm *vm, struct run *run, struct tum_obj *result)
{
    struct tum_obj *key = tum_eval(vm, run->node->a, run->frame), *value;

    if (key == NULL)
        return false;
    switch ((enum tum_comp)run->node->op) {
    case TUM_COMP_LIST:
        return tum_olist_append(vm, tum_as_seq(result), key);
    case TUM_COMP_SET:
        return tum_oset_add(vm, tum_as_set(result), key);
    default:
        value = tum_eval(vm, run->node->b, run->frame);
        return value != NULL && tum_dict_set(vm, tum_as_dict(result), key, value);
    }
}

struct tum_obj *tum_eval_comp(struct tum_vm *vm, struct tum_ast *node,
                              struct tum_frame *frame)
{
    struct tum_obj *result;
    struct run run, *generator;

    if (!run_init(vm, &run, node, frame))
        return NULL;
    switch ((enum tum_comp)node->op) {
    case TUM_COMP_GENERATOR:
        generator = tum_vm_alloc(vm, sizeof(*generator));
        *generator = run;
        return &generator->head;
    case TUM_COMP_LIST:
        result = &tum_new_list(vm, 0)->head;
        break;
    case TUM_COMP_SET:
        result = &tum_new_set(vm, false)->head;
        break;
    default:
        result = &tum_new_dict(vm)->head;
        break;
    }
    while (run_advance(vm, &run)) {
        if (!collect(vm, &run, result))
            return NULL;
    }
    return tum_vm_failed(vm) ? NULL : result;
}
