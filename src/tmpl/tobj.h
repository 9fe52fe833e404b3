/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that only templates have: undefined values, safe text, namespaces, helpers of
 * loops, lazy sequences. Failing: see lang/obj.h.
 */
#ifndef TUM_TOBJ_H
#define TUM_TOBJ_H

#include "lang/ops.h"

/* ---- what objects ask of the rendering they are in ---- */

/* The first member of the renderer; vm->hooks_ctx points to it. */
struct tum_tstate {
    bool lenient;           /* undefined values absorb (tmpl.h) */
    bool autoescape;        /* as the running statement has it */
    uint64_t dice;          /* of lipsum and random */
    size_t undefined_count; /* undefined values met; see tum_trender_eval */
};

static inline struct tum_tstate *tum_tstate_of(struct tum_vm *vm)
{
    return vm->hooks_ctx;
}

/* ---- undefined ---- */

extern const struct tum_type tum_type_undefined;

static inline bool tum_is_undefined(const struct tum_obj *o)
{
    return o->type == &tum_type_undefined;
}
/* A name that nothing defines. The text must outlive the object. */
struct tum_obj *tum_undefined_name(struct tum_vm *vm, struct tum_str name);
/* `key` (a text: an attribute or item) that o has not. */
struct tum_obj *tum_undefined_of(struct tum_vm *vm, struct tum_obj *o,
                                 struct tum_obj *key);
/* What is missing in words: a literal. */
struct tum_obj *tum_undefined_hint(struct tum_vm *vm, const char *hint);
/* Raises UndefinedError; NULL. */
struct tum_obj *tum_undefined_fail(struct tum_vm *vm, struct tum_obj *o);

/* ---- safe text (markup.c) ---- */

/* A str that needs no escaping; same layout as str. */
extern const struct tum_type tum_type_markup;

static inline bool tum_is_markup(const struct tum_obj *o)
{
    return o->type == &tum_type_markup;
}
/* The same text, safe. */
struct tum_obj *tum_markup_of(struct tum_vm *vm, struct tum_obj *str);
/* The same text as a plain str. */
struct tum_obj *tum_markup_plain(struct tum_vm *vm, struct tum_obj *str);
/* escape(o): safe text; what is safe already stays. */
struct tum_obj *tum_markup_escape(struct tum_vm *vm, struct tum_obj *o);
/* str(o) that stays safe when o is. */
struct tum_obj *tum_soft_str(struct tum_vm *vm, struct tum_obj *o);

/* ---- namespace, cycler, joiner, pairs of groupby ---- */

extern const struct tum_type tum_type_namespace, tum_type_cycler, tum_type_joiner,
    tum_type_group;

struct tum_obj *tum_namespace_new(struct tum_vm *vm, const struct tum_args *args);
bool tum_namespace_set(struct tum_vm *vm, struct tum_obj *ns, struct tum_str name,
                       struct tum_obj *value);
struct tum_obj *tum_cycler_new(struct tum_vm *vm, const struct tum_args *args);
struct tum_obj *tum_joiner_new(struct tum_vm *vm, struct tum_obj *sep);
/* A tuple whose elements are also the attributes grouper and list. */
struct tum_obj *tum_group_new(struct tum_vm *vm, struct tum_obj *grouper,
                              struct tum_obj *list);

/* ---- lazy sequences ---- */

extern const struct tum_type tum_type_lazy;

/*
 * A generator: `step` makes the next element from what it finds in `state`; it is not
 * called again after its end or failure. Printed, it shows its elements as a list and
 * is then at its end.
 */
struct tum_lazy {
    struct tum_obj head;
    bool (*step)(struct tum_vm *vm, struct tum_lazy *lazy, struct tum_obj **ret);
    void *state; /* of the vm's heap */
    bool over;
};
struct tum_obj *tum_lazy_new(struct tum_vm *vm,
                             bool (*step)(struct tum_vm *, struct tum_lazy *,
                                          struct tum_obj **),
                             void *state);

/* ---- loop ---- */

extern const struct tum_type tum_type_loop;

struct tum_loop {
    struct tum_obj head;
    struct tum_obj *source; /* what is iterated, for its length */
    struct tum_obj *iter;
    int64_t index0; /* -1 before the first turn */
    size_t depth0;
    struct tum_obj *before, *current, *after; /* NULL: none; after: looked at already */
    struct tum_obj *changed; /* of the last loop.changed(); NULL: never called */
    bool counted;
    size_t length; /* when counted */
    /* Renders the loop on another sequence, one level deeper; NULL: not recursive. */
    struct tum_obj *(*again)(struct tum_vm *vm, struct tum_loop *loop,
                             struct tum_obj *source);
    void *state; /* of `again` */
};
/* A loop on iter(source); NULL when that fails. */
struct tum_loop *tum_loop_new(struct tum_vm *vm, struct tum_obj *source);
/* Goes to the next turn. False: no more, or failed. */
bool tum_loop_next(struct tum_vm *vm, struct tum_loop *loop, struct tum_obj **ret);

#endif
