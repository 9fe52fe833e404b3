/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speed of the store, as ratios to SQLite itself in the same run on the same machine:
 * what handing a row over costs the caller, what writing it costs the writer, and what both
 * make of a long run. Medians of RUNS. Not a test: prints, judges nothing.
 *
 * bench_store [folder]     default: /tmp
 */
#include "report/database.h"
#include "tum/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RUNS   5
#define ROWS   50000
#define BURST  2000 /* fits in the queue */
#define GROUPS 3

static const int group_sizes[GROUPS] = {1, 50, 2000};

static char path[512];

static void forget(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char name[600];

    for (size_t i = 0; i < TUM_LEN(suffixes); i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static void must(bool good, struct tum_error **err)
{
    if (good)
        return;
    fprintf(stderr, "%s\n", tum_error_text(*err));
    exit(1);
}

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

static double since(tum_time start, int rows)
{
    return (double)(tum_now() - start) / 1000.0 / rows; /* µs a row */
}

/* ---- the row: as a check in a loop with its log stored makes it ---- */

static const char log_text[] =
    "-----> step \"measure the supply\" started\n"
    "value 3.3021 V, limits 3.2 V ... 3.4 V\n"
    "<----- step \"measure the supply\" finished: PASS, 0.0031 s\n";
static const char data_text[] = "{\"limits\": [3.2, 3.4], \"returned\": 3.3021}";

static struct tum_row make_row(tum_val data)
{
    return (struct tum_row){
        .timestamp_start = 123456,
        .duration = 31,
        .test_id = 4711,
        .parent_id = 4700,
        .level = 3,
        .name = TUM_S("measure the supply"),
        .type = TUM_S("Check value"),
        .result = TUM_S("PASS"),
        .message = TUM_S("PASS"),
        .log = {log_text, sizeof(log_text) - 1},
        .data = data,
    };
}

static tum_val make_data(void)
{
    struct tum_error *err = NULL;
    tum_val data;

    must(tum_json_read(tum_str_of(data_text), (struct tum_span){0}, &data, &err), &err);
    return data;
}

/* ---- SQLite alone ---- */

static void run_sql(sqlite3 *connection, const char *sql)
{
    if (sqlite3_exec(connection, sql, NULL, NULL, NULL) != SQLITE_OK)
        exit(1);
}

static void step(sqlite3_stmt *statement)
{
    if (sqlite3_step(statement) != SQLITE_DONE)
        exit(1);
    sqlite3_reset(statement);
}

static double bare(int group, int rows)
{
    sqlite3_stmt *begin, *commit, *insert;
    sqlite3 *connection;
    tum_time start;
    double took;

    forget();
    if (sqlite3_open_v2(path, &connection,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                            SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        exit(1);
    run_sql(connection, "PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL;"
                        "CREATE TABLE tests(timestamp_start INT, test_id INT NOT NULL, "
                        "parent_id INT, level INT, test_name TEXT, test_type TEXT, "
                        "report_key TEXT, result TEXT, message TEXT, duration INT, "
                        "log TEXT, data JSON);"
                        "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4096;");
    sqlite3_prepare_v2(connection, "BEGIN IMMEDIATE", -1, &begin, NULL);
    sqlite3_prepare_v2(connection, "COMMIT", -1, &commit, NULL);
    sqlite3_prepare_v2(connection, "INSERT INTO tests VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
                       -1, &insert, NULL);
    start = tum_now();
    for (int i = 0; i < rows; i++) {
        if (i % group == 0)
            step(begin);
        sqlite3_bind_int64(insert, 1, 123456);
        sqlite3_bind_int64(insert, 2, 4711);
        sqlite3_bind_int64(insert, 3, 4700);
        sqlite3_bind_int64(insert, 4, 3);
        sqlite3_bind_text(insert, 5, "measure the supply", 18, SQLITE_STATIC);
        sqlite3_bind_text(insert, 6, "Check value", 11, SQLITE_STATIC);
        sqlite3_bind_null(insert, 7);
        sqlite3_bind_text(insert, 8, "PASS", 4, SQLITE_STATIC);
        sqlite3_bind_text(insert, 9, "PASS", 4, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 10, 31);
        sqlite3_bind_text(insert, 11, log_text, sizeof(log_text) - 1, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 12, data_text, sizeof(data_text) - 1, SQLITE_STATIC);
        step(insert);
        if (i % group == group - 1)
            step(commit);
    }
    if (rows % group != 0)
        step(commit);
    took = since(start, rows);
    sqlite3_finalize(begin);
    sqlite3_finalize(commit);
    sqlite3_finalize(insert);
    sqlite3_close(connection);
    return took;
}

/* ---- ours ---- */

/* What the writer's thread does with a group, without queue and thread. */
static double writer(int group, int rows)
{
    struct tum_database *database;
    struct tum_error *err = NULL;
    tum_val data = make_data();
    struct tum_row row = make_row(data);
    tum_time start;
    double took;

    forget();
    must(tum_database_create(path, false, &database, &err), &err);
    start = tum_now();
    for (int i = 0; i < rows; i++) {
        if (i % group == 0)
            must(tum_database_begin(database, &err), &err);
        must(tum_database_add_row(database, &row, &err), &err);
        if (i % group == group - 1)
            must(tum_database_commit(database, &err), &err);
    }
    if (rows % group != 0)
        must(tum_database_commit(database, &err), &err);
    took = since(start, rows);
    tum_database_free(database);
    tum_val_unref(data);
    return took;
}

/* Bursts that fit in the queue; the waiting between them is not counted. */
static double caller(void)
{
    struct tum_store *store;
    struct tum_error *err = NULL;
    tum_val data = make_data();
    struct tum_row row = make_row(data);
    double took = 0;

    forget();
    must(tum_store_open(&(struct tum_store_opts){.path = path}, &store, &err), &err);
    for (int i = 0; i < ROWS; i += BURST) {
        tum_time start = tum_now();

        for (int j = 0; j < BURST; j++)
            tum_store_row(store, &row);
        took += since(start, ROWS);
        must(tum_store_sync(store, &err), &err);
    }
    must(tum_store_close(store, &err), &err);
    tum_val_unref(data);
    return took;
}

/* A row, then a wait until it is committed: what precedes a function call. */
static double row_and_sync(int rows)
{
    struct tum_store *store;
    struct tum_error *err = NULL;
    tum_val data = make_data();
    struct tum_row row = make_row(data);
    tum_time start;
    double took;

    forget();
    must(tum_store_open(&(struct tum_store_opts){.path = path}, &store, &err), &err);
    start = tum_now();
    for (int i = 0; i < rows; i++) {
        tum_store_row(store, &row);
        must(tum_store_sync(store, &err), &err);
    }
    took = since(start, rows);
    must(tum_store_close(store, &err), &err);
    tum_val_unref(data);
    return took;
}

/* Rows as fast as the queue takes them, all of it, the closing too. */
static double whole(const char *file, double *ret_close_ms)
{
    struct tum_store *store;
    struct tum_error *err = NULL;
    tum_val data = make_data();
    struct tum_row row = make_row(data);
    tum_time start;
    double took;

    forget();
    must(tum_store_open(&(struct tum_store_opts){.path = file}, &store, &err), &err);
    start = tum_now();
    for (int i = 0; i < ROWS; i++)
        tum_store_row(store, &row);
    must(tum_store_sync(store, &err), &err);
    took = since(start, ROWS);
    start = tum_now();
    must(tum_store_close(store, &err), &err);
    *ret_close_ms = (double)(tum_now() - start) / 1e6;
    tum_val_unref(data);
    return took;
}

int main(int argc, char **argv)
{
    double bare_times[RUNS], our_times[RUNS], close_ms[RUNS];

    snprintf(path, sizeof(path), "%s/bench-store-%ld.db", argc > 1 ? argv[1] : "/tmp",
             (long)getpid());
    for (int g = 0; g < GROUPS; g++) {
        int rows = group_sizes[g] == 1 ? ROWS / 10 : ROWS;

        for (int i = 0; i < RUNS; i++) {
            bare_times[i] = bare(group_sizes[g], rows);
            our_times[i] = writer(group_sizes[g], rows);
        }
        printf("writer, groups of %4d: %6.2f us a row, SQLite alone %6.2f us, ratio "
               "%.2f\n",
               group_sizes[g], median(our_times), median(bare_times),
               our_times[RUNS / 2] / bare_times[RUNS / 2]);
    }
    for (int i = 0; i < RUNS; i++)
        our_times[i] = caller();
    printf("caller:                %6.2f us a row\n", median(our_times));
    for (int i = 0; i < RUNS; i++)
        our_times[i] = row_and_sync(ROWS / 10);
    printf("row and sync:          %6.2f us\n", median(our_times));
    for (int i = 0; i < RUNS; i++) {
        bare_times[i] = bare(BURST, ROWS);
        our_times[i] = whole(path, &close_ms[i]);
    }
    printf("store, %d rows:     %6.2f us a row, ratio %.2f, closing %.1f ms\n", ROWS,
           median(our_times), our_times[RUNS / 2] / median(bare_times),
           median(close_ms));
    for (int i = 0; i < RUNS; i++)
        our_times[i] = whole(NULL, &close_ms[i]);
    printf("private, %d rows:   %6.2f us a row, ratio %.2f, closing %.1f ms\n", ROWS,
           median(our_times), our_times[RUNS / 2] / bare_times[RUNS / 2],
           median(close_ms));
    forget();
    return 0;
}
