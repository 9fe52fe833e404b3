/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python's regular expressions in the words of PCRE2, for matching in a stream.
 */
#ifndef TUM_DIALECT_H
#define TUM_DIALECT_H

#include "tum/buf.h"
#include "tum/err.h"

/* Groups within groups; deeper is an error. */
#define TUM_DIALECT_DEPTH 200

/*
 * `exact` means what Python means. `loose` is the same without what looks at the end of the text
 * (`$`, `\Z`, `\b`, negative look-ahead): it matches wherever `exact` can, and once it
 * matches a text it matches every longer one. That makes "the shortest text that
 * matches" a matter of bisection.
 */
struct tum_dialect {
    struct tum_buf exact, loose;
    bool differs; /* loose is not exact */
    bool ascii;   /* (?a): classes are those of ASCII */
    /* With atomic parts there is no loose form: what matches a text need not match a
       longer one. */
    bool hard;
    bool looks_ahead; /* `loose` may have looked at more than it consumed */
};

/* Python 3.11's syntax for text patterns; the error (SYNTAX) does not name the pattern. */
bool tum_dialect_translate(struct tum_str pattern, struct tum_dialect *ret,
                           struct tum_error **err);
/* How many bytes of a pattern that translates became the first `exact` bytes of its exact form:
   for messages, that speak of what the user wrote. */
size_t tum_dialect_source(struct tum_str pattern, size_t exact);
void tum_dialect_release(struct tum_dialect *dialect);

#endif
