/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process: runs a program and judges its exit status and output. Its whole process tree
 * ends with the item.
 */
#include "items.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include "tum/words.h"

#define DATA_OUTPUT ((size_t)64 << 10)
#define KEPT_OUTPUT ((size_t)64 << 20)
#define GRACE       (5 * TUM_SECOND)
/* What a script says by its exit status (GNU convention for test drivers). */
#define EXIT_SKIP   77
#define EXIT_ERROR  99

struct process_data {
    const struct tum_arg *command, *shell, *directory, *environment, *input, *grace;
    const struct tum_arg *expected_exit, *expected_output, *regex, *mute;
};

static const struct tum_param process_params[] = {
    {
        .name = "command",
        .doc = "The program and its arguments: a list, or text split as a shell does.",
        .takes = TUM_TAKES_TEXT | TUM_TAKES_LIST,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct process_data, command),
    },
    {
        .name = "shell",
        .doc = "True: the command is a text for /bin/sh.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct process_data, shell),
        .deflt = "false",
    },
    {
        .name = "directory",
        .doc = "Where it runs; by default the test directory.",
        .takes = TUM_TAKES_PATH,
        .field = TUM_FIELD(struct process_data, directory),
    },
    {
        .name = "environment",
        .doc = "Variables added to the environment; null removes one.",
        .takes = TUM_TAKES_MAP,
        .field = TUM_FIELD(struct process_data, environment),
    },
    {
        .name = "input",
        .doc = "Text for its standard input; by default it is empty.",
        .takes = TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct process_data, input),
    },
    {
        .name = "grace",
        .doc = "Time between the request to end and the kill.",
        .takes = TUM_TAKES_DURATION,
        .field = TUM_FIELD(struct process_data, grace),
        .deflt = "5",
    },
    {
        .name = "expected_exit",
        .doc = "Exit status, list of exit statuses, or any.",
        .takes = TUM_TAKES_INT | TUM_TAKES_LIST | TUM_TAKES_TEXT,
        .field = TUM_FIELD(struct process_data, expected_exit),
        .deflt = "0",
    },
    {
        .name = "expected_output",
        .doc = "A text, or texts, that the output must hold.",
        .takes = TUM_TAKES_TEXT | TUM_TAKES_LIST,
        .field = TUM_FIELD(struct process_data, expected_output),
    },
    {
        .name = "regex",
        .doc = "True: expected_output holds regular expressions.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct process_data, regex),
        .deflt = "false",
    },
    {
        .name = "mute",
        .doc = "True: the output is not shown.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct process_data, mute),
        .deflt = "false",
    },
    {0},
};

/* What one execution needs; all of it is released at its end. */
struct job {
    struct tum_run *run;
    tum_val command; /* keeps the texts of argv */
    char **argv;
    size_t argc, argv_cap;
    char **env;
    size_t env_count, env_cap;
    char *directory, *input;
    bool mute;
    struct tum_buf output;
};

static void job_release(struct job *job)
{
    for (size_t i = 0; i < job->argc; i++)
        tum_free(job->argv[i]);
    for (size_t i = 0; i < job->env_count; i++)
        tum_free(job->env[i]);
    tum_free(job->argv);
    tum_free(job->env);
    tum_free(job->directory);
    tum_free(job->input);
    tum_val_unref(job->command);
    tum_buf_release(&job->output);
}

static void add_word(struct job *job, char *take)
{
    tum_grow(&job->argv, &job->argv_cap, job->argc + 2);
    job->argv[job->argc++] = take;
    job->argv[job->argc] = NULL;
}

static bool read_command(struct job *job, const struct process_data *data)
{
    struct tum_error *err = NULL;
    bool shell = tum_arg_bool(job->run, data->shell);

    job->command = tum_arg_value(job->run, data->command);
    if (tum_val_is_seq(job->command)) {
        tum_list_each (word, job->command)
            add_word(job, tum_val_to_str(*word));
    } else if (job->command.kind == TUM_STR && shell) {
        add_word(job, tum_strdup("/bin/sh"));
        add_word(job, tum_strdup("-c"));
        add_word(job, tum_strdup(tum_val_text(job->command).s));
    } else if (job->command.kind == TUM_STR) {
        if (!tum_words_split(tum_val_text(job->command).s, &job->argv, &err)) {
            tum_error_wrap(&err, "'command' cannot be split");
            tum_run_broken(job->run, err);
            return false;
        }
        while (job->argv[job->argc] != NULL)
            job->argc++;
    }
    if (job->argc == 0 || job->argv[0][0] == '\0') {
        char *shown = tum_val_to_repr(job->command);

        tum_run_failed(job->run, "'command' names no program: %s", shown);
        tum_free(shown);
        return false;
    }
    return true;
}

static bool read_environment(struct job *job, const struct process_data *data)
{
    tum_val v = tum_arg_value(job->run, data->environment);
    bool ok = v.kind == TUM_NONE || v.kind == TUM_MAP;

    if (!ok) {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(job->run, "'environment' must be a mapping, found %s", shown);
        tum_free(shown);
    }
    tum_map_each (entry, v) {
        char *name = tum_val_to_str(entry->key);
        char *value = tum_val_to_str(entry->value);

        tum_grow(&job->env, &job->env_cap, job->env_count + 2);
        job->env[job->env_count++] = entry->value.kind == TUM_NONE
                                         ? tum_strdup(name)
                                         : tum_asprintf("%s=%s", name, value);
        job->env[job->env_count] = NULL;
        tum_free(name);
        tum_free(value);
    }
    tum_val_unref(v);
    return ok;
}

static bool read_grace(struct job *job, const struct process_data *data, tum_time *ret)
{
    tum_val v = tum_arg_value(job->run, data->grace);
    bool ok = v.kind == TUM_NONE || tum_val_duration(v, ret);

    if (v.kind == TUM_NONE)
        *ret = GRACE;
    if (!ok) {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(job->run, "'grace' is no duration: %s", shown);
        tum_free(shown);
    }
    tum_val_unref(v);
    return ok;
}

static void listen(void *ctx, struct tum_str bytes, bool is_err)
{
    struct job *job = ctx;

    (void)is_err;
    tum_buf_addt(&job->output, bytes);
    if (!job->mute)
        tum_out_bytes(job->run, bytes);
}

/* ---- judging ---- */

static bool names_exit(tum_val wanted, int64_t code)
{
    int64_t one;

    if (wanted.kind == TUM_STR)
        return tum_str_is_nocase(tum_val_text(wanted), "any") ||
               (tum_str_int(tum_str_trim(tum_val_text(wanted)), &one) && one == code);
    if (tum_val_is_seq(wanted)) {
        tum_list_each (item, wanted) {
            if (names_exit(*item, code))
                return true;
        }
        return false;
    }
    return wanted.kind != TUM_BOOL && tum_val_to_int64(wanted, &one) && one == code;
}

/* PASS when all texts are in the output; else FAIL naming the first that is not. */
static enum tum_verdict judge_output(struct job *job, tum_val wanted, bool regex)
{
    struct tum_error *err = NULL;
    bool holds = true;
    char *text;

    if (tum_val_is_seq(wanted)) {
        tum_list_each (item, wanted) {
            if (judge_output(job, *item, regex) != TUM_PASS)
                return TUM_FAIL;
        }
        return TUM_PASS;
    }
    if (wanted.kind == TUM_NONE)
        return TUM_PASS;
    text = tum_val_to_str(wanted);
    if (regex) {
        if (!tum_regex_found(job->run, tum_str_of(text), tum_buf_str(&job->output),
                             &holds, &err)) {
            tum_error_wrap(&err, "'expected_output'");
            tum_free(text);
            return tum_run_broken(job->run, err);
        }
    } else {
        holds = tum_str_find(tum_buf_str(&job->output), tum_str_of(text), 0) !=
                TUM_STR_NONE;
    }
    if (!holds)
        tum_run_failed(job->run, "the output does not %s '%s'",
                       regex ? "match" : "hold", text);
    tum_free(text);
    return holds ? TUM_PASS : TUM_FAIL;
}

static enum tum_verdict judge(struct job *job, const struct process_data *data,
                              const struct tum_proc_status *status)
{
    tum_val wanted = data->expected_exit != NULL
                         ? tum_arg_value(job->run, data->expected_exit)
                         : tum_val_int(0);
    bool named = names_exit(wanted, status->code);
    char *shown = tum_val_to_str(wanted);
    enum tum_verdict verdict;

    if (named) {
        tum_val output = tum_arg_value(job->run, data->expected_output);

        verdict = judge_output(job, output, tum_arg_bool(job->run, data->regex));
        tum_val_unref(output);
    } else if (status->code == EXIT_SKIP) {
        tum_run_message(job->run, "the program said skip (exit status 77)");
        verdict = TUM_SKIP;
    } else if (status->code == EXIT_ERROR) {
        verdict = tum_run_unable(job->run, "the program said error (exit status 99)");
    } else {
        verdict = tum_run_failed(job->run, "exit status %d, expected %s", status->code,
                                 shown);
    }
    tum_free(shown);
    tum_val_unref(wanted);
    return verdict;
}

static void set_data(struct job *job, const struct tum_proc_status *status,
                     tum_time duration)
{
    struct tum_str output = tum_buf_str(&job->output);

    if (output.n > DATA_OUTPUT)
        output = tum_str_sub(output, output.n - DATA_OUTPUT, output.n);
    tum_run_set_data(job->run, "exit",
                     status->exited ? tum_val_int(status->code) : tum_val_none());
    tum_run_set_data(job->run, "signal",
                     !status->exited && !status->lost ? tum_val_int(status->signal)
                                                      : tum_val_none());
    tum_run_set_data(job->run, "output", tum_val_text_of(output));
    tum_run_set_data(job->run, "duration",
                     tum_val_float((double)(duration / TUM_US) / 1e6));
}

static enum tum_verdict start(struct job *job, const struct process_data *data,
                              tum_time grace)
{
    struct tum_proc_run_opts opts = {
        .proc = {TUM_PROC_OPTS, .argv = (const char *const *)job->argv,
                 .directory = job->directory, .env = (const char *const *)job->env,
                 .grace = grace},
        .input = tum_str_of(job->input != NULL ? job->input : ""),
        .stop = tum_run_stop(job->run),
        .wait_end = true,
        .merge = true,
        .on_output = listen,
        .ctx = job,
        .keep_none = true,
    };
    struct tum_buf text = TUM_BUF_INIT(256);
    struct tum_proc_result result;
    struct tum_error *err = NULL;
    tum_time begun = tum_now();
    enum tum_verdict verdict;

    tum_run_flush(job->run);
    if (!tum_proc_run(&opts, &result, &err)) {
        char *why = tum_error_text(err);
        bool stopped = err->kind == TUM_ERROR_STOPPED;

        tum_error_free(err);
        verdict = stopped ? tum_run_stopped(job->run)
                          : tum_run_unable(job->run, "'%s' could not be started: %s",
                                           job->argv[0], why);
        tum_free(why);
        return verdict;
    }
    tum_out_end(job->run);
    set_data(job, &result.status, tum_now() - begun);
    if (result.stopped) {
        verdict = tum_run_stopped(job->run);
    } else if (!result.status.exited) {
        tum_proc_status_text(&result.status, &text);
        verdict =
            tum_run_failed(job->run, "'%s' was ended by %s", job->argv[0], text.s);
    } else {
        tum_run_set_value(job->run, tum_val_int(result.status.code));
        verdict = judge(job, data, &result.status);
    }
    tum_buf_release(&text);
    tum_proc_result_release(&result);
    return verdict;
}

static enum tum_verdict process_run(struct tum_run *run, const struct tum_item *item)
{
    const struct process_data *data = tum_item_data(item);
    struct job job = {.run = run, .output = TUM_BUF_INIT(KEPT_OUTPUT)};
    enum tum_verdict verdict = TUM_FAIL;
    tum_time grace;
    char *folder;

    folder = tum_arg_text(run, data->directory);
    job.directory = folder != NULL ? tum_run_path(run, folder)
                                   : tum_var_text(run, "test_directory");
    tum_free(folder);
    job.input = tum_arg_text(run, data->input);
    job.mute = tum_arg_bool(run, data->mute);
    if (read_command(&job, data) && read_environment(&job, data) &&
        read_grace(&job, data, &grace))
        verdict = start(&job, data, grace);
    job_release(&job);
    return verdict;
}

const struct tum_item_type tum_item_process = {
    .keyword = "process",
    .row_type = "Process",
    .summary = "Runs a program and judges its exit status and output.",
    .params = process_params,
    .data_size = sizeof(struct process_data),
    .run = process_run,
};
