/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed text: find, split, trim, whole numbers, the nearest word.
 */
#include "tum/str.h"
#include "tum/mem.h"
#include <stdlib.h>

/* Shortest part of a word that stands for all of it. */
#define NEAREST_PART    4
#define NEAREST_LONGEST 64

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool tum_str_is_nocase(struct tum_str a, const char *b)
{
    if (a.n != strlen(b))
        return false;
    for (size_t i = 0; i < a.n; i++) {
        if (lower(a.s[i]) != lower(b[i]))
            return false;
    }
    return true;
}

int tum_str_cmp(struct tum_str a, struct tum_str b)
{
    size_t n = TUM_MIN(a.n, b.n);
    int order = n != 0 ? memcmp(a.s, b.s, n) : 0;

    if (order != 0)
        return order < 0 ? -1 : 1;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool tum_str_starts(struct tum_str a, const char *prefix)
{
    size_t n = strlen(prefix);

    return a.n >= n && (n == 0 || memcmp(a.s, prefix, n) == 0);
}

bool tum_str_ends(struct tum_str a, const char *suffix)
{
    size_t n = strlen(suffix);

    return a.n >= n && (n == 0 || memcmp(a.s + a.n - n, suffix, n) == 0);
}

/*
 * One or two characters, the marks of a language: a text full of them is searched a million
 * times, each time over a few bytes, and memmem prepares itself for the whole rest (under
 * AddressSanitizer it even reads it).
 */
static size_t find_short(struct tum_str a, struct tum_str what, size_t from)
{
    const char *end = a.s + (a.n - (what.n - 1));
    const char *p = a.s + from;

    while (p < end && (p = memchr(p, what.s[0], (size_t)(end - p))) != NULL) {
        if (what.n == 1 || p[1] == what.s[1])
            return (size_t)(p - a.s);
        p++;
    }
    return TUM_STR_NONE;
}

size_t tum_str_find(struct tum_str a, struct tum_str what, size_t from)
{
    const char *found;

    if (from > a.n || what.n > a.n - from)
        return TUM_STR_NONE;
    if (what.n == 0)
        return from;
    if (what.n <= 2)
        return find_short(a, what, from);
    found = memmem(a.s + from, a.n - from, what.s, what.n);
    return found != NULL ? (size_t)(found - a.s) : TUM_STR_NONE;
}

size_t tum_str_find_char(struct tum_str a, char c, size_t from)
{
    const char *found;

    if (from >= a.n)
        return TUM_STR_NONE;
    found = memchr(a.s + from, c, a.n - from);
    return found != NULL ? (size_t)(found - a.s) : TUM_STR_NONE;
}

struct tum_str tum_str_sub(struct tum_str a, size_t from, size_t to)
{
    to = TUM_MIN(to, a.n);
    from = TUM_MIN(from, to);
    return from == 0 ? tum_str_n(a.s, to) : tum_str_n(a.s + from, to - from);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct tum_str tum_str_trim(struct tum_str a)
{
    size_t from = 0, to = a.n;

    while (from < to && is_blank(a.s[from]))
        from++;
    while (to > from && is_blank(a.s[to - 1]))
        to--;
    return tum_str_sub(a, from, to);
}

bool tum_str_split(struct tum_str *rest, bool *more, char separator,
                   struct tum_str *ret_piece)
{
    size_t at;

    if (!*more)
        return false;
    at = tum_str_find_char(*rest, separator, 0);
    *more = at != TUM_STR_NONE;
    *ret_piece = tum_str_sub(*rest, 0, at);
    *rest = tum_str_sub(*rest, *more ? at + 1 : rest->n, rest->n);
    return true;
}

bool tum_str_int(struct tum_str a, int64_t *ret)
{
    bool negative = a.n != 0 && a.s[0] == '-';
    size_t i = a.n != 0 && (a.s[0] == '-' || a.s[0] == '+');
    int64_t number = 0;

    if (i == a.n)
        return false;
    for (; i < a.n; i++) {
        int digit = a.s[i] - '0';

        if (digit < 0 || digit > 9)
            return false;
        /* Collected on the negative side, which reaches one further. */
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, digit, &number))
            return false;
    }
    if (!negative && number == INT64_MIN)
        return false;
    *ret = negative ? number : -number;
    return true;
}

static size_t skip_digits(struct tum_str a, size_t i)
{
    while (i < a.n && a.s[i] >= '0' && a.s[i] <= '9')
        i++;
    return i;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit on at least one side of the dot */
static bool is_float(struct tum_str a)
{
    size_t i = a.n != 0 && (a.s[0] == '-' || a.s[0] == '+');
    size_t start = i, digits;

    i = skip_digits(a, i);
    digits = i - start;
    if (i < a.n && a.s[i] == '.') {
        start = ++i;
        i = skip_digits(a, i);
        digits += i - start;
    }
    if (digits == 0)
        return false;
    if (i < a.n && (a.s[i] == 'e' || a.s[i] == 'E')) {
        i++;
        if (i < a.n && (a.s[i] == '-' || a.s[i] == '+'))
            i++;
        start = i;
        i = skip_digits(a, i);
        if (i == start)
            return false;
    }
    return i == a.n;
}

bool tum_str_float(struct tum_str a, double *ret)
{
    char small[64];
    char *text = small;

    if (!is_float(a))
        return false;
    /* strtod wants a terminator; the shape is checked, so that it reads all of it. */
    if (a.n < sizeof(small)) {
        memcpy(small, a.s, a.n);
        small[a.n] = '\0';
    } else {
        text = tum_strndup(a.s, a.n);
    }
    *ret = strtod(text, NULL);
    if (text != small)
        tum_free(text);
    return true;
}

uint64_t tum_str_hash(struct tum_str a)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < a.n; i++) {
        hash ^= (unsigned char)a.s[i];
        hash *= UINT64_C(0x100000001b3);
    }
    return hash;
}

/*
 * Damerau-Levenshtein with free transpositions. Row and column 0 are a border that is
 * dearer than any edit; those of the empty prefixes are 1.
 */
static unsigned distance(struct tum_str a, struct tum_str b)
{
    unsigned char d[NEAREST_LONGEST + 2][NEAREST_LONGEST + 2];
    unsigned char last_row[256] = {0};
    unsigned char far = (unsigned char)(a.n + b.n);

    for (size_t i = 0; i <= a.n; i++) {
        d[i + 1][0] = far;
        d[i + 1][1] = (unsigned char)i;
    }
    for (size_t j = 0; j <= b.n; j++) {
        d[0][j + 1] = far;
        d[1][j + 1] = (unsigned char)j;
    }
    d[0][0] = far;
    for (size_t i = 1; i <= a.n; i++) {
        size_t last_column = 0;

        for (size_t j = 1; j <= b.n; j++) {
            size_t k = last_row[(unsigned char)b.s[j - 1]], l = last_column;
            bool same = a.s[i - 1] == b.s[j - 1];
            unsigned best = d[i][j] + (same ? 0u : 1u);

            best = TUM_MIN(best, d[i + 1][j] + 1u);
            best = TUM_MIN(best, d[i][j + 1] + 1u);
            best = TUM_MIN(best, (unsigned)(d[k][l] + (i - k - 1) + 1 + (j - l - 1)));
            d[i + 1][j + 1] = (unsigned char)best;
            if (same)
                last_column = j;
        }
        last_row[(unsigned char)a.s[i - 1]] = (unsigned char)i;
    }
    return d[a.n + 1][b.n + 1];
}

/* "baudrate" of "serial_baudrate" */
static bool is_last_part(struct tum_str word, struct tum_str whole)
{
    return word.n >= NEAREST_PART && whole.n > word.n &&
           whole.s[whole.n - word.n - 1] == '_' &&
           memcmp(whole.s + whole.n - word.n, word.s, word.n) == 0;
}

const char *tum_str_nearest(struct tum_str word, const char *const *words)
{
    const char *best = NULL, *ends = NULL;
    unsigned ending = 0;
    unsigned best_distance = UINT32_MAX;

    if (word.n > NEAREST_LONGEST)
        return NULL;
    for (; *words != NULL; words++) {
        struct tum_str other = tum_str_of(*words);
        size_t longer = TUM_MAX(word.n, other.n);
        unsigned d;

        if (other.n > NEAREST_LONGEST)
            continue;
        if (is_last_part(word, other)) {
            ends = *words;
            ending++;
        }
        d = distance(word, other);
        if (d > TUM_MAX(longer / 3, (size_t)1) || (d != 0 && d >= longer) ||
            d >= best_distance)
            continue;
        best = *words;
        best_distance = d;
    }
    if (ending != 0 && best_distance > 1)
        return ending == 1 ? ends : NULL;
    return best;
}
