/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion, hover, symbols, definitions: from lines and descriptors, so that they work on
 * a text that is no YAML yet.
 */
#include "lsp/lspanswer.h"

#include "base/path.h"
#include "lsp/lspentry.h"
#include "lsp/lsptext.h"
#include "tum/mem.h"
#include <stdlib.h>

/* Numbers of the protocol. */
enum { KIND_CLASS = 7, KIND_METHOD = 2, KIND_PROPERTY = 10, SYMBOL_FUNCTION = 12 };
enum { FORMAT_PLAIN = 1 };

/* Lines below an entry in which its name is looked for. */
#define NAME_LINES 9

static tum_val markdown(struct tum_buf *text)
{
    struct tum_map_builder *b = tum_map_begin(2);

    tum_map_adds(b, "kind", tum_val_str("markdown"));
    tum_map_adds(b, "value", tum_val_text_of(tum_buf_str(text)));
    return tum_map_end(b);
}

/* ---- completion ---- */

static void propose(struct tum_list_builder *list, const char *label, int kind,
                    const char *detail, struct tum_buf *text, const char *after)
{
    struct tum_map_builder *b = tum_map_begin(6);

    tum_map_adds(b, "label", tum_val_str(label));
    tum_map_adds(b, "kind", tum_val_int(kind));
    if (detail != NULL)
        tum_map_adds(b, "detail", tum_val_str(detail));
    tum_map_adds(b, "documentation", markdown(text));
    tum_map_adds(b, "insertText", tum_val_strf("%s%s", label, after));
    tum_map_adds(b, "insertTextFormat", tum_val_int(FORMAT_PLAIN));
    tum_list_add(list, tum_map_end(b));
}

static int compare_types(const void *a, const void *b)
{
    const struct tum_item_type *const *x = a, *const *y = b;

    return strcmp((*x)->keyword, (*y)->keyword);
}

static void propose_types(struct tum_list_builder *list,
                          const struct tum_item_type *const *types, int kind)
{
    const struct tum_item_type **sorted;
    size_t count = 0;

    while (types[count] != NULL)
        count++;
    sorted = tum_new_array(const struct tum_item_type *, count + 1);
    memcpy(sorted, types, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_types);
    for (size_t i = 0; i < count; i++) {
        TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

        tum_lsp_type_text(sorted[i], &text);
        propose(list, sorted[i]->keyword, kind, sorted[i]->row_type, &text, ":");
    }
    tum_free(sorted);
}

static void propose_params(struct tum_list_builder *list, const struct tum_param *table,
                           const struct tum_item_type *common_of)
{
    for (const struct tum_param *p = table; p != NULL && p->name != NULL; p++) {
        TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

        if (!tum_lsp_param_shows(p) ||
            (common_of != NULL && !tum_lsp_takes_common(common_of, p)))
            continue;
        tum_lsp_param_text(p, &text);
        propose(list, p->name, KIND_PROPERTY,
                (p->flags & TUM_PARAM_REQUIRED) != 0 ? "required" : NULL, &text, ": ");
    }
}

/* Blanks, a dash and blanks, a word and a colon, the last two when they are there. */
static bool before_keyword(struct tum_str left, size_t *ret_dash)
{
    size_t at = tum_lspline_indent(left);

    *ret_dash = at;
    if (at == left.n || left.s[at] != '-')
        return false;
    at++;
    if (at < left.n && left.s[at] != ' ' && left.s[at] != '\t')
        return false;
    at += tum_lspline_indent(tum_str_sub(left, at, left.n));
    if (at < left.n && left.s[at] == '.')
        at++;
    at = tum_lspline_word(left, at);
    return at == left.n || (at + 1 == left.n && left.s[at] == ':');
}

/* Blanks and the beginning of a word. */
static bool before_key(struct tum_str left, size_t *ret_column)
{
    size_t at = tum_lspline_indent(left);

    *ret_column = at;
    return tum_lspline_word(left, at) == left.n;
}

tum_val tum_lsp_completion(const struct tum_lspask *ask)
{
    struct tum_str line = tum_lspdoc_line(ask->doc, ask->line);
    struct tum_str left = tum_str_sub(line, 0, tum_lspline_bytes(line, ask->unit));
    struct tum_list_builder *list = tum_list_begin(64);
    struct tum_map_builder *b = tum_map_begin(2);
    const struct tum_item_type *type;
    const struct tum_param *params;
    size_t column;

    if (before_keyword(left, &column)) {
        type = tum_lsp_actions_at(ask->doc, ask->items, ask->line, column);
        if (type != NULL)
            propose_types(list, type->actions, KIND_METHOD);
        else
            propose_types(list, ask->items, KIND_CLASS);
    } else if (before_key(left, &column)) {
        params = tum_lsp_params_at(ask->doc, ask->items, ask->line, column, &type);
        propose_params(list, params, NULL);
        if (type != NULL)
            propose_params(list, tum_common_params, type);
    }
    tum_map_adds(b, "isIncomplete", tum_val_bool(false));
    tum_map_adds(b, "items", tum_list_end(list));
    return tum_map_end(b);
}

/* ---- hover ---- */

tum_val tum_lsp_hover(const struct tum_lspask *ask)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str line = tum_lspdoc_line(ask->doc, ask->line);
    size_t at = tum_lspline_bytes(line, ask->unit);
    struct tum_lspentry entry;
    struct tum_lspmeaning meaning;
    struct tum_map_builder *b;

    if (!tum_lspentry_read(line, ask->line, &entry) || at < entry.start ||
        at > entry.end)
        return tum_val_none();
    meaning = tum_lspentry_meaning(ask->doc, ask->items, &entry);
    if (meaning.type == NULL)
        return tum_val_none();
    tum_lsp_type_text(meaning.type, &text);
    b = tum_map_begin(2);
    tum_map_adds(b, "contents", markdown(&text));
    tum_map_adds(b, "range", tum_lsp_range(ask->line, line, entry.start, entry.end));
    return tum_map_end(b);
}

/* ---- symbols ---- */

struct symbol {
    struct tum_lspentry entry;
    struct tum_str line, detail;
};

struct symbols {
    struct symbol *list;
    size_t count, cap;
};

static struct tum_str without_quotes(struct tum_str text)
{
    text = tum_str_trim(text);
    if (text.n >= 2 && (text.s[0] == '"' || text.s[0] == '\'') &&
        text.s[text.n - 1] == text.s[0])
        return tum_str_sub(text, 1, text.n - 1);
    return text;
}

/* The value of `name:` in the lines below that are indented more; empty: none. */
static struct tum_str name_below(struct tum_str rest, bool more, size_t dash)
{
    struct tum_str line;

    for (int i = 0; i < NAME_LINES && tum_lspline_next(&rest, &more, &line);) {
        size_t indent = tum_lspline_indent(line), colon;

        if (indent == line.n)
            continue;
        if (indent <= dash)
            break;
        i++;
        colon = tum_str_find_char(line, ':', indent);
        if (colon != TUM_STR_NONE &&
            tum_str_is(tum_str_trim(tum_str_sub(line, indent, colon)), "name"))
            return without_quotes(tum_str_sub(line, colon + 1, line.n));
    }
    return TUM_S("");
}

/* The same of "- keyword: {name: …, …}" in one line. */
static struct tum_str name_in(struct tum_str line, size_t end)
{
    size_t at = tum_str_find_char(line, '{', end), stop = 0;

    for (; at != TUM_STR_NONE; at = tum_str_find_char(line, ',', at + 1)) {
        struct tum_str value = tum_str_trim(tum_str_sub(line, at + 1, line.n));

        if (!tum_str_starts(value, "name:"))
            continue;
        value = tum_str_trim(tum_str_sub(value, strlen("name:"), value.n));
        if (value.n > 0 && (value.s[0] == '"' || value.s[0] == '\'')) {
            stop = tum_str_find_char(value, value.s[0], 1);
            return tum_str_sub(value, 1, TUM_MIN(stop, value.n));
        }
        while (stop < value.n && value.s[stop] != ',' && value.s[stop] != '}')
            stop++;
        return tum_str_trim(tum_str_sub(value, 0, stop));
    }
    return TUM_S("");
}

/* Dashes further to the right are looked up each. */
#define COLUMNS 256

/* What is around the lists being read, by the column of their dashes: one look for all
   entries of a list. */
struct owners {
    const struct tum_item_type *list[COLUMNS];
    bool known[COLUMNS];
    size_t used; /* columns from here on are not known */
};

/* A line ends the lists to its right, and one without a dash those below it too. */
static void end_lists(struct owners *owners, struct tum_str line)
{
    size_t from = tum_lspline_indent(line);

    if (from == line.n || line.s[from] == '#')
        return;
    if (line.s[from] == '-')
        from++;
    for (size_t i = from; i < owners->used; i++)
        owners->known[i] = false;
    owners->used = TUM_MIN(owners->used, from);
}

static struct tum_lspmeaning meaning_of(const struct tum_lspask *ask,
                                        struct owners *owners,
                                        const struct tum_lspentry *entry)
{
    size_t dash = entry->dash;

    if (dash >= COLUMNS)
        return tum_lspentry_meaning(ask->doc, ask->items, entry);
    if (!owners->known[dash]) {
        owners->list[dash] = tum_lspentry_owner(ask->doc, ask->items, entry);
        owners->known[dash] = true;
        owners->used = TUM_MAX(owners->used, dash + 1);
    }
    return tum_lspentry_meaning_in(owners->list[dash], ask->items, entry);
}

static void find_symbols(const struct tum_lspask *ask, struct symbols *ret)
{
    struct tum_str rest = tum_buf_str(&ask->doc->text), line;
    struct owners owners = {0};
    bool more = true;

    for (size_t number = 0; tum_lspline_next(&rest, &more, &line); number++) {
        struct symbol symbol = {.line = line};

        end_lists(&owners, line);
        if (!tum_lspentry_read(line, number, &symbol.entry) ||
            meaning_of(ask, &owners, &symbol.entry).type == NULL)
            continue;
        symbol.detail = name_below(rest, more, symbol.entry.dash);
        if (symbol.detail.n == 0)
            symbol.detail = name_in(line, symbol.entry.end);
        tum_grow(&ret->list, &ret->cap, ret->count + 1);
        ret->list[ret->count++] = symbol;
    }
}

/* Those from *at on that are not below a dash at column `dash` or left of it. */
static tum_val nest(const struct symbols *symbols, size_t *at, size_t depth,
                    bool is_root, size_t dash)
{
    struct tum_list_builder *list = tum_list_begin(8);

    while (*at < symbols->count && (is_root || symbols->list[*at].entry.dash > dash)) {
        const struct symbol *s = &symbols->list[(*at)++];
        struct tum_map_builder *b = tum_map_begin(6);

        tum_map_adds(b, "name", tum_val_text_of(s->entry.keyword));
        tum_map_adds(b, "detail", tum_val_text_of(s->detail));
        tum_map_adds(b, "kind", tum_val_int(SYMBOL_FUNCTION));
        tum_map_adds(b, "range", tum_lsp_range(s->entry.number, s->line, 0, s->line.n));
        tum_map_adds(
            b, "selectionRange",
            tum_lsp_range(s->entry.number, s->line, s->entry.start, s->entry.end));
        tum_map_adds(b, "children",
                     depth < TUM_LSP_SYMBOL_DEPTH
                         ? nest(symbols, at, depth + 1, false, s->entry.dash)
                         : tum_list_end(tum_list_begin(0)));
        tum_list_add(list, tum_map_end(b));
    }
    return tum_list_end(list);
}

tum_val tum_lsp_symbols(const struct tum_lspask *ask)
{
    struct symbols symbols = {0};
    size_t at = 0;
    tum_val all;

    find_symbols(ask, &symbols);
    all = nest(&symbols, &at, 0, true, 0);
    tum_free(symbols.list);
    return all;
}

/* ---- definition ---- */

static bool ends_name(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == '}' || c == '#' || c == '\'' ||
           c == '"';
}

/* The file an include tag of the line names; false: none, or one that only a run knows. */
static bool included_file(struct tum_str line, struct tum_str *ret)
{
    size_t at = tum_str_find(line, TUM_S("!include"), 0), end, key;

    if (at != TUM_STR_NONE) {
        at += strlen("!include");
    } else {
        at = tum_str_find(line, TUM_S("!raw_include"), 0);
        if (at == TUM_STR_NONE)
            return false;
        at += strlen("!raw_include");
    }
    at += tum_lspline_indent(tum_str_sub(line, at, line.n));
    if (at < line.n && line.s[at] == '{') {
        key = tum_str_find(line, TUM_S("file:"), at);
        if (key == TUM_STR_NONE)
            return false;
        at = key + strlen("file:");
        at += tum_lspline_indent(tum_str_sub(line, at, line.n));
    }
    if (at < line.n && (line.s[at] == '\'' || line.s[at] == '"'))
        at++;
    for (end = at; end < line.n && !ends_name(line.s[end]);)
        end++;
    *ret = tum_str_sub(line, at, end);
    return end > at;
}

tum_val tum_lsp_definition(const struct tum_lspask *ask)
{
    struct tum_str line = tum_lspdoc_line(ask->doc, ask->line), name;
    TUM_AUTO(tum_freep) char *folder = tum_path_folder(ask->doc->path);
    TUM_AUTO(tum_freep) char *file = NULL, *path = NULL, *uri = NULL;
    struct tum_map_builder *b;

    if (!included_file(line, &name))
        return tum_val_none();
    file = tum_strndup(name.s, name.n);
    path = tum_path_join(folder, file);
    if (!tum_path_is_file(path))
        return tum_val_none();
    uri = tum_lsp_uri(path);
    b = tum_map_begin(2);
    tum_map_adds(b, "uri", tum_val_str(uri));
    tum_map_adds(b, "range", tum_lsp_range_of(0, 0, 0, 0));
    return tum_map_end(b);
}
