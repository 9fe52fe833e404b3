/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file .tum/state.db: what earlier batches found out, and how far a batch is.
 * SQLite in WAL mode; several batches may use it at the same time, each change is one
 * transaction. One thread at a time.
 */
#ifndef TUM_STATE_H
#define TUM_STATE_H

#include "tum/buf.h"
#include "tum/err.h"
#include <sqlite3.h>

#define TUM_STATE_VERSION 1
/* Runs of a node that are kept. */
#define TUM_STATE_HISTORY 50
/* Batches that are kept, with what they left below .tum/runs. */
#define TUM_STATE_BATCHES 50

struct tum_state;

/*
 * Opens `folder`/.tum/state.db; makes it when `create` is set. *ret is NULL when there is
 * none and `create` is not set. A file that is corrupt or of a newer version is moved to
 * state.db.bad-N, said in *ret_warning (tum_free; NULL: nothing to say).
 */
bool tum_state_open(const char *folder, bool create, struct tum_state **ret,
                    char **ret_warning, struct tum_error **err);
void tum_state_close(struct tum_state *state);               /* accepts NULL */
const char *tum_state_folder(const struct tum_state *state); /* the one of .tum */

/*
 * Runs one statement. `types` has a letter for each parameter that follows: t text (NULL
 * is NULL), i int64_t, d double, s struct tum_str.
 */
bool tum_state_run(struct tum_state *state, struct tum_error **err, const char *sql,
                   const char *types, ...);
/* The same for a query; `row` is called for each row and may return false to end. */
bool tum_state_each(struct tum_state *state, struct tum_error **err,
                    bool (*row)(void *ctx, sqlite3_stmt *st), void *ctx,
                    const char *sql, const char *types, ...);
/* First column of the first row as an integer, `deflt` without a row or on failure. */
int64_t tum_state_int(struct tum_state *state, int64_t deflt, const char *sql,
                      const char *types, ...);
bool tum_state_begin(struct tum_state *state, struct tum_error **err);
/* Commits when `ok`, else rolls back. False: it could not be committed. */
bool tum_state_end(struct tum_state *state, bool ok, struct tum_error **err);

/* Text of a column, "" for NULL; borrowed until the next row. */
const char *tum_column_text(sqlite3_stmt *st, int column);

#endif
