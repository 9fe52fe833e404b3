/* SPDX-License-Identifier: Apache-2.0 */
/*
 * periodic, an action of plot: a Python function that is asked for samples again and
 * again, in one worker kept for it, by a thread beside the items. It ends with the plot.
 */
#include "plot_item.h"

#include "tum/func.h"
#include "tum/mem.h"

struct periodic_data {
    const struct tum_arg *period, *file, *func_name, *param, *eval;
};

static const struct tum_param periodic_params[] = {
    {
        .name = "period",
        .doc = "Seconds from one call to the next, counted from the first.",
        .takes = TUM_TAKES_NUMBER,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct periodic_data, period),
    },
    {
        .name = "file",
        .doc = "Python file; relative to the test directory.",
        .takes = TUM_TAKES_PATH,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct periodic_data, file),
    },
    {
        .name = "func_name",
        .doc = "Function of the file that returns a mapping of lines and numbers.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct periodic_data, func_name),
    },
    {
        .name = "param",
        .doc = "Arguments of the function, expanded once.",
        .takes = TUM_TAKES_LIST,
        .field = TUM_FIELD(struct periodic_data, param),
    },
    {
        .name = "eval",
        .doc = "Expression over $(result) that makes the mapping of what it returned.",
        .takes = TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct periodic_data, eval),
        .deflt = "",
    },
    {0},
};

/* A source: made by the action, then owned by the plot that it feeds. */
struct source {
    struct tum_plot *plot;
    tum_time period;
    char *file; /* absolute */
    char *name;
    tum_val params, eval;
    tum_val context; /* of its worker; no item can name it */

    struct tum_aside *aside;
    struct tum_stop *first;  /* set when the first call has been made */
    struct tum_error *wrong; /* then: why the action fails */
};

static void source_free(struct source *source)
{
    tum_plot_unref(source->plot);
    tum_free(source->file);
    tum_free(source->name);
    tum_val_unref(source->params);
    tum_val_unref(source->eval);
    tum_val_unref(source->context);
    tum_stop_unref(source->first);
    tum_error_free(source->wrong);
    tum_free(source);
}

/* ---- one call; the thread of the source ---- */

/* True: *ret is what the function returned. Its own errors are only said. */
static bool call(struct source *source, struct tum_run *run, tum_val *ret)
{
    struct tum_func_call job = {
        .language = TUM_FUNC_PYTHON,
        .file = source->file,
        .name = source->name,
        .params = source->params,
        .context = source->context,
    };
    struct tum_func_result result;
    bool ok = false;

    switch (tum_func_run(run, &job, &result)) {
    case TUM_FUNC_RETURNED:
        *ret = tum_val_ref(result.value);
        ok = true;
        break;
    case TUM_FUNC_RAISED:
    case TUM_FUNC_UNABLE:
        tum_out(run, "plot '%s': '%s' of '%s' failed: %s", tum_plot_name(source->plot),
                source->name, source->file, result.text);
        break;
    case TUM_FUNC_STOPPED:
        break;
    }
    tum_func_result_release(&result);
    return ok;
}

/* Adds what the function returned. False with err: it cannot be. */
static bool take(struct source *source, struct tum_run *run, tum_val returned,
                 struct tum_error **err)
{
    tum_val samples = tum_val_ref(returned);
    bool ok = true;

    if (source->eval.kind != TUM_NONE) {
        tum_val_unref(samples);
        ok = tum_process(run, source->eval, returned, &samples, err);
        if (!ok)
            tum_error_wrap(err, "'eval'");
    }
    if (ok) {
        ok = tum_plot_add(source->plot, samples, err);
        tum_val_unref(samples);
    }
    if (!ok)
        tum_error_wrap(err, "what '%s' of '%s' returned", source->name, source->file);
    return ok;
}

static void feed(struct tum_run *run, void *ctx)
{
    struct source *source = ctx;
    struct tum_stop *stop = tum_run_stop(run);
    tum_time begun = tum_now(), next = begun;
    bool is_first = true;

    do {
        struct tum_error *err = NULL;
        tum_val returned;

        if (call(source, run, &returned)) {
            bool ok = take(source, run, returned, &err);

            tum_val_unref(returned);
            if (!ok && is_first) {
                source->wrong = err;
                tum_stop_request(source->first, TUM_STOP_WAKE);
                break;
            }
            if (!ok && !tum_stop_is_set(stop)) {
                char *text = tum_error_text(err);

                tum_out(run, "plot '%s': %s", tum_plot_name(source->plot), text);
                tum_free(text);
            }
            tum_error_free(err);
        }
        if (is_first)
            tum_stop_request(source->first, TUM_STOP_WAKE);
        is_first = false;
        /* What should have begun during a long call begins now; what was missed before
           that is not made up for. */
        next += source->period;
        if (next < tum_now())
            next += (tum_now() - next) / source->period * source->period;
    } while (tum_wait(stop, -1, 0, next) == TUM_LATE);
    tum_func_end(run, TUM_FUNC_PYTHON, source->context);
}

static void end_source(void *ctx)
{
    struct source *source = ctx;

    tum_aside_end(source->aside);
    source_free(source);
}

/* ---- the action ---- */

static bool read_period(struct tum_run *run, const struct periodic_data *data,
                        tum_time *ret)
{
    tum_val v = tum_arg_value(run, data->period);
    double seconds = 0;
    bool ok;

    ok = v.kind == TUM_STR ? tum_str_float(tum_str_trim(tum_val_text(v)), &seconds)
                           : v.kind != TUM_BOOL && tum_val_to_double(v, &seconds);
    if (!ok || !(seconds > 0)) {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(run, "'period' must be a number of seconds above 0, it is %s",
                       shown);
        tum_free(shown);
        ok = false;
    }
    tum_val_unref(v);
    *ret = TUM_MAX(tum_time_of_seconds(seconds), TUM_US);
    return ok;
}

static tum_val read_params(struct tum_run *run, const struct periodic_data *data)
{
    tum_val v = tum_arg_value(run, data->param);
    struct tum_list_builder *b;

    if (tum_val_is_seq(v))
        return v;
    b = tum_list_begin(1);
    if (data->param != NULL)
        tum_list_add(b, v);
    return tum_list_end(b);
}

static bool is_empty(tum_val v)
{
    return v.kind == TUM_NONE || (v.kind == TUM_STR && tum_val_text(v).n == 0);
}

/* A tuple: an item's context is a single value. */
static tum_val make_context(const struct source *source)
{
    struct tum_list_builder *b = tum_seq_begin(TUM_TUPLE, 2);

    tum_list_add(b, tum_val_str(tum_plot_name(source->plot)));
    tum_list_add(b, tum_val_int((int64_t)(uintptr_t)source));
    return tum_list_end(b);
}

/* NULL: FAILed. Takes the plot. */
static struct source *source_new(struct tum_run *run, const struct periodic_data *data,
                                 struct tum_plot *take_plot)
{
    struct source *source = tum_new(struct source);
    char *file = tum_arg_text(run, data->file);

    source->plot = take_plot;
    source->name = tum_arg_text(run, data->func_name);
    source->params = read_params(run, data);
    source->eval = tum_val_ref(tum_arg_raw(data->eval));
    if (is_empty(source->eval))
        tum_val_release(&source->eval);
    source->context = make_context(source);
    source->first = tum_stop_new(tum_run_stop(run));
    if (file != NULL && source->name != NULL &&
        read_period(run, data, &source->period)) {
        source->file = tum_func_path(run, file);
        tum_free(file);
        return source;
    }
    if (file == NULL || source->name == NULL)
        tum_run_failed(run, "'%s' is null", file == NULL ? "file" : "func_name");
    tum_free(file);
    source_free(source);
    return NULL;
}

/* Waits for the first call. False: FAILed. */
static bool wait_first(struct tum_run *run, struct source *source)
{
    tum_wait(source->first, -1, 0, TUM_FOREVER);
    if (tum_stop_is_set(tum_run_stop(run))) {
        tum_run_stopped(run);
        return false;
    }
    if (source->wrong != NULL) {
        struct tum_error *err = source->wrong;

        source->wrong = NULL;
        tum_error_wrap(&err, "plot '%s'", tum_plot_name(source->plot));
        tum_run_broken(run, err);
        return false;
    }
    return true;
}

static enum tum_verdict periodic_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_plot *plot = tum_plot_item_get(run, item);
    struct tum_error *err = NULL;
    struct source *source;

    if (plot == NULL)
        return TUM_FAIL;
    source = source_new(run, tum_item_data(item), plot);
    if (source == NULL)
        return TUM_FAIL;
    tum_out(run, "Function executed from '%s'", source->file);
    if (!tum_aside_start(run, feed, source, &source->aside, &err)) {
        source_free(source);
        return tum_run_broken(run, err);
    }
    if (!wait_first(run, source)) {
        end_source(source);
        return TUM_FAIL;
    }
    if (!tum_plot_attach(
            plot, &(struct tum_plot_source){.end = end_source, .ctx = source}, &err)) {
        end_source(source);
        return tum_run_broken(run, err);
    }
    return TUM_PASS;
}

const struct tum_item_type tum_plot_action_periodic = {
    .keyword = "periodic",
    .row_type = "Runtime plot action",
    .summary = "Asks a Python function for samples again and again.",
    .flags = TUM_ITEM_ACTION | TUM_ITEM_PYTHON,
    .params = periodic_params,
    .data_size = sizeof(struct periodic_data),
    .run = periodic_run,
};
