/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common parameters, and arguments as items see them.
 */
#include "engine/runstate.h"

#include "tum/mem.h"

#define COMMON   TUM_PARAM_ACTION
#define EXTENDED TUM_PARAM_EXTENSION

const struct tum_param tum_common_params[] = {
    {
        .name = "name",
        .doc = "Name in rows, banners and ts_ variables; expanded once, at load.",
        .takes = TUM_TAKES_TEXT,
        .flags = COMMON | TUM_PARAM_LITERAL,
    },
    {
        .name = "doc",
        .doc = "Description for readers and front ends.",
        .takes = TUM_TAKES_TEXT,
        .flags = COMMON | TUM_PARAM_LITERAL,
    },
    {
        .name = "skipped",
        .doc = "True: the item and all below it are left out, without a row.",
        .takes = TUM_TAKES_FLAG,
        .flags = COMMON | TUM_PARAM_LITERAL,
        .deflt = "false",
    },
    {
        .name = "key",
        .doc = "Key of the item's row, for filters of exports.",
        .flags = COMMON,
    },
    {
        .name = "stop_on_failure",
        .doc = "True: when a child fails, the children after it are not run.",
        .takes = TUM_TAKES_FLAG,
        .flags = COMMON,
        .deflt = "false",
    },
    {
        .name = "execute_on_stop",
        .doc = "True: the item runs even when its parent stops before reaching it.",
        .takes = TUM_TAKES_FLAG,
        .flags = COMMON,
        .deflt = "false",
    },
    {
        .name = "process_result",
        .doc = "Expression over $(result); what it gives becomes the item's value.",
        .takes = TUM_TAKES_TEXT,
        .flags = COMMON,
    },
    {
        .name = "store_result",
        .doc = "Variable that gets the value, or PASS, FAIL, SKIP when there is none.",
        .takes = TUM_TAKES_TEXT,
        .flags = COMMON,
    },
    {
        .name = "expected_result",
        .doc = "What the value, or else the result, must equal to PASS.",
        .flags = COMMON,
    },
    {
        .name = "no_fail",
        .doc = "True: a FAIL becomes PASS, its message is kept.",
        .takes = TUM_TAKES_FLAG,
        .flags = COMMON,
        .deflt = "false",
    },
    {
        .name = "report",
        .doc = "Mapping that is merged into the data of the row.",
        .takes = TUM_TAKES_MAP,
        .flags = COMMON,
    },
    {
        .name = "condition",
        .doc = "Only when this gives true the item runs; else its result is SKIP.",
        .takes = TUM_TAKES_FLAG,
        .flags = COMMON,
    },
    {
        .name = "steps",
        .doc = "The items, or actions, inside.",
        .takes = TUM_TAKES_STEPS,
        .flags = COMMON | TUM_PARAM_LITERAL,
    },
    {
        .name = "seq_filename",
        .doc = "File name shown in messages about the item.",
        .takes = TUM_TAKES_TEXT,
        .flags = COMMON | TUM_PARAM_LITERAL | TUM_PARAM_HIDDEN,
    },
    {
        .name = "tags",
        .doc = "A word or a list of words that select the item, and all below it.",
        .takes = TUM_TAKES_TEXT,
        .flags = EXTENDED | TUM_PARAM_LITERAL,
    },
    {
        .name = "time_limit",
        .doc = "Longest duration of the body; reached: it is stopped and FAILs.",
        .takes = TUM_TAKES_DURATION,
        .flags = EXTENDED,
    },
    {
        .name = "retry",
        .doc = "Further attempts after a failure: {count, delay, outcomes}.",
        .takes = TUM_TAKES_MAP,
        .flags = EXTENDED,
    },
    {
        .name = "needs",
        .doc = "Services of the project that must be healthy.",
        .takes = TUM_TAKES_LIST,
        .flags = EXTENDED | TUM_PARAM_LITERAL,
    },
    {
        .name = "locks",
        .doc = "Names that nobody else may hold while the item runs.",
        .takes = TUM_TAKES_LIST,
        .flags = EXTENDED | TUM_PARAM_LITERAL,
    },
    {
        .name = "always",
        .doc = "True: the item runs even when it was not selected (set-up, tear-down).",
        .takes = TUM_TAKES_FLAG,
        .flags = EXTENDED | TUM_PARAM_LITERAL,
        .deflt = "false",
    },
    {0},
};

tum_val tum_arg_raw(const struct tum_arg *arg)
{
    return arg != NULL ? arg->raw : tum_val_none();
}

struct tum_span tum_arg_at(const struct tum_arg *arg)
{
    return arg != NULL ? arg->at : (struct tum_span){0};
}

tum_val tum_arg_value(struct tum_run *run, const struct tum_arg *arg)
{
    if (arg == NULL)
        return tum_val_none();
    if (arg->constant)
        return tum_val_ref(arg->raw);
    return tum_expand(run, arg->raw);
}

char *tum_arg_text(struct tum_run *run, const struct tum_arg *arg)
{
    tum_val v = tum_arg_value(run, arg);
    char *text = v.kind == TUM_NONE ? NULL : tum_val_to_str(v);

    tum_val_unref(v);
    return text;
}

enum tum_flag tum_arg_flag(struct tum_run *run, const struct tum_arg *arg)
{
    tum_val v = tum_arg_value(run, arg);
    enum tum_flag flag = tum_val_flag(run, v);

    tum_val_unref(v);
    return flag;
}

bool tum_arg_bool(struct tum_run *run, const struct tum_arg *arg)
{
    enum tum_flag flag;
    char *shown;
    tum_val v;

    if (arg == NULL)
        return false;
    v = tum_arg_value(run, arg);
    flag = tum_val_flag(run, v);
    if (flag == TUM_FLAG_UNUSABLE) {
        shown = tum_val_to_repr(v);
        tum_out_warn(run, "'%s' of '%s' item '%s' is no boolean: %s — taken as false.",
                     arg->param != NULL ? arg->param->name : "flag",
                     run->item->type->keyword, run->item->name, shown);
        tum_free(shown);
    }
    tum_val_unref(v);
    return flag == TUM_FLAG_TRUE;
}

bool tum_val_duration(tum_val v, tum_time *ret)
{
    struct tum_str rest;
    double seconds;

    if (v.kind == TUM_STR)
        return tum_duration_parse(tum_val_text(v), ret, &rest) &&
               tum_str_trim(rest).n == 0;
    if (v.kind == TUM_BOOL || !tum_val_to_double(v, &seconds) || !(seconds >= 0))
        return false;
    *ret = tum_time_of_seconds(seconds);
    return true;
}
