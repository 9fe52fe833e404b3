/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a template into pieces: text, outputs and statements. Comments vanish, raw
 * sections become text, and the white space that a '-' at a tag removes is gone.
 *
 * Positions are bytes of the template's own text, in which CRLF and CR are LF and one
 * line break at the end is missing; tum_tlex_origin turns them into bytes of the
 * source.
 */
#ifndef TUM_TLEX_H
#define TUM_TLEX_H

#include "tum/err.h"

enum tum_tpiece_kind {
    TUM_TPIECE_END,
    TUM_TPIECE_TEXT,
    TUM_TPIECE_OUTPUT,    /* {{ … }} */
    TUM_TPIECE_STATEMENT, /* {% … %} */
};

struct tum_tpiece {
    enum tum_tpiece_kind kind;
    uint32_t tag;        /* where the tag begins; text: as start */
    uint32_t start, end; /* what is between the delimiters; the text itself; never empty
                            for text */
};

struct tum_tlex {
    struct tum_str text; /* borrowed, or `own` */
    uint32_t source;
    size_t pos;
    size_t raw_start, raw_end; /* a raw section that waits to be returned */
    char *own;                 /* with line breaks changed; NULL when none had to be */
    uint32_t *drops;           /* positions before which a byte was left out, rising */
    size_t drop_count, drop_cap;
};

/* The text (less than 4 GiB) must outlive the lexer. `source` is for errors. */
void tum_tlex_init(struct tum_tlex *lex, struct tum_str text, uint32_t source);
void tum_tlex_release(struct tum_tlex *lex);

/*
 * The next piece; at the end, kind TUM_TPIECE_END (again and again). Fails with a
 * TemplateSyntaxError for a comment, a raw section, a tag or a text in a tag that does
 * not end. err->at is a position of the template's text.
 */
bool tum_tlex_next(struct tum_tlex *lex, struct tum_tpiece *ret,
                   struct tum_error **err);

/* Byte of the source that the byte `at` of the template's text comes from. */
uint32_t tum_tlex_origin(const struct tum_tlex *lex, uint32_t at);
/*
 * The first position after `at` from which on origins are shifted further: text before
 * it is copied byte for byte. The length of the text when there is none.
 */
uint32_t tum_tlex_shift(const struct tum_tlex *lex, uint32_t at);

#endif
