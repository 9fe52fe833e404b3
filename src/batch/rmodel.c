/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batch of a report: making, settling what its events leave open, freeing.
 */
#include "batch/rmodel.h"
#include "tum/mem.h"
#include <stdlib.h>

/* ---- campaigns ---- */

struct tum_rattempt *tum_rcampaign_last(const struct tum_rcampaign *campaign)
{
    return campaign->attempt_count > 0
               ? &campaign->attempts[campaign->attempt_count - 1]
               : NULL;
}

struct tum_rcampaign *tum_rbatch_add(struct tum_rbatch *batch, const char *shown)
{
    struct tum_rcampaign *campaign;

    for (size_t i = 0; i < batch->count; i++) {
        if (strcmp(batch->campaigns[i]->shown, shown) == 0)
            return batch->campaigns[i];
    }
    campaign = tum_new(struct tum_rcampaign);
    campaign->shown = tum_strdup(shown);
    campaign->file = tum_strdup("");
    campaign->folder = tum_strdup("");
    campaign->origin = tum_strdup("");
    campaign->started = tum_strdup("");
    campaign->message = tum_strdup("");
    campaign->clean_start = tum_strdup("");
    campaign->log = tum_strdup("");
    campaign->outcome = "interrupted";
    tum_grow(&batch->campaigns, &batch->cap, batch->count + 1);
    batch->campaigns[batch->count++] = campaign;
    return campaign;
}

struct tum_rattempt *tum_rcampaign_attempt(struct tum_rcampaign *campaign)
{
    tum_grow(&campaign->attempts, &campaign->attempt_cap, campaign->attempt_count + 1);
    campaign->attempts[campaign->attempt_count] =
        (struct tum_rattempt){.outcome = "interrupted", .message = tum_strdup("")};
    return &campaign->attempts[campaign->attempt_count++];
}

struct tum_rcase *tum_rattempt_case(struct tum_rattempt *attempt, int64_t execution)
{
    size_t low = 0, high = attempt->case_count;

    while (!attempt->unsorted && low < high) {
        size_t mid = low + (high - low) / 2;

        if (attempt->cases[mid].execution == execution)
            return &attempt->cases[mid];
        if (attempt->cases[mid].execution < execution)
            low = mid + 1;
        else
            high = mid;
    }
    if (!attempt->unsorted)
        return NULL;
    for (size_t i = attempt->case_count; i-- > 0;) {
        if (attempt->cases[i].execution == execution)
            return &attempt->cases[i];
    }
    return NULL;
}

/* ---- settling ---- */

static bool is_bad(const char *outcome)
{
    return !tum_outcome_passed(outcome) && strcmp(outcome, "skipped") != 0;
}

bool tum_rcase_is_bad(const struct tum_rcase *one)
{
    return is_bad(one->outcome) && !one->excused;
}

bool tum_rcase_tells(const struct tum_rcase *one)
{
    return one->shown && strcmp(one->outcome, "passed") != 0 &&
           strcmp(one->outcome, "skipped") != 0;
}

/* Below an item that passed nothing is a failure, whatever it came to. */
static void excuse_cases(struct tum_rattempt *attempt)
{
    for (size_t i = 0; i < attempt->case_count; i++) {
        struct tum_rcase *one = &attempt->cases[i];
        const struct tum_rcase *up = one;

        while (is_bad(one->outcome) && !one->excused && up != NULL && up->parent > 0) {
            up = tum_rattempt_case(attempt, up->parent);
            one->excused = up != NULL && !up->open &&
                           strcmp(tum_outcome_result(up->outcome), "PASS") == 0;
        }
    }
}

/*
 * Containers by themselves: what failed below them, if anything, is not what gave them
 * their outcome; or they passed at a later attempt of their own.
 */
static void show_cases(struct tum_rattempt *attempt)
{
    for (size_t i = 0; i < attempt->case_count; i++)
        attempt->cases[i].shown =
            !attempt->cases[i].container && attempt->cases[i].parent != 0;
    /* Children come after their parents, so going backwards sees them first. */
    for (size_t i = attempt->case_count; i-- > 0;) {
        struct tum_rcase *one = &attempt->cases[i];
        bool below = false;

        if (!one->container || one->parent == 0 || one->open)
            continue;
        if (strcmp(one->outcome, "flaky") == 0)
            one->shown = true;
        if (!is_bad(one->outcome))
            continue;
        for (size_t k = i + 1; k < attempt->case_count && !below; k++) {
            const struct tum_rcase *up = &attempt->cases[k];

            if (!up->shown || !tum_rcase_is_bad(up) ||
                tum_outcome_rank(up->outcome) > tum_outcome_rank(one->outcome))
                continue;
            while (up != NULL && up->execution > one->execution)
                up = up->parent > 0 ? tum_rattempt_case(attempt, up->parent) : NULL;
            below = up == one;
        }
        one->shown = !below;
    }
}

static int by_execution(const void *a, const void *b)
{
    const struct tum_rcase *x = a, *y = b;

    return (x->execution > y->execution) - (x->execution < y->execution);
}

/* Children found from their parents, so that trees of any size are walked once. */
static void link_cases(struct tum_rattempt *attempt)
{
    for (size_t i = 0; i < attempt->case_count; i++) {
        attempt->cases[i].first = attempt->cases[i].next = 0;
        attempt->cases[i].below = false;
    }
    for (size_t i = attempt->case_count; i-- > 0;) {
        struct tum_rcase *one = &attempt->cases[i];
        struct tum_rcase *up =
            one->parent > 0 ? tum_rattempt_case(attempt, one->parent) : NULL;

        if (up == NULL)
            continue;
        one->next = up->first;
        up->first = i + 1;
        up->below = up->below || one->shown || one->below;
    }
}

static void settle_attempt(struct tum_rattempt *attempt)
{
    /* Who starts first has the lower number: parents stay before their children. */
    if (attempt->unsorted)
        qsort(attempt->cases, attempt->case_count, sizeof(*attempt->cases),
              by_execution);
    attempt->unsorted = false;
    excuse_cases(attempt);
    show_cases(attempt);
    link_cases(attempt);
}

bool tum_rcampaign_says(const struct tum_rcampaign *campaign)
{
    const struct tum_rattempt *last = tum_rcampaign_last(campaign);
    bool infra = tum_outcome_infra(campaign->outcome);

    if (!is_bad(campaign->outcome))
        return true;
    for (size_t i = 0; last != NULL && i < last->case_count; i++) {
        const struct tum_rcase *one = &last->cases[i];

        /* An item that was cut tells neither that the campaign died nor why it failed. */
        if (one->shown && tum_rcase_is_bad(one) &&
            (infra ? tum_outcome_infra(one->outcome)
                   : tum_outcome_rank(one->outcome) <=
                         tum_outcome_rank(campaign->outcome)))
            return true;
    }
    return false;
}

size_t tum_rcampaign_tell(const struct tum_rcampaign *campaign,
                          void (*tell)(struct tum_buf *out,
                                       const struct tum_rcase *one),
                          struct tum_buf *out)
{
    const struct tum_rattempt *last = tum_rcampaign_last(campaign);
    size_t told = 0;

    for (int excused = 0; excused < 2; excused++)
        for (size_t i = 0; last != NULL && i < last->case_count; i++) {
            const struct tum_rcase *one = &last->cases[i];

            if (!tum_rcase_tells(one) || one->excused != (excused == 1))
                continue;
            told++;
            tell(out, one);
        }
    return told;
}

bool tum_rcampaign_speaks(const struct tum_rcampaign *campaign, size_t told)
{
    return (told == 0 && !tum_outcome_passed(campaign->outcome)) ||
           !tum_rcampaign_says(campaign) || tum_outcome_infra(campaign->outcome);
}

const char *tum_rcampaign_why(const struct tum_rcampaign *campaign)
{
    if (strcmp(campaign->outcome, "passed") == 0 && campaign->counts.flaky > 0)
        return campaign->message;
    if (strcmp(campaign->outcome, "passed") == 0)
        return tum_rcampaign_is_clean(campaign) ? "" : campaign->clean_start;
    if (strcmp(campaign->outcome, "flaky") != 0)
        return campaign->message;
    for (size_t i = 0; i < campaign->attempt_count; i++) {
        if (campaign->attempts[i].ended &&
            !tum_outcome_passed(campaign->attempts[i].outcome))
            return campaign->attempts[i].message;
    }
    return campaign->message;
}

bool tum_rcampaign_is_clean(const struct tum_rcampaign *campaign)
{
    const char *start = campaign->clean_start;

    return start[0] == '\0' || strcmp(start, "yes") == 0 ||
           tum_str_ends(tum_str_of(start), TUM_ENDED_SINCE);
}

int tum_rcampaign_class(const struct tum_rcampaign *campaign)
{
    const char *outcome = campaign->outcome;

    if (!campaign->begun)
        return 3;
    if (tum_outcome_infra(outcome))
        return 1;
    if (!tum_outcome_passed(outcome))
        return 0; /* not run at all, too: it is no success */
    return strcmp(outcome, "passed") != 0 || campaign->left != NULL ||
                   campaign->counts.known_flaky > 0 || campaign->counts.flaky > 0 ||
                   !tum_rcampaign_is_clean(campaign)
               ? 2
               : 3;
}

static void settle_campaign(struct tum_rcampaign *campaign)
{
    struct tum_rattempt *last = tum_rcampaign_last(campaign);

    if (campaign->message[0] == '\0' && (!campaign->begun || !campaign->ended)) {
        tum_free(campaign->message);
        campaign->message =
            tum_strdup(campaign->begun ? "cut by the end of the batch" : "not started");
    }
    campaign->result = tum_outcome_result(campaign->outcome);
    campaign->counts = (struct tum_counts){0};
    for (size_t i = 0; i < campaign->attempt_count; i++)
        settle_attempt(&campaign->attempts[i]);
    for (size_t i = 0; last != NULL && i < last->case_count; i++) {
        if (!last->cases[i].shown)
            continue;
        if (last->cases[i].excused)
            campaign->counts.excused++;
        else
            tum_counts_add(&campaign->counts, last->cases[i].outcome);
    }
    /* Something must say that it did not pass. */
    if (!tum_rcampaign_says(campaign))
        tum_counts_add(&campaign->counts, campaign->outcome);
}

size_t tum_counts_all(const struct tum_counts *counts)
{
    return counts->passed + counts->failed + counts->errors + counts->skipped +
           counts->known_flaky + counts->interrupted + counts->excused;
}

void tum_rbatch_settle(struct tum_rbatch *batch)
{
    batch->counts = (struct tum_counts){0};
    for (size_t i = 0; i < batch->count; i++) {
        settle_campaign(batch->campaigns[i]);
        tum_counts_join(&batch->counts, &batch->campaigns[i]->counts);
    }
    if (!batch->ended && batch->status == 0)
        batch->status = 1; /* a run without an end is a failed run */
}

bool tum_rbatch_passed(const struct tum_rbatch *batch)
{
    return batch->ended && batch->status == 0;
}

/* ---- the whole ---- */

void tum_rattempt_release(struct tum_rattempt *attempt)
{
    for (size_t k = 0; k < attempt->case_count; k++) {
        struct tum_rcase *one = &attempt->cases[k];

        tum_free(one->address);
        tum_free(one->name);
        tum_free(one->type);
        tum_free(one->file);
        tum_free(one->message);
        tum_free(one->started);
        tum_val_unref(one->tries);
        tum_buf_release(&one->output);
    }
    tum_free(attempt->cases);
    tum_free(attempt->message);
    tum_free(attempt->started);
}

struct tum_rbatch *tum_rbatch_new(void)
{
    struct tum_rbatch *batch = tum_new(struct tum_rbatch);

    batch->run = tum_strdup("");
    batch->host = tum_strdup("");
    batch->root = tum_strdup("");
    batch->repository = tum_strdup("");
    batch->started = tum_strdup("");
    batch->version = tum_strdup("");
    batch->revision = tum_strdup("");
    batch->smoke = "skipped";
    tum_buf_init(&batch->notes, TUM_BUF_ANY);
    return batch;
}

static void free_campaign(struct tum_rcampaign *campaign)
{
    for (size_t i = 0; i < campaign->attempt_count; i++)
        tum_rattempt_release(&campaign->attempts[i]);
    tum_free(campaign->attempts);
    tum_free(campaign->shown);
    tum_free(campaign->file);
    tum_free(campaign->folder);
    tum_free(campaign->origin);
    tum_free(campaign->started);
    tum_free(campaign->message);
    tum_free(campaign->left);
    tum_free(campaign->clean_start);
    tum_free(campaign->log);
    tum_free(campaign);
}

void tum_rbatch_free(struct tum_rbatch *batch)
{
    if (batch == NULL)
        return;
    for (size_t i = 0; i < batch->count; i++)
        free_campaign(batch->campaigns[i]);
    tum_free(batch->campaigns);
    tum_free(batch->run);
    tum_free(batch->host);
    tum_free(batch->root);
    tum_free(batch->repository);
    tum_free(batch->started);
    tum_free(batch->version);
    tum_free(batch->revision);
    tum_free(batch->bail);
    tum_buf_release(&batch->notes);
    tum_free(batch);
}

void tum_plain_text(struct tum_str text, struct tum_buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.s[i];

        if (c == 0x1b && i + 1 < text.n && text.s[i + 1] == '[') {
            i += 2;
            while (i < text.n && !(text.s[i] >= 0x40 && text.s[i] <= 0x7e))
                i++;
        } else if (c == '\n' || c == '\t' || (c >= ' ' && c != 0x7f)) {
            tum_buf_addc(out, text.s[i]);
        }
    }
}
