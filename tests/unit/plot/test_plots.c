/* SPDX-License-Identifier: Apache-2.0 */
/* Plots of a run: adding, last values, files, sources, threads. */
#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include "tum/plot.h"
#include "unit.h"
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/tum-plots-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int remove_one(const char *path, const struct stat *facts, int kind,
                      struct FTW *place)
{
    (void)facts, (void)kind, (void)place;
    return remove(path);
}

static void remove_folder(void)
{
    if (folder[0] != '\0')
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    folder[0] = '\0';
}

static char *read_file(const char *name)
{
    TUM_AUTO(tum_freep) char *path = tum_path_join(folder, name);
    struct tum_error *err = NULL;
    char *text;
    size_t length;

    ck_assert_msg(tum_file_read(path, 1 << 24, &text, &length, &err), "%s", path);
    return text;
}

static tum_val map_of(const char *json)
{
    struct tum_error *err = NULL;
    tum_val v;

    ck_assert(tum_json_read(tum_str_of(json), (struct tum_span){0}, &v, &err));
    return v;
}

static struct tum_plots *plots;

static struct tum_plot *open_plot(const char *name, const char *log)
{
    struct tum_error *err = NULL;
    struct tum_plot *plot;
    bool was_open;

    ck_assert(tum_plots_open(plots, name, log, &was_open, &err));
    ck_assert(!was_open);
    plot = tum_plots_get(plots, name);
    ck_assert_ptr_nonnull(plot);
    return plot;
}

static void add_good(struct tum_plot *plot, const char *json)
{
    struct tum_error *err = NULL;
    tum_val samples = map_of(json);

    ck_assert_msg(tum_plot_add(plot, samples, &err), "%s", json);
    tum_val_unref(samples);
}

static void before(void)
{
    plots = tum_plots_new();
}

static void after(void)
{
    tum_plots_free(plots);
    remove_folder();
}

/* ---- names ---- */

START_TEST(names)
{
    struct tum_error *err = NULL;
    struct tum_plot *plot;
    bool was_open;

    ck_assert_ptr_null(tum_plots_get(plots, "p"));
    plot = open_plot("p", NULL);
    ck_assert(tum_plots_open(plots, "p", NULL, &was_open, &err));
    ck_assert(was_open);
    ck_assert(tum_plots_close(plots, "p", &err));
    ck_assert_ptr_null(tum_plots_get(plots, "p"));
    ck_assert(!tum_plots_close(plots, "p", &err));
    ck_assert_str_eq(err->text, "plot 'p' is not open");
    tum_error_clear(&err);
    ck_assert_ptr_null(tum_plots_find(plots, "q", &err));
    ck_assert_str_eq(err->text, "plot 'q' is not open");
    tum_error_clear(&err);
    /* Who still holds it adds nothing any more. */
    tum_val samples = map_of("{\"a\": 1}");
    ck_assert(!tum_plot_add(plot, samples, &err));
    ck_assert_str_eq(err->text, "plot 'p' is not open");
    tum_error_clear(&err);
    tum_val_unref(samples);
    tum_plot_unref(plot);
}
END_TEST

static void collect(void *ctx, const char *name)
{
    tum_buf_addf(ctx, "%s ", name);
}

START_TEST(close_all)
{
    struct tum_buf said = TUM_BUF_INIT(100);

    tum_plot_unref(open_plot("zero", NULL));
    tum_plot_unref(open_plot("alpha", NULL));
    tum_plot_unref(open_plot("mid", NULL));
    tum_plots_close_all(plots, collect, &said);
    ck_assert_str_eq(said.s, "zero alpha mid ");
    tum_plots_close_all(plots, collect, &said);
    ck_assert_str_eq(said.s, "zero alpha mid ");
    tum_buf_release(&said);
}
END_TEST

/* ---- adding ---- */

static const struct {
    const char *samples, *wrong; /* NULL: taken */
} adds[] = {
    {"{\"a\": 1}", NULL},
    {"{\"a\": true, \"b\": 2.5}", NULL},
    {"{}", NULL},
    {"{\"a\": 36893488147419103232}", NULL},
    {"{\"a\": 1, \"b\": \"2\"}", "plot 'p': the value of line 'b' is no number: '2'"},
    {"{\"a\": null}", "plot 'p': the value of line 'a' is no number: None"},
    {"[1]", "plot 'p': a mapping of lines and numbers is needed, not list"},
};

START_TEST(adding)
{
    struct tum_plot *plot = open_plot("p", NULL);
    tum_val samples = map_of(adds[_i].samples), last;
    struct tum_error *err = NULL;

    ck_assert_int_eq(tum_plot_add(plot, samples, &err), adds[_i].wrong == NULL);
    last = tum_plot_last(plot, tum_val_none());
    if (adds[_i].wrong != NULL) {
        ck_assert_str_eq(err->text, adds[_i].wrong);
        tum_error_clear(&err);
        ck_assert_uint_eq(tum_map_len(last), 0);
    } else {
        ck_assert_uint_eq(tum_map_len(last), tum_map_len(samples));
        tum_map_each (e, samples) {
            tum_val of_line;

            ck_assert(tum_map_peek(last, e->key, &of_line));
            ck_assert(tum_val_eq(tum_list_items(of_line)[2], e->value));
        }
    }
    tum_val_unref(last);
    tum_val_unref(samples);
    tum_plot_unref(plot);
}
END_TEST

START_TEST(last_of_lines)
{
    struct tum_plot *plot = open_plot("p", NULL);
    tum_val lines = map_of("[\"b\", \"none\", \"a\"]"), last;
    char *shown;

    add_good(plot, "{\"a\": 1, \"b\": 2, \"c\": 3}");
    add_good(plot, "{\"a\": 5}");
    last = tum_plot_last(plot, lines);
    ck_assert_uint_eq(tum_map_len(last), 3);
    ck_assert_int_eq(tum_map_entries(last)[1].value.kind, TUM_NONE);
    ck_assert_int_eq(tum_list_items(tum_map_entries(last)[0].value)[2].as.i, 2);
    ck_assert_int_eq(tum_list_items(tum_map_entries(last)[2].value)[2].as.i, 5);
    /* Date-time text, elapsed seconds. */
    shown = tum_val_to_str(tum_list_items(tum_map_entries(last)[0].value)[0]);
    ck_assert(strlen(shown) == 26 || strlen(shown) == 19);
    ck_assert_int_eq(tum_list_items(tum_map_entries(last)[0].value)[1].kind, TUM_FLOAT);
    tum_free(shown);
    tum_val_unref(last);
    tum_val_unref(lines);
    tum_plot_unref(plot);
}
END_TEST

START_TEST(too_many_lines)
{
    struct tum_plot *plot = open_plot("p", NULL);
    struct tum_error *err = NULL;

    for (int i = 0; i <= TUM_PLOT_LINES; i++) {
        tum_val samples;
        char text[48];

        snprintf(text, sizeof(text), "{\"line %d\": 1}", i);
        samples = map_of(text);
        ck_assert_int_eq(tum_plot_add(plot, samples, &err), i < TUM_PLOT_LINES);
        tum_val_unref(samples);
    }
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_clear(&err);
    tum_plot_unref(plot);
}
END_TEST

/* ---- files ---- */

/* Without the times, which differ each time: the last column of each line. */
static void last_columns(const char *text, struct tum_buf *out)
{
    struct tum_str rest = tum_str_of(text), line;
    bool more = true;

    while (tum_str_split(&rest, &more, '\n', &line)) {
        size_t at = line.n;

        while (at > 0 && line.s[at - 1] != ';')
            at--;
        tum_buf_addt(out, tum_str_sub(line, at, line.n));
        tum_buf_addc(out, '|');
    }
}

static void check_columns(const char *name, const char *expected)
{
    TUM_AUTO(tum_freep) char *text = read_file(name);
    struct tum_buf columns = TUM_BUF_INIT(TUM_BUF_ANY);

    last_columns(text, &columns);
    ck_assert_str_eq(columns.s, expected);
    tum_buf_release(&columns);
}

START_TEST(files)
{
    struct tum_error *err = NULL;
    struct tum_plot *plot;
    tum_val written;
    char *log, *path;

    make_folder();
    log = tum_path_join(folder, "deep/logs");
    plot = open_plot("p/q", log);
    add_good(plot, "{\"a\": 1, \"b/c\": 2}");
    add_good(plot, "{\"a\": 2.5}");
    add_good(plot, "{\"a\": true, \"b_c\": 7}");
    path = tum_path_join(folder, "out/e.csv");
    ck_assert(tum_plot_export(plot, path, NULL, &written, &err));
    ck_assert_uint_eq(tum_list_len(written), 3);
    tum_val_unref(written);
    check_columns("out/e-a.csv", "a|1.0|2.5|1.0||");
    check_columns("out/e-b_c.csv", "b/c|2||");
    check_columns("out/e-b_c_.csv", "b_c|7||");
    ck_assert(tum_plots_close(plots, "p/q", &err));
    check_columns("deep/logs/plot_line-a.csv", " a|1|2.5|1||");
    check_columns("deep/logs/plot_line-b_c.csv", " b/c|2||");
    tum_free(read_file("deep/logs/plot-p_q.svg"));
    tum_plot_unref(plot);

    /* What is there is kept. */
    plot = open_plot("p/q", log);
    add_good(plot, "{\"a\": 9}");
    ck_assert(tum_plot_export(plot, path, NULL, &written, &err));
    tum_val_unref(written);
    ck_assert(tum_plots_close(plots, "p/q", &err));
    check_columns("out/e-a.csv", "a|9||");
    check_columns("out/e-a.csv-1.saved", "a|1.0|2.5|1.0||");
    check_columns("deep/logs/plot_line-a.csv", " a|9||");
    check_columns("deep/logs/plot_line-a.csv-1.saved", " a|1|2.5|1||");
    tum_free(read_file("deep/logs/plot-p_q.svg-1.saved"));
    tum_plot_unref(plot);
    tum_free(path);
    tum_free(log);
}
END_TEST

static const char *const endings[] = {"x.gif", "x.CSV", "x", "x.svg.txt", "csv"};

START_TEST(other_endings)
{
    struct tum_plot *plot = open_plot("p", NULL);
    TUM_AUTO(tum_freep) char *path = NULL;
    struct tum_error *err = NULL;
    tum_val written;

    make_folder();
    path = tum_path_join(folder, endings[_i]);
    ck_assert(!tum_plot_export(plot, path, NULL, &written, &err));
    ck_assert(strstr(err->text, ".csv, .pdf, .svg") != NULL);
    tum_error_clear(&err);
    ck_assert(!tum_path_exists(path));
    tum_plot_unref(plot);
}
END_TEST

START_TEST(folder_in_the_way)
{
    struct tum_error *err = NULL;
    bool was_open;
    char *path;

    make_folder();
    path = tum_path_join(folder, "file");
    ck_assert(tum_file_replace(path, TUM_S("x"), &err));
    ck_assert(!tum_plots_open(plots, "p", path, &was_open, &err));
    tum_error_clear(&err);
    /* It is not half open. */
    ck_assert_ptr_null(tum_plots_get(plots, "p"));
    tum_free(path);
}
END_TEST

START_TEST(export_stopped)
{
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_plot *plot = open_plot("p", NULL);
    struct tum_error *err = NULL;
    tum_val written;
    char *path;

    make_folder();
    for (int i = 0; i < 20000; i++)
        add_good(plot, "{\"a\": 1}");
    tum_stop_request(stop, TUM_STOP_USER);
    path = tum_path_join(folder, "e.csv");
    ck_assert(!tum_plot_export(plot, path, stop, &written, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_STOPPED);
    tum_error_clear(&err);
    tum_free(path);
    path = tum_path_join(folder, "e-a.csv");
    ck_assert(!tum_path_exists(path));
    tum_free(path);
    tum_plot_unref(plot);
    tum_stop_unref(stop);
}
END_TEST

/* ---- sources and threads ---- */

static struct tum_plot *fed;

static void end_feeding(void *ctx)
{
    /* The last sample of a source that is being ended is still taken. */
    add_good(fed, "{\"end\": 1}");
    (*(int *)ctx)++;
}

START_TEST(sources)
{
    struct tum_error *err = NULL;
    int ended = 0;

    fed = open_plot("p", NULL);
    for (int i = 0; i < TUM_PLOT_SOURCES; i++)
        ck_assert(tum_plot_attach(
            fed, &(struct tum_plot_source){.end = end_feeding, .ctx = &ended}, &err));
    ck_assert(!tum_plot_attach(
        fed, &(struct tum_plot_source){.end = end_feeding, .ctx = &ended}, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_clear(&err);
    ck_assert(tum_plots_close(plots, "p", &err));
    ck_assert_int_eq(ended, TUM_PLOT_SOURCES);
    ck_assert(!tum_plot_attach(
        fed, &(struct tum_plot_source){.end = end_feeding, .ctx = &ended}, &err));
    tum_error_clear(&err);
    tum_plot_unref(fed);
}
END_TEST

START_TEST(sources_end_before_plots)
{
    struct tum_error *err = NULL;
    struct tum_plot *last = open_plot("q", NULL);
    int ended = 0;

    fed = open_plot("p", NULL);
    ck_assert(tum_plot_attach(
        fed, &(struct tum_plot_source){.end = end_feeding, .ctx = &ended}, &err));
    ck_assert(tum_plot_attach(
        last, &(struct tum_plot_source){.end = end_feeding, .ctx = &ended}, &err));
    tum_plots_end_sources(plots);
    ck_assert_int_eq(ended, 2);
    tum_plots_end_sources(plots);
    ck_assert(!tum_plot_attach(
        last, &(struct tum_plot_source){.end = end_feeding, .ctx = &ended}, &err));
    tum_error_clear(&err);
    /* The plots are there, and closing them ends nothing a second time. */
    ck_assert(tum_plots_close(plots, "p", &err));
    ck_assert(tum_plots_close(plots, "q", &err));
    ck_assert_int_eq(ended, 2);
    tum_plot_unref(fed);
    tum_plot_unref(last);
}
END_TEST

#define THREADS    4
#define PER_THREAD 3000

static void *add_many(void *ctx)
{
    struct tum_plot *plot = ctx;

    for (int i = 0; i < PER_THREAD; i++) {
        struct tum_buf picture = TUM_BUF_INIT(1 << 24);

        add_good(plot, "{\"a\": 1, \"b\": 2.5}");
        if (i % 500 == 0)
            tum_plot_draw(plot, &picture);
        tum_buf_release(&picture);
    }
    return NULL;
}

START_TEST(threads)
{
    struct tum_error *err = NULL;
    struct tum_plot *plot;
    pthread_t ids[THREADS];
    size_t lines = 0;
    char *text;

    make_folder();
    plot = open_plot("p", folder);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&ids[i], NULL, add_many, plot), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(ids[i], NULL);
    ck_assert(tum_plots_close(plots, "p", &err));
    text = read_file("plot_line-b.csv");
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    ck_assert_uint_eq(lines, THREADS * PER_THREAD + 1);
    tum_free(text);
    tum_plot_unref(plot);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, before, after);
    tcase_add_test(t, names);
    tcase_add_test(t, close_all);
    tcase_add_loop_test(t, adding, 0, TUM_LEN(adds));
    tcase_add_test(t, last_of_lines);
    tcase_add_test(t, too_many_lines);
    tcase_add_test(t, files);
    tcase_add_loop_test(t, other_endings, 0, TUM_LEN(endings));
    tcase_add_test(t, folder_in_the_way);
    tcase_add_test(t, export_stopped);
    tcase_add_test(t, sources);
    tcase_add_test(t, sources_end_before_plots);
    tcase_add_test(t, threads);
}

UNIT_MAIN("plots", add)
