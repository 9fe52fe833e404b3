/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.md: front matter for machines, a table of campaigns, and what did not pass with
 * the tail of its log.
 */
#include "base/fd.h"
#include "batch/rmodel.h"
#include "tum/mem.h"

#define TAIL_LINES 20
#define LOG_LIMIT  ((size_t)1 << 32)

/* One line of a table: no bar, no line end. */
static void add_cell(struct tum_buf *out, const char *text, size_t limit)
{
    TUM_AUTO(tum_buf_release) struct tum_buf clean = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t n;

    tum_plain_text(tum_str_of(text), &clean);
    n = clean.len;
    for (size_t i = 0; i < n && i < limit; i++) {
        if (clean.s[i] == '\n') {
            tum_buf_addc(out, ' ');
            continue;
        }
        if (clean.s[i] == '|' || clean.s[i] == '`' || clean.s[i] == '<')
            tum_buf_addc(out, '\\');
        tum_buf_addc(out, clean.s[i]);
    }
    if (n > limit)
        tum_buf_adds(out, "…");
}

static void add_cause(struct tum_buf *out, const char *message)
{
    TUM_AUTO(tum_buf_release) struct tum_buf cause = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_cause_write(tum_str_of(message), &cause);
    add_cell(out, cause.s, 400);
}

static void add_row(struct tum_buf *out, const struct tum_rcampaign *campaign)
{
    const struct tum_counts *c = &campaign->counts;

    tum_buf_adds(out, "| ");
    add_cell(out, campaign->shown, 200);
    tum_buf_addf(out, " | %s | %.1f s | %zu passed",
                 campaign->begun ? campaign->outcome : "not started",
                 campaign->duration, c->passed);
    if (c->failed > 0)
        tum_buf_addf(out, ", %zu failed", c->failed);
    if (c->errors > 0)
        tum_buf_addf(out, ", %zu error%s", c->errors, c->errors == 1 ? "" : "s");
    if (c->known_flaky > 0)
        tum_buf_addf(out, ", %zu known flaky", c->known_flaky);
    if (c->excused > 0)
        tum_buf_addf(out, ", %zu not counted", c->excused);
    tum_buf_adds(out, " | ");
    add_cause(out, tum_rcampaign_why(campaign));
    if (campaign->left != NULL) {
        tum_buf_adds(out, tum_rcampaign_why(campaign)[0] == '\0' ? "left behind: "
                                                                 : "; left behind: ");
        add_cell(out, campaign->left, 160);
    }
    tum_buf_adds(out, " |\n");
}

void tum_report_table(const struct tum_rbatch *batch, struct tum_buf *out)
{
    tum_buf_adds(out, "| campaign | outcome | time | tests | cause |\n"
                      "| --- | --- | ---: | --- | --- |\n");
    for (int class = 0; class < TUM_RCLASSES; class ++) {
        for (size_t i = 0; i < batch->count; i++) {
            if (tum_rcampaign_class(batch->campaigns[i]) == class)
                add_row(out, batch->campaigns[i]);
        }
    }
}

static void add_block(struct tum_buf *out, struct tum_str text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf clean = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str rest, line;
    bool more = true;

    tum_plain_text(text, &clean);
    rest = tum_str_trim(tum_buf_str(&clean));
    tum_buf_addc(out, '\n');
    while (tum_str_split(&rest, &more, '\n', &line))
        tum_buf_addf(out, "    %.*s\n", TUM_STR_ARG(line));
    tum_buf_addc(out, '\n');
}

static struct tum_str tail_of(struct tum_str text)
{
    size_t lines = TAIL_LINES, at;

    while (text.n > 0 && text.s[text.n - 1] == '\n')
        text.n--;
    at = text.n;
    while (at > 0) {
        at--;
        if (text.s[at] == '\n' && --lines == 0)
            return tum_str_sub(text, at + 1, text.n);
    }
    return text;
}

static void add_log(struct tum_buf *out, const char *path)
{
    struct tum_error *err = NULL;
    char *text;
    size_t n;

    if (!tum_file_read(path, LOG_LIMIT, &text, &n, &err)) {
        tum_error_free(err);
        return;
    }
    if (n > 0) {
        tum_buf_adds(out, "\nEnd of the log:\n");
        add_block(out, tail_of(tum_str_n(text, n)));
    }
    tum_free(text);
}

static void add_finding(struct tum_buf *out, const struct tum_rcase *one)
{
    tum_buf_adds(out, "\n* **");
    add_cell(out, one->address, 400);
    tum_buf_addf(out, "** %s%s (%s:%u)\n", one->outcome,
                 one->excused ? ", not counted" : "", one->file, one->line);
    add_block(out, tum_str_of(one->message));
    if (one->output.len > 0) {
        tum_buf_adds(out, "  Its last lines:\n");
        add_block(out, tail_of(tum_buf_str(&one->output)));
    }
}

static void add_campaign(struct tum_buf *out, const struct tum_rcampaign *campaign)
{
    size_t told;

    tum_buf_adds(out, "\n### ");
    add_cell(out, campaign->shown, 400);
    tum_buf_addf(out, ": %s\n", campaign->outcome);
    if (campaign->clean_start[0] != '\0' && strcmp(campaign->clean_start, "yes") != 0) {
        tum_buf_adds(out, "\nClean start:\n");
        add_block(out, tum_str_of(campaign->clean_start));
    }
    for (size_t i = 0; i + 1 < campaign->attempt_count; i++) {
        tum_buf_addf(out, "\nAttempt %zu: %s: ", i + 1, campaign->attempts[i].outcome);
        add_cause(out, campaign->attempts[i].message);
        tum_buf_addc(out, '\n');
    }
    told = tum_rcampaign_tell(campaign, add_finding, out);
    if (tum_rcampaign_speaks(campaign, told))
        add_block(out, tum_str_of(campaign->message));
    if (campaign->left != NULL) {
        tum_buf_adds(out, "\nLeft behind: ");
        add_cell(out, campaign->left, 1000);
        tum_buf_addc(out, '\n');
    }
    if (told == 0 && !tum_outcome_passed(campaign->outcome))
        add_log(out, campaign->log);
}

static void add_front(const struct tum_rbatch *batch, struct tum_buf *out)
{
    bool passed = tum_rbatch_passed(batch);
    const char *status = batch->verdict_status != NULL ? batch->verdict_status
                         : passed                      ? "success"
                                                       : "failed";

    tum_buf_addf(out,
                 "---\nresult: %s\nstatus: %s\nexit_code: %d\nsmoke: %s\n"
                 "passed: %zu\nfailed: %zu\nerrors: %zu\nknown_flaky: %zu\n",
                 passed ? "PASS" : "FAIL", status, batch->status, batch->smoke,
                 batch->counts.passed, batch->counts.failed, batch->counts.errors,
                 batch->counts.known_flaky);
    tum_buf_addf(out, "revision: %s\nhost: %s\nstarted_at: %s\nduration_s: %.1f\n---\n",
                 batch->revision[0] != '\0' ? batch->revision : "unknown", batch->host,
                 batch->started, batch->duration);
}

void tum_report_markdown(const struct tum_rbatch *batch, struct tum_buf *out)
{
    bool any = false;

    add_front(batch, out);
    tum_buf_addf(out, "\n# %s: %zu campaign%s, %zu passed, %zu failed, %zu errors\n\n",
                 tum_rbatch_passed(batch) ? "PASS" : "FAIL", batch->count,
                 batch->count == 1 ? "" : "s", batch->counts.passed,
                 batch->counts.failed, batch->counts.errors);
    if (!batch->ended)
        tum_buf_adds(out, "The batch did not end: it was killed.\n\n");
    if (batch->bail != NULL)
        add_block(out, tum_str_of(batch->bail));
    if (batch->notes.len > 0)
        add_block(out, tum_buf_str(&batch->notes));
    tum_report_table(batch, out);
    for (int class = 0; class < TUM_RCLASSES - 1; class ++) {
        for (size_t i = 0; i < batch->count; i++) {
            if (tum_rcampaign_class(batch->campaigns[i]) != class)
                continue;
            if (!any)
                tum_buf_adds(out, "\n## What to look at\n");
            any = true;
            add_campaign(out, batch->campaigns[i]);
        }
    }
}
