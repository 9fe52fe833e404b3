/* SPDX-License-Identifier: Apache-2.0 */
/*
 * junit.xml. A name is unique in its class: executions of one node after the first have
 * their number.
 */
#include "base/path.h"
#include "base/strmap.h"
#include "base/utf8.h"
#include "batch/rmodel.h"
#include "tum/mem.h"
#include <stdio.h>

static void add_xml(struct tum_buf *out, struct tum_str raw, bool attribute)
{
    TUM_AUTO(tum_buf_release) struct tum_buf plain = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text;

    tum_plain_text(raw, &plain);
    text = tum_buf_str(&plain);
    for (size_t i = 0; i < text.n;) {
        uint32_t c;
        size_t n = tum_utf8_decode(text.s + i, text.n - i, &c);

        if (c == '&')
            tum_buf_adds(out, "&amp;");
        else if (c == '<')
            tum_buf_adds(out, "&lt;");
        else if (c == '>')
            tum_buf_adds(out, "&gt;");
        else if (c == '"')
            tum_buf_adds(out, "&quot;");
        else if (attribute && c == '\n')
            tum_buf_adds(out, "&#10;");
        else if (attribute && c == '\t')
            tum_buf_adds(out, "&#9;");
        else if (c == TUM_UTF8_BAD || (c >= 0xD800 && c <= 0xDFFF))
            tum_buf_adds(out, "\xEF\xBF\xBD");
        else if (c != 0xFFFE && c != 0xFFFF && !(c >= 0x7F && c <= 0x9F))
            tum_buf_add(out, text.s + i, n);
        i += n;
    }
}

static void add_attribute(struct tum_buf *out, const char *name, const char *value)
{
    tum_buf_addf(out, " %s=\"", name);
    add_xml(out, tum_str_of(value), true);
    tum_buf_addc(out, '"');
}

static const char *file_of(const struct tum_rbatch *batch, const char *path,
                           char **keep)
{
    *keep = path[0] == '/' && batch->repository[0] == '/'
                ? tum_path_relative(path, batch->repository)
                : tum_strdup(path);
    return *keep;
}

static void add_element(struct tum_buf *out, const char *element, const char *type,
                        const char *message)
{
    struct tum_str text = tum_str_of(message);
    struct tum_str first = tum_str_sub(text, 0, tum_str_find_char(text, '\n', 0));
    TUM_AUTO(tum_freep) char *line = tum_strndup(first.s, first.n);

    tum_buf_addf(out, "      <%s", element);
    add_attribute(out, "message", line);
    if (type != NULL)
        add_attribute(out, "type", type);
    tum_buf_addc(out, '>');
    add_xml(out, text, false);
    tum_buf_addf(out, "</%s>\n", element);
}

static void add_skipped(struct tum_buf *out, const char *before, const char *message)
{
    TUM_AUTO(tum_freep) char *text = tum_asprintf("%s%s", before, message);

    tum_buf_adds(out, "      <skipped");
    add_attribute(out, "message", text);
    tum_buf_adds(out, "/>\n");
}

static void add_result(struct tum_buf *out, const char *outcome, const char *message,
                       bool excused)
{
    if (excused)
        add_skipped(out, "not counted, an item above it passed: ", message);
    else if (strcmp(outcome, "failed") == 0)
        add_element(out, "failure", "failure", message);
    else if (tum_outcome_infra(outcome))
        add_element(out, "error", "infrastructure", message);
    else if (strcmp(outcome, "interrupted") == 0)
        add_element(out, "error", "interrupted", message);
    else if (strcmp(outcome, "skipped") == 0)
        add_skipped(out, "", message);
    else if (strcmp(outcome, "known_flaky") == 0)
        add_skipped(out, "known flaky: ", message);
}

/* Earlier attempts of the campaign, in which the same execution did not pass. */
static void add_reruns(struct tum_buf *out, const struct tum_rcampaign *campaign,
                       const struct tum_rcase *one)
{
    bool passed = tum_outcome_passed(one->outcome);

    for (size_t i = 0; i + 1 < campaign->attempt_count; i++) {
        const struct tum_rattempt *attempt = &campaign->attempts[i];

        for (size_t k = 0; k < attempt->case_count; k++) {
            const struct tum_rcase *other = &attempt->cases[k];

            if (!other->shown || strcmp(other->address, one->address) != 0 ||
                other->iteration != one->iteration ||
                tum_outcome_passed(other->outcome) ||
                strcmp(other->outcome, "skipped") == 0)
                continue;
            add_element(out, passed ? "flakyFailure" : "rerunFailure", other->outcome,
                        other->message);
        }
    }
    tum_list_each (try, one->tries) {
        const char *outcome = tum_conf_text(*try, "outcome");
        const char *message = tum_conf_text(*try, "message");

        add_element(out, passed ? "flakyFailure" : "rerunFailure",
                    outcome != NULL ? outcome : "failed",
                    message != NULL ? message : "");
    }
}

/* Names of the parents joined by dots, the file's first. */
static void add_class(struct tum_buf *out, const struct tum_rcampaign *campaign,
                      const char *address)
{
    struct tum_str shown = tum_str_of(campaign->shown), rest;
    size_t last = 0;

    if (tum_str_ends(shown, ".tum"))
        shown.n -= 4;
    while (tum_str_starts(shown, "../"))
        shown = tum_str_sub(shown, 3, shown.n);
    for (size_t i = 0; i < shown.n; i++)
        tum_buf_addc(out, shown.s[i] == '/' ? '.' : shown.s[i]);
    rest = tum_str_of(address);
    /* The last part is the node itself; an escaped slash is no end of a part. */
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.s[i] == '\\')
            i++;
        else if (rest.s[i] == '/')
            last = i;
    }
    rest = tum_str_sub(rest, 0, last);
    if (rest.n == 0)
        return;
    tum_buf_addc(out, '.');
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.s[i] == '\\' && i + 1 < rest.n)
            tum_buf_addc(out, rest.s[++i]);
        else
            tum_buf_addc(out, rest.s[i] == '/' ? '.' : rest.s[i]);
    }
}

static void add_case(struct tum_buf *out, const struct tum_rbatch *batch,
                     const struct tum_rcampaign *campaign, const struct tum_rcase *one,
                     struct tum_strmap *names, bool jenkins_xsd)
{
    TUM_AUTO(tum_buf_release) struct tum_buf class = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf name = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_freep) char *keep = NULL;
    uintptr_t before;

    add_class(&class, campaign, one->address);
    if (one->name[0] != '\0')
        tum_buf_adds(&name, one->name);
    else
        tum_buf_addf(&name, "[%s]", one->type);
    TUM_AUTO(tum_freep) char *full = tum_asprintf("%s\n%s", class.s, name.s);
    before = (uintptr_t)tum_strmap_get(names, tum_str_of(full));
    tum_strmap_set(names, tum_str_of(full), (void *)(before + 1));
    if (before > 0 || one->iteration >= 0)
        tum_buf_addf(&name, "[%llu]", (unsigned long long)before + 1);
    tum_buf_adds(out, "    <testcase");
    add_attribute(out, "classname", class.s);
    add_attribute(out, "name", name.s);
    tum_buf_addf(out, " time=\"%.6f\"", one->duration);
    if (!jenkins_xsd && one->file[0] != '\0') {
        add_attribute(out, "file", file_of(batch, one->file, &keep));
        if (one->line > 0)
            tum_buf_addf(out, " line=\"%u\"", one->line);
    }
    tum_buf_adds(out, ">\n");
    add_result(out, one->outcome, one->message, one->excused);
    add_reruns(out, campaign, one);
    if (one->output.len > 0) {
        tum_buf_adds(out, "      <system-out>");
        add_xml(out, tum_buf_str(&one->output), false);
        if (one->output.full)
            tum_buf_adds(out, "\n[cut at 64 KiB]");
        tum_buf_adds(out, "</system-out>\n");
    }
    tum_buf_adds(out, "    </testcase>\n");
}

static void add_suite(struct tum_buf *out, const struct tum_rbatch *batch,
                      const struct tum_rcampaign *campaign, bool jenkins_xsd)
{
    const struct tum_rattempt *last = tum_rcampaign_last(campaign);
    const struct tum_counts *c = &campaign->counts;
    struct tum_strmap *names = tum_strmap_new();
    TUM_AUTO(tum_freep) char *keep = NULL;
    char stamp[20] = "1970-01-01T00:00:00";

    if (strlen(campaign->started) >= 19)
        snprintf(stamp, sizeof(stamp), "%.19s", campaign->started);
    tum_buf_adds(out, "  <testsuite");
    add_attribute(out, "name", campaign->shown);
    tum_buf_addf(out,
                 " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" "
                 "time=\"%.6f\" timestamp=\"%s\"",
                 tum_counts_all(c), c->failed, c->errors + c->interrupted,
                 c->skipped + c->known_flaky + c->excused, campaign->duration, stamp);
    add_attribute(out, "hostname", batch->host[0] != '\0' ? batch->host : "localhost");
    if (!jenkins_xsd)
        add_attribute(out, "file", file_of(batch, campaign->file, &keep));
    tum_buf_adds(out, ">\n");
    for (size_t i = 0; last != NULL && i < last->case_count; i++) {
        if (last->cases[i].shown)
            add_case(out, batch, campaign, &last->cases[i], names, jenkins_xsd);
    }
    if (!tum_rcampaign_says(campaign)) {
        TUM_AUTO(tum_buf_release) struct tum_buf class = TUM_BUF_INIT(TUM_BUF_ANY);

        add_class(&class, campaign, "");
        tum_buf_adds(out, "    <testcase");
        add_attribute(out, "classname", class.s);
        tum_buf_addf(out, " name=\"[campaign]\" time=\"%.6f\">\n", campaign->duration);
        add_result(out, campaign->outcome, campaign->message, false);
        tum_buf_adds(out, "    </testcase>\n");
    }
    tum_buf_adds(out, "  </testsuite>\n");
    tum_strmap_free(names);
}

void tum_report_junit(const struct tum_rbatch *batch, bool jenkins_xsd,
                      struct tum_buf *out)
{
    const struct tum_counts *c = &batch->counts;

    tum_buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    add_attribute(out, "name", "tum");
    tum_buf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.6f\">\n",
                 tum_counts_all(c), c->failed, c->errors + c->interrupted,
                 batch->duration);
    for (size_t i = 0; i < batch->count; i++)
        add_suite(out, batch, batch->campaigns[i], jenkins_xsd);
    tum_buf_adds(out, "</testsuites>\n");
}
