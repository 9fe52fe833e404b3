/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c: pieces are zeroed, aligned and apart; reset gives the memory out again.
 */
#include "tum/mem.h"
#include "unit.h"
#include <string.h>

/* Around the sizes of blocks, of both builds. */
static const size_t sizes[] = {1,    8,     15,    16,    17,    63,    64,     65,
                               4096, 16384, 16385, 65535, 65536, 65537, 200000, 3};

START_TEST(zeroed_and_aligned)
{
    struct tum_arena *arena = tum_arena_new();

    for (int round = 0; round < 3; round++) {
        size_t total = 0;

        for (size_t k = 0; k < TUM_LEN(sizes); k++) {
            size_t n = sizes[k];
            unsigned char *p = tum_arena_alloc(arena, n);

            ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++)
                ck_assert_uint_eq(p[i], 0);
            memset(p, 0xA5, n);
            total += n;
            ck_assert_uint_eq(tum_arena_used(arena), total);
        }
        tum_arena_reset(arena);
        ck_assert_uint_eq(tum_arena_used(arena), 0);
    }
    tum_arena_free(arena);
}
END_TEST

START_TEST(pieces_are_apart)
{
    enum { COUNT = 3000 };
    struct tum_arena *arena = tum_arena_new();
    unsigned char **p = tum_arena_array(arena, unsigned char *, COUNT);

    for (size_t i = 0; i < COUNT; i++) {
        p[i] = tum_arena_alloc(arena, i % 97 + 1);
        memset(p[i], (int)(i % 251), i % 97 + 1);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k <= i % 97; k++)
            ck_assert_uint_eq(p[i][k], i % 251);
    }
    tum_arena_freep(&arena);
    ck_assert_ptr_null(arena);
    tum_arena_free(NULL);
}
END_TEST

START_TEST(texts)
{
    struct tum_arena *arena = tum_arena_new();
    const char *copy = tum_arena_strdup(arena, "voltage");
    const char *part = tum_arena_strndup(arena, "voltage", 4);
    const char *none = tum_arena_strndup(arena, NULL, 0);
    const char *made = tum_arena_printf(arena, "%05d|%s", 42, "volt");

    ck_assert_str_eq(copy, "voltage");
    ck_assert_str_eq(part, "volt");
    ck_assert_str_eq(none, "");
    ck_assert_str_eq(made, "00042|volt");
    tum_arena_free(arena);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, zeroed_and_aligned);
    tcase_add_test(t, pieces_are_apart);
    tcase_add_test(t, texts);
}

UNIT_MAIN("arena", add)
