/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum eval: an expression a line, its repr() or the name of its exception a line. What
 * the native evaluator does not cover goes to a Python worker, as in a run; variables
 * live as long as the command.
 */
#include "base/path.h"
#include "base/strmap.h"
#include "base/utf8.h"
#include "cli/cmd.h"
#include "cli/linewise.h"
#include "cli/live.h"
#include "cli/setup.h"
#include "engine/session.h"
#include "lang/expr.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include "worker/pyeval.h"

struct eval_opts {
    bool native_only;
};

static const struct tum_opt eval_rows[] = {
    {
        .name = "native-only",
        .kind = TUM_OPT_FLAG,
        .help = "answer ? where a Python worker would be needed",
        .field = TUM_OPT_FIELD(struct eval_opts, native_only),
    },
    {0},
};

static const struct tum_usage eval_usage = {
    .command = "eval",
    .synopsis = "tum eval [--native-only]",
    .about = "Reads one expression a line from standard input and prints one line for "
             "each:\n"
             "repr of the result, or ! and the name of the exception.",
    .opts = eval_rows,
};

struct evaluation {
    bool native_only;
    struct tum_expr_machine *machine;
    struct tum_pyeval *pyeval;    /* made when first needed */
    struct tum_strmap *variables; /* to tum_val */
    tum_time start;
    bool complained;
};

/* ---- what expressions see ---- */

static bool get_variable(void *ctx, struct tum_str name, tum_val *ret)
{
    struct evaluation *e = ctx;
    const tum_val *v = tum_strmap_get(e->variables, name);

    if (v == NULL)
        return false;
    *ret = tum_val_ref(*v);
    return true;
}

static void drop_value(void *value)
{
    tum_val *v = value;

    if (v == NULL)
        return;
    tum_val_unref(*v);
    tum_free(v);
}

static void set_variable(void *ctx, struct tum_str name, tum_val take)
{
    struct evaluation *e = ctx;
    tum_val *v = tum_new(tum_val);

    *v = take;
    drop_value(tum_strmap_set(e->variables, name, v));
}

static void remove_variable(void *ctx, struct tum_str name)
{
    struct evaluation *e = ctx;

    drop_value(tum_strmap_remove(e->variables, name));
}

static bool configure(void *ctx, struct tum_python_config *ret, struct tum_error **err)
{
    (void)ctx;
    (void)err;
    /* As in a run, modules beside the campaign are found: here the current folder. */
    *ret = (struct tum_python_config){.path = tum_new_array(char *, 2)};
    ret->path[0] = tum_path_cwd();
    return true;
}

static void warn(void *ctx, const char *text)
{
    (void)ctx;
    tum_complain("%s", text);
}

/* Standard output is for the answers. */
static void print_output(void *ctx, struct tum_str bytes)
{
    (void)ctx;
    tum_print_error(bytes);
}

static int64_t ticks(void *ctx)
{
    struct evaluation *e = ctx;

    return (tum_now() - e->start) / (100 * TUM_US);
}

static void reset_ticks(void *ctx)
{
    struct evaluation *e = ctx;

    e->start = tum_now();
}

/* ---- one line ---- */

/* An answer is one line, whatever a foreign repr() holds. */
static void add_line(struct tum_buf *out, const char *prefix, const char *text)
{
    tum_buf_adds(out, prefix);
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            tum_buf_adds(out, "\\n");
        else
            tum_buf_addc(out, *text);
    }
    tum_buf_addc(out, '\n');
}

static void ask_worker(struct evaluation *e, struct tum_str text, struct tum_buf *out)
{
    const struct tum_worker_host host = {
        .ctx = e,
        .configure = configure,
        .warn = warn,
        .get = get_variable,
        .set = set_variable,
        .del = remove_variable,
        .output = print_output,
        .ticks = ticks,
        .reset_ticks = reset_ticks,
    };
    struct tum_pyeval_result result;
    enum tum_pyeval_outcome outcome;

    if (e->pyeval == NULL)
        e->pyeval = tum_pyeval_new(&(struct tum_pyeval_opts){0});
    outcome = tum_pyeval_eval(e->pyeval, text, TUM_PYEVAL_REPR, &host, NULL, &result);
    if (result.repr != NULL) {
        add_line(out, "", result.repr);
    } else if (outcome == TUM_PYEVAL_RAISED && result.type != NULL) {
        add_line(out, "!", result.type);
    } else {
        add_line(out, "?", "");
        if (!e->complained)
            tum_complain("%s",
                         result.text != NULL ? result.text : "no answer of the worker");
        /* Without an interpreter every further line would say the same. */
        e->complained = outcome == TUM_PYEVAL_UNAVAILABLE;
    }
    tum_pyeval_result_release(&result);
}

static void answer(void *ctx, struct tum_str line, struct tum_buf *out)
{
    struct evaluation *e = ctx;
    const struct tum_expr_host host = {
        .ctx = e,
        .worker_started = e->pyeval != NULL && tum_pyeval_started(e->pyeval),
        .worker_patched = e->pyeval != NULL && tum_pyeval_patched(e->pyeval),
        .variable = get_variable,
    };
    struct tum_expr_result result;

    if (!tum_utf8_valid(line, NULL)) {
        add_line(out, "!", "SyntaxError"); /* as the interpreter says of its sources */
        return;
    }
    tum_expr_eval(e->machine, line, &host, TUM_EXPR_WANT_REPR, &result);
    switch (result.outcome) {
    case TUM_EXPR_VALUE:
        add_line(out, "", result.repr);
        break;
    case TUM_EXPR_RAISED:
        add_line(out, "!", result.type);
        break;
    case TUM_EXPR_UNSUPPORTED:
    case TUM_EXPR_STOPPED:
        if (e->native_only)
            add_line(out, "?", "");
        else
            ask_worker(e, line, out);
        break;
    }
    tum_expr_result_release(&result);
}

/* ---- the command ---- */

static int eval_lines(bool native_only)
{
    struct evaluation e = {
        .native_only = native_only,
        .machine = tum_expr_machine_new(),
        .variables = tum_strmap_new(),
        .start = tum_now(),
    };
    int status = tum_linewise(answer, &e);
    size_t cursor = 0;
    struct tum_str name;
    void *value;

    tum_pyeval_free(e.pyeval);
    tum_expr_machine_free(e.machine);
    while (tum_strmap_next(e.variables, &cursor, &name, &value))
        drop_value(value);
    tum_strmap_free(e.variables);
    tum_guardian_close(TUM_END_PATIENCE);
    return status;
}

static int eval_main(int argc, char **argv)
{
    struct eval_opts opts = {0};
    struct tum_line line;
    int status;

    if (tum_command_line(&eval_usage, argc, argv, &opts, &line, &status)) {
        if (line.words.count > 0)
            status = tum_command_wrong(
                &eval_usage, "unexpected word '%s': expressions come on standard input",
                line.words.words[0]);
        else
            status = eval_lines(opts.native_only);
    }
    tum_words_release(&line.words);
    return status;
}

const struct tum_command tum_command_eval = {.name = "eval", .run = eval_main};
