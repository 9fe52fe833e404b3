/* SPDX-License-Identifier: Apache-2.0 */
/* Messages cut out of a stream, however it arrives. */
#include "unit.h"
#include "worker/frame.h"

static const struct {
    const char *name, *bytes;
    size_t n;
    const char *want; /* messages, each ended by a bar */
    enum tum_frames_next last;
} rows[] = {
    {"nothing", "", 0, "", TUM_FRAMES_MORE},
    {"head cut", "\0\0\0", 3, "", TUM_FRAMES_MORE},
    {"no body yet", "\0\0\0\2", 4, "", TUM_FRAMES_MORE},
    {"half a body", "\0\0\0\2{", 5, "", TUM_FRAMES_MORE},
    {"one", "\0\0\0\2{}", 6, "{}|", TUM_FRAMES_MORE},
    {"two", "\0\0\0\2{}\0\0\0\3[1]", 13, "{}|[1]|", TUM_FRAMES_MORE},
    {"one and a half", "\0\0\0\2{}\0\0\0\3[1", 12, "{}|", TUM_FRAMES_MORE},
    {"empty", "\0\0\0\0", 4, "", TUM_FRAMES_BAD},
    {"too large", "\4\0\0\1", 4, "", TUM_FRAMES_BAD},
    {"largest", "\4\0\0\0", 4, "", TUM_FRAMES_MORE},
    {"not ours", "Traceback", 9, "", TUM_FRAMES_BAD},
    {"good, then not ours", "\0\0\0\1xhello", 10, "x|", TUM_FRAMES_BAD},
};

START_TEST(cut)
{
    /* At once, and a byte at a time. */
    for (size_t step = 1; step <= 16; step += 15) {
        struct tum_buf got = TUM_BUF_INIT(1000);
        enum tum_frames_next last = TUM_FRAMES_MORE;
        struct tum_frames frames;
        struct tum_str text;

        tum_frames_init(&frames);
        for (size_t at = 0; at < rows[_i].n; at += step) {
            size_t n = TUM_MIN(step, rows[_i].n - at);

            tum_frames_feed(&frames, tum_str_n(rows[_i].bytes + at, n));
            while ((last = tum_frames_next(&frames, &text)) == TUM_FRAMES_ONE)
                tum_buf_addf(&got, "%.*s|", TUM_STR_ARG(text));
            if (last == TUM_FRAMES_BAD)
                break;
        }
        ck_assert_msg(strcmp(got.s, rows[_i].want) == 0, "%s: %s", rows[_i].name,
                      got.s);
        ck_assert_msg(last == rows[_i].last, "%s: %d", rows[_i].name, (int)last);
        tum_frames_release(&frames);
        tum_buf_release(&got);
    }
}
END_TEST

START_TEST(there_and_back)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY), text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    struct tum_frames frames;
    struct tum_str got;

    tum_frames_init(&frames);
    for (size_t size = 1; size < 300000; size = size * 3 + 1) {
        tum_buf_reset(&text);
        tum_buf_fill(&text, 'x', size);
        ck_assert(tum_frame_add(&out, tum_buf_str(&text), &err));
    }
    tum_frames_feed(&frames, tum_buf_str(&out));
    for (size_t size = 1; size < 300000; size = size * 3 + 1) {
        ck_assert_int_eq(tum_frames_next(&frames, &got), TUM_FRAMES_ONE);
        ck_assert_uint_eq(got.n, size);
    }
    ck_assert_int_eq(tum_frames_next(&frames, &got), TUM_FRAMES_MORE);
    tum_frames_release(&frames);
    tum_buf_release(&out);
    tum_buf_release(&text);
}
END_TEST

START_TEST(limits_of_sending)
{
    static char text[16];
    struct tum_buf out = TUM_BUF_INIT(12);
    struct tum_error *err = NULL;

    ck_assert(!tum_frame_add(&out, tum_str_n(text, 0), &err));
    tum_error_clear(&err);
    ck_assert(!tum_frame_add(&out, tum_str_n(text, TUM_FRAME_LIMIT + 1), &err));
    tum_error_clear(&err);
    ck_assert(!tum_frame_add(&out, tum_str_n(text, 9), &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_clear(&err);
    ck_assert_uint_eq(out.len, 0);
    ck_assert(tum_frame_add(&out, tum_str_n(text, 8), &err));
    ck_assert_uint_eq(out.len, 12);
    tum_buf_release(&out);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, cut, 0, TUM_LEN(rows));
    tcase_add_test(t, there_and_back);
    tcase_add_test(t, limits_of_sending);
}

UNIT_MAIN("frame", add)
