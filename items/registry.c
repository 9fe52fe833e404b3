/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of items, made from items.def.
 */
#include "items.h"

const struct tum_item_type *const tum_items[] = {
#define TUM_ITEM(symbol) &tum_item_##symbol,
#include "items.def"
#undef TUM_ITEM
    NULL,
};
