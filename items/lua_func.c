/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lua_func: a function of the table that a Lua file returns.
 */
#include "func_common.h"

static const struct tum_param lua_func_params[] = {
    {
        .name = "file",
        .doc = "Lua file that returns a table; relative to the test directory.",
        .takes = TUM_TAKES_PATH,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct func_data, file),
    },
    {
        .name = "func_name",
        .doc = "Function in that table.",
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
    {0},
};

static enum tum_verdict lua_func_run(struct tum_run *run, const struct tum_item *item)
{
    static const struct tum_func_kind kind = {.language = TUM_FUNC_LUA,
                                              .variable = "lfn_"};

    return tum_func_item_run(run, item, &kind);
}

const struct tum_item_type tum_item_lua_func = {
    .keyword = "lua_func",
    .row_type = "lua Function",
    .summary = "Calls a Lua function in a worker process.",
    .flags = TUM_ITEM_LUA,
    .params = lua_func_params,
    .data_size = sizeof(struct func_data),
    .run = lua_func_run,
};
