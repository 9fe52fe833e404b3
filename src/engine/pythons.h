/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Python interpreters that can be tried, in turn, for what is started once and is no
 * worker: that of the variable python_bin, then those on PATH.
 */
#ifndef TUM_PYTHONS_H
#define TUM_PYTHONS_H

#include "engine/runstate.h"

#define TUM_PYTHONS_MAX 3

struct tum_pythons {
    struct tum_session *session;
    char *paths[TUM_PYTHONS_MAX];
    size_t count, at;
    bool wanted;            /* the first was named by the user */
    struct tum_buf reasons; /* against those before this one */
};

/* Warns when python_bin names no program. */
void tum_pythons_init(struct tum_pythons *pythons, struct tum_session *session);
void tum_pythons_release(struct tum_pythons *pythons);
/* Absolute path of the one to try; NULL: there is none left. */
const char *tum_pythons_path(const struct tum_pythons *pythons);
/* It is no Python 3: the next one. Warns when the user named it. */
void tum_pythons_reject(struct tum_pythons *pythons, const char *why);
/* Why there is none left. */
char *tum_pythons_text(const struct tum_pythons *pythons) TUM_MUST_USE;

#endif
