/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of templates: a class name in Python's words and a place.
 */
#ifndef TUM_TERR_H
#define TUM_TERR_H

#include "lang/obj.h"
#include "tum/err.h"

/* Returns false. `type` is copied; the kind follows from it. */
bool tum_tmpl_fail(struct tum_error **err, const char *type, struct tum_span at,
                   const char *fmt, ...) TUM_PRINTF(4, 5);

/*
 * Makes the failure of a machine an error and clears it. `type` is the class of what
 * the machine will not do; NULL: RecursionError, MemoryError or TemplateRuntimeError,
 * by what was reached. Returns false.
 */
bool tum_tmpl_vm_fail(struct tum_error **err, struct tum_vm *vm, struct tum_span at,
                      const char *type);

#endif
