/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the segments of a rendered text. Neighbours that say the same are one, so a
 * template without tags has one segment.
 */
#include "tmpl/tmplmap.h"
#include "tum/mem.h"

void tum_tmplmap_init(struct tum_tmplmap *map, const struct tum_tlex *lex)
{
    *map = (struct tum_tmplmap){.lex = lex};
}

void tum_tmplmap_release(struct tum_tmplmap *map)
{
    tum_free(map->items);
    *map = (struct tum_tmplmap){.lex = map->lex};
}

static void add(struct tum_tmplmap *map, struct tum_segment segment)
{
    if (map->count > 0) {
        struct tum_segment *last = &map->items[map->count - 1];

        if (last->copied == segment.copied &&
            (segment.copied ? segment.in - last->in == segment.out - last->out
                            : segment.in == last->in))
            return;
        /* What produced nothing needs no place. */
        if (last->out == segment.out) {
            *last = segment;
            return;
        }
        if (map->count == TUM_TMPLMAP_LIMIT) {
            last->copied = false;
            return;
        }
    }
    tum_grow(&map->items, &map->cap, map->count + 1);
    map->items[map->count++] = segment;
}

void tum_tmplmap_copied(struct tum_tmplmap *map, size_t out, uint32_t in, uint32_t end)
{
    while (in < end) {
        uint32_t shift = TUM_MIN(tum_tlex_shift(map->lex, in), end);

        add(map,
            (struct tum_segment){(uint32_t)out, tum_tlex_origin(map->lex, in), true});
        out += shift - in;
        in = shift;
    }
}

void tum_tmplmap_made(struct tum_tmplmap *map, size_t out, uint32_t in)
{
    add(map, (struct tum_segment){(uint32_t)out, tum_tlex_origin(map->lex, in), false});
}

struct tum_segment *tum_tmplmap_detach(struct tum_tmplmap *map, size_t *ret_count)
{
    struct tum_segment *items = map->items;

    *ret_count = map->count;
    *map = (struct tum_tmplmap){.lex = map->lex};
    return items;
}
