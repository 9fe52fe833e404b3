/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates of YAML files: their fields, isoformat and strftime. There is no arithmetic.
 */
#include "lang/ops.h"
#include "lang/timetext.h"

static struct tum_date fields(struct tum_obj *o)
{
    struct tum_date date;

    tum_val_get_date(tum_as_date(o)->v, &date);
    return date;
}

#define FIELD(name)                                                                    \
    static struct tum_obj *date_##name(struct tum_vm *vm, struct tum_obj **a,          \
                                       size_t n)                                       \
    {                                                                                  \
        (void)n;                                                                       \
        return tum_new_int(vm, fields(a[0]).name);                                     \
    }
FIELD(year)
FIELD(month)
FIELD(day)
FIELD(hour)
FIELD(minute)
FIELD(second)
FIELD(microsecond)

/* Days before the year, and before the month in it. */
static int days_before(const struct tum_date *d)
{
    int y = d->year - 1;

    return y * 365 + y / 4 - y / 100 + y / 400;
}

static int day_of_year(const struct tum_date *d)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);

    return before[d->month - 1] + d->day - 1 + (leap && d->month > 2);
}

/* Monday is 0: 0001-01-01 was one. */
static int weekday(const struct tum_date *d)
{
    return (days_before(d) + day_of_year(d)) % 7;
}

static struct tum_obj *date_weekday(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_date d = fields(a[0]);

    (void)n;
    return tum_new_int(vm, weekday(&d));
}
static struct tum_obj *date_isoweekday(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_date d = fields(a[0]);

    (void)n;
    return tum_new_int(vm, weekday(&d) + 1);
}

static void write_zone(const struct tum_date *d, const char *between,
                       struct tum_buf *out)
{
    int zone = d->zone < 0 ? -d->zone : d->zone;

    tum_buf_addf(out, "%c%02d%s%02d", d->zone < 0 ? '-' : '+', zone / 60, between,
                 zone % 60);
}

static struct tum_obj *date_isoformat(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_date d = fields(a[0]);

    if (n > 1)
        return tum_unsupported(vm, "isoformat with arguments");
    tum_buf_addf(&out, "%04d-%02d-%02d", d.year, d.month, d.day);
    if (d.has_time) {
        tum_buf_addf(&out, "T%02d:%02d:%02d", d.hour, d.minute, d.second);
        if (d.microsecond != 0)
            tum_buf_addf(&out, ".%06d", d.microsecond);
        if (d.has_zone)
            write_zone(&d, ":", &out);
    }
    return tum_new_str_buf(vm, &out);
}

/* What %f %z and %Z are for a date; libc does not know. */
static void write_own_field(const struct tum_date *d, char letter, struct tum_buf *out)
{
    if (letter == 'f') {
        tum_buf_addf(out, "%06d", d->microsecond);
    } else if (letter == 'z' && d->has_zone) {
        write_zone(d, "", out);
    } else if (letter == 'Z' && d->has_zone) {
        tum_buf_adds(out, "UTC");
        if (d->zone != 0)
            write_zone(d, ":", out);
    }
}

static struct tum_obj *date_strftime(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    TUM_AUTO(tum_buf_release) struct tum_buf format = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_date d = fields(a[0]);
    struct tum_str text;
    struct tm tm = {.tm_year = d.year - 1900,
                    .tm_mon = d.month - 1,
                    .tm_mday = d.day,
                    .tm_hour = d.hour,
                    .tm_min = d.minute,
                    .tm_sec = d.second,
                    .tm_wday = (weekday(&d) + 1) % 7,
                    .tm_yday = day_of_year(&d),
                    .tm_isdst = -1};

    (void)n;
    if (!tum_is_str(a[1]))
        return tum_raise_type(vm, "strftime() argument 1 must be str, not %s",
                              a[1]->type->name);
    text = tum_text_of(a[1]);
    for (size_t i = 0; i < text.n; i++) {
        char next = i + 1 < text.n ? text.s[i + 1] : '\0';

        if (text.s[i] != '%' || next == '\0') {
            tum_buf_addc(&format, text.s[i]);
            continue;
        }
        i++;
        if (next == 'f' || next == 'z' || next == 'Z')
            write_own_field(&d, next, &format);
        else
            tum_buf_addf(&format, "%%%c", next);
    }
    return tum_time_format(vm, tum_buf_str(&format), &tm);
}

#define GETTER(name_)                                                                  \
    {                                                                                  \
        .name = #name_, .call = date_##name_, .min = 1, .max = 1,                      \
        .flags = TUM_NATIVE_GETTER                                                     \
    }

static const struct tum_native date_attrs[] = {
    GETTER(day),
    {.name = "isoformat", .call = date_isoformat, .min = 1, .max = 1},
    {.name = "isoweekday", .call = date_isoweekday, .min = 1, .max = 1},
    GETTER(month),
    {.name = "strftime", .call = date_strftime, .min = 2, .max = 2},
    {.name = "weekday", .call = date_weekday, .min = 1, .max = 1},
    GETTER(year),
};

static const struct tum_native datetime_attrs[] = {
    GETTER(hour),
    {.name = "isoformat",
     .call = date_isoformat,
     .min = 1,
     .max = 3,
     .params = "sep timespec"},
    GETTER(microsecond),
    GETTER(minute),
    GETTER(second),
};

const struct tum_type tum_type_date = {.name = "date",
                                       .module = "datetime",
                                       .kind = TUM_O_DATE,
                                       .attrs = date_attrs,
                                       .attr_count = TUM_LEN(date_attrs)};
const struct tum_type tum_type_datetime = {.name = "datetime",
                                           .module = "datetime",
                                           .kind = TUM_O_DATE,
                                           .base = &tum_type_date,
                                           .attrs = datetime_attrs,
                                           .attr_count = TUM_LEN(datetime_attrs)};
