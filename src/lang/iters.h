/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Iterators over built-in kinds.
 */
#ifndef TUM_ITERS_H
#define TUM_ITERS_H

#include "lang/obj.h"

/* iter(o) of a built-in iterable. */
struct tum_obj *tum_iter_of(struct tum_vm *vm, struct tum_obj *o);
/* reversed(o). NULL: failed (TypeError when it has no order). */
struct tum_obj *tum_iter_reversed(struct tum_vm *vm, struct tum_obj *o);

/* What calling them makes are types, too: enumerate, zip, map, filter, reversed. */
extern const struct tum_type tum_type_enumerate, tum_type_zip, tum_type_map,
    tum_type_filter, tum_type_reversed;

#endif
