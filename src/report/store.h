/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reader needs of a store that is being written.
 */
#ifndef TUM_STORE_H
#define TUM_STORE_H

#include "tum/report.h"
#include <sqlite3.h>

/*
 * Waits until all that was handed over is committed (or dropped because a write failed:
 * what was committed before is still worth reading). *ret_path: the file to open, borrowed;
 * NULL: the database is private and *ret_shared is its connection, serialised by
 * SQLite.
 */
void tum_store_expose(struct tum_store *store, const char **ret_path,
                      sqlite3 **ret_shared);

#endif
