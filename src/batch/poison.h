/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The poison detector: what campaigns share is looked at before and after each, so that
 * what one leaves behind is said of it, and the next one is told what it inherits.
 */
#ifndef TUM_POISON_H
#define TUM_POISON_H

#include "tum/buf.h"
#include <sys/types.h>

struct tum_batch;
struct tum_campaign;
struct tum_poison;

struct tum_poison *tum_poison_new(struct tum_batch *batch) TUM_MUST_USE;
void tum_poison_free(struct tum_poison *poison); /* accepts NULL */
/* Before a campaign, with the batch's lock: "yes", or what it inherits and from whom; for
   tum_free. */
char *tum_poison_before(struct tum_batch *batch,
                        const struct tum_campaign *campaign) TUM_MUST_USE;
/*
 * A campaign is about to go: names what still runs below the process or carries its run,
 * with the ports it listens on. Not to be called with the lock.
 */
void tum_poison_left(struct tum_batch *batch, const char *run, pid_t pid,
                     struct tum_buf *out);
/*
 * After a campaign, with the lock: adds to `left` what has changed since before it. With
 * several at a time what none of them can be charged with is the batch's, which says so.
 */
void tum_poison_after(struct tum_batch *batch, const struct tum_campaign *campaign,
                      const char *run, struct tum_buf *left);
/* The next campaign inherits what `who` has left; `ended`: it is gone by now. */
void tum_poison_inherit(struct tum_batch *batch, const char *who, const char *what,
                        bool ended);
void tum_tree_remove(const char *path);

#endif
