/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's side of child processes: requests to the guardian, and news from the
 * nurse of each process. It forks nothing but the guardian itself, with posix_spawn,
 * and signals nobody: both need a process without other threads, or one that reaps.
 */
#include "base/fd.h"
#include "base/lock.h"
#include "base/log.h"
#include "io/guardian.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A guardian that has let go of its leash gets so long to be reaped. */
#define GUARDIAN_LAST (1 * TUM_SECOND)

struct tum_proc {
    int line; /* to the nurse */
    pid_t pid;
    uint64_t start;
    tum_time grace;
    bool ended;
    struct tum_proc_status status; /* when ended */
    char *left;                    /* when ended; or NULL */
};

/*
 * One guardian a process, because its death is that of everything started: two would
 * only be two ways to lose something.
 */
static struct {
    struct tum_lock lock;
    int leash; /* -1: not started */
    pid_t pid;
    const char *program;
} guardian = {
    .lock = TUM_LOCK_INIT(TUM_RANK_GUARDIAN), .leash = -1, .program = "/proc/self/exe"};

/* ---- the guardian ---- */

void tum_guardian_set_program(const char *path)
{
    guardian.program = path;
}

/* Waits for the end of the guardian and reaps it. */
static void guardian_reap(tum_time deadline)
{
    int fd = (int)syscall(SYS_pidfd_open, guardian.pid, 0);

    if (fd >= 0)
        tum_wait(NULL, fd, POLLIN, deadline);
    waitpid(guardian.pid, NULL, fd >= 0 ? WNOHANG : 0);
    tum_fd_close(&fd);
}

static int guardian_spawn(int leash, pid_t *ret)
{
    char self[24];
    char *argv[] = {(char *)(uintptr_t) "tum", (char *)(uintptr_t) "--guardian-of",
                    self, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t all;
    int os;

    snprintf(self, sizeof self, "%d", (int)getpid());
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, leash, TUM_GUARD_LEASH);
    /* Whoever reads our streams to their end must not wait for the guardian. */
    for (int fd = 0; fd < 3; fd++)
        if (fd != STDERR_FILENO || !tum_log_on(TUM_AREA_IO, 1))
            posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    posix_spawnattr_init(&attr);
    /* No terminal, so that its interrupt key reaches tum alone; and no signal before it
       knows what to do with it. */
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attr, &all);
    os = posix_spawn(ret, guardian.program, &actions, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return os;
}

static bool guardian_start(struct tum_error **err)
{
    int pair[2], os;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return tum_fail_os(err, errno, "starting the guardian of processes");
    os = guardian_spawn(pair[1], &guardian.pid);
    close(pair[1]);
    if (os != 0) {
        close(pair[0]);
        return tum_fail_os(err, os, "starting the guardian of processes");
    }
    guardian.leash = pair[0];
    tum_log(TUM_AREA_IO, 1, "guardian is pid %d", (int)guardian.pid);
    return true;
}

void tum_guardian_close(tum_time patience)
{
    tum_lock_enter(&guardian.lock);
    if (guardian.leash >= 0) {
        tum_fd_close(&guardian.leash);
        guardian_reap(tum_time_add(tum_now(), patience));
    }
    tum_lock_leave(&guardian.lock);
}

/* One packet; 0 or an errno value. */
static int leash_send(const struct tum_guard_start *head, const int *fds, size_t count)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)head, .iov_len = sizeof *head};
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int) * TUM_GUARD_FDS)];
    } control = {0};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    ssize_t n;

    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(rights), fds, sizeof(int) * count);
    do
        n = sendmsg(guardian.leash, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? errno : 0;
}

/* The guardian reads its leash before anything else it does, so this does not wait
   long. */
static bool guardian_ask(const struct tum_guard_start *head, const int *fds,
                         size_t count, struct tum_error **err)
{
    int os = EPIPE;
    bool ok;

    tum_lock_enter(&guardian.lock);
    ok = guardian.leash >= 0 || guardian_start(err);
    if (ok)
        os = leash_send(head, fds, count);
    if (ok && (os == EPIPE || os == ECONNRESET)) {
        /* It was killed, and its trees with it. What is started now gets a new one. */
        tum_fd_close(&guardian.leash);
        guardian_reap(tum_now() + GUARDIAN_LAST);
        ok = guardian_start(err);
        if (ok)
            os = leash_send(head, fds, count);
    }
    tum_lock_leave(&guardian.lock);
    if (ok && os != 0)
        return tum_fail_os(err, os, "asking the guardian of processes");
    return ok;
}

/* ---- the request ---- */

static bool same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");

    return n == strcspn(b, "=") && strncmp(a, b, n) == 0;
}

static bool is_among(const char *entry, const char *const *list)
{
    for (; list != NULL && *list != NULL; list++)
        if (same_name(entry, *list))
            return true;
    return false;
}

static void add_text(struct tum_buf *block, const char *text)
{
    tum_buf_add(block, text, strlen(text) + 1);
}

static void add_environment(const struct tum_proc_opts *opts, struct tum_buf *block,
                            uint32_t *ret_count)
{
    for (char **e = environ; e != NULL && *e != NULL; e++)
        if (!is_among(*e, opts->env)) {
            add_text(block, *e);
            ++*ret_count;
        }
    for (const char *const *e = opts->env; e != NULL && *e != NULL; e++)
        if (strchr(*e, '=') != NULL && !is_among(*e, e + 1)) {
            add_text(block, *e);
            ++*ret_count;
        }
}

static bool make_request(const struct tum_proc_opts *opts, struct tum_guard_start *head,
                         struct tum_buf *block, struct tum_error **err)
{
    if (opts->argv == NULL || opts->argv[0] == NULL)
        tum_bug("a process without a program");
    if (opts->extra_count > TUM_PROC_EXTRA_FDS)
        return tum_fail(err, TUM_ERROR_LIMIT,
                        "too many descriptors for a process (at most %d)",
                        TUM_PROC_EXTRA_FDS);
    for (size_t i = 0; i < opts->extra_count; i++) {
        if (opts->extra[i].number < 3 || opts->extra[i].number > TUM_PROC_FD_NUMBER)
            tum_bug("descriptor number %d for a process", opts->extra[i].number);
        head->numbers[i] = opts->extra[i].number;
    }
    head->extra_count = (uint32_t)opts->extra_count;
    head->flags = opts->flags;
    head->grace = opts->grace != 0 ? opts->grace : TUM_PROC_GRACE;
    for (; opts->argv[head->argc] != NULL; head->argc++)
        add_text(block, opts->argv[head->argc]);
    add_environment(opts, block, &head->envc);
    head->directory = opts->directory != NULL;
    if (head->directory)
        add_text(block, opts->directory);
    head->tty = opts->tty != NULL;
    if (head->tty)
        add_text(block, opts->tty);
    if (block->full)
        return tum_fail(err, TUM_ERROR_LIMIT,
                        "arguments and environment of '%s' are too large (over %d MiB)",
                        opts->argv[0], TUM_PROC_REQUEST >> 20);
    return true;
}

static int open_block(const struct tum_buf *block, struct tum_error **err)
{
    int fd = memfd_create("tum-start", MFD_CLOEXEC);

    if (fd < 0) {
        tum_fail_os(err, errno, "starting a process");
        return -1;
    }
    if (!tum_fd_write_all(fd, tum_buf_str(block), err))
        tum_fd_close(&fd);
    return fd;
}

static bool send_request(const struct tum_proc_opts *opts, int nurse_line,
                         struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf block = TUM_BUF_INIT(TUM_PROC_REQUEST);
    const int streams[3] = {opts->in, opts->out, opts->err};
    struct tum_guard_start head;
    int fds[TUM_GUARD_FDS], block_fd;
    size_t count = 0;
    bool ok;

    memset(&head, 0, sizeof head);
    if (!make_request(opts, &head, &block, err))
        return false;
    block_fd = open_block(&block, err);
    if (block_fd < 0)
        return false;
    fds[count++] = nurse_line;
    fds[count++] = block_fd;
    for (int i = 0; i < 3; i++) {
        head.given[i] = opts->tty == NULL && streams[i] >= 0;
        if (head.given[i])
            fds[count++] = streams[i];
    }
    for (size_t i = 0; i < opts->extra_count; i++)
        fds[count++] = opts->extra[i].fd;
    ok = guardian_ask(&head, fds, count, err);
    tum_fd_close(&block_fd);
    return ok;
}

/* ---- news ---- */

/* Receives one packet; false: end of file. A text after the news goes to *ret_left. */
static bool line_read(int line, struct tum_guard_news *ret, char **ret_left)
{
    char left[TUM_GUARD_LEFT];
    struct iovec parts[2] = {{.iov_base = ret, .iov_len = sizeof *ret},
                             {.iov_base = left, .iov_len = sizeof left}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n;

    do
        n = recvmsg(line, &message, 0);
    while (n < 0 && errno == EINTR);
    if (n < (ssize_t)sizeof *ret)
        return false;
    if (ret_left != NULL && (size_t)n > sizeof *ret)
        *ret_left = tum_strndup(left, (size_t)n - sizeof *ret);
    return true;
}

static bool start_failed(const struct tum_proc_opts *opts,
                         const struct tum_guard_news *news, struct tum_error **err)
{
    const char *program = opts->argv[0];

    switch (news->stage) {
    case TUM_GUARD_DIRECTORY:
        return tum_fail_os(err, news->os, "program '%s': directory '%s'", program,
                           opts->directory);
    case TUM_GUARD_TTY:
        return tum_fail_os(err, news->os, "program '%s': terminal '%s'", program,
                           opts->tty);
    case TUM_GUARD_INTERPRETER:
        tum_fail(err, TUM_ERROR_SYSTEM, "program '%s': its interpreter was not found",
                 program);
        (*err)->os = news->os;
        return false;
    case TUM_GUARD_EXEC:
        if (news->os != ENOENT && news->os != ENOTDIR && news->os != EACCES)
            break;
        tum_fail(err, TUM_ERROR_SYSTEM,
                 news->os == EACCES ? "program '%s' is not executable"
                                    : "program '%s' was not found",
                 program);
        (*err)->os = news->os;
        return false;
    case TUM_GUARD_FORK:
    case TUM_GUARD_STREAMS:
        break;
    }
    return tum_fail_os(err, news->os, "starting program '%s'", program);
}

static bool wait_for_start(struct tum_proc *proc, const struct tum_proc_opts *opts,
                           struct tum_error **err)
{
    struct tum_guard_news news;

    if (tum_wait(opts->stop, proc->line, POLLIN, TUM_FOREVER) == TUM_STOPPED)
        return tum_fail(err, TUM_ERROR_STOPPED, "starting program '%s' was stopped",
                        opts->argv[0]);
    if (!line_read(proc->line, &news, NULL))
        return tum_fail(err, TUM_ERROR_LOST,
                        "the guardian of processes ended while it started '%s'",
                        opts->argv[0]);
    if (news.what != TUM_GUARD_STARTED)
        return start_failed(opts, &news, err);
    proc->pid = news.pid;
    proc->start = news.start;
    return true;
}

/* ---- the interface ---- */

bool tum_proc_start(const struct tum_proc_opts *opts, struct tum_proc **ret,
                    struct tum_error **err)
{
    struct tum_proc *proc;
    int pair[2];
    bool ok;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return tum_fail_os(err, errno, "starting program '%s'", opts->argv[0]);
    proc = tum_new(struct tum_proc);
    proc->line = pair[0];
    proc->grace = opts->grace != 0 ? opts->grace : TUM_PROC_GRACE;
    ok = send_request(opts, pair[1], err);
    close(pair[1]);
    if (!ok || !wait_for_start(proc, opts, err)) {
        tum_proc_free(proc);
        return false;
    }
    tum_log(TUM_AREA_IO, 1, "started %s, pid %d", opts->argv[0], (int)proc->pid);
    *ret = proc;
    return true;
}

void tum_proc_free(struct tum_proc *proc)
{
    if (proc == NULL)
        return;
    if (!proc->ended)
        tum_proc_end(proc, proc->grace);
    close(proc->line);
    tum_free(proc->left);
    tum_free(proc);
}

void tum_proc_freep(struct tum_proc **proc)
{
    tum_proc_free(*proc);
    *proc = NULL;
}

pid_t tum_proc_pid(const struct tum_proc *proc)
{
    return proc->pid;
}

uint64_t tum_proc_start_ticks(const struct tum_proc *proc)
{
    return proc->start;
}

int tum_proc_fd(const struct tum_proc *proc)
{
    return proc->line;
}

const char *tum_proc_left(const struct tum_proc *proc)
{
    return proc->left != NULL ? proc->left : "";
}

enum tum_waited tum_proc_wait(struct tum_proc *proc, struct tum_stop *stop,
                              tum_time deadline, struct tum_proc_status *ret)
{
    enum tum_waited waited = TUM_READY;
    struct tum_guard_news news;

    if (!proc->ended)
        waited = tum_wait(stop, proc->line, POLLIN, deadline);
    if (waited != TUM_READY)
        return waited;
    if (!proc->ended) {
        proc->ended = true;
        if (!line_read(proc->line, &news, &proc->left) || news.orphaned) {
            proc->status.lost = true;
        } else {
            proc->status.exited = WIFEXITED(news.status);
            proc->status.code = WIFEXITED(news.status) ? WEXITSTATUS(news.status) : 0;
            proc->status.signal = WIFSIGNALED(news.status) ? WTERMSIG(news.status) : 0;
        }
        /* Readable from now on, whether the nurse has closed its end yet or not. */
        shutdown(proc->line, SHUT_RD);
    }
    if (ret != NULL)
        *ret = proc->status;
    return TUM_READY;
}

/* A nurse that does not listen any more has ended its tree. */
static void tell_nurse(struct tum_proc *proc, const struct tum_guard_ask *ask)
{
    if (send(proc->line, ask, sizeof *ask, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        tum_log(TUM_AREA_IO, 2, "pid %d: nobody is asked: %s", (int)proc->pid,
                tum_errno_text(errno));
}

void tum_proc_end(struct tum_proc *proc, tum_time grace)
{
    struct tum_guard_ask ask;

    memset(&ask, 0, sizeof ask);
    ask.what = TUM_GUARD_END;
    ask.grace = grace;
    tell_nurse(proc, &ask);
}

void tum_proc_signal(struct tum_proc *proc, int signal)
{
    struct tum_guard_ask ask;

    memset(&ask, 0, sizeof ask);
    ask.what = TUM_GUARD_SIGNAL;
    ask.signal = signal;
    tell_nurse(proc, &ask);
}

void tum_proc_status_text(const struct tum_proc_status *status, struct tum_buf *out)
{
    const char *name;

    if (status->lost) {
        tum_buf_adds(out, "the guardian of processes was killed");
        return;
    }
    if (status->exited) {
        tum_buf_addf(out, "exit status %d", status->code);
        return;
    }
    name = sigabbrev_np(status->signal);
    tum_buf_addf(out, "signal %d", status->signal);
    if (name != NULL)
        tum_buf_addf(out, " (SIG%s)", name);
}
