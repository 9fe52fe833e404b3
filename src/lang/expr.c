/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One expression from text to value: the cache of parsed texts, and what an outcome is for
 * the outside. Parsing is grammar.c, evaluating eval.c.
 */
#include "lang/expr.h"
#include "base/strmap.h"
#include "lang/eval.h"
#include "lang/grammar.h"
#include "lang/lift.h"

/* A text that was parsed; a failure is kept as well. */
struct cached {
    struct tum_ast *ast;      /* NULL: failed */
    struct tum_ast **numbers; /* constants that differ from text to text; or NULL */
    enum tum_vm_state state;
    const char *exc_type;
    struct tum_str exc_text;
};

struct tum_expr_machine {
    struct tum_vm vm;
    struct tum_heap heap;     /* of one evaluation */
    struct tum_heap cache;    /* of the parsed texts */
    struct tum_strmap *texts; /* struct cached, by lifted text, or by text */
    struct tum_lift lift;     /* of the present text */
};

struct tum_expr_machine *tum_expr_machine_new(void)
{
    struct tum_expr_machine *m = tum_new(struct tum_expr_machine);

    tum_vm_init(&m->vm);
    tum_heap_init(&m->heap, TUM_EXPR_MEMORY_LIMIT);
    tum_heap_init(&m->cache, TUM_EXPR_MEMORY_LIMIT);
    m->texts = tum_strmap_new();
    tum_buf_init(&m->lift.key, TUM_EXPR_CACHE_TEXT);
    return m;
}

void tum_expr_machine_free(struct tum_expr_machine *m)
{
    if (m == NULL)
        return;
    tum_strmap_free(m->texts);
    tum_buf_release(&m->lift.key);
    tum_heap_release(&m->cache);
    tum_heap_release(&m->heap);
    tum_vm_release(&m->vm);
    tum_free(m);
}

/* ---- parsing ---- */

static void make_room(struct tum_expr_machine *m)
{
    if (tum_strmap_count(m->texts) < TUM_EXPR_CACHE_COUNT &&
        m->cache.used < TUM_EXPR_CACHE_MEMORY)
        return;
    tum_strmap_free(m->texts);
    m->texts = tum_strmap_new();
    tum_heap_reset(&m->cache);
}

/* The text must live as long as the tree: names in it point there. */
static struct tum_ast *parse_kept(struct tum_expr_machine *m, struct tum_str text)
{
    char *copy = tum_vm_alloc(&m->vm, text.n + 1);

    memcpy(copy, text.s, text.n);
    copy[text.n] = '\0';
    return tum_parse_python(&m->vm, tum_str_n(copy, text.n));
}

/* Parses into the cache; by the lifted text when the tree confirms its numbers. */
static struct cached *parse_new(struct tum_expr_machine *m, struct tum_str text)
{
    struct tum_vm *vm = &m->vm;
    struct cached *c;

    make_room(m);
    vm->heap = &m->cache;
    c = tum_vm_alloc(vm, sizeof(*c));
    c->ast = parse_kept(m, text);
    c->numbers = NULL;
    c->state = vm->state;
    c->exc_type = vm->exc_type;
    c->exc_text = vm->exc_text;
    if (c->ast != NULL && m->lift.count != 0) {
        c->numbers = tum_vm_alloc(vm, m->lift.count * sizeof(struct tum_ast *));
        if (!tum_lift_nodes(&m->lift, c->ast, c->numbers))
            c->numbers = NULL;
    }
    vm->heap = &m->heap;
    tum_strmap_set(m->texts, c->numbers != NULL ? tum_buf_str(&m->lift.key) : text, c);
    return c;
}

static struct tum_ast *parse_cached(struct tum_expr_machine *m, struct tum_str text)
{
    struct tum_vm *vm = &m->vm;
    struct cached *c;

    if (!tum_lift_scan(&m->lift, text))
        return parse_kept(m, text);
    c = tum_strmap_get(m->texts, tum_buf_str(&m->lift.key));
    if (c != NULL && c->numbers != NULL) {
        for (unsigned i = 0; i < m->lift.count; i++)
            c->numbers[i]->constant = tum_new_int(vm, m->lift.numbers[i].value);
        return c->ast;
    }
    if (c == NULL && m->lift.count != 0)
        c = tum_strmap_get(m->texts, text);
    if (c == NULL)
        c = parse_new(m, text);
    vm->state = c->state;
    vm->exc_type = c->exc_type;
    vm->exc_text = c->exc_text;
    return c->ast;
}

/* ---- evaluating ---- */

static bool give_result(struct tum_expr_machine *m, struct tum_obj *o, unsigned flags,
                        struct tum_expr_result *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_EXPR_MEMORY_LIMIT);

    if ((flags & TUM_EXPR_WANT_REPR) == 0)
        return tum_obj_to_val(&m->vm, o, &ret->value);
    if (!tum_op_write_repr(&m->vm, o, &text))
        return false;
    ret->repr = tum_buf_detach(&text);
    return true;
}

static void set_failure(const struct tum_vm *vm, struct tum_expr_result *ret)
{
    ret->message = tum_strndup(vm->exc_text.s, vm->exc_text.n);
    switch (vm->state) {
    case TUM_VM_RAISED:
        ret->outcome = TUM_EXPR_RAISED;
        ret->type = tum_strdup(vm->exc_type);
        break;
    case TUM_VM_STOPPED:
        ret->outcome = TUM_EXPR_STOPPED;
        break;
    case TUM_VM_FINE:
    case TUM_VM_UNSUPPORTED:
        ret->outcome = TUM_EXPR_UNSUPPORTED;
        break;
    }
}

void tum_expr_eval(struct tum_expr_machine *m, struct tum_str text,
                   const struct tum_expr_host *host, unsigned flags,
                   struct tum_expr_result *ret)
{
    struct tum_vm *vm = &m->vm;
    struct tum_ast *ast = NULL;
    struct tum_obj *o;

    *ret = (struct tum_expr_result){.outcome = TUM_EXPR_VALUE};
    tum_vm_begin(vm, &m->heap, TUM_EXPR_STEP_LIMIT);
    vm->host = host;
    vm->stopped = host != NULL ? host->stopped : NULL;
    vm->stopped_ctx = host != NULL ? host->ctx : NULL;
    if (text.n > TUM_EXPR_TEXT_LIMIT)
        tum_unsupported(vm, "length of an expression");
    else if (text.n <= TUM_EXPR_CACHE_TEXT)
        ast = parse_cached(m, text);
    else
        ast = parse_kept(m, text);
    o = ast != NULL ? tum_eval_whole(vm, ast) : NULL;
    if (o == NULL || !give_result(m, o, flags, ret))
        set_failure(vm, ret);
    tum_heap_reset(&m->heap);
    vm->host = NULL;
}

void tum_expr_result_release(struct tum_expr_result *result)
{
    tum_val_release(&result->value);
    tum_free(result->repr);
    tum_free(result->type);
    tum_free(result->message);
    *result = (struct tum_expr_result){.outcome = TUM_EXPR_VALUE};
}
