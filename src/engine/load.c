/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes to items: the root and the frame of each item. Loading goes on after a mistake: each
 * adds a finding and the loader moves to the next key, so that one pass shows everything.
 *
 * What an item accepts is in its descriptor; nothing here knows an item but `main`.
 */
#include "engine/load.h"

#include "base/path.h"
#include "engine/functions.h"
#include "tum/mem.h"

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

void tum_load_place(struct tum_finding *finding, const struct tum_item *item,
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
        tum_load_place(finding, item->parent, item->type->keyword);
    else if (item != NULL)
        tum_load_place(finding, item, NULL);
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
        tum_load_place(finding, item, NULL);
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

bool tum_load_error_in(struct tum_load *load, const struct tum_item *container,
                       struct tum_span at, const char *fmt, ...)
{
    struct tum_finding *finding;
    char *text;
    va_list ap;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    finding = tum_diag_error(load->session->diags, at, "%s", text);
    tum_load_place(finding, container, NULL);
    tum_free(text);
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

struct tum_item *tum_load_item(struct tum_load *load, struct tum_item *parent,
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

static void set_source_override(struct tum_load *load, struct tum_item *item)
{
    struct tum_str name = tum_node_text(tum_node_get(load->body, "seq_filename"));

    if (name.s != NULL)
        item->file_shown = tum_arena_strndup(load->session->arena, name.s, name.n);
}

/* Name and flags, parameters, children. False: unusable, findings say why. */
bool tum_load_fill(struct tum_load *load, struct tum_item *item,
                   const struct tum_node *body)
{
    const struct tum_node *outer = load->body;
    const struct tum_node *name;
    struct tum_str raw_name;
    char *shown;
    bool ok = true;

    if (++load->depth > TUM_TREE_DEPTH) {
        load->depth--;
        return tum_load_error_in(
            load, item->parent, item->at,
            "items are nested deeper than the limit of 200 levels");
    }
    load->body = tum_node_kind(body) == TUM_NODE_MAP ? body : NULL;
    name = tum_node_get(load->body, "name");
    tum_load_name(load, item, name);
    tum_load_skipped(load, item, tum_node_get(load->body, "skipped"));
    set_source_override(load, item);
    raw_name = tum_node_text(name);
    shown = raw_name.s != NULL ? tum_strndup(raw_name.s, raw_name.n)
                               : tum_strdup(item->name);
    tum_load_params(load, item, shown);
    tum_free(shown);
    if (item->type->flags & TUM_ITEM_FREE_BODY)
        item->body = tum_load_arg(load, item, NULL, body);
    ok = tum_load_required(load, item);
    if (item->type->flags & TUM_ITEM_CONTAINER)
        tum_load_steps(load, item);
    else if (item->type->flags & TUM_ITEM_ACTIONS)
        tum_load_actions(load, item);
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
    struct tum_item *item = tum_load_item(load, parent, type, tum_node_at(body));

    load->session->may_overlap = true;
    tum_load_fill(load, item, body);
    return item;
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

static void check_post_execution(struct tum_load *load, const struct tum_node *root)
{
    struct tum_session *session = load->session;
    const struct tum_node *post = tum_node_get(root, "post_execution");
    const struct tum_node *name = tum_node_get(post, "file_name");
    char *path;

    if (tum_node_kind(post) == TUM_NODE_NULL ||
        tum_node_kind(post) == TUM_NODE_BROKEN) {
        path = tum_path_join(session->main_folder, "post_execution.py");
        if (tum_path_is_file(path)) {
            session->post_execution = tum_load_keep(load, tum_val_str(path));
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
            session->diags, tum_node_at(name), "post_execution file '%s' %s: %s",
            tum_node_text(name).s,
            tum_path_exists(path) ? "is no file" : "does not exist", path);

        finding->topic = TUM_TOPIC_IO;
    } else {
        session->post_execution = tum_load_keep(load, tum_val_str(path));
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

void tum_session_build_steps(struct tum_session *session, const struct tum_node *steps)
{
    struct tum_load load = {.session = session};
    struct tum_item *item = tum_load_item(&load, NULL, &main_type, tum_node_at(steps));

    session->root = item;
    tum_load_list(&load, item, steps);
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
    item =
        tum_load_item(&load, NULL, &main_type, tum_node_at(tum_node_key(root, index)));
    session->root = item;
    tum_load_fill(&load, item, main_node);
    tum_block_read(session, root);
    read_record(session, root);
    check_post_execution(&load, root);
    return tum_diags_count(session->diags, TUM_SEV_ERROR) == 0;
}
