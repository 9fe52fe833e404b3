/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts an editor has open. Places of the protocol are a line and UTF-16 units in it,
 * both from 0; here they become bytes and back. Lines end with a line feed, a carriage
 * return, or both.
 */
#ifndef TUM_LSPDOC_H
#define TUM_LSPDOC_H

#include "tum/val.h"

#define TUM_LSP_DOCUMENTS ((size_t)1000)
/* Bytes of a document. */
#define TUM_LSP_TEXT      ((size_t)64 << 20)

struct tum_lspdoc {
    char *uri;
    char
        *path; /* of a file: URI; else a name that no file has, in the current folder */
    struct tum_buf text;
    bool changed; /* since its findings were told */
};

struct tum_lspdocs {
    struct tum_lspdoc *list[TUM_LSP_DOCUMENTS];
    size_t count;
};

void tum_lspdocs_release(struct tum_lspdocs *docs);
/* NULL: it is not open. */
struct tum_lspdoc *tum_lspdocs_find(struct tum_lspdocs *docs, struct tum_str uri);
/* Opened again, it has the new text. NULL at the limit. */
struct tum_lspdoc *tum_lspdocs_open(struct tum_lspdocs *docs, struct tum_str uri,
                                    struct tum_str text);
void tum_lspdocs_close(struct tum_lspdocs *docs, struct tum_str uri);
/* One entry of `contentChanges`: a range and its new text, or the whole text. */
void tum_lspdoc_change(struct tum_lspdoc *doc, tum_val change);

/* The first line of the text and its end; `rest` is what follows. False at the end, but a
   text that ends with a line end has an empty last line. */
bool tum_lspline_next(struct tum_str *rest, bool *more, struct tum_str *ret);
/* Line `number`, without its end; empty past the last. */
struct tum_str tum_lspdoc_line(const struct tum_lspdoc *doc, size_t number);
/* Bytes of the first `units` UTF-16 units of a line, clipped to it. */
size_t tum_lspline_bytes(struct tum_str line, size_t units);
/* UTF-16 units of the first `bytes` bytes. */
size_t tum_lspline_units(struct tum_str line, size_t bytes);

/* {line, character} of the protocol; false when it is no position. */
bool tum_lsp_position(tum_val v, size_t *ret_line, size_t *ret_unit);
/* {start, end} for bytes of one line. */
tum_val tum_lsp_range(size_t number, struct tum_str line, size_t from,
                      size_t to) TUM_MUST_USE;
/* The same from any place to any place, in lines and units. */
tum_val tum_lsp_range_of(size_t from_line, size_t from_unit, size_t to_line,
                         size_t to_unit) TUM_MUST_USE;

/* The path of a file: URI, for tum_free; NULL for other URIs. */
char *tum_lsp_path(struct tum_str uri) TUM_MUST_USE;
char *tum_lsp_uri(const char *path) TUM_MUST_USE;

#endif
