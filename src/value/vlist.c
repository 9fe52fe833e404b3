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
    uint64_t *slots; /* of a set; they follow seq->head.bits */
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

struct tum_list_builder *tum_seq_begin(enum tum_kind kind, size_t cap)
{
    struct tum_list_builder *b = tum_realloc(NULL, sizeof(*b));

    b->cap = TUM_HOSTILE_OR(0, cap);
    b->seq = tum_object_new(seq_size(b->cap));
    b->slots = NULL;
    b->depth = 1;
    b->kind = (uint8_t)kind;
    return b;
}

/* True when v is to be added: hashable and not there yet. */
static bool set_admits(struct tum_list_builder *b, tum_val v, bool *ret_known)
{
    struct tum_seq_object *seq = b->seq;
    uint64_t hash;

    *ret_known = false;
    if (!tum_val_hash(v, &hash))
        return false;
    if (tum_index_find(b->slots, seq->head.bits, keys_of(seq), v, hash) !=
        TUM_INDEX_NONE) {
        *ret_known = true;
        return false;
    }

    uint32_t bits = tum_index_bits(seq->head.n + 1);

    if (bits != seq->head.bits) {
        tum_free(b->slots);
        b->slots = tum_alloc(tum_index_size(bits));
        seq->head.bits = bits;
        tum_index_fill(b->slots, bits, keys_of(seq));
    }
    if (bits != 0)
        tum_index_put(b->slots, bits, hash, seq->head.n);
    return true;
}

bool tum_list_add(struct tum_list_builder *b, tum_val v)
{
    bool known = false;

    if (v.depth >= TUM_VAL_DEPTH || (b->kind == TUM_SET && !set_admits(b, v, &known))) {
        tum_val_unref(v);
        return known;
    }
    if (b->seq->head.n == b->cap) {
        b->cap = b->cap == 0 ? TUM_HOSTILE_OR(1, 4) : b->cap * 2;
        b->seq = tum_realloc(b->seq, seq_size(b->cap));
    }
    b->seq->items[b->seq->head.n++] = v;
    b->depth = tum_depth_with(b->depth, v);
    return true;
}

size_t tum_list_built(const struct tum_list_builder *b)
{
    return b->seq->head.n;
}

tum_val tum_list_end(struct tum_list_builder *b)
{
    struct tum_seq_object *seq = b->seq;
    tum_val list = {.kind = b->kind, .depth = b->depth};
    size_t size = seq_size(seq->head.n);
    size_t slots_size = tum_index_size(seq->head.bits);

    /* A little slack costs less than the call that would return it. */
    if (slots_size != 0 || b->cap - seq->head.n > 2 + seq->head.n / 8)
        seq = tum_realloc(seq, size + slots_size);
    if (slots_size != 0)
        memcpy((char *)seq + size, b->slots, slots_size);
    tum_free(b->slots);
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
