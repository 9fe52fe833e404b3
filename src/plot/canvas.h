/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a picture is drawn on: lines, curves and texts in units of 1/800 of its width,
 * x to the right, y down. The two canvases, SVG and PDF, know nothing of plots.
 */
#ifndef TUM_CANVAS_H
#define TUM_CANVAS_H

#include "tum/buf.h"

#define TUM_CANVAS_WIDTH   800
#define TUM_CANVAS_HEIGHT  600
#define TUM_CANVAS_COLOURS 10
/* Bytes of one picture. */
#define TUM_CANVAS_LIMIT   ((size_t)4 << 20)

enum tum_stroke { TUM_STROKE_FRAME, TUM_STROKE_MAJOR, TUM_STROKE_MINOR };
enum tum_font { TUM_FONT_TITLE, TUM_FONT_LABEL, TUM_FONT_NOTE };
enum tum_anchor { TUM_ANCHOR_START, TUM_ANCHOR_MIDDLE, TUM_ANCHOR_END };

struct tum_canvas {
    const struct tum_canvas_ops *ops;
    struct tum_buf *out;
    /* Private to the ops. */
    struct tum_buf body;
    double last_x, last_y;
    bool at_start;
};

/* Order: begin, then anything, end. A curve is begun, gets two points or more, and ended;
   likewise lines. */
struct tum_canvas_ops {
    void (*begin)(struct tum_canvas *canvas, struct tum_str title);
    void (*lines_begin)(struct tum_canvas *canvas, enum tum_stroke stroke);
    void (*line)(struct tum_canvas *canvas, double x1, double y1, double x2, double y2);
    void (*lines_end)(struct tum_canvas *canvas);
    /* What follows is seen in this box only. */
    void (*clip_begin)(struct tum_canvas *canvas, double x, double y, double width,
                       double height);
    void (*clip_end)(struct tum_canvas *canvas);
    /* `line` is the number of the curve: colours go in turn, then the dashes change. */
    void (*curve_begin)(struct tum_canvas *canvas, size_t line);
    void (*point)(struct tum_canvas *canvas, double x, double y);
    void (*curve_end)(struct tum_canvas *canvas);
    void (*dot)(struct tum_canvas *canvas, size_t line, double x, double y);
    /* Base line at (x, y), or turned so that it rises by `rise` degrees. */
    void (*text)(struct tum_canvas *canvas, enum tum_font font, enum tum_anchor anchor,
                 double rise, double x, double y, struct tum_str text);
    void (*end)(struct tum_canvas *canvas);
};

extern const struct tum_canvas_ops tum_canvas_svg;
extern const struct tum_canvas_ops tum_canvas_pdf;

/* Dash pattern of a curve, on and off; on 0: solid. */
struct tum_dashes {
    int on, off;
};
struct tum_dashes tum_canvas_dashes(size_t line);
/* Size of a font, in units. */
double tum_canvas_size(enum tum_font font);
/* Width of a text in a font of Helvetica's measures, in units. */
double tum_canvas_width(enum tum_font font, struct tum_str text);
/* Adds a coordinate with at most two decimals. */
void tum_canvas_number(struct tum_buf *out, double v);

#endif
