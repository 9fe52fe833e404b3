/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures from bytes, and letters from pictures: src/cli/pixels.c with inflate.c and
 * jpegdc.c below it, sketch.c above.
 */
#include "cli/pixels.h"
#include "cli/sketch.h"

#include "tum/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tum_str file = tum_str_n((const char *)data, size);
    struct tum_error *err = NULL;
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_pixels pixels;

    if (!tum_pixels_read(file, &pixels, &err)) {
        tum_error_free(err);
        return 0;
    }
    if (pixels.width == 0 || pixels.height == 0 ||
        pixels.width > TUM_PIXELS_LIMIT / pixels.height)
        tum_bug("a picture of no size");
    tum_sketch_add(&pixels, 40, 12, TUM_SKETCH_LETTERS, &out);
    tum_sketch_add(&pixels, 9, 7, TUM_SKETCH_256, &out);
    tum_sketch_sixels(&pixels, 50, 30, &out);
    tum_buf_release(&out);
    tum_pixels_release(&pixels);
    return 0;
}
