/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the items that use consoles share: names, numbers, and how traffic looks in the log.
 */
#ifndef TUM_CONSOLE_TEXT_H
#define TUM_CONSOLE_TEXT_H

#include "tum/console.h"
#include "tum/item.h"

/* Of a failure: characters of what came last in the message, and lines in the log. */
#define TUM_SHOWN_CHARACTERS 200
#define TUM_SHOWN_LINES      20

/* ---- values of parameters ---- */

enum tum_number { TUM_NUMBER_OK, TUM_NUMBER_NONE, TUM_NUMBER_BAD };
/* A number, or text that is one. NONE: null. */
enum tum_number tum_val_number(tum_val v, double *ret);
/*
 * Seconds of a timeout: negative is TUM_FOREVER. False: `run` has FAILed, naming the
 * parameter, with `of` in front.
 */
bool tum_timeout_of(struct tum_run *run, const char *of, tum_val v, const char *name,
                    tum_time *ret);
/* A whole number of low … high; false: FAILed naming the parameter, `of` in front. */
bool tum_integer_of(struct tum_run *run, const char *of, tum_val v, const char *name,
                    int64_t low, int64_t high, int64_t *ret);
/* Text form of a value, with its length (it may hold NUL): for tum_free. */
struct tum_str tum_val_as_text(tum_val v);

/* ---- traffic ---- */

/* Text as it is read: "[HH:MM:SS NAME]TEXT" a line, carriage returns left out. */
struct tum_echo {
    struct tum_run *run;
    const char *name;
    struct tum_buf line;
};
void tum_echo_init(struct tum_echo *echo, struct tum_run *run, const char *name);
/* For tum_console_read_opts.on_text; ctx is the echo. */
void tum_echo_text(void *echo, struct tum_str text, bool ignored);
/* Prints the unfinished line and releases the echo. */
void tum_echo_end(struct tum_echo *echo);

/* "[>NAME] : TEXT". */
void tum_echo_written(struct tum_run *run, const char *name, struct tum_str text);

/* The last TUM_SHOWN_LINES of a text, control characters made visible; or that nothing came. */
void tum_show_instead(struct tum_run *run, struct tum_str text);
/* The last `limit` characters, control characters made visible, in quotes. */
void tum_quote_last(struct tum_buf *out, struct tum_str text, size_t limit);
/* "0.3 s": in seconds, the unit in which timeouts are given. */
void tum_add_seconds(struct tum_buf *out, tum_time duration);
/* Warns of what tum_console_trouble tells. */
void tum_warn_trouble(struct tum_run *run, struct tum_console *console,
                      const char *name);

#endif
