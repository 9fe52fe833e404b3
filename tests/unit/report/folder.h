/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the report and of the exports: a folder of their own, SQL on a file, rows
 * in few words. A test binary that forks does so before it has threads.
 */
#ifndef TUM_TEST_FOLDER_H
#define TUM_TEST_FOLDER_H

#include "base/fd.h"
#include "base/path.h"
#include "report/database.h"
#include "tum/mem.h"
#include "tum/report.h"
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder for one test; folder_remove when it is done. */
static char folder_path[64];

static inline void folder_make(void)
{
    snprintf(folder_path, sizeof(folder_path), "/tmp/tum-report-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder_path));
}

/* Path of a name in the folder; valid until the fourth call after it. */
static inline const char *folder_file(const char *name)
{
    static char paths[4][400];
    static unsigned next;
    char *path = paths[next++ % TUM_LEN(paths)];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder_path, name);
    return path;
}

/* Names in the folder, sorted, joined by a blank. */
static inline char *folder_names(void)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct dirent **entries;
    int count = scandir(folder_path, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            tum_buf_addf(&out, "%s%s", out.len > 0 ? " " : "", entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return tum_buf_detach(&out);
}

static inline void folder_remove(void)
{
    struct dirent **entries;
    int count = scandir(folder_path, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        if (unlink(folder_file(entries[i]->d_name)) != 0)
            rmdir(folder_file(entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    rmdir(folder_path);
}

static inline void check_names(const char *expected)
{
    char *names = folder_names();

    ck_assert_str_eq(names, expected);
    tum_free(names);
}

/* Fails the test with the error's words. */
static inline void good(bool result, struct tum_error **err)
{
    if (result)
        return;
    ck_abort_msg("%s", tum_error_text(*err));
}

/* The error's whole text; the error is freed. */
static inline char *error_text(struct tum_error **err)
{
    char *text = tum_error_text(*err);

    tum_error_clear(err);
    return text;
}

/* All result rows: columns joined by |, rows by a line feed; NULL is shown as NULL. */
static inline char *sql(const char *path, const char *text)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    sqlite3_stmt *statement;
    sqlite3 *connection;
    int rc;

    ck_assert_int_eq(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, NULL),
                     SQLITE_OK);
    sqlite3_busy_timeout(connection, 10000);
    rc = sqlite3_prepare_v2(connection, text, -1, &statement, NULL);
    if (rc != SQLITE_OK)
        ck_abort_msg("%s: %s", text, sqlite3_errmsg(connection));
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        if (out.len > 0)
            tum_buf_addc(&out, '\n');
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *value = (const char *)sqlite3_column_text(statement, i);

            tum_buf_addf(&out, "%s%s", i > 0 ? "|" : "",
                         value != NULL ? value : "NULL");
        }
    }
    ck_assert_int_eq(rc, SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    return tum_buf_detach(&out);
}

static inline void check_sql(const char *path, const char *text, const char *expected)
{
    char *got = sql(path, text);

    ck_assert_str_eq(got, expected);
    tum_free(got);
}

/* A row in few words; key and log may be NULL, data JSON text or NULL. */
struct brief {
    int64_t start, duration, id, parent;
    int level;
    const char *name, *type, *result, *message, *key, *log, *data;
};

static inline void add_brief(struct tum_store *store, const struct brief *brief)
{
    struct tum_error *err = NULL;
    tum_val data = tum_val_none();

    if (brief->data != NULL)
        good(tum_json_read(tum_str_of(brief->data), (struct tum_span){0}, &data, &err),
             &err);
    tum_store_row(store, &(struct tum_row){
                             .timestamp_start = brief->start,
                             .duration = brief->duration,
                             .test_id = brief->id,
                             .parent_id = brief->parent,
                             .level = brief->level,
                             .has_key = brief->key != NULL,
                             .name = tum_str_of(brief->name),
                             .type = tum_str_of(brief->type),
                             .key = tum_str_of(brief->key),
                             .result = tum_str_of(brief->result),
                             .message = tum_str_of(brief->message),
                             .log = tum_str_of(brief->log),
                             .data = data,
                         });
    tum_val_unref(data);
}

static inline struct tum_store *open_store(const char *path)
{
    struct tum_error *err = NULL;
    struct tum_store *store = NULL;

    good(tum_store_open(&(struct tum_store_opts){.path = path}, &store, &err), &err);
    return store;
}

static inline void close_store(struct tum_store *store)
{
    struct tum_error *err = NULL;

    good(tum_store_close(store, &err), &err);
}

static inline void sync_store(struct tum_store *store)
{
    struct tum_error *err = NULL;

    good(tum_store_sync(store, &err), &err);
}

#endif
