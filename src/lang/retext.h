/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a pattern of Python's `re` as one that PCRE2 understands in the same way.
 */
#ifndef TUM_RETEXT_H
#define TUM_RETEXT_H

#include "tum/buf.h"

struct tum_retext {
    struct tum_buf out; /* for PCRE2 with UTF, and UCP unless the flags say ASCII */
    const char *why;    /* refused, because; NULL: it was not */
    size_t groups;
    struct tum_str *names; /* groups of them, copies; s is NULL for those without */
    size_t names_cap;
    unsigned flags;     /* with those that the pattern sets itself */
    bool ignore_case;   /* somewhere in the pattern */
    bool no_odd_spaces; /* texts with \x1c … \x1f or U+180E are seen differently */
    bool no_empty;      /* the empty text is */
};

/* False: refused. Release in any case. */
bool tum_retext_init(struct tum_retext *re, struct tum_str pattern, unsigned flags);
void tum_retext_release(struct tum_retext *re);
/* Number of the named group, or 0. */
size_t tum_retext_group(const struct tum_retext *re, struct tum_str name);

#endif
