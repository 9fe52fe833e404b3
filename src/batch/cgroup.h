/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control group (version 2) for the processes of one campaign, where the user may make
 * one: one more way to find what tried to get away. Without it the guardian does.
 */
#ifndef TUM_CGROUP_H
#define TUM_CGROUP_H

#include "tum/base.h"
#include <sys/types.h>

struct tum_cgroup;

/* NULL: not possible here. The process, and what it starts from now on, is in it. */
struct tum_cgroup *tum_cgroup_make(const char *name, pid_t pid);
/* Kills what is left in it and removes it; accepts NULL. */
void tum_cgroup_end(struct tum_cgroup *group);

#endif
