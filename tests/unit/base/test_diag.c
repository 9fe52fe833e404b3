/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag.c: what the user reads, byte for byte; order; what is kept past the limit.
 */
#include "base/source.h"
#include "tum/diag.h"
#include "tum/mem.h"
#include "unit.h"

static const struct {
    const char *text; /* of the file */
    const char *what; /* marked: its first occurrence; NULL: no place */
    const char *shown;
} rows[] = {
    {"name: x\nduraton: 2 s\n", "duraton",
     "a.tum:2:1: error: wrong\n"
     "    2 | duraton: 2 s\n"
     "      | ^~~~~~~\n"},
    {"a: 1", "1",
     "a.tum:1:4: error: wrong\n"
     "    1 | a: 1\n"
     "      |    ^\n"},
    {"\ta:\t1", "1",
     "a.tum:1:5: error: wrong\n"
     "    1 | \ta:\t1\n"
     "      | \t  \t^\n"},
    {"\xE6\x97\xA5\xE6\x9C\xAC: \xC3\xA9t\xC3\xA9", "\xC3\xA9t\xC3\xA9",
     "a.tum:1:7: error: wrong\n"
     "    1 | \xE6\x97\xA5\xE6\x9C\xAC: \xC3\xA9t\xC3\xA9\n"
     "      |       ^~~\n"},
    {"a: \x1b[31m b\x7f\xFF!", "!",
     "a.tum:1:11: error: wrong\n"
     "    1 | a: \xEF\xBF\xBD[31m b\xEF\xBF\xBD\xEF\xBF\xBD!\n"
     "      |             ^\n"},
    {"k: [a,\n b", "[a,\n b",
     "a.tum:1:4: error: wrong\n"
     "    1 | k: [a,\n"
     "      |    ^~~\n"},
    {"", NULL, "error: wrong\n"},
};

static struct tum_span span_of(struct tum_sources *sources, uint32_t source,
                               const char *what)
{
    struct tum_str text = tum_source_text(sources, source);
    size_t at = tum_str_find(text, tum_str_of(what), 0);

    ck_assert_uint_ne(at, TUM_STR_NONE);
    return (struct tum_span){source, (uint32_t)at, (uint32_t)strlen(what)};
}

static uint32_t add_text(struct tum_sources *sources, const char *text)
{
    return tum_source_add(sources, "a.tum", tum_strdup(text), strlen(text));
}

static void check_shown(const struct tum_diags *diags, size_t i,
                        const struct tum_sources *sources, bool colour,
                        const char *expected)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_diag_render(tum_diags_at(diags, i), sources, colour, &out);
    ck_assert_str_eq(out.s, expected);
    tum_buf_release(&out);
}

START_TEST(one_place)
{
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    uint32_t source = add_text(sources, rows[_i].text);
    struct tum_span at = {0};

    if (rows[_i].what != NULL)
        at = span_of(sources, source, rows[_i].what);
    tum_diag_error(diags, at, "%s", "wrong");
    check_shown(diags, 0, sources, false, rows[_i].shown);
    tum_diags_free(diags);
    tum_sources_free(sources);
}
END_TEST

#define TEN      "0123456789"
#define FIFTY    TEN TEN TEN TEN TEN
#define BLANKS10 "          "

static const struct {
    const char *text, *what, *shown;
} long_rows[] = {
    /* Exactly as wide as is shown. */
    {"X" FIFTY TEN TEN TEN TEN "012345678", "X",
     "a.tum:1:1: error: wrong\n"
     "    1 | X" FIFTY TEN TEN TEN TEN "012345678\n"
     "      | ^\n"},
    /* Cut at the end only. */
    {"X" FIFTY FIFTY, "X",
     "a.tum:1:1: error: wrong\n"
     "    1 | X" FIFTY TEN TEN TEN TEN "012345678…\n"
     "      | ^\n"},
    /* Cut on both sides; the marked text goes on beyond. */
    {FIFTY FIFTY "XY" FIFTY FIFTY, "XY",
     "a.tum:1:101: error: wrong\n"
     "    1 | …" TEN TEN TEN TEN "XY" FIFTY "01234567…\n"
     "      |  " BLANKS10 BLANKS10 BLANKS10 BLANKS10 "^~\n"},
    /* Cut at the start only. */
    {FIFTY FIFTY "XY", "XY",
     "a.tum:1:101: error: wrong\n"
     "    1 | …" TEN TEN TEN TEN "XY\n"
     "      |  " BLANKS10 BLANKS10 BLANKS10 BLANKS10 "^~\n"},
};

START_TEST(long_lines)
{
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    uint32_t source = add_text(sources, long_rows[_i].text);

    tum_diag_error(diags, span_of(sources, source, long_rows[_i].what), "wrong");
    check_shown(diags, 0, sources, false, long_rows[_i].shown);
    tum_diags_free(diags);
    tum_sources_free(sources);
}
END_TEST

START_TEST(mark_wider_than_the_window)
{
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    uint32_t source = add_text(sources, FIFTY FIFTY FIFTY);
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_diag_error(diags, (struct tum_span){source, 0, 150}, "wrong");
    tum_diag_render(tum_diags_at(diags, 0), sources, false, &out);
    ck_assert(tum_str_ends(tum_buf_str(&out), "~~\n"));
    ck_assert_uint_eq(tum_str_find(tum_buf_str(&out), TUM_S("^"), 0) + 100 + 1,
                      out.len);
    tum_buf_release(&out);
    tum_diags_free(diags);
    tum_sources_free(sources);
}
END_TEST

START_TEST(notes_and_severities)
{
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    uint32_t source = add_text(sources, "a: 1\nb: 2\na: 3\n");
    struct tum_finding *finding;

    tum_diag_warning(diags, (struct tum_span){source, 10, 1}, "key 'a' again");
    tum_diag_note(diags, (struct tum_span){source, 13, 1}, "this value counts");
    tum_diag_note(diags, (struct tum_span){source, 0, 1}, "first here");
    tum_diag_note(diags, (struct tum_span){0}, "the last one wins");
    check_shown(diags, 0, sources, false,
                "a.tum:3:1: warning: key 'a' again\n"
                "    3 | a: 3\n"
                "      | ^\n"
                "a.tum:3:4: note: this value counts\n"
                "a.tum:1:1: note: first here\n"
                "    1 | a: 1\n"
                "      | ^\n"
                "note: the last one wins\n");
    finding = tum_diag_info(diags, (struct tum_span){0}, "empty\nfile");
    finding->file = tum_strdup("b.tum");
    check_shown(diags, 1, sources, false, "b.tum: info: empty\nfile\n");
    tum_diags_free(diags);
    tum_sources_free(sources);
}
END_TEST

START_TEST(colours)
{
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    uint32_t source = add_text(sources, "a: 1");

    tum_diag_error(diags, (struct tum_span){source, 0, 2}, "wrong");
    tum_diag_note(diags, (struct tum_span){source, 3, 1}, "see");
    tum_diag_warning(diags, (struct tum_span){0}, "odd");
    check_shown(diags, 0, sources, true,
                "\033[1ma.tum:1:1:\033[0m \033[1;31merror:\033[0m wrong\n"
                "    1 | a: 1\n"
                "      | \033[1;32m^~\033[0m\n"
                "\033[1ma.tum:1:4:\033[0m \033[1;36mnote:\033[0m see\n");
    check_shown(diags, 1, sources, true, "\033[1;35mwarning:\033[0m odd\n");
    tum_diags_free(diags);
    tum_sources_free(sources);
}
END_TEST

START_TEST(rendered)
{
    static const struct tum_segment segments[] = {
        {0, 0, true}, {3, 3, false}, {7, 10, true}};
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    uint32_t author = add_text(sources, "a: {{ x }}\nb: 2\n");
    uint32_t derived = tum_source_add_derived(
        sources, author, tum_strdup("a: four\nb: 2\n"), 13, segments, 3);

    tum_diag_error(diags, (struct tum_span){derived, 3, 4}, "no number");
    tum_diag_error(diags, (struct tum_span){derived, 11, 1}, "wrong");
    check_shown(diags, 0, sources, false,
                "a.tum:1:4: error: no number\n"
                "    1 | a: {{ x }}\n"
                "      |    ^~~~~~~\n"
                "rendered as: a: four\n");
    check_shown(diags, 1, sources, false,
                "a.tum:2:4: error: wrong\n"
                "    2 | b: 2\n"
                "      |    ^\n");
    tum_diags_free(diags);
    tum_sources_free(sources);
}
END_TEST

START_TEST(rendered_is_cut)
{
    static const struct tum_segment segments[] = {{0, 0, false}};
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    uint32_t author = add_text(sources, "{{ x }}");
    uint32_t derived = tum_source_add_derived(
        sources, author, tum_strdup("  " FIFTY FIFTY "! \nz"), 106, segments, 1);

    tum_diag_error(diags, (struct tum_span){derived, 5, 1}, "wrong");
    check_shown(diags, 0, sources, false,
                "a.tum:1:1: error: wrong\n"
                "    1 | {{ x }}\n"
                "      | ^\n"
                "rendered as: " FIFTY FIFTY "…\n");
    tum_diags_free(diags);
    tum_sources_free(sources);
}
END_TEST

START_TEST(sorting)
{
    static const struct tum_span spans[] = {{2, 5, 1}, {1, 9, 1}, {0, 7, 0}, {1, 3, 1},
                                            {1, 3, 5}, {0, 1, 0}, {2, 0, 0}};
    static const char order[] = "cfdebga";
    struct tum_diags *diags = tum_diags_new();

    for (size_t i = 0; i < TUM_LEN(spans); i++)
        tum_diag_error(diags, spans[i], "%c", (char)('a' + i));
    tum_diags_sort(diags);
    for (size_t i = 0; i < TUM_LEN(spans); i++)
        ck_assert_int_eq(tum_diags_at(diags, i)->text[0], order[i]);
    tum_diags_free(diags);
}
END_TEST

START_TEST(taking_an_error)
{
    struct tum_diags *diags = tum_diags_new();
    struct tum_error *err = NULL;

    tum_fail_at(&err, TUM_ERROR_SYNTAX, (struct tum_span){1, 4, 2}, "no value");
    tum_error_wrap(&err, "key 'a'");
    tum_diag_take(diags, &err);
    ck_assert_ptr_null(err);
    ck_assert_str_eq(tum_diags_at(diags, 0)->text, "key 'a': no value");
    ck_assert_uint_eq(tum_diags_at(diags, 0)->at.start, 4);
    tum_diags_free(diags);
    tum_diags_free(NULL);
}
END_TEST

START_TEST(limit)
{
    struct tum_diags *diags = tum_diags_new();
    struct tum_span none = {0};
    bool last_error_kept = false;

    for (int i = 0; i < TUM_DIAGS_LIMIT; i++)
        tum_diag_warning(diags, none, "w%d", i);
    ck_assert_uint_eq(tum_diags_total(diags), TUM_DIAGS_LIMIT);
    tum_diag_warning(diags, none, "one too many");
    tum_diag_note(diags, none, "with a note");
    ck_assert_uint_eq(tum_diags_total(diags), TUM_DIAGS_LIMIT + 1);
    ck_assert_str_eq(tum_diags_at(diags, TUM_DIAGS_LIMIT)->text,
                     "1 more finding is not shown");
    tum_diag_error(diags, none, "late")->file = tum_strdup("x.tum");
    tum_diag_note(diags, none, "why");
    tum_diags_sort(diags);
    for (size_t i = 0; i < TUM_DIAGS_LIMIT; i++) {
        const struct tum_finding *finding = tum_diags_at(diags, i);

        if (finding->severity == TUM_SEV_ERROR)
            last_error_kept =
                strcmp(finding->text, "late") == 0 && finding->note_count == 1;
    }
    ck_assert(last_error_kept);
    ck_assert_str_eq(tum_diags_at(diags, TUM_DIAGS_LIMIT)->text,
                     "2 more findings are not shown");
    ck_assert_uint_eq(tum_diags_count(diags, TUM_SEV_WARNING), TUM_DIAGS_LIMIT + 1);
    ck_assert_uint_eq(tum_diags_count(diags, TUM_SEV_ERROR), 1);
    ck_assert_uint_eq(tum_diags_count(diags, TUM_SEV_INFO), 0);
    tum_diags_free(diags);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, one_place, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, long_lines, 0, TUM_LEN(long_rows));
    tcase_add_test(t, mark_wider_than_the_window);
    tcase_add_test(t, notes_and_severities);
    tcase_add_test(t, colours);
    tcase_add_test(t, rendered);
    tcase_add_test(t, rendered_is_cut);
    tcase_add_test(t, sorting);
    tcase_add_test(t, taking_an_error);
    tcase_add_test(t, limit);
}

UNIT_MAIN("diag", add)
