/* SPDX-License-Identifier: Apache-2.0 */
/*
 * String literals side by side, f-strings among them, to one node.
 */
#ifndef TUM_FSTRING_H
#define TUM_FSTRING_H

#include "lang/ast.h"
#include "lang/lex.h"

/* Fields inside format specs inside fields; Python has no more. */
#define TUM_FSTRING_NEST_LIMIT 2

/* The current token is a string; all that follow it at once are taken. NULL: failed. */
struct tum_ast *tum_parse_strings(struct tum_lex *lex);

/* The whole range of `lex` as the expression of a field (grammar.c). NULL: failed. */
struct tum_ast *tum_parse_field(struct tum_lex *lex);

#endif
