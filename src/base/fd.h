/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors: close-on-exec from birth, whole reads and writes, files written beside
 * and renamed. For tests, the n-th call of a family can be made to fail (TUM_FAULTS).
 */
#ifndef TUM_FD_H
#define TUM_FD_H

#include "tum/buf.h"
#include "tum/err.h"

/* Closes unless negative, sets it to -1, keeps errno. */
void tum_fd_close(int *fd);

bool tum_fd_pipe(int *ret_read, int *ret_write, struct tum_error **err);
/* AF_UNIX, SOCK_STREAM pair. */
bool tum_fd_socketpair(int *ret_a, int *ret_b, struct tum_error **err);
bool tum_fd_set_blocking(int fd, bool blocking, struct tum_error **err);

/* Continue after short writes and EINTR; wait with poll when the fd does not block. */
bool tum_fd_write_all(int fd, struct tum_str text, struct tum_error **err);
/* Until end of file. LIMIT error when `out` gets full. */
bool tum_fd_read_all(int fd, struct tum_buf *out, struct tum_error **err);

/*
 * Whole file into a tum_alloc text (terminated). A folder, an unreadable or too large
 * file are errors that name the path.
 */
bool tum_file_read(const char *path, size_t limit, char **ret_text, size_t *ret_length,
                   struct tum_error **err);
/* Writes `path` beside itself and renames it into place; nothing is left on failure. */
bool tum_file_replace(const char *path, struct tum_str text, struct tum_error **err);
/*
 * If `path` exists and is a regular file, renames it "PATH-N.saved", N the first free number
 * from 1.
 */
bool tum_file_save_old(const char *path, struct tum_error **err);
/*
 * Renames `beside`, a complete file, to `path`; what is there is saved first, as above. When
 * several do so at the same time, each of their files is kept.
 */
bool tum_file_place(const char *beside, const char *path, struct tum_error **err);
/* Makes the folder and those above it that are missing. */
bool tum_folder_make(const char *path, struct tum_error **err);

#ifdef TUM_HOSTILE
/*
 * Counts the calls that TUM_FAULTS="FAMILY:N,…" numbers from 1 again. Families: open, read,
 * write, rename, pipe.
 */
void tum_fault_reset(void);
#endif

#endif
