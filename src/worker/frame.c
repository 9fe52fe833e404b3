/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a stream into messages and back. Who they are for is decided in rpc.c.
 */
#include "worker/frame.h"
#include <errno.h>
#include <unistd.h>

#define HEAD  4
#define CHUNK TUM_HOSTILE_OR(3, 65536)
/* Memory that a large message needed is given back when it was taken. */
#define KEEP  ((size_t)1 << 20)

bool tum_frame_add(struct tum_buf *out, struct tum_str text, struct tum_error **err)
{
    unsigned char head[HEAD] = {(unsigned char)(text.n >> 24),
                                (unsigned char)(text.n >> 16),
                                (unsigned char)(text.n >> 8), (unsigned char)text.n};

    if (text.n == 0 || text.n > TUM_FRAME_LIMIT)
        return tum_fail(err, TUM_ERROR_LIMIT, "message of %zu bytes for a worker",
                        text.n);
    if (out->limit - out->len < HEAD + text.n)
        return tum_fail(err, TUM_ERROR_LIMIT,
                        "too much is waiting to be sent to a worker");
    tum_buf_add(out, head, sizeof head);
    tum_buf_addt(out, text);
    return true;
}

void tum_frames_init(struct tum_frames *frames)
{
    /* One message, and what was read beyond its end. */
    tum_buf_init(&frames->bytes, TUM_FRAME_LIMIT + HEAD + CHUNK);
    frames->taken = 0;
}

void tum_frames_release(struct tum_frames *frames)
{
    tum_buf_release(&frames->bytes);
    frames->taken = 0;
}

static void forget_taken(struct tum_frames *frames)
{
    struct tum_buf *bytes = &frames->bytes;

    if (frames->taken == 0)
        return;
    memmove(bytes->s, bytes->s + frames->taken, bytes->len - frames->taken);
    tum_buf_truncate(bytes, bytes->len - frames->taken);
    frames->taken = 0;
    if (bytes->len == 0 && bytes->cap > KEEP)
        tum_buf_release(bytes);
}

enum tum_frames_read tum_frames_read(struct tum_frames *frames, int fd)
{
    char chunk[CHUNK];
    ssize_t n;

    do
        n = read(fd, chunk, sizeof chunk);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return TUM_FRAMES_NOTHING;
    if (n <= 0)
        return TUM_FRAMES_END;
    tum_frames_feed(frames, tum_str_n(chunk, (size_t)n));
    frames->drained = (size_t)n < sizeof chunk;
    return TUM_FRAMES_SOME;
}

void tum_frames_feed(struct tum_frames *frames, struct tum_str bytes)
{
    forget_taken(frames);
    tum_buf_addt(&frames->bytes, bytes);
}

enum tum_frames_next tum_frames_next(struct tum_frames *frames, struct tum_str *ret)
{
    const unsigned char *head = (const unsigned char *)frames->bytes.s + frames->taken;
    size_t have = frames->bytes.len - frames->taken, size;

    if (have < HEAD)
        return TUM_FRAMES_MORE;
    size = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 |
           (size_t)head[3];
    if (size == 0 || size > TUM_FRAME_LIMIT || frames->bytes.full)
        return TUM_FRAMES_BAD;
    if (have < HEAD + size)
        return TUM_FRAMES_MORE;
    *ret = tum_str_n((const char *)head + HEAD, size);
    frames->taken += HEAD + size;
    return TUM_FRAMES_ONE;
}
