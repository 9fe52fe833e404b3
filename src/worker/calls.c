/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script API, seen from tum: variables, plots and the clock. How requests and answers
 * travel is in rpc.c, what they look like in schemas/worker.md.
 */
#include "worker/calls.h"
#include "tum/mem.h"
#include "worker/frame.h"

/* A value that nests deeper goes as text: messages nest no deeper than values. */
#define DEEP (TUM_VAL_DEPTH - 100)

/* ---- messages ---- */

static const struct tum_json_style style = {.ascii = true};

struct tum_str tum_message_text(tum_val message, const char *key)
{
    tum_val v;

    if (!tum_map_peeks(message, key, &v))
        return (struct tum_str){0};
    return tum_val_text(v);
}

void tum_message_add_text(struct tum_buf *out, struct tum_str text)
{
    tum_val v = tum_val_str_valid(text.s, text.n);
    struct tum_error *err = NULL;

    if (!tum_json_write(out, v, &style, &err))
        tum_bug("text as JSON: %s", err->text);
    tum_val_unref(v);
}

bool tum_message_value(tum_val message, tum_val *ret)
{
    struct tum_error *err = NULL;
    tum_val v;

    if (tum_map_peeks(message, "value", &v)) {
        *ret = tum_val_ref(v);
        return true;
    }
    if (!tum_map_peeks(message, "json", &v))
        return false;
    if (tum_json_read(tum_val_text(v), (struct tum_span){0}, ret, &err))
        return true;
    tum_error_free(err);
    return false;
}

/* Adds `, "value": …`, or `, "error": …` when the value cannot be told. */
static void add_value(struct tum_buf *out, tum_val v)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_FRAME_LIMIT);
    struct tum_error *err = NULL;
    const char *type;
    tum_val plain;
    bool ok;

    if (!tum_val_plain(v, &plain, &type)) {
        tum_buf_addf(out, ", \"error\": \"its value of type %s cannot be told\"", type);
        return;
    }
    ok = tum_json_write(&text, plain, &style, &err) && !text.full;
    tum_error_free(err);
    if (!ok) {
        tum_buf_adds(out, ", \"error\": \"its value is too large\"");
    } else if (plain.depth > DEEP) {
        tum_buf_adds(out, ", \"json\": ");
        tum_message_add_text(out, tum_buf_str(&text));
    } else {
        tum_buf_adds(out, ", \"value\": ");
        tum_buf_addt(out, tum_buf_str(&text));
    }
    tum_val_unref(plain);
}

/* ---- handlers ---- */

static void serve_gd(const struct tum_worker_host *host, tum_val request,
                     struct tum_buf *out)
{
    tum_val v;

    if (!host->get(host->ctx, tum_message_text(request, "name"), &v))
        return; /* an answer without a value: there is none */
    add_value(out, v);
    tum_val_unref(v);
}

static void serve_setgd(const struct tum_worker_host *host, tum_val request,
                        struct tum_buf *out)
{
    tum_val v;

    if (tum_message_value(request, &v))
        host->set(host->ctx, tum_message_text(request, "name"), v);
    else
        tum_buf_adds(out, ", \"error\": \"no value was given\"");
}

static void serve_delgd(const struct tum_worker_host *host, tum_val request,
                        TUM_UNUSED struct tum_buf *out)
{
    host->del(host->ctx, tum_message_text(request, "name"));
}

static void serve_timestamp(const struct tum_worker_host *host,
                            TUM_UNUSED tum_val request, struct tum_buf *out)
{
    tum_buf_adds(out, ", \"value\": ");
    tum_buf_addi(out, host->ticks != NULL ? host->ticks(host->ctx) : 0);
}

static void serve_init_timestamp(const struct tum_worker_host *host,
                                 TUM_UNUSED tum_val request,
                                 TUM_UNUSED struct tum_buf *out)
{
    if (host->reset_ticks != NULL)
        host->reset_ticks(host->ctx);
}

static void add_error(struct tum_buf *out, struct tum_error *take)
{
    TUM_AUTO(tum_freep) char *text = tum_error_text(take);

    tum_buf_adds(out, ", \"error\": ");
    tum_message_add_text(out, tum_str_of(text));
    tum_error_free(take);
}

static bool no_plot(struct tum_str plot, struct tum_error **err)
{
    return tum_fail(err, TUM_ERROR_NAME, "there is no open plot '%.*s'",
                    TUM_STR_ARG(plot));
}

static void serve_plot_add(const struct tum_worker_host *host, tum_val request,
                           struct tum_buf *out)
{
    struct tum_str plot = tum_message_text(request, "name");
    struct tum_error *err = NULL;
    tum_val v = tum_val_none();
    bool ok;

    tum_message_value(request, &v);
    ok = host->plot_add != NULL ? host->plot_add(host->ctx, plot, v, &err)
                                : no_plot(plot, &err);
    tum_val_unref(v);
    if (!ok)
        add_error(out, err);
}

static void serve_plot_last(const struct tum_worker_host *host, tum_val request,
                            struct tum_buf *out)
{
    struct tum_str plot = tum_message_text(request, "name");
    struct tum_error *err = NULL;
    tum_val v = tum_val_none();
    bool ok = host->plot_last != NULL ? host->plot_last(host->ctx, plot, &v, &err)
                                      : no_plot(plot, &err);

    if (ok)
        add_value(out, v);
    else
        add_error(out, err);
    tum_val_unref(v);
}

static const struct {
    const char *op;
    void (*serve)(const struct tum_worker_host *host, tum_val request,
                  struct tum_buf *out);
} handlers[] = {
    {"add_plot_values", serve_plot_add},
    {"delgd", serve_delgd},
    {"gd", serve_gd},
    {"init_timestamp", serve_init_timestamp},
    {"last_plot_value", serve_plot_last},
    {"setgd", serve_setgd},
    {"timestamp", serve_timestamp},
};

void tum_calls_serve(const struct tum_worker_host *host, tum_val request,
                     struct tum_buf *out)
{
    struct tum_str op = tum_message_text(request, "op");
    int64_t ask = 0;
    tum_val v;

    if (tum_map_peeks(request, "ask", &v) && !tum_val_to_int64(v, &ask))
        ask = 0;
    tum_buf_addf(out, "{\"answer\": %lld", (long long)ask);
    for (size_t i = 0; i < TUM_LEN(handlers); i++)
        if (tum_str_is(op, handlers[i].op)) {
            handlers[i].serve(host, request, out);
            tum_buf_addc(out, '}');
            return;
        }
    tum_buf_adds(out, ", \"error\": \"this campaign has nothing of that name\"}");
}
