/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round numbers and round times for axes.
 */
#include "plot/ticks.h"
#include "plot/plottime.h"
#include <math.h>

/* Free part of the axis at each end. */
#define MARGIN     0.04
/* Beyond these a label is shorter with an exponent. */
#define LARGE      1e7
#define SMALL_STEP 1e-5
/* Arithmetic on the axis must not overflow. */
#define HUGEST     1e300

/* 1, 2 or 5 times a power of ten, the nearest that is not below `rough`. */
static double round_step(double rough, int *ret_minor)
{
    double power = pow(10, floor(log10(rough)));
    double part = rough / power;

    *ret_minor = 5;
    if (part <= 1 + 1e-9)
        return power;
    if (part <= 2 + 1e-9) {
        *ret_minor = 4;
        return 2 * power;
    }
    if (part <= 5 + 1e-9)
        return 5 * power;
    return 10 * power;
}

static double clip(double v)
{
    return fmin(fmax(v, -HUGEST), HUGEST);
}

static void set_form(struct tum_ticks *ticks)
{
    double largest = fmax(fabs(ticks->low), fabs(ticks->high));

    ticks->scientific = largest >= LARGE || ticks->step < SMALL_STEP;
    if (ticks->scientific)
        ticks->decimals = (int)fmin(
            fmax(0, floor(log10(largest)) - floor(log10(ticks->step) + 1e-9)), 12);
    else
        ticks->decimals = (int)fmax(0, -floor(log10(ticks->step) + 1e-9));
}

void tum_ticks_numbers(double low, double high, int wanted, struct tum_ticks *ret)
{
    double span, last;

    low = clip(low);
    high = clip(high);
    span = high - low;
    /* So close together that a double cannot hold marks between them. */
    if (span <= fabs(low) * 1e-12) {
        span = low != 0 ? fabs(low) * 0.1 : 1;
        low -= span / 2;
        high += span / 2;
        span = high - low;
    }
    if (span < 1e-290) {
        low -= 1e-290;
        high += 1e-290;
        span = high - low;
    }
    *ret = (struct tum_ticks){.low = low - span * MARGIN, .high = high + span * MARGIN};
    ret->step = round_step(span / wanted, &ret->minor);
    ret->first = ceil(ret->low / ret->step) * ret->step;
    last = floor(ret->high / ret->step) * ret->step;
    ret->count = (int)floor((last - ret->first) / ret->step + 0.5) + 1;
    ret->count = TUM_MAX(0, TUM_MIN(ret->count, TUM_TICKS_MOST));
    set_form(ret);
}

double tum_ticks_at(const struct tum_ticks *ticks, int i)
{
    double at = ticks->first + i * ticks->step;

    /* Nothing but rounding keeps it from zero. */
    return fabs(at) < ticks->step * 1e-6 ? 0 : at;
}

void tum_ticks_label(const struct tum_ticks *ticks, int i, struct tum_buf *out)
{
    double at = tum_ticks_at(ticks, i);

    if (ticks->scientific && at != 0)
        tum_buf_addf(out, "%.*e", ticks->decimals, at);
    else
        tum_buf_addf(out, "%.*f", ticks->scientific ? 0 : ticks->decimals, at);
}

/* ---- times ---- */

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const struct {
    int64_t step;
    int minor;
} time_steps[] = {
    {1, 1},           {2, 2},           {5, 5},           {10, 5},
    {20, 4},          {50, 5},          {100, 5},         {200, 4},
    {500, 5},         {1000, 5},        {2000, 4},        {5000, 5},
    {10000, 5},       {20000, 4},       {50000, 5},       {100000, 5},
    {200000, 4},      {500000, 5},      {SECOND, 5},      {2 * SECOND, 4},
    {5 * SECOND, 5},  {10 * SECOND, 5}, {15 * SECOND, 3}, {30 * SECOND, 6},
    {MINUTE, 4},      {2 * MINUTE, 4},  {5 * MINUTE, 5},  {10 * MINUTE, 5},
    {15 * MINUTE, 3}, {30 * MINUTE, 6}, {HOUR, 4},        {2 * HOUR, 4},
    {3 * HOUR, 3},    {6 * HOUR, 6},    {12 * HOUR, 4},   {DAY, 4},
    {2 * DAY, 4},     {7 * DAY, 7},     {14 * DAY, 2},    {28 * DAY, 4},
    {91 * DAY, 13},   {182 * DAY, 2},   {364 * DAY, 4},   {3640 * DAY, 10},
};

void tum_ticks_times(int64_t low, int64_t high, int wanted, struct tum_time_ticks *ret)
{
    int64_t span = high - low;
    size_t i = 0;

    if (span <= 0) {
        low -= SECOND / 2;
        high = low + SECOND;
        span = SECOND;
    }
    while (i + 1 < TUM_LEN(time_steps) && span / time_steps[i].step >= wanted)
        i++;
    *ret = (struct tum_time_ticks){
        .low = low,
        .high = high,
        .step = time_steps[i].step,
        .minor = time_steps[i].minor,
    };
    ret->first = low / ret->step * ret->step;
    if (ret->first < low)
        ret->first += ret->step;
    ret->count = (int)TUM_MIN((high - ret->first) / ret->step + 1, TUM_TICKS_MOST);
    for (int64_t unit = SECOND; unit > ret->step; unit /= 10)
        ret->decimals++;
    ret->dated = span >= DAY;
}

void tum_ticks_time_label(const struct tum_time_ticks *ticks, int i,
                          struct tum_buf *out)
{
    struct tum_wall wall;
    char fraction[8];

    tum_plottime_fields(ticks->first + i * ticks->step, &wall);
    if (ticks->dated)
        tum_buf_addf(out, "%02d-%02d ", wall.month, wall.day);
    tum_buf_addf(out, "%02d:%02d:%02d", wall.hour, wall.minute, wall.second);
    if (ticks->decimals > 0) {
        for (int k = 5; k >= 0; k--, wall.microsecond /= 10)
            fraction[k] = (char)('0' + wall.microsecond % 10);
        tum_buf_addc(out, '.');
        tum_buf_add(out, fraction, (size_t)ticks->decimals);
    }
}
