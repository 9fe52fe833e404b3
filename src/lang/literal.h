/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What number and string tokens mean.
 */
#ifndef TUM_LITERAL_H
#define TUM_LITERAL_H

#include "lang/lex.h"

/* The object of a number token; NULL: failed (an imaginary number is handed over). */
struct tum_obj *tum_literal_number(struct tum_lex *lex);
/* The bytes between the quotes of a string token. */
void tum_literal_body(const struct tum_lex *lex, uint32_t *ret_start,
                      uint32_t *ret_end);
/*
 * Adds what the text between quotes (or a part of it) means: escapes by `flags`, line
 * ends as \n. False: failed.
 */
bool tum_literal_decode(struct tum_lex *lex, struct tum_str body, unsigned flags,
                        struct tum_buf *out);

#endif
