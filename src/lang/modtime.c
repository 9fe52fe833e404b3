/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module time. The process never sets a locale, so libc's strftime writes what Python's
 * does.
 */
#include "base/utf8.h"
#include "lang/module.h"
#include "lang/ops.h"
#include "lang/timetext.h"
#include <errno.h>
#include <math.h>

/* ---- struct_time ---- */

#define FIELDS 9

struct struct_time { /* a tuple of FIELDS, with two attributes more */
    struct tum_oseq seq;
    char *zone; /* NULL: None */
    long offset;
};

static const char *const field_names[FIELDS] = {"tm_year", "tm_mon",  "tm_mday",
                                                "tm_hour", "tm_min",  "tm_sec",
                                                "tm_wday", "tm_yday", "tm_isdst"};

static bool struct_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    tum_buf_adds(out, "time.struct_time(");
    for (size_t i = 0; i < FIELDS; i++) {
        tum_buf_addf(out, "%s%s=", i > 0 ? ", " : "", field_names[i]);
        if (!tum_op_write_repr(vm, tum_as_seq(self)->items[i], out))
            return false;
    }
    tum_buf_addc(out, ')');
    return true;
}

static bool struct_getattr(struct tum_vm *vm, struct tum_obj *self, struct tum_str name,
                           struct tum_obj **ret)
{
    struct struct_time *t = (struct struct_time *)self;

    for (size_t i = 0; i < FIELDS; i++) {
        if (tum_str_is(name, field_names[i])) {
            *ret = t->seq.items[i];
            return true;
        }
    }
    if (tum_str_is(name, "tm_gmtoff")) {
        *ret = t->zone != NULL ? tum_new_int(vm, t->offset) : vm->none;
        return true;
    }
    if (tum_str_is(name, "tm_zone")) {
        *ret = t->zone != NULL ? tum_new_strz(vm, t->zone) : vm->none;
        return true;
    }
    return false;
}

static const struct tum_type type_struct_time = {.name = "struct_time",
                                                 .module = "time",
                                                 .kind = TUM_O_TUPLE,
                                                 .base = &tum_type_tuple,
                                                 .repr = struct_repr,
                                                 .getattr = struct_getattr,
                                                 .unsupported_attrs = true};

static struct tum_obj *new_struct(struct tum_vm *vm, const struct tm *tm)
{
    struct struct_time *t = tum_new_obj(vm, &type_struct_time, struct struct_time);
    int values[FIELDS] = {tm->tm_year + 1900,    tm->tm_mon + 1,  tm->tm_mday,
                          tm->tm_hour,           tm->tm_min,      tm->tm_sec,
                          (tm->tm_wday + 6) % 7, tm->tm_yday + 1, tm->tm_isdst};
    size_t n = strlen(tm->tm_zone);

    t->seq.n = t->seq.cap = FIELDS;
    t->seq.items = tum_vm_array(vm, struct tum_obj *, FIELDS);
    for (size_t i = 0; i < FIELDS; i++)
        t->seq.items[i] = tum_new_int(vm, values[i]);
    t->zone = tum_vm_alloc(vm, n + 1);
    memcpy(t->zone, tm->tm_zone, n + 1);
    t->offset = tm->tm_gmtoff;
    return &t->seq.head;
}

/* ---- fields from a tuple ---- */

static bool check_range(struct tum_vm *vm, int value, int most, const char *what)
{
    return (value >= 0 && value <= most) ||
           tum_raise_value_false(vm, "%s out of range", what);
}

/* Zero stands for one, as in Python. */
static bool check_fields(struct tum_vm *vm, struct tm *tm)
{
    if (tm->tm_mon == -1)
        tm->tm_mon = 0;
    if (tm->tm_mday == 0)
        tm->tm_mday = 1;
    if (tm->tm_yday == -1)
        tm->tm_yday = 0;
    if (tm->tm_wday < 0)
        return tum_raise_value_false(vm, "day of week out of range");
    return check_range(vm, tm->tm_mon, 11, "month") &&
           check_range(vm, tm->tm_mday, 31, "day of month") &&
           check_range(vm, tm->tm_hour, 23, "hour") &&
           check_range(vm, tm->tm_min, 59, "minute") &&
           check_range(vm, tm->tm_sec, 61, "seconds") &&
           check_range(vm, tm->tm_yday, 365, "day of year");
}

static bool read_fields(struct tum_vm *vm, struct tum_obj *o, const char *function,
                        struct tm *ret)
{
    struct tum_oseq *seq = tum_as_seq(o);
    int64_t v[FIELDS];

    if (tum_kind_of(o) != TUM_O_TUPLE)
        return tum_raise_type_false(vm, "Tuple or struct_time argument required");
    if (seq->n != FIELDS)
        return tum_raise_type_false(vm, "%s(): illegal time tuple argument", function);
    for (size_t i = 0; i < FIELDS; i++) {
        if (!tum_arg_index(vm, seq->items[i], &v[i]))
            return false;
        if (v[i] > INT32_MAX / 2 || v[i] < INT32_MIN / 2)
            return tum_unsupported_false(vm, "a very large field of a time");
    }
    *ret = (struct tm){.tm_year = (int)v[0] - 1900,
                       .tm_mon = (int)v[1] - 1,
                       .tm_mday = (int)v[2],
                       .tm_hour = (int)v[3],
                       .tm_min = (int)v[4],
                       .tm_sec = (int)v[5],
                       .tm_wday = (int)((v[6] + 1) % 7),
                       .tm_yday = (int)v[7] - 1,
                       .tm_isdst = v[8] < 0 ? -1 : v[8] > 0};
    if (o->type == &type_struct_time) {
        ret->tm_gmtoff = ((struct struct_time *)o)->offset;
        ret->tm_zone = ((struct struct_time *)o)->zone;
    }
    return true;
}

/* ---- text ---- */

struct tum_obj *tum_time_format(struct tum_vm *vm, struct tum_str format,
                                const struct tm *tm)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    char *out;
    size_t n;

    if (format.n == 0)
        return vm->empty_str;
    if (format.n > TUM_TIME_FORMAT_LIMIT || memchr(format.s, '\0', format.n) != NULL ||
        !tum_utf8_valid(format, NULL))
        return tum_unsupported(vm, "a format of time");
    for (size_t i = 0; i + 1 < format.n; i++) {
        /* A width of the GNU library's: nobody needs it, and it may be huge. */
        if (format.s[i] == '%' && format.s[i + 1] >= '1' && format.s[i + 1] <= '9')
            return tum_unsupported(vm, "a format of time");
    }
    /* One character more, so that an empty result is told from a full buffer. */
    tum_buf_addt(&text, format);
    tum_buf_addc(&text, '.');
    out = tum_vm_alloc(vm, format.n * 64 + 64);
    n = strftime(out, format.n * 64 + 64, text.s, tm);
    if (n == 0)
        return tum_unsupported(vm, "a format of time");
    return tum_new_str(vm, tum_str_n(out, n - 1));
}

static bool now(struct tum_vm *vm, struct tm *ret)
{
    time_t t = time(NULL);

    return localtime_r(&t, ret) != NULL || tum_unsupported_false(vm, "the local time");
}

static struct tum_obj *time_strftime(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tm tm;

    (void)n;
    if (!tum_is_str(a[0]))
        return tum_raise_type(vm, "strftime() argument 1 must be str, not %s",
                              a[0]->type->name);
    if (a[1] == NULL) {
        if (!now(vm, &tm))
            return NULL;
    } else if (!read_fields(vm, a[1], "strftime", &tm) || !check_fields(vm, &tm)) {
        return NULL;
    }
    return tum_time_format(vm, tum_text_of(a[0]), &tm);
}

/* ---- points in time ---- */

/* Seconds since 1970, rounded down; none: now. */
static bool read_seconds(struct tum_vm *vm, struct tum_obj *o, time_t *ret)
{
    int64_t seconds;
    double f;

    if (o == NULL || tum_is_none(o)) {
        *ret = time(NULL);
        return true;
    }
    if (tum_kind_of(o) == TUM_O_FLOAT) {
        f = floor(tum_as_float(o)->f);
        if (isnan(f))
            return tum_raise_value_false(vm, "Invalid value NaN (not a number)");
        if (!(f >= -9.2e18 && f <= 9.2e18))
            return tum_raise_false(vm, "OverflowError",
                                   "timestamp out of range for platform time_t");
        *ret = (time_t)f;
        return true;
    }
    if (!tum_is_int(o))
        return tum_raise_type_false(
            vm, "'%s' object cannot be interpreted as an integer", o->type->name);
    if (!tum_val_to_int64(tum_as_int(o)->v, &seconds))
        return tum_raise_false(vm, "OverflowError",
                               "timestamp out of range for platform time_t");
    *ret = (time_t)seconds;
    return true;
}

static struct tum_obj *broken_down(struct tum_vm *vm, struct tum_obj *o, bool local)
{
    struct tm tm;
    time_t t;

    if (!read_seconds(vm, o, &t))
        return NULL;
    if ((local ? localtime_r(&t, &tm) : gmtime_r(&t, &tm)) == NULL)
        return tum_raise(vm, "OverflowError",
                         "timestamp out of range for platform time_t");
    return new_struct(vm, &tm);
}

static struct tum_obj *time_gmtime(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return broken_down(vm, n > 0 ? a[0] : NULL, false);
}
static struct tum_obj *time_localtime(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return broken_down(vm, n > 0 ? a[0] : NULL, true);
}

static struct tum_obj *time_mktime(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tm tm;
    time_t t;

    (void)n;
    if (!read_fields(vm, a[0], "mktime", &tm))
        return NULL;
    tm.tm_wday = -1; /* changed when it worked: -1 is a time, too */
    t = mktime(&tm);
    if (t == (time_t)-1 && tm.tm_wday == -1)
        return tum_raise(vm, "OverflowError", "mktime argument out of range");
    return tum_new_float(vm, (double)t);
}

static struct tum_obj *clock_float(struct tum_vm *vm, clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return tum_new_float(vm, (double)t.tv_sec + (double)t.tv_nsec * 1e-9);
}

static struct tum_obj *clock_int(struct tum_vm *vm, clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return tum_new_int(vm, (int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

static struct tum_obj *time_time(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)a;
    (void)n;
    return clock_float(vm, CLOCK_REALTIME);
}
static struct tum_obj *time_monotonic(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)a;
    (void)n;
    return clock_float(vm, CLOCK_MONOTONIC);
}
static struct tum_obj *time_time_ns(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)a;
    (void)n;
    return clock_int(vm, CLOCK_REALTIME);
}
static struct tum_obj *time_monotonic_ns(struct tum_vm *vm, struct tum_obj **a,
                                         size_t n)
{
    (void)a;
    (void)n;
    return clock_int(vm, CLOCK_MONOTONIC);
}

/* ---- the module ---- */

static const struct tum_native natives[] = {
    {.name = "gmtime", .call = time_gmtime, .min = 0, .max = 1},
    {.name = "localtime", .call = time_localtime, .min = 0, .max = 1},
    {.name = "mktime", .call = time_mktime, .min = 1, .max = 1},
    {.name = "monotonic", .call = time_monotonic, .min = 0, .max = 0},
    {.name = "monotonic_ns", .call = time_monotonic_ns, .min = 0, .max = 0},
    {.name = "perf_counter", .call = time_monotonic, .min = 0, .max = 0},
    {.name = "perf_counter_ns", .call = time_monotonic_ns, .min = 0, .max = 0},
    {.name = "strftime", .call = time_strftime, .min = 1, .max = 2},
    {.name = "time", .call = time_time, .min = 0, .max = 0},
    {.name = "time_ns", .call = time_time_ns, .min = 0, .max = 0},
};

static struct tum_obj *value_struct_time(struct tum_vm *vm)
{
    return tum_new_type(vm, &type_struct_time);
}

static const struct tum_member members[] = {
    {.name = "struct_time", .value = value_struct_time},
};

static const char *const others[] = {"CLOCK_BOOTTIME",
                                     "CLOCK_MONOTONIC",
                                     "CLOCK_MONOTONIC_RAW",
                                     "CLOCK_PROCESS_CPUTIME_ID",
                                     "CLOCK_REALTIME",
                                     "CLOCK_TAI",
                                     "CLOCK_THREAD_CPUTIME_ID",
                                     "altzone",
                                     "asctime",
                                     "clock_getres",
                                     "clock_gettime",
                                     "clock_gettime_ns",
                                     "clock_settime",
                                     "clock_settime_ns",
                                     "ctime",
                                     "daylight",
                                     "get_clock_info",
                                     "process_time",
                                     "process_time_ns",
                                     "pthread_getcpuclockid",
                                     "sleep",
                                     "strptime",
                                     "thread_time",
                                     "thread_time_ns",
                                     "timezone",
                                     "tzname",
                                     "tzset",
                                     NULL};

const struct tum_module tum_module_time = {.name = "time",
                                           .natives = natives,
                                           .native_count = TUM_LEN(natives),
                                           .members = members,
                                           .count = TUM_LEN(members),
                                           .others = others};
