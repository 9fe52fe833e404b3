/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Methods of str that cut a text into pieces.
 */
#include "base/unicode.h"
#include "base/utf8.h"
#include "lang/ops.h"
#include "lang/strmeth.h"

struct cutter {
    struct tum_vm *vm;
    struct tum_obj *str;
    struct tum_str text;
    struct tum_oseq *list;
    size_t left; /* cuts still allowed */
};

static bool piece(struct cutter *c, size_t from, size_t to)
{
    return tum_vm_step(c->vm) &&
           tum_olist_append(c->vm, c->list,
                            tum_new_part(c->vm, c->str, from, to - from));
}

static bool space_at(const struct cutter *c, size_t i, size_t *ret_n)
{
    unsigned char b = (unsigned char)c->text.s[i];
    uint32_t code;

    if (b < 0x80) {
        *ret_n = 1;
        return b == ' ' || (b >= '\t' && b <= '\r') || (b >= 0x1c && b <= 0x1f);
    }
    *ret_n = tum_utf8_decode(c->text.s + i, c->text.n - i, &code);
    return tum_uni_is_space(code);
}

static size_t before(struct tum_str text, size_t i)
{
    do
        i--;
    while (i > 0 && ((unsigned char)text.s[i] & 0xC0) == 0x80);
    return i;
}

static bool split_blanks(struct cutter *c)
{
    size_t i = 0, n, start;

    for (;;) {
        while (i < c->text.n && space_at(c, i, &n))
            i += n;
        if (i == c->text.n)
            return true;
        start = i;
        if (c->left-- == 0) {
            /* The rest, with the blanks at its end. */
            return piece(c, start, c->text.n);
        }
        while (i < c->text.n && !space_at(c, i, &n))
            i += n;
        if (!piece(c, start, i))
            return false;
    }
}

static bool rsplit_blanks(struct cutter *c)
{
    size_t stop = c->text.n, at, n;

    for (;;) {
        while (stop > 0 && space_at(c, before(c->text, stop), &n))
            stop = before(c->text, stop);
        if (stop == 0)
            return true;
        if (c->left-- == 0) {
            /* The rest, with the blanks at its beginning. */
            return piece(c, 0, stop);
        }
        at = stop;
        while (at > 0 && !space_at(c, before(c->text, at), &n))
            at = before(c->text, at);
        if (!piece(c, at, stop))
            return false;
        stop = at;
    }
}

static bool split_at(struct cutter *c, struct tum_str separator)
{
    size_t from = 0, at;

    while (c->left-- > 0) {
        at = tum_str_find(c->text, separator, from);
        if (at == TUM_STR_NONE)
            break;
        if (!piece(c, from, at))
            return false;
        from = at + separator.n;
    }
    return piece(c, from, c->text.n);
}

static bool rsplit_at(struct cutter *c, struct tum_str separator)
{
    size_t stop = c->text.n, i = stop;

    while (c->left > 0 && i >= separator.n) {
        if (memcmp(c->text.s + i - separator.n, separator.s, separator.n) != 0) {
            i--;
            continue;
        }
        if (!piece(c, i, stop))
            return false;
        i -= separator.n;
        stop = i;
        c->left--;
    }
    return piece(c, 0, stop);
}

static struct tum_obj *split(struct tum_vm *vm, struct tum_obj **a, bool right)
{
    struct cutter c = {.vm = vm, .str = a[0], .text = tum_text_of(a[0])};
    bool blanks = a[1] == NULL || tum_is_none(a[1]), ok;
    int64_t most = -1;

    if (a[2] != NULL && !tum_arg_index(vm, a[2], &most))
        return NULL;
    if (!blanks && !tum_is_str(a[1]))
        return tum_raise_type(vm, "must be str or None, not %s", a[1]->type->name);
    if (!blanks && tum_as_str(a[1])->n == 0)
        return tum_raise_value(vm, "empty separator");
    if (!tum_vm_work(vm, c.text.n / 64))
        return NULL;
    c.left = most < 0 ? SIZE_MAX : (size_t)most;
    c.list = tum_new_list(vm, 0);
    if (right)
        ok = blanks ? rsplit_blanks(&c) : rsplit_at(&c, tum_text_of(a[1]));
    else
        ok = blanks ? split_blanks(&c) : split_at(&c, tum_text_of(a[1]));
    if (!ok)
        return NULL;
    for (size_t i = 0; right && i < c.list->n / 2; i++) {
        struct tum_obj *o = c.list->items[i];

        c.list->items[i] = c.list->items[c.list->n - 1 - i];
        c.list->items[c.list->n - 1 - i] = o;
    }
    return &c.list->head;
}

struct tum_obj *tum_str_splits(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return split(vm, a, false);
}

struct tum_obj *tum_str_rsplit(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return split(vm, a, true);
}

/* ---- lines ---- */

/* Length of the line end at byte i, or 0; *ret_n is that of the character. */
static size_t line_end(struct tum_str text, size_t i, size_t *ret_n)
{
    uint32_t c;

    *ret_n = tum_utf8_decode(text.s + i, text.n - i, &c);
    if (c == '\r' && i + 1 < text.n && text.s[i + 1] == '\n')
        return 2;
    if ((c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 ||
        c == 0x2028 || c == 0x2029)
        return *ret_n;
    return 0;
}

struct tum_obj *tum_str_splitlines(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct cutter c = {.vm = vm, .str = a[0], .text = tum_text_of(a[0])};
    size_t start = 0, end;
    bool keep = false;
    int64_t most;

    if (a[1] != NULL) {
        if (!tum_arg_index_clip(vm, a[1], &most))
            return NULL;
        keep = most != 0;
    }
    c.list = tum_new_list(vm, 0);
    for (size_t i = 0; i < c.text.n;) {
        end = line_end(c.text, i, &n);
        if (end == 0) {
            i += n;
            continue;
        }
        if (!piece(&c, start, keep ? i + end : i))
            return NULL;
        i += end;
        start = i;
    }
    if (start < c.text.n && !piece(&c, start, c.text.n))
        return NULL;
    return tum_vm_work(vm, c.text.n / 16) ? &c.list->head : NULL;
}

/* ---- partition ---- */

static struct tum_obj *three(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b,
                             struct tum_obj *c)
{
    struct tum_oseq *tuple = tum_new_tuple(vm, 3);

    tuple->items[0] = a;
    tuple->items[1] = b;
    tuple->items[2] = c;
    return &tuple->head;
}

static struct tum_obj *partition(struct tum_vm *vm, struct tum_obj **a, bool last)
{
    struct tum_str text = tum_text_of(a[0]), what;
    struct tum_obj *whole = tum_new_part(vm, a[0], 0, text.n);
    size_t at;

    if (!tum_is_str(a[1]))
        return tum_raise_type(vm, "must be str, not %s", a[1]->type->name);
    what = tum_text_of(a[1]);
    if (what.n == 0)
        return tum_raise_value(vm, "empty separator");
    at = tum_str_find(text, what, 0);
    for (size_t next = at; last && next != TUM_STR_NONE;) {
        at = next;
        next = tum_str_find(text, what, at + 1);
    }
    if (at == TUM_STR_NONE)
        return last ? three(vm, vm->empty_str, vm->empty_str, whole)
                    : three(vm, whole, vm->empty_str, vm->empty_str);
    return three(vm, tum_new_part(vm, a[0], 0, at), tum_new_part(vm, a[1], 0, what.n),
                 tum_new_part(vm, a[0], at + what.n, text.n - at - what.n));
}

struct tum_obj *tum_str_partition(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return partition(vm, a, false);
}

struct tum_obj *tum_str_rpartition(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return partition(vm, a, true);
}
