/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the tree: lookup, description, conversion to values.
 */
#include "doc/nodes.h"

#include "base/source.h"
#include "tum/mem.h"

static const struct tum_node null_node;

const struct tum_node *tum_node_resolve(const struct tum_node *node)
{
    /* Ends: an alias never leads to itself, and a file that includes itself has failed. */
    while (node != NULL) {
        if (node->kind == TUM_NODE_ALIAS)
            node = node->as.target;
        else if (node->kind == TUM_NODE_INCLUDE && node->as.include->raw &&
                 node->as.include->state == TUM_INCLUDE_LOADED)
            node = node->as.include->root;
        else
            return node;
    }
    return &null_node;
}

enum tum_node_kind tum_node_kind(const struct tum_node *node)
{
    node = tum_node_resolve(node);
    if (node->kind != TUM_NODE_INCLUDE)
        return (enum tum_node_kind)node->kind;
    switch (node->as.include->state) {
    case TUM_INCLUDE_NULL:
        return TUM_NODE_NULL;
    case TUM_INCLUDE_FAILED:
        return TUM_NODE_BROKEN;
    case TUM_INCLUDE_LOADED:
        break;
    }
    return TUM_NODE_INCLUDE;
}

struct tum_span tum_node_at(const struct tum_node *node)
{
    node = tum_node_resolve(node);
    return (struct tum_span){node->source, node->start, node->length};
}

tum_val tum_node_scalar(const struct tum_node *node)
{
    tum_val v = tum_val_none();

    if (node->kind != TUM_NODE_SCALAR)
        return v;
    if (node->form == TUM_FORM_BOXED)
        return *node->as.boxed;
    switch ((enum tum_kind)node->form) {
    case TUM_BOOL:
        return tum_val_bool(node->as.bits != 0);
    case TUM_INT:
        return tum_val_int(node->as.bits);
    case TUM_FLOAT:
        v.kind = TUM_FLOAT;
        memcpy(&v.as.f, &node->as.bits, sizeof(v.as.f));
        return v;
    case TUM_STR:
        v.kind = TUM_STR;
        v.as.obj = node->as.text;
        return v;
    default:
        tum_bug("a node holds a value of kind %u", (unsigned)node->form);
    }
}

tum_val tum_node_val(const struct tum_node *node)
{
    return tum_node_scalar(tum_node_resolve(node));
}

struct tum_str tum_node_text(const struct tum_node *node)
{
    node = tum_node_resolve(node);
    if (node->kind != TUM_NODE_SCALAR || node->form != TUM_STR)
        return (struct tum_str){0};
    return tum_val_text(tum_node_scalar(node));
}

/* ---- collections ---- */

size_t tum_node_len(const struct tum_node *node)
{
    node = tum_node_resolve(node);
    return node->kind == TUM_NODE_SEQ || node->kind == TUM_NODE_MAP ? node->count : 0;
}

const struct tum_node *tum_node_item(const struct tum_node *seq, size_t i)
{
    seq = tum_node_resolve(seq);
    if (seq->kind != TUM_NODE_SEQ || i >= seq->count)
        tum_bug("element %zu of %u", i, seq->count);
    return tum_node_resolve(&seq->as.nodes[i]);
}

static const struct tum_node *pair_part(const struct tum_node *map, size_t i,
                                        size_t part)
{
    map = tum_node_resolve(map);
    if (map->kind != TUM_NODE_MAP || i >= map->count)
        tum_bug("pair %zu of %u", i, map->count);
    return tum_node_resolve(&map->as.nodes[2 * i + part]);
}

const struct tum_node *tum_node_key(const struct tum_node *map, size_t i)
{
    return pair_part(map, i, 0);
}

const struct tum_node *tum_node_value(const struct tum_node *map, size_t i)
{
    return pair_part(map, i, 1);
}

bool tum_node_find(const struct tum_node *map, struct tum_str key, size_t *ret_index)
{
    map = tum_node_resolve(map);
    if (map->kind != TUM_NODE_MAP)
        return false;
    for (size_t i = 0; i < map->count; i++) {
        struct tum_str text = tum_node_text(&map->as.nodes[2 * i]);
        if (text.s != NULL && tum_str_eq(text, key)) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

const struct tum_node *tum_node_get(const struct tum_node *map, const char *key)
{
    size_t i;

    return tum_node_find(map, tum_str_of(key), &i) ? tum_node_value(map, i) : NULL;
}

const struct tum_node *tum_node_included(const struct tum_node *node)
{
    node = tum_node_resolve(node);
    if (tum_node_kind(node) != TUM_NODE_INCLUDE)
        return NULL;

    const struct tum_node *root = tum_node_resolve(node->as.include->root);
    const struct tum_node *inner =
        tum_node_len(root) == 1 ? tum_node_get(root, "sequence") : NULL;

    return inner != NULL ? inner : root;
}

/* ---- values ---- */

/* A node that was reached through an alias or an include, and what it became. */
struct memo {
    const struct tum_node *node; /* NULL: free slot */
    tum_val value;               /* owned */
    size_t size;
};

struct conversion {
    struct memo *memos; /* open addressing, 2**n slots */
    size_t memo_count, memo_cap;
    size_t size; /* values made, shared ones counted at each use */
    struct tum_error **err;
};

static bool convert(struct conversion *c, const struct tum_node *slot, unsigned depth,
                    tum_val *ret);

static struct memo *find_memo(struct memo *memos, size_t cap,
                              const struct tum_node *node)
{
    uint64_t hash = ((uint64_t)(uintptr_t)node >> 3) * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(hash >> 32) & (cap - 1);

    while (memos[i].node != NULL && memos[i].node != node)
        i = (i + 1) & (cap - 1);
    return &memos[i];
}

static void keep_memo(struct conversion *c, const struct tum_node *node, tum_val value,
                      size_t size)
{
    if ((c->memo_count + 1) * 3 > c->memo_cap * 2) {
        size_t cap = c->memo_cap == 0 ? 8 : c->memo_cap * 2;
        struct memo *memos = tum_new_array(struct memo, cap);
        for (size_t i = 0; i < c->memo_cap; i++)
            if (c->memos[i].node != NULL)
                *find_memo(memos, cap, c->memos[i].node) = c->memos[i];
        tum_free(c->memos);
        c->memos = memos;
        c->memo_cap = cap;
    }
    *find_memo(c->memos, c->memo_cap, node) =
        (struct memo){.node = node, .value = tum_val_ref(value), .size = size};
    c->memo_count++;
}

static bool too_deep(struct conversion *c, const struct tum_node *node)
{
    return tum_fail_at(c->err, TUM_ERROR_LIMIT, tum_node_at(node),
                       "more than %d lists and mappings inside each other",
                       TUM_VAL_DEPTH);
}

static bool count_values(struct conversion *c, const struct tum_node *node, size_t n)
{
    c->size += n;
    if (c->size <= TUM_NODE_VALUES_LIMIT)
        return true;
    return tum_fail_at(c->err, TUM_ERROR_LIMIT, tum_node_at(node),
                       "more than %d values, counting what aliases stand for",
                       TUM_NODE_VALUES_LIMIT);
}

/* One element of !!omap or !!pairs: the pair of a mapping as a tuple. */
static bool convert_pair(struct conversion *c, const struct tum_node *slot,
                         unsigned depth, tum_val *ret)
{
    const struct tum_node *map = tum_node_resolve(slot);
    struct tum_list_builder *b = tum_seq_begin(TUM_TUPLE, 2);

    for (size_t i = 0; map->kind == TUM_NODE_MAP && i < 2; i++) {
        tum_val v;
        if (!convert(c, &map->as.nodes[i], depth + 1, &v)) {
            tum_list_drop(b);
            return false;
        }
        if (!tum_list_add(b, v)) {
            tum_list_drop(b);
            return too_deep(c, map);
        }
    }
    *ret = tum_list_end(b);
    return true;
}

static bool convert_seq(struct conversion *c, const struct tum_node *seq,
                        unsigned depth, tum_val *ret)
{
    static const enum tum_kind kinds[] = {
        [TUM_SEQ_LIST] = TUM_LIST,
        [TUM_SEQ_TUPLE] = TUM_TUPLE,
        [TUM_SEQ_SET] = TUM_SET,
        [TUM_SEQ_PAIRS] = TUM_LIST,
    };
    struct tum_list_builder *b = tum_seq_begin(kinds[seq->form], seq->count);

    for (size_t i = 0; i < seq->count; i++) {
        const struct tum_node *slot = &seq->as.nodes[i];
        tum_val v;
        bool good = seq->form == TUM_SEQ_PAIRS ? convert_pair(c, slot, depth + 1, &v)
                                               : convert(c, slot, depth + 1, &v);
        if (!good) {
            tum_list_drop(b);
            return false;
        }
        if (!tum_list_add(b, v)) {
            tum_list_drop(b);
            return too_deep(c, seq);
        }
    }
    *ret = tum_list_end(b);
    return true;
}

static bool convert_map(struct conversion *c, const struct tum_node *map,
                        unsigned depth, tum_val *ret)
{
    struct tum_map_builder *b = tum_map_begin(map->count);

    for (size_t i = 0; i < map->count; i++) {
        tum_val key = tum_val_ref(tum_node_val(&map->as.nodes[2 * i]));
        tum_val value;
        if (!convert(c, &map->as.nodes[2 * i + 1], depth + 1, &value)) {
            tum_val_unref(key);
            tum_map_drop(b);
            return false;
        }
        if (!tum_map_add(b, key, value)) {
            tum_map_drop(b);
            return too_deep(c, map);
        }
    }
    *ret = tum_map_end(b);
    return true;
}

static bool convert_include(struct conversion *c, const struct tum_node *node,
                            unsigned depth, tum_val *ret)
{
    struct tum_map_builder *b = tum_map_begin(1);
    tum_val value;

    if (!convert(c, tum_node_included(node), depth + 1, &value)) {
        tum_map_drop(b);
        return false;
    }
    if (!tum_map_adds(b, "sequence", value)) {
        tum_map_drop(b);
        return too_deep(c, node);
    }
    *ret = tum_map_end(b);
    return true;
}

static bool convert_resolved(struct conversion *c, const struct tum_node *node,
                             unsigned depth, tum_val *ret)
{
    if (!count_values(c, node, 1))
        return false;
    switch (tum_node_kind(node)) {
    case TUM_NODE_NULL:
    case TUM_NODE_BROKEN:
        *ret = tum_val_none();
        return true;
    case TUM_NODE_SCALAR:
        *ret = tum_val_ref(tum_node_scalar(node));
        return true;
    case TUM_NODE_SEQ:
        return convert_seq(c, node, depth, ret);
    case TUM_NODE_MAP:
        return convert_map(c, node, depth, ret);
    case TUM_NODE_INCLUDE:
        return convert_include(c, node, depth, ret);
    }
    tum_bug("a node of kind %u", (unsigned)node->kind);
}

static bool convert(struct conversion *c, const struct tum_node *slot, unsigned depth,
                    tum_val *ret)
{
    const struct tum_node *node = tum_node_resolve(slot);

    if (depth > TUM_VAL_DEPTH)
        return too_deep(c, node);
    if (node == slot)
        return convert_resolved(c, node, depth, ret);

    struct memo *memo = c->memo_cap > 0 ? find_memo(c->memos, c->memo_cap, node) : NULL;
    if (memo != NULL && memo->node != NULL) {
        if (!count_values(c, node, memo->size))
            return false;
        *ret = tum_val_ref(memo->value);
        return true;
    }
    size_t before = c->size;
    if (!convert_resolved(c, node, depth, ret))
        return false;
    keep_memo(c, node, *ret, c->size - before);
    return true;
}

bool tum_node_to_val(const struct tum_node *node, tum_val *ret, struct tum_error **err)
{
    struct conversion c = {.err = err};
    bool good = convert(&c, tum_node_resolve(node), 0, ret);

    for (size_t i = 0; i < c.memo_cap; i++)
        if (c.memos[i].node != NULL)
            tum_val_unref(c.memos[i].value);
    tum_free(c.memos);
    return good;
}

/* ---- words ---- */

/* Longest part of a text that is repeated. */
#define SHOWN_TEXT 40

static void describe_scalar(const struct tum_node *node, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    tum_val v = tum_node_scalar(node);
    const char *end = "";

    switch (tum_val_kind(v)) {
    case TUM_STR:
        if (tum_val_text(v).n == 0) {
            tum_buf_adds(out, "an empty text");
            return;
        }
        tum_buf_adds(out, "the text '");
        end = "'";
        break;
    case TUM_BOOL:
        tum_buf_adds(out, tum_val_truth(v) ? "true" : "false");
        return;
    case TUM_DATE:
        tum_buf_adds(out, "the date ");
        break;
    case TUM_BYTES:
        tum_buf_addf(out, "%zu bytes", tum_val_text(v).n);
        return;
    default:
        tum_buf_adds(out, "the number ");
        break;
    }
    tum_val_write_str(&text, v);

    size_t cut = text.len;
    if (cut > SHOWN_TEXT) {
        cut = SHOWN_TEXT;
        while (cut > 0 && ((unsigned char)text.s[cut] & 0xc0) == 0x80)
            cut--;
    }
    for (size_t i = 0; i < cut; i++)
        tum_buf_addc(out, text.s[i] == '\n' ? ' ' : text.s[i]);
    if (cut < text.len)
        tum_buf_adds(out, "…");
    tum_buf_adds(out, end);
}

char *tum_node_describe(const struct tum_node *node)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    node = tum_node_resolve(node);
    switch (tum_node_kind(node)) {
    case TUM_NODE_NULL:
        tum_buf_adds(&out, "null");
        break;
    case TUM_NODE_SCALAR:
        describe_scalar(node, &out);
        break;
    case TUM_NODE_SEQ:
        tum_buf_adds(&out, node->count == 0 ? "an empty list" : "a list");
        break;
    case TUM_NODE_MAP:
        tum_buf_adds(&out, node->count == 0 ? "an empty mapping" : "a mapping");
        break;
    case TUM_NODE_INCLUDE:
        tum_buf_adds(&out, "an include");
        break;
    case TUM_NODE_BROKEN:
        tum_buf_adds(&out, "something that could not be read");
        break;
    }
    return tum_buf_detach(&out);
}

struct tum_str tum_node_raw(const struct tum_node *node,
                            const struct tum_sources *sources)
{
    struct tum_span at = tum_node_at(node);

    if (at.source == 0)
        return (struct tum_str){"", 0};
    return tum_str_sub(tum_source_text(sources, at.source), at.start,
                       (size_t)at.start + at.length);
}
