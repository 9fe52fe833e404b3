/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who descends from whom, read from /proc, and signals that cannot hit a stranger.
 * Linux only, one thread, for the guardian.
 */
#ifndef TUM_PROCTREE_H
#define TUM_PROCTREE_H

#include "tum/buf.h"
#include <sys/types.h>

struct tum_procinfo {
    pid_t pid, parent, group;
    char state;
    uint64_t start; /* ticks since boot; with the pid it names a process for good */
};

/* Zeroed at first; can be read again. */
struct tum_proctree {
    struct tum_procinfo *all;
    size_t count, cap;
};

/*
 * All processes below `root` (not itself), parents first where the kernel lists
 * children. What starts or changes parents meanwhile may be missed: look again until
 * there is nothing.
 */
void tum_proctree_read(struct tum_proctree *tree, pid_t root);
void tum_proctree_release(struct tum_proctree *tree);

/* False when there is no such process. */
bool tum_procinfo_read(pid_t pid, struct tum_procinfo *ret);
/* Signals the very process that was read, not one that has got its pid since. */
void tum_procinfo_signal(const struct tum_procinfo *info, int signal);
/* Adds "pid 4711 python3 sim.py", at most `limit` bytes of the command line. */
void tum_procinfo_describe(const struct tum_procinfo *info, size_t limit,
                           struct tum_buf *out);

#endif
