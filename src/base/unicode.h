/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes and case mappings of code points as Python 3.11's str has them (Unicode 14).
 * The tables are written by scripts/make-unicode-tables. Code points past U+10FFFF belong
 * to no class and map to themselves.
 */
#ifndef TUM_UNICODE_H
#define TUM_UNICODE_H

#include "tum/base.h"

/* Longest full mapping of one code point. */
#define TUM_UNI_MOST 3

/*
 * Full mappings: write 1…TUM_UNI_MOST code points and return how many. Lower does not
 * know the final sigma: the caller looks around U+03A3 with tum_uni_is_cased and
 * tum_uni_is_case_ignorable.
 */
size_t tum_uni_upper(uint32_t c, uint32_t out[TUM_UNI_MOST]);
size_t tum_uni_lower(uint32_t c, uint32_t out[TUM_UNI_MOST]);
size_t tum_uni_title(uint32_t c, uint32_t out[TUM_UNI_MOST]);
size_t tum_uni_casefold(uint32_t c, uint32_t out[TUM_UNI_MOST]);
/* One to one, as matching in any case of Python's re does it. */
uint32_t tum_uni_lower_simple(uint32_t c);

bool tum_uni_is_alpha(uint32_t c);   /* str.isalpha */
bool tum_uni_is_decimal(uint32_t c); /* str.isdecimal */
bool tum_uni_is_digit(uint32_t c);   /* str.isdigit */
bool tum_uni_is_numeric(uint32_t c); /* str.isnumeric */
bool tum_uni_is_alnum(uint32_t c);   /* str.isalnum: any of the four above */
bool tum_uni_is_space(uint32_t c);   /* str.isspace */
bool tum_uni_is_upper(uint32_t c);   /* property Uppercase */
bool tum_uni_is_lower(uint32_t c);   /* property Lowercase */
bool tum_uni_is_title(uint32_t c);   /* category Lt only */
bool tum_uni_is_cased(uint32_t c);
bool tum_uni_is_case_ignorable(uint32_t c);
bool tum_uni_is_xid_start(uint32_t c);    /* starts an identifier; '_' does */
bool tum_uni_is_xid_continue(uint32_t c); /* goes on in an identifier */
bool tum_uni_is_printable(uint32_t c);    /* str.isprintable */
/* 0…9 of a decimal digit of any script, else -1. */
int tum_uni_decimal_value(uint32_t c);
/* Terminal columns: 0, 1 or 2. */
int tum_uni_columns(uint32_t c);

#endif
