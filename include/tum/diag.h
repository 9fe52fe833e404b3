/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings about the user's files, collected while loading goes on, sorted by place and
 * shown all at once:
 *
 *     bench.tum:12:5: error: unknown parameter 'duraton'
 *        12 |     duraton: 2 s
 *           |     ^~~~~~~
 *     bench.tum:12:5: note: did you mean 'duration'?
 *
 * A place in a derived text shows the author's line, followed by "rendered as: LINE" when
 * that differs. A note in the same line as the finding does not quote it again.
 *
 * At most TUM_DIAGS_LIMIT findings are kept, errors before others; the rest is counted
 * and said in one more finding, which stays last.
 */
#ifndef TUM_DIAG_H
#define TUM_DIAG_H

#include "tum/buf.h"
#include "tum/err.h"

#define TUM_DIAGS_LIMIT 200

enum tum_severity { TUM_SEV_ERROR, TUM_SEV_WARNING, TUM_SEV_INFO };

/* What kind of trouble the heading of a load error names. */
enum tum_topic {
    TUM_TOPIC_SYNTAX, /* "TUM file syntax error:" */
    TUM_TOPIC_IO,     /* "TUM I/O error:" */
};

struct tum_note {
    struct tum_span at; /* source 0: no place */
    char *text;
};

struct tum_finding {
    enum tum_severity severity;
    enum tum_topic topic;
    struct tum_span at; /* source 0: no place; see file */
    char *file;         /* file it is about when `at` has none, or NULL */
    char *where;        /* path of items "[default] > bench > sleep", or NULL */
    char *text;         /* may have several lines */
    struct tum_note *notes;
    size_t note_count, note_cap;
    size_t order; /* of arrival */
};

struct tum_diags *tum_diags_new(void) TUM_MUST_USE;
void tum_diags_free(struct tum_diags *diags);

/*
 * Add a finding; the result is borrowed (valid until the next addition), for setting
 * topic, file and where. Never NULL: past the limit a scratch finding is returned.
 */
struct tum_finding *tum_diag_error(struct tum_diags *diags, struct tum_span at,
                                   const char *fmt, ...) TUM_PRINTF(3, 4);
struct tum_finding *tum_diag_warning(struct tum_diags *diags, struct tum_span at,
                                     const char *fmt, ...) TUM_PRINTF(3, 4);
struct tum_finding *tum_diag_info(struct tum_diags *diags, struct tum_span at,
                                  const char *fmt, ...) TUM_PRINTF(3, 4);
/* Adds a second place to the finding added last. */
void tum_diag_note(struct tum_diags *diags, struct tum_span at, const char *fmt, ...)
    TUM_PRINTF(3, 4);
/* Adds an error made of *err and frees it; *err becomes NULL. */
struct tum_finding *tum_diag_take(struct tum_diags *diags, struct tum_error **err);

/* Those not kept are counted too. */
size_t tum_diags_count(const struct tum_diags *diags, enum tum_severity severity);
/* How many tum_diags_at has. */
size_t tum_diags_total(const struct tum_diags *diags);
const struct tum_finding *tum_diags_at(const struct tum_diags *diags, size_t i);
/* Orders by source, start, arrival; findings without a place come first. */
void tum_diags_sort(struct tum_diags *diags);
/* One finding in the form above, colours when asked; paths as the sources have them. */
void tum_diag_render(const struct tum_finding *finding,
                     const struct tum_sources *sources, bool colour,
                     struct tum_buf *out);

#endif
