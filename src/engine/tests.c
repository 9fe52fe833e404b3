/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests written in Python: finding those of an item at load, a row for each at run.
 * Those of unittest run in one worker (functions.c); how pytest is run is in pytest.c.
 */
#include "engine/tests.h"

#include "base/path.h"
#include "engine/functions.h"
#include "engine/workerhost.h"
#include "tum/mem.h"

/* ---- parameters ---- */

static void add_name(struct tum_list_builder *b, tum_val v)
{
    TUM_AUTO(tum_freep) char *text = tum_val_to_str(v);

    if (v.kind != TUM_NONE && text[0] != '\0')
        tum_list_add(b, tum_val_str(text));
}

static tum_val method_names(tum_val v)
{
    struct tum_list_builder *b = tum_list_begin(4);

    if (tum_val_is_seq(v))
        tum_list_each (e, v)
            add_name(b, *e);
    else
        add_name(b, v);
    return tum_list_end(b);
}

static tum_val expanded(struct tum_load *load, const struct tum_arg *arg)
{
    return arg != NULL ? tum_load_expand(load, tum_arg_raw(arg)) : tum_val_none();
}

static char *test_file(struct tum_load *load, tum_val v, char **ret_why)
{
    struct tum_session *session = tum_load_session(load);
    char *text = v.kind == TUM_NONE ? tum_strdup("") : tum_val_to_str(v);
    char *path = NULL;

    if (text[0] == '\0')
        *ret_why = tum_strdup("'test_file' is empty");
    else
        path = tum_path_join(session->main_folder, text);
    if (path != NULL && !tum_path_is_file(path)) {
        *ret_why =
            tum_asprintf("the test file '%s' %s", path,
                         tum_path_exists(path) ? "is no file" : "does not exist");
        tum_free(path);
        path = NULL;
    }
    tum_free(text);
    return path;
}

/* ---- unittest ---- */

static void add_key(struct tum_buf *out, const char *key, tum_val v)
{
    struct tum_error *err = NULL;

    if (!tum_functions_add_value(out, key, v, &err))
        tum_error_free(err); /* texts can always be written */
}

/* What the worker is asked: the tests of an item, or to run one. */
struct question {
    const struct tum_tests *tests;
    const struct tum_item *item;
    const char *op;
    size_t index;
    struct tum_buf tail; /* the last lines printed, to be released */
};

static void make_call(const struct question *question, struct tum_buf *inside,
                      struct tum_buf *request)
{
    const struct tum_tests *tests = question->tests;
    tum_val file = tum_val_str(tests->file), folder = tum_val_str(tests->directory);

    tum_buf_addf(inside, "\"op\": \"%s\", \"item\": %u, \"index\": %zu", question->op,
                 question->item->index, question->index);
    add_key(inside, "file", file);
    add_key(inside, "methods", tests->methods);
    tum_buf_adds(request, "\"kind\": \"unittest\"");
    add_key(request, "directory", folder);
    tum_val_unref(file);
    tum_val_unref(folder);
}

static enum tum_pool_outcome talk(struct tum_session *session, struct tum_run *run,
                                  struct question *question,
                                  struct tum_pool_result *ret)
{
    TUM_AUTO(tum_buf_release) struct tum_buf inside = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf request = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_freep)
    char *what = tum_asprintf("unittest '%s'", question->item->name);
    struct tum_pool_call call;

    tum_buf_init(&question->tail, TUM_BUF_ANY);
    make_call(question, &inside, &request);
    call = (struct tum_pool_call){
        .lang = TUM_LANG_PYTHON,
        .kind = "unittest",
        .request = request.s,
        .context = tum_val_none(),
        /* It is made at load, when nobody knows yet whether there will be branches. */
        .threads = true,
        .what = what,
        .inside = tum_buf_str(&inside),
    };
    return tum_functions_talk(
        &(struct tum_func_talk){
            .session = session, .run = run, .call = &call, .tail = &question->tail},
        ret);
}

static char *death(const char *during, const struct tum_pool_result *result,
                   const struct tum_buf *tail)
{
    return tum_asprintf("the worker ended during %s: %s%s%s", during, result->text,
                        tail->len > 0 ? "; its last lines:\n" : "",
                        tail->len > 0 ? tail->s : "");
}

/* What stands in a reply that is no answer; tum_free. NULL: it is one. */
static char *complaint(tum_val reply)
{
    tum_val v, text = tum_val_none();

    if (tum_map_peeks(reply, "raised", &v)) {
        if (!tum_map_peeks(v, "traceback", &text))
            tum_map_peeks(v, "text", &text);
        return tum_strdup(tum_val_text(text).s != NULL ? tum_val_text(text).s : "");
    }
    if (tum_map_peeks(reply, "refused", &v) || tum_map_peeks(reply, "untold", &v))
        return tum_strdup(tum_val_text(v).s != NULL ? tum_val_text(v).s : "");
    return NULL;
}

static bool find_unittests(struct tum_load *load, struct tum_item *item,
                           struct tum_tests *tests, char **ret_why)
{
    struct question question = {.tests = tests, .item = item, .op = "tests"};
    struct tum_pool_result result;
    enum tum_pool_outcome outcome =
        talk(tum_load_session(load), NULL, &question, &result);
    tum_val v;

    if (outcome == TUM_POOL_LOST) {
        *ret_why = death("the loading of the file", &result, &question.tail);
    } else if (outcome != TUM_POOL_REPLIED) {
        *ret_why = tum_strdup(result.text != NULL ? result.text : "stopped");
    } else if ((*ret_why = complaint(result.reply)) == NULL &&
               tum_map_peeks(result.reply, "value", &v)) {
        tests->names = tum_val_ref(v);
    }
    tum_pool_result_release(&result);
    tum_buf_release(&question.tail);
    return *ret_why == NULL;
}

struct outcome {
    enum tum_verdict verdict;
    enum tum_outcome outcome;
    char *message; /* or NULL */
    tum_val data;
    bool died; /* the rest cannot be run */
    bool stopped;
};

static enum tum_verdict verdict_of(tum_val text)
{
    struct tum_str word = tum_val_text(text);

    return tum_str_is(word, "PASS")   ? TUM_PASS
           : tum_str_is(word, "SKIP") ? TUM_SKIP
                                      : TUM_FAIL;
}

static void read_outcome(tum_val reply, struct outcome *ret)
{
    tum_val value, v;

    if (!tum_map_peeks(reply, "value", &value))
        return;
    if (tum_map_peeks(value, "result", &v))
        ret->verdict = verdict_of(v);
    if (tum_map_peeks(value, "message", &v))
        ret->message = tum_strdup(tum_val_text(v).s);
    if (tum_map_peeks(reply, "reported", &v))
        ret->data = tum_val_ref(v);
}

static void run_unittest(struct tum_run *run, const struct tum_tests *tests,
                         size_t index, struct outcome *ret)
{
    struct question question = {
        .tests = tests, .item = run->item, .op = "test", .index = index};
    struct tum_pool_result result;

    *ret = (struct outcome){.verdict = TUM_FAIL, .data = tum_val_none()};
    switch (talk(run->session, run, &question, &result)) {
    case TUM_POOL_REPLIED:
        ret->message = complaint(result.reply);
        if (ret->message == NULL)
            read_outcome(result.reply, ret);
        break;
    case TUM_POOL_LOST:
        ret->died = true;
        ret->message = death("the test", &result, &question.tail);
        break;
    case TUM_POOL_STOPPED:
        ret->stopped = true;
        ret->outcome = TUM_OUTCOME_INTERRUPTED;
        ret->message = tum_strdup("aborted on stop request");
        break;
    case TUM_POOL_UNABLE:
        tum_run_set_outcome(run, TUM_OUTCOME_ERROR);
        ret->outcome = TUM_OUTCOME_ERROR;
        ret->died = true;
        ret->message = tum_strdup(result.text);
        break;
    case TUM_POOL_REFUSED:
        ret->message = tum_strdup(result.text);
        break;
    }
    tum_pool_result_release(&result);
    tum_buf_release(&question.tail);
}

void tum_tests_row(struct tum_run *run, const char *name, const char *row_type,
                   enum tum_verdict verdict, const char *message)
{
    struct tum_found_row row = {
        .name = name,
        .row_type = row_type,
        .verdict = verdict,
        .message = message,
        .data = tum_val_none(),
        .ticks_start = tum_run_found_begin(run, name, row_type),
    };

    tum_run_found_end(run, &row);
}

static enum tum_verdict
run_unittests(struct tum_run *run, const struct tum_tests *tests, const char *row_type)
{
    bool died = false, stopped = false;
    size_t index = 0, failed = 0;

    tum_list_each (name, tests->names) {
        const char *text = tum_val_text(*name).s;
        struct outcome outcome;
        struct tum_found_row row;

        if (died) {
            tum_tests_row(run, text, row_type, TUM_SKIP, "not executed");
            continue;
        }
        if (stopped || tum_stop_is_set(run->stop)) {
            stopped = true;
            break;
        }
        row = (struct tum_found_row){
            .name = text,
            .row_type = row_type,
            .ticks_start = tum_run_found_begin(run, text, row_type),
        };
        run_unittest(run, tests, index++, &outcome);
        row.verdict = outcome.verdict;
        row.outcome = outcome.outcome;
        row.message = outcome.message;
        row.data = outcome.data;
        tum_run_found_end(run, &row);
        failed += outcome.verdict == TUM_FAIL;
        died = outcome.died;
        stopped = outcome.stopped;
        tum_free(outcome.message);
        tum_val_unref(outcome.data);
        if (outcome.verdict == TUM_FAIL && !died && !stopped &&
            tum_arg_bool(run, run->item->common->stop_on_failure))
            break;
    }
    if (stopped)
        return tum_run_stopped_skip(run);
    tum_run_message(run, "unittest %s", failed > 0 ? "FAIL" : "PASS");
    return failed > 0 ? TUM_FAIL : TUM_PASS;
}

/* ---- both ---- */

bool tum_tests_load(struct tum_load *load, struct tum_item *item,
                    enum tum_test_frame frame, const struct tum_arg *file,
                    const struct tum_arg *methods, struct tum_tests *ret,
                    char **ret_why)
{
    struct tum_session *session = tum_load_session(load);
    tum_val file_value, method_value;
    TUM_AUTO(tum_freep) char *cwd = tum_path_cwd();
    TUM_AUTO(tum_freep) char *path = NULL;
    bool unable = false, ok = false;

    *ret_why = NULL;
    *ret = (struct tum_tests){.frame = frame, .names = tum_val_none()};
    if (session->looks)
        return true;
    file_value = expanded(load, file);
    method_value = expanded(load, methods);
    ret->methods = tum_load_keep(load, method_names(method_value));
    ret->directory = tum_arena_strndup(session->arena, cwd, strlen(cwd));
    path = test_file(load, file_value, ret_why);
    tum_val_unref(file_value);
    tum_val_unref(method_value);
    if (path != NULL) {
        ret->file = tum_arena_strndup(session->arena, path, strlen(path));
        tum_session_note_file(session, path);
        ok = frame == TUM_TEST_UNITTEST
                 ? find_unittests(load, item, ret, ret_why)
                 : tum_pytest_find(session, ret, ret_why, &unable);
    }
    ret->names = tum_load_keep(load, ret->names);
    item->load_unable = unable;
    return ok;
}

enum tum_verdict tum_tests_run(struct tum_run *run, const struct tum_tests *tests,
                               const char *row_type)
{
    return tests->frame == TUM_TEST_UNITTEST ? run_unittests(run, tests, row_type)
                                             : tum_pytest_run(run, tests, row_type);
}
