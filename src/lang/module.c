/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding modules and what is in them.
 */
#include "lang/module.h"
#include "lang/expr.h"

static const struct tum_module *const modules[] = {
    &tum_module_json, &tum_module_math, &tum_module_os,   &tum_module_platform,
    &tum_module_re,   &tum_module_sys,  &tum_module_time, &tum_module_tm,
};

static struct tum_obj *new_module(struct tum_vm *vm, const struct tum_module *what)
{
    struct tum_omodule *o = tum_new_obj(vm, &tum_type_module, struct tum_omodule);

    o->what = what;
    return &o->head;
}

struct tum_obj *tum_module_named(struct tum_vm *vm, struct tum_str name)
{
    for (size_t i = 0; i < TUM_LEN(modules); i++) {
        if (tum_str_is(name, modules[i]->name))
            return new_module(vm, modules[i]);
    }
    return NULL;
}

static struct tum_obj *new_function(struct tum_vm *vm, const struct tum_module *module,
                                    const struct tum_native *f)
{
    struct tum_obj *o = tum_new_native(vm, f);

    if (module->python)
        o->type = &tum_type_function;
    return o;
}

static const struct tum_module *find_module(const struct tum_native *f)
{
    static const struct tum_module *const inner[] = {&tum_module_os_path};

    for (size_t i = 0; i < TUM_LEN(modules) + TUM_LEN(inner); i++) {
        const struct tum_module *m =
            i < TUM_LEN(modules) ? modules[i] : inner[i - TUM_LEN(modules)];

        for (size_t k = 0; k < m->native_count; k++) {
            if (f == &m->natives[k])
                return m;
        }
    }
    return NULL;
}

const char *tum_module_of(const struct tum_native *f)
{
    const struct tum_module *m = find_module(f);

    return m != NULL && !m->python ? m->name : NULL;
}

bool tum_module_is_python(const struct tum_native *f)
{
    const struct tum_module *m = find_module(f);

    return m != NULL && m->python;
}

static bool is_other(const struct tum_module *module, struct tum_str name)
{
    for (size_t i = 0; module->others != NULL && module->others[i] != NULL; i++) {
        if (tum_str_is(name, module->others[i]))
            return true;
    }
    return module->others == NULL || tum_str_starts(name, "_");
}

struct tum_obj *tum_module_get(struct tum_vm *vm, const struct tum_module *module,
                               struct tum_str name)
{
    if (vm->host != NULL && vm->host->worker_patched)
        return tum_unsupported(vm,
                               "an attribute of a module that may have been changed");
    for (size_t i = 0; i < module->native_count; i++) {
        const struct tum_native *f = &module->natives[i];

        if (f->name[0] == name.s[0] && tum_str_is(name, f->name))
            return new_function(vm, module, f);
    }
    for (size_t i = 0; i < module->count; i++) {
        const struct tum_member *m = &module->members[i];

        if (tum_str_is(name, m->name))
            return m->module != NULL ? new_module(vm, m->module) : m->value(vm);
    }
    return is_other(module, name) ? tum_unsupported(vm, "an attribute of a module")
                                  : NULL;
}
