/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sketches: every part of a picture is shown as its mean colour.
 */
#include "cli/sketch.h"

#include "tum/mem.h"

/* The largest size of those proportions that fits. */
static void fit(const struct tum_pixels *pixels, size_t most_width, size_t most_height,
                size_t *ret_width, size_t *ret_height)
{
    double scale = TUM_MIN((double)most_width / (double)pixels->width,
                           (double)most_height / (double)pixels->height);

    *ret_width = TUM_MAX((size_t)((double)pixels->width * scale + 0.5), 1u);
    *ret_height = TUM_MAX((size_t)((double)pixels->height * scale + 0.5), 1u);
    *ret_width = TUM_MIN(*ret_width, most_width);
    *ret_height = TUM_MIN(*ret_height, most_height);
}

/* Colour of cell (x, y) of width × height. */
static void cell(const struct tum_pixels *pixels, size_t x, size_t y, size_t width,
                 size_t height, unsigned char ret[3])
{
    size_t left = x * pixels->width / width, right = (x + 1) * pixels->width / width;
    size_t top = y * pixels->height / height, below = (y + 1) * pixels->height / height;

    tum_pixels_mean(pixels, left, top, right - left, below - top, ret);
}

static void add_colour(struct tum_buf *out, int ground, const unsigned char *c,
                       enum tum_sketch_colours colours)
{
    if (colours == TUM_SKETCH_TRUE)
        tum_buf_addf(out, "\x1b[%d;2;%d;%d;%dm", ground, c[0], c[1], c[2]);
    else /* a cube of 6 × 6 × 6 from 16 on */
        tum_buf_addf(out, "\x1b[%d;5;%dm", ground,
                     16 + (c[0] * 5 + 127) / 255 * 36 + (c[1] * 5 + 127) / 255 * 6 +
                         (c[2] * 5 + 127) / 255);
}

static char letter(const unsigned char *c)
{
    static const char darker[] = " .:-=+*#%@";
    size_t light = (c[0] * 299u + c[1] * 587u + c[2] * 114u) / 1000;

    return darker[light * (sizeof(darker) - 2) / 255];
}

void tum_sketch_add(const struct tum_pixels *pixels, size_t columns, size_t rows,
                    enum tum_sketch_colours colours, struct tum_buf *out)
{
    unsigned char upper[3], lower[3], both[3];
    size_t width, height;

    fit(pixels, columns, rows * 2, &width, &height);
    for (size_t y = 0; y < height; y += 2) {
        for (size_t x = 0; x < width; x++) {
            cell(pixels, x, y, width, height, upper);
            cell(pixels, x, TUM_MIN(y + 1, height - 1), width, height, lower);
            for (size_t c = 0; c < 3; c++)
                both[c] = (unsigned char)((upper[c] + lower[c]) / 2);
            if (colours == TUM_SKETCH_LETTERS) {
                tum_buf_addc(out, letter(both));
                continue;
            }
            add_colour(out, 38, upper, colours);
            add_colour(out, 48, lower, colours);
            tum_buf_adds(out, "\xe2\x96\x80"); /* the upper half of a cell */
        }
        tum_buf_adds(out, colours == TUM_SKETCH_LETTERS ? "\n" : "\x1b[0m\n");
    }
}

/* One colour of a band of six rows; runs of the same letter are counted. */
static void add_band(const unsigned char *cells, size_t width, size_t rows,
                     unsigned char colour, struct tum_buf *out)
{
    size_t run = 0;
    char before = 0;

    for (size_t x = 0; x <= width; x++) {
        char c = '?';

        for (size_t y = 0; x < width && y < rows; y++)
            if (cells[y * width + x] == colour)
                c = (char)(c + (1 << y));
        if (x < width && run > 0 && c == before) {
            run++;
            continue;
        }
        if (run > 3)
            tum_buf_addf(out, "!%zu%c", run, before);
        else
            tum_buf_fill(out, before, run);
        before = c;
        run = 1;
    }
}

void tum_sketch_sixels(const struct tum_pixels *pixels, size_t most_width,
                       size_t most_height, struct tum_buf *out)
{
    size_t width, height;
    unsigned char *cells;

    fit(pixels, TUM_MIN(most_width, pixels->width),
        TUM_MIN(most_height, pixels->height), &width, &height);
    cells = tum_alloc_array(width * height, 1);
    for (size_t i = 0; i < width * height; i++) {
        unsigned char c[3];

        cell(pixels, i % width, i / width, width, height, c);
        cells[i] = (unsigned char)((c[0] * 5 + 127) / 255 * 36 +
                                   (c[1] * 5 + 127) / 255 * 6 + (c[2] * 5 + 127) / 255);
    }
    tum_buf_addf(out, "\x1bP0;1q\"1;1;%zu;%zu", width, height);
    for (int i = 0; i < 216; i++)
        tum_buf_addf(out, "#%d;2;%d;%d;%d", i, i / 36 * 20, i / 6 % 6 * 20, i % 6 * 20);
    for (size_t y = 0; y < height; y += 6) {
        size_t rows = TUM_MIN(height - y, 6u);
        const unsigned char *band = cells + y * width;
        bool seen[216] = {false};

        for (size_t i = 0; i < rows * width; i++)
            seen[band[i]] = true;
        for (unsigned colour = 0; colour < 216; colour++) {
            if (!seen[colour])
                continue;
            tum_buf_addf(out, "#%u", colour);
            add_band(band, width, rows, (unsigned char)colour, out);
            tum_buf_addc(out, '$');
        }
        tum_buf_addc(out, '-');
    }
    tum_buf_adds(out, "\x1b\\");
    tum_free(cells);
}
