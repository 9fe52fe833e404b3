/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours by class. Every class paints its matches over those of the classes before it,
 * so the table's order is the whole rule of precedence.
 */
#include "cli/colour.h"
#include <ctype.h>

/* Length of the match at `from`, or 0. */
typedef size_t colour_match(struct tum_str line, size_t from);

struct colour_class {
    const char *dark, *light;   /* SGR parameters; "" is the terminal's own */
    colour_match *match;        /* or NULL: */
    const char *const words[8]; /* NULL-terminated */
};

static size_t match_quoted(struct tum_str line, size_t from)
{
    char quote = line.s[from];
    size_t end;

    if (quote != '"' && quote != '\'')
        return 0;
    end = tum_str_find_char(line, quote, from + 1);
    return end == TUM_STR_NONE || end == from + 1 ? 0 : end + 1 - from;
}

static size_t match_number(struct tum_str line, size_t from)
{
    size_t i = from;

    while (i < line.n && (isdigit((unsigned char)line.s[i]) || line.s[i] == '.'))
        i++;
    return i - from;
}

static size_t match_marker(struct tum_str line, size_t from)
{
    size_t i = from + 2;

    if (from + 4 >= line.n || line.s[from] != '@' || line.s[from + 1] != '@')
        return 0;
    while (i < line.n && isdigit((unsigned char)line.s[i]))
        i++;
    if (i == from + 2 || i + 1 >= line.n || line.s[i] != '@' || line.s[i + 1] != '@')
        return 0;
    return i + 2 - from;
}

static const struct colour_class classes[] = {
    {.dark = "37", .light = ""},
    {.dark = "1;94", .light = "34", .match = match_quoted},
    {.dark = "34", .light = "34", .words = {"-----> step", "<----- step"}},
    {.dark = "35", .light = "35", .match = match_number},
    {.dark = "30", .light = "", .match = match_marker},
    {.dark = "35",
     .light = "35",
     .words = {"True", "False", "true", "false", "TRUE", "FALSE"}},
    {.dark = "33",
     .light = "1;33",
     .words = {"Warning", "warning", "WARNING", "Warn", "WARN"}},
    {.dark = "1", .light = "36", .words = {"INFO"}},
    {.dark = "1;34", .light = "34", .words = {"DEBUG"}},
    {.dark = "1;32", .light = "32", .words = {"PASS", "Success", "SUCCESS"}},
    {.dark = "1;31",
     .light = "31",
     .words = {"FAIL", "Fail", "fail", "Error", "ERROR", "error"}},
};

static void paint_words(unsigned char *paint, struct tum_str line, size_t class)
{
    for (const char *const *word = classes[class].words; *word != NULL; word++) {
        struct tum_str what = tum_str_of(*word);

        for (size_t at = tum_str_find(line, what, 0); at != TUM_STR_NONE;
             at = tum_str_find(line, what, at + what.n))
            memset(paint + at, (int)class, what.n);
    }
}

static void paint_matches(unsigned char *paint, struct tum_str line, size_t class)
{
    for (size_t at = 0; at < line.n;) {
        size_t length = classes[class].match(line, at);

        if (length > 0)
            memset(paint + at, (int)class, length);
        at += length > 0 ? length : 1;
    }
}

static void colour_line(struct tum_buf *out, struct tum_str line, bool light,
                        struct tum_buf *scratch)
{
    struct tum_str head = tum_str_sub(line, 0, TUM_COLOUR_LINE);
    unsigned char *paint;

    if (line.n == 0 || tum_str_find_char(line, '\x1b', 0) != TUM_STR_NONE) {
        tum_buf_addt(out, line);
        return;
    }
    tum_buf_reset(scratch);
    tum_buf_fill(scratch, '\0', head.n);
    paint = (unsigned char *)scratch->s;
    for (size_t class = 1; class < TUM_LEN(classes); class ++) {
        if (classes[class].match != NULL)
            paint_matches(paint, head, class);
        else
            paint_words(paint, head, class);
    }

    for (size_t from = 0, to; from < head.n; from = to) {
        const struct colour_class *class = &classes[paint[from]];
        const char *codes = light ? class->light : class->dark;

        for (to = from; to < head.n && paint[to] == paint[from]; to++)
            ;
        if (*codes != '\0')
            tum_buf_addf(out, "\x1b[%sm", codes);
        tum_buf_add(out, head.s + from, to - from);
        if (*codes != '\0')
            tum_buf_adds(out, "\x1b[0m");
    }
    tum_buf_add(out, line.s + head.n, line.n - head.n);
}

void tum_colour_lines(struct tum_buf *out, struct tum_str lines, bool light)
{
    TUM_AUTO(tum_buf_release) struct tum_buf scratch = TUM_BUF_INIT(TUM_COLOUR_LINE);

    while (lines.n > 0) {
        size_t end = tum_str_find_char(lines, '\n', 0);
        size_t length = end == TUM_STR_NONE ? lines.n : end;

        colour_line(out, tum_str_n(lines.s, length), light, &scratch);
        if (end == TUM_STR_NONE)
            return;
        tum_buf_addc(out, '\n');
        lines = tum_str_n(lines.s + length + 1, lines.n - length - 1);
    }
}

bool tum_colour_is_light(const char *colorfgbg)
{
    const char *last = colorfgbg != NULL ? strrchr(colorfgbg, ';') : NULL;
    int64_t background;

    if (colorfgbg == NULL)
        return false;
    if (!tum_str_int(tum_str_of(last != NULL ? last + 1 : colorfgbg), &background))
        return false;
    return background < 0 || background > 6;
}
