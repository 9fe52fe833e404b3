/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum [-b] FILE: loads one campaign, runs it, leaves with its status. What happens in
 * between is the engine's; here is the way from the words of the command line to it,
 * and from its lines to the terminal.
 */
#include "base/path.h"
#include "batch/link.h"
#include "batch/project.h"
#include "cli/askterm.h"
#include "cli/cmd.h"
#include "cli/cmd_batch.h"
#include "cli/control.h"
#include "cli/hosted.h"
#include "cli/live.h"
#include "cli/setup.h"
#include "engine/nested.h"
#include "tum/mem.h"
#include "tum/proc.h"

struct run_opts {
    /* First, in this order: struct tum_run_words. */
    struct tum_setup setup;
    struct tum_batch_words batch_words;
    struct tum_words patterns;
    const char *report_file, *report_type, *log_file;
    const char *record, *replay;
    bool batch, interactive, no_color, strict01;
};

static const char *const report_types[] = {"sqlite", "junit", "json",
                                           "html",   "text",  NULL};

static const struct tum_opt run_rows[] = {
    {
        .name = "report-type",
        .letter = 't',
        .kind = TUM_OPT_TEXT,
        .value = "TYPE",
        .help = "record, export as sqlite, junit, json, html or text",
        .choices = report_types,
        .field = TUM_OPT_FIELD(struct run_opts, report_type),
    },
    {
        .name = "report-file",
        .letter = 'p',
        .kind = TUM_OPT_TEXT,
        .value = "FILE",
        .help = "where -t writes",
        .field = TUM_OPT_FIELD(struct run_opts, report_file),
        .quotes = true,
    },
    {
        .name = "report-pattern",
        .letter = 'n',
        .kind = TUM_OPT_LIST,
        .value = "P...",
        .help = "names that -t exports; % stands for any text",
        .field = TUM_OPT_FIELD(struct run_opts, patterns),
        .quotes = true,
    },
    {
        .name = "batch-execution",
        .letter = 'b',
        .kind = TUM_OPT_FLAG,
        .help = "ask nobody: dialogs answer by themselves",
        .field = TUM_OPT_FIELD(struct run_opts, batch),
    },
    {
        .name = "interactive",
        .kind = TUM_OPT_FLAG,
        .rank = 1,
        .help = "ask on this terminal, as without -b",
        .field = TUM_OPT_FIELD(struct run_opts, interactive),
    },
    {
        .name = "no-color",
        .letter = 'o',
        .kind = TUM_OPT_FLAG,
        .help = "no colours",
        .field = TUM_OPT_FIELD(struct run_opts, no_color),
    },
    {
        .name = "record",
        .kind = TUM_OPT_TEXT,
        .value = "DIR",
        .rank = 1,
        .help = "record every byte of every channel",
        .field = TUM_OPT_FIELD(struct run_opts, record),
    },
    {
        .name = "replay",
        .kind = TUM_OPT_TEXT,
        .value = "DIR",
        .rank = 1,
        .help = "run against such a recording, without hardware",
        .field = TUM_OPT_FIELD(struct run_opts, replay),
    },
    {
        .name = "exit-strict01",
        .kind = TUM_OPT_FLAG,
        .rank = 1,
        .help = "exit status 1 for everything but 0",
        .field = TUM_OPT_FIELD(struct run_opts, strict01),
    },
    {
        .name = "log-file",
        .letter = 'l',
        .kind = TUM_OPT_TEXT,
        .value = "FILE",
        .field = TUM_OPT_FIELD(struct run_opts, log_file),
        .quotes = true,
    },
    /* Of a graphical front end; scripts pass them. */
    {.name = "run-and-close", .letter = 'r', .kind = TUM_OPT_NOTHING},
    {.name = "debug", .letter = 'g', .kind = TUM_OPT_NOTHING},
    {.name = "dev-debug", .kind = TUM_OPT_NOTHING},
    {0},
};

static const struct tum_usage run_usage = {
    .synopsis = "tum [-b] [options] FILE      run a campaign\n"
                "tum COMMAND [options] ...    see tum COMMAND --help",
    .about = "  check FILE...    show all findings, run nothing\n"
             "  list FILE        show the tree of items\n"
             "  report DB        show a recorded run\n"
             "  schema, lsp      JSON Schema; language server for editors\n"
             "  eval, render     evaluate expressions, render templates\n"
             "  last, flaky, status, history, merge, gate: see tum-batch(7)",
    .common = tum_setup_opts,
    .opts = run_rows,
    .more = tum_batch_opts_rows,
    .after = "A list takes every word up to the next option; -- ends it. See tum(1).",
};

/* The one file of the line; the status is that of a usage error. */
static bool find_file(struct tum_line *line, char **ret_path, int *ret_status)
{
    if (line->words.count == 0 && tum_opts_take_file(line, ".tum") &&
        line->last_list->count == 0) {
        *ret_status =
            tum_command_wrong(&run_usage, "option '--%s' needs at least one value: %s",
                              line->last_opt->name, line->last_opt->value);
        return false;
    }
    if (line->words.count == 0) {
        *ret_status = tum_command_no_file(&run_usage, line);
        return false;
    }
    *ret_status = TUM_STATUS_USAGE;
    return tum_setup_file(line->words.words[0], ret_path);
}

static void show_findings(struct tum_session *session, struct tum_live *live)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_session_show(session, tum_live_colours(live), &text);
    tum_live_raw(live, tum_buf_str(&text));
}

static int run_session(struct tum_session *session, struct tum_live *live,
                       struct tum_hosted *hosted)
{
    const struct tum_sink sink = {.take = tum_live_event, .ctx = live};
    struct tum_control *control = NULL;
    struct tum_error *err = NULL;
    int status;

    if (!tum_control_start(session, live, &control, &err)) {
        tum_complain_take(&err);
        return TUM_STATUS_INTERNAL;
    }
    if (!tum_session_load(session)) {
        show_findings(session, live);
        tum_control_end(control);
        return TUM_STATUS_USAGE;
    }
    tum_hosted_loaded(hosted, session);
    if (tum_live_is_terminal(live)) {
        tum_session_add_sink(session, &sink);
        tum_live_begin(live, tum_session_root(session));
    }
    tum_control_loaded(control);
    status = tum_session_run(session);
    tum_hosted_ran(hosted, session);
    tum_live_end(live);
    tum_control_end(control);
    return status;
}

/* Dialogs are asked on a terminal unless -b is given; *ret_term stays NULL when nobody is
   there to answer. */
static bool find_person(const struct run_opts *opts, struct tum_live *live,
                        struct tum_askterm **ret_term)
{
    bool wanted = opts->interactive || !opts->batch;

    if (wanted && opts->batch_words.link == NULL && tum_askterm_possible(live))
        *ret_term = tum_askterm_new(live);
    if (opts->interactive && *ret_term == NULL)
        tum_complain("option '--interactive' needs a terminal for input and output");
    return !opts->interactive || *ret_term != NULL;
}

static int run_campaign(struct run_opts *opts, const char *path)
{
    struct tum_session_opts session_opts;
    struct tum_session *session;
    struct tum_live *live;
    struct tum_askterm *term = NULL;
    struct tum_hosted *hosted = NULL;
    struct tum_error *err = NULL;
    int status = TUM_STATUS_USAGE;

    tum_control_block();
    if (!tum_nested_enter(path, &err)) {
        tum_complain_take(&err);
        return TUM_STATUS_USAGE;
    }
    if (opts->batch_words.link == NULL)
        hosted = tum_hosted_single(path, opts->batch_words.events,
                                   opts->batch_words.no_services, &err);
    else
        tum_hosted_open(TUM_LINK_NUMBER, &hosted, &err);
    if (hosted == NULL) {
        tum_complain_take(&err);
        return TUM_STATUS_INTERNAL;
    }
    live = tum_live_new(opts->no_color);
    if (opts->log_file != NULL)
        tum_live_output(live, TUM_S("\"-l\" option is not supported in this mode.\n"));
    tum_setup_fill(&opts->setup, path, &session_opts);
    session_opts.report_type = opts->report_type;
    session_opts.report_file = opts->report_file;
    session_opts.record = opts->record;
    session_opts.replay = opts->replay;
    session_opts.report_patterns = opts->patterns.given ? opts->patterns.words : NULL;
    session_opts.output = tum_live_output;
    session_opts.output_ctx = live;

    session_opts.host = tum_hosted_host(hosted);
    if (find_person(opts, live, &term)) {
        session_opts.ask = term != NULL ? tum_askterm_ask : NULL;
        session_opts.ask_ctx = term;
        session = tum_session_new(&session_opts);
        status = run_session(session, live, hosted);
        tum_session_free(session);
    }
    tum_askterm_free(term);
    tum_live_free(live);
    tum_guardian_close(TUM_END_PATIENCE);
    tum_hosted_end(hosted, status);
    tum_hosted_free(hosted);
    return status;
}

/* The first form is for exactly one file and none of the options of batches. */
static bool is_batch(const struct run_opts *opts, const struct tum_line *line)
{
    const char *word = line->words.count == 1 ? line->words.words[0] : NULL;

    if (opts->batch_words.link != NULL)
        return false;
    if (tum_batch_is_asked(&opts->batch_words) || line->words.count > 1)
        return true;
    /* No path at all, also not at the end of a list: those of the project file. */
    if (line->words.count == 0 && opts->batch && !tum_opts_has_file(line, ".tum")) {
        TUM_AUTO(tum_freep) char *cwd = tum_path_cwd();

        return tum_project_exists(cwd);
    }
    return word != NULL &&
           (tum_path_is_folder(word) || strstr(word, "::") != NULL ||
            strpbrk(word, "*?[") != NULL) &&
           !tum_path_is_file(word);
}

static int run_batch(struct run_opts *opts, struct tum_line *line)
{
    const char *option = opts->report_type != NULL   ? "-t"
                         : opts->report_file != NULL ? "-p"
                         : opts->patterns.given      ? "-n"
                         : opts->interactive         ? "--interactive"
                         : opts->record != NULL      ? "--record"
                         : opts->replay != NULL      ? "--replay"
                                                     : NULL;
    struct tum_run_words words;

    if (line->words.count == 0)
        tum_opts_take_file(line, ".tum");
    words = (struct tum_run_words){opts->setup, opts->batch_words};

    if (option != NULL)
        return tum_command_wrong(
            &run_usage, "option '%s' is for one campaign, not for a batch", option);
    return tum_batch_main(&run_usage, &words, line, opts->no_color, opts->strict01);
}

static int run_main(int argc, char **argv)
{
    struct run_opts opts = {0};
    struct tum_line line;
    char *path = NULL;
    int status;

    if (!tum_command_line(&run_usage, argc, argv, &opts, &line, &status)) {
        ;
    } else if (is_batch(&opts, &line)) {
        status =
            tum_setup_read(&opts.setup) ? run_batch(&opts, &line) : TUM_STATUS_USAGE;
    } else if (find_file(&line, &path, &status)) {
        if (opts.report_type != NULL && strcmp(opts.report_type, "sqlite") == 0 &&
            opts.report_file == NULL)
            status = tum_command_wrong(
                &run_usage, "option '-t': 'sqlite' needs a file: give one with -p");
        else
            status = tum_setup_read(&opts.setup) ? run_campaign(&opts, path)
                                                 : TUM_STATUS_USAGE;
    }
    tum_free(path);
    tum_words_release(&line.words);
    tum_words_release(&opts.patterns);
    tum_setup_release(&opts.setup);
    return opts.strict01 && status != TUM_STATUS_PASSED ? TUM_STATUS_FAILED : status;
}

const struct tum_command tum_command_run = {.run = run_main};
