/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite file behind a store: made, filled, finished. One thread at a time, except
 * where said. The store decides when to begin and to commit.
 */
#ifndef TUM_DATABASE_H
#define TUM_DATABASE_H

#include "tum/report.h"
#include <sqlite3.h>

struct tum_database;

/* Longest wait for a lock that another program holds on the file. */
#define TUM_DATABASE_PATIENCE_MS 30000

/*
 * A new database with the two tables. path NULL: private. The folder must exist; an
 * existing file is saved first.
 */
bool tum_database_create(const char *path, bool no_wal, struct tum_database **ret,
                         struct tum_error **err);
void tum_database_free(struct tum_database *database); /* accepts NULL; no finish */

bool tum_database_begin(struct tum_database *database, struct tum_error **err);
bool tum_database_commit(struct tum_database *database, struct tum_error **err);
void tum_database_rollback(struct tum_database *database);
/* Texts and row->data are borrowed. */
bool tum_database_add_header(struct tum_database *database, struct tum_str key,
                             struct tum_str value, struct tum_error **err);
bool tum_database_add_row(struct tum_database *database, const struct tum_row *row,
                          struct tum_error **err);
/*
 * Closes: everything in one file, rollback-journal format, flushed once. Frees the
 * database also when it fails.
 */
bool tum_database_finish(struct tum_database *database, struct tum_error **err);

/* NULL for a private database; borrowed. */
const char *tum_database_path(const struct tum_database *database);
/*
 * The connection, for reading a private database, which no other connection can see. It
 * is serialised by SQLite; rows are only ever added.
 */
sqlite3 *tum_database_connection(struct tum_database *database);

/* Copies what `from` sees into a new file in rollback-journal format. */
bool tum_database_copy(sqlite3 *from, const char *path, struct tum_error **err);
/* "WHAT 'PATH': reason of SQLite (reason of the system)". Returns false. */
bool tum_database_fail(struct tum_error **err, sqlite3 *connection, int rc,
                       const char *what, const char *path);

#endif
