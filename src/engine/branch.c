/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Branches: a thread each, joined by the item that made them; and waiting for a condition
 * on variables.
 */
#include "engine/runstate.h"

#include "tum/mem.h"
#include <pthread.h>

/* Stack of a branch: deep values recurse up to TUM_VAL_DEPTH in it. */
#define BRANCH_STACK      ((size_t)2 << 20)
/* A condition on variables is tested again at least and at most this often. */
#define CONDITION_SLOWEST (100 * TUM_MS)
#define CONDITION_FASTEST (5 * TUM_MS)

struct race {
    struct tum_run *run;
    struct tum_stop *stop; /* of this execution of the parallel */
    bool any;
};

struct lane {
    struct race *race;
    const struct tum_item *item;
    struct tum_branch_result *result;
    pthread_t thread;
    bool started;
};

static void run_lane(struct lane *lane)
{
    struct race *race = lane->race;
    struct tum_executed done;
    struct tum_branch branch;

    tum_branch_init(&branch, race->run->session,
                    tum_str_n(lane->item->name, lane->item->name_length));
    tum_item_execute(&branch, race->run, lane->item, race->stop, race->run->is_cleanup,
                     &done);
    *lane->result = (struct tum_branch_result){
        .item = lane->item,
        .verdict = done.verdict,
        .ran = done.body_done,
        .outcome = done.outcome,
    };
    if (race->any && done.body_done)
        tum_stop_request(race->stop, TUM_STOP_RACE);
    tum_branch_release(&branch);
}

static void *lane_main(void *arg)
{
    run_lane(arg);
    return NULL;
}

static size_t child_count(const struct tum_item *item)
{
    size_t n = 0;

    for (const struct tum_item *child = item->first; child != NULL; child = child->next)
        n++;
    return n;
}

static void start_lane(struct tum_run *run, struct lane *lane,
                       const pthread_attr_t *attr)
{
    struct tum_executed done;

    if (lane->item->skipped) {
        tum_item_execute(run->branch, run, lane->item, run->stop, false, &done);
        *lane->result = (struct tum_branch_result){
            .item = lane->item, .verdict = done.verdict, .outcome = done.outcome};
        return;
    }
    lane->started = pthread_create(&lane->thread, attr, lane_main, lane) == 0;
    if (!lane->started) {
        /* Without a thread the branch still runs, after its turn: nothing is lost. */
        tum_out_warn(run, "no thread for branch '%s': it runs alone.",
                     lane->item->name);
        run_lane(lane);
    }
}

void tum_branches_run(struct tum_run *run, bool any, struct tum_branch_result *ret)
{
    size_t n = child_count(run->item);
    struct lane *lanes = tum_new_array(struct lane, n);
    struct race race = {.run = run, .stop = tum_stop_new(run->stop), .any = any};
    const struct tum_item *child = run->item->first;
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, BRANCH_STACK);
    tum_out_end(run);
    for (size_t i = 0; i < n; i++, child = child->next) {
        lanes[i] = (struct lane){.race = &race, .item = child, .result = &ret[i]};
        start_lane(run, &lanes[i], &attr);
    }
    for (size_t i = 0; i < n; i++) {
        if (lanes[i].started)
            pthread_join(lanes[i].thread, NULL);
    }
    pthread_attr_destroy(&attr);
    tum_stop_unref(race.stop);
    tum_free(lanes);
}

static bool holds(struct tum_run *run, tum_val condition)
{
    tum_val v = tum_expand(run, condition);
    bool is = tum_val_flag(run, v) == TUM_FLAG_TRUE;

    tum_val_unref(v);
    return is;
}

enum tum_waited tum_wait_condition(struct tum_run *run, tum_val condition,
                                   tum_time deadline)
{
    struct tum_scope *scope = run->session->scope;

    for (;;) {
        tum_time tested = tum_now();
        uint64_t changes = tum_scope_changes(scope);
        struct tum_watch watch = {0};
        enum tum_waited waited;

        if (holds(run, condition))
            return TUM_READY;
        if (tum_now() >= deadline)
            return TUM_LATE;
        watch.wake = tum_stop_new(run->stop);
        if (tum_scope_watch(scope, &watch, changes)) {
            tum_wait(watch.wake, -1, 0,
                     TUM_MIN(deadline, tum_time_add(tested, CONDITION_SLOWEST)));
            tum_scope_unwatch(scope, &watch);
        }
        tum_stop_unref(watch.wake);
        waited = tum_wait(run->stop, -1, 0,
                          TUM_MIN(deadline, tum_time_add(tested, CONDITION_FASTEST)));
        if (waited == TUM_STOPPED)
            return TUM_STOPPED;
    }
}
