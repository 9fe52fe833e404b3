/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Report formats that are not built in: classes of Python packages, entry points of the
 * group testium.exporters. Each export is a process of its own on a copy of the
 * database (tum_plugin.py).
 */
#include "engine/plugin.h"

#include "base/fd.h"
#include "base/path.h"
#include "engine/functions.h"
#include "engine/pythons.h"
#include "export/outfile.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include "worker/embedded.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define TELL_NUMBER 99
#define TELL_TEXT   "99"
#define TOLD_LIMIT  ((size_t)64 << 10)

static tum_val text_list(const char *const *texts, size_t count)
{
    struct tum_list_builder *b = tum_list_begin(count);

    for (size_t i = 0; i < count; i++)
        tum_list_add(b, tum_val_str(texts[i]));
    return tum_list_end(b);
}

static char *make_job(struct tum_session *session, const char *format, const char *db,
                      const struct tum_export_opts *opts)
{
    TUM_AUTO(tum_freep) char *runtime = tum_functions_runtime(session);
    TUM_AUTO(tum_freep) char *parent = tum_path_folder(runtime);
    TUM_AUTO(tum_freep) char *folder = tum_path_join(parent, "report");
    struct tum_map_builder *b = tum_map_begin(8);
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    tum_val job;

    tum_map_adds(b, "format", tum_val_str(format));
    tum_map_adds(b, "folder", tum_val_str(folder));
    tum_map_adds(b, "db", tum_val_str(db));
    tum_map_adds(b, "name", tum_val_str(opts->title != NULL ? opts->title : ""));
    tum_map_adds(b, "path",
                 opts->path != NULL ? tum_val_str(opts->path) : tum_val_none());
    tum_map_adds(b, "pats",
                 text_list(opts->filter.patterns, opts->filter.pattern_count));
    tum_map_adds(b, "keys", text_list(opts->filter.keys, opts->filter.key_count));
    tum_map_adds(b, "no_header", tum_val_bool(opts->no_header));
    job = tum_map_end(b);
    tum_json_write_data(&text, job);
    tum_val_unref(job);
    return tum_buf_detach(&text);
}

/* Behind the greeting {"unknown": [names]} or {"failed": text}; nothing: see how it
   ended. */
static bool judge(const struct tum_proc_result *result, struct tum_str told,
                  struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf status = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *ignored = NULL;
    tum_val message = tum_val_none(), v;
    bool ok = false;

    told = tum_str_sub(told, tum_str_find_char(told, '\n', 0) + 1, told.n);
    if (told.n > 0 && !tum_json_read(told, (struct tum_span){0}, &message, &ignored))
        tum_error_free(ignored);
    if (tum_map_peeks(message, "unknown", &v)) {
        const char **names = tum_new_array(const char *, tum_list_len(v) + 1);
        size_t n = 0;

        tum_list_each (name, v)
            names[n++] = tum_val_text(*name).s;
        tum_export_unknown(names, n, err);
        tum_free(names);
    } else if (tum_map_peeks(message, "failed", &v)) {
        tum_fail(err, TUM_ERROR_LOST, "%s", tum_val_text(v).s);
    } else if (result->stopped) {
        tum_fail(err, TUM_ERROR_STOPPED, "the plug-in was stopped");
    } else if (result->status.exited && result->status.code == 0) {
        ok = true;
    } else {
        struct tum_str said = tum_str_trim(tum_buf_str(&result->err));

        tum_proc_status_text(&result->status, &status);
        tum_fail(err, TUM_ERROR_LOST, "the plug-in ended with %s%s%.*s", status.s,
                 said.n > 0 ? ": " : "", TUM_STR_ARG(said));
    }
    tum_val_unref(message);
    return ok;
}

enum ran { DONE, FAILED, UNHEARD };

/* UNHEARD: no Python 3 runs our script (err says why). */
static enum ran run_plugin(const char *python, const char *job,
                           const struct tum_export_opts *opts, struct tum_error **err)
{
    const char *argv[] = {python, "-c", tum_plugin_py, TELL_TEXT, job, NULL};
    static const char *const env[] = {"PYTHONUSERBASE", NULL};
    TUM_AUTO(tum_buf_release) struct tum_buf told = TUM_BUF_INIT(TOLD_LIMIT);
    struct tum_proc_result result;
    int ours = -1, theirs = -1;
    struct tum_proc_fd extra = {.number = TELL_NUMBER};
    struct tum_proc_run_opts run = {
        .proc = {TUM_PROC_OPTS, .argv = argv, .env = env, .extra = &extra,
                 .extra_count = 1},
        .stop = opts->stop,
        .wait_end = !opts->no_header, /* an item that is stopped ends at once */
    };
    enum ran ran = UNHEARD;
    char chunk[4096];
    bool ok;
    ssize_t n;

    if (!tum_fd_pipe(&ours, &theirs, err))
        return FAILED;
    extra.fd = theirs;
    ok = tum_fd_set_blocking(ours, false, err) && tum_proc_run(&run, &result, err);
    tum_fd_close(&theirs);
    if (ok) {
        while ((n = read(ours, chunk, sizeof chunk)) > 0)
            tum_buf_add(&told, chunk, (size_t)n);
        if (told.len > 0 || result.stopped) {
            if (opts->output != NULL && result.out.len > 0)
                opts->output(opts->output_ctx, tum_buf_str(&result.out));
            ran = judge(&result, tum_buf_str(&told), err) ? DONE : FAILED;
        } else {
            TUM_AUTO(tum_buf_release) struct tum_buf status = TUM_BUF_INIT(TUM_BUF_ANY);

            tum_proc_status_text(&result.status, &status);
            tum_fail(err, TUM_ERROR_LOST, "%s", status.s);
        }
        tum_proc_result_release(&result);
    }
    tum_fd_close(&ours);
    return ran;
}

/* With the first interpreter that runs it. */
static bool run_somewhere(struct tum_session *session, const char *job,
                          const struct tum_export_opts *opts, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *text = NULL;
    enum ran ran = UNHEARD;
    struct tum_pythons pythons;

    tum_pythons_init(&pythons, session);
    while (ran == UNHEARD && tum_pythons_path(&pythons) != NULL) {
        ran = run_plugin(tum_pythons_path(&pythons), job, opts, err);
        if (ran == UNHEARD) {
            TUM_AUTO(tum_freep) char *why = tum_error_text(*err);

            tum_pythons_reject(&pythons, why);
            tum_error_clear(err);
        }
    }
    if (ran == UNHEARD) {
        text = tum_pythons_text(&pythons);
        tum_fail(err, TUM_ERROR_NAME, "formats that are not built in need Python: %s",
                 text);
    }
    tum_pythons_release(&pythons);
    return ran == DONE;
}

bool tum_plugin_export(void *ctx, const char *format,
                       const struct tum_export_opts *opts, struct tum_error **err)
{
    struct tum_session *session = ctx;
    TUM_AUTO(tum_freep) char *copy = NULL;
    TUM_AUTO(tum_freep) char *job = NULL;
    bool ok;

    if (!tum_outfile_scratch(&copy, err))
        return false;
    ok = tum_report_copy(opts->report, copy, err);
    if (ok) {
        job = make_job(session, format, copy, opts);
        ok = run_somewhere(session, job, opts, err);
    }
    unlink(copy);
    return ok;
}
