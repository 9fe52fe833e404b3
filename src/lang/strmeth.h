/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Methods of str that have a file of their own (strsplit.c), and what they share.
 */
#ifndef TUM_STRMETH_H
#define TUM_STRMETH_H

#include "lang/obj.h"

/* The text of a str; TypeError "WHAT must be str, not int". */
bool tum_oarg_text(struct tum_vm *vm, struct tum_obj *o, const char *what,
                   struct tum_str *ret);

typedef struct tum_obj *tum_str_method(struct tum_vm *vm, struct tum_obj **a, size_t n);
extern tum_str_method tum_str_splits, tum_str_rsplit, tum_str_splitlines,
    tum_str_partition, tum_str_rpartition;

#endif
