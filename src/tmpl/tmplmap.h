/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which part of a rendered text comes from which part of its template.
 *
 * Positions in the template are those of tum_tlex; the segments handed out are in bytes
 * of the source.
 */
#ifndef TUM_TMPLMAP_H
#define TUM_TMPLMAP_H

#include "base/source.h"
#include "tmpl/tlex.h"

/* Most segments of one rendering (48 MB); text after that belongs to the last one. */
#define TUM_TMPLMAP_LIMIT ((size_t)4 << 20)

struct tum_tmplmap {
    const struct tum_tlex *lex; /* borrowed */
    struct tum_segment *items;
    size_t count, cap;
};

void tum_tmplmap_init(struct tum_tmplmap *map, const struct tum_tlex *lex);
void tum_tmplmap_release(struct tum_tmplmap *map);
/* The output from byte `out` on is a copy of the template from byte `in` to `end`. */
void tum_tmplmap_copied(struct tum_tmplmap *map, size_t out, uint32_t in, uint32_t end);
/* The output from byte `out` on was made by the tag at `in`. */
void tum_tmplmap_made(struct tum_tmplmap *map, size_t out, uint32_t in);
/* Hands the segments out (tum_free); the map is empty. */
struct tum_segment *tum_tmplmap_detach(struct tum_tmplmap *map,
                                       size_t *ret_count) TUM_MUST_USE;

#endif
