/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the language server on the wire: a header of lines, an empty line, as many
 * bytes as Content-Length says.
 */
#ifndef TUM_LSPFRAME_H
#define TUM_LSPFRAME_H

#include "tum/buf.h"
#include "tum/clock.h"
#include "tum/err.h"

/* Bytes of a message: a document and what JSON makes of it. */
#define TUM_LSP_MESSAGE_LIMIT ((size_t)64 << 20)

struct tum_lspframes {
    int fd;
    struct tum_buf bytes; /* read, not taken yet */
    size_t taken;
};

enum tum_lspframe {
    TUM_LSPFRAME_ONE,
    TUM_LSPFRAME_LATE,
    TUM_LSPFRAME_END,
    TUM_LSPFRAME_BAD
};

void tum_lspframes_init(struct tum_lspframes *frames, int fd);
void tum_lspframes_release(struct tum_lspframes *frames);
/*
 * ONE: *ret is the next message, borrowed until the next call. LATE: none came until the
 * deadline. BAD: *err says what is wrong; nothing that follows can be understood.
 */
enum tum_lspframe tum_lspframes_next(struct tum_lspframes *frames, tum_time deadline,
                                     struct tum_str *ret, struct tum_error **err);
bool tum_lspframe_write(int fd, struct tum_str message, struct tum_error **err);

#endif
