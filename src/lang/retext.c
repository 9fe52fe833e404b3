/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python's patterns to PCRE2's. The pattern is parsed whole: what is the same is written
 * out for PCRE2 without doubt (literals as \x{…}), what differs is refused.
 */
#include "lang/retext.h"
#include "base/utf8.h"
#include "lang/regex.h"
#include "tum/mem.h"

/* Most repetitions that PCRE2 counts. */
#define REPEAT_LIMIT 65535
#define NO_LIMIT     SIZE_MAX

/* ---- translation ---- */

struct translator {
    struct tum_str text;
    size_t at;
    struct tum_retext *re;
    unsigned flags;
    size_t names_cap;
    unsigned nest;
    bool beyond_ascii; /* a literal is not ASCII */
    bool *open;        /* groups that are not closed yet */
    size_t open_cap;
};

/* What a piece of pattern can match, in characters. */
struct width {
    size_t min, max;
    bool position; /* ^ $ \b …: cannot be repeated */
    bool captures; /* has groups that capture */
};

static struct width parse_alternatives(struct translator *t);

static struct width refuse(struct translator *t, const char *why)
{
    if (t->re->why == NULL)
        t->re->why = why;
    t->at = t->text.n; /* ends all loops */
    return (struct width){.min = 0};
}

static char peek(const struct translator *t)
{
    return t->at < t->text.n ? t->text.s[t->at] : '\0';
}

static bool more(const struct translator *t)
{
    return t->at < t->text.n;
}

static bool accept(struct translator *t, const char *word)
{
    if (!tum_str_starts(tum_str_n(t->text.s + t->at, t->text.n - t->at), word))
        return false;
    t->at += strlen(word);
    return true;
}

static size_t add_widths(size_t a, size_t b)
{
    size_t sum;

    return a == NO_LIMIT || b == NO_LIMIT || __builtin_add_overflow(a, b, &sum)
               ? NO_LIMIT
               : sum;
}

static size_t times(size_t a, size_t n)
{
    size_t product;

    if (a == 0 || n == 0)
        return 0;
    return a == NO_LIMIT || n == NO_LIMIT || __builtin_mul_overflow(a, n, &product)
               ? NO_LIMIT
               : product;
}

static const struct width one = {.min = 1, .max = 1};

/* ---- literals and escapes ---- */

static uint32_t take_char(struct translator *t)
{
    uint32_t c;

    t->at += tum_utf8_decode(t->text.s + t->at, t->text.n - t->at, &c);
    return c;
}

static void write_literal(struct translator *t, uint32_t c)
{
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                 (c >= 'A' && c <= 'Z') || c == '_';

    if (c >= 0x80)
        t->beyond_ascii = true;
    if (c >= 0xD800 && c <= 0xDFFF)
        refuse(t, "a surrogate");
    if (plain || c >= 0x80)
        tum_utf8_add(&t->re->out, c);
    else
        tum_buf_addf(&t->re->out, "\\x{%x}", c);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(struct translator *t, size_t n, uint32_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < n; i++) {
        int value = more(t) ? hex_value(peek(t)) : -1;

        if (value < 0)
            return false;
        *ret = *ret << 4 | (uint32_t)value;
        t->at++;
    }
    return *ret <= 0x10FFFF;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* From behind a backslash: a character, if that is what it means. */
static bool take_escaped(struct translator *t, uint32_t *ret)
{
    static const char plain[] = "a\ab\bf\fn\nr\rt\tv\v\\\\";
    char c = peek(t);
    size_t start = t->at;

    if (!more(t))
        return false;
    for (size_t i = 0; i + 1 < sizeof(plain); i += 2) {
        if (plain[i] == c) {
            t->at++;
            *ret = (unsigned char)plain[i + 1];
            return true;
        }
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        t->at++;
        if (take_hex(t, c == 'x' ? 2 : c == 'u' ? 4 : 8, ret))
            return true;
        t->at = start;
        return false;
    }
    if (c == '0') {
        *ret = 0;
        for (int i = 0; i < 3 && is_octal(peek(t)); i++)
            *ret = *ret * 8 + (uint32_t)(t->text.s[t->at++] - '0');
        return true;
    }
    if ((c >= '1' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return false;
    *ret = take_char(t);
    return true;
}

/* ---- classes ---- */

static bool is_class_letter(char c)
{
    return c == 'd' || c == 'D' || c == 's' || c == 'S' || c == 'w' || c == 'W';
}

/* What \s is to Python; PCRE2 has another opinion about six characters. */
#define SPACES                                                                         \
    "\\t-\\r\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{"    \
    "2029}"                                                                            \
    "\\x{202f}\\x{205f}\\x{3000}"

/* Outside a set. */
static void write_class(struct translator *t, char letter)
{
    bool ascii = (t->flags & TUM_RE_ASCII) != 0;

    if (letter == 's' && !ascii)
        tum_buf_adds(&t->re->out, "[" SPACES "]");
    else if (letter == 'S' && !ascii)
        tum_buf_adds(&t->re->out, "[^" SPACES "]");
    else
        tum_buf_addf(&t->re->out, "\\%c", letter);
}

/* Spaces and others inside a set. */
struct set_classes {
    bool spaces, others;
};

static void write_class_in_set(struct translator *t, char letter,
                               struct set_classes *seen)
{
    bool ascii = (t->flags & TUM_RE_ASCII) != 0;

    seen->spaces = seen->spaces || letter == 's';
    seen->others = seen->others || letter == 'S';
    if (letter == 's' && !ascii)
        tum_buf_adds(&t->re->out, SPACES);
    else
        tum_buf_addf(&t->re->out, "\\%c", letter);
}

/* A complement cannot be listed inside a set: PCRE2's \S must do, where the two agree. */
static void end_set(struct translator *t, const struct set_classes *seen)
{
    if (seen->others && seen->spaces)
        tum_buf_adds(&t->re->out, "\\s"); /* everything */
    else if (seen->others && (t->flags & TUM_RE_ASCII) == 0)
        t->re->no_odd_spaces = true;
    tum_buf_addc(&t->re->out, ']');
}

/* One end of a range, or a class letter. False: neither (refused). */
static bool set_item(struct translator *t, uint32_t *ret, char *ret_letter)
{
    *ret_letter = '\0';
    if (peek(t) != '\\') {
        *ret = take_char(t);
        return true;
    }
    t->at++;
    if (is_class_letter(peek(t))) {
        *ret_letter = t->text.s[t->at++];
        return true;
    }
    if (take_escaped(t, ret))
        return true;
    refuse(t, "an escape in a set");
    return false;
}

/* From behind the `[`. */
static struct width parse_set(struct translator *t)
{
    bool negated = accept(t, "^"), first = true;
    struct set_classes seen = {.spaces = false};

    tum_buf_adds(&t->re->out, negated ? "[^" : "[");
    for (;; first = false) {
        uint32_t low, high;
        char letter;

        if (!more(t))
            return refuse(t, "an unterminated set");
        if (peek(t) == ']' && !first)
            break;
        if (!set_item(t, &low, &letter))
            return one;
        if (letter != '\0') {
            if (peek(t) == '-' && t->at + 1 < t->text.n && t->text.s[t->at + 1] != ']')
                return refuse(t, "a range with a class");
            write_class_in_set(t, letter, &seen);
            continue;
        }
        write_literal(t, low);
        if (peek(t) != '-' || t->at + 1 >= t->text.n || t->text.s[t->at + 1] == ']')
            continue;
        t->at++;
        if (!set_item(t, &high, &letter))
            return one;
        if (letter != '\0' || high < low)
            return refuse(t, "a bad range");
        tum_buf_addc(&t->re->out, '-');
        write_literal(t, high);
    }
    t->at++;
    end_set(t, &seen);
    return one;
}

/* ---- groups ---- */

static size_t new_group(struct translator *t, struct tum_str name)
{
    struct tum_retext *re = t->re;

    if (name.n > 0 && tum_retext_group(re, name) != 0)
        refuse(t, "a group name twice");
    tum_grow(&re->names, &t->names_cap, re->groups + 1);
    re->names[re->groups] =
        (struct tum_str){name.n > 0 ? tum_strndup(name.s, name.n) : NULL, name.n};
    tum_grow(&t->open, &t->open_cap, re->groups + 1);
    t->open[re->groups] = true;
    return ++re->groups;
}

static struct width reference(struct translator *t, size_t group)
{
    if (group == 0 || group > t->re->groups || t->open[group - 1])
        return refuse(t, "a reference to no group");
    tum_buf_addf(&t->re->out, "\\g{%zu}", group);
    return (struct width){.min = 0, .max = NO_LIMIT};
}

/* Up to `end`, which is passed. Only names of ASCII. */
static bool take_name(struct translator *t, char end, struct tum_str *ret)
{
    size_t start = t->at;

    while (more(t) && peek(t) != end) {
        char c = peek(t);

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
              (c >= '0' && c <= '9' && t->at > start)))
            return false;
        t->at++;
    }
    *ret = tum_str_sub(t->text, start, t->at);
    return ret->n > 0 && accept(t, (char[]){end, '\0'});
}

static struct width group_body(struct translator *t)
{
    struct width w;
    unsigned flags = t->flags;

    if (t->nest++ >= TUM_REGEX_NEST_LIMIT)
        return refuse(t, "groups inside each other");
    w = parse_alternatives(t);
    t->nest--;
    t->flags = flags;
    if (!accept(t, ")"))
        return refuse(t, "an unterminated group");
    tum_buf_addc(&t->re->out, ')');
    w.position = false;
    return w;
}

static struct width capture(struct translator *t, struct tum_str name)
{
    size_t group = new_group(t, name);
    struct width w;

    tum_buf_addc(&t->re->out, '(');
    w = group_body(t);
    t->open[group - 1] = false;
    w.captures = true;
    return w;
}

static struct width look(struct translator *t, const char *start, bool behind)
{
    struct width w;

    tum_buf_adds(&t->re->out, start);
    w = group_body(t);
    if (behind && w.min != w.max)
        return refuse(t, "a look-behind without fixed width");
    w.min = w.max = 0;
    return w;
}

static unsigned flag_of(char c)
{
    switch (c) {
    case 'i':
        return TUM_RE_IGNORECASE;
    case 'm':
        return TUM_RE_MULTILINE;
    case 's':
        return TUM_RE_DOTALL;
    case 'x':
        return TUM_RE_VERBOSE;
    default:
        return 0;
    }
}

/* `(?i-s:…)`, from behind the question mark. */
static struct width scoped_flags(struct translator *t)
{
    unsigned on = 0, off = 0;
    bool minus = false;

    for (; more(t) && peek(t) != ':'; t->at++) {
        unsigned flag = flag_of(peek(t));

        if (peek(t) == '-' && !minus)
            minus = true;
        else if (flag == 0 || ((on | off) & flag) != 0)
            return refuse(t, "flags of a group");
        else if (minus)
            off |= flag;
        else
            on |= flag;
    }
    if (!accept(t, ":") || (minus && off == 0))
        return refuse(t, "flags of a group");
    tum_buf_adds(&t->re->out, "(?");
    for (const char *c = "ims"; *c != '\0'; c++) {
        if ((on & flag_of(*c)) != 0)
            tum_buf_addc(&t->re->out, *c);
    }
    tum_buf_addc(&t->re->out, '-');
    for (const char *c = "ims"; *c != '\0'; c++) {
        if ((off & flag_of(*c)) != 0)
            tum_buf_addc(&t->re->out, *c);
    }
    tum_buf_addc(&t->re->out, ':');
    if ((on & TUM_RE_IGNORECASE) != 0)
        t->re->ignore_case = true;

    unsigned outer = t->flags;
    struct width w;

    t->flags = (t->flags | on) & ~off;
    w = group_body(t);
    t->flags = outer;
    return w;
}

/* From behind the `(`. */
static struct width parse_group(struct translator *t)
{
    struct tum_str name;

    if (!accept(t, "?"))
        return capture(t, TUM_S(""));
    if (accept(t, ":")) {
        tum_buf_adds(&t->re->out, "(?:");
        return group_body(t);
    }
    if (accept(t, "="))
        return look(t, "(?=", false);
    if (accept(t, "!"))
        return look(t, "(?!", false);
    if (accept(t, "<="))
        return look(t, "(?<=", true);
    if (accept(t, "<!"))
        return look(t, "(?<!", true);
    if (accept(t, "P<")) {
        if (!take_name(t, '>', &name))
            return refuse(t, "a group name");
        return capture(t, name);
    }
    if (accept(t, "P=")) {
        if (!take_name(t, ')', &name))
            return refuse(t, "a group name");
        return reference(t, tum_retext_group(t->re, name));
    }
    if (accept(t, "#")) {
        while (more(t) && peek(t) != ')')
            t->at++;
        if (!accept(t, ")"))
            return refuse(t, "an unterminated comment");
        return (struct width){.min = 0, .position = true};
    }
    return scoped_flags(t);
}

/* ---- items ---- */

static struct width position(struct translator *t, const char *as)
{
    tum_buf_adds(&t->re->out, as);
    return (struct width){.min = 0, .position = true};
}

static struct width parse_escape(struct translator *t)
{
    char c = peek(t);
    uint32_t code;

    switch (c) {
    case 'A':
        t->at++;
        return position(t, "\\A");
    case 'Z':
        t->at++;
        return position(t, "\\z");
    case 'b':
        t->at++;
        return position(t, "\\b");
    case 'B':
        t->at++;
        t->re->no_empty = true; /* there Python finds none */
        return position(t, "\\B");
    default:
        break;
    }
    if (is_class_letter(c)) {
        t->at++;
        write_class(t, c);
        return one;
    }
    if (c >= '1' && c <= '9') {
        size_t group = (size_t)(c - '0');

        t->at++;
        if (peek(t) >= '0' && peek(t) <= '9') {
            if (is_octal(c) && is_octal(peek(t)) && t->at + 1 < t->text.n &&
                is_octal(t->text.s[t->at + 1]))
                return refuse(t, "an octal number");
            group = group * 10 + (size_t)(t->text.s[t->at++] - '0');
        }
        return reference(t, group);
    }
    if (!take_escaped(t, &code))
        return refuse(t, "an escape");
    write_literal(t, code);
    return one;
}

static bool take_number(struct translator *t, size_t *ret)
{
    size_t start = t->at, n = 0;

    while (peek(t) >= '0' && peek(t) <= '9') {
        n = TUM_MIN(n * 10 + (size_t)(peek(t) - '0'), (size_t)REPEAT_LIMIT + 1);
        t->at++;
    }
    *ret = n;
    return t->at > start;
}

/* A repetition at the current place; false: there is none. */
static bool take_repeat(struct translator *t, size_t *ret_min, size_t *ret_max)
{
    size_t start = t->at;
    bool comma;

    *ret_min = 0;
    *ret_max = NO_LIMIT;
    if (accept(t, "*"))
        return true;
    if (accept(t, "+")) {
        *ret_min = 1;
        return true;
    }
    if (accept(t, "?")) {
        *ret_max = 1;
        return true;
    }
    if (!accept(t, "{"))
        return false;
    comma = false;
    if (!take_number(t, ret_min))
        *ret_min = 0;
    if (accept(t, ",")) {
        comma = true;
        if (!take_number(t, ret_max))
            *ret_max = NO_LIMIT;
    } else {
        *ret_max = *ret_min;
    }
    /* `{}` is no repetition, `{,}` is one. */
    if (peek(t) == '}' && (comma || t->at > start + 1)) {
        t->at++;
        return true;
    }
    t->at = start; /* a brace like any other character */
    return false;
}

static struct width parse_atom(struct translator *t)
{
    size_t min, max;

    switch (peek(t)) {
    case '^':
        t->at++;
        return position(t, "^");
    case '$':
        t->at++;
        return position(t, "$");
    case '.':
        t->at++;
        tum_buf_addc(&t->re->out, '.');
        return one;
    case '[':
        t->at++;
        return parse_set(t);
    case '(':
        t->at++;
        return parse_group(t);
    case '\\':
        t->at++;
        return parse_escape(t);
    default:
        break;
    }
    if (take_repeat(t, &min, &max))
        return refuse(t, "nothing to repeat");
    write_literal(t, take_char(t));
    return one;
}

static void skip_verbose(struct translator *t)
{
    if ((t->flags & TUM_RE_VERBOSE) == 0)
        return;
    while (more(t)) {
        if (memchr(" \t\n\r\v\f", peek(t), 6) != NULL) {
            t->at++;
        } else if (peek(t) == '#') {
            while (more(t) && peek(t) != '\n')
                t->at++;
        } else {
            break;
        }
    }
}

/* The item was written; what is repeated of it follows. */
static struct width repeated(struct translator *t, struct width w)
{
    size_t min, max, start;

    skip_verbose(t);
    if (!take_repeat(t, &min, &max))
        return w;
    if (w.position)
        return refuse(t, "nothing to repeat");
    if (min > REPEAT_LIMIT || (max != NO_LIMIT && max > REPEAT_LIMIT) || max < min)
        return refuse(t, "a repetition");
    /* How an empty turn ends a loop, and what it leaves in groups, differs. */
    if (w.min == 0 && max > 1 && w.captures)
        return refuse(t, "a repetition of what may be empty");
    if (max == NO_LIMIT)
        tum_buf_addf(&t->re->out, "{%zu,}", min);
    else
        tum_buf_addf(&t->re->out, "{%zu,%zu}", min, max);
    if (accept(t, "?"))
        tum_buf_addc(&t->re->out, '?');
    else if (peek(t) == '+')
        return refuse(t, "a possessive repetition");
    skip_verbose(t);
    start = t->at;
    if (peek(t) == '*' || peek(t) == '+' || peek(t) == '?' ||
        (peek(t) == '{' && take_repeat(t, &min, &max)))
        return refuse(t, "a repetition of a repetition");
    t->at = start;
    w.min = times(w.min, min);
    w.max = times(w.max, max);
    return w;
}

static struct width parse_sequence(struct translator *t)
{
    struct width all = {.min = 0};

    for (;;) {
        struct width w;

        skip_verbose(t);
        if (!more(t) || peek(t) == '|' || peek(t) == ')')
            return all;
        w = repeated(t, parse_atom(t));
        all.min = add_widths(all.min, w.min);
        all.max = add_widths(all.max, w.max);
        all.captures = all.captures || w.captures;
    }
}

static struct width parse_alternatives(struct translator *t)
{
    struct width all = parse_sequence(t);

    while (accept(t, "|")) {
        struct width w;

        tum_buf_addc(&t->re->out, '|');
        w = parse_sequence(t);
        all.min = TUM_MIN(all.min, w.min);
        all.max = TUM_MAX(all.max, w.max);
        all.captures = all.captures || w.captures;
    }
    return all;
}

/* `(?im)` at the very beginning. */
static void take_global_flags(struct translator *t)
{
    size_t start;

    while (start = t->at, accept(t, "(?")) {
        unsigned flags = 0;

        while (more(t) && peek(t) != ')') {
            unsigned flag = peek(t) == 'a' ? TUM_RE_ASCII : flag_of(peek(t));

            if (peek(t) == 'u')
                flag = TUM_RE_UNICODE;
            if (flag == 0)
                break;
            flags |= flag;
            t->at++;
        }
        if (flags == 0 || !accept(t, ")")) {
            t->at = start;
            return;
        }
        t->flags |= flags;
    }
}

/* ---- whole patterns ---- */

static bool translate(struct translator *t)
{
    take_global_flags(t);
    if ((t->flags & TUM_RE_ASCII) != 0 && (t->flags & TUM_RE_UNICODE) != 0)
        refuse(t, "flags that exclude each other");
    t->re->flags = t->flags;
    if ((t->flags & TUM_RE_ASCII) == 0)
        t->re->flags |= TUM_RE_UNICODE;
    t->re->ignore_case = (t->flags & TUM_RE_IGNORECASE) != 0;
    parse_alternatives(t);
    if (more(t))
        refuse(t, "an unbalanced parenthesis");
    if (t->re->ignore_case && t->beyond_ascii)
        refuse(t, "letters beyond ASCII in any case");
    return t->re->why == NULL;
}

bool tum_retext_init(struct tum_retext *re, struct tum_str pattern, unsigned flags)
{
    struct translator t = {.text = pattern, .re = re, .flags = flags};
    bool ok;

    *re = (struct tum_retext){.out = TUM_BUF_INIT(TUM_REGEX_PATTERN_LIMIT * 16)};
    ok = translate(&t) && !re->out.full;
    tum_free(t.open);
    return ok;
}

void tum_retext_release(struct tum_retext *re)
{
    for (size_t i = 0; i < re->groups; i++) {
        /* Owned, though the struct says borrowed. */
        char *name;

        memcpy(&name, &re->names[i].s, sizeof(name));
        tum_free(name);
    }
    tum_free(re->names);
    tum_buf_release(&re->out);
}

size_t tum_retext_group(const struct tum_retext *re, struct tum_str name)
{
    for (size_t i = 0; i < re->groups; i++) {
        if (re->names[i].s != NULL && tum_str_eq(re->names[i], name))
            return i + 1;
    }
    return 0;
}
