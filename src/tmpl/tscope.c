/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives every name its place and every filter its function. Each frame is looked at
 * twice: tum_tsee_… finds the names that belong to it, `bind_…` then gives every name
 * its place and goes into the frames below.
 */
#include "tmpl/tscope.h"
#include "lang/ast.h"
#include "tmpl/terr.h"
#include "tmpl/tfilter.h"
#include "tmpl/thunt.h"
#include "tmpl/tnames.h"

struct scope {
    struct tum_ttree *tree;
    struct tum_str text;
    uint32_t source;
    struct tum_error **err;
    struct tum_tnames *frame; /* that is being bound */
    unsigned soft; /* inside a branch, where an unknown filter fails only when used */
    enum tum_tescape escape;
};

/* ---- bind: give names their places ---- */

static bool bind_nodes(struct scope *s, struct tum_tnode *node);

static struct tum_tref ref_from(const struct scope *s, const struct tum_tfn *func,
                                uint32_t slot)
{
    return (struct tum_tref){s->frame->func->depth - func->depth, slot};
}

static struct tum_tref ref_of(const struct scope *s, struct tum_str name)
{
    struct tum_tnames *owner;
    struct tum_tentry *entry = tum_tnames_place(s->frame, name, &owner);

    if (entry == NULL)
        tum_bug("no place for the name '%.*s'", TUM_STR_ARG(name));
    return ref_from(s, owner->func, entry->slot);
}

static bool bind_known(struct scope *s, struct tum_ast *node, const char *what)
{
    struct tum_span at = {s->source, node->start, node->end - node->start};

    if (node->client != NULL || s->soft > 0)
        return true;
    return tum_tmpl_fail(s->err, "TemplateAssertionError", at, "no %s named '%.*s'",
                         what, TUM_STR_ARG(node->name));
}

static bool bind_child(void *ctx, struct tum_ast *node);

/* `x[1:2, 3]`: a tuple with slices is no expression. */
static bool bind_tuple(struct scope *s, struct tum_ast *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        const struct tum_ast *item = node->list[i];
        struct tum_span at = {s->source, item->start, item->end - item->start};

        if (item->kind == TUM_AST_SLICE)
            return tum_tmpl_fail(s->err, "SyntaxError", at, "a slice among indexes");
    }
    return tum_ast_each_child(node, bind_child, s);
}

/* Whether a literal decides an `and` or `or`, so that the rest is never looked at. */
static bool decides(const struct tum_ast *node, bool is_or)
{
    bool truth;

    if (node->kind != TUM_AST_CONST)
        return false;
    switch (tum_kind_of(node->constant)) {
    case TUM_O_NONE:
        truth = false;
        break;
    case TUM_O_BOOL:
        truth = tum_as_int(node->constant)->v.as.b;
        break;
    case TUM_O_INT:
        truth = tum_as_int(node->constant)->v.kind != TUM_INT ||
                tum_as_int(node->constant)->v.as.i != 0;
        break;
    case TUM_O_STR:
        truth = tum_as_str(node->constant)->n > 0;
        break;
    default:
        return false;
    }
    return truth == is_or;
}

static bool bind_logic(struct scope *s, struct tum_ast *node)
{
    unsigned soft = s->soft;
    bool ok = true;

    for (uint32_t i = 0; ok && i < node->count; i++) {
        ok = bind_child(s, node->list[i]);
        if (decides(node->list[i], node->kind == TUM_AST_OR))
            s->soft++;
    }
    s->soft = soft;
    return ok;
}

static bool bind_child(void *ctx, struct tum_ast *node)
{
    struct scope *s = ctx;
    const struct tum_native *native = NULL;
    bool ok;

    switch (node->kind) {
    case TUM_AST_NAME: {
        struct tum_tref ref = ref_of(s, node->name);

        node->depth = (uint16_t)ref.hops;
        node->slot = ref.slot;
        return true;
    }
    case TUM_AST_FILTER:
        native = tum_tfilter_find(node->name);
        memcpy(&node->client, &native, sizeof(native));
        if (!bind_known(s, node, "filter"))
            return false;
        break;
    case TUM_AST_TEST:
        native = tum_ttest_find(node->name);
        memcpy(&node->client, &native, sizeof(native));
        if (!bind_known(s, node, "test"))
            return false;
        break;
    case TUM_AST_TUPLE:
        return bind_tuple(s, node);
    case TUM_AST_AND:
    case TUM_AST_OR:
        return bind_logic(s, node);
    case TUM_AST_IF:
        s->soft++;
        ok = tum_ast_each_child(node, bind_child, s);
        s->soft--;
        return ok;
    default:
        break;
    }
    return tum_ast_each_child(node, bind_child, s);
}

static bool bind_expr(struct scope *s, struct tum_ast *expr)
{
    return expr == NULL || bind_child(s, expr);
}

static void bind_target(struct scope *s, struct tum_ttarget *target)
{
    if (target->kind != TUM_TTARGET_TUPLE)
        target->ref = ref_of(s, target->name);
    for (size_t i = 0; i < target->count; i++)
        bind_target(s, target->items[i]);
}

/* What is to be done when the frame begins. Its order does not matter. */
static void keep_frame(struct scope *s, struct tum_tnames *frame,
                       struct tum_tframe *ret)
{
    ret->loads = tum_arena_array(s->tree->arena, struct tum_tload, frame->count + 1);
    ret->load_count = 0;
    for (size_t i = 0; i < frame->count; i++) {
        const struct tum_tentry *entry = frame->entries[i];
        struct tum_tload *load = &ret->loads[ret->load_count];

        if (!entry->loaded)
            continue;
        load->kind = entry->load;
        load->slot = entry->slot;
        load->name = entry->name;
        if (entry->load == TUM_TLOAD_OUTER)
            load->from = (struct tum_tref){frame->func->depth - entry->from_func->depth,
                                           entry->from_slot};
        ret->load_count++;
    }
}

/* Goes into a frame that has been seen, and out again with what it needs. */
static bool bind_inside(struct scope *s, struct tum_tnames *frame,
                        struct tum_tnode *body, struct tum_tframe *ret)
{
    struct tum_tnames *outer = s->frame;
    unsigned soft = s->soft;
    bool ok;

    s->frame = frame;
    s->soft = 0;
    ok = bind_nodes(s, body);
    keep_frame(s, frame, ret);
    s->frame = outer;
    s->soft = soft;
    return ok;
}

static bool bind_loop_test(struct scope *s, struct tum_tfor *loop)
{
    struct tum_tnames *outer = s->frame;
    struct tum_tfn func;
    struct tum_tnames frame;
    unsigned soft = s->soft;
    bool ok;

    tum_tfn_init(&func, outer->func);
    tum_tnames_init(&frame, outer, &func);
    tum_tsee_target(&frame, loop->target, true);
    tum_tsee_expr(&frame, loop->test);
    s->frame = &frame;
    s->soft = 0;
    bind_target(s, loop->test_target);
    ok = bind_expr(s, loop->test);
    keep_frame(s, &frame, &loop->test_frame);
    loop->test_func.slot_count = func.slots;
    s->frame = outer;
    s->soft = soft;
    tum_tnames_release(&frame);
    tum_tfn_release(&func);
    return ok;
}

static struct tum_ttarget *copy_target(struct scope *s, const struct tum_ttarget *from)
{
    struct tum_ttarget *to = tum_arena_new_of(s->tree->arena, struct tum_ttarget);

    *to = *from;
    to->items = tum_arena_array(s->tree->arena, struct tum_ttarget *, from->count + 1);
    for (size_t i = 0; i < from->count; i++)
        to->items[i] = copy_target(s, from->items[i]);
    return to;
}

static bool check_loop_targets(struct scope *s, struct tum_tfor *loop)
{
    const struct tum_ttarget *bad = NULL;

    if (tum_thunt_assigns_loop(loop->target))
        bad = loop->target;
    if (bad == NULL)
        bad = tum_thunt_loop_target(loop->body);
    if (bad == NULL)
        bad = tum_thunt_loop_target(loop->other);
    if (bad == NULL)
        return true;
    return tum_tmpl_fail(s->err, "TemplateAssertionError", bad->at,
                         "'loop' cannot be assigned to inside a loop");
}

static bool bind_for(struct scope *s, struct tum_tfor *loop)
{
    struct tum_thunt hunt = {.names = {"loop"}};
    struct tum_tnames *outer = s->frame;
    struct tum_tfn own;
    struct tum_tfn *func = outer->func;
    struct tum_tnames body, other;
    bool ok;

    if (!check_loop_targets(s, loop))
        return false;
    tum_thunt_body(&hunt, loop->body);
    loop->has_loop =
        loop->recursive || hunt.found[0] || tum_thunt_has_scoped(loop->body);
    loop->test_target = copy_target(s, loop->target);
    if (loop->recursive) {
        tum_tfn_init(&own, outer->func);
        func = &own;
    }
    tum_tnames_init(&body, outer, func);
    tum_tnames_init(&other, outer, func);
    if (loop->has_loop) {
        tum_tnames_param(&body, TUM_S("loop"));
        loop->loop_slot = tum_tnames_find(&body, TUM_S("loop"))->slot;
    }
    tum_tsee_target(&body, loop->target, true);
    tum_tsee_body(&body, loop->body);
    tum_tsee_body(&other, loop->other);
    s->frame = &body;
    bind_target(s, loop->target);
    s->frame = outer;
    ok = (loop->test == NULL || bind_loop_test(s, loop)) && bind_expr(s, loop->iter) &&
         bind_inside(s, &body, loop->body, &loop->frame) &&
         bind_inside(s, &other, loop->other, &loop->other_frame);
    tum_tnames_release(&body);
    tum_tnames_release(&other);
    if (loop->recursive) {
        loop->func.slot_count = own.slots;
        tum_tfn_release(&own);
    }
    return ok;
}

static uint32_t special(struct tum_tnames *frame, const char *name)
{
    tum_tnames_param(frame, tum_str_of(name));
    return tum_tnames_find(frame, tum_str_of(name))->slot;
}

static bool bind_macro_body(struct scope *s, struct tum_tmacro *def)
{
    struct tum_thunt hunt = {.names = {"caller", "kwargs", "varargs"}};
    struct tum_tnames *outer = s->frame;
    bool own_varargs = false, own_kwargs = false;
    unsigned soft = s->soft;
    struct tum_tfn func;
    struct tum_tnames frame;
    bool ok = true;

    tum_tfn_init(&func, outer->func);
    tum_tnames_init(&frame, outer, &func);
    tum_thunt_body(&hunt, def->body);
    for (size_t i = 0; i < def->param_count; i++) {
        struct tum_str name = def->params[i]->name;

        tum_tsee_target(&frame, def->params[i], true);
        if (tum_str_is(name, "caller")) {
            def->own_caller = true;
            if (hunt.found[0] && i < def->param_count - def->default_count)
                ok = tum_tmpl_fail(s->err, "TemplateAssertionError", def->params[i]->at,
                                   "the parameter 'caller' must have a default");
        }
        own_kwargs = own_kwargs || tum_str_is(name, "kwargs");
        own_varargs = own_varargs || tum_str_is(name, "varargs");
        if (!ok)
            break;
    }
    def->has_caller = hunt.found[0];
    def->has_kwargs = hunt.found[1] && !own_kwargs;
    def->has_varargs = hunt.found[2] && !own_varargs;
    if (def->has_caller && !def->own_caller)
        def->caller_slot = special(&frame, "caller");
    if (def->has_kwargs)
        def->kwargs_slot = special(&frame, "kwargs");
    if (def->has_varargs)
        def->varargs_slot = special(&frame, "varargs");
    for (size_t i = 0; i < def->default_count; i++)
        tum_tsee_expr(&frame, def->defaults[i]);
    tum_tsee_body(&frame, def->body);
    s->frame = &frame;
    s->soft = 0;
    for (size_t i = 0; ok && i < def->param_count; i++)
        bind_target(s, def->params[i]);
    for (size_t i = 0; ok && i < def->default_count; i++)
        ok = bind_expr(s, def->defaults[i]);
    s->frame = outer;
    s->soft = soft;
    ok = ok && bind_inside(s, &frame, def->body, &def->frame);
    def->func.slot_count = func.slots;
    tum_tnames_release(&frame);
    tum_tfn_release(&func);
    return ok;
}

/* A scope inside the running function: `names` first, then the body. */
static bool bind_with(struct scope *s, struct tum_tnode *node)
{
    struct tum_tnames *outer = s->frame;
    struct tum_tnames frame;
    bool ok = true;

    for (size_t i = 0; ok && i < node->as.with.count; i++)
        ok = bind_expr(s, node->as.with.values[i]);
    tum_tnames_init(&frame, outer, outer->func);
    for (size_t i = 0; i < node->as.with.count; i++)
        tum_tsee_target(&frame, node->as.with.targets[i], true);
    tum_tsee_body(&frame, node->as.with.body);
    s->frame = &frame;
    for (size_t i = 0; i < node->as.with.count; i++)
        bind_target(s, node->as.with.targets[i]);
    s->frame = outer;
    ok = ok && bind_inside(s, &frame, node->as.with.body, &node->as.with.frame);
    tum_tnames_release(&frame);
    return ok;
}

/*
 * A body whose text is filtered. The filters are in its scope, so an unknown one is
 * found at once even when the statement stands in a branch.
 */
static bool bind_captured(struct scope *s, struct tum_ast *filter,
                          struct tum_tnode *body, struct tum_tframe *ret)
{
    struct tum_tnames *outer = s->frame;
    unsigned soft = s->soft;
    struct tum_tnames frame;
    bool ok;

    tum_tnames_init(&frame, outer, outer->func);
    tum_tsee_body(&frame, body);
    tum_tsee_expr(&frame, filter);
    ok = bind_inside(s, &frame, body, ret);
    s->frame = &frame;
    s->soft = 0;
    ok = ok && bind_expr(s, filter);
    s->frame = outer;
    s->soft = soft;
    tum_tnames_release(&frame);
    return ok;
}

/* What the body of an autoescape knows: constants are as good as constants get. */
static enum tum_tescape escape_of(const struct tum_ast *on, enum tum_tescape outer)
{
    if (on->kind != TUM_AST_CONST)
        return TUM_TESCAPE_ASK;
    if (outer == TUM_TESCAPE_ASK)
        return outer;
    switch (tum_kind_of(on->constant)) {
    case TUM_O_NONE:
        return TUM_TESCAPE_OFF;
    case TUM_O_BOOL:
        return tum_as_int(on->constant)->v.as.b ? TUM_TESCAPE_ON : TUM_TESCAPE_OFF;
    case TUM_O_STR:
        return tum_as_str(on->constant)->n > 0 ? TUM_TESCAPE_ON : TUM_TESCAPE_OFF;
    default:
        return TUM_TESCAPE_ASK;
    }
}

static bool bind_autoescape(struct scope *s, struct tum_tnode *node)
{
    struct tum_tnames *outer = s->frame;
    enum tum_tescape escape = s->escape;
    unsigned soft = s->soft;
    struct tum_tnames frame;
    bool ok;

    tum_tnames_init(&frame, outer, outer->func);
    tum_tsee_expr(&frame, node->as.escape.on);
    tum_tsee_body(&frame, node->as.escape.body);
    s->frame = &frame;
    s->soft = 0;
    ok = bind_expr(s, node->as.escape.on);
    s->frame = outer;
    s->soft = soft;
    s->escape = escape_of(node->as.escape.on, escape);
    ok = ok && bind_inside(s, &frame, node->as.escape.body, &node->as.escape.frame);
    s->escape = escape;
    tum_tnames_release(&frame);
    return ok;
}

/* The names that a scoped block sees of the frames around it; inner ones hide outer. */
static void keep_seen(struct scope *s, struct tum_tblock *block)
{
    struct tum_strmap *done = tum_strmap_new();
    struct tum_tnamed *seen = NULL;
    size_t count = 0, cap = 0;

    for (struct tum_tnames *frame = s->frame; frame != NULL; frame = frame->outer)
        for (size_t i = 0; i < frame->count; i++) {
            const struct tum_tentry *entry = frame->entries[i];

            if (!entry->stored || tum_strmap_has(done, entry->name))
                continue;
            tum_strmap_set(done, entry->name, frame);
            tum_grow(&seen, &cap, count + 1);
            seen[count++] = (struct tum_tnamed){entry->name, ref_of(s, entry->name)};
        }
    block->seen = tum_arena_array(s->tree->arena, struct tum_tnamed, count + 1);
    if (count > 0)
        memcpy(block->seen, seen, count * sizeof(*seen));
    block->seen_count = count;
    tum_free(seen);
    tum_strmap_free(done);
}

static bool bind_node(struct scope *s, struct tum_tnode *node)
{
    bool ok = true;

    node->exports = s->frame->top;
    node->escape = s->escape;
    switch (node->kind) {
    case TUM_TNODE_TEXT:
        return true;
    case TUM_TNODE_OUTPUT:
        for (size_t i = 0; ok && i < node->as.output.count; i++)
            ok = bind_expr(s, node->as.output.items[i]);
        return ok;
    case TUM_TNODE_IF:
        s->soft++;
        for (size_t i = 0; ok && i < node->as.cond.count; i++)
            ok = bind_expr(s, node->as.cond.arms[i].test) &&
                 bind_nodes(s, node->as.cond.arms[i].body);
        s->soft--;
        return ok;
    case TUM_TNODE_FOR:
        return bind_for(s, node->as.loop);
    case TUM_TNODE_SET:
        bind_target(s, node->as.set.target);
        return bind_expr(s, node->as.set.value);
    case TUM_TNODE_SET_BLOCK:
        bind_target(s, node->as.set.target);
        return bind_captured(s, node->as.set.filter, node->as.set.body,
                             &node->as.set.frame);
    case TUM_TNODE_MACRO:
        node->as.macro.ref = ref_of(s, node->as.macro.def->name);
        return bind_macro_body(s, node->as.macro.def);
    case TUM_TNODE_CALL:
        return bind_macro_body(s, node->as.macro.def) &&
               bind_expr(s, node->as.macro.call);
    case TUM_TNODE_FILTER:
        return bind_captured(s, node->as.filter.filter, node->as.filter.body,
                             &node->as.filter.frame);
    case TUM_TNODE_WITH:
        return bind_with(s, node);
    case TUM_TNODE_BLOCK:
        if (node->as.block->scoped)
            keep_seen(s, node->as.block);
        return true;
    case TUM_TNODE_AUTOESCAPE:
        return bind_autoescape(s, node);
    case TUM_TNODE_EXTENDS:
        if (!s->frame->top)
            return tum_tmpl_fail(s->err, "TemplateAssertionError", node->at,
                                 "'extends' is only possible outside other statements");
        return bind_expr(s, node->as.load.source);
    case TUM_TNODE_INCLUDE:
    case TUM_TNODE_IMPORT:
        return bind_expr(s, node->as.load.source);
    }
    return true;
}

static bool bind_nodes(struct scope *s, struct tum_tnode *node)
{
    for (; node != NULL; node = node->next)
        if (!bind_node(s, node))
            return false;
    return true;
}

/* ---- the template and its blocks ---- */

static bool check_blocks(struct scope *s)
{
    struct tum_strmap *names = tum_strmap_new();
    bool ok = true;

    for (size_t i = 0; ok && i < s->tree->block_count; i++) {
        struct tum_tblock *block = s->tree->blocks[i];

        if (tum_strmap_set(names, block->name, block) != NULL)
            ok = tum_tmpl_fail(s->err, "TemplateAssertionError", block->at,
                               "block '%.*s' is defined twice",
                               TUM_STR_ARG(block->name));
    }
    tum_strmap_free(names);
    return ok;
}

static bool bind_template(struct scope *s)
{
    struct tum_ttree *tree = s->tree;
    struct tum_thunt hunt = {.names = {"self"}};
    struct tum_tfn func;
    struct tum_tnames frame;
    bool ok;

    tum_tfn_init(&func, NULL);
    tum_tnames_init(&frame, NULL, &func);
    frame.top = true;
    tum_thunt_body(&hunt, tree->body);
    tree->has_self = hunt.found[0];
    if (tree->has_self)
        tree->self_slot = special(&frame, "self");
    tum_tsee_body(&frame, tree->body);
    ok = bind_inside(s, &frame, tree->body, &tree->frame);
    tree->func.slot_count = func.slots;
    tum_tnames_release(&frame);
    tum_tfn_release(&func);
    return ok;
}

static bool bind_block(struct scope *s, struct tum_tblock *block)
{
    struct tum_thunt hunt = {.names = {"self", "super"}};
    struct tum_tfn func;
    struct tum_tnames frame;
    bool ok;

    tum_tfn_init(&func, NULL);
    tum_tnames_init(&frame, NULL, &func);
    tum_thunt_body(&hunt, block->body);
    block->has_self = hunt.found[0];
    block->has_super = hunt.found[1];
    if (block->has_self)
        block->self_slot = special(&frame, "self");
    if (block->has_super)
        block->super_slot = special(&frame, "super");
    tum_tsee_body(&frame, block->body);
    ok = bind_inside(s, &frame, block->body, &block->frame);
    block->func.slot_count = func.slots;
    tum_tnames_release(&frame);
    tum_tfn_release(&func);
    return ok;
}

bool tum_tscope(struct tum_ttree *tree, struct tum_str text, uint32_t source,
                struct tum_error **err)
{
    struct scope s = {.tree = tree, .text = text, .source = source, .err = err};
    bool ok = check_blocks(&s) && bind_template(&s);

    for (size_t i = 0; ok && i < tree->block_count; i++)
        ok = bind_block(&s, tree->blocks[i]);
    return ok;
}
