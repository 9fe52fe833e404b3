/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs as git writes them.
 */
#include "batch/pathglob.h"
#include "unit.h"

static const struct {
    const char *pattern, *text;
    bool whole, path;
} rows[] = {
    {"a", "a", true, true},
    {"a", "b", false, false},
    {"*", "a", true, true},
    {"*", "a/b", false, true},
    {"*.tum", "x.tum", true, true},
    {"*.tum", "d/x.tum", false, true},
    {"d/*.tum", "d/x.tum", true, true},
    {"d/*.tum", "d/e/x.tum", false, false},
    {"d/**", "d/e/x.tum", true, true},
    {"**/x.tum", "x.tum", true, true},
    {"**/x.tum", "a/b/x.tum", true, true},
    {"a/**/b", "a/b", true, true},
    {"a/**/b", "a/x/y/b", true, true},
    {"a/**/b", "a/x/y/c", false, false},
    {"a?c", "abc", true, true},
    {"a?c", "a/c", false, false},
    {"[a-c]x", "bx", true, true},
    {"[!a-c]x", "bx", false, false},
    {"[!a-c]x", "dx", true, true},
    {"a\\*", "a*", true, true},
    {"a\\*", "ab", false, false},
    {"[x", "[x", true, true},
    {"old", "t/old/d.tum", false, true},
    {"old/", "t/old/d.tum", false, true},
    {"old/", "t/old", false, false},
    {"src", "src/x.c", false, true},
    {"./src/*", "src/x.c", false, true},
    {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false},
    {"", "", true, true},
    {"", "a", false, false},
};

START_TEST(matches)
{
    struct tum_str pattern = tum_str_of(rows[_i].pattern);
    struct tum_str text = tum_str_of(rows[_i].text);

    ck_assert_msg(tum_glob_match(pattern, text) == rows[_i].whole, "match %s %s",
                  rows[_i].pattern, rows[_i].text);
    ck_assert_msg(tum_glob_path(pattern, text) == rows[_i].path, "path %s %s",
                  rows[_i].pattern, rows[_i].text);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, matches, 0, TUM_LEN(rows));
}

UNIT_MAIN("pathglob", add)
