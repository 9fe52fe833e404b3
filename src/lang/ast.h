/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees of expressions. One struct for all nodes: what an entry means depends on the
 * kind; entries that a kind does not use are zero. Nodes live in a heap, with the objects of
 * their constants, and are used with the machine (struct tum_vm) they were parsed with.
 */
#ifndef TUM_AST_H
#define TUM_AST_H

#include "lang/obj.h"

enum tum_ast_kind {
    TUM_AST_CONST, /* constant */
    TUM_AST_NAME,  /* name; bound, depth, slot (bind.h) */
    TUM_AST_ATTR,  /* a . name */
    TUM_AST_ITEM,  /* a [ b ] */
    TUM_AST_SLICE, /* a : b : c, each may be NULL; only below ITEM and in TUPLE there */
    TUM_AST_CALL,  /* a ( list ); simple: only positional arguments */
    TUM_AST_STAR,  /* * a, in displays and calls */
    TUM_AST_DSTAR, /* ** a, in dict displays and calls */
    TUM_AST_KEYWORD,  /* name = a, in calls */
    TUM_AST_UNARY,    /* op (enum tum_unop) a */
    TUM_AST_NOT,      /* not a */
    TUM_AST_BINARY,   /* a op (enum tum_binop) b */
    TUM_AST_COMPARE,  /* list[0] ops[0] list[1] ops[1] list[2] … */
    TUM_AST_AND,      /* list: a and b and c */
    TUM_AST_OR,       /* list */
    TUM_AST_IF,       /* a if b else c; c NULL: Jinja, without else */
    TUM_AST_LIST,     /* list */
    TUM_AST_TUPLE,    /* list */
    TUM_AST_SET,      /* list */
    TUM_AST_DICT,     /* list: key, value, key, value …; a DSTAR counts as one key and
                         its value is NULL */
    TUM_AST_LAMBDA,   /* lambda: params; body a */
    TUM_AST_COMP,     /* op (enum tum_comp): a, for dicts a: b; list of COMP_FOR */
    TUM_AST_COMP_FOR, /* for a in b; list: conditions */
    TUM_AST_FSTRING,  /* list of CONST and FIELD */
    TUM_AST_FIELD,  /* a, op: conversion ('r', 's', 'a', 0); b: format spec, an FSTRING,
                         or NULL */
    TUM_AST_WALRUS, /* a (NAME) := b */
    /* Jinja only */
    TUM_AST_CONCAT, /* list: a ~ b ~ c */
    TUM_AST_FILTER, /* a | name ( list ) */
    TUM_AST_TEST,   /* a is name ( list ); op 1: is not */
    /* Made by a layer above, evaluated by its hook. */
    TUM_AST_CLIENT, /* a: an operand, or NULL; slot, client */
};

enum tum_comp { TUM_COMP_LIST, TUM_COMP_SET, TUM_COMP_DICT, TUM_COMP_GENERATOR };

/* Where a name is found; decided after parsing (Python only). */
enum tum_bound {
    TUM_BOUND_HOOK,    /* Jinja: the hook knows */
    TUM_BOUND_FRAME,   /* `slot` of the frame `depth` levels up */
    TUM_BOUND_OWN,     /* `constant`: a built-in or module */
    TUM_BOUND_NOWHERE, /* NameError when evaluated */
};

struct tum_param {
    struct tum_str name;
    struct tum_ast *deflt; /* evaluated where the lambda stands; NULL: none */
};

/* Parameters of a lambda; their slots are 0, 1, 2 … in this order. */
struct tum_params {
    struct tum_param *list;
    uint32_t positional_only, positional; /* how many; the second counts the first */
    uint32_t keyword_only;                /* after them */
    bool star, dstar;                     /* after all those: *args, then **kwargs */
};

struct tum_ast {
    uint8_t kind; /* enum tum_ast_kind */
    uint8_t op;
    uint8_t bound; /* enum tum_bound */
    bool parens;   /* stood in parentheses of its own */
    bool simple;   /* calls: only plain positional arguments; displays: no star */
    bool free;     /* a name of an enclosing function */
    bool global;   /* a name that := assigns at the top */
    uint16_t depth;
    uint32_t start, end; /* bytes in the parsed text */
    uint32_t slot; /* bound names; free for the layer above on others (0 when parsed) */
    uint32_t count;      /* of list */
    uint32_t frame_size; /* slots of a LAMBDA's or COMP's frame */
    struct tum_ast *a, *b, *c;
    struct tum_ast **list;
    union {
        struct tum_str name;
        struct tum_obj *constant;
        const uint8_t *ops; /* COMPARE: count - 1 of enum tum_cmpop */
        struct tum_params *params;
    };
    union {
        void *client;        /* for the layer above (0 when parsed) */
        struct tum_obj *own; /* bound names: TUM_BOUND_OWN */
    };
    /* The last type whose attribute was looked up here, and what was found. */
    const struct tum_type *seen;
    const struct tum_native *seen_attr;
};

/* A zeroed node in vm->heap. */
struct tum_ast *tum_ast_new(struct tum_vm *vm, enum tum_ast_kind kind, uint32_t start,
                            uint32_t end) TUM_MUST_USE;
struct tum_ast *tum_ast_const(struct tum_vm *vm, struct tum_obj *constant,
                              uint32_t start, uint32_t end) TUM_MUST_USE;

/*
 * Calls `visit` for every child that there is, in source order; stops when one
 * returns false, and returns that. Defaults of parameters are children of the lambda.
 */
bool tum_ast_each_child(struct tum_ast *node,
                        bool (*visit)(void *ctx, struct tum_ast *child), void *ctx);

/* Growing list of nodes while parsing. */
struct tum_ast_list {
    struct tum_ast **items;
    uint32_t count, cap;
};
void tum_ast_add(struct tum_vm *vm, struct tum_ast_list *list, struct tum_ast *node);

#endif
