/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures for reports. A message is text that anybody may have written: only files
 * that begin as our own pictures do are taken, and a page shows them as images, in which
 * nothing runs.
 */
#include "export/drawing.h"
#include "base/fd.h"
#include "tum/mem.h"

#define TYPE   "Runtime plot action"
#define PREFIX "written: "
/* Where the class of our pictures stands, at the latest. */
#define HEAD   200

bool tum_drawing_of(const struct tum_report_row *row, struct tum_str *ret_path)
{
    struct tum_str message = row->message;

    if (!tum_str_is(row->type, TYPE) || !tum_str_starts(message, PREFIX "/") ||
        !tum_str_ends(message, ".svg"))
        return false;
    *ret_path = tum_str_sub(message, strlen(PREFIX), message.n);
    return true;
}

static void add_base64(struct tum_buf *out, struct tum_str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789+/";

    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t n = TUM_MIN(bytes.n - i, (size_t)3);
        unsigned long group = 0;
        char four[4];

        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < n ? (unsigned char)bytes.s[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            four[k] = k <= n ? digits[group >> (18 - 6 * k) & 63] : '=';
        tum_buf_add(out, four, 4);
    }
}

bool tum_drawing_add(struct tum_buf *out, struct tum_str path)
{
    TUM_AUTO(tum_freep) char *name = tum_strndup(path.s, path.n);
    TUM_AUTO(tum_freep) char *text = NULL;
    struct tum_error *err = NULL;
    struct tum_str head;
    size_t length;

    if (!tum_file_read(name, TUM_DRAWING_LIMIT, &text, &length, &err)) {
        tum_error_free(err);
        return false;
    }
    head = tum_str_sub(tum_str_n(text, length), 0, HEAD);
    if (!tum_str_starts(head, "<?xml ") ||
        tum_str_find(head, TUM_S("class=\"tum-plot\""), 0) == TUM_STR_NONE)
        return false;
    tum_buf_adds(out, "data:image/svg+xml;base64,");
    add_base64(out, tum_str_n(text, length));
    return true;
}
