/* SPDX-License-Identifier: Apache-2.0 */
/*
 * f-strings, by the rules of Python 3.11: the field's text is found first, by quotes and
 * brackets, and parsed then. What 3.12 reads otherwise (quotes of the same kind, backslashes
 * and comments in a field) is handed over.
 */
#include "lang/fstring.h"
#include "lang/grammar.h"
#include "lang/literal.h"

struct strings {
    struct tum_lex *lex;
    struct tum_vm *vm;
    struct tum_buf text; /* literal text not yet in parts */
    struct tum_ast_list parts;
    bool format, bytes, plain; /* kinds seen */
    /* The string being read. */
    const char *s; /* whole source */
    uint32_t at, end;
    unsigned flags;
    char quote;
    unsigned level; /* format specs inside each other */
};

static bool parse_pieces(struct strings *st);

/* ---- failing ---- */

static bool fail(struct strings *st, const char *what)
{
    return TUM_FALSE_AFTER(tum_parse_fail(st->lex, "f-string: %s", what));
}

/*
 * The string ends inside a field. In 3.12 its quote does not end it: if there is a quote
 * further on, that is what it may mean.
 */
static bool fail_open(struct strings *st, const char *what)
{
    const struct tum_lex *lex = st->lex;

    if (memchr(lex->s + lex->stop, st->quote, lex->end - lex->stop) != NULL)
        return tum_unsupported_false(st->vm, "an f-string that ends inside a field");
    return fail(st, what);
}

/* ---- parts ---- */

static void flush_text(struct strings *st)
{
    struct tum_obj *o;

    if (st->text.len == 0)
        return;
    o = tum_new_str(st->vm, tum_buf_str(&st->text));
    tum_buf_reset(&st->text);
    tum_ast_add(st->vm, &st->parts,
                tum_ast_const(st->vm, o, st->lex->start, st->lex->stop));
}

static struct tum_ast *take_parts(struct strings *st, uint32_t start, uint32_t end)
{
    struct tum_ast *node = tum_ast_new(st->vm, TUM_AST_FSTRING, start, end);

    flush_text(st);
    node->list = st->parts.items;
    node->count = st->parts.count;
    node->simple = true;
    st->parts = (struct tum_ast_list){0};
    return node;
}

/* ---- fields ---- */

struct field_scan {
    char open[TUM_LEX_NEST_LIMIT];
    unsigned nest;
    char quote;
    bool triple;
};

/* Inside a string of the field: goes over its end, if it is here. */
static void scan_string(struct strings *st, struct field_scan *scan)
{
    if (st->s[st->at] != scan->quote)
        return;
    if (scan->triple) {
        if (st->at + 2 >= st->end || st->s[st->at + 1] != scan->quote ||
            st->s[st->at + 2] != scan->quote)
            return;
        st->at += 2;
    }
    scan->quote = '\0';
}

static bool scan_bracket(struct strings *st, struct field_scan *scan, char c)
{
    if (c == '(' || c == '[' || c == '{') {
        if (scan->nest == TUM_LEX_NEST_LIMIT)
            return fail(st, "too many nested parenthesis");
        scan->open[scan->nest++] = c;
        return true;
    }
    if (scan->nest == 0)
        return fail(st, "unmatched closing parenthesis");
    if (scan->open[--scan->nest] != (c == ')' ? '(' : c == ']' ? '[' : '{'))
        return fail(st, "closing parenthesis does not match opening parenthesis");
    return true;
}

/* == != <= >= and single < > do not end a field. */
static bool scan_comparison(struct strings *st, char c)
{
    char next = st->at + 1 < st->end ? st->s[st->at + 1] : '\0';

    if (next == '=' && (c == '!' || c == '=' || c == '<' || c == '>')) {
        st->at++;
        return true;
    }
    return c == '<' || c == '>';
}

/* From behind `{` to the end of the expression. */
static bool scan_field(struct strings *st)
{
    struct field_scan scan = {.nest = 0};

    for (; st->at < st->end; st->at++) {
        char c = st->s[st->at];

        if (c == '\\')
            return tum_unsupported_false(st->vm,
                                         "a backslash in a field of an f-string");
        if (scan.quote != '\0') {
            scan_string(st, &scan);
        } else if (c == '\'' || c == '"') {
            scan.quote = c;
            scan.triple = st->at + 2 < st->end && st->s[st->at + 1] == c &&
                          st->s[st->at + 2] == c;
            if (scan.triple)
                st->at += 2;
        } else if (c == '#') {
            return tum_unsupported_false(st->vm, "a comment in a field of an f-string");
        } else if (scan.nest == 0 && memchr("!:}=<>", c, 6) != NULL) {
            if (!scan_comparison(st, c))
                break;
        } else if (memchr("([{)]}", c, 6) != NULL) {
            if (!scan_bracket(st, &scan, c))
                return false;
        }
    }
    if (scan.quote != '\0')
        return fail_open(st, "unterminated string");
    if (scan.nest != 0)
        return fail_open(st, "a parenthesis was never closed");
    return st->at < st->end || fail_open(st, "expecting '}'");
}

static struct tum_ast *parse_field_expr(struct strings *st, uint32_t start)
{
    struct tum_lex lex;
    struct tum_ast *node;
    bool blank = true;

    for (uint32_t i = start; i < st->at; i++)
        blank = blank && memchr(" \t\n\f\r", st->s[i], 5) != NULL;
    if (blank) {
        fail(st, "empty expression not allowed");
        return NULL;
    }
    if (st->lex->depth >= TUM_PARSE_DEPTH_LIMIT || !tum_vm_stack(st->vm)) {
        tum_unsupported(st->vm, "too many nested expressions");
        return NULL;
    }
    /* As if in parentheses: line ends are blanks. */
    tum_lex_init_inside(&lex, st->vm, st->s, start, st->at);
    lex.depth = st->lex->depth + 1;
    lex.in_lambda = st->lex->in_lambda;
    node = tum_parse_field(&lex);
    return node;
}

/* `= ` behind the expression: the field's own text comes first. */
static bool parse_echo(struct strings *st, uint32_t start, bool *ret)
{
    *ret = false;
    if (st->s[st->at] != '=')
        return true;
    st->at++;
    while (st->at < st->end && memchr(" \t\n\f\r\v", st->s[st->at], 6) != NULL)
        st->at++;
    if (st->at >= st->end)
        return fail_open(st, "expecting '}'");
    tum_buf_add(&st->text, st->s + start, st->at - start);
    *ret = true;
    return true;
}

static bool parse_conversion(struct strings *st, struct tum_ast *field)
{
    char c;

    if (st->s[st->at] != '!')
        return true;
    if (st->at + 2 >= st->end)
        return fail_open(st, "expecting '}'");
    c = st->s[st->at + 1];
    if (c != 's' && c != 'r' && c != 'a')
        return fail(st, "invalid conversion character: expected 's', 'r', or 'a'");
    field->op = (uint8_t)c;
    st->at += 2;
    return true;
}

static bool parse_spec(struct strings *st, struct tum_ast *field)
{
    struct tum_ast_list outer = st->parts;
    uint32_t start = ++st->at;
    bool ok;

    if (st->at >= st->end)
        return fail_open(st, "expecting '}'");
    if (st->level >= TUM_FSTRING_NEST_LIMIT)
        return tum_unsupported_false(st->vm, "format specs inside each other");
    st->parts = (struct tum_ast_list){0};
    st->level++;
    ok = parse_pieces(st);
    st->level--;
    field->b = take_parts(st, start, st->at);
    st->parts = outer;
    return ok;
}

/* From behind `{` to behind `}`. */
static bool parse_replacement(struct strings *st)
{
    uint32_t start = st->at;
    struct tum_ast *field = tum_ast_new(st->vm, TUM_AST_FIELD, start, start);
    bool echo;

    if (st->level >= TUM_FSTRING_NEST_LIMIT)
        return tum_unsupported_false(st->vm, "fields inside each other");
    if (!scan_field(st))
        return false;
    field->a = parse_field_expr(st, start);
    if (field->a == NULL || !parse_echo(st, start, &echo) ||
        !parse_conversion(st, field))
        return false;
    flush_text(st);
    if (st->at < st->end && st->s[st->at] == ':' && !parse_spec(st, field))
        return false;
    if (st->at >= st->end || st->s[st->at] != '}')
        return fail_open(st, "expecting '}'");
    if (echo && field->op == 0 && field->b == NULL)
        field->op = 'r';
    field->end = ++st->at;
    tum_ast_add(st->vm, &st->parts, field);
    return true;
}

/* ---- literal text between fields ---- */

/* Adds text up to the next brace that means something; *ret_brace, or 0 at the end. */
static bool parse_literal(struct strings *st, char *ret_brace)
{
    uint32_t start = st->at;
    bool raw = (st->flags & TUM_STRING_RAW) != 0;

    *ret_brace = '\0';
    for (; st->at < st->end; st->at++) {
        char c = st->s[st->at];

        if (c == '\\' && !raw && st->at + 1 < st->end) {
            char next = st->s[st->at + 1];

            if (next == 'N')
                return tum_unsupported_false(st->vm, "\\N{…}");
            /* A brace is never escaped by a backslash. */
            if (next != '{' && next != '}')
                st->at++;
        } else if (c == '{' || c == '}') {
            *ret_brace = c;
            break;
        }
    }
    return tum_literal_decode(st->lex, tum_str_n(st->s + start, st->at - start),
                              st->flags, &st->text);
}

/* Text and fields, up to the end or, in a format spec, to its `}`. */
static bool parse_pieces(struct strings *st)
{
    char brace;

    for (;;) {
        if (!parse_literal(st, &brace))
            return false;
        if (brace == '\0')
            return true;
        if (st->level == 0 && st->at + 1 < st->end && st->s[st->at + 1] == brace) {
            tum_buf_addc(&st->text, brace);
            st->at += 2;
            continue;
        }
        if (brace == '}') {
            if (st->level > 0)
                return true;
            return fail(st, "single '}' is not allowed");
        }
        st->at++;
        if (st->at >= st->end)
            return fail_open(st, "expecting '}'");
        if (!parse_replacement(st))
            return false;
    }
}

/* ---- whole literals ---- */

static bool parse_string(struct strings *st)
{
    struct tum_lex *lex = st->lex;

    st->flags = lex->flags;
    tum_literal_body(lex, &st->at, &st->end);
    st->quote = lex->s[lex->stop - 1];
    if ((st->flags & TUM_STRING_BYTES) != 0)
        st->bytes = true;
    else
        st->plain = true;
    if (st->bytes && st->plain)
        return TUM_FALSE_AFTER(
            tum_parse_fail(lex, "cannot mix bytes and nonbytes literals"));
    if ((st->flags & TUM_STRING_FORMAT) == 0)
        return tum_literal_decode(lex, tum_str_n(lex->s + st->at, st->end - st->at),
                                  st->flags, &st->text);
    st->format = true;
    return parse_pieces(st);
}

static struct tum_ast *make_node(struct strings *st, uint32_t start)
{
    struct tum_vm *vm = st->vm;
    uint32_t end = st->lex->last_stop;
    struct tum_obj *o;

    if (st->format)
        return take_parts(st, start, end);
    if (st->bytes)
        o = tum_new_bytes(vm, st->text.s, st->text.len);
    else
        o = tum_new_str(vm, tum_buf_str(&st->text));
    return tum_ast_const(vm, o, start, end);
}

struct tum_ast *tum_parse_strings(struct tum_lex *lex)
{
    struct strings st = {
        .lex = lex, .vm = lex->vm, .s = lex->s, .text = TUM_BUF_INIT(TUM_BUF_ANY)};
    uint32_t start = lex->start;
    struct tum_ast *node = NULL;

    do {
        if (!parse_string(&st))
            goto out;
        tum_lex_next(lex);
    } while (lex->token == TUM_T_STRING);
    node = make_node(&st, start);
out:
    tum_buf_release(&st.text);
    return node;
}
