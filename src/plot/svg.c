/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A canvas that writes SVG 1.1: no scripts, no outside references, colours by classes so
 * that a dark page gets its own. Printing takes the light ones.
 */
#include "base/utf8.h"
#include "plot/canvas.h"

/* Every rule begins with the class of the picture: when a page takes it in as it is, no
   rule reaches the rest of the page. The curve colours have a contrast of 3:1 or more on
   their paper. */
static const char style[] =
    ".tum-plot{font-family:Helvetica,Arial,'Liberation Sans',sans-serif;"
    "color-scheme:light dark}"
    ".tum-plot .paper{fill:#fff}"
    ".tum-plot text{fill:#222}"
    ".tum-plot .title{font-size:17px;font-weight:bold}"
    ".tum-plot .label{font-size:12px}"
    ".tum-plot .note{font-size:11px;fill:#555}"
    ".tum-plot .frame{fill:none;stroke:#555;stroke-width:1}"
    ".tum-plot .major{fill:none;stroke:#d0d0d0;stroke-width:1}"
    ".tum-plot .minor{fill:none;stroke:#e4e4e4;stroke-width:.6;stroke-dasharray:3 3}"
    ".tum-plot .curve{fill:none;stroke-width:1.6;stroke-linejoin:round;"
    "stroke-linecap:round}"
    ".tum-plot .dot{stroke-width:5;fill:none;stroke-linecap:round}"
    ".tum-plot .c0{stroke:#1f77b4}.tum-plot .c1{stroke:#d95f02}"
    ".tum-plot .c2{stroke:#2a8a2a}.tum-plot .c3{stroke:#c62839}"
    ".tum-plot .c4{stroke:#7b4fb5}.tum-plot .c5{stroke:#8c564b}"
    ".tum-plot .c6{stroke:#c2479b}.tum-plot .c7{stroke:#5f6b76}"
    ".tum-plot .c8{stroke:#857500}.tum-plot .c9{stroke:#0f8291}"
    "@media screen and (prefers-color-scheme:dark){"
    ".tum-plot .paper{fill:#16191d}"
    ".tum-plot text{fill:#e6e6e6}"
    ".tum-plot .note{fill:#a8adb3}"
    ".tum-plot .frame{stroke:#a0a0a0}"
    ".tum-plot .major{stroke:#3c4147}"
    ".tum-plot .minor{stroke:#2b2f34}"
    ".tum-plot .c0{stroke:#5aa9e6}.tum-plot .c1{stroke:#ff9f4a}"
    ".tum-plot .c2{stroke:#6cc96c}.tum-plot .c3{stroke:#ff6b6b}"
    ".tum-plot .c4{stroke:#b794f4}.tum-plot .c5{stroke:#c99a8f}"
    ".tum-plot .c6{stroke:#f38bd0}.tum-plot .c7{stroke:#a8b3bd}"
    ".tum-plot .c8{stroke:#d6c840}.tum-plot .c9{stroke:#4dd0e1}}";

static const char *const fonts[] = {"title", "label", "note"};
static const char *const strokes[] = {"frame", "major", "minor"};
static const char *const anchors[] = {"", " text-anchor=\"middle\"",
                                      " text-anchor=\"end\""};

/* XML 1.0 has no control characters, surrogates and the last two of the first plane;
   U+FFFD shows that there was one. */
static bool is_xml(uint32_t c)
{
    return c >= ' ' && c != 0x7f && (c < 0xd800 || c > 0xdfff) && c != 0xfffe &&
           c != 0xffff && c != TUM_UTF8_BAD;
}

static void add_text(struct tum_buf *out, struct tum_str text)
{
    for (size_t i = 0, n; i < text.n; i += n) {
        uint32_t c;

        n = tum_utf8_decode(text.s + i, text.n - i, &c);
        if (c == '&')
            tum_buf_adds(out, "&amp;");
        else if (c == '<')
            tum_buf_adds(out, "&lt;");
        else if (c == '>')
            tum_buf_adds(out, "&gt;");
        else if (c == '\t' || c == '\n')
            tum_buf_addc(out, ' ');
        else
            tum_utf8_add(out, is_xml(c) ? c : 0xfffd);
    }
}

static void attribute(struct tum_buf *out, const char *name, double v)
{
    tum_buf_addf(out, " %s=\"", name);
    tum_canvas_number(out, v);
    tum_buf_addc(out, '"');
}

static void svg_begin(struct tum_canvas *canvas, struct tum_str title)
{
    struct tum_buf *out = canvas->out;

    tum_buf_addf(out,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tum-plot\" "
                 "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n"
                 "<title>",
                 TUM_CANVAS_WIDTH, TUM_CANVAS_HEIGHT, TUM_CANVAS_WIDTH,
                 TUM_CANVAS_HEIGHT);
    add_text(out, title);
    tum_buf_addf(out,
                 "</title>\n<style>%s</style>\n"
                 "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n",
                 style, TUM_CANVAS_WIDTH, TUM_CANVAS_HEIGHT);
}

static void svg_lines_begin(struct tum_canvas *canvas, enum tum_stroke stroke)
{
    tum_buf_addf(canvas->out, "<path class=\"%s\" d=\"", strokes[stroke]);
}

static void svg_line(struct tum_canvas *canvas, double x1, double y1, double x2,
                     double y2)
{
    tum_buf_addc(canvas->out, 'M');
    tum_canvas_number(canvas->out, x1);
    tum_buf_addc(canvas->out, ' ');
    tum_canvas_number(canvas->out, y1);
    tum_buf_addc(canvas->out, 'L');
    tum_canvas_number(canvas->out, x2);
    tum_buf_addc(canvas->out, ' ');
    tum_canvas_number(canvas->out, y2);
}

static void svg_lines_end(struct tum_canvas *canvas)
{
    tum_buf_adds(canvas->out, "\"/>\n");
}

static void svg_clip_begin(struct tum_canvas *canvas, double x, double y, double width,
                           double height)
{
    tum_buf_adds(canvas->out, "<svg");
    attribute(canvas->out, "x", x);
    attribute(canvas->out, "y", y);
    attribute(canvas->out, "width", width);
    attribute(canvas->out, "height", height);
    tum_buf_adds(canvas->out, " viewBox=\"");
    tum_canvas_number(canvas->out, x);
    tum_buf_addc(canvas->out, ' ');
    tum_canvas_number(canvas->out, y);
    tum_buf_addc(canvas->out, ' ');
    tum_canvas_number(canvas->out, width);
    tum_buf_addc(canvas->out, ' ');
    tum_canvas_number(canvas->out, height);
    tum_buf_adds(canvas->out, "\">\n");
}

static void svg_clip_end(struct tum_canvas *canvas)
{
    tum_buf_adds(canvas->out, "</svg>\n");
}

static void svg_curve_begin(struct tum_canvas *canvas, size_t line)
{
    struct tum_dashes dashes = tum_canvas_dashes(line);

    tum_buf_addf(canvas->out, "<polyline class=\"curve c%zu\"",
                 line % TUM_CANVAS_COLOURS);
    if (dashes.on > 0)
        tum_buf_addf(canvas->out, " stroke-dasharray=\"%d %d\"", dashes.on, dashes.off);
    tum_buf_adds(canvas->out, " points=\"");
    canvas->at_start = true;
}

static void svg_point(struct tum_canvas *canvas, double x, double y)
{
    if (!canvas->at_start)
        tum_buf_addc(canvas->out, ' ');
    canvas->at_start = false;
    tum_canvas_number(canvas->out, x);
    tum_buf_addc(canvas->out, ',');
    tum_canvas_number(canvas->out, y);
}

static void svg_dot(struct tum_canvas *canvas, size_t line, double x, double y)
{
    tum_buf_addf(canvas->out, "<path class=\"dot c%zu\" d=\"M",
                 line % TUM_CANVAS_COLOURS);
    tum_canvas_number(canvas->out, x);
    tum_buf_addc(canvas->out, ' ');
    tum_canvas_number(canvas->out, y);
    tum_buf_adds(canvas->out, "h0\"/>\n");
}

static void svg_text(struct tum_canvas *canvas, enum tum_font font,
                     enum tum_anchor anchor, double rise, double x, double y,
                     struct tum_str text)
{
    struct tum_buf *out = canvas->out;

    tum_buf_addf(out, "<text class=\"%s\"%s", fonts[font], anchors[anchor]);
    attribute(out, "x", x);
    attribute(out, "y", y);
    if (rise != 0) {
        tum_buf_adds(out, " transform=\"rotate(");
        tum_canvas_number(out, -rise);
        tum_buf_addc(out, ' ');
        tum_canvas_number(out, x);
        tum_buf_addc(out, ' ');
        tum_canvas_number(out, y);
        tum_buf_adds(out, ")\"");
    }
    tum_buf_addc(out, '>');
    add_text(out, text);
    tum_buf_adds(out, "</text>\n");
}

static void svg_end(struct tum_canvas *canvas)
{
    tum_buf_adds(canvas->out, "</svg>\n");
}

const struct tum_canvas_ops tum_canvas_svg = {
    .begin = svg_begin,
    .lines_begin = svg_lines_begin,
    .line = svg_line,
    .lines_end = svg_lines_end,
    .clip_begin = svg_clip_begin,
    .clip_end = svg_clip_end,
    .curve_begin = svg_curve_begin,
    .point = svg_point,
    .curve_end = svg_lines_end,
    .dot = svg_dot,
    .text = svg_text,
    .end = svg_end,
};
