/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules that expressions see, as tables.
 */
#ifndef TUM_MODULE_H
#define TUM_MODULE_H

#include "lang/obj.h"

/* An attribute of a module that is no function: what `value` makes, or a module. */
struct tum_member {
    const char *name;
    struct tum_obj *(*value)(struct tum_vm *vm);
    const struct tum_module *module;
};

struct tum_module {
    const char *name;
    bool python; /* its functions are written in Python, which shows in their type */
    const struct tum_native *natives;
    size_t native_count;
    const struct tum_member *members;
    size_t count;
    /* Other public names that Python has there: handed over. NULL-terminated; NULL: all
       unknown names are. */
    const char *const *others;
};

extern const struct tum_module tum_module_json, tum_module_math, tum_module_os,
    tum_module_os_path, tum_module_platform, tum_module_re, tum_module_sys,
    tum_module_time, tum_module_tm;

/* `others` of os (alien.c). */
extern const char *const tum_os_names[];

/* The name of the module in C that a function is of; NULL: none. */
const char *tum_module_of(const struct tum_native *function);
/* Whether a function is of a module written in Python. */
bool tum_module_is_python(const struct tum_native *function);

/* NULL with or without failure, as tum_builtin. */
struct tum_obj *tum_module_named(struct tum_vm *vm, struct tum_str name);
/* NULL without failure: no such attribute. */
struct tum_obj *tum_module_get(struct tum_vm *vm, const struct tum_module *module,
                               struct tum_str name);

/* Patterns compiled by a machine (modre.c). */
void tum_regex_cache_free(struct tum_regex_cache *cache); /* accepts NULL */
/* Drops patterns when there are many; no object may use one. Accepts NULL. */
void tum_regex_cache_tidy(struct tum_regex_cache *cache);

#endif
