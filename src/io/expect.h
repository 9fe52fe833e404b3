/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for patterns in single lines, for what a console ignores.
 */
#ifndef TUM_EXPECT_H
#define TUM_EXPECT_H

#include "tum/buf.h"
#include "tum/err.h"

struct tum_finder;

/* Python's dialect; the error (SYNTAX) names the pattern. */
struct tum_finder *tum_finder_new(const char *const *patterns, size_t count,
                                  struct tum_error **err) TUM_MUST_USE;
void tum_finder_free(struct tum_finder *finder); /* accepts NULL */

enum tum_finding_kind {
    TUM_FIND_NOT,
    TUM_FIND_YES,
    TUM_FIND_MAYBE, /* only of an incomplete text: more of it may make a match, or a longer one */
};
/*
 * The first match that is not empty and starts at `from` or later. `complete`: nothing more
 * comes. Valid UTF-8. A search that explodes is no match.
 */
enum tum_finding_kind tum_finder_find(struct tum_finder *finder, struct tum_str text,
                                      size_t from, bool complete, size_t *ret_start,
                                      size_t *ret_stop);

#endif
