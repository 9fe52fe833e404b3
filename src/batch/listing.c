/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trees of campaigns. Loading is done by children of this program, so that a file
 * that crashes the loader costs itself only; a tree is kept in the state with the size
 * and time of every file it was made of.
 */
#include "base/path.h"
#include "batch/plan.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <sys/stat.h>

/* One tree as text. */
#define TREE_LIMIT ((size_t)256 << 20)

/* ---- from a tree to nodes ---- */

static const char *text_of(tum_val map, const char *key)
{
    const char *text = tum_conf_text(map, key);

    return text != NULL ? text : "";
}

static void take_tree(struct tum_campaign *campaign, tum_val take)
{
    tum_val nodes = tum_conf_get(take, "nodes");
    size_t count = tum_list_len(nodes), i = 0;

    campaign->tree = take;
    campaign->listed = true;
    if (tum_conf_text(take, "trouble") != NULL) {
        campaign->trouble = tum_strdup(tum_conf_text(take, "trouble"));
        return;
    }
    campaign->nodes = tum_new_array(struct tum_node_info, count);
    campaign->node_count = count;
    tum_list_each (item, nodes) {
        struct tum_node_info *node = &campaign->nodes[i++];

        *node = (struct tum_node_info){
            .address = text_of(*item, "node"),
            .type = text_of(*item, "type"),
            .key = text_of(*item, "key"),
            .file = text_of(*item, "file"),
            .tags = tum_conf_get(*item, "tags"),
            .parent = (int32_t)tum_conf_int(*item, "parent", -1),
            .line = (uint32_t)tum_conf_int(*item, "line", 0),
            .skipped = tum_conf_flag(*item, "skipped", false),
        };
        if (node->parent >= (int32_t)(i - 1))
            node->parent = -1;
        if (node->parent >= 0) {
            campaign->nodes[node->parent].container = true;
            node->skipped = node->skipped || campaign->nodes[node->parent].skipped;
        }
    }
    for (i = 0; i < count; i++)
        campaign->leaf_count += !campaign->nodes[i].container;
}

/* ---- what a tree was made of ---- */

static void stamp_file(const char *path, struct tum_buf *out)
{
    struct stat st;

    if (stat(path, &st) != 0)
        tum_buf_addf(out, "%s -\n", path);
    else
        tum_buf_addf(out, "%s %lld %lld.%09ld\n", path, (long long)st.st_size,
                     (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void stamp_words(const char *const *words, struct tum_buf *out)
{
    for (; words != NULL && *words != NULL; words++)
        tum_buf_addf(out, "'%s' ", *words);
    tum_buf_addc(out, '\n');
}

static void stamp(const struct tum_campaign *campaign, tum_val tree,
                  const struct tum_program *program, struct tum_buf *out)
{
    /* What the loader looks for and would read if it were there. */
    static const char *const defaults[] = {"param.yaml", "param.yml"};
    TUM_AUTO(tum_freep) char *folder = tum_path_folder(campaign->file);

    stamp_file(program->path, out);
    stamp_words(program->config_files, out);
    stamp_words(program->defines, out);
    stamp_words(program->include_paths, out);
    tum_list_each (file, tum_conf_get(tree, "files"))
        stamp_file(tum_val_text(*file).s, out);
    for (size_t i = 0; i < TUM_LEN(defaults); i++) {
        TUM_AUTO(tum_freep) char *path = tum_path_join(folder, defaults[i]);

        stamp_file(path, out);
    }
}

struct kept {
    struct tum_campaign *campaign;
    const struct tum_program *program;
};

static bool take_kept(void *ctx, sqlite3_stmt *st)
{
    TUM_AUTO(tum_buf_release) struct tum_buf now = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    struct kept *kept = ctx;
    tum_val tree;

    if (!tum_json_read(tum_str_of(tum_column_text(st, 1)), (struct tum_span){0}, &tree,
                       &err)) {
        tum_error_free(err);
        return false;
    }
    stamp(kept->campaign, tree, kept->program, &now);
    if (strcmp(now.s, tum_column_text(st, 0)) == 0)
        take_tree(kept->campaign, tree);
    else
        tum_val_unref(tree);
    return false;
}

static bool load_kept(struct tum_plan *plan, struct tum_state *state,
                      const struct tum_program *program, struct tum_error **err)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct kept kept = {plan->campaigns[i], program};

        if (!tum_state_each(state, err, take_kept, &kept,
                            "SELECT stamp, tree FROM listing WHERE file=?", "t",
                            plan->campaigns[i]->key))
            return false;
    }
    return true;
}

static bool keep(struct tum_state *state, const struct tum_campaign *campaign,
                 const struct tum_program *program, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf now = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf tree = TUM_BUF_INIT(TREE_LIMIT);
    static const struct tum_json_style style = {0};

    stamp(campaign, campaign->tree, program, &now);
    if (!tum_json_write(&tree, campaign->tree, &style, err))
        return false;
    return tum_state_run(state, err, "INSERT OR REPLACE INTO listing VALUES(?,?,?)",
                         "tss", campaign->key, tum_buf_str(&now), tum_buf_str(&tree));
}

/* ---- children ---- */

const char **tum_program_argv(const struct tum_program *program,
                              const char *const *words, const char *const *more)
{
    const char *const *const lists[] = {words, more};
    const char **argv = NULL;
    size_t count = 0, cap = 0;

#define ADD(word)                                                                      \
    do {                                                                               \
        tum_grow(&argv, &cap, count + 2);                                              \
        argv[count++] = (word);                                                        \
    } while (0)
    ADD(program->path);
    for (const char *const *w = lists[0]; w != NULL && *w != NULL; w++)
        ADD(*w);
    if (program->config_files != NULL && program->config_files[0] != NULL) {
        ADD("-c");
        for (const char *const *w = program->config_files; *w != NULL; w++)
            ADD(*w);
    }
    if (program->defines != NULL && program->defines[0] != NULL) {
        ADD("-d");
        for (const char *const *w = program->defines; *w != NULL; w++)
            ADD(*w);
    }
    if (program->include_paths != NULL && program->include_paths[0] != NULL) {
        ADD("-i");
        for (const char *const *w = program->include_paths; *w != NULL; w++)
            ADD(*w);
    }
    ADD("--");
    for (const char *const *w = lists[1]; w != NULL && *w != NULL; w++)
        ADD(*w);
#undef ADD
    argv[count] = NULL;
    return argv;
}

struct reader {
    struct tum_campaign **campaigns; /* asked for, in this order */
    size_t count, next;
    struct tum_buf line;
};

static void take_line(struct reader *reader, struct tum_str line)
{
    struct tum_error *err = NULL;
    struct tum_campaign *campaign;
    tum_val tree;

    if (reader->next == reader->count || line.n == 0 || line.s[0] != '{')
        return;
    if (!tum_json_read(line, (struct tum_span){0}, &tree, &err)) {
        tum_error_free(err);
        return;
    }
    campaign = reader->campaigns[reader->next++];
    take_tree(campaign, tree);
}

static void listen(void *ctx, struct tum_str bytes, bool is_err)
{
    struct reader *reader = ctx;
    size_t end;

    if (is_err)
        return;
    while ((end = tum_str_find_char(bytes, '\n', 0)) != TUM_STR_NONE) {
        tum_buf_addt(&reader->line, tum_str_sub(bytes, 0, end));
        take_line(reader, tum_buf_str(&reader->line));
        tum_buf_reset(&reader->line);
        bytes = tum_str_sub(bytes, end + 1, bytes.n);
    }
    tum_buf_addt(&reader->line, bytes);
}

static void died(struct tum_campaign *campaign, const struct tum_proc_result *result)
{
    TUM_AUTO(tum_buf_release) struct tum_buf how = TUM_BUF_INIT(256);

    tum_proc_status_text(&result->status, &how);
    campaign->trouble = tum_asprintf("tum itself ended while it loaded '%s': %s",
                                     campaign->shown, how.s);
    campaign->listed = true;
}

/* Asks one child for as many as it gets done. */
static bool ask_child(struct reader *reader, const struct tum_program *program,
                      struct tum_stop *stop, struct tum_error **err)
{
    static const char *const words[] = {"list-nodes", NULL};
    const char **files = tum_new_array(const char *, reader->count - reader->next + 1);
    struct tum_proc_run_opts opts = {
        .proc = {TUM_PROC_OPTS},
        .stop = stop,
        .on_output = listen,
        .ctx = reader,
        .keep_none = true,
    };
    struct tum_proc_result result;
    const char **argv;
    size_t before = reader->next;
    bool ok;

    for (size_t i = reader->next; i < reader->count; i++)
        files[i - reader->next] = reader->campaigns[i]->file;
    argv = tum_program_argv(program, words, files);
    opts.proc.argv = argv;
    ok = tum_proc_run(&opts, &result, err);
    if (ok && result.stopped)
        ok = tum_fail(err, TUM_ERROR_STOPPED, "stopped");
    else if (ok && reader->next < reader->count)
        died(reader->campaigns[reader->next++], &result);
    if (ok || reader->next > before)
        tum_buf_reset(&reader->line);
    if (ok)
        tum_proc_result_release(&result);
    tum_free(files);
    tum_free(argv);
    return ok;
}

static bool load_rest(struct tum_plan *plan, struct tum_state *state,
                      const struct tum_program *program, struct tum_stop *stop,
                      struct tum_error **err)
{
    struct reader reader = {.line = TUM_BUF_INIT(TREE_LIMIT)};
    bool ok = true;

    reader.campaigns = tum_new_array(struct tum_campaign *, plan->count);
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->campaigns[i]->listed)
            reader.campaigns[reader.count++] = plan->campaigns[i];
    }
    while (ok && reader.next < reader.count)
        ok = ask_child(&reader, program, stop, err);
    if (ok && state != NULL && reader.count > 0) {
        ok = tum_state_begin(state, err);
        for (size_t i = 0; ok && i < reader.count; i++) {
            if (reader.campaigns[i]->trouble == NULL)
                ok = keep(state, reader.campaigns[i], program, err);
        }
        ok = tum_state_end(state, ok, err) && ok;
    }
    tum_free(reader.campaigns);
    tum_buf_release(&reader.line);
    return ok;
}

bool tum_listing_load(struct tum_plan *plan, struct tum_state *state,
                      const struct tum_program *program, struct tum_stop *stop,
                      struct tum_error **err)
{
    if (state != NULL && !load_kept(plan, state, program, err))
        return false;
    return load_rest(plan, state, program, stop, err);
}
