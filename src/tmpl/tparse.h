/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Template text to tree. Stops at the first mistake; err->at is a position of the
 * template's text (tlex.h).
 */
#ifndef TUM_TPARSE_H
#define TUM_TPARSE_H

#include "tmpl/tlex.h"
#include "tmpl/ttree.h"

/*
 * Reads all of `lex`. The tree lives in its arena (set by the caller) and in vm->heap;
 * tree->blocks is for tum_free, also after a failure.
 */
bool tum_tparse(struct tum_tlex *lex, struct tum_vm *vm, struct tum_ttree *tree,
                struct tum_error **err);

#endif
