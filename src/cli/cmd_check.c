/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum check: loads campaigns and shows every finding; runs nothing.
 */
#include "base/source.h"
#include "cli/cmd.h"
#include "cli/hosted.h"
#include "cli/live.h"
#include "cli/setup.h"
#include "tum/mem.h"
#include "tum/proc.h"

struct check_opts {
    struct tum_setup setup; /* first: tum_setup_opts point into it */
    bool no_color;
};

static const struct tum_opt check_rows[] = {
    {
        .name = "no-color",
        .letter = 'o',
        .kind = TUM_OPT_FLAG,
        .help = "no colours",
        .field = TUM_OPT_FIELD(struct check_opts, no_color),
    },
    {0},
};

static const struct tum_usage check_usage = {
    .command = "check",
    .synopsis = "tum check [options] [--] FILE...",
    .about = "Loads each campaign and shows all findings. Nothing is run. Exit status "
             "0, or\n"
             "2 when a campaign would not load; warnings do not count.",
    .common = tum_setup_opts,
    .opts = check_rows,
};

struct tally {
    size_t errors, warnings;
};

/* All of them, one after the other, as compilers do: editors know that form. */
static void show_findings(struct tum_session *session, bool colours,
                          struct tum_buf *out)
{
    const struct tum_diags *diags = tum_session_diags(session);

    for (size_t i = 0; i < tum_diags_total(diags); i++) {
        const struct tum_finding *finding = tum_diags_at(diags, i);

        tum_diag_render(finding, tum_session_sources(session), colours, out);
        if (finding->where != NULL)
            tum_buf_addf(out, "   in: %s\n", finding->where);
    }
}

static void check_file(const struct check_opts *opts, const char *path,
                       struct tum_live *live, struct tally *tally)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_session_opts session_opts;
    struct tum_hosted *hosted;
    struct tum_session *session;
    struct tum_error *err = NULL;
    size_t errors;
    bool good;

    /* Services are looked up as a run would; nothing is started or recorded. */
    hosted = tum_hosted_single(path, NULL, true, &err);
    if (hosted == NULL) {
        tum_complain_take(&err);
        tally->errors++;
        return;
    }
    tum_setup_fill(&opts->setup, path, &session_opts);
    session_opts.check_only = true;
    session_opts.host = tum_hosted_host(hosted);
    session = tum_session_new(&session_opts);
    good = tum_session_load(session);
    errors = tum_diags_count(tum_session_diags(session), TUM_SEV_ERROR);
    show_findings(session, tum_live_colours(live), &text);
    tally->errors += good || errors > 0 ? errors : 1;
    tally->warnings += tum_diags_count(tum_session_diags(session), TUM_SEV_WARNING);
    tum_live_raw(live, tum_buf_str(&text));
    tum_session_free(session);
    tum_hosted_free(hosted);
}

static void count(struct tum_buf *out, size_t n, const char *noun)
{
    tum_buf_addf(out, "%zu %s%s", n, noun, n == 1 ? "" : "s");
}

static int check_files(const struct check_opts *opts, const struct tum_words *words)
{
    TUM_AUTO(tum_buf_release) struct tum_buf summary = TUM_BUF_INIT(4096);
    struct tum_live *live = tum_live_new(opts->no_color);
    struct tally tally = {0};

    for (size_t i = 0; i < words->count; i++) {
        char *path;

        if (tum_setup_file(words->words[i], &path)) {
            check_file(opts, path, live, &tally);
            tum_free(path);
        } else {
            tally.errors++;
        }
    }
    count(&summary, words->count, "file");
    tum_buf_adds(&summary, " checked: ");
    count(&summary, tally.errors, "error");
    tum_buf_adds(&summary, ", ");
    count(&summary, tally.warnings, "warning");
    tum_buf_addc(&summary, '\n');
    tum_live_raw(live, tum_buf_str(&summary));
    tum_live_free(live);
    tum_guardian_close(TUM_END_PATIENCE);
    return tally.errors > 0 ? TUM_STATUS_USAGE : TUM_STATUS_PASSED;
}

static int check_main(int argc, char **argv)
{
    struct check_opts opts = {0};
    struct tum_line line;
    int status;

    if (tum_command_line(&check_usage, argc, argv, &opts, &line, &status)) {
        if (line.words.count == 0)
            tum_opts_take_file(&line, ".tum");
        if (line.words.count == 0)
            status = tum_command_no_file(&check_usage, &line);
        else
            status = tum_setup_read(&opts.setup) ? check_files(&opts, &line.words)
                                                 : TUM_STATUS_USAGE;
    }
    tum_words_release(&line.words);
    tum_setup_release(&opts.setup);
    return status;
}

const struct tum_command tum_command_check = {.name = "check", .run = check_main};
