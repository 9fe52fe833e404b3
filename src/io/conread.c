/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a console until something comes: takes the text that waits piece by piece, has it
 * tested, and consumes it. What matches is in expect.c.
 */
#include "io/conparts.h"

#include "io/ignore.h"
#include "io/tape.h"
#include "tum/mem.h"
#include <errno.h>

/* Text tested at once: little at first, because most answers are short. */
#define PIECE_LEAST  ((size_t)TUM_HOSTILE_OR(4, 4096))
#define PIECE_MOST   ((size_t)256 << 10)
/* Kept of a read that passed TUM_CONSOLE_READ. */
#define READ_KEPT    ((size_t)1 << 20)
/* An emptied buffer larger than this is given back. */
#define TEXT_IDLE    ((size_t)1 << 20)
/* How long the end of a program is waited for, to say how it ended. */
#define END_PATIENCE (200 * TUM_MS)
/* Rounds to see what has arrived: a peer that never pauses is not waited for. */
#define LOOK_ROUNDS  256
/* A search that has begun when the time is up may go on so long. */
#define SCAN_GRACE   (50 * TUM_MS)

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
    /* Something may have been dropped since the text was copied: it is read all the same. */
    size_t left = end > console->first ? (size_t)(end - console->first) : 0;

    console->dropped -= TUM_MIN(console->dropped, (uint64_t)(n - left));
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
    if (console->text_end - console->text_start < TUM_CONSOLE_AHEAD / 2)
        tum_console_read_again(console);
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
        n = TUM_MIN(n, r->then.size - r->ret->text.len - r->ret->cut);
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
        /* The stop that cut it then comes when it comes. */
        if (r->ret->outcome == TUM_CONSOLE_STOPPED) {
            tum_time deadline = tum_now() + TUM_TAPE_STOP_PATIENCE;

            while (!console->closing &&
                   tum_conop_wait(console, &r->op, -1, 0, deadline) == TUM_READY)
                continue;
        }
        r->ret->how = r->then.how != NULL ? tum_strdup(r->then.how) : NULL;
        if (r->ret->outcome == TUM_CONSOLE_MATCH) {
            r->ret->outcome = TUM_CONSOLE_BROKEN;
            tum_free(r->ret->how);
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
    waited = tum_conop_wait(console, &r->op, -1, 0, r->deadline);
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

static const char *what_of(const struct reading *r)
{
    return r->opts->what != NULL ? r->opts->what : "";
}

/* Lets other branches do what comes first in the recording; before this read has its turn,
   which they may need. */
static void replay_await(struct reading *r)
{
    struct tum_console *console = r->console;
    tum_time deadline = tum_now() + TUM_TAPE_PATIENCE;

    while (!console->closing && !tum_track_differs(console->track) &&
           !tum_track_fits_read(console->track, what_of(r), r->opts->item)) {
        enum tum_waited waited = tum_conop_wait(console, &r->op, -1, 0, deadline);

        if (waited == TUM_LATE)
            tum_track_anybody(console->track);
        if (waited != TUM_READY)
            break;
    }
}

/* Brings what had come by the end of this read. False: the campaign differs. */
static bool replay_read(struct reading *r)
{
    struct tum_console *console = r->console;
    struct tum_error *err = NULL;

    if (!tum_track_next_read(console->track, what_of(r), tum_console_feed, console,
                             &r->then, &err)) {
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

    if (r->replays) {
        if (!replay_read(r))
            return;
    } else if (r->opts->timeout == 0) {
        for (int i = 0; i < LOOK_ROUNDS && tum_console_read_some(console); i++)
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
    } else if (console->driver->gone != NULL) {
        tum_buf_addf(&text, ": %s %s", console->target, console->driver->gone);
        if (console->end_os != 0)
            tum_buf_addf(&text, " (%s)", tum_errno_text(console->end_os));
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
    tum_conop_begin(console, &r.op, opts->stop);
    r.replays = tum_track_replays(console->track);
    if (r.replays) {
        replay_await(&r);
        /* The time of the recording counts, not ours. */
        r.deadline = TUM_FOREVER;
    }
    switch (tum_conop_turn(console, &r.op, &console->reading, r.deadline)) {
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
        console->reading = NULL;
        tum_console_read_again(console);
        break;
    }
    tum_track_read(console->track, opts->item, opts->what, (int)ret->outcome,
                   ret->text.len + ret->cut, ret->how);
    tum_conop_end(console, &r.op);
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
    tum_conop_begin(console, &op, stop);
    if (console->text_start == console->text_end && !console->ended)
        waited = tum_conop_wait(console, &op, -1, 0, deadline);
    tum_conop_end(console, &op);
    tum_lock_leave(&console->lock);
    return waited;
}
