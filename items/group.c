/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group: children in order.
 */
#include "items.h"

static enum tum_verdict group_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_children children;

    (void)item;
    tum_children_run(run, &children);
    return tum_children_verdict(run, &children);
}

const struct tum_item_type tum_item_group = {
    .keyword = "group",
    .row_type = "Group",
    .summary = "Runs the steps inside in order.",
    .flags = TUM_ITEM_CONTAINER,
    .run = group_run,
};
