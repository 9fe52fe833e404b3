/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about git work trees for the header of a run; tum_git_describe of tum/item.h is
 * here too. All start the git program and wait for it.
 */
#ifndef TUM_GITFACTS_H
#define TUM_GITFACTS_H

#include "tum/buf.h"
#include "tum/err.h"

/* A `.git` exists in the folder or above: without one there is nothing to ask. */
bool tum_git_is_near(const char *folder);
/* Lines of the revision (one a repository) and of what is changed (`"file" (modified)`). */
bool tum_git_revision(const char *folder, struct tum_buf *ret_revision,
                      struct tum_buf *ret_changes, struct tum_error **err);

#endif
