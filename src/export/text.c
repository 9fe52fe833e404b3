/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format `text`: a table for paper and mail, in fixed columns.
 */
#include "base/utf8.h"
#include "export/formats.h"

#define PAGE_WIDTH    96
#define NAME_WIDTH    45
#define MESSAGE_WIDTH 43
#define RESULT_WIDTH  5
#define FOOT_WIDTH    40
#define STATUS_WIDTH  55
#define RULE_WIDTH    60
/* Levels shown as indentation; deeper ones are shown like this one. */
#define DEEPEST       1000

/* Rows of these types have data that are settings, not results. */
static const char *const quiet_types[] = {
    "Console",  "Sleep",          "Image Dialog",    "Let", "Cycle", "Group",
    "unittest", "Message Dialog", "Question Dialog",
};

static bool is_quiet(struct tum_str type)
{
    for (size_t i = 0; i < TUM_LEN(quiet_types); i++) {
        if (tum_str_is(type, quiet_types[i]))
            return true;
    }
    return false;
}

static size_t missing(size_t used, size_t width)
{
    return used < width ? width - used : 0;
}

static void add_centred(struct tum_buf *out, struct tum_str text)
{
    size_t pad = missing(tum_utf8_count(text), PAGE_WIDTH);

    tum_buf_fill(out, ' ', pad / 2);
    tum_buf_addt(out, text);
    tum_buf_fill(out, ' ', pad - pad / 2);
    tum_buf_addc(out, '\n');
}

static void add_padded(struct tum_buf *out, struct tum_str text, size_t width)
{
    tum_buf_addt(out, text);
    tum_buf_fill(out, ' ', missing(tum_utf8_count(text), width));
}

static void add_right(struct tum_buf *out, struct tum_str text, size_t width)
{
    tum_buf_fill(out, ' ', missing(tum_utf8_count(text), width));
    tum_buf_addt(out, text);
}

/* Everything up to the colon and the blank after it. */
static void add_name(struct tum_buf *out, const struct tum_report_row *row, bool flat,
                     const char *before)
{
    size_t start = out->len;
    struct tum_str part;

    if (!flat) {
        for (int64_t i = 1; i < TUM_MIN(row->level, DEEPEST); i++)
            tum_buf_adds(out, "   |");
        tum_buf_addc(out, ' ');
    }
    tum_buf_adds(out, before);
    tum_buf_addt(out, row->name);
    part = tum_str_n(out->s + start, out->len - start);
    tum_buf_fill(out, '.', missing(tum_utf8_count(part), NAME_WIDTH));
    tum_buf_adds(out, ": ");
}

static void add_result(struct tum_buf *out, const struct tum_report_row *row, bool flat)
{
    bool failed = tum_str_is(row->result, "FAIL");

    if (!failed && !tum_str_is(row->result, "PASS"))
        return;
    add_name(out, row, flat, "");
    add_padded(out, failed ? row->message : TUM_S(""), MESSAGE_WIDTH);
    add_right(out, row->result, RESULT_WIDTH);
    tum_buf_addc(out, '\n');
}

static void add_values(struct tum_buf *out, const struct tum_report_row *row, bool flat)
{
    tum_val data;

    if (is_quiet(row->type))
        return;
    data = tum_report_row_data(row);
    tum_map_each (entry, data) {
        add_name(out, row, flat, "  ");
        tum_val_write_str(out, entry->key);
        tum_buf_adds(out, " = ");
        tum_val_write_str(out, entry->value);
        tum_buf_addc(out, '\n');
    }
    tum_val_unref(data);
}

static void add_head(struct tum_buf *out, const struct tum_export_opts *opts)
{
    TUM_AUTO(tum_buf_release) struct tum_buf when = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_addt(&when, tum_export_header(opts, "testrun_date", ""));
    tum_buf_addc(&when, ' ');
    tum_buf_addt(&when, tum_export_header(opts, "testrun_time", ""));
    tum_buf_adds(out, "Testium\n");
    add_centred(out, tum_export_title(opts));
    add_centred(out, tum_buf_str(&when));
    tum_buf_adds(out, "\n\n");
}

static void add_foot(struct tum_buf *out, const struct tum_export_opts *opts)
{
    tum_buf_fill(out, '=', RULE_WIDTH);
    tum_buf_adds(out, "\n\n");
    add_padded(out, TUM_S("Overall test status"), FOOT_WIDTH);
    add_right(out, tum_export_header(opts, "test_result", "Not finished"),
              STATUS_WIDTH);
    tum_buf_adds(out, "\n\n\n");
    add_padded(out, TUM_S("Operator:"), FOOT_WIDTH);
    add_padded(out, TUM_S("signature:"), FOOT_WIDTH);
    tum_buf_adds(out, "\n\n\n");
}

static bool has_pattern(const struct tum_report_filter *filter)
{
    for (size_t i = 0; i < filter->pattern_count; i++) {
        if (filter->patterns[i][0] != '\0')
            return true;
    }
    return false;
}

static bool text_write(const struct tum_export_opts *opts, struct tum_outfile *out,
                       struct tum_error **err)
{
    bool flat = has_pattern(&opts->filter);
    struct tum_report_row row;
    bool more;

    if (!opts->no_header)
        add_head(&out->buf, opts);
    tum_export_rewind(opts);
    for (;;) {
        if (!tum_report_next(opts->report, &row, &more, err))
            return false;
        if (!more)
            break;
        if (row.level == 0)
            continue;
        add_result(&out->buf, &row, flat);
        add_values(&out->buf, &row, flat);
        if (!tum_outfile_drain(out, err))
            return false;
    }
    add_foot(&out->buf, opts);
    return true;
}

const struct tum_exporter tum_export_text = {
    .name = "text",
    .doc = "A table in fixed columns, for paper and mail.",
    .write = text_write,
};
