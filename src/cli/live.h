/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal: the one place that writes to standard output and standard error.
 *
 * A view colours the lines of a run when colours are on, and keeps a live line below
 * them while a run lasts and standard output is a terminal. Standard output that cannot
 * be written any more ends the view silently: the run goes on without output.
 */
#ifndef TUM_LIVE_H
#define TUM_LIVE_H

#include "engine/event.h"

/* Most often the live line changes. */
#define TUM_LIVE_INTERVAL (100 * TUM_MS)

struct tum_live;

/*
 * Looks at standard output and the environment. Colours are on unless `no_color` (-o),
 * NO_COLOR is set, or standard output is no terminal; FORCE_COLOR stands for a terminal
 * there.
 */
struct tum_live *tum_live_new(bool no_color) TUM_MUST_USE;
/* Ends the live line; accepts NULL. */
void tum_live_free(struct tum_live *live);
bool tum_live_colours(const struct tum_live *live);

/* Writes complete lines, coloured by class; `live` is a struct tum_live. Any thread. */
void tum_live_output(void *live, struct tum_str lines);
/* Writes text as it is. */
void tum_live_raw(struct tum_live *live, struct tum_str text);

/* True when a live line can be shown. */
bool tum_live_is_terminal(const struct tum_live *live);
/* Starts the live line of a run (nothing when there can be none) … */
void tum_live_begin(struct tum_live *live, const struct tum_item *root);
/* … which follows these events (a sink) … */
void tum_live_event(void *live, const struct tum_event *event);
/* … and takes it away. */
void tum_live_end(struct tum_live *live);
/* Shows a line of one's own below all others instead of a run's; NULL takes it away. */
void tum_live_line(struct tum_live *live, const char *line);
/* The terminal has another size. Any thread. */
void tum_live_resized(struct tum_live *live);

/*
 * Asking on the terminal. A panel is some rows above the live line, separated by newlines,
 * each narrower than the terminal (colours, "ESC [ … m", take no room); the cursor stands
 * in it. Empty: none.
 */
void tum_live_panel(struct tum_live *live, struct tum_str rows, size_t cursor_row,
                    size_t cursor_column);
/* Keys come at once and unseen, control-C as one of them, pasted text between marks; or
   again as they were before. False: the terminal is gone. Off: any thread. */
bool tum_live_keys(struct tum_live *live, bool on);
/* Another program had the terminal while tum was suspended. Any thread. */
void tum_live_resumed(struct tum_live *live);
/* The terminal is another program's: what is printed meanwhile waits. */
void tum_live_lend(struct tum_live *live, bool lent);
bool tum_live_is_lent(const struct tum_live *live); /* any thread */
/* An eventfd: the terminal has another size, or somebody called tum_live_nudge. -1: no
   terminal. */
int tum_live_news(const struct tum_live *live);
void tum_live_nudge(struct tum_live *live); /* any thread */
void tum_live_size(size_t *ret_rows, size_t *ret_columns);

/* For commands without a run. */

/*
 * Writes to standard output. False when that is impossible; said on standard error,
 * except that a reader who went away is nobody to complain to.
 */
bool tum_print(struct tum_str text);
/* A line "tum: MESSAGE" on standard error. */
void tum_complain(const char *fmt, ...) TUM_PRINTF(1, 2);
/* The same with the whole message of *err, which is freed. */
void tum_complain_take(struct tum_error **err);
/* Text on standard error. */
void tum_print_error(struct tum_str text);

#endif
