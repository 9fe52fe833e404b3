/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plot: a list of actions on numbers over time. Plots live as long as the run; an item
 * only names one. The action that feeds a plot by itself is in plot_periodic.c.
 */
#include "plot_item.h"

#include "items.h"
#include "tum/mem.h"

static const struct tum_param plot_params[] = {
    {
        .name = "plot_name",
        .doc = "Name of the plot, the same in every item that uses it.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct tum_plot_item, plot_name),
    },
    {0},
};

/* ---- what the actions share ---- */

char *tum_plot_item_name(struct tum_run *run, const struct tum_item *action)
{
    const struct tum_plot_item *data = tum_item_data(tum_item_parent(action));
    char *name = tum_arg_text(run, data->plot_name);

    if (name == NULL || name[0] == '\0') {
        tum_run_failed(run, "'plot_name' is empty");
        tum_free(name);
        return NULL;
    }
    return name;
}

struct tum_plot *tum_plot_item_get(struct tum_run *run, const struct tum_item *action)
{
    char *name = tum_plot_item_name(run, action);
    struct tum_error *err = NULL;
    struct tum_plot *plot;

    if (name == NULL)
        return NULL;
    plot = tum_plots_find(tum_run_plots(run), name, &err);
    if (plot == NULL)
        tum_run_broken(run, err);
    tum_free(name);
    return plot;
}

/* A relative path of a plot's files is below the test directory, always. */
static char *file_path(struct tum_run *run, const char *path)
{
    char *folder, *joined;

    if (path[0] == '/')
        return tum_strdup(path);
    folder = tum_var_text(run, "test_directory");
    joined = tum_asprintf("%s/%s", folder, path);
    tum_free(folder);
    return joined;
}

/* ---- open ---- */

struct open_data {
    const struct tum_arg *log_path;
};

static const struct tum_param open_params[] = {
    {
        .name = "log_path",
        .doc = "Folder for the samples of each line, as they come, and the picture.",
        .takes = TUM_TAKES_PATH,
        .field = TUM_FIELD(struct open_data, log_path),
    },
    {0},
};

static enum tum_verdict open_run(struct tum_run *run, const struct tum_item *item)
{
    const struct open_data *data = tum_item_data(item);
    char *name = tum_plot_item_name(run, item);
    struct tum_error *err = NULL;
    enum tum_verdict verdict = TUM_PASS;
    char *given, *folder = NULL;
    bool was_open;

    if (name == NULL)
        return TUM_FAIL;
    given = tum_arg_text(run, data->log_path);
    if (given != NULL && given[0] != '\0')
        folder = file_path(run, given);
    if (!tum_plots_open(tum_run_plots(run), name, folder, &was_open, &err)) {
        tum_error_wrap(&err, "opening plot '%s'", name);
        verdict = tum_run_broken(run, err);
    } else if (was_open) {
        tum_out_warn(run, "plot '%s' is open already: it stays as it is.", name);
    }
    tum_free(given);
    tum_free(folder);
    tum_free(name);
    return verdict;
}

/* ---- add ---- */

/* The attributes that every action takes are no lines. */
static bool is_attribute(tum_val key)
{
    struct tum_str text = tum_val_text(key);

    if (key.kind != TUM_STR)
        return false;
    for (const struct tum_param *p = tum_common_params; p->name != NULL; p++)
        if ((p->flags & TUM_PARAM_ACTION) != 0 && tum_str_is(text, p->name))
            return true;
    return false;
}

/* Expanded; what is text then is an expression. False: FAILed. */
static bool sample_of(struct tum_run *run, tum_val key, tum_val raw, tum_val *ret)
{
    struct tum_error *err = NULL;
    tum_val v = tum_expand(run, raw);
    char *line;

    if (v.kind != TUM_STR) {
        *ret = v;
        return true;
    }
    if (!tum_evaluate(run, tum_val_text(v), ret, &err)) {
        line = tum_val_to_str(key);
        tum_error_wrap(&err, "the value of line '%s' is no number: '%s'", line,
                       tum_val_text(v).s);
        tum_free(line);
        tum_run_broken(run, err);
        tum_val_unref(v);
        return false;
    }
    tum_val_unref(v);
    return true;
}

/* The samples a body means: line → value. False: FAILed. */
static bool read_samples(struct tum_run *run, const struct tum_item *item, tum_val *ret)
{
    tum_val raw = tum_arg_raw(tum_item_body(item));
    bool written = raw.kind == TUM_MAP;
    tum_val body = written ? tum_val_ref(raw) : tum_expand(run, raw);
    struct tum_map_builder *b = tum_map_begin(tum_map_len(body));
    bool ok = body.kind == TUM_MAP;

    if (!ok)
        tum_run_failed(run, "'add' needs a mapping of lines and values, found %s",
                       tum_val_type_name(body));
    tum_map_each (entry, body) {
        tum_val sample;

        if (!ok || (written && is_attribute(entry->key)))
            continue;
        ok = sample_of(run, entry->key, entry->value, &sample);
        if (ok)
            ok = tum_map_add(b, tum_val_ref(entry->key), sample);
    }
    tum_val_unref(body);
    if (ok)
        *ret = tum_map_end(b);
    else
        tum_map_drop(b);
    return ok;
}

static enum tum_verdict add_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_plot *plot = tum_plot_item_get(run, item);
    enum tum_verdict verdict = TUM_FAIL;
    struct tum_error *err = NULL;
    tum_val samples;

    if (plot != NULL && read_samples(run, item, &samples)) {
        if (tum_plot_add(plot, samples, &err))
            verdict = TUM_PASS;
        else
            tum_run_broken(run, err);
        tum_val_unref(samples);
    }
    tum_plot_unref(plot);
    return verdict;
}

/* ---- last_value ---- */

struct last_data {
    const struct tum_arg *name;
};

static const struct tum_param last_params[] = {
    {
        .name = "name",
        .doc = "A list selects lines; a text is the name of the action.",
        .takes = TUM_TAKES_LIST | TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct last_data, name),
    },
    {0},
};

static enum tum_verdict last_run(struct tum_run *run, const struct tum_item *item)
{
    const struct last_data *data = tum_item_data(item);
    struct tum_plot *plot = tum_plot_item_get(run, item);
    tum_val lines, last;

    if (plot == NULL)
        return TUM_FAIL;
    lines = tum_arg_value(run, data->name);
    last = tum_plot_last(plot, lines);
    tum_val_unref(lines);
    tum_var_set(run, tum_run_printf(run, "plv_%s", tum_plot_name(plot)),
                tum_val_ref(last));
    tum_var_set(run,
                tum_run_printf(run, "plv_%s", tum_item_name(tum_item_parent(item))),
                tum_val_ref(last));
    tum_run_set_value(run, last);
    tum_plot_unref(plot);
    return TUM_PASS;
}

/* ---- export ---- */

static bool export_load(struct tum_load *load, struct tum_item *item)
{
    const struct tum_arg *body = tum_item_body(item);
    tum_val raw = tum_arg_raw(body);

    if (raw.kind == TUM_STR && tum_val_text(raw).n > 0)
        return true;
    return tum_load_error(
        load, item, tum_arg_at(body),
        "'plot' item '%s': 'export' needs the name of a file, found %s",
        tum_item_name(tum_item_parent(item)), tum_val_type_name(raw));
}

/* Reports find the picture by these words. */
static void say_file(struct tum_run *run, const char *path)
{
    tum_run_message(run, "written: %s", path);
}

static enum tum_verdict say_files(struct tum_run *run, tum_val files)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_list_each (file, files) {
        tum_buf_adds(&text, text.len > 0 ? ", " : "written: ");
        tum_val_write_str(&text, *file);
    }
    tum_run_message(run, "%s", text.len > 0 ? text.s : "the plot has no lines");
    tum_buf_release(&text);
    return TUM_PASS;
}

static enum tum_verdict export_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_plot *plot = tum_plot_item_get(run, item);
    enum tum_verdict verdict = TUM_FAIL;
    struct tum_error *err = NULL;
    char *given, *path;
    tum_val files;

    if (plot == NULL)
        return TUM_FAIL;
    given = tum_arg_text(run, tum_item_body(item));
    path = file_path(run, given != NULL ? given : "");
    if (tum_plot_export(plot, path, tum_run_stop(run), &files, &err)) {
        verdict = say_files(run, files);
        tum_val_unref(files);
    } else {
        tum_error_wrap(&err, "exporting plot '%s'", tum_plot_name(plot));
        verdict = tum_run_broken(run, err);
    }
    tum_free(path);
    tum_free(given);
    tum_plot_unref(plot);
    return verdict;
}

/* ---- close ---- */

/* The view that these are about is a front end's; without one there is nothing to wait
   for. */
static const struct tum_param close_params[] = {
    {
        .name = "wait_dialog_exit",
        .doc = "True: with a front end, waits until the view is closed.",
        .takes = TUM_TAKES_FLAG,
        .deflt = "false",
    },
    {
        .name = "timeout",
        .doc = "Seconds that it waits at most, when more than 0.",
        .takes = TUM_TAKES_NUMBER,
        .deflt = "-1",
    },
    {0},
};

static enum tum_verdict close_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_plot *plot = tum_plot_item_get(run, item);
    enum tum_verdict verdict = TUM_PASS;
    struct tum_error *err = NULL;

    if (plot == NULL)
        return TUM_FAIL;
    if (!tum_plots_close(tum_run_plots(run), tum_plot_name(plot), &err))
        verdict = tum_run_broken(run, err);
    else if (tum_plot_picture(plot) != NULL)
        say_file(run, tum_plot_picture(plot));
    tum_plot_unref(plot);
    return verdict;
}

/* ---- the types ---- */

static const struct tum_item_type action_add = {
    .keyword = "add",
    .row_type = "Runtime plot action",
    .summary = "Adds a sample to each line that its body names.",
    .flags = TUM_ITEM_ACTION | TUM_ITEM_FREE_BODY | TUM_ITEM_UNCHECKED,
    .run = add_run,
};

static const struct tum_item_type action_close = {
    .keyword = "close",
    .row_type = "Runtime plot action",
    .summary = "Ends the sources, draws the last state, removes the plot.",
    .flags = TUM_ITEM_ACTION,
    .params = close_params,
    .run = close_run,
};

static const struct tum_item_type action_export = {
    .keyword = "export",
    .row_type = "Runtime plot action",
    .summary = "Writes the plot into a file named by its body: .csv, .pdf or .svg.",
    .flags = TUM_ITEM_ACTION | TUM_ITEM_FREE_BODY | TUM_ITEM_UNCHECKED,
    .load = export_load,
    .run = export_run,
};

static const struct tum_item_type action_last_value = {
    .keyword = "last_value",
    .row_type = "Runtime plot action",
    .summary = "Puts the last sample of each line into variables.",
    .flags = TUM_ITEM_ACTION,
    .params = last_params,
    .data_size = sizeof(struct last_data),
    .run = last_run,
};

static const struct tum_item_type action_open = {
    .keyword = "open",
    .row_type = "Runtime plot action",
    .summary = "Opens the plot.",
    .flags = TUM_ITEM_ACTION,
    .params = open_params,
    .data_size = sizeof(struct open_data),
    .run = open_run,
};

static const struct tum_item_type *const actions[] = {
    &action_add,    &action_close,
    &action_export, &action_last_value,
    &action_open,   &tum_plot_action_periodic,
    NULL,
};

static enum tum_verdict plot_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_children children;

    (void)item;
    tum_children_run(run, &children);
    return tum_children_verdict(run, &children);
}

const struct tum_item_type tum_item_plot = {
    .keyword = "plot",
    .row_type = "Runtime plot",
    .summary = "Records numbers over time, writes and draws them.",
    .flags = TUM_ITEM_ACTIONS,
    .params = plot_params,
    .actions = actions,
    .data_size = sizeof(struct tum_plot_item),
    .run = plot_run,
};
