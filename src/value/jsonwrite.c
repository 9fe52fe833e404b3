/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values to JSON text, in the styles of json.dumps and of the report's data column, and
 * the plain form that values take on their way to another program.
 */
#include "base/utf8.h"
#include "tum/mem.h"
#include "value/vnum.h"
#include <math.h>
#include <stdlib.h>

struct writer {
    struct tum_buf *out;
    const struct tum_json_style *style;
    const char *item_sep;
    const char *key_sep;
    struct tum_error **err;
    int level;
};

static bool write_value(struct writer *w, tum_val v);

static bool fail(struct tum_error **err, enum tum_error_kind kind, const char *type,
                 const char *text, const char *name)
{
    tum_fail(err, kind, "%s%s", text, name);
    (*err)->type = tum_strdup(type);
    return false;
}

/* ---- texts ---- */

static void write_unit(struct tum_buf *out, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\',
                    'u',
                    digits[unit >> 12],
                    digits[unit >> 8 & 15],
                    digits[unit >> 4 & 15],
                    digits[unit & 15]};

    tum_buf_add(out, text, sizeof(text));
}

static void write_wide(struct tum_buf *out, uint32_t c)
{
    if (c < 0x10000) {
        write_unit(out, c);
    } else {
        c -= 0x10000;
        write_unit(out, 0xD800 + (c >> 10));
        write_unit(out, 0xDC00 + (c & 0x3FF));
    }
}

/* The letter of a short escape, or 0: the long form. */
static char escape_of(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    default:
        return '\0';
    }
}

/* What may need an escape, and for whom. */
enum {
    FOR_JSON = 1,
    FOR_ASCII = 2,
    FOR_HTML = 4,
};

static const uint8_t escaped[256] = {
    [0x00 ... 0x1F] = FOR_JSON, ['"'] = FOR_JSON,
    ['\\'] = FOR_JSON,          ['<'] = FOR_HTML,
    ['>'] = FOR_HTML,           ['&'] = FOR_HTML,
    ['\''] = FOR_HTML,          [0x7F ... 0xFF] = FOR_ASCII,
};

void tum_json_write_text(struct tum_buf *out, struct tum_str text,
                         const struct tum_json_style *style)
{
    unsigned mask =
        FOR_JSON | (style->ascii ? FOR_ASCII : 0u) | (style->html_safe ? FOR_HTML : 0u);
    size_t i = 0;

    tum_buf_addc(out, '"');
    while (i < text.n) {
        size_t from = i;
        char escape;

        while (i < text.n && !(escaped[(unsigned char)text.s[i]] & mask))
            i++;
        tum_buf_add(out, text.s + from, i - from);
        if (i == text.n)
            break;
        escape = escape_of((unsigned char)text.s[i]);
        if (escape != '\0') {
            tum_buf_addc(out, '\\');
            tum_buf_addc(out, escape);
            i++;
        } else {
            uint32_t wide;

            i += tum_utf8_decode(text.s + i, text.n - i, &wide);
            write_wide(out, wide);
        }
    }
    tum_buf_addc(out, '"');
}

/* ---- numbers ---- */

static bool write_float(struct tum_buf *out, double f,
                        const struct tum_json_style *style, struct tum_error **err)
{
    char text[TUM_FLOAT_TEXT];

    if (isfinite(f))
        tum_buf_add(out, text, tum_float_text(f, text));
    else if (style->no_nan)
        return fail(err, TUM_ERROR_VALUE, "ValueError",
                    "Out of range float values are not JSON compliant", "");
    else
        tum_buf_adds(out, isnan(f) ? "NaN" : f < 0 ? "-Infinity" : "Infinity");
    return true;
}

/* ---- keys ---- */

/* None, booleans, numbers and texts: what Python accepts as a key. */
static bool is_json_key(tum_val key)
{
    return key.kind == TUM_STR || key.kind == TUM_NONE || tum_val_is_number(key);
}

static bool key_text(tum_val key, struct tum_buf *out,
                     const struct tum_json_style *style, struct tum_error **err)
{
    if (key.kind == TUM_FLOAT)
        return write_float(out, key.as.f, style, err);
    if (key.kind == TUM_BOOL)
        tum_buf_adds(out, key.as.b ? "true" : "false");
    else if (key.kind == TUM_NONE)
        tum_buf_adds(out, "null");
    else
        tum_val_write_str(out, key);
    return true;
}

static bool write_key(struct writer *w, tum_val key)
{
    if (key.kind == TUM_STR) {
        tum_json_write_text(w->out, tum_val_text(key), w->style);
        return true;
    }
    if (w->style->strict && !is_json_key(key))
        return fail(w->err, TUM_ERROR_TYPE, "TypeError",
                    "keys must be str, int, float, bool or None, not ",
                    tum_val_type_name(key));

    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (!key_text(key, &text, w->style, w->err))
        return false;
    tum_json_write_text(w->out, tum_buf_str(&text), w->style);
    return true;
}

/* ---- sorting ---- */

struct pair {
    struct tum_str text; /* of the key; not set when keys are compared as values */
    const struct tum_map_entry *entry;
};

static int pair_cmp_text(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    int order = tum_str_cmp(x->text, y->text);

    /* Texts of different keys may be equal: keep their order. */
    return order != 0 ? order : x->entry < y->entry ? -1 : 1;
}

static int pair_cmp_number(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    int order = tum_num_cmp(x->entry->key, y->entry->key);

    if (order == 0 || order == TUM_UNORDERED)
        return x->entry < y->entry ? -1 : 1;
    return order;
}

static bool all_keys(tum_val map, bool (*test)(tum_val key))
{
    tum_map_each (e, map) {
        if (!test(e->key))
            return false;
    }
    return true;
}

static bool is_text(tum_val key)
{
    return key.kind == TUM_STR;
}

/* As Python's sort of the items, which compares neighbours first. */
static bool check_order(struct writer *w, tum_val map)
{
    const struct tum_map_entry *e = tum_map_entries(map);

    for (size_t i = 1; i < tum_map_len(map); i++) {
        int order;

        if (tum_val_cmp(e[i].key, e[i - 1].key, &order))
            continue;
        tum_fail(w->err, TUM_ERROR_TYPE,
                 "'<' not supported between instances of '%s' and '%s'",
                 tum_val_type_name(e[i].key), tum_val_type_name(e[i - 1].key));
        (*w->err)->type = tum_strdup("TypeError");
        return false;
    }
    return true;
}

/* Keys of several kinds: their texts, one after the other in `out`. */
static bool add_texts(struct writer *w, struct pair *pairs, size_t n,
                      struct tum_buf *out)
{
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        tum_val key = pairs[i].entry->key;

        if (!key_text(key, out, w->style, w->err))
            return false;
        pairs[i].text = tum_str_n(NULL, out->len - from);
        from = out->len;
    }
    from = 0;
    for (size_t i = 0; i < n; i++) {
        pairs[i].text.s = out->s + from;
        from += pairs[i].text.n;
    }
    return true;
}

/* Fills `pairs` with the entries in the order they are written in. */
static bool sort(struct writer *w, tum_val map, struct pair *pairs,
                 struct tum_buf *texts)
{
    size_t n = 0;
    bool numbers = all_keys(map, tum_val_is_number);

    if (w->style->strict && !check_order(w, map))
        return false;
    tum_map_each (e, map) {
        pairs[n++] = (struct pair){.text = tum_val_text(e->key), .entry = e};
    }
    if (!numbers && !all_keys(map, is_text) && !add_texts(w, pairs, n, texts))
        return false;
    qsort(pairs, n, sizeof(*pairs), numbers ? pair_cmp_number : pair_cmp_text);
    return true;
}

/* ---- containers ---- */

static void break_line(struct writer *w)
{
    if (w->style->indent == 0)
        return;
    tum_buf_addc(w->out, '\n');
    tum_buf_fill(w->out, ' ', (size_t)w->style->indent * (size_t)w->level);
}

static bool write_list(struct writer *w, tum_val v)
{
    bool first = true;

    if (tum_list_len(v) == 0) {
        tum_buf_adds(w->out, "[]");
        return true;
    }
    tum_buf_addc(w->out, '[');
    w->level++;
    tum_list_each (e, v) {
        if (!first)
            tum_buf_adds(w->out, w->item_sep);
        first = false;
        break_line(w);
        if (!write_value(w, *e))
            return false;
    }
    w->level--;
    break_line(w);
    tum_buf_addc(w->out, ']');
    return true;
}

static bool write_entry(struct writer *w, const struct tum_map_entry *e, bool first)
{
    if (!first)
        tum_buf_adds(w->out, w->item_sep);
    break_line(w);
    if (!write_key(w, e->key))
        return false;
    tum_buf_adds(w->out, w->key_sep);
    return write_value(w, e->value);
}

/* Sorted on the stack, which must also do for TUM_VAL_DEPTH levels. */
#define FEW_PAIRS 8

static bool write_sorted(struct writer *w, tum_val v)
{
    TUM_AUTO(tum_buf_release) struct tum_buf texts = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t n = tum_map_len(v);
    TUM_AUTO(tum_freep)
    struct pair *many = n > FEW_PAIRS ? tum_new_array(struct pair, n) : NULL;
    struct pair few[FEW_PAIRS];
    struct pair *pairs = many != NULL ? many : few;

    if (!sort(w, v, pairs, &texts))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!write_entry(w, pairs[i].entry, i == 0))
            return false;
    return true;
}

static bool write_entries(struct writer *w, tum_val v)
{
    const struct tum_map_entry *first = tum_map_entries(v);

    tum_map_each (e, v) {
        if (!write_entry(w, e, e == first))
            return false;
    }
    return true;
}

static bool write_map(struct writer *w, tum_val v)
{
    if (tum_map_len(v) == 0) {
        tum_buf_adds(w->out, "{}");
        return true;
    }
    tum_buf_addc(w->out, '{');
    w->level++;
    if (w->style->sort_keys && tum_map_len(v) > 1) {
        if (!write_sorted(w, v))
            return false;
    } else if (!write_entries(w, v)) {
        return false;
    }
    w->level--;
    break_line(w);
    tum_buf_addc(w->out, '}');
    return true;
}

/* ---- values ---- */

/* A date or bytes: their text. */
static bool write_other(struct writer *w, tum_val v)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_val_write_str(&text, v);
    tum_json_write_text(w->out, tum_buf_str(&text), w->style);
    return true;
}

static bool write_value(struct writer *w, tum_val v)
{
    if (w->style->strict &&
        (v.kind == TUM_DATE || v.kind == TUM_BYTES || v.kind == TUM_SET)) {
        tum_fail(w->err, TUM_ERROR_TYPE, "Object of type %s is not JSON serializable",
                 tum_val_type_name(v));
        (*w->err)->type = tum_strdup("TypeError");
        return false;
    }
    switch (tum_val_kind(v)) {
    case TUM_NONE:
        tum_buf_adds(w->out, "null");
        return true;
    case TUM_BOOL:
        tum_buf_adds(w->out, v.as.b ? "true" : "false");
        return true;
    case TUM_INT:
    case TUM_BIGINT:
        tum_int_write(w->out, v, 10);
        return true;
    case TUM_FLOAT:
        return write_float(w->out, v.as.f, w->style, w->err);
    case TUM_STR:
        tum_json_write_text(w->out, tum_val_text(v), w->style);
        return true;
    case TUM_DATE:
    case TUM_BYTES:
        return write_other(w, v);
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_SET:
        return write_list(w, v);
    case TUM_MAP:
        return write_map(w, v);
    }
    tum_bug("kind %d", v.kind);
}

bool tum_json_write(struct tum_buf *out, tum_val v, const struct tum_json_style *style,
                    struct tum_error **err)
{
    struct writer w = {
        .out = out,
        .style = style,
        .item_sep = style->item_sep != NULL ? style->item_sep
                    : style->indent != 0    ? ","
                                            : ", ",
        .key_sep = style->key_sep != NULL ? style->key_sep : ": ",
        .err = err,
    };

    return write_value(&w, v);
}

void tum_json_write_data(struct tum_buf *out, tum_val v)
{
    static const struct tum_json_style style = {.ascii = true, .sort_keys = true};
    struct tum_error *err = NULL;

    if (!tum_json_write(out, v, &style, &err))
        tum_bug("JSON data: %s", err->text);
}

/* ---- the plain form ---- */

static bool is_plain(tum_val v)
{
    switch (tum_val_kind(v)) {
    case TUM_NONE:
    case TUM_BOOL:
    case TUM_INT:
    case TUM_BIGINT:
    case TUM_FLOAT:
    case TUM_STR:
        return true;
    case TUM_DATE:
    case TUM_BYTES:
    case TUM_TUPLE:
    case TUM_SET:
        return false;
    case TUM_LIST:
        tum_list_each (e, v) {
            if (!is_plain(*e))
                return false;
        }
        return true;
    case TUM_MAP:
        tum_map_each (e, v) {
            if (e->key.kind != TUM_STR || !is_plain(e->value))
                return false;
        }
        return true;
    }
    tum_bug("kind %d", v.kind);
}

static bool plain_list(tum_val v, tum_val *ret, const char **ret_type)
{
    struct tum_list_builder *list = tum_list_begin(tum_list_len(v));

    tum_list_each (e, v) {
        tum_val item;

        if (!tum_val_plain(*e, &item, ret_type)) {
            tum_list_drop(list);
            return false;
        }
        if (!tum_list_add(list, item))
            tum_bug("the plain form is no deeper");
    }
    *ret = tum_list_end(list);
    return true;
}

tum_val tum_json_key(tum_val key)
{
    static const struct tum_json_style style = {0};
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    if (key.kind == TUM_STR)
        return tum_val_ref(key);
    if (!key_text(key, &text, &style, &err))
        tum_bug("key: %s", err->text);
    return tum_val_str_valid(text.s, text.len);
}

static bool plain_map(tum_val v, tum_val *ret, const char **ret_type)
{
    struct tum_map_builder *map = tum_map_begin(tum_map_len(v));

    tum_map_each (e, v) {
        tum_val value;

        if (!is_json_key(e->key) && e->key.kind != TUM_DATE) {
            *ret_type = tum_val_type_name(e->key);
            tum_map_drop(map);
            return false;
        }
        if (!tum_val_plain(e->value, &value, ret_type)) {
            tum_map_drop(map);
            return false;
        }
        if (!tum_map_add(map, tum_json_key(e->key), value))
            tum_bug("the plain form is no deeper");
    }
    *ret = tum_map_end(map);
    return true;
}

bool tum_val_plain(tum_val v, tum_val *ret, const char **ret_type)
{
    switch (tum_val_kind(v)) {
    case TUM_BYTES:
        *ret_type = tum_val_type_name(v);
        return false;
    case TUM_DATE: {
        TUM_AUTO(tum_freep) char *text = tum_val_to_str(v);

        *ret = tum_val_str(text);
        return true;
    }
    case TUM_LIST:
        if (is_plain(v))
            break;
        return plain_list(v, ret, ret_type);
    case TUM_TUPLE:
    case TUM_SET:
        return plain_list(v, ret, ret_type);
    case TUM_MAP:
        if (is_plain(v))
            break;
        return plain_map(v, ret, ret_type);
    case TUM_NONE:
    case TUM_BOOL:
    case TUM_INT:
    case TUM_BIGINT:
    case TUM_FLOAT:
    case TUM_STR:
        break;
    }
    *ret = tum_val_ref(v);
    return true;
}
