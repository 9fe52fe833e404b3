/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One failure with its place and causes.
 */
#include "tum/err.h"
#include "tum/buf.h"
#include "tum/mem.h"
#include <string.h>

/* Takes text. */
static bool set(struct tum_error **err, enum tum_error_kind kind, int os,
                struct tum_span at, char *text)
{
    struct tum_error *error;

    if (*err != NULL)
        tum_bug("a second error '%s' over '%s'", text, (*err)->text);
    error = tum_new(struct tum_error);
    error->kind = kind;
    error->os = os;
    error->at = at;
    error->text = text;
    *err = error;
    return false;
}

bool tum_fail(struct tum_error **err, enum tum_error_kind kind, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    return set(err, kind, 0, (struct tum_span){0}, text);
}

bool tum_fail_at(struct tum_error **err, enum tum_error_kind kind, struct tum_span at,
                 const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    return set(err, kind, 0, at, text);
}

bool tum_fail_os(struct tum_error **err, int os, const char *fmt, ...)
{
    va_list ap;
    char *context, *text;

    va_start(ap, fmt);
    context = tum_vasprintf(fmt, ap);
    va_end(ap);
    text = tum_asprintf("%s: %s", context, tum_errno_text(os));
    tum_free(context);
    return set(err, TUM_ERROR_SYSTEM, os, (struct tum_span){0}, text);
}

void tum_error_wrap(struct tum_error **err, const char *fmt, ...)
{
    struct tum_error *cause = *err;
    va_list ap;
    char *text;

    if (cause == NULL)
        tum_bug("no error to put '%s' before", fmt);
    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    *err = NULL;
    set(err, cause->kind, cause->os, (struct tum_span){0}, text);
    if (cause->type != NULL)
        (*err)->type = tum_strdup(cause->type);
    (*err)->cause = cause;
}

char *tum_error_text(const struct tum_error *err)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    for (; err != NULL; err = err->cause) {
        tum_buf_adds(&text, err->text);
        if (err->cause != NULL)
            tum_buf_adds(&text, ": ");
    }
    return tum_buf_detach(&text);
}

struct tum_span tum_error_at(const struct tum_error *err)
{
    for (; err != NULL; err = err->cause) {
        if (err->at.source != 0)
            return err->at;
    }
    return (struct tum_span){0};
}

const char *tum_errno_text(int os)
{
    /* Not translated, and constant text: any thread may call it at any time. */
    const char *text = strerrordesc_np(os);

    return text != NULL ? text : "unknown system error";
}

void tum_error_free(struct tum_error *err)
{
    while (err != NULL) {
        struct tum_error *cause = err->cause;

        tum_free(err->type);
        tum_free(err->text);
        tum_free(err);
        err = cause;
    }
}

void tum_error_freep(struct tum_error **err)
{
    tum_error_free(*err);
    *err = NULL;
}

void tum_error_clear(struct tum_error **err)
{
    tum_error_freep(err);
}
