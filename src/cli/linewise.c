/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line in, line out.
 */
#include "cli/linewise.h"
#include "cli/live.h"
#include "engine/session.h"
#include <errno.h>
#include <unistd.h>

#define CHUNK ((size_t)TUM_HOSTILE_OR(3, 65536))

struct linewise {
    void (*answer)(void *ctx, struct tum_str line, struct tum_buf *out);
    void *ctx;
    struct tum_buf in, out;
};

/* Answers the complete lines of `in`, and with `all` the rest too. */
static bool answer_lines(struct linewise *lines, bool all)
{
    struct tum_str rest = tum_buf_str(&lines->in);
    size_t end;

    while ((end = tum_str_find_char(rest, '\n', 0)) != TUM_STR_NONE ||
           (all && rest.n > 0)) {
        struct tum_str line = tum_str_sub(rest, 0, TUM_MIN(end, rest.n));

        lines->answer(lines->ctx, line, &lines->out);
        rest = tum_str_sub(rest, line.n + 1, rest.n);
        if (lines->out.len >= CHUNK) {
            if (!tum_print(tum_buf_str(&lines->out)))
                return false;
            tum_buf_reset(&lines->out);
        }
    }
    memmove(lines->in.s, rest.s, rest.n);
    tum_buf_truncate(&lines->in, rest.n);
    if (lines->out.len > 0 && !tum_print(tum_buf_str(&lines->out)))
        return false;
    tum_buf_reset(&lines->out);
    return true;
}

static int serve(struct linewise *lines)
{
    char chunk[CHUNK];

    for (;;) {
        ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            tum_complain("cannot read standard input: %s", tum_errno_text(errno));
            return TUM_STATUS_INTERNAL;
        }
        tum_buf_add(&lines->in, chunk, (size_t)n);
        if (lines->in.full) {
            tum_complain("a line of standard input is longer than %zu bytes",
                         TUM_LINEWISE_LIMIT);
            return TUM_STATUS_USAGE;
        }
        if (!answer_lines(lines, n == 0))
            return TUM_STATUS_INTERNAL;
        if (n == 0)
            return TUM_STATUS_PASSED;
    }
}

int tum_linewise(void (*answer)(void *ctx, struct tum_str line, struct tum_buf *out),
                 void *ctx)
{
    struct linewise lines = {.answer = answer, .ctx = ctx};
    int status;

    tum_buf_init(&lines.in, TUM_LINEWISE_LIMIT);
    tum_buf_init(&lines.out, TUM_BUF_ANY);
    status = serve(&lines);
    tum_buf_release(&lines.in);
    tum_buf_release(&lines.out);
    return status;
}
