/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What trees are made of: node arrays, and each text and each other counted value once.
 * Owned by a docset; released as a whole.
 */
#ifndef TUM_NODEPOOL_H
#define TUM_NODEPOOL_H

#include "doc/nodes.h"
#include "tum/mem.h"

struct tum_nodepool_text {
    uint64_t hash;
    struct tum_object *text; /* NULL: free slot */
};

struct tum_nodepool {
    struct tum_arena *arena;
    size_t node_count;               /* handed out so far */
    struct tum_nodepool_text *texts; /* open addressing, 2**n slots */
    size_t text_count, text_cap;
    tum_val **boxed;
    size_t boxed_count, boxed_cap;
};

void tum_nodepool_init(struct tum_nodepool *pool);
void tum_nodepool_release(struct tum_nodepool *pool);
size_t tum_nodepool_memory(const struct tum_nodepool *pool);

/* The one object of a text (valid UTF-8); the pool holds the reference. */
struct tum_object *tum_nodepool_text(struct tum_nodepool *pool, struct tum_str text);
/* A place for a value that a node refers to; takes v. */
const tum_val *tum_nodepool_box(struct tum_nodepool *pool, tum_val take);
/* A copy of n nodes that stays where it is; NULL for none. */
struct tum_node *tum_nodepool_nodes(struct tum_nodepool *pool,
                                    const struct tum_node *nodes, size_t n);

#endif
