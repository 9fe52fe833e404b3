/* SPDX-License-Identifier: Apache-2.0 */
/* Programs run to their end: input, both outputs, limits, stop and deadline. */
#include "base/fd.h"
#include "processes.h"
#include "tum/mem.h"
#include <pthread.h>

#define ARGV(...)                                                                      \
    (const char *const[])                                                              \
    {                                                                                  \
        __VA_ARGS__, NULL                                                              \
    }
#define SHELL(script) ARGV("/bin/sh", "-c", script)

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    tum_guardian_set_program(UNIT_GUARDIAN);
}

static struct tum_proc_result run(struct tum_proc_run_opts opts)
{
    struct tum_proc_result result;
    struct tum_error *err = NULL;
    int before = open_descriptors();

    if (!tum_proc_run(&opts, &result, &err))
        ck_abort_msg("%s", tum_error_text(err));
    /* The leash is there from the first one on, and the token may have a descriptor. */
    ck_assert_int_le(open_descriptors(), before + 1 + (opts.stop != NULL));
    return result;
}

static const struct {
    const char *script, *input, *out, *err;
    int code;
} rows[] = {
    {"echo out; echo err >&2; exit 3", "", "out\n", "err\n", 3},
    {"cat", "some text", "some text", "", 0},
    {"cat", "", "", "", 0},
    {"exit 1", "nobody reads this", "", "", 1},
    {"printf 'a\\000b' | od -An -c", "", "   a  \\0   b\n", "", 0},
    {"printf no-newline", "", "no-newline", "", 0},
};

START_TEST(streams)
{
    struct tum_proc_result r = run((struct tum_proc_run_opts){
        .proc = {TUM_PROC_OPTS, .argv = SHELL(rows[_i].script)},
        .input = tum_str_of(rows[_i].input)});

    ck_assert(r.ended && !r.stopped && !r.late && r.status.exited);
    ck_assert_int_eq(r.status.code, rows[_i].code);
    ck_assert_str_eq(r.out.s, rows[_i].out);
    ck_assert_str_eq(r.err.s, rows[_i].err);
    tum_proc_result_release(&r);
}
END_TEST

/* More than any pipe holds, in all three directions at once. */
START_TEST(large)
{
    size_t size = 3 << 20;
    char *input = tum_alloc(size);
    struct tum_proc_result r;

    memset(input, 'x', size);
    r = run((struct tum_proc_run_opts){
        .proc = {TUM_PROC_OPTS, .argv = SHELL("tee /dev/stderr")},
        .input = tum_str_n(input, size)});
    ck_assert_uint_eq(r.out.len, size);
    ck_assert_uint_eq(r.err.len, size);
    ck_assert_int_eq(memcmp(r.out.s, input, size), 0);
    tum_proc_result_release(&r);
    tum_free(input);
}
END_TEST

static const struct {
    size_t limit, len;
    bool full;
} limits[] = {{99, 99, true}, {100, 100, false}, {101, 100, false}, {1, 1, true}};

START_TEST(limit)
{
    struct tum_proc_result r = run((struct tum_proc_run_opts){
        .proc = {TUM_PROC_OPTS, .argv = SHELL("printf %0100d 7; printf %0100d 7 >&2")},
        .out_limit = limits[_i].limit});

    ck_assert(r.ended && r.status.code == 0);
    ck_assert_uint_eq(r.out.len, limits[_i].len);
    ck_assert_int_eq(r.out.full, limits[_i].full);
    ck_assert_uint_eq(r.err.len, limits[_i].len);
    ck_assert_int_eq(r.err.full, limits[_i].full);
    tum_proc_result_release(&r);
}
END_TEST

START_TEST(merged)
{
    struct tum_proc_result r = run((struct tum_proc_run_opts){
        .proc = {TUM_PROC_OPTS,
                 .argv = SHELL("echo 1; echo 2 >&2; echo 3; echo 4 >&2")},
        .merge = true});

    ck_assert_str_eq(r.out.s, "1\n2\n3\n4\n");
    ck_assert_uint_eq(r.err.len, 0);
    tum_proc_result_release(&r);
}
END_TEST

static void collect(void *ctx, struct tum_str bytes, bool is_err)
{
    struct tum_buf *both = ctx;

    tum_buf_addt(&both[is_err ? 1 : 0], bytes);
}

START_TEST(callback)
{
    struct tum_buf both[2] = {TUM_BUF_INIT(1000), TUM_BUF_INIT(1000)};
    struct tum_proc_result r = run((struct tum_proc_run_opts){
        .proc = {TUM_PROC_OPTS, .argv = SHELL("echo out; echo err >&2")},
        .on_output = collect,
        .ctx = both,
        .keep_none = true});

    ck_assert_str_eq(both[0].s, "out\n");
    ck_assert_str_eq(both[1].s, "err\n");
    ck_assert_uint_eq(r.out.len + r.err.len, 0);
    tum_proc_result_release(&r);
    tum_buf_release(&both[0]);
    tum_buf_release(&both[1]);
}
END_TEST

START_TEST(deadline)
{
    const char *mark = new_mark();
    struct tum_proc_result r = run((struct tum_proc_run_opts){
        .proc = {TUM_PROC_OPTS,
                 .argv = ARGV("/bin/sh", "-c", "echo begun; sleep 100; :", mark)},
        .deadline = tum_now() + 300 * TUM_MS,
        .wait_end = true});

    ck_assert(r.late && !r.stopped && r.ended);
    ck_assert_int_eq(r.status.signal, SIGTERM);
    ck_assert_str_eq(r.out.s, "begun\n");
    ck_assert_int_eq(marked(mark, 0), 0);
    tum_proc_result_release(&r);
}
END_TEST

static void *stop_main(void *arg)
{
    tum_wait(NULL, -1, 0, tum_now() + 100 * TUM_MS);
    tum_stop_request(arg, TUM_STOP_USER);
    return NULL;
}

/* A program that does not heed SIGTERM: waited for, and not. */
START_TEST(stopped)
{
    bool wait_end = _i == 1;
    const char *mark = new_mark();
    struct tum_stop *stop = tum_stop_new(NULL);
    tum_time begin = tum_now(), took;
    struct tum_proc_result r;
    pthread_t thread;

    pthread_create(&thread, NULL, stop_main, stop);
    r = run((struct tum_proc_run_opts){
        .proc = {TUM_PROC_OPTS,
                 .argv = ARGV("/bin/sh", "-c",
                              "trap '' TERM; while :; do sleep 0.05; done", mark),
                 .grace = 600 * TUM_MS},
        .stop = stop,
        .wait_end = wait_end});
    took = tum_now() - begin;
    pthread_join(thread, NULL);
    ck_assert(r.stopped && !r.late);
    ck_assert_int_eq(r.ended, wait_end);
    if (wait_end)
        ck_assert(took >= 700 * TUM_MS);
    else
        ck_assert(took < 600 * TUM_MS); /* did not wait for the grace */
    if (wait_end)
        ck_assert_int_eq(r.status.signal, SIGKILL);
    ck_assert_int_eq(marked_after(mark, 2 * TUM_SECOND), 0);
    tum_proc_result_release(&r);
    tum_stop_unref(stop);
}
END_TEST

START_TEST(stopped_before)
{
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_proc_result r;

    tum_stop_request(stop, TUM_STOP_USER);
    r = run((struct tum_proc_run_opts){
        .proc = {TUM_PROC_OPTS, .argv = ARGV("sleep", "100")}, .stop = stop});
    ck_assert(r.stopped && !r.ended);
    tum_proc_result_release(&r);
    tum_stop_unref(stop);
}
END_TEST

START_TEST(not_found)
{
    struct tum_proc_result r;
    struct tum_error *err = NULL;
    int before = open_descriptors();

    ck_assert(!tum_proc_run(
        &(struct tum_proc_run_opts){.proc = {TUM_PROC_OPTS, .argv = ARGV("no-such")},
                                    .input = TUM_S("x")},
        &r, &err));
    ck_assert_int_le(open_descriptors(), before + 1);
    tum_error_free(err);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_loop_test(t, streams, 0, TUM_LEN(rows));
    tcase_add_test(t, large);
    tcase_add_loop_test(t, limit, 0, TUM_LEN(limits));
    tcase_add_test(t, merged);
    tcase_add_test(t, callback);
    tcase_add_test(t, deadline);
    tcase_add_loop_test(t, stopped, 0, 2);
    tcase_add_test(t, stopped_before);
    tcase_add_test(t, not_found);
}

UNIT_MAIN("procrun", add)
