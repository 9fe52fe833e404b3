/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The telnet protocol: rows of bytes, whole and byte by byte.
 */
#include "unit.h"

#include "io/telnet.h"
#include "tum/mem.h"

#define B(text)                                                                        \
    {                                                                                  \
        text, sizeof(text) - 1                                                         \
    }

static const struct {
    struct tum_str in, data, answers;
} rows[] = {
    {B("plain\r\n"), B("plain\r\n"), B("")},
    {B("a\xFF\xFF"
       "b"),
     B("a\xFF"
       "b"),
     B("")},
    {B("\xFF\xFD\x01x"), B("x"), B("\xFF\xFC\x01")},
    {B("\xFF\xFE\x03x"), B("x"), B("\xFF\xFC\x03")},
    {B("\xFF\xFB\x01x"), B("x"), B("\xFF\xFE\x01")},
    {B("\xFF\xFC\x18x"), B("x"), B("\xFF\xFE\x18")},
    {B("\xFF\xFA\x18\x01\xFF\xFFmore\xFF\xF0y"), B("y"), B("")},
    {B("a\xFF\xF1\xFF\xF9"
       "b"),
     B("ab"), B("")},
    {B("a\0b\x11"
       "c"),
     B("abc"), B("")},
    {B("\xFF\xFD\xFFz"), B("z"), B("\xFF\xFC\xFF")},
    {B("\xFF\xFD\x01\xFF\xFB\x03login: "), B("login: "), B("\xFF\xFC\x01\xFF\xFE\x03")},
};

static void check(size_t row, size_t piece)
{
    struct tum_telnet telnet = {0};
    struct tum_buf data = TUM_BUF_INIT(TUM_BUF_ANY), answers = TUM_BUF_INIT(64);
    struct tum_str in = rows[row].in;

    for (size_t at = 0; at < in.n; at += piece)
        tum_telnet_receive(&telnet, tum_str_sub(in, at, at + piece), &data, &answers);
    ck_assert(tum_str_eq(tum_buf_str(&data), rows[row].data));
    ck_assert(tum_str_eq(tum_buf_str(&answers), rows[row].answers));
    tum_buf_release(&data);
    tum_buf_release(&answers);
}

START_TEST(receive)
{
    for (size_t piece = 1; piece < 8; piece++)
        check((size_t)_i, piece);
    check((size_t)_i, 1000);
}
END_TEST

/* A peer that asks without end and takes no answer costs no memory. */
START_TEST(answers_are_bounded)
{
    struct tum_buf data = TUM_BUF_INIT(TUM_BUF_ANY), answers = TUM_BUF_INIT(64);
    struct tum_telnet telnet = {0};

    for (int i = 0; i < 1000; i++)
        tum_telnet_receive(&telnet, TUM_S("\xFF\xFD\x01"), &data, &answers);
    ck_assert_uint_eq(answers.len, 63);
    ck_assert_uint_eq(data.len, 0);
    tum_buf_release(&answers);
}
END_TEST

START_TEST(encode)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_telnet_encode(&out, TUM_S("a\xFF\xFF"
                                  "b\n"));
    ck_assert_str_eq(out.s, "a\xFF\xFF\xFF\xFF"
                            "b\n");
    tum_buf_release(&out);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, receive, 0, TUM_LEN(rows));
    tcase_add_test(t, answers_are_bounded);
    tcase_add_test(t, encode);
}

UNIT_MAIN("telnet", add)
