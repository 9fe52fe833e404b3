/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as text. Nothing here follows links except where said.
 */
#ifndef TUM_PATH_H
#define TUM_PATH_H

#include "tum/str.h"

/* All results are for tum_free. */
char *tum_path_join(const char *folder, const char *path) TUM_MUST_USE; /* absolute path
                                                                            wins */
char *
tum_path_absolute(const char *path) TUM_MUST_USE; /* joined to the cwd, normalised */
char *tum_path_normalise(const char *path) TUM_MUST_USE; /* as os.path.normpath */
char *tum_path_folder(const char *path) TUM_MUST_USE;    /* as os.path.dirname */
const char *tum_path_base(const char *path); /* borrowed: after the last / */
char *tum_path_cwd(void) TUM_MUST_USE;
/* `path` as seen from `folder` (both absolute, normalised): "../x/y". */
char *tum_path_relative(const char *path, const char *folder) TUM_MUST_USE;
bool tum_path_exists(const char *path);
bool tum_path_is_file(const char *path); /* follows links */
bool tum_path_is_folder(const char *path);
/* Absolute path of a program as exec would find it on PATH, or NULL. */
char *tum_path_find_program(const char *name) TUM_MUST_USE;
/* Why that found none. */
const char *tum_path_no_program(const char *name);

#endif
