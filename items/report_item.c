/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: exports what has been recorded so far.
 */
#include "items.h"

struct report_data {
    const struct tum_arg *export;
};

static const struct tum_param report_params[] = {
    {
        .name = "export",
        .doc =
            "What to write: a list of {format: {path, file_name, pattern, key, cmd}}.",
        .takes = TUM_TAKES_LIST,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct report_data, export),
    },
    {0},
};

/* Only a text is expanded here: inside, each field is when it is used. */
static enum tum_verdict report_run(struct tum_run *run, const struct tum_item *item)
{
    const struct report_data *data = tum_item_data(item);
    tum_val raw = tum_arg_raw(data->export);
    tum_val exports = raw.kind == TUM_STR ? tum_expand(run, raw) : tum_val_ref(raw);
    struct tum_error *err = NULL;
    enum tum_verdict verdict = TUM_PASS;

    if (exports.kind == TUM_NONE)
        verdict =
            tum_run_failed(run, "'export' must be a list or a mapping, found null");
    else if (!tum_run_export(run, exports, &err))
        verdict = tum_run_broken(run, err);
    tum_val_unref(exports);
    return verdict;
}

const struct tum_item_type tum_item_report = {
    .keyword = "report",
    .row_type = "Report",
    .summary = "Exports the rows recorded so far.",
    .params = report_params,
    .data_size = sizeof(struct report_data),
    .run = report_run,
};
