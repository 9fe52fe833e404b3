/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys: the codes that terminals of today agree on (ECMA-48, xterm). Editing moves by
 * code points; that a character may be made of several is left to the terminal.
 */
#include "cli/askkeys.h"
#include "base/utf8.h"

#define ESCAPE        '\x1b'
/* Bytes of a control sequence; what goes on longer is none. */
#define SEQUENCE_MOST 32

static size_t control_key(unsigned char c, struct tum_key *ret)
{
    switch (c) {
    case '\r':
    case '\n':
        ret->kind = TUM_KEY_ENTER;
        break;
    case 0x03:
        ret->kind = TUM_KEY_CANCEL;
        break;
    case 0x04:
        ret->kind = TUM_KEY_END_OF_INPUT;
        break;
    case 0x1a:
        ret->kind = TUM_KEY_SUSPEND;
        break;
    case 0x08:
    case 0x7f:
        ret->kind = TUM_KEY_ERASE;
        break;
    case '\t':
        ret->kind = TUM_KEY_TAB;
        break;
    case 0x01:
        ret->kind = TUM_KEY_HOME;
        break;
    case 0x05:
        ret->kind = TUM_KEY_END;
        break;
    case 0x15:
        ret->kind = TUM_KEY_CLEAR;
        break;
    case 0x17:
        ret->kind = TUM_KEY_WORD;
        break;
    default:
        ret->kind = TUM_KEY_OTHER;
        break;
    }
    return 1;
}

static enum tum_key_kind named_key(char last, struct tum_str parameters)
{
    static const struct {
        const char *name;
        enum tum_key_kind kind;
    } keys[] = {{"A", TUM_KEY_UP},
                {"B", TUM_KEY_DOWN},
                {"C", TUM_KEY_RIGHT},
                {"D", TUM_KEY_LEFT},
                {"H", TUM_KEY_HOME},
                {"F", TUM_KEY_END},
                {"M", TUM_KEY_ENTER},
                {"1~", TUM_KEY_HOME},
                {"7~", TUM_KEY_HOME},
                {"4~", TUM_KEY_END},
                {"8~", TUM_KEY_END},
                {"3~", TUM_KEY_DELETE},
                {"200~", TUM_KEY_PASTE_BEGIN},
                {"201~", TUM_KEY_PASTE_END}};

    for (size_t i = 0; i < TUM_LEN(keys); i++) {
        struct tum_str name = tum_str_of(keys[i].name);

        if (last == name.s[name.n - 1] &&
            (name.n == 1 || tum_str_eq(parameters, tum_str_sub(name, 0, name.n - 1))))
            return keys[i].kind;
    }
    return TUM_KEY_OTHER;
}

/* Escape alone, before a character (a key with Alt), or a control sequence. */
static size_t escape_key(struct tum_str bytes, bool whole, struct tum_key *ret)
{
    ret->kind = TUM_KEY_OTHER;
    if (bytes.n == 1) {
        ret->kind = TUM_KEY_ESCAPE;
        return whole ? 1 : 0;
    }
    if (bytes.s[1] == ESCAPE) {
        ret->kind = TUM_KEY_ESCAPE;
        return 1;
    }
    if (bytes.s[1] != '[' && bytes.s[1] != 'O') {
        unsigned char next = (unsigned char)bytes.s[1];

        if (next >= ' ' && next < 0x7f)
            return 2;
        ret->kind = TUM_KEY_ESCAPE;
        return 1;
    }
    for (size_t i = 2; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.s[i];

        if (c >= 0x7f || c < ' ')
            return i; /* cut off: what follows is a key of its own */
        if (c < '@')
            continue; /* parameters and intermediates */
        ret->kind = named_key(bytes.s[i], tum_str_sub(bytes, 2, i));
        return i + 1;
    }
    return whole || bytes.n > SEQUENCE_MOST ? bytes.n : 0;
}

size_t tum_key_take(struct tum_str bytes, bool whole, struct tum_key *ret)
{
    unsigned char first;
    size_t n, length;
    uint32_t c;

    *ret = (struct tum_key){.kind = TUM_KEY_OTHER};
    if (bytes.n == 0)
        return 0;
    first = (unsigned char)bytes.s[0];
    if (first == ESCAPE)
        return escape_key(bytes, whole, ret);
    if (first < ' ' || first == 0x7f)
        return control_key(first, ret);
    length = first < 0xc2 || first > 0xf4 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (bytes.n < length && !whole)
        return 0;
    n = tum_utf8_decode(bytes.s, bytes.n, &c);
    if (c != TUM_UTF8_BAD && tum_utf8_printable(c)) {
        ret->kind = TUM_KEY_TEXT;
        ret->text = tum_str_sub(bytes, 0, n);
    }
    return n;
}

/* ---- a line ---- */

void tum_field_init(struct tum_field *field)
{
    tum_buf_init(&field->text, TUM_FIELD_LIMIT);
    field->at = 0;
}

void tum_field_set(struct tum_field *field, struct tum_str text)
{
    tum_buf_reset(&field->text);
    tum_buf_addt(&field->text, text);
    field->at = field->text.len;
}

void tum_field_release(struct tum_field *field)
{
    tum_buf_release(&field->text);
}

static size_t before(const struct tum_field *field, size_t at)
{
    while (at > 0 && ((unsigned char)field->text.s[--at] & 0xc0) == 0x80)
        ;
    return at;
}

static size_t after(const struct tum_field *field, size_t at)
{
    while (at < field->text.len && ((unsigned char)field->text.s[++at] & 0xc0) == 0x80)
        ;
    return at;
}

static void cut(struct tum_field *field, size_t from, size_t to)
{
    memmove(field->text.s + from, field->text.s + to, field->text.len - to);
    tum_buf_truncate(&field->text, field->text.len - (to - from));
    field->at = from;
}

static void insert(struct tum_field *field, struct tum_str text)
{
    size_t old = field->text.len;

    if (old + text.n > TUM_FIELD_LIMIT)
        return;
    tum_buf_addt(&field->text, text);
    memmove(field->text.s + field->at + text.n, field->text.s + field->at,
            old - field->at);
    memcpy(field->text.s + field->at, text.s, text.n);
    field->at += text.n;
}

static size_t word_start(const struct tum_field *field)
{
    size_t at = field->at;

    while (at > 0 && field->text.s[at - 1] == ' ')
        at--;
    while (at > 0 && field->text.s[at - 1] != ' ')
        at--;
    return at;
}

bool tum_field_key(struct tum_field *field, const struct tum_key *key)
{
    switch (key->kind) {
    case TUM_KEY_TEXT:
        insert(field, key->text);
        return true;
    case TUM_KEY_ERASE:
        cut(field, before(field, field->at), field->at);
        return true;
    case TUM_KEY_DELETE:
        cut(field, field->at, after(field, field->at));
        return true;
    case TUM_KEY_CLEAR:
        cut(field, 0, field->at);
        return true;
    case TUM_KEY_WORD:
        cut(field, word_start(field), field->at);
        return true;
    case TUM_KEY_LEFT:
        field->at = before(field, field->at);
        return true;
    case TUM_KEY_RIGHT:
        field->at = after(field, field->at);
        return true;
    case TUM_KEY_HOME:
        field->at = 0;
        return true;
    case TUM_KEY_END:
        field->at = field->text.len;
        return true;
    default:
        return false;
    }
}

void tum_field_show(const struct tum_field *field, size_t columns, struct tum_buf *out,
                    size_t *ret_cursor)
{
    struct tum_str all = tum_buf_str(&field->text);
    size_t before_cursor = tum_utf8_columns(tum_str_sub(all, 0, field->at));
    size_t from = 0, width = 0, next;

    for (; before_cursor + 1 > columns; from = next) {
        next = after(field, from);
        before_cursor -= tum_utf8_columns(tum_str_sub(all, from, next));
    }
    *ret_cursor = before_cursor;
    for (; from < all.n; from = next) {
        next = after(field, from);
        width += tum_utf8_columns(tum_str_sub(all, from, next));
        if (width > columns)
            return;
        tum_buf_addt(out, tum_str_sub(all, from, next));
    }
}
