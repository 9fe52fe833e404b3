/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a run: wrapping, prefixes, whole lines from several threads.
 */
#include "unit.h"

#include "engine/output.h"
#include "tum/mem.h"
#include <pthread.h>

#define TEN    "123456789 "
#define EIGHTY TEN TEN TEN TEN TEN TEN TEN TEN
#define LONG_90                                                                        \
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890" \
    "1234567890"

static const struct {
    const char *first, *text, *want;
} wraps[] = {
    {"", "", ""},
    {"", "short", "short"},
    {"INFO  ", "short", "INFO  short"},
    {"", EIGHTY TEN "123456789 x", EIGHTY TEN "123456789\n      x"},
    {"WARN  ", EIGHTY TEN "abcdefghi", "WARN  " EIGHTY "123456789\n      abcdefghi"},
    /* A word that is too long stays whole, and so does a quoted text. */
    {"", LONG_90 LONG_90, LONG_90 LONG_90},
    {"", EIGHTY "see '" LONG_90 " b'", EIGHTY "see\n      '" LONG_90 " b'"},
    {"", "one\ntwo", "one\n      two"},
};

START_TEST(wraps_at_blanks)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_wrap(&out, tum_str_of(wraps[_i].first), TUM_S("      "),
             tum_str_of(wraps[_i].text));
    ck_assert_str_eq(out.s, wraps[_i].want);
    tum_buf_release(&out);
}
END_TEST

static void collect(void *ctx, struct tum_str lines)
{
    tum_buf_addt(ctx, lines);
}

static const struct {
    const char *prefix, *text, *want;
} lines[] = {
    {"", "a", "a\n"},
    {"", "a\n", "a\n"},
    {"", "", "\n"},
    {"left", "a\nb", "[left] a\n[left] b\n"},
    {"left", "a\n\nb\n", "[left] a\n[left] \n[left] b\n"},
};

START_TEST(lines_are_whole_and_prefixed)
{
    struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_output *output = tum_output_new(collect, &got);

    tum_output_lines(output, tum_str_of(lines[_i].prefix), tum_str_of(lines[_i].text));
    tum_output_flush(output);
    ck_assert_str_eq(got.s, lines[_i].want);
    tum_output_free(output);
    tum_buf_release(&got);
}
END_TEST

static void *print_many(void *arg)
{
    for (int i = 0; i < 500; i++)
        tum_output_lines(arg, TUM_S("b"), TUM_S("first half second half"));
    return NULL;
}

START_TEST(threads_never_share_a_line)
{
    struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_output *output = tum_output_new(collect, &got);
    struct tum_str rest, line;
    pthread_t threads[6];
    bool more = true;
    size_t count = 0;

    for (size_t i = 0; i < TUM_LEN(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, print_many, output), 0);
    for (size_t i = 0; i < TUM_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    tum_output_free(output);
    rest = tum_buf_str(&got);
    while (tum_str_split(&rest, &more, '\n', &line)) {
        if (line.n == 0)
            continue;
        ck_assert(tum_str_is(line, "[b] first half second half"));
        count++;
    }
    ck_assert_uint_eq(count, 500 * TUM_LEN(threads));
    tum_buf_release(&got);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, wraps_at_blanks, 0, TUM_LEN(wraps));
    tcase_add_loop_test(t, lines_are_whole_and_prefixed, 0, TUM_LEN(lines));
    tcase_add_test(t, threads_never_share_a_line);
}

UNIT_MAIN("output", add)
