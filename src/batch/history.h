/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers from the state alone: what failed last, what is flaky, how much was run. Nothing
 * is loaded. Without a state the answers are the smallest that make sense.
 */
#ifndef TUM_HISTORY_H
#define TUM_HISTORY_H

#include "tum/buf.h"
#include "tum/err.h"

/*
 * All look for the project from the current folder. `out` gets the answer; false: the
 * project file or the state cannot be read.
 */
bool tum_history_last(struct tum_buf *out, struct tum_error **err);
bool tum_history_flaky(struct tum_buf *out, struct tum_error **err);
bool tum_history_status(bool json, struct tum_buf *out, struct tum_error **err);
bool tum_history_node(const char *node, struct tum_buf *out, struct tum_error **err);
/* Folder of the last batch, or of the one with that run; for tum_free; NULL: none. */
char *tum_history_folder(const char *run, struct tum_error **err) TUM_MUST_USE;

#endif
