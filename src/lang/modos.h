/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the modules os and os.path share.
 */
#ifndef TUM_MODOS_H
#define TUM_MODOS_H

#include "lang/module.h"

/* The text of a path; TypeError, or handed over. */
bool tum_os_path_arg(struct tum_vm *vm, struct tum_obj *o, struct tum_str *ret);
/* Adds the path for a system call: relative ones start in the test directory. */
bool tum_os_system_path(struct tum_vm *vm, struct tum_str path, struct tum_buf *out);
/* Raises the OSError of a failed system call about a path; NULL. */
struct tum_obj *tum_os_raise(struct tum_vm *vm, int os, struct tum_obj *path);

/* Names that both modules have: sep, curdir … */
typedef struct tum_obj *tum_os_constant(struct tum_vm *vm);
extern tum_os_constant tum_os_curdir, tum_os_defpath, tum_os_devnull, tum_os_pardir,
    tum_os_pathsep, tum_os_sep, tum_os_altsep;

#endif
