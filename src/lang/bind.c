/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names to places. Python decides once for a whole function which names are its own, so a
 * function's assigned names are collected before its body is walked.
 */
#include "lang/bind.h"
#include "lang/ops.h"

/* Variables of one lambda or comprehension; more is handed over. */
#define NAME_LIMIT 1000

enum scope_kind { SCOPE_FUNCTION, SCOPE_COMP };

struct scope {
    struct scope *up;
    enum scope_kind kind;
    struct tum_str *names;
    uint32_t count;
    size_t cap;
};

struct binder {
    struct tum_vm *vm;
    struct scope *scope;
    unsigned iterables; /* of comprehensions around: `:=` is refused there */
};

static bool bind(struct binder *b, struct tum_ast *node);

static bool bind_child(void *ctx, struct tum_ast *child)
{
    return bind(ctx, child);
}

static bool syntax_error(struct binder *b, const char *text)
{
    return tum_raise_false(b->vm, "SyntaxError", "%s (<string>, line 1)", text);
}

/* ---- scopes ---- */

static bool scope_find(const struct scope *scope, struct tum_str name, uint32_t *ret)
{
    for (uint32_t i = 0; i < scope->count; i++) {
        if (tum_str_eq(scope->names[i], name)) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool scope_add(struct binder *b, struct scope *scope, struct tum_str name)
{
    uint32_t slot;

    if (scope_find(scope, name, &slot))
        return true;
    if (scope->count == NAME_LIMIT)
        return tum_unsupported_false(b->vm, "number of variables");
    if (scope->count == scope->cap) {
        size_t cap = scope->cap != 0 ? scope->cap * 2 : 4;
        struct tum_str *names = tum_vm_array(b->vm, struct tum_str, cap);

        if (scope->count != 0)
            memcpy(names, scope->names, scope->count * sizeof(*names));
        scope->names = names;
        scope->cap = cap;
    }
    scope->names[scope->count++] = name;
    return true;
}

static bool add_targets(struct binder *b, struct scope *scope,
                        const struct tum_ast *node)
{
    if (node->kind == TUM_AST_NAME)
        return scope_add(b, scope, node->name);
    if (node->a != NULL && !add_targets(b, scope, node->a))
        return false;
    for (uint32_t i = 0; i < node->count; i++) {
        if (!add_targets(b, scope, node->list[i]))
            return false;
    }
    return true;
}

/* ---- `:=` ---- */

struct collector {
    struct binder *b;
    struct scope *scope;
};

/* Names that `:=` assigns in this function; lambdas inside have their own. */
static bool collect(void *ctx, struct tum_ast *node)
{
    struct collector *c = ctx;

    if (!tum_vm_stack(c->b->vm))
        return false;
    if (node->kind == TUM_AST_WALRUS && !scope_add(c->b, c->scope, node->a->name))
        return false;
    if (node->kind == TUM_AST_LAMBDA) {
        uint32_t n = node->params->positional + node->params->keyword_only;

        for (uint32_t i = 0; i < n; i++) {
            if (node->params->list[i].deflt != NULL &&
                !collect(ctx, node->params->list[i].deflt))
                return false;
        }
        return true;
    }
    return tum_ast_each_child(node, collect, c);
}

/* What a comprehension may not do with `:=`. */
static bool check_walrus(struct binder *b, struct tum_str name)
{
    uint32_t slot;

    if (b->iterables > 0)
        return syntax_error(b,
                            "assignment expression cannot be used in a comprehension "
                            "iterable expression");
    for (const struct scope *s = b->scope; s->kind == SCOPE_COMP; s = s->up) {
        if (scope_find(s, name, &slot))
            return tum_raise_false(b->vm, "SyntaxError",
                                   "assignment expression cannot rebind comprehension "
                                   "iteration variable '%.*s' (<string>, line 1)",
                                   TUM_STR_ARG(name));
    }
    return true;
}

/* ---- nodes ---- */

static bool bind_builtin(struct binder *b, struct tum_ast *node)
{
    node->own = tum_builtin(b->vm, node->name);
    node->bound = node->own != NULL ? TUM_BOUND_OWN : TUM_BOUND_NOWHERE;
    return !tum_vm_failed(b->vm);
}

static bool bind_name(struct binder *b, struct tum_ast *node)
{
    uint16_t depth = 0;
    bool crossed = false; /* a function's border */
    uint32_t slot;

    for (const struct scope *s = b->scope; s != NULL; s = s->up, depth++) {
        if (scope_find(s, node->name, &slot)) {
            node->bound = TUM_BOUND_FRAME;
            node->depth = depth;
            node->slot = slot;
            node->free = crossed;
            node->global = s->up == NULL;
            /* A name of the top that is also built in, before it is assigned. */
            if (node->global &&
                (tum_builtin(b->vm, node->name) != NULL || tum_vm_failed(b->vm)))
                return tum_unsupported_false(b->vm, "assigning a built-in name");
            return true;
        }
        crossed = crossed || s->kind == SCOPE_FUNCTION;
    }
    return bind_builtin(b, node);
}

static bool bind_lambda(struct binder *b, struct tum_ast *node)
{
    struct tum_params *p = node->params;
    uint32_t named = p->positional + p->keyword_only;
    struct scope scope = {.up = b->scope, .kind = SCOPE_FUNCTION};
    struct collector collector = {b, &scope};

    for (uint32_t i = 0; i < named; i++) {
        if (p->list[i].deflt != NULL && !bind(b, p->list[i].deflt))
            return false;
    }
    for (uint32_t i = 0; i < named + p->star + p->dstar; i++) {
        if (!scope_add(b, &scope, p->list[i].name))
            return false;
    }
    if (!collect(&collector, node->a))
        return false;
    b->scope = &scope;
    if (!bind(b, node->a))
        return false;
    b->scope = scope.up;
    node->frame_size = scope.count;
    return true;
}

static bool bind_iterable(struct binder *b, struct tum_ast *node)
{
    bool ok;

    b->iterables++;
    ok = bind(b, node);
    b->iterables--;
    return ok;
}

/* The first iterable belongs to the scope outside. */
static bool bind_comp(struct binder *b, struct tum_ast *node)
{
    struct scope scope = {.up = b->scope, .kind = SCOPE_COMP};

    for (uint32_t i = 0; i < node->count; i++) {
        if (!add_targets(b, &scope, node->list[i]->a))
            return false;
    }
    if (!bind_iterable(b, node->list[0]->b))
        return false;
    b->scope = &scope;
    for (uint32_t i = 0; i < node->count; i++) {
        struct tum_ast *clause = node->list[i];

        if (!bind(b, clause->a) || (i > 0 && !bind_iterable(b, clause->b)))
            return false;
        for (uint32_t k = 0; k < clause->count; k++) {
            if (!bind(b, clause->list[k]))
                return false;
        }
    }
    if (!bind(b, node->a) || (node->b != NULL && !bind(b, node->b)))
        return false;
    b->scope = scope.up;
    node->frame_size = scope.count;
    return true;
}

static bool bind(struct binder *b, struct tum_ast *node)
{
    if (!tum_vm_stack(b->vm))
        return false;
    switch ((enum tum_ast_kind)node->kind) {
    case TUM_AST_CONST:
        return true;
    case TUM_AST_NAME:
        return bind_name(b, node);
    case TUM_AST_LAMBDA:
        return bind_lambda(b, node);
    case TUM_AST_COMP:
        return bind_comp(b, node);
    case TUM_AST_WALRUS:
        if (!check_walrus(b, node->a->name))
            return false;
        break;
    default:
        break;
    }
    return tum_ast_each_child(node, bind_child, b);
}

struct tum_ast *tum_bind(struct tum_vm *vm, struct tum_ast *node)
{
    struct tum_ast *top = tum_ast_new(vm, TUM_AST_LAMBDA, node->start, node->end);
    struct binder b = {.vm = vm};

    top->params = tum_vm_array(vm, struct tum_params, 1);
    *top->params = (struct tum_params){0};
    top->a = node;
    return bind_lambda(&b, top) ? top : NULL;
}
