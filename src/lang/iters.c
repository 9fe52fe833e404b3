/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Iterators: one struct for those over built-in kinds, and what enumerate, zip, map, filter
 * and reversed make. Generators are in comp.c.
 */
#include "lang/iters.h"
#include "lang/ops.h"
#include "value/vnum.h"

/* ---- over built-in kinds ---- */

struct iter {
    struct tum_obj head;
    struct tum_obj *of; /* NULL: ended */
    size_t at;
    size_t left; /* reversed and ranges: elements still to come */
    size_t n;    /* dicts and sets: their size, which must not change */
};

static bool end(struct iter *it)
{
    it->of = NULL; /* once ended it stays so, whatever grows */
    return false;
}

static bool next_seq(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;

    (void)vm;
    if (it->of == NULL)
        return false;
    if (it->at >= tum_as_seq(it->of)->n)
        return end(it);
    *ret = tum_as_seq(it->of)->items[it->at++];
    return true;
}

static bool next_seq_back(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;

    (void)vm;
    if (it->of == NULL)
        return false;
    if (it->left == 0 || it->left > tum_as_seq(it->of)->n)
        return end(it);
    *ret = tum_as_seq(it->of)->items[--it->left];
    return true;
}

static bool next_str(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;
    struct tum_ostr *str;
    size_t n = 1;

    if (it->of == NULL)
        return false;
    str = tum_as_str(it->of);
    if (it->at >= str->n)
        return end(it);
    while (it->at + n < str->n && ((unsigned char)str->s[it->at + n] & 0xC0) == 0x80)
        n++;
    *ret = n == str->n ? tum_new_str_kept(vm, tum_text_of(it->of))
                       : tum_new_part(vm, it->of, it->at, n);
    it->at += n;
    return true;
}

static bool next_str_back(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;
    struct tum_ostr *str = tum_as_str(it->of);
    size_t stop = it->left;

    if (it->left == 0)
        return false;
    do
        it->left--;
    while (it->left > 0 && ((unsigned char)str->s[it->left] & 0xC0) == 0x80);
    *ret = tum_new_part(vm, it->of, it->left, stop - it->left);
    return true;
}

static bool next_bytes(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;

    if (it->at >= tum_as_str(it->of)->n)
        return false;
    *ret = tum_new_int(vm, (unsigned char)tum_as_str(it->of)->s[it->at++]);
    return true;
}

static bool next_range(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;
    struct tum_orange *r = tum_as_range(it->of);

    if (it->left == 0)
        return false;
    *ret = tum_new_int(vm, (int64_t)((uint64_t)r->start + it->at * (uint64_t)r->step));
    it->left--;
    it->at++;
    return true;
}

static bool next_range_back(struct tum_vm *vm, struct tum_obj *self,
                            struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;
    struct tum_orange *r = tum_as_range(it->of);

    if (it->left == 0)
        return false;
    it->left--;
    *ret =
        tum_new_int(vm, (int64_t)((uint64_t)r->start + it->left * (uint64_t)r->step));
    return true;
}

/* The dict, by whichever view. */
static struct tum_odict *dict_of(struct tum_obj *o)
{
    return tum_kind_of(o) == TUM_O_DICT ? tum_as_dict(o) : tum_as_view(o)->dict;
}

static struct tum_obj *entry_object(struct tum_vm *vm, struct tum_obj *of,
                                    struct tum_dict_entry *e)
{
    if (of->type == &tum_type_dict_values)
        return e->value;
    if (of->type == &tum_type_dict_items)
        return tum_new_pair(vm, e->key, e->value);
    return e->key;
}

static bool next_dict(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;
    struct tum_dict_entry *e;
    struct tum_odict *dict;

    if (it->of == NULL)
        return false;
    dict = dict_of(it->of);
    if (dict->n != it->n) {
        it->n = SIZE_MAX; /* for good */
        return tum_raise_false(vm, "RuntimeError",
                               "dictionary changed size during iteration");
    }
    e = tum_dict_next(dict, &it->at);
    if (e == NULL)
        return end(it);
    if (it->left-- == 0)
        return tum_raise_false(vm, "RuntimeError",
                               "dictionary keys changed during iteration");
    *ret = entry_object(vm, it->of, e);
    return true;
}

static bool next_dict_back(struct tum_vm *vm, struct tum_obj *self,
                           struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;
    struct tum_odict *dict = dict_of(it->of);

    if (dict->n != it->n)
        return tum_raise_false(vm, "RuntimeError",
                               "dictionary changed size during iteration");
    while (it->left > 0) {
        struct tum_dict_entry *e = &dict->entries[--it->left];

        if (e->key != NULL) {
            *ret = entry_object(vm, it->of, e);
            return true;
        }
    }
    return false;
}

static bool next_set(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;
    struct tum_obj *key;

    if (it->of == NULL)
        return false;
    if (tum_as_set(it->of)->n != it->n) {
        it->n = SIZE_MAX;
        return tum_raise_false(vm, "RuntimeError", "Set changed size during iteration");
    }
    key = tum_oset_next(tum_as_set(it->of), &it->at);
    if (key == NULL)
        return end(it);
    *ret = key;
    return true;
}

#define ITER(name_, next_)                                                             \
    {                                                                                  \
        .name = name_, .kind = TUM_O_ITER, .next = next_, .unsupported_attrs = true    \
    }

static const struct tum_type
    type_list_iterator = ITER("list_iterator", next_seq),
    type_list_reversed = ITER("list_reverseiterator", next_seq_back),
    type_tuple_iterator = ITER("tuple_iterator", next_seq),
    type_str_iterator = ITER("str_iterator", next_str),
    type_str_ascii_iterator = ITER("str_ascii_iterator", next_str),
    type_bytes_iterator = ITER("bytes_iterator", next_bytes),
    type_range_iterator = ITER("range_iterator", next_range),
    type_range_reversed = ITER("range_iterator", next_range_back),
    type_dict_keyiterator = ITER("dict_keyiterator", next_dict),
    type_dict_valueiterator = ITER("dict_valueiterator", next_dict),
    type_dict_itemiterator = ITER("dict_itemiterator", next_dict),
    type_dict_reversed = ITER("dict_reversekeyiterator", next_dict_back),
    type_dict_reversed_values = ITER("dict_reversevalueiterator", next_dict_back),
    type_dict_reversed_items = ITER("dict_reverseitemiterator", next_dict_back),
    type_set_iterator = ITER("set_iterator", next_set);

static struct tum_obj *new_iter(struct tum_vm *vm, const struct tum_type *type,
                                struct tum_obj *of, size_t left, size_t n)
{
    struct iter *it = tum_vm_alloc(vm, sizeof(*it));

    *it = (struct iter){.head.type = type, .of = of, .left = left, .n = n};
    return &it->head;
}

struct tum_obj *tum_iter_of(struct tum_vm *vm, struct tum_obj *o)
{
    const struct tum_type *type;

    switch (tum_kind_of(o)) {
    case TUM_O_LIST:
        return new_iter(vm, &type_list_iterator, o, 0, 0);
    case TUM_O_TUPLE:
        return new_iter(vm, &type_tuple_iterator, o, 0, 0);
    case TUM_O_STR:
        return new_iter(
            vm, tum_ostr_is_ascii(o) ? &type_str_ascii_iterator : &type_str_iterator, o,
            0, 0);
    case TUM_O_BYTES:
        return new_iter(vm, &type_bytes_iterator, o, 0, 0);
    case TUM_O_RANGE:
        return new_iter(vm, &type_range_iterator, o, tum_as_range(o)->n, 0);
    case TUM_O_DICT:
    case TUM_O_VIEW:
        type = o->type == &tum_type_dict_values  ? &type_dict_valueiterator
               : o->type == &tum_type_dict_items ? &type_dict_itemiterator
                                                 : &type_dict_keyiterator;
        return new_iter(vm, type, o, dict_of(o)->n, dict_of(o)->n);
    case TUM_O_SET:
    case TUM_O_FROZENSET:
        return new_iter(vm, &type_set_iterator, o, 0, tum_as_set(o)->n);
    default:
        return tum_raise_type(vm, "'%s' object is not iterable", o->type->name);
    }
}

struct tum_obj *tum_iter_reversed(struct tum_vm *vm, struct tum_obj *o)
{
    const struct tum_type *type;

    switch (tum_kind_of(o)) {
    case TUM_O_LIST:
        return new_iter(vm, &type_list_reversed, o, tum_as_seq(o)->n, 0);
    case TUM_O_TUPLE:
        return new_iter(vm, &tum_type_reversed, o, tum_as_seq(o)->n, 0);
    case TUM_O_STR:
        return new_iter(vm, &tum_type_reversed, o, tum_as_str(o)->n, 0);
    case TUM_O_RANGE:
        return new_iter(vm, &type_range_reversed, o, tum_as_range(o)->n, 0);
    case TUM_O_DICT:
    case TUM_O_VIEW:
        type = o->type == &tum_type_dict_values  ? &type_dict_reversed_values
               : o->type == &tum_type_dict_items ? &type_dict_reversed_items
                                                 : &type_dict_reversed;
        return new_iter(vm, type, o, dict_of(o)->fill, dict_of(o)->n);
    case TUM_O_BYTES:
        return tum_unsupported(vm, "reversed bytes");
    default:
        return tum_raise_type(vm, "'%s' object is not reversible", o->type->name);
    }
}

static bool next_reversed(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct iter *it = (struct iter *)self;

    if (it->of == NULL)
        return false;
    return tum_is_str(it->of) ? next_str_back(vm, self, ret)
                              : next_seq_back(vm, self, ret);
}

static struct tum_obj *make_reversed(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_iter_reversed(vm, a[0]);
}

static const struct tum_native reversed_make = {.name = "reversed",
                                                .call = make_reversed,
                                                .min = 1,
                                                .max = 1,
                                                .flags = TUM_NATIVE_STACK};
const struct tum_type tum_type_reversed = {.name = "reversed",
                                           .kind = TUM_O_ITER,
                                           .next = next_reversed,
                                           .make = &reversed_make,
                                           .unsupported_attrs = true};

/* ---- enumerate ---- */

struct enumerate {
    struct tum_obj head;
    struct tum_obj *iter;
    struct tum_obj *count;
};

static bool next_enumerate(struct tum_vm *vm, struct tum_obj *self,
                           struct tum_obj **ret)
{
    struct enumerate *e = (struct enumerate *)self;
    struct tum_obj *item;

    if (!tum_iter_next(vm, e->iter, &item))
        return false;
    *ret = tum_new_pair(vm, e->count, item);
    e->count = tum_op_binary(vm, TUM_OP_ADD, e->count, vm->small[1 - TUM_SMALL_MIN]);
    return e->count != NULL;
}

static struct tum_obj *make_enumerate(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct enumerate *e = tum_new_obj(vm, &tum_type_enumerate, struct enumerate);

    (void)n;
    e->count = a[1] != NULL ? a[1] : tum_new_int(vm, 0);
    if (!tum_is_int(e->count))
        return tum_raise_type(vm, "'%s' object cannot be interpreted as an integer",
                              e->count->type->name);
    if (tum_kind_of(e->count) == TUM_O_BOOL)
        e->count = tum_new_number(vm, tum_int_plus(tum_as_int(e->count)->v));
    e->iter = tum_op_iter(vm, a[0]);
    return e->iter != NULL ? &e->head : NULL;
}

static const struct tum_native enumerate_make = {.name = "enumerate",
                                                 .call = make_enumerate,
                                                 .min = 1,
                                                 .max = 2,
                                                 .params = "iterable start"};
const struct tum_type tum_type_enumerate = {.name = "enumerate",
                                            .kind = TUM_O_ITER,
                                            .next = next_enumerate,
                                            .make = &enumerate_make,
                                            .unsupported_attrs = true};

/* ---- zip and map: several at once ---- */

struct several {
    struct tum_obj head;
    struct tum_obj *f; /* map */
    struct tum_oseq *iters;
    bool strict; /* zip */
};

static struct several *new_several(struct tum_vm *vm, const struct tum_type *type,
                                   struct tum_obj **of, size_t n)
{
    struct several *s = tum_new_obj(vm, type, struct several);

    s->iters = tum_new_tuple(vm, n);
    for (size_t i = 0; i < n; i++) {
        s->iters->items[i] = NULL;
        s->iters->items[i] = tum_op_iter(vm, of[i]);
        if (s->iters->items[i] == NULL)
            return NULL;
    }
    return s;
}

static bool uneven(struct tum_vm *vm, size_t i, const char *how)
{
    if (i == 1)
        return tum_raise_value_false(vm, "zip() argument 2 is %s than argument 1", how);
    return tum_raise_value_false(vm, "zip() argument %zu is %s than arguments 1-%zu",
                                 i + 1, how, i);
}

/* zip(strict=True): iterator `i` ended; were the others at their end as well? */
static bool check_strict(struct tum_vm *vm, struct several *s, size_t i)
{
    struct tum_obj *item;

    if (i > 0)
        return uneven(vm, i, "shorter");
    for (size_t k = 1; k < s->iters->n; k++) {
        if (tum_iter_next(vm, s->iters->items[k], &item))
            return uneven(vm, k, "longer");
        if (tum_vm_failed(vm))
            return false;
    }
    return false;
}

static bool next_zip(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct several *s = (struct several *)self;
    struct tum_oseq *items;

    if (s->iters->n == 0)
        return false;
    items = tum_new_tuple(vm, s->iters->n);
    for (size_t i = 0; i < items->n; i++) {
        if (!tum_iter_next(vm, s->iters->items[i], &items->items[i])) {
            if (s->strict && !tum_vm_failed(vm))
                return check_strict(vm, s, i);
            return false;
        }
    }
    *ret = &items->head;
    return true;
}

static struct tum_obj *make_zip(struct tum_vm *vm, struct tum_obj *self,
                                const struct tum_args *args)
{
    struct several *s;

    (void)self;
    for (size_t i = 0; i < args->nkw; i++) {
        if (!tum_str_is(tum_text_of(args->names[i]), "strict"))
            return tum_raise_type(vm, "zip() got an unexpected keyword argument");
    }
    s = new_several(vm, &tum_type_zip, args->v, args->n);
    if (s == NULL || (args->nkw > 0 && !tum_op_truth(vm, args->kw[0], &s->strict)))
        return NULL;
    return &s->head;
}

static bool next_map(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct several *s = (struct several *)self;
    struct tum_oseq *items = tum_new_tuple(vm, s->iters->n);
    struct tum_args args = {.v = items->items, .n = items->n};

    for (size_t i = 0; i < items->n; i++) {
        if (!tum_iter_next(vm, s->iters->items[i], &items->items[i]))
            return false;
    }
    *ret = tum_op_call(vm, s->f, &args);
    return *ret != NULL;
}

static struct tum_obj *make_map(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct several *s;

    if (n < 2)
        return tum_raise_type(vm, "map() must have at least two arguments.");
    s = new_several(vm, &tum_type_map, a + 1, n - 1);
    if (s == NULL)
        return NULL;
    s->f = a[0];
    return &s->head;
}

static const struct tum_native zip_make = {.name = "zip", .raw = make_zip, .max = -1};
static const struct tum_native map_make = {.name = "map", .call = make_map, .max = -1};
const struct tum_type tum_type_zip = {.name = "zip",
                                      .kind = TUM_O_ITER,
                                      .next = next_zip,
                                      .make = &zip_make,
                                      .unsupported_attrs = true};
const struct tum_type tum_type_map = {.name = "map",
                                      .kind = TUM_O_ITER,
                                      .next = next_map,
                                      .make = &map_make,
                                      .unsupported_attrs = true};

/* ---- filter ---- */

struct filter {
    struct tum_obj head;
    struct tum_obj *f; /* NULL: truth */
    struct tum_obj *iter;
};

static bool next_filter(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct filter *f = (struct filter *)self;
    struct tum_obj *item, *kept;
    bool keep;

    while (tum_iter_next(vm, f->iter, &item)) {
        kept = f->f != NULL ? tum_op_call1(vm, f->f, item) : item;
        if (kept == NULL || !tum_op_truth(vm, kept, &keep))
            return false;
        if (keep) {
            *ret = item;
            return true;
        }
    }
    return false;
}

static struct tum_obj *make_filter(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct filter *f = tum_new_obj(vm, &tum_type_filter, struct filter);

    (void)n;
    f->f = tum_is_none(a[0]) ? NULL : a[0];
    f->iter = tum_op_iter(vm, a[1]);
    return f->iter != NULL ? &f->head : NULL;
}

static const struct tum_native filter_make = {.name = "filter",
                                              .call = make_filter,
                                              .min = 2,
                                              .max = 2,
                                              .flags = TUM_NATIVE_STACK};
const struct tum_type tum_type_filter = {.name = "filter",
                                         .kind = TUM_O_ITER,
                                         .next = next_filter,
                                         .make = &filter_make,
                                         .unsupported_attrs = true};
