/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.c: one failure, its causes, its place.
 */
#include "tum/err.h"
#include "tum/mem.h"
#include "unit.h"
#include <errno.h>

static const struct tum_span place = {2, 30, 4};

START_TEST(fail)
{
    struct tum_error *err = NULL;

    ck_assert(!tum_fail(&err, TUM_ERROR_NAME, "unknown name '%s'", "volt"));
    ck_assert_int_eq(err->kind, TUM_ERROR_NAME);
    ck_assert_str_eq(err->text, "unknown name 'volt'");
    ck_assert_int_eq(err->os, 0);
    ck_assert_ptr_null(err->type);
    ck_assert_ptr_null(err->cause);
    ck_assert_uint_eq(tum_error_at(err).source, 0);
    tum_error_clear(&err);
    ck_assert_ptr_null(err);
    tum_error_free(NULL);
}
END_TEST

START_TEST(fail_os)
{
    struct tum_error *err = NULL;

    ck_assert(!tum_fail_os(&err, ENOENT, "reading '%s'", "a.tum"));
    ck_assert_int_eq(err->kind, TUM_ERROR_SYSTEM);
    ck_assert_int_eq(err->os, ENOENT);
    ck_assert_str_eq(err->text, "reading 'a.tum': No such file or directory");
    tum_error_free(err);
    ck_assert_str_eq(tum_errno_text(123456), "unknown system error");
}
END_TEST

START_TEST(wrap)
{
    TUM_AUTO(tum_error_freep) struct tum_error *err = NULL;
    TUM_AUTO(tum_freep) char *text = NULL;

    tum_fail_at(&err, TUM_ERROR_VALUE, place, "no number");
    err->type = tum_strdup("ValueError");
    tum_error_wrap(&err, "baud rate of '%s'", "dut");
    tum_error_wrap(&err, "opening console");
    text = tum_error_text(err);
    ck_assert_str_eq(text, "opening console: baud rate of 'dut': no number");
    ck_assert_int_eq(err->kind, TUM_ERROR_VALUE);
    ck_assert_str_eq(err->type, "ValueError");
    ck_assert_uint_eq(err->at.source, 0);
    ck_assert_uint_eq(tum_error_at(err).source, 2);
    ck_assert_uint_eq(tum_error_at(err).start, 30);
}
END_TEST

/* Freed without recursion: as long as a chain may get. */
START_TEST(long_chain)
{
    struct tum_error *err = NULL;

    tum_fail(&err, TUM_ERROR_LOST, "gone");
    for (int i = 0; i < 200000; i++)
        tum_error_wrap(&err, "x");
    tum_error_free(err);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, fail);
    tcase_add_test(t, fail_os);
    tcase_add_test(t, wrap);
    tcase_add_test(t, long_chain);
}

UNIT_MAIN("err", add)
