/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory. Allocation does not fail: it leaves with a message (tum_die). What protects a
 * user's run is the report's transaction, not our recovery. Sizes that users control
 * are bounded by whoever grows them.
 */
#ifndef TUM_MEM_H
#define TUM_MEM_H

#include "tum/base.h"
#include <stdarg.h>

/* Zeroed memory of `size` bytes (0 counts as 1). Release with tum_free. */
void *tum_alloc(size_t size) TUM_MUST_USE;
/* Zeroed array; a product that overflows ends the program. */
void *tum_alloc_array(size_t count, size_t size) TUM_MUST_USE;
/* As realloc; the new part is not zeroed. */
void *tum_realloc(void *p, size_t size) TUM_MUST_USE;
/* Accepts NULL. Memory of tum_alloc and of malloc alike. */
void tum_free(void *p);
/* For TUM_AUTO on any owned pointer: frees *(void **)p. */
void tum_freep(void *p);

#define tum_new(type)              ((type *)tum_alloc(sizeof(type)))
#define tum_new_array(type, count) ((type *)tum_alloc_array((count), sizeof(type)))

char *tum_strdup(const char *s) TUM_MUST_USE;
char *tum_strndup(const char *s, size_t n) TUM_MUST_USE;
char *tum_asprintf(const char *fmt, ...) TUM_MUST_USE TUM_PRINTF(1, 2);
char *tum_vasprintf(const char *fmt, va_list ap) TUM_MUST_USE TUM_PRINTF(1, 0);

/*
 * Makes room for at least `need` elements in a growing array:
 *     tum_grow(&list->items, &list->cap, list->count + 1);
 * Doubles the capacity; *items may move.
 */
#define tum_grow(items, cap, need)                                                     \
    tum_grow_bytes((void **)(items), (cap), (need), sizeof(**(items)))
void tum_grow_bytes(void **items, size_t *cap, size_t need, size_t element);

/*
 * Arena: memory that is freed together. Blocks of 64 KiB (64 bytes in a hostile build),
 * larger requests get a block of their own. Not thread-safe: one owner at a time.
 */
struct tum_arena *tum_arena_new(void) TUM_MUST_USE;
void tum_arena_free(struct tum_arena *arena); /* accepts NULL */
void tum_arena_freep(struct tum_arena **arena);
/* Forgets everything allocated, keeps one block for reuse. */
void tum_arena_reset(struct tum_arena *arena);
/* Zeroed, aligned for any type. */
void *tum_arena_alloc(struct tum_arena *arena, size_t size) TUM_MUST_USE;
char *tum_arena_strdup(struct tum_arena *arena, const char *s) TUM_MUST_USE;
/* Copies n bytes and terminates them. */
char *tum_arena_strndup(struct tum_arena *arena, const char *s, size_t n) TUM_MUST_USE;
char *tum_arena_printf(struct tum_arena *arena, const char *fmt, ...) TUM_MUST_USE
    TUM_PRINTF(2, 3);
/* Bytes handed out since the last reset. */
size_t tum_arena_used(const struct tum_arena *arena);

#define tum_arena_new_of(arena, type) ((type *)tum_arena_alloc((arena), sizeof(type)))
#define tum_arena_array(arena, type, count)                                            \
    ((type *)tum_arena_alloc((arena), (count) * sizeof(type)))

#endif
