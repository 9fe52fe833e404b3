/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of a run and the places in them.
 *
 * A place is a byte span; line, column, the quoted line and the caret are computed when
 * shown, from a line index made once per source.
 *
 * Derived sources: a template is rendered before YAML reads it. The rendered text is a
 * source of its own, with a parent and a list of segments; a span in it resolves to the
 * author's line in the parent.
 *
 * The table grows while loading, by one thread; afterwards it is const and read by all.
 */
#ifndef TUM_SOURCE_H
#define TUM_SOURCE_H

#include "tum/buf.h"
#include "tum/err.h"

/*
 * From byte `out` of the derived text on (until the next segment), the text comes from
 * byte `in` of the parent: byte for byte when `copied`, else the whole segment was
 * produced by the construct at `in`.
 */
struct tum_segment {
    uint32_t out;
    uint32_t in;
    bool copied;
};

struct tum_place {
    const char *path;    /* as given to tum_source_add; borrowed */
    uint32_t source;     /* after resolving derived texts */
    uint32_t line;       /* from 1 */
    uint32_t column;     /* display column, from 1; tabs count as one */
    uint32_t width;      /* display columns of the span on that line, at least 1 */
    struct tum_str text; /* the line, without its end; borrowed */
    bool derived;        /* the span was in a derived text */
};

struct tum_sources *tum_sources_new(void) TUM_MUST_USE;
void tum_sources_free(struct tum_sources *sources);

/* Both take `text` (of tum_alloc, released with the table) and return an index from 1.
   Texts over 4 GiB - 1 must be refused before. */
uint32_t tum_source_add(struct tum_sources *sources, const char *path, char *text,
                        size_t length);
uint32_t tum_source_add_derived(struct tum_sources *sources, uint32_t parent,
                                char *text, size_t length,
                                const struct tum_segment *segments, size_t count);

const char *tum_source_path(const struct tum_sources *sources, uint32_t source);
struct tum_str tum_source_text(const struct tum_sources *sources, uint32_t source);
/* The source itself, or the author's text behind a derived one. */
uint32_t tum_source_author(const struct tum_sources *sources, uint32_t source);
/* Span in the author's text that a span comes from. */
struct tum_span tum_source_resolve(const struct tum_sources *sources,
                                   struct tum_span at);
/* False when at.source is 0. */
bool tum_source_place(const struct tum_sources *sources, struct tum_span at,
                      struct tum_place *ret);
/* Byte offset where line `line` (from 0) starts; the length of the text past the end. */
uint32_t tum_source_line_start(const struct tum_sources *sources, uint32_t source,
                               uint32_t line);

#endif
