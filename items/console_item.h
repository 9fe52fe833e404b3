/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the actions of the console item know of it.
 */
#ifndef TUM_CONSOLE_ITEM_H
#define TUM_CONSOLE_ITEM_H

#include "console_text.h"

struct tum_console_item {
    const struct tum_arg *console_name;
};

extern const struct tum_item_type tum_console_action_open;

/* The expanded console_name; NULL: FAILed, naming it. For tum_free. */
char *tum_console_item_name(struct tum_run *run, const struct tum_item *action);

#endif
