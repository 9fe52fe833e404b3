/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of values as Python's str() and repr() give it.
 */
#include "base/utf8.h"
#include "tum/mem.h"
#include "value/vnum.h"

/* ---- texts ---- */

/* ' unless the text has one and no ". */
static char quote_for(struct tum_str text)
{
    if (text.n == 0 || memchr(text.s, '\'', text.n) == NULL ||
        memchr(text.s, '"', text.n) != NULL)
        return '\'';
    return '"';
}

/* The letter of a short escape of this character, or 0. */
static char short_escape(char c, char quote)
{
    switch (c) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\\':
        return '\\';
    case '\'':
    case '"':
        if (c == quote)
            return c;
        return '\0';
    default:
        return '\0';
    }
}

static bool is_plain_ascii(char c, char quote)
{
    return c >= ' ' && c < 0x7F && c != '\\' && c != quote;
}

/* A character outside of printable ASCII; returns its bytes. */
static size_t write_wide(struct tum_buf *out, const char *s, size_t n, bool ascii)
{
    uint32_t c;
    size_t length = tum_utf8_decode(s, n, &c);

    if (c < 0x80 || ascii || !tum_utf8_printable(c))
        tum_buf_addf(out,
                     c < 0x100     ? "\\x%02x"
                     : c < 0x10000 ? "\\u%04x"
                                   : "\\U%08x",
                     (unsigned)c);
    else
        tum_buf_add(out, s, length);
    return length;
}

void tum_text_write_repr(struct tum_buf *out, struct tum_str text, bool ascii)
{
    char quote = quote_for(text);
    size_t i = 0;

    tum_buf_addc(out, quote);
    while (i < text.n) {
        size_t from = i;

        while (i < text.n && is_plain_ascii(text.s[i], quote))
            i++;
        tum_buf_add(out, text.s + from, i - from);
        if (i == text.n)
            break;

        char escape = short_escape(text.s[i], quote);

        if (escape != '\0') {
            tum_buf_addc(out, '\\');
            tum_buf_addc(out, escape);
            i++;
        } else {
            i += write_wide(out, text.s + i, text.n - i, ascii);
        }
    }
    tum_buf_addc(out, quote);
}

static void write_bytes(struct tum_buf *out, struct tum_str bytes)
{
    char quote = quote_for(bytes);

    tum_buf_addc(out, 'b');
    tum_buf_addc(out, quote);
    for (size_t i = 0; i < bytes.n; i++) {
        char escape = short_escape(bytes.s[i], quote);

        if (escape != '\0')
            tum_buf_addf(out, "\\%c", escape);
        else if (is_plain_ascii(bytes.s[i], quote))
            tum_buf_addc(out, bytes.s[i]);
        else
            tum_buf_addf(out, "\\x%02x", (unsigned char)bytes.s[i]);
    }
    tum_buf_addc(out, quote);
}

/* ---- the rest ---- */

static void write_date(struct tum_buf *out, tum_val v)
{
    struct tum_date d;

    tum_val_get_date(v, &d);
    tum_buf_addf(out, "%04d-%02d-%02d", d.year, d.month, d.day);
    if (!d.has_time)
        return;
    tum_buf_addf(out, " %02d:%02d:%02d", d.hour, d.minute, d.second);
    if (d.microsecond != 0)
        tum_buf_addf(out, ".%06d", d.microsecond);
    if (d.has_zone) {
        int zone = d.zone < 0 ? -d.zone : d.zone;

        tum_buf_addf(out, "%c%02d:%02d", d.zone < 0 ? '-' : '+', zone / 60, zone % 60);
    }
}

static void write_float(struct tum_buf *out, double f)
{
    char text[TUM_FLOAT_TEXT];

    tum_buf_add(out, text, tum_float_text(f, text));
}

static void write_items(struct tum_buf *out, tum_val v, char open, char close)
{
    const char *separator = "";

    tum_buf_addc(out, open);
    tum_list_each (e, v) {
        tum_buf_adds(out, separator);
        tum_val_write_repr(out, *e);
        separator = ", ";
    }
    if (v.kind == TUM_TUPLE && tum_list_len(v) == 1)
        tum_buf_addc(out, ',');
    tum_buf_addc(out, close);
}

static void write_map(struct tum_buf *out, tum_val v)
{
    const char *separator = "";

    tum_buf_addc(out, '{');
    tum_map_each (e, v) {
        tum_buf_adds(out, separator);
        tum_val_write_repr(out, e->key);
        tum_buf_adds(out, ": ");
        tum_val_write_repr(out, e->value);
        separator = ", ";
    }
    tum_buf_addc(out, '}');
}

void tum_val_write_str(struct tum_buf *out, tum_val v)
{
    switch (tum_val_kind(v)) {
    case TUM_NONE:
        tum_buf_adds(out, "None");
        return;
    case TUM_BOOL:
        tum_buf_adds(out, v.as.b ? "True" : "False");
        return;
    case TUM_INT:
        tum_buf_addi(out, v.as.i);
        return;
    case TUM_BIGINT:
        tum_int_write(out, v, 10);
        return;
    case TUM_FLOAT:
        write_float(out, v.as.f);
        return;
    case TUM_DATE:
        write_date(out, v);
        return;
    case TUM_STR:
        tum_buf_addt(out, tum_val_text(v));
        return;
    case TUM_BYTES:
        write_bytes(out, tum_val_text(v));
        return;
    case TUM_LIST:
        write_items(out, v, '[', ']');
        return;
    case TUM_TUPLE:
        write_items(out, v, '(', ')');
        return;
    case TUM_MAP:
        write_map(out, v);
        return;
    case TUM_SET:
        if (tum_list_len(v) == 0)
            tum_buf_adds(out, "set()");
        else
            write_items(out, v, '{', '}');
        return;
    }
    tum_bug("kind %d", v.kind);
}

void tum_val_write_repr(struct tum_buf *out, tum_val v)
{
    if (v.kind == TUM_STR) {
        tum_text_write_repr(out, tum_val_text(v), false);
    } else if (v.kind == TUM_DATE) {
        tum_buf_addc(out, '\'');
        write_date(out, v);
        tum_buf_addc(out, '\'');
    } else {
        tum_val_write_str(out, v);
    }
}

char *tum_val_to_str(tum_val v)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_val_write_str(&out, v);
    return tum_buf_detach(&out);
}

char *tum_val_to_repr(tum_val v)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_val_write_repr(&out, v);
    return tum_buf_detach(&out);
}
