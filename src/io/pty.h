/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program on a terminal of its own.
 */
#ifndef TUM_PTY_H
#define TUM_PTY_H

#include "io/driver.h"

/* The leader of a session that was hung up lives so long at most. */
#define TUM_PTY_GRACE (500 * TUM_MS)

struct tum_pty_opts {
    const char *const *argv;
    const char *directory; /* or NULL */
    unsigned short rows, columns;
    bool ignore_hangup; /* the program starts with SIGHUP ignored */
    struct tum_stop *stop;
};

/*
 * Starts the program as leader of a session on a new terminal without echo; sets fd, proc and
 * target of the console. The error names the program.
 */
bool tum_pty_open(struct tum_console *console, const struct tum_pty_opts *opts,
                  struct tum_error **err);
/*
 * Hangs the session up: closes the terminal, SIGHUP and SIGCONT to all its process groups,
 * SIGKILL to the leader after TUM_PTY_GRACE. What ignores the hang-up or left the session survives.
 */
void tum_pty_leave(struct tum_console *console);

/* The filter of what a program writes; see struct tum_driver. */
void tum_pty_receive(struct tum_console *console, struct tum_str bytes);
void tum_pty_release(struct tum_console *console);

#endif
