/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of the language server: URIs, UTF-16 units, lines, changes.
 */
#include "lsp/lspdoc.h"
#include "tum/mem.h"
#include "unit.h"

static const struct {
    const char *uri, *path; /* NULL: no file */
} uris[] = {
    {"file:///lab/a/b.tum", "/lab/a/b.tum"},
    {"file://localhost/lab/b.tum", "/lab/b.tum"},
    {"file:///a%20b/%C3%A9.tum", "/a b/\xc3\xa9.tum"},
    {"file:///a/../b/./c.tum", "/b/c.tum"},
    {"file:///100%/x.tum", "/100%/x.tum"},
    {"file:///a%00b", NULL},
    {"untitled:Untitled-1", NULL},
    {"file:", NULL},
    {"", NULL},
};

START_TEST(paths)
{
    char *path = tum_lsp_path(tum_str_of(uris[_i].uri));

    if (uris[_i].path == NULL)
        ck_assert_ptr_null(path);
    else
        ck_assert_str_eq(path, uris[_i].path);
    tum_free(path);
}
END_TEST

START_TEST(uri_of_a_path)
{
    char *uri = tum_lsp_uri("/a b/\xc3\xa9#1.tum");

    ck_assert_str_eq(uri, "file:///a%20b/%C3%A9%231.tum");
    tum_free(uri);
}
END_TEST

/* a, e with acute (2 bytes, 1 unit), a face (4 bytes, 2 units), b */
#define WIDE                                                                           \
    "a\xc3\xa9\xf0\x9f\x98\x80"                                                        \
    "b"

static const struct {
    size_t units, bytes;
} wide[] = {{0, 0}, {1, 1}, {2, 3}, {4, 7}, {5, 8}, {99, 8}};

START_TEST(units)
{
    struct tum_str line = tum_str_of(WIDE);

    ck_assert_uint_eq(tum_lspline_bytes(line, wide[_i].units), wide[_i].bytes);
    if (wide[_i].units < 99)
        ck_assert_uint_eq(tum_lspline_units(line, wide[_i].bytes), wide[_i].units);
}
END_TEST

START_TEST(inside_a_pair)
{
    ck_assert_uint_eq(tum_lspline_bytes(tum_str_of(WIDE), 3), 3);
}
END_TEST

START_TEST(lines)
{
    static const char *const wanted[] = {"one", "two", "", "four", ""};
    struct tum_str rest = tum_str_of("one\ntwo\r\n\rfour\n"), line;
    bool more = true;
    size_t count = 0;

    for (; tum_lspline_next(&rest, &more, &line); count++) {
        ck_assert_uint_lt(count, TUM_LEN(wanted));
        ck_assert(tum_str_is(line, wanted[count]));
    }
    ck_assert_uint_eq(count, TUM_LEN(wanted));
}
END_TEST

static const struct {
    const char *before, *change, *after;
} changes[] = {
    {"old", "{'text': 'new'}", "new"},
    {"abc",
     "{'range': {'start': {'line': 0, 'character': 1}, 'end': {'line': 0, "
     "'character': 2}}, 'text': 'XY'}",
     "aXYc"},
    {"a\nb\nc",
     "{'range': {'start': {'line': 0, 'character': 1}, 'end': {'line': 2, "
     "'character': 0}}, 'text': ''}",
     "ac"},
    {"a\r\nb",
     "{'range': {'start': {'line': 1, 'character': 0}, 'end': {'line': 1, "
     "'character': 0}}, 'text': 'x\\n'}",
     "a\r\nx\nb"},
    {WIDE,
     "{'range': {'start': {'line': 0, 'character': 2}, 'end': {'line': 0, "
     "'character': 4}}, 'text': ''}",
     "a\xc3\xa9"
     "b"},
    /* Past the line, past the text, the wrong way round. */
    {"ab\nc",
     "{'range': {'start': {'line': 0, 'character': 99}, 'end': {'line': 0, "
     "'character': 99}}, 'text': '!'}",
     "ab!\nc"},
    {"ab",
     "{'range': {'start': {'line': 9, 'character': 0}, 'end': {'line': 9, "
     "'character': 9}}, 'text': '!'}",
     "ab!"},
    {"abc",
     "{'range': {'start': {'line': 0, 'character': 2}, 'end': {'line': 0, "
     "'character': 1}}, 'text': ''}",
     "ac"},
    /* No change. */
    {"abc", "{'range': {}}", "abc"},
    {"abc", "{'text': 4}", "abc"},
    {"abc", "4", "abc"},
};

/* JSON with single quotes, for the table. */
static tum_val json_of(const char *text)
{
    struct tum_error *err = NULL;
    char *copy = tum_strdup(text);
    tum_val v;

    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    ck_assert(tum_json_read(tum_str_of(copy), (struct tum_span){0}, &v, &err));
    tum_free(copy);
    return v;
}

START_TEST(change)
{
    struct tum_lspdocs docs = {0};
    struct tum_lspdoc *doc =
        tum_lspdocs_open(&docs, TUM_S("file:///x"), tum_str_of(changes[_i].before));
    tum_val v = json_of(changes[_i].change);

    tum_lspdoc_change(doc, v);
    ck_assert(tum_str_is(tum_buf_str(&doc->text), changes[_i].after));
    tum_val_unref(v);
    tum_lspdocs_release(&docs);
}
END_TEST

START_TEST(open_again_and_close)
{
    struct tum_lspdocs docs = {0};
    struct tum_str a = TUM_S("file:///a"), b = TUM_S("untitled:b");
    struct tum_lspdoc *doc = tum_lspdocs_open(&docs, a, TUM_S("1"));

    ck_assert_ptr_eq(tum_lspdocs_open(&docs, a, TUM_S("2")), doc);
    ck_assert(tum_str_is(tum_buf_str(&doc->text), "2"));
    ck_assert_ptr_nonnull(tum_lspdocs_open(&docs, b, TUM_S("3"))->path);
    tum_lspdocs_close(&docs, a);
    tum_lspdocs_close(&docs, a);
    ck_assert_ptr_null(tum_lspdocs_find(&docs, a));
    ck_assert_ptr_nonnull(tum_lspdocs_find(&docs, b));
    tum_lspdocs_release(&docs);
}
END_TEST

START_TEST(no_more_documents)
{
    struct tum_lspdocs *docs = tum_new(struct tum_lspdocs);

    for (size_t i = 0; i <= TUM_LSP_DOCUMENTS; i++) {
        char *uri = tum_asprintf("file:///%zu", i);
        struct tum_lspdoc *doc = tum_lspdocs_open(docs, tum_str_of(uri), TUM_S(""));

        ck_assert(i < TUM_LSP_DOCUMENTS ? doc != NULL : doc == NULL);
        tum_free(uri);
    }
    tum_lspdocs_release(docs);
    tum_free(docs);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, paths, 0, TUM_LEN(uris));
    tcase_add_test(t, uri_of_a_path);
    tcase_add_loop_test(t, units, 0, TUM_LEN(wide));
    tcase_add_test(t, inside_a_pair);
    tcase_add_test(t, lines);
    tcase_add_loop_test(t, change, 0, TUM_LEN(changes));
    tcase_add_test(t, open_again_and_close);
    tcase_add_test(t, no_more_documents);
}

UNIT_MAIN("lspdoc", add)
