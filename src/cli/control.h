/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals of a run, served by a thread of their own: SIGINT, SIGTERM, SIGHUP ask the
 * run to stop, a second one ends it at once; SIGWINCH resizes the view, SIGCONT draws it
 * again.
 */
#ifndef TUM_CONTROL_H
#define TUM_CONTROL_H

#include "cli/live.h"
#include "engine/session.h"

/* How long a run may take to end after the second signal. */
#define TUM_CONTROL_LAST (2 * TUM_SECOND)

struct tum_control;

/*
 * Blocks the signals in this thread, hence in all it makes: call before any other
 * thread exists. A SIGHUP that was ignored when tum started (nohup) stays ignored.
 */
void tum_control_block(void);
/* Starts serving. Until tum_control_loaded a signal ends the process: nothing runs
   yet. */
bool tum_control_start(struct tum_session *session, struct tum_live *live,
                       struct tum_control **ret, struct tum_error **err);
void tum_control_loaded(struct tum_control *control);
/* Ends the thread; later signals have no effect. Accepts NULL. */
void tum_control_end(struct tum_control *control);

#endif
