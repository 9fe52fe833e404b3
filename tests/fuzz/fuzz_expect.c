/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching from bytes: src/io/expect.c, src/io/dialect.c. First line: flags (r: regular
 * expressions) and the size of the pieces; then a pattern a line up to an empty line, then
 * the text. How the text is cut must make no difference.
 */
#include "tum/console.h"

#include "base/utf8.h"
#include "tum/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATTERNS 4
#define TEXT     2000u

/* The end of the first match, or 0; SIZE_MAX when a search was given up. */
static size_t scan(const struct tum_str *patterns, size_t count, bool regex,
                   struct tum_str text, size_t piece, size_t *ret_index)
{
    enum tum_expected found = TUM_EXPECT_NOT;
    struct tum_expect_match match = {0};
    struct tum_error *err = NULL;
    struct tum_expect *x = tum_expect_new(patterns, count, regex, &err);

    if (x == NULL) {
        tum_error_free(err);
        return SIZE_MAX;
    }
    for (size_t from = 0, to; from < text.n && found == TUM_EXPECT_NOT; from = to) {
        to = TUM_MIN(from + piece, text.n);
        while (to < text.n && ((unsigned char)text.s[to] & 0xC0) == 0x80)
            to++;
        found = tum_expect_scan(x, tum_str_n(text.s, to), from, NULL,
                                tum_now() + TUM_SECOND, &match, &err);
    }
    if (found == TUM_EXPECT_FOUND &&
        (match.start > match.stop || match.stop > match.end || match.end > text.n ||
         match.index >= count))
        tum_bug("a match out of its text");
    tum_expect_free(x);
    tum_error_free(err);
    *ret_index = match.index;
    return found == TUM_EXPECT_FOUND ? match.end
           : found == TUM_EXPECT_NOT ? 0
                                     : SIZE_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tum_str rest = tum_str_n((const char *)data, size), line, patterns[PATTERNS];
    struct tum_buf clean = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t count = 0, piece = 1, whole, cut, a = 0, b = 0;
    bool more = true, regex;

    tum_utf8_add_replaced(&clean, rest);
    rest = tum_buf_str(&clean);
    if (tum_str_split(&rest, &more, '\n', &line)) {
        regex = line.n > 0 && line.s[0] == 'r';
        if (line.n > 1)
            piece = (size_t)(line.s[1] & 7) + 1;
        while (count < PATTERNS && tum_str_split(&rest, &more, '\n', &line) &&
               line.n > 0)
            patterns[count++] = line;
        if (count > 0 && more && rest.n < TEXT) {
            whole = scan(patterns, count, regex, rest, TEXT, &a);
            cut = scan(patterns, count, regex, rest, piece, &b);
            if (whole != SIZE_MAX && cut != SIZE_MAX && (whole != cut || a != b))
                tum_bug("the pieces make a difference: %zu and %zu", whole, cut);
        }
    }
    tum_buf_release(&clean);
    return 0;
}
