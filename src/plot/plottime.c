/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local date-times by arithmetic on the proleptic Gregorian calendar (days from civil and
 * back, counted in eras of 400 years that begin on the first of March).
 */
#include "plot/plottime.h"
#include <stdio.h>

#define SECOND ((int64_t)1000000)
#define DAY    (86400 * SECOND)
/* Days from 0000-03-01 to 1970-01-01, and in 400 years. */
#define EPOCH  719468
#define ERA    146097

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t tum_plottime_of(const struct tum_wall *wall)
{
    int64_t year = wall->year - (wall->month <= 2);
    int64_t era = floor_div(year, 400);
    int64_t of_era = year - era * 400;
    int64_t month = wall->month + (wall->month > 2 ? -3 : 9);
    int64_t of_year = (153 * month + 2) / 5 + wall->day - 1;
    int64_t days =
        era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH;

    return days * DAY +
           (wall->hour * 3600 + wall->minute * 60 + wall->second) * SECOND +
           wall->microsecond;
}

void tum_plottime_fields(int64_t time, struct tum_wall *ret)
{
    int64_t days = floor_div(time, DAY);
    int64_t rest = time - days * DAY;
    int64_t shifted = days + EPOCH;
    int64_t era = floor_div(shifted, ERA);
    int64_t of_era = shifted - era * ERA;
    int64_t years =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA - 1)) / 365;
    int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int64_t month = (5 * of_year + 2) / 153;

    *ret = (struct tum_wall){
        .year = (int)(years + era * 400 + (month >= 10)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(of_year - (153 * month + 2) / 5 + 1),
        .hour = (int)(rest / (3600 * SECOND)),
        .minute = (int)(rest / (60 * SECOND) % 60),
        .second = (int)(rest / SECOND % 60),
        .microsecond = (int)(rest % SECOND),
    };
}

void tum_plottime_write_next(struct tum_plottime_writer *writer, struct tum_buf *out,
                             int64_t time)
{
    int64_t second = floor_div(time, SECOND);
    unsigned fraction = (unsigned)(time - second * SECOND);
    char digits[8] = {'.', '0', '0', '0', '0', '0', '0', '\0'};

    if (second != writer->second) {
        struct tum_wall wall;

        tum_plottime_fields(time, &wall);
        writer->length = (size_t)snprintf(
            writer->text, sizeof(writer->text), "%04d-%02d-%02d %02d:%02d:%02d",
            wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second);
        writer->second = second;
    }
    tum_buf_add(out, writer->text, writer->length);
    if (fraction == 0)
        return;
    for (int i = 6; i > 0; i--, fraction /= 10)
        digits[i] = (char)('0' + fraction % 10);
    tum_buf_add(out, digits, 7);
}

void tum_plottime_write(struct tum_buf *out, int64_t time)
{
    struct tum_plottime_writer writer = TUM_PLOTTIME_WRITER;

    tum_plottime_write_next(&writer, out, time);
}

void tum_plottime_head(struct tum_buf *out, struct tum_str name)
{
    for (size_t i = 0; i < name.n; i++)
        tum_buf_addc(out, name.s[i] == '\n' || name.s[i] == '\r' ? ' ' : name.s[i]);
    tum_buf_addc(out, '\n');
}
