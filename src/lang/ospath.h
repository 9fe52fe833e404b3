/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as texts, as Python's posixpath treats them; no file is looked at.
 */
#ifndef TUM_OSPATH_H
#define TUM_OSPATH_H

#include "tum/buf.h"

/* Bytes before the last component: os.path.split(path)[1] begins there. */
size_t tum_ospath_tail(struct tum_str path);
/* os.path.split(path)[0] */
struct tum_str tum_ospath_head(struct tum_str path);
/* Where the extension begins (the length of the path when it has none). */
size_t tum_ospath_extension(struct tum_str path);
/* Appends another component: os.path.join of what `out` holds and it. */
void tum_ospath_join(struct tum_buf *out, struct tum_str part);
/* Adds os.path.normpath(path). */
void tum_ospath_normalise(struct tum_buf *out, struct tum_str path);

#endif
