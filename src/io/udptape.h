/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registry of consoles tells the UDP sockets beside it.
 */
#ifndef TUM_UDPTAPE_H
#define TUM_UDPTAPE_H

#include "tum/udp.h"

struct tum_tape;

/* Borrowed, or NULL; before the first socket is opened. */
void tum_udps_set_tape(struct tum_udps *udps, struct tum_tape *tape);

#endif
