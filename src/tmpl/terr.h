/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of templates: a class name in Python's words and a place.
 */
#ifndef TUM_TERR_H
#define TUM_TERR_H

#include "tum/err.h"

/* Returns false. `type` is copied; the kind follows from it. */
bool tum_tmpl_fail(struct tum_error **err, const char *type, struct tum_span at,
                   const char *fmt, ...) TUM_PRINTF(4, 5);

#endif
