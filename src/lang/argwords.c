/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CPython says about wrong arguments of its functions in C (each in one of several
 * manners) and of those of its modules in Python.
 */
#include "lang/argwords.h"
#include "lang/module.h"

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* "str.upper" for methods, "math.sqrt" for functions of a module in C. */
static void qualified_name(const struct tum_native *what, struct tum_obj *self,
                           struct tum_buf *out)
{
    const char *module = tum_module_of(what);

    if (self != NULL)
        tum_buf_addf(out, "%s.", self->type->name);
    else if (module != NULL)
        tum_buf_addf(out, "%s.", module);
    tum_buf_adds(out, what->name);
}

/* Parameters of each sort, self not counted. */
struct places {
    size_t min, max;    /* by position, or by name */
    size_t by_position; /* not by name; all of them must be given */
    size_t all;         /* with those by keyword only */
};

static struct places count_places(const struct tum_native *what, size_t selfs)
{
    struct places n = {.min = (size_t)what->min - selfs};
    const char *p = what->params;

    if (p == NULL) {
        n.max = n.all = what->max < 0 ? SIZE_MAX : (size_t)what->max - selfs;
        return n;
    }
    while (*p != '\0') {
        n.all++;
        n.max += *p != '*';
        n.by_position += *p == '-';
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
    return n;
}

size_t tum_args_places(const struct tum_native *what, size_t selfs)
{
    return what->params == NULL ? (size_t)what->max
                                : count_places(what, selfs).max + selfs;
}

/* Of a function whose parameters have names. */
static struct tum_obj *wrong_named_count(struct tum_vm *vm,
                                         const struct tum_native *what,
                                         const struct places *n,
                                         const struct tum_args *args)
{
    size_t given = args->n + args->nkw;
    size_t must = TUM_MIN(n->by_position, n->min);

    if (given > n->all)
        return tum_raise_type(vm, "%s() takes at most %zu %sargument%s (%zu given)",
                              what->name, n->all, args->n == 0 ? "keyword " : "",
                              plural(n->all), given);
    if (args->n > n->max && n->max == 0)
        return tum_raise_type(vm, "%s() takes no positional arguments", what->name);
    if (args->n > n->max)
        return tum_raise_type(vm, "%s() takes %s %zu positional argument%s (%zu given)",
                              what->name, n->min < n->max ? "at most" : "exactly",
                              n->max, plural(n->max), args->n);
    return tum_raise_type(vm, "%s() takes %s %zu positional argument%s (%zu given)",
                          what->name, must < n->max ? "at least" : "exactly", must,
                          plural(must), args->n);
}

/* ---- functions written in Python ---- */

/* The name of parameter `place`, without its mark. */
static struct tum_str param_name(const struct tum_native *what, size_t place)
{
    const char *p = what->params != NULL ? what->params : "a";

    for (size_t i = 0; i < place; i++) {
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
    p += *p == '*' || *p == '-';
    return tum_str_n(p, strcspn(p, " "));
}

static struct tum_obj *python_too_many(struct tum_vm *vm, const struct tum_native *what,
                                       const struct places *n, size_t given)
{
    if (n->min < n->max)
        return tum_raise_type(
            vm, "%s() takes from %zu to %zu positional arguments but %zu were given",
            what->name, n->min, n->max, given);
    return tum_raise_type(vm, "%s() takes %zu positional argument%s but %zu %s given",
                          what->name, n->max, plural(n->max), given,
                          given == 1 ? "was" : "were");
}

/* Required ones from place `from` on that were not given by name either. */
static struct tum_obj *python_missing(struct tum_vm *vm, const struct tum_native *what,
                                      const struct places *n,
                                      const struct tum_args *args)
{
    TUM_AUTO(tum_buf_release) struct tum_buf names = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t missing = 0, seen = 0;

    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = args->n; i < n->min; i++) {
            struct tum_str name = param_name(what, i);
            bool given = false;

            for (size_t k = 0; k < args->nkw; k++)
                given = given || tum_str_eq(tum_text_of(args->names[k]), name);
            if (given)
                continue;
            if (pass == 0) {
                missing++;
                continue;
            }
            if (seen > 0)
                tum_buf_adds(&names, missing == 2          ? " and "
                                     : seen + 1 == missing ? ", and "
                                                           : ", ");
            tum_buf_addf(&names, "'%.*s'", TUM_STR_ARG(name));
            seen++;
        }
    }
    return tum_raise_type(vm, "%s() missing %zu required positional argument%s: %s",
                          what->name, missing, plural(missing), names.s);
}

/* ---- for callers ---- */

struct tum_obj *tum_args_wrong_count(struct tum_vm *vm, const struct tum_native *what,
                                     struct tum_obj *self, const struct tum_args *args)
{
    TUM_AUTO(tum_buf_release) struct tum_buf name = TUM_BUF_INIT(TUM_BUF_ANY);
    struct places n = count_places(what, self != NULL);
    size_t bound = args->n < n.min ? n.min : n.max;
    const char *how = n.min == n.max ? "" : args->n < n.min ? "at least " : "at most ";

    if (self == NULL && tum_module_is_python(what))
        return args->n > n.max ? python_too_many(vm, what, &n, args->n)
                               : python_missing(vm, what, &n, args);
    qualified_name(what, self, &name);
    if ((what->flags & TUM_NATIVE_TUPLE) != 0)
        return tum_raise_type(vm, "%s() takes %s%zu argument%s (%zu given)", what->name,
                              how, bound, plural(bound), args->n);
    if (what->params != NULL && (what->flags & TUM_NATIVE_STACK) == 0)
        return wrong_named_count(vm, what, &n, args);
    if (n.max == 0 && (what->flags & TUM_NATIVE_STACK) == 0)
        return tum_raise_type(vm, "%s() takes no arguments (%zu given)", name.s,
                              args->n);
    if (n.min == 1 && n.max == 1 && (what->flags & TUM_NATIVE_STACK) == 0)
        return tum_raise_type(vm, "%s() takes exactly one argument (%zu given)", name.s,
                              args->n);
    return tum_raise_type(vm, "%s expected %s%zu argument%s, got %zu", what->name, how,
                          bound, plural(bound), args->n);
}

struct tum_obj *tum_args_missing(struct tum_vm *vm, const struct tum_native *what,
                                 struct tum_obj *self, const struct tum_args *args,
                                 size_t place)
{
    struct places n = count_places(what, self != NULL);

    if (what->params == NULL || (what->flags & TUM_NATIVE_STACK) != 0 ||
        args->n < n.by_position || (self == NULL && tum_module_is_python(what)))
        return tum_args_wrong_count(vm, what, self, args);
    return tum_raise_type(vm, "%s() missing required argument '%.*s' (pos %zu)",
                          what->name, TUM_STR_ARG(param_name(what, place)), place + 1);
}

bool tum_args_unknown_keyword(struct tum_vm *vm, const struct tum_native *what,
                              struct tum_obj *self, struct tum_str name)
{
    TUM_AUTO(tum_buf_release) struct tum_buf full = TUM_BUF_INIT(TUM_BUF_ANY);

    if (self == NULL && tum_module_is_python(what))
        return tum_raise_type_false(vm,
                                    "%s() got an unexpected keyword argument '%.*s'",
                                    what->name, TUM_STR_ARG(name));
    qualified_name(what, self, &full);
    if (what->params == NULL)
        return tum_raise_type_false(vm, "%s() takes no keyword arguments", full.s);
    return tum_raise_type_false(vm, "'%.*s' is an invalid keyword argument for %s()",
                                TUM_STR_ARG(name), what->name);
}

bool tum_args_twice(struct tum_vm *vm, const struct tum_native *what,
                    struct tum_str name, size_t place)
{
    if (tum_module_is_python(what))
        return tum_raise_type_false(vm, "%s() got multiple values for argument '%.*s'",
                                    what->name, TUM_STR_ARG(name));
    return tum_raise_type_false(
        vm, "argument for %s() given by name ('%.*s') and position (%zu)", what->name,
        TUM_STR_ARG(name), place);
}
