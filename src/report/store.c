/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: a bounded queue of rows and the one thread that writes them. What writing
 * means is in database.c.
 *
 * Who wants to see its rows committed before it goes on (a sync) writes them itself when
 * the writer does nothing: that takes less than waking a thread twice. `writing` says who
 * may touch the database. While syncs come the writer goes on resting, so that their rows
 * do not wake it either.
 *
 * Grouping. The writer sleeps until a row comes and commits that one at once. After a
 * commit it rests for GROUP_TIME, and nobody wakes it for a single row meanwhile: under
 * load rows are then committed in groups, and handing one over costs a copy and no
 * system call. A sync, a filling queue and the end cut the rest short.
 *
 * The queue is one block used in a circle. A record is never split: when the rest of
 * the block is too short, it is skipped. Texts of a row that are large together get memory of
 * their own, which counts against the same limit.
 */
#include "report/store.h"
#include "base/lock.h"
#include "report/database.h"
#include "tum/mem.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* Rest between two commits; with the writing itself well below TUM_STORE_LATEST. */
#define GROUP_TIME   (20 * TUM_MS)
/* Rows whose texts are longer than this together get their own memory. */
#define INLINE_TEXT  ((size_t)TUM_HOSTILE_OR(24, 65536))
/* Size of the circle; a record must fit in half of it. */
#define CIRCLE_SIZE  ((size_t)TUM_HOSTILE_OR(1024, TUM_STORE_QUEUE / 2))
/* Fill at which the writer is woken from its rest. */
#define WAKE_FILL    (CIRCLE_SIZE / 4)
/* The writer gives room back to waiting callers this often. */
#define RELEASE_STEP (CIRCLE_SIZE / 8)
#define ALIGNMENT    16

enum record_kind { RECORD_ROW, RECORD_HEADER, RECORD_COPY, RECORD_SKIP };

enum row_text { NAME, TYPE, KEY, RESULT, MESSAGE, LOG, TEXTS };

struct copy_request {
    const char *path;
    struct tum_error *err;
    bool done;
};

/* What stands in the circle, followed by the texts unless they are in `apart`. */
struct record {
    uint32_t size; /* of all of it, a multiple of ALIGNMENT */
    uint8_t kind;
    bool has_key;
    int32_t level;
    int64_t timestamp_start, duration, test_id, parent_id;
    tum_val data;              /* owned */
    size_t length[TEXTS];      /* header: NAME is the key, TYPE the value */
    char *apart;               /* owned; NULL: the texts follow */
    struct copy_request *copy; /* RECORD_COPY: borrowed from the waiting caller */
};

struct tum_store {
    struct tum_database *database; /* the writer's */
    void (*failed)(void *ctx, const char *text);
    void *ctx;
    pthread_t thread;

    struct tum_lock lock;
    struct tum_cond work; /* for the writer: a reason to go on */
    struct tum_cond room; /* for callers: space was given back */
    struct tum_cond done; /* for callers: a group was committed, a copy made */
    /* Guarded by `lock`. Positions count bytes since the start and never wrap. */
    uint64_t head;         /* end of the last record */
    uint64_t tail;         /* start of the first record not yet given back */
    uint64_t committed;    /* end of the last record that readers see */
    size_t apart;          /* bytes of text in memory of their own */
    unsigned room_waiters; /* callers waiting for room */
    unsigned hurry;        /* callers waiting for `done` */
    bool writing;          /* somebody has the database: the writer, or a sync */
    bool synced;           /* a sync has written since the writer began to rest */
    bool idle;             /* the writer sleeps until it is woken */
    bool resting;          /* the writer sleeps for GROUP_TIME at most */
    bool closing;

    atomic_bool broken;      /* a write has failed; set by the writer */
    struct tum_error *error; /* why; read after `broken` with the lock held */

    char *circle;
};

static size_t round_up(size_t n)
{
    return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static struct record *record_at(struct tum_store *store, uint64_t position)
{
    return (struct record *)(void *)(store->circle + position % CIRCLE_SIZE);
}

/* ---- the callers' side ---- */

static void wake_writer(struct tum_store *store)
{
    if (store->idle || store->resting) {
        store->idle = false;
        store->resting = false;
        tum_cond_signal(&store->work);
    }
}

/*
 * Reserves `size` contiguous bytes in the circle and counts `apart` bytes outside of it;
 * waits while there is no room. Called and returns with the lock held.
 */
static struct record *reserve(struct tum_store *store, size_t size, size_t apart)
{
    for (;;) {
        size_t to_end = CIRCLE_SIZE - store->head % CIRCLE_SIZE;
        size_t skipped = to_end < size ? to_end : 0;
        bool room = store->head + skipped + size - store->tail <= CIRCLE_SIZE &&
                    (apart == 0 || store->apart == 0 ||
                     store->apart + apart <= TUM_STORE_QUEUE / 2);

        if (room) {
            if (skipped != 0) {
                struct record *skip = record_at(store, store->head);

                skip->size = (uint32_t)skipped;
                skip->kind = RECORD_SKIP;
                store->head += skipped;
            }
            store->apart += apart;
            return record_at(store, store->head);
        }
        store->room_waiters++;
        wake_writer(store);
        tum_cond_wait(&store->room, &store->lock, TUM_FOREVER);
        store->room_waiters--;
    }
}

/* Makes the record visible to the writer and leaves the lock. */
static void hand_over(struct tum_store *store, size_t size)
{
    store->head += size;
    if (store->idle || (store->resting && store->head - store->tail > WAKE_FILL))
        wake_writer(store);
    tum_lock_leave(&store->lock);
}

static void put_texts(char *to, const struct tum_str *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (texts[i].n == 0)
            continue;
        memcpy(to, texts[i].s, texts[i].n);
        to += texts[i].n;
    }
}

/* Queues `head` with its texts; head->length and head->size are filled in here. */
static void enqueue(struct tum_store *store, struct record *head,
                    const struct tum_str *texts, size_t count)
{
    struct record *record;
    size_t total = 0, inside;

    for (size_t i = 0; i < count; i++) {
        head->length[i] = texts[i].n;
        total += texts[i].n;
    }
    if (total > INLINE_TEXT) {
        head->apart = tum_alloc(total);
        put_texts(head->apart, texts, count);
    }
    inside = head->apart == NULL ? total : 0;
    head->size = (uint32_t)round_up(sizeof(*head) + inside);

    tum_lock_enter(&store->lock);
    record = reserve(store, head->size, total - inside);
    *record = *head;
    if (inside > 0)
        put_texts((char *)(record + 1), texts, count);
    hand_over(store, head->size);
}

void tum_store_header(struct tum_store *store, const char *key, const char *value)
{
    struct tum_str texts[] = {tum_str_of(key), tum_str_of(value)};
    struct record head = {.kind = RECORD_HEADER};

    if (!atomic_load_explicit(&store->broken, memory_order_relaxed))
        enqueue(store, &head, texts, TUM_LEN(texts));
}

void tum_store_row(struct tum_store *store, const struct tum_row *row)
{
    const struct tum_str texts[TEXTS] = {
        [NAME] = row->name,     [TYPE] = row->type,       [KEY] = row->key,
        [RESULT] = row->result, [MESSAGE] = row->message, [LOG] = row->log,
    };
    struct record head = {
        .kind = RECORD_ROW,
        .has_key = row->has_key,
        .level = row->level,
        .timestamp_start = row->timestamp_start,
        .duration = row->duration,
        .test_id = row->test_id,
        .parent_id = row->parent_id,
    };

    if (atomic_load_explicit(&store->broken, memory_order_relaxed))
        return;
    head.data = tum_val_ref(row->data);
    enqueue(store, &head, texts, TEXTS);
}

/* The lock is held. */
static bool is_broken(struct tum_store *store, struct tum_error **err)
{
    if (!atomic_load(&store->broken))
        return false;
    tum_fail(err, store->error->kind, "%s", store->error->text);
    (*err)->os = store->error->os;
    return true;
}

static void write_group(struct tum_store *store, uint64_t from, uint64_t to);

/* Writes and commits what waits. Called and returns with the lock held; nobody writes. */
static void write_waiting(struct tum_store *store)
{
    uint64_t from = store->tail, to = store->head;

    store->writing = true;
    tum_lock_leave(&store->lock);
    write_group(store, from, to);
    tum_lock_enter(&store->lock);
    store->committed = to;
    store->writing = false;
    if (store->hurry > 0)
        tum_cond_broadcast(&store->done);
}

/* Waits while somebody writes. The lock is held. */
static void wait_written(struct tum_store *store)
{
    store->hurry++;
    while (store->writing)
        tum_cond_wait(&store->done, &store->lock, TUM_FOREVER);
    store->hurry--;
}

/* Returns when all before `head` is committed. The lock is held. */
static void commit_all(struct tum_store *store)
{
    uint64_t wanted = store->head;

    while (store->committed < wanted) {
        if (store->writing)
            wait_written(store);
        else
            write_waiting(store);
        store->synced = true;
    }
}

bool tum_store_sync(struct tum_store *store, struct tum_error **err)
{
    bool good;

    tum_lock_enter(&store->lock);
    if (tum_database_path(store->database) != NULL)
        commit_all(store);
    good = !is_broken(store, err);
    tum_lock_leave(&store->lock);
    return good;
}

bool tum_store_copy(struct tum_store *store, const char *path, struct tum_error **err)
{
    struct copy_request request = {.path = path};
    struct record head = {.kind = RECORD_COPY, .copy = &request};

    /* Broken or not: what was committed can be copied. */
    enqueue(store, &head, NULL, 0);
    tum_lock_enter(&store->lock);
    store->hurry++;
    wake_writer(store);
    while (!request.done)
        tum_cond_wait(&store->done, &store->lock, TUM_FOREVER);
    store->hurry--;
    tum_lock_leave(&store->lock);
    if (request.err == NULL)
        return true;
    *err = request.err;
    return false;
}

/* ---- the writer's side ---- */

static void writer_fail(struct tum_store *store, struct tum_error *error)
{
    tum_lock_enter(&store->lock);
    store->error = error;
    atomic_store(&store->broken, true);
    tum_lock_leave(&store->lock);
    if (store->failed != NULL)
        store->failed(store->ctx, error->text);
}

static struct tum_str next_text(const char **at, size_t length)
{
    struct tum_str text = {*at, length};

    *at += length;
    return text;
}

static bool write_record(struct tum_store *store, const struct record *record,
                         struct tum_error **err)
{
    const char *at = record->apart != NULL ? record->apart : (const char *)(record + 1);
    struct tum_str texts[TEXTS];

    for (size_t i = 0; i < TEXTS; i++)
        texts[i] = next_text(&at, record->length[i]);
    if (record->kind == RECORD_HEADER)
        return tum_database_add_header(store->database, texts[0], texts[1], err);
    return tum_database_add_row(store->database,
                                &(struct tum_row){
                                    .timestamp_start = record->timestamp_start,
                                    .duration = record->duration,
                                    .test_id = record->test_id,
                                    .parent_id = record->parent_id,
                                    .level = record->level,
                                    .has_key = record->has_key,
                                    .name = texts[NAME],
                                    .type = texts[TYPE],
                                    .key = texts[KEY],
                                    .result = texts[RESULT],
                                    .message = texts[MESSAGE],
                                    .log = texts[LOG],
                                    .data = record->data,
                                },
                                err);
}

static void make_copy(struct tum_store *store, struct copy_request *request)
{
    tum_database_copy(tum_database_connection(store->database), request->path,
                      &request->err);
    tum_lock_enter(&store->lock);
    request->done = true;
    tum_cond_broadcast(&store->done);
    tum_lock_leave(&store->lock);
}

/* Gives the memory before `position` back to the callers. */
static void give_back(struct tum_store *store, uint64_t position, size_t apart)
{
    tum_lock_enter(&store->lock);
    store->tail = position;
    store->apart -= apart;
    if (store->room_waiters > 0)
        tum_cond_broadcast(&store->room);
    tum_lock_leave(&store->lock);
}

/* One group: begin, records, commit. Only records of rows and headers open it. */
struct group {
    bool open;
    struct tum_error *err;
};

static void group_add(struct tum_store *store, struct group *group,
                      const struct record *record)
{
    if (atomic_load_explicit(&store->broken, memory_order_relaxed))
        return;
    if (!group->open)
        group->open = tum_database_begin(store->database, &group->err);
    if (group->open)
        write_record(store, record, &group->err);
}

static void group_end(struct tum_store *store, struct group *group)
{
    if (group->open && group->err == NULL)
        tum_database_commit(store->database, &group->err);
    if (group->err != NULL) {
        tum_database_rollback(store->database);
        writer_fail(store, group->err);
    }
    *group = (struct group){0};
}

/* Writes all records in [from, to) and commits them. */
static void write_group(struct tum_store *store, uint64_t from, uint64_t to)
{
    struct group group = {0};
    uint64_t released = from, at = from;
    size_t apart = 0;

    while (at < to) {
        struct record *record = record_at(store, at);
        enum record_kind kind = (enum record_kind)record->kind;

        at += record->size;
        if (kind == RECORD_COPY) {
            group_end(store, &group);
            make_copy(store, record->copy);
        } else if (kind != RECORD_SKIP) {
            group_add(store, &group, record);
            tum_val_unref(record->data);
            if (record->apart != NULL) {
                for (size_t i = 0; i < TEXTS; i++)
                    apart += record->length[i];
                tum_free(record->apart);
            }
        }
        if (group.err != NULL)
            group_end(store, &group); /* tells at once, drops the rest */
        if (at - released >= RELEASE_STEP || apart >= TUM_STORE_QUEUE / 8) {
            give_back(store, at, apart);
            released = at;
            apart = 0;
        }
    }
    group_end(store, &group);
    give_back(store, to, apart);
}

/* Sleeps after a commit. The lock is held. */
static void rest(struct tum_store *store)
{
    tum_time until = tum_time_add(tum_now(), GROUP_TIME);

    store->resting = true;
    store->synced = false;
    while (store->resting && !store->closing && store->hurry == 0 &&
           store->room_waiters == 0) {
        if (!tum_cond_wait(&store->work, &store->lock, until))
            break;
    }
    store->resting = false;
}

static void *writer_main(void *arg)
{
    struct tum_store *store = arg;

    tum_lock_enter(&store->lock);
    for (;;) {
        if (store->writing) {
            wait_written(store);
            continue;
        }
        if (store->tail == store->head) {
            if (store->closing)
                break;
            if (store->synced) {
                rest(store);
                continue;
            }
            store->idle = true;
            while (store->idle && !store->closing)
                tum_cond_wait(&store->work, &store->lock, TUM_FOREVER);
            store->idle = false;
            continue;
        }
        write_waiting(store);
        rest(store);
    }
    tum_lock_leave(&store->lock);
    return NULL;
}

/* ---- opening and closing ---- */

static bool start_writer(struct tum_store *store, struct tum_error **err)
{
    sigset_t all, before;
    int rc;

    /* Signals belong to the threads that wait for them. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&store->thread, NULL, writer_main, store);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0 ? true : tum_fail_os(err, rc, "cannot start the report's writer");
}

static void store_free(struct tum_store *store)
{
    tum_cond_release(&store->work);
    tum_cond_release(&store->room);
    tum_cond_release(&store->done);
    tum_lock_release(&store->lock);
    tum_error_free(store->error);
    tum_free(store->circle);
    tum_free(store);
}

bool tum_store_open(const struct tum_store_opts *opts, struct tum_store **ret,
                    struct tum_error **err)
{
    struct tum_database *database;
    struct tum_store *store;

    if (!tum_database_create(opts->path, opts->no_wal, &database, err))
        return false;
    store = tum_new(struct tum_store);
    store->database = database;
    store->failed = opts->failed;
    store->ctx = opts->ctx;
    store->circle = tum_alloc(CIRCLE_SIZE);
    atomic_init(&store->broken, false);
    tum_lock_init(&store->lock, TUM_RANK_STORE);
    tum_cond_init(&store->work);
    tum_cond_init(&store->room);
    tum_cond_init(&store->done);
    if (!start_writer(store, err)) {
        tum_database_free(database);
        store_free(store);
        return false;
    }
    *ret = store;
    return true;
}

bool tum_store_close(struct tum_store *store, struct tum_error **err)
{
    struct tum_error *finishing = NULL;
    bool good;

    tum_lock_enter(&store->lock);
    store->closing = true;
    wake_writer(store);
    tum_lock_leave(&store->lock);
    pthread_join(store->thread, NULL);

    good = tum_database_finish(store->database, &finishing);
    if (store->error != NULL) {
        *err = store->error; /* came first */
        store->error = NULL;
        tum_error_free(finishing);
        good = false;
    } else if (!good) {
        *err = finishing;
    }
    store_free(store);
    return good;
}

/* ---- for readers ---- */

void tum_store_expose(struct tum_store *store, const char **ret_path,
                      sqlite3 **ret_shared)
{
    tum_lock_enter(&store->lock);
    commit_all(store);
    tum_lock_leave(&store->lock);
    *ret_path = tum_database_path(store->database);
    *ret_shared = tum_database_connection(store->database);
}
