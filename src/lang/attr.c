/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes: the tables of the types, what all objects have, and what types and modules
 * have themselves.
 */
#include "lang/expr.h"
#include "lang/module.h"
#include "lang/ops.h"

bool tum_type_is(const struct tum_type *type, const struct tum_type *what)
{
    if (what == &tum_type_object)
        return true;
    for (; type != NULL; type = type->base) {
        if (type == what)
            return true;
    }
    return false;
}

const struct tum_native *tum_type_attr(const struct tum_type *type, struct tum_str name)
{
    for (; type != NULL; type = type->base) {
        size_t low = 0, high = type->attr_count;

        while (low < high) {
            size_t mid = (low + high) / 2;
            int way = tum_str_cmp(name, tum_str_of(type->attrs[mid].name));

            if (way == 0)
                return &type->attrs[mid];
            if (way < 0)
                high = mid;
            else
                low = mid + 1;
        }
    }
    return NULL;
}

/* ---- special names ---- */

/* `x.__add__` and the like, where the operator is defined for two of the kind. */
static struct tum_obj *dunder_binary(struct tum_vm *vm, enum tum_binop op,
                                     struct tum_obj **a)
{
    if (tum_kind_of(a[0]) != tum_kind_of(a[1]))
        return tum_unsupported(vm, "NotImplemented");
    return tum_op_binary(vm, op, a[0], a[1]);
}

static struct tum_obj *dunder_compare(struct tum_vm *vm, enum tum_cmpop op,
                                      struct tum_obj **a)
{
    if (tum_kind_of(a[0]) != tum_kind_of(a[1]))
        return tum_unsupported(vm, "NotImplemented");
    return tum_op_compare(vm, op, a[0], a[1]);
}

static struct tum_obj *dunder_add(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return dunder_binary(vm, TUM_OP_ADD, a);
}
static struct tum_obj *dunder_mul(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return dunder_binary(vm, TUM_OP_MUL, a);
}
static struct tum_obj *dunder_sub(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return dunder_binary(vm, TUM_OP_SUB, a);
}
static struct tum_obj *dunder_eq(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return dunder_compare(vm, TUM_CMP_EQ, a);
}
static struct tum_obj *dunder_ne(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return dunder_compare(vm, TUM_CMP_NE, a);
}
static struct tum_obj *dunder_contains(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_compare(vm, TUM_CMP_IN, a[1], a[0]);
}
static struct tum_obj *dunder_getitem(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_getitem(vm, a[0], a[1]);
}
static struct tum_obj *dunder_len(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    size_t count;

    (void)n;
    return tum_op_len(vm, a[0], &count) ? tum_new_size(vm, count) : NULL;
}
static struct tum_obj *dunder_str(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_str(vm, a[0]);
}
static struct tum_obj *dunder_repr(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_repr(vm, a[0]);
}
static struct tum_obj *dunder_iter(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_iter(vm, a[0]);
}

enum { ARITHMETIC = 1, SIZED = 2, ANY = 4 };

static const struct {
    struct tum_native native;
    unsigned needs;
} dunders[] = {
    {{.name = "__add__", .call = dunder_add, .min = 2, .max = 2}, ARITHMETIC},
    {{.name = "__contains__", .call = dunder_contains, .min = 2, .max = 2}, SIZED},
    {{.name = "__eq__", .call = dunder_eq, .min = 2, .max = 2}, ANY},
    {{.name = "__getitem__", .call = dunder_getitem, .min = 2, .max = 2}, SIZED},
    {{.name = "__iter__", .call = dunder_iter, .min = 1, .max = 1}, SIZED},
    {{.name = "__len__", .call = dunder_len, .min = 1, .max = 1}, SIZED},
    {{.name = "__mul__", .call = dunder_mul, .min = 2, .max = 2}, ARITHMETIC},
    {{.name = "__ne__", .call = dunder_ne, .min = 2, .max = 2}, ANY},
    {{.name = "__repr__", .call = dunder_repr, .min = 1, .max = 1}, ANY},
    {{.name = "__str__", .call = dunder_str, .min = 1, .max = 1}, ANY},
    {{.name = "__sub__", .call = dunder_sub, .min = 2, .max = 2}, ARITHMETIC},
};

static unsigned dunder_kinds(const struct tum_obj *o)
{
    switch (tum_kind_of(o)) {
    case TUM_O_BOOL:
    case TUM_O_INT:
    case TUM_O_FLOAT:
        return ARITHMETIC | ANY;
    case TUM_O_STR:
    case TUM_O_LIST:
    case TUM_O_TUPLE:
    case TUM_O_DICT:
        return SIZED | ANY;
    default:
        return 0;
    }
}

/* An attribute that Python has and this has not. Templates, with nobody to hand it over
   to, take it as not there. */
static struct tum_obj *elsewhere(struct tum_vm *vm, const char *what)
{
    return vm->hooks != NULL ? NULL : tum_unsupported(vm, what);
}

static struct tum_obj *find_dunder(struct tum_vm *vm, struct tum_obj *o,
                                   struct tum_str name)
{
    unsigned has = dunder_kinds(o);

    if (tum_str_is(name, "__class__"))
        return tum_new_type(vm, o->type);
    for (size_t i = 0; i < TUM_LEN(dunders); i++) {
        if ((dunders[i].needs & has) != 0 && tum_str_is(name, dunders[i].native.name))
            return tum_new_bound(vm, &dunders[i].native, o);
    }
    return elsewhere(vm, "a special attribute");
}

/* ---- types, functions, modules ---- */

static struct tum_obj *type_attr(struct tum_vm *vm, const struct tum_type *what,
                                 struct tum_str name)
{
    const struct tum_native *attr = tum_type_attr(what, name);
    struct tum_onative *method;

    if (tum_str_is(name, "__name__") || tum_str_is(name, "__qualname__"))
        return tum_new_strz(vm, what->name);
    if (attr == NULL && (tum_str_starts(name, "__") || tum_str_is(name, "mro")))
        return elsewhere(vm, "a special attribute");
    if (attr == NULL)
        return what->unsupported_attrs ? elsewhere(vm, "an attribute") : NULL;
    if ((attr->flags & (TUM_NATIVE_ALIEN | TUM_NATIVE_GETTER)) != 0)
        return elsewhere(vm, attr->name);
    if ((attr->flags & TUM_NATIVE_STATIC) != 0)
        return tum_new_native(vm, attr);
    method = tum_as_native(tum_new_native(vm, attr));
    method->head.type = &tum_type_method;
    method->owner = what;
    return &method->head;
}

static bool is_function_name(struct tum_str name)
{
    return tum_str_is(name, "__name__") || tum_str_is(name, "__qualname__");
}

static struct tum_obj *special_attr(struct tum_vm *vm, struct tum_obj *o,
                                    struct tum_str name)
{
    switch (tum_kind_of(o)) {
    case TUM_O_TYPE:
        return type_attr(vm, tum_as_type(o)->what, name);
    case TUM_O_MODULE:
        if (tum_str_is(name, "__name__"))
            return tum_new_strz(vm, tum_as_module(o)->what->name);
        return tum_module_get(vm, tum_as_module(o)->what, name);
    case TUM_O_NATIVE:
        if (tum_str_is(name, "__name__"))
            return tum_new_strz(vm, tum_as_native(o)->what->name);
        break;
    case TUM_O_LAMBDA:
        if (is_function_name(name))
            return tum_new_strz(vm, "<lambda>");
        break;
    default:
        break;
    }
    if (tum_str_starts(name, "__") && tum_str_ends(name, "__"))
        return find_dunder(vm, o, name);
    return o->type->unsupported_attrs ? elsewhere(vm, "an attribute") : NULL;
}

/* ---- lookup ---- */

struct tum_obj *tum_op_findattr(struct tum_vm *vm, struct tum_obj *o,
                                struct tum_str name)
{
    const struct tum_native *attr;
    struct tum_obj *found = NULL;

    if (o->type->getattr != NULL && o->type->getattr(vm, o, name, &found))
        return found;
    if (tum_vm_failed(vm))
        return NULL;
    attr = tum_type_attr(o->type, name);
    if (attr == NULL)
        return special_attr(vm, o, name);
    if ((attr->flags & TUM_NATIVE_ALIEN) != 0)
        return elsewhere(vm, attr->name);
    if ((attr->flags & TUM_NATIVE_GETTER) != 0)
        return attr->call(vm, &o, 1);
    if ((attr->flags & TUM_NATIVE_STATIC) != 0)
        return tum_new_native(vm, attr);
    return tum_new_bound(vm, attr, o);
}

struct tum_obj *tum_op_getattr(struct tum_vm *vm, struct tum_obj *o,
                               struct tum_str name)
{
    struct tum_obj *found = tum_op_findattr(vm, o, name);

    if (found != NULL || tum_vm_failed(vm))
        return found;
    if (tum_kind_of(o) == TUM_O_TYPE)
        return tum_raise(vm, "AttributeError",
                         "type object '%s' has no attribute '%.*s'",
                         tum_as_type(o)->what->name, TUM_STR_ARG(name));
    /* An earlier expression may have set it on the module, in the worker. */
    if (tum_kind_of(o) == TUM_O_MODULE && vm->host != NULL && vm->host->worker_started)
        return tum_unsupported(vm, "an attribute of a module");
    if (tum_kind_of(o) == TUM_O_MODULE)
        return tum_raise(vm, "AttributeError", "module '%s' has no attribute '%.*s'",
                         tum_as_module(o)->what->name, TUM_STR_ARG(name));
    return tum_raise(vm, "AttributeError", "'%s' object has no attribute '%.*s'",
                     o->type->name, TUM_STR_ARG(name));
}
