/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialog_choices: a tree of entries to check.
 */
#include "dialog.h"
#include "items.h"
#include "tum/mem.h"

struct choices_data {
    const struct tum_arg *question, *choices, *icon, *auto_result;
};

static const struct tum_param entry_params[] = {
    {
        .name = "name",
        .doc = "What the entry is called.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
    },
    {
        .name = "description",
        .doc = "What it means.",
        .takes = TUM_TAKES_TEXT,
    },
    {
        .name = "icon",
        .doc = "Picture of the entry.",
        .takes = TUM_TAKES_PATH,
    },
    {
        .name = "choices",
        .doc = "Entries below it.",
        .takes = TUM_TAKES_LIST,
    },
    {0},
};

static const struct tum_param choices_params[] = {
    DIALOG_QUESTION(struct choices_data),
    {
        .name = "choices",
        .doc = "The entries: a list of {name, description, icon, choices}.",
        .takes = TUM_TAKES_LIST | TUM_TAKES_MAP,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct choices_data, choices),
        .map = entry_params,
    },
    {
        .name = "icon",
        .doc = "Picture of entries that have none.",
        .takes = TUM_TAKES_PATH,
        .field = TUM_FIELD(struct choices_data, icon),
    },
    DIALOG_AUTO_RESULT(struct choices_data),
    {0},
};

static tum_val field(tum_val entry, const char *key)
{
    tum_val v;

    return tum_map_peeks(entry, key, &v) ? v : tum_val_none();
}

static bool has_name(tum_val entry)
{
    tum_val name = field(entry, "name");

    return name.kind != TUM_NONE &&
           !(name.kind == TUM_STR && tum_val_text(name).n == 0);
}

/* False: the run has FAILed naming what it was. */
static bool check_choices(struct tum_run *run, tum_val choices)
{
    bool named = false;

    if (choices.kind == TUM_LIST || choices.kind == TUM_TUPLE) {
        tum_list_each (entry, choices) {
            if (entry->kind != TUM_MAP) {
                char *shown = tum_val_to_repr(*entry);

                tum_run_failed(run, "an entry of 'choices' is no mapping: %s", shown);
                tum_free(shown);
                return false;
            }
            named = named || has_name(*entry);
        }
    }
    if (!named) {
        char *shown = tum_val_to_repr(choices);

        tum_run_failed(
            run, "'choices' must be a list of mappings with a name, it is %s", shown);
        tum_free(shown);
    }
    return named;
}

static tum_val checked_tree(tum_val choices, bool checked)
{
    struct tum_list_builder *b = tum_list_begin(tum_list_len(choices));

    if (choices.kind != TUM_LIST && choices.kind != TUM_TUPLE)
        return tum_list_end(b);
    tum_list_each (entry, choices) {
        struct tum_map_builder *m = tum_map_begin(3);
        tum_val name = field(*entry, "name");
        tum_val below = field(*entry, "choices");

        tum_map_adds(m, "name",
                     name.kind == TUM_NONE ? tum_val_str("") : tum_val_ref(name));
        tum_map_adds(m, "checked", tum_val_bool(checked));
        if (below.kind != TUM_NONE)
            tum_map_adds(m, "choices", checked_tree(below, checked));
        tum_list_add(b, tum_map_end(m));
    }
    return tum_list_end(b);
}

static void print_tree(struct tum_run *run, tum_val choices, int level)
{
    if (choices.kind != TUM_LIST && choices.kind != TUM_TUPLE)
        return;
    tum_list_each (entry, choices) {
        tum_val name = field(*entry, "name");
        tum_val description = field(*entry, "description");
        char *a = name.kind == TUM_NONE ? tum_strdup("") : tum_val_to_str(name);
        char *b =
            description.kind == TUM_NONE ? tum_strdup("") : tum_val_to_str(description);

        tum_out(run, "%*s- %s: %s", level * 2, "", a, b);
        tum_free(a);
        tum_free(b);
        print_tree(run, field(*entry, "choices"), level + 1);
    }
}

static enum tum_verdict answer(struct tum_run *run, const struct choices_data *data,
                               const char *variable, tum_val choices)
{
    char *shown;
    tum_val tree;

    switch (dialog_answer(run, data->auto_result)) {
    case DIALOG_ACCEPTED:
        tree = checked_tree(choices, true);
        shown = tum_val_to_str(tree);
        tum_run_message(run, "%s", shown);
        tum_free(shown);
        tum_var_set(run, variable, tum_val_ref(tree));
        tum_run_set_value(run, tree);
        return TUM_PASS;
    case DIALOG_REFUSED:
        tum_var_remove(run, variable);
        return tum_run_failed(run, "the dialog was cancelled");
    case DIALOG_IMPOSSIBLE:
        break;
    }
    return TUM_FAIL;
}

static enum tum_verdict choices_run(struct tum_run *run, const struct tum_item *item)
{
    const struct choices_data *data = tum_item_data(item);
    char *question = tum_arg_text(run, data->question);
    char *variable = tum_run_printf(run, "cs_%s", tum_item_name(item));
    tum_val choices = tum_arg_value(run, data->choices);
    enum tum_verdict verdict = TUM_FAIL;

    if (check_choices(run, choices)) {
        tum_out(run, "Choices: %s", question != NULL ? question : "");
        print_tree(run, choices, 0);
        verdict = answer(run, data, variable, choices);
    }
    tum_val_unref(choices);
    tum_free(question);
    return verdict;
}

const struct tum_item_type tum_item_dialog_choices = {
    .keyword = "dialog_choices",
    .row_type = "Choices Dialog",
    .summary = "Asks a person to check entries of a tree.",
    .flags = TUM_ITEM_DIALOG,
    .params = choices_params,
    .data_size = sizeof(struct choices_data),
    .run = choices_run,
};
