/* SPDX-License-Identifier: Apache-2.0 */
/* Coordinates, measures, and hostile texts on both canvases. */
#include "plot/canvas.h"
#include "tum/mem.h"
#include "unit.h"
#include <stdio.h>

static const struct {
    double v;
    const char *text;
} coordinates[] = {
    {0, "0"},       {1, "1"},        {-1, "-1"},       {0.5, "0.5"},
    {0.25, "0.25"}, {0.005, "0.01"}, {-0.001, "0"},    {799.999, "800"},
    {12.3, "12.3"}, {100, "100"},    {1e9, "1000000"},
};

START_TEST(coordinate)
{
    struct tum_buf out = TUM_BUF_INIT(64);

    tum_canvas_number(&out, coordinates[_i].v);
    ck_assert_str_eq(out.s, coordinates[_i].text);
    tum_buf_release(&out);
}
END_TEST

START_TEST(width)
{
    double narrow = tum_canvas_width(TUM_FONT_LABEL, TUM_S("iii"));
    double wide = tum_canvas_width(TUM_FONT_LABEL, TUM_S("WWW"));

    ck_assert(narrow > 0 && wide > 3 * narrow);
    /* A character of two bytes is one. */
    ck_assert(tum_canvas_width(TUM_FONT_LABEL, TUM_S("\xc3\xa4")) <
              tum_canvas_width(TUM_FONT_LABEL, TUM_S("mm")));
}
END_TEST

static void draw(const struct tum_canvas_ops *ops, const char *text,
                 struct tum_buf *out)
{
    struct tum_canvas canvas = {.ops = ops, .out = out};

    ops->begin(&canvas, tum_str_of(text));
    ops->lines_begin(&canvas, TUM_STROKE_FRAME);
    ops->line(&canvas, 1, 2, 3, 4);
    ops->lines_end(&canvas);
    ops->clip_begin(&canvas, 10, 20, 30, 40);
    ops->curve_begin(&canvas, 11);
    ops->point(&canvas, 10, 20);
    ops->point(&canvas, 11, 21.5);
    ops->curve_end(&canvas);
    ops->dot(&canvas, 3, 12, 13);
    ops->clip_end(&canvas);
    ops->text(&canvas, TUM_FONT_LABEL, TUM_ANCHOR_END, 60, 100, 200, tum_str_of(text));
    ops->end(&canvas);
}

static const struct {
    const char *text, *svg, *pdf;
} texts[] = {
    {"plain", ">plain</text>", "(plain) Tj"},
    {"a<b>&\"c\"", ">a&lt;b&gt;&amp;\"c\"</text>", "(a<b>&\"c\") Tj"},
    {"(\\)", ">(\\)</text>", "(\\(\\\\\\)) Tj"},
    {"a\x01\tb", ">a\xef\xbf\xbd b</text>", "(a? b) Tj"},
    {"\xc3\xa4\xe2\x82\xac", ">\xc3\xa4\xe2\x82\xac</text>", "(\xe4\x80) Tj"},
    {"\xe6\xb8\xa9", ">\xe6\xb8\xa9</text>", "(?) Tj"},
    {"\xed\xa0\x80", ">\xef\xbf\xbd</text>", "(?) Tj"},
};

static bool holds(const struct tum_buf *out, const char *what)
{
    return tum_str_find(tum_buf_str(out), tum_str_of(what), 0) != TUM_STR_NONE;
}

START_TEST(svg)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_CANVAS_LIMIT);

    draw(&tum_canvas_svg, texts[_i].text, &out);
    ck_assert_msg(holds(&out, texts[_i].svg), "%s", out.s);
    ck_assert(holds(&out, "<polyline class=\"curve c1\" stroke-dasharray=\"8 4\" "
                          "points=\"10,20 11,21.5\"/>"));
    ck_assert(holds(&out, "viewBox=\"0 0 800 600\""));
    ck_assert(holds(&out, "transform=\"rotate(-60 100 200)\""));
    ck_assert(!holds(&out, "<script") && !holds(&out, "href"));
    ck_assert(tum_str_ends(tum_buf_str(&out), "</svg>\n"));
    tum_buf_release(&out);
}
END_TEST

/* The offsets of the table are those of the objects. */
START_TEST(pdf)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_CANVAS_LIMIT);
    const char *table, *start;

    draw(&tum_canvas_pdf, texts[_i].text, &out);
    ck_assert_msg(holds(&out, texts[_i].pdf), "%s", out.s);
    ck_assert(tum_str_starts(tum_buf_str(&out), "%PDF-1.4\n"));
    ck_assert(tum_str_ends(tum_buf_str(&out), "%%EOF\n"));
    start = memmem(out.s, out.len, "startxref\n", 10);
    table = out.s + atol(start + 10);
    ck_assert(strncmp(table, "xref\n0 8\n", 9) == 0);
    for (int i = 1; i < 8; i++) {
        char head[16];
        const char *object = out.s + atol(table + 9 + i * 20);

        snprintf(head, sizeof(head), "%d 0 obj\n", i);
        ck_assert_msg(strncmp(object, head, strlen(head)) == 0, "object %d", i);
    }
    tum_buf_release(&out);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, coordinate, 0, TUM_LEN(coordinates));
    tcase_add_test(t, width);
    tcase_add_loop_test(t, svg, 0, TUM_LEN(texts));
    tcase_add_loop_test(t, pdf, 0, TUM_LEN(texts));
}

UNIT_MAIN("canvas", add)
