/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sink that writes events as JSON. Texts are bounded: a message by MESSAGE_LIMIT, the
 * output of one execution by its start and its end, so that a chatty item costs neither
 * memory nor the patience of whoever reads.
 */
#include "engine/eventjson.h"

#include "base/source.h"
#include "engine/itemtree.h"
#include "tum/mem.h"
#include <stdlib.h>

#define MESSAGE_LIMIT     ((size_t)16 << 10)
/* Earlier attempts of an item that are told, and of the message of each. */
#define TRIES_SHOWN       10
#define TRY_MESSAGE_LIMIT ((size_t)500)
/* Text of one event of output; escaped it may be six times as long. */
#define PIECE_LIMIT       ((size_t)16 << 10)
/* Executions under way whose output is told apart. */
#define OPEN_LIMIT        4096

struct open_output {
    int64_t execution;
    size_t head;         /* bytes given out */
    struct tum_buf tail; /* what came after them, at most twice its size */
    size_t dropped;
};

struct tum_eventjson {
    struct tum_session *session;
    char *run, *campaign;
    void (*write)(void *ctx, struct tum_str line);
    void *ctx;
    struct tum_buf line;
    struct open_output *open;
    size_t open_count, open_cap;
};

void tum_time_write(struct tum_buf *out)
{
    struct tum_wall wall;
    int offset;

    tum_wall_now(&wall);
    offset = wall.utc_offset / 60;
    tum_buf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06d", wall.year, wall.month,
                 wall.day, wall.hour, wall.minute, wall.second, wall.microsecond);
    if (offset == 0)
        tum_buf_addc(out, 'Z');
    else
        tum_buf_addf(out, "%c%02d:%02d", offset < 0 ? '-' : '+', abs(offset) / 60,
                     abs(offset) % 60);
}

static void put_text(struct tum_eventjson *e, const char *key, struct tum_str text)
{
    static const struct tum_json_style style = {.ascii = false};
    tum_val v = tum_val_text_of(text); /* makes it UTF-8 */

    tum_buf_addf(&e->line, ", \"%s\": ", key);
    tum_json_write_text(&e->line, tum_val_text(v), &style);
    tum_val_unref(v);
}

static void begin(struct tum_eventjson *e, const char *event)
{
    tum_buf_reset(&e->line);
    tum_buf_addf(&e->line, "{\"event\": \"%s\", \"time\": \"", event);
    tum_time_write(&e->line);
    tum_buf_addc(&e->line, '"');
    put_text(e, "run", tum_str_of(e->run));
    put_text(e, "campaign", tum_str_of(e->campaign));
}

static void end(struct tum_eventjson *e)
{
    tum_buf_addc(&e->line, '}');
    e->write(e->ctx, tum_buf_str(&e->line));
}

static void put_item(struct tum_eventjson *e, const struct tum_event *event)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct tum_item *item = event->item;
    struct tum_place place;

    tum_item_address(item, &text);
    put_text(e, "node", tum_buf_str(&text));
    tum_buf_reset(&text);
    tum_item_row_name(item, &text);
    put_text(e, "name",
             event->found != NULL ? tum_str_of(event->found) : tum_buf_str(&text));
    put_text(
        e, "type",
        tum_str_of(event->found != NULL ? event->found_type : item->type->row_type));
    tum_buf_addf(&e->line, ", \"execution\": %lld, \"parent\": %lld",
                 (long long)event->execution, (long long)event->parent_execution);
    if (item->type->flags & TUM_ITEM_ACTION)
        tum_buf_adds(&e->line, ", \"action\": true");
    if (event->found != NULL)
        tum_buf_adds(&e->line, ", \"found\": true");
    else if (item->first != NULL && (item->type->flags & TUM_ITEM_ACTIONS) == 0)
        tum_buf_adds(&e->line, ", \"container\": true");
    if (event->branch[0] != '\0')
        put_text(e, "branch", tum_str_of(event->branch));
    if (event->loop_index >= 0)
        tum_buf_addf(&e->line, ", \"iteration\": %lld", (long long)event->loop_index);
    if ((event->kind == TUM_EVENT_ITEM_STARTED ||
         event->kind == TUM_EVENT_FOUND_STARTED) &&
        tum_source_place(tum_session_sources(e->session), item->at, &place)) {
        put_text(e, "file", tum_str_of(tum_session_item_file(e->session, item)));
        tum_buf_addf(&e->line, ", \"line\": %u", place.line);
    }
}

/* ---- output ---- */

static struct open_output *find_output(struct tum_eventjson *e, int64_t execution)
{
    for (size_t i = e->open_count; i-- > 0;) {
        if (e->open[i].execution == execution)
            return &e->open[i];
    }
    return NULL;
}

static void write_output(struct tum_eventjson *e, int64_t execution,
                         struct tum_str text, size_t dropped)
{
    for (size_t at = 0; at < text.n; at += PIECE_LIMIT) {
        begin(e, "item_output");
        tum_buf_addf(&e->line, ", \"execution\": %lld", (long long)execution);
        if (dropped > 0 && at == 0)
            tum_buf_addf(&e->line, ", \"dropped\": %zu", dropped);
        put_text(e, "text", tum_str_sub(text, at, at + PIECE_LIMIT));
        end(e);
    }
}

static void take_output(struct tum_eventjson *e, const struct tum_event *event)
{
    struct open_output *open = find_output(e, event->execution);
    struct tum_str text = event->text;
    size_t head;

    if (open == NULL)
        return;
    head = TUM_MIN(text.n, TUM_EVENTJSON_HEAD - open->head);
    if (head > 0) {
        open->head += head;
        write_output(e, event->execution, tum_str_sub(text, 0, head), 0);
        text = tum_str_sub(text, head, text.n);
    }
    if (text.n > TUM_EVENTJSON_TAIL) {
        open->dropped += open->tail.len + text.n - TUM_EVENTJSON_TAIL;
        tum_buf_reset(&open->tail);
        text = tum_str_sub(text, text.n - TUM_EVENTJSON_TAIL, text.n);
    }
    if (open->tail.len + text.n > 2 * TUM_EVENTJSON_TAIL) {
        size_t cut = open->tail.len + text.n - TUM_EVENTJSON_TAIL;

        memmove(open->tail.s, open->tail.s + cut, open->tail.len - cut);
        tum_buf_truncate(&open->tail, open->tail.len - cut);
        open->dropped += cut;
    }
    tum_buf_addt(&open->tail, text);
}

static void open_item(struct tum_eventjson *e, int64_t execution)
{
    if (e->open_count == OPEN_LIMIT)
        return;
    tum_grow(&e->open, &e->open_cap, e->open_count + 1);
    e->open[e->open_count] = (struct open_output){.execution = execution};
    tum_buf_init(&e->open[e->open_count++].tail, 2 * TUM_EVENTJSON_TAIL);
}

static void close_item(struct tum_eventjson *e, int64_t execution)
{
    struct open_output *open = find_output(e, execution);

    if (open == NULL)
        return;
    if (open->tail.len > 0) {
        struct tum_str tail = tum_buf_str(&open->tail);
        size_t cut = tail.n - TUM_MIN(tail.n, TUM_EVENTJSON_TAIL);

        write_output(e, execution, tum_str_sub(tail, cut, tail.n), open->dropped + cut);
    }
    tum_buf_release(&open->tail);
    *open = e->open[--e->open_count];
}

/* ---- the sink ---- */

/* The attempts before the last, those of which there is most to say. */
static void put_tries(struct tum_eventjson *e, tum_val tries)
{
    size_t n = tum_list_len(tries), i = n > TRIES_SHOWN + 1 ? n - TRIES_SHOWN - 1 : 0;
    static const struct tum_json_style style = {0};
    const char *between = ", \"tries\": [";

    for (; i + 1 < n; i++) {
        tum_val one = tum_list_items(tries)[i], v;
        double seconds = 0;

        tum_buf_adds(&e->line, between);
        between = ", ";
        tum_buf_adds(&e->line, "{\"outcome\": ");
        tum_map_peeks(one, "outcome", &v);
        tum_json_write_text(&e->line, tum_val_text(v), &style);
        if (tum_map_peeks(one, "duration", &v))
            tum_val_to_double(v, &seconds);
        tum_buf_addf(&e->line, ", \"duration\": %.6f, \"message\": ", seconds);
        tum_map_peeks(one, "message", &v);
        tum_json_write_text(&e->line,
                            tum_str_sub(tum_val_text(v), 0, TRY_MESSAGE_LIMIT), &style);
        tum_buf_addc(&e->line, '}');
    }
    if (n > 1)
        tum_buf_addc(&e->line, ']');
}

static void put_end(struct tum_eventjson *e, const struct tum_event *event)
{
    struct tum_str message = tum_str_of(event->message);

    tum_buf_addf(&e->line, ", \"result\": \"%s\", \"outcome\": \"%s\"",
                 tum_verdict_text(event->verdict), tum_outcome_text(event->outcome));
    tum_buf_addf(&e->line, ", \"duration\": %.6f",
                 (double)event->duration / (double)TUM_SECOND);
    if (event->attempts > 1)
        tum_buf_addf(&e->line, ", \"attempts\": %lld", (long long)event->attempts);
    put_tries(e, event->tries);
    put_text(e, "message", tum_str_sub(message, 0, MESSAGE_LIMIT));
    if (message.n > MESSAGE_LIMIT)
        tum_buf_addf(&e->line, ", \"cut\": %zu", message.n - MESSAGE_LIMIT);
}

static void take(void *ctx, const struct tum_event *event)
{
    struct tum_eventjson *e = ctx;

    switch (event->kind) {
    case TUM_EVENT_RUN_STARTED:
        begin(e, "run_started");
        end(e);
        break;
    case TUM_EVENT_ITEM_STARTED:
    case TUM_EVENT_FOUND_STARTED:
        open_item(e, event->execution);
        begin(e, "item_started");
        put_item(e, event);
        end(e);
        break;
    case TUM_EVENT_ITEM_OUTPUT:
        take_output(e, event);
        break;
    case TUM_EVENT_ITEM_FINISHED:
    case TUM_EVENT_FOUND_FINISHED:
        close_item(e, event->execution);
        begin(e, "item_finished");
        put_item(e, event);
        put_end(e, event);
        end(e);
        break;
    case TUM_EVENT_ITEM_SKIPPED:
        begin(e, "item_finished");
        put_item(e, event);
        tum_buf_addf(&e->line, ", \"result\": \"SKIP\", \"outcome\": \"%s\"",
                     tum_outcome_text(event->outcome));
        tum_buf_adds(&e->line, ", \"duration\": 0, \"message\": \"\", \"row\": false");
        end(e);
        break;
    case TUM_EVENT_RUN_FINISHED:
        begin(e, "run_finished");
        put_end(e, event);
        tum_buf_addf(&e->line, ", \"status\": %d", event->status);
        end(e);
        break;
    }
}

struct tum_eventjson *tum_eventjson_new(struct tum_session *session, const char *run,
                                        const char *campaign,
                                        void (*write)(void *ctx, struct tum_str line),
                                        void *ctx)
{
    struct tum_eventjson *e = tum_new(struct tum_eventjson);
    const struct tum_sink sink = {.take = take, .ctx = e, .output = true};

    e->session = session;
    e->run = tum_strdup(run);
    e->campaign = tum_strdup(campaign);
    e->write = write;
    e->ctx = ctx;
    tum_buf_init(&e->line, TUM_BUF_ANY);
    tum_session_add_sink(session, &sink);
    return e;
}

void tum_eventjson_free(struct tum_eventjson *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->open_count; i++)
        tum_buf_release(&e->open[i].tail);
    tum_free(e->open);
    tum_buf_release(&e->line);
    tum_free(e->run);
    tum_free(e->campaign);
    tum_free(e);
}
