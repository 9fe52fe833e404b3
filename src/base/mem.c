/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that leaves instead of returning NULL, and growing arrays.
 */
#include "tum/mem.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY TUM_HOSTILE_OR(1, 8)

TUM_NORETURN static void out_of_memory(size_t size)
{
    tum_die("out of memory (%zu bytes asked for)", size);
}

void *tum_alloc(size_t size)
{
    void *p = calloc(1, size != 0 ? size : 1);

    if (p == NULL)
        out_of_memory(size);
    return p;
}

void *tum_alloc_array(size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory(SIZE_MAX);
    return tum_alloc(bytes);
}

void *tum_realloc(void *p, size_t size)
{
    void *moved = realloc(p, size != 0 ? size : 1);

    if (moved == NULL)
        out_of_memory(size);
    return moved;
}

void tum_free(void *p)
{
    free(p);
}

/* The pointers are read and written as bytes: *p may be of any pointer type. */
void tum_freep(void *p)
{
    void *owned;

    memcpy(&owned, p, sizeof(owned));
    free(owned);
    owned = NULL;
    memcpy(p, &owned, sizeof(owned));
}

char *tum_strdup(const char *s)
{
    return tum_strndup(s, strlen(s));
}

char *tum_strndup(const char *s, size_t n)
{
    char *copy = tum_realloc(NULL, n + 1);

    if (n != 0)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *tum_vasprintf(const char *fmt, va_list ap)
{
    char *text = NULL;

    if (vasprintf(&text, fmt, ap) < 0) {
        if (errno == ENOMEM)
            out_of_memory(0);
        tum_bug("a format that cannot be written: '%s'", fmt);
    }
    return text;
}

char *tum_asprintf(const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    return text;
}

void tum_grow_bytes(void **items, size_t *cap, size_t need, size_t element)
{
    size_t bytes, wanted = *cap != 0 ? *cap : FIRST_CAPACITY;
    void *p;

    if (need <= *cap)
        return;
    while (wanted < need) {
        if (__builtin_mul_overflow(wanted, 2, &wanted))
            out_of_memory(SIZE_MAX);
    }
    if (__builtin_mul_overflow(wanted, element, &bytes))
        out_of_memory(SIZE_MAX);
    memcpy(&p, items, sizeof(p)); /* the caller's pointer may be of any type */
    p = tum_realloc(p, bytes);
    memcpy(items, &p, sizeof(p));
    *cap = wanted;
}
