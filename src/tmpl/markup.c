/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Safe text: a str that stays safe through its methods, because what joins it is
 * escaped first.
 */
#include "lang/format.h"
#include "tmpl/thtml.h"
#include "tmpl/tobj.h"

/* A str object of `type` that shares the text of another. */
static struct tum_obj *share(struct tum_vm *vm, const struct tum_type *type,
                             struct tum_obj *str)
{
    struct tum_ostr *o;

    if (str->type == type)
        return str;
    o = tum_new_obj(vm, type, struct tum_ostr);
    *o = *tum_as_str(str);
    o->head.type = type;
    return &o->head;
}

struct tum_obj *tum_markup_of(struct tum_vm *vm, struct tum_obj *str)
{
    return share(vm, &tum_type_markup, str);
}

struct tum_obj *tum_markup_plain(struct tum_vm *vm, struct tum_obj *str)
{
    return share(vm, &tum_type_str, str);
}

static struct tum_obj *escape_text(struct tum_vm *vm, struct tum_obj *str)
{
    struct tum_str text = tum_text_of(str);
    struct tum_buf buf;
    size_t i = 0;

    while (i < text.n && (text.s[i] == '\0' || strchr("&<>'\"", text.s[i]) == NULL))
        i++;
    if (i == text.n)
        return tum_markup_of(vm, str);
    if (!tum_vm_room(vm, text.n * 5))
        return NULL;
    tum_buf_init(&buf, TUM_BUF_ANY);
    tum_html_escape(&buf, text);
    return tum_markup_of(vm, tum_new_str_buf(vm, &buf));
}

struct tum_obj *tum_soft_str(struct tum_vm *vm, struct tum_obj *o)
{
    return tum_is_str(o) ? o : tum_op_str(vm, o);
}

struct tum_obj *tum_markup_escape(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_obj *text;

    if (tum_is_markup(o))
        return o;
    text = tum_soft_str(vm, o);
    return text != NULL ? escape_text(vm, text) : NULL;
}

/* ---- methods that are those of str with escaped arguments ---- */

/* Text arguments escaped, others as they are. */
static bool escape_args(struct tum_vm *vm, const struct tum_args *args,
                        struct tum_args *ret)
{
    *ret = *args;
    ret->v = tum_vm_array(vm, struct tum_obj *, args->n + 1);
    ret->kw = tum_vm_array(vm, struct tum_obj *, args->nkw + 1);
    for (size_t i = 0; i < args->n; i++) {
        ret->v[i] =
            tum_is_str(args->v[i]) ? tum_markup_escape(vm, args->v[i]) : args->v[i];
        if (ret->v[i] == NULL)
            return false;
    }
    for (size_t i = 0; i < args->nkw; i++) {
        ret->kw[i] =
            tum_is_str(args->kw[i]) ? tum_markup_escape(vm, args->kw[i]) : args->kw[i];
        if (ret->kw[i] == NULL)
            return false;
    }
    return true;
}

/* A method of str on this text. */
static struct tum_obj *plain_method(struct tum_vm *vm, const char *name,
                                    struct tum_obj *self, const struct tum_args *args)
{
    const struct tum_native *method = tum_type_attr(&tum_type_str, tum_str_of(name));

    if (method == NULL)
        tum_bug("str has no method %s", name);
    return tum_native_call(vm, method, tum_markup_plain(vm, self), args);
}

static struct tum_obj *safe_result(struct tum_vm *vm, struct tum_obj *o)
{
    return o != NULL && tum_is_str(o) ? tum_markup_of(vm, o) : o;
}

static struct tum_obj *escaping(struct tum_vm *vm, const char *name,
                                struct tum_obj *self, const struct tum_args *args)
{
    struct tum_args escaped;

    if (!escape_args(vm, args, &escaped))
        return NULL;
    return safe_result(vm, plain_method(vm, name, self, &escaped));
}

/* Each gives a list or tuple of texts: makes them safe. */
static struct tum_obj *safe_parts(struct tum_vm *vm, struct tum_obj *seq)
{
    if (seq == NULL)
        return NULL;
    for (size_t i = 0; i < tum_as_seq(seq)->n; i++)
        tum_as_seq(seq)->items[i] = tum_markup_of(vm, tum_as_seq(seq)->items[i]);
    return seq;
}

#define ESCAPING(name)                                                                 \
    static struct tum_obj *m_##name(struct tum_vm *vm, struct tum_obj *self,           \
                                    const struct tum_args *args)                       \
    {                                                                                  \
        return escaping(vm, #name, self, args);                                        \
    }
#define SPLITTING(name)                                                                \
    static struct tum_obj *m_##name(struct tum_vm *vm, struct tum_obj *self,           \
                                    const struct tum_args *args)                       \
    {                                                                                  \
        return safe_parts(vm, plain_method(vm, #name, self, args));                    \
    }

ESCAPING(capitalize)
ESCAPING(center)
ESCAPING(expandtabs)
ESCAPING(ljust)
ESCAPING(lower)
ESCAPING(lstrip)
ESCAPING(replace)
ESCAPING(rjust)
ESCAPING(rstrip)
ESCAPING(strip)
ESCAPING(swapcase)
ESCAPING(title)
ESCAPING(upper)
ESCAPING(zfill)
SPLITTING(rsplit)
SPLITTING(split)
SPLITTING(splitlines)

static struct tum_obj *m_partition(struct tum_vm *vm, struct tum_obj *self,
                                   const struct tum_args *args)
{
    struct tum_args escaped;

    if (!escape_args(vm, args, &escaped))
        return NULL;
    return safe_parts(vm, plain_method(vm, "partition", self, &escaped));
}

static struct tum_obj *m_rpartition(struct tum_vm *vm, struct tum_obj *self,
                                    const struct tum_args *args)
{
    struct tum_args escaped;

    if (!escape_args(vm, args, &escaped))
        return NULL;
    return safe_parts(vm, plain_method(vm, "rpartition", self, &escaped));
}

static struct tum_obj *m_join(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_oseq *items = tum_op_list(vm, a[1]);
    struct tum_obj *list;
    struct tum_args args = {.v = &list, .n = 1};

    (void)n;
    if (items == NULL)
        return NULL;
    for (size_t i = 0; i < items->n; i++) {
        items->items[i] = tum_markup_escape(vm, items->items[i]);
        if (items->items[i] == NULL)
            return NULL;
    }
    list = &items->head;
    return safe_result(vm, plain_method(vm, "join", a[0], &args));
}

static struct tum_obj *m_unescape(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf buf;

    (void)n;
    tum_buf_init(&buf, TUM_BUF_ANY);
    tum_html_unescape(&buf, tum_text_of(a[0]));
    return tum_new_str_buf(vm, &buf);
}

static struct tum_obj *m_striptags(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf buf;

    (void)n;
    tum_buf_init(&buf, TUM_BUF_ANY);
    tum_html_strip(&buf, tum_text_of(a[0]));
    return tum_new_str_buf(vm, &buf);
}

/* ---- formatting: arguments that escape themselves when they become text ---- */

struct guard {
    struct tum_obj head;
    struct tum_obj *o;
};

static const struct tum_type type_guard;

static struct tum_obj *guard_new(struct tum_vm *vm, struct tum_obj *o)
{
    struct guard *g = tum_new_obj(vm, &type_guard, struct guard);

    g->o = o;
    return &g->head;
}

static struct tum_obj *guarded(struct tum_obj *self)
{
    return ((struct guard *)self)->o;
}

static bool guard_str(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    struct tum_obj *text = tum_markup_escape(vm, guarded(self));

    if (text == NULL)
        return false;
    tum_buf_addt(out, tum_text_of(text));
    return true;
}

static bool guard_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    struct tum_obj *text = tum_op_repr(vm, guarded(self));

    if (text == NULL)
        return false;
    tum_html_escape(out, tum_text_of(text));
    return true;
}

static bool guard_format(struct tum_vm *vm, struct tum_obj *self, struct tum_str spec,
                         struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (tum_is_markup(guarded(self))) {
        if (spec.n > 0)
            return tum_raise_value_false(
                vm, "Unsupported format specification for Markup.");
        tum_buf_addt(out, tum_text_of(guarded(self)));
        return true;
    }
    if (!tum_format_value(vm, guarded(self), spec, &text))
        return false;
    tum_html_escape(out, tum_buf_str(&text));
    return true;
}

static struct tum_obj *guard_getitem(struct tum_vm *vm, struct tum_obj *self,
                                     struct tum_obj *key)
{
    struct tum_obj *item = tum_op_getitem(vm, guarded(self), key);

    return item != NULL ? guard_new(vm, item) : NULL;
}

static bool guard_getattr(struct tum_vm *vm, struct tum_obj *self, struct tum_str name,
                          struct tum_obj **ret)
{
    struct tum_obj *attr = tum_op_findattr(vm, guarded(self), name);

    if (attr == NULL && !tum_vm_failed(vm))
        return false;
    *ret = attr != NULL ? guard_new(vm, attr) : NULL;
    return true;
}

static const struct tum_type type_guard = {
    .name = "_MarkupEscapeHelper",
    .module = "markupsafe",
    .kind = TUM_O_OTHER,
    .str = guard_str,
    .repr = guard_repr,
    .format = guard_format,
    .getitem = guard_getitem,
    .getattr = guard_getattr,
};

static struct tum_obj *m_format(struct tum_vm *vm, struct tum_obj *self,
                                const struct tum_args *args)
{
    struct tum_args guards = *args;

    guards.v = tum_vm_array(vm, struct tum_obj *, args->n + 1);
    guards.kw = tum_vm_array(vm, struct tum_obj *, args->nkw + 1);
    for (size_t i = 0; i < args->n; i++)
        guards.v[i] = guard_new(vm, args->v[i]);
    for (size_t i = 0; i < args->nkw; i++)
        guards.kw[i] = guard_new(vm, args->kw[i]);
    return safe_result(
        vm, tum_format_braces(vm, tum_markup_plain(vm, self), &guards, NULL));
}

/* Numbers stay numbers for %d and have nothing to escape. */
static struct tum_obj *guard_percent(struct tum_vm *vm, struct tum_obj *o)
{
    return tum_is_int(o) || tum_kind_of(o) == TUM_O_FLOAT ? o : guard_new(vm, o);
}

static bool has_items(const struct tum_obj *o)
{
    switch (tum_kind_of(o)) {
    case TUM_O_LIST:
    case TUM_O_DICT:
    case TUM_O_RANGE:
    case TUM_O_BYTES:
        return true;
    default:
        return o->type->getitem != NULL && !tum_is_str(o);
    }
}

static struct tum_obj *percent(struct tum_vm *vm, struct tum_obj *self,
                               struct tum_obj *arg)
{
    struct tum_oseq *guards;

    if (has_items(arg)) {
        arg = guard_new(vm, arg);
    } else if (tum_kind_of(arg) == TUM_O_TUPLE) {
        guards = tum_new_tuple(vm, tum_as_seq(arg)->n);
        for (size_t i = 0; i < guards->n; i++)
            guards->items[i] = guard_percent(vm, tum_as_seq(arg)->items[i]);
        arg = &guards->head;
    } else {
        guards = tum_new_tuple(vm, 1);
        guards->items[0] = guard_percent(vm, arg);
        arg = &guards->head;
    }
    return safe_result(vm, tum_format_percent(vm, tum_markup_plain(vm, self), arg));
}

/* ---- the type ---- */

static const struct tum_native attrs[] = {
    {"capitalize", NULL, 0, 0, NULL, 0, m_capitalize},
    {"center", NULL, 0, 0, NULL, 0, m_center},
    {"expandtabs", NULL, 0, 0, NULL, 0, m_expandtabs},
    {"format", NULL, 0, 0, NULL, 0, m_format},
    {"join", m_join, 2, 2, NULL, 0, NULL},
    {"ljust", NULL, 0, 0, NULL, 0, m_ljust},
    {"lower", NULL, 0, 0, NULL, 0, m_lower},
    {"lstrip", NULL, 0, 0, NULL, 0, m_lstrip},
    {"partition", NULL, 0, 0, NULL, 0, m_partition},
    {"replace", NULL, 0, 0, NULL, 0, m_replace},
    {"rjust", NULL, 0, 0, NULL, 0, m_rjust},
    {"rpartition", NULL, 0, 0, NULL, 0, m_rpartition},
    {"rsplit", NULL, 0, 0, NULL, 0, m_rsplit},
    {"rstrip", NULL, 0, 0, NULL, 0, m_rstrip},
    {"split", NULL, 0, 0, NULL, 0, m_split},
    {"splitlines", NULL, 0, 0, NULL, 0, m_splitlines},
    {"strip", NULL, 0, 0, NULL, 0, m_strip},
    {"striptags", m_striptags, 1, 1, NULL, 0, NULL},
    {"swapcase", NULL, 0, 0, NULL, 0, m_swapcase},
    {"title", NULL, 0, 0, NULL, 0, m_title},
    {"unescape", m_unescape, 1, 1, NULL, 0, NULL},
    {"upper", NULL, 0, 0, NULL, 0, m_upper},
    {"zfill", NULL, 0, 0, NULL, 0, m_zfill},
};

static bool markup_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    (void)vm;
    tum_buf_adds(out, "Markup(");
    tum_text_write_repr(out, tum_text_of(self), false);
    tum_buf_addc(out, ')');
    return true;
}

static bool markup_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *self,
                          struct tum_obj *other, bool reflected, struct tum_obj **ret)
{
    struct tum_obj *plain = tum_markup_plain(vm, self);

    if (op == TUM_OP_ADD && tum_is_str(other)) {
        struct tum_obj *add = tum_markup_escape(vm, other);

        if (add != NULL)
            add = tum_markup_plain(vm, add);
        *ret = add == NULL ? NULL
               : reflected ? safe_result(vm, tum_op_binary(vm, op, add, plain))
                           : safe_result(vm, tum_op_binary(vm, op, plain, add));
        return true;
    }
    if (op == TUM_OP_MUL && tum_is_int(other)) {
        *ret = safe_result(vm, tum_op_binary(vm, op, plain, other));
        return true;
    }
    if (op == TUM_OP_MOD && !reflected) {
        *ret = percent(vm, self, other);
        return true;
    }
    return false;
}

static struct tum_obj *markup_getitem(struct tum_vm *vm, struct tum_obj *self,
                                      struct tum_obj *key)
{
    return safe_result(vm, tum_op_getitem(vm, tum_markup_plain(vm, self), key));
}

const struct tum_type tum_type_markup = {
    .name = "Markup",
    .module = "markupsafe",
    .kind = TUM_O_STR,
    .base = &tum_type_str,
    .attrs = attrs,
    .attr_count = TUM_LEN(attrs),
    .repr = markup_repr,
    .binary = markup_binary,
    .getitem = markup_getitem,
};
