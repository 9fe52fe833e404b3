/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements. Expressions are parsed by src/lang, which stops where an expression
 * cannot go on; what must follow is decided here. Names are not resolved, filters are
 * not looked up.
 */
#include "tmpl/tparse.h"
#include "base/utf8.h"
#include "lang/grammar.h"
#include "tmpl/terr.h"
#include "tmpl/tmpl.h"

/* A statement that waits for its end. */
struct open {
    const char *word;
    struct tum_span at;
    const struct open *outer;
};

struct parser {
    struct tum_tlex *lex;
    struct tum_ttree *tree;
    struct tum_vm *vm;
    struct tum_error **err;
    struct tum_tpiece tag; /* the piece that `t` reads */
    struct tum_lex t;
    const struct open *open;
    size_t depth;
    size_t block_cap;
};

/* ---- errors ---- */

static struct tum_span token_at(const struct parser *p)
{
    struct tum_span at = {p->lex->source, p->t.start, p->t.stop - p->t.start};

    /* At the end of a tag: its closing. */
    if (at.length == 0)
        at.length = 2;
    return at;
}

static struct tum_span tag_at(const struct parser *p)
{
    return (struct tum_span){p->lex->source, p->tag.tag,
                             TUM_MIN(p->tag.end + 2, (uint32_t)p->lex->text.n) -
                                 p->tag.tag};
}

/* Characters of a token that a message shows. */
#define SHOWN_LIMIT 40

static void add_token(const struct parser *p, struct tum_buf *out)
{
    struct tum_str text = tum_lex_text(&p->t);
    size_t shown = tum_utf8_offset(text, SHOWN_LIMIT);

    if (p->t.token == TUM_T_END)
        tum_buf_adds(out, "the end of the tag");
    else
        tum_buf_addf(out, "'%.*s%s'", (int)shown, text.s, shown < text.n ? "…" : "");
}

/* A token that could not be read: mostly a character that no expression has. */
static bool fail_bad(struct parser *p)
{
    struct tum_span at = token_at(p);
    size_t left = p->lex->text.n - at.start;
    uint32_t c;

    if (p->t.error != NULL && strcmp(p->t.error, "invalid syntax") != 0)
        return tum_tmpl_fail(p->err, "TemplateSyntaxError", at, "%s", p->t.error);
    at.length = (uint32_t)tum_utf8_decode(p->lex->text.s + at.start, left, &c);
    return tum_tmpl_fail(p->err, "TemplateSyntaxError", at,
                         "unexpected character '%.*s'", (int)at.length,
                         p->lex->text.s + at.start);
}

/* Fails about the current token. */
static bool fail(struct parser *p, const char *expected)
{
    TUM_AUTO(tum_buf_release) struct tum_buf met = TUM_BUF_INIT(TUM_BUF_ANY);

    if (p->t.token == TUM_T_BAD)
        return fail_bad(p);
    add_token(p, &met);
    return tum_tmpl_fail(p->err, "TemplateSyntaxError", token_at(p),
                         "expected %s, got %s", expected, met.s);
}

/* A failure of the vm while parsing an expression: always the template's syntax. */
static bool fail_parse(struct parser *p)
{
    if (p->t.token == TUM_T_BAD && tum_str_is(p->vm->exc_text, "invalid syntax"))
        return fail_bad(p);
    return tum_tmpl_vm_fail(p->err, p->vm, token_at(p), "TemplateSyntaxError");
}

/* ---- tokens ---- */

static void next(struct parser *p)
{
    tum_lex_next(&p->t);
}

static bool skip(struct parser *p, enum tum_token token)
{
    if (p->t.token != token)
        return false;
    next(p);
    return true;
}

static bool skip_name(struct parser *p, const char *name)
{
    if (!tum_lex_is_name(&p->t, name))
        return false;
    next(p);
    return true;
}

static bool expect(struct parser *p, enum tum_token token, const char *what)
{
    return skip(p, token) || fail(p, what);
}

static bool expect_name(struct parser *p, const char *name)
{
    TUM_AUTO(tum_freep) char *what = NULL;

    if (skip_name(p, name))
        return true;
    what = tum_asprintf("'%s'", name);
    return fail(p, what);
}

static bool expect_end(struct parser *p)
{
    if (p->t.token == TUM_T_END)
        return true;
    return fail(p, p->tag.kind == TUM_TPIECE_OUTPUT ? "'}}'" : "'%}'");
}

static bool parse_expr(struct parser *p, unsigned flags, struct tum_ast **ret)
{
    *ret = tum_parse_expr(&p->t, flags);
    return *ret != NULL || fail_parse(p);
}

/* A token that can be a name: true, false and none cannot be assigned to. */
static bool is_identifier(const struct parser *p)
{
    switch (p->t.token) {
    case TUM_T_NAME:
    case TUM_T_AND:
    case TUM_T_OR:
    case TUM_T_NOT:
    case TUM_T_IF:
    case TUM_T_ELSE:
    case TUM_T_IN:
    case TUM_T_IS:
        return true;
    default:
        return false;
    }
}

static bool take_name(struct parser *p, struct tum_str *ret, const char *what)
{
    if (!is_identifier(p))
        return fail(p, what);
    *ret = tum_lex_text(&p->t);
    next(p);
    return true;
}

/* ---- targets ---- */

static struct tum_ttarget *new_target(struct parser *p, enum tum_ttarget_kind kind)
{
    struct tum_ttarget *target = tum_arena_new_of(p->tree->arena, struct tum_ttarget);

    target->kind = kind;
    target->at = token_at(p);
    return target;
}

struct target_list {
    struct tum_ttarget **items;
    size_t count, cap;
};

static void add_target(struct target_list *list, struct tum_ttarget *target)
{
    tum_grow(&list->items, &list->cap, list->count + 1);
    list->items[list->count++] = target;
}

/* Moves a list into the arena. */
static struct tum_ttarget **keep_targets(struct parser *p, struct target_list *list,
                                         size_t *ret_count)
{
    struct tum_ttarget **items =
        tum_arena_array(p->tree->arena, struct tum_ttarget *, list->count + 1);

    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof(*items));
    *ret_count = list->count;
    tum_free(list->items);
    *list = (struct target_list){0};
    return items;
}

static bool parse_name_target(struct parser *p, struct tum_ttarget **ret)
{
    *ret = new_target(p, TUM_TTARGET_NAME);
    return take_name(p, &(*ret)->name, "a name");
}

static bool parse_targets(struct parser *p, bool inside, struct tum_ttarget **ret);

static bool parse_one_target(struct parser *p, struct tum_ttarget **ret)
{
    bool ok;

    if (p->t.token != TUM_T_LPAREN)
        return parse_name_target(p, ret);
    if (++p->depth > TUM_TMPL_NEST_LIMIT)
        return tum_tmpl_fail(p->err, "TemplateSyntaxError", token_at(p),
                             "more than %d targets inside each other",
                             TUM_TMPL_NEST_LIMIT);
    next(p);
    ok = parse_targets(p, true, ret) && expect(p, TUM_T_RPAREN, "')'");
    p->depth--;
    return ok;
}

/* Names with commas; one without a comma is itself. `inside`: in brackets. */
static bool parse_targets(struct parser *p, bool inside, struct tum_ttarget **ret)
{
    struct tum_ttarget *tuple = new_target(p, TUM_TTARGET_TUPLE);
    struct target_list list = {0};
    bool comma = false;

    for (;;) {
        struct tum_ttarget *item;

        /* After a comma, only a tag's end or a bracket ends a tuple. */
        if (p->t.token == TUM_T_END || p->t.token == TUM_T_RPAREN)
            break;
        if (!parse_one_target(p, &item)) {
            tum_free(list.items);
            return false;
        }
        add_target(&list, item);
        if (!skip(p, TUM_T_COMMA))
            break;
        comma = true;
    }
    if (list.count == 1 && !comma) {
        *ret = list.items[0];
        tum_free(list.items);
        return true;
    }
    if (list.count == 0 && !inside)
        return fail(p, "a name");
    tuple->items = keep_targets(p, &list, &tuple->count);
    *ret = tuple;
    return true;
}

/* What a set assigns to: also an attribute. */
static bool parse_set_target(struct parser *p, struct tum_ttarget **ret)
{
    if (is_identifier(p)) {
        struct tum_lex ahead = p->t;

        tum_lex_next(&ahead);
        if (ahead.token == TUM_T_DOT) {
            *ret = new_target(p, TUM_TTARGET_ATTR);
            if (!take_name(p, &(*ret)->name, "a name"))
                return false;
            next(p);
            return take_name(p, &(*ret)->attr, "a name");
        }
    }
    return parse_targets(p, false, ret);
}

/* ---- lists of expressions ---- */

struct expr_list {
    struct tum_ast **items;
    size_t count, cap;
};

static void add_expr(struct expr_list *list, struct tum_ast *expr)
{
    tum_grow(&list->items, &list->cap, list->count + 1);
    list->items[list->count++] = expr;
}

static struct tum_ast **keep_exprs(struct parser *p, struct expr_list *list,
                                   size_t *ret_count)
{
    struct tum_ast **items =
        tum_arena_array(p->tree->arena, struct tum_ast *, list->count + 1);

    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof(*items));
    *ret_count = list->count;
    tum_free(list->items);
    *list = (struct expr_list){0};
    return items;
}

/* ---- bodies ---- */

static bool parse_statement(struct parser *p, struct tum_tnode **ret);

static struct tum_tnode *new_node(struct parser *p, enum tum_tnode_kind kind)
{
    struct tum_tnode *node = tum_arena_new_of(p->tree->arena, struct tum_tnode);

    node->kind = kind;
    node->tag = p->tag.tag;
    node->at = tag_at(p);
    return node;
}

static struct tum_tnode *text_node(struct parser *p, const struct tum_tpiece *piece)
{
    struct tum_tnode *node = tum_arena_new_of(p->tree->arena, struct tum_tnode);

    node->kind = TUM_TNODE_TEXT;
    node->tag = piece->start;
    node->at = (struct tum_span){p->lex->source, piece->start, 1};
    node->as.text.start = piece->start;
    node->as.text.end = piece->end;
    return node;
}

static void start_tag(struct parser *p, const struct tum_tpiece *piece)
{
    p->tag = *piece;
    tum_lex_init(&p->t, p->vm, TUM_JINJA, p->lex->text.s, piece->start, piece->end);
}

static bool parse_output(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = new_node(p, TUM_TNODE_OUTPUT);

    node->as.output.items = tum_arena_array(p->tree->arena, struct tum_ast *, 1);
    node->as.output.count = 1;
    *ret = node;
    return parse_expr(p, TUM_PARSE_TUPLE, &node->as.output.items[0]) && expect_end(p);
}

static bool fail_open(struct parser *p)
{
    return tum_tmpl_fail(p->err, "TemplateSyntaxError", p->open->at,
                         "missing 'end%s': '%s' is not closed", p->open->word,
                         p->open->word);
}

/* The word at the start of a statement tag is one of `ends` (NULL-terminated). */
static bool at_end_word(const struct parser *p, const char *const *ends)
{
    for (; ends != NULL && *ends != NULL; ends++)
        if (tum_lex_is_name(&p->t, *ends))
            return true;
    return false;
}

/*
 * Pieces up to a statement that begins with one of `ends`; that word is then the
 * current token. `ends` NULL: up to the end of the template.
 */
static bool parse_pieces(struct parser *p, const char *const *ends,
                         struct tum_tnode **ret)
{
    struct tum_tnode **link = ret;

    *ret = NULL;
    for (;;) {
        struct tum_tpiece piece;

        if (!tum_tlex_next(p->lex, &piece, p->err))
            return false;
        if (piece.kind == TUM_TPIECE_END)
            return ends == NULL || fail_open(p);
        if (piece.kind == TUM_TPIECE_TEXT) {
            *link = text_node(p, &piece);
        } else {
            start_tag(p, &piece);
            if (piece.kind == TUM_TPIECE_STATEMENT && at_end_word(p, ends))
                return true;
            if (piece.kind == TUM_TPIECE_OUTPUT ? !parse_output(p, link)
                                                : !parse_statement(p, link))
                return false;
        }
        link = &(*link)->next;
    }
}

/* The rest of a tag that opens a body (a ':' may end it), then the body. */
static bool parse_body(struct parser *p, const char *const *ends,
                       struct tum_tnode **ret)
{
    skip(p, TUM_T_COLON);
    return expect_end(p) && parse_pieces(p, ends, ret);
}

/* A body whose end tag has nothing after its word. */
static bool parse_whole_body(struct parser *p, const char *end, struct tum_tnode **ret)
{
    const char *const ends[] = {end, NULL};

    if (!parse_body(p, ends, ret))
        return false;
    next(p);
    return true;
}

/* ---- statements ---- */

static bool parse_if(struct parser *p, struct tum_tnode **ret)
{
    static const char *const arm_ends[] = {"elif", "else", "endif", NULL};
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_IF);
    struct tum_tarm *arms = NULL;
    size_t cap = 0, count = 0;
    bool ok = true, more = true;

    while (ok && more) {
        struct tum_tarm arm = {0};

        ok = parse_expr(p, TUM_PARSE_TUPLE | TUM_PARSE_NO_IF, &arm.test) &&
             parse_body(p, arm_ends, &arm.body);
        if (!ok)
            break;
        tum_grow(&arms, &cap, count + 1);
        arms[count++] = arm;
        more = skip_name(p, "elif");
    }
    if (ok && skip_name(p, "else")) {
        struct tum_tarm arm = {0};

        ok = parse_whole_body(p, "endif", &arm.body);
        tum_grow(&arms, &cap, count + 1);
        arms[count++] = arm;
    } else if (ok) {
        next(p);
    }
    node->as.cond.arms = tum_arena_array(p->tree->arena, struct tum_tarm, count + 1);
    if (count > 0)
        memcpy(node->as.cond.arms, arms, count * sizeof(*arms));
    node->as.cond.count = count;
    tum_free(arms);
    return ok;
}

static bool parse_for(struct parser *p, struct tum_tnode **ret)
{
    static const char *const ends[] = {"endfor", "else", NULL};
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_FOR);
    struct tum_tfor *loop = tum_arena_new_of(p->tree->arena, struct tum_tfor);

    node->as.loop = loop;
    if (!parse_targets(p, false, &loop->target) || !expect_name(p, "in") ||
        !parse_expr(p, TUM_PARSE_TUPLE | TUM_PARSE_NO_IF, &loop->iter))
        return false;
    if (skip_name(p, "if") && !parse_expr(p, 0, &loop->test))
        return false;
    loop->recursive = skip_name(p, "recursive");
    if (!parse_body(p, ends, &loop->body))
        return false;
    if (skip_name(p, "endfor"))
        return true;
    next(p);
    loop->has_else = true;
    return parse_whole_body(p, "endfor", &loop->other);
}

/*
 * Filters on a text that is captured while rendering; *ret is NULL when there are none.
 */
static bool parse_filters(struct parser *p, bool bare, struct tum_ast **ret)
{
    struct tum_ast *text;

    *ret = NULL;
    if (!bare && p->t.token != TUM_T_PIPE)
        return true;
    text = tum_ast_new(p->vm, TUM_AST_CLIENT, p->t.start, p->t.start);
    *ret = tum_parse_filters(&p->t, text, bare);
    return *ret != NULL || fail_parse(p);
}

static bool parse_set(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_SET);

    if (!parse_set_target(p, &node->as.set.target))
        return false;
    if (skip(p, TUM_T_ASSIGN))
        return parse_expr(p, TUM_PARSE_TUPLE, &node->as.set.value);
    node->kind = TUM_TNODE_SET_BLOCK;
    return parse_filters(p, false, &node->as.set.filter) &&
           parse_whole_body(p, "endset", &node->as.set.body);
}

static bool parse_params(struct parser *p, struct tum_tmacro *def)
{
    struct target_list params = {0};
    struct expr_list defaults = {0};
    bool ok = expect(p, TUM_T_LPAREN, "'('");

    while (ok && p->t.token != TUM_T_RPAREN) {
        struct tum_ttarget *param;
        struct tum_ast *value;

        ok = (params.count == 0 || expect(p, TUM_T_COMMA, "','")) &&
             parse_name_target(p, &param);
        if (!ok)
            break;
        for (size_t i = 0; ok && i < params.count; i++)
            if (tum_str_eq(params.items[i]->name, param->name))
                ok = tum_tmpl_fail(p->err, "SyntaxError", param->at,
                                   "parameter '%.*s' twice", TUM_STR_ARG(param->name));
        if (ok && skip(p, TUM_T_ASSIGN)) {
            ok = parse_expr(p, 0, &value);
            if (ok)
                add_expr(&defaults, value);
        } else if (ok && defaults.count > 0) {
            ok = tum_tmpl_fail(
                p->err, "TemplateSyntaxError", param->at,
                "parameter '%.*s' without a default after one that has one",
                TUM_STR_ARG(param->name));
        }
        add_target(&params, param);
    }
    def->params = keep_targets(p, &params, &def->param_count);
    def->defaults = keep_exprs(p, &defaults, &def->default_count);
    return ok && expect(p, TUM_T_RPAREN, "')'");
}

static bool parse_macro(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_MACRO);
    struct tum_tmacro *def = tum_arena_new_of(p->tree->arena, struct tum_tmacro);

    node->as.macro.def = def;
    def->at = node->at;
    return take_name(p, &def->name, "the name of the macro") && parse_params(p, def) &&
           parse_whole_body(p, "endmacro", &def->body);
}

/* Adds caller=… to a call; the value is made when the call is evaluated. */
static void add_caller(struct parser *p, struct tum_ast *call, struct tum_tnode *node)
{
    struct tum_ast *value = tum_ast_new(p->vm, TUM_AST_CLIENT, call->end, call->end);
    struct tum_ast *keyword = tum_ast_new(p->vm, TUM_AST_KEYWORD, call->end, call->end);
    struct tum_ast **list = tum_vm_array(p->vm, struct tum_ast *, call->count + 1);

    value->client = node;
    keyword->name = TUM_S("caller");
    keyword->a = value;
    if (call->count > 0)
        memcpy(list, call->list, call->count * sizeof(*list));
    list[call->count++] = keyword;
    call->list = list;
    call->simple = false;
}

static bool parse_call(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_CALL);
    struct tum_tmacro *def = tum_arena_new_of(p->tree->arena, struct tum_tmacro);
    struct tum_span at;

    node->as.macro.def = def;
    def->at = node->at;
    if (p->t.token == TUM_T_LPAREN && !parse_params(p, def))
        return false;
    at = token_at(p);
    if (!parse_expr(p, 0, &node->as.macro.call))
        return false;
    if (node->as.macro.call->kind != TUM_AST_CALL)
        return tum_tmpl_fail(p->err, "TemplateSyntaxError", at,
                             "expected a call of a macro after 'call'");
    add_caller(p, node->as.macro.call, node);
    return parse_whole_body(p, "endcall", &def->body);
}

static bool parse_filter(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_FILTER);

    return parse_filters(p, true, &node->as.filter.filter) &&
           parse_whole_body(p, "endfilter", &node->as.filter.body);
}

static bool parse_with(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_WITH);
    struct target_list targets = {0};
    struct expr_list values = {0};
    bool ok = true;
    size_t count;

    while (ok && p->t.token != TUM_T_END) {
        struct tum_ttarget *target;
        struct tum_ast *value;

        ok = (targets.count == 0 || expect(p, TUM_T_COMMA, "','")) &&
             parse_targets(p, false, &target) && expect(p, TUM_T_ASSIGN, "'='") &&
             parse_expr(p, 0, &value);
        if (ok) {
            add_target(&targets, target);
            add_expr(&values, value);
        }
    }
    node->as.with.targets = keep_targets(p, &targets, &node->as.with.count);
    node->as.with.values = keep_exprs(p, &values, &count);
    return ok && parse_whole_body(p, "endwith", &node->as.with.body);
}

static bool is_blank(const struct parser *p, const struct tum_tnode *body)
{
    for (; body != NULL; body = body->next) {
        struct tum_str text = {0};

        if (body->kind != TUM_TNODE_TEXT)
            return false;
        text = tum_str_sub(p->lex->text, body->as.text.start, body->as.text.end);
        if (tum_str_trim(text).n > 0)
            return false;
    }
    return true;
}

static bool add_block(struct parser *p, struct tum_tblock *block)
{
    struct tum_ttree *tree = p->tree;

    tum_grow(&tree->blocks, &p->block_cap, tree->block_count + 1);
    tree->blocks[tree->block_count++] = block;
    return true;
}

static bool parse_block(struct parser *p, struct tum_tnode **ret)
{
    static const char *const ends[] = {"endblock", NULL};
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_BLOCK);
    struct tum_tblock *block = tum_arena_new_of(p->tree->arena, struct tum_tblock);

    node->as.block = block;
    if (!take_name(p, &block->name, "the name of the block"))
        return false;
    block->at = node->at;
    block->scoped = skip_name(p, "scoped");
    block->required = skip_name(p, "required");
    add_block(p, block);
    if (!parse_body(p, ends, &block->body))
        return false;
    next(p);
    if (block->required && !is_blank(p, block->body))
        return tum_tmpl_fail(p->err, "TemplateSyntaxError", node->at,
                             "required block '%.*s' is not empty",
                             TUM_STR_ARG(block->name));
    if (tum_str_eq(tum_lex_text(&p->t), block->name))
        next(p);
    return true;
}

static bool parse_print(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_OUTPUT);
    struct expr_list items = {0};
    bool ok = true;

    while (ok && p->t.token != TUM_T_END) {
        struct tum_ast *item;

        ok = (items.count == 0 || expect(p, TUM_T_COMMA, "','")) &&
             parse_expr(p, 0, &item);
        if (ok)
            add_expr(&items, item);
    }
    node->as.output.items = keep_exprs(p, &items, &node->as.output.count);
    return ok;
}

static bool parse_autoescape(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_AUTOESCAPE);

    return parse_expr(p, 0, &node->as.escape.on) &&
           parse_whole_body(p, "endautoescape", &node->as.escape.body);
}

/* "with context", "without context" */
static bool skip_context(struct parser *p)
{
    struct tum_lex ahead = p->t;

    if (!tum_lex_is_name(&p->t, "with") && !tum_lex_is_name(&p->t, "without"))
        return false;
    tum_lex_next(&ahead);
    if (!tum_lex_is_name(&ahead, "context"))
        return false;
    next(p);
    next(p);
    return true;
}

static bool parse_include(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_INCLUDE);
    struct tum_lex ahead;

    if (!parse_expr(p, 0, &node->as.load.source))
        return false;
    ahead = p->t;
    tum_lex_next(&ahead);
    if (tum_lex_is_name(&p->t, "ignore") && tum_lex_is_name(&ahead, "missing")) {
        node->as.load.ignore_missing = true;
        next(p);
        next(p);
    }
    skip_context(p);
    return true;
}

static bool parse_import(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_IMPORT);
    struct target_list names = {0};
    struct tum_ttarget *name;

    if (!parse_expr(p, 0, &node->as.load.source) || !expect_name(p, "as") ||
        !parse_name_target(p, &name))
        return false;
    add_target(&names, name);
    node->as.load.names = keep_targets(p, &names, &node->as.load.count);
    skip_context(p);
    return true;
}

static bool parse_from_name(struct parser *p, struct tum_ttarget **ret)
{
    if (!parse_name_target(p, ret))
        return false;
    if ((*ret)->name.s[0] == '_')
        return tum_tmpl_fail(p->err, "TemplateAssertionError", (*ret)->at,
                             "names starting with '_' cannot be imported");
    return !skip_name(p, "as") || parse_name_target(p, ret);
}

static bool parse_from(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_IMPORT);
    struct target_list names = {0};
    bool ok = parse_expr(p, 0, &node->as.load.source) && expect_name(p, "import");

    while (ok) {
        struct tum_ttarget *name;

        ok = names.count == 0 || expect(p, TUM_T_COMMA, "','");
        if (!ok || skip_context(p))
            break;
        ok = parse_from_name(p, &name);
        if (!ok)
            break;
        add_target(&names, name);
        if (skip_context(p) || p->t.token != TUM_T_COMMA)
            break;
    }
    node->as.load.names = keep_targets(p, &names, &node->as.load.count);
    return ok;
}

static bool parse_extends(struct parser *p, struct tum_tnode **ret)
{
    struct tum_tnode *node = *ret = new_node(p, TUM_TNODE_EXTENDS);

    return parse_expr(p, 0, &node->as.load.source);
}

static const struct statement {
    const char *word;
    bool (*parse)(struct parser *p, struct tum_tnode **ret);
} statements[] = {
    {"autoescape", parse_autoescape},
    {"block", parse_block},
    {"call", parse_call},
    {"extends", parse_extends},
    {"filter", parse_filter},
    {"for", parse_for},
    {"from", parse_from},
    {"if", parse_if},
    {"import", parse_import},
    {"include", parse_include},
    {"macro", parse_macro},
    {"print", parse_print},
    {"set", parse_set},
    {"with", parse_with},
};

/* Words that are tags only where something is open. */
static const char *const inner_words[] = {
    "elif",   "else",  "endautoescape", "endblock", "endcall", "endfilter",
    "endfor", "endif", "endmacro",      "endraw",   "endset",  "endwith",
};

static bool fail_unknown(struct parser *p)
{
    const char *words[TUM_LEN(statements) + TUM_LEN(inner_words) + 1];
    struct tum_str word = tum_lex_text(&p->t);
    const char *near;
    size_t n = 0;

    for (size_t i = 0; i < TUM_LEN(statements); i++)
        words[n++] = statements[i].word;
    for (size_t i = 0; i < TUM_LEN(inner_words); i++) {
        if (!tum_str_is(word, inner_words[i])) {
            words[n++] = inner_words[i];
            continue;
        }
        if (p->open == NULL)
            return tum_tmpl_fail(p->err, "TemplateSyntaxError", token_at(p),
                                 "unexpected '%s': nothing is open that it ends",
                                 inner_words[i]);
        return tum_tmpl_fail(p->err, "TemplateSyntaxError", token_at(p),
                             "unexpected '%s': expected 'end%s' first", inner_words[i],
                             p->open->word);
    }
    words[n] = NULL;
    near = tum_str_nearest(word, words);
    if (near != NULL)
        return tum_tmpl_fail(p->err, "TemplateSyntaxError", token_at(p),
                             "unknown tag '%.*s', did you mean '%s'?",
                             TUM_STR_ARG(word), near);
    return tum_tmpl_fail(p->err, "TemplateSyntaxError", token_at(p),
                         "unknown tag '%.*s'", TUM_STR_ARG(word));
}

static bool parse_known(struct parser *p, const struct statement *statement,
                        struct tum_tnode **ret)
{
    struct open open = {statement->word, tag_at(p), p->open};
    bool ok;

    if (p->depth == TUM_TMPL_NEST_LIMIT)
        return tum_tmpl_fail(p->err, "TemplateSyntaxError", tag_at(p),
                             "more than %d statements inside each other",
                             TUM_TMPL_NEST_LIMIT);
    p->depth++;
    p->open = &open;
    next(p);
    ok = statement->parse(p, ret) && expect_end(p);
    p->open = open.outer;
    p->depth--;
    return ok;
}

static bool parse_statement(struct parser *p, struct tum_tnode **ret)
{
    for (size_t i = 0; i < TUM_LEN(statements); i++)
        if (tum_lex_is_name(&p->t, statements[i].word))
            return parse_known(p, &statements[i], ret);
    if (p->t.token == TUM_T_NAME || is_identifier(p))
        return fail_unknown(p);
    return fail(p, "the name of a tag");
}

bool tum_tparse(struct tum_tlex *lex, struct tum_vm *vm, struct tum_ttree *tree,
                struct tum_error **err)
{
    struct parser p = {.lex = lex, .tree = tree, .vm = vm, .err = err};

    return parse_pieces(&p, NULL, &tree->body);
}
