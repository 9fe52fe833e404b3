/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a YAML document: what the loader and the items read of the user's files.
 *
 * A tree is owned by its docset (src/doc/docset.h) and const once loaded; all threads
 * read it without locks. What these functions hand out is the thing itself: an alias
 * gives the node of its anchor, `!raw_include` the root of the file it read.
 * Duplicate keys and merge keys are already resolved: the keys of a mapping are distinct,
 * merged pairs come first, a key repeated keeps its first position and its last value.
 *
 * Wherever a node is an argument, NULL is taken as a null without a place, so that
 * the result of tum_node_get needs no check of its own.
 */
#ifndef TUM_NODE_H
#define TUM_NODE_H

#include "tum/err.h"
#include "tum/val.h"

enum tum_node_kind {
    TUM_NODE_NULL,    /* also an include that this pass does not load */
    TUM_NODE_SCALAR,  /* text, number, boolean, date or bytes: tum_node_val */
    TUM_NODE_SEQ,     /* list, tuple, set (its keys), pairs of !!omap and !!pairs */
    TUM_NODE_MAP,     /* keys are scalars or null */
    TUM_NODE_INCLUDE, /* result of `!include`: the sequence wrapper, tum_node_included */
    TUM_NODE_BROKEN,  /* a mistake that has its finding: take it as absent, silently */
};

enum tum_node_kind tum_node_kind(const struct tum_node *node);

/*
 * Where it is written: of a scalar all of it with its quotes, of a mapping without
 * braces its first key, else the first character. The source may be a derived one
 * (rendered template); tum_source_author tells the file. Of a null that nobody wrote
 * (`key:`) an empty span after the key.
 */
struct tum_span tum_node_at(const struct tum_node *node);

/* Typed value of a scalar; none for every other kind. Borrowed. */
tum_val tum_node_val(const struct tum_node *node);
/* The text of a scalar that is a text; s is NULL for everything else. Borrowed. */
struct tum_str tum_node_text(const struct tum_node *node);

/* Elements of a SEQ, pairs of a MAP; 0 for other kinds. */
size_t tum_node_len(const struct tum_node *node);
/* i must be less than tum_node_len. Never NULL. */
const struct tum_node *tum_node_item(const struct tum_node *seq, size_t i);
const struct tum_node *tum_node_key(const struct tum_node *map, size_t i);
const struct tum_node *tum_node_value(const struct tum_node *map, size_t i);
/* Index of a key that is this text; false when absent or no mapping. */
bool tum_node_find(const struct tum_node *map, struct tum_str key, size_t *ret_index);
/* Value of that key, or NULL. */
const struct tum_node *tum_node_get(const struct tum_node *map, const char *key);

/* Root of the file behind an INCLUDE (the value of its only key `sequence`, when it is a
   mapping of that form); NULL for other kinds. */
const struct tum_node *tum_node_included(const struct tum_node *node);

/* Elements a conversion may make, counting what an alias stands for at each use. */
#define TUM_NODE_VALUES_LIMIT 10000000

/*
 * The whole as a value, types kept: an INCLUDE is {'sequence': …}, BROKEN is none. What
 * aliases share is shared in the value. Owned result. Fails with kind LIMIT when nested
 * deeper than TUM_VAL_DEPTH or larger than TUM_NODE_VALUES_LIMIT; err->at tells where.
 */
bool tum_node_to_val(const struct tum_node *node, tum_val *ret, struct tum_error **err);

/* In words, for "expected …, found X": "a list", "an empty mapping", "the text 'abc'" (cut
   when long), "the number 12", "null". For tum_free. */
char *tum_node_describe(const struct tum_node *node) TUM_MUST_USE;
/* The characters at tum_node_at; borrowed from the sources. */
struct tum_str tum_node_raw(const struct tum_node *node,
                            const struct tum_sources *sources);

#endif
