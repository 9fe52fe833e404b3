/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of the language server: reads and writes them; what they say is not its business.
 */
#include "lsp/lspframe.h"

#include "base/fd.h"
#include "tum/wait.h"
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define HEADER_LIMIT ((size_t)8192)
#define READ_SIZE    TUM_HOSTILE_OR(3, 65536)

void tum_lspframes_init(struct tum_lspframes *frames, int fd)
{
    *frames = (struct tum_lspframes){.fd = fd};
    tum_buf_init(&frames->bytes, TUM_LSP_MESSAGE_LIMIT + HEADER_LIMIT);
}

void tum_lspframes_release(struct tum_lspframes *frames)
{
    tum_buf_release(&frames->bytes);
}

static bool read_length(struct tum_str header, size_t *ret, struct tum_error **err)
{
    struct tum_str line;
    bool more = true, found = false;

    while (tum_str_split(&header, &more, '\n', &line)) {
        size_t colon = tum_str_find_char(line, ':', 0);
        int64_t number;

        if (colon == TUM_STR_NONE ||
            !tum_str_is_nocase(tum_str_trim(tum_str_sub(line, 0, colon)),
                               "content-length"))
            continue;
        if (!tum_str_int(tum_str_trim(tum_str_sub(line, colon + 1, line.n)), &number) ||
            number < 0)
            return tum_fail(err, TUM_ERROR_SYNTAX, "bad header '%.*s'",
                            TUM_STR_ARG(tum_str_trim(line)));
        if ((uint64_t)number > TUM_LSP_MESSAGE_LIMIT)
            return tum_fail(err, TUM_ERROR_LIMIT,
                            "a message of %lld bytes; the limit is %zu",
                            (long long)number, TUM_LSP_MESSAGE_LIMIT);
        *ret = (size_t)number;
        found = true;
    }
    return found || tum_fail(err, TUM_ERROR_SYNTAX, "a message without Content-Length");
}

/* A whole frame that was read; LATE: there is none yet. */
static enum tum_lspframe take(struct tum_lspframes *frames, struct tum_str *ret,
                              struct tum_error **err)
{
    struct tum_str rest =
        tum_str_sub(tum_buf_str(&frames->bytes), frames->taken, frames->bytes.len);
    size_t header = tum_str_find(rest, TUM_S("\r\n\r\n"), 0), length = 0;

    if (header == TUM_STR_NONE && rest.n <= HEADER_LIMIT)
        return TUM_LSPFRAME_LATE;
    if (header == TUM_STR_NONE || header > HEADER_LIMIT) {
        tum_fail(err, TUM_ERROR_SYNTAX, "a header of more than %zu bytes",
                 HEADER_LIMIT);
        return TUM_LSPFRAME_BAD;
    }
    if (!read_length(tum_str_sub(rest, 0, header), &length, err))
        return TUM_LSPFRAME_BAD;
    header += 4;
    if (rest.n - header < length)
        return TUM_LSPFRAME_LATE;
    *ret = tum_str_sub(rest, header, header + length);
    frames->taken += header + length;
    return TUM_LSPFRAME_ONE;
}

static void drop_taken(struct tum_lspframes *frames)
{
    struct tum_buf *bytes = &frames->bytes;

    if (frames->taken == 0)
        return;
    memmove(bytes->s, bytes->s + frames->taken, bytes->len - frames->taken);
    tum_buf_truncate(bytes, bytes->len - frames->taken);
    frames->taken = 0;
}

enum tum_lspframe tum_lspframes_next(struct tum_lspframes *frames, tum_time deadline,
                                     struct tum_str *ret, struct tum_error **err)
{
    for (;;) {
        enum tum_lspframe next = take(frames, ret, err);
        char chunk[READ_SIZE];
        ssize_t n;

        if (next != TUM_LSPFRAME_LATE)
            return next;
        drop_taken(frames);
        if (tum_wait(NULL, frames->fd, POLLIN, deadline) == TUM_LATE)
            return TUM_LSPFRAME_LATE;
        n = read(frames->fd, chunk, sizeof chunk);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0) {
            tum_fail_os(err, errno, "reading the editor's messages");
            return TUM_LSPFRAME_BAD;
        }
        if (n == 0)
            return TUM_LSPFRAME_END;
        tum_buf_add(&frames->bytes, chunk, (size_t)n);
    }
}

bool tum_lspframe_write(int fd, struct tum_str message, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf frame = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_addf(&frame, "Content-Length: %zu\r\n\r\n", message.n);
    tum_buf_addt(&frame, message);
    return tum_fd_write_all(fd, tum_buf_str(&frame), err);
}
