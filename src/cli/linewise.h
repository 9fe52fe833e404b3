/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that answer every line of standard input with a line of standard output: by
 * hand, in a pipe, and as the other half of a dialogue with a program.
 */
#ifndef TUM_LINEWISE_H
#define TUM_LINEWISE_H

#include "tum/buf.h"

/* Longest line of input, in bytes. */
#define TUM_LINEWISE_LIMIT ((size_t)64 << 20)

/*
 * Calls `answer` for every line (without its line end; the last one may lack it) and
 * writes what it adds to `out` when no further complete line has been read yet. Returns
 * the exit status; trouble with input or output is said on standard error.
 */
int tum_linewise(void (*answer)(void *ctx, struct tum_str line, struct tum_buf *out),
                 void *ctx);

#endif
