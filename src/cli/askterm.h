/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dialogs on the terminal: one request at a time has the panel and the keys, the others
 * wait in the order they came. A sleep that is shown steps aside for them.
 *
 * What was typed before a request is shown is no answer to it. Whatever ends a request,
 * the terminal is as it was once no request is left.
 */
#ifndef TUM_ASKTERM_H
#define TUM_ASKTERM_H

#include "cli/live.h"
#include "tum/ask.h"

struct tum_askterm;

/* True when standard input and the view are terminals that can be asked on. */
bool tum_askterm_possible(const struct tum_live *live);
/* The view must outlive it. */
struct tum_askterm *tum_askterm_new(struct tum_live *live) TUM_MUST_USE;
void tum_askterm_free(struct tum_askterm *term); /* accepts NULL */

/* `ask` of struct tum_session_opts; ctx is a struct tum_askterm. */
enum tum_asked tum_askterm_ask(void *ctx, const struct tum_ask *ask,
                               struct tum_stop *stop, tum_time deadline,
                               tum_val *ret_answer);

#endif
