/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --list: the nodes of a plan, for people and for programs.
 */
#include "base/path.h"
#include "batch/batchstate.h"
#include "tum/mem.h"

void tum_plan_print(const struct tum_batch *batch, bool json)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    static const struct tum_json_style style = {.indent = 2};
    struct tum_list_builder *all = tum_list_begin(batch->plan->count);
    struct tum_error *err = NULL;
    tum_val v;

    for (size_t i = 0; i < batch->plan->count; i++) {
        const struct tum_campaign *campaign = batch->plan->campaigns[i];
        TUM_AUTO(tum_freep) char *cwd = tum_path_cwd();
        TUM_AUTO(tum_freep) char *path = tum_path_relative(campaign->file, cwd);
        struct tum_list_builder *nodes = tum_list_begin(campaign->node_count);
        struct tum_map_builder *b = tum_map_begin(4);

        if (campaign->why != NULL && !json)
            tum_buf_addf(&out, "# %s: %s\n", path, campaign->why);
        for (size_t k = 0; k < campaign->node_count; k++) {
            const struct tum_node_info *node = &campaign->nodes[k];
            struct tum_map_builder *one;

            if (!node->selected)
                continue;
            if (!json) {
                tum_node_write(path, node->address, &out);
                tum_buf_addc(&out, '\n');
            }
            one = tum_map_begin(6);
            tum_map_adds(one, "node", tum_val_str(node->address));
            tum_map_adds(one, "type", tum_val_str(node->type));
            tum_map_adds(one, "file", tum_val_str(node->file));
            tum_map_adds(one, "line", tum_val_int(node->line));
            tum_map_adds(one, "skipped", tum_val_bool(node->skipped));
            tum_map_adds(one, "tags",
                         node->tags.kind == TUM_LIST ? tum_val_ref(node->tags)
                                                     : tum_list_end(tum_list_begin(0)));
            tum_list_add(nodes, tum_map_end(one));
        }
        if (campaign->node_count == 0 && !json && campaign->trouble == NULL)
            tum_buf_addf(&out, "%s\n", path);
        tum_map_adds(b, "campaign", tum_val_str(path));
        if (campaign->why != NULL)
            tum_map_adds(b, "why", tum_val_str(campaign->why));
        if (campaign->trouble != NULL)
            tum_map_adds(b, "trouble", tum_val_str(campaign->trouble));
        tum_map_adds(b, "nodes", tum_list_end(nodes));
        tum_list_add(all, tum_map_end(b));
    }
    v = tum_list_end(all);
    if (json && tum_json_write(&out, v, &style, &err))
        tum_buf_addc(&out, '\n');
    tum_error_free(err);
    tum_val_unref(v);
    batch->face->print(batch->face->ctx, tum_buf_str(&out));
}

bool tum_plan_troubles(const struct tum_batch *batch)
{
    bool any = false;

    for (size_t i = 0; i < batch->plan->count; i++) {
        const struct tum_campaign *campaign = batch->plan->campaigns[i];

        if (campaign->trouble == NULL)
            continue;
        any = true;
        if (batch->opts->list)
            tum_face_complain(batch->face, "'%s' does not load:\n%s", campaign->shown,
                              campaign->trouble);
    }
    return any;
}
