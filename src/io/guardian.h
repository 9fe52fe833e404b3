/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine (proc.c) and the guardian (guardian.c) say to each other. Both are
 * the same program, so the structs cross as they are.
 *
 *   tum ── leash ── guardian ── one nurse for each process ── the process ── its tree
 *    └────────── line ─────────────┘
 *
 * The leash carries requests to start (one packet each: struct tum_guard_start and
 * descriptors); its end tells the guardian that tum is gone. The guardian forks a nurse
 * for each process: a sub-reaper of its own, so that whatever the process starts stays
 * below it, whatever it does. From then on tum and the nurse talk on a line of their
 * own, and no thread of tum has to read for another.
 *
 *   both sockets   AF_UNIX, SOCK_SEQPACKET
 *   tum to nurse   struct tum_guard_ask
 *   nurse to tum   struct tum_guard_news: STARTED or FAILED, then ENDED with the text
 *                  of what was left behind it (cut at TUM_GUARD_LEFT bytes)
 */
#ifndef TUM_GUARDIAN_H
#define TUM_GUARDIAN_H

#include "tum/proc.h"

#define TUM_GUARD_LEASH      3 /* the guardian's descriptor */
#define TUM_GUARD_LEFT       2048
/* Of the grace, for what a process left behind and for what is not in its group. */
#define TUM_GUARD_REST_GRACE (500 * TUM_MS)

/*
 * Descriptors that come with it, in this order: the line; a memory file with the
 * strings (argv, environment; then directory and tty, when there are), each ended by
 * NUL; in, out and err as far as `given` says; the extra ones.
 */
struct tum_guard_start {
    uint32_t argc, envc;
    bool directory, tty;
    bool given[3];
    uint32_t extra_count;
    int numbers[TUM_PROC_EXTRA_FDS]; /* in the child */
    unsigned flags;                  /* enum tum_proc_flag */
    tum_time grace;
};
#define TUM_GUARD_FDS (2 + 3 + TUM_PROC_EXTRA_FDS)

struct tum_guard_ask {
    enum { TUM_GUARD_END, TUM_GUARD_SIGNAL } what;
    int signal;
    tum_time grace;
};

/* Where a start failed. */
enum tum_guard_stage {
    TUM_GUARD_FORK,
    TUM_GUARD_DIRECTORY,
    TUM_GUARD_TTY,
    TUM_GUARD_STREAMS,
    TUM_GUARD_EXEC,        /* ENOENT: no such program */
    TUM_GUARD_INTERPRETER, /* the program is there, what its first line names is not */
};

struct tum_guard_news {
    enum { TUM_GUARD_STARTED, TUM_GUARD_FAILED, TUM_GUARD_ENDED } what;
    enum tum_guard_stage stage; /* FAILED */
    int os;                     /* FAILED: errno */
    pid_t pid;                  /* STARTED */
    uint64_t start;             /* STARTED: start time in ticks since boot */
    bool orphaned;              /* ENDED: because the guardian was killed */
    int status;                 /* ENDED: of waitpid */
};

#endif
