/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing to a console: all of it, at its pace, in turn. How text becomes bytes is the
 * driver's.
 */
#include "io/conparts.h"

#include "base/utf8.h"
#include "io/tape.h"
#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* After a question for a password came, writes wait so long: the program may still be
   turning the echo off, and throws away what came before. */
#define ASK_PAUSE (50 * TUM_MS)

static bool asks_now(struct tum_str line)
{
    static const char *const words[] = {"password", "passphrase", "passcode", "login:"};

    for (size_t w = 0; w < TUM_LEN(words); w++) {
        size_t n = strlen(words[w]);

        for (size_t i = 0; i + n <= line.n; i++)
            if (tum_str_is_nocase(tum_str_n(line.s + i, n), words[w]))
                return true;
    }
    return false;
}

static bool fail_closing(const struct tum_console *console, struct tum_error **err)
{
    return tum_fail(err, TUM_ERROR_LOST, "console '%s' was closed meanwhile",
                    console->name);
}

static bool pause_for_password(struct tum_console *console, struct tum_conop *op,
                               struct tum_error **err)
{
    while (!console->closing && tum_now() < console->last_came + ASK_PAUSE &&
           asks_now(tum_buf_str(&console->line))) {
        if (tum_conop_wait(console, op, -1, 0, console->last_came + ASK_PAUSE) ==
            TUM_STOPPED)
            return tum_fail_stopped(err);
    }
    return true;
}

static bool fail_write(const struct tum_console *console, int os,
                       struct tum_error **err)
{
    bool gone =
        os == EIO || os == ENXIO || os == ENODEV || os == EPIPE || os == ECONNRESET;

    if (!gone || console->driver->gone == NULL)
        return tum_fail_os(err, os, "writing to console '%s' (%s)", console->name,
                           console->target);
    return tum_fail_os(err, os, "writing to console '%s': %s %s", console->name,
                       console->target, console->driver->gone);
}

static bool send_bytes(struct tum_console *console, struct tum_conop *op,
                       struct tum_str bytes, struct tum_error **err)
{
    while (bytes.n > 0) {
        ssize_t n;

        if (tum_stop_is_set(op->stop))
            return tum_fail_stopped(err);
        if (console->closing || console->fd < 0)
            return fail_closing(console, err);
        n = tum_console_send_answers(console) ? write(console->fd, bytes.s, bytes.n)
                                              : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return fail_write(console, errno, err);
        if (n > 0) {
            tum_track_out(console->track, tum_str_n(bytes.s, (size_t)n));
            bytes = tum_str_sub(bytes, (size_t)n, bytes.n);
            continue;
        }
        if (tum_conop_wait(console, op, console->fd, POLLOUT, TUM_FOREVER) ==
            TUM_STOPPED)
            return tum_fail_stopped(err);
    }
    return true;
}

static bool send_slowly(struct tum_console *console, struct tum_conop *op,
                        struct tum_str text, struct tum_error **err)
{
    struct tum_buf bytes = TUM_BUF_INIT(64);
    bool ok = true;

    while (ok && text.n > 0) {
        uint32_t c;
        size_t n = tum_utf8_decode(text.s, text.n, &c);
        tum_time until;

        tum_buf_reset(&bytes);
        if (console->driver->encode != NULL)
            console->driver->encode(&bytes, tum_str_sub(text, 0, n));
        else
            tum_buf_add(&bytes, text.s, n);
        ok = send_bytes(console, op, tum_buf_str(&bytes), err);
        until = tum_now() + console->write_delay;
        while (ok && tum_now() < until)
            if (tum_conop_wait(console, op, -1, 0, until) == TUM_STOPPED)
                ok = tum_fail_stopped(err);
        text = tum_str_sub(text, n, text.n);
    }
    tum_buf_release(&bytes);
    return ok;
}

static bool send_fast(struct tum_console *console, struct tum_conop *op,
                      struct tum_str text, struct tum_error **err)
{
    struct tum_buf bytes = TUM_BUF_INIT(TUM_BUF_ANY);
    bool ok;

    if (console->driver->encode == NULL)
        return send_bytes(console, op, text, err);
    console->driver->encode(&bytes, text);
    ok = send_bytes(console, op, tum_buf_str(&bytes), err);
    tum_buf_release(&bytes);
    return ok;
}

static bool take_turn(struct tum_console *console, struct tum_conop *op,
                      struct tum_error **err)
{
    if (tum_conop_turn(console, op, &console->writing, TUM_FOREVER) == TUM_STOPPED)
        return tum_fail_stopped(err);
    return !console->closing || fail_closing(console, err);
}

/* Lets other branches do what comes first; before this write has its turn, which they may
   need. */
static void replay_await(struct tum_console *console, struct tum_conop *op,
                         struct tum_str bytes, const char *item)
{
    tum_time deadline = tum_now() + TUM_TAPE_PATIENCE;

    while (!console->closing && !tum_track_differs(console->track) &&
           !tum_track_fits_send(console->track, bytes, item)) {
        enum tum_waited waited = tum_conop_wait(console, op, -1, 0, deadline);

        if (waited == TUM_LATE)
            tum_track_anybody(console->track);
        if (waited != TUM_READY)
            break;
    }
}

static bool replay_send(struct tum_console *console, struct tum_conop *op,
                        struct tum_str text, const char *item, struct tum_error **err)
{
    struct tum_buf bytes = TUM_BUF_INIT(TUM_BUF_ANY);
    bool ok;

    if (console->driver->encode != NULL)
        console->driver->encode(&bytes, text);
    else
        tum_buf_addt(&bytes, text);
    replay_await(console, op, tum_buf_str(&bytes), item);
    ok = take_turn(console, op, err) &&
         tum_track_send(console->track, tum_buf_str(&bytes), tum_console_feed, console,
                        err);
    tum_buf_release(&bytes);
    return ok;
}

static bool live_send(struct tum_console *console, struct tum_conop *op,
                      struct tum_str text, const char *item, struct tum_error **err)
{
    if (!take_turn(console, op, err))
        return false;
    tum_track_item(console->track, item);
    if (console->driver->asks && !pause_for_password(console, op, err))
        return false;
    return console->write_delay > 0 ? send_slowly(console, op, text, err)
                                    : send_fast(console, op, text, err);
}

bool tum_console_send(struct tum_console *console, struct tum_str text,
                      struct tum_stop *stop, const char *item, struct tum_error **err)
{
    struct tum_conop op;
    bool ok;

    tum_lock_enter(&console->lock);
    tum_conop_begin(console, &op, stop);
    if (tum_track_replays(console->track))
        ok = replay_send(console, &op, text, item, err);
    else
        ok = live_send(console, &op, text, item, err);
    if (console->writing == &op)
        console->writing = NULL;
    tum_conop_end(console, &op);
    tum_lock_leave(&console->lock);
    return ok;
}
