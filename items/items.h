/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every item type, declared from items.def, and the table that the command line hands to
 * the engine.
 */
#ifndef TUM_ITEMS_H
#define TUM_ITEMS_H

#include "tum/item.h"

#define TUM_ITEM(symbol) extern const struct tum_item_type tum_item_##symbol;
#include "items.def"
#undef TUM_ITEM

/* In the order of items.def, ended by NULL. */
extern const struct tum_item_type *const tum_items[];

#endif
