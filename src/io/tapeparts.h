/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What recording (tape.c) and replaying (replay.c) share.
 */
#ifndef TUM_TAPEPARTS_H
#define TUM_TAPEPARTS_H

#include "io/tape.h"
#include "tum/mem.h"

/* Of one line; more are not read. */
#define TUM_TAPE_FIELDS 8

struct tum_tape_field {
    struct tum_str key, value;
};

struct tum_tape_event {
    struct tum_str kind;
    tum_time at;                   /* since the recording began */
    struct tum_tape_field *fields; /* of the tape's arena */
    size_t count;
    bool used;
};

struct tum_track {
    struct tum_tape *tape;
    int64_t number;
    const char *name; /* of the channel, for messages; owned */
    char *item;       /* recording: who was noted last */
    bool taken;       /* replaying: opened by the campaign */
    bool differs;     /* replaying: something else was asked for */
    /* Replaying: who writes or reads from here on; not looked at any longer. */
    struct tum_str who;
    bool anybody;
    /* Replaying: its lines, and the next of them; the first bytes of an `out` line may have
       been written already. */
    struct tum_tape_event *events;
    size_t count, cap, next, out_done;
};

struct tum_tape {
    struct tum_lock lock;
    bool replays;
    int fd; /* recording */
    tum_time begun;
    int os;    /* recording: why no more is written, or 0 */
    bool told; /* that it is so */
    struct tum_buf gathered;
    struct tum_track **tracks;
    size_t count, cap;
    struct tum_arena *arena; /* replaying: the texts of all lines */
    char *path;
};

/* Not open yet. */
struct tum_tape *tum_tape_new(const char *folder, bool replays) TUM_MUST_USE;
struct tum_track *tum_tape_add_track(struct tum_tape *tape, int64_t number);

/* ---- replay.c; the tape locked ---- */

/* The next channel of that name; see tum_track_begin. */
struct tum_track *tum_replay_open(struct tum_tape *tape,
                                  const struct tum_track_open *open, char **ret_target,
                                  struct tum_error **err);
bool tum_replay_random(struct tum_tape *tape, const char *item, uint32_t *ret,
                       struct tum_error **err);

#endif
