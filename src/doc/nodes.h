/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout of nodes, for the files of this folder only.
 *
 * A node is 24 bytes and lies in the array of its parent: a list has its elements one
 * after the other, a mapping key, value, key, value. So a node has no address of its own
 * before its parent is complete; what an alias may refer to (a node with an anchor) is
 * therefore allocated apart, and an ALIAS stands in its place.
 *
 * Texts are interned: equal texts of a docset are one object, so keys compare by pointer.
 */
#ifndef TUM_NODES_H
#define TUM_NODES_H

#include "tum/node.h"

/* Continues enum tum_node_kind: a place that stands for another node. */
enum { TUM_NODE_ALIAS = TUM_NODE_BROKEN + 1 };

/* `form` of a scalar whose value needs more than 8 bytes: as.boxed. The other scalars have
   their enum tum_kind there, a SEQ what it becomes as a value: */
enum { TUM_FORM_BOXED = 15 };
enum { TUM_SEQ_LIST, TUM_SEQ_TUPLE, TUM_SEQ_SET, TUM_SEQ_PAIRS };

enum {
    TUM_NODE_MERGE = 1, /* a plain `<<`: merges when it is a key */
};

struct tum_node {
    uint32_t kind : 4;
    uint32_t form : 4;
    uint32_t flags : 4;
    uint32_t source : 20; /* less than TUM_SOURCE_LIMIT */
    uint32_t start;
    uint32_t length;
    uint32_t count; /* elements of a SEQ, pairs of a MAP */
    union {
        int64_t bits;                  /* TUM_BOOL, TUM_INT, TUM_FLOAT: tum_val.as */
        struct tum_object *text;       /* TUM_STR */
        const tum_val *boxed;          /* TUM_FORM_BOXED */
        const struct tum_node *nodes;  /* SEQ: count of them, MAP: twice that */
        const struct tum_node *target; /* ALIAS */
        struct tum_include *include;
    } as;
};

_Static_assert(sizeof(struct tum_node) == 24, "trees of large files stay small");

/* What became of an include tag in the latest load that met it. */
enum tum_include_state { TUM_INCLUDE_NULL, TUM_INCLUDE_LOADED, TUM_INCLUDE_FAILED };

struct tum_include {
    struct tum_node spec; /* the tagged node, as if it had no tag */
    bool raw;
    enum tum_include_state state;
    const struct tum_node *root; /* when loaded */
    struct tum_include *next;    /* in the order of the document */
};

/* The node that stands there: follows aliases and raw includes. */
const struct tum_node *tum_node_resolve(const struct tum_node *node);
/* Value of a SCALAR; borrowed. */
tum_val tum_node_scalar(const struct tum_node *node);

#endif
