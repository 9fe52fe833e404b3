/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A canvas that writes PDF 1.4: one page, vector, with the fonts every reader has. These
 * hold the characters of western Europe; others show as a question mark.
 *
 * The page is as large as the picture (a point a unit). References: PDF Reference, third
 * edition, chapters 3.4 (file structure), 4 (graphics), 5.5 (simple fonts), D (encodings).
 */
#include "base/utf8.h"
#include "plot/canvas.h"
#include <math.h>

enum object { NONE, CATALOG, PAGES, PAGE, CONTENT, PLAIN, BOLD, INFO, OBJECTS };

static const struct {
    double r, g, b;
} colours[TUM_CANVAS_COLOURS] = {
    {.12, .47, .71}, {.85, .37, .01}, {.16, .54, .16}, {.78, .16, .22}, {.48, .31, .71},
    {.55, .34, .29}, {.76, .28, .61}, {.37, .42, .46}, {.52, .46, .00}, {.06, .51, .57},
};

/* Characters of WinAnsiEncoding 0x80 … 0x9f; 0: none. */
static const uint16_t win_ansi[] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static unsigned char encode(uint32_t c)
{
    if ((c >= 32 && c < 127) || (c >= 0xa0 && c <= 0xff))
        return (unsigned char)c;
    for (size_t i = 0; i < TUM_LEN(win_ansi); i++)
        if (c != 0 && win_ansi[i] == c)
            return (unsigned char)(0x80 + i);
    return c == '\t' || c == '\n' ? ' ' : '?';
}

static void number(struct tum_canvas *canvas, double v)
{
    tum_canvas_number(&canvas->body, v);
    tum_buf_addc(&canvas->body, ' ');
}

/* y of a page grows upwards. */
static void place(struct tum_canvas *canvas, double x, double y)
{
    number(canvas, x);
    number(canvas, TUM_CANVAS_HEIGHT - y);
}

/* In the encoding of the fonts. */
static void add_string(struct tum_buf *out, struct tum_str text)
{
    tum_buf_addc(out, '(');
    for (size_t i = 0, n; i < text.n; i += n) {
        uint32_t c;
        unsigned char byte;

        n = tum_utf8_decode(text.s + i, text.n - i, &c);
        byte = encode(c);
        if (byte == '(' || byte == ')' || byte == '\\')
            tum_buf_addc(out, '\\');
        tum_buf_addc(out, (char)byte);
    }
    tum_buf_addc(out, ')');
}

static void pdf_begin(struct tum_canvas *canvas, struct tum_str title)
{
    tum_buf_init(&canvas->body, TUM_CANVAS_LIMIT);
    /* Bytes above 127 in the second line tell transfer programs that this is no text. */
    tum_buf_adds(canvas->out, "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n");
    /* The title waits in `out` as the one object that is known already. */
    tum_buf_addf(canvas->out, "%d 0 obj\n<< /Producer (tum) /Title ", INFO);
    add_string(canvas->out, title);
    tum_buf_adds(canvas->out, " >>\nendobj\n");
    tum_buf_adds(&canvas->body, "1 j 1 J\n");
}

static void pdf_lines_begin(struct tum_canvas *canvas, enum tum_stroke stroke)
{
    static const char *const how[] = {"0.33 G 1 w [] 0 d\n", "0.82 G 1 w [] 0 d\n",
                                      "0.9 G 0.6 w [3 3] 0 d\n"};

    tum_buf_adds(&canvas->body, how[stroke]);
}

static void pdf_line(struct tum_canvas *canvas, double x1, double y1, double x2,
                     double y2)
{
    place(canvas, x1, y1);
    tum_buf_adds(&canvas->body, "m ");
    place(canvas, x2, y2);
    tum_buf_adds(&canvas->body, "l\n");
}

static void pdf_lines_end(struct tum_canvas *canvas)
{
    tum_buf_adds(&canvas->body, "S\n");
}

static void pdf_clip_begin(struct tum_canvas *canvas, double x, double y, double width,
                           double height)
{
    tum_buf_adds(&canvas->body, "q ");
    place(canvas, x, y + height);
    number(canvas, width);
    number(canvas, height);
    tum_buf_adds(&canvas->body, "re W n\n");
}

static void pdf_clip_end(struct tum_canvas *canvas)
{
    tum_buf_adds(&canvas->body, "Q\n");
}

static void set_colour(struct tum_canvas *canvas, size_t line)
{
    size_t i = line % TUM_CANVAS_COLOURS;

    number(canvas, colours[i].r);
    number(canvas, colours[i].g);
    number(canvas, colours[i].b);
    tum_buf_adds(&canvas->body, "RG ");
}

static void pdf_curve_begin(struct tum_canvas *canvas, size_t line)
{
    struct tum_dashes dashes = tum_canvas_dashes(line);

    set_colour(canvas, line);
    if (dashes.on > 0)
        tum_buf_addf(&canvas->body, "1.6 w [%d %d] 0 d\n", dashes.on, dashes.off);
    else
        tum_buf_adds(&canvas->body, "1.6 w [] 0 d\n");
    canvas->at_start = true;
}

static void pdf_point(struct tum_canvas *canvas, double x, double y)
{
    place(canvas, x, y);
    tum_buf_adds(&canvas->body, canvas->at_start ? "m\n" : "l\n");
    canvas->at_start = false;
}

static void pdf_dot(struct tum_canvas *canvas, size_t line, double x, double y)
{
    set_colour(canvas, line);
    tum_buf_adds(&canvas->body, "5 w [] 0 d ");
    place(canvas, x, y);
    tum_buf_adds(&canvas->body, "m ");
    place(canvas, x, y);
    tum_buf_adds(&canvas->body, "l S\n");
}

static void pdf_text(struct tum_canvas *canvas, enum tum_font font,
                     enum tum_anchor anchor, double rise, double x, double y,
                     struct tum_str text)
{
    double width = tum_canvas_width(font, text);
    double back = anchor == TUM_ANCHOR_END      ? width
                  : anchor == TUM_ANCHOR_MIDDLE ? width / 2
                                                : 0;
    double c = cos(rise * M_PI / 180), s = sin(rise * M_PI / 180);

    tum_buf_addf(&canvas->body, "BT /F%d ", font == TUM_FONT_TITLE ? 2 : 1);
    number(canvas, tum_canvas_size(font));
    tum_buf_adds(&canvas->body, "Tf ");
    if (rise != 0)
        tum_buf_addf(&canvas->body, "%.5f %.5f %.5f %.5f ", c, s, -s, c);
    else
        tum_buf_adds(&canvas->body, "1 0 0 1 ");
    place(canvas, x - back * c, y + back * s);
    tum_buf_adds(&canvas->body, "Tm ");
    add_string(&canvas->body, text);
    tum_buf_adds(&canvas->body, " Tj ET\n");
}

static void pdf_end(struct tum_canvas *canvas)
{
    struct tum_buf *out = canvas->out;
    size_t places[OBJECTS] = {0}, xref;

    places[INFO] = tum_str_find(tum_buf_str(out), TUM_S("\n"), 10) + 1;
    places[CATALOG] = out->len;
    tum_buf_addf(out, "%d 0 obj\n<< /Type /Catalog /Pages %d 0 R >>\nendobj\n", CATALOG,
                 PAGES);
    places[PAGES] = out->len;
    tum_buf_addf(out, "%d 0 obj\n<< /Type /Pages /Kids [%d 0 R] /Count 1 >>\nendobj\n",
                 PAGES, PAGE);
    places[PAGE] = out->len;
    tum_buf_addf(out,
                 "%d 0 obj\n<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] "
                 "/Contents %d 0 R /Resources << /Font << /F1 %d 0 R /F2 %d 0 R >> >> "
                 ">>\nendobj\n",
                 PAGE, PAGES, TUM_CANVAS_WIDTH, TUM_CANVAS_HEIGHT, CONTENT, PLAIN,
                 BOLD);
    places[PLAIN] = out->len;
    tum_buf_addf(out,
                 "%d 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
                 "/Encoding /WinAnsiEncoding >>\nendobj\n",
                 PLAIN);
    places[BOLD] = out->len;
    tum_buf_addf(out,
                 "%d 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold "
                 "/Encoding /WinAnsiEncoding >>\nendobj\n",
                 BOLD);
    places[CONTENT] = out->len;
    tum_buf_addf(out, "%d 0 obj\n<< /Length %zu >>\nstream\n", CONTENT,
                 canvas->body.len);
    tum_buf_addt(out, tum_buf_str(&canvas->body));
    tum_buf_adds(out, "\nendstream\nendobj\n");
    xref = out->len;
    tum_buf_addf(out, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS);
    for (int i = CATALOG; i < OBJECTS; i++)
        tum_buf_addf(out, "%010zu 00000 n \n", places[i]);
    tum_buf_addf(out,
                 "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%zu\n"
                 "%%%%EOF\n",
                 OBJECTS, CATALOG, INFO, xref);
    tum_buf_release(&canvas->body);
}

const struct tum_canvas_ops tum_canvas_pdf = {
    .begin = pdf_begin,
    .lines_begin = pdf_lines_begin,
    .line = pdf_line,
    .lines_end = pdf_lines_end,
    .clip_begin = pdf_clip_begin,
    .clip_end = pdf_clip_end,
    .curve_begin = pdf_curve_begin,
    .point = pdf_point,
    .curve_end = pdf_lines_end,
    .dot = pdf_dot,
    .text = pdf_text,
    .end = pdf_end,
};
