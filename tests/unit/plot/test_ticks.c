/* SPDX-License-Identifier: Apache-2.0 */
/* Marks of axes: round, in order, inside the axis, told apart by their labels. */
#include "plot/plottime.h"
#include "plot/ticks.h"
#include "tum/mem.h"
#include "unit.h"
#include <math.h>

static const struct {
    double low, high;
    const char *labels;
} numbers[] = {
    {0, 1, "0.0 0.2 0.4 0.6 0.8 1.0"},
    {0, 100, "0 20 40 60 80 100"},
    {-1, 1, "-1.0 -0.5 0.0 0.5 1.0"},
    {3.3, 3.3, "3.15 3.20 3.25 3.30 3.35 3.40 3.45"},
    {0, 0, "-0.4 -0.2 0.0 0.2 0.4"},
    {12, 13.5, "12.0 12.2 12.4 12.6 12.8 13.0 13.2 13.4"},
    {0, 5e9, "0 1e+09 2e+09 3e+09 4e+09 5e+09"},
    {1e-9, 2e-9, "1.0e-09 1.2e-09 1.4e-09 1.6e-09 1.8e-09 2.0e-09"},
    {1000000, 1000001, "1000000.0 1000000.2 1000000.4 1000000.6 1000000.8 1000001.0"},
};

START_TEST(number_labels)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_ticks ticks;

    tum_ticks_numbers(numbers[_i].low, numbers[_i].high, 8, &ticks);
    for (int i = 0; i < ticks.count; i++) {
        if (i > 0)
            tum_buf_addc(&text, ' ');
        tum_ticks_label(&ticks, i, &text);
    }
    ck_assert_str_eq(text.s, numbers[_i].labels);
    ck_assert(ticks.low < numbers[_i].low || numbers[_i].low == numbers[_i].high);
    ck_assert(ticks.high > numbers[_i].high || numbers[_i].low == numbers[_i].high);
    tum_buf_release(&text);
}
END_TEST

static const double extremes[] = {0,      1,     -1,        5e-324,    -5e-324,
                                  1e-300, 1e300, -1e300,    1e308,     -1e308,
                                  0.1,    1e16,  1 + 1e-15, 123456.789};

START_TEST(any_numbers)
{
    for (size_t k = 0; k < TUM_LEN(extremes); k++) {
        double low = fmin(extremes[_i], extremes[k]);
        double high = fmax(extremes[_i], extremes[k]);
        struct tum_ticks ticks;

        tum_ticks_numbers(low, high, 8, &ticks);
        ck_assert(isfinite(ticks.low) && isfinite(ticks.high) &&
                  ticks.low < ticks.high);
        ck_assert_int_ge(ticks.count, 1);
        ck_assert_int_le(ticks.count, 14);
        for (int i = 0; i < ticks.count; i++) {
            double at = tum_ticks_at(&ticks, i), part;

            part = (at / 2 - ticks.low / 2) / (ticks.high / 2 - ticks.low / 2);
            ck_assert(part > -1e-6 && part < 1 + 1e-6);
        }
    }
}
END_TEST

static const struct {
    int64_t span; /* microseconds from 2026-11-21 10:00:00.25 on */
    const char *labels;
} times[] = {
    {2, "10:00:00.250000 10:00:00.250001 10:00:00.250002"},
    {900000, "10:00:00.3 10:00:00.4 10:00:00.5 10:00:00.6 10:00:00.7 10:00:00.8 "
             "10:00:00.9 10:00:01.0 10:00:01.1"},
    {6000000, "10:00:00.5 10:00:01.0 10:00:01.5 10:00:02.0 10:00:02.5 10:00:03.0 "
              "10:00:03.5 10:00:04.0 10:00:04.5 10:00:05.0 10:00:05.5 10:00:06.0"},
    {INT64_C(60000000),
     "10:00:05 10:00:10 10:00:15 10:00:20 10:00:25 10:00:30 10:00:35 "
     "10:00:40 10:00:45 10:00:50 10:00:55 10:01:00"},
    {INT64_C(5400000000),
     "10:10:00 10:20:00 10:30:00 10:40:00 10:50:00 11:00:00 11:10:00 "
     "11:20:00 11:30:00"},
    {INT64_C(172800000000), "11-21 12:00:00 11-21 18:00:00 11-22 00:00:00 "
                            "11-22 06:00:00 11-22 12:00:00 11-22 18:00:00 "
                            "11-23 00:00:00 11-23 06:00:00"},
};

START_TEST(time_labels)
{
    struct tum_wall wall = {
        .year = 2026, .month = 11, .day = 21, .hour = 10, .microsecond = 250000};
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    int64_t low = tum_plottime_of(&wall);
    struct tum_time_ticks ticks;

    tum_ticks_times(low, low + times[_i].span, 14, &ticks);
    for (int i = 0; i < ticks.count; i++) {
        if (i > 0)
            tum_buf_addc(&text, ' ');
        tum_ticks_time_label(&ticks, i, &text);
    }
    ck_assert_str_eq(text.s, times[_i].labels);
    tum_buf_release(&text);
}
END_TEST

START_TEST(any_time)
{
    for (int64_t span = 0; span < INT64_C(4000000000000000); span = span * 3 / 2 + 1) {
        struct tum_time_ticks ticks;

        tum_ticks_times(INT64_C(1800000000000000), INT64_C(1800000000000000) + span, 14,
                        &ticks);
        ck_assert(ticks.low < ticks.high);
        ck_assert_int_ge(ticks.count, 1);
        ck_assert_int_le(ticks.count, 15);
        ck_assert(ticks.first >= ticks.low &&
                  ticks.first + (ticks.count - 1) * ticks.step <= ticks.high);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, number_labels, 0, TUM_LEN(numbers));
    tcase_add_loop_test(t, any_numbers, 0, TUM_LEN(extremes));
    tcase_add_loop_test(t, time_labels, 0, TUM_LEN(times));
    tcase_add_test(t, any_time);
}

UNIT_MAIN("ticks", add)
