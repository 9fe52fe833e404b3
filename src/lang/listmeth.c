/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list, tuple, range and slice: methods, making them, sorting.
 */
#include "lang/ops.h"

/* ---- search ---- */

static bool count_equal(struct tum_vm *vm, struct tum_oseq *seq, struct tum_obj *what,
                        size_t *ret)
{
    bool same;

    *ret = 0;
    for (size_t i = 0; i < seq->n; i++) {
        if (!tum_vm_step(vm) || !tum_op_same(vm, seq->items[i], what, &same))
            return false;
        *ret += same;
    }
    return true;
}

/* First position from `start` to before `stop`, or SIZE_MAX. */
static bool find_equal(struct tum_vm *vm, struct tum_oseq *seq, struct tum_obj *what,
                       size_t start, size_t stop, size_t *ret)
{
    bool same;

    *ret = SIZE_MAX;
    for (size_t i = start; i < stop && i < seq->n; i++) {
        if (!tum_vm_step(vm) || !tum_op_same(vm, seq->items[i], what, &same))
            return false;
        if (same) {
            *ret = i;
            break;
        }
    }
    return true;
}

static struct tum_obj *seq_count(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    size_t count;

    (void)n;
    return count_equal(vm, tum_as_seq(a[0]), a[1], &count) ? tum_new_size(vm, count)
                                                           : NULL;
}

static struct tum_obj *seq_index(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *seq = tum_as_seq(a[0]);
    size_t start, stop, at;

    (void)n;
    if ((a[2] != NULL && tum_is_none(a[2])) || (a[3] != NULL && tum_is_none(a[3])))
        return tum_raise_type(
            vm, "slice indices must be integers or have an __index__ method");
    if (!tum_arg_bounds(vm, a[2], a[3], seq->n, &start, &stop) ||
        !find_equal(vm, seq, a[1], start, stop, &at))
        return NULL;
    if (at != SIZE_MAX)
        return tum_new_size(vm, at);
    if (tum_kind_of(a[0]) == TUM_O_TUPLE)
        return tum_raise_value(vm, "tuple.index(x): x not in tuple");

    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (!tum_op_write_repr(vm, a[1], &text))
        return NULL;
    return tum_raise_value(vm, "%s is not in list", text.s);
}

/* ---- change ---- */

static struct tum_obj *list_append(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_olist_append(vm, tum_as_seq(a[0]), a[1]) ? vm->none : NULL;
}

static struct tum_obj *list_extend(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_olist_extend(vm, tum_as_seq(a[0]), a[1]) ? vm->none : NULL;
}

static struct tum_obj *list_insert(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *list = tum_as_seq(a[0]);
    int64_t at;
    size_t place;

    (void)n;
    if (!tum_arg_index(vm, a[1], &at))
        return NULL;
    if (at < 0)
        at = TUM_MAX(at + (int64_t)list->n, (int64_t)0);
    place = TUM_MIN((size_t)at, list->n);
    if (!tum_olist_append(vm, list, a[2]))
        return NULL;
    memmove(list->items + place + 1, list->items + place,
            (list->n - 1 - place) * sizeof(*list->items));
    list->items[place] = a[2];
    return vm->none;
}

static void take_out(struct tum_oseq *list, size_t at)
{
    memmove(list->items + at, list->items + at + 1,
            (list->n - 1 - at) * sizeof(*list->items));
    list->n--;
}

static struct tum_obj *list_pop(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *list = tum_as_seq(a[0]);
    struct tum_obj *o;
    int64_t at = -1;

    (void)n;
    if (a[1] != NULL && !tum_arg_index(vm, a[1], &at))
        return NULL;
    if (list->n == 0)
        return tum_raise(vm, "IndexError", "pop from empty list");
    if (at < 0)
        at += (int64_t)list->n;
    if (at < 0 || (uint64_t)at >= list->n)
        return tum_raise(vm, "IndexError", "pop index out of range");
    o = list->items[at];
    take_out(list, (size_t)at);
    return o;
}

static struct tum_obj *list_remove(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *list = tum_as_seq(a[0]);
    size_t at;

    (void)n;
    if (!find_equal(vm, list, a[1], 0, list->n, &at))
        return NULL;
    if (at == SIZE_MAX)
        return tum_raise_value(vm, "list.remove(x): x not in list");
    take_out(list, at);
    return vm->none;
}

static struct tum_obj *list_clear(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    tum_as_seq(a[0])->n = 0;
    return vm->none;
}

static struct tum_obj *list_copy(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *copy = tum_op_list(vm, a[0]);

    (void)n;
    return copy != NULL ? &copy->head : NULL;
}

static void reverse(struct tum_obj **items, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct tum_obj *o = items[i];

        items[i] = items[n - 1 - i];
        items[n - 1 - i] = o;
    }
}

static struct tum_obj *list_reverse(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    reverse(tum_as_seq(a[0])->items, tum_as_seq(a[0])->n);
    return vm->none;
}

/* ---- sorting ---- */

struct sorted {
    struct tum_obj *key, *item;
};

/* Merges two sorted runs; of equal keys the first stays first. */
static bool merge(struct tum_vm *vm, const struct sorted *from, size_t middle, size_t n,
                  struct sorted *to)
{
    size_t left = 0, right = middle;
    bool less;

    for (size_t i = 0; i < n; i++) {
        if (left < middle && right < n) {
            if (!tum_vm_step(vm) ||
                !tum_op_less(vm, from[right].key, from[left].key, &less))
                return false;
        } else {
            less = left == middle;
        }
        to[i] = from[less ? right++ : left++];
    }
    return true;
}

/* Runs in order already (most lists) cost one comparison an element. */
static bool is_sorted(struct tum_vm *vm, const struct sorted *items, size_t n,
                      bool *ret)
{
    bool less = false;

    for (size_t i = 1; i < n && !less; i++) {
        if (!tum_vm_step(vm) || !tum_op_less(vm, items[i].key, items[i - 1].key, &less))
            return false;
    }
    *ret = !less;
    return true;
}

static bool merge_sort(struct tum_vm *vm, struct sorted *items, struct sorted *spare,
                       size_t n)
{
    bool done;

    if (!is_sorted(vm, items, n, &done))
        return false;
    for (size_t run = 1; !done && run < n; run *= 2) {
        for (size_t at = 0; at < n; at += 2 * run) {
            size_t count = TUM_MIN(2 * run, n - at);

            if (!merge(vm, items + at, TUM_MIN(run, count), count, spare + at))
                return false;
        }
        memcpy(items, spare, n * sizeof(*items));
    }
    return true;
}

bool tum_olist_sort(struct tum_vm *vm, struct tum_oseq *list, struct tum_obj *key,
                    bool reversed)
{
    struct tum_obj **items = list->items;
    size_t n = list->n;
    struct sorted *all;
    bool ok;

    if (key != NULL && tum_is_none(key))
        key = NULL;
    if (!tum_vm_room(vm, n * sizeof(*all) * 2))
        return false;
    all = tum_vm_array(vm, struct sorted, n * 2 + 1);
    list->n = 0; /* what a key function sees of it */
    for (size_t i = 0; i < n; i++) {
        all[i].item = items[i];
        all[i].key = key != NULL ? tum_op_call1(vm, key, items[i]) : items[i];
        if (all[i].key == NULL)
            return false;
    }
    /* Equal elements keep their order when reversed, too. */
    for (size_t i = 0; reversed && i < n / 2; i++) {
        struct sorted s = all[i];

        all[i] = all[n - 1 - i];
        all[n - 1 - i] = s;
    }
    ok = merge_sort(vm, all, all + n, n);
    if (list->n != 0)
        return tum_raise_value_false(vm, "list modified during sort");
    for (size_t i = 0; i < n; i++)
        items[i] = all[i].item;
    if (reversed)
        reverse(items, n);
    list->items = items;
    list->n = n;
    return ok;
}

static struct tum_obj *list_sort(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool reversed = false;

    (void)n;
    if (a[2] != NULL && !tum_is_int(a[2]))
        return tum_raise_type(vm, "'%s' object cannot be interpreted as an integer",
                              a[2]->type->name);
    if (a[2] != NULL && !tum_op_truth(vm, a[2], &reversed))
        return NULL;
    return tum_olist_sort(vm, tum_as_seq(a[0]), a[1], reversed) ? vm->none : NULL;
}

/* ---- types ---- */

static const struct tum_native list_attrs[] = {
    {.name = "append", .call = list_append, .min = 2, .max = 2},
    {.name = "clear", .call = list_clear, .min = 1, .max = 1},
    {.name = "copy", .call = list_copy, .min = 1, .max = 1},
    {.name = "count", .call = seq_count, .min = 2, .max = 2},
    {.name = "extend", .call = list_extend, .min = 2, .max = 2},
    {.name = "index", .call = seq_index, .min = 2, .max = 4},
    {.name = "insert", .call = list_insert, .min = 3, .max = 3},
    {.name = "pop", .call = list_pop, .min = 1, .max = 2},
    {.name = "remove", .call = list_remove, .min = 2, .max = 2},
    {.name = "reverse", .call = list_reverse, .min = 1, .max = 1},
    {.name = "sort", .call = list_sort, .min = 1, .max = 3, .params = "*key *reverse"},
};

static struct tum_obj *make_list(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *list = n > 0 ? tum_op_list(vm, a[0]) : tum_new_list(vm, 0);

    return list != NULL ? &list->head : NULL;
}

static const struct tum_native list_make = {
    .name = "list", .call = make_list, .min = 0, .max = 1, .flags = TUM_NATIVE_STACK};
const struct tum_type tum_type_list = {.name = "list",
                                       .kind = TUM_O_LIST,
                                       .attrs = list_attrs,
                                       .attr_count = TUM_LEN(list_attrs),
                                       .make = &list_make,
                                       .unhashable = true};

static const struct tum_native tuple_attrs[] = {
    {.name = "count", .call = seq_count, .min = 2, .max = 2},
    {.name = "index", .call = seq_index, .min = 2, .max = 4},
};

static struct tum_obj *make_tuple(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *tuple = n > 0 ? tum_op_tuple(vm, a[0]) : tum_new_tuple(vm, 0);

    return tuple != NULL ? &tuple->head : NULL;
}

static const struct tum_native tuple_make = {
    .name = "tuple", .call = make_tuple, .min = 0, .max = 1, .flags = TUM_NATIVE_STACK};
const struct tum_type tum_type_tuple = {.name = "tuple",
                                        .kind = TUM_O_TUPLE,
                                        .attrs = tuple_attrs,
                                        .attr_count = TUM_LEN(tuple_attrs),
                                        .make = &tuple_make};

/* ---- range ---- */

static struct tum_obj *range_count(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool in;

    (void)n;
    return tum_op_in(vm, a[1], a[0], &in) ? tum_new_int(vm, in) : NULL;
}

static struct tum_obj *range_index(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_orange *r = tum_as_range(a[0]);
    struct tum_obj *distance;
    bool in;

    (void)n;
    if (!tum_op_in(vm, a[1], a[0], &in))
        return NULL;
    if (!in) {
        TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

        if (!tum_is_int(a[1]))
            return tum_raise_value(vm, "sequence.index(x): x not in sequence");
        if (!tum_op_write_repr(vm, a[1], &text))
            return NULL;
        return tum_raise_value(vm, "%s is not in range", text.s);
    }
    if (!tum_is_int(a[1])) {
        struct tum_obj *as_int = tum_op_int(vm, a[1]);

        if (as_int == NULL)
            return NULL;
        a[1] = as_int;
    }
    distance = tum_op_binary(vm, TUM_OP_SUB, a[1], tum_new_int(vm, r->start));
    return distance != NULL
               ? tum_op_binary(vm, TUM_OP_FLOORDIV, distance, tum_new_int(vm, r->step))
               : NULL;
}

#define RANGE_GETTER(field)                                                            \
    static struct tum_obj *range_##field(struct tum_vm *vm, struct tum_obj **a,        \
                                         size_t n)                                     \
    {                                                                                  \
        (void)n;                                                                       \
        return tum_new_int(vm, tum_as_range(a[0])->field);                             \
    }
RANGE_GETTER(start)
RANGE_GETTER(stop)
RANGE_GETTER(step)

static const struct tum_native range_attrs[] = {
    {.name = "count", .call = range_count, .min = 2, .max = 2},
    {.name = "index", .call = range_index, .min = 2, .max = 2},
    {.name = "start",
     .call = range_start,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "step",
     .call = range_step,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "stop",
     .call = range_stop,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
};

static bool range_part(struct tum_vm *vm, struct tum_obj *o, int64_t *ret)
{
    if (!tum_is_int(o))
        return tum_raise_type_false(
            vm, "'%s' object cannot be interpreted as an integer", o->type->name);
    return tum_val_to_int64(tum_as_int(o)->v, ret) ||
           tum_unsupported_false(vm, "a range of big integers");
}

static struct tum_obj *make_range(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    int64_t start = 0, stop, step = 1;

    if ((n > 1 && !range_part(vm, a[0], &start)) || !range_part(vm, a[n > 1], &stop) ||
        (n > 2 && !range_part(vm, a[2], &step)))
        return NULL;
    if (step == 0)
        return tum_raise_value(vm, "range() arg 3 must not be zero");
    if (step == INT64_MIN)
        return tum_unsupported(vm, "a range of big integers");
    return tum_new_range(vm, start, stop, step);
}

static const struct tum_native range_make = {
    .name = "range", .call = make_range, .min = 1, .max = 3, .flags = TUM_NATIVE_STACK};
const struct tum_type tum_type_range = {.name = "range",
                                        .kind = TUM_O_RANGE,
                                        .attrs = range_attrs,
                                        .attr_count = TUM_LEN(range_attrs),
                                        .make = &range_make};

/* ---- slice ---- */

#define SLICE_GETTER(field)                                                            \
    static struct tum_obj *slice_##field(struct tum_vm *vm, struct tum_obj **a,        \
                                         size_t n)                                     \
    {                                                                                  \
        (void)vm;                                                                      \
        (void)n;                                                                       \
        return tum_as_slice(a[0])->field;                                              \
    }
SLICE_GETTER(start)
SLICE_GETTER(stop)
SLICE_GETTER(step)

static struct tum_obj *slice_indices(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oslice *slice = tum_as_slice(a[0]);
    int64_t size, start, stop, step;
    struct tum_oseq *tuple;
    size_t count;

    (void)n;
    if (!tum_arg_index(vm, a[1], &size))
        return NULL;
    if (size < 0)
        return tum_raise_value(vm, "length should not be negative");
    if (tum_is_int(slice->step) && tum_as_int(slice->step)->v.kind == TUM_BIGINT)
        return tum_unsupported(vm, "a very long step");
    if (!tum_slice_bounds(vm, slice, (size_t)size, &start, &step, &count) ||
        !tum_slice_stop(vm, slice, (size_t)size, &stop))
        return NULL;
    tuple = tum_new_tuple(vm, 3);
    tuple->items[0] = tum_new_int(vm, start);
    tuple->items[1] = tum_new_int(vm, stop);
    tuple->items[2] = tum_new_int(vm, step);
    return &tuple->head;
}

static const struct tum_native slice_attrs[] = {
    {.name = "indices", .call = slice_indices, .min = 2, .max = 2},
    {.name = "start",
     .call = slice_start,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "step",
     .call = slice_step,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "stop",
     .call = slice_stop,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
};

static struct tum_obj *make_slice(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return tum_new_slice(vm, n > 1 ? a[0] : vm->none, a[n > 1],
                         n > 2 ? a[2] : vm->none);
}

static const struct tum_native slice_make = {
    .name = "slice", .call = make_slice, .min = 1, .max = 3, .flags = TUM_NATIVE_STACK};
const struct tum_type tum_type_slice = {.name = "slice",
                                        .kind = TUM_O_SLICE,
                                        .attrs = slice_attrs,
                                        .attr_count = TUM_LEN(slice_attrs),
                                        .make = &slice_make,
                                        .unhashable = true};
