/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tags of the language.
 */
#ifndef TUM_TAG_H
#define TUM_TAG_H

#include "tum/buf.h"

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
/* As an author writes it: "!!int". Written into buf, which it borrows from. */
struct tum_str tum_tag_short(struct tum_str tag, struct tum_buf *buf);
/* Nearest known tag as an author writes it, or NULL. */
const char *tum_tag_nearest(struct tum_str tag, bool includes);

#endif
