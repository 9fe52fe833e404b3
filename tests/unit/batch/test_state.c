/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file: made, opened again, put aside, and opened by several at the same time.
 */
#include "base/path.h"
#include "batch/poison.h"
#include "batch/state.h"
#include "tum/mem.h"
#include "unit.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPENERS 8
#define ROUNDS  40

static char *fresh_folder(void)
{
    const char *base = getenv("TMPDIR");
    char *folder = tum_asprintf("%s/tum-state-XXXXXX", base != NULL ? base : "/tmp");

    ck_assert_ptr_nonnull(mkdtemp(folder));
    return folder;
}

static char *inside(const char *folder, const char *name)
{
    TUM_AUTO(tum_freep) char *state = tum_path_join(folder, ".tum");

    return tum_path_join(state, name);
}

/* Opens, counts a batch, closes; the warning, or NULL. */
static char *use(const char *folder)
{
    struct tum_error *err = NULL;
    struct tum_state *state;
    char *warning, *text;

    if (!tum_state_open(folder, true, &state, &warning, &err)) {
        text = tum_error_text(err);
        tum_error_free(err);
        return text;
    }
    if (!tum_state_run(state, &err,
                       "INSERT INTO counter VALUES('uses',1) ON CONFLICT(name) DO "
                       "UPDATE SET value=value+1",
                       "")) {
        tum_free(warning);
        warning = tum_error_text(err);
        tum_error_free(err);
    }
    tum_state_close(state);
    return warning;
}

static int64_t uses(const char *folder)
{
    struct tum_error *err = NULL;
    struct tum_state *state = NULL;
    char *warning = NULL;
    int64_t n = -1;

    if (tum_state_open(folder, false, &state, &warning, &err) && state != NULL)
        n = tum_state_int(state, -1, "SELECT value FROM counter", "");
    tum_state_close(state);
    tum_error_free(err);
    tum_free(warning);
    return n;
}

START_TEST(made_and_opened_again)
{
    TUM_AUTO(tum_freep) char *folder = fresh_folder();
    struct tum_error *err = NULL;
    struct tum_state *state;
    char *warning;

    ck_assert(tum_state_open(folder, false, &state, &warning, &err));
    ck_assert_ptr_null(state);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_null(use(folder));
    ck_assert_int_eq(uses(folder), 3);
    tum_tree_remove(folder);
}
END_TEST

static const struct {
    const char *text;
    const char *wanted;
} bads[] = {
    {"this is no database, and long enough to look like a page of one", "is corrupt"},
    {NULL, "is of a newer version"},
};

START_TEST(put_aside)
{
    TUM_AUTO(tum_freep) char *folder = fresh_folder();
    TUM_AUTO(tum_freep) char *file = inside(folder, "state.db");
    TUM_AUTO(tum_freep) char *aside = inside(folder, "state.db.bad-1");
    struct tum_error *err = NULL;
    struct tum_state *state;
    char *warning;

    ck_assert_ptr_null(use(folder));
    if (bads[_i].text != NULL) {
        FILE *out = fopen(file, "w");

        ck_assert_ptr_nonnull(out);
        for (int i = 0; i < 100; i++)
            fputs(bads[_i].text, out);
        fclose(out);
    } else {
        ck_assert(tum_state_open(folder, true, &state, &warning, &err));
        ck_assert(tum_state_run(state, &err, "PRAGMA user_version=99", ""));
        tum_state_close(state);
    }
    warning = use(folder);
    ck_assert_ptr_nonnull(warning);
    ck_assert_msg(strstr(warning, bads[_i].wanted) != NULL, "%s", warning);
    ck_assert(tum_path_is_file(aside));
    ck_assert_int_eq(uses(folder), 1);
    tum_free(warning);
    tum_tree_remove(folder);
}
END_TEST

struct opener {
    const char *folder;
    pthread_barrier_t *start;
    char *warning;
};

static void *open_main(void *arg)
{
    struct opener *opener = arg;

    pthread_barrier_wait(opener->start);
    opener->warning = use(opener->folder);
    return NULL;
}

/* None takes the file that another one is making for a bad one. */
START_TEST(several_at_once)
{
    for (int round = 0; round < ROUNDS; round++) {
        TUM_AUTO(tum_freep) char *folder = fresh_folder();
        TUM_AUTO(tum_freep) char *aside = inside(folder, "state.db.bad-1");
        struct opener openers[OPENERS];
        pthread_t threads[OPENERS];
        pthread_barrier_t start;

        pthread_barrier_init(&start, NULL, OPENERS);
        for (int i = 0; i < OPENERS; i++) {
            openers[i] = (struct opener){.folder = folder, .start = &start};
            ck_assert_int_eq(pthread_create(&threads[i], NULL, open_main, &openers[i]),
                             0);
        }
        for (int i = 0; i < OPENERS; i++)
            pthread_join(threads[i], NULL);
        for (int i = 0; i < OPENERS; i++)
            ck_assert_msg(openers[i].warning == NULL, "round %d: %s", round,
                          openers[i].warning);
        ck_assert(!tum_path_exists(aside));
        ck_assert_int_eq(uses(folder), OPENERS);
        pthread_barrier_destroy(&start);
        tum_tree_remove(folder);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, made_and_opened_again);
    tcase_add_loop_test(t, put_aside, 0, TUM_LEN(bads));
    tcase_add_test(t, several_at_once);
}

UNIT_MAIN("state", add)
