/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of a run and the places in them.
 *
 * A line ends where YAML 1.1 says: \n, \r, \r\n, and U+0085, U+2028, U+2029. Line
 * numbers of the YAML parser are turned into offsets through the same index, so that the
 * two must count alike.
 */
#include "base/source.h"
#include "base/utf8.h"
#include "tum/mem.h"

struct source {
    char *path; /* NULL for derived texts: the parent's */
    char *text;
    size_t length;
    uint32_t parent; /* 0: written by an author */
    struct tum_segment *segments;
    size_t segment_count;
    uint32_t *lines; /* where each line starts */
    size_t line_count, line_cap;
};

struct tum_sources {
    struct source *items; /* index 1 is items[0] */
    size_t count, cap;
};

struct tum_sources *tum_sources_new(void)
{
    return tum_new(struct tum_sources);
}

void tum_sources_free(struct tum_sources *sources)
{
    if (sources == NULL)
        return;
    for (size_t i = 0; i < sources->count; i++) {
        struct source *source = &sources->items[i];

        tum_free(source->path);
        tum_free(source->text);
        tum_free(source->segments);
        tum_free(source->lines);
    }
    tum_free(sources->items);
    tum_free(sources);
}

static const struct source *get(const struct tum_sources *sources, uint32_t index)
{
    if (index == 0 || index > sources->count)
        tum_bug("no source %u of %zu", index, sources->count);
    return &sources->items[index - 1];
}

/* Length of the line break at `at`, 0 when there is none. */
static size_t break_at(const char *text, size_t length, size_t at)
{
    const unsigned char *s = (const unsigned char *)text + at;
    size_t left = length - at;

    if (s[0] == '\n')
        return 1;
    if (s[0] == '\r')
        return left > 1 && s[1] == '\n' ? 2 : 1;
    if (s[0] == 0xC2 && left > 1 && s[1] == 0x85)
        return 2;
    if (s[0] == 0xE2 && left > 2 && s[1] == 0x80 && (s[2] == 0xA8 || s[2] == 0xA9))
        return 3;
    return 0;
}

static void add_line(struct source *source, size_t start)
{
    tum_grow(&source->lines, &source->line_cap, source->line_count + 1);
    source->lines[source->line_count++] = (uint32_t)start;
}

static void index_lines(struct source *source)
{
    add_line(source, 0);
    for (size_t i = 0; i < source->length;) {
        size_t n = break_at(source->text, source->length, i);

        i += n != 0 ? n : 1;
        if (n != 0)
            add_line(source, i);
    }
}

static struct source *add(struct tum_sources *sources, char *text, size_t length)
{
    struct source *source;

    if (length >= UINT32_MAX || sources->count >= UINT32_MAX - 1)
        tum_bug("a source of %zu bytes, number %zu", length, sources->count + 1);
    tum_grow(&sources->items, &sources->cap, sources->count + 1);
    source = &sources->items[sources->count++];
    *source = (struct source){.text = text, .length = length};
    index_lines(source);
    return source;
}

uint32_t tum_source_add(struct tum_sources *sources, const char *path, char *text,
                        size_t length)
{
    struct source *source = add(sources, text, length);

    source->path = tum_strdup(path);
    return (uint32_t)sources->count;
}

uint32_t tum_source_add_derived(struct tum_sources *sources, uint32_t parent,
                                char *text, size_t length,
                                const struct tum_segment *segments, size_t count)
{
    struct source *source;

    get(sources, parent); /* parents come first, so that chains end */
    source = add(sources, text, length);
    source->parent = parent;
    source->segments = tum_new_array(struct tum_segment, count);
    if (count != 0)
        memcpy(source->segments, segments, count * sizeof(*segments));
    source->segment_count = count;
    return (uint32_t)sources->count;
}

uint32_t tum_source_author(const struct tum_sources *sources, uint32_t source)
{
    const struct source *it = get(sources, source);

    while (it->parent != 0) {
        source = it->parent;
        it = get(sources, source);
    }
    return source;
}

const char *tum_source_path(const struct tum_sources *sources, uint32_t source)
{
    return get(sources, tum_source_author(sources, source))->path;
}

struct tum_str tum_source_text(const struct tum_sources *sources, uint32_t source)
{
    const struct source *it = get(sources, source);

    return tum_str_n(it->text, it->length);
}

/* The last segment that starts at or before `at`; NULL: there is none. */
static const struct tum_segment *segment_at(const struct source *source, size_t at)
{
    size_t low = 0, high = source->segment_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (source->segments[middle].out <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low != 0 ? &source->segments[low - 1] : NULL;
}

/*
 * Where the text of a segment ends in the parent. For what was produced by a construct,
 * the construct ends where the next piece of the parent starts, unless a loop went back.
 */
static size_t segment_end(const struct source *source,
                          const struct tum_segment *segment, size_t parent_length)
{
    const struct tum_segment *next = segment + 1;
    bool last = next == source->segments + source->segment_count;
    size_t end;

    if (segment->copied)
        end = segment->in + (last ? source->length : next->out) - segment->out;
    else
        end = last || next->in < segment->in ? segment->in : next->in;
    return TUM_MIN(end, parent_length);
}

/* One step, from a derived text to its parent. */
static struct tum_span resolve_once(const struct tum_sources *sources,
                                    struct tum_span at)
{
    const struct source *source = get(sources, at.source);
    const struct source *parent = get(sources, source->parent);
    const struct tum_segment *first = segment_at(source, at.start), *last;
    size_t end = (size_t)at.start + at.length, start, to;

    if (first == NULL)
        return (struct tum_span){source->parent, 0, 0};
    last = at.length != 0 ? segment_at(source, end - 1) : first;
    start = first->copied ? first->in + (at.start - first->out) : first->in;
    start = TUM_MIN(start, parent->length);
    if (last->copied)
        to = last->in + (end - last->out);
    else
        to = at.length != 0 ? segment_end(source, last, parent->length) : start;
    to = TUM_MIN(TUM_MAX(to, start), parent->length);
    return (struct tum_span){source->parent, (uint32_t)start, (uint32_t)(to - start)};
}

struct tum_span tum_source_resolve(const struct tum_sources *sources,
                                   struct tum_span at)
{
    while (at.source != 0 && get(sources, at.source)->parent != 0)
        at = resolve_once(sources, at);
    return at;
}

/* Index of the line that holds `at`. */
static size_t line_at(const struct source *source, size_t at)
{
    size_t low = 0, high = source->line_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (source->lines[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct tum_str line_text(const struct source *source, size_t line)
{
    size_t start = source->lines[line], end = start;

    while (end < source->length && break_at(source->text, source->length, end) == 0)
        end++;
    return tum_str_n(source->text + start, end - start);
}

/* Display columns, a tab counted as one. */
static size_t columns(struct tum_str text)
{
    size_t n = 0;
    struct tum_str piece;
    bool more = true;

    while (tum_str_split(&text, &more, '\t', &piece))
        n += tum_utf8_columns(piece) + more;
    return n;
}

bool tum_source_place(const struct tum_sources *sources, struct tum_span at,
                      struct tum_place *ret)
{
    const struct source *source;
    struct tum_span author;
    struct tum_str text;
    size_t line, before;

    if (at.source == 0)
        return false;
    author = tum_source_resolve(sources, at);
    source = get(sources, author.source);
    line = line_at(source, TUM_MIN(author.start, source->length));
    text = line_text(source, line);
    before = TUM_MIN(author.start - source->lines[line], text.n);
    *ret = (struct tum_place){
        .path = source->path,
        .source = author.source,
        .line = (uint32_t)line + 1,
        .column = (uint32_t)columns(tum_str_sub(text, 0, before)) + 1,
        .width = (uint32_t)columns(tum_str_sub(text, before, before + author.length)),
        .text = text,
        .derived = author.source != at.source,
    };
    if (ret->width == 0)
        ret->width = 1;
    return true;
}

uint32_t tum_source_line_start(const struct tum_sources *sources, uint32_t source,
                               uint32_t line)
{
    const struct source *it = get(sources, source);

    return line < it->line_count ? it->lines[line] : (uint32_t)it->length;
}
