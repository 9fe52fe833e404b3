/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing text with a limit: the slow halves. The capacity never passes limit + 1, so
 * that the fast halves in the header need no check of their own beyond it.
 */
#include "tum/buf.h"
#include "tum/mem.h"
#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY ((size_t)TUM_HOSTILE_OR(1, 64))

/* Never written: a buffer with cap 0 points here. */
char tum_buf_empty[1];

void tum_buf_init(struct tum_buf *buf, size_t limit)
{
    *buf = (struct tum_buf)TUM_BUF_INIT(limit);
}

void tum_buf_release(struct tum_buf *buf)
{
    if (buf->cap != 0)
        tum_free(buf->s);
    tum_buf_init(buf, buf->limit);
}

void tum_buf_reset(struct tum_buf *buf)
{
    tum_buf_truncate(buf, 0);
    buf->full = false;
}

void tum_buf_truncate(struct tum_buf *buf, size_t len)
{
    if (len >= buf->len)
        return;
    buf->len = len;
    buf->s[len] = '\0';
}

/* Makes room for n more bytes and returns how many of them the limit allows. */
static size_t room_for(struct tum_buf *buf, size_t n)
{
    size_t left = buf->limit > buf->len ? buf->limit - buf->len : 0;
    size_t need, cap;

    if (n > left)
        n = left;
    need = buf->len + n + 1;
    if (need <= buf->cap)
        return n;
    cap = buf->cap > SIZE_MAX / 2 ? SIZE_MAX : buf->cap * 2;
    cap = TUM_MAX(cap, FIRST_CAPACITY);
    cap = TUM_MAX(cap, need);
    if (buf->limit < SIZE_MAX && cap > buf->limit + 1)
        cap = buf->limit + 1;
    if (buf->cap == 0) {
        buf->s = tum_realloc(NULL, cap);
        buf->s[0] = '\0';
    } else {
        buf->s = tum_realloc(buf->s, cap);
    }
    buf->cap = cap;
    return n;
}

void tum_buf_reserve(struct tum_buf *buf, size_t n)
{
    if (n != 0)
        room_for(buf, n);
}

void tum_buf_grow_add(struct tum_buf *buf, const void *p, size_t n)
{
    size_t fits;

    if (n == 0)
        return;
    fits = room_for(buf, n);
    if (fits < n)
        buf->full = true;
    if (fits == 0)
        return;
    memcpy(buf->s + buf->len, p, fits);
    buf->len += fits;
    buf->s[buf->len] = '\0';
}

void tum_buf_addf(struct tum_buf *buf, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    tum_buf_addv(buf, fmt, ap);
    va_end(ap);
}

/*
 * The conversions that lines of a run are made of: printf's machinery took a fifth of a step.
 * Returns the rest of the format, from the first other conversion on; *ap stands before
 * its arguments.
 */
static const char *add_plain(struct tum_buf *buf, const char *fmt, va_list *ap)
{
    for (;;) {
        size_t n = strcspn(fmt, "%");

        tum_buf_add(buf, fmt, n);
        fmt += n;
        if (fmt[0] == '\0')
            return fmt;
        if (fmt[1] == 's') {
            const char *text = va_arg(*ap, const char *);

            tum_buf_adds(buf, text != NULL ? text : "(null)");
            fmt += 2;
        } else if (strncmp(fmt, "%.*s", 4) == 0) {
            int most = va_arg(*ap, int);
            const char *text = va_arg(*ap, const char *);

            if (text == NULL)
                text = "(null)";
            tum_buf_add(buf, text,
                        most < 0 ? strlen(text) : strnlen(text, (size_t)most));
            fmt += 4;
        } else if (fmt[1] == 'd') {
            tum_buf_addi(buf, va_arg(*ap, int));
            fmt += 2;
        } else if (fmt[1] == 'c') {
            tum_buf_addc(buf, (char)va_arg(*ap, int));
            fmt += 2;
        } else {
            return fmt;
        }
    }
}

void tum_buf_addv(struct tum_buf *buf, const char *fmt, va_list ap)
{
    va_list rest, again;
    size_t fits;
    int n;

    va_copy(rest, ap);
    fmt = add_plain(buf, fmt, &rest);
    va_copy(again, rest);
    n = fmt[0] == '\0'  ? 0
        : buf->cap != 0 ? vsnprintf(buf->s + buf->len, buf->cap - buf->len, fmt, again)
                        : vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        tum_bug("a format that cannot be written: '%s'", fmt);
    if ((size_t)n < buf->cap - buf->len) {
        buf->len += (size_t)n;
    } else if (n != 0) {
        fits = room_for(buf, (size_t)n);
        if (fits < (size_t)n)
            buf->full = true;
        if (fits != 0) {
            va_copy(again, rest);
            vsnprintf(buf->s + buf->len, fits + 1, fmt, again);
            va_end(again);
            buf->len += fits;
        } else if (buf->cap != 0) { /* the first try wrote past len */
            buf->s[buf->len] = '\0';
        }
    }
    va_end(rest);
}

void tum_buf_addi(struct tum_buf *buf, int64_t number)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (number < 0)
        digits[--at] = '-';
    tum_buf_add(buf, digits + at, sizeof(digits) - at);
}

void tum_buf_fill(struct tum_buf *buf, char c, size_t n)
{
    size_t fits;

    if (n == 0)
        return;
    fits = room_for(buf, n);
    if (fits < n)
        buf->full = true;
    if (fits == 0)
        return;
    memset(buf->s + buf->len, c, fits);
    buf->len += fits;
    buf->s[buf->len] = '\0';
}

char *tum_buf_detach(struct tum_buf *buf)
{
    char *text = buf->cap != 0 ? buf->s : tum_strdup("");

    tum_buf_init(buf, buf->limit);
    return text;
}
