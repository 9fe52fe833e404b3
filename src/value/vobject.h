/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout of counted values, for the files of this folder only.
 *
 * Every counted value is one block of memory: this head, then what the kind needs. Only
 * `count` and the cached hash of a text change after construction, both atomically.
 */
#ifndef TUM_VOBJECT_H
#define TUM_VOBJECT_H

#include "tum/val.h"
#include <stdatomic.h>

struct tum_object {
    _Atomic uint32_t count;
    uint32_t bits; /* texts: TUM_TEXT_ASCII; sets, maps: log2 of the slots, 0: none */
    size_t n;      /* bytes, elements, entries; limbs with the sign of the number */
};

#define TUM_TEXT_ASCII 1u

struct tum_text_object {
    struct tum_object head;
    _Atomic uint64_t hash; /* 0: not computed yet */
    char s[];              /* n bytes and a NUL */
};

/* Lists, tuples and sets; sets of some size have slots (vindex.h) after the items. */
struct tum_seq_object {
    struct tum_object head;
    tum_val items[];
};

/* Maps of some size have slots after the entries. */
struct tum_map_object {
    struct tum_object head;
    struct tum_map_entry entries[];
};

/* The bits of a TUM_DATE in `spare`; the zone in minutes is in `spare2`. */
enum {
    TUM_DATE_TIME = 1,
    TUM_DATE_ZONE = 2,
};

static inline struct tum_text_object *tum_text_object(tum_val v)
{
    return (struct tum_text_object *)v.as.obj;
}
static inline struct tum_seq_object *tum_seq_object(tum_val v)
{
    return (struct tum_seq_object *)v.as.obj;
}
static inline struct tum_map_object *tum_map_object(tum_val v)
{
    return (struct tum_map_object *)v.as.obj;
}

/* Uncleared memory with a head: count 1, the rest zero. */
void *tum_object_new(size_t size) TUM_MUST_USE;

/* Depth of a container that gets one more child; see TUM_VAL_DEPTH. */
static inline uint16_t tum_depth_with(uint16_t depth, tum_val child)
{
    return child.depth >= depth ? (uint16_t)(child.depth + 1) : depth;
}

/* Hash of a TUM_STR or TUM_BYTES with these bytes; never 0. */
uint64_t tum_text_hash(struct tum_str text);

/* tum_val_hash would succeed. */
bool tum_val_is_hashable(tum_val v);

/* The same object, or numbers that cannot be told apart: what `is` is for us. */
static inline bool tum_val_is(tum_val a, tum_val b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == TUM_BOOL)
        return a.as.b == b.as.b;
    return a.as.i == b.as.i && a.spare == b.spare && a.spare2 == b.spare2;
}
/* As containers compare: identical, or equal. */
static inline bool tum_val_eq_inside(tum_val a, tum_val b)
{
    return tum_val_is(a, b) || tum_val_eq(a, b);
}

#endif
