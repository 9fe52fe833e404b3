/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of formats: rows in few words in, the whole text of the file out.
 */
#ifndef TUM_TEST_EXPORTING_H
#define TUM_TEST_EXPORTING_H

#include "report/folder.h"
#include "tum/export.h"

/* A private report of these rows; closed by export_end. */
static struct tum_store *export_store;
static struct tum_report *export_report;

static inline void export_begin(const struct brief *rows, size_t count,
                                const char *const *headers /* key, value, …, NULL */)
{
    struct tum_error *err = NULL;

    folder_make();
    export_store = open_store(NULL);
    for (; headers != NULL && headers[0] != NULL; headers += 2)
        tum_store_header(export_store, headers[0], headers[1]);
    for (size_t i = 0; i < count; i++)
        add_brief(export_store, &rows[i]);
    good(tum_report_open_store(export_store, &export_report, &err), &err);
}

static inline void export_end(void)
{
    tum_report_close(export_report);
    close_store(export_store);
    folder_remove();
}

/* Exports to a file of the folder and returns its text. opts: report and path are set. */
static inline char *exported(const char *format, struct tum_export_opts opts)
{
    struct tum_error *err = NULL;
    const char *path = folder_file("out");
    char *text;
    size_t length;

    unlink(path);
    opts.report = export_report;
    opts.path = path;
    good(tum_export_run(format, &opts, &err), &err);
    good(tum_file_read(path, 100 << 20, &text, &length, &err), &err);
    return text;
}

static inline void check_export(const char *format, struct tum_export_opts opts,
                                const char *expected)
{
    char *text = exported(format, opts);

    ck_assert_str_eq(text, expected);
    tum_free(text);
}

/* opts.filter with one name pattern. */
#define ONE_PATTERN(text)                                                              \
    (struct tum_report_filter)                                                         \
    {                                                                                  \
        .patterns = (const char *const[]){text}, .pattern_count = 1                    \
    }

#endif
