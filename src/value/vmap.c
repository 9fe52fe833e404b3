/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps in insertion order, and their builder. The builder's block becomes the value: the
 * entries are not copied at the end, only trimmed, and the index joined to them.
 */
#include "tum/mem.h"
#include "value/vindex.h"

struct tum_map_builder {
    struct tum_map_object *map;
    size_t cap;
    uint64_t *slots; /* they follow map->head.bits */
    uint16_t depth;
};

static size_t map_size(size_t n)
{
    return sizeof(struct tum_map_object) + n * sizeof(struct tum_map_entry);
}

static struct tum_keys keys_of(const struct tum_map_object *map)
{
    return (struct tum_keys){.first = (const char *)map->entries,
                             .stride = sizeof(struct tum_map_entry),
                             .n = map->head.n};
}

struct tum_map_builder *tum_map_begin(size_t cap)
{
    struct tum_map_builder *b = tum_realloc(NULL, sizeof(*b));

    b->cap = TUM_HOSTILE_OR(0, cap);
    b->map = tum_object_new(map_size(b->cap));
    b->slots = NULL;
    b->depth = 1;
    return b;
}

/* Adds an entry whose key is known to be new. Takes both. */
static void append(struct tum_map_builder *b, tum_val key, tum_val value)
{
    struct tum_map_object *map = b->map;
    uint32_t bits = tum_index_bits(map->head.n + 1);

    if (map->head.n == b->cap) {
        b->cap = b->cap == 0 ? TUM_HOSTILE_OR(1, 4) : b->cap * 2;
        b->map = map = tum_realloc(map, map_size(b->cap));
    }
    map->entries[map->head.n].key = key;
    map->entries[map->head.n++].value = value;
    b->depth = tum_depth_with(tum_depth_with(b->depth, key), value);
    if (bits != map->head.bits) {
        tum_free(b->slots);
        b->slots = tum_alloc(tum_index_size(bits));
        map->head.bits = bits;
        tum_index_fill(b->slots, bits, keys_of(map));
    } else if (bits != 0) {
        uint64_t hash = 0;

        if (!tum_val_hash(key, &hash))
            tum_bug("a key that has no hash");
        tum_index_put(b->slots, bits, hash, map->head.n - 1);
    }
}

static void replace(struct tum_map_builder *b, size_t i, tum_val value)
{
    tum_val_swap(&b->map->entries[i].value, &value);
    tum_val_unref(value);
    b->depth = tum_depth_with(b->depth, b->map->entries[i].value);
}

bool tum_map_add(struct tum_map_builder *b, tum_val key, tum_val value)
{
    uint64_t hash = 0;

    /* The index of a small map needs no hash, but a key must have one. */
    if (key.depth >= TUM_VAL_DEPTH || value.depth >= TUM_VAL_DEPTH ||
        !tum_val_hash(key, &hash)) {
        tum_val_unref(key);
        tum_val_unref(value);
        return false;
    }

    size_t i = tum_index_find(b->slots, b->map->head.bits, keys_of(b->map), key, hash);

    if (i == TUM_INDEX_NONE) {
        append(b, key, value);
    } else {
        tum_val_unref(key);
        replace(b, i, value);
    }
    return true;
}

bool tum_map_adds(struct tum_map_builder *b, const char *key, tum_val value)
{
    struct tum_str text = tum_str_of(key);

    if (value.depth >= TUM_VAL_DEPTH) {
        tum_val_unref(value);
        return false;
    }

    size_t i = tum_index_find_text(b->slots, b->map->head.bits, keys_of(b->map), text);

    if (i == TUM_INDEX_NONE)
        return tum_map_add(b, tum_val_strn(text.s, text.n), value);
    replace(b, i, value);
    return true;
}

bool tum_map_merge(struct tum_map_builder *b, tum_val map)
{
    tum_map_each (e, map) {
        if (!tum_map_add(b, tum_val_ref(e->key), tum_val_ref(e->value)))
            return false;
    }
    return true;
}

bool tum_map_built_get(const struct tum_map_builder *b, tum_val key, tum_val *ret)
{
    uint64_t hash;

    if (!tum_val_hash(key, &hash))
        return false;

    size_t i = tum_index_find(b->slots, b->map->head.bits, keys_of(b->map), key, hash);

    if (i == TUM_INDEX_NONE)
        return false;
    *ret = b->map->entries[i].value;
    return true;
}

size_t tum_map_built(const struct tum_map_builder *b)
{
    return b->map->head.n;
}

tum_val tum_map_end(struct tum_map_builder *b)
{
    struct tum_map_object *map = b->map;
    tum_val v = {.kind = TUM_MAP, .depth = b->depth};
    size_t size = map_size(map->head.n);
    size_t slots_size = tum_index_size(map->head.bits);

    /* A little slack costs less than the call that would return it. */
    if (slots_size != 0 || b->cap - map->head.n > 2 + map->head.n / 8)
        map = tum_realloc(map, size + slots_size);
    if (slots_size != 0)
        memcpy((char *)map + size, b->slots, slots_size);
    tum_free(b->slots);
    tum_free(b);
    v.as.obj = &map->head;
    return v;
}

void tum_map_drop(struct tum_map_builder *b)
{
    if (b != NULL)
        tum_val_unref(tum_map_end(b));
}

size_t tum_map_len(tum_val map)
{
    return map.kind == TUM_MAP ? map.as.obj->n : 0;
}

const struct tum_map_entry *tum_map_entries(tum_val map)
{
    return tum_map_len(map) != 0 ? tum_map_object(map)->entries : NULL;
}

static const void *slots_of(const struct tum_map_object *map)
{
    return &map->entries[map->head.n];
}

bool tum_map_peek(tum_val map, tum_val key, tum_val *ret)
{
    uint64_t hash = 0;

    if (map.kind != TUM_MAP)
        return false;

    const struct tum_map_object *obj = tum_map_object(map);

    /* A key without a hash equals none: a small map need not compute it. */
    if (obj->head.bits != 0 && !tum_val_hash(key, &hash))
        return false;

    size_t i = tum_index_find(slots_of(obj), obj->head.bits, keys_of(obj), key, hash);

    if (i == TUM_INDEX_NONE)
        return false;
    *ret = obj->entries[i].value;
    return true;
}

bool tum_map_peeks(tum_val map, const char *key, tum_val *ret)
{
    if (map.kind != TUM_MAP)
        return false;

    const struct tum_map_object *obj = tum_map_object(map);
    size_t i = tum_index_find_text(slots_of(obj), obj->head.bits, keys_of(obj),
                                   tum_str_of(key));

    if (i == TUM_INDEX_NONE)
        return false;
    *ret = obj->entries[i].value;
    return true;
}
