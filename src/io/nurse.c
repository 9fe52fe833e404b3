/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks after one process: starts it, adopts whatever its descendants abandon
 * (sub-reaper), tells tum how it ended, and ends the tree when asked, when tum is gone,
 * or when the process left something behind. The stages are those of tum/proc.h. It
 * knows nothing of other trees.
 */
#include "io/nurse.h"
#include "io/proctree.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What was left behind is named up to this number, each with so much of its command. */
#define LEFT_NAMED     16
#define LEFT_COMMAND   100
/*
 * After a SIGKILL the tree is looked at again so much later, and each time twice as
 * late: what forks faster than it is read needs many looks, what hangs in the kernel
 * few.
 */
#define KILL_AGAIN     (2 * TUM_MS)
#define KILL_AGAIN_MAX (500 * TUM_MS)

enum stage {
    STAGE_RUN,  /* nobody was asked to end */
    STAGE_MAIN, /* its group has had SIGTERM */
    STAGE_REST, /* it is gone, all others have had SIGTERM */
    STAGE_KILL,
};

struct nurse {
    struct tum_launch *launch;
    int line, signals;
    pid_t guardian, main;
    bool main_gone, childless, orphaned;
    int status; /* of main */
    enum stage stage;
    tum_time until; /* of the stages with a grace */
    tum_time again; /* pause before the next SIGKILL */
    bool asked;     /* the group has had its SIGTERM */
    char left[TUM_GUARD_LEFT];
    size_t left_size;
};

/* A packet that cannot be delivered is for nobody: tum is gone. */
static void tell(struct nurse *nurse, const struct tum_guard_news *news)
{
    struct iovec parts[2] = {
        {.iov_base = (void *)(uintptr_t)news, .iov_len = sizeof *news},
        {.iov_base = nurse->left, .iov_len = nurse->left_size},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if (sendmsg(nurse->line, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        nurse->left_size = 0;
}

/* Once to the group when main leads it: a program that counts its SIGTERMs gets one. */
static void signal_main(const struct nurse *nurse, int signal)
{
    /* Main is not reaped yet, so neither its pid nor its group can be somebody
       else's. */
    if (nurse->main_gone)
        return;
    if (getpgid(nurse->main) == nurse->main)
        kill(-nurse->main, signal);
    else
        kill(nurse->main, signal);
}

static void signal_tree(int signal, pid_t except_group)
{
    struct tum_proctree tree = {0};

    tum_proctree_read(&tree, getpid());
    for (size_t i = 0; i < tree.count; i++)
        if (tree.all[i].group != except_group && tree.all[i].state != 'Z') {
            tum_procinfo_signal(&tree.all[i], signal);
            if (signal == SIGTERM)
                tum_procinfo_signal(&tree.all[i], SIGCONT);
        }
    tum_proctree_release(&tree);
}

static void name_left(struct nurse *nurse)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_GUARD_LEFT);
    struct tum_proctree tree = {0};
    size_t named = 0;

    tum_proctree_read(&tree, getpid());
    for (size_t i = 0; i < tree.count && named < LEFT_NAMED; i++) {
        if (tree.all[i].state == 'Z')
            continue;
        if (named++ > 0)
            tum_buf_adds(&text, ", ");
        tum_procinfo_describe(&tree.all[i], LEFT_COMMAND, &text);
    }
    nurse->left_size = text.len;
    memcpy(nurse->left, text.s, text.len);
    tum_buf_release(&text);
    tum_proctree_release(&tree);
}

static void kill_again(struct nurse *nurse)
{
    nurse->again = TUM_MIN(TUM_MAX(2 * nurse->again, KILL_AGAIN), KILL_AGAIN_MAX);
    nurse->until = tum_now() + nurse->again;
}

static void stage_kill(struct nurse *nurse)
{
    nurse->stage = STAGE_KILL;
    signal_tree(SIGKILL, -1);
    kill_again(nurse);
}

/* Main is gone: what is elsewhere gets its SIGTERM; main's group keeps its grace. */
static void stage_rest(struct nurse *nurse)
{
    tum_time least = tum_time_add(
        tum_now(), TUM_MIN(nurse->launch->head.grace, TUM_GUARD_REST_GRACE));

    signal_tree(SIGTERM, nurse->asked ? nurse->main : -1);
    nurse->until = nurse->asked ? TUM_MAX(nurse->until, least) : least;
    nurse->stage = STAGE_REST;
}

static void end_tree(struct nurse *nurse, tum_time grace)
{
    tum_time until = tum_time_add(tum_now(), grace);

    nurse->launch->head.grace = TUM_MIN(nurse->launch->head.grace, grace);
    if (nurse->stage == STAGE_KILL)
        return;
    if (grace <= 0) {
        stage_kill(nurse);
    } else if (nurse->stage == STAGE_RUN) {
        nurse->stage = STAGE_MAIN;
        nurse->until = until;
        nurse->asked = true;
        signal_main(nurse, SIGTERM);
        signal_main(nurse, SIGCONT);
    } else {
        nurse->until = TUM_MIN(nurse->until, until);
    }
}

TUM_NORETURN static void finish(struct nurse *nurse)
{
    tell(nurse, &(struct tum_guard_news){.what = TUM_GUARD_ENDED,
                                         .status = nurse->status,
                                         .orphaned = nurse->orphaned});
    _exit(nurse->childless ? TUM_NURSE_DONE : TUM_NURSE_LEFT);
}

static void reap(struct nurse *nurse)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == nurse->main) {
            nurse->main_gone = true;
            nurse->status = status;
        }
    nurse->childless = pid < 0 && errno == ECHILD;
}

/* What follows from who is left and what time it is. */
static void go_on(struct nurse *nurse)
{
    bool leave = (nurse->launch->head.flags & TUM_PROC_LEAVE_ORPHANS) != 0;

    if (nurse->childless && nurse->main_gone)
        finish(nurse);
    if (nurse->main_gone && nurse->stage == STAGE_RUN) {
        if (leave)
            finish(nurse);
        name_left(nurse);
    }
    if (nurse->main_gone && nurse->stage < STAGE_REST)
        stage_rest(nurse);
    if (nurse->stage == STAGE_RUN || tum_now() < nurse->until)
        return;
    if (nurse->stage == STAGE_MAIN) {
        /* Others of the tree have not been asked yet: first only the group dies. */
        signal_main(nurse, SIGKILL);
        kill_again(nurse);
    } else {
        stage_kill(nurse);
    }
}

static void read_line(struct nurse *nurse)
{
    struct tum_guard_ask ask;
    ssize_t n = recv(nurse->line, &ask, sizeof ask, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n == (ssize_t)sizeof ask) {
        if (ask.what == TUM_GUARD_SIGNAL)
            signal_main(nurse, ask.signal);
        else
            end_tree(nurse, ask.grace);
        return;
    }
    /* Who lets go of a process asks to end it first; without that tum is gone. */
    close(nurse->line);
    nurse->line = -1;
    if (nurse->stage == STAGE_RUN)
        end_tree(nurse, TUM_PROC_CRASH_GRACE);
}

static void read_signals(struct nurse *nurse)
{
    struct signalfd_siginfo info;

    while (read(nurse->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGTERM)
            continue;
        /* From the guardian, at its end or by its death; or from the nurse of a tum
           around this one. In each case time is short. */
        nurse->orphaned = nurse->orphaned || getppid() != nurse->guardian;
        end_tree(nurse, TUM_PROC_CRASH_GRACE);
    }
}

static void wait_for_news(struct nurse *nurse)
{
    struct pollfd fds[2] = {
        {.fd = nurse->line, .events = POLLIN},
        {.fd = nurse->signals, .events = POLLIN},
    };
    tum_time left = nurse->until - tum_now();
    int timeout = -1;

    if (nurse->stage != STAGE_RUN)
        timeout = left <= 0 ? 0 : (int)TUM_MIN(left / TUM_MS + 1, (tum_time)INT32_MAX);
    if (poll(fds, 2, timeout) < 0 && errno != EINTR)
        _exit(1);
    if (fds[1].revents != 0)
        read_signals(nurse);
    if (nurse->line >= 0 && fds[0].revents != 0)
        read_line(nurse);
}

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void tum_nurse_main(struct tum_launch *launch, pid_t guardian)
{
    struct nurse nurse = {.launch = launch, .line = launch->line, .guardian = guardian};
    struct tum_guard_news news = {.what = TUM_GUARD_STARTED};
    struct tum_launch_failure failure = {0};
    struct tum_procinfo info = {0};

    prctl(PR_SET_NAME, "tum-nurse");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    nurse.signals = open_signals();
    if (nurse.signals < 0 || getppid() != guardian)
        _exit(1);
    nurse.main = tum_launch_start(launch, &failure);
    if (nurse.main < 0) {
        tell(&nurse, &(struct tum_guard_news){.what = TUM_GUARD_FAILED,
                                              .stage = failure.stage,
                                              .os = failure.os});
        _exit(TUM_NURSE_DONE);
    }
    news.pid = nurse.main;
    if (tum_procinfo_read(nurse.main, &info))
        news.start = info.start;
    tell(&nurse, &news);
    for (;;) {
        reap(&nurse);
        go_on(&nurse);
        wait_for_news(&nurse);
    }
}
