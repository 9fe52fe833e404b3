/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where everything of a picture goes. All samples are read twice, once for the axes and
 * once for the curves; what is written is bounded by the width of the picture.
 */
#include "plot/picture.h"
#include "base/utf8.h"
#include "plot/plottime.h"
#include "plot/ticks.h"
#include "tum/mem.h"
#include <math.h>

#define EDGE        14 /* free at the edges of the picture */
#define TITLE_SPACE 40
#define ROW         18 /* of the legend */
#define ROWS        7
#define SWATCH      22
#define GAP         6
#define BETWEEN     18
#define RISE        60 /* degrees of the labels of times */
#define TICK        5
#define NAME_SHOWN  48 /* characters */
#define UNIT_SHOWN  16
#define UNITS_SPACE 16 /* beside the numbers */

struct box {
    double left, top, width, height;
};

struct drawing {
    const struct tum_picture *picture;
    struct tum_canvas canvas;
    struct tum_ticks numbers;
    struct tum_time_ticks times;
    struct box box;
    bool empty;           /* no finite number */
    struct tum_buf units; /* of the numbers, when names tell */
};

/* ---- what there is ---- */

static void find_range(struct drawing *d)
{
    const struct tum_picture *picture = d->picture;
    int64_t first = INT64_MAX, last = INT64_MIN;
    double low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < picture->count; i++) {
        const struct tum_series_view *view = &picture->lines[i].view;
        struct tum_series_walk walk = {0};
        double v;
        int64_t at;

        while (tum_series_next_double(view, &walk, &at, &v)) {
            if (!isfinite(v))
                continue;
            first = TUM_MIN(first, at);
            last = TUM_MAX(last, at);
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
    }
    d->empty = first > last;
    if (d->empty) {
        first = 0;
        last = TUM_MAX(picture->until, (int64_t)10000000);
        low = 0;
        high = 1;
    }
    tum_ticks_numbers(low, high, 8, &d->numbers);
    tum_ticks_times(picture->opened + first, picture->opened + last, 14, &d->times);
}

/* What stands in brackets at the end of a name, after something else: "volts (V)". */
static struct tum_str unit_of(struct tum_str name)
{
    char close = name.n > 0 ? name.s[name.n - 1] : '\0';
    char open = close == ')' ? '(' : close == ']' ? '[' : '\0';
    size_t at = name.n;

    while (open != '\0' && at > 0 && name.s[at - 1] != open)
        at--;
    if (at < 2)
        return TUM_S("");
    return tum_str_trim(tum_str_sub(name, at, name.n - 1));
}

/* The units of all lines, each once. */
static void find_units(struct drawing *d)
{
    TUM_AUTO(tum_buf_release) struct tum_buf seen = TUM_BUF_INIT(TUM_BUF_ANY);

    for (size_t i = 0; i < d->picture->count; i++) {
        struct tum_str unit = unit_of(d->picture->lines[i].name);
        struct tum_str rest = tum_buf_str(&seen), known;
        bool more = true, found = unit.n == 0 || tum_utf8_count(unit) > UNIT_SHOWN;

        while (!found && tum_str_split(&rest, &more, '\n', &known))
            found = tum_str_eq(known, unit);
        if (found)
            continue;
        tum_buf_addt(&seen, unit);
        tum_buf_addc(&seen, '\n');
        tum_buf_adds(&d->units, d->units.len > 0 ? ", " : "");
        tum_buf_addt(&d->units, unit);
    }
}

/* ---- the legend ---- */

/* A name as the legend shows it: one line, not too long. */
static void shown_name(struct tum_str name, struct tum_buf *out)
{
    size_t cut = tum_utf8_offset(name, NAME_SHOWN);

    tum_buf_reset(out);
    tum_buf_addt(out, tum_str_sub(name, 0, cut));
    if (cut < name.n)
        tum_buf_adds(out, "\xe2\x80\xa6");
}

/* Calls back for each entry with its place; the number of rows is the result. `draw`
   false: only counts. */
static int lay_legend(struct drawing *d, bool draw)
{
    TUM_AUTO(tum_buf_release) struct tum_buf name = TUM_BUF_INIT(TUM_BUF_ANY);
    double x = EDGE, width;
    int row = 0;

    for (size_t i = 0; i < d->picture->count; i++) {
        double y;

        shown_name(d->picture->lines[i].name, &name);
        width = SWATCH + GAP + tum_canvas_width(TUM_FONT_LABEL, tum_buf_str(&name));
        if (x > EDGE && x + width > TUM_CANVAS_WIDTH - EDGE) {
            x = EDGE;
            row++;
        }
        if (row == ROWS - 1 && i + 1 < d->picture->count) {
            /* The last row is for saying how many more there are. */
            tum_buf_reset(&name);
            tum_buf_addf(&name, "\xe2\x80\xa6 and %zu more lines",
                         d->picture->count - i);
            if (draw)
                d->canvas.ops->text(&d->canvas, TUM_FONT_NOTE, TUM_ANCHOR_START, 0, x,
                                    TITLE_SPACE + row * ROW + ROW - 5,
                                    tum_buf_str(&name));
            break;
        }
        y = TITLE_SPACE + row * ROW + ROW - 5;
        if (draw) {
            d->canvas.ops->curve_begin(&d->canvas, i);
            d->canvas.ops->point(&d->canvas, x, y - 4);
            d->canvas.ops->point(&d->canvas, x + SWATCH, y - 4);
            d->canvas.ops->curve_end(&d->canvas);
            d->canvas.ops->text(&d->canvas, TUM_FONT_LABEL, TUM_ANCHOR_START, 0,
                                x + SWATCH + GAP, y, tum_buf_str(&name));
        }
        x += width + BETWEEN;
    }
    return d->picture->count > 0 ? row + 1 : 0;
}

/* ---- axes ---- */

static double widest_number(const struct drawing *d)
{
    TUM_AUTO(tum_buf_release) struct tum_buf label = TUM_BUF_INIT(TUM_BUF_ANY);
    double widest = 0;

    for (int i = 0; i < d->numbers.count; i++) {
        tum_buf_reset(&label);
        tum_ticks_label(&d->numbers, i, &label);
        widest = fmax(widest, tum_canvas_width(TUM_FONT_LABEL, tum_buf_str(&label)));
    }
    return widest;
}

static void set_box(struct drawing *d, int legend_rows)
{
    TUM_AUTO(tum_buf_release) struct tum_buf label = TUM_BUF_INIT(TUM_BUF_ANY);
    double size = tum_canvas_size(TUM_FONT_LABEL), length, sideways, bottom;

    tum_ticks_time_label(&d->times, 0, &label);
    length = tum_canvas_width(TUM_FONT_LABEL, tum_buf_str(&label));
    sideways = length * cos(RISE * M_PI / 180) + size * sin(RISE * M_PI / 180);
    bottom =
        TICK + 4 + length * sin(RISE * M_PI / 180) + size * cos(RISE * M_PI / 180) + 24;
    d->box.left =
        fmax(EDGE + widest_number(d) + TICK + 4 + (d->units.len > 0 ? UNITS_SPACE : 0),
             EDGE + sideways * 0.7);
    d->box.top = TITLE_SPACE + legend_rows * ROW + 8;
    d->box.width = TUM_CANVAS_WIDTH - EDGE - 4 - d->box.left;
    d->box.height = TUM_CANVAS_HEIGHT - bottom - d->box.top;
}

static double x_of(const struct drawing *d, int64_t time)
{
    return d->box.left + (double)(time - d->times.low) /
                             (double)(d->times.high - d->times.low) * d->box.width;
}

static double y_of(const struct drawing *d, double v)
{
    double part = (v - d->numbers.low) / (d->numbers.high - d->numbers.low);

    return d->box.top + (1 - part) * d->box.height;
}

static void vertical(struct drawing *d, double x, double beyond)
{
    d->canvas.ops->line(&d->canvas, x, d->box.top, x,
                        d->box.top + d->box.height + beyond);
}

static void horizontal(struct drawing *d, double y, double beyond)
{
    d->canvas.ops->line(&d->canvas, d->box.left - beyond, y, d->box.left + d->box.width,
                        y);
}

static void draw_minor(struct drawing *d)
{
    const struct tum_time_ticks *t = &d->times;
    const struct tum_ticks *n = &d->numbers;

    d->canvas.ops->lines_begin(&d->canvas, TUM_STROKE_MINOR);
    for (int i = -1; i < t->count; i++)
        for (int k = 1; k < t->minor; k++) {
            int64_t time = t->first + i * t->step + t->step * k / t->minor;

            if (time > t->low && time < t->high)
                vertical(d, x_of(d, time), 0);
        }
    for (int i = -1; i < n->count; i++)
        for (int k = 1; k < n->minor; k++) {
            double v = n->first + (i + (double)k / n->minor) * n->step;

            if (v > n->low && v < n->high)
                horizontal(d, y_of(d, v), 0);
        }
    d->canvas.ops->lines_end(&d->canvas);
}

static void draw_major(struct drawing *d)
{
    d->canvas.ops->lines_begin(&d->canvas, TUM_STROKE_MAJOR);
    for (int i = 0; i < d->times.count; i++)
        vertical(d, x_of(d, d->times.first + i * d->times.step), TICK);
    for (int i = 0; i < d->numbers.count; i++)
        horizontal(d, y_of(d, tum_ticks_at(&d->numbers, i)), TICK);
    d->canvas.ops->lines_end(&d->canvas);
}

static void draw_frame(struct drawing *d)
{
    double right = d->box.left + d->box.width, bottom = d->box.top + d->box.height;

    d->canvas.ops->lines_begin(&d->canvas, TUM_STROKE_FRAME);
    horizontal(d, d->box.top, 0);
    horizontal(d, bottom, 0);
    vertical(d, d->box.left, 0);
    vertical(d, right, 0);
    d->canvas.ops->lines_end(&d->canvas);
}

static void draw_labels(struct drawing *d)
{
    TUM_AUTO(tum_buf_release) struct tum_buf label = TUM_BUF_INIT(TUM_BUF_ANY);
    double bottom = d->box.top + d->box.height;

    shown_name(tum_buf_str(&d->units), &label);
    if (label.len > 0)
        d->canvas.ops->text(&d->canvas, TUM_FONT_LABEL, TUM_ANCHOR_MIDDLE, 90,
                            EDGE + tum_canvas_size(TUM_FONT_LABEL) / 2,
                            d->box.top + d->box.height / 2, tum_buf_str(&label));
    for (int i = 0; i < d->numbers.count; i++) {
        tum_buf_reset(&label);
        tum_ticks_label(&d->numbers, i, &label);
        d->canvas.ops->text(
            &d->canvas, TUM_FONT_LABEL, TUM_ANCHOR_END, 0, d->box.left - TICK - 3,
            y_of(d, tum_ticks_at(&d->numbers, i)) + 4, tum_buf_str(&label));
    }
    for (int i = 0; i < d->times.count; i++) {
        tum_buf_reset(&label);
        tum_ticks_time_label(&d->times, i, &label);
        d->canvas.ops->text(&d->canvas, TUM_FONT_LABEL, TUM_ANCHOR_END, RISE,
                            x_of(d, d->times.first + i * d->times.step) + 5,
                            bottom + TICK + 9, tum_buf_str(&label));
    }
}

/* "local time, 2026-11-21" or "… 2026-11-21 to 2026-11-22" */
static void draw_note(struct drawing *d)
{
    TUM_AUTO(tum_buf_release) struct tum_buf note = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_wall from, to;

    tum_plottime_fields(d->times.low, &from);
    tum_plottime_fields(d->times.high, &to);
    tum_buf_addf(&note, "local time, %04d-%02d-%02d", from.year, from.month, from.day);
    if (from.day != to.day || from.month != to.month || from.year != to.year)
        tum_buf_addf(&note, " to %04d-%02d-%02d", to.year, to.month, to.day);
    if (d->empty)
        tum_buf_adds(&note, "; no samples");
    d->canvas.ops->text(&d->canvas, TUM_FONT_NOTE, TUM_ANCHOR_END, 0,
                        TUM_CANVAS_WIDTH - EDGE, TUM_CANVAS_HEIGHT - 8,
                        tum_buf_str(&note));
}

/* ---- curves ---- */

/* A curve in the making: a single point becomes a dot. */
struct pen {
    struct drawing *d;
    size_t line;
    double x, y; /* last point */
    size_t points;
};

static void pen_to(struct pen *pen, double x, double y)
{
    const struct tum_canvas_ops *ops = pen->d->canvas.ops;

    if (pen->points > 0 && fabs(x - pen->x) < 0.005 && fabs(y - pen->y) < 0.005)
        return;
    if (pen->points == 1) {
        ops->curve_begin(&pen->d->canvas, pen->line);
        ops->point(&pen->d->canvas, pen->x, pen->y);
    }
    if (pen->points > 0)
        ops->point(&pen->d->canvas, x, y);
    pen->x = x;
    pen->y = y;
    pen->points++;
}

static void pen_up(struct pen *pen)
{
    const struct tum_canvas_ops *ops = pen->d->canvas.ops;

    if (pen->points == 1)
        ops->dot(&pen->d->canvas, pen->line, pen->x, pen->y);
    else if (pen->points > 1)
        ops->curve_end(&pen->d->canvas);
    pen->points = 0;
}

static void draw_plain(struct pen *pen, const struct tum_series_view *view)
{
    struct tum_series_walk walk = {0};
    struct drawing *d = pen->d;
    int64_t at;
    double v;

    while (tum_series_next_double(view, &walk, &at, &v)) {
        if (isfinite(v))
            pen_to(pen, x_of(d, d->picture->opened + at), y_of(d, v));
        else
            pen_up(pen);
    }
    pen_up(pen);
}

/* Least and greatest of one column, in the order in which they came. */
struct column {
    int64_t index; /* -1: none */
    double low, high;
    int64_t low_at, high_at;
    bool broken; /* what is no number was in it, or before it */
};

static void draw_column(struct pen *pen, const struct column *column)
{
    struct drawing *d = pen->d;
    int64_t opened = d->picture->opened;
    double low_x, high_x;

    if (column->index < 0)
        return;
    low_x = x_of(d, opened + column->low_at);
    high_x = x_of(d, opened + column->high_at);
    if (column->low_at <= column->high_at) {
        pen_to(pen, low_x, y_of(d, column->low));
        pen_to(pen, high_x, y_of(d, column->high));
    } else {
        pen_to(pen, high_x, y_of(d, column->high));
        pen_to(pen, low_x, y_of(d, column->low));
    }
    /* At most one gap a column, wherever it was in it. */
    if (column->broken)
        pen_up(pen);
}

static void draw_reduced(struct pen *pen, const struct tum_series_view *view,
                         double columns)
{
    struct tum_series_walk walk = {0};
    struct drawing *d = pen->d;
    struct column column = {.index = -1};
    int64_t low = d->times.low - d->picture->opened;
    double scale = columns / (double)(d->times.high - d->times.low);
    int64_t at;
    double v;

    while (tum_series_next_double(view, &walk, &at, &v)) {
        int64_t index = (int64_t)((double)(at - low) * scale);

        if (!isfinite(v)) {
            column.broken = true;
        } else if (index != column.index) {
            draw_column(pen, &column);
            column = (struct column){
                .index = index, .low = v, .high = v, .low_at = at, .high_at = at};
        } else if (v < column.low) {
            column.low = v;
            column.low_at = at;
        } else if (v > column.high) {
            column.high = v;
            column.high_at = at;
        }
    }
    draw_column(pen, &column);
    pen_up(pen);
}

static void draw_curves(struct drawing *d)
{
    const struct tum_picture *picture = d->picture;
    size_t share = TUM_PICTURE_POINTS / TUM_MAX(picture->count, (size_t)1);
    size_t plain = TUM_MIN(share, (size_t)TUM_PICTURE_PLAIN);
    double columns = fmin(floor(d->box.width), (double)share / 2);

    d->canvas.ops->clip_begin(&d->canvas, d->box.left, d->box.top, d->box.width,
                              d->box.height);
    for (size_t i = 0; i < picture->count; i++) {
        struct pen pen = {.d = d, .line = i};

        if (picture->lines[i].view.count <= plain)
            draw_plain(&pen, &picture->lines[i].view);
        else
            draw_reduced(&pen, &picture->lines[i].view, columns);
    }
    d->canvas.ops->clip_end(&d->canvas);
}

void tum_picture_draw(const struct tum_picture *picture,
                      const struct tum_canvas_ops *ops, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf title = TUM_BUF_INIT(TUM_BUF_ANY);
    struct drawing d = {.picture = picture, .canvas = {.ops = ops, .out = out}};

    tum_buf_init(&d.units, TUM_BUF_ANY);
    find_range(&d);
    find_units(&d);
    set_box(&d, lay_legend(&d, false));
    shown_name(picture->title, &title);
    ops->begin(&d.canvas, picture->title);
    ops->text(&d.canvas, TUM_FONT_TITLE, TUM_ANCHOR_MIDDLE, 0, TUM_CANVAS_WIDTH / 2, 26,
              tum_buf_str(&title));
    draw_minor(&d);
    draw_major(&d);
    draw_frame(&d);
    draw_curves(&d);
    draw_labels(&d);
    draw_note(&d);
    lay_legend(&d, true);
    tum_buf_release(&d.units);
    ops->end(&d.canvas);
}
