/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables: an open-addressed table of slots under one lock. Names are never moved
 * out of the table (a removed one keeps its slot, unset), so a run that sets and removes
 * the same names does not grow.
 */
#include "engine/scope.h"

#include "base/lock.h"
#include "tum/mem.h"

#define FIRST_CAP TUM_HOSTILE_OR(2, 256)

struct slot {
    char *name;
    size_t length;
    uint64_t hash;
    tum_val value;
    bool is_set;
};

struct tum_scope {
    struct tum_lock lock;
    struct slot *slots; /* in order of first setting */
    size_t count, cap;
    uint32_t *index; /* slot number + 1; 0: free. A power of two in size */
    size_t index_size;
    uint64_t changes;
    struct tum_watch *watches;
};

struct tum_scope *tum_scope_new(void)
{
    struct tum_scope *scope = tum_new(struct tum_scope);

    tum_lock_init(&scope->lock, TUM_RANK_SCOPE);
    scope->index_size = FIRST_CAP;
    scope->index = tum_new_array(uint32_t, scope->index_size);
    return scope;
}

void tum_scope_free(struct tum_scope *scope)
{
    if (scope == NULL)
        return;
    for (size_t i = 0; i < scope->count; i++) {
        tum_free(scope->slots[i].name);
        tum_val_unref(scope->slots[i].value);
    }
    tum_free(scope->slots);
    tum_free(scope->index);
    tum_lock_release(&scope->lock);
    tum_free(scope);
}

static struct slot *find(const struct tum_scope *scope, struct tum_str name,
                         uint64_t hash, size_t *ret_place)
{
    size_t mask = scope->index_size - 1;
    size_t place = hash & mask;

    while (scope->index[place] != 0) {
        struct slot *slot = &scope->slots[scope->index[place] - 1];

        if (slot->hash == hash && slot->length == name.n &&
            memcmp(slot->name, name.s, name.n) == 0)
            return slot;
        place = (place + 1) & mask;
    }
    *ret_place = place;
    return NULL;
}

static void grow_index(struct tum_scope *scope)
{
    size_t mask;

    tum_free(scope->index);
    scope->index_size *= 2;
    scope->index = tum_new_array(uint32_t, scope->index_size);
    mask = scope->index_size - 1;
    for (size_t i = 0; i < scope->count; i++) {
        size_t place = scope->slots[i].hash & mask;

        while (scope->index[place] != 0)
            place = (place + 1) & mask;
        scope->index[place] = (uint32_t)i + 1;
    }
}

static struct slot *add(struct tum_scope *scope, struct tum_str name, uint64_t hash,
                        size_t place)
{
    struct slot *slot;

    tum_grow(&scope->slots, &scope->cap, scope->count + 1);
    slot = &scope->slots[scope->count];
    *slot = (struct slot){
        .name = tum_strndup(name.s, name.n), .length = name.n, .hash = hash};
    scope->index[place] = (uint32_t)++scope->count;
    if (scope->count * 2 > scope->index_size)
        grow_index(scope);
    return slot;
}

bool tum_scope_get(struct tum_scope *scope, struct tum_str name, tum_val *ret)
{
    uint64_t hash = tum_str_hash(name);
    struct slot *slot;
    size_t place;
    bool found;

    tum_lock_enter(&scope->lock);
    slot = find(scope, name, hash, &place);
    found = slot != NULL && slot->is_set;
    if (found)
        *ret = tum_val_ref(slot->value);
    tum_lock_leave(&scope->lock);
    return found;
}

/* Under the lock. The watches are one-shot: they leave the list. */
static void changed(struct tum_scope *scope)
{
    scope->changes++;
    while (scope->watches != NULL) {
        struct tum_watch *watch = scope->watches;

        scope->watches = watch->next;
        tum_stop_request(watch->wake, TUM_STOP_WAKE);
    }
}

bool tum_scope_set(struct tum_scope *scope, struct tum_str name, tum_val take)
{
    uint64_t hash = tum_str_hash(name);
    tum_val old = take;
    struct slot *slot;
    size_t place;
    bool fits = true;

    tum_lock_enter(&scope->lock);
    slot = find(scope, name, hash, &place);
    if (slot == NULL && scope->count >= TUM_SCOPE_LIMIT) {
        fits = false;
    } else {
        if (slot == NULL)
            slot = add(scope, name, hash, place);
        tum_val_swap(&slot->value, &old);
        slot->is_set = true;
        changed(scope);
    }
    tum_lock_leave(&scope->lock);
    tum_val_unref(old); /* may free a tree: not under the lock */
    return fits;
}

bool tum_scope_set2(struct tum_scope *scope, struct tum_str prefix, struct tum_str name,
                    tum_val take)
{
    char small[256];
    size_t n = prefix.n + name.n;
    char *key = n <= sizeof(small) ? small : tum_alloc(n);
    bool fits;

    memcpy(key, prefix.s, prefix.n);
    memcpy(key + prefix.n, name.s, name.n);
    fits = tum_scope_set(scope, tum_str_n(key, n), take);
    if (key != small)
        tum_free(key);
    return fits;
}

void tum_scope_remove(struct tum_scope *scope, struct tum_str name)
{
    uint64_t hash = tum_str_hash(name);
    tum_val old = tum_val_none();
    struct slot *slot;
    size_t place;

    tum_lock_enter(&scope->lock);
    slot = find(scope, name, hash, &place);
    if (slot != NULL && slot->is_set) {
        tum_val_swap(&slot->value, &old);
        slot->is_set = false;
        changed(scope);
    }
    tum_lock_leave(&scope->lock);
    tum_val_unref(old);
}

void tum_scope_clear(struct tum_scope *scope)
{
    tum_lock_enter(&scope->lock);
    for (size_t i = 0; i < scope->count; i++) {
        tum_val_release(&scope->slots[i].value);
        scope->slots[i].is_set = false;
    }
    changed(scope);
    tum_lock_leave(&scope->lock);
}

tum_val tum_scope_snapshot(struct tum_scope *scope)
{
    struct tum_map_builder *b;

    tum_lock_enter(&scope->lock);
    b = tum_map_begin(scope->count);
    for (size_t i = 0; i < scope->count; i++) {
        const struct slot *slot = &scope->slots[i];

        if (slot->is_set)
            tum_map_add(b, tum_val_strn(slot->name, slot->length),
                        tum_val_ref(slot->value));
    }
    tum_lock_leave(&scope->lock);
    return tum_map_end(b);
}

uint64_t tum_scope_changes(struct tum_scope *scope)
{
    uint64_t changes;

    tum_lock_enter(&scope->lock);
    changes = scope->changes;
    tum_lock_leave(&scope->lock);
    return changes;
}

bool tum_scope_watch(struct tum_scope *scope, struct tum_watch *watch, uint64_t changes)
{
    bool fresh;

    tum_lock_enter(&scope->lock);
    fresh = scope->changes == changes;
    if (fresh) {
        watch->next = scope->watches;
        scope->watches = watch;
    }
    tum_lock_leave(&scope->lock);
    return fresh;
}

void tum_scope_unwatch(struct tum_scope *scope, struct tum_watch *watch)
{
    tum_lock_enter(&scope->lock);
    for (struct tum_watch **w = &scope->watches; *w != NULL; w = &(*w)->next) {
        if (*w == watch) {
            *w = watch->next;
            break;
        }
    }
    tum_lock_leave(&scope->lock);
}
