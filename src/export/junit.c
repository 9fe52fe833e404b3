/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format `junit`: one suite for a CI server. The writer of XML is here because nothing
 * else writes any.
 */
#include "base/utf8.h"
#include "export/formats.h"

/* Not in XML 1.0, or not welcome in it (most of the C1 controls). */
static bool is_dropped(uint32_t c)
{
    if (c < 0x20)
        return c != '\t' && c != '\n' && c != '\r';
    return (c >= 0x7f && c <= 0x84) || (c >= 0x86 && c <= 0x9f) ||
           (c >= 0xd800 && c <= 0xdfff) || c == 0xfffe || c == 0xffff ||
           c == TUM_UTF8_BAD;
}

/* What stands for a character, or NULL: itself. */
static const char *reference(uint32_t c, bool in_attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r': /* else readers make it a line feed */
        return "&#13;";
    case '\n':
        return in_attribute ? "&#10;" : NULL;
    case '\t':
        return in_attribute ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

static void add_escaped(struct tum_buf *out, struct tum_str text, bool in_attribute)
{
    for (size_t at = 0; at < text.n;) {
        uint32_t c;
        size_t n = tum_utf8_decode(text.s + at, text.n - at, &c);
        const char *instead = reference(c, in_attribute);

        if (instead != NULL)
            tum_buf_adds(out, instead);
        else if (!is_dropped(c))
            tum_buf_add(out, text.s + at, n);
        at += n;
    }
}

static void add_attribute(struct tum_buf *out, const char *name, struct tum_str value)
{
    tum_buf_addf(out, " %s=\"", name);
    add_escaped(out, value, true);
    tum_buf_addc(out, '"');
}

static void add_count(struct tum_buf *out, const char *name, size_t count)
{
    tum_buf_addf(out, " %s=\"%zu\"", name, count);
}

struct totals {
    size_t tests, failures, skipped;
    char time[TUM_FLOAT_TEXT];
    size_t time_length;
};

static bool count_rows(const struct tum_export_opts *opts, struct totals *ret,
                       struct tum_error **err)
{
    struct totals totals = {0};
    struct tum_report_row row;
    int64_t ticks = 0;
    bool more;

    tum_export_rewind(opts);
    for (;;) {
        if (!tum_report_next(opts->report, &row, &more, err))
            return false;
        if (!more)
            break;
        totals.tests++;
        totals.failures += tum_str_is(row.result, "FAIL");
        totals.skipped += tum_str_is(row.result, "SKIP");
        ticks += row.duration;
    }
    totals.time_length =
        tum_float_text((double)ticks / (double)(TUM_SECOND / TUM_TICK), totals.time);
    *ret = totals;
    return true;
}

static void add_case(struct tum_buf *out, const struct tum_report_row *row)
{
    bool failed = tum_str_is(row->result, "FAIL");
    bool skipped = tum_str_is(row->result, "SKIP");

    tum_buf_adds(out, "\t\t<testcase");
    add_attribute(out, "name", row->name);
    if (row->duration != 0) {
        tum_buf_adds(out, " time=\"");
        tum_export_seconds(out, row->duration, 6);
        tum_buf_addc(out, '"');
    }
    add_attribute(out, "status", row->result);
    add_attribute(out, "log", row->log.n > 0 ? row->log : row->message);
    if (!failed && !skipped) {
        tum_buf_adds(out, "/>\n");
        return;
    }
    if (failed) {
        tum_buf_adds(out, ">\n\t\t\t<failure type=\"failure\">");
        add_escaped(out, row->message.n > 0 ? row->message : TUM_S("test failure"),
                    false);
        tum_buf_adds(out, "</failure>\n");
    } else {
        tum_buf_adds(out,
                     ">\n\t\t\t<skipped type=\"skipped\" message=\"test skipped\"/>\n");
    }
    tum_buf_adds(out, "\t\t</testcase>\n");
}

static void add_head(struct tum_buf *out, const struct tum_export_opts *opts,
                     const struct totals *totals)
{
    struct tum_str time = tum_str_n(totals->time, totals->time_length);

    tum_buf_adds(out,
                 "<?xml version=\"1.0\" ?>\n<testsuites disabled=\"0\" errors=\"0\"");
    add_count(out, "failures", totals->failures);
    add_count(out, "tests", totals->tests);
    add_attribute(out, "time", time);
    tum_buf_adds(out, ">\n\t<testsuite disabled=\"0\" errors=\"0\"");
    add_count(out, "failures", totals->failures);
    add_attribute(out, "name", tum_export_title(opts));
    add_count(out, "skipped", totals->skipped);
    add_count(out, "tests", totals->tests);
    add_attribute(out, "time", time);
    if (opts->host_ip != NULL)
        add_attribute(out, "hostname", tum_str_of(opts->host_ip));
    tum_buf_adds(out, totals->tests > 0 ? ">\n" : "/>\n");
}

static bool junit_write(const struct tum_export_opts *opts, struct tum_outfile *out,
                        struct tum_error **err)
{
    struct tum_report_row row;
    struct totals totals;
    bool more;

    /* The counts stand before the rows, and the rows may not fit in memory: read twice. */
    if (!count_rows(opts, &totals, err))
        return false;
    add_head(&out->buf, opts, &totals);
    tum_export_rewind(opts);
    for (;;) {
        if (!tum_report_next(opts->report, &row, &more, err))
            return false;
        if (!more)
            break;
        add_case(&out->buf, &row);
        if (!tum_outfile_drain(out, err))
            return false;
    }
    if (totals.tests > 0)
        tum_buf_adds(&out->buf, "\t</testsuite>\n");
    tum_buf_adds(&out->buf, "</testsuites>\n");
    return true;
}

const struct tum_exporter tum_export_junit = {
    .name = "junit",
    .doc = "JUnit XML, one suite with a test case a row.",
    .write = junit_write,
};
