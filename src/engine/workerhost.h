/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as the host of workers.
 */
#ifndef TUM_WORKERHOST_H
#define TUM_WORKERHOST_H

#include "engine/runstate.h"
#include "worker/asked.h"

/* The host functions of who asks; `asker` must outlive what is asked. */
void tum_worker_host_init(struct tum_worker_host *host, struct tum_asker *asker,
                          bool (*configure)(void *ctx, struct tum_python_config *ret,
                                            struct tum_error **err));

#endif
