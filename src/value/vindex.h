/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashed index of maps and sets: open addressing over 2**bits slots of 64 bits, the
 * upper half of the key's hash and the position of the key plus one; 0 is free. At
 * least a quarter of the slots is free, so a search ends.
 *
 * The keys are in an array with a stride, so that one index serves map entries and set
 * elements. Nothing is ever removed. Small arrays have no index (bits 0) and are
 * searched from the front: comparing a few keys costs less than hashing one.
 */
#ifndef TUM_VINDEX_H
#define TUM_VINDEX_H

#include "value/vobject.h"

/* Largest array without an index. */
#define TUM_INDEX_SMALL TUM_HOSTILE_OR(1, 8)
/* Most keys: positions are 32 bits. */
#define TUM_INDEX_LIMIT ((size_t)3 << 30)

struct tum_keys {
    const char *first; /* a tum_val, then one every `stride` bytes */
    size_t stride;
    size_t n;
};

static inline tum_val tum_keys_at(struct tum_keys keys, size_t i)
{
    return *(const tum_val *)(const void *)(keys.first + i * keys.stride);
}

/* log2 of the slots that n keys need, 0 for few. */
uint32_t tum_index_bits(size_t n);
static inline size_t tum_index_size(uint32_t bits)
{
    return bits == 0 ? 0 : sizeof(uint64_t) << bits;
}
/* The index of a container that is being built; start with zeros. */
struct tum_index {
    uint64_t *slots;
    uint32_t bits;
};

/* Makes room for `cap` keys, of which `keys` are there. */
void tum_index_reserve(struct tum_index *index, struct tum_keys keys, size_t cap);
/* The next key; the hash may be anything while the index has no bits. */
void tum_index_add(struct tum_index *index, uint64_t hash, size_t position);
/* The bits that a finished container of n keys gets. */
uint32_t tum_index_fit(const struct tum_index *index, size_t n);
/* Writes the finished slots of so many bits and frees the builder's. */
void tum_index_move(struct tum_index *index, uint32_t bits, struct tum_keys keys,
                    uint64_t *slots);

/* Position of an equal key, or TUM_INDEX_NONE. With bits 0 there is neither index nor
   hash: from the front. */
#define TUM_INDEX_NONE SIZE_MAX
size_t tum_index_find(const uint64_t *slots, uint32_t bits, struct tum_keys keys,
                      tum_val key, uint64_t hash);
size_t tum_index_find_text(const uint64_t *slots, uint32_t bits, struct tum_keys keys,
                           struct tum_str key);

#endif
