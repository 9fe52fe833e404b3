/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What workers of functions are started with, beside pyconfig.c: for Lua the variables
 * lua_bin and lua_env as they are now; for Python what expressions get, but for the
 * folders.
 */
#include "engine/functions.h"

#include "tum/mem.h"

bool tum_functions_configure(void *ctx, struct tum_python_config *ret,
                             struct tum_error **err)
{
    if (!tum_python_configure(ctx, ret, err))
        return false;
    /* The test directory, which only expressions look into. */
    if (ret->path != NULL && ret->path[0] != NULL) {
        tum_free(ret->path[0]);
        for (size_t i = 0; ret->path[i] != NULL; i++)
            ret->path[i] = ret->path[i + 1];
    }
    return true;
}

static bool set_environment(struct tum_session *session, struct tum_python_config *ret,
                            struct tum_error **err)
{
    static const char *const names[] = {"LUA_PATH", "LUA_CPATH"};
    static const char name[] = "lua_env";
    size_t count = 0;
    bool ok = true;
    tum_val v;

    if (!tum_scope_get(session->scope, tum_str_of(name), &v))
        return true;
    if (v.kind == TUM_MAP) {
        ok = tum_config_text(v, name, "PATH", &ret->env_path, err);
        ret->env = tum_new_array(char *, TUM_LEN(names) + 1);
        for (size_t i = 0; ok && i < TUM_LEN(names); i++) {
            TUM_AUTO(tum_freep) char *text = NULL;

            ok = tum_config_text(v, name, names[i], &text, err);
            if (text != NULL)
                ret->env[count++] = tum_asprintf("%s=%s", names[i], text);
        }
    } else if (v.kind != TUM_NONE) {
        TUM_AUTO(tum_freep) char *shown = tum_val_to_repr(v);

        ok = tum_fail(err, TUM_ERROR_TYPE,
                      "the variable '%s' must be a mapping, it is %s", name, shown);
    }
    tum_val_unref(v);
    return ok;
}

bool tum_lua_configure(void *ctx, struct tum_python_config *ret, struct tum_error **err)
{
    struct tum_asker *asker = ctx;
    struct tum_session *session = asker->session;

    *ret = (struct tum_python_config){0};
    if (!set_environment(session, ret, err))
        return false;
    tum_config_common(session, "lua_bin", ret);
    return true;
}
