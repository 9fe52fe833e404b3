/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding events up, and writing the sum to the state.
 */
#include "batch/record.h"
#include "base/strmap.h"
#include "engine/eventjson.h"
#include "tum/mem.h"
#include <limits.h>

/* Of an item's output, told when it did not pass: lines, and bytes of them. */
#define SAID_LINES   ((size_t)3)
#define SAID_SIZE    ((size_t)1024)
/* Nodes that are named beside the one that is blamed. */
#define OTHERS_SHOWN 9
/* Nothing that counts did not pass. */
#define RANK_NONE    INT_MAX

struct open_item {
    int64_t execution;
    struct tum_buf tail; /* of its output */
    char *address;
    bool container;
    bool found, found_bad;   /* it found tests; one of them was not good */
    struct tum_counts below; /* what ended below it */
    int worst;               /* rank of the worst of that which counts */
};

struct tum_record {
    struct tum_node_result *nodes;
    size_t count, cap;
    struct tum_strmap *by_address; /* index + 1 as a pointer */
    struct tum_counts counts;
    struct open_item *open;
    size_t open_count, open_cap;
    bool finished;
    const char *outcome;
    char *message;
    int status;
};

/* In the order of badness. */
static const char *const words[] = {
    "failed",      "timeout", "error",  "degraded", "interrupted", "known_flaky",
    "not_reached", "flaky",   "passed", "skipped",  "deselected"};

const char *tum_outcome_word(struct tum_str word)
{
    for (size_t i = 0; i < TUM_LEN(words); i++) {
        if (tum_str_is(word, words[i]))
            return words[i];
    }
    return "error";
}

int tum_outcome_rank(const char *outcome)
{
    for (size_t i = 0; i < TUM_LEN(words); i++) {
        if (strcmp(words[i], outcome) == 0)
            return (int)i;
    }
    return 0;
}

bool tum_outcome_passed(const char *outcome)
{
    return strcmp(outcome, "passed") == 0 || strcmp(outcome, "flaky") == 0 ||
           strcmp(outcome, "known_flaky") == 0;
}

bool tum_outcome_infra(const char *outcome)
{
    return strcmp(outcome, "error") == 0 || strcmp(outcome, "timeout") == 0 ||
           strcmp(outcome, "degraded") == 0;
}

void tum_counts_add(struct tum_counts *counts, const char *outcome)
{
    if (strcmp(outcome, "passed") == 0)
        counts->passed++;
    else if (strcmp(outcome, "flaky") == 0)
        counts->passed++, counts->flaky++;
    else if (strcmp(outcome, "known_flaky") == 0)
        counts->known_flaky++;
    else if (strcmp(outcome, "failed") == 0)
        counts->failed++;
    else if (tum_outcome_infra(outcome))
        counts->errors++;
    else if (strcmp(outcome, "interrupted") == 0)
        counts->interrupted++;
    else if (strcmp(outcome, "deselected") != 0)
        counts->skipped++;
}

void tum_counts_join(struct tum_counts *counts, const struct tum_counts *more)
{
    counts->passed += more->passed;
    counts->failed += more->failed;
    counts->errors += more->errors;
    counts->skipped += more->skipped;
    counts->known_flaky += more->known_flaky;
    counts->flaky += more->flaky;
    counts->interrupted += more->interrupted;
    counts->excused += more->excused;
}

const char *tum_outcome_result(const char *outcome)
{
    if (strcmp(outcome, "passed") == 0 || strcmp(outcome, "flaky") == 0)
        return "PASS";
    if (strcmp(outcome, "skipped") == 0 || strcmp(outcome, "deselected") == 0)
        return "SKIP";
    return "FAIL";
}

static void free_open(struct open_item *open)
{
    tum_free(open->address);
    tum_buf_release(&open->tail);
}

struct tum_record *tum_record_new(void)
{
    struct tum_record *record = tum_new(struct tum_record);

    record->by_address = tum_strmap_new();
    return record;
}

void tum_record_free(struct tum_record *record)
{
    if (record == NULL)
        return;
    for (size_t i = 0; i < record->count; i++) {
        tum_free(record->nodes[i].address);
        tum_free(record->nodes[i].message);
        tum_free(record->nodes[i].said);
    }
    for (size_t i = 0; i < record->open_count; i++)
        free_open(&record->open[i]);
    tum_free(record->nodes);
    tum_free(record->open);
    tum_free(record->message);
    tum_strmap_free(record->by_address);
    tum_free(record);
}

static struct tum_node_result *node_of(struct tum_record *record, const char *address)
{
    void *index = tum_strmap_get(record->by_address, tum_str_of(address));
    struct tum_node_result *node;

    if (index != NULL)
        return &record->nodes[(uintptr_t)index - 1];
    tum_grow(&record->nodes, &record->cap, record->count + 1);
    node = &record->nodes[record->count++];
    *node = (struct tum_node_result){
        .address = tum_strdup(address),
        .outcome = NULL,
        .message = tum_strdup(""),
        .said = tum_strdup(""),
    };
    tum_strmap_set(record->by_address, tum_str_of(address),
                   (void *)(uintptr_t)record->count);
    return node;
}

static struct open_item *find_open(struct tum_record *record, int64_t execution)
{
    for (size_t i = record->open_count; i-- > 0;) {
        if (record->open[i].execution == execution && execution != 0)
            return &record->open[i];
    }
    return NULL;
}

static bool is_good(const char *outcome)
{
    return tum_outcome_passed(outcome) || strcmp(outcome, "skipped") == 0;
}

/* Adds counts to the open item above, which may excuse them; else to those that stand. */
static void count_above(struct tum_record *record, tum_val event,
                        const struct tum_counts *counts, int worst)
{
    struct open_item *above = find_open(record, tum_conf_int(event, "parent", 0));

    tum_counts_join(above != NULL ? &above->below : &record->counts, counts);
    if (above != NULL)
        above->worst = TUM_MIN(above->worst, worst);
}

/* A test that an item found: counted in its place, and no node. */
static void end_found(struct tum_record *record, tum_val event, const char *outcome)
{
    struct open_item *item = find_open(record, tum_conf_int(event, "parent", 0));
    struct tum_counts one = {0};

    if (item != NULL) {
        item->found = true;
        item->found_bad = item->found_bad || !is_good(outcome);
    }
    tum_counts_add(&one, outcome);
    count_above(record, event, &one, tum_outcome_rank(outcome));
}

/* It passed, whatever did not below it: that is nobody's failure. */
static void excuse_below(struct tum_record *record, struct open_item *open)
{
    struct tum_counts *below = &open->below;
    size_t bad = below->failed + below->errors + below->interrupted;
    size_t n = strlen(open->address);

    below->excused += bad;
    below->failed = below->errors = below->interrupted = 0;
    open->worst = RANK_NONE;
    for (size_t i = 0; bad > 0 && i < record->count; i++) {
        struct tum_node_result *node = &record->nodes[i];

        if (node->execution > open->execution &&
            strncmp(node->address, open->address, n) == 0 &&
            (n == 0 || node->address[n] == '/'))
            node->excused = true;
    }
}

/* What an item and all below it count for, when it has ended. */
static void count_item(struct tum_record *record, tum_val event, struct open_item *open,
                       const char *word, bool leaf)
{
    bool passed = strcmp(tum_outcome_result(word), "PASS") == 0;
    int rank = tum_outcome_rank(word);
    struct tum_counts own = {0};

    if (open != NULL && passed)
        excuse_below(record, open);
    /* When none of what is below is to blame it is the item itself. */
    if (leaf ? open == NULL || !open->found || (!is_good(word) && !open->found_bad)
             : open != NULL && open->address[0] != '\0' &&
                   (strcmp(word, "flaky") == 0 ||
                    (!is_good(word) && open->worst > rank)))
        tum_counts_add(&own, word);
    if (open != NULL) {
        tum_counts_join(&own, &open->below);
        rank = TUM_MIN(rank, open->worst);
    }
    count_above(record, event, &own, passed ? RANK_NONE : rank);
}

static void start_item(struct tum_record *record, tum_val event)
{
    const char *address = tum_conf_text(event, "node");

    if (address == NULL || tum_conf_flag(event, "action", false) ||
        tum_conf_flag(event, "found", false))
        return;
    tum_grow(&record->open, &record->open_cap, record->open_count + 1);
    record->open[record->open_count++] = (struct open_item){
        .execution = tum_conf_int(event, "execution", 0),
        .address = tum_strdup(address),
        .container = tum_conf_flag(event, "container", false),
        .worst = RANK_NONE,
    };
    tum_buf_init(&record->open[record->open_count - 1].tail, 2 * SAID_SIZE);
}

static void take_output(struct tum_record *record, tum_val event)
{
    struct open_item *open = find_open(record, tum_conf_int(event, "execution", 0));
    struct tum_str text = tum_val_text(tum_conf_get(event, "text"));

    if (open == NULL || open->container)
        return;
    text = tum_str_sub(text, text.n - TUM_MIN(text.n, SAID_SIZE), text.n);
    if (open->tail.len + text.n > 2 * SAID_SIZE) {
        size_t keep = TUM_MIN(open->tail.len, SAID_SIZE);

        memmove(open->tail.s, open->tail.s + open->tail.len - keep, keep);
        tum_buf_truncate(&open->tail, keep);
    }
    tum_buf_addt(&open->tail, text);
}

/* The frame that tum prints around an item, and what its message says anyway. */
static bool is_frame(struct tum_str line, const char *message)
{
    return tum_str_starts(line, "-----> step") || tum_str_starts(line, "<----- step") ||
           tum_str_trim(line).n == 0 ||
           tum_str_find(tum_str_of(message), line, 0) != TUM_STR_NONE;
}

/* The last lines that the item itself wrote; for tum_free. */
static char *said_of(const struct open_item *open, const char *message)
{
    struct tum_str text = tum_buf_str(&open->tail), lines[SAID_LINES];
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(2 * SAID_SIZE);
    size_t count = 0;

    while (text.n > 0 && count < SAID_LINES) {
        size_t at = text.n;
        struct tum_str line;

        while (at > 0 && text.s[at - 1] != '\n')
            at--;
        line = tum_str_sub(text, at, text.n);
        text.n = at > 0 ? at - 1 : 0;
        if (!is_frame(line, message))
            lines[count++] = line;
        else if (tum_str_starts(line, "-----> step"))
            break;
    }
    while (count-- > 0) {
        tum_buf_addt(&out, lines[count]);
        if (count > 0)
            tum_buf_addc(&out, '\n');
    }
    return tum_strdup(out.s);
}

static void end_item(struct tum_record *record, tum_val event)
{
    const char *address = tum_conf_text(event, "node");
    const char *message = tum_conf_text(event, "message");
    const char *word = tum_conf_text(event, "outcome");
    const char *type = tum_conf_text(event, "type");
    int64_t execution = tum_conf_int(event, "execution", 0);
    bool leaf = !tum_conf_flag(event, "container", false);
    TUM_AUTO(tum_freep) char *said = NULL;
    struct open_item *open;
    struct tum_node_result *node;
    double duration = 0;

    if (address == NULL || word == NULL || tum_conf_flag(event, "action", false))
        return;
    word = tum_outcome_word(tum_str_of(word));
    if (tum_conf_flag(event, "found", false)) {
        end_found(record, event, word);
        return;
    }
    open = find_open(record, execution);
    count_item(record, event, open, word, leaf);
    if (open != NULL) {
        /* The message of a check is all there is to say. */
        if (!is_good(word) && (type == NULL || strcmp(type, "Check value") != 0))
            said = said_of(open, message != NULL ? message : "");
        free_open(open);
        memmove(open, open + 1,
                (size_t)(record->open + --record->open_count - open) * sizeof(*open));
    }
    if (address[0] == '\0') {
        /* Of main only the message: the end of the run says the rest. */
        tum_free(record->message);
        record->message = tum_strdup(message != NULL ? message : "");
        return;
    }
    tum_val_to_double(tum_conf_get(event, "duration"), &duration);
    node = node_of(record, address);
    node->leaf = leaf;
    node->duration += duration;
    node->attempts = TUM_MAX(node->attempts, tum_conf_int(event, "attempts", 1));
    if (node->outcome == NULL ||
        tum_outcome_rank(word) < tum_outcome_rank(node->outcome) ||
        (node->excused && !is_good(word))) {
        node->outcome = word;
        node->execution = execution;
        node->excused = false;
        tum_free(node->message);
        node->message = tum_strdup(message != NULL ? message : "");
        tum_free(node->said);
        node->said = tum_strdup(said != NULL ? said : "");
    }
}

void tum_record_take(struct tum_record *record, tum_val event)
{
    const char *kind = tum_conf_text(event, "event"), *text;

    if (kind == NULL)
        return;
    if (strcmp(kind, "item_started") == 0) {
        start_item(record, event);
    } else if (strcmp(kind, "item_output") == 0) {
        take_output(record, event);
    } else if (strcmp(kind, "item_finished") == 0) {
        end_item(record, event);
    } else if (strcmp(kind, "run_finished") == 0) {
        text = tum_conf_text(event, "outcome");
        record->finished = true;
        record->outcome = tum_outcome_word(tum_str_of(text));
        record->status = (int)tum_conf_int(event, "status", 3);
    }
}

struct tum_counts tum_record_counts(const struct tum_record *record)
{
    struct tum_counts sum = record->counts;

    for (size_t i = 0; i < record->open_count; i++)
        tum_counts_join(&sum, &record->open[i].below);
    return sum;
}

size_t tum_record_count(const struct tum_record *record)
{
    return record->count;
}

const struct tum_node_result *tum_record_node(const struct tum_record *record, size_t i)
{
    return &record->nodes[i];
}

const char *tum_record_running(const struct tum_record *record)
{
    for (size_t i = record->open_count; i-- > 0;) {
        if (record->open[i].address[0] != '\0')
            return record->open[i].address;
    }
    return NULL;
}

bool tum_record_finished(const struct tum_record *record, const char **ret_outcome,
                         const char **ret_message, int *ret_status)
{
    if (!record->finished)
        return false;
    *ret_outcome = record->outcome;
    *ret_message = record->message != NULL ? record->message : "";
    *ret_status = record->status;
    return true;
}

const struct tum_node_result *tum_record_blamed(const struct tum_record *record,
                                                const char *outcome)
{
    const struct tum_node_result *container = NULL;

    /* Children end before their container: the innermost comes first. */
    for (size_t i = 0; i < record->count; i++) {
        const struct tum_node_result *node = &record->nodes[i];

        if (node->outcome == NULL || strcmp(node->outcome, outcome) != 0 ||
            node->excused)
            continue;
        if (node->leaf)
            return node;
        if (container == NULL)
            container = node;
    }
    return container;
}

void tum_record_write_others(const struct tum_record *record,
                             const struct tum_node_result *blamed, struct tum_buf *out)
{
    size_t count = 0;

    for (size_t i = 0; i < record->count; i++) {
        const struct tum_node_result *node = &record->nodes[i];
        struct tum_str first;

        if (node == blamed || !node->leaf || node->excused || node->outcome == NULL ||
            is_good(node->outcome) ||
            tum_outcome_rank(node->outcome) >= tum_outcome_rank("interrupted") ||
            ++count > OTHERS_SHOWN)
            continue;
        first = tum_str_of(node->message);
        first = tum_str_sub(first, 0, tum_str_find_char(first, '\n', 0));
        tum_buf_addf(out, "\nalso %s: %s: %.*s", node->outcome, node->address,
                     TUM_STR_ARG(first));
    }
    if (count > OTHERS_SHOWN)
        tum_buf_addf(out, "\nand %zu more", count - OTHERS_SHOWN);
}

void tum_record_write_flaky(const struct tum_record *record, bool known,
                            struct tum_buf *out)
{
    const char *outcome = known ? "known_flaky" : "flaky";
    size_t count = 0;

    for (size_t i = 0; i < record->count; i++) {
        const struct tum_node_result *node = &record->nodes[i];
        struct tum_str message = tum_str_of(node->message);

        /* A container is known to be flaky by what is below it. */
        if (node->outcome == NULL || strcmp(node->outcome, outcome) != 0 ||
            (known && !node->leaf) || ++count > OTHERS_SHOWN)
            continue;
        tum_buf_addf(out, "%s%s: ", count > 1 ? "\n" : "", node->address);
        if (known)
            tum_buf_addt(out,
                         tum_str_sub(message, 0, tum_str_find_char(message, '\n', 0)));
        else
            tum_buf_addf(out, "passed at attempt %lld", (long long)node->attempts);
    }
    if (count > OTHERS_SHOWN)
        tum_buf_addf(out, "\nand %zu more", count - OTHERS_SHOWN);
}

/* ---- to the state ---- */

static bool store_node(struct tum_state *state, const char *file, const char *run,
                       const struct tum_node_result *node, const char *outcome,
                       const char *now, struct tum_error **err)
{
    struct tum_str message = tum_str_sub(tum_str_of(node->message), 0, 2000);

    return tum_state_run(state, err,
                         "INSERT OR REPLACE INTO node VALUES(?,?,?,?,?,?,?,?,?)",
                         "tttdisitt", file, node->address, outcome, node->duration,
                         node->attempts, message, (int64_t)node->leaf, now, run) &&
           tum_state_run(state, err, "INSERT INTO history VALUES(?,?,?,?,?,?,?)",
                         "ttttdit", file, node->address, now, outcome, node->duration,
                         node->attempts, run) &&
           tum_state_run(
               state, err,
               "DELETE FROM history WHERE file=?1 AND node=?2 AND rowid NOT "
               "IN (SELECT rowid FROM history WHERE file=?1 AND node=?2 ORDER "
               "BY rowid DESC LIMIT 50)",
               "tt", file, node->address);
}

static bool store_open(const struct tum_record *record, struct tum_state *state,
                       const char *file, const char *run, const char *now,
                       struct tum_error **err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < record->open_count; i++) {
        struct tum_node_result node = {
            .address = record->open[i].address,
            .message = tum_strdup("cut by the end of the run"),
            .leaf = !record->open[i].container,
        };

        if (node.address[0] != '\0')
            ok = store_node(state, file, run, &node, "interrupted", now, err);
        tum_free(node.message);
    }
    return ok;
}

static bool store_unreached(const struct tum_record *record, struct tum_state *state,
                            const struct tum_campaign *campaign, const char *run,
                            const char *now, struct tum_error **err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < campaign->node_count; i++) {
        const struct tum_node_info *node = &campaign->nodes[i];
        bool open = false;

        if (!node->selected || node->skipped ||
            tum_strmap_has(record->by_address, tum_str_of(node->address)))
            continue;
        for (size_t k = 0; k < record->open_count; k++)
            open = open || strcmp(record->open[k].address, node->address) == 0;
        if (!open)
            ok = tum_state_run(state, err,
                               "INSERT OR REPLACE INTO node VALUES(?,?,'not_reached',"
                               "0,0,'',1,?,?)",
                               "tttt", campaign->key, node->address, now, run);
    }
    return ok;
}

struct vanishing {
    const struct tum_record *record;
    struct tum_strmap *there; /* addresses of the campaign */
    struct tum_list_builder *gone;
};

static bool take_vanished(void *ctx, sqlite3_stmt *st)
{
    struct vanishing *v = ctx;
    struct tum_str address = tum_str_of(tum_column_text(st, 0));

    if (!tum_strmap_has(v->there, address) &&
        !tum_strmap_has(v->record->by_address, address))
        tum_list_add(v->gone, tum_val_strn(address.s, address.n));
    return true;
}

/* What the campaign does not have any more is forgotten, but for its history. */
static bool forget_vanished(const struct tum_record *record, struct tum_state *state,
                            const struct tum_campaign *campaign, struct tum_error **err)
{
    struct vanishing v = {record, tum_strmap_new(), tum_list_begin(4)};
    tum_val gone;
    bool ok;

    for (size_t i = 0; i < campaign->node_count; i++)
        tum_strmap_set(v.there, tum_str_of(campaign->nodes[i].address), &v);
    ok = tum_state_each(state, err, take_vanished, &v,
                        "SELECT node FROM node WHERE file=?", "t", campaign->key);
    gone = tum_list_end(v.gone);
    tum_list_each (address, gone)
        ok = ok && tum_state_run(state, err, "DELETE FROM node WHERE file=? AND node=?",
                                 "tt", campaign->key, tum_val_text(*address).s);
    tum_val_unref(gone);
    tum_strmap_free(v.there);
    return ok;
}

/* A campaign that did not load has reached none of the nodes that it had. */
static bool store_unloaded(struct tum_state *state, const struct tum_campaign *campaign,
                           const char *run, const char *now, struct tum_error **err)
{
    return tum_state_run(state, err,
                         "UPDATE node SET outcome='not_reached', at=?, batch=? WHERE "
                         "file=?",
                         "ttt", now, run, campaign->key);
}

static bool store_files(struct tum_state *state, const char *file, tum_val files,
                        struct tum_error **err)
{
    if (tum_list_len(files) == 0)
        return true;
    if (!tum_state_run(state, err, "DELETE FROM reads WHERE file=?", "t", file))
        return false;
    tum_list_each (path, files) {
        if (!tum_state_run(state, err, "INSERT OR REPLACE INTO reads VALUES(?,?)", "tt",
                           file, tum_val_text(*path).s))
            return false;
    }
    return true;
}

bool tum_record_store(const struct tum_record *record, struct tum_state *state,
                      const struct tum_campaign *campaign, const char *run,
                      const char *outcome, const char *message, double duration,
                      tum_val files, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf now = TUM_BUF_INIT(64);
    const char *file = campaign->key;
    bool ok = true;

    tum_time_write(&now);
    for (size_t i = 0; ok && i < record->count; i++) {
        const struct tum_node_result *node = &record->nodes[i];

        /* What was not run keeps what is known of it. */
        if (node->outcome != NULL && strcmp(node->outcome, "deselected") != 0)
            ok = store_node(state, file, run, node,
                            node->excused ? "not_counted" : node->outcome, now.s, err);
    }
    return ok && store_open(record, state, file, run, now.s, err) &&
           store_unreached(record, state, campaign, run, now.s, err) &&
           (campaign->trouble == NULL ||
            store_unloaded(state, campaign, run, now.s, err)) &&
           (campaign->trouble != NULL || !campaign->listed ||
            forget_vanished(record, state, campaign, err)) &&
           store_files(state, file, files, err) &&
           tum_state_run(state, err, "INSERT OR REPLACE INTO known VALUES(?,?,?,?,?,?)",
                         "ttdttt", file, outcome, duration, message, now.s, run);
}
