/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite behind the state: opening, versions, statements. Which rows there are is the
 * business of those who write them; all tables are listed here.
 */
#include "batch/state.h"
#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* "TumS" */
#define APPLICATION_ID 0x54756d53
#define PATIENCE_MS    10000

struct tum_state {
    sqlite3 *db;
    char *folder, *path;
};

/* Younger than the first state files, which get it when they are opened. */
#define SCRATCH_SQL "CREATE TABLE IF NOT EXISTS scratch(batch TEXT, path TEXT)"

static const char schema_sql[] =
    /* One row an invocation; ended NULL: under way, or killed. */
    "CREATE TABLE batch(id TEXT PRIMARY KEY, started TEXT, ended TEXT, pid INT,"
    " ticks INT, status INT, folder TEXT, seed TEXT, plan TEXT);"
    /* What it was to run: the plan of one campaign, and what came of it. */
    "CREATE TABLE campaign(batch TEXT, ordinal INT, file TEXT, shown TEXT, plan TEXT,"
    " state TEXT, outcome TEXT, result TEXT, message TEXT, duration REAL, status INT,"
    " counts TEXT, PRIMARY KEY(batch, ordinal));"
    /* Written before an attempt starts, so that killing tum renews no budget. */
    "CREATE TABLE attempt(batch TEXT, ordinal INT, number INT, started TEXT,"
    " ended TEXT, outcome TEXT, message TEXT, duration REAL, infra INT,"
    " PRIMARY KEY(batch, ordinal, number));"
    /* Everything that tum itself started. */
    "CREATE TABLE process(batch TEXT, pid INT, ticks INT, what TEXT);"
    /* Last known of each node, and its recent runs. */
    "CREATE TABLE node(file TEXT, node TEXT, outcome TEXT, duration REAL,"
    " attempts INT, message TEXT, leaf INT, at TEXT, batch TEXT,"
    " PRIMARY KEY(file, node));"
    "CREATE TABLE history(file TEXT, node TEXT, at TEXT, outcome TEXT, duration REAL,"
    " attempts INT, batch TEXT);"
    "CREATE INDEX history_node ON history(file, node);"
    /* Last known of each campaign, and the files it read. */
    "CREATE TABLE known(file TEXT PRIMARY KEY, outcome TEXT, duration REAL,"
    " message TEXT, at TEXT, batch TEXT);"
    "CREATE TABLE reads(file TEXT, path TEXT, PRIMARY KEY(file, path));"
    "CREATE INDEX reads_path ON reads(path);"
    /* Trees of campaigns as loaded, with what they depend on. */
    "CREATE TABLE listing(file TEXT PRIMARY KEY, stamp TEXT, tree TEXT);"
    /* Temporary folders of attempts that run; of a batch that was killed they stay. */
    SCRATCH_SQL ";"
    "CREATE TABLE counter(name TEXT PRIMARY KEY, value INT);";

static bool state_fail(struct tum_state *state, struct tum_error **err)
{
    int os = sqlite3_system_errno(state->db);

    if (os != 0 && (sqlite3_errcode(state->db) == SQLITE_FULL ||
                    sqlite3_errcode(state->db) == SQLITE_IOERR ||
                    sqlite3_errcode(state->db) == SQLITE_CANTOPEN))
        return tum_fail(err, TUM_ERROR_SYSTEM, "the state file '%s': %s (%s)",
                        state->path, sqlite3_errmsg(state->db), tum_errno_text(os));
    return tum_fail(err, TUM_ERROR_SYSTEM, "the state file '%s': %s", state->path,
                    sqlite3_errmsg(state->db));
}

/* ---- statements ---- */

static bool prepare(struct tum_state *state, const char *sql, const char *types,
                    va_list ap, sqlite3_stmt **ret, struct tum_error **err)
{
    if (sqlite3_prepare_v2(state->db, sql, -1, ret, NULL) != SQLITE_OK)
        return state_fail(state, err);
    for (int i = 0; types[i] != '\0'; i++) {
        struct tum_str text;
        const char *s;

        switch (types[i]) {
        case 't':
            s = va_arg(ap, const char *);
            sqlite3_bind_text(*ret, i + 1, s, -1, SQLITE_TRANSIENT);
            break;
        case 's':
            text = va_arg(ap, struct tum_str);
            sqlite3_bind_text(*ret, i + 1, text.s != NULL ? text.s : "", (int)text.n,
                              SQLITE_TRANSIENT);
            break;
        case 'i':
            sqlite3_bind_int64(*ret, i + 1, va_arg(ap, int64_t));
            break;
        case 'd':
            sqlite3_bind_double(*ret, i + 1, va_arg(ap, double));
            break;
        default:
            tum_bug("no type '%c' of a parameter", types[i]);
        }
    }
    return true;
}

static bool step_all(struct tum_state *state, sqlite3_stmt *st,
                     bool (*row)(void *ctx, sqlite3_stmt *st), void *ctx,
                     struct tum_error **err)
{
    int rc;

    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        if (row != NULL && !row(ctx, st)) {
            sqlite3_finalize(st);
            return true;
        }
    }
    if (rc != SQLITE_DONE) {
        state_fail(state, err);
        sqlite3_finalize(st);
        return false;
    }
    sqlite3_finalize(st);
    return true;
}

bool tum_state_run(struct tum_state *state, struct tum_error **err, const char *sql,
                   const char *types, ...)
{
    sqlite3_stmt *st = NULL;
    va_list ap;
    bool ok;

    va_start(ap, types);
    ok = prepare(state, sql, types, ap, &st, err);
    va_end(ap);
    return ok && step_all(state, st, NULL, NULL, err);
}

bool tum_state_each(struct tum_state *state, struct tum_error **err,
                    bool (*row)(void *ctx, sqlite3_stmt *st), void *ctx,
                    const char *sql, const char *types, ...)
{
    sqlite3_stmt *st = NULL;
    va_list ap;
    bool ok;

    va_start(ap, types);
    ok = prepare(state, sql, types, ap, &st, err);
    va_end(ap);
    return ok && step_all(state, st, row, ctx, err);
}

static bool take_int(void *ctx, sqlite3_stmt *st)
{
    if (sqlite3_column_type(st, 0) != SQLITE_NULL)
        *(int64_t *)ctx = sqlite3_column_int64(st, 0);
    return false;
}

int64_t tum_state_int(struct tum_state *state, int64_t deflt, const char *sql,
                      const char *types, ...)
{
    struct tum_error *err = NULL;
    sqlite3_stmt *st = NULL;
    int64_t value = deflt;
    va_list ap;
    bool ok;

    va_start(ap, types);
    ok = prepare(state, sql, types, ap, &st, &err);
    va_end(ap);
    if (ok)
        step_all(state, st, take_int, &value, &err);
    tum_error_free(err);
    return value;
}

bool tum_state_begin(struct tum_state *state, struct tum_error **err)
{
    return tum_state_run(state, err, "BEGIN IMMEDIATE", "");
}

bool tum_state_end(struct tum_state *state, bool ok, struct tum_error **err)
{
    struct tum_error *ignored = NULL;

    if (ok && tum_state_run(state, err, "COMMIT", ""))
        return true;
    tum_state_run(state, &ignored, "ROLLBACK", "");
    tum_error_free(ignored);
    return false;
}

const char *tum_column_text(sqlite3_stmt *st, int column)
{
    const char *text = (const char *)sqlite3_column_text(st, column);

    return text != NULL ? text : "";
}

/* ---- opening ---- */

enum found { FOUND_GOOD, FOUND_BAD, FOUND_UNUSABLE };

static int64_t pragma(struct tum_state *state, const char *sql)
{
    return tum_state_int(state, -1, sql, "");
}

static bool exec(struct tum_state *state, const char *sql)
{
    return sqlite3_exec(state->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* *ret_why is set for a bad one (static text). */
static enum found look(struct tum_state *state, const char **ret_why)
{
    int64_t version, id;
    int rc;

    rc = sqlite3_open_v2(
        state->path, &state->db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return FOUND_UNUSABLE;
    sqlite3_busy_timeout(state->db, PATIENCE_MS);
    version = pragma(state, "PRAGMA user_version");
    rc = sqlite3_errcode(state->db);
    *ret_why = "is corrupt";
    if (version < 0)
        return rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT ? FOUND_BAD : FOUND_UNUSABLE;
    id = pragma(state, "PRAGMA application_id");
    if (version == 0 && id == 0 &&
        pragma(state, "SELECT count(*) FROM sqlite_master") == 0) {
        return exec(state, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL") &&
                       exec(state, "BEGIN IMMEDIATE") &&
                       (pragma(state, "SELECT count(*) FROM sqlite_master") > 0 ||
                        exec(state, schema_sql)) &&
                       exec(state, "PRAGMA application_id=1416981843; PRAGMA "
                                   "user_version=1; COMMIT")
                   ? FOUND_GOOD
                   : FOUND_UNUSABLE;
    }
    if (id != APPLICATION_ID)
        return FOUND_BAD;
    if (version > TUM_STATE_VERSION) {
        *ret_why = "is of a newer version of tum";
        return FOUND_BAD;
    }
    if (!exec(state, "PRAGMA synchronous=NORMAL"))
        return FOUND_UNUSABLE;
    if (pragma(state, "SELECT count(*) FROM (SELECT 1 FROM node LIMIT 1)") < 0 ||
        pragma(state, "SELECT count(*) FROM (SELECT 1 FROM campaign LIMIT 1)") < 0) {
        rc = sqlite3_errcode(state->db);
        return rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB || rc == SQLITE_ERROR
                   ? FOUND_BAD
                   : FOUND_UNUSABLE;
    }
    if (!exec(state, SCRATCH_SQL) && sqlite3_errcode(state->db) != SQLITE_READONLY)
        return FOUND_UNUSABLE;
    return FOUND_GOOD;
}

/*
 * Whether the file is good takes several looks, and it may be made or put aside in
 * between: one that was empty at the first look and has tables at the second would pass
 * for a foreign one. So one process looks at a time; the kernel frees what a dead one
 * held. -1: where no file can be made nothing can be put aside either.
 */
static int look_alone(const struct tum_state *state)
{
    TUM_AUTO(tum_freep) char *path = tum_asprintf("%s.lock", state->path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
    return fd;
}

/* Renames the file and its companions to the first free state.db.bad-N. */
static char *put_aside(const struct tum_state *state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char *bad = NULL;

    for (int n = 1; bad == NULL || tum_path_exists(bad); n++) {
        tum_free(bad);
        bad = tum_asprintf("%s.bad-%d", state->path, n);
    }
    for (size_t i = 0; i < TUM_LEN(suffixes); i++) {
        TUM_AUTO(tum_freep) char *from = tum_asprintf("%s%s", state->path, suffixes[i]);
        TUM_AUTO(tum_freep) char *to = tum_asprintf("%s%s", bad, suffixes[i]);

        if (rename(from, to) != 0 && suffixes[i][0] == '\0') {
            tum_free(bad);
            return NULL;
        }
    }
    return bad;
}

static bool make_folder(const char *path, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *folder = tum_path_folder(path);

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return tum_fail_os(err, errno, "cannot make the folder '%s'", folder);
    return true;
}

/* Fills in the database, put aside and made anew when it cannot be used. */
static bool open_good(struct tum_state *state, char **ret_warning,
                      struct tum_error **err)
{
    const char *why = NULL;
    enum found found = look(state, &why);

    if (found == FOUND_BAD) {
        TUM_AUTO(tum_freep) char *bad = NULL;

        sqlite3_close(state->db);
        state->db = NULL;
        bad = put_aside(state);
        if (bad == NULL)
            return tum_fail_os(err, errno, "cannot put aside the state file '%s'",
                               state->path);
        *ret_warning = tum_asprintf("the state file '%s' %s: moved to '%s'",
                                    state->path, why, bad);
        found = look(state, &why);
    }
    if (found == FOUND_GOOD)
        return true;
    tum_free(*ret_warning);
    *ret_warning = NULL;
    return state_fail(state, err);
}

bool tum_state_open(const char *folder, bool create, struct tum_state **ret,
                    char **ret_warning, struct tum_error **err)
{
    struct tum_state *state = tum_new(struct tum_state);
    int alone;
    bool ok;

    state->folder = tum_path_join(folder, ".tum");
    state->path = tum_path_join(state->folder, "state.db");
    *ret_warning = NULL;
    if (!create && !tum_path_exists(state->path)) {
        tum_state_close(state);
        *ret = NULL;
        return true;
    }
    if (!make_folder(state->path, err)) {
        tum_state_close(state);
        return false;
    }
    alone = look_alone(state);
    ok = open_good(state, ret_warning, err);
    tum_fd_close(&alone);
    if (!ok) {
        tum_state_close(state);
        return false;
    }
    *ret = state;
    return true;
}

void tum_state_close(struct tum_state *state)
{
    if (state == NULL)
        return;
    sqlite3_close(state->db);
    tum_free(state->folder);
    tum_free(state->path);
    tum_free(state);
}

const char *tum_state_folder(const struct tum_state *state)
{
    return state->folder;
}
