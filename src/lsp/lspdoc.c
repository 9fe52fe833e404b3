/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of the language server: kept, changed, and counted in the protocol's units.
 */
#include "lsp/lspdoc.h"

#include "base/path.h"
#include "base/utf8.h"
#include "tum/mem.h"

/* ---- URIs ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *tum_lsp_path(struct tum_str uri)
{
    TUM_AUTO(tum_buf_release) struct tum_buf path = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_freep) char *decoded = NULL;
    size_t at;

    if (!tum_str_starts(uri, "file://"))
        return NULL;
    /* A host, which is this one. */
    at = tum_str_find_char(uri, '/', strlen("file://"));
    for (; at < uri.n; at++) {
        int high = -1, low = -1;

        if (uri.s[at] == '%' && at + 2 < uri.n) {
            high = hex_digit(uri.s[at + 1]);
            low = hex_digit(uri.s[at + 2]);
        }
        if (high >= 0 && low >= 0) {
            tum_buf_addc(&path, (char)(high * 16 + low));
            at += 2;
        } else {
            tum_buf_addc(&path, uri.s[at]);
        }
    }
    if (path.len == 0 || memchr(path.s, '\0', path.len) != NULL)
        return NULL;
    decoded = tum_buf_detach(&path);
    return tum_path_normalise(decoded);
}

/* What a path may hold as it is: RFC 3986, 2.3, and the slash. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~/", c) != NULL;
}

char *tum_lsp_uri(const char *path)
{
    struct tum_buf uri = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_adds(&uri, "file://");
    for (; *path != '\0'; path++) {
        if (is_plain(*path))
            tum_buf_addc(&uri, *path);
        else
            tum_buf_addf(&uri, "%%%02X", (unsigned)(unsigned char)*path);
    }
    return tum_buf_detach(&uri);
}

/* ---- which are open ---- */

static void free_doc(struct tum_lspdoc *doc)
{
    tum_buf_release(&doc->text);
    tum_free(doc->uri);
    tum_free(doc->path);
    tum_free(doc);
}

void tum_lspdocs_release(struct tum_lspdocs *docs)
{
    while (docs->count > 0)
        free_doc(docs->list[--docs->count]);
}

struct tum_lspdoc *tum_lspdocs_find(struct tum_lspdocs *docs, struct tum_str uri)
{
    for (size_t i = 0; i < docs->count; i++)
        if (tum_str_is(uri, docs->list[i]->uri))
            return docs->list[i];
    return NULL;
}

struct tum_lspdoc *tum_lspdocs_open(struct tum_lspdocs *docs, struct tum_str uri,
                                    struct tum_str text)
{
    struct tum_lspdoc *doc = tum_lspdocs_find(docs, uri);

    if (doc == NULL) {
        if (docs->count == TUM_LSP_DOCUMENTS)
            return NULL;
        doc = tum_new(struct tum_lspdoc);
        doc->uri = tum_strndup(uri.s, uri.n);
        doc->path = tum_lsp_path(uri);
        if (doc->path == NULL)
            doc->path = tum_path_absolute("(unsaved)");
        tum_buf_init(&doc->text, TUM_LSP_TEXT);
        docs->list[docs->count++] = doc;
    }
    tum_buf_reset(&doc->text);
    tum_buf_addt(&doc->text, text);
    doc->changed = true;
    return doc;
}

void tum_lspdocs_close(struct tum_lspdocs *docs, struct tum_str uri)
{
    for (size_t i = 0; i < docs->count; i++)
        if (tum_str_is(uri, docs->list[i]->uri)) {
            free_doc(docs->list[i]);
            docs->list[i] = docs->list[--docs->count];
            return;
        }
}

/* ---- lines ---- */

bool tum_lspline_next(struct tum_str *rest, bool *more, struct tum_str *ret)
{
    size_t end = 0;

    if (!*more)
        return false;
    while (end < rest->n && rest->s[end] != '\n' && rest->s[end] != '\r')
        end++;
    *ret = tum_str_sub(*rest, 0, end);
    *more = end < rest->n;
    if (end + 1 < rest->n && rest->s[end] == '\r' && rest->s[end + 1] == '\n')
        end++;
    *rest = tum_str_sub(*rest, TUM_MIN(end + 1, rest->n), rest->n);
    return true;
}

struct tum_str tum_lspdoc_line(const struct tum_lspdoc *doc, size_t number)
{
    struct tum_str rest = tum_buf_str(&doc->text), line;
    bool more = true;

    while (tum_lspline_next(&rest, &more, &line))
        if (number-- == 0)
            return line;
    return tum_str_sub(tum_buf_str(&doc->text), doc->text.len, doc->text.len);
}

size_t tum_lspline_bytes(struct tum_str line, size_t units)
{
    size_t at = 0;

    while (at < line.n && units > 0) {
        uint32_t c;
        size_t length = tum_utf8_decode(line.s + at, line.n - at, &c);
        size_t wide = c > 0xFFFF && c != TUM_UTF8_BAD ? 2 : 1;

        if (wide > units) /* inside a pair: before it */
            break;
        units -= wide;
        at += length;
    }
    return at;
}

size_t tum_lspline_units(struct tum_str line, size_t bytes)
{
    return tum_utf8_utf16_units(tum_str_sub(line, 0, TUM_MIN(bytes, line.n)));
}

/* ---- positions ---- */

bool tum_lsp_position(tum_val v, size_t *ret_line, size_t *ret_unit)
{
    int64_t line, unit;
    tum_val part;

    if (!tum_map_peeks(v, "line", &part) || !tum_val_to_int64(part, &line) ||
        !tum_map_peeks(v, "character", &part) || !tum_val_to_int64(part, &unit) ||
        line < 0 || unit < 0)
        return false;
    *ret_line = (size_t)line;
    *ret_unit = (size_t)unit;
    return true;
}

static tum_val position(size_t line, size_t unit)
{
    struct tum_map_builder *b = tum_map_begin(2);

    tum_map_adds(b, "line", tum_val_int((int64_t)line));
    tum_map_adds(b, "character", tum_val_int((int64_t)unit));
    return tum_map_end(b);
}

tum_val tum_lsp_range_of(size_t from_line, size_t from_unit, size_t to_line,
                         size_t to_unit)
{
    struct tum_map_builder *b = tum_map_begin(2);

    tum_map_adds(b, "start", position(from_line, from_unit));
    tum_map_adds(b, "end", position(to_line, to_unit));
    return tum_map_end(b);
}

tum_val tum_lsp_range(size_t number, struct tum_str line, size_t from, size_t to)
{
    return tum_lsp_range_of(number, tum_lspline_units(line, from), number,
                            tum_lspline_units(line, to));
}

/* ---- changes ---- */

/* Byte offset of a position of the protocol, clipped to its line and to the text. */
static size_t offset_of(const struct tum_lspdoc *doc, tum_val v)
{
    size_t number, unit;
    struct tum_str line;

    if (!tum_lsp_position(v, &number, &unit))
        return doc->text.len;
    line = tum_lspdoc_line(doc, number);
    return (size_t)(line.s - doc->text.s) + tum_lspline_bytes(line, unit);
}

void tum_lspdoc_change(struct tum_lspdoc *doc, tum_val change)
{
    TUM_AUTO(tum_buf_release) struct tum_buf after = TUM_BUF_INIT(TUM_LSP_TEXT);
    tum_val text, range, start, end;

    if (!tum_map_peeks(change, "text", &text) || text.kind != TUM_STR)
        return;
    doc->changed = true;
    if (!tum_map_peeks(change, "range", &range) ||
        !tum_map_peeks(range, "start", &start) || !tum_map_peeks(range, "end", &end)) {
        tum_buf_reset(&doc->text);
        tum_buf_addt(&doc->text, tum_val_text(text));
        return;
    }
    size_t from = offset_of(doc, start), to = offset_of(doc, end);

    if (to < from) {
        size_t was = from;

        from = to;
        to = was;
    }
    tum_buf_add(&after, doc->text.s + to, doc->text.len - to);
    tum_buf_truncate(&doc->text, from);
    tum_buf_addt(&doc->text, tum_val_text(text));
    tum_buf_add(&doc->text, after.s, after.len);
}
