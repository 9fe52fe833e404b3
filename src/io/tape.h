/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings of channels: FOLDER/channels.tape, a line for everything that happened, in
 * the order in which it did: nanoseconds since the recording began, number of the channel,
 * kind, and fields KEY=VALUE, separated by TAB. In values all but printable ASCII is
 * written as \n \r \t \\ or \xHH.
 *
 *   open         name, protocol, asks: what was asked for, item: who asked
 *   opened       target; or error, and stopped=1 when a stop request was the reason
 *   in, out      data: bytes; of datagrams also peer
 *   item         item: who writes, or ends a read, from here on
 *   read         the end of a read: what was expected, outcome, size: bytes of text consumed,
 *                how the stream ended
 *   late         nothing came within a wait for a datagram; stopped: it was cut by a stop
 *   end, close   of the stream, of the channel
 *   random       of channel 0: number, item: who asked
 *
 * A replay walks along the lines of each channel. What was received comes when the campaign
 * has done what it did before it then; what it does otherwise is a difference, and the
 * first one is the error. Channels are independent of each other: branches that run
 * in another order make no difference.
 */
#ifndef TUM_TAPE_H
#define TUM_TAPE_H

#include "io/driver.h"

#define TUM_TAPE_FILE  "channels.tape"
/* A recording that is longer is not replayed. */
#define TUM_TAPE_LIMIT ((size_t)2 << 30)

/* A replay waits so long for another branch to do what comes first in the recording, and
   for the stop that cut a wait then. */
#define TUM_TAPE_PATIENCE      TUM_SECOND
#define TUM_TAPE_STOP_PATIENCE (30 * TUM_SECOND)

struct tum_tape;
struct tum_track;

struct tum_tape *tum_tape_record(const char *folder, struct tum_error **err);
struct tum_tape *tum_tape_replay(const char *folder, struct tum_error **err);
void tum_tape_free(struct tum_tape *tape); /* accepts NULL */
bool tum_tape_replays(const struct tum_tape *tape);
/* Recording: why it ended early (the disk is full), in words, once. False: it did not. */
bool tum_tape_trouble(struct tum_tape *tape, struct tum_buf *out);
/* Recording: writes what is gathered. */
void tum_tape_flush(struct tum_tape *tape);
/* Replaying, at the end: the first thing that the recording has and nobody asked for. */
bool tum_tape_left(struct tum_tape *tape, struct tum_error **err);
bool tum_tape_random(struct tum_tape *tape, const char *item, uint32_t *ret,
                     struct tum_error **err);

/* ---- one channel ---- */

struct tum_track_open {
    const char *name, *protocol, *asks, *item;
};
/*
 * Begins a channel; owned by the tape. Replaying: the next of that name. NULL with err: there is none, or
 * something else was asked for, or it could not be opened then.
 */
struct tum_track *tum_track_begin(struct tum_tape *tape,
                                  const struct tum_track_open *open, char **ret_target,
                                  struct tum_error **err);
/* Recording: it was opened, or not. */
void tum_track_opened(struct tum_track *track, const char *target,
                      const struct tum_error *failure);
bool tum_track_replays(const struct tum_track *track); /* NULL: false */

/* Recording; NULL tracks are nothing. `peer` may be NULL. */
void tum_track_in(struct tum_track *track, struct tum_str bytes, const char *peer);
void tum_track_out(struct tum_track *track, struct tum_str bytes);
void tum_track_item(struct tum_track *track, const char *item);
void tum_track_read(struct tum_track *track, const char *item, const char *what,
                    int outcome, size_t size, const char *how);
void tum_track_late(struct tum_track *track, bool stopped);
void tum_track_end(struct tum_track *track, bool closed);

/* Replaying. `feed` gets what was received, in the order of the recording. */
typedef void tum_track_feed(void *ctx, struct tum_str bytes);
bool tum_track_send(struct tum_track *track, struct tum_str bytes, tum_track_feed *feed,
                    void *ctx, struct tum_error **err);
/*
 * Whether a write of these bytes, or a read of `what`, by that item (NULL: any) is what comes next. When not, another branch
 * may have to do its part before; after a difference nothing is worth waiting for.
 */
bool tum_track_fits_send(const struct tum_track *track, struct tum_str bytes,
                         const char *item);
bool tum_track_fits_read(const struct tum_track *track, const char *what,
                         const char *item);
bool tum_track_differs(const struct tum_track *track);
/* It was waited for in vain: the items have other names now. */
void tum_track_anybody(struct tum_track *track);
/* Feeds up to the end of the next read, which must be one for `what`. */
struct tum_track_read {
    int outcome;
    size_t size;
    const char *how; /* owned by the tape; or NULL */
};
bool tum_track_next_read(struct tum_track *track, const char *what,
                         tum_track_feed *feed, void *ctx, struct tum_track_read *ret,
                         struct tum_error **err);
/* The next datagram. LATE, STOPPED: none came then. READY with err: a difference. */
enum tum_waited tum_track_next_datagram(struct tum_track *track, struct tum_buf *ret,
                                        char **ret_peer, struct tum_error **err);

#endif
