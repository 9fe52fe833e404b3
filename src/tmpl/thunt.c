/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches in trees, in the order in which the reference visits them, because an
 * assignment before a use takes a name's special meaning away.
 */
#include "tmpl/thunt.h"
#include "lang/ast.h"

static void hunt_name(struct tum_thunt *hunt, struct tum_str name, bool load)
{
    for (size_t i = 0; i < TUM_THUNT_LIMIT && hunt->names[i] != NULL; i++) {
        if (hunt->gone[i] || !tum_str_is(name, hunt->names[i]))
            continue;
        if (load)
            hunt->found[i] = true;
        else
            hunt->gone[i] = true;
    }
}

static bool hunt_child(void *ctx, struct tum_ast *node)
{
    if (node->kind == TUM_AST_NAME)
        hunt_name(ctx, node->name, true);
    return tum_ast_each_child(node, hunt_child, ctx);
}

static void hunt_expr(struct tum_thunt *hunt, struct tum_ast *expr)
{
    if (expr != NULL)
        hunt_child(hunt, expr);
}

static void hunt_target(struct tum_thunt *hunt, struct tum_ttarget *target)
{
    if (target->kind == TUM_TTARGET_NAME)
        hunt_name(hunt, target->name, false);
    for (size_t i = 0; i < target->count; i++)
        hunt_target(hunt, target->items[i]);
}

static void hunt_macro(struct tum_thunt *hunt, struct tum_tmacro *def)
{
    for (size_t i = 0; i < def->param_count; i++)
        hunt_target(hunt, def->params[i]);
    for (size_t i = 0; i < def->default_count; i++)
        hunt_expr(hunt, def->defaults[i]);
    tum_thunt_body(hunt, def->body);
}

static void hunt_node(struct tum_thunt *hunt, struct tum_tnode *node)
{
    switch (node->kind) {
    case TUM_TNODE_OUTPUT:
        for (size_t i = 0; i < node->as.output.count; i++)
            hunt_expr(hunt, node->as.output.items[i]);
        break;
    case TUM_TNODE_IF:
        for (size_t i = 0; i < node->as.cond.count; i++) {
            hunt_expr(hunt, node->as.cond.arms[i].test);
            tum_thunt_body(hunt, node->as.cond.arms[i].body);
        }
        break;
    case TUM_TNODE_FOR:
        hunt_target(hunt, node->as.loop->target);
        hunt_expr(hunt, node->as.loop->iter);
        tum_thunt_body(hunt, node->as.loop->body);
        tum_thunt_body(hunt, node->as.loop->other);
        hunt_expr(hunt, node->as.loop->test);
        break;
    case TUM_TNODE_SET:
    case TUM_TNODE_SET_BLOCK:
        hunt_target(hunt, node->as.set.target);
        hunt_expr(hunt, node->as.set.value);
        hunt_expr(hunt, node->as.set.filter);
        tum_thunt_body(hunt, node->as.set.body);
        break;
    case TUM_TNODE_CALL:
        hunt_expr(hunt, node->as.macro.call);
        hunt_macro(hunt, node->as.macro.def);
        break;
    case TUM_TNODE_MACRO:
        hunt_macro(hunt, node->as.macro.def);
        break;
    case TUM_TNODE_FILTER:
        tum_thunt_body(hunt, node->as.filter.body);
        hunt_expr(hunt, node->as.filter.filter);
        break;
    case TUM_TNODE_WITH:
        for (size_t i = 0; i < node->as.with.count; i++)
            hunt_target(hunt, node->as.with.targets[i]);
        for (size_t i = 0; i < node->as.with.count; i++)
            hunt_expr(hunt, node->as.with.values[i]);
        tum_thunt_body(hunt, node->as.with.body);
        break;
    case TUM_TNODE_AUTOESCAPE:
        hunt_expr(hunt, node->as.escape.on);
        tum_thunt_body(hunt, node->as.escape.body);
        break;
    case TUM_TNODE_INCLUDE:
    case TUM_TNODE_IMPORT:
    case TUM_TNODE_EXTENDS:
        hunt_expr(hunt, node->as.load.source);
        break;
    case TUM_TNODE_TEXT:
    case TUM_TNODE_BLOCK:
        break;
    }
}

void tum_thunt_body(struct tum_thunt *hunt, struct tum_tnode *node)
{
    for (; node != NULL; node = node->next)
        hunt_node(hunt, node);
}

bool tum_thunt_assigns_loop(const struct tum_ttarget *target)
{
    if (target->kind == TUM_TTARGET_NAME && tum_str_is(target->name, "loop"))
        return true;
    for (size_t i = 0; i < target->count; i++)
        if (tum_thunt_assigns_loop(target->items[i]))
            return true;
    return false;
}

const struct tum_ttarget *tum_thunt_loop_target(struct tum_tnode *node)
{
    const struct tum_ttarget *found = NULL;

    for (; node != NULL && found == NULL; node = node->next) {
        switch (node->kind) {
        case TUM_TNODE_IF:
            for (size_t i = 0; i < node->as.cond.count && found == NULL; i++)
                found = tum_thunt_loop_target(node->as.cond.arms[i].body);
            break;
        case TUM_TNODE_FOR:
            if (tum_thunt_assigns_loop(node->as.loop->target))
                return node->as.loop->target;
            found = tum_thunt_loop_target(node->as.loop->body);
            if (found == NULL)
                found = tum_thunt_loop_target(node->as.loop->other);
            break;
        case TUM_TNODE_SET:
        case TUM_TNODE_SET_BLOCK:
            if (tum_thunt_assigns_loop(node->as.set.target))
                return node->as.set.target;
            found = tum_thunt_loop_target(node->as.set.body);
            break;
        case TUM_TNODE_MACRO:
        case TUM_TNODE_CALL:
            found = tum_thunt_loop_target(node->as.macro.def->body);
            break;
        case TUM_TNODE_FILTER:
            found = tum_thunt_loop_target(node->as.filter.body);
            break;
        case TUM_TNODE_WITH:
            found = tum_thunt_loop_target(node->as.with.body);
            break;
        case TUM_TNODE_BLOCK:
            found = tum_thunt_loop_target(node->as.block->body);
            break;
        case TUM_TNODE_AUTOESCAPE:
            found = tum_thunt_loop_target(node->as.escape.body);
            break;
        default:
            break;
        }
    }
    return found;
}

bool tum_thunt_has_scoped(struct tum_tnode *node)
{
    for (; node != NULL; node = node->next) {
        bool found = false;

        switch (node->kind) {
        case TUM_TNODE_IF:
            for (size_t i = 0; i < node->as.cond.count && !found; i++)
                found = tum_thunt_has_scoped(node->as.cond.arms[i].body);
            break;
        case TUM_TNODE_FOR:
            found = tum_thunt_has_scoped(node->as.loop->body) ||
                    tum_thunt_has_scoped(node->as.loop->other);
            break;
        case TUM_TNODE_SET_BLOCK:
            found = tum_thunt_has_scoped(node->as.set.body);
            break;
        case TUM_TNODE_MACRO:
        case TUM_TNODE_CALL:
            found = tum_thunt_has_scoped(node->as.macro.def->body);
            break;
        case TUM_TNODE_FILTER:
            found = tum_thunt_has_scoped(node->as.filter.body);
            break;
        case TUM_TNODE_WITH:
            found = tum_thunt_has_scoped(node->as.with.body);
            break;
        case TUM_TNODE_BLOCK:
            found =
                node->as.block->scoped || tum_thunt_has_scoped(node->as.block->body);
            break;
        case TUM_TNODE_AUTOESCAPE:
            found = tum_thunt_has_scoped(node->as.escape.body);
            break;
        default:
            break;
        }
        if (found)
            return true;
    }
    return false;
}
