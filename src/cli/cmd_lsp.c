/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum lsp: the language server, over standard input and output.
 */
#include "cli/cmd.h"
#include "cli/live.h"
#include "engine/session.h"
#include "items.h"
#include "lsp/lsp.h"
#include "tum/mem.h"
#include <unistd.h>

static const struct tum_opt lsp_rows[] = {{0}};

static const struct tum_usage lsp_usage = {
    .command = "lsp",
    .synopsis = "tum lsp",
    .about = "Serves an editor over standard input and output (Language Server\n"
             "Protocol) until it says exit. Exit status 0 after shutdown, else 1. "
             "Starts\nnothing.",
    .opts = lsp_rows,
};

static int serve(void)
{
    const struct tum_lsp_opts opts = {
        .in = STDIN_FILENO, .out = STDOUT_FILENO, .items = tum_items};
    struct tum_error *err = NULL;
    bool orderly = false;
    char *text;

    if (tum_lsp_serve(&opts, &orderly, &err))
        return orderly ? TUM_STATUS_PASSED : TUM_STATUS_FAILED;
    text = tum_error_text(err);
    tum_complain("%s", text);
    tum_free(text);
    tum_error_free(err);
    return TUM_STATUS_FAILED;
}

static int lsp_main(int argc, char **argv)
{
    struct tum_line line;
    int status;

    if (tum_command_line(&lsp_usage, argc, argv, NULL, &line, &status)) {
        if (line.words.count > 0)
            status = tum_command_wrong(&lsp_usage, "unexpected word '%s'",
                                       line.words.words[0]);
        else
            status = serve();
    }
    tum_words_release(&line.words);
    return status;
}

const struct tum_command tum_command_lsp = {.name = "lsp", .run = lsp_main};
