/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format `command`: hands a copy of the database to a program. No shell: the words are
 * split here, and only $(db) and $(out) mean something in them.
 */
#include "base/fd.h"
#include "base/path.h"
#include "export/formats.h"
#include "export/outfile.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include "tum/words.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Kept of what the program prints. */
#define OUTPUT_LIMIT    ((size_t)16 << 20)
/* Shown of its standard error in the line that says it failed. */
#define COMPLAINT_LIMIT ((size_t)4096)
#define NO_FOLDER       "/tmp"

/* ---- $(db) and $(out) ---- */

static char *fill_in(const char *word, const char *db, const char *out)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    while (*word != '\0') {
        struct tum_str rest = tum_str_of(word);

        if (tum_str_starts(rest, "$(db)")) {
            tum_buf_adds(&text, db);
            word += strlen("$(db)");
        } else if (tum_str_starts(rest, "$(out)")) {
            tum_buf_adds(&text, out);
            word += strlen("$(out)");
        } else {
            tum_buf_addc(&text, *word++);
        }
    }
    return tum_buf_detach(&text);
}

static void fill_in_all(char **words, const char *db, const char *out)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        char *word = words[i];

        words[i] = fill_in(word, db, out);
        tum_free(word);
    }
}

/* ---- running ---- */

static bool judge(const struct tum_proc_result *result, const char *program,
                  struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf status = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str said = tum_str_trim(tum_buf_str(&result->err));

    if (result->stopped)
        return tum_fail(err, TUM_ERROR_STOPPED, "'%s' was stopped", program);
    if (result->status.exited && result->status.code == 0)
        return true;
    tum_proc_status_text(&result->status, &status);
    said = tum_str_sub(said, 0, COMPLAINT_LIMIT);
    return tum_fail(err, TUM_ERROR_LOST, "'%s' ended with %s%s%.*s", program, status.s,
                    said.n > 0 ? ": " : "", TUM_STR_ARG(said));
}

static bool run_words(const struct tum_export_opts *opts, char **words,
                      struct tum_error **err)
{
    const char *folder = opts->folder != NULL ? opts->folder : NO_FOLDER;
    struct tum_proc_result result;
    struct tum_proc_run_opts run = {
        .proc = {TUM_PROC_OPTS, .argv = (const char *const *)words,
                 .directory = folder},
        .stop = opts->stop,
        .wait_end = !opts->no_header, /* an item that is stopped ends at once */
        .out_limit = OUTPUT_LIMIT,
    };
    bool good;

    if (!tum_proc_run(&run, &result, err)) {
        tum_error_wrap(err, "cannot start '%s' in '%s'", words[0], folder);
        return false;
    }
    if (opts->output != NULL && result.out.len > 0)
        opts->output(opts->output_ctx, tum_buf_str(&result.out));
    good = judge(&result, words[0], err);
    tum_proc_result_release(&result);
    return good;
}

static bool run_on_copy(const struct tum_export_opts *opts, char **words,
                        struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *out = NULL;
    TUM_AUTO(tum_freep) char *copy = NULL;
    bool good;

    /* The program runs elsewhere; a relative path is meant from here. */
    out = opts->path == NULL || opts->path[0] == '\0' ? tum_strdup("")
          : opts->path[0] == '/'                      ? tum_strdup(opts->path)
                                                      : tum_path_absolute(opts->path);
    if (!tum_outfile_scratch(&copy, err))
        return false;
    good = tum_report_copy(opts->report, copy, err);
    if (good) {
        fill_in_all(words, copy, out);
        good = run_words(opts, words, err);
    }
    unlink(copy);
    return good;
}

static bool command_run(const struct tum_export_opts *opts, struct tum_error **err)
{
    char **words;
    bool good;

    if (opts->cmd == NULL)
        return tum_fail(err, TUM_ERROR_VALUE, "'cmd' is missing or no text");
    if (!tum_words_split(opts->cmd, &words, err)) {
        tum_error_wrap(err, "'cmd' cannot be split");
        return false;
    }
    good = words[0] != NULL ? run_on_copy(opts, words, err)
                            : tum_fail(err, TUM_ERROR_VALUE, "'cmd' is empty");
    tum_words_free(words);
    return good;
}

const struct tum_exporter tum_export_command = {
    .name = "command",
    .doc = "Runs a program on a copy of the database.",
    .run = command_run,
};
