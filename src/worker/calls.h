/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script may ask of its host while it is called: a table of handlers.
 */
#ifndef TUM_CALLS_H
#define TUM_CALLS_H

#include "worker/asked.h"

/*
 * Serves one request (a message with "ask") with the host's functions and adds the
 * answer to `out`, as the text of a message. A request that is not understood is
 * answered with an error.
 */
void tum_calls_serve(const struct tum_worker_host *host, tum_val request,
                     struct tum_buf *out);

/*
 * The value a message carries, as "value" or, when deep, as "json". Owned; false: none
 * (or not a value).
 */
bool tum_message_value(tum_val message, tum_val *ret);
/* Text under a key of a message; borrowed, empty when absent. */
struct tum_str tum_message_text(tum_val message, const char *key);
/* Adds text as JSON, all ASCII. */
void tum_message_add_text(struct tum_buf *out, struct tum_str text);

#endif
