/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speed of whole campaigns, as ratios to what the libraries underneath need alone, in one
 * run on one machine: loading against libyaml's events, a step against a row of SQLite, start to exit,
 * a million iterations against a hundred thousand, memory. Medians of RUNS. Not a test:
 * prints, judges nothing.
 *
 * bench_campaign TUM [FOLDER]     default folder: /tmp
 * With TESTIUM naming a command, it runs the same campaigns too.
 */
#include "engine/session.h"
#include "items.h"
#include "tum/mem.h"
#include <fcntl.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml.h>

#define RUNS       5
#define STEPS      100000
#define ROWS       100000
#define GROUP      2000 /* rows a transaction, about what the store makes of a busy run */
#define ITERATIONS 100000

extern char **environ;

static char folder[400] = "/tmp";

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *times)
{
    qsort(times, RUNS, sizeof(*times), compare_doubles);
    return times[RUNS / 2];
}

static double seconds_since(tum_time start)
{
    return (double)(tum_now() - start) / 1e9;
}

static size_t resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long total = 0, resident = 0;

    if (file == NULL || fscanf(file, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    if (file != NULL)
        fclose(file);
    return resident * 4;
}

static char *write_file(const char *name, struct tum_str text)
{
    char *path = tum_asprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "we");

    if (file == NULL || fwrite(text.s, 1, text.n, file) != text.n ||
        fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    return path;
}

/* ---- loading ---- */

static double yaml_events(struct tum_str text)
{
    tum_time start = tum_now();
    yaml_parser_t parser;
    yaml_event_t event;
    bool more = true;

    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.s, text.n);
    while (more && yaml_parser_parse(&parser, &event)) {
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return seconds_since(start);
}

static double load(const char *path, size_t *ret_kib)
{
    struct tum_session_opts opts = {
        .path = path, .items = tum_items, .check_only = true};
    size_t before = resident_kib();
    tum_time start = tum_now();
    struct tum_session *session = tum_session_new(&opts);
    double took;

    if (!tum_session_load(session)) {
        fprintf(stderr, "the generated campaign does not load\n");
        exit(1);
    }
    took = seconds_since(start);
    *ret_kib = resident_kib() - before;
    tum_session_free(session);
    return took;
}

static void bench_load(void)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    double alone[RUNS], whole[RUNS];
    size_t kib = 0, most = 0;
    char *path;

    tum_buf_adds(&text, "main:\n  name: many\n  steps:\n");
    for (int i = 0; i < STEPS; i++)
        tum_buf_addf(&text, "    - let: {name: step %d, values: [{a: %d}]}\n", i, i);
    path = write_file("bench-load.tum", tum_buf_str(&text));
    for (int i = 0; i < RUNS; i++) {
        alone[i] = yaml_events(tum_buf_str(&text));
        whole[i] = load(path, &kib);
        most = TUM_MAX(most, kib);
    }
    printf("load %d let steps: %.2f x libyaml's events (%.0f ms, %.0f ms); tree %.1f "
           "MiB\n",
           STEPS, median(whole) / median(alone), median(whole) * 1e3,
           median(alone) * 1e3, (double)most / 1024);
    unlink(path);
    tum_free(path);
    tum_buf_release(&text);
}

/* ---- one step ---- */

static void drop(void *ctx, struct tum_str lines)
{
    int fd = *(const int *)ctx;

    if (write(fd, lines.s, lines.n) < 0)
        exit(1);
}

struct watcher {
    int64_t finished;
    size_t early_kib; /* after the first 10,000 items */
};

static void watch(void *ctx, const struct tum_event *event)
{
    struct watcher *watcher = ctx;

    if (event->kind == TUM_EVENT_ITEM_FINISHED && ++watcher->finished == 10000)
        watcher->early_kib = resident_kib();
}

/* Seconds of the run alone. */
static double run(const char *path, struct watcher *watcher, size_t *ret_end_kib)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct tum_session_opts opts = {
        .path = path, .items = tum_items, .output = drop, .output_ctx = &null};
    struct tum_session *session = tum_session_new(&opts);
    struct tum_sink sink = {watch, watcher};
    tum_time start;
    double took;

    if (watcher != NULL)
        tum_session_add_sink(session, &sink);
    if (!tum_session_load(session))
        exit(1);
    start = tum_now();
    if (tum_session_run(session) != 0)
        exit(1);
    took = seconds_since(start);
    if (ret_end_kib != NULL)
        *ret_end_kib = resident_kib();
    tum_session_free(session);
    close(null);
    return took;
}

static void must(int code, sqlite3 *db)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(db));
        exit(1);
    }
}

static double bare_rows(const char *path)
{
    static const char data[] = "{\"n\": 12345}";
    sqlite3_stmt *insert;
    tum_time start;
    sqlite3 *db;
    double took;

    unlink(path);
    must(sqlite3_open(path, &db), db);
    must(sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", 0, 0,
                      0),
         db);
    must(sqlite3_exec(
             db,
             "CREATE TABLE tests(timestamp_start INT, test_id INT NOT NULL,"
             "parent_id INT, level INT, test_name TEXT, test_type TEXT,"
             "report_key TEXT, result TEXT, message TEXT, duration INT, log TEXT,"
             "data JSON)",
             0, 0, 0),
         db);
    must(sqlite3_prepare_v2(db, "INSERT INTO tests VALUES(?,?,?,?,?,?,?,?,?,?,?,?)", -1,
                            &insert, NULL),
         db);
    start = tum_now();
    for (int i = 0; i < ROWS; i++) {
        if (i % GROUP == 0)
            must(sqlite3_exec(db, "BEGIN", 0, 0, 0), db);
        sqlite3_bind_int64(insert, 1, i);
        sqlite3_bind_int64(insert, 2, 3);
        sqlite3_bind_int64(insert, 3, 2);
        sqlite3_bind_int(insert, 4, 2);
        sqlite3_bind_text(insert, 5, "check", -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 6, "Check value", -1, SQLITE_STATIC);
        sqlite3_bind_null(insert, 7);
        sqlite3_bind_text(insert, 8, "PASS", -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 9, "Check passed", -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 10, 1);
        sqlite3_bind_text(insert, 11, "", -1, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 12, data, sizeof(data) - 1, SQLITE_STATIC);
        must(sqlite3_step(insert), db);
        sqlite3_reset(insert);
        if (i % GROUP == GROUP - 1)
            must(sqlite3_exec(db, "COMMIT", 0, 0, 0), db);
    }
    took = seconds_since(start);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    unlink(path);
    return took;
}

static void bench_step(void)
{
    char *db = tum_asprintf("%s/bench-step.db", folder);
    char *text = tum_asprintf(
        "report: {export: [{sqlite: {path: %s}}]}\n"
        "main:\n  steps:\n    - loop:\n        iterator: %d\n        steps:\n"
        "          - check: {name: check, values: ['<| $(loop_index) * 2 >= 0 and "
        "\"abc\".upper() == \"ABC\" |>'], report: {n: $(loop_index)}}\n",
        db, ROWS);
    char *path = write_file("bench-step.tum", tum_str_of(text));
    double alone[RUNS], whole[RUNS];

    for (int i = 0; i < RUNS; i++) {
        alone[i] = bare_rows(db);
        whole[i] = run(path, NULL, NULL);
        unlink(db);
    }
    printf("check step with an expression, printed and recorded: %.2f x a row of bare "
           "SQLite (%.2f us, %.2f us)\n",
           median(whole) / median(alone), median(whole) * 1e6 / ROWS,
           median(alone) * 1e6 / ROWS);
    unlink(path);
    tum_free(path);
    tum_free(text);
    tum_free(db);
}

/* ---- start to exit ---- */

static double spawn(char *const *argv)
{
    posix_spawn_file_actions_t actions;
    tum_time start = tum_now();
    int status;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
        exit(1);
    waitpid(pid, &status, 0);
    posix_spawn_file_actions_destroy(&actions);
    return seconds_since(start);
}

static void bench_start(char *tum)
{
    char *path =
        write_file("bench-start.tum",
                   TUM_S("main: {steps: [check: {name: one, values: [true]}]}\n"));
    char batch[] = "-b", nothing[] = "true", *testium = getenv("TESTIUM");
    char *argv[] = {tum, batch, path, NULL};
    char *empty[] = {nothing, NULL};
    double alone[RUNS], whole[RUNS], other[RUNS];

    for (int i = 0; i < RUNS; i++) {
        alone[i] = spawn(empty);
        whole[i] = spawn(argv);
    }
    printf(
        "start to exit of a one-check campaign: %.2f ms, %.1f x /bin/true (%.2f ms)\n",
        median(whole) * 1e3, median(whole) / median(alone), median(alone) * 1e3);
    if (testium != NULL) {
        argv[0] = testium;
        for (int i = 0; i < RUNS; i++)
            other[i] = spawn(argv);
        printf("the same by testium: %.0f x tum (%.0f ms)\n",
               median(other) / median(whole), median(other) * 1e3);
    }
    unlink(path);
    tum_free(path);
}

/* ---- many iterations ---- */

static double iterate(int iterations, struct watcher *watcher, size_t *ret_end_kib)
{
    char *text = tum_asprintf(
        "main:\n  steps:\n    - loop:\n        iterator: %d\n        steps:\n"
        "          - check: {name: c, values: [true]}\n",
        iterations);
    char *path = write_file("bench-loop.tum", tum_str_of(text));
    double took = run(path, watcher, ret_end_kib);

    unlink(path);
    tum_free(path);
    tum_free(text);
    return took;
}

static void bench_loop(void)
{
    struct watcher watcher = {0};
    double few[RUNS], many[RUNS];
    size_t end_kib = 0;

    for (int i = 0; i < RUNS; i++) {
        few[i] = iterate(ITERATIONS, NULL, NULL);
        watcher = (struct watcher){0};
        many[i] = iterate(ITERATIONS * 10, &watcher, &end_kib);
    }
    printf(
        "%d iterations: %.2f x %d (%.2f us an iteration); resident after 10,000: %.1f "
        "MiB, at the end %+.1f %%\n",
        ITERATIONS * 10, median(many) / median(few), ITERATIONS,
        median(many) * 1e6 / (ITERATIONS * 10), (double)watcher.early_kib / 1024,
        ((double)end_kib / (double)watcher.early_kib - 1) * 100);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_campaign TUM [FOLDER]\n");
        return 2;
    }
    if (argc > 2)
        snprintf(folder, sizeof(folder), "%s", argv[2]);
    bench_start(argv[1]);
    bench_load();
    bench_step();
    bench_loop();
    return 0;
}
