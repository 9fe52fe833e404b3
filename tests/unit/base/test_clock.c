/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c: durations read and written, sums that stay in range.
 */
#include "tum/clock.h"
#include "unit.h"
#include <math.h>
#include <time.h>

#define MINUTE (60 * TUM_SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const struct {
    const char *text;
    tum_time duration; /* -1: no duration */
    const char *rest;
} reads[] = {
    {"30", 30 * TUM_SECOND, ""},
    {"0", 0, ""},
    {" 5 ", 5 * TUM_SECOND, ""},
    {"0.5", TUM_SECOND / 2, ""},
    {".25", TUM_SECOND / 4, ""},
    {"1h 3m", HOUR + 3 * MINUTE, ""},
    {"1h3m", HOUR + 3 * MINUTE, ""},
    {"0m5s", 5 * TUM_SECOND, ""},
    {" 2S", 2 * TUM_SECOND, ""},
    {"1d 2h 3m 4s 5ms", DAY + 2 * HOUR + 3 * MINUTE + 4 * TUM_SECOND + 5 * TUM_MS, ""},
    {"2D\t1M", 2 * DAY + MINUTE, ""},
    {"30s 1m", 30 * TUM_SECOND, " 1m"},
    {"30s1m", 30 * TUM_SECOND, "1m"},
    {"1m 1m", MINUTE, " 1m"},
    {"1.5s", 1500 * TUM_MS, ""},
    {"1m 1.5s", MINUTE + 1500 * TUM_MS, ""},
    {"1.5m 3s", 90 * TUM_SECOND, " 3s"},
    {"250ms", 250 * TUM_MS, ""},
    {"250MS", 250 * TUM_MS, ""},
    {"0.5ms", 500 * TUM_US, ""},
    {"1s 20ms", TUM_SECOND + 20 * TUM_MS, ""},
    {"5 s", -1, NULL},
    {"5m x", 5 * MINUTE, " x"},
    {"10min", 10 * MINUTE, "in"},
    {"10sec", 10 * TUM_SECOND, "ec"},
    {"1m 30", MINUTE, " 30"},
    {"", -1, NULL},
    {"   ", -1, NULL},
    {"s", -1, NULL},
    {"-1", -1, NULL},
    {"-1s", -1, NULL},
    {"x 1s", -1, NULL},
    {"1.s", -1, NULL},
    {"1e3", -1, NULL},
    {"1w", -1, NULL},
    {"99999999999999999999", TUM_FOREVER, ""},
    {"99999999999999999999d", TUM_FOREVER, ""},
    {"9223372036d 1s", TUM_FOREVER, ""},
    {"0.0000000004", 0, ""},
    {"0.0000000016", 2, ""},
};

START_TEST(reading)
{
    tum_time duration = -7;
    struct tum_str rest = TUM_S("untouched");
    bool ok = tum_duration_parse(tum_str_of(reads[_i].text), &duration, &rest);

    ck_assert_msg(ok == (reads[_i].duration >= 0), "'%s'", reads[_i].text);
    ck_assert_int_eq(duration, ok ? reads[_i].duration : -7);
    ck_assert_msg(tum_str_is(rest, ok ? reads[_i].rest : "untouched"), "'%s'",
                  reads[_i].text);
}
END_TEST

static const struct {
    tum_time duration;
    const char *text;
} writes[] = {
    {0, "0 s"},
    {1, "1 ns"},
    {999, "999 ns"},
    {1000, "1 us"},
    {1500, "1.5 us"},
    {999999, "999.999 us"},
    {TUM_MS, "1 ms"},
    {250 * TUM_MS, "250 ms"},
    {1250 * TUM_US, "1.25 ms"},
    {999999499, "999.999 ms"},
    {999999500, "1 s"},
    {1500 * TUM_MS, "1.5 s"},
    {2 * TUM_SECOND + 5 * TUM_MS, "2.005 s"},
    {59 * TUM_SECOND + 999 * TUM_MS, "59.999 s"},
    {59 * TUM_SECOND + 999999999, "1 min"},
    {MINUTE, "1 min"},
    {2 * MINUTE + 3 * TUM_SECOND, "2 min 3 s"},
    {HOUR - 1, "1 h"},
    {2 * HOUR + 3 * MINUTE, "2 h 3 min"},
    {DAY - 1, "1 d"},
    {3 * DAY + 5 * HOUR, "3 d 5 h"},
    {-1500 * TUM_MS, "-1.5 s"},
    {TUM_FOREVER, "for ever"},
    {TUM_FOREVER - 1, "106751 d 23 h"},
};

START_TEST(writing)
{
    struct tum_buf out = TUM_BUF_INIT(100);

    tum_duration_text(writes[_i].duration, &out);
    ck_assert_str_eq(out.s, writes[_i].text);
    tum_buf_release(&out);
}
END_TEST

static const struct {
    double seconds;
    tum_time time;
} seconds[] = {
    {0, 0},
    {-1, 0},
    {1.5, 1500 * TUM_MS},
    {1e-9, 1},
    {0.1, 100 * TUM_MS},
    {1e300, TUM_FOREVER},
    {9223372036.9, TUM_FOREVER},
    {9000000000.0, 9000000000 * TUM_SECOND},
    {INFINITY, TUM_FOREVER},
    {-INFINITY, 0},
    {NAN, 0},
};

START_TEST(of_seconds)
{
    ck_assert_int_eq(tum_time_of_seconds(seconds[_i].seconds), seconds[_i].time);
}
END_TEST

START_TEST(sums)
{
    ck_assert_int_eq(tum_time_add(1, 2), 3);
    ck_assert_int_eq(tum_time_add(TUM_FOREVER, 1), TUM_FOREVER);
    ck_assert_int_eq(tum_time_add(TUM_FOREVER, TUM_FOREVER), TUM_FOREVER);
    ck_assert_int_eq(tum_time_add(TUM_FOREVER, 0), TUM_FOREVER);
    ck_assert_int_eq(tum_time_add(INT64_MIN, -1), INT64_MIN);
    ck_assert_int_eq(tum_time_add(5, -7), -2);
}
END_TEST

START_TEST(clocks)
{
    tum_time before = tum_now(), after = tum_now();
    struct tum_wall wall;

    ck_assert_int_gt(before, 0);
    ck_assert_int_ge(after, before);
    tum_wall_now(&wall);
    ck_assert(wall.year >= 2024 && wall.month >= 1 && wall.month <= 12);
    ck_assert(wall.day >= 1 && wall.day <= 31 && wall.hour <= 23);
    ck_assert(wall.minute <= 59 && wall.second <= 59);
    ck_assert(wall.microsecond >= 0 && wall.microsecond < 1000000);
}
END_TEST

/* POSIX writes the zone's sign the other way round. */
START_TEST(zone)
{
    struct tum_wall wall;

    setenv("TZ", "XXX-5:30", 1);
    tzset();
    tum_wall_now(&wall);
    ck_assert_int_eq(wall.utc_offset, 5 * 3600 + 1800);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, reading, 0, TUM_LEN(reads));
    tcase_add_loop_test(t, writing, 0, TUM_LEN(writes));
    tcase_add_loop_test(t, of_seconds, 0, TUM_LEN(seconds));
    tcase_add_test(t, sums);
    tcase_add_test(t, clocks);
    tcase_add_test(t, zone);
}

UNIT_MAIN("clock", add)
