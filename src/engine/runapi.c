/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the body of an item may ask of its execution: variables, value, message, data,
 * the ways to end.
 */
#include "engine/runstate.h"

#include "base/path.h"
#include "tum/mem.h"

/* ---- variables ---- */

bool tum_var_get(struct tum_run *run, const char *name, tum_val *ret)
{
    return tum_scope_get(run->session->scope, tum_str_of(name), ret);
}

void tum_var_set(struct tum_run *run, const char *name, tum_val take)
{
    if (!tum_scope_set(run->session->scope, tum_str_of(name), take))
        tum_out_warn_once(run, "more than %u variables: '%s' is not set.",
                          TUM_SCOPE_LIMIT, name);
}

void tum_var_remove(struct tum_run *run, const char *name)
{
    tum_scope_remove(run->session->scope, tum_str_of(name));
}

char *tum_var_text(struct tum_run *run, const char *name)
{
    tum_val v;
    char *text;

    if (!tum_var_get(run, name, &v))
        return tum_strdup("");
    text = v.kind == TUM_NONE ? tum_strdup("") : tum_val_to_str(v);
    tum_val_unref(v);
    return text;
}

/* ---- the execution ---- */

const struct tum_item *tum_run_item(const struct tum_run *run)
{
    return run->item;
}

struct tum_stop *tum_run_stop(const struct tum_run *run)
{
    return run->stop;
}

bool tum_run_abandoned(const struct tum_run *run)
{
    return run->abandoned;
}

void *tum_run_alloc(struct tum_run *run, size_t size)
{
    if (run->arena == NULL) {
        run->arena = run->branch->spare;
        run->branch->spare = NULL;
        if (run->arena == NULL)
            run->arena = tum_arena_new();
    }
    return tum_arena_alloc(run->arena, size);
}

char *tum_run_printf(struct tum_run *run, const char *fmt, ...)
{
    va_list ap;
    char *text, *copy;
    size_t n;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    n = strlen(text) + 1;
    copy = tum_run_alloc(run, n);
    memcpy(copy, text, n);
    tum_free(text);
    return copy;
}

int64_t tum_run_ticks(const struct tum_run *run)
{
    return tum_session_ticks(run->session);
}

char *tum_run_path(struct tum_run *run, const char *path)
{
    char *folder, *joined;

    if (path[0] == '/' || tum_path_exists(path))
        return tum_strdup(path);
    folder = tum_var_text(run, "test_directory");
    joined = tum_path_join(folder, path);
    tum_free(folder);
    return joined;
}

void tum_run_note_file(struct tum_run *run, const char *path)
{
    tum_session_note_file(run->session, path);
}

struct tum_consoles *tum_run_consoles(struct tum_run *run)
{
    return run->session->consoles;
}

struct tum_plots *tum_run_plots(struct tum_run *run)
{
    return run->session->plots;
}

void tum_run_share(struct tum_run *run, void *shared)
{
    run->shared = shared;
}

void *tum_run_shared(const struct tum_run *run)
{
    return run->parent != NULL ? run->parent->shared : NULL;
}

const char *tum_run_program(const struct tum_run *run)
{
    return run->session->opts.program;
}

/* ---- what it leaves ---- */

void tum_run_message(struct tum_run *run, const char *fmt, ...)
{
    va_list ap;

    tum_buf_reset(&run->message);
    va_start(ap, fmt);
    tum_buf_addv(&run->message, fmt, ap);
    va_end(ap);
}

void tum_run_set_value(struct tum_run *run, tum_val take)
{
    tum_val_swap(&run->value, &take);
    tum_val_unref(take);
}

void tum_run_set_data(struct tum_run *run, const char *key, tum_val take)
{
    tum_run_put_data(run, tum_val_str(key), take);
}

void tum_run_set_outcome(struct tum_run *run, enum tum_outcome outcome)
{
    run->outcome = outcome;
}

/* ---- ways to end ---- */

static enum tum_verdict fail(struct tum_run *run, enum tum_outcome outcome,
                             const char *fmt, va_list ap)
{
    tum_buf_reset(&run->message);
    tum_buf_addv(&run->message, fmt, ap);
    run->outcome = outcome;
    return TUM_FAIL;
}

enum tum_verdict tum_run_failed(struct tum_run *run, const char *fmt, ...)
{
    enum tum_verdict verdict;
    va_list ap;

    va_start(ap, fmt);
    verdict = fail(run, TUM_OUTCOME_NONE, fmt, ap);
    va_end(ap);
    return verdict;
}

enum tum_verdict tum_run_unable(struct tum_run *run, const char *fmt, ...)
{
    enum tum_verdict verdict;
    va_list ap;

    va_start(ap, fmt);
    verdict = fail(run, TUM_OUTCOME_ERROR, fmt, ap);
    va_end(ap);
    return verdict;
}

enum tum_verdict tum_run_broken(struct tum_run *run, struct tum_error *take)
{
    char *text = tum_error_text(take);
    bool stopped = take->kind == TUM_ERROR_STOPPED;

    tum_run_failed(run, "%s", text);
    if (stopped)
        run->outcome = TUM_OUTCOME_INTERRUPTED;
    tum_free(text);
    tum_error_free(take);
    return TUM_FAIL;
}

enum tum_verdict tum_run_stopped(struct tum_run *run)
{
    tum_run_message(run, "aborted on stop request");
    run->outcome = TUM_OUTCOME_INTERRUPTED;
    return TUM_FAIL;
}

enum tum_verdict tum_run_stopped_skip(struct tum_run *run)
{
    tum_run_stopped(run);
    return TUM_SKIP;
}
