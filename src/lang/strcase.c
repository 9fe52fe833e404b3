/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case of texts and the classes of their characters. What a single code point is comes
 * from base/unicode.h.
 */
#include "lang/strcase.h"
#include "base/unicode.h"
#include "base/utf8.h"

#define CAPITAL_SIGMA 0x3A3u
#define FINAL_SIGMA   0x3C2u
#define SMALL_SIGMA   0x3C3u

/* ---- mapping ---- */

static uint32_t at(struct tum_str text, size_t i, size_t *ret_n)
{
    uint32_t c;

    *ret_n = tum_utf8_decode(text.s + i, text.n - i, &c);
    return c;
}

/* A letter comes before, with at most marks between. */
static bool cased_before(struct tum_str text, size_t i)
{
    size_t n;

    while (i > 0) {
        uint32_t c;

        do
            i--;
        while (i > 0 && ((unsigned char)text.s[i] & 0xC0) == 0x80);
        c = at(text, i, &n);
        if (!tum_uni_is_case_ignorable(c))
            return tum_uni_is_cased(c);
    }
    return false;
}

static bool cased_after(struct tum_str text, size_t i)
{
    size_t n;

    for (; i < text.n; i += n) {
        uint32_t c = at(text, i, &n);

        if (!tum_uni_is_case_ignorable(c))
            return tum_uni_is_cased(c);
    }
    return false;
}

/* The character at byte i (of n bytes) in lower case. */
static size_t lower(struct tum_str text, size_t i, size_t n, uint32_t c,
                    uint32_t out[TUM_UNI_MOST])
{
    if (c != CAPITAL_SIGMA)
        return tum_uni_lower(c, out);
    out[0] =
        cased_before(text, i) && !cased_after(text, i + n) ? FINAL_SIGMA : SMALL_SIGMA;
    return 1;
}

static size_t map(struct tum_str text, size_t i, size_t n, uint32_t c,
                  enum tum_case how, bool after_cased, uint32_t out[TUM_UNI_MOST])
{
    switch (how) {
    case TUM_CASE_UPPER:
        return tum_uni_upper(c, out);
    case TUM_CASE_FOLD:
        return tum_uni_casefold(c, out);
    case TUM_CASE_TITLE:
        return after_cased ? lower(text, i, n, c, out) : tum_uni_title(c, out);
    case TUM_CASE_CAPITALIZE:
        return i > 0 ? lower(text, i, n, c, out) : tum_uni_title(c, out);
    case TUM_CASE_SWAP:
        if (tum_uni_is_upper(c))
            return lower(text, i, n, c, out);
        if (tum_uni_is_lower(c))
            return tum_uni_upper(c, out);
        out[0] = c;
        return 1;
    case TUM_CASE_LOWER:
        break;
    }
    return lower(text, i, n, c, out);
}

static bool is_ascii_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_ascii_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static char map_ascii(char c, enum tum_case how, bool first, bool after_letter)
{
    bool up = how == TUM_CASE_UPPER || (how == TUM_CASE_TITLE && !after_letter) ||
              (how == TUM_CASE_CAPITALIZE && first);

    if (how == TUM_CASE_SWAP)
        up = is_ascii_lower(c);
    if (up && is_ascii_lower(c))
        return (char)(c - 'a' + 'A');
    if (!up && is_ascii_upper(c))
        return (char)(c - 'A' + 'a');
    return c;
}

static void write_ascii(struct tum_buf *out, struct tum_str text, enum tum_case how)
{
    bool after_letter = false;

    tum_buf_reserve(out, text.n);
    for (size_t i = 0; i < text.n; i++) {
        tum_buf_addc(out, map_ascii(text.s[i], how, i == 0, after_letter));
        after_letter = is_ascii_lower(text.s[i]) || is_ascii_upper(text.s[i]);
    }
}

void tum_text_write_case(struct tum_buf *out, struct tum_str text, enum tum_case how)
{
    uint32_t mapped[TUM_UNI_MOST];
    bool after_cased = false;
    size_t n;

    if (tum_utf8_is_ascii(text)) {
        write_ascii(out, text, how);
        return;
    }
    for (size_t i = 0; i < text.n; i += n) {
        uint32_t c = at(text, i, &n);
        size_t count = map(text, i, n, c, how, after_cased, mapped);

        for (size_t k = 0; k < count; k++)
            tum_utf8_add(out, mapped[k]);
        after_cased = tum_uni_is_cased(c);
    }
}

struct tum_obj *tum_op_case(struct tum_vm *vm, struct tum_obj *str, enum tum_case how)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    if (!tum_vm_work(vm, tum_as_str(str)->n / 16))
        return NULL;
    if (tum_as_str(str)->n <= 64 && tum_ostr_is_ascii(str)) {
        char small[64];
        struct tum_str text = tum_text_of(str);
        bool after_letter = false;

        for (size_t i = 0; i < text.n; i++) {
            small[i] = map_ascii(text.s[i], how, i == 0, after_letter);
            after_letter = is_ascii_lower(text.s[i]) || is_ascii_upper(text.s[i]);
        }
        return tum_new_str(vm, tum_str_n(small, text.n));
    }
    tum_text_write_case(&out, tum_text_of(str), how);
    return tum_new_str_buf(vm, &out);
}

/* ---- classes ---- */

static struct tum_obj *all_are(struct tum_vm *vm, struct tum_obj *str,
                               bool (*is)(uint32_t c), bool when_empty)
{
    struct tum_str text = tum_text_of(str);
    size_t n;

    if (text.n == 0 || !tum_vm_work(vm, text.n / 16))
        return tum_new_bool(vm, when_empty);
    for (size_t i = 0; i < text.n; i += n) {
        if (!is(at(text, i, &n)))
            return vm->no;
    }
    return vm->yes;
}

#define CLASS(name, is, when_empty)                                                    \
    struct tum_obj *tum_str_##name(struct tum_vm *vm, struct tum_obj **a, size_t n)    \
    {                                                                                  \
        (void)n;                                                                       \
        return all_are(vm, a[0], (is), (when_empty));                                  \
    }

static bool is_ascii(uint32_t c)
{
    return c < 0x80;
}

CLASS(isspace, tum_uni_is_space, false)
CLASS(isalpha, tum_uni_is_alpha, false)
CLASS(isalnum, tum_uni_is_alnum, false)
CLASS(isdecimal, tum_uni_is_decimal, false)
CLASS(isdigit, tum_uni_is_digit, false)
CLASS(isnumeric, tum_uni_is_numeric, false)
CLASS(isprintable, tum_uni_is_printable, true)
CLASS(isascii, is_ascii, true)

struct tum_obj *tum_str_isidentifier(struct tum_vm *vm, struct tum_obj **a,
                                     size_t count)
{
    struct tum_str text = tum_text_of(a[0]);
    size_t n;

    (void)count;
    if (text.n == 0 || !tum_uni_is_xid_start(at(text, 0, &n)))
        return vm->no;
    for (size_t i = n; i < text.n; i += n) {
        if (!tum_uni_is_xid_continue(at(text, i, &n)))
            return vm->no;
    }
    return vm->yes;
}

/* Some letter is of the wanted case and none of another. */
static struct tum_obj *only_case(struct tum_vm *vm, struct tum_obj *str,
                                 bool (*wanted)(uint32_t c), bool (*other)(uint32_t c))
{
    struct tum_str text = tum_text_of(str);
    bool seen = false;
    size_t n;

    for (size_t i = 0; i < text.n; i += n) {
        uint32_t c = at(text, i, &n);

        if (other(c) || tum_uni_is_title(c))
            return vm->no;
        seen = seen || wanted(c);
    }
    return tum_new_bool(vm, seen);
}

struct tum_obj *tum_str_islower(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return only_case(vm, a[0], tum_uni_is_lower, tum_uni_is_upper);
}

struct tum_obj *tum_str_isupper(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return only_case(vm, a[0], tum_uni_is_upper, tum_uni_is_lower);
}

struct tum_obj *tum_str_istitle(struct tum_vm *vm, struct tum_obj **a, size_t count)
{
    struct tum_str text = tum_text_of(a[0]);
    bool after_cased = false, seen = false;
    size_t n;

    (void)count;
    for (size_t i = 0; i < text.n; i += n) {
        uint32_t c = at(text, i, &n);
        bool capital = tum_uni_is_upper(c) || tum_uni_is_title(c);

        if (!capital && !tum_uni_is_lower(c)) {
            after_cased = false;
            continue;
        }
        if (capital == after_cased)
            return vm->no;
        after_cased = seen = true;
    }
    return tum_new_bool(vm, seen);
}
