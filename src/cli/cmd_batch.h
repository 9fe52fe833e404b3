/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of batches, and the way from them to a batch.
 */
#ifndef TUM_CMD_BATCH_H
#define TUM_CMD_BATCH_H

#include "cli/cmd.h"
#include "cli/live.h"
#include "cli/setup.h"

struct tum_batch_words {
    const char *jobs, *keyword, *tags, *none_failed, *changed, *shard, *shard_by,
        *shuffle, *maxfail, *timeout, *batch_timeout, *retries, *infra_retries,
        *infra_delay, *list, *report_dir, *junit_dialect, *events, *link;
    bool last_failed, failed_first, exitfirst, resume, collect_only, clean,
        no_preflight, no_services, strict_flaky;
};

/* How the options of a run begin: the rows below point into it. */
struct tum_run_words {
    struct tum_setup setup;
    struct tum_batch_words batch;
};

extern const struct tum_opt tum_batch_opts_rows[];

/* Number of --jobs, `auto` too; NULL is 1. False: it is none. */
bool tum_jobs_read(const char *word, size_t *ret);
/* An option was given that makes a batch of it. */
bool tum_batch_is_asked(const struct tum_batch_words *words);
/* Runs the batch; returns the exit status. */
int tum_batch_main(const struct tum_usage *usage, const struct tum_run_words *words,
                   const struct tum_line *line, bool no_color, bool strict01);

struct tum_face;
/* A face that prints through `live`. */
void tum_batch_face(struct tum_live *live, struct tum_face *ret);

#endif
