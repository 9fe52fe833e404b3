/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialog_message, dialog_question, dialog_image: dialogs whose answer is only the result.
 */
#include "dialog.h"
#include "items.h"
#include "tum/mem.h"

struct simple_data {
    const struct tum_arg *question, *auto_result, *filename;
};

static const struct tum_param simple_params[] = {
    DIALOG_QUESTION(struct simple_data),
    DIALOG_AUTO_RESULT(struct simple_data),
    {0},
};

static enum tum_verdict message_run(struct tum_run *run, const struct tum_item *item)
{
    const struct simple_data *data = tum_item_data(item);

    tum_free(dialog_question(run, data->question));
    /* There is only OK: a refusal is one too. */
    return dialog_answer(run, data->auto_result) == DIALOG_IMPOSSIBLE ? TUM_FAIL
                                                                      : TUM_PASS;
}

const struct tum_item_type tum_item_dialog_message = {
    .keyword = "dialog_message",
    .row_type = "Message Dialog",
    .summary = "Tells a person something.",
    .flags = TUM_ITEM_DIALOG,
    .params = simple_params,
    .data_size = sizeof(struct simple_data),
    .run = message_run,
};

static enum tum_verdict question_run(struct tum_run *run, const struct tum_item *item)
{
    const struct simple_data *data = tum_item_data(item);

    tum_free(dialog_question(run, data->question));
    switch (dialog_answer(run, data->auto_result)) {
    case DIALOG_ACCEPTED:
        tum_out(run, "Answer:    YES");
        return TUM_PASS;
    case DIALOG_REFUSED:
        tum_out(run, "Answer:    NO");
        return tum_run_failed(run, "the answer was no");
    case DIALOG_IMPOSSIBLE:
        break;
    }
    return TUM_FAIL;
}

const struct tum_item_type tum_item_dialog_question = {
    .keyword = "dialog_question",
    .row_type = "Question Dialog",
    .summary = "Asks a person a question to answer with yes or no.",
    .flags = TUM_ITEM_DIALOG,
    .params = simple_params,
    .data_size = sizeof(struct simple_data),
    .run = question_run,
};

static const struct tum_param image_params[] = {
    DIALOG_QUESTION(struct simple_data),
    {
        .name = "filename",
        .doc = "The picture to show.",
        .takes = TUM_TAKES_PATH,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct simple_data, filename),
    },
    DIALOG_AUTO_RESULT(struct simple_data),
    {0},
};

static enum tum_verdict image_run(struct tum_run *run, const struct tum_item *item)
{
    const struct simple_data *data = tum_item_data(item);
    char *filename;

    tum_free(dialog_question(run, data->question));
    filename = tum_arg_text(run, data->filename);
    tum_out(run, "Image:     %s", filename != NULL ? filename : "None");
    tum_free(filename);
    switch (dialog_answer(run, data->auto_result)) {
    case DIALOG_ACCEPTED:
        return TUM_PASS;
    case DIALOG_REFUSED:
        return tum_run_failed(run, "the dialog was cancelled");
    case DIALOG_IMPOSSIBLE:
        break;
    }
    return TUM_FAIL;
}

const struct tum_item_type tum_item_dialog_image = {
    .keyword = "dialog_image",
    .row_type = "Image Dialog",
    .summary = "Shows a person a picture.",
    .flags = TUM_ITEM_DIALOG,
    .params = image_params,
    .data_size = sizeof(struct simple_data),
    .run = image_run,
};
