/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str(), repr() and ascii() of any object. What CPython shows with an address is handed
 * over.
 */
#include "base/utf8.h"
#include "lang/ops.h"
#include "value/vnum.h"

/* Containers being written, innermost first: one inside itself is shown as dots. */
struct tum_repr_level {
    const struct tum_obj *o;
    const struct tum_repr_level *up;
};

static bool being_written(const struct tum_vm *vm, const struct tum_obj *o)
{
    for (const struct tum_repr_level *l = vm->printing; l != NULL; l = l->up) {
        if (l->o == o)
            return true;
    }
    return false;
}

static bool write_int(struct tum_vm *vm, tum_val v, struct tum_buf *out)
{
    if (v.kind == TUM_INT)
        tum_buf_addi(out, v.as.i);
    else if (v.kind == TUM_BOOL)
        tum_buf_adds(out, v.as.b ? "True" : "False");
    else if (tum_int_too_long(v))
        return tum_raise_value_false(
            vm,
            "Exceeds the limit (%d digits) for integer string conversion; use "
            "sys.set_int_max_str_digits() to increase the limit",
            TUM_INT_TEXT_LIMIT);
    else
        tum_int_write(out, v, 10);
    return true;
}

static void write_float(double f, struct tum_buf *out)
{
    char text[TUM_FLOAT_TEXT];

    tum_buf_add(out, text, tum_float_text(f, text));
}

static void write_bytes(struct tum_str bytes, struct tum_buf *out)
{
    char quote =
        memchr(bytes.s, '\'', bytes.n) != NULL && memchr(bytes.s, '"', bytes.n) == NULL
            ? '"'
            : '\'';

    tum_buf_addc(out, 'b');
    tum_buf_addc(out, quote);
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.s[i];

        if (c == (unsigned char)quote || c == '\\')
            tum_buf_addc(out, '\\');
        if (c == '\t')
            tum_buf_adds(out, "\\t");
        else if (c == '\n')
            tum_buf_adds(out, "\\n");
        else if (c == '\r')
            tum_buf_adds(out, "\\r");
        else if (c < ' ' || c >= 0x7f)
            tum_buf_addf(out, "\\x%02x", c);
        else
            tum_buf_addc(out, (char)c);
    }
    tum_buf_addc(out, quote);
}

/* ---- containers ---- */

static bool write_items(struct tum_vm *vm, struct tum_oseq *seq, const char *open,
                        const char *close, struct tum_buf *out)
{
    tum_buf_adds(out, open);
    for (size_t i = 0; i < seq->n; i++) {
        if (i > 0)
            tum_buf_adds(out, ", ");
        if (!tum_op_write_repr(vm, seq->items[i], out))
            return false;
    }
    tum_buf_adds(out, close);
    return true;
}

static bool write_pair(struct tum_vm *vm, struct tum_obj *a, const char *between,
                       struct tum_obj *b, struct tum_buf *out)
{
    if (!tum_op_write_repr(vm, a, out))
        return false;
    tum_buf_adds(out, between);
    return tum_op_write_repr(vm, b, out);
}

static bool write_dict(struct tum_vm *vm, struct tum_odict *dict, struct tum_buf *out)
{
    struct tum_dict_entry *e;
    bool first = true;

    tum_buf_addc(out, '{');
    for (size_t at = 0; (e = tum_dict_next(dict, &at)) != NULL; first = false) {
        if (!first)
            tum_buf_adds(out, ", ");
        if (!write_pair(vm, e->key, ": ", e->value, out))
            return false;
    }
    tum_buf_addc(out, '}');
    return true;
}

static bool write_set(struct tum_vm *vm, struct tum_oset *set, struct tum_buf *out)
{
    bool frozen = tum_kind_of(&set->head) == TUM_O_FROZENSET, first = true;
    struct tum_obj *key;

    if (set->n == 0) {
        tum_buf_adds(out, frozen ? "frozenset()" : "set()");
        return true;
    }
    tum_buf_adds(out, frozen ? "frozenset({" : "{");
    for (size_t at = 0; (key = tum_oset_next(set, &at)) != NULL; first = false) {
        if (!first)
            tum_buf_adds(out, ", ");
        if (!tum_op_write_repr(vm, key, out))
            return false;
    }
    tum_buf_adds(out, frozen ? "})" : "}");
    return true;
}

static bool write_view(struct tum_vm *vm, struct tum_oview *view, struct tum_buf *out)
{
    struct tum_dict_entry *e;
    bool first = true;

    tum_buf_adds(out, view->head.type->name);
    tum_buf_adds(out, "([");
    for (size_t at = 0; (e = tum_dict_next(view->dict, &at)) != NULL; first = false) {
        if (!first)
            tum_buf_adds(out, ", ");
        if (view->head.type == &tum_type_dict_items) {
            tum_buf_addc(out, '(');
            if (!write_pair(vm, e->key, ", ", e->value, out))
                return false;
            tum_buf_addc(out, ')');
        } else if (!tum_op_write_repr(
                       vm, view->head.type == &tum_type_dict_keys ? e->key : e->value,
                       out)) {
            return false;
        }
    }
    tum_buf_adds(out, "])");
    return true;
}

static bool write_slice(struct tum_vm *vm, struct tum_oslice *s, struct tum_buf *out)
{
    tum_buf_adds(out, "slice(");
    if (!write_pair(vm, s->start, ", ", s->stop, out))
        return false;
    tum_buf_adds(out, ", ");
    if (!tum_op_write_repr(vm, s->step, out))
        return false;
    tum_buf_addc(out, ')');
    return true;
}

static bool write_container(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out)
{
    switch (tum_kind_of(o)) {
    case TUM_O_LIST:
        return write_items(vm, tum_as_seq(o), "[", "]", out);
    case TUM_O_TUPLE:
        return write_items(vm, tum_as_seq(o), "(", tum_as_seq(o)->n == 1 ? ",)" : ")",
                           out);
    case TUM_O_DICT:
        return write_dict(vm, tum_as_dict(o), out);
    case TUM_O_VIEW:
        return write_view(vm, tum_as_view(o), out);
    case TUM_O_SLICE:
        return write_slice(vm, tum_as_slice(o), out);
    default:
        return write_set(vm, tum_as_set(o), out);
    }
}

static bool write_guarded(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out)
{
    struct tum_repr_level level = {.o = o, .up = vm->printing};
    bool ok;

    if (being_written(vm, o)) {
        if (tum_kind_of(o) != TUM_O_LIST && tum_kind_of(o) != TUM_O_DICT)
            return tum_unsupported_false(vm, "a container inside itself");
        tum_buf_adds(out, tum_kind_of(o) == TUM_O_LIST ? "[...]" : "{...}");
        return true;
    }
    if (!tum_vm_stack(vm) || (out->len > 65536 && !tum_vm_room(vm, out->len)))
        return false;
    vm->printing = &level;
    ok = write_container(vm, o, out);
    vm->printing = level.up;
    return ok;
}

/* ---- the rest ---- */

static void write_range(struct tum_orange *r, struct tum_buf *out)
{
    tum_buf_adds(out, "range(");
    tum_buf_addi(out, r->start);
    tum_buf_adds(out, ", ");
    tum_buf_addi(out, r->stop);
    if (r->step != 1) {
        tum_buf_adds(out, ", ");
        tum_buf_addi(out, r->step);
    }
    tum_buf_addc(out, ')');
}

static bool write_native(struct tum_vm *vm, struct tum_onative *o, struct tum_buf *out)
{
    if (o->self != NULL && vm->hooks != NULL) {
        tum_buf_addf(out, "<built-in method %s of %s object>", o->what->name,
                     o->self->type->name);
        return true;
    }
    if (o->self != NULL || o->head.type == &tum_type_function)
        return tum_unsupported_false(vm, "the address of a method");
    if (o->owner != NULL)
        tum_buf_addf(out, "<method '%s' of '%s' objects>", o->what->name,
                     o->owner->name);
    else
        tum_buf_addf(out, "<built-in function %s>", o->what->name);
    return true;
}

/* The buffer is not of the heap, but what it holds will be. */
static bool has_room(struct tum_vm *vm, struct tum_obj *o, const struct tum_buf *out)
{
    size_t n = out->len + (tum_is_str(o) ? tum_as_str(o)->n : 0);

    return n < 1 << 20 || tum_vm_room(vm, n);
}

bool tum_op_write_repr(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out)
{
    if (!tum_vm_step(vm) || !has_room(vm, o, out))
        return false;
    if (o->type->repr != NULL)
        return o->type->repr(vm, o, out);
    switch (tum_kind_of(o)) {
    case TUM_O_NONE:
        tum_buf_adds(out, "None");
        return true;
    case TUM_O_ELLIPSIS:
        tum_buf_adds(out, "Ellipsis");
        return true;
    case TUM_O_BOOL:
    case TUM_O_INT:
        return write_int(vm, tum_as_int(o)->v, out);
    case TUM_O_FLOAT:
        write_float(tum_as_float(o)->f, out);
        return true;
    case TUM_O_STR:
        tum_text_write_repr(out, tum_text_of(o), false);
        return true;
    case TUM_O_BYTES:
        write_bytes(tum_text_of(o), out);
        return true;
    case TUM_O_LIST:
    case TUM_O_TUPLE:
    case TUM_O_DICT:
    case TUM_O_SET:
    case TUM_O_FROZENSET:
    case TUM_O_SLICE:
    case TUM_O_VIEW:
        return write_guarded(vm, o, out);
    case TUM_O_RANGE:
        write_range(tum_as_range(o), out);
        return true;
    case TUM_O_DATE:
        if (vm->printing != NULL) {
            TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

            tum_val_write_str(&text, tum_as_date(o)->v);
            tum_text_write_repr(out, tum_buf_str(&text), false);
            return true;
        }
        tum_val_write_repr(out, tum_as_date(o)->v);
        return true;
    case TUM_O_TYPE: {
        const struct tum_type *what = tum_as_type(o)->what;

        tum_buf_addf(out, "<class '%s%s%s'>", what->module != NULL ? what->module : "",
                     what->module != NULL ? "." : "", what->name);
        return true;
    }
    case TUM_O_NATIVE:
        return write_native(vm, tum_as_native(o), out);
    case TUM_O_LAMBDA:
    case TUM_O_MODULE:
    case TUM_O_ITER:
    case TUM_O_OTHER:
        break;
    }
    if (vm->hooks != NULL) { /* templates have nobody to hand it over to */
        tum_buf_addf(out, "<%s object>", o->type->name);
        return true;
    }
    return tum_unsupported_false(vm, "the address of an object");
}

bool tum_op_write_str(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out)
{
    if (o->type->str != NULL)
        return o->type->str(vm, o, out);
    if (tum_is_str(o)) {
        tum_buf_addt(out, tum_text_of(o));
        return true;
    }
    if (tum_kind_of(o) == TUM_O_DATE) {
        tum_val_write_str(out, tum_as_date(o)->v);
        return true;
    }
    return tum_op_write_repr(vm, o, out);
}

bool tum_op_write_ascii(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    uint32_t c;

    if (!tum_op_write_repr(vm, o, &text))
        return false;
    for (size_t i = 0; i < text.len;) {
        size_t n = tum_utf8_decode(text.s + i, text.len - i, &c);

        if (c < 0x80)
            tum_buf_addc(out, text.s[i]);
        else
            tum_buf_addf(out,
                         c < 0x100     ? "\\x%02x"
                         : c < 0x10000 ? "\\u%04x"
                                       : "\\U%08x",
                         c);
        i += n;
    }
    return true;
}

struct tum_obj *tum_op_str(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (o->type == &tum_type_str)
        return o;
    if (tum_op_write_str(vm, o, &text))
        return tum_new_str_buf(vm, &text);
    tum_buf_release(&text);
    return NULL;
}

struct tum_obj *tum_op_repr(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (tum_op_write_repr(vm, o, &text))
        return tum_new_str_buf(vm, &text);
    tum_buf_release(&text);
    return NULL;
}
