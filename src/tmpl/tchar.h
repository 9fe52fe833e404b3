/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of characters as Python's texts and patterns have them.
 */
#ifndef TUM_TCHAR_H
#define TUM_TCHAR_H

#include "tum/base.h"

bool tum_char_space(uint32_t c);
bool tum_char_word(uint32_t c); /* \w: letters, numbers, '_' */
/* A word character that is no decimal digit. */
bool tum_char_letter(uint32_t c);

#endif
