/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all canvases share: measures of texts, dashes, coordinates.
 */
#include "plot/canvas.h"
#include "base/utf8.h"
#include <math.h>

/* Widths of the characters 32 … 126 of Helvetica in thousandths of its size; from the
   metrics of the standard fonts of PostScript. */
static const uint16_t widths[] = {
    278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
};
/* Of anything else: a wide guess for each column. */
#define OTHER_WIDTH 600
#define BOLDER      1.07

double tum_canvas_size(enum tum_font font)
{
    switch (font) {
    case TUM_FONT_TITLE:
        return 17;
    case TUM_FONT_LABEL:
        return 12;
    case TUM_FONT_NOTE:
        return 11;
    }
    return 0;
}

double tum_canvas_width(enum tum_font font, struct tum_str text)
{
    double thousandths = 0;

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.s[i];

        if (c >= 32 && c <= 126)
            thousandths += widths[c - 32];
        else if ((c & 0xc0) != 0x80)
            thousandths += OTHER_WIDTH;
    }
    return thousandths / 1000 * tum_canvas_size(font) *
           (font == TUM_FONT_TITLE ? BOLDER : 1);
}

struct tum_dashes tum_canvas_dashes(size_t line)
{
    static const struct tum_dashes rounds[] = {{0, 0}, {8, 4}, {2, 4}, {14, 6}};

    return rounds[line / TUM_CANVAS_COLOURS % TUM_LEN(rounds)];
}

void tum_canvas_number(struct tum_buf *out, double v)
{
    char text[24];
    size_t n = sizeof(text);
    int64_t hundredths = llround(fmin(fmax(v, -1e6), 1e6) * 100);
    bool negative = hundredths < 0;
    int decimals = 2;

    if (negative)
        hundredths = -hundredths;
    while (decimals > 0 && hundredths % 10 == 0) {
        hundredths /= 10;
        decimals--;
    }
    for (int i = 0; i < decimals; i++, hundredths /= 10)
        text[--n] = (char)('0' + hundredths % 10);
    if (decimals > 0)
        text[--n] = '.';
    do {
        text[--n] = (char)('0' + hundredths % 10);
        hundredths /= 10;
    } while (hundredths > 0);
    if (negative)
        text[--n] = '-';
    tum_buf_add(out, text + n, sizeof(text) - n);
}
