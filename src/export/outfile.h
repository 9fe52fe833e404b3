/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file that an export writes: beside its name, renamed into place when it is
 * complete. Something else than a regular file (a device, a pipe) is written as it is.
 */
#ifndef TUM_OUTFILE_H
#define TUM_OUTFILE_H

#include "tum/export.h"

struct tum_outfile {
    struct tum_buf buf; /* exporters add here … */
    char *path;
    char *beside; /* NULL: writes to path itself */
    int fd;
};

bool tum_outfile_open(const char *path, struct tum_outfile *ret,
                      struct tum_error **err);
/* … and call this after each row: writes what has gathered when that is worth it. */
bool tum_outfile_drain(struct tum_outfile *out, struct tum_error **err);
/* The complete file replaces `path`; a file of that name is saved first. */
bool tum_outfile_finish(struct tum_outfile *out, struct tum_error **err);
/* Frees; removes an unfinished file. */
void tum_outfile_release(struct tum_outfile *out);

/*
 * Makes an empty file that only we can read, in TMPDIR, for a copy of a database that a
 * program is given. *ret is its path, owned by the caller, who also removes the file.
 */
bool tum_outfile_scratch(char **ret, struct tum_error **err);

#endif
