/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading: start order through the database, filters, snapshots, and files that others
 * made.
 */
#include "folder.h"
#include "unit.h"

static void open_folder(void)
{
    folder_make();
}

static void close_folder(void)
{
    folder_remove();
}

/* A small run in end order: two branches, then a loop of two. */
static const struct brief run[] = {
    {2, 3, 4, 2, 3, "warm up", "Sleep", "PASS", "PASS", NULL, NULL, NULL},
    {0, 6, 2, 1, 2, "thermal", "Parallel branch", "PASS", "PASS", NULL, NULL, NULL},
    {0, 1, 5, 3, 3, "Valve_1", "Check value", "FAIL", "got 1", "flow, x", "a\nb\n",
     "{\"v\": 1}"},
    {0, 8, 3, 1, 2, "hydraulic", "Parallel branch", "FAIL", "FAIL", "flow", NULL, NULL},
    {9, 1, 7, 6, 2, "step", "Let", "PASS", "PASS", "", NULL, NULL},
    {10, 1, 7, 6, 2, "step", "Let", "SKIP", "not now", "k", NULL, NULL},
    {9, 3, 6, 1, 1, "loop", "Cycle", "PASS", "PASS", NULL, NULL, NULL},
    {0, 12, 1, 0, 0, "main", "default", "FAIL", "FAIL", NULL, NULL, NULL},
};

static struct tum_store *store_run(const char *path)
{
    struct tum_store *store = open_store(path);

    tum_store_header(store, "test_name", "first");
    tum_store_header(store, "test_result", "FAIL");
    for (size_t i = 0; i < TUM_LEN(run); i++)
        add_brief(store, &run[i]);
    return store;
}

/* "place:name<parent's place" of the rows that are kept, joined by a blank. */
static char *listing(struct tum_report *report, const struct tum_report_filter *filter)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_report_row row;
    struct tum_error *err = NULL;
    bool more;

    tum_report_rewind(report, filter);
    for (;;) {
        good(tum_report_next(report, &row, &more, &err), &err);
        if (!more)
            return tum_buf_detach(&out);
        tum_buf_addf(&out, "%s%zu:%.*s", out.len > 0 ? " " : "", row.place,
                     TUM_STR_ARG(row.name));
        if (row.parent != TUM_REPORT_NO_PLACE)
            tum_buf_addf(&out, "<%zu", row.parent);
    }
}

static void check_listing(struct tum_report *report,
                          const struct tum_report_filter *filter, const char *expected)
{
    char *got = listing(report, filter);

    ck_assert_str_eq(got, expected);
    tum_free(got);
}

static const char all_rows[] = "0:main 1:thermal<0 2:hydraulic<0 3:Valve_1<2 "
                               "4:warm up<1 5:loop<0 6:step<5 7:step<5";

/* Of a closed file, an open file, a private database. */
START_TEST(start_order)
{
    const char *path = folder_file("a.db");
    struct tum_store *store = store_run(_i < 2 ? path : NULL);
    struct tum_report *report = NULL;
    struct tum_error *err = NULL;
    struct tum_str value;

    if (_i == 0) {
        close_store(store);
        good(tum_report_open(path, &report, &err), &err);
    } else {
        good(tum_report_open_store(store, &report, &err), &err);
    }
    ck_assert_uint_eq(tum_report_row_count(report), TUM_LEN(run));
    check_listing(report, NULL, all_rows);
    check_listing(report, NULL, all_rows); /* again from the start */
    ck_assert_uint_eq(tum_report_header_count(report), 2);
    ck_assert(tum_report_header(report, "test_result", &value));
    ck_assert(tum_str_is(value, "FAIL"));
    ck_assert(!tum_report_header(report, "test_duration", &value));
    tum_report_close(report);
    if (_i != 0)
        close_store(store);
}
END_TEST

START_TEST(all_of_a_row)
{
    static const char *const patterns[] = {"valve%"};
    struct tum_store *store = store_run(NULL);
    struct tum_report *report = NULL;
    struct tum_report_row row;
    struct tum_error *err = NULL;
    tum_val data, v;
    bool more;

    good(tum_report_open_store(store, &report, &err), &err);
    tum_report_rewind(
        report, &(struct tum_report_filter){.patterns = patterns, .pattern_count = 1});
    good(tum_report_next(report, &row, &more, &err), &err);
    ck_assert(more);
    ck_assert_int_eq(row.rowid, 3);
    ck_assert_int_eq(row.timestamp_start, 0);
    ck_assert_int_eq(row.duration, 1);
    ck_assert_int_eq(row.test_id, 5);
    ck_assert_int_eq(row.parent_id, 3);
    ck_assert_int_eq(row.level, 3);
    ck_assert(row.has_key && tum_str_is(row.key, "flow, x"));
    ck_assert(tum_str_is(row.type, "Check value") && tum_str_is(row.result, "FAIL"));
    ck_assert(tum_str_is(row.message, "got 1") && tum_str_is(row.log, "a\nb\n"));
    ck_assert(tum_str_is(row.data, "{\"v\": 1}"));
    data = tum_report_row_data(&row);
    ck_assert(tum_map_peeks(data, "v", &v) && v.kind == TUM_INT && v.as.i == 1);
    tum_val_unref(data);
    tum_report_close(report);
    close_store(store);
}
END_TEST

static const struct {
    const char *patterns[3], *keys[3];
    const char *expected;
} filters[] = {
    {{NULL}, {NULL}, all_rows},
    {{""}, {""}, all_rows},
    {{"%"}, {NULL}, all_rows},
    {{"VALVE%"}, {NULL}, "3:Valve_1<2"},
    {{"valve_1", "main"}, {NULL}, "0:main 3:Valve_1<2"},
    {{"none"}, {NULL}, ""},
    {{NULL}, {"flow"}, "2:hydraulic<0"},
    {{NULL}, {"flow%"}, "2:hydraulic<0 3:Valve_1<2"},
    {{NULL}, {"%x"}, "3:Valve_1<2"},
    {{NULL}, {"%"}, "2:hydraulic<0 3:Valve_1<2 6:step<5 7:step<5"},
    {{"main"}, {"k"}, "0:main 7:step<5"},
    {{"", "step"}, {""}, "6:step<5 7:step<5"},
};

static size_t count_words(const char *const *words)
{
    size_t count = 0;

    while (count < 3 && words[count] != NULL)
        count++;
    return count;
}

START_TEST(filtered)
{
    struct tum_store *store = store_run(NULL);
    struct tum_report *report = NULL;
    struct tum_error *err = NULL;

    good(tum_report_open_store(store, &report, &err), &err);
    check_listing(report,
                  &(struct tum_report_filter){
                      .patterns = filters[_i].patterns,
                      .pattern_count = count_words(filters[_i].patterns),
                      .keys = filters[_i].keys,
                      .key_count = count_words(filters[_i].keys),
                  },
                  filters[_i].expected);
    tum_report_close(report);
    close_store(store);
}
END_TEST

START_TEST(snapshot)
{
    struct tum_store *store = store_run(_i != 0 ? folder_file("a.db") : NULL);
    struct tum_report *report = NULL, *later = NULL;
    struct tum_error *err = NULL;

    good(tum_report_open_store(store, &report, &err), &err);
    add_brief(store, &(struct brief){.id = 99, .name = "after"});
    tum_store_header(store, "test_duration", "0:00:01");
    good(tum_report_open_store(store, &later, &err), &err);
    check_listing(report, NULL, all_rows);
    ck_assert_uint_eq(tum_report_row_count(later), TUM_LEN(run) + 1);
    ck_assert_uint_eq(tum_report_header_count(report), 2);
    ck_assert_uint_eq(tum_report_header_count(later), 3);
    tum_report_close(report);
    tum_report_close(later);
    close_store(store);
}
END_TEST

START_TEST(copy_of_a_reader)
{
    const char *path = folder_file("a.db"), *copy = folder_file("c.db");
    struct tum_store *store = store_run(_i < 2 ? path : NULL);
    struct tum_report *report = NULL;
    struct tum_error *err = NULL;

    if (_i == 0) {
        close_store(store);
        good(tum_report_open(path, &report, &err), &err);
    } else {
        good(tum_report_open_store(store, &report, &err), &err);
    }
    good(tum_report_copy(report, copy, &err), &err);
    tum_report_close(report);
    if (_i != 0)
        close_store(store);
    check_sql(copy, "SELECT count(*) FROM tests", "8");
    check_sql(copy, "PRAGMA journal_mode", "delete");
    check_names(_i < 2 ? "a.db c.db" : "c.db");
}
END_TEST

/* ---- files of others ---- */

static void make(const char *path, const char *statements)
{
    sqlite3 *connection;

    ck_assert_int_eq(sqlite3_open(path, &connection), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(connection, statements, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(connection);
}

static const char tables[] =
    "CREATE TABLE header(key TEXT, value TEXT);"
    "CREATE TABLE tests(timestamp_start INT, test_id INT NOT NULL, parent_id INT, "
    "level INT, test_name TEXT, test_type TEXT, report_key TEXT, result TEXT, "
    "message TEXT, duration INT, log TEXT, data JSON);";

START_TEST(rows_of_others)
{
    const char *path = folder_file("a.db");
    struct tum_report *report = NULL;
    struct tum_report_row row;
    struct tum_error *err = NULL;
    struct tum_str value;
    tum_val data;
    bool more;

    make(path, tables);
    make(path,
         "INSERT INTO header VALUES('n', NULL), ('k', 'old'), ('k', 'new');"
         "INSERT INTO tests(test_id, test_name, data) VALUES(1, 'text', '{\"a\": 1}'),"
         "(1, 'odd', 'not json'), (1, NULL, NULL);"
         "DELETE FROM tests WHERE test_name='text' AND 0;");
    good(tum_report_open(path, &report, &err), &err);
    ck_assert(tum_report_header(report, "n", &value) && value.n == 0);
    ck_assert(tum_report_header(report, "k", &value) && tum_str_is(value, "new"));
    tum_report_rewind(report, NULL);
    good(tum_report_next(report, &row, &more, &err), &err);
    data = tum_report_row_data(&row);
    ck_assert_int_eq(data.kind, TUM_MAP);
    tum_val_unref(data);
    ck_assert(!row.has_key && row.message.n == 0 && row.parent_id == 0);
    good(tum_report_next(report, &row, &more, &err), &err);
    data = tum_report_row_data(&row);
    ck_assert(tum_str_is(tum_val_text(data), "not json"));
    tum_val_unref(data);
    good(tum_report_next(report, &row, &more, &err), &err);
    data = tum_report_row_data(&row);
    ck_assert_int_eq(data.kind, TUM_NONE);
    ck_assert_uint_eq(row.name.n, 0);
    good(tum_report_next(report, &row, &more, &err), &err);
    ck_assert(!more);
    tum_report_close(report);
}
END_TEST

static const struct {
    const char *statements; /* NULL: no file */
    const char *says;
} unreadable[] = {
    {NULL, "no such file"},
    {"CREATE TABLE other(x)", "it is no report"},
    {"CREATE TABLE header(key, value); CREATE TABLE tests(test_name)",
     "it is no report"},
};

START_TEST(unreadable_files)
{
    const char *path = folder_file("a.db");
    struct tum_report *report = NULL;
    struct tum_error *err = NULL;
    char *text;

    if (unreadable[_i].statements != NULL)
        make(path, unreadable[_i].statements);
    ck_assert(!tum_report_open(path, &report, &err));
    ck_assert_ptr_null(report);
    text = error_text(&err);
    ck_assert_msg(strstr(text, path) != NULL &&
                      strstr(text, unreadable[_i].says) != NULL,
                  "%s", text);
    tum_free(text);
}
END_TEST

START_TEST(no_database_at_all)
{
    const char *path = folder_file("a.db");
    struct tum_report *report = NULL;
    struct tum_error *err = NULL;
    char *text;

    good(tum_file_replace(path, TUM_S("this is some text, long enough to be read"),
                          &err),
         &err);
    ck_assert(!tum_report_open(path, &report, &err));
    text = error_text(&err);
    ck_assert_ptr_nonnull(strstr(text, path));
    tum_free(text);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, open_folder, close_folder);
    tcase_add_loop_test(t, start_order, 0, 3);
    tcase_add_test(t, all_of_a_row);
    tcase_add_loop_test(t, filtered, 0, TUM_LEN(filters));
    tcase_add_loop_test(t, snapshot, 0, 2);
    tcase_add_loop_test(t, copy_of_a_reader, 0, 3);
    tcase_add_test(t, rows_of_others);
    tcase_add_loop_test(t, unreadable_files, 0, TUM_LEN(unreadable));
    tcase_add_test(t, no_database_at_all);
}

UNIT_MAIN("query", add)
