/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens. Finds where they begin and end and complains as Python's tokenizer does; the
 * content of strings and numbers is read by literal.c.
 */
#include "lang/lex.h"
#include "base/unicode.h"
#include "base/utf8.h"

/* ---- words and operators ---- */

static const struct {
    const char *word;
    enum tum_token token;
} python_words[] =
    {
        {"False", TUM_T_FALSE},
        {"None", TUM_T_NONE},
        {"True", TUM_T_TRUE},
        {"and", TUM_T_AND},
        {"as", TUM_T_KEYWORD},
        {"assert", TUM_T_KEYWORD},
        {"async", TUM_T_ASYNC},
        {"await", TUM_T_AWAIT},
        {"break", TUM_T_KEYWORD},
        {"class", TUM_T_KEYWORD},
        {"continue", TUM_T_KEYWORD},
        {"def", TUM_T_KEYWORD},
        {"del", TUM_T_KEYWORD},
        {"elif", TUM_T_KEYWORD},
        {"else", TUM_T_ELSE},
        {"except", TUM_T_KEYWORD},
        {"finally", TUM_T_KEYWORD},
        {"for", TUM_T_FOR},
        {"from", TUM_T_KEYWORD},
        {"global", TUM_T_KEYWORD},
        {"if", TUM_T_IF},
        {"import", TUM_T_KEYWORD},
        {"in", TUM_T_IN},
        {"is", TUM_T_IS},
        {"lambda", TUM_T_LAMBDA},
        {"nonlocal", TUM_T_KEYWORD},
        {"not", TUM_T_NOT},
        {"or", TUM_T_OR},
        {"pass", TUM_T_KEYWORD},
        {"raise", TUM_T_KEYWORD},
        {"return", TUM_T_KEYWORD},
        {"try", TUM_T_KEYWORD},
        {"while", TUM_T_KEYWORD},
        {"with", TUM_T_KEYWORD},
        {"yield", TUM_T_YIELD},
},
  jinja_words[] = {
      {"False", TUM_T_FALSE}, {"None", TUM_T_NONE}, {"True", TUM_T_TRUE},
      {"and", TUM_T_AND},     {"else", TUM_T_ELSE}, {"false", TUM_T_FALSE},
      {"if", TUM_T_IF},       {"in", TUM_T_IN},     {"is", TUM_T_IS},
      {"none", TUM_T_NONE},   {"not", TUM_T_NOT},   {"or", TUM_T_OR},
      {"true", TUM_T_TRUE},
};

/* Longest first among those that begin alike. */
static const struct {
    const char *text;
    enum tum_token token;
} python_ops[] =
    {
        {"...", TUM_T_ELLIPSIS}, {"**=", TUM_T_OTHER},   {"//=", TUM_T_OTHER},
        {"<<=", TUM_T_OTHER},    {">>=", TUM_T_OTHER},   {"**", TUM_T_DSTAR},
        {"//", TUM_T_DSLASH},    {"<<", TUM_T_LSHIFT},   {">>", TUM_T_RSHIFT},
        {"<=", TUM_T_LE},        {">=", TUM_T_GE},       {"==", TUM_T_EQ},
        {"!=", TUM_T_NE},        {"<>", TUM_T_OTHER},    {":=", TUM_T_WALRUS},
        {"->", TUM_T_OTHER},     {"+=", TUM_T_OTHER},    {"-=", TUM_T_OTHER},
        {"*=", TUM_T_OTHER},     {"/=", TUM_T_OTHER},    {"%=", TUM_T_OTHER},
        {"&=", TUM_T_OTHER},     {"|=", TUM_T_OTHER},    {"^=", TUM_T_OTHER},
        {"@=", TUM_T_OTHER},     {"(", TUM_T_LPAREN},    {")", TUM_T_RPAREN},
        {"[", TUM_T_LBRACKET},   {"]", TUM_T_RBRACKET},  {"{", TUM_T_LBRACE},
        {"}", TUM_T_RBRACE},     {",", TUM_T_COMMA},     {":", TUM_T_COLON},
        {".", TUM_T_DOT},        {";", TUM_T_SEMICOLON}, {"=", TUM_T_ASSIGN},
        {"+", TUM_T_PLUS},       {"-", TUM_T_MINUS},     {"*", TUM_T_STAR},
        {"/", TUM_T_SLASH},      {"%", TUM_T_PERCENT},   {"@", TUM_T_AT},
        {"~", TUM_T_TILDE},      {"|", TUM_T_PIPE},      {"&", TUM_T_AMP},
        {"^", TUM_T_CARET},      {"<", TUM_T_LT},        {">", TUM_T_GT},
},
  jinja_ops[] = {
      {"**", TUM_T_DSTAR},    {"//", TUM_T_DSLASH}, {"<=", TUM_T_LE},
      {">=", TUM_T_GE},       {"==", TUM_T_EQ},     {"!=", TUM_T_NE},
      {"(", TUM_T_LPAREN},    {")", TUM_T_RPAREN},  {"[", TUM_T_LBRACKET},
      {"]", TUM_T_RBRACKET},  {"{", TUM_T_LBRACE},  {"}", TUM_T_RBRACE},
      {",", TUM_T_COMMA},     {":", TUM_T_COLON},   {".", TUM_T_DOT},
      {";", TUM_T_SEMICOLON}, {"=", TUM_T_ASSIGN},  {"+", TUM_T_PLUS},
      {"-", TUM_T_MINUS},     {"*", TUM_T_STAR},    {"/", TUM_T_SLASH},
      {"%", TUM_T_PERCENT},   {"~", TUM_T_TILDE},   {"|", TUM_T_PIPE},
      {"<", TUM_T_LT},        {">", TUM_T_GT},
};

const char *tum_token_text(enum tum_token token)
{
    switch (token) {
    case TUM_T_END:
        return "end of expression";
    case TUM_T_NAME:
        return "name";
    case TUM_T_INT:
        return "integer";
    case TUM_T_FLOAT:
        return "float";
    case TUM_T_STRING:
        return "string";
    case TUM_T_BAD:
    case TUM_T_IMAG:
    case TUM_T_OTHER:
    case TUM_T_KEYWORD:
        return "token";
    default:
        break;
    }
    for (size_t i = 0; i < TUM_LEN(python_ops); i++) {
        if (python_ops[i].token == token)
            return python_ops[i].text;
    }
    for (size_t i = 0; i < TUM_LEN(python_words); i++) {
        if (python_words[i].token == token)
            return python_words[i].word;
    }
    return "token";
}

/* ---- helpers ---- */

static char at(const struct tum_lex *lex, uint32_t pos)
{
    return pos < lex->end ? lex->s[pos] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static void token_end(struct tum_lex *lex, enum tum_token token, uint32_t stop)
{
    lex->token = token;
    lex->stop = lex->pos = stop;
}

/* A bad token of the rest of the text: nothing is read after it. */
static void token_bad(struct tum_lex *lex, const char *error)
{
    lex->error = error;
    token_end(lex, TUM_T_BAD, lex->end);
}

/* ---- white space ---- */

static bool skip_line_end(struct tum_lex *lex)
{
    if (at(lex, lex->pos) == '\r' && at(lex, lex->pos + 1) == '\n')
        lex->pos++;
    else if (at(lex, lex->pos) != '\n' && at(lex, lex->pos) != '\r')
        return false;
    lex->pos++;
    return true;
}

static void skip_comment(struct tum_lex *lex)
{
    while (lex->pos < lex->end && lex->s[lex->pos] != '\n' && lex->s[lex->pos] != '\r')
        lex->pos++;
}

/* True: a line end outside brackets was passed. */
static bool skip_python_blanks(struct tum_lex *lex)
{
    bool line_end = false;

    for (; lex->pos < lex->end;) {
        char c = lex->s[lex->pos];

        if (c == ' ' || c == '\t' || c == '\f') {
            lex->pos++;
        } else if (c == '#') {
            skip_comment(lex);
        } else if (c == '\n' || c == '\r') {
            skip_line_end(lex);
            line_end = line_end || (lex->nest == 0 && !lex->in_parens);
        } else if (c == '\\' &&
                   (at(lex, lex->pos + 1) == '\n' || at(lex, lex->pos + 1) == '\r')) {
            lex->pos++;
            skip_line_end(lex);
        } else {
            break;
        }
    }
    return line_end;
}

static void skip_jinja_blanks(struct tum_lex *lex)
{
    uint32_t c;

    while (lex->pos < lex->end) {
        size_t n = tum_utf8_decode(lex->s + lex->pos, lex->end - lex->pos, &c);

        if (c == TUM_UTF8_BAD || !tum_uni_is_space(c))
            break;
        lex->pos += (uint32_t)n;
    }
}

/* ---- numbers ---- */

/* Digits of a base with single underscores between; returns where they end. */
static uint32_t digits(const struct tum_lex *lex, uint32_t pos, int base)
{
    uint32_t stop = pos;

    for (;;) {
        char c = at(lex, pos);
        int value = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : 99;
        if (value < base) {
            stop = ++pos;
        } else if (c == '_' && stop == pos && pos > lex->start) {
            pos++;
        } else {
            return stop;
        }
    }
}

/* What may directly follow a number: an operator, a blank, or one of some keywords. */
static bool number_may_end(const struct tum_lex *lex, uint32_t pos)
{
    static const char *const words[] = {"and", "else", "for", "if",
                                        "in",  "is",   "not", "or"};
    struct tum_str rest = tum_str_n(lex->s + pos, lex->end - pos);

    if (!is_word(at(lex, pos)) && (unsigned char)at(lex, pos) < 0x80)
        return true;
    for (size_t i = 0; i < TUM_LEN(words); i++) {
        /* The tokenizer looks at a few letters only: `1ifx` fails later. */
        if (tum_str_starts(rest, words[i]))
            return true;
    }
    return false;
}

static int base_of(char c)
{
    switch (c | 0x20) {
    case 'x':
        return 16;
    case 'o':
        return 8;
    case 'b':
        return 2;
    default:
        return 0;
    }
}

static void python_prefixed(struct tum_lex *lex, int base)
{
    uint32_t body = lex->start + 2, stop;

    if (at(lex, body) == '_')
        body++;
    stop = digits(lex, body, base);
    if (stop == body || !number_may_end(lex, stop) || is_digit(at(lex, stop))) {
        token_bad(lex, base == 16  ? "invalid hexadecimal literal"
                       : base == 8 ? "invalid octal literal"
                                   : "invalid binary literal");
        return;
    }
    token_end(lex, TUM_T_INT, stop);
}

/* The part of a float after its whole digits. Returns where it ends. */
static uint32_t python_fraction(const struct tum_lex *lex, uint32_t stop)
{
    uint32_t sign;

    if (at(lex, stop) == '.') {
        stop++;
        if (is_digit(at(lex, stop)))
            stop = digits(lex, stop, 10);
    }
    if ((at(lex, stop) | 0x20) == 'e') {
        sign = stop + 1;
        if (at(lex, sign) == '+' || at(lex, sign) == '-')
            sign++;
        if (is_digit(at(lex, sign)))
            stop = digits(lex, sign, 10);
    }
    return stop;
}

static bool all_zeros(const struct tum_lex *lex, uint32_t stop)
{
    for (uint32_t i = lex->start; i < stop; i++) {
        if (lex->s[i] != '0' && lex->s[i] != '_')
            return false;
    }
    return true;
}

static void python_number(struct tum_lex *lex)
{
    uint32_t whole, stop;
    int base = at(lex, lex->start) == '0' ? base_of(at(lex, lex->start + 1)) : 0;

    if (base != 0) {
        python_prefixed(lex, base);
        return;
    }
    whole = at(lex, lex->start) == '.' ? lex->start : digits(lex, lex->start, 10);
    stop = python_fraction(lex, whole);
    if ((at(lex, stop) | 0x20) == 'j')
        token_end(lex, TUM_T_IMAG, stop + 1);
    else
        token_end(lex, stop > whole ? TUM_T_FLOAT : TUM_T_INT, stop);
    if (!number_may_end(lex, lex->stop))
        token_bad(lex, "invalid decimal literal");
    else if (lex->token == TUM_T_INT && at(lex, lex->start) == '0' &&
             !all_zeros(lex, stop))
        token_bad(lex,
                  "leading zeros in decimal integer literals are not permitted; use "
                  "an 0o prefix for octal integers");
}

static void jinja_number(struct tum_lex *lex)
{
    uint32_t start = lex->start, whole, stop, sign;
    bool after_dot = start > 0 && lex->s[start - 1] == '.';
    int base = at(lex, start) == '0' ? base_of(at(lex, start + 1)) : 0;

    whole = stop = digits(lex, start, 10);
    if (!after_dot) {
        if (at(lex, stop) == '.' && is_digit(at(lex, stop + 1)))
            stop = digits(lex, stop + 1, 10);
        sign = stop + 1;
        if (at(lex, sign) == '+' || at(lex, sign) == '-')
            sign++;
        if ((at(lex, stop) | 0x20) == 'e' && is_digit(at(lex, sign)))
            stop = digits(lex, sign, 10);
    }
    if (stop > whole) {
        token_end(lex, TUM_T_FLOAT, stop);
        return;
    }
    if (base != 0) {
        uint32_t body = start + 2 + (at(lex, start + 2) == '_');

        stop = digits(lex, body, base);
        if (stop > body) {
            token_end(lex, TUM_T_INT, stop);
            return;
        }
    }
    if (at(lex, start) == '0') {
        /* 0, 00, 0_0; what follows is the next token. */
        whole = start + 1;
        while (at(lex, whole) == '0' ||
               (at(lex, whole) == '_' && at(lex, whole + 1) == '0'))
            whole++;
    }
    token_end(lex, TUM_T_INT, whole);
}

/* ---- strings ---- */

/* From the opening quote on. */
static void string_from(struct tum_lex *lex, uint32_t open)
{
    char quote = lex->s[open];
    bool triple = lex->dialect == TUM_PYTHON && at(lex, open + 1) == quote &&
                  at(lex, open + 2) == quote;
    uint32_t pos = open + (triple ? 3 : 1);

    if (triple)
        lex->flags |= TUM_STRING_TRIPLE;
    for (; pos < lex->end; pos++) {
        char c = lex->s[pos];

        if (c == '\\') {
            pos++;
            if (at(lex, pos) == '\r' && at(lex, pos + 1) == '\n')
                pos++;
        } else if (c == quote && (!triple || (at(lex, pos + 1) == quote &&
                                              at(lex, pos + 2) == quote))) {
            token_end(lex, TUM_T_STRING, pos + (triple ? 3 : 1));
            return;
        } else if ((c == '\n' || c == '\r') && !triple && lex->dialect == TUM_PYTHON) {
            break;
        }
    }
    token_bad(lex, triple ? "unterminated triple-quoted string literal"
                          : "unterminated string literal");
}

/* A string with a prefix at the current position; false: it is a name. */
static bool prefixed_string(struct tum_lex *lex)
{
    unsigned flags = 0;
    uint32_t pos = lex->start;
    bool u = false;

    for (; pos < lex->start + 2; pos++) {
        unsigned bit = 0;

        switch (at(lex, pos) | 0x20) {
        case 'r':
            bit = TUM_STRING_RAW;
            break;
        case 'b':
            bit = TUM_STRING_BYTES;
            break;
        case 'f':
            bit = TUM_STRING_FORMAT;
            break;
        case 'u':
            if (pos != lex->start)
                return false;
            u = true;
            continue;
        default:
            break;
        }
        if (bit == 0)
            break;
        if (u || (flags & bit) != 0)
            return false;
        flags |= bit;
    }
    if (at(lex, pos) != '\'' && at(lex, pos) != '"')
        return false;
    if ((flags & TUM_STRING_BYTES) != 0 && (flags & TUM_STRING_FORMAT) != 0)
        return false;
    lex->flags = flags;
    string_from(lex, pos);
    return true;
}

/* ---- names ---- */

static enum tum_token word_token(const struct tum_lex *lex, struct tum_str word)
{
    if (lex->dialect == TUM_PYTHON) {
        for (size_t i = 0; i < TUM_LEN(python_words); i++) {
            if (python_words[i].word[0] == word.s[0] &&
                tum_str_is(word, python_words[i].word))
                return python_words[i].token;
        }
    } else {
        for (size_t i = 0; i < TUM_LEN(jinja_words); i++) {
            if (jinja_words[i].word[0] == word.s[0] &&
                tum_str_is(word, jinja_words[i].word))
                return jinja_words[i].token;
        }
    }
    return TUM_T_NAME;
}

static void name(struct tum_lex *lex)
{
    uint32_t pos = lex->start, c;

    while (pos < lex->end) {
        if (is_word(lex->s[pos])) {
            pos++;
            continue;
        }
        if ((unsigned char)lex->s[pos] < 0x80)
            break;

        size_t n = tum_utf8_decode(lex->s + pos, lex->end - pos, &c);

        if (c == TUM_UTF8_BAD || !tum_uni_is_xid_continue(c))
            break;
        if (lex->dialect == TUM_PYTHON) {
            /* Python brings names to a normal form first. */
            token_bad(lex, NULL);
            return;
        }
        pos += (uint32_t)n;
    }
    token_end(lex, TUM_T_NAME, pos);
    lex->token = word_token(lex, tum_lex_text(lex));
}

static void beyond_ascii(struct tum_lex *lex)
{
    uint32_t c;

    tum_utf8_decode(lex->s + lex->start, lex->end - lex->start, &c);
    if (c != TUM_UTF8_BAD && tum_uni_is_xid_start(c)) {
        name(lex);
        return;
    }
    /* In Python, compatibility forms may still become letters. */
    token_bad(lex, lex->dialect == TUM_PYTHON && c != TUM_UTF8_BAD &&
                           (tum_uni_is_alnum(c) || tum_uni_is_xid_continue(c))
                       ? NULL
                       : "invalid character");
}

/* ---- operators ---- */

static bool match_op(struct tum_lex *lex)
{
    struct tum_str rest = tum_str_n(lex->s + lex->start, lex->end - lex->start);

    if (lex->dialect == TUM_PYTHON) {
        for (size_t i = 0; i < TUM_LEN(python_ops); i++) {
            if (python_ops[i].text[0] == rest.s[0] &&
                tum_str_starts(rest, python_ops[i].text)) {
                token_end(lex, python_ops[i].token,
                          lex->start + (uint32_t)strlen(python_ops[i].text));
                return true;
            }
        }
    } else {
        for (size_t i = 0; i < TUM_LEN(jinja_ops); i++) {
            if (jinja_ops[i].text[0] == rest.s[0] &&
                tum_str_starts(rest, jinja_ops[i].text)) {
                token_end(lex, jinja_ops[i].token,
                          lex->start + (uint32_t)strlen(jinja_ops[i].text));
                return true;
            }
        }
    }
    return false;
}

static void bracket(struct tum_lex *lex)
{
    char c = lex->s[lex->start];

    switch (lex->token) {
    case TUM_T_LPAREN:
    case TUM_T_LBRACKET:
    case TUM_T_LBRACE:
        if (lex->nest == TUM_LEX_NEST_LIMIT)
            token_bad(lex, "too many nested parentheses");
        else
            lex->open[lex->nest++] = c;
        break;
    case TUM_T_RPAREN:
    case TUM_T_RBRACKET:
    case TUM_T_RBRACE:
        if (lex->nest == 0)
            token_bad(lex, "unmatched closing parenthesis");
        else if (lex->open[--lex->nest] != (c == ')' ? '(' : c == ']' ? '[' : '{'))
            token_bad(lex, "closing parenthesis does not match opening parenthesis");
        break;
    default:
        break;
    }
}

static void operator(struct tum_lex *lex)
{
    if (!match_op(lex)) {
        token_bad(lex, lex->s[lex->start] == '\\'
                           ? "unexpected character after line continuation character"
                           : "invalid syntax");
        return;
    }
    bracket(lex);
}

/* ---- the lexer ---- */

static void lex_begin(struct tum_lex *lex, struct tum_vm *vm, enum tum_dialect dialect,
                      const char *s, uint32_t start, uint32_t end)
{
    lex->vm = vm;
    lex->dialect = dialect;
    lex->s = s;
    lex->pos = start;
    lex->end = end;
    lex->nest = 0;
    lex->depth = 0;
    lex->in_lambda = false;
    lex->in_parens = false;
    lex->token = TUM_T_END;
    lex->start = lex->stop = lex->last_stop = start;
    lex->flags = 0;
    lex->error = NULL;
}

void tum_lex_init(struct tum_lex *lex, struct tum_vm *vm, enum tum_dialect dialect,
                  const char *s, uint32_t start, uint32_t end)
{
    lex_begin(lex, vm, dialect, s, start, end);
    tum_lex_next(lex);
}

void tum_lex_init_inside(struct tum_lex *lex, struct tum_vm *vm, const char *s,
                         uint32_t start, uint32_t end)
{
    lex_begin(lex, vm, TUM_PYTHON, s, start, end);
    lex->in_parens = true;
    tum_lex_next(lex);
}

void tum_lex_next(struct tum_lex *lex)
{
    bool line_end = false;
    char c;

    lex->last_stop = lex->stop;
    lex->flags = 0;
    if (lex->token == TUM_T_BAD)
        return;
    if (lex->dialect == TUM_PYTHON)
        line_end = skip_python_blanks(lex);
    else
        skip_jinja_blanks(lex);
    lex->start = lex->pos;
    if (lex->pos >= lex->end) {
        token_end(lex, TUM_T_END, lex->end);
        return;
    }
    if (line_end) {
        token_bad(lex, "invalid syntax");
        return;
    }
    c = lex->s[lex->pos];
    if (is_digit(c) ||
        (c == '.' && lex->dialect == TUM_PYTHON && is_digit(at(lex, lex->pos + 1)))) {
        if (lex->dialect == TUM_PYTHON)
            python_number(lex);
        else
            jinja_number(lex);
    } else if (is_word(c)) {
        if (lex->dialect != TUM_PYTHON || !prefixed_string(lex))
            name(lex);
    } else if (c == '\'' || c == '"') {
        string_from(lex, lex->pos);
    } else if ((unsigned char)c >= 0x80) {
        beyond_ascii(lex);
    } else {
        operator(lex);
    }
}

bool tum_lex_is_name(const struct tum_lex *lex, const char *name)
{
    if (lex->token != TUM_T_NAME &&
        (lex->dialect != TUM_JINJA || lex->token < TUM_T_AND ||
         lex->token > TUM_T_FALSE))
        return false;
    return tum_str_is(tum_lex_text(lex), name);
}
