/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzer of documents: src/doc/yaml.c, tree.c, typing.c, node.c, filetext.c.
 *
 * Any bytes are loaded as a configuration file and, without template tags, as a main file
 * whose includes are null. Beyond not crashing, the result must agree with itself: places
 * lie in the text, keys are distinct, a lenient load succeeds exactly when nothing was
 * found, and findings can be shown.
 *
 * -max_len=4096 -dict=yaml.dict, seeds in yaml/.
 */
#include "doc/docset.h"
#include "tmpl/tmpl.h"
#include "tum/mem.h"
#include <stdlib.h>

/* Nodes looked at in one tree; aliases can make it as good as endless. */
#define VISIT_LIMIT 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct visit {
    const struct tum_sources *sources;
    size_t count;
};

static void must(bool good, const char *what)
{
    if (!good)
        tum_bug("%s", what);
}

static void check_place(const struct visit *visit, struct tum_span at)
{
    struct tum_str text = tum_source_text(visit->sources, at.source);

    must(at.source != 0, "a node has a source");
    must(at.start <= text.n && at.length <= text.n - at.start,
         "a place is in the text");
}

static void check_node(struct visit *visit, const struct tum_node *node, unsigned depth)
{
    if (visit->count++ > VISIT_LIMIT)
        return;
    must(depth <= TUM_NODE_DEPTH, "a tree is no deeper than its limit");
    check_place(visit, tum_node_at(node));

    TUM_AUTO(tum_freep) char *words = tum_node_describe(node);
    size_t n = tum_node_len(node);

    must(words[0] != '\0', "a node has a description");
    switch (tum_node_kind(node)) {
    case TUM_NODE_SEQ:
        for (size_t i = 0; i < n; i++)
            check_node(visit, tum_node_item(node, i), depth + 1);
        break;
    case TUM_NODE_MAP:
        for (size_t i = 0; i < n; i++) {
            const struct tum_node *key = tum_node_key(node, i);
            size_t found;
            check_node(visit, key, depth + 1);
            check_node(visit, tum_node_value(node, i), depth + 1);
            if (tum_node_text(key).s != NULL)
                must(tum_node_find(node, tum_node_text(key), &found) && found == i,
                     "a key is found where it is");
            for (size_t j = 0; j < i && n < 50; j++)
                must(
                    !tum_val_eq(tum_node_val(tum_node_key(node, j)), tum_node_val(key)),
                    "keys are distinct");
        }
        break;
    case TUM_NODE_SCALAR:
        must(tum_val_kind(tum_node_val(node)) != TUM_NONE, "a scalar has a value");
        break;
    case TUM_NODE_NULL:
    case TUM_NODE_BROKEN:
        must(n == 0, "a null has no length");
        break;
    case TUM_NODE_INCLUDE:
        must(false, "no include is loaded");
    }
}

static void check_value(const struct tum_node *root)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(1 << 16);
    struct tum_error *err = NULL;
    tum_val v;

    if (!tum_node_to_val(root, &v, &err)) {
        must(err->kind == TUM_ERROR_LIMIT,
             "only limits keep a tree from being a value");
        tum_error_free(err);
        return;
    }
    if (tum_list_len(v) < 100 && tum_map_len(v) < 100)
        tum_val_write_repr(&out, v);
    tum_val_unref(v);
}

static void check_findings(const struct tum_diags *diags,
                           const struct tum_sources *sources)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(1 << 16);

    for (size_t i = 0; i < tum_diags_total(diags); i++)
        tum_diag_render(tum_diags_at(diags, i), sources, false, &out);
}

static void load(struct tum_str text, bool template)
{
    struct tum_sources *sources = tum_sources_new();
    struct tum_diags *diags = tum_diags_new();
    struct tum_docset *set = tum_docset_new(sources, diags);
    struct tum_doc_request request = {
        .path = "/fuzz.yaml",
        .text = text,
        .template = template,
        .lenient = true,
    };
    struct visit visit = {.sources = sources};
    const struct tum_node *root = NULL;

    bool good = tum_docset_load(set, &request, &root);
    must(tum_diags_total(diags) == 0, "a lenient load is silent");
    request.lenient = false;
    bool tree = tum_docset_load(set, &request, &root);
    must(good == (tree && tum_diags_total(diags) == 0), "lenient and strict agree");
    must(tree || tum_diags_total(diags) > 0, "no tree without a finding");
    if (tree) {
        check_node(&visit, root, 0);
        check_value(root);
    }
    tum_diags_sort(diags);
    check_findings(diags, sources);
    tum_docset_free(set);
    tum_diags_free(diags);
    tum_sources_free(sources);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tum_str text = {(const char *)data, size};

    if (size == 0)
        text.s = ""; /* NULL would mean the file */
    load(text, false);
    if (!tum_tmpl_needed(text))
        load(text, true);
    return 0;
}
