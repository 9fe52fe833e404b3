/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pairs of a mapping: key, value, key, value. Keys are scalars or null (or aliases of
 * such).
 */
#ifndef TUM_PAIRS_H
#define TUM_PAIRS_H

#include "doc/nodes.h"

/* True when the pairs can stay as they are: few, all keys texts, no two equal. */
bool tum_pairs_simple(const struct tum_node *pairs, size_t n);
/*
 * Removes double keys among n pairs, in place; how many remain. Keys are equal as values
 * of Python. The later value wins at the position of the first.
 */
size_t tum_pairs_distinct(struct tum_node *pairs, size_t n);

#endif
