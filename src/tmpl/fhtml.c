/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters about HTML, URLs, JSON, and the pretty form of values.
 */
#include "base/utf8.h"
#include "tmpl/tchar.h"
#include "tmpl/tfilter.h"
#include "tmpl/thtml.h"
#include "tmpl/tobj.h"
#include "tum/mem.h"
#include <stdlib.h>

static struct tum_obj *f_escape(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_markup_escape(vm, a[0]);
}

static struct tum_obj *f_forceescape(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *text = tum_soft_str(vm, a[0]);

    (void)n;
    return text != NULL ? tum_markup_escape(vm, tum_markup_plain(vm, text)) : NULL;
}

static struct tum_obj *f_safe(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *text = tum_soft_str(vm, a[0]);

    (void)n;
    return text != NULL ? tum_markup_of(vm, text) : NULL;
}

static struct tum_obj *f_striptags(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *text = tum_soft_str(vm, a[0]);
    struct tum_buf buf;

    (void)n;
    if (text == NULL)
        return NULL;
    tum_buf_init(&buf, TUM_BUF_ANY);
    tum_html_strip(&buf, tum_text_of(text));
    return tum_new_str_buf(vm, &buf);
}

/* ---- URLs ---- */

static bool quote(struct tum_vm *vm, struct tum_obj *o, bool query, struct tum_buf *out)
{
    struct tum_obj *text = tum_soft_str(vm, o);

    if (text == NULL || !tum_vm_room(vm, tum_as_str(text)->n * 3))
        return false;
    tum_url_quote(out, tum_text_of(text), query);
    return true;
}

/* "k=v&k=v" of a list of pairs. */
static bool quote_pairs(struct tum_vm *vm, struct tum_obj *iter, struct tum_buf *out)
{
    struct tum_obj *item;
    bool first = true;

    while (tum_iter_next(vm, iter, &item)) {
        struct tum_oseq *pair;

        if (!tum_is_iterable(item))
            return tum_raise_type_false(vm, "cannot unpack non-iterable %s object",
                                        item->type->name);
        pair = tum_op_items(vm, item);
        if (pair == NULL)
            return false;
        if (pair->n != 2)
            return tum_raise_value_false(
                vm,
                pair->n > 2 ? "too many values to unpack (expected 2)"
                            : "not enough values to unpack (expected 2, got %zu)",
                pair->n);
        if (!first)
            tum_buf_addc(out, '&');
        first = false;
        if (!quote(vm, pair->items[0], true, out))
            return false;
        tum_buf_addc(out, '=');
        if (!quote(vm, pair->items[1], true, out))
            return false;
    }
    return !tum_vm_failed(vm);
}

static struct tum_obj *f_urlencode(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_obj *pairs = a[0], *iter;
    struct tum_buf buf;
    bool ok;

    (void)n;
    tum_buf_init(&buf, TUM_BUF_ANY);
    if (tum_is_str(a[0]) || !tum_is_iterable(a[0])) {
        ok = quote(vm, a[0], false, &buf);
    } else {
        if (tum_kind_of(a[0]) == TUM_O_DICT)
            pairs = tum_tcall_method(vm, a[0], "items", NULL, 0);
        iter = pairs != NULL ? tum_op_iter(vm, pairs) : NULL;
        ok = iter != NULL && quote_pairs(vm, iter, &buf);
    }
    if (ok)
        return tum_new_str_buf(vm, &buf);
    tum_buf_release(&buf);
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    const struct tum_str *x = a, *y = b;

    return tum_str_cmp(*x, *y);
}

/* The words of `rel` with those that are always there: sorted, each once. */
static void rel_words(struct tum_str rel, bool nofollow, struct tum_buf *out)
{
    struct tum_str *words = tum_new_array(struct tum_str, rel.n + 2);
    size_t count = 0, start = 0;

    for (size_t i = 0; i <= rel.n;) {
        uint32_t c = ' ';
        size_t length = 1;

        if (i < rel.n)
            length = tum_utf8_decode(rel.s + i, rel.n - i, &c);
        if (tum_uni_is_space(c)) {
            if (i > start)
                words[count++] = tum_str_sub(rel, start, i);
            start = i + length;
        }
        i += length;
    }
    words[count++] = TUM_S("noopener");
    if (nofollow)
        words[count++] = TUM_S("nofollow");
    qsort(words, count, sizeof(*words), by_text);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && tum_str_eq(words[i - 1], words[i]))
            continue;
        if (out->len > 0)
            tum_buf_addc(out, ' ');
        tum_buf_addt(out, words[i]);
    }
    tum_free(words);
}

/* Schemes given as a list of texts. */
static bool url_schemes(struct tum_vm *vm, struct tum_obj *arg,
                        struct tum_urlize_opts *opts)
{
    struct tum_oseq *list;
    struct tum_str *schemes;

    if (arg == NULL || tum_is_none(arg))
        return true;
    list = tum_op_items(vm, arg);
    if (list == NULL)
        return false;
    schemes = tum_vm_array(vm, struct tum_str, list->n + 1);
    for (size_t i = 0; i < list->n; i++) {
        if (!tum_is_str(list->items[i]))
            return tum_raise_type_false(vm, "expected string or bytes-like object");
        schemes[i] = tum_text_of(list->items[i]);
        if (!tum_url_scheme_valid(schemes[i]))
            return tum_raise_false(vm, "FilterArgumentError",
                                   "'%.*s' is not a valid URI scheme prefix",
                                   TUM_STR_ARG(schemes[i]));
    }
    opts->schemes = schemes;
    opts->scheme_count = list->n;
    return true;
}

static struct tum_obj *f_urlize(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    TUM_AUTO(tum_buf_release) struct tum_buf rel = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_urlize_opts opts = {.limit = INT64_MAX};
    struct tum_obj *text, *result;
    struct tum_str own = {0};
    struct tum_buf buf;
    bool nofollow;

    (void)n;
    if (a[1] != NULL && !tum_is_none(a[1]) &&
        !tum_targ_int(vm, a[1], INT64_MAX, &opts.limit))
        return NULL;
    if (!tum_targ_bool(vm, a[2], false, &nofollow))
        return NULL;
    if (a[4] != NULL && tum_is_str(a[4]))
        own = tum_text_of(a[4]);
    if (a[3] != NULL && tum_is_str(a[3]))
        opts.target = tum_text_of(a[3]);
    rel_words(own, nofollow, &rel);
    opts.rel = tum_buf_str(&rel);
    text = tum_markup_escape(vm, a[0]);
    if (text == NULL || !url_schemes(vm, a[5], &opts) ||
        !tum_vm_room(vm, tum_as_str(text)->n *
                             (8 + rel.len / 4 + opts.target.n / 4 + 60 / 4)))
        return NULL;
    tum_buf_init(&buf, TUM_BUF_ANY);
    tum_html_urlize(&buf, tum_text_of(text), &opts);
    result = tum_new_str_buf(vm, &buf);
    return tum_tstate_of(vm)->autoescape ? tum_markup_of(vm, result) : result;
}

/* ---- attributes ---- */

static bool attribute(struct tum_vm *vm, struct tum_obj *key, struct tum_obj *value,
                      struct tum_buf *out)
{
    struct tum_str name;

    if (tum_is_none(value) || tum_is_undefined(value))
        return true;
    if (!tum_is_str(key))
        return tum_raise_type_false(
            vm, "expected string or bytes-like object, got '%s'", key->type->name);
    name = tum_text_of(key);
    for (size_t i = 0; i < name.n;) {
        uint32_t c;

        i += tum_utf8_decode(name.s + i, name.n - i, &c);
        if (tum_uni_is_space(c) || c == '/' || c == '>' || c == '=')
            return tum_raise_value_false(
                vm, "invalid character in attribute name '%.*s'", TUM_STR_ARG(name));
    }
    value = tum_markup_escape(vm, value);
    if (value == NULL)
        return false;
    if (out->len > 0)
        tum_buf_addc(out, ' ');
    if (tum_is_markup(key))
        tum_buf_addt(out, name);
    else
        tum_html_escape(out, name);
    tum_buf_adds(out, "=\"");
    tum_buf_addt(out, tum_text_of(value));
    tum_buf_addc(out, '"');
    return true;
}

static bool attributes(struct tum_vm *vm, struct tum_obj *map, struct tum_buf *out)
{
    struct tum_obj *items = tum_tcall_method(vm, map, "items", NULL, 0);
    struct tum_obj *iter = items != NULL ? tum_op_iter(vm, items) : NULL;
    struct tum_obj *item;

    if (iter == NULL)
        return false;
    while (tum_iter_next(vm, iter, &item)) {
        struct tum_oseq *pair = tum_op_items(vm, item);

        if (pair == NULL)
            return false;
        if (pair->n != 2)
            return tum_raise_value_false(vm, "expected pairs of name and value");
        if (!attribute(vm, pair->items[0], pair->items[1], out))
            return false;
    }
    return !tum_vm_failed(vm);
}

static struct tum_obj *f_xmlattr(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    TUM_AUTO(tum_buf_release) struct tum_buf list = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_obj *result;
    struct tum_buf buf;
    bool space;

    (void)n;
    if (!tum_targ_bool(vm, a[1], true, &space) || !attributes(vm, a[0], &list))
        return NULL;
    tum_buf_init(&buf, TUM_BUF_ANY);
    if (space && list.len > 0)
        tum_buf_addc(&buf, ' ');
    tum_buf_addt(&buf, tum_buf_str(&list));
    result = tum_new_str_buf(vm, &buf);
    return tum_tstate_of(vm)->autoescape ? tum_markup_of(vm, result) : result;
}

/* ---- forms of values ---- */

/* Most blanks of one level of JSON. */
#define INDENT_LIMIT 1000

static struct tum_obj *f_tojson(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    char blanks[INDENT_LIMIT];
    struct tum_str indent = {0};
    struct tum_buf buf;
    int64_t width;
    bool one_line = a[1] == NULL || tum_is_none(a[1]);

    (void)n;
    if (!one_line && tum_is_str(a[1])) {
        indent = tum_text_of(a[1]);
    } else if (!one_line) {
        if (!tum_targ_int(vm, a[1], 0, &width))
            return NULL;
        if (width > INDENT_LIMIT)
            return tum_raise_value(vm, "an indent of more than %d", INDENT_LIMIT);
        indent = tum_str_n(blanks, width > 0 ? (size_t)width : 0);
        memset(blanks, ' ', sizeof(blanks));
    }
    tum_buf_init(&buf, vm->heap->limit);
    if (!tum_tjson(vm, a[0], one_line ? NULL : &indent, &buf) ||
        !tum_vm_room(vm, buf.len)) {
        tum_buf_release(&buf);
        return NULL;
    }
    return tum_markup_of(vm, tum_new_str_buf(vm, &buf));
}

static struct tum_obj *f_pprint(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_buf buf;

    (void)n;
    tum_buf_init(&buf, vm->heap->limit);
    if (!tum_pprint(vm, a[0], &buf) || !tum_vm_room(vm, buf.len)) {
        tum_buf_release(&buf);
        return NULL;
    }
    return tum_new_str_buf(vm, &buf);
}

static const struct tum_native rows[] = {
    {"e", f_escape, 1, 1, "", 0, NULL},
    {"escape", f_escape, 1, 1, "", 0, NULL},
    {"forceescape", f_forceescape, 1, 1, "", 0, NULL},
    {"pprint", f_pprint, 1, 1, "", 0, NULL},
    {"safe", f_safe, 1, 1, "", 0, NULL},
    {"striptags", f_striptags, 1, 1, "", 0, NULL},
    {"tojson", f_tojson, 1, 2, "indent", 0, NULL},
    {"urlencode", f_urlencode, 1, 1, "", 0, NULL},
    {"urlize", f_urlize, 1, 6, "trim_url_limit nofollow target rel extra_schemes", 0,
     NULL},
    {"xmlattr", f_xmlattr, 1, 2, "autospace", 0, NULL},
};

const struct tum_tfilters tum_tfilters_html = {rows, TUM_LEN(rows)};
