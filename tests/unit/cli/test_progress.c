/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of the live line, from events of a small tree:
 *
 *     main
 *       a           leaf
 *       group       container
 *         b         leaf
 *         c         skipped, with a child
 *           d
 *       (sleep)     leaf without a name
 */
#include "cli/progress.h"
#include "engine/itemtree.h"
#include "tum/mem.h"
#include "unit.h"
#include <stdio.h>

static const struct tum_item_type leaf = {.keyword = "sleep", .row_type = "Sleep"};

enum { MAIN, A, GROUP, B, C, D, SLEEP, ITEMS };

static struct tum_item items[ITEMS] = {
    [MAIN] = {.name = "main", .first = &items[A]},
    [A] = {.name = "a", .parent = &items[MAIN], .next = &items[GROUP]},
    [GROUP] = {.name = "group",
               .parent = &items[MAIN],
               .first = &items[B],
               .next = &items[SLEEP]},
    [B] = {.name = "b", .parent = &items[GROUP], .next = &items[C]},
    [C] = {.name = "c", .parent = &items[GROUP], .first = &items[D], .skipped = true},
    [D] = {.name = "d", .parent = &items[C]},
    [SLEEP] = {.name = "", .parent = &items[MAIN]},
};

static struct tum_progress *start(void)
{
    struct tum_progress *progress;

    for (uint32_t i = 0; i < ITEMS; i++) {
        items[i].type = &leaf;
        items[i].common = &tum_common_none;
        items[i].index = i;
    }
    progress = tum_progress_new(&items[MAIN]);
    tum_progress_take(progress, &(struct tum_event){.kind = TUM_EVENT_RUN_STARTED,
                                                    .at = 100 * TUM_SECOND});
    return progress;
}

static void begin(struct tum_progress *progress, int item, int execution, int parent,
                  const char *branch, int64_t loop_index)
{
    tum_progress_take(progress, &(struct tum_event){.kind = TUM_EVENT_ITEM_STARTED,
                                                    .item = &items[item],
                                                    .execution = execution,
                                                    .parent_execution = parent,
                                                    .branch = branch,
                                                    .loop_index = loop_index});
}

static void end(struct tum_progress *progress, int item, int execution)
{
    tum_progress_take(progress, &(struct tum_event){.kind = TUM_EVENT_ITEM_FINISHED,
                                                    .item = &items[item],
                                                    .execution = execution});
}

static void expect(const struct tum_progress *progress, int64_t seconds, size_t columns,
                   const char *want)
{
    struct tum_buf out = TUM_BUF_INIT(4096);

    tum_progress_line(progress, (100 + seconds) * TUM_SECOND, columns, &out);
    ck_assert_str_eq(out.s, want);
    tum_buf_release(&out);
}

START_TEST(a_run)
{
    struct tum_progress *p = start();

    expect(p, 0, 80, "0/4  0:00");
    begin(p, MAIN, 1, 0, "", -1);
    expect(p, 1, 80, "0/4  0:01");
    begin(p, A, 2, 1, "", -1);
    expect(p, 61, 80, "0/4  1:01  a");
    end(p, A, 2);
    expect(p, 3661, 80, "1/4  1:01:01");
    begin(p, GROUP, 3, 1, "", -1);
    expect(p, 5, 80, "1/4  0:05  group");
    begin(p, B, 4, 3, "", 2);
    expect(p, 5, 80, "1/4  0:05  b #3");
    end(p, B, 4);
    expect(p, 5, 80, "2/4  0:05  group");
    end(p, GROUP, 3);
    expect(p, 5, 80, "3/4  0:05");
    begin(p, SLEEP, 5, 1, "", -1);
    expect(p, 5, 80, "3/4  0:05  sleep");
    end(p, SLEEP, 5);
    end(p, MAIN, 1);
    expect(p, 5, 80, "4/4  0:05");
    tum_progress_free(p);
}
END_TEST

/* An item that runs again is not counted again; a container left early is done whole. */
START_TEST(counts_once)
{
    struct tum_progress *p = start();

    for (int i = 0; i < 5; i++) {
        begin(p, A, 2 + i, 1, "", i);
        end(p, A, 2 + i);
        expect(p, 0, 80, "1/4  0:00");
    }
    begin(p, GROUP, 10, 1, "", -1);
    end(p, GROUP, 10);
    expect(p, 0, 80, "3/4  0:00");
    tum_progress_free(p);
}
END_TEST

START_TEST(branches)
{
    struct tum_progress *p = start();

    begin(p, GROUP, 1, 0, "", -1);
    begin(p, A, 2, 1, "left", -1);
    begin(p, B, 3, 1, "right", 0);
    begin(p, SLEEP, 4, 1, "far", -1);
    expect(p, 0, 80, "0/4  0:00  [left] a, [right] b #1, [far] sleep");
    expect(p, 0, 40, "0/4  0:00  [left] a, 2 more");
    expect(p, 0, 24, "0/4  0:00  [left] a, 2 …");
    expect(p, 0, 10, "0/4  0:00…");
    end(p, A, 2);
    expect(p, 0, 80, "1/4  0:00  [right] b #1, [far] sleep");
    tum_progress_free(p);
}
END_TEST

START_TEST(names_are_made_harmless)
{
    struct tum_progress *p = start();

    items[A].name = "x\x1b[2Jy\n\xff\xc3\xa9";
    begin(p, A, 1, 0, "b\rr", -1);
    expect(p, 0, 80, "0/4  0:00  [b?r] x?[2Jy??\xc3\xa9");
    end(p, A, 1);
    items[A].name = "a name that is longer than any column that it could be shown in";
    begin(p, A, 2, 0, "", -1);
    expect(p, 0, 80, "1/4  0:00  a name that is longer than any column t…");
    items[A].name = "a";
    tum_progress_free(p);
}
END_TEST

/* Beyond the limit executions are not shown, and nothing else happens. */
START_TEST(many_at_once)
{
    struct tum_progress *p = start();
    char want[64];

    for (int i = 0; i < (int)TUM_PROGRESS_RUNNING + 10; i++)
        begin(p, A, i + 1, 0, "", -1);
    snprintf(want, sizeof(want), "0/4  0:00  a, %d more",
             (int)TUM_PROGRESS_RUNNING - 1);
    expect(p, 0, 25, want);
    for (int i = (int)TUM_PROGRESS_RUNNING + 10; i > 0; i--)
        end(p, A, i);
    expect(p, 0, 80, "1/4  0:00");
    tum_progress_free(p);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_run);
    tcase_add_test(t, counts_once);
    tcase_add_test(t, branches);
    tcase_add_test(t, names_are_made_harmless);
    tcase_add_test(t, many_at_once);
}

UNIT_MAIN("progress", add)
