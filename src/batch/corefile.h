/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file that the kernel left of a process that died of a signal.
 */
#ifndef TUM_COREFILE_H
#define TUM_COREFILE_H

#include "tum/str.h"
#include <sys/types.h>
#include <time.h>

struct tum_core {
    struct tum_str pattern; /* of /proc/sys/kernel/core_pattern */
    const char *folder;     /* absolute: where the process was */
    pid_t pid;
    int signal;
    time_t since; /* an older file is of somebody else */
};

/*
 * The newest file that fits, for tum_free; NULL: there is none, or a program of the system
 * takes what is left (a pattern with '|'). What of the pattern cannot be told from here,
 * such as the time, fits whatever stands there.
 */
char *tum_core_find(const struct tum_core *core);

#endif
