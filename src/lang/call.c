/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls: which argument goes where, for functions in C and for lambdas.
 */
#include "lang/call.h"
#include "lang/argwords.h"

/* Most parameters of a function in C that are told apart. */
#define PLACES 12

const char *tum_callable_name(struct tum_obj *f)
{
    switch (tum_kind_of(f)) {
    case TUM_O_NATIVE:
        return tum_as_native(f)->what->name;
    case TUM_O_TYPE:
        return tum_as_type(f)->what->name;
    case TUM_O_LAMBDA:
        return "<lambda>";
    default:
        return f->type->name;
    }
}

/* ---- functions in C ---- */

/* The place of a parameter by its name; SIZE_MAX: not by keyword. */
static size_t find_place(const struct tum_native *what, struct tum_str name)
{
    const char *p = what->params;

    for (size_t i = 0; p != NULL && *p != '\0'; i++) {
        size_t n = strcspn(p, " ");
        struct tum_str word = tum_str_n(p, n);

        if (*p == '*')
            word = tum_str_n(p + 1, n - 1);
        if (*p != '-' && tum_str_eq(word, name))
            return i;
        p += n;
        p += strspn(p, " ");
    }
    return SIZE_MAX;
}

static bool place_keywords(struct tum_vm *vm, const struct tum_native *what,
                           struct tum_obj *self, const struct tum_args *args,
                           struct tum_obj **places)
{
    for (size_t i = 0; i < args->nkw; i++) {
        struct tum_str name = tum_text_of(args->names[i]);
        size_t place = find_place(what, name);

        if (place == SIZE_MAX)
            return tum_args_unknown_keyword(vm, what, self, name);
        place += self != NULL;
        if (places[place] != NULL)
            return tum_args_twice(vm, what, name, place + 1 - (self != NULL));
        places[place] = args->kw[i];
    }
    return true;
}

static struct tum_obj *call_any_number(struct tum_vm *vm, const struct tum_native *what,
                                       struct tum_obj *self,
                                       const struct tum_args *args)
{
    struct tum_obj *few[PLACES], **all = few;
    size_t selfs = self != NULL, n = args->n + selfs;

    if (args->nkw > 0)
        return tum_raise_type(vm, "%s() takes no keyword arguments", what->name);
    if (n < (size_t)what->min)
        return tum_args_wrong_count(vm, what, self, args);
    if (self == NULL)
        return what->call(vm, args->v, n);
    if (n > PLACES)
        all = tum_vm_array(vm, struct tum_obj *, n);
    all[0] = self;
    if (args->n != 0)
        memcpy(all + 1, args->v, args->n * sizeof(*all));
    return what->call(vm, all, n);
}

struct tum_obj *tum_native_call(struct tum_vm *vm, const struct tum_native *what,
                                struct tum_obj *self, const struct tum_args *args)
{
    struct tum_obj *places[PLACES];
    size_t selfs = self != NULL, n = args->n + selfs;

    if ((what->flags & TUM_NATIVE_ALIEN) != 0)
        return tum_unsupported(vm, what->name);
    if (what->raw != NULL)
        return what->raw(vm, self, args);
    if (what->max < 0)
        return call_any_number(vm, what, self, args);
    if (n > tum_args_places(what, selfs))
        return tum_args_wrong_count(vm, what, self, args);
    memset(places, 0, (size_t)what->max * sizeof(*places));
    if (self != NULL)
        places[0] = self;
    for (size_t i = 0; i < args->n; i++)
        places[selfs + i] = args->v[i];
    if (args->nkw > 0 && !place_keywords(vm, what, self, args, places))
        return NULL;
    for (size_t i = n; i < (size_t)what->min; i++) {
        if (places[i] == NULL)
            return tum_args_missing(vm, what, self, args, i - selfs);
    }
    return what->call(vm, places, n);
}

/* str.upper('x'): the first argument is self. */
static struct tum_obj *call_unbound(struct tum_vm *vm, struct tum_onative *f,
                                    const struct tum_args *args)
{
    struct tum_args rest = *args;

    if (args->n == 0)
        return tum_raise_type(vm, "unbound method %s.%s() needs an argument",
                              f->owner->name, f->what->name);
    if (!tum_type_is(args->v[0]->type, f->owner))
        return tum_raise_type(
            vm, "descriptor '%s' for '%s' objects doesn't apply to a '%s' object",
            f->what->name, f->owner->name, args->v[0]->type->name);
    rest.v++;
    rest.n--;
    return tum_native_call(vm, f->what, args->v[0], &rest);
}

/* ---- lambdas ---- */

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

struct binding {
    struct tum_vm *vm;
    const struct tum_params *params;
    const struct tum_args *args;
    struct tum_obj **slots;
    uint32_t named; /* parameters with a name of their own */
};

static struct tum_obj *too_many(struct binding *b, struct tum_obj **defaults)
{
    const struct tum_params *p = b->params;
    size_t optional = 0, given = b->args->n, keyword_only = 0;
    TUM_AUTO(tum_buf_release) struct tum_buf extra = TUM_BUF_INIT(TUM_BUF_ANY);

    for (uint32_t i = 0; i < p->positional; i++)
        optional += defaults[i] != NULL;
    for (uint32_t i = p->positional; i < b->named; i++)
        keyword_only += b->slots[i] != NULL;
    if (keyword_only > 0)
        tum_buf_addf(&extra, " positional argument%s (and %zu keyword-only argument%s)",
                     plural(given), keyword_only, plural(keyword_only));
    if (optional > 0)
        return tum_raise_type(
            b->vm,
            "<lambda>() takes from %zu to %u positional arguments but "
            "%zu%s %s given",
            p->positional - optional, p->positional, given, extra.s,
            given == 1 && keyword_only == 0 ? "was" : "were");
    return tum_raise_type(
        b->vm, "<lambda>() takes %u positional argument%s but %zu%s %s given",
        p->positional, plural(p->positional), given, extra.s,
        given == 1 && keyword_only == 0 ? "was" : "were");
}

static bool bind_keyword(struct binding *b, struct tum_odict *rest,
                         struct tum_obj *name, struct tum_obj *value)
{
    const struct tum_params *p = b->params;
    struct tum_str text = tum_text_of(name);

    for (uint32_t i = p->positional_only; i < b->named; i++) {
        if (!tum_str_eq(p->list[i].name, text))
            continue;
        if (b->slots[i] != NULL)
            return tum_raise_type_false(
                b->vm, "<lambda>() got multiple values for argument '%.*s'",
                TUM_STR_ARG(text));
        b->slots[i] = value;
        return true;
    }
    if (rest != NULL)
        return tum_dict_set(b->vm, rest, name, value);
    for (uint32_t i = 0; i < p->positional_only; i++) {
        if (tum_str_eq(p->list[i].name, text))
            return tum_raise_type_false(b->vm,
                                        "<lambda>() got some positional-only arguments "
                                        "passed as keyword arguments: '%.*s'",
                                        TUM_STR_ARG(text));
    }
    return tum_raise_type_false(b->vm,
                                "<lambda>() got an unexpected keyword argument '%.*s'",
                                TUM_STR_ARG(text));
}

/* Parameters from `from` to before `to` without a value. */
static bool check_missing(struct binding *b, uint32_t from, uint32_t to,
                          const char *kind)
{
    TUM_AUTO(tum_buf_release) struct tum_buf names = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t missing = 0, seen = 0;

    for (uint32_t i = from; i < to; i++)
        missing += b->slots[i] == NULL;
    if (missing == 0)
        return true;
    for (uint32_t i = from; i < to; i++) {
        if (b->slots[i] != NULL)
            continue;
        if (seen > 0)
            tum_buf_adds(&names, missing == 2          ? " and "
                                 : seen + 1 == missing ? ", and "
                                                       : ", ");
        tum_buf_addf(&names, "'%.*s'", TUM_STR_ARG(b->params->list[i].name));
        seen++;
    }
    return tum_raise_type_false(b->vm,
                                "<lambda>() missing %zu required %s argument%s: %s",
                                missing, kind, plural(missing), names.s);
}

static bool bind_args(struct binding *b, struct tum_obj **defaults)
{
    const struct tum_params *p = b->params;
    const struct tum_args *args = b->args;
    size_t direct = TUM_MIN(args->n, (size_t)p->positional);
    struct tum_odict *rest = NULL;

    if (p->dstar) {
        rest = tum_new_dict(b->vm);
        b->slots[b->named + p->star] = &rest->head;
    }
    for (size_t i = 0; i < direct; i++)
        b->slots[i] = args->v[i];
    if (p->star) {
        struct tum_oseq *star = tum_new_tuple(b->vm, args->n - direct);

        for (size_t i = 0; i < star->n; i++)
            star->items[i] = args->v[direct + i];
        b->slots[b->named] = &star->head;
    }
    for (size_t i = 0; i < args->nkw; i++) {
        if (!bind_keyword(b, rest, args->names[i], args->kw[i]))
            return false;
    }
    if (args->n > p->positional && !p->star)
        return TUM_FALSE_AFTER(too_many(b, defaults));
    for (uint32_t i = 0; i < b->named; i++) {
        if (b->slots[i] == NULL)
            b->slots[i] = defaults[i];
    }
    return check_missing(b, 0, p->positional, "positional") &&
           check_missing(b, p->positional, b->named, "keyword-only");
}

static struct tum_obj *call_lambda(struct tum_vm *vm, struct tum_obj *o,
                                   const struct tum_args *args)
{
    struct tum_olambda *f = (struct tum_olambda *)o;
    const struct tum_params *p = f->node->params;
    struct tum_frame *frame = tum_frame_new(vm, f->frame, f->node->frame_size);
    struct binding b = {.vm = vm,
                        .params = p,
                        .args = args,
                        .slots = frame->slots,
                        .named = p->positional + p->keyword_only};

    if (!bind_args(&b, f->defaults))
        return NULL;
    return tum_eval(vm, f->node->a, frame);
}

/* ---- any call ---- */

bool tum_is_callable(struct tum_obj *o)
{
    switch (tum_kind_of(o)) {
    case TUM_O_NATIVE:
    case TUM_O_LAMBDA:
    case TUM_O_TYPE:
        return true;
    default:
        return o->type->call != NULL;
    }
}

struct tum_obj *tum_op_call(struct tum_vm *vm, struct tum_obj *f,
                            const struct tum_args *args)
{
    const struct tum_type *what;

    if (!tum_vm_step(vm) || !tum_vm_stack(vm))
        return NULL;
    switch (tum_kind_of(f)) {
    case TUM_O_NATIVE:
        if (f->type == &tum_type_method)
            return call_unbound(vm, tum_as_native(f), args);
        return tum_native_call(vm, tum_as_native(f)->what, tum_as_native(f)->self,
                               args);
    case TUM_O_LAMBDA:
        return call_lambda(vm, f, args);
    case TUM_O_TYPE:
        what = tum_as_type(f)->what;
        if (what->make == NULL)
            return tum_unsupported(vm, "making an object of this type");
        return tum_native_call(vm, what->make, NULL, args);
    default:
        if (f->type->call != NULL)
            return f->type->call(vm, f, args);
        return tum_raise_type(vm, "'%s' object is not callable", f->type->name);
    }
}

struct tum_obj *tum_op_call1(struct tum_vm *vm, struct tum_obj *f, struct tum_obj *a)
{
    struct tum_args args = {.v = &a, .n = 1};

    return tum_op_call(vm, f, &args);
}

const struct tum_type tum_type_lambda = {
    .name = "function", .kind = TUM_O_LAMBDA, .unsupported_attrs = true};
const struct tum_type tum_type_native = {.name = "builtin_function_or_method",
                                         .kind = TUM_O_NATIVE,
                                         .unsupported_attrs = true};
/* A function of a module written in Python. */
const struct tum_type tum_type_function = {
    .name = "function", .kind = TUM_O_NATIVE, .unsupported_attrs = true};
const struct tum_type tum_type_method = {
    .name = "method_descriptor", .kind = TUM_O_NATIVE, .unsupported_attrs = true};
