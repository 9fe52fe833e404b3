/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled patterns in the syntax of Python's `re`, on UTF-8 text. What PCRE2 would treat
 * otherwise than Python is refused, and so is what is no pattern at all: the error is the
 * worker's to tell.
 *
 * A pattern may be used by several threads at once.
 */
#ifndef TUM_REGEX_H
#define TUM_REGEX_H

#include "tum/err.h"
#include "tum/str.h"

/* Steps of one match (PCRE2's match limit). */
#define TUM_REGEX_MATCH_LIMIT   5000000
/* Longest pattern, in bytes. */
#define TUM_REGEX_PATTERN_LIMIT 65536
/* Groups inside groups. */
#define TUM_REGEX_NEST_LIMIT    100

struct tum_regex;

/* Bits of Python's re flags. */
enum tum_regex_flags {
    TUM_RE_IGNORECASE = 2,
    TUM_RE_MULTILINE = 8,
    TUM_RE_DOTALL = 16,
    TUM_RE_UNICODE = 32,
    TUM_RE_VERBOSE = 64,
    TUM_RE_ASCII = 256,
};

/* NULL: refused, with an error of kind TUM_ERROR_UNSUPPORTED. */
struct tum_regex *tum_regex_new(struct tum_str pattern, unsigned flags,
                                struct tum_error **err);
void tum_regex_free(struct tum_regex *regex); /* accepts NULL */

/* Groups without the whole match. */
size_t tum_regex_groups(const struct tum_regex *regex);
/* Name of a group from 1 on; s is NULL when it has none. */
struct tum_str tum_regex_group_name(const struct tum_regex *regex, size_t group);
/* Number of the named group, or 0. */
size_t tum_regex_group(const struct tum_regex *regex, struct tum_str name);
/* The flags with those that the pattern sets itself and UNICODE, as pattern.flags. */
unsigned tum_regex_all_flags(const struct tum_regex *regex);

/* Whether the pattern means the same to Python on this text; ask once for each text. */
bool tum_regex_takes(const struct tum_regex *regex, struct tum_str text);

enum tum_regex_how { TUM_RE_SEARCH, TUM_RE_MATCH, TUM_RE_FULLMATCH };
enum tum_regex_found { TUM_RE_FOUND, TUM_RE_NONE, TUM_RE_GIVEN_UP };

/*
 * Looks in `text` (which tum_regex_takes) from byte `from` on. *spans gets
 * 2 * (groups + 1) byte offsets, SIZE_MAX for groups that did not take part. `advance`: an
 * empty match at `from` does not count. GIVEN_UP: the match limit.
 */
enum tum_regex_found tum_regex_find(const struct tum_regex *regex, struct tum_str text,
                                    size_t from, enum tum_regex_how how, bool advance,
                                    size_t *spans);

#endif
