/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What GitHub Actions reads: annotations, the step summary; and that it reads nothing
 * else while a device may be talking.
 */
#include "batch/github.h"
#include "base/fd.h"
#include "base/path.h"
#include "batch/rmodel.h"
#include "tum/clock.h"
#include "tum/mem.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>

/* Annotations of one kind that are shown. */
#define ANNOTATIONS 9

static void escape(struct tum_buf *out, const char *raw, bool property)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_plain_text(tum_str_of(raw), &text);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];

        if (c == '%' || c == '\n' || c == '\r' || (property && (c == ':' || c == ',')))
            tum_buf_addf(out, "%%%02X", (unsigned char)c);
        else
            tum_buf_addc(out, c);
    }
}

static void annotate(struct tum_buf *out, const struct tum_rbatch *batch,
                     const char *path, uint32_t line, const char *title,
                     const char *message)
{
    TUM_AUTO(tum_freep)
    char *file = path[0] == '/' && batch->repository[0] == '/'
                     ? tum_path_relative(path, batch->repository)
                     : tum_strdup(path);

    tum_buf_adds(out, "::error file=");
    escape(out, file, true);
    if (line > 0)
        tum_buf_addf(out, ",line=%u", line);
    tum_buf_adds(out, ",title=");
    escape(out, title, true);
    tum_buf_adds(out, "::");
    escape(out, message, false);
    tum_buf_addc(out, '\n');
}

/* The line of the first finding of a load, "FILE:LINE:COLUMN: error: ..."; else 1. */
static uint32_t line_of(const struct tum_rcampaign *campaign)
{
    TUM_AUTO(tum_freep) char *before = tum_asprintf("\n%s:", campaign->file);
    struct tum_str text = tum_str_of(campaign->message), number;
    size_t at = tum_str_find(text, tum_str_of(before), 0);
    int64_t line;

    if (at == TUM_STR_NONE)
        return 1;
    number = tum_str_sub(text, at + strlen(before), text.n);
    number = tum_str_sub(number, 0, tum_str_find_char(number, ':', 0));
    return tum_str_int(number, &line) && line > 0 && line < UINT32_MAX ? (uint32_t)line
                                                                       : 1;
}

static void add_annotations(const struct tum_rbatch *batch, struct tum_buf *out)
{
    size_t count = 0;

    for (size_t i = 0; i < batch->count; i++) {
        const struct tum_rcampaign *campaign = batch->campaigns[i];
        const struct tum_rattempt *last = tum_rcampaign_last(campaign);
        size_t before = count;

        if (tum_outcome_passed(campaign->outcome) ||
            strcmp(campaign->outcome, "skipped") == 0)
            continue;
        for (size_t k = 0; last != NULL && k < last->case_count; k++) {
            const struct tum_rcase *one = &last->cases[k];

            if (!one->shown || !tum_rcase_is_bad(one))
                continue;
            if (count++ < ANNOTATIONS)
                annotate(out, batch, one->file, one->line, one->address, one->message);
        }
        if (count == before && count++ < ANNOTATIONS)
            annotate(out, batch, campaign->file, line_of(campaign), campaign->shown,
                     campaign->message);
    }
    if (count > ANNOTATIONS)
        tum_buf_addf(out, "::error::%zu more failures are in the report\n",
                     count - ANNOTATIONS);
}

static void append_summary(const struct tum_rbatch *batch, const char *path)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    struct tum_error *err = NULL;

    tum_report_table(batch, &text);
    if (fd >= 0 && !tum_fd_write_all(fd, tum_buf_str(&text), &err))
        tum_error_free(err);
    tum_fd_close(&fd);
}

static bool annotates(void)
{
    const char *actions = getenv("GITHUB_ACTIONS");

    return actions != NULL && strcmp(actions, "true") == 0;
}

char *tum_github_begin(void (*print)(void *ctx, struct tum_str text), void *ctx)
{
    TUM_AUTO(tum_buf_release) struct tum_buf line = TUM_BUF_INIT(256);
    uint64_t random[2];
    char *token;

    if (!annotates())
        return NULL;
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        random[0] = random[1] = (uint64_t)tum_now();
    token = tum_asprintf("tum-%016llx%016llx", (unsigned long long)random[0],
                         (unsigned long long)random[1]);
    tum_buf_addf(&line, "::stop-commands::%s\n", token);
    print(ctx, tum_buf_str(&line));
    return token;
}

void tum_github_end(const char *token, const char *folder,
                    void (*print)(void *ctx, struct tum_str text), void *ctx)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *summary = getenv("GITHUB_STEP_SUMMARY");
    struct tum_rbatch *batch;
    struct tum_error *err = NULL;

    if (token != NULL) {
        tum_buf_addf(&text, "::%s::\n", token);
        print(ctx, tum_buf_str(&text));
        tum_buf_reset(&text);
    }
    if (!annotates() && summary == NULL)
        return;
    if (!tum_rbatch_read(folder, &batch, &err)) {
        tum_error_free(err);
        return;
    }
    if (annotates()) {
        add_annotations(batch, &text);
        print(ctx, tum_buf_str(&text));
    }
    if (summary != NULL && summary[0] != '\0')
        append_summary(batch, summary);
    tum_rbatch_free(batch);
}
