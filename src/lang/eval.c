/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks trees. Comprehensions are in comp.c, calls of what has been looked up in call.c, the
 * meaning of operators in ops.c.
 */
#include "lang/eval.h"
#include "lang/call.h"
#include "lang/comp.h"
#include "lang/format.h"

struct tum_frame *tum_frame_new(struct tum_vm *vm, struct tum_frame *up, size_t n)
{
    struct tum_frame *frame =
        tum_vm_alloc(vm, sizeof(*frame) + n * sizeof(frame->slots[0]));

    frame->up = up;
    memset(frame->slots, 0, n * sizeof(frame->slots[0]));
    return frame;
}

static bool truth(struct tum_vm *vm, struct tum_obj *o, bool *ret)
{
    if (o->type == &tum_type_bool) {
        *ret = tum_as_int(o)->v.as.b;
        return true;
    }
    return tum_op_truth(vm, o, ret);
}

/* ---- names ---- */

static struct tum_obj *unassigned(struct tum_vm *vm, struct tum_ast *node)
{
    if (node->global)
        return tum_raise(vm, "NameError", "name '%.*s' is not defined",
                         TUM_STR_ARG(node->name));
    if (node->free)
        return tum_raise(
            vm, "NameError",
            "cannot access free variable '%.*s' where it is not associated "
            "with a value in enclosing scope",
            TUM_STR_ARG(node->name));
    return tum_raise(
        vm, "UnboundLocalError",
        "cannot access local variable '%.*s' where it is not associated with "
        "a value",
        TUM_STR_ARG(node->name));
}

static struct tum_obj *eval_name(struct tum_vm *vm, struct tum_ast *node,
                                 struct tum_frame *frame)
{
    struct tum_obj *o;

    switch ((enum tum_bound)node->bound) {
    case TUM_BOUND_FRAME:
        for (uint16_t i = 0; i < node->depth; i++)
            frame = frame->up;
        o = frame->slots[node->slot];
        return o != NULL ? o : unassigned(vm, node);
    case TUM_BOUND_OWN:
        return node->own;
    case TUM_BOUND_NOWHERE:
        return tum_raise(vm, "NameError", "name '%.*s' is not defined",
                         TUM_STR_ARG(node->name));
    case TUM_BOUND_HOOK:
        break;
    }
    return vm->hooks->name(vm, vm->hooks_ctx, node);
}

static struct tum_obj *eval_walrus(struct tum_vm *vm, struct tum_ast *node,
                                   struct tum_frame *frame)
{
    struct tum_obj *value = tum_eval(vm, node->b, frame);

    return value != NULL && tum_eval_assign(vm, node->a, value, frame) ? value : NULL;
}

/* ---- lookup ---- */

/*
 * Whether Jinja goes on looking after this failure. It does for errors of the lookup and
 * for keys that cannot be keys.
 */
static bool lookup_goes_on(struct tum_vm *vm)
{
    if (!tum_raised_lookup(vm) && !tum_raised(vm, "TypeError") &&
        !tum_raised(vm, "AttributeError"))
        return false;
    tum_raised_clear(vm);
    return true;
}

struct tum_obj *tum_eval_attr(struct tum_vm *vm, struct tum_obj *o, struct tum_str name)
{
    struct tum_obj *found = tum_op_findattr(vm, o, name), *key;

    if (found != NULL || (tum_vm_failed(vm) && !tum_raised(vm, "AttributeError")))
        return found;
    tum_raised_clear(vm);
    key = tum_new_str(vm, name);
    found = tum_op_getitem(vm, o, key);
    if (found != NULL || !lookup_goes_on(vm))
        return found;
    return vm->hooks->missing(vm, vm->hooks_ctx, o, key);
}

struct tum_obj *tum_eval_item(struct tum_vm *vm, struct tum_obj *o, struct tum_obj *key)
{
    struct tum_obj *found = tum_op_getitem(vm, o, key);

    if (found != NULL || !lookup_goes_on(vm))
        return found;
    if (tum_is_str(key)) {
        found = tum_op_findattr(vm, o, tum_text_of(key));
        if (found != NULL || (tum_vm_failed(vm) && !tum_raised(vm, "AttributeError")))
            return found;
        tum_raised_clear(vm);
    }
    return vm->hooks->missing(vm, vm->hooks_ctx, o, key);
}

static struct tum_obj *eval_attr(struct tum_vm *vm, struct tum_ast *node,
                                 struct tum_frame *frame)
{
    struct tum_obj *o = tum_eval(vm, node->a, frame);

    if (o == NULL)
        return NULL;
    return vm->hooks != NULL ? tum_eval_attr(vm, o, node->name)
                             : tum_op_getattr(vm, o, node->name);
}

static struct tum_obj *eval_slice(struct tum_vm *vm, struct tum_ast *node,
                                  struct tum_frame *frame)
{
    struct tum_obj *part[3] = {vm->none, vm->none, vm->none};
    struct tum_ast *of[3] = {node->a, node->b, node->c};

    for (size_t i = 0; i < TUM_LEN(part); i++) {
        if (of[i] == NULL)
            continue;
        part[i] = tum_eval(vm, of[i], frame);
        if (part[i] == NULL)
            return NULL;
    }
    return tum_new_slice(vm, part[0], part[1], part[2]);
}

static struct tum_obj *eval_item(struct tum_vm *vm, struct tum_ast *node,
                                 struct tum_frame *frame)
{
    struct tum_obj *o = tum_eval(vm, node->a, frame), *key;

    if (o == NULL)
        return NULL;
    key = tum_eval(vm, node->b, frame);
    if (key == NULL)
        return NULL;
    /* A slice that is wrong is an error in templates, too. */
    return vm->hooks != NULL && node->b->kind != TUM_AST_SLICE
               ? tum_eval_item(vm, o, key)
               : tum_op_getitem(vm, o, key);
}

/* ---- operators ---- */

static struct tum_obj *eval_logic(struct tum_vm *vm, struct tum_ast *node,
                                  struct tum_frame *frame)
{
    bool stop_at = node->kind == TUM_AST_OR, is;
    struct tum_obj *o = NULL;

    for (uint32_t i = 0; i < node->count; i++) {
        o = tum_eval(vm, node->list[i], frame);
        if (o == NULL || i + 1 == node->count)
            return o;
        if (!truth(vm, o, &is))
            return NULL;
        if (is == stop_at)
            return o;
    }
    return o;
}

static struct tum_obj *eval_compare(struct tum_vm *vm, struct tum_ast *node,
                                    struct tum_frame *frame)
{
    struct tum_obj *left = tum_eval(vm, node->list[0], frame), *right, *o = NULL;
    bool holds;

    for (uint32_t i = 1; left != NULL && i < node->count; i++) {
        right = tum_eval(vm, node->list[i], frame);
        if (right == NULL)
            return NULL;
        o = tum_op_compare(vm, (enum tum_cmpop)node->ops[i - 1], left, right);
        if (o == NULL || i + 1 == node->count)
            return o;
        if (!truth(vm, o, &holds))
            return NULL;
        if (!holds)
            return o;
        left = right;
    }
    return NULL;
}

static struct tum_obj *eval_if(struct tum_vm *vm, struct tum_ast *node,
                               struct tum_frame *frame)
{
    struct tum_obj *condition = tum_eval(vm, node->b, frame);
    bool holds;

    if (condition == NULL || !truth(vm, condition, &holds))
        return NULL;
    if (holds)
        return tum_eval(vm, node->a, frame);
    if (node->c == NULL)
        return vm->hooks->no_else(vm, vm->hooks_ctx, node);
    return tum_eval(vm, node->c, frame);
}

static struct tum_obj *eval_not(struct tum_vm *vm, struct tum_ast *node,
                                struct tum_frame *frame)
{
    struct tum_obj *o = tum_eval(vm, node->a, frame);
    bool is;

    return o != NULL && truth(vm, o, &is) ? tum_new_bool(vm, !is) : NULL;
}

static struct tum_obj *eval_binary(struct tum_vm *vm, struct tum_ast *node,
                                   struct tum_frame *frame)
{
    struct tum_obj *a = tum_eval(vm, node->a, frame), *b;

    if (a == NULL)
        return NULL;
    b = tum_eval(vm, node->b, frame);
    return b != NULL ? tum_op_binary(vm, (enum tum_binop)node->op, a, b) : NULL;
}

/* ---- displays ---- */

/* Adds the elements of `*x` to the list; the message depends on where it stands. */
static bool add_starred(struct tum_vm *vm, struct tum_oseq *list, struct tum_obj *from,
                        struct tum_obj *callee)
{
    if (!tum_is_iterable(from) && callee != NULL)
        return tum_raise_type_false(vm,
                                    "%s() argument after * must be an iterable, not %s",
                                    tum_callable_name(callee), from->type->name);
    if (!tum_is_iterable(from))
        return tum_raise_type_false(vm, "Value after * must be an iterable, not %s",
                                    from->type->name);
    return tum_olist_extend(vm, list, from);
}

static struct tum_oseq *eval_elements(struct tum_vm *vm, struct tum_ast *node,
                                      struct tum_frame *frame, bool tuple)
{
    struct tum_oseq *seq;

    if (node->simple) {
        seq = tuple ? tum_new_tuple(vm, node->count) : tum_new_list(vm, node->count);
        for (uint32_t i = 0; i < node->count; i++) {
            seq->items[i] = tum_eval(vm, node->list[i], frame);
            if (seq->items[i] == NULL)
                return NULL;
        }
        return seq;
    }
    seq = tum_new_list(vm, 0);
    for (uint32_t i = 0; i < node->count; i++) {
        struct tum_ast *item = node->list[i];
        bool star = item->kind == TUM_AST_STAR;
        struct tum_obj *o = tum_eval(vm, star ? item->a : item, frame);

        if (o == NULL ||
            !(star ? add_starred(vm, seq, o, NULL) : tum_olist_append(vm, seq, o)))
            return NULL;
    }
    if (tuple)
        seq->head.type = &tum_type_tuple;
    return seq;
}

/*
 * CPython makes a frozenset of three constants and more, another one of its elements in
 * their order there, and the set of that: all three show in the order of the result.
 */
static struct tum_oset *by_frozenset(struct tum_vm *vm, struct tum_oset *first)
{
    struct tum_oset *second = tum_new_set(vm, false);
    struct tum_obj *key;

    for (size_t at = 0; (key = tum_oset_next(first, &at)) != NULL;) {
        if (!tum_oset_add(vm, second, key))
            return NULL;
    }
    return tum_oset_copy(vm, second, false);
}

/* What CPython's compiler computes itself. */
static bool is_folded(const struct tum_ast *node)
{
    switch ((enum tum_ast_kind)node->kind) {
    case TUM_AST_CONST:
        return true;
    case TUM_AST_UNARY:
        return node->a->kind == TUM_AST_CONST;
    case TUM_AST_TUPLE:
        for (uint32_t i = 0; i < node->count; i++) {
            if (node->list[i]->kind != TUM_AST_CONST)
                return false;
        }
        return true;
    default:
        return false;
    }
}

static bool is_constant_set(const struct tum_ast *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        if (!is_folded(node->list[i]))
            return false;
    }
    return node->count >= 3;
}

static struct tum_obj *eval_set(struct tum_vm *vm, struct tum_ast *node,
                                struct tum_frame *frame)
{
    struct tum_oseq *items = eval_elements(vm, node, frame, false);
    struct tum_oset *set;

    if (items == NULL)
        return NULL;
    set = tum_new_set(vm, false);
    for (size_t i = 0; i < items->n; i++) {
        if (!tum_oset_add(vm, set, items->items[i]))
            return NULL;
    }
    if (is_constant_set(node))
        set = by_frozenset(vm, set);
    return set != NULL ? &set->head : NULL;
}

static bool add_mapping(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *from)
{
    if (tum_kind_of(from) == TUM_O_DICT)
        return tum_dict_update(vm, dict, from);
    if (from->type->unsupported_attrs)
        return tum_unsupported_false(vm, "a mapping that is no dict");
    return tum_raise_type_false(vm, "'%s' object is not a mapping", from->type->name);
}

/* Pairs that CPython evaluates before it makes a dict of them. */
#define PAIRS_AT_ONCE 15

/* Pairs from `i` up to a `**` or the end. */
static uint32_t pair_run(const struct tum_ast *node, uint32_t i)
{
    uint32_t n = 0;

    while (i < node->count && node->list[i + 1] != NULL) {
        n++;
        i += 2;
    }
    return n;
}

static bool eval_pair(struct tum_vm *vm, struct tum_ast *node, uint32_t i,
                      struct tum_frame *frame, struct tum_obj **ret)
{
    ret[0] = tum_eval(vm, node->list[i], frame);
    if (ret[0] == NULL)
        return false;
    ret[1] = tum_eval(vm, node->list[i + 1], frame);
    return ret[1] != NULL;
}

static bool add_pairs(struct tum_vm *vm, struct tum_odict *dict, struct tum_ast *node,
                      uint32_t at, uint32_t n, struct tum_frame *frame)
{
    struct tum_obj *pairs[2 * PAIRS_AT_ONCE];
    uint32_t step = n <= PAIRS_AT_ONCE ? n : 1;

    for (uint32_t i = 0; i < n; i += step) {
        for (uint32_t k = 0; k < step; k++) {
            if (!eval_pair(vm, node, at + 2 * (i + k), frame, pairs + 2 * k))
                return false;
        }
        for (uint32_t k = 0; k < step; k++) {
            if (!tum_dict_set(vm, dict, pairs[2 * k], pairs[2 * k + 1]))
                return false;
        }
    }
    return true;
}

static struct tum_obj *eval_dict(struct tum_vm *vm, struct tum_ast *node,
                                 struct tum_frame *frame)
{
    struct tum_odict *dict = tum_new_dict(vm);
    struct tum_obj *from;
    uint32_t n;

    for (uint32_t i = 0; i < node->count;) {
        n = pair_run(node, i);
        if (n > 0) {
            if (!add_pairs(vm, dict, node, i, n, frame))
                return NULL;
            i += 2 * n;
            continue;
        }
        from = tum_eval(vm, node->list[i]->a, frame);
        if (from == NULL || !add_mapping(vm, dict, from))
            return NULL;
        i += 2;
    }
    return &dict->head;
}

static struct tum_obj *eval_lambda(struct tum_vm *vm, struct tum_ast *node,
                                   struct tum_frame *frame)
{
    struct tum_olambda *f = tum_new_obj(vm, &tum_type_lambda, struct tum_olambda);
    uint32_t n = node->params->positional + node->params->keyword_only;

    f->node = node;
    f->frame = frame;
    f->defaults = tum_vm_array(vm, struct tum_obj *, n);
    for (uint32_t i = 0; i < n; i++) {
        struct tum_ast *deflt = node->params->list[i].deflt;

        f->defaults[i] = deflt != NULL ? tum_eval(vm, deflt, frame) : NULL;
        if (deflt != NULL && f->defaults[i] == NULL)
            return NULL;
    }
    return &f->head;
}

/* ---- f-strings ---- */

static struct tum_obj *converted(struct tum_vm *vm, struct tum_obj *o, char how)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    switch (how) {
    case 's':
        return tum_op_str(vm, o);
    case 'r':
        return tum_op_repr(vm, o);
    case 'a':
        if (tum_op_write_ascii(vm, o, &text))
            return tum_new_str_buf(vm, &text);
        tum_buf_release(&text);
        return NULL;
    default:
        return o;
    }
}

static bool write_fstring(struct tum_vm *vm, struct tum_ast *node,
                          struct tum_frame *frame, struct tum_buf *out);

static bool write_field(struct tum_vm *vm, struct tum_ast *field,
                        struct tum_frame *frame, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf spec = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_obj *o = tum_eval(vm, field->a, frame);

    if (o != NULL)
        o = converted(vm, o, (char)field->op);
    if (o == NULL)
        return false;
    if (field->b != NULL && !write_fstring(vm, field->b, frame, &spec))
        return false;
    return tum_format_value(vm, o, tum_buf_str(&spec), out);
}

static bool write_fstring(struct tum_vm *vm, struct tum_ast *node,
                          struct tum_frame *frame, struct tum_buf *out)
{
    for (uint32_t i = 0; i < node->count; i++) {
        struct tum_ast *part = node->list[i];

        if (part->kind == TUM_AST_CONST)
            tum_buf_addt(out, tum_text_of(part->constant));
        else if (!write_field(vm, part, frame, out))
            return false;
    }
    return true;
}

static struct tum_obj *eval_fstring(struct tum_vm *vm, struct tum_ast *node,
                                    struct tum_frame *frame)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (write_fstring(vm, node, frame, &text))
        return tum_new_str_buf(vm, &text);
    tum_buf_release(&text);
    return NULL;
}

/* ---- calls ---- */

#define FEW_ARGS 8

static bool add_keyword(struct tum_vm *vm, struct tum_oseq *names,
                        struct tum_oseq *values, struct tum_obj *name,
                        struct tum_obj *value)
{
    return tum_olist_append(vm, names, name) && tum_olist_append(vm, values, value);
}

/* Adds a name that must not be there yet. */
static bool add_new_keyword(struct tum_vm *vm, struct tum_oseq *names,
                            struct tum_oseq *values, struct tum_obj *name,
                            struct tum_obj *value, struct tum_obj *callee)
{
    for (size_t i = 0; i < names->n; i++) {
        if (tum_str_eq(tum_text_of(names->items[i]), tum_text_of(name)))
            return tum_raise_type_false(
                vm, "%s() got multiple values for keyword argument '%.*s'",
                tum_callable_name(callee), TUM_STR_ARG(tum_text_of(name)));
    }
    return add_keyword(vm, names, values, name, value);
}

/* Of something that answers for its own attributes: what its keys() gives. */
static bool add_each_key(struct tum_vm *vm, struct tum_oseq *names,
                         struct tum_oseq *values, struct tum_obj *from,
                         struct tum_obj *callee)
{
    struct tum_args none = {0};
    struct tum_obj *keys = tum_op_getattr(vm, from, TUM_S("keys")), *value;
    struct tum_oseq *list;

    if (keys != NULL)
        keys = tum_op_call(vm, keys, &none);
    list = keys != NULL ? tum_op_list(vm, keys) : NULL;
    if (list == NULL)
        return false;
    for (size_t i = 0; i < list->n; i++) {
        if (!tum_is_str(list->items[i]))
            return tum_raise_type_false(vm, "keywords must be strings");
        value = tum_op_getitem(vm, from, list->items[i]);
        if (value == NULL ||
            !add_new_keyword(vm, names, values, list->items[i], value, callee))
            return false;
    }
    return true;
}

/* `**x` of a call. */
static bool add_keywords(struct tum_vm *vm, struct tum_oseq *names,
                         struct tum_oseq *values, struct tum_obj *from,
                         struct tum_obj *callee)
{
    struct tum_dict_entry *e;

    if (tum_kind_of(from) != TUM_O_DICT) {
        if (from->type->getattr != NULL && from->type->getitem != NULL)
            return add_each_key(vm, names, values, from, callee);
        if (from->type->unsupported_attrs || from->type->getitem != NULL)
            return tum_unsupported_false(vm, "a mapping that is no dict");
        return tum_raise_type_false(vm,
                                    "%s() argument after ** must be a mapping, not %s",
                                    tum_callable_name(callee), from->type->name);
    }
    for (size_t at = 0; (e = tum_dict_next(tum_as_dict(from), &at)) != NULL;) {
        if (!tum_is_str(e->key))
            return tum_raise_type_false(vm, "keywords must be strings");
        if (!add_new_keyword(vm, names, values, e->key, e->value, callee))
            return false;
    }
    return true;
}

/* All forms of arguments. `callee` is for messages. */
static bool eval_args(struct tum_vm *vm, struct tum_ast *node, struct tum_frame *frame,
                      struct tum_obj *callee, struct tum_args *ret)
{
    struct tum_oseq *v = tum_new_list(vm, 0), *names = tum_new_list(vm, 0);
    struct tum_oseq *kw = tum_new_list(vm, 0);

    for (uint32_t i = 0; i < node->count; i++) {
        struct tum_ast *arg = node->list[i];
        bool plain = arg->kind != TUM_AST_STAR && arg->kind != TUM_AST_DSTAR &&
                     arg->kind != TUM_AST_KEYWORD;
        struct tum_obj *o = tum_eval(vm, plain ? arg : arg->a, frame);
        bool ok;

        if (o == NULL)
            return false;
        if (plain)
            ok = tum_olist_append(vm, v, o);
        else if (arg->kind == TUM_AST_STAR)
            ok = add_starred(vm, v, o, callee);
        else if (arg->kind == TUM_AST_DSTAR)
            ok = add_keywords(vm, names, kw, o, callee);
        else
            ok = add_new_keyword(vm, names, kw, tum_new_str_kept(vm, arg->name), o,
                                 callee);
        if (!ok)
            return false;
    }
    *ret = (struct tum_args){
        .v = v->items, .n = v->n, .names = names->items, .kw = kw->items, .nkw = kw->n};
    return true;
}

bool tum_eval_args(struct tum_vm *vm, struct tum_ast *node, struct tum_frame *frame,
                   struct tum_args *ret)
{
    return eval_args(vm, node, frame, vm->none, ret);
}

/* Positional arguments only, into `places`. */
static bool eval_simple_args(struct tum_vm *vm, struct tum_ast *node,
                             struct tum_frame *frame, struct tum_obj **places)
{
    for (uint32_t i = 0; i < node->count; i++) {
        places[i] = tum_eval(vm, node->list[i], frame);
        if (places[i] == NULL)
            return false;
    }
    return true;
}

/* The method of a type that `x.name(…)` calls: no bound object is needed. */
static const struct tum_native *find_method(struct tum_ast *attr, struct tum_obj *self)
{
    if (self->type->getattr != NULL)
        return NULL;
    if (attr->seen != self->type) {
        const struct tum_native *found = tum_type_attr(self->type, attr->name);

        if (found != NULL && (found->flags & TUM_NATIVE_SPECIAL) != 0)
            found = NULL;
        attr->seen = self->type;
        attr->seen_attr = found;
    }
    return attr->seen_attr;
}

static struct tum_obj *call_with(struct tum_vm *vm, struct tum_ast *node,
                                 struct tum_frame *frame, struct tum_obj *f,
                                 const struct tum_native *method, struct tum_obj *self)
{
    struct tum_obj *few[FEW_ARGS];
    struct tum_args args = {.v = few, .n = node->count};

    if (node->simple && node->count <= FEW_ARGS) {
        if (!eval_simple_args(vm, node, frame, few))
            return NULL;
    } else if (!eval_args(vm, node, frame,
                          method != NULL ? tum_new_bound(vm, method, self) : f,
                          &args)) {
        return NULL;
    }
    return method != NULL ? tum_native_call(vm, method, self, &args)
                          : tum_op_call(vm, f, &args);
}

static struct tum_obj *eval_call(struct tum_vm *vm, struct tum_ast *node,
                                 struct tum_frame *frame)
{
    struct tum_ast *callee = node->a;
    const struct tum_native *method;
    struct tum_obj *f, *self;

    if (callee->kind != TUM_AST_ATTR) {
        f = tum_eval(vm, callee, frame);
        return f != NULL ? call_with(vm, node, frame, f, NULL, NULL) : NULL;
    }
    self = tum_eval(vm, callee->a, frame);
    if (self == NULL)
        return NULL;
    method = find_method(callee, self);
    if (method != NULL)
        return call_with(vm, node, frame, NULL, method, self);
    f = vm->hooks != NULL ? tum_eval_attr(vm, self, callee->name)
                          : tum_op_getattr(vm, self, callee->name);
    return f != NULL ? call_with(vm, node, frame, f, NULL, NULL) : NULL;
}

/* ---- templates ---- */

static struct tum_obj *eval_filter(struct tum_vm *vm, struct tum_ast *node,
                                   struct tum_frame *frame)
{
    struct tum_obj *few[FEW_ARGS];
    struct tum_args args = {.v = few, .n = node->count};
    struct tum_obj *subject = tum_eval(vm, node->a, frame);
    bool holds;

    if (subject == NULL)
        return NULL;
    if (node->simple && node->count <= FEW_ARGS) {
        if (!eval_simple_args(vm, node, frame, few))
            return NULL;
    } else if (!eval_args(vm, node, frame, vm->none, &args)) {
        return NULL;
    }
    if (node->kind == TUM_AST_FILTER)
        return vm->hooks->filter(vm, vm->hooks_ctx, node, subject, &args);
    if (!vm->hooks->test(vm, vm->hooks_ctx, node, subject, &args, &holds))
        return NULL;
    return tum_new_bool(vm, holds != (node->op == 1));
}

static struct tum_obj *eval_concat(struct tum_vm *vm, struct tum_ast *node,
                                   struct tum_frame *frame)
{
    struct tum_oseq *parts = eval_elements(vm, node, frame, true);

    return parts != NULL ? vm->hooks->concat(vm, vm->hooks_ctx, parts->items, parts->n)
                         : NULL;
}

/* ---- any node ---- */

struct tum_obj *tum_eval(struct tum_vm *vm, struct tum_ast *node,
                         struct tum_frame *frame)
{
    struct tum_oseq *seq;
    struct tum_obj *o;

    if (node->kind == TUM_AST_CONST)
        return node->constant;
    if (!tum_vm_step(vm) || !tum_vm_stack(vm))
        return NULL;
    switch ((enum tum_ast_kind)node->kind) {
    case TUM_AST_CONST:
        return node->constant;
    case TUM_AST_NAME:
        return eval_name(vm, node, frame);
    case TUM_AST_ATTR:
        return eval_attr(vm, node, frame);
    case TUM_AST_ITEM:
        return eval_item(vm, node, frame);
    case TUM_AST_SLICE:
        return eval_slice(vm, node, frame);
    case TUM_AST_CALL:
        return eval_call(vm, node, frame);
    case TUM_AST_UNARY:
        o = tum_eval(vm, node->a, frame);
        return o != NULL ? tum_op_unary(vm, (enum tum_unop)node->op, o) : NULL;
    case TUM_AST_NOT:
        return eval_not(vm, node, frame);
    case TUM_AST_BINARY:
        return eval_binary(vm, node, frame);
    case TUM_AST_COMPARE:
        return eval_compare(vm, node, frame);
    case TUM_AST_AND:
    case TUM_AST_OR:
        return eval_logic(vm, node, frame);
    case TUM_AST_IF:
        return eval_if(vm, node, frame);
    case TUM_AST_LIST:
    case TUM_AST_TUPLE:
        seq = eval_elements(vm, node, frame, node->kind == TUM_AST_TUPLE);
        return seq != NULL ? &seq->head : NULL;
    case TUM_AST_SET:
        return eval_set(vm, node, frame);
    case TUM_AST_DICT:
        return eval_dict(vm, node, frame);
    case TUM_AST_LAMBDA:
        return eval_lambda(vm, node, frame);
    case TUM_AST_COMP:
        return tum_eval_comp(vm, node, frame);
    case TUM_AST_FSTRING:
        return eval_fstring(vm, node, frame);
    case TUM_AST_WALRUS:
        return eval_walrus(vm, node, frame);
    case TUM_AST_CONCAT:
        return eval_concat(vm, node, frame);
    case TUM_AST_FILTER:
    case TUM_AST_TEST:
        return eval_filter(vm, node, frame);
    case TUM_AST_CLIENT:
        return vm->hooks->client(vm, vm->hooks_ctx, node);
    case TUM_AST_STAR:
    case TUM_AST_DSTAR:
    case TUM_AST_KEYWORD:
    case TUM_AST_COMP_FOR:
    case TUM_AST_FIELD:
        break;
    }
    tum_bug("a node of kind %d has no value of its own", node->kind);
}

struct tum_obj *tum_eval_whole(struct tum_vm *vm, struct tum_ast *node)
{
    struct tum_frame *frame = NULL;

    if (node->frame_size > 0)
        frame = tum_frame_new(vm, NULL, node->frame_size);
    return tum_eval(vm, node->a, frame);
}
