/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum list-nodes: the trees of campaigns for a batch, a JSON object a line, in the order
 * of the files. Not for users: `tum list` and `tum -b --list` are.
 */
#include "base/source.h"
#include "cli/cmd.h"
#include "cli/live.h"
#include "cli/setup.h"
#include "engine/itemtree.h"
#include "tum/mem.h"
#include "tum/proc.h"

struct nodes_opts {
    struct tum_setup setup; /* first: tum_setup_opts point into it */
};

static const struct tum_usage nodes_usage = {
    .command = "list-nodes",
    .synopsis = "tum list-nodes [options] -- FILE...",
    .common = tum_setup_opts,
};

/* Index of each item in the list, by the item's own index; -1: not in it. */
struct listing {
    struct tum_session *session;
    struct tum_list_builder *nodes;
    int32_t *places;
    size_t count;
};

static void put_text(struct tum_map_builder *b, const char *key, const char *text)
{
    tum_map_adds(b, key, tum_val_str(text));
}

static void add_item(struct listing *l, const struct tum_item *item)
{
    TUM_AUTO(tum_buf_release) struct tum_buf address = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_map_builder *b = tum_map_begin(8);
    const struct tum_arg *key = item->common->key;
    struct tum_place place;

    tum_item_address(item, &address);
    put_text(b, "node", address.s);
    put_text(b, "type", item->type->row_type);
    if (key != NULL && key->raw.kind != TUM_NONE) {
        char *text = tum_val_to_str(key->raw);

        put_text(b, "key", text);
        tum_free(text);
    }
    put_text(b, "file", tum_session_item_file(l->session, item));
    if (tum_source_place(tum_session_sources(l->session), item->at, &place))
        tum_map_adds(b, "line", tum_val_int(place.line));
    if (tum_list_len(item->common->tags) > 0)
        tum_map_adds(b, "tags", tum_val_ref(item->common->tags));
    if (item->skipped)
        tum_map_adds(b, "skipped", tum_val_bool(true));
    /* Below the root, whose tags are inherited all the same. */
    tum_map_adds(b, "parent", tum_val_int(l->places[item->parent->index]));
    tum_list_add(l->nodes, tum_map_end(b));
    l->places[item->index] = (int32_t)l->count++;
}

static tum_val all_locks(const struct tum_item *root)
{
    struct tum_list_builder *b = tum_list_begin(4);

    for (const struct tum_item *i = root; i != NULL; i = tum_item_walk(root, i)) {
        tum_list_each (name, i->common->locks)
            tum_list_add(b, tum_val_ref(*name));
    }
    return tum_list_end(b);
}

static tum_val list_tree(struct tum_session *session)
{
    const struct tum_item *root = tum_session_root(session);
    struct tum_map_builder *b = tum_map_begin(8);
    struct listing l = {.session = session, .nodes = tum_list_begin(16)};
    struct tum_list_builder *files = tum_list_begin(8);
    const char *const *paths;
    size_t items = 0, count;

    for (const struct tum_item *i = root; i != NULL; i = tum_item_walk(root, i))
        items = TUM_MAX(items, (size_t)i->index + 1);
    l.places = tum_new_array(int32_t, items);
    for (size_t i = 0; i < items; i++)
        l.places[i] = -1;
    for (const struct tum_item *i = tum_item_walk(root, root); i != NULL;
         i = tum_item_walk(root, i)) {
        if ((i->type->flags & TUM_ITEM_ACTION) == 0)
            add_item(&l, i);
    }
    paths = tum_session_files(session, &count);
    for (size_t i = 0; i < count; i++)
        tum_list_add(files, tum_val_str(paths[i]));
    tum_map_adds(b, "files", tum_list_end(files));
    tum_map_adds(b, "locks",
                 root->common->locks.kind == TUM_LIST
                     ? tum_val_ref(root->common->locks)
                     : tum_list_end(tum_list_begin(0)));
    tum_map_adds(b, "all_locks", all_locks(root));
    tum_map_adds(b, "tags",
                 root->common->tags.kind == TUM_LIST ? tum_val_ref(root->common->tags)
                                                     : tum_list_end(tum_list_begin(0)));
    tum_map_adds(b, "nodes", tum_list_end(l.nodes));
    tum_free(l.places);
    return tum_map_end(b);
}

static bool list_file(const struct nodes_opts *opts, const char *path)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    static const struct tum_json_style style = {0};
    struct tum_session_opts session_opts;
    struct tum_session *session;
    struct tum_error *err = NULL;
    tum_val v;
    bool ok;

    tum_setup_fill(&opts->setup, path, &session_opts);
    session_opts.check_only = true;
    session = tum_session_new(&session_opts);
    if (tum_session_load(session)) {
        v = list_tree(session);
    } else {
        struct tum_map_builder *b = tum_map_begin(1);

        tum_session_show(session, false, &out);
        put_text(b, "trouble", out.s);
        tum_buf_reset(&out);
        v = tum_map_end(b);
    }
    ok = tum_json_write(&out, v, &style, &err);
    tum_buf_addc(&out, '\n');
    tum_val_unref(v);
    tum_session_free(session);
    tum_error_free(err);
    return ok && tum_print(tum_buf_str(&out));
}

static int nodes_main(int argc, char **argv)
{
    struct nodes_opts opts = {0};
    struct tum_line line;
    int status;

    if (tum_command_line(&nodes_usage, argc, argv, &opts, &line, &status)) {
        status = tum_setup_read(&opts.setup) ? TUM_STATUS_PASSED : TUM_STATUS_USAGE;
        for (size_t i = 0; status == TUM_STATUS_PASSED && i < line.words.count; i++) {
            if (!list_file(&opts, line.words.words[i]))
                status = TUM_STATUS_INTERNAL;
        }
        tum_guardian_close(TUM_END_PATIENCE);
    }
    tum_words_release(&line.words);
    tum_setup_release(&opts.setup);
    return status;
}

const struct tum_command tum_command_nodes = {.name = "list-nodes", .run = nodes_main};
