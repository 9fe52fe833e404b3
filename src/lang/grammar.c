/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of expressions, as a table: for each token what it does at the beginning of
 * an operand and between two, and how tightly it binds. Python and Jinja are two columns of
 * it. The insides of f-strings are in fstring.c.
 */
#include "lang/grammar.h"
#include "lang/bind.h"
#include "lang/fstring.h"
#include "lang/literal.h"

/* Loosest first. */
enum prec {
    PREC_NONE,
    PREC_IF, /* also lambda */
    PREC_OR,
    PREC_AND,
    PREC_NOT,
    PREC_COMPARE,
    PREC_BIT_OR,
    PREC_BIT_XOR,
    PREC_BIT_AND,
    PREC_SHIFT,
    PREC_SUM,
    PREC_CONCAT,
    PREC_PRODUCT,
    PREC_UNARY,
    PREC_POWER,
    PREC_POSTFIX,
};

struct rule;

typedef struct tum_ast *prefix_fn(struct tum_lex *lex, enum prec least);
typedef struct tum_ast *infix_fn(struct tum_lex *lex, struct tum_ast *left,
                                 const struct rule *rule);

static prefix_fn prefix_name, prefix_number, prefix_string, prefix_const, prefix_paren,
    prefix_list, prefix_brace, prefix_not, prefix_unary, prefix_lambda, prefix_alien,
    prefix_word;
static infix_fn infix_binary, infix_power, infix_compare, infix_logic, infix_if,
    infix_call, infix_item, infix_attr, infix_concat;

struct rule {
    prefix_fn *prefix;
    infix_fn *infix;
    enum prec prec; /* as infix */
    int op;         /* of the node made by infix */
    int prefix_op;
};

static const struct rule python_rules[TUM_T_OTHER + 1] = {
    [TUM_T_NAME] = {.prefix = prefix_name},
    [TUM_T_INT] = {.prefix = prefix_number},
    [TUM_T_FLOAT] = {.prefix = prefix_number},
    [TUM_T_IMAG] = {.prefix = prefix_number},
    [TUM_T_STRING] = {.prefix = prefix_string},
    [TUM_T_NONE] = {.prefix = prefix_const},
    [TUM_T_TRUE] = {.prefix = prefix_const},
    [TUM_T_FALSE] = {.prefix = prefix_const},
    [TUM_T_ELLIPSIS] = {.prefix = prefix_const},
    [TUM_T_LAMBDA] = {.prefix = prefix_lambda},
    [TUM_T_AWAIT] = {.prefix = prefix_alien},
    [TUM_T_LBRACE] = {.prefix = prefix_brace},
    [TUM_T_LPAREN] = {prefix_paren, infix_call, PREC_POSTFIX, 0, 0},
    [TUM_T_LBRACKET] = {prefix_list, infix_item, PREC_POSTFIX, 0, 0},
    [TUM_T_DOT] = {NULL, infix_attr, PREC_POSTFIX, 0, 0},
    [TUM_T_IF] = {NULL, infix_if, PREC_IF, 0, 0},
    [TUM_T_OR] = {NULL, infix_logic, PREC_OR, TUM_AST_OR, 0},
    [TUM_T_AND] = {NULL, infix_logic, PREC_AND, TUM_AST_AND, 0},
    [TUM_T_NOT] = {prefix_not, infix_compare, PREC_COMPARE, TUM_CMP_NOT_IN, 0},
    [TUM_T_IN] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_IN, 0},
    [TUM_T_IS] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_IS, 0},
    [TUM_T_LT] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_LT, 0},
    [TUM_T_LE] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_LE, 0},
    [TUM_T_EQ] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_EQ, 0},
    [TUM_T_NE] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_NE, 0},
    [TUM_T_GT] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_GT, 0},
    [TUM_T_GE] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_GE, 0},
    [TUM_T_PIPE] = {NULL, infix_binary, PREC_BIT_OR, TUM_OP_OR, 0},
    [TUM_T_CARET] = {NULL, infix_binary, PREC_BIT_XOR, TUM_OP_XOR, 0},
    [TUM_T_AMP] = {NULL, infix_binary, PREC_BIT_AND, TUM_OP_AND, 0},
    [TUM_T_LSHIFT] = {NULL, infix_binary, PREC_SHIFT, TUM_OP_LSHIFT, 0},
    [TUM_T_RSHIFT] = {NULL, infix_binary, PREC_SHIFT, TUM_OP_RSHIFT, 0},
    [TUM_T_PLUS] = {prefix_unary, infix_binary, PREC_SUM, TUM_OP_ADD, TUM_OP_POS},
    [TUM_T_MINUS] = {prefix_unary, infix_binary, PREC_SUM, TUM_OP_SUB, TUM_OP_NEG},
    [TUM_T_TILDE] = {.prefix = prefix_unary, .prefix_op = TUM_OP_INVERT},
    [TUM_T_STAR] = {NULL, infix_binary, PREC_PRODUCT, TUM_OP_MUL, 0},
    [TUM_T_SLASH] = {NULL, infix_binary, PREC_PRODUCT, TUM_OP_DIV, 0},
    [TUM_T_DSLASH] = {NULL, infix_binary, PREC_PRODUCT, TUM_OP_FLOORDIV, 0},
    [TUM_T_PERCENT] = {NULL, infix_binary, PREC_PRODUCT, TUM_OP_MOD, 0},
    [TUM_T_AT] = {NULL, infix_binary, PREC_PRODUCT, TUM_OP_MATMUL, 0},
    [TUM_T_DSTAR] = {NULL, infix_power, PREC_POWER, TUM_OP_POW, 0},
};

/* Postfixes, filters and tests belong to the operand: see jinja_unary. */
static const struct rule jinja_rules[TUM_T_OTHER + 1] = {
    [TUM_T_NAME] = {.prefix = prefix_name},
    [TUM_T_INT] = {.prefix = prefix_number},
    [TUM_T_FLOAT] = {.prefix = prefix_number},
    [TUM_T_STRING] = {.prefix = prefix_string},
    [TUM_T_NONE] = {.prefix = prefix_const},
    [TUM_T_TRUE] = {.prefix = prefix_const},
    [TUM_T_FALSE] = {.prefix = prefix_const},
    [TUM_T_LPAREN] = {.prefix = prefix_paren},
    [TUM_T_LBRACKET] = {.prefix = prefix_list},
    [TUM_T_LBRACE] = {.prefix = prefix_brace},
    [TUM_T_ELSE] = {.prefix = prefix_word},
    [TUM_T_IS] = {.prefix = prefix_word},
    [TUM_T_IF] = {prefix_word, infix_if, PREC_IF, 0, 0},
    [TUM_T_OR] = {prefix_word, infix_logic, PREC_OR, TUM_AST_OR, 0},
    [TUM_T_AND] = {prefix_word, infix_logic, PREC_AND, TUM_AST_AND, 0},
    [TUM_T_NOT] = {prefix_not, infix_compare, PREC_COMPARE, TUM_CMP_NOT_IN, 0},
    [TUM_T_IN] = {prefix_word, infix_compare, PREC_COMPARE, TUM_CMP_IN, 0},
    [TUM_T_LT] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_LT, 0},
    [TUM_T_LE] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_LE, 0},
    [TUM_T_EQ] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_EQ, 0},
    [TUM_T_NE] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_NE, 0},
    [TUM_T_GT] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_GT, 0},
    [TUM_T_GE] = {NULL, infix_compare, PREC_COMPARE, TUM_CMP_GE, 0},
    [TUM_T_PLUS] = {prefix_unary, infix_binary, PREC_SUM, TUM_OP_ADD, TUM_OP_POS},
    [TUM_T_MINUS] = {prefix_unary, infix_binary, PREC_SUM, TUM_OP_SUB, TUM_OP_NEG},
    [TUM_T_TILDE] = {NULL, infix_concat, PREC_CONCAT, 0, 0},
    [TUM_T_STAR] = {NULL, infix_binary, PREC_PRODUCT, TUM_OP_MUL, 0},
    [TUM_T_SLASH] = {NULL, infix_binary, PREC_PRODUCT, TUM_OP_DIV, 0},
    [TUM_T_DSLASH] = {NULL, infix_binary, PREC_PRODUCT, TUM_OP_FLOORDIV, 0},
    [TUM_T_PERCENT] = {NULL, infix_binary, PREC_PRODUCT, TUM_OP_MOD, 0},
    /* Looser than a sign, and to the left: not Python's. */
    [TUM_T_DSTAR] = {NULL, infix_binary, PREC_UNARY, TUM_OP_POW, 0},
};

static const struct rule *rule_of(const struct tum_lex *lex)
{
    return lex->dialect == TUM_PYTHON ? &python_rules[lex->token]
                                      : &jinja_rules[lex->token];
}

static bool is_jinja(const struct tum_lex *lex)
{
    return lex->dialect == TUM_JINJA;
}

/* ---- errors ---- */

/* Python names the line behind the message. */
static size_t line_of(const struct tum_lex *lex)
{
    size_t line = 1;

    for (uint32_t i = 0; i < lex->start; i++)
        line += lex->s[i] == '\n';
    return line;
}

struct tum_ast *tum_parse_fail(struct tum_lex *lex, const char *fmt, ...)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    va_start(ap, fmt);
    tum_buf_addv(&text, fmt, ap);
    va_end(ap);
    if (!is_jinja(lex))
        tum_buf_addf(&text, " (<string>, line %zu)", line_of(lex));
    tum_raise(lex->vm, is_jinja(lex) ? "TemplateSyntaxError" : "SyntaxError", "%s",
              text.s);
    return NULL;
}

static struct tum_ast *hand_over(struct tum_lex *lex, const char *what)
{
    if (is_jinja(lex))
        return tum_parse_fail(lex, "%s", what);
    tum_unsupported(lex->vm, what);
    return NULL;
}

/* The current token cannot stand here. */
static struct tum_ast *unexpected(struct tum_lex *lex)
{
    struct tum_str text = tum_lex_text(lex);

    if (lex->token == TUM_T_BAD && lex->error == NULL)
        return hand_over(lex, "a name beyond ASCII");
    if (lex->token == TUM_T_BAD && !is_jinja(lex) &&
        tum_str_starts(tum_str_of(lex->error), "unterminated"))
        return tum_parse_fail(lex, "%s (detected at line %zu)", lex->error,
                              line_of(lex));
    if (lex->token == TUM_T_BAD)
        return tum_parse_fail(lex, "%s", lex->error);
    if (!is_jinja(lex))
        return tum_parse_fail(lex, "invalid syntax");
    if (lex->token == TUM_T_END)
        return tum_parse_fail(lex, "expected an expression, got the end of the tag");
    return tum_parse_fail(lex, "unexpected '%.*s'", (int)TUM_MIN(text.n, (size_t)60),
                          text.s);
}

static bool expect(struct tum_lex *lex, enum tum_token token)
{
    struct tum_str text = tum_lex_text(lex);

    if (lex->token == token) {
        tum_lex_next(lex);
        return true;
    }
    if (!is_jinja(lex) || lex->token == TUM_T_BAD)
        return TUM_FALSE_AFTER(unexpected(lex));
    if (lex->token == TUM_T_END)
        return TUM_FALSE_AFTER(tum_parse_fail(
            lex, "expected '%s', got the end of the tag", tum_token_text(token)));
    return TUM_FALSE_AFTER(tum_parse_fail(lex, "expected '%s', got '%.*s'",
                                          tum_token_text(token),
                                          (int)TUM_MIN(text.n, (size_t)60), text.s));
}

static bool accept(struct tum_lex *lex, enum tum_token token)
{
    if (lex->token != token)
        return false;
    tum_lex_next(lex);
    return true;
}

/* ---- the engine of the table ---- */

static struct tum_ast *jinja_operand(struct tum_lex *lex, const struct rule *rule,
                                     enum prec least);

static struct tum_ast *parse_levels(struct tum_lex *lex, enum prec least)
{
    const struct rule *rule = rule_of(lex);
    struct tum_ast *left;

    if (rule->prefix == NULL)
        return unexpected(lex);
    left = is_jinja(lex) ? jinja_operand(lex, rule, least) : rule->prefix(lex, least);
    while (left != NULL) {
        rule = rule_of(lex);
        if (rule->infix == NULL || rule->prec < least)
            break;
        left = rule->infix(lex, left, rule);
    }
    return left;
}

static struct tum_ast *parse(struct tum_lex *lex, enum prec least)
{
    struct tum_ast *node;

    if (lex->depth >= TUM_PARSE_DEPTH_LIMIT || !tum_vm_stack(lex->vm))
        return hand_over(lex, "too many nested expressions");
    lex->depth++;
    node = parse_levels(lex, least);
    lex->depth--;
    return node;
}

static struct tum_ast *node_from(struct tum_lex *lex, enum tum_ast_kind kind,
                                 const struct tum_ast *first)
{
    return tum_ast_new(lex->vm, kind, first->start, first->end);
}

static void node_take_list(struct tum_ast *node, const struct tum_ast_list *list)
{
    node->list = list->items;
    node->count = list->count;
    node->simple = true;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct tum_ast *item = list->items[i];

        if (item != NULL &&
            (item->kind == TUM_AST_STAR || item->kind == TUM_AST_DSTAR ||
             item->kind == TUM_AST_KEYWORD))
            node->simple = false;
    }
}

/* The operand was read: the node ends where the last token did. */
static struct tum_ast *node_end(struct tum_lex *lex, struct tum_ast *node)
{
    node->end = lex->last_stop;
    return node;
}

/* ---- operands ---- */

static struct tum_ast *prefix_name(struct tum_lex *lex, enum prec least)
{
    struct tum_ast *node = tum_ast_new(lex->vm, TUM_AST_NAME, lex->start, lex->stop);

    (void)least;
    node->name = tum_lex_text(lex);
    tum_lex_next(lex);
    return node;
}

/* Jinja takes a reserved word for a name where an operand must stand. */
static struct tum_ast *prefix_word(struct tum_lex *lex, enum prec least)
{
    return prefix_name(lex, least);
}

static struct tum_ast *prefix_number(struct tum_lex *lex, enum prec least)
{
    uint32_t start = lex->start, stop = lex->stop;
    struct tum_obj *o = tum_literal_number(lex);

    (void)least;
    if (o == NULL)
        return NULL;
    tum_lex_next(lex);
    return tum_ast_const(lex->vm, o, start, stop);
}

static struct tum_ast *prefix_const(struct tum_lex *lex, enum prec least)
{
    struct tum_vm *vm = lex->vm;
    struct tum_obj *o = lex->token == TUM_T_NONE    ? vm->none
                        : lex->token == TUM_T_TRUE  ? vm->yes
                        : lex->token == TUM_T_FALSE ? vm->no
                                                    : vm->ellipsis;
    struct tum_ast *node = tum_ast_const(vm, o, lex->start, lex->stop);

    (void)least;
    tum_lex_next(lex);
    return node;
}

static struct tum_ast *prefix_alien(struct tum_lex *lex, enum prec least)
{
    (void)least;
    return hand_over(lex, "await");
}

static struct tum_ast *prefix_string(struct tum_lex *lex, enum prec least)
{
    (void)least;
    return tum_parse_strings(lex);
}

static struct tum_ast *prefix_not(struct tum_lex *lex, enum prec least)
{
    struct tum_ast *node = tum_ast_new(lex->vm, TUM_AST_NOT, lex->start, lex->stop);

    if (least > PREC_NOT)
        return is_jinja(lex) ? prefix_name(lex, least) : unexpected(lex);
    tum_lex_next(lex);
    node->a = parse(lex, PREC_NOT);
    return node->a != NULL ? node_end(lex, node) : NULL;
}

static struct tum_ast *prefix_unary(struct tum_lex *lex, enum prec least)
{
    struct tum_ast *node = tum_ast_new(lex->vm, TUM_AST_UNARY, lex->start, lex->stop);

    (void)least;
    node->op = (uint8_t)rule_of(lex)->prefix_op;
    tum_lex_next(lex);
    node->a = parse(lex, is_jinja(lex) ? PREC_POSTFIX : PREC_UNARY);
    return node->a != NULL ? node_end(lex, node) : NULL;
}

/* ---- names that can be assigned to ---- */

/* A target of `for` in a comprehension. */
static bool check_target(struct tum_lex *lex, const struct tum_ast *node, bool top)
{
    switch (node->kind) {
    case TUM_AST_NAME:
        return true;
    case TUM_AST_TUPLE:
    case TUM_AST_LIST:
        for (uint32_t i = 0, stars = 0; i < node->count; i++) {
            const struct tum_ast *item = node->list[i];

            if (item->kind == TUM_AST_STAR) {
                if (stars++ > 0)
                    return TUM_FALSE_AFTER(tum_parse_fail(
                        lex, "multiple starred expressions in assignment"));
                item = item->a;
            }
            if (!check_target(lex, item, false))
                return false;
        }
        return true;
    case TUM_AST_ATTR:
    case TUM_AST_ITEM:
        /* Legal: it sets an attribute or an item. */
        return TUM_FALSE_AFTER(hand_over(lex, "a target that is not a name"));
    case TUM_AST_STAR:
        if (top)
            return TUM_FALSE_AFTER(
                tum_parse_fail(lex, "starred assignment target must be in a list or "
                                    "tuple"));
        break;
    default:
        break;
    }
    return TUM_FALSE_AFTER(tum_parse_fail(lex, "cannot assign to expression"));
}

/* `a, *b` up to `in`. */
static struct tum_ast *parse_targets(struct tum_lex *lex)
{
    struct tum_ast_list list = {0};
    uint32_t start = lex->start;
    bool tuple = false;
    struct tum_ast *item = NULL;

    do {
        uint32_t item_start = lex->start;
        bool star = accept(lex, TUM_T_STAR);

        if (list.count > 0 && !star && lex->token == TUM_T_IN)
            break; /* a trailing comma */
        item = parse(lex, PREC_BIT_OR);
        if (item == NULL)
            return NULL;
        if (star) {
            struct tum_ast *node =
                tum_ast_new(lex->vm, TUM_AST_STAR, item_start, lex->last_stop);

            node->a = item;
            item = node;
        }
        tum_ast_add(lex->vm, &list, item);
        if (lex->token == TUM_T_COMMA)
            tuple = true;
    } while (accept(lex, TUM_T_COMMA));
    if (tuple) {
        item = tum_ast_new(lex->vm, TUM_AST_TUPLE, start, lex->last_stop);
        node_take_list(item, &list);
    }
    return check_target(lex, item, true) ? item : NULL;
}

/* ---- comprehensions ---- */

static bool parse_comp_for(struct tum_lex *lex, struct tum_ast *comp,
                           struct tum_ast_list *clauses)
{
    struct tum_ast *clause =
        tum_ast_new(lex->vm, TUM_AST_COMP_FOR, lex->start, lex->stop);
    struct tum_ast_list conditions = {0};

    if (accept(lex, TUM_T_ASYNC)) {
        if (lex->token == TUM_T_FOR && comp->op == TUM_COMP_GENERATOR)
            return TUM_FALSE_AFTER(hand_over(lex, "an asynchronous generator"));
        return TUM_FALSE_AFTER(
            tum_parse_fail(lex, "asynchronous comprehension outside of an "
                                "asynchronous function"));
    }
    if (!expect(lex, TUM_T_FOR))
        return false;
    clause->a = parse_targets(lex);
    if (clause->a == NULL || !expect(lex, TUM_T_IN))
        return false;
    clause->b = parse(lex, PREC_OR);
    if (clause->b == NULL)
        return false;
    while (accept(lex, TUM_T_IF)) {
        struct tum_ast *condition = parse(lex, PREC_OR);

        if (condition == NULL)
            return false;
        tum_ast_add(lex->vm, &conditions, condition);
    }
    node_take_list(clause, &conditions);
    tum_ast_add(lex->vm, clauses, node_end(lex, clause));
    return true;
}

/* From `for` on. */
static struct tum_ast *parse_comp(struct tum_lex *lex, enum tum_comp kind,
                                  struct tum_ast *key, struct tum_ast *value,
                                  uint32_t start)
{
    struct tum_ast *comp = tum_ast_new(lex->vm, TUM_AST_COMP, start, start);
    struct tum_ast_list clauses = {0};

    comp->op = (uint8_t)kind;
    comp->a = key;
    comp->b = value;
    if (key->kind == TUM_AST_STAR || key->kind == TUM_AST_DSTAR)
        return tum_parse_fail(lex,
                              "iterable unpacking cannot be used in comprehension");
    do {
        if (!parse_comp_for(lex, comp, &clauses))
            return NULL;
    } while (lex->token == TUM_T_FOR || lex->token == TUM_T_ASYNC);
    node_take_list(comp, &clauses);
    return comp;
}

static bool at_comp(const struct tum_lex *lex)
{
    return !is_jinja(lex) && (lex->token == TUM_T_FOR || lex->token == TUM_T_ASYNC);
}

/* ---- elements of displays and calls ---- */

static struct tum_ast *parse_starred(struct tum_lex *lex, enum tum_ast_kind kind,
                                     enum prec least)
{
    struct tum_ast *node = tum_ast_new(lex->vm, kind, lex->start, lex->stop);

    tum_lex_next(lex);
    node->a = parse(lex, least);
    return node->a != NULL ? node_end(lex, node) : NULL;
}

/* `e` or `name := e`. */
static struct tum_ast *parse_named(struct tum_lex *lex)
{
    struct tum_ast *target = parse(lex, PREC_IF), *node;

    if (target == NULL || is_jinja(lex) || lex->token != TUM_T_WALRUS)
        return target;
    if (target->kind != TUM_AST_NAME || target->parens)
        return tum_parse_fail(lex, "cannot use assignment expressions with expression");
    tum_lex_next(lex);
    node = node_from(lex, TUM_AST_WALRUS, target);
    node->a = target;
    node->b = parse(lex, PREC_IF);
    return node->b != NULL ? node_end(lex, node) : NULL;
}

/* `*e`, `e`, `name := e`. */
static struct tum_ast *parse_element(struct tum_lex *lex)
{
    if (!is_jinja(lex) && lex->token == TUM_T_STAR)
        return parse_starred(lex, TUM_AST_STAR, PREC_BIT_OR);
    return parse_named(lex);
}

/* Elements after the first one (or none yet) up to the closing token, which is passed. */
static bool parse_elements(struct tum_lex *lex, struct tum_ast_list *list,
                           enum tum_token close)
{
    while (lex->token != close) {
        struct tum_ast *item;

        if (list->count > 0 && !expect(lex, TUM_T_COMMA))
            return false;
        if (list->count > 0 && lex->token == close)
            break;
        item = parse_element(lex);
        if (item == NULL)
            return false;
        tum_ast_add(lex->vm, list, item);
    }
    return expect(lex, close);
}

static struct tum_ast *prefix_paren(struct tum_lex *lex, enum prec least)
{
    uint32_t start = lex->start;
    struct tum_ast_list list = {0};
    struct tum_ast *node;

    (void)least;
    tum_lex_next(lex);
    if (lex->token == TUM_T_YIELD)
        return lex->in_lambda ? hand_over(lex, "yield")
                              : tum_parse_fail(lex, "'yield' outside function");
    if (lex->token != TUM_T_RPAREN) {
        node = parse_element(lex);
        if (node == NULL)
            return NULL;
        if (at_comp(lex)) {
            node = parse_comp(lex, TUM_COMP_GENERATOR, node, NULL, start);
            return node != NULL && expect(lex, TUM_T_RPAREN) ? node_end(lex, node)
                                                             : NULL;
        }
        if (lex->token == TUM_T_RPAREN) {
            if (node->kind == TUM_AST_STAR)
                return tum_parse_fail(lex, "cannot use starred expression here");
            tum_lex_next(lex);
            node->parens = true;
            return node;
        }
        tum_ast_add(lex->vm, &list, node);
    }
    node = tum_ast_new(lex->vm, TUM_AST_TUPLE, start, start);
    node->parens = true;
    if (!parse_elements(lex, &list, TUM_T_RPAREN))
        return NULL;
    node_take_list(node, &list);
    return node_end(lex, node);
}

static struct tum_ast *prefix_list(struct tum_lex *lex, enum prec least)
{
    uint32_t start = lex->start;
    struct tum_ast_list list = {0};
    struct tum_ast *node;

    (void)least;
    tum_lex_next(lex);
    if (lex->token != TUM_T_RBRACKET) {
        node = parse_element(lex);
        if (node == NULL)
            return NULL;
        if (at_comp(lex)) {
            node = parse_comp(lex, TUM_COMP_LIST, node, NULL, start);
            return node != NULL && expect(lex, TUM_T_RBRACKET) ? node_end(lex, node)
                                                               : NULL;
        }
        tum_ast_add(lex->vm, &list, node);
    }
    node = tum_ast_new(lex->vm, TUM_AST_LIST, start, start);
    if (!parse_elements(lex, &list, TUM_T_RBRACKET))
        return NULL;
    node_take_list(node, &list);
    return node_end(lex, node);
}

/* ---- dicts and sets ---- */

/* `k: v` or `**d`; the value of the second is NULL. */
static bool parse_pair(struct tum_lex *lex, struct tum_ast **ret_key,
                       struct tum_ast **ret_value)
{
    if (!is_jinja(lex) && lex->token == TUM_T_DSTAR) {
        *ret_key = parse_starred(lex, TUM_AST_DSTAR, PREC_BIT_OR);
        *ret_value = NULL;
        return *ret_key != NULL;
    }
    *ret_key = parse(lex, PREC_IF);
    if (*ret_key == NULL || !expect(lex, TUM_T_COLON))
        return false;
    *ret_value = parse(lex, PREC_IF);
    return *ret_value != NULL;
}

/* After the first pair. */
static struct tum_ast *parse_dict(struct tum_lex *lex, uint32_t start,
                                  struct tum_ast *key, struct tum_ast *value)
{
    struct tum_ast *node = tum_ast_new(lex->vm, TUM_AST_DICT, start, start);
    struct tum_ast_list list = {0};

    for (;;) {
        tum_ast_add(lex->vm, &list, key);
        tum_ast_add(lex->vm, &list, value);
        if (lex->token == TUM_T_RBRACE)
            break;
        if (!expect(lex, TUM_T_COMMA))
            return NULL;
        if (lex->token == TUM_T_RBRACE)
            break;
        if (!parse_pair(lex, &key, &value))
            return NULL;
    }
    tum_lex_next(lex);
    node_take_list(node, &list);
    return node_end(lex, node);
}

static struct tum_ast *parse_set(struct tum_lex *lex, uint32_t start,
                                 struct tum_ast *first)
{
    struct tum_ast *node = tum_ast_new(lex->vm, TUM_AST_SET, start, start);
    struct tum_ast_list list = {0};

    tum_ast_add(lex->vm, &list, first);
    if (!parse_elements(lex, &list, TUM_T_RBRACE))
        return NULL;
    node_take_list(node, &list);
    return node_end(lex, node);
}

static struct tum_ast *prefix_brace(struct tum_lex *lex, enum prec least)
{
    uint32_t start = lex->start;
    struct tum_ast *key, *value = NULL, *node;

    (void)least;
    tum_lex_next(lex);
    if (accept(lex, TUM_T_RBRACE))
        return tum_ast_new(lex->vm, TUM_AST_DICT, start, lex->last_stop);
    if (is_jinja(lex) || lex->token == TUM_T_DSTAR) {
        if (!parse_pair(lex, &key, &value))
            return NULL;
        if (value == NULL && at_comp(lex))
            return tum_parse_fail(lex, "dict unpacking cannot be used in dict "
                                       "comprehension");
        return parse_dict(lex, start, key, value);
    }
    key = parse_element(lex);
    if (key == NULL)
        return NULL;
    if (lex->token == TUM_T_COLON && key->kind != TUM_AST_STAR &&
        (key->kind != TUM_AST_WALRUS || key->parens)) {
        tum_lex_next(lex);
        value = parse(lex, PREC_IF);
        if (value == NULL)
            return NULL;
        if (!at_comp(lex))
            return parse_dict(lex, start, key, value);
    }
    if (!at_comp(lex))
        return parse_set(lex, start, key);
    node = parse_comp(lex, value != NULL ? TUM_COMP_DICT : TUM_COMP_SET, key, value,
                      start);
    return node != NULL && expect(lex, TUM_T_RBRACE) ? node_end(lex, node) : NULL;
}

/* ---- lambda ---- */

static bool add_param(struct tum_lex *lex, struct tum_params *params, size_t *cap,
                      uint32_t count, struct tum_str name)
{
    struct tum_param *list;

    for (uint32_t i = 0; i < count; i++) {
        if (tum_str_eq(params->list[i].name, name))
            return TUM_FALSE_AFTER(
                tum_parse_fail(lex, "duplicate argument '%.*s' in function definition",
                               TUM_STR_ARG(name)));
    }
    if (count == *cap) {
        *cap = *cap != 0 ? *cap * 2 : 4;
        list = tum_vm_array(lex->vm, struct tum_param, *cap);
        if (count != 0)
            memcpy(list, params->list, count * sizeof(*list));
        params->list = list;
    }
    params->list[count] = (struct tum_param){.name = name};
    return true;
}

struct lambda {
    struct tum_params *params;
    size_t cap;
    struct tum_str star, dstar; /* names; they go to the end */
    bool bare_star, deflt, slash;
};

/* One parameter. *ret_last: `**kwargs`, after which there may be no other. */
static bool parse_param(struct tum_lex *lex, struct lambda *l, bool *ret_last)
{
    struct tum_params *p = l->params;
    uint32_t count = p->positional + p->keyword_only;
    bool after_star = p->star || l->bare_star;

    if (lex->token == TUM_T_SLASH) {
        if (l->slash || after_star || count == 0)
            return TUM_FALSE_AFTER(unexpected(lex));
        tum_lex_next(lex);
        l->slash = true;
        p->positional_only = p->positional;
        return true;
    }
    if (lex->token == TUM_T_STAR) {
        if (after_star)
            return TUM_FALSE_AFTER(unexpected(lex));
        tum_lex_next(lex);
        if (lex->token != TUM_T_NAME) {
            l->bare_star = true;
            return true;
        }
        p->star = true;
        l->star = tum_lex_text(lex);
        tum_lex_next(lex);
        return true;
    }
    if (lex->token == TUM_T_DSTAR) {
        tum_lex_next(lex);
        if (lex->token != TUM_T_NAME)
            return TUM_FALSE_AFTER(unexpected(lex));
        p->dstar = *ret_last = true;
        l->dstar = tum_lex_text(lex);
        tum_lex_next(lex);
        return true;
    }
    if (lex->token != TUM_T_NAME)
        return TUM_FALSE_AFTER(unexpected(lex));
    if (!add_param(lex, p, &l->cap, count, tum_lex_text(lex)))
        return false;
    tum_lex_next(lex);
    if (accept(lex, TUM_T_ASSIGN)) {
        p->list[count].deflt = parse(lex, PREC_IF);
        if (p->list[count].deflt == NULL)
            return false;
        l->deflt = true;
    } else if (l->deflt && !after_star) {
        return TUM_FALSE_AFTER(
            tum_parse_fail(lex, "non-default argument follows default argument"));
    }
    if (after_star)
        p->keyword_only++;
    else
        p->positional++;
    return true;
}

static bool parse_params(struct tum_lex *lex, struct tum_params *params)
{
    struct lambda l = {.params = params};
    bool last = false;
    uint32_t count;

    while (lex->token != TUM_T_COLON) {
        if (last || !parse_param(lex, &l, &last))
            return last ? TUM_FALSE_AFTER(unexpected(lex)) : false;
        if (lex->token != TUM_T_COLON && !expect(lex, TUM_T_COMMA))
            return false;
    }
    if (l.bare_star && params->keyword_only == 0)
        return TUM_FALSE_AFTER(
            tum_parse_fail(lex, "named arguments must follow bare *"));
    count = params->positional + params->keyword_only;
    if (params->star && !add_param(lex, params, &l.cap, count++, l.star))
        return false;
    return !params->dstar || add_param(lex, params, &l.cap, count, l.dstar);
}

static struct tum_ast *prefix_lambda(struct tum_lex *lex, enum prec least)
{
    struct tum_ast *node = tum_ast_new(lex->vm, TUM_AST_LAMBDA, lex->start, lex->stop);
    bool was_in_lambda = lex->in_lambda;

    if (least > PREC_IF)
        return unexpected(lex);
    node->params = tum_vm_array(lex->vm, struct tum_params, 1);
    *node->params = (struct tum_params){0};
    tum_lex_next(lex);
    if (!parse_params(lex, node->params) || !expect(lex, TUM_T_COLON))
        return NULL;
    lex->in_lambda = true;
    node->a = parse(lex, PREC_IF);
    lex->in_lambda = was_in_lambda;
    return node->a != NULL ? node_end(lex, node) : NULL;
}

/* ---- operators ---- */

static struct tum_ast *infix_binary(struct tum_lex *lex, struct tum_ast *left,
                                    const struct rule *rule)
{
    struct tum_ast *node = node_from(lex, TUM_AST_BINARY, left);

    tum_lex_next(lex);
    node->op = (uint8_t)rule->op;
    node->a = left;
    node->b = parse(lex, rule->prec + 1);
    return node->b != NULL ? node_end(lex, node) : NULL;
}

/* To the right, and the right side may have a sign. */
static struct tum_ast *infix_power(struct tum_lex *lex, struct tum_ast *left,
                                   const struct rule *rule)
{
    struct tum_ast *node = node_from(lex, TUM_AST_BINARY, left);

    tum_lex_next(lex);
    node->op = (uint8_t)rule->op;
    node->a = left;
    node->b = parse(lex, PREC_UNARY);
    return node->b != NULL ? node_end(lex, node) : NULL;
}

static struct tum_ast *infix_logic(struct tum_lex *lex, struct tum_ast *left,
                                   const struct rule *rule)
{
    struct tum_ast *node = node_from(lex, (enum tum_ast_kind)rule->op, left);
    enum tum_token token = lex->token;
    struct tum_ast_list list = {0};

    tum_ast_add(lex->vm, &list, left);
    while (accept(lex, token)) {
        struct tum_ast *right = parse(lex, rule->prec + 1);

        if (right == NULL)
            return NULL;
        tum_ast_add(lex->vm, &list, right);
    }
    node_take_list(node, &list);
    return node_end(lex, node);
}

static struct tum_ast *infix_concat(struct tum_lex *lex, struct tum_ast *left,
                                    const struct rule *rule)
{
    struct tum_ast *node = node_from(lex, TUM_AST_CONCAT, left);
    struct tum_ast_list list = {0};

    tum_ast_add(lex->vm, &list, left);
    while (accept(lex, TUM_T_TILDE)) {
        struct tum_ast *right = parse(lex, rule->prec + 1);

        if (right == NULL)
            return NULL;
        tum_ast_add(lex->vm, &list, right);
    }
    node_take_list(node, &list);
    return node_end(lex, node);
}

/* One comparison operator, if there is one here. `not` must be followed by `in`. */
static bool parse_cmpop(struct tum_lex *lex, enum tum_cmpop *ret)
{
    const struct rule *rule = rule_of(lex);
    struct tum_lex before = *lex;

    if (rule->infix != infix_compare)
        return false;
    *ret = (enum tum_cmpop)rule->op;
    tum_lex_next(lex);
    if (*ret == TUM_CMP_IS && accept(lex, TUM_T_NOT))
        *ret = TUM_CMP_IS_NOT;
    if (*ret == TUM_CMP_NOT_IN && !accept(lex, TUM_T_IN)) {
        *lex = before;
        return false;
    }
    return true;
}

/* a < b < c: all operands are in one list. */
static struct tum_ast *infix_compare(struct tum_lex *lex, struct tum_ast *left,
                                     const struct rule *rule)
{
    struct tum_ast *node = node_from(lex, TUM_AST_COMPARE, left);
    struct tum_ast_list list = {0};
    TUM_AUTO(tum_buf_release) struct tum_buf ops = TUM_BUF_INIT(TUM_BUF_ANY);
    enum tum_cmpop op;
    uint8_t *copy;

    tum_ast_add(lex->vm, &list, left);
    while (parse_cmpop(lex, &op)) {
        struct tum_ast *right = parse(lex, rule->prec + 1);

        if (right == NULL)
            return NULL;
        tum_ast_add(lex->vm, &list, right);
        tum_buf_addc(&ops, (char)op);
    }
    if (list.count == 1)
        return unexpected(lex); /* `1 not 2` */
    copy = tum_vm_array(lex->vm, uint8_t, ops.len);
    memcpy(copy, ops.s, ops.len);
    node->ops = copy;
    node_take_list(node, &list);
    return node_end(lex, node);
}

static struct tum_ast *infix_if(struct tum_lex *lex, struct tum_ast *left,
                                const struct rule *rule)
{
    struct tum_ast *node = node_from(lex, TUM_AST_IF, left);

    tum_lex_next(lex);
    node->a = left;
    node->b = parse(lex, PREC_OR);
    if (node->b == NULL)
        return NULL;
    if (is_jinja(lex) && lex->token != TUM_T_ELSE)
        return node_end(lex, node);
    if (!expect(lex, TUM_T_ELSE))
        return NULL;
    node->c = parse(lex, rule->prec);
    return node->c != NULL ? node_end(lex, node) : NULL;
}

/* ---- postfixes ---- */

static struct tum_ast *infix_attr(struct tum_lex *lex, struct tum_ast *left,
                                  const struct rule *rule)
{
    struct tum_ast *node;

    (void)rule;
    tum_lex_next(lex);
    if (is_jinja(lex) && lex->token == TUM_T_INT) {
        node = node_from(lex, TUM_AST_ITEM, left);
        node->a = left;
        node->b = prefix_number(lex, PREC_NONE);
        return node->b != NULL ? node_end(lex, node) : NULL;
    }
    if (lex->token != TUM_T_NAME &&
        (!is_jinja(lex) || lex->token < TUM_T_AND || lex->token > TUM_T_FALSE))
        return unexpected(lex);
    node = node_from(lex, TUM_AST_ATTR, left);
    node->a = left;
    node->name = tum_lex_text(lex);
    tum_lex_next(lex);
    return node_end(lex, node);
}

/* `a`, `a:b`, `a:b:c`, `*a` inside [ ]. */
static struct tum_ast *parse_subscript(struct tum_lex *lex)
{
    struct tum_ast *slice = tum_ast_new(lex->vm, TUM_AST_SLICE, lex->start, lex->stop);
    struct tum_ast **part[] = {&slice->a, &slice->b, &slice->c};

    if (lex->token != TUM_T_COLON) {
        slice->a = parse_element(lex);
        if (slice->a == NULL || lex->token != TUM_T_COLON)
            return slice->a;
        if (slice->a->kind == TUM_AST_STAR ||
            (slice->a->kind == TUM_AST_WALRUS && !slice->a->parens))
            return unexpected(lex);
    }
    for (size_t i = 1; i < TUM_LEN(part) && accept(lex, TUM_T_COLON); i++) {
        if (lex->token == TUM_T_COLON || lex->token == TUM_T_COMMA ||
            lex->token == TUM_T_RBRACKET)
            continue;
        *part[i] = parse(lex, PREC_IF);
        if (*part[i] == NULL)
            return NULL;
    }
    return node_end(lex, slice);
}

static struct tum_ast *infix_item(struct tum_lex *lex, struct tum_ast *left,
                                  const struct rule *rule)
{
    struct tum_ast *node = node_from(lex, TUM_AST_ITEM, left);
    uint32_t start = lex->stop;
    struct tum_ast_list list = {0};
    bool tuple = false;

    (void)rule;
    tum_lex_next(lex);
    while (lex->token != TUM_T_RBRACKET) {
        struct tum_ast *item;

        if (list.count > 0) {
            if (!expect(lex, TUM_T_COMMA))
                return NULL;
            tuple = true;
            if (lex->token == TUM_T_RBRACKET && !is_jinja(lex))
                break;
        }
        item = parse_subscript(lex);
        if (item == NULL)
            return NULL;
        tum_ast_add(lex->vm, &list, item);
    }
    if (list.count == 0 && !is_jinja(lex))
        return unexpected(lex);
    node->a = left;
    if (list.count == 1 && !tuple && list.items[0]->kind != TUM_AST_STAR) {
        node->b = list.items[0];
    } else {
        node->b = tum_ast_new(lex->vm, TUM_AST_TUPLE, start, lex->last_stop);
        node_take_list(node->b, &list);
    }
    return expect(lex, TUM_T_RBRACKET) ? node_end(lex, node) : NULL;
}

/* ---- calls ---- */

struct call_parts {
    struct tum_ast_list list;
    bool keyword, dstar, star; /* seen */
};

/* `name = e`; the current token is the name. */
static bool parse_keyword(struct tum_lex *lex, struct call_parts *parts)
{
    struct tum_ast *node = tum_ast_new(lex->vm, TUM_AST_KEYWORD, lex->start, lex->stop);

    if (lex->token != TUM_T_NAME && !is_jinja(lex))
        return TUM_FALSE_AFTER(unexpected(lex));
    node->name = tum_lex_text(lex);
    for (uint32_t i = 0; i < parts->list.count; i++) {
        if (parts->list.items[i]->kind == TUM_AST_KEYWORD &&
            tum_str_eq(parts->list.items[i]->name, node->name))
            return TUM_FALSE_AFTER(tum_parse_fail(
                lex, "keyword argument repeated: %.*s", TUM_STR_ARG(node->name)));
    }
    tum_lex_next(lex);
    tum_lex_next(lex);
    node->a = parse(lex, PREC_IF);
    if (node->a == NULL)
        return false;
    parts->keyword = true;
    tum_ast_add(lex->vm, &parts->list, node_end(lex, node));
    return true;
}

static bool next_is(const struct tum_lex *lex, enum tum_token token)
{
    struct tum_lex ahead = *lex;

    tum_lex_next(&ahead);
    return ahead.token == token;
}

static bool is_wordlike(const struct tum_lex *lex)
{
    return lex->token == TUM_T_NAME ||
           (is_jinja(lex) && lex->token >= TUM_T_AND && lex->token <= TUM_T_FALSE);
}

static bool parse_arg(struct tum_lex *lex, struct call_parts *parts)
{
    struct tum_ast *node;

    if (lex->token == TUM_T_STAR || lex->token == TUM_T_DSTAR) {
        bool two = lex->token == TUM_T_DSTAR;

        if (parts->dstar && (!two || is_jinja(lex)))
            return TUM_FALSE_AFTER(
                tum_parse_fail(lex, "iterable argument unpacking follows keyword "
                                    "argument unpacking"));
        if (parts->star && !two && is_jinja(lex))
            return TUM_FALSE_AFTER(
                tum_parse_fail(lex, "invalid syntax for function call expression"));
        node = parse_starred(lex, two ? TUM_AST_DSTAR : TUM_AST_STAR, PREC_IF);
        if (two)
            parts->dstar = true;
        else
            parts->star = true;
    } else if (is_wordlike(lex) && next_is(lex, TUM_T_ASSIGN)) {
        if (parts->dstar && is_jinja(lex))
            return TUM_FALSE_AFTER(
                tum_parse_fail(lex, "invalid syntax for function call expression"));
        return parse_keyword(lex, parts);
    } else {
        uint32_t start = lex->start;

        if (parts->dstar || parts->keyword || (parts->star && is_jinja(lex)))
            return TUM_FALSE_AFTER(tum_parse_fail(
                lex, parts->dstar ? "positional argument follows keyword "
                                    "argument unpacking"
                                  : "positional argument follows keyword "
                                    "argument"));
        node = parse_named(lex);
        if (node != NULL && at_comp(lex)) {
            node = parse_comp(lex, TUM_COMP_GENERATOR, node, NULL, start);
            if (node != NULL && (parts->list.count > 0 || lex->token != TUM_T_RPAREN))
                return TUM_FALSE_AFTER(tum_parse_fail(lex,
                                                      "Generator expression must be "
                                                      "parenthesized"));
        }
    }
    if (node == NULL)
        return false;
    tum_ast_add(lex->vm, &parts->list, node);
    return true;
}

bool tum_parse_args(struct tum_lex *lex, struct tum_ast *call)
{
    struct call_parts parts = {0};

    tum_lex_next(lex);
    while (lex->token != TUM_T_RPAREN) {
        if (parts.list.count > 0 && !expect(lex, TUM_T_COMMA))
            return false;
        if (parts.list.count > 0 && lex->token == TUM_T_RPAREN)
            break;
        if (!parse_arg(lex, &parts))
            return false;
    }
    tum_lex_next(lex);
    node_take_list(call, &parts.list);
    return true;
}

static struct tum_ast *infix_call(struct tum_lex *lex, struct tum_ast *left,
                                  const struct rule *rule)
{
    struct tum_ast *node = node_from(lex, TUM_AST_CALL, left);

    (void)rule;
    node->a = left;
    return tum_parse_args(lex, node) ? node_end(lex, node) : NULL;
}

/* ---- Jinja: postfixes, filters, tests ---- */

static struct tum_ast *jinja_postfixes(struct tum_lex *lex, struct tum_ast *node)
{
    while (node != NULL) {
        if (lex->token == TUM_T_DOT)
            node = infix_attr(lex, node, NULL);
        else if (lex->token == TUM_T_LBRACKET)
            node = infix_item(lex, node, NULL);
        else if (lex->token == TUM_T_LPAREN)
            node = infix_call(lex, node, NULL);
        else
            break;
    }
    return node;
}

/* `name` or `a.b.c` of a filter or test. */
static bool parse_dotted(struct tum_lex *lex, struct tum_ast *node)
{
    uint32_t start = lex->start;

    if (!is_wordlike(lex))
        return TUM_FALSE_AFTER(unexpected(lex));
    tum_lex_next(lex);
    while (accept(lex, TUM_T_DOT)) {
        if (!is_wordlike(lex))
            return TUM_FALSE_AFTER(unexpected(lex));
        tum_lex_next(lex);
    }
    node->name = tum_str_n(lex->s + start, lex->last_stop - start);
    return true;
}

static struct tum_ast *jinja_filter(struct tum_lex *lex, struct tum_ast *operand)
{
    struct tum_ast *node = tum_ast_new(lex->vm, TUM_AST_FILTER, lex->start, lex->stop);

    node->a = operand;
    node->simple = true;
    if (!parse_dotted(lex, node))
        return NULL;
    if (lex->token == TUM_T_LPAREN && !tum_parse_args(lex, node))
        return NULL;
    return node_end(lex, node);
}

/* A test's argument without parentheses, when what comes can be one. */
static bool jinja_bare_argument(struct tum_lex *lex, struct tum_ast *node)
{
    struct tum_ast_list list = {0};
    struct tum_ast *argument;

    switch (lex->token) {
    case TUM_T_IS:
        return TUM_FALSE_AFTER(
            tum_parse_fail(lex, "you cannot chain multiple tests with is"));
    case TUM_T_NAME:
    case TUM_T_IF:
    case TUM_T_NOT:
    case TUM_T_IN:
    case TUM_T_NONE:
    case TUM_T_TRUE:
    case TUM_T_FALSE:
    case TUM_T_STRING:
    case TUM_T_INT:
    case TUM_T_FLOAT:
    case TUM_T_LBRACKET:
    case TUM_T_LBRACE:
        break;
    default:
        return true;
    }
    /* Here a word that is not an operand is a name, which then is not defined. */
    argument = lex->token == TUM_T_NOT ? prefix_name(lex, PREC_POSTFIX)
                                       : rule_of(lex)->prefix(lex, PREC_POSTFIX);
    argument = jinja_postfixes(lex, argument);
    if (argument == NULL)
        return false;
    tum_ast_add(lex->vm, &list, argument);
    node_take_list(node, &list);
    return true;
}

static struct tum_ast *jinja_test(struct tum_lex *lex, struct tum_ast *operand)
{
    struct tum_ast *node = node_from(lex, TUM_AST_TEST, operand);

    tum_lex_next(lex);
    node->a = operand;
    node->op = accept(lex, TUM_T_NOT);
    node->simple = true;
    if (!parse_dotted(lex, node))
        return NULL;
    if (lex->token == TUM_T_LPAREN ? !tum_parse_args(lex, node)
                                   : !jinja_bare_argument(lex, node))
        return NULL;
    return node_end(lex, node);
}

static struct tum_ast *jinja_filters(struct tum_lex *lex, struct tum_ast *node)
{
    while (node != NULL) {
        if (accept(lex, TUM_T_PIPE))
            node = jinja_filter(lex, node);
        else if (lex->token == TUM_T_IS)
            node = jinja_test(lex, node);
        else if (lex->token == TUM_T_LPAREN)
            node = infix_call(lex, node, NULL);
        else
            break;
    }
    return node;
}

/* An operand with what belongs to it; below a sign (PREC_POSTFIX) filters wait. */
static struct tum_ast *jinja_operand(struct tum_lex *lex, const struct rule *rule,
                                     enum prec least)
{
    struct tum_ast *node = rule->prefix(lex, least);

    if (node == NULL || (node->kind == TUM_AST_NOT && !node->parens))
        return node;
    if (node->kind != TUM_AST_UNARY || node->parens)
        node = jinja_postfixes(lex, node);
    return least < PREC_POSTFIX ? jinja_filters(lex, node) : node;
}

struct tum_ast *tum_parse_filters(struct tum_lex *lex, struct tum_ast *operand,
                                  bool bare)
{
    struct tum_ast *node = operand;

    if (bare)
        node = jinja_filter(lex, node);
    while (node != NULL && accept(lex, TUM_T_PIPE))
        node = jinja_filter(lex, node);
    return node;
}

struct tum_ast *tum_parse_unary(struct tum_lex *lex)
{
    return parse(lex, PREC_UNARY + 1);
}

/* ---- whole expressions ---- */

/* Can the current token begin an expression? */
static bool at_operand(const struct tum_lex *lex)
{
    switch (lex->token) {
    case TUM_T_ELSE:
    case TUM_T_IF:
    case TUM_T_IN:
    case TUM_T_IS:
    case TUM_T_AND:
    case TUM_T_OR:
        return false;
    default:
        return rule_of(lex)->prefix != NULL;
    }
}

struct tum_ast *tum_parse_expr(struct tum_lex *lex, unsigned flags)
{
    enum prec least = (flags & TUM_PARSE_NO_IF) != 0 ? PREC_OR : PREC_IF;
    uint32_t start = lex->start;
    struct tum_ast_list list = {0};
    struct tum_ast *node;

    if ((flags & TUM_PARSE_TUPLE) == 0)
        return parse(lex, least);
    if ((flags & TUM_PARSE_EMPTY) != 0 && lex->token == TUM_T_END)
        return tum_ast_new(lex->vm, TUM_AST_TUPLE, start, start);
    node = parse(lex, least);
    if (node == NULL || lex->token != TUM_T_COMMA)
        return node;
    tum_ast_add(lex->vm, &list, node);
    while (accept(lex, TUM_T_COMMA) && at_operand(lex)) {
        node = parse(lex, least);
        if (node == NULL)
            return NULL;
        tum_ast_add(lex->vm, &list, node);
    }
    if (lex->token == TUM_T_BAD)
        return unexpected(lex);
    node = tum_ast_new(lex->vm, TUM_AST_TUPLE, start, lex->last_stop);
    node_take_list(node, &list);
    return node;
}

struct tum_ast *tum_parse_field(struct tum_lex *lex)
{
    struct tum_ast_list list = {0};
    uint32_t start = lex->start;
    struct tum_ast *node;

    if (lex->token == TUM_T_YIELD)
        return lex->in_lambda ? hand_over(lex, "yield")
                              : tum_parse_fail(lex, "'yield' outside function");
    node = parse_element(lex);
    if (node == NULL)
        return NULL;
    if (at_comp(lex)) {
        node = parse_comp(lex, TUM_COMP_GENERATOR, node, NULL, start);
    } else if (lex->token != TUM_T_COMMA && node->kind == TUM_AST_STAR) {
        return tum_parse_fail(lex, "f-string: cannot use starred expression here");
    } else if (lex->token == TUM_T_COMMA) {
        tum_ast_add(lex->vm, &list, node);
        if (!parse_elements(lex, &list, TUM_T_END))
            return NULL;
        node = tum_ast_new(lex->vm, TUM_AST_TUPLE, start, lex->last_stop);
        node_take_list(node, &list);
    }
    return node != NULL && expect(lex, TUM_T_END) ? node : NULL;
}

/* Skips lines without content. False: the first line that has some is indented. */
static bool skip_empty_lines(struct tum_str text, size_t *at)
{
    for (;;) {
        size_t start = *at;

        while (*at < text.n &&
               (text.s[*at] == ' ' || text.s[*at] == '\t' || text.s[*at] == '\f'))
            (*at)++;
        if (*at < text.n && text.s[*at] == '#') {
            while (*at < text.n && text.s[*at] != '\n' && text.s[*at] != '\r')
                (*at)++;
        }
        if (*at == text.n || (text.s[*at] != '\n' && text.s[*at] != '\r'))
            return *at == start || *at == text.n || text.s[*at - 1] == '\f';
        if (text.s[*at] == '\r' && *at + 1 < text.n && text.s[*at + 1] == '\n')
            (*at)++;
        (*at)++;
    }
}

struct tum_ast *tum_parse_python(struct tum_vm *vm, struct tum_str text)
{
    struct tum_lex lex;
    struct tum_ast *node;
    size_t start = 0;

    if (memchr(text.s, '\0', text.n) != NULL) {
        tum_unsupported(vm, "a NUL in the text");
        return NULL;
    }
    while (start < text.n && (text.s[start] == ' ' || text.s[start] == '\t'))
        start++;
    if (!skip_empty_lines(text, &start)) {
        tum_raise(vm, "IndentationError", "unexpected indent");
        return NULL;
    }
    tum_lex_init(&lex, vm, TUM_PYTHON, text.s, (uint32_t)start, (uint32_t)text.n);
    node = tum_parse_expr(&lex, TUM_PARSE_TUPLE);
    if (node == NULL || !expect(&lex, TUM_T_END))
        return NULL;
    return tum_bind(vm, node);
}
