/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start order from end order: rebuilds the tree, walks it parent first, and puts the
 * walk in order of time without disturbing rows of one tick. Knows nothing of SQLite.
 *
 * The timestamp alone does not do: a group and its first child often start in the same
 * tick. The ids alone do not either: all executions of a looped item share one, so "its
 * parent" is the nearest execution that ended after it.
 */
#include "report/roworder.h"
#include "tum/mem.h"
#include <stdlib.h>

/* Nearest later row of a test id; open addressing, power of two, half full at most. */
struct latest {
    int64_t *ids;
    uint32_t *rows; /* TUM_ROW_NONE: free */
    size_t mask;
};

static void latest_init(struct latest *latest, uint32_t count)
{
    size_t size = 16;

    while (size < (size_t)count * 2)
        size *= 2;
    latest->ids = tum_new_array(int64_t, size);
    latest->rows = tum_new_array(uint32_t, size);
    latest->mask = size - 1;
    for (size_t i = 0; i < size; i++)
        latest->rows[i] = TUM_ROW_NONE;
}

static size_t latest_slot(const struct latest *latest, int64_t id)
{
    uint64_t hash = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(hash >> 20) & latest->mask;

    while (latest->rows[slot] != TUM_ROW_NONE && latest->ids[slot] != id)
        slot = (slot + 1) & latest->mask;
    return slot;
}

static void find_parents(const struct tum_row_link *links, uint32_t count,
                         uint32_t *parents)
{
    struct latest latest;

    latest_init(&latest, count);
    for (uint32_t i = count; i-- > 0;) {
        size_t slot;

        parents[i] = links[i].parent_id == 0
                         ? TUM_ROW_NONE
                         : latest.rows[latest_slot(&latest, links[i].parent_id)];
        slot = latest_slot(&latest, links[i].test_id);
        latest.ids[slot] = links[i].test_id;
        latest.rows[slot] = i;
    }
    tum_free(latest.ids);
    tum_free(latest.rows);
}

struct timed {
    int64_t timestamp;
    uint32_t rank; /* decides within one tick; unique */
    uint32_t row;
};

static int timed_compare(const void *left, const void *right)
{
    const struct timed *a = left, *b = right;

    if (a->timestamp != b->timestamp)
        return a->timestamp < b->timestamp ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static void sort_timed(struct timed *rows, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        if (timed_compare(&rows[i - 1], &rows[i]) > 0) {
            qsort(rows, count, sizeof(*rows), timed_compare);
            return;
        }
    }
}

/*
 * Links siblings in their order: taking the rows from the last to the first, each becomes
 * the first child of its parent. Returns the first root.
 */
static uint32_t link_children(const struct timed *rows, uint32_t count,
                              const uint32_t *parents, uint32_t *first, uint32_t *next)
{
    uint32_t root = TUM_ROW_NONE;

    for (uint32_t i = 0; i < count; i++)
        first[i] = TUM_ROW_NONE;
    for (uint32_t i = count; i-- > 0;) {
        uint32_t row = rows[i].row;
        uint32_t *list = parents[row] == TUM_ROW_NONE ? &root : &first[parents[row]];

        next[row] = *list;
        *list = row;
    }
    return root;
}

/* Walks the tree parent first, without a stack: a chain of any depth is fine. */
static void walk(uint32_t root, const uint32_t *parents, const uint32_t *first,
                 const uint32_t *next, const struct tum_row_link *links,
                 struct timed *rows)
{
    uint32_t rank = 0;

    for (uint32_t row = root; row != TUM_ROW_NONE;) {
        rows[rank] = (struct timed){links[row].timestamp, rank, row};
        rank++;
        if (first[row] != TUM_ROW_NONE) {
            row = first[row];
            continue;
        }
        while (row != TUM_ROW_NONE && next[row] == TUM_ROW_NONE)
            row = parents[row];
        if (row != TUM_ROW_NONE)
            row = next[row];
    }
}

void tum_row_order(const struct tum_row_link *links, uint32_t count,
                   uint32_t *ret_order, uint32_t *ret_parent)
{
    uint32_t *parents = tum_new_array(uint32_t, count);
    uint32_t *first = tum_new_array(uint32_t, count);
    uint32_t *next = tum_new_array(uint32_t, count);
    struct timed *rows = tum_new_array(struct timed, count);
    uint32_t root;

    find_parents(links, count, parents);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = (struct timed){links[i].timestamp, i, i};
    sort_timed(rows, count);
    root = link_children(rows, count, parents, first, next);
    walk(root, parents, first, next, links, rows);
    sort_timed(rows, count);

    /* `next` has done its work; it now tells the place of a row. */
    for (uint32_t place = 0; place < count; place++) {
        ret_order[place] = rows[place].row;
        next[rows[place].row] = place;
    }
    for (uint32_t place = 0; place < count; place++) {
        uint32_t parent = parents[ret_order[place]];

        ret_parent[place] = parent == TUM_ROW_NONE ? TUM_ROW_NONE : next[parent];
    }
    tum_free(parents);
    tum_free(first);
    tum_free(next);
    tum_free(rows);
}
