/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rendering: what statements, macros and names share while a template runs.
 */
#ifndef TUM_TRENDER_H
#define TUM_TRENDER_H

#include "tmpl/tlex.h"
#include "tmpl/tmpl.h"
#include "tmpl/tmplmap.h"
#include "tmpl/tobj.h"
#include "tmpl/ttree.h"

/* Stack of one rendering, in bytes; more is a RecursionError. */
#define TUM_TMPL_STACK_LIMIT ((size_t)3 << 20)

/* Places of a function that runs; lives as long as what was made in it. */
struct tum_tact {
    struct tum_tact *up;
    struct tum_obj *slots[]; /* NULL: missing */
};

/* Variables that blocks see: those assigned at the top, over those around. */
struct tum_tctx {
    struct tum_tctx *up; /* NULL: the given variables */
    struct tum_odict *vars;
};

/*
 * A result that is no text where there must be one. It is an error when the text around
 * it is put together; what fails before that comes first.
 */
struct tum_tbad {
    const char *type; /* NULL: there was none */
    struct tum_span at;
};

struct tum_trender {
    struct tum_tstate state; /* first: objects know it by vm->hooks_ctx */
    struct tum_vm *vm;
    const struct tum_ttree *tree;
    const struct tum_tlex *lex;
    const struct tum_tmpl_opts *opts;
    struct tum_buf *out;     /* where text goes now */
    struct tum_tmplmap *map; /* NULL while text is captured */
    size_t out_start;        /* of the map in out */
    struct tum_tact *act;    /* of the running function */
    struct tum_tctx *ctx;
    struct tum_odict *given;  /* variables asked for already; values or `absent` */
    struct tum_obj *absent;   /* stands for a variable that is not there */
    struct tum_obj *captured; /* the text that a filter chain starts with */
    size_t depth;             /* functions running */
    enum tum_tescape escape;  /* of the running statement */
    struct tum_span fail_at;  /* of the first failure; source 0: not known yet */
    struct tum_tbad bad;      /* of the text that is being made */
};

static inline struct tum_trender *tum_trender_of(struct tum_vm *vm)
{
    return vm->hooks_ctx;
}

/* ---- names (tctx.c) ---- */

/* A variable of the template; NULL: missing, or failed. */
struct tum_obj *tum_tctx_get(struct tum_trender *r, struct tum_str name);
struct tum_tctx *tum_tctx_new(struct tum_trender *r, struct tum_tctx *up);
/* Sets up the places of a frame whose parameters are not set yet. */
bool tum_tframe_enter(struct tum_trender *r, const struct tum_tframe *frame);
/* They are missing again. */
void tum_tframe_leave(struct tum_trender *r, const struct tum_tframe *frame);
/* Places for a function, in the running one or (up NULL) in none; false: no room. */
struct tum_tact *tum_tact_new(struct tum_trender *r, struct tum_tact *up,
                              const struct tum_tfunc *func);
static inline struct tum_obj **tum_tref_place(const struct tum_trender *r,
                                              struct tum_tref ref)
{
    struct tum_tact *act = r->act;

    while (ref.hops-- > 0)
        act = act->up;
    return &act->slots[ref.slot];
}
/* Assigns to a name, an attribute, or each of a tuple. */
bool tum_ttarget_set(struct tum_trender *r, const struct tum_ttarget *target,
                     struct tum_obj *value);

/* ---- statements (trender.c) ---- */

/* Evaluates; on failure fail_at is set. */
struct tum_obj *tum_trender_eval(struct tum_trender *r, struct tum_ast *expr);
bool tum_trender_body(struct tum_trender *r, struct tum_tnode *body);
/* Says where a failure was, unless that is known. Returns false. */
bool tum_trender_failed(struct tum_trender *r, struct tum_span at);

/* A text is complete: false when something in it was no text. */
bool tum_trender_check_bad(struct tum_trender *r);

/* Where text goes while a part of it is kept. */
struct tum_tcapture {
    struct tum_buf buf;
    struct tum_tbad outer_bad;
    struct tum_buf *outer;
    struct tum_tmplmap *outer_map;
};
void tum_tcapture_begin(struct tum_trender *r, struct tum_tcapture *capture);
/* The text since the begin; NULL: it did not fit, or something in it was no text. */
struct tum_obj *tum_tcapture_end(struct tum_trender *r, struct tum_tcapture *capture);
/* Gives the text up, after a failure. */
void tum_tcapture_drop(struct tum_trender *r, struct tum_tcapture *capture);

/* One function more runs; false: too deep. Every true needs a leave. */
bool tum_trender_deeper(struct tum_trender *r);

/* ---- expressions (thooks.c) ---- */

extern const struct tum_hooks tum_tmpl_hooks;

/* ---- macros (tmacro.c) ---- */

extern const struct tum_type tum_type_macro, tum_type_template, tum_type_block;

/* A macro made by the running function. */
struct tum_obj *tum_macro_new(struct tum_trender *r, const struct tum_tmacro *def);
/* The variable `self` of the running context. */
struct tum_obj *tum_template_new(struct tum_trender *r);
/* Runs a block where text goes now. */
bool tum_block_run(struct tum_trender *r, const struct tum_tblock *block,
                   struct tum_tctx *ctx);

#endif
