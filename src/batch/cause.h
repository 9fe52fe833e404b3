/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message of several lines in one: what a list of campaigns has room for.
 */
#ifndef TUM_CAUSE_H
#define TUM_CAUSE_H

#include "tum/buf.h"

/*
 * The first line, and the last one of the output that follows it, which is where programs
 * say what is wrong. Of the findings of a load the first one, without the folder.
 */
void tum_cause_write(struct tum_str message, struct tum_buf *out);

#endif
