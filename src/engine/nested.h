/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Campaigns that campaigns run: what one is told by the one that runs it, through its
 * environment, and what it tells back, through a descriptor.
 */
#ifndef TUM_NESTED_H
#define TUM_NESTED_H

#include "engine/runstate.h"

/*
 * This process runs the campaign: whatever it starts finds it in the chain of campaigns of
 * its environment. False: it is in there too often, whoever started it. Before other
 * threads are started.
 */
bool tum_nested_enter(const char *path, struct tum_error **err) TUM_MUST_USE;
/* Looks whether another campaign runs this one. Before other threads are started. */
void tum_nested_init(struct tum_session *session);
/* The campaign begins to wait for a lock, or no longer does. Not at the same time. */
void tum_nested_waits(struct tum_session *session, bool waits);
/* Counts the end of an execution. Any thread. */
void tum_nested_count(struct tum_session *session, const struct tum_item *item,
                      enum tum_verdict verdict);
/* A file that an export at the end of the run wrote. */
void tum_nested_wrote(struct tum_session *session, const char *path);
/* Tells what was counted and written, at the end of a run. */
void tum_nested_tell(struct tum_session *session);

#endif
