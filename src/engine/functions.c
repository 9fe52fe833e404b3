/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of scripts: from an item's words to a call of the pool, and from the reply
 * to what came of it. What the item makes of that is the item's business.
 */
#include "engine/functions.h"

#include "base/path.h"
#include "engine/workerhost.h"
#include "tum/mem.h"
#include <stdlib.h>

/* Kept of the last printed lines, for the message of a worker that died. */
#define TAIL_LIMIT ((size_t)2000)
#define TAIL_LINES 10
#define DEBUG_PORT 5678

/* ---- the pool ---- */

/*
 * Of what belongs to the program: beside it when it is installed; else in the build and
 * sources it was made from, and only then where it would have been installed, which may
 * hold another version. One spelling of a path: workers are told apart by it.
 */
static char *own_path(const struct tum_session *session, const char *beside,
                      const char *const *others)
{
    char *folder = session->opts.program != NULL
                       ? tum_path_folder(session->opts.program)
                       : tum_path_cwd();
    char *path = tum_path_join(folder, beside), *real;

    tum_free(folder);
    for (size_t i = 0; !tum_path_exists(path) && others[i] != NULL; i++) {
        tum_free(path);
        path = tum_strdup(others[i]);
    }
    real = tum_path_normalise(path);
    tum_free(path);
    return real;
}

char *tum_functions_runtime(const struct tum_session *session)
{
    static const char *const others[] = {TUM_RUNTIME_SOURCE, TUM_RUNTIME_INSTALLED,
                                         NULL};

    return own_path(session, "../share/tum/python", others);
}

char *tum_functions_lua(const struct tum_session *session)
{
    static const char *const others[] = {TUM_LUA_BUILT, TUM_LUA_INSTALLED, NULL};

    return own_path(session, "../libexec/tum/tum-lua", others);
}

/* What outlived its call belongs to no item. */
static void late_output(void *ctx, struct tum_str lines)
{
    struct tum_session *session = ctx;

    tum_output_lines(session->output, tum_str_n("", 0), lines);
}

void tum_functions_init(struct tum_session *session)
{
    char *folder = session->opts.program != NULL
                       ? tum_path_folder(session->opts.program)
                       : tum_path_cwd();
    char *runtime = tum_functions_runtime(session);
    char *lua = tum_functions_lua(session);

    session->pool = tum_pool_new(&(struct tum_pool_opts){
        .main_dir = folder,
        .runtime = runtime,
        .lua_helper = lua,
        .output = late_output,
        .ctx = session,
    });
    tum_free(folder);
    tum_free(runtime);
    tum_free(lua);
}

void tum_functions_end(struct tum_session *session)
{
    tum_pool_free(session->pool);
    session->pool = NULL;
}

static int64_t number_of(struct tum_session *session, const char *name, int64_t least,
                         int64_t most, int64_t otherwise)
{
    int64_t n;
    tum_val v;

    if (!tum_scope_get(session->scope, tum_str_of(name), &v))
        return otherwise;
    if (!tum_val_to_int64(v, &n) || n < least || n > most) {
        if (v.kind != TUM_NONE)
            tum_session_warn_once(
                session, "'%s' is no number from %lld to %lld: %lld is used.", name,
                (long long)least, (long long)most, (long long)otherwise);
        n = otherwise;
    }
    tum_val_unref(v);
    return n;
}

void tum_functions_bounds(struct tum_session *session)
{
    struct tum_pool_bounds bounds = TUM_POOL_BOUNDS;

    bounds.ready = (unsigned)number_of(session, "func_workers_ready", 0,
                                       TUM_POOL_READY_MAX, bounds.ready);
    bounds.max =
        (unsigned)number_of(session, "func_workers_max", 1, 100000, bounds.max);
    bounds.wait =
        number_of(session, "func_workers_wait", 0, 1000000, bounds.wait / TUM_SECOND) *
        TUM_SECOND;
    tum_pool_set_bounds(session->pool, &bounds);
}

void tum_functions_warm(struct tum_session *session, enum tum_func_language language)
{
    bool lua = language == TUM_FUNC_LUA;
    struct tum_worker_host host;
    struct tum_asker asker;

    if (session->opts.check_only || session->pool == NULL)
        return;
    tum_functions_bounds(session);
    tum_asker_init_load(&asker, session);
    tum_worker_host_init(&host, &asker,
                         lua ? tum_lua_configure : tum_functions_configure);
    tum_pool_warm(session->pool, lua ? TUM_LANG_LUA : TUM_LANG_PYTHON, &host);
}

/* ---- talking to a worker ---- */

struct listener {
    const struct tum_func_talk *talk;
    struct tum_worker_host host; /* whose output this is in front of */
    struct tum_asker asker;
};

void tum_functions_keep_tail(struct tum_buf *tail, struct tum_str bytes)
{
    struct tum_str text;
    size_t at, lines = 0;

    if (bytes.n > TAIL_LIMIT)
        bytes = tum_str_sub(bytes, bytes.n - TAIL_LIMIT, bytes.n);
    tum_buf_addt(tail, bytes);
    text = tum_buf_str(tail);
    at = text.n > 0 && text.s[text.n - 1] == '\n' ? text.n - 1 : text.n;
    while (at > 0 && text.n - at < TAIL_LIMIT) {
        if (text.s[at - 1] == '\n' && ++lines == TAIL_LINES)
            break;
        at--;
    }
    memmove(tail->s, tail->s + at, tail->len - at);
    tum_buf_truncate(tail, tail->len - at);
}

static void listen(void *ctx, struct tum_str bytes)
{
    struct tum_asker *asker = ctx;
    struct listener *listener =
        (struct listener *)((char *)asker - offsetof(struct listener, asker));

    if (listener->talk->tail != NULL)
        tum_functions_keep_tail(listener->talk->tail, bytes);
    listener->host.output(asker, bytes);
}

enum tum_pool_outcome tum_functions_talk(const struct tum_func_talk *talk,
                                         struct tum_pool_result *ret)
{
    struct tum_session *session = talk->session;
    bool lua = talk->call->lang == TUM_LANG_LUA;
    struct listener listener = {.talk = talk};
    struct tum_worker_host host;
    enum tum_pool_outcome outcome;

    if (session->pool == NULL) {
        *ret = (struct tum_pool_result){.text = tum_strdup("workers have been ended")};
        return TUM_POOL_UNABLE;
    }
    if (talk->run != NULL)
        tum_asker_init(&listener.asker, talk->run);
    else
        tum_asker_init_load(&listener.asker, session);
    tum_worker_host_init(&host, &listener.asker,
                         lua ? tum_lua_configure : tum_functions_configure);
    if (lua)
        host.started = NULL;
    listener.host = host;
    host.output = listen;
    /* Before a function runs, others can read what has been so far. */
    if (talk->run != NULL)
        tum_run_flush(talk->run);
    else
        tum_output_flush(session->output);
    outcome = tum_pool_run(session->pool, talk->call, &host,
                           talk->run != NULL ? talk->run->stop : session->soft, ret);
    if (talk->run != NULL)
        tum_out_end(talk->run);
    return outcome;
}

/* ---- values ---- */

static bool unplain(tum_val v, struct tum_buf *path, const char **ret_type)
{
    size_t length = path->len, i = 0;

    switch (tum_val_kind(v)) {
    case TUM_BYTES:
        *ret_type = tum_val_type_name(v);
        return true;
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_SET:
        tum_list_each (e, v) {
            tum_buf_addf(path, "[%zu]", i++);
            if (unplain(*e, path, ret_type))
                return true;
            tum_buf_truncate(path, length);
        }
        return false;
    case TUM_MAP:
        tum_map_each (e, v) {
            tum_buf_addc(path, '[');
            tum_val_write_repr(path, e->key);
            tum_buf_addc(path, ']');
            if (unplain(e->key, path, ret_type) || unplain(e->value, path, ret_type))
                return true;
            tum_buf_truncate(path, length);
        }
        return false;
    default:
        return false;
    }
}

bool tum_functions_unplain(tum_val v, const char *name, struct tum_buf *out)
{
    const char *type = "";
    size_t length = out->len;

    tum_buf_adds(out, name);
    if (unplain(v, out, &type)) {
        tum_buf_addf(out, ": object of type %s", type);
        return true;
    }
    tum_buf_truncate(out, length);
    return false;
}

bool tum_functions_add_value(struct tum_buf *out, const char *key, tum_val v,
                             struct tum_error **err)
{
    static const struct tum_json_style style = {.ascii = true};
    const char *type = "";
    tum_val plain;
    bool ok;

    if (!tum_val_plain(v, &plain, &type))
        return tum_fail(err, TUM_ERROR_TYPE, "object of type %s", type);
    tum_buf_addf(out, ", \"%s\": ", key);
    ok = tum_json_write(out, plain, &style, err);
    tum_val_unref(plain);
    return ok;
}

/* ---- a function ---- */

void tum_func_result_release(struct tum_func_result *result)
{
    tum_val_unref(result->value);
    tum_val_unref(result->reported);
    tum_free(result->text);
    *result = (struct tum_func_result){.value = tum_val_none()};
}

char *tum_func_path(struct tum_run *run, const char *file)
{
    char *joined, *real, *result;

    joined = file[0] == '/' ? tum_strdup(file)
                            : tum_path_join(run->session->main_folder, file);
    /* The file itself: links are resolved before its folder is searched. */
    real = realpath(joined, NULL);
    result = real != NULL ? tum_strdup(real) : tum_path_normalise(joined);
    free(real); /* of the C library */
    tum_free(joined);
    tum_session_note_file(run->session, result);
    return result;
}

static bool add_debug(struct tum_run *run, struct tum_buf *out, char **ret_text)
{
    int64_t port = DEBUG_PORT;
    tum_val v;

    if (tum_var_get(run, "py_func_debug_port", &v)) {
        bool ok =
            tum_val_is_int(v) && tum_val_to_int64(v, &port) && port > 0 && port < 65536;

        if (!ok && v.kind != TUM_NONE) {
            TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(v);

            *ret_text = tum_asprintf(
                "the variable 'py_func_debug_port' must be a port number, it is %s",
                shown);
            tum_val_unref(v);
            return false;
        }
        tum_val_unref(v);
    }
    tum_buf_addf(out, ", \"debug\": {\"port\": %lld}", (long long)port);
    return true;
}

static void add_text(struct tum_buf *out, const char *key, const char *text)
{
    tum_val v = tum_val_str(text);
    struct tum_error *err = NULL;

    if (!tum_functions_add_value(out, key, v, &err))
        tum_error_free(err); /* texts can always be written */
    tum_val_unref(v);
}

/* The call as the inside of a message; false: *ret_text says why there is none. */
static bool make_inside(struct tum_run *run, const struct tum_func_call *call,
                        struct tum_buf *out, char **ret_text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf path = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    if (tum_functions_unplain(call->params, "param", &path)) {
        *ret_text = tum_buf_detach(&path);
        return false;
    }
    tum_buf_adds(out, "\"op\": \"func\"");
    add_text(out, "file", call->file);
    add_text(out, "name", call->name);
    if (call->debug && !add_debug(run, out, ret_text))
        return false;
    if (call->results != TUM_FUNC_ALL)
        add_text(out, "results", call->results == TUM_FUNC_VALUE ? "value" : "none");
    if (tum_functions_add_value(out, "params", call->params, &err))
        return true;
    *ret_text = tum_error_text(err);
    tum_error_free(err);
    return false;
}

char *tum_functions_with_place(const struct tum_session *session,
                               const struct tum_item *item, const char *text)
{
    struct tum_place place;

    if (!tum_source_place(session->sources, item->at, &place))
        return tum_strdup(text);
    return tum_asprintf("%s\nasked for in '%s', line %u", text,
                        tum_session_item_file(session, item), place.line);
}

static char *with_place(const struct tum_run *run, const char *text)
{
    return tum_functions_with_place(run->session, run->item, text);
}

/* {"raised": …} by user code, {"refused": …}: the call could not be made, {"untold": …}:
   what came of it cannot cross. */
static enum tum_func_outcome read_reply(struct tum_run *run, tum_val reply,
                                        struct tum_func_result *ret)
{
    struct tum_error *err = NULL;
    tum_val v, text;

    if (tum_map_peeks(reply, "raised", &v)) {
        if (!tum_map_peeks(v, "traceback", &text))
            tum_map_peeks(v, "text", &text);
        ret->text = tum_strdup(tum_val_text(text).s != NULL ? tum_val_text(text).s
                                                            : "it raised an error");
        return TUM_FUNC_RAISED;
    }
    if (tum_map_peeks(reply, "refused", &v)) {
        ret->text = with_place(run, tum_val_text(v).s != NULL ? tum_val_text(v).s : "");
        if (tum_map_peeks(reply, "warn", &v))
            tum_out_warn(run, "%s", ret->text);
        return TUM_FUNC_RAISED;
    }
    if (tum_map_peeks(reply, "untold", &v)) {
        ret->text = tum_strdup(tum_val_text(v).s != NULL ? tum_val_text(v).s : "");
        return TUM_FUNC_RAISED;
    }
    if (tum_map_peeks(reply, "reported", &v))
        ret->reported = tum_val_ref(v);
    if (tum_map_peeks(reply, "value", &v)) {
        ret->value = tum_val_ref(v);
        return TUM_FUNC_RETURNED;
    }
    if (tum_map_peeks(reply, "json", &v) &&
        tum_json_read(tum_val_text(v), (struct tum_span){0}, &ret->value, &err))
        return TUM_FUNC_RETURNED;
    tum_error_free(err);
    ret->text = tum_strdup("the reply of the worker cannot be read");
    return TUM_FUNC_RAISED;
}

enum tum_func_outcome tum_func_run(struct tum_run *run,
                                   const struct tum_func_call *call,
                                   struct tum_func_result *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf inside = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf tail = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_freep) char *what = NULL;
    enum tum_func_outcome outcome = TUM_FUNC_RAISED;
    struct tum_pool_result result;
    struct tum_pool_call job = {
        .lang = call->language == TUM_FUNC_LUA ? TUM_LANG_LUA : TUM_LANG_PYTHON,
        .context = call->context,
        .threads = run->session->may_overlap,
    };

    *ret =
        (struct tum_func_result){.value = tum_val_none(), .reported = tum_val_none()};
    if (!make_inside(run, call, &inside, &ret->text))
        return TUM_FUNC_RAISED;
    job.inside = tum_buf_str(&inside);
    what = tum_asprintf("%s '%s'", run->item->type->keyword, run->item->name);
    job.what = what;
    switch (tum_functions_talk(
        &(struct tum_func_talk){
            .session = run->session, .run = run, .call = &job, .tail = &tail},
        &result)) {
    case TUM_POOL_REPLIED:
        outcome = read_reply(run, result.reply, ret);
        break;
    case TUM_POOL_LOST:
        ret->text = tum_asprintf("the worker ended during '%s' of '%s': %s%s%s",
                                 call->name, call->file, result.text,
                                 tail.len > 0 ? "; its last lines:\n" : "",
                                 tail.len > 0 ? tail.s : "");
        break;
    case TUM_POOL_STOPPED:
        outcome = TUM_FUNC_STOPPED;
        break;
    case TUM_POOL_UNABLE:
        outcome = TUM_FUNC_UNABLE;
        ret->text = with_place(run, result.text);
        break;
    case TUM_POOL_REFUSED:
        ret->text = with_place(run, result.text);
        break;
    }
    tum_pool_result_release(&result);
    return outcome;
}

void tum_func_end(struct tum_run *run, enum tum_func_language language, tum_val context)
{
    if (run->session->pool != NULL)
        tum_pool_end_context(run->session->pool,
                             language == TUM_FUNC_LUA ? TUM_LANG_LUA : TUM_LANG_PYTHON,
                             context);
}

/* ---- exit functions ---- */

bool tum_call_python(struct tum_run *run, tum_val file, tum_val name, tum_val params,
                     tum_val *ret, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *file_text = NULL;
    TUM_AUTO(tum_freep) char *name_text = NULL;
    struct tum_func_result result;
    struct tum_func_call call = {
        .language = TUM_FUNC_PYTHON, .params = params, .results = TUM_FUNC_VALUE};
    bool ok = false;

    if (file.kind == TUM_NONE)
        return tum_fail(err, TUM_ERROR_TYPE, "'file' is null");
    if (name.kind != TUM_STR) {
        TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(name);

        return tum_fail(err, TUM_ERROR_TYPE, "'func_name' must be a text, it is %s",
                        shown);
    }
    file_text = tum_val_to_str(file);
    name_text = tum_val_to_str(name);
    call.file = tum_func_path(run, file_text);
    call.name = name_text;
    switch (tum_func_run(run, &call, &result)) {
    case TUM_FUNC_RETURNED:
        *ret = tum_val_ref(result.value);
        ok = true;
        break;
    case TUM_FUNC_RAISED:
    case TUM_FUNC_UNABLE:
        tum_fail(err, TUM_ERROR_VALUE, "'%s' of '%s': %s", name_text, call.file,
                 result.text);
        break;
    case TUM_FUNC_STOPPED:
        tum_fail(err, TUM_ERROR_STOPPED, "'%s' of '%s' was stopped", name_text,
                 call.file);
        break;
    }
    tum_func_result_release(&result);
    tum_free(call.file);
    return ok;
}
