/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of formats and the one way to run them. What a format looks like is in its
 * own file.
 */
#include "tum/export.h"
#include "export/formats.h"
#include "tum/mem.h"
#include <stdlib.h>

const struct tum_exporter *const tum_exporters[] = {
    &tum_export_command, &tum_export_html, &tum_export_json,
    &tum_export_junit,   &tum_export_text, NULL,
};

const struct tum_exporter *tum_exporter_find(const char *name)
{
    for (size_t i = 0; tum_exporters[i] != NULL; i++) {
        if (strcmp(tum_exporters[i]->name, name) == 0)
            return tum_exporters[i];
    }
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool tum_export_unknown(const char *const *plugins, size_t count,
                        struct tum_error **err)
{
    TUM_AUTO(tum_freep)
    const char **names = tum_new_array(const char *, TUM_LEN(tum_exporters) + count);
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t n = 0;

    for (size_t i = 0; tum_exporters[i] != NULL; i++)
        names[n++] = tum_exporters[i]->name;
    names[n++] = "sqlite";
    for (size_t i = 0; i < count; i++)
        names[n++] = plugins[i];
    qsort(names, n, sizeof(*names), compare_names);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(names[i - 1], names[i]) == 0)
            continue; /* a plug-in cannot replace what is built in */
        if (text.len > 0)
            tum_buf_adds(&text, ", ");
        tum_buf_adds(&text, names[i]);
    }
    return tum_fail(err, TUM_ERROR_NAME, "format not found. Available: %s", text.s);
}

/* Runs an exporter that only writes a file. */
static bool write_file(const struct tum_exporter *exporter,
                       const struct tum_export_opts *opts, struct tum_error **err)
{
    struct tum_outfile out;
    bool good;

    if (opts->path == NULL || opts->path[0] == '\0')
        return tum_fail(err, TUM_ERROR_VALUE, "no path is given");
    if (!tum_outfile_open(opts->path, &out, err))
        return false;
    good = exporter->write(opts, &out, err) && tum_outfile_finish(&out, err);
    tum_outfile_release(&out);
    return good;
}

bool tum_export_run(const char *format, const struct tum_export_opts *opts,
                    struct tum_error **err)
{
    const struct tum_exporter *exporter = tum_exporter_find(format);

    if (strcmp(format, "sqlite") == 0)
        return true;
    if (exporter == NULL)
        return opts->plugin != NULL ? opts->plugin(opts->plugin_ctx, format, opts, err)
                                    : tum_export_unknown(NULL, 0, err);
    if (exporter->run != NULL)
        return exporter->run(opts, err);
    return write_file(exporter, opts, err);
}

void tum_export_skipped(struct tum_buf *out, const char *format, const char *path,
                        const struct tum_error *err)
{
    TUM_AUTO(tum_freep) char *cause = tum_error_text(err);

    tum_buf_addf(out, "[report] Export skipped: format \"%s\"", format);
    if (path != NULL && path[0] != '\0')
        tum_buf_addf(out, " to \"%s\"", path);
    tum_buf_addf(out, ": %s", cause);
}

/* ---- shared by the formats ---- */

struct tum_str tum_export_header(const struct tum_export_opts *opts, const char *key,
                                 const char *otherwise)
{
    struct tum_str value;

    return tum_report_header(opts->report, key, &value) ? value : tum_str_of(otherwise);
}

struct tum_str tum_export_title(const struct tum_export_opts *opts)
{
    if (opts->title != NULL && opts->title[0] != '\0')
        return tum_str_of(opts->title);
    return tum_export_header(opts, "test_name", "");
}

void tum_export_rewind(const struct tum_export_opts *opts)
{
    tum_report_rewind(opts->report, &opts->filter);
}

void tum_export_seconds(struct tum_buf *out, int64_t ticks, int decimals)
{
    const uint64_t per_second = (uint64_t)(TUM_SECOND / TUM_TICK);
    uint64_t size = ticks < 0 ? -(uint64_t)ticks : (uint64_t)ticks;
    char fraction[16];

    if (ticks < 0)
        tum_buf_addc(out, '-');
    tum_buf_addi(out, (int64_t)(size / per_second));
    if (decimals == 0)
        return;
    for (int i = 0; i < 6; i++)
        fraction[i] = '0';
    for (uint64_t rest = size % per_second, i = 4; i-- > 0; rest /= 10)
        fraction[i] = (char)('0' + rest % 10);
    tum_buf_addc(out, '.');
    tum_buf_add(out, fraction, (size_t)TUM_MIN(decimals, 6));
}
