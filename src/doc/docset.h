/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything a run was loaded from: files read, rendered, parsed, and the files they
 * include.
 *
 * A file is read once, a text is parsed once: loading the same main file three times (first
 * pass, discovery, final pass) costs one parse as long as its rendered text stays the
 * same. Which includes are loaded belongs to the load, not to the tree: a root that an
 * earlier load returned stays valid, and shows the includes of the latest load.
 *
 * Used by one thread while loading; afterwards the trees are const.
 */
#ifndef TUM_DOCSET_H
#define TUM_DOCSET_H

#include "base/source.h"
#include "tum/diag.h"
#include "tum/node.h"

/* Largest file, in bytes. */
#define TUM_FILE_LIMIT    ((size_t)256 << 20)
/* Nodes of all trees of a docset. */
#define TUM_NODE_LIMIT    ((size_t)50000000)
/* Lists and mappings inside each other in one file. */
#define TUM_NODE_DEPTH    900
/* What aliases and merge keys of one file may stand for together, in nodes. */
#define TUM_ALIAS_LIMIT   10000000
/* Files inside each other; the main file is not counted. */
#define TUM_INCLUDE_DEPTH 100
/* Include tags carried out in one load. */
#define TUM_INCLUDE_LIMIT 100000
/* Texts of the session: files and rendered templates. */
#define TUM_SOURCE_LIMIT  ((uint32_t)1 << 20)

enum tum_includes {
    TUM_INCLUDES_NULL, /* both tags give null */
    TUM_INCLUDES_RAW,  /* `!raw_include` is loaded, `!include` gives null */
    TUM_INCLUDES_ALL,
};

struct tum_doc_request {
    const char *path; /* absolute, normalised */
    /* When text.s is set: what the file is taken to hold (an editor's text). */
    struct tum_str text;
    /* A main file or what it includes: it is a template and may hold include tags. False
       for configuration files, where those tags are unknown. */
    bool template;
    enum tum_includes includes;
    /*
     * Failing adds no finding, except syntax errors of a template. Undefined names of a
     * template absorb what is done with them.
     */
    bool lenient;
    tum_val params; /* map of names for the template of `path`, or none; borrowed */

    void *ctx;
    /* Expands $(…) and <| |> in the name of an included file and in its parameters
       (nested lists and mappings too). *ret is owned by the caller. False: taken as written.
       NULL: nothing is expanded. */
    bool (*expand)(void *ctx, tum_val v, tum_val *ret);
    /* Global variable for templates: see struct tum_tmpl_opts. May be NULL. */
    bool (*lookup)(void *ctx, struct tum_str name, tum_val *ret);
};

/* Both are borrowed and must outlive the docset. */
struct tum_docset *tum_docset_new(struct tum_sources *sources,
                                  struct tum_diags *diags) TUM_MUST_USE;
void tum_docset_free(struct tum_docset *docset); /* accepts NULL */

/*
 * True when there is a tree. There may be errors all the same (compare the count of errors
 * in `diags` before and after): the nodes in question are BROKEN, so that looking for further
 * mistakes can go on. With `lenient` any problem is false.
 *
 * False: the file, or its text as a whole, could not be had; the findings say why (with
 * `lenient` only when they concern the syntax of a template).
 */
bool tum_docset_load(struct tum_docset *docset, const struct tum_doc_request *request,
                     const struct tum_node **ret_root);

/* Absolute paths of the files read, each once, in order of first reading; borrowed. */
const char *const *tum_docset_files(const struct tum_docset *docset, size_t *ret_count);
/* Bytes held by the trees. */
size_t tum_docset_memory(const struct tum_docset *docset);

#endif
