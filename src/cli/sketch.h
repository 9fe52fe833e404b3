/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture in letters: half blocks in colours, or letters of different darkness.
 */
#ifndef TUM_SKETCH_H
#define TUM_SKETCH_H

#include "cli/pixels.h"

enum tum_sketch_colours {
    TUM_SKETCH_LETTERS, /* none */
    TUM_SKETCH_256,     /* those of xterm */
    TUM_SKETCH_TRUE,
};

/*
 * Adds lines, at most `rows` of at most `columns`, with the proportions of the picture: a
 * cell of a terminal is twice as high as wide.
 */
void tum_sketch_add(const struct tum_pixels *pixels, size_t columns, size_t rows,
                    enum tum_sketch_colours colours, struct tum_buf *out);
/* Adds the picture as sixels (DEC STD 070), at most so many pixels wide and high. */
void tum_sketch_sixels(const struct tum_pixels *pixels, size_t width, size_t height,
                       struct tum_buf *out);

#endif
