/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a batch is to run: campaigns with their nodes as loaded, and which of them are
 * selected. Everything here lives until the plan is freed.
 */
#ifndef TUM_PLAN_H
#define TUM_PLAN_H

#include "batch/project.h"
#include "batch/state.h"

/* Campaigns of one batch; nodes of one campaign. */
#define TUM_PLAN_CAMPAIGNS 100000
#define TUM_PLAN_NODES     1000000

struct tum_node_info {
    const char *address; /* without the file */
    const char *type, *key;
    const char *file; /* where it is written; absolute */
    tum_val tags;     /* own ones */
    int32_t parent;   /* index, or -1 */
    uint32_t line;
    bool container; /* has nodes below it */
    bool skipped;   /* at load, itself or around it */
    bool selected;  /* of leaves */
};

struct tum_campaign {
    char *file;   /* absolute, normalised */
    char *shown;  /* as seen from the project file, else from the current folder */
    char *key;    /* as the state calls it: as seen from the root of the plan */
    tum_val tree; /* what was listed; keeps the texts of the nodes */
    struct tum_node_info *nodes;
    size_t node_count, leaf_count, selected_count;
    char *trouble; /* why it does not load, or NULL */
    char *why;     /* why --changed chose it, or NULL */
    bool listed;
    char **wanted; /* addresses asked for; NULL: the whole campaign */
    size_t wanted_count, wanted_cap;
    double duration; /* recorded, in seconds; below 0: unknown */
    bool failed_last;
};

struct tum_plan {
    struct tum_project *project; /* borrowed */
    char *root;                  /* the state is here; NULL: not known yet */
    struct tum_campaign **campaigns;
    size_t count, cap;
};

/* How a child is started that loads campaigns: this program and the options -c -d -i. */
struct tum_program {
    const char *path;
    const char *const *config_files; /* NULL: no -c */
    const char *const *defines;      /* words of -d, NULL-ended, or NULL */
    const char *const *include_paths;
};

/* End of what a campaign inherits in name only. */
#define TUM_ENDED_SINCE "(ended since)"

struct tum_plan *tum_plan_new(struct tum_project *project) TUM_MUST_USE;
void tum_plan_free(struct tum_plan *plan); /* accepts NULL */
/* The campaign of an absolute path, added when it is new. */
struct tum_campaign *tum_plan_add(struct tum_plan *plan, const char *file);
/* Removes campaigns that `drop` is true for. */
void tum_plan_drop(struct tum_plan *plan,
                   bool (*drop)(void *ctx, const struct tum_campaign *campaign),
                   void *ctx);

/* ---- discover.c ---- */

/*
 * Adds what a PATH of the command line stands for: a file, a folder, a glob, a node
 * address; relative to `folder`. Errors name the path.
 */
bool tum_discover(struct tum_plan *plan, const char *path, const char *folder,
                  struct tum_error **err);

/* ---- listing.c ---- */

/*
 * Loads the trees of all campaigns, in children of this program, those that have not
 * changed from the state (which may be NULL). Campaigns that do not load have `trouble`.
 */
bool tum_listing_load(struct tum_plan *plan, struct tum_state *state,
                      const struct tum_program *program, struct tum_stop *stop,
                      struct tum_error **err);
/* Words before the file: argv of a child, NULL-ended, for tum_free. */
const char **tum_program_argv(const struct tum_program *program,
                              const char *const *words, const char *const *more);

/* ---- select.c ---- */

struct tum_selection {
    const char *keyword, *tags; /* expressions, or NULL */
    bool last_failed, failed_first;
    bool none_when_none_failed; /* --last-failed-no-failures none */
    bool shuffle;
    uint64_t seed;
    size_t shard, shards; /* 1-based; shards 0: not cut */
    bool by_hash;
};

/*
 * Marks the nodes, drops what nothing is selected of, orders the rest. *notes gets lines
 * for the user.
 */
bool tum_select(struct tum_plan *plan, struct tum_state *state,
                const struct tum_selection *selection, struct tum_buf *notes,
                struct tum_error **err);
/* Shard from the environment of a pipeline; false with err when there is none. */
bool tum_shard_auto(size_t *ret_shard, size_t *ret_shards, struct tum_error **err);
/* True when the node `address` is `wanted` or below it. */
bool tum_address_is_below(const char *address, const char *wanted);

/* ---- changed.c ---- */

/*
 * Adds the campaigns that the files changed since `rev` (NULL: HEAD) concern, and says
 * why in each; campaigns already in the plan limit what is added, when there are some.
 * *ret_nothing: every changed file has a rule that says there is nothing to run.
 */
bool tum_changed(struct tum_plan *plan, struct tum_state *state, const char *rev,
                 bool *ret_nothing, struct tum_buf *notes, struct tum_error **err);

/* A node address as text for people and shells: FILE::ADDRESS. */
void tum_node_write(const char *file, const char *address, struct tum_buf *out);

#endif
