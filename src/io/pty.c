/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver `terminal`: a program on a pseudo terminal. The guardian starts it; what of its
 * session outlives the console is up to the program.
 */
#include "io/pty.h"

#include "base/fd.h"
#include "base/path.h"
#include "io/proctree.h"
#include "tum/mem.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* What an interactive bash writes to switch bracketed paste: removed. */
static const char paste_start[] = "\x1b[?2004";

/* ---- the terminal ---- */

static bool open_master(int *ret_fd, char name[64], const struct tum_pty_opts *opts,
                        struct tum_error **err)
{
    struct winsize size = {.ws_row = opts->rows, .ws_col = opts->columns};
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 ||
        ptsname_r(fd, name, 64) != 0 || ioctl(fd, TIOCSWINSZ, &size) != 0) {
        int os = errno;

        tum_fd_close(&fd);
        /* The system's word would be that the disk is full. */
        if (os == ENOSPC)
            return tum_fail(err, TUM_ERROR_LIMIT,
                            "making a terminal: there are no more of them "
                            "(/proc/sys/kernel/pty/max)");
        return tum_fail_os(err, os, "making a terminal");
    }
    *ret_fd = fd;
    return true;
}

static bool turn_echo_off(int fd, struct tum_error **err)
{
    struct termios modes;

    if (tcgetattr(fd, &modes) != 0)
        return tum_fail_os(err, errno, "reading the modes of a terminal");
    modes.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(fd, TCSANOW, &modes) != 0)
        return tum_fail_os(err, errno, "setting the modes of a terminal");
    return true;
}

static void set_target(struct tum_console *console, const char *const *argv)
{
    struct tum_buf text = TUM_BUF_INIT(200);

    for (size_t i = 0; argv[i] != NULL; i++)
        tum_buf_addf(&text, "%s%s", i > 0 ? " " : "", argv[i]);
    tum_buf_addf(&text, "%s", text.full ? "…" : "");
    tum_free(console->target);
    console->target = tum_buf_detach(&text);
}

bool tum_pty_open(struct tum_console *console, const struct tum_pty_opts *opts,
                  struct tum_error **err)
{
    struct tum_proc_opts proc = {
        TUM_PROC_OPTS,
        .argv = opts->argv,
        .directory = opts->directory,
        .flags = TUM_PROC_SESSION | TUM_PROC_LEAVE_ORPHANS |
                 (opts->ignore_hangup ? TUM_PROC_IGNORE_HANGUP : 0),
        .grace = TUM_PTY_GRACE,
        .stop = opts->stop,
    };
    char name[64];
    int master, slave;
    bool ok;

    set_target(console, opts->argv);
    if (!open_master(&master, name, opts, err))
        return false;
    /* Kept until the program has it: a terminal whose last holder goes is hung up. */
    slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0) {
        ok = tum_fail_os(err, errno, "opening the terminal '%s'", name);
    } else {
        proc.tty = name;
        ok = turn_echo_off(slave, err) && tum_proc_start(&proc, &console->proc, err);
    }
    tum_fd_close(&slave);
    if (ok)
        console->fd = master;
    else
        tum_fd_close(&master);
    return ok;
}

/* ---- the end ---- */

struct groups {
    pid_t *all;
    size_t count, cap;
};

static void add_group(struct groups *groups, pid_t group)
{
    for (size_t i = 0; i < groups->count; i++)
        if (groups->all[i] == group)
            return;
    tum_grow(&groups->all, &groups->cap, groups->count + 1);
    groups->all[groups->count++] = group;
}

/* The process groups of a session. */
static void read_groups(struct groups *groups, pid_t session)
{
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    int64_t pid;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        if (!tum_str_int(tum_str_of(entry->d_name), &pid) ||
            getsid((pid_t)pid) != session)
            continue;
        pid_t group = getpgid((pid_t)pid);

        if (group > 1)
            add_group(groups, group);
    }
    closedir(folder);
}

/*
 * SIGHUP and SIGCONT to all that is left of the session. Its number is not given to another
 * process while one of its own lives: a process of that number that is not the leader
 * means that nobody is left.
 */
static void hang_up(const struct tum_proc *proc)
{
    pid_t leader = tum_proc_pid(proc);
    struct groups groups = {0};
    struct tum_procinfo info;

    if (tum_procinfo_read(leader, &info) && info.start != tum_proc_start_ticks(proc))
        return;
    read_groups(&groups, leader);
    for (size_t i = 0; i < groups.count; i++) {
        kill(-groups.all[i], SIGHUP);
        kill(-groups.all[i], SIGCONT);
    }
    tum_free(groups.all);
}

static void kill_leader(const struct tum_proc *proc)
{
    struct tum_procinfo info;

    if (tum_procinfo_read(tum_proc_pid(proc), &info) &&
        info.start == tum_proc_start_ticks(proc))
        tum_procinfo_signal(&info, SIGKILL);
}

void tum_pty_leave(struct tum_console *console)
{
    struct tum_proc *proc = console->proc;
    struct tum_proc_status status;

    if (proc == NULL)
        return;
    tum_fd_close(&console->fd);
    hang_up(proc);
    /* A login that is given up ignores that, and a stop does not wait for it. */
    if (console->failed)
        kill_leader(proc);
    if (tum_proc_wait(proc, NULL, tum_now() + TUM_PTY_GRACE, &status) == TUM_READY)
        return;
    kill_leader(proc);
    tum_proc_wait(proc, NULL, tum_now() + TUM_PTY_GRACE, &status);
}

/* ---- the filter ---- */

void tum_pty_receive(struct tum_console *console, struct tum_str bytes)
{
    size_t start = 0;

    for (size_t i = 0; i < bytes.n; i++) {
        char c = bytes.s[i];
        size_t held = console->held_count;

        if (held == 0) {
            const char *escape = memchr(bytes.s + i, paste_start[0], bytes.n - i);

            if (escape == NULL)
                break;
            i = (size_t)(escape - bytes.s);
            tum_console_data(console, tum_str_sub(bytes, start, i));
            start = i + 1;
            console->held[console->held_count++] = *escape;
        } else if (held < sizeof(paste_start) - 1 ? c == paste_start[held]
                                                  : c == 'h' || c == 'l') {
            start = i + 1;
            console->held[console->held_count++] = c;
            if (held == sizeof(paste_start) - 1)
                console->held_count = 0;
        } else {
            console->held_count = 0;
            tum_console_data(console, tum_str_n(console->held, held));
            start = i--; /* looked at again: it may begin a sequence itself */
        }
    }
    tum_console_data(console, tum_str_sub(bytes, start, bytes.n));
    tum_console_hold(console, console->held_count > 0);
}

void tum_pty_release(struct tum_console *console)
{
    size_t held = console->held_count;

    console->held_count = 0;
    tum_console_data(console, tum_str_n(console->held, held));
}

/* ---- the driver ---- */

static bool terminal_open(struct tum_console *console,
                          const struct tum_console_opts *opts, struct tum_error **err)
{
    struct tum_pty_opts pty = {
        .argv = opts->argv,
        .rows = 24,
        .columns = 80,
        .stop = opts->stop,
    };
    char *folder = NULL;
    bool ok;

    if (opts->directory != NULL && opts->directory[0] != '\0')
        folder = tum_path_normalise(opts->directory);
    pty.directory = folder;
    ok = tum_pty_open(console, &pty, err);
    tum_free(folder);
    return ok;
}

const struct tum_driver tum_driver_terminal = {
    .protocol = "terminal",
    .shows_writes = true,
    .asks = true,
    .open = terminal_open,
    .receive = tum_pty_receive,
    .release = tum_pty_release,
    .leave = tum_pty_leave,
};
