/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum render: a template a line in JSON, its text or the name of its error a line in JSON.
 */
#include "cli/cmd.h"
#include "cli/linewise.h"
#include "cli/live.h"
#include "engine/session.h"
#include "tmpl/renderline.h"
#include "tum/mem.h"

struct render_opts {
    bool details;
};

static const struct tum_opt render_rows[] = {
    {
        .name = "details",
        .kind = TUM_OPT_FLAG,
        .help = "add the words of an error as \"message\"",
        .field = TUM_OPT_FIELD(struct render_opts, details),
    },
    {0},
};

static const struct tum_usage render_usage = {
    .command = "render",
    .synopsis = "tum render [--details]",
    .about =
        "Reads one JSON object a line from standard input and prints one for each:\n"
        "{\"template\": ..., \"vars\": {...}} gives {\"result\": ...} or {\"error\": "
        "...}.",
    .opts = render_rows,
};

struct rendering {
    bool details;
    size_t line;
    bool wrong; /* a line was no such object */
};

static void answer(void *ctx, struct tum_str line, struct tum_buf *out)
{
    struct rendering *r = ctx;
    struct tum_error *err = NULL;

    r->line++;
    if (!tum_render_line(line, r->details, out, &err)) {
        tum_error_wrap(&err, "line %zu", r->line);
        /* Where both go to one place, it is said after the answers to earlier lines. A
           broken output is noticed at the next answer. */
        tum_print(tum_buf_str(out));
        tum_buf_reset(out);
        tum_complain_take(&err);
        /* A line in, a line out, so that answers can be counted off. */
        tum_buf_adds(out, "{\"error\": \"ValueError\"}");
        r->wrong = true;
    }
    tum_buf_addc(out, '\n');
}

static int render_main(int argc, char **argv)
{
    struct render_opts opts = {0};
    struct rendering r = {0};
    struct tum_line line;
    int status;

    if (tum_command_line(&render_usage, argc, argv, &opts, &line, &status)) {
        r.details = opts.details;
        if (line.words.count > 0)
            status = tum_command_wrong(
                &render_usage, "unexpected word '%s': templates come on standard input",
                line.words.words[0]);
        else
            status = tum_linewise(answer, &r);
        if (status == TUM_STATUS_PASSED && r.wrong)
            status = TUM_STATUS_USAGE;
    }
    tum_words_release(&line.words);
    return status;
}

const struct tum_command tum_command_render = {.name = "render", .run = render_main};
