/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From changed files to campaigns: what campaigns read in their last run, and the rules
 * of the project file.
 */
#include "base/path.h"
#include "batch/pathglob.h"
#include "batch/plan.h"
#include "tum/mem.h"
#include "tum/proc.h"

/* Patience with git. */
#define GIT_PATIENCE (30 * TUM_SECOND)

struct changes {
    struct tum_plan *plan;
    struct tum_state *state;
    struct tum_plan *limit; /* what PATHs stand for, or NULL */
    const char *file;       /* of the change, relative to the root */
    const char *absolute;
    size_t found;
};

/* Campaigns may read what is in the repository outside the project. */
static const char *top_of(const struct tum_plan *plan)
{
    const struct tum_project *project = plan->project;

    return project->top != NULL ? project->top : project->root;
}

static bool git(const struct tum_plan *plan, const char *const *argv,
                struct tum_proc_result *ret, struct tum_error **err)
{
    const struct tum_proc_run_opts opts = {
        .proc = {TUM_PROC_OPTS, .argv = argv, .directory = top_of(plan)},
        .deadline = tum_now() + GIT_PATIENCE,
    };
    struct tum_str why;

    if (!tum_proc_run(&opts, ret, err))
        return false;
    if (ret->ended && ret->status.exited && ret->status.code == 0)
        return true;
    why = tum_str_trim(tum_buf_str(&ret->err));
    tum_fail(err, TUM_ERROR_SYSTEM, "option '--changed': git says: %.*s",
             TUM_STR_ARG(why));
    tum_proc_result_release(ret);
    return false;
}

static bool is_limited(const struct changes *c, const char *file)
{
    if (c->limit == NULL)
        return false;
    for (size_t i = 0; i < c->limit->count; i++) {
        if (strcmp(c->limit->campaigns[i]->file, file) == 0)
            return false;
    }
    return true;
}

static void add_why(struct tum_campaign *campaign, const char *file, const char *how)
{
    char *old = campaign->why;

    if (old != NULL && strlen(old) > 200)
        return;
    campaign->why = tum_asprintf("%s%s%s (%s)", old != NULL ? old : "",
                                 old != NULL ? ", " : "", file, how);
    tum_free(old);
}

static bool take_reader(void *ctx, sqlite3_stmt *st)
{
    struct changes *c = ctx;
    TUM_AUTO(tum_freep)
    char *joined = tum_path_join(c->plan->root, tum_column_text(st, 0));
    TUM_AUTO(tum_freep) char *file = tum_path_normalise(joined);

    /* It has said so itself. */
    if (strcmp(file, c->absolute) == 0 && c->found > 0)
        return true;
    c->found++;
    if (!is_limited(c, file) && tum_path_is_file(file))
        add_why(tum_plan_add(c->plan, file), c->file, "read in its last run");
    return true;
}

/* What the words of a rule stand for, marked with the reason. */
static bool add_targets(struct changes *c, tum_val words, const char *how,
                        struct tum_error **err)
{
    tum_list_each (word, words) {
        struct tum_plan *targets = tum_plan_new(c->plan->project);
        bool ok =
            tum_discover(targets, tum_val_text(*word).s, c->plan->project->root, err);

        for (size_t i = 0; ok && i < targets->count; i++) {
            struct tum_campaign *target = targets->campaigns[i], *campaign;
            size_t before = c->plan->count;

            if (is_limited(c, target->file))
                continue;
            campaign = tum_plan_add(c->plan, target->file);
            if (c->plan->count > before) {
                campaign->wanted = target->wanted;
                campaign->wanted_count = target->wanted_count;
                campaign->wanted_cap = target->wanted_cap;
                target->wanted = NULL;
                target->wanted_count = 0;
            } else if (target->wanted == NULL) {
                for (size_t k = 0; k < campaign->wanted_count; k++)
                    tum_free(campaign->wanted[k]);
                campaign->wanted_count = 0;
                tum_free(campaign->wanted);
                campaign->wanted = NULL;
            }
            add_why(campaign, c->file, how);
        }
        tum_plan_free(targets);
        if (!ok) {
            tum_error_wrap(err, "%s: '%s' of a rule", c->plan->project->file,
                           tum_val_text(*word).s);
            return false;
        }
    }
    return true;
}

/* One changed file; false in *ret_named when nothing names it. */
static bool add_change(struct changes *c, bool *ret_empty_rule, struct tum_error **err)
{
    tum_val config = c->plan->project->config;
    const char *absolute = c->absolute;
    bool ruled = false, runs = false;

    c->found = 0;
    /* A campaign that changed concerns itself, also when it has never run. */
    if (tum_str_ends(tum_str_of(c->file), ".tum") && tum_path_is_file(absolute)) {
        struct tum_plan *self = tum_plan_new(c->plan->project);
        TUM_AUTO(tum_freep) char *folder = tum_path_folder(absolute);
        struct tum_error *ignored = NULL;

        if (tum_discover(self, folder, "/", &ignored)) {
            for (size_t i = 0; i < self->count; i++) {
                if (strcmp(self->campaigns[i]->file, absolute) == 0) {
                    c->found++;
                    if (!is_limited(c, absolute))
                        add_why(tum_plan_add(c->plan, absolute), c->file, "itself");
                }
            }
        }
        tum_error_free(ignored);
        tum_plan_free(self);
    }
    if (c->state != NULL &&
        !tum_state_each(c->state, err, take_reader, c,
                        "SELECT file FROM reads WHERE path=?", "t", absolute))
        return false;
    tum_list_each (rule, tum_conf_get(config, "map")) {
        bool matches = false;

        tum_list_each (glob, tum_conf_get(*rule, "when")) {
            matches =
                matches || tum_glob_path(tum_val_text(*glob), tum_str_of(c->file));
        }
        if (!matches)
            continue;
        ruled = true;
        runs = runs || tum_list_len(tum_conf_get(*rule, "run")) > 0;
        if (!add_targets(c, tum_conf_get(*rule, "run"), "a rule of map", err))
            return false;
    }
    *ret_empty_rule = ruled && !runs && c->found == 0;
    if (ruled || c->found > 0 || strncmp(c->file, "../", 3) == 0)
        return true;
    return add_targets(c, tum_conf_get(config, "otherwise"), "otherwise", err);
}

/* Our own state is no change of the project. */
static bool is_state(struct tum_str file)
{
    return tum_str_starts(file, ".tum/") ||
           tum_str_find(file, TUM_S("/.tum/"), 0) != TUM_STR_NONE;
}

bool tum_changed(struct tum_plan *plan, struct tum_state *state, const char *rev,
                 bool *ret_nothing, struct tum_buf *notes, struct tum_error **err)
{
    const char *const diff[] = {"git",
                                "diff",
                                "--name-only",
                                "-z",
                                "--no-renames",
                                "--no-relative",
                                "--end-of-options",
                                rev != NULL && rev[0] != '\0' ? rev : "HEAD",
                                "--",
                                NULL};
    const char *const others[] = {"git", "ls-files", "--others", "--exclude-standard",
                                  "-z",  NULL};
    const char *const *const commands[] = {diff, others};
    struct tum_plan *limit = tum_plan_new(plan->project);
    struct changes c = {.plan = plan, .state = state};
    bool ok = true, all_empty = true;
    size_t count = 0;

    /* What the PATHs stand for limits what changes may add. */
    if (plan->count > 0) {
        struct tum_plan swap = *plan;

        *plan = *limit;
        *limit = swap;
        plan->root = tum_strdup(limit->root);
        c.limit = limit;
    }
    if (plan->root == NULL)
        plan->root = tum_strdup(plan->project->root);
    for (size_t i = 0; ok && i < TUM_LEN(commands); i++) {
        struct tum_proc_result result;
        struct tum_str rest, file;
        bool more = true;

        ok = git(plan, commands[i], &result, err);
        if (!ok)
            break;
        rest = tum_buf_str(&result.out);
        while (ok && tum_str_split(&rest, &more, '\0', &file)) {
            TUM_AUTO(tum_freep) char *below = tum_strndup(file.s, file.n);
            TUM_AUTO(tum_freep) char *absolute = tum_path_join(top_of(plan), below);
            TUM_AUTO(tum_freep)
            char *name = tum_path_relative(absolute, plan->project->root);
            bool empty_rule = false;

            if (file.n == 0 || is_state(file))
                continue;
            c.file = name;
            c.absolute = absolute;
            ok = add_change(&c, &empty_rule, err);
            /* What is outside the project concerns it only where it is read. */
            if (ok && c.found == 0 && strncmp(name, "../", 3) == 0)
                continue;
            all_empty = all_empty && empty_rule;
            count++;
        }
        tum_proc_result_release(&result);
    }
    if (ok && count == 0)
        tum_buf_adds(notes, "No file has changed.\n");
    *ret_nothing = ok && count > 0 && all_empty;
    if (ok && *ret_nothing)
        tum_buf_adds(notes, "Nothing is to be run for the files that changed.\n");
    tum_plan_free(limit);
    return ok;
}
