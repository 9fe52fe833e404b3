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

    if (v.kind != TUM_LIST && v.kind != TUM_TUPLE) {
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

static tum_val read_row(struct tum_run *run, struct tum_str row,
                        struct tum_buf *message)
{
    static const char *const names[] = {"reference", "revision", "serial"};
    struct tum_map_builder *b = tum_map_begin(TUM_LEN(names));
    bool more = true;
    struct tum_str part;

    tum_out(run, "Reference: %.*s", TUM_STR_ARG(row));
    for (size_t i = 0; i < TUM_LEN(names); i++) {
        if (!tum_str_split(&row, &more, '/', &part))
            part = tum_str_n("", 0);
        tum_map_adds(b, names[i], tum_val_text_of(part));
        if (i > 0)
            tum_buf_addc(message, '/');
        tum_buf_addt(message, part);
    }
    return tum_map_end(b);
}

static enum tum_verdict references_run(struct tum_run *run, const struct tum_item *item)
{
    const struct references_data *data = tum_item_data(item);
    struct tum_buf joined = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_buf message = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_list_builder *b;
    struct tum_str rest, row;
    tum_val given, list;
    bool more = true;
    size_t n = 0;
    enum dialog_answer how;

    tum_free(dialog_question(run, data->question));
    how = dialog_answer(run, data->auto_result);
    if (how == DIALOG_IMPOSSIBLE)
        return TUM_FAIL;
    given = tum_arg_value(run, data->reference);
    join_rows(given, &joined);
    tum_val_unref(given);
    rest = tum_buf_str(&joined);
    b = tum_list_begin(4);
    while (tum_str_split(&rest, &more, ',', &row)) {
        tum_val one;

        if (n > 0)
            tum_buf_addc(&message, ',');
        one = read_row(run, row, &message);
        tum_run_set_data(run, tum_run_printf(run, "reference_%zu", n++),
                         tum_val_ref(one));
        tum_list_add(b, one);
    }
    list = tum_list_end(b);
    tum_var_set(run, "tested_items", tum_val_ref(list));
    tum_run_set_value(run, list);
    tum_run_message(run, "%s", message.s);
    tum_buf_release(&joined);
    tum_buf_release(&message);
    return how == DIALOG_ACCEPTED ? TUM_PASS : TUM_FAIL;
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
