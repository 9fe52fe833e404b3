/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telnet from bytes: src/io/telnet.c. The first byte is the size of the pieces; how the
 * bytes are cut must make no difference.
 */
#include "io/telnet.h"

#include "tum/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(struct tum_str bytes, size_t piece, struct tum_buf *data,
                 struct tum_buf *answers)
{
    struct tum_telnet telnet = {0};

    for (size_t at = 0; at < bytes.n; at += piece)
        tum_telnet_receive(&telnet, tum_str_sub(bytes, at, at + piece), data, answers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tum_buf whole = TUM_BUF_INIT(TUM_BUF_ANY), cut = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_buf answers = TUM_BUF_INIT(4096), again = TUM_BUF_INIT(4096);
    struct tum_buf sent = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str bytes;

    if (size < 2)
        return 0;
    bytes = tum_str_n((const char *)data + 1, size - 1);
    take(bytes, size, &whole, &answers);
    take(bytes, (size_t)data[0] % 7 + 1, &cut, &again);
    if (!tum_str_eq(tum_buf_str(&whole), tum_buf_str(&cut)) ||
        !tum_str_eq(tum_buf_str(&answers), tum_buf_str(&again)))
        tum_bug("the pieces make a difference");
    /* What is written comes back as it was, except for what a stream leaves out. */
    tum_telnet_encode(&sent, tum_buf_str(&whole));
    tum_buf_reset(&cut);
    tum_buf_reset(&again);
    take(tum_buf_str(&sent), sent.len + 1, &cut, &again);
    if (again.len > 0)
        tum_bug("data was taken for a command");
    tum_buf_release(&whole);
    tum_buf_release(&cut);
    tum_buf_release(&answers);
    tum_buf_release(&again);
    tum_buf_release(&sent);
    return 0;
}
