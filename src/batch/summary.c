/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user of a batch reads: a line a campaign, the live line, the end.
 */
#include "base/path.h"
#include "base/utf8.h"
#include "batch/batchstate.h"
#include "tum/mem.h"
#include <ctype.h>

#define NAME_COLUMNS 44

static const char *word_of(const char *outcome)
{
    static const struct {
        const char *outcome, *word;
    } words[] = {
        {"passed", "PASS"},
        {"flaky", "FLAKY"},
        {"failed", "FAIL"},
        {"timeout", "TIMEOUT"},
        {"error", "ERROR"},
        {"degraded", "DEGRADED"},
        {"known_flaky", "KNOWN FLAKY"},
        {"interrupted", "STOPPED"},
        {"skipped", "SKIP"},
    };

    for (size_t i = 0; i < TUM_LEN(words); i++) {
        if (strcmp(words[i].outcome, outcome) == 0)
            return words[i].word;
    }
    return outcome;
}

static void add_counts(struct tum_buf *out, const struct tum_job *job)
{
    const struct {
        size_t count;
        const char *word;
    } parts[] = {
        {job->passed, "passed"},
        {job->failed, "failed"},
        {job->errors, job->errors == 1 ? "error" : "errors"},
        {job->known_flaky, "known flaky"},
        {job->skipped, "skipped"},
        {job->excused, "not counted"},
    };
    bool any = false;

    for (size_t i = 0; i < TUM_LEN(parts); i++) {
        if (parts[i].count == 0)
            continue;
        tum_buf_addf(out, "%s%zu %s", any ? ", " : "", parts[i].count, parts[i].word);
        any = true;
    }
}

void tum_summary_line(struct tum_batch *batch, const struct tum_job *job)
{
    TUM_AUTO(tum_buf_release) struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t width;

    tum_buf_addf(&line, "%-11s ", word_of(job->outcome));
    tum_buf_adds(&line, job->campaign->shown);
    width = tum_utf8_columns(tum_str_of(job->campaign->shown));
    tum_buf_fill(&line, ' ', 1 + (width < NAME_COLUMNS ? NAME_COLUMNS - width : 0));
    tum_buf_addf(&line, "%7.1f s  ", job->duration);
    add_counts(&line, job);
    if (job->attempt > 1)
        tum_buf_addf(&line, "  (attempt %lld)", (long long)job->attempt);
    if (job->state == TUM_JOB_WAITING) {
        tum_time now = tum_now();

        tum_buf_adds(&line, "  is tried again");
        if (job->ready_at > now)
            tum_buf_addf(&line, " in %.3g s",
                         (double)(job->ready_at - now) / (double)TUM_SECOND);
    }
    while (line.len > 0 && line.s[line.len - 1] == ' ')
        tum_buf_truncate(&line, line.len - 1);
    tum_buf_addc(&line, '\n');
    if (job->left != NULL)
        tum_buf_addf(&line, "            left behind: %s\n", job->left);
    batch->face->print(batch->face->ctx, tum_buf_str(&line));
}

void tum_summary_live(struct tum_batch *batch)
{
    TUM_AUTO(tum_buf_release) struct tum_buf line = TUM_BUF_INIT(4096);
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(4096);
    double left = 0, known = 0;
    size_t running = 0;
    tum_time now = tum_now();

    for (size_t i = 0; i < batch->job_count; i++) {
        const struct tum_job *job = &batch->jobs[i];
        double takes = job->campaign->duration;

        if (job->state == TUM_JOB_DONE)
            continue;
        if (takes >= 0) {
            known++;
            left += takes;
        }
        if (job->state == TUM_JOB_RUNNING) {
            double since = (double)(now - job->started) / (double)TUM_SECOND;

            if (takes >= 0)
                left -= since < takes ? since : takes;
            if (running++ < 4)
                tum_buf_addf(&text, "%s%s", running > 1 ? ", " : "",
                             tum_path_base(job->campaign->shown));
        }
    }
    tum_buf_addf(&line, "%zu/%zu", batch->done, batch->job_count);
    if (batch->failed > 0)
        tum_buf_addf(&line, "  %zu not passed", batch->failed);
    if (known > 0) {
        size_t jobs = TUM_MAX(batch->opts->jobs, (size_t)1);

        tum_buf_addf(&line, "  about %.0f s left", left / (double)jobs);
    }
    if (running > 4)
        tum_buf_addf(&text, ", %zu more", running - 4);
    tum_buf_addf(&line, "  %s", text.s);
    tum_buf_truncate(&line,
                     TUM_MIN(line.len, (size_t)TUM_MAX(batch->face->columns - 1, 20)));
    batch->face->live(batch->face->ctx, line.s);
}

/* ---- the end ---- */

static void add_message(struct tum_buf *out, const char *message)
{
    struct tum_str rest = tum_str_of(message), line;
    bool more = true;

    while (tum_str_split(&rest, &more, '\n', &line))
        tum_buf_addf(out, "    %.*s\n", TUM_STR_ARG(line));
}

static const char *flaky_text(const struct tum_job *job)
{
    if (strcmp(job->outcome, "flaky") == 0 && job->earlier != NULL)
        return job->earlier;
    return job->flaky_text;
}

static const char *known_text(const struct tum_job *job)
{
    return job->known_text;
}

/* text: what a section says of a campaign instead of its message; NULL: nothing else. */
static void add_section(struct tum_batch *batch, struct tum_buf *out, const char *title,
                        bool (*belongs)(const struct tum_job *job),
                        const char *(*text)(const struct tum_job *job))
{
    bool any = false;

    for (size_t i = 0; i < batch->job_count; i++) {
        const struct tum_job *job = &batch->jobs[i];
        const char *said;

        if (job->state != TUM_JOB_DONE || !belongs(job))
            continue;
        if (!any)
            tum_buf_addf(out, "\n%s\n", title);
        any = true;
        tum_buf_addf(out, "  %s\n", job->campaign->shown);
        said = text != NULL ? text(job) : NULL;
        if (said != NULL || strcmp(job->outcome, "passed") != 0 || job->flaky > 0)
            add_message(out, said != NULL ? said : job->message);
        if (job->start != NULL) {
            tum_buf_adds(out, "    clean start:\n");
            add_message(out, job->start);
        }
        if (job->left != NULL)
            tum_buf_addf(out, "    left behind: %s\n", job->left);
        tum_buf_addf(out, "    log: %s/log.txt\n", job->folder);
    }
}

static bool is_failure(const struct tum_job *job)
{
    return !tum_outcome_passed(job->outcome) && !tum_outcome_infra(job->outcome) &&
           strcmp(job->outcome, "skipped") != 0;
}

static bool is_unloaded(const struct tum_job *job)
{
    return job->status == TUM_STATUS_USAGE && strcmp(job->outcome, "error") == 0;
}

static bool is_infra(const struct tum_job *job)
{
    return tum_outcome_infra(job->outcome) && !is_unloaded(job);
}

/* It left something behind, or a service was respawned for it. */
static bool is_unclean(const struct tum_job *job)
{
    return strcmp(job->outcome, "passed") == 0 && job->known_flaky == 0 &&
           job->flaky == 0 &&
           (job->left != NULL ||
            (job->start != NULL &&
             !tum_str_ends(tum_str_of(job->start), TUM_ENDED_SINCE)));
}

static bool is_known(const struct tum_job *job)
{
    return strcmp(job->outcome, "known_flaky") == 0 || job->known_flaky > 0;
}

static bool is_flaky(const struct tum_job *job)
{
    return strcmp(job->outcome, "flaky") == 0 || job->flaky > 0;
}

static bool is_skipped(const struct tum_job *job)
{
    return strcmp(job->outcome, "skipped") == 0;
}

void tum_summary_end(struct tum_batch *batch, int status)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf time = TUM_BUF_INIT(64);
    size_t passed = 0, failed = 0, infra = 0, known = 0, open = 0, flaky = 0,
           skipped = 0, unloaded = 0;

    add_section(batch, &out, "Failures", is_failure, NULL);
    add_section(batch, &out, "Not loaded", is_unloaded, NULL);
    add_section(batch, &out, "Errors: infrastructure, not a test failure", is_infra,
                NULL);
    add_section(batch, &out, "Not run", is_skipped, NULL);
    add_section(batch, &out, "Flaky: passed after an attempt that did not", is_flaky,
                flaky_text);
    add_section(batch, &out, "Known flaky", is_known, known_text);
    add_section(batch, &out, "Passed, and worth a look", is_unclean, NULL);
    for (size_t i = 0; i < batch->job_count; i++) {
        const struct tum_job *job = &batch->jobs[i];

        if (job->state != TUM_JOB_DONE)
            open++;
        else if (strcmp(job->outcome, "known_flaky") == 0)
            known++;
        else if (is_unloaded(job))
            unloaded++;
        else if (is_infra(job))
            infra++;
        else if (is_skipped(job))
            skipped++;
        else if (is_failure(job))
            failed++;
        else
            passed++;
        flaky += job->state == TUM_JOB_DONE && strcmp(job->outcome, "flaky") == 0;
    }
    if (open > 0) {
        tum_buf_adds(&out, "\nNot started\n");
        for (size_t i = 0; i < batch->job_count; i++) {
            if (batch->jobs[i].state != TUM_JOB_DONE)
                tum_buf_addf(&out, "  %s\n", batch->jobs[i].campaign->shown);
        }
    }
    tum_duration_text((tum_now() - batch->start) / (10 * TUM_MS) * (10 * TUM_MS),
                      &time);
    tum_buf_addf(&out, "\n%s: %zu campaign%s, %zu passed",
                 status == 0 ? "PASS" : "FAIL", batch->job_count,
                 batch->job_count == 1 ? "" : "s", passed);
    if (flaky > 0)
        tum_buf_addf(&out, " (%zu flaky)", flaky);
    if (failed > 0)
        tum_buf_addf(&out, ", %zu failed", failed);
    if (unloaded > 0)
        tum_buf_addf(&out, ", %zu not loaded", unloaded);
    if (infra > 0)
        tum_buf_addf(&out, ", %zu not run for infrastructure", infra);
    if (skipped > 0)
        tum_buf_addf(&out, ", %zu skipped", skipped);
    if (known > 0)
        tum_buf_addf(&out, ", %zu known flaky", known);
    if (open > 0)
        tum_buf_addf(&out, ", %zu not started", open);
    tum_buf_addf(&out, " in %s, exit status %d\n", time.s, status);
    if (batch->opts->report_dir != NULL)
        tum_buf_addf(&out, "reports: %s\n", batch->folder);
    batch->face->print(batch->face->ctx, tum_buf_str(&out));
}
