/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch as its folder tells it: read from events.jsonl there and in the folders of its
 * campaigns. What all report formats are made of.
 */
#ifndef TUM_RMODEL_H
#define TUM_RMODEL_H

#include "batch/cause.h"
#include "batch/record.h"

/* Output of one case in a report. */
#define TUM_RCASE_OUTPUT ((size_t)64 << 10)
/* Cases of one campaign. */
#define TUM_RCASES_LIMIT 1000000

/* One execution of a node. */
struct tum_rcase {
    int64_t execution, parent;
    char *address, *name, *type;
    char *file; /* where it is written, or "" */
    uint32_t line;
    const char *outcome; /* "interrupted" while open */
    char *message, *started;
    double duration;
    int64_t attempts, iteration; /* iteration: -1 outside loops */
    tum_val tries; /* those before the last: list of {outcome, message}, or none */
    bool container, open;
    bool shown;   /* a case of the reports: a leaf, or a container by itself */
    bool excused; /* it did not pass, and something above it did: it does not count */
    bool below;   /* something below it is shown */
    size_t first, next; /* child, sibling: index + 1, or 0 */
    struct tum_buf output;
    size_t dropped; /* bytes of output that are not here */
};

struct tum_rattempt {
    int64_t number; /* in its batch, from 1; 0: unknown */
    const char *outcome;
    char *message;
    char *started; /* or NULL */
    bool ended;
    double duration;
    struct tum_rcase *cases;
    size_t case_count, case_cap;
    bool unsorted; /* not by execution: branches may start in another order */
};

struct tum_rcampaign {
    char *shown, *file, *folder; /* folder: name below that of the batch */
    char *origin;                /* of a merge: the folder of the shard, or "" */
    char *started, *message, *left, *clean_start, *log;
    const char *outcome, *result;
    double duration;
    int status;
    bool ended, begun;
    struct tum_rattempt *attempts; /* the last one counts */
    size_t attempt_count, attempt_cap;
    struct tum_counts counts;
};

struct tum_rbatch {
    char *run, *host, *root, *repository, *started, *version, *bail;
    char *revision; /* git describe, or "" */
    double duration;
    bool ended;
    int status;
    const char *smoke;          /* "ok", "failed", "skipped" */
    const char *verdict_status; /* "success", "failed", "skipped" */
    int64_t shard, shards;
    struct tum_rcampaign **campaigns;
    size_t count, cap;
    struct tum_counts counts;
    struct tum_buf notes; /* of a merge */
};

/* ---- rread.c ---- */

/* The batch that `folder` tells of, settled. */
bool tum_rbatch_read(const char *folder, struct tum_rbatch **ret,
                     struct tum_error **err);

/* ---- rmodel.c ---- */

struct tum_rbatch *tum_rbatch_new(void) TUM_MUST_USE;
void tum_rbatch_free(struct tum_rbatch *batch); /* accepts NULL */
/* One more attempt, interrupted so far; valid until the next one. */
struct tum_rattempt *tum_rcampaign_attempt(struct tum_rcampaign *campaign);
void tum_rattempt_release(struct tum_rattempt *attempt);
/* The case of an execution, or NULL. */
struct tum_rcase *tum_rattempt_case(struct tum_rattempt *attempt, int64_t execution);
struct tum_rcampaign *tum_rbatch_add(struct tum_rbatch *batch, const char *shown);
/* Counts, cases that are shown, results; after reading or joining. */
void tum_rbatch_settle(struct tum_rbatch *batch);
/* Cases of the attempt that counts; NULL without any. */
struct tum_rattempt *tum_rcampaign_last(const struct tum_rcampaign *campaign);
/* It did not pass and counts: not below an item that passed. */
bool tum_rcase_is_bad(const struct tum_rcase *one);
/* A case with something to tell: neither passed at once nor skipped. */
bool tum_rcase_tells(const struct tum_rcase *one);
/* All of its cases: those that count for nothing too. */
size_t tum_counts_all(const struct tum_counts *counts);
/* Whether one of its cases says why it did not pass; true also when it passed. */
bool tum_rcampaign_says(const struct tum_rcampaign *campaign);
/*
 * Tells the cases of its last attempt that have something to tell, those that do not count
 * last; how many.
 */
size_t tum_rcampaign_tell(const struct tum_rcampaign *campaign,
                          void (*tell)(struct tum_buf *out,
                                       const struct tum_rcase *one),
                          struct tum_buf *out);
/* With so many told: its own message is to be told too, since none of them says it. */
bool tum_rcampaign_speaks(const struct tum_rcampaign *campaign, size_t told);
/*
 * Why a reader is to look at it: its message; of a flaky one that of the first attempt
 * that did not pass; of one that passed what it did not start clean with. Borrowed.
 */
const char *tum_rcampaign_why(const struct tum_rcampaign *campaign);
/* It started clean, or what an earlier one had left was ended before. */
bool tum_rcampaign_is_clean(const struct tum_rcampaign *campaign);
/*
 * The order of reading: 0 it failed, 1 infrastructure, 2 worth a look all the same, 3 the
 * rest.
 */
#define TUM_RCLASSES 4
int tum_rcampaign_class(const struct tum_rcampaign *campaign);
bool tum_rbatch_passed(const struct tum_rbatch *batch);

/* The formats; each adds the whole file. */
void tum_report_junit(const struct tum_rbatch *batch, bool jenkins_xsd,
                      struct tum_buf *out);
void tum_report_ctrf(const struct tum_rbatch *batch, struct tum_buf *out);
void tum_report_tap(const struct tum_rbatch *batch, struct tum_buf *out);
void tum_report_summary(const struct tum_rbatch *batch, struct tum_buf *out);
void tum_report_markdown(const struct tum_rbatch *batch, struct tum_buf *out);
void tum_report_html(const struct tum_rbatch *batch, struct tum_buf *out);
/* The table of campaigns of report.md. */
void tum_report_table(const struct tum_rbatch *batch, struct tum_buf *out);
/* Text without control characters (but line ends and tabs) and colour codes. */
void tum_plain_text(struct tum_str text, struct tum_buf *out);

#endif
