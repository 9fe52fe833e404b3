/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators of sets and of the views of dicts that behave like sets (setmeth.c).
 */
#ifndef TUM_SETOPS_H
#define TUM_SETOPS_H

#include "lang/obj.h"

static inline bool tum_is_set(const struct tum_obj *o)
{
    return o->type->kind == TUM_O_SET || o->type->kind == TUM_O_FROZENSET;
}
/* dict.keys() and dict.items(). */
static inline bool tum_is_setlike_view(const struct tum_obj *o)
{
    return o->type == &tum_type_dict_keys || o->type == &tum_type_dict_items;
}

/* & | - ^ of two sets or with a view. False: not defined for these two. */
bool tum_set_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *a,
                    struct tum_obj *b, struct tum_obj **ret);
/* < <= == != > >= of two sets or views; both must be such. False: failed. */
bool tum_set_compare(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *a,
                     struct tum_obj *b, bool *ret);

#endif
