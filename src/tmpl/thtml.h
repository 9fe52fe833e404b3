/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text algorithms of the filters about HTML and URLs, on plain text.
 */
#ifndef TUM_THTML_H
#define TUM_THTML_H

#include "tum/buf.h"

/* & < > ' " as character references. */
void tum_html_escape(struct tum_buf *out, struct tum_str text);
/* Character references of HTML 5 as the characters, by the rules of browsers. */
void tum_html_unescape(struct tum_buf *out, struct tum_str text);
/* Without comments and tags, white space as one blank, references decoded. */
void tum_html_strip(struct tum_buf *out, struct tum_str text);

/* Percent encoding of the bytes. `query`: '/' too, and a blank is '+'. */
void tum_url_quote(struct tum_buf *out, struct tum_str text, bool query);

struct tum_urlize_opts {
    int64_t limit;      /* longest text shown of a link, in characters; negative counts
                           from the end as a slice does; INT64_MAX: none */
    struct tum_str rel; /* attributes, not escaped; empty: none */
    struct tum_str target;
    const struct tum_str *schemes; /* more prefixes that make a link */
    size_t scheme_count;
};
/* HTML with links for the URLs and mail addresses of a text. */
void tum_html_urlize(struct tum_buf *out, struct tum_str text,
                     const struct tum_urlize_opts *opts);
/* A prefix that may stand in schemes: "word:" or "word://…". */
bool tum_url_scheme_valid(struct tum_str scheme);

#endif
