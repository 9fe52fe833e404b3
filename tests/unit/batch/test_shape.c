/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations, sizes, and the tables of the project file themselves.
 */
#include "batch/project.h"
#include "tum/clock.h"
#include "unit.h"

static const struct {
    const char *text;
    int64_t want; /* below 0: none */
} sizes[] = {
    {"0", 0},          {"4096", 4096},          {"1K", 1024},
    {"1kB", 1000},     {"500MiB", 524288000},   {"2 GB", 2000000000},
    {"1.5 KiB", 1536}, {"1TiB", 1099511627776}, {"", -1},
    {"MiB", -1},       {"1 parsec", -1},        {"-1", -1},
    {"1e30TB", -1},
};

START_TEST(size)
{
    int64_t got = -1;
    bool ok = tum_size_parse(tum_str_of(sizes[_i].text), &got);

    ck_assert_msg(ok == (sizes[_i].want >= 0), "%s", sizes[_i].text);
    if (ok)
        ck_assert_msg(got == sizes[_i].want, "%s: %lld", sizes[_i].text,
                      (long long)got);
}
END_TEST

static const struct {
    const char *text;
    tum_time want; /* below 0: none */
} durations[] = {
    {"5", 5 * TUM_SECOND},
    {"1.5", 1500 * TUM_MS},
    {"250ms", 250 * TUM_MS},
    {"1d2h3m4s500ms", (((24 + 2) * 60 + 3) * 60 + 4) * TUM_SECOND + 500 * TUM_MS},
    {" 2s ", 2 * TUM_SECOND},
    {"2 s", -1},
    {"2 s more", -1},
    {"", -1},
    {"soon", -1},
};

START_TEST(duration)
{
    tum_time got = -1;
    bool ok = tum_duration_whole(tum_str_of(durations[_i].text), &got);

    ck_assert_msg(ok == (durations[_i].want >= 0), "%s", durations[_i].text);
    if (ok)
        ck_assert_msg(got == durations[_i].want, "%s", durations[_i].text);
}
END_TEST

static void check_shape(const struct tum_shape *shape, int depth)
{
    ck_assert_int_lt(depth, 8);
    if (shape->kind == TUM_SHAPE_LIST || shape->kind == TUM_SHAPE_NAMED)
        check_shape(shape->element, depth + 1);
    if (shape->kind != TUM_SHAPE_MAP && shape->kind != TUM_SHAPE_ONE)
        return;
    bool short_key = shape->short_key == NULL;

    for (const struct tum_shape_key *k = shape->keys; k->name != NULL; k++) {
        size_t n = strlen(k->doc);

        ck_assert_msg(n > 1 && k->doc[n - 1] == '.', "%s: no full stop", k->name);
        ck_assert_msg(!(k->required && k->deflt != NULL), "%s: required with a default",
                      k->name);
        for (const struct tum_shape_key *o = shape->keys; o != k; o++)
            ck_assert_str_ne(o->name, k->name);
        short_key = short_key || strcmp(k->name, shape->short_key) == 0;
        check_shape(k->shape, depth + 1);
    }
    ck_assert(short_key);
}

START_TEST(tables)
{
    check_shape(&tum_project_shape, 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, size, 0, TUM_LEN(sizes));
    tcase_add_loop_test(t, duration, 0, TUM_LEN(durations));
    tcase_add_test(t, tables);
}

UNIT_MAIN("shape", add)
