/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of items as loaded: const from the end of loading on, in the arena of the
 * session. Only what an item really has takes memory: the common attributes are in a
 * block of their own, made when one is written.
 */
#ifndef TUM_ITEMTREE_H
#define TUM_ITEMTREE_H

#include "tum/item.h"

struct tum_arg {
    tum_val raw; /* kept by the document */
    struct tum_span at;
    const struct tum_param *param; /* NULL: a free body */
    bool constant;                 /* nothing in it can be expanded */
};

/* Common attributes that are looked at during a run; NULL: not written. */
struct tum_common {
    const struct tum_arg *condition, *key, *report;
    const struct tum_arg *stop_on_failure, *execute_on_stop;
    const struct tum_arg *process_result, *store_result, *expected_result, *no_fail;
    const struct tum_arg *time_limit, *retry;
    tum_val tags;  /* list of texts, inherited ones not included; none: no tags */
    tum_val locks; /* list of texts, or none */
    tum_val needs; /* list of texts, or none */
    bool always;
};

struct tum_item {
    const struct tum_item_type *type;
    struct tum_item *parent, *first, *last, *next;
    const struct tum_common *common; /* never NULL: a shared empty one */
    const struct tum_arg *body;      /* of a free body, else NULL */
    void *data;
    const char *name; /* "" when unnamed */
    uint32_t name_length;
    uint32_t index;     /* in tree order, from 0; test_id is index + 1 */
    struct tum_span at; /* of the keyword */
    uint32_t source;    /* file it was written in */
    uint16_t level;
    bool skipped;
    bool folded;            /* written with a leading dot */
    bool has_name;          /* written, even if empty */
    bool load_unable;       /* load_failure is a matter of what is installed */
    const char *file_shown; /* of seq_filename, or NULL */
    const char
        *load_failure; /* it could not be loaded: FAILs at run with this; or NULL */
};

extern const struct tum_common tum_common_none;

/* "[default] > bench > [Group]": names from the root; for tum_free. `keyword` NULL: without. */
char *tum_item_path(const struct tum_item *item, const char *keyword) TUM_MUST_USE;
/*
 * The item in the address of a node: names from the root without that of the root, joined
 * by '/', a '/' or '\\' inside a name with a backslash, an unnamed item as its row type in
 * brackets. An action has the address of its item; the root has none.
 */
void tum_item_address(const struct tum_item *item, struct tum_buf *out);
/* The name a row has: "ACTION - NAME" for actions. Borrowed from `out`. */
void tum_item_row_name(const struct tum_item *item, struct tum_buf *out);
/* Next item in tree order below root; NULL at the end. */
const struct tum_item *tum_item_walk(const struct tum_item *root,
                                     const struct tum_item *item);

#endif
