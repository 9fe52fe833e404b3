/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that looks after one started process and all that descends from it.
 */
#ifndef TUM_NURSE_H
#define TUM_NURSE_H

#include "io/launch.h"

/* Exit statuses of a nurse. */
#define TUM_NURSE_DONE 0 /* nothing of the tree is left */
#define TUM_NURSE_LEFT 7 /* what is left is left on purpose */

/* Runs in a process of its own, forked for this; `guardian` is its parent. */
TUM_NORETURN void tum_nurse_main(struct tum_launch *launch, pid_t guardian);

#endif
