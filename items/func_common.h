/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the function items have in common; see func_common.c.
 */
#ifndef TUM_FUNC_COMMON_H
#define TUM_FUNC_COMMON_H

#include "items.h"
#include "tum/func.h"

struct func_data {
    const struct tum_arg *file, *func_name, *param, *context_id, *debug;
};

/* How one kind of function differs from the other. */
struct tum_func_kind {
    enum tum_func_language language;
    const char *variable; /* before the item's name: "pfn_" */
    bool has_data;        /* the row gets the reported values and `returned` */
};

enum tum_verdict tum_func_item_run(struct tum_run *run, const struct tum_item *item,
                                   const struct tum_func_kind *kind);

#endif
