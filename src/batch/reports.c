/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the reports of a batch, and joining those of shards.
 */
#include "batch/reports.h"
#include "base/fd.h"
#include "base/path.h"
#include "batch/batch.h"
#include "batch/rmodel.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool write_file(const char *folder, const char *name, struct tum_buf *text,
                       struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *path = tum_path_join(folder, name);
    bool ok = tum_file_replace(path, tum_buf_str(text), err);

    tum_buf_reset(text);
    return ok;
}

static bool write_all(const struct tum_rbatch *batch, const char *into,
                      bool jenkins_xsd, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (mkdir(into, 0777) != 0 && errno != EEXIST)
        return tum_fail_os(err, errno, "cannot make the folder '%s'", into);
    tum_report_junit(batch, jenkins_xsd, &text);
    if (!write_file(into, "junit.xml", &text, err))
        return false;
    tum_report_ctrf(batch, &text);
    if (!write_file(into, "ctrf.json", &text, err))
        return false;
    tum_report_tap(batch, &text);
    if (!write_file(into, "report.tap", &text, err))
        return false;
    tum_report_summary(batch, &text);
    if (!write_file(into, "summary.json", &text, err))
        return false;
    tum_report_markdown(batch, &text);
    if (!write_file(into, "report.md", &text, err))
        return false;
    tum_report_html(batch, &text);
    return write_file(into, "report.html", &text, err);
}

bool tum_reports_write(const char *folder, const char *into, bool jenkins_xsd,
                       struct tum_error **err)
{
    struct tum_rbatch *batch;
    bool ok;

    if (!tum_rbatch_read(folder, &batch, err))
        return false;
    ok = write_all(batch, into, jenkins_xsd, err);
    tum_rbatch_free(batch);
    return ok;
}

/* ---- shards ---- */

/* Paths from the joined report to what the shard has. */
static void take_shard(struct tum_rbatch *into, struct tum_rbatch *from,
                       const char *folder, const char *target)
{
    TUM_AUTO(tum_freep) char *absolute = tum_path_absolute(folder);

    for (size_t i = 0; i < from->count; i++) {
        struct tum_rcampaign *one = from->campaigns[i], *old = NULL;
        TUM_AUTO(tum_freep) char *below = tum_path_join(absolute, one->folder);

        tum_free(one->folder);
        one->folder = tum_path_relative(below, target);
        tum_free(one->origin);
        one->origin = tum_strdup(folder);
        for (size_t k = 0; k < into->count && old == NULL; k++) {
            if (strcmp(into->campaigns[k]->shown, one->shown) == 0)
                old = into->campaigns[k];
        }
        /* A run that ended before it came to it says nothing of it. */
        if (old != NULL && old->begun && !one->begun)
            continue;
        if (old == NULL) {
            tum_grow(&into->campaigns, &into->cap, into->count + 1);
            into->campaigns[into->count++] = one;
            from->campaigns[i] = NULL;
            continue;
        }
        /* An earlier run of the same shard: its attempts stay in front of the last. */
        size_t total = old->attempt_count + one->attempt_count;
        struct tum_rattempt *attempts = tum_new_array(struct tum_rattempt, total);

        if (old->attempt_count > 0)
            memcpy(attempts, old->attempts, old->attempt_count * sizeof(*attempts));
        if (one->attempt_count > 0)
            memcpy(attempts + old->attempt_count, one->attempts,
                   one->attempt_count * sizeof(*attempts));
        tum_free(one->attempts);
        one->attempts = attempts;
        one->attempt_count = one->attempt_cap = total;
        old->attempt_count = 0;
        /* The later one takes the place, its text fields included. */
        struct tum_rcampaign swap = *old;

        *old = *one;
        *one = swap;
    }
    size_t kept = 0;

    for (size_t i = 0; i < from->count; i++) {
        if (from->campaigns[i] != NULL)
            from->campaigns[kept++] = from->campaigns[i];
    }
    from->count = kept;
}

static int by_start(const void *a, const void *b)
{
    const struct tum_rbatch *x = *(struct tum_rbatch *const *)a;
    const struct tum_rbatch *y = *(struct tum_rbatch *const *)b;

    return strcmp(x->started, y->started);
}

/* The first of two statuses, in the order of batches. */
static int worse_status(int a, int b)
{
    static const int order[] = {130, 143, 124, 3, 2, 1, 4};

    for (size_t i = 0; i < TUM_LEN(order); i++) {
        if (a == order[i] || b == order[i])
            return order[i];
    }
    return a != 0 ? a : b;
}

/* What the last run of one campaign means for the whole. */
static int status_of(const struct tum_rcampaign *campaign)
{
    if (!campaign->begun || tum_outcome_passed(campaign->outcome))
        return 0;
    if (campaign->status == TUM_STATUS_USAGE && strcmp(campaign->outcome, "error") == 0)
        return TUM_STATUS_USAGE;
    return tum_outcome_infra(campaign->outcome) ? TUM_STATUS_INFRASTRUCTURE
                                                : TUM_STATUS_FAILED;
}

/* It stands in every report, as a campaign that could not be run. */
static void add_missing(struct tum_rbatch *into, const char *text)
{
    struct tum_rcampaign *missing = tum_rbatch_add(into, text);

    missing->begun = missing->ended = true;
    missing->outcome = "error";
    tum_free(missing->message);
    missing->message = tum_asprintf("%s: no report of it was given", text);
}

/* Of the runs of each shard the last counts. Shards that are missing go to `into`. */
static int joined_status(struct tum_rbatch *const *all, size_t count,
                         struct tum_rbatch *into, struct tum_buf *notes)
{
    int64_t shards = 0;
    int status = 0;

    for (size_t i = 0; i < count; i++)
        shards = TUM_MAX(shards, all[i]->shards);
    for (int64_t k = shards > 0 ? 1 : 0; k <= shards; k++) {
        const struct tum_rbatch *last = NULL;

        for (size_t i = 0; i < count; i++) {
            if (all[i]->shard == k && (shards == 0 || all[i]->shards == shards))
                last = all[i];
        }
        if (last == NULL) {
            TUM_AUTO(tum_freep)
            char *text = tum_asprintf("shard %lld of %lld is missing", (long long)k,
                                      (long long)shards);

            tum_buf_addf(notes, "%s\n", text);
            add_missing(into, text);
            status = worse_status(status, TUM_STATUS_FAILED);
            continue;
        }
        status = worse_status(status, last->ended ? last->status : TUM_STATUS_FAILED);
        if (!last->ended)
            tum_buf_addf(notes, "the run %s did not end\n", last->run);
    }
    return status;
}

static bool read_shards(const char *const *folders, struct tum_rbatch **all,
                        const char **names, size_t *ret_count, struct tum_error **err)
{
    size_t count = 0;

    for (; folders[count] != NULL; count++) {
        if (!tum_rbatch_read(folders[count], &all[count], err))
            return false;
        names[count] = folders[count];
        *ret_count = count + 1;
    }
    return true;
}

bool tum_reports_merge(const char *const *folders, const char *into, bool jenkins_xsd,
                       int *ret_status, struct tum_buf *notes, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *target = tum_path_absolute(into);
    struct tum_rbatch **all, **sorted;
    const char **names;
    size_t count = 0;
    bool ok;

    while (folders[count] != NULL)
        count++;
    all = tum_new_array(struct tum_rbatch *, count + 1);
    sorted = tum_new_array(struct tum_rbatch *, count + 1);
    names = tum_new_array(const char *, count + 1);
    count = 0;
    ok = read_shards(folders, all, names, &count, err);
    if (ok) {
        struct tum_rbatch *whole, missing = {0};
        double duration = 0;

        memcpy(sorted, all, count * sizeof(*sorted));
        qsort(sorted, count, sizeof(*sorted), by_start);
        *ret_status = joined_status(sorted, count, &missing, notes);
        whole = sorted[0];
        for (size_t i = 0; i < count; i++) {
            const char *name = "";

            for (size_t k = 0; k < count; k++)
                name = all[k] == sorted[i] ? names[k] : name;
            duration = TUM_MAX(duration, sorted[i]->duration);
            if (i == 0) {
                /* Its own campaigns get their paths as those of the others do. */
                struct tum_rbatch first = {.campaigns = whole->campaigns,
                                           .count = whole->count};

                whole->campaigns = NULL;
                whole->count = whole->cap = 0;
                take_shard(whole, &first, name, target);
                tum_free(first.campaigns);
            } else {
                take_shard(whole, sorted[i], name, target);
            }
        }
        for (size_t i = 0; i < missing.count; i++) {
            tum_grow(&whole->campaigns, &whole->cap, whole->count + 1);
            whole->campaigns[whole->count++] = missing.campaigns[i];
        }
        tum_free(missing.campaigns);
        for (size_t i = 0; i < whole->count; i++)
            *ret_status = worse_status(*ret_status, status_of(whole->campaigns[i]));
        whole->duration = duration;
        whole->status = *ret_status;
        whole->ended = true;
        whole->shard = whole->shards = 0;
        tum_buf_addt(&whole->notes, tum_buf_str(notes));
        tum_rbatch_settle(whole);
        ok = write_all(whole, target, jenkins_xsd, err);
    }
    for (size_t i = 0; i < count; i++)
        tum_rbatch_free(all[i]);
    tum_free(all);
    tum_free(sorted);
    tum_free(names);
    return ok;
}
