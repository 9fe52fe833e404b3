/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program run to its end: input fed, both outputs drained at the same time, stop and
 * deadline obeyed. What the output means is the caller's business.
 */
#include "base/fd.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define OUT_LIMIT ((size_t)16 << 20) /* when opts.out_limit is 0 */
#define CHUNK     TUM_HOSTILE_OR(3, 65536)
/* Chunks read of one stream before the others get their turn. */
#define TURNS     TUM_HOSTILE_OR(2, 4)

struct stream {
    int fd;
    struct tum_buf *kept;
    bool is_err;
};

struct running {
    const struct tum_proc_run_opts *opts;
    struct tum_proc *proc;
    int in;
    struct tum_str input; /* not written yet */
    struct stream streams[2];
    bool quitting; /* stopped or late: waits for the end of the tree */
};

/* Our ends do not block; the child's do. */
static bool open_pipe(int *ours, int *theirs, bool we_read, struct tum_error **err)
{
    bool ok = we_read ? tum_fd_pipe(ours, theirs, err) : tum_fd_pipe(theirs, ours, err);

    return ok && tum_fd_set_blocking(*ours, false, err);
}

static bool start(struct running *r, struct tum_error **err)
{
    struct tum_proc_opts opts = r->opts->proc;
    int in = -1, out = -1, error = -1;
    bool ok = true;

    opts.stop = r->opts->stop;
    if (r->input.n > 0)
        ok = open_pipe(&r->in, &in, false, err);
    ok = ok && open_pipe(&r->streams[0].fd, &out, true, err);
    if (ok && !r->opts->merge)
        ok = open_pipe(&r->streams[1].fd, &error, true, err);
    opts.in = in;
    opts.out = out;
    opts.err = r->opts->merge ? out : error;
    ok = ok && tum_proc_start(&opts, &r->proc, err);
    tum_fd_close(&in);
    tum_fd_close(&out);
    tum_fd_close(&error);
    return ok;
}

static void feed(struct running *r)
{
    ssize_t n = write(r->in, r->input.s, r->input.n);

    if (n > 0) {
        r->input.s += n;
        r->input.n -= (size_t)n;
    }
    /* A program that does not want its input is no failure. */
    if (r->input.n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        tum_fd_close(&r->in);
}

/* Up to `turns` chunks; closes the stream at its end. True while there was
   something. */
static bool drain(struct running *r, struct stream *stream, size_t turns)
{
    char chunk[CHUNK];

    for (size_t i = 0; i < turns && stream->fd >= 0; i++) {
        ssize_t n = read(stream->fd, chunk, sizeof chunk);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return false;
        if (n <= 0) {
            tum_fd_close(&stream->fd);
            return false;
        }
        if (!r->opts->keep_none)
            tum_buf_add(stream->kept, chunk, (size_t)n);
        if (r->opts->on_output != NULL)
            r->opts->on_output(r->opts->ctx, tum_str_n(chunk, (size_t)n),
                               stream->is_err);
    }
    return stream->fd >= 0;
}

static void quit(struct running *r, struct tum_proc_result *ret, enum tum_waited why)
{
    ret->stopped = why == TUM_STOPPED;
    ret->late = why == TUM_LATE;
    r->quitting = true;
    tum_proc_end(r->proc,
                 r->opts->proc.grace != 0 ? r->opts->proc.grace : TUM_PROC_GRACE);
}

/* True when there is nothing more to wait for. */
static bool step(struct running *r, struct tum_proc_result *ret)
{
    struct pollfd fds[5] = {
        {.fd = tum_proc_fd(r->proc), .events = POLLIN},
        {.fd = r->streams[0].fd, .events = POLLIN},
        {.fd = r->streams[1].fd, .events = POLLIN},
        {.fd = r->in, .events = POLLOUT},
        {.fd = r->opts->on_watch != NULL ? r->opts->watch : -1, .events = POLLIN},
    };
    tum_time deadline = r->opts->deadline != 0 ? r->opts->deadline : TUM_FOREVER;
    enum tum_waited waited;

    waited = tum_wait_many(r->quitting ? NULL : r->opts->stop, fds, TUM_LEN(fds),
                           r->quitting ? TUM_FOREVER : deadline);
    if (waited != TUM_READY) {
        quit(r, ret, waited);
        return !r->opts->wait_end;
    }
    if (fds[3].revents != 0)
        feed(r);
    if (fds[4].revents != 0)
        r->opts->on_watch(r->opts->ctx);
    for (int i = 0; i < 2; i++)
        if (fds[1 + i].revents != 0)
            drain(r, &r->streams[i], TURNS);
    if (fds[0].revents == 0)
        return false;
    tum_proc_wait(r->proc, NULL, TUM_FOREVER, &ret->status);
    ret->ended = true;
    /* Nothing of the tree is left, so what the pipes hold now is all there will be; a
       program may have handed them to others, hence no waiting for their end. */
    for (int i = 0; i < 2; i++)
        while (drain(r, &r->streams[i], TURNS))
            continue;
    return true;
}

bool tum_proc_run(const struct tum_proc_run_opts *opts, struct tum_proc_result *ret,
                  struct tum_error **err)
{
    size_t limit = opts->out_limit != 0 ? opts->out_limit : OUT_LIMIT;
    struct tum_proc_result result = {.out = TUM_BUF_INIT(limit),
                                     .err = TUM_BUF_INIT(limit)};
    struct running r = {.opts = opts, .in = -1, .input = opts->input};
    bool ok;

    r.streams[0] = (struct stream){.fd = -1, .kept = &result.out};
    r.streams[1] = (struct stream){.fd = -1, .kept = &result.err, .is_err = true};
    ok = start(&r, err);
    if (ok) {
        while (!step(&r, &result))
            continue;
        *ret = result;
    } else if ((*err)->kind == TUM_ERROR_STOPPED) {
        tum_error_clear(err);
        result.stopped = ok = true;
        *ret = result;
    }
    tum_fd_close(&r.in);
    tum_fd_close(&r.streams[0].fd);
    tum_fd_close(&r.streams[1].fd);
    tum_proc_free(r.proc);
    return ok;
}

void tum_proc_result_release(struct tum_proc_result *result)
{
    tum_buf_release(&result->out);
    tum_buf_release(&result->err);
}
