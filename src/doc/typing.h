/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scalar is: the implicit types of YAML 1.1 for plain scalars, and the tags that
 * force one. Knows texts only, no places.
 */
#ifndef TUM_TYPING_H
#define TUM_TYPING_H

#include "tum/val.h"

/* Longest number, in characters as written. */
#define TUM_YAML_NUMBER_LIMIT 100000

enum tum_tag {
    TUM_TAG_STR,
    TUM_TAG_INT,
    TUM_TAG_FLOAT,
    TUM_TAG_BOOL,
    TUM_TAG_NULL,
    TUM_TAG_TIMESTAMP,
    TUM_TAG_BINARY,
    /* The rest is for collections. */
    TUM_TAG_SEQ,
    TUM_TAG_TUPLE,
    TUM_TAG_PAIRS,
    TUM_TAG_MAP,
    TUM_TAG_SET,
    /* Include tags, for both. */
    TUM_TAG_INCLUDE,
    TUM_TAG_RAW_INCLUDE,
    TUM_TAG_UNKNOWN,
};

/* `tag` in full ("tag:yaml.org,2002:int", "!include"). */
enum tum_tag tum_tag_find(struct tum_str tag);
/* As an author writes it: "!!int". Borrowed from `tag` or static; buf is for the
   first case. */
struct tum_str tum_tag_short(struct tum_str tag, struct tum_buf *buf);
/* Nearest known tag as an author writes it, or NULL. */
const char *tum_tag_nearest(struct tum_str tag, bool includes);

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
