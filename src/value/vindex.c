/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashed index of maps and sets; see vindex.h.
 */
#include "value/vindex.h"
#include "tum/mem.h"

uint32_t tum_index_bits(size_t n)
{
    uint32_t bits = 4;

    if (n <= TUM_INDEX_SMALL)
        return 0;
    if (n > TUM_INDEX_LIMIT)
        tum_die("more than %zu entries in one map or set", TUM_INDEX_LIMIT);
    while (((size_t)1 << bits) * 3 / 4 < n)
        bits++;
    return bits;
}

/* The slot comes from the lower bits of the hash, the tag from the upper. */
static uint64_t tag_of(uint64_t hash)
{
    return hash & 0xFFFFFFFF00000000u;
}

static void put(uint64_t *slots, uint32_t bits, uint64_t hash, size_t position)
{
    size_t mask = ((size_t)1 << bits) - 1;
    size_t at = hash & mask;

    while (slots[at] != 0)
        at = (at + 1) & mask;
    slots[at] = tag_of(hash) | (uint32_t)(position + 1);
}

static void fill(uint64_t *slots, uint32_t bits, struct tum_keys keys)
{
    for (size_t i = 0; i < keys.n; i++) {
        uint64_t hash = 0;

        if (!tum_val_hash(tum_keys_at(keys, i), &hash))
            tum_bug("a key that has no hash");
        put(slots, bits, hash, i);
    }
}

void tum_index_reserve(struct tum_index *index, struct tum_keys keys, size_t cap)
{
    uint32_t bits = tum_index_bits(cap);

    if (bits <= index->bits)
        return;
    tum_free(index->slots);
    index->slots = tum_alloc(tum_index_size(bits));
    index->bits = bits;
    fill(index->slots, bits, keys);
}

void tum_index_add(struct tum_index *index, uint64_t hash, size_t position)
{
    if (index->bits != 0)
        put(index->slots, index->bits, hash, position);
}

uint32_t tum_index_fit(const struct tum_index *index, size_t n)
{
    uint32_t bits = tum_index_bits(n);

    /* Twice as large as needed may stay: that is cheaper than hashing all again. */
    return bits != 0 && bits + 1 == index->bits ? index->bits : bits;
}

void tum_index_move(struct tum_index *index, uint32_t bits, struct tum_keys keys,
                    uint64_t *slots)
{
    if (bits == index->bits) {
        if (bits != 0)
            memcpy(slots, index->slots, tum_index_size(bits));
    } else if (bits != 0) {
        memset(slots, 0, tum_index_size(bits));
        fill(slots, bits, keys);
    }
    tum_free(index->slots);
    index->slots = NULL;
}

static bool is_text(tum_val key, struct tum_str text)
{
    return key.kind == TUM_STR && key.as.obj->n == text.n &&
           memcmp(tum_text_object(key)->s, text.s, text.n) == 0;
}

static bool is_key(tum_val candidate, tum_val key)
{
    /* Nearly all keys are texts, and often the very same ones. */
    if (key.kind == TUM_STR)
        return candidate.as.obj == key.as.obj
                   ? candidate.kind == TUM_STR
                   : is_text(candidate,
                             tum_str_n(tum_text_object(key)->s, key.as.obj->n));
    return tum_val_eq_inside(candidate, key);
}

size_t tum_index_find(const uint64_t *slots, uint32_t bits, struct tum_keys keys,
                      tum_val key, uint64_t hash)
{
    size_t mask = ((size_t)1 << bits) - 1;

    if (bits == 0) {
        for (size_t i = 0; i < keys.n; i++)
            if (is_key(tum_keys_at(keys, i), key))
                return i;
        return TUM_INDEX_NONE;
    }
    for (size_t at = hash & mask; slots[at] != 0; at = (at + 1) & mask) {
        size_t i = (uint32_t)slots[at] - 1;

        if (tag_of(slots[at]) == tag_of(hash) && is_key(tum_keys_at(keys, i), key))
            return i;
    }
    return TUM_INDEX_NONE;
}

size_t tum_index_find_text(const uint64_t *slots, uint32_t bits, struct tum_keys keys,
                           struct tum_str key)
{
    if (bits == 0) {
        for (size_t i = 0; i < keys.n; i++)
            if (is_text(tum_keys_at(keys, i), key))
                return i;
        return TUM_INDEX_NONE;
    }

    uint64_t hash = tum_text_hash(key);
    size_t mask = ((size_t)1 << bits) - 1;

    for (size_t at = hash & mask; slots[at] != 0; at = (at + 1) & mask) {
        size_t i = (uint32_t)slots[at] - 1;

        if (tag_of(slots[at]) == tag_of(hash) && is_text(tum_keys_at(keys, i), key))
            return i;
    }
    return TUM_INDEX_NONE;
}
