/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module os without os.path: directories, and reading the environment while nobody can
 * have changed it.
 */
#include "lang/modos.h"
#include "base/utf8.h"
#include "lang/expr.h"
#include "lang/ops.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

/* Entries of a directory that listdir gives; more is handed over. */
#define LISTDIR_LIMIT 100000

#define FN(name)                                                                       \
    static struct tum_obj *name(struct tum_vm *vm, struct tum_obj **a, size_t n)

/* ---- os ---- */

FN(os_fspath)
{
    struct tum_str path;

    (void)n;
    if (tum_kind_of(a[0]) == TUM_O_BYTES)
        return a[0];
    return tum_os_path_arg(vm, a[0], &path) ? a[0] : NULL;
}

FN(os_listdir)
{
    TUM_AUTO(tum_buf_release) struct tum_buf path = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_oseq *list = tum_new_list(vm, 0);
    struct tum_obj *of = a[0] != NULL && !tum_is_none(a[0]) ? a[0] : vm->chars['.'];
    struct dirent *e;
    DIR *dir;

    (void)n;
    if (!tum_is_str(of))
        return tum_unsupported(vm, "a directory that is not named by a text");
    if (memchr(tum_as_str(of)->s, '\0', tum_as_str(of)->n) != NULL)
        return tum_raise_value(vm, "embedded null byte");
    if (!tum_os_system_path(vm, tum_text_of(of), &path))
        return NULL;
    dir = opendir(path.s);
    if (dir == NULL)
        return tum_os_raise(vm, errno, of);
    while ((e = readdir(dir)) != NULL && !tum_vm_failed(vm)) {
        struct tum_str name = tum_str_of(e->d_name);

        if (tum_str_is(name, ".") || tum_str_is(name, ".."))
            continue;
        if (!tum_utf8_valid(name, NULL) || list->n == LISTDIR_LIMIT)
            tum_unsupported(vm, "the names in a directory");
        else
            tum_olist_append(vm, list, tum_new_str(vm, name));
    }
    closedir(dir);
    return tum_vm_failed(vm) ? NULL : &list->head;
}

/* ---- the environment ---- */

/*
 * Variables that a worker has otherwise than this process: what its folders and python_env
 * make of them, what shells and version managers set on the way, what marks a run.
 */
static bool is_of_worker(struct tum_str name)
{
    static const char *const names[] = {"PATH",  "PWD",        "OLDPWD",
                                        "SHLVL", "TUM_RUN_ID", "TUM_CAMPAIGNS"};

    for (size_t i = 0; i < TUM_LEN(names); i++)
        if (tum_str_is(name, names[i]))
            return true;
    return tum_str_starts(name, "PYTHON") || tum_str_starts(name, "PYENV") ||
           tum_str_starts(name, "_");
}

/* False: failed. *ret is NULL when the variable is not set. */
static bool environment(struct tum_vm *vm, struct tum_obj *key, struct tum_obj **ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf name = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str value;

    if (vm->host != NULL && vm->host->worker_started)
        return tum_unsupported_false(vm, "the environment of the worker");
    if (!tum_is_str(key))
        return tum_raise_type_false(vm, "str expected, not %s", key->type->name);
    *ret = NULL;
    tum_buf_addt(&name, tum_text_of(key));
    if (memchr(name.s, '\0', name.len) != NULL ||
        !tum_utf8_valid(tum_buf_str(&name), NULL) || is_of_worker(tum_buf_str(&name)))
        return tum_unsupported_false(vm, "the name of an environment variable");
    /* Python splits NAME=VALUE at the first '=' behind the first character. */
    if (name.len == 0 || memchr(name.s, '=', name.len) != NULL)
        return true;
    value = tum_str_of(getenv(name.s));
    if (value.s == NULL)
        return true;
    if (!tum_utf8_valid(value, NULL))
        return tum_unsupported_false(vm, "an environment variable that is no UTF-8");
    *ret = tum_new_str(vm, value);
    return true;
}

FN(os_getenv)
{
    struct tum_obj *value;

    (void)n;
    if (!environment(vm, a[0], &value))
        return NULL;
    return value != NULL ? value : a[1] != NULL ? a[1] : vm->none;
}

FN(environ_get)
{
    struct tum_obj *value;

    (void)n;
    if (!environment(vm, a[1], &value))
        return NULL;
    return value != NULL ? value : a[2] != NULL ? a[2] : vm->none;
}

static struct tum_obj *environ_getitem(struct tum_vm *vm, struct tum_obj *self,
                                       struct tum_obj *key)
{
    struct tum_obj *value;

    (void)self;
    if (!environment(vm, key, &value))
        return NULL;
    return value != NULL ? value : tum_raise_key(vm, key);
}

static bool environ_contains(struct tum_vm *vm, struct tum_obj *self,
                             struct tum_obj *key, bool *ret)
{
    struct tum_obj *value;

    (void)self;
    if (!environment(vm, key, &value))
        return false;
    *ret = value != NULL;
    return true;
}

/* Everything but reading one variable is the worker's. */
static struct tum_obj *environ_iter(struct tum_vm *vm, struct tum_obj *self)
{
    (void)self;
    return tum_unsupported(vm, "the whole environment");
}
static bool environ_len(struct tum_vm *vm, struct tum_obj *self, size_t *ret)
{
    (void)self;
    (void)ret;
    return tum_unsupported_false(vm, "the whole environment");
}
static bool environ_compare(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *self,
                            struct tum_obj *other, struct tum_obj **ret)
{
    (void)op;
    (void)self;
    (void)other;
    *ret = tum_unsupported(vm, "the whole environment");
    return true;
}
static bool environ_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *self,
                           struct tum_obj *other, bool reflected, struct tum_obj **ret)
{
    (void)reflected;
    return environ_compare(vm, (enum tum_cmpop)op, self, other, ret);
}

static const struct tum_native environ_attrs[] = {
    {.name = "get", .call = environ_get, .min = 2, .max = 3, .params = "key default"},
};

static const struct tum_type type_environ = {.name = "_Environ",
                                             .module = "os",
                                             .kind = TUM_O_OTHER,
                                             .attrs = environ_attrs,
                                             .attr_count = TUM_LEN(environ_attrs),
                                             .unhashable = true,
                                             .unsupported_attrs = true,
                                             .len = environ_len,
                                             .iter = environ_iter,
                                             .getitem = environ_getitem,
                                             .contains = environ_contains,
                                             .binary = environ_binary,
                                             .compare = environ_compare};

static struct tum_obj *value_environ(struct tum_vm *vm)
{
    return tum_new_obj(vm, &type_environ, struct tum_obj);
}

/* ---- the module ---- */

static struct tum_obj *value_linesep(struct tum_vm *vm)
{
    return tum_new_strz(vm, "\n");
}
static struct tum_obj *value_name(struct tum_vm *vm)
{
    return tum_new_strz(vm, "posix");
}

static const struct tum_native os_natives[] = {
    {.name = "fspath", .call = os_fspath, .min = 1, .max = 1, .params = "path"},
    {.name = "getenv", .call = os_getenv, .min = 1, .max = 2, .params = "key default"},
    {.name = "listdir", .call = os_listdir, .min = 0, .max = 1, .params = "path"},
};

static const struct tum_member os_members[] = {
    {.name = "altsep", .value = tum_os_altsep},
    {.name = "curdir", .value = tum_os_curdir},
    {.name = "defpath", .value = tum_os_defpath},
    {.name = "devnull", .value = tum_os_devnull},
    {.name = "environ", .value = value_environ},
    {.name = "extsep", .value = tum_os_curdir},
    {.name = "linesep", .value = value_linesep},
    {.name = "name", .value = value_name},
    {.name = "pardir", .value = tum_os_pardir},
    {.name = "path", .module = &tum_module_os_path},
    {.name = "pathsep", .value = tum_os_pathsep},
    {.name = "sep", .value = tum_os_sep},
};

const struct tum_module tum_module_os = {.name = "os",
                                         .python = true,
                                         .natives = os_natives,
                                         .native_count = TUM_LEN(os_natives),
                                         .members = os_members,
                                         .count = TUM_LEN(os_members),
                                         .others = tum_os_names};
