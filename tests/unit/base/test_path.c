/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.c: rows checked against os.path of Python 3.11.
 */
#include "base/path.h"
#include "tum/mem.h"
#include "unit.h"
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *path, *normal, *folder, *base;
} paths[] = {
    {"", ".", "", ""},
    {".", ".", "", "."},
    {"..", "..", "", ".."},
    {"a", "a", "", "a"},
    {"a/", "a", "a", ""},
    {"a/b", "a/b", "a", "b"},
    {"a//b", "a/b", "a", "b"},
    {"a/./b", "a/b", "a/.", "b"},
    {"a/../b", "b", "a/..", "b"},
    {"a/..", ".", "a", ".."},
    {"../a", "../a", "..", "a"},
    {"../../a", "../../a", "../..", "a"},
    {"a/../../b", "../b", "a/../..", "b"},
    {"/", "/", "/", ""},
    {"//", "//", "//", ""},
    {"///", "/", "///", ""},
    {"//a", "//a", "//", "a"},
    {"///a", "/a", "///", "a"},
    {"/..", "/", "/", ".."},
    {"/../a", "/a", "/..", "a"},
    {"/a/b/../c", "/a/c", "/a/b/..", "c"},
    {"/a//b", "/a/b", "/a", "b"},
    {"/a", "/a", "/", "a"},
    {"a/b/", "a/b", "a/b", ""},
    {"...", "...", "", "..."},
    {"a/.../..", "a", "a/...", ".."},
};

START_TEST(parts)
{
    TUM_AUTO(tum_freep) char *normal = tum_path_normalise(paths[_i].path);
    TUM_AUTO(tum_freep) char *folder = tum_path_folder(paths[_i].path);

    ck_assert_str_eq(normal, paths[_i].normal);
    ck_assert_str_eq(folder, paths[_i].folder);
    ck_assert_str_eq(tum_path_base(paths[_i].path), paths[_i].base);
}
END_TEST

static const struct {
    const char *folder, *path, *joined;
} joins[] = {
    {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"},          {"a", "/b", "/b"},
    {"a", "", "a/"},   {"/", "b", "/b"},   {"a", "../b", "a/../b"},
};

START_TEST(joining)
{
    TUM_AUTO(tum_freep) char *joined = tum_path_join(joins[_i].folder, joins[_i].path);

    ck_assert_str_eq(joined, joins[_i].joined);
}
END_TEST

static const struct {
    const char *path, *folder, *relative;
} relatives[] = {
    {"/a/b", "/a", "b"},           {"/a/b", "/a/b", "."},
    {"/a/b", "/a/c", "../b"},      {"/a", "/a/b/c", "../.."},
    {"/x/y", "/a/b", "../../x/y"}, {"/a/b", "/", "a/b"},
    {"/", "/a/b", "../.."},        {"/", "/", "."},
    {"/ab", "/a", "../ab"},        {"/a/b/c/d", "/a/b", "c/d"},
};

START_TEST(relative)
{
    TUM_AUTO(tum_freep)
    char *got = tum_path_relative(relatives[_i].path, relatives[_i].folder);

    ck_assert_str_eq(got, relatives[_i].relative);
}
END_TEST

/* An empty folder to work in. */
static void enter_folder(void)
{
    char folder[] = "/tmp/tum-path-XXXXXX";

    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    TUM_AUTO(tum_freep) char *folder = tum_path_cwd();

    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void make_file(const char *path, mode_t mode)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fclose(file);
    ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(looking)
{
    TUM_AUTO(tum_freep) char *cwd = NULL;
    TUM_AUTO(tum_freep) char *absolute = NULL;
    TUM_AUTO(tum_freep) char *expected = NULL;

    enter_folder();
    cwd = tum_path_cwd();
    make_file("file", 0644);
    ck_assert_int_eq(mkdir("folder", 0755), 0);
    ck_assert_int_eq(symlink("file", "link"), 0);
    ck_assert_int_eq(symlink("gone", "broken"), 0);
    ck_assert(tum_path_exists("file") && tum_path_is_file("file"));
    ck_assert(!tum_path_is_folder("file"));
    ck_assert(tum_path_exists("folder") && tum_path_is_folder("folder"));
    ck_assert(!tum_path_is_file("folder"));
    ck_assert(tum_path_is_file("link"));
    ck_assert(!tum_path_exists("broken") && !tum_path_is_file("broken"));
    absolute = tum_path_absolute("folder/../x");
    expected = tum_asprintf("%s/x", cwd);
    ck_assert_str_eq(absolute, expected);
    unlink("file");
    unlink("link");
    unlink("broken");
    rmdir("folder");
    leave_folder();
}
END_TEST

START_TEST(programs)
{
    TUM_AUTO(tum_freep) char *cwd = NULL;
    TUM_AUTO(tum_freep) char *old = tum_strdup(getenv("PATH"));
    static const struct {
        const char *path, *name, *found; /* relative to the folder; NULL: not found */
    } searches[] = {
        {"a:b", "tool", "b/tool"},
        {"b:c", "tool", "b/tool"},
        {"c:b", "tool", "c/tool"},
        {"a", "tool", NULL},
        {"", "tool", NULL},
        {":b", "here", "here"},
        {"b", "./here", "here"},
        {"b", "a/tool", NULL},
        {"b", "", NULL},
        {"b:c", "dir", NULL},
        {"none:b", "tool", "b/tool"},
    };

    enter_folder();
    cwd = tum_path_cwd();
    mkdir("a", 0755);
    mkdir("b", 0755);
    mkdir("c", 0755);
    mkdir("c/dir", 0755);
    make_file("a/tool", 0644); /* not executable */
    make_file("b/tool", 0755);
    make_file("c/tool", 0755);
    make_file("here", 0755);
    for (size_t i = 0; i < TUM_LEN(searches); i++) {
        TUM_AUTO(tum_freep) char *found = NULL;
        TUM_AUTO(tum_freep) char *expected = NULL;

        setenv("PATH", searches[i].path, 1);
        found = tum_path_find_program(searches[i].name);
        if (searches[i].found == NULL) {
            ck_assert_msg(found == NULL, "'%s' found", searches[i].name);
            continue;
        }
        expected = tum_asprintf("%s/%s", cwd, searches[i].found);
        ck_assert_pstr_eq(found, expected);
    }
    setenv("PATH", old, 1);
    unlink("a/tool");
    unlink("b/tool");
    unlink("c/tool");
    unlink("here");
    rmdir("c/dir");
    rmdir("a");
    rmdir("b");
    rmdir("c");
    leave_folder();
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, parts, 0, TUM_LEN(paths));
    tcase_add_loop_test(t, joining, 0, TUM_LEN(joins));
    tcase_add_loop_test(t, relative, 0, TUM_LEN(relatives));
    tcase_add_test(t, looking);
    tcase_add_test(t, programs);
}

UNIT_MAIN("path", add)
