/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an attempt came to: an outcome and the message that says why.
 */
#include "base/fd.h"
#include "base/path.h"
#include "batch/attempt.h"
#include "batch/corefile.h"
#include "engine/eventjson.h"
#include "tum/mem.h"
#include <time.h>

/* The last lines of a text; what stands before the first item only names the file. */
static struct tum_str last_lines(struct tum_str text, size_t lines)
{
    size_t first = tum_str_find(text, TUM_S("-----> step \""), 0), at;

    if (first != TUM_STR_NONE)
        text = tum_str_sub(text, first, text.n);
    at = text.n;

    while (at > 0 && text.s[at - 1] == '\n')
        at--;
    text.n = at;
    while (at > 0 && lines > 0) {
        at--;
        if (text.s[at] == '\n' && --lines == 0)
            return tum_str_sub(text, at + 1, text.n);
    }
    return text;
}

struct tum_str tum_attempt_lines(const struct tum_attempt *a)
{
    return last_lines(tum_buf_str(&a->tail), TUM_TAIL_LINES);
}

/* The kernel writes it into the folder of the process, which is ours. */
static void add_core(struct tum_attempt *a, struct tum_buf *out)
{
    TUM_AUTO(tum_freep) char *pattern = NULL;
    TUM_AUTO(tum_freep) char *folder = tum_path_cwd();
    TUM_AUTO(tum_freep) char *path = NULL;
    tum_time took = tum_now() - a->job->started;
    struct tum_core core = {
        .folder = folder,
        .pid = tum_proc_pid(a->proc),
        .signal = a->status.signal,
        .since = time(NULL) - (time_t)(took / TUM_SECOND) - 1,
    };
    struct tum_error *err = NULL;
    size_t n;

    if (!tum_file_read("/proc/sys/kernel/core_pattern", 4096, &pattern, &n, &err)) {
        tum_error_free(err);
        return;
    }
    core.pattern = tum_str_n(pattern, n);
    path = tum_core_find(&core);
    if (path != NULL)
        tum_buf_addf(out, "\nback trace: %s", path);
}

/* "signal 11 (SIGSEGV), while 'a/b' was running", the last lines, the core file. */
static void describe_end(struct tum_attempt *a, const char *what, struct tum_buf *out)
{
    const char *running =
        a->running != NULL ? a->running : tum_record_running(a->record);
    struct tum_str lines =
        a->late_lines != NULL ? tum_str_of(a->late_lines) : tum_attempt_lines(a);

    tum_buf_adds(out, what);
    if (running != NULL)
        tum_buf_addf(out, ", while '%s' was running", running);
    if (lines.n > 0)
        tum_buf_addf(out, "\nlast lines of output:\n%.*s", TUM_STR_ARG(lines));
    if (!a->status.exited && !a->status.lost && !a->late)
        add_core(a, out);
}

void tum_job_finish(struct tum_job *job, const char *outcome, const char *message)
{
    job->outcome = outcome;
    job->result = tum_outcome_result(outcome);
    tum_free(job->message);
    job->message = tum_strdup(message);
}

/* For tum_free, or NULL. */
static char *flaky_nodes(const struct tum_attempt *a, bool known)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT((size_t)64 << 10);

    tum_record_write_flaky(a->record, known, &text);
    return text.len > 0 ? tum_strdup(text.s) : NULL;
}

void tum_attempt_judge(struct tum_attempt *a)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT((size_t)64 << 10);
    TUM_AUTO(tum_buf_release) struct tum_buf how = TUM_BUF_INIT(256);
    struct tum_job *job = a->job;
    const struct tum_node_result *blamed;
    const char *outcome, *message;
    int status;

    job->status = a->status.exited ? a->status.code : -1;
    tum_free(job->known_text);
    tum_free(job->flaky_text);
    job->known_text = flaky_nodes(a, true);
    job->flaky_text = flaky_nodes(a, false);
    if (a->late) {
        tum_duration_text(a->batch->opts->timeout, &how);
        tum_buf_addf(&text, "the bound of %s was reached", how.s);
        tum_buf_addt(&how, TUM_S(""));
        TUM_AUTO(tum_freep) char *what = tum_strdup(text.s);
        tum_buf_reset(&text);
        describe_end(a, what, &text);
        tum_job_finish(job, "timeout", text.s);
        return;
    }
    if (tum_stop_is_set(a->batch->soft) &&
        (!tum_record_finished(a->record, &outcome, &message, &status) ||
         status == TUM_STATUS_TERM || status == TUM_STATUS_INT)) {
        describe_end(a, "stopped on request", &text);
        tum_job_finish(job, "interrupted", text.s);
        return;
    }
    if (a->status.exited && a->status.code == TUM_STATUS_USAGE &&
        !tum_record_finished(a->record, &outcome, &message, &status)) {
        describe_end(a, "the campaign could not be loaded", &text);
        tum_job_finish(job, "error", text.s);
        return;
    }
    if (!a->status.exited ||
        !tum_record_finished(a->record, &outcome, &message, &status)) {
        tum_proc_status_text(&a->status, &how);
        tum_buf_addf(&text, "tum died: %s", how.s);
        if (a->status.exited) {
            tum_buf_reset(&text);
            tum_buf_addf(&text, "ended without a result: %s", how.s);
        }
        TUM_AUTO(tum_freep) char *what = tum_strdup(text.s);
        tum_buf_reset(&text);
        describe_end(a, what, &text);
        tum_job_finish(job, "error", text.s);
        return;
    }
    blamed = tum_record_blamed(a->record, outcome);
    if (blamed != NULL && strcmp(tum_outcome_result(outcome), "FAIL") == 0) {
        tum_buf_addf(&text, "%s: %s", blamed->address, blamed->message);
        tum_record_write_others(a->record, blamed, &text);
        if (blamed->said[0] != '\0')
            tum_buf_addf(&text, "\nlast lines of output:\n%s", blamed->said);
    } else if (job->flaky_text != NULL && strcmp(outcome, "passed") == 0) {
        tum_buf_adds(&text, job->flaky_text);
    } else {
        tum_buf_adds(&text, message);
    }
    tum_job_finish(job, outcome, text.s);
}
