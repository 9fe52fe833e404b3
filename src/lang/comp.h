/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comprehensions and generators.
 */
#ifndef TUM_COMP_H
#define TUM_COMP_H

#include "lang/eval.h"

/* A COMP node; a generator is made, not run. */
struct tum_obj *tum_eval_comp(struct tum_vm *vm, struct tum_ast *node,
                              struct tum_frame *frame);
/* Gives a target (name, tuple, list) its value. False: failed. */
bool tum_eval_assign(struct tum_vm *vm, struct tum_ast *target, struct tum_obj *value,
                     struct tum_frame *frame);

#endif
