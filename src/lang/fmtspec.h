/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What format() and `%` share.
 */
#ifndef TUM_FMTSPEC_H
#define TUM_FMTSPEC_H

#include "lang/obj.h"

/* Digits with "-" in front; ValueError for too many in base 10. */
bool tum_write_digits(struct tum_vm *vm, tum_val v, int base, bool upper,
                      struct tum_buf *out);

#endif
