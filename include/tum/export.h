/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Report formats: one const struct each, listed in src/export/export.c.
 *
 * An export reads a report and writes one file. It fails with one error and leaves the
 * run alone; the caller shows the line of tum_export_skipped and goes on with the next.
 * Files are written beside their name and renamed into place; an existing one is renamed
 * first (tum_file_save_old), except by `command`.
 */
#ifndef TUM_EXPORT_H
#define TUM_EXPORT_H

#include "tum/report.h"
#include "tum/wait.h"

struct tum_export_opts;

/* Handles a format that is not built in; see tum_export_unknown. */
typedef bool tum_export_plugin(void *ctx, const char *format,
                               const struct tum_export_opts *opts,
                               struct tum_error **err);

struct tum_export_opts {
    struct tum_report *report; /* rewound by the export */
    const char *path;          /* expanded output path, or NULL: none was given */
    struct tum_report_filter filter;
    bool no_header;      /* from a `report` item */
    const char *title;   /* name of that item; NULL or "": the header's test_name */
    const char *host_ip; /* variable, or NULL: not set */

    /* For `command`. */
    const char *cmd;    /* expanded; NULL: missing or no text */
    const char *folder; /* test directory; NULL: /tmp */
    struct tum_stop *stop;
    /* Where the standard output of a program goes, when it has ended; may be NULL. */
    void (*output)(void *ctx, struct tum_str text);
    void *output_ctx;

    /* For formats that are not built in; NULL: there are none. */
    tum_export_plugin *plugin;
    void *plugin_ctx;
};

/* The file that an exporter writes; src/export/outfile.h. */
struct tum_outfile;

/* Exactly one of `write` and `run` is set. */
struct tum_exporter {
    const char *name;
    const char *doc; /* one sentence */
    /* Writes the content of opts->path. Opening, renaming and cleaning up are not its
       business. */
    bool (*write)(const struct tum_export_opts *opts, struct tum_outfile *out,
                  struct tum_error **err);
    /* Does everything itself; opts->path may be NULL. */
    bool (*run)(const struct tum_export_opts *opts, struct tum_error **err);
};

/* Sorted by name, ended by NULL. `sqlite` is not among them: it is the store itself. */
extern const struct tum_exporter *const tum_exporters[];
const struct tum_exporter *tum_exporter_find(const char *name); /* NULL: none */

/*
 * Runs one export. `sqlite` does nothing and succeeds. Any other name that is not built in
 * goes to opts->plugin.
 */
bool tum_export_run(const char *format, const struct tum_export_opts *opts,
                    struct tum_error **err);
/*
 * The error of a format nobody knows: "format not found. Available: " and the sorted names,
 * built-in (sqlite too) and `plugins`. For plug-in hooks; returns false.
 */
bool tum_export_unknown(const char *const *plugins, size_t count,
                        struct tum_error **err);
/*
 * Adds the line that says an export was left out, not wrapped, without line end:
 * [report] Export skipped: format "F" to "PATH": CAUSE     (path NULL: without to …)
 */
void tum_export_skipped(struct tum_buf *out, const char *format, const char *path,
                        const struct tum_error *err);

#endif
