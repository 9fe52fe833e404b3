/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One execution of one item: the only place that starts and ends items. The order of the
 * steps is the language's contract; each has a function here, in that order.
 */
#include "engine/aside.h"
#include "engine/functions.h"
#include "engine/nested.h"

#include "engine/retry.h"
#include "tum/mem.h"
#include <stdio.h>

#define BANNER_COLUMNS 80

int64_t tum_session_ticks(const struct tum_session *session)
{
    /* Rounded up: what happened after the start never has time 0. */
    return (tum_now() - session->start + TUM_TICK - 1) / TUM_TICK;
}

int64_t tum_session_clock(const struct tum_session *session)
{
    return tum_session_ticks(session) - atomic_load(&session->clock_zero);
}

void tum_session_reset_clock(struct tum_session *session)
{
    atomic_store(&session->clock_zero, tum_session_ticks(session));
}

/* ---- what the body leaves ---- */

static void empty_result(struct tum_run *run)
{
    run->abandoned = false;
    run->verdict = TUM_PASS;
    run->outcome = TUM_OUTCOME_NONE;
    tum_val_release(&run->value);
    tum_buf_reset(&run->message);
    for (size_t i = 0; i < run->data_count; i++) {
        tum_val_unref(run->data[i].key);
        tum_val_unref(run->data[i].value);
    }
    run->data_count = 0;
}

void tum_run_put_data(struct tum_run *run, tum_val take_key, tum_val take_value)
{
    for (size_t i = 0; i < run->data_count; i++) {
        if (tum_val_eq(run->data[i].key, take_key)) {
            tum_val_unref(take_key);
            tum_val_unref(run->data[i].value);
            run->data[i].value = take_value;
            return;
        }
    }
    tum_grow(&run->data, &run->data_cap, run->data_count + 1);
    run->data[run->data_count++] = (struct tum_datum){take_key, take_value};
}

/* ---- banners ---- */

static bool has_banner(const struct tum_item *item)
{
    return item->parent != NULL &&
           ((item->type->flags & TUM_ITEM_ACTION) == 0 || item->name[0] != '\0');
}

static void print_start(struct tum_run *run, struct tum_str name)
{
    struct tum_buf *out = &run->branch->scratch;
    int64_t ticks = run->ticks_start - run->clock_zero;
    size_t used, width = sizeof("@@@@") - 1;

    tum_buf_reset(out);
    tum_buf_adds(out, "-----> step \"");
    tum_buf_addt(out, name);
    tum_buf_adds(out, "\" started");
    used = out->len;
    for (size_t i = 0; i < out->len; i++)
        used -= ((unsigned char)out->s[i] & 0xC0) == 0x80; /* columns, not bytes */
    width += ticks < 0;
    for (int64_t left = ticks; width++, left / 10 != 0; left /= 10)
        ;
    if (used + width < BANNER_COLUMNS)
        tum_buf_fill(out, ' ', BANNER_COLUMNS - used - width);
    tum_buf_adds(out, "@@");
    tum_buf_addi(out, ticks);
    tum_buf_adds(out, "@@\n");
    tum_branch_out(run->branch, tum_buf_str(out));
}

static void print_end(struct tum_run *run, struct tum_str name)
{
    struct tum_buf *out = &run->branch->scratch;
    struct tum_str none = tum_str_n("", 0);
    struct tum_str message = tum_buf_str(&run->message);
    bool banner = has_banner(run->item);

    if (run->item->parent == NULL)
        return;
    if (!banner && run->verdict != TUM_FAIL)
        return;
    if (message.n == 0)
        message = tum_str_of(tum_verdict_text(run->verdict));
    tum_buf_reset(out);
    tum_wrap(out, none, none, message);
    if (out->len == 0 || out->s[out->len - 1] != '\n')
        tum_buf_addc(out, '\n');
    if (banner) {
        tum_buf_adds(out, "<----- step \"");
        tum_buf_addt(out, name);
        tum_buf_adds(out, "\" finished: ");
        tum_buf_adds(out, tum_verdict_text(run->verdict));
        tum_buf_addc(out, '\n');
    }
    tum_branch_out(run->branch, tum_buf_str(out));
}

/* ---- step 4: condition ---- */

static bool condition_met(struct tum_run *run)
{
    const struct tum_arg *condition = run->item->common->condition;
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    tum_val v, raw;
    bool met, same;

    if (condition == NULL || condition->raw.kind == TUM_NONE)
        return true;
    raw = condition->raw;
    v = tum_arg_value(run, condition);
    met = v.kind == TUM_BOOL && v.as.b;
    same = tum_val_eq(raw, tum_val_bool(met));
    tum_buf_adds(&text, met ? "condition met: " : "condition not met: ");
    if (!same) {
        tum_buf_addc(&text, '"');
        tum_val_write_str(&text, raw);
        tum_buf_adds(&text, "\" --> ");
    }
    tum_buf_adds(&text, met ? "\"True\"" : "\"False\"");
    tum_run_set_data(run, "input_condition", tum_val_strn(text.s, text.len));
    if (met)
        tum_out(run, "%s", text.s);
    else
        tum_run_message(run, "%s", text.s);
    tum_buf_release(&text);
    tum_val_unref(v);
    return met;
}

/* ---- step 5: the body, within its time limit ---- */

/* What a given-up expression left behind says nothing about the test. A container says
   what became of its children. */
static bool was_cut(const struct tum_run *run)
{
    return run->abandoned && run->item->first == NULL &&
           (run->item->type->flags & (TUM_ITEM_CONTAINER | TUM_ITEM_ACTIONS)) == 0;
}

static bool time_limit(struct tum_run *run, tum_time *ret)
{
    const struct tum_arg *arg = run->item->common->time_limit;
    char *shown;
    tum_val v;
    bool ok;

    *ret = 0;
    if (arg == NULL)
        return true;
    v = tum_arg_value(run, arg);
    if (v.kind == TUM_NONE)
        return true;
    ok = tum_val_duration(v, ret);
    if (!ok || *ret <= 0) {
        shown = tum_val_to_repr(v);
        tum_run_failed(run, "time_limit is no duration above 0: %s", shown);
        tum_free(shown);
        ok = false;
    }
    tum_val_unref(v);
    return ok;
}

static void run_body(struct tum_run *run, tum_time limit)
{
    struct tum_stop *outer = run->stop;

    if (limit > 0) {
        run->stop = tum_stop_new(outer);
        tum_stop_set_deadline(run->stop, tum_time_add(tum_now(), limit));
    }
    run->verdict = run->item->type->run(run, run->item);
    run->loop = NULL;
    if (was_cut(run)) {
        tum_val_release(&run->value);
        run->verdict = tum_run_stopped(run);
    }
    if (limit > 0) {
        struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

        if (tum_stop_is_set(run->stop) && !tum_stop_is_set(outer)) {
            tum_duration_text(limit, &text);
            tum_run_message(run, "time_limit of %s reached", text.s);
            tum_val_release(&run->value);
            run->verdict = TUM_FAIL;
            run->outcome = TUM_OUTCOME_TIMEOUT;
        }
        tum_buf_release(&text);
        tum_stop_unref(run->stop);
        run->stop = outer;
    }
}

/* ---- step 6: process_result ---- */

static tum_val value_or_word(const struct tum_run *run)
{
    if (run->value.kind != TUM_NONE)
        return tum_val_ref(run->value);
    return tum_val_str(tum_verdict_text(run->verdict));
}

static void process_result(struct tum_run *run)
{
    const struct tum_arg *arg = run->item->common->process_result;
    struct tum_error *err = NULL;
    tum_val was, is;

    if (arg == NULL || arg->raw.kind == TUM_NONE ||
        (arg->raw.kind == TUM_STR && tum_val_text(arg->raw).n == 0))
        return;
    was = value_or_word(run);
    if (tum_process(run, arg->raw, was, &is, &err)) {
        char *old = tum_val_to_str(was);
        char *now = tum_val_to_str(is);

        tum_out(run, "Post-processed the test result:\n   was: %s\n   is:  %s", old,
                now);
        tum_free(old);
        tum_free(now);
        tum_run_set_value(run, is);
    } else {
        char *old = tum_val_to_str(was);
        char *cause = tum_error_text(err);
        char *raw = tum_val_to_str(arg->raw);

        tum_out(run,
                "Post-processed the test result:\n   was: %s\n"
                "   Result processing failed!\n   %s",
                old, cause);
        run->verdict = TUM_FAIL;
        if (run->outcome == TUM_OUTCOME_SKIPPED)
            run->outcome = TUM_OUTCOME_NONE;
        tum_run_message(run, "Result processing failed: %s (expression: \"%s\")", cause,
                        raw);
        tum_free(old);
        tum_free(cause);
        tum_free(raw);
        tum_error_free(err);
    }
    tum_val_unref(was);
}

/* ---- step 7: expected_result ---- */

/* Text is tried as an expression and stays text when that gives nothing plain. */
static tum_val expectation(struct tum_run *run, const struct tum_arg *arg)
{
    tum_val wanted = tum_arg_value(run, arg);
    struct tum_error *err = NULL;
    tum_val value;

    if (wanted.kind != TUM_STR)
        return wanted;
    if (!tum_evaluate(run, tum_val_text(wanted), &value, &err)) {
        char *cause = tum_error_text(err);

        tum_out_debug(run, "expected_result stays text: %s", cause);
        tum_free(cause);
        tum_error_free(err);
        return wanted;
    }
    tum_val_unref(wanted);
    return value;
}

static void print_comparison(struct tum_run *run, const struct tum_arg *arg,
                             tum_val wanted)
{
    char *value = tum_val_to_str(run->value);
    char *raw = tum_val_to_str(arg->raw);
    char *want = tum_val_to_str(wanted);
    bool same = strcmp(raw, want) == 0;

    tum_out(run,
            "Compare the result to expected:\n   Result   = %s\n   Expected = %s%s%s",
            value, raw, same ? "" : " -> ", same ? "" : want);
    tum_free(value);
    tum_free(raw);
    tum_free(want);
}

/* Tuples and sets of a file or a define count as lists. */
static tum_val with_lists(tum_val v)
{
    if (tum_val_is_seq(v)) {
        struct tum_list_builder *b = tum_list_begin(tum_list_len(v));

        tum_list_each (e, v)
            tum_list_add(b, with_lists(*e));
        return tum_list_end(b);
    }
    if (v.kind == TUM_MAP) {
        struct tum_map_builder *b = tum_map_begin(tum_map_len(v));

        tum_map_each (e, v)
            tum_map_add(b, tum_val_ref(e->key), with_lists(e->value));
        return tum_map_end(b);
    }
    return tum_val_ref(v);
}

static bool is_as_wanted(tum_val value, tum_val wanted)
{
    tum_val is = with_lists(value), plain = with_lists(wanted);
    bool same = tum_val_eq(is, plain);

    tum_val_unref(is);
    tum_val_unref(plain);
    return same;
}

static void decide(struct tum_run *run, bool met)
{
    if (met) {
        run->verdict = TUM_PASS;
        run->outcome = TUM_OUTCOME_NONE;
    } else {
        if (run->verdict != TUM_FAIL)
            run->outcome = TUM_OUTCOME_NONE;
        run->verdict = TUM_FAIL;
    }
}

static void expected_result(struct tum_run *run)
{
    const struct tum_arg *arg = run->item->common->expected_result;
    char *want, *got;
    tum_val wanted;
    bool met;

    if (arg == NULL || arg->raw.kind == TUM_NONE)
        return;
    wanted = expectation(run, arg);
    if (wanted.kind == TUM_NONE)
        return;
    want = tum_val_to_str(wanted);
    if (run->value.kind != TUM_NONE) {
        print_comparison(run, arg, wanted);
        met = is_as_wanted(run->value, wanted);
        got = tum_val_to_str(run->value);
        tum_run_set_data(run, "expected", tum_val_ref(wanted));
        if (met)
            tum_run_message(run, "Expected result met.");
        else
            tum_run_message(run,
                            "Expected result not met: expected \"%s\", got \"%s\".",
                            want, got);
        tum_free(got);
    } else {
        met = tum_str_is_nocase(tum_str_of(want), tum_verdict_text(run->verdict));
        tum_run_message(
            run, met ? "Expected result met: %s." : "Expected result not met : %s.",
            want);
    }
    decide(run, met);
    tum_free(want);
    tum_val_unref(wanted);
}

/* ---- steps 8 to 10 ---- */

static void store_result(struct tum_run *run)
{
    const struct tum_arg *arg = run->item->common->store_result;
    char *name, *shown;
    tum_val value;

    if (arg == NULL)
        return;
    name = tum_arg_text(run, arg);
    if (name == NULL)
        return;
    value = value_or_word(run);
    shown = tum_val_to_str(value);
    tum_out(run, "Stored result in '$(%s)': %s", name, shown);
    tum_var_set(run, name, value);
    tum_free(shown);
    tum_free(name);
}

static bool is_no_fail(struct tum_run *run, const struct tum_arg *arg)
{
    tum_val v = tum_arg_value(run, arg);
    bool is = false;

    if (v.kind == TUM_STR && tum_val_text(v).n > 0) {
        enum tum_flag flag = tum_val_flag(run, v);

        if (flag == TUM_FLAG_UNUSABLE) {
            char *shown = tum_val_to_repr(v);

            tum_out_warn(
                run, "'no_fail' of '%s' item '%s' is no boolean: %s — taken as false.",
                run->item->type->keyword, run->item->name, shown);
            tum_free(shown);
        }
        is = flag == TUM_FLAG_TRUE;
    } else {
        is = tum_val_truth(v);
    }
    tum_val_unref(v);
    return is;
}

static void apply_no_fail(struct tum_run *run)
{
    const struct tum_arg *arg = run->item->common->no_fail;

    if (arg == NULL || run->verdict != TUM_FAIL || !is_no_fail(run, arg))
        return;
    run->verdict = TUM_PASS;
    run->outcome = TUM_OUTCOME_NONE;
    tum_out_info(run, "'no_fail' is True. Test forced to PASS.");
}

static void set_last_result(struct tum_run *run)
{
    tum_val text;

    if (run->value.kind == TUM_STR) {
        text = tum_val_ref(run->value);
    } else if (run->value.kind != TUM_NONE) {
        char *shown = tum_val_to_str(run->value);

        text = tum_val_str(shown);
        tum_free(shown);
    } else {
        text = tum_val_str(tum_verdict_text(run->verdict));
    }
    tum_scope_set(run->session->scope, TUM_S("last_step_result"), text);
}

/* ---- steps 13 to 15 ---- */

static bool row_key(struct tum_run *run, struct tum_buf *out)
{
    struct tum_json_style style = {.ascii = true};
    const struct tum_arg *arg = run->item->common->key;
    struct tum_error *err = NULL;
    size_t i = 0;
    tum_val v;
    bool has;

    if (arg == NULL)
        return false;
    v = tum_arg_value(run, arg);
    has = v.kind != TUM_NONE;
    if (v.kind == TUM_BOOL) {
        tum_buf_adds(out, v.as.b ? "1" : "0");
    } else if (tum_val_is_seq(v)) {
        tum_list_each (item, v) {
            if (i++ > 0)
                tum_buf_adds(out, ", ");
            tum_val_write_str(out, *item);
        }
    } else if (v.kind == TUM_MAP) {
        if (!tum_json_write(out, v, &style, &err))
            tum_error_free(err);
    } else if (has) {
        tum_val_write_str(out, v);
    }
    tum_val_unref(v);
    return has;
}

static void merge_report(struct tum_run *run)
{
    const struct tum_arg *arg = run->item->common->report;
    tum_val v;

    if (arg == NULL)
        return;
    v = tum_arg_value(run, arg);
    if (v.kind == TUM_MAP) {
        tum_map_each (entry, v) {
            if (tum_session_debugs(run->session)) {
                char *key = tum_val_to_str(entry->key);
                char *value = tum_val_to_str(entry->value);

                tum_out_debug(run, "   %s: %s", key, value);
                tum_free(key);
                tum_free(value);
            }
            tum_run_put_data(run, tum_val_ref(entry->key), tum_val_ref(entry->value));
        }
    } else if (v.kind != TUM_NONE) {
        tum_out_debug(run, "'report' is no mapping: ignored.");
    }
    tum_val_unref(v);
}

/* Text keys; numbers stay, so that the row has them in their order, when all are. */
static tum_val data_map(struct tum_run *run)
{
    struct tum_map_builder *b;
    bool numbers = true;

    if (run->data_count == 0)
        return tum_val_none();
    b = tum_map_begin(run->data_count);
    for (size_t i = 0; i < run->data_count; i++)
        numbers = numbers && tum_val_is_number(run->data[i].key);
    for (size_t i = 0; i < run->data_count; i++) {
        tum_val key = run->data[i].key, value = run->data[i].value;

        /* As deep as a value may be, it fits into nothing. */
        tum_map_add(b, numbers ? tum_val_ref(key) : tum_json_key(key),
                    value.depth < TUM_VAL_DEPTH
                        ? tum_val_ref(value)
                        : tum_val_str("(nests too deep to be recorded)"));
    }
    return tum_map_end(b);
}

/* An action without a name leaves its lines to the next row. */
static struct tum_str take_log(struct tum_run *run, struct tum_buf *joined)
{
    struct tum_branch *branch = run->branch;

    if (run->item->parent == NULL || !has_banner(run->item))
        return tum_str_n("", 0);
    tum_branch_settle_log(branch);
    if (branch->log_cut == 0)
        return tum_buf_str(&branch->log);
    tum_buf_add(joined, branch->log.s, branch->log_tail);
    tum_buf_addf(joined, "\n[... %zu bytes cut ...]\n", branch->log_cut);
    tum_buf_add(joined, branch->log.s + branch->log_tail,
                branch->log.len - branch->log_tail);
    return tum_buf_str(joined);
}

static void write_row(struct tum_run *run, struct tum_str name, int64_t duration)
{
    struct tum_buf joined = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_buf key = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct tum_item *item = run->item;
    const struct tum_item *parent = item->parent;
    struct tum_str message = tum_buf_str(&run->message);
    bool has_key = row_key(run, &key);
    struct tum_row row;

    merge_report(run);
    tum_postbox_collect(run->branch);
    if (run->session->store != NULL) {
        if (message.n == 0)
            message = tum_str_of(tum_verdict_text(run->verdict));
        row = (struct tum_row){
            .timestamp_start = run->ticks_start,
            .duration = duration,
            .test_id = (int64_t)item->index + 1,
            .parent_id = parent != NULL ? (int64_t)parent->index + 1 : 0,
            .level = item->level,
            .has_key = has_key,
            .name = name,
            .type = tum_str_of(item->type->row_type),
            .key = tum_buf_str(&key),
            .result = tum_str_of(tum_verdict_text(run->verdict)),
            .message = message,
            .log = take_log(run, &joined),
            .data = data_map(run),
        };
        tum_store_row(run->session->store, &row);
        tum_val_unref(row.data);
        if (has_banner(item)) {
            tum_buf_reset(&run->branch->log);
            run->branch->log_cut = 0;
        }
    }
    tum_buf_release(&key);
    tum_buf_release(&joined);
}

/* ---- the whole ---- */

static enum tum_outcome final_outcome(const struct tum_run *run)
{
    switch (run->verdict) {
    case TUM_PASS:
        return run->outcome == TUM_OUTCOME_FLAKY ? TUM_OUTCOME_FLAKY
                                                 : TUM_OUTCOME_PASSED;
    case TUM_SKIP:
        return run->outcome == TUM_OUTCOME_INTERRUPTED ? TUM_OUTCOME_INTERRUPTED
                                                       : TUM_OUTCOME_SKIPPED;
    case TUM_FAIL:
        break;
    }
    return run->outcome == TUM_OUTCOME_NONE || run->outcome >= TUM_OUTCOME_PASSED
               ? TUM_OUTCOME_FAILED
               : run->outcome;
}

/* A listed item that still failed after its attempts. */
static enum tum_outcome known_flaky(const struct tum_run *run, enum tum_outcome outcome)
{
    const struct tum_host *host = run->session->opts.host;
    int64_t retries;

    if (host == NULL || host->is_flaky == NULL || run->verdict != TUM_FAIL ||
        outcome == TUM_OUTCOME_INTERRUPTED ||
        !host->is_flaky(host->ctx, run->item, &retries))
        return outcome;
    return TUM_OUTCOME_KNOWN_FLAKY;
}

/* What events of an item and of rows below it have in common. */
static void init_event(const struct tum_run *run, enum tum_event_kind kind,
                       struct tum_event *ret)
{
    const struct tum_run *loop = run->parent;

    *ret = (struct tum_event){
        .kind = kind,
        .item = run->item,
        .branch = run->branch->name.s != NULL ? run->branch->name.s : "",
        .loop_index = -1,
    };
    while (loop != NULL && loop->loop == NULL)
        loop = loop->parent;
    if (loop != NULL)
        ret->loop_index = loop->loop->index.as.i;
}

static void emit(struct tum_run *run, enum tum_event_kind kind, tum_time duration)
{
    struct tum_event event;

    init_event(run, kind, &event);
    event.execution = run->execution;
    event.parent_execution = run->parent != NULL ? run->parent->execution : 0;
    event.verdict = run->verdict;
    event.duration = duration;
    event.message =
        run->message.len > 0 ? run->message.s : tum_verdict_text(run->verdict);
    event.attempts = run->attempts;
    event.tries = run->tries;
    event.outcome = kind == TUM_EVENT_ITEM_FINISHED
                        ? known_flaky(run, final_outcome(run))
                    : kind == TUM_EVENT_ITEM_SKIPPED ? run->outcome
                                                     : TUM_OUTCOME_NONE;
    tum_bus_emit(run->session->bus, &event);
}

/* ---- rows of what is found at run time ---- */

static void emit_found(struct tum_run *run, enum tum_event_kind kind,
                       const struct tum_found_row *row, const char *message,
                       int64_t ticks)
{
    static const enum tum_outcome outcomes[] = {[TUM_PASS] = TUM_OUTCOME_PASSED,
                                                [TUM_FAIL] = TUM_OUTCOME_FAILED,
                                                [TUM_SKIP] = TUM_OUTCOME_SKIPPED};
    struct tum_event event;

    init_event(run, kind, &event);
    event.found = row->name;
    event.found_type = row->row_type;
    event.execution = run->found;
    event.parent_execution = run->execution;
    event.verdict = row->verdict;
    event.outcome =
        row->outcome != TUM_OUTCOME_NONE ? row->outcome : outcomes[row->verdict];
    event.duration = ticks * TUM_TICK;
    event.message = message;
    tum_bus_emit(run->session->bus, &event);
}

int64_t tum_run_found_begin(struct tum_run *run, const char *name, const char *row_type)
{
    const struct tum_found_row row = {.name = name, .row_type = row_type};
    int64_t item_start = run->ticks_start, start;

    tum_out_end(run);
    start = tum_session_ticks(run->session);
    run->found = atomic_fetch_add(&run->session->executions, 1) + 1;
    emit_found(run, TUM_EVENT_FOUND_STARTED, &row, "", 0);
    run->ticks_start = start;
    print_start(run, tum_str_of(name));
    run->ticks_start = item_start;
    return start;
}

void tum_run_found_end(struct tum_run *run, const struct tum_found_row *found)
{
    struct tum_session *session = run->session;
    struct tum_buf message = run->message, joined = TUM_BUF_INIT(TUM_BUF_ANY);
    enum tum_verdict verdict = run->verdict;
    int64_t duration;
    const char *text = found->message != NULL && found->message[0] != '\0'
                           ? found->message
                           : tum_verdict_text(found->verdict);

    tum_out_end(run);
    tum_buf_init(&run->message, TUM_BUF_ANY);
    tum_buf_adds(&run->message, text);
    run->verdict = found->verdict;
    print_end(run, tum_str_of(found->name));
    tum_buf_release(&run->message);
    run->message = message;
    run->verdict = verdict;
    duration = tum_session_ticks(session) - found->ticks_start;
    emit_found(run, TUM_EVENT_FOUND_FINISHED, found, text, duration);
    run->found = 0;
    if (session->store == NULL)
        return;
    tum_store_row(
        session->store,
        &(struct tum_row){
            .timestamp_start = found->ticks_start,
            .duration = duration,
            /* Ids above those of the tree. */
            .test_id =
                (int64_t)session->item_count + 1 + atomic_fetch_add(&session->found, 1),
            .parent_id = (int64_t)run->item->index + 1,
            .level = run->item->level + 1,
            .name = tum_str_of(found->name),
            .type = tum_str_of(found->row_type),
            .result = tum_str_of(tum_verdict_text(found->verdict)),
            .message = tum_str_of(text),
            .log = take_log(run, &joined),
            .data = found->data.kind == TUM_MAP && tum_map_len(found->data) > 0
                        ? found->data
                        : tum_val_none(),
        });
    tum_buf_reset(&run->branch->log);
    run->branch->log_cut = 0;
    tum_buf_release(&joined);
}

/* Steps 5 to 7 with attempts. */
static void attempt(struct tum_run *run)
{
    struct tum_retry retry;
    tum_time limit;

    if (!time_limit(run, &limit) || !tum_retry_read(run, &retry)) {
        run->verdict = TUM_FAIL;
        process_result(run);
        expected_result(run);
        return;
    }
    for (;;) {
        tum_time begun = tum_now();
        struct tum_need need;
        bool ready = tum_holding_need(run, &need);

        if (ready) {
            run_body(run, limit);
            tum_holding_release(run, &need);
        }
        process_result(run);
        expected_result(run);
        if (!ready ||
            !tum_retry_again(run, &retry, final_outcome(run), tum_now() - begun))
            break;
        empty_result(run);
    }
    run->attempts = retry.made;
    tum_retry_end(run, &retry);
}

/* Steps 3 to 7; false when the body was not reached. */
static bool hold(struct tum_run *run)
{
    struct tum_namelocks *held = NULL;

    if (run->item->load_failure != NULL) {
        TUM_AUTO(tum_freep)
        char *text =
            tum_functions_with_place(run->session, run->item, run->item->load_failure);

        run->verdict = tum_run_failed(run, "%s", text);
        if (run->item->load_unable)
            run->outcome = TUM_OUTCOME_ERROR;
        process_result(run);
        expected_result(run);
        return true;
    }
    if (!condition_met(run)) {
        run->verdict = TUM_SKIP;
        run->outcome = TUM_OUTCOME_SKIPPED;
        if (was_cut(run))
            run->verdict = tum_run_stopped(run);
        process_result(run);
        expected_result(run);
        return false;
    }
    if (!tum_holding_lock(run, &held)) {
        process_result(run);
        expected_result(run);
        return true;
    }
    attempt(run);
    tum_holding_unlock(run, held);
    return true;
}

static bool is_deselected(struct tum_run *run)
{
    const struct tum_host *host = run->session->opts.host;
    struct tum_run *parent = run->parent;

    if (host == NULL || host->selects == NULL || run->whole || parent == NULL ||
        (run->item->type->flags & TUM_ITEM_ACTION) != 0 ||
        host->selects(host->ctx, run->item))
        return false;
    /* What cleans up after others runs when there were others. */
    if (!parent->ran_any || !tum_child_on_stop(parent, run->item))
        return true;
    run->whole = true;
    return false;
}

static void set_times(struct tum_run *run, struct tum_str name, int64_t end)
{
    struct tum_scope *scope = run->session->scope;

    if (name.n == 0)
        return;
    tum_scope_set2(scope, TUM_S("ts_end_"), name,
                   tum_val_int(end - atomic_load(&run->session->clock_zero)));
    tum_scope_set2(scope, TUM_S("ts_duration_"), name,
                   tum_val_float((double)(end - run->ticks_start) / 10000));
}

void tum_run_release(struct tum_run *run)
{
    empty_result(run);
    tum_val_release(&run->tries);
    tum_free(run->data);
    tum_buf_release(&run->message);
    if (run->arena != NULL) {
        tum_arena_reset(run->arena);
        tum_arena_free(run->branch->spare);
        run->branch->spare = run->arena;
    }
}

void tum_item_execute(struct tum_branch *branch, struct tum_run *parent,
                      const struct tum_item *item, struct tum_stop *stop,
                      bool is_cleanup, struct tum_executed *ret)
{
    struct tum_buf action_name = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str name = tum_str_n(item->name, item->name_length);
    struct tum_run run = {
        .session = branch->session,
        .branch = branch,
        .parent = parent,
        .item = item,
        .stop = stop,
        .is_cleanup = is_cleanup,
        .value = tum_val_none(),
        .message = TUM_BUF_INIT(TUM_BUF_ANY),
    };
    struct tum_run *outer = branch->current;
    bool reached;
    int64_t end;

    run.whole = parent != NULL && parent->whole;
    run.locked = parent != NULL && parent->locked;
    if (item->skipped || is_deselected(&run)) {
        run.verdict = TUM_SKIP;
        run.outcome = item->skipped ? TUM_OUTCOME_SKIPPED : TUM_OUTCOME_DESELECTED;
        tum_branch_out(branch, item->skipped ? TUM_S("Test is skipped.\n")
                                             : TUM_S("Test is deselected.\n"));
        emit(&run, TUM_EVENT_ITEM_SKIPPED, 0);
        *ret = (struct tum_executed){.verdict = TUM_SKIP, .outcome = run.outcome};
        return;
    }
    branch->current = &run;
    if (item->type->flags & TUM_ITEM_ACTION) {
        tum_item_row_name(item, &action_name);
        name = tum_buf_str(&action_name);
    }
    run.execution = atomic_fetch_add(&branch->session->executions, 1) + 1;
    run.ticks_start = tum_session_ticks(branch->session);
    run.clock_zero = atomic_load(&branch->session->clock_zero);
    if (name.n > 0)
        tum_scope_set2(branch->session->scope, TUM_S("ts_start_"), name,
                       tum_val_int(run.ticks_start - run.clock_zero));
    emit(&run, TUM_EVENT_ITEM_STARTED, 0);
    if (has_banner(item))
        print_start(&run, name);

    reached = hold(&run);
    store_result(&run);
    apply_no_fail(&run);
    set_last_result(&run);
    tum_out_end(&run);
    print_end(&run, name);
    end = tum_session_ticks(branch->session);
    set_times(&run, name, end);
    write_row(&run, name, end - run.ticks_start);
    emit(&run, TUM_EVENT_ITEM_FINISHED, (end - run.ticks_start) * TUM_TICK);

    tum_nested_count(run.session, item, run.verdict);
    *ret = (struct tum_executed){
        .verdict = run.verdict,
        .outcome = known_flaky(&run, final_outcome(&run)),
        .ran = reached,
        .body_done = reached,
    };
    branch->current = outer;
    tum_run_release(&run);
    tum_buf_release(&action_name);
}
