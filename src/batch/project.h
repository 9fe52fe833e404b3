/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The project file tum.yaml: found, read by its table, kept as a normalised value
 * (batch/shape.h).
 */
#ifndef TUM_PROJECT_H
#define TUM_PROJECT_H

#include "batch/shape.h"

#define TUM_PROJECT_FILE "tum.yaml"

struct tum_project {
    char *file;     /* absolute path of tum.yaml; NULL: there is none */
    char *root;     /* its folder, else the current folder */
    char *top;      /* root of the git work tree around it, or NULL */
    tum_val config; /* map; empty without a file */
};

/* The whole file. */
extern const struct tum_shape tum_project_shape;

/*
 * Looks for tum.yaml from `folder` upwards to the root of the git work tree (of the file
 * system when it is in none). False: the file is wrong or unreadable; `findings` has the text
 * for the user. Without a file *ret is a project with an empty configuration.
 */
bool tum_project_load(const char *folder, struct tum_project **ret,
                      struct tum_buf *findings);
/* The same in two steps: where it is, without reading it; then what it says. */
struct tum_project *tum_project_find(const char *folder) TUM_MUST_USE;
bool tum_project_read(struct tum_project *project, struct tum_buf *findings);
/* Whether there is such a file, without reading it. */
bool tum_project_exists(const char *folder);
void tum_project_free(struct tum_project *project); /* accepts NULL */
/* Absolute form of a path that the project file has; for tum_free. */
char *tum_project_path(const struct tum_project *project,
                       const char *path) TUM_MUST_USE;
/* Root of the git work tree that holds `folder`, or NULL; for tum_free. */
char *tum_worktree_of(const char *folder) TUM_MUST_USE;
/* The JSON Schema of the file, indented by 2, with a line end. */
void tum_project_schema(struct tum_buf *out);

#endif
