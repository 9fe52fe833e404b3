/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c: which areas speak, and that a call is one line.
 */
#include "base/fd.h"
#include "base/log.h"
#include "tum/mem.h"
#include "unit.h"
#include <sys/wait.h>
#include <unistd.h>

/* TUM_LOG, and which of three calls write: base:1, lang:1, lang:3. */
static const struct {
    const char *wanted;
    const char *lines;
} rows[] = {
    {NULL, ""},
    {"", ""},
    {"0", ""},
    {"1", "base: one\nlang: two\n"},
    {"3", "base: one\nlang: two\nlang: three\n"},
    {"lang:1", "lang: two\n"},
    {"lang:3", "lang: two\nlang: three\n"},
    {"3,lang:0", "base: one\n"},
    {" base:1 , lang:2 ", "base: one\nlang: two\n"},
    {"nosuch:3", ""},
    {"lang", ""},
    {"lang:", ""},
    {"-1", ""},
    {"lang:99", ""},
};

START_TEST(levels)
{
    char path[] = "/tmp/tum-log-XXXXXX";
    int fd = mkstemp(path), status;
    struct tum_error *err = NULL;
    size_t n;
    char *text;
    pid_t pid = fork(); /* the levels are read once in a program */

    if (pid == 0) {
        if (rows[_i].wanted != NULL)
            setenv("TUM_LOG", rows[_i].wanted, 1);
        else
            unsetenv("TUM_LOG");
        setenv("TUM_LOG_FILE", path, 1);
        tum_log_init();
        tum_log(TUM_AREA_BASE, 1, "%s", "one");
        tum_log(TUM_AREA_LANG, 1, "%s", "two");
        tum_log(TUM_AREA_LANG, 3, "%s", "three");
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert(tum_file_read(path, 10000, &text, &n, &err));
    ck_assert_str_eq(text, rows[_i].lines);
    tum_free(text);
    tum_fd_close(&fd);
    unlink(path);
}
END_TEST

START_TEST(long_lines_are_cut)
{
    char path[] = "/tmp/tum-log-XXXXXX";
    int fd = mkstemp(path), status;
    struct tum_error *err = NULL;
    size_t n;
    char *text;
    pid_t pid = fork();

    if (pid == 0) {
        setenv("TUM_LOG", "io:1", 1);
        setenv("TUM_LOG_FILE", path, 1);
        tum_log_init();
        tum_log(TUM_AREA_IO, 1, "%010000d", 7);
        tum_log(TUM_AREA_IO, 1, "next");
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(tum_file_read(path, 10000, &text, &n, &err));
    ck_assert_uint_eq(n, 4096 + strlen("io: next\n"));
    ck_assert(tum_str_ends(tum_str_n(text, n), "000\nio: next\n"));
    tum_free(text);
    tum_fd_close(&fd);
    unlink(path);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, levels, 0, TUM_LEN(rows));
    tcase_add_test(t, long_lines_are_cut);
}

UNIT_MAIN("log", add)
