/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Double keys. Nearly all mappings have a few keys that are texts, which compare by
 * pointer; larger ones get an index.
 *
 * Not here: which pairs a merge key brings.
 */
#include "doc/pairs.h"

#include "tum/mem.h"

/* Pairs up to which searching from the front is faster than an index. */
#define SMALL_MAP TUM_HOSTILE_OR(1, 12)

/* Keys are equal as values of Python: 1, 1.0 and true are one key. */
static bool same_key(const struct tum_node *a, const struct tum_node *b)
{
    if (a->form == TUM_STR && a->kind == TUM_NODE_SCALAR)
        return b->form == TUM_STR && b->kind == TUM_NODE_SCALAR &&
               a->as.text == b->as.text;
    return tum_val_eq(tum_node_scalar(a), tum_node_scalar(b));
}

static uint64_t key_hash(const struct tum_node *key)
{
    uint64_t hash = 0;

    if (key->kind == TUM_NODE_SCALAR && key->form == TUM_STR)
        hash = (uint64_t)(uintptr_t)key->as.text >> 4;
    else
        tum_val_hash(tum_node_scalar(key), &hash);
    return hash * UINT64_C(0x9E3779B97F4A7C15);
}

/* Puts one pair into pairs[0…kept): the later value wins, at the first one's position. */
static bool keep_pair(struct tum_node *pairs, size_t *kept, size_t found,
                      const struct tum_node *pair)
{
    if (found == SIZE_MAX) {
        memmove(&pairs[2 * *kept], pair, 2 * sizeof(*pair));
        (*kept)++;
        return true;
    }
    /* The key stays what it was, but its place moves to the pair that counts. */
    const struct tum_node *old = tum_node_resolve(&pairs[2 * found]);
    const struct tum_node *new = tum_node_resolve(pair);
    if (old->kind == new->kind && old->form == new->form)
        pairs[2 * found] = pair[0];
    pairs[2 * found + 1] = pair[1];
    return false;
}

static size_t find_small(const struct tum_node *pairs, size_t kept,
                         const struct tum_node *key)
{
    for (size_t i = 0; i < kept; i++)
        if (same_key(tum_node_resolve(&pairs[2 * i]), key))
            return i;
    return SIZE_MAX;
}

size_t tum_pairs_distinct(struct tum_node *pairs, size_t n)
{
    size_t kept = 0;

    if (n <= SMALL_MAP) {
        for (size_t i = 0; i < n; i++)
            keep_pair(pairs, &kept,
                      find_small(pairs, kept, tum_node_resolve(&pairs[2 * i])),
                      &pairs[2 * i]);
        return kept;
    }

    size_t slots = 16;
    while (slots < 2 * n)
        slots *= 2;
    TUM_AUTO(tum_freep) uint32_t *index = tum_new_array(uint32_t, slots);
    for (size_t i = 0; i < n; i++) {
        const struct tum_node *key = tum_node_resolve(&pairs[2 * i]);
        size_t slot = (size_t)(key_hash(key) >> 32) & (slots - 1);
        while (index[slot] != 0 &&
               !same_key(tum_node_resolve(&pairs[2 * ((size_t)index[slot] - 1)]), key))
            slot = (slot + 1) & (slots - 1);
        size_t found = index[slot] == 0 ? SIZE_MAX : index[slot] - 1;
        if (keep_pair(pairs, &kept, found, &pairs[2 * i]))
            index[slot] = (uint32_t)kept;
    }
    return kept;
}

bool tum_pairs_simple(const struct tum_node *pairs, size_t n)
{
    if (n > SMALL_MAP)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct tum_node *key = &pairs[2 * i];
        if (key->kind != TUM_NODE_SCALAR || key->form != TUM_STR)
            return false;
        for (size_t j = 0; j < i; j++)
            if (pairs[2 * j].as.text == key->as.text)
                return false;
    }
    return true;
}
