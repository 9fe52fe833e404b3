/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Undefined values, namespaces, cycler, joiner, the pairs of groupby, lazy sequences.
 */
#include "tmpl/tobj.h"
#include "base/utf8.h"

/* ---- undefined ---- */

enum undefined_kind { UNDEFINED_NAME, UNDEFINED_PART, UNDEFINED_HINT };

struct undefined {
    struct tum_obj head;
    enum undefined_kind kind;
    struct tum_str name; /* or hint */
    struct tum_obj *owner, *key;
};

static struct undefined *undefined_new(struct tum_vm *vm, enum undefined_kind kind)
{
    struct undefined *u = tum_new_obj(vm, &tum_type_undefined, struct undefined);

    tum_tstate_of(vm)->undefined_count++;
    u->kind = kind;
    return u;
}

struct tum_obj *tum_undefined_name(struct tum_vm *vm, struct tum_str name)
{
    struct undefined *u = undefined_new(vm, UNDEFINED_NAME);

    u->name = name;
    return &u->head;
}

struct tum_obj *tum_undefined_of(struct tum_vm *vm, struct tum_obj *o,
                                 struct tum_obj *key)
{
    struct undefined *u = undefined_new(vm, UNDEFINED_PART);

    u->owner = o;
    u->key = key;
    return &u->head;
}

struct tum_obj *tum_undefined_hint(struct tum_vm *vm, const char *hint)
{
    struct undefined *u = undefined_new(vm, UNDEFINED_HINT);

    u->name = tum_str_of(hint);
    return &u->head;
}

/* "dict object", "None": what an owner is called in messages. */
static void add_owner(struct tum_buf *out, const struct tum_obj *owner)
{
    if (tum_is_none(owner))
        tum_buf_adds(out, "None");
    else if (owner->type->module != NULL)
        tum_buf_addf(out, "%s.%s object", owner->type->module, owner->type->name);
    else
        tum_buf_addf(out, "%s object", owner->type->name);
}

/* Longest description of what is missing, in bytes. */
#define MISSING_LIMIT 300

struct tum_obj *tum_undefined_fail(struct tum_vm *vm, struct tum_obj *o)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(MISSING_LIMIT);
    struct undefined *u = (struct undefined *)o;
    size_t bad;

    switch (u->kind) {
    case UNDEFINED_NAME:
        tum_buf_addf(&text, "'%.*s' is undefined", TUM_STR_ARG(u->name));
        break;
    case UNDEFINED_HINT:
        tum_buf_addt(&text, u->name);
        break;
    case UNDEFINED_PART:
        if (tum_is_str(u->key)) {
            tum_buf_addc(&text, '\'');
            add_owner(&text, u->owner);
            tum_buf_addf(&text, "' has no attribute ");
            tum_text_write_repr(&text, tum_text_of(u->key), false);
        } else {
            add_owner(&text, u->owner);
            tum_buf_adds(&text, " has no element ");
            if (!tum_op_write_repr(vm, u->key, &text))
                return NULL;
        }
        break;
    }
    if (!text.full)
        return tum_raise(vm, "UndefinedError", "%s", text.s);
    /* Not in the middle of a character. */
    if (!tum_utf8_valid(tum_buf_str(&text), &bad))
        tum_buf_truncate(&text, bad);
    return tum_raise(vm, "UndefinedError", "%s…", text.s);
}

/* Lenient: the same undefined again; else the failure. */
static struct tum_obj *absorb(struct tum_vm *vm, struct tum_obj *o)
{
    return tum_tstate_of(vm)->lenient ? o : tum_undefined_fail(vm, o);
}

static bool undefined_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    (void)vm;
    (void)self;
    tum_buf_adds(out, "Undefined");
    return true;
}

static bool undefined_str(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    (void)vm;
    (void)self;
    (void)out;
    return true;
}

static bool undefined_truth(struct tum_vm *vm, struct tum_obj *self, bool *ret)
{
    (void)vm;
    (void)self;
    *ret = false;
    return true;
}

static bool undefined_len(struct tum_vm *vm, struct tum_obj *self, size_t *ret)
{
    (void)vm;
    (void)self;
    *ret = 0;
    return true;
}

static struct tum_obj *undefined_iter(struct tum_vm *vm, struct tum_obj *self)
{
    (void)self;
    return tum_op_iter(vm, vm->empty_tuple);
}

static struct tum_obj *undefined_call(struct tum_vm *vm, struct tum_obj *self,
                                      const struct tum_args *args)
{
    (void)args;
    return absorb(vm, self);
}

static bool undefined_getattr(struct tum_vm *vm, struct tum_obj *self,
                              struct tum_str name, struct tum_obj **ret)
{
    if (tum_str_starts(name, "__"))
        return false;
    *ret = absorb(vm, self);
    return true;
}

static struct tum_obj *undefined_getitem(struct tum_vm *vm, struct tum_obj *self,
                                         struct tum_obj *key)
{
    (void)key;
    return absorb(vm, self);
}

static bool undefined_hash(struct tum_vm *vm, struct tum_obj *self, uint64_t *ret)
{
    (void)vm;
    (void)self;
    *ret = 0x756E6465; /* all are equal */
    return true;
}

static bool undefined_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *self,
                             struct tum_obj *other, bool reflected,
                             struct tum_obj **ret)
{
    (void)op;
    (void)other;
    (void)reflected;
    *ret = absorb(vm, self);
    return true;
}

static bool undefined_unary(struct tum_vm *vm, enum tum_unop op, struct tum_obj *self,
                            struct tum_obj **ret)
{
    (void)op;
    *ret = absorb(vm, self);
    return true;
}

static bool undefined_compare(struct tum_vm *vm, enum tum_cmpop op,
                              struct tum_obj *self, struct tum_obj *other,
                              struct tum_obj **ret)
{
    if (op == TUM_CMP_EQ || op == TUM_CMP_NE)
        *ret = tum_new_bool(vm, tum_is_undefined(other) == (op == TUM_CMP_EQ));
    else if (tum_tstate_of(vm)->lenient)
        *ret = vm->no;
    else
        *ret = tum_undefined_fail(vm, self);
    return true;
}

const struct tum_type tum_type_undefined = {
    .name = "Undefined",
    .module = "jinja2.runtime",
    .kind = TUM_O_OTHER,
    .repr = undefined_repr,
    .str = undefined_str,
    .truth = undefined_truth,
    .len = undefined_len,
    .iter = undefined_iter,
    .call = undefined_call,
    .getattr = undefined_getattr,
    .getitem = undefined_getitem,
    .hash = undefined_hash,
    .binary = undefined_binary,
    .unary = undefined_unary,
    .compare = undefined_compare,
};

/* ---- namespace ---- */

struct namespace
{
    struct tum_obj head;
    struct tum_odict *attrs;
};

struct tum_obj *tum_namespace_new(struct tum_vm *vm, const struct tum_args *args)
{
    struct namespace *ns = tum_new_obj(vm, &tum_type_namespace, struct namespace);
    struct tum_obj *make = tum_builtin(vm, TUM_S("dict"));
    struct tum_obj *attrs = make != NULL ? tum_op_call(vm, make, args) : NULL;

    if (attrs == NULL)
        return NULL;
    ns->attrs = tum_as_dict(attrs);
    return &ns->head;
}

bool tum_namespace_set(struct tum_vm *vm, struct tum_obj *ns, struct tum_str name,
                       struct tum_obj *value)
{
    return tum_dict_set(vm, ((struct namespace *)ns)->attrs, tum_new_str(vm, name),
                        value);
}

static bool namespace_getattr(struct tum_vm *vm, struct tum_obj *self,
                              struct tum_str name, struct tum_obj **ret)
{
    struct tum_obj *value = tum_dict_gets(vm, ((struct namespace *)self)->attrs, name);

    if (value == NULL)
        return false;
    *ret = value;
    return true;
}

static bool namespace_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    tum_buf_adds(out, "<Namespace ");
    if (!tum_op_write_repr(vm, &((struct namespace *)self)->attrs->head, out))
        return false;
    tum_buf_addc(out, '>');
    return true;
}

const struct tum_type tum_type_namespace = {
    .name = "Namespace",
    .module = "jinja2.utils",
    .kind = TUM_O_OTHER,
    .getattr = namespace_getattr,
    .repr = namespace_repr,
};

/* ---- cycler ---- */

struct cycler {
    struct tum_obj head;
    struct tum_oseq *items; /* a tuple */
    size_t pos;
};

struct tum_obj *tum_cycler_new(struct tum_vm *vm, const struct tum_args *args)
{
    struct cycler *c;

    if (args->nkw > 0)
        return tum_raise_type(vm, "cycler() takes no keyword arguments");
    if (args->n == 0)
        return tum_raise(vm, "RuntimeError", "at least one item has to be provided");
    c = tum_new_obj(vm, &tum_type_cycler, struct cycler);
    c->items = tum_new_tuple(vm, args->n);
    memcpy(c->items->items, args->v, args->n * sizeof(*args->v));
    c->pos = 0;
    return &c->head;
}

static struct tum_obj *cycler_current(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct cycler *c = (struct cycler *)a[0];

    (void)vm;
    (void)n;
    return c->items->items[c->pos];
}

static struct tum_obj *cycler_next(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct cycler *c = (struct cycler *)a[0];
    struct tum_obj *item = cycler_current(vm, a, n);

    c->pos = (c->pos + 1) % c->items->n;
    return item;
}

static struct tum_obj *cycler_reset(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    ((struct cycler *)a[0])->pos = 0;
    return vm->none;
}

static struct tum_obj *cycler_items(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)vm;
    (void)n;
    return &((struct cycler *)a[0])->items->head;
}

static struct tum_obj *cycler_pos(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_size(vm, ((struct cycler *)a[0])->pos);
}

static const struct tum_native cycler_attrs[] = {
    {"current", cycler_current, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"items", cycler_items, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"next", cycler_next, 1, 1, NULL, 0, NULL},
    {"pos", cycler_pos, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"reset", cycler_reset, 1, 1, NULL, 0, NULL},
};

const struct tum_type tum_type_cycler = {
    .name = "Cycler",
    .module = "jinja2.utils",
    .kind = TUM_O_OTHER,
    .attrs = cycler_attrs,
    .attr_count = TUM_LEN(cycler_attrs),
};

/* ---- joiner ---- */

struct joiner {
    struct tum_obj head;
    struct tum_obj *sep;
    bool used;
};

struct tum_obj *tum_joiner_new(struct tum_vm *vm, struct tum_obj *sep)
{
    struct joiner *j = tum_new_obj(vm, &tum_type_joiner, struct joiner);

    j->sep = sep != NULL ? sep : tum_new_strz(vm, ", ");
    j->used = false;
    return &j->head;
}

static struct tum_obj *joiner_call(struct tum_vm *vm, struct tum_obj *self,
                                   const struct tum_args *args)
{
    struct joiner *j = (struct joiner *)self;

    if (args->n > 0 || args->nkw > 0)
        return tum_raise_type(vm, "a joiner takes no arguments");
    if (!j->used) {
        j->used = true;
        return vm->empty_str;
    }
    return j->sep;
}

static struct tum_obj *joiner_sep(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)vm;
    (void)n;
    return ((struct joiner *)a[0])->sep;
}

static struct tum_obj *joiner_used(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_new_bool(vm, ((struct joiner *)a[0])->used);
}

static const struct tum_native joiner_attrs[] = {
    {"sep", joiner_sep, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"used", joiner_used, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
};

const struct tum_type tum_type_joiner = {
    .name = "Joiner",
    .module = "jinja2.utils",
    .kind = TUM_O_OTHER,
    .attrs = joiner_attrs,
    .attr_count = TUM_LEN(joiner_attrs),
    .call = joiner_call,
};

/* ---- pairs of groupby ---- */

static struct tum_obj *group_grouper(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)vm;
    (void)n;
    return tum_as_seq(a[0])->items[0];
}

static struct tum_obj *group_list(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)vm;
    (void)n;
    return tum_as_seq(a[0])->items[1];
}

static const struct tum_native group_attrs[] = {
    {"grouper", group_grouper, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
    {"list", group_list, 1, 1, NULL, TUM_NATIVE_GETTER, NULL},
};

const struct tum_type tum_type_group = {
    .name = "_GroupTuple",
    .module = "jinja2.filters",
    .kind = TUM_O_TUPLE,
    .base = &tum_type_tuple,
    .attrs = group_attrs,
    .attr_count = TUM_LEN(group_attrs),
};

struct tum_obj *tum_group_new(struct tum_vm *vm, struct tum_obj *grouper,
                              struct tum_obj *list)
{
    struct tum_obj *pair = tum_new_pair(vm, grouper, list);

    pair->type = &tum_type_group;
    return pair;
}

/* ---- lazy sequences ---- */

struct tum_obj *tum_lazy_new(struct tum_vm *vm,
                             bool (*step)(struct tum_vm *, struct tum_lazy *,
                                          struct tum_obj **),
                             void *state)
{
    struct tum_lazy *lazy = tum_new_obj(vm, &tum_type_lazy, struct tum_lazy);

    lazy->step = step;
    lazy->state = state;
    lazy->over = false;
    return &lazy->head;
}

static bool lazy_next(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct tum_lazy *lazy = (struct tum_lazy *)self;

    if (lazy->over || !tum_vm_stack(vm))
        return false;
    lazy->over = !lazy->step(vm, lazy, ret);
    return !lazy->over;
}

static bool lazy_str(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    struct tum_oseq *list = tum_op_list(vm, self);

    return list != NULL && tum_op_write_repr(vm, &list->head, out);
}

const struct tum_type tum_type_lazy = {
    .name = "generator",
    .kind = TUM_O_ITER,
    .next = lazy_next,
    .str = lazy_str,
    .repr = lazy_str,
};
