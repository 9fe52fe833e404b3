/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the marks of an axis stand: at round numbers, or at round times of the day.
 */
#ifndef TUM_TICKS_H
#define TUM_TICKS_H

#include "tum/buf.h"

#define TUM_TICKS_MOST 64

/* Marks of a number axis. */
struct tum_ticks {
    double low, high; /* the axis; holds all marks */
    double first, step;
    int count;
    int minor;    /* parts of a step that the minor grid makes */
    int decimals; /* behind the point, or … */
    bool scientific;
};
/*
 * For numbers from `low` to `high`, about `wanted` marks at 1, 2 or 5 times a power of ten. The axis is
 * a little longer than the numbers, so that none lies on its frame. Works for
 * all finite numbers, equal ones too.
 */
void tum_ticks_numbers(double low, double high, int wanted, struct tum_ticks *ret);
double tum_ticks_at(const struct tum_ticks *ticks, int i);
void tum_ticks_label(const struct tum_ticks *ticks, int i, struct tum_buf *out);

/* Marks of a time axis; times as of plottime.h. */
struct tum_time_ticks {
    int64_t low, high;
    int64_t first, step;
    int count;
    int minor;
    int decimals; /* of the seconds */
    bool dated;   /* labels hold month and day */
};
/* Marks at steps that divide a minute, an hour, a day. */
void tum_ticks_times(int64_t low, int64_t high, int wanted, struct tum_time_ticks *ret);
/* HH:MM:SS, with the day or with decimals when these are needed to tell marks apart. */
void tum_ticks_time_label(const struct tum_time_ticks *ticks, int i,
                          struct tum_buf *out);

#endif
