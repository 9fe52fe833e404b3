/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making nodes and walking over their children.
 */
#include "lang/ast.h"

struct tum_ast *tum_ast_new(struct tum_vm *vm, enum tum_ast_kind kind, uint32_t start,
                            uint32_t end)
{
    struct tum_ast *node = tum_vm_alloc(vm, sizeof(*node));

    *node = (struct tum_ast){.kind = (uint8_t)kind, .start = start, .end = end};
    return node;
}

struct tum_ast *tum_ast_const(struct tum_vm *vm, struct tum_obj *constant,
                              uint32_t start, uint32_t end)
{
    struct tum_ast *node = tum_ast_new(vm, TUM_AST_CONST, start, end);

    node->constant = constant;
    return node;
}

void tum_ast_add(struct tum_vm *vm, struct tum_ast_list *list, struct tum_ast *node)
{
    if (list->count == list->cap) {
        uint32_t cap = list->cap != 0 ? list->cap * 2 : 4;
        struct tum_ast **items = tum_vm_array(vm, struct tum_ast *, cap);

        if (list->count != 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = node;
}

static bool each_default(struct tum_ast *node,
                         bool (*visit)(void *ctx, struct tum_ast *child), void *ctx)
{
    uint32_t n = node->params->positional + node->params->keyword_only;

    for (uint32_t i = 0; i < n; i++) {
        if (node->params->list[i].deflt != NULL &&
            !visit(ctx, node->params->list[i].deflt))
            return false;
    }
    return true;
}

bool tum_ast_each_child(struct tum_ast *node,
                        bool (*visit)(void *ctx, struct tum_ast *child), void *ctx)
{
    if (node->kind == TUM_AST_LAMBDA && !each_default(node, visit, ctx))
        return false;
    if ((node->a != NULL && !visit(ctx, node->a)) ||
        (node->b != NULL && !visit(ctx, node->b)) ||
        (node->c != NULL && !visit(ctx, node->c)))
        return false;
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->list[i] != NULL && !visit(ctx, node->list[i]))
            return false;
    }
    return true;
}
