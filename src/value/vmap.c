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
    struct tum_index index;
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

#define FIRST_CAPACITY ((size_t)TUM_HOSTILE_OR(1, 4))

struct tum_map_builder *tum_map_begin(size_t cap)
{
    struct tum_map_builder *b = tum_realloc(NULL, sizeof(*b));

    b->cap = TUM_MAX(TUM_HOSTILE_OR(TUM_MIN(cap, (size_t)1), cap), FIRST_CAPACITY);
    b->map = tum_object_new(map_size(b->cap));
    b->index = (struct tum_index){0};
    b->depth = 1;
    tum_index_reserve(&b->index, keys_of(b->map), b->cap);
    return b;
}

/* Position of a key, and its hash when there is an index. False: it has no hash. */
static bool find(const struct tum_map_builder *b, tum_val key, size_t *ret_at,
                 uint64_t *ret_hash)
{
    *ret_hash = 0;
    if (b->index.bits == 0 ? !tum_val_is_hashable(key) : !tum_val_hash(key, ret_hash))
        return false;
    *ret_at =
        tum_index_find(b->index.slots, b->index.bits, keys_of(b->map), key, *ret_hash);
    return true;
}

/* Adds an entry whose key is known to be new. Takes both. */
static void append(struct tum_map_builder *b, tum_val key, uint64_t hash, tum_val value)
{
    struct tum_map_object *map = b->map;

    if (map->head.n == b->cap) {
        bool first = b->index.bits == 0;

        b->cap *= 2;
        b->map = map = tum_realloc(map, map_size(b->cap));
        tum_index_reserve(&b->index, keys_of(map), b->cap);
        if (first && b->index.bits != 0 && !tum_val_hash(key, &hash))
            tum_bug("a key that has no hash");
    }
    map->entries[map->head.n].key = key;
    map->entries[map->head.n].value = value;
    tum_index_add(&b->index, hash, map->head.n++);
    b->depth = tum_depth_with(tum_depth_with(b->depth, key), value);
}

static void replace(struct tum_map_builder *b, size_t i, tum_val value)
{
    tum_val_swap(&b->map->entries[i].value, &value);
    tum_val_unref(value);
    b->depth = tum_depth_with(b->depth, b->map->entries[i].value);
}

bool tum_map_add(struct tum_map_builder *b, tum_val key, tum_val value)
{
    uint64_t hash;
    size_t at;

    if (key.depth >= TUM_VAL_DEPTH || value.depth >= TUM_VAL_DEPTH ||
        !find(b, key, &at, &hash)) {
        tum_val_unref(key);
        tum_val_unref(value);
        return false;
    }
    if (at == TUM_INDEX_NONE) {
        append(b, key, hash, value);
    } else {
        tum_val_unref(key);
        replace(b, at, value);
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

    size_t at =
        tum_index_find_text(b->index.slots, b->index.bits, keys_of(b->map), text);

    if (at == TUM_INDEX_NONE)
        return tum_map_add(b, tum_val_strn(text.s, text.n), value);
    replace(b, at, value);
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
    size_t at;

    if (!find(b, key, &at, &hash) || at == TUM_INDEX_NONE)
        return false;
    *ret = b->map->entries[at].value;
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
    size_t n = map->head.n;
    uint32_t bits = tum_index_fit(&b->index, n);

    /* A little slack costs less than the call that would return it. */
    if (bits != 0 || b->cap - n > 3 + n / 8)
        map = tum_realloc(map, map_size(n) + tum_index_size(bits));
    map->head.bits = bits;
    tum_index_move(&b->index, bits, keys_of(map), (uint64_t *)(void *)&map->entries[n]);
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
