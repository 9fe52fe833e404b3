/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing and reading recordings. What a channel is, and what its bytes mean, is
 * not known here.
 */
#include "io/tape.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/utf8.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines gathered before they are written. */
#define GATHER ((size_t)256 << 10)
/* Of a difference, shown of each side. */
#define SHOWN  60u

/* Of one line; more are not read. */
#define FIELDS 8

struct field {
    struct tum_str key, value;
};

struct event {
    struct tum_str kind;
    struct field fields[FIELDS];
    size_t count;
    bool used;
};

struct tum_track {
    struct tum_tape *tape;
    int64_t number;
    const char *name; /* of the channel, for messages; owned */
    char *item;       /* recording: who was noted last */
    bool taken;       /* replaying: opened by the campaign */
    /* Replaying: its lines, and the next of them; the first bytes of an `out` line may have
       been written already. */
    struct event *events;
    size_t count, cap, next, out_done;
};

struct tum_tape {
    struct tum_lock lock;
    bool replays;
    int fd; /* recording */
    tum_time begun;
    bool failed; /* recording: the disk is full or gone */
    struct tum_buf gathered;
    struct tum_track **tracks;
    size_t count, cap;
    struct tum_arena *arena; /* replaying: the texts of all lines */
    char *path;
};

/* ---- tapes ---- */

static struct tum_tape *tape_new(const char *folder, bool replays)
{
    struct tum_tape *tape = tum_new(struct tum_tape);

    tum_lock_init(&tape->lock, TUM_RANK_TAPE);
    tape->replays = replays;
    tape->fd = -1;
    tape->begun = tum_now();
    tum_buf_init(&tape->gathered, TUM_BUF_ANY);
    tape->path = tum_path_join(folder, TUM_TAPE_FILE);
    return tape;
}

static void flush(struct tum_tape *tape)
{
    struct tum_error *err = NULL;

    if (!tape->failed && tape->gathered.len > 0 &&
        !tum_fd_write_all(tape->fd, tum_buf_str(&tape->gathered), &err)) {
        tape->failed = true;
        tum_error_free(err);
    }
    tum_buf_reset(&tape->gathered);
}

void tum_tape_free(struct tum_tape *tape)
{
    if (tape == NULL)
        return;
    if (tape->fd >= 0)
        flush(tape);
    tum_fd_close(&tape->fd);
    for (size_t i = 0; i < tape->count; i++) {
        struct tum_track *track = tape->tracks[i];

        tum_free(track->events);
        tum_free((char *)(uintptr_t)track->name);
        tum_free(track->item);
        tum_free(track);
    }
    tum_free(tape->tracks);
    tum_buf_release(&tape->gathered);
    tum_arena_free(tape->arena);
    tum_lock_release(&tape->lock);
    tum_free(tape->path);
    tum_free(tape);
}

bool tum_tape_replays(const struct tum_tape *tape)
{
    return tape != NULL && tape->replays;
}

static struct tum_track *add_track(struct tum_tape *tape, int64_t number)
{
    struct tum_track *track = tum_new(struct tum_track);

    track->tape = tape;
    track->number = number;
    track->name = tum_strdup("");
    tum_grow(&tape->tracks, &tape->cap, tape->count + 1);
    tape->tracks[tape->count++] = track;
    return track;
}

/* ---- recording ---- */

struct tum_tape *tum_tape_record(const char *folder, struct tum_error **err)
{
    struct tum_tape *tape = tape_new(folder, false);

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        tum_fail_os(err, errno, "making the folder '%s' of the recording", folder);
    else
        tape->fd = open(tape->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (tape->fd < 0) {
        if (*err == NULL)
            tum_fail_os(err, errno, "making the recording '%s'", tape->path);
        tum_tape_free(tape);
        return NULL;
    }
    /* Channel 0: what belongs to none. */
    add_track(tape, 0);
    return tape;
}

static void line_begin(const struct tum_track *track, const char *event)
{
    struct tum_buf *out = &track->tape->gathered;

    tum_buf_addi(out, tum_now() - track->tape->begun);
    tum_buf_addc(out, '\t');
    tum_buf_addi(out, track->number);
    tum_buf_addf(out, "\t%s", event);
}

static void line_bytes(struct tum_tape *tape, const char *key, struct tum_str bytes)
{
    static const char hex[] = "0123456789abcdef";
    struct tum_buf *out = &tape->gathered;

    tum_buf_addf(out, "\t%s=", key);
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.s[i];

        if (c >= 0x20 && c < 0x7F && c != '\\') {
            tum_buf_addc(out, (char)c);
        } else if (c == '\\' || c == '\n' || c == '\r' || c == '\t') {
            tum_buf_addc(out, '\\');
            tum_buf_addc(out, c == '\n'   ? 'n'
                              : c == '\r' ? 'r'
                              : c == '\t' ? 't'
                                          : '\\');
        } else {
            tum_buf_adds(out, "\\x");
            tum_buf_addc(out, hex[c >> 4]);
            tum_buf_addc(out, hex[c & 15]);
        }
    }
}

static void line_text(struct tum_tape *tape, const char *key, const char *text)
{
    if (text != NULL)
        line_bytes(tape, key, tum_str_of(text));
}

static void line_number(struct tum_tape *tape, const char *key, int64_t number)
{
    tum_buf_addf(&tape->gathered, "\t%s=%lld", key, (long long)number);
}

static void line_end(struct tum_tape *tape, bool now)
{
    tum_buf_addc(&tape->gathered, '\n');
    if (now || tape->gathered.len > GATHER)
        flush(tape);
}

void tum_track_opened(struct tum_track *track, const char *target,
                      const struct tum_error *failure)
{
    char *text;

    if (track == NULL || track->tape->replays)
        return;
    tum_lock_enter(&track->tape->lock);
    line_begin(track, "opened");
    line_text(track->tape, "target", target);
    if (failure != NULL) {
        text = tum_error_text(failure);
        line_text(track->tape, "error", text);
        line_number(track->tape, "stopped", failure->kind == TUM_ERROR_STOPPED);
        tum_free(text);
    }
    line_end(track->tape, true);
    tum_lock_leave(&track->tape->lock);
}

bool tum_track_replays(const struct tum_track *track)
{
    return track != NULL && track->tape->replays;
}

static bool records(const struct tum_track *track)
{
    return track != NULL && !track->tape->replays;
}

void tum_track_in(struct tum_track *track, struct tum_str bytes, const char *peer)
{
    if (!records(track))
        return;
    tum_lock_enter(&track->tape->lock);
    line_begin(track, "in");
    line_text(track->tape, "peer", peer);
    line_bytes(track->tape, "data", bytes);
    line_end(track->tape, false);
    tum_lock_leave(&track->tape->lock);
}

void tum_track_out(struct tum_track *track, struct tum_str bytes)
{
    if (!records(track))
        return;
    tum_lock_enter(&track->tape->lock);
    line_begin(track, "out");
    line_bytes(track->tape, "data", bytes);
    line_end(track->tape, false);
    tum_lock_leave(&track->tape->lock);
}

void tum_track_item(struct tum_track *track, const char *item)
{
    if (!records(track) || item == NULL)
        return;
    tum_lock_enter(&track->tape->lock);
    if (track->item == NULL || strcmp(track->item, item) != 0) {
        tum_free(track->item);
        track->item = tum_strdup(item);
        line_begin(track, "item");
        line_text(track->tape, "item", item);
        line_end(track->tape, false);
    }
    tum_lock_leave(&track->tape->lock);
}

void tum_track_read(struct tum_track *track, const char *what, int outcome, size_t size,
                    const char *how)
{
    if (!records(track))
        return;
    tum_lock_enter(&track->tape->lock);
    line_begin(track, "read");
    line_text(track->tape, "what", what);
    line_number(track->tape, "outcome", outcome);
    line_number(track->tape, "size", (int64_t)size);
    line_text(track->tape, "how", how);
    line_end(track->tape, true);
    tum_lock_leave(&track->tape->lock);
}

static void simple_line(struct tum_track *track, const char *event)
{
    if (!records(track))
        return;
    tum_lock_enter(&track->tape->lock);
    line_begin(track, event);
    line_end(track->tape, true);
    tum_lock_leave(&track->tape->lock);
}

void tum_track_late(struct tum_track *track)
{
    simple_line(track, "late");
}

void tum_track_end(struct tum_track *track, bool closed)
{
    simple_line(track, closed ? "close" : "end");
}

/* ---- reading a recording ---- */

/* Empty when the line has it not. */
static struct tum_str field(const struct event *event, const char *key)
{
    for (size_t i = 0; event != NULL && i < event->count; i++)
        if (tum_str_is(event->fields[i].key, key))
            return event->fields[i].value;
    return tum_str_n("", 0);
}

static int64_t number_field(const struct event *event, const char *key)
{
    int64_t number = 0;

    tum_str_int(field(event, key), &number);
    return number;
}

static bool is_event(const struct event *event, const char *kind)
{
    return event != NULL && tum_str_is(event->kind, kind);
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

static struct tum_str unescape(struct tum_tape *tape, struct tum_str text)
{
    char *out = tum_arena_alloc(tape->arena, text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.s[i];

        if (c != '\\' || i + 1 == text.n) {
            out[n++] = c;
            continue;
        }
        c = text.s[++i];
        if (c == 'x' && i + 2 < text.n) {
            out[n++] = (char)(hex_value(text.s[i + 1]) << 4 | hex_value(text.s[i + 2]));
            i += 2;
        } else {
            out[n++] = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
    }
    return tum_str_n(out, n);
}

static struct tum_track *track_of(struct tum_tape *tape, int64_t number)
{
    for (size_t i = 0; i < tape->count; i++)
        if (tape->tracks[i]->number == number)
            return tape->tracks[i];
    return add_track(tape, number);
}

static bool read_line(struct tum_tape *tape, struct tum_str line, size_t number,
                      struct tum_error **err)
{
    struct tum_str rest = line, time, channel, kind, piece;
    struct event event = {0};
    struct tum_track *track;
    bool more = true;
    int64_t t, n;

    if (!tum_str_split(&rest, &more, '\t', &time) || !tum_str_int(time, &t) ||
        !tum_str_split(&rest, &more, '\t', &channel) || !tum_str_int(channel, &n) ||
        !tum_str_split(&rest, &more, '\t', &kind))
        return tum_fail(err, TUM_ERROR_VALUE,
                        "the recording '%s', line %zu: no line of a recording",
                        tape->path, number);
    event.kind = unescape(tape, kind);
    while (event.count < FIELDS && tum_str_split(&rest, &more, '\t', &piece)) {
        size_t at = tum_str_find_char(piece, '=', 0);

        if (at == TUM_STR_NONE)
            continue;
        event.fields[event.count++] = (struct field){
            .key = unescape(tape, tum_str_sub(piece, 0, at)),
            .value = unescape(tape, tum_str_sub(piece, at + 1, piece.n)),
        };
    }
    track = track_of(tape, n);
    tum_grow(&track->events, &track->cap, track->count + 1);
    track->events[track->count++] = event;
    return true;
}

struct tum_tape *tum_tape_replay(const char *folder, struct tum_error **err)
{
    struct tum_tape *tape = tape_new(folder, true);
    struct tum_str rest, line;
    bool more = true, ok;
    size_t number = 0, length;
    char *text = NULL;

    ok = tum_file_read(tape->path, TUM_TAPE_LIMIT, &text, &length, err);
    if (ok) {
        tape->arena = tum_arena_new();
        track_of(tape, 0);
        rest = tum_str_n(text, length);
        while (ok && tum_str_split(&rest, &more, '\n', &line)) {
            number++;
            /* The last line of a run that was killed may be cut. */
            if (!more)
                break;
            ok = read_line(tape, line, number, err);
        }
        tum_free(text);
    }
    if (!ok) {
        tum_tape_free(tape);
        return NULL;
    }
    return tape;
}

/* ---- replaying ---- */

static void quote(struct tum_buf *out, struct tum_str text)
{
    struct tum_buf shown = TUM_BUF_INIT(TUM_BUF_ANY), clean = TUM_BUF_INIT(SHOWN);

    tum_utf8_add_replaced(&clean, tum_str_sub(text, 0, SHOWN));
    tum_console_show(&shown, tum_buf_str(&clean));
    for (size_t i = 0; i < shown.len; i++)
        if (shown.s[i] == '\n')
            tum_buf_adds(out, "\\n");
        else
            tum_buf_addc(out, shown.s[i]);
    if (text.n > SHOWN)
        tum_buf_adds(out, "…");
    tum_buf_release(&shown);
    tum_buf_release(&clean);
}

static struct event *here(const struct tum_track *track)
{
    return track->next < track->count ? &track->events[track->next] : NULL;
}

/* What the recording has here, in words. */
static void describe(const struct tum_track *track, struct tum_buf *out)
{
    const struct event *event = here(track);

    if (event == NULL) {
        tum_buf_adds(out, "nothing more");
    } else if (is_event(event, "out")) {
        tum_buf_adds(out, "a write of '");
        quote(out, tum_str_sub(field(event, "data"), track->out_done,
                               field(event, "data").n));
        tum_buf_adds(out, "'");
    } else if (is_event(event, "read")) {
        tum_buf_adds(out, "a read of ");
        quote(out, field(event, "what"));
    } else if (is_event(event, "close")) {
        tum_buf_adds(out, "the close");
    } else {
        tum_buf_addf(out, "'%.*s'", TUM_STR_ARG(event->kind));
    }
}

static bool differs(const struct tum_track *track, const char *what,
                    struct tum_str text, struct tum_error **err)
{
    struct tum_buf asks = TUM_BUF_INIT(TUM_BUF_ANY), has = TUM_BUF_INIT(TUM_BUF_ANY);

    quote(&asks, text);
    describe(track, &has);
    tum_fail(err, TUM_ERROR_VALUE,
             "differs from the recording: '%s' asks for %s %s, the recording has %s",
             track->name, what, asks.s, has.s);
    tum_buf_release(&asks);
    tum_buf_release(&has);
    return false;
}

/* Feeds what was received up to the next line of another kind; that line, or NULL. */
static struct event *feed_on(struct tum_track *track, tum_track_feed *feed, void *ctx)
{
    struct event *event;

    for (; (event = here(track)) != NULL; track->next++) {
        if (is_event(event, "in") && feed != NULL)
            feed(ctx, field(event, "data"));
        else if (!is_event(event, "item") && !is_event(event, "end"))
            break;
    }
    return event;
}

static bool open_differs(struct tum_track *track, const struct tum_track_open *open,
                         const struct event *line, struct tum_error **err)
{
    struct tum_str asks = field(line, "asks");

    if (tum_str_is(field(line, "protocol"), open->protocol) &&
        tum_str_is(asks, open->asks))
        return false;
    tum_fail(err, TUM_ERROR_VALUE,
             "differs from the recording: '%s' asks for %s %s, the recording has %.*s "
             "%.*s",
             open->name, open->protocol, open->asks,
             TUM_STR_ARG(field(line, "protocol")), TUM_STR_ARG(asks));
    track->taken = true;
    return true;
}

static struct tum_track *replay_open(struct tum_tape *tape,
                                     const struct tum_track_open *open,
                                     char **ret_target, struct tum_error **err)
{
    for (size_t i = 0; i < tape->count; i++) {
        struct tum_track *track = tape->tracks[i];
        const struct event *line;
        struct tum_str failure;

        if (track->taken || track->count == 0)
            continue;
        line = &track->events[0];
        if (!is_event(line, "open") || !tum_str_is(field(line, "name"), open->name))
            continue;
        if (open_differs(track, open, line, err))
            return NULL;
        track->taken = true;
        track->next = 1;
        tum_free((char *)(uintptr_t)track->name);
        track->name = tum_strdup(open->name);
        /* What came while it was opened (a login) is not what the campaign reads. */
        while (here(track) != NULL && !is_event(here(track), "opened"))
            track->next++;
        line = here(track);
        if (line == NULL)
            return track;
        track->next++;
        failure = field(line, "error");
        if (failure.n > 0) {
            tum_fail(err,
                     number_field(line, "stopped") != 0 ? TUM_ERROR_STOPPED
                                                        : TUM_ERROR_SYSTEM,
                     "%.*s", TUM_STR_ARG(failure));
            return NULL;
        }
        *ret_target = tum_strndup(field(line, "target").s, field(line, "target").n);
        return track;
    }
    tum_fail(err, TUM_ERROR_VALUE,
             "differs from the recording: '%s' (%s) is opened, the recording has no "
             "further opening of it",
             open->name, open->asks);
    return NULL;
}

struct tum_track *tum_track_begin(struct tum_tape *tape,
                                  const struct tum_track_open *open, char **ret_target,
                                  struct tum_error **err)
{
    struct tum_track *track;

    tum_lock_enter(&tape->lock);
    if (tape->replays) {
        track = replay_open(tape, open, ret_target, err);
    } else {
        track = add_track(tape, (int64_t)tape->count);
        line_begin(track, "open");
        line_text(tape, "name", open->name);
        line_text(tape, "protocol", open->protocol);
        line_text(tape, "asks", open->asks);
        line_text(tape, "item", open->item);
        line_end(tape, false);
    }
    tum_lock_leave(&tape->lock);
    return track;
}

bool tum_track_send(struct tum_track *track, struct tum_str bytes, tum_track_feed *feed,
                    void *ctx, struct tum_error **err)
{
    while (bytes.n > 0) {
        struct event *event = feed_on(track, feed, ctx);
        struct tum_str then = field(event, "data");
        size_t n;

        if (!is_event(event, "out"))
            return differs(track, "a write of", bytes, err);
        n = TUM_MIN(then.n - track->out_done, bytes.n);
        if (memcmp(then.s + track->out_done, bytes.s, n) != 0)
            return differs(track, "a write of", bytes, err);
        bytes = tum_str_sub(bytes, n, bytes.n);
        track->out_done += n;
        if (track->out_done == then.n) {
            track->out_done = 0;
            track->next++;
        }
    }
    return true;
}

bool tum_track_next_read(struct tum_track *track, const char *what,
                         tum_track_feed *feed, void *ctx, struct tum_track_read *ret,
                         struct tum_error **err)
{
    struct event *event = feed_on(track, feed, ctx);

    if (!is_event(event, "read") || !tum_str_is(field(event, "what"), what))
        return differs(track, "a read of", tum_str_of(what), err);
    track->next++;
    *ret = (struct tum_track_read){
        .outcome = (int)number_field(event, "outcome"),
        .size = (size_t)number_field(event, "size"),
        .how = field(event, "how").n > 0 ? field(event, "how").s : NULL,
    };
    return true;
}

bool tum_track_next_datagram(struct tum_track *track, struct tum_buf *ret,
                             char **ret_peer, bool *ret_late, struct tum_error **err)
{
    struct event *event = feed_on(track, NULL, NULL);
    struct tum_str peer = field(event, "peer");

    if (!is_event(event, "in") && !is_event(event, "late"))
        return differs(track, "an answer", tum_str_n("", 0), err);
    track->next++;
    *ret_late = is_event(event, "late");
    if (!*ret_late) {
        tum_buf_addt(ret, field(event, "data"));
        *ret_peer = tum_strndup(peer.s, peer.n);
    }
    return true;
}

/* ---- random numbers ---- */

static bool replay_random(struct tum_tape *tape, const char *item, uint32_t *ret,
                          struct tum_error **err)
{
    struct tum_track *track = tape->tracks[0];

    for (size_t i = 0; i < track->count; i++) {
        struct event *event = &track->events[i];

        if (event->used || !is_event(event, "random") ||
            !tum_str_is(field(event, "item"), item))
            continue;
        event->used = true;
        *ret = (uint32_t)number_field(event, "number");
        return true;
    }
    return tum_fail(err, TUM_ERROR_VALUE,
                    "differs from the recording: it has no further random number for "
                    "'%s'",
                    item);
}

bool tum_tape_random(struct tum_tape *tape, const char *item, uint32_t *ret,
                     struct tum_error **err)
{
    uint32_t number = 0;
    bool ok = true;

    if (tape != NULL && tape->replays) {
        tum_lock_enter(&tape->lock);
        ok = replay_random(tape, item, ret, err);
        tum_lock_leave(&tape->lock);
        return ok;
    }
    while (number == 0)
        if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
            number = 0;
    if (tape != NULL) {
        tum_lock_enter(&tape->lock);
        line_begin(tape->tracks[0], "random");
        line_text(tape, "item", item);
        line_number(tape, "number", number);
        line_end(tape, false);
        tum_lock_leave(&tape->lock);
    }
    *ret = number;
    return ok;
}
