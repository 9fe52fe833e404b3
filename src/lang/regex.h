/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled patterns in the syntax of Python's `re`, on UTF-8 text. What PCRE2 would treat
 * otherwise than Python is refused as unsupported.
 *
 * A pattern may be used by several threads at once.
 */
#ifndef TUM_REGEX_H
#define TUM_REGEX_H

#include "tum/err.h"
#include "tum/str.h"

/* Steps of matching (PCRE2's match limit); more is unsupported. */
#define TUM_REGEX_MATCH_LIMIT   5000000
/* Longest pattern, in bytes; longer is unsupported. */
#define TUM_REGEX_PATTERN_LIMIT 65536

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

/*
 * Fails with kind TUM_ERROR_SYNTAX and type "error" (Python's re.error) for a pattern that
 * is wrong, TUM_ERROR_UNSUPPORTED for what is not known to mean the same.
 */
struct tum_regex *tum_regex_new(struct tum_str pattern, unsigned flags,
                                struct tum_error **err);
void tum_regex_free(struct tum_regex *regex); /* accepts NULL */

/* Groups without the whole match; names may be NULL for numbers without one. */
size_t tum_regex_groups(const struct tum_regex *regex);
const char *tum_regex_group_name(const struct tum_regex *regex, size_t group);
/* Number of the named group, or 0. */
size_t tum_regex_group(const struct tum_regex *regex, struct tum_str name);
/* The flags with those that the pattern sets itself and UNICODE, as pattern.flags. */
unsigned tum_regex_flags(const struct tum_regex *regex);

enum tum_regex_how { TUM_RE_SEARCH, TUM_RE_MATCH, TUM_RE_FULLMATCH };
enum tum_regex_found { TUM_RE_FOUND, TUM_RE_NONE, TUM_RE_GIVEN_UP };

/*
 * Looks in `text` (valid UTF-8) from byte `from` on. *spans gets 2 * (groups + 1) byte
 * offsets, SIZE_MAX for groups that did not take part. `not_empty_at`: an empty match at
 * `from` does not count. GIVEN_UP: the match limit, or text that is no UTF-8.
 */
enum tum_regex_found tum_regex_find(const struct tum_regex *regex, struct tum_str text,
                                    size_t from, enum tum_regex_how how,
                                    bool not_empty_at, size_t *spans);

#endif
