/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the tree of one document from its events: types, tags, anchors, merge keys,
 * duplicate keys. Where the events come from is not known here.
 */
#ifndef TUM_TREE_H
#define TUM_TREE_H

#include "doc/mistakes.h"
#include "doc/nodepool.h"

struct tum_tree_opts {
    struct tum_nodepool *pool;
    struct tum_mistakes *mistakes;
    uint32_t source;
    struct tum_str text; /* of the source */
    bool includes;       /* the include tags are known */
};

/* An event in the text, with what the author put in front of it. */
struct tum_tree_event {
    uint32_t start, end;        /* byte offsets; the start includes anchor and tag */
    struct tum_str anchor, tag; /* s NULL: none */
};

struct tum_tree;

struct tum_tree *tum_tree_begin(const struct tum_tree_opts *opts) TUM_MUST_USE;

/*
 * Each returns false when a limit was reached (a mistake is added) and building must stop.
 * plain: written without quotes, so that its text decides its type.
 */
bool tum_tree_scalar(struct tum_tree *tree, const struct tum_tree_event *event,
                     struct tum_str text, bool plain);
bool tum_tree_alias(struct tum_tree *tree, const struct tum_tree_event *event,
                    struct tum_str name);
/* kind: TUM_NODE_SEQ or TUM_NODE_MAP. */
bool tum_tree_open(struct tum_tree *tree, const struct tum_tree_event *event,
                   enum tum_node_kind kind);
bool tum_tree_close(struct tum_tree *tree);

/*
 * Frees the tree's scaffold. The root (a null when there were no events, NULL when not
 * everything that was opened was closed), and the include tags in the order of the text.
 */
const struct tum_node *tum_tree_end(struct tum_tree *tree,
                                    struct tum_include **ret_includes);

#endif
