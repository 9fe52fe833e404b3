/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run prints: whole lines, from any thread, handed to the face in order.
 *
 * Lines are collected and handed over at the latest TUM_OUTPUT_LATEST after they were
 * made, before another process is asked to work, and at the end. Two branches never
 * share a line.
 */
#ifndef TUM_OUTPUT_H
#define TUM_OUTPUT_H

#include "tum/buf.h"
#include "tum/clock.h"

#define TUM_OUTPUT_LATEST  (15 * TUM_MS)
/* Bytes collected before they are handed over at once. */
#define TUM_OUTPUT_CHUNK   ((size_t)256 << 10)
/* Columns at which messages and INFO, WARN, DEBUG lines are wrapped. */
#define TUM_OUTPUT_COLUMNS 100

struct tum_output;

struct tum_output *tum_output_new(void (*write)(void *ctx, struct tum_str lines),
                                  void *ctx) TUM_MUST_USE;
/* Hands over what waits, ends the thread. */
void tum_output_free(struct tum_output *output);
/*
 * Adds text, each line with "[PREFIX] " when prefix is not empty; a newline is added at the
 * end unless there is one.
 */
void tum_output_lines(struct tum_output *output, struct tum_str prefix,
                      struct tum_str text);
void tum_output_flush(struct tum_output *output);

/*
 * Adds text wrapped at TUM_OUTPUT_COLUMNS columns: the first line starts with `first`,
 * the others with `rest`; breaks at blanks, never inside quotes or a path, keeps the
 * text's own line breaks. No newline at the end.
 */
void tum_wrap(struct tum_buf *out, struct tum_str first, struct tum_str rest,
              struct tum_str text);

#endif
