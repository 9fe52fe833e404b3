/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Python worker is started with: the variables python_bin, python_env and
 * proc_start_timeout as they are now, the test directory, the folders of -i.
 */
#include "engine/runstate.h"

#include "base/path.h"
#include "tum/mem.h"

char *tum_config_text(tum_val map, const char *key)
{
    tum_val v;

    if (!tum_map_peeks(map, key, &v) || v.kind != TUM_STR || tum_val_text(v).n == 0)
        return NULL;
    return tum_strdup(tum_val_text(v).s);
}

void tum_config_common(struct tum_session *session, const char *bin,
                       struct tum_python_config *ret)
{
    double seconds;
    tum_val v;

    if (tum_scope_get(session->scope, tum_str_of(bin), &v)) {
        if (v.kind == TUM_STR)
            ret->python_bin = tum_strdup(tum_val_text(v).s);
        tum_val_unref(v);
    }
    if (tum_scope_get(session->scope, TUM_S("proc_start_timeout"), &v)) {
        if (tum_val_to_double(v, &seconds) && seconds > 0)
            ret->start_timeout = tum_time_of_seconds(seconds);
        tum_val_unref(v);
    }
    ret->directory = tum_strdup(session->main_folder);
}

static bool set_environment(struct tum_session *session, struct tum_python_config *ret,
                            struct tum_error **err)
{
    tum_val v;

    if (!tum_scope_get(session->scope, TUM_S("python_env"), &v))
        return true;
    if (v.kind == TUM_MAP) {
        ret->env_path = tum_config_text(v, "PATH");
        ret->env_pythonpath = tum_config_text(v, "PYTHONPATH");
    } else if (v.kind != TUM_NONE) {
        char *shown = tum_val_to_repr(v);

        tum_fail(err, TUM_ERROR_TYPE,
                 "the variable 'python_env' must be a mapping, it is %s", shown);
        tum_free(shown);
        tum_val_unref(v);
        return false;
    }
    tum_val_unref(v);
    return true;
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
