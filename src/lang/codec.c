/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.encode and bytes.decode.
 */
#include "lang/codec.h"
#include "base/utf8.h"

enum codec { CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1 };
enum handler {
    HANDLER_STRICT,
    HANDLER_IGNORE,
    HANDLER_REPLACE,
    HANDLER_BACKSLASH,
    HANDLER_XML
};

static bool find_codec(struct tum_vm *vm, struct tum_obj *name, const char *function,
                       enum codec *ret)
{
    static const struct {
        const char *name;
        enum codec codec;
    } names[] = {
        {"utf-8", CODEC_UTF8},       {"utf8", CODEC_UTF8},
        {"utf_8", CODEC_UTF8},       {"u8", CODEC_UTF8},
        {"ascii", CODEC_ASCII},      {"us-ascii", CODEC_ASCII},
        {"latin-1", CODEC_LATIN1},   {"latin1", CODEC_LATIN1},
        {"latin_1", CODEC_LATIN1},   {"iso-8859-1", CODEC_LATIN1},
        {"iso8859-1", CODEC_LATIN1}, {"l1", CODEC_LATIN1},
    };

    *ret = CODEC_UTF8;
    if (name == NULL)
        return true;
    if (!tum_is_str(name))
        return tum_raise_type_false(vm, "%s() argument 'encoding' must be str, not %s",
                                    function,
                                    tum_is_none(name) ? "None" : name->type->name);
    for (size_t i = 0; i < TUM_LEN(names); i++) {
        if (tum_str_is_nocase(tum_text_of(name), names[i].name)) {
            *ret = names[i].codec;
            return true;
        }
    }
    return tum_unsupported_false(vm, "an encoding");
}

static bool find_handler(struct tum_vm *vm, struct tum_obj *name, const char *function,
                         bool encoding, enum handler *ret)
{
    static const char *const names[] = {"strict", "ignore", "replace",
                                        "backslashreplace", "xmlcharrefreplace"};

    *ret = HANDLER_STRICT;
    if (name == NULL)
        return true;
    if (!tum_is_str(name))
        return tum_raise_type_false(vm, "%s() argument 'errors' must be str, not %s",
                                    function,
                                    tum_is_none(name) ? "None" : name->type->name);
    for (size_t i = 0; i < TUM_LEN(names) - !encoding; i++) {
        if (tum_str_is(tum_text_of(name), names[i])) {
            *ret = (enum handler)i;
            return true;
        }
    }
    return tum_unsupported_false(vm, "an error handler of an encoding");
}

static bool is_surrogate(uint32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

/* ---- encode ---- */

struct encoder {
    struct tum_vm *vm;
    struct tum_obj *str;
    enum codec codec;
    enum handler handler;
    struct tum_buf *out;
};

static bool encodable(const struct encoder *e, uint32_t c)
{
    if (e->codec == CODEC_UTF8)
        return !is_surrogate(c);
    return c < (e->codec == CODEC_ASCII ? 0x80u : 0x100u);
}

static void write_escape(struct tum_buf *out, uint32_t c)
{
    tum_buf_addf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

/* The run of characters from byte i that cannot be encoded. */
static bool raise_encode(const struct encoder *e, size_t i)
{
    static const char *const names[] = {"utf-8", "ascii", "latin-1"};
    static const char *const why[] = {"surrogates not allowed",
                                      "ordinal not in range(128)",
                                      "ordinal not in range(256)"};
    struct tum_str text = tum_text_of(e->str);
    TUM_AUTO(tum_buf_release) struct tum_buf shown = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t first = tum_ostr_index(e->str, i), count = 0;
    uint32_t c;

    while (i < text.n) {
        size_t n = tum_utf8_decode(text.s + i, text.n - i, &c);

        if (encodable(e, c))
            break;
        if (count++ == 0)
            write_escape(&shown, c);
        i += n;
    }
    if (count == 1)
        return tum_raise_false(
            e->vm, "UnicodeEncodeError",
            "'%s' codec can't encode character '%s' in position %zu: %s",
            names[e->codec], shown.s, first, why[e->codec]);
    return tum_raise_false(e->vm, "UnicodeEncodeError",
                           "'%s' codec can't encode characters in position %zu-%zu: %s",
                           names[e->codec], first, first + count - 1, why[e->codec]);
}

static bool encode_bad(const struct encoder *e, size_t i, uint32_t c)
{
    switch (e->handler) {
    case HANDLER_STRICT:
        return raise_encode(e, i);
    case HANDLER_IGNORE:
        break;
    case HANDLER_REPLACE:
        tum_buf_addc(e->out, '?');
        break;
    case HANDLER_BACKSLASH:
        write_escape(e->out, c);
        break;
    case HANDLER_XML:
        tum_buf_addf(e->out, "&#%u;", c);
        break;
    }
    return true;
}

struct tum_obj *tum_text_encode(struct tum_vm *vm, struct tum_obj *str,
                                struct tum_obj *encoding, struct tum_obj *errors,
                                const char *function)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct encoder e = {.vm = vm, .str = str, .out = &out};
    struct tum_str text = tum_text_of(str);
    uint32_t c;

    if (!find_codec(vm, encoding, function, &e.codec) ||
        !find_handler(vm, errors, function, true, &e.handler) ||
        !tum_vm_room(vm, text.n))
        return NULL;
    if (tum_ostr_is_ascii(str))
        return tum_new_bytes(vm, text.s, text.n);
    for (size_t i = 0; i < text.n;) {
        size_t n = tum_utf8_decode(text.s + i, text.n - i, &c);

        if (!encodable(&e, c)) {
            if (!encode_bad(&e, i, c))
                return NULL;
        } else if (e.codec == CODEC_UTF8) {
            tum_buf_add(&out, text.s + i, n);
        } else {
            tum_buf_addc(&out, (char)c);
        }
        i += n;
    }
    return tum_new_bytes(vm, out.s, out.len);
}

/* ---- decode ---- */

/* A good character at i: its length. Else 0, the length of the bad part and the reason. */
static size_t utf8_at(struct tum_str text, size_t i, size_t *ret_bad,
                      const char **ret_why)
{
    uint32_t c;
    size_t n = tum_utf8_decode(text.s + i, text.n - i, &c);
    unsigned char lead = (unsigned char)text.s[i];

    if (c != TUM_UTF8_BAD && !is_surrogate(c))
        return n;
    *ret_bad = c == TUM_UTF8_BAD ? n : 1;
    if (lead < 0xC2 || lead > 0xF4)
        *ret_why = "invalid start byte";
    else if (c == TUM_UTF8_BAD && i + n >= text.n)
        *ret_why = "unexpected end of data";
    else
        *ret_why = "invalid continuation byte";
    return 0;
}

static bool decode_bad(struct tum_vm *vm, struct tum_str text, size_t i, size_t bad,
                       enum handler handler, const char *codec, const char *why,
                       struct tum_buf *out)
{
    switch (handler) {
    case HANDLER_IGNORE:
        return true;
    case HANDLER_REPLACE:
        tum_utf8_add(out, 0xFFFD);
        return true;
    case HANDLER_BACKSLASH:
        for (size_t k = 0; k < bad; k++)
            tum_buf_addf(out, "\\x%02x", (unsigned char)text.s[i + k]);
        return true;
    default:
        break;
    }
    if (bad == 1)
        return tum_raise_false(
            vm, "UnicodeDecodeError",
            "'%s' codec can't decode byte 0x%02x in position %zu: %s", codec,
            (unsigned char)text.s[i], i, why);
    return tum_raise_false(vm, "UnicodeDecodeError",
                           "'%s' codec can't decode bytes in position %zu-%zu: %s",
                           codec, i, i + bad - 1, why);
}

struct tum_obj *tum_text_decode(struct tum_vm *vm, struct tum_obj *bytes,
                                struct tum_obj *encoding, struct tum_obj *errors,
                                const char *function)
{
    struct tum_str text = tum_text_of(bytes);
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    enum handler handler;
    enum codec codec;

    if (!find_codec(vm, encoding, function, &codec) ||
        !find_handler(vm, errors, function, false, &handler) ||
        !tum_vm_room(vm, text.n * 2))
        return NULL;
    for (size_t i = 0; i < text.n;) {
        const char *why = "ordinal not in range(128)";
        size_t n = 1, bad = 1;

        if (codec == CODEC_UTF8)
            n = utf8_at(text, i, &bad, &why);
        else if (codec == CODEC_ASCII && (unsigned char)text.s[i] >= 0x80)
            n = 0;
        if (n == 0) {
            if (!decode_bad(vm, text, i, bad, handler,
                            codec == CODEC_UTF8 ? "utf-8" : "ascii", why, &out)) {
                tum_buf_release(&out);
                return NULL;
            }
            i += bad;
            continue;
        }
        if (codec == CODEC_LATIN1)
            tum_utf8_add(&out, (unsigned char)text.s[i]);
        else
            tum_buf_add(&out, text.s + i, n);
        i += n;
    }
    return tum_new_str_buf(vm, &out);
}
