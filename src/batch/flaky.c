/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known flaky nodes: matching entries to addresses.
 */
#include "batch/flaky.h"
#include "batch/pathglob.h"
#include "tum/clock.h"
#include "tum/mem.h"
#include <stdio.h>

static bool is_past(tum_val entry)
{
    const char *until = tum_conf_text(entry, "until");
    struct tum_wall wall;
    char today[24];

    if (until == NULL)
        return false;
    tum_wall_now(&wall);
    snprintf(today, sizeof(today), "%04d-%02d-%02d", wall.year, wall.month, wall.day);
    return strcmp(today, until) > 0;
}

/* The part of the pattern before "::" is for the file, the rest for the node. */
static bool matches(tum_val entry, const struct tum_campaign *campaign,
                    const char *address)
{
    struct tum_str pattern = tum_str_of(tum_conf_text(entry, "node"));
    size_t colons = tum_str_find(pattern, TUM_S("::"), 0);

    if (colons == TUM_STR_NONE)
        return tum_glob_match(pattern, tum_str_of(campaign->shown));
    return tum_glob_match(tum_str_sub(pattern, 0, colons),
                          tum_str_of(campaign->shown)) &&
           (address == NULL ||
            tum_glob_match(tum_str_sub(pattern, colons + 2, pattern.n),
                           tum_str_of(address)));
}

tum_val tum_flaky_of(const struct tum_project *project,
                     const struct tum_campaign *campaign)
{
    tum_val list = tum_conf_get(project->config, "flaky");
    struct tum_list_builder *b;

    if (tum_list_len(list) == 0)
        return tum_val_none();
    b = tum_list_begin(4);
    tum_list_each (entry, list) {
        if (is_past(*entry) || !matches(*entry, campaign, NULL))
            continue;
        for (size_t i = 0; i < campaign->node_count; i++) {
            struct tum_map_builder *node;

            if (!matches(*entry, campaign, campaign->nodes[i].address))
                continue;
            node = tum_map_begin(2);
            tum_map_adds(node, "node", tum_val_str(campaign->nodes[i].address));
            tum_map_adds(node, "retries",
                         tum_val_int(tum_conf_int(*entry, "retries", 0)));
            tum_list_add(b, tum_map_end(node));
        }
    }
    return tum_list_end(b);
}

void tum_flaky_check(const struct tum_plan *plan, struct tum_buf *warnings)
{
    tum_list_each (entry, tum_conf_get(plan->project->config, "flaky")) {
        const char *pattern = tum_conf_text(*entry, "node");
        bool file = false, node = false;

        if (is_past(*entry)) {
            tum_buf_addf(warnings, "flaky: '%s' is ignored: its last day was %s\n",
                         pattern, tum_conf_text(*entry, "until"));
            continue;
        }
        for (size_t i = 0; i < plan->count && !node; i++) {
            const struct tum_campaign *campaign = plan->campaigns[i];

            if (campaign->trouble != NULL || !matches(*entry, campaign, NULL))
                continue;
            file = true;
            for (size_t k = 0; k < campaign->node_count && !node; k++)
                node = matches(*entry, campaign, campaign->nodes[k].address);
        }
        if (!node)
            tum_buf_addf(warnings, "flaky: '%s' matches no node%s\n", pattern,
                         file ? "" : " of the campaigns of this batch");
    }
}
