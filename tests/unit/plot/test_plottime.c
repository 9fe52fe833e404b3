/* SPDX-License-Identifier: Apache-2.0 */
/* Local date-times by arithmetic: texts against known ones, and fields there and back. */
#include "plot/plottime.h"
#include "unit.h"

static const struct {
    struct tum_wall wall;
    int64_t days; /* since 1970-01-01 */
    const char *text;
} rows[] = {
    {{.year = 1970, .month = 1, .day = 1}, 0, "1970-01-01 00:00:00"},
    {{.year = 1969, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59},
     -1,
     "1969-12-31 23:59:59"},
    {{.year = 2000, .month = 2, .day = 29}, 11016, "2000-02-29 00:00:00"},
    {{.year = 2000, .month = 3, .day = 1}, 11017, "2000-03-01 00:00:00"},
    {{.year = 1900, .month = 3, .day = 1}, -25508, "1900-03-01 00:00:00"},
    {{.year = 2024, .month = 12, .day = 31, .microsecond = 1},
     20088,
     "2024-12-31 00:00:00.000001"},
    {{.year = 2026,
      .month = 11,
      .day = 21,
      .hour = 10,
      .minute = 9,
      .second = 8,
      .microsecond = 120000},
     20778,
     "2026-11-21 10:09:08.120000"},
};

START_TEST(known)
{
    int64_t time = tum_plottime_of(&rows[_i].wall);
    int64_t rest = time - rows[_i].days * INT64_C(86400000000);
    struct tum_buf text = TUM_BUF_INIT(64);

    ck_assert_int_ge(rest, 0);
    ck_assert_int_lt(rest, INT64_C(86400000000));
    tum_plottime_write(&text, time);
    ck_assert_str_eq(text.s, rows[_i].text);
    tum_buf_release(&text);
}
END_TEST

START_TEST(there_and_back)
{
    /* Every day of 400 years, with a time of the day that changes. */
    for (int64_t day = -150000; day < 150000; day++) {
        int64_t time = day * INT64_C(86400000000) + (day & 0xffff) * 1318359;
        struct tum_wall wall;

        tum_plottime_fields(time, &wall);
        ck_assert_int_eq(tum_plottime_of(&wall), time);
        ck_assert(wall.month >= 1 && wall.month <= 12 && wall.day >= 1 &&
                  wall.day <= 31);
    }
}
END_TEST

START_TEST(many)
{
    struct tum_plottime_writer writer = TUM_PLOTTIME_WRITER;

    for (int64_t time = -3000001; time < 3000000; time += 123457) {
        struct tum_buf one = TUM_BUF_INIT(64), other = TUM_BUF_INIT(64);

        tum_plottime_write(&one, time);
        tum_plottime_write_next(&writer, &other, time);
        ck_assert_str_eq(one.s, other.s);
        tum_buf_release(&one);
        tum_buf_release(&other);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, known, 0, TUM_LEN(rows));
    tcase_add_test(t, there_and_back);
    tcase_add_test(t, many);
}

UNIT_MAIN("plottime", add)
