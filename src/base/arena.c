/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory freed together.
 *
 * A list of blocks; the head is the one being filled. A request that would waste much
 * of a block gets one of its own, linked behind the head so that the head goes on being
 * filled. Nothing is ever given back alone.
 */
#include "tum/mem.h"
#include <stdio.h>
#include <string.h>

#define ARENA_BLOCK ((size_t)TUM_HOSTILE_OR(64, 65536))
#define ARENA_ALIGN (_Alignof(max_align_t))

struct block {
    struct block *next;
    size_t cap, used;
    _Alignas(max_align_t) char data[];
};

struct tum_arena {
    struct block *head;
    size_t total;
};

static struct block *block_new(size_t cap)
{
    struct block *block;
    size_t bytes;

    if (__builtin_add_overflow(cap, sizeof(*block), &bytes))
        tum_die("out of memory (%zu bytes asked for)", cap);
    block = tum_realloc(NULL, bytes);
    block->next = NULL;
    block->cap = cap;
    block->used = 0;
    return block;
}

struct tum_arena *tum_arena_new(void)
{
    return tum_new(struct tum_arena);
}

static void free_list(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;

        tum_free(block);
        block = next;
    }
}

void tum_arena_free(struct tum_arena *arena)
{
    if (arena == NULL)
        return;
    free_list(arena->head);
    tum_free(arena);
}

void tum_arena_freep(struct tum_arena **arena)
{
    tum_arena_free(*arena);
    *arena = NULL;
}

void tum_arena_reset(struct tum_arena *arena)
{
    struct block *kept = NULL;

    while (arena->head != NULL) {
        struct block *block = arena->head;

        arena->head = block->next;
        if (kept == NULL && block->cap == ARENA_BLOCK)
            kept = block;
        else
            tum_free(block);
    }
    if (kept != NULL) {
        kept->next = NULL;
        kept->used = 0;
    }
    arena->head = kept;
    arena->total = 0;
}

static void *take(struct block *block, size_t size)
{
    void *p = block->data + block->used;

    block->used += size;
    return p;
}

/* Not zeroed. */
static void *raw_alloc(struct tum_arena *arena, size_t size)
{
    struct block *block = arena->head;
    size_t rounded;

    if (size == 0)
        size = 1;
    if (__builtin_add_overflow(size, ARENA_ALIGN - 1, &rounded))
        tum_die("out of memory (%zu bytes asked for)", size);
    rounded -= rounded % ARENA_ALIGN;
    arena->total += size;
    if (block != NULL && rounded <= block->cap - block->used)
        return take(block, rounded);
    if (rounded > ARENA_BLOCK / 4 && block != NULL) {
        struct block *own = block_new(rounded);

        own->next = block->next;
        block->next = own;
        return take(own, rounded);
    }
    block = block_new(TUM_MAX(rounded, ARENA_BLOCK));
    block->next = arena->head;
    arena->head = block;
    return take(block, rounded);
}

void *tum_arena_alloc(struct tum_arena *arena, size_t size)
{
    return memset(raw_alloc(arena, size), 0, size);
}

char *tum_arena_strdup(struct tum_arena *arena, const char *s)
{
    return tum_arena_strndup(arena, s, strlen(s));
}

char *tum_arena_strndup(struct tum_arena *arena, const char *s, size_t n)
{
    char *copy = raw_alloc(arena, n + 1);

    if (n != 0)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *tum_arena_printf(struct tum_arena *arena, const char *fmt, ...)
{
    va_list ap;
    char *text, *copy;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    copy = tum_arena_strdup(arena, text);
    tum_free(text);
    return copy;
}

size_t tum_arena_used(const struct tum_arena *arena)
{
    return arena->total;
}
