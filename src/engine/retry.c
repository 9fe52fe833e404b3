/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `retry`: reading the mapping, deciding, recording the attempts.
 */
#include "engine/retry.h"

#include "engine/runstate.h"
#include "tum/mem.h"

#define OUTCOME_BIT(outcome) (1u << (outcome))

static const enum tum_outcome retried[] = {TUM_OUTCOME_FAILED, TUM_OUTCOME_ERROR,
                                           TUM_OUTCOME_TIMEOUT};

static bool outcome_bit(tum_val word, unsigned *ret)
{
    for (size_t i = 0; i < TUM_LEN(retried); i++) {
        if (word.kind == TUM_STR &&
            tum_str_is(tum_val_text(word), tum_outcome_text(retried[i]))) {
            *ret |= OUTCOME_BIT(retried[i]);
            return true;
        }
    }
    return false;
}

static bool read_outcomes(tum_val v, unsigned *ret)
{
    *ret = 0;
    if (v.kind == TUM_STR)
        return outcome_bit(v, ret);
    if (!tum_val_is_seq(v))
        return false;
    tum_list_each (word, v) {
        if (!outcome_bit(*word, ret))
            return false;
    }
    return true;
}

static bool is_open(tum_val v)
{
    return v.kind == TUM_STR && !tum_val_constant(v);
}

/* What is wrong with a value, or NULL. Text that is still to be expanded is right. */
static const char *read_map(tum_val v, struct tum_retry *ret)
{
    for (size_t i = 0; i < TUM_LEN(retried); i++)
        ret->outcomes |= OUTCOME_BIT(retried[i]);
    if (v.kind == TUM_NONE || is_open(v))
        return NULL;
    if (v.kind != TUM_MAP)
        return "'retry' must be a mapping {count, delay, outcomes}";
    tum_map_each (entry, v) {
        struct tum_str key = tum_val_text(entry->key);

        if (tum_str_is(key, "count")) {
            if (!is_open(entry->value) &&
                (entry->value.kind == TUM_BOOL ||
                 !tum_val_to_int64(entry->value, &ret->left) || ret->left < 0 ||
                 ret->left > TUM_RETRY_LIMIT))
                return "'count' of 'retry' must be a whole number from 0 to 1000000";
        } else if (tum_str_is(key, "delay")) {
            if (!is_open(entry->value) && !tum_val_duration(entry->value, &ret->delay))
                return "'delay' of 'retry' must be a duration";
        } else if (tum_str_is(key, "outcomes")) {
            if (!is_open(entry->value) && !read_outcomes(entry->value, &ret->outcomes))
                return "'outcomes' of 'retry' must be of failed, error, timeout";
        } else {
            return "'retry' has an unknown field; accepted: count, delay, outcomes";
        }
    }
    return NULL;
}

const char *tum_retry_check(tum_val raw)
{
    struct tum_retry scratch = {0};

    return read_map(raw, &scratch);
}

/* An item listed as flaky is tried again as if it said so itself. */
static void read_listed(struct tum_run *run, struct tum_retry *ret)
{
    const struct tum_host *host = run->session->opts.host;

    if (host == NULL || host->is_flaky == NULL ||
        !host->is_flaky(host->ctx, run->item, &ret->left))
        return;
    for (size_t i = 0; i < TUM_LEN(retried); i++)
        ret->outcomes |= OUTCOME_BIT(retried[i]);
}

bool tum_retry_read(struct tum_run *run, struct tum_retry *ret)
{
    const struct tum_arg *arg = run->item->common->retry;
    const char *wrong;
    tum_val v;

    *ret = (struct tum_retry){0};
    if (arg == NULL) {
        read_listed(run, ret);
        return true;
    }
    v = tum_arg_value(run, arg);
    wrong = read_map(v, ret);
    if (wrong == NULL && is_open(v))
        wrong = "'retry' must be a mapping {count, delay, outcomes}";
    if (wrong != NULL) {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(run, "%s: %s", wrong, shown);
        tum_free(shown);
    }
    tum_val_unref(v);
    return wrong == NULL;
}

static void record(struct tum_run *run, struct tum_retry *retry,
                   enum tum_outcome outcome, tum_time duration)
{
    struct tum_map_builder *b = tum_map_begin(3);

    tum_map_adds(b, "outcome", tum_val_str(tum_outcome_text(outcome)));
    tum_map_adds(b, "duration", tum_val_float((double)(duration / TUM_TICK) / 10000));
    tum_map_adds(b, "message",
                 run->message.len > 0 ? tum_val_strn(run->message.s, run->message.len)
                                      : tum_val_str(tum_verdict_text(run->verdict)));
    if (retry->attempts == NULL)
        retry->attempts = tum_list_begin(2);
    tum_list_add(retry->attempts, tum_map_end(b));
    retry->made++;
}

bool tum_retry_again(struct tum_run *run, struct tum_retry *retry,
                     enum tum_outcome outcome, tum_time duration)
{
    bool due = retry->left > 0 && run->verdict == TUM_FAIL &&
               (retry->outcomes & OUTCOME_BIT(outcome)) != 0;

    if (!due && retry->attempts == NULL)
        return false;
    record(run, retry, outcome, duration);
    if (!due)
        return false;
    retry->left--;
    tum_out(run, "Attempt %lld: %s.", (long long)retry->made,
            tum_outcome_text(outcome));
    /* The answer stands when a stop request comes first. */
    return tum_wait(run->stop, -1, 0, tum_time_add(tum_now(), retry->delay)) ==
           TUM_LATE;
}

void tum_retry_end(struct tum_run *run, struct tum_retry *retry)
{
    if (retry->attempts == NULL)
        return;
    if (retry->made < 2) {
        tum_list_drop(retry->attempts);
    } else {
        run->tries = tum_list_end(retry->attempts);
        tum_run_set_data(run, "attempts", tum_val_ref(run->tries));
        if (run->verdict == TUM_PASS)
            run->outcome = TUM_OUTCOME_FLAKY;
    }
    retry->attempts = NULL;
}
