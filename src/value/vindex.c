/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashed index of maps and sets; see vindex.h.
 */
#include "value/vindex.h"

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

void tum_index_put(uint64_t *slots, uint32_t bits, uint64_t hash, size_t position)
{
    size_t mask = ((size_t)1 << bits) - 1;
    size_t at = hash & mask;

    while (slots[at] != 0)
        at = (at + 1) & mask;
    slots[at] = tag_of(hash) | (uint32_t)(position + 1);
}

void tum_index_fill(uint64_t *slots, uint32_t bits, struct tum_keys keys)
{
    for (size_t i = 0; i < keys.n; i++) {
        uint64_t hash = 0;

        if (!tum_val_hash(tum_keys_at(keys, i), &hash))
            tum_bug("a key that has no hash");
        tum_index_put(slots, bits, hash, i);
    }
}

size_t tum_index_find(const uint64_t *slots, uint32_t bits, struct tum_keys keys,
                      tum_val key, uint64_t hash)
{
    size_t mask = ((size_t)1 << bits) - 1;

    if (bits == 0) {
        for (size_t i = 0; i < keys.n; i++)
            if (tum_val_eq_inside(tum_keys_at(keys, i), key))
                return i;
        return TUM_INDEX_NONE;
    }
    for (size_t at = hash & mask; slots[at] != 0; at = (at + 1) & mask) {
        size_t i = (uint32_t)slots[at] - 1;

        if (tag_of(slots[at]) == tag_of(hash) &&
            tum_val_eq_inside(tum_keys_at(keys, i), key))
            return i;
    }
    return TUM_INDEX_NONE;
}

static bool is_text(tum_val key, struct tum_str text)
{
    return key.kind == TUM_STR && key.as.obj->n == text.n &&
           memcmp(tum_text_object(key)->s, text.s, text.n) == 0;
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
