/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sleep: waits for a while, or until the run is stopped.
 */
#include "items.h"
#include "tum/ask.h"
#include "tum/mem.h"

struct sleep_data {
    const struct tum_arg *timeout, *dialog;
};

static const struct tum_param sleep_params[] = {
    {
        .name = "timeout",
        .doc = "How long to wait: a number of seconds, or text such as '1h 30m 5s'.",
        .takes = TUM_TAKES_DURATION,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct sleep_data, timeout),
    },
    {
        .name = "dialog",
        .doc = "True: a person is shown the time that is left, and may end it.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct sleep_data, dialog),
        .deflt = "false",
    },
    {0},
};

static bool read_duration(struct tum_run *run, const struct tum_item *item, tum_val v,
                          tum_time *ret)
{
    struct tum_str rest;
    double seconds;

    if (v.kind == TUM_STR) {
        if (!tum_duration_parse(tum_val_text(v), ret, &rest))
            return false;
        rest = tum_str_trim(rest);
        if (rest.n > 0)
            tum_out_warn(run, "sleep '%s': '%.*s' behind the duration is ignored.",
                         tum_item_name(item), TUM_STR_ARG(rest));
        return true;
    }
    if (!tum_val_to_double(v, &seconds))
        return false;
    *ret = tum_time_of_seconds(seconds);
    return true;
}

/* A person sees the time that is left, and may end it. */
static enum tum_verdict sleep_shown(struct tum_run *run, tum_time until)
{
    struct tum_ask ask = {.kind = TUM_ASK_SLEEP, .until = until};
    tum_val unused;

    switch (tum_run_ask(run, &ask, &unused)) {
    case TUM_ASKED_CANCEL:
        return tum_run_failed(run, "the dialog was cancelled");
    case TUM_ASKED_STOPPED:
        return tum_run_stopped(run);
    case TUM_ASKED_OK:
    case TUM_ASKED_LATE:
        break;
    }
    return TUM_PASS;
}

static enum tum_verdict sleep_run(struct tum_run *run, const struct tum_item *item)
{
    const struct sleep_data *data = tum_item_data(item);
    struct tum_buf text = TUM_BUF_INIT(64);
    tum_val v = tum_arg_value(run, data->timeout);
    tum_val dialog = tum_arg_value(run, data->dialog);
    enum tum_verdict verdict = TUM_PASS;
    tum_time duration;

    if (!read_duration(run, item, v, &duration)) {
        char *shown = tum_val_to_repr(v);

        verdict = tum_run_failed(run, "sleep '%s': the timeout is no duration: %s",
                                 tum_item_name(item), shown);
        tum_free(shown);
    } else {
        if (tum_val_truth(dialog)) {
            tum_duration_text(duration, &text);
            tum_out(run, "Waiting for %s.", text.s);
        }
        if (tum_val_truth(dialog) && tum_run_interactive(run))
            verdict = sleep_shown(run, tum_time_add(tum_now(), duration));
        else if (tum_wait(tum_run_stop(run), -1, 0,
                          tum_time_add(tum_now(), duration)) == TUM_STOPPED)
            verdict = tum_run_stopped(run);
    }
    tum_buf_release(&text);
    tum_val_unref(dialog);
    tum_val_unref(v);
    return verdict;
}

const struct tum_item_type tum_item_sleep = {
    .keyword = "sleep",
    .row_type = "Sleep",
    .summary = "Waits for a duration.",
    .params = sleep_params,
    .data_size = sizeof(struct sleep_data),
    .run = sleep_run,
};
