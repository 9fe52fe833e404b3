/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The "attribute" arguments of filters: which part of an element counts.
 */
#ifndef TUM_TATTR_H
#define TUM_TATTR_H

#include "tmpl/tobj.h"

struct tum_tattr {
    struct tum_obj **parts; /* names and indexes, one after the other */
    size_t count;
    struct tum_obj *deflt; /* for what is undefined on the way, or NULL */
    bool fold;             /* texts in lower case */
};

/* `attribute`: a dotted path, an index; NULL or None: the element itself. */
bool tum_tattr_init(struct tum_vm *vm, struct tum_tattr *attr,
                    struct tum_obj *attribute);
struct tum_obj *tum_tattr_get(struct tum_vm *vm, const struct tum_tattr *attr,
                              struct tum_obj *item);

/*
 * A function object that gives the part of an element, for sorting. `several`:
 * attribute may be a list "a,b"; the result is then a list of parts.
 */
struct tum_obj *tum_tattr_function(struct tum_vm *vm, struct tum_obj *attribute,
                                   bool fold, struct tum_obj *deflt, bool several);

#endif
