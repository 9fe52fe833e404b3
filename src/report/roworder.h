/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start order of rows that were stored in end order.
 */
#ifndef TUM_ROWORDER_H
#define TUM_ROWORDER_H

#include "tum/base.h"

#define TUM_ROW_NONE UINT32_MAX

/* What is known of a row, in rowid order. */
struct tum_row_link {
    int64_t timestamp;
    int64_t test_id;
    int64_t parent_id; /* 0: none */
};

/*
 * ret_order[place] is the index of the row at that place; ret_parent[place] the place of its
 * parent, or TUM_ROW_NONE. Both arrays are the caller's, of `count` elements. The rule is
 * that of tum_report_open.
 */
void tum_row_order(const struct tum_row_link *links, uint32_t count,
                   uint32_t *ret_order, uint32_t *ret_parent);

#endif
