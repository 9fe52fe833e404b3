/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of filters, tests and global functions. `self` of an entry is the value
 * that is filtered or tested; a test answers with True or False.
 */
#ifndef TUM_TFILTER_H
#define TUM_TFILTER_H

#include "lang/obj.h"

/* NULL: there is none of that name. */
const struct tum_native *tum_tfilter_find(struct tum_str name);
const struct tum_native *tum_ttest_find(struct tum_str name);
const struct tum_native *tum_tglobal_find(struct tum_str name);

#endif
