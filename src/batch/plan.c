/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan as a container: adding, removing, freeing campaigns.
 */
#include "batch/plan.h"
#include "base/path.h"
#include "tum/mem.h"

struct tum_plan *tum_plan_new(struct tum_project *project)
{
    struct tum_plan *plan = tum_new(struct tum_plan);

    plan->project = project;
    plan->root = project->file != NULL ? tum_strdup(project->root) : NULL;
    return plan;
}

static void campaign_free(struct tum_campaign *campaign)
{
    for (size_t i = 0; i < campaign->wanted_count; i++)
        tum_free(campaign->wanted[i]);
    tum_free(campaign->wanted);
    tum_free(campaign->file);
    tum_free(campaign->shown);
    tum_free(campaign->key);
    tum_val_unref(campaign->tree);
    tum_free(campaign->nodes);
    tum_free(campaign->trouble);
    tum_free(campaign->why);
    tum_free(campaign);
}

void tum_plan_free(struct tum_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->count; i++)
        campaign_free(plan->campaigns[i]);
    tum_free(plan->campaigns);
    tum_free(plan->root);
    tum_free(plan);
}

struct tum_campaign *tum_plan_add(struct tum_plan *plan, const char *file)
{
    struct tum_campaign *campaign;

    for (size_t i = 0; i < plan->count; i++) {
        if (strcmp(plan->campaigns[i]->file, file) == 0)
            return plan->campaigns[i];
    }
    if (plan->root == NULL)
        plan->root = tum_path_folder(file);
    campaign = tum_new(struct tum_campaign);
    campaign->file = tum_strdup(file);
    campaign->shown = tum_path_relative(file, plan->project->root);
    campaign->key = tum_path_relative(file, plan->root);
    campaign->duration = -1;
    tum_grow(&plan->campaigns, &plan->cap, plan->count + 1);
    plan->campaigns[plan->count++] = campaign;
    return campaign;
}

void tum_plan_drop(struct tum_plan *plan,
                   bool (*drop)(void *ctx, const struct tum_campaign *campaign),
                   void *ctx)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->count; i++) {
        if (drop(ctx, plan->campaigns[i]))
            campaign_free(plan->campaigns[i]);
        else
            plan->campaigns[kept++] = plan->campaigns[i];
    }
    plan->count = kept;
}

void tum_node_write(const char *file, const char *address, struct tum_buf *out)
{
    tum_buf_adds(out, file);
    if (address != NULL && address[0] != '\0')
        tum_buf_addf(out, "::%s", address);
}
