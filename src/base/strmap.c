/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash table keyed by text.
 *
 * Entries lie in an array in the order they came; a table of slots with linear probing
 * holds indexes into it. A removed entry stays as a hole (key.s NULL) until the next
 * time the table is rebuilt, so that walking and removing go together.
 */
#include "base/strmap.h"
#include "tum/mem.h"

#define FIRST_SLOTS TUM_HOSTILE_OR(2, 16)
#define SLOT_FREE   0u /* else entry index + 1 */

struct entry {
    char *key; /* NULL: a hole, whose slot is still taken */
    size_t length;
    uint64_t hash;
    void *value;
};

struct tum_strmap {
    struct entry *entries;
    size_t used, cap; /* holes included */
    size_t live;
    uint32_t *slots;
    size_t slot_count; /* a power of two, more than `used` */
};

struct tum_strmap *tum_strmap_new(void)
{
    return tum_new(struct tum_strmap);
}

void tum_strmap_free(struct tum_strmap *map)
{
    if (map == NULL)
        return;
    for (size_t i = 0; i < map->used; i++)
        tum_free(map->entries[i].key);
    tum_free(map->entries);
    tum_free(map->slots);
    tum_free(map);
}

static bool entry_is(const struct entry *entry, struct tum_str key, uint64_t hash)
{
    return entry->key != NULL && entry->hash == hash &&
           tum_str_eq(tum_str_n(entry->key, entry->length), key);
}

static struct entry *find(const struct tum_strmap *map, struct tum_str key)
{
    uint64_t hash;

    if (map->live == 0)
        return NULL;
    hash = tum_str_hash(key);
    for (size_t i = hash & (map->slot_count - 1); map->slots[i] != SLOT_FREE;
         i = (i + 1) & (map->slot_count - 1)) {
        struct entry *entry = &map->entries[map->slots[i] - 1];

        if (entry_is(entry, key, hash))
            return entry;
    }
    return NULL;
}

static void slot_take(struct tum_strmap *map, size_t index)
{
    size_t i = map->entries[index].hash & (map->slot_count - 1);

    while (map->slots[i] != SLOT_FREE)
        i = (i + 1) & (map->slot_count - 1);
    map->slots[i] = (uint32_t)index + 1;
}

/* Closes the holes and makes at least twice as many slots as entries. */
static void rebuild(struct tum_strmap *map)
{
    size_t kept = 0;

    for (size_t i = 0; i < map->used; i++) {
        if (map->entries[i].key != NULL)
            map->entries[kept++] = map->entries[i];
    }
    map->used = kept;
    if (map->slot_count == 0)
        map->slot_count = FIRST_SLOTS;
    while (map->slot_count < (kept + 1) * 2)
        map->slot_count *= 2;
    if (kept >= UINT32_MAX - 1)
        tum_bug("too many names in a table");
    tum_free(map->slots);
    map->slots = tum_new_array(uint32_t, map->slot_count);
    for (size_t i = 0; i < kept; i++)
        slot_take(map, i);
}

void *tum_strmap_set(struct tum_strmap *map, struct tum_str key, void *value)
{
    struct entry *entry = find(map, key);
    void *was;

    if (entry != NULL) {
        was = entry->value;
        entry->value = value;
        return was;
    }
    if ((map->used + 1) * 4 > map->slot_count * 3)
        rebuild(map);
    tum_grow(&map->entries, &map->cap, map->used + 1);
    map->entries[map->used] =
        (struct entry){tum_strndup(key.s, key.n), key.n, tum_str_hash(key), value};
    slot_take(map, map->used++);
    map->live++;
    return NULL;
}

void *tum_strmap_get(const struct tum_strmap *map, struct tum_str key)
{
    struct entry *entry = find(map, key);

    return entry != NULL ? entry->value : NULL;
}

bool tum_strmap_has(const struct tum_strmap *map, struct tum_str key)
{
    return find(map, key) != NULL;
}

void *tum_strmap_remove(struct tum_strmap *map, struct tum_str key)
{
    struct entry *entry = find(map, key);
    void *was;

    if (entry == NULL)
        return NULL;
    was = entry->value;
    tum_free(entry->key);
    *entry = (struct entry){.key = NULL};
    map->live--;
    return was;
}

size_t tum_strmap_count(const struct tum_strmap *map)
{
    return map->live;
}

bool tum_strmap_next(const struct tum_strmap *map, size_t *cursor,
                     struct tum_str *ret_key, void **ret_value)
{
    for (; *cursor < map->used; ++*cursor) {
        const struct entry *entry = &map->entries[*cursor];

        if (entry->key == NULL)
            continue;
        *ret_key = tum_str_n(entry->key, entry->length);
        *ret_value = entry->value;
        ++*cursor;
        return true;
    }
    return false;
}
