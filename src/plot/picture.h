/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of a plot: axes, grid, curves and legend on a canvas.
 */
#ifndef TUM_PICTURE_H
#define TUM_PICTURE_H

#include "plot/canvas.h"
#include "plot/series.h"

/* More samples of a line than this are drawn as their least and greatest in each column
   of the picture. */
#define TUM_PICTURE_PLAIN  4000
/* Points of all curves together; with many long lines the columns become wider. */
#define TUM_PICTURE_POINTS 56000

struct tum_picture_line {
    struct tum_str name;
    const char *file_part; /* for the names of files */
    struct tum_series_view view;
};

struct tum_picture {
    struct tum_str title;
    int64_t opened; /* local time of the opening, see plottime.h */
    int64_t until;  /* microseconds it has been open: the axis when nothing was added */
    const struct tum_picture_line *lines;
    size_t count;
};

/* `out` must be empty. */
void tum_picture_draw(const struct tum_picture *picture,
                      const struct tum_canvas_ops *ops, struct tum_buf *out);

#endif
