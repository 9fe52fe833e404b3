/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The traffic log of a console: everything received, line by line, each with the time of
 * its first character. Control characters except TAB are left out.
 */
#ifndef TUM_CONLOG_H
#define TUM_CONLOG_H

#include "tum/buf.h"
#include "tum/err.h"

/* A longer line is broken into several. */
#define TUM_CONLOG_LINE ((size_t)64 << 10)

struct tum_conlog;

/*
 * Where the log of console `name` goes: `log` itself when it ends in ".log", else
 * NAME.log in that folder. For tum_free.
 */
char *tum_conlog_path(const char *log, const char *name) TUM_MUST_USE;
/* Makes missing folders. The error names the path. */
struct tum_conlog *tum_conlog_open(const char *path, bool append,
                                   struct tum_error **err) TUM_MUST_USE;
/* Writes the unfinished line. Accepts NULL. */
void tum_conlog_close(struct tum_conlog *log);
/* Valid UTF-8. What cannot be written is lost: a full disk does not stop a test. Nothing is
   written after that. */
void tum_conlog_add(struct tum_conlog *log, struct tum_str text);
/* Text that matching skipped: as tum_conlog_add, its lines are marked. */
void tum_conlog_mark(struct tum_conlog *log);
/* errno of what could not be written, once; else 0. */
int tum_conlog_trouble(struct tum_conlog *log);

#endif
