/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of one call, in the thread that made it. Which worker it goes to, and
 * what becomes of that worker, is decided in pool.c.
 */
#include "worker/exchange.h"
#include "base/utf8.h"
#include "tum/mem.h"
#include "worker/calls.h"
#include "worker/frame.h"

/* Raw output taken at the end of a call. */
#define LAST_OUTPUT    ((size_t)64 << 20)
/* Raw output kept back while a printed line is unfinished. */
#define BACK_LIMIT     ((size_t)1 << 20)
/* A worker that is free takes a call in microseconds. */
#define BEGIN_PATIENCE (10 * TUM_SECOND)
/* A worker writes where it is within this time, unless it is stopped itself. */
#define WHERE_PATIENCE (60 * TUM_MS)
#define WHERE_QUIET    (10 * TUM_MS)

struct talk {
    const struct tum_exchange *x;
    struct tum_exchange_result *ret;
    struct tum_rpc *rpc;
    bool greeted;
    bool said;          /* something came of this call */
    bool in_line;       /* the last printed piece had no line end */
    bool heard;         /* raw output came */
    struct tum_buf raw; /* not shown yet */
};

void tum_exchange_result_release(struct tum_exchange_result *result)
{
    tum_val_unref(result->reply);
    tum_free(result->text);
    *result = (struct tum_exchange_result){.reply = tum_val_none()};
}

/* ---- output ---- */

static bool is_own_frame(struct tum_str line)
{
    return tum_str_starts(line, "  File \"<tum>\", line ") ||
           (tum_str_starts(line, "  File \"<string>\", line ") &&
            tum_str_ends(line, " in <module>"));
}

void tum_exchange_raw(struct tum_str prefix, struct tum_str raw, struct tum_buf *out)
{
    bool more = true;
    struct tum_str line;

    if (raw.n > 0 && raw.s[raw.n - 1] == '\n')
        raw.n--;
    while (tum_str_split(&raw, &more, '\n', &line)) {
        /* The worker's own frames of a traceback that was asked for. */
        if (is_own_frame(line))
            continue;
        tum_buf_addt(out, prefix);
        tum_utf8_add_replaced(out, line);
        tum_buf_addc(out, '\n');
    }
}

/* Shows the whole lines of raw output, or all of it. */
static void show_raw(struct talk *talk, bool all)
{
    struct tum_str raw = tum_buf_str(&talk->raw);
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t end = raw.n;

    while (!all && end > 0 && raw.s[end - 1] != '\n')
        end--;
    if (end == 0)
        return;
    tum_exchange_raw(talk->x->prefix, tum_str_sub(raw, 0, end), &text);
    memmove(talk->raw.s, talk->raw.s + end, raw.n - end);
    tum_buf_truncate(&talk->raw, raw.n - end);
    if (text.len > 0)
        talk->x->host->output(talk->x->host->ctx, tum_buf_str(&text));
}

static void take_raw(struct talk *talk, struct tum_str bytes)
{
    talk->heard = true;
    tum_buf_addt(&talk->raw, bytes);
    if (!talk->in_line || talk->raw.len > BACK_LIMIT)
        show_raw(talk, talk->raw.len > BACK_LIMIT);
}

static void take_printed(struct talk *talk, struct tum_str text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf bytes = TUM_BUF_INIT(TUM_BUF_ANY);

    text = tum_worker_printed(text, &bytes);
    if (text.n == 0)
        return;
    talk->x->host->output(talk->x->host->ctx, text);
    talk->in_line = text.s[text.n - 1] != '\n';
    if (!talk->in_line && talk->raw.len > 0)
        show_raw(talk, false);
}

static void finish_output(struct talk *talk)
{
    TUM_AUTO(tum_buf_release) struct tum_buf bytes = TUM_BUF_INIT(LAST_OUTPUT);

    tum_rpc_drain(talk->rpc, &bytes);
    tum_buf_addt(&talk->raw, tum_buf_str(&bytes));
    if (talk->raw.len > 0 && talk->in_line)
        talk->x->host->output(talk->x->host->ctx, TUM_S("\n"));
    show_raw(talk, true);
}

/* ---- messages ---- */

static bool greet(struct talk *talk, tum_val hello)
{
    if (!tum_worker_hello_fits(hello, &talk->ret->text))
        return false;
    talk->greeted = true;
    if (tum_worker_is_new(talk->x->worker) && talk->x->host->started != NULL)
        talk->x->host->started(talk->x->host->ctx, tum_worker_python(talk->x->worker));
    return true;
}

static void serve(struct talk *talk, tum_val request)
{
    TUM_AUTO(tum_buf_release)
    struct tum_buf answer = TUM_BUF_INIT(2 * TUM_FRAME_LIMIT);
    struct tum_error *err = NULL;
    tum_val ask = tum_val_none();

    tum_calls_serve(talk->x->host, request, &answer);
    if (tum_rpc_send(talk->rpc, tum_buf_str(&answer), &err))
        return;
    /* Too large: the asker gets an error instead. Else the worker is gone, as the next
       wait will tell. */
    if (err->kind == TUM_ERROR_LIMIT && tum_map_peeks(request, "ask", &ask)) {
        tum_buf_reset(&answer);
        tum_buf_adds(&answer, "{\"answer\": ");
        tum_val_write_str(&answer, ask);
        tum_buf_adds(&answer, ", \"error\": \"its value is too large\"}");
        tum_error_clear(&err);
        if (tum_rpc_send(talk->rpc, tum_buf_str(&answer), &err))
            return;
    }
    tum_error_free(err);
}

/* True when the message ends the call. */
static bool take_message(struct talk *talk, tum_val message, enum tum_exchanged *ret)
{
    tum_val v;

    talk->said = true;
    if (tum_val_kind(message) == TUM_BYTES) {
        take_raw(talk, tum_val_text(message));
    } else if (tum_map_peeks(message, "hello", &v)) {
        talk->said = false;
        *ret = TUM_EXCHANGE_UNBORN;
        return !greet(talk, v);
    } else if (tum_map_peeks(message, "out", &v)) {
        take_printed(talk, tum_val_text(v));
    } else if (tum_map_peeks(message, "ask", &v)) {
        serve(talk, message);
    } else if (tum_map_peeks(message, "event", &v)) {
        if (talk->x->event != NULL)
            talk->x->event(talk->x->event_ctx, v);
    } else {
        talk->ret->reply = tum_val_ref(message);
        *ret = TUM_EXCHANGE_REPLIED;
        return true;
    }
    return false;
}

/* The worker has read the call: it is up to user code from then on. */
static bool has_taken(const struct talk *talk)
{
    return talk->said || (talk->greeted && !tum_rpc_has_unread(talk->rpc));
}

/* It is asked where it is; what it writes is awaited for a moment. */
static void ask_where(struct talk *talk, struct tum_rpc_call *call)
{
    tum_time until = tum_now() + WHERE_PATIENCE;
    enum tum_exchanged ignored;
    tum_val message;

    if (!talk->x->says_where || !has_taken(talk))
        return;
    talk->heard = false;
    tum_worker_ask_where(talk->x->worker);
    for (;;) {
        /* It is written in small pieces; in the middle of a line there is more. */
        struct tum_str raw = tum_buf_str(&talk->raw);
        bool quiet = talk->heard && (raw.n == 0 || raw.s[raw.n - 1] == '\n');
        tum_time next = quiet ? TUM_MIN(until, tum_now() + WHERE_QUIET) : until;
        bool over;

        if (tum_rpc_call_next(call, NULL, next, &message) != TUM_RPC_MESSAGE)
            break;
        over = take_message(talk, message, &ignored);
        tum_val_unref(message);
        if (over)
            break;
    }
    tum_exchange_result_release(talk->ret);
}

static enum tum_exchanged lost(struct talk *talk)
{
    /* What it printed is told before how it ended. */
    talk->ret->text = tum_rpc_cause(talk->rpc);
    return talk->greeted ? TUM_EXCHANGE_LOST : TUM_EXCHANGE_UNBORN;
}

static enum tum_exchanged wait_for_reply(struct talk *talk, struct tum_rpc_call *call)
{
    enum tum_exchanged outcome = TUM_EXCHANGE_UNBORN;
    bool taken = false;
    tum_time begin = tum_time_add(tum_now(), BEGIN_PATIENCE);
    tum_val message;

    if (tum_rpc_hello(talk->rpc, &message)) {
        bool fits = greet(talk, message);

        tum_val_unref(message);
        if (!fits)
            return TUM_EXCHANGE_UNBORN;
    }
    for (;;) {
        tum_time until = TUM_FOREVER;

        if (!talk->greeted)
            until = tum_worker_patience(talk->x->worker);
        else if (!taken && !talk->x->shared)
            until = begin;
        switch (tum_rpc_call_next(call, talk->x->stop, until, &message)) {
        case TUM_RPC_MESSAGE: {
            bool was_greeted = talk->greeted;
            bool over = take_message(talk, message, &outcome);

            if (!was_greeted && talk->greeted)
                begin = tum_time_add(tum_now(), BEGIN_PATIENCE);
            tum_val_unref(message);
            if (over)
                return outcome;
            break;
        }
        case TUM_RPC_STOPPED:
            ask_where(talk, call);
            return TUM_EXCHANGE_STOPPED;
        case TUM_RPC_LATE:
            if (!talk->greeted)
                return TUM_EXCHANGE_LATE;
            taken = has_taken(talk);
            if (!taken)
                return TUM_EXCHANGE_HUNG;
            break;
        case TUM_RPC_LOST:
            return lost(talk);
        }
    }
}

enum tum_exchanged tum_exchange_run(const struct tum_exchange *exchange,
                                    struct tum_exchange_result *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf request = TUM_BUF_INIT(TUM_FRAME_LIMIT);
    struct talk talk = {
        .x = exchange, .ret = ret, .rpc = tum_worker_rpc(exchange->worker)};
    struct tum_rpc_call *call = tum_rpc_call_open(talk.rpc);
    enum tum_exchanged outcome;
    struct tum_error *err = NULL;

    *ret = (struct tum_exchange_result){.reply = tum_val_none()};
    tum_buf_init(&talk.raw, TUM_BUF_ANY);
    tum_buf_addf(&request, "{\"call\": %lld, ", (long long)tum_rpc_call_id(call));
    tum_buf_addt(&request, exchange->inside);
    tum_buf_addc(&request, '}');
    if (!tum_rpc_send(talk.rpc, tum_buf_str(&request), &err) &&
        err->kind == TUM_ERROR_LIMIT) {
        ret->text = tum_error_text(err);
        outcome = TUM_EXCHANGE_REFUSED;
    } else {
        /* That the worker is gone is told there, with its cause. */
        outcome = wait_for_reply(&talk, call);
    }
    tum_error_free(err);
    finish_output(&talk);
    tum_rpc_call_close(call, outcome == TUM_EXCHANGE_REPLIED);
    tum_buf_release(&talk.raw);
    return outcome;
}
