/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Complaints about the arguments of functions in C. All raise a TypeError and give NULL or
 * false.
 */
#ifndef TUM_ARGWORDS_H
#define TUM_ARGWORDS_H

#include "lang/obj.h"

/* Places that arguments by position can fill, self included. */
size_t tum_args_places(const struct tum_native *what, size_t selfs);
struct tum_obj *tum_args_wrong_count(struct tum_vm *vm, const struct tum_native *what,
                                     struct tum_obj *self, const struct tum_args *args);
/* Nothing for `place` (self not counted), which must be filled. */
struct tum_obj *tum_args_missing(struct tum_vm *vm, const struct tum_native *what,
                                 struct tum_obj *self, const struct tum_args *args,
                                 size_t place);
bool tum_args_unknown_keyword(struct tum_vm *vm, const struct tum_native *what,
                              struct tum_obj *self, struct tum_str name);
/* `place` counts from one. */
bool tum_args_twice(struct tum_vm *vm, const struct tum_native *what,
                    struct tum_str name, size_t place);

#endif
