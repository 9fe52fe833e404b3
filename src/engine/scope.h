/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variables of a run: one flat table of names, shared by all branches.
 *
 * Every function may be called from any thread; a value is copied out (a reference), so
 * nobody looks at the table itself. A change wakes those who wait for one.
 */
#ifndef TUM_SCOPE_H
#define TUM_SCOPE_H

#include "tum/val.h"
#include "tum/wait.h"

/* Most names a run may have; setting more is refused with false. */
#define TUM_SCOPE_LIMIT 4000000u

struct tum_scope;

struct tum_scope *tum_scope_new(void) TUM_MUST_USE;
void tum_scope_free(struct tum_scope *scope);
/* Owned result; false when there is no such name. A null value is a value here. */
bool tum_scope_get(struct tum_scope *scope, struct tum_str name, tum_val *ret);
/* Takes the value. False (value released) when the table is full. */
bool tum_scope_set(struct tum_scope *scope, struct tum_str name, tum_val take);
/* The same for the name "PREFIXNAME". */
bool tum_scope_set2(struct tum_scope *scope, struct tum_str prefix, struct tum_str name,
                    tum_val take);
void tum_scope_remove(struct tum_scope *scope, struct tum_str name);
void tum_scope_clear(struct tum_scope *scope);
/* All names and values as they are now, in order of first setting. */
tum_val tum_scope_snapshot(struct tum_scope *scope) TUM_MUST_USE;

/*
 * One-shot: `wake` is requested (TUM_STOP_WAKE) at the next change of any name. The
 * caller owns the watch and withdraws it before it goes away.
 */
struct tum_watch {
    struct tum_stop *wake;
    struct tum_watch *next;
};
/* Counts changes; to notice one between reading and watching. */
uint64_t tum_scope_changes(struct tum_scope *scope);
/* False, and not added, when something changed since `changes`. */
bool tum_scope_watch(struct tum_scope *scope, struct tum_watch *watch,
                     uint64_t changes);
void tum_scope_unwatch(struct tum_scope *scope, struct tum_watch *watch);

#endif
