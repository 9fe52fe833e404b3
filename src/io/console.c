/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One console: its text, whose turn it is, reading until something comes, writing; and the
 * registry of a run. How to connect and what the bytes of a protocol mean is in the
 * drivers; what matches is in expect.c.
 */
#include "io/driver.h"

#include "base/fd.h"
#include "base/utf8.h"
#include "io/conlog.h"
#include "io/ignore.h"
#include "io/tape.h"
#include "io/udptape.h"
#include "tum/mem.h"
#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Text tested at once: little at first, because most answers are short. */
#define PIECE_LEAST  ((size_t)TUM_HOSTILE_OR(4, 4096))
#define PIECE_MOST   ((size_t)256 << 10)
/* Kept of a read that passed TUM_CONSOLE_READ. */
#define READ_KEPT    ((size_t)1 << 20)
/* An emptied buffer larger than this is given back. */
#define TEXT_IDLE    ((size_t)1 << 20)
/* After a question for a password came, writes wait so long: the program may still be
   turning the echo off, and throws away what came before. */
#define ASK_PAUSE    (50 * TUM_MS)
/* How long the end of a program is waited for, to say how it ended. */
#define END_PATIENCE (200 * TUM_MS)
/* Text that waits while a read is under way; beyond, the peer is held up until the read has
   caught up: who reads loses nothing. */
#define READ_AHEAD   ((size_t)16 << 20)
/* Reads in one go before others may have the lock. */
#define PUMP_ROUNDS  16
/* The same, to see what has arrived: a peer that never pauses is not waited for. */
#define LOOK_ROUNDS  256
/* A search that has begun when the time is up may go on so long. */
#define SCAN_GRACE   (50 * TUM_MS)

const char *const tum_console_protocols[] = {"terminal", "telnet", "ssh",
                                             "rawtcp",   "serial", NULL};

static const struct tum_driver *const drivers[] = {
    &tum_driver_terminal, &tum_driver_telnet, &tum_driver_ssh,
    &tum_driver_rawtcp,   &tum_driver_serial,
};

struct tum_consoles {
    struct tum_lock lock;      /* guards the list */
    struct tum_console **open; /* in the order of opening; counted */
    size_t count, cap;
    struct tum_reader *reader;
    struct tum_udps *udps;
    struct tum_tape *tape;
};

/* ---- turns and waiting ---- */

static void op_begin(struct tum_console *console, struct tum_conop *op,
                     struct tum_stop *stop)
{
    *op = (struct tum_conop){.stop = stop, .next = console->ops};
    console->ops = op;
}

/* News of any kind: whoever waits looks again. Locked. */
static void tell_all(struct tum_console *console)
{
    for (struct tum_conop *op = console->ops; op != NULL; op = op->next)
        if (op->wake != NULL)
            tum_stop_request(op->wake, TUM_STOP_WAKE);
}

static void op_end(struct tum_console *console, struct tum_conop *op)
{
    struct tum_conop **at = &console->ops;

    while (*at != op)
        at = &(*at)->next;
    *at = op->next;
    tell_all(console);
}

/*
 * Waits for news, with the lock let go meanwhile. READY: look again. The token is made
 * for this one wait: it can be set by anyone, and needs no descriptor.
 */
static enum tum_waited op_wait(struct tum_console *console, struct tum_conop *op,
                               int fd, short events, tum_time deadline)
{
    struct tum_stop *wake = tum_stop_new(op->stop);
    enum tum_waited waited;

    op->wake = wake;
    tum_lock_leave(&console->lock);
    waited = tum_wait(wake, fd, events, deadline);
    tum_lock_enter(&console->lock);
    op->wake = NULL;
    tum_stop_unref(wake);
    if (tum_stop_is_set(op->stop))
        return TUM_STOPPED;
    return waited == TUM_LATE ? TUM_LATE : TUM_READY;
}

/* Waits for a turn. LATE and STOPPED: not had. READY with console->closing: neither. */
static enum tum_waited take_turn(struct tum_console *console, struct tum_conop *op,
                                 struct tum_conop **turn, tum_time deadline)
{
    while (*turn != NULL && !console->closing) {
        enum tum_waited waited = op_wait(console, op, -1, 0, deadline);

        if (waited != TUM_READY)
            return waited;
    }
    if (!console->closing)
        *turn = op;
    return TUM_READY;
}

/* ---- text that came ---- */

static void drop_oldest(struct tum_console *console, size_t n)
{
    while (n < console->text_end - console->text_start &&
           ((unsigned char)console->text[console->text_start + n] & 0xC0) == 0x80)
        n++;
    console->text_start += n;
    console->first += n;
    console->dropped += n;
}

static void make_room(struct tum_console *console, size_t n)
{
    size_t used = console->text_end - console->text_start;

    if (console->text_cap - console->text_end >= n)
        return;
    if (used + n <= console->text_cap - console->text_cap / 4) {
        memmove(console->text, console->text + console->text_start, used);
    } else {
        char *text;

        console->text_cap = TUM_MAX(2 * (used + n), PIECE_LEAST);
        text = tum_alloc(console->text_cap);
        if (used > 0)
            memcpy(text, console->text + console->text_start, used);
        tum_free(console->text);
        console->text = text;
    }
    console->text_start = 0;
    console->text_end = used;
}

void tum_console_put(struct tum_console *console, struct tum_str text)
{
    size_t used = console->text_end - console->text_start;

    if (text.n > TUM_CONSOLE_UNREAD) {
        console->dropped += text.n - TUM_CONSOLE_UNREAD;
        text = tum_str_sub(text, text.n - TUM_CONSOLE_UNREAD, text.n);
    }
    if (used + text.n > TUM_CONSOLE_UNREAD)
        drop_oldest(console, TUM_MIN(used, used + text.n - TUM_CONSOLE_UNREAD));
    make_room(console, text.n);
    memcpy(console->text + console->text_end, text.s, text.n);
    console->text_end += text.n;
    tell_all(console);
}

static void note_line(struct tum_console *console, struct tum_str text)
{
    const char *end = memrchr(text.s, '\n', text.n);
    struct tum_str rest = text;

    if (end != NULL) {
        rest = tum_str_sub(text, (size_t)(end + 1 - text.s), text.n);
        tum_buf_reset(&console->line);
    }
    if (rest.n > TUM_CONSOLE_LINE)
        rest = tum_str_sub(rest, rest.n - TUM_CONSOLE_LINE, rest.n);
    if (console->line.len + rest.n > 2 * (size_t)TUM_CONSOLE_LINE) {
        memmove(console->line.s, console->line.s + console->line.len - TUM_CONSOLE_LINE,
                TUM_CONSOLE_LINE);
        tum_buf_truncate(&console->line, TUM_CONSOLE_LINE);
    }
    tum_buf_addt(&console->line, rest);
}

static void text_came(struct tum_console *console, struct tum_str text)
{
    if (text.n == 0)
        return;
    console->last_came = tum_now();
    if (console->driver->asks)
        note_line(console, text);
    if (console->log != NULL) {
        if (console->ignore != NULL)
            tum_ignore_log(console->ignore, console->log, text);
        else
            tum_conlog_add(console->log, text);
    }
    if (console->ignore != NULL)
        tum_ignore_add(console, text);
    else
        tum_console_put(console, text);
}

/* Bytes at the end that may be the beginning of a character. */
static size_t unfinished(struct tum_str bytes)
{
    for (size_t back = 1; back <= 3 && back <= bytes.n; back++) {
        const unsigned char *s = (const unsigned char *)bytes.s + bytes.n - back;
        size_t length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
        uint32_t c;

        if ((s[0] & 0xC0) == 0x80)
            continue;
        if (s[0] < 0xC2 || s[0] > 0xF4 || length <= back)
            return 0;
        /* Bad already, whatever comes: surrogates and what is out of range. */
        if (tum_utf8_decode((const char *)s, back, &c) != back ||
            (back > 1 && s[0] == 0xED && s[1] >= 0xA0))
            return 0;
        return back;
    }
    return 0;
}

static void decode(struct tum_console *console, struct tum_str bytes)
{
    size_t rest = unfinished(bytes);
    struct tum_str whole = tum_str_sub(bytes, 0, bytes.n - rest);

    if (tum_utf8_valid(whole, NULL)) {
        text_came(console, whole);
    } else {
        struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

        tum_utf8_add_replaced(&text, whole);
        text_came(console, tum_buf_str(&text));
        tum_buf_release(&text);
    }
    memcpy(console->undecoded, bytes.s + bytes.n - rest, rest);
    console->undecoded_count = rest;
}

void tum_console_data(struct tum_console *console, struct tum_str bytes)
{
    struct tum_buf joined = TUM_BUF_INIT(TUM_BUF_ANY);

    if (bytes.n == 0)
        return;
    if (console->undecoded_count == 0) {
        decode(console, bytes);
        return;
    }
    tum_buf_add(&joined, console->undecoded, console->undecoded_count);
    tum_buf_addt(&joined, bytes);
    decode(console, tum_buf_str(&joined));
    tum_buf_release(&joined);
}

void tum_console_hold(struct tum_console *console, bool holds)
{
    console->hold_until = holds ? tum_now() + TUM_CONSOLE_HOLD : TUM_FOREVER;
    if (holds && console->id != 0)
        tum_reader_hold(console->reader);
}

tum_time tum_console_tick(struct tum_console *console, tum_time now)
{
    tum_time next;

    tum_lock_enter(&console->lock);
    if (console->hold_until <= now) {
        console->hold_until = TUM_FOREVER;
        console->driver->release(console);
    }
    next = console->hold_until;
    if (console->ignore != NULL)
        next = TUM_MIN(next, tum_ignore_tick(console, now));
    tum_lock_leave(&console->lock);
    return next;
}

/* ---- the descriptor ---- */

void tum_console_stream_end(struct tum_console *console, int os)
{
    static const struct tum_str replacement = {"\xEF\xBF\xBD", 3};

    if (console->ended)
        return;
    if (console->hold_until != TUM_FOREVER) {
        console->hold_until = TUM_FOREVER;
        console->driver->release(console);
    }
    if (console->undecoded_count > 0) {
        console->undecoded_count = 0;
        text_came(console, replacement);
    }
    if (console->ignore != NULL)
        tum_ignore_flush(console);
    console->ended = true;
    /* The line of a terminal says so when its last holder has gone: no reason of its own. */
    console->end_os = os == EIO ? 0 : os;
    if (console->fd >= 0)
        tum_reader_forget(console->reader, console);
    tum_track_end(console->track, false);
    tell_all(console);
}

void tum_console_bytes(struct tum_console *console, struct tum_str bytes)
{
    if (console->driver->receive != NULL)
        console->driver->receive(console, bytes);
    else
        tum_console_data(console, bytes);
}

/* Reads what is there; true while there may be more. Locked. */
static bool read_some(struct tum_console *console)
{
    char chunk[TUM_CONSOLE_CHUNK];
    ssize_t n;

    if (console->ended || console->fd < 0)
        return false;
    do
        n = read(console->fd, chunk, sizeof(chunk));
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        tum_track_in(console->track, tum_str_n(chunk, (size_t)n), NULL);
        tum_console_bytes(console, tum_str_n(chunk, (size_t)n));
        return true;
    }
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        tum_console_stream_end(console, n == 0 ? 0 : errno);
    return false;
}

/* True when there is nothing left to send. */
static bool send_answers(struct tum_console *console)
{
    struct tum_buf *answers = &console->answers;

    while (answers->len > 0 && console->fd >= 0) {
        ssize_t n = write(console->fd, answers->s, answers->len);

        if (n <= 0)
            break;
        memmove(answers->s, answers->s + n, answers->len - (size_t)n);
        tum_buf_truncate(answers, answers->len - (size_t)n);
    }
    return answers->len == 0;
}

void tum_console_answer(struct tum_console *console, struct tum_str bytes)
{
    bool waited = console->answers.len > 0;

    tum_buf_addt(&console->answers, bytes);
    if (!waited && !send_answers(console) && console->id != 0)
        tum_reader_want_write(console->reader, console, true);
}

void tum_console_pump(struct tum_console *console, bool writable)
{
    tum_lock_enter(&console->lock);
    if (writable && !console->closing && !console->ended && send_answers(console))
        tum_reader_want_write(console->reader, console, false);
    for (int i = 0; i < PUMP_ROUNDS && !console->closing && !console->paused; i++) {
        if (!read_some(console))
            break;
        if (console->reading != NULL && !console->ended &&
            console->text_end - console->text_start > READ_AHEAD) {
            console->paused = true;
            tum_reader_forget(console->reader, console);
        }
    }
    tum_lock_leave(&console->lock);
}

static void read_again(struct tum_console *console)
{
    if (!console->paused)
        return;
    console->paused = false;
    if (console->ended || console->closing)
        return;
    tum_reader_again(console->reader, console);
    if (console->answers.len > 0)
        tum_reader_want_write(console->reader, console, true);
}

/* ---- writing ---- */

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

static bool fail_stopped(struct tum_error **err)
{
    return tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
}

static bool pause_for_password(struct tum_console *console, struct tum_conop *op,
                               struct tum_error **err)
{
    while (!console->closing && tum_now() < console->last_came + ASK_PAUSE &&
           asks_now(tum_buf_str(&console->line))) {
        if (op_wait(console, op, -1, 0, console->last_came + ASK_PAUSE) == TUM_STOPPED)
            return fail_stopped(err);
    }
    return true;
}

static bool send_bytes(struct tum_console *console, struct tum_conop *op,
                       struct tum_str bytes, struct tum_error **err)
{
    while (bytes.n > 0) {
        ssize_t n;

        if (tum_stop_is_set(op->stop))
            return fail_stopped(err);
        if (console->closing || console->fd < 0)
            return fail_closing(console, err);
        n = send_answers(console) ? write(console->fd, bytes.s, bytes.n) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return tum_fail_os(err, errno, "writing to console '%s' (%s)",
                               console->name, console->target);
        if (n > 0) {
            tum_track_out(console->track, tum_str_n(bytes.s, (size_t)n));
            bytes = tum_str_sub(bytes, (size_t)n, bytes.n);
            continue;
        }
        if (op_wait(console, op, console->fd, POLLOUT, TUM_FOREVER) == TUM_STOPPED)
            return fail_stopped(err);
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
            if (op_wait(console, op, -1, 0, until) == TUM_STOPPED)
                ok = fail_stopped(err);
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

/* What a recording has received, as if it came. Locked. */
static void feed(void *ctx, struct tum_str bytes)
{
    tum_console_bytes(ctx, bytes);
}

static bool replay_send(struct tum_console *console, struct tum_str text,
                        struct tum_error **err)
{
    struct tum_buf bytes = TUM_BUF_INIT(TUM_BUF_ANY);
    bool ok;

    if (console->driver->encode != NULL)
        console->driver->encode(&bytes, text);
    else
        tum_buf_addt(&bytes, text);
    ok = tum_track_send(console->track, tum_buf_str(&bytes), feed, console, err);
    tum_buf_release(&bytes);
    return ok;
}

bool tum_console_send(struct tum_console *console, struct tum_str text,
                      struct tum_stop *stop, const char *item, struct tum_error **err)
{
    struct tum_conop op;
    bool ok = true;

    tum_lock_enter(&console->lock);
    op_begin(console, &op, stop);
    if (take_turn(console, &op, &console->writing, TUM_FOREVER) == TUM_STOPPED)
        ok = fail_stopped(err);
    else if (console->closing)
        ok = fail_closing(console, err);
    else if (tum_track_replays(console->track))
        ok = replay_send(console, text, err);
    else {
        tum_track_item(console->track, item);
        ok = !console->driver->asks || pause_for_password(console, &op, err);
        if (ok && console->write_delay > 0)
            ok = send_slowly(console, &op, text, err);
        else if (ok)
            ok = send_fast(console, &op, text, err);
    }
    if (console->writing == &op)
        console->writing = NULL;
    op_end(console, &op);
    tum_lock_leave(&console->lock);
    return ok;
}

/* ---- reading ---- */

struct reading {
    struct tum_console *console;
    const struct tum_console_read_opts *opts;
    struct tum_console_read *ret;
    struct tum_conop op;
    tum_time deadline;
    size_t piece;
    uint64_t place; /* in the stream, of what is tested next */
    size_t scanned; /* of ret->text */
    bool replays;
    struct tum_track_read then; /* how this read ended in the recording */
};

/* Ignored text up to a place, taken off the console's list. Locked. */
static struct tum_skipped *take_skipped(struct tum_console *console, uint64_t place)
{
    struct tum_skipped *taken = console->skipped, **at = &taken;

    while (*at != NULL && (*at)->place <= place)
        at = &(*at)->next;
    console->skipped = *at;
    if (console->skipped == NULL)
        console->skipped_last = &console->skipped;
    *at = NULL;
    return taken;
}

/* Consumes `n` bytes, the last of ret->text from `from` on, and shows them. Locked; not
   while it shows. */
static void consume(struct reading *r, size_t from, size_t n)
{
    struct tum_console *console = r->console;
    uint64_t start = r->place, end = start + n;
    struct tum_skipped *skipped = take_skipped(console, end);
    struct tum_str text = tum_str_n(r->ret->text.s + from, n);
    /* Something may have been dropped since the text was copied. */
    size_t left = end > console->first ? (size_t)(end - console->first) : 0;

    console->text_start += left;
    console->first += left;
    if (console->text_start == console->text_end) {
        console->text_start = console->text_end = 0;
        if (console->text_cap > TEXT_IDLE) {
            tum_free(console->text);
            console->text = NULL;
            console->text_cap = 0;
        }
    }
    r->place = end;
    if (console->text_end - console->text_start < READ_AHEAD / 2)
        read_again(console);
    if (r->opts->on_text == NULL) {
        tum_ignore_free_skipped(skipped);
        return;
    }
    tum_lock_leave(&console->lock);
    for (struct tum_skipped *s = skipped; s != NULL; s = s->next) {
        size_t before = s->place > start ? (size_t)(s->place - start) : 0;

        if (before > 0)
            r->opts->on_text(r->opts->ctx, tum_str_sub(text, 0, before), false);
        text = tum_str_sub(text, before, text.n);
        start += before;
        r->opts->on_text(r->opts->ctx, s->text, true);
    }
    if (text.n > 0)
        r->opts->on_text(r->opts->ctx, text, false);
    tum_ignore_free_skipped(skipped);
    tum_lock_enter(&console->lock);
}

/* Copies the next piece, whole characters, to ret->text; its length. Locked. */
static size_t next_piece(struct reading *r)
{
    struct tum_console *console = r->console;
    size_t n = console->text_end - console->text_start;
    const char *s = console->text + console->text_start;

    r->place = console->first;
    /* What came after the end of this read then is the next one's. */
    if (r->replays && r->then.outcome != TUM_CONSOLE_MATCH)
        n = TUM_MIN(n, r->then.size - r->ret->text.len);
    if (n > r->piece) {
        n = r->piece;
        while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80)
            n--;
    }
    if (n > 0)
        tum_buf_add(&r->ret->text, s, n);
    r->piece = TUM_MIN(2 * r->piece, PIECE_MOST);
    return n;
}

static void cut_text(struct reading *r)
{
    struct tum_buf *text = &r->ret->text;
    size_t drop;

    if (text->len < TUM_CONSOLE_READ)
        return;
    drop = text->len - READ_KEPT;
    while (((unsigned char)text->s[drop] & 0xC0) == 0x80)
        drop++;
    memmove(text->s, text->s + drop, text->len - drop);
    tum_buf_truncate(text, text->len - drop);
    r->ret->cut += drop;
    /* The search starts anew behind the cut. */
    r->scanned = 0;
}

/* Tests one piece. True: the read is over. */
static bool test_piece(struct reading *r, size_t n)
{
    struct tum_console_read *ret = r->ret;
    size_t from = ret->text.len - n;
    struct tum_error *err = NULL;
    enum tum_expected found;
    tum_time deadline = r->deadline;

    tum_lock_leave(&r->console->lock);
    if (deadline != TUM_FOREVER)
        deadline = TUM_MAX(deadline, tum_now()) + SCAN_GRACE;
    found = tum_expect_scan(r->opts->expect, tum_buf_str(&ret->text), r->scanned,
                            r->op.stop, deadline, &ret->match, &err);
    tum_lock_enter(&r->console->lock);
    switch (found) {
    case TUM_EXPECT_FOUND:
        tum_buf_truncate(&ret->text, ret->match.end);
        consume(r, from, ret->match.end - from);
        ret->outcome = TUM_CONSOLE_MATCH;
        return true;
    case TUM_EXPECT_BAD:
        ret->how = tum_error_text(err);
        tum_error_free(err);
        consume(r, from, n);
        ret->outcome = TUM_CONSOLE_BROKEN;
        return true;
    case TUM_EXPECT_CUT:
        consume(r, from, n);
        ret->outcome =
            tum_stop_is_set(r->op.stop) ? TUM_CONSOLE_STOPPED : TUM_CONSOLE_TIMEOUT;
        return true;
    case TUM_EXPECT_NOT:
        break;
    }
    consume(r, from, n);
    r->scanned = ret->text.len;
    cut_text(r);
    return false;
}

/* Nothing is there. True: the read is over. */
static bool await_text(struct reading *r)
{
    struct tum_console *console = r->console;
    enum tum_waited waited;

    if (r->replays) {
        r->ret->outcome = (enum tum_console_outcome)r->then.outcome;
        r->ret->how = r->then.how != NULL ? tum_strdup(r->then.how) : NULL;
        if (r->ret->outcome == TUM_CONSOLE_MATCH) {
            r->ret->outcome = TUM_CONSOLE_BROKEN;
            r->ret->how =
                tum_strdup("differs from the recording: nothing matches there");
        }
        return true;
    }
    if (console->ended) {
        r->ret->outcome = TUM_CONSOLE_ENDED;
        return true;
    }
    if (console->closing) {
        r->ret->outcome = TUM_CONSOLE_CLOSED;
        return true;
    }
    if (r->opts->timeout == 0) {
        r->ret->outcome = TUM_CONSOLE_TIMEOUT;
        return true;
    }
    waited = op_wait(console, &r->op, -1, 0, r->deadline);
    if (waited == TUM_STOPPED) {
        r->ret->outcome = TUM_CONSOLE_STOPPED;
        return true;
    }
    /* What came in the last moment still counts. */
    if (waited == TUM_LATE && console->text_start == console->text_end) {
        r->ret->outcome = TUM_CONSOLE_TIMEOUT;
        return true;
    }
    return false;
}

/* Brings what had come by the end of this read. False: the campaign differs. */
static bool replay_read(struct reading *r)
{
    struct tum_console *console = r->console;
    struct tum_error *err = NULL;

    if (!tum_track_next_read(console->track, r->opts->what != NULL ? r->opts->what : "",
                             feed, console, &r->then, &err)) {
        r->ret->outcome = TUM_CONSOLE_BROKEN;
        r->ret->how = tum_error_text(err);
        tum_error_free(err);
        return false;
    }
    /* Time does not pass in a recording: what was held back was let go by then. */
    if (console->hold_until != TUM_FOREVER) {
        console->hold_until = TUM_FOREVER;
        console->driver->release(console);
    }
    if (console->ignore != NULL)
        tum_ignore_tick(console, TUM_FOREVER);
    return true;
}

static void read_turn(struct reading *r)
{
    struct tum_console *console = r->console;

    r->replays = tum_track_replays(console->track);
    if (r->replays) {
        if (!replay_read(r))
            return;
    } else if (r->opts->timeout == 0) {
        for (int i = 0; i < LOOK_ROUNDS && read_some(console); i++)
            continue;
    }
    for (;;) {
        size_t n;

        if (tum_stop_is_set(r->op.stop)) {
            r->ret->outcome = TUM_CONSOLE_STOPPED;
            break;
        }
        n = next_piece(r);
        if (n > 0 ? test_piece(r, n) : await_text(r))
            break;
        if (n > 0 && r->opts->timeout != 0 && r->deadline != TUM_FOREVER &&
            tum_now() >= r->deadline && !r->replays) {
            r->ret->outcome = TUM_CONSOLE_TIMEOUT;
            break;
        }
    }
}

/* How the other side ended, in words; with the turn to read, unlocked. */
static char *describe_end(struct tum_console *console)
{
    struct tum_buf text = TUM_BUF_INIT(256);

    tum_buf_adds(&text, "the stream ended");
    if (console->proc != NULL && !console->proc_known)
        console->proc_known =
            tum_proc_wait(console->proc, NULL, tum_now() + END_PATIENCE,
                          &console->proc_status) == TUM_READY;
    if (console->proc_known) {
        tum_buf_addf(&text, ": %s ended with ", console->target);
        tum_proc_status_text(&console->proc_status, &text);
    } else if (console->end_os != 0) {
        tum_buf_addf(&text, ": %s", tum_errno_text(console->end_os));
    } else if (console->proc == NULL) {
        tum_buf_addf(&text, ": %s has closed it", console->target);
    }
    return tum_buf_detach(&text);
}

void tum_console_read(struct tum_console *console,
                      const struct tum_console_read_opts *opts,
                      struct tum_console_read *ret)
{
    struct reading r = {
        .console = console,
        .opts = opts,
        .ret = ret,
        .deadline = TUM_FOREVER,
        .piece = PIECE_LEAST,
    };

    *ret = (struct tum_console_read){.text = TUM_BUF_INIT(2 * TUM_CONSOLE_READ)};
    if (opts->timeout != TUM_FOREVER)
        r.deadline = tum_time_add(
            tum_now(),
            opts->timeout > 0 ? TUM_MAX(opts->timeout, TUM_CONSOLE_LEAST) : 0);
    tum_lock_enter(&console->lock);
    op_begin(console, &r.op, opts->stop);
    switch (take_turn(console, &r.op, &console->reading, r.deadline)) {
    case TUM_STOPPED:
        ret->outcome = TUM_CONSOLE_STOPPED;
        break;
    case TUM_LATE:
        ret->outcome = TUM_CONSOLE_TIMEOUT;
        break;
    case TUM_READY:
        if (console->reading != &r.op) {
            ret->outcome = TUM_CONSOLE_CLOSED;
            break;
        }
        read_turn(&r);
        if (ret->outcome == TUM_CONSOLE_ENDED && ret->how == NULL) {
            tum_lock_leave(&console->lock);
            ret->how = describe_end(console);
            tum_lock_enter(&console->lock);
        }
        tum_track_read(console->track, opts->what, (int)ret->outcome,
                       ret->text.len + ret->cut, ret->how);
        console->reading = NULL;
        read_again(console);
        break;
    }
    op_end(console, &r.op);
    tum_lock_leave(&console->lock);
}

void tum_console_read_release(struct tum_console_read *read)
{
    tum_buf_release(&read->text);
    tum_free(read->how);
    read->how = NULL;
}

/* ---- for drivers that talk while they open ---- */

bool tum_console_take(struct tum_console *console, struct tum_buf *out)
{
    size_t n;
    bool ended;

    tum_lock_enter(&console->lock);
    n = console->text_end - console->text_start;
    if (n > 0)
        tum_buf_add(out, console->text + console->text_start, n);
    console->text_start = console->text_end = 0;
    console->first += n;
    ended = console->ended;
    tum_lock_leave(&console->lock);
    return n > 0 || !ended;
}

enum tum_waited tum_console_await(struct tum_console *console, struct tum_stop *stop,
                                  tum_time deadline)
{
    enum tum_waited waited = TUM_READY;
    struct tum_conop op;

    tum_lock_enter(&console->lock);
    op_begin(console, &op, stop);
    if (console->text_start == console->text_end && !console->ended)
        waited = op_wait(console, &op, -1, 0, deadline);
    op_end(console, &op);
    tum_lock_leave(&console->lock);
    return waited;
}

/* ---- life ---- */

static struct tum_console *console_new(struct tum_consoles *home,
                                       const struct tum_driver *driver,
                                       const struct tum_console_opts *opts)
{
    struct tum_console *console = tum_new(struct tum_console);

    atomic_init(&console->refs, 1);
    console->name = tum_strdup(opts->name);
    console->driver = driver;
    console->home = home;
    console->reader = home->reader;
    console->write_delay = opts->write_delay;
    tum_lock_init(&console->lock, TUM_RANK_CONSOLE);
    console->fd = -1;
    console->hold_until = TUM_FOREVER;
    tum_buf_init(&console->answers, TUM_CONSOLE_ANSWERS);
    tum_buf_init(&console->line, TUM_BUF_ANY);
    console->skipped_last = &console->skipped;
    return console;
}

void tum_console_unref(struct tum_console *console)
{
    if (console == NULL || atomic_fetch_sub(&console->refs, 1) != 1)
        return;
    tum_fd_close(&console->fd);
    tum_proc_free(console->proc);
    tum_conlog_close(console->log);
    tum_ignore_free(console->ignore);
    tum_ignore_free_skipped(console->skipped);
    tum_buf_release(&console->answers);
    tum_buf_release(&console->line);
    tum_lock_release(&console->lock);
    tum_free(console->text);
    tum_free(console->log_path);
    tum_free(console->target);
    tum_free(console->name);
    tum_free(console);
}

/* Ends what is going on, then the connection. No longer in the registry. */
static void console_shut(struct tum_console *console)
{
    struct tum_conop op;

    tum_lock_enter(&console->lock);
    console->closing = true;
    op_begin(console, &op, NULL);
    tell_all(console);
    while (console->ops != &op || op.next != NULL)
        op_wait(console, &op, -1, 0, TUM_FOREVER);
    op_end(console, &op);
    if (console->fd >= 0 && !console->ended && console->id != 0)
        tum_reader_forget(console->reader, console);
    tum_track_end(console->track, true);
    tum_lock_leave(&console->lock);
    tum_reader_remove(console->reader, console);
    /* From here on nobody else has it: the reader found `closing` set, or nothing. */
    if (console->fd >= 0 && console->driver->leave != NULL)
        console->driver->leave(console);
    tum_lock_enter(&console->lock);
    tum_fd_close(&console->fd);
    tum_conlog_close(console->log);
    console->log = NULL;
    tum_lock_leave(&console->lock);
}

static const struct tum_driver *find_driver(const char *protocol)
{
    for (size_t i = 0; i < TUM_LEN(drivers); i++)
        if (strcmp(drivers[i]->protocol, protocol) == 0)
            return drivers[i];
    return NULL;
}

static bool fail_protocol(const char *protocol, struct tum_error **err)
{
    const char *near = tum_str_nearest(tum_str_of(protocol), tum_console_protocols);

    return tum_fail(
        err, TUM_ERROR_NAME,
        "unknown protocol '%s'%s%s%s (terminal, telnet, ssh, rawtcp, serial)", protocol,
        near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
        near != NULL ? "'?" : "");
}

/* What is asked for, to compare a replay by; never a password. */
static void add_asks(struct tum_buf *out, const struct tum_console_opts *opts)
{
    for (size_t i = 0; opts->argv != NULL && opts->argv[i] != NULL; i++)
        tum_buf_addf(out, "%s%s", i > 0 ? " " : "", opts->argv[i]);
    if (opts->directory != NULL)
        tum_buf_addf(out, " in %s", opts->directory);
    if (opts->user != NULL)
        tum_buf_addf(out, "%s@", opts->user);
    if (opts->host != NULL)
        tum_buf_addf(out, "%s:%d", opts->host, opts->port);
    if (opts->device != NULL)
        tum_buf_addf(out, "%s at %u baud", opts->device, opts->baud);
}

static bool begin_track(struct tum_console *console,
                        const struct tum_console_opts *opts, struct tum_error **err)
{
    struct tum_buf asks = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_track_open open = {
        .name = opts->name, .protocol = opts->protocol, .item = opts->item};

    add_asks(&asks, opts);
    open.asks = asks.s;
    console->track = tum_track_begin(console->home->tape, &open, &console->target, err);
    tum_buf_release(&asks);
    return console->track != NULL;
}

static bool connect_console(struct tum_console *console,
                            const struct tum_console_opts *opts, struct tum_error **err)
{
    if (opts->log != NULL) {
        console->log_path = tum_conlog_path(opts->log, opts->name);
        console->log = tum_conlog_open(console->log_path, opts->log_append, err);
        if (console->log == NULL)
            return false;
    }
    if (opts->ignore_count > 0) {
        console->ignore = tum_ignore_new(opts->ignore, opts->ignore_count, err);
        if (console->ignore == NULL)
            return false;
    }
    if (console->home->tape != NULL && !begin_track(console, opts, err))
        return false;
    if (tum_track_replays(console->track))
        return true;
    return console->driver->open(console, opts, err);
}

static void add_open(struct tum_consoles *consoles, struct tum_console *console,
                     bool *ret_again)
{
    *ret_again = false;
    tum_lock_enter(&consoles->lock);
    for (size_t i = 0; i < consoles->count; i++)
        if (strcmp(consoles->open[i]->name, console->name) == 0)
            *ret_again = true;
    tum_grow(&consoles->open, &consoles->cap, consoles->count + 1);
    consoles->open[consoles->count++] = console;
    tum_lock_leave(&consoles->lock);
}

bool tum_console_open(struct tum_consoles *consoles,
                      const struct tum_console_opts *opts, bool *ret_again,
                      struct tum_error **err)
{
    const struct tum_driver *driver = find_driver(opts->protocol);
    struct tum_console *console;
    bool ok;

    if (driver == NULL)
        return fail_protocol(opts->protocol, err);
    console = console_new(consoles, driver, opts);
    ok = connect_console(console, opts, err);
    /* A driver that talks while it opens had it watched already. */
    if (ok && console->fd >= 0 && console->id == 0)
        ok = tum_reader_add(consoles->reader, console, err);
    tum_track_opened(console->track, console->target, ok ? NULL : *err);
    if (!ok) {
        console_shut(console);
        tum_console_unref(console);
        return false;
    }
    add_open(consoles, console, ret_again);
    return true;
}

struct tum_console *tum_console_get(struct tum_consoles *consoles, const char *name)
{
    struct tum_console *console = NULL;

    tum_lock_enter(&consoles->lock);
    for (size_t i = 0; i < consoles->count && console == NULL; i++) {
        if (strcmp(consoles->open[i]->name, name) == 0) {
            console = consoles->open[i];
            atomic_fetch_add(&console->refs, 1);
        }
    }
    tum_lock_leave(&consoles->lock);
    return console;
}

/* Takes the oldest of that name off the list; of any name when NULL. */
static struct tum_console *take_open(struct tum_consoles *consoles, const char *name)
{
    struct tum_console *console = NULL;

    tum_lock_enter(&consoles->lock);
    for (size_t i = 0; i < consoles->count && console == NULL; i++) {
        if (name != NULL && strcmp(consoles->open[i]->name, name) != 0)
            continue;
        console = consoles->open[i];
        consoles->count--;
        memmove(consoles->open + i, consoles->open + i + 1,
                (consoles->count - i) * sizeof(*consoles->open));
    }
    tum_lock_leave(&consoles->lock);
    return console;
}

bool tum_console_close(struct tum_consoles *consoles, const char *name, char **ret_log)
{
    struct tum_console *console = take_open(consoles, name);

    if (console == NULL)
        return false;
    console_shut(console);
    *ret_log = console->log_path != NULL ? tum_strdup(console->log_path) : NULL;
    tum_console_unref(console);
    return true;
}

const char *tum_console_protocol(const struct tum_console *console)
{
    return console->driver->protocol;
}

bool tum_console_shows_writes(const struct tum_console *console)
{
    return console->driver->shows_writes;
}

uint64_t tum_console_dropped(struct tum_console *console)
{
    uint64_t dropped;

    tum_lock_enter(&console->lock);
    dropped = console->dropped;
    console->dropped = 0;
    tum_lock_leave(&console->lock);
    return dropped;
}

/* ---- the registry ---- */

struct tum_consoles *tum_consoles_new(void)
{
    struct tum_consoles *consoles = tum_new(struct tum_consoles);

    tum_lock_init(&consoles->lock, TUM_RANK_CONSOLES);
    consoles->reader = tum_reader_new();
    consoles->udps = tum_udps_new();
    return consoles;
}

void tum_consoles_close_all(struct tum_consoles *consoles,
                            void (*say)(void *ctx, const char *name), void *ctx)
{
    struct tum_console *console;

    while ((console = take_open(consoles, NULL)) != NULL) {
        if (say != NULL)
            say(ctx, console->name);
        console_shut(console);
        tum_console_unref(console);
    }
    tum_udps_close_all(consoles->udps);
}

void tum_consoles_free(struct tum_consoles *consoles)
{
    if (consoles == NULL)
        return;
    tum_consoles_close_all(consoles, NULL, NULL);
    tum_reader_free(consoles->reader);
    tum_udps_free(consoles->udps);
    tum_tape_free(consoles->tape);
    tum_lock_release(&consoles->lock);
    tum_free(consoles->open);
    tum_free(consoles);
}

struct tum_udps *tum_consoles_udps(struct tum_consoles *consoles)
{
    return consoles->udps;
}

/* Both of a run's registries have the tape. */
static bool set_tape(struct tum_consoles *consoles, struct tum_tape *take)
{
    consoles->tape = take;
    tum_udps_set_tape(consoles->udps, take);
    return take != NULL;
}

bool tum_consoles_record(struct tum_consoles *consoles, const char *folder,
                         struct tum_error **err)
{
    return set_tape(consoles, tum_tape_record(folder, err));
}

bool tum_consoles_replay(struct tum_consoles *consoles, const char *folder,
                         struct tum_error **err)
{
    return set_tape(consoles, tum_tape_replay(folder, err));
}

bool tum_consoles_random(struct tum_consoles *consoles, const char *item, uint32_t *ret,
                         struct tum_error **err)
{
    return tum_tape_random(consoles->tape, item, ret, err);
}
