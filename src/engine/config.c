/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration files: finding them, setting their values, expanding these.
 *
 * While the values of a file are expanded, $(x) sees the raw value of x for all names of that
 * file, so their order does not matter.
 */
#include "engine/config.h"

#include "base/path.h"
#include "tum/mem.h"

#define EXPAND_LIMIT 10

static const char *const default_files[] = {"param.yaml", "param.yml"};

/* ---- the list ---- */

static bool bad_list(struct tum_session *session, const struct tum_node *node,
                     const char *expected)
{
    char *found = tum_node_describe(node);
    struct tum_finding *finding =
        tum_diag_error(session->diags, tum_node_at(node),
                       "'config_file': expected %s, found %s", expected, found);

    finding->where = tum_strdup("config_file");
    tum_free(found);
    return false;
}

static bool add_entries(struct tum_session *session, const struct tum_node *node,
                        struct tum_list_builder *b)
{
    bool ok = true;

    switch (tum_node_kind(node)) {
    case TUM_NODE_NULL:
    case TUM_NODE_BROKEN:
        return true;
    case TUM_NODE_SEQ:
        for (size_t i = 0; i < tum_node_len(node); i++)
            ok = add_entries(session, tum_node_item(node, i), b) && ok;
        return ok;
    case TUM_NODE_SCALAR:
        if (tum_node_text(node).s != NULL) {
            tum_list_add(b, tum_val_ref(tum_node_val(node)));
            return true;
        }
        return bad_list(session, node, "a file name");
    default:
        return bad_list(session, node, "a file name or a list of file names");
    }
}

bool tum_config_list(struct tum_session *session, const struct tum_node *root,
                     tum_val *ret)
{
    const struct tum_node *node = tum_node_get(root, "config_file");
    struct tum_list_builder *b;
    bool ok;

    if (tum_node_kind(node) == TUM_NODE_NULL) {
        node = tum_node_get(root, "param_file");
        if (tum_node_kind(node) == TUM_NODE_MAP)
            node = tum_node_get(node, "file_name");
    }
    if (tum_node_kind(node) == TUM_NODE_NULL ||
        tum_node_kind(node) == TUM_NODE_INCLUDE ||
        tum_node_kind(node) == TUM_NODE_BROKEN) {
        *ret = tum_val_none();
        return true;
    }
    b = tum_list_begin(4);
    ok = add_entries(session, node, b);
    if (ok)
        *ret = tum_list_end(b);
    else
        tum_list_drop(b);
    return ok;
}

/* ---- one file ---- */

/* Says a line once in a load. */
static void say(struct tum_session *session, const char *fmt, const char *path)
{
    char *text = tum_asprintf("config %s%s", fmt, path);
    struct tum_str key = tum_str_of(text);

    if (!tum_strmap_has(session->warned, key)) {
        tum_strmap_set(session->warned, key, session);
        if (strcmp(fmt, "loaded") == 0)
            tum_session_info(session, "Configuration file loaded: %s.", path);
        else if (strcmp(fmt, "absent") == 0)
            tum_session_info(session, "Default param file \"%s\" does not exist.",
                             path);
        else if (strcmp(fmt, "empty") == 0)
            tum_session_info(session, "Configuration file \"%s\" is empty.", path);
        else
            tum_session_info(session, "\"%s\" loaded.", path);
    }
    tum_free(text);
}

static tum_val text_key(tum_val key)
{
    char *text;
    tum_val v;

    if (key.kind == TUM_STR)
        return tum_val_ref(key);
    text = tum_val_to_str(key);
    v = tum_val_str(text);
    tum_free(text);
    return v;
}

static tum_val with_text_keys(tum_val map)
{
    struct tum_map_builder *b = tum_map_begin(tum_map_len(map));

    tum_map_each (entry, map)
        tum_map_add(b, text_key(entry->key), tum_val_ref(entry->value));
    return tum_map_end(b);
}

/* True when following the names written in `v` leads to the name `start`. */
static bool leads_to(tum_val file, tum_val v, struct tum_str start,
                     struct tum_strmap *seen)
{
    struct tum_str text, name;
    tum_val key, next;
    bool leads = false;
    size_t pos = 0;

    if (tum_val_is_seq(v)) {
        tum_list_each (item, v)
            leads = leads || leads_to(file, *item, start, seen);
        return leads;
    }
    if (v.kind == TUM_MAP) {
        tum_map_each (entry, v)
            leads = leads || leads_to(file, entry->value, start, seen);
        return leads;
    }
    if (v.kind != TUM_STR)
        return false;
    text = tum_val_text(v);
    while (!leads && (pos = tum_str_find(text, TUM_S("$("), pos)) != TUM_STR_NONE) {
        size_t end = tum_str_find_char(text, ')', pos);

        if (end == TUM_STR_NONE)
            break;
        name = tum_str_sub(text, pos + 2, end);
        pos += 2;
        if (tum_str_eq(name, start))
            return true;
        if (tum_strmap_has(seen, name))
            continue;
        tum_strmap_set(seen, name, seen);
        key = tum_val_text_of(name);
        if (tum_map_peek(file, key, &next))
            leads = leads_to(file, next, start, seen);
        tum_val_unref(key);
    }
    return leads;
}

static bool is_circular(tum_val file, tum_val key, tum_val value)
{
    struct tum_strmap *seen;
    bool circular;

    if (tum_val_constant(value))
        return false;
    seen = tum_strmap_new();
    circular = leads_to(file, value, tum_val_text(key), seen);
    tum_strmap_free(seen);
    return circular;
}

static tum_val expanded(struct tum_session *session, tum_val file, tum_val value)
{
    tum_val now = tum_val_ref(value);
    struct tum_asker asker;

    tum_asker_init_load(&asker, session);
    asker.locals = file;
    for (int round = 0; round < EXPAND_LIMIT; round++) {
        tum_val next = tum_asker_expand(&asker, now);
        bool same = tum_val_same(next, now);

        tum_val_unref(now);
        now = next;
        if (same)
            break;
    }
    return now;
}

static void set_values(struct tum_session *session, tum_val file)
{
    struct tum_map_builder *results = tum_map_begin(tum_map_len(file));
    tum_val done;

    tum_map_each (entry, file)
        tum_scope_set(session->scope, tum_val_text(entry->key),
                      tum_val_ref(entry->value));
    tum_map_each (entry, file) {
        tum_val value;

        if (is_circular(file, entry->key, entry->value)) {
            tum_session_warn_once(session, "'%s' refers to itself — left as written.",
                                  tum_val_text(entry->key).s);
            value = tum_val_ref(entry->value);
        } else {
            value = expanded(session, file, entry->value);
        }
        tum_map_add(results, tum_val_ref(entry->key), value);
    }
    done = tum_map_end(results);
    tum_map_each (entry, done) {
        tum_scope_set(session->scope, tum_val_text(entry->key),
                      tum_val_ref(entry->value));
        if (tum_session_debugs(session)) {
            char *shown = tum_val_to_str(entry->value);

            tum_session_debug(session, "%s: %s", tum_val_text(entry->key).s, shown);
            tum_free(shown);
        }
    }
    tum_val_unref(done);
}

static bool load_file(struct tum_session *session, const char *path, const char *shown)
{
    struct tum_doc_request request = {.path = path, .ctx = session};
    size_t before = tum_diags_count(session->diags, TUM_SEV_ERROR);
    const struct tum_node *root;
    struct tum_error *err = NULL;
    tum_val raw, file;

    if (!tum_docset_load(session->docset, &request, &root) ||
        tum_diags_count(session->diags, TUM_SEV_ERROR) != before)
        return false;
    if (tum_node_kind(root) == TUM_NODE_NULL) {
        say(session, "empty", shown);
        return true;
    }
    if (tum_node_kind(root) != TUM_NODE_MAP) {
        char *found = tum_node_describe(root);
        struct tum_finding *finding = tum_diag_error(
            session->diags, tum_node_at(root),
            "the root of a configuration file must be a mapping, found %s", found);

        if (finding->at.source == 0)
            finding->file = tum_strdup(path);
        tum_free(found);
        return false;
    }
    if (!tum_node_to_val(root, &raw, &err)) {
        tum_diag_take(session->diags, &err);
        return false;
    }
    file = with_text_keys(raw);
    tum_val_unref(raw);
    set_values(session, file);
    tum_val_unref(file);
    return true;
}

/* ---- the list, loaded ---- */

static void apply_defines(struct tum_session *session)
{
    for (size_t i = 0; i < session->opts.define_count; i++) {
        const struct tum_define *define = &session->opts.defines[i];
        struct tum_str name = tum_str_of(define->name);
        char *line, *shown;
        tum_val now;

        if (tum_scope_get(session->scope, name, &now)) {
            bool equal = tum_val_eq(now, define->value);

            tum_val_unref(now);
            if (equal)
                continue;
            shown = tum_val_to_str(define->value);
            line = tum_asprintf(
                "Variable $(%s) overloaded by command line arg --> \"%s\".",
                define->name, shown);
            if (!tum_strmap_has(session->warned, tum_str_of(line))) {
                tum_strmap_set(session->warned, tum_str_of(line), session);
                tum_session_info(session, "%s", line);
            }
            tum_free(line);
            tum_free(shown);
        }
        tum_scope_set(session->scope, name, tum_val_ref(define->value));
    }
}

static char *base_folder(struct tum_session *session)
{
    tum_val v;
    char *folder;

    if (!tum_scope_get(session->scope, TUM_S("test_directory"), &v))
        return tum_strdup(session->main_folder);
    folder = v.kind == TUM_STR ? tum_val_to_str(v) : tum_strdup(session->main_folder);
    tum_val_unref(v);
    return folder;
}

static bool refuse(struct tum_session *session, const char *entry, const char *name,
                   const char *path, const char *why)
{
    struct tum_finding *finding;
    bool same = strcmp(entry, name) == 0;

    finding = tum_diag_error(session->diags, (struct tum_span){0},
                             "configuration file '%s'%s%s%s %s: %s", entry,
                             same ? "" : " (expanded: '", same ? "" : name,
                             same ? "" : "')", why, path);
    finding->topic = TUM_TOPIC_IO;
    finding->file = tum_strdup(session->main_file);
    return false;
}

static bool is_yaml_name(const char *path)
{
    return tum_str_ends(tum_str_of(path), ".yaml") ||
           tum_str_ends(tum_str_of(path), ".yml");
}

static bool load_entry(struct tum_session *session, tum_val entry, bool first_round)
{
    struct tum_asker asker;
    char *name, *folder, *joined, *path, *raw;
    tum_val v;
    bool ok;

    tum_asker_init_load(&asker, session);
    v = tum_asker_expand(&asker, entry);
    raw = tum_val_to_str(entry);
    name = tum_val_to_str(v);
    folder = base_folder(session);
    joined = tum_path_join(folder, name);
    path = tum_path_absolute(joined);
    if (!tum_path_exists(path)) {
        ok = refuse(session, raw, name, path, "does not exist");
    } else if (!tum_path_is_file(path)) {
        ok = refuse(session, raw, name, path, "is no file");
    } else if (!is_yaml_name(path)) {
        ok = refuse(session, raw, name, path, "must end with .yaml or .yml");
    } else {
        ok = load_file(session, path, name);
        if (ok)
            say(session, first_round ? "loaded" : "later", first_round ? name : path);
    }
    tum_val_unref(v);
    tum_free(raw);
    tum_free(name);
    tum_free(folder);
    tum_free(joined);
    tum_free(path);
    return ok;
}

static bool load_defaults(struct tum_session *session)
{
    char *folder = base_folder(session);
    bool ok = true;

    for (size_t i = 0; i < TUM_LEN(default_files); i++) {
        char *path = tum_path_join(folder, default_files[i]);

        if (tum_path_exists(path)) {
            ok = load_file(session, path, default_files[i]) && ok;
            say(session, "loaded", default_files[i]);
        } else {
            say(session, "absent", default_files[i]);
        }
        tum_free(path);
    }
    tum_free(folder);
    return ok;
}

bool tum_config_load_list(struct tum_session *session, tum_val list, bool first_round)
{
    bool ok = true;

    if (list.kind == TUM_NONE)
        ok = load_defaults(session);
    tum_list_each (entry, list)
        ok = load_entry(session, *entry, first_round) && ok;
    apply_defines(session);
    return ok;
}

bool tum_config_load_given(struct tum_session *session)
{
    bool ok = true;

    for (size_t i = 0; session->opts.config_files[i] != NULL; i++) {
        const char *name = session->opts.config_files[i];
        char *path = tum_path_absolute(name);

        if (!tum_path_is_file(path))
            ok = refuse(session, name, name, path, "does not exist");
        else if (!is_yaml_name(path))
            ok = refuse(session, name, name, path, "must end with .yaml or .yml");
        else
            ok = load_file(session, path, name) && ok;
        if (ok)
            say(session, "loaded", name);
        tum_free(path);
    }
    apply_defines(session);
    return ok;
}
