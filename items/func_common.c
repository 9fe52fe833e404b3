/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Function items: arguments as the language says, the call, and what is printed, stored
 * and set of it. Finding and calling the function is the worker's part.
 */
#include "func_common.h"
#include "tum/mem.h"

/* ---- arguments ---- */

static bool check_loop_name(struct tum_run *run, tum_val element)
{
    static const char *const names[] = {"$(loop_param)", "$(loop_index)"};

    for (size_t i = 0; i < TUM_LEN(names); i++)
        if (element.kind == TUM_STR &&
            tum_str_is(tum_str_trim(tum_val_text(element)), names[i])) {
            tum_run_failed(run, "'param': %s is used outside a loop", names[i]);
            return false;
        }
    return true;
}

/* Names of a loop, alone in an element, must have a loop: passed as text they would be
   mistaken for values. */
static bool check_loop_names(struct tum_run *run, tum_val raw)
{
    if (tum_run_in_loop(run))
        return true;
    if (raw.kind == TUM_STR)
        return check_loop_name(run, raw);
    tum_list_each (element, raw) {
        if (!check_loop_name(run, *element))
            return false;
    }
    return true;
}

static tum_val one_argument(tum_val take)
{
    struct tum_list_builder *b = tum_list_begin(1);

    tum_list_add(b, take);
    return tum_list_end(b);
}

static bool read_params(struct tum_run *run, const struct func_data *data, tum_val *ret)
{
    tum_val v;

    if (data->param == NULL) {
        *ret = tum_list_end(tum_list_begin(0));
        return true;
    }
    if (!check_loop_names(run, tum_arg_raw(data->param)))
        return false;
    v = tum_arg_value(run, data->param);
    *ret = tum_val_is_seq(v) ? v : one_argument(v);
    return true;
}

/* Any scalar; null is none. */
static bool read_context(struct tum_run *run, const struct func_data *data,
                         tum_val *ret)
{
    tum_val v = tum_arg_value(run, data->context_id);

    if (v.kind == TUM_MAP || tum_val_is_seq(v)) {
        TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(v);

        tum_run_failed(run, "'context_id' must be a single value, it is %s", shown);
        tum_val_unref(v);
        return false;
    }
    *ret = v;
    return true;
}

static bool read_debug(struct tum_run *run, const struct func_data *data)
{
    tum_val v = tum_arg_value(run, data->debug);
    bool debug = tum_val_truth(v);

    tum_val_unref(v);
    return debug;
}

/* False: the item has failed. */
static bool read_names(struct tum_run *run, const struct func_data *data,
                       struct tum_func_call *call, tum_val *ret_name)
{
    tum_val name = tum_arg_value(run, data->func_name);
    char *file = tum_arg_text(run, data->file);

    *ret_name = name;
    if (file == NULL) {
        tum_run_failed(run, "'file' is null");
        return false;
    }
    if (file[0] == '\0') {
        tum_free(file);
        tum_run_failed(run, "'file' is empty");
        return false;
    }
    call->file = tum_func_path(run, file);
    tum_free(file);
    if (name.kind != TUM_STR) {
        TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(name);

        tum_run_failed(run, "'func_name' must be a text, it is %s", shown);
        return false;
    }
    call->name = tum_val_text(name).s;
    return true;
}

/* ---- what came of it ---- */

static void print_value(struct tum_run *run, const char *title, const char *margin,
                        tum_val v)
{
    TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(v);

    tum_out(run, "%s\n%s%s", title, margin, shown);
}

static void set_variable(struct tum_run *run, const struct tum_item *item,
                         const struct tum_func_kind *kind, tum_val value)
{
    TUM_AUTO(tum_freep)
    char *name = tum_asprintf("%s%s", kind->variable, tum_item_name(item));

    tum_var_set(run, name, tum_val_ref(value));
}

static enum tum_verdict take_result(struct tum_run *run, const struct tum_item *item,
                                    const struct tum_func_kind *kind,
                                    enum tum_func_outcome outcome,
                                    const struct tum_func_result *result)
{
    if (outcome != TUM_FUNC_RETURNED)
        tum_out(run, "Failed!");
    switch (outcome) {
    case TUM_FUNC_RAISED:
        return tum_run_failed(run, "%s", result->text);
    case TUM_FUNC_UNABLE:
        return tum_run_unable(run, "%s", result->text);
    case TUM_FUNC_STOPPED:
        return tum_run_stopped(run);
    case TUM_FUNC_RETURNED:
        break;
    }
    print_value(run, "Returned value:", "", result->value);
    set_variable(run, item, kind, result->value);
    if (kind->has_data) {
        tum_map_each (e, result->reported)
            tum_run_set_data(run, tum_val_text(e->key).s, tum_val_ref(e->value));
        tum_run_set_data(run, "returned", tum_val_ref(result->value));
    }
    tum_run_set_value(run, tum_val_ref(result->value));
    return TUM_PASS;
}

enum tum_verdict tum_func_item_run(struct tum_run *run, const struct tum_item *item,
                                   const struct tum_func_kind *kind)
{
    const struct func_data *data = tum_item_data(item);
    struct tum_func_call call = {
        .language = kind->language,
        .params = tum_val_none(),
        .context = tum_val_none(),
    };
    enum tum_verdict verdict = TUM_FAIL;
    tum_val name = tum_val_none();
    struct tum_func_result result;

    if (read_names(run, data, &call, &name) && read_params(run, data, &call.params) &&
        read_context(run, data, &call.context)) {
        call.debug = read_debug(run, data);
        print_value(run, "Parameters list:", " |", call.params);
        tum_out(run, "Function executed from '%s'", call.file);
        verdict =
            take_result(run, item, kind, tum_func_run(run, &call, &result), &result);
        tum_func_result_release(&result);
    }
    tum_val_unref(name);
    tum_val_unref(call.params);
    tum_val_unref(call.context);
    tum_free(call.file);
    return verdict;
}
