/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing text with a limit.
 *
 * `s` is never NULL and always terminated; `len` does not count the terminator. When an
 * addition would pass `limit`, as much of it as fits is added, `full` is set and stays
 * set: the owner says what that means (an error with a name, or a marked cut).
 * A text added may lie inside the buffer itself only if no growth is needed: do not.
 */
#ifndef TUM_BUF_H
#define TUM_BUF_H

#include "tum/str.h"
#include <stdarg.h>

struct tum_buf {
    char *s;
    size_t len;
    size_t cap;   /* 0: s points to a shared empty text */
    size_t limit; /* largest len */
    bool full;    /* something was dropped */
};

extern char tum_buf_empty[1];

#define TUM_BUF_INIT(limit_)                                                           \
    {                                                                                  \
        .s = tum_buf_empty, .limit = (limit_)                                          \
    }
/* Limit for texts that are bounded by what they are made of. */
#define TUM_BUF_ANY ((size_t)1 << 32)

void tum_buf_init(struct tum_buf *buf, size_t limit);
void tum_buf_release(struct tum_buf *buf); /* leaves an empty buffer, usable again */
void tum_buf_reset(struct tum_buf *buf);   /* empties, keeps the memory, clears full */
void tum_buf_truncate(struct tum_buf *buf, size_t len);
/* Makes room for n more bytes (clipped to the limit). */
void tum_buf_reserve(struct tum_buf *buf, size_t n);

/* The slow half of tum_buf_add: grows, or cuts at the limit. */
void tum_buf_grow_add(struct tum_buf *buf, const void *p, size_t n);
static inline void tum_buf_add(struct tum_buf *buf, const void *p, size_t n)
{
    if (n < buf->cap - buf->len && n <= buf->limit - buf->len && n != 0) {
        memcpy(buf->s + buf->len, p, n);
        buf->len += n;
        buf->s[buf->len] = '\0';
        return;
    }
    tum_buf_grow_add(buf, p, n);
}
static inline void tum_buf_adds(struct tum_buf *buf, const char *s)
{
    tum_buf_add(buf, s, strlen(s));
}
static inline void tum_buf_addt(struct tum_buf *buf, struct tum_str text)
{
    tum_buf_add(buf, text.s, text.n);
}
void tum_buf_addf(struct tum_buf *buf, const char *fmt, ...) TUM_PRINTF(2, 3);
void tum_buf_addv(struct tum_buf *buf, const char *fmt, va_list ap) TUM_PRINTF(2, 0);
void tum_buf_addi(struct tum_buf *buf, int64_t number); /* decimal, fast */
void tum_buf_fill(struct tum_buf *buf, char c, size_t n);

static inline void tum_buf_addc(struct tum_buf *buf, char c)
{
    if (buf->len + 1 < buf->cap && buf->len < buf->limit) {
        buf->s[buf->len++] = c;
        buf->s[buf->len] = '\0';
        return;
    }
    tum_buf_add(buf, &c, 1);
}

/* Borrowed view; valid until the next change. */
static inline struct tum_str tum_buf_str(const struct tum_buf *buf)
{
    return (struct tum_str){buf->s, buf->len};
}

/* Hands the terminated text out (release with tum_free); the buffer is empty again. */
char *tum_buf_detach(struct tum_buf *buf) TUM_MUST_USE;

#endif
