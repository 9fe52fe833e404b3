/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mistakes in documents: findings that name their line, or, in a lenient load, only a
 * number of them.
 */
#ifndef TUM_MISTAKES_H
#define TUM_MISTAKES_H

#include "base/source.h"
#include "tum/diag.h"

struct tum_mistakes {
    struct tum_sources *sources;
    struct tum_diags *diags;
    bool lenient; /* nothing is added to diags */
    size_t count;
};

/* The text gets "line N: " in front, N the author's line. NULL when lenient. */
struct tum_finding *tum_mistake_add(struct tum_mistakes *mistakes, struct tum_span at,
                                    const char *fmt, ...) TUM_PRINTF(3, 4);
/* A second place for the mistake added last; nothing when lenient. */
void tum_mistake_note(struct tum_mistakes *mistakes, struct tum_span at,
                      const char *fmt, ...) TUM_PRINTF(3, 4);
/* The author's line of a place, from 1. */
unsigned tum_mistake_line(const struct tum_mistakes *mistakes, struct tum_span at);

#endif
