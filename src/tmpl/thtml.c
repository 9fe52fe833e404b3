/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML escapes, character references, tag removal, URLs and links. Knows nothing of
 * values or safe text.
 */
#include "tmpl/thtml.h"
#include "base/utf8.h"
#include "tmpl/htmlent.h"
#include "tmpl/tchar.h"

void tum_html_escape(struct tum_buf *out, struct tum_str text)
{
    size_t from = 0;

    for (size_t i = 0; i < text.n; i++) {
        const char *with;

        switch (text.s[i]) {
        case '&':
            with = "&amp;";
            break;
        case '<':
            with = "&lt;";
            break;
        case '>':
            with = "&gt;";
            break;
        case '\'':
            with = "&#39;";
            break;
        case '"':
            with = "&#34;";
            break;
        default:
            continue;
        }
        tum_buf_add(out, text.s + from, i - from);
        tum_buf_adds(out, with);
        from = i + 1;
    }
    tum_buf_add(out, text.s + from, text.n - from);
}

/* ---- character references ---- */

/* What browsers make of the numbers of Windows' characters, from 0x80 on. */
static const uint16_t windows[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
    0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

static void add_number(struct tum_buf *out, uint32_t c)
{
    if (c == 0 || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
        c = 0xFFFD;
    else if (c >= 0x80 && c <= 0x9F)
        c = windows[c - 0x80];
    else if ((c < 0x20 && c != '\t' && c != '\n' && c != '\f' && c != '\r') ||
             c == 0x7F || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE)
        return;
    tum_utf8_add(out, c);
}

/* Reads "#12;" or "#x1F;"; returns its length or 0. */
static size_t number_reference(struct tum_buf *out, struct tum_str text)
{
    bool hex = text.n > 1 && (text.s[1] == 'x' || text.s[1] == 'X');
    size_t start = hex ? 2 : 1;
    size_t i = start;
    uint32_t c = 0;

    for (; i < text.n; i++) {
        unsigned char d = (unsigned char)text.s[i];
        uint32_t digit;

        if (d >= '0' && d <= '9')
            digit = d - '0';
        else if (hex && (d | 32) >= 'a' && (d | 32) <= 'f')
            digit = (d | 32u) - 'a' + 10;
        else
            break;
        /* Kept beyond the last character, so that it stays "too large". */
        c = TUM_MIN(c * (hex ? 16 : 10) + digit, 0x110000u);
    }
    if (i == start)
        return 0;
    add_number(out, c);
    return i + (i < text.n && text.s[i] == ';');
}

/* Longest name that a reference may have, in bytes of ASCII. */
#define NAME_LIMIT 32

/*
 * Reads a name with or without ';'. Without, the longest known beginning counts, as in
 * "&notit" for "¬it".
 */
static size_t name_reference(struct tum_buf *out, struct tum_str text)
{
    const struct tum_htmlent *found = NULL;
    size_t n = 0;

    while (n < text.n && n < NAME_LIMIT && text.s[n] != ';' && text.s[n] != '\t' &&
           text.s[n] != '\n' && text.s[n] != '\f' && text.s[n] != ' ' &&
           text.s[n] != '<' && text.s[n] != '&' && text.s[n] != '#')
        n++;
    if (n < text.n && text.s[n] == ';') {
        found = tum_htmlent_find(tum_str_n(text.s, n));
        if (found != NULL)
            n++;
    }
    for (size_t length = n; found == NULL && length > 1; length--) {
        found = tum_htmlent_find(tum_str_n(text.s, length));
        if (found != NULL && !found->bare)
            found = NULL;
        n = length;
    }
    if (found == NULL)
        return 0;
    tum_utf8_add(out, found->first);
    if (found->second != 0)
        tum_utf8_add(out, found->second);
    return n;
}

void tum_html_unescape(struct tum_buf *out, struct tum_str text)
{
    size_t from = 0;

    for (;;) {
        size_t at = tum_str_find_char(text, '&', from);
        struct tum_str rest;
        size_t n = 0;

        if (at == TUM_STR_NONE)
            break;
        tum_buf_add(out, text.s + from, at - from);
        rest = tum_str_sub(text, at + 1, text.n);
        if (rest.n > 0 && rest.s[0] == '#')
            n = number_reference(out, rest);
        else
            n = name_reference(out, rest);
        if (n == 0)
            tum_buf_addc(out, '&');
        from = at + 1 + n;
    }
    tum_buf_add(out, text.s + from, text.n - from);
}

/* ---- tags ---- */

/* Copies text without what lies between `open` and the next `close`. */
static void drop_between(struct tum_buf *out, struct tum_str text, struct tum_str open,
                         struct tum_str close)
{
    size_t from = 0;

    for (;;) {
        size_t start = tum_str_find(text, open, from);
        size_t end;

        if (start == TUM_STR_NONE)
            break;
        end = tum_str_find(text, close, start + open.n);
        if (end == TUM_STR_NONE)
            break;
        tum_buf_add(out, text.s + from, start - from);
        from = end + close.n;
    }
    tum_buf_add(out, text.s + from, text.n - from);
}

void tum_html_strip(struct tum_buf *out, struct tum_str text)
{
    struct tum_buf a = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_buf b = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str plain;
    bool gap = false;

    drop_between(&a, text, TUM_S("<!--"), TUM_S("-->"));
    drop_between(&b, tum_buf_str(&a), TUM_S("<"), TUM_S(">"));
    tum_buf_reset(&a);
    plain = tum_buf_str(&b);
    for (size_t i = 0; i < plain.n;) {
        uint32_t c;
        size_t n = tum_utf8_decode(plain.s + i, plain.n - i, &c);

        if (tum_uni_is_space(c)) {
            gap = true;
        } else {
            if (gap && a.len > 0)
                tum_buf_addc(&a, ' ');
            gap = false;
            tum_buf_add(&a, plain.s + i, n);
        }
        i += n;
    }
    tum_html_unescape(out, tum_buf_str(&a));
    tum_buf_release(&a);
    tum_buf_release(&b);
}

/* ---- URLs ---- */

void tum_url_quote(struct tum_buf *out, struct tum_str text, bool query)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.s[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == '~' ||
            (c == '/' && !query)) {
            tum_buf_addc(out, (char)c);
        } else if (c == ' ' && query) {
            tum_buf_addc(out, '+');
        } else {
            tum_buf_addc(out, '%');
            tum_buf_addc(out, hex[c >> 4]);
            tum_buf_addc(out, hex[c & 15]);
        }
    }
}

/* Characters of a label of a host name; false when another one is among them. */
static bool label(struct tum_str text, bool percent, size_t *ret_count)
{
    size_t count = 0;

    for (size_t i = 0; i < text.n; count++) {
        uint32_t c;

        i += tum_utf8_decode(text.s + i, text.n - i, &c);
        if (!tum_char_word(c) && !(percent && (c == '%' || c == '-')))
            return false;
    }
    *ret_count = count;
    return true;
}

static bool letters(struct tum_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((text.s[i] | 32) < 'a' || (text.s[i] | 32) > 'z')
            return false;
    return text.n >= 2 && text.n <= 63;
}

static bool starts_nocase(struct tum_str text, const char *prefix)
{
    size_t n = strlen(prefix);

    return text.n >= n && tum_str_is_nocase(tum_str_n(text.s, n), prefix);
}

/* The last label of a name after a scheme or "www.". */
static bool top_level(struct tum_str text)
{
    size_t n;

    if (letters(text))
        return true;
    if (!starts_nocase(text, "xn--"))
        return false;
    text = tum_str_sub(text, 4, text.n);
    for (size_t i = 0; i < text.n; i++)
        if (text.s[i] == '-')
            return false;
    return label(text, true, &n) && n >= 2 && n <= 59;
}

/* `known`: without a scheme, where only some top levels and no short labels count. */
static bool host_name(struct tum_str host, bool known)
{
    static const char *const tops[] = {"com", "net", "int",  "edu",
                                       "gov", "org", "info", "mil"};
    struct tum_str piece, last = {0};
    bool more = true;
    size_t labels = 0;

    while (tum_str_split(&host, &more, '.', &piece)) {
        size_t n;

        if (labels > 0 &&
            (!label(last, true, &n) || n == 0 || (known && (n < 2 || n > 63))))
            return false;
        last = piece;
        labels++;
    }
    if (!known)
        return top_level(last);
    for (size_t i = 0; i < TUM_LEN(tops); i++)
        if (labels > 1 && tum_str_is_nocase(last, tops[i]))
            return true;
    return false;
}

static bool ipv4(struct tum_str host)
{
    struct tum_str piece;
    bool more = true;
    size_t count = 0;

    while (tum_str_split(&host, &more, '.', &piece)) {
        if (piece.n < 1 || piece.n > 3)
            return false;
        for (size_t i = 0; i < piece.n; i++)
            if (piece.s[i] < '0' || piece.s[i] > '9')
                return false;
        count++;
    }
    return count == 4;
}

/* What is between the brackets: up to eight groups of up to four hexadecimal digits. */
static bool ipv6(struct tum_str host)
{
    size_t groups = 0;
    size_t i = 0;

    while (i < host.n) {
        size_t digits = 0;

        while (i < host.n && digits < 4 &&
               ((host.s[i] >= '0' && host.s[i] <= '9') ||
                ((host.s[i] | 32) >= 'a' && (host.s[i] | 32) <= 'f'))) {
            digits++;
            i++;
        }
        if (i < host.n && host.s[i] == ':')
            i++;
        else if (digits == 0 || groups < 2)
            return false;
        groups++;
    }
    return groups >= 2 && groups <= 8;
}

/* A port and what follows a host. */
static bool after_host(struct tum_str rest)
{
    size_t i = 0;

    if (rest.n > 0 && rest.s[0] == ':') {
        for (i = 1; i < rest.n && rest.s[i] >= '0' && rest.s[i] <= '9'; i++)
            ;
        if (i < 2 || i > 6)
            return false;
    }
    return i == rest.n || rest.s[i] == '/' || rest.s[i] == '?' || rest.s[i] == '#';
}

static bool is_url(struct tum_str word)
{
    struct tum_str host, rest;
    bool scheme = false, www = false;
    size_t end = 0;

    if (starts_nocase(word, "http://"))
        word = tum_str_sub(word, 7, word.n), scheme = true;
    else if (starts_nocase(word, "https://"))
        word = tum_str_sub(word, 8, word.n), scheme = true;
    else if (starts_nocase(word, "www."))
        www = true;
    if (scheme && word.n > 0 && word.s[0] == '[') {
        end = tum_str_find_char(word, ']', 0);
        return end != TUM_STR_NONE && ipv6(tum_str_sub(word, 1, end)) &&
               after_host(tum_str_sub(word, end + 1, word.n));
    }
    while (end < word.n && strchr(":/?#", word.s[end]) == NULL)
        end++;
    host = tum_str_sub(word, 0, end);
    rest = tum_str_sub(word, end, word.n);
    if (!after_host(rest))
        return false;
    if (scheme)
        return host_name(host, false) || ipv4(host);
    return (www && host_name(tum_str_sub(host, 4, host.n), false)) ||
           host_name(host, true);
}

static bool is_mail(struct tum_str word)
{
    size_t at = word.n, dot;
    size_t n;

    while (at > 0 && word.s[at - 1] != '@')
        at--;
    if (at < 2)
        return false;
    word = tum_str_sub(word, at, word.n);
    for (dot = word.n; dot > 0 && word.s[dot - 1] != '.'; dot--)
        ;
    if (dot < 2 || word.s[0] == '.' || word.s[0] == '-')
        return false;
    if (!label(tum_str_sub(word, dot, word.n), false, &n) || n == 0)
        return false;
    for (size_t i = 0; i < dot;) {
        uint32_t c;

        i += tum_utf8_decode(word.s + i, word.n - i, &c);
        if (!tum_char_word(c) && c != '.' && c != '-')
            return false;
    }
    return true;
}

bool tum_url_scheme_valid(struct tum_str scheme)
{
    size_t colon = tum_str_find_char(scheme, ':', 0);
    struct tum_str rest;
    size_t count = 0;

    if (colon == TUM_STR_NONE)
        return false;
    for (size_t i = 0; i < colon; count++) {
        uint32_t c;

        i += tum_utf8_decode(scheme.s + i, colon - i, &c);
        if (!tum_char_word(c) && c != '.' && c != '+' && c != '-')
            return false;
    }
    rest = tum_str_sub(scheme, colon + 1, scheme.n);
    if (tum_str_ends(rest, "\n"))
        rest.n--;
    return count >= 2 &&
           (rest.n == 0 || tum_str_is(rest, "/") || tum_str_is(rest, "//"));
}

static size_t lead_length(struct tum_str word)
{
    size_t i = 0;

    for (;;) {
        if (i < word.n && (word.s[i] == '(' || word.s[i] == '<'))
            i++;
        else if (tum_str_starts(tum_str_sub(word, i, word.n), "&lt;"))
            i += 4;
        else
            return i;
    }
}

static size_t tail_start(struct tum_str word)
{
    size_t end = word.n;

    for (;;) {
        if (end > 0 && strchr(")>.,\n", word.s[end - 1]) != NULL &&
            word.s[end - 1] != '\0')
            end--;
        else if (tum_str_ends(tum_str_sub(word, 0, end), "&gt;"))
            end -= 4;
        else
            return end;
    }
}

static size_t occurrences(struct tum_str text, const char *what)
{
    struct tum_str find = tum_str_of(what);
    size_t count = 0;

    for (size_t at = 0; (at = tum_str_find(text, find, at)) != TUM_STR_NONE;
         at += find.n)
        count++;
    return count;
}

/* Moves closings from the tail to the middle while that has more openings. */
static size_t balance(struct tum_str word, size_t middle)
{
    static const char *const pairs[][2] = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};

    for (size_t i = 0; i < TUM_LEN(pairs); i++) {
        struct tum_str text = tum_str_sub(word, 0, middle);
        struct tum_str close = tum_str_of(pairs[i][1]);
        size_t opened = occurrences(text, pairs[i][0]);

        if (opened <= occurrences(text, pairs[i][1]))
            continue;
        for (size_t moved = 0; moved < opened; moved++) {
            size_t at = tum_str_find(word, close, middle);

            if (at == TUM_STR_NONE)
                break;
            middle = at + close.n;
        }
    }
    return middle;
}

static void add_trimmed(struct tum_buf *out, struct tum_str text, int64_t limit)
{
    size_t count = tum_utf8_count(text);
    size_t keep;

    if (limit == INT64_MAX || (limit >= 0 && count <= (size_t)limit)) {
        tum_buf_addt(out, text);
        return;
    }
    keep = limit >= 0                ? (size_t)limit
           : limit < -(int64_t)count ? 0
                                     : (size_t)((int64_t)count + limit);
    tum_buf_add(out, text.s, tum_utf8_offset(text, keep));
    tum_buf_adds(out, "...");
}

static void add_attribute(struct tum_buf *out, const char *name, struct tum_str value)
{
    if (value.n == 0)
        return;
    tum_buf_addf(out, " %s=\"", name);
    tum_html_escape(out, value);
    tum_buf_addc(out, '"');
}

static void add_link(struct tum_buf *out, const char *prefix, struct tum_str url,
                     int64_t limit, const struct tum_urlize_opts *opts)
{
    tum_buf_addf(out, "<a href=\"%s", prefix);
    tum_buf_addt(out, url);
    tum_buf_addc(out, '"');
    add_attribute(out, "rel", opts->rel);
    add_attribute(out, "target", opts->target);
    tum_buf_addc(out, '>');
    add_trimmed(out, url, limit);
    tum_buf_adds(out, "</a>");
}

static void add_mail(struct tum_buf *out, struct tum_str address)
{
    tum_buf_adds(out, "<a href=\"mailto:");
    tum_buf_addt(out, address);
    tum_buf_adds(out, "\">");
    tum_buf_addt(out, address);
    tum_buf_adds(out, "</a>");
}

static void add_middle(struct tum_buf *out, struct tum_str word,
                       const struct tum_urlize_opts *opts)
{
    struct tum_str address = tum_str_sub(word, 7, word.n);

    if (is_url(word)) {
        bool full = tum_str_starts(word, "https://") || tum_str_starts(word, "http://");

        add_link(out, full ? "" : "https://", word, opts->limit, opts);
        return;
    }
    if (tum_str_starts(word, "mailto:") && is_mail(address)) {
        add_mail(out, address);
        return;
    }
    if (!tum_str_starts(word, "www.") &&
        tum_str_find_char(word, ':', 0) == TUM_STR_NONE && is_mail(word)) {
        add_mail(out, word);
        return;
    }
    for (size_t i = 0; i < opts->scheme_count; i++) {
        struct tum_str scheme = opts->schemes[i];

        if (word.n > scheme.n && memcmp(word.s, scheme.s, scheme.n) == 0) {
            add_link(out, "", word, INT64_MAX, opts);
            return;
        }
    }
    tum_buf_addt(out, word);
}

static void add_word(struct tum_buf *out, struct tum_str word,
                     const struct tum_urlize_opts *opts)
{
    size_t lead = lead_length(word);
    size_t middle;

    tum_buf_add(out, word.s, lead);
    word = tum_str_sub(word, lead, word.n);
    middle = balance(word, tail_start(word));
    add_middle(out, tum_str_sub(word, 0, middle), opts);
    tum_buf_add(out, word.s + middle, word.n - middle);
}

void tum_html_urlize(struct tum_buf *out, struct tum_str text,
                     const struct tum_urlize_opts *opts)
{
    size_t from = 0;
    bool in_space = false;

    for (size_t i = 0; i <= text.n;) {
        uint32_t c = ' ';
        size_t n = 1;

        if (i < text.n)
            n = tum_utf8_decode(text.s + i, text.n - i, &c);
        if (i == text.n || tum_uni_is_space(c) != in_space) {
            struct tum_str piece = tum_str_sub(text, from, i);

            if (in_space)
                tum_buf_addt(out, piece);
            else
                add_word(out, piece, opts);
            from = i;
            in_space = !in_space;
        }
        i += n;
    }
}
