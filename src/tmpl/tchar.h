/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of characters as Python's patterns have them.
 */
#ifndef TUM_TCHAR_H
#define TUM_TCHAR_H

#include "base/unicode.h"

/* \w: letters, numbers, '_'. */
static inline bool tum_char_word(uint32_t c)
{
    return c == '_' || tum_uni_is_alnum(c);
}

/* A word character that is no decimal digit. */
static inline bool tum_char_letter(uint32_t c)
{
    return tum_char_word(c) && !tum_uni_is_decimal(c);
}

#endif
