/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures from bytes: src/cli/pixels.c, inflate.c, jpegdc.c. What was read can be
 * sketched.
 */
#include "cli/pixels.h"
#include "cli/sketch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_pixels pixels = {0};
    struct tum_error *err = NULL;

    if (tum_pixels_read(tum_str_n((const char *)data, size), &pixels, &err)) {
        tum_sketch_add(&pixels, 20, 10, TUM_SKETCH_256, &text);
        tum_sketch_sixels(&pixels, 50, 30, &text);
        tum_pixels_release(&pixels);
    }
    tum_error_free(err);
    tum_buf_release(&text);
    return 0;
}
