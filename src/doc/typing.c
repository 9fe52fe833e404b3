/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scalar is. The forms are those of YAML 1.1 as PyYAML reads them, which differ from
 * the type repository's: an exponent needs a point and a sign, base 60 has no field over
 * 59, a year has four digits. Scanned by hand: plain scalars are most of a file, and
 * the first character tells almost all of them apart.
 *
 * Not here: the merge sign, which depends on where it stands, and places.
 */
#include "doc/typing.h"

#include "value/vnum.h"

/* ---- characters ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static bool is_binary(char c)
{
    return c == '0' || c == '1';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* A text being scanned; a character past the end reads as NUL. */
struct scan {
    struct tum_str text;
    size_t at;
};

static char peek(const struct scan *scan)
{
    return scan->at < scan->text.n ? scan->text.s[scan->at] : '\0';
}

static bool at_end(const struct scan *scan)
{
    return scan->at == scan->text.n;
}

static bool take(struct scan *scan, char c)
{
    if (at_end(scan) || peek(scan) != c)
        return false;
    scan->at++;
    return true;
}

/* Takes digits of a class, and underscores if asked; how many digits there were. */
static size_t take_digits(struct scan *scan, bool (*is)(char c), bool underscores)
{
    size_t n = 0;

    for (; !at_end(scan); scan->at++) {
        char c = peek(scan);
        if (is(c))
            n++;
        else if (!underscores || c != '_')
            break;
    }
    return n;
}

/* Exactly `min` to `max` decimal digits into *ret. */
static bool take_field(struct scan *scan, size_t min, size_t max, int *ret)
{
    size_t n = 0;
    int value = 0;

    for (; n < max && !at_end(scan) && is_digit(peek(scan)); n++, scan->at++)
        value = value * 10 + (peek(scan) - '0');
    *ret = value;
    return n >= min;
}

/* ---- words ---- */

static bool bool_word(struct tum_str text, bool any_case, bool *ret)
{
    static const struct {
        const char *lower, *title, *upper;
        bool value;
    } words[] = {
        {"yes", "Yes", "YES", true},  {"true", "True", "TRUE", true},
        {"on", "On", "ON", true},     {"no", "No", "NO", false},
        {"off", "Off", "OFF", false}, {"false", "False", "FALSE", false},
    };

    for (size_t i = 0; i < TUM_LEN(words); i++)
        if (any_case ? tum_str_is_nocase(text, words[i].lower)
                     : tum_str_is(text, words[i].lower) ||
                           tum_str_is(text, words[i].title) ||
                           tum_str_is(text, words[i].upper)) {
            *ret = words[i].value;
            return true;
        }
    return false;
}

static bool null_word(struct tum_str text)
{
    return text.n == 0 || tum_str_is(text, "~") || tum_str_is(text, "null") ||
           tum_str_is(text, "Null") || tum_str_is(text, "NULL");
}

/* ---- numbers ---- */

static const char too_long[] = "is a number that is too long";

/* Adds `text` without its underscores. */
static void add_clean(struct tum_buf *out, struct tum_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.s[i] != '_')
            tum_buf_addc(out, text.s[i]);
}

/* Digits of a base with underscores and a sign in front. */
static enum tum_typed int_value(bool negative, struct tum_str digits, int base,
                                tum_val *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);

    if (base == 10 && digits.n <= 18) {
        int64_t value = 0;
        for (size_t i = 0; i < digits.n; i++)
            if (digits.s[i] != '_')
                value = value * 10 + (digits.s[i] - '0');
        *ret = tum_val_int(negative ? -value : value);
        return TUM_TYPED_VALUE;
    }
    if (negative)
        tum_buf_addc(&buf, '-');
    add_clean(&buf, digits);
    if (!tum_int_digits(tum_buf_str(&buf), base, ret))
        tum_bug("'%s' was scanned as a number of base %d", buf.s, base);
    return TUM_TYPED_VALUE;
}

static double float_of(struct tum_str digits)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);

    add_clean(&buf, digits);
    return tum_float_of_digits(tum_buf_str(&buf));
}

/* *total = *total * 60 + field, the arguments owned. False when it gets too large. */
static bool add_sixtieth(tum_val *total, tum_val field)
{
    TUM_AUTO(tum_val_release) tum_val owned = field;
    TUM_AUTO(tum_val_release) tum_val product = tum_val_none();
    tum_val sum;
    struct tum_error *err = NULL;

    if (!tum_int_mul(*total, tum_val_int(60), &product, &err) ||
        !tum_int_add(product, owned, &sum, &err)) {
        tum_error_free(err);
        return false;
    }
    tum_val_release(total);
    *total = sum;
    return true;
}

/*
 * "1:30:15": every field counts 60 of the next. `field` reads one, so that forced integers
 * may be Python's.
 */
static enum tum_typed sixty_int(bool negative, struct tum_str fields,
                                bool (*field)(struct tum_str text, tum_val *ret),
                                tum_val *ret, const char **ret_wrong)
{
    TUM_AUTO(tum_val_release) tum_val total = tum_val_int(0);
    struct tum_str piece;
    bool more = true;

    while (tum_str_split(&fields, &more, ':', &piece)) {
        tum_val value;
        if (!field(piece, &value)) {
            *ret_wrong = "is not an integer";
            return TUM_TYPED_WRONG;
        }
        if (!add_sixtieth(&total, value)) {
            *ret_wrong = too_long;
            return TUM_TYPED_WRONG;
        }
    }
    *ret = negative ? tum_int_neg(total) : tum_val_ref(total);
    return TUM_TYPED_VALUE;
}

static bool field_digits(struct tum_str text, tum_val *ret)
{
    return int_value(false, text, 10, ret) == TUM_TYPED_VALUE;
}

static bool field_python(struct tum_str text, tum_val *ret)
{
    struct tum_error *err = NULL;

    if (tum_int_parse(text, 10, ret, &err))
        return true;
    tum_error_free(err);
    return false;
}

/* Summed from the last field on, as the reference does: the rounding is the same. */
static bool sixty_float(bool negative, struct tum_str fields,
                        bool (*field)(struct tum_str text, double *ret), double *ret)
{
    double total = 0, base = 1;
    size_t end = fields.n;

    for (size_t i = fields.n + 1; i-- > 0;) {
        double value;
        if (i > 0 && fields.s[i - 1] != ':')
            continue;
        if (!field(tum_str_sub(fields, i, end), &value))
            return false;
        total += value * base;
        base *= 60;
        end = i > 0 ? i - 1 : 0;
    }
    *ret = negative ? -total : total;
    return true;
}

static bool field_float(struct tum_str text, double *ret)
{
    *ret = float_of(text);
    return true;
}

/* After the digits of the first field: ":30:15" and perhaps ".5". */
static enum tum_typed plain_sixty(struct scan *scan, bool negative, size_t start,
                                  tum_val *ret, const char **ret_wrong)
{
    char first = scan->text.s[start];
    bool fraction = false;

    while (take(scan, ':')) {
        char tens = peek(scan);
        size_t from = scan->at;
        size_t n = take_digits(scan, is_digit, false);
        if (n < 1 || n > 2 || (n == 2 && tens > '5'))
            return TUM_TYPED_TEXT;
        if (scan->at != from + n)
            return TUM_TYPED_TEXT;
    }
    if (take(scan, '.')) {
        fraction = true;
        take_digits(scan, is_digit, true);
    }
    if (!at_end(scan) || (!fraction && first == '0'))
        return TUM_TYPED_TEXT;
    struct tum_str fields = tum_str_sub(scan->text, start, scan->text.n);
    if (!fraction)
        return sixty_int(negative, fields, field_digits, ret, ret_wrong);
    double value;
    sixty_float(negative, fields, field_float, &value);
    *ret = tum_val_float(value);
    return TUM_TYPED_VALUE;
}

static bool is_word3(struct tum_str text, const char *lower, const char *mixed,
                     const char *upper)
{
    return tum_str_is(text, lower) || tum_str_is(text, mixed) ||
           tum_str_is(text, upper);
}

/* "e+5" at the end, or nothing. */
static bool take_exponent(struct scan *scan)
{
    if (!take(scan, 'e') && !take(scan, 'E'))
        return true;
    if (!take(scan, '+') && !take(scan, '-'))
        return false;
    return take_digits(scan, is_digit, false) > 0;
}

static enum tum_typed plain_point(struct scan *scan, bool negative, bool has_sign,
                                  tum_val *ret)
{
    struct tum_str rest = tum_str_sub(scan->text, scan->at, scan->text.n);

    if (is_word3(rest, ".inf", ".Inf", ".INF")) {
        double inf = __builtin_inf();
        *ret = tum_val_float(negative ? -inf : inf);
        return TUM_TYPED_VALUE;
    }
    if (has_sign)
        return TUM_TYPED_TEXT;
    if (is_word3(rest, ".nan", ".NaN", ".NAN")) {
        *ret = tum_val_float(__builtin_nan(""));
        return TUM_TYPED_VALUE;
    }
    take(scan, '.');
    if (!is_digit(peek(scan)))
        return TUM_TYPED_TEXT;
    take_digits(scan, is_digit, true);
    if (!take_exponent(scan) || !at_end(scan))
        return TUM_TYPED_TEXT;
    *ret = tum_val_float(float_of(rest));
    return TUM_TYPED_VALUE;
}

/* 0b… and 0x…, after the letter. */
static enum tum_typed plain_prefixed(struct scan *scan, bool negative, bool (*is)(char),
                                     int base, tum_val *ret)
{
    size_t start = scan->at;

    if (take_digits(scan, is, true) == 0 || !at_end(scan))
        return TUM_TYPED_TEXT;
    return int_value(negative, tum_str_sub(scan->text, start, scan->text.n), base, ret);
}

static enum tum_typed plain_number(struct tum_str text, tum_val *ret,
                                   const char **ret_wrong)
{
    struct scan scan = {.text = text};
    bool negative = peek(&scan) == '-';
    bool has_sign = take(&scan, '-') || take(&scan, '+');
    size_t start = scan.at;
    char first = peek(&scan);

    if (first == '.')
        return plain_point(&scan, negative, has_sign, ret);
    if (!is_digit(first))
        return TUM_TYPED_TEXT;
    take_digits(&scan, is_digit, true);
    struct tum_str digits = tum_str_sub(text, start, scan.at);
    if (at_end(&scan)) {
        if (first != '0' || digits.n == 1)
            return int_value(negative, digits, 10, ret);
        for (size_t i = 0; i < digits.n; i++)
            if (!is_octal(digits.s[i]) && digits.s[i] != '_')
                return TUM_TYPED_TEXT;
        return int_value(negative, digits, 8, ret);
    }
    switch (peek(&scan)) {
    case '.':
        scan.at++;
        take_digits(&scan, is_digit, true);
        if (!take_exponent(&scan) || !at_end(&scan))
            return TUM_TYPED_TEXT;
        double value = float_of(tum_str_sub(text, start, text.n));
        *ret = tum_val_float(negative ? -value : value);
        return TUM_TYPED_VALUE;
    case ':':
        return plain_sixty(&scan, negative, start, ret, ret_wrong);
    case 'b':
    case 'x':
        if (digits.n != 1 || first != '0')
            return TUM_TYPED_TEXT;
        return take(&scan, 'b')   ? plain_prefixed(&scan, negative, is_binary, 2, ret)
               : take(&scan, 'x') ? plain_prefixed(&scan, negative, is_hex, 16, ret)
                                  : TUM_TYPED_TEXT;
    default:
        return TUM_TYPED_TEXT;
    }
}

/* ---- dates ---- */

/* Digits after the point, cut to six. */
static int take_fraction(struct scan *scan)
{
    int value = 0;
    int scale = 100000;

    for (; is_digit(peek(scan)); scan->at++, scale /= 10)
        value += (peek(scan) - '0') * scale;
    return value;
}

/* "Z", "+2", "-05:30", or nothing. */
static bool take_zone(struct scan *scan, struct tum_date *date)
{
    int hours, minutes = 0;

    while (is_blank(peek(scan)))
        scan->at++;
    if (take(scan, 'Z')) {
        date->has_zone = true;
        return true;
    }
    bool west = peek(scan) == '-';
    if (!take(scan, '-') && !take(scan, '+'))
        return false;
    if (!take_field(scan, 1, 2, &hours) ||
        (take(scan, ':') && !take_field(scan, 2, 2, &minutes)))
        return false;
    date->has_zone = true;
    date->zone = (hours * 60 + minutes) * (west ? -1 : 1);
    return true;
}

/* False when the text has not the form of a date; `forced` takes 2024-3-9 too. */
static bool scan_date(struct tum_str text, bool forced, struct tum_date *ret)
{
    struct scan scan = {.text = text};
    struct tum_date date = {0};

    if (!take_field(&scan, 4, 4, &date.year) || !take(&scan, '-') ||
        !take_field(&scan, 1, 2, &date.month) || !take(&scan, '-') ||
        !take_field(&scan, 1, 2, &date.day))
        return false;
    if (at_end(&scan)) {
        *ret = date;
        return forced || text.n == strlen("2024-03-09");
    }
    if (!take(&scan, 'T') && !take(&scan, 't')) {
        if (!is_blank(peek(&scan)))
            return false;
        while (is_blank(peek(&scan)))
            scan.at++;
    }
    date.has_time = true;
    if (!take_field(&scan, 1, 2, &date.hour) || !take(&scan, ':') ||
        !take_field(&scan, 2, 2, &date.minute) || !take(&scan, ':') ||
        !take_field(&scan, 2, 2, &date.second))
        return false;
    if (take(&scan, '.'))
        date.microsecond = take_fraction(&scan);
    if (!at_end(&scan) && (!take_zone(&scan, &date) || !at_end(&scan)))
        return false;
    *ret = date;
    return true;
}

static enum tum_typed date_value(const struct tum_date *date, tum_val *ret,
                                 const char **ret_wrong)
{
    /* Beyond a day from Greenwich there is no zone. */
    if (date->zone > -24 * 60 && date->zone < 24 * 60 && tum_val_date(date, ret))
        return TUM_TYPED_VALUE;
    *ret_wrong = "is a date that does not exist";
    return TUM_TYPED_WRONG;
}

/* ---- plain ---- */

enum tum_typed tum_typing_plain(struct tum_str text, tum_val *ret,
                                const char **ret_wrong)
{
    bool value;

    if (text.n == 0) {
        *ret = tum_val_none();
        return TUM_TYPED_VALUE;
    }
    switch (text.s[0]) {
    case 'y':
    case 'Y':
    case 't':
    case 'T':
    case 'o':
    case 'O':
    case 'f':
    case 'F':
        if (!bool_word(text, false, &value))
            return TUM_TYPED_TEXT;
        *ret = tum_val_bool(value);
        return TUM_TYPED_VALUE;
    case 'n':
    case 'N':
    case '~':
        if (null_word(text))
            *ret = tum_val_none();
        else if (bool_word(text, false, &value))
            *ret = tum_val_bool(value);
        else
            return TUM_TYPED_TEXT;
        return TUM_TYPED_VALUE;
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        if (text.n >= strlen("2024-03-09") && text.s[4] == '-') {
            struct tum_date date;
            return scan_date(text, false, &date) ? date_value(&date, ret, ret_wrong)
                                                 : TUM_TYPED_TEXT;
        }
        break;
    case '+':
    case '-':
    case '.':
        break;
    default:
        return TUM_TYPED_TEXT;
    }
    if (text.n > TUM_YAML_NUMBER_LIMIT) {
        for (size_t i = 0; i < text.n; i++)
            if (!is_hex(text.s[i]) && strchr("+-._:xX", text.s[i]) == NULL)
                return TUM_TYPED_TEXT;
        *ret_wrong = too_long;
        return TUM_TYPED_WRONG;
    }
    return plain_number(text, ret, ret_wrong);
}

/* ---- forced ---- */

static enum tum_typed forced_int(struct tum_str text, tum_val *ret,
                                 const char **ret_wrong)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_val_release) tum_val value = tum_val_none();
    struct tum_error *err = NULL;
    int base = 10;

    add_clean(&buf, text);
    struct tum_str digits = tum_buf_str(&buf);
    bool negative = digits.n > 0 && digits.s[0] == '-';
    if (negative || (digits.n > 0 && digits.s[0] == '+'))
        digits = tum_str_sub(digits, 1, digits.n);
    if (tum_str_starts(digits, "0b") || tum_str_starts(digits, "0x")) {
        base = digits.s[1] == 'b' ? 2 : 16;
        digits = tum_str_sub(digits, 2, digits.n);
    } else if (digits.n > 1 && digits.s[0] == '0') {
        base = 8;
    } else if (tum_str_find_char(digits, ':', 0) != TUM_STR_NONE) {
        return sixty_int(negative, digits, field_python, ret, ret_wrong);
    }
    if (!tum_int_parse(digits, base, &value, &err)) {
        tum_error_free(err);
        *ret_wrong = "is not an integer";
        return TUM_TYPED_WRONG;
    }
    *ret = negative ? tum_int_neg(value) : tum_val_ref(value);
    return TUM_TYPED_VALUE;
}

static enum tum_typed forced_float(struct tum_str text, tum_val *ret,
                                   const char **ret_wrong)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    double value;

    add_clean(&buf, text);
    struct tum_str digits = tum_buf_str(&buf);
    bool negative = digits.n > 0 && digits.s[0] == '-';
    if (negative || (digits.n > 0 && digits.s[0] == '+'))
        digits = tum_str_sub(digits, 1, digits.n);
    if (tum_str_is_nocase(digits, ".inf")) {
        value = __builtin_inf();
    } else if (tum_str_is_nocase(digits, ".nan")) {
        value = __builtin_nan("");
    } else if (tum_str_find_char(digits, ':', 0) != TUM_STR_NONE
                   ? !sixty_float(false, digits, tum_float_parse, &value)
                   : !tum_float_parse(digits, &value)) {
        *ret_wrong = "is not a number";
        return TUM_TYPED_WRONG;
    }
    *ret = tum_val_float(negative ? -value : value);
    return TUM_TYPED_VALUE;
}

/* 0…63, or -1 for what is no digit of base 64. */
static int base64_digit(char c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;

    return found != NULL ? (int)(found - digits) : -1;
}

/*
 * Line breaks and strangers between the digits are passed over, as the mail format has it;
 * padding that completes a group ends the data, a group left open is a mistake.
 */
static enum tum_typed forced_binary(struct tum_str text, tum_val *ret,
                                    const char **ret_wrong)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    unsigned group = 0;
    int have = 0, pads = 0;

    for (size_t i = 0; i < text.n; i++) {
        int digit = base64_digit(text.s[i]);
        if ((unsigned char)text.s[i] >= 0x80) {
            *ret_wrong = "is not base 64";
            return TUM_TYPED_WRONG;
        }
        if (text.s[i] == '=' && have >= 2 && have + ++pads >= 4) {
            have = 0;
            break;
        }
        if (digit < 0)
            continue;
        pads = 0;
        group = group << 6 | (unsigned)digit;
        have = (have + 1) % 4;
        if (have != 1)
            tum_buf_addc(&out, (char)(group >> (have == 0 ? 0 : 8 - 2 * have) & 0xff));
    }
    if (have != 0) {
        *ret_wrong = "is base 64 that ends too early";
        return TUM_TYPED_WRONG;
    }
    *ret = tum_val_bytes(out.s, out.len);
    return TUM_TYPED_VALUE;
}

enum tum_typed tum_typing_forced(enum tum_tag tag, struct tum_str text, tum_val *ret,
                                 const char **ret_wrong)
{
    struct tum_date date;
    bool value;

    if ((tag == TUM_TAG_INT || tag == TUM_TAG_FLOAT) &&
        text.n > TUM_YAML_NUMBER_LIMIT) {
        *ret_wrong = too_long;
        return TUM_TYPED_WRONG;
    }
    switch (tag) {
    case TUM_TAG_STR:
        return TUM_TYPED_TEXT;
    case TUM_TAG_INT:
        return forced_int(text, ret, ret_wrong);
    case TUM_TAG_FLOAT:
        return forced_float(text, ret, ret_wrong);
    case TUM_TAG_BOOL:
        if (!bool_word(text, true, &value)) {
            *ret_wrong = "is not a boolean (yes, no, true, false, on, off)";
            return TUM_TYPED_WRONG;
        }
        *ret = tum_val_bool(value);
        return TUM_TYPED_VALUE;
    case TUM_TAG_NULL:
        *ret = tum_val_none();
        return TUM_TYPED_VALUE;
    case TUM_TAG_TIMESTAMP:
        if (!scan_date(text, true, &date)) {
            *ret_wrong = "is not a date (2024-03-09, 2024-03-09 08:07:06)";
            return TUM_TYPED_WRONG;
        }
        return date_value(&date, ret, ret_wrong);
    case TUM_TAG_BINARY:
        return forced_binary(text, ret, ret_wrong);
    default:
        tum_bug("tag %d is not for scalars", (int)tag);
    }
}
