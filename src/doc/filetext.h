/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a file as the language takes it: UTF-8 without a byte-order mark, lines
 * ended by a line feed.
 */
#ifndef TUM_FILETEXT_H
#define TUM_FILETEXT_H

#include "tum/err.h"

/*
 * Reads a regular file of at most TUM_FILE_LIMIT bytes; errors name the path. *ret_text is
 * terminated, for tum_free.
 */
bool tum_filetext_read(const char *path, char **ret_text, size_t *ret_length,
                       struct tum_error **err);
/* Removes a byte-order mark and carriage returns in place; the new length. */
size_t tum_filetext_normalise(char *text, size_t length);
/*
 * True for UTF-8. Else false with *ret_wrong, the complaint, and *ret_bad, the byte
 * it is about; the text is replaced by one that is UTF-8 and equal up to there.
 */
bool tum_filetext_check(char **text, size_t *length, size_t *ret_bad, char **ret_wrong);

#endif
