/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures that a run drew, for reports that are one file. A row that left a picture says
 * so: the message of a plot's action is "written: PATH.svg". Nothing else of a report
 * names one, so that a recorded run shows them too, as long as the file is there.
 */
#ifndef TUM_DRAWING_H
#define TUM_DRAWING_H

#include "tum/report.h"

/* Bytes of one picture; a larger one is left out. */
#define TUM_DRAWING_LIMIT ((size_t)4 << 20)

/* The path in the row's message; borrowed. */
bool tum_drawing_of(const struct tum_report_row *row, struct tum_str *ret_path);
/* Adds the picture as a URL that holds it. False: the file cannot be read, is too large
   or is none of ours. */
bool tum_drawing_add(struct tum_buf *out, struct tum_str path);

#endif
