/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking: a zlib stream (RFC 1950) of deflated data (RFC 1951).
 */
#ifndef TUM_INFLATE_H
#define TUM_INFLATE_H

#include "tum/buf.h"
#include "tum/err.h"

/* Adds what was packed. The checksum is not looked at: a picture with one wrong byte is
   still a picture. A full `out` is a LIMIT error. */
bool tum_inflate(struct tum_str zlib, struct tum_buf *out, struct tum_error **err);

#endif
