/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8: decoding, validation, counting.
 *
 * Bad sequences end where Unicode's "maximal subpart" ends: at the first byte that
 * cannot go on a well-formed character. Surrogates in three bytes decode (text inside
 * tum may hold them) unless the caller is strict.
 */
#include "base/utf8.h"
#include "base/unicode.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static bool is_surrogate(uint32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

/* Length of the character a first byte announces, 0 for no first byte. */
static size_t announced(unsigned char c)
{
    if (c < 0x80)
        return 1;
    if (c < 0xC2)
        return 0; /* goes on, or would be overlong */
    if (c < 0xE0)
        return 2;
    if (c < 0xF0)
        return 3;
    return c < 0xF5 ? 4 : 0;
}

/* Whether `c` may stand second after `first`: keeps out overlong forms, surrogates when
   strict, and what is past U+10FFFF. */
static bool second_fits(unsigned char first, unsigned char c, bool strict)
{
    switch (first) {
    case 0xE0:
        return c >= 0xA0 && c < 0xC0;
    case 0xED:
        return c >= 0x80 && c < (strict ? 0xA0 : 0xC0);
    case 0xF0:
        return c >= 0x90 && c < 0xC0;
    case 0xF4:
        return c >= 0x80 && c < 0x90;
    default:
        return c >= 0x80 && c < 0xC0;
    }
}

static size_t decode(const char *text, size_t n, bool strict, uint32_t *ret)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t length = announced(s[0]);
    uint32_t c;

    if (length <= 1) {
        *ret = length == 1 ? s[0] : TUM_UTF8_BAD;
        return 1;
    }
    c = s[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        bool fits = i < n && (i == 1 ? second_fits(s[0], s[1], strict)
                                     : s[i] >= 0x80 && s[i] < 0xC0);

        if (!fits) {
            *ret = TUM_UTF8_BAD;
            return i;
        }
        c = c << 6 | (s[i] & 0x3Fu);
    }
    *ret = c;
    return length;
}

size_t tum_utf8_decode(const char *s, size_t n, uint32_t *ret)
{
    return decode(s, n, false, ret);
}

size_t tum_utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    if (c > 0x10FFFF)
        tum_bug("no code point: 0x%x", c);
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

void tum_utf8_add(struct tum_buf *out, uint32_t c)
{
    char bytes[4];

    tum_buf_add(out, bytes, tum_utf8_encode(c, bytes));
}

/* Byte offset of the first byte that is not ASCII, from `at` on; eight at a time. */
static size_t skip_ascii(struct tum_str text, size_t at)
{
    while (at + 8 <= text.n) {
        uint64_t eight;

        memcpy(&eight, text.s + at, 8);
        if ((eight & UINT64_C(0x8080808080808080)) != 0)
            break;
        at += 8;
    }
    while (at < text.n && (unsigned char)text.s[at] < 0x80)
        at++;
    return at;
}

bool tum_utf8_valid(struct tum_str text, size_t *ret_bad)
{
    size_t at = skip_ascii(text, 0);

    while (at < text.n) {
        uint32_t c;
        size_t n = decode(text.s + at, text.n - at, true, &c);

        if (c == TUM_UTF8_BAD) {
            if (ret_bad != NULL)
                *ret_bad = at;
            return false;
        }
        at = skip_ascii(text, at + n);
    }
    return true;
}

bool tum_utf8_is_ascii(struct tum_str text)
{
    return skip_ascii(text, 0) == text.n;
}

static bool starts_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

size_t tum_utf8_count(struct tum_str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.n; i++)
        count += starts_character(text.s[i]);
    return count;
}

size_t tum_utf8_offset(struct tum_str text, size_t index)
{
    size_t at = 0;

    while (at < text.n && index > 0) {
        index--;
        at++;
        while (at < text.n && !starts_character(text.s[at]))
            at++;
    }
    return at;
}

void tum_utf8_add_replaced(struct tum_buf *out, struct tum_str bytes)
{
    size_t start = 0, at = skip_ascii(bytes, 0);

    while (at < bytes.n) {
        uint32_t c;
        size_t n = decode(bytes.s + at, bytes.n - at, true, &c);

        if (c == TUM_UTF8_BAD) {
            tum_buf_addt(out, tum_str_sub(bytes, start, at));
            tum_buf_adds(out, REPLACEMENT);
            start = at + n;
        }
        at = skip_ascii(bytes, at + n);
    }
    tum_buf_addt(out, tum_str_sub(bytes, start, bytes.n));
}

size_t tum_utf8_columns(struct tum_str text)
{
    size_t columns = 0;

    for (size_t at = 0; at < text.n;) {
        uint32_t c;

        at += tum_utf8_decode(text.s + at, text.n - at, &c);
        /* What is no text is shown as one U+FFFD. */
        columns +=
            c == TUM_UTF8_BAD || is_surrogate(c) ? 1 : (size_t)tum_uni_columns(c);
    }
    return columns;
}

size_t tum_utf8_utf16_units(struct tum_str text)
{
    size_t units = 0;

    for (size_t at = 0; at < text.n;) {
        uint32_t c;

        at += tum_utf8_decode(text.s + at, text.n - at, &c);
        units += c != TUM_UTF8_BAD && c >= 0x10000 ? 2 : 1;
    }
    return units;
}

bool tum_utf8_printable(uint32_t c)
{
    return tum_uni_is_printable(c);
}
