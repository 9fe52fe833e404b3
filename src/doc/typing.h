/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scalar is: the implicit types of YAML 1.1 for plain scalars, and the tags that
 * force one. Knows texts only, no places.
 */
#ifndef TUM_TYPING_H
#define TUM_TYPING_H

#include "doc/tag.h"
#include "tum/val.h"

/* Longest number, in characters as written. */
#define TUM_YAML_NUMBER_LIMIT 100000

enum tum_typed {
    TUM_TYPED_TEXT,  /* the text itself; *ret untouched */
    TUM_TYPED_VALUE, /* *ret is owned by the caller */
    TUM_TYPED_WRONG, /* *ret_wrong says why ("is not a date that exists"), static */
};

/* A plain scalar without a tag. */
enum tum_typed tum_typing_plain(struct tum_str text, tum_val *ret,
                                const char **ret_wrong);
/* A scalar with a tag up to TUM_TAG_BINARY. */
enum tum_typed tum_typing_forced(enum tum_tag tag, struct tum_str text, tum_val *ret,
                                 const char **ret_wrong);

#endif
