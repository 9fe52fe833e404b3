/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of a console share with each other, and nobody else uses.
 */
#ifndef TUM_CONPARTS_H
#define TUM_CONPARTS_H

#include "io/driver.h"

/* Text that waits while a read is under way; beyond, the peer is held up until the read has
   caught up: who reads loses nothing. */
#define TUM_CONSOLE_AHEAD ((size_t)16 << 20)

/* ---- turns and waiting: turns.c; all with the console locked ---- */

void tum_conop_begin(struct tum_console *console, struct tum_conop *op,
                     struct tum_stop *stop);
void tum_conop_end(struct tum_console *console, struct tum_conop *op);
/* News of any kind: whoever waits looks again. */
void tum_console_tell(struct tum_console *console);
/*
 * Waits for news or for `fd` (-1: none), with the lock let go meanwhile. READY: look
 * again.
 */
enum tum_waited tum_conop_wait(struct tum_console *console, struct tum_conop *op,
                               int fd, short events, tum_time deadline);
/* Waits for a turn. LATE and STOPPED: not had. READY with console->closing: neither. */
enum tum_waited tum_conop_turn(struct tum_console *console, struct tum_conop *op,
                               struct tum_conop **turn, tum_time deadline);
/* Of kind STOPPED; false. */
bool tum_fail_stopped(struct tum_error **err);

/* ---- the descriptor: constream.c; all with the console locked ---- */

/* Reads what is there; true while there may be more. */
bool tum_console_read_some(struct tum_console *console);
/* True when there is nothing left to send. */
bool tum_console_send_answers(struct tum_console *console);
/* Watches it again, when that was paused for a read to catch up. */
void tum_console_read_again(struct tum_console *console);
/* What a recording has received, as if it came; a tum_track_feed. */
void tum_console_feed(void *console, struct tum_str bytes);

#endif
