/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a request while it is answered; for asking.c, which changes it, and
 * askrows.c, which shows it.
 */
#ifndef TUM_ASKSTATE_H
#define TUM_ASKSTATE_H

#include "cli/asking.h"
#include "cli/asktree.h"

/* Of a row of references: reference, revision, serial number. */
#define TUM_ASKING_CELLS 3
#define TUM_ASKING_HINT  ((size_t)200)

struct tum_asking {
    const struct tum_ask *ask;
    const char *editor;
    struct tum_field field;
    bool pasting;
    struct tum_buf hint; /* until the next key; empty: that of the kind */

    struct tum_buf note; /* lines that are done, each with its end */
    struct tum_asktree tree;
    char **cells; /* TUM_ASKING_CELLS a row */
    size_t cell_count, cell;
};

#endif
