/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module json, on objects: keys of all kinds, Python's words and places for mistakes. The
 * reader and writer of values (value/jsonread.c) promise less about both.
 */
#include "base/utf8.h"
#include "lang/module.h"
#include "lang/ops.h"
#include "value/vnum.h"

/* ---- reading ---- */

struct reader {
    struct tum_vm *vm;
    struct tum_obj *str;
    const char *s;
    size_t at, n;
};

static struct tum_obj *read_value(struct reader *r);

/* JSONDecodeError with line and column, counted in code points. */
static struct tum_obj *fail(struct reader *r, const char *what, size_t at)
{
    struct tum_str before = tum_str_n(r->s, at);
    size_t line = 1, start = 0;

    for (size_t i = 0; i < at; i++) {
        if (r->s[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    return tum_raise(r->vm, "JSONDecodeError", "%s: line %zu column %zu (char %zu)",
                     what, line, tum_utf8_count(tum_str_sub(before, start, at)) + 1,
                     tum_utf8_count(before));
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->n && (r->s[r->at] == ' ' || r->s[r->at] == '\t' ||
                            r->s[r->at] == '\n' || r->s[r->at] == '\r'))
        r->at++;
}

static char peek(const struct reader *r)
{
    return r->at < r->n ? r->s[r->at] : '\0';
}

static bool at_word(const struct reader *r, const char *word)
{
    return tum_str_starts(tum_str_n(r->s + r->at, r->n - r->at), word);
}

/* Four digits at `at`. */
static bool hex4(const struct reader *r, size_t at, uint32_t *ret)
{
    *ret = 0;
    for (size_t i = at; i < at + 4; i++) {
        char c = i < r->n ? r->s[i] : 'x';
        uint32_t value = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 99;
        if (value > 15)
            return false;
        *ret = *ret << 4 | value;
    }
    return true;
}

/* From behind `\u`. */
static bool read_unicode(struct reader *r, struct tum_buf *out)
{
    size_t escape = r->at - 1;
    uint32_t c, low;

    if (r->at + 4 >= r->n || !hex4(r, r->at, &c))
        return TUM_FALSE_AFTER(fail(r, "Invalid \\uXXXX escape", escape));
    r->at += 4;
    if (c >= 0xD800 && c <= 0xDBFF && r->at + 6 < r->n && r->s[r->at] == '\\' &&
        r->s[r->at + 1] == 'u') {
        if (!hex4(r, r->at + 2, &low))
            return TUM_FALSE_AFTER(fail(r, "Invalid \\uXXXX escape", r->at + 1));
        if (low >= 0xDC00 && low <= 0xDFFF) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            r->at += 6;
        }
    }
    tum_utf8_add(out, c);
    return true;
}

/* From behind the backslash. */
static bool read_escape(struct reader *r, size_t begin, struct tum_buf *out)
{
    static const char plain[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    char c;

    if (r->at == r->n)
        return TUM_FALSE_AFTER(fail(r, "Unterminated string starting at", begin));
    c = r->s[r->at++];
    if (c == 'u')
        return read_unicode(r, out);
    for (size_t i = 0; i + 1 < sizeof(plain); i += 2) {
        if (plain[i] == c) {
            tum_buf_addc(out, plain[i + 1]);
            return true;
        }
    }
    return TUM_FALSE_AFTER(fail(r, "Invalid \\escape", r->at - 2));
}

/* From behind the opening quote. */
static struct tum_obj *read_string(struct reader *r)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t begin = r->at - 1, start = r->at;

    for (; r->at < r->n; r->at++) {
        char c = r->s[r->at];

        if (c == '"') {
            r->at++;
            if (out.len == 0)
                return tum_new_part(r->vm, r->str, start, r->at - 1 - start);
            tum_buf_add(&out, r->s + start, r->at - 1 - start);
            return tum_new_str_buf(r->vm, &out);
        }
        if ((unsigned char)c < 0x20) {
            tum_buf_release(&out);
            return fail(r, "Invalid control character at", r->at);
        }
        if (c != '\\')
            continue;
        tum_buf_add(&out, r->s + start, r->at - start);
        r->at++;
        if (!read_escape(r, begin, &out)) {
            tum_buf_release(&out);
            return NULL;
        }
        start = r->at--;
    }
    tum_buf_release(&out);
    return fail(r, "Unterminated string starting at", begin);
}

static size_t digits(const struct reader *r, size_t at)
{
    while (at < r->n && r->s[at] >= '0' && r->s[at] <= '9')
        at++;
    return at;
}

/* NULL without failure: no number here. */
static struct tum_obj *read_number(struct reader *r)
{
    size_t start = r->at, stop, more;
    bool is_float = false;
    struct tum_str text;
    tum_val v;

    if (peek(r) == '-')
        r->at++;
    stop = peek(r) == '0' ? r->at + 1 : digits(r, r->at);
    if (stop == r->at) {
        r->at = start;
        return NULL;
    }
    if (stop < r->n && r->s[stop] == '.' && digits(r, stop + 1) > stop + 1) {
        stop = digits(r, stop + 1);
        is_float = true;
    }
    if (stop < r->n && (r->s[stop] | 0x20) == 'e') {
        more = stop + 1;
        if (more < r->n && (r->s[more] == '+' || r->s[more] == '-'))
            more++;
        if (digits(r, more) > more) {
            stop = digits(r, more);
            is_float = true;
        }
    }
    text = tum_str_n(r->s + start, stop - start);
    r->at = stop;
    if (is_float)
        return tum_new_float(r->vm, tum_float_of_digits(text));
    if (text.n > TUM_INT_TEXT_LIMIT || !tum_int_digits(text, 10, &v))
        return tum_unsupported(r->vm, "a very long number");
    return tum_new_number(r->vm, v);
}

/* From behind the `[`. */
static struct tum_obj *read_array(struct reader *r)
{
    struct tum_oseq *list = tum_new_list(r->vm, 0);
    struct tum_obj *item;

    skip_blanks(r);
    if (peek(r) == ']') {
        r->at++;
        return &list->head;
    }
    for (;;) {
        item = read_value(r);
        if (item == NULL || !tum_olist_append(r->vm, list, item))
            return NULL;
        skip_blanks(r);
        if (peek(r) == ']')
            break;
        if (peek(r) != ',')
            return fail(r, "Expecting ',' delimiter", r->at);
        r->at++;
        skip_blanks(r);
    }
    r->at++;
    return &list->head;
}

/* From behind the `{`. */
static struct tum_obj *read_object(struct reader *r)
{
    struct tum_odict *dict = tum_new_dict(r->vm);
    struct tum_obj *key, *value;

    skip_blanks(r);
    if (peek(r) == '}') {
        r->at++;
        return &dict->head;
    }
    for (;;) {
        if (peek(r) != '"')
            return fail(r, "Expecting property name enclosed in double quotes", r->at);
        r->at++;
        key = read_string(r);
        if (key == NULL)
            return NULL;
        skip_blanks(r);
        if (peek(r) != ':')
            return fail(r, "Expecting ':' delimiter", r->at);
        r->at++;
        skip_blanks(r);
        value = read_value(r);
        if (value == NULL || !tum_dict_set(r->vm, dict, key, value))
            return NULL;
        skip_blanks(r);
        if (peek(r) == '}')
            break;
        if (peek(r) != ',')
            return fail(r, "Expecting ',' delimiter", r->at);
        r->at++;
        skip_blanks(r);
    }
    r->at++;
    return &dict->head;
}

static struct tum_obj *read_value(struct reader *r)
{
    static const struct {
        const char *word;
        double f;
    } words[] = {
        {"NaN", __builtin_nan("")},
        {"Infinity", __builtin_inf()},
        {"-Infinity", -__builtin_inf()},
    };
    struct tum_obj *o;

    if (!tum_vm_step(r->vm) || !tum_vm_stack(r->vm))
        return NULL;
    switch (peek(r)) {
    case '"':
        r->at++;
        return read_string(r);
    case '{':
        r->at++;
        return read_object(r);
    case '[':
        r->at++;
        return read_array(r);
    default:
        break;
    }
    o = at_word(r, "null")    ? r->vm->none
        : at_word(r, "true")  ? r->vm->yes
        : at_word(r, "false") ? r->vm->no
                              : NULL;
    if (o != NULL) {
        r->at += o == r->vm->no ? 5 : 4;
        return o;
    }
    for (size_t i = 0; i < TUM_LEN(words); i++) {
        if (at_word(r, words[i].word)) {
            r->at += strlen(words[i].word);
            return tum_new_float(r->vm, words[i].f);
        }
    }
    o = read_number(r);
    if (o != NULL || tum_vm_failed(r->vm))
        return o;
    return fail(r, "Expecting value", r->at);
}

static struct tum_obj *json_loads(struct tum_vm *vm, struct tum_obj *self,
                                  const struct tum_args *args)
{
    struct tum_obj *value;
    struct reader r = {.vm = vm};

    (void)self;
    if (args->n != 1 || args->nkw > 0)
        return tum_unsupported(vm, "json.loads with options");
    if (tum_kind_of(args->v[0]) == TUM_O_BYTES)
        return tum_unsupported(vm, "json.loads of bytes");
    if (!tum_is_str(args->v[0]))
        return tum_raise_type(vm,
                              "the JSON object must be str, bytes or bytearray, not %s",
                              args->v[0]->type->name);
    r.str = args->v[0];
    r.s = tum_as_str(r.str)->s;
    r.n = tum_as_str(r.str)->n;
    if (tum_str_starts(tum_text_of(r.str), "\xEF\xBB\xBF"))
        return fail(&r, "Unexpected UTF-8 BOM (decode using utf-8-sig)", 0);
    skip_blanks(&r);
    value = read_value(&r);
    if (value == NULL)
        return NULL;
    skip_blanks(&r);
    return r.at == r.n ? value : fail(&r, "Extra data", r.at);
}

/* ---- writing ---- */

struct level { /* containers being written */
    const struct tum_obj *o;
    const struct level *up;
};

struct writer {
    struct tum_vm *vm;
    struct tum_buf out;
    const struct level *open;
    struct tum_str item_sep, key_sep;
    struct tum_str indent;
    bool indented, ascii, sort_keys, allow_nan;
    struct tum_obj *deflt; /* NULL: none */
    size_t depth;
};

static bool write_value(struct writer *w, struct tum_obj *o);

static void write_text(struct writer *w, struct tum_str text)
{
    struct tum_json_style style = {.ascii = w->ascii};

    tum_json_write_text(&w->out, text, &style);
}

static bool write_float(struct writer *w, double f)
{
    char text[TUM_FLOAT_TEXT];

    if (f - f != 0 && !w->allow_nan)
        /* Two encoders, two messages: the one that indents is written in Python. */
        return tum_raise_value_false(
            w->vm, "Out of range float values are not JSON compliant%s%s",
            w->indented ? ": " : "",
            !w->indented ? ""
            : f != f     ? "nan"
            : f > 0      ? "inf"
                         : "-inf");
    if (f != f)
        tum_buf_adds(&w->out, "NaN");
    else if (f - f != 0)
        tum_buf_adds(&w->out, f > 0 ? "Infinity" : "-Infinity");
    else
        tum_buf_add(&w->out, text, tum_float_text(f, text));
    return true;
}

static void write_line(struct writer *w)
{
    if (!w->indented)
        return;
    tum_buf_addc(&w->out, '\n');
    for (size_t i = 0; i < w->depth; i++)
        tum_buf_addt(&w->out, w->indent);
}

static bool write_items(struct writer *w, struct tum_oseq *seq)
{
    if (seq->n == 0) {
        tum_buf_adds(&w->out, "[]");
        return true;
    }
    tum_buf_addc(&w->out, '[');
    w->depth++;
    for (size_t i = 0; i < seq->n; i++) {
        if (i > 0)
            tum_buf_addt(&w->out, w->item_sep);
        write_line(w);
        if (!write_value(w, seq->items[i]))
            return false;
    }
    w->depth--;
    write_line(w);
    tum_buf_addc(&w->out, ']');
    return true;
}

/* A key is always a text in the end. */
static bool write_key(struct writer *w, struct tum_obj *key)
{
    size_t start;

    switch (tum_kind_of(key)) {
    case TUM_O_STR:
        write_text(w, tum_text_of(key));
        return true;
    case TUM_O_NONE:
    case TUM_O_BOOL:
    case TUM_O_INT:
    case TUM_O_FLOAT:
        start = w->out.len;
        tum_buf_addc(&w->out, '"');
        if (!write_value(w, key))
            return false;
        tum_buf_addc(&w->out, '"');
        return w->out.len > start;
    default:
        return tum_raise_type_false(
            w->vm, "keys must be str, int, float, bool or None, not %s",
            key->type->name);
    }
}

static bool write_entries(struct writer *w, struct tum_oseq *pairs)
{
    tum_buf_addc(&w->out, '{');
    w->depth++;
    for (size_t i = 0; i < pairs->n; i++) {
        struct tum_oseq *pair = tum_as_seq(pairs->items[i]);

        if (i > 0)
            tum_buf_addt(&w->out, w->item_sep);
        write_line(w);
        if (!write_key(w, pair->items[0]))
            return false;
        tum_buf_addt(&w->out, w->key_sep);
        if (!write_value(w, pair->items[1]))
            return false;
    }
    w->depth--;
    write_line(w);
    tum_buf_addc(&w->out, '}');
    return true;
}

static bool write_dict(struct writer *w, struct tum_odict *dict)
{
    struct tum_oseq *pairs = tum_new_list(w->vm, dict->n);
    struct tum_dict_entry *e;
    size_t i = 0;

    if (dict->n == 0) {
        tum_buf_adds(&w->out, "{}");
        return true;
    }
    for (size_t at = 0; (e = tum_dict_next(dict, &at)) != NULL;)
        pairs->items[i++] = tum_new_pair(w->vm, e->key, e->value);
    if (w->sort_keys && !tum_olist_sort(w->vm, pairs, NULL, false))
        return false;
    return write_entries(w, pairs);
}

static bool write_container(struct writer *w, struct tum_obj *o)
{
    struct level level = {.o = o, .up = w->open};
    bool ok;

    for (const struct level *l = w->open; l != NULL; l = l->up) {
        if (l->o == o)
            return tum_raise_value_false(w->vm, "Circular reference detected");
    }
    if (!tum_vm_stack(w->vm) || (w->out.len > 65536 && !tum_vm_room(w->vm, w->out.len)))
        return false;
    w->open = &level;
    if (tum_kind_of(o) == TUM_O_DICT) {
        ok = write_dict(w, tum_as_dict(o));
    } else if (tum_kind_of(o) == TUM_O_LIST || tum_kind_of(o) == TUM_O_TUPLE) {
        ok = write_items(w, tum_as_seq(o));
    } else {
        o = tum_op_call1(w->vm, w->deflt, o);
        ok = o != NULL && write_value(w, o);
    }
    w->open = level.up;
    return ok;
}

static bool write_value(struct writer *w, struct tum_obj *o)
{
    if (!tum_vm_step(w->vm))
        return false;
    switch (tum_kind_of(o)) {
    case TUM_O_NONE:
        tum_buf_adds(&w->out, "null");
        return true;
    case TUM_O_BOOL:
        tum_buf_adds(&w->out, tum_as_int(o)->v.as.b ? "true" : "false");
        return true;
    case TUM_O_INT:
        return tum_op_write_repr(w->vm, o, &w->out);
    case TUM_O_FLOAT:
        return write_float(w, tum_as_float(o)->f);
    case TUM_O_STR:
        write_text(w, tum_text_of(o));
        return true;
    case TUM_O_LIST:
    case TUM_O_TUPLE:
    case TUM_O_DICT:
        return write_container(w, o);
    default:
        if (w->deflt != NULL)
            return write_container(w, o);
        return tum_raise_type_false(w->vm, "Object of type %s is not JSON serializable",
                                    o->type->name);
    }
}

/* ---- options of dumps ---- */

static bool set_indent(struct writer *w, struct tum_obj *o)
{
    if (tum_is_none(o))
        return true;
    w->indented = true;
    if (!tum_is_str(o))
        o = tum_op_binary(w->vm, TUM_OP_MUL, w->vm->chars[' '], o);
    if (o == NULL)
        return false;
    w->indent = tum_text_of(o);
    return true;
}

static bool set_separators(struct writer *w, struct tum_obj *o, bool *ret_set)
{
    struct tum_oseq *two;

    if (tum_is_none(o))
        return true;
    two = tum_op_items(w->vm, o);
    if (two == NULL)
        return false;
    if (two->n != 2 || !tum_is_str(two->items[0]) || !tum_is_str(two->items[1]))
        return tum_unsupported_false(w->vm, "separators of JSON");
    w->item_sep = tum_text_of(two->items[0]);
    w->key_sep = tum_text_of(two->items[1]);
    *ret_set = true;
    return true;
}

static bool set_option(struct writer *w, struct tum_str name, struct tum_obj *value,
                       bool *ret_separators)
{
    if (tum_str_is(name, "indent"))
        return set_indent(w, value);
    if (tum_str_is(name, "separators"))
        return set_separators(w, value, ret_separators);
    if (tum_str_is(name, "ensure_ascii"))
        return tum_op_truth(w->vm, value, &w->ascii);
    if (tum_str_is(name, "sort_keys"))
        return tum_op_truth(w->vm, value, &w->sort_keys);
    if (tum_str_is(name, "allow_nan"))
        return tum_op_truth(w->vm, value, &w->allow_nan);
    if (tum_str_is(name, "default")) {
        w->deflt = tum_is_none(value) ? NULL : value;
        return true;
    }
    return tum_unsupported_false(w->vm, "an option of json.dumps");
}

static struct tum_obj *json_dumps(struct tum_vm *vm, struct tum_obj *self,
                                  const struct tum_args *args)
{
    struct writer w = {.vm = vm,
                       .out = TUM_BUF_INIT(TUM_BUF_ANY),
                       .item_sep = TUM_S(", "),
                       .key_sep = TUM_S(": "),
                       .ascii = true,
                       .allow_nan = true};
    bool separators = false;

    (void)self;
    if (args->n == 0)
        return tum_raise_type(vm,
                              "dumps() missing 1 required positional argument: 'obj'");
    if (args->n > 1)
        return tum_raise_type(
            vm, "dumps() takes 1 positional argument but %zu were given", args->n);
    for (size_t i = 0; i < args->nkw; i++) {
        if (!set_option(&w, tum_text_of(args->names[i]), args->kw[i], &separators))
            return NULL;
    }
    if (w.indented && !separators)
        w.item_sep = TUM_S(",");
    if (write_value(&w, args->v[0]))
        return tum_new_str_buf(vm, &w.out);
    tum_buf_release(&w.out);
    return NULL;
}

/* ---- the module ---- */

static const struct tum_native natives[] = {
    {.name = "dumps", .raw = json_dumps, .max = -1},
    {.name = "loads", .raw = json_loads, .max = -1},
};

static const char *const others[] = {"JSONDecodeError",
                                     "JSONDecoder",
                                     "JSONEncoder",
                                     "codecs",
                                     "decoder",
                                     "detect_encoding",
                                     "dump",
                                     "encoder",
                                     "load",
                                     "scanner",
                                     NULL};

const struct tum_module tum_module_json = {.name = "json",
                                           .python = true,
                                           .natives = natives,
                                           .native_count = TUM_LEN(natives),
                                           .others = others};
