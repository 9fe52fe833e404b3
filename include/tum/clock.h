/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time. Durations and deadlines are nanoseconds of CLOCK_MONOTONIC in a tum_time; wall
 * time is only for showing.
 */
#ifndef TUM_CLOCK_H
#define TUM_CLOCK_H

#include "tum/buf.h"
#include "tum/err.h"

#define TUM_SECOND  ((tum_time)1000000000)
#define TUM_MS      ((tum_time)1000000)
#define TUM_US      ((tum_time)1000)
#define TUM_FOREVER INT64_MAX

/* Monotonic now. */
tum_time tum_now(void);
/* a + b, never past TUM_FOREVER. */
tum_time tum_time_add(tum_time a, tum_time b);
/* Seconds to tum_time, clipped to 0 … TUM_FOREVER; not-a-number is 0. */
tum_time tum_time_of_seconds(double seconds);

/*
 * Reads the grammar of `sleep`: only digits: seconds; else [n d] [n h] [n m] [n s] [n ms]
 * in this order, each a number directly followed by its unit, any case, any left out,
 * blanks before and between; the last number may have a fraction; a decimal number alone
 * is seconds. What follows the last unit recognised is *ret_rest (not trimmed). False when no unit
 * is recognised.
 */
bool tum_duration_parse(struct tum_str text, tum_time *ret, struct tum_str *ret_rest);
/* "1.5 s", "250 ms", "2 h 3 min": for people. */
void tum_duration_text(tum_time duration, struct tum_buf *out);

/* Local wall-clock fields; microseconds 0…999999. */
struct tum_wall {
    int year, month, day, hour, minute, second, microsecond;
    int utc_offset; /* seconds east of UTC */
};
void tum_wall_now(struct tum_wall *ret);

#endif
