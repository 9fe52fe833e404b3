/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite: creating, filling and finishing the report's file. No threads and no queue
 * (store.c), no reading (query.c).
 *
 * Flushing. While the run goes on the file must outlive the process, not the power: a
 * write-ahead log with normal synchronisation flushes only at checkpoints, and a rollback
 * journal without synchronisation never. Making the tables and finishing are done without
 * SQLite's flushes; finishing ends with one fsync of our own.
 */
#include "report/database.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/utf8.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Size of the log at which a commit folds it into the file; each fold flushes. */
#define CHECKPOINT_PAGES "4096"
/* Largest text that a buffer made for one row keeps for the next. */
#define KEPT_BUFFER      ((size_t)1 << 20)

struct tum_database {
    sqlite3 *connection;
    sqlite3_stmt *begin, *commit, *change_header, *add_header, *add_row;
    char *path; /* NULL: private */
    bool wal;
    struct tum_buf data;    /* JSON of the row being added */
    struct tum_buf text[6]; /* repaired texts of the row being added */
};

static const char schema_sql[] =
    "CREATE TABLE header(key TEXT, value TEXT);"
    "CREATE TABLE tests(timestamp_start INT, test_id INT NOT NULL, parent_id INT, "
    "level INT, test_name TEXT, test_type TEXT, report_key TEXT, result TEXT, "
    "message TEXT, duration INT, log TEXT, data JSON);";

bool tum_database_fail(struct tum_error **err, sqlite3 *connection, int rc,
                       const char *what, const char *path)
{
    int os = connection != NULL ? sqlite3_system_errno(connection) : 0;
    const char *reason = sqlite3_errstr(rc);

    if (path == NULL)
        path = "(private)";
    if (os != 0 && ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_FULL ||
                    (rc & 0xff) == SQLITE_CANTOPEN))
        tum_fail(err, TUM_ERROR_SYSTEM, "%s '%s': %s (%s)", what, path, reason,
                 tum_errno_text(os));
    else
        tum_fail(err, TUM_ERROR_SYSTEM, "%s '%s': %s", what, path, reason);
    (*err)->os = os;
    return false;
}

static bool database_fail(struct tum_database *database, int rc, struct tum_error **err)
{
    return tum_database_fail(err, database->connection, rc,
                             "cannot write the report database", database->path);
}

static bool database_exec(struct tum_database *database, const char *sql,
                          struct tum_error **err)
{
    int rc = sqlite3_exec(database->connection, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? true : database_fail(database, rc, err);
}

/* ---- creating ---- */

static int first_column_is(void *ctx, int count, char **values, char **names)
{
    struct tum_str *mode = ctx;

    (void)names;
    if (count > 0 && values[0] != NULL && tum_str_is(*mode, values[0]))
        mode->n = 0; /* seen */
    return 0;
}

/* Asks for a journal mode and reports whether SQLite went along. */
static bool set_journal(sqlite3 *connection, const char *mode, int *ret_rc)
{
    struct tum_str wanted = tum_str_of(mode);
    char sql[64];

    snprintf(sql, sizeof(sql), "PRAGMA journal_mode=%s", mode);
    *ret_rc = sqlite3_exec(connection, sql, first_column_is, &wanted, NULL);
    return *ret_rc == SQLITE_OK && wanted.n == 0;
}

static char *companion(const char *path, const char *suffix)
{
    return tum_asprintf("%s%s", path, suffix);
}

static bool has_companion(const char *path, const char *suffix)
{
    TUM_AUTO(tum_freep) char *name = companion(path, suffix);

    return tum_path_exists(name);
}

/*
 * A database that a killed run left has rows in its companion file. They belong to the
 * name that it is about to lose, so they are folded in first. When somebody still has it
 * open, a new file of the same name would share that companion: refuse.
 */
static bool fold_companions(const char *path, struct tum_error **err)
{
    sqlite3 *connection = NULL;
    bool done;
    int rc;

    if (!tum_path_is_file(path) ||
        (!has_companion(path, "-wal") && !has_companion(path, "-journal")))
        return true;
    rc = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(connection, "SELECT count(*) FROM sqlite_master", NULL, NULL,
                          NULL);
    if (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT) {
        sqlite3_close(connection);
        return true; /* no database: the file beside it is nothing to us */
    }
    done = rc == SQLITE_OK && set_journal(connection, "delete", &rc);
    if (!done)
        tum_database_fail(err, connection, rc != SQLITE_OK ? rc : SQLITE_BUSY,
                          "cannot put aside the report database", path);
    sqlite3_close(connection);
    return done;
}

/* Companions of no file would be taken for ours. */
static void remove_companions(const char *path)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};

    for (size_t i = 0; i < TUM_LEN(suffixes); i++) {
        TUM_AUTO(tum_freep) char *name = companion(path, suffixes[i]);

        unlink(name);
    }
}

/* Makes the empty file with our own call: its errno says more than SQLite does. */
static bool make_file(const char *path, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *folder = tum_path_folder(path);
    int fd;

    if (!tum_path_is_folder(folder))
        return tum_fail(err, TUM_ERROR_SYSTEM,
                        "cannot make the report database '%s': no folder '%s'", path,
                        folder);
    if (tum_path_is_folder(path))
        return tum_fail(err, TUM_ERROR_SYSTEM,
                        "cannot make the report database '%s' in folder '%s': it is a "
                        "folder",
                        path, folder);
    if (!fold_companions(path, err) || !tum_file_save_old(path, err)) {
        tum_error_wrap(err, "cannot make the report database '%s' in folder '%s'", path,
                       folder);
        return false;
    }
    remove_companions(path);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return tum_fail_os(err, errno,
                           "cannot make the report database '%s' in folder '%s'", path,
                           folder);
    tum_fd_close(&fd);
    return true;
}

static bool prepare(struct tum_database *database, const char *sql, sqlite3_stmt **ret,
                    struct tum_error **err)
{
    int rc = sqlite3_prepare_v3(database->connection, sql, -1,
                                SQLITE_PREPARE_PERSISTENT, ret, NULL);

    return rc == SQLITE_OK ? true : database_fail(database, rc, err);
}

/* Opens the empty file, chooses the journal and makes the tables. */
static bool set_up(struct tum_database *database, bool wal, struct tum_error **err)
{
    const char *path = database->path;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                (path == NULL ? SQLITE_OPEN_FULLMUTEX : SQLITE_OPEN_NOMUTEX);
    int rc =
        sqlite3_open_v2(path != NULL ? path : "", &database->connection, flags, NULL);

    if (rc != SQLITE_OK)
        return database_fail(database, rc, err);
    sqlite3_busy_timeout(database->connection, TUM_DATABASE_PATIENCE_MS);
    if (!database_exec(database, "PRAGMA synchronous=OFF", err))
        return false;
    if (path == NULL) {
        set_journal(database->connection, "memory", &rc);
    } else {
        database->wal = wal && set_journal(database->connection, "wal", &rc);
        if (!database->wal)
            set_journal(database->connection, "truncate", &rc);
    }
    if (rc != SQLITE_OK)
        return database_fail(database, rc, err);
    if (!database_exec(database, "BEGIN IMMEDIATE", err) ||
        !database_exec(database, schema_sql, err) ||
        !database_exec(database, "COMMIT", err))
        return false;
    if (database->wal && !database_exec(database,
                                        "PRAGMA synchronous=NORMAL;"
                                        "PRAGMA wal_autocheckpoint=" CHECKPOINT_PAGES,
                                        err))
        return false;
    return prepare(database, "BEGIN IMMEDIATE", &database->begin, err) &&
           prepare(database, "COMMIT", &database->commit, err) &&
           prepare(database, "UPDATE header SET value=?2 WHERE key=?1",
                   &database->change_header, err) &&
           prepare(database, "INSERT INTO header VALUES(?,?)", &database->add_header,
                   err) &&
           prepare(database, "INSERT INTO tests VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
                   &database->add_row, err);
}

static void shut(struct tum_database *database)
{
    sqlite3_stmt **statements[] = {&database->begin, &database->commit,
                                   &database->change_header, &database->add_header,
                                   &database->add_row};

    for (size_t i = 0; i < TUM_LEN(statements); i++) {
        sqlite3_finalize(*statements[i]);
        *statements[i] = NULL;
    }
    sqlite3_close(database->connection);
    database->connection = NULL;
}

bool tum_database_create(const char *path, bool no_wal, struct tum_database **ret,
                         struct tum_error **err)
{
    struct tum_database *database;
    struct tum_error *first = NULL;
    char *absolute = NULL;

    if (path != NULL) {
        /* Absolute, so that no name means something special to SQLite. */
        absolute = tum_path_absolute(path);
        if (!make_file(absolute, err)) {
            tum_free(absolute);
            return false;
        }
    }
    database = tum_new(struct tum_database);
    database->path = absolute;
    tum_buf_init(&database->data, TUM_BUF_ANY);
    for (size_t i = 0; i < TUM_LEN(database->text); i++)
        tum_buf_init(&database->text[i], TUM_BUF_ANY);

    /* Shared memory that does not work shows when the tables are made. */
    if (path != NULL && !no_wal) {
        if (set_up(database, true, &first)) {
            *ret = database;
            return true;
        }
        shut(database);
        remove_companions(absolute);
        if (truncate(absolute, 0) != 0) {
            *err = first;
            tum_database_free(database);
            return false;
        }
        tum_error_free(first);
    }
    if (!set_up(database, false, err)) {
        tum_database_free(database);
        return false;
    }
    *ret = database;
    return true;
}

void tum_database_free(struct tum_database *database)
{
    if (database == NULL)
        return;
    shut(database);
    tum_buf_release(&database->data);
    for (size_t i = 0; i < TUM_LEN(database->text); i++)
        tum_buf_release(&database->text[i]);
    tum_free(database->path);
    tum_free(database);
}

const char *tum_database_path(const struct tum_database *database)
{
    return database->path;
}

sqlite3 *tum_database_connection(struct tum_database *database)
{
    return database->connection;
}

/* ---- filling ---- */

static bool step(struct tum_database *database, sqlite3_stmt *statement,
                 struct tum_error **err)
{
    int rc = sqlite3_step(statement);

    if (rc == SQLITE_DONE) {
        sqlite3_reset(statement);
        return true;
    }
    database_fail(database, rc, err); /* before reset, which forgets the errno */
    sqlite3_reset(statement);
    return false;
}

bool tum_database_begin(struct tum_database *database, struct tum_error **err)
{
    return step(database, database->begin, err);
}

bool tum_database_commit(struct tum_database *database, struct tum_error **err)
{
    return step(database, database->commit, err);
}

void tum_database_rollback(struct tum_database *database)
{
    sqlite3_exec(database->connection, "ROLLBACK", NULL, NULL, NULL);
}

/*
 * Readers in other languages refuse a whole table for one byte that is not UTF-8, so
 * such bytes, and lone surrogates, are replaced.
 */
static int bind_text(sqlite3_stmt *statement, int column, struct tum_str text,
                     struct tum_buf *repaired)
{
    if (!tum_utf8_is_ascii(text) && !tum_utf8_valid(text, NULL)) {
        tum_buf_reset(repaired);
        tum_utf8_add_replaced(repaired, text);
        text = tum_buf_str(repaired);
    }
    return sqlite3_bind_text64(statement, column, text.s != NULL ? text.s : "", text.n,
                               SQLITE_STATIC, SQLITE_UTF8);
}

static void trim_buffer(struct tum_buf *buf)
{
    if (buf->cap > KEPT_BUFFER)
        tum_buf_release(buf);
}

static bool step_header(struct tum_database *database, sqlite3_stmt *statement,
                        struct tum_str key, struct tum_str value,
                        struct tum_error **err)
{
    int rc = bind_text(statement, 1, key, &database->text[0]);

    if (rc == SQLITE_OK)
        rc = bind_text(statement, 2, value, &database->text[1]);
    if (rc != SQLITE_OK)
        return database_fail(database, rc, err);
    return step(database, statement, err);
}

bool tum_database_add_header(struct tum_database *database, struct tum_str key,
                             struct tum_str value, struct tum_error **err)
{
    return step_header(database, database->change_header, key, value, err) &&
           (sqlite3_changes(database->connection) > 0 ||
            step_header(database, database->add_header, key, value, err));
}

bool tum_database_add_row(struct tum_database *database, const struct tum_row *row,
                          struct tum_error **err)
{
    sqlite3_stmt *statement = database->add_row;
    struct tum_buf *text = database->text;
    struct tum_str data = TUM_S("{}");
    bool added;
    int rc = 0;

    if (tum_map_len(row->data) > 0) {
        tum_buf_reset(&database->data);
        tum_json_write_data(&database->data, row->data);
        data = tum_buf_str(&database->data);
    }
    rc |= sqlite3_bind_int64(statement, 1, row->timestamp_start);
    rc |= sqlite3_bind_int64(statement, 2, row->test_id);
    rc |= row->parent_id != 0 ? sqlite3_bind_int64(statement, 3, row->parent_id)
                              : sqlite3_bind_null(statement, 3);
    rc |= sqlite3_bind_int64(statement, 4, row->level);
    rc |= bind_text(statement, 5, row->name, &text[0]);
    rc |= bind_text(statement, 6, row->type, &text[1]);
    rc |= row->has_key ? bind_text(statement, 7, row->key, &text[2])
                       : sqlite3_bind_null(statement, 7);
    rc |= bind_text(statement, 8, row->result, &text[3]);
    rc |= bind_text(statement, 9, row->message, &text[4]);
    rc |= sqlite3_bind_int64(statement, 10, row->duration);
    rc |= bind_text(statement, 11, row->log, &text[5]);
    rc |= sqlite3_bind_blob64(statement, 12, data.s, data.n, SQLITE_STATIC);
    /* Only a text of over 10^9 bytes is refused here. */
    if (rc != SQLITE_OK)
        return database_fail(database, SQLITE_TOOBIG, err);
    added = step(database, statement, err);
    trim_buffer(&database->data);
    for (size_t i = 0; i < TUM_LEN(database->text); i++)
        trim_buffer(&text[i]);
    return added;
}

/* ---- finishing ---- */

static bool flush_file(const char *path, struct tum_error **err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0 || fsync(fd) != 0) {
        tum_fail_os(err, errno, "cannot finish the report database '%s'", path);
        tum_fd_close(&fd);
        return false;
    }
    tum_fd_close(&fd);
    return true;
}

/*
 * Leaving write-ahead mode folds the log into the file and removes both companions. It
 * needs the file for itself; somebody who reads for longer than our patience
 * keeps it in that mode, with nothing lost.
 */
static bool leave_wal(struct tum_database *database, struct tum_error **err)
{
    int rc;

    sqlite3_exec(database->connection, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    if (set_journal(database->connection, "delete", &rc))
        return true;
    return tum_database_fail(err, database->connection,
                             rc != SQLITE_OK ? rc : SQLITE_BUSY,
                             "cannot finish the report database", database->path);
}

bool tum_database_finish(struct tum_database *database, struct tum_error **err)
{
    bool done = true;

    if (database->path != NULL) {
        done = leave_wal(database, err);
        shut(database);
        done = done && flush_file(database->path, err);
    }
    tum_database_free(database);
    return done;
}

/* ---- copying ---- */

bool tum_database_copy(sqlite3 *from, const char *path, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *absolute = tum_path_absolute(path);
    sqlite3_backup *backup;
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(absolute, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                             NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_exec(to, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        backup = sqlite3_backup_init(to, "main", from, "main");
        if (backup != NULL) {
            sqlite3_backup_step(backup, -1);
            rc = sqlite3_backup_finish(backup);
        } else {
            rc = sqlite3_errcode(to);
        }
    }
    /* A copy of a file in write-ahead mode is in that mode too. */
    if (rc == SQLITE_OK && !set_journal(to, "delete", &rc) && rc == SQLITE_OK)
        rc = SQLITE_BUSY;
    if (rc != SQLITE_OK)
        tum_database_fail(err, to, rc, "cannot copy the report database to", absolute);
    sqlite3_close(to);
    return rc == SQLITE_OK;
}
