/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters on texts.
 */
#include "base/utf8.h"
#include "tmpl/tchar.h"
#include "tmpl/tfilter.h"
#include "tmpl/tobj.h"
#include "tmpl/twrap.h"

/*
 * A method of str on the text form, with those of a[1] to before a[n] that were given.
 */
static struct tum_obj *method(struct tum_vm *vm, struct tum_obj **a, size_t n,
                              const char *name)
{
    struct tum_obj *text = tum_soft_str(vm, a[0]);

    while (n > 1 && a[n - 1] == NULL)
        n--;
    return text != NULL ? tum_tcall_method(vm, text, name, a + 1, n - 1) : NULL;
}

static struct tum_obj *f_capitalize(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return method(vm, a, 1, "capitalize");
}

static struct tum_obj *f_lower(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return method(vm, a, 1, "lower");
}

static struct tum_obj *f_upper(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return method(vm, a, 1, "upper");
}

static struct tum_obj *f_trim(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return method(vm, a, 2, "strip");
}

static struct tum_obj *f_center(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *args[2] = {a[0], a[1] != NULL ? a[1] : tum_new_int(vm, 80)};

    (void)n;
    return method(vm, args, 2, "center");
}

static struct tum_obj *f_string(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_soft_str(vm, a[0]);
}

/* Adds a word: its first character in upper case, the others in lower case. */
static bool add_word(struct tum_vm *vm, struct tum_buf *out, struct tum_obj *whole,
                     size_t from, size_t first, size_t end)
{
    struct tum_obj *head = tum_new_part(vm, whole, from, first - from);
    struct tum_obj *tail = tum_new_part(vm, whole, first, end - first);

    head = tum_tcall_method(vm, head, "upper", NULL, 0);
    tail = head != NULL ? tum_tcall_method(vm, tail, "lower", NULL, 0) : NULL;
    if (tail == NULL)
        return false;
    tum_buf_addt(out, tum_text_of(head));
    tum_buf_addt(out, tum_text_of(tail));
    return true;
}

static bool word_start(uint32_t c)
{
    return tum_uni_is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' ||
           c == '<';
}

static bool title_words(struct tum_vm *vm, struct tum_obj *str, struct tum_buf *out)
{
    struct tum_str text = tum_text_of(str);
    size_t i = 0;

    while (i < text.n) {
        size_t from = i, first;
        uint32_t c;
        bool gap;

        first = i += tum_utf8_decode(text.s + i, text.n - i, &c);
        gap = word_start(c);
        while (i < text.n) {
            size_t length = tum_utf8_decode(text.s + i, text.n - i, &c);

            if (word_start(c) != gap)
                break;
            i += length;
        }
        if (!add_word(vm, out, str, from, first, i))
            return false;
    }
    return true;
}

static struct tum_obj *f_title(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *text = tum_soft_str(vm, a[0]);
    struct tum_buf buf;

    (void)n;
    if (text == NULL)
        return NULL;
    tum_buf_init(&buf, TUM_BUF_ANY);
    if (!title_words(vm, tum_markup_plain(vm, text), &buf)) {
        tum_buf_release(&buf);
        return NULL;
    }
    return tum_new_str_buf(vm, &buf);
}

static struct tum_obj *f_wordcount(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *o = tum_soft_str(vm, a[0]);
    struct tum_str text;
    int64_t count = 0;
    bool word = false;

    (void)n;
    if (o == NULL)
        return NULL;
    text = tum_text_of(o);
    for (size_t i = 0; i < text.n;) {
        uint32_t c;

        i += tum_utf8_decode(text.s + i, text.n - i, &c);
        if (tum_char_word(c) && !word)
            count++;
        word = tum_char_word(c);
    }
    return tum_new_int(vm, count);
}

/*
 * Without escaping all three are plain text; with it, safe text makes the others safe.
 */
static struct tum_obj *f_replace(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    bool safe = tum_tstate_of(vm)->autoescape;
    struct tum_obj *text = a[0];
    struct tum_obj *args[3];
    int64_t count;

    (void)n;
    args[2] = a[3] != NULL && !tum_is_none(a[3]) ? a[3] : tum_new_int(vm, -1);
    if (safe && (tum_is_markup(a[1]) || tum_is_markup(a[2])) && !tum_is_markup(text))
        text = tum_markup_escape(vm, text);
    for (int i = 0; text != NULL && i < 3; i++) {
        struct tum_obj **o = i == 0 ? &text : &args[i - 1];

        *o = tum_soft_str(vm, i == 0 ? text : a[i]);
        if (*o != NULL && !safe)
            *o = tum_markup_plain(vm, *o);
        if (*o == NULL)
            return NULL;
    }
    if (text == NULL || !tum_targ_int(vm, args[2], -1, &count))
        return NULL;
    return tum_tcall_method(vm, text, "replace", args, 3);
}

static struct tum_obj *f_format(struct tum_vm *vm, struct tum_obj *self,
                                const struct tum_args *args)
{
    struct tum_obj *text;
    struct tum_oseq *tuple;
    struct tum_odict *dict;

    if (args->n > 0 && args->nkw > 0)
        return tum_raise(
            vm, "FilterArgumentError",
            "can't handle positional and keyword arguments at the same time");
    text = tum_soft_str(vm, self);
    if (text == NULL)
        return NULL;
    if (args->nkw > 0) {
        dict = tum_new_dict(vm);
        for (size_t i = 0; i < args->nkw; i++)
            if (!tum_dict_set(vm, dict, args->names[i], args->kw[i]))
                return NULL;
        return tum_op_binary(vm, TUM_OP_MOD, text, &dict->head);
    }
    tuple = tum_new_tuple(vm, args->n);
    if (args->n > 0)
        memcpy(tuple->items, args->v, args->n * sizeof(*args->v));
    return tum_op_binary(vm, TUM_OP_MOD, text, &tuple->head);
}

/* ---- truncate ---- */

static struct tum_obj *cut(struct tum_vm *vm, struct tum_obj *o, int64_t length)
{
    struct tum_obj *slice =
        tum_new_slice(vm, vm->none, tum_new_int(vm, length), vm->none);

    return tum_op_getitem(vm, o, slice);
}

static struct tum_obj *f_truncate(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *end = a[3] != NULL ? a[3] : tum_new_strz(vm, "...");
    struct tum_obj *split[2] = {tum_new_char(vm, ' '), tum_new_int(vm, 1)};
    struct tum_obj *leeway_arg = a[4] != NULL && tum_is_none(a[4]) ? NULL : a[4];
    int64_t length, leeway;
    size_t end_count, count;
    struct tum_obj *text;
    bool killwords;

    (void)n;
    if (!tum_targ_int(vm, a[1], 255, &length) ||
        !tum_targ_bool(vm, a[2], false, &killwords) ||
        !tum_targ_int(vm, leeway_arg, 5, &leeway) || !tum_op_len(vm, end, &end_count))
        return NULL;
    if (length < (int64_t)end_count)
        return tum_raise(vm, "AssertionError", "expected length >= %zu, got %lld",
                         end_count, (long long)length);
    if (leeway < 0)
        return tum_raise(vm, "AssertionError", "expected leeway >= 0, got %lld",
                         (long long)leeway);
    if (!tum_op_len(vm, a[0], &count))
        return NULL;
    if (count <= (size_t)length || count - (size_t)length <= (size_t)leeway)
        return a[0];
    text = cut(vm, a[0], length - (int64_t)end_count);
    if (text != NULL && !killwords) {
        text = tum_tcall_method(vm, text, "rsplit", split, 2);
        text = text != NULL ? tum_op_getitem(vm, text, tum_new_int(vm, 0)) : NULL;
    }
    return text != NULL ? tum_op_binary(vm, TUM_OP_ADD, text, end) : NULL;
}

/* The lines of a text; what is no text answers as its own method wants, or fails. */
static struct tum_oseq *lines_of(struct tum_vm *vm, struct tum_obj *o)
{
    struct tum_obj *lines = tum_tcall_method(vm, o, "splitlines", NULL, 0);
    bool ok = lines != NULL && tum_kind_of(lines) == TUM_O_LIST;

    for (size_t i = 0; ok && i < tum_as_seq(lines)->n; i++)
        ok = tum_is_str(tum_as_seq(lines)->items[i]);
    if (!ok) {
        tum_raise_type(vm, "expected a text, got %s", o->type->name);
        return NULL;
    }
    return tum_as_seq(lines);
}

/* ---- wordwrap ---- */

static struct tum_obj *wrap_line(struct tum_vm *vm, struct tum_str line,
                                 const struct tum_wrap_opts *opts)
{
    struct tum_buf buf;

    if (!tum_vm_room(vm, line.n * (8 + opts->sep.n)))
        return NULL;
    tum_buf_init(&buf, TUM_BUF_ANY);
    tum_text_wrap(&buf, line, opts);
    return tum_new_str_buf(vm, &buf);
}

static struct tum_obj *f_wordwrap(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *sep =
        a[3] != NULL && !tum_is_none(a[3]) ? a[3] : tum_new_char(vm, '\n');
    struct tum_oseq *lines = lines_of(vm, a[0]);
    struct tum_wrap_opts opts = {0};
    struct tum_obj *list;
    int64_t width;

    (void)n;
    if (lines == NULL || !tum_targ_bool(vm, a[2], true, &opts.long_words) ||
        !tum_targ_bool(vm, a[4], true, &opts.hyphens))
        return NULL;
    if (tum_is_str(sep))
        opts.sep = tum_text_of(sep);
    for (size_t i = 0; i < lines->n; i++) {
        struct tum_obj **line = &lines->items[i];

        if (!tum_targ_int(vm, a[1], 79, &width))
            return NULL;
        if (width <= 0)
            return tum_raise_value(vm, "invalid width %lld (must be > 0)",
                                   (long long)width);
        opts.width = (size_t)width;
        *line = wrap_line(vm, tum_text_of(*line), &opts);
        if (*line == NULL)
            return NULL;
    }
    list = &lines->head;
    return tum_tcall_method(vm, sep, "join", &list, 1);
}

/* ---- indent ---- */

/* Adds b to *text; NULL as *text stays. */
static void append(struct tum_vm *vm, struct tum_obj **text, struct tum_obj *b)
{
    if (*text != NULL)
        *text = tum_op_binary(vm, TUM_OP_ADD, *text, b);
}

static struct tum_obj *f_indent(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *newline = tum_new_char(vm, '\n');
    struct tum_obj *indent = a[1] != NULL ? a[1] : tum_new_int(vm, 4);
    struct tum_obj *text = a[0], *joined;
    struct tum_oseq *list, *rest;
    bool first, blank;

    (void)n;
    if (!tum_targ_bool(vm, a[2], false, &first) ||
        !tum_targ_bool(vm, a[3], false, &blank))
        return NULL;
    if (!tum_is_str(indent))
        indent = tum_op_binary(vm, TUM_OP_MUL, tum_new_char(vm, ' '), indent);
    if (indent == NULL)
        return NULL;
    if (tum_is_markup(text)) {
        indent = tum_markup_of(vm, indent);
        newline = tum_markup_of(vm, newline);
    }
    /* So that a last empty line counts as one. */
    if (tum_kind_of(text) == TUM_O_LIST)
        return tum_raise(vm, "AttributeError",
                         "'list' object has no attribute 'splitlines'");
    append(vm, &text, newline);
    list = text != NULL ? lines_of(vm, text) : NULL;
    if (list == NULL)
        return NULL;
    if (list->n == 0)
        return tum_raise(vm, "IndexError", "pop from empty list");
    rest = tum_new_list(vm, list->n - 1);
    for (size_t i = 1; i < list->n; i++) {
        struct tum_obj *line = list->items[i];

        if (blank || tum_as_str(line)->n > 0)
            line = tum_op_binary(vm, TUM_OP_ADD, indent, line);
        if (line == NULL)
            return NULL;
        rest->items[i - 1] = line;
    }
    text = list->items[0];
    if (rest->n > 0) {
        struct tum_obj *arg = &rest->head;

        joined = tum_tcall_method(vm, newline, "join", &arg, 1);
        append(vm, &text, newline);
        if (joined == NULL)
            return NULL;
        append(vm, &text, joined);
    }
    return first && text != NULL ? tum_op_binary(vm, TUM_OP_ADD, indent, text) : text;
}

static const struct tum_native rows[] = {
    {"capitalize", f_capitalize, 1, 1, "", 0, NULL},
    {"center", f_center, 1, 2, "width", 0, NULL},
    {"format", NULL, 0, 0, NULL, 0, f_format},
    {"indent", f_indent, 1, 4, "width first blank", 0, NULL},
    {"lower", f_lower, 1, 1, "", 0, NULL},
    {"replace", f_replace, 3, 4, "old new count", 0, NULL},
    {"string", f_string, 1, 1, "", 0, NULL},
    {"title", f_title, 1, 1, "", 0, NULL},
    {"trim", f_trim, 1, 2, "chars", 0, NULL},
    {"truncate", f_truncate, 1, 5, "length killwords end leeway", 0, NULL},
    {"upper", f_upper, 1, 1, "", 0, NULL},
    {"wordcount", f_wordcount, 1, 1, "", 0, NULL},
    {"wordwrap", f_wordwrap, 1, 5, "width break_long_words wrapstring break_on_hyphens",
     0, NULL},
};

const struct tum_tfilters tum_tfilters_text = {rows, TUM_LEN(rows)};
