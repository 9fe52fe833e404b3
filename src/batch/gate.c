/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate in its order: does it apply, regression, smoke, report, one line of verdict.
 */
#include "batch/gate.h"
#include "base/fd.h"
#include "base/path.h"
#include "batch/batchstate.h"
#include "batch/pathglob.h"
#include "batch/poison.h"
#include "batch/preflight.h"
#include "batch/rmodel.h"
#include "engine/eventjson.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define GIT_PATIENCE (120 * TUM_SECOND)

struct gate {
    const struct tum_face *face;
    struct tum_project *project;
    tum_val conf;   /* of `gate`; borrowed */
    char *folder;   /* of the batch's reports */
    char *worktree; /* of --ref, or NULL */
    char *branch;
    const char *smoke, *verdict;
    char *smoke_text;
    size_t jobs;
    bool ran;
};

static void say(const struct tum_face *face, bool complain, const char *fmt, ...)
    TUM_PRINTF(3, 4);
static void say(const struct tum_face *face, bool complain, const char *fmt, ...)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    va_start(ap, fmt);
    tum_buf_addv(&text, fmt, ap);
    va_end(ap);
    tum_buf_addc(&text, '\n');
    (complain ? face->complain : face->print)(face->ctx, tum_buf_str(&text));
}

/* Trimmed output of git, for tum_free; NULL: it failed, *ret_why says why. */
static char *git(const char *folder, const char *const *argv, char **ret_why)
{
    const struct tum_proc_run_opts opts = {
        .proc = {TUM_PROC_OPTS, .argv = argv, .directory = folder},
        .deadline = tum_now() + GIT_PATIENCE,
    };
    struct tum_proc_result result;
    struct tum_error *err = NULL;
    char *text = NULL;

    if (!tum_proc_run(&opts, &result, &err)) {
        *ret_why = tum_error_text(err);
        tum_error_free(err);
        return NULL;
    }
    if (result.ended && result.status.exited && result.status.code == 0) {
        struct tum_str out = tum_str_trim(tum_buf_str(&result.out));

        text = tum_strndup(out.s, out.n);
    } else {
        struct tum_str out = tum_str_trim(tum_buf_str(&result.err));

        *ret_why = tum_strndup(out.s, out.n);
    }
    tum_proc_result_release(&result);
    return text;
}

static bool applies(struct gate *g, const char *ref)
{
    const char *const argv[] = {"git", "rev-parse", "--abbrev-ref",
                                ref != NULL ? ref : "HEAD", NULL};
    tum_val scope = tum_conf_get(g->conf, "scope");
    char *why = NULL;

    g->branch = git(g->project->root, argv, &why);
    tum_free(why);
    if (g->branch == NULL)
        g->branch = tum_strdup("");
    if (g->branch[0] == '\0' && ref != NULL) {
        tum_free(g->branch);
        g->branch = tum_strdup(ref);
    }
    if (!tum_conf_flag(g->conf, "enabled", true))
        return false;
    if (scope.kind == TUM_NONE)
        return true;
    tum_list_each (glob, scope) {
        if (tum_str_is(tum_val_text(*glob), "*") ||
            tum_glob_match(tum_val_text(*glob), tum_str_of(g->branch)))
            return true;
    }
    return false;
}

static tum_time gate_timeout(struct gate *g)
{
    tum_val v = tum_conf_get(g->conf, "timeout");
    tum_time time;
    double seconds;

    if (v.kind == TUM_NONE)
        return TUM_GATE_TIMEOUT;
    if (v.kind != TUM_BOOL && tum_val_is_number(v) && tum_val_to_double(v, &seconds) &&
        seconds > 0)
        return tum_time_of_seconds(seconds);
    if (v.kind == TUM_STR && tum_duration_whole(tum_val_text(v), &time) && time > 0)
        return time;
    char *shown = tum_val_to_repr(v);

    say(g->face, true,
        "tum: gate: 'timeout' is no duration above 0: %s; 900 s are used", shown);
    tum_free(shown);
    return TUM_GATE_TIMEOUT;
}

static bool make_worktree(struct gate *g, const char *ref, char **ret_why)
{
    const char *base = getenv("TMPDIR");
    const char *argv[] = {"git",     "worktree", "add", "--detach",
                          "--force", NULL,       ref,   NULL};
    char *out;

    g->worktree = tum_asprintf("%s/tum-gate-XXXXXX",
                               base != NULL && base[0] == '/' ? base : "/tmp");
    if (mkdtemp(g->worktree) == NULL) {
        *ret_why = tum_strdup(tum_errno_text(errno));
        return false;
    }
    argv[5] = g->worktree;
    out = git(g->project->root, argv, ret_why);
    if (out == NULL)
        return false;
    tum_free(out);
    return true;
}

static void remove_worktree(struct gate *g)
{
    const char *remove[] = {"git", "worktree", "remove", "--force", g->worktree, NULL};
    const char *prune[] = {"git", "worktree", "prune", NULL};
    char *why = NULL, *out;

    if (g->worktree == NULL)
        return;
    out = git(g->project->root, remove, &why);
    tum_free(out);
    tum_free(why);
    why = NULL;
    tum_tree_remove(g->worktree);
    out = git(g->project->root, prune, &why);
    tum_free(out);
    tum_free(why);
}

static int run_batch(struct gate *g, const struct tum_program *program)
{
    tum_val infra = tum_conf_get(g->conf, "infra");
    tum_val target = tum_conf_get(g->conf, "target");
    const char **paths = tum_conf_words(target);
    TUM_AUTO(tum_freep)
    char *relative = g->worktree != NULL && g->project->top != NULL
                         ? tum_path_relative(g->project->root, g->project->top)
                         : NULL;
    TUM_AUTO(tum_freep)
    char *joined = relative != NULL ? tum_path_join(g->worktree, relative) : NULL;
    TUM_AUTO(tum_freep)
    char *folder =
        joined != NULL ? tum_path_normalise(joined) : tum_strdup(g->project->root);
    const struct tum_batch_opts opts = {
        .program = *program,
        .paths = paths,
        .jobs = g->jobs,
        .batch_timeout = gate_timeout(g),
        .infra_retries = tum_conf_int(infra, "retries", TUM_BATCH_INFRA_TRIES),
        .fit_again = true,
        .infra_delay = tum_conf_time(infra, "delay", TUM_BATCH_INFRA_DELAY),
        .on_exhausted = tum_conf_get(g->conf, "notify"),
        .report_dir = g->folder,
        .folder = folder,
    };
    int status;

    /* Campaigns are loaded and run where the commit is. */
    if (g->worktree != NULL && chdir(folder) != 0)
        say(g->face, true, "tum: gate: cannot go to '%s': %s", folder,
            tum_errno_text(errno));
    status = tum_batch_run(&opts, g->face);
    if (chdir(g->project->root) != 0)
        say(g->face, true, "tum: gate: cannot go back to '%s'", g->project->root);
    tum_free(paths);
    g->ran = true;
    return status;
}

static void run_smoke(struct gate *g)
{
    TUM_AUTO(tum_buf_release) struct tum_buf finding = TUM_BUF_INIT(65536);
    const struct tum_probe_opts opts = {.project = g->project, .service = true};

    tum_list_each (probe, tum_conf_get(g->conf, "smoke")) {
        g->smoke = "ok";
        if (tum_probe(*probe, &opts, &finding))
            continue;
        g->smoke = "failed";
        g->smoke_text = tum_strdup(finding.s);
        say(g->face, false, "SMOKE   %s", finding.s);
        return;
    }
}

/* The report, of the batch's events and the smoke. False: it could not be written. */
static bool write_report(struct gate *g, int status)
{
    const char *path = tum_conf_text(g->conf, "report");
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_rbatch *batch = NULL;
    struct tum_error *err = NULL;

    if (path == NULL)
        return true;
    TUM_AUTO(tum_freep) char *absolute = tum_project_path(g->project, path);
    if (g->ran && tum_rbatch_read(g->folder, &batch, &err)) {
        batch->status = status;
        batch->ended = true;
        batch->smoke = g->smoke;
        batch->verdict_status = g->verdict;
        if (status == TUM_STATUS_INFRASTRUCTURE)
            tum_buf_adds(&batch->notes, "infrastructure, not a test failure\n");
        if (g->smoke_text != NULL)
            tum_buf_addf(&batch->notes, "smoke: %s\n", g->smoke_text);
        tum_report_markdown(batch, &text);
        tum_rbatch_free(batch);
    } else {
        TUM_AUTO(tum_buf_release) struct tum_buf now = TUM_BUF_INIT(64);

        tum_error_clear(&err);
        tum_time_write(&now);
        tum_buf_addf(
            &text,
            "---\nresult: %s\nstatus: %s\nexit_code: %d\nsmoke: %s\npassed: 0\n"
            "failed: 0\nerrors: 0\nknown_flaky: 0\nrevision: unknown\nhost: \n"
            "started_at: %s\nduration_s: 0.0\n---\n\n# %s\n",
            status == 0 ? "PASS" : "FAIL", g->verdict, status, g->smoke, now.s,
            status == 0 ? "The gate does not apply" : "Nothing was run");
    }
    TUM_AUTO(tum_freep) char *folder = tum_path_folder(absolute);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        say(g->face, true, "tum: gate: cannot make the folder '%s'", folder);
    if (!tum_file_replace(absolute, tum_buf_str(&text), &err)) {
        char *why = tum_error_text(err);

        say(g->face, true, "tum: gate: the report cannot be written: %s", why);
        tum_free(why);
        tum_error_free(err);
        return false;
    }
    return true;
}

static void verdict_line(struct gate *g, int status, tum_time start)
{
    say(g->face, true,
        "gate result=%s status=%s exit_code=%d smoke=%s branch=%s duration_s=%.1f%s",
        status == 0 ? "PASS" : "FAIL", g->verdict, status, g->smoke,
        g->branch != NULL && g->branch[0] != '\0' ? g->branch : "-",
        (double)(tum_now() - start) / (double)TUM_SECOND,
        status == TUM_STATUS_INFRASTRUCTURE
            ? " reason=\"infrastructure, not a test failure\""
            : "");
}

/* A signal that came while nobody read them, as an exit status; else 0. */
static int asked_to_stop(void)
{
    const struct timespec now = {0};
    sigset_t set;
    int number;

    tum_crew_signals(&set);
    number = sigtimedwait(&set, NULL, &now);
    return number < 0         ? TUM_STATUS_PASSED
           : number == SIGINT ? TUM_STATUS_INT
                              : TUM_STATUS_TERM;
}

static int judge(struct gate *g, const struct tum_program *program, const char *ref)
{
    char *why = NULL;
    int status;

    if (!applies(g, ref)) {
        g->verdict = "skipped";
        return TUM_STATUS_PASSED;
    }
    if (ref != NULL && !make_worktree(g, ref, &why)) {
        say(g->face, true, "tum: gate: no work tree of '%s': %s", ref, why);
        tum_free(why);
        return TUM_STATUS_USAGE;
    }
    tum_free(why);
    status = run_batch(g, program);
    if (status == TUM_STATUS_PASSED) {
        run_smoke(g);
        status = asked_to_stop();
        if (status == TUM_STATUS_PASSED && strcmp(g->smoke, "failed") == 0)
            status = TUM_STATUS_FAILED;
    }
    return status;
}

int tum_gate_run(const struct tum_program *program, const char *ref, size_t jobs,
                 const struct tum_face *face)
{
    TUM_AUTO(tum_buf_release) struct tum_buf findings = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_freep) char *cwd = tum_path_cwd();
    struct gate g = {
        .face = face, .jobs = jobs, .smoke = "skipped", .verdict = "failed"};
    tum_time start = tum_now();
    sigset_t set;
    int status;

    /* Whatever comes, the work tree is removed and the verdict is said. */
    tum_crew_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (!tum_project_load(cwd, &g.project, &findings)) {
        face->complain(face->ctx, tum_buf_str(&findings));
        return TUM_STATUS_USAGE;
    }
    g.conf = tum_conf_get(g.project->config, "gate");
    if (g.conf.kind != TUM_MAP) {
        say(face, true, "tum: gate: there is no 'gate' in a project file");
        tum_project_free(g.project);
        return TUM_STATUS_USAGE;
    }
    TUM_AUTO(tum_freep) char *state = tum_path_join(g.project->root, ".tum");
    mkdir(state, 0777);
    g.folder = tum_path_join(state, "gate");
    tum_tree_remove(g.folder);
    status = judge(&g, program, ref);
    if (status == TUM_STATUS_PASSED && strcmp(g.verdict, "skipped") != 0)
        g.verdict = "success";
    if (!write_report(&g, status)) {
        status = TUM_STATUS_INTERNAL;
        g.verdict = "failed";
    }
    verdict_line(&g, status, start);
    remove_worktree(&g);
    tum_project_free(g.project);
    tum_free(g.folder);
    tum_free(g.worktree);
    tum_free(g.branch);
    tum_free(g.smoke_text);
    return status;
}
