/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed text: a pointer and a length, not terminated, owned by someone else who
 * must outlive it. Bytes are UTF-8 unless a function says otherwise; comparison is by
 * byte, "any case" means ASCII case.
 */
#ifndef TUM_STR_H
#define TUM_STR_H

#include "tum/base.h"
#include <string.h>

struct tum_str {
    const char *s;
    size_t n;
};

#define TUM_S(literal)                                                                 \
    ((struct tum_str){(literal), sizeof(literal) - 1}) /* a string literal */

/* For printf: "%.*s", TUM_STR_ARG(text). */
#define TUM_STR_ARG(text) (int)(text).n, (text).s

static inline struct tum_str tum_str_of(const char *s)
{
    return (struct tum_str){s, s != NULL ? strlen(s) : 0};
}

static inline struct tum_str tum_str_n(const char *s, size_t n)
{
    return (struct tum_str){s, n};
}

static inline bool tum_str_eq(struct tum_str a, struct tum_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

static inline bool tum_str_is(struct tum_str a, const char *b)
{
    return tum_str_eq(a, tum_str_of(b));
}

bool tum_str_is_nocase(struct tum_str a, const char *b);
int tum_str_cmp(struct tum_str a, struct tum_str b); /* by byte: code point order */
bool tum_str_starts(struct tum_str a, const char *prefix);
bool tum_str_ends(struct tum_str a, const char *suffix);
#define TUM_STR_NONE SIZE_MAX
/* Byte position of the first occurrence at or after `from`, or TUM_STR_NONE. */
size_t tum_str_find(struct tum_str a, struct tum_str what, size_t from);
size_t tum_str_find_char(struct tum_str a, char c, size_t from);
/* From byte `from` to before `to`; both are clipped. */
struct tum_str tum_str_sub(struct tum_str a, size_t from, size_t to);
/* Without ASCII white space (blank, \t \n \v \f \r) at both ends. */
struct tum_str tum_str_trim(struct tum_str a);
/*
 * Takes the next piece before `separator` off *rest: true while there is one. An empty
 * text is one empty piece; start with *more = true.
 */
bool tum_str_split(struct tum_str *rest, bool *more, char separator,
                   struct tum_str *ret_piece);
/* Whole text a decimal integer with optional sign, within int64_t. */
bool tum_str_int(struct tum_str a, int64_t *ret);
/* Whole text a C-locale decimal floating number. */
bool tum_str_float(struct tum_str a, double *ret);
/* FNV-1a. */
uint64_t tum_str_hash(struct tum_str a);

/*
 * The word of `words` (NULL-terminated) nearest to `word` by Damerau-Levenshtein
 * distance, or NULL when none is near (more than a third of the longer length, at
 * least one edit allowed, and something in common). Without one at most one edit away, the
 * only word that ends in '_' and `word` (4 bytes or more); when several do, NULL. Words over
 * 64 bytes are never near.
 */
const char *tum_str_nearest(struct tum_str word, const char *const *words);

#endif
