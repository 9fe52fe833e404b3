/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expressions of -k and --tags: words with `and`, `or`, `not` and parentheses.
 */
#ifndef TUM_NODEXPR_H
#define TUM_NODEXPR_H

#include "tum/buf.h"
#include "tum/err.h"

#define TUM_NODEXPR_DEPTH 100
#define TUM_NODEXPR_WORDS 1000

struct tum_nodexpr;

/*
 * A word is any run of characters other than blanks, parentheses and quotes, or a quoted
 * text. The error's text has the expression and a caret under the place, in lines of
 * their own.
 */
bool tum_nodexpr_parse(const char *text, struct tum_nodexpr **ret,
                       struct tum_error **err);
void tum_nodexpr_free(struct tum_nodexpr *expr); /* accepts NULL */
/* `holds` says whether a word is true. */
bool tum_nodexpr_eval(const struct tum_nodexpr *expr,
                      bool (*holds)(void *ctx, struct tum_str word), void *ctx);

#endif
