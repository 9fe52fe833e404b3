/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG at an eighth of its size: of each block of 8 × 8 only its mean is read.
 */
#ifndef TUM_JPEGDC_H
#define TUM_JPEGDC_H

#include "cli/pixels.h"

bool tum_jpegdc_read(struct tum_str file, struct tum_pixels *ret,
                     struct tum_error **err);

#endif
