/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plots of a run: names and their open plots.
 */
#include "plot/plotdata.h"
#include "tum/mem.h"

struct tum_plots {
    struct tum_lock lock;
    struct tum_strmap *open; /* name → counted plot */
};

struct tum_plots *tum_plots_new(void)
{
    struct tum_plots *plots = tum_new(struct tum_plots);

    tum_lock_init(&plots->lock, TUM_RANK_PLOTS);
    plots->open = tum_strmap_new();
    return plots;
}

void tum_plots_free(struct tum_plots *plots)
{
    if (plots == NULL)
        return;
    tum_plots_close_all(plots, NULL, NULL);
    tum_strmap_free(plots->open);
    tum_lock_release(&plots->lock);
    tum_free(plots);
}

/* True when the name was free and is now the plot's. */
static bool enter(struct tum_plots *plots, struct tum_plot *plot, bool *ret_was_open,
                  struct tum_error **err)
{
    struct tum_str name = tum_str_of(plot->name);
    bool ok = true;

    tum_lock_enter(&plots->lock);
    *ret_was_open = tum_strmap_has(plots->open, name);
    if (!*ret_was_open && tum_strmap_count(plots->open) >= TUM_PLOTS_OPEN)
        ok = tum_fail(err, TUM_ERROR_LIMIT, "more than %d plots are open",
                      TUM_PLOTS_OPEN);
    if (ok && !*ret_was_open)
        tum_strmap_set(plots->open, name, tum_plot_ref(plot));
    tum_lock_leave(&plots->lock);
    return ok;
}

bool tum_plots_open(struct tum_plots *plots, const char *name, const char *log_path,
                    bool *ret_was_open, struct tum_error **err)
{
    struct tum_plot *plot = tum_plots_get(plots, name);
    bool was_open = plot != NULL;
    bool ok = true;

    if (!was_open) {
        struct tum_error *unused = NULL;

        plot = tum_plot_new(name);
        ok = (log_path == NULL || tum_plot_log_open(plot, log_path, err)) &&
             enter(plots, plot, &was_open, err);
        /* Another one may have opened it meanwhile: then this one was never there. */
        if ((!ok || was_open) && !tum_plot_log_close(plot, &unused))
            tum_error_free(unused);
    }
    tum_plot_unref(plot);
    if (ok)
        *ret_was_open = was_open;
    return ok;
}

struct tum_plot *tum_plots_get(struct tum_plots *plots, const char *name)
{
    struct tum_plot *plot;

    tum_lock_enter(&plots->lock);
    plot = tum_strmap_get(plots->open, tum_str_of(name));
    if (plot != NULL)
        tum_plot_ref(plot);
    tum_lock_leave(&plots->lock);
    return plot;
}

struct tum_plot *tum_plots_find(struct tum_plots *plots, const char *name,
                                struct tum_error **err)
{
    struct tum_plot *plot = tum_plots_get(plots, name);

    if (plot == NULL)
        tum_fail(err, TUM_ERROR_NAME, "plot '%s' is not open", name);
    return plot;
}

static bool close_plot(struct tum_plot *take, struct tum_error **err)
{
    bool ok;

    tum_plot_end(take);
    ok = tum_plot_log_close(take, err);
    tum_plot_unref(take);
    return ok;
}

bool tum_plots_close(struct tum_plots *plots, const char *name, struct tum_error **err)
{
    struct tum_plot *plot;

    tum_lock_enter(&plots->lock);
    plot = tum_strmap_remove(plots->open, tum_str_of(name));
    tum_lock_leave(&plots->lock);
    if (plot == NULL)
        return tum_fail(err, TUM_ERROR_NAME, "plot '%s' is not open", name);
    return close_plot(plot, err);
}

void tum_plots_end_sources(struct tum_plots *plots)
{
    struct tum_plot **all;
    struct tum_str name;
    size_t cursor = 0, n = 0;
    void *plot;

    tum_lock_enter(&plots->lock);
    all = tum_new_array(struct tum_plot *, tum_strmap_count(plots->open));
    while (tum_strmap_next(plots->open, &cursor, &name, &plot))
        all[n++] = tum_plot_ref(plot);
    tum_lock_leave(&plots->lock);
    for (size_t i = 0; i < n; i++) {
        tum_plot_end(all[i]);
        tum_plot_unref(all[i]);
    }
    tum_free(all);
}

void tum_plots_close_all(struct tum_plots *plots,
                         void (*said)(void *ctx, const char *name), void *ctx)
{
    for (;;) {
        struct tum_error *err = NULL;
        struct tum_str name;
        size_t cursor = 0;
        void *first;
        bool more;

        tum_lock_enter(&plots->lock);
        more = tum_strmap_next(plots->open, &cursor, &name, &first);
        if (more)
            tum_strmap_remove(plots->open, name);
        tum_lock_leave(&plots->lock);
        if (!more)
            return;
        if (said != NULL)
            said(ctx, tum_plot_name(first));
        if (!close_plot(first, &err))
            tum_error_free(err);
    }
}
