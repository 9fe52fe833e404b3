/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics: the loader's findings about a text, at places of the protocol.
 */
#include "lsp/lspcheck.h"

#include "base/source.h"
#include "engine/session.h"
#include "lsp/lspentry.h"
#include "tum/mem.h"

/* Numbers of the protocol. */
static const int severities[] = {
    [TUM_SEV_ERROR] = 1, [TUM_SEV_WARNING] = 2, [TUM_SEV_INFO] = 3};

static void add(struct tum_list_builder *list, tum_val take_range, int severity,
                struct tum_str message)
{
    struct tum_map_builder *b = tum_map_begin(4);

    tum_map_adds(b, "range", take_range);
    tum_map_adds(b, "severity", tum_val_int(severity));
    tum_map_adds(b, "source", tum_val_str("tum"));
    tum_map_adds(b, "message", tum_val_text_of(message));
    tum_list_add(list, tum_map_end(b));
}

/* Line and units of a byte of a text. */
static void locate(struct tum_str text, size_t offset, size_t *ret_line,
                   size_t *ret_unit)
{
    size_t start = 0, number = 0;

    offset = TUM_MIN(offset, text.n);
    for (size_t i = 0; i < offset; i++)
        if (text.s[i] == '\n') {
            number++;
            start = i + 1;
        }
    *ret_line = number;
    *ret_unit = tum_lspline_units(tum_str_sub(text, start, offset), offset - start);
}

static tum_val range_of(const struct tum_sources *sources, struct tum_span span)
{
    struct tum_str text = tum_source_text(sources, span.source);
    size_t line, unit, end_line, end_unit;

    locate(text, span.start, &line, &unit);
    locate(text, (size_t)span.start + span.length, &end_line, &end_unit);
    return tum_lsp_range_of(line, unit, end_line, end_unit);
}

/* An include whose file only a run knows is no mistake. */
static bool needs_variable(const struct tum_sources *sources, struct tum_span span)
{
    struct tum_str text = tum_source_text(sources, span.source);
    struct tum_str part =
        tum_str_sub(text, span.start, (size_t)span.start + span.length);

    return tum_str_find(part, TUM_S("$("), 0) != TUM_STR_NONE ||
           tum_str_find(part, TUM_S("<|"), 0) != TUM_STR_NONE;
}

static void add_finding(struct tum_list_builder *list,
                        const struct tum_sources *sources,
                        const struct tum_finding *finding, const char *path)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_span span = {0};
    tum_val range;

    if (finding->at.source != 0) {
        span = tum_source_resolve(sources, finding->at);
        if (strcmp(tum_source_path(sources, span.source), path) != 0 ||
            (finding->topic == TUM_TOPIC_IO && needs_variable(sources, span)))
            return;
        range = range_of(sources, span);
    } else {
        range = tum_lsp_range_of(0, 0, 0, 0);
    }
    tum_buf_adds(&text, finding->text);
    for (size_t i = 0; i < finding->note_count; i++)
        tum_buf_addf(&text, "\n%s", finding->notes[i].text);
    add(list, range, severities[finding->severity], tum_buf_str(&text));
}

/*
 * A text without `main` is part of something else: a list of steps can be looked at, but
 * for one of actions, which nothing in it tells of what.
 */
static bool is_list_of_actions(const struct tum_lsp_opts *opts,
                               const struct tum_lspdoc *doc)
{
    struct tum_str rest = tum_buf_str(&doc->text), line;
    struct tum_lspentry entry;
    bool more = true;

    for (size_t number = 0; tum_lspline_next(&rest, &more, &line); number++) {
        size_t indent = tum_lspline_indent(line);

        if (indent == line.n || line.s[indent] == '#' || tum_str_is(line, "---"))
            continue;
        return tum_lspentry_read(line, number, &entry) &&
               tum_lspentry_meaning(doc, opts->items, &entry).owner != NULL;
    }
    return false;
}

tum_val tum_lsp_check(const struct tum_lsp_opts *opts, const struct tum_lspdoc *doc)
{
    struct tum_session_opts session_opts = {.path = doc->path,
                                            .program = opts->program,
                                            .items = opts->items,
                                            .check_only = true};
    struct tum_list_builder *list = tum_list_begin(8);
    struct tum_session *session;
    const struct tum_diags *diags;

    if (doc->text.full) {
        TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(200);

        tum_buf_addf(&text, "the document is larger than %zu MiB and is not looked at",
                     TUM_LSP_TEXT >> 20);
        add(list, tum_lsp_range_of(0, 0, 0, 0), severities[TUM_SEV_ERROR],
            tum_buf_str(&text));
        return tum_list_end(list);
    }
    if (is_list_of_actions(opts, doc))
        return tum_list_end(list);
    session = tum_session_new(&session_opts);
    tum_session_look(session, tum_buf_str(&doc->text));
    diags = tum_session_diags(session);
    for (size_t i = 0; i < tum_diags_total(diags); i++)
        add_finding(list, tum_session_sources(session), tum_diags_at(diags, i),
                    doc->path);
    tum_session_free(session);
    return tum_list_end(list);
}
