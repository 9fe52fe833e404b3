/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop: children again and again: a number of times, for the elements of a list, or until
 * a condition after an iteration says so.
 */
#include "items.h"
#include "tum/mem.h"
#include <math.h>

struct loop_data {
    const struct tum_arg *iterator, *exit_condition;
};

static const struct tum_param exit_params[] = {
    {
        .name = "time",
        .doc = "Minutes after which the loop ends.",
        .takes = TUM_TAKES_NUMBER,
    },
    {
        .name = "value",
        .doc = "Expression; the loop ends when it gives true.",
        .takes = TUM_TAKES_FLAG,
    },
    {
        .name = "file",
        .doc = "Python file of a function that is asked.",
        .takes = TUM_TAKES_PATH,
    },
    {
        .name = "func_name",
        .doc = "The function; the loop ends when it returns something true.",
        .takes = TUM_TAKES_TEXT,
    },
    {
        .name = "param",
        .doc = "Arguments of the function; by default the loop_param.",
        .takes = TUM_TAKES_LIST,
    },
    {
        .name = "eval",
        .doc = "Expression over $(result) applied to what the function returned.",
        .takes = TUM_TAKES_TEXT,
    },
    {0},
};

static const struct tum_param loop_params[] = {
    {
        .name = "iterator",
        .doc =
            "Number of iterations, or the list (or series) of values for loop_param; "
            "absent: endless.",
        .takes = TUM_TAKES_INT | TUM_TAKES_LIST,
        .field = TUM_FIELD(struct loop_data, iterator),
    },
    {
        .name = "exit_condition",
        .doc = "Asked after each iteration: time, value, or a function.",
        .takes = TUM_TAKES_MAP,
        .field = TUM_FIELD(struct loop_data, exit_condition),
        .map = exit_params,
    },
    {0},
};

/* One execution of the loop. */
struct cycle {
    struct tum_run *run;
    const struct tum_item *item;
    tum_val exits; /* the mapping as written, or none */
    tum_val list;  /* elements, or none */
    int64_t count; /* -1: endless */
    tum_time started;
    struct tum_loop_vars vars;
    size_t failed;
    enum tum_outcome worst;
};

static bool has_key(tum_val map, const char *key)
{
    tum_val v;

    return tum_map_peeks(map, key, &v);
}

static bool loop_load(struct tum_load *load, struct tum_item *item)
{
    const struct loop_data *data = tum_item_data(item);
    const struct tum_node *body = tum_load_node(load);
    const struct tum_node *node = tum_node_get(body, "exit_condition");
    tum_val exits = tum_arg_raw(data->exit_condition);

    if (node == NULL || tum_node_kind(node) == TUM_NODE_BROKEN)
        return true;
    if (exits.kind != TUM_MAP) {
        char *found = tum_node_describe(node);

        tum_load_error(load, item, tum_node_at(node),
                       "loop '%s': 'exit_condition' must be a mapping, found %s",
                       tum_item_name(item), found);
        tum_free(found);
        return false;
    }
    if (has_key(exits, "file") && has_key(exits, "func_name"))
        tum_load_needs_python(load);
    if (has_key(exits, "time") || has_key(exits, "value"))
        return true;
    for (size_t i = 2; i < 4; i++) {
        if (!has_key(exits, exit_params[i].name))
            return tum_load_error(
                load, item, tum_node_at(node),
                "loop '%s': 'exit_condition' needs 'time', 'value', or 'file' and "
                "'func_name'; '%s' is missing",
                tum_item_name(item), exit_params[i].name);
    }
    return true;
}

/* ---- the iterator ---- */

static bool read_iterator(struct cycle *cycle, const struct tum_arg *arg)
{
    tum_val raw = tum_arg_raw(arg);
    tum_val v =
        raw.kind == TUM_MAP ? tum_val_ref(raw) : tum_expand_series(cycle->run, raw);
    bool ok = true;

    switch (tum_val_kind(v)) {
    case TUM_NONE:
        cycle->count = -1;
        cycle->vars.count = tum_val_float(INFINITY);
        break;
    case TUM_BOOL:
        cycle->count = v.as.b ? 1 : 0;
        cycle->vars.count = v;
        break;
    case TUM_INT:
        cycle->count = v.as.i > 0 ? v.as.i : 0;
        cycle->vars.count = v;
        break;
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_SET:
        cycle->count = (int64_t)tum_list_len(v);
        cycle->vars.count = tum_val_int(cycle->count);
        cycle->list = tum_val_ref(v);
        break;
    default: {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(cycle->run,
                       "loop '%s': the iterator must be a number or a list, found %s",
                       tum_item_name(cycle->item), shown);
        tum_free(shown);
        ok = false;
    }
    }
    tum_val_unref(v);
    return ok;
}

static void set_vars(struct cycle *cycle, int64_t index)
{
    cycle->vars.index = tum_val_int(index);
    cycle->vars.inverse = cycle->count < 0 ? tum_val_float(INFINITY)
                                           : tum_val_int(cycle->count - 1 - index);
    /* Borrowed of the list, which outlives the iteration. */
    cycle->vars.param = cycle->list.kind != TUM_NONE
                            ? tum_list_items(cycle->list)[index]
                            : tum_val_int(index + 1);
    tum_run_set_loop(cycle->run, &cycle->vars);
}

static void print_iteration(struct cycle *cycle, int64_t index)
{
    char *count = tum_val_to_str(cycle->vars.count);

    if (cycle->list.kind != TUM_NONE) {
        char *element = tum_val_to_str(cycle->vars.param);

        tum_out(cycle->run, "Cycle \"%s\" iteration %lld/%s - Current: \"%s\".",
                tum_item_name(cycle->item), (long long)index + 1, count, element);
        tum_free(element);
    } else {
        tum_out(cycle->run, "Cycle \"%s\" iteration %lld/%s.",
                tum_item_name(cycle->item), (long long)index + 1, count);
    }
    tum_free(count);
}

/* ---- the exit condition ---- */

enum asked { ASK_GO_ON, ASK_EXIT, ASK_BROKEN };

static tum_val expand_exit(struct cycle *cycle, tum_val v)
{
    return tum_run_in_loop(cycle->run) ? tum_expand(cycle->run, v)
                                       : tum_expand_inside(cycle->run, v);
}

static void set_count(struct cycle *cycle)
{
    tum_run_set_data(cycle->run, "count", cycle->vars.index);
}

static enum asked ask_time(struct cycle *cycle)
{
    double elapsed = (double)(tum_now() - cycle->started) / 60e9;
    enum asked answer = ASK_GO_ON;
    double minutes = 0;
    tum_val raw, v;
    bool number;

    if (!tum_map_peeks(cycle->exits, "time", &raw))
        return ASK_GO_ON;
    v = expand_exit(cycle, raw);
    number = v.kind == TUM_STR ? tum_str_float(tum_str_trim(tum_val_text(v)), &minutes)
                               : tum_val_to_double(v, &minutes);
    if (!number) {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(cycle->run,
                       "loop '%s': 'time' of 'exit_condition' is no number: %s",
                       tum_item_name(cycle->item), shown);
        tum_free(shown);
        answer = ASK_BROKEN;
    } else if (elapsed > minutes) {
        tum_run_set_data(cycle->run, "exit", tum_val_str("time elapsed"));
        tum_run_set_data(cycle->run, "timeout", tum_val_ref(v));
        tum_run_set_data(cycle->run, "elapsed", tum_val_float(elapsed));
        set_count(cycle);
        answer = ASK_EXIT;
    }
    tum_val_unref(v);
    return answer;
}

static enum asked ask_value(struct cycle *cycle)
{
    enum asked answer = ASK_GO_ON;
    tum_val raw, v;

    if (!tum_map_peeks(cycle->exits, "value", &raw))
        return ASK_GO_ON;
    v = expand_exit(cycle, raw);
    if (v.kind == TUM_BOOL && v.as.b) {
        tum_run_set_data(cycle->run, "exit", tum_val_str("condition"));
        tum_run_set_data(cycle->run, "condition", tum_val_ref(raw));
        set_count(cycle);
        answer = ASK_EXIT;
    } else if (v.kind != TUM_BOOL && !tum_run_abandoned(cycle->run)) {
        char *shown = tum_val_to_repr(v);

        tum_out_warn(
            cycle->run,
            "loop '%s': 'value' of 'exit_condition' is no boolean: %s — the loop "
            "goes on.",
            tum_item_name(cycle->item), shown);
        tum_free(shown);
    }
    tum_val_unref(v);
    return answer;
}

static tum_val call_params(struct cycle *cycle)
{
    struct tum_list_builder *b;
    tum_val raw, v;

    if (tum_map_peeks(cycle->exits, "param", &raw)) {
        v = expand_exit(cycle, raw);
        if (tum_val_is_seq(v))
            return v;
    } else {
        v = tum_val_ref(cycle->vars.param);
    }
    b = tum_list_begin(1);
    tum_list_add(b, v);
    return tum_list_end(b);
}

static bool is_empty(tum_val v)
{
    return v.kind == TUM_NONE || (v.kind == TUM_STR && tum_val_text(v).n == 0);
}

static enum asked judge_returned(struct cycle *cycle, tum_val take_returned)
{
    struct tum_error *err = NULL;
    tum_val eval, processed;

    if (tum_map_peeks(cycle->exits, "eval", &eval) && !is_empty(eval)) {
        if (!tum_process(cycle->run, eval, take_returned, &processed, &err)) {
            tum_val_unref(take_returned);
            tum_error_wrap(&err, "loop '%s': 'eval' of 'exit_condition'",
                           tum_item_name(cycle->item));
            tum_run_broken(cycle->run, err);
            return ASK_BROKEN;
        }
        tum_val_unref(take_returned);
        take_returned = processed;
    }
    if (!tum_val_truth(take_returned)) {
        tum_val_unref(take_returned);
        return ASK_GO_ON;
    }
    tum_run_set_data(cycle->run, "exit", tum_val_str("returned value"));
    tum_run_set_data(cycle->run, "returned", take_returned);
    set_count(cycle);
    return ASK_EXIT;
}

static enum asked ask_function(struct cycle *cycle)
{
    struct tum_error *err = NULL;
    tum_val file_raw, name_raw, file, name, params, returned;
    enum asked answer;
    bool called;

    if (!tum_map_peeks(cycle->exits, "file", &file_raw) ||
        !tum_map_peeks(cycle->exits, "func_name", &name_raw))
        return ASK_GO_ON;
    file = expand_exit(cycle, file_raw);
    name = expand_exit(cycle, name_raw);
    params = call_params(cycle);
    called = tum_call_python(cycle->run, file, name, params, &returned, &err);
    tum_val_unref(file);
    tum_val_unref(name);
    tum_val_unref(params);
    if (called) {
        answer = judge_returned(cycle, returned);
    } else {
        tum_error_wrap(&err, "loop '%s': 'exit_condition'", tum_item_name(cycle->item));
        tum_run_broken(cycle->run, err);
        answer = ASK_BROKEN;
    }
    return answer;
}

static enum asked ask_exit(struct cycle *cycle)
{
    enum asked answer;

    if (cycle->exits.kind != TUM_MAP)
        return ASK_GO_ON;
    answer = ask_time(cycle);
    if (answer == ASK_GO_ON)
        answer = ask_value(cycle);
    if (answer == ASK_GO_ON)
        answer = ask_function(cycle);
    return answer;
}

/* ---- the whole ---- */

static enum tum_verdict finish(struct cycle *cycle, int64_t done, const char *how)
{
    char *count = tum_val_to_str(cycle->vars.count);

    tum_run_message(cycle->run, "(Cycle %lld/%s)%s", (long long)done, count, how);
    tum_free(count);
    if (cycle->failed == 0)
        return TUM_PASS;
    tum_run_set_outcome(cycle->run, cycle->worst);
    return TUM_FAIL;
}

static enum tum_verdict cut(struct cycle *cycle, int64_t done)
{
    enum tum_verdict verdict =
        finish(cycle, done, " execution aborted on stop request");

    tum_run_set_outcome(cycle->run, TUM_OUTCOME_INTERRUPTED);
    return verdict == TUM_FAIL ? TUM_FAIL : TUM_SKIP;
}

static enum tum_verdict iterate(struct cycle *cycle)
{
    struct tum_stop *stop = tum_run_stop(cycle->run);
    enum asked answer;
    int64_t i;

    for (i = 0; cycle->count < 0 || i < cycle->count; i++) {
        struct tum_children children;

        set_vars(cycle, i);
        print_iteration(cycle, i);
        tum_children_run(cycle->run, &children);
        if (children.failed > 0) {
            if (cycle->failed == 0 || children.worst < cycle->worst)
                cycle->worst = children.worst;
            cycle->failed += children.failed;
        }
        if (children.aborted_on != NULL)
            return finish(cycle, i + 1, " execution aborted on failure");
        if (children.stopped || tum_stop_is_set(stop))
            return cut(cycle, i + 1);
        answer = ask_exit(cycle);
        if (answer == ASK_EXIT)
            return finish(cycle, i + 1, "");
        if (tum_stop_is_set(stop)) /* while it was asked: no answer */
            return cut(cycle, i + 1);
        if (answer == ASK_BROKEN)
            return TUM_FAIL;
    }
    return finish(cycle, i, "");
}

static enum tum_verdict loop_run(struct tum_run *run, const struct tum_item *item)
{
    const struct loop_data *data = tum_item_data(item);
    struct cycle cycle = {
        .run = run,
        .item = item,
        .exits = tum_arg_raw(data->exit_condition),
        .list = tum_val_none(),
        .started = tum_now(),
    };
    enum tum_verdict verdict;

    if (!read_iterator(&cycle, data->iterator))
        return tum_run_abandoned(run) ? tum_run_stopped_skip(run) : TUM_FAIL;
    verdict = iterate(&cycle);
    tum_run_set_loop(run, NULL);
    tum_val_unref(cycle.list);
    return verdict;
}

const struct tum_item_type tum_item_loop = {
    .keyword = "loop",
    .row_type = "Cycle",
    .summary = "Runs the steps inside again and again.",
    .flags = TUM_ITEM_CONTAINER,
    .params = loop_params,
    .data_size = sizeof(struct loop_data),
    .load = loop_load,
    .run = loop_run,
};
