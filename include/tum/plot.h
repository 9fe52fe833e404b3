/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plots: numbers over time, kept in memory, written to files as they come, drawn as
 * SVG or PDF. A run has one set of them; items, branches and scripts name a plot.
 *
 * A plot has lines in order of first appearance, each a series of samples (time, number).
 * Times are microseconds of the monotonic clock since the plot was opened and never go
 * back; the date-time of a sample is the local time of the opening plus that. Adding
 * takes constant time. A sample is 17 bytes.
 *
 * Every function may be called by any thread. Locks: TUM_RANK_PLOTS, TUM_RANK_PLOT, inside
 * only; nothing is called back under them.
 */
#ifndef TUM_PLOT_H
#define TUM_PLOT_H

#include "tum/clock.h"
#include "tum/val.h"
#include "tum/wait.h"

/* Bounds; going beyond one is a LIMIT error. */
#define TUM_PLOTS_OPEN   1000
#define TUM_PLOT_LINES   256
#define TUM_PLOT_SAMPLES 100000000 /* of all lines together */
#define TUM_PLOT_SOURCES 64

struct tum_plots *tum_plots_new(void) TUM_MUST_USE;
void tum_plots_free(struct tum_plots *plots); /* accepts NULL; closes what is open */

/*
 * Opens a plot. With a log_path (a folder, made when missing) every line is written to
 * plot_line-LINE.csv there as samples come, at the latest after a second, and the
 * picture to plot-NAME.svg, at most once a second. *ret_was_open: there is one of that name
 * already; it stays as it is.
 */
bool tum_plots_open(struct tum_plots *plots, const char *name, const char *log_path,
                    bool *ret_was_open, struct tum_error **err);
/* Counted; NULL: no plot of that name is open. */
struct tum_plot *tum_plots_get(struct tum_plots *plots, const char *name) TUM_MUST_USE;
/* The same with an error that names the plot. */
struct tum_plot *tum_plots_find(struct tum_plots *plots, const char *name,
                                struct tum_error **err) TUM_MUST_USE;
/*
 * Takes the plot out, ends its sources, finishes its files. False when it is not open, or a
 * file could not be written (it is closed then too).
 */
bool tum_plots_close(struct tum_plots *plots, const char *name, struct tum_error **err);
/* Ends the sources of all. They stay open, to be looked at; what comes later is refused. */
void tum_plots_end_sources(struct tum_plots *plots);
/* Closes all in the order of their opening; `said` is called before each. */
void tum_plots_close_all(struct tum_plots *plots,
                         void (*said)(void *ctx, const char *name), void *ctx);

struct tum_plot *tum_plot_ref(struct tum_plot *plot);
void tum_plot_unref(struct tum_plot *plot); /* accepts NULL */
const char *tum_plot_name(const struct tum_plot *plot);
/* Path of the picture that is kept up to date; NULL without a log_path. */
const char *tum_plot_picture(const struct tum_plot *plot);

/*
 * One sample for each line of a map line → number (true and false are 1 and 0), all with
 * the same time. Keys are taken by their text form. Nothing is taken when a value is no
 * number; the error names line and value.
 */
bool tum_plot_add(struct tum_plot *plot, tum_val samples, struct tum_error **err);
/*
 * The last sample of each line: map line → [date-time text, elapsed seconds, number]. With
 * a list: of these lines, null for one that does not exist. Owned.
 */
tum_val tum_plot_last(struct tum_plot *plot, tum_val lines) TUM_MUST_USE;

/*
 * Writes NAME.csv (as NAME-LINE.csv, one for each line), NAME.svg or NAME.pdf; missing folders
 * are made, an existing file is renamed NAME-N.saved. Other extensions are an error.
 * *ret_files: the paths written, a list of texts.
 */
bool tum_plot_export(struct tum_plot *plot, const char *path, struct tum_stop *stop,
                     tum_val *ret_files, struct tum_error **err);
/* Adds the picture as SVG. */
void tum_plot_draw(struct tum_plot *plot, struct tum_buf *out);

/*
 * Something that feeds the plot until it is closed. `end` is called once, by the thread that
 * closes, without a lock held; it returns when no sample will come any more.
 */
struct tum_plot_source {
    void (*end)(void *ctx);
    void *ctx;
};
bool tum_plot_attach(struct tum_plot *plot, const struct tum_plot_source *source,
                     struct tum_error **err);

#endif
