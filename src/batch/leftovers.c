/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs that are over have left: processes that survived them, and temporary folders
 * of attempts that a kill cut. Only what carries the name of such a run, or is in the
 * state by pid and start time, is looked at.
 */
#include "batch/leftovers.h"
#include "base/path.h"
#include "batch/batchstate.h"
#include "batch/poison.h"
#include "batch/procscan.h"
#include "batch/runid.h"
#include "io/proctree.h"
#include "tum/mem.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_LIMIT  100
/* Survivors that are named, and ended. */
#define SURVIVOR_LIMIT 256
/* Time between TERM and KILL, and then until the kernel has taken them away. */
#define CLEAN_GRACE    (5 * TUM_SECOND)
#define KILL_PATIENCE  (1 * TUM_SECOND)
#define LOOK_AGAIN     (20 * TUM_MS)
/* What mkdtemp is given, below TMPDIR. */
#define SCRATCH_NAME   "tum-XXXXXX"

/* ---- survivors ---- */

struct survivor {
    struct tum_process process;
    char *run; /* "" when it has lost its mark */
};

struct survivors {
    struct tum_batch *batch;
    struct survivor found[SURVIVOR_LIMIT];
    size_t count;
    struct tum_buf text;
};

/* The first run that is over and has a process of that pid and start time; for tum_free. */
static bool take_run(void *ctx, sqlite3_stmt *st)
{
    char **run = ctx;

    if (tum_run_id_lives(tum_str_of(tum_column_text(st, 0))))
        return true;
    *run = tum_strdup(tum_column_text(st, 0));
    return false;
}

static char *recorded_run(struct tum_batch *batch, const struct tum_process *process)
{
    struct tum_error *err = NULL;
    char *run = NULL;

    if (!tum_state_each(batch->state, &err, take_run, &run,
                        "SELECT batch FROM process WHERE pid=? AND ticks=?", "ii",
                        (int64_t)process->pid, (int64_t)process->ticks))
        tum_error_free(err);
    return run;
}

/* It ends by itself, with all that it watches. */
static bool is_guardian(struct survivors *s, pid_t pid)
{
    tum_buf_reset(&s->text);
    tum_process_command(pid, &s->text);
    return tum_str_find(tum_buf_str(&s->text), TUM_S("--guardian-of"), 0) !=
           TUM_STR_NONE;
}

static bool find_survivor(void *ctx, const struct tum_process *process)
{
    struct survivors *s = ctx;
    char *run;

    tum_buf_reset(&s->text);
    tum_process_run(process->pid, &s->text);
    if (s->text.len > 0) {
        if (tum_run_id_lives(tum_buf_str(&s->text)))
            return true;
        run = tum_strdup(s->text.s);
    } else {
        run = recorded_run(s->batch, process);
        if (run == NULL)
            return true;
    }
    /* Whoever was started from a process of an old run has its mark. */
    if (s->count == SURVIVOR_LIMIT || tum_process_is_around(process->pid) ||
        is_guardian(s, process->pid)) {
        tum_free(run);
        return true;
    }
    s->found[s->count++] = (struct survivor){*process, run};
    return true;
}

static void signal_all(const struct survivors *s, int signal)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct tum_process *process = &s->found[i].process;
        const struct tum_procinfo info = {.pid = process->pid, .start = process->ticks};

        tum_procinfo_signal(&info, signal);
    }
}

static bool is_gone(const struct survivor *one)
{
    return tum_process_ticks(one->process.pid) != one->process.ticks;
}

/* They are no children of ours: their end can only be looked for. */
static void wait_for_all(const struct survivors *s, tum_time patience)
{
    tum_time until = tum_now() + patience;
    size_t gone = 0;

    while (gone < s->count && tum_now() < until) {
        if (is_gone(&s->found[gone]))
            gone++;
        else
            tum_wait(s->batch->soft, -1, 0, tum_now() + LOOK_AGAIN);
    }
}

static bool take_text(void *ctx, sqlite3_stmt *st)
{
    *(char **)ctx = tum_strdup(tum_column_text(st, 0));
    return false;
}

/* Who it is of: a campaign of a batch that the state knows, or NULL; for tum_free. */
static char *owner(struct tum_batch *batch, const char *run)
{
    struct tum_error *err = NULL;
    char *who = NULL;

    if (!tum_state_each(batch->state, &err, take_text, &who,
                        "SELECT shown FROM campaign WHERE batch||'/'||ordinal=?1 UNION "
                        "SELECT what FROM process WHERE batch=?1",
                        "t", run))
        tum_error_free(err);
    return who;
}

/* What the first campaign does not start clean with is what this project left. */
static void tell_next(struct tum_batch *batch, const struct survivor *one,
                      const char *what, bool ended)
{
    TUM_AUTO(tum_freep) char *who = owner(batch, one->run);
    TUM_AUTO(tum_freep) char *name = NULL;

    if (who == NULL)
        return;
    name = tum_asprintf("%s of run %.*s", who, (int)strcspn(one->run, "/"), one->run);
    tum_poison_inherit(batch, name, what, ended);
}

static void tell(struct tum_batch *batch, const struct survivor *one, const char *what,
                 bool clean)
{
    bool ended = clean && is_gone(one);

    tum_batch_say(
        batch, "left over: %s (of run %s)%s", what, one->run,
        ended   ? ": ended"
        : clean ? "; it may hold what campaigns need; it could not be ended: look "
                  "what it waits for"
                : "; it may hold what campaigns need; --clean ends it");
    tell_next(batch, one, what, ended);
}

/* ---- temporary folders ---- */

bool tum_scratch_make(struct tum_batch *batch, const char *run, char **ret,
                      struct tum_error **err)
{
    const char *base = getenv("TMPDIR");
    char *path = tum_asprintf("%s/" SCRATCH_NAME,
                              base != NULL && base[0] == '/' ? base : "/tmp");
    struct tum_error *lost = NULL;

    if (mkdtemp(path) == NULL) {
        tum_fail_os(err, errno, "cannot make a temporary folder '%s'", path);
        tum_free(path);
        return false;
    }
    tum_lock_enter(&batch->lock);
    if (!tum_state_run(batch->state, &lost, "INSERT INTO scratch VALUES(?,?)", "tt",
                       run, path))
        tum_batch_fault(batch, lost);
    tum_lock_leave(&batch->lock);
    *ret = path;
    return true;
}

bool tum_scratch_forget(struct tum_batch *batch, const char *run,
                        struct tum_error **err)
{
    return tum_state_run(batch->state, err, "DELETE FROM scratch WHERE batch=?", "t",
                         run);
}

bool tum_scratch_is_name(const char *name)
{
    return strlen(name) == strlen(SCRATCH_NAME) &&
           strncmp(name, SCRATCH_NAME, strcspn(SCRATCH_NAME, "X")) == 0;
}

/* What mkdtemp made for us, and nothing that only has the name. */
static bool is_scratch(const char *path)
{
    struct stat st;

    return path[0] == '/' && tum_scratch_is_name(tum_path_base(path)) &&
           lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

static bool sweep_one(void *ctx, sqlite3_stmt *st)
{
    struct survivors *s = ctx;
    const char *run = tum_column_text(st, 0), *path = tum_column_text(st, 1);
    struct tum_error *err = NULL;

    if (tum_run_id_lives(tum_str_of(run)))
        return true;
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->found[i].run, run) == 0 && !is_gone(&s->found[i]))
            return true; /* somebody still works in it */
    }
    if (is_scratch(path))
        tum_tree_remove(path);
    if (!tum_state_run(s->batch->state, &err,
                       "DELETE FROM scratch WHERE batch=? AND path=?", "tt", run, path))
        tum_error_free(err);
    return true;
}

/* ---- the whole ---- */

/* What a killed batch could not take out itself. */
static bool forget_dead(void *ctx, sqlite3_stmt *st)
{
    struct tum_batch *batch = ctx;
    const char *run = tum_column_text(st, 0);
    int64_t pid = sqlite3_column_int64(st, 1), ticks = sqlite3_column_int64(st, 2);
    struct tum_error *err = NULL;

    if (tum_run_id_lives(tum_str_of(run)) ||
        tum_process_ticks((pid_t)pid) == (uint64_t)ticks)
        return true;
    if (!tum_state_run(batch->state, &err,
                       "DELETE FROM process WHERE batch=? AND pid=? AND ticks=?", "tii",
                       run, pid, ticks))
        tum_error_free(err);
    return true;
}

void tum_leftovers(struct tum_batch *batch, bool clean)
{
    struct survivors s = {.batch = batch, .text = TUM_BUF_INIT((size_t)64 << 10)};
    char *what[SURVIVOR_LIMIT];
    struct tum_error *err = NULL;

    tum_processes_each(find_survivor, &s);
    for (size_t i = 0; i < s.count; i++) {
        tum_buf_reset(&s.text);
        tum_process_write(s.found[i].process.pid, COMMAND_LIMIT, &s.text);
        what[i] = tum_strdup(s.text.s);
    }
    if (clean && s.count > 0) {
        signal_all(&s, SIGTERM);
        wait_for_all(&s, CLEAN_GRACE);
        signal_all(&s, SIGKILL);
        wait_for_all(&s, KILL_PATIENCE);
    }
    for (size_t i = 0; i < s.count; i++)
        tell(batch, &s.found[i], what[i], clean);
    if (!tum_state_each(batch->state, &err, sweep_one, &s,
                        "SELECT batch, path FROM scratch", "") ||
        !tum_state_each(batch->state, &err, forget_dead, batch,
                        "SELECT batch, pid, ticks FROM process", ""))
        tum_error_free(err);
    for (size_t i = 0; i < s.count; i++) {
        tum_free(s.found[i].run);
        tum_free(what[i]);
    }
    tum_buf_release(&s.text);
}
