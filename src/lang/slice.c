/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indexes and slices: numbers to places in sequences.
 */
#include "lang/ops.h"
#include "value/vnum.h"

bool tum_arg_index(struct tum_vm *vm, struct tum_obj *o, int64_t *ret)
{
    if (!tum_is_int(o))
        return tum_raise_type_false(
            vm, "'%s' object cannot be interpreted as an integer", o->type->name);
    return tum_val_to_int64(tum_as_int(o)->v, ret) ||
           tum_raise_false(vm, "OverflowError",
                           "Python int too large to convert to C ssize_t");
}

bool tum_arg_index_clip(struct tum_vm *vm, struct tum_obj *o, int64_t *ret)
{
    if (!tum_is_int(o))
        return tum_raise_type_false(
            vm, "'%s' object cannot be interpreted as an integer", o->type->name);
    if (!tum_val_to_int64(tum_as_int(o)->v, ret))
        *ret = tum_int_sign(tum_as_int(o)->v) < 0 ? INT64_MIN : INT64_MAX;
    return true;
}

/* A bound of a slice: an integer of any size, or None. */
static bool slice_part(struct tum_vm *vm, struct tum_obj *o, int64_t deflt,
                       int64_t *ret)
{
    if (o == NULL || tum_is_none(o)) {
        *ret = deflt;
        return true;
    }
    if (!tum_is_int(o))
        return tum_raise_type_false(vm,
                                    "slice indices must be integers or None or have "
                                    "an __index__ method");
    return tum_arg_index_clip(vm, o, ret);
}

/* Counts from the end when negative, then clips to low … high. */
static int64_t clip(int64_t i, int64_t n, int64_t low, int64_t high)
{
    if (i < 0)
        i = i < -n - 1 ? -1 : i + n;
    return i < low ? low : i > high ? high : i;
}

bool tum_arg_bounds(struct tum_vm *vm, struct tum_obj *start, struct tum_obj *stop,
                    size_t n, size_t *ret_start, size_t *ret_stop)
{
    int64_t from, to, size = (int64_t)n;

    if (!slice_part(vm, start, 0, &from) || !slice_part(vm, stop, INT64_MAX, &to))
        return false;
    /* The start is not clipped at the end: beyond it nothing is found, not even ''. */
    if (from < 0)
        from = clip(from, size, 0, size);
    *ret_start = (size_t)from;
    *ret_stop = (size_t)clip(to, size, 0, size);
    return true;
}

/* All three parts of a slice on n elements, within -1 … n. */
static bool resolve(struct tum_vm *vm, struct tum_oslice *slice, int64_t n,
                    int64_t *ret_start, int64_t *ret_stop, int64_t *ret_step)
{
    int64_t low, high;

    if (!slice_part(vm, slice->step, 1, ret_step))
        return false;
    if (*ret_step == 0)
        return tum_raise_value_false(vm, "slice step cannot be zero");
    *ret_step = TUM_MAX(*ret_step, -INT64_MAX);
    low = *ret_step > 0 ? 0 : -1;
    high = *ret_step > 0 ? n : n - 1;
    if (!slice_part(vm, slice->start, *ret_step > 0 ? 0 : INT64_MAX, ret_start) ||
        !slice_part(vm, slice->stop, INT64_MAX, ret_stop))
        return false;
    *ret_start = clip(*ret_start, n, low, high);
    /* A stop left out is before the first element then, which no index can say. */
    if (*ret_step < 0 && (slice->stop == NULL || tum_is_none(slice->stop)))
        *ret_stop = -1;
    else
        *ret_stop = clip(*ret_stop, n, low, high);
    return true;
}

bool tum_slice_stop(struct tum_vm *vm, struct tum_oslice *slice, size_t n, int64_t *ret)
{
    int64_t start, step;

    return resolve(vm, slice, (int64_t)n, &start, ret, &step);
}

bool tum_slice_bounds(struct tum_vm *vm, struct tum_oslice *slice, size_t n,
                      int64_t *ret_start, int64_t *ret_step, size_t *ret_n)
{
    int64_t start, stop, step;

    if (!resolve(vm, slice, (int64_t)n, &start, &stop, &step))
        return false;
    *ret_n = 0;
    if (step > 0 && start < stop)
        *ret_n = (size_t)((stop - start - 1) / step + 1);
    else if (step < 0 && stop < start)
        *ret_n = (size_t)((start - stop - 1) / -step + 1);
    *ret_start = start;
    *ret_step = step;
    return true;
}
