/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_func: a function, or a class with an `exec`, of a Python file.
 */
#include "func_common.h"

static const struct tum_param py_func_params[] = {
    {
        .name = "file",
        .doc = "Python file; relative to the test directory.",
        .takes = TUM_TAKES_PATH,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct func_data, file),
    },
    {
        .name = "func_name",
        .doc = "Function of the file, or class derived from FunctionItem.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct func_data, func_name),
    },
    {
        .name = "param",
        .doc = "Arguments: a list, or anything else as the only one.",
        .takes = TUM_TAKES_LIST,
        .field = TUM_FIELD(struct func_data, param),
    },
    {
        .name = "context_id",
        .doc = "Calls of one context share a process; without, each has its own.",
        .takes = TUM_TAKES_ANY,
        .field = TUM_FIELD(struct func_data, context_id),
    },
    {
        .name = "debug",
        .doc = "True: waits for a debugger (debugpy) before the call.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct func_data, debug),
        .deflt = "false",
    },
    {0},
};

static enum tum_verdict py_func_run(struct tum_run *run, const struct tum_item *item)
{
    static const struct tum_func_kind kind = {
        .language = TUM_FUNC_PYTHON, .variable = "pfn_", .has_data = true};

    return tum_func_item_run(run, item, &kind);
}

const struct tum_item_type tum_item_py_func = {
    .keyword = "py_func",
    .row_type = "python Function",
    .summary = "Calls a Python function in a worker process.",
    .flags = TUM_ITEM_PYTHON,
    .params = py_func_params,
    .data_size = sizeof(struct func_data),
    .run = py_func_run,
};
