/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Word wrapping. A line is first cut into chunks that may not be broken (words, parts
 * of hyphenated words, white space, dashes), then the chunks are set into lines.
 */
#include "tmpl/twrap.h"
#include "base/utf8.h"
#include "tmpl/tchar.h"
#include "tum/mem.h"

struct wrapper {
    const struct tum_wrap_opts *opts;
    struct tum_buf *out;
    struct tum_str text;
    uint32_t *c;      /* characters */
    uint32_t *offset; /* their bytes; one more than characters */
    size_t n;
    size_t lines;
};

static bool blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_at(const struct wrapper *w, size_t i, bool (*is)(uint32_t))
{
    return i < w->n && is(w->c[i]);
}

static bool hyphen_at(const struct wrapper *w, size_t i)
{
    return i < w->n && w->c[i] == '-';
}

/* A dash of two or more hyphens between words starts at `i`: its end, or 0. */
static size_t dash(const struct wrapper *w, size_t i)
{
    size_t end = i;
    uint32_t before;

    if (i == 0 || !hyphen_at(w, i))
        return 0;
    before = w->c[i - 1];
    if (!tum_char_word(before) &&
        (before == 0 || before > 0x7F || strchr("!\"'&.,?", (int)before) == NULL))
        return 0;
    while (hyphen_at(w, end))
        end++;
    return end - i >= 2 && is_at(w, end, tum_char_word) ? end : 0;
}

/* The hyphen at `i` is inside a word of letters, where a line may end after it. */
static bool word_hyphen(const struct wrapper *w, size_t i)
{
    bool left = i >= 2 && tum_char_letter(w->c[i - 1]) &&
                (tum_char_letter(w->c[i - 2]) ||
                 (i >= 3 && w->c[i - 2] == '-' && tum_char_letter(w->c[i - 3])));

    return left && hyphen_at(w, i) && is_at(w, i + 1, tum_char_letter) &&
           (is_at(w, i + 2, tum_char_letter) ||
            (hyphen_at(w, i + 2) && is_at(w, i + 3, tum_char_letter)));
}

/* End of the chunk that starts at `i`. */
static size_t chunk_end(const struct wrapper *w, size_t i)
{
    bool space = blank(w->c[i]);
    size_t end;

    if (!space && w->opts->hyphens) {
        end = dash(w, i);
        if (end != 0)
            return end;
    }
    for (end = i + 1; end < w->n && blank(w->c[end]) == space; end++) {
        if (space || !w->opts->hyphens)
            continue;
        if (word_hyphen(w, end))
            return end + 1;
        if (dash(w, end) != 0)
            return end;
    }
    return end;
}

static bool all_space(const struct wrapper *w, size_t start, size_t end)
{
    for (; start < end; start++)
        if (!tum_uni_is_space(w->c[start]))
            return false;
    return true;
}

static void add_line(struct wrapper *w, size_t start, size_t end)
{
    if (w->lines++ > 0)
        tum_buf_addt(w->out, w->opts->sep);
    tum_buf_add(w->out, w->text.s + w->offset[start],
                w->offset[end] - w->offset[start]);
}

/* How much of a chunk longer than a line goes on a line with `room` left. */
static size_t cut_word(const struct wrapper *w, size_t start, size_t end, size_t room)
{
    size_t hyphen = TUM_MIN(start + room, end);

    if (!w->opts->hyphens || end - start <= room)
        return hyphen;
    while (hyphen > start && w->c[hyphen - 1] != '-')
        hyphen--;
    /* Not when there is nothing but hyphens before it. */
    for (size_t i = start; hyphen > start + 1 && i < hyphen - 1; i++)
        if (w->c[i] != '-')
            return hyphen;
    return start + room;
}

/*
 * Sets lines. A line is the characters from `start` to `end`; its last piece is known,
 * because white space at the end is dropped as a whole piece. A long word that finds
 * no room adds an empty piece, which then is what gets dropped: the blanks before it
 * stay, as in the original.
 */
static void set_lines(struct wrapper *w)
{
    size_t width = w->opts->width;
    size_t next = 0;
    size_t next_end = w->n > 0 ? chunk_end(w, 0) : 0;

    while (next < w->n) {
        size_t start, end, last, pieces = 0;

        if (w->lines > 0 && all_space(w, next, next_end)) {
            next = next_end;
            if (next < w->n)
                next_end = chunk_end(w, next);
        }
        start = end = last = next;
        while (next < w->n && next_end - start <= width) {
            last = next;
            end = next = next_end;
            pieces++;
            if (next < w->n)
                next_end = chunk_end(w, next);
        }
        if (next < w->n && next_end - next > width) {
            if (w->opts->long_words) {
                last = next;
                end = next = cut_word(w, next, next_end, width - (end - start));
                pieces++;
            } else if (pieces == 0) {
                last = next;
                end = next = next_end;
                pieces++;
                if (next < w->n)
                    next_end = chunk_end(w, next);
            }
        }
        if (pieces > 0 && all_space(w, last, end)) {
            end = last;
            pieces--;
        }
        if (pieces > 0)
            add_line(w, start, end);
    }
}

void tum_text_wrap(struct tum_buf *out, struct tum_str line,
                   const struct tum_wrap_opts *opts)
{
    struct wrapper w = {.opts = opts, .out = out, .text = line};
    size_t at = 0;

    w.c = tum_new_array(uint32_t, line.n + 1);
    w.offset = tum_new_array(uint32_t, line.n + 1);
    while (at < line.n) {
        w.offset[w.n] = (uint32_t)at;
        at += tum_utf8_decode(line.s + at, line.n - at, &w.c[w.n]);
        w.n++;
    }
    w.offset[w.n] = (uint32_t)at;
    set_lines(&w);
    tum_free(w.c);
    tum_free(w.offset);
}
