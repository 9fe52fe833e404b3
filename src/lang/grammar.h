/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens to trees, by one table of rules a dialect.
 *
 * A parse never looks beyond the first token that cannot go on: `lex` then stands on it,
 * and the caller decides whether that is right. Nodes and constants go to vm->heap.
 *
 * Errors are failures of the vm: SyntaxError in Python's dialect (TemplateSyntaxError
 * in Jinja's), or handed over for what Python has and this has not. `lex->start` is then
 * the place.
 */
#ifndef TUM_GRAMMAR_H
#define TUM_GRAMMAR_H

#include "lang/ast.h"
#include "lang/lex.h"

/* Nodes inside nodes; deeper is handed over (Jinja: an error). */
#define TUM_PARSE_DEPTH_LIMIT 400

enum tum_parse_flags {
    /* A bare `a if c else b` is not taken: the parse stops before `if`. */
    TUM_PARSE_NO_IF = 1,
    /* A bare `a, b` (or `a,`) is a tuple. */
    TUM_PARSE_TUPLE = 2,
    /* With TUPLE: no expression at all is the empty tuple instead of an error. */
    TUM_PARSE_EMPTY = 4,
};

/* NULL: failed. */
struct tum_ast *tum_parse_expr(struct tum_lex *lex, unsigned flags);
/*
 * Jinja: continues with `| name(args) …` (and tests when `tests`) on an operand that the
 * caller made. The first token must be the `|` or, with bare, the first filter's name
 * (`{% filter upper | trim %}`).
 */
struct tum_ast *tum_parse_filters(struct tum_lex *lex, struct tum_ast *operand,
                                  bool bare);
/* Jinja: one unary expression with its postfixes, filters and tests. */
struct tum_ast *tum_parse_unary(struct tum_lex *lex);
/*
 * Arguments of a call: the current token is `(`; afterwards the one behind `)`. Fills
 * list, count and simple of `call`.
 */
bool tum_parse_args(struct tum_lex *lex, struct tum_ast *call);

/*
 * A whole Python expression as eval() takes it, names bound (bind.h). On failure NULL.
 */
struct tum_ast *tum_parse_python(struct tum_vm *vm, struct tum_str text);

/* Raises the dialect's syntax error; NULL. */
struct tum_ast *tum_parse_fail(struct tum_lex *lex, const char *fmt, ...)
    TUM_PRINTF(2, 3);

#endif
