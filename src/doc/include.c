/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries out include tags: file name, parameters, and what stops files that include each
 * other.
 *
 * Two tags that lead to the same rendered text share one tree. So a text that is met again
 * while its own includes are being loaded would be met for ever: recursion that ends is
 * steered by parameters, and they change the text.
 */
#include "doc/docs.h"

#include "base/path.h"
#include "tum/mem.h"

/* Files of a chain that are shown at its start and at its end. */
#define CHAIN_START 6
#define CHAIN_END   4

/* ---- chains ---- */

/* " > "-joined paths as seen from the main folder, the file that closes the chain last. */
static char *chain_text(const struct tum_doc_load *load, const struct tum_file *last)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *folder = load->chain[0]->file->folder;

    for (size_t i = 0; i <= load->depth; i++) {
        if (i >= CHAIN_START && i + CHAIN_END <= load->depth) {
            tum_buf_adds(&out, " > …");
            i = load->depth - CHAIN_END;
            continue;
        }
        const struct tum_file *file = i < load->depth ? load->chain[i]->file : last;
        TUM_AUTO(tum_freep) char *path = tum_path_relative(file->path, folder);
        tum_buf_addf(&out, "%s%s", i > 0 ? " > " : "", path);
    }
    return tum_buf_detach(&out);
}

/* ---- what a tag says ---- */

struct order {
    tum_val name;   /* text as written; borrowed from the tree */
    tum_val params; /* owned map, or none */
    struct tum_span at;
};

static tum_val expand(const struct tum_doc_request *request, tum_val v)
{
    tum_val expanded;

    if (request->expand != NULL && request->expand(request->ctx, v, &expanded))
        return expanded;
    return tum_val_ref(v);
}

static bool add_param(struct tum_doc_load *load, const struct tum_node *spec, size_t i,
                      struct tum_map_builder *params)
{
    struct tum_error *err = NULL;
    tum_val key = tum_val_ref(tum_node_val(tum_node_key(spec, i)));
    TUM_AUTO(tum_val_release) tum_val raw = tum_val_none();

    if (!tum_node_to_val(tum_node_value(spec, i), &raw, &err)) {
        struct tum_span at = tum_error_at(err);
        TUM_AUTO(tum_freep) char *text = tum_error_text(err);
        tum_error_free(err);
        tum_val_unref(key);
        tum_mistake_add(&load->mistakes, at, "%s", text);
        return false;
    }
    if (tum_map_add(params, key, expand(load->request, raw)))
        return true;
    tum_mistake_add(&load->mistakes, tum_node_at(tum_node_value(spec, i)),
                    "the parameter is nested too deep");
    return false;
}

/* The name and the parameters of the mapping form. */
static bool read_mapping(struct tum_doc_load *load, const struct tum_node *spec,
                         struct order *ret)
{
    size_t file = 0;

    if (!tum_node_find(spec, TUM_S("file"), &file)) {
        static const char *const words[] = {"file", NULL};
        tum_mistake_add(&load->mistakes, ret->at,
                        "an include needs the key 'file', the name of the file");
        for (size_t i = 0; i < tum_node_len(spec); i++) {
            struct tum_str key = tum_node_text(tum_node_key(spec, i));
            if (key.s != NULL && tum_str_nearest(key, words) != NULL)
                tum_mistake_note(&load->mistakes, tum_node_at(tum_node_key(spec, i)),
                                 "did you mean 'file'?");
        }
        return false;
    }

    const struct tum_node *name = tum_node_value(spec, file);
    struct tum_map_builder *params;

    if (tum_node_text(name).s == NULL) {
        TUM_AUTO(tum_freep) char *found = tum_node_describe(name);
        if (tum_node_kind(name) == TUM_NODE_BROKEN)
            return false;
        tum_mistake_add(&load->mistakes, ret->at,
                        "'file' of an include must be a text, the name of the file, "
                        "not %s",
                        found);
        return false;
    }
    ret->name = tum_node_val(name);
    if (tum_node_at(name).length > 0)
        ret->at = tum_node_at(name);
    params = tum_map_begin(tum_node_len(spec));
    for (size_t i = 0; i < tum_node_len(spec); i++)
        if (i != file && !add_param(load, spec, i, params)) {
            tum_map_drop(params);
            return false;
        }
    ret->params = tum_map_end(params);
    return true;
}

static bool read_order(struct tum_doc_load *load, const struct tum_node *spec,
                       struct order *ret)
{
    *ret = (struct order){.at = tum_node_at(spec)};
    switch (tum_node_kind(spec)) {
    case TUM_NODE_SCALAR:
        ret->name = tum_node_val(spec);
        return true;
    case TUM_NODE_MAP:
        return read_mapping(load, spec, ret);
    case TUM_NODE_BROKEN:
        return false;
    default:
        tum_mistake_add(&load->mistakes, ret->at,
                        "an include takes the name of a file, or a mapping with "
                        "'file', not a list");
        return false;
    }
}

/* ---- carrying out ---- */

/* The expanded name: a text that is not empty. Owned, for tum_free. */
static char *file_name(struct tum_doc_load *load, const struct order *order)
{
    TUM_AUTO(tum_val_release) tum_val name = expand(load->request, order->name);
    struct tum_str text = tum_val_text(name);

    if (tum_val_kind(name) != TUM_STR) {
        tum_mistake_add(&load->mistakes, order->at,
                        "'file' of an include must be a text, but '%.*s' gives a value "
                        "of type '%s'",
                        TUM_STR_ARG(tum_val_text(order->name)),
                        tum_val_type_name(name));
        return NULL;
    }
    if (text.n == 0 || memchr(text.s, '\0', text.n) != NULL) {
        tum_mistake_add(&load->mistakes, order->at,
                        text.n == 0
                            ? "an include needs the name of a file, this one is empty"
                            : "the name of an included file cannot hold a NUL");
        return NULL;
    }
    return tum_strndup(text.s, text.n);
}

static struct tum_file *find_file(struct tum_doc_load *load, const struct order *order,
                                  const char *name)
{
    const struct tum_doc *from = load->chain[load->depth - 1];
    TUM_AUTO(tum_freep) char *joined = tum_path_join(from->file->folder, name);
    TUM_AUTO(tum_freep) char *path = tum_path_normalise(joined);
    struct tum_error *err = NULL;
    struct tum_file *file = tum_doc_file(load->set, path, &err);

    if (file != NULL)
        return file;

    struct tum_str written = tum_val_text(order->name);
    TUM_AUTO(tum_freep) char *why = tum_error_text(err);
    struct tum_span bad = tum_error_at(err);
    struct tum_finding *finding;

    tum_error_free(err);
    if (bad.source != 0) { /* it was read, but is no text */
        tum_mistake_add(&load->mistakes, bad, "%s", why);
        tum_mistake_note(&load->mistakes, order->at, "included here");
        return NULL;
    }
    if (tum_str_is(written, name))
        finding = tum_mistake_add(&load->mistakes, order->at, "cannot include '%s': %s",
                                  name, why);
    else
        finding = tum_mistake_add(&load->mistakes, order->at,
                                  "cannot include '%.*s', which is '%s': %s",
                                  TUM_STR_ARG(written), name, why);
    if (finding != NULL)
        finding->topic = TUM_TOPIC_IO;
    return NULL;
}

/* False when files would go on including each other. */
static bool check_chain(struct tum_doc_load *load, const struct order *order,
                        const struct tum_doc *doc, const struct tum_file *file)
{
    bool deep = load->depth > TUM_INCLUDE_DEPTH;

    if (!deep && (doc == NULL || !doc->busy))
        return true;

    TUM_AUTO(tum_freep) char *chain = chain_text(load, file);
    if (deep)
        tum_mistake_add(&load->mistakes, order->at,
                        "an include more than %d files deep: %s", TUM_INCLUDE_DEPTH,
                        chain);
    else
        tum_mistake_add(&load->mistakes, order->at,
                        "this include never ends, the files include each other: %s",
                        chain);
    /* Each file of the chain may hold further tags: without a stop, 2**100 messages. */
    load->stopped = load->stopped || deep;
    return false;
}

static bool carry_out(struct tum_doc_load *load, struct tum_include *include)
{
    struct order order;
    struct tum_doc *doc = NULL;

    if (load->stopped)
        return false;
    if (++load->carried > TUM_INCLUDE_LIMIT) {
        load->stopped = true;
        tum_mistake_add(&load->mistakes, tum_node_at(&include->spec),
                        "more than %d includes in one load", TUM_INCLUDE_LIMIT);
        return false;
    }
    if (!read_order(load, &include->spec, &order))
        return false;

    TUM_AUTO(tum_val_release) tum_val params = order.params;
    TUM_AUTO(tum_freep) char *name = file_name(load, &order);
    struct tum_file *file = name != NULL ? find_file(load, &order, name) : NULL;

    if (file == NULL || !check_chain(load, &order, NULL, file))
        return false;
    doc = tum_doc_read(load, file, params, order.at);
    if (doc == NULL || !check_chain(load, &order, doc, file))
        return false;
    tum_doc_resolve(load, doc);
    include->root = doc->root;
    return true;
}

void tum_doc_resolve(struct tum_doc_load *load, struct tum_doc *doc)
{
    const struct tum_doc_request *request = load->request;

    if (doc->load == load->set->load)
        return;
    doc->load = load->set->load;
    doc->busy = true;
    load->chain[load->depth++] = doc;
    for (struct tum_include *it = doc->includes; it != NULL; it = it->next) {
        bool wanted = request->includes == TUM_INCLUDES_ALL ||
                      (request->includes == TUM_INCLUDES_RAW && it->raw);
        it->root = NULL;
        it->state = TUM_INCLUDE_NULL;
        if (!wanted || (request->lenient && load->mistakes.count > 0))
            continue;
        it->state = carry_out(load, it) ? TUM_INCLUDE_LOADED : TUM_INCLUDE_FAILED;
    }
    load->depth--;
    doc->busy = false;
}
