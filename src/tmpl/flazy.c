/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters that give an iterator. Nothing of theirs is done, and no mistake in their
 * arguments is noticed, before the first element is asked for.
 */
#include "tmpl/tattr.h"
#include "tmpl/tfilter.h"

/* ---- map, select, reject ---- */

/* What a filter of this kind keeps until it is asked. */
struct picker {
    struct tum_obj *source;
    struct tum_args args;
    struct tum_obj *iter; /* NULL before the first element */
    bool test;            /* select and reject */
    bool wanted;          /* which answer of the test passes */
    bool by_attr;         /* selectattr and rejectattr */
    struct tum_tattr attr;
    struct tum_obj *name; /* of the filter or test; NULL: attribute, or truth */
    struct tum_args rest; /* of that */
};

static struct tum_obj *keyword(const struct tum_args *args, const char *name)
{
    for (size_t i = 0; i < args->nkw; i++)
        if (tum_str_is(tum_text_of(args->names[i]), name))
            return args->kw[i];
    return NULL;
}

/* map(attribute=…, default=…) */
static bool prepare_attribute(struct tum_vm *vm, struct picker *p,
                              struct tum_obj *attribute)
{
    struct tum_obj *deflt = keyword(&p->args, "default");

    for (size_t i = 0; i < p->args.nkw; i++) {
        struct tum_str name = tum_text_of(p->args.names[i]);

        if (!tum_str_is(name, "attribute") && !tum_str_is(name, "default"))
            return tum_raise_false(vm, "FilterArgumentError",
                                   "unexpected keyword argument '%.*s'",
                                   TUM_STR_ARG(name));
    }
    if (!tum_tattr_init(vm, &p->attr, attribute))
        return false;
    p->attr.deflt = deflt != NULL && !tum_is_none(deflt) ? deflt : NULL;
    return true;
}

/* Sorts the arguments out and opens the source. False: failed. */
static bool prepare(struct tum_vm *vm, struct picker *p)
{
    struct tum_obj *attribute = keyword(&p->args, "attribute");
    size_t used = 0;

    if (!p->test && p->args.n == 0 && attribute != NULL) {
        if (!prepare_attribute(vm, p, attribute))
            return false;
    } else {
        if (p->by_attr) {
            if (p->args.n == 0)
                return tum_raise_false(vm, "FilterArgumentError",
                                       "missing parameter for attribute name");
            if (!tum_tattr_init(vm, &p->attr, p->args.v[used++]))
                return false;
        }
        if (p->args.n > used)
            p->name = p->args.v[used++];
        else if (!p->test)
            return tum_raise_false(vm, "FilterArgumentError",
                                   "map requires a filter argument");
        p->rest = p->args;
        p->rest.v += used;
        p->rest.n -= used;
    }
    p->iter = tum_op_iter(vm, p->source);
    return p->iter != NULL;
}

static bool passes(struct tum_vm *vm, struct picker *p, struct tum_obj *item, bool *ret)
{
    struct tum_obj *part = p->by_attr ? tum_tattr_get(vm, &p->attr, item) : item;
    bool holds;

    if (part == NULL)
        return false;
    if (p->name == NULL ? !tum_op_truth(vm, part, &holds)
                        : !tum_ttest_call(vm, p->name, part, &p->rest, &holds))
        return false;
    *ret = holds == p->wanted;
    return true;
}

static bool picker_step(struct tum_vm *vm, struct tum_lazy *lazy, struct tum_obj **ret)
{
    struct picker *p = lazy->state;
    struct tum_obj *item;
    bool any, pass;

    if (p->iter == NULL) {
        if (!tum_op_truth(vm, p->source, &any) || !any || !prepare(vm, p))
            return false;
    }
    while (tum_iter_next(vm, p->iter, &item)) {
        if (!p->test) {
            *ret = p->name != NULL ? tum_tfilter_call(vm, p->name, item, &p->rest)
                                   : tum_tattr_get(vm, &p->attr, item);
            return *ret != NULL;
        }
        if (!passes(vm, p, item, &pass))
            return false;
        if (pass) {
            *ret = item;
            return true;
        }
    }
    return false;
}

static struct tum_obj **copy(struct tum_vm *vm, struct tum_obj **v, size_t n)
{
    struct tum_obj **to = tum_vm_array(vm, struct tum_obj *, n + 1);

    if (n > 0)
        memcpy(to, v, n * sizeof(*v));
    return to;
}

static struct tum_obj *pick(struct tum_vm *vm, struct tum_obj *source,
                            const struct tum_args *args, struct picker kind)
{
    struct picker *p = tum_vm_alloc(vm, sizeof(*p));

    *p = kind;
    p->source = source;
    p->args = *args;
    p->args.v = copy(vm, args->v, args->n);
    p->args.names = copy(vm, args->names, args->nkw);
    p->args.kw = copy(vm, args->kw, args->nkw);
    return tum_lazy_new(vm, picker_step, p);
}

static struct tum_obj *f_map(struct tum_vm *vm, struct tum_obj *self,
                             const struct tum_args *args)
{
    return pick(vm, self, args, (struct picker){0});
}

static struct tum_obj *f_select(struct tum_vm *vm, struct tum_obj *self,
                                const struct tum_args *args)
{
    return pick(vm, self, args, (struct picker){.test = true, .wanted = true});
}

static struct tum_obj *f_reject(struct tum_vm *vm, struct tum_obj *self,
                                const struct tum_args *args)
{
    return pick(vm, self, args, (struct picker){.test = true});
}

static struct tum_obj *f_selectattr(struct tum_vm *vm, struct tum_obj *self,
                                    const struct tum_args *args)
{
    return pick(vm, self, args,
                (struct picker){.test = true, .wanted = true, .by_attr = true});
}

static struct tum_obj *f_rejectattr(struct tum_vm *vm, struct tum_obj *self,
                                    const struct tum_args *args)
{
    return pick(vm, self, args, (struct picker){.test = true, .by_attr = true});
}

/* ---- unique ---- */

struct unique {
    struct tum_obj *source, *iter;
    struct tum_obj *attribute;
    struct tum_tattr attr;
    bool fold;
    struct tum_oset *seen;
};

static bool unique_step(struct tum_vm *vm, struct tum_lazy *lazy, struct tum_obj **ret)
{
    struct unique *u = lazy->state;
    struct tum_obj *item;

    if (u->iter == NULL) {
        if (!tum_tattr_init(vm, &u->attr, u->attribute))
            return false;
        u->attr.fold = u->fold;
        u->seen = tum_new_set(vm, false);
        u->iter = tum_op_iter(vm, u->source);
        if (u->iter == NULL)
            return false;
    }
    while (tum_iter_next(vm, u->iter, &item)) {
        struct tum_obj *key = tum_tattr_get(vm, &u->attr, item);
        bool known;

        if (key == NULL || !tum_oset_contains(vm, u->seen, key, &known))
            return false;
        if (known)
            continue;
        if (!tum_oset_add(vm, u->seen, key))
            return false;
        *ret = item;
        return true;
    }
    return false;
}

static struct tum_obj *f_unique(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct unique *u = tum_vm_alloc(vm, sizeof(*u));
    bool case_sensitive;

    (void)n;
    if (!tum_targ_bool(vm, a[1], false, &case_sensitive))
        return NULL;
    *u = (struct unique){.source = a[0], .attribute = a[2], .fold = !case_sensitive};
    return tum_lazy_new(vm, unique_step, u);
}

/* ---- batch ---- */

struct batch {
    struct tum_obj *source, *iter;
    struct tum_obj *size;
    struct tum_obj *fill;       /* or NULL */
    struct tum_oseq *collected; /* not given out yet */
};

/* Whether as many elements as wanted are collected; the size may be any number. */
static bool batch_full(struct tum_vm *vm, const struct batch *b, bool *ret)
{
    return tum_op_eq(vm, tum_new_size(vm, b->collected->n), b->size, ret);
}

static bool batch_fill(struct tum_vm *vm, struct batch *b)
{
    struct tum_obj *count = tum_new_size(vm, b->collected->n);
    struct tum_obj *missing;
    int64_t n;
    bool less;

    if (b->fill == NULL)
        return true;
    if (!tum_op_less(vm, count, b->size, &less))
        return false;
    missing = less ? tum_op_binary(vm, TUM_OP_SUB, b->size, count) : NULL;
    if (!less)
        return true;
    if (missing == NULL || !tum_targ_int(vm, missing, 0, &n))
        return false;
    for (; n > 0; n--)
        if (!tum_vm_step(vm) || !tum_olist_append(vm, b->collected, b->fill))
            return false;
    return true;
}

static bool batch_step(struct tum_vm *vm, struct tum_lazy *lazy, struct tum_obj **ret)
{
    struct batch *b = lazy->state;
    struct tum_obj *item;
    bool full;

    if (b->iter == NULL) {
        b->iter = tum_op_iter(vm, b->source);
        if (b->iter == NULL)
            return false;
        b->collected = tum_new_list(vm, 0);
    }
    while (tum_iter_next(vm, b->iter, &item)) {
        struct tum_oseq *done = b->collected;

        if (!batch_full(vm, b, &full))
            return false;
        if (full)
            b->collected = tum_new_list(vm, 0);
        if (!tum_olist_append(vm, b->collected, item))
            return false;
        if (full) {
            *ret = &done->head;
            return true;
        }
    }
    if (tum_vm_failed(vm) || b->collected->n == 0 || !batch_fill(vm, b))
        return false;
    *ret = &b->collected->head;
    b->collected = tum_new_list(vm, 0);
    return true;
}

static struct tum_obj *f_batch(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct batch *b = tum_vm_alloc(vm, sizeof(*b));

    (void)n;
    *b = (struct batch){.source = a[0], .size = a[1]};
    b->fill = a[2] != NULL && !tum_is_none(a[2]) ? a[2] : NULL;
    return tum_lazy_new(vm, batch_step, b);
}

/* ---- slice ---- */

struct slicer {
    struct tum_obj *source;
    struct tum_obj *count_arg;
    struct tum_obj *fill;  /* or NULL */
    struct tum_oseq *list; /* NULL before the first slice */
    int64_t count, number;
    size_t at;
};

static bool slicer_begin(struct tum_vm *vm, struct slicer *s)
{
    struct tum_oseq *list = tum_op_list(vm, s->source);

    if (list == NULL || !tum_targ_int(vm, s->count_arg, 0, &s->count))
        return false;
    if (s->count == 0)
        return tum_raise_false(vm, "ZeroDivisionError",
                               "integer division or modulo by zero");
    s->list = list;
    return true;
}

static bool slicer_step(struct tum_vm *vm, struct tum_lazy *lazy, struct tum_obj **ret)
{
    struct slicer *s = lazy->state;
    struct tum_oseq *slice;
    size_t longer, n;

    if (s->list == NULL && !slicer_begin(vm, s))
        return false;
    if (s->number >= s->count || !tum_vm_step(vm))
        return false;
    longer = s->list->n % (size_t)s->count;
    n = s->list->n / (size_t)s->count + ((size_t)s->number < longer);
    slice = tum_new_list(vm, n);
    if (n > 0)
        memcpy(slice->items, s->list->items + s->at, n * sizeof(*slice->items));
    s->at += n;
    if (s->fill != NULL && (size_t)s->number >= longer &&
        !tum_olist_append(vm, slice, s->fill))
        return false;
    s->number++;
    *ret = &slice->head;
    return true;
}

static struct tum_obj *f_slice(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct slicer *s = tum_vm_alloc(vm, sizeof(*s));

    (void)n;
    *s = (struct slicer){.source = a[0], .count_arg = a[1]};
    s->fill = a[2] != NULL && !tum_is_none(a[2]) ? a[2] : NULL;
    return tum_lazy_new(vm, slicer_step, s);
}

/* ---- items ---- */

struct items {
    struct tum_obj *source, *iter;
};

static bool items_step(struct tum_vm *vm, struct tum_lazy *lazy, struct tum_obj **ret)
{
    struct items *s = lazy->state;
    struct tum_obj *items;

    if (tum_is_undefined(s->source))
        return false;
    if (s->iter == NULL) {
        if (tum_kind_of(s->source) != TUM_O_DICT)
            return tum_raise_type_false(vm, "Can only get item pairs from a mapping.");
        items = tum_tcall_method(vm, s->source, "items", NULL, 0);
        s->iter = items != NULL ? tum_op_iter(vm, items) : NULL;
        if (s->iter == NULL)
            return false;
    }
    return tum_iter_next(vm, s->iter, ret);
}

static struct tum_obj *f_items(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct items *s = tum_vm_alloc(vm, sizeof(*s));

    (void)n;
    *s = (struct items){.source = a[0]};
    return tum_lazy_new(vm, items_step, s);
}

static const struct tum_native rows[] = {
    {"batch", f_batch, 2, 3, "linecount fill_with", 0, NULL},
    {"items", f_items, 1, 1, "", 0, NULL},
    {"map", NULL, 0, 0, NULL, 0, f_map},
    {"reject", NULL, 0, 0, NULL, 0, f_reject},
    {"rejectattr", NULL, 0, 0, NULL, 0, f_rejectattr},
    {"select", NULL, 0, 0, NULL, 0, f_select},
    {"selectattr", NULL, 0, 0, NULL, 0, f_selectattr},
    {"slice", f_slice, 2, 3, "slices fill_with", 0, NULL},
    {"unique", f_unique, 1, 3, "case_sensitive attribute", 0, NULL},
};

const struct tum_tfilters tum_tfilters_lazy = {rows, TUM_LEN(rows)};
