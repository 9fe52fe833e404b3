/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialog_references: what is tested: rows of reference, revision, serial number.
 */
#include "dialog.h"
#include "items.h"
#include "tum/mem.h"

struct references_data {
    const struct tum_arg *question, *reference, *auto_result;
};

static const struct tum_param references_params[] = {
    DIALOG_QUESTION(struct references_data),
    {
        .name = "reference",
        .doc = "Rows to fill in: texts 'reference/revision/serial'.",
        .takes = TUM_TAKES_LIST | TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct references_data, reference),
    },
    DIALOG_AUTO_RESULT(struct references_data),
    {0},
};

/* All texts joined by a comma. */
static void join_rows(tum_val v, struct tum_buf *out)
{
    bool first = true;

    if (!tum_val_is_seq(v)) {
        if (v.kind != TUM_NONE)
            tum_val_write_str(out, v);
        return;
    }
    tum_list_each (row, v) {
        if (row->kind == TUM_NONE)
            continue;
        if (!first)
            tum_buf_addc(out, ',');
        tum_val_write_str(out, *row);
        first = false;
    }
}

static const char *const cells[] = {"reference", "revision", "serial"};

/* Rows as lists of the texts that are given. */
static tum_val given_rows(struct tum_run *run, const struct tum_arg *reference)
{
    struct tum_buf joined = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_list_builder *b = tum_list_begin(4);
    tum_val given = tum_arg_value(run, reference);
    struct tum_str rest, row, part;
    bool more = true;

    join_rows(given, &joined);
    tum_val_unref(given);
    rest = tum_buf_str(&joined);
    while (tum_str_split(&rest, &more, ',', &row)) {
        struct tum_list_builder *of_row = tum_list_begin(TUM_LEN(cells));
        bool parts = true;

        for (size_t i = 0; i < TUM_LEN(cells); i++)
            if (tum_str_split(&row, &parts, '/', &part))
                tum_list_add(of_row, tum_val_text_of(part));
        tum_list_add(b, tum_list_end(of_row));
    }
    tum_buf_release(&joined);
    return tum_list_end(b);
}

/* Prints the row and adds it to the message; the mapping is owned. */
static tum_val keep_row(struct tum_run *run, tum_val row, struct tum_buf *message)
{
    struct tum_map_builder *b = tum_map_begin(TUM_LEN(cells));
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    for (size_t i = 0; i < TUM_LEN(cells); i++) {
        tum_val cell = i < tum_list_len(row) ? tum_list_get(row, i) : tum_val_str("");

        if (i > 0)
            tum_buf_addc(message, '/');
        tum_val_write_str(message, cell);
        if (i < tum_list_len(row)) {
            tum_buf_adds(&text, i > 0 ? "/" : "");
            tum_val_write_str(&text, cell);
        }
        tum_map_adds(b, cells[i], cell);
    }
    tum_out(run, "Reference: %s", text.s);
    tum_buf_release(&text);
    return tum_map_end(b);
}

static void keep_rows(struct tum_run *run, tum_val rows)
{
    struct tum_buf message = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_list_builder *b = tum_list_begin(4);
    size_t n = 0;
    tum_val list;

    tum_list_each (row, rows) {
        tum_val one;

        if (n > 0)
            tum_buf_addc(&message, ',');
        one = keep_row(run, *row, &message);
        tum_run_set_data(run, tum_run_printf(run, "reference_%zu", n++),
                         tum_val_ref(one));
        tum_list_add(b, one);
    }
    list = tum_list_end(b);
    tum_var_set(run, "tested_items", tum_val_ref(list));
    tum_run_set_value(run, list);
    tum_run_message(run, "%s", message.s);
    tum_buf_release(&message);
}

static enum tum_verdict references_run(struct tum_run *run, const struct tum_item *item)
{
    const struct references_data *data = tum_item_data(item);
    char *question = dialog_question(run, data->question);
    struct tum_ask ask = {.kind = TUM_ASK_REFERENCES,
                          .question = question,
                          .rows = given_rows(run, data->reference)};
    struct dialog_reply reply;

    dialog_ask(run, &ask, data->auto_result, &reply);
    if (reply.how != DIALOG_IMPOSSIBLE)
        keep_rows(run, reply.person && reply.value.kind != TUM_NONE ? reply.value
                                                                    : ask.rows);
    tum_val_unref(reply.value);
    tum_val_unref(ask.rows);
    tum_free(question);
    return reply.how == DIALOG_ACCEPTED ? TUM_PASS : TUM_FAIL;
}

const struct tum_item_type tum_item_dialog_references = {
    .keyword = "dialog_references",
    .row_type = "References Dialog",
    .summary = "Asks a person what is tested.",
    .flags = TUM_ITEM_DIALOG,
    .params = references_params,
    .data_size = sizeof(struct references_data),
    .run = references_run,
};
