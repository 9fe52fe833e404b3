/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap, the budget, failures; positions in texts, bounds of slices, dicts and sets
 * against simple models.
 */
#include "base/utf8.h"
#include "lang/expr.h"
#include "machine.h"

/* ---- heap and budget ---- */

START_TEST(heap)
{
    struct machine m;

    machine_init(&m);
    for (int round = 0; round < 5; round++) {
        char *nothing = tum_vm_alloc(&m.vm, 0);
        char *first = tum_vm_alloc(&m.vm, 10);

        ck_assert_ptr_nonnull(nothing);
        for (size_t n = 0; n < 3000; n += 7) {
            char *p = tum_vm_alloc(&m.vm, n);

            if (n > 0)
                memset(p, 'x', n);
            ck_assert_uint_eq((uintptr_t)p % 8, 0);
        }
        memset(first, 'y', 10);
        tum_new_number(&m.vm, tum_val_int(5));
        tum_heap_reset(&m.heap);
    }
    machine_release(&m);
}
END_TEST

START_TEST(memory_limit)
{
    struct machine m;

    machine_init(&m);
    ck_assert(tum_vm_room(&m.vm, TEST_MEMORY / 2));
    ck_assert(!tum_vm_room(&m.vm, TEST_MEMORY + 1));
    ck_assert_int_eq(m.vm.state, TUM_VM_UNSUPPORTED);
    tum_vm_begin(&m.vm, &m.heap, TEST_STEPS);
    ck_assert_int_eq(m.vm.state, TUM_VM_FINE);
    /* Small things are not asked for, but found out about. */
    while (tum_vm_step(&m.vm))
        memset(tum_vm_alloc(&m.vm, 1000), 'x', 1000);
    ck_assert_int_eq(m.vm.state, TUM_VM_UNSUPPORTED);
    ck_assert_uint_lt(m.heap.used, 2 * TEST_MEMORY);
    machine_release(&m);
}
END_TEST

START_TEST(step_limit)
{
    struct machine m;
    int64_t steps = 0;

    machine_init(&m);
    while (tum_vm_step(&m.vm))
        steps++;
    ck_assert_int_eq(m.vm.state, TUM_VM_UNSUPPORTED);
    ck_assert_int_le(steps, TEST_STEPS);
    ck_assert_int_ge(steps, TEST_STEPS - 10);
    tum_vm_begin(&m.vm, &m.heap, 100);
    ck_assert(tum_vm_work(&m.vm, 50));
    ck_assert(!tum_vm_work(&m.vm, 1000));
    machine_release(&m);
}
END_TEST

START_TEST(failures)
{
    struct machine m;

    machine_init(&m);
    ck_assert_ptr_null(tum_raise_value(&m.vm, "bad %s", "thing"));
    ck_assert(tum_raised(&m.vm, "ValueError"));
    tum_raise_type(&m.vm, "later");
    ck_assert(tum_raised(&m.vm, "ValueError")); /* the first stays */
    ck_assert(!tum_raised_lookup(&m.vm));
    tum_raised_clear(&m.vm);
    ck_assert(!tum_vm_failed(&m.vm));
    tum_raise_key(&m.vm, tum_new_strz(&m.vm, "k"));
    ck_assert(tum_raised_lookup(&m.vm));
    ck_assert(tum_str_is(m.vm.exc_text, "'k'"));
    tum_unsupported(&m.vm, "something"); /* stronger than an exception */
    ck_assert_int_eq(m.vm.state, TUM_VM_UNSUPPORTED);
    tum_raised_clear(&m.vm);
    ck_assert_int_eq(m.vm.state, TUM_VM_UNSUPPORTED);
    machine_release(&m);
}
END_TEST

/* ---- texts ---- */

START_TEST(positions)
{
    static const char text[] = "a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80z\xC3\xA9";
    static const size_t offsets[] = {0, 1, 3, 6, 10, 11, 13};
    struct tum_obj *o;
    struct machine m;

    machine_init(&m);
    o = tum_new_strz(&m.vm, text);
    ck_assert_uint_eq(tum_ostr_count(o), 6);
    ck_assert(!tum_ostr_is_ascii(o));
    /* In any order: the last position is remembered. */
    for (size_t i = 0; i < TUM_LEN(offsets); i++) {
        for (size_t k = 0; k < TUM_LEN(offsets); k++) {
            ck_assert_uint_eq(tum_ostr_offset(o, i), offsets[i]);
            ck_assert_uint_eq(tum_ostr_offset(o, k), offsets[k]);
            ck_assert_uint_eq(tum_ostr_index(o, offsets[i]), i);
        }
    }
    ck_assert_uint_eq(tum_ostr_offset(o, 100), 13);
    machine_release(&m);
}
END_TEST

/* ---- slices, against counting ---- */

static size_t count_slice(int64_t n, int64_t start, int64_t stop, int64_t step)
{
    size_t count = 0;
    int64_t i;

    if (start < 0)
        start = start + n < 0 ? (step < 0 ? -1 : 0) : start + n;
    if (stop < 0)
        stop = stop + n < 0 ? (step < 0 ? -1 : 0) : stop + n;
    if (start >= n)
        start = step < 0 ? n - 1 : n;
    if (stop > n)
        stop = n;
    for (i = start; step > 0 ? i < stop : i > stop; i += step)
        count += i >= 0 && i < n;
    return count;
}

START_TEST(slices)
{
    struct machine m;

    machine_init(&m);
    for (int64_t start = -7; start <= 7; start++) {
        for (int64_t stop = -7; stop <= 7; stop++) {
            for (int64_t step = -3; step <= 3; step++) {
                struct tum_oslice slice = {.start = tum_new_int(&m.vm, start),
                                           .stop = tum_new_int(&m.vm, stop),
                                           .step = step != 0 ? tum_new_int(&m.vm, step)
                                                             : m.vm.none};
                int64_t first, by;
                size_t n;

                ck_assert(tum_slice_bounds(&m.vm, &slice, _i, &first, &by, &n));
                ck_assert_int_eq(by, step != 0 ? step : 1);
                ck_assert_uint_eq(n, count_slice(_i, start, stop, by));
                for (size_t i = 0; i < n; i++) {
                    ck_assert_int_ge(first + (int64_t)i * by, 0);
                    ck_assert_int_lt(first + (int64_t)i * by, _i);
                }
            }
        }
    }
    machine_release(&m);
}
END_TEST

/* ---- dicts and sets, against arrays ---- */

#define KEYS 200

/* A small generator of numbers: the same every time. */
static uint32_t next_number(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

static struct tum_obj *make_key(struct machine *m, uint32_t i)
{
    char text[16];

    switch (i % 3) {
    case 0:
        return tum_new_int(&m->vm, i);
    case 1:
        return tum_new_float(&m->vm, i + 0.5);
    default:
        snprintf(text, sizeof(text), "key %u", i);
        return tum_new_str(&m->vm, tum_str_of(text));
    }
}

START_TEST(dicts)
{
    int64_t model[KEYS]; /* -1: absent */
    uint32_t state = (uint32_t)_i + 1;
    struct tum_odict *dict;
    size_t count = 0;
    struct machine m;

    machine_init(&m);
    dict = tum_new_dict(&m.vm);
    for (size_t i = 0; i < KEYS; i++)
        model[i] = -1;
    for (int64_t step = 0; step < 3000; step++) {
        uint32_t i = next_number(&state) % KEYS;
        struct tum_obj *key = make_key(&m, i), *value;

        ck_assert(tum_dict_get(&m.vm, dict, key, &value));
        ck_assert_int_eq(value != NULL, model[i] >= 0);
        if (value != NULL)
            ck_assert_int_eq(tum_as_int(value)->v.as.i, model[i]);
        if (next_number(&state) % 3 == 0) {
            ck_assert(tum_dict_remove(&m.vm, dict, key, &value));
            count -= value != NULL;
            model[i] = -1;
        } else {
            ck_assert(tum_dict_set(&m.vm, dict, key, tum_new_int(&m.vm, step)));
            count += model[i] < 0;
            model[i] = step;
        }
        ck_assert_uint_eq(dict->n, count);
    }
    size_t at = 0, walked = 0;

    while (tum_dict_next(dict, &at) != NULL)
        walked++;
    ck_assert_uint_eq(walked, count);
    machine_release(&m);
}
END_TEST

START_TEST(sets)
{
    bool model[KEYS] = {false};
    uint32_t state = (uint32_t)_i + 100;
    struct tum_oset *set;
    size_t count = 0;
    struct machine m;

    machine_init(&m);
    set = tum_new_set(&m.vm, false);
    for (int step = 0; step < 3000; step++) {
        uint32_t i = next_number(&state) % KEYS;
        struct tum_obj *key = make_key(&m, i);
        bool in;

        ck_assert(tum_oset_contains(&m.vm, set, key, &in));
        ck_assert_int_eq(in, model[i]);
        if (next_number(&state) % 2 == 0) {
            ck_assert(tum_oset_remove(&m.vm, set, key, &in));
            ck_assert_int_eq(in, model[i]);
            count -= model[i];
            model[i] = false;
        } else {
            ck_assert(tum_oset_add(&m.vm, set, key));
            count += !model[i];
            model[i] = true;
        }
        ck_assert_uint_eq(set->n, count);
    }
    size_t at = 0, walked = 0;

    while (tum_oset_next(set, &at) != NULL)
        walked++;
    ck_assert_uint_eq(walked, count);
    machine_release(&m);
}
END_TEST

/* Equal numbers of all types are one key; equal hashes follow. */
START_TEST(number_keys)
{
    struct machine m;
    uint64_t a, b, c;

    machine_init(&m);
    ck_assert(tum_op_hash(&m.vm, tum_new_int(&m.vm, 1), &a));
    ck_assert(tum_op_hash(&m.vm, tum_new_float(&m.vm, 1.0), &b));
    ck_assert(tum_op_hash(&m.vm, m.vm.yes, &c));
    ck_assert_uint_eq(a, b);
    ck_assert_uint_eq(a, c);
    for (int e = 0; e < 70; e++) {
        struct tum_obj *two = tum_new_int(&m.vm, 2), *i, *f;

        i = tum_op_binary(&m.vm, TUM_OP_POW, two, tum_new_int(&m.vm, e));
        f = tum_op_float(&m.vm, i);
        ck_assert(tum_op_hash(&m.vm, i, &a));
        ck_assert(tum_op_hash(&m.vm, f, &b));
        ck_assert_uint_eq(a, b);
    }
    machine_release(&m);
}
END_TEST

/* ---- sorting ---- */

START_TEST(sorting)
{
    struct tum_oseq *list;
    uint32_t state = (uint32_t)_i;
    struct machine m;
    bool less;

    machine_init(&m);
    list = tum_new_list(&m.vm, 0);
    for (int i = 0; i < _i * 13; i++)
        ck_assert(tum_olist_append(&m.vm, list,
                                   tum_new_int(&m.vm, next_number(&state) % 100)));
    ck_assert(tum_olist_sort(&m.vm, list, NULL, false));
    for (size_t i = 1; i < list->n; i++) {
        ck_assert(tum_op_less(&m.vm, list->items[i], list->items[i - 1], &less));
        ck_assert(!less);
    }
    ck_assert_uint_eq(list->n, (size_t)_i * 13);
    machine_release(&m);
}
END_TEST

/* ---- values ---- */

START_TEST(values)
{
    static const char json[] =
        "[null, true, 1, 2.5, \"\\u00e9\", [], {\"a\": {\"b\": [1]}},"
        " 123456789012345678901234567890]";
    struct tum_error *err = NULL;
    struct machine m;
    tum_val v, back;

    machine_init(&m);
    ck_assert(tum_json_read(tum_str_of(json), (struct tum_span){0}, &v, &err));
    ck_assert(tum_obj_to_val(&m.vm, tum_obj_of_val(&m.vm, v), &back));
    ck_assert(tum_val_same(v, back));
    tum_val_unref(back);
    tum_val_unref(v);
    ck_assert_str_eq(machine_repr(&m, tum_obj_of_val(&m.vm, tum_val_none())), "None");
    machine_release(&m);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, heap);
    tcase_add_test(t, memory_limit);
    tcase_add_test(t, step_limit);
    tcase_add_test(t, failures);
    tcase_add_test(t, positions);
    tcase_add_loop_test(t, slices, 0, 7);
    tcase_add_loop_test(t, dicts, 0, 4);
    tcase_add_loop_test(t, sets, 0, 4);
    tcase_add_test(t, number_keys);
    tcase_add_loop_test(t, sorting, 0, 10);
    tcase_add_test(t, values);
}

UNIT_MAIN("obj", add)
