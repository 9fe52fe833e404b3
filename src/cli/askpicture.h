/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture on the terminal, among the lines: as the picture it is where the terminal says
 * by its environment that it can show one, else as a sketch, else as the reason why not.
 */
#ifndef TUM_ASKPICTURE_H
#define TUM_ASKPICTURE_H

#include "cli/live.h"

#define TUM_PICTURE_FILE ((size_t)32 << 20) /* bytes of a file that is looked at */

enum tum_picture_way {
    TUM_PICTURE_SKETCH,
    TUM_PICTURE_KITTY,
    TUM_PICTURE_ITERM,
    TUM_PICTURE_SIXEL,
};
/* By TERM, TERM_PROGRAM and what kitty sets; a multiplexer shows none. */
enum tum_picture_way tum_picture_way(void);

void tum_askpicture_show(struct tum_live *live, const char *path);

#endif
