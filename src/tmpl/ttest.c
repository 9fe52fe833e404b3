/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests: what may stand after `is`.
 */
#include "tmpl/tfilter.h"
#include "tmpl/tobj.h"

static struct tum_obj *t_defined(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, !tum_is_undefined(a[0]));
}

static struct tum_obj *t_undefined(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_is_undefined(a[0]));
}

static struct tum_obj *t_none(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_is_none(a[0]));
}

static struct tum_obj *t_boolean(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_kind_of(a[0]) == TUM_O_BOOL);
}

static struct tum_obj *t_true(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm,
                        tum_kind_of(a[0]) == TUM_O_BOOL && tum_as_int(a[0])->v.as.b);
}

static struct tum_obj *t_false(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm,
                        tum_kind_of(a[0]) == TUM_O_BOOL && !tum_as_int(a[0])->v.as.b);
}

static struct tum_obj *t_integer(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_kind_of(a[0]) == TUM_O_INT);
}

static struct tum_obj *t_float(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_kind_of(a[0]) == TUM_O_FLOAT);
}

static struct tum_obj *t_number(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_is_int(a[0]) || tum_kind_of(a[0]) == TUM_O_FLOAT);
}

static struct tum_obj *t_string(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_is_str(a[0]));
}

static struct tum_obj *t_mapping(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_kind_of(a[0]) == TUM_O_DICT);
}

/* What has a length and items. */
static struct tum_obj *t_sequence(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    switch (tum_kind_of(a[0])) {
    case TUM_O_STR:
    case TUM_O_BYTES:
    case TUM_O_LIST:
    case TUM_O_TUPLE:
    case TUM_O_DICT:
    case TUM_O_RANGE:
        return vm->yes;
    default:
        return tum_new_bool(vm, tum_is_undefined(a[0]));
    }
}

static struct tum_obj *t_iterable(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_is_iterable(a[0]));
}

static struct tum_obj *t_callable(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_is_callable(a[0]));
}

static struct tum_obj *t_escaped(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_is_markup(a[0]));
}

/* ---- numbers ---- */

/* value % by == rest */
static struct tum_obj *divides(struct tum_vm *vm, struct tum_obj *value,
                               struct tum_obj *by, int64_t rest)
{
    struct tum_obj *left = tum_op_binary(vm, TUM_OP_MOD, value, by);

    return left != NULL ? tum_op_compare(vm, TUM_CMP_EQ, left, tum_new_int(vm, rest))
                        : NULL;
}

static struct tum_obj *t_odd(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return divides(vm, a[0], tum_new_int(vm, 2), 1);
}

static struct tum_obj *t_even(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return divides(vm, a[0], tum_new_int(vm, 2), 0);
}

static struct tum_obj *t_divisibleby(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return divides(vm, a[0], a[1], 0);
}

/* ---- texts ---- */

static struct tum_obj *text_test(struct tum_vm *vm, struct tum_obj *o, const char *name)
{
    struct tum_obj *text = tum_op_str(vm, o);

    return text != NULL ? tum_tcall_method(vm, text, name, NULL, 0) : NULL;
}

static struct tum_obj *t_lower(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return text_test(vm, a[0], "islower");
}

static struct tum_obj *t_upper(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return text_test(vm, a[0], "isupper");
}

/* A key of a table, which must be hashable. */
static struct tum_obj *known(struct tum_vm *vm, struct tum_obj *o,
                             const struct tum_native *(*find)(struct tum_str name))
{
    uint64_t hash;

    if (!tum_op_hash(vm, o, &hash))
        return NULL;
    return tum_new_bool(vm, tum_is_str(o) && find(tum_text_of(o)) != NULL);
}

static struct tum_obj *t_filter(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return known(vm, a[0], tum_tfilter_find);
}

static struct tum_obj *t_test(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return known(vm, a[0], tum_ttest_find);
}

/* ---- comparisons ---- */

static struct tum_obj *t_in(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_compare(vm, TUM_CMP_IN, a[0], a[1]);
}

/*
 * Identity. Python keeps one object for each short text and small integer (which lang
 * does, too); other equal objects are not the same.
 */
static struct tum_obj *t_sameas(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool same = a[0] == a[1];

    (void)n;
    if (!same && a[0]->type == a[1]->type &&
        (tum_kind_of(a[0]) == TUM_O_TYPE ||
         (a[0]->type == &tum_type_str && tum_ostr_count(a[0]) <= 1)) &&
        !tum_op_eq(vm, a[0], a[1], &same))
        return NULL;
    return tum_new_bool(vm, same);
}

static struct tum_obj *t_eq(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_compare(vm, TUM_CMP_EQ, a[0], a[1]);
}

static struct tum_obj *t_ne(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_compare(vm, TUM_CMP_NE, a[0], a[1]);
}

static struct tum_obj *t_lt(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_compare(vm, TUM_CMP_LT, a[0], a[1]);
}

static struct tum_obj *t_le(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_compare(vm, TUM_CMP_LE, a[0], a[1]);
}

static struct tum_obj *t_gt(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_compare(vm, TUM_CMP_GT, a[0], a[1]);
}

static struct tum_obj *t_ge(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_compare(vm, TUM_CMP_GE, a[0], a[1]);
}

/* Sorted by name. */
static const struct tum_native rows[] = {
    {"!=", t_ne, 2, 2, "other", 0, NULL},
    {"<", t_lt, 2, 2, "other", 0, NULL},
    {"<=", t_le, 2, 2, "other", 0, NULL},
    {"==", t_eq, 2, 2, "other", 0, NULL},
    {">", t_gt, 2, 2, "other", 0, NULL},
    {">=", t_ge, 2, 2, "other", 0, NULL},
    {"boolean", t_boolean, 1, 1, "", 0, NULL},
    {"callable", t_callable, 1, 1, "", 0, NULL},
    {"defined", t_defined, 1, 1, "", 0, NULL},
    {"divisibleby", t_divisibleby, 2, 2, "num", 0, NULL},
    {"eq", t_eq, 2, 2, "other", 0, NULL},
    {"equalto", t_eq, 2, 2, "other", 0, NULL},
    {"escaped", t_escaped, 1, 1, "", 0, NULL},
    {"even", t_even, 1, 1, "", 0, NULL},
    {"false", t_false, 1, 1, "", 0, NULL},
    {"filter", t_filter, 1, 1, "", 0, NULL},
    {"float", t_float, 1, 1, "", 0, NULL},
    {"ge", t_ge, 2, 2, "other", 0, NULL},
    {"greaterthan", t_gt, 2, 2, "other", 0, NULL},
    {"gt", t_gt, 2, 2, "other", 0, NULL},
    {"in", t_in, 2, 2, "seq", 0, NULL},
    {"integer", t_integer, 1, 1, "", 0, NULL},
    {"iterable", t_iterable, 1, 1, "", 0, NULL},
    {"le", t_le, 2, 2, "other", 0, NULL},
    {"lessthan", t_lt, 2, 2, "other", 0, NULL},
    {"lower", t_lower, 1, 1, "", 0, NULL},
    {"lt", t_lt, 2, 2, "other", 0, NULL},
    {"mapping", t_mapping, 1, 1, "", 0, NULL},
    {"ne", t_ne, 2, 2, "other", 0, NULL},
    {"none", t_none, 1, 1, "", 0, NULL},
    {"number", t_number, 1, 1, "", 0, NULL},
    {"odd", t_odd, 1, 1, "", 0, NULL},
    {"sameas", t_sameas, 2, 2, "other", 0, NULL},
    {"sequence", t_sequence, 1, 1, "", 0, NULL},
    {"string", t_string, 1, 1, "", 0, NULL},
    {"test", t_test, 1, 1, "", 0, NULL},
    {"true", t_true, 1, 1, "", 0, NULL},
    {"undefined", t_undefined, 1, 1, "", 0, NULL},
    {"upper", t_upper, 1, 1, "", 0, NULL},
};

const struct tum_native *tum_ttest_find(struct tum_str name)
{
    size_t low = 0, high = TUM_LEN(rows);

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = tum_str_cmp(name, tum_str_of(rows[mid].name));

        if (order == 0)
            return &rows[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

bool tum_ttest_call(struct tum_vm *vm, struct tum_obj *name, struct tum_obj *subject,
                    const struct tum_args *args, bool *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct tum_native *test = NULL;
    struct tum_obj *o;

    if (tum_is_str(name))
        test = tum_ttest_find(tum_text_of(name));
    if (test != NULL) {
        o = tum_native_call(vm, test, subject, args);
        return o != NULL && tum_op_truth(vm, o, ret);
    }
    return tum_op_write_repr(vm, name, &text) &&
           tum_raise_false(vm, "TemplateRuntimeError", "no test named %s", text.s);
}
