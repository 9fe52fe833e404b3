/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Methods of str. UTF-8 lets most of them work on bytes; only indexes and widths count code
 * points. Case and classes are in strcase.c, splitting in strsplit.c, formatting in format.c
 * and percent.c.
 */
#include "lang/strmeth.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "lang/codec.h"
#include "lang/format.h"
#include "lang/ops.h"
#include "lang/strcase.h"

/* ---- helpers ---- */

bool tum_oarg_text(struct tum_vm *vm, struct tum_obj *o, const char *what,
                   struct tum_str *ret)
{
    if (!tum_is_str(o))
        return tum_raise_type_false(vm, "%s must be str, not %s", what,
                                    tum_is_none(o) ? "None" : o->type->name);
    *ret = tum_text_of(o);
    return true;
}

static uint32_t char_at(struct tum_str text, size_t i, size_t *ret_n)
{
    uint32_t c;

    *ret_n = tum_utf8_decode(text.s + i, text.n - i, &c);
    return c;
}

/* ---- case ---- */

#define CASE(name, how)                                                                \
    static struct tum_obj *str_##name(struct tum_vm *vm, struct tum_obj **a, size_t n) \
    {                                                                                  \
        (void)n;                                                                       \
        return tum_op_case(vm, a[0], (how));                                           \
    }

CASE(upper, TUM_CASE_UPPER)
CASE(lower, TUM_CASE_LOWER)
CASE(title, TUM_CASE_TITLE)
CASE(capitalize, TUM_CASE_CAPITALIZE)
CASE(swapcase, TUM_CASE_SWAP)
CASE(casefold, TUM_CASE_FOLD)

/* ---- find ---- */

/* Where to look, in bytes. */
struct window {
    struct tum_str text;
    size_t from, to;
    bool possible; /* start is not behind stop */
};

static bool window_of(struct tum_vm *vm, struct tum_obj **a, struct window *ret)
{
    size_t count = tum_ostr_count(a[0]), start, stop;

    if (!tum_arg_bounds(vm, a[2], a[3], count, &start, &stop))
        return false;
    ret->text = tum_text_of(a[0]);
    ret->possible = start <= stop;
    ret->from = tum_ostr_offset(a[0], TUM_MIN(start, count));
    ret->to = tum_ostr_offset(a[0], stop);
    return tum_vm_work(vm, ret->text.n / 256);
}

static size_t find_first(const struct window *w, struct tum_str what)
{
    struct tum_str part = tum_str_n(w->text.s, w->to);

    return w->possible ? tum_str_find(part, what, w->from) : TUM_STR_NONE;
}

static size_t find_last(const struct window *w, struct tum_str what)
{
    if (!w->possible || what.n > w->to - w->from)
        return TUM_STR_NONE;
    for (size_t i = w->to - what.n;; i--) {
        if (memcmp(w->text.s + i, what.s, what.n) == 0 &&
            (i == w->to || ((unsigned char)w->text.s[i] & 0xC0) != 0x80))
            return i;
        if (i == w->from)
            return TUM_STR_NONE;
    }
}

static struct tum_obj *find(struct tum_vm *vm, struct tum_obj **a, bool last, bool must)
{
    struct tum_str what;
    struct window w;
    size_t at;

    if (!window_of(vm, a, &w))
        return NULL;
    if (!tum_is_str(a[1]))
        return tum_raise_type(vm, "must be str, not %s", a[1]->type->name);
    what = tum_text_of(a[1]);
    at = last ? find_last(&w, what) : find_first(&w, what);
    if (at != TUM_STR_NONE)
        return tum_new_size(vm, tum_ostr_index(a[0], at));
    return must ? tum_raise_value(vm, "substring not found") : tum_new_int(vm, -1);
}

static struct tum_obj *str_find(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return find(vm, a, false, false);
}
static struct tum_obj *str_rfind(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return find(vm, a, true, false);
}
static struct tum_obj *str_index(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return find(vm, a, false, true);
}
static struct tum_obj *str_rindex(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return find(vm, a, true, true);
}

static struct tum_obj *str_count(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_str what, part;
    size_t count = 0, at;
    struct window w;

    (void)n;
    if (!window_of(vm, a, &w))
        return NULL;
    if (!tum_is_str(a[1]))
        return tum_raise_type(vm, "must be str, not %s", a[1]->type->name);
    what = tum_text_of(a[1]);
    if (!w.possible)
        return tum_new_int(vm, 0);
    part = tum_str_n(w.text.s, w.to);
    if (what.n == 0)
        return tum_new_size(vm, tum_utf8_count(tum_str_sub(part, w.from, w.to)) + 1);
    for (at = tum_str_find(part, what, w.from); at != TUM_STR_NONE;
         at = tum_str_find(part, what, at + what.n))
        count++;
    return tum_new_size(vm, count);
}

/* ---- beginnings and ends ---- */

static bool tail_is(const struct window *w, struct tum_str what, bool end)
{
    if (!w->possible || what.n > w->to - w->from)
        return false;
    return memcmp(w->text.s + (end ? w->to - what.n : w->from), what.s, what.n) == 0;
}

static struct tum_obj *tails(struct tum_vm *vm, struct tum_obj **a, bool end)
{
    const char *name = end ? "endswith" : "startswith";
    struct tum_oseq *tuple = tum_as_seq(a[1]);
    struct window w;

    if (!window_of(vm, a, &w))
        return NULL;
    if (tum_is_str(a[1]))
        return tum_new_bool(vm, tail_is(&w, tum_text_of(a[1]), end));
    if (tum_kind_of(a[1]) != TUM_O_TUPLE)
        return tum_raise_type(vm, "%s first arg must be str or a tuple of str, not %s",
                              name, a[1]->type->name);
    for (size_t i = 0; i < tuple->n; i++) {
        if (!tum_is_str(tuple->items[i]))
            return tum_raise_type(vm, "tuple for %s must only contain str, not %s",
                                  name, tuple->items[i]->type->name);
        if (tail_is(&w, tum_text_of(tuple->items[i]), end))
            return vm->yes;
    }
    return vm->no;
}

static struct tum_obj *str_startswith(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tails(vm, a, false);
}
static struct tum_obj *str_endswith(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tails(vm, a, true);
}

static struct tum_obj *str_removeprefix(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_str text = tum_text_of(a[0]), what;

    (void)n;
    if (!tum_oarg_text(vm, a[1], "removeprefix() argument", &what))
        return NULL;
    if (what.n > text.n || memcmp(text.s, what.s, what.n) != 0)
        return tum_new_part(vm, a[0], 0, text.n);
    return tum_new_part(vm, a[0], what.n, text.n - what.n);
}

static struct tum_obj *str_removesuffix(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_str text = tum_text_of(a[0]), what;

    (void)n;
    if (!tum_oarg_text(vm, a[1], "removesuffix() argument", &what))
        return NULL;
    if (what.n > text.n || memcmp(text.s + text.n - what.n, what.s, what.n) != 0)
        return tum_new_part(vm, a[0], 0, text.n);
    return tum_new_part(vm, a[0], 0, text.n - what.n);
}

enum { LEFT = 1, RIGHT = 2 };

static bool in_set(uint32_t c, struct tum_str set)
{
    size_t n;

    for (size_t i = 0; i < set.n; i += n) {
        if (char_at(set, i, &n) == c)
            return true;
    }
    return false;
}

/* `set` NULL: white space. */
static struct tum_obj *strip(struct tum_vm *vm, struct tum_obj **a, unsigned sides,
                             const char *name)
{
    struct tum_str text = tum_text_of(a[0]), set = TUM_S("");
    bool blanks = a[1] == NULL || tum_is_none(a[1]);
    size_t from = 0, to = text.n, n;

    if (!blanks && !tum_is_str(a[1]))
        return tum_raise_type(vm, "%s arg must be None or str", name);
    if (!blanks)
        set = tum_text_of(a[1]);
    if (!tum_vm_work(vm, text.n / 64 * (set.n + 1)))
        return NULL;
    while ((sides & LEFT) != 0 && from < to) {
        uint32_t c = char_at(text, from, &n);

        if (blanks ? !tum_uni_is_space(c) : !in_set(c, set))
            break;
        from += n;
    }
    while ((sides & RIGHT) != 0 && to > from) {
        size_t at = to;
        uint32_t c;

        do
            at--;
        while (at > from && ((unsigned char)text.s[at] & 0xC0) == 0x80);
        c = char_at(text, at, &n);
        if (blanks ? !tum_uni_is_space(c) : !in_set(c, set))
            break;
        to = at;
    }
    return tum_new_part(vm, a[0], from, to - from);
}

static struct tum_obj *str_strip(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return strip(vm, a, LEFT | RIGHT, "strip");
}
static struct tum_obj *str_lstrip(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return strip(vm, a, LEFT, "lstrip");
}
static struct tum_obj *str_rstrip(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return strip(vm, a, RIGHT, "rstrip");
}

/* ---- replace, join ---- */

/* replace('', x): between all characters, at most `count` times. */
static bool insert_between(struct tum_vm *vm, struct tum_str text, struct tum_str what,
                           size_t count, struct tum_buf *out)
{
    size_t n;

    for (size_t i = 0; i < text.n; i += n) {
        char_at(text, i, &n);
        if (count > 0) {
            tum_buf_addt(out, what);
            count--;
        }
        tum_buf_add(out, text.s + i, n);
        if (!tum_vm_step(vm) || (out->len > 1 << 20 && !tum_vm_room(vm, out->len)))
            return false;
    }
    if (count > 0)
        tum_buf_addt(out, what);
    return true;
}

static bool replace(struct tum_vm *vm, struct tum_str text, struct tum_str old,
                    struct tum_str new_, size_t count, struct tum_buf *out)
{
    size_t from = 0, at;

    if (old.n == 0)
        return insert_between(vm, text, new_, count, out);
    for (; count > 0; count--) {
        at = tum_str_find(text, old, from);
        if (at == TUM_STR_NONE)
            break;
        tum_buf_add(out, text.s + from, at - from);
        tum_buf_addt(out, new_);
        from = at + old.n;
        if (!tum_vm_step(vm) || (out->len > 1 << 20 && !tum_vm_room(vm, out->len)))
            return false;
    }
    tum_buf_add(out, text.s + from, text.n - from);
    return true;
}

static struct tum_obj *str_replace(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str old, new_;
    int64_t count = -1;

    (void)n;
    if (!tum_oarg_text(vm, a[1], "replace() argument 1", &old) ||
        !tum_oarg_text(vm, a[2], "replace() argument 2", &new_) ||
        (a[3] != NULL && !tum_arg_index(vm, a[3], &count)))
        return NULL;
    if (!replace(vm, tum_text_of(a[0]), old, new_, count < 0 ? SIZE_MAX : (size_t)count,
                 &out)) {
        tum_buf_release(&out);
        return NULL;
    }
    return tum_new_str_buf(vm, &out);
}

static struct tum_obj *str_join(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str separator = tum_text_of(a[0]);
    struct tum_oseq *items;
    size_t total = 0;

    (void)n;
    if (!tum_is_iterable(a[1]))
        return tum_raise_type(vm, "can only join an iterable");
    items = tum_op_items(vm, a[1]);
    if (items == NULL)
        return NULL;
    for (size_t i = 0; i < items->n; i++) {
        if (!tum_is_str(items->items[i]))
            return tum_raise_type(vm,
                                  "sequence item %zu: expected str instance, %s found",
                                  i, items->items[i]->type->name);
        total += tum_as_str(items->items[i])->n + separator.n;
        if (total > 1 << 16 && !tum_vm_room(vm, total))
            return NULL;
    }
    if (items->n == 1 && items->items[0]->type == &tum_type_str)
        return items->items[0];
    tum_buf_reserve(&out, total);
    for (size_t i = 0; i < items->n; i++) {
        if (i > 0)
            tum_buf_addt(&out, separator);
        tum_buf_addt(&out, tum_text_of(items->items[i]));
    }
    return tum_new_str_buf(vm, &out);
}

/* ---- widths ---- */

/* Adds n fill characters. */
static bool fill(struct tum_vm *vm, struct tum_buf *out, struct tum_str what, size_t n)
{
    if (!tum_vm_room(vm, n * 4) || !tum_vm_work(vm, n / 64))
        return false;
    if (what.n == 1) {
        tum_buf_fill(out, what.s[0], n);
        return true;
    }
    for (size_t i = 0; i < n; i++)
        tum_buf_addt(out, what);
    return true;
}

static bool fill_char(struct tum_vm *vm, struct tum_obj *o, struct tum_str *ret)
{
    *ret = TUM_S(" ");
    if (o == NULL)
        return true;
    if (!tum_is_str(o))
        return tum_raise_type_false(
            vm, "The fill character must be a unicode character, not %s",
            o->type->name);
    if (tum_ostr_count(o) != 1)
        return tum_raise_type_false(
            vm, "The fill character must be exactly one character long");
    *ret = tum_text_of(o);
    return true;
}

enum justify { JUSTIFY_LEFT, JUSTIFY_RIGHT, JUSTIFY_CENTER };

static struct tum_obj *justify(struct tum_vm *vm, struct tum_obj **a, enum justify how)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t count = tum_ostr_count(a[0]), pad, left;
    struct tum_str what;
    int64_t width;

    if (!tum_arg_index(vm, a[1], &width) || !fill_char(vm, a[2], &what))
        return NULL;
    if (width <= (int64_t)count)
        return tum_new_part(vm, a[0], 0, tum_as_str(a[0])->n);
    pad = (size_t)width - count;
    left = how == JUSTIFY_LEFT    ? 0
           : how == JUSTIFY_RIGHT ? pad
                                  : pad / 2 + (pad & (size_t)width & 1);
    if (!fill(vm, &out, what, left))
        goto failed;
    tum_buf_addt(&out, tum_text_of(a[0]));
    if (!fill(vm, &out, what, pad - left))
        goto failed;
    return tum_new_str_buf(vm, &out);
failed:
    tum_buf_release(&out);
    return NULL;
}

static struct tum_obj *str_ljust(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return justify(vm, a, JUSTIFY_LEFT);
}
static struct tum_obj *str_rjust(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return justify(vm, a, JUSTIFY_RIGHT);
}
static struct tum_obj *str_center(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return justify(vm, a, JUSTIFY_CENTER);
}

static struct tum_obj *str_zfill(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text = tum_text_of(a[0]);
    size_t count = tum_ostr_count(a[0]), sign;
    int64_t width;

    (void)n;
    if (!tum_arg_index(vm, a[1], &width))
        return NULL;
    if (width <= (int64_t)count)
        return tum_new_part(vm, a[0], 0, text.n);
    sign = text.n > 0 && (text.s[0] == '+' || text.s[0] == '-');
    tum_buf_add(&out, text.s, sign);
    if (!fill(vm, &out, TUM_S("0"), (size_t)width - count)) {
        tum_buf_release(&out);
        return NULL;
    }
    tum_buf_add(&out, text.s + sign, text.n - sign);
    return tum_new_str_buf(vm, &out);
}

static struct tum_obj *str_expandtabs(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text = tum_text_of(a[0]);
    int64_t size = 8, column = 0;

    if (a[1] != NULL && !tum_arg_index(vm, a[1], &size))
        return NULL;
    if (size > INT32_MAX || size < INT32_MIN)
        return tum_raise(vm, "OverflowError",
                         "Python int too large to convert to C int");
    for (size_t i = 0; i < text.n; i += n) {
        n = 1;
        if (text.s[i] == '\t') {
            int64_t blanks = size > 0 ? size - column % size : 0;

            if (!fill(vm, &out, TUM_S(" "), (size_t)blanks)) {
                tum_buf_release(&out);
                return NULL;
            }
            column += blanks;
            continue;
        }
        char_at(text, i, &n);
        tum_buf_add(&out, text.s + i, n);
        column = text.s[i] == '\n' || text.s[i] == '\r' ? 0 : column + 1;
    }
    return tum_new_str_buf(vm, &out);
}

/* ---- translate ---- */

/* Adds what the table makes of a character. */
static bool translate_char(struct tum_vm *vm, struct tum_obj *table, uint32_t c,
                           struct tum_buf *out)
{
    struct tum_obj *to = tum_op_getitem(vm, table, tum_new_int(vm, c));
    int64_t code;

    if (to == NULL) {
        if (!tum_raised_lookup(vm))
            return false;
        tum_raised_clear(vm);
        tum_utf8_add(out, c);
        return true;
    }
    if (tum_is_none(to))
        return true;
    if (tum_is_str(to)) {
        tum_buf_addt(out, tum_text_of(to));
        return true;
    }
    if (!tum_is_int(to))
        return tum_raise_type_false(
            vm, "character mapping must return integer, None or str");
    if (!tum_val_to_int64(tum_as_int(to)->v, &code) || code < 0 || code > 0x10FFFF)
        return tum_raise_value_false(vm,
                                     "character mapping must be in range(0x110000)");
    tum_utf8_add(out, (uint32_t)code);
    return true;
}

static struct tum_obj *str_translate(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text = tum_text_of(a[0]);

    for (size_t i = 0; i < text.n; i += n) {
        uint32_t c = char_at(text, i, &n);

        if (!tum_vm_step(vm) || !translate_char(vm, a[1], c, &out)) {
            tum_buf_release(&out);
            return NULL;
        }
    }
    return tum_new_str_buf(vm, &out);
}

/* maketrans of one dict: keys are numbers or texts of one character. */
static struct tum_obj *table_of_dict(struct tum_vm *vm, struct tum_obj *from)
{
    struct tum_odict *table = tum_new_dict(vm);
    struct tum_dict_entry *e;
    size_t n;

    if (tum_kind_of(from) != TUM_O_DICT)
        return tum_raise_type(
            vm, "if you give only one argument to maketrans it must be a dict");
    for (size_t at = 0; (e = tum_dict_next(tum_as_dict(from), &at)) != NULL;) {
        struct tum_obj *key = e->key;

        if (tum_is_str(key)) {
            if (tum_ostr_count(key) != 1)
                return tum_raise_value(
                    vm, "string keys in translate table must be of length 1");
            key = tum_new_int(vm, char_at(tum_text_of(key), 0, &n));
        } else if (!tum_is_int(key)) {
            return tum_raise_type(
                vm, "keys in translate table must be strings or integers");
        }
        if (!tum_dict_set(vm, table, key, e->value))
            return NULL;
    }
    return &table->head;
}

static struct tum_obj *str_maketrans(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_odict *table;
    struct tum_str x, y, z;
    size_t i = 0, k = 0, m;

    if (n == 1)
        return table_of_dict(vm, a[0]);
    if (!tum_oarg_text(vm, a[1], "maketrans() argument 2", &y) ||
        (a[2] != NULL && !tum_oarg_text(vm, a[2], "maketrans() argument 3", &z)))
        return NULL;
    if (!tum_is_str(a[0]))
        return tum_raise_type(vm,
                              "first maketrans argument must be a string if there is "
                              "a second argument");
    if (tum_ostr_count(a[0]) != tum_ostr_count(a[1]))
        return tum_raise_value(
            vm, "the first two maketrans arguments must have equal length");
    x = tum_text_of(a[0]);
    table = tum_new_dict(vm);
    for (; i < x.n; i += n, k += m) {
        struct tum_obj *from = tum_new_int(vm, char_at(x, i, &n));
        struct tum_obj *to = tum_new_int(vm, char_at(y, k, &m));

        if (!tum_dict_set(vm, table, from, to))
            return NULL;
    }
    for (i = 0; a[2] != NULL && i < z.n; i += n) {
        if (!tum_dict_set(vm, table, tum_new_int(vm, char_at(z, i, &n)), vm->none))
            return NULL;
    }
    return &table->head;
}

/* ---- encode, format ---- */

static struct tum_obj *str_encode(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_text_encode(vm, a[0], a[1], a[2], "encode");
}

static struct tum_obj *str_format(struct tum_vm *vm, struct tum_obj *self,
                                  const struct tum_args *args)
{
    return tum_format_braces(vm, self, args, NULL);
}

static struct tum_obj *str_format_map(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_args none = {0};

    (void)n;
    return tum_format_braces(vm, a[0], &none, a[1]);
}

/* ---- the type ---- */

static const struct tum_native str_attrs[] = {
    {.name = "capitalize", .call = str_capitalize, .min = 1, .max = 1},
    {.name = "casefold", .call = str_casefold, .min = 1, .max = 1},
    {.name = "center", .call = str_center, .min = 2, .max = 3},
    {.name = "count", .call = str_count, .min = 2, .max = 4, .flags = TUM_NATIVE_TUPLE},
    {.name = "encode",
     .call = str_encode,
     .min = 1,
     .max = 3,
     .params = "encoding errors"},
    {.name = "endswith",
     .call = str_endswith,
     .min = 2,
     .max = 4,
     .flags = TUM_NATIVE_TUPLE},
    {.name = "expandtabs",
     .call = str_expandtabs,
     .min = 1,
     .max = 2,
     .params = "tabsize"},
    {.name = "find", .call = str_find, .min = 2, .max = 4, .flags = TUM_NATIVE_TUPLE},
    {.name = "format", .raw = str_format, .max = -1},
    {.name = "format_map", .call = str_format_map, .min = 2, .max = 2},
    {.name = "index", .call = str_index, .min = 2, .max = 4, .flags = TUM_NATIVE_TUPLE},
    {.name = "isalnum", .call = tum_str_isalnum, .min = 1, .max = 1},
    {.name = "isalpha", .call = tum_str_isalpha, .min = 1, .max = 1},
    {.name = "isascii", .call = tum_str_isascii, .min = 1, .max = 1},
    {.name = "isdecimal", .call = tum_str_isdecimal, .min = 1, .max = 1},
    {.name = "isdigit", .call = tum_str_isdigit, .min = 1, .max = 1},
    {.name = "isidentifier", .call = tum_str_isidentifier, .min = 1, .max = 1},
    {.name = "islower", .call = tum_str_islower, .min = 1, .max = 1},
    {.name = "isnumeric", .call = tum_str_isnumeric, .min = 1, .max = 1},
    {.name = "isprintable", .call = tum_str_isprintable, .min = 1, .max = 1},
    {.name = "isspace", .call = tum_str_isspace, .min = 1, .max = 1},
    {.name = "istitle", .call = tum_str_istitle, .min = 1, .max = 1},
    {.name = "isupper", .call = tum_str_isupper, .min = 1, .max = 1},
    {.name = "join", .call = str_join, .min = 2, .max = 2},
    {.name = "ljust", .call = str_ljust, .min = 2, .max = 3},
    {.name = "lower", .call = str_lower, .min = 1, .max = 1},
    {.name = "lstrip", .call = str_lstrip, .min = 1, .max = 2},
    {.name = "maketrans",
     .call = str_maketrans,
     .min = 1,
     .max = 3,
     .flags = TUM_NATIVE_STATIC},
    {.name = "partition", .call = tum_str_partition, .min = 2, .max = 2},
    {.name = "removeprefix", .call = str_removeprefix, .min = 2, .max = 2},
    {.name = "removesuffix", .call = str_removesuffix, .min = 2, .max = 2},
    {.name = "replace", .call = str_replace, .min = 3, .max = 4},
    {.name = "rfind", .call = str_rfind, .min = 2, .max = 4, .flags = TUM_NATIVE_TUPLE},
    {.name = "rindex",
     .call = str_rindex,
     .min = 2,
     .max = 4,
     .flags = TUM_NATIVE_TUPLE},
    {.name = "rjust", .call = str_rjust, .min = 2, .max = 3},
    {.name = "rpartition", .call = tum_str_rpartition, .min = 2, .max = 2},
    {.name = "rsplit",
     .call = tum_str_rsplit,
     .min = 1,
     .max = 3,
     .params = "sep maxsplit"},
    {.name = "rstrip", .call = str_rstrip, .min = 1, .max = 2},
    {.name = "split",
     .call = tum_str_splits,
     .min = 1,
     .max = 3,
     .params = "sep maxsplit"},
    {.name = "splitlines",
     .call = tum_str_splitlines,
     .min = 1,
     .max = 2,
     .params = "keepends"},
    {.name = "startswith",
     .call = str_startswith,
     .min = 2,
     .max = 4,
     .flags = TUM_NATIVE_TUPLE},
    {.name = "strip", .call = str_strip, .min = 1, .max = 2},
    {.name = "swapcase", .call = str_swapcase, .min = 1, .max = 1},
    {.name = "title", .call = str_title, .min = 1, .max = 1},
    {.name = "translate", .call = str_translate, .min = 2, .max = 2},
    {.name = "upper", .call = str_upper, .min = 1, .max = 1},
    {.name = "zfill", .call = str_zfill, .min = 2, .max = 2},
};

static struct tum_obj *make_str(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    if (a[0] == NULL)
        return a[1] == NULL && a[2] == NULL ? vm->empty_str
                                            : tum_unsupported(vm, "str() of nothing");
    if (a[1] == NULL && a[2] == NULL)
        return tum_op_str(vm, a[0]);
    if (tum_kind_of(a[0]) == TUM_O_BYTES)
        return tum_text_decode(vm, a[0], a[1], a[2], "str");
    if (tum_is_str(a[0]))
        return tum_raise_type(vm, "decoding str is not supported");
    return tum_raise_type(vm, "decoding to str: need a bytes-like object, %s found",
                          a[0]->type->name);
}

static const struct tum_native str_make = {.name = "str",
                                           .call = make_str,
                                           .min = 0,
                                           .max = 3,
                                           .params = "object encoding errors"};
const struct tum_type tum_type_str = {.name = "str",
                                      .kind = TUM_O_STR,
                                      .attrs = str_attrs,
                                      .attr_count = TUM_LEN(str_attrs),
                                      .make = &str_make};
