/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rendering from source to text: parse, give names their places, run.
 */
#include "tmpl/tmpl.h"
#include "lang/eval.h"
#include "tmpl/terr.h"
#include "tmpl/tparse.h"
#include "tmpl/trender.h"
#include "tmpl/tscope.h"

bool tum_tmpl_needed(struct tum_str text)
{
    size_t at = 0;

    if (tum_str_find_char(text, '\r', 0) != TUM_STR_NONE)
        return true;
    while ((at = tum_str_find_char(text, '{', at)) != TUM_STR_NONE) {
        char c = at + 1 < text.n ? text.s[at + 1] : '\0';

        if (c == '{' || c == '%' || c == '#')
            return true;
        at++;
    }
    return false;
}

static bool run_template(struct tum_trender *r)
{
    const struct tum_ttree *tree = r->tree;
    struct tum_span top = {r->lex->source, 0, 0};

    r->given = tum_new_dict(r->vm);
    r->absent = tum_undefined_hint(r->vm, "absent");
    r->ctx = tum_tctx_new(r, NULL);
    r->act = tum_tact_new(r, NULL, &tree->func);
    if (r->act == NULL)
        return tum_trender_failed(r, top);
    if (tree->has_self)
        r->act->slots[tree->self_slot] = tum_template_new(r);
    if (!tum_tframe_enter(r, &tree->frame))
        return tum_trender_failed(r, top);
    return tum_trender_body(r, tree->body) && tum_trender_check_bad(r);
}

/* Places in the source instead of the template's text, and the line in the words. */
static void finish_error(const struct tum_sources *sources, const struct tum_tlex *lex,
                         struct tum_error *err)
{
    struct tum_place place;
    uint32_t end = err->at.start + err->at.length;
    char *text = err->text;

    err->at.source = lex->source;
    err->at.start = tum_tlex_origin(lex, err->at.start);
    err->at.length = tum_tlex_origin(lex, end) - err->at.start;
    if (!tum_source_place(sources, err->at, &place))
        return;
    err->text = tum_asprintf("line %u: %s", (unsigned)place.line, text);
    tum_free(text);
}

static bool render(struct tum_trender *r, struct tum_tlex *lex, struct tum_ttree *tree,
                   struct tum_error **err)
{
    if (!tum_tparse(lex, r->vm, tree, err) ||
        !tum_tscope(tree, lex->text, lex->source, err))
        return false;
    r->vm->hooks = &tum_tmpl_hooks;
    r->vm->hooks_ctx = r;
    return run_template(r) || tum_tmpl_vm_fail(err, r->vm, r->fail_at, NULL);
}

bool tum_tmpl_render(struct tum_sources *sources, uint32_t source,
                     const struct tum_tmpl_opts *opts, struct tum_buf *out,
                     struct tum_segment **ret_segments, size_t *ret_count,
                     struct tum_error **err)
{
    struct tum_ttree tree = {.arena = tum_arena_new()};
    size_t limit = out->limit;
    struct tum_tmplmap map;
    struct tum_tlex lex;
    struct tum_heap heap;
    struct tum_vm vm;
    struct tum_trender r = {.state.lenient = opts->lenient,
                            .vm = &vm,
                            .tree = &tree,
                            .lex = &lex,
                            .opts = opts,
                            .out = out,
                            .map = &map,
                            .out_start = out->len};
    bool ok;

    tum_tlex_init(&lex, tum_source_text(sources, source), source);
    tum_tmplmap_init(&map, &lex);
    tum_heap_init(&heap, opts->memory != 0 ? opts->memory : TUM_TMPL_MEMORY_LIMIT);
    tum_vm_init(&vm);
    vm.stack_limit = TUM_TMPL_STACK_LIMIT;
    vm.stopped = opts->stopped;
    vm.stopped_ctx = opts->ctx;
    tum_vm_begin(&vm, &heap, TUM_TMPL_STEP_LIMIT);
    out->limit = TUM_MIN(
        limit, out->len + (opts->limit != 0 ? opts->limit : TUM_TMPL_OUTPUT_LIMIT));

    ok = render(&r, &lex, &tree, err);
    out->limit = limit;
    if (ok)
        *ret_segments = tum_tmplmap_detach(&map, ret_count);
    else
        finish_error(sources, &lex, *err);

    tum_tmplmap_release(&map);
    tum_vm_release(&vm);
    tum_heap_release(&heap);
    tum_free(tree.blocks);
    tum_arena_free(tree.arena);
    tum_tlex_release(&lex);
    return ok;
}
