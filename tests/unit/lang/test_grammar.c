/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes of trees, written as nested calls, and where a parse stops. What they evaluate to is
 * the corpus' affair.
 */
#include "lang/grammar.h"
#include "machine.h"

/* ---- trees as text ---- */

static void show(struct machine *m, struct tum_ast *node, struct tum_buf *out);

static void show_all(struct machine *m, struct tum_ast *node, const char *name,
                     struct tum_buf *out)
{
    struct tum_ast *fixed[] = {node->a, node->b, node->c};
    bool first = true;

    tum_buf_addf(out, "%s(", name);
    for (size_t i = 0; i < TUM_LEN(fixed) + node->count; i++) {
        struct tum_ast *child =
            i < TUM_LEN(fixed) ? fixed[i] : node->list[i - TUM_LEN(fixed)];

        if (child == NULL)
            continue;
        if (!first)
            tum_buf_addc(out, ' ');
        first = false;
        show(m, child, out);
    }
    tum_buf_addc(out, ')');
}

static const char *const names[] = {
    [TUM_AST_ATTR] = "attr",     [TUM_AST_ITEM] = "item",
    [TUM_AST_SLICE] = "slice",   [TUM_AST_CALL] = "call",
    [TUM_AST_STAR] = "star",     [TUM_AST_DSTAR] = "dstar",
    [TUM_AST_NOT] = "not",       [TUM_AST_AND] = "and",
    [TUM_AST_OR] = "or",         [TUM_AST_IF] = "if",
    [TUM_AST_LIST] = "list",     [TUM_AST_TUPLE] = "tuple",
    [TUM_AST_SET] = "set",       [TUM_AST_DICT] = "dict",
    [TUM_AST_LAMBDA] = "lambda", [TUM_AST_COMP] = "comp",
    [TUM_AST_COMP_FOR] = "for",  [TUM_AST_FSTRING] = "f",
    [TUM_AST_FIELD] = "field",   [TUM_AST_WALRUS] = "walrus",
    [TUM_AST_CONCAT] = "concat", [TUM_AST_CLIENT] = "client",
};

static void show_compare(struct machine *m, struct tum_ast *node, struct tum_buf *out)
{
    tum_buf_adds(out, "cmp(");
    for (uint32_t i = 0; i < node->count; i++) {
        if (i > 0)
            tum_buf_addf(out, " %s ", tum_cmpop_text((enum tum_cmpop)node->ops[i - 1]));
        show(m, node->list[i], out);
    }
    tum_buf_addc(out, ')');
}

static void show(struct machine *m, struct tum_ast *node, struct tum_buf *out)
{
    static const char *const unary[] = {"neg", "pos", "invert"};
    char name[64];

    switch ((enum tum_ast_kind)node->kind) {
    case TUM_AST_CONST:
        tum_buf_adds(out, machine_repr(m, node->constant));
        break;
    case TUM_AST_NAME:
        tum_buf_addt(out, node->name);
        break;
    case TUM_AST_KEYWORD:
        tum_buf_addf(out, "%.*s=", TUM_STR_ARG(node->name));
        show(m, node->a, out);
        break;
    case TUM_AST_UNARY:
        show_all(m, node, unary[node->op], out);
        break;
    case TUM_AST_BINARY:
        show_all(m, node, tum_binop_text((enum tum_binop)node->op), out);
        break;
    case TUM_AST_COMPARE:
        show_compare(m, node, out);
        break;
    case TUM_AST_ATTR:
    case TUM_AST_FILTER:
    case TUM_AST_TEST:
        snprintf(name, sizeof(name), "%s%.*s",
                 node->kind == TUM_AST_ATTR     ? "."
                 : node->kind == TUM_AST_FILTER ? "|"
                 : node->op == 1                ? "isnot:"
                                                : "is:",
                 TUM_STR_ARG(node->name));
        show_all(m, node, name, out);
        break;
    default:
        show_all(m, node, names[node->kind], out);
        break;
    }
}

/* ---- whole expressions ---- */

struct row {
    enum tum_dialect dialect;
    unsigned flags;
    const char *text;
    const char *tree; /* or the exception */
    const char *rest; /* where it stops */
};

static const struct row rows[] = {
    /* Python: precedence and associativity */
    {TUM_PYTHON, 0, "1 + 2 * 3", "+(1 *(2 3))", ""},
    {TUM_PYTHON, 0, "1 - 2 - 3", "-(-(1 2) 3)", ""},
    {TUM_PYTHON, 0, "-2 ** 2", "neg(** or pow()(2 2))", ""},
    {TUM_PYTHON, 0, "2 ** -1", "** or pow()(2 neg(1))", ""},
    {TUM_PYTHON, 0, "a ** b ** c", "** or pow()(a ** or pow()(b c))", ""},
    {TUM_PYTHON, 0, "not a == b", "not(cmp(a == b))", ""},
    {TUM_PYTHON, 0, "a < b <= c not in d is not e", "cmp(a < b <= c not in d is not e)",
     ""},
    {TUM_PYTHON, 0, "a or b and c or d", "or(a and(b c) d)", ""},
    {TUM_PYTHON, 0, "a | b ^ c & d << e + f", "|(a ^(b &(c <<(d +(e f)))))", ""},
    {TUM_PYTHON, 0, "a if b else c if d else e", "if(a b if(c d e))", ""},
    {TUM_PYTHON, 0, "lambda x: x if y else z", "lambda(if(x y z))", ""},
    {TUM_PYTHON, 0, "-a.b[c](d)", "neg(call(item(.b(a) c) d))", ""},
    {TUM_PYTHON, 0, "f(a, *b, c=1, **d)", "call(f a star(b) c=1 dstar(d))", ""},
    {TUM_PYTHON, 0, "a[1:2, ::3]", "item(a tuple(slice(1 2) slice(3)))", ""},
    {TUM_PYTHON, 0, "[a for a, *b in c if d if e for f in g]",
     "comp(a for(tuple(a star(b)) c d e) for(f g))", ""},
    {TUM_PYTHON, 0, "{**a, b: c}", "dict(dstar(a) b c)", ""},
    {TUM_PYTHON, 0, "'a' 'b' f'{c!r:>{d}}'", "f('ab' field(c f('>' field(d))))", ""},
    {TUM_PYTHON, 0, "(a := b)", "walrus(a b)", ""},
    {TUM_PYTHON, TUM_PARSE_TUPLE, "a, b,", "tuple(a b)", ""},
    /* Python: it stops, it does not insist */
    {TUM_PYTHON, 0, "a, b", "a", ", b"},
    {TUM_PYTHON, 0, "a = b", "a", "= b"},
    {TUM_PYTHON, 0, "a b", "a", "b"},
    /* Python: mistakes */
    {TUM_PYTHON, 0, "1 not 2", "SyntaxError", NULL},
    {TUM_PYTHON, 0, "1 + not 2", "SyntaxError", NULL},
    {TUM_PYTHON, 0, "f(a=1, 2)", "SyntaxError", NULL},
    {TUM_PYTHON, 0, "f(x for x in y, 1)", "SyntaxError", NULL},
    {TUM_PYTHON, 0, "[*a for a in b]", "SyntaxError", NULL},
    {TUM_PYTHON, 0, "(*a)", "SyntaxError", NULL},
    {TUM_PYTHON, 0, "lambda a=1, b: 0", "SyntaxError", NULL},
    {TUM_PYTHON, 0, "a[]", "SyntaxError", NULL},
    {TUM_PYTHON, 0, "b'a' 'b'", "SyntaxError", NULL},
    {TUM_PYTHON, 0, "1j", "?", NULL},
    {TUM_PYTHON, 0, "await a", "?", NULL},
    {TUM_PYTHON, 0, "f'{'a'}'", "?", NULL},
    {TUM_PYTHON, 0, "f'{\"\\n\"}'", "?", NULL},
    /* Jinja: its own order */
    {TUM_JINJA, 0, "2**3**2", "** or pow()(** or pow()(2 3) 2)", ""},
    {TUM_JINJA, 0, "-2**2", "** or pow()(neg(2) 2)", ""},
    {TUM_JINJA, 0, "1 + 2 ~ 3 * 4 ~ 5", "+(1 concat(2 *(3 4) 5))", ""},
    {TUM_JINJA, 0, "-1|abs", "|abs(neg(1))", ""},
    {TUM_JINJA, 0, "1 + '2'|int", "+(1 |int('2'))", ""},
    {TUM_JINJA, 0, "a.b|c(1, k=2)|d", "|d(|c(.b(a) 1 k=2))", ""},
    {TUM_JINJA, 0, "a is divisibleby 3 and b", "and(is:divisibleby(a 3) b)", ""},
    {TUM_JINJA, 0, "a is not in [1, 2]", "isnot:in(a list(1 2))", ""},
    {TUM_JINJA, 0, "a is b(1)|c", "|c(is:b(a 1))", ""},
    {TUM_JINJA, 0, "a is defined else", "is:defined(a)", "else"},
    {TUM_JINJA, 0, "a is b is c", "TemplateSyntaxError", NULL},
    {TUM_JINJA, 0, "not a in b", "not(cmp(a in b))", ""},
    {TUM_JINJA, 0, "l.0.1", "item(item(l 0) 1)", ""},
    {TUM_JINJA, 0, "a.if", ".if(a)", ""},
    {TUM_JINJA, 0, "a if b", "if(a b)", ""},
    {TUM_JINJA, 0, "a if b if c else d", "if(if(a b) c d)", ""},
    {TUM_JINJA, 0, "{'a': 1, b: [2,]}", "dict('a' 1 b list(2))", ""},
    {TUM_JINJA, 0, "true, none", "True", ", none"},
    {TUM_JINJA, 0, "()", "tuple()", ""},
    {TUM_JINJA, 0, "a[1, 2]", "item(a tuple(1 2))", ""},
    {TUM_JINJA, 0, "f()(1).x|y()", "|y(.x(call(call(f) 1)))", ""},
    {TUM_JINJA, 0, "a|b(1)(2)", "call(|b(a 1) 2)", ""},
    {TUM_JINJA, TUM_PARSE_NO_IF, "a|b if c", "|b(a)", "if c"},
    {TUM_JINJA, TUM_PARSE_TUPLE | TUM_PARSE_NO_IF, "a, b if c", "tuple(a b)", "if c"},
    {TUM_JINJA, TUM_PARSE_TUPLE, "a,", "tuple(a)", ""},
    {TUM_JINJA, TUM_PARSE_TUPLE, "a recursive", "a", "recursive"},
    {TUM_JINJA, TUM_PARSE_TUPLE | TUM_PARSE_EMPTY, "", "tuple()", ""},
    {TUM_JINJA, 0, "", "TemplateSyntaxError", NULL},
    {TUM_JINJA, 0, "a +", "TemplateSyntaxError", NULL},
    {TUM_JINJA, 0, "f(*a, *b)", "TemplateSyntaxError", NULL},
    {TUM_JINJA, 0, "[x for x in y]", "TemplateSyntaxError", NULL},
    {TUM_JINJA, 0, "a|", "TemplateSyntaxError", NULL},
};

START_TEST(trees)
{
    const struct row *row = &rows[_i];
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_ast *node;
    struct machine m;
    struct tum_lex lex;

    machine_init(&m);
    tum_lex_init(&lex, &m.vm, row->dialect, row->text, 0, (uint32_t)strlen(row->text));
    node = tum_parse_expr(&lex, row->flags);
    if (node != NULL)
        show(&m, node, &out);
    else
        tum_buf_adds(&out, m.vm.state == TUM_VM_RAISED ? m.vm.exc_type : "?");
    ck_assert_msg(strcmp(out.s, row->tree) == 0, "%s: got %s, want %s", row->text,
                  out.s, row->tree);
    if (row->rest != NULL)
        ck_assert_str_eq(row->text + lex.start, row->rest);
    machine_release(&m);
}
END_TEST

/* `{% filter a(1) | b %}`: the operand comes from outside. */
START_TEST(filters_alone)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *text = "a(1) | b %";
    struct tum_ast *node;
    struct machine m;
    struct tum_lex lex;

    machine_init(&m);
    tum_lex_init(&lex, &m.vm, TUM_JINJA, text, 0, (uint32_t)strlen(text));
    node = tum_parse_filters(&lex, tum_ast_new(&m.vm, TUM_AST_CLIENT, 0, 0), true);
    ck_assert_ptr_nonnull(node);
    show(&m, node, &out);
    ck_assert_str_eq(out.s, "|b(|a(client() 1))");
    ck_assert_int_eq(lex.token, TUM_T_PERCENT);
    machine_release(&m);
}
END_TEST

static bool count(void *ctx, struct tum_ast *child)
{
    (void)child;
    return ++*(int *)ctx < 3;
}

/* The walk over children meets defaults of parameters, and stops when told to. */
START_TEST(children)
{
    const char *text = "lambda a=1, *, b=2, c=3: d";
    struct tum_ast *node;
    struct machine m;
    struct tum_lex lex;
    int n = -10;

    machine_init(&m);
    tum_lex_init(&lex, &m.vm, TUM_PYTHON, text, 0, (uint32_t)strlen(text));
    node = tum_parse_expr(&lex, 0);
    ck_assert(tum_ast_each_child(node, count, &n));
    ck_assert_int_eq(n, -6);
    n = 0;
    ck_assert(!tum_ast_each_child(node, count, &n));
    ck_assert_int_eq(n, 3);
    machine_release(&m);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, trees, 0, TUM_LEN(rows));
    tcase_add_test(t, filters_alone);
    tcase_add_test(t, children);
}

UNIT_MAIN("grammar", add)
