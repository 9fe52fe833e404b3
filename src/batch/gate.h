/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate: a batch and smoke probes, turned into one verdict for a pipeline. Pushes
 * nothing, restarts nothing it did not start, writes its report and its state only.
 */
#ifndef TUM_GATE_H
#define TUM_GATE_H

#include "batch/batch.h"

#define TUM_GATE_TIMEOUT (900 * TUM_SECOND)

/* `ref` NULL: what is in the current folder. Returns the exit status. */
int tum_gate_run(const struct tum_program *program, const char *ref, size_t jobs,
                 const struct tum_face *face);

#endif
