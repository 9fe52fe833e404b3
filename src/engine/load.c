/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes to items. Loading goes on after a mistake: each adds a finding and the loader
 * moves to the next key, so that one pass shows everything.
 *
 * What an item accepts is in its descriptor; nothing here knows an item but `main`.
 */
#include "engine/functions.h"

#include "base/path.h"
#include "engine/retry.h"
#include "tum/mem.h"
#include <stdlib.h>

struct tum_load {
    struct tum_session *session;
    const struct tum_node *body; /* of the item in hand; NULL: null */
    uint32_t depth;
};

/* ---- main ---- */

static enum tum_verdict main_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_children children;

    (void)item;
    tum_children_run(run, &children);
    if (children.stopped) {
        tum_run_message(run, "Test run failed: stopped on request");
        tum_run_set_outcome(run, TUM_OUTCOME_INTERRUPTED);
        return TUM_FAIL;
    }
    if (children.failed == 0) {
        tum_run_message(run, "Test run success");
        return TUM_PASS;
    }
    tum_run_message(run, children.aborted_on != NULL ? "test stopped on failure"
                                                     : "Test run failed");
    tum_run_set_outcome(run, children.worst);
    return TUM_FAIL;
}

static const struct tum_item_type main_type = {
    .keyword = "main",
    .row_type = "default",
    .summary = "The root of a campaign.",
    .flags = TUM_ITEM_CONTAINER | TUM_ITEM_UNCHECKED,
    .run = main_run,
};

/* ---- findings ---- */

static void place_finding(struct tum_finding *finding, const struct tum_item *item,
                          const char *keyword)
{
    tum_free(finding->where);
    finding->where = tum_item_path(item, keyword);
}

bool tum_load_error(struct tum_load *load, const struct tum_item *item,
                    struct tum_span at, const char *fmt, ...)
{
    struct tum_finding *finding;
    char *text;
    va_list ap;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    finding = tum_diag_error(load->session->diags, at, "%s", text);
    if (item != NULL && item->parent != NULL)
        place_finding(finding, item->parent, item->type->keyword);
    else if (item != NULL)
        place_finding(finding, item, NULL);
    tum_free(text);
    return false;
}

void tum_load_warning(struct tum_load *load, const struct tum_item *item,
                      struct tum_span at, const char *fmt, ...)
{
    struct tum_session *session = load->session;
    struct tum_finding *finding;
    char *text;
    va_list ap;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    finding = tum_diag_warning(session->diags, at, "%s", text);
    if (item != NULL)
        place_finding(finding, item, NULL);
    tum_session_warn(session, "%s", text);
    tum_free(text);
}

struct tum_diags *tum_load_diags(struct tum_load *load)
{
    return load->session->diags;
}

const struct tum_node *tum_load_node(struct tum_load *load)
{
    return load->body;
}

void *tum_load_data(struct tum_load *load, struct tum_item *item)
{
    (void)load;
    return item->data;
}

/* Something of the wrong kind, said of the container that holds it. */
static bool error_in(struct tum_load *load, const struct tum_item *container,
                     struct tum_span at, const char *text)
{
    struct tum_finding *finding = tum_diag_error(load->session->diags, at, "%s", text);

    place_finding(finding, container, NULL);
    return false;
}

void tum_load_failed(struct tum_load *load, struct tum_item *item, const char *why)
{
    struct tum_session *session = load->session;

    item->load_failure = tum_arena_strndup(session->arena, why, strlen(why));
    tum_session_warn(session,
                     "'%s' item '%s' could not be loaded: %s (it will FAIL at run).",
                     item->type->keyword, item->name, why);
}

/* ---- values ---- */

/* Values live as long as the session; it releases them. */
static tum_val keep(struct tum_session *session, tum_val take)
{
    if (take.kind >= TUM_BIGINT) {
        tum_grow(&session->kept, &session->kept_cap, session->kept_count + 1);
        session->kept[session->kept_count++] = take;
    }
    return take;
}

static bool node_value(struct tum_load *load, const struct tum_item *item,
                       const struct tum_node *node, tum_val *ret)
{
    struct tum_error *err = NULL;
    tum_val v;

    if (!tum_node_to_val(node, &v, &err)) {
        struct tum_finding *finding = tum_diag_take(load->session->diags, &err);

        place_finding(finding, item, NULL);
        return false;
    }
    *ret = keep(load->session, v);
    return true;
}

static struct tum_arg *make_arg(struct tum_load *load, const struct tum_item *item,
                                const struct tum_param *param,
                                const struct tum_node *node)
{
    struct tum_arg *arg;
    tum_val raw;

    if (!node_value(load, item, node, &raw))
        return NULL;
    arg = tum_arena_new_of(load->session->arena, struct tum_arg);
    *arg = (struct tum_arg){
        .raw = raw,
        .at = tum_node_at(node),
        .param = param,
        .constant = tum_val_constant(raw),
    };
    return arg;
}

/* Expanded at load; owned by the caller. */
static tum_val expand_now(struct tum_load *load, tum_val v)
{
    struct tum_asker asker;

    if (tum_val_constant(v))
        return tum_val_ref(v);
    tum_asker_init_load(&asker, load->session);
    return tum_asker_expand(&asker, v);
}

tum_val tum_load_expand(struct tum_load *load, tum_val v)
{
    return expand_now(load, v);
}

/* ---- parameters of an item ---- */

static const struct tum_param *find_in(const struct tum_param *params,
                                       struct tum_str key)
{
    for (; params != NULL && params->name != NULL; params++) {
        if (params->name[0] == key.s[0] && tum_str_is(key, params->name))
            return params;
    }
    return NULL;
}

/* Actions do not know the attributes that tum adds to items. */
static bool is_common_of(const struct tum_item_type *type,
                         const struct tum_param *param)
{
    if ((type->flags & TUM_ITEM_ACTION) == 0)
        return true;
    return (param->flags & TUM_PARAM_ACTION) != 0;
}

static const struct tum_param *find_param(const struct tum_item_type *type,
                                          struct tum_str key, bool *ret_common)
{
    const struct tum_param *param = key.n > 0 ? find_in(type->params, key) : NULL;

    *ret_common = false;
    if (param != NULL || key.n == 0)
        return param;
    param = find_in(tum_common_params, key);
    if (param == NULL || !is_common_of(type, param))
        return NULL;
    *ret_common = true;
    return param;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every name a type accepts, sorted, NULL-terminated; for tum_free. */
static const char **accepted_names(const struct tum_item_type *type, size_t *ret_count)
{
    const char **names = NULL;
    size_t count = 0, cap = 0;

    for (const struct tum_param *p = type->params; p != NULL && p->name != NULL; p++) {
        tum_grow(&names, &cap, count + 1);
        names[count++] = p->name;
    }
    for (const struct tum_param *p = tum_common_params; p->name != NULL; p++) {
        if (!is_common_of(type, p) ||
            find_in(type->params, tum_str_of(p->name)) != NULL)
            continue;
        tum_grow(&names, &cap, count + 1);
        names[count++] = p->name;
    }
    qsort(names, count, sizeof(*names), compare_words);
    tum_grow(&names, &cap, count + 1);
    names[count] = NULL;
    *ret_count = count;
    return names;
}

static void warn_unknown(struct tum_load *load, const struct tum_item *item,
                         const char *raw_name, const struct tum_node *key)
{
    struct tum_buf list = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text = tum_node_text(key);
    struct tum_finding *finding;
    const char **names;
    const char *near;
    char *shown;
    size_t count;

    names = accepted_names(item->type, &count);
    for (size_t i = 0; i < count; i++)
        tum_buf_addf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    if (text.s != NULL) {
        shown = tum_strndup(text.s, text.n);
    } else {
        shown = tum_val_to_str(tum_node_val(key));
        text = tum_str_of(shown);
    }
    near = tum_str_nearest(text, names);
    tum_session_warn(load->session, "item '%s': unknown parameter '%s'. Accepted: %s.",
                     raw_name, shown, list.s);
    finding = tum_diag_warning(load->session->diags, tum_node_at(key),
                               "unknown parameter '%s'", shown);
    place_finding(finding, item->parent, item->type->keyword);
    if (near != NULL)
        tum_diag_note(load->session->diags, tum_node_at(key), "did you mean '%s'?",
                      near);
    tum_diag_render(
        tum_diags_at(load->session->diags, tum_diags_total(load->session->diags) - 1),
        load->session->sources, false, &line);
    if (line.len > 0)
        tum_session_out(load->session, "%s", line.s);
    tum_free(shown);
    tum_free(names);
    tum_buf_release(&list);
    tum_buf_release(&line);
}

static struct tum_common *own_common(struct tum_load *load, struct tum_item *item)
{
    struct tum_common *common;

    if (item->common == &tum_common_none) {
        common = tum_arena_new_of(load->session->arena, struct tum_common);
        item->common = common;
        return common;
    }
    /* Ours until the item is finished. */
    return (struct tum_common *)(uintptr_t)item->common;
}

static tum_val word_list(struct tum_load *load, struct tum_item *item,
                         const struct tum_node *node, const char *what)
{
    struct tum_list_builder *b;
    tum_val raw, v, list;

    if (!node_value(load, item, node, &raw))
        return tum_val_none();
    v = expand_now(load, raw);
    b = tum_list_begin(4);
    if (v.kind == TUM_STR) {
        tum_list_add(b, tum_val_ref(v));
    } else if (tum_val_is_seq(v)) {
        tum_list_each (word, v) {
            if (word->kind == TUM_MAP || tum_val_is_seq(*word)) {
                tum_load_error(load, item, tum_node_at(node),
                               "'%s' must be a name or a list of names", what);
                continue;
            }
            char *text = tum_val_to_str(*word);

            tum_list_add(b, tum_val_str(text));
            tum_free(text);
        }
    } else if (v.kind == TUM_MAP) {
        tum_load_error(load, item, tum_node_at(node),
                       "'%s' must be a name or a list of names", what);
    } else if (v.kind != TUM_NONE) {
        char *text = tum_val_to_str(v);

        tum_list_add(b, tum_val_str(text));
        tum_free(text);
    }
    tum_val_unref(v);
    list = tum_list_end(b);
    return keep(load->session, list);
}

static bool flag_now(struct tum_load *load, struct tum_item *item,
                     const struct tum_node *node, const char *what)
{
    struct tum_asker asker;
    enum tum_flag flag;
    tum_val raw, v;

    if (!node_value(load, item, node, &raw))
        return false;
    v = expand_now(load, raw);
    tum_asker_init_load(&asker, load->session);
    flag = tum_asker_flag(&asker, v);
    if (flag == TUM_FLAG_UNUSABLE) {
        char *shown = tum_val_to_repr(v);

        tum_load_error(load, item, tum_node_at(node),
                       "'%s' of '%s' item '%s' is no boolean: %s", what,
                       item->type->keyword, item->name, shown);
        tum_free(shown);
    }
    tum_val_unref(v);
    return flag == TUM_FLAG_TRUE;
}

struct common_field {
    const char *name;
    size_t field;
};

static const struct common_field common_fields[] = {
    {"condition", offsetof(struct tum_common, condition)},
    {"key", offsetof(struct tum_common, key)},
    {"report", offsetof(struct tum_common, report)},
    {"stop_on_failure", offsetof(struct tum_common, stop_on_failure)},
    {"execute_on_stop", offsetof(struct tum_common, execute_on_stop)},
    {"process_result", offsetof(struct tum_common, process_result)},
    {"store_result", offsetof(struct tum_common, store_result)},
    {"expected_result", offsetof(struct tum_common, expected_result)},
    {"no_fail", offsetof(struct tum_common, no_fail)},
    {"time_limit", offsetof(struct tum_common, time_limit)},
    {"retry", offsetof(struct tum_common, retry)},
};

static void set_needs(struct tum_load *load, struct tum_item *item,
                      const struct tum_node *node)
{
    const struct tum_host *host = load->session->opts.host;
    tum_val names = word_list(load, item, node, "needs");

    own_common(load, item)->needs = names;
    if (host == NULL || host->lacks_service == NULL)
        return;
    tum_list_each (name, names) {
        const char *text = tum_val_text(*name).s;
        const char *file = host->lacks_service(host->ctx, text);

        if (file != NULL)
            tum_load_error(load, item, tum_node_at(node),
                           "'needs' names '%s', and 'services' of %s has no such name",
                           text, file);
    }
}

static void set_common(struct tum_load *load, struct tum_item *item,
                       const struct tum_param *param, const struct tum_node *node)
{
    struct tum_common *common;
    struct tum_arg *arg;
    const char *wrong;

    if (tum_node_kind(node) == TUM_NODE_NULL || tum_node_kind(node) == TUM_NODE_BROKEN)
        return;
    for (size_t i = 0; i < TUM_LEN(common_fields); i++) {
        if (strcmp(common_fields[i].name, param->name) != 0)
            continue;
        arg = make_arg(load, item, param, node);
        if (arg == NULL)
            return;
        common = own_common(load, item);
        *(const struct tum_arg **)((char *)common + common_fields[i].field) = arg;
        if (strcmp(param->name, "retry") == 0 &&
            (wrong = tum_retry_check(arg->raw)) != NULL)
            tum_load_error(load, item, arg->at, "%s", wrong);
        return;
    }
    if (strcmp(param->name, "tags") == 0)
        own_common(load, item)->tags = word_list(load, item, node, "tags");
    else if (strcmp(param->name, "locks") == 0)
        own_common(load, item)->locks = word_list(load, item, node, "locks");
    else if (strcmp(param->name, "needs") == 0)
        set_needs(load, item, node);
    else if (strcmp(param->name, "always") == 0)
        own_common(load, item)->always = flag_now(load, item, node, "always");
}

/* ---- name and skipped ---- */

static void set_name(struct tum_load *load, struct tum_item *item,
                     const struct tum_node *node)
{
    struct tum_arena *arena = load->session->arena;
    tum_val raw, v;
    char *text;

    item->name = "";
    if (node == NULL || tum_node_kind(node) == TUM_NODE_NULL ||
        tum_node_kind(node) == TUM_NODE_BROKEN)
        return;
    item->has_name = true;
    if (tum_node_text(node).s != NULL && tum_val_constant(tum_node_val(node))) {
        struct tum_str plain = tum_node_text(node);

        item->name = tum_arena_strndup(arena, plain.s, plain.n);
        item->name_length = (uint32_t)plain.n;
        return;
    }
    if (!node_value(load, item, node, &raw))
        return;
    v = expand_now(load, raw);
    /* A list is no label where it is a parameter of the type itself. */
    if (v.kind != TUM_NONE &&
        !(tum_val_is_seq(v) && find_in(item->type->params, TUM_S("name")) != NULL)) {
        text = tum_val_to_str(v);
        item->name_length = (uint32_t)strlen(text);
        item->name = tum_arena_strndup(arena, text, item->name_length);
        tum_free(text);
    }
    tum_val_unref(v);
}

static bool is_listed(struct tum_load *load, const struct tum_item *item)
{
    tum_val v;
    bool listed = false;

    if (!tum_scope_get(load->session->scope, TUM_S("skipped_test_item"), &v))
        return false;
    if (v.kind == TUM_STR) {
        listed = tum_str_is(tum_val_text(v), item->name);
    } else if (tum_val_is_seq(v)) {
        tum_list_each (name, v) {
            if (name->kind == TUM_STR && tum_str_is(tum_val_text(*name), item->name))
                listed = true;
        }
    }
    tum_val_unref(v);
    return listed;
}

enum skip { SKIP_OPEN, SKIP_YES, SKIP_NO, SKIP_WRONG };

/* The table of `skipped`; an evaluated text is judged from its second line on. */
static enum skip judge_skipped(struct tum_load *load, tum_val v, bool evaluated)
{
    struct tum_asker asker;
    struct tum_error *err = NULL;
    enum skip result;
    tum_val value;
    int sign;

    switch (tum_val_kind(v)) {
    case TUM_NONE:
        return evaluated ? SKIP_NO : SKIP_OPEN;
    case TUM_BOOL:
        if (v.as.b)
            return SKIP_YES;
        return evaluated ? SKIP_NO : SKIP_OPEN;
    case TUM_INT:
    case TUM_BIGINT:
        tum_val_cmp(v, tum_val_int(0), &sign);
        if (sign > 0)
            return SKIP_YES;
        return sign < 0 || evaluated ? SKIP_NO : SKIP_OPEN;
    case TUM_FLOAT:
        return v.as.f == 0 && !evaluated ? SKIP_OPEN : SKIP_WRONG;
    case TUM_STR: {
        static const char *const yes[] = {"true", "t", "y", "yes", "ok"};
        static const char *const no[] = {"false", "f", "n", "no", "nok", "ko"};

        if (tum_val_text(v).n == 0)
            return evaluated ? SKIP_NO : SKIP_OPEN;
        for (size_t i = 0; i < TUM_LEN(yes); i++) {
            if (tum_str_is_nocase(tum_val_text(v), yes[i]))
                return SKIP_YES;
        }
        for (size_t i = 0; i < TUM_LEN(no); i++) {
            if (tum_str_is_nocase(tum_val_text(v), no[i]))
                return SKIP_NO;
        }
        if (evaluated)
            return SKIP_WRONG;
        tum_asker_init_load(&asker, load->session);
        if (!tum_asker_evaluate(&asker, tum_val_text(v), &value, &err)) {
            tum_error_free(err);
            return SKIP_WRONG;
        }
        result = judge_skipped(load, value, true);
        tum_val_unref(value);
        return result;
    }
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_SET:
        return tum_list_len(v) == 0 && !evaluated ? SKIP_OPEN : SKIP_WRONG;
    case TUM_MAP:
        return tum_map_len(v) == 0 && !evaluated ? SKIP_OPEN : SKIP_WRONG;
    default:
        return SKIP_WRONG;
    }
}

static void set_skipped(struct tum_load *load, struct tum_item *item,
                        const struct tum_node *node)
{
    enum skip skip = SKIP_OPEN;
    tum_val raw, v;

    if (node != NULL && tum_node_kind(node) != TUM_NODE_NULL &&
        tum_node_kind(node) != TUM_NODE_BROKEN) {
        if (!node_value(load, item, node, &raw))
            return;
        v = expand_now(load, raw);
        skip = judge_skipped(load, v, false);
        if (skip == SKIP_WRONG) {
            char *shown = tum_val_to_str(v);

            tum_load_error(load, item, tum_node_at(node),
                           "'skipped' of '%s' item '%s' cannot be decided: '%s'",
                           item->type->keyword, item->name, shown);
            tum_free(shown);
        }
        tum_val_unref(v);
    }
    item->skipped = skip == SKIP_YES || (skip == SKIP_OPEN && is_listed(load, item));
    if (item->skipped)
        load->session->any_skipped = true;
}

/* ---- one item ---- */

void tum_load_needs_python(struct tum_load *load)
{
    if (load->session->needs_python)
        return;
    load->session->needs_python = true;
    /* While the rest is loaded, the interpreter starts. */
    tum_functions_warm(load->session, TUM_FUNC_PYTHON);
}

struct tum_session *tum_load_session(struct tum_load *load)
{
    return load->session;
}

tum_val tum_load_keep(struct tum_load *load, tum_val take)
{
    return keep(load->session, take);
}

static struct tum_item *new_item(struct tum_load *load, struct tum_item *parent,
                                 const struct tum_item_type *type, struct tum_span at)
{
    struct tum_session *session = load->session;
    struct tum_item *item = tum_arena_new_of(session->arena, struct tum_item);

    item->type = type;
    item->parent = parent;
    item->common = &tum_common_none;
    item->name = "";
    item->at = at;
    item->source = tum_source_author(session->sources, at.source);
    item->index = (uint32_t)session->item_count++;
    item->level = (uint16_t)(parent == NULL                  ? 0
                             : type->flags & TUM_ITEM_ACTION ? parent->level
                                                             : parent->level + 1);
    if (type->data_size > 0)
        item->data = tum_arena_alloc(session->arena, type->data_size);
    if ((type->flags & TUM_ITEM_PYTHON) != 0)
        tum_load_needs_python(load);
    if ((type->flags & TUM_ITEM_LUA) != 0 && !session->needs_lua) {
        session->needs_lua = true;
        tum_functions_warm(session, TUM_FUNC_LUA);
    }
    if (parent != NULL) {
        if (parent->last != NULL)
            parent->last->next = item;
        else
            parent->first = item;
        parent->last = item;
    }
    return item;
}

static bool is_empty_node(const struct tum_node *node)
{
    enum tum_node_kind kind = tum_node_kind(node);

    return kind == TUM_NODE_NULL || ((kind == TUM_NODE_SEQ) && tum_node_len(node) == 0);
}

/* A parameter may be given by its older name. */
static bool given_by_older_name(const struct tum_load *load,
                                const struct tum_item *item, const char *name)
{
    for (const struct tum_param *p = item->type->params; p->name != NULL; p++) {
        if (p->replaced_by != NULL && strcmp(p->replaced_by, name) == 0 &&
            !is_empty_node(tum_node_get(load->body, p->name)))
            return true;
    }
    return false;
}

static bool check_required(struct tum_load *load, const struct tum_item *item)
{
    bool ok = true;

    for (const struct tum_param *p = item->type->params; p != NULL && p->name != NULL;
         p++) {
        const struct tum_node *node = tum_node_get(load->body, p->name);

        if (tum_node_kind(node) == TUM_NODE_BROKEN ||
            given_by_older_name(load, item, p->name))
            continue;
        if (node == NULL && (p->flags & TUM_PARAM_REQUIRED) != 0)
            ok =
                tum_load_error(load, item, item->at,
                               "'%s' item '%s': the required parameter '%s' is missing",
                               item->type->keyword, item->name, p->name);
        else if (node != NULL && (p->flags & TUM_PARAM_NOT_EMPTY) != 0 &&
                 is_empty_node(node))
            ok = tum_load_error(load, item, tum_node_at(node),
                                "'%s' item '%s': '%s' is empty", item->type->keyword,
                                item->name, p->name);
    }
    return ok;
}

static void set_params(struct tum_load *load, struct tum_item *item,
                       const char *raw_name)
{
    const struct tum_node *body = load->body;

    for (size_t i = 0; i < tum_node_len(body); i++) {
        const struct tum_node *key = tum_node_key(body, i);
        const struct tum_node *value = tum_node_value(body, i);
        struct tum_str text = tum_node_text(key);
        const struct tum_param *param = NULL;
        bool common = false;

        if (text.s != NULL)
            param = find_param(item->type, text, &common);
        if (param == NULL) {
            if ((item->type->flags & (TUM_ITEM_UNCHECKED | TUM_ITEM_FREE_BODY)) == 0)
                warn_unknown(load, item, raw_name, key);
            continue;
        }
        if (param->replaced_by != NULL)
            tum_load_warning(load, item, tum_node_at(key),
                             "item '%s': parameter '%s' is deprecated, use '%s'.",
                             raw_name, param->name, param->replaced_by);
        if (common)
            set_common(load, item, param, value);
        else if (param->field != 0 && tum_node_kind(value) != TUM_NODE_BROKEN)
            *(const struct tum_arg **)((char *)item->data + param->field - 1) =
                make_arg(load, item, param, value);
    }
}

static void build_steps(struct tum_load *load, struct tum_item *item);
static void build_actions(struct tum_load *load, struct tum_item *item);

static void set_source_override(struct tum_load *load, struct tum_item *item)
{
    struct tum_str name = tum_node_text(tum_node_get(load->body, "seq_filename"));

    if (name.s != NULL)
        item->file_shown = tum_arena_strndup(load->session->arena, name.s, name.n);
}

/* Name and flags, parameters, children. False: unusable, findings say why. */
static bool fill_item(struct tum_load *load, struct tum_item *item,
                      const struct tum_node *body)
{
    const struct tum_node *outer = load->body;
    const struct tum_node *name;
    struct tum_str raw_name;
    char *shown;
    bool ok = true;

    if (++load->depth > TUM_TREE_DEPTH) {
        load->depth--;
        return error_in(load, item->parent, item->at,
                        "items are nested deeper than the limit of 200 levels");
    }
    load->body = tum_node_kind(body) == TUM_NODE_MAP ? body : NULL;
    name = tum_node_get(load->body, "name");
    set_name(load, item, name);
    set_skipped(load, item, tum_node_get(load->body, "skipped"));
    set_source_override(load, item);
    raw_name = tum_node_text(name);
    shown = raw_name.s != NULL ? tum_strndup(raw_name.s, raw_name.n)
                               : tum_strdup(item->name);
    set_params(load, item, shown);
    tum_free(shown);
    if (item->type->flags & TUM_ITEM_FREE_BODY)
        item->body = make_arg(load, item, NULL, body);
    ok = check_required(load, item);
    if (item->type->flags & TUM_ITEM_CONTAINER)
        build_steps(load, item);
    else if (item->type->flags & TUM_ITEM_ACTIONS)
        build_actions(load, item);
    if (item->type->load != NULL)
        ok = item->type->load(load, item) && ok;
    load->body = outer;
    load->depth--;
    return ok;
}

struct tum_item *tum_load_child(struct tum_load *load, struct tum_item *parent,
                                const struct tum_item_type *type,
                                const struct tum_node *body)
{
    struct tum_item *item = new_item(load, parent, type, tum_node_at(body));

    load->session->may_overlap = true;
    fill_item(load, item, body);
    return item;
}

/* ---- steps ---- */

static const struct tum_item_type *find_type(const struct tum_session *session,
                                             struct tum_str keyword)
{
    for (const struct tum_item_type *const *t = session->opts.items; *t != NULL; t++) {
        if (tum_str_is(keyword, (*t)->keyword))
            return *t;
    }
    return NULL;
}

static void unknown_keyword(struct tum_load *load, struct tum_item *container,
                            const struct tum_node *key, struct tum_str keyword)
{
    const struct tum_item_type *const *items = load->session->opts.items;
    struct tum_buf list = TUM_BUF_INIT(TUM_BUF_ANY);
    const char **words = NULL;
    size_t count = 0, cap = 0;
    const char *near;

    for (size_t i = 0; items[i] != NULL; i++) {
        tum_buf_addf(&list, "%s%s", i > 0 ? ", " : "", items[i]->keyword);
        tum_grow(&words, &cap, count + 2);
        words[count++] = items[i]->keyword;
        words[count] = NULL;
    }
    char *text = tum_asprintf("'%.*s' is not a known test item. Known items: %s",
                              TUM_STR_ARG(keyword), list.s);

    error_in(load, container, tum_node_at(key), text);
    near = words != NULL ? tum_str_nearest(keyword, words) : NULL;
    if (near != NULL)
        tum_diag_note(load->session->diags, tum_node_at(key), "did you mean '%s'?",
                      near);
    tum_free(text);
    tum_free(words);
    tum_buf_release(&list);
}

static void build_step(struct tum_load *load, struct tum_item *container,
                       const struct tum_node *key, const struct tum_node *body)
{
    struct tum_str keyword = tum_node_text(key);
    const struct tum_item_type *type;
    struct tum_item *item;
    bool folded = false;
    char *text;

    if (keyword.s == NULL) {
        char *shown = tum_node_describe(key);

        text =
            tum_asprintf("%s is not a valid test item: a step is one keyword and its "
                         "body",
                         shown);
        error_in(load, container, tum_node_at(key), text);
        tum_free(shown);
        tum_free(text);
        return;
    }
    if (keyword.n > 1 && keyword.s[0] == '.') {
        folded = true;
        keyword = tum_str_sub(keyword, 1, keyword.n);
    }
    type = find_type(load->session, keyword);
    if (type == NULL) {
        unknown_keyword(load, container, key, tum_node_text(key));
        return;
    }
    if (tum_node_kind(body) == TUM_NODE_BROKEN)
        return;
    if (tum_node_kind(body) != TUM_NODE_MAP && tum_node_kind(body) != TUM_NODE_NULL) {
        char *shown = tum_node_describe(body);

        text = tum_asprintf("the body of test item '%s' must be a mapping, found %s",
                            type->keyword, shown);
        error_in(load, container, tum_node_at(body), text);
        tum_free(shown);
        tum_free(text);
        return;
    }
    item = new_item(load, container, type, tum_node_at(key));
    item->folded = folded;
    fill_item(load, item, body);
}

static void several_items(struct tum_load *load, struct tum_item *container,
                          const struct tum_node *node)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t n = tum_node_len(node);

    tum_buf_adds(&text, "a step must define exactly one test item, found ");
    if (n == 0)
        tum_buf_adds(&text, "none");
    for (size_t i = 0; i < n && i < 20; i++) {
        char *key = tum_val_to_str(tum_node_val(tum_node_key(node, i)));

        tum_buf_addf(&text, "%s'%s'", i > 0 ? ", " : "", key);
        tum_free(key);
    }
    error_in(load, container, tum_node_at(node), text.s);
    if (n > 1)
        tum_diag_note(load->session->diags, tum_node_at(tum_node_key(node, 1)),
                      "is '%s' meant to be indented below the first?",
                      tum_val_text(tum_node_val(tum_node_key(node, 1))).s != NULL
                          ? tum_val_text(tum_node_val(tum_node_key(node, 1))).s
                          : "");
    tum_buf_release(&text);
}

static void flatten(struct tum_load *load, struct tum_item *container,
                    const struct tum_node *node);

static void build_included(struct tum_load *load, struct tum_item *container,
                           const struct tum_node *wrapper)
{
    const struct tum_node *root = tum_node_included(wrapper);

    switch (tum_node_kind(root)) {
    case TUM_NODE_SEQ:
    case TUM_NODE_INCLUDE:
        flatten(load, container, root);
        break;
    case TUM_NODE_MAP:
        for (size_t i = 0; i < tum_node_len(root); i++)
            build_step(load, container, tum_node_key(root, i), tum_node_value(root, i));
        break;
    case TUM_NODE_NULL:
        tum_session_info(load->session, "An empty sequence is loaded in '%s'.",
                         container->name);
        break;
    case TUM_NODE_SCALAR: {
        char *shown = tum_node_describe(root);
        char *text =
            tum_asprintf("an included file must hold a list of steps, found %s", shown);

        error_in(load, container, tum_node_at(root), text);
        tum_free(shown);
        tum_free(text);
        break;
    }
    case TUM_NODE_BROKEN:
        break;
    }
}

static void flatten(struct tum_load *load, struct tum_item *container,
                    const struct tum_node *node)
{
    switch (tum_node_kind(node)) {
    case TUM_NODE_NULL:
    case TUM_NODE_BROKEN:
        break;
    case TUM_NODE_SEQ:
        for (size_t i = 0; i < tum_node_len(node); i++)
            flatten(load, container, tum_node_item(node, i));
        break;
    case TUM_NODE_INCLUDE:
        build_included(load, container, node);
        break;
    case TUM_NODE_MAP:
        if (tum_node_len(node) == 1)
            build_step(load, container, tum_node_key(node, 0), tum_node_value(node, 0));
        else
            several_items(load, container, node);
        break;
    case TUM_NODE_SCALAR: {
        char *shown = tum_node_describe(node);
        char *text = tum_asprintf("%s is not a valid test item", shown);

        error_in(load, container, tum_node_at(node), text);
        tum_free(shown);
        tum_free(text);
        break;
    }
    }
}

static void build_steps(struct tum_load *load, struct tum_item *item)
{
    const struct tum_node *steps;
    size_t index;
    char *text;

    if (tum_node_kind(load->body) != TUM_NODE_MAP ||
        !tum_node_find(load->body, TUM_S("steps"), &index)) {
        text = tum_asprintf("No 'steps' list found in '%s' item '%s'",
                            item->type->keyword, item->name);
        error_in(load, item, item->at, text);
        tum_free(text);
        return;
    }
    steps = tum_node_value(load->body, index);
    if (tum_node_kind(steps) == TUM_NODE_SCALAR) {
        char *shown = tum_node_describe(steps);

        text = tum_asprintf("'steps' of '%s' item '%s' must be a list, found %s",
                            item->type->keyword, item->name, shown);
        error_in(load, item, tum_node_at(steps), text);
        tum_free(shown);
        tum_free(text);
        return;
    }
    flatten(load, item, steps);
}

/* ---- actions ---- */

static const struct tum_item_type *find_action(const struct tum_item_type *type,
                                               struct tum_str keyword)
{
    for (const struct tum_item_type *const *t = type->actions; *t != NULL; t++) {
        if (tum_str_is(keyword, (*t)->keyword))
            return *t;
    }
    return NULL;
}

static void unknown_action(struct tum_load *load, struct tum_item *item,
                           const struct tum_node *key)
{
    const struct tum_item_type *const *actions = item->type->actions;
    struct tum_buf list = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *words[32] = {NULL};
    char *shown = tum_val_to_str(tum_node_val(key));
    const char *near;

    for (size_t i = 0; actions[i] != NULL && i + 1 < TUM_LEN(words); i++) {
        tum_buf_addf(&list, "%s%s", i > 0 ? ", " : "", actions[i]->keyword);
        words[i] = actions[i]->keyword;
    }
    tum_load_error(load, item, tum_node_at(key),
                   "'%s' item '%s': unknown action '%s'. Known actions: %s",
                   item->type->keyword, item->name, shown, list.s);
    near = tum_str_nearest(tum_str_of(shown), words);
    if (near != NULL)
        tum_diag_note(load->session->diags, tum_node_at(key), "did you mean '%s'?",
                      near);
    tum_free(shown);
    tum_buf_release(&list);
}

static void bad_action(struct tum_load *load, struct tum_item *item,
                       const struct tum_node *node)
{
    char *shown = tum_node_describe(node);

    tum_load_error(load, item, tum_node_at(node),
                   "'%s' item '%s': an action must be a mapping with exactly one key, "
                   "found %s",
                   item->type->keyword, item->name, shown);
    tum_free(shown);
}

static void build_action(struct tum_load *load, struct tum_item *item,
                         const struct tum_node *node)
{
    const struct tum_node *key, *body;
    const struct tum_item_type *type;
    struct tum_item *action;

    if (tum_node_kind(node) == TUM_NODE_BROKEN)
        return;
    if (tum_node_kind(node) != TUM_NODE_MAP || tum_node_len(node) != 1) {
        bad_action(load, item, node);
        return;
    }
    key = tum_node_key(node, 0);
    body = tum_node_value(node, 0);
    type = tum_node_text(key).s != NULL ? find_action(item->type, tum_node_text(key))
                                        : NULL;
    if (type == NULL) {
        unknown_action(load, item, key);
        return;
    }
    if ((type->flags & TUM_ITEM_FREE_BODY) == 0 &&
        tum_node_kind(body) != TUM_NODE_MAP && tum_node_kind(body) != TUM_NODE_NULL) {
        char *shown = tum_node_describe(body);

        tum_load_error(
            load, item, tum_node_at(body),
            "'%s' item '%s': the body of action '%s' must be a mapping, found "
            "%s",
            item->type->keyword, item->name, type->keyword, shown);
        tum_free(shown);
        return;
    }
    action = new_item(load, item, type, tum_node_at(key));
    fill_item(load, action, body);
}

static void build_actions(struct tum_load *load, struct tum_item *item)
{
    const struct tum_node *steps;
    size_t index;

    if (tum_node_kind(load->body) != TUM_NODE_MAP ||
        !tum_node_find(load->body, TUM_S("steps"), &index)) {
        tum_load_error(load, item, item->at,
                       "No 'steps' list found: '%s' item '%s' has no list of actions",
                       item->type->keyword, item->name);
        return;
    }
    steps = tum_node_value(load->body, index);
    if (tum_node_kind(steps) == TUM_NODE_NULL ||
        tum_node_kind(steps) == TUM_NODE_BROKEN)
        return;
    if (tum_node_kind(steps) != TUM_NODE_SEQ) {
        char *shown = tum_node_describe(steps);

        tum_load_error(load, item, tum_node_at(steps),
                       "'steps' of '%s' item '%s' must be a list of actions, found %s",
                       item->type->keyword, item->name, shown);
        tum_free(shown);
        return;
    }
    for (size_t i = 0; i < tum_node_len(steps); i++)
        build_action(load, item, tum_node_item(steps, i));
}

/* ---- the root ---- */

static struct tum_finding *root_error(struct tum_session *session, struct tum_span at,
                                      const char *text)
{
    struct tum_finding *finding = tum_diag_error(session->diags, at, "%s", text);

    if (at.source == 0)
        finding->file = tum_strdup(session->main_file);
    return finding;
}

static void check_post_execution(struct tum_session *session,
                                 const struct tum_node *root)
{
    const struct tum_node *post = tum_node_get(root, "post_execution");
    const struct tum_node *name = tum_node_get(post, "file_name");
    char *path;

    if (tum_node_kind(post) == TUM_NODE_NULL ||
        tum_node_kind(post) == TUM_NODE_BROKEN) {
        path = tum_path_join(session->main_folder, "post_execution.py");
        if (tum_path_is_file(path)) {
            session->post_execution = keep(session, tum_val_str(path));
            session->needs_python = true;
        }
        tum_free(path);
        return;
    }
    if (tum_node_text(name).s == NULL) {
        root_error(session, tum_node_at(post),
                   "'post_execution' must be a mapping with 'file_name'");
        return;
    }
    path = tum_path_join(session->main_folder, tum_node_text(name).s);
    if (!tum_path_is_file(path)) {
        struct tum_finding *finding = tum_diag_error(
            session->diags, tum_node_at(name),
            "post_execution file '%s' does not exist: %s", tum_node_text(name).s, path);

        finding->topic = TUM_TOPIC_IO;
    } else {
        session->post_execution = keep(session, tum_val_str(path));
        session->needs_python = true;
    }
    tum_free(path);
}

/* `record: true` records the channels beside the campaign, a text names the folder. */
static void read_record(struct tum_session *session, const struct tum_node *root)
{
    const struct tum_node *node = tum_node_get(root, "record");
    struct tum_str text = tum_node_text(node);
    tum_val v = tum_node_val(node);
    char *name;

    if (text.s != NULL && text.n > 0) {
        name = tum_strndup(text.s, text.n);
    } else if (v.kind == TUM_BOOL && v.as.b) {
        name = tum_asprintf("%s.recording", tum_path_base(session->main_file));
    } else {
        if (node != NULL && tum_node_kind(node) != TUM_NODE_NULL &&
            tum_node_kind(node) != TUM_NODE_BROKEN && v.kind != TUM_BOOL)
            root_error(session, tum_node_at(node),
                       "'record' must be true, false or the name of a folder");
        return;
    }
    session->record = tum_path_join(session->main_folder, name);
    tum_free(name);
}

bool tum_session_build(struct tum_session *session, const struct tum_node *root)
{
    struct tum_load load = {.session = session};
    const struct tum_node *main_node;
    struct tum_item *item;
    char *shown, *text;
    size_t index;

    if (tum_node_kind(root) != TUM_NODE_MAP) {
        if (tum_node_kind(root) == TUM_NODE_BROKEN)
            return false;
        shown = tum_node_describe(root);
        text =
            tum_asprintf("the root of a campaign must be a mapping, found %s", shown);
        root_error(session, tum_node_at(root), text);
        tum_free(shown);
        tum_free(text);
        return false;
    }
    if (!tum_node_find(root, TUM_S("main"), &index)) {
        root_error(session, tum_node_at(root),
                   "there is no 'main' in the root mapping");
        return false;
    }
    main_node = tum_node_value(root, index);
    if (tum_node_kind(main_node) == TUM_NODE_BROKEN)
        return false;
    if (tum_node_kind(main_node) != TUM_NODE_MAP) {
        shown = tum_node_describe(main_node);
        text = tum_asprintf("'main' must be a mapping, found %s", shown);
        root_error(session, tum_node_at(main_node), text);
        tum_free(shown);
        tum_free(text);
        return false;
    }
    item = new_item(&load, NULL, &main_type, tum_node_at(tum_node_key(root, index)));
    session->root = item;
    fill_item(&load, item, main_node);
    tum_block_read(session, root);
    read_record(session, root);
    check_post_execution(session, root);
    return tum_diags_count(session->diags, TUM_SEV_ERROR) == 0;
}
