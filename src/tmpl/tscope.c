/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scopes. A frame is a scope of names (the template, a loop's body, a macro …), a
 * function is what has a set of places of its own while it runs. Jinja's rules, which
 * this follows step by step, are those of a compiler to Python: whether a name means the
 * frame's own place, an outer one, or a variable of the template follows from what
 * happens to it *first* in the frame, branches counted together.
 *
 * Each frame is looked at twice: `see_…` finds the names that belong to it, `bind_…`
 * then gives every name its place and goes into the frames below.
 */
#include "tmpl/tscope.h"
#include "base/strmap.h"
#include "lang/ast.h"
#include "tmpl/terr.h"
#include "tmpl/tfilter.h"

/* ---- names of a frame ---- */

struct func {
    struct func *outer;
    uint32_t depth;
    uint32_t slots;
    struct tum_strmap *places; /* "level:name" to slot + 1 */
};

struct entry {
    struct tum_str name;
    uint32_t slot; /* when it has a place */
    bool placed;   /* the name means a place of this frame */
    bool loaded;   /* … which is set up when the frame begins, as `load` says */
    bool stored;
    enum tum_tload_kind load;
    const struct func *from_func; /* TUM_TLOAD_OUTER */
    uint32_t from_slot;
    size_t order; /* of becoming placed */
    unsigned branches;
};

/* What an entry was before a change inside a branch. */
struct change {
    struct entry *entry;
    struct entry was;
};

struct frame {
    struct frame *outer;
    struct func *func;
    unsigned level;
    bool top; /* assignments are variables of the template */
    struct tum_strmap *names;
    struct entry **entries;
    size_t count, cap;
    struct change *changes; /* since the outermost branch began */
    size_t change_count, change_cap;
    size_t branch_depth;
    size_t placed;
};

struct scope {
    struct tum_ttree *tree;
    struct tum_str text;
    uint32_t source;
    struct tum_error **err;
    struct frame *frame; /* that is being bound */
    unsigned soft; /* inside a branch, where an unknown filter fails only when used */
    enum tum_tescape escape;
};

static void func_init(struct func *func, struct func *outer)
{
    *func = (struct func){.outer = outer, .places = tum_strmap_new()};
    func->depth = outer != NULL ? outer->depth + 1 : 0;
}

static void func_release(struct func *func)
{
    tum_strmap_free(func->places);
}

static void frame_init(struct frame *frame, struct frame *outer, struct func *func)
{
    *frame = (struct frame){.outer = outer, .func = func, .names = tum_strmap_new()};
    frame->level = outer != NULL ? outer->level + 1 : 0;
}

static void frame_release(struct frame *frame)
{
    for (size_t i = 0; i < frame->count; i++)
        tum_free(frame->entries[i]);
    tum_free(frame->entries);
    tum_free(frame->changes);
    tum_strmap_free(frame->names);
}

static struct entry *frame_find(struct frame *frame, struct tum_str name)
{
    return tum_strmap_get(frame->names, name);
}

/* The entry of a name, about to be changed. */
static struct entry *frame_touch(struct frame *frame, struct tum_str name)
{
    struct entry *entry = frame_find(frame, name);

    if (entry == NULL) {
        entry = tum_new(struct entry);
        entry->name = name;
        tum_strmap_set(frame->names, name, entry);
        tum_grow(&frame->entries, &frame->cap, frame->count + 1);
        frame->entries[frame->count++] = entry;
    }
    if (frame->branch_depth > 0) {
        tum_grow(&frame->changes, &frame->change_cap, frame->change_count + 1);
        frame->changes[frame->change_count++] = (struct change){entry, *entry};
    }
    return entry;
}

/*
 * The place of a name in a function. Frames of one level in one function share it, as
 * they never run at the same time.
 */
static uint32_t func_place(struct func *func, unsigned level, struct tum_str name)
{
    TUM_AUTO(tum_freep)
    char *key = tum_asprintf("%u:%.*s", level, TUM_STR_ARG(name));
    uintptr_t place = (uintptr_t)tum_strmap_get(func->places, tum_str_of(key));

    if (place == 0) {
        place = ++func->slots;
        /* Numbers, not pointers: the map only keeps them. */
        tum_strmap_set(func->places, tum_str_of(key), (void *)place);
    }
    return (uint32_t)place - 1;
}

static struct entry *outer_place(struct frame *frame, struct tum_str name,
                                 struct frame **ret_frame)
{
    for (; frame != NULL; frame = frame->outer) {
        struct entry *entry = frame_find(frame, name);

        if (entry != NULL && entry->placed) {
            *ret_frame = frame;
            return entry;
        }
    }
    return NULL;
}

static void entry_load(struct frame *frame, struct entry *entry,
                       enum tum_tload_kind load)
{
    if (!entry->placed) {
        entry->placed = true;
        entry->slot = func_place(frame->func, frame->level, entry->name);
    }
    entry->loaded = true;
    entry->load = load;
}

/* The place that an outer frame has for the name; false when there is none. */
static bool entry_alias(struct frame *frame, struct entry *entry)
{
    struct frame *owner;
    struct entry *outer = outer_place(frame->outer, entry->name, &owner);

    if (outer == NULL)
        return false;
    entry_load(frame, entry, TUM_TLOAD_OUTER);
    entry->from_func = owner->func;
    entry->from_slot = outer->slot;
    return true;
}

static void name_param(struct frame *frame, struct tum_str name)
{
    struct entry *entry = frame_touch(frame, name);

    entry->stored = true;
    entry_load(frame, entry, TUM_TLOAD_PARAM);
}

static void name_store(struct frame *frame, struct tum_str name)
{
    struct entry *entry = frame_touch(frame, name);

    entry->stored = true;
    if (!entry->placed && !entry_alias(frame, entry))
        entry_load(frame, entry, TUM_TLOAD_MISSING);
}

static void name_load(struct frame *frame, struct tum_str name)
{
    struct frame *owner;

    if (outer_place(frame, name, &owner) == NULL)
        entry_load(frame, frame_touch(frame, name), TUM_TLOAD_CONTEXT);
}

/* ---- see: which names belong to a frame ---- */

static void see_nodes(struct frame *frame, struct tum_tnode *node);

static bool see_child(void *ctx, struct tum_ast *node)
{
    if (node->kind == TUM_AST_NAME)
        name_load(ctx, node->name);
    return tum_ast_each_child(node, see_child, ctx);
}

static void see_expr(struct frame *frame, struct tum_ast *expr)
{
    if (expr != NULL)
        see_child(frame, expr);
}

static void see_target(struct frame *frame, struct tum_ttarget *target, bool param)
{
    switch (target->kind) {
    case TUM_TTARGET_NAME:
        if (param)
            name_param(frame, target->name);
        else
            name_store(frame, target->name);
        break;
    case TUM_TTARGET_ATTR:
        name_load(frame, target->name);
        break;
    case TUM_TTARGET_TUPLE:
        for (size_t i = 0; i < target->count; i++)
            see_target(frame, target->items[i], param);
        break;
    }
}

/* What one branch made of the entries it changed. */
struct branch {
    struct entry *after; /* copies; name and order tell which */
    struct entry **entries;
    size_t count;
};

static size_t branch_begin(struct frame *frame)
{
    frame->branch_depth++;
    return frame->change_count;
}

/* Takes the changes back, so that the next branch starts where this one did. */
static void branch_end(struct frame *frame, size_t mark, struct branch *ret)
{
    size_t n = frame->change_count - mark;

    *ret = (struct branch){0};
    ret->after = tum_new_array(struct entry, n + 1);
    ret->entries = tum_new_array(struct entry *, n + 1);
    while (frame->change_count > mark) {
        struct change *change = &frame->changes[--frame->change_count];

        /* Newest first: the entry is as the branch left it until it is taken back. */
        if (change->entry->branches == 0) {
            ret->after[ret->count] = *change->entry;
            ret->entries[ret->count++] = change->entry;
        }
        *change->entry = change->was;
        change->entry->branches = 1;
    }
    for (size_t i = 0; i < ret->count; i++)
        ret->entries[i]->branches = 0;
    frame->branch_depth--;
}

/* Merges: a name that only some branches assign keeps the value it had before. */
static void branches_merge(struct frame *frame, struct branch *branches, unsigned n)
{
    for (unsigned b = 0; b < n; b++)
        for (size_t i = 0; i < branches[b].count; i++) {
            struct entry *entry = branches[b].entries[i];
            bool stored = entry->stored;

            /* Counted before the first merge sets it. */
            if (branches[b].after[i].stored && !stored)
                entry->branches++;
        }
    for (unsigned b = 0; b < n; b++)
        for (size_t i = 0; i < branches[b].count; i++) {
            struct entry *entry = branches[b].entries[i];
            const struct entry *after = &branches[b].after[i];
            unsigned stores = entry->branches;
            bool stored = entry->stored;

            entry->branches = 0;
            frame_touch(frame, entry->name);
            if (after->placed) {
                entry->placed = true;
                entry->slot = after->slot;
            }
            if (after->loaded) {
                entry->loaded = true;
                entry->load = after->load;
                entry->from_func = after->from_func;
                entry->from_slot = after->from_slot;
            }
            entry->stored = stored || after->stored;
            entry->branches = stores;
        }
    for (unsigned b = 0; b < n; b++)
        for (size_t i = 0; i < branches[b].count; i++) {
            struct entry *entry = branches[b].entries[i];
            unsigned stores = entry->branches;

            entry->branches = 0;
            if (stores > 0 && stores < n && !entry_alias(frame, entry))
                entry_load(frame, entry, TUM_TLOAD_CONTEXT);
        }
    for (unsigned b = 0; b < n; b++) {
        tum_free(branches[b].after);
        tum_free(branches[b].entries);
    }
}

static void see_arm(struct frame *frame, struct tum_tarm *arm, struct branch *ret)
{
    size_t mark;

    if (arm->test != NULL)
        see_expr(frame, arm->test);
    mark = branch_begin(frame);
    see_nodes(frame, arm->body);
    branch_end(frame, mark, ret);
}

/*
 * Three branches: the first arm, all elif together, else. Each elif is by itself an if of
 * one arm and two empty branches.
 */
static void see_if(struct frame *frame, struct tum_tnode *node)
{
    struct tum_tarm *arms = node->as.cond.arms;
    struct branch branches[3];
    size_t mark;

    see_arm(frame, &arms[0], &branches[0]);
    mark = branch_begin(frame);
    for (size_t i = 1; i < node->as.cond.count && arms[i].test != NULL; i++) {
        struct branch one[3];

        see_arm(frame, &arms[i], &one[0]);
        for (unsigned b = 1; b < 3; b++)
            branch_end(frame, branch_begin(frame), &one[b]);
        branches_merge(frame, one, 3);
    }
    branch_end(frame, mark, &branches[1]);
    mark = branch_begin(frame);
    if (node->as.cond.count > 1 && arms[node->as.cond.count - 1].test == NULL)
        see_nodes(frame, arms[node->as.cond.count - 1].body);
    branch_end(frame, mark, &branches[2]);
    branches_merge(frame, branches, 3);
}

static void see_node(struct frame *frame, struct tum_tnode *node)
{
    switch (node->kind) {
    case TUM_TNODE_OUTPUT:
        for (size_t i = 0; i < node->as.output.count; i++)
            see_expr(frame, node->as.output.items[i]);
        break;
    case TUM_TNODE_IF:
        see_if(frame, node);
        break;
    case TUM_TNODE_FOR:
        see_expr(frame, node->as.loop->iter);
        break;
    case TUM_TNODE_SET:
        see_expr(frame, node->as.set.value);
        see_target(frame, node->as.set.target, false);
        break;
    case TUM_TNODE_SET_BLOCK:
        see_target(frame, node->as.set.target, false);
        break;
    case TUM_TNODE_MACRO:
        name_store(frame, node->as.macro.def->name);
        break;
    case TUM_TNODE_CALL:
        see_expr(frame, node->as.macro.call);
        break;
    case TUM_TNODE_FILTER:
        see_expr(frame, node->as.filter.filter);
        break;
    case TUM_TNODE_WITH:
        for (size_t i = 0; i < node->as.with.count; i++)
            see_expr(frame, node->as.with.values[i]);
        break;
    case TUM_TNODE_INCLUDE:
    case TUM_TNODE_IMPORT:
    case TUM_TNODE_EXTENDS:
        see_expr(frame, node->as.load.source);
        for (size_t i = 0; i < node->as.load.count; i++)
            see_target(frame, node->as.load.names[i], false);
        break;
    case TUM_TNODE_TEXT:
    case TUM_TNODE_BLOCK:
    case TUM_TNODE_AUTOESCAPE:
        break;
    }
}

static void see_nodes(struct frame *frame, struct tum_tnode *node)
{
    for (; node != NULL; node = node->next)
        see_node(frame, node);
}

/* ---- hunt: special names that a body uses without having set them ---- */

enum { HUNT_LIMIT = 3 };

struct hunt {
    const char *names[HUNT_LIMIT];
    bool gone[HUNT_LIMIT];
    bool found[HUNT_LIMIT];
};

static void hunt_nodes(struct hunt *hunt, struct tum_tnode *node);

static void hunt_name(struct hunt *hunt, struct tum_str name, bool load)
{
    for (size_t i = 0; i < HUNT_LIMIT && hunt->names[i] != NULL; i++) {
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

static void hunt_expr(struct hunt *hunt, struct tum_ast *expr)
{
    if (expr != NULL)
        hunt_child(hunt, expr);
}

static void hunt_target(struct hunt *hunt, struct tum_ttarget *target)
{
    if (target->kind == TUM_TTARGET_NAME)
        hunt_name(hunt, target->name, false);
    for (size_t i = 0; i < target->count; i++)
        hunt_target(hunt, target->items[i]);
}

static void hunt_macro(struct hunt *hunt, struct tum_tmacro *def)
{
    for (size_t i = 0; i < def->param_count; i++)
        hunt_target(hunt, def->params[i]);
    for (size_t i = 0; i < def->default_count; i++)
        hunt_expr(hunt, def->defaults[i]);
    hunt_nodes(hunt, def->body);
}

static void hunt_node(struct hunt *hunt, struct tum_tnode *node)
{
    switch (node->kind) {
    case TUM_TNODE_OUTPUT:
        for (size_t i = 0; i < node->as.output.count; i++)
            hunt_expr(hunt, node->as.output.items[i]);
        break;
    case TUM_TNODE_IF:
        for (size_t i = 0; i < node->as.cond.count; i++) {
            hunt_expr(hunt, node->as.cond.arms[i].test);
            hunt_nodes(hunt, node->as.cond.arms[i].body);
        }
        break;
    case TUM_TNODE_FOR:
        hunt_target(hunt, node->as.loop->target);
        hunt_expr(hunt, node->as.loop->iter);
        hunt_nodes(hunt, node->as.loop->body);
        hunt_nodes(hunt, node->as.loop->other);
        hunt_expr(hunt, node->as.loop->test);
        break;
    case TUM_TNODE_SET:
    case TUM_TNODE_SET_BLOCK:
        hunt_target(hunt, node->as.set.target);
        hunt_expr(hunt, node->as.set.value);
        hunt_expr(hunt, node->as.set.filter);
        hunt_nodes(hunt, node->as.set.body);
        break;
    case TUM_TNODE_CALL:
        hunt_expr(hunt, node->as.macro.call);
        hunt_macro(hunt, node->as.macro.def);
        break;
    case TUM_TNODE_MACRO:
        hunt_macro(hunt, node->as.macro.def);
        break;
    case TUM_TNODE_FILTER:
        hunt_nodes(hunt, node->as.filter.body);
        hunt_expr(hunt, node->as.filter.filter);
        break;
    case TUM_TNODE_WITH:
        for (size_t i = 0; i < node->as.with.count; i++)
            hunt_target(hunt, node->as.with.targets[i]);
        for (size_t i = 0; i < node->as.with.count; i++)
            hunt_expr(hunt, node->as.with.values[i]);
        hunt_nodes(hunt, node->as.with.body);
        break;
    case TUM_TNODE_AUTOESCAPE:
        hunt_expr(hunt, node->as.escape.on);
        hunt_nodes(hunt, node->as.escape.body);
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

static void hunt_nodes(struct hunt *hunt, struct tum_tnode *node)
{
    for (; node != NULL; node = node->next)
        hunt_node(hunt, node);
}

/* ---- bind: give names their places ---- */

static bool bind_nodes(struct scope *s, struct tum_tnode *node);

static struct tum_tref ref_from(const struct scope *s, const struct func *func,
                                uint32_t slot)
{
    return (struct tum_tref){s->frame->func->depth - func->depth, slot};
}

static struct tum_tref ref_of(const struct scope *s, struct tum_str name)
{
    struct frame *owner;
    struct entry *entry = outer_place(s->frame, name, &owner);

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
static void keep_frame(struct scope *s, struct frame *frame, struct tum_tframe *ret)
{
    ret->loads = tum_arena_array(s->tree->arena, struct tum_tload, frame->count + 1);
    ret->load_count = 0;
    for (size_t i = 0; i < frame->count; i++) {
        const struct entry *entry = frame->entries[i];
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
static bool bind_inside(struct scope *s, struct frame *frame, struct tum_tnode *body,
                        struct tum_tframe *ret)
{
    struct frame *outer = s->frame;
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
    struct frame *outer = s->frame;
    struct func func;
    struct frame frame;
    unsigned soft = s->soft;
    bool ok;

    func_init(&func, outer->func);
    frame_init(&frame, outer, &func);
    see_target(&frame, loop->target, true);
    see_expr(&frame, loop->test);
    s->frame = &frame;
    s->soft = 0;
    bind_target(s, loop->test_target);
    ok = bind_expr(s, loop->test);
    keep_frame(s, &frame, &loop->test_frame);
    loop->test_func.slot_count = func.slots;
    s->frame = outer;
    s->soft = soft;
    frame_release(&frame);
    func_release(&func);
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

static bool assigns_loop(const struct tum_ttarget *target)
{
    if (target->kind == TUM_TTARGET_NAME && tum_str_is(target->name, "loop"))
        return true;
    for (size_t i = 0; i < target->count; i++)
        if (assigns_loop(target->items[i]))
            return true;
    return false;
}

/* Finds an assignment to `loop` anywhere inside a loop. */
static const struct tum_ttarget *find_loop_target(struct tum_tnode *node)
{
    const struct tum_ttarget *found = NULL;

    for (; node != NULL && found == NULL; node = node->next) {
        switch (node->kind) {
        case TUM_TNODE_IF:
            for (size_t i = 0; i < node->as.cond.count && found == NULL; i++)
                found = find_loop_target(node->as.cond.arms[i].body);
            break;
        case TUM_TNODE_FOR:
            if (assigns_loop(node->as.loop->target))
                return node->as.loop->target;
            found = find_loop_target(node->as.loop->body);
            if (found == NULL)
                found = find_loop_target(node->as.loop->other);
            break;
        case TUM_TNODE_SET:
        case TUM_TNODE_SET_BLOCK:
            if (assigns_loop(node->as.set.target))
                return node->as.set.target;
            found = find_loop_target(node->as.set.body);
            break;
        case TUM_TNODE_MACRO:
        case TUM_TNODE_CALL:
            found = find_loop_target(node->as.macro.def->body);
            break;
        case TUM_TNODE_FILTER:
            found = find_loop_target(node->as.filter.body);
            break;
        case TUM_TNODE_WITH:
            found = find_loop_target(node->as.with.body);
            break;
        case TUM_TNODE_BLOCK:
            found = find_loop_target(node->as.block->body);
            break;
        case TUM_TNODE_AUTOESCAPE:
            found = find_loop_target(node->as.escape.body);
            break;
        default:
            break;
        }
    }
    return found;
}

static bool check_loop_targets(struct scope *s, struct tum_tfor *loop)
{
    const struct tum_ttarget *bad = NULL;

    if (assigns_loop(loop->target))
        bad = loop->target;
    if (bad == NULL)
        bad = find_loop_target(loop->body);
    if (bad == NULL)
        bad = find_loop_target(loop->other);
    if (bad == NULL)
        return true;
    return tum_tmpl_fail(s->err, "TemplateAssertionError", bad->at,
                         "'loop' cannot be assigned to inside a loop");
}

/* A scoped block in the body makes the loop's `loop` visible to it. */
static bool has_scoped(struct tum_tnode *node)
{
    for (; node != NULL; node = node->next) {
        bool found = false;

        switch (node->kind) {
        case TUM_TNODE_IF:
            for (size_t i = 0; i < node->as.cond.count && !found; i++)
                found = has_scoped(node->as.cond.arms[i].body);
            break;
        case TUM_TNODE_FOR:
            found = has_scoped(node->as.loop->body) || has_scoped(node->as.loop->other);
            break;
        case TUM_TNODE_SET_BLOCK:
            found = has_scoped(node->as.set.body);
            break;
        case TUM_TNODE_MACRO:
        case TUM_TNODE_CALL:
            found = has_scoped(node->as.macro.def->body);
            break;
        case TUM_TNODE_FILTER:
            found = has_scoped(node->as.filter.body);
            break;
        case TUM_TNODE_WITH:
            found = has_scoped(node->as.with.body);
            break;
        case TUM_TNODE_BLOCK:
            found = node->as.block->scoped || has_scoped(node->as.block->body);
            break;
        case TUM_TNODE_AUTOESCAPE:
            found = has_scoped(node->as.escape.body);
            break;
        default:
            break;
        }
        if (found)
            return true;
    }
    return false;
}

static bool bind_for(struct scope *s, struct tum_tfor *loop)
{
    struct hunt hunt = {.names = {"loop"}};
    struct frame *outer = s->frame;
    struct func own;
    struct func *func = outer->func;
    struct frame body, other;
    bool ok;

    if (!check_loop_targets(s, loop))
        return false;
    hunt_nodes(&hunt, loop->body);
    loop->has_loop = loop->recursive || hunt.found[0] || has_scoped(loop->body);
    loop->test_target = copy_target(s, loop->target);
    if (loop->recursive) {
        func_init(&own, outer->func);
        func = &own;
    }
    frame_init(&body, outer, func);
    frame_init(&other, outer, func);
    if (loop->has_loop) {
        name_param(&body, TUM_S("loop"));
        loop->loop_slot = frame_find(&body, TUM_S("loop"))->slot;
    }
    see_target(&body, loop->target, true);
    see_nodes(&body, loop->body);
    see_nodes(&other, loop->other);
    s->frame = &body;
    bind_target(s, loop->target);
    s->frame = outer;
    ok = (loop->test == NULL || bind_loop_test(s, loop)) && bind_expr(s, loop->iter) &&
         bind_inside(s, &body, loop->body, &loop->frame) &&
         bind_inside(s, &other, loop->other, &loop->other_frame);
    frame_release(&body);
    frame_release(&other);
    if (loop->recursive) {
        loop->func.slot_count = own.slots;
        func_release(&own);
    }
    return ok;
}

static uint32_t special(struct frame *frame, const char *name)
{
    name_param(frame, tum_str_of(name));
    return frame_find(frame, tum_str_of(name))->slot;
}

static bool bind_macro_body(struct scope *s, struct tum_tmacro *def)
{
    struct hunt hunt = {.names = {"caller", "kwargs", "varargs"}};
    struct frame *outer = s->frame;
    bool own_varargs = false, own_kwargs = false;
    unsigned soft = s->soft;
    struct func func;
    struct frame frame;
    bool ok = true;

    func_init(&func, outer->func);
    frame_init(&frame, outer, &func);
    hunt_nodes(&hunt, def->body);
    for (size_t i = 0; i < def->param_count; i++) {
        struct tum_str name = def->params[i]->name;

        see_target(&frame, def->params[i], true);
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
        see_expr(&frame, def->defaults[i]);
    see_nodes(&frame, def->body);
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
    frame_release(&frame);
    func_release(&func);
    return ok;
}

/* A scope inside the running function: `names` first, then the body. */
static bool bind_with(struct scope *s, struct tum_tnode *node)
{
    struct frame *outer = s->frame;
    struct frame frame;
    bool ok = true;

    for (size_t i = 0; ok && i < node->as.with.count; i++)
        ok = bind_expr(s, node->as.with.values[i]);
    frame_init(&frame, outer, outer->func);
    for (size_t i = 0; i < node->as.with.count; i++)
        see_target(&frame, node->as.with.targets[i], true);
    see_nodes(&frame, node->as.with.body);
    s->frame = &frame;
    for (size_t i = 0; i < node->as.with.count; i++)
        bind_target(s, node->as.with.targets[i]);
    s->frame = outer;
    ok = ok && bind_inside(s, &frame, node->as.with.body, &node->as.with.frame);
    frame_release(&frame);
    return ok;
}

/*
 * A body whose text is filtered. The filters are in its scope, so an unknown one is found
 * at once even when the statement stands in a branch.
 */
static bool bind_captured(struct scope *s, struct tum_ast *filter,
                          struct tum_tnode *body, struct tum_tframe *ret)
{
    struct frame *outer = s->frame;
    unsigned soft = s->soft;
    struct frame frame;
    bool ok;

    frame_init(&frame, outer, outer->func);
    see_nodes(&frame, body);
    see_expr(&frame, filter);
    ok = bind_inside(s, &frame, body, ret);
    s->frame = &frame;
    s->soft = 0;
    ok = ok && bind_expr(s, filter);
    s->frame = outer;
    s->soft = soft;
    frame_release(&frame);
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
    struct frame *outer = s->frame;
    enum tum_tescape escape = s->escape;
    unsigned soft = s->soft;
    struct frame frame;
    bool ok;

    frame_init(&frame, outer, outer->func);
    see_expr(&frame, node->as.escape.on);
    see_nodes(&frame, node->as.escape.body);
    s->frame = &frame;
    s->soft = 0;
    ok = bind_expr(s, node->as.escape.on);
    s->frame = outer;
    s->soft = soft;
    s->escape = escape_of(node->as.escape.on, escape);
    ok = ok && bind_inside(s, &frame, node->as.escape.body, &node->as.escape.frame);
    s->escape = escape;
    frame_release(&frame);
    return ok;
}

/* The names that a scoped block sees of the frames around it; inner ones hide outer. */
static void keep_seen(struct scope *s, struct tum_tblock *block)
{
    struct tum_strmap *done = tum_strmap_new();
    struct tum_tnamed *seen = NULL;
    size_t count = 0, cap = 0;

    for (struct frame *frame = s->frame; frame != NULL; frame = frame->outer)
        for (size_t i = 0; i < frame->count; i++) {
            const struct entry *entry = frame->entries[i];

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
    struct hunt hunt = {.names = {"self"}};
    struct func func;
    struct frame frame;
    bool ok;

    func_init(&func, NULL);
    frame_init(&frame, NULL, &func);
    frame.top = true;
    hunt_nodes(&hunt, tree->body);
    tree->has_self = hunt.found[0];
    if (tree->has_self)
        tree->self_slot = special(&frame, "self");
    see_nodes(&frame, tree->body);
    ok = bind_inside(s, &frame, tree->body, &tree->frame);
    tree->func.slot_count = func.slots;
    frame_release(&frame);
    func_release(&func);
    return ok;
}

static bool bind_block(struct scope *s, struct tum_tblock *block)
{
    struct hunt hunt = {.names = {"self", "super"}};
    struct func func;
    struct frame frame;
    bool ok;

    func_init(&func, NULL);
    frame_init(&frame, NULL, &func);
    hunt_nodes(&hunt, block->body);
    block->has_self = hunt.found[0];
    block->has_super = hunt.found[1];
    if (block->has_self)
        block->self_slot = special(&frame, "self");
    if (block->has_super)
        block->super_slot = special(&frame, "super");
    see_nodes(&frame, block->body);
    ok = bind_inside(s, &frame, block->body, &block->frame);
    block->func.slot_count = func.slots;
    frame_release(&frame);
    func_release(&func);
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
