/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes in on a console: from the descriptor, through the protocol and the decoder, to
 * the text that waits to be read; and the answers of a protocol on their way out. Who
 * reads that text, and what is written, is not known here.
 */
#include "io/conparts.h"

#include "base/utf8.h"
#include "io/conlog.h"
#include "io/ignore.h"
#include "io/tape.h"
#include "tum/mem.h"
#include <errno.h>
#include <unistd.h>

/* Reads in one go before others may have the lock. */
#define PUMP_ROUNDS 16
/* Least that is allocated for text. */
#define TEXT_LEAST  ((size_t)TUM_HOSTILE_OR(4, 4096))

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

        console->text_cap = TUM_MAX(2 * (used + n), TEXT_LEAST);
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
    tum_console_tell(console);
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
    /* A terminal says so when its last holder has gone: no reason of its own. */
    console->end_os = os == EIO && console->proc != NULL ? 0 : os;
    if (console->fd >= 0)
        tum_reader_forget(console->reader, console);
    tum_track_end(console->track, false);
    tum_console_tell(console);
}

void tum_console_bytes(struct tum_console *console, struct tum_str bytes)
{
    if (console->driver->receive != NULL)
        console->driver->receive(console, bytes);
    else
        tum_console_data(console, bytes);
}

bool tum_console_read_some(struct tum_console *console)
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

bool tum_console_send_answers(struct tum_console *console)
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
    if (!waited && !tum_console_send_answers(console) && console->id != 0)
        tum_reader_want_write(console->reader, console, true);
}

void tum_console_pump(struct tum_console *console, bool writable)
{
    tum_lock_enter(&console->lock);
    if (writable && !console->closing && !console->ended &&
        tum_console_send_answers(console))
        tum_reader_want_write(console->reader, console, false);
    for (int i = 0; i < PUMP_ROUNDS && !console->closing && !console->paused; i++) {
        if (!tum_console_read_some(console))
            break;
        if (console->reading != NULL && !console->ended &&
            console->text_end - console->text_start > TUM_CONSOLE_AHEAD) {
            console->paused = true;
            tum_reader_forget(console->reader, console);
        }
    }
    tum_lock_leave(&console->lock);
}

void tum_console_read_again(struct tum_console *console)
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

void tum_console_feed(void *ctx, struct tum_str bytes)
{
    tum_console_bytes(ctx, bytes);
}
