/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of documents share: a docset with its sources and findings, loads of
 * texts, findings and trees as text.
 */
#ifndef TUM_DOCFIX_H
#define TUM_DOCFIX_H

#include "doc/docset.h"
#include "tum/mem.h"
#include "unit.h"

struct docfix {
    struct tum_sources *sources;
    struct tum_diags *diags;
    struct tum_docset *set;
    struct tum_buf text; /* of the latest docfix_… result */
};

static inline void docfix_init(struct docfix *fix)
{
    fix->sources = tum_sources_new();
    fix->diags = tum_diags_new();
    fix->set = tum_docset_new(fix->sources, fix->diags);
    tum_buf_init(&fix->text, TUM_BUF_ANY);
}

static inline void docfix_release(struct docfix *fix)
{
    tum_docset_free(fix->set);
    tum_diags_free(fix->diags);
    tum_sources_free(fix->sources);
    tum_buf_release(&fix->text);
}

/* The text as a configuration file; NULL when there is no tree. */
static inline const struct tum_node *docfix_load(struct docfix *fix,
                                                 struct tum_str text)
{
    struct tum_doc_request request = {.path = "/t/a.yaml", .text = text};
    const struct tum_node *root = NULL;

    return tum_docset_load(fix->set, &request, &root) ? root : NULL;
}

/* repr() of a tree, with which tests say what they expect. */
static inline const char *docfix_repr(struct docfix *fix, const struct tum_node *node)
{
    TUM_AUTO(tum_val_release) tum_val v = tum_val_none();
    struct tum_error *err = NULL;

    ck_assert(tum_node_to_val(node, &v, &err));
    tum_buf_reset(&fix->text);
    tum_val_write_repr(&fix->text, v);
    return fix->text.s;
}

/* All findings in order of place: "LINE:COLUMN+WIDTH text" and "  note …" lines. */
static inline const char *docfix_findings(struct docfix *fix)
{
    struct tum_place place;

    tum_buf_reset(&fix->text);
    tum_diags_sort(fix->diags);
    for (size_t i = 0; i < tum_diags_total(fix->diags); i++) {
        const struct tum_finding *finding = tum_diags_at(fix->diags, i);
        if (tum_source_place(fix->sources, finding->at, &place))
            tum_buf_addf(&fix->text, "%u:%u+%u ", place.line, place.column,
                         place.width);
        tum_buf_addf(&fix->text, "%s\n", finding->text);
        for (size_t j = 0; j < finding->note_count; j++) {
            tum_buf_adds(&fix->text, "  ");
            if (tum_source_place(fix->sources, finding->notes[j].at, &place))
                tum_buf_addf(&fix->text, "%u:%u+%u ", place.line, place.column,
                             place.width);
            tum_buf_addf(&fix->text, "%s\n", finding->notes[j].text);
        }
    }
    return fix->text.s;
}

#endif
