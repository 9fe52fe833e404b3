/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of a run as JSON objects, one a line: what a batch records and reports are made
 * of. The fields are described in tum-batch(7).
 */
#ifndef TUM_EVENTJSON_H
#define TUM_EVENTJSON_H

#include "engine/session.h"

/* Output of one execution that is kept: so much of its start and of its end. */
#define TUM_EVENTJSON_HEAD ((size_t)47 << 10)
#define TUM_EVENTJSON_TAIL ((size_t)16 << 10)

struct tum_eventjson;

/*
 * Adds itself to the session, after its load and before its run. `write` gets one object
 * without a line end at a time, under the bus lock; `run` and `campaign` are what the
 * fields of that name say. Freed after the session.
 */
struct tum_eventjson *tum_eventjson_new(struct tum_session *session, const char *run,
                                        const char *campaign,
                                        void (*write)(void *ctx, struct tum_str line),
                                        void *ctx) TUM_MUST_USE;
void tum_eventjson_free(struct tum_eventjson *events); /* accepts NULL */

/* Now, as RFC 3339 with microseconds: "2026-11-20T15:25:44.123456+01:00". */
void tum_time_write(struct tum_buf *out);

#endif
