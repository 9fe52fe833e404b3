/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings: tapes, and writing them. What a channel is, and what its bytes mean, is not
 * known here; how one is read again is in replay.c.
 */
#include "io/tapeparts.h"

#include "base/fd.h"
#include "base/path.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

/* Lines gathered before they are written. */
#define GATHER ((size_t)256 << 10)

/* ---- tapes ---- */

struct tum_tape *tum_tape_new(const char *folder, bool replays)
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

    if (tape->os == 0 && tape->gathered.len > 0 &&
        !tum_fd_write_all(tape->fd, tum_buf_str(&tape->gathered), &err)) {
        tape->os = err->os != 0 ? err->os : EIO;
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

bool tum_tape_trouble(struct tum_tape *tape, struct tum_buf *out)
{
    bool is;

    if (tape == NULL || tape->replays)
        return false;
    tum_lock_enter(&tape->lock);
    is = tape->os != 0 && !tape->told;
    tape->told = tape->os != 0;
    tum_lock_leave(&tape->lock);
    if (is)
        tum_buf_addf(out, "the recording '%s' ends here, it cannot be written: %s",
                     tape->path, tum_errno_text(tape->os));
    return is;
}

void tum_tape_flush(struct tum_tape *tape)
{
    if (tape == NULL || tape->replays)
        return;
    tum_lock_enter(&tape->lock);
    flush(tape);
    tum_lock_leave(&tape->lock);
}

bool tum_tape_replays(const struct tum_tape *tape)
{
    return tape != NULL && tape->replays;
}

struct tum_track *tum_tape_add_track(struct tum_tape *tape, int64_t number)
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
    struct tum_tape *tape = tum_tape_new(folder, false);

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
    tum_tape_add_track(tape, 0);
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

/* Locked. */
static void note_item(struct tum_track *track, const char *item)
{
    if (item == NULL || (track->item != NULL && strcmp(track->item, item) == 0))
        return;
    tum_free(track->item);
    track->item = tum_strdup(item);
    line_begin(track, "item");
    line_text(track->tape, "item", item);
    line_end(track->tape, false);
}

void tum_track_item(struct tum_track *track, const char *item)
{
    if (!records(track))
        return;
    tum_lock_enter(&track->tape->lock);
    note_item(track, item);
    tum_lock_leave(&track->tape->lock);
}

void tum_track_read(struct tum_track *track, const char *item, const char *what,
                    int outcome, size_t size, const char *how)
{
    if (!records(track))
        return;
    tum_lock_enter(&track->tape->lock);
    note_item(track, item);
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

void tum_track_late(struct tum_track *track, bool stopped)
{
    simple_line(track, stopped ? "stopped" : "late");
}

void tum_track_end(struct tum_track *track, bool closed)
{
    simple_line(track, closed ? "close" : "end");
}

struct tum_track *tum_track_begin(struct tum_tape *tape,
                                  const struct tum_track_open *open, char **ret_target,
                                  struct tum_error **err)
{
    struct tum_track *track;

    tum_lock_enter(&tape->lock);
    if (tape->replays) {
        track = tum_replay_open(tape, open, ret_target, err);
    } else {
        track = tum_tape_add_track(tape, (int64_t)tape->count);
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

/* ---- random numbers ---- */

bool tum_tape_random(struct tum_tape *tape, const char *item, uint32_t *ret,
                     struct tum_error **err)
{
    uint32_t number = 0;
    bool ok = true;

    if (tape != NULL && tape->replays) {
        tum_lock_enter(&tape->lock);
        ok = tum_replay_random(tape, item, ret, err);
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
