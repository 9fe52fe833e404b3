/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a console ignores: lines, or parts of lines, that something else writes into the
 * stream (a kernel's messages in the middle of an answer). Matching does not see them;
 * logs do, marked.
 *
 * Patterns are searched line by line. What matches is taken out; when it reaches to the end
 * of its line, the line's end goes with it, so that an answer that was cut in two is whole again.
 * The beginning of what may become a match is held back, TUM_IGNORE_HOLD at most.
 */
#ifndef TUM_IGNORE_H
#define TUM_IGNORE_H

#include "io/driver.h"

#define TUM_IGNORE_HOLD (100 * TUM_MS)
/* A longer line is let through as it is. */
#define TUM_IGNORE_LINE ((size_t)64 << 10)
/* Ignored text kept for the log until a read comes by; more of it is forgotten. */
#define TUM_IGNORE_KEPT ((size_t)1 << 20)

struct tum_conlog;

struct tum_skipped {
    struct tum_skipped *next;
    uint64_t place; /* in the stream: before the text there */
    struct tum_str text;
};

struct tum_ignore *tum_ignore_new(const char *const *patterns, size_t count,
                                  struct tum_error **err) TUM_MUST_USE;
void tum_ignore_free(struct tum_ignore *ignore); /* accepts NULL */
void tum_ignore_free_skipped(struct tum_skipped *skipped);

/* All with the console's lock held. */
void tum_ignore_add(struct tum_console *console, struct tum_str text);
void tum_ignore_flush(struct tum_console *console);
/* As tum_console_tick. */
tum_time tum_ignore_tick(struct tum_console *console, tum_time now);
/* Adds to the traffic log, lines with something ignored marked. */
void tum_ignore_log(struct tum_ignore *ignore, struct tum_conlog *log,
                    struct tum_str text);

#endif
