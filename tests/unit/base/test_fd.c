/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fd.c: whole reads and writes through small pipes, files replaced or left alone, and
 * (in a hostile build) every fault on the way.
 */
#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than a pipe holds; fewer in a hostile build, which writes 3 bytes at a time. */
#define MUCH ((size_t)TUM_HOSTILE_OR(90000, 1000000))

static char folder[32];

static void enter_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/tum-fd-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    umask(022);
}

static void leave_folder(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0); /* and so nothing is left in it */
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void check_file(const char *path, const char *expected)
{
    struct tum_error *err = NULL;
    char *text = NULL;
    size_t n = 0;

    ck_assert(tum_file_read(path, 1000, &text, &n, &err));
    ck_assert_str_eq(text, expected);
    ck_assert_uint_eq(n, strlen(expected));
    tum_free(text);
}

struct writer {
    int fd;
    struct tum_str text;
    bool ok;
};

static void *write_all(void *p)
{
    struct writer *writer = p;
    struct tum_error *err = NULL;

    writer->ok = tum_fd_write_all(writer->fd, writer->text, &err);
    tum_error_free(err);
    close(writer->fd);
    return NULL;
}

START_TEST(through_a_pipe)
{
    struct tum_error *err = NULL;
    struct tum_buf out = TUM_BUF_INIT(MUCH);
    char *text = tum_alloc(MUCH);
    struct writer writer = {.text = {text, MUCH}};
    pthread_t thread;
    int in;

    for (size_t i = 0; i < MUCH; i++)
        text[i] = (char)(i * 31 >> 3);
    if (_i < 2)
        ck_assert(tum_fd_pipe(&in, &writer.fd, &err));
    else
        ck_assert(tum_fd_socketpair(&in, &writer.fd, &err));
    if (_i == 1) {
        ck_assert(tum_fd_set_blocking(in, false, &err));
        ck_assert(tum_fd_set_blocking(writer.fd, false, &err));
        ck_assert_int_ne(fcntl(in, F_GETFL) & O_NONBLOCK, 0);
    }
    ck_assert_int_ne(fcntl(in, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_ne(fcntl(writer.fd, F_GETFD) & FD_CLOEXEC, 0);
    pthread_create(&thread, NULL, write_all, &writer);
    ck_assert(tum_fd_read_all(in, &out, &err)); /* exactly the limit is not too much */
    pthread_join(thread, NULL);
    ck_assert(writer.ok);
    ck_assert_uint_eq(out.len, MUCH);
    ck_assert_int_eq(memcmp(out.s, text, MUCH), 0);
    ck_assert(!out.full);
    tum_buf_release(&out);
    tum_free(text);
    tum_fd_close(&in);
    ck_assert_int_eq(in, -1);
    tum_fd_close(&in);
}
END_TEST

START_TEST(more_than_the_limit)
{
    struct tum_error *err = NULL;
    struct tum_buf out = TUM_BUF_INIT(5);
    int in, to;

    ck_assert(tum_fd_pipe(&in, &to, &err));
    ck_assert(tum_fd_write_all(to, TUM_S("123456"), &err));
    tum_fd_close(&to);
    ck_assert(!tum_fd_read_all(in, &out, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    ck_assert_str_eq(out.s, "12345");
    ck_assert(out.full);
    tum_error_free(err);
    tum_buf_release(&out);
    tum_fd_close(&in);
}
END_TEST

START_TEST(bad_descriptors)
{
    struct tum_error *err = NULL;
    struct tum_buf out = TUM_BUF_INIT(5);
    int fd = -1;

    ck_assert(!tum_fd_write_all(-1, TUM_S("x"), &err));
    ck_assert_str_eq(err->text, "writing: Bad file descriptor");
    tum_error_clear(&err);
    ck_assert(!tum_fd_read_all(-1, &out, &err));
    ck_assert_int_eq(err->os, EBADF);
    tum_error_clear(&err);
    ck_assert(!tum_fd_set_blocking(-1, true, &err));
    tum_error_clear(&err);
    errno = EDOM;
    tum_fd_close(&fd);
    ck_assert_int_eq(errno, EDOM);
    tum_buf_release(&out);
}
END_TEST

static const struct {
    const char *path;
    size_t limit;
    const char *error;
    enum tum_error_kind kind;
} failures[] = {
    {"none", 100, "reading 'none': No such file or directory", TUM_ERROR_SYSTEM},
    {"dir", 100, "reading 'dir': Is a directory", TUM_ERROR_SYSTEM},
    {"ten", 9, "reading 'ten': larger than 9 bytes", TUM_ERROR_LIMIT},
    {"ten/x", 9, "reading 'ten/x': Not a directory", TUM_ERROR_SYSTEM},
};

START_TEST(files_that_cannot_be_read)
{
    struct tum_error *err = NULL;
    char *text = NULL;
    size_t n = 77;

    enter_folder();
    mkdir("dir", 0755);
    put("ten", "0123456789");
    ck_assert(!tum_file_read(failures[_i].path, failures[_i].limit, &text, &n, &err));
    ck_assert_str_eq(err->text, failures[_i].error);
    ck_assert_int_eq(err->kind, failures[_i].kind);
    ck_assert_ptr_null(text);
    ck_assert_uint_eq(n, 77);
    tum_error_clear(&err);
    ck_assert(tum_file_read("ten", 10, &text, &n, &err));
    ck_assert_str_eq(text, "0123456789");
    tum_free(text);
    ck_assert(tum_file_read("/dev/null", 10, &text, &n, &err));
    ck_assert_uint_eq(n, 0);
    tum_free(text);
    unlink("ten");
    rmdir("dir");
    leave_folder();
}
END_TEST

START_TEST(replacing)
{
    struct tum_error *err = NULL;
    struct stat st;

    enter_folder();
    ck_assert(tum_file_replace("new", TUM_S("one"), &err));
    check_file("new", "one");
    stat("new", &st);
    ck_assert_uint_eq(st.st_mode & 07777, 0644);
    chmod("new", 0750);
    ck_assert(tum_file_replace("new", TUM_S(""), &err));
    check_file("new", "");
    stat("new", &st);
    ck_assert_uint_eq(st.st_mode & 07777, 0750);
    unlink("new");
    leave_folder();
}
END_TEST

START_TEST(replacing_what_cannot_be)
{
    struct tum_error *err = NULL;

    enter_folder();
    mkdir("dir", 0755);
    ck_assert(!tum_file_replace("dir", TUM_S("x"), &err));
    ck_assert_str_eq(err->text, "writing 'dir': Is a directory");
    tum_error_clear(&err);
    ck_assert(!tum_file_replace("none/x", TUM_S("x"), &err));
    ck_assert_str_eq(err->text, "writing 'none/x': No such file or directory");
    tum_error_clear(&err);
    rmdir("dir");
    leave_folder();
}
END_TEST

START_TEST(saving_old_files)
{
    struct tum_error *err = NULL;

    enter_folder();
    ck_assert(tum_file_save_old("r.db", &err)); /* nothing there */
    put("r.db", "first");
    ck_assert(tum_file_save_old("r.db", &err));
    put("r.db", "second");
    put("r.db-3.saved", "third");
    ck_assert(tum_file_save_old("r.db", &err));
    put("r.db", "fourth");
    ck_assert(tum_file_save_old("r.db", &err));
    ck_assert(!tum_path_exists("r.db"));
    check_file("r.db-1.saved", "first");
    check_file("r.db-2.saved", "second");
    check_file("r.db-3.saved", "third");
    check_file("r.db-4.saved", "fourth");
    mkdir("dir", 0755);
    ck_assert(tum_file_save_old("dir", &err)); /* left alone */
    ck_assert(tum_path_is_folder("dir"));
    unlink("r.db-1.saved");
    unlink("r.db-2.saved");
    unlink("r.db-3.saved");
    unlink("r.db-4.saved");
    rmdir("dir");
    leave_folder();
}
END_TEST

#define PLACERS 4
#define PLACED  TUM_HOSTILE_OR(10, 200)

static void *place_files(void *ctx)
{
    const char *beside = ctx;

    for (int i = 0; i < PLACED; i++) {
        struct tum_error *err = NULL;

        put(beside, "x");
        if (!tum_file_place(beside, "r.json", &err)) {
            tum_error_free(err);
            return ctx;
        }
    }
    return NULL;
}

START_TEST(placing_files)
{
    static char names[PLACERS][2] = {"a", "b", "c", "d"};
    pthread_t threads[PLACERS];
    struct tum_error *err = NULL;
    void *failed;

    enter_folder();
    ck_assert_int_eq(symlink("nowhere", "r.json"), 0);
    put("a", "first");
    ck_assert(tum_file_place("a", "r.json", &err)); /* over a link to nothing */
    check_file("r.json", "first");
    unlink("r.json");
    mkdir("r.json", 0755);
    put("a", "first");
    ck_assert(!tum_file_place("a", "r.json", &err));
    ck_assert_str_eq(err->text, "cannot put the file in place: Is a directory");
    tum_error_clear(&err);
    rmdir("r.json");
    for (int i = 0; i < PLACERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, place_files, names[i]), 0);
    for (int i = 0; i < PLACERS; i++) {
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    for (int i = 1; i < PLACERS * PLACED; i++) {
        char name[40];

        snprintf(name, sizeof(name), "r.json-%d.saved", i);
        check_file(name, "x");
        unlink(name);
    }
    check_file("r.json", "x");
    unlink("r.json");
    leave_folder();
}
END_TEST

#ifdef TUM_HOSTILE

static const char *const families[] = {"open", "write", "rename"};

/* The n-th call fails, for each n, until none is left to fail. */
START_TEST(faults_leave_nothing)
{
    bool done = false;
    int n;

    enter_folder();
    put("kept", "old text");
    for (n = 1; !done; n++) {
        struct tum_error *err = NULL;
        char fault[32];

        snprintf(fault, sizeof(fault), "%s:%d", families[_i], n);
        tum_fault_reset();
        setenv("TUM_FAULTS", fault, 1);
        done = tum_file_replace("kept", TUM_S("new text"), &err);
        unsetenv("TUM_FAULTS");
        check_file("kept", done ? "new text" : "old text");
        if (!done)
            ck_assert_str_eq(err->text, "writing 'kept': Input/output error");
        tum_error_clear(&err);
    }
    ck_assert_int_gt(n, 2);
    unlink("kept");
    leave_folder();
}
END_TEST

#endif

static void add(TCase *t)
{
    tcase_add_loop_test(t, through_a_pipe, 0, 3);
    tcase_add_test(t, more_than_the_limit);
    tcase_add_test(t, bad_descriptors);
    tcase_add_loop_test(t, files_that_cannot_be_read, 0, TUM_LEN(failures));
    tcase_add_test(t, replacing);
    tcase_add_test(t, replacing_what_cannot_be);
    tcase_add_test(t, saving_old_files);
    tcase_add_test(t, placing_files);
#ifdef TUM_HOSTILE
    tcase_add_loop_test(t, faults_leave_nothing, 0, TUM_LEN(families));
#endif
}

UNIT_MAIN("fd", add)
