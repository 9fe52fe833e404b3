/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours of output lines, by class of word. Text in, text with terminal codes out:
 * knows no terminal and no option.
 */
#ifndef TUM_COLOUR_H
#define TUM_COLOUR_H

#include "tum/buf.h"

/* Bytes of a line that are coloured; what follows is written plain. */
#define TUM_COLOUR_LINE ((size_t)64 << 10)

/*
 * Adds `lines` with codes. Each line ends in the terminal's normal state. A line that
 * already holds an escape character is added as it is: its codes are its own business.
 */
void tum_colour_lines(struct tum_buf *out, struct tum_str lines, bool light);
/* Whether COLORFGBG (NULL: not set) tells of a light background: last field 7 and
   up. */
bool tum_colour_is_light(const char *colorfgbg);

#endif
