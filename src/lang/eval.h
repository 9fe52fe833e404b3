/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks trees. Without hooks the meaning is Python's; a layer above that has its own
 * names, filters and missing values sets vm->hooks, and vm->hooks_ctx is theirs.
 *
 * With hooks, `x.name` is the attribute, else the item, and `x[key]` the item, else (for a
 * text) the attribute, as Jinja has it; what is then missing is what the hook gives.
 */
#ifndef TUM_EVAL_H
#define TUM_EVAL_H

#include "lang/ast.h"
#include "lang/ops.h"

/* All must be set. NULL or false: failed. Arguments are evaluated before the call. */
struct tum_hooks {
    struct tum_obj *(*name)(struct tum_vm *vm, void *ctx, struct tum_ast *node);
    struct tum_obj *(*filter)(struct tum_vm *vm, void *ctx, struct tum_ast *node,
                              struct tum_obj *subject, const struct tum_args *args);
    bool (*test)(struct tum_vm *vm, void *ctx, struct tum_ast *node,
                 struct tum_obj *subject, const struct tum_args *args, bool *ret);
    struct tum_obj *(*client)(struct tum_vm *vm, void *ctx, struct tum_ast *node);
    /* Neither attribute nor item `key` (a str for attributes) in o. */
    struct tum_obj *(*missing)(struct tum_vm *vm, void *ctx, struct tum_obj *o,
                               struct tum_obj *key);
    /* `a if c` where c is false and there is no else. */
    struct tum_obj *(*no_else)(struct tum_vm *vm, void *ctx, struct tum_ast *node);
    /* a ~ b ~ c */
    struct tum_obj *(*concat)(struct tum_vm *vm, void *ctx, struct tum_obj **v,
                              size_t n);
};

/* Variables of a lambda or comprehension; closures keep them by keeping the frame. */
struct tum_frame {
    struct tum_frame *up;
    struct tum_obj *slots[]; /* NULL: not assigned */
};
struct tum_frame *tum_frame_new(struct tum_vm *vm, struct tum_frame *up, size_t n);

/* NULL: failed. `frame` is NULL for templates. */
struct tum_obj *tum_eval(struct tum_vm *vm, struct tum_ast *node,
                         struct tum_frame *frame);
/* A tree of tum_parse_python. */
struct tum_obj *tum_eval_whole(struct tum_vm *vm, struct tum_ast *node);

/*
 * The elements of an iterable into an array of n places: TypeError, or ValueError when
 * there are more or fewer.
 */
bool tum_eval_unpack(struct tum_vm *vm, struct tum_obj *value, size_t n,
                     struct tum_obj **ret);

/* The arguments of a CALL, FILTER or TEST node. */
bool tum_eval_args(struct tum_vm *vm, struct tum_ast *node, struct tum_frame *frame,
                   struct tum_args *ret);

/* Lookup with the hooks' rules (see above). */
struct tum_obj *tum_eval_attr(struct tum_vm *vm, struct tum_obj *o,
                              struct tum_str name);
struct tum_obj *tum_eval_item(struct tum_vm *vm, struct tum_obj *o,
                              struct tum_obj *key);

#endif
