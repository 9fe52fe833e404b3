/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The modules sys and platform, as far as they do not depend on the interpreter, and tm,
 * through which expressions read variables.
 */
#include "lang/expr.h"
#include "lang/module.h"
#include "lang/ops.h"
#include <sys/utsname.h>

/* ---- sys ---- */

static struct tum_obj *value_platform(struct tum_vm *vm)
{
    return tum_new_strz(vm, "linux");
}
static struct tum_obj *value_maxsize(struct tum_vm *vm)
{
    return tum_new_int(vm, INT64_MAX);
}
static struct tum_obj *value_maxunicode(struct tum_vm *vm)
{
    return tum_new_int(vm, 0x10FFFF);
}
static struct tum_obj *value_byteorder(struct tum_vm *vm)
{
    static const uint16_t one = 1;

    return tum_new_strz(vm, *(const unsigned char *)&one == 1 ? "little" : "big");
}

static const struct tum_member sys_members[] = {
    {.name = "byteorder", .value = value_byteorder},
    {.name = "maxsize", .value = value_maxsize},
    {.name = "maxunicode", .value = value_maxunicode},
    {.name = "platform", .value = value_platform},
};

static const char *const sys_others[] = {"abiflags",
                                         "activate_stack_trampoline",
                                         "addaudithook",
                                         "api_version",
                                         "argv",
                                         "audit",
                                         "base_exec_prefix",
                                         "base_prefix",
                                         "breakpointhook",
                                         "builtin_module_names",
                                         "call_tracing",
                                         "copyright",
                                         "displayhook",
                                         "dont_write_bytecode",
                                         "exc_info",
                                         "excepthook",
                                         "exception",
                                         "exec_prefix",
                                         "executable",
                                         "exit",
                                         "flags",
                                         "float_info",
                                         "float_repr_style",
                                         "get_asyncgen_hooks",
                                         "get_coroutine_origin_tracking_depth",
                                         "get_int_max_str_digits",
                                         "getallocatedblocks",
                                         "getdefaultencoding",
                                         "getdlopenflags",
                                         "getfilesystemencodeerrors",
                                         "getfilesystemencoding",
                                         "getprofile",
                                         "getrecursionlimit",
                                         "getrefcount",
                                         "getsizeof",
                                         "getswitchinterval",
                                         "gettrace",
                                         "hash_info",
                                         "hexversion",
                                         "implementation",
                                         "int_info",
                                         "intern",
                                         "is_finalizing",
                                         "last_traceback",
                                         "last_type",
                                         "last_value",
                                         "meta_path",
                                         "modules",
                                         "orig_argv",
                                         "path",
                                         "path_hooks",
                                         "path_importer_cache",
                                         "platlibdir",
                                         "prefix",
                                         "ps1",
                                         "ps2",
                                         "pycache_prefix",
                                         "set_asyncgen_hooks",
                                         "set_coroutine_origin_tracking_depth",
                                         "set_int_max_str_digits",
                                         "setdlopenflags",
                                         "setprofile",
                                         "setrecursionlimit",
                                         "setswitchinterval",
                                         "settrace",
                                         "stderr",
                                         "stdin",
                                         "stdlib_module_names",
                                         "stdout",
                                         "thread_info",
                                         "tracebacklimit",
                                         "unraisablehook",
                                         "version",
                                         "version_info",
                                         "warnoptions",
                                         NULL};

const struct tum_module tum_module_sys = {.name = "sys",
                                          .members = sys_members,
                                          .count = TUM_LEN(sys_members),
                                          .others = sys_others};

/* ---- platform ---- */

static struct tum_obj *platform_system(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct utsname u;

    (void)a;
    (void)n;
    if (uname(&u) < 0)
        return tum_unsupported(vm, "the system's name");
    return tum_new_str(vm, tum_str_of(u.sysname));
}
static struct tum_obj *platform_node(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct utsname u;

    (void)a;
    (void)n;
    if (uname(&u) < 0)
        return tum_unsupported(vm, "the system's name");
    return tum_new_str(vm, tum_str_of(u.nodename));
}
static struct tum_obj *platform_machine(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct utsname u;

    (void)a;
    (void)n;
    if (uname(&u) < 0)
        return tum_unsupported(vm, "the system's name");
    return tum_new_str(vm, tum_str_of(u.machine));
}
static struct tum_obj *platform_release(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct utsname u;

    (void)a;
    (void)n;
    if (uname(&u) < 0)
        return tum_unsupported(vm, "the system's name");
    return tum_new_str(vm, tum_str_of(u.release));
}

static const struct tum_native platform_natives[] = {
    {.name = "machine", .call = platform_machine, .min = 0, .max = 0},
    {.name = "node", .call = platform_node, .min = 0, .max = 0},
    {.name = "release", .call = platform_release, .min = 0, .max = 0},
    {.name = "system", .call = platform_system, .min = 0, .max = 0},
};

const struct tum_module tum_module_platform = {.name = "platform",
                                               .python = true,
                                               .natives = platform_natives,
                                               .native_count =
                                                   TUM_LEN(platform_natives)};

/* ---- tm ---- */

/* Dates, bytes and sets travel to the worker in a form that is the worker's affair. */
static bool is_simple(tum_val v)
{
    switch (tum_val_kind(v)) {
    case TUM_DATE:
    case TUM_BYTES:
    case TUM_SET:
    case TUM_TUPLE:
        return false;
    case TUM_LIST:
        tum_list_each (e, v) {
            if (!is_simple(*e))
                return false;
        }
        return true;
    case TUM_MAP:
        tum_map_each (e, v) {
            if (!is_simple(e->key) || !is_simple(e->value))
                return false;
        }
        return true;
    default:
        return true;
    }
}

static struct tum_obj *tm_gd(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    TUM_AUTO(tum_val_release) tum_val v = tum_val_none();

    (void)n;
    if (vm->host == NULL || vm->host->variable == NULL)
        return tum_unsupported(vm, "variables");
    if (!tum_is_str(a[0]) && !tum_is_none(a[0]))
        return tum_unsupported(vm, "a variable whose name is no text");
    if (tum_is_none(a[0]) || !vm->host->variable(vm->host->ctx, tum_text_of(a[0]), &v))
        return a[1] != NULL ? a[1] : vm->none;
    if (!is_simple(v))
        return tum_unsupported(vm, "a variable that is not plain");
    return tum_obj_of_val(vm, v);
}

static const struct tum_native tm_natives[] = {
    {.name = "gd", .call = tm_gd, .min = 1, .max = 2, .params = "name default"},
};

const struct tum_module tum_module_tm = {.name = "tm",
                                         .python = true,
                                         .natives = tm_natives,
                                         .native_count = TUM_LEN(tm_natives)};
