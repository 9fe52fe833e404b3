/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.c: from bytes to line and column, and from a derived text to the author's.
 */
#include "base/source.h"
#include "tum/mem.h"
#include "unit.h"

static uint32_t add_text(struct tum_sources *sources, const char *text)
{
    return tum_source_add(sources, "bench.tum", tum_strdup(text), strlen(text));
}

static const char *const text = "one\n"                    /* 0 */
                                "\ttwo\r\n"                /* 4 */
                                "\r"                       /* 10 */
                                "\xC3\xA9\xE6\x97\xA5 x\n" /* 11 */
                                "a\xE2\x80\xA8"            /* 19 */
                                "b\xC2\x85"                /* 23 */
                                "end";                     /* 26 */

static const struct {
    uint32_t start, length;
    uint32_t line, column, width;
    const char *quoted;
} places[] = {
    {0, 3, 1, 1, 3, "one"},
    {2, 1, 1, 3, 1, "one"},
    {3, 1, 1, 4, 1, "one"},   /* the line break belongs to its line */
    {1, 100, 1, 2, 2, "one"}, /* only what is on that line counts */
    {4, 1, 2, 1, 1, "\ttwo"}, /* a tab is one column */
    {5, 3, 2, 2, 3, "\ttwo"},
    {8, 1, 2, 5, 1, "\ttwo"},
    {10, 1, 3, 1, 1, ""},
    {11, 2, 4, 1, 1, "\xC3\xA9\xE6\x97\xA5 x"},
    {13, 3, 4, 2, 2, "\xC3\xA9\xE6\x97\xA5 x"}, /* two columns wide */
    {17, 1, 4, 5, 1, "\xC3\xA9\xE6\x97\xA5 x"},
    {19, 1, 5, 1, 1, "a"},
    {23, 1, 6, 1, 1, "b"},
    {26, 3, 7, 1, 3, "end"},
    {29, 0, 7, 4, 1, "end"},
    {500, 3, 7, 4, 1, "end"}, /* past the end: the end */
};

START_TEST(place)
{
    struct tum_sources *sources = tum_sources_new();
    uint32_t source = add_text(sources, text);
    struct tum_place got;

    ck_assert_uint_eq(strlen(text), 29);
    ck_assert(tum_source_place(
        sources, (struct tum_span){source, places[_i].start, places[_i].length}, &got));
    ck_assert_str_eq(got.path, "bench.tum");
    ck_assert_uint_eq(got.source, source);
    ck_assert_uint_eq(got.line, places[_i].line);
    ck_assert_uint_eq(got.column, places[_i].column);
    ck_assert_uint_eq(got.width, places[_i].width);
    ck_assert(tum_str_is(got.text, places[_i].quoted));
    ck_assert(!got.derived);
    tum_sources_free(sources);
}
END_TEST

START_TEST(line_starts)
{
    static const uint32_t starts[] = {0, 4, 10, 11, 19, 23, 26, 29, 29};
    struct tum_sources *sources = tum_sources_new();
    uint32_t source = add_text(sources, text);

    for (uint32_t line = 0; line < TUM_LEN(starts); line++)
        ck_assert_uint_eq(tum_source_line_start(sources, source, line), starts[line]);
    source = add_text(sources, "");
    ck_assert_uint_eq(tum_source_line_start(sources, source, 0), 0);
    ck_assert_uint_eq(tum_source_line_start(sources, source, 1), 0);
    tum_sources_free(sources);
}
END_TEST

START_TEST(no_place)
{
    struct tum_sources *sources = tum_sources_new();
    struct tum_place got;

    ck_assert(!tum_source_place(sources, (struct tum_span){0, 5, 5}, &got));
    ck_assert_uint_eq(tum_source_resolve(sources, (struct tum_span){0, 5, 5}).start, 5);
    tum_sources_free(sources);
    tum_sources_free(NULL);
}
END_TEST

/*
 * author:   a: {{ x }}\n{% for i in n %}- {{ i }}\n{% endfor %}z
 *           0  3       10                28 30   37 39          52
 * rendered: a: 42\n- 1\n- 2\nz
 *           0  3  56 8  910 12 13 14
 */
static const char *const author_text =
    "a: {{ x }}\n{% for i in n %}- {{ i }}\n{% endfor %}z";
static const char *const rendered = "a: 42\n- 1\n- 2\nz";
static const struct tum_segment segments[] = {
    {0, 0, true},  {3, 3, false},  {5, 10, true},   {6, 27, true},  {8, 29, false},
    {9, 36, true}, {10, 27, true}, {12, 29, false}, {13, 36, true}, {14, 49, true},
};

static const struct {
    uint32_t start, length;   /* in the rendered text */
    uint32_t author, alength; /* in the author's */
} resolves[] = {
    {0, 1, 0, 1},   /* copied */
    {0, 3, 0, 3},   /* to the end of its segment */
    {3, 2, 3, 7},   /* produced: the construct */
    {4, 1, 3, 7},   /* any part of it */
    {0, 5, 0, 10},  /* from copied into produced */
    {6, 1, 27, 1},  /* first turn of the loop */
    {10, 1, 27, 1}, /* second turn: the same line */
    {8, 1, 29, 7},   {12, 1, 29, 7},
    {8, 3, 29, 0}, /* over the turn of the loop: no sensible end */
    {14, 1, 49, 1},  {14, 0, 49, 0},
    {15, 0, 50, 0},  /* the end */
    {900, 9, 50, 0}, /* past it */
};

START_TEST(resolving)
{
    struct tum_sources *sources = tum_sources_new();
    uint32_t author = add_text(sources, author_text);
    uint32_t derived =
        tum_source_add_derived(sources, author, tum_strdup(rendered), strlen(rendered),
                               segments, TUM_LEN(segments));
    struct tum_span at = tum_source_resolve(
        sources, (struct tum_span){derived, resolves[_i].start, resolves[_i].length});
    struct tum_place got;

    ck_assert_uint_eq(at.source, author);
    ck_assert_uint_eq(at.start, resolves[_i].author);
    ck_assert_uint_eq(at.length, resolves[_i].alength);
    ck_assert_uint_eq(tum_source_author(sources, derived), author);
    ck_assert_str_eq(tum_source_path(sources, derived), "bench.tum");
    ck_assert(tum_str_is(tum_source_text(sources, derived), rendered));
    ck_assert(tum_source_place(
        sources, (struct tum_span){derived, resolves[_i].start, 1}, &got));
    ck_assert(got.derived);
    ck_assert_uint_eq(got.source, author);
    tum_sources_free(sources);
}
END_TEST

/* A template in a template: each step adds a line above. */
START_TEST(chains)
{
    static const struct tum_segment shift[] = {{0, 0, false}, {2, 1, true}};
    struct tum_sources *sources = tum_sources_new();
    uint32_t first = add_text(sources, "0123456789abcdef");
    uint32_t second =
        tum_source_add_derived(sources, first, tum_strdup("xx123456789"), 11, shift, 2);
    uint32_t third =
        tum_source_add_derived(sources, second, tum_strdup("yyx1234567"), 10, shift, 2);
    struct tum_span at = tum_source_resolve(sources, (struct tum_span){third, 4, 3});

    ck_assert_uint_eq(at.source, first);
    ck_assert_uint_eq(at.start, 2);
    ck_assert_uint_eq(at.length, 3);
    ck_assert_uint_eq(tum_source_author(sources, third), first);
    tum_sources_free(sources);
}
END_TEST

START_TEST(derived_without_segments)
{
    struct tum_sources *sources = tum_sources_new();
    uint32_t author = add_text(sources, "text");
    uint32_t derived =
        tum_source_add_derived(sources, author, tum_strdup("other"), 5, NULL, 0);
    struct tum_span at = tum_source_resolve(sources, (struct tum_span){derived, 2, 2});

    ck_assert_uint_eq(at.source, author);
    ck_assert_uint_eq(at.start, 0);
    ck_assert_uint_eq(at.length, 0);
    tum_sources_free(sources);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, place, 0, TUM_LEN(places));
    tcase_add_test(t, line_starts);
    tcase_add_test(t, no_place);
    tcase_add_loop_test(t, resolving, 0, TUM_LEN(resolves));
    tcase_add_test(t, chains);
    tcase_add_test(t, derived_without_segments);
}

UNIT_MAIN("source", add)
