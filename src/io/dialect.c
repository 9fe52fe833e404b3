/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over a Python pattern that writes two PCRE2 patterns. What PCRE2 checks itself
 * (nothing to repeat, bad ranges, unknown groups) is left to it; what it would
 * understand otherwise than Python is said here or refused here.
 */
#include "io/dialect.h"

#include "base/utf8.h"
#include "tum/mem.h"

#define EMPTY        "(?:)"
/* PCRE2 lets the alternatives of a look-behind differ in length, but not of a group in it;
   Python lets neither. */
#define BEHIND_INNER "(?:"

enum group_kind { GROUP_PLAIN, GROUP_AHEAD, GROUP_NOT_AHEAD, GROUP_NOT_BEHIND };

struct group {
    enum group_kind kind;
    size_t loose_start; /* of the group in `loose` */
    bool relaxed;       /* something inside was relaxed */
    bool verbose;       /* of the text around it */
    bool behind;        /* opened with BEHIND_INNER */
};

struct walk {
    struct tum_str in;
    size_t at;
    struct tum_dialect *out;
    struct tum_error **err;
    struct group stack[TUM_DIALECT_DEPTH];
    size_t depth;
    unsigned groups; /* capturing ones opened so far */
    unsigned around; /* look-aheads and negations around here */
    bool verbose;    /* white space means nothing */
    bool started;    /* something other than flags was written */
    bool quantified; /* the last thing was a quantifier */
};

/* ---- writing ---- */

static void emit_text(struct walk *w, struct tum_str text)
{
    tum_buf_addt(&w->out->exact, text);
    tum_buf_addt(&w->out->loose, text);
    w->started = true;
}

static void emit(struct walk *w, const char *text)
{
    emit_text(w, tum_str_of(text));
}

static void emit_code(struct walk *w, uint32_t c)
{
    char text[24];
    struct tum_buf out = TUM_BUF_INIT(sizeof(text));

    tum_buf_addf(&out, "\\x{%x}", c);
    emit_text(w, tum_buf_str(&out));
    tum_buf_release(&out);
}

/* `text` in the exact form, nothing in the loose one. */
static void emit_relaxed(struct walk *w, const char *text)
{
    tum_buf_adds(&w->out->exact, text);
    tum_buf_adds(&w->out->loose, EMPTY);
    w->out->differs = true;
    w->started = true;
    for (size_t i = 0; i < w->depth; i++)
        w->stack[i].relaxed = true;
}

/* ---- reading ---- */

static bool more(const struct walk *w)
{
    return w->at < w->in.n;
}

static char peek(const struct walk *w)
{
    return w->at < w->in.n ? w->in.s[w->at] : '\0';
}

static bool accept(struct walk *w, char c)
{
    if (!more(w) || w->in.s[w->at] != c)
        return false;
    w->at++;
    return true;
}

static bool bad(struct walk *w, const char *what)
{
    return tum_fail(w->err, TUM_ERROR_SYNTAX, "%s at position %zu", what,
                    tum_utf8_count(tum_str_sub(w->in, 0, w->at)));
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool hex_escape(struct walk *w, size_t digits)
{
    uint32_t c = 0;

    for (size_t i = 0; i < digits; i++) {
        int value = more(w) ? hex_value(peek(w)) : -1;

        if (value < 0)
            return bad(w, "incomplete escape");
        c = c << 4 | (uint32_t)value;
        w->at++;
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return bad(w, "bad escape: no character");
    emit_code(w, c);
    return true;
}

/* One character of whatever length, as itself. */
static void copy_character(struct walk *w)
{
    uint32_t c;
    size_t n = tum_utf8_decode(w->in.s + w->at, w->in.n - w->at, &c);

    emit_text(w, tum_str_n(w->in.s + w->at, n));
    w->at += n;
}

/* ---- escapes ---- */

/* Those that mean one character, in and outside of a class. */
static bool simple_escape(struct walk *w, char c, bool *ret_done)
{
    static const char letters[] = "afnrtv", codes[] = "\a\f\n\r\t\v";
    const char *found = c != '\0' ? strchr(letters, c) : NULL;

    *ret_done = true;
    if (found != NULL) {
        w->at++;
        emit_code(w, (unsigned char)codes[found - letters]);
        return true;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        w->at++;
        return hex_escape(w, c == 'x' ? 2 : c == 'u' ? 4 : 8);
    }
    *ret_done = false;
    return true;
}

static bool class_shorthand(struct walk *w, char c, bool in_class)
{
    char text[3] = {'\\', c, '\0'};

    w->at++;
    /* Python's blanks include the four separators of ASCII. */
    if (c == 's' && !w->out->ascii)
        emit(w, in_class ? "\\s\\x1c-\\x1f" : "[\\s\\x1c-\\x1f]");
    else if (c == 'S' && !w->out->ascii && !in_class)
        emit(w, "[^\\s\\x1c-\\x1f]");
    else
        emit(w, text);
    return true;
}

/* Octal digits from here, `most` of them. */
static uint32_t octal(struct walk *w, size_t most)
{
    uint32_t c = 0;

    for (size_t i = 0; i < most && more(w) && is_octal(peek(w)); i++)
        c = c * 8 + (uint32_t)(w->in.s[w->at++] - '0');
    return c;
}

static bool number_escape(struct walk *w)
{
    const char *s = w->in.s + w->at;
    size_t left = w->in.n - w->at;
    char text[32];
    struct tum_buf out = TUM_BUF_INIT(sizeof(text));
    unsigned group;
    uint32_t c;

    if (s[0] == '0') {
        emit_code(w, octal(w, 3));
        return true;
    }
    if (left >= 3 && is_octal(s[0]) && is_octal(s[1]) && is_octal(s[2])) {
        c = octal(w, 3);
        if (c > 0377)
            return bad(w, "octal escape outside of range");
        emit_code(w, c);
        return true;
    }
    group = (unsigned)(s[0] - '0');
    w->at++;
    if (more(w) && is_digit(peek(w)))
        group = group * 10 + (unsigned)(w->in.s[w->at++] - '0');
    if (group > w->groups)
        return bad(w, "invalid group reference");
    tum_buf_addf(&out, "\\g{%u}", group);
    emit_text(w, tum_buf_str(&out));
    tum_buf_release(&out);
    return true;
}

static bool escape(struct walk *w)
{
    bool done;
    char c;

    w->at++;
    if (!more(w))
        return bad(w, "bad escape (end of pattern)");
    c = peek(w);
    if (!simple_escape(w, c, &done))
        return false;
    if (done)
        return true;
    if (is_digit(c))
        return number_escape(w);
    switch (c) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 's':
    case 'S':
        return class_shorthand(w, c, false);
    case 'A':
        w->at++;
        emit(w, "\\A");
        return true;
    case 'Z':
        w->at++;
        emit_relaxed(w, "\\z");
        return true;
    case 'b':
    case 'B':
        w->at++;
        emit_relaxed(w, c == 'b' ? "\\b" : "\\B");
        return true;
    default:
        break;
    }
    if (is_letter(c))
        return bad(w, "bad escape");
    if ((unsigned char)c < 0x80) {
        w->at++;
        emit_code(w, (unsigned char)c);
    } else {
        copy_character(w);
    }
    return true;
}

static bool class_escape(struct walk *w)
{
    bool done;
    char c;

    w->at++;
    if (!more(w))
        return bad(w, "bad escape (end of pattern)");
    c = peek(w);
    if (!simple_escape(w, c, &done))
        return false;
    if (done)
        return true;
    if (is_octal(c)) {
        uint32_t code = octal(w, 3);

        if (code > 0377)
            return bad(w, "octal escape outside of range");
        emit_code(w, code);
        return true;
    }
    if (c == 'b') {
        w->at++;
        emit_code(w, 8);
        return true;
    }
    if (c == 'd' || c == 'D' || c == 'w' || c == 'W' || c == 's' || c == 'S')
        return class_shorthand(w, c, true);
    if (is_letter(c) || is_digit(c))
        return bad(w, "bad escape");
    if ((unsigned char)c < 0x80) {
        w->at++;
        emit_code(w, (unsigned char)c);
    } else {
        copy_character(w);
    }
    return true;
}

static bool class(struct walk *w)
{
    size_t opened = w->at;
    bool first = true;

    w->at++;
    emit(w, "[");
    if (accept(w, '^'))
        emit(w, "^");
    for (; more(w); first = false) {
        char c = peek(w);

        if (c == ']' && !first) {
            w->at++;
            emit(w, "]");
            return true;
        }
        if (c == '\\') {
            if (!class_escape(w))
                return false;
        } else if (c == '[' || c == ']') {
            /* Not the start of a POSIX class, which Python does not know. */
            w->at++;
            emit(w, c == '[' ? "\\[" : "\\]");
        } else {
            copy_character(w);
        }
    }
    w->at = opened;
    return bad(w, "unterminated character set");
}

/* ---- quantifiers ---- */

/* Digits from here; none: `*ret` untouched. */
static void digits(struct walk *w, struct tum_str *ret)
{
    size_t start = w->at;

    while (more(w) && is_digit(peek(w)))
        w->at++;
    *ret = tum_str_sub(w->in, start, w->at);
}

/* After a quantifier: lazy, possessive. */
static void quantifier_tail(struct walk *w)
{
    if (accept(w, '?')) {
        emit(w, "?");
    } else if (accept(w, '+')) {
        emit(w, "+");
        w->out->hard = true;
    }
    w->quantified = true;
}

static bool braces(struct walk *w)
{
    size_t start = w->at;
    struct tum_str low, high;
    bool comma;

    w->at++;
    digits(w, &low);
    comma = accept(w, ',');
    high = low;
    if (comma)
        digits(w, &high);
    if (!accept(w, '}') || (low.n == 0 && !comma)) {
        w->at = start + 1;
        emit(w, "\\{");
        w->quantified = false;
        return true;
    }
    if (w->quantified)
        return bad(w, "multiple repeat");
    emit(w, "{");
    emit_text(w, low.n > 0 ? low : TUM_S("0"));
    if (comma) {
        emit(w, ",");
        emit_text(w, high);
    }
    emit(w, "}");
    quantifier_tail(w);
    return true;
}

static bool quantifier(struct walk *w, char c)
{
    char text[2] = {c, '\0'};

    if (!w->started)
        return bad(w, "nothing to repeat");
    if (w->quantified)
        return bad(w, "multiple repeat");
    w->at++;
    emit(w, text);
    quantifier_tail(w);
    return true;
}

/* ---- groups ---- */

static bool push(struct walk *w, enum group_kind kind, const char *opening)
{
    if (w->depth == TUM_DIALECT_DEPTH)
        return tum_fail(w->err, TUM_ERROR_LIMIT, "groups nested deeper than %d",
                        TUM_DIALECT_DEPTH);
    w->stack[w->depth++] = (struct group){
        .kind = kind, .loose_start = w->out->loose.len, .verbose = w->verbose};
    if (kind != GROUP_PLAIN)
        w->around++;
    if (kind == GROUP_AHEAD)
        w->out->looks_ahead = true;
    emit(w, opening);
    return true;
}

static bool pop(struct walk *w)
{
    struct group *group;
    bool drop;

    if (w->depth == 0)
        return bad(w, "unbalanced parenthesis");
    w->at++;
    group = &w->stack[--w->depth];
    emit(w, group->behind ? "))" : ")");
    w->verbose = group->verbose;
    if (group->kind != GROUP_PLAIN)
        w->around--;
    /* Less inside a negation would be more outside. */
    drop = group->kind == GROUP_NOT_AHEAD ||
           (group->kind == GROUP_NOT_BEHIND && group->relaxed);
    if (drop) {
        tum_buf_truncate(&w->out->loose, group->loose_start);
        tum_buf_adds(&w->out->loose, EMPTY);
        w->out->differs = true;
        for (size_t i = 0; i < w->depth; i++)
            w->stack[i].relaxed = true;
    }
    return true;
}

static bool push_behind(struct walk *w, enum group_kind kind, const char *opening)
{
    if (!push(w, kind, opening))
        return false;
    w->stack[w->depth - 1].behind = true;
    emit(w, BEHIND_INNER);
    return true;
}

/* A group's name up to `end`, which is consumed. */
static bool name(struct walk *w, char end, struct tum_str *ret)
{
    size_t start = w->at;

    while (more(w) && peek(w) != end)
        w->at++;
    *ret = tum_str_sub(w->in, start, w->at);
    if (!accept(w, end))
        return bad(w, "missing terminator of a group name");
    if (ret->n == 0)
        return bad(w, "missing group name");
    for (size_t i = 0; i < ret->n; i++) {
        char c = ret->s[i];

        if (!(is_letter(c) || c == '_' || (unsigned char)c >= 0x80 ||
              (is_digit(c) && i > 0)))
            return bad(w, "bad character in group name");
    }
    return true;
}

static bool capture(struct walk *w)
{
    w->groups++;
    /* What a look-ahead captured stays, whatever comes after; and a group that is left
       out of the loose form would shift the numbers of the others. */
    if (w->around > 0)
        w->out->hard = true;
    return true;
}

static bool named_group(struct walk *w)
{
    struct tum_str word;

    if (accept(w, '<')) {
        if (!name(w, '>', &word) || !capture(w) || !push(w, GROUP_PLAIN, "(?P<"))
            return false;
        emit_text(w, word);
        emit(w, ">");
        return true;
    }
    if (accept(w, '=')) {
        if (!name(w, ')', &word))
            return false;
        emit(w, "(?P=");
        emit_text(w, word);
        emit(w, ")");
        return true;
    }
    return bad(w, "unknown extension ?P");
}

static bool conditional(struct walk *w)
{
    size_t start = w->at;
    struct tum_str word;

    if (is_digit(peek(w))) {
        digits(w, &word);
        if (!accept(w, ')'))
            return bad(w, "bad condition of a group");
        if (!push(w, GROUP_PLAIN, "(?("))
            return false;
        emit_text(w, word);
        emit(w, ")");
        return true;
    }
    w->at = start;
    if (!name(w, ')', &word) || !push(w, GROUP_PLAIN, "(?(<"))
        return false;
    emit_text(w, word);
    emit(w, ">)");
    return true;
}

static bool flags(struct walk *w)
{
    char kept[16] = "(?";
    size_t n = 2;
    bool minus = false, verbose = w->verbose;

    for (; more(w) && peek(w) != ')' && peek(w) != ':'; w->at++) {
        char c = peek(w);

        if (n + 3 > sizeof(kept))
            return bad(w, "too many flags");
        switch (c) {
        case 'i':
        case 'm':
        case 's':
            kept[n++] = c;
            break;
        case 'x':
            verbose = !minus;
            break;
        case 'a':
        case 'u':
            if (minus)
                return bad(w, "flags 'a', 'u' and 'L' cannot be turned off");
            w->out->ascii = c == 'a';
            break;
        case '-':
            if (minus)
                return bad(w, "unknown flag");
            minus = true;
            kept[n++] = c;
            break;
        case 'L':
            return bad(w, "cannot use LOCALE flag with a text pattern");
        default:
            return bad(w, "unknown extension or flag");
        }
    }
    if (accept(w, ':')) {
        kept[n++] = ':';
        if (!push(w, GROUP_PLAIN, kept))
            return false;
        w->verbose = verbose;
        return true;
    }
    if (!accept(w, ')'))
        return bad(w, "missing ), unterminated flags");
    if (minus)
        return bad(w, "flags that are turned off need a group");
    if (w->started || w->depth > 0)
        return bad(w, "global flags not at the start of the expression");
    w->verbose = verbose;
    if (n > 2) {
        kept[n++] = ')';
        emit(w, kept);
        w->started = false;
    }
    return true;
}

static bool comment(struct walk *w)
{
    while (more(w) && peek(w) != ')')
        w->at++;
    return accept(w, ')') || bad(w, "missing ), unterminated comment");
}

static bool extension(struct walk *w)
{
    char c = peek(w);

    switch (c) {
    case 'P':
        w->at++;
        return named_group(w);
    case ':':
        w->at++;
        return push(w, GROUP_PLAIN, "(?:");
    case '#':
        return comment(w);
    case '=':
        w->at++;
        return push(w, GROUP_AHEAD, "(?=");
    case '!':
        w->at++;
        return push(w, GROUP_NOT_AHEAD, "(?!");
    case '>':
        w->at++;
        w->out->hard = true;
        return push(w, GROUP_PLAIN, "(?>");
    case '(':
        w->at++;
        return conditional(w);
    case '<':
        w->at++;
        if (accept(w, '='))
            return push_behind(w, GROUP_PLAIN, "(?<=");
        if (accept(w, '!'))
            return push_behind(w, GROUP_NOT_BEHIND, "(?<!");
        return bad(w, "unknown extension ?<");
    default:
        return flags(w);
    }
}

static bool open_group(struct walk *w)
{
    w->at++;
    if (accept(w, '?'))
        return extension(w);
    if (peek(w) == '*' && more(w))
        return bad(w, "nothing to repeat");
    return capture(w) && push(w, GROUP_PLAIN, "(");
}

/* ---- the walk ---- */

static bool skip_verbose(struct walk *w)
{
    char c = peek(w);

    if (c == '#') {
        while (more(w) && peek(w) != '\n')
            w->at++;
        return true;
    }
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
        w->at++;
        return true;
    }
    return false;
}

static bool step(struct walk *w)
{
    char c = peek(w);

    if (w->verbose && skip_verbose(w))
        return true;
    switch (c) {
    case '*':
    case '+':
    case '?':
        return quantifier(w, c);
    case '{':
        return braces(w);
    default:
        break;
    }
    w->quantified = false;
    switch (c) {
    case '\\':
        return escape(w);
    case '[':
        return class(w);
    case '(':
        return open_group(w);
    case ')':
        return pop(w);
    case '$':
        w->at++;
        emit_relaxed(w, "$");
        return true;
    default:
        copy_character(w);
        return true;
    }
}

bool tum_dialect_translate(struct tum_str pattern, struct tum_dialect *ret,
                           struct tum_error **err)
{
    struct tum_dialect dialect = {.exact = TUM_BUF_INIT(TUM_BUF_ANY),
                                  .loose = TUM_BUF_INIT(TUM_BUF_ANY)};
    struct walk *w = tum_new(struct walk);
    bool ok = true;

    w->in = pattern;
    w->out = &dialect;
    w->err = err;
    while (ok && more(w))
        ok = step(w);
    if (ok && w->depth > 0)
        ok = bad(w, "missing ), unterminated subpattern");
    tum_free(w);
    if (!ok) {
        tum_dialect_release(&dialect);
        return false;
    }
    *ret = dialect;
    return true;
}

size_t tum_dialect_source(struct tum_str pattern, size_t exact)
{
    struct tum_dialect dialect = {.exact = TUM_BUF_INIT(TUM_BUF_ANY),
                                  .loose = TUM_BUF_INIT(TUM_BUF_ANY)};
    struct walk *w = tum_new(struct walk);
    struct tum_error *err = NULL;
    size_t at = 0;

    w->in = pattern;
    w->out = &dialect;
    w->err = &err;
    while (more(w) && step(w) && dialect.exact.len <= exact)
        at = w->at;
    tum_error_free(err);
    tum_free(w);
    tum_dialect_release(&dialect);
    return at;
}

void tum_dialect_release(struct tum_dialect *dialect)
{
    tum_buf_release(&dialect->exact);
    tum_buf_release(&dialect->loose);
}
