/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pretty form of values, 80 columns wide: what fits on a line is its repr with
 * mappings sorted, longer containers have a line for each element, longer texts are
 * broken between words.
 */
#include "base/utf8.h"
#include "tmpl/tchar.h"
#include "tmpl/tfilter.h"
#include "tmpl/tobj.h"
#include "tum/mem.h"

#define WIDTH 80

struct printer {
    struct tum_vm *vm;
    struct tum_buf *out;
};

static bool check(struct printer *p)
{
    if (p->out->full)
        return tum_raise_false(p->vm, "TemplateRuntimeError",
                               "pprint makes too long a text");
    return tum_vm_step(p->vm) && tum_vm_stack(p->vm);
}

/* ---- order ---- */

/* What sorting compares: a < b, or the names of the types when they have no order. */
static bool less(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b, bool *ret)
{
    if (tum_op_less(vm, a, b, ret))
        return true;
    if (!tum_raised(vm, "TypeError"))
        return false;
    tum_raised_clear(vm);
    *ret = strcmp(a->type->name, b->type->name) < 0;
    return true;
}

/* Merges two sorted halves of `v`; `spare` has room for n. */
static bool merge(struct tum_vm *vm, struct tum_obj **v, size_t half, size_t n,
                  struct tum_obj **spare)
{
    size_t i = 0, k = half, to = 0;

    while (i < half && k < n) {
        bool second;

        if (!tum_vm_step(vm) || !less(vm, v[k], v[i], &second))
            return false;
        spare[to++] = second ? v[k++] : v[i++];
    }
    while (i < half)
        spare[to++] = v[i++];
    memcpy(v, spare, to * sizeof(*v));
    return true;
}

static bool sort(struct tum_vm *vm, struct tum_obj **v, size_t n,
                 struct tum_obj **spare)
{
    size_t half = n / 2;

    if (n < 2)
        return true;
    return sort(vm, v, half, spare) && sort(vm, v + half, n - half, spare) &&
           merge(vm, v, half, n, spare);
}

static struct tum_oseq *sorted(struct tum_vm *vm, struct tum_oseq *list)
{
    struct tum_obj **spare = tum_vm_array(vm, struct tum_obj *, list->n + 1);

    return sort(vm, list->items, list->n, spare) ? list : NULL;
}

static struct tum_oseq *sorted_keys(struct tum_vm *vm, struct tum_odict *dict)
{
    struct tum_oseq *keys = tum_new_list(vm, 0);
    struct tum_dict_entry *entry;

    for (size_t at = 0; (entry = tum_dict_next(dict, &at)) != NULL;)
        if (!tum_olist_append(vm, keys, entry->key))
            return NULL;
    return sorted(vm, keys);
}

static struct tum_obj *value_of(struct tum_vm *vm, struct tum_obj *dict,
                                struct tum_obj *key)
{
    struct tum_obj *value;

    return tum_dict_get(vm, tum_as_dict(dict), key, &value) ? value : NULL;
}

/* ---- one line ---- */

static bool write_flat(struct printer *p, struct tum_obj *o);

static bool flat_items(struct printer *p, struct tum_oseq *seq, const char *open,
                       const char *close)
{
    tum_buf_adds(p->out, open);
    for (size_t i = 0; i < seq->n; i++) {
        if (i > 0)
            tum_buf_adds(p->out, ", ");
        if (!write_flat(p, seq->items[i]))
            return false;
    }
    tum_buf_adds(p->out, close);
    return true;
}

static bool flat_dict(struct printer *p, struct tum_obj *o)
{
    struct tum_oseq *keys = sorted_keys(p->vm, tum_as_dict(o));

    if (keys == NULL)
        return false;
    tum_buf_addc(p->out, '{');
    for (size_t i = 0; i < keys->n; i++) {
        struct tum_obj *value = value_of(p->vm, o, keys->items[i]);

        if (i > 0)
            tum_buf_adds(p->out, ", ");
        if (value == NULL || !write_flat(p, keys->items[i]))
            return false;
        tum_buf_adds(p->out, ": ");
        if (!write_flat(p, value))
            return false;
    }
    tum_buf_addc(p->out, '}');
    return true;
}

static bool write_flat(struct printer *p, struct tum_obj *o)
{
    if (!check(p))
        return false;
    if (o->type == &tum_type_dict)
        return flat_dict(p, o);
    if (o->type == &tum_type_list)
        return flat_items(p, tum_as_seq(o), "[", "]");
    if (o->type == &tum_type_tuple)
        return flat_items(p, tum_as_seq(o), "(", tum_as_seq(o)->n == 1 ? ",)" : ")");
    return tum_op_write_repr(p->vm, o, p->out);
}

/* ---- several lines ---- */

static bool write_pretty(struct printer *p, struct tum_obj *o, size_t indent,
                         size_t allowance, size_t level);

static void line_break(struct printer *p, size_t indent)
{
    tum_buf_addc(p->out, '\n');
    tum_buf_fill(p->out, ' ', indent);
}

static bool pretty_items(struct printer *p, struct tum_oseq *seq, size_t indent,
                         size_t allowance, size_t level)
{
    for (size_t i = 0; i < seq->n; i++) {
        if (i > 0) {
            tum_buf_addc(p->out, ',');
            line_break(p, indent + 1);
        }
        if (!write_pretty(p, seq->items[i], indent + 1, i + 1 == seq->n ? allowance : 1,
                          level))
            return false;
    }
    return true;
}

static bool pretty_dict(struct printer *p, struct tum_obj *o, size_t indent,
                        size_t allowance, size_t level)
{
    struct tum_oseq *keys = sorted_keys(p->vm, tum_as_dict(o));

    if (keys == NULL)
        return false;
    tum_buf_addc(p->out, '{');
    for (size_t i = 0; i < keys->n; i++) {
        struct tum_obj *value = value_of(p->vm, o, keys->items[i]);
        size_t start;

        if (i > 0) {
            tum_buf_addc(p->out, ',');
            line_break(p, indent + 1);
        }
        start = p->out->len;
        if (value == NULL || !write_flat(p, keys->items[i]))
            return false;
        tum_buf_adds(p->out, ": ");
        start = tum_utf8_count(tum_str_n(p->out->s + start, p->out->len - start));
        if (!write_pretty(p, value, indent + 1 + start,
                          i + 1 == keys->n ? allowance + 1 : 1, level))
            return false;
    }
    tum_buf_addc(p->out, '}');
    return true;
}

static bool pretty_set(struct printer *p, struct tum_obj *o, size_t indent,
                       size_t allowance, size_t level)
{
    bool frozen = tum_kind_of(o) == TUM_O_FROZENSET;
    struct tum_oseq *list = tum_op_list(p->vm, o);

    if (list == NULL || sorted(p->vm, list) == NULL)
        return false;
    tum_buf_adds(p->out, frozen ? "frozenset({" : "{");
    if (!pretty_items(p, list, frozen ? indent + 10 : indent,
                      allowance + (frozen ? 2 : 1), level))
        return false;
    tum_buf_adds(p->out, frozen ? "})" : "}");
    return true;
}

/* ---- long texts ---- */

struct chunks {
    struct tum_buf *list;
    size_t count, cap;
};

static void add_chunk(struct chunks *chunks, struct tum_str text)
{
    tum_grow(&chunks->list, &chunks->cap, chunks->count + 1);
    tum_buf_init(&chunks->list[chunks->count], TUM_BUF_ANY);
    tum_text_write_repr(&chunks->list[chunks->count++], text, false);
}

static size_t repr_width(struct tum_str text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf repr = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_text_write_repr(&repr, text, false);
    return tum_utf8_count(tum_buf_str(&repr));
}

/* End of a run of characters that are, or are not, white space. */
static size_t run_end(struct tum_str text, size_t i, bool space)
{
    while (i < text.n) {
        uint32_t c;
        size_t n = tum_utf8_decode(text.s + i, text.n - i, &c);

        if (tum_uni_is_space(c) != space)
            break;
        i += n;
    }
    return i;
}

/* Breaks a line between words so that each chunk's repr is at most `width` long. */
static bool break_line(struct printer *p, struct tum_str line, int64_t width,
                       int64_t last_less, struct chunks *chunks)
{
    size_t start = 0, end = 0;

    while (end < line.n) {
        size_t next = run_end(line, run_end(line, end, false), true);

        if (!tum_vm_work(p->vm, next - start + 1))
            return false;
        if (next == line.n)
            width -= last_less;
        if ((int64_t)repr_width(tum_str_sub(line, start, next)) > width) {
            if (end > start)
                add_chunk(chunks, tum_str_sub(line, start, end));
            start = end;
        }
        end = next;
    }
    if (end > start)
        add_chunk(chunks, tum_str_sub(line, start, end));
    return true;
}

static bool pretty_lines(struct printer *p, struct tum_obj *o, size_t indent,
                         size_t allowance, struct chunks *chunks)
{
    struct tum_obj *keep = p->vm->yes;
    struct tum_obj *lines = tum_tcall_method(p->vm, o, "splitlines", &keep, 1);
    int64_t width = WIDTH - (int64_t)indent;

    if (lines == NULL)
        return false;
    for (size_t i = 0; i < tum_as_seq(lines)->n; i++) {
        struct tum_str line = tum_text_of(tum_as_seq(lines)->items[i]);
        int64_t less_room = i + 1 == tum_as_seq(lines)->n ? (int64_t)allowance : 0;

        if ((int64_t)repr_width(line) <= width - less_room)
            add_chunk(chunks, line);
        else if (!break_line(p, line, width, less_room, chunks))
            return false;
    }
    return true;
}

static bool pretty_str(struct printer *p, struct tum_obj *o, size_t indent,
                       size_t allowance, size_t level)
{
    struct chunks chunks = {0};
    bool ok;

    if (level == 1) {
        indent++;
        allowance++;
    }
    ok = pretty_lines(p, o, indent, allowance, &chunks);
    if (ok && level == 1 && chunks.count > 1)
        tum_buf_addc(p->out, '(');
    for (size_t i = 0; i < chunks.count; i++) {
        if (ok && i > 0)
            line_break(p, indent);
        if (ok)
            tum_buf_addt(p->out, tum_buf_str(&chunks.list[i]));
        tum_buf_release(&chunks.list[i]);
    }
    if (ok && level == 1 && chunks.count > 1)
        tum_buf_addc(p->out, ')');
    tum_free(chunks.list);
    return ok;
}

static bool pretty(struct printer *p, struct tum_obj *o, size_t indent,
                   size_t allowance, size_t level)
{
    struct tum_oseq *seq = tum_as_seq(o);
    bool one;

    if (o->type == &tum_type_dict)
        return pretty_dict(p, o, indent, allowance, level);
    if (o->type == &tum_type_str && tum_as_str(o)->n > 0)
        return pretty_str(p, o, indent, allowance, level);
    if (o->type == &tum_type_set || o->type == &tum_type_frozenset)
        return pretty_set(p, o, indent, allowance, level);
    if (o->type == &tum_type_list) {
        tum_buf_addc(p->out, '[');
        if (!pretty_items(p, seq, indent, allowance + 1, level))
            return false;
        tum_buf_addc(p->out, ']');
        return true;
    }
    if (o->type != &tum_type_tuple)
        return tum_op_write_repr(p->vm, o, p->out);
    one = seq->n == 1;
    tum_buf_addc(p->out, '(');
    if (!pretty_items(p, seq, indent, allowance + (one ? 2 : 1), level))
        return false;
    tum_buf_adds(p->out, one ? ",)" : ")");
    return true;
}

static bool write_pretty(struct printer *p, struct tum_obj *o, size_t indent,
                         size_t allowance, size_t level)
{
    size_t start = p->out->len;
    size_t width;

    if (!write_flat(p, o))
        return false;
    width = tum_utf8_count(tum_str_n(p->out->s + start, p->out->len - start));
    if (width + indent + allowance <= WIDTH)
        return true;
    tum_buf_truncate(p->out, start);
    return pretty(p, o, indent, allowance, level + 1);
}

bool tum_pprint(struct tum_vm *vm, struct tum_obj *o, struct tum_buf *out)
{
    struct printer p = {vm, out};

    return write_pretty(&p, o, 0, 0, 0);
}
