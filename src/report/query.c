/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a report: a snapshot of the rows in start order, filtered. Writes nothing.
 *
 * Opening reads four numbers of every row to find the order; the rows themselves are then
 * fetched one by one, so that a report larger than memory can be exported.
 *
 * Snapshots: a file is read in one transaction. The connection of a private database is
 * shared with its writer; there the largest rowid at opening is the border, which does as well
 * because rows are only ever added.
 */
#include "base/path.h"
#include "report/database.h"
#include "report/roworder.h"
#include "report/store.h"
#include "tum/mem.h"

struct header_pair {
    struct tum_str key, value; /* in the arena */
};

struct tum_report {
    sqlite3 *connection;
    bool shared;             /* belongs to the store */
    struct tum_store *store; /* NULL: a file */
    char *path;              /* for messages; NULL: private */
    sqlite3_stmt *fetch;
    struct tum_arena *arena;
    struct header_pair *headers;
    size_t header_count, header_cap;
    int64_t *rowids;   /* by place */
    uint32_t *parents; /* by place; TUM_ROW_NONE */
    uint32_t count;
    uint32_t next; /* place */
    struct tum_report_filter filter;
};

static bool report_fail(struct tum_report *report, int rc, struct tum_error **err)
{
    return tum_database_fail(err, report->connection, rc, "cannot read the report",
                             report->path);
}

static bool prepare(struct tum_report *report, const char *sql, sqlite3_stmt **ret,
                    struct tum_error **err)
{
    int rc = sqlite3_prepare_v2(report->connection, sql, -1, ret, NULL);

    if (rc == SQLITE_OK)
        return true;
    if (rc == SQLITE_ERROR) /* the tables or their columns are not there */
        return tum_fail(err, TUM_ERROR_VALUE, "cannot read '%s': it is no report",
                        report->path != NULL ? report->path : "(private)");
    return report_fail(report, rc, err);
}

static struct tum_str column_text(sqlite3_stmt *statement, int column)
{
    /* Of a BLOB these are its bytes; the pointer comes before the length. */
    const char *s = (const char *)sqlite3_column_blob(statement, column);
    int n = sqlite3_column_bytes(statement, column);

    return s != NULL ? tum_str_n(s, (size_t)n) : TUM_S("");
}

/* ---- opening ---- */

static bool read_headers(struct tum_report *report, struct tum_error **err)
{
    sqlite3_stmt *statement;
    int rc;

    if (!prepare(report,
                 "SELECT CAST(key AS TEXT),CAST(value AS TEXT) FROM header "
                 "ORDER BY rowid",
                 &statement, err))
        return false;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct header_pair *pair;
        struct tum_str key = column_text(statement, 0);
        struct tum_str value = column_text(statement, 1);

        tum_grow(&report->headers, &report->header_cap, report->header_count + 1);
        pair = &report->headers[report->header_count++];
        pair->key.s = tum_arena_strndup(report->arena, key.s, key.n);
        pair->key.n = key.n;
        pair->value.s = tum_arena_strndup(report->arena, value.s, value.n);
        pair->value.n = value.n;
    }
    if (rc != SQLITE_DONE)
        report_fail(report, rc, err);
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE;
}

/* What the order is made of, in rowid order. */
struct links {
    struct tum_row_link *links;
    size_t link_cap;
    int64_t *rowids;
    size_t rowid_cap;
    size_t count;
};

static bool read_links(struct tum_report *report, struct links *links,
                       struct tum_error **err)
{
    sqlite3_stmt *statement;
    int rc;

    if (!prepare(report,
                 "SELECT rowid,timestamp_start,test_id,parent_id FROM tests "
                 "WHERE rowid<=(SELECT max(rowid) FROM tests) ORDER BY rowid",
                 &statement, err))
        return false;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW &&
           links->count < TUM_REPORT_ROWS) {
        size_t i = links->count++;

        tum_grow(&links->links, &links->link_cap, i + 1);
        tum_grow(&links->rowids, &links->rowid_cap, i + 1);
        links->rowids[i] = sqlite3_column_int64(statement, 0);
        links->links[i].timestamp = sqlite3_column_int64(statement, 1);
        links->links[i].test_id = sqlite3_column_int64(statement, 2);
        links->links[i].parent_id = sqlite3_column_int64(statement, 3);
    }
    if (rc == SQLITE_ROW)
        tum_fail(err, TUM_ERROR_LIMIT, "the report has more than %u rows",
                 TUM_REPORT_ROWS);
    else if (rc != SQLITE_DONE)
        report_fail(report, rc, err);
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE;
}

static void set_order(struct tum_report *report, const struct links *links)
{
    uint32_t *order;

    report->count = (uint32_t)links->count;
    report->rowids = tum_new_array(int64_t, links->count);
    report->parents = tum_new_array(uint32_t, links->count);
    order = tum_new_array(uint32_t, links->count);
    tum_row_order(links->links, report->count, order, report->parents);
    for (uint32_t place = 0; place < report->count; place++)
        report->rowids[place] = links->rowids[order[place]];
    tum_free(order);
}

static bool load(struct tum_report *report, struct tum_error **err)
{
    struct links links = {0};
    bool good;
    int rc = SQLITE_OK;

    if (!report->shared)
        rc = sqlite3_exec(report->connection, "BEGIN", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return report_fail(report, rc, err);
    good = read_headers(report, err) && read_links(report, &links, err) &&
           prepare(report,
                   "SELECT test_name,report_key,timestamp_start,duration,test_id,"
                   "parent_id,level,test_type,result,message,log,data "
                   "FROM tests WHERE rowid=?",
                   &report->fetch, err);
    if (good)
        set_order(report, &links);
    tum_free(links.links);
    tum_free(links.rowids);
    return good;
}

static int open_as(struct tum_report *report, int flags)
{
    int rc = sqlite3_open_v2(report->path, &report->connection,
                             flags | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_busy_timeout(report->connection, TUM_DATABASE_PATIENCE_MS);
    return sqlite3_exec(report->connection, "SELECT 1 FROM sqlite_master LIMIT 1", NULL,
                        NULL, NULL);
}

/*
 * A run that was killed may have left a change half made, with the journal to take it
 * back: SQLite does so at the first reading, but not for a reader that may not write.
 */
static bool open_file(struct tum_report *report, struct tum_error **err)
{
    int rc;

    if (!tum_path_is_file(report->path))
        return tum_fail(err, TUM_ERROR_SYSTEM,
                        "cannot read the report '%s': no such file", report->path);
    rc = open_as(report, SQLITE_OPEN_READONLY);
    if ((rc & 0xff) == SQLITE_READONLY) {
        sqlite3_close(report->connection);
        report->connection = NULL;
        rc = open_as(report, SQLITE_OPEN_READWRITE);
    }
    return rc == SQLITE_OK ? true : report_fail(report, rc, err);
}

static struct tum_report *report_new(const char *path)
{
    struct tum_report *report = tum_new(struct tum_report);

    report->arena = tum_arena_new();
    report->path = path != NULL ? tum_path_absolute(path) : NULL;
    return report;
}

bool tum_report_open(const char *path, struct tum_report **ret, struct tum_error **err)
{
    struct tum_report *report = report_new(path);

    if (!open_file(report, err) || !load(report, err)) {
        tum_report_close(report);
        return false;
    }
    *ret = report;
    return true;
}

bool tum_report_open_store(struct tum_store *store, struct tum_report **ret,
                           struct tum_error **err)
{
    struct tum_report *report;
    const char *path;
    sqlite3 *shared;

    tum_store_expose(store, &path, &shared);
    if (path != NULL)
        return tum_report_open(path, ret, err);
    report = report_new(NULL);
    report->store = store;
    report->shared = true;
    report->connection = shared;
    if (!load(report, err)) {
        tum_report_close(report);
        return false;
    }
    *ret = report;
    return true;
}

void tum_report_close(struct tum_report *report)
{
    if (report == NULL)
        return;
    sqlite3_finalize(report->fetch);
    if (!report->shared)
        sqlite3_close(report->connection);
    tum_arena_free(report->arena);
    tum_free(report->headers);
    tum_free(report->rowids);
    tum_free(report->parents);
    tum_free(report->path);
    tum_free(report);
}

void tum_report_closep(struct tum_report **report)
{
    tum_report_close(*report);
    *report = NULL;
}

/* ---- headers ---- */

size_t tum_report_header_count(const struct tum_report *report)
{
    return report->header_count;
}

void tum_report_header_at(const struct tum_report *report, size_t i,
                          struct tum_str *ret_key, struct tum_str *ret_value)
{
    *ret_key = report->headers[i].key;
    *ret_value = report->headers[i].value;
}

bool tum_report_header(const struct tum_report *report, const char *key,
                       struct tum_str *ret)
{
    for (size_t i = report->header_count; i-- > 0;) {
        if (!tum_str_is(report->headers[i].key, key))
            continue;
        *ret = report->headers[i].value;
        return true;
    }
    return false;
}

/* ---- rows ---- */

size_t tum_report_row_count(const struct tum_report *report)
{
    return report->count;
}

void tum_report_rewind(struct tum_report *report,
                       const struct tum_report_filter *filter)
{
    report->next = 0;
    report->filter = filter != NULL ? *filter : (struct tum_report_filter){0};
}

/* *ret_any: at least one pattern is a filter. */
static bool matches(const char *const *patterns, size_t count, struct tum_str text,
                    bool has_text, bool *ret_any)
{
    for (size_t i = 0; i < count; i++) {
        if (patterns[i][0] == '\0')
            continue;
        *ret_any = true;
        if (has_text && tum_report_like(text, tum_str_of(patterns[i])))
            return true;
    }
    return false;
}

static bool is_kept(const struct tum_report_filter *filter, sqlite3_stmt *fetch)
{
    bool any = false;

    if (filter->pattern_count == 0 && filter->key_count == 0)
        return true;
    if (matches(filter->patterns, filter->pattern_count, column_text(fetch, 0),
                sqlite3_column_type(fetch, 0) != SQLITE_NULL, &any) ||
        matches(filter->keys, filter->key_count, column_text(fetch, 1),
                sqlite3_column_type(fetch, 1) != SQLITE_NULL, &any))
        return true;
    return !any;
}

static void fill(struct tum_report *report, uint32_t place, struct tum_report_row *ret)
{
    sqlite3_stmt *fetch = report->fetch;
    uint32_t parent = report->parents[place];

    ret->rowid = report->rowids[place];
    ret->place = place;
    ret->parent = parent == TUM_ROW_NONE ? TUM_REPORT_NO_PLACE : parent;
    ret->name = column_text(fetch, 0);
    ret->has_key = sqlite3_column_type(fetch, 1) != SQLITE_NULL;
    ret->key = column_text(fetch, 1);
    ret->timestamp_start = sqlite3_column_int64(fetch, 2);
    ret->duration = sqlite3_column_int64(fetch, 3);
    ret->test_id = sqlite3_column_int64(fetch, 4);
    ret->parent_id = sqlite3_column_int64(fetch, 5);
    ret->level = sqlite3_column_int64(fetch, 6);
    ret->type = column_text(fetch, 7);
    ret->result = column_text(fetch, 8);
    ret->message = column_text(fetch, 9);
    ret->log = column_text(fetch, 10);
    ret->data = column_text(fetch, 11);
}

bool tum_report_next(struct tum_report *report, struct tum_report_row *ret,
                     bool *ret_more, struct tum_error **err)
{
    while (report->next < report->count) {
        uint32_t place = report->next++;
        int rc;

        sqlite3_reset(report->fetch);
        sqlite3_bind_int64(report->fetch, 1, report->rowids[place]);
        rc = sqlite3_step(report->fetch);
        if (rc != SQLITE_ROW)
            return report_fail(report, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, err);
        if (!is_kept(&report->filter, report->fetch))
            continue;
        fill(report, place, ret);
        *ret_more = true;
        return true;
    }
    sqlite3_reset(report->fetch);
    *ret_more = false;
    return true;
}

tum_val tum_report_row_data(const struct tum_report_row *row)
{
    struct tum_error *err = NULL;
    tum_val data;

    if (row->data.n == 0)
        return tum_val_none();
    if (tum_json_read(row->data, (struct tum_span){0}, &data, &err))
        return data;
    tum_error_free(err);
    return tum_val_text_of(row->data);
}

bool tum_report_copy(struct tum_report *report, const char *path,
                     struct tum_error **err)
{
    if (report->shared)
        return tum_store_copy(report->store, path, err);
    return tum_database_copy(report->connection, path, err);
}
