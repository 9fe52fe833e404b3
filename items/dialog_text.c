/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialog_value and dialog_note: dialogs whose answer is a text in a variable.
 */
#include "dialog.h"
#include "items.h"
#include "tum/mem.h"

#define RULER "----------------------------------------"

struct text_data {
    const struct tum_arg *question, *auto_result, *auto_value, *deflt;
};

/* Not given: the default stands in for it. */
static bool is_absent(tum_val v)
{
    return v.kind == TUM_NONE || (v.kind == TUM_STR && tum_val_text(v).n == 0);
}

/* Given or not, it says nothing. 0 and false do. */
static bool is_empty(tum_val v)
{
    return is_absent(v) || (tum_val_is_seq(v) && tum_list_len(v) == 0) ||
           (v.kind == TUM_MAP && tum_map_len(v) == 0);
}

static void set_answer(struct tum_run *run, const struct tum_item *item, tum_val answer)
{
    char *shown = tum_val_to_str(answer);

    tum_var_set(run, tum_item_name(item), tum_val_ref(answer));
    tum_run_message(run, "%s", shown);
    tum_free(shown);
}

/* ---- dialog_value ---- */

static const struct tum_param value_params[] = {
    DIALOG_QUESTION(struct text_data),
    {
        .name = "default",
        .doc = "The answer that is offered.",
        .takes = TUM_TAKES_ANY,
        .field = TUM_FIELD(struct text_data, deflt),
        .deflt = "",
    },
    DIALOG_AUTO_RESULT(struct text_data),
    DIALOG_AUTO_VALUE(struct text_data),
    {0},
};

static tum_val value_answer(struct tum_run *run, const struct text_data *data)
{
    tum_val answer = tum_arg_value(run, data->auto_value);

    if (!is_absent(answer))
        return answer;
    tum_val_unref(answer);
    answer = tum_arg_value(run, data->deflt);
    return answer.kind == TUM_NONE ? tum_val_str("") : answer;
}

/* The answer of a person, or what stands in for it; owned. */
static tum_val value_of(struct tum_run *run, const struct text_data *data,
                        const struct dialog_reply *reply)
{
    tum_val deflt;

    if (!reply->person)
        return value_answer(run, data);
    if (reply->how == DIALOG_REFUSED || !is_empty(reply->value))
        return reply->value.kind == TUM_NONE ? tum_val_str("")
                                             : tum_val_ref(reply->value);
    deflt = tum_arg_value(run, data->deflt);
    return deflt.kind == TUM_NONE ? tum_val_str("") : deflt;
}

static void keep_value(struct tum_run *run, const struct tum_item *item,
                       const char *question, tum_val answer)
{
    char *shown = tum_val_to_str(answer);

    tum_out(run, "Answer: %s", shown);
    tum_free(shown);
    set_answer(run, item, answer);
    if (is_empty(answer))
        return;
    tum_run_set_data(run, "question", tum_val_str(question));
    tum_run_set_data(run, "answer", tum_val_ref(answer));
    tum_run_set_value(run, tum_val_ref(answer));
}

static enum tum_verdict value_run(struct tum_run *run, const struct tum_item *item)
{
    const struct text_data *data = tum_item_data(item);
    char *question = dialog_question(run, data->question);
    char *deflt = tum_arg_text(run, data->deflt);
    struct tum_ask ask = {.kind = TUM_ASK_VALUE,
                          .question = question,
                          .deflt = deflt != NULL ? deflt : ""};
    enum tum_verdict verdict = TUM_FAIL;
    struct dialog_reply reply;

    dialog_ask(run, &ask, data->auto_result, &reply);
    if (reply.how == DIALOG_ACCEPTED || (reply.how == DIALOG_REFUSED && reply.person)) {
        tum_val answer = value_of(run, data, &reply);

        keep_value(run, item, question, answer);
        if (reply.how == DIALOG_REFUSED)
            tum_run_failed(run, "the dialog was cancelled");
        else if (is_empty(answer))
            tum_run_message(run, "the answer is empty");
        else
            verdict = TUM_PASS;
        tum_val_unref(answer);
    } else if (reply.how == DIALOG_REFUSED) {
        tum_run_failed(run, "the dialog was cancelled");
    }
    tum_val_unref(reply.value);
    tum_free(deflt);
    tum_free(question);
    return verdict;
}

const struct tum_item_type tum_item_dialog_value = {
    .keyword = "dialog_value",
    .row_type = "Value Dialog",
    .summary = "Asks a person for a value.",
    .flags = TUM_ITEM_DIALOG,
    .params = value_params,
    .data_size = sizeof(struct text_data),
    .run = value_run,
};

/* ---- dialog_note ---- */

static const struct tum_param note_params[] = {
    DIALOG_QUESTION(struct text_data),
    DIALOG_AUTO_RESULT(struct text_data),
    DIALOG_AUTO_VALUE(struct text_data),
    {0},
};

static void keep_note(struct tum_run *run, const struct tum_item *item, tum_val note)
{
    char *shown = tum_val_to_str(note);

    tum_out(run, RULER "\n%s\n" RULER, shown);
    tum_free(shown);
    set_answer(run, item, note);
    tum_run_set_data(run, "note", tum_val_ref(note));
}

static enum tum_verdict note_run(struct tum_run *run, const struct tum_item *item)
{
    const struct text_data *data = tum_item_data(item);
    char *question = dialog_question(run, data->question);
    struct tum_ask ask = {.kind = TUM_ASK_NOTE, .question = question};
    enum tum_verdict verdict = TUM_FAIL;
    struct dialog_reply reply;

    dialog_ask(run, &ask, data->auto_result, &reply);
    tum_free(question);
    if (reply.how == DIALOG_ACCEPTED || (reply.how == DIALOG_REFUSED && reply.person)) {
        tum_val note = reply.person ? tum_val_ref(reply.value)
                                    : tum_arg_value(run, data->auto_value);

        if (note.kind == TUM_NONE)
            note = tum_val_str("");
        keep_note(run, item, note);
        if (reply.how == DIALOG_REFUSED)
            tum_run_failed(run, "the dialog was cancelled");
        else if (is_empty(note) && !reply.person)
            tum_run_message(run, "the note is empty");
        else
            verdict = TUM_PASS;
        tum_val_unref(note);
    } else if (reply.how == DIALOG_REFUSED) {
        tum_run_failed(run, "the dialog was cancelled");
    }
    tum_val_unref(reply.value);
    return verdict;
}

const struct tum_item_type tum_item_dialog_note = {
    .keyword = "dialog_note",
    .row_type = "Note Dialog",
    .summary = "Asks a person for a text of several lines.",
    .flags = TUM_ITEM_DIALOG,
    .params = note_params,
    .data_size = sizeof(struct text_data),
    .run = note_run,
};
