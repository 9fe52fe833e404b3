/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strftime for the module time and for dates.
 */
#ifndef TUM_TIMETEXT_H
#define TUM_TIMETEXT_H

#include "lang/obj.h"
#include <time.h>

/* Longest format; longer is handed over. */
#define TUM_TIME_FORMAT_LIMIT 4096

/* The text of `format` as a str; NULL: failed. */
struct tum_obj *tum_time_format(struct tum_vm *vm, struct tum_str format,
                                const struct tm *tm);

#endif
