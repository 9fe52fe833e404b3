/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as texts: byte-order mark, line ends, UTF-8, and what is no text file at all.
 */
#include "doc/filetext.h"
#include "docfiles.h"

static const struct {
    const char *bytes;
    const char *expect;
} normal[] = {
    {"", ""},
    {"a\nb\n", "a\nb\n"},
    {"\xef\xbb\xbf", ""},
    {"\xef\xbb\xbf"
     "a",
     "a"},
    {"a\xef\xbb\xbf", "a\xef\xbb\xbf"},
    {"a\r\nb\rc\n\rd\r\r\n", "a\nb\nc\n\nd\n\n"},
    {"\r", "\n"},
    {"\xef\xbb\xbf\r\n", "\n"},
};

START_TEST(test_normalise)
{
    TUM_AUTO(tum_freep) char *text = tum_strdup(normal[_i].bytes);
    size_t length = tum_filetext_normalise(text, strlen(text));

    ck_assert_uint_eq(length, strlen(normal[_i].expect));
    ck_assert_str_eq(text, normal[_i].expect);
}
END_TEST

static const struct {
    const char *bytes;
    size_t length;
    const char *findings; /* "" when it is good */
} rows[] = {
    {"a: caf\xc3\xa9\n", 8, ""},
    {"a: 1\nb: caf\xe9 au lait\n", 22, "2:7+1 line 2: not UTF-8: byte 0xE9\n"},
    {"a: \xed\xa0\x80\n", 7, "1:4+1 line 1: not UTF-8: byte 0xED\n"},
    {"a: \xc0\x80\n", 6, "1:4+1 line 1: not UTF-8: byte 0xC0\n"},
    {"\xff\xfe"
     "a\0:\0",
     6, "1:1+1 line 1: the file is UTF-16, expected UTF-8\n"},
    {"a: x\0y\n", 7, "1:5+1 line 1: the character U+0000 cannot stand here\n"},
};

static bool load_file(struct docfix *fix, const char *path)
{
    struct tum_doc_request request = {.path = path};
    const struct tum_node *root = NULL;

    return tum_docset_load(fix->set, &request, &root);
}

START_TEST(test_files)
{
    struct docfiles files;
    struct docfix fix;

    docfiles_init(&files);
    docfix_init(&fix);
    TUM_AUTO(tum_freep) char *path = docfiles_path(&files, "a.yaml");
    docfiles_write(&files, "a.yaml", tum_str_n(rows[_i].bytes, rows[_i].length));
    ck_assert_int_eq(load_file(&fix, path), rows[_i].findings[0] == '\0');
    ck_assert_str_eq(docfix_findings(&fix), rows[_i].findings);
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

enum unreadable { MISSING, FOLDER, PIPE, UNDER_A_FILE, DENIED };

/* What cannot be read: one finding about input and output that names the path. */
START_TEST(test_unreadable)
{
    struct docfiles files;
    struct docfix fix;

    if (_i == DENIED && geteuid() == 0)
        return; /* nothing is denied to root */
    docfiles_init(&files);
    docfix_init(&fix);
    TUM_AUTO(tum_freep) char *path = docfiles_path(&files, "it");
    TUM_AUTO(tum_freep)
    char *asked = docfiles_path(&files, _i == UNDER_A_FILE ? "it/below" : "it");
    if (_i == FOLDER)
        ck_assert_int_eq(mkdir(path, 0700), 0);
    else if (_i == PIPE)
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    else if (_i != MISSING)
        docfiles_write(&files, "it", TUM_S("a: 1\n"));
    if (_i == DENIED)
        ck_assert_int_eq(chmod(path, 0), 0);

    ck_assert(!load_file(&fix, asked));
    ck_assert_uint_eq(tum_diags_total(fix.diags), 1);
    ck_assert_int_eq(tum_diags_at(fix.diags, 0)->topic, TUM_TOPIC_IO);
    ck_assert_ptr_nonnull(strstr(tum_diags_at(fix.diags, 0)->text, asked));
    ck_assert_str_eq(tum_diags_at(fix.diags, 0)->file, asked);
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, test_normalise, 0, TUM_LEN(normal));
    tcase_add_loop_test(t, test_files, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, test_unreadable, 0, 5);
}

UNIT_MAIN("filetext", add)
