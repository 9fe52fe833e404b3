/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monotonic time, durations from and to text, local time for showing.
 */
#include "tum/clock.h"
#include <math.h>
#include <time.h>

#define MINUTE (60 * TUM_SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

tum_time tum_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (tum_time)ts.tv_sec * TUM_SECOND + ts.tv_nsec;
}

tum_time tum_time_add(tum_time a, tum_time b)
{
    tum_time sum;

    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? INT64_MIN : TUM_FOREVER;
    return sum;
}

tum_time tum_time_of_seconds(double seconds)
{
    double nanoseconds = seconds * 1e9;

    if (!(nanoseconds > 0)) /* not-a-number too */
        return 0;
    if (nanoseconds >= 9223372036854774784.0) /* the last double below 2^63 */
        return TUM_FOREVER;
    return (tum_time)llround(nanoseconds);
}

/* ---- reading ---- */

/* In the order they may be written. */
static const struct unit {
    const char *name;
    tum_time length;
} units[] = {
    {"d", DAY}, {"h", HOUR}, {"m", MINUTE}, {"s", TUM_SECOND}, {"ms", TUM_MS},
};

struct number {
    struct tum_str text;
    bool fraction;
};

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t skip_blanks(struct tum_str text, size_t i)
{
    while (i < text.n && is_blank(text.s[i]))
        i++;
    return i;
}

static size_t skip_digits(struct tum_str text, size_t i)
{
    while (i < text.n && text.s[i] >= '0' && text.s[i] <= '9')
        i++;
    return i;
}

/* digits [. digits] | . digits; returns where it ends, `i` when there is none. */
static size_t read_number(struct tum_str text, size_t i, struct number *ret)
{
    size_t end = skip_digits(text, i);
    size_t digits = end - i;

    ret->fraction = false;
    if (end < text.n && text.s[end] == '.') {
        size_t after = skip_digits(text, end + 1);

        if (after > end + 1) {
            digits += after - end - 1;
            end = after;
            ret->fraction = true;
        }
    }
    if (digits == 0)
        return i;
    ret->text = tum_str_sub(text, i, end);
    return end;
}

/* Which unit stands at i, and how long its name is; -1: none. "ms" before "m". */
static int read_unit(struct tum_str text, size_t i)
{
    for (int u = (int)TUM_LEN(units) - 1; u >= 0; u--) {
        size_t n = strlen(units[u].name);

        if (tum_str_is_nocase(tum_str_sub(text, i, i + n), units[u].name))
            return u;
    }
    return -1;
}

/* number * unit, rounded to nanoseconds, never past TUM_FOREVER. */
static tum_time length_of(const struct number *number, tum_time unit)
{
    double value = 0;
    int64_t whole;
    tum_time length;

    if (!number->fraction && tum_str_int(number->text, &whole))
        return __builtin_mul_overflow(whole, unit, &length) ? TUM_FOREVER : length;
    tum_str_float(number->text, &value);
    return tum_time_of_seconds(value * ((double)unit / (double)TUM_SECOND));
}

bool tum_duration_parse(struct tum_str text, tum_time *ret, struct tum_str *ret_rest)
{
    struct number number;
    size_t at = skip_blanks(text, 0), end = 0;
    int last_unit = -1;
    tum_time total = 0;

    end = read_number(text, at, &number);
    if (end != at && skip_blanks(text, end) == text.n) {
        *ret = length_of(&number, TUM_SECOND);
        *ret_rest = tum_str_sub(text, text.n, text.n);
        return true;
    }
    end = 0;
    for (;;) {
        size_t after = read_number(text, at, &number);
        int unit = after != at ? read_unit(text, after) : -1;

        if (unit <= last_unit)
            break;
        total = tum_time_add(total, length_of(&number, units[unit].length));
        end = after + strlen(units[unit].name);
        last_unit = unit;
        if (number.fraction) /* only the last number may have one */
            break;
        at = skip_blanks(text, end);
    }
    if (last_unit < 0)
        return false;
    *ret = total;
    *ret_rest = tum_str_sub(text, end, text.n);
    return true;
}

/* ---- writing ---- */

/* `duration` in units, with up to three decimals, none of them a trailing zero. */
static void add_decimal(tum_time duration, tum_time unit, const char *name,
                        struct tum_buf *out)
{
    tum_time thousandths = (duration + unit / 2000) / (unit / 1000);
    int decimals = (int)(thousandths % 1000), digits = 3;

    tum_buf_addi(out, thousandths / 1000);
    if (decimals != 0) {
        while (decimals % 10 == 0) {
            decimals /= 10;
            digits--;
        }
        tum_buf_addf(out, ".%0*d", digits, decimals);
    }
    tum_buf_addf(out, " %s", name);
}

static void add_pair(tum_time duration, tum_time big, const char *big_name,
                     tum_time small, const char *small_name, struct tum_buf *out)
{
    tum_time rest = duration % big / small;

    tum_buf_addf(out, "%lld %s", (long long)(duration / big), big_name);
    if (rest != 0)
        tum_buf_addf(out, " %lld %s", (long long)rest, small_name);
}

static tum_time rounded(tum_time duration, tum_time unit)
{
    return tum_time_add(duration, unit / 2) / unit * unit;
}

void tum_duration_text(tum_time duration, struct tum_buf *out)
{
    if (duration == TUM_FOREVER) {
        tum_buf_adds(out, "for ever");
        return;
    }
    if (duration < 0) {
        tum_buf_addc(out, '-');
        duration = duration == INT64_MIN ? TUM_FOREVER : -duration;
    }
    /* The unit is chosen by the rounded number: 59.9999 s is 1 min. */
    if (duration == 0)
        tum_buf_adds(out, "0 s");
    else if (duration < TUM_US)
        tum_buf_addf(out, "%d ns", (int)duration);
    else if (duration < TUM_MS)
        add_decimal(duration, TUM_US, "us", out);
    else if (rounded(duration, TUM_US) < TUM_SECOND)
        add_decimal(duration, TUM_MS, "ms", out);
    else if (rounded(duration, TUM_MS) < MINUTE)
        add_decimal(duration, TUM_SECOND, "s", out);
    else if (rounded(duration, TUM_SECOND) < HOUR)
        add_pair(rounded(duration, TUM_SECOND), MINUTE, "min", TUM_SECOND, "s", out);
    else if (rounded(duration, MINUTE) < DAY)
        add_pair(rounded(duration, MINUTE), HOUR, "h", MINUTE, "min", out);
    else
        add_pair(rounded(duration, HOUR), DAY, "d", HOUR, "h", out);
}

void tum_wall_now(struct tum_wall *ret)
{
    struct timespec ts;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &ts);
    localtime_r(&ts.tv_sec, &tm);
    *ret = (struct tum_wall){
        .year = tm.tm_year + 1900,
        .month = tm.tm_mon + 1,
        .day = tm.tm_mday,
        .hour = tm.tm_hour,
        .minute = tm.tm_min,
        .second = TUM_MIN(tm.tm_sec, 59), /* a leap second is shown twice */
        .microsecond = (int)(ts.tv_nsec / 1000),
        .utc_offset = (int)tm.tm_gmtoff,
    };
}
