/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of a scope while a template is compiled: which of them it has places for,
 * and what is in those places when the scope begins.
 *
 * A frame is a scope of names (the template, a loop's body, a macro …); a function is
 * what has a set of places of its own while it runs.
 */
#ifndef TUM_TNAMES_H
#define TUM_TNAMES_H

#include "base/strmap.h"
#include "tmpl/ttree.h"

struct tum_tfn {
    struct tum_tfn *outer;
    uint32_t depth;            /* functions around it */
    uint32_t slots;            /* places handed out */
    struct tum_strmap *places; /* "level:name" to slot + 1 */
};

/* What is known of a name in a frame. */
struct tum_tentry {
    struct tum_str name;
    uint32_t slot; /* when it has a place */
    bool placed;   /* the name means a place of this frame */
    bool loaded;   /* … which is set up when the frame begins, as `load` says */
    bool stored;
    enum tum_tload_kind load;
    const struct tum_tfn *from_func; /* TUM_TLOAD_OUTER */
    uint32_t from_slot;
    unsigned branches; /* scratch of merging: how many of them assign the name */
};

/* What an entry was before a change inside a branch. */
struct tum_tchange {
    struct tum_tentry *entry;
    struct tum_tentry was;
};

struct tum_tnames {
    struct tum_tnames *outer;
    struct tum_tfn *func;
    unsigned level;
    bool top; /* assignments are variables of the template */
    struct tum_strmap *names;
    struct tum_tentry **entries;
    size_t count, cap;
    struct tum_tchange *changes; /* since the outermost branch began */
    size_t change_count, change_cap;
    size_t branch_depth;
};

void tum_tfn_init(struct tum_tfn *func, struct tum_tfn *outer);
void tum_tfn_release(struct tum_tfn *func);

/* A frame inside `outer` (NULL: none) whose places are in `func`. */
void tum_tnames_init(struct tum_tnames *frame, struct tum_tnames *outer,
                     struct tum_tfn *func);
void tum_tnames_release(struct tum_tnames *frame);
/* NULL: nothing is known of the name here. */
struct tum_tentry *tum_tnames_find(struct tum_tnames *frame, struct tum_str name);
/* The entry that has the name's place, here or in an outer frame; NULL: none. */
struct tum_tentry *tum_tnames_place(struct tum_tnames *frame, struct tum_str name,
                                    struct tum_tnames **ret_frame);
/* The name is a parameter: set by whoever enters the frame. */
void tum_tnames_param(struct tum_tnames *frame, struct tum_str name);

/*
 * Notes what is done to names, in the order in which it is done; bodies of scopes below
 * are left out. `param`: the names are set by whoever enters the frame.
 */
void tum_tsee_expr(struct tum_tnames *frame, struct tum_ast *expr);
void tum_tsee_target(struct tum_tnames *frame, struct tum_ttarget *target, bool param);
void tum_tsee_body(struct tum_tnames *frame, struct tum_tnode *node);

#endif
