/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Step 4a: what an item must have before its body runs, and gives back after it. Locks
 * are taken once for an item and all below it; services are asked for at each attempt.
 * Those of `main` come before the header, which tells of them.
 */
#include "engine/nested.h"
#include "engine/runstate.h"

#include "tum/mem.h"
#include <stdlib.h>

/* ---- locks ---- */

static tum_val locks_below(const struct tum_item *root)
{
    struct tum_list_builder *b = tum_list_begin(4);

    for (const struct tum_item *i = root; i != NULL; i = tum_item_walk(root, i)) {
        tum_list_each (name, i->common->locks)
            tum_list_add(b, tum_val_ref(*name));
    }
    return tum_list_end(b);
}

/* Who waits for locks: an item, or the campaign before its header (no item). */
struct waiter {
    struct tum_session *session;
    struct tum_run *run; /* or NULL */
    bool waits;
};

/* The host's bound is that of the campaign: it stands still while any item waits. */
static void wait_told(struct tum_session *session, int change)
{
    const struct tum_host *host = session->opts.host;
    bool told;

    tum_lock_enter(&session->held_lock);
    told = session->waiters == 0 || session->waiters + change == 0;
    session->waiters += change;
    if (told && host != NULL && host->waiting != NULL)
        host->waiting(host->ctx, change > 0);
    if (told)
        tum_nested_waits(session, change > 0);
    tum_lock_leave(&session->held_lock);
}

void tum_holding_waits(struct tum_run *run, bool waits)
{
    if (waits)
        tum_stop_hold(run->stop);
    else
        tum_stop_go_on(run->stop);
    wait_told(run->session, waits ? 1 : -1);
}

static void waits(void *ctx, const char *name, const char *holder)
{
    struct waiter *waiter = ctx;
    const char *by = holder[0] != '\0' ? ", held by " : "";

    if (waiter->run != NULL) {
        tum_out_info(waiter->run, "Waiting for lock '%s'%s%s.", name, by, holder);
        tum_run_flush(waiter->run);
    } else {
        tum_session_info(waiter->session, "Waiting for lock '%s'%s%s.", name, by,
                         holder);
        tum_output_flush(waiter->session->output);
    }
    if (waiter->waits)
        return;
    waiter->waits = true;
    if (waiter->run != NULL)
        tum_holding_waits(waiter->run, true);
    else
        wait_told(waiter->session, 1);
}

/* Waiting counts for no limit: not for the item's own, nor for those around it. */
static bool take(struct waiter *waiter, tum_val names, struct tum_namelocks **ret,
                 bool *ret_stopped, struct tum_error **err)
{
    struct tum_session *session = waiter->session;
    struct tum_stop *stop = waiter->run != NULL ? waiter->run->stop : session->soft;
    bool ok = tum_namelocks_take(names, stop, waits, waiter, ret, ret_stopped, err);

    if (waiter->waits && waiter->run != NULL)
        tum_holding_waits(waiter->run, false);
    else if (waiter->waits)
        wait_told(session, -1);
    return ok;
}

static bool is_outermost(const struct tum_run *run)
{
    return !run->locked && tum_list_len(run->item->common->locks) > 0;
}

bool tum_holding_lock(struct tum_run *run, struct tum_namelocks **ret)
{
    struct tum_session *session = run->session;
    struct waiter waiter = {.session = session, .run = run};
    struct tum_error *err = NULL;
    bool stopped = false, ok;
    tum_val names;

    *ret = NULL;
    if (!is_outermost(run))
        return true;
    run->locked = true;
    if (run->item->parent == NULL)
        return true; /* taken before the header */
    names = locks_below(run->item);
    ok = take(&waiter, names, ret, &stopped, &err);
    tum_val_unref(names);
    if (!ok) {
        run->verdict = tum_run_unable(run, "%s", err->text);
        tum_error_free(err);
        return false;
    }
    if (stopped) {
        run->verdict = tum_run_stopped(run);
        return false;
    }
    if (*ret != NULL) {
        tum_lock_enter(&session->held_lock);
        tum_grow(&session->held, &session->held_cap, session->held_count + 1);
        session->held[session->held_count++] = *ret;
        tum_lock_leave(&session->held_lock);
    }
    return true;
}

void tum_holding_unlock(struct tum_run *run, struct tum_namelocks *held)
{
    struct tum_session *session = run->session;

    if (held == NULL)
        return;
    tum_lock_enter(&session->held_lock);
    for (size_t i = 0; i < session->held_count; i++) {
        if (session->held[i] == held) {
            session->held[i] = session->held[--session->held_count];
            break;
        }
    }
    tum_lock_leave(&session->held_lock);
    tum_namelocks_release(held);
}

char *tum_run_locks_held(struct tum_run *run)
{
    const char *inherited = getenv(TUM_LOCKS_VARIABLE);
    struct tum_session *session = run->session;
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_addf(&text, TUM_LOCKS_VARIABLE "=%s", inherited != NULL ? inherited : "");
    tum_lock_enter(&session->held_lock);
    tum_namelocks_list(session->main_locks, &text);
    for (size_t i = 0; i < session->held_count; i++)
        tum_namelocks_list(session->held[i], &text);
    tum_lock_leave(&session->held_lock);
    return tum_buf_detach(&text);
}

/* ---- services ---- */

static const struct tum_host *needed_of(const struct tum_session *session,
                                        const struct tum_item *item)
{
    const struct tum_host *host = session->opts.host;

    if (tum_list_len(item->common->needs) == 0 || host == NULL || host->need == NULL)
        return NULL;
    return host;
}

static void ask(struct tum_session *session, const struct tum_item *item,
                struct tum_stop *stop, struct tum_need *need)
{
    const struct tum_host *host = needed_of(session, item);

    need->cut = tum_stop_new(stop);
    need->state = host->need(host->ctx, item->common->needs, stop, need->cut,
                             &need->use, &need->text);
    need->active = need->state == TUM_NEEDED_READY;
    if (!need->active) {
        tum_stop_unref(need->cut);
        need->cut = NULL;
    }
}

bool tum_holding_begin(struct tum_session *session)
{
    const struct tum_item *root = session->root;
    struct tum_error *err = NULL;
    bool stopped = false;

    if (tum_list_len(root->common->locks) > 0) {
        struct waiter waiter = {.session = session};
        tum_val names = locks_below(root);

        if (!take(&waiter, names, &session->main_locks, &stopped, &err)) {
            session->main_need.state = TUM_NEEDED_ERROR;
            session->main_need.text = tum_error_text(err);
            tum_error_free(err);
        }
        tum_val_unref(names);
    }
    if (stopped || session->main_need.state != TUM_NEEDED_READY)
        return false;
    if (needed_of(session, root) != NULL)
        ask(session, root, session->soft, &session->main_need);
    return true;
}

void tum_holding_end(struct tum_session *session)
{
    struct tum_need *need = &session->main_need;

    if (need->active) {
        const struct tum_host *host = session->opts.host;

        tum_free(host->release(host->ctx, need->use));
        tum_stop_unref(need->cut);
    }
    tum_free(need->text);
    *need = (struct tum_need){0};
    tum_namelocks_release(session->main_locks);
    session->main_locks = NULL;
}

/* A message of `main` stands nowhere else in the log. */
static void tell_of_main(struct tum_run *run, const char *text)
{
    if (run->item->parent == NULL)
        tum_out_info(run, "%s", text);
}

/* What the state means for the item; false: the body is not run. */
static bool judge(struct tum_run *run, const struct tum_need *need)
{
    const char *text = need->text != NULL ? need->text : "";

    if (need->state != TUM_NEEDED_READY && need->state != TUM_NEEDED_STOPPED)
        tell_of_main(run, text);
    switch (need->state) {
    case TUM_NEEDED_READY:
        if (need->text != NULL) {
            tum_out_info(run, "%s", text);
            tum_session_respawned(run->session, text);
        }
        return true;
    case TUM_NEEDED_ERROR:
        run->verdict = tum_run_unable(run, "%s", text);
        return false;
    case TUM_NEEDED_DEGRADED:
        run->verdict = tum_run_failed(run, "%s", text);
        run->outcome = TUM_OUTCOME_DEGRADED;
        return false;
    case TUM_NEEDED_SKIP:
        tum_run_message(run, "%s", text);
        run->verdict = TUM_SKIP;
        run->outcome = TUM_OUTCOME_SKIPPED;
        return false;
    case TUM_NEEDED_STOPPED:
        run->verdict = tum_run_stopped(run);
        return false;
    }
    return false;
}

bool tum_holding_need(struct tum_run *run, struct tum_need *ret)
{
    struct tum_session *session = run->session;
    bool ready;

    *ret = (struct tum_need){0};
    if (run->item->parent == NULL &&
        (session->main_need.active || session->main_need.state != TUM_NEEDED_READY)) {
        *ret = session->main_need;
        session->main_need = (struct tum_need){0};
    } else if (needed_of(session, run->item) != NULL) {
        ask(session, run->item, run->stop, ret);
    } else {
        return true;
    }
    ready = judge(run, ret);
    tum_free(ret->text);
    ret->text = NULL;
    if (ready) {
        ret->outer = run->stop;
        run->stop = ret->cut;
    }
    return ready;
}

void tum_holding_release(struct tum_run *run, struct tum_need *need)
{
    const struct tum_host *host = run->session->opts.host;
    char *reason;

    if (!need->active)
        return;
    reason = host->release(host->ctx, need->use);
    run->stop = need->outer;
    tum_stop_unref(need->cut);
    need->active = false;
    if (reason == NULL)
        return;
    if (!tum_stop_is_set(run->stop)) {
        tell_of_main(run, reason);
        tum_run_failed(run, "%s", reason);
        tum_val_release(&run->value);
        run->verdict = TUM_FAIL;
        run->outcome = TUM_OUTCOME_FAILED;
    }
    tum_free(reason);
}
