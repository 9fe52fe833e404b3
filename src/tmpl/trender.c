/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the statements of a template. Macros and blocks are in tmacro.c, places of names
 * in tctx.c, what expressions ask in thooks.c.
 */
#include "tmpl/trender.h"
#include "lang/eval.h"

/* ---- failures and captured text ---- */

bool tum_trender_failed(struct tum_trender *r, struct tum_span at)
{
    if (r->fail_at.source == 0)
        r->fail_at = at;
    return false;
}

/*
 * Lenient: what fails because something in it is undefined is undefined as a whole. So
 * `items[:n]` or `'%d' % n` absorb as `n + 1` does, which the values themselves see to.
 */
static struct tum_obj *absorbed(struct tum_trender *r, size_t undefined_before)
{
    static const char *const types[] = {
        "TypeError",     "ValueError",   "AttributeError",    "UndefinedError",
        "KeyError",      "IndexError",   "ZeroDivisionError", "FilterArgumentError",
        "OverflowError", "RuntimeError",
    };

    if (!r->state.lenient || r->state.undefined_count == undefined_before)
        return NULL;
    for (size_t i = 0; i < TUM_LEN(types); i++)
        if (tum_raised(r->vm, types[i])) {
            tum_raised_clear(r->vm);
            r->fail_at = (struct tum_span){0};
            return tum_undefined_hint(r->vm, "made of something undefined");
        }
    return NULL;
}

struct tum_obj *tum_trender_eval(struct tum_trender *r, struct tum_ast *expr)
{
    size_t undefined_before = r->state.undefined_count;
    struct tum_obj *o = tum_eval(r->vm, expr, NULL);

    if (o == NULL)
        o = absorbed(r, undefined_before);
    if (o == NULL)
        tum_trender_failed(
            r, (struct tum_span){r->lex->source, expr->start, expr->end - expr->start});
    return o;
}

bool tum_trender_deeper(struct tum_trender *r)
{
    if (r->depth >= TUM_TMPL_DEPTH_LIMIT)
        return tum_raise_false(
            r->vm, "RecursionError",
            "more than %d macros, blocks or recursive loops inside each other",
            TUM_TMPL_DEPTH_LIMIT);
    if (!tum_vm_stack(r->vm))
        return false;
    r->depth++;
    return true;
}

void tum_tcapture_begin(struct tum_trender *r, struct tum_tcapture *capture)
{
    tum_buf_init(&capture->buf, r->out->limit);
    capture->outer = r->out;
    capture->outer_map = r->map;
    capture->outer_bad = r->bad;
    r->bad = (struct tum_tbad){0};
    r->out = &capture->buf;
    r->map = NULL;
}

static void capture_over(struct tum_trender *r, const struct tum_tcapture *capture)
{
    r->out = capture->outer;
    r->map = capture->outer_map;
    r->bad = capture->outer_bad;
}

bool tum_trender_check_bad(struct tum_trender *r)
{
    if (r->bad.type == NULL)
        return true;
    tum_raise_type(r->vm, "expected a text as the result, %s found", r->bad.type);
    return tum_trender_failed(r, r->bad.at);
}

void tum_tcapture_drop(struct tum_trender *r, struct tum_tcapture *capture)
{
    capture_over(r, capture);
    tum_buf_release(&capture->buf);
}

struct tum_obj *tum_tcapture_end(struct tum_trender *r, struct tum_tcapture *capture)
{
    bool ok = tum_trender_check_bad(r);

    capture_over(r, capture);
    if (!ok || !tum_vm_room(r->vm, capture->buf.len)) {
        tum_buf_release(&capture->buf);
        return NULL;
    }
    return tum_new_str_buf(r->vm, &capture->buf);
}

/* ---- output ---- */

static bool check_full(struct tum_trender *r, struct tum_span at)
{
    if (!r->out->full)
        return true;
    tum_raise(r->vm, "TemplateRuntimeError", "the text becomes longer than %zu bytes",
              r->out->limit);
    return tum_trender_failed(r, at);
}

/* From here on, text that is added was made by the tag. */
static void mark_made(struct tum_trender *r, const struct tum_tnode *node)
{
    if (r->map != NULL)
        tum_tmplmap_made(r->map, r->out->len - r->out_start, node->tag);
}

static bool write_text(struct tum_trender *r, const struct tum_tnode *node)
{
    uint32_t start = node->as.text.start, end = node->as.text.end;

    if (r->map != NULL)
        tum_tmplmap_copied(r->map, r->out->len - r->out_start, start, end);
    tum_buf_add(r->out, r->lex->text.s + start, end - start);
    return check_full(r, node->at);
}

static bool escaping(const struct tum_trender *r, const struct tum_tnode *node)
{
    return node->escape == TUM_TESCAPE_ASK ? r->state.autoescape
                                           : node->escape == TUM_TESCAPE_ON;
}

static bool write_object(struct tum_trender *r, struct tum_obj *o, bool escape)
{
    if (escape) {
        o = tum_markup_escape(r->vm, o);
        if (o == NULL)
            return false;
    }
    if (tum_is_str(o)) {
        tum_buf_addt(r->out, tum_text_of(o));
        return true;
    }
    return tum_op_write_str(r->vm, o, r->out);
}

static bool run_output(struct tum_trender *r, struct tum_tnode *node)
{
    for (size_t i = 0; i < node->as.output.count; i++) {
        struct tum_ast *item = node->as.output.items[i];
        /* Literals were written before it was known whether to escape. */
        bool as_is = node->escape == TUM_TESCAPE_ASK && item->kind == TUM_AST_CONST;
        struct tum_obj *o = tum_trender_eval(r, item);

        if (o == NULL)
            return false;
        mark_made(r, node);
        if (!write_object(r, o, escaping(r, node) && !as_is))
            return tum_trender_failed(r, node->at);
    }
    return check_full(r, node->at);
}

/* The result of a filter block or a call block, which must be a text. */
static bool write_result(struct tum_trender *r, struct tum_tnode *node,
                         struct tum_obj *o)
{
    if (!tum_is_str(o)) {
        if (r->bad.type == NULL)
            r->bad = (struct tum_tbad){o->type->name, node->at};
        return true;
    }
    mark_made(r, node);
    tum_buf_addt(r->out, tum_text_of(o));
    return check_full(r, node->at);
}

/* ---- if, set, with ---- */

/* The truth of an expression; its failure is where the expression is. */
static bool run_test(struct tum_trender *r, struct tum_ast *expr, bool *ret)
{
    struct tum_obj *o = tum_trender_eval(r, expr);

    if (o == NULL)
        return false;
    return tum_op_truth(r->vm, o, ret) ||
           tum_trender_failed(r, (struct tum_span){r->lex->source, expr->start,
                                                   expr->end - expr->start});
}

static bool run_if(struct tum_trender *r, struct tum_tnode *node)
{
    for (size_t i = 0; i < node->as.cond.count; i++) {
        const struct tum_tarm *arm = &node->as.cond.arms[i];
        bool holds = true;

        if (arm->test != NULL && !run_test(r, arm->test, &holds))
            return false;
        if (holds)
            return tum_trender_body(r, arm->body);
    }
    return true;
}

/* What is assigned at the top can be seen by blocks. */
static bool export_target(struct tum_trender *r, const struct tum_ttarget *target)
{
    if (target->kind == TUM_TTARGET_NAME)
        return tum_dict_set(r->vm, r->ctx->vars, tum_new_str_kept(r->vm, target->name),
                            *tum_tref_place(r, target->ref));
    for (size_t i = 0; i < target->count; i++)
        if (!export_target(r, target->items[i]))
            return false;
    return true;
}

static bool check_namespace(struct tum_trender *r, const struct tum_ttarget *target)
{
    struct tum_obj *ns;

    if (target->kind != TUM_TTARGET_ATTR)
        return true;
    ns = *tum_tref_place(r, target->ref);
    if (ns != NULL && ns->type == &tum_type_namespace)
        return true;
    tum_raise(r->vm, "TemplateRuntimeError",
              "cannot set attribute '%.*s' of '%.*s', which is no namespace",
              TUM_STR_ARG(target->attr), TUM_STR_ARG(target->name));
    return tum_trender_failed(r, target->at);
}

static bool assign(struct tum_trender *r, const struct tum_tnode *node,
                   const struct tum_ttarget *target, struct tum_obj *value)
{
    if (!tum_ttarget_set(r, target, value) ||
        (node->exports && !export_target(r, target)))
        return tum_trender_failed(r, target->at);
    return true;
}

static bool run_set(struct tum_trender *r, struct tum_tnode *node)
{
    struct tum_obj *value;

    if (!check_namespace(r, node->as.set.target))
        return false;
    value = tum_trender_eval(r, node->as.set.value);
    return value != NULL && assign(r, node, node->as.set.target, value);
}

/* A body as a text in its own frame; the frame stays, for filters. */
static struct tum_obj *capture_body(struct tum_trender *r,
                                    const struct tum_tframe *frame,
                                    struct tum_tnode *body, struct tum_span at)
{
    struct tum_tcapture capture;
    struct tum_obj *text;

    if (!tum_tframe_enter(r, frame)) {
        tum_trender_failed(r, at);
        return NULL;
    }
    tum_tcapture_begin(r, &capture);
    if (!tum_trender_body(r, body)) {
        tum_tcapture_drop(r, &capture);
        return NULL;
    }
    text = tum_tcapture_end(r, &capture);
    if (text == NULL)
        tum_trender_failed(r, at);
    return text;
}

/* A captured text through a chain of filters, which it is the start of. */
static struct tum_obj *filter_text(struct tum_trender *r, const struct tum_tnode *node,
                                   struct tum_ast *filter, struct tum_obj *text)
{
    r->captured = escaping(r, node) ? tum_markup_of(r->vm, text) : text;
    return tum_trender_eval(r, filter);
}

static bool run_set_block(struct tum_trender *r, struct tum_tnode *node)
{
    struct tum_obj *text =
        capture_body(r, &node->as.set.frame, node->as.set.body, node->at);

    if (text == NULL || !check_namespace(r, node->as.set.target))
        return false;
    if (node->as.set.filter != NULL)
        text = filter_text(r, node, node->as.set.filter, text);
    if (text == NULL)
        return false;
    if (r->state.autoescape) {
        text = tum_soft_str(r->vm, text);
        if (text == NULL)
            return tum_trender_failed(r, node->at);
        text = tum_markup_of(r->vm, text);
    }
    if (!assign(r, node, node->as.set.target, text))
        return false;
    tum_tframe_leave(r, &node->as.set.frame);
    return true;
}

static bool run_filter(struct tum_trender *r, struct tum_tnode *node)
{
    struct tum_obj *text =
        capture_body(r, &node->as.filter.frame, node->as.filter.body, node->at);

    if (text != NULL)
        text = filter_text(r, node, node->as.filter.filter, text);
    if (text == NULL || !write_result(r, node, text))
        return false;
    tum_tframe_leave(r, &node->as.filter.frame);
    return true;
}

static bool run_with(struct tum_trender *r, struct tum_tnode *node)
{
    if (!tum_tframe_enter(r, &node->as.with.frame))
        return tum_trender_failed(r, node->at);
    for (size_t i = 0; i < node->as.with.count; i++) {
        const struct tum_ttarget *target = node->as.with.targets[i];
        struct tum_obj *value = tum_trender_eval(r, node->as.with.values[i]);

        if (value == NULL)
            return false;
        if (!tum_ttarget_set(r, target, value))
            return tum_trender_failed(r, target->at);
    }
    if (!tum_trender_body(r, node->as.with.body))
        return false;
    tum_tframe_leave(r, &node->as.with.frame);
    return true;
}

static bool run_autoescape(struct tum_trender *r, struct tum_tnode *node)
{
    bool was = r->state.autoescape;
    struct tum_obj *on;
    bool ok;

    if (!tum_tframe_enter(r, &node->as.escape.frame))
        return tum_trender_failed(r, node->at);
    on = tum_trender_eval(r, node->as.escape.on);
    if (on == NULL)
        return false;
    if (!tum_op_truth(r->vm, on, &r->state.autoescape))
        return tum_trender_failed(r, node->at);
    ok = tum_trender_body(r, node->as.escape.body);
    r->state.autoescape = was;
    if (ok)
        tum_tframe_leave(r, &node->as.escape.frame);
    return ok;
}

/* ---- loops ---- */

/* The elements of a loop that has a condition: made as the loop asks for them. */
struct sieve {
    struct tum_trender *r;
    const struct tum_tfor *loop;
    struct tum_tact *act; /* of the condition */
    struct tum_tctx *ctx;
    struct tum_obj *iter;
    bool begun;
};

static bool sieve_holds(struct sieve *s, struct tum_obj *item, bool *ret)
{
    struct tum_trender *r = s->r;
    struct tum_tact *act = r->act;
    struct tum_tctx *ctx = r->ctx;
    bool ok = true;

    r->act = s->act;
    r->ctx = s->ctx;
    if (!s->begun)
        ok = tum_tframe_enter(r, &s->loop->test_frame);
    s->begun = true;
    ok = ok && (tum_ttarget_set(r, s->loop->test_target, item) ||
                tum_trender_failed(r, s->loop->target->at));
    ok = ok && run_test(r, s->loop->test, ret);
    r->act = act;
    r->ctx = ctx;
    return ok;
}

static bool sieve_step(struct tum_vm *vm, struct tum_lazy *lazy, struct tum_obj **ret)
{
    struct sieve *s = lazy->state;
    struct tum_obj *item;

    while (tum_iter_next(vm, s->iter, &item)) {
        bool holds;

        if (!sieve_holds(s, item, &holds))
            return false;
        if (holds) {
            *ret = item;
            return true;
        }
    }
    return false;
}

/* `outer`: of the function in which the loop stands. */
static struct tum_obj *sieve_new(struct tum_trender *r, const struct tum_tfor *loop,
                                 struct tum_tact *outer, struct tum_obj *source)
{
    struct sieve *s = tum_vm_alloc(r->vm, sizeof(*s));

    *s = (struct sieve){.r = r, .loop = loop, .ctx = r->ctx};
    s->act = tum_tact_new(r, outer, &loop->test_func);
    s->iter = s->act != NULL ? tum_op_iter(r->vm, source) : NULL;
    return s->iter != NULL ? tum_lazy_new(r->vm, sieve_step, s) : NULL;
}

static struct tum_span iter_at(const struct tum_trender *r, const struct tum_tfor *loop)
{
    return (struct tum_span){r->lex->source, loop->iter->start,
                             loop->iter->end - loop->iter->start};
}

/* One turn: the frame anew, then the body. */
static bool run_turn(struct tum_trender *r, const struct tum_tfor *loop,
                     struct tum_obj *item)
{
    if (!tum_ttarget_set(r, loop->target, item))
        return tum_trender_failed(r, loop->target->at);
    if (!tum_tframe_enter(r, &loop->frame))
        return tum_trender_failed(r, loop->target->at);
    return tum_trender_body(r, loop->body);
}

/* The turns of a loop whose `loop` is made, and else. */
static bool run_turns(struct tum_trender *r, const struct tum_tfor *loop,
                      struct tum_loop *state)
{
    struct tum_obj *item;
    bool any = false;

    while (tum_loop_next(r->vm, state, &item)) {
        any = true;
        if (loop->has_loop)
            r->act->slots[loop->loop_slot] = &state->head;
        if (!run_turn(r, loop, item))
            return false;
    }
    if (tum_vm_failed(r->vm))
        return tum_trender_failed(r, iter_at(r, loop));
    if (!loop->recursive || loop->has_else)
        tum_tframe_leave(r, &loop->frame);
    if (any || !loop->has_else)
        return true;
    if (!tum_tframe_enter(r, &loop->other_frame))
        return tum_trender_failed(r, iter_at(r, loop));
    if (!tum_trender_body(r, loop->other))
        return false;
    tum_tframe_leave(r, &loop->other_frame);
    return true;
}

static struct tum_loop *loop_of(struct tum_trender *r, const struct tum_tfor *loop,
                                struct tum_tact *outer, struct tum_obj *source)
{
    struct tum_loop *state = NULL;

    if (loop->test != NULL)
        source = sieve_new(r, loop, outer, source);
    if (source != NULL)
        state = tum_loop_new(r->vm, source);
    if (state == NULL)
        tum_trender_failed(r, iter_at(r, loop));
    return state;
}

/* What a recursive loop needs to run again, one level deeper. */
struct recursion {
    const struct tum_tnode *node;
    struct tum_tact *outer; /* of the loop's function */
    struct tum_tctx *ctx;
};

static struct tum_obj *loop_again(struct tum_vm *vm, struct tum_loop *loop,
                                  struct tum_obj *source);

static bool run_level(struct tum_trender *r, struct recursion *recursion,
                      struct tum_obj *source, size_t depth0)
{
    const struct tum_tfor *loop = recursion->node->as.loop;
    enum tum_tescape escape = r->escape;
    struct tum_tact *act = r->act;
    struct tum_tctx *ctx = r->ctx;
    struct tum_loop *state;
    bool ok = false;

    if (!tum_trender_deeper(r))
        return tum_trender_failed(r, iter_at(r, loop));
    r->ctx = recursion->ctx;
    r->act = tum_tact_new(r, recursion->outer, &loop->func);
    state = r->act != NULL ? loop_of(r, loop, recursion->outer, source) : NULL;
    if (state != NULL) {
        state->depth0 = depth0;
        state->again = loop_again;
        state->state = recursion;
        ok = run_turns(r, loop, state);
    }
    r->act = act;
    r->ctx = ctx;
    r->escape = escape;
    r->depth--;
    return ok;
}

static struct tum_obj *loop_again(struct tum_vm *vm, struct tum_loop *loop,
                                  struct tum_obj *source)
{
    struct tum_trender *r = tum_trender_of(vm);
    struct recursion *recursion = loop->state;
    struct tum_tcapture capture;
    struct tum_obj *text;

    tum_tcapture_begin(r, &capture);
    if (!run_level(r, recursion, source, loop->depth0 + 1)) {
        tum_tcapture_drop(r, &capture);
        return NULL;
    }
    text = tum_tcapture_end(r, &capture);
    return text != NULL && escaping(r, recursion->node) ? tum_markup_of(vm, text)
                                                        : text;
}

static bool run_for(struct tum_trender *r, struct tum_tnode *node)
{
    const struct tum_tfor *loop = node->as.loop;
    struct tum_obj *source = tum_trender_eval(r, loop->iter);
    struct tum_loop *state;

    if (source == NULL)
        return false;
    if (loop->recursive) {
        struct recursion *recursion = tum_vm_alloc(r->vm, sizeof(*recursion));

        *recursion = (struct recursion){node, r->act, r->ctx};
        return run_level(r, recursion, source, 0);
    }
    state = loop_of(r, loop, r->act, source);
    return state != NULL && run_turns(r, loop, state);
}

/* ---- macros, calls, blocks, loading ---- */

static bool run_macro(struct tum_trender *r, struct tum_tnode *node)
{
    struct tum_obj *macro = tum_macro_new(r, node->as.macro.def);

    *tum_tref_place(r, node->as.macro.ref) = macro;
    if (!node->exports)
        return true;
    return tum_dict_set(r->vm, r->ctx->vars,
                        tum_new_str_kept(r->vm, node->as.macro.def->name), macro) ||
           tum_trender_failed(r, node->at);
}

static bool run_call(struct tum_trender *r, struct tum_tnode *node)
{
    struct tum_obj *result = tum_trender_eval(r, node->as.macro.call);

    return result != NULL && write_result(r, node, result);
}

static bool run_block(struct tum_trender *r, struct tum_tnode *node)
{
    const struct tum_tblock *block = node->as.block;
    struct tum_tctx *ctx = r->ctx;

    if (block->required) {
        tum_raise(r->vm, "TemplateRuntimeError", "required block '%.*s' not found",
                  TUM_STR_ARG(block->name));
        return tum_trender_failed(r, node->at);
    }
    if (block->scoped)
        ctx = tum_tctx_new(r, ctx);
    for (size_t i = 0; i < block->seen_count; i++) {
        struct tum_obj *value = *tum_tref_place(r, block->seen[i].ref);

        if (value != NULL &&
            !tum_dict_set(r->vm, ctx->vars,
                          tum_new_str_kept(r->vm, block->seen[i].name), value))
            return tum_trender_failed(r, node->at);
    }
    return tum_block_run(r, block, ctx);
}

/* Templates cannot be loaded; what is wrong before that is said first. */
static bool run_load(struct tum_trender *r, struct tum_tnode *node)
{
    struct tum_obj *source = tum_trender_eval(r, node->as.load.source);
    bool any;

    if (source == NULL)
        return false;
    if (node->kind == TUM_TNODE_INCLUDE && tum_is_undefined(source)) {
        tum_undefined_fail(r->vm, source);
        return tum_trender_failed(r, node->at);
    }
    if (node->kind == TUM_TNODE_INCLUDE && !tum_is_str(source)) {
        if (!tum_op_truth(r->vm, source, &any))
            return tum_trender_failed(r, node->at);
        if (!any && node->as.load.ignore_missing)
            return true;
        if (!any) {
            tum_raise(r->vm, "TemplatesNotFound", "no template is named");
            return tum_trender_failed(r, node->at);
        }
    }
    tum_raise_type(r->vm, "loading templates is not available, use !include");
    return tum_trender_failed(r, node->at);
}

static bool run_node(struct tum_trender *r, struct tum_tnode *node)
{
    switch (node->kind) {
    case TUM_TNODE_TEXT:
        return write_text(r, node);
    case TUM_TNODE_OUTPUT:
        return run_output(r, node);
    case TUM_TNODE_IF:
        return run_if(r, node);
    case TUM_TNODE_FOR:
        return run_for(r, node);
    case TUM_TNODE_SET:
        return run_set(r, node);
    case TUM_TNODE_SET_BLOCK:
        return run_set_block(r, node);
    case TUM_TNODE_MACRO:
        return run_macro(r, node);
    case TUM_TNODE_CALL:
        return run_call(r, node);
    case TUM_TNODE_FILTER:
        return run_filter(r, node);
    case TUM_TNODE_WITH:
        return run_with(r, node);
    case TUM_TNODE_BLOCK:
        return run_block(r, node);
    case TUM_TNODE_AUTOESCAPE:
        return run_autoescape(r, node);
    case TUM_TNODE_INCLUDE:
    case TUM_TNODE_IMPORT:
    case TUM_TNODE_EXTENDS:
        return run_load(r, node);
    }
    return true;
}

bool tum_trender_body(struct tum_trender *r, struct tum_tnode *node)
{
    for (; node != NULL; node = node->next) {
        r->escape = node->escape;
        if (!tum_vm_step(r->vm))
            return tum_trender_failed(r, node->at);
        if (!run_node(r, node))
            return false;
    }
    return true;
}
