/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the project file, and finding and reading it. What its values mean is
 * known to those who use them.
 */
#include "batch/project.h"
#include "base/path.h"
#include "base/source.h"
#include "doc/docset.h"
#include "tum/mem.h"

/* ---- probes ---- */

static const struct tum_shape_key port_keys[] = {
    {"address", "The address to look at.", &tum_shape_port, true, NULL},
    {"open", "True: something must listen there; false: nothing may.", &tum_shape_flag,
     false, "false; true as ready or health of a service"},
    {"timeout", "Longest time the check may take.", &tum_shape_duration, false, "1"},
    {0},
};
static const struct tum_shape port_shape = {
    .kind = TUM_SHAPE_MAP, .keys = port_keys, .short_key = "address"};

static const struct tum_shape_key socket_keys[] = {
    {"path", "Path or glob of unix sockets that must be absent.", &tum_shape_text, true,
     NULL},
    {"clean", "True: --clean may remove one that nobody listens on.", &tum_shape_flag,
     false, "false"},
    {"open", "True: somebody must listen there.", &tum_shape_flag, false,
     "false; true as ready or health of a service"},
    {"timeout", "Longest time the check may take.", &tum_shape_duration, false, "1"},
    {0},
};
static const struct tum_shape socket_shape = {
    .kind = TUM_SHAPE_MAP, .keys = socket_keys, .short_key = "path"};

static const struct tum_shape_key process_keys[] = {
    {"under", "Folder of the executable or the current folder of the process.",
     &tum_shape_text, true, NULL},
    {"command", "Text that its command line holds.", &tum_shape_text, false, NULL},
    {"timeout", "Longest time the check may take.", &tum_shape_duration, false, "1"},
    {0},
};
static const struct tum_shape process_shape = {.kind = TUM_SHAPE_MAP,
                                               .keys = process_keys};

static const struct tum_shape status_shape = {
    .kind = TUM_SHAPE_INT, .min = 100, .max = 599};
static const struct tum_shape attempts_shape = {
    .kind = TUM_SHAPE_INT, .min = 1, .max = 1000};
static const struct tum_shape values_shape = {.kind = TUM_SHAPE_NAMED,
                                              .element = &tum_shape_any};
static const struct tum_shape_key http_keys[] = {
    {"url", "What is asked.", &tum_shape_text, true, NULL},
    {"method", "Method of the request.", &tum_shape_text, false, "GET"},
    {"headers", "Header fields of the request.", &tum_shape_variables, false, NULL},
    {"body", "Body of the request.", &tum_shape_text, false, NULL},
    {"json", "Body of the request, sent as JSON.", &tum_shape_any, false, NULL},
    {"status", "Status that the answer must have.", &status_shape, false, "200"},
    {"contains", "Text that the answer must hold.", &tum_shape_text, false, NULL},
    {"matches", "Regular expression that must be found in the answer.", &tum_shape_text,
     false, NULL},
    {"json_expected", "Values that the JSON answer must have: path (a.b.0) to value.",
     &values_shape, false, NULL},
    {"attempts", "How often it is tried while nobody answers.", &attempts_shape, false,
     "1"},
    {"backoff", "Time between the attempts.", &tum_shape_duration, false, "1"},
    {"insecure", "True: certificates are not checked.", &tum_shape_flag, false,
     "false"},
    {"timeout", "Time for one request.", &tum_shape_duration, false, "1"},
    {0},
};
static const struct tum_shape http_shape = {
    .kind = TUM_SHAPE_MAP, .keys = http_keys, .short_key = "url"};

static const struct tum_shape_key command_keys[] = {
    {"run", "The program and its arguments; exit status 0 is success.",
     &tum_shape_words, true, NULL},
    {"directory", "Where it runs.", &tum_shape_text, false, "."},
    {"timeout", "Longest time the check may take.", &tum_shape_duration, false, "1"},
    {0},
};
static const struct tum_shape command_shape = {
    .kind = TUM_SHAPE_MAP, .keys = command_keys, .short_key = "run"};

static const char *const venv_choices[] = {"required", "forbidden", "any", NULL};
static const struct tum_shape venv_shape = {.kind = TUM_SHAPE_TEXT,
                                            .choices = venv_choices};
static const struct tum_shape_key interpreter_keys[] = {
    {"python", "Versions that will do: \">=3.9\", \">=3.9,<3.13\".", &tum_shape_text,
     false, NULL},
    {"venv", "Whether it must be one of a virtual environment.", &venv_shape, false,
     "any"},
    {"modules", "Modules that must be importable.", &tum_shape_texts, false, NULL},
    {"under", "Folder below which a module of this project must be found.",
     &tum_shape_text, false, NULL},
    {"program", "The interpreter.", &tum_shape_text, false, "python3"},
    {"timeout", "Longest time the check may take.", &tum_shape_duration, false, "1"},
    {0},
};
static const struct tum_shape interpreter_shape = {.kind = TUM_SHAPE_MAP,
                                                   .keys = interpreter_keys};

static const struct tum_shape_key disk_keys[] = {
    {"path", "A folder of the file system.", &tum_shape_text, false, "."},
    {"free", "Space that must be free there.", &tum_shape_size, true, NULL},
    {"timeout", "Longest time the check may take.", &tum_shape_duration, false, "1"},
    {0},
};
static const struct tum_shape disk_shape = {.kind = TUM_SHAPE_MAP, .keys = disk_keys};

#define PROBE_KEYS                                                                     \
    {"port", "A TCP port.", &port_shape, false, NULL},                                 \
        {"socket", "A unix socket.", &socket_shape, false, NULL},                      \
        {"process", "No such process may run.", &process_shape, false, NULL},          \
        {"http", "A web server must answer.", &http_shape, false, NULL},               \
        {"command", "A program must succeed.", &command_shape, false, NULL},           \
        {"interpreter", "A Python interpreter must be usable.", &interpreter_shape,    \
         false, NULL},                                                                 \
        {"disk", "Free space.", &disk_shape, false, NULL},                             \
    {                                                                                  \
        "env", "Variables that must be set.", &tum_shape_texts, false, NULL            \
    }

static const struct tum_shape_key probe_keys[] = {PROBE_KEYS, {0}};
static const struct tum_shape probe_shape = {
    .kind = TUM_SHAPE_ONE, .what = "a mapping with one probe", .keys = probe_keys};
static const struct tum_shape probes_shape = {
    .kind = TUM_SHAPE_LIST, .what = "a list of probes", .element = &probe_shape};

/* ---- services ---- */

static const struct tum_shape_key ready_keys[] = {
    PROBE_KEYS,
    {"within", "Longest time until it is ready.", &tum_shape_duration, false, "15"},
    {0},
};
static const struct tum_shape ready_shape = {.kind = TUM_SHAPE_MAP, .keys = ready_keys};

static const struct tum_shape_key stop_keys[] = {
    {"signal", "The signal that asks it to end.", &tum_shape_text, false, "TERM"},
    {"grace", "Time until it is killed.", &tum_shape_duration, false, "5"},
    {0},
};
static const struct tum_shape stop_shape = {.kind = TUM_SHAPE_MAP, .keys = stop_keys};

static const char *const scope_choices[] = {"batch", "campaign", NULL};
static const struct tum_shape scope_shape = {.kind = TUM_SHAPE_TEXT,
                                             .choices = scope_choices};
static const char *const degraded_choices[] = {"respawn", "fail", "skip", NULL};
static const struct tum_shape degraded_shape = {.kind = TUM_SHAPE_TEXT,
                                                .choices = degraded_choices};
static const struct tum_shape_key service_keys[] = {
    {"command", "The program and its arguments.", &tum_shape_words, true, NULL},
    {"scope", "batch: shared by all campaigns; campaign: a fresh one for each.",
     &scope_shape, false, "batch"},
    {"ready", "When it can be used, and how long that may take.", &ready_shape, false,
     NULL},
    {"health", "Whether it still can be used.", &probe_shape, false, NULL},
    {"on_degraded", "What is done when it is not healthy.", &degraded_shape, false,
     "respawn"},
    {"stop", "How it is ended.", &stop_shape, false, NULL},
    {"environment", "Variables added to its environment; null removes one.",
     &tum_shape_variables, false, NULL},
    {"directory", "Where it runs.", &tum_shape_text, false, "."},
    {0},
};
static const struct tum_shape service_shape = {.kind = TUM_SHAPE_MAP,
                                               .keys = service_keys};
static const struct tum_shape services_shape = {.kind = TUM_SHAPE_NAMED,
                                                .element = &service_shape};

/* ---- the rest ---- */

static const struct tum_shape_key map_keys[] = {
    {"when", "Globs of changed files, relative to this file.", &tum_shape_texts, true,
     NULL},
    {"run", "What to run for them: files, folders, globs, node addresses.",
     &tum_shape_texts, true, NULL},
    {0},
};
static const struct tum_shape map_entry_shape = {.kind = TUM_SHAPE_MAP,
                                                 .keys = map_keys};
static const struct tum_shape map_shape = {
    .kind = TUM_SHAPE_LIST, .what = "a list of rules", .element = &map_entry_shape};

static const struct tum_shape_key flaky_keys[] = {
    {"node", "Address of the node, or a glob of addresses.", &tum_shape_text, true,
     NULL},
    {"reason", "Why it is flaky.", &tum_shape_text, false, NULL},
    {"until", "Last day on which the entry counts.", &tum_shape_date, false, NULL},
    {"retries", "How often the node is tried again.", &tum_shape_int, false, "0"},
    {0},
};
static const struct tum_shape flaky_entry_shape = {.kind = TUM_SHAPE_MAP,
                                                   .keys = flaky_keys};
static const struct tum_shape flaky_shape = {
    .kind = TUM_SHAPE_LIST, .what = "a list of nodes", .element = &flaky_entry_shape};

static const struct tum_shape_key infra_keys[] = {
    {"retries", "Re-runs after an infrastructure error.", &tum_shape_int, false, "2"},
    {"delay", "Time before each.", &tum_shape_duration, false, "30"},
    {0},
};
static const struct tum_shape infra_shape = {.kind = TUM_SHAPE_MAP, .keys = infra_keys};

static const struct tum_shape_key gate_keys[] = {
    {"enabled", "False: the gate passes at once, as skipped.", &tum_shape_flag, false,
     "true"},
    {"scope", "Globs of the branches it applies to.", &tum_shape_texts, false, "[*]"},
    {"target", "What to run.", &tum_shape_texts, false, "testpaths"},
    {"timeout", "Bound of the whole run.", &tum_shape_any, false, "900"},
    {"smoke", "Read-only probes after a regression that passed.", &probes_shape, false,
     NULL},
    {"infra", "Budget of re-runs after infrastructure errors.", &infra_shape, false,
     NULL},
    {"report", "Where the report is written.", &tum_shape_text, false, NULL},
    {"notify", "Command that is run once when the budget is spent.", &tum_shape_words,
     false, NULL},
    {0},
};
static const struct tum_shape gate_shape = {.kind = TUM_SHAPE_MAP, .keys = gate_keys};

static const struct tum_shape_key project_keys[] = {
    {"testpaths", "What is run when no path is given.", &tum_shape_texts, false, NULL},
    {"ignore", "Globs of files and folders that are not searched.", &tum_shape_texts,
     false, NULL},
    {"map", "Which campaigns changed files concern.", &map_shape, false, NULL},
    {"otherwise", "What to run for a changed file that nothing else names.",
     &tum_shape_texts, false, NULL},
    {"flaky", "Nodes that are known to be flaky.", &flaky_shape, false, NULL},
    {"preflight", "Checks before the batch and before every campaign.", &probes_shape,
     false, NULL},
    {"clean", "True: as the option --clean.", &tum_shape_flag, false, "false"},
    {"services", "Long-lived processes that campaigns use.", &services_shape, false,
     NULL},
    {"on_exhausted", "Command that is run when an infrastructure budget is spent.",
     &tum_shape_words, false, NULL},
    {"gate", "The verdict for a pipeline.", &gate_shape, false, NULL},
    {0},
};
const struct tum_shape tum_project_shape = {.kind = TUM_SHAPE_MAP,
                                            .keys = project_keys};

/* ---- finding ---- */

char *tum_worktree_of(const char *folder)
{
    char *at = tum_path_absolute(folder);

    for (;;) {
        TUM_AUTO(tum_freep) char *mark = tum_path_join(at, ".git");
        char *up;

        if (tum_path_exists(mark))
            return at;
        up = tum_path_folder(at);
        if (strcmp(up, at) == 0) {
            tum_free(up);
            tum_free(at);
            return NULL;
        }
        tum_free(at);
        at = up;
    }
}

/* Absolute path of the file, or NULL; from the folder up to `top`, or to the root. */
static char *find_file(const char *folder, const char *top)
{
    char *at = tum_path_absolute(folder);

    for (;;) {
        char *file = tum_path_join(at, TUM_PROJECT_FILE);
        char *up;

        if (tum_path_is_file(file)) {
            tum_free(at);
            return file;
        }
        tum_free(file);
        if ((top != NULL && strcmp(at, top) == 0) || strcmp(at, "/") == 0) {
            tum_free(at);
            return NULL;
        }
        up = tum_path_folder(at);
        tum_free(at);
        at = up;
    }
}

static void show(struct tum_diags *diags, const struct tum_sources *sources,
                 struct tum_buf *out)
{
    tum_diags_sort(diags);
    for (size_t i = 0; i < tum_diags_total(diags); i++)
        tum_diag_render(tum_diags_at(diags, i), sources, false, out);
}

static bool read_file(struct tum_project *project, struct tum_buf *findings)
{
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    struct tum_docset *docset = tum_docset_new(sources, diags);
    const struct tum_doc_request request = {.path = project->file};
    const struct tum_node *root = NULL;
    bool ok;

    ok = tum_docset_load(docset, &request, &root);
    if (ok) {
        ok = tum_shape_read(&tum_project_shape, root, diags, &project->config) &&
             tum_diags_count(diags, TUM_SEV_ERROR) == 0;
    }
    if (!ok)
        show(diags, sources, findings);
    tum_docset_free(docset);
    tum_diags_free(diags);
    tum_sources_free(sources);
    return ok;
}

bool tum_project_exists(const char *folder)
{
    TUM_AUTO(tum_freep) char *top = tum_worktree_of(folder);
    TUM_AUTO(tum_freep) char *file = find_file(folder, top);

    return file != NULL;
}

struct tum_project *tum_project_find(const char *folder)
{
    struct tum_project *project = tum_new(struct tum_project);

    project->top = tum_worktree_of(folder);
    project->file = find_file(folder, project->top);
    project->root = project->file != NULL ? tum_path_folder(project->file)
                                          : tum_path_absolute(folder);
    project->config = tum_map_end(tum_map_begin(0));
    return project;
}

bool tum_project_read(struct tum_project *project, struct tum_buf *findings)
{
    tum_val empty = project->config;

    if (project->file == NULL)
        return true;
    project->config = tum_val_none();
    if (!read_file(project, findings)) {
        project->config = empty;
        return false;
    }
    if (project->config.kind == TUM_MAP) {
        tum_val_unref(empty);
    } else {
        tum_val_unref(project->config);
        project->config = empty;
    }
    return true;
}

bool tum_project_load(const char *folder, struct tum_project **ret,
                      struct tum_buf *findings)
{
    struct tum_project *project = tum_project_find(folder);

    if (!tum_project_read(project, findings)) {
        tum_project_free(project);
        return false;
    }
    *ret = project;
    return true;
}

void tum_project_free(struct tum_project *project)
{
    if (project == NULL)
        return;
    tum_free(project->file);
    tum_free(project->root);
    tum_free(project->top);
    tum_val_unref(project->config);
    tum_free(project);
}

char *tum_project_path(const struct tum_project *project, const char *path)
{
    TUM_AUTO(tum_freep) char *joined = tum_path_join(project->root, path);

    return tum_path_normalise(joined);
}

void tum_project_schema(struct tum_buf *out)
{
    static const struct tum_json_style style = {.indent = 2};
    struct tum_map_builder *b = tum_map_begin(8);
    tum_val body = tum_shape_schema(&tum_project_shape), whole;
    struct tum_error *err = NULL;

    tum_map_adds(b, "$schema",
                 tum_val_str("https://json-schema.org/draft/2020-12/schema"));
    tum_map_adds(b, "$id", tum_val_str("urn:tum:project-schema:1"));
    tum_map_adds(b, "title", tum_val_str("tum.yaml"));
    tum_map_adds(b, "$comment",
                 tum_val_str("Generated by tum schema --project. Do not edit."));
    tum_map_merge(b, body);
    whole = tum_map_end(b);
    tum_val_unref(body);
    if (!tum_json_write(out, whole, &style, &err))
        tum_bug("the schema is no JSON");
    tum_buf_addc(out, '\n');
    tum_val_unref(whole);
}
