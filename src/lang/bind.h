/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each name of a Python expression is found: in the frame of a lambda or
 * comprehension, among the built-in names, or nowhere.
 */
#ifndef TUM_BIND_H
#define TUM_BIND_H

#include "lang/ast.h"

/*
 * Binds all names below `node`. Returns a LAMBDA without parameters whose body is `node`:
 * its frame has the names that `:=` assigns at the top. NULL: failed (handed over
 * for names that Python has and this has not).
 */
struct tum_ast *tum_bind(struct tum_vm *vm, struct tum_ast *node);

#endif
