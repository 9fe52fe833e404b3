/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the events of one campaign say, added up: outcomes of nodes, counts, what was
 * running at the end.
 */
#ifndef TUM_RECORD_H
#define TUM_RECORD_H

#include "batch/plan.h"

struct tum_counts {
    size_t passed, failed, errors, skipped, known_flaky, flaky, interrupted;
    size_t excused; /* did not pass, below an item that did: counts for nothing */
};

/* One node: all its executions together. */
struct tum_node_result {
    char *address;
    const char *outcome; /* static text; the worst of its executions */
    char *message;       /* of that one */
    char *said;          /* the last lines of its output when it is bad, or "" */
    double duration;     /* all of them */
    int64_t attempts;    /* of the one with most */
    int64_t execution;   /* that one */
    bool leaf;
    bool excused; /* an item above that one passed all the same */
};

struct tum_record;

struct tum_record *tum_record_new(void) TUM_MUST_USE;
void tum_record_free(struct tum_record *record); /* accepts NULL */
/* Takes one event (borrowed map); others than those of items are ignored. */
void tum_record_take(struct tum_record *record, tum_val event);

/* Of executions of leaves, and of containers that failed or were flaky by themselves. */
struct tum_counts tum_record_counts(const struct tum_record *record);
size_t tum_record_count(const struct tum_record *record);
const struct tum_node_result *tum_record_node(const struct tum_record *record,
                                              size_t i);
/* Address of the innermost node that was running when events ended, or NULL. */
const char *tum_record_running(const struct tum_record *record);
/* The end of the run, when it was reached: outcome (static), message, exit status. */
bool tum_record_finished(const struct tum_record *record, const char **ret_outcome,
                         const char **ret_message, int *ret_status);
/*
 * Which node made the outcome of the run: a leaf that has it, else the innermost container
 * that failed by itself; NULL: `main` did.
 */
const struct tum_node_result *tum_record_blamed(const struct tum_record *record,
                                                const char *outcome);

/* Adds a line for each other leaf that did not pass, up to some. */
void tum_record_write_others(const struct tum_record *record,
                             const struct tum_node_result *blamed, struct tum_buf *out);

/* Adds a line for each leaf that was known to be flaky, or flaky, up to some. */
void tum_record_write_flaky(const struct tum_record *record, bool known,
                            struct tum_buf *out);

/* The word as static text; "error" when it is none. */
const char *tum_outcome_word(struct tum_str word);
/* Order of badness: 0 is the worst. */
int tum_outcome_rank(const char *outcome);
/* passed, flaky, known_flaky. */
bool tum_outcome_passed(const char *outcome);
/* error, timeout, degraded. */
bool tum_outcome_infra(const char *outcome);
/* One more of that outcome; what is deselected does not count. */
void tum_counts_add(struct tum_counts *counts, const char *outcome);
/* Adds all of them. */
void tum_counts_join(struct tum_counts *counts, const struct tum_counts *more);
/* PASS, FAIL or SKIP. */
const char *tum_outcome_result(const char *outcome);

/*
 * Writes what a campaign's run found to the state, as one part of a transaction: nodes,
 * history, files read. Nodes of the plan that were selected and not reached are noted.
 * `files`: list of texts or none. campaign->nodes may be empty.
 */
bool tum_record_store(const struct tum_record *record, struct tum_state *state,
                      const struct tum_campaign *campaign, const char *run,
                      const char *outcome, const char *message, double duration,
                      tum_val files, struct tum_error **err);

#endif
