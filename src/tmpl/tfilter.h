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
/* A global function; NULL without a failure: there is none of that name. */
struct tum_obj *tum_tglobal_new(struct tum_vm *vm, struct tum_str name);

/* Calls the filter, or test, that an object names, as `map` and `select` do. */
struct tum_obj *tum_tfilter_call(struct tum_vm *vm, struct tum_obj *name,
                                 struct tum_obj *subject, const struct tum_args *args);
bool tum_ttest_call(struct tum_vm *vm, struct tum_obj *name, struct tum_obj *subject,
                    const struct tum_args *args, bool *ret);

/* Parts of the table of filters, each sorted by name. */
struct tum_tfilters {
    const struct tum_native *rows;
    size_t count;
};
extern const struct tum_tfilters tum_tfilters_text, tum_tfilters_html, tum_tfilters_num,
    tum_tfilters_seq, tum_tfilters_lazy;

/* o.name(v…) */
struct tum_obj *tum_tcall_method(struct tum_vm *vm, struct tum_obj *o, const char *name,
                                 struct tum_obj **v, size_t n);
/* An argument as an integer (bool included), `deflt` when it was left out. */
bool tum_targ_int(struct tum_vm *vm, struct tum_obj *o, int64_t deflt, int64_t *ret);
/* The truth of an argument. */
bool tum_targ_bool(struct tum_vm *vm, struct tum_obj *o, bool deflt, bool *ret);

/* Python's pprint.pformat (pprint.c). */
bool tum_pprint(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out);
/*
 * json.dumps with sorted keys (tjson.c), and < > & ' as \u003c …; `indent` is the text
 * of one level, or NULL for one line.
 */
bool tum_tjson(struct tum_vm *vm, struct tum_obj *o, const struct tum_str *indent,
               struct tum_buf *out);

#endif
