/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guardian: the one child of tum. It forks a nurse for each process that tum asks
 * for, and when tum is gone, however it went, it sees to it that everything else goes
 * too. It has one thread, so it may fork; it knows processes only through their nurses.
 */
#include "io/guardian.h"
#include "io/nurse.h"
#include "io/proctree.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often strangers are looked for again after a SIGKILL. */
#define AGAIN_MS 5

struct named {
    pid_t pid;
    uint64_t start;
};

struct guardian {
    int leash, signals;
    pid_t *nurses;
    size_t nurse_count, nurse_cap;
    struct named *left; /* on purpose: abandoned by a process that ended well */
    size_t left_count, left_cap;
    bool ending, strangers;
};

static bool is_nurse(const struct guardian *g, pid_t pid)
{
    for (size_t i = 0; i < g->nurse_count; i++)
        if (g->nurses[i] == pid)
            return true;
    return false;
}

static bool is_left(const struct guardian *g, const struct tum_procinfo *info)
{
    for (size_t i = 0; i < g->left_count; i++)
        if (g->left[i].pid == info->pid && g->left[i].start == info->start)
            return true;
    return false;
}

/*
 * The children of the guardian that are not nurses were abandoned below a nurse that is
 * gone. When it went in good order they stay; when it was killed they end, with all
 * below them.
 */
static void adopt(struct guardian *g, bool on_purpose)
{
    struct tum_proctree tree = {0};
    pid_t self = getpid();

    tum_proctree_read(&tree, self);
    if (!on_purpose)
        g->strangers = false;
    for (size_t i = 0; i < tree.count; i++) {
        const struct tum_procinfo *info = &tree.all[i];

        if (info->parent != self || is_nurse(g, info->pid) || is_left(g, info))
            continue;
        if (on_purpose) {
            tum_grow(&g->left, &g->left_cap, g->left_count + 1);
            g->left[g->left_count++] = (struct named){info->pid, info->start};
        } else {
            /* Its own children become ours and get their turn. */
            tum_procinfo_signal(info, SIGKILL);
            g->strangers = true;
        }
    }
    tum_proctree_release(&tree);
}

static void forget(struct guardian *g, pid_t pid, int status)
{
    for (size_t i = 0; i < g->left_count; i++)
        if (g->left[i].pid == pid) {
            g->left[i] = g->left[--g->left_count];
            return;
        }
    for (size_t i = 0; i < g->nurse_count; i++)
        if (g->nurses[i] == pid) {
            g->nurses[i] = g->nurses[--g->nurse_count];
            if (!WIFEXITED(status) || (WEXITSTATUS(status) != TUM_NURSE_DONE &&
                                       WEXITSTATUS(status) != TUM_NURSE_LEFT))
                g->strangers = true;
            else if (WEXITSTATUS(status) == TUM_NURSE_LEFT)
                adopt(g, true);
            return;
        }
}

static void reap(struct guardian *g)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        forget(g, pid, status);
}

static void end_all(struct guardian *g)
{
    if (g->ending)
        return;
    g->ending = true;
    close(g->leash);
    g->leash = -1;
    for (size_t i = 0; i < g->nurse_count; i++)
        kill(g->nurses[i], SIGTERM);
}

static void refuse(int line, int os)
{
    struct tum_guard_news news = {
        .what = TUM_GUARD_FAILED, .stage = TUM_GUARD_FORK, .os = os};

    /* Who does not listen any more needs no answer. */
    if (send(line, &news, sizeof news, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return;
}

static void start_nurse(struct guardian *g, const struct tum_guard_start *head,
                        const int *fds, size_t count)
{
    pid_t self = getpid(), pid;
    struct tum_launch launch;

    tum_grow(&g->nurses, &g->nurse_cap, g->nurse_count + 1);
    pid = fork();
    if (pid == 0) {
        close(g->leash);
        close(g->signals);
        if (!tum_launch_unpack(&launch, head, fds, count)) {
            refuse(fds[0], EINVAL);
            _exit(TUM_NURSE_DONE);
        }
        close(fds[1]);
        tum_nurse_main(&launch, self);
    }
    if (pid < 0)
        refuse(fds[0], errno);
    else
        g->nurses[g->nurse_count++] = pid;
}

static void read_leash(struct guardian *g)
{
    struct tum_guard_start head;
    struct iovec part = {.iov_base = &head, .iov_len = sizeof head};
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int) * TUM_GUARD_FDS)];
    } control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(g->leash, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    struct cmsghdr *rights;
    int fds[TUM_GUARD_FDS];
    size_t count = 0;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end_all(g);
        return;
    }
    rights = CMSG_FIRSTHDR(&message);
    if (rights != NULL && rights->cmsg_type == SCM_RIGHTS) {
        count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds, CMSG_DATA(rights), count * sizeof(int));
    }
    /* Without a free descriptor here some of them are lost on the way. */
    if ((message.msg_flags & MSG_CTRUNC) != 0 && count > 0)
        refuse(fds[0], EMFILE);
    else if (n == (ssize_t)sizeof head && count >= 2)
        start_nurse(g, &head, fds, count);
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

static void read_signals(struct guardian *g)
{
    struct signalfd_siginfo info;

    while (read(g->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo == SIGTERM)
            end_all(g);
}

static bool guardian_open(struct guardian *g)
{
    sigset_t all, read_;

    /* Whatever tum itself has inherited is not for its children. */
    close_range(TUM_GUARD_LEASH + 1, ~0U, 0);
    if (fcntl(TUM_GUARD_LEASH, F_SETFD, FD_CLOEXEC) != 0)
        return false;
    prctl(PR_SET_NAME, "tum-guardian");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    sigemptyset(&read_);
    sigaddset(&read_, SIGCHLD);
    sigaddset(&read_, SIGTERM);
    g->leash = TUM_GUARD_LEASH;
    g->signals = signalfd(-1, &read_, SFD_CLOEXEC | SFD_NONBLOCK);
    return g->signals >= 0;
}

int tum_guardian_main(int argc, char **argv)
{
    struct guardian g = {0};

    if (argc < 2 || strcmp(argv[1], "--guardian-of") != 0 || !guardian_open(&g))
        return 3;
    while (!g.ending || g.nurse_count > 0 || g.strangers) {
        struct pollfd fds[2] = {
            {.fd = g.leash, .events = POLLIN},
            {.fd = g.signals, .events = POLLIN},
        };

        if (poll(fds, 2, g.strangers ? AGAIN_MS : -1) < 0 && errno != EINTR)
            return 3;
        if (fds[1].revents != 0)
            read_signals(&g);
        if (g.leash >= 0 && fds[0].revents != 0)
            read_leash(&g);
        reap(&g);
        if (g.strangers)
            adopt(&g, false);
    }
    tum_free(g.nurses);
    tum_free(g.left);
    return 0;
}
