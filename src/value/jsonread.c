/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to values, taking what Python's json.loads takes: NaN and Infinity besides
 * the standard, control characters in texts refused.
 *
 * Recursion follows the nesting of the text and stops at TUM_VAL_DEPTH.
 */
#include "base/utf8.h"
#include "tum/mem.h"
#include "value/vnum.h"

/* Keys come again and again: so many are remembered and shared. */
#define KNOWN_KEYS   32
/* Longer keys are rare and not looked up. */
#define KNOWN_LENGTH 32

struct reader {
    const char *start;
    const char *s; /* next byte */
    const char *end;
    struct tum_span at;
    struct tum_error **err;
    unsigned depth;
    const char *quote;   /* where the text being read begins */
    struct tum_buf text; /* that text, when it has escapes */
    tum_val known[KNOWN_KEYS];
};

static bool read_value(struct reader *r, tum_val *ret);

/* ---- errors ---- */

/* `length` bytes at `s` are wrong; 0: the end of the text. */
static bool fail_span(struct reader *r, enum tum_error_kind kind, const char *s,
                      size_t length, const char *what)
{
    size_t offset = (size_t)(s - r->start);

    if (r->at.source == 0)
        return tum_fail(r->err, kind, "%s at byte %zu of the JSON text", what, offset);
    return tum_fail_at(r->err, kind,
                       (struct tum_span){.source = r->at.source,
                                         .start = r->at.start + (uint32_t)offset,
                                         .length = (uint32_t)length},
                       "%s", what);
}

static bool fail_here(struct reader *r, const char *what)
{
    return fail_span(r, TUM_ERROR_SYNTAX, r->s, r->s < r->end, what);
}

static bool fail_open(struct reader *r)
{
    return fail_span(r, TUM_ERROR_SYNTAX, r->quote, 1,
                     "text without its closing quote");
}

/* ---- pieces ---- */

static void skip_blanks(struct reader *r)
{
    while (r->s < r->end &&
           (*r->s == ' ' || *r->s == '\n' || *r->s == '\r' || *r->s == '\t'))
        r->s++;
}

static bool accept(struct reader *r, char c)
{
    if (r->s == r->end || *r->s != c)
        return false;
    r->s++;
    return true;
}

static bool accept_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(r->end - r->s) < n || memcmp(r->s, word, n) != 0)
        return false;
    r->s += n;
    return true;
}

static bool is_digit(const struct reader *r, const char *s)
{
    return s < r->end && *s >= '0' && *s <= '9';
}

static const char *after_digits(const struct reader *r, const char *s)
{
    while (is_digit(r, s))
        s++;
    return s;
}

/*
 * A point or an exponent without digits does not belong to the number: "1.x" is the
 * number 1 and something unexpected behind it.
 */
static bool read_number(struct reader *r, tum_val *ret)
{
    const char *s = r->s + (*r->s == '-');
    const char *from = r->s;
    bool is_float = false;

    if (!is_digit(r, s))
        return fail_here(r, "expected a value");
    s = *s == '0' ? s + 1 : after_digits(r, s);
    if (s < r->end && *s == '.' && is_digit(r, s + 1)) {
        is_float = true;
        s = after_digits(r, s + 1);
    }
    if (s < r->end && (*s == 'e' || *s == 'E')) {
        const char *e = s + 1;

        if (e < r->end && (*e == '-' || *e == '+'))
            e++;
        if (is_digit(r, e)) {
            is_float = true;
            s = after_digits(r, e);
        }
    }

    struct tum_str text = tum_str_n(from, (size_t)(s - from));

    r->s = s;
    if (is_float)
        *ret = tum_val_float(tum_float_of_digits(text));
    else if (!tum_int_digits(text, 10, ret))
        return fail_span(r, TUM_ERROR_LIMIT, from, text.n, "number too long");
    return true;
}

/* ---- texts ---- */

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const struct reader *r, const char *s)
{
    int32_t c = 0;

    if (r->end - s < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char d = s[i];
        int lower = d | 0x20;

        if (d >= '0' && d <= '9')
            c = c * 16 + (d - '0');
        else if (lower >= 'a' && lower <= 'f')
            c = c * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return c;
}

/* Behind the backslash and the 'u'. */
static bool read_unicode(struct reader *r)
{
    int32_t c = hex4(r, r->s);

    if (c < 0)
        return fail_here(r, "expected four hexadecimal digits");
    r->s += 4;
    if (c >= 0xD800 && c < 0xDC00 && r->end - r->s >= 6 && r->s[0] == '\\' &&
        r->s[1] == 'u') {
        int32_t low = hex4(r, r->s + 2);

        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            r->s += 6;
        }
    }
    tum_utf8_add(&r->text, (uint32_t)c);
    return true;
}

static bool read_escape(struct reader *r)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    const char *letter;

    r->s++;
    if (r->s == r->end)
        return fail_open(r);
    if (*r->s == 'u') {
        r->s++;
        return read_unicode(r);
    }
    letter = *r->s == '\0' ? NULL : strchr(letters, *r->s);
    if (letter == NULL) {
        r->s--;
        return fail_span(r, TUM_ERROR_SYNTAX, r->s, 2, "unknown escape");
    }
    tum_buf_addc(&r->text, means[letter - letters]);
    r->s++;
    return true;
}

/*
 * Over a run without escapes up to a quote, a backslash or the end. Non-ASCII is checked
 * on the way; it is rare enough that one test for each byte serves all.
 */
static bool skip_run(struct reader *r)
{
    while (r->s < r->end) {
        unsigned char c = (unsigned char)*r->s;
        uint32_t wide;
        size_t n;

        if (c == '"' || c == '\\')
            return true;
        if (c < ' ')
            return fail_here(r, "control character in a text");
        if (c < 0x80) {
            r->s++;
            continue;
        }
        n = tum_utf8_decode(r->s, (size_t)(r->end - r->s), &wide);
        if (wide == TUM_UTF8_BAD)
            return fail_span(r, TUM_ERROR_SYNTAX, r->s, n, "not UTF-8");
        r->s += n;
    }
    return fail_open(r);
}

static bool read_escaped(struct reader *r, const char *from, tum_val *ret)
{
    tum_buf_reset(&r->text);
    for (;;) {
        tum_buf_add(&r->text, from, (size_t)(r->s - from));
        if (accept(r, '"'))
            break;
        if (!read_escape(r))
            return false;
        from = r->s;
        if (!skip_run(r))
            return false;
    }
    *ret = tum_val_str_valid(r->text.s, r->text.len);
    return true;
}

/* Behind the opening quote. */
static bool read_text(struct reader *r, tum_val *ret)
{
    const char *from = r->s;

    r->quote = from - 1;
    if (!skip_run(r))
        return false;
    if (*r->s == '"') {
        *ret = tum_val_str_valid(from, (size_t)(r->s++ - from));
        return true;
    }
    return read_escaped(r, from, ret);
}

/* As read_text, for a key. */
static bool read_key(struct reader *r, tum_val *ret)
{
    const char *from = r->s;
    struct tum_str text;
    size_t first, last;
    tum_val *known;

    r->quote = from - 1;
    if (!skip_run(r))
        return false;
    if (*r->s != '"')
        return read_escaped(r, from, ret);
    text = tum_str_n(from, (size_t)(r->s++ - from));
    if (text.n == 0 || text.n > KNOWN_LENGTH) {
        *ret = tum_val_str_valid(text.s, text.n);
        return true;
    }
    /* Length and both ends tell most keys of one record apart. */
    first = (unsigned char)text.s[0];
    last = (unsigned char)text.s[text.n - 1];
    known = &r->known[(first * 7 + text.n * 3 + last) % KNOWN_KEYS];
    if (!tum_str_eq(tum_val_text(*known), text)) {
        tum_val_unref(*known);
        *known = tum_val_str_valid(text.s, text.n);
    }
    *ret = tum_val_ref(*known);
    return true;
}

/* ---- containers ---- */

static bool enter(struct reader *r)
{
    if (r->depth == TUM_VAL_DEPTH)
        return fail_span(r, TUM_ERROR_LIMIT, r->s, 1,
                         "lists and mappings nested too deep");
    r->depth++;
    r->s++;
    skip_blanks(r);
    return true;
}

static bool read_list(struct reader *r, tum_val *ret)
{
    struct tum_list_builder *list;
    tum_val item;

    if (!enter(r))
        return false;
    list = tum_list_begin(0);
    if (!accept(r, ']'))
        for (;;) {
            if (!read_value(r, &item))
                goto failed;
            if (!tum_list_add(list, item))
                tum_bug("depth that was checked");
            skip_blanks(r);
            if (accept(r, ']'))
                break;
            if (!accept(r, ',')) {
                fail_here(r, "expected ',' or ']'");
                goto failed;
            }
            skip_blanks(r);
        }
    r->depth--;
    *ret = tum_list_end(list);
    return true;
failed:
    tum_list_drop(list);
    return false;
}

static bool read_pair(struct reader *r, struct tum_map_builder *map)
{
    tum_val key, value;

    if (!accept(r, '"'))
        return fail_here(r, "expected a key in double quotes");
    if (!read_key(r, &key))
        return false;
    skip_blanks(r);
    if (!accept(r, ':')) {
        tum_val_unref(key);
        return fail_here(r, "expected ':'");
    }
    skip_blanks(r);
    if (!read_value(r, &value)) {
        tum_val_unref(key);
        return false;
    }
    if (!tum_map_add(map, key, value))
        tum_bug("depth that was checked");
    return true;
}

static bool read_map(struct reader *r, tum_val *ret)
{
    struct tum_map_builder *map;

    if (!enter(r))
        return false;
    map = tum_map_begin(0);
    if (!accept(r, '}'))
        for (;;) {
            if (!read_pair(r, map))
                goto failed;
            skip_blanks(r);
            if (accept(r, '}'))
                break;
            if (!accept(r, ',')) {
                fail_here(r, "expected ',' or '}'");
                goto failed;
            }
            skip_blanks(r);
        }
    r->depth--;
    *ret = tum_map_end(map);
    return true;
failed:
    tum_map_drop(map);
    return false;
}

/* ---- values ---- */

struct word {
    const char *text;
    tum_val value;
};

static const struct word words[] = {
    {"null", {.kind = TUM_NONE}},
    {"true", {.kind = TUM_BOOL, .as.b = true}},
    {"false", {.kind = TUM_BOOL, .as.b = false}},
    {"NaN", {.kind = TUM_FLOAT, .as.f = __builtin_nan("")}},
    {"Infinity", {.kind = TUM_FLOAT, .as.f = __builtin_inf()}},
    {"-Infinity", {.kind = TUM_FLOAT, .as.f = -__builtin_inf()}},
};

/* At the first byte, behind the blanks. */
static bool read_value(struct reader *r, tum_val *ret)
{
    char c = '\0';

    if (r->s < r->end)
        c = *r->s;

    switch (c) {
    case '"':
        r->s++;
        return read_text(r, ret);
    case '{':
        return read_map(r, ret);
    case '[':
        return read_list(r, ret);
    default:
        break;
    }
    if (c != '-' || !is_digit(r, r->s + 1))
        for (size_t i = 0; c > '9' || c == '-' ? i < TUM_LEN(words) : false; i++)
            if (accept_word(r, words[i].text)) {
                *ret = words[i].value;
                return true;
            }
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(r, ret);
    return fail_here(r, "expected a value");
}

bool tum_json_read(struct tum_str text, struct tum_span at, tum_val *ret,
                   struct tum_error **err)
{
    struct reader r = {
        .start = text.s,
        .s = text.s,
        .end = text.s + text.n,
        .at = at,
        .err = err,
        .text = TUM_BUF_INIT(TUM_BUF_ANY),
    };
    tum_val v;
    bool done;

    skip_blanks(&r);
    done = read_value(&r, &v);
    if (done) {
        skip_blanks(&r);
        if (r.s != r.end) {
            tum_val_unref(v);
            done = fail_here(&r, "more text behind the value");
        }
    }
    tum_buf_release(&r.text);
    for (size_t i = 0; i < KNOWN_KEYS; i++)
        tum_val_unref(r.known[i]);
    if (done)
        *ret = v;
    return done;
}
