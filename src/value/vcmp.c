/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Equality, order and hash of values: the three must agree, so they live together. What
 * numbers mean to each other is vnum.c.
 */
#include "value/vindex.h"
#include "value/vnum.h"

/* ---- dates ---- */

/* Microseconds from 0001-01-01 in UTC when the date has a zone, else as written. */
static int64_t date_instant(tum_val date)
{
    return date.as.i - (int64_t)(int32_t)date.spare2 * 60 * 1000000;
}

/* A date, a time without and a time with a zone are three kinds of things. */
static bool dates_compare(tum_val a, tum_val b)
{
    return a.spare == b.spare;
}

/* ---- equality ---- */

static bool text_eq(tum_val a, tum_val b)
{
    const struct tum_text_object *s = tum_text_object(a);
    const struct tum_text_object *t = tum_text_object(b);

    if (s == t)
        return true;
    return s->head.n == t->head.n && memcmp(s->s, t->s, s->head.n) == 0;
}

typedef bool eq_fn(tum_val a, tum_val b);

static bool items_eq(tum_val a, tum_val b, eq_fn *eq)
{
    const tum_val *items = tum_list_items(b);

    if (a.as.obj->n != b.as.obj->n)
        return false;
    tum_list_each (e, a) {
        if (!eq(*e, *items++))
            return false;
    }
    return true;
}

static struct tum_keys set_keys(tum_val set)
{
    return (struct tum_keys){.first = (const char *)tum_seq_object(set)->items,
                             .stride = sizeof(tum_val),
                             .n = set.as.obj->n};
}

static struct tum_keys map_keys(tum_val map)
{
    return (struct tum_keys){.first = (const char *)tum_map_object(map)->entries,
                             .stride = sizeof(struct tum_map_entry),
                             .n = map.as.obj->n};
}

/* Position of the key of `keys` that equals `key`; slots follow the keys. */
static size_t find(struct tum_keys keys, uint32_t bits, tum_val key)
{
    const void *slots = keys.first + keys.n * keys.stride;
    uint64_t hash = 0;

    if (bits != 0 && !tum_val_hash(key, &hash))
        return TUM_INDEX_NONE;
    return tum_index_find(slots, bits, keys, key, hash);
}

static bool sets_eq(tum_val a, tum_val b, eq_fn *eq)
{
    const tum_val *items = tum_list_items(b);

    if (a.as.obj->n != b.as.obj->n)
        return false;
    tum_list_each (e, a) {
        size_t i = find(set_keys(b), b.as.obj->bits, *e);

        if (i == TUM_INDEX_NONE || !eq(*e, items[i]))
            return false;
    }
    return true;
}

static bool maps_eq(tum_val a, tum_val b, eq_fn *eq)
{
    const struct tum_map_entry *entries = tum_map_entries(b);

    if (a.as.obj->n != b.as.obj->n)
        return false;
    tum_map_each (e, a) {
        size_t i = find(map_keys(b), b.as.obj->bits, e->key);

        if (i == TUM_INDEX_NONE || !eq(e->key, entries[i].key) ||
            !eq(e->value, entries[i].value))
            return false;
    }
    return true;
}

static bool eq_inside(tum_val a, tum_val b)
{
    return tum_val_eq_inside(a, b);
}

bool tum_val_eq(tum_val a, tum_val b)
{
    if (a.kind != b.kind)
        return tum_val_is_number(a) && tum_val_is_number(b) && tum_num_eq(a, b);
    switch (tum_val_kind(a)) {
    case TUM_NONE:
        return true;
    case TUM_BOOL:
        return a.as.b == b.as.b;
    case TUM_INT:
        return a.as.i == b.as.i;
    case TUM_FLOAT:
        return a.as.f == b.as.f;
    case TUM_BIGINT:
        return tum_num_eq(a, b);
    case TUM_DATE:
        return dates_compare(a, b) && date_instant(a) == date_instant(b);
    case TUM_STR:
    case TUM_BYTES:
        return text_eq(a, b);
    case TUM_LIST:
    case TUM_TUPLE:
        return a.as.obj == b.as.obj || items_eq(a, b, eq_inside);
    case TUM_SET:
        return a.as.obj == b.as.obj || sets_eq(a, b, eq_inside);
    case TUM_MAP:
        return a.as.obj == b.as.obj || maps_eq(a, b, eq_inside);
    }
    tum_bug("kind %d", a.kind);
}

static bool same_inside(tum_val a, tum_val b)
{
    return tum_val_is(a, b) || tum_val_same(a, b);
}

bool tum_val_same(tum_val a, tum_val b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == TUM_LIST || a.kind == TUM_TUPLE)
        return items_eq(a, b, same_inside);
    if (a.kind == TUM_SET)
        return sets_eq(a, b, same_inside);
    if (a.kind == TUM_MAP)
        return maps_eq(a, b, same_inside);
    return tum_val_eq(a, b);
}

/* ---- order ---- */

static int order_of(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* The first pair that is not equal decides; else the shorter one is less. */
static bool items_cmp(tum_val a, tum_val b, int *ret)
{
    size_t n = TUM_MIN(a.as.obj->n, b.as.obj->n);
    const tum_val *x = tum_list_items(a);
    const tum_val *y = tum_list_items(b);

    for (size_t i = 0; i < n; i++)
        if (!tum_val_eq_inside(x[i], y[i]))
            return tum_val_cmp(x[i], y[i], ret);
    *ret = order_of((int64_t)a.as.obj->n, (int64_t)b.as.obj->n);
    return true;
}

bool tum_val_cmp(tum_val a, tum_val b, int *ret)
{
    if (tum_val_is_number(a) && tum_val_is_number(b)) {
        *ret = tum_num_cmp(a, b);
        return true;
    }
    if (a.kind != b.kind)
        return false;
    switch (tum_val_kind(a)) {
    case TUM_STR:
    case TUM_BYTES:
        *ret = order_of(tum_str_cmp(tum_val_text(a), tum_val_text(b)), 0);
        return true;
    case TUM_LIST:
    case TUM_TUPLE:
        return items_cmp(a, b, ret);
    case TUM_DATE:
        if (!dates_compare(a, b))
            return false;
        *ret = order_of(date_instant(a), date_instant(b));
        return true;
    case TUM_NONE:
    case TUM_BOOL:
    case TUM_INT:
    case TUM_FLOAT:
    case TUM_BIGINT:
    case TUM_MAP:
    case TUM_SET:
        return false;
    }
    tum_bug("kind %d", a.kind);
}

/* ---- hash ---- */

#define HASH_A 0x9E3779B97F4A7C15u
#define HASH_B 0xC2B2AE3D27D4EB4Fu

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t tum_text_hash(struct tum_str text)
{
    const char *s = text.s;
    size_t n = text.n;
    uint64_t hash = HASH_A ^ text.n;
    uint64_t word = 0;

    for (; n > 8; n -= 8, s += 8) {
        memcpy(&word, s, 8);
        hash = fold(hash ^ word, HASH_B);
    }
    word = 0;
    if (n > 0)
        memcpy(&word, s, n);
    hash = fold(fold(hash ^ word, HASH_B) ^ HASH_A, HASH_B);
    return hash != 0 ? hash : 1;
}

static uint64_t text_hash(tum_val v)
{
    struct tum_text_object *text = tum_text_object(v);
    uint64_t hash = atomic_load_explicit(&text->hash, memory_order_relaxed);

    /* Two threads may both compute it; they write the same number. */
    if (hash == 0) {
        hash = tum_text_hash(tum_str_n(text->s, text->head.n));
        atomic_store_explicit(&text->hash, hash, memory_order_relaxed);
    }
    return hash;
}

bool tum_val_is_hashable(tum_val v)
{
    uint64_t hash;

    if (v.kind == TUM_TUPLE)
        return tum_val_hash(v, &hash);
    return v.kind != TUM_LIST && v.kind != TUM_MAP && v.kind != TUM_SET;
}

bool tum_val_hash(tum_val v, uint64_t *ret)
{
    uint64_t hash = HASH_B;

    switch (tum_val_kind(v)) {
    case TUM_STR:
    case TUM_BYTES:
        *ret = text_hash(v);
        return true;
    case TUM_BOOL:
    case TUM_INT:
    case TUM_FLOAT:
    case TUM_BIGINT:
        *ret = tum_num_hash(v);
        return true;
    case TUM_NONE:
        *ret = HASH_A;
        return true;
    case TUM_DATE:
        *ret = fold((uint64_t)date_instant(v) ^ HASH_A, HASH_B);
        return true;
    case TUM_TUPLE:
        tum_list_each (e, v) {
            uint64_t one;

            if (!tum_val_hash(*e, &one))
                return false;
            hash = fold(hash ^ one, HASH_A) + 1;
        }
        *ret = hash;
        return true;
    case TUM_LIST:
    case TUM_MAP:
    case TUM_SET:
        return false;
    }
    tum_bug("kind %d", v.kind);
}
