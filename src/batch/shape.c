/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a node by its shape. A mistake is a finding with the place, the key and what is
 * accepted there; the rest of the file is still read, so that all are seen at once.
 */
#include "batch/shape.h"
#include "tum/clock.h"
#include "tum/mem.h"
#include "tum/words.h"
#include <math.h>

/* Keys of one table. */
#define KEYS_LIMIT 64

const struct tum_shape tum_shape_flag = {.kind = TUM_SHAPE_FLAG};
const struct tum_shape tum_shape_int = {
    .kind = TUM_SHAPE_INT, .min = 0, .max = 1000000};
const struct tum_shape tum_shape_duration = {.kind = TUM_SHAPE_DURATION};
const struct tum_shape tum_shape_size = {.kind = TUM_SHAPE_SIZE};
const struct tum_shape tum_shape_date = {.kind = TUM_SHAPE_DATE};
const struct tum_shape tum_shape_text = {.kind = TUM_SHAPE_TEXT};
const struct tum_shape tum_shape_port = {.kind = TUM_SHAPE_PORT};
const struct tum_shape tum_shape_texts = {.kind = TUM_SHAPE_TEXTS};
const struct tum_shape tum_shape_words = {.kind = TUM_SHAPE_WORDS};
const struct tum_shape tum_shape_variables = {.kind = TUM_SHAPE_VARIABLES};
const struct tum_shape tum_shape_any = {.kind = TUM_SHAPE_ANY};

static const char *const kind_words[] = {
    [TUM_SHAPE_FLAG] = "true or false",
    [TUM_SHAPE_INT] = "a whole number",
    [TUM_SHAPE_DURATION] = "a duration (a number of seconds, or text such as 1m30s)",
    [TUM_SHAPE_SIZE] = "a size (a number of bytes, or text such as 500MiB)",
    [TUM_SHAPE_DATE] = "a date YYYY-MM-DD",
    [TUM_SHAPE_TEXT] = "a text",
    [TUM_SHAPE_PORT] = "ADDRESS:PORT, or a port number",
    [TUM_SHAPE_TEXTS] = "a text or a list of texts",
    [TUM_SHAPE_WORDS] = "a command: a list of words, or a text",
    [TUM_SHAPE_VARIABLES] = "a mapping of names to texts",
    [TUM_SHAPE_MAP] = "a mapping",
    [TUM_SHAPE_ONE] = "a mapping with one key",
    [TUM_SHAPE_LIST] = "a list",
    [TUM_SHAPE_NAMED] = "a mapping of names",
    [TUM_SHAPE_ANY] = "anything",
};

struct reading {
    struct tum_diags *diags;
    bool wrong;
};

static bool read_node(struct reading *r, const struct tum_shape *shape,
                      const struct tum_node *node, const char *key, tum_val *ret);

static bool mistake(struct reading *r, struct tum_span at, const char *fmt, ...)
    TUM_PRINTF(3, 4);
static bool mistake(struct reading *r, struct tum_span at, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    tum_diag_error(r->diags, at, "%s", text);
    tum_free(text);
    r->wrong = true;
    return false;
}

static bool unfit(struct reading *r, const struct tum_shape *shape,
                  const struct tum_node *node, const char *key)
{
    char *found = tum_node_describe(node);

    mistake(r, tum_node_at(node), "'%s' must be %s, found %s", key,
            shape->what != NULL ? shape->what : kind_words[shape->kind], found);
    tum_free(found);
    return false;
}

/* ---- scalars ---- */

bool tum_duration_whole(struct tum_str text, tum_time *ret)
{
    struct tum_str rest;
    tum_time time;

    text = tum_str_trim(text);
    if (!tum_duration_parse(text, &time, &rest) || tum_str_trim(rest).n > 0)
        return false;
    *ret = time;
    return true;
}

bool tum_size_parse(struct tum_str text, int64_t *ret)
{
    static const struct {
        const char *unit;
        double bytes;
    } units[] = {
        {"", 1},
        {"B", 1},
        {"K", 1024},
        {"KiB", 1024},
        {"kB", 1e3},
        {"M", 1024.0 * 1024},
        {"MiB", 1024.0 * 1024},
        {"MB", 1e6},
        {"G", 1024.0 * 1024 * 1024},
        {"GiB", 1024.0 * 1024 * 1024},
        {"GB", 1e9},
        {"T", 1024.0 * 1024 * 1024 * 1024},
        {"TiB", 1024.0 * 1024 * 1024 * 1024},
        {"TB", 1e12},
    };
    struct tum_str unit;
    size_t digits = 0;
    double number;

    text = tum_str_trim(text);
    while (digits < text.n &&
           ((text.s[digits] >= '0' && text.s[digits] <= '9') || text.s[digits] == '.'))
        digits++;
    if (!tum_str_float(tum_str_sub(text, 0, digits), &number))
        return false;
    unit = tum_str_trim(tum_str_sub(text, digits, text.n));
    for (size_t i = 0; i < TUM_LEN(units); i++) {
        if (tum_str_is_nocase(unit, units[i].unit)) {
            if (number * units[i].bytes > 9e18)
                return false;
            *ret = (int64_t)(number * units[i].bytes);
            return true;
        }
    }
    return false;
}

static bool duration_of(tum_val v, tum_time *ret)
{
    double seconds;

    if (v.kind == TUM_STR)
        return tum_duration_whole(tum_val_text(v), ret);
    if (v.kind == TUM_BOOL || !tum_val_is_number(v) ||
        !tum_val_to_double(v, &seconds) || !(seconds >= 0))
        return false;
    *ret = tum_time_of_seconds(seconds);
    return true;
}

/* "[::1]:80", "127.0.0.1:80", ":80", 80. */
static bool port_of(tum_val v, tum_val *ret)
{
    struct tum_str text = tum_val_text(v);
    size_t colon = text.n;
    int64_t port;

    if (v.kind == TUM_INT && v.as.i > 0 && v.as.i < 65536) {
        *ret = tum_val_strf(":%lld", (long long)v.as.i);
        return true;
    }
    if (v.kind != TUM_STR)
        return false;
    while (colon > 0 && text.s[colon - 1] != ':')
        colon--;
    if (!tum_str_int(tum_str_sub(text, colon, text.n), &port) || port < 1 ||
        port > 65535)
        return false;
    *ret = colon == 0 ? tum_val_strf(":%lld", (long long)port) : tum_val_ref(v);
    return true;
}

static bool read_scalar(const struct tum_shape *shape, tum_val v, tum_val *ret)
{
    struct tum_date date;
    tum_time time;
    int64_t number;

    switch (shape->kind) {
    case TUM_SHAPE_FLAG:
        *ret = v;
        return v.kind == TUM_BOOL;
    case TUM_SHAPE_INT:
        if (!tum_val_is_int(v) || !tum_val_to_int64(v, &number) ||
            (shape->min < shape->max && (number < shape->min || number > shape->max)))
            return false;
        *ret = tum_val_int(number);
        return true;
    case TUM_SHAPE_DURATION:
        if (!duration_of(v, &time))
            return false;
        *ret = tum_val_int(time);
        return true;
    case TUM_SHAPE_SIZE:
        if (v.kind == TUM_INT && v.as.i >= 0) {
            *ret = v;
            return true;
        }
        if (v.kind != TUM_STR || !tum_size_parse(tum_val_text(v), &number))
            return false;
        *ret = tum_val_int(number);
        return true;
    case TUM_SHAPE_DATE:
        if (v.kind != TUM_DATE)
            return false;
        tum_val_get_date(v, &date);
        *ret = tum_val_strf("%04d-%02d-%02d", date.year, date.month, date.day);
        return !date.has_time;
    case TUM_SHAPE_PORT:
        return port_of(v, ret);
    case TUM_SHAPE_TEXT:
        /* A version such as 3.9, a status such as 200: scalars are texts to us. */
        if (v.kind == TUM_NONE || v.kind == TUM_BYTES || v.kind == TUM_BOOL)
            return false;
        if (v.kind == TUM_STR) {
            *ret = tum_val_ref(v);
        } else {
            char *text = tum_val_to_str(v);

            *ret = tum_val_str(text);
            tum_free(text);
        }
        return true;
    default:
        return false;
    }
}

static bool read_choice(struct reading *r, const struct tum_shape *shape,
                        const struct tum_node *node, const char *key, tum_val v)
{
    TUM_AUTO(tum_buf_release) struct tum_buf all = TUM_BUF_INIT(4096);
    const char *near;

    if (shape->choices == NULL)
        return true;
    for (size_t i = 0; shape->choices[i] != NULL; i++) {
        if (tum_str_is(tum_val_text(v), shape->choices[i]))
            return true;
        tum_buf_addf(&all, "%s%s", i > 0 ? ", " : "", shape->choices[i]);
    }
    near = tum_str_nearest(tum_val_text(v), shape->choices);
    mistake(r, tum_node_at(node), "'%s' is '%s'; accepted: %s", key, tum_val_text(v).s,
            all.s);
    if (near != NULL)
        tum_diag_note(r->diags, tum_node_at(node), "did you mean '%s'?", near);
    return false;
}

/* ---- lists ---- */

static bool read_texts(struct reading *r, const struct tum_shape *shape,
                       const struct tum_node *node, const char *key, tum_val *ret)
{
    struct tum_list_builder *b = tum_list_begin(4);
    bool ok = true;
    tum_val text;

    if (tum_node_kind(node) == TUM_NODE_SCALAR) {
        ok = read_scalar(&tum_shape_text, tum_node_val(node), &text);
        if (ok)
            tum_list_add(b, text);
        else
            unfit(r, shape, node, key);
    } else if (tum_node_kind(node) == TUM_NODE_SEQ) {
        for (size_t i = 0; i < tum_node_len(node); i++) {
            const struct tum_node *item = tum_node_item(node, i);

            if (tum_node_kind(item) == TUM_NODE_SCALAR &&
                read_scalar(&tum_shape_text, tum_node_val(item), &text))
                tum_list_add(b, text);
            else
                ok = unfit(r, &tum_shape_text, item, key);
        }
    } else {
        ok = unfit(r, shape, node, key);
    }
    *ret = tum_list_end(b);
    return ok;
}

static bool read_words(struct reading *r, const struct tum_shape *shape,
                       const struct tum_node *node, const char *key, tum_val *ret)
{
    struct tum_str text = tum_node_text(node);
    struct tum_error *err = NULL;
    struct tum_list_builder *b;
    char **words;

    if (text.s == NULL) {
        if (!read_texts(r, shape, node, key, ret))
            return false;
        if (tum_list_len(*ret) > 0)
            return true;
        tum_val_release(ret);
        return mistake(r, tum_node_at(node), "'%s' is an empty command", key);
    }
    if (!tum_words_split(text.s, &words, &err)) {
        char *why = tum_error_text(err);

        mistake(r, tum_node_at(node), "'%s' cannot be split: %s", key, why);
        tum_free(why);
        tum_error_free(err);
        return false;
    }
    b = tum_list_begin(4);
    for (size_t i = 0; words[i] != NULL; i++)
        tum_list_add(b, tum_val_str(words[i]));
    tum_words_free(words);
    *ret = tum_list_end(b);
    if (tum_list_len(*ret) > 0)
        return true;
    tum_val_release(ret);
    return mistake(r, tum_node_at(node), "'%s' is an empty command", key);
}

static bool read_list(struct reading *r, const struct tum_shape *shape,
                      const struct tum_node *node, const char *key, tum_val *ret)
{
    struct tum_list_builder *b;
    bool ok = true;

    if (tum_node_kind(node) != TUM_NODE_SEQ)
        return unfit(r, shape, node, key);
    b = tum_list_begin(tum_node_len(node));
    for (size_t i = 0; i < tum_node_len(node); i++) {
        tum_val item = tum_val_none();

        if (read_node(r, shape->element, tum_node_item(node, i), key, &item))
            tum_list_add(b, item);
        else
            ok = false;
    }
    *ret = tum_list_end(b);
    return ok;
}

/* ---- mappings ---- */

static const struct tum_shape_key *find_key(const struct tum_shape *shape,
                                            struct tum_str name)
{
    for (const struct tum_shape_key *k = shape->keys; k->name != NULL; k++) {
        if (tum_str_is(name, k->name))
            return k;
    }
    return NULL;
}

static void unknown_key(struct reading *r, const struct tum_shape *shape,
                        const struct tum_node *key, const char *of)
{
    TUM_AUTO(tum_buf_release) struct tum_buf all = TUM_BUF_INIT(4096);
    const char *names[KEYS_LIMIT + 1], *near = NULL;
    struct tum_str text = tum_node_text(key);
    char *shown = text.s != NULL ? tum_strndup(text.s, text.n) : tum_node_describe(key);
    size_t count = 0;

    for (const struct tum_shape_key *k = shape->keys;
         k->name != NULL && count < KEYS_LIMIT; k++) {
        tum_buf_addf(&all, "%s%s", count > 0 ? ", " : "", k->name);
        names[count++] = k->name;
    }
    names[count] = NULL;
    if (of != NULL)
        mistake(r, tum_node_at(key), "unknown key '%s' in '%s'; accepted: %s", shown,
                of, all.s);
    else
        mistake(r, tum_node_at(key), "unknown key '%s'; accepted: %s", shown, all.s);
    if (text.s != NULL)
        near = tum_str_nearest(text, names);
    if (near != NULL)
        tum_diag_note(r->diags, tum_node_at(key), "did you mean '%s'?", near);
    tum_free(shown);
}

/* What is no mapping stands for a mapping with its short key. */
static bool read_short(struct reading *r, const struct tum_shape *shape,
                       const struct tum_node *node, const char *key, tum_val *ret)
{
    const struct tum_shape_key *k = find_key(shape, tum_str_of(shape->short_key));
    struct tum_map_builder *b;
    tum_val v = tum_val_none();

    if (!read_node(r, k->shape, node, key, &v))
        return false;
    b = tum_map_begin(1);
    tum_map_adds(b, k->name, v);
    *ret = tum_map_end(b);
    return true;
}

static bool read_map(struct reading *r, const struct tum_shape *shape,
                     const struct tum_node *node, const char *key, tum_val *ret)
{
    struct tum_map_builder *b;
    bool ok = true;

    if (tum_node_kind(node) != TUM_NODE_MAP) {
        if (shape->short_key != NULL && tum_node_kind(node) != TUM_NODE_NULL)
            return read_short(r, shape, node, key, ret);
        if (tum_node_kind(node) != TUM_NODE_NULL || key != NULL)
            return unfit(r, shape, node, key != NULL ? key : "the file");
    }
    b = tum_map_begin(tum_node_len(node));
    for (size_t i = 0; i < tum_node_len(node); i++) {
        struct tum_str name = tum_node_text(tum_node_key(node, i));
        const struct tum_shape_key *k = name.s != NULL ? find_key(shape, name) : NULL;
        const struct tum_node *value = tum_node_value(node, i);
        tum_val v = tum_val_none();

        if (k == NULL) {
            unknown_key(r, shape, tum_node_key(node, i), key);
            ok = false;
        } else if (tum_node_kind(value) == TUM_NODE_NULL && !k->required) {
            continue; /* written and left empty: absent */
        } else if (read_node(r, k->shape, value, k->name, &v)) {
            tum_map_adds(b, k->name, v);
        } else {
            ok = false;
        }
    }
    for (const struct tum_shape_key *k = shape->keys; k->name != NULL; k++) {
        size_t at;

        if (k->required && !tum_node_find(node, tum_str_of(k->name), &at)) {
            mistake(r, tum_node_at(node), "'%s' needs the key '%s'",
                    key != NULL ? key : "the file", k->name);
            ok = false;
        }
    }
    *ret = tum_map_end(b);
    return ok;
}

static bool read_one(struct reading *r, const struct tum_shape *shape,
                     const struct tum_node *node, const char *key, tum_val *ret)
{
    if (tum_node_kind(node) != TUM_NODE_MAP)
        return unfit(r, shape, node, key);
    if (!read_map(r, shape, node, key, ret))
        return false;
    if (tum_map_len(*ret) == 1)
        return true;
    return mistake(r, tum_node_at(node), "an entry of '%s' has exactly one key", key);
}

static bool read_named(struct reading *r, const struct tum_shape *shape,
                       const struct tum_node *node, const char *key, tum_val *ret)
{
    struct tum_map_builder *b;
    bool ok = true;

    if (tum_node_kind(node) != TUM_NODE_MAP)
        return unfit(r, shape, node, key);
    b = tum_map_begin(tum_node_len(node));
    for (size_t i = 0; i < tum_node_len(node); i++) {
        const struct tum_node *name = tum_node_key(node, i);
        char *shown = tum_val_to_str(tum_node_val(name));
        tum_val v = tum_val_none();

        if (tum_node_kind(name) != TUM_NODE_SCALAR || shown[0] == '\0')
            ok = mistake(r, tum_node_at(name), "'%s' has an entry without a name", key);
        else if (read_node(r, shape->element, tum_node_value(node, i), shown, &v))
            tum_map_adds(b, shown, v);
        else
            ok = false;
        tum_free(shown);
    }
    *ret = tum_map_end(b);
    return ok;
}

static bool read_variables(struct reading *r, const struct tum_shape *shape,
                           const struct tum_node *node, const char *key, tum_val *ret)
{
    struct tum_map_builder *b;
    bool ok = true;

    if (tum_node_kind(node) != TUM_NODE_MAP)
        return unfit(r, shape, node, key);
    b = tum_map_begin(tum_node_len(node));
    for (size_t i = 0; i < tum_node_len(node); i++) {
        const struct tum_node *value = tum_node_value(node, i);
        char *name = tum_val_to_str(tum_node_val(tum_node_key(node, i)));
        tum_val v = tum_val_none();

        if (tum_node_kind(value) == TUM_NODE_SCALAR) {
            char *text = tum_val_to_str(tum_node_val(value));

            v = tum_val_str(text);
            tum_free(text);
        } else if (tum_node_kind(value) != TUM_NODE_NULL) {
            ok = unfit(r, &tum_shape_text, value, name);
        }
        if (name[0] == '\0' || strchr(name, '=') != NULL)
            ok = mistake(r, tum_node_at(tum_node_key(node, i)),
                         "'%s' is no name of a variable", name);
        tum_map_adds(b, name, v);
        tum_free(name);
    }
    *ret = tum_map_end(b);
    return ok;
}

/* Recursion is as deep as the tables are. On failure *ret may hold what was read. */
static bool read_any(struct reading *r, const struct tum_shape *shape,
                     const struct tum_node *node, const char *key, tum_val *ret)
{
    struct tum_error *err = NULL;

    switch (shape->kind) {
    case TUM_SHAPE_MAP:
        return read_map(r, shape, node, key, ret);
    case TUM_SHAPE_ONE:
        return read_one(r, shape, node, key, ret);
    case TUM_SHAPE_LIST:
        return read_list(r, shape, node, key, ret);
    case TUM_SHAPE_NAMED:
        return read_named(r, shape, node, key, ret);
    case TUM_SHAPE_TEXTS:
        return read_texts(r, shape, node, key, ret);
    case TUM_SHAPE_WORDS:
        return read_words(r, shape, node, key, ret);
    case TUM_SHAPE_VARIABLES:
        return read_variables(r, shape, node, key, ret);
    case TUM_SHAPE_ANY:
        if (tum_node_to_val(node, ret, &err))
            return true;
        tum_diag_take(r->diags, &err);
        r->wrong = true;
        return false;
    default:
        break;
    }
    if (tum_node_kind(node) != TUM_NODE_SCALAR ||
        !read_scalar(shape, tum_node_val(node), ret))
        return unfit(r, shape, node, key);
    return read_choice(r, shape, node, key, *ret);
}

static bool read_node(struct reading *r, const struct tum_shape *shape,
                      const struct tum_node *node, const char *key, tum_val *ret)
{
    if (tum_node_kind(node) == TUM_NODE_BROKEN) {
        r->wrong = true; /* it has its finding */
        return false;
    }
    if (read_any(r, shape, node, key, ret))
        return true;
    tum_val_release(ret);
    return false;
}

bool tum_shape_read(const struct tum_shape *shape, const struct tum_node *node,
                    struct tum_diags *diags, tum_val *ret)
{
    struct reading r = {.diags = diags};

    *ret = tum_val_none();
    return read_node(&r, shape, node, NULL, ret) && !r.wrong;
}

/* ---- reading what was read ---- */

tum_val tum_conf_get(tum_val map, const char *key)
{
    tum_val v;

    return tum_map_peeks(map, key, &v) ? v : tum_val_none();
}

const char *tum_conf_text(tum_val map, const char *key)
{
    tum_val v = tum_conf_get(map, key);

    return v.kind == TUM_STR ? tum_val_text(v).s : NULL;
}

int64_t tum_conf_int(tum_val map, const char *key, int64_t deflt)
{
    tum_val v = tum_conf_get(map, key);

    return v.kind == TUM_INT ? v.as.i : deflt;
}

tum_time tum_conf_time(tum_val map, const char *key, tum_time deflt)
{
    return tum_conf_int(map, key, deflt);
}

bool tum_conf_flag(tum_val map, const char *key, bool deflt)
{
    tum_val v = tum_conf_get(map, key);

    return v.kind == TUM_BOOL ? v.as.b : deflt;
}

const char **tum_conf_words(tum_val list)
{
    const char **words = tum_new_array(const char *, tum_list_len(list) + 1);
    size_t count = 0;

    tum_list_each (word, list)
        words[count++] = tum_val_text(*word).s;
    return words;
}
