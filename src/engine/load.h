/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the loader: load.c (root, findings, the frame of an item), loadargs.c (the keys
 * of an item), loadsteps.c (what stands below it). One load is of one thread.
 */
#ifndef TUM_LOAD_H
#define TUM_LOAD_H

#include "engine/runstate.h"

struct tum_load {
    struct tum_session *session;
    const struct tum_node *body; /* of the item in hand; NULL: null */
    uint32_t depth;
};

/* ---- load.c ---- */

/* Says of a finding which item it is about; keyword: of a part of it that is no item. */
void tum_load_place(struct tum_finding *finding, const struct tum_item *item,
                    const char *keyword);
/* Something of the wrong kind, said of the container that holds it. False. */
bool tum_load_error_in(struct tum_load *load, const struct tum_item *container,
                       struct tum_span at, const char *fmt, ...) TUM_PRINTF(4, 5);
/* A new item, last below `parent` (NULL: the root). Owned by the session. */
struct tum_item *tum_load_item(struct tum_load *load, struct tum_item *parent,
                               const struct tum_item_type *type, struct tum_span at);
/* Name and flags, parameters, children. False: unusable, findings say why. */
bool tum_load_fill(struct tum_load *load, struct tum_item *item,
                   const struct tum_node *body);

/* ---- loadargs.c: from load->body ---- */

/* A parameter's value; `param` NULL: the whole body. NULL: a finding says why. */
struct tum_arg *tum_load_arg(struct tum_load *load, const struct tum_item *item,
                             const struct tum_param *param,
                             const struct tum_node *node);
void tum_load_name(struct tum_load *load, struct tum_item *item,
                   const struct tum_node *node);
void tum_load_skipped(struct tum_load *load, struct tum_item *item,
                      const struct tum_node *node);
/* All keys into the item's data and its common attributes; raw_name: for messages. */
void tum_load_params(struct tum_load *load, struct tum_item *item,
                     const char *raw_name);
/* False: one that is needed is missing or empty, findings say which. */
bool tum_load_required(struct tum_load *load, const struct tum_item *item);

/* ---- loadsteps.c: `steps` of load->body, below the item ---- */

void tum_load_steps(struct tum_load *load, struct tum_item *item);
/* The items of a list, which may hold lists and included files. */
void tum_load_list(struct tum_load *load, struct tum_item *container,
                   const struct tum_node *node);
void tum_load_actions(struct tum_load *load, struct tum_item *item);

#endif
