/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root block `report` and exports: reading and checking at load, opening the database
 * at the start of the run, running exports at its end or for a `report` item.
 */
#include "engine/nested.h"
#include "engine/plugin.h"

#include "base/log.h"
#include "base/path.h"
#include "tum/export.h"
#include "tum/mem.h"
#include <errno.h>
#include <sys/stat.h>

/* ---- entries ---- */

static bool text_or_list(tum_val body, const char *field)
{
    tum_val v;

    if (!tum_map_peeks(body, field, &v) || v.kind == TUM_NONE || v.kind == TUM_STR)
        return true;
    return tum_val_is_seq(v);
}

static bool add_entry(struct tum_list_builder *b, tum_val format, tum_val body,
                      struct tum_error **err)
{
    struct tum_map_builder *entry;
    char *shown = tum_val_to_str(format);
    bool ok = true;

    if (body.kind != TUM_MAP)
        ok = tum_fail(
            err, TUM_ERROR_TYPE,
            "'report': entry '%s' of 'export' must be a mapping with the fields "
            "of the format, found %s",
            shown, tum_val_type_name(body));
    else if (!text_or_list(body, "pattern") || !text_or_list(body, "key"))
        ok = tum_fail(
            err, TUM_ERROR_TYPE,
            "'report': 'pattern' and 'key' of entry '%s' of 'export' must be a "
            "text or a list",
            shown);
    tum_free(shown);
    if (!ok)
        return false;
    entry = tum_map_begin(1);
    tum_map_add(entry, tum_val_ref(format), tum_val_ref(body));
    tum_list_add(b, tum_map_end(entry));
    return true;
}

bool tum_block_entries(tum_val exports, tum_val *ret, struct tum_error **err)
{
    struct tum_list_builder *b = tum_list_begin(4);
    char *shown;

    if (exports.kind == TUM_MAP) {
        tum_map_each (pair, exports) {
            if (!add_entry(b, pair->key, pair->value, err))
                goto fail;
        }
    } else if (tum_val_is_seq(exports)) {
        tum_list_each (item, exports) {
            if (item->kind != TUM_MAP || tum_map_len(*item) != 1) {
                shown = tum_val_to_repr(*item);
                tum_fail(
                    err, TUM_ERROR_TYPE,
                    "'report': an entry of 'export' must be a mapping with exactly "
                    "one key, the format, found %s",
                    shown);
                tum_free(shown);
                goto fail;
            }
            if (!add_entry(b, tum_map_entries(*item)->key,
                           tum_map_entries(*item)->value, err))
                goto fail;
        }
    } else if (exports.kind != TUM_NONE) {
        shown = tum_val_to_repr(exports);
        tum_fail(err, TUM_ERROR_TYPE,
                 "'report': 'export' must be a list or a mapping, found %s", shown);
        tum_free(shown);
        goto fail;
    }
    *ret = tum_list_end(b);
    return true;
fail:
    tum_list_drop(b);
    return false;
}

bool tum_block_read(struct tum_session *session, const struct tum_node *root)
{
    const struct tum_node *node = tum_node_get(root, "report");
    struct tum_error *err = NULL;
    struct tum_finding *finding;
    tum_val exports = tum_val_none();
    char *shown;

    if (tum_node_kind(node) == TUM_NODE_NULL || tum_node_kind(node) == TUM_NODE_BROKEN)
        return true;
    if (tum_node_kind(node) != TUM_NODE_MAP) {
        shown = tum_node_describe(node);
        tum_diag_error(session->diags, tum_node_at(node),
                       "'report' must be a mapping, found %s", shown);
        tum_free(shown);
        return false;
    }
    if (!tum_node_to_val(node, &session->report.raw, &err)) {
        tum_diag_take(session->diags, &err);
        return false;
    }
    tum_map_peeks(session->report.raw, "export", &exports);
    if (!tum_block_entries(exports, &session->report.exports, &err)) {
        err->at = tum_node_at(tum_node_get(node, "export"));
        finding = tum_diag_take(session->diags, &err);
        finding->where = tum_strdup("report > export");
        return false;
    }
    return true;
}

/* ---- the start of a run ---- */

static tum_val block_value(struct tum_session *session, const char *key)
{
    struct tum_asker asker;
    tum_val v;

    if (!tum_map_peeks(session->report.raw, key, &v))
        return tum_val_none();
    tum_asker_init_load(&asker, session);
    return tum_asker_expand(&asker, v);
}

static bool block_enabled(struct tum_session *session)
{
    tum_val v;
    bool enabled;

    if (session->report.raw.kind != TUM_MAP)
        return false;
    v = block_value(session, "enabled");
    enabled = !((v.kind == TUM_BOOL && !v.as.b) ||
                (v.kind == TUM_STR && tum_str_is_nocase(tum_val_text(v), "false")));
    tum_val_unref(v);
    return enabled;
}

static bool block_stores_log(struct tum_session *session)
{
    tum_val v = block_value(session, "log_stored");
    bool stores = (v.kind == TUM_BOOL && v.as.b) ||
                  (v.kind == TUM_STR && tum_str_is_nocase(tum_val_text(v), "true"));

    tum_val_unref(v);
    return stores;
}

static bool is_sqlite(tum_val entry)
{
    const struct tum_map_entry *pair = tum_map_entries(entry);

    return pair->key.kind == TUM_STR && tum_str_is(tum_val_text(pair->key), "sqlite");
}

/* `file_name` alone, `path` alone, or both joined; NULL: neither. For tum_free. */
static char *written_path(struct tum_asker *asker, tum_val body)
{
    tum_val path = tum_val_none(), name = tum_val_none();
    char *a = NULL, *b = NULL, *joined;

    if (tum_map_peeks(body, "path", &path))
        path = tum_asker_expand(asker, path);
    if (tum_map_peeks(body, "file_name", &name))
        name = tum_asker_expand(asker, name);
    if (path.kind != TUM_NONE)
        a = tum_val_to_str(path);
    if (name.kind != TUM_NONE)
        b = tum_val_to_str(name);
    tum_val_unref(path);
    tum_val_unref(name);
    if (a == NULL || b == NULL)
        return a != NULL ? a : b;
    joined = tum_path_join(a, b);
    tum_free(a);
    tum_free(b);
    return joined;
}

/* Folders between `root`, which exists, and the file. What cannot be made is said by who
   writes the file. */
static void make_folders(const char *root, char *path)
{
    for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            tum_log(TUM_AREA_ENGINE, 1, "no folder '%s'", path);
        *p = '/';
    }
}

/* In a batch, each campaign has a folder of its own for what it names relatively. */
static char *output_path(struct tum_asker *asker, tum_val body)
{
    const struct tum_host *host = asker->session->opts.host;
    char *path = written_path(asker, body);
    char *joined;

    if (path == NULL || host == NULL || host->report_folder == NULL || path[0] == '/')
        return path;
    joined = tum_path_join(host->report_folder, path);
    tum_free(path);
    path = tum_path_normalise(joined);
    tum_free(joined);
    if (strncmp(path, host->report_folder, strlen(host->report_folder)) == 0)
        make_folders(host->report_folder, path);
    return path;
}

/* The entry {TYPE: {path: PATH, pattern: [...]}} of the command line. */
static tum_val command_line_entry(const struct tum_session *session)
{
    const char *const *patterns = session->opts.report_patterns;
    struct tum_map_builder *body = tum_map_begin(2);
    struct tum_map_builder *entry = tum_map_begin(1);

    if (session->opts.report_file != NULL)
        tum_map_adds(body, "path", tum_val_str(session->opts.report_file));
    if (patterns != NULL) {
        struct tum_list_builder *b = tum_list_begin(4);

        for (size_t i = 0; patterns[i] != NULL; i++)
            tum_list_add(b, tum_val_str(patterns[i]));
        tum_map_adds(body, "pattern", tum_list_end(b));
    }
    tum_map_adds(entry, session->opts.report_type, tum_map_end(body));
    return tum_map_end(entry);
}

/* Splits the entries into the database and the exports proper. */
static bool sort_entries(struct tum_session *session, bool enabled,
                         struct tum_error **err)
{
    struct tum_report_block *report = &session->report;
    struct tum_list_builder *b = tum_list_begin(4);
    const char *type = session->opts.report_type;
    tum_val database = tum_val_none();
    bool ok = true;

    tum_list_each (entry, report->exports) {
        if (!enabled)
            break;
        if (is_sqlite(*entry))
            database = *entry;
        else if (type == NULL)
            tum_list_add(b, tum_val_ref(*entry));
    }
    tum_val_ref(database);
    if (type != NULL) {
        tum_val given = command_line_entry(session);

        if (strcmp(type, "sqlite") == 0) {
            tum_val_swap(&database, &given);
            tum_val_unref(given);
        } else {
            tum_list_add(b, given);
        }
    }
    tum_val_unref(report->exports);
    report->exports = tum_list_end(b);
    if (database.kind == TUM_MAP) {
        struct tum_asker asker;

        tum_asker_init_load(&asker, session);
        report->database = output_path(&asker, tum_map_entries(database)->value);
        if (report->database == NULL || report->database[0] == '\0')
            ok = tum_fail(err, TUM_ERROR_VALUE,
                          "no path is given in the 'sqlite' entry of 'export'");
    }
    tum_val_unref(database);
    return ok;
}

static void store_failed(void *ctx, const char *text)
{
    struct tum_session *session = ctx;
    struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);

    atomic_store(&session->store_failed, true);
    tum_buf_addf(
        &line, "[report] The report cannot be written: %s. The run is stopped.", text);
    tum_output_lines(session->output, tum_str_n("", 0), tum_buf_str(&line));
    tum_buf_release(&line);
    tum_stop_request(session->soft, TUM_STOP_FAULT);
}

bool tum_block_open(struct tum_session *session, struct tum_error **err)
{
    struct tum_report_block *report = &session->report;
    bool enabled = block_enabled(session);
    struct tum_store_opts opts = {.failed = store_failed, .ctx = session};

    report->on = enabled || session->opts.report_type != NULL;
    if (!report->on)
        return true;
    report->store_log = enabled && block_stores_log(session);
    if (!sort_entries(session, enabled, err))
        return false;
    opts.path = report->database;
    return tum_store_open(&opts, &session->store, err);
}

/* ---- exports ---- */

/* Texts of a filter; false when it is neither text nor list. */
static bool filter_texts(struct tum_asker *asker, tum_val body, const char *field,
                         tum_val *ret, struct tum_error **err)
{
    struct tum_list_builder *b;
    tum_val v, list;

    *ret = tum_val_none();
    if (!tum_map_peeks(body, field, &v))
        return true;
    v = tum_asker_expand(asker, v);
    b = tum_list_begin(4);
    if (v.kind == TUM_STR) {
        if (tum_val_text(v).n > 0)
            tum_list_add(b, tum_val_ref(v));
    } else if (tum_val_is_seq(v)) {
        tum_list_each (item, v) {
            char *text = tum_val_to_str(*item);

            tum_list_add(b, tum_val_str(text));
            tum_free(text);
        }
    } else if (v.kind != TUM_NONE) {
        char *shown = tum_val_to_repr(v);

        tum_fail(err, TUM_ERROR_TYPE, "'%s' must be a text or a list, found %s", field,
                 shown);
        tum_free(shown);
        tum_list_drop(b);
        tum_val_unref(v);
        return false;
    }
    list = tum_list_end(b);
    tum_val_unref(v);
    *ret = list;
    return true;
}

static const char **text_array(tum_val list, size_t *ret_count)
{
    const char **texts = tum_new_array(const char *, tum_list_len(list) + 1);
    size_t n = 0;

    tum_list_each (item, list)
        texts[n++] = tum_val_text(*item).s;
    *ret_count = n;
    return texts;
}

struct export_job {
    struct tum_session *session;
    struct tum_str prefix;
    struct tum_stop *stop;
};

static void export_output(void *ctx, struct tum_str text)
{
    struct export_job *job = ctx;

    if (text.n > 0)
        tum_output_lines(job->session->output, job->prefix, text);
}

static bool run_export(struct export_job *job, struct tum_asker *asker,
                       const char *format, const char *path, tum_val body,
                       const char *title, struct tum_error **err)
{
    struct tum_session *session = job->session;
    tum_val patterns = tum_val_none(), keys = tum_val_none();
    tum_val cmd = tum_val_none(), host = tum_val_none();
    const char **pattern_texts = NULL, **key_texts = NULL;
    char *host_ip = NULL;
    struct tum_report *report = NULL;
    struct tum_export_opts opts = {
        .path = path,
        .no_header = title != NULL,
        .title = title,
        .folder = session->main_folder,
        .stop = job->stop,
        .output = export_output,
        .output_ctx = job,
        .plugin = tum_plugin_export,
        .plugin_ctx = session,
    };
    bool ok = false;

    if (!filter_texts(asker, body, "pattern", &patterns, err) ||
        !filter_texts(asker, body, "key", &keys, err))
        goto out;
    pattern_texts = text_array(patterns, &opts.filter.pattern_count);
    key_texts = text_array(keys, &opts.filter.key_count);
    opts.filter.patterns = pattern_texts;
    opts.filter.keys = key_texts;
    if (tum_map_peeks(body, "cmd", &cmd)) {
        asker->hide_files = true;
        cmd = tum_asker_expand(asker, cmd);
        asker->hide_files = false;
        if (cmd.kind == TUM_STR)
            opts.cmd = tum_val_text(cmd).s;
    }
    if (tum_scope_get(session->scope, TUM_S("host_ip"), &host) && host.kind != TUM_NONE)
        opts.host_ip = host_ip = tum_val_to_str(host);
    if (!tum_report_open_store(session->store, &report, err))
        goto out;
    opts.report = report;
    tum_output_flush(session->output);
    ok = tum_export_run(format, &opts, err);
out:
    tum_report_close(report);
    tum_free(pattern_texts);
    tum_free(key_texts);
    tum_free(host_ip);
    tum_val_unref(patterns);
    tum_val_unref(keys);
    tum_val_unref(cmd);
    tum_val_unref(host);
    return ok;
}

/* False when it was stopped. */
static bool export_one(struct export_job *job, struct tum_asker *asker, tum_val entry,
                       const char *title)
{
    const struct tum_map_entry *pair = tum_map_entries(entry);
    tum_val name = tum_asker_expand(asker, pair->key);
    char *format = tum_val_to_str(name);
    char *path = output_path(asker, pair->value);
    struct tum_error *err = NULL;
    bool stopped = false;

    tum_val_unref(name);
    if (strcmp(format, "sqlite") != 0 &&
        !run_export(job, asker, format, path, pair->value, title, &err)) {
        struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);
        struct tum_buf wrapped = TUM_BUF_INIT(TUM_BUF_ANY);

        tum_export_skipped(&line, format, path, err);
        tum_wrap(&wrapped, tum_str_n("", 0), tum_str_n("", 0), tum_buf_str(&line));
        tum_output_lines(job->session->output, job->prefix, tum_buf_str(&wrapped));
        tum_buf_release(&line);
        tum_buf_release(&wrapped);
        stopped = err->kind == TUM_ERROR_STOPPED;
        tum_error_free(err);
    } else if (title == NULL && path != NULL && strcmp(format, "sqlite") != 0) {
        tum_nested_wrote(job->session, path);
    }
    tum_free(format);
    tum_free(path);
    return !stopped;
}

bool tum_block_export(struct tum_session *session, struct tum_branch *branch,
                      struct tum_asker *asker, tum_val exports, const char *title,
                      struct tum_stop *stop)
{
    struct export_job job = {
        .session = session,
        .prefix = branch != NULL ? branch->name : tum_str_n("", 0),
        .stop = stop,
    };

    if (session->store == NULL)
        return true;
    tum_list_each (entry, exports) {
        if (tum_stop_is_set(stop) || !export_one(&job, asker, *entry, title))
            return false;
    }
    return true;
}

bool tum_run_export(struct tum_run *run, tum_val exports, struct tum_error **err)
{
    struct tum_asker asker;
    tum_val whole, entries;
    char *title;
    bool ok;

    tum_asker_init(&asker, run);
    asker.hide_files = true; /* a command's, when it runs */
    whole = tum_asker_expand(&asker, exports);
    asker.hide_files = false;
    if (whole.kind == TUM_NONE)
        ok = tum_fail(err, TUM_ERROR_TYPE,
                      "'report': 'export' must be a list or a mapping, found null");
    else
        ok = tum_block_entries(whole, &entries, err);
    tum_val_unref(whole);
    if (!ok)
        return false;
    tum_val name = tum_val_strn(run->item->name, run->item->name_length);
    tum_val shown = tum_asker_expand(&asker, name);

    title = tum_val_to_str(shown);
    ok = tum_block_export(run->session, run->branch, &asker, entries, title,
                          run->stop) ||
         tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
    tum_free(title);
    tum_val_unref(shown);
    tum_val_unref(name);
    tum_val_unref(entries);
    return ok;
}
