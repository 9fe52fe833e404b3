/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Built-in functions, and which names an expression finds without defining them.
 */
#include "base/utf8.h"
#include "lang/format.h"
#include "lang/iters.h"
#include "lang/module.h"
#include "lang/ops.h"
#include "value/vnum.h"

/* ---- elements ---- */

static struct tum_obj *all_or_any(struct tum_vm *vm, struct tum_obj *o, bool any)
{
    struct tum_obj *iter = tum_op_iter(vm, o), *item;
    bool is;

    while (iter != NULL && tum_iter_next(vm, iter, &item)) {
        if (!tum_op_truth(vm, item, &is))
            return NULL;
        if (is == any)
            return tum_new_bool(vm, any);
    }
    return tum_vm_failed(vm) ? NULL : tum_new_bool(vm, !any);
}

static struct tum_obj *fn_all(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return all_or_any(vm, a[0], false);
}
static struct tum_obj *fn_any(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return all_or_any(vm, a[0], true);
}

static struct tum_obj *fn_len(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    size_t count;

    (void)n;
    return tum_op_len(vm, a[0], &count) ? tum_new_size(vm, count) : NULL;
}

static struct tum_obj *fn_iter(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    return n == 1 ? tum_op_iter(vm, a[0]) : tum_unsupported(vm, "iter() of a function");
}

static struct tum_obj *fn_next(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *item;

    if (a[0]->type->next == NULL)
        return tum_raise_type(vm, "'%s' object is not an iterator", a[0]->type->name);
    if (tum_iter_next(vm, a[0], &item))
        return item;
    if (tum_vm_failed(vm))
        return NULL;
    return n > 1 ? a[1] : tum_raise(vm, "StopIteration", "%s", "");
}

static struct tum_obj *fn_sorted(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *list;
    bool reversed = false;

    (void)n;
    if (a[2] != NULL && !tum_is_int(a[2]))
        return tum_raise_type(vm, "'%s' object cannot be interpreted as an integer",
                              a[2]->type->name);
    if (a[2] != NULL && !tum_op_truth(vm, a[2], &reversed))
        return NULL;
    list = tum_op_list(vm, a[0]);
    return list != NULL && tum_olist_sort(vm, list, a[1], reversed) ? &list->head
                                                                    : NULL;
}

static struct tum_obj *fn_sum(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *iter, *item, *sum = a[1] != NULL ? a[1] : tum_new_int(vm, 0);

    (void)n;
    iter = tum_op_iter(vm, a[0]);
    if (iter == NULL)
        return NULL;
    if (tum_is_str(sum))
        return tum_raise_type(vm, "sum() can't sum strings [use ''.join(seq) instead]");
    if (tum_kind_of(sum) == TUM_O_BYTES)
        return tum_raise_type(vm, "sum() can't sum bytes [use b''.join(seq) instead]");
    while (tum_iter_next(vm, iter, &item)) {
        sum = tum_op_binary(vm, TUM_OP_ADD, sum, item);
        if (sum == NULL)
            return NULL;
    }
    return tum_vm_failed(vm) ? NULL : sum;
}

/* ---- min and max ---- */

struct extreme {
    const char *name;
    enum tum_cmpop op;
    struct tum_obj *key, *deflt;
};

static bool extreme_keywords(struct tum_vm *vm, const struct tum_args *args,
                             struct extreme *x)
{
    for (size_t i = 0; i < args->nkw; i++) {
        struct tum_str name = tum_text_of(args->names[i]);

        if (tum_str_is(name, "key"))
            x->key = tum_is_none(args->kw[i]) ? NULL : args->kw[i];
        else if (tum_str_is(name, "default"))
            x->deflt = args->kw[i];
        else
            return tum_raise_type_false(
                vm, "'%.*s' is an invalid keyword argument for %s()", TUM_STR_ARG(name),
                x->name);
    }
    return true;
}

static struct tum_obj *extreme_of(struct tum_vm *vm, struct tum_obj *iter,
                                  const struct extreme *x)
{
    struct tum_obj *best = NULL, *best_key = NULL, *item, *key;
    bool better;

    while (tum_iter_next(vm, iter, &item)) {
        key = x->key != NULL ? tum_op_call1(vm, x->key, item) : item;
        if (key == NULL)
            return NULL;
        better = best == NULL;
        if (best != NULL && !tum_op_holds(vm, x->op, key, best_key, &better))
            return NULL;
        if (better) {
            best = item;
            best_key = key;
        }
    }
    if (best != NULL || tum_vm_failed(vm))
        return tum_vm_failed(vm) ? NULL : best;
    return x->deflt != NULL
               ? x->deflt
               : tum_raise_value(vm, "%s() arg is an empty sequence", x->name);
}

static struct tum_obj *min_or_max(struct tum_vm *vm, const struct tum_args *args,
                                  const char *name, enum tum_cmpop op)
{
    struct extreme x = {.name = name, .op = op};
    struct tum_obj *from, *iter;

    if (args->n == 0)
        return tum_raise_type(vm, "%s expected at least 1 argument, got 0", name);
    if (!extreme_keywords(vm, args, &x))
        return NULL;
    from = args->v[0];
    if (args->n > 1) {
        struct tum_oseq *all = tum_new_tuple(vm, args->n);

        if (x.deflt != NULL)
            return tum_raise_type(vm,
                                  "Cannot specify a default for %s() with multiple "
                                  "positional arguments",
                                  name);
        memcpy(all->items, args->v, args->n * sizeof(*all->items));
        from = &all->head;
    }
    iter = tum_op_iter(vm, from);
    return iter != NULL ? extreme_of(vm, iter, &x) : NULL;
}

static struct tum_obj *fn_min(struct tum_vm *vm, struct tum_obj *self,
                              const struct tum_args *args)
{
    (void)self;
    return min_or_max(vm, args, "min", TUM_CMP_LT);
}
static struct tum_obj *fn_max(struct tum_vm *vm, struct tum_obj *self,
                              const struct tum_args *args)
{
    (void)self;
    return min_or_max(vm, args, "max", TUM_CMP_GT);
}

/* ---- numbers ---- */

static struct tum_obj *fn_abs(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_abs(vm, a[0]);
}

static struct tum_obj *fn_round(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_round(vm, a[0], a[1]);
}

static struct tum_obj *fn_divmod(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_error *err = NULL;
    double f, g, q, r;
    tum_val x, y;

    (void)n;
    if (tum_is_int(a[0]) && tum_is_int(a[1])) {
        if (!tum_int_divmod(tum_as_int(a[0])->v, tum_as_int(a[1])->v, &x, &y, &err))
            return tum_raise_error(vm, err);
        return tum_new_pair(vm, tum_new_number(vm, x), tum_new_number(vm, y));
    }
    if ((!tum_is_int(a[0]) && tum_kind_of(a[0]) != TUM_O_FLOAT) ||
        (!tum_is_int(a[1]) && tum_kind_of(a[1]) != TUM_O_FLOAT))
        return tum_raise_type(vm,
                              "unsupported operand type(s) for divmod(): '%s' and '%s'",
                              a[0]->type->name, a[1]->type->name);
    if (!tum_arg_double(vm, a[0], &f) || !tum_arg_double(vm, a[1], &g))
        return NULL;
    if (!tum_float_divmod(f, g, &q, &r, &err))
        return tum_raise_error(vm, err);
    return tum_new_pair(vm, tum_new_float(vm, q), tum_new_float(vm, r));
}

/* Bits of a modulus and an exponent that together take too long. */
#define POWMOD_BITS 20000

static struct tum_obj *fn_pow(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_error *err = NULL;
    tum_val v;

    (void)n;
    if (a[2] == NULL || tum_is_none(a[2]))
        return tum_op_binary(vm, TUM_OP_POW, a[0], a[1]);
    if (!tum_is_int(a[0]) || !tum_is_int(a[1]) || !tum_is_int(a[2])) {
        bool numbers = true;

        for (size_t i = 0; i < 3; i++)
            numbers = numbers && (tum_is_int(a[i]) || tum_kind_of(a[i]) == TUM_O_FLOAT);
        if (numbers)
            return tum_raise_type(
                vm, "pow() 3rd argument not allowed unless all arguments are integers");
        return tum_raise_type(
            vm, "unsupported operand type(s) for ** or pow(): '%s', '%s', '%s'",
            a[0]->type->name, a[1]->type->name, a[2]->type->name);
    }
    if (tum_int_bit_length(tum_as_int(a[2])->v) > POWMOD_BITS ||
        tum_int_bit_length(tum_as_int(a[1])->v) > POWMOD_BITS)
        return tum_unsupported(vm, "a very long power");
    return tum_int_powmod(tum_as_int(a[0])->v, tum_as_int(a[1])->v, tum_as_int(a[2])->v,
                          &v, &err)
               ? tum_new_number(vm, v)
               : tum_raise_error(vm, err);
}

static struct tum_obj *in_base(struct tum_vm *vm, struct tum_obj *o, const char *prefix,
                               int base)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    bool negative;

    if (!tum_is_int(o))
        return tum_raise_type(vm, "'%s' object cannot be interpreted as an integer",
                              o->type->name);
    negative = tum_int_sign(tum_as_int(o)->v) < 0;
    if (negative)
        tum_buf_addc(&out, '-');
    tum_buf_adds(&out, prefix);

    TUM_AUTO(tum_buf_release) struct tum_buf digits = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_int_write(&digits, tum_as_int(o)->v, base);
    tum_buf_add(&out, digits.s + negative, digits.len - negative);
    return tum_new_str_buf(vm, &out);
}

static struct tum_obj *fn_bin(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return in_base(vm, a[0], "0b", 2);
}
static struct tum_obj *fn_oct(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return in_base(vm, a[0], "0o", 8);
}
static struct tum_obj *fn_hex(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return in_base(vm, a[0], "0x", 16);
}

/* ---- texts ---- */

static struct tum_obj *fn_chr(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    int64_t c;

    (void)n;
    if (!tum_is_int(a[0]))
        return tum_raise_type(vm, "'%s' object cannot be interpreted as an integer",
                              a[0]->type->name);
    if (!tum_val_to_int64(tum_as_int(a[0])->v, &c) || c > INT32_MAX || c < INT32_MIN)
        return tum_raise(vm, "OverflowError",
                         "Python int too large to convert to C int");
    if (c < 0 || c > 0x10FFFF)
        return tum_raise_value(vm, "chr() arg not in range(0x110000)");
    return tum_new_char(vm, (uint32_t)c);
}

static struct tum_obj *fn_ord(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool bytes = tum_kind_of(a[0]) == TUM_O_BYTES;
    size_t count;
    uint32_t c;

    (void)n;
    if (!bytes && !tum_is_str(a[0]))
        return tum_raise_type(vm, "ord() expected string of length 1, but %s found",
                              a[0]->type->name);
    count = bytes ? tum_as_str(a[0])->n : tum_ostr_count(a[0]);
    if (count != 1)
        return tum_raise_type(
            vm, "ord() expected a character, but string of length %zu found", count);
    if (bytes)
        return tum_new_int(vm, (unsigned char)tum_as_str(a[0])->s[0]);
    tum_utf8_decode(tum_as_str(a[0])->s, tum_as_str(a[0])->n, &c);
    return tum_new_int(vm, c);
}

static struct tum_obj *fn_repr(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_op_repr(vm, a[0]);
}

static struct tum_obj *fn_ascii(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    (void)n;
    if (tum_op_write_ascii(vm, a[0], &text))
        return tum_new_str_buf(vm, &text);
    tum_buf_release(&text);
    return NULL;
}

static struct tum_obj *fn_format(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str spec = TUM_S("");

    (void)n;
    if (a[1] != NULL) {
        if (!tum_is_str(a[1]))
            return tum_raise_type(vm, "format() argument 2 must be str, not %s",
                                  a[1]->type->name);
        spec = tum_text_of(a[1]);
    }
    if (tum_format_value(vm, a[0], spec, &text))
        return tum_new_str_buf(vm, &text);
    tum_buf_release(&text);
    return NULL;
}

/* ---- objects ---- */

static struct tum_obj *fn_callable(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, tum_is_callable(a[0]));
}

static struct tum_obj *fn_getattr(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *found;

    (void)n;
    if (!tum_is_str(a[1]))
        return tum_raise_type(vm, "attribute name must be string, not '%s'",
                              a[1]->type->name);
    if (a[2] == NULL)
        return tum_op_getattr(vm, a[0], tum_text_of(a[1]));
    found = tum_op_findattr(vm, a[0], tum_text_of(a[1]));
    if (found != NULL || (tum_vm_failed(vm) && !tum_raised(vm, "AttributeError")))
        return found;
    tum_raised_clear(vm);
    return a[2];
}

static struct tum_obj *fn_hasattr(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *found;

    (void)n;
    if (!tum_is_str(a[1]))
        return tum_raise_type(vm, "attribute name must be string, not '%s'",
                              a[1]->type->name);
    found = tum_op_findattr(vm, a[0], tum_text_of(a[1]));
    if (found == NULL && tum_vm_failed(vm) && !tum_raised(vm, "AttributeError"))
        return NULL;
    tum_raised_clear(vm);
    return tum_new_bool(vm, found != NULL);
}

static struct tum_obj *fn_hash(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    uint64_t hash;

    (void)n;
    if (!tum_op_hash(vm, a[0], &hash))
        return NULL;
    if (tum_is_int(a[0]) || tum_kind_of(a[0]) == TUM_O_FLOAT)
        return tum_new_int(vm, (int64_t)hash);
    return tum_unsupported(vm, "the hash of an object");
}

/* `what` is a type, or a tuple of such. */
static bool is_of(struct tum_vm *vm, const struct tum_type *type, struct tum_obj *what,
                  bool instance, bool *ret)
{
    if (tum_kind_of(what) == TUM_O_TYPE) {
        *ret = tum_type_is(type, tum_as_type(what)->what);
        return true;
    }
    if (tum_kind_of(what) == TUM_O_TUPLE) {
        struct tum_oseq *all = tum_as_seq(what);

        *ret = false;
        for (size_t i = 0; !*ret && i < all->n; i++) {
            if (!tum_vm_stack(vm) || !is_of(vm, type, all->items[i], instance, ret))
                return false;
        }
        return true;
    }
    if (tum_kind_of(what) == TUM_O_OTHER)
        return tum_unsupported_false(vm, "a special type");
    if (instance)
        return tum_raise_type_false(
            vm, "isinstance() arg 2 must be a type, a tuple of types, or a union");
    return tum_raise_type_false(
        vm, "issubclass() arg 2 must be a class, a tuple of classes, or a union");
}

static struct tum_obj *fn_isinstance(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool is;

    (void)n;
    return is_of(vm, a[0]->type, a[1], true, &is) ? tum_new_bool(vm, is) : NULL;
}

static struct tum_obj *fn_issubclass(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool is;

    (void)n;
    if (tum_kind_of(a[0]) != TUM_O_TYPE)
        return tum_raise_type(vm, "issubclass() arg 1 must be a class");
    return is_of(vm, tum_as_type(a[0])->what, a[1], false, &is) ? tum_new_bool(vm, is)
                                                                : NULL;
}

/* ---- names ---- */

static const struct tum_native functions[] = {
    {.name = "abs", .call = fn_abs, .min = 1, .max = 1},
    {.name = "all", .call = fn_all, .min = 1, .max = 1},
    {.name = "any", .call = fn_any, .min = 1, .max = 1},
    {.name = "ascii", .call = fn_ascii, .min = 1, .max = 1},
    {.name = "bin", .call = fn_bin, .min = 1, .max = 1},
    {.name = "callable", .call = fn_callable, .min = 1, .max = 1},
    {.name = "chr", .call = fn_chr, .min = 1, .max = 1},
    {.name = "divmod", .call = fn_divmod, .min = 2, .max = 2},
    {.name = "format", .call = fn_format, .min = 1, .max = 2},
    {.name = "getattr", .call = fn_getattr, .min = 2, .max = 3},
    {.name = "hasattr", .call = fn_hasattr, .min = 2, .max = 2},
    {.name = "hash", .call = fn_hash, .min = 1, .max = 1},
    {.name = "hex", .call = fn_hex, .min = 1, .max = 1},
    {.name = "isinstance", .call = fn_isinstance, .min = 2, .max = 2},
    {.name = "issubclass", .call = fn_issubclass, .min = 2, .max = 2},
    {.name = "iter", .call = fn_iter, .min = 1, .max = 2},
    {.name = "len", .call = fn_len, .min = 1, .max = 1},
    {.name = "max", .raw = fn_max, .max = -1},
    {.name = "min", .raw = fn_min, .max = -1},
    {.name = "next", .call = fn_next, .min = 1, .max = 2},
    {.name = "oct", .call = fn_oct, .min = 1, .max = 1},
    {.name = "ord", .call = fn_ord, .min = 1, .max = 1},
    {.name = "pow", .call = fn_pow, .min = 2, .max = 3, .params = "base exp mod"},
    {.name = "repr", .call = fn_repr, .min = 1, .max = 1},
    {.name = "round", .call = fn_round, .min = 1, .max = 2, .params = "number ndigits"},
    {.name = "sorted",
     .call = fn_sorted,
     .min = 1,
     .max = 3,
     .params = "-iterable *key *reverse",
     .flags = TUM_NATIVE_STACK},
    {.name = "sum", .call = fn_sum, .min = 1, .max = 2, .params = "-iterable start"},
};

static const struct tum_type *const types[] = {
    &tum_type_bool,     &tum_type_bytes, &tum_type_dict,      &tum_type_enumerate,
    &tum_type_filter,   &tum_type_float, &tum_type_frozenset, &tum_type_int,
    &tum_type_list,     &tum_type_map,   &tum_type_object,    &tum_type_range,
    &tum_type_reversed, &tum_type_set,   &tum_type_slice,     &tum_type_str,
    &tum_type_tuple,    &tum_type_type,  &tum_type_zip,
};

/* Names that Python has and this has not. Those of exceptions go by their ending. */
static const char *const aliens[] = {
    "BaseException",
    "BaseExceptionGroup",
    "Exception",
    "ExceptionGroup",
    "GeneratorExit",
    "KeyboardInterrupt",
    "NotImplemented",
    "StopAsyncIteration",
    "StopIteration",
    "SystemExit",
    "aiter",
    "anext",
    "breakpoint",
    "bytearray",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dir",
    "eval",
    "exec",
    "exit",
    "globals",
    "help",
    "id",
    "input",
    "license",
    "locals",
    "memoryview",
    "open",
    "print",
    "property",
    "quit",
    "random",
    "setattr",
    "staticmethod",
    "super",
    "vars",
};

static bool is_alien(struct tum_str name)
{
    if (tum_str_ends(name, "Error") || tum_str_ends(name, "Warning") ||
        tum_str_starts(name, "__"))
        return true;
    for (size_t i = 0; i < TUM_LEN(aliens); i++) {
        if (tum_str_is(name, aliens[i]))
            return true;
    }
    return false;
}

struct tum_obj *tum_builtin(struct tum_vm *vm, struct tum_str name)
{
    struct tum_obj *module;

    for (size_t i = 0; i < TUM_LEN(functions); i++) {
        if (functions[i].name[0] == name.s[0] && tum_str_is(name, functions[i].name))
            return tum_new_native(vm, &functions[i]);
    }
    for (size_t i = 0; i < TUM_LEN(types); i++) {
        if (types[i]->name[0] == name.s[0] && tum_str_is(name, types[i]->name))
            return tum_new_type(vm, types[i]);
    }
    if (tum_str_is(name, "Ellipsis"))
        return vm->ellipsis;
    module = tum_module_named(vm, name);
    if (module != NULL || tum_vm_failed(vm))
        return module;
    return is_alien(name) ? tum_unsupported(vm, "a name") : NULL;
}
