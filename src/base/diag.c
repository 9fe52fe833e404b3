/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings about the user's files: collecting, sorting, showing. Says nothing about
 * headings of a load error; those are the business of the program that shows them.
 */
#include "tum/diag.h"
#include "base/source.h"
#include "base/utf8.h"
#include "tum/mem.h"
#include <stdlib.h>

/* Columns of a quoted line that are shown; longer ones are cut around the place. */
#define QUOTE_COLUMNS 100
/* How many of them stand before the place. */
#define QUOTE_BEFORE  40
/* Digits of the line number, at least; the gutter of the caret line is as wide. */
#define GUTTER        5

#define ELLIPSIS "…"

struct tum_diags {
    struct tum_finding *items;
    size_t count, cap;
    size_t counts[3]; /* of each severity, those not kept included */
    size_t dropped;
    size_t arrived;
    struct tum_finding *last; /* that notes are added to */
    struct tum_finding scratch;
    struct tum_finding more; /* says how many were dropped */
};

struct tum_diags *tum_diags_new(void)
{
    return tum_new(struct tum_diags);
}

static void finding_release(struct tum_finding *finding)
{
    tum_free(finding->file);
    tum_free(finding->where);
    tum_free(finding->text);
    for (size_t i = 0; i < finding->note_count; i++)
        tum_free(finding->notes[i].text);
    tum_free(finding->notes);
    *finding = (struct tum_finding){.text = NULL};
}

void tum_diags_free(struct tum_diags *diags)
{
    if (diags == NULL)
        return;
    for (size_t i = 0; i < diags->count; i++)
        finding_release(&diags->items[i]);
    finding_release(&diags->scratch);
    finding_release(&diags->more);
    tum_free(diags->items);
    tum_free(diags);
}

/*
 * Room past the limit: an error takes the place of the newest finding that is none,
 * since a flood of warnings must not hide it. NULL: no room.
 */
static struct tum_finding *displace(struct tum_diags *diags, enum tum_severity severity)
{
    if (severity != TUM_SEV_ERROR)
        return NULL;
    for (size_t i = diags->count; i-- > 0;) {
        if (diags->items[i].severity != TUM_SEV_ERROR)
            return &diags->items[i];
    }
    return NULL;
}

static void say_dropped(struct tum_diags *diags)
{
    finding_release(&diags->more);
    diags->more = (struct tum_finding){
        .severity = TUM_SEV_INFO,
        .text = tum_asprintf("%zu more finding%s not shown", diags->dropped,
                             diags->dropped == 1 ? " is" : "s are"),
        .order = SIZE_MAX,
    };
}

/* Takes text. */
static struct tum_finding *add(struct tum_diags *diags, enum tum_severity severity,
                               struct tum_span at, char *text)
{
    struct tum_finding *finding;

    diags->counts[severity]++;
    if (diags->count < TUM_DIAGS_LIMIT) {
        tum_grow(&diags->items, &diags->cap, diags->count + 1);
        finding = &diags->items[diags->count++];
    } else {
        diags->dropped++;
        say_dropped(diags);
        finding = displace(diags, severity);
        if (finding == NULL)
            finding = &diags->scratch;
        finding_release(finding);
    }
    *finding = (struct tum_finding){
        .severity = severity, .at = at, .text = text, .order = diags->arrived++};
    diags->last = finding;
    return finding;
}

struct tum_finding *tum_diag_error(struct tum_diags *diags, struct tum_span at,
                                   const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    return add(diags, TUM_SEV_ERROR, at, text);
}

struct tum_finding *tum_diag_warning(struct tum_diags *diags, struct tum_span at,
                                     const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    return add(diags, TUM_SEV_WARNING, at, text);
}

struct tum_finding *tum_diag_info(struct tum_diags *diags, struct tum_span at,
                                  const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    return add(diags, TUM_SEV_INFO, at, text);
}

void tum_diag_note(struct tum_diags *diags, struct tum_span at, const char *fmt, ...)
{
    struct tum_finding *finding = diags->last;
    va_list ap;
    char *text;

    if (finding == NULL)
        tum_bug("a note before any finding");
    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    tum_grow(&finding->notes, &finding->note_cap, finding->note_count + 1);
    finding->notes[finding->note_count++] = (struct tum_note){at, text};
}

struct tum_finding *tum_diag_take(struct tum_diags *diags, struct tum_error **err)
{
    struct tum_finding *finding =
        add(diags, TUM_SEV_ERROR, tum_error_at(*err), tum_error_text(*err));

    tum_error_clear(err);
    return finding;
}

size_t tum_diags_count(const struct tum_diags *diags, enum tum_severity severity)
{
    return diags->counts[severity];
}

size_t tum_diags_total(const struct tum_diags *diags)
{
    return diags->count + (diags->dropped != 0);
}

const struct tum_finding *tum_diags_at(const struct tum_diags *diags, size_t i)
{
    if (i >= tum_diags_total(diags))
        tum_bug("no finding %zu of %zu", i, tum_diags_total(diags));
    return i < diags->count ? &diags->items[i] : &diags->more;
}

static int compare(const void *left, const void *right)
{
    const struct tum_finding *a = left, *b = right;

    if (a->at.source != b->at.source)
        return a->at.source < b->at.source ? -1 : 1;
    if (a->at.source != 0 && a->at.start != b->at.start)
        return a->at.start < b->at.start ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

void tum_diags_sort(struct tum_diags *diags)
{
    if (diags->count != 0)
        qsort(diags->items, diags->count, sizeof(*diags->items), compare);
    diags->last = NULL;
}

/* ---- showing ---- */

enum paint {
    PAINT_PATH,
    PAINT_ERROR,
    PAINT_WARNING,
    PAINT_INFO,
    PAINT_NOTE,
    PAINT_CARET
};

static const char *const paints[] = {
    [PAINT_PATH] = "\033[1m",       [PAINT_ERROR] = "\033[1;31m",
    [PAINT_WARNING] = "\033[1;35m", [PAINT_INFO] = "\033[1;36m",
    [PAINT_NOTE] = "\033[1;36m",    [PAINT_CARET] = "\033[1;32m",
};

static const struct {
    const char *word;
    enum paint paint;
} severities[] = {
    [TUM_SEV_ERROR] = {"error:", PAINT_ERROR},
    [TUM_SEV_WARNING] = {"warning:", PAINT_WARNING},
    [TUM_SEV_INFO] = {"info:", PAINT_INFO},
};

struct view {
    const struct tum_sources *sources;
    struct tum_buf *out;
    bool colour;
};

static void paint(const struct view *view, enum paint paint)
{
    if (view->colour)
        tum_buf_adds(view->out, paints[paint]);
}

static void plain(const struct view *view)
{
    if (view->colour)
        tum_buf_adds(view->out, "\033[0m");
}

/* "PATH:LINE:COLUMN: " or "FILE: " or nothing, then the word and the text. */
static void write_head(const struct view *view, const struct tum_place *place,
                       const char *file, const char *word, enum paint word_paint,
                       const char *text)
{
    if (place != NULL || file != NULL) {
        paint(view, PAINT_PATH);
        if (place != NULL)
            tum_buf_addf(view->out, "%s:%u:%u:", place->path, place->line,
                         place->column);
        else
            tum_buf_addf(view->out, "%s:", file);
        plain(view);
        tum_buf_addc(view->out, ' ');
    }
    paint(view, word_paint);
    tum_buf_adds(view->out, word);
    plain(view);
    tum_buf_addf(view->out, " %s\n", text);
}

/*
 * One character of a quoted line as it is shown: what would move the cursor, turn the
 * direction of writing or is no text becomes U+FFFD, so that a file cannot drive the
 * terminal. Returns its bytes in the line.
 */
static size_t shown(struct tum_str text, size_t at, char ret_bytes[4],
                    struct tum_str *ret, size_t *ret_columns)
{
    uint32_t c;
    size_t n = tum_utf8_decode(text.s + at, text.n - at, &c);

    if (c == TUM_UTF8_BAD || (c < 0x20 && c != '\t') || (c >= 0x7F && c < 0xA0) ||
        (c >= 0xD800 && c < 0xE000) || (c >= 0x202A && c <= 0x202E) ||
        (c >= 0x2066 && c <= 0x2069))
        c = 0xFFFD;
    *ret = tum_str_n(ret_bytes, tum_utf8_encode(c, ret_bytes));
    *ret_columns = c == '\t' ? 1 : tum_utf8_columns(*ret);
    return n;
}

/* Adds a text as it is shown (out may be NULL) and returns its columns. */
static size_t write_shown(struct tum_buf *out, struct tum_str text)
{
    size_t total = 0;

    for (size_t at = 0; at < text.n;) {
        char bytes[4];
        struct tum_str piece;
        size_t columns;

        at += shown(text, at, bytes, &piece, &columns);
        total += columns;
        if (out != NULL)
            tum_buf_addt(out, piece);
    }
    return total;
}

/* Byte after at most `columns` columns from byte `at` on. */
static size_t advance(struct tum_str text, size_t at, size_t columns)
{
    while (at < text.n) {
        char bytes[4];
        struct tum_str piece;
        size_t width, n = shown(text, at, bytes, &piece, &width);

        if (width > columns)
            break;
        columns -= width;
        at += n;
    }
    return at;
}

/* Blanks as wide as the text; tabs stay, so that what follows stands below its like. */
static void write_blanks(struct tum_buf *out, struct tum_str text)
{
    struct tum_str piece;
    bool more = true;

    while (tum_str_split(&text, &more, '\t', &piece)) {
        tum_buf_fill(out, ' ', write_shown(NULL, piece));
        if (more)
            tum_buf_addc(out, '\t');
    }
}

/* The line of a place and the caret line, bytes `start` to before `end` marked. */
static void write_quote(const struct view *view, const struct tum_place *place,
                        size_t start, size_t end)
{
    struct tum_str text = place->text;
    size_t from = 0, to = text.n, width;

    if (write_shown(NULL, text) > QUOTE_COLUMNS) {
        size_t before = write_shown(NULL, tum_str_sub(text, 0, start));

        if (before > QUOTE_BEFORE)
            from = advance(text, 0, before - QUOTE_BEFORE);
        to = advance(text, from, QUOTE_COLUMNS);
    }
    tum_buf_addf(view->out, "%*u | ", GUTTER, place->line);
    if (from != 0)
        tum_buf_adds(view->out, ELLIPSIS);
    write_shown(view->out, tum_str_sub(text, from, to));
    if (to != text.n)
        tum_buf_adds(view->out, ELLIPSIS);
    tum_buf_addf(view->out, "\n%*s | ", GUTTER, "");
    if (from != 0)
        tum_buf_addc(view->out, ' ');
    write_blanks(view->out, tum_str_sub(text, from, start));
    width = write_shown(NULL, tum_str_sub(text, start, TUM_MIN(end, to)));
    paint(view, PAINT_CARET);
    tum_buf_addc(view->out, '^');
    if (width > 1)
        tum_buf_fill(view->out, '~', width - 1);
    plain(view);
    tum_buf_addc(view->out, '\n');
}

/* The line of a derived text in which a span starts. */
static struct tum_str rendered_line(struct tum_str text, size_t at)
{
    size_t start = TUM_MIN(at, text.n), end = start;

    while (start > 0 && text.s[start - 1] != '\n' && text.s[start - 1] != '\r')
        start--;
    while (end < text.n && text.s[end] != '\n' && text.s[end] != '\r')
        end++;
    return tum_str_sub(text, start, end);
}

/* Only when it tells more than the quoted line. */
static void write_rendered(const struct view *view, const struct tum_place *place,
                           struct tum_span at)
{
    struct tum_str text = tum_source_text(view->sources, at.source);
    struct tum_str line = tum_str_trim(rendered_line(text, at.start));
    size_t to;

    if (tum_str_eq(line, tum_str_trim(place->text)))
        return;
    to = advance(line, 0, QUOTE_COLUMNS);
    tum_buf_adds(view->out, "rendered as: ");
    write_shown(view->out, tum_str_sub(line, 0, to));
    tum_buf_adds(view->out, to != line.n ? ELLIPSIS "\n" : "\n");
}

static void write_place(const struct view *view, const struct tum_place *place,
                        struct tum_span at)
{
    struct tum_span author = tum_source_resolve(view->sources, at);
    struct tum_str text = tum_source_text(view->sources, author.source);
    /* Where the quoted line starts in its source. */
    size_t line = (size_t)(place->text.s - text.s);
    size_t start = TUM_MIN(author.start - line, place->text.n);

    write_quote(view, place, start, start + author.length);
    if (place->derived)
        write_rendered(view, place, at);
}

void tum_diag_render(const struct tum_finding *finding,
                     const struct tum_sources *sources, bool colour,
                     struct tum_buf *out)
{
    struct view view = {sources, out, colour};
    struct tum_place place;
    bool placed = tum_source_place(sources, finding->at, &place);

    write_head(&view, placed ? &place : NULL, finding->file,
               severities[finding->severity].word, severities[finding->severity].paint,
               finding->text);
    if (placed)
        write_place(&view, &place, finding->at);
    for (size_t i = 0; i < finding->note_count; i++) {
        const struct tum_note *note = &finding->notes[i];
        struct tum_place there;
        bool note_placed = tum_source_place(sources, note->at, &there);

        write_head(&view, note_placed ? &there : NULL, NULL, "note:", PAINT_NOTE,
                   note->text);
        /* The line quoted just above is not quoted again. */
        if (note_placed &&
            !(placed && there.source == place.source && there.line == place.line))
            write_place(&view, &there, note->at);
    }
}
