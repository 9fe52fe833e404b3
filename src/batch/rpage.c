/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.html: one page without anything from elsewhere. First what did not pass, with
 * its cause; then when each campaign ran, and all of them.
 */
#include "batch/rmodel.h"
#include "tum/mem.h"
#include <dirent.h>

static const char style[] =
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:72em;padding:0 "
    "1em;"
    "color:#1b1f24;background:#fff}"
    "h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.3em .6em;border-bottom:1px solid #d8dee4;"
    "vertical-align:top}"
    "td.n{text-align:right;white-space:nowrap}"
    "pre{background:#f6f8fa;padding:.6em;overflow:auto;max-height:24em;white-space:pre-"
    "wrap}"
    ".tag{display:inline-block;padding:0 "
    ".5em;border-radius:.3em;color:#fff;font-size:.85em;"
    "white-space:nowrap}"
    ".passed{background:#1a7f37}.flaky,.known_flaky{background:#9a6700}"
    ".failed,.interrupted{background:#cf222e}"
    ".error,.timeout,.degraded{background:#8250df}.skipped,.not_started{background:#"
    "6e7781}"
    ".cause{border-left:4px solid #cf222e;padding:.2em 1em;margin:1em 0}"
    ".cause.infra{border-color:#8250df}.cause.soft{border-color:#9a6700}"
    ".line{position:relative;height:1.25em;background:#f6f8fa;margin:1px 0}"
    ".bar{position:absolute;top:0;bottom:0;min-width:3px}"
    ".line span{position:absolute;left:.4em;font-size:.8em;color:#1b1f24;"
    "text-shadow:0 0 3px #fff,0 0 3px #fff}"
    "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}"
    "pre,.line{background:#161b22}td,th{border-color:#30363d}a{color:#79c0ff}"
    ".line span{color:#e6edf3;text-shadow:0 0 3px #000,0 0 3px #000}}";

static void add(struct tum_buf *out, struct tum_str raw)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_plain_text(raw, &text);
    for (size_t i = 0; i < text.len; i++) {
        switch (text.s[i]) {
        case '&':
            tum_buf_adds(out, "&amp;");
            break;
        case '<':
            tum_buf_adds(out, "&lt;");
            break;
        case '>':
            tum_buf_adds(out, "&gt;");
            break;
        case '"':
            tum_buf_adds(out, "&quot;");
            break;
        default:
            tum_buf_addc(out, text.s[i]);
        }
    }
}

static void adds(struct tum_buf *out, const char *text)
{
    add(out, tum_str_of(text));
}

/* A relative link: every byte that is not plain is percent-encoded. */
static void add_link(struct tum_buf *out, const char *folder, const char *name,
                     const char *shown)
{
    TUM_AUTO(tum_freep) char *path = tum_asprintf("%s/%s", folder, name);

    tum_buf_adds(out, "<a href=\"");
    for (const char *p = path; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || strchr("/-_.~", c) != NULL)
            tum_buf_addc(out, (char)c);
        else
            tum_buf_addf(out, "%%%02X", c);
    }
    tum_buf_adds(out, "\">");
    adds(out, shown);
    tum_buf_adds(out, "</a>");
}

static void add_tag(struct tum_buf *out, const char *outcome)
{
    tum_buf_addf(out, "<span class=\"tag %s\">%s</span>", outcome,
                 strcmp(outcome, "known_flaky") == 0 ? "known flaky" : outcome);
}

static const char *outcome_of(const struct tum_rcampaign *campaign)
{
    return campaign->begun ? campaign->outcome : "not_started";
}

static void add_files(struct tum_buf *out, const struct tum_rcampaign *campaign)
{
    size_t end = strlen(campaign->log) - TUM_MIN(strlen(campaign->log), (size_t)8);
    TUM_AUTO(tum_freep) char *folder = tum_strndup(campaign->log, end);
    struct dirent *entry;
    DIR *dir;

    if (!campaign->begun)
        return;
    dir = opendir(folder);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "events.jsonl") == 0)
            continue;
        add_link(out, campaign->folder, entry->d_name, entry->d_name);
        tum_buf_addc(out, ' ');
    }
    if (dir != NULL)
        closedir(dir);
}

static void add_finding(struct tum_buf *out, const struct tum_rcase *one)
{
    tum_buf_adds(out, "<p>");
    add_tag(out, one->outcome);
    tum_buf_adds(out, one->excused ? " (not counted) <b>" : " <b>");
    adds(out, one->address);
    tum_buf_adds(out, "</b> <small>");
    adds(out, one->file);
    tum_buf_addf(out, ":%u</small></p><pre>", one->line);
    adds(out, one->message);
    tum_buf_adds(out, "</pre>\n");
    if (one->output.len > 0) {
        tum_buf_adds(out, "<details><summary>output</summary><pre>");
        add(out, tum_buf_str(&one->output));
        tum_buf_adds(out, "</pre></details>\n");
    }
}

static void add_cause(struct tum_buf *out, const struct tum_rcampaign *campaign,
                      size_t number)
{
    const char *kind = tum_outcome_infra(campaign->outcome)    ? " infra"
                       : tum_outcome_passed(campaign->outcome) ? " soft"
                                                               : "";
    size_t told;

    tum_buf_addf(out, "<div class=\"cause%s\" id=\"c%zu\"><h3>", kind, number);
    add_tag(out, outcome_of(campaign));
    tum_buf_addc(out, ' ');
    adds(out, campaign->shown);
    tum_buf_adds(out, "</h3>\n");
    if (campaign->clean_start[0] != '\0' && strcmp(campaign->clean_start, "yes") != 0) {
        tum_buf_adds(out, "<p>Clean start:</p><pre>");
        adds(out, campaign->clean_start);
        tum_buf_adds(out, "</pre>\n");
    }
    for (size_t i = 0; i + 1 < campaign->attempt_count; i++) {
        TUM_AUTO(tum_buf_release) struct tum_buf cause = TUM_BUF_INIT(TUM_BUF_ANY);

        tum_cause_write(tum_str_of(campaign->attempts[i].message), &cause);
        tum_buf_addf(out, "<p>Attempt %zu: ", i + 1);
        add_tag(out, campaign->attempts[i].outcome);
        tum_buf_addc(out, ' ');
        add(out, tum_buf_str(&cause));
        tum_buf_adds(out, "</p>\n");
    }
    told = tum_rcampaign_tell(campaign, add_finding, out);
    if (tum_rcampaign_speaks(campaign, told)) {
        tum_buf_adds(out, "<pre>");
        adds(out, campaign->message);
        tum_buf_adds(out, "</pre>\n");
    }
    if (campaign->left != NULL) {
        tum_buf_adds(out, "<p>Left behind: ");
        adds(out, campaign->left);
        tum_buf_adds(out, "</p>\n");
    }
    tum_buf_adds(out, "<p>");
    add_files(out, campaign);
    tum_buf_adds(out, "</p></div>\n");
}

/* Seconds into the day; the differences are what counts. */
static double seconds_of(const char *stamp)
{
    struct tum_str t = tum_str_of(stamp);
    int64_t day, h, m;
    double s;

    if (t.n < 26 || !tum_str_int(tum_str_sub(t, 8, 10), &day) ||
        !tum_str_int(tum_str_sub(t, 11, 13), &h) ||
        !tum_str_int(tum_str_sub(t, 14, 16), &m) ||
        !tum_str_float(tum_str_sub(t, 17, 26), &s))
        return -1;
    return (double)(day * 86400 + h * 3600 + m * 60) + s;
}

static void add_times(const struct tum_rbatch *batch, struct tum_buf *out)
{
    double start = seconds_of(batch->started), end = start;

    for (size_t i = 0; i < batch->count; i++) {
        double from = seconds_of(batch->campaigns[i]->started);

        if (from >= 0)
            end = TUM_MAX(end, from + batch->campaigns[i]->duration);
    }
    if (start < 0 || end <= start)
        return;
    tum_buf_adds(out, "<h2>Time line</h2>\n");
    for (size_t i = 0; i < batch->count; i++) {
        const struct tum_rcampaign *campaign = batch->campaigns[i];
        double from = seconds_of(campaign->started);

        if (from < 0 || !campaign->begun)
            continue;
        tum_buf_addf(out,
                     "<div class=\"line\"><div class=\"bar %s\" "
                     "style=\"left:%.2f%%;width:%.2f%%\"></div><span>",
                     outcome_of(campaign), 100 * (from - start) / (end - start),
                     100 * campaign->duration / (end - start));
        adds(out, campaign->shown);
        tum_buf_addf(out, " %.1f s</span></div>\n", campaign->duration);
    }
}

static void add_table(const struct tum_rbatch *batch, struct tum_buf *out)
{
    tum_buf_adds(out, "<h2>Campaigns</h2>\n<table><tr><th>campaign</th><th>outcome</th>"
                      "<th>time</th><th>tests</th><th>files</th></tr>\n");
    for (size_t i = 0; i < batch->count; i++) {
        const struct tum_rcampaign *campaign = batch->campaigns[i];
        const struct tum_counts *c = &campaign->counts;

        tum_buf_adds(out, "<tr><td>");
        adds(out, campaign->shown);
        tum_buf_adds(out, "</td><td>");
        add_tag(out, outcome_of(campaign));
        tum_buf_addf(out, "</td><td class=\"n\">%.1f s</td><td>%zu passed",
                     campaign->duration, c->passed);
        if (c->failed > 0)
            tum_buf_addf(out, ", %zu failed", c->failed);
        if (c->errors > 0)
            tum_buf_addf(out, ", %zu error%s", c->errors, c->errors == 1 ? "" : "s");
        if (c->skipped > 0)
            tum_buf_addf(out, ", %zu skipped", c->skipped);
        if (c->known_flaky > 0)
            tum_buf_addf(out, ", %zu known flaky", c->known_flaky);
        if (c->excused > 0)
            tum_buf_addf(out, ", %zu not counted", c->excused);
        tum_buf_adds(out, "</td><td>");
        add_files(out, campaign);
        tum_buf_adds(out, "</td></tr>\n");
    }
    tum_buf_adds(out, "</table>\n");
}

/* A line a campaign: what the reader of the morning wants first. */
static void add_glance(const struct tum_rbatch *batch, struct tum_buf *out)
{
    tum_buf_adds(out, "<table>\n");
    for (int class = 0; class < TUM_RCLASSES - 1; class ++) {
        for (size_t i = 0; i < batch->count; i++) {
            const struct tum_rcampaign *campaign = batch->campaigns[i];
            TUM_AUTO(tum_buf_release) struct tum_buf cause = TUM_BUF_INIT(600);

            if (tum_rcampaign_class(campaign) != class)
                continue;
            tum_buf_adds(out, "<tr><td>");
            add_tag(out, outcome_of(campaign));
            tum_buf_addf(out, "</td><td><a href=\"#c%zu\">", i);
            adds(out, campaign->shown);
            tum_buf_adds(out, "</a></td><td>");
            tum_cause_write(tum_str_of(tum_rcampaign_why(campaign)), &cause);
            if (campaign->left != NULL)
                tum_buf_addf(&cause, "%sleft behind: %s", cause.len > 0 ? "; " : "",
                             campaign->left);
            add(out, tum_buf_str(&cause));
            tum_buf_adds(out, cause.full ? "…</td></tr>\n" : "</td></tr>\n");
        }
    }
    tum_buf_adds(out, "</table>\n");
}

void tum_report_html(const struct tum_rbatch *batch, struct tum_buf *out)
{
    const char *result = tum_rbatch_passed(batch) ? "PASS" : "FAIL";
    bool any = false;

    tum_buf_addf(out,
                 "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                 "<meta name=\"viewport\" content=\"width=device-width\">"
                 "<title>%s: batch of %zu campaigns</title>\n<style>%s</style></head>"
                 "<body>\n<h1><span class=\"tag %s\">%s</span> ",
                 result, batch->count, style,
                 tum_rbatch_passed(batch) ? "passed" : "failed", result);
    tum_buf_addf(out, "%zu campaigns, %zu tests passed, %zu failed, %zu errors",
                 batch->count, batch->counts.passed, batch->counts.failed,
                 batch->counts.errors);
    if (batch->counts.known_flaky > 0)
        tum_buf_addf(out, ", %zu known flaky", batch->counts.known_flaky);
    tum_buf_addf(out, "</h1>\n<p>exit status %d · %.1f s · started ", batch->status,
                 batch->duration);
    adds(out, batch->started);
    tum_buf_adds(out, " · ");
    adds(out, batch->host);
    if (batch->revision[0] != '\0')
        tum_buf_adds(out, " · ");
    adds(out, batch->revision);
    tum_buf_adds(out, "</p>\n");
    if (!batch->ended)
        tum_buf_adds(out, "<p><b>The batch did not end: it was killed.</b></p>\n");
    if (batch->bail != NULL || batch->notes.len > 0) {
        tum_buf_adds(out, "<pre>");
        adds(out, batch->bail != NULL ? batch->bail : "");
        add(out, tum_buf_str(&batch->notes));
        tum_buf_adds(out, "</pre>\n");
    }
    for (int class = 0; class < TUM_RCLASSES - 1; class ++) {
        for (size_t i = 0; i < batch->count; i++) {
            if (tum_rcampaign_class(batch->campaigns[i]) != class)
                continue;
            if (!any) {
                tum_buf_adds(out, "<h2>What to look at</h2>\n");
                add_glance(batch, out);
            }
            any = true;
            add_cause(out, batch->campaigns[i], i);
        }
    }
    add_times(batch, out);
    add_table(batch, out);
    tum_buf_adds(out, "</body></html>\n");
}
