/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding matches one after the other, and matches as objects.
 */
#include "base/utf8.h"
#include "lang/modre.h"
#include "lang/ops.h"

#define FN(name)                                                                       \
    static struct tum_obj *name(struct tum_vm *vm, struct tum_obj **a, size_t n)

/* ---- finding ---- */

static bool text_arg(struct tum_vm *vm, const struct tum_opattern *p, struct tum_obj *o)
{
    if (tum_kind_of(o) == TUM_O_BYTES)
        return tum_raise_type_false(
            vm, "cannot use a string pattern on a bytes-like object");
    if (!tum_is_str(o))
        return tum_raise_type_false(
            vm, "expected string or bytes-like object, got '%s'", o->type->name);
    return tum_regex_takes(p->re, tum_text_of(o)) ||
           tum_unsupported_false(vm, "a text that patterns see differently");
}

static bool find(struct tum_vm *vm, const struct tum_opattern *p, struct tum_obj *text,
                 size_t from, enum tum_regex_how how, bool advance, size_t *spans,
                 bool *ret)
{
    if (!tum_vm_step(vm))
        return false;
    switch (tum_regex_find(p->re, tum_text_of(text), from, how, advance, spans)) {
    case TUM_RE_FOUND:
        *ret = true;
        return tum_vm_work(vm, (spans[1] - from) / 64);
    case TUM_RE_NONE:
        *ret = false;
        return tum_vm_work(vm, (tum_as_str(text)->n - from) / 64);
    case TUM_RE_GIVEN_UP:
        break;
    }
    return tum_unsupported_false(vm, "a match that takes very long");
}

bool tum_rewalk_begin(struct tum_vm *vm, struct tum_rewalk *w, struct tum_opattern *p,
                      struct tum_obj *text)
{
    *w = (struct tum_rewalk){.vm = vm, .pattern = p, .text = text};
    if (p == NULL || !text_arg(vm, p, text))
        return false;
    w->spans = tum_vm_array(vm, size_t, 2 * (tum_regex_groups(p->re) + 1));
    return true;
}

/* False: no more, or failed. */
bool tum_rewalk_next(struct tum_rewalk *w)
{
    bool found;

    if (w->ended || !find(w->vm, w->pattern, w->text, w->from, TUM_RE_SEARCH,
                          w->advance, w->spans, &found))
        return false;
    if (!found) {
        w->ended = true;
        return false;
    }
    w->from = w->spans[1];
    w->advance = w->spans[0] == w->spans[1];
    return true;
}

struct tum_obj *tum_rewalk_text(struct tum_vm *vm, struct tum_obj *text,
                                const size_t *spans, size_t group, struct tum_obj *none)
{
    if (spans[2 * group] == SIZE_MAX)
        return none;
    return tum_new_part(vm, text, spans[2 * group],
                        spans[2 * group + 1] - spans[2 * group]);
}

struct tum_obj *tum_new_match(struct tum_vm *vm, struct tum_opattern *p,
                              struct tum_obj *text, const size_t *spans)
{
    size_t n = 2 * (tum_regex_groups(p->re) + 1);
    struct tum_omatch *m = tum_new_obj(vm, &tum_type_match, struct tum_omatch);

    m->pattern = p;
    m->text = text;
    m->spans = tum_vm_array(vm, size_t, n);
    memcpy(m->spans, spans, n * sizeof(*spans));
    return &m->head;
}

bool tum_rewalk_first(struct tum_rewalk *w, enum tum_regex_how how, bool *ret_found)
{
    return find(w->vm, w->pattern, w->text, 0, how, false, w->spans, ret_found);
}

/* The repr of a text, at most `most` characters of it. */
void tum_text_write_short_repr(struct tum_buf *out, struct tum_obj *text, size_t most)
{
    TUM_AUTO(tum_buf_release) struct tum_buf whole = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_text_write_repr(&whole, tum_text_of(text), false);
    tum_buf_add(out, whole.s, tum_utf8_offset(tum_buf_str(&whole), most));
}

/* ---- matches ---- */

/* A group by number or name; IndexError. */
static bool group_arg(struct tum_vm *vm, struct tum_omatch *m, struct tum_obj *o,
                      size_t *ret)
{
    int64_t number = -1;

    if (o == NULL) {
        *ret = 0;
        return true;
    }
    if (tum_is_int(o)) {
        if (!tum_val_to_int64(tum_as_int(o)->v, &number))
            number = -1;
    } else if (tum_is_str(o)) {
        number = (int64_t)tum_regex_group(m->pattern->re, tum_text_of(o));
        if (number == 0)
            number = -1;
    } else if (o->type->unhashable) {
        return tum_unsupported_false(vm, "a group that cannot be a name");
    }
    if (number < 0 || (size_t)number > tum_regex_groups(m->pattern->re))
        return tum_raise_false(vm, "IndexError", "no such group");
    *ret = (size_t)number;
    return true;
}

static struct tum_obj *group_text(struct tum_vm *vm, struct tum_omatch *m, size_t group,
                                  struct tum_obj *none)
{
    return tum_rewalk_text(vm, m->text, m->spans, group, none);
}

FN(match_group)
{
    struct tum_omatch *m = tum_as_match(a[0]);
    struct tum_oseq *tuple;
    size_t group;

    if (n <= 2)
        return group_arg(vm, m, n > 1 ? a[1] : NULL, &group)
                   ? group_text(vm, m, group, vm->none)
                   : NULL;
    tuple = tum_new_tuple(vm, n - 1);
    for (size_t i = 1; i < n; i++) {
        if (!group_arg(vm, m, a[i], &group))
            return NULL;
        tuple->items[i - 1] = group_text(vm, m, group, vm->none);
    }
    return &tuple->head;
}

static struct tum_obj *match_getitem(struct tum_vm *vm, struct tum_obj *self,
                                     struct tum_obj *key)
{
    size_t group;

    return group_arg(vm, tum_as_match(self), key, &group)
               ? group_text(vm, tum_as_match(self), group, vm->none)
               : NULL;
}

FN(match_groups)
{
    struct tum_omatch *m = tum_as_match(a[0]);
    struct tum_oseq *tuple = tum_new_tuple(vm, tum_regex_groups(m->pattern->re));

    (void)n;
    for (size_t i = 0; i < tuple->n; i++)
        tuple->items[i] = group_text(vm, m, i + 1, a[1] != NULL ? a[1] : vm->none);
    return &tuple->head;
}

FN(match_groupdict)
{
    struct tum_omatch *m = tum_as_match(a[0]);
    struct tum_odict *dict = tum_new_dict(vm);

    (void)n;
    for (size_t i = 1; i <= tum_regex_groups(m->pattern->re); i++) {
        struct tum_str name = tum_regex_group_name(m->pattern->re, i);

        if (name.s != NULL &&
            !tum_dict_set(vm, dict, tum_new_str(vm, name),
                          group_text(vm, m, i, a[1] != NULL ? a[1] : vm->none)))
            return NULL;
    }
    return &dict->head;
}

static struct tum_obj *place(struct tum_vm *vm, struct tum_omatch *m, size_t span)
{
    if (m->spans[span] == SIZE_MAX)
        return tum_new_int(vm, -1);
    return tum_new_size(vm, tum_ostr_index(m->text, m->spans[span]));
}

FN(match_start)
{
    size_t group;

    (void)n;
    return group_arg(vm, tum_as_match(a[0]), a[1], &group)
               ? place(vm, tum_as_match(a[0]), 2 * group)
               : NULL;
}
FN(match_end)
{
    size_t group;

    (void)n;
    return group_arg(vm, tum_as_match(a[0]), a[1], &group)
               ? place(vm, tum_as_match(a[0]), 2 * group + 1)
               : NULL;
}
FN(match_span)
{
    size_t group;

    (void)n;
    return group_arg(vm, tum_as_match(a[0]), a[1], &group)
               ? tum_new_pair(vm, place(vm, tum_as_match(a[0]), 2 * group),
                              place(vm, tum_as_match(a[0]), 2 * group + 1))
               : NULL;
}

FN(match_string)
{
    (void)vm;
    (void)n;
    return tum_as_match(a[0])->text;
}
FN(match_re)
{
    (void)vm;
    (void)n;
    return &tum_as_match(a[0])->pattern->head;
}
FN(match_pos)
{
    (void)a;
    (void)n;
    return tum_new_int(vm, 0);
}
FN(match_endpos)
{
    (void)n;
    return tum_new_size(vm, tum_ostr_count(tum_as_match(a[0])->text));
}

static const struct tum_native match_attrs[] = {
    {.name = "end", .call = match_end, .min = 1, .max = 2},
    {.name = "endpos",
     .call = match_endpos,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "group", .call = match_group, .min = 1, .max = -1},
    {.name = "groupdict",
     .call = match_groupdict,
     .min = 1,
     .max = 2,
     .params = "default"},
    {.name = "groups", .call = match_groups, .min = 1, .max = 2, .params = "default"},
    {.name = "pos", .call = match_pos, .min = 1, .max = 1, .flags = TUM_NATIVE_GETTER},
    {.name = "re", .call = match_re, .min = 1, .max = 1, .flags = TUM_NATIVE_GETTER},
    {.name = "span", .call = match_span, .min = 1, .max = 2},
    {.name = "start", .call = match_start, .min = 1, .max = 2},
    {.name = "string",
     .call = match_string,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
};

static bool match_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    struct tum_omatch *m = tum_as_match(self);

    tum_buf_addf(out, "<re.Match object; span=(%zu, %zu), match=",
                 tum_ostr_index(m->text, m->spans[0]),
                 tum_ostr_index(m->text, m->spans[1]));
    tum_text_write_short_repr(out, group_text(vm, m, 0, vm->none), 50);
    tum_buf_addc(out, '>');
    return true;
}

const struct tum_type tum_type_match = {.name = "Match",
                                        .module = "re",
                                        .kind = TUM_O_OTHER,
                                        .attrs = match_attrs,
                                        .attr_count = TUM_LEN(match_attrs),
                                        .unsupported_attrs = true,
                                        .repr = match_repr,
                                        .getitem = match_getitem};
