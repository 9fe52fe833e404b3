/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of text for a panel of the terminal: what they are made of and how wide they get.
 * Knows no terminal.
 */
#ifndef TUM_ASKPANEL_H
#define TUM_ASKPANEL_H

#include "tum/buf.h"

#define TUM_PANEL_LIMIT ((size_t)256 << 10)

struct tum_panel {
    struct tum_buf text; /* rows, separated by newlines */
    size_t rows;         /* begun so far */
    size_t cursor_row, cursor_column;
    /* What there is room for; both at least 2. */
    size_t most_rows, most_columns;
    bool colours;
};

/* Room on a terminal of that size: one row stays for the live line, one column free. */
void tum_panel_init(struct tum_panel *panel, size_t rows, size_t columns, bool colours);
void tum_panel_release(struct tum_panel *panel);

/* Begins a row: the text added from here on. */
void tum_panel_row(struct tum_panel *panel);
enum tum_panel_style { TUM_PANEL_PLAIN, TUM_PANEL_STRONG, TUM_PANEL_FAINT };
/*
 * Adds what fits into `columns` of a text, a cut marked; what cannot be shown becomes a
 * question mark. Returns the columns it took.
 */
size_t tum_panel_add(struct tum_panel *panel, struct tum_str text, size_t columns,
                     enum tum_panel_style style);
/* A whole row. */
void tum_panel_line(struct tum_panel *panel, struct tum_str text,
                    enum tum_panel_style style);
/* Rows of a text, folded at blanks; when there are more than `most`, a cut is marked. */
void tum_panel_wrap(struct tum_panel *panel, struct tum_str text, size_t most);

/* Adds what fits of a text, a cut marked; what cannot be shown becomes a question mark. */
size_t tum_text_fit(struct tum_buf *out, struct tum_str text, size_t columns);

#endif
