/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plots of ten million samples: adding, drawing and writing them, and what that takes.
 * Medians of RUNS. Fails only on what is no matter of speed: memory and the size of the
 * picture.
 *
 * bench_plot [folder]     default: /tmp
 */
#include "tum/mem.h"
#include "tum/plot.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNS    5
#define SAMPLES 10000000
#define PICTURE 1000000
#define MEMORY  400 /* MiB */
#define NOISE   1.2345

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void must(bool good, struct tum_error *err)
{
    if (good)
        return;
    fprintf(stderr, "%s\n", tum_error_text(err));
    exit(1);
}

static double seconds(tum_time since)
{
    return (double)(tum_now() - since) / (double)TUM_SECOND;
}

static void fill(struct tum_plot *plot)
{
    struct tum_error *err = NULL;
    tum_time start = tum_now();

    for (size_t i = 0; i < SAMPLES; i++) {
        struct tum_map_builder *b = tum_map_begin(1);
        double x = (double)i / SAMPLES;
        tum_val samples;

        tum_map_adds(b, "volts",
                     tum_val_float(sin(x * 40) * 5 + sin((double)(i * i)) * NOISE));
        samples = tum_map_end(b);
        must(tum_plot_add(plot, samples, &err), err);
        tum_val_unref(samples);
    }
    printf("adding, a sample        %8.3f us\n", seconds(start) / SAMPLES * 1e6);
}

/* Seconds that an export takes, and the size of the file. */
static off_t export(struct tum_plot *plot, const char *folder, const char *kind)
{
    char *path = tum_asprintf("%s/bench-plot-%d.%s", folder, (int)getpid(), kind);
    double times[RUNS];
    struct tum_error *err = NULL;
    struct stat facts;
    tum_val files;

    for (size_t i = 0; i < RUNS; i++) {
        tum_time start = tum_now();

        must(tum_plot_export(plot, path, NULL, &files, &err), err);
        times[i] = seconds(start);
        tum_val_unref(files);
        if (stat(path, &facts) != 0)
            exit(1);
        unlink(path);
    }
    qsort(times, RUNS, sizeof(*times), compare_doubles);
    printf("drawing as %s          %8.3f s, %lld bytes\n", kind, times[RUNS / 2],
           (long long)facts.st_size);
    tum_free(path);
    return facts.st_size;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "/tmp";
    struct tum_plots *plots = tum_plots_new();
    struct tum_error *err = NULL;
    struct tum_plot *plot;
    struct rusage usage;
    bool was_open;
    off_t size;

    must(tum_plots_open(plots, "supply", NULL, &was_open, &err), err);
    plot = tum_plots_get(plots, "supply");
    fill(plot);
    size = export(plot, folder, "svg");
    export(plot, folder, "pdf");
    getrusage(RUSAGE_SELF, &usage);
    printf("memory                  %8.1f MiB\n", (double)usage.ru_maxrss / 1024);
    tum_plot_unref(plot);
    tum_plots_free(plots);
    return size < PICTURE && usage.ru_maxrss / 1024 < MEMORY ? 0 : 1;
}
