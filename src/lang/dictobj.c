/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dicts: entries in insertion order, and from some size on a hashed index of them. Their
 * methods are in dictmeth.c.
 */
#include "lang/ops.h"

/* Most entries that are searched without an index. */
#define SMALL       ((size_t)TUM_HOSTILE_OR(1, 8))
/* Positions are 32 bits. */
#define DICT_LIMIT  ((size_t)1 << 30)
#define NO_POSITION SIZE_MAX

struct tum_odict *tum_new_dict(struct tum_vm *vm)
{
    return tum_new_obj(vm, &tum_type_dict, struct tum_odict);
}

/* ---- search ---- */

/* Mixes the bits: CPython's hashes of numbers are the numbers. */
static uint64_t spread(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

static bool str_eq(struct tum_obj *a, struct tum_obj *b)
{
    return tum_str_eq(tum_text_of(a), tum_text_of(b));
}

/* False: failed. */
static bool entry_is(struct tum_vm *vm, const struct tum_dict_entry *e,
                     struct tum_obj *key, uint64_t hash, bool *ret)
{
    *ret = false;
    if (e->key == NULL || e->hash != hash)
        return true;
    if (e->key == key) {
        *ret = true;
        return true;
    }
    if (e->key->type == &tum_type_str && key->type == &tum_type_str) {
        *ret = str_eq(e->key, key);
        return true;
    }
    return tum_op_same(vm, e->key, key, ret);
}

/* The slot of the key's position, or the free slot where it belongs. */
static bool find_slot(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *key,
                      uint64_t hash, size_t *ret_slot, size_t *ret_position)
{
    size_t slot = spread(hash) & dict->mask;
    bool is;

    for (;; slot = (slot + 1) & dict->mask) {
        uint32_t position = dict->index[slot];

        if (position == 0) {
            *ret_position = NO_POSITION;
            break;
        }
        if (!entry_is(vm, &dict->entries[position - 1], key, hash, &is))
            return false;
        if (is) {
            *ret_position = position - 1;
            break;
        }
    }
    *ret_slot = slot;
    return true;
}

static bool find(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *key,
                 uint64_t hash, size_t *ret_position)
{
    size_t slot;
    bool is;

    if (dict->index != NULL)
        return find_slot(vm, dict, key, hash, &slot, ret_position);
    for (size_t i = 0; i < dict->fill; i++) {
        if (!entry_is(vm, &dict->entries[i], key, hash, &is))
            return false;
        if (is) {
            *ret_position = i;
            return true;
        }
    }
    *ret_position = NO_POSITION;
    return true;
}

bool tum_dict_get(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *key,
                  struct tum_obj **ret)
{
    size_t position;
    uint64_t hash;

    if (!tum_op_hash(vm, key, &hash) || !find(vm, dict, key, hash, &position))
        return false;
    *ret = position == NO_POSITION ? NULL : dict->entries[position].value;
    return true;
}

struct tum_obj *tum_dict_gets(struct tum_vm *vm, struct tum_odict *dict,
                              struct tum_str key)
{
    struct tum_ostr str = {
        .head.type = &tum_type_str, .s = key.s, .n = key.n, .count = TUM_COUNT_UNKNOWN};
    struct tum_obj *found = NULL;

    /* Fails only for a key that compares by a function of its own; not with a text. */
    if (!tum_dict_get(vm, dict, &str.head, &found))
        return NULL;
    return found;
}

/* ---- change ---- */

static void index_put(struct tum_odict *dict, uint64_t hash, size_t position)
{
    size_t slot = spread(hash) & dict->mask;

    while (dict->index[slot] != 0)
        slot = (slot + 1) & dict->mask;
    dict->index[slot] = (uint32_t)position + 1;
}

/* Room for one more entry: drops deleted ones, grows, makes the index anew. */
static bool make_room(struct tum_vm *vm, struct tum_odict *dict)
{
    size_t cap = TUM_MAX(dict->n * 2, (size_t)TUM_HOSTILE_OR(1, 4)), slots = 16, n = 0;
    struct tum_dict_entry *entries;

    if (cap > DICT_LIMIT)
        return tum_unsupported_false(vm, "size of a dict");
    if (cap > 256 && !tum_vm_room(vm, cap * (sizeof(*entries) + 8)))
        return false;
    entries = tum_vm_array(vm, struct tum_dict_entry, cap);
    for (size_t i = 0; i < dict->fill; i++) {
        if (dict->entries[i].key != NULL)
            entries[n++] = dict->entries[i];
    }
    dict->entries = entries;
    dict->fill = n;
    dict->cap = cap;
    dict->index = NULL;
    if (cap <= SMALL)
        return true;
    while (slots < cap + cap / 2)
        slots *= 2;
    dict->index = tum_vm_array(vm, uint32_t, slots);
    memset(dict->index, 0, slots * sizeof(*dict->index));
    dict->mask = slots - 1;
    for (size_t i = 0; i < n; i++)
        index_put(dict, entries[i].hash, i);
    return true;
}

bool tum_dict_set(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *key,
                  struct tum_obj *value)
{
    size_t position;
    uint64_t hash;

    if (!tum_op_hash(vm, key, &hash) || !find(vm, dict, key, hash, &position))
        return false;
    if (position != NO_POSITION) {
        dict->entries[position].value = value;
        return true;
    }
    if (dict->fill == dict->cap && !make_room(vm, dict))
        return false;
    dict->entries[dict->fill] =
        (struct tum_dict_entry){.key = key, .value = value, .hash = hash};
    if (dict->index != NULL)
        index_put(dict, hash, dict->fill);
    dict->fill++;
    dict->n++;
    return true;
}

bool tum_dict_remove(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *key,
                     struct tum_obj **ret_value)
{
    size_t position;
    uint64_t hash;

    if (!tum_op_hash(vm, key, &hash) || !find(vm, dict, key, hash, &position))
        return false;
    *ret_value = NULL;
    if (position == NO_POSITION)
        return true;
    /* The entry keeps its place in the index: a search goes over it. */
    *ret_value = dict->entries[position].value;
    dict->entries[position].key = NULL;
    dict->n--;
    return true;
}

void tum_dict_clear(struct tum_odict *dict)
{
    dict->entries = NULL;
    dict->index = NULL;
    dict->n = dict->fill = dict->cap = 0;
}

struct tum_dict_entry *tum_dict_next(struct tum_odict *dict, size_t *at)
{
    while (*at < dict->fill) {
        struct tum_dict_entry *e = &dict->entries[(*at)++];

        if (e->key != NULL)
            return e;
    }
    return NULL;
}

struct tum_odict *tum_dict_copy(struct tum_vm *vm, struct tum_odict *dict)
{
    struct tum_odict *copy = tum_new_dict(vm);
    struct tum_dict_entry *e;

    for (size_t at = 0; (e = tum_dict_next(dict, &at)) != NULL;) {
        if (!tum_dict_set(vm, copy, e->key, e->value))
            return NULL;
    }
    return copy;
}

/* One element of the iterable that dict() was given: a pair. */
static bool set_pair(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *pair,
                     size_t number)
{
    struct tum_oseq *items;

    if (!tum_is_iterable(pair))
        return tum_raise_type_false(
            vm, "cannot convert dictionary update sequence element #%zu to a sequence",
            number);
    items = tum_op_items(vm, pair);
    if (items == NULL)
        return false;
    if (items->n != 2)
        return tum_raise_value_false(vm,
                                     "dictionary update sequence element #%zu has "
                                     "length %zu; 2 is required",
                                     number, items->n);
    return tum_dict_set(vm, dict, items->items[0], items->items[1]);
}

bool tum_dict_update(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *from)
{
    struct tum_dict_entry *e;
    struct tum_obj *iter, *item;

    if (tum_kind_of(from) == TUM_O_DICT) {
        struct tum_odict *other = tum_as_dict(from);

        if (other == dict)
            return true;
        for (size_t at = 0; (e = tum_dict_next(other, &at)) != NULL;) {
            if (!tum_dict_set(vm, dict, e->key, e->value))
                return false;
        }
        return true;
    }
    /* Python asks for keys() first; a type of a layer above may refuse that. */
    if (from->type->getattr != NULL &&
        tum_op_findattr(vm, from, TUM_S("keys")) == NULL && tum_vm_failed(vm))
        return false;
    iter = tum_op_iter(vm, from);
    if (iter == NULL)
        return false;
    for (size_t i = 0; tum_iter_next(vm, iter, &item); i++) {
        if (!set_pair(vm, dict, item, i))
            return false;
    }
    return !tum_vm_failed(vm);
}
