/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which nodes and campaigns run, in which order: addresses, expressions, what failed
 * last, shards. Asks the plan and the state only; starts nothing.
 */
#include "base/strmap.h"
#include "batch/nodexpr.h"
#include "batch/pathglob.h"
#include "batch/plan.h"
#include "tum/mem.h"
#include <ctype.h>
#include <stdlib.h>

/* ---- addresses ---- */

bool tum_address_is_below(const char *address, const char *wanted)
{
    size_t n = strlen(wanted);

    if (strncmp(address, wanted, n) != 0)
        return false;
    return address[n] == '\0' || address[n] == '/' || n == 0;
}

/* A node that is asked for has all below it. */
static size_t select_below(struct tum_campaign *campaign, const char *wanted)
{
    size_t found = 0;

    for (size_t i = 0; i < campaign->node_count; i++) {
        struct tum_node_info *node = &campaign->nodes[i];

        if (!tum_address_is_below(node->address, wanted))
            continue;
        found++;
        node->selected = node->selected || !node->container;
    }
    return found;
}

/* A glob is tried when no name is equal. */
static size_t select_address(struct tum_campaign *campaign, const char *wanted)
{
    struct tum_str pattern = tum_str_of(wanted);
    size_t found = select_below(campaign, wanted);

    if (found > 0 || !tum_glob_is(pattern))
        return found;
    for (size_t i = 0; i < campaign->node_count; i++) {
        const char *address = campaign->nodes[i].address;

        if (tum_glob_match(pattern, tum_str_of(address)))
            found += select_below(campaign, address);
    }
    return found;
}

static bool select_addresses(struct tum_campaign *campaign, struct tum_error **err)
{
    const char **names;
    const char *near;

    for (size_t i = 0; i < campaign->wanted_count; i++) {
        if (campaign->trouble != NULL || select_address(campaign, campaign->wanted[i]))
            continue;
        names = tum_new_array(const char *, campaign->node_count + 1);
        for (size_t k = 0; k < campaign->node_count; k++)
            names[k] = campaign->nodes[k].address;
        near = tum_str_nearest(tum_str_of(campaign->wanted[i]), names);
        tum_free(names);
        return tum_fail(err, TUM_ERROR_NAME, "'%s' has no node '%s'%s%s%s",
                        campaign->shown, campaign->wanted[i],
                        near != NULL ? "; did you mean '" : "",
                        near != NULL ? near : "", near != NULL ? "'?" : "");
    }
    return true;
}

/* ---- expressions ---- */

struct leaf {
    const struct tum_campaign *campaign;
    const struct tum_node_info *node;
};

static bool contains_nocase(const char *text, struct tum_str word)
{
    for (; *text != '\0'; text++) {
        size_t i = 0;

        while (i < word.n && text[i] != '\0' &&
               tolower((unsigned char)text[i]) == tolower((unsigned char)word.s[i]))
            i++;
        if (i == word.n)
            return true;
    }
    return word.n == 0;
}

/* Of the node and of what is around it: a matched container runs whole. */
static bool keyword_holds(void *ctx, struct tum_str word)
{
    const struct leaf *leaf = ctx;
    const struct tum_node_info *node = leaf->node;

    if (contains_nocase(leaf->campaign->shown, word) ||
        contains_nocase(node->address, word))
        return true;
    for (;;) {
        if (contains_nocase(node->type, word) ||
            (node->key[0] != '\0' && contains_nocase(node->key, word)))
            return true;
        tum_list_each (tag, node->tags) {
            if (contains_nocase(tum_val_text(*tag).s, word))
                return true;
        }
        if (node->parent < 0)
            break;
        node = &leaf->campaign->nodes[node->parent];
    }
    tum_list_each (tag, tum_conf_get(leaf->campaign->tree, "tags")) {
        if (contains_nocase(tum_val_text(*tag).s, word))
            return true;
    }
    return false;
}

static bool tag_holds(void *ctx, struct tum_str word)
{
    const struct leaf *leaf = ctx;
    const struct tum_node_info *node = leaf->node;

    for (;;) {
        tum_list_each (tag, node->tags) {
            if (tum_str_eq(tum_val_text(*tag), word))
                return true;
        }
        if (node->parent < 0)
            break;
        node = &leaf->campaign->nodes[node->parent];
    }
    tum_list_each (tag, tum_conf_get(leaf->campaign->tree, "tags")) {
        if (tum_str_eq(tum_val_text(*tag), word))
            return true;
    }
    return false;
}

static bool filter(struct tum_plan *plan, const char *option, const char *text,
                   bool (*holds)(void *ctx, struct tum_str word),
                   struct tum_error **err)
{
    struct tum_nodexpr *expr;

    if (text == NULL)
        return true;
    if (!tum_nodexpr_parse(text, &expr, err)) {
        tum_error_wrap(err, "option '%s'", option);
        return false;
    }
    for (size_t i = 0; i < plan->count; i++) {
        struct tum_campaign *campaign = plan->campaigns[i];

        for (size_t k = 0; k < campaign->node_count; k++) {
            struct leaf leaf = {campaign, &campaign->nodes[k]};

            if (campaign->nodes[k].selected && !tum_nodexpr_eval(expr, holds, &leaf))
                campaign->nodes[k].selected = false;
        }
    }
    tum_nodexpr_free(expr);
    return true;
}

/* ---- what is known of them ---- */

static bool counts_as_failed(const char *outcome)
{
    static const char *const good[] = {"passed",  "flaky",      "known_flaky",
                                       "skipped", "deselected", "not_counted"};

    for (size_t i = 0; i < TUM_LEN(good); i++) {
        if (strcmp(outcome, good[i]) == 0)
            return false;
    }
    return true;
}

/* Keys of failed nodes have themselves as value, good ones nothing of interest. */
static bool take_node(void *ctx, sqlite3_stmt *st)
{
    bool failed = counts_as_failed(tum_column_text(st, 1));

    tum_strmap_set(ctx, tum_str_of(tum_column_text(st, 0)), failed ? ctx : NULL);
    return true;
}

struct known {
    struct tum_campaign *campaign;
};

static bool take_known(void *ctx, sqlite3_stmt *st)
{
    struct known *known = ctx;

    known->campaign->duration = sqlite3_column_double(st, 1);
    known->campaign->failed_last = counts_as_failed(tum_column_text(st, 0));
    return false;
}

static bool read_known(struct tum_plan *plan, struct tum_state *state,
                       struct tum_error **err)
{
    for (size_t i = 0; state != NULL && i < plan->count; i++) {
        struct known known = {plan->campaigns[i]};

        if (!tum_state_each(state, err, take_known, &known,
                            "SELECT outcome, duration FROM known WHERE file=?", "t",
                            plan->campaigns[i]->key))
            return false;
    }
    return true;
}

/* ---- last failed ---- */

/* What the state knows of a campaign's nodes: keys of failed ones have a value. */
static struct tum_strmap *read_nodes(const struct tum_campaign *campaign,
                                     struct tum_state *state, struct tum_error **err)
{
    struct tum_strmap *nodes = tum_strmap_new();

    if (tum_state_each(state, err, take_node, nodes,
                       "SELECT node, outcome FROM node WHERE file=?", "t",
                       campaign->key))
        return nodes;
    tum_strmap_free(nodes);
    return NULL;
}

static bool has_failed(const struct tum_strmap *known, const struct tum_node_info *node)
{
    return tum_strmap_get(known, tum_str_of(node->address)) != NULL;
}

/* A node that is in the state but not in the campaign any more counts for nothing. */
static bool any_failed(const struct tum_campaign *campaign,
                       const struct tum_strmap *known)
{
    for (size_t i = 0; i < campaign->node_count; i++) {
        if (has_failed(known, &campaign->nodes[i]))
            return true;
    }
    return false;
}

/* True when a container around the node failed, and none of its leaves did. */
static bool is_in_failed(const struct tum_campaign *campaign,
                         const struct tum_strmap *known, const bool *explained,
                         const struct tum_node_info *node)
{
    for (int32_t up = node->parent; up >= 0; up = campaign->nodes[up].parent) {
        if (has_failed(known, &campaign->nodes[up]) && !explained[up])
            return true;
    }
    return false;
}

/*
 * Of the selected leaves: those that failed, those never seen, and all below a container
 * that failed by itself.
 */
static void keep_failed(struct tum_campaign *campaign, const struct tum_strmap *known)
{
    bool *explained = tum_new_array(bool, campaign->node_count + 1);

    for (size_t i = 0; i < campaign->node_count; i++) {
        const struct tum_node_info *node = &campaign->nodes[i];

        if (node->container || !has_failed(known, node))
            continue;
        for (int32_t up = node->parent; up >= 0; up = campaign->nodes[up].parent)
            explained[up] = true;
    }
    for (size_t i = 0; i < campaign->node_count; i++) {
        struct tum_node_info *node = &campaign->nodes[i];

        if (tum_strmap_has(known, tum_str_of(node->address)) &&
            !has_failed(known, node) && !is_in_failed(campaign, known, explained, node))
            node->selected = false;
    }
    tum_free(explained);
}

/* ---- shards ---- */

static bool env_number(const char *name, int64_t *ret)
{
    const char *text = getenv(name);

    return text != NULL && tum_str_int(tum_str_trim(tum_str_of(text)), ret);
}

bool tum_shard_auto(size_t *ret_shard, size_t *ret_shards, struct tum_error **err)
{
    const char *own = getenv("TUM_SHARD");
    int64_t index = 0, count = 0, first = 0;

    if (own != NULL) {
        struct tum_str text = tum_str_of(own);
        size_t slash = tum_str_find_char(text, '/', 0);

        if (slash == TUM_STR_NONE ||
            !tum_str_int(tum_str_sub(text, 0, slash), &index) ||
            !tum_str_int(tum_str_sub(text, slash + 1, text.n), &count))
            return tum_fail(err, TUM_ERROR_VALUE, "TUM_SHARD is no I/N: '%s'", own);
    } else if (env_number("SLURM_ARRAY_TASK_ID", &index) &&
               env_number("SLURM_ARRAY_TASK_COUNT", &count)) {
        env_number("SLURM_ARRAY_TASK_MIN", &first);
        index = index - first + 1;
    } else if (env_number("CI_NODE_INDEX", &index) &&
               env_number("CI_NODE_TOTAL", &count)) {
        ; /* counted from 1 */
    } else if (env_number("BUILDKITE_PARALLEL_JOB", &index) &&
               env_number("BUILDKITE_PARALLEL_JOB_COUNT", &count)) {
        index++;
    } else {
        return tum_fail(err, TUM_ERROR_VALUE,
                        "option '--shard auto': none of SLURM_ARRAY_TASK_ID/_COUNT, "
                        "CI_NODE_INDEX/CI_NODE_TOTAL, BUILDKITE_PARALLEL_JOB/_COUNT, "
                        "TUM_SHARD is set");
    }
    if (index < 1 || count < 1 || index > count)
        return tum_fail(err, TUM_ERROR_VALUE,
                        "option '--shard auto': shard %lld of %lld does not exist",
                        (long long)index, (long long)count);
    *ret_shard = (size_t)index;
    *ret_shards = (size_t)count;
    return true;
}

static int by_length(const void *a, const void *b)
{
    const struct tum_campaign *x = *(struct tum_campaign *const *)a;
    const struct tum_campaign *y = *(struct tum_campaign *const *)b;

    if (x->duration != y->duration)
        return x->duration < y->duration ? 1 : -1;
    return strcmp(x->shown, y->shown);
}

static int by_double(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Unknown ones get the median of the others; false when none is known. */
static bool fill_durations(struct tum_plan *plan)
{
    double *known = tum_new_array(double, plan->count + 1);
    size_t count = 0;
    double median;

    for (size_t i = 0; i < plan->count; i++) {
        if (plan->campaigns[i]->duration >= 0)
            known[count++] = plan->campaigns[i]->duration;
    }
    if (count > 0)
        qsort(known, count, sizeof(*known), by_double);
    median = count > 0 ? known[count / 2] : 0;
    tum_free(known);
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->campaigns[i]->duration < 0)
            plan->campaigns[i]->duration = median;
    }
    return count > 0;
}

static bool is_dropped(void *ctx, const struct tum_campaign *campaign)
{
    (void)ctx;
    return campaign->trouble == NULL && campaign->selected_count == 0;
}

static bool is_elsewhere(void *ctx, const struct tum_campaign *campaign)
{
    return !tum_strmap_has(ctx, tum_str_of(campaign->file));
}

static void cut_shard(struct tum_plan *plan, const struct tum_selection *selection)
{
    struct tum_campaign **sorted = tum_new_array(struct tum_campaign *, plan->count);
    double *load = tum_new_array(double, selection->shards);
    struct tum_strmap *mine = tum_strmap_new();
    bool by_hash = !fill_durations(plan) || selection->by_hash;

    if (plan->count > 0)
        memcpy(sorted, plan->campaigns, plan->count * sizeof(*sorted));
    if (plan->count > 1)
        qsort(sorted, plan->count, sizeof(*sorted), by_length);
    /* The longest first, each to the shard that has least. */
    for (size_t i = 0; i < plan->count; i++) {
        size_t least = 0;

        for (size_t k = 1; k < selection->shards; k++)
            least = load[k] < load[least] ? k : least;
        if (by_hash)
            least = tum_str_hash(tum_str_of(sorted[i]->shown)) % selection->shards;
        /* A campaign costs something even when it took no time. */
        load[least] += sorted[i]->duration + 0.001;
        if (least + 1 == selection->shard)
            tum_strmap_set(mine, tum_str_of(sorted[i]->file), mine);
    }
    tum_plan_drop(plan, is_elsewhere, mine);
    tum_strmap_free(mine);
    tum_free(load);
    tum_free(sorted);
}

/* ---- order ---- */

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u); /* splitmix64 */

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void shuffle(struct tum_plan *plan, uint64_t seed)
{
    for (size_t i = plan->count; i > 1; i--) {
        size_t k = next_random(&seed) % i;
        struct tum_campaign *moved = plan->campaigns[i - 1];

        plan->campaigns[i - 1] = plan->campaigns[k];
        plan->campaigns[k] = moved;
    }
}

static void failed_first(struct tum_plan *plan)
{
    struct tum_campaign **sorted = tum_new_array(struct tum_campaign *, plan->count);
    size_t n = 0;

    for (int failed = 1; failed >= 0; failed--) {
        for (size_t i = 0; i < plan->count; i++) {
            if (plan->campaigns[i]->failed_last == (failed != 0))
                sorted[n++] = plan->campaigns[i];
        }
    }
    if (n > 0)
        memcpy(plan->campaigns, sorted, n * sizeof(*sorted));
    tum_free(sorted);
}

/* ---- the whole ---- */

static void count_selected(struct tum_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct tum_campaign *campaign = plan->campaigns[i];

        campaign->selected_count = 0;
        for (size_t k = 0; k < campaign->node_count; k++)
            campaign->selected_count += campaign->nodes[k].selected;
        /* A campaign without nodes still can be run. */
        if (campaign->node_count == 0 && campaign->trouble == NULL)
            campaign->selected_count = 1;
    }
}

static bool last_failed(struct tum_plan *plan, struct tum_state *state,
                        bool none_when_none, struct tum_buf *notes,
                        struct tum_error **err)
{
    struct tum_strmap **known = tum_new_array(struct tum_strmap *, plan->count + 1);
    bool any = false, ok = true;

    for (size_t i = 0; ok && state != NULL && i < plan->count; i++) {
        known[i] = read_nodes(plan->campaigns[i], state, err);
        ok = known[i] != NULL;
        any = ok && (any || any_failed(plan->campaigns[i], known[i]));
    }
    for (size_t i = 0; ok && any && i < plan->count; i++)
        keep_failed(plan->campaigns[i], known[i]);
    if (ok && !any) {
        tum_buf_addf(notes, "No node failed in its last run: %s.\n",
                     none_when_none ? "nothing is run" : "all are run");
        for (size_t i = 0; none_when_none && i < plan->count; i++) {
            for (size_t k = 0; k < plan->campaigns[i]->node_count; k++)
                plan->campaigns[i]->nodes[k].selected = false;
        }
    }
    for (size_t i = 0; i < plan->count; i++)
        tum_strmap_free(known[i]);
    tum_free(known);
    return ok;
}

bool tum_select(struct tum_plan *plan, struct tum_state *state,
                const struct tum_selection *selection, struct tum_buf *notes,
                struct tum_error **err)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct tum_campaign *campaign = plan->campaigns[i];

        for (size_t k = 0; campaign->wanted == NULL && k < campaign->node_count; k++)
            campaign->nodes[k].selected = !campaign->nodes[k].container;
        if (campaign->wanted != NULL && !select_addresses(campaign, err))
            return false;
    }
    if (!filter(plan, "-k", selection->keyword, keyword_holds, err) ||
        !filter(plan, "--tags", selection->tags, tag_holds, err) ||
        !read_known(plan, state, err))
        return false;
    if (selection->last_failed &&
        !last_failed(plan, state, selection->none_when_none_failed, notes, err))
        return false;
    count_selected(plan);
    if (selection->keyword != NULL || selection->tags != NULL ||
        selection->last_failed) {
        for (size_t i = 0; i < plan->count; i++) {
            if (plan->campaigns[i]->node_count == 0)
                plan->campaigns[i]->selected_count = 0;
        }
    }
    tum_plan_drop(plan, is_dropped, NULL);
    if (selection->shards > 0)
        cut_shard(plan, selection);
    if (selection->shuffle)
        shuffle(plan, selection->seed);
    if (selection->failed_first || selection->last_failed)
        failed_first(plan);
    return true;
}
