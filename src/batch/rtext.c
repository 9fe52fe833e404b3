/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine-readable texts beside JUnit: ctrf.json, summary.json, report.tap.
 */
#include "base/path.h"
#include "batch/rmodel.h"
#include "tum/mem.h"

static void put(struct tum_map_builder *b, const char *key, const char *text)
{
    tum_map_adds(b, key, tum_val_str(text));
}

static void put_count(struct tum_map_builder *b, const char *key, size_t n)
{
    tum_map_adds(b, key, tum_val_int((int64_t)n));
}

static void write_json(struct tum_buf *out, tum_val take)
{
    static const struct tum_json_style style = {.indent = 2};
    struct tum_error *err = NULL;

    if (!tum_json_write(out, take, &style, &err))
        tum_error_free(err);
    tum_buf_addc(out, '\n');
    tum_val_unref(take);
}

static tum_val plain(const char *text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_plain_text(tum_str_of(text), &out);
    return tum_val_strn(out.s, out.len);
}

/* Milliseconds since the epoch of an RFC 3339 time; 0 when it is none. */
static int64_t epoch_ms(const char *text)
{
    struct tum_str t = tum_str_of(text);
    int64_t y, mo, d, h, mi, s, us = 0, oh = 0, om = 0, days;
    size_t zone;

    if (t.n < 20 || !tum_str_int(tum_str_sub(t, 0, 4), &y) ||
        !tum_str_int(tum_str_sub(t, 5, 7), &mo) ||
        !tum_str_int(tum_str_sub(t, 8, 10), &d) ||
        !tum_str_int(tum_str_sub(t, 11, 13), &h) ||
        !tum_str_int(tum_str_sub(t, 14, 16), &mi) ||
        !tum_str_int(tum_str_sub(t, 17, 19), &s))
        return 0;
    if (t.s[19] == '.' && t.n >= 26)
        tum_str_int(tum_str_sub(t, 20, 26), &us);
    zone = t.s[t.n - 1] == 'Z' ? t.n : t.n - 6;
    if (zone < t.n && tum_str_int(tum_str_sub(t, zone + 1, zone + 3), &oh) &&
        tum_str_int(tum_str_sub(t, zone + 4, zone + 6), &om) && t.s[zone] == '-') {
        oh = -oh;
        om = -om;
    }
    y -= mo <= 2;
    days = 365 * y + y / 4 - y / 100 + y / 400 +
           (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 1 - 719468;
    return ((days * 24 + h - oh) * 60 + mi - om) * 60000 + s * 1000 + us / 1000;
}

/* ---- CTRF ---- */

static void put_status(struct tum_map_builder *b, const struct tum_rcase *one)
{
    const char *outcome = one->outcome;

    if (one->excused) {
        put(b, "status", "other");
        put(b, "rawStatus", "not_counted");
    } else if (tum_outcome_infra(outcome)) {
        put(b, "status", "other");
        put(b, "rawStatus", "infra_error");
    } else if (strcmp(outcome, "interrupted") == 0) {
        put(b, "status", "other");
        put(b, "rawStatus", "interrupted");
    } else if (strcmp(outcome, "known_flaky") == 0) {
        put(b, "status", "other");
        put(b, "rawStatus", "known_flaky");
    } else if (strcmp(outcome, "skipped") == 0) {
        put(b, "status", "skipped");
        put(b, "rawStatus", outcome);
    } else {
        put(b, "status", tum_outcome_passed(outcome) ? "passed" : "failed");
        put(b, "rawStatus", outcome);
    }
}

static tum_val ctrf_case(const struct tum_rbatch *batch,
                         const struct tum_rcampaign *campaign,
                         const struct tum_rcase *one)
{
    struct tum_map_builder *b = tum_map_begin(16), *extra = tum_map_begin(4);
    struct tum_list_builder *suite = tum_list_begin(1);
    bool flaky =
        strcmp(one->outcome, "flaky") == 0 ||
        (tum_outcome_passed(one->outcome) && strcmp(campaign->outcome, "flaky") == 0 &&
         campaign->attempt_count > 1);
    int64_t start = epoch_ms(one->started);

    put(b, "name", one->address[0] != '\0' ? one->address : campaign->shown);
    put_status(b, one);
    put_count(b, "duration", (size_t)(one->duration * 1000 + 0.5));
    if (start > 0) {
        tum_map_adds(b, "start", tum_val_int(start));
        tum_map_adds(b, "stop",
                     tum_val_int(start + (int64_t)(one->duration * 1000 + 0.5)));
    }
    tum_list_add(suite, tum_val_str(campaign->shown));
    tum_map_adds(b, "suite", tum_list_end(suite));
    if (!tum_outcome_passed(one->outcome))
        tum_map_adds(b, "message", plain(one->message));
    if (one->file[0] == '/') {
        TUM_AUTO(tum_freep)
        char *file = tum_path_relative(
            one->file, batch->repository[0] == '/' ? batch->repository : "/");

        put(b, "filePath", file);
        tum_map_adds(b, "line", tum_val_int(one->line));
    }
    put(b, "type", "e2e");
    if (one->attempts > 1)
        tum_map_adds(b, "retries", tum_val_int(one->attempts - 1));
    else if (campaign->attempt_count > 1)
        put_count(b, "retries", campaign->attempt_count - 1);
    if (flaky)
        tum_map_adds(b, "flaky", tum_val_bool(true));
    put(extra, "outcome", one->outcome);
    put(extra, "itemType", one->type);
    tum_map_adds(b, "extra", tum_map_end(extra));
    return tum_map_end(b);
}

void tum_report_ctrf(const struct tum_rbatch *batch, struct tum_buf *out)
{
    struct tum_map_builder *root = tum_map_begin(4), *results = tum_map_begin(4),
                           *tool = tum_map_begin(2), *summary = tum_map_begin(10),
                           *environment = tum_map_begin(4), *extra = tum_map_begin(2);
    struct tum_list_builder *tests = tum_list_begin(64);
    const struct tum_counts *c = &batch->counts;
    int64_t start = epoch_ms(batch->started);

    for (size_t i = 0; i < batch->count; i++) {
        const struct tum_rcampaign *campaign = batch->campaigns[i];
        const struct tum_rattempt *last = tum_rcampaign_last(campaign);

        for (size_t k = 0; last != NULL && k < last->case_count; k++) {
            if (last->cases[k].shown)
                tum_list_add(tests, ctrf_case(batch, campaign, &last->cases[k]));
        }
        if (!tum_rcampaign_says(campaign)) {
            struct tum_rcase whole = {
                .address = campaign->shown,
                .outcome = campaign->outcome,
                .message = campaign->message,
                .file = campaign->file,
                .started = campaign->started,
                .type = (char[]){"campaign"},
                .duration = campaign->duration,
            };

            tum_list_add(tests, ctrf_case(batch, campaign, &whole));
        }
    }
    put(tool, "name", "tum");
    put(tool, "version", batch->version);
    put_count(summary, "tests", tum_list_built(tests));
    put_count(summary, "passed", c->passed);
    put_count(summary, "failed", c->failed);
    put_count(summary, "pending", 0);
    put_count(summary, "skipped", c->skipped);
    put_count(summary, "other",
              c->errors + c->known_flaky + c->interrupted + c->excused);
    put_count(summary, "flaky", c->flaky);
    put_count(summary, "suites", batch->count);
    tum_map_adds(summary, "start", tum_val_int(start));
    tum_map_adds(summary, "stop",
                 tum_val_int(start + (int64_t)(batch->duration * 1000)));
    put(environment, "testEnvironment", batch->host);
    if (batch->revision[0] != '\0')
        put(environment, "commit", batch->revision);
    put(extra, "result", tum_rbatch_passed(batch) ? "PASS" : "FAIL");
    tum_map_adds(extra, "exitCode", tum_val_int(batch->status));
    tum_map_adds(results, "tool", tum_map_end(tool));
    tum_map_adds(results, "summary", tum_map_end(summary));
    tum_map_adds(results, "tests", tum_list_end(tests));
    tum_map_adds(results, "environment", tum_map_end(environment));
    tum_map_adds(results, "extra", tum_map_end(extra));
    put(root, "reportFormat", "CTRF");
    put(root, "specVersion", "1.0.0");
    tum_map_adds(root, "results", tum_map_end(results));
    write_json(out, tum_map_end(root));
}

/* ---- summary.json ---- */

static tum_val summary_campaign(const struct tum_rcampaign *campaign)
{
    struct tum_map_builder *b = tum_map_begin(16);
    struct tum_list_builder *attempts = tum_list_begin(2),
                            *failures = tum_list_begin(4);
    const struct tum_rattempt *last = tum_rcampaign_last(campaign);

    put(b, "campaign", campaign->shown);
    put(b, "result", campaign->begun ? campaign->result : "FAIL");
    put(b, "outcome", campaign->begun ? campaign->outcome : "not_started");
    tum_map_adds(b, "message", plain(campaign->message));
    tum_map_adds(b, "duration", tum_val_float(campaign->duration));
    put_count(b, "passed", campaign->counts.passed);
    put_count(b, "failed", campaign->counts.failed);
    put_count(b, "errors", campaign->counts.errors);
    put_count(b, "skipped", campaign->counts.skipped);
    put_count(b, "known_flaky", campaign->counts.known_flaky);
    put_count(b, "not_counted", campaign->counts.excused);
    put(b, "folder", campaign->folder);
    put(b, "clean_start", campaign->clean_start);
    if (campaign->left != NULL)
        put(b, "left_behind", campaign->left);
    if (campaign->origin[0] != '\0')
        put(b, "shard_folder", campaign->origin);
    for (size_t i = 0; i < campaign->attempt_count; i++) {
        struct tum_map_builder *one = tum_map_begin(3);

        put(one, "outcome", campaign->attempts[i].outcome);
        tum_map_adds(one, "duration", tum_val_float(campaign->attempts[i].duration));
        tum_map_adds(one, "message", plain(campaign->attempts[i].message));
        tum_list_add(attempts, tum_map_end(one));
    }
    tum_map_adds(b, "attempts", tum_list_end(attempts));
    for (size_t i = 0; last != NULL && i < last->case_count; i++) {
        const struct tum_rcase *one = &last->cases[i];
        struct tum_map_builder *f;

        if (!tum_rcase_tells(one))
            continue;
        f = tum_map_begin(6);
        put(f, "node", one->address);
        put(f, "outcome", one->outcome);
        tum_map_adds(f, "message", plain(one->message));
        put(f, "file", one->file);
        tum_map_adds(f, "line", tum_val_int(one->line));
        if (one->excused)
            tum_map_adds(f, "counted", tum_val_bool(false));
        tum_list_add(failures, tum_map_end(f));
    }
    tum_map_adds(b, "findings", tum_list_end(failures));
    return tum_map_end(b);
}

void tum_report_summary(const struct tum_rbatch *batch, struct tum_buf *out)
{
    struct tum_list_builder *campaigns = tum_list_begin(batch->count);
    struct tum_map_builder *b = tum_map_begin(20);

    put(b, "result", tum_rbatch_passed(batch) ? "PASS" : "FAIL");
    tum_map_adds(b, "exit_code", tum_val_int(batch->status));
    put(b, "smoke", batch->smoke);
    tum_map_adds(b, "ended", tum_val_bool(batch->ended));
    put(b, "run", batch->run);
    put(b, "host", batch->host);
    put(b, "revision", batch->revision);
    put(b, "started_at", batch->started);
    tum_map_adds(b, "duration_s", tum_val_float(batch->duration));
    put_count(b, "passed", batch->counts.passed);
    put_count(b, "failed", batch->counts.failed);
    put_count(b, "errors", batch->counts.errors);
    put_count(b, "skipped", batch->counts.skipped);
    put_count(b, "interrupted", batch->counts.interrupted);
    put_count(b, "known_flaky", batch->counts.known_flaky);
    put_count(b, "flaky", batch->counts.flaky);
    put_count(b, "not_counted", batch->counts.excused);
    if (batch->shards > 0) {
        tum_map_adds(b, "shard", tum_val_int(batch->shard));
        tum_map_adds(b, "shards", tum_val_int(batch->shards));
    }
    for (size_t i = 0; i < batch->count; i++)
        tum_list_add(campaigns, summary_campaign(batch->campaigns[i]));
    tum_map_adds(b, "campaigns", tum_list_end(campaigns));
    write_json(out, tum_map_end(b));
}

/* ---- TAP 14 ---- */

static void add_description(struct tum_buf *out, const char *text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf clean = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_plain_text(tum_str_of(text), &clean);
    for (size_t i = 0; i < clean.len; i++) {
        if (clean.s[i] == '#' || clean.s[i] == '\\')
            tum_buf_addc(out, '\\');
        tum_buf_addc(out, clean.s[i] == '\n' || clean.s[i] == '\t' ? ' ' : clean.s[i]);
    }
}

static void add_directive(struct tum_buf *out, const char *outcome, const char *message,
                          bool excused)
{
    static const char todo[] = " # TO"
                               "DO "; /* a directive of TAP */

    if (excused) {
        tum_buf_addf(out, "%snot counted", todo);
    } else if (strcmp(outcome, "known_flaky") == 0) {
        tum_buf_addf(out, "%sknown flaky", todo);
    } else if (strcmp(outcome, "skipped") == 0) {
        tum_buf_adds(out, " # SKIP ");
        add_description(out, message);
    }
}

static void add_yaml(struct tum_buf *out, int depth, const char *outcome,
                     const char *message)
{
    TUM_AUTO(tum_buf_release) struct tum_buf clean = TUM_BUF_INIT(TUM_BUF_ANY);
    static const struct tum_json_style style = {0};

    if (tum_outcome_passed(outcome) || strcmp(outcome, "skipped") == 0)
        return;
    tum_plain_text(tum_str_of(message), &clean);
    tum_buf_fill(out, ' ', (size_t)depth * 4 + 2);
    tum_buf_adds(out, "---\n");
    tum_buf_fill(out, ' ', (size_t)depth * 4 + 2);
    tum_buf_addf(out, "outcome: %s\n", outcome);
    tum_buf_fill(out, ' ', (size_t)depth * 4 + 2);
    tum_buf_adds(out, "message: ");
    tum_json_write_text(out, tum_buf_str(&clean), &style);
    tum_buf_addc(out, '\n');
    tum_buf_fill(out, ' ', (size_t)depth * 4 + 2);
    tum_buf_adds(out, "...\n");
}

static void tap_line(struct tum_buf *out, int depth, size_t number, const char *name,
                     const char *outcome, const char *message, bool excused)
{
    bool ok = tum_outcome_result(outcome)[0] != 'F';

    tum_buf_fill(out, ' ', (size_t)depth * 4);
    tum_buf_addf(out, "%sok %zu - ", ok ? "" : "not ", number);
    add_description(out, name);
    add_directive(out, outcome, message, excused);
    tum_buf_addc(out, '\n');
    add_yaml(out, depth, outcome, message);
}

/* Children of a case as a subtest. */
static void tap_children(struct tum_buf *out, const struct tum_rattempt *attempt,
                         const struct tum_rcase *above, int depth)
{
    size_t number = 0;

    for (size_t i = above->first; i > 0; i = attempt->cases[i - 1].next) {
        const struct tum_rcase *one = &attempt->cases[i - 1];
        const char *name = one->name[0] != '\0' ? one->name : one->type;

        if (!one->shown && !one->below)
            continue;
        number++;
        if (one->below) {
            tum_buf_fill(out, ' ', (size_t)(depth + 1) * 4);
            tum_buf_adds(out, "# Subtest: ");
            add_description(out, name);
            tum_buf_addc(out, '\n');
            tap_children(out, attempt, one, depth + 1);
        }
        tap_line(out, depth, number, name, one->outcome, one->message, one->excused);
    }
    tum_buf_fill(out, ' ', (size_t)depth * 4);
    tum_buf_addf(out, "1..%zu\n", number);
}

void tum_report_tap(const struct tum_rbatch *batch, struct tum_buf *out)
{
    size_t begun = 0;

    /* The comment keeps readers that know version 13 only from refusing the whole. */
    tum_buf_adds(out, "TAP version 14 # nested groups are subtests\n");
    tum_buf_addf(out, "1..%zu\n", batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        const struct tum_rcampaign *campaign = batch->campaigns[i];
        const struct tum_rattempt *last = tum_rcampaign_last(campaign);
        const struct tum_rcase *root = NULL;

        if (!campaign->begun)
            continue;
        begun++;
        for (size_t k = 0; last != NULL && k < last->case_count && root == NULL; k++) {
            if (last->cases[k].parent == 0)
                root = &last->cases[k];
        }
        if (root != NULL) {
            tum_buf_adds(out, "    # Subtest: ");
            add_description(out, campaign->shown);
            tum_buf_addc(out, '\n');
            tap_children(out, last, root, 1);
        }
        tap_line(out, 0, i + 1, campaign->shown, campaign->outcome, campaign->message,
                 false);
    }
    if (begun < batch->count || batch->bail != NULL) {
        tum_buf_adds(out, "Bail out! ");
        add_description(out,
                        batch->bail != NULL ? batch->bail : "the batch ended early");
        tum_buf_addc(out, '\n');
    }
}
