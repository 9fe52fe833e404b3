/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands around a campaign that this process runs: a batch at the other end of a
 * link, or, in the first form, the project of the user. See engine/host.h.
 */
#ifndef TUM_HOSTED_H
#define TUM_HOSTED_H

#include "engine/session.h"

struct tum_hosted;

/* A campaign of a batch: reads its plan from the descriptor. False: no batch is there. */
bool tum_hosted_open(int fd, struct tum_hosted **ret, struct tum_error **err);
/*
 * A campaign of its own: services when it needs some, the state when there is one, events
 * into a file when `events` is not NULL ("": standard output).
 */
struct tum_hosted *tum_hosted_single(const char *file, const char *events,
                                     bool no_services,
                                     struct tum_error **err) TUM_MUST_USE;
const struct tum_host *tum_hosted_host(const struct tum_hosted *hosted);
/* After a successful load, before the run. */
void tum_hosted_loaded(struct tum_hosted *hosted, struct tum_session *session);
/* After the run, while there still is a session. */
void tum_hosted_ran(struct tum_hosted *hosted, struct tum_session *session);
/* After the session was freed and its processes are gone. */
void tum_hosted_end(struct tum_hosted *hosted, int status);
void tum_hosted_free(struct tum_hosted *hosted); /* accepts NULL */

#endif
