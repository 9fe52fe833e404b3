/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One expression to a value: natively when the native evaluator covers it, else by the
 * run's Python worker; and what is built on that: boolean words, process_result.
 */
#include "engine/runstate.h"

#include "engine/workerhost.h"
#include "tum/mem.h"

static bool host_variable(void *ctx, struct tum_str name, tum_val *ret)
{
    struct tum_asker *asker = ctx;

    return tum_scope_get(asker->session->scope, name, ret);
}

static bool host_stopped(void *ctx)
{
    struct tum_asker *asker = ctx;

    return asker->run != NULL && tum_stop_is_set(asker->run->stop);
}

static bool abandon(struct tum_asker *asker, struct tum_error **err)
{
    if (asker->run != NULL)
        asker->run->abandoned = true;
    return tum_fail(err, TUM_ERROR_STOPPED, "abandoned on a stop request");
}

/* ---- the Python worker ---- */

static bool ask_worker(struct tum_asker *asker, struct tum_str text, tum_val *ret,
                       struct tum_error **err)
{
    struct tum_session *session = asker->session;
    struct tum_worker_host host;
    struct tum_pyeval_result result = {0};
    bool ok = false;

    if (session->looks)
        return tum_fail(err, TUM_ERROR_VALUE, "not evaluated");
    tum_worker_host_init(&host, asker, tum_python_configure);
    if (asker->run != NULL)
        tum_run_flush(asker->run);
    else
        tum_output_flush(session->output);
    switch (tum_pyeval_eval(session->pyeval, text, 0, &host,
                            asker->run != NULL ? asker->run->stop : NULL, &result)) {
    case TUM_PYEVAL_VALUE:
        *ret = tum_val_ref(result.value);
        ok = true;
        break;
    case TUM_PYEVAL_STOPPED:
        abandon(asker, err);
        break;
    case TUM_PYEVAL_RAISED:
    case TUM_PYEVAL_UNAVAILABLE:
    case TUM_PYEVAL_LOST:
        tum_fail(err, TUM_ERROR_VALUE, "%s",
                 result.text != NULL ? result.text : "no answer of the worker");
        if (result.type != NULL)
            (*err)->type = tum_strdup(result.type);
        if (result.traceback == NULL ||
            !tum_session_debug_is_news(session, result.traceback))
            break;
        if (asker->run != NULL)
            tum_out_debug(asker->run, "%s", result.traceback);
        else
            tum_session_debug(session, "%s", result.traceback);
        break;
    }
    tum_pyeval_result_release(&result);
    if (asker->run != NULL)
        tum_out_end(asker->run);
    return ok;
}

/*
 * What Python calls the mistake in a text that it cannot read: which bracket was never
 * closed, where a comma may be missing. Without a Python, what the reader here says.
 */
static bool ask_mistake(struct tum_asker *asker, struct tum_str text, tum_val *ret,
                        struct tum_error **err)
{
    struct tum_error *told = NULL;

    if (ask_worker(asker, text, ret, &told)) {
        tum_error_free(*err);
        *err = NULL;
        return true;
    }
    if (told->type == NULL && told->kind != TUM_ERROR_STOPPED) {
        tum_error_free(told);
    } else {
        tum_error_free(*err);
        *err = told;
    }
    return false;
}

bool tum_asker_evaluate(struct tum_asker *asker, struct tum_str text, tum_val *ret,
                        struct tum_error **err)
{
    struct tum_expr_host host = {
        .ctx = asker,
        .test_directory = asker->session->main_folder,
        .worker_started = tum_pyeval_started(asker->session->pyeval),
        .worker_patched = tum_pyeval_patched(asker->session->pyeval),
        .variable = host_variable,
        .stopped = host_stopped,
    };
    struct tum_expr_result result;

    tum_expr_eval(asker->machine, text, &host, 0, &result);
    switch (result.outcome) {
    case TUM_EXPR_VALUE:
        *ret = tum_val_ref(result.value);
        tum_expr_result_release(&result);
        return true;
    case TUM_EXPR_RAISED:
        tum_fail(err, TUM_ERROR_VALUE, "%s",
                 result.message != NULL ? result.message : "");
        (*err)->type = tum_strdup(result.type);
        tum_expr_result_release(&result);
        return asker->exact && strcmp((*err)->type, "SyntaxError") == 0 &&
               ask_mistake(asker, text, ret, err);
    case TUM_EXPR_STOPPED:
        abandon(asker, err);
        break;
    case TUM_EXPR_UNSUPPORTED:
        tum_expr_result_release(&result);
        return ask_worker(asker, text, ret, err);
    }
    tum_expr_result_release(&result);
    return false;
}

static bool word_flag(struct tum_str text, enum tum_flag *ret)
{
    static const char *const yes[] = {"true", "t", "y", "yes", "ok"};
    static const char *const no[] = {"false", "f", "n", "no", "nok", "ko"};

    for (size_t i = 0; i < TUM_LEN(yes); i++) {
        if (tum_str_is_nocase(text, yes[i])) {
            *ret = TUM_FLAG_TRUE;
            return true;
        }
    }
    for (size_t i = 0; i < TUM_LEN(no); i++) {
        if (tum_str_is_nocase(text, no[i])) {
            *ret = TUM_FLAG_FALSE;
            return true;
        }
    }
    return false;
}

static enum tum_flag value_flag(struct tum_asker *asker, tum_val v, int depth)
{
    enum tum_flag flag = TUM_FLAG_UNUSABLE;
    struct tum_error *err = NULL;
    tum_val result;
    int sign;

    switch (tum_val_kind(v)) {
    case TUM_NONE:
        return TUM_FLAG_FALSE;
    case TUM_BOOL:
        return v.as.b ? TUM_FLAG_TRUE : TUM_FLAG_FALSE;
    case TUM_INT:
        return v.as.i > 0 ? TUM_FLAG_TRUE : TUM_FLAG_FALSE;
    case TUM_BIGINT:
        tum_val_cmp(v, tum_val_int(0), &sign);
        return sign > 0 ? TUM_FLAG_TRUE : TUM_FLAG_FALSE;
    case TUM_STR:
        if (word_flag(tum_val_text(v), &flag))
            return flag;
        if (depth >= TUM_FLAG_DEPTH)
            return TUM_FLAG_UNUSABLE;
        if (!tum_asker_evaluate(asker, tum_val_text(v), &result, &err)) {
            tum_error_free(err);
            return TUM_FLAG_UNUSABLE;
        }
        flag = value_flag(asker, result, depth + 1);
        tum_val_unref(result);
        return flag;
    default:
        return TUM_FLAG_UNUSABLE;
    }
}

enum tum_flag tum_asker_flag(struct tum_asker *asker, tum_val v)
{
    return value_flag(asker, v, 0);
}

/* ---- the item API ---- */

bool tum_evaluate(struct tum_run *run, struct tum_str text, tum_val *ret,
                  struct tum_error **err)
{
    struct tum_asker asker;

    tum_asker_init(&asker, run);
    return tum_asker_evaluate(&asker, text, ret, err);
}

enum tum_flag tum_val_flag(struct tum_run *run, tum_val v)
{
    struct tum_asker asker;

    tum_asker_init(&asker, run);
    return tum_asker_flag(&asker, v);
}

bool tum_regex_found(struct tum_run *run, struct tum_str pattern, struct tum_str text,
                     bool *ret, struct tum_error **err)
{
    struct tum_buf expression = TUM_BUF_INIT(TUM_BUF_ANY);
    tum_val found;
    bool ok;

    tum_buf_adds(&expression, "re.search(");
    tum_text_write_repr(&expression, pattern, false);
    tum_buf_adds(&expression, ", ");
    tum_text_write_repr(&expression, text, false);
    tum_buf_adds(&expression, ") is not None");
    ok = tum_evaluate(run, tum_buf_str(&expression), &found, err);
    tum_buf_release(&expression);
    if (ok) {
        *ret = tum_val_truth(found);
        tum_val_unref(found);
    }
    return ok;
}

static void replace_result(struct tum_buf *out, struct tum_str text, tum_val value)
{
    struct tum_str mark = TUM_S("$(result)");
    size_t from = 0;

    for (;;) {
        size_t at = tum_str_find(text, mark, from);

        if (at == TUM_STR_NONE)
            break;
        tum_buf_addt(out, tum_str_sub(text, from, at));
        tum_val_write_str(out, value);
        from = at + mark.n;
    }
    tum_buf_addt(out, tum_str_sub(text, from, text.n));
}

bool tum_process(struct tum_run *run, tum_val text, tum_val value, tum_val *ret,
                 struct tum_error **err)
{
    struct tum_buf expression = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_asker asker;
    tum_val expanded;
    bool ok;

    tum_asker_init(&asker, run);
    asker.hide_result = true;
    expanded = tum_asker_expand(&asker, text);
    if (expanded.kind != TUM_STR) {
        ok = tum_fail(err, TUM_ERROR_TYPE, "it is no text but a value of type %s",
                      tum_val_type_name(expanded));
    } else if (tum_str_find(tum_val_text(expanded), TUM_S("$(result)"), 0) ==
               TUM_STR_NONE) {
        ok = tum_fail(err, TUM_ERROR_VALUE, "there is no $(result) in it");
    } else {
        replace_result(&expression, tum_val_text(expanded), value);
        asker.exact = true;
        ok = tum_asker_evaluate(&asker, tum_buf_str(&expression), ret, err);
        if (!ok && (*err)->type != NULL)
            tum_error_wrap(err, "%s", (*err)->type);
    }
    tum_buf_release(&expression);
    tum_val_unref(expanded);
    return ok;
}
