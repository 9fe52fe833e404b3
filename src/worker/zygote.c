/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parents of workers: starting one, asking it to fork, letting it go. Which workers
 * there are is the pool's business.
 */
#include "worker/zygote.h"
#include "base/fd.h"
#include "base/lock.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include "worker/frame.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK_NUMBER    99
#define START_PATIENCE (30 * TUM_SECOND)
/* It reads requests at once; later, it hangs. */
#define SEND_PATIENCE  (5 * TUM_SECOND)

struct tum_zygote {
    struct tum_proc *proc;
    char *program;
    tum_time patience;
    int raw;
    struct tum_lock lock; /* one request at a time */
    int link;             /* guarded by the lock; -1: it was let go */
};

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static bool spawn(struct tum_zygote *zygote, const struct tum_zygote_opts *opts,
                  int link, int raw, struct tum_error **err)
{
    const struct tum_python_config *config = opts->config;
    const char *inherited = getenv("PATH");
    TUM_AUTO(tum_freep) char *path = NULL;
    TUM_AUTO(tum_freep) char *pythonpath = NULL;
    const char *env[3 + TUM_PYTHON_ENV_MAX] = {NULL};
    size_t count = 0;

    if (is_given(config->env_path))
        env[count++] = path = tum_asprintf("PATH=%s%s%s", config->env_path,
                                           is_given(inherited) ? ":" : "",
                                           is_given(inherited) ? inherited : "");
    if (is_given(config->env_pythonpath))
        env[count++] = pythonpath =
            tum_asprintf("PYTHONPATH=%s", config->env_pythonpath);
    for (size_t i = 0; config->env != NULL && config->env[i] != NULL; i++)
        if (i < TUM_PYTHON_ENV_MAX)
            env[count++] = config->env[i];
    return tum_proc_start(
        &(struct tum_proc_opts){
            .argv = opts->argv,
            .directory = config->directory,
            .env = env,
            .in = -1,
            .out = raw,
            .err = raw,
            .extra = &(struct tum_proc_fd){.fd = link, .number = LINK_NUMBER},
            .extra_count = 1,
            .flags = TUM_PROC_LEAVE_ORPHANS,
            /* Its workers have been asked before. */
            .grace = 1 * TUM_MS,
        },
        &zygote->proc, err);
}

static bool send_start(struct tum_zygote *zygote, const struct tum_zygote_opts *opts,
                       struct tum_error **err)
{
    TUM_AUTO(tum_buf_release)
    struct tum_buf bytes = TUM_BUF_INIT(2 * TUM_FRAME_LIMIT);

    if (opts->source.n > 0 && !tum_frame_add(&bytes, opts->source, err))
        return false;
    return tum_frame_add(&bytes, opts->setup, err) &&
           tum_fd_write_all(zygote->link, tum_buf_str(&bytes), err);
}

struct tum_zygote *tum_zygote_start(const struct tum_zygote_opts *opts,
                                    struct tum_error **err)
{
    struct tum_zygote *zygote = tum_new(struct tum_zygote);
    int theirs = -1, raw = -1;
    bool ok;

    zygote->link = zygote->raw = -1;
    zygote->program = tum_strdup(opts->argv[0]);
    zygote->patience = tum_time_add(tum_now(), opts->config->start_timeout > 0
                                                   ? opts->config->start_timeout
                                                   : START_PATIENCE);
    tum_lock_init(&zygote->lock, TUM_RANK_WORKER);
    ok = tum_fd_socketpair(&zygote->link, &theirs, err) &&
         tum_fd_pipe(&zygote->raw, &raw, err) &&
         tum_fd_set_blocking(zygote->raw, false, err) &&
         spawn(zygote, opts, theirs, raw, err);
    tum_fd_close(&theirs);
    tum_fd_close(&raw);
    /* A program that ends without reading closes the link: that is told by the first
       worker. */
    if (ok && !send_start(zygote, opts, err))
        tum_error_clear(err);
    if (ok)
        return zygote;
    tum_zygote_free(zygote, 0);
    return NULL;
}

/* One packet of bytes, so that the descriptors come with the whole request. */
static bool send_request(struct tum_zygote *zygote, struct tum_str request,
                         const int fds[3], struct tum_error **err)
{
    unsigned char head[4] = {(unsigned char)(request.n >> 24),
                             (unsigned char)(request.n >> 16),
                             (unsigned char)(request.n >> 8), (unsigned char)request.n};
    struct iovec parts[2] = {
        {.iov_base = head, .iov_len = sizeof head},
        {.iov_base = (void *)(uintptr_t)request.s, .iov_len = request.n},
    };
    union {
        char bytes[CMSG_SPACE(3 * sizeof(int))];
        struct cmsghdr align;
    } control = {.bytes = {0}};
    struct msghdr message = {
        .msg_iov = parts,
        .msg_iovlen = 2,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    struct cmsghdr *extra = CMSG_FIRSTHDR(&message);
    tum_time until = tum_now() + SEND_PATIENCE;

    extra->cmsg_level = SOL_SOCKET;
    extra->cmsg_type = SCM_RIGHTS;
    extra->cmsg_len = CMSG_LEN(3 * sizeof(int));
    memcpy(CMSG_DATA(extra), fds, 3 * sizeof(int));
    for (;;) {
        ssize_t n;

        if (zygote->link < 0)
            return tum_fail(err, TUM_ERROR_LOST, "the parent of workers is gone");
        n = sendmsg(zygote->link, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n == (ssize_t)(sizeof head + request.n))
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n >= 0 || errno != EAGAIN ||
            tum_wait(NULL, zygote->link, POLLOUT, until) != TUM_READY)
            return tum_fail(err, TUM_ERROR_LOST,
                            "the parent of workers takes no request");
    }
}

struct tum_worker *tum_zygote_fork(struct tum_zygote *zygote, struct tum_str request,
                                   tum_time patience, struct tum_error **err)
{
    int ours[3] = {-1, -1, -1}, theirs[3] = {-1, -1, -1};
    bool ok;

    if (request.n > TUM_ZYGOTE_REQUEST)
        return tum_fail(err, TUM_ERROR_LIMIT, "request for a worker is too large"),
               NULL;
    ok = tum_fd_socketpair(&ours[0], &theirs[0], err) &&
         tum_fd_pipe(&ours[1], &theirs[1], err) &&
         tum_fd_pipe(&ours[2], &theirs[2], err);
    for (int i = 0; i < 3 && ok; i++)
        ok = tum_fd_set_blocking(ours[i], false, err);
    if (ok) {
        tum_lock_enter(&zygote->lock);
        ok = send_request(zygote, request, theirs, err);
        tum_lock_leave(&zygote->lock);
    }
    for (int i = 0; i < 3; i++)
        tum_fd_close(&theirs[i]);
    if (ok)
        return tum_worker_forked(&(struct tum_worker_fork){.link = ours[0],
                                                           .raw = ours[1],
                                                           .status = ours[2],
                                                           .program = zygote->program,
                                                           .patience = patience});
    for (int i = 0; i < 3; i++)
        tum_fd_close(&ours[i]);
    return NULL;
}

tum_time tum_zygote_patience(const struct tum_zygote *zygote)
{
    return zygote->patience;
}

bool tum_zygote_is_gone(struct tum_zygote *zygote, tum_time deadline, char **ret_why)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_proc_status status;
    enum tum_waited waited;

    tum_lock_enter(&zygote->lock);
    waited = tum_proc_wait(zygote->proc, NULL, deadline, &status);
    tum_lock_leave(&zygote->lock);
    if (waited != TUM_READY)
        return false;
    if (status.exited && status.code == TUM_WORKER_TOO_OLD)
        tum_buf_adds(&text, "it is not Python 3");
    else
        tum_proc_status_text(&status, &text);
    *ret_why = tum_buf_detach(&text);
    return true;
}

void tum_zygote_drain(struct tum_zygote *zygote, struct tum_buf *out)
{
    char chunk[4096];
    ssize_t n;

    while (out->len < out->limit &&
           (n = read(zygote->raw, chunk,
                     TUM_MIN(sizeof chunk, out->limit - out->len))) > 0)
        tum_buf_add(out, chunk, (size_t)n);
}

void tum_zygote_leave(struct tum_zygote *zygote)
{
    tum_lock_enter(&zygote->lock);
    tum_fd_close(&zygote->link);
    tum_lock_leave(&zygote->lock);
}

void tum_zygote_free(struct tum_zygote *zygote, tum_time deadline)
{
    if (zygote == NULL)
        return;
    tum_zygote_leave(zygote);
    if (zygote->proc != NULL)
        tum_proc_wait(zygote->proc, NULL, deadline, NULL);
    tum_proc_free(zygote->proc);
    tum_fd_close(&zygote->raw);
    tum_lock_release(&zygote->lock);
    tum_free(zygote->program);
    tum_free(zygote);
}
