/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists, tuples and sets, and their builder. The builder's block becomes the value: the
 * elements are not copied at the end, only trimmed.
 */
#include "tum/mem.h"
#include "value/vindex.h"

struct tum_list_builder {
    struct tum_seq_object *seq;
    size_t cap;
    struct tum_index index; /* of a set */
    uint16_t depth;
    uint8_t kind;
};

static size_t seq_size(size_t n)
{
    return sizeof(struct tum_seq_object) + n * sizeof(tum_val);
}

static struct tum_keys keys_of(const struct tum_seq_object *seq)
{
    return (struct tum_keys){
        .first = (const char *)seq->items, .stride = sizeof(tum_val), .n = seq->head.n};
}

#define FIRST_CAPACITY ((size_t)TUM_HOSTILE_OR(1, 4))

struct tum_list_builder *tum_seq_begin(enum tum_kind kind, size_t cap)
{
    struct tum_list_builder *b = tum_realloc(NULL, sizeof(*b));

    b->cap = TUM_MAX(TUM_HOSTILE_OR(TUM_MIN(cap, (size_t)1), cap), FIRST_CAPACITY);
    b->seq = tum_object_new(seq_size(b->cap));
    b->index = (struct tum_index){0};
    b->depth = 1;
    b->kind = (uint8_t)kind;
    if (kind == TUM_SET)
        tum_index_reserve(&b->index, keys_of(b->seq), b->cap);
    return b;
}

static void append(struct tum_list_builder *b, tum_val v)
{
    if (b->seq->head.n == b->cap) {
        b->cap *= 2;
        b->seq = tum_realloc(b->seq, seq_size(b->cap));
    }
    b->seq->items[b->seq->head.n++] = v;
    b->depth = tum_depth_with(b->depth, v);
}

/* False when v has no hash. */
static bool set_add(struct tum_list_builder *b, tum_val v)
{
    struct tum_keys keys = keys_of(b->seq);
    uint64_t hash;

    if (!tum_val_hash(v, &hash))
        return false;
    if (tum_index_find(b->index.slots, b->index.bits, keys, v, hash) !=
        TUM_INDEX_NONE) {
        tum_val_unref(v);
        return true;
    }
    tum_index_reserve(&b->index, keys, keys.n + 1);
    tum_index_add(&b->index, hash, keys.n);
    append(b, v);
    return true;
}

bool tum_list_add(struct tum_list_builder *b, tum_val v)
{
    if (v.depth < TUM_VAL_DEPTH) {
        if (b->kind != TUM_SET) {
            append(b, v);
            return true;
        }
        if (set_add(b, v))
            return true;
    }
    tum_val_unref(v);
    return false;
}

size_t tum_list_built(const struct tum_list_builder *b)
{
    return b->seq->head.n;
}

tum_val tum_list_end(struct tum_list_builder *b)
{
    struct tum_seq_object *seq = b->seq;
    tum_val list = {.kind = b->kind, .depth = b->depth};
    size_t n = seq->head.n;
    uint32_t bits = b->kind == TUM_SET ? tum_index_fit(&b->index, n) : 0;

    /* A little slack costs less than the call that would return it. */
    if (bits != 0 || b->cap - n > 3 + n / 8)
        seq = tum_realloc(seq, seq_size(n) + tum_index_size(bits));
    seq->head.bits = bits;
    tum_index_move(&b->index, bits, keys_of(seq), (uint64_t *)(void *)&seq->items[n]);
    tum_free(b);
    list.as.obj = &seq->head;
    return list;
}

void tum_list_drop(struct tum_list_builder *b)
{
    if (b != NULL)
        tum_val_unref(tum_list_end(b));
}

size_t tum_list_len(tum_val list)
{
    return tum_val_is_seq(list) ? list.as.obj->n : 0;
}

const tum_val *tum_list_items(tum_val list)
{
    return tum_list_len(list) != 0 ? tum_seq_object(list)->items : NULL;
}

tum_val tum_list_get(tum_val list, size_t i)
{
    if (i >= tum_list_len(list))
        tum_bug("element %zu of %zu", i, tum_list_len(list));
    return tum_val_ref(tum_seq_object(list)->items[i]);
}

bool tum_set_has(tum_val set, tum_val v)
{
    uint64_t hash;

    if (set.kind != TUM_SET || !tum_val_hash(v, &hash))
        return false;

    const struct tum_seq_object *seq = tum_seq_object(set);
    const void *slots = &seq->items[seq->head.n];

    return tum_index_find(slots, seq->head.bits, keys_of(seq), v, hash) !=
           TUM_INDEX_NONE;
}
