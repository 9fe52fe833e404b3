/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of scopes. Jinja's rules, which this follows step by step, are those of a
 * compiler to Python: whether a name means the frame's own place, an outer one, or a
 * variable of the template follows from what happens to it *first* in the frame,
 * branches counted together.
 */
#include "tmpl/tnames.h"
#include "lang/ast.h"

void tum_tfn_init(struct tum_tfn *func, struct tum_tfn *outer)
{
    *func = (struct tum_tfn){.outer = outer, .places = tum_strmap_new()};
    func->depth = outer != NULL ? outer->depth + 1 : 0;
}

void tum_tfn_release(struct tum_tfn *func)
{
    tum_strmap_free(func->places);
}

void tum_tnames_init(struct tum_tnames *frame, struct tum_tnames *outer,
                     struct tum_tfn *func)
{
    *frame =
        (struct tum_tnames){.outer = outer, .func = func, .names = tum_strmap_new()};
    frame->level = outer != NULL ? outer->level + 1 : 0;
}

void tum_tnames_release(struct tum_tnames *frame)
{
    for (size_t i = 0; i < frame->count; i++)
        tum_free(frame->entries[i]);
    tum_free(frame->entries);
    tum_free(frame->changes);
    tum_strmap_free(frame->names);
}

struct tum_tentry *tum_tnames_find(struct tum_tnames *frame, struct tum_str name)
{
    return tum_strmap_get(frame->names, name);
}

/* The entry of a name, about to be changed. */
static struct tum_tentry *frame_touch(struct tum_tnames *frame, struct tum_str name)
{
    struct tum_tentry *entry = tum_tnames_find(frame, name);

    if (entry == NULL) {
        entry = tum_new(struct tum_tentry);
        entry->name = name;
        tum_strmap_set(frame->names, name, entry);
        tum_grow(&frame->entries, &frame->cap, frame->count + 1);
        frame->entries[frame->count++] = entry;
    }
    if (frame->branch_depth > 0) {
        tum_grow(&frame->changes, &frame->change_cap, frame->change_count + 1);
        frame->changes[frame->change_count++] = (struct tum_tchange){entry, *entry};
    }
    return entry;
}

/*
 * The place of a name in a function. Frames of one level in one function share it, as
 * they never run at the same time.
 */
static uint32_t func_place(struct tum_tfn *func, unsigned level, struct tum_str name)
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

struct tum_tentry *tum_tnames_place(struct tum_tnames *frame, struct tum_str name,
                                    struct tum_tnames **ret_frame)
{
    for (; frame != NULL; frame = frame->outer) {
        struct tum_tentry *entry = tum_tnames_find(frame, name);

        if (entry != NULL && entry->placed) {
            *ret_frame = frame;
            return entry;
        }
    }
    return NULL;
}

static void entry_load(struct tum_tnames *frame, struct tum_tentry *entry,
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
static bool entry_alias(struct tum_tnames *frame, struct tum_tentry *entry)
{
    struct tum_tnames *owner;
    struct tum_tentry *outer = tum_tnames_place(frame->outer, entry->name, &owner);

    if (outer == NULL)
        return false;
    entry_load(frame, entry, TUM_TLOAD_OUTER);
    entry->from_func = owner->func;
    entry->from_slot = outer->slot;
    return true;
}

void tum_tnames_param(struct tum_tnames *frame, struct tum_str name)
{
    struct tum_tentry *entry = frame_touch(frame, name);

    entry->stored = true;
    entry_load(frame, entry, TUM_TLOAD_PARAM);
}

static void name_store(struct tum_tnames *frame, struct tum_str name)
{
    struct tum_tentry *entry = frame_touch(frame, name);

    entry->stored = true;
    if (!entry->placed && !entry_alias(frame, entry))
        entry_load(frame, entry, TUM_TLOAD_MISSING);
}

static void name_load(struct tum_tnames *frame, struct tum_str name)
{
    struct tum_tnames *owner;

    if (tum_tnames_place(frame, name, &owner) == NULL)
        entry_load(frame, frame_touch(frame, name), TUM_TLOAD_CONTEXT);
}

/* ---- see: which names belong to a frame ---- */

static bool see_child(void *ctx, struct tum_ast *node)
{
    if (node->kind == TUM_AST_NAME)
        name_load(ctx, node->name);
    return tum_ast_each_child(node, see_child, ctx);
}

void tum_tsee_expr(struct tum_tnames *frame, struct tum_ast *expr)
{
    if (expr != NULL)
        see_child(frame, expr);
}

void tum_tsee_target(struct tum_tnames *frame, struct tum_ttarget *target, bool param)
{
    switch (target->kind) {
    case TUM_TTARGET_NAME:
        if (param)
            tum_tnames_param(frame, target->name);
        else
            name_store(frame, target->name);
        break;
    case TUM_TTARGET_ATTR:
        name_load(frame, target->name);
        break;
    case TUM_TTARGET_TUPLE:
        for (size_t i = 0; i < target->count; i++)
            tum_tsee_target(frame, target->items[i], param);
        break;
    }
}

/* What one branch made of the entries it changed. */
struct branch {
    struct tum_tentry *after; /* copies */
    struct tum_tentry **entries;
    size_t count;
};

static size_t branch_begin(struct tum_tnames *frame)
{
    frame->branch_depth++;
    return frame->change_count;
}

/* Takes the changes back, so that the next branch starts where this one did. */
static void branch_end(struct tum_tnames *frame, size_t mark, struct branch *ret)
{
    size_t n = frame->change_count - mark;

    *ret = (struct branch){0};
    ret->after = tum_new_array(struct tum_tentry, n + 1);
    ret->entries = tum_new_array(struct tum_tentry *, n + 1);
    while (frame->change_count > mark) {
        struct tum_tchange *change = &frame->changes[--frame->change_count];

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
static void branches_merge(struct tum_tnames *frame, struct branch *branches,
                           unsigned n)
{
    for (unsigned b = 0; b < n; b++)
        for (size_t i = 0; i < branches[b].count; i++) {
            struct tum_tentry *entry = branches[b].entries[i];
            bool stored = entry->stored;

            /* Counted before the first merge sets it. */
            if (branches[b].after[i].stored && !stored)
                entry->branches++;
        }
    for (unsigned b = 0; b < n; b++)
        for (size_t i = 0; i < branches[b].count; i++) {
            struct tum_tentry *entry = branches[b].entries[i];
            const struct tum_tentry *after = &branches[b].after[i];
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
            struct tum_tentry *entry = branches[b].entries[i];
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

static void see_arm(struct tum_tnames *frame, struct tum_tarm *arm, struct branch *ret)
{
    size_t mark;

    if (arm->test != NULL)
        tum_tsee_expr(frame, arm->test);
    mark = branch_begin(frame);
    tum_tsee_body(frame, arm->body);
    branch_end(frame, mark, ret);
}

/*
 * Three branches: the first arm, all elif together, else. Each elif is by itself an if
 * of one arm and two empty branches.
 */
static void see_if(struct tum_tnames *frame, struct tum_tnode *node)
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
        tum_tsee_body(frame, arms[node->as.cond.count - 1].body);
    branch_end(frame, mark, &branches[2]);
    branches_merge(frame, branches, 3);
}

static void see_node(struct tum_tnames *frame, struct tum_tnode *node)
{
    switch (node->kind) {
    case TUM_TNODE_OUTPUT:
        for (size_t i = 0; i < node->as.output.count; i++)
            tum_tsee_expr(frame, node->as.output.items[i]);
        break;
    case TUM_TNODE_IF:
        see_if(frame, node);
        break;
    case TUM_TNODE_FOR:
        tum_tsee_expr(frame, node->as.loop->iter);
        break;
    case TUM_TNODE_SET:
        tum_tsee_expr(frame, node->as.set.value);
        tum_tsee_target(frame, node->as.set.target, false);
        break;
    case TUM_TNODE_SET_BLOCK:
        tum_tsee_target(frame, node->as.set.target, false);
        break;
    case TUM_TNODE_MACRO:
        name_store(frame, node->as.macro.def->name);
        break;
    case TUM_TNODE_CALL:
        tum_tsee_expr(frame, node->as.macro.call);
        break;
    case TUM_TNODE_FILTER:
        tum_tsee_expr(frame, node->as.filter.filter);
        break;
    case TUM_TNODE_WITH:
        for (size_t i = 0; i < node->as.with.count; i++)
            tum_tsee_expr(frame, node->as.with.values[i]);
        break;
    case TUM_TNODE_INCLUDE:
    case TUM_TNODE_IMPORT:
    case TUM_TNODE_EXTENDS:
        tum_tsee_expr(frame, node->as.load.source);
        for (size_t i = 0; i < node->as.load.count; i++)
            tum_tsee_target(frame, node->as.load.names[i], false);
        break;
    case TUM_TNODE_TEXT:
    case TUM_TNODE_BLOCK:
    case TUM_TNODE_AUTOESCAPE:
        break;
    }
}

void tum_tsee_body(struct tum_tnames *frame, struct tum_tnode *node)
{
    for (; node != NULL; node = node->next)
        see_node(frame, node);
}
