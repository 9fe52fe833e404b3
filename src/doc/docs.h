/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of a docset, for the files of this folder: the files read, the texts parsed, and the
 * load that is going on.
 */
#ifndef TUM_DOCS_H
#define TUM_DOCS_H

#include "base/strmap.h"
#include "doc/docset.h"
#include "doc/mistakes.h"
#include "doc/nodepool.h"

/* A file whose content is known. */
struct tum_file {
    char *path;   /* absolute, normalised */
    char *folder; /* of the path */
    uint32_t source;
    bool scanned;             /* has_tags is known */
    bool has_tags;            /* rendering it changes more than its end */
    bool bad_template;        /* its syntax error has been reported */
    struct tum_doc *whole[2]; /* the text itself parsed, [1]: as a template */
    struct tum_file *next;
};

/* A text that was parsed. */
struct tum_doc {
    struct tum_file *file;
    uint32_t source; /* the file's, or the derived one */
    size_t length;   /* of it that is parsed */
    uint64_t hash;   /* of a derived text */
    bool is_template;
    bool parsed;                 /* with all its findings */
    size_t mistakes;             /* found when it was parsed */
    bool busy;                   /* its includes are being loaded */
    unsigned load;               /* the latest load that loaded its includes */
    const struct tum_node *root; /* NULL: no tree */
    struct tum_include *includes;
    struct tum_doc *next; /* of the docset */
    struct tum_doc *same; /* next with the same file and hash */
};

struct tum_docset {
    struct tum_sources *sources;
    struct tum_diags *diags;
    struct tum_nodepool pool;
    struct tum_strmap *files; /* path to struct tum_file */
    struct tum_file *first_file;
    struct tum_strmap *rendered; /* file and hash to struct tum_doc */
    struct tum_doc *first_doc;
    const char **paths;
    size_t path_count, path_cap;
    unsigned load; /* number of the latest load */
};

/* One call of tum_docset_load. */
struct tum_doc_load {
    struct tum_docset *set;
    const struct tum_doc_request *request;
    struct tum_mistakes mistakes;
    const struct tum_doc *chain[TUM_INCLUDE_DEPTH + 1]; /* from the main file down */
    size_t depth;                                       /* how many */
    size_t carried;                                     /* include tags carried out */
    bool stopped; /* a limit was reached: carry out no more */
};

/* docset.c: what include.c needs of it. `at`: the include tag, source 0 for none. */

/* The file, read once. On failure *err is set. */
struct tum_file *tum_doc_file(struct tum_docset *set, const char *path,
                              struct tum_error **err);
/*
 * Renders (when the request says so) and parses. NULL when there is no tree; mistakes are
 * in load->mistakes. params: map or none.
 */
struct tum_doc *tum_doc_read(struct tum_doc_load *load, struct tum_file *file,
                             tum_val params, struct tum_span at);

/* include.c: carries the include tags of a text out, and those of what they load. */
void tum_doc_resolve(struct tum_doc_load *load, struct tum_doc *doc);

#endif
