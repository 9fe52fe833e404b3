/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report's database: writing it during a run, reading it afterwards or meanwhile.
 *
 * The file is SQLite with two tables and nothing else:
 *     header(key TEXT, value TEXT)
 *     tests(timestamp_start INT, test_id INT NOT NULL, parent_id INT, level INT,
 *           test_name TEXT, test_type TEXT, report_key TEXT, result TEXT, message TEXT,
 *           duration INT, log TEXT, data JSON)
 * `data` is a BLOB of ASCII JSON. Times are ticks of 0.1 ms since the start of the run. A
 * row is added when its item ends, so rowid order is end order.
 *
 * Writing: one thread of the store owns the database; tum_store_row copies into a bounded
 * queue. A row is committed when it is the first after a pause, else with others, at the
 * latest TUM_STORE_LATEST after it was handed over. What is promised is to
 * outlive the death of the process: after a kill at any moment the file opens, is sound,
 * and has every row that was committed.
 */
#ifndef TUM_REPORT_H
#define TUM_REPORT_H

#include "tum/buf.h"
#include "tum/clock.h"
#include "tum/err.h"
#include "tum/val.h"

#define TUM_TICK         ((tum_time)100000) /* of the columns in ticks */
#define TUM_STORE_LATEST (100 * TUM_MS)
/* Bytes of rows that wait for the writer; whoever would pass it waits. */
#define TUM_STORE_QUEUE  ((size_t)4 << 20)
/* Most rows a report is read with (12 bytes of memory each while it is open, about 80 while
   it is being opened). */
#define TUM_REPORT_ROWS  100000000u

struct tum_store;
struct tum_report;

/* ---- writing ---- */

struct tum_store_opts {
    /*
     * The file to write; NULL: a private database that vanishes with the store (and is
     * kept on disk by SQLite, so that memory stays flat). An existing file is renamed
     * first, as tum_file_save_old.
     */
    const char *path;
    /*
     * Called once, by the writer thread or by one that waits for its rows, when a write
     * fails; `text` is borrowed. Later rows are dropped. May be NULL. Must not call the
     * store.
     */
    void (*failed)(void *ctx, const char *text);
    void *ctx;
    /* Rollback journal instead of a write-ahead log, as where shared memory is impossible. */
    bool no_wal;
};

/*
 * What a row says. All is borrowed: texts are copied; of `data` a reference is kept
 * until it is written. Texts are UTF-8 and may hold NUL.
 */
struct tum_row {
    int64_t timestamp_start; /* ticks */
    int64_t duration;        /* ticks */
    int64_t test_id;         /* positive */
    int64_t parent_id;       /* 0: NULL */
    int level;
    bool has_key; /* false: report_key is NULL */
    struct tum_str name, type, key, result, message, log;
    tum_val data; /* a map, or none for {} */
};

/* Creates the tables. An error names the folder and the file. */
bool tum_store_open(const struct tum_store_opts *opts, struct tum_store **ret,
                    struct tum_error **err);
/*
 * Both: from any thread; wait while the queue is full. In order of the calls. A key of the
 * header that is written again has the later value.
 */
void tum_store_header(struct tum_store *store, const char *key, const char *value);
void tum_store_row(struct tum_store *store, const struct tum_row *row);
/*
 * Returns when other programs can read all rows handed over before the call (a private
 * database: at once, nobody can). False when a write has failed.
 */
bool tum_store_sync(struct tum_store *store, struct tum_error **err);
/* A consistent copy, all rows handed over included, in a new file at `path`. */
bool tum_store_copy(struct tum_store *store, const char *path, struct tum_error **err);
/*
 * Writes what waits, flushes to disk, leaves one file in rollback-journal format with no
 * companion and no lock, and frees the store, also when it fails. All readers made of it
 * must be closed. False when a row was not written or the file could not be finished.
 */
bool tum_store_close(struct tum_store *store, struct tum_error **err);

/* ---- reading ---- */

/*
 * A reader sees what was there when it was opened. One thread at a time. Rows come in
 * start order: the parent of a row is the first later row (by rowid) with its parent_id
 * as test_id; siblings go by timestamp, then rowid; rows go by timestamp, those of one
 * tick by their place in that tree.
 */
bool tum_report_open(const char *path, struct tum_report **ret, struct tum_error **err);
/* Of a store that is being written: everything handed over before the call. */
bool tum_report_open_store(struct tum_store *store, struct tum_report **ret,
                           struct tum_error **err);
void tum_report_close(struct tum_report *report); /* accepts NULL */
void tum_report_closep(struct tum_report **report);

/* Header values in stored order, borrowed; a NULL value is given as "". */
size_t tum_report_header_count(const struct tum_report *report);
void tum_report_header_at(const struct tum_report *report, size_t i,
                          struct tum_str *ret_key, struct tum_str *ret_value);
/* The last value of that key; false when there is none. */
bool tum_report_header(const struct tum_report *report, const char *key,
                       struct tum_str *ret);

#define TUM_REPORT_NO_PLACE SIZE_MAX

struct tum_report_row {
    int64_t rowid;
    int64_t timestamp_start, duration; /* ticks */
    int64_t test_id, parent_id;        /* parent_id 0: NULL */
    int64_t level;
    size_t place;  /* from 0, in start order of all rows */
    size_t parent; /* place of the parent row, or TUM_REPORT_NO_PLACE */
    bool has_key;
    struct tum_str name, type, key, result, message, log;
    struct tum_str data; /* JSON text as stored (BLOB or text); "" for NULL */
};

/*
 * Filters of SQL's LIKE: % any text, _ one character, ASCII letters in any case, no
 * escape, the whole value. A row is kept when its name matches any of `patterns` or its
 * key any of `keys`; without both all rows are. Empty patterns do not count as filters.
 */
struct tum_report_filter {
    const char *const *patterns;
    size_t pattern_count;
    const char *const *keys;
    size_t key_count;
};
bool tum_report_like(struct tum_str text, struct tum_str pattern);
/* Starts again at the first row that is kept. NULL: all rows. `filter` is borrowed until
   the next call or close. */
void tum_report_rewind(struct tum_report *report,
                       const struct tum_report_filter *filter);
/*
 * The next row; texts are borrowed until the next call on the report. *ret_more is false at
 * the end. Fails when the database cannot be read.
 */
bool tum_report_next(struct tum_report *report, struct tum_report_row *ret,
                     bool *ret_more, struct tum_error **err);
size_t tum_report_row_count(const struct tum_report *report); /* all rows */
/* The data mapping of a row; text that does not decode becomes a text value; "" is none. */
tum_val tum_report_row_data(const struct tum_report_row *row) TUM_MUST_USE;
/* A copy of the database as the reader sees it or newer, in a new file at `path`. */
bool tum_report_copy(struct tum_report *report, const char *path,
                     struct tum_error **err);

#endif
