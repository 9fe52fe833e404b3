/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LIKE: by example, and against SQLite's own on random texts.
 */
#include "report/database.h"
#include "unit.h"

static const struct {
    const char *text, *pattern;
    bool matches;
} rows[] = {
    {"", "", true},
    {"", "%", true},
    {"", "_", false},
    {"a", "", false},
    {"Pump 1", "pump%", true},
    {"pump 22", "PUMP%", true},
    {"a pump", "pump%", false},
    {"valve_1", "valve_1", true},
    {"valveX1", "valve_1", true},
    {"valve11x", "valve_1", false},
    {"100% open", "%open", true},
    {"100% open", "100%open", true},
    {"power, flow", "power", false},
    {"power, flow", "power%", true},
    {"power, flow", "%flow", true},
    {"mississippi", "%iss%ippi", true},
    {"mississippi", "%iss%issx", false},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaab", "%a%a%a%a%a%a%a%a%a%c", false},
    {"caf\xc3\xa9", "caf_", true},
    {"\xc3\xa9", "__", false},
    {"\xc3\x89", "\xc3\xa9", false}, /* only ASCII letters fold */
    {"\xf0\x9f\x98\x80x", "_x", true},
    {"a\\%b", "a\\%b", true},
    {"ab", "a\\b", false},
    {"line\nbreak", "line%break", true},
    {"x", "%%", true},
    {"xy", "%_%", true},
    {"", "%_%", false},
};

START_TEST(like_by_example)
{
    bool got = tum_report_like(tum_str_of(rows[_i].text), tum_str_of(rows[_i].pattern));

    ck_assert_msg(got == rows[_i].matches, "'%s' like '%s'", rows[_i].text,
                  rows[_i].pattern);
}
END_TEST

START_TEST(like_holds_nul)
{
    ck_assert(tum_report_like(tum_str_n("a\0b", 3), TUM_S("a_b")));
    ck_assert(!tum_report_like(tum_str_n("a\0b", 3), TUM_S("a")));
}
END_TEST

static uint32_t state;

static void random_text(char *out, const char *letters, int most)
{
    size_t count = strlen(letters);
    int length;

    state = state * 1664525 + 1013904223;
    length = (int)((state >> 10) % (uint32_t)(most + 1));
    for (int i = 0; i < length; i++) {
        state = state * 1664525 + 1013904223;
        *out++ = letters[(state >> 10) % count];
    }
    *out = '\0';
}

START_TEST(like_as_sqlite)
{
    sqlite3_stmt *statement;
    sqlite3 *connection;

    ck_assert_int_eq(sqlite3_open(":memory:", &connection), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_prepare_v2(connection, "SELECT ? LIKE ?", -1, &statement, NULL),
        SQLITE_OK);
    state = 42;
    for (int i = 0; i < 20000; i++) {
        char text[16], pattern[16];

        random_text(text, "aAbB", 9);
        random_text(pattern, "aB%_", 6);
        sqlite3_bind_text(statement, 1, text, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(statement, 2, pattern, -1, SQLITE_TRANSIENT);
        ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
        ck_assert_msg(sqlite3_column_int(statement, 0) ==
                          tum_report_like(tum_str_of(text), tum_str_of(pattern)),
                      "'%s' like '%s'", text, pattern);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_close(connection);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, like_by_example, 0, TUM_LEN(rows));
    tcase_add_test(t, like_holds_nul);
    tcase_add_test(t, like_as_sqlite);
}

UNIT_MAIN("like", add)
