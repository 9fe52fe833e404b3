/* SPDX-License-Identifier: Apache-2.0 */
/* Samples come back as they were added, and a view stays what it was. */
#include "plot/series.h"
#include "tum/mem.h"
#include "unit.h"

static tum_val number_of(size_t i)
{
    struct tum_error *err = NULL;
    tum_val v;

    switch (i % 4) {
    case 0:
        return tum_val_int((int64_t)i);
    case 1:
        return tum_val_float((double)i / 2);
    case 2:
        return tum_val_bool(i % 8 == 2);
    default:
        ck_assert(tum_json_read(TUM_S("36893488147419103232"), (struct tum_span){0}, &v,
                                &err));
        return v;
    }
}

static const size_t counts[] = {0, 1, 2, 63, 64, 65, 16383, 16384, 20000, 50001, 7};

START_TEST(walk)
{
    struct tum_series series = {0};
    struct tum_series_view view;
    struct tum_series_walk one = {0}, other = {0};
    size_t n = counts[_i], seen = 0;
    int64_t at, last_at = -1;
    double approx;
    tum_val v;

    for (size_t i = 0; i < n; i++)
        tum_series_add(&series, (int64_t)i * 3, number_of(i));
    tum_series_look(&series, &view);
    ck_assert_uint_eq(view.count, n);
    ck_assert_int_eq(view.any_float, n > 1);
    /* What comes later is not in the view. */
    for (size_t i = 0; i < 100; i++)
        tum_series_add(&series, INT64_MAX, tum_val_int(-1));
    while (tum_series_next(&view, &one, &at, &v)) {
        tum_val wanted = number_of(seen);
        double expected;

        ck_assert_int_eq(at, (int64_t)seen * 3);
        if (wanted.kind == TUM_BOOL)
            wanted = tum_val_int(wanted.as.b);
        ck_assert(tum_val_same(v, wanted));
        ck_assert(tum_series_next_double(&view, &other, &last_at, &approx));
        ck_assert(tum_val_to_double(wanted, &expected));
        ck_assert(approx == expected && last_at == at);
        tum_val_unref(wanted);
        seen++;
    }
    ck_assert_uint_eq(seen, n);
    ck_assert(tum_series_last(&series, &at, &v));
    ck_assert(at == INT64_MAX && v.as.i == -1);
    tum_series_view_release(&view);
    tum_series_release(&series);
}
END_TEST

START_TEST(nothing)
{
    struct tum_series series = {0};
    int64_t at;
    tum_val v;

    ck_assert(!tum_series_last(&series, &at, &v));
    tum_series_release(&series);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, walk, 0, TUM_LEN(counts));
    tcase_add_test(t, nothing);
}

UNIT_MAIN("series", add)
