/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads beside the items. Each has a branch and an execution of its own, so that all
 * that an item may ask for works there as well; they differ from a branch of a `parallel`
 * in that nobody waits for them and that they write no rows.
 */
#include "engine/aside.h"

#include "tum/mem.h"

/* As that of a branch: deep values recurse in it. */
#define ASIDE_STACK ((size_t)2 << 20)

/* ---- post ---- */

struct tum_postbox {
    atomic_uint refs;
    struct tum_lock lock;
    struct tum_buf text;
};

struct tum_postbox *tum_postbox_of(struct tum_branch *branch)
{
    if (branch->box == NULL) {
        branch->box = tum_new(struct tum_postbox);
        atomic_init(&branch->box->refs, 1);
        tum_lock_init(&branch->box->lock, TUM_RANK_CACHE);
        tum_buf_init(&branch->box->text, branch->session->log_limit);
    }
    return branch->box;
}

void tum_postbox_unref(struct tum_postbox *box)
{
    if (box == NULL ||
        atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) != 1)
        return;
    tum_lock_release(&box->lock);
    tum_buf_release(&box->text);
    tum_free(box);
}

void tum_postbox_add(struct tum_postbox *box, struct tum_str text)
{
    tum_lock_enter(&box->lock);
    tum_buf_addt(&box->text, text);
    if (text.n == 0 || text.s[text.n - 1] != '\n')
        tum_buf_addc(&box->text, '\n');
    tum_lock_leave(&box->lock);
}

void tum_postbox_collect(struct tum_branch *branch)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_postbox *box = branch->box;

    if (box == NULL)
        return;
    tum_lock_enter(&box->lock);
    if (box->text.full)
        tum_buf_adds(&text, "[what followed was cut]\n");
    if (box->text.len > 0) {
        struct tum_buf taken = box->text;

        tum_buf_init(&box->text, taken.limit);
        tum_lock_leave(&box->lock);
        tum_branch_log(branch, tum_buf_str(&taken));
        tum_buf_release(&taken);
    } else {
        tum_lock_leave(&box->lock);
    }
    if (text.len > 0)
        tum_branch_log(branch, tum_buf_str(&text));
    tum_buf_release(&text);
}

/* ---- the thread ---- */

struct tum_aside {
    struct tum_run run;
    struct tum_branch branch;
    char *name; /* of the branch it belongs to */
    void (*body)(struct tum_run *run, void *ctx);
    void *ctx;
    pthread_t thread;
};

static void *aside_main(void *arg)
{
    struct tum_aside *aside = arg;

    aside->body(&aside->run, aside->ctx);
    tum_out_end(&aside->run);
    return NULL;
}

static void free_aside(struct tum_aside *aside)
{
    tum_run_release(&aside->run);
    tum_branch_release(&aside->branch);
    tum_stop_unref(aside->run.stop);
    tum_postbox_unref(aside->branch.post);
    tum_free(aside->name);
    tum_free(aside);
}

static struct tum_aside *new_aside(struct tum_run *run)
{
    struct tum_aside *aside = tum_new(struct tum_aside);

    aside->name = tum_strndup(run->branch->name.s, run->branch->name.n);
    tum_branch_init(&aside->branch, run->session,
                    tum_str_n(aside->name, run->branch->name.n));
    aside->branch.post = tum_postbox_of(run->branch);
    atomic_fetch_add_explicit(&aside->branch.post->refs, 1, memory_order_relaxed);
    aside->run = (struct tum_run){
        .session = run->session,
        .branch = &aside->branch,
        .item = run->item,
        /* Whatever cut the item that started it: only the end of the run ends it. */
        .stop = tum_stop_new(run->session->soft),
        .clock_zero = run->clock_zero,
        .ticks_start = run->ticks_start,
        .execution = run->execution,
        .value = tum_val_none(),
        .message = TUM_BUF_INIT(TUM_BUF_ANY),
    };
    return aside;
}

bool tum_aside_start(struct tum_run *run, void (*body)(struct tum_run *run, void *ctx),
                     void *ctx, struct tum_aside **ret, struct tum_error **err)
{
    struct tum_aside *aside = new_aside(run);
    pthread_attr_t attr;
    int os;

    aside->body = body;
    aside->ctx = ctx;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, ASIDE_STACK);
    os = pthread_create(&aside->thread, &attr, aside_main, aside);
    pthread_attr_destroy(&attr);
    if (os != 0) {
        free_aside(aside);
        return tum_fail_os(err, os, "starting a thread");
    }
    *ret = aside;
    return true;
}

void tum_aside_end(struct tum_aside *aside)
{
    tum_stop_request(aside->run.stop, TUM_STOP_USER);
    pthread_join(aside->thread, NULL);
    free_aside(aside);
}
