/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consoles against programs on a terminal, pairs of terminals, and sockets of our own: what
 * is received, whose turn it is, ends, stops, logs, what is ignored.
 */
#include "consoles.h"

#include "base/fd.h"
#include "tum/udp.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* ---- terminals ---- */

START_TEST(what_comes_is_consumed_up_to_the_match)
{
    struct tum_console *c = terminal("c", "cat");

    sends(c, "alpha beta gamma\n");
    reads(c, "beta", "alpha beta");
    reads(c, "\r\n", " gamma\r\n");
    ends(c, TUM_CONSOLE_TIMEOUT, 0, "", NULL);
    shut(c, "c");
}
END_TEST

START_TEST(bytes_become_text)
{
    struct tum_console *c = terminal(
        "c",
        "printf 'a\\303'; sleep 0.05; printf '\\251b\\377c\\355\\240\\200d\\342\\202'");

    /* The last two bytes are no character any more when nothing follows. */
    ends(c, TUM_CONSOLE_ENDED, PATIENCE,
         "a\303\251b\357\277\275c\357\277\275\357\277\275\357\277\275d\357\277\275",
         "exit status 0");
    shut(c, "c");
}
END_TEST

START_TEST(bracketed_paste_is_removed)
{
    struct tum_console *c =
        terminal("c", "printf 'x\\033[?2004hy\\033[?2005h|\\033[?20'; "
                      "sleep 0.2; printf '|'");

    reads(c, "|", "xy\033[?2005h|");
    /* What is held back is given up when nothing more of it comes. */
    reads(c, "|", "\033[?20|");
    shut(c, "c");
}
END_TEST

START_TEST(program_ends)
{
    struct tum_console *c = terminal("c", "echo last words; exit 3");

    reads(c, "words", "last words");
    ends(c, TUM_CONSOLE_ENDED, TUM_FOREVER, "\r\n", "exit status 3");
    ends(c, TUM_CONSOLE_ENDED, PATIENCE, "", "exit status 3");
    shut(c, "c");
    c = terminal("c", "kill -9 $$");
    ends(c, TUM_CONSOLE_ENDED, PATIENCE, "", "signal 9");
    shut(c, "c");
}
END_TEST

START_TEST(no_such_program)
{
    const char *const argv[] = {"/no/such/program", NULL};
    struct tum_console_opts opts = {.name = "c", .protocol = "terminal", .argv = argv};
    struct tum_error *err = NULL;
    bool again;
    char *text;

    ck_assert(!tum_console_open(all, &opts, &again, &err));
    text = tum_error_text(err);
    ck_assert_msg(strstr(text, "/no/such/program") != NULL, "%s", text);
    tum_free(text);
    tum_error_free(err);
    ck_assert_ptr_null(tum_console_get(all, "c"));
}
END_TEST

START_TEST(oldest_of_a_name_answers)
{
    struct tum_console *c = terminal("dup", "echo first; exec cat");

    tum_console_unref(terminal("dup", "echo second; exec cat"));
    reads(c, "\r\n", "first\r\n");
    shut(c, "dup");
    c = tum_console_get(all, "dup");
    reads(c, "\r\n", "second\r\n");
    shut(c, "dup");
    ck_assert_ptr_null(tum_console_get(all, "dup"));
}
END_TEST

/* A program that reads and echoes slowly what is much more than the terminal holds. */
START_TEST(large_write_is_complete)
{
    struct tum_console *c = terminal("c", "stty raw; echo go; exec cat");
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_console_read read;

    reads(c, "go", "go");
    tum_buf_fill(&text, 'x', 1000000);
    tum_buf_adds(&text, "END");
    sends(c, text.s);
    ck_assert_int_eq(read_for(c, "END", PATIENCE, NULL, &read), TUM_CONSOLE_MATCH);
    ck_assert_uint_ge(read.text.len, text.len);
    tum_console_read_release(&read);
    tum_buf_release(&text);
    shut(c, "c");
}
END_TEST

/* ---- stops and turns ---- */

static void *stop_soon(void *stop)
{
    tum_wait(NULL, -1, 0, tum_now() + 50 * TUM_MS);
    tum_stop_request(stop, TUM_STOP_USER);
    return NULL;
}

START_TEST(stop_ends_a_read)
{
    struct tum_console *c = terminal("c", "echo partial; exec cat");
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_console_read read;
    pthread_t thread;

    pthread_create(&thread, NULL, stop_soon, stop);
    ck_assert_int_eq(read_for(c, "never", TUM_FOREVER, stop, &read),
                     TUM_CONSOLE_STOPPED);
    ck_assert_str_eq(read.text.s, "partial\r\n");
    pthread_join(thread, NULL);
    tum_console_read_release(&read);
    tum_stop_unref(stop);
    shut(c, "c");
}
END_TEST

START_TEST(stop_ends_a_write)
{
    struct tum_console *c = terminal("c", "stty raw; echo go; exec sleep 60");
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    pthread_t thread;

    reads(c, "go", "go");
    tum_buf_fill(&text, 'x', 10000000);
    pthread_create(&thread, NULL, stop_soon, stop);
    ck_assert(!tum_console_send(c, tum_buf_str(&text), stop, NULL, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_STOPPED);
    tum_error_free(err);
    pthread_join(thread, NULL);
    tum_stop_unref(stop);
    tum_buf_release(&text);
    shut(c, "c");
}
END_TEST

static void *read_a_line(void *console)
{
    struct tum_console_read read;

    read_for(console, "\r\n", PATIENCE, NULL, &read);
    ck_assert_int_eq(read.outcome, TUM_CONSOLE_MATCH);
    return tum_buf_detach(&read.text);
}

START_TEST(reads_take_turns)
{
    struct tum_console *c = terminal("c", "cat");
    pthread_t threads[8];
    unsigned seen = 0;

    for (size_t i = 0; i < TUM_LEN(threads); i++)
        pthread_create(&threads[i], NULL, read_a_line, c);
    for (size_t i = 0; i < TUM_LEN(threads); i++) {
        char line[16];

        snprintf(line, sizeof line, "line %zu\n", i);
        sends(c, line);
    }
    for (size_t i = 0; i < TUM_LEN(threads); i++) {
        void *line;

        pthread_join(threads[i], &line);
        ck_assert_msg(strlen(line) == 8 && memcmp(line, "line ", 5) == 0, "'%s'",
                      (char *)line);
        seen |= 1u << (((char *)line)[5] - '0');
        tum_free(line);
    }
    ck_assert_uint_eq(seen, 0xFF);
    shut(c, "c");
}
END_TEST

static void *read_until_closed(void *console)
{
    struct tum_console_read read;

    read_for(console, "never", TUM_FOREVER, NULL, &read);
    ck_assert_int_eq(read.outcome, TUM_CONSOLE_CLOSED);
    tum_console_read_release(&read);
    return NULL;
}

START_TEST(close_ends_a_read)
{
    struct tum_console *c = terminal("c", "cat");
    pthread_t thread;

    pthread_create(&thread, NULL, read_until_closed, c);
    tum_wait(NULL, -1, 0, tum_now() + 50 * TUM_MS);
    shut(tum_console_get(all, "c"), "c");
    pthread_join(thread, NULL);
    tum_console_unref(c);
}
END_TEST

static void *one_of_many(void *arg)
{
    char name[16], line[32], want[32];
    struct tum_console *c;

    snprintf(name, sizeof name, "c%zu", (size_t)arg);
    c = terminal(name, "cat");
    for (int i = 0; i < 20; i++) {
        snprintf(line, sizeof line, "%s says %d\n", name, i);
        snprintf(want, sizeof want, "%s says %d\r\n", name, i);
        sends(c, line);
        reads(c, "\r\n", want);
    }
    shut(c, name);
    return NULL;
}

START_TEST(many_at_once)
{
    pthread_t threads[32];

    for (size_t i = 0; i < TUM_LEN(threads); i++)
        pthread_create(&threads[i], NULL, one_of_many, (void *)i);
    for (size_t i = 0; i < TUM_LEN(threads); i++)
        pthread_join(threads[i], NULL);
}
END_TEST

/* ---- sockets ---- */

static int listen_here(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static struct tum_console *connected(const char *protocol, int *ret_peer)
{
    struct tum_console_opts opts = {
        .name = "t", .protocol = protocol, .host = "127.0.0.1"};
    int listener = listen_here(&opts.port);
    struct tum_console *c = opened(&opts);

    *ret_peer = accept(listener, NULL, NULL);
    close(listener);
    return c;
}

static void peer_says(int peer, const char *bytes, size_t n)
{
    ck_assert_int_eq(write(peer, bytes, n), (ssize_t)n);
}

START_TEST(peer_dies)
{
    struct linger reset = {.l_onoff = 1};
    struct tum_console *c;
    int peer;

    c = connected("rawtcp", &peer);
    peer_says(peer, "half", 4);
    close(peer);
    ends(c, TUM_CONSOLE_ENDED, TUM_FOREVER, "half", "closed");
    shut(c, "t");
    c = connected("rawtcp", &peer);
    peer_says(peer, "half", 4);
    reads(c, "half", "half");
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(peer);
    ends(c, TUM_CONSOLE_ENDED, TUM_FOREVER, "", "reset");
    shut(c, "t");
}
END_TEST

START_TEST(telnet_options_are_refused_while_nobody_reads)
{
    char answer[3];
    struct tum_console *c;
    int peer;

    c = connected("telnet", &peer);
    peer_says(peer, "lo\xFF\xFD\x01gin: ", 10);
    ck_assert_int_eq(recv(peer, answer, 3, MSG_WAITALL), 3);
    ck_assert_int_eq(memcmp(answer, "\xFF\xFC\x01", 3), 0);
    reads(c, "login: ", "login: ");
    shut(c, "t");
    close(peer);
}
END_TEST

START_TEST(goodbye_keeps_what_was_written)
{
    char got[16] = "";
    struct tum_console *c;
    int peer;

    c = connected("rawtcp", &peer);
    peer_says(peer, "unread", 6);
    sends(c, "last words");
    shut(c, "t");
    ck_assert_int_eq(recv(peer, got, 10, MSG_WAITALL), 10);
    ck_assert_str_eq(got, "last words");
    close(peer);
}
END_TEST

START_TEST(refused_and_unknown)
{
    struct tum_console_opts opts = {
        .name = "t", .protocol = "rawtcp", .host = "127.0.0.1"};
    struct tum_error *err = NULL;
    int fd = listen_here(&opts.port);
    bool again;

    close(fd);
    ck_assert(!tum_console_open(all, &opts, &again, &err));
    ck_assert(strstr(err->text, "127.0.0.1:") != NULL);
    tum_error_clear(&err);
    opts.protocol = "telnat";
    ck_assert(!tum_console_open(all, &opts, &again, &err));
    ck_assert(strstr(err->text, "'telnat', did you mean 'telnet'") != NULL);
    tum_error_free(err);
}
END_TEST

/* More than a console keeps: the oldest goes, and that is told. */
START_TEST(unread_text_is_bounded)
{
    /* More than the limit by what the buffers of a connection may hold, and then some. */
    size_t part = (size_t)1 << 20, more = 24 * part, sent = 0, dropped;
    char *block = tum_alloc(part);
    struct tum_console_read read;
    struct tum_console *c;
    int peer;

    memset(block, 'x', part);
    c = connected("rawtcp", &peer);
    for (; sent < TUM_CONSOLE_UNREAD + more; sent += part)
        ck_assert(tum_fd_write_all(peer, tum_str_n(block, part),
                                   &(struct tum_error *){NULL}));
    peer_says(peer, "END", 3);
    ck_assert_int_eq(read_for(c, "END", PATIENCE, NULL, &read), TUM_CONSOLE_MATCH);
    dropped = tum_console_dropped(c);
    ck_assert_uint_ge(dropped, more / 3);
    ck_assert_uint_eq(dropped + read.text.len, sent + 3);
    ck_assert_uint_eq(tum_console_dropped(c), 0);
    tum_console_read_release(&read);
    shut(c, "t");
    close(peer);
    tum_free(block);
}
END_TEST

/* ---- serial lines ---- */

static const uint32_t rates[] = {9600, 115200, 123456};

START_TEST(serial_line)
{
    struct tum_console_opts opts = {
        .name = "s", .protocol = "serial", .baud = rates[_i]};
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    struct tum_console *c;
    char name[64], got[8] = "";

    ck_assert_int_eq(grantpt(master), 0);
    ck_assert_int_eq(unlockpt(master), 0);
    ck_assert_int_eq(ptsname_r(master, name, sizeof name), 0);
    opts.device = name;
    c = opened(&opts);
    peer_says(master, "ready\r\n\0\xE9", 9);
    reads(c, "\r\n", "ready\r\n");
    sends(c, "hi\n\x04!");
    ck_assert_int_eq(read(master, got, sizeof got), 5);
    ck_assert_str_eq(got, "hi\n\x04!");
    close(master);
    ends(c, TUM_CONSOLE_ENDED, TUM_FOREVER, "", NULL);
    shut(c, "s");
}
END_TEST

START_TEST(no_serial_line)
{
    struct tum_console_opts opts = {
        .name = "s", .protocol = "serial", .device = "/dev/null", .baud = 9600};
    struct tum_error *err = NULL;
    bool again;

    ck_assert(!tum_console_open(all, &opts, &again, &err));
    ck_assert(strstr(err->text, "'/dev/null' is not a serial line") != NULL);
    tum_error_free(err);
}
END_TEST

/* ---- logs and ignored lines ---- */

START_TEST(traffic_log)
{
    const char *const argv[] = {
        "/bin/sh", "-c", "printf 'a\\tb\\r\\n\\033[1mc\\007\\303\\251\\nrest'", NULL};
    char *log = folder(), *path, *text;
    struct tum_console_opts opts = {
        .name = "dut", .protocol = "terminal", .argv = argv, .log = log};
    struct tum_error *err = NULL;
    struct tum_console *c = opened(&opts);
    size_t length;

    ends(c, TUM_CONSOLE_ENDED, PATIENCE, "a\tb\r\r\n\033[1mc\007\303\251\r\nrest",
         NULL);
    tum_console_unref(c);
    ck_assert(tum_console_close(all, "dut", &path));
    ck_assert(tum_file_read(path, 1000, &text, &length, &err));
    /* [HH:MM:SS] is ten characters. */
    ck_assert_uint_eq(length, 10 + 4 + 10 + 7 + 10 + 4);
    ck_assert_str_eq(text + 41, "rest");
    tum_free(text);
    unlink(path);
    rmdir(log);
    tum_free(path);
}
END_TEST

struct heard {
    struct tum_buf text;
};

static void hear(void *ctx, struct tum_str text, bool ignored)
{
    struct heard *heard = ctx;

    if (ignored)
        tum_buf_adds(&heard->text, "<");
    tum_buf_addt(&heard->text, text);
    if (ignored)
        tum_buf_adds(&heard->text, ">");
}

START_TEST(ignored_lines)
{
    static const char *const ignore[] = {"\\[ *\\d+\\.\\d+\\] .*"};
    const char *const argv[] = {"/bin/sh", "-c",
                                "stty -onlcr; printf 'va[ 12.5] usb 1-1\\nlue=5\\n"
                                "[ 13.0] all\\n[root@x]# '",
                                NULL};
    struct tum_console_opts opts = {.name = "c",
                                    .protocol = "terminal",
                                    .argv = argv,
                                    .ignore = ignore,
                                    .ignore_count = 1};
    struct heard heard = {.text = TUM_BUF_INIT(TUM_BUF_ANY)};
    struct tum_str what = TUM_S("# ");
    struct tum_error *err = NULL;
    struct tum_console_read_opts how = {
        .expect = tum_expect_new(&what, 1, false, &err),
        .timeout = PATIENCE,
        .on_text = hear,
        .ctx = &heard,
    };
    struct tum_console *c = opened(&opts);
    struct tum_console_read read;

    tum_console_read(c, &how, &read);
    ck_assert_int_eq(read.outcome, TUM_CONSOLE_MATCH);
    ck_assert_str_eq(read.text.s, "value=5\n[root@x]# ");
    ck_assert_str_eq(heard.text.s,
                     "va<[ 12.5] usb 1-1\n>lue=5\n<[ 13.0] all\n>[root@x]# ");
    tum_console_read_release(&read);
    tum_buf_release(&heard.text);
    tum_expect_free(how.expect);
    shut(c, "c");
}
END_TEST

/* ---- UDP ---- */

START_TEST(datagrams)
{
    struct tum_udps *udps = tum_consoles_udps(all);
    struct tum_buf got = TUM_BUF_INIT(100);
    struct tum_error *err = NULL;
    char *peer = NULL;

    ck_assert(tum_udp_open(udps, 28411, NULL, NULL, &err));
    ck_assert(!tum_udp_open(udps, 28411, NULL, NULL, &err));
    ck_assert(strstr(err->text, "28411") != NULL);
    tum_error_clear(&err);
    ck_assert(
        tum_udp_send(udps, 28411, "localhost", 28411, TUM_S("hello"), NULL, &err));
    ck_assert_int_eq(tum_udp_receive(udps, 28411, 100, NULL, tum_now() + PATIENCE, &got,
                                     &peer, &err),
                     TUM_READY);
    ck_assert_str_eq(got.s, "hello");
    ck_assert_str_eq(peer, "127.0.0.1:28411");
    ck_assert_int_eq(
        tum_udp_receive(udps, 28411, 100, NULL, tum_now() + TUM_MS, &got, &peer, &err),
        TUM_LATE);
    tum_udp_close(udps, 28411);
    ck_assert(!tum_udp_is_open(udps, 28411));
    ck_assert(!tum_udp_send(udps, 28411, "localhost", 1, TUM_S("x"), NULL, &err));
    ck_assert(tum_udp_is_multicast("239.1.2.3") && !tum_udp_is_multicast("240.0.0.1") &&
              !tum_udp_is_multicast("localhost"));
    tum_error_free(err);
    tum_free(peer);
    tum_buf_release(&got);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, what_comes_is_consumed_up_to_the_match);
    tcase_add_test(t, bytes_become_text);
    tcase_add_test(t, bracketed_paste_is_removed);
    tcase_add_test(t, program_ends);
    tcase_add_test(t, no_such_program);
    tcase_add_test(t, oldest_of_a_name_answers);
    tcase_add_test(t, large_write_is_complete);
    tcase_add_test(t, stop_ends_a_read);
    tcase_add_test(t, stop_ends_a_write);
    tcase_add_test(t, reads_take_turns);
    tcase_add_test(t, close_ends_a_read);
    tcase_add_test(t, many_at_once);
    tcase_add_test(t, peer_dies);
    tcase_add_test(t, telnet_options_are_refused_while_nobody_reads);
    tcase_add_test(t, goodbye_keeps_what_was_written);
    tcase_add_test(t, refused_and_unknown);
    tcase_add_test(t, unread_text_is_bounded);
    tcase_add_loop_test(t, serial_line, 0, TUM_LEN(rates));
    tcase_add_test(t, no_serial_line);
    tcase_add_test(t, traffic_log);
    tcase_add_test(t, ignored_lines);
    tcase_add_test(t, datagrams);
}

UNIT_MAIN("console", add)
