/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Literals of Python's grammar, and nothing that would have to be evaluated. A reader
 * of its own instead of the expression language, because here names, operators and
 * calls must not be understood: `-d x=1+1` is the text 1+1. Named characters (\N{...})
 * are not known: such a value is taken as text.
 */
#include "cli/define.h"
#include "base/utf8.h"
#include "value/vnum.h"
#include <ctype.h>

/* Brackets inside each other; Python's own parser stops there too. */
#define DEPTH_LIMIT 200

struct reader {
    const char *s;
    size_t n, at;
    int depth;       /* open brackets */
    bool was_signed; /* the value read last had a sign of its own */
};

static bool read_value(struct reader *r, tum_val *ret);

static char peek(const struct reader *r, size_t ahead)
{
    return r->at + ahead < r->n ? r->s[r->at + ahead] : '\0';
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Blanks and comments; line ends too while a bracket is open. */
static void skip(struct reader *r)
{
    for (;;) {
        char c = peek(r, 0);

        if (r->at >= r->n)
            return;
        if (c == '#') {
            while (r->at < r->n && r->s[r->at] != '\n')
                r->at++;
        } else if (c == '\\' && peek(r, 1) == '\n') {
            r->at += 2;
        } else if (c == ' ' || c == '\t' || c == '\f' ||
                   (r->depth > 0 && (c == '\n' || c == '\r'))) {
            r->at++;
        } else {
            return;
        }
    }
}

static bool take_char(struct reader *r, char c)
{
    skip(r);
    if (r->at >= r->n || r->s[r->at] != c)
        return false;
    r->at++;
    return true;
}

static bool take_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);

    if (r->n - r->at < n || memcmp(r->s + r->at, word, n) != 0 ||
        is_name_char(peek(r, n)))
        return false;
    r->at += n;
    return true;
}

/* ---- numbers ---- */

static bool read_number(struct reader *r, tum_val *ret)
{
    struct tum_error *err = NULL;
    size_t from = r->at;
    bool prefixed =
        peek(r, 0) == '0' && strchr("xXoObB", peek(r, 1)) != NULL && peek(r, 1) != '\0';
    bool real = false;
    struct tum_str token;
    double f;

    while (r->at < r->n) {
        char c = r->s[r->at];

        if (c == '.' && !prefixed) {
            real = true;
        } else if ((c == 'e' || c == 'E') && !prefixed) {
            real = true;
            if (peek(r, 1) == '+' || peek(r, 1) == '-')
                r->at++;
        } else if (!is_name_char(c)) {
            break;
        }
        r->at++;
    }
    token = tum_str_n(r->s + from, r->at - from);
    if (real) {
        if (!tum_float_parse(token, &f))
            return false;
        *ret = tum_val_float(f);
        return true;
    }
    if (!tum_int_parse(token, 0, ret, &err)) {
        tum_error_free(err);
        return false;
    }
    return true;
}

/* A sign, and only one, in front of a number. */
static bool read_signed(struct reader *r, bool negative, tum_val *ret)
{
    tum_val number;

    if (!read_value(r, &number))
        return false;
    if (r->was_signed) {
        tum_val_unref(number);
        return false;
    }
    r->was_signed = true;
    if (tum_val_is_int(number)) {
        *ret = negative ? tum_int_neg(number) : tum_val_ref(number);
        tum_val_unref(number);
        return true;
    }
    if (number.kind == TUM_FLOAT) {
        *ret = tum_val_float(negative ? -number.as.f : number.as.f);
        return true;
    }
    tum_val_unref(number);
    return false;
}

/* ---- texts ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void add_code(struct tum_buf *out, uint32_t c, bool bytes)
{
    if (bytes)
        tum_buf_addc(out, (char)c);
    else
        tum_utf8_add(out, c);
}

static bool read_hex(struct reader *r, size_t digits, bool bytes, struct tum_buf *out)
{
    uint32_t c = 0;

    for (size_t i = 0; i < digits; i++) {
        int digit = hex_digit(peek(r, 0));

        if (digit < 0)
            return false;
        c = c * 16 + (uint32_t)digit;
        r->at++;
    }
    if (c > 0x10FFFF)
        return false;
    add_code(out, c, bytes);
    return true;
}

/* What follows a backslash. */
static bool read_escape(struct reader *r, bool bytes, struct tum_buf *out)
{
    static const char names[] = "\\'\"abfnrtv", codes[] = "\\'\"\a\b\f\n\r\t\v";
    char c = peek(r, 0);
    const char *name;

    if (r->at >= r->n)
        return false;
    r->at++;
    if (c == '\n')
        return true;
    if (c == 'x')
        return read_hex(r, 2, bytes, out);
    if (!bytes && (c == 'u' || c == 'U'))
        return read_hex(r, c == 'u' ? 4 : 8, bytes, out);
    if (!bytes && c == 'N')
        return false;
    if (c >= '0' && c <= '7') {
        uint32_t code = (uint32_t)(c - '0');

        for (int i = 0; i < 2 && peek(r, 0) >= '0' && peek(r, 0) <= '7'; i++)
            code = code * 8 + (uint32_t)(r->s[r->at++] - '0');
        add_code(out, bytes ? code & 0xFF : code, bytes);
        return true;
    }
    name = strchr(names, c);
    if (name == NULL) {
        tum_buf_addc(out, '\\');
        tum_buf_addc(out, c);
    } else {
        tum_buf_addc(out, codes[name - names]);
    }
    return true;
}

/* Length of the prefix of a text at the present place, 0…2; false: no text. */
static bool text_prefix(const struct reader *r, size_t *ret_length, bool *ret_raw,
                        bool *ret_bytes)
{
    size_t n = 0;
    bool raw = false, bytes = false, plain = false;

    for (; n < 3; n++) {
        char c = (char)tolower((unsigned char)peek(r, n));

        if (c == '\'' || c == '"')
            break;
        if (c == 'r' && !raw)
            raw = true;
        else if (c == 'b' && !bytes)
            bytes = true;
        else if (c == 'u' && n == 0)
            plain = true;
        else
            return false;
    }
    if (n == 3 || (plain && n > 1))
        return false;
    *ret_length = n;
    *ret_raw = raw;
    *ret_bytes = bytes;
    return true;
}

static bool read_quoted(struct reader *r, bool raw, bool bytes, struct tum_buf *out)
{
    char quote = r->s[r->at];
    bool triple = peek(r, 1) == quote && peek(r, 2) == quote;

    r->at += triple ? 3 : 1;
    while (r->at < r->n) {
        char c = r->s[r->at];

        if (c == quote && (!triple || (peek(r, 1) == quote && peek(r, 2) == quote))) {
            r->at += triple ? 3 : 1;
            return true;
        }
        if (bytes && (unsigned char)c >= 0x80)
            return false;
        if (c == '\n' && !triple)
            return false;
        r->at++;
        if (c != '\\') {
            tum_buf_addc(out, c);
        } else if (!raw) {
            if (!read_escape(r, bytes, out))
                return false;
        } else {
            if (r->at >= r->n)
                return false;
            tum_buf_addc(out, c);
            tum_buf_addc(out, r->s[r->at++]);
        }
    }
    return false;
}

/* Neighbouring texts are one. */
static bool read_texts(struct reader *r, tum_val *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    bool raw, bytes, kind = false, any = false;
    size_t prefix;

    for (; text_prefix(r, &prefix, &raw, &bytes); skip(r)) {
        if (any && bytes != kind)
            return false;
        kind = bytes;
        any = true;
        r->at += prefix;
        if (!read_quoted(r, raw, bytes, &out))
            return false;
    }
    *ret = kind ? tum_val_bytes(out.s, out.len) : tum_val_str_valid(out.s, out.len);
    return true;
}

/* ---- containers ---- */

/* Elements up to `close`, after the opening bracket or (*comma: true) a first element
   and a comma. *comma tells at the end whether one stood before the bracket. */
static bool read_elements(struct reader *r, char close, struct tum_list_builder *list,
                          bool *comma)
{
    tum_val v;

    while (!take_char(r, close)) {
        if (tum_list_built(list) > 0 && !*comma)
            return false;
        if (!read_value(r, &v) || !tum_list_add(list, v))
            return false;
        *comma = take_char(r, ',');
    }
    return true;
}

static bool read_sequence(struct reader *r, enum tum_kind kind, char close,
                          tum_val *ret)
{
    struct tum_list_builder *list = tum_seq_begin(kind, 4);
    bool comma = false;

    if (!read_elements(r, close, list, &comma)) {
        tum_list_drop(list);
        return false;
    }
    /* Parentheses around one value are only parentheses. */
    if (kind == TUM_TUPLE && tum_list_built(list) == 1 && !comma) {
        tum_val one = tum_list_end(list);

        *ret = tum_list_get(one, 0);
        tum_val_unref(one);
        return true;
    }
    *ret = tum_list_end(list);
    return true;
}

static bool read_pairs(struct reader *r, tum_val first, tum_val *ret)
{
    struct tum_map_builder *map = tum_map_begin(4);
    tum_val key = first, value;

    for (;;) {
        if (!take_char(r, ':') || !read_value(r, &value)) {
            tum_val_unref(key);
            break;
        }
        if (!tum_map_add(map, key, value))
            break;
        if (!take_char(r, ',')) {
            if (!take_char(r, '}'))
                break;
            *ret = tum_map_end(map);
            return true;
        }
        if (take_char(r, '}')) {
            *ret = tum_map_end(map);
            return true;
        }
        if (!read_value(r, &key))
            break;
    }
    tum_map_drop(map);
    return false;
}

/* A mapping or a set: the first element tells. */
static bool read_braces(struct reader *r, tum_val *ret)
{
    struct tum_list_builder *set;
    bool comma = true;
    tum_val first;

    if (take_char(r, '}')) {
        *ret = tum_map_end(tum_map_begin(0));
        return true;
    }
    if (!read_value(r, &first))
        return false;
    skip(r);
    if (peek(r, 0) == ':')
        return read_pairs(r, first, ret);
    set = tum_seq_begin(TUM_SET, 4);
    if (!tum_list_add(set, first) ||
        (take_char(r, ',') ? !read_elements(r, '}', set, &comma)
                           : !take_char(r, '}'))) {
        tum_list_drop(set);
        return false;
    }
    *ret = tum_list_end(set);
    return true;
}

static bool read_bracketed(struct reader *r, char open, tum_val *ret)
{
    bool good;

    if (r->depth >= DEPTH_LIMIT)
        return false;
    r->at++;
    r->depth++;
    if (open == '(')
        good = read_sequence(r, TUM_TUPLE, ')', ret);
    else if (open == '[')
        good = read_sequence(r, TUM_LIST, ']', ret);
    else
        good = read_braces(r, ret);
    r->depth--;
    return good;
}

static bool read_value(struct reader *r, tum_val *ret)
{
    size_t prefix;
    bool raw, bytes;
    char c;

    skip(r);
    r->was_signed = false;
    c = peek(r, 0);
    if (c == '(' || c == '[' || c == '{')
        return read_bracketed(r, c, ret);
    if (c == '+' || c == '-') {
        r->at++;
        return read_signed(r, c == '-', ret);
    }
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)peek(r, 1))))
        return read_number(r, ret);
    if (text_prefix(r, &prefix, &raw, &bytes))
        return read_texts(r, ret);
    if (take_word(r, "None"))
        *ret = tum_val_none();
    else if (take_word(r, "True"))
        *ret = tum_val_bool(true);
    else if (take_word(r, "False"))
        *ret = tum_val_bool(false);
    else if (take_word(r, "set") && take_char(r, '(') && take_char(r, ')'))
        *ret = tum_list_end(tum_seq_begin(TUM_SET, 0));
    else
        return false;
    return true;
}

/* A tuple may do without its parentheses. */
static bool read_whole(struct reader *r, tum_val *ret)
{
    struct tum_list_builder *list;
    bool comma;
    tum_val v;

    if (!read_value(r, &v))
        return false;
    comma = take_char(r, ',');
    if (!comma) {
        *ret = v;
        return true;
    }
    list = tum_seq_begin(TUM_TUPLE, 4);
    if (!tum_list_add(list, v))
        goto wrong;
    for (;;) {
        skip(r);
        if (!comma || r->at >= r->n || r->s[r->at] == '\n')
            break;
        if (!read_value(r, &v) || !tum_list_add(list, v))
            goto wrong;
        comma = take_char(r, ',');
    }
    *ret = tum_list_end(list);
    return true;
wrong:
    tum_list_drop(list);
    return false;
}

tum_val tum_define_value(struct tum_str text)
{
    struct reader r = {.s = text.s, .n = text.n};
    tum_val v;

    if (!tum_utf8_valid(text, NULL) || !read_whole(&r, &v))
        return tum_val_text_of(text);
    r.depth = 1; /* line ends may follow */
    skip(&r);
    if (r.at < r.n) {
        tum_val_unref(v);
        return tum_val_text_of(text);
    }
    return v;
}
