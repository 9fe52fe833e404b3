/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what a batch recorded. A line that does not parse is the last one of a file
 * that a kill cut: it is left out.
 */
#include "batch/rmodel.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/strmap.h"
#include "tum/mem.h"
#include "tum/proc.h"

#define EVENTS_LIMIT ((size_t)1 << 32)
#define GIT_PATIENCE (5 * TUM_SECOND)

static char *text_of(tum_val v, const char *key)
{
    const char *text = tum_conf_text(v, key);

    return tum_strdup(text != NULL ? text : "");
}

static void set_text(char **field, tum_val v, const char *key)
{
    if (tum_conf_text(v, key) == NULL)
        return;
    tum_free(*field);
    *field = text_of(v, key);
}

static double number_of(tum_val v, const char *key)
{
    double number = 0;

    tum_val_to_double(tum_conf_get(v, key), &number);
    return number;
}

/* Calls `take` for each object of a file of lines. */
static bool each_line(const char *path, void (*take)(void *ctx, tum_val v), void *ctx,
                      struct tum_error **err)
{
    struct tum_str rest, line;
    bool more = true;
    char *text;
    size_t n;

    if (!tum_file_read(path, EVENTS_LIMIT, &text, &n, err))
        return false;
    rest = tum_str_n(text, n);
    while (tum_str_split(&rest, &more, '\n', &line)) {
        struct tum_error *wrong = NULL;
        tum_val v;

        if (line.n == 0)
            continue;
        if (!tum_json_read(line, (struct tum_span){0}, &v, &wrong)) {
            tum_error_free(wrong);
            continue;
        }
        take(ctx, v);
        tum_val_unref(v);
    }
    tum_free(text);
    return true;
}

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

static struct tum_rattempt *add_attempt(struct tum_rcampaign *campaign)
{
    tum_grow(&campaign->attempts, &campaign->attempt_cap, campaign->attempt_count + 1);
    campaign->attempts[campaign->attempt_count] =
        (struct tum_rattempt){.outcome = "interrupted", .message = tum_strdup("")};
    return &campaign->attempts[campaign->attempt_count++];
}

static void take_finished(struct tum_rcampaign *campaign, tum_val v)
{
    int64_t number = tum_conf_int(v, "attempt", 0);
    struct tum_rattempt *attempt = NULL;

    for (size_t i = 0; i < campaign->attempt_count; i++) {
        if (campaign->attempts[i].number == number)
            attempt = &campaign->attempts[i];
    }
    /* A resumed batch says again what it knows of before. */
    if (attempt != NULL && attempt->ended)
        return;
    if (attempt == NULL) {
        attempt = add_attempt(campaign);
        attempt->number = number;
        campaign->begun = true;
    }
    campaign->ended = true;
    campaign->outcome = tum_outcome_word(tum_str_of(tum_conf_text(v, "outcome")));
    set_text(&campaign->message, v, "message");
    set_text(&campaign->clean_start, v, "clean_start");
    set_text(&campaign->left, v, "left_behind");
    campaign->duration += number_of(v, "duration");
    campaign->status = (int)tum_conf_int(v, "status", -1);
    attempt->ended = true;
    attempt->outcome = campaign->outcome;
    attempt->duration = number_of(v, "duration");
    tum_free(attempt->message);
    attempt->message = tum_strdup(campaign->message);
}

static void take_batch_event(void *ctx, tum_val v)
{
    struct tum_rbatch *batch = ctx;
    const char *event = tum_conf_text(v, "event");
    const char *shown = tum_conf_text(v, "campaign");
    struct tum_rcampaign *campaign;
    struct tum_rattempt *attempt;

    if (event == NULL)
        return;
    if (strcmp(event, "batch_started") == 0) {
        if (batch->started[0] == '\0')
            set_text(&batch->started, v, "time");
        set_text(&batch->run, v, "run");
        set_text(&batch->host, v, "host");
        set_text(&batch->root, v, "root");
        set_text(&batch->repository, v, "repository");
        set_text(&batch->version, v, "version");
        batch->shard = tum_conf_int(v, "shard", 0);
        batch->shards = tum_conf_int(v, "shards", 0);
        batch->ended = false;
        tum_list_each (one, tum_conf_get(v, "campaigns")) {
            campaign = tum_rbatch_add(batch, tum_conf_text(*one, "campaign"));
            set_text(&campaign->file, *one, "file");
            set_text(&campaign->folder, *one, "folder");
        }
    } else if (strcmp(event, "campaign_started") == 0 && shown != NULL) {
        campaign = tum_rbatch_add(batch, shown);
        if (!campaign->begun)
            set_text(&campaign->started, v, "time");
        campaign->begun = true;
        campaign->ended = false;
        campaign->outcome = "interrupted";
        set_text(&campaign->file, v, "file");
        set_text(&campaign->folder, v, "folder");
        set_text(&campaign->clean_start, v, "clean_start");
        attempt = add_attempt(campaign);
        attempt->started = text_of(v, "time");
        attempt->number = tum_conf_int(v, "attempt", 0);
    } else if (strcmp(event, "campaign_finished") == 0 && shown != NULL) {
        take_finished(tum_rbatch_add(batch, shown), v);
    } else if (strcmp(event, "campaign_result") == 0 && shown != NULL) {
        /* What stands in the end: flaky, or an error whose budget is spent. */
        campaign = tum_rbatch_add(batch, shown);
        campaign->outcome = tum_outcome_word(tum_str_of(tum_conf_text(v, "outcome")));
        set_text(&campaign->message, v, "message");
    } else if (strcmp(event, "preflight") == 0 && shown == NULL &&
               !tum_conf_flag(v, "ok", true)) {
        set_text(&batch->bail, v, "message");
    } else if (strcmp(event, "gate") == 0) {
        const char *smoke = tum_conf_text(v, "smoke");

        batch->smoke = smoke == NULL                  ? "skipped"
                       : strcmp(smoke, "ok") == 0     ? "ok"
                       : strcmp(smoke, "failed") == 0 ? "failed"
                                                      : "skipped";
    } else if (strcmp(event, "batch_finished") == 0) {
        batch->ended = true;
        batch->status = (int)tum_conf_int(v, "status", 3);
        if (tum_conf_text(v, "left_behind") != NULL)
            tum_buf_addf(&batch->notes, "left behind while several campaigns ran: %s\n",
                         tum_conf_text(v, "left_behind"));
        batch->duration += number_of(v, "duration");
    }
}

/* ---- cases ---- */

struct reading {
    struct tum_rcampaign *campaign;
    size_t attempt; /* index of the one that is read */
};

static struct tum_rcase *find_case(struct tum_rattempt *attempt, int64_t execution)
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

static struct tum_rattempt *attempt_of(struct reading *r)
{
    while (r->campaign->attempt_count <= r->attempt)
        add_attempt(r->campaign);
    return &r->campaign->attempts[r->attempt];
}

static void open_case(struct tum_rattempt *attempt, tum_val v)
{
    struct tum_rcase *one;

    if (attempt->case_count == TUM_RCASES_LIMIT)
        return;
    tum_grow(&attempt->cases, &attempt->case_cap, attempt->case_count + 1);
    one = &attempt->cases[attempt->case_count++];
    attempt->unsorted =
        attempt->unsorted || (attempt->case_count > 1 &&
                              one[-1].execution >= tum_conf_int(v, "execution", 0));
    *one = (struct tum_rcase){
        .execution = tum_conf_int(v, "execution", 0),
        .parent = tum_conf_int(v, "parent", 0),
        .address = text_of(v, "node"),
        .name = text_of(v, "name"),
        .type = text_of(v, "type"),
        .file = text_of(v, "file"),
        .line = (uint32_t)tum_conf_int(v, "line", 0),
        .outcome = "interrupted",
        .message = tum_strdup("cut by the end of the run"),
        .started = text_of(v, "time"),
        .iteration = tum_conf_int(v, "iteration", -1),
        .container = tum_conf_flag(v, "container", false),
        .open = true,
    };
    tum_buf_init(&one->output, TUM_RCASE_OUTPUT);
}

static void take_case_event(void *ctx, tum_val v)
{
    struct reading *r = ctx;
    const char *event = tum_conf_text(v, "event");
    struct tum_rattempt *attempt;
    struct tum_rcase *one;

    if (event == NULL)
        return;
    if (strcmp(event, "run_started") == 0) {
        const char *time = tum_conf_text(v, "time");

        /* The last attempt that had started then; one may have no run. */
        for (size_t i = 0; i < r->campaign->attempt_count; i++) {
            const char *started = r->campaign->attempts[i].started;

            if (started == NULL || time == NULL || strcmp(started, time) <= 0)
                r->attempt = i;
        }
        return;
    }
    attempt = attempt_of(r);
    if (strcmp(event, "item_started") == 0) {
        if (!tum_conf_flag(v, "action", false))
            open_case(attempt, v);
        /* Tests that an item found stand for it. */
        one = find_case(attempt, tum_conf_int(v, "parent", 0));
        if (one != NULL && tum_conf_flag(v, "found", false))
            one->container = true;
        return;
    }
    one = find_case(attempt, tum_conf_int(v, "execution", -1));
    if (one == NULL)
        return;
    if (strcmp(event, "item_output") == 0) {
        struct tum_str text = tum_val_text(tum_conf_get(v, "text"));

        one->dropped += (size_t)tum_conf_int(v, "dropped", 0);
        if (one->dropped > 0 && tum_conf_int(v, "dropped", 0) > 0)
            tum_buf_addf(&one->output, "[... %zu bytes cut ...]\n", one->dropped);
        tum_buf_addt(&one->output, text);
    } else if (strcmp(event, "item_finished") == 0 &&
               !tum_conf_flag(v, "action", false)) {
        one->open = false;
        one->outcome = tum_outcome_word(tum_str_of(tum_conf_text(v, "outcome")));
        one->duration = number_of(v, "duration");
        one->attempts = tum_conf_int(v, "attempts", 1);
        set_text(&one->message, v, "message");
    }
}

/* ---- settling ---- */

static bool is_bad(const char *outcome)
{
    return !tum_outcome_passed(outcome) && strcmp(outcome, "skipped") != 0;
}

/*
 * Containers that failed by themselves: what failed below them, if anything, is not what
 * gave them their outcome.
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

        if (!one->container || one->parent == 0 || one->open || !is_bad(one->outcome))
            continue;
        for (size_t k = i + 1; k < attempt->case_count && !below; k++) {
            const struct tum_rcase *up = &attempt->cases[k];

            if (!up->shown || !is_bad(up->outcome) ||
                tum_outcome_rank(up->outcome) > tum_outcome_rank(one->outcome))
                continue;
            while (up != NULL && up->execution > one->execution)
                up = up->parent > 0 ? find_case(attempt, up->parent) : NULL;
            below = up == one;
        }
        one->shown = !below;
    }
}

static void count(struct tum_counts *counts, const char *outcome)
{
    if (strcmp(outcome, "known_flaky") == 0)
        counts->known_flaky++;
    else if (strcmp(outcome, "flaky") == 0)
        counts->passed++, counts->flaky++;
    else if (strcmp(outcome, "passed") == 0)
        counts->passed++;
    else if (strcmp(outcome, "failed") == 0)
        counts->failed++;
    else if (tum_outcome_infra(outcome))
        counts->errors++;
    else if (strcmp(outcome, "interrupted") == 0)
        counts->interrupted++;
    else
        counts->skipped++;
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
        if (one->shown && is_bad(one->outcome) &&
            (infra ? tum_outcome_infra(one->outcome)
                   : tum_outcome_rank(one->outcome) <=
                         tum_outcome_rank(campaign->outcome)))
            return true;
    }
    return false;
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

static void settle_campaign(struct tum_rcampaign *campaign)
{
    struct tum_rattempt *last = tum_rcampaign_last(campaign);

    campaign->result = tum_outcome_result(campaign->outcome);
    campaign->counts = (struct tum_counts){0};
    for (size_t i = 0; i < campaign->attempt_count; i++)
        show_cases(&campaign->attempts[i]);
    for (size_t i = 0; last != NULL && i < last->case_count; i++) {
        if (!last->cases[i].shown)
            continue;
        count(&campaign->counts, last->cases[i].outcome);
    }
    /* Something must say that it did not pass. */
    if (!tum_rcampaign_says(campaign))
        count(&campaign->counts, campaign->outcome);
}

void tum_rbatch_settle(struct tum_rbatch *batch)
{
    struct tum_counts *sum = &batch->counts;

    *sum = (struct tum_counts){0};
    for (size_t i = 0; i < batch->count; i++) {
        const struct tum_counts *one = &batch->campaigns[i]->counts;

        settle_campaign(batch->campaigns[i]);
        sum->passed += one->passed;
        sum->failed += one->failed;
        sum->errors += one->errors;
        sum->skipped += one->skipped;
        sum->known_flaky += one->known_flaky;
        sum->flaky += one->flaky;
        sum->interrupted += one->interrupted;
    }
    if (!batch->ended && batch->status == 0)
        batch->status = 1; /* a run without an end is a failed run */
}

bool tum_rbatch_passed(const struct tum_rbatch *batch)
{
    return batch->ended && batch->status == 0;
}

/* ---- the whole ---- */

static void free_attempt(struct tum_rattempt *attempt)
{
    for (size_t k = 0; k < attempt->case_count; k++) {
        struct tum_rcase *one = &attempt->cases[k];

        tum_free(one->address);
        tum_free(one->name);
        tum_free(one->type);
        tum_free(one->file);
        tum_free(one->message);
        tum_free(one->started);
        tum_buf_release(&one->output);
    }
    tum_free(attempt->cases);
    tum_free(attempt->message);
    tum_free(attempt->started);
}

/* An attempt that a kill cut, and that another followed, is as if it had not been. */
static void drop_cut(struct tum_rcampaign *campaign)
{
    size_t kept = 0;

    for (size_t i = 0; i < campaign->attempt_count; i++) {
        if (campaign->attempts[i].ended || i + 1 == campaign->attempt_count)
            campaign->attempts[kept++] = campaign->attempts[i];
        else
            free_attempt(&campaign->attempts[i]);
    }
    campaign->attempt_count = kept;
}

static void read_revision(struct tum_rbatch *batch)
{
    const char *const argv[] = {"git", "describe", "--always", "--dirty", NULL};
    const struct tum_proc_run_opts opts = {
        .proc = {TUM_PROC_OPTS, .argv = argv, .directory = batch->root},
        .deadline = tum_now() + GIT_PATIENCE,
    };
    struct tum_proc_result result;
    struct tum_error *err = NULL;

    if (!tum_path_is_folder(batch->root) || !tum_proc_run(&opts, &result, &err)) {
        tum_error_free(err);
        return;
    }
    if (result.ended && result.status.exited && result.status.code == 0) {
        struct tum_str text = tum_str_trim(tum_buf_str(&result.out));

        tum_free(batch->revision);
        batch->revision = tum_strndup(text.s, text.n);
    }
    tum_proc_result_release(&result);
}

static struct tum_rbatch *batch_new(void)
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

bool tum_rbatch_read(const char *folder, struct tum_rbatch **ret,
                     struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *path = tum_path_join(folder, "events.jsonl");
    struct tum_rbatch *batch = batch_new();

    if (!each_line(path, take_batch_event, batch, err)) {
        tum_error_wrap(err, "'%s' is no folder of a batch", folder);
        tum_rbatch_free(batch);
        return false;
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct tum_rcampaign *campaign = batch->campaigns[i];
        TUM_AUTO(tum_freep) char *below = tum_path_join(folder, campaign->folder);
        TUM_AUTO(tum_freep) char *events = tum_path_join(below, "events.jsonl");
        struct reading reading = {.campaign = campaign};
        struct tum_error *missing = NULL;

        tum_free(campaign->log);
        campaign->log = tum_path_join(below, "log.txt");
        /* One that was not started has none. */
        if (!each_line(events, take_case_event, &reading, &missing))
            tum_error_free(missing);
        drop_cut(campaign);
    }
    read_revision(batch);
    tum_rbatch_settle(batch);
    *ret = batch;
    return true;
}

static void free_campaign(struct tum_rcampaign *campaign)
{
    for (size_t i = 0; i < campaign->attempt_count; i++)
        free_attempt(&campaign->attempts[i]);
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
