/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as texts; the answers are Python's.
 */
#include "lang/ospath.h"
#include "unit.h"

static const struct {
    const char *path, *head, *tail, *extension, *normal;
} rows[] = {
    {"a/b.c", "a", "b.c", ".c", "a/b.c"},
    {"a", "", "a", "", "a"},
    {"", "", "", "", "."},
    {"/", "/", "", "", "/"},
    {"//", "//", "", "", "//"},
    {"///a", "///", "a", "", "/a"},
    {"//a", "//", "a", "", "//a"},
    {"/a/b/", "/a/b", "", "", "/a/b"},
    {"a//b", "a", "b", "", "a/b"},
    {"a/./b/../c", "a/./b/..", "c", "", "a/c"},
    {"../a/../..", "../a/..", "..", "", "../.."},
    {"/../a", "/..", "a", "", "/a"},
    {"a/..", "a", "..", "", "."},
    {".bashrc", "", ".bashrc", "", ".bashrc"},
    {"..x", "", "..x", "", "..x"},
    {".a.b", "", ".a.b", ".b", ".a.b"},
    {"a.", "", "a.", ".", "a."},
    {"a.tar.gz", "", "a.tar.gz", ".gz", "a.tar.gz"},
    {"a.b/c", "a.b", "c", "", "a.b/c"},
};

START_TEST(parts)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str path = tum_str_of(rows[_i].path);

    ck_assert(tum_str_is(tum_ospath_head(path), rows[_i].head));
    ck_assert_str_eq(rows[_i].path + tum_ospath_tail(path), rows[_i].tail);
    ck_assert_str_eq(rows[_i].path + tum_ospath_extension(path), rows[_i].extension);
    tum_ospath_normalise(&out, path);
    ck_assert_str_eq(out.s, rows[_i].normal);
}
END_TEST

static const struct {
    const char *a, *b, *joined;
} joins[] = {
    {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"},
    {"a", "", "a/"},   {"a", "/b", "/b"},  {"/", "b", "/b"},
};

START_TEST(joining)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_adds(&out, joins[_i].a);
    tum_ospath_join(&out, tum_str_of(joins[_i].b));
    ck_assert_str_eq(out.s, joins[_i].joined);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, parts, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, joining, 0, TUM_LEN(joins));
}

UNIT_MAIN("ospath", add)
