/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text written with the editor of the person at the terminal.
 */
#ifndef TUM_ASKEDITOR_H
#define TUM_ASKEDITOR_H

#include "tum/ask.h"
#include "tum/wait.h"

/*
 * Runs the editor (a command line) on a new file that says below a line what is asked for,
 * and adds what stands above that line to `out`. TUM_READY: it has ended; *err is set when
 * it could not be used or did not end well. Otherwise it was ended.
 */
enum tum_waited tum_askeditor_run(const char *editor, const struct tum_ask *ask,
                                  struct tum_stop *stop, tum_time deadline,
                                  struct tum_buf *out, struct tum_error **err);

#endif
