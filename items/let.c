/* SPDX-License-Identifier: Apache-2.0 */
/*
 * let: sets variables, in order, each seeing those before it.
 */
#include "items.h"
#include "tum/mem.h"

struct let_data {
    const struct tum_arg *values;
};

static const struct tum_param let_params[] = {
    {
        .name = "values",
        .doc = "Variables and their values: a mapping, or a list of mappings.",
        .takes = TUM_TAKES_LIST | TUM_TAKES_MAP,
        .flags = TUM_PARAM_REQUIRED | TUM_PARAM_NOT_EMPTY,
        .field = TUM_FIELD(struct let_data, values),
    },
    {0},
};

/* False: given up on a stop request, nothing is set. */
static bool set_pair(struct tum_run *run, tum_val key, tum_val value)
{
    tum_val name = tum_expand(run, key);
    tum_val v = tum_expand(run, value);
    char *name_text, *shown;

    if (tum_run_abandoned(run)) {
        tum_run_stopped(run);
        tum_val_unref(name);
        tum_val_unref(v);
        return false;
    }
    name_text = tum_val_to_str(name);
    shown = tum_val_to_str(v);
    tum_out(run, "global value \"%s\" set to \"%s\"", name_text, shown);
    tum_run_set_data(run, name_text, tum_val_ref(v));
    tum_var_set(run, name_text, v);
    tum_free(shown);
    tum_free(name_text);
    tum_val_unref(name);
    return true;
}

static bool set_all(struct tum_run *run, tum_val values)
{
    if (values.kind == TUM_MAP) {
        tum_map_each (pair, values) {
            if (!set_pair(run, pair->key, pair->value))
                return false;
        }
        return true;
    }
    if (!tum_val_is_seq(values))
        return false;
    tum_list_each (entry, values) {
        /* Not expanded as a whole before: a pair sees the ones before it. */
        tum_val one =
            entry->kind == TUM_STR ? tum_expand(run, *entry) : tum_val_ref(*entry);
        bool is_map = one.kind == TUM_MAP;
        bool ok = is_map && set_all(run, one);

        if (!is_map) {
            char *shown = tum_val_to_repr(one);

            tum_run_failed(run, "'values' must hold mappings, found %s", shown);
            tum_free(shown);
        }
        tum_val_unref(one);
        if (!ok)
            return false;
    }
    return true;
}

static enum tum_verdict let_run(struct tum_run *run, const struct tum_item *item)
{
    const struct let_data *data = tum_item_data(item);
    tum_val raw = tum_arg_raw(data->values);
    tum_val values = raw.kind == TUM_STR ? tum_expand(run, raw) : tum_val_ref(raw);
    enum tum_verdict verdict = TUM_PASS;

    if (values.kind != TUM_MAP && !tum_val_is_seq(values)) {
        char *shown = tum_val_to_repr(values);

        verdict = tum_run_failed(
            run, "'values' must be a mapping or a list of mappings, found %s", shown);
        tum_free(shown);
    } else if (!set_all(run, values)) {
        verdict = TUM_FAIL;
    } else {
        tum_run_message(run, "Variable set");
    }
    tum_val_unref(values);
    return verdict;
}

const struct tum_item_type tum_item_let = {
    .keyword = "let",
    .row_type = "Let",
    .summary = "Sets variables.",
    .params = let_params,
    .data_size = sizeof(struct let_data),
    .run = let_run,
};
