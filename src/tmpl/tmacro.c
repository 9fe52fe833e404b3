/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Macros, callers and blocks: what runs in places of its own.
 */
#include "tmpl/trender.h"

/* ---- running functions ---- */

/* What the running function had, to be put back. */
struct outer {
    struct tum_tact *act;
    struct tum_tctx *ctx;
    enum tum_tescape escape;
};

static bool function_begin(struct tum_trender *r, struct outer *outer,
                           struct tum_tact *up, const struct tum_tfunc *func,
                           struct tum_tctx *ctx)
{
    struct tum_tact *act;

    *outer = (struct outer){r->act, r->ctx, r->escape};
    if (!tum_trender_deeper(r))
        return false;
    act = tum_tact_new(r, up, func);
    if (act == NULL) {
        r->depth--;
        return false;
    }
    r->act = act;
    r->ctx = ctx;
    return true;
}

static void function_end(struct tum_trender *r, const struct outer *outer)
{
    r->act = outer->act;
    r->ctx = outer->ctx;
    r->escape = outer->escape;
    r->depth--;
}

/* ---- macros ---- */

struct macro {
    struct tum_obj head;
    const struct tum_tmacro *def;
    struct tum_tact *act; /* where it was made */
    struct tum_tctx *ctx;
};

struct tum_obj *tum_macro_new(struct tum_trender *r, const struct tum_tmacro *def)
{
    struct macro *m = tum_new_obj(r->vm, &tum_type_macro, struct macro);

    m->def = def;
    m->act = r->act;
    m->ctx = r->ctx;
    return &m->head;
}

/* The keyword arguments that are left to be given to a parameter. */
struct keywords {
    const struct tum_args *args;
    bool *taken;
    size_t left;
};

static struct tum_obj *take_keyword(struct keywords *kw, struct tum_str name)
{
    for (size_t i = 0; i < kw->args->nkw; i++)
        if (!kw->taken[i] && tum_str_eq(tum_text_of(kw->args->names[i]), name)) {
            kw->taken[i] = true;
            kw->left--;
            return kw->args->kw[i];
        }
    return NULL;
}

static struct tum_obj *rest_keywords(struct tum_vm *vm, const struct keywords *kw)
{
    struct tum_odict *dict = tum_new_dict(vm);

    for (size_t i = 0; i < kw->args->nkw; i++)
        if (!kw->taken[i] &&
            !tum_dict_set(vm, dict, kw->args->names[i], kw->args->kw[i]))
            return NULL;
    return &dict->head;
}

static struct tum_obj *rest_positional(struct tum_vm *vm, const struct tum_args *args,
                                       size_t from)
{
    size_t n = args->n > from ? args->n - from : 0;
    struct tum_oseq *tuple = tum_new_tuple(vm, n);

    if (n > 0)
        memcpy(tuple->items, args->v + from, n * sizeof(*args->v));
    return &tuple->head;
}

static struct tum_obj *fail_keyword(struct tum_vm *vm, const struct macro *m,
                                    const struct keywords *kw)
{
    size_t i = 0;

    while (kw->taken[i])
        i++;
    return tum_raise_type(vm, "macro '%.*s' takes no keyword argument '%.*s'",
                          TUM_STR_ARG(m->def->name),
                          TUM_STR_ARG(tum_text_of(kw->args->names[i])));
}

/* Puts the arguments into the places of the macro's parameters. */
static bool macro_bind(struct tum_trender *r, const struct macro *m,
                       const struct tum_args *args)
{
    const struct tum_tmacro *def = m->def;
    struct tum_vm *vm = r->vm;
    struct keywords kw = {args, tum_vm_array(vm, bool, args->nkw + 1), args->nkw};
    size_t given = TUM_MIN(args->n, def->param_count);
    bool found_caller = false;

    memset(kw.taken, 0, args->nkw + 1);
    for (size_t i = 0; i < def->param_count; i++) {
        struct tum_str name = def->params[i]->name;
        struct tum_obj **place = &r->act->slots[def->params[i]->ref.slot];

        *place = i < given ? args->v[i] : take_keyword(&kw, name);
        found_caller = found_caller || tum_str_is(name, "caller");
    }
    if (def->has_caller && !def->own_caller && !found_caller) {
        struct tum_obj *caller = take_keyword(&kw, TUM_S("caller"));

        if (caller == NULL || tum_is_none(caller))
            caller = tum_undefined_hint(vm, "No caller defined");
        r->act->slots[def->caller_slot] = caller;
    }
    if (def->has_kwargs) {
        struct tum_obj *rest = rest_keywords(vm, &kw);

        if (rest == NULL)
            return false;
        r->act->slots[def->kwargs_slot] = rest;
    } else if (kw.left > 0) {
        return fail_keyword(vm, m, &kw) != NULL;
    }
    if (def->has_varargs)
        r->act->slots[def->varargs_slot] = rest_positional(vm, args, def->param_count);
    else if (args->n > def->param_count)
        return tum_raise_type_false(vm,
                                    "macro '%.*s' takes not more than %zu argument(s)",
                                    TUM_STR_ARG(def->name), def->param_count);
    return true;
}

/* Defaults, or undefined, for the parameters that got nothing; then the body. */
static bool macro_body(struct tum_trender *r, const struct tum_tmacro *def)
{
    if (!tum_tframe_enter(r, &def->frame))
        return tum_trender_failed(r, def->at);
    for (size_t i = 0; i < def->param_count; i++) {
        struct tum_obj **place = &r->act->slots[def->params[i]->ref.slot];
        size_t first = def->param_count - def->default_count;

        if (*place != NULL)
            continue;
        if (i < first)
            *place = tum_undefined_name(r->vm, def->params[i]->name);
        else
            *place = tum_trender_eval(r, def->defaults[i - first]);
        if (*place == NULL)
            return false;
    }
    return tum_trender_body(r, def->body);
}

static struct tum_obj *macro_call(struct tum_vm *vm, struct tum_obj *self,
                                  const struct tum_args *args)
{
    struct tum_trender *r = tum_trender_of(vm);
    const struct macro *m = (struct macro *)self;
    bool safe = r->state.autoescape;
    struct tum_tcapture capture;
    struct outer outer;
    struct tum_obj *text = NULL;
    bool ok;

    if (!function_begin(r, &outer, m->act, &m->def->func, m->ctx))
        return NULL;
    ok = macro_bind(r, m, args);
    if (ok) {
        tum_tcapture_begin(r, &capture);
        if (macro_body(r, m->def))
            text = tum_tcapture_end(r, &capture);
        else
            tum_tcapture_drop(r, &capture);
    }
    function_end(r, &outer);
    return text != NULL && safe ? tum_markup_of(vm, text) : text;
}

static struct tum_obj *macro_name(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_str name = ((struct macro *)a[0])->def->name;

    (void)n;
    return name.n > 0 ? tum_new_str_kept(vm, name) : vm->none;
}

static struct tum_obj *macro_arguments(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    const struct tum_tmacro *def = ((struct macro *)a[0])->def;
    struct tum_oseq *tuple = tum_new_tuple(vm, def->param_count);

    (void)n;
    for (size_t i = 0; i < def->param_count; i++)
        tuple->items[i] = tum_new_str_kept(vm, def->params[i]->name);
    return &tuple->head;
}

static struct tum_obj *macro_varargs(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, ((struct macro *)a[0])->def->has_varargs);
}

static struct tum_obj *macro_kwargs(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, ((struct macro *)a[0])->def->has_kwargs);
}

static struct tum_obj *macro_caller(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, ((struct macro *)a[0])->def->has_caller);
}

static const struct tum_native macro_attrs[] = {
    {"arguments", macro_arguments, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"caller", macro_caller, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"catch_kwargs", macro_kwargs, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"catch_varargs", macro_varargs, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"name", macro_name, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
};

static bool macro_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    struct tum_str name = ((struct macro *)self)->def->name;

    (void)vm;
    if (name.n > 0)
        tum_buf_addf(out, "<Macro '%.*s'>", TUM_STR_ARG(name));
    else
        tum_buf_adds(out, "<Macro anonymous>");
    return true;
}

const struct tum_type tum_type_macro = {
    .name = "Macro",
    .module = "jinja2.runtime",
    .kind = TUM_O_OTHER,
    .attrs = macro_attrs,
    .attr_count = TUM_LEN(macro_attrs),
    .call = macro_call,
    .repr = macro_repr,
};

/* ---- blocks and self ---- */

struct template
{
    struct tum_obj head;
    struct tum_tctx *ctx;
};

struct block {
    struct tum_obj head;
    const struct tum_tblock *what;
    struct tum_tctx *ctx;
};

struct tum_obj *tum_template_new(struct tum_trender *r)
{
    struct template *t = tum_new_obj(r->vm, &tum_type_template, struct template);

    t->ctx = r->ctx;
    return &t->head;
}

bool tum_block_run(struct tum_trender *r, const struct tum_tblock *block,
                   struct tum_tctx *ctx)
{
    struct outer outer;
    bool ok;

    if (!function_begin(r, &outer, NULL, &block->func, ctx))
        return tum_trender_failed(r, block->at);
    if (block->has_self)
        r->act->slots[block->self_slot] = tum_template_new(r);
    if (block->has_super)
        r->act->slots[block->super_slot] =
            tum_undefined_hint(r->vm, "there is no parent block");
    ok = tum_tframe_enter(r, &block->frame) && tum_trender_body(r, block->body);
    function_end(r, &outer);
    return ok || tum_trender_failed(r, block->at);
}

static struct tum_obj *block_call(struct tum_vm *vm, struct tum_obj *self,
                                  const struct tum_args *args)
{
    struct tum_trender *r = tum_trender_of(vm);
    struct block *b = (struct block *)self;
    struct tum_tcapture capture;
    struct tum_obj *text;

    if (args->n > 0 || args->nkw > 0)
        return tum_raise_type(vm, "a block takes no arguments");
    tum_tcapture_begin(r, &capture);
    if (!tum_block_run(r, b->what, b->ctx)) {
        tum_tcapture_drop(r, &capture);
        return NULL;
    }
    text = tum_tcapture_end(r, &capture);
    return text != NULL && r->state.autoescape ? tum_markup_of(vm, text) : text;
}

const struct tum_type tum_type_block = {
    .name = "BlockReference",
    .module = "jinja2.runtime",
    .kind = TUM_O_OTHER,
    .call = block_call,
};

static bool template_getattr(struct tum_vm *vm, struct tum_obj *self,
                             struct tum_str name, struct tum_obj **ret)
{
    const struct tum_ttree *tree = tum_trender_of(vm)->tree;

    for (size_t i = 0; i < tree->block_count; i++)
        if (tum_str_eq(tree->blocks[i]->name, name)) {
            struct block *b = tum_new_obj(vm, &tum_type_block, struct block);

            b->what = tree->blocks[i];
            b->ctx = ((struct template *)self)->ctx;
            *ret = &b->head;
            return true;
        }
    return false;
}

static bool template_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    (void)vm;
    (void)self;
    tum_buf_adds(out, "<TemplateReference None>");
    return true;
}

const struct tum_type tum_type_template = {
    .name = "TemplateReference",
    .module = "jinja2.runtime",
    .kind = TUM_O_OTHER,
    .getattr = template_getattr,
    .repr = template_repr,
};
