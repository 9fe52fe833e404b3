/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of dialogs on their way to the front end: who asks, how long, what was answered
 * the last time.
 */
#include "tum/ask.h"

#include "engine/remembered.h"
#include "engine/runstate.h"
#include "tum/mem.h"

bool tum_run_interactive(const struct tum_run *run)
{
    return run->session->opts.ask != NULL;
}

tum_time tum_run_ask_limit(struct tum_run *run)
{
    tum_time limit = TUM_FOREVER;
    tum_val v;

    if (!tum_var_get(run, "dialog_timeout", &v))
        return TUM_FOREVER;
    if (v.kind != TUM_NONE && (!tum_val_duration(v, &limit) || limit <= 0)) {
        TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(v);

        tum_out_warn_once(run, "'dialog_timeout' is no duration above 0: %s", shown);
        limit = TUM_FOREVER;
    }
    tum_val_unref(v);
    return limit;
}

static bool is_remembered(enum tum_ask_kind kind)
{
    return kind == TUM_ASK_CHOICES || kind == TUM_ASK_REFERENCES;
}

enum tum_asked tum_run_ask(struct tum_run *run, struct tum_ask *ask,
                           tum_val *ret_answer)
{
    TUM_AUTO(tum_freep) char *path = tum_item_path(run->item, NULL);
    TUM_AUTO(tum_freep)
    char *branch = tum_strndup(run->branch->name.s, run->branch->name.n);
    tum_time limit = ask->kind == TUM_ASK_SLEEP ? TUM_FOREVER : tum_run_ask_limit(run);
    enum tum_asked asked;

    ask->title = run->item->name;
    ask->path = path;
    ask->branch = branch;
    ask->previous = is_remembered(ask->kind)
                        ? tum_remembered_get(ask->kind, run->item->name)
                        : tum_val_none();
    *ret_answer = tum_val_none();
    tum_run_flush(run);
    asked = run->session->opts.ask(
        run->session->opts.ask_ctx, ask, run->stop,
        limit == TUM_FOREVER ? TUM_FOREVER : tum_time_add(tum_now(), limit),
        ret_answer);
    if (asked == TUM_ASKED_OK && is_remembered(ask->kind))
        tum_remembered_set(ask->kind, run->item->name, *ret_answer);
    tum_val_release(&ask->previous);
    return asked;
}
