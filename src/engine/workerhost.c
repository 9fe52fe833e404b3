/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker may ask while it works for an item: variables, the clock; and where its
 * output goes. How it asks is the worker's business.
 */
#include "engine/workerhost.h"

#include "tum/mem.h"
#include "tum/plot.h"

static bool worker_get(void *ctx, struct tum_str name, tum_val *ret)
{
    struct tum_asker *asker = ctx;

    return tum_scope_get(asker->session->scope, name, ret);
}

static void worker_set(void *ctx, struct tum_str name, tum_val take)
{
    struct tum_asker *asker = ctx;

    tum_scope_set(asker->session->scope, name, take);
}

static void worker_del(void *ctx, struct tum_str name)
{
    struct tum_asker *asker = ctx;

    tum_scope_remove(asker->session->scope, name);
}

static void worker_output(void *ctx, struct tum_str bytes)
{
    struct tum_asker *asker = ctx;

    if (asker->run != NULL)
        tum_out_bytes(asker->run, bytes);
    else
        tum_output_lines(asker->session->output, tum_str_n("", 0), bytes);
}

static void worker_warn(void *ctx, const char *text)
{
    struct tum_asker *asker = ctx;

    if (asker->run != NULL)
        tum_out_warn(asker->run, "%s", text);
    else
        tum_session_warn(asker->session, "%s", text);
}

static void worker_started(void *ctx, const char *python)
{
    struct tum_asker *asker = ctx;
    tum_val v;

    tum_session_debug(asker->session, "Python workers run %s", python);
    if (tum_scope_get(asker->session->scope, TUM_S("python_bin"), &v))
        tum_val_unref(v);
    else
        tum_session_set(asker->session, "python_bin", tum_val_str(python));
}

static bool worker_plot_add(void *ctx, struct tum_str plot, tum_val values,
                            struct tum_error **err)
{
    struct tum_asker *asker = ctx;
    TUM_AUTO(tum_freep) char *name = tum_strndup(plot.s, plot.n);
    struct tum_plot *found = tum_plots_find(asker->session->plots, name, err);
    bool ok = found != NULL && tum_plot_add(found, values, err);

    tum_plot_unref(found);
    return ok;
}

static bool worker_plot_last(void *ctx, struct tum_str plot, tum_val *ret,
                             struct tum_error **err)
{
    struct tum_asker *asker = ctx;
    TUM_AUTO(tum_freep) char *name = tum_strndup(plot.s, plot.n);
    struct tum_plot *found = tum_plots_find(asker->session->plots, name, err);

    if (found == NULL)
        return false;
    *ret = tum_plot_last(found, tum_val_none());
    tum_plot_unref(found);
    return true;
}

static int64_t worker_ticks(void *ctx)
{
    struct tum_asker *asker = ctx;

    return tum_session_clock(asker->session);
}

static void worker_reset_ticks(void *ctx)
{
    struct tum_asker *asker = ctx;

    tum_session_reset_clock(asker->session);
}

void tum_worker_host_init(struct tum_worker_host *host, struct tum_asker *asker,
                          bool (*configure)(void *ctx, struct tum_python_config *ret,
                                            struct tum_error **err))
{
    *host = (struct tum_worker_host){
        .ctx = asker,
        .configure = configure,
        .started = worker_started,
        .warn = worker_warn,
        .get = worker_get,
        .set = worker_set,
        .del = worker_del,
        .output = worker_output,
        .ticks = worker_ticks,
        .plot_add = worker_plot_add,
        .plot_last = worker_plot_last,
        .reset_ticks = worker_reset_ticks,
    };
}
