/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8: decoding, validation, counting.
 *
 * Inside tum, text may hold lone surrogates (U+D800…DFFF) in their three-byte form, as
 * Python's surrogatepass writes them; validation of input refuses them.
 */
#ifndef TUM_UTF8_H
#define TUM_UTF8_H

#include "tum/buf.h"

#define TUM_UTF8_BAD 0xFFFFFFFFu

/*
 * Decodes the character at s (n > 0 bytes left). Returns its length, 1…4, and the code
 * point; for a bad sequence TUM_UTF8_BAD and the length of the maximal bad part. Lone
 * surrogates decode (see above).
 */
size_t tum_utf8_decode(const char *s, size_t n, uint32_t *ret);
/* Writes 1…4 bytes. */
size_t tum_utf8_encode(uint32_t c, char out[4]);
void tum_utf8_add(struct tum_buf *out, uint32_t c);
/* Strict (no surrogates). On failure *ret_bad is the byte offset; may be NULL. */
bool tum_utf8_valid(struct tum_str text, size_t *ret_bad);
bool tum_utf8_is_ascii(struct tum_str text);
/* Code points in text that is valid. */
size_t tum_utf8_count(struct tum_str text);
/* Byte offset of code point `index` (clipped to the end). */
size_t tum_utf8_offset(struct tum_str text, size_t index);
/* Adds text with U+FFFD for each maximal bad part, as Python's "replace". */
void tum_utf8_add_replaced(struct tum_buf *out, struct tum_str bytes);
/* Terminal columns (wide East Asian and emoji 2, combining and control 0). */
size_t tum_utf8_columns(struct tum_str text);
size_t tum_utf8_utf16_units(struct tum_str text);
/* Python's str.isprintable for one code point. */
bool tum_utf8_printable(uint32_t c);

#endif
