/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs as git writes them, over texts: * and ? do not match '/', ** as a whole part
 * matches any number of parts, [a-z] and [!a-z] are sets, a backslash takes the next
 * character as it is.
 */
#ifndef TUM_PATHGLOB_H
#define TUM_PATHGLOB_H

#include "tum/str.h"

/* The whole text matches. */
bool tum_glob_match(struct tum_str pattern, struct tum_str text);
/* A path relative to the place of the pattern: one without '/' matches the last part,
   one that ends with '/' the folder and all below it. */
bool tum_glob_path(struct tum_str pattern, struct tum_str path);
bool tum_glob_is(struct tum_str text); /* holds * ? or [ */

#endif
