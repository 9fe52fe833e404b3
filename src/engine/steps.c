/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children in order: stop on failure, stop requests, clean-up. What containers, the
 * iterations of a loop and lists of actions have in common.
 */
#include "engine/runstate.h"

#include "tum/mem.h"

/* A container with several failed children has the first of this order. */
static bool is_worse(enum tum_outcome a, enum tum_outcome b)
{
    return b == TUM_OUTCOME_NONE || a < b;
}

static void count(struct tum_children *c, const struct tum_item *child,
                  const struct tum_executed *done)
{
    switch (done->verdict) {
    case TUM_PASS:
        c->passed++;
        break;
    case TUM_SKIP:
        c->skipped++;
        break;
    case TUM_FAIL:
        c->failed++;
        if (c->first_failed == NULL)
            c->first_failed = child;
        if (is_worse(done->outcome, c->worst))
            c->worst = done->outcome;
        break;
    }
}

bool tum_child_on_stop(struct tum_run *run, const struct tum_item *child)
{
    const struct tum_arg *arg = child->common->execute_on_stop;
    struct tum_asker asker;
    enum tum_flag flag;
    tum_val v;

    if (arg == NULL)
        return false;
    /* Seen from the parent of the child, as every attribute of the child. */
    tum_asker_init_inside(&asker, run);
    asker.owner = child;
    v = arg->constant ? tum_val_ref(arg->raw) : tum_asker_expand(&asker, arg->raw);
    flag = tum_asker_flag(&asker, v);
    if (flag == TUM_FLAG_UNUSABLE) {
        char *shown = tum_val_to_repr(v);

        tum_out_warn(run,
                     "'execute_on_stop' of '%s' item '%s' is no boolean: %s — taken as "
                     "false.",
                     child->type->keyword, child->name, shown);
        tum_free(shown);
    }
    tum_val_unref(v);
    return flag == TUM_FLAG_TRUE;
}

static void clean_up(struct tum_run *run, const struct tum_item *child)
{
    struct tum_stop *hard = run->session->hard;
    struct tum_executed done;

    for (; child != NULL && !tum_stop_is_set(hard); child = child->next) {
        if (tum_child_on_stop(run, child))
            tum_item_execute(run->branch, run, child, hard, true, &done);
    }
}

void tum_children_run(struct tum_run *run, struct tum_children *ret)
{
    const struct tum_item *child = run->item->first;
    struct tum_executed done;

    *ret = (struct tum_children){0};
    for (; child != NULL; child = child->next) {
        if (tum_stop_is_set(run->stop))
            break;
        tum_item_execute(run->branch, run, child, run->stop, run->is_cleanup, &done);
        count(ret, child, &done);
        run->ran_any = run->ran_any || done.ran;
        if (done.verdict == TUM_FAIL && !tum_stop_is_set(run->stop) &&
            tum_arg_bool(run, run->item->common->stop_on_failure)) {
            ret->aborted_on = child;
            child = child->next;
            break;
        }
    }
    ret->stopped = ret->aborted_on == NULL && tum_stop_is_set(run->stop);
    if (ret->stopped || ret->aborted_on != NULL)
        clean_up(run, child);
}

/* The child's name in a message; an unnamed one shows its type. */
static char *shown_name(const struct tum_item *item)
{
    struct tum_buf name = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_item_row_name(item, &name);
    if (name.len == 0)
        tum_buf_addf(&name, "[%s]", item->type->row_type);
    return tum_buf_detach(&name);
}

enum tum_verdict tum_children_verdict(struct tum_run *run, const struct tum_children *c)
{
    char *name;

    if (c->stopped) {
        bool user = tum_stop_reason(run->stop) == TUM_STOP_USER;

        tum_run_message(run, "%s execution aborted on %s", run->item->type->row_type,
                        user ? "user request" : "stop request");
        run->outcome = TUM_OUTCOME_INTERRUPTED;
        return TUM_SKIP;
    }
    if (c->failed == 0)
        return TUM_PASS;
    if (c->aborted_on != NULL) {
        name = shown_name(c->aborted_on);
        tum_run_message(run, "%s execution aborted on failure of step '%s'",
                        run->item->type->row_type, name);
    } else {
        name = shown_name(c->first_failed);
        tum_run_message(run, "Step '%s' failed", name);
    }
    tum_free(name);
    run->outcome = c->worst;
    return TUM_FAIL;
}

void tum_run_set_loop(struct tum_run *run, const struct tum_loop_vars *vars)
{
    run->loop = vars;
}

bool tum_run_in_loop(const struct tum_run *run)
{
    for (const struct tum_run *up = run->parent; up != NULL; up = up->parent) {
        if (up->loop != NULL)
            return true;
    }
    return false;
}
