/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash table keyed by text, for our own bookkeeping (values have TUM_MAP). Keeps insertion
 * order for iteration. Keys are copied; values are pointers it does not own. Not
 * thread-safe.
 */
#ifndef TUM_STRMAP_H
#define TUM_STRMAP_H

#include "tum/str.h"

struct tum_strmap *tum_strmap_new(void) TUM_MUST_USE;
void tum_strmap_free(struct tum_strmap *map); /* accepts NULL */
/* Sets and returns the value that was there, or NULL. */
void *tum_strmap_set(struct tum_strmap *map, struct tum_str key, void *value);
void *tum_strmap_get(const struct tum_strmap *map, struct tum_str key); /* NULL: none */
bool tum_strmap_has(const struct tum_strmap *map, struct tum_str key);
void *tum_strmap_remove(struct tum_strmap *map, struct tum_str key);
size_t tum_strmap_count(const struct tum_strmap *map);
/*
 * Walks in insertion order: start with *cursor = 0. False at the end. Removing the
 * current key is allowed, adding is not.
 */
bool tum_strmap_next(const struct tum_strmap *map, size_t *cursor,
                     struct tum_str *ret_key, void **ret_value);

#endif
