/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of steps and of actions to items: keywords, includes in between, and what to say when
 * a step is none.
 */
#include "engine/load.h"

#include "tum/mem.h"

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
    tum_load_error_in(load, container, tum_node_at(key),
                      "'%.*s' is not a known test item. Known items: %s",
                      TUM_STR_ARG(keyword), list.s);
    near = words != NULL ? tum_str_nearest(keyword, words) : NULL;
    if (near != NULL)
        tum_diag_note(load->session->diags, tum_node_at(key), "did you mean '%s'?",
                      near);
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

    if (keyword.s == NULL) {
        char *shown = tum_node_describe(key);

        tum_load_error_in(load, container, tum_node_at(key),
                          "%s is not a valid test item: a step is one keyword and its "
                          "body",
                          shown);
        tum_free(shown);
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

        tum_load_error_in(load, container, tum_node_at(body),
                          "the body of test item '%s' must be a mapping, found %s",
                          type->keyword, shown);
        tum_free(shown);
        return;
    }
    item = tum_load_item(load, container, type, tum_node_at(key));
    item->folded = folded;
    tum_load_fill(load, item, body);
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
    tum_load_error_in(load, container, tum_node_at(node), "%s", text.s);
    if (n > 1)
        tum_diag_note(load->session->diags, tum_node_at(tum_node_key(node, 1)),
                      "is '%s' meant to be indented below the first?",
                      tum_val_text(tum_node_val(tum_node_key(node, 1))).s != NULL
                          ? tum_val_text(tum_node_val(tum_node_key(node, 1))).s
                          : "");
    tum_buf_release(&text);
}

static void build_included(struct tum_load *load, struct tum_item *container,
                           const struct tum_node *wrapper)
{
    const struct tum_node *root = tum_node_included(wrapper);

    switch (tum_node_kind(root)) {
    case TUM_NODE_SEQ:
    case TUM_NODE_INCLUDE:
        tum_load_list(load, container, root);
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
        tum_load_error_in(load, container, tum_node_at(root),
                          "an included file must hold a list of steps, found %s",
                          shown);
        tum_free(shown);
        break;
    }
    case TUM_NODE_BROKEN:
        break;
    }
}

void tum_load_list(struct tum_load *load, struct tum_item *container,
                   const struct tum_node *node)
{
    switch (tum_node_kind(node)) {
    case TUM_NODE_NULL:
    case TUM_NODE_BROKEN:
        break;
    case TUM_NODE_SEQ:
        for (size_t i = 0; i < tum_node_len(node); i++)
            tum_load_list(load, container, tum_node_item(node, i));
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
        tum_load_error_in(load, container, tum_node_at(node),
                          "%s is not a valid test item", shown);
        tum_free(shown);
        break;
    }
    }
}

void tum_load_steps(struct tum_load *load, struct tum_item *item)
{
    const struct tum_node *steps;
    size_t index;

    if (tum_node_kind(load->body) != TUM_NODE_MAP ||
        !tum_node_find(load->body, TUM_S("steps"), &index)) {
        tum_load_error_in(load, item, item->at,
                          "No 'steps' list found in '%s' item '%s'",
                          item->type->keyword, item->name);
        return;
    }
    steps = tum_node_value(load->body, index);
    if (tum_node_kind(steps) == TUM_NODE_SCALAR) {
        char *shown = tum_node_describe(steps);

        tum_load_error_in(load, item, tum_node_at(steps),
                          "'steps' of '%s' item '%s' must be a list, found %s",
                          item->type->keyword, item->name, shown);
        tum_free(shown);
        return;
    }
    tum_load_list(load, item, steps);
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
    action = tum_load_item(load, item, type, tum_node_at(key));
    tum_load_fill(load, action, body);
}

void tum_load_actions(struct tum_load *load, struct tum_item *item)
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
