/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What trees are made of: node arrays, and each text and each other counted value once.
 * Owned by a docset; released as a whole.
 */
#ifndef TUM_POOL_H
#define TUM_POOL_H

#include "doc/nodes.h"
#include "tum/mem.h"

struct tum_pool_text {
    uint64_t hash;
    struct tum_object *text; /* NULL: free slot */
};

struct tum_pool {
    struct tum_arena *arena;
    size_t node_count;           /* handed out so far */
    struct tum_pool_text *texts; /* open addressing, 2**n slots */
    size_t text_count, text_cap;
    tum_val **boxed;
    size_t boxed_count, boxed_cap;
};

void tum_pool_init(struct tum_pool *pool);
void tum_pool_release(struct tum_pool *pool);
size_t tum_pool_memory(const struct tum_pool *pool);

/* The one object of a text (valid UTF-8); the pool holds the reference. */
struct tum_object *tum_pool_text(struct tum_pool *pool, struct tum_str text);
/* A place for a value that a node refers to; takes v. */
const tum_val *tum_pool_box(struct tum_pool *pool, tum_val take);
/* A copy of n nodes that stays where it is; NULL for none. */
struct tum_node *tum_pool_nodes(struct tum_pool *pool, const struct tum_node *nodes,
                                size_t n);

#endif
