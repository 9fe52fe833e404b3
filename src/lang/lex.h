/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of expressions, in two dialects: Python's, and that of templates. One token at a
 * time; strings are not decoded here (literal.h).
 */
#ifndef TUM_LEX_H
#define TUM_LEX_H

#include "lang/obj.h"

enum tum_dialect { TUM_PYTHON, TUM_JINJA };

/* Brackets open inside each other; Python refuses more. */
#define TUM_LEX_NEST_LIMIT 200

enum tum_token {
    TUM_T_END,    /* end of the range; Python: also an end of line outside brackets */
    TUM_T_BAD,    /* see `error` */
    TUM_T_NAME,   /* an identifier that is no keyword */
    TUM_T_INT,    /* 12 0x1F 1_000 */
    TUM_T_FLOAT,  /* 1.5 1e3 */
    TUM_T_IMAG,   /* 1j */
    TUM_T_STRING, /* one literal with its prefix and quotes; prefix in flags */
    /* keywords */
    TUM_T_AND,
    TUM_T_OR,
    TUM_T_NOT,
    TUM_T_IF,
    TUM_T_ELSE,
    TUM_T_IN,
    TUM_T_IS,
    TUM_T_NONE,
    TUM_T_TRUE,
    TUM_T_FALSE,
    TUM_T_LAMBDA, /* from here on Python only */
    TUM_T_FOR,
    TUM_T_ASYNC,
    TUM_T_AWAIT,
    TUM_T_YIELD,
    TUM_T_KEYWORD, /* any other reserved word */
    /* operators */
    TUM_T_LPAREN,
    TUM_T_RPAREN,
    TUM_T_LBRACKET,
    TUM_T_RBRACKET,
    TUM_T_LBRACE,
    TUM_T_RBRACE,
    TUM_T_COMMA,
    TUM_T_COLON,
    TUM_T_DOT,
    TUM_T_SEMICOLON,
    TUM_T_ASSIGN, /* = */
    TUM_T_WALRUS, /* := */
    TUM_T_PLUS,
    TUM_T_MINUS,
    TUM_T_STAR,
    TUM_T_DSTAR,
    TUM_T_SLASH,
    TUM_T_DSLASH,
    TUM_T_PERCENT,
    TUM_T_AT,
    TUM_T_TILDE,
    TUM_T_PIPE,
    TUM_T_AMP,
    TUM_T_CARET,
    TUM_T_LSHIFT,
    TUM_T_RSHIFT,
    TUM_T_EQ,
    TUM_T_NE,
    TUM_T_LT,
    TUM_T_LE,
    TUM_T_GT,
    TUM_T_GE,
    TUM_T_ELLIPSIS,
    TUM_T_OTHER, /* an operator that no expression has: += -> ; the last kind */
};

enum tum_string_flags {
    TUM_STRING_RAW = 1,
    TUM_STRING_BYTES = 2,
    TUM_STRING_FORMAT = 4,
    TUM_STRING_TRIPLE = 8,
};

/*
 * The lexer and its current token. Copying the struct saves a position. `end` may be
 * moved nearer by the caller before the first token.
 */
struct tum_lex {
    struct tum_vm *vm;
    enum tum_dialect dialect;
    const char *s;                 /* the whole text; spans count from here */
    uint32_t pos, end;             /* next byte, end of the range */
    unsigned nest;                 /* brackets open at pos */
    unsigned depth;                /* of the parser's recursion */
    bool in_lambda;                /* the parser is in the body of one */
    bool in_parens;                /* the range is the inside of parentheses */
    char open[TUM_LEX_NEST_LIMIT]; /* which */

    enum tum_token token; /* the current token */
    uint32_t start, stop; /* its bytes */
    unsigned flags;       /* strings: enum tum_string_flags */
    uint32_t last_stop;   /* end of the token before */
    const char *error;    /* TUM_T_BAD: what is wrong, static; NULL: hand over */
};

/* Starts on bytes `start` to before `end` of `s` and reads the first token. */
void tum_lex_init(struct tum_lex *lex, struct tum_vm *vm, enum tum_dialect dialect,
                  const char *s, uint32_t start, uint32_t end);
/* The same for Python inside parentheses that are not in the range. */
void tum_lex_init_inside(struct tum_lex *lex, struct tum_vm *vm, const char *s,
                         uint32_t start, uint32_t end);
/* Goes to the next token. At the end, again and again TUM_T_END. */
void tum_lex_next(struct tum_lex *lex);
/* Text of the current token. */
static inline struct tum_str tum_lex_text(const struct tum_lex *lex)
{
    return tum_str_n(lex->s + lex->start, lex->stop - lex->start);
}
/* The current token is a NAME (Jinja: or keyword) with this text. */
bool tum_lex_is_name(const struct tum_lex *lex, const char *name);
/* The token's kind in words: "name", "','", "end of expression". */
const char *tum_token_text(enum tum_token token);

#endif
