/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kinds of probes share; for the files that hold them.
 */
#ifndef TUM_PROBING_H
#define TUM_PROBING_H

#include "batch/preflight.h"

/* One probe under way. */
struct tum_probing {
    const struct tum_probe_opts *opts;
    tum_val conf; /* of this kind, normalised */
    struct tum_buf *out;
    tum_time deadline;
};

/* Why it matters and what to do, behind what was found; always false. */
bool tum_probing_say(struct tum_probing *p, const char *why, const char *todo);
/* First and last line of a text, which is what a traceback is read by. */
void tum_probing_lines(struct tum_probing *p, struct tum_str text);

/* No answer is tried again, an answer of the wrong form is final. */
bool tum_probe_http(struct tum_probing *p);

#endif
