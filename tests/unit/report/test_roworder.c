/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start order: the rule by example, and against a slow reading of the rule on random trees.
 */
#include "report/roworder.h"
#include "tum/mem.h"
#include "unit.h"
#include <string.h>

#define NONE TUM_ROW_NONE
#define MOST 12

static const struct {
    const char *what;
    uint32_t count;
    struct tum_row_link links[MOST]; /* in rowid order: timestamp, id, parent */
    uint32_t order[MOST];
    uint32_t parent[MOST]; /* by place */
} rows[] = {
    {"nothing", 0, {{0}}, {0}, {0}},
    {"one", 1, {{5, 1, 0}}, {0}, {NONE}},
    {"parent after its children",
     3,
     {{10, 2, 1}, {20, 3, 1}, {0, 1, 0}},
     {2, 0, 1},
     {NONE, 0, 0}},
    {"one tick: parent first, siblings by rowid",
     4,
     {{0, 3, 2}, {0, 4, 2}, {0, 2, 1}, {0, 1, 0}},
     {3, 2, 0, 1},
     {NONE, 0, 1, 1}},
    {"a looped item: the parent is the next execution to end",
     7,
     {{1, 3, 2}, {1, 2, 1}, {5, 3, 2}, {5, 2, 1}, {9, 3, 2}, {9, 2, 1}, {0, 1, 0}},
     {6, 1, 0, 3, 2, 5, 4},
     {NONE, 0, 1, 0, 3, 0, 5}},
    {"branches at the same time: by timestamp",
     5,
     {{2, 4, 2}, {3, 5, 3}, {1, 2, 1}, {1, 3, 1}, {0, 1, 0}},
     {4, 2, 3, 0, 1},
     {NONE, 0, 0, 1, 2}},
    {"branches in one tick: one after the other",
     5,
     {{0, 4, 2}, {0, 5, 3}, {0, 2, 1}, {0, 3, 1}, {0, 1, 0}},
     {4, 2, 0, 3, 1},
     {NONE, 0, 1, 0, 3}},
    {"a killed run: no parents yet",
     3,
     {{2, 3, 2}, {4, 4, 2}, {1, 5, 9}},
     {2, 0, 1},
     {NONE, NONE, NONE}},
    {"an earlier row is no parent", 2, {{0, 1, 0}, {3, 2, 1}}, {0, 1}, {NONE, NONE}},
    {"a row is not its own parent", 1, {{3, 7, 7}}, {0}, {NONE}},
    {"a child that says it started before its parent",
     2,
     {{1, 2, 1}, {4, 1, 0}},
     {0, 1},
     {1, NONE}},
};

START_TEST(order_by_example)
{
    uint32_t order[MOST], parent[MOST];

    tum_row_order(rows[_i].links, rows[_i].count, order, parent);
    for (uint32_t place = 0; place < rows[_i].count; place++) {
        ck_assert_msg(order[place] == rows[_i].order[place], "%s: place %u has row %u",
                      rows[_i].what, place, order[place]);
        ck_assert_msg(parent[place] == rows[_i].parent[place],
                      "%s: place %u has parent %u", rows[_i].what, place,
                      parent[place]);
    }
}
END_TEST

/* ---- the rule, read slowly ---- */

static uint32_t slow_parent(const struct tum_row_link *links, uint32_t count,
                            uint32_t row)
{
    for (uint32_t later = row + 1; later < count; later++) {
        if (links[row].parent_id != 0 && links[later].test_id == links[row].parent_id)
            return later;
    }
    return NONE;
}

/* Appends the children of `parent` in their order, each with what is below it. */
static void slow_walk(const struct tum_row_link *links, uint32_t count, uint32_t parent,
                      bool *seen, uint32_t *walk, uint32_t *used)
{
    for (;;) {
        uint32_t best = NONE;

        for (uint32_t row = 0; row < count; row++) {
            if (!seen[row] && slow_parent(links, count, row) == parent &&
                (best == NONE || links[row].timestamp < links[best].timestamp))
                best = row;
        }
        if (best == NONE)
            return;
        seen[best] = true;
        walk[(*used)++] = best;
        slow_walk(links, count, best, seen, walk, used);
    }
}

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

START_TEST(order_as_the_rule_says)
{
    enum { COUNT = 60 };
    struct tum_row_link links[COUNT];
    uint32_t order[COUNT], parent[COUNT], walk[COUNT], used = 0;
    bool seen[COUNT] = {false}, placed[COUNT] = {false};

    random_state = (uint32_t)_i;
    for (uint32_t i = 0; i < COUNT; i++)
        links[i] = (struct tum_row_link){random_below(12), 1 + random_below(20),
                                         random_below(20)};
    tum_row_order(links, COUNT, order, parent);
    slow_walk(links, COUNT, NONE, seen, walk, &used);
    ck_assert_uint_eq(used, COUNT);
    for (uint32_t place = 0; place < COUNT; place++) {
        uint32_t best = NONE;

        /* The next is the first of the walk among those that started first. */
        for (uint32_t i = 0; i < COUNT; i++) {
            if (!placed[walk[i]] &&
                (best == NONE || links[walk[i]].timestamp < links[best].timestamp))
                best = walk[i];
        }
        placed[best] = true;
        ck_assert_uint_eq(order[place], best);
        if (parent[place] == NONE)
            ck_assert_uint_eq(slow_parent(links, COUNT, best), NONE);
        else
            ck_assert_uint_eq(order[parent[place]], slow_parent(links, COUNT, best));
    }
}
END_TEST

/* A chain as deep as there are rows needs no stack. */
START_TEST(deep_chain)
{
    const uint32_t count = 300000;
    struct tum_row_link *links = tum_new_array(struct tum_row_link, count);
    uint32_t *order = tum_new_array(uint32_t, count);
    uint32_t *parent = tum_new_array(uint32_t, count);

    for (uint32_t i = 0; i < count; i++)
        links[i] = (struct tum_row_link){count - i, i + 1, i + 1 < count ? i + 2 : 0};
    tum_row_order(links, count, order, parent);
    for (uint32_t place = 0; place < count; place++) {
        ck_assert_uint_eq(order[place], count - 1 - place);
        ck_assert_uint_eq(parent[place], place == 0 ? NONE : place - 1);
    }
    tum_free(links);
    tum_free(order);
    tum_free(parent);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, order_by_example, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, order_as_the_rule_says, 0, 200);
    tcase_add_test(t, deep_chain);
}

UNIT_MAIN("roworder", add)
