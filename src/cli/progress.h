/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the live line says: how far a run is and what it is doing, from its events. Text
 * only: knows no terminal. One thread at a time; the owner locks.
 */
#ifndef TUM_PROGRESS_H
#define TUM_PROGRESS_H

#include "engine/event.h"

/* Executions under way that are remembered; more are not shown. */
#define TUM_PROGRESS_RUNNING 4096u

struct tum_progress;

/* Counts the items below `root` (not itself) that the load did not skip. */
struct tum_progress *tum_progress_new(const struct tum_item *root) TUM_MUST_USE;
void tum_progress_free(struct tum_progress *progress); /* accepts NULL */
void tum_progress_take(struct tum_progress *progress, const struct tum_event *event);
/*
 * "3/12  0:05  [left] measure, [right] sleep #3, 4 more" in at most `columns` columns:
 * items done of all, time since the run started, the innermost running items with their
 * branch and the iteration they are in. A container is done with everything below it.
 * Unprintable characters of names become '?'.
 */
void tum_progress_line(const struct tum_progress *progress, tum_time now,
                       size_t columns, struct tum_buf *out);

#endif
