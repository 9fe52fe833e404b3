/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Python worker is started with: the variables python_bin, python_env and
 * proc_start_timeout as they are now, the test directory, the folders of -i.
 */
#include "engine/runstate.h"

#include "base/path.h"
#include "tum/mem.h"

bool tum_config_text(tum_val map, const char *variable, const char *key, char **ret,
                     struct tum_error **err)
{
    tum_val v;

    *ret = NULL;
    if (!tum_map_peeks(map, key, &v) || v.kind == TUM_NONE)
        return true;
    if (v.kind != TUM_STR) {
        TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(v);

        return tum_fail(err, TUM_ERROR_TYPE,
                        "'%s' of the variable '%s' must be a text, it is %s", key,
                        variable, shown);
    }
    if (tum_val_text(v).n > 0)
        *ret = tum_strdup(tum_val_text(v).s);
    return true;
}

void tum_config_common(struct tum_session *session, const char *bin,
                       struct tum_python_config *ret)
{
    double seconds;
    tum_val v;

    if (tum_scope_get(session->scope, tum_str_of(bin), &v)) {
        /* What is no text names no program either: it is warned about as such. */
        if (v.kind != TUM_NONE)
            ret->python_bin = tum_val_to_str(v);
        tum_val_unref(v);
    }
    if (tum_scope_get(session->scope, TUM_S("proc_start_timeout"), &v)) {
        if (tum_val_to_double(v, &seconds) && seconds > 0)
            ret->start_timeout = tum_time_of_seconds(seconds);
        else if (v.kind != TUM_NONE)
            tum_session_warn_once(
                session, "'proc_start_timeout' is no number of seconds: 30 is used.");
        tum_val_unref(v);
    }
    ret->directory = tum_strdup(session->main_folder);
}

static bool set_environment(struct tum_session *session, struct tum_python_config *ret,
                            struct tum_error **err)
{
    static const char name[] = "python_env";
    bool ok = true;
    tum_val v;

    if (!tum_scope_get(session->scope, tum_str_of(name), &v))
        return true;
    if (v.kind == TUM_MAP) {
        ok = tum_config_text(v, name, "PATH", &ret->env_path, err) &&
             tum_config_text(v, name, "PYTHONPATH", &ret->env_pythonpath, err);
    } else if (v.kind != TUM_NONE) {
        TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(v);

        ok = tum_fail(err, TUM_ERROR_TYPE,
                      "the variable '%s' must be a mapping, it is %s", name, shown);
    }
    tum_val_unref(v);
    return ok;
}

static void set_path(struct tum_session *session, struct tum_python_config *ret)
{
    const char *const *folders = session->opts.include_paths;
    size_t n = 0;

    while (folders != NULL && folders[n] != NULL)
        n++;
    ret->path = tum_new_array(char *, n + 2);
    ret->path[0] = tum_strdup(session->main_folder);
    for (size_t i = 0; i < n; i++)
        ret->path[i + 1] = tum_path_absolute(folders[i]);
}

bool tum_python_configure(void *ctx, struct tum_python_config *ret,
                          struct tum_error **err)
{
    struct tum_asker *asker = ctx;
    struct tum_session *session = asker->session;

    *ret = (struct tum_python_config){0};
    if (!set_environment(session, ret, err))
        return false;
    tum_config_common(session, "python_bin", ret);
    set_path(session, ret);
    return true;
}
