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

static enum tum_verdict report_run(struct tum_run *run, const struct tum_item *item)
{
    const struct report_data *data = tum_item_data(item);
    struct tum_error *err = NULL;

    if (!tum_run_export(run, tum_arg_raw(data->export), &err))
        return tum_run_broken(run, err);
    return TUM_PASS;
}

const struct tum_item_type tum_item_report = {
    .keyword = "report",
    .row_type = "Report",
    .summary = "Exports the rows recorded so far.",
    .params = report_params,
    .data_size = sizeof(struct report_data),
    .run = report_run,
};
