/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a template: statements with expressions of src/lang, all in one arena.
 *
 * Names are resolved when the tree is complete (tscope.h): `ref` says where a name's
 * value is while the template runs.
 */
#ifndef TUM_TTREE_H
#define TUM_TTREE_H

#include "lang/ast.h"
#include "tum/err.h"
#include "tum/mem.h"

/*
 * Where a name lives: `hops` functions out of the running one, in place `slot`. A
 * function is the template itself, a block, a macro, a caller, the body of a recursive
 * loop, or the condition of a loop.
 */
struct tum_tref {
    uint32_t hops;
    uint32_t slot;
};

/* What happens to a place when its frame begins; at the end it is missing again. */
enum tum_tload_kind {
    TUM_TLOAD_PARAM,   /* set by whoever enters the frame */
    TUM_TLOAD_MISSING, /* nothing yet */
    TUM_TLOAD_OUTER,   /* the value that an outer frame has under the name */
    TUM_TLOAD_CONTEXT, /* a variable of the template, or missing */
};

struct tum_tload {
    enum tum_tload_kind kind;
    uint32_t slot;        /* of the running function */
    struct tum_tref from; /* TUM_TLOAD_OUTER */
    struct tum_str name;  /* TUM_TLOAD_CONTEXT */
};

/* A scope of names: what a statement that is a scope does around its body. */
struct tum_tframe {
    struct tum_tload *loads;
    size_t load_count;
};

/* A name and its place, for what needs both. */
struct tum_tnamed {
    struct tum_str name;
    struct tum_tref ref;
};

struct tum_tfunc {
    uint32_t slot_count;
};

enum tum_ttarget_kind { TUM_TTARGET_NAME, TUM_TTARGET_ATTR, TUM_TTARGET_TUPLE };

/* What is assigned to: a name, an attribute of a namespace, or a tuple of targets. */
struct tum_ttarget {
    enum tum_ttarget_kind kind;
    struct tum_span at;
    struct tum_str name;
    struct tum_str attr;
    struct tum_tref ref; /* of name */
    struct tum_ttarget **items;
    size_t count;
};

/* Parameters and body of a macro or of the caller that a call block makes. */
struct tum_tmacro {
    struct tum_str name; /* empty for a caller */
    struct tum_ttarget **params;
    struct tum_ast **defaults; /* of the last parameters */
    size_t param_count, default_count;
    struct tum_tnode *body;
    struct tum_span at;
    /* Of the scope. */
    struct tum_tfunc func;
    struct tum_tframe frame;
    bool has_caller, has_kwargs, has_varargs; /* used in the body, no parameters */
    bool own_caller;                          /* a parameter has the name */
    uint32_t caller_slot, kwargs_slot, varargs_slot;
};

/* Whether outputs are escaped: known from the statements around, or asked each time. */
enum tum_tescape { TUM_TESCAPE_OFF, TUM_TESCAPE_ON, TUM_TESCAPE_ASK };

enum tum_tnode_kind {
    TUM_TNODE_TEXT,
    TUM_TNODE_OUTPUT,
    TUM_TNODE_IF,
    TUM_TNODE_FOR,
    TUM_TNODE_SET,
    TUM_TNODE_SET_BLOCK,
    TUM_TNODE_MACRO,
    TUM_TNODE_CALL,
    TUM_TNODE_FILTER,
    TUM_TNODE_WITH,
    TUM_TNODE_BLOCK,
    TUM_TNODE_AUTOESCAPE,
    TUM_TNODE_INCLUDE,
    TUM_TNODE_IMPORT, /* and from … import */
    TUM_TNODE_EXTENDS,
};

/* One arm of an if. */
struct tum_tarm {
    struct tum_ast *test; /* NULL: else */
    struct tum_tnode *body;
};

struct tum_tfor {
    struct tum_ttarget *target;
    struct tum_ast *iter;
    struct tum_ast *test; /* or NULL */
    struct tum_tnode *body;
    struct tum_tnode *other; /* else */
    bool has_else, recursive;
    /* Of the scope. */
    bool has_loop;                   /* the body uses `loop` */
    uint32_t loop_slot;              /* of the function that runs the body */
    struct tum_tfunc func;           /* of a recursive loop */
    struct tum_tfunc test_func;      /* of the condition */
    struct tum_ttarget *test_target; /* target, with the places of the condition */
    struct tum_tframe frame, other_frame, test_frame;
};

struct tum_tblock {
    struct tum_str name;
    struct tum_span at;
    struct tum_tnode *body;
    bool scoped, required;
    /* Of the scope. */
    struct tum_tfunc func;
    struct tum_tframe frame;
    bool has_self, has_super;
    uint32_t self_slot, super_slot;
    struct tum_tnamed *seen; /* scoped: names of the surrounding frames */
    size_t seen_count;
};

struct tum_tnode {
    struct tum_tnode *next;
    enum tum_tnode_kind kind;
    uint32_t tag;       /* position of the tag in the template's text */
    struct tum_span at; /* of the tag */
    bool exports;       /* assignments are variables of the template, for blocks */
    enum tum_tescape escape;
    union {
        struct {
            uint32_t start, end;
        } text;
        struct {
            struct tum_ast **items;
            size_t count;
        } output;
        struct {
            struct tum_tarm *arms;
            size_t count;
        } cond;
        struct tum_tfor *loop;
        struct {
            struct tum_ttarget *target;
            struct tum_ast *value; /* SET */
            /*
             * SET_BLOCK: the filters end in a node that stands for the captured text.
             */
            struct tum_ast *filter; /* or NULL */
            struct tum_tnode *body;
            struct tum_tframe frame;
        } set;
        struct {
            struct tum_tmacro *def;
            struct tum_tref ref;  /* MACRO: of its name; CALL: of the caller */
            struct tum_ast *call; /* CALL */
        } macro;
        struct {
            struct tum_ast *filter;
            struct tum_tnode *body;
            struct tum_tframe frame;
        } filter;
        struct {
            struct tum_ttarget **targets;
            struct tum_ast **values;
            size_t count;
            struct tum_tnode *body;
            struct tum_tframe frame;
        } with;
        struct tum_tblock *block;
        struct {
            struct tum_ast *on;
            struct tum_tnode *body;
            struct tum_tframe frame;
        } escape;
        struct {
            struct tum_ast *source;
            struct tum_ttarget **names; /* that would be set */
            size_t count;
            bool ignore_missing;
        } load;
    } as;
};

struct tum_ttree {
    struct tum_arena *arena;
    struct tum_tnode *body;
    struct tum_tblock **blocks; /* in the order of their beginnings; of tum_alloc */
    size_t block_count;
    /* Of the scope. */
    struct tum_tfunc func;
    struct tum_tframe frame;
    bool has_self;
    uint32_t self_slot;
};

#endif
