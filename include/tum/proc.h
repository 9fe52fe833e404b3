/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes, all of them started and ended by the guardian (src/io/guardian.h): a
 * small process of ours beside the engine, so that nothing outlives tum, however tum
 * ends.
 *
 * A process comes with its tree: everything it starts, directly or not, whatever it
 * does to get away (setsid, a double fork, nohup). "Ended" means that the process was
 * reaped and that nothing of its tree is left (with TUM_PROC_LEAVE_ORPHANS: that the
 * process was reaped). How a tree is ended:
 *
 *   1. SIGTERM to the process group, then up to `grace` for it;
 *   2. once the process is gone, SIGTERM to what is left elsewhere, and a short while;
 *   3. SIGKILL to all that is left, until nothing is.
 *
 * What is left when the process ended by itself is ended from step 2 on. When tum is
 * gone, or the guardian is, every tree is ended with a grace of TUM_PROC_CRASH_GRACE.
 *
 * The program must ignore SIGPIPE (input of a process that does not read).
 */
#ifndef TUM_PROC_H
#define TUM_PROC_H

#include "tum/buf.h"
#include "tum/clock.h"
#include "tum/err.h"
#include "tum/wait.h"
#include <sys/types.h>

#define TUM_PROC_GRACE       (2 * TUM_SECOND) /* when opts.grace is 0 */
#define TUM_PROC_CRASH_GRACE (200 * TUM_MS)
/* Bounds; going beyond one is a LIMIT error of tum_proc_start. */
#define TUM_PROC_EXTRA_FDS   16
#define TUM_PROC_FD_NUMBER   255       /* highest number of an extra descriptor */
#define TUM_PROC_REQUEST     (8 << 20) /* bytes of arguments and environment */

enum tum_proc_flag {
    /* A session of its own (setsid) instead of a process group in the guardian's,
       which has no terminal. */
    TUM_PROC_SESSION = 1 << 0,
    /* What the process started and left running when it ended by itself survives it,
       and tum too. When it is ended by us, or tum dies first, the whole tree still
       ends. */
    TUM_PROC_LEAVE_ORPHANS = 1 << 1,
    /* Starts with SIGHUP ignored. */
    TUM_PROC_IGNORE_HANGUP = 1 << 2,
};

struct tum_proc_fd {
    int fd;     /* ours; stays ours and open */
    int number; /* in the child: 3 … TUM_PROC_FD_NUMBER */
};

/* Zero means the sensible default everywhere except for the three standard streams:
   start with TUM_PROC_OPTS. Nothing is kept after tum_proc_start returned. */
struct tum_proc_opts {
    /* NULL-terminated; argv[0] without a slash is looked up on PATH of the child's
       environment. */
    const char *const *argv;
    const char *directory; /* NULL: that of tum */
    /* "NAME=VALUE" sets, "NAME" alone removes, later wins; NULL-terminated or NULL.
       The rest is inherited. */
    const char *const *env;
    int in, out, err; /* ours, stay ours and open; -1: /dev/null */
    const struct tum_proc_fd *extra;
    size_t extra_count;
    /* Path of a terminal, or NULL: the controlling terminal of a new session and all
       three streams; in, out and err are then not used. */
    const char *tty;
    unsigned flags; /* enum tum_proc_flag, or'ed */
    tum_time grace; /* of tum_proc_free; at most 0.5 s of it for what is left behind */
    struct tum_stop *stop; /* ends the wait for the start only; or NULL */
};

#define TUM_PROC_OPTS .in = -1, .out = -1, .err = -1

/* How a process ended. */
struct tum_proc_status {
    bool lost; /* the guardian was killed, so was the process; nothing else is known */
    bool exited; /* it exited with `code`; else it died of `signal` */
    int code;
    int signal;
};

/*
 * Starts a process: default signal handling, nothing blocked, exactly the descriptors
 * asked for. Returns once the program runs. Errors name what was not found, not
 * executable, or not a directory (SYSTEM, with errno in os); LOST: the guardian ended.
 */
bool tum_proc_start(const struct tum_proc_opts *opts, struct tum_proc **ret,
                    struct tum_error **err);
/* Ends the tree if it still runs (with opts.grace), without waiting. Accepts NULL. */
void tum_proc_free(struct tum_proc *proc);
void tum_proc_freep(struct tum_proc **proc);

pid_t tum_proc_pid(const struct tum_proc *proc);
/* Start time in clock ticks since boot (field 22 of /proc/PID/stat): with the pid it
   names the process for good. */
uint64_t tum_proc_start_ticks(const struct tum_proc *proc);

/* Waits until it ended (TUM_READY, *ret set; may be NULL), the deadline or the stop.
   Does not end anything. One thread at a time. */
enum tum_waited tum_proc_wait(struct tum_proc *proc, struct tum_stop *stop,
                              tum_time deadline, struct tum_proc_status *ret);
/* Readable from the moment it ended on; for a poll with other descriptors, then
   tum_proc_wait. Owned by the proc. */
int tum_proc_fd(const struct tum_proc *proc);
/*
 * Asks to end the tree and returns at once; grace 0 kills. Asking again can only
 * shorten the grace. Any thread, while nobody frees the proc.
 */
void tum_proc_end(struct tum_proc *proc, tum_time grace);
/* Sends a signal to the process group, if the process still runs. As tum_proc_end. */
void tum_proc_signal(struct tum_proc *proc, int signal);
/* After it ended: what it had left running and had to be ended, "pid 4711 python3
   sim.py, pid …" (at most 16 of them are named), or "". */
const char *tum_proc_left(const struct tum_proc *proc);

/* "exit status 3", "signal 9 (SIGKILL)", "the guardian of processes was killed". */
void tum_proc_status_text(const struct tum_proc_status *status, struct tum_buf *out);

/* ---- run a program to its end ---- */

struct tum_proc_run_opts {
    struct tum_proc_opts proc; /* in, out and err are not used; nor is stop */
    struct tum_str input;      /* standard input; empty: /dev/null */
    struct tum_stop *stop;     /* ends the tree, with proc.grace */
    tum_time deadline;         /* the same, with `late` set; 0: none */
    /* After a stop or the deadline: wait (and drain) until the tree has ended.
       Otherwise the call returns at once and the tree ends behind it. */
    bool wait_end;
    size_t out_limit; /* kept of each stream; more is read and dropped; 0: 16 MiB */
    bool merge;       /* standard error into the same pipe as standard output */
    /* Gets every chunk as it comes, in the calling thread, beside or (keep_none)
       instead of the result's buffers. */
    void (*on_output)(void *ctx, struct tum_str bytes, bool is_err);
    /* Called, in the same thread, when `watch` can be read; it reads it empty. NULL:
       nothing is watched. */
    void (*on_watch)(void *ctx);
    int watch; /* a descriptor that stays open meanwhile */
    void *ctx;
    bool keep_none;
};

struct tum_proc_result {
    struct tum_proc_status status; /* valid when ended */
    bool ended;                    /* false: stopped or late, and not waited for */
    bool stopped, late;
    struct tum_buf out, err; /* `full` is set when something was dropped */
};

/* False: could not be started (err), and *ret is untouched. *ret is set otherwise,
   also when stopped. */
bool tum_proc_run(const struct tum_proc_run_opts *opts, struct tum_proc_result *ret,
                  struct tum_error **err);
void tum_proc_result_release(struct tum_proc_result *result);

/* ---- the guardian ---- */

/* The hidden mode of the program: main calls it at once when argv[1] is
   "--guardian-of". */
int tum_guardian_main(int argc, char **argv);
/*
 * Ends everything that still runs and the guardian, and waits for that, for `patience`
 * at most. For the end of main; without it the guardian finds out by itself. The next
 * tum_proc_start would start a new one.
 */
void tum_guardian_close(tum_time patience);
/* Program to start as the guardian (static text) instead of this one: for tests, whose
   main is not ours. Before the first process is started. */
void tum_guardian_set_program(const char *path);

#endif
