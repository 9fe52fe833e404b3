/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages on a stream: four bytes of length, most significant first, then so many
 * bytes of UTF-8, a JSON object (schemas/worker.md). This file does not look into them.
 */
#ifndef TUM_FRAME_H
#define TUM_FRAME_H

#include "tum/buf.h"
#include "tum/err.h"

#define TUM_FRAME_LIMIT ((size_t)64 << 20) /* bytes of one message */

/*
 * Adds a message to what is to be sent. LIMIT error when it is too large; `out` is then
 * unchanged.
 */
bool tum_frame_add(struct tum_buf *out, struct tum_str text, struct tum_error **err);

/* What was received and not taken yet. One thread. */
struct tum_frames {
    struct tum_buf bytes;
    size_t taken; /* bytes at the front that were taken */
    bool drained; /* the last read took all there was */
};

void tum_frames_init(struct tum_frames *frames);
void tum_frames_release(struct tum_frames *frames);

enum tum_frames_read { TUM_FRAMES_SOME, TUM_FRAMES_NOTHING, TUM_FRAMES_END };
/* Reads once from a descriptor that does not block. END: closed, or broken. */
enum tum_frames_read tum_frames_read(struct tum_frames *frames, int fd);
/* Adds bytes as if they had been read. */
void tum_frames_feed(struct tum_frames *frames, struct tum_str bytes);

enum tum_frames_next { TUM_FRAMES_ONE, TUM_FRAMES_MORE, TUM_FRAMES_BAD };
/*
 * The next whole message, borrowed until the next call on `frames`. MORE: not whole
 * yet. BAD: an empty or too large message; nothing after it can be trusted.
 */
enum tum_frames_next tum_frames_next(struct tum_frames *frames, struct tum_str *ret);

#endif
