/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: what stands in the file, when others see it, and what is left when it is
 * closed. That rows come within TUM_STORE_LATEST is measured elsewhere.
 */
#include "folder.h"
#include "unit.h"
#include <pthread.h>
#include <sys/wait.h>

static void open_folder(void)
{
    folder_make();
}

static void close_folder(void)
{
    folder_remove();
}

/* ---- content ---- */

static const char schema[] = "table|header\ntable|tests";
static const char columns[] = "0|timestamp_start|INT|0|NULL|0\n"
                              "1|test_id|INT|1|NULL|0\n"
                              "2|parent_id|INT|0|NULL|0\n"
                              "3|level|INT|0|NULL|0\n"
                              "4|test_name|TEXT|0|NULL|0\n"
                              "5|test_type|TEXT|0|NULL|0\n"
                              "6|report_key|TEXT|0|NULL|0\n"
                              "7|result|TEXT|0|NULL|0\n"
                              "8|message|TEXT|0|NULL|0\n"
                              "9|duration|INT|0|NULL|0\n"
                              "10|log|TEXT|0|NULL|0\n"
                              "11|data|JSON|0|NULL|0";

START_TEST(schema_is_exact)
{
    const char *path = folder_file("a.db");

    close_store(open_store(path));
    check_sql(path, "SELECT type,name FROM sqlite_master ORDER BY rowid", schema);
    check_sql(path, "PRAGMA table_info(header)",
              "0|key|TEXT|0|NULL|0\n1|value|TEXT|0|NULL|0");
    check_sql(path, "PRAGMA table_info(tests)", columns);
    check_sql(path, "PRAGMA journal_mode", "delete");
    check_names("a.db");
}
END_TEST

START_TEST(rows_are_exact)
{
    const char *path = folder_file("a.db");
    struct tum_store *store = open_store(path);

    tum_store_header(store, "test_file", "/t/it's \"x\".tum");
    tum_store_header(store, "empty", "");
    add_brief(store, &(struct brief){12, 420, 7, 1, 2, "power on", "python Function",
                                     "PASS", "PASS", "a, 3", "line\n",
                                     "{\"z\": 1.0, \"a\": [1, null], \"b\": {}}"});
    add_brief(store, &(struct brief){.id = 1,
                                     .name = "",
                                     .type = "default",
                                     .result = "FAIL",
                                     .message = "caf\xc3\xa9",
                                     .key = ""});
    close_store(store);
    check_sql(path, "SELECT * FROM header ORDER BY rowid",
              "test_file|/t/it's \"x\".tum\nempty|");
    check_sql(path, "SELECT * FROM tests ORDER BY rowid",
              "12|7|1|2|power on|python Function|a, 3|PASS|PASS|420|line\n|"
              "{\"a\": [1, null], \"b\": {}, \"z\": 1.0}\n"
              "0|1|NULL|0||default||FAIL|caf\xc3\xa9|0||{}");
    check_sql(
        path,
        "SELECT typeof(parent_id),typeof(report_key),typeof(log),typeof(data) FROM "
        "tests ORDER BY rowid",
        "integer|text|text|blob\nnull|text|text|blob");
}
END_TEST

START_TEST(no_key_is_null)
{
    const char *path = folder_file("a.db");
    struct tum_store *store = open_store(path);

    add_brief(store, &(struct brief){.id = 1, .name = "n"});
    close_store(store);
    check_sql(path, "SELECT typeof(report_key) FROM tests", "null");
}
END_TEST

/* One bad byte would make the whole table unreadable in other languages. */
START_TEST(text_is_repaired)
{
    const char *path = folder_file("a.db");
    struct tum_store *store = open_store(path);

    tum_store_row(store, &(struct tum_row){.test_id = 1,
                                           .name = TUM_S("a\xff"
                                                         "b"),
                                           .message = TUM_S("\xed\xa0\x80"),
                                           .log = tum_str_n("x\0y", 3)});
    close_store(store);
    check_sql(path,
              "SELECT hex(test_name),instr(message, char(55296)),hex(log) FROM tests",
              "61EFBFBD62|0|780079");
}
END_TEST

/* Texts around the size from which they are kept apart. */
START_TEST(long_texts)
{
    static const size_t sizes[] = {0, 1, 23, 24, 25, 65535, 65536, 65537, 3000000};
    const char *path = folder_file("a.db");
    struct tum_store *store = open_store(path);
    char *text = tum_alloc(3000001);

    memset(text, 'x', 3000000);
    for (size_t i = 0; i < TUM_LEN(sizes); i++)
        tum_store_row(store, &(struct tum_row){.test_id = (int64_t)sizes[i] + 1,
                                               .name = TUM_S("n"),
                                               .log = {text, sizes[i]}});
    close_store(store);
    check_sql(path,
              "SELECT count(*),sum(length(log)=test_id-1),sum(log=replace(log,'y','')) "
              "FROM tests",
              "9|9|9");
    tum_free(text);
}
END_TEST

/* ---- when others see it ---- */

START_TEST(sync_shows_rows)
{
    const char *path = folder_file("a.db");
    struct tum_error *err = NULL;
    struct tum_store *store = NULL;

    good(tum_store_open(&(struct tum_store_opts){.path = path, .no_wal = _i != 0},
                        &store, &err),
         &err);
    sync_store(store);
    check_sql(path, "SELECT count(*) FROM tests", "0");
    for (int i = 1; i <= 50; i++) {
        char expected[32];

        add_brief(store, &(struct brief){.id = i, .name = "n"});
        sync_store(store);
        snprintf(expected, sizeof(expected), "%d|%d", i, i);
        check_sql(path, "SELECT count(*),max(test_id) FROM tests", expected);
    }
    tum_store_header(store, "test_result", "PASS");
    sync_store(store);
    check_sql(path, "SELECT value FROM header", "PASS");
    close_store(store);
    check_names("a.db");
    check_sql(path, "PRAGMA journal_mode", "delete");
    check_sql(path, "SELECT count(*) FROM tests", "50");
}
END_TEST

struct writer {
    struct tum_store *store;
    int number, rows;
    const char *path;
};

static void *write_rows(void *arg)
{
    struct writer *writer = arg;
    char name[64];

    for (int i = 0; i < writer->rows; i++) {
        snprintf(name, sizeof(name), "row %d of %d", i, writer->number);
        add_brief(writer->store, &(struct brief){.start = i,
                                                 .id = writer->number,
                                                 .name = name,
                                                 .data = "{\"v\": [1, 2]}"});
    }
    return NULL;
}

/* More rows than the queue holds, from several threads: none is lost, none overtaken. */
START_TEST(threads_keep_their_order)
{
    enum { THREADS = 4, ROWS = 8000 };
    const char *path = folder_file("a.db");
    struct tum_store *store = open_store(_i != 0 ? path : NULL);
    struct writer writers[THREADS];
    pthread_t threads[THREADS];
    struct tum_error *err = NULL;

    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){store, i + 1, ROWS, path};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_rows, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (_i == 0)
        good(tum_store_copy(store, path, &err), &err);
    close_store(store);
    check_sql(path, "SELECT test_id,count(*) FROM tests GROUP BY test_id",
              "1|8000\n2|8000\n3|8000\n4|8000");
    check_sql(
        path,
        "SELECT count(*) FROM (SELECT timestamp_start - lag(timestamp_start) OVER "
        "(PARTITION BY test_id ORDER BY rowid) AS step FROM tests) WHERE step != 1",
        "0");
}
END_TEST

static void *write_and_look(void *arg)
{
    struct writer *writer = arg;
    char sql[80], expected[32];

    for (int i = 1; i <= writer->rows; i++) {
        struct tum_error *err = NULL;

        add_brief(writer->store,
                  &(struct brief){.start = i, .id = writer->number, .name = "n"});
        if (i % 3 == 0)
            continue; /* written with those of others, or by the writer */
        good(tum_store_sync(writer->store, &err), &err);
        if (i % 25 != 0)
            continue;
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM tests WHERE test_id=%d",
                 writer->number);
        snprintf(expected, sizeof(expected), "%d", i);
        check_sql(writer->path, sql, expected);
    }
    return NULL;
}

/* Those who sync write, and so does the writer: one at a time, all in order. */
START_TEST(threads_see_their_rows)
{
    enum { THREADS = 4, ROWS = 500 };
    const char *path = folder_file("a.db");
    struct tum_store *store = open_store(path);
    struct writer writers[THREADS];
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){store, i + 1, ROWS, path};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_and_look, &writers[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    close_store(store);
    check_sql(path, "SELECT test_id,count(*) FROM tests GROUP BY test_id",
              "1|500\n2|500\n3|500\n4|500");
    check_sql(
        path,
        "SELECT count(*) FROM (SELECT timestamp_start - lag(timestamp_start) OVER "
        "(PARTITION BY test_id ORDER BY rowid) AS step FROM tests) WHERE step != 1",
        "0");
}
END_TEST

START_TEST(copy_is_whole_and_plain)
{
    const char *path = folder_file("a.db"), *copy = folder_file("c.db");
    struct tum_store *store = open_store(_i != 0 ? path : NULL);
    struct tum_error *err = NULL;

    tum_store_header(store, "k", "v");
    for (int i = 1; i <= 100; i++)
        add_brief(store, &(struct brief){.id = i, .name = "n"});
    good(tum_store_copy(store, copy, &err), &err);
    check_sql(copy, "SELECT count(*),max(test_id) FROM tests", "100|100");
    check_sql(copy, "PRAGMA journal_mode", "delete");
    check_sql(copy, "SELECT type,name FROM sqlite_master ORDER BY rowid", schema);
    add_brief(store, &(struct brief){.id = 101, .name = "n"});
    close_store(store);
    check_sql(copy, "SELECT count(*) FROM tests", "100");
    check_names(_i != 0 ? "a.db c.db" : "c.db");
}
END_TEST

START_TEST(copy_that_cannot_be_made)
{
    struct tum_store *store = open_store(NULL);
    struct tum_error *err = NULL;
    char *text;

    ck_assert(!tum_store_copy(store, folder_file("no/c.db"), &err));
    text = error_text(&err);
    ck_assert_ptr_nonnull(strstr(text, "no/c.db"));
    tum_free(text);
    close_store(store);
}
END_TEST

/* ---- the file and its name ---- */

START_TEST(old_files_are_kept)
{
    const char *path = folder_file("a.db");

    for (int i = 1; i <= 3; i++) {
        struct tum_store *store = open_store(path);

        add_brief(store, &(struct brief){.id = i, .name = "n"});
        close_store(store);
    }
    check_names("a.db a.db-1.saved a.db-2.saved");
    check_sql(path, "SELECT test_id FROM tests", "3");
    check_sql(folder_file("a.db-1.saved"), "SELECT test_id FROM tests", "1");
    check_sql(folder_file("a.db-2.saved"), "SELECT test_id FROM tests", "2");
}
END_TEST

/* A killed run leaves rows in the companion of its file; they move with it. */
START_TEST(file_of_a_killed_run_is_kept_whole)
{
    const char *path = folder_file("a.db");
    struct tum_store *store;
    pid_t child = fork();
    int status;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        store = open_store(path);
        add_brief(store, &(struct brief){.id = 5, .name = "n"});
        sync_store(store);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    check_names("a.db a.db-shm a.db-wal");

    store = open_store(path);
    add_brief(store, &(struct brief){.id = 6, .name = "n"});
    close_store(store);
    check_names("a.db a.db-1.saved");
    check_sql(path, "SELECT test_id FROM tests", "6");
    check_sql(folder_file("a.db-1.saved"), "SELECT test_id FROM tests", "5");
}
END_TEST

/* Companions that belong to nobody would be taken for those of the new file. */
START_TEST(stray_companions_go)
{
    const char *path = folder_file("a.db");
    struct tum_error *err = NULL;

    good(tum_file_replace(folder_file("a.db-wal"), TUM_S("old"), &err), &err);
    good(tum_file_replace(folder_file("a.db-journal"), TUM_S("old"), &err), &err);
    close_store(open_store(path));
    check_names("a.db");
}
END_TEST

START_TEST(any_old_file_is_kept)
{
    const char *path = folder_file("a.db");
    struct tum_error *err = NULL;
    char *text;
    size_t length;

    good(tum_file_replace(path, TUM_S("no database"), &err), &err);
    good(tum_file_replace(folder_file("a.db-wal"), TUM_S("old"), &err), &err);
    close_store(open_store(path));
    check_names("a.db a.db-1.saved");
    good(tum_file_read(folder_file("a.db-1.saved"), 100, &text, &length, &err), &err);
    ck_assert_str_eq(text, "no database");
    tum_free(text);
}
END_TEST

/* Two runs that write one file would share its companions. */
START_TEST(file_in_use_is_refused)
{
    const char *path = folder_file("a.db");
    struct tum_store *store = open_store(path), *second = NULL;
    struct tum_error *err = NULL;
    char *text;

    add_brief(store, &(struct brief){.id = 1, .name = "n"});
    sync_store(store);
    ck_assert(!tum_store_open(&(struct tum_store_opts){.path = path}, &second, &err));
    text = error_text(&err);
    ck_assert_msg(strstr(text, path) != NULL && strstr(text, "locked") != NULL, "%s",
                  text);
    tum_free(text);
    add_brief(store, &(struct brief){.id = 2, .name = "n"});
    close_store(store);
    check_names("a.db");
    check_sql(path, "SELECT count(*) FROM tests", "2");
}
END_TEST

/* Where the shared memory of a write-ahead log cannot be made: here its name is taken. */
START_TEST(without_shared_memory)
{
    const char *path = folder_file("a.db");
    struct tum_store *store;

    ck_assert_int_eq(mkdir(folder_file("a.db-shm"), 0777), 0);
    store = open_store(path);
    add_brief(store, &(struct brief){.id = 1, .name = "n"});
    sync_store(store);
    ck_assert(!tum_path_exists(folder_file("a.db-wal")));
    check_sql(path, "SELECT count(*) FROM tests", "1");
    close_store(store);
    check_names("a.db a.db-shm");
    check_sql(path, "PRAGMA journal_mode", "delete");
}
END_TEST

static const struct {
    const char *name;
    const char *says[3];
} refused[] = {
    {"no/such/a.db", {"no/such/a.db", "no folder", "/no/such'"}},
    {"sub", {"sub'", "it is a folder", "in folder"}},
};

START_TEST(refused_paths)
{
    struct tum_error *err = NULL;
    struct tum_store *store = NULL;
    char *text;

    ck_assert_int_eq(mkdir(folder_file("sub"), 0777), 0);
    ck_assert(!tum_store_open(
        &(struct tum_store_opts){.path = folder_file(refused[_i].name)}, &store, &err));
    ck_assert_ptr_null(store);
    text = error_text(&err);
    for (size_t i = 0; i < TUM_LEN(refused[_i].says); i++)
        ck_assert_msg(strstr(text, refused[_i].says[i]) != NULL, "%s", text);
    tum_free(text);
}
END_TEST

/* Names that SQLite would read as something else are names of files here. */
START_TEST(odd_names)
{
    static const char *const names[] = {":memory:", "file:a.db?mode=ro", "a b'c.db"};
    char *before = getcwd(NULL, 0);

    ck_assert_int_eq(chdir(folder_path), 0);
    close_store(open_store(names[_i]));
    check_names(names[_i]);
    check_sql(folder_file(names[_i]), "SELECT count(*) FROM tests", "0");
    ck_assert_int_eq(chdir(before), 0);
    free(before);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, open_folder, close_folder);
    tcase_add_test(t, schema_is_exact);
    tcase_add_test(t, rows_are_exact);
    tcase_add_test(t, no_key_is_null);
    tcase_add_test(t, text_is_repaired);
    tcase_add_test(t, long_texts);
    tcase_add_loop_test(t, sync_shows_rows, 0, 2);
    tcase_add_loop_test(t, threads_keep_their_order, 0, 2);
    tcase_add_test(t, threads_see_their_rows);
    tcase_add_loop_test(t, copy_is_whole_and_plain, 0, 2);
    tcase_add_test(t, copy_that_cannot_be_made);
    tcase_add_test(t, old_files_are_kept);
    tcase_add_test(t, file_of_a_killed_run_is_kept_whole);
    tcase_add_test(t, stray_companions_go);
    tcase_add_test(t, any_old_file_is_kept);
    tcase_add_test(t, file_in_use_is_refused);
    tcase_add_test(t, without_shared_memory);
    tcase_add_loop_test(t, refused_paths, 0, TUM_LEN(refused));
    tcase_add_loop_test(t, odd_names, 0, 3);
}

UNIT_MAIN("store", add)
