/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators and protocols mean for any objects: Python's, asking the types' own functions
 * where there are some. Failing: see obj.h.
 */
#ifndef TUM_OPS_H
#define TUM_OPS_H

#include "lang/obj.h"

/* ---- operators ---- */

struct tum_obj *tum_op_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *a,
                              struct tum_obj *b);
struct tum_obj *tum_op_unary(struct tum_vm *vm, enum tum_unop op, struct tum_obj *a);
/* All ten; the result of a type's own comparison may be any object. */
struct tum_obj *tum_op_compare(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *a,
                               struct tum_obj *b);
/* The truth of a comparison. */
bool tum_op_holds(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *a,
                  struct tum_obj *b, bool *ret);
/* a == b. */
bool tum_op_eq(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret);
/* a is b, or a == b: how containers compare. */
bool tum_op_same(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret);
/* a < b: how sorting compares. */
bool tum_op_less(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret);
/* a is b. Handed over where it depends on how CPython stores equal constants. */
bool tum_op_is(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret);
/* item in container. */
bool tum_op_in(struct tum_vm *vm, struct tum_obj *item, struct tum_obj *container,
               bool *ret);

/* "+", "<<", "<=": for messages. */
const char *tum_binop_text(enum tum_binop op);
const char *tum_cmpop_text(enum tum_cmpop op);

/* ---- protocols ---- */

bool tum_op_truth(struct tum_vm *vm, struct tum_obj *o, bool *ret);
bool tum_op_len(struct tum_vm *vm, struct tum_obj *o, size_t *ret);
/* TypeError when unhashable. Equal objects have equal hashes; not CPython's for texts. */
bool tum_op_hash(struct tum_vm *vm, struct tum_obj *o, uint64_t *ret);
bool tum_op_write_str(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out);
bool tum_op_write_repr(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out);
bool tum_op_write_ascii(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out);
/* str(o) and repr(o) as str objects. */
struct tum_obj *tum_op_str(struct tum_vm *vm, struct tum_obj *o);
struct tum_obj *tum_op_repr(struct tum_vm *vm, struct tum_obj *o);

/* Whether iter(o) is defined; it may fail all the same. */
bool tum_is_iterable(const struct tum_obj *o);
/* iter(o) */
struct tum_obj *tum_op_iter(struct tum_vm *vm, struct tum_obj *o);
/* False: no more, or failed (ask tum_vm_failed). A step of the budget. */
bool tum_iter_next(struct tum_vm *vm, struct tum_obj *iter, struct tum_obj **ret);
/* All elements of an iterable as a new list, or tuple. */
struct tum_oseq *tum_op_list(struct tum_vm *vm, struct tum_obj *o);
struct tum_oseq *tum_op_tuple(struct tum_vm *vm, struct tum_obj *o);
/* Elements for reading: o itself for lists and tuples, else tum_op_list. */
struct tum_oseq *tum_op_items(struct tum_vm *vm, struct tum_obj *o);
bool tum_olist_extend(struct tum_vm *vm, struct tum_oseq *list, struct tum_obj *from);

/* o[key], slices included. */
struct tum_obj *tum_op_getitem(struct tum_vm *vm, struct tum_obj *o,
                               struct tum_obj *key);

/* o.name; AttributeError. */
struct tum_obj *tum_op_getattr(struct tum_vm *vm, struct tum_obj *o,
                               struct tum_str name);
/* NULL without a failure when there is no such attribute. */
struct tum_obj *tum_op_findattr(struct tum_vm *vm, struct tum_obj *o,
                                struct tum_str name);
/* Method or attribute of a type, as its table has it; NULL: none. */
const struct tum_native *tum_type_attr(const struct tum_type *type,
                                       struct tum_str name);

bool tum_is_callable(struct tum_obj *o);
struct tum_obj *tum_op_call(struct tum_vm *vm, struct tum_obj *f,
                            const struct tum_args *args);
struct tum_obj *tum_op_call1(struct tum_vm *vm, struct tum_obj *f, struct tum_obj *a);
/* Calls a table entry: checks and sorts the arguments. self may be NULL. */
struct tum_obj *tum_native_call(struct tum_vm *vm, const struct tum_native *what,
                                struct tum_obj *self, const struct tum_args *args);

/* ---- arguments ---- */

/* o as an index (int, bool): TypeError, or OverflowError, in the words of `what`. */
bool tum_arg_index(struct tum_vm *vm, struct tum_obj *o, int64_t *ret);
/* As above; what does not fit is clipped. */
bool tum_arg_index_clip(struct tum_vm *vm, struct tum_obj *o, int64_t *ret);
/* float(o) of a number: TypeError "must be real number, not str". */
bool tum_arg_double(struct tum_vm *vm, struct tum_obj *o, double *ret);
/* start and stop as methods of sequences take them (NULL or None: left out). */
bool tum_arg_bounds(struct tum_vm *vm, struct tum_obj *start, struct tum_obj *stop,
                    size_t n, size_t *ret_start, size_t *ret_stop);
/* Bounds of a slice on n elements; *ret_n is how many there are. ValueError. */
bool tum_slice_bounds(struct tum_vm *vm, struct tum_oslice *slice, size_t n,
                      int64_t *ret_start, int64_t *ret_step, size_t *ret_n);

/* Where the slice ends in n elements, before it is seen whether it is empty. */
bool tum_slice_stop(struct tum_vm *vm, struct tum_oslice *slice, size_t n,
                    int64_t *ret);

/* ---- work shared by built-in functions and filters ---- */

/* sorted(): stable, `key` may be NULL. Sorts the list in place. */
bool tum_olist_sort(struct tum_vm *vm, struct tum_oseq *list, struct tum_obj *key,
                    bool reverse);
/* round(o, digits); digits NULL: to an int. */
struct tum_obj *tum_op_round(struct tum_vm *vm, struct tum_obj *o,
                             struct tum_obj *digits);
struct tum_obj *tum_op_abs(struct tum_vm *vm, struct tum_obj *o);
/* int(o), float(o) of one argument. */
struct tum_obj *tum_op_int(struct tum_vm *vm, struct tum_obj *o);
struct tum_obj *tum_op_float(struct tum_vm *vm, struct tum_obj *o);
/* int(text, base). */
struct tum_obj *tum_int_of_text(struct tum_vm *vm, struct tum_obj *text, int base);

/* Built-in functions, types and constants by name; NULL without failure: no such name. */
struct tum_obj *tum_builtin(struct tum_vm *vm, struct tum_str name);

#endif
