/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git: states the revisions of work trees.
 */
#include "items.h"
#include "tum/mem.h"

#define FACTS_LIMIT ((size_t)16 << 20)

struct git_data {
    const struct tum_arg *repo;
};

static const struct tum_param git_params[] = {
    {
        .name = "repo",
        .doc = "Path of a work tree, or a list of paths, all of which are looked at.",
        .takes = TUM_TAKES_LIST | TUM_TAKES_PATH,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct git_data, repo),
    },
    {0},
};

/* Adds what is found, one line each; false: that line says what is wrong. */
static bool describe(struct tum_run *run, tum_val repo, struct tum_buf *out)
{
    struct tum_error *err = NULL;
    size_t before = out->len;
    char *path, *shown;
    bool ok;

    if (repo.kind != TUM_STR) {
        shown = tum_val_to_repr(repo);
        tum_buf_addf(out, "'repo' must be a path, found %s\n", shown);
        tum_free(shown);
        return false;
    }
    path = tum_run_path(run, tum_val_text(repo).s);
    ok = tum_git_describe(tum_run_stop(run), path, out, &err);
    tum_free(path);
    if (!ok) {
        shown = tum_error_text(err);
        tum_error_free(err);
        tum_buf_truncate(out, before);
        tum_buf_addf(out, "%s\n", shown);
        tum_free(shown);
    }
    return ok;
}

static enum tum_verdict git_run(struct tum_run *run, const struct tum_item *item)
{
    const struct git_data *data = tum_item_data(item);
    struct tum_buf facts = TUM_BUF_INIT(FACTS_LIMIT);
    tum_val repos = tum_arg_value(run, data->repo);
    enum tum_verdict verdict = TUM_PASS;
    bool ok = true;

    tum_run_flush(run);
    if (!tum_val_is_seq(repos)) {
        ok = describe(run, repos, &facts);
    } else if (tum_list_len(repos) == 0) {
        tum_buf_adds(&facts, "'repo' is an empty list");
        ok = false;
    } else {
        tum_list_each (repo, repos) {
            if (tum_stop_is_set(tum_run_stop(run)))
                break;
            ok = describe(run, *repo, &facts) && ok;
        }
    }
    tum_val_unref(repos);
    while (facts.len > 0 && facts.s[facts.len - 1] == '\n')
        tum_buf_truncate(&facts, facts.len - 1);
    if (tum_stop_is_set(tum_run_stop(run)))
        verdict = tum_run_stopped(run);
    else if (ok)
        tum_run_message(run, "%s", facts.s);
    else
        verdict = tum_run_failed(run, "%s", facts.s);
    tum_buf_release(&facts);
    return verdict;
}

const struct tum_item_type tum_item_git = {
    .keyword = "git",
    .row_type = "git repository",
    .summary = "States the revisions of git work trees.",
    .params = git_params,
    .data_size = sizeof(struct git_data),
    .run = git_run,
};
