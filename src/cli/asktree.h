/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree with check boxes: what is checked, folded and filtered, and the rows that shows.
 * Knows no terminal.
 */
#ifndef TUM_ASKTREE_H
#define TUM_ASKTREE_H

#include "tum/val.h"

struct tum_asktree_entry {
    tum_val name;               /* borrowed of the request */
    struct tum_str description; /* likewise */
    size_t depth;
    size_t parent; /* index; its own for those of the first level */
    size_t end;    /* index behind the last one below it */
    bool checked, folded, shown;
};

struct tum_asktree {
    struct tum_asktree_entry *entries; /* parents before children */
    size_t count, cap;
    size_t current; /* of the entries; one that is seen, when any is */
    bool filtered;
};

/*
 * Entries of struct tum_ask, all checked and unfolded, but as `previous` says where a level
 * has as many entries as it has there. `tree` must outlive it.
 */
void tum_asktree_init(struct tum_asktree *tree, tum_val entries, tum_val previous);
void tum_asktree_release(struct tum_asktree *tree);

/* Turns a check; everything below it becomes the same. */
void tum_asktree_toggle(struct tum_asktree *tree, size_t i);
void tum_asktree_check_all(struct tum_asktree *tree, bool checked);
void tum_asktree_fold(struct tum_asktree *tree, size_t i, bool folded);
void tum_asktree_fold_all(struct tum_asktree *tree, bool folded);
/* True when something is folded. */
bool tum_asktree_is_folded(const struct tum_asktree *tree);
/* Shows, and moves to, what holds the text in its name or description (any case of ASCII), with all above
   it and below it, folded or not; empty: everything. */
void tum_asktree_filter(struct tum_asktree *tree, struct tum_str text);
/* Entries that are seen, neither filtered out nor inside a folded one: the first, and the
   one after `from`, which is seen. tree->count: there is none. */
size_t tum_asktree_first(const struct tum_asktree *tree);
size_t tum_asktree_next(const struct tum_asktree *tree, size_t from);
/* Moves `current`, if there is somewhere to go. */
void tum_asktree_up(struct tum_asktree *tree);
void tum_asktree_down(struct tum_asktree *tree);
/* The answer of struct tum_ask. */
tum_val tum_asktree_answer(const struct tum_asktree *tree) TUM_MUST_USE;

#endif
