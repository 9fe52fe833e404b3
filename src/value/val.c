/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values: counting, texts, dates, truth, names of kinds.
 *
 * Sequences and maps are in vlist.c and vmap.c, big integers in vnum.c; only freeing
 * them, which is the same for all, is here.
 *
 * A date keeps in as.i the microseconds from 0001-01-01 00:00 to its fields as written,
 * so that dates of one zone compare as integers; `spare` says which fields there are,
 * `spare2` holds the zone.
 */
#include "base/utf8.h"
#include "tum/mem.h"
#include "value/vnum.h"
#include "value/vobject.h"

/* ---- counting ---- */

void *tum_object_new(size_t size)
{
    /* Not tum_alloc: every byte is about to be written. */
    struct tum_object *obj = tum_realloc(NULL, size);

    atomic_init(&obj->count, 1);
    obj->bits = 0;
    obj->n = 0;
    return obj;
}

tum_val tum_val_ref(tum_val v)
{
    if (v.kind >= TUM_BIGINT)
        atomic_fetch_add_explicit(&v.as.obj->count, 1, memory_order_relaxed);
    return v;
}

/* Recursion ends: values nest at most TUM_VAL_DEPTH deep. */
static void object_free(tum_val v)
{
    switch (tum_val_kind(v)) {
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_SET:
        for (size_t i = 0; i < v.as.obj->n; i++)
            tum_val_unref(tum_seq_object(v)->items[i]);
        break;
    case TUM_MAP:
        for (size_t i = 0; i < v.as.obj->n; i++) {
            tum_val_unref(tum_map_object(v)->entries[i].key);
            tum_val_unref(tum_map_object(v)->entries[i].value);
        }
        break;
    case TUM_BIGINT:
    case TUM_STR:
    case TUM_BYTES:
    case TUM_NONE:
    case TUM_BOOL:
    case TUM_INT:
    case TUM_FLOAT:
    case TUM_DATE:
        break;
    }
    tum_free(v.as.obj);
}

void tum_val_unref(tum_val v)
{
    if (v.kind < TUM_BIGINT)
        return;
    /* The only owner needs no locked instruction: nobody else can gain a reference. */
    if (atomic_load_explicit(&v.as.obj->count, memory_order_acquire) == 1 ||
        atomic_fetch_sub_explicit(&v.as.obj->count, 1, memory_order_acq_rel) == 1)
        object_free(v);
}

void tum_val_release(tum_val *v)
{
    tum_val was = *v;

    *v = tum_val_none();
    tum_val_unref(was);
}

/* ---- texts ---- */

static tum_val text_new(enum tum_kind kind, const char *s, size_t n, uint32_t bits)
{
    struct tum_text_object *text = tum_object_new(sizeof(*text) + n + 1);

    text->head.bits = bits;
    text->head.n = n;
    atomic_init(&text->hash, 0);
    if (n > 0)
        memcpy(text->s, s, n);
    text->s[n] = '\0';
    return (tum_val){.kind = (uint8_t)kind, .as.obj = &text->head};
}

tum_val tum_val_str_valid(const char *s, size_t n)
{
    bool ascii = tum_utf8_is_ascii(tum_str_n(s, n));

    return text_new(TUM_STR, s, n, ascii ? TUM_TEXT_ASCII : 0);
}

tum_val tum_val_strn(const char *s, size_t n)
{
    struct tum_str text = tum_str_n(s, n);

    if (tum_utf8_is_ascii(text))
        return text_new(TUM_STR, s, n, TUM_TEXT_ASCII);
    if (tum_utf8_valid(text, NULL))
        return text_new(TUM_STR, s, n, 0);

    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_utf8_add_replaced(&buf, text);
    return text_new(TUM_STR, buf.s, buf.len, 0);
}

tum_val tum_val_str(const char *s)
{
    return tum_val_strn(s, strlen(s));
}

tum_val tum_val_strf(const char *fmt, ...)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    va_start(ap, fmt);
    tum_buf_addv(&buf, fmt, ap);
    va_end(ap);
    return tum_val_strn(buf.s, buf.len);
}

tum_val tum_val_bytes(const void *p, size_t n)
{
    return text_new(TUM_BYTES, p, n, 0);
}

struct tum_str tum_val_text(tum_val v)
{
    if (v.kind != TUM_STR && v.kind != TUM_BYTES)
        return TUM_S("");
    return tum_str_n(tum_text_object(v)->s, v.as.obj->n);
}

bool tum_val_is_ascii(tum_val v)
{
    return v.kind == TUM_STR && (v.as.obj->bits & TUM_TEXT_ASCII) != 0;
}

/* ---- dates ---- */

#define DAY_SECONDS   86400
#define MICROSECONDS  1000000
#define DAYS_400_YEAR 146097

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 0001-01-01. */
static int64_t days_of(int year, int month, int day)
{
    int64_t before = year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400;

    for (int m = 1; m < month; m++)
        days += month_days(year, m);
    return days + day - 1;
}

bool tum_val_date(const struct tum_date *date, tum_val *ret)
{
    const struct tum_date *d = date;

    if (d->year < 1 || d->year > 9999 || d->month < 1 || d->month > 12 || d->day < 1 ||
        d->day > month_days(d->year, d->month))
        return false;

    int64_t at = days_of(d->year, d->month, d->day) * DAY_SECONDS;
    int64_t micro = 0;
    uint8_t bits = 0;

    if (d->has_time) {
        if (d->hour < 0 || d->hour > 23 || d->minute < 0 || d->minute > 59 ||
            d->second < 0 || d->second > 59 || d->microsecond < 0 ||
            d->microsecond >= MICROSECONDS)
            return false;
        at += d->hour * 3600 + d->minute * 60 + d->second;
        micro = d->microsecond;
        bits |= TUM_DATE_TIME;
    }
    if (d->has_zone) {
        if (!d->has_time || d->zone <= -24 * 60 || d->zone >= 24 * 60)
            return false;
        bits |= TUM_DATE_ZONE;
    }
    *ret = (tum_val){.kind = TUM_DATE,
                     .spare = bits,
                     .spare2 = d->has_zone ? (uint32_t)d->zone : 0,
                     .as.i = at * MICROSECONDS + micro};
    return true;
}

void tum_val_get_date(tum_val date, struct tum_date *ret)
{
    int64_t seconds = date.as.i / MICROSECONDS;
    int64_t days = seconds / DAY_SECONDS;
    int rest = (int)(seconds % DAY_SECONDS);
    /* A guess that is at most one year late, because 400 years are the longest round. */
    int year = (int)(days * 400 / DAYS_400_YEAR) + 1;
    int month = 1;

    if (days < days_of(year, 1, 1))
        year--;
    else if (year < 9999 && days >= days_of(year + 1, 1, 1))
        year++;
    days -= days_of(year, 1, 1);
    while (days >= month_days(year, month))
        days -= month_days(year, month++);
    *ret = (struct tum_date){
        .year = year,
        .month = month,
        .day = (int)days + 1,
        .has_time = (date.spare & TUM_DATE_TIME) != 0,
        .hour = rest / 3600,
        .minute = rest / 60 % 60,
        .second = rest % 60,
        .microsecond = (int)(date.as.i % MICROSECONDS),
        .has_zone = (date.spare & TUM_DATE_ZONE) != 0,
        .zone = (int32_t)date.spare2,
    };
}

/* ---- meaning ---- */

bool tum_val_truth(tum_val v)
{
    switch (tum_val_kind(v)) {
    case TUM_NONE:
        return false;
    case TUM_BOOL:
        return v.as.b;
    case TUM_INT:
        return v.as.i != 0;
    case TUM_FLOAT:
        return v.as.f != 0;
    case TUM_DATE:
    case TUM_BIGINT:
        return true;
    case TUM_STR:
    case TUM_BYTES:
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_MAP:
    case TUM_SET:
        return v.as.obj->n != 0;
    }
    tum_bug("kind %d", v.kind);
}

const char *tum_val_type_name(tum_val v)
{
    switch (tum_val_kind(v)) {
    case TUM_NONE:
        return "NoneType";
    case TUM_BOOL:
        return "bool";
    case TUM_INT:
    case TUM_BIGINT:
        return "int";
    case TUM_FLOAT:
        return "float";
    case TUM_DATE:
        return v.spare & TUM_DATE_TIME ? "datetime" : "date";
    case TUM_STR:
        return "str";
    case TUM_BYTES:
        return "bytes";
    case TUM_LIST:
        return "list";
    case TUM_TUPLE:
        return "tuple";
    case TUM_MAP:
        return "dict";
    case TUM_SET:
        return "set";
    }
    tum_bug("kind %d", v.kind);
}

bool tum_val_to_double(tum_val v, double *ret)
{
    if (v.kind == TUM_FLOAT) {
        *ret = v.as.f;
        return true;
    }
    if (!tum_val_is_number(v))
        return false;
    if (!tum_int_to_double(v, ret))
        *ret = tum_int_sign(v) * __builtin_inf();
    return true;
}

bool tum_val_to_int64(tum_val v, int64_t *ret)
{
    if (v.kind == TUM_INT)
        *ret = v.as.i;
    else if (v.kind == TUM_BOOL)
        *ret = v.as.b;
    else
        return false;
    return true;
}
