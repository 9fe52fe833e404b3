/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Breaks a line of text into lines of a width, as Python's textwrap does without
 * expanding tabs and without replacing white space.
 */
#ifndef TUM_TWRAP_H
#define TUM_TWRAP_H

#include "tum/buf.h"

struct tum_wrap_opts {
    size_t width;       /* in characters, at least 1 */
    bool long_words;    /* break words that are longer than the width */
    bool hyphens;       /* break after hyphens in words */
    struct tum_str sep; /* between the lines made */
};

void tum_text_wrap(struct tum_buf *out, struct tum_str line,
                   const struct tum_wrap_opts *opts);

#endif
