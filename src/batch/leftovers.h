/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs that are over have left, and what a killed one would leave: its temporary
 * folders are in the state while they are in use, so that the next batch knows them.
 */
#ifndef TUM_LEFTOVERS_H
#define TUM_LEFTOVERS_H

#include "tum/err.h"

struct tum_batch;

/*
 * At the start of a batch: names survivors of runs that are over, with `clean` ends them,
 * and tells the first campaign of those of this project. Removes the temporary folders of
 * attempts that were cut by a kill.
 */
void tum_leftovers(struct tum_batch *batch, bool clean);

/* A fresh temporary folder for the attempt of `run`; *ret is for tum_free. */
bool tum_scratch_make(struct tum_batch *batch, const char *run, char **ret,
                      struct tum_error **err);
/* A folder has a name as those have. */
bool tum_scratch_is_name(const char *name);
/* With the lock: the attempt has ended, what is left of its folder is to stay. */
bool tum_scratch_forget(struct tum_batch *batch, const char *run,
                        struct tum_error **err);

#endif
