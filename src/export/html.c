/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format `html`: one self-contained page.
 *
 * The elements and their order are a contract with tools: conditions, a flat table, logs.
 * For people, a script of ours (html_report.js) makes a tree with a time line of that
 * very table; what the cells do not say it finds in attributes of the rows:
 *     class   pass, fail, skip or other
 *     data-l  level
 *     data-x  five numbers: place among all rows (start order, from 0); place of the parent,
 *             -1 without one; test_id (one for all executions of a looped item); start and
 *             duration in ticks of 0.1 ms
 *     data-y  type
 *     data-k  key, missing when NULL
 *     data-v  data as JSON, missing when there are none
 *     data-g  number of lines of its log, missing when there are none
 * The k-th row with data-g has the k-th h3 below "Logs". Pictures that rows left come last,
 * each a figure whose data-x is the place of its row.
 */
#include "base/utf8.h"
#include "export/drawing.h"
#include "export/formats.h"
#include "html_assets.h"

/* Bytes of all pictures of a page; the rest is only named. */
#define PICTURES_LIMIT ((size_t)64 << 20)

/* One page in the making. */
struct page {
    bool has_pictures;
    size_t pictures; /* bytes so far; 0: none yet */
};

static const char *reference(uint32_t c)
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
    case '\'':
        return "&#x27;";
    default:
        return NULL;
    }
}

static bool is_control(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
           (c >= 0x7f && c <= 0x9f) || (c >= 0xd800 && c <= 0xdfff) ||
           c == TUM_UTF8_BAD;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"' &&
           c != '\'';
}

static void add_escaped(struct tum_buf *out, struct tum_str text)
{
    size_t at = 0;

    while (at < text.n) {
        size_t plain = at, n;
        const char *instead;
        uint32_t c;

        while (plain < text.n && is_plain((unsigned char)text.s[plain]))
            plain++;
        tum_buf_add(out, text.s + at, plain - at);
        at = plain;
        if (at == text.n)
            break;
        n = tum_utf8_decode(text.s + at, text.n - at, &c);
        instead = reference(c);
        if (instead != NULL)
            tum_buf_adds(out, instead);
        else if (is_control(c))
            tum_buf_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
        else
            tum_buf_add(out, text.s + at, n);
        at += n;
    }
}

static void add_element(struct tum_buf *out, const char *tag, struct tum_str text)
{
    tum_buf_addf(out, "<%s>", tag);
    add_escaped(out, text);
    tum_buf_addf(out, "</%s>", tag);
}

static void add_line(struct tum_buf *out, const char *tag, struct tum_str text)
{
    add_element(out, tag, text);
    tum_buf_addc(out, '\n');
}

static void add_attribute(struct tum_buf *out, const char *name, struct tum_str value)
{
    tum_buf_addf(out, " %s=\"", name);
    add_escaped(out, value);
    tum_buf_addc(out, '"');
}

/* In single quotes: JSON is full of the double ones. */
static void add_json(struct tum_buf *out, const char *name, struct tum_str json)
{
    struct tum_str piece;
    bool more = true, first = true;

    tum_buf_addf(out, " %s='", name);
    while (tum_str_split(&json, &more, '"', &piece)) {
        if (!first)
            tum_buf_addc(out, '"');
        first = false;
        add_escaped(out, piece);
    }
    tum_buf_addc(out, '\'');
}

static void add_number(struct tum_buf *out, const char *name, int64_t value)
{
    tum_buf_adds(out, " ");
    tum_buf_adds(out, name);
    tum_buf_adds(out, "=\"");
    tum_buf_addi(out, value);
    tum_buf_addc(out, '"');
}

/* ---- head ---- */

static const struct {
    const char *key, *title;
} conditions[] = {
    {"test_file", "Test file name"},
    {"test_name", "Test name"},
    {"testrun_date", "Date of the test"},
    {"testrun_time", "Time of the test"},
    {"test_revision", "Git revision of the test"},
    {"report_version", "Report tool version"},
};

/* What the script shows and no element says. */
static void add_body_tag(struct tum_buf *out, const struct tum_export_opts *opts)
{
    static const struct {
        const char *key, *attribute;
    } facts[] = {
        {"test_result", "data-result"},     {"test_duration", "data-duration"},
        {"testrun_date", "data-date"},      {"testrun_time", "data-time"},
        {"testium_version", "data-engine"},
    };
    struct tum_str value;

    tum_buf_adds(out, "<body");
    for (size_t i = 0; i < TUM_LEN(facts); i++) {
        if (tum_report_header(opts->report, facts[i].key, &value))
            add_attribute(out, facts[i].attribute, value);
    }
    tum_buf_adds(out, ">\n");
}

static void add_head(struct tum_buf *out, const struct tum_export_opts *opts)
{
    struct tum_str title = tum_export_title(opts), value;

    tum_buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>"
                      "<meta charset=\"utf-8\"/>");
    add_element(out, "title", title);
    tum_buf_adds(out,
                 "\n<meta name=\"viewport\" content=\"width=device-width, "
                 "initial-scale=1\"/>\n"
                 "<meta name=\"color-scheme\" content=\"light dark\"/>\n<style>\n");
    tum_buf_adds(out, tum_html_report_css);
    tum_buf_adds(out, "</style>\n<script>\n");
    tum_buf_adds(out, tum_html_early_js);
    tum_buf_adds(out, "</script>\n</head>\n");
    add_body_tag(out, opts);
    add_line(out, "h1", title);
    tum_buf_adds(out, "<div>\n<h2>Test conditions</h2>\n");
    for (size_t i = 0; i < TUM_LEN(conditions); i++) {
        if (!tum_report_header(opts->report, conditions[i].key, &value))
            continue;
        add_line(out, "h3", tum_str_of(conditions[i].title));
        add_line(out, "p", value);
    }
    tum_buf_adds(out, "</div>\n<div><h2>Test results</h2></div>\n<table>\n"
                      "<tr>\n<th>Test title</th>\n<th>Message</th>\n"
                      "<th>Duration (s)</th>\n<th>Test Result</th>\n</tr>\n");
}

/* ---- rows ---- */

static const char *class_of(struct tum_str result)
{
    return tum_str_is(result, "PASS")   ? "pass"
           : tum_str_is(result, "FAIL") ? "fail"
           : tum_str_is(result, "SKIP") ? "skip"
                                        : "other";
}

/*
 * Takes the next line off a log. A line end at the end of the text ends the last line and
 * begins none.
 */
static bool next_line(struct tum_str *rest, struct tum_str *ret)
{
    size_t end;

    if (rest->n == 0)
        return false;
    end = tum_str_find_char(*rest, '\n', 0);
    if (end == TUM_STR_NONE) {
        *ret = *rest;
        *rest = tum_str_n(rest->s + rest->n, 0);
        return true;
    }
    *ret = tum_str_n(rest->s, end > 0 && rest->s[end - 1] == '\r' ? end - 1 : end);
    *rest = tum_str_n(rest->s + end + 1, rest->n - end - 1);
    return true;
}

static int64_t count_lines(struct tum_str log)
{
    struct tum_str line;
    int64_t count = 0;

    while (next_line(&log, &line))
        count++;
    return count;
}

/* A row is one line: white space between cells would be a node each to the browser. */
static void add_row(struct page *page, struct tum_buf *out,
                    const struct tum_report_row *row)
{
    struct tum_str path;

    page->has_pictures = page->has_pictures || tum_drawing_of(row, &path);
    tum_buf_addf(out, "<tr class=\"%s\"", class_of(row->result));
    add_number(out, "data-l", row->level);
    tum_buf_adds(out, " data-x=\"");
    tum_buf_addi(out, (int64_t)row->place);
    tum_buf_addc(out, ' ');
    tum_buf_addi(out, row->parent == TUM_REPORT_NO_PLACE ? -1 : (int64_t)row->parent);
    tum_buf_addc(out, ' ');
    tum_buf_addi(out, row->test_id);
    tum_buf_addc(out, ' ');
    tum_buf_addi(out, row->timestamp_start);
    tum_buf_addc(out, ' ');
    tum_buf_addi(out, row->duration);
    tum_buf_addc(out, '"');
    add_attribute(out, "data-y", row->type);
    if (row->has_key)
        add_attribute(out, "data-k", row->key);
    if (row->data.n > 0 && !tum_str_is(row->data, "{}"))
        add_json(out, "data-v", row->data);
    if (row->log.n > 0)
        add_number(out, "data-g", count_lines(row->log));
    tum_buf_addc(out, '>');
    add_element(out, "td", row->name);
    add_element(out, "td", row->message);
    tum_buf_adds(out, "<td>");
    tum_export_seconds(out, row->duration, 4);
    tum_buf_adds(out, "</td>");
    add_element(out, "td", row->result);
    tum_buf_adds(out, "</tr>\n");
}

static void add_log(TUM_UNUSED struct page *page, struct tum_buf *out,
                    const struct tum_report_row *row)
{
    struct tum_str rest = row->log, line;

    if (row->log.n == 0)
        return;
    add_line(out, "h3", row->name);
    while (next_line(&rest, &line))
        add_element(out, "p", line);
    tum_buf_addc(out, '\n');
}

static void add_picture(struct page *page, struct tum_buf *out,
                        const struct tum_report_row *row)
{
    struct tum_str path;
    size_t before, begun;

    if (page->pictures > PICTURES_LIMIT || !tum_drawing_of(row, &path))
        return;
    begun = out->len;
    if (page->pictures == 0)
        tum_buf_adds(out, "<div>\n<h2>Pictures</h2>\n");
    tum_buf_adds(out, "<figure");
    add_number(out, "data-x", (int64_t)row->place);
    tum_buf_adds(out, ">\n<figcaption>");
    add_escaped(out, path);
    tum_buf_adds(out, "</figcaption>\n<img alt=\"\" src=\"");
    before = out->len;
    if (tum_drawing_add(out, path)) {
        page->pictures += out->len - before;
        tum_buf_adds(out, "\"/>\n</figure>\n");
    } else {
        tum_buf_truncate(out, begun);
    }
}

static bool each_row(const struct tum_export_opts *opts, struct tum_outfile *out,
                     struct page *page,
                     void (*add)(struct page *page, struct tum_buf *out,
                                 const struct tum_report_row *row),
                     struct tum_error **err)
{
    struct tum_report_row row;
    bool more;

    tum_export_rewind(opts);
    for (;;) {
        if (!tum_report_next(opts->report, &row, &more, err))
            return false;
        if (!more)
            return true;
        add(page, &out->buf, &row);
        if (!tum_outfile_drain(out, err))
            return false;
    }
}

static bool html_write(const struct tum_export_opts *opts, struct tum_outfile *out,
                       struct tum_error **err)
{
    struct page page = {0};

    add_head(&out->buf, opts);
    if (!each_row(opts, out, &page, add_row, err))
        return false;
    tum_buf_adds(&out->buf, "</table>\n<div>\n<h2>Logs</h2>\n");
    if (!each_row(opts, out, &page, add_log, err))
        return false;
    tum_buf_adds(&out->buf, "</div>\n");
    if (page.has_pictures && !each_row(opts, out, &page, add_picture, err))
        return false;
    if (page.pictures > 0)
        tum_buf_adds(&out->buf, "</div>\n");
    tum_buf_adds(&out->buf, "<script>\n");
    tum_buf_adds(&out->buf, tum_html_report_js);
    tum_buf_adds(&out->buf, "</script>\n</body>\n</html>\n");
    return true;
}

const struct tum_exporter tum_export_html = {
    .name = "html",
    .doc = "One page with a table for tools and a tree with a time line for people.",
    .write = html_write,
};
