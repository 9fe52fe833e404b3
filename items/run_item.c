/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: another campaign, in a process of its own. It passes as soon as the campaign ran,
 * whatever came of it; its output is the item's value, to be judged by the common
 * attributes.
 */
#include "items.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <stdio.h>
#include <sys/stat.h>

/* A campaign that is asked to stop ends in an orderly way within this time. */
#define STOP_GRACE  (2 * TUM_SECOND)
#define VALUE_LIMIT ((size_t)64 << 20)
#define DAY_MINUTES 1440
#define NO_TIME     (-1)

struct run_data {
    const struct tum_arg *tum, *param_file, *log_file, *report_file;
    const struct tum_arg *start_time, *end_time, *wait_for_exec, *batch;
};

static const struct tum_param run_params[] = {
    {
        .name = "tum",
        .doc = "The campaign to run.",
        .takes = TUM_TAKES_PATH,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct run_data, tum),
    },
    {
        .name = "param_file",
        .doc = "Configuration file of that campaign, instead of its own.",
        .takes = TUM_TAKES_PATH,
        .field = TUM_FIELD(struct run_data, param_file),
        .deflt = "",
    },
    {
        .name = "log_file",
        .doc = "File for the captured output, when a person can be asked.",
        .takes = TUM_TAKES_PATH,
        .field = TUM_FIELD(struct run_data, log_file),
        .deflt = "",
    },
    {
        .name = "report_file",
        .doc = "Path of the report, as -p of the command line.",
        .takes = TUM_TAKES_PATH,
        .field = TUM_FIELD(struct run_data, report_file),
        .deflt = "",
    },
    {
        .name = "start_time",
        .doc = "HH:MM from which it may run.",
        .takes = TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct run_data, start_time),
    },
    {
        .name = "end_time",
        .doc = "HH:MM until which it may run.",
        .takes = TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct run_data, end_time),
    },
    {
        .name = "wait_for_exec",
        .doc = "True: waits until the time window opens.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct run_data, wait_for_exec),
    },
    {
        .name = "batch",
        .doc = "True: without dialogs; always so in batch.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct run_data, batch),
        .deflt = "false",
    },
    {0},
};

/* ---- the time window ---- */

/* HH:MM to minutes. YAML makes a base-60 number of an unquoted 12:30. */
static bool minutes_of(tum_val v, int *ret)
{
    struct tum_str text, hours, minutes;
    int64_t h, m, n;
    size_t colon;

    if (v.kind == TUM_NONE) {
        *ret = NO_TIME;
        return true;
    }
    if (v.kind == TUM_INT) {
        n = v.as.i;
    } else if (v.kind == TUM_STR) {
        text = tum_str_trim(tum_val_text(v));
        colon = tum_str_find_char(text, ':', 0);
        if (colon == TUM_STR_NONE)
            return false;
        hours = tum_str_sub(text, 0, colon);
        minutes = tum_str_sub(text, colon + 1, text.n);
        if (!tum_str_int(hours, &h) || !tum_str_int(minutes, &m) || h < 0 || h > 23 ||
            m < 0 || m > 59 || minutes.n != 2)
            return false;
        n = h * 60 + m;
    } else {
        return false;
    }
    if (n < 0 || n >= DAY_MINUTES)
        return false;
    *ret = (int)n;
    return true;
}

static bool read_time(struct tum_run *run, const struct tum_arg *arg, const char *what,
                      int *ret)
{
    tum_val v = tum_arg_value(run, arg);
    bool ok = minutes_of(v, ret);

    if (!ok) {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(run, "'%s' is no time HH:MM: %s", what, shown);
        tum_free(shown);
    }
    tum_val_unref(v);
    return ok;
}

static int seconds_of_day(void)
{
    struct tum_wall wall;

    tum_wall_now(&wall);
    return wall.hour * 3600 + wall.minute * 60 + wall.second;
}

static bool is_open(int start, int end, int now)
{
    if (start <= end)
        return start * 60 <= now && now < end * 60;
    return now >= start * 60 || now < end * 60;
}

/* False: the run has FAILed, or *ret_stopped. */
static bool pass_window(struct tum_run *run, const struct run_data *data)
{
    bool waits = tum_arg_bool(run, data->wait_for_exec);
    int start, end, now;

    if (!read_time(run, data->start_time, "start_time", &start) ||
        !read_time(run, data->end_time, "end_time", &end))
        return false;
    if (waits && (start == NO_TIME || end == NO_TIME)) {
        tum_run_failed(run, "'wait_for_exec' needs both 'start_time' and 'end_time'");
        return false;
    }
    if (start == NO_TIME && end != NO_TIME) {
        tum_out_warn(run,
                     "'end_time' without 'start_time' is no time window: ignored.");
        return true;
    }
    if (start == NO_TIME)
        return true;
    now = seconds_of_day();
    if (end == NO_TIME) {
        if (now > start * 60)
            return true;
        tum_run_failed(run, "it is before 'start_time' %02d:%02d", start / 60,
                       start % 60);
        return false;
    }
    while (!is_open(start, end, now)) {
        int wait = start * 60 - now;

        if (!waits || start == end) {
            tum_run_failed(run, "outside the time window %02d:%02d to %02d:%02d",
                           start / 60, start % 60, end / 60, end % 60);
            return false;
        }
        if (wait <= 0)
            wait += DAY_MINUTES * 60;
        tum_out(run, "Waiting for %02d:%02d.", start / 60, start % 60);
        if (tum_wait(tum_run_stop(run), -1, 0, tum_now() + wait * TUM_SECOND) ==
            TUM_STOPPED) {
            tum_run_stopped(run);
            return false;
        }
        now = seconds_of_day();
    }
    return true;
}

/* ---- the campaign ---- */

/* Its output: shown with a prefix line by line, and its lines kept for the value. */
struct listener {
    struct tum_run *run;
    struct tum_nested *nested;
    const char *label;
    struct tum_buf line;
    struct tum_buf value;
};

static void end_line(struct listener *listener)
{
    struct tum_str line = tum_buf_str(&listener->line);

    if (line.n > 0 && line.s[line.n - 1] == '\r')
        line.n--;
    tum_out(listener->run, "[%s] %.*s", listener->label, TUM_STR_ARG(line));
    if (line.n > 0) {
        if (listener->value.len > 0)
            tum_buf_addc(&listener->value, '\n');
        tum_buf_addt(&listener->value, line);
    }
    tum_buf_reset(&listener->line);
}

static void listen(void *ctx, struct tum_str bytes, bool is_err)
{
    struct listener *listener = ctx;

    (void)is_err;
    for (;;) {
        size_t end = tum_str_find_char(bytes, '\n', 0);

        if (end == TUM_STR_NONE)
            break;
        tum_buf_addt(&listener->line, tum_str_sub(bytes, 0, end));
        end_line(listener);
        bytes = tum_str_sub(bytes, end + 1, bytes.n);
    }
    tum_buf_addt(&listener->line, bytes);
}

static void note_waiting(void *ctx)
{
    struct listener *listener = ctx;

    tum_run_nested_waits(listener->nested);
}

static void say_command(struct tum_run *run, const char *const *argv)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    for (size_t i = 0; argv[i] != NULL; i++)
        tum_buf_addf(&text, "%s%s", i > 0 ? " " : "", argv[i]);
    tum_out(run, "%s", text.s);
    tum_buf_release(&text);
}

/* The row says what the campaign counted and where its report is. */
static void say_outcome(struct tum_run *run, const struct tum_nested *nested,
                        const struct tum_proc_status *status, struct tum_buf *out)
{
    if (!tum_run_nested_summary(nested, out)) {
        tum_buf_adds(out, "the campaign did not run: ");
        tum_proc_status_text(status, out);
    }
    tum_run_message(run, "%s", out->s);
}

/* What another tum is started with. */
struct start {
    const char *argv[12], *env[4];
    char *chain, *locks;
    struct tum_nested nested;
};

static void release_start(struct start *start)
{
    tum_run_nested_release(&start->nested);
    tum_free(start->chain);
    tum_free(start->locks);
}

static bool prepare(struct tum_run *run, const char *path, const char *config,
                    const char *report, struct start *ret, struct tum_error **err)
{
    size_t n = 0;

    *ret = (struct start){0};
    ret->chain = tum_run_nested_chain(run, path, err);
    if (ret->chain == NULL || !tum_run_nested_open(run, &ret->nested, err)) {
        tum_free(ret->chain);
        return false;
    }
    ret->locks = tum_run_locks_held(run);
    ret->env[0] = ret->chain;
    ret->env[1] = ret->nested.env;
    ret->env[2] = ret->locks;
    ret->argv[n++] = tum_run_program(run);
    ret->argv[n++] = "-b";
    ret->argv[n++] = "-o";
    if (config != NULL) {
        ret->argv[n++] = "-c";
        ret->argv[n++] = config;
    }
    if (report != NULL) {
        ret->argv[n++] = "-p";
        ret->argv[n++] = report;
    }
    ret->argv[n++] = "--";
    ret->argv[n++] = path;
    return true;
}

/* With a person at a front end the output is kept in a file too. */
static void write_log(struct tum_run *run, const char *path, const struct tum_buf *text)
{
    FILE *file = fopen(path, "we");
    bool good = file != NULL;

    if (good) {
        good = fwrite(text->s, 1, text->len, file) == text->len &&
               fwrite("\n", 1, 1, file) == 1;
        good = fclose(file) == 0 && good;
    }
    if (!good)
        tum_out_warn(run, "'log_file' could not be written: %s", path);
}

static enum tum_verdict run_campaign(struct tum_run *run, const char *path,
                                     const char *config, const char *report,
                                     const char *log)
{
    struct start start;
    struct listener listener = {
        .run = run,
        .nested = &start.nested,
        .label = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path,
        .line = TUM_BUF_INIT((size_t)1 << 20),
        .value = TUM_BUF_INIT(VALUE_LIMIT),
    };
    struct tum_buf summary = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    enum tum_verdict verdict = TUM_PASS;
    struct tum_proc_result result;

    if (!prepare(run, path, config, report, &start, &err))
        return tum_run_broken(run, err);

    struct tum_proc_run_opts opts = {
        .proc = {TUM_PROC_OPTS, .argv = start.argv, .env = start.env,
                 .extra = start.nested.pass, .extra_count = TUM_LEN(start.nested.pass),
                 .grace = STOP_GRACE},
        .stop = tum_run_stop(run),
        .wait_end = true,
        .merge = true,
        .on_output = listen,
        .on_watch = note_waiting,
        .watch = start.nested.waits,
        .ctx = &listener,
        .keep_none = true,
    };

    say_command(run, start.argv);
    tum_run_flush(run);
    if (!tum_proc_run(&opts, &result, &err)) {
        tum_error_wrap(&err, "'%s' could not be started", path);
        verdict = tum_run_broken(run, err);
    } else {
        if (listener.line.len > 0)
            end_line(&listener);
        tum_run_set_value(run, tum_val_strn(listener.value.s, listener.value.len));
        if (log != NULL && tum_run_interactive(run))
            write_log(run, log, &listener.value);
        if (result.stopped)
            verdict = tum_run_stopped(run);
        else
            say_outcome(run, &start.nested, &result.status, &summary);
        tum_proc_result_release(&result);
    }
    release_start(&start);
    tum_buf_release(&summary);
    tum_buf_release(&listener.line);
    tum_buf_release(&listener.value);
    return verdict;
}

/* Expanded path, or NULL when absent or empty. */
static char *optional_path(struct tum_run *run, const struct tum_arg *arg, bool locate)
{
    char *text = tum_arg_text(run, arg);
    char *path;

    if (text == NULL || text[0] == '\0') {
        tum_free(text);
        return NULL;
    }
    if (!locate)
        return text;
    path = tum_run_path(run, text);
    tum_free(text);
    return path;
}

static enum tum_verdict run_run(struct tum_run *run, const struct tum_item *item)
{
    const struct run_data *data = tum_item_data(item);
    char *raw = tum_arg_text(run, data->tum);
    char *path = tum_run_path(run, raw != NULL ? raw : "");
    char *config = optional_path(run, data->param_file, true);
    char *report = optional_path(run, data->report_file, false);
    char *log = optional_path(run, data->log_file, false);
    enum tum_verdict verdict;
    struct stat facts;

    tum_run_note_file(run, path);
    if (config != NULL)
        tum_run_note_file(run, config);
    if (raw == NULL || stat(path, &facts) != 0)
        verdict = tum_run_failed(run, "the campaign '%s' does not exist: %s",
                                 raw != NULL ? raw : "None", path);
    else if (!S_ISREG(facts.st_mode))
        verdict = tum_run_failed(run, "the campaign '%s' is no file: %s", raw, path);
    else if (!pass_window(run, data))
        verdict = TUM_FAIL;
    else
        verdict = run_campaign(run, path, config, report, log);
    tum_free(raw);
    tum_free(path);
    tum_free(config);
    tum_free(report);
    tum_free(log);
    return verdict;
}

const struct tum_item_type tum_item_run = {
    .keyword = "run",
    .row_type = "Run tum",
    .summary = "Runs another campaign in a process of its own.",
    .params = run_params,
    .data_size = sizeof(struct run_data),
    .run = run_run,
};
