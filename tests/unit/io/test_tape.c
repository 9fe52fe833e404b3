/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings of consoles and datagrams: what was recorded comes again, what is asked for
 * otherwise is a difference, branches may come in another order, and a full disk is told.
 */
#include "consoles.h"

#include "base/fd.h"
#include "tum/udp.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>

static void dialogue(void)
{
    struct tum_console *c = terminal("c", "cat");

    sends(c, "one\ntwo\n");
    reads(c, "one", "one");
    ends(c, TUM_CONSOLE_TIMEOUT, 1, "\r\ntwo\r\n", NULL);
    sends(c, "three\n");
    reads(c, "\r\n", "three\r\n");
    shut(c, "c");
    c = terminal("c", "echo bye; exit 3");
    ends(c, TUM_CONSOLE_ENDED, PATIENCE, "bye\r\n", "exit status 3");
    shut(c, "c");
}

START_TEST(replay)
{
    struct tum_error *err = NULL;
    char *tape = folder(), *path = tum_asprintf("%s/channels.tape", tape), *text;
    struct tum_console_opts opts = {
        .name = "c", .protocol = "rawtcp", .host = "h", .port = 1};
    struct tum_console *c;
    uint32_t random, again_random;
    bool again;

    ck_assert(tum_consoles_record(all, tape, &err));
    dialogue();
    ck_assert(tum_consoles_random(all, "it", &random, &err));
    tum_consoles_free(all);
    all = tum_consoles_new();
    ck_assert(tum_consoles_replay(all, tape, &err));
    dialogue();
    ck_assert(tum_consoles_random(all, "it", &again_random, &err));
    ck_assert_uint_eq(random, again_random);
    ck_assert(!tum_consoles_random(all, "it", &again_random, &err));
    tum_error_clear(&err);
    ck_assert(!tum_console_open(all, &opts, &again, &err));
    ck_assert_msg(strstr(err->text, "no further opening") != NULL, "%s", err->text);
    tum_error_clear(&err);

    /* A campaign that does something else. */
    tum_consoles_free(all);
    all = tum_consoles_new();
    ck_assert(tum_consoles_replay(all, tape, &err));
    c = terminal("c", "cat");
    ck_assert(!tum_console_send(c, TUM_S("one\nthree\n"), NULL, NULL, &err));
    text = tum_error_text(err);
    ck_assert_msg(strstr(text, "differs from the recording") != NULL, "%s", text);
    tum_free(text);
    tum_error_clear(&err);
    shut(c, "c");
    ck_assert(!tum_console_open(all, &opts, &again, &err));
    ck_assert_msg(strstr(err->text, "asks for rawtcp h:1") != NULL, "%s", err->text);
    tum_error_free(err);
    unlink(path);
    rmdir(tape);
    tum_free(path);
}
END_TEST

/* ---- what comes in pieces ---- */

/*
 * A recording says exactly how bytes were grouped, and time does not pass in it: what a slow
 * machine might get at once comes in pieces here.
 */
static const struct {
    const char *title, *protocol, *asks, *ignore;
    const char *pieces[4];
    const char *text;
} in_pieces[] = {
    {"a sequence that is removed",
     "terminal",
     "cat",
     NULL,
     {"x\\x1b[?20", "04", "hy\\x1b", "[?2004lz|"},
     "xyz|"},
    {"one that is not",
     "terminal",
     "cat",
     NULL,
     {"x\\x1b[?20", "05h|"},
     "x\033[?2005h|"},
    {"a character",
     "terminal",
     "cat",
     NULL,
     {"gr\\xc3", "\\xbc\\xe2\\x82", "\\xac|"},
     "grü€|"},
    {"a byte that is none",
     "terminal",
     "cat",
     NULL,
     {"a\\xe2\\x82", "b|"},
     "a\uFFFDb|"},
    {"a line that is ignored",
     "terminal",
     "cat",
     "\\[ *\\d+\\.\\d+\\] .*",
     {"va[ 12", ".5] usb", " 1-1\\n", "lue=5|"},
     "value=5|"},
    {"a line that is not",
     "terminal",
     "cat",
     "\\[ *\\d+\\.\\d+\\] .*",
     {"va[ 12", "]lue=5|"},
     "va[ 12]lue=5|"},
    {"options of telnet",
     "telnet",
     "h:23",
     NULL,
     {"a\\xff", "\\xfb", "\\x01b\\xff\\xfax", "x\\xff\\xf0c|"},
     "abc|"},
};
START_TEST(pieces)
{
    const char *const argv[] = {"cat", NULL};
    struct tum_console_opts opts = {.name = "c",
                                    .protocol = in_pieces[_i].protocol,
                                    .ignore = &in_pieces[_i].ignore,
                                    .ignore_count = in_pieces[_i].ignore != NULL};
    char *tape = folder(), *path = tum_asprintf("%s/channels.tape", tape);
    struct tum_error *err = NULL;
    struct tum_console *c;
    FILE *file = fopen(path, "we");

    if (strcmp(opts.protocol, "telnet") == 0) {
        opts.host = "h";
        opts.port = 23;
    } else {
        opts.argv = argv;
    }
    fprintf(file, "1\t1\topen\tname=c\tprotocol=%s\tasks=%s\n2\t1\topened\ttarget=t\n",
            opts.protocol, in_pieces[_i].asks);
    for (size_t i = 0; i < 4 && in_pieces[_i].pieces[i] != NULL; i++)
        fprintf(file, "3\t1\tin\tdata=%s\n", in_pieces[_i].pieces[i]);
    fprintf(file, "4\t1\tread\twhat=|\toutcome=0\tsize=%zu\n",
            strlen(in_pieces[_i].text));
    fclose(file);
    ck_assert(tum_consoles_replay(all, tape, &err));
    c = opened(&opts);
    reads(c, "|", in_pieces[_i].text);
    shut(c, "c");
    ck_assert(!tum_consoles_left(all, &err));
    unlink(path);
    rmdir(tape);
    tum_free(path);
}
END_TEST

static void replay_from(const char *tape)
{
    struct tum_error *err = NULL;

    tum_consoles_free(all);
    all = tum_consoles_new();
    ck_assert(tum_consoles_replay(all, tape, &err));
}

static void remove_tape(char *tape)
{
    char *path = tum_asprintf("%s/channels.tape", tape);

    unlink(path);
    rmdir(tape);
    tum_free(path);
}

/* What comes at once is not taken for a part of the opening. */
START_TEST(nothing_is_lost_between_open_and_read)
{
    struct tum_error *err = NULL;
    char *tape = folder();

    ck_assert(tum_consoles_record(all, tape, &err));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20; i++) {
            struct tum_console *c = terminal("c", "echo hello");

            reads(c, "hello\r\n", "hello\r\n");
            shut(c, "c");
        }
        if (round == 0)
            replay_from(tape);
    }
    remove_tape(tape);
}
END_TEST

/* ---- branches ---- */

/* A branch reads what another one causes. */
static void *write_two(void *console)
{
    /* The read is under way by then, or begins later: both are right. */
    tum_wait(NULL, -1, 0, tum_now() + 20 * TUM_MS);
    sends(console, "two\n");
    return NULL;
}

static void read_what_another_writes(void)
{
    struct tum_console *c = terminal("shared", "read y; echo got $y");
    pthread_t thread;

    pthread_create(&thread, NULL, write_two, c);
    reads(c, "got two\r\n", "got two\r\n");
    pthread_join(thread, NULL);
    shut(c, "shared");
}

START_TEST(a_read_waits_for_the_branch_that_writes)
{
    struct tum_error *err = NULL;
    char *tape = folder();

    ck_assert(tum_consoles_record(all, tape, &err));
    read_what_another_writes();
    replay_from(tape);
    read_what_another_writes();
    ck_assert(!tum_consoles_left(all, &err));
    remove_tape(tape);
}
END_TEST

START_TEST(asking_for_less_is_a_difference)
{
    struct tum_error *err = NULL;
    char *tape = folder();
    struct tum_console *c;

    ck_assert(tum_consoles_record(all, tape, &err));
    dialogue();
    replay_from(tape);
    c = terminal("c", "cat");
    sends(c, "one\ntwo\n");
    reads(c, "one", "one");
    shut(c, "c");
    ck_assert(tum_consoles_left(all, &err));
    ck_assert_msg(strstr(err->text, "'c' asks for nothing more") != NULL &&
                      strstr(err->text, "a read of never") != NULL,
                  "%s", err->text);
    tum_error_clear(&err);
    replay_from(tape);
    ck_assert(tum_consoles_left(all, &err));
    ck_assert_msg(strstr(err->text, "'c' was opened there") != NULL, "%s", err->text);
    tum_error_free(err);
    remove_tape(tape);
}
END_TEST

/* A stop cuts a read: in a replay the read waits for that stop, as it did then. */
static void *request(void *stop)
{
    tum_wait(NULL, -1, 0, tum_now() + 20 * TUM_MS);
    tum_stop_request(stop, TUM_STOP_RACE);
    return NULL;
}

static void stopped_read(void)
{
    struct tum_console *c = terminal("c", "cat");
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_console_read read;
    pthread_t thread;

    pthread_create(&thread, NULL, request, stop);
    ck_assert_int_eq(read_for(c, "never", TUM_FOREVER, stop, &read),
                     TUM_CONSOLE_STOPPED);
    ck_assert(tum_stop_is_set(stop));
    pthread_join(thread, NULL);
    tum_console_read_release(&read);
    tum_stop_unref(stop);
    shut(c, "c");
}

START_TEST(a_stop_is_waited_for)
{
    struct tum_error *err = NULL;
    char *tape = folder();

    ck_assert(tum_consoles_record(all, tape, &err));
    stopped_read();
    replay_from(tape);
    stopped_read();
    ck_assert(!tum_consoles_left(all, &err));
    remove_tape(tape);
}
END_TEST

/* ---- a full disk ---- */

START_TEST(full_disk_is_told_once)
{
    char *tape = folder(), *path = tum_asprintf("%s/channels.tape", tape);
    char *log = tum_asprintf("%s/c.log", tape);
    const char *const argv[] = {"cat", NULL};
    struct tum_console_opts opts = {
        .name = "c", .protocol = "terminal", .argv = argv, .log = log};
    struct tum_buf what = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    struct tum_console *c;

    ck_assert(symlink("/dev/full", path) == 0 && symlink("/dev/full", log) == 0);
    ck_assert(tum_consoles_record(all, tape, &err));
    c = opened(&opts);
    sends(c, "hello\n");
    reads(c, "hello\r\n", "hello\r\n");
    ck_assert(tum_console_trouble(c, &what));
    ck_assert_msg(strstr(what.s, log) != NULL && strstr(what.s, "No space") != NULL,
                  "%s", what.s);
    tum_buf_reset(&what);
    ck_assert(tum_console_trouble(c, &what));
    ck_assert_msg(strstr(what.s, path) != NULL && strstr(what.s, "No space") != NULL,
                  "%s", what.s);
    ck_assert(!tum_console_trouble(c, &what));
    sends(c, "more\n");
    reads(c, "more\r\n", "more\r\n");
    ck_assert(!tum_console_trouble(c, &what));
    ck_assert(!tum_consoles_trouble(all, &what));
    tum_buf_release(&what);
    shut(c, "c");
    unlink(log);
    remove_tape(tape);
    tum_free(path);
    tum_free(log);
}
END_TEST

/* ---- datagrams ---- */

static void exchange(void)
{
    struct tum_udps *udps = tum_consoles_udps(all);
    struct tum_buf got = TUM_BUF_INIT(100);
    struct tum_error *err = NULL;
    char *peer = NULL;

    ck_assert(tum_udp_open(udps, 28412, NULL, NULL, &err));
    ck_assert(
        tum_udp_send(udps, 28412, "127.0.0.1", 28412, TUM_S("hello"), NULL, &err));
    ck_assert_int_eq(tum_udp_receive(udps, 28412, 100, NULL, tum_now() + PATIENCE, &got,
                                     &peer, &err),
                     TUM_READY);
    ck_assert_str_eq(got.s, "hello");
    ck_assert_str_eq(peer, "127.0.0.1:28412");
    ck_assert_int_eq(
        tum_udp_receive(udps, 28412, 100, NULL, tum_now() + TUM_MS, &got, &peer, &err),
        TUM_LATE);
    tum_udp_close(udps, 28412);
    tum_free(peer);
    tum_buf_release(&got);
}

START_TEST(datagrams_come_again)
{
    struct tum_error *err = NULL;
    char *tape = folder();

    ck_assert(tum_consoles_record(all, tape, &err));
    exchange();
    replay_from(tape);
    exchange();
    ck_assert(!tum_consoles_left(all, &err));
    remove_tape(tape);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, replay);
    tcase_add_loop_test(t, pieces, 0, TUM_LEN(in_pieces));
    tcase_add_test(t, nothing_is_lost_between_open_and_read);
    tcase_add_test(t, a_read_waits_for_the_branch_that_writes);
    tcase_add_test(t, asking_for_less_is_a_difference);
    tcase_add_test(t, a_stop_is_waited_for);
    tcase_add_test(t, full_disk_is_told_once);
    tcase_add_test(t, datagrams_come_again);
}

UNIT_MAIN("tape", add)
