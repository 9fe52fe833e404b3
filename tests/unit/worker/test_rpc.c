/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several threads on one link. The worker is a thread of the test here: it reads
 * messages and answers as told by them.
 */
#include "base/fd.h"
#include "tum/mem.h"
#include "unit.h"
#include "worker/frame.h"
#include "worker/rpc.h"
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

struct peer {
    struct tum_rpc *rpc;
    int fd, raw;
    struct tum_frames frames;
};

static char *cause(void *ctx)
{
    return tum_asprintf("the test (%s)", (const char *)ctx);
}

static void peer_open(struct peer *p)
{
    struct tum_error *err = NULL;
    int ours, raw;

    ck_assert(tum_fd_socketpair(&ours, &p->fd, &err));
    ck_assert(tum_fd_set_blocking(ours, false, &err));
    ck_assert(tum_fd_pipe(&raw, &p->raw, &err));
    ck_assert(tum_fd_set_blocking(raw, false, &err));
    p->rpc = tum_rpc_new(&(struct tum_rpc_opts){
        .link = ours, .raw = raw, .cause = cause, .ctx = (void *)(uintptr_t) "cut"});
    tum_frames_init(&p->frames);
}

static void peer_close(struct peer *p)
{
    tum_rpc_free(p->rpc);
    tum_frames_release(&p->frames);
    tum_fd_close(&p->fd);
    tum_fd_close(&p->raw);
}

static void peer_say(struct peer *p, const char *text)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    ck_assert(tum_frame_add(&out, tum_str_of(text), &err));
    ck_assert(tum_fd_write_all(p->fd, tum_buf_str(&out), &err));
    tum_buf_release(&out);
}

/* The next message to the peer; empty at the end. */
static struct tum_str peer_hear(struct peer *p)
{
    struct tum_str text = {"", 0};

    while (tum_frames_next(&p->frames, &text) != TUM_FRAMES_ONE)
        if (tum_frames_read(&p->frames, p->fd) == TUM_FRAMES_END)
            return (struct tum_str){"", 0};
    return text;
}

static int64_t member(tum_val map, const char *key)
{
    int64_t i = -1;
    tum_val v;

    if (tum_map_peeks(map, key, &v) && !tum_val_to_int64(v, &i))
        i = -1;
    return i;
}

START_TEST(messages_go_where_they_belong)
{
    struct peer p;
    tum_val m;

    peer_open(&p);
    struct tum_rpc_call *a = tum_rpc_call_open(p.rpc), *b = tum_rpc_call_open(p.rpc);

    ck_assert_int_eq(tum_rpc_call_id(a), 1);
    ck_assert_int_eq(tum_rpc_call_id(b), 2);
    peer_say(&p, "{\"call\": 2, \"n\": 20}");
    peer_say(&p, "{\"call\": 9, \"n\": 90}");
    peer_say(&p, "{\"call\": 1, \"n\": 10}");
    peer_say(&p, "{\"call\": 2, \"n\": 21}");
    for (int i = 0; i < 3; i++) {
        struct tum_rpc_call *call = i == 0 ? a : b;

        ck_assert_int_eq(tum_rpc_call_next(call, NULL, TUM_FOREVER, &m),
                         TUM_RPC_MESSAGE);
        ck_assert_int_eq(member(m, "n"), i == 0 ? 10 : 19 + i);
        tum_val_unref(m);
    }
    ck_assert_int_eq(tum_rpc_call_next(a, NULL, tum_now() + TUM_MS, &m), TUM_RPC_LATE);
    tum_rpc_call_close(a, true);
    tum_rpc_call_close(b, true);
    peer_close(&p);
}
END_TEST

START_TEST(greeting_comes_to_all)
{
    struct peer p;
    tum_val m;

    peer_open(&p);
    struct tum_rpc_call *a = tum_rpc_call_open(p.rpc), *b = tum_rpc_call_open(p.rpc);

    ck_assert(!tum_rpc_hello(p.rpc, &m));
    peer_say(&p, "{\"hello\": {\"protocol\": 5}}");
    ck_assert_int_eq(tum_rpc_call_next(a, NULL, TUM_FOREVER, &m), TUM_RPC_MESSAGE);
    tum_val_unref(m);
    ck_assert_int_eq(tum_rpc_call_next(b, NULL, TUM_FOREVER, &m), TUM_RPC_MESSAGE);
    tum_val_unref(m);
    ck_assert(tum_rpc_hello(p.rpc, &m));
    ck_assert_int_eq(member(m, "protocol"), 5);
    tum_val_unref(m);
    tum_rpc_call_close(a, true);
    tum_rpc_call_close(b, true);
    peer_close(&p);
}
END_TEST

static const struct {
    const char *name, *say;
    size_t n;
} breaks[] = {
    {"end", "", 0},
    {"end within a message", "\0\0\0\5{", 5},
    {"no frame", "Traceback (most recent call last)", 33},
    {"no JSON", "\0\0\0\3{x}", 7},
};

START_TEST(loss_is_told_to_all)
{
    struct peer p;
    char *why;
    tum_val m;

    peer_open(&p);
    struct tum_rpc_call *a = tum_rpc_call_open(p.rpc), *b = tum_rpc_call_open(p.rpc);
    struct tum_error *err = NULL;

    ck_assert(!tum_rpc_is_lost(p.rpc));
    ck_assert_int_eq(write(p.fd, breaks[_i].say, breaks[_i].n), breaks[_i].n);
    if (breaks[_i].n < 6)
        tum_fd_close(&p.fd);
    ck_assert_int_eq(tum_rpc_call_next(a, NULL, TUM_FOREVER, &m), TUM_RPC_LOST);
    ck_assert_int_eq(tum_rpc_call_next(b, NULL, TUM_FOREVER, &m), TUM_RPC_LOST);
    ck_assert(tum_rpc_is_lost(p.rpc));
    why = tum_rpc_cause(p.rpc);
    ck_assert_str_eq(why, "the test (cut)");
    tum_free(why);
    ck_assert(!tum_rpc_send(p.rpc, TUM_S("{}"), &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LOST);
    tum_error_free(err);
    tum_rpc_call_close(a, false);
    tum_rpc_call_close(b, false);
    peer_close(&p);
}
END_TEST

START_TEST(death_while_nobody_waits_is_found)
{
    struct peer p;

    peer_open(&p);
    tum_fd_close(&p.fd);
    ck_assert(tum_rpc_is_lost(p.rpc));
    peer_close(&p);
}
END_TEST

/* An abandoned call: the worker is told, and whatever it asks is refused. */
START_TEST(abandoned)
{
    struct tum_stop *stop = tum_stop_new(NULL);
    struct peer p;
    tum_val m;

    peer_open(&p);
    struct tum_rpc_call *a = tum_rpc_call_open(p.rpc), *b = tum_rpc_call_open(p.rpc);

    tum_stop_request(stop, TUM_STOP_USER);
    ck_assert_int_eq(tum_rpc_call_next(a, stop, TUM_FOREVER, &m), TUM_RPC_STOPPED);
    /* One request waits in the queue of the call, one comes when it is gone. */
    peer_say(&p, "{\"call\": 1, \"ask\": 3, \"op\": \"gd\"}");
    peer_say(&p, "{\"call\": 2, \"n\": 1}");
    ck_assert_int_eq(tum_rpc_call_next(b, NULL, TUM_FOREVER, &m), TUM_RPC_MESSAGE);
    tum_val_unref(m);
    tum_rpc_call_close(a, false);
    peer_say(&p, "{\"call\": 1, \"ask\": 4, \"op\": \"gd\"}");
    peer_say(&p, "{\"call\": 1, \"value\": 1}");
    peer_say(&p, "{\"call\": 2, \"n\": 2}");
    ck_assert_int_eq(tum_rpc_call_next(b, NULL, TUM_FOREVER, &m), TUM_RPC_MESSAGE);
    ck_assert_int_eq(member(m, "n"), 2);
    tum_val_unref(m);
    ck_assert(tum_str_is(peer_hear(&p), "{\"drop\": 1}"));
    ck_assert(tum_str_is(peer_hear(&p),
                         "{\"answer\": 3, \"error\": \"the call was abandoned\"}"));
    ck_assert(tum_str_is(peer_hear(&p),
                         "{\"answer\": 4, \"error\": \"the call was abandoned\"}"));
    tum_rpc_call_close(b, true);
    peer_close(&p);
    tum_stop_unref(stop);
}
END_TEST

START_TEST(raw_output)
{
    struct tum_buf raw = TUM_BUF_INIT(100), rest = TUM_BUF_INIT(4);
    struct peer p;
    tum_val m;

    peer_open(&p);
    struct tum_rpc_call *a = tum_rpc_call_open(p.rpc);

    ck_assert_int_eq(write(p.raw, "\377raw", 4), 4);
    while (raw.len < 4) {
        ck_assert_int_eq(tum_rpc_call_next(a, NULL, TUM_FOREVER, &m), TUM_RPC_MESSAGE);
        ck_assert_int_eq(tum_val_kind(m), TUM_BYTES);
        tum_buf_addt(&raw, tum_val_text(m));
        tum_val_unref(m);
    }
    ck_assert_str_eq(raw.s, "\377raw");
    ck_assert_int_eq(write(p.raw, "123456", 6), 6);
    tum_rpc_drain(p.rpc, &rest);
    ck_assert_str_eq(rest.s, "1234");
    /* Its end is no end of the link, and is not looked at again and again. */
    ck_assert_int_eq(tum_rpc_call_next(a, NULL, TUM_FOREVER, &m), TUM_RPC_MESSAGE);
    tum_val_unref(m);
    tum_fd_close(&p.raw);
    ck_assert_int_eq(tum_rpc_call_next(a, NULL, tum_now() + 20 * TUM_MS, &m),
                     TUM_RPC_LATE);
    tum_rpc_call_close(a, true);
    tum_buf_release(&raw);
    tum_buf_release(&rest);
    peer_close(&p);
}
END_TEST

/* "raw TEXT": on the raw descriptor; else a message whose `behind` is the number. */
static const struct {
    const char *raw;
    int behind;
} written[] = {{NULL, 0},   {"ab", 0}, {NULL, 2}, {NULL, 2},
               {"cdef", 0}, {NULL, 6}, {"g", 0}};

static void write_both(struct peer *p)
{
    struct tum_error *err = NULL;
    char text[100];

    for (size_t i = 0; i < TUM_LEN(written); i++) {
        if (written[i].raw != NULL) {
            ck_assert(tum_fd_write_all(p->raw, tum_str_of(written[i].raw), &err));
            continue;
        }
        snprintf(text, sizeof text,
                 "{\"call\": 1, \"behind\": %d, \"at\": %lld, \"n\": %zu}",
                 written[i].behind, (long long)tum_now(), i);
        peer_say(p, text);
    }
}

START_TEST(raw_output_is_in_order)
{
    TUM_AUTO(tum_buf_release) struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);
    struct peer p;
    tum_val m;

    peer_open(&p);
    struct tum_rpc_call *call = tum_rpc_call_open(p.rpc);

    write_both(&p);
    while (tum_str_find_char(tum_buf_str(&got), 'g', 0) == TUM_STR_NONE) {
        ck_assert_int_eq(tum_rpc_call_next(call, NULL, TUM_FOREVER, &m),
                         TUM_RPC_MESSAGE);
        if (tum_val_kind(m) == TUM_BYTES)
            tum_buf_addt(&got, tum_val_text(m));
        else
            tum_buf_addf(&got, "%d", (int)member(m, "n"));
        tum_val_unref(m);
    }
    ck_assert_str_eq(got.s, "0ab23cdef5g");
    tum_rpc_call_close(call, true);
    peer_close(&p);
}
END_TEST

/* A worker that does not read holds up neither the sender nor a stop. */
START_TEST(deaf_worker)
{
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_buf big = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    struct peer p;
    size_t heard = 0;
    tum_val m;

    peer_open(&p);
    struct tum_rpc_call *a = tum_rpc_call_open(p.rpc);

    tum_buf_fill(&big, ' ', TUM_HOSTILE_OR(1 << 19, 5 << 20));
    for (int i = 0; i < 3; i++)
        ck_assert(tum_rpc_send(p.rpc, tum_buf_str(&big), &err));
    tum_stop_set_deadline(stop, tum_now() + 10 * TUM_MS);
    ck_assert_int_eq(tum_rpc_call_next(a, stop, TUM_FOREVER, &m), TUM_RPC_STOPPED);
    /* A waiting call sends the rest when the worker reads again. */
    for (int i = 0; i < 3; i++) {
        struct tum_str text;

        while (tum_frames_next(&p.frames, &text) != TUM_FRAMES_ONE) {
            struct pollfd fd = {.fd = p.fd, .events = POLLIN};

            while (poll(&fd, 1, 0) == 0)
                tum_rpc_call_next(a, NULL, tum_now() + TUM_MS, &m);
            ck_assert_int_eq(tum_frames_read(&p.frames, p.fd), TUM_FRAMES_SOME);
        }
        heard += text.n;
    }
    ck_assert_uint_eq(heard, 3 * big.len);
    tum_rpc_call_close(a, true);
    tum_buf_release(&big);
    peer_close(&p);
    tum_stop_unref(stop);
}
END_TEST

/* ---- many threads ---- */

#define THREADS 8
#define ROUNDS  200

/* Answers each call with its id, after a question, in an order of its own. */
static void *echo_main(void *arg)
{
    struct peer *p = arg;
    struct tum_str text;

    while ((text = peer_hear(p)).n > 0) {
        struct tum_error *err = NULL;
        char reply[100];
        tum_val m;

        ck_assert(tum_json_read(text, (struct tum_span){0}, &m, &err));
        if (member(m, "ask") >= 0)
            snprintf(reply, sizeof reply, "{\"call\": %d, \"ask\": %d}",
                     (int)member(m, "call"), (int)member(m, "ask"));
        else
            snprintf(reply, sizeof reply, "{\"call\": %d, \"value\": %d}",
                     (int)member(m, "call"), (int)member(m, "n"));
        tum_val_unref(m);
        peer_say(p, reply);
    }
    return NULL;
}

static void ask(struct tum_rpc *rpc, struct tum_rpc_call *call, const char *key, int n)
{
    struct tum_error *err = NULL;
    char text[100];

    snprintf(text, sizeof text, "{\"call\": %d, \"%s\": %d}",
             (int)tum_rpc_call_id(call), key, n);
    ck_assert(tum_rpc_send(rpc, tum_str_of(text), &err));
}

struct caller {
    pthread_t thread;
    struct tum_rpc *rpc;
    int number, wrong;
};

static void *caller_main(void *arg)
{
    struct caller *c = arg;

    for (int i = 0; i < ROUNDS; i++) {
        struct tum_rpc_call *call = tum_rpc_call_open(c->rpc);
        struct tum_stop *stop = tum_stop_new(NULL);
        bool give_up = i % 17 == 16;
        tum_val m;

        if (give_up)
            tum_stop_set_deadline(stop, tum_now() + 20 * TUM_US);
        ask(c->rpc, call, "ask", i);
        if (tum_rpc_call_next(call, stop, TUM_FOREVER, &m) == TUM_RPC_MESSAGE) {
            c->wrong += member(m, "ask") != i;
            tum_val_unref(m);
            ask(c->rpc, call, "n", c->number * ROUNDS + i);
            if (tum_rpc_call_next(call, NULL, TUM_FOREVER, &m) == TUM_RPC_MESSAGE) {
                c->wrong += member(m, "value") != c->number * ROUNDS + i;
                tum_val_unref(m);
            } else {
                c->wrong++;
            }
            tum_rpc_call_close(call, true);
        } else {
            c->wrong += !give_up;
            tum_rpc_call_close(call, false);
        }
        tum_stop_unref(stop);
    }
    return NULL;
}

START_TEST(many_threads)
{
    struct caller callers[THREADS];
    pthread_t echo;
    struct peer p;

    peer_open(&p);
    pthread_create(&echo, NULL, echo_main, &p);
    for (int i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){.rpc = p.rpc, .number = i};
        pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(callers[i].thread, NULL);
        ck_assert_int_eq(callers[i].wrong, 0);
    }
    tum_rpc_free(p.rpc);
    p.rpc = NULL;
    pthread_join(echo, NULL);
    peer_close(&p);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, messages_go_where_they_belong);
    tcase_add_test(t, greeting_comes_to_all);
    tcase_add_loop_test(t, loss_is_told_to_all, 0, TUM_LEN(breaks));
    tcase_add_test(t, death_while_nobody_waits_is_found);
    tcase_add_test(t, abandoned);
    tcase_add_test(t, raw_output);
    tcase_add_test(t, raw_output_is_in_order);
    tcase_add_test(t, deaf_worker);
    tcase_add_test(t, many_threads);
}

UNIT_MAIN("rpc", add)
