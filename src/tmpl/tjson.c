/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects as JSON: what `tojson` gives. Not the writer of values (value/jsonwrite.c),
 * because keys are sorted before they become text and safe text is a text.
 */
#include "base/utf8.h"
#include "tmpl/tfilter.h"
#include "tmpl/tobj.h"

/* Containers that are being written, to notice one that contains itself. */
struct level {
    const struct tum_obj *o;
    const struct level *outer;
    size_t depth;
};

struct writer {
    struct tum_vm *vm;
    struct tum_buf *out;
    const struct tum_str *indent; /* NULL: one line */
};

static bool write(struct writer *w, struct tum_obj *o, const struct level *outer);

static void write_unit(struct tum_buf *out, unsigned unit)
{
    tum_buf_addf(out, "\\u%04x", unit);
}

static void write_text(struct tum_buf *out, struct tum_str text)
{
    static const char named[][2] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'},
                                    {'\t', 't'}, {'\f', 'f'},  {'\b', 'b'}};

    tum_buf_addc(out, '"');
    for (size_t i = 0; i < text.n;) {
        bool done = false;
        uint32_t c;

        i += tum_utf8_decode(text.s + i, text.n - i, &c);
        for (size_t k = 0; k < TUM_LEN(named) && !done; k++)
            if (c == (uint32_t)named[k][0]) {
                tum_buf_addc(out, '\\');
                tum_buf_addc(out, named[k][1]);
                done = true;
            }
        if (done)
            continue;
        if (c >= 0x10000) {
            write_unit(out, 0xD800 + ((c - 0x10000) >> 10));
            write_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
        } else if (c < 0x20 || c >= 0x7F || c == '<' || c == '>' || c == '&' ||
                   c == '\'') {
            write_unit(out, c);
        } else {
            tum_buf_addc(out, (char)c);
        }
    }
    tum_buf_addc(out, '"');
}

static void write_float(struct tum_buf *out, double f)
{
    char text[TUM_FLOAT_TEXT];

    if (f != f)
        tum_buf_adds(out, "NaN");
    else if (f - f != 0)
        tum_buf_adds(out, f > 0 ? "Infinity" : "-Infinity");
    else
        tum_buf_add(out, text, tum_float_text(f, text));
}

static bool write_key(struct writer *w, struct tum_obj *key)
{
    switch (tum_kind_of(key)) {
    case TUM_O_STR:
        write_text(w->out, tum_text_of(key));
        return true;
    case TUM_O_NONE:
    case TUM_O_BOOL:
    case TUM_O_INT:
    case TUM_O_FLOAT:
        tum_buf_addc(w->out, '"');
        if (!write(w, key, NULL))
            return false;
        tum_buf_addc(w->out, '"');
        return true;
    default:
        return tum_raise_type_false(
            w->vm, "keys must be str, int, float, bool or None, not %s",
            key->type->name);
    }
}

static void new_line(struct writer *w, size_t depth)
{
    if (w->indent == NULL)
        return;
    tum_buf_addc(w->out, '\n');
    for (size_t i = 0; i < depth && !w->out->full; i++)
        tum_buf_addt(w->out, *w->indent);
}

static void separate(struct writer *w, size_t depth)
{
    tum_buf_adds(w->out, w->indent != NULL ? "," : ", ");
    new_line(w, depth);
}

static bool write_list(struct writer *w, struct tum_obj *o, const struct level *level)
{
    struct tum_oseq *list = tum_as_seq(o);

    tum_buf_addc(w->out, '[');
    if (list->n > 0)
        new_line(w, level->depth);
    for (size_t i = 0; i < list->n; i++) {
        if (i > 0)
            separate(w, level->depth);
        if (!write(w, list->items[i], level))
            return false;
    }
    if (list->n > 0)
        new_line(w, level->depth - 1);
    tum_buf_addc(w->out, ']');
    return true;
}

/* Pairs sorted by key; keys that have no order fail. */
static struct tum_oseq *sorted_pairs(struct tum_vm *vm, struct tum_odict *dict)
{
    struct tum_oseq *keys = tum_new_list(vm, 0);
    struct tum_dict_entry *entry;

    for (size_t at = 0; (entry = tum_dict_next(dict, &at)) != NULL;)
        if (!tum_olist_append(vm, keys, entry->key))
            return NULL;
    return tum_olist_sort(vm, keys, NULL, false) ? keys : NULL;
}

static bool write_dict(struct writer *w, struct tum_obj *o, const struct level *level)
{
    struct tum_oseq *keys = sorted_pairs(w->vm, tum_as_dict(o));

    if (keys == NULL)
        return false;
    tum_buf_addc(w->out, '{');
    if (keys->n > 0)
        new_line(w, level->depth);
    for (size_t i = 0; i < keys->n; i++) {
        struct tum_obj *value;

        if (i > 0)
            separate(w, level->depth);
        if (!write_key(w, keys->items[i]))
            return false;
        tum_buf_adds(w->out, ": ");
        if (!tum_dict_get(w->vm, tum_as_dict(o), keys->items[i], &value))
            return false;
        if (value == NULL || !write(w, value, level))
            return false;
    }
    if (keys->n > 0)
        new_line(w, level->depth - 1);
    tum_buf_addc(w->out, '}');
    return true;
}

static bool write_container(struct writer *w, struct tum_obj *o,
                            const struct level *outer)
{
    struct level level = {o, outer, outer != NULL ? outer->depth + 1 : 1};

    for (; outer != NULL; outer = outer->outer)
        if (outer->o == o)
            return tum_raise_value_false(w->vm, "Circular reference detected");
    return tum_kind_of(o) == TUM_O_DICT ? write_dict(w, o, &level)
                                        : write_list(w, o, &level);
}

static bool write(struct writer *w, struct tum_obj *o, const struct level *outer)
{
    if (!tum_vm_step(w->vm) || !tum_vm_stack(w->vm))
        return false;
    if (w->out->full)
        return tum_raise_false(w->vm, "TemplateRuntimeError",
                               "tojson makes too long a text");
    switch (tum_kind_of(o)) {
    case TUM_O_NONE:
        tum_buf_adds(w->out, "null");
        return true;
    case TUM_O_BOOL:
        tum_buf_adds(w->out, tum_as_int(o)->v.as.b ? "true" : "false");
        return true;
    case TUM_O_INT:
        return tum_op_write_repr(w->vm, o, w->out);
    case TUM_O_FLOAT:
        write_float(w->out, tum_as_float(o)->f);
        return true;
    case TUM_O_STR:
        write_text(w->out, tum_text_of(o));
        return true;
    case TUM_O_LIST:
    case TUM_O_TUPLE:
    case TUM_O_DICT:
        return write_container(w, o, outer);
    default:
        return tum_raise_type_false(w->vm, "Object of type %s is not JSON serializable",
                                    o->type->name);
    }
}

bool tum_tjson(struct tum_vm *vm, struct tum_obj *o, const struct tum_str *indent,
               struct tum_buf *out)
{
    struct writer w = {vm, out, indent};

    return write(&w, o, NULL);
}
