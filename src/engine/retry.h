/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attempts of one execution: the common attribute `retry`, a mapping
 * {count: N, delay: T, outcomes: [failed, error, timeout]}.
 */
#ifndef TUM_RETRY_H
#define TUM_RETRY_H

#include "tum/item.h"

/* Most attempts a `retry` may ask for. */
#define TUM_RETRY_LIMIT 1000000

struct tum_retry {
    int64_t left; /* attempts that may still follow */
    tum_time delay;
    unsigned outcomes;                 /* bit per enum tum_outcome */
    struct tum_list_builder *attempts; /* of data; NULL: one attempt so far */
    int64_t made;
};

/* False: the attribute is wrong; the run has FAILed with a message. */
bool tum_retry_read(struct tum_run *run, struct tum_retry *ret);
/* After an attempt: true when another is due; its delay is over then. */
bool tum_retry_again(struct tum_run *run, struct tum_retry *retry,
                     enum tum_outcome outcome, tum_time duration);
/* After the last: sets the data and the outcome. */
void tum_retry_end(struct tum_run *run, struct tum_retry *retry);
/* At load: what is wrong with the raw value, or NULL (static text). */
const char *tum_retry_check(tum_val raw);

#endif
