/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets. The order of their elements is not specified, but it shows (in repr, in
 * list(…)), so the table is laid out as CPython lays out its own: for numbers, whose
 * hashes are CPython's too, the order is then the same. Methods are in setmeth.c.
 */
#include "lang/ops.h"

#define FIRST_SLOTS   8
#define LINEAR_PROBES 9
#define PERTURB_SHIFT 5
#define SET_LIMIT     ((size_t)1 << 28)
#define DELETED       UINT64_MAX /* hash of a slot whose key was removed */

/* Walks the slots where a hash may be: runs of neighbours, then jumps. */
struct probe {
    size_t i, mask;
    size_t left; /* neighbours still to visit */
    uint64_t perturb;
};

static void probe_run(struct probe *p)
{
    p->left = p->i + LINEAR_PROBES <= p->mask ? LINEAR_PROBES : 0;
}

static struct probe probe_begin(size_t mask, uint64_t hash)
{
    struct probe p = {.i = hash & mask, .mask = mask, .perturb = hash};

    probe_run(&p);
    return p;
}

static size_t probe_next(struct probe *p, size_t slot)
{
    if (p->left > 0) {
        p->left--;
        return slot + 1;
    }
    p->perturb >>= PERTURB_SHIFT;
    p->i = (p->i * 5 + 1 + p->perturb) & p->mask;
    probe_run(p);
    return p->i;
}

static void make_table(struct tum_vm *vm, struct tum_oset *set, size_t slots)
{
    set->slots = tum_vm_array(vm, struct tum_set_slot, slots);
    memset(set->slots, 0, slots * sizeof(*set->slots));
    set->mask = slots - 1;
    set->n = set->fill = 0;
}

struct tum_oset *tum_new_set(struct tum_vm *vm, bool frozen)
{
    struct tum_oset *set =
        tum_new_obj(vm, frozen ? &tum_type_frozenset : &tum_type_set, struct tum_oset);

    make_table(vm, set, FIRST_SLOTS);
    return set;
}

/* Into a table that lacks the key and has no deleted slots. */
static void insert_clean(struct tum_oset *set, struct tum_obj *key, uint64_t hash)
{
    struct probe p = probe_begin(set->mask, hash);
    size_t slot = p.i;

    while (set->slots[slot].key != NULL)
        slot = probe_next(&p, slot);
    set->slots[slot] = (struct tum_set_slot){.key = key, .hash = hash};
    set->fill++;
    set->n++;
}

/* The smallest table of more than `least` slots. */
static bool resize(struct tum_vm *vm, struct tum_oset *set, size_t least)
{
    size_t slots = FIRST_SLOTS, old = set->mask + 1;
    struct tum_set_slot *was = set->slots;

    if (least > SET_LIMIT)
        return tum_unsupported_false(vm, "size of a set");
    while (slots <= least)
        slots *= 2;
    if (slots > 256 && !tum_vm_room(vm, slots * sizeof(*was)))
        return false;
    make_table(vm, set, slots);
    for (size_t i = 0; i < old; i++) {
        if (was[i].key != NULL)
            insert_clean(set, was[i].key, was[i].hash);
    }
    return true;
}

/* The slot with the key, or where it would be put: a deleted one that was passed, or the
   free one that ended the search. */
static bool find(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *key,
                 uint64_t hash, size_t *ret_slot)
{
    size_t deleted = SIZE_MAX;
    struct probe p = probe_begin(set->mask, hash);
    size_t slot = p.i;
    bool is;

    for (;; slot = probe_next(&p, slot)) {
        const struct tum_set_slot *e = &set->slots[slot];

        if (e->key == NULL && e->hash == 0) {
            if (deleted != SIZE_MAX)
                slot = deleted;
            break;
        }
        if (e->key == NULL)
            deleted = slot;
        if (e->key == NULL || e->hash != hash)
            continue;
        if (!tum_op_same(vm, e->key, key, &is))
            return false;
        if (is)
            break;
    }
    *ret_slot = slot;
    return true;
}

static bool add_hashed(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *key,
                       uint64_t hash)
{
    size_t slot;

    if (!find(vm, set, key, hash, &slot))
        return false;
    if (set->slots[slot].key != NULL)
        return true;
    set->n++;
    if (set->slots[slot].hash == DELETED) {
        set->slots[slot] = (struct tum_set_slot){.key = key, .hash = hash};
        return true;
    }
    set->slots[slot] = (struct tum_set_slot){.key = key, .hash = hash};
    set->fill++;
    if (set->fill * 5 < set->mask * 3)
        return true;
    return resize(vm, set, set->n > 50000 ? set->n * 2 : set->n * 4);
}

bool tum_oset_add(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *key)
{
    uint64_t hash;

    return tum_op_hash(vm, key, &hash) && add_hashed(vm, set, key, hash);
}

bool tum_oset_contains(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *key,
                       bool *ret)
{
    uint64_t hash;
    size_t slot;

    if (!tum_op_hash(vm, key, &hash) || !find(vm, set, key, hash, &slot))
        return false;
    *ret = set->slots[slot].key != NULL;
    return true;
}

bool tum_oset_remove(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *key,
                     bool *ret_was)
{
    uint64_t hash;
    size_t slot;

    if (!tum_op_hash(vm, key, &hash) || !find(vm, set, key, hash, &slot))
        return false;
    *ret_was = set->slots[slot].key != NULL;
    if (*ret_was) {
        set->slots[slot] = (struct tum_set_slot){.hash = DELETED};
        set->n--;
    }
    return true;
}

void tum_oset_clear(struct tum_vm *vm, struct tum_oset *set)
{
    make_table(vm, set, FIRST_SLOTS);
    set->finger = 0;
}

struct tum_obj *tum_oset_next(struct tum_oset *set, size_t *at)
{
    while (*at <= set->mask) {
        struct tum_obj *key = set->slots[(*at)++].key;

        if (key != NULL)
            return key;
    }
    return NULL;
}

/* All of another set: as CPython does it, since that decides the order. */
static bool merge(struct tum_vm *vm, struct tum_oset *set, struct tum_oset *from)
{
    bool clean;

    if (from == set || from->n == 0)
        return true;
    if ((set->fill + from->n) * 5 >= set->mask * 3 &&
        !resize(vm, set, (set->n + from->n) * 2))
        return false;
    if (set->fill == 0 && set->mask == from->mask && from->fill == from->n) {
        memcpy(set->slots, from->slots, (from->mask + 1) * sizeof(*set->slots));
        set->fill = set->n = from->n;
        return true;
    }
    clean = set->fill == 0;
    for (size_t i = 0; i <= from->mask; i++) {
        const struct tum_set_slot *e = &from->slots[i];

        if (e->key == NULL)
            continue;
        if (clean)
            insert_clean(set, e->key, e->hash);
        else if (!add_hashed(vm, set, e->key, e->hash))
            return false;
    }
    return true;
}

struct tum_oset *tum_oset_copy(struct tum_vm *vm, struct tum_oset *set, bool frozen)
{
    struct tum_oset *copy = tum_new_set(vm, frozen);

    return merge(vm, copy, set) ? copy : NULL;
}

static bool merge_dict(struct tum_vm *vm, struct tum_oset *set, struct tum_odict *dict)
{
    struct tum_dict_entry *e;

    if ((set->fill + dict->n) * 5 >= set->mask * 3 &&
        !resize(vm, set, (set->n + dict->n) * 2))
        return false;
    for (size_t at = 0; (e = tum_dict_next(dict, &at)) != NULL;) {
        if (!add_hashed(vm, set, e->key, e->hash))
            return false;
    }
    return true;
}

bool tum_oset_update(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *from)
{
    struct tum_obj *iter, *item;

    if (tum_kind_of(from) == TUM_O_SET || tum_kind_of(from) == TUM_O_FROZENSET)
        return merge(vm, set, tum_as_set(from));
    if (tum_kind_of(from) == TUM_O_DICT)
        return merge_dict(vm, set, tum_as_dict(from));
    iter = tum_op_iter(vm, from);
    if (iter == NULL)
        return false;
    while (tum_iter_next(vm, iter, &item)) {
        if (!tum_oset_add(vm, set, item))
            return false;
    }
    return !tum_vm_failed(vm);
}
