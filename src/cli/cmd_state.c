/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum last, flaky, status, history: answers from the state of batches. tum merge: one
 * report of several shards. tum gate: a verdict for a pipeline.
 */
#include "batch/gate.h"
#include "batch/history.h"
#include "batch/reports.h"
#include "cli/cmd.h"
#include "cli/cmd_batch.h"
#include "cli/live.h"
#include "engine/session.h"
#include "tum/mem.h"
#include "tum/proc.h"

struct state_opts {
    struct tum_setup setup;
    const char *report_dir, *junit_dialect, *ref, *jobs;
    bool json;
};

static int answer(struct tum_buf *out, bool ok, struct tum_error *err)
{
    if (!ok) {
        tum_complain_take(&err);
        return TUM_STATUS_USAGE;
    }
    return tum_print(tum_buf_str(out)) ? TUM_STATUS_PASSED : TUM_STATUS_INTERNAL;
}

/* A command that takes `most` words at most. */
static bool read_line(const struct tum_usage *usage, int argc, char **argv,
                      struct state_opts *opts, struct tum_line *line, size_t least,
                      size_t most, int *ret_status)
{
    if (!tum_command_line(usage, argc, argv, opts, line, ret_status))
        return false;
    if (line->words.count < least)
        *ret_status = tum_command_wrong(usage, "too few words");
    else if (line->words.count > most)
        *ret_status =
            tum_command_wrong(usage, "'%s' is too much", line->words.words[most]);
    else
        return true;
    return false;
}

/* A command that takes so many words and prints one answer of the state. */
static int ask(const struct tum_usage *usage, size_t words,
               bool (*answer_of)(const struct state_opts *opts, const char *word,
                                 struct tum_buf *out, struct tum_error **err),
               int argc, char **argv)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct state_opts opts = {0};
    struct tum_error *err = NULL;
    struct tum_line line;
    int status;
    bool ok;

    if (read_line(usage, argc, argv, &opts, &line, words, words, &status)) {
        ok = answer_of(&opts, words > 0 ? line.words.words[0] : NULL, &out, &err);
        status = answer(&out, ok, err);
    }
    tum_words_release(&line.words);
    return status;
}

static const struct tum_usage last_usage = {
    .command = "last",
    .synopsis = "tum last",
    .about =
        "The nodes that failed in their last run, one a line, as tum -b takes them.",
};

static bool ask_last(const struct state_opts *opts, const char *word,
                     struct tum_buf *out, struct tum_error **err)
{
    (void)opts;
    (void)word;
    return tum_history_last(out, err);
}

static int last_main(int argc, char **argv)
{
    return ask(&last_usage, 0, ask_last, argc, argv);
}

const struct tum_command tum_command_last = {.name = "last", .run = last_main};

static const struct tum_usage flaky_usage = {
    .command = "flaky",
    .synopsis = "tum flaky",
    .about =
        "Nodes that passed only after another attempt, or are listed as flaky and\n"
        "failed: by their share of the last 50 runs.",
};

static bool ask_flaky(const struct state_opts *opts, const char *word,
                      struct tum_buf *out, struct tum_error **err)
{
    (void)opts;
    (void)word;
    return tum_history_flaky(out, err);
}

static int flaky_main(int argc, char **argv)
{
    return ask(&flaky_usage, 0, ask_flaky, argc, argv);
}

const struct tum_command tum_command_flaky = {.name = "flaky", .run = flaky_main};

static const struct tum_opt status_rows[] = {
    {.name = "json",
     .kind = TUM_OPT_FLAG,
     .help = "as one JSON object",
     .field = TUM_OPT_FIELD(struct state_opts, json)},
    {0},
};

static const struct tum_usage status_usage = {
    .command = "status",
    .synopsis = "tum status [--json]",
    .about = "What batches have run so far, and the one that is under way.",
    .opts = status_rows,
};

static bool ask_status(const struct state_opts *opts, const char *word,
                       struct tum_buf *out, struct tum_error **err)
{
    (void)word;
    return tum_history_status(opts->json, out, err);
}

static int status_main(int argc, char **argv)
{
    return ask(&status_usage, 0, ask_status, argc, argv);
}

const struct tum_command tum_command_status = {.name = "status", .run = status_main};

static const struct tum_usage history_usage = {
    .command = "history",
    .synopsis = "tum history FILE::NODE",
    .about = "The recent runs of one node, the last one first.",
};

static bool ask_history(const struct state_opts *opts, const char *word,
                        struct tum_buf *out, struct tum_error **err)
{
    (void)opts;
    return tum_history_node(word, out, err);
}

static int history_main(int argc, char **argv)
{
    return ask(&history_usage, 1, ask_history, argc, argv);
}

const struct tum_command tum_command_history = {.name = "history", .run = history_main};

/* ---- merge ---- */

static const char *const junit_ways[] = {"default", "jenkins-xsd", NULL};

static const struct tum_opt merge_rows[] = {
    {.name = "report-dir",
     .kind = TUM_OPT_TEXT,
     .value = "DIR",
     .help = "where the joined report is written (merged)",
     .field = TUM_OPT_FIELD(struct state_opts, report_dir)},
    {.name = "junit-dialect",
     .kind = TUM_OPT_TEXT,
     .value = "D",
     .help = "jenkins-xsd: what the public Jenkins schema allows",
     .choices = junit_ways,
     .field = TUM_OPT_FIELD(struct state_opts, junit_dialect)},
    {0},
};

static const struct tum_usage merge_usage = {
    .command = "merge",
    .synopsis = "tum merge [--report-dir DIR] DIR...",
    .about =
        "Joins the reports of shards into one, with one exit status. Of several runs "
        "of\na shard the last one counts. A missing shard is a failure.",
    .opts = merge_rows,
};

static bool is_jenkins(const struct state_opts *opts)
{
    return opts->junit_dialect != NULL &&
           strcmp(opts->junit_dialect, "jenkins-xsd") == 0;
}

static int merge_main(int argc, char **argv)
{
    TUM_AUTO(tum_buf_release) struct tum_buf notes = TUM_BUF_INIT(TUM_BUF_ANY);
    struct state_opts opts = {0};
    struct tum_error *err = NULL;
    struct tum_line line;
    int status;

    if (read_line(&merge_usage, argc, argv, &opts, &line, 1, SIZE_MAX, &status)) {
        const char *into = opts.report_dir != NULL ? opts.report_dir : "merged";

        if (!tum_reports_merge(line.words.words, into, is_jenkins(&opts), &status,
                               &notes, &err)) {
            tum_complain_take(&err);
            status = TUM_STATUS_USAGE;
        } else {
            tum_buf_addf(&notes, "%s: %zu reports joined in %s, exit status %d\n",
                         status == 0 ? "PASS" : "FAIL", line.words.count, into, status);
            tum_print(tum_buf_str(&notes));
        }
        tum_guardian_close(TUM_END_PATIENCE);
    }
    tum_words_release(&line.words);
    return status;
}

const struct tum_command tum_command_merge = {.name = "merge", .run = merge_main};

/* ---- gate ---- */

static const struct tum_opt gate_rows[] = {
    {.name = "jobs",
     .letter = 'j',
     .kind = TUM_OPT_TEXT,
     .value = "N",
     .help = "campaigns at once; auto: number of processors",
     .field = TUM_OPT_FIELD(struct state_opts, jobs)},
    {.name = "ref",
     .kind = TUM_OPT_TEXT,
     .value = "REF",
     .help = "judge this commit, in a work tree of its own",
     .field = TUM_OPT_FIELD(struct state_opts, ref)},
    {0},
};

static const struct tum_usage gate_usage = {
    .command = "gate",
    .synopsis = "tum gate [--ref REF] [-j N] [options]",
    .about =
        "Regression, then smoke, then one report and one exit status, as 'gate' of "
        "the\nproject file says.",
    .common = tum_setup_opts,
    .opts = gate_rows,
};

static int gate_main(int argc, char **argv)
{
    struct state_opts opts = {0};
    struct tum_live *live;
    struct tum_line line;
    struct tum_face face;
    size_t jobs = 1;
    int status;

    if (read_line(&gate_usage, argc, argv, &opts, &line, 0, 0, &status)) {
        if (!tum_jobs_read(opts.jobs, &jobs)) {
            status =
                tum_command_wrong(&gate_usage, "'%s' is no number of jobs", opts.jobs);
        } else if (!tum_setup_read(&opts.setup)) {
            status = TUM_STATUS_USAGE;
        } else {
            const struct tum_program program = {
                .path = opts.setup.program,
                .config_files =
                    opts.setup.config.given ? opts.setup.config.words : NULL,
                .defines = opts.setup.define.count > 0 ? opts.setup.define.words : NULL,
                .include_paths =
                    opts.setup.include.given ? opts.setup.include.words : NULL,
            };

            live = tum_live_new(false);
            tum_batch_face(live, &face);
            status = tum_gate_run(&program, opts.ref, jobs, &face);
            tum_live_free(live);
            tum_guardian_close(TUM_END_PATIENCE);
        }
    }
    tum_words_release(&line.words);
    tum_setup_release(&opts.setup);
    return status;
}

const struct tum_command tum_command_gate = {.name = "gate", .run = gate_main};
