/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the item tables say, in forms for others: the JSON Schema of .tum files and the
 * generated part of the manual. Reads descriptors only: no file, no session, no run.
 */
#ifndef TUM_DESCRIBE_H
#define TUM_DESCRIBE_H

#include "tum/item.h"

/*
 * JSON Schema (draft 2020-12), indented by 2, with a line end. `items` is the table of
 * types, NULL-ended, in the order of messages. Shape: language chapter, 12.
 */
void tum_describe_schema(const struct tum_item_type *const *items, struct tum_buf *out);
/*
 * Sections of tum-items(7) in mdoc: the common parameters, then every item with its
 * parameters and actions.
 */
void tum_describe_manual(const struct tum_item_type *const *items, struct tum_buf *out);

#endif
