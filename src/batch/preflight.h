/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of the project file: before the batch, before every campaign, as ready and
 * health of services, as smoke of the gate.
 */
#ifndef TUM_PREFLIGHT_H
#define TUM_PREFLIGHT_H

#include "batch/project.h"
#include "tum/wait.h"

struct tum_batch;

struct tum_probe_opts {
    const struct tum_project *project;
    bool service; /* a port or socket must be open, not free */
    bool clean;   /* what may be removed is */
    struct tum_stop *stop;
    tum_time deadline; /* of the whole probe; 0: by its own timeout */
};

/*
 * One probe (a map with one key). False: `finding` has what was found, why it matters,
 * what to do.
 */
bool tum_probe(tum_val probe, const struct tum_probe_opts *opts,
               struct tum_buf *finding);
/* All probes of the project; `campaign` NULL: before the batch. */
bool tum_preflight_run(struct tum_batch *batch, const char *campaign,
                       struct tum_buf *finding);

#endif
