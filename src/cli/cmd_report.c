/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum report: the record of a run in another format. Reads the database, also while a
 * run writes it, and changes nothing in it.
 */
#include "base/path.h"
#include "batch/history.h"
#include "batch/reports.h"
#include "cli/cmd.h"
#include "cli/live.h"
#include "cli/setup.h"
#include "engine/session.h"
#include "export/outfile.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Formats that a choice of the option lists at most. */
#define FORMATS_LIMIT 32

struct report_opts {
    const char *format, *output, *report_dir, *junit_dialect;
    struct tum_words patterns, keys;
};

static const char *const junit_ways[] = {"default", "jenkins-xsd", NULL};

static const struct tum_opt report_rows[] = {
    {
        .name = "format",
        .letter = 'f',
        .kind = TUM_OPT_TEXT,
        .value = "FORMAT",
        .help = "text (the default), json, junit or html",
        .field = TUM_OPT_FIELD(struct report_opts, format),
    },
    {
        .name = "output",
        .letter = 'o',
        .kind = TUM_OPT_TEXT,
        .value = "FILE",
        .help = "write this file; an existing one is renamed FILE-N.saved",
        .field = TUM_OPT_FIELD(struct report_opts, output),
    },
    {
        .name = "pattern",
        .letter = 'n',
        .kind = TUM_OPT_LIST,
        .value = "P...",
        .help = "rows with such a name; % is any text, _ a character",
        .field = TUM_OPT_FIELD(struct report_opts, patterns),
        .quotes = true,
    },
    {
        .name = "key",
        .letter = 'k',
        .kind = TUM_OPT_LIST,
        .value = "P...",
        .help = "rows with such a key, besides those of --pattern",
        .field = TUM_OPT_FIELD(struct report_opts, keys),
        .quotes = true,
    },
    {
        .name = "report-dir",
        .kind = TUM_OPT_TEXT,
        .value = "DIR",
        .help = "of a batch: write its reports there, not into its folder",
        .field = TUM_OPT_FIELD(struct report_opts, report_dir),
    },
    {
        .name = "junit-dialect",
        .kind = TUM_OPT_TEXT,
        .value = "D",
        .help = "of a batch: jenkins-xsd, what the public Jenkins schema allows",
        .choices = junit_ways,
        .field = TUM_OPT_FIELD(struct report_opts, junit_dialect),
    },
    {0},
};

static const struct tum_usage report_usage = {
    .command = "report",
    .synopsis = "tum report [options] [--] DB\ntum report [options] [FOLDER]",
    .about =
        "Shows the recorded run DB (a report database) in a format. Exit status 0; 2\n"
        "when DB is no report; 3 when the output could not be written.\n"
        "Of a FOLDER that a batch left (without one: the last batch), its reports are\n"
        "written again, also when the batch was killed.",
    .opts = report_rows,
};

/* Formats that can be made of a database alone; `ret` is NULL-terminated. */
static void formats(const char *ret[FORMATS_LIMIT + 1])
{
    size_t count = 0;

    for (size_t i = 0; tum_exporters[i] != NULL && count < FORMATS_LIMIT; i++) {
        if (tum_exporters[i]->write != NULL)
            ret[count++] = tum_exporters[i]->name;
    }
    ret[count] = NULL;
}

static const struct tum_exporter *find_format(const char *name, int *ret_status)
{
    TUM_AUTO(tum_buf_release) struct tum_buf all = TUM_BUF_INIT(4096);
    const char *names[FORMATS_LIMIT + 1], *near;
    const struct tum_exporter *exporter = tum_exporter_find(name);

    if (exporter != NULL && exporter->write != NULL)
        return exporter;
    formats(names);
    for (size_t i = 0; names[i] != NULL; i++)
        tum_buf_addf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    near = tum_str_nearest(tum_str_of(name), names);
    *ret_status =
        tum_command_wrong(&report_usage, "option '--format': '%s' is none of %s%s%s%s",
                          name, all.s, near != NULL ? "; did you mean '" : "",
                          near != NULL ? near : "", near != NULL ? "'?" : "");
    return NULL;
}

static int fail(struct tum_error *err, int status)
{
    tum_complain_take(&err);
    return status;
}

/* The exporter writes to standard output instead of a file of its own. */
static int report_print(const struct tum_export_opts *export,
                        const struct tum_exporter *exporter)
{
    struct tum_outfile out = {.fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)};
    struct tum_error *err = NULL;
    int os = 0;

    tum_buf_init(&out.buf, TUM_BUF_ANY);
    if (!exporter->write(export, &out, &err) || !tum_outfile_finish(&out, &err)) {
        for (const struct tum_error *e = err; e != NULL; e = e->cause)
            os = e->os != 0 ? e->os : os;
    }
    tum_outfile_release(&out);
    if (err == NULL)
        return TUM_STATUS_PASSED;
    if (os != EPIPE)
        return fail(err, TUM_STATUS_INTERNAL);
    tum_error_free(err); /* the reader has seen enough */
    return TUM_STATUS_INTERNAL;
}

static int report_write(const struct report_opts *opts,
                        const struct tum_exporter *exporter, const char *path)
{
    TUM_AUTO(tum_report_closep) struct tum_report *report = NULL;
    struct tum_error *err = NULL;
    struct tum_export_opts export = {
        .path = opts->output,
        .filter =
            {
                .patterns = opts->patterns.words,
                .pattern_count = opts->patterns.count,
                .keys = opts->keys.words,
                .key_count = opts->keys.count,
            },
    };

    if (tum_path_is_folder(path)) {
        tum_complain("'%s' is a folder, not a report database", path);
        return TUM_STATUS_USAGE;
    }
    if (!tum_report_open(path, &report, &err))
        return fail(err, TUM_STATUS_USAGE);
    export.report = report;
    if (opts->output == NULL)
        return report_print(&export, exporter);
    if (tum_export_run(exporter->name, &export, &err))
        return TUM_STATUS_PASSED;
    tum_error_wrap(&err, "'%s'", opts->output);
    return fail(err, TUM_STATUS_INTERNAL);
}

/* A folder, but not one that nothing is known of. */
static bool is_batch(const char *path)
{
    TUM_AUTO(tum_freep) char *events = tum_path_join(path, "events.jsonl");

    return tum_path_is_folder(path) && tum_path_is_file(events);
}

static int report_batch(const struct report_opts *opts, const char *path)
{
    struct tum_error *err = NULL;
    TUM_AUTO(tum_freep)
    char *folder = path != NULL ? tum_strdup(path) : tum_history_folder(NULL, &err);
    const char *into = opts->report_dir != NULL ? opts->report_dir : folder;
    bool jenkins =
        opts->junit_dialect != NULL && strcmp(opts->junit_dialect, "jenkins-xsd") == 0;

    if (err != NULL)
        return fail(err, TUM_STATUS_USAGE);
    if (folder == NULL)
        return tum_command_wrong(
            &report_usage, "no report database given, and no batch is known here");
    if (!tum_reports_write(folder, into, jenkins, &err))
        return fail(err, TUM_STATUS_INTERNAL);
    tum_guardian_close(TUM_END_PATIENCE);
    TUM_AUTO(tum_freep) char *text = tum_asprintf("reports: %s\n", into);
    return tum_print(tum_str_of(text)) ? TUM_STATUS_PASSED : TUM_STATUS_INTERNAL;
}

static int report_main(int argc, char **argv)
{
    struct report_opts opts = {0};
    const struct tum_exporter *exporter;
    struct tum_line line;
    int status;

    if (tum_command_line(&report_usage, argc, argv, &opts, &line, &status)) {
        if (line.words.count > 1)
            status =
                tum_command_wrong(&report_usage, "more than one report database given");
        else if (line.words.count == 0 || is_batch(line.words.words[0]))
            status =
                report_batch(&opts, line.words.count > 0 ? line.words.words[0] : NULL);
        else if ((exporter = find_format(opts.format != NULL ? opts.format : "text",
                                         &status)) != NULL)
            status = report_write(&opts, exporter, line.words.words[0]);
    }
    tum_words_release(&line.words);
    tum_words_release(&opts.patterns);
    tum_words_release(&opts.keys);
    return status;
}

const struct tum_command tum_command_report = {.name = "report", .run = report_main};
