/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format `json`: header and rows as one indented document, row by row.
 */
#include "export/formats.h"

#define INDENT 4

/* A value at `depth` levels; the lines of a container are moved to the right. */
static void add_value(struct tum_buf *out, tum_val value, int depth)
{
    static const struct tum_json_style style = {.indent = INDENT, .ascii = true};
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    struct tum_str rest, line;
    bool more = true, first = true;

    if (!tum_json_write(&text, value, &style, &err)) {
        /* Only a strict style refuses anything. */
        tum_error_free(err);
        tum_buf_adds(&text, "null");
    }
    rest = tum_buf_str(&text);
    while (tum_str_split(&rest, &more, '\n', &line)) {
        if (!first) {
            tum_buf_addc(out, '\n');
            tum_buf_fill(out, ' ', (size_t)depth * INDENT);
        }
        first = false;
        tum_buf_addt(out, line);
    }
}

static void add_text(struct tum_buf *out, struct tum_str text)
{
    tum_val value = tum_val_text_of(text);

    add_value(out, value, 0);
    tum_val_unref(value);
}

/* Line break, indentation and `"key": `. */
static void add_key(struct tum_buf *out, struct tum_str key, int depth, bool *first)
{
    tum_buf_adds(out, *first ? "\n" : ",\n");
    *first = false;
    tum_buf_fill(out, ' ', (size_t)depth * INDENT);
    add_text(out, key);
    tum_buf_adds(out, ": ");
}

static void add_int(struct tum_buf *out, const char *key, int64_t value, bool *first)
{
    add_key(out, tum_str_of(key), 3, first);
    tum_buf_addi(out, value);
}

static void add_str(struct tum_buf *out, const char *key, struct tum_str value,
                    bool *first)
{
    add_key(out, tum_str_of(key), 3, first);
    add_text(out, value);
}

static void add_null(struct tum_buf *out, const char *key, bool *first)
{
    add_key(out, tum_str_of(key), 3, first);
    tum_buf_adds(out, "null");
}

static void add_row(struct tum_buf *out, const struct tum_report_row *row)
{
    tum_val data = tum_report_row_data(row);
    bool first = true;

    tum_buf_adds(out, "{");
    add_int(out, "timestamp_start", row->timestamp_start, &first);
    add_int(out, "test_id", row->test_id, &first);
    if (row->parent_id != 0)
        add_int(out, "parent_id", row->parent_id, &first);
    else
        add_null(out, "parent_id", &first);
    add_str(out, "test_name", row->name, &first);
    add_str(out, "test_type", row->type, &first);
    if (row->has_key)
        add_str(out, "report_key", row->key, &first);
    else
        add_null(out, "report_key", &first);
    add_str(out, "result", row->result, &first);
    add_str(out, "message", row->message, &first);
    add_int(out, "duration", row->duration, &first);
    add_key(out, TUM_S("data"), 3, &first);
    add_value(out, data, 3);
    add_int(out, "level", row->level, &first);
    add_str(out, "log", row->log, &first);
    tum_buf_adds(out, "\n        }");
    tum_val_unref(data);
}

/* As a mapping: a key that is there twice has its first place and its last value. */
static void add_header(struct tum_buf *out, const struct tum_report *report)
{
    bool first = true;

    tum_buf_adds(out, "{");
    for (size_t i = 0; i < tum_report_header_count(report); i++) {
        struct tum_str key, value, other;
        bool again = false;

        tum_report_header_at(report, i, &key, &value);
        for (size_t j = 0; j < i && !again; j++) {
            tum_report_header_at(report, j, &other, &value);
            again = tum_str_eq(other, key);
        }
        if (again)
            continue;
        for (size_t j = i; j < tum_report_header_count(report); j++) {
            struct tum_str later;

            tum_report_header_at(report, j, &other, &later);
            if (tum_str_eq(other, key))
                value = later;
        }
        add_key(out, key, 2, &first);
        add_text(out, value);
    }
    tum_buf_adds(out, first ? "}" : "\n    }");
}

static bool json_write(const struct tum_export_opts *opts, struct tum_outfile *out,
                       struct tum_error **err)
{
    bool named = opts->no_header && opts->title != NULL && opts->title[0] != '\0';
    bool first = true, first_row = true, more;
    struct tum_report_row row;

    tum_buf_adds(&out->buf, "{");
    if (!opts->no_header) {
        add_key(&out->buf, TUM_S("header"), 1, &first);
        add_header(&out->buf, opts->report);
    }
    add_key(&out->buf, named ? tum_str_of(opts->title) : TUM_S("tests"), 1, &first);
    tum_buf_adds(&out->buf, "[");
    tum_export_rewind(opts);
    for (;;) {
        if (!tum_report_next(opts->report, &row, &more, err))
            return false;
        if (!more)
            break;
        tum_buf_adds(&out->buf, first_row ? "\n        " : ",\n        ");
        first_row = false;
        add_row(&out->buf, &row);
        if (!tum_outfile_drain(out, err))
            return false;
    }
    tum_buf_adds(&out->buf, first_row ? "]\n}" : "\n    ]\n}");
    return true;
}

const struct tum_exporter tum_export_json = {
    .name = "json",
    .doc = "Header and rows as one document, data decoded.",
    .write = json_write,
};
