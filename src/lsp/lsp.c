/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server: life cycle, requests to answers, changes to diagnostics. What the answers
 * say is in lspanswer.c and lspcheck.c.
 */
#include "lsp/lsp.h"

#include "engine/session.h"
#include "lsp/lspanswer.h"
#include "lsp/lspcheck.h"
#include "lsp/lspframe.h"
#include "tum/mem.h"

/* Numbers of JSON-RPC and of the protocol. */
enum {
    PARSE_ERROR = -32700,
    INVALID_REQUEST = -32600,
    METHOD_NOT_FOUND = -32601,
    INVALID_PARAMS = -32602,
    NOT_INITIALIZED = -32002,
    SYNC_INCREMENTAL = 2,
};

/* Who types is not told about every letter. */
#define QUIET (150 * TUM_MS)

struct server {
    const struct tum_lsp_opts *opts;
    struct tum_lspdocs docs;
    bool initialized, shut_down, leaves;
    tum_time look_at; /* when documents that changed are looked at */
    struct tum_error **err;
    bool broken; /* *err is set: nothing can be written */
};

/* ---- writing ---- */

static void send(struct server *server, tum_val take)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_json_write_data(&text, take);
    tum_val_unref(take);
    if (!server->broken &&
        !tum_lspframe_write(server->opts->out, tum_buf_str(&text), server->err))
        server->broken = true;
}

static struct tum_map_builder *begin(size_t cap)
{
    struct tum_map_builder *b = tum_map_begin(cap);

    tum_map_adds(b, "jsonrpc", tum_val_str("2.0"));
    return b;
}

static void reply(struct server *server, tum_val id, tum_val take_result)
{
    struct tum_map_builder *b = begin(3);

    tum_map_adds(b, "id", tum_val_ref(id));
    tum_map_adds(b, "result", take_result);
    send(server, tum_map_end(b));
}

static void refuse(struct server *server, tum_val id, int code, const char *fmt, ...)
    TUM_PRINTF(4, 5);
static void refuse(struct server *server, tum_val id, int code, const char *fmt, ...)
{
    struct tum_map_builder *b = begin(3), *error = tum_map_begin(2);
    char *text;
    va_list ap;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    tum_map_adds(error, "code", tum_val_int(code));
    tum_map_adds(error, "message", tum_val_str(text));
    tum_free(text);
    tum_map_adds(b, "id", tum_val_ref(id));
    tum_map_adds(b, "error", tum_map_end(error));
    send(server, tum_map_end(b));
}

static void notify(struct server *server, const char *method, tum_val take_params)
{
    struct tum_map_builder *b = begin(3);

    tum_map_adds(b, "method", tum_val_str(method));
    tum_map_adds(b, "params", take_params);
    send(server, tum_map_end(b));
}

/* ---- diagnostics ---- */

static void publish(struct server *server, struct tum_str uri, tum_val take_findings)
{
    struct tum_map_builder *b = tum_map_begin(2);

    tum_map_adds(b, "uri", tum_val_text_of(uri));
    tum_map_adds(b, "diagnostics", take_findings);
    notify(server, "textDocument/publishDiagnostics", tum_map_end(b));
}

static void look_at_changed(struct server *server)
{
    server->look_at = TUM_FOREVER;
    for (size_t i = 0; i < server->docs.count; i++) {
        struct tum_lspdoc *doc = server->docs.list[i];

        if (!doc->changed)
            continue;
        doc->changed = false;
        publish(server, tum_str_of(doc->uri), tum_lsp_check(server->opts, doc));
    }
}

/* ---- notifications ---- */

static struct tum_str text_at(tum_val params, const char *map, const char *key)
{
    tum_val part, v;

    if (!tum_map_peeks(params, map, &part) || !tum_map_peeks(part, key, &v) ||
        v.kind != TUM_STR)
        return (struct tum_str){0};
    return tum_val_text(v);
}

static void did_open(struct server *server, tum_val params)
{
    struct tum_str uri = text_at(params, "textDocument", "uri");
    struct tum_str text = text_at(params, "textDocument", "text");

    if (uri.s != NULL && text.s != NULL &&
        tum_lspdocs_open(&server->docs, uri, text) != NULL)
        look_at_changed(server);
}

static void did_change(struct server *server, tum_val params)
{
    struct tum_str uri = text_at(params, "textDocument", "uri");
    struct tum_lspdoc *doc =
        uri.s != NULL ? tum_lspdocs_find(&server->docs, uri) : NULL;
    tum_val changes;

    if (doc == NULL || !tum_map_peeks(params, "contentChanges", &changes))
        return;
    tum_list_each (change, changes) {
        tum_lspdoc_change(doc, *change);
    }
    server->look_at = tum_now() + QUIET;
}

static void did_close(struct server *server, tum_val params)
{
    struct tum_str uri = text_at(params, "textDocument", "uri");

    if (uri.s == NULL || tum_lspdocs_find(&server->docs, uri) == NULL)
        return;
    tum_lspdocs_close(&server->docs, uri);
    publish(server, uri, tum_list_end(tum_list_begin(0)));
}

static void leave(struct server *server, tum_val params)
{
    (void)params;
    server->leaves = true;
}

static const struct {
    const char *method;
    void (*take)(struct server *server, tum_val params);
} notifications[] = {
    {"textDocument/didOpen", did_open},
    {"textDocument/didChange", did_change},
    {"textDocument/didClose", did_close},
    {"exit", leave},
};

/* ---- requests ---- */

static tum_val flag_map(const char *key, tum_val take)
{
    struct tum_map_builder *b = tum_map_begin(1);

    tum_map_adds(b, key, take);
    return tum_map_end(b);
}

static tum_val completion_options(void)
{
    struct tum_list_builder *triggers = tum_list_begin(2);

    tum_list_add(triggers, tum_val_str("-"));
    tum_list_add(triggers, tum_val_str(" "));
    return flag_map("triggerCharacters", tum_list_end(triggers));
}

static tum_val capabilities(void)
{
    struct tum_map_builder *b = tum_map_begin(8), *sync = tum_map_begin(2);

    tum_map_adds(sync, "openClose", tum_val_bool(true));
    tum_map_adds(sync, "change", tum_val_int(SYNC_INCREMENTAL));
    tum_map_adds(b, "positionEncoding", tum_val_str("utf-16"));
    tum_map_adds(b, "textDocumentSync", tum_map_end(sync));
    tum_map_adds(b, "completionProvider", completion_options());
    tum_map_adds(b, "hoverProvider", tum_val_bool(true));
    tum_map_adds(b, "documentSymbolProvider", tum_val_bool(true));
    tum_map_adds(b, "definitionProvider", tum_val_bool(true));
    return tum_map_end(b);
}

static void initialize(struct server *server, tum_val id)
{
    struct tum_map_builder *b = tum_map_begin(2), *info = tum_map_begin(2);

    if (server->initialized) {
        tum_map_drop(b);
        tum_map_drop(info);
        refuse(server, id, INVALID_REQUEST, "initialize was sent before");
        return;
    }
    server->initialized = true;
    tum_map_adds(info, "name", tum_val_str("tum-lsp"));
    tum_map_adds(info, "version", tum_val_str(tum_version));
    tum_map_adds(b, "capabilities", capabilities());
    tum_map_adds(b, "serverInfo", tum_map_end(info));
    reply(server, id, tum_map_end(b));
}

static void shut_down(struct server *server, tum_val id)
{
    server->shut_down = true;
    reply(server, id, tum_val_none());
}

static const struct {
    const char *method;
    tum_val (*answer)(const struct tum_lspask *ask);
    bool of_a_place;
} questions[] = {
    {"textDocument/completion", tum_lsp_completion, true},
    {"textDocument/hover", tum_lsp_hover, true},
    {"textDocument/definition", tum_lsp_definition, true},
    {"textDocument/documentSymbol", tum_lsp_symbols, false},
};

static void answer(struct server *server, tum_val id, size_t i, tum_val params)
{
    struct tum_str uri = text_at(params, "textDocument", "uri");
    struct tum_lspask ask = {.items = server->opts->items};
    tum_val place = tum_val_none();

    if (uri.s != NULL)
        ask.doc = tum_lspdocs_find(&server->docs, uri);
    if (ask.doc == NULL) {
        refuse(server, id, INVALID_PARAMS, "the document is not open");
        return;
    }
    tum_map_peeks(params, "position", &place);
    if (questions[i].of_a_place && !tum_lsp_position(place, &ask.line, &ask.unit)) {
        refuse(server, id, INVALID_PARAMS, "no position");
        return;
    }
    reply(server, id, questions[i].answer(&ask));
}

static void take_request(struct server *server, tum_val id, struct tum_str method,
                         tum_val params)
{
    if (tum_str_is(method, "initialize")) {
        initialize(server, id);
    } else if (!server->initialized) {
        refuse(server, id, NOT_INITIALIZED, "initialize comes first");
    } else if (server->shut_down) {
        refuse(server, id, INVALID_REQUEST, "the server was shut down");
    } else if (tum_str_is(method, "shutdown")) {
        shut_down(server, id);
    } else {
        for (size_t i = 0; i < TUM_LEN(questions); i++)
            if (tum_str_is(method, questions[i].method)) {
                answer(server, id, i, params);
                return;
            }
        refuse(server, id, METHOD_NOT_FOUND, "unknown request '%.*s'",
               TUM_STR_ARG(method));
    }
}

static void take_notification(struct server *server, struct tum_str method,
                              tum_val params)
{
    if (!server->initialized && !tum_str_is(method, "exit"))
        return;
    for (size_t i = 0; i < TUM_LEN(notifications); i++)
        if (tum_str_is(method, notifications[i].method)) {
            notifications[i].take(server, params);
            return;
        }
}

/* ---- messages ---- */

static void take_message(struct server *server, struct tum_str text)
{
    tum_val message, method, id, params = tum_val_none();
    struct tum_error *err = NULL;
    bool asks;

    if (!tum_json_read(text, (struct tum_span){0}, &message, &err)) {
        TUM_AUTO(tum_freep) char *why = tum_error_text(err);

        tum_error_free(err);
        refuse(server, tum_val_none(), PARSE_ERROR, "%s", why);
        return;
    }
    asks = tum_map_peeks(message, "id", &id);
    tum_map_peeks(message, "params", &params);
    if (tum_map_peeks(message, "method", &method) && method.kind == TUM_STR) {
        if (asks)
            take_request(server, id, tum_val_text(method), params);
        else
            take_notification(server, tum_val_text(method), params);
    } else if (!asks || (!tum_map_peeks(message, "result", &method) &&
                         !tum_map_peeks(message, "error", &method))) {
        /* Anything but an answer, which nobody here waits for. */
        refuse(server, asks ? id : tum_val_none(), INVALID_REQUEST, "no method");
    }
    tum_val_unref(message);
}

bool tum_lsp_serve(const struct tum_lsp_opts *opts, bool *ret_orderly,
                   struct tum_error **err)
{
    struct server *server = tum_new(struct server);
    struct tum_lspframes frames;
    bool good = true, over = false;

    server->opts = opts;
    server->look_at = TUM_FOREVER;
    server->err = err;
    tum_lspframes_init(&frames, opts->in);
    while (!over && !server->leaves && !server->broken) {
        struct tum_str text;

        switch (tum_lspframes_next(&frames, server->look_at, &text, err)) {
        case TUM_LSPFRAME_ONE:
            take_message(server, text);
            break;
        case TUM_LSPFRAME_LATE:
            look_at_changed(server);
            break;
        case TUM_LSPFRAME_END:
            over = true;
            break;
        case TUM_LSPFRAME_BAD:
            good = false;
            over = true;
            break;
        }
    }
    good = good && !server->broken;
    if (good)
        *ret_orderly = server->shut_down;
    tum_lspframes_release(&frames);
    tum_lspdocs_release(&server->docs);
    tum_free(server);
    return good;
}
