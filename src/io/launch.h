/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A start request, unpacked, and the step from it to a running program. For the
 * guardian's nurses: one thread, fork allowed.
 */
#ifndef TUM_LAUNCH_H
#define TUM_LAUNCH_H

#include "io/guardian.h"

struct tum_launch {
    struct tum_guard_start head;
    int line;       /* to tum */
    int streams[3]; /* -1: /dev/null */
    int extra[TUM_PROC_EXTRA_FDS];
    char **argv, **env; /* NULL-terminated */
    const char *directory, *tty;
};

/* Takes the descriptors, reads the memory file. False: not a request (a mistake of
   ours). */
bool tum_launch_unpack(struct tum_launch *launch, const struct tum_guard_start *head,
                       const int *fds, size_t count);

struct tum_launch_failure {
    enum tum_guard_stage stage;
    int os;
};
/*
 * Forks and executes; closes the streams and extra descriptors here. Returns once the
 * program runs: its pid, or -1 and why. The child dies with the calling process.
 */
pid_t tum_launch_start(struct tum_launch *launch, struct tum_launch_failure *ret);

#endif
