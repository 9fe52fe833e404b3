/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures as pixels: PNG, JPEG (at an eighth of its size, which is enough for letters)
 * and the binary PNM formats.
 */
#ifndef TUM_PIXELS_H
#define TUM_PIXELS_H

#include "tum/buf.h"
#include "tum/err.h"

#define TUM_PIXELS_LIMIT ((size_t)32 << 20) /* of a picture */
#define TUM_PIXELS_SIDE  32768u

struct tum_pixels {
    size_t width, height;
    unsigned char *rgb; /* 3 bytes each, row by row */
};

/* True when the bytes begin like a format that can be read. */
bool tum_pixels_known(struct tum_str file);
bool tum_pixels_read(struct tum_str file, struct tum_pixels *ret,
                     struct tum_error **err);
void tum_pixels_release(struct tum_pixels *pixels);
/* Room for so many; a LIMIT error when that is too much, VALUE when it is nothing. */
bool tum_pixels_make(struct tum_pixels *ret, size_t width, size_t height,
                     struct tum_error **err);
/* Mean colour of the part from (x, y), at least one pixel. */
void tum_pixels_mean(const struct tum_pixels *pixels, size_t x, size_t y, size_t width,
                     size_t height, unsigned char ret[3]);

#endif
