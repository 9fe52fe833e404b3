/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of campaigns and what is around them, by their indentation alone.
 */
#include "lsp/lspentry.h"

/* Lines looked at upwards for what is around one. */
#define UPWARDS ((size_t)200000)

/* ---- one line ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

size_t tum_lspline_indent(struct tum_str line)
{
    size_t at = 0;

    while (at < line.n && is_blank(line.s[at]))
        at++;
    return at;
}

static bool is_empty(struct tum_str line)
{
    size_t at = tum_lspline_indent(line);

    return at == line.n || line.s[at] == '#';
}

size_t tum_lspline_word(struct tum_str line, size_t at)
{
    while (at < line.n && is_word(line.s[at]))
        at++;
    return at;
}

/* "key:" at a place: its end, or that place when there is none. */
static size_t key_end(struct tum_str line, size_t at)
{
    size_t end = tum_lspline_word(line, at), colon = end;

    while (colon < line.n && is_blank(line.s[colon]))
        colon++;
    if (end == at || colon == line.n || line.s[colon] != ':' ||
        (colon + 1 < line.n && !is_blank(line.s[colon + 1])))
        return at;
    return end;
}

bool tum_lspentry_read(struct tum_str line, size_t number, struct tum_lspentry *ret)
{
    size_t dash = tum_lspline_indent(line), at = dash;

    if (at == line.n || line.s[at] != '-')
        return false;
    at++;
    if (at == line.n || !is_blank(line.s[at]))
        return false;
    at += tum_lspline_indent(tum_str_sub(line, at, line.n));
    if (at < line.n && line.s[at] == '.')
        at++;
    *ret = (struct tum_lspentry){
        .number = number, .dash = dash, .start = at, .end = key_end(line, at)};
    ret->keyword = tum_str_sub(line, ret->start, ret->end);
    return ret->end > ret->start;
}

/* ---- what a word is ---- */

static const struct tum_item_type *find(const struct tum_item_type *const *types,
                                        struct tum_str keyword)
{
    for (; types != NULL && *types != NULL; types++)
        if (tum_str_is(keyword, (*types)->keyword))
            return *types;
    return NULL;
}

/* ---- what is around ---- */

/* A line around a place: an entry, or the key of a mapping. */
struct around {
    bool is_listed; /* starts with a dash */
    bool is_entry;
    struct tum_lspentry entry;
    struct tum_str key;
    size_t indent;
};

/* Lines of the text up to a number, to be walked upwards. */
struct upwards {
    struct tum_str text;
    size_t end; /* where the line above ends */
    size_t number, left;
};

static struct upwards upwards_from(const struct tum_lspdoc *doc, size_t number)
{
    struct tum_str line = tum_lspdoc_line(doc, number);

    return (struct upwards){.text = tum_buf_str(&doc->text),
                            .end = (size_t)(line.s - doc->text.s),
                            .number = number,
                            .left = UPWARDS};
}

static bool line_above(struct upwards *up, struct tum_str *ret)
{
    size_t end = up->end, start;

    if (end == 0 || up->number == 0 || up->left == 0)
        return false;
    end--;
    if (end > 0 && up->text.s[end] == '\n' && up->text.s[end - 1] == '\r')
        end--;
    for (start = end;
         start > 0 && up->text.s[start - 1] != '\n' && up->text.s[start - 1] != '\r';)
        start--;
    *ret = tum_str_sub(up->text, start, end);
    up->end = start;
    up->number--;
    up->left--;
    return true;
}

/* The next line above that is indented less than `column`. */
static bool next_around(struct upwards *up, size_t column, struct around *ret)
{
    struct tum_str line;

    while (column > 0 && line_above(up, &line)) {
        size_t indent = tum_lspline_indent(line), end;

        if (is_empty(line) || indent >= column)
            continue;
        *ret = (struct around){.indent = indent, .is_listed = line.s[indent] == '-'};
        ret->is_entry = tum_lspentry_read(line, up->number, &ret->entry);
        end = key_end(line, indent);
        ret->key = tum_str_sub(line, indent, end);
        return true;
    }
    return false;
}

static const struct tum_item_type *
actions_above(struct upwards up, const struct tum_item_type *const *items,
              size_t column)
{
    struct around around;

    /* `steps:` may be as far to the right as the dashes of its list. */
    if (!next_around(&up, column + 1, &around))
        return NULL;
    while (!tum_str_is(around.key, "steps")) {
        /* Entries of the same list are not around it. */
        if (around.indent < column || !around.is_listed)
            return NULL;
        if (!next_around(&up, column + 1, &around))
            return NULL;
    }
    while (next_around(&up, around.indent, &around))
        if (around.is_entry) {
            const struct tum_item_type *type = find(items, around.entry.keyword);

            return type != NULL && type->actions != NULL ? type : NULL;
        }
    return NULL;
}

const struct tum_item_type *tum_lsp_actions_at(const struct tum_lspdoc *doc,
                                               const struct tum_item_type *const *items,
                                               size_t number, size_t column)
{
    return actions_above(upwards_from(doc, number), items, column);
}

const struct tum_item_type *tum_lspentry_owner(const struct tum_lspdoc *doc,
                                               const struct tum_item_type *const *items,
                                               const struct tum_lspentry *entry)
{
    /* Its line is not looked for: a text may have very many. */
    struct upwards up = {.text = tum_buf_str(&doc->text),
                         .end = (size_t)(entry->keyword.s - doc->text.s) - entry->start,
                         .number = entry->number,
                         .left = UPWARDS};

    return actions_above(up, items, entry->dash);
}

struct tum_lspmeaning tum_lspentry_meaning(const struct tum_lspdoc *doc,
                                           const struct tum_item_type *const *items,
                                           const struct tum_lspentry *entry)
{
    return tum_lspentry_meaning_in(tum_lspentry_owner(doc, items, entry), items, entry);
}

struct tum_lspmeaning tum_lspentry_meaning_in(const struct tum_item_type *owner,
                                              const struct tum_item_type *const *items,
                                              const struct tum_lspentry *entry)
{
    const struct tum_item_type *type;

    if (owner != NULL && (type = find(owner->actions, entry->keyword)) != NULL)
        return (struct tum_lspmeaning){type, owner};
    if ((type = find(items, entry->keyword)) != NULL)
        return (struct tum_lspmeaning){type, NULL};
    for (size_t i = 0; items[i] != NULL; i++)
        if ((type = find(items[i]->actions, entry->keyword)) != NULL)
            return (struct tum_lspmeaning){type, items[i]};
    return (struct tum_lspmeaning){NULL, NULL};
}

static const struct tum_param *map_of(const struct tum_param *table, struct tum_str key)
{
    for (; table != NULL && table->name != NULL; table++)
        if (tum_str_is(key, table->name))
            return table->map;
    return NULL;
}

const struct tum_param *tum_lsp_params_at(const struct tum_lspdoc *doc,
                                          const struct tum_item_type *const *items,
                                          size_t number, size_t column,
                                          const struct tum_item_type **ret_type)
{
    static const struct tum_param none[] = {{0}};
    struct upwards up = upwards_from(doc, number);
    struct tum_lspmeaning meaning;
    struct tum_str key = {0};
    const struct tum_param *map;
    struct around around;

    *ret_type = NULL;
    if (!next_around(&up, column, &around))
        return NULL;
    if (!around.is_entry) {
        /* Inside the mapping of a key, whose item is around that. */
        key = around.key;
        if (key.n == 0 || !next_around(&up, around.indent, &around) || !around.is_entry)
            return NULL;
    }
    meaning = tum_lspentry_meaning(doc, items, &around.entry);
    if (meaning.type == NULL || (meaning.type->flags & TUM_ITEM_FREE_BODY) != 0)
        return NULL;
    if (key.n == 0) {
        *ret_type = meaning.type;
        return meaning.type->params != NULL ? meaning.type->params : none;
    }
    map = map_of(meaning.type->params, key);
    return map != NULL ? map : map_of(tum_common_params, key);
}
