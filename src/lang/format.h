/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values to text by a description: `%`, format(), str.format. Failing: see obj.h.
 */
#ifndef TUM_FORMAT_H
#define TUM_FORMAT_H

#include "lang/obj.h"

/* Largest width or precision; more is handed over. */
#define TUM_FORMAT_WIDTH_LIMIT 10000000

/* format(o, spec) */
bool tum_format_value(struct tum_vm *vm, struct tum_obj *o, struct tum_str spec,
                      struct tum_buf *out);
/* text % args */
struct tum_obj *tum_format_percent(struct tum_vm *vm, struct tum_obj *text,
                                   struct tum_obj *args);
/* text.format(*args, **kwargs); `mapping`: text.format_map(mapping), else NULL. */
struct tum_obj *tum_format_braces(struct tum_vm *vm, struct tum_obj *text,
                                  const struct tum_args *args, struct tum_obj *mapping);

#endif
