/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Core files by the patterns that name them.
 */
#include "base/path.h"
#include "batch/corefile.h"
#include "tum/mem.h"
#include "unit.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pattern, the file that is there, and whether it is the one; pid 4711, signal 11. */
static const struct {
    const char *pattern, *file;
    bool found;
} rows[] = {
    {"core\n", "core", true},
    {"core", "core.4711", true},
    {"core", "core.4712", false},
    {"core.%p", "core.4711", true},
    {"core.%p", "core.4712", false},
    {"%e-%P-%s.core", "tum-reader-4711-11.core", true},
    {"%e-%P-%s.core", "tum-4711-6.core", false},
    {"core_%t_%h%%", "core_1795275397_host%", true},
    {"a[b]*%p", "a[b]*4711", true},
    {"a[b]*%p", "ab4711", false},
    {"|/usr/lib/handler %p", "core", false},
    {"", "core", false},
};

START_TEST(patterns)
{
    char folder[] = "/tmp/tum-core-XXXXXX";
    struct tum_core core = {
        .pattern = tum_str_of(rows[_i].pattern), .pid = 4711, .signal = 11};
    char *found;
    int fd;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    core.folder = folder;
    TUM_AUTO(tum_freep) char *path = tum_path_join(folder, rows[_i].file);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    found = tum_core_find(&core);
    ck_assert_msg((found != NULL) == rows[_i].found, "'%s' with '%s'", rows[_i].pattern,
                  rows[_i].file);
    if (rows[_i].found)
        ck_assert_str_eq(found, path);
    tum_free(found);
    /* One of an earlier run is not it; nor is a folder. */
    core.since = time(NULL) + 100;
    ck_assert_ptr_null(tum_core_find(&core));
    core.since = 0;
    unlink(path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_ptr_null(tum_core_find(&core));
    rmdir(path);
    rmdir(folder);
}
END_TEST

START_TEST(absolute)
{
    char folder[] = "/tmp/tum-core-XXXXXX";
    char *found;
    int fd;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    TUM_AUTO(tum_freep) char *path = tum_path_join(folder, "core");
    const struct tum_core core = {
        .pattern = tum_str_of(path), .folder = "/", .pid = 4711, .signal = 11};

    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    found = tum_core_find(&core);
    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(found, path);
    tum_free(found);
    unlink(path);
    rmdir(folder);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, patterns, 0, TUM_LEN(rows));
    tcase_add_test(t, absolute);
}

UNIT_MAIN("corefile", add)
