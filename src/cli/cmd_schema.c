/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum schema: the item tables as JSON Schema, or as the generated part of tum-items(7).
 */
#include "batch/project.h"
#include "cli/cmd.h"
#include "cli/live.h"
#include "engine/describe.h"
#include "engine/session.h"
#include "items.h"

struct schema_opts {
    bool manual, project;
};

static const struct tum_opt schema_rows[] = {
    {
        .name = "manual",
        .kind = TUM_OPT_FLAG,
        .help = "the parameters of all items as mdoc source",
        .field = TUM_OPT_FIELD(struct schema_opts, manual),
    },
    {
        .name = "project",
        .kind = TUM_OPT_FLAG,
        .help = "the JSON Schema of the project file tum.yaml",
        .field = TUM_OPT_FIELD(struct schema_opts, project),
    },
    {0},
};

static const struct tum_usage schema_usage = {
    .command = "schema",
    .synopsis = "tum schema [--manual | --project]",
    .about =
        "Prints the JSON Schema (draft 2020-12) of campaign files, for editors and\n"
        "linters. Reads no file.",
    .opts = schema_rows,
};

static int schema_main(int argc, char **argv)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct schema_opts opts = {0};
    struct tum_line line;
    int status;

    if (tum_command_line(&schema_usage, argc, argv, &opts, &line, &status)) {
        if (line.words.count > 0) {
            status = tum_command_wrong(&schema_usage, "unexpected word '%s'",
                                       line.words.words[0]);
        } else {
            if (opts.project)
                tum_project_schema(&out);
            else if (opts.manual)
                tum_describe_manual(tum_items, &out);
            else
                tum_describe_schema(tum_items, &out);
            status =
                tum_print(tum_buf_str(&out)) ? TUM_STATUS_PASSED : TUM_STATUS_INTERNAL;
        }
    }
    tum_words_release(&line.words);
    return status;
}

const struct tum_command tum_command_schema = {.name = "schema", .run = schema_main};
