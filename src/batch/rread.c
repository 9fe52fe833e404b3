/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what a batch recorded. A line that does not parse is the last one of a file
 * that a kill cut: it is left out.
 */
#include "base/fd.h"
#include "base/path.h"
#include "batch/rmodel.h"
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

/* ---- events of the batch ---- */

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
        attempt = tum_rcampaign_attempt(campaign);
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
        attempt = tum_rcampaign_attempt(campaign);
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

static struct tum_rattempt *attempt_of(struct reading *r)
{
    while (r->campaign->attempt_count <= r->attempt)
        tum_rcampaign_attempt(r->campaign);
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
        one = tum_rattempt_case(attempt, tum_conf_int(v, "parent", 0));
        if (one != NULL && tum_conf_flag(v, "found", false))
            one->container = true;
        return;
    }
    one = tum_rattempt_case(attempt, tum_conf_int(v, "execution", -1));
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
        tum_val_unref(one->tries);
        one->tries = tum_val_ref(tum_conf_get(v, "tries"));
        set_text(&one->message, v, "message");
    }
}

/* ---- the whole ---- */

/* An attempt that a kill cut, and that another followed, is as if it had not been. */
static void drop_cut(struct tum_rcampaign *campaign)
{
    size_t kept = 0;

    for (size_t i = 0; i < campaign->attempt_count; i++) {
        if (campaign->attempts[i].ended || i + 1 == campaign->attempt_count)
            campaign->attempts[kept++] = campaign->attempts[i];
        else
            tum_rattempt_release(&campaign->attempts[i]);
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

bool tum_rbatch_read(const char *folder, struct tum_rbatch **ret,
                     struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *path = tum_path_join(folder, "events.jsonl");
    struct tum_rbatch *batch = tum_rbatch_new();

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
