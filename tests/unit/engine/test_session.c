/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine with items of its own making: it knows none by name. What is expanded, what
 * load errors say, what an execution leaves.
 */
#include "unit.h"

#include "engine/session.h"
#include "tum/mem.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- two fake items ---- */

struct note_data {
    const struct tum_arg *text;
};

static const struct tum_param note_params[] = {
    {
        .name = "text",
        .doc = "What to note.",
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct note_data, text),
    },
    {0},
};

static enum tum_verdict note_run(struct tum_run *run, const struct tum_item *item)
{
    const struct note_data *data = tum_item_data(item);
    tum_val v = tum_arg_value(run, data->text);
    char *shown = tum_val_to_repr(v);

    tum_out(run, "note %s", shown);
    tum_free(shown);
    tum_val_unref(v);
    return TUM_PASS;
}

static const struct tum_item_type note_type = {
    .keyword = "note",
    .row_type = "Note",
    .summary = "Prints a value.",
    .params = note_params,
    .data_size = sizeof(struct note_data),
    .run = note_run,
};

static enum tum_verdict box_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_children children;

    (void)item;
    tum_children_run(run, &children);
    return tum_children_verdict(run, &children);
}

static const struct tum_item_type box_type = {
    .keyword = "box",
    .row_type = "Box",
    .summary = "Holds steps.",
    .flags = TUM_ITEM_CONTAINER,
    .run = box_run,
};

static const struct tum_item_type *const fakes[] = {&note_type, &box_type, NULL};

/* ---- running a text ---- */

struct outcome {
    struct tum_buf out; /* printed, or the findings when it does not load */
    int status;
};

static void collect(void *ctx, struct tum_str lines)
{
    tum_buf_addt(ctx, lines);
}

static void run_text(const char *text, const struct tum_define *defines, size_t count,
                     struct outcome *ret)
{
    char path[] = "/tmp/tum-test-XXXXXX.tum";
    int fd = mkstemps(path, 4);
    struct tum_session_opts opts = {
        .path = path,
        .items = fakes,
        .defines = defines,
        .define_count = count,
        .output = collect,
        .output_ctx = &ret->out,
    };
    struct tum_session *session;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    tum_buf_init(&ret->out, TUM_BUF_ANY);
    session = tum_session_new(&opts);
    if (tum_session_load(session)) {
        ret->status = tum_session_run(session);
    } else {
        ret->status = TUM_STATUS_USAGE;
        tum_session_show(session, false, &ret->out);
    }
    tum_session_free(session);
    unlink(path);
}

static const struct {
    const char *text;   /* of the parameter, in YAML */
    const char *define; /* value of the variable v */
    const char *want;   /* the line printed */
} expansions[] = {
    {"plain", "x", "note 'plain'"},
    {"$(v)", "x", "note 'x'"},
    {"a $(v) b", "x", "note 'a x b'"},
    {"'  $(n) '", "x", "note 3"},
    {"'  $(v) '", "x", "note '  x '"},
    {"$(name_$(v))", "x", "note 'inner'"},
    {"$(none)", "x", "note '$(none)'"},
    {"$()", "x", "note '$()'"},
    {"$(", "x", "note '$('"},
    {"<||>", "x", "note '<||>'"},
    {"[1, $(n), {k_$(v): $(v)}]", "x", "note [1, 3, {'k_x': 'x'}]"},
    {"{$(n): a, 3: b}", "x", "note {3: 'b'}"},
    {"$(a)", "x", "note '$(a)'"},
    {"$(self)", "x", "note [[[[[[[[[['$(self)']]]]]]]]]]"},
    {"<| $(n) + 4 |>", "x", "note 7"},
    {"is <| $(n) * 2 |>.", "x", "note 'is 6.'"},
    {"<| nope |>", "x", "note '<| nope |>'"},
    {"<| '$' + '(v)' |>", "x", "note 'x'"},
};

START_TEST(expands)
{
    struct tum_list_builder *self = tum_list_begin(1);
    struct tum_define defines[7];
    struct outcome got;
    char *campaign =
        tum_asprintf("main:\n  steps:\n    - note: {text: %s}\n", expansions[_i].text);
    char *line = tum_asprintf("%s\n", expansions[_i].want);
    char name_v[] = "v", name_n[] = "n", name_inner[] = "name_x", name_a[] = "a",
         name_b[] = "b", name_self[] = "self";

    tum_list_add(self, tum_val_str("$(self)"));
    defines[0] = (struct tum_define){name_v, tum_val_str(expansions[_i].define)};
    defines[1] = (struct tum_define){name_n, tum_val_int(3)};
    defines[2] = (struct tum_define){name_inner, tum_val_str("inner")};
    defines[3] = (struct tum_define){name_a, tum_val_str("$(b)")};
    defines[4] = (struct tum_define){name_b, tum_val_str("$(a)")};
    defines[5] = (struct tum_define){name_self, tum_list_end(self)};
    run_text(campaign, defines, 6, &got);
    ck_assert_msg(strstr(got.out.s, line) != NULL, "%s: printed\n%s",
                  expansions[_i].text, got.out.s);
    for (size_t i = 0; i < 6; i++)
        tum_val_unref(defines[i].value);
    tum_free(campaign);
    tum_free(line);
    tum_buf_release(&got.out);
}
END_TEST

static const struct {
    const char *text;
    int status;
    const char *says;
} campaigns[] = {
    {"main: {steps: []}", 0, "Test run success."},
    {"main: {steps: [note: {text: 1}]}", 0, "-----> step \"\" started"},
    {"main: {name: n, steps: [box: {steps: [note: {text: 1, expected_result: FAIL}]}]}",
     1, "Test run failed."},
    {"main: {skipped: yes, steps: []}", 1, "A test has been skipped"},
    {"main: {steps: [note: {text: 1, skipped: true}]}", 0, "Test is skipped."},
    {"main: {steps: [note: {}]}", 2, "'text' is missing"},
    {"main: {steps: [notes: {text: 1}]}", 2, "did you mean 'note'?"},
    {"main: {steps: [note: {text: 1}, box: 3]}", 2, "must be a mapping"},
    {"main: {steps: [box: {}]}", 2, "No 'steps' list found"},
    {"main: {steps: [note: {text: 1, retry: {count: -1}}]}", 2, "'count' of 'retry'"},
    {"main: {steps: [note: {text: 1, always: maybe}]}", 2, "'always'"},
    {"main: {steps: [note: {text: 1, time_limit: soon}]}", 1, "time_limit"},
    {"main: 5", 2, "'main' must be a mapping"},
    {"[]", 2, "root"},
    {"", 2, "root"},
    {"report: 1\nmain: {steps: []}", 2, "'report' must be a mapping"},
    {"report: {export: text}\nmain: {steps: []}", 2, "'export'"},
    {"config_file: [1]\nmain: {steps: []}", 2, "'config_file'"},
    {"post_execution: {file_name: nowhere.py}\nmain: {steps: []}", 2, "nowhere.py"},
};

START_TEST(loads_and_runs)
{
    struct outcome got;

    run_text(campaigns[_i].text, NULL, 0, &got);
    ck_assert_msg(got.status == campaigns[_i].status, "%s: status %d\n%s",
                  campaigns[_i].text, got.status, got.out.s);
    ck_assert_msg(strstr(got.out.s, campaigns[_i].says) != NULL, "%s: said\n%s",
                  campaigns[_i].text, got.out.s);
    tum_buf_release(&got.out);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, expands, 0, TUM_LEN(expansions));
    tcase_add_loop_test(t, loads_and_runs, 0, TUM_LEN(campaigns));
}

UNIT_MAIN("session", add)
