/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything a run was loaded from: reads each file once, renders templates, parses each
 * text once, and answers loads.
 *
 * Not here: what an include tag means (include.c), what a file is as text (filetext.c).
 */
#include "doc/docs.h"

#include "base/path.h"
#include "doc/filetext.h"
#include "doc/yamlread.h"
#include "tmpl/tmpl.h"
#include "tum/mem.h"

/* ---- life ---- */

struct tum_docset *tum_docset_new(struct tum_sources *sources, struct tum_diags *diags)
{
    struct tum_docset *set = tum_new(struct tum_docset);

    set->sources = sources;
    set->diags = diags;
    set->files = tum_strmap_new();
    set->rendered = tum_strmap_new();
    tum_nodepool_init(&set->pool);
    return set;
}

void tum_docset_free(struct tum_docset *set)
{
    if (set == NULL)
        return;
    while (set->first_doc != NULL) {
        struct tum_doc *doc = set->first_doc;
        set->first_doc = doc->next;
        tum_free(doc);
    }
    while (set->first_file != NULL) {
        struct tum_file *file = set->first_file;
        set->first_file = file->next;
        tum_free(file->path);
        tum_free(file->folder);
        tum_free(file);
    }
    tum_strmap_free(set->files);
    tum_strmap_free(set->rendered);
    tum_free(set->paths);
    tum_nodepool_release(&set->pool);
    tum_free(set);
}

const char *const *tum_docset_files(const struct tum_docset *set, size_t *ret_count)
{
    *ret_count = set->path_count;
    return set->paths;
}

size_t tum_docset_memory(const struct tum_docset *set)
{
    return tum_nodepool_memory(&set->pool);
}

/* ---- files ---- */

/* Takes text. A mistake of the text is *err, at its place. */
static struct tum_file *new_file(struct tum_docset *set, const char *path, char *text,
                                 size_t length, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *wrong = NULL;
    size_t bad = 0;

    length = tum_filetext_normalise(text, length);
    tum_filetext_check(&text, &length, &bad, &wrong);
    if (length > UINT32_MAX - 1) {
        tum_free(text);
        tum_fail(err, TUM_ERROR_LIMIT, "'%s' is too large", path);
        return NULL;
    }

    uint32_t source = tum_source_add(set->sources, path, text, length);

    if (source >= TUM_SOURCE_LIMIT) {
        tum_fail(err, TUM_ERROR_LIMIT,
                 "reading '%s': more than %u texts in one session", path,
                 (unsigned)TUM_SOURCE_LIMIT);
        return NULL;
    }
    if (wrong != NULL) {
        tum_fail_at(err, TUM_ERROR_SYNTAX, (struct tum_span){source, (uint32_t)bad, 1},
                    "%s", wrong);
        return NULL;
    }

    struct tum_file *file = tum_new(struct tum_file);

    file->path = tum_strdup(path);
    file->folder = tum_path_folder(path);
    file->source = source;
    file->next = set->first_file;
    set->first_file = file;
    return file;
}

struct tum_file *tum_doc_file(struct tum_docset *set, const char *path,
                              struct tum_error **err)
{
    struct tum_file *file = tum_strmap_get(set->files, tum_str_of(path));
    size_t length;
    char *text;

    if (file != NULL)
        return file;
    if (!tum_filetext_read(path, &text, &length, err))
        return NULL;
    file = new_file(set, path, text, length, err);
    if (file == NULL)
        return NULL;
    tum_strmap_set(set->files, tum_str_of(path), file);
    tum_grow(&set->paths, &set->path_cap, set->path_count + 1);
    set->paths[set->path_count++] = file->path;
    return file;
}

/* ---- texts ---- */

static struct tum_doc *new_doc(struct tum_docset *set, struct tum_file *file,
                               uint32_t source, size_t length, bool is_template)
{
    struct tum_doc *doc = tum_new(struct tum_doc);

    *doc = (struct tum_doc){
        .file = file,
        .source = source,
        .length = length,
        .is_template = is_template,
        .next = set->first_doc,
    };
    set->first_doc = doc;
    return doc;
}

/* The file's own text, without the line break that rendering drops. */
static struct tum_doc *whole_doc(struct tum_docset *set, struct tum_file *file,
                                 bool is_template)
{
    struct tum_str text = tum_source_text(set->sources, file->source);
    size_t length = text.n;

    if (file->whole[is_template] == NULL) {
        if (is_template && length > 0 && text.s[length - 1] == '\n')
            length--;
        file->whole[is_template] =
            new_doc(set, file, file->source, length, is_template);
    }
    return file->whole[is_template];
}

/* The document of a rendered text, which is taken; NULL with *err at a limit. */
static struct tum_doc *rendered_doc(struct tum_docset *set, struct tum_file *file,
                                    char *text, size_t length,
                                    const struct tum_segment *segments, size_t count,
                                    struct tum_error **err)
{
    struct tum_str rendered = {text, length};
    struct {
        const struct tum_file *file;
        uint64_t hash;
    } key = {file, tum_str_hash(rendered)};
    struct tum_str key_text = {(const char *)&key, sizeof(key)};
    struct tum_doc *first = tum_strmap_get(set->rendered, key_text);

    for (struct tum_doc *doc = first; doc != NULL; doc = doc->same)
        if (tum_str_eq(rendered, tum_source_text(set->sources, doc->source))) {
            tum_free(text);
            return doc;
        }

    uint32_t source = tum_source_add_derived(set->sources, file->source, text, length,
                                             segments, count);

    if (source >= TUM_SOURCE_LIMIT) {
        tum_fail(err, TUM_ERROR_LIMIT,
                 "rendering '%s': more than %u texts in one session", file->path,
                 (unsigned)TUM_SOURCE_LIMIT);
        return NULL;
    }

    struct tum_doc *doc = new_doc(set, file, source, length, true);

    doc->hash = key.hash;
    doc->same = first;
    tum_strmap_set(set->rendered, key_text, doc);
    return doc;
}

/* ---- rendering ---- */

/* The names a template sees before the variables. */
static tum_val template_names(const struct tum_file *file, tum_val params)
{
    struct tum_map_builder *names = tum_map_begin(tum_map_len(params) + 1);

    tum_map_merge(names, params);
    tum_map_adds(names, "include_directory", tum_val_str(file->folder));
    return tum_map_end(names);
}

static bool is_syntax_error(const struct tum_error *err)
{
    return err->type != NULL && (strcmp(err->type, "TemplateSyntaxError") == 0 ||
                                 strcmp(err->type, "TemplateAssertionError") == 0);
}

/* Adds what is wrong with a template; takes err. `at`: the include tag. */
static void template_mistake(struct tum_doc_load *load, struct tum_file *file,
                             struct tum_error *err, struct tum_span at)
{
    bool syntax = is_syntax_error(err);
    bool said = syntax && file->bad_template;

    load->mistakes.count++;
    file->bad_template = file->bad_template || syntax;
    if ((load->request->lenient && !syntax) || said) {
        tum_error_free(err);
        return;
    }
    tum_diag_take(load->set->diags, &err);
    if (at.source != 0)
        tum_diag_note(load->set->diags, at, "included here");
}

static struct tum_doc *render(struct tum_doc_load *load, struct tum_file *file,
                              tum_val params, struct tum_span at)
{
    struct tum_docset *set = load->set;
    const struct tum_doc_request *request = load->request;
    TUM_AUTO(tum_val_release) tum_val names = template_names(file, params);
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_TMPL_OUTPUT_LIMIT);
    TUM_AUTO(tum_freep) struct tum_segment *segments = NULL;
    struct tum_tmpl_opts opts = {
        .ctx = request->ctx,
        .lookup = request->lookup,
        .names = names,
        .lenient = request->lenient,
    };
    struct tum_error *err = NULL;
    struct tum_doc *doc = NULL;
    size_t count = 0;

    if (tum_tmpl_render(set->sources, file->source, &opts, &out, &segments, &count,
                        &err)) {
        size_t length = out.len;
        doc = rendered_doc(set, file, tum_buf_detach(&out), length, segments, count,
                           &err);
    }
    if (doc == NULL)
        template_mistake(load, file, err, at);
    return doc;
}

/* ---- parsing ---- */

/* False when there is no tree, or, in a lenient load, a wrong one. */
static bool parse(struct tum_doc_load *load, struct tum_doc *doc)
{
    struct tum_docset *set = load->set;
    struct tum_mistakes mistakes = load->mistakes;

    if (doc->parsed) {
        load->mistakes.count += doc->mistakes;
        return doc->root != NULL;
    }
    mistakes.count = 0;
    const struct tum_tree_opts opts = {
        .pool = &set->pool,
        .mistakes = &mistakes,
        .source = doc->source,
        .text = tum_source_text(set->sources, doc->source),
        .includes = doc->is_template,
    };

    doc->root = tum_yaml_read(&opts, doc->length, &doc->includes);
    doc->mistakes = mistakes.count;
    load->mistakes.count += mistakes.count;
    /* A wrong text of a lenient load is read again when its mistakes may be said. */
    doc->parsed = !mistakes.lenient || mistakes.count == 0;
    return doc->root != NULL;
}

/* Looked for once: a large file is loaded three times. */
static bool has_tags(const struct tum_docset *set, struct tum_file *file)
{
    if (!file->scanned) {
        file->has_tags = tum_tmpl_needed(tum_source_text(set->sources, file->source));
        file->scanned = true;
    }
    return file->has_tags;
}

struct tum_doc *tum_doc_read(struct tum_doc_load *load, struct tum_file *file,
                             tum_val params, struct tum_span at)
{
    bool is_template = load->request->template;
    struct tum_doc *doc = is_template && has_tags(load->set, file)
                              ? render(load, file, params, at)
                              : whole_doc(load->set, file, is_template);

    return doc != NULL && parse(load, doc) ? doc : NULL;
}

/* ---- loading ---- */

/* The file of the request itself. Adds the mistake when it cannot be had. */
static struct tum_file *main_file(struct tum_doc_load *load)
{
    const struct tum_doc_request *request = load->request;
    struct tum_docset *set = load->set;
    struct tum_error *err = NULL;
    struct tum_file *file;

    if (request->text.s != NULL)
        file =
            new_file(set, request->path, tum_strndup(request->text.s, request->text.n),
                     request->text.n, &err);
    else
        file = tum_doc_file(set, request->path, &err);
    if (file != NULL)
        return file;

    struct tum_span at = tum_error_at(err);
    TUM_AUTO(tum_freep) char *why = tum_error_text(err);

    tum_error_free(err);
    if (at.source != 0) {
        tum_mistake_add(&load->mistakes, at, "%s", why);
    } else {
        load->mistakes.count++;
        if (!request->lenient) {
            struct tum_finding *finding = tum_diag_error(set->diags, at, "%s", why);
            finding->topic = TUM_TOPIC_IO;
            finding->file = tum_strdup(request->path);
        }
    }
    return NULL;
}

bool tum_docset_load(struct tum_docset *set, const struct tum_doc_request *request,
                     const struct tum_node **ret_root)
{
    struct tum_doc_load load = {
        .set = set,
        .request = request,
        .mistakes =
            {
                .sources = set->sources,
                .diags = set->diags,
                .lenient = request->lenient,
            },
    };

    set->load++;

    struct tum_file *file = main_file(&load);
    struct tum_doc *doc =
        file != NULL ? tum_doc_read(&load, file, request->params, (struct tum_span){0})
                     : NULL;

    if (doc == NULL || (request->lenient && load.mistakes.count > 0))
        return false;
    tum_doc_resolve(&load, doc);
    if (request->lenient && load.mistakes.count > 0)
        return false;
    *ret_root = doc->root;
    return true;
}
