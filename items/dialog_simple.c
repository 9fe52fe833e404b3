/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialog_message, dialog_question, dialog_image: dialogs whose answer is only the result.
 */
#include "dialog.h"
#include "items.h"
#include "tum/mem.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

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
    char *question = dialog_question(run, data->question);
    struct tum_ask ask = {.kind = TUM_ASK_MESSAGE, .question = question};
    struct dialog_reply reply;

    dialog_ask(run, &ask, data->auto_result, &reply);
    tum_free(question);
    /* There is only OK: a refusal is one too. */
    return reply.how == DIALOG_IMPOSSIBLE ? TUM_FAIL : TUM_PASS;
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
    char *question = dialog_question(run, data->question);
    struct tum_ask ask = {.kind = TUM_ASK_QUESTION, .question = question};
    struct dialog_reply reply;

    dialog_ask(run, &ask, data->auto_result, &reply);
    tum_free(question);
    switch (reply.how) {
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

/* What a file is by its first bytes; NULL: no picture that is known. */
static const char *media_type(const char *path)
{
    static const struct {
        const char *head;
        size_t length;
        const char *type;
    } heads[] = {
        {"\x89PNG\r\n\x1a\n", 8, "image/png"},
        {"\xff\xd8\xff", 3, "image/jpeg"},
        {"GIF8", 4, "image/gif"},
        {"BM", 2, "image/bmp"},
        {"P6", 2, "image/x-portable-pixmap"},
        {"P3", 2, "image/x-portable-pixmap"},
        {"RIFF", 4, "image/webp"},
        {"<svg", 4, "image/svg+xml"},
        {"<?xml", 5, "image/svg+xml"},
    };
    char bytes[16] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;

    if (fd >= 0)
        close(fd);
    for (size_t i = 0; i < TUM_LEN(heads); i++)
        if (n >= (ssize_t)heads[i].length &&
            memcmp(bytes, heads[i].head, heads[i].length) == 0)
            return heads[i].type;
    return NULL;
}

/* False: a person could not see it, the run has FAILed. */
static bool find_image(struct tum_run *run, const char *filename, struct tum_ask *ask,
                       char **ret_path)
{
    char *path = tum_run_path(run, filename);

    *ret_path = realpath(path, NULL);
    if (*ret_path == NULL)
        *ret_path = tum_strdup(path);
    tum_free(path);
    ask->file = *ret_path;
    ask->media_type = media_type(*ret_path);
    if (ask->media_type == NULL)
        tum_run_failed(run, "the image '%s' cannot be read: %s", filename, *ret_path);
    return ask->media_type != NULL;
}

static enum tum_verdict judge_image(struct tum_run *run, enum dialog_answer how)
{
    switch (how) {
    case DIALOG_ACCEPTED:
        return TUM_PASS;
    case DIALOG_REFUSED:
        return tum_run_failed(run, "the dialog was cancelled");
    case DIALOG_IMPOSSIBLE:
        break;
    }
    return TUM_FAIL;
}

static enum tum_verdict image_run(struct tum_run *run, const struct tum_item *item)
{
    const struct simple_data *data = tum_item_data(item);
    char *question = dialog_question(run, data->question), *path = NULL;
    char *filename = tum_arg_text(run, data->filename);
    struct tum_ask ask = {.kind = TUM_ASK_IMAGE, .question = question};
    enum tum_verdict verdict = TUM_FAIL;
    struct dialog_reply reply;

    tum_out(run, "Image:     %s", filename != NULL ? filename : "None");
    if (!tum_run_interactive(run) ||
        find_image(run, filename != NULL ? filename : "", &ask, &path)) {
        dialog_ask(run, &ask, data->auto_result, &reply);
        verdict = judge_image(run, reply.how);
    }
    tum_free(filename);
    tum_free(question);
    tum_free(path);
    return verdict;
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
