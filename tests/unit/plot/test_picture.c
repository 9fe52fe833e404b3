/* SPDX-License-Identifier: Apache-2.0 */
/* What a picture holds, that reducing keeps the extremes, and that it stays small. */
#include "plot/picture.h"
#include "plot/plottime.h"
#include "tum/mem.h"
#include "unit.h"
#include <math.h>
#include <stdio.h>

#define LINES_MOST 300

struct sample {
    int64_t at;
    double v;
};

struct sheet {
    struct tum_picture_line lines[LINES_MOST];
    struct tum_series series[LINES_MOST];
    char names[LINES_MOST][32];
    size_t count;
    struct tum_buf out;
};

static void sheet_add(struct sheet *sheet, const char *name,
                      const struct sample *samples, size_t n)
{
    struct tum_series *series = &sheet->series[sheet->count];

    for (size_t i = 0; i < n; i++)
        tum_series_add(series, samples[i].at, tum_val_float(samples[i].v));
    snprintf(sheet->names[sheet->count], 32, "%s", name);
    sheet->lines[sheet->count].name = tum_str_of(sheet->names[sheet->count]);
    sheet->count++;
}

static void sheet_draw(struct sheet *sheet)
{
    struct tum_wall wall = {.year = 2026, .month = 11, .day = 21, .hour = 10};
    struct tum_picture picture = {
        .title = TUM_S("supply"),
        .opened = tum_plottime_of(&wall),
        .lines = sheet->lines,
        .count = sheet->count,
    };

    for (size_t i = 0; i < sheet->count; i++)
        tum_series_look(&sheet->series[i], &sheet->lines[i].view);
    tum_buf_init(&sheet->out, TUM_CANVAS_LIMIT);
    tum_picture_draw(&picture, &tum_canvas_svg, &sheet->out);
    ck_assert(!sheet->out.full);
}

static void sheet_release(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++) {
        tum_series_view_release(&sheet->lines[i].view);
        tum_series_release(&sheet->series[i]);
    }
    tum_buf_release(&sheet->out);
    tum_free(sheet);
}

static size_t count_of(const struct sheet *sheet, const char *what)
{
    size_t n = 0, at = 0;

    while ((at = tum_str_find(tum_buf_str(&sheet->out), tum_str_of(what), at)) !=
           TUM_STR_NONE) {
        n++;
        at++;
    }
    return n;
}

/* ---- what is in it ---- */

START_TEST(empty)
{
    struct sheet *sheet = tum_new(struct sheet);

    sheet_draw(sheet);
    ck_assert_uint_eq(count_of(sheet, ">supply</text>"), 1);
    ck_assert_uint_eq(count_of(sheet, "10:00:05</text>"), 1);
    ck_assert_uint_eq(count_of(sheet, "local time, 2026-11-21; no samples"), 1);
    ck_assert_uint_eq(count_of(sheet, "<polyline"), 0);
    sheet_release(sheet);
}
END_TEST

/* Legend swatches are curves too: one for each line. */
static const struct {
    struct sample samples[6];
    size_t count, curves, dots;
} shapes[] = {
    {{{0, 1}}, 1, 0, 1},
    {{{0, 1}, {1000000, 2}}, 2, 1, 0},
    {{{0, 1}, {1000000, 2}, {2000000, NAN}, {3000000, 1}, {4000000, 5}}, 5, 2, 0},
    {{{0, 1}, {1000000, INFINITY}, {2000000, 2}, {3000000, -INFINITY}}, 4, 0, 2},
    {{{0, NAN}}, 1, 0, 0},
    {{{0, 7}, {0, 7}, {0, 7}}, 3, 0, 1},
    {{{0, 7}, {0, 8}}, 2, 1, 0},
    {{{0, -1e308}, {1, 1e308}}, 2, 1, 0},
};

START_TEST(shape)
{
    struct sheet *sheet = tum_new(struct sheet);

    sheet_add(sheet, "volts", shapes[_i].samples, shapes[_i].count);
    sheet_draw(sheet);
    ck_assert_uint_eq(count_of(sheet, "<polyline class=\"curve c0\""),
                      shapes[_i].curves + 1);
    ck_assert_uint_eq(count_of(sheet, "class=\"dot c0\""), shapes[_i].dots);
    ck_assert_uint_eq(count_of(sheet, ">volts</text>"), 1);
    ck_assert_uint_eq(count_of(sheet, "nan"), 0);
    ck_assert_uint_eq(count_of(sheet, "inf"), 0);
    sheet_release(sheet);
}
END_TEST

static const struct {
    const char *names[4];
    const char *want; /* beside the numbers, or NULL */
} units[] = {
    {{"volts (V)"}, ">V</text>"},
    {{"volts (V)", "amps [A]", "more (V)", "plain"}, ">V, A</text>"},
    {{"temperature (\xc2\xb0"
      "C)"},
     ">\xc2\xb0"
     "C</text>"},
    {{"f(x) ( m/s )"}, ">m/s</text>"},
    {{"volts"}, NULL},
    {{"f()"}, NULL},
    {{"(V)"}, NULL},
    {{"V)"}, NULL},
    {{"(V"}, NULL},
    {{"odd (V]"}, NULL},
    {{"much (more than a unit ever is)"}, NULL},
};

START_TEST(units_of_names)
{
    struct sheet *sheet = tum_new(struct sheet);
    size_t turned;

    for (size_t i = 0; i < TUM_LEN(units[_i].names) && units[_i].names[i] != NULL; i++)
        sheet_add(sheet, units[_i].names[i], (struct sample[]){{0, 1}, {1, 2}}, 2);
    sheet_draw(sheet);
    turned = count_of(sheet, "rotate(-90");
    ck_assert_uint_eq(turned, units[_i].want != NULL);
    if (units[_i].want != NULL)
        ck_assert_uint_eq(count_of(sheet, units[_i].want), 1);
    sheet_release(sheet);
}
END_TEST

/* ---- reducing ---- */

/* Least and greatest y of the first curve inside the clip. */
static void curve_extent(const struct sheet *sheet, double *ret_low, double *ret_high,
                         size_t *ret_points)
{
    const char *at = strstr(sheet->out.s, "<polyline");
    char *end;

    at = strstr(at, "points=\"") + 8;
    *ret_low = INFINITY;
    *ret_high = -INFINITY;
    *ret_points = 0;
    while (*at != '"') {
        double y;

        strtod(at, &end);
        y = strtod(end + 1, &end);
        *ret_low = fmin(*ret_low, y);
        *ret_high = fmax(*ret_high, y);
        (*ret_points)++;
        at = end + (*end == ' ');
    }
}

START_TEST(spikes)
{
    /* A single spike up and one down among many equal samples must be seen, wherever
       they are. */
    static const size_t places[] = {0, 1, 4000, 123456, 199998, 199999};
    struct sheet *sheet = tum_new(struct sheet), *plain = tum_new(struct sheet);
    struct sample *samples = tum_new_array(struct sample, 200000);
    size_t up = places[_i], down = (up + 77777) % 200000, points;
    double low, high, plain_low, plain_high;

    for (size_t i = 0; i < 200000; i++)
        samples[i] = (struct sample){(int64_t)i * 1000, i == up     ? 10
                                                        : i == down ? -10
                                                                    : 0};
    sheet_add(sheet, "a", samples, 200000);
    sheet_draw(sheet);
    curve_extent(sheet, &low, &high, &points);
    ck_assert_uint_lt(points, 1700);
    /* The same extremes drawn as they are. */
    sheet_add(plain, "a", (struct sample[]){{0, 10}, {199999000, -10}}, 2);
    sheet_draw(plain);
    curve_extent(plain, &plain_low, &plain_high, &points);
    ck_assert(low == plain_low && high == plain_high);
    tum_free(samples);
    sheet_release(sheet);
    sheet_release(plain);
}
END_TEST

START_TEST(not_reduced)
{
    struct sheet *sheet = tum_new(struct sheet);
    struct sample *samples = tum_new_array(struct sample, TUM_PICTURE_PLAIN);
    double low, high;
    size_t points;

    for (size_t i = 0; i < TUM_PICTURE_PLAIN; i++)
        samples[i] = (struct sample){(int64_t)i * 1000, i % 2 == 0 ? 1 : -1};
    sheet_add(sheet, "a", samples, TUM_PICTURE_PLAIN);
    sheet_draw(sheet);
    curve_extent(sheet, &low, &high, &points);
    ck_assert_uint_eq(points, TUM_PICTURE_PLAIN);
    tum_free(samples);
    sheet_release(sheet);
}
END_TEST

/* Lines and samples of each; gaps: every third sample is no number. */
static const struct {
    size_t lines, samples;
    bool gaps;
} loads[] = {{1, 300000, false}, {20, 20000, false}, {256, 4000, false},
             {256, 200, false},  {5, 100000, true},  {256, 2000, true}};

START_TEST(size)
{
    struct sheet *sheet = tum_new(struct sheet);
    struct sample *samples = tum_new_array(struct sample, loads[_i].samples);

    for (size_t k = 0; k < loads[_i].lines; k++) {
        char name[32];

        for (size_t i = 0; i < loads[_i].samples; i++)
            samples[i] = (struct sample){
                (int64_t)i * 997, loads[_i].gaps && i % 3 == 0
                                      ? NAN
                                      : (double)k + sin((double)(i * i)) * 1.2345};
        snprintf(name, sizeof(name), "line %zu", k);
        sheet_add(sheet, name, samples, loads[_i].samples);
    }
    sheet_draw(sheet);
    ck_assert_msg(sheet->out.len < 1000000 || loads[_i].gaps, "%zu bytes",
                  sheet->out.len);
    tum_free(samples);
    sheet_release(sheet);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, empty);
    tcase_add_loop_test(t, shape, 0, TUM_LEN(shapes));
    tcase_add_loop_test(t, units_of_names, 0, TUM_LEN(units));
    tcase_add_loop_test(t, spikes, 0, 6);
    tcase_add_test(t, not_reduced);
    tcase_add_loop_test(t, size, 0, TUM_LEN(loads));
}

UNIT_MAIN("picture", add)
