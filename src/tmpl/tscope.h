/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides before a template runs where the value of each name is, and looks up its
 * filters and tests.
 */
#ifndef TUM_TSCOPE_H
#define TUM_TSCOPE_H

#include "tmpl/ttree.h"

/*
 * Fills the parts of the tree that are "of the scope", and of its expressions: a NAME's
 * depth (hops) and slot, the client of a FILTER and of a TEST (struct tum_native, NULL
 * when there is none). Fails with a TemplateAssertionError for an unknown filter or
 * test outside branches, a block given twice, and an assignment to `loop` in a loop.
 */
bool tum_tscope(struct tum_ttree *tree, struct tum_str text, uint32_t source,
                struct tum_error **err);

#endif
