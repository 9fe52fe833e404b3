/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals by signalfd: no handler, hence no code that may run anywhere at any time.
 */
#include "cli/control.h"
#include "base/fd.h"
#include "tum/mem.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct tum_control {
    struct tum_session *session;
    struct tum_live *live;
    int fd;
    struct tum_stop *end;
    pthread_t thread;
    atomic_bool loaded;
};

static void signals(sigset_t *ret)
{
    struct sigaction old;

    sigemptyset(ret);
    sigaddset(ret, SIGINT);
    sigaddset(ret, SIGTERM);
    sigaddset(ret, SIGWINCH);
    sigaddset(ret, SIGCONT);
    if (sigaction(SIGHUP, NULL, &old) != 0 || old.sa_handler != SIG_IGN)
        sigaddset(ret, SIGHUP);
}

void tum_control_block(void)
{
    sigset_t set;

    signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int status_of(int signal)
{
    return signal == SIGINT ? TUM_STATUS_INT : TUM_STATUS_TERM;
}

static void *control_main(void *ctx)
{
    struct tum_control *control = ctx;
    tum_time last = TUM_FOREVER; /* when patience ends */
    int count = 0, first = 0;

    for (;;) {
        struct signalfd_siginfo info;
        enum tum_waited waited = tum_wait(control->end, control->fd, POLLIN, last);

        if (waited == TUM_STOPPED)
            return NULL;
        if (waited == TUM_LATE) {
            tum_live_keys(control->live, false);
            _exit(status_of(first));
        }
        if (read(control->fd, &info, sizeof(info)) != sizeof(info))
            continue;
        if (info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCONT) {
            if (info.ssi_signo == SIGCONT)
                tum_live_resumed(control->live);
            else
                tum_live_resized(control->live);
            continue;
        }
        /* A key that was meant for the program that has the terminal now. */
        if (info.ssi_signo == SIGINT && info.ssi_code == SI_KERNEL &&
            tum_live_is_lent(control->live))
            continue;
        if (count++ == 0)
            first = (int)info.ssi_signo;
        if (!atomic_load(&control->loaded) || count > 2) {
            tum_live_keys(control->live, false);
            _exit(status_of(first));
        }
        tum_session_stop(control->session, (int)info.ssi_signo);
        if (count == 2)
            last = tum_time_add(tum_now(), TUM_CONTROL_LAST);
    }
}

bool tum_control_start(struct tum_session *session, struct tum_live *live,
                       struct tum_control **ret, struct tum_error **err)
{
    struct tum_control *control = tum_new(struct tum_control);
    sigset_t set;
    int os;

    control->session = session;
    control->live = live;
    control->end = tum_stop_new(NULL);
    signals(&set);
    control->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    os = control->fd < 0
             ? errno
             : pthread_create(&control->thread, NULL, control_main, control);
    if (os != 0) {
        tum_stop_unref(control->end);
        tum_fd_close(&control->fd);
        tum_free(control);
        return tum_fail_os(err, os, "cannot serve signals");
    }
    *ret = control;
    return true;
}

void tum_control_loaded(struct tum_control *control)
{
    atomic_store(&control->loaded, true);
}

void tum_control_end(struct tum_control *control)
{
    if (control == NULL)
        return;
    tum_stop_request(control->end, TUM_STOP_USER);
    pthread_join(control->thread, NULL);
    tum_stop_unref(control->end);
    tum_fd_close(&control->fd);
    tum_free(control);
}
