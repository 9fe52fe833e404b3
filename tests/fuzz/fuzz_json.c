/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as JSON: read, written in every style, read again, written the same.
 *
 * Reaches src/value/jsonread.c, jsonwrite.c, vmap.c, vlist.c, vcmp.c, vfloat.c, vnum.c,
 * vrepr.c and src/base/utf8.c. Run with -max_len=4096: longer texts only repeat.
 */
#include "tum/val.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tum_json_style styles[] = {
    {0},
    {.ascii = true, .sort_keys = true},
    {.indent = 1, .html_safe = true},
    {.item_sep = ",", .key_sep = ":", .ascii = true},
};

static void write_both(tum_val a, tum_val b, const struct tum_json_style *style)
{
    TUM_AUTO(tum_buf_release) struct tum_buf first = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_buf_release) struct tum_buf again = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    if (!tum_json_write(&first, a, style, &err) ||
        !tum_json_write(&again, b, style, &err))
        tum_bug("not written: %s", err->text);
    if (!tum_str_eq(tum_buf_str(&first), tum_buf_str(&again)))
        tum_bug("%s\nis not\n%s", first.s, again.s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    TUM_AUTO(tum_val_release) tum_val v = tum_val_none();
    TUM_AUTO(tum_val_release) tum_val back = tum_val_none();
    struct tum_str input = tum_str_n((const char *)data, size);
    struct tum_error *err = NULL;

    if (!tum_json_read(input, (struct tum_span){0}, &v, &err)) {
        tum_error_free(err);
        return 0;
    }
    if (!tum_json_write(&text, v, &styles[0], &err) ||
        !tum_json_read(tum_buf_str(&text), (struct tum_span){0}, &back, &err))
        tum_bug("not read again: %s: %s", text.s, err->text);
    for (size_t i = 0; i < TUM_LEN(styles); i++)
        write_both(v, back, &styles[i]);
    if (!tum_val_same(v, back) && (v.kind != TUM_FLOAT || v.as.f == v.as.f))
        tum_bug("%s is another value when read again", text.s);
    tum_buf_reset(&text);
    tum_val_write_repr(&text, v);
    return 0;
}
