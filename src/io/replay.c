/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a recording, and walking along it as the campaign asks: what was received comes
 * again, and what is asked for otherwise is a difference.
 */
#include "io/tapeparts.h"

#include "base/fd.h"
#include "base/utf8.h"

/* Of a difference, shown of each side. */
#define SHOWN 60u

/* ---- reading a recording ---- */

/* Empty when the line has it not. */
static struct tum_str field(const struct tum_tape_event *event, const char *key)
{
    for (size_t i = 0; event != NULL && i < event->count; i++)
        if (tum_str_is(event->fields[i].key, key))
            return event->fields[i].value;
    return tum_str_n("", 0);
}

static int64_t number_field(const struct tum_tape_event *event, const char *key)
{
    int64_t number = 0;

    tum_str_int(field(event, key), &number);
    return number;
}

static bool is_event(const struct tum_tape_event *event, const char *kind)
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
    out[n] = '\0';
    return tum_str_n(out, n);
}

static struct tum_track *track_of(struct tum_tape *tape, int64_t number)
{
    /* Mostly they begin in the order of their numbers. */
    if (number >= 0 && (uint64_t)number < tape->count &&
        tape->tracks[number]->number == number)
        return tape->tracks[number];
    for (size_t i = 0; i < tape->count; i++)
        if (tape->tracks[i]->number == number)
            return tape->tracks[i];
    return tum_tape_add_track(tape, number);
}

static bool read_line(struct tum_tape *tape, struct tum_str line, size_t number,
                      struct tum_error **err)
{
    struct tum_str rest = line, time, channel, kind, piece;
    struct tum_tape_field fields[TUM_TAPE_FIELDS];
    struct tum_tape_event event = {0};
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
    event.at = t;
    while (event.count < TUM_TAPE_FIELDS && tum_str_split(&rest, &more, '\t', &piece)) {
        size_t at = tum_str_find_char(piece, '=', 0);

        if (at == TUM_STR_NONE)
            continue;
        fields[event.count++] = (struct tum_tape_field){
            .key = unescape(tape, tum_str_sub(piece, 0, at)),
            .value = unescape(tape, tum_str_sub(piece, at + 1, piece.n)),
        };
    }
    if (event.count > 0) {
        event.fields = tum_arena_alloc(tape->arena, event.count * sizeof(*fields));
        memcpy(event.fields, fields, event.count * sizeof(*fields));
    }
    track = track_of(tape, n);
    tum_grow(&track->events, &track->cap, track->count + 1);
    track->events[track->count++] = event;
    return true;
}

struct tum_tape *tum_tape_replay(const char *folder, struct tum_error **err)
{
    struct tum_tape *tape = tum_tape_new(folder, true);
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

static struct tum_tape_event *here(const struct tum_track *track)
{
    return track->next < track->count ? &track->events[track->next] : NULL;
}

/* What the recording has here, in words. */
static void describe(const struct tum_track *track, struct tum_buf *out)
{
    const struct tum_tape_event *event = here(track);

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

static bool differs(struct tum_track *track, const char *what, struct tum_str text,
                    struct tum_error **err)
{
    struct tum_buf asks = TUM_BUF_INIT(TUM_BUF_ANY), has = TUM_BUF_INIT(TUM_BUF_ANY);

    track->differs = true;
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
static struct tum_tape_event *feed_on(struct tum_track *track, tum_track_feed *feed,
                                      void *ctx)
{
    struct tum_tape_event *event;

    for (; (event = here(track)) != NULL; track->next++) {
        if (is_event(event, "in") && feed != NULL)
            feed(ctx, field(event, "data"));
        else if (is_event(event, "item"))
            track->who = field(event, "item");
        else if (!is_event(event, "end"))
            break;
    }
    return event;
}

static bool open_differs(struct tum_track *track, const struct tum_track_open *open,
                         const struct tum_tape_event *line, struct tum_error **err)
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

struct tum_track *tum_replay_open(struct tum_tape *tape,
                                  const struct tum_track_open *open, char **ret_target,
                                  struct tum_error **err)
{
    for (size_t i = 0; i < tape->count; i++) {
        struct tum_track *track = tape->tracks[i];
        const struct tum_tape_event *line;
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

/* What a campaign does next, and which item of it; NULL: nothing. */
static const struct tum_tape_event *peek(const struct tum_track *track,
                                         struct tum_str *ret_who)
{
    *ret_who = track->who;
    for (size_t i = track->next; i < track->count; i++) {
        const struct tum_tape_event *event = &track->events[i];

        if (is_event(event, "item"))
            *ret_who = field(event, "item");
        else if (!is_event(event, "in") && !is_event(event, "end"))
            return event;
    }
    return NULL;
}

static bool is_by(const struct tum_track *track, struct tum_str who, const char *item)
{
    return track->anybody || item == NULL || who.n == 0 || tum_str_is(who, item);
}

bool tum_track_fits_send(const struct tum_track *track, struct tum_str bytes,
                         const char *item)
{
    struct tum_str who;
    const struct tum_tape_event *event = peek(track, &who);
    struct tum_str then = field(event, "data");

    if (bytes.n == 0)
        return true;
    if (!is_event(event, "out") || !is_by(track, who, item))
        return false;
    then = tum_str_sub(then, track->out_done, then.n);
    return memcmp(then.s, bytes.s, TUM_MIN(then.n, bytes.n)) == 0;
}

bool tum_track_fits_read(const struct tum_track *track, const char *what,
                         const char *item)
{
    struct tum_str who;
    const struct tum_tape_event *event = peek(track, &who);

    return is_event(event, "read") && tum_str_is(field(event, "what"), what) &&
           is_by(track, who, item);
}

void tum_track_anybody(struct tum_track *track)
{
    track->anybody = true;
}

bool tum_track_differs(const struct tum_track *track)
{
    return track->differs;
}

bool tum_track_send(struct tum_track *track, struct tum_str bytes, tum_track_feed *feed,
                    void *ctx, struct tum_error **err)
{
    while (bytes.n > 0) {
        struct tum_tape_event *event = feed_on(track, feed, ctx);
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
    struct tum_tape_event *event = feed_on(track, feed, ctx);

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

enum tum_waited tum_track_next_datagram(struct tum_track *track, struct tum_buf *ret,
                                        char **ret_peer, struct tum_error **err)
{
    struct tum_tape_event *event = feed_on(track, NULL, NULL);
    struct tum_str peer = field(event, "peer");

    if (!is_event(event, "in") && !is_event(event, "late") &&
        !is_event(event, "stopped")) {
        differs(track, "an answer", tum_str_n("", 0), err);
        return TUM_READY;
    }
    track->next++;
    if (is_event(event, "late"))
        return TUM_LATE;
    if (is_event(event, "stopped"))
        return TUM_STOPPED;
    tum_buf_addt(ret, field(event, "data"));
    *ret_peer = tum_strndup(peer.s, peer.n);
    return TUM_READY;
}

/* ---- what is left ---- */

/* Nothing of what a campaign does: it comes, or says who writes. */
static bool is_passive(const struct tum_tape_event *event)
{
    return is_event(event, "in") || is_event(event, "item") || is_event(event, "end") ||
           is_event(event, "close") || is_event(event, "opened");
}

/* Moves on to what the campaign would do next; NULL: nothing. */
static struct tum_tape_event *left_of(struct tum_track *track)
{
    while (here(track) != NULL && is_passive(here(track)))
        track->next++;
    return here(track);
}

bool tum_tape_left(struct tum_tape *tape, struct tum_error **err)
{
    struct tum_track *first = NULL;
    struct tum_buf has = TUM_BUF_INIT(TUM_BUF_ANY);
    char *name;

    if (!tum_tape_replays(tape))
        return false;
    tum_lock_enter(&tape->lock);
    /* Channel 0 has random numbers: what asks for them also writes them. */
    for (size_t i = 1; i < tape->count; i++) {
        struct tum_track *track = tape->tracks[i];
        const struct tum_tape_event *event = left_of(track);

        if (event != NULL && (first == NULL || event->at < here(first)->at))
            first = track;
    }
    if (first != NULL && is_event(here(first), "open")) {
        struct tum_str text = field(here(first), "name");

        name = tum_strndup(text.s, text.n);
        tum_fail(err, TUM_ERROR_VALUE,
                 "differs from the recording: '%s' was opened there (%.*s) and is not "
                 "opened now",
                 name, TUM_STR_ARG(field(here(first), "asks")));
        tum_free(name);
    } else if (first != NULL) {
        describe(first, &has);
        tum_fail(err, TUM_ERROR_VALUE,
                 "differs from the recording: '%s' asks for nothing more, the "
                 "recording has %s",
                 first->name, has.s);
    }
    tum_lock_leave(&tape->lock);
    tum_buf_release(&has);
    return first != NULL;
}

/* ---- random numbers ---- */

bool tum_replay_random(struct tum_tape *tape, const char *item, uint32_t *ret,
                       struct tum_error **err)
{
    struct tum_track *track = tape->tracks[0];

    for (size_t i = 0; i < track->count; i++) {
        struct tum_tape_event *event = &track->events[i];

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
