/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries of the state for people.
 */
#include "batch/history.h"
#include "base/path.h"
#include "batch/plan.h"
#include "batch/runid.h"
#include "tum/mem.h"

#define FAILED "('failed','timeout','error','degraded','interrupted')"

struct asking {
    struct tum_project *project;
    struct tum_state *state; /* NULL: none */
    char *root, *cwd;
    struct tum_buf *out;
    struct tum_map_builder *map;
};

static bool open_state(struct asking *a, struct tum_error **err)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    char *warning = NULL;
    bool ok;

    a->cwd = tum_path_cwd();
    if (!tum_project_load(a->cwd, &a->project, &text))
        return tum_fail(err, TUM_ERROR_VALUE, "%.*s", (int)text.len, text.s);
    a->root = tum_strdup(a->project->root);
    ok = tum_state_open(a->root, false, &a->state, &warning, err);
    tum_free(warning);
    return ok;
}

static void close_state(struct asking *a)
{
    tum_state_close(a->state);
    tum_project_free(a->project);
    tum_free(a->root);
    tum_free(a->cwd);
}

/* As it can be pasted after `tum -b` here. */
static void add_node(struct asking *a, const char *shown, const char *address)
{
    TUM_AUTO(tum_freep) char *joined = tum_path_join(a->root, shown);
    TUM_AUTO(tum_freep) char *absolute = tum_path_normalise(joined);
    TUM_AUTO(tum_freep) char *path = tum_path_relative(absolute, a->cwd);
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    bool plain = true;

    tum_node_write(path, address, &text);
    for (size_t i = 0; i < text.len; i++)
        plain = plain && strchr(" \t\\\"'$`!*?[](){}<>|&;#~", text.s[i]) == NULL;
    if (plain) {
        tum_buf_addt(a->out, tum_buf_str(&text));
        return;
    }
    tum_buf_addc(a->out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] == '\'')
            tum_buf_adds(a->out, "'\\''");
        else
            tum_buf_addc(a->out, text.s[i]);
    }
    tum_buf_addc(a->out, '\'');
}

static bool add_last(void *ctx, sqlite3_stmt *st)
{
    struct asking *a = ctx;

    add_node(a, tum_column_text(st, 0), tum_column_text(st, 1));
    tum_buf_addc(a->out, '\n');
    return true;
}

bool tum_history_last(struct tum_buf *out, struct tum_error **err)
{
    struct asking a = {.out = out};
    bool ok = open_state(&a, err);

    /* Leaves; containers that failed by themselves; campaigns that died. */
    if (ok && a.state != NULL)
        ok = tum_state_each(
            a.state, err, add_last, &a,
            "SELECT file, node FROM node n WHERE outcome IN " FAILED
            " AND (leaf=1 OR NOT EXISTS (SELECT 1 FROM node m WHERE m.file=n.file AND "
            "m.outcome IN " FAILED
            " AND substr(m.node,1,length(n.node)+1)=n.node||'/'))"
            " UNION SELECT file, '' FROM known k WHERE outcome IN " FAILED
            " AND NOT EXISTS (SELECT 1 FROM node m WHERE m.file=k.file AND m.outcome "
            "IN " FAILED ") ORDER BY 1, 2",
            "");
    close_state(&a);
    return ok;
}

static bool add_flaky(void *ctx, sqlite3_stmt *st)
{
    struct asking *a = ctx;
    int64_t runs = sqlite3_column_int64(st, 2), bad = sqlite3_column_int64(st, 3);

    tum_buf_addf(a->out, "%5.1f %%  %lld of %lld  ",
                 100.0 * (double)bad / (double)(runs > 0 ? runs : 1), (long long)bad,
                 (long long)runs);
    add_node(a, tum_column_text(st, 0), tum_column_text(st, 1));
    tum_buf_addc(a->out, '\n');
    return true;
}

bool tum_history_flaky(struct tum_buf *out, struct tum_error **err)
{
    struct asking a = {.out = out};
    bool ok = open_state(&a, err);

    /* A run that needed several attempts, or was listed as flaky and failed. */
    if (ok && a.state != NULL)
        ok = tum_state_each(
            a.state, err, add_flaky, &a,
            "SELECT file, node, count(*), sum(outcome IN ('flaky','known_flaky')) bad "
            "FROM history WHERE outcome NOT IN ('skipped','deselected') GROUP BY file, "
            "node HAVING bad>0 ORDER BY 1.0*bad/count(*) DESC, 1, 2",
            "");
    close_state(&a);
    return ok;
}

static const char *const counters[] = {"batches", "campaigns", "passed",     "failed",
                                       "errors",  "deferred",  "known_flaky"};

static bool add_batch(void *ctx, sqlite3_stmt *st)
{
    struct asking *a = ctx;
    const char *run = tum_column_text(st, 0);

    if (tum_process_ticks((pid_t)sqlite3_column_int64(st, 4)) !=
        (uint64_t)sqlite3_column_int64(st, 5))
        return true;
    if (a->map == NULL) {
        tum_buf_addf(a->out, "under way: %s, started %s, %lld of %lld campaigns done\n",
                     run, tum_column_text(st, 1),
                     (long long)sqlite3_column_int64(st, 2),
                     (long long)sqlite3_column_int64(st, 3));
    } else {
        struct tum_map_builder *b = tum_map_begin(4);

        tum_map_adds(b, "run", tum_val_str(run));
        tum_map_adds(b, "started", tum_val_str(tum_column_text(st, 1)));
        tum_map_adds(b, "done", tum_val_int(sqlite3_column_int64(st, 2)));
        tum_map_adds(b, "campaigns", tum_val_int(sqlite3_column_int64(st, 3)));
        tum_map_adds(a->map, "under_way", tum_map_end(b));
    }
    return true;
}

bool tum_history_status(bool json, struct tum_buf *out, struct tum_error **err)
{
    struct asking a = {.out = out};
    bool ok = open_state(&a, err);

    if (!ok) {
        close_state(&a);
        return false;
    }
    if (json) {
        a.map = tum_map_begin(10);
        tum_map_adds(a.map, "under_way", tum_val_none());
    }
    for (size_t i = 0; i < TUM_LEN(counters); i++) {
        int64_t value =
            a.state != NULL
                ? tum_state_int(a.state, 0, "SELECT value FROM counter WHERE name=?",
                                "t", counters[i])
                : 0;

        if (json)
            tum_map_adds(a.map, counters[i], tum_val_int(value));
        else
            tum_buf_addf(out, "%-12s %lld\n",
                         strcmp(counters[i], "known_flaky") == 0 ? "known flaky"
                                                                 : counters[i],
                         (long long)value);
    }
    if (a.state != NULL)
        ok = tum_state_each(
            a.state, err, add_batch, &a,
            "SELECT id, started, (SELECT count(*) FROM campaign c WHERE c.batch=b.id "
            "AND state='done'), (SELECT count(*) FROM campaign c WHERE c.batch=b.id), "
            "pid, "
            "ticks FROM batch b WHERE ended IS NULL AND ticks > 0",
            "");
    if (json) {
        static const struct tum_json_style style = {.indent = 2};
        tum_val v = tum_map_end(a.map);

        ok = ok && tum_json_write(out, v, &style, err);
        tum_buf_addc(out, '\n');
        tum_val_unref(v);
    }
    close_state(&a);
    return ok;
}

static bool add_run(void *ctx, sqlite3_stmt *st)
{
    struct asking *a = ctx;

    tum_buf_addf(a->out, "%-32s  %-12s %9.3f s", tum_column_text(st, 0),
                 tum_column_text(st, 1), sqlite3_column_double(st, 2));
    if (sqlite3_column_int64(st, 3) > 1)
        tum_buf_addf(a->out, "  %lld attempts", (long long)sqlite3_column_int64(st, 3));
    tum_buf_addc(a->out, '\n');
    return true;
}

bool tum_history_node(const char *node, struct tum_buf *out, struct tum_error **err)
{
    struct asking a = {.out = out};
    bool ok = open_state(&a, err);

    if (ok && a.state != NULL) {
        const char *colons = strstr(node, "::");
        TUM_AUTO(tum_freep)
        char *file = colons != NULL ? tum_strndup(node, (size_t)(colons - node))
                                    : tum_strdup(node);
        TUM_AUTO(tum_freep) char *absolute = tum_path_absolute(file);
        TUM_AUTO(tum_freep) char *shown = tum_path_relative(absolute, a.root);

        ok = tum_state_each(a.state, err, add_run, &a,
                            "SELECT at, outcome, duration, attempts FROM history WHERE "
                            "file=? AND node=? ORDER BY rowid DESC",
                            "tt", shown, colons != NULL ? colons + 2 : "");
    }
    close_state(&a);
    return ok;
}

static bool take_folder(void *ctx, sqlite3_stmt *st)
{
    *(char **)ctx = tum_strdup(tum_column_text(st, 0));
    return false;
}

char *tum_history_folder(const char *run, struct tum_error **err)
{
    struct asking a = {0};
    char *folder = NULL;

    if (open_state(&a, err) && a.state != NULL)
        tum_state_each(a.state, err, take_folder, &folder,
                       "SELECT folder FROM batch WHERE id=?1 OR ?1='' ORDER BY started "
                       "DESC",
                       "t", run != NULL ? run : "");
    close_state(&a);
    return folder;
}
