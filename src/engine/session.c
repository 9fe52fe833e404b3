/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A campaign from options to exit status: putting the parts together, and the order of
 * what happens at the start and at the end of a run.
 */
#include "engine/functions.h"
#include "engine/nested.h"

#include "base/path.h"
#include "tum/console.h"
#include "tum/mem.h"
#include "tum/plot.h"
#include <signal.h>

/* Bytes of a text that test_debug shows. */
#define DUMP_LIMIT ((size_t)1 << 20)

const char tum_version[] = TUM_VERSION;

/* ---- making and freeing ---- */

struct tum_session *tum_session_new(const struct tum_session_opts *opts)
{
    struct tum_session *session = tum_new(struct tum_session);
    struct tum_pyeval_opts python = {0};
    char *folder;

    session->opts = *opts;
    session->main_file = tum_path_absolute(opts->path);
    session->main_folder = tum_path_folder(session->main_file);
    session->sources = tum_sources_new();
    session->diags = tum_diags_new();
    session->docset = tum_docset_new(session->sources, session->diags);
    session->arena = tum_arena_new();
    session->scope = tum_scope_new();
    session->output = tum_output_new(opts->output, opts->output_ctx);
    session->bus = tum_bus_new();
    session->load_machine = tum_expr_machine_new();
    folder = opts->program != NULL ? tum_path_folder(opts->program) : tum_path_cwd();
    python.main_dir = folder;
    session->pyeval = tum_pyeval_new(&python);
    tum_functions_init(session);
    tum_free(folder);
    session->consoles = tum_consoles_new();
    session->plots = tum_plots_new();
    tum_lock_init(&session->machines_lock, TUM_RANK_CACHE);
    tum_lock_init(&session->warned_lock, TUM_RANK_CACHE);
    tum_lock_init(&session->held_lock, TUM_RANK_CACHE);
    session->warned = tum_strmap_new();
    session->named = tum_strmap_new();
    session->hard = tum_stop_new(NULL);
    session->soft = tum_stop_new(session->hard);
    session->log_limit = TUM_LOG_LIMIT;
    tum_nested_init(session);
    session->start = tum_now();
    return session;
}

void tum_session_free(struct tum_session *session)
{
    if (session == NULL)
        return;
    tum_overview_end(session);
    tum_plots_free(session->plots);
    tum_consoles_free(session->consoles);
    tum_free(session->record);
    tum_functions_end(session);
    tum_pyeval_free(session->pyeval);
    tum_output_free(session->output);
    tum_bus_free(session->bus);
    for (size_t i = 0; i < session->spare_machine_count; i++)
        tum_expr_machine_free(session->spare_machines[i]);
    tum_expr_machine_free(session->load_machine);
    tum_stop_unref(session->soft);
    tum_stop_unref(session->hard);
    tum_strmap_free(session->warned);
    tum_strmap_free(session->named);
    tum_lock_release(&session->machines_lock);
    tum_lock_release(&session->warned_lock);
    tum_lock_release(&session->held_lock);
    tum_free(session->held);
    tum_scope_free(session->scope);
    for (size_t i = 0; i < session->kept_count; i++)
        tum_val_unref(session->kept[i]);
    tum_free(session->kept);
    tum_val_unref(session->report.raw);
    tum_val_unref(session->report.exports);
    tum_free(session->report.database);
    tum_docset_free(session->docset);
    tum_diags_free(session->diags);
    tum_sources_free(session->sources);
    tum_arena_free(session->arena);
    tum_free(session->revision);
    tum_free(session->changes);
    tum_free(session->main_file);
    tum_free(session->main_folder);
    tum_free(session);
}

/* ---- loading ---- */

static char *text_variable(struct tum_session *session, const char *name)
{
    char *text = NULL;
    tum_val v;

    if (!tum_scope_get(session->scope, tum_str_of(name), &v))
        return NULL;
    if (v.kind == TUM_STR)
        text = tum_val_to_str(v);
    tum_val_unref(v);
    return text;
}

/* Publishes the interpreter that would be used; a tree that needs one must have it. */
static void find_python(struct tum_session *session)
{
    char *wanted = text_variable(session, "python_bin");
    char *found = tum_python_find(wanted);

    if (found != NULL && wanted == NULL)
        tum_session_set(session, "python_bin", tum_val_str(found));
    if (found == NULL && session->needs_python) {
        struct tum_finding *finding = tum_diag_error(
            session->diags, (struct tum_span){0},
            "this campaign needs a Python interpreter and none was found: looked for "
            "%s%s%spython3, python on PATH; set the variable 'python_bin'",
            wanted != NULL ? "'" : "", wanted != NULL ? wanted : "",
            wanted != NULL ? "', " : "");

        finding->file = tum_strdup(session->main_file);
    }
    tum_free(wanted);
    tum_free(found);
}

/* With test_debug: the text that was read, as rendered, with line numbers. */
static void dump_source(struct tum_session *session, uint32_t source)
{
    struct tum_str rest = tum_source_text(session->sources, source);
    struct tum_buf out = TUM_BUF_INIT(DUMP_LIMIT);
    struct tum_str line;
    bool more = true;
    unsigned number = 0;

    tum_session_debug(session, "%s:", tum_source_path(session->sources, source));
    while (!out.full && tum_str_split(&rest, &more, '\n', &line))
        tum_buf_addf(&out, "DEBUG %5u  %.*s\n", ++number, TUM_STR_ARG(line));
    tum_session_out(session, "%s%s", out.s, out.full ? "\nDEBUG [cut]" : "");
    tum_buf_release(&out);
}

static void dump_sources(struct tum_session *session)
{
    uint32_t last = 0;

    if (!tum_session_debugs(session))
        return;
    for (size_t i = 0; i < tum_diags_total(session->diags); i++) {
        const struct tum_finding *finding = tum_diags_at(session->diags, i);

        if (finding->severity == TUM_SEV_ERROR && finding->topic == TUM_TOPIC_SYNTAX &&
            finding->at.source != 0 && finding->at.source != last) {
            last = finding->at.source;
            dump_source(session, last);
        }
    }
}

/* Without another interpreter there is always ours. */
static void find_lua(struct tum_session *session)
{
    tum_val v;
    char *path;

    if (!session->needs_lua)
        return;
    if (tum_scope_get(session->scope, TUM_S("lua_bin"), &v)) {
        tum_val_unref(v);
        return;
    }
    path = tum_functions_lua(session);
    tum_session_set(session, "lua_bin", tum_val_str(path));
    tum_free(path);
}

bool tum_session_load(struct tum_session *session)
{
    const struct tum_node *root = NULL;
    bool read;

    if (!session->opts.check_only)
        tum_overview_start(session);
    read = tum_session_read(session, &root);
    if (read) {
        tum_session_build(session, root);
        tum_session_set(session, "_text_mode", tum_val_bool(true));
        tum_session_set(session, "_interactive",
                        tum_val_bool(session->opts.ask != NULL));
        find_python(session);
        find_lua(session);
    }
    tum_diags_sort(session->diags);
    if (tum_diags_count(session->diags, TUM_SEV_ERROR) > 0)
        dump_sources(session);
    tum_output_flush(session->output);
    if (tum_diags_count(session->diags, TUM_SEV_ERROR) > 0)
        return false;
    if (!read) {
        /* The reader owes a finding for every refusal. */
        tum_diag_error(session->diags, (struct tum_span){0}, "'%s' cannot be loaded",
                       session->main_file);
        return false;
    }
    return true;
}

struct tum_diags *tum_session_diags(struct tum_session *session)
{
    return session->diags;
}

const struct tum_sources *tum_session_sources(const struct tum_session *session)
{
    return session->sources;
}

const struct tum_item *tum_session_root(const struct tum_session *session)
{
    return session->root;
}

const char *tum_session_item_file(const struct tum_session *session,
                                  const struct tum_item *item)
{
    if (item->file_shown != NULL)
        return item->file_shown;
    return tum_source_path(session->sources, item->source);
}

const char *const *tum_session_files(const struct tum_session *session,
                                     size_t *ret_count)
{
    return tum_docset_files(session->docset, ret_count);
}

void tum_session_note_file(struct tum_session *session, const char *path)
{
    TUM_AUTO(tum_freep) char *absolute = tum_path_absolute(path);
    struct tum_str text = tum_str_of(absolute);

    tum_lock_enter(&session->warned_lock);
    if (tum_strmap_count(session->named) < TUM_NAMED_LIMIT)
        tum_strmap_set(session->named, text, session);
    tum_lock_leave(&session->warned_lock);
}

tum_val tum_session_named_files(struct tum_session *session)
{
    struct tum_list_builder *b = tum_list_begin(8);
    struct tum_str path;
    size_t cursor = 0;
    void *value;

    tum_lock_enter(&session->warned_lock);
    while (tum_strmap_next(session->named, &cursor, &path, &value))
        tum_list_add(b, tum_val_strn(path.s, path.n));
    tum_lock_leave(&session->warned_lock);
    return tum_list_end(b);
}

void tum_session_add_sink(struct tum_session *session, const struct tum_sink *sink)
{
    tum_bus_add(session->bus, sink);
}

void tum_session_show(struct tum_session *session, bool colour, struct tum_buf *out)
{
    size_t total = tum_diags_total(session->diags);

    for (size_t i = 0; i < total; i++) {
        const struct tum_finding *finding = tum_diags_at(session->diags, i);
        struct tum_place place;
        bool io = finding->topic == TUM_TOPIC_IO;
        const char *file = finding->file;

        if (finding->severity != TUM_SEV_ERROR)
            continue;
        tum_buf_adds(out, io ? "TUM I/O error:\n" : "TUM file syntax error:\n");
        if (tum_source_place(session->sources, finding->at, &place)) {
            tum_buf_addf(out, "In %s\"%s\", line %u\n", io ? "" : "File ", place.path,
                         place.line);
        } else {
            if (file == NULL)
                file = session->main_file;
            tum_buf_addf(out, "In %s\"%s\"\n", io ? "" : "File ", file);
        }
        if (finding->where != NULL)
            tum_buf_addf(out, "In: %s\n", finding->where);
        tum_diag_render(finding, session->sources, colour, out);
    }
}

/* ---- running ---- */

static void set_start_variables(struct tum_session *session)
{
    struct tum_wall wall;
    tum_val date;

    tum_wall_now(&wall);
    struct tum_date fields = {
        .year = wall.year,
        .month = wall.month,
        .day = wall.day,
        .has_time = true,
        .hour = wall.hour,
        .minute = wall.minute,
        .second = wall.second,
        .microsecond = wall.microsecond,
    };

    if (tum_val_date(&fields, &date))
        tum_session_set(session, "start_test_date", date);
    tum_session_set(session, "testrun_date",
                    tum_val_strf("%04d-%02d-%02d", wall.year, wall.month, wall.day));
    tum_session_set(
        session, "testrun_time",
        tum_val_strf("%02d:%02d:%02d", wall.hour, wall.minute, wall.second));
}

static void header(struct tum_session *session, const char *key, const char *value)
{
    if (session->store != NULL)
        tum_store_header(session->store, key, value != NULL ? value : "");
}

static void header_variable(struct tum_session *session, const char *key,
                            const char *variable)
{
    char *text = text_variable(session, variable);

    header(session, key, text);
    tum_free(text);
}

/* What the campaign inherited, and what a service needed to be usable. */
static void write_clean_start(struct tum_session *session, const char *respawned)
{
    const struct tum_host *host = session->opts.host;
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (host == NULL || host->clean_start == NULL)
        return;
    if (respawned == NULL || strcmp(host->clean_start, "yes") != 0)
        tum_buf_adds(&text, host->clean_start);
    if (respawned != NULL)
        tum_buf_addf(&text, "%s%s", text.len > 0 ? "; " : "", respawned);
    header(session, "clean_start", text.s);
    tum_buf_release(&text);
}

void tum_session_respawned(struct tum_session *session, const char *text)
{
    if (!atomic_exchange(&session->respawned, true))
        write_clean_start(session, text);
}

static void write_first_header(struct tum_session *session)
{
    struct tum_str base = tum_str_of(tum_path_base(session->main_file));
    size_t dot = base.n;
    char *name;

    while (dot > 0 && base.s[dot - 1] != '.')
        dot--;
    name = dot > 1 ? tum_strndup(base.s, dot - 1) : tum_strndup(base.s, base.n);
    header(session, "report_version", "0.1");
    header(session, "test_file", session->main_file);
    header(session, "test_name", name);
    header_variable(session, "test_revision", "test_version");
    header(session, "testium_version", tum_version);
    header_variable(session, "testrun_date", "testrun_date");
    header_variable(session, "testrun_time", "testrun_time");
    write_clean_start(session, session->main_need.text);
    atomic_store(&session->respawned, session->main_need.text != NULL);
    tum_free(name);
}

/* H:MM:SS.ffffff, without the fraction when it is 0; "1 day, …" from 24 h on. */
static void duration_text(tum_time duration, struct tum_buf *out)
{
    int64_t us = duration / TUM_US;
    int64_t seconds = us / 1000000;
    int64_t days = seconds / 86400;

    if (days > 0)
        tum_buf_addf(out, "%lld day%s, ", (long long)days, days == 1 ? "" : "s");
    seconds %= 86400;
    tum_buf_addf(out, "%lld:%02lld:%02lld", (long long)(seconds / 3600),
                 (long long)(seconds / 60 % 60), (long long)(seconds % 60));
    if (us % 1000000 != 0)
        tum_buf_addf(out, ".%06lld", (long long)(us % 1000000));
}

static void write_last_header(struct tum_session *session, enum tum_verdict verdict,
                              tum_time duration)
{
    struct tum_buf text = TUM_BUF_INIT(64);

    duration_text(duration, &text);
    header(session, "test_result", tum_verdict_text(verdict));
    header(session, "test_duration", text.s);
    tum_buf_release(&text);
}

static void add_test_output(struct tum_session *session)
{
    struct tum_list_builder *b = tum_list_begin(2);
    tum_val v;

    if (tum_scope_get(session->scope, TUM_S("test_outputs"), &v)) {
        tum_list_each (item, v)
            tum_list_add(b, tum_val_ref(*item));
        tum_val_unref(v);
    }
    /* Absolute: post execution does not run in the present folder. */
    if (session->report.database != NULL) {
        TUM_AUTO(tum_freep) char *path = tum_path_absolute(session->report.database);

        tum_list_add(b, tum_val_str(path));
    }
    tum_session_set(session, "test_outputs", tum_list_end(b));
}

/* Exports, then the database: nothing of it is held when post execution starts. */
static void close_report(struct tum_session *session, struct tum_branch *branch,
                         bool exporting)
{
    struct tum_error *err = NULL;
    struct tum_asker asker;

    if (session->store == NULL)
        return;
    if (exporting) {
        tum_asker_init_load(&asker, session);
        asker.machine = tum_branch_machine(branch);
        /* Made though the run was stopped. */
        tum_block_export(session, branch, &asker, session->report.exports, NULL,
                         session->hard);
    }
    if (!tum_store_close(session->store, &err)) {
        if (!atomic_exchange(&session->store_failed, true)) {
            char *text = tum_error_text(err);

            tum_session_out(session, "[report] The report cannot be written: %s.",
                            text);
            tum_free(text);
        }
        tum_error_free(err);
    }
    session->store = NULL;
}

static int exit_status(struct tum_session *session, const struct tum_executed *done)
{
    int signal = atomic_load(&session->stop_signal);

    if (signal != 0)
        return signal == SIGINT ? TUM_STATUS_INT : TUM_STATUS_TERM;
    if (atomic_load(&session->store_failed))
        return TUM_STATUS_INTERNAL;
    if (done->verdict == TUM_PASS || done->outcome == TUM_OUTCOME_KNOWN_FLAKY)
        return TUM_STATUS_PASSED;
    if (done->verdict == TUM_FAIL &&
        (done->outcome == TUM_OUTCOME_ERROR || done->outcome == TUM_OUTCOME_TIMEOUT ||
         done->outcome == TUM_OUTCOME_DEGRADED))
        return TUM_STATUS_INFRASTRUCTURE;
    return TUM_STATUS_FAILED;
}

static void emit_run(struct tum_session *session, enum tum_event_kind kind, int status,
                     const struct tum_executed *done)
{
    struct tum_event event = {
        .kind = kind,
        .branch = "",
        .message = "",
        .loop_index = -1,
        .status = status,
        .duration = tum_now() - session->start,
    };

    if (done != NULL) {
        event.verdict = done->verdict;
        event.outcome = done->outcome;
    }
    tum_bus_emit(session->bus, &event);
}

static void say_closing(void *ctx, const char *console)
{
    tum_session_out(ctx, "closing console %s", console);
}

static void say_closing_plot(void *ctx, const char *plot)
{
    tum_session_out(ctx, "closing plot %s", plot);
}

/* A recording that is not whole is not to be found out by its replay. */
static void tell_recording(struct tum_session *session)
{
    struct tum_buf what = TUM_BUF_INIT(TUM_BUF_ANY);

    if (tum_consoles_trouble(session->consoles, &what))
        tum_session_warn(session, "%s.", what.s);
    tum_buf_release(&what);
}

/* A campaign that asks for less than its recording has is another one, too. */
static void judge_replay(struct tum_session *session, struct tum_executed *done)
{
    struct tum_error *err = NULL;

    if (tum_stop_is_set(session->soft) || !tum_consoles_left(session->consoles, &err))
        return;
    if (done->verdict != TUM_FAIL) {
        done->verdict = TUM_FAIL;
        done->outcome = TUM_OUTCOME_FAILED;
    }
    tum_session_out(session, "[replay] The campaign %s.", err->text);
    tum_error_free(err);
}

static void finish(struct tum_session *session, struct tum_branch *branch,
                   const struct tum_executed *done)
{
    bool aborted = tum_stop_is_set(session->hard);
    tum_time duration = tum_now() - session->start;

    /* Their threads use the report until they end. */
    tum_plots_end_sources(session->plots);
    if (!aborted) {
        write_last_header(session, done->verdict, duration);
        add_test_output(session);
    }
    close_report(session, branch, !aborted);
    tum_consoles_close_all(session->consoles, say_closing, session);
    tell_recording(session);
    tum_plots_close_all(session->plots, say_closing_plot, session);
    if (session->any_skipped)
        tum_session_warn(session,
                         "A test has been skipped or disabled in this test run.");
    tum_session_out(session, done->verdict == TUM_PASS ? "Test run success."
                                                       : "Test run failed.");
    if (session->post_execution.kind == TUM_NONE)
        tum_session_info(session, "No post exec in this test.");
    else if (!aborted)
        tum_post_execute(session, branch, done->verdict == TUM_PASS);
    tum_functions_end(session);
}

static size_t log_limit(struct tum_session *session)
{
    int64_t limit;
    tum_val v;

    if (!tum_scope_get(session->scope, TUM_S("log_limit"), &v))
        return TUM_LOG_LIMIT;
    if (!tum_val_to_int64(v, &limit) || limit < 1024 || limit > (int64_t)1 << 32) {
        limit = (int64_t)TUM_LOG_LIMIT;
        if (v.kind != TUM_NONE)
            tum_session_warn_once(
                session, "'log_limit' is no number from 1024 to 2 ** 32: %lld is used.",
                (long long)limit);
    }
    tum_val_unref(v);
    return (size_t)limit;
}

/* Channels are recorded, or played from a recording. */
static bool start_tape(struct tum_session *session)
{
    const char *record =
        session->opts.record != NULL ? session->opts.record : session->record;
    struct tum_error *err = NULL;
    char *text;

    if (session->opts.replay != NULL) {
        if (tum_consoles_replay(session->consoles, session->opts.replay, &err))
            return true;
    } else if (record == NULL || tum_consoles_record(session->consoles, record, &err)) {
        return true;
    }
    text = tum_error_text(err);
    tum_session_out(session, "[record] %s. Nothing is run.", text);
    tum_free(text);
    tum_error_free(err);
    tum_output_flush(session->output);
    return false;
}

int tum_session_run(struct tum_session *session)
{
    struct tum_error *err = NULL;
    struct tum_executed done;
    struct tum_branch branch;
    int status;

    if (!start_tape(session))
        return TUM_STATUS_USAGE;
    session->log_limit = log_limit(session);
    set_start_variables(session);
    tum_overview_revision(session);
    if (!tum_block_open(session, &err)) {
        char *text = tum_error_text(err);

        tum_session_out(session,
                        "[report] The report cannot be written: %s. Nothing is run.",
                        text);
        tum_free(text);
        tum_error_free(err);
        tum_output_flush(session->output);
        return TUM_STATUS_INTERNAL;
    }
    tum_holding_begin(session);
    write_first_header(session);
    tum_overview_print(session);
    session->start = tum_now();
    emit_run(session, TUM_EVENT_RUN_STARTED, 0, NULL);

    tum_branch_init(&branch, session, tum_str_n("", 0));
    tum_item_execute(&branch, NULL, session->root, session->soft, false, &done);
    tum_holding_end(session);
    judge_replay(session, &done);
    finish(session, &branch, &done);
    tum_nested_tell(session);
    tum_branch_release(&branch);
    status = exit_status(session, &done);
    emit_run(session, TUM_EVENT_RUN_FINISHED, status, &done);
    tum_output_flush(session->output);
    return status;
}

void tum_session_stop(struct tum_session *session, int signal)
{
    int none = 0;

    if (atomic_compare_exchange_strong(&session->stop_signal, &none, signal))
        tum_stop_request(session->soft, TUM_STOP_USER);
    else
        tum_stop_request(session->hard, TUM_STOP_USER);
}
