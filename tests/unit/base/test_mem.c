/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem.c: what allocation promises, growth, and the message when there is none.
 */
#include "tum/mem.h"
#include "unit.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(alloc_is_zeroed)
{
    static const size_t sizes[] = {0, 1, 7, 64, 4096, 100000};
    unsigned char *p = tum_alloc(sizes[_i]);

    for (size_t i = 0; i < sizes[_i]; i++)
        ck_assert_uint_eq(p[i], 0);
    tum_free(p);
}
END_TEST

START_TEST(texts)
{
    TUM_AUTO(tum_freep) char *copy = tum_strdup("bench");
    TUM_AUTO(tum_freep) char *part = tum_strndup("bench", 3);
    TUM_AUTO(tum_freep) char *none = tum_strndup(NULL, 0);
    TUM_AUTO(tum_freep) char *made = tum_asprintf("%s-%d", "bench", 7);

    ck_assert_str_eq(copy, "bench");
    ck_assert_str_eq(part, "ben");
    ck_assert_str_eq(none, "");
    ck_assert_str_eq(made, "bench-7");
}
END_TEST

START_TEST(freep_sets_null)
{
    char *p = tum_strdup("x");

    tum_freep(&p);
    ck_assert_ptr_null(p);
    tum_freep(&p);
}
END_TEST

START_TEST(grow_keeps_and_doubles)
{
    int *items = NULL;
    size_t cap = 0, moves = 0;

    for (int i = 0; i < 1000; i++) {
        size_t was = cap;

        tum_grow(&items, &cap, (size_t)i + 1);
        moves += cap != was;
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(items[i], i);
    ck_assert_uint_ge(cap, 1000);
    ck_assert_uint_le(moves, 11); /* 1 … 1024 */
    tum_free(items);
}
END_TEST

/* Runs `fn` in a child whose standard error is a pipe; returns the wait status. */
static int child(void (*fn)(void), char text[256])
{
    int fds[2], status;
    size_t n = 0;
    ssize_t got;
    pid_t pid;

    ck_assert_int_eq(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        fn();
        _exit(0);
    }
    close(fds[1]);
    while (n < 255 && (got = read(fds[0], text + n, 255 - n)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    close(fds[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static volatile size_t huge = SIZE_MAX / 2;

static void alloc_overflow(void)
{
    tum_free(tum_alloc_array(huge, 3));
}

static void grow_overflow(void)
{
    uint64_t *items = NULL;
    size_t cap = 0;

    tum_grow(&items, &cap, huge);
}

static void arena_overflow(void)
{
    struct tum_arena *arena = tum_arena_new();

    (void)!tum_arena_alloc(arena, SIZE_MAX - 3);
}

static void die(void)
{
    tum_die("no %s", "descriptors");
}

static void bug(void)
{
    tum_bug("row %d", 7);
}

static const struct {
    void (*fn)(void);
    const char *text; /* part of what it writes */
    bool aborts;      /* else it leaves with status 3 */
} endings[] = {
    {alloc_overflow, "tum: out of memory", false},
    {grow_overflow, "tum: out of memory", false},
    {arena_overflow, "tum: out of memory", false},
    {die, "tum: no descriptors\n", false},
    {bug, "test_mem.c:", true},
    {bug, ": row 7\n", true},
};

START_TEST(endings_speak)
{
    char text[256];
    int status = child(endings[_i].fn, text);

    ck_assert_msg(strstr(text, endings[_i].text) != NULL, "'%s' in '%s'",
                  endings[_i].text, text);
    if (endings[_i].aborts)
        ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    else
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, alloc_is_zeroed, 0, 6);
    tcase_add_test(t, texts);
    tcase_add_test(t, freep_sets_null);
    tcase_add_test(t, grow_keeps_and_doubles);
    tcase_add_loop_test(t, endings_speak, 0, TUM_LEN(endings));
}

UNIT_MAIN("mem", add)
