/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of the language server: whole, in pieces, wrong ones.
 */
#include "base/fd.h"
#include "lsp/lspframe.h"
#include "tum/mem.h"
#include "unit.h"
#include <unistd.h>

#define OVER "0123456789"

static const struct {
    const char *bytes;
    const char *messages[3]; /* in order; then the end, or: */
    const char *wrong;       /* part of the error */
} streams[] = {
    {"", {NULL}, NULL},
    {"Content-Length: 2\r\n\r\n{}", {"{}"}, NULL},
    {"content-length:2\r\nContent-Type: x; charset=utf-8\r\n\r\n{}", {"{}"}, NULL},
    {"Content-Length: 1\r\n\r\naContent-Length: 2\r\n\r\nbc", {"a", "bc"}, NULL},
    {"Content-Length: 0\r\n\r\n", {""}, NULL},
    {"Content-Length: 5\r\n\r\nab", {NULL}, NULL},
    {"Content-Type: x\r\n\r\n", {NULL}, "without Content-Length"},
    {"Content-Length: x\r\n\r\n", {NULL}, "bad header"},
    {"Content-Length: -1\r\n\r\n", {NULL}, "bad header"},
    {"Content-Length: 99999999999\r\n\r\n", {NULL}, "the limit is"},
};

START_TEST(stream)
{
    struct tum_lspframes frames;
    struct tum_error *err = NULL;
    enum tum_lspframe next;
    struct tum_str text;
    int from, to;

    ck_assert(tum_fd_pipe(&from, &to, &err));
    ck_assert(tum_fd_write_all(to, tum_str_of(streams[_i].bytes), &err));
    tum_fd_close(&to);
    tum_lspframes_init(&frames, from);
    for (size_t i = 0; i < TUM_LEN(streams[_i].messages); i++) {
        if (streams[_i].messages[i] == NULL)
            break;
        next = tum_lspframes_next(&frames, TUM_FOREVER, &text, &err);
        ck_assert_int_eq(next, TUM_LSPFRAME_ONE);
        ck_assert(tum_str_is(text, streams[_i].messages[i]));
    }
    next = tum_lspframes_next(&frames, TUM_FOREVER, &text, &err);
    if (streams[_i].wrong == NULL) {
        ck_assert_int_eq(next, TUM_LSPFRAME_END);
    } else {
        ck_assert_int_eq(next, TUM_LSPFRAME_BAD);
        ck_assert_ptr_nonnull(strstr(err->text, streams[_i].wrong));
        tum_error_free(err);
    }
    tum_lspframes_release(&frames);
    tum_fd_close(&from);
}
END_TEST

START_TEST(late)
{
    struct tum_lspframes frames;
    struct tum_error *err = NULL;
    struct tum_str text;
    int from, to;

    ck_assert(tum_fd_pipe(&from, &to, &err));
    tum_lspframes_init(&frames, from);
    ck_assert(tum_fd_write_all(to, TUM_S("Content-Length: 2\r\n\r\n{"), &err));
    ck_assert_int_eq(tum_lspframes_next(&frames, tum_now(), &text, &err),
                     TUM_LSPFRAME_LATE);
    ck_assert(tum_fd_write_all(to, TUM_S("}"), &err));
    ck_assert_int_eq(tum_lspframes_next(&frames, TUM_FOREVER, &text, &err),
                     TUM_LSPFRAME_ONE);
    ck_assert(tum_str_is(text, "{}"));
    tum_lspframes_release(&frames);
    tum_fd_close(&from);
    tum_fd_close(&to);
}
END_TEST

START_TEST(endless_header)
{
    struct tum_lspframes frames;
    struct tum_error *err = NULL;
    struct tum_str text;
    int from, to;

    ck_assert(tum_fd_pipe(&from, &to, &err));
    for (int i = 0; i < 1000; i++)
        ck_assert(tum_fd_write_all(to, TUM_S(OVER), &err));
    tum_fd_close(&to);
    tum_lspframes_init(&frames, from);
    ck_assert_int_eq(tum_lspframes_next(&frames, TUM_FOREVER, &text, &err),
                     TUM_LSPFRAME_BAD);
    tum_error_free(err);
    tum_lspframes_release(&frames);
    tum_fd_close(&from);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, stream, 0, TUM_LEN(streams));
    tcase_add_test(t, late);
    tcase_add_test(t, endless_header);
}

UNIT_MAIN("lspframe", add)
