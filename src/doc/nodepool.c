/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of the trees. A campaign says the same few hundred words all over, so texts are
 * interned: that saves an allocation a scalar, and lets keys be compared by pointer.
 */
#include "doc/nodepool.h"

#define FIRST_TEXTS TUM_HOSTILE_OR(2, 256)

void tum_nodepool_init(struct tum_nodepool *pool)
{
    *pool = (struct tum_nodepool){.arena = tum_arena_new()};
}

static tum_val text_value(struct tum_object *text)
{
    return (tum_val){.kind = TUM_STR, .as.obj = text};
}

void tum_nodepool_release(struct tum_nodepool *pool)
{
    for (size_t i = 0; i < pool->text_cap; i++)
        if (pool->texts[i].text != NULL)
            tum_val_unref(text_value(pool->texts[i].text));
    tum_free(pool->texts);
    for (size_t i = 0; i < pool->boxed_count; i++)
        tum_val_release(pool->boxed[i]);
    tum_free(pool->boxed);
    tum_arena_free(pool->arena);
    *pool = (struct tum_nodepool){0};
}

size_t tum_nodepool_memory(const struct tum_nodepool *pool)
{
    return tum_arena_used(pool->arena) + pool->text_cap * sizeof(*pool->texts) +
           pool->boxed_cap * sizeof(*pool->boxed);
}

/* The slot of a text, or the free one where it belongs. */
static struct tum_nodepool_text *find_slot(struct tum_nodepool_text *texts, size_t cap,
                                           uint64_t hash, struct tum_str text)
{
    size_t i = (size_t)(hash ^ hash >> 32) & (cap - 1);

    while (texts[i].text != NULL &&
           (texts[i].hash != hash ||
            !tum_str_eq(tum_val_text(text_value(texts[i].text)), text)))
        i = (i + 1) & (cap - 1);
    return &texts[i];
}

static void grow_texts(struct tum_nodepool *pool)
{
    size_t cap = pool->text_cap == 0 ? FIRST_TEXTS : pool->text_cap * 2;
    struct tum_nodepool_text *texts = tum_new_array(struct tum_nodepool_text, cap);

    for (size_t i = 0; i < pool->text_cap; i++) {
        struct tum_nodepool_text *old = &pool->texts[i];
        if (old->text != NULL)
            *find_slot(texts, cap, old->hash, tum_val_text(text_value(old->text))) =
                *old;
    }
    tum_free(pool->texts);
    pool->texts = texts;
    pool->text_cap = cap;
}

struct tum_object *tum_nodepool_text(struct tum_nodepool *pool, struct tum_str text)
{
    if ((pool->text_count + 1) * 3 > pool->text_cap * 2)
        grow_texts(pool);

    uint64_t hash = tum_str_hash(text);
    struct tum_nodepool_text *slot = find_slot(pool->texts, pool->text_cap, hash, text);

    if (slot->text == NULL) {
        slot->hash = hash;
        slot->text = tum_val_str_valid(text.s, text.n).as.obj;
        pool->text_count++;
    }
    return slot->text;
}

const tum_val *tum_nodepool_box(struct tum_nodepool *pool, tum_val take)
{
    tum_val *box = tum_arena_new_of(pool->arena, tum_val);

    *box = take;
    tum_grow(&pool->boxed, &pool->boxed_cap, pool->boxed_count + 1);
    pool->boxed[pool->boxed_count++] = box;
    return box;
}

struct tum_node *tum_nodepool_nodes(struct tum_nodepool *pool,
                                    const struct tum_node *nodes, size_t n)
{
    if (n == 0)
        return NULL;

    struct tum_node *copy = tum_arena_alloc(pool->arena, n * sizeof(*copy));

    memcpy(copy, nodes, n * sizeof(*copy));
    pool->node_count += n;
    return copy;
}
