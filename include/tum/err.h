/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One failure: something that could not be done.
 *
 * Rule of the out-parameter: a function that can fail returns bool or a pointer; on
 * failure it sets *err exactly once and leaves every ret_x untouched; on success it
 * leaves *err untouched. `err` is never NULL, and *err is NULL before the call.
 *
 * Words: no capital, no full stop, what failed first, the user's words in single
 * quotes. The caller adds context with tum_error_wrap.
 */
#ifndef TUM_ERR_H
#define TUM_ERR_H

#include "tum/str.h"
#include <stdarg.h>

/* Bytes in a source of the session (src/base/source.h). */
struct tum_span {
    uint32_t source; /* index in the table of sources; 0: not about a text */
    uint32_t start;  /* byte offset in that source */
    uint32_t length;
};

enum tum_error_kind {
    TUM_ERROR_SYSTEM,  /* the operating system said no; see os */
    TUM_ERROR_SYNTAX,  /* text that does not parse */
    TUM_ERROR_NAME,    /* an unknown name */
    TUM_ERROR_TYPE,    /* a value of the wrong kind */
    TUM_ERROR_VALUE,   /* a value of the right kind that will not do */
    TUM_ERROR_LIMIT,   /* a named limit was reached */
    TUM_ERROR_STOPPED, /* a stop request came first */
    TUM_ERROR_LATE,    /* a time limit was reached */
    TUM_ERROR_LOST,    /* the other side went away */
    TUM_ERROR_UNSUPPORTED,
};

struct tum_error {
    enum tum_error_kind kind;
    int os;             /* errno, or 0 */
    struct tum_span at; /* source 0: not about a text */
    char *type;         /* class name in Python's words ("TypeError"), or NULL */
    char *text;
    struct tum_error *cause; /* owned; NULL: none */
};

/* All return false, so that a failing function can end with `return tum_fail(…)`. */
bool tum_fail(struct tum_error **err, enum tum_error_kind kind, const char *fmt, ...)
    TUM_PRINTF(3, 4);
bool tum_fail_at(struct tum_error **err, enum tum_error_kind kind, struct tum_span at,
                 const char *fmt, ...) TUM_PRINTF(4, 5);
/* Appends ": " and the text of `os` (an errno value). */
bool tum_fail_os(struct tum_error **err, int os, const char *fmt, ...) TUM_PRINTF(3, 4);

/*
 * Puts "CONTEXT: " before the message by making the old error the cause; kind, os and
 * type are taken over.
 */
void tum_error_wrap(struct tum_error **err, const char *fmt, ...) TUM_PRINTF(2, 3);
/* The whole message: text and causes joined by ": ". Release with tum_free. */
char *tum_error_text(const struct tum_error *err) TUM_MUST_USE;
/* The place of the error or of the nearest cause that has one. */
struct tum_span tum_error_at(const struct tum_error *err);
/* Text of an errno value, thread-safe; static storage. */
const char *tum_errno_text(int os);

void tum_error_free(struct tum_error *err); /* accepts NULL */
void tum_error_freep(struct tum_error **err);
/* Frees *err and sets it to NULL, so that the next call may set it. */
void tum_error_clear(struct tum_error **err);

#endif
