/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recursive descent over the text, giving a list of operations in postfix order.
 */
#include "batch/nodexpr.h"
#include "base/utf8.h"
#include "tum/mem.h"
#include <ctype.h>

enum op { OP_WORD, OP_NOT, OP_AND, OP_OR };

struct tum_nodexpr {
    char *text;
    struct {
        enum op op;
        struct tum_str word;
    } * ops;
    size_t count, cap;
};

struct parse {
    struct tum_nodexpr *expr;
    struct tum_str text;
    size_t at;
    int depth;
    size_t words;
    struct tum_error **err;
};

static bool wrong(struct parse *p, size_t at, const char *what)
{
    TUM_AUTO(tum_buf_release) struct tum_buf pad = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_fill(&pad, ' ', 4 + tum_utf8_columns(tum_str_sub(p->text, 0, at)));
    return tum_fail(p->err, TUM_ERROR_SYNTAX, "%s\n    %s\n%s^", what, p->text.s,
                    pad.s);
}

static void add(struct parse *p, enum op op, struct tum_str word)
{
    tum_grow(&p->expr->ops, &p->expr->cap, p->expr->count + 1);
    p->expr->ops[p->expr->count].op = op;
    p->expr->ops[p->expr->count++].word = word;
}

static void skip_blanks(struct parse *p)
{
    while (p->at < p->text.n && isspace((unsigned char)p->text.s[p->at]))
        p->at++;
}

/* The word at the present place without moving; empty at the end or a parenthesis. */
static struct tum_str peek_word(const struct parse *p)
{
    size_t end = p->at;

    while (end < p->text.n && strchr("()\"'", p->text.s[end]) == NULL &&
           !isspace((unsigned char)p->text.s[end]))
        end++;
    return tum_str_sub(p->text, p->at, end);
}

static bool take_keyword(struct parse *p, const char *keyword)
{
    struct tum_str word;

    skip_blanks(p);
    word = peek_word(p);
    if (!tum_str_is(word, keyword))
        return false;
    p->at += word.n;
    return true;
}

static bool parse_or(struct parse *p);

static bool parse_quoted(struct parse *p)
{
    size_t start = p->at++;

    while (p->at < p->text.n && p->text.s[p->at] != p->text.s[start])
        p->at++;
    if (p->at == p->text.n)
        return wrong(p, start, "the quote is not closed");
    add(p, OP_WORD, tum_str_sub(p->text, start + 1, p->at));
    p->at++;
    return true;
}

static bool parse_primary(struct parse *p)
{
    struct tum_str word;
    size_t start;

    skip_blanks(p);
    start = p->at;
    if (p->at == p->text.n)
        return wrong(p, p->at, "a word is missing at the end");
    if (p->text.s[p->at] == '(') {
        p->at++;
        if (!parse_or(p))
            return false;
        skip_blanks(p);
        if (p->at == p->text.n || p->text.s[p->at] != ')')
            return wrong(p, start, "the parenthesis is not closed");
        p->at++;
        return true;
    }
    if (p->text.s[p->at] == '"' || p->text.s[p->at] == '\'')
        return parse_quoted(p);
    word = peek_word(p);
    if (word.n == 0 || tum_str_is(word, "and") || tum_str_is(word, "or"))
        return wrong(p, p->at, "a word is missing here");
    if (++p->words > TUM_NODEXPR_WORDS)
        return wrong(p, p->at, "more than 1000 words");
    p->at += word.n;
    add(p, OP_WORD, word);
    return true;
}

static bool parse_not(struct parse *p)
{
    bool ok;

    if (++p->depth > TUM_NODEXPR_DEPTH)
        return wrong(p, p->at, "nested deeper than 100 levels");
    if (take_keyword(p, "not")) {
        ok = parse_not(p);
        add(p, OP_NOT, (struct tum_str){0});
    } else {
        ok = parse_primary(p);
    }
    p->depth--;
    return ok;
}

static bool parse_and(struct parse *p)
{
    if (!parse_not(p))
        return false;
    while (take_keyword(p, "and")) {
        if (!parse_not(p))
            return false;
        add(p, OP_AND, (struct tum_str){0});
    }
    return true;
}

static bool parse_or(struct parse *p)
{
    if (!parse_and(p))
        return false;
    while (take_keyword(p, "or")) {
        if (!parse_and(p))
            return false;
        add(p, OP_OR, (struct tum_str){0});
    }
    return true;
}

bool tum_nodexpr_parse(const char *text, struct tum_nodexpr **ret,
                       struct tum_error **err)
{
    struct tum_nodexpr *expr = tum_new(struct tum_nodexpr);
    struct parse p = {.expr = expr, .err = err};
    bool ok;

    expr->text = tum_strdup(text);
    p.text = tum_str_of(expr->text);
    ok = parse_or(&p);
    if (ok) {
        skip_blanks(&p);
        if (p.at < p.text.n)
            ok = wrong(&p, p.at,
                       p.text.s[p.at] == ')' ? "this parenthesis was not opened"
                                             : "'and' or 'or' is missing here");
    }
    if (!ok) {
        tum_nodexpr_free(expr);
        return false;
    }
    *ret = expr;
    return true;
}

void tum_nodexpr_free(struct tum_nodexpr *expr)
{
    if (expr == NULL)
        return;
    tum_free(expr->text);
    tum_free(expr->ops);
    tum_free(expr);
}

bool tum_nodexpr_eval(const struct tum_nodexpr *expr,
                      bool (*holds)(void *ctx, struct tum_str word), void *ctx)
{
    bool stack[TUM_NODEXPR_WORDS + 1];
    size_t top = 0;

    for (size_t i = 0; i < expr->count; i++) {
        switch (expr->ops[i].op) {
        case OP_WORD:
            stack[top++] = holds(ctx, expr->ops[i].word);
            break;
        case OP_NOT:
            stack[top - 1] = !stack[top - 1];
            break;
        case OP_AND:
            top--;
            stack[top - 1] = stack[top - 1] && stack[top];
            break;
        case OP_OR:
            top--;
            stack[top - 1] = stack[top - 1] || stack[top];
            break;
        }
    }
    return top > 0 && stack[0];
}
