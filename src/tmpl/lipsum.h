/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filler text, and the random numbers behind it and behind the filter `random`.
 */
#ifndef TUM_LIPSUM_H
#define TUM_LIPSUM_H

#include "tum/buf.h"

struct tum_dice {
    uint64_t state; /* 0: not seeded yet */
};

/* Uniform in 0 … sides - 1; sides at least 1. Seeds itself on first use. */
uint64_t tum_dice_roll(struct tum_dice *dice, uint64_t sides);

/* One paragraph of min to max - 1 words (min < max), ending with a full stop. */
void tum_lipsum_paragraph(struct tum_buf *out, struct tum_dice *dice, int64_t min,
                          int64_t max);

#endif
