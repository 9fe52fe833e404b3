/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads beside the items (tum_aside_start), and how what they print reaches the log of
 * a branch that is another thread's.
 */
#ifndef TUM_ASIDE_H
#define TUM_ASIDE_H

#include "engine/runstate.h"

/* Printed text on its way to the next row of a branch; counted. */
struct tum_postbox;
/* Of the branch, made when first asked for; the branch's thread only. */
struct tum_postbox *tum_postbox_of(struct tum_branch *branch);
/* Any thread. Beyond the limit of a log, text is dropped and a line says so. */
void tum_postbox_add(struct tum_postbox *box, struct tum_str text);
/* Adds what has come to the log of the branch. */
void tum_postbox_collect(struct tum_branch *branch);
void tum_postbox_unref(struct tum_postbox *box); /* accepts NULL */

#endif
