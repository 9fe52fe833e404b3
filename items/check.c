/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: conditions that must all be true.
 */
#include "items.h"
#include "tum/mem.h"

struct check_data {
    const struct tum_arg *values;
    const struct tum_arg *steps; /* older name of more values, tested first */
};

static const struct tum_param check_params[] = {
    {
        .name = "values",
        .doc = "A condition or a list of conditions; each must give a boolean.",
        .takes = TUM_TAKES_LIST | TUM_TAKES_FLAG,
        .flags = TUM_PARAM_NOT_EMPTY | TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct check_data, values),
    },
    {
        .name = "steps",
        .doc = "Older name of values; tested before them.",
        .takes = TUM_TAKES_LIST | TUM_TAKES_FLAG,
        .flags = TUM_PARAM_HIDDEN,
        .field = TUM_FIELD(struct check_data, steps),
        .replaced_by = "values",
    },
    {0},
};

/* The entries whose condition is false, quoted, as one text. */
struct verdicts {
    struct tum_buf falses;
    size_t count;
};

/* False: not a boolean, the message is set and the rest is not looked at. */
static bool test_one(struct tum_run *run, tum_val entry, struct verdicts *verdicts)
{
    tum_val v = tum_expand(run, entry);
    bool usable = v.kind == TUM_BOOL;

    if (entry.kind != TUM_FLOAT && !tum_val_same(entry, v)) {
        char *raw = tum_val_to_str(entry);
        char *shown = tum_val_to_str(v);

        tum_out(run, "Evaluation of '%s' --> %s.", raw, shown);
        tum_free(raw);
        tum_free(shown);
    }
    if (!usable) {
        char *raw = tum_val_to_str(entry);
        char *shown = tum_val_to_repr(v);

        tum_run_failed(run, "Check failed: '%s' is no condition, it gave %s", raw,
                       shown);
        tum_free(raw);
        tum_free(shown);
    } else if (!v.as.b) {
        char *raw = tum_val_to_str(entry);

        tum_buf_addf(&verdicts->falses, "%s'%s' evaluated to False",
                     verdicts->count++ > 0 ? "; " : "", raw);
        tum_free(raw);
    }
    tum_val_unref(v);
    return usable;
}

static bool test_all(struct tum_run *run, const struct tum_arg *arg,
                     struct verdicts *verdicts)
{
    tum_val raw = tum_arg_raw(arg);

    if (raw.kind == TUM_NONE)
        return true;
    if (!tum_val_is_seq(raw))
        return test_one(run, raw, verdicts);
    tum_list_each (entry, raw) {
        if (!test_one(run, *entry, verdicts))
            return false;
    }
    return true;
}

static enum tum_verdict check_run(struct tum_run *run, const struct tum_item *item)
{
    const struct check_data *data = tum_item_data(item);
    struct verdicts verdicts = {.falses = TUM_BUF_INIT(TUM_BUF_ANY)};
    enum tum_verdict verdict = TUM_PASS;

    if (!test_all(run, data->steps, &verdicts) ||
        !test_all(run, data->values, &verdicts))
        verdict = TUM_FAIL;
    else if (verdicts.count > 0)
        verdict = tum_run_failed(run, "Check failed: %s", verdicts.falses.s);
    else
        tum_run_message(run, "Check passed");
    tum_buf_release(&verdicts.falses);
    return verdict;
}

const struct tum_item_type tum_item_check = {
    .keyword = "check",
    .row_type = "Check value",
    .summary = "Passes when all conditions are true.",
    .params = check_params,
    .data_size = sizeof(struct check_data),
    .run = check_run,
};
