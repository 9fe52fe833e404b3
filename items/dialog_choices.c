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

/* The entries of a list and of the lists below them. False: the run has FAILed naming the
   one that is no mapping. */
static bool check_entries(struct tum_run *run, tum_val choices)
{
    tum_list_each (entry, choices) {
        tum_val below;

        if (entry->kind != TUM_MAP) {
            char *shown = tum_val_to_repr(*entry);

            tum_run_failed(run, "an entry of 'choices' is no mapping: %s", shown);
            tum_free(shown);
            return false;
        }
        below = field(*entry, "choices");
        if (tum_val_is_seq(below) && !check_entries(run, below))
            return false;
    }
    return true;
}

/* False: the run has FAILed naming what it was. */
static bool check_choices(struct tum_run *run, tum_val choices)
{
    bool named = false;

    if (tum_val_is_seq(choices)) {
        if (!check_entries(run, choices))
            return false;
        tum_list_each (entry, choices)
            named = named || has_name(*entry);
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

    if (!tum_val_is_seq(choices))
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
    if (!tum_val_is_seq(choices))
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

/* What a person is shown: entries with a name, icons where they are found. */
static tum_val shown_tree(struct tum_run *run, tum_val choices, tum_val icon)
{
    struct tum_list_builder *b = tum_list_begin(tum_list_len(choices));

    tum_list_each (entry, choices) {
        tum_val own = field(*entry, "icon"), below = field(*entry, "choices");
        struct tum_map_builder *m;
        char *text;

        if (entry->kind != TUM_MAP || !has_name(*entry))
            continue;
        m = tum_map_begin(4);
        tum_map_adds(m, "name", tum_val_ref(field(*entry, "name")));
        if (field(*entry, "description").kind != TUM_NONE) {
            text = tum_val_to_str(field(*entry, "description"));
            tum_map_adds(m, "description", tum_val_str(text));
            tum_free(text);
        }
        if (own.kind == TUM_NONE)
            own = icon;
        if (own.kind == TUM_STR) {
            text = tum_run_path(run, tum_val_text(own).s);
            tum_map_adds(m, "icon", tum_val_str(text));
            tum_free(text);
        }
        if (tum_val_is_seq(below) && tum_list_len(below) > 0)
            tum_map_adds(m, "choices", shown_tree(run, below, icon));
        tum_list_add(b, tum_map_end(m));
    }
    return tum_list_end(b);
}

static void keep_tree(struct tum_run *run, tum_val tree)
{
    char *shown = tum_val_to_str(tree);

    tum_run_message(run, "%s", shown);
    tum_free(shown);
    tum_run_set_value(run, tum_val_ref(tree));
}

static enum tum_verdict answer(struct tum_run *run, const struct choices_data *data,
                               const char *question, const char *variable,
                               tum_val choices)
{
    tum_val icon = tum_arg_value(run, data->icon);
    struct tum_ask ask = {.kind = TUM_ASK_CHOICES,
                          .question = question,
                          .tree = shown_tree(run, choices, icon)};
    enum tum_verdict verdict = TUM_FAIL;
    struct dialog_reply reply;
    tum_val tree;

    dialog_ask(run, &ask, data->auto_result, &reply);
    if (reply.how == DIALOG_ACCEPTED) {
        tree = reply.person ? tum_val_ref(reply.value) : checked_tree(choices, true);
        keep_tree(run, tree);
        tum_var_set(run, variable, tree);
        verdict = TUM_PASS;
    } else if (reply.how == DIALOG_REFUSED) {
        if (reply.person && reply.value.kind != TUM_NONE)
            tum_run_set_value(run, tum_val_ref(reply.value));
        tum_var_remove(run, variable);
        tum_run_failed(run, "the dialog was cancelled");
    }
    tum_val_unref(reply.value);
    tum_val_unref(ask.tree);
    tum_val_unref(icon);
    return verdict;
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
        verdict =
            answer(run, data, question != NULL ? question : "", variable, choices);
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
