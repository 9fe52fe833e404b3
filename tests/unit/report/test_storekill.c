/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What outlives a killed process, and a full disk. The writing process is a child that is
 * ended by SIGKILL after a number of its steps that differs from time to time.
 */
#include "folder.h"
#include "unit.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define KILLS 100

/* How a child writes. */
struct plan {
    bool no_wal;
    unsigned seed;
    int reports; /* the parent kills after this many … */
    bool closes; /* … and the child closes the store then, instead of going on */
};

/* Writes rows in bursts; tells the number of rows known to be committed. */
static void write_rows(const char *path, int tell, const struct plan *plan)
{
    unsigned seed = plan->seed;
    int reports = 0;
    struct tum_error *err = NULL;
    struct tum_store *store = NULL;
    char log[5000];

    memset(log, 'l', sizeof(log));
    good(tum_store_open(&(struct tum_store_opts){.path = path, .no_wal = plan->no_wal},
                        &store, &err),
         &err);
    tum_store_header(store, "test_name", "n");
    for (int64_t id = 1;;) {
        int64_t last = id + rand_r(&seed) % 40;

        for (; id <= last; id++)
            tum_store_row(store, &(struct tum_row){
                                     .test_id = id,
                                     .name = TUM_S("a row"),
                                     .message = TUM_S("PASS"),
                                     .log = {log, (size_t)rand_r(&seed) % sizeof(log)},
                                 });
        if (rand_r(&seed) % 3 == 0)
            continue; /* killed between hand-over and commit as well */
        sync_store(store);
        if (write(tell, &last, sizeof(last)) != sizeof(last))
            _exit(1);
        if (plan->closes && ++reports == plan->reports) {
            close_store(store);
            _exit(0);
        }
    }
}

static int64_t kill_after(const char *path, const struct plan *plan)
{
    int64_t committed = 0, told;
    int tell[2], status;
    pid_t child;

    ck_assert_int_eq(pipe(tell), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(tell[0]);
        write_rows(path, tell[1], plan);
    }
    close(tell[1]);
    for (int i = 0; i < plan->reports; i++) {
        ck_assert_int_eq(read(tell[0], &told, sizeof(told)), sizeof(told));
        committed = told;
    }
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) || plan->closes);
    while (read(tell[0], &told, sizeof(told)) == sizeof(told))
        committed = told;
    close(tell[0]);
    return committed;
}

static int64_t number(const char *path, const char *text)
{
    char *got = sql(path, text);
    int64_t result = -1;

    ck_assert(tum_str_int(tum_str_of(got), &result));
    tum_free(got);
    return result;
}

START_TEST(killed_at_any_moment)
{
    for (unsigned i = 0; i < KILLS; i++) {
        struct plan plan = {
            .no_wal = i % 4 == 3,
            .seed = i + 1,
            .reports = (int)(i % 13) + 1,
            .closes = i % 5 == 4,
        };
        const char *path;
        struct tum_report *report = NULL;
        struct tum_error *err = NULL;
        struct tum_str value;
        int64_t committed, count;

        folder_make();
        path = folder_file("a.db");
        committed = kill_after(path, &plan);

        /* A reader that may not write comes first: it finds the rows as well. */
        good(tum_report_open(path, &report, &err), &err);
        ck_assert_int_ge((int64_t)tum_report_row_count(report), committed);
        ck_assert(tum_report_header(report, "test_name", &value));
        ck_assert(!tum_report_header(report, "test_result", &value));
        tum_report_close(report);

        path = folder_file("a.db");
        check_sql(path, "PRAGMA integrity_check", "ok");
        count = number(path, "SELECT count(*) FROM tests");
        ck_assert_int_ge(count, committed);
        ck_assert_int_eq(number(path, "SELECT coalesce(max(test_id),0) FROM tests"),
                         count);
        check_sql(path, "SELECT count(*) FROM header WHERE key='test_result'", "0");
        folder_remove();
    }
}
END_TEST

/* ---- full disk ---- */

struct failure {
    int calls;
    char text[512];
};

static void failed(void *ctx, const char *text)
{
    struct failure *failure = ctx;

    failure->calls++;
    snprintf(failure->text, sizeof(failure->text), "%s", text);
}

/* Exit statuses of the child: which expectation did not hold. */
enum { HOLDS, NOT_OPENED, NO_FAILURE, NOT_ONE_CALL, CLOSED_WELL, WRONG_WORDS, SYNCED };

static int fill_disk(const char *path, bool no_wal)
{
    struct rlimit limit = {256 << 10, 256 << 10};
    struct failure failure = {0};
    struct tum_error *err = NULL;
    struct tum_store *store;
    bool synced = true;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    if (!tum_store_open(
            &(struct tum_store_opts){
                .path = path, .failed = failed, .ctx = &failure, .no_wal = no_wal},
            &store, &err))
        return NOT_OPENED;
    for (int i = 1; i <= 6000; i++) {
        add_brief(store, &(struct brief){.id = i,
                                         .name = "some name",
                                         .message = "PASS",
                                         .log = "some line\nsome line\nsome line\n"});
        if (i % 20 != 0)
            continue;
        tum_error_clear(&err);
        synced = tum_store_sync(store, &err);
    }
    if (synced)
        return NO_FAILURE;
    tum_error_clear(&err);
    if (tum_store_sync(store, &err))
        return SYNCED;
    tum_error_clear(&err);
    if (tum_store_close(store, &err))
        return CLOSED_WELL;
    if (failure.calls != 1)
        return NOT_ONE_CALL;
    return strstr(err->text, path) != NULL && strcmp(err->text, failure.text) == 0
               ? HOLDS
               : WRONG_WORDS;
}

START_TEST(full_disk)
{
    const char *path;
    int status;
    pid_t child;

    folder_make();
    path = folder_file("a.db");
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(fill_disk(path, _i != 0));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), HOLDS);
    check_sql(path, "PRAGMA integrity_check", "ok");
    ck_assert_int_gt(number(path, "SELECT count(*) FROM tests"), 20);
    ck_assert_int_eq(number(path, "SELECT max(test_id)-count(*) FROM tests"), 0);
    folder_remove();
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, killed_at_any_moment);
    tcase_add_loop_test(t, full_disk, 0, 2);
}

UNIT_MAIN("storekill", add)
