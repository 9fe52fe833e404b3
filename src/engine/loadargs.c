/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of one item: which there are, their values, and what is read of them at load: name,
 * skipped, tags and other attributes that every item has.
 */
#include "engine/load.h"

#include "base/path.h"
#include "engine/retry.h"
#include "tum/mem.h"
#include <stdlib.h>

/* ---- values ---- */

/* Values live as long as the session; it releases them. */
tum_val tum_load_keep(struct tum_load *load, tum_val take)
{
    struct tum_session *session = load->session;

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

        tum_load_place(finding, item, NULL);
        return false;
    }
    *ret = tum_load_keep(load, v);
    return true;
}

struct tum_arg *tum_load_arg(struct tum_load *load, const struct tum_item *item,
                             const struct tum_param *param, const struct tum_node *node)
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

tum_val tum_load_expand(struct tum_load *load, tum_val v)
{
    struct tum_asker asker;

    if (tum_val_constant(v))
        return tum_val_ref(v);
    tum_asker_init_load(&asker, load->session);
    return tum_asker_expand(&asker, v);
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
    tum_load_place(finding, item->parent, item->type->keyword);
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
    v = tum_load_expand(load, raw);
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
    return tum_load_keep(load, list);
}

static bool flag_now(struct tum_load *load, struct tum_item *item,
                     const struct tum_node *node, const char *what)
{
    struct tum_asker asker;
    enum tum_flag flag;
    tum_val raw, v;

    if (!node_value(load, item, node, &raw))
        return false;
    v = tum_load_expand(load, raw);
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
        arg = tum_load_arg(load, item, param, node);
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

bool tum_load_required(struct tum_load *load, const struct tum_item *item)
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

void tum_load_params(struct tum_load *load, struct tum_item *item, const char *raw_name)
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
                tum_load_arg(load, item, param, value);
    }
}

/* ---- name and skipped ---- */

void tum_load_name(struct tum_load *load, struct tum_item *item,
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
    v = tum_load_expand(load, raw);
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

/* Names are texts: 12 is the name of an item with `name: 12`. */
static bool is_named(const struct tum_item *item, tum_val name)
{
    char *text = name.kind != TUM_NONE ? tum_val_to_str(name) : NULL;
    bool same = text != NULL && strcmp(text, item->name) == 0;

    tum_free(text);
    return same;
}

static bool is_listed(struct tum_load *load, const struct tum_item *item)
{
    tum_val v;
    bool listed = false;

    if (!tum_scope_get(load->session->scope, TUM_S("skipped_test_item"), &v))
        return false;
    if (tum_val_is_seq(v)) {
        tum_list_each (name, v)
            listed = listed || is_named(item, *name);
    } else if (v.kind != TUM_STR || tum_val_text(v).n > 0) {
        /* No name at all is not the name of the items without one. */
        listed = is_named(item, v);
    }
    tum_val_unref(v);
    return listed;
}

enum skip { SKIP_OPEN, SKIP_YES, SKIP_NO, SKIP_WRONG };

/*
 * The table of `skipped`; what a text gave, after `evaluated` evaluations, is judged from
 * the second line on.
 */
static enum skip judge_skipped(struct tum_load *load, tum_val v, int evaluated)
{
    struct tum_asker asker;
    struct tum_error *err = NULL;
    enum skip result;
    tum_val value;
    int sign;

    switch (tum_val_kind(v)) {
    case TUM_NONE:
        return evaluated > 0 ? SKIP_NO : SKIP_OPEN;
    case TUM_BOOL:
        if (v.as.b)
            return SKIP_YES;
        return evaluated > 0 ? SKIP_NO : SKIP_OPEN;
    case TUM_INT:
    case TUM_BIGINT:
        tum_val_cmp(v, tum_val_int(0), &sign);
        if (sign > 0)
            return SKIP_YES;
        return sign < 0 || evaluated > 0 ? SKIP_NO : SKIP_OPEN;
    case TUM_FLOAT:
        return v.as.f == 0 && evaluated == 0 ? SKIP_OPEN : SKIP_WRONG;
    case TUM_STR: {
        static const char *const yes[] = {"true", "t", "y", "yes", "ok"};
        static const char *const no[] = {"false", "f", "n", "no", "nok", "ko"};

        if (tum_val_text(v).n == 0)
            return evaluated > 0 ? SKIP_NO : SKIP_OPEN;
        for (size_t i = 0; i < TUM_LEN(yes); i++) {
            if (tum_str_is_nocase(tum_val_text(v), yes[i]))
                return SKIP_YES;
        }
        for (size_t i = 0; i < TUM_LEN(no); i++) {
            if (tum_str_is_nocase(tum_val_text(v), no[i]))
                return SKIP_NO;
        }
        if (evaluated >= TUM_FLAG_DEPTH)
            return SKIP_WRONG;
        tum_asker_init_load(&asker, load->session);
        if (!tum_asker_evaluate(&asker, tum_val_text(v), &value, &err)) {
            tum_error_free(err);
            return SKIP_WRONG;
        }
        result = judge_skipped(load, value, evaluated + 1);
        tum_val_unref(value);
        return result;
    }
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_SET:
        return tum_list_len(v) == 0 && evaluated == 0 ? SKIP_OPEN : SKIP_WRONG;
    case TUM_MAP:
        return tum_map_len(v) == 0 && evaluated == 0 ? SKIP_OPEN : SKIP_WRONG;
    default:
        return SKIP_WRONG;
    }
}

void tum_load_skipped(struct tum_load *load, struct tum_item *item,
                      const struct tum_node *node)
{
    enum skip skip = SKIP_OPEN;
    tum_val raw, v;

    if (node != NULL && tum_node_kind(node) != TUM_NODE_NULL &&
        tum_node_kind(node) != TUM_NODE_BROKEN) {
        if (!node_value(load, item, node, &raw))
            return;
        v = tum_load_expand(load, raw);
        skip = judge_skipped(load, v, 0);
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
