/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recording and replaying, as a console sees it.
 */
#ifndef TUM_TAPE_H
#define TUM_TAPE_H

#include "io/driver.h"

static inline void tum_tape_in(struct tum_console *c, struct tum_str b){(void)c;(void)b;}
static inline void tum_tape_out(struct tum_console *c, struct tum_str b){(void)c;(void)b;}
static inline void tum_tape_ended(struct tum_console *c){(void)c;}
static inline void tum_tape_closed(struct tum_console *c){(void)c;}
static inline void tum_tape_opened(struct tum_console *c, struct tum_error *e){(void)c;(void)e;}
static inline void tum_tape_item(struct tum_console *c, const char *e){(void)c;(void)e;}
static inline bool tum_tape_replays(struct tum_console *c){(void)c; return false;}
static inline bool tum_tape_send(struct tum_console *c, struct tum_str b, const char*i, struct tum_error **err){(void)c;(void)b;(void)i;(void)err; return false;}
static inline bool tum_tape_open(struct tum_tape*t, struct tum_console *c, const struct tum_console_opts*i, struct tum_error **err){(void)t;(void)c;(void)i;(void)err; return true;}
static inline void tum_tape_before_read(struct tum_console *c, const struct tum_console_read_opts*o){(void)c;(void)o;}
static inline void tum_tape_after_read(struct tum_console *c, const struct tum_console_read_opts*o, struct tum_console_read*r){(void)c;(void)o;(void)r;}
static inline void tum_tape_read(struct tum_console *c, const struct tum_console_read_opts*o, struct tum_console_read*r){(void)c;(void)o;(void)r;}
static inline void tum_tape_free(struct tum_tape*t){(void)t;}
#endif
