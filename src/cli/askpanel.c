/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Panels. A text of a campaign may hold anything: what a terminal would take for a
 * command never gets there.
 */
#include "cli/askpanel.h"
#include "base/utf8.h"

#define CUT_MARK "\xe2\x80\xa6"

void tum_panel_init(struct tum_panel *panel, size_t rows, size_t columns, bool colours)
{
    *panel = (struct tum_panel){
        .most_rows = rows > 3 ? rows - 1 : 2,
        .most_columns = columns > 3 ? columns - 1 : 2,
        .colours = colours,
    };
    tum_buf_init(&panel->text, TUM_PANEL_LIMIT);
}

void tum_panel_release(struct tum_panel *panel)
{
    tum_buf_release(&panel->text);
}

void tum_panel_row(struct tum_panel *panel)
{
    if (panel->rows++ > 0)
        tum_buf_addc(&panel->text, '\n');
}

/* One character as it is shown. */
static struct tum_str shown(struct tum_str text, size_t at, size_t *ret_length)
{
    uint32_t c;

    *ret_length = tum_utf8_decode(text.s + at, text.n - at, &c);
    if (c == '\t' || c == '\n' || c == '\r')
        return TUM_S(" ");
    if (c == TUM_UTF8_BAD || !tum_utf8_printable(c))
        return TUM_S("?");
    return tum_str_sub(text, at, at + *ret_length);
}

size_t tum_text_fit(struct tum_buf *out, struct tum_str text, size_t columns)
{
    size_t width = 0;

    for (size_t i = 0, n; i < text.n; i += n) {
        struct tum_str piece = shown(text, i, &n);
        size_t wide = tum_utf8_columns(piece);

        /* The last column is for the mark, unless this is the end of the text. */
        if (width + wide > columns || (width + wide == columns && i + n < text.n)) {
            if (width < columns) {
                tum_buf_adds(out, CUT_MARK);
                width++;
            }
            return width;
        }
        tum_buf_addt(out, piece);
        width += wide;
    }
    return width;
}

size_t tum_panel_add(struct tum_panel *panel, struct tum_str text, size_t columns,
                     enum tum_panel_style style)
{
    bool coded = panel->colours && style != TUM_PANEL_PLAIN;
    size_t width;

    if (coded)
        tum_buf_adds(&panel->text, style == TUM_PANEL_STRONG ? "\x1b[1m" : "\x1b[2m");
    width = tum_text_fit(&panel->text, text, columns);
    if (coded)
        tum_buf_adds(&panel->text, "\x1b[0m");
    return width;
}

void tum_panel_line(struct tum_panel *panel, struct tum_str text,
                    enum tum_panel_style style)
{
    tum_panel_row(panel);
    tum_panel_add(panel, text, panel->most_columns, style);
}

/* Bytes of the first row of a text: up to a line end, a blank, or what fits. */
static size_t row_length(struct tum_str text, size_t columns)
{
    size_t width = 0, blank = 0;

    for (size_t i = 0, n; i < text.n; i += n) {
        struct tum_str piece = shown(text, i, &n);

        if (text.s[i] == '\n')
            return i;
        width += tum_utf8_columns(piece);
        if (width > columns)
            return blank > 0 ? blank : TUM_MAX(i, n);
        if (text.s[i] == ' ')
            blank = i + 1;
    }
    return text.n;
}

void tum_panel_wrap(struct tum_panel *panel, struct tum_str text, size_t most)
{
    for (size_t row = 1; text.n > 0 && row <= most; row++) {
        size_t length = row_length(text, panel->most_columns);

        if (row == most && length < text.n) {
            tum_panel_line(panel, text, TUM_PANEL_PLAIN);
            return;
        }
        tum_panel_line(panel, tum_str_sub(text, 0, length), TUM_PANEL_PLAIN);
        if (length < text.n && text.s[length] == '\n')
            length++;
        text = tum_str_sub(text, length, text.n);
    }
}
