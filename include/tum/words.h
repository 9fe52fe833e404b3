/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line as words, by the quoting rules of a POSIX shell (Shell Command
 * Language, 2.2); nothing is expanded.
 */
#ifndef TUM_WORDS_H
#define TUM_WORDS_H

#include "tum/err.h"

#define TUM_WORDS_LIMIT 65536

/* *ret_words is NULL-terminated, for tum_words_free. The error says what is not closed. */
bool tum_words_split(const char *text, char ***ret_words, struct tum_error **err);
void tum_words_free(char **words); /* accepts NULL */

#endif
