/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parallel and parallel_branch: branches at the same time, a thread each; and waiting for
 * a condition before a branch starts.
 */
#include "items.h"
#include "tum/mem.h"

#define WAIT_SECONDS 30

/* ---- parallel_branch ---- */

struct branch_data {
    const struct tum_arg *wait_for;
};

static const struct tum_param wait_params[] = {
    {
        .name = "condition",
        .doc = "The steps start when this is true.",
        .takes = TUM_TAKES_FLAG,
    },
    {
        .name = "timeout",
        .doc = "Seconds after which the branch FAILs instead.",
        .takes = TUM_TAKES_NUMBER,
        .deflt = "30",
    },
    {0},
};

static const struct tum_param branch_params[] = {
    {
        .name = "wait_for",
        .doc = "Waits for a condition before the first step.",
        .takes = TUM_TAKES_MAP,
        .field = TUM_FIELD(struct branch_data, wait_for),
        .map = wait_params,
    },
    {0},
};

static bool is_number_text(tum_val v, double *ret)
{
    if (v.kind == TUM_STR)
        return tum_str_float(tum_str_trim(tum_val_text(v)), ret);
    return tum_val_to_double(v, ret);
}

static bool branch_load(struct tum_load *load, struct tum_item *item)
{
    const struct branch_data *data = tum_item_data(item);
    const struct tum_node *node = tum_node_get(tum_load_node(load), "wait_for");
    tum_val wait = tum_arg_raw(data->wait_for);
    tum_val timeout;
    double seconds;

    if (node == NULL || tum_node_kind(node) == TUM_NODE_BROKEN)
        return true;
    if (wait.kind != TUM_MAP) {
        char *found = tum_node_describe(node);

        tum_load_error(load, item, tum_node_at(node),
                       "branch '%s': 'wait_for' must be a mapping, found %s",
                       tum_item_name(item), found);
        tum_free(found);
        return false;
    }
    if (tum_map_peeks(wait, "timeout", &timeout) && timeout.kind == TUM_STR &&
        !is_number_text(timeout, &seconds) &&
        tum_str_find(tum_val_text(timeout), TUM_S("$("), 0) == TUM_STR_NONE &&
        tum_str_find(tum_val_text(timeout), TUM_S("<|"), 0) == TUM_STR_NONE)
        return tum_load_error(load, item, tum_node_at(node),
                              "branch '%s': 'timeout' of 'wait_for' is no number: '%s'",
                              tum_item_name(item), tum_val_text(timeout).s);
    return true;
}

/* False: the branch has FAILed. */
static bool wait_for(struct tum_run *run, const struct tum_item *item, tum_val wait)
{
    tum_val condition = tum_val_none(), timeout = tum_val_none(), v;
    double seconds = WAIT_SECONDS;
    char *shown;
    bool number = true;

    tum_map_peeks(wait, "condition", &condition);
    tum_map_peeks(wait, "timeout", &timeout);
    if (condition.kind == TUM_NONE)
        return true;
    if (timeout.kind != TUM_NONE) {
        v = tum_expand(run, timeout);
        number = v.kind == TUM_NONE || is_number_text(v, &seconds);
        if (!number) {
            shown = tum_val_to_repr(v);
            tum_run_failed(run, "branch '%s': 'timeout' of 'wait_for' is no number: %s",
                           tum_item_name(item), shown);
            tum_free(shown);
        }
        tum_val_unref(v);
        if (!number)
            return false;
    }
    switch (tum_wait_condition(run, condition,
                               tum_time_add(tum_now(), tum_time_of_seconds(seconds)))) {
    case TUM_READY:
        return true;
    case TUM_STOPPED:
        tum_run_stopped(run);
        return false;
    case TUM_LATE:
        break;
    }
    shown = tum_val_to_str(condition);
    tum_run_failed(run, "'wait_for' of branch '%s' timed out after %g s: %s",
                   tum_item_name(item), seconds, shown);
    tum_free(shown);
    return false;
}

static enum tum_verdict branch_run(struct tum_run *run, const struct tum_item *item)
{
    const struct branch_data *data = tum_item_data(item);
    struct tum_children children;
    enum tum_verdict verdict;

    if (data->wait_for != NULL && !tum_stop_is_set(tum_run_stop(run)) &&
        !wait_for(run, item, tum_arg_raw(data->wait_for)))
        return TUM_FAIL;
    tum_children_run(run, &children);
    verdict = tum_children_verdict(run, &children);
    if (children.stopped && children.failed > 0)
        return TUM_FAIL;
    if (children.aborted_on != NULL)
        tum_run_message(run, "Branch aborted on failure of step '%s'",
                        tum_item_name(children.aborted_on));
    return verdict;
}

const struct tum_item_type tum_item_parallel_branch = {
    .keyword = "parallel_branch",
    .row_type = "Parallel branch",
    .summary = "Runs the steps inside in order, after a condition has become true.",
    .flags = TUM_ITEM_CONTAINER,
    .params = branch_params,
    .data_size = sizeof(struct branch_data),
    .load = branch_load,
    .run = branch_run,
};

/* ---- parallel ---- */

struct parallel_data {
    const struct tum_arg *sync;
    size_t count;
    bool any;
};

static const char *const sync_words[] = {"all", "any", NULL};

static const struct tum_param parallel_params[] = {
    {
        .name = "branches",
        .doc =
            "The branches: each a mapping with steps, wait_for and common attributes.",
        .takes = TUM_TAKES_BRANCHES | TUM_TAKES_LIST,
        .flags = TUM_PARAM_REQUIRED | TUM_PARAM_LITERAL,
    },
    {
        .name = "sync",
        .doc = "When it ends: with all branches, or with the first that ran.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_LITERAL,
        .field = TUM_FIELD(struct parallel_data, sync),
        .deflt = "all",
        .choices = sync_words,
    },
    {0},
};

static bool load_sync(struct tum_load *load, struct tum_item *item)
{
    struct parallel_data *data = tum_load_data(load, item);
    tum_val sync = tum_arg_raw(data->sync);
    char *shown;

    if (data->sync == NULL)
        return true;
    if (sync.kind == TUM_STR) {
        data->any = tum_str_is_nocase(tum_val_text(sync), "any");
        if (data->any || tum_str_is_nocase(tum_val_text(sync), "all"))
            return true;
    }
    shown = tum_val_to_str(sync);
    tum_load_error(load, item, tum_arg_at(data->sync),
                   "parallel '%s': 'sync' must be all or any, found '%s'",
                   tum_item_name(item), shown);
    tum_free(shown);
    return false;
}

static bool load_branch(struct tum_load *load, struct tum_item *item,
                        const struct tum_node *node)
{
    struct parallel_data *data = tum_load_data(load, item);
    char *found;

    if (tum_node_kind(node) == TUM_NODE_BROKEN)
        return false;
    if (tum_node_kind(node) != TUM_NODE_MAP) {
        found = tum_node_describe(node);
        tum_load_error(
            load, item, tum_node_at(node),
            "parallel '%s': a branch must be a mapping with 'steps', found %s",
            tum_item_name(item), found);
        tum_free(found);
        return false;
    }
    data->count++;
    return tum_load_child(load, item, &tum_item_parallel_branch, node) != NULL;
}

static bool parallel_load(struct tum_load *load, struct tum_item *item)
{
    const struct tum_node *branches = tum_node_get(tum_load_node(load), "branches");
    bool ok = load_sync(load, item);
    char *found;

    if (branches == NULL)
        return false; /* said already: a required parameter */
    if (tum_node_kind(branches) != TUM_NODE_SEQ || tum_node_len(branches) == 0) {
        found = tum_node_describe(branches);
        tum_load_error(load, item, tum_node_at(branches),
                       "parallel '%s': 'branches' must be a list with at least one "
                       "branch, found %s",
                       tum_item_name(item), found);
        tum_free(found);
        return false;
    }
    for (size_t i = 0; i < tum_node_len(branches); i++)
        ok = load_branch(load, item, tum_node_item(branches, i)) && ok;
    return ok;
}

static void name_failed(struct tum_run *run, const struct tum_branch_result *results,
                        size_t count)
{
    struct tum_buf names = TUM_BUF_INIT(TUM_BUF_ANY);
    enum tum_outcome worst = TUM_OUTCOME_DESELECTED;

    for (size_t i = 0; i < count; i++) {
        if (results[i].verdict != TUM_FAIL)
            continue;
        tum_buf_addf(&names, "%s'%s'", names.len > 0 ? ", " : "",
                     tum_item_name(results[i].item));
        worst = TUM_MIN(worst, results[i].outcome);
    }
    tum_run_message(run, "Failed branches: %s", names.s);
    tum_run_set_outcome(run, worst);
    tum_buf_release(&names);
}

static enum tum_verdict parallel_run(struct tum_run *run, const struct tum_item *item)
{
    const struct parallel_data *data = tum_item_data(item);
    struct tum_branch_result *results =
        tum_run_alloc(run, data->count * sizeof(*results));
    size_t passed = 0, failed = 0;

    tum_branches_run(run, data->any, results);
    for (size_t i = 0; i < data->count; i++) {
        passed += results[i].verdict == TUM_PASS;
        failed += results[i].verdict == TUM_FAIL;
    }
    if (data->any && passed > 0)
        return TUM_PASS;
    if (failed > 0) {
        name_failed(run, results, data->count);
        return TUM_FAIL;
    }
    if (tum_stop_is_set(tum_run_stop(run)))
        return tum_run_stopped_skip(run);
    return data->any ? tum_run_failed(run, "no branch ran") : TUM_PASS;
}

const struct tum_item_type tum_item_parallel = {
    .keyword = "parallel",
    .row_type = "Parallel",
    .summary = "Runs its branches at the same time.",
    .params = parallel_params,
    .data_size = sizeof(struct parallel_data),
    .load = parallel_load,
    .run = parallel_run,
};
