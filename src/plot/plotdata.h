/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One plot, as the files of this folder know it.
 */
#ifndef TUM_PLOTDATA_H
#define TUM_PLOTDATA_H

#include "base/lock.h"
#include "base/strmap.h"
#include "plot/picture.h"
#include "plot/plottime.h"
#include "tum/plot.h"
#include <pthread.h>
#include <stdatomic.h>

struct tum_plot_line {
    char *name;
    size_t name_length;
    char *file_part; /* of file names: unique in the plot */
    struct tum_series series;

    /* The log of an open plot. */
    struct tum_buf log; /* not yet in the file */
    struct tum_plottime_writer writer;
    bool log_begun; /* the file was made */
};

/* Writes logs and the picture of a plot that has a log folder. */
struct tum_plot_log {
    char *folder;
    pthread_t thread;
    struct tum_stop *end;
    int wake;                  /* eventfd: there is something new */
    bool is_new;               /* wake was written; under the plot's lock */
    struct tum_error *trouble; /* the first file that could not be written */
};

struct tum_plot {
    atomic_uint refs;
    char *name;
    char *picture; /* kept up to date; NULL: no log */
    tum_time opened;
    int64_t opened_local; /* plottime.h */

    struct tum_lock lock; /* guards what follows */
    struct tum_plot_line **lines;
    size_t line_count, line_cap;
    struct tum_strmap *index; /* name → line */
    int64_t last_at;
    size_t samples;
    struct tum_plot_source sources[TUM_PLOT_SOURCES];
    size_t source_count;
    bool closing, closed;
    struct tum_plot_log *log; /* NULL: none */
};

/* ---- plot.c ---- */

struct tum_plot *tum_plot_new(const char *name) TUM_MUST_USE;
/* Ends the sources; what comes later is refused. */
void tum_plot_end(struct tum_plot *plot);

/* What it holds now; the plot must outlive it. */
void tum_plot_look(struct tum_plot *plot, struct tum_picture *ret);
void tum_plot_look_release(struct tum_picture *picture);

/* ---- plotlog.c ---- */

bool tum_plot_log_open(struct tum_plot *plot, const char *folder,
                       struct tum_error **err);
/* A sample was added; under the plot's lock. */
void tum_plot_log_add(struct tum_plot *plot, struct tum_plot_line *line, int64_t at,
                      tum_val number);
/* Ends the thread, writes everything; false: a file could not be written. */
bool tum_plot_log_close(struct tum_plot *plot, struct tum_error **err);

#endif
