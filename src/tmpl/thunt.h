/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks through the statements of a template for special names, however deep.
 */
#ifndef TUM_THUNT_H
#define TUM_THUNT_H

#include "tmpl/ttree.h"

#define TUM_THUNT_LIMIT 3

/* Names that are wanted, and what became of each. */
struct tum_thunt {
    const char *names[TUM_THUNT_LIMIT]; /* literals, NULL at the end if fewer */
    bool gone[TUM_THUNT_LIMIT];         /* assigned first: no longer special */
    bool found[TUM_THUNT_LIMIT];
};

/* Finds names that are used before they are assigned; blocks are left out. */
void tum_thunt_body(struct tum_thunt *hunt, struct tum_tnode *node);

bool tum_thunt_assigns_loop(const struct tum_ttarget *target);
/* An assignment to `loop` anywhere inside; NULL: none. */
const struct tum_ttarget *tum_thunt_loop_target(struct tum_tnode *node);
/* A scoped block anywhere inside: it sees the `loop` of the loop around it. */
bool tum_thunt_has_scoped(struct tum_tnode *node);

#endif
