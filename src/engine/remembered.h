/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person answered last on this machine, offered the next time: the checked
 * entries of each choices dialog, by the name of the item, and the references.
 */
#ifndef TUM_REMEMBERED_H
#define TUM_REMEMBERED_H

#include "tum/ask.h"

/* Names that are remembered; the one answered longest ago goes. */
#define TUM_REMEMBERED_NAMES 200
#define TUM_REMEMBERED_BYTES ((size_t)1 << 20)

/* Owned; none when nothing is known, or the file cannot be read. */
tum_val tum_remembered_get(enum tum_ask_kind kind, const char *name) TUM_MUST_USE;
/* An answer, as it came. That it could not be kept is no error of the run. */
void tum_remembered_set(enum tum_ask_kind kind, const char *name, tum_val answer);

#endif
