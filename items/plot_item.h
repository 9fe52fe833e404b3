/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the actions of the plot item know of it.
 */
#ifndef TUM_PLOT_ITEM_H
#define TUM_PLOT_ITEM_H

#include "tum/item.h"
#include "tum/plot.h"

struct tum_plot_item {
    const struct tum_arg *plot_name;
};

extern const struct tum_item_type tum_plot_action_periodic;

/* The expanded plot_name; for tum_free. NULL: FAILed, naming it. */
char *tum_plot_item_name(struct tum_run *run, const struct tum_item *action);
/* The open plot of this item, counted. NULL: FAILed. */
struct tum_plot *tum_plot_item_get(struct tum_run *run, const struct tum_item *action);

#endif
