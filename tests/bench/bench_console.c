/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speed of consoles: matching of a burst, the time from the byte that completes a match to
 * the end of the read, round trips on a terminal, how soon a stop ends a read. Prints; judges
 * nothing.
 */
#include "tum/clock.h"
#include "tum/console.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BURST  ((size_t)100 << 20)
#define PIECE  ((size_t)256 << 10)
#define ROUNDS 2000

static struct tum_expect *pattern(const char *text, bool regex)
{
    struct tum_error *err = NULL;
    struct tum_str what = tum_str_of(text);
    struct tum_expect *x = tum_expect_new(&what, 1, regex, &err);

    if (x == NULL)
        tum_die("%s", err->text);
    return x;
}

static char *make_text(size_t size, bool wide)
{
    char *text = tum_alloc(size + 1);
    size_t at = 0;

    for (unsigned i = 0; at < size; i++)
        at +=
            (size_t)snprintf(text + at, size - at,
                             wide ? "[%6u] zeile %u grüße aus dem gerät\r\n"
                                  : "[%6u] usb 1-%u: new device found, idVendor=%x\r\n",
                             i, i % 7, i * 77);
    return text;
}

static void burst(const char *what, const char *text, size_t piece, const char *words,
                  bool regex)
{
    struct tum_expect *x = pattern(words, regex);
    struct tum_expect_match match;
    struct tum_error *err = NULL;
    tum_time begun = tum_now();
    size_t from = 0;

    while (from < BURST) {
        size_t to = TUM_MIN(from + piece, BURST);

        while (to < BURST && ((unsigned char)text[to] & 0xC0) == 0x80)
            to++;
        if (tum_expect_scan(x, tum_str_n(text, to), from, NULL, TUM_FOREVER, &match,
                            &err) != TUM_EXPECT_NOT)
            tum_die("a match where there is none");
        from = to;
    }
    printf("%-44s %8.0f MB/s\n", what,
           (double)BURST / 1e6 / ((double)(tum_now() - begun) / 1e9));
    tum_expect_free(x);
}

/* ---- a peer that answers when told ---- */

struct peer {
    int listener, fd;
    _Atomic tum_time sent;
};

static int listen_somewhere(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        tum_die("no port to listen on");
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void *peer_main(void *arg)
{
    struct peer *peer = arg;

    peer->fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
    for (int i = 0; i < ROUNDS; i++) {
        char byte;

        if (read(peer->fd, &byte, 1) != 1)
            break;
        /* The reader is to be asleep again by then. */
        tum_wait(NULL, -1, 0, tum_now() + 300 * TUM_US);
        peer->sent = tum_now();
        if (write(peer->fd, "x", 1) != 1)
            break;
    }
    close(peer->fd);
    return NULL;
}

static int by_time(const void *a, const void *b)
{
    const tum_time *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static struct tum_console *open_console(struct tum_consoles *all,
                                        struct tum_console_opts *opts)
{
    struct tum_error *err = NULL;
    bool again;

    if (!tum_console_open(all, opts, &again, &err))
        tum_die("%s", tum_error_text(err));
    return tum_console_get(all, opts->name);
}

static void read_one(struct tum_console *console, struct tum_expect *x,
                     struct tum_stop *stop, bool expected)
{
    struct tum_console_read_opts opts = {
        .expect = x, .timeout = 5 * TUM_SECOND, .stop = stop};
    struct tum_console_read read;

    tum_console_read(console, &opts, &read);
    if ((read.outcome == TUM_CONSOLE_MATCH) != expected)
        tum_die("read: outcome %d", (int)read.outcome);
    tum_console_read_release(&read);
}

static void send_text(struct tum_console *console, const char *text)
{
    struct tum_error *err = NULL;

    if (!tum_console_send(console, tum_str_of(text), NULL, NULL, &err))
        tum_die("%s", tum_error_text(err));
}

static void latency(struct tum_consoles *all)
{
    struct tum_console_opts opts = {
        .name = "peer", .protocol = "rawtcp", .host = "127.0.0.1"};
    struct tum_expect *x = pattern("x", false);
    static tum_time took[ROUNDS];
    struct tum_console *console;
    struct peer peer = {0};
    pthread_t thread;

    peer.listener = listen_somewhere(&opts.port);
    pthread_create(&thread, NULL, peer_main, &peer);
    console = open_console(all, &opts);
    for (int i = 0; i < ROUNDS; i++) {
        send_text(console, "?");
        read_one(console, x, NULL, true);
        took[i] = tum_now() - peer.sent;
    }
    pthread_join(thread, NULL);
    qsort(took, ROUNDS, sizeof(*took), by_time);
    printf("%-44s %8.3f ms\n", "byte sent to end of read, median",
           (double)took[ROUNDS / 2] / 1e6);
    printf("%-44s %8.3f ms\n", "byte sent to end of read, 99th percentile",
           (double)took[ROUNDS * 99 / 100] / 1e6);
    tum_expect_free(x);
    tum_console_unref(console);
    close(peer.listener);
}

/* ---- a terminal ---- */

static void terminal(struct tum_consoles *all)
{
    static const char *const argv[] = {"cat", NULL};
    struct tum_console_opts opts = {
        .name = "cat", .protocol = "terminal", .argv = argv};
    struct tum_expect *x = pattern("ping\r\n", false);
    struct tum_console *console;
    tum_time begun = tum_now();
    char *log = NULL;

    console = open_console(all, &opts);
    printf("%-44s %8.3f ms\n", "open of a terminal (and of the guardian)",
           (double)(tum_now() - begun) / 1e6);
    begun = tum_now();
    for (int i = 0; i < 100; i++) {
        send_text(console, "ping\n");
        read_one(console, x, NULL, true);
    }
    printf("%-44s %8.3f ms\n", "100 round trips on a terminal",
           (double)(tum_now() - begun) / 1e6);
    tum_console_unref(console);
    begun = tum_now();
    tum_console_close(all, "cat", &log);
    printf("%-44s %8.3f ms\n", "close of a terminal",
           (double)(tum_now() - begun) / 1e6);
    tum_expect_free(x);
}

static void *stopper(void *arg)
{
    tum_wait(NULL, -1, 0, tum_now() + 50 * TUM_MS);
    tum_stop_request(arg, TUM_STOP_USER);
    return NULL;
}

static void stop(struct tum_consoles *all)
{
    static const char *const argv[] = {"cat", NULL};
    struct tum_console_opts opts = {
        .name = "stop", .protocol = "terminal", .argv = argv};
    struct tum_expect *x = pattern("never", false);
    struct tum_stop *token = tum_stop_new(NULL);
    struct tum_console *console = open_console(all, &opts);
    tum_time begun = tum_now();
    pthread_t thread;

    pthread_create(&thread, NULL, stopper, token);
    read_one(console, x, token, false);
    printf("%-44s %8.3f ms\n", "a stop to the end of a read",
           (double)(tum_now() - begun) / 1e6 - 50);
    pthread_join(thread, NULL);
    tum_console_unref(console);
    tum_expect_free(x);
    tum_stop_unref(token);
}

/* What comes over a socket as fast as it goes, matched. */
static void *flood_main(void *arg)
{
    struct peer *peer = arg;
    char *text = make_text((size_t)1 << 20, false);

    peer->fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
    for (size_t sent = 0; sent < BURST;) {
        ssize_t n = write(peer->fd, text, (size_t)1 << 20);

        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    if (write(peer->fd, "THE-END", 7) < 0)
        tum_die("the flood was not taken");
    close(peer->fd);
    tum_free(text);
    return NULL;
}

static void flood(struct tum_consoles *all, const char *what, bool regex)
{
    struct tum_console_opts opts = {
        .name = "flood", .protocol = "rawtcp", .host = "127.0.0.1"};
    struct tum_console_read_opts how = {.timeout = TUM_FOREVER};
    struct tum_console_read read;
    struct tum_console *console;
    struct peer peer = {0};
    pthread_t thread;
    tum_time begun;
    char *log;

    how.expect = pattern(what, regex);
    peer.listener = listen_somewhere(&opts.port);
    pthread_create(&thread, NULL, flood_main, &peer);
    console = open_console(all, &opts);
    begun = tum_now();
    tum_console_read(console, &how, &read);
    if (read.outcome != TUM_CONSOLE_MATCH)
        tum_die("flood: outcome %d", (int)read.outcome);
    printf("100 MB over a socket, %-22s %8.0f MB/s, %llu dropped\n", what,
           (double)read.text.len / 1e6 / ((double)(tum_now() - begun) / 1e9),
           (unsigned long long)tum_console_dropped(console));
    tum_console_read_release(&read);
    pthread_join(thread, NULL);
    tum_console_unref(console);
    tum_console_close(all, "flood", &log);
    tum_expect_free(how.expect);
    close(peer.listener);
}

int main(int argc, char **argv)
{
    char *plain, *wide;
    struct tum_consoles *all;

    if (argc > 1 && strcmp(argv[1], "--guardian-of") == 0)
        return tum_guardian_main(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    plain = make_text(BURST, false);
    wide = make_text(BURST, true);
    burst("literal, ASCII", plain, PIECE, "THE-END", false);
    burst("literal, UTF-8", wide, PIECE, "THE-END", false);
    burst("literal, pieces of 4 KiB", plain, 4096, "THE-END", false);
    burst("regex idProduct=(\\d+), ASCII", plain, PIECE, "idProduct=(\\d+)", true);
    burst("regex \\d+;, ASCII", plain, PIECE, "\\d+;", true);
    burst("regex (?i)the-end$, UTF-8", wide, PIECE, "(?i)the-end$", true);
    burst("regex (?s)BOOT.*login, pieces of 4 KiB", plain, 4096, "(?s)BOOT.*login",
          true);
    burst("regex (?s)usb.*login, pieces of 4 KiB", plain, 4096, "(?s)usb.*login", true);
    tum_free(plain);
    tum_free(wide);
    all = tum_consoles_new();
    terminal(all);
    latency(all);
    stop(all);
    flood(all, "THE-END", false);
    flood(all, "END$", true);
    flood(all, "(?s)usb.*THE-END", true);
    tum_consoles_free(all);
    tum_guardian_close(TUM_SECOND);
    return 0;
}
