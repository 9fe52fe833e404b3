/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of one run of tum: "20261120-152544-4711-8899123", date, time, pid and start
 * time of the process in clock ticks since boot. Everything that tum starts carries it in
 * the variable TUM_RUN_ID; below a campaign of a batch "/" and the number of the campaign
 * follow. Whether the run is over can be told from the name alone.
 */
#ifndef TUM_RUNID_H
#define TUM_RUNID_H

#include "tum/buf.h"
#include <sys/types.h>

#define TUM_RUN_VARIABLE "TUM_RUN_ID"

void tum_run_id_write(struct tum_buf *out);
/* False when it is no such name. */
bool tum_run_id_parse(struct tum_str id, pid_t *ret_pid, uint64_t *ret_ticks);
/* The process of that name still runs (on this machine, since its last start). */
bool tum_run_id_lives(struct tum_str id);
/* Start time of a process; 0: there is none. */
uint64_t tum_process_ticks(pid_t pid);

#endif
