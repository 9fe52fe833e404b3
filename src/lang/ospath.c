/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as texts.
 */
#include "lang/ospath.h"
#include "tum/mem.h"

size_t tum_ospath_tail(struct tum_str path)
{
    size_t i = path.n;

    while (i > 0 && path.s[i - 1] != '/')
        i--;
    return i;
}

struct tum_str tum_ospath_head(struct tum_str path)
{
    size_t n = tum_ospath_tail(path), i = n;

    while (i > 0 && path.s[i - 1] == '/')
        i--;
    /* Only slashes: all of them stay. */
    return tum_str_n(path.s, i > 0 ? i : n);
}

size_t tum_ospath_extension(struct tum_str path)
{
    size_t start = tum_ospath_tail(path), dot = path.n;

    while (dot > start && path.s[dot - 1] != '.')
        dot--;
    if (dot == start)
        return path.n;
    dot--;
    /* Dots at the beginning of a name do not count. */
    while (start < dot && path.s[start] == '.')
        start++;
    return start < dot ? dot : path.n;
}

void tum_ospath_join(struct tum_buf *out, struct tum_str part)
{
    if (part.n > 0 && part.s[0] == '/')
        tum_buf_reset(out);
    else if (out->len > 0 && out->s[out->len - 1] != '/')
        tum_buf_addc(out, '/');
    tum_buf_addt(out, part);
}

static bool is_up(struct tum_str part)
{
    return part.n == 2 && part.s[0] == '.' && part.s[1] == '.';
}

void tum_ospath_normalise(struct tum_buf *out, struct tum_str path)
{
    struct tum_str rest = path, part, *kept = NULL;
    size_t count = 0, cap = 0, start = out->len, slashes = 0;
    bool more = true;

    /* Exactly two slashes at the beginning are something of their own. */
    while (slashes < path.n && path.s[slashes] == '/')
        slashes++;
    if (slashes > 2)
        slashes = 1;
    while (tum_str_split(&rest, &more, '/', &part)) {
        if (part.n == 0 || (part.n == 1 && part.s[0] == '.'))
            continue;
        if (!is_up(part) || (slashes == 0 && count == 0) ||
            (count > 0 && is_up(kept[count - 1]))) {
            tum_grow(&kept, &cap, count + 1);
            kept[count++] = part;
        } else if (count > 0) {
            count--;
        }
    }
    tum_buf_fill(out, '/', slashes);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            tum_buf_addc(out, '/');
        tum_buf_addt(out, kept[i]);
    }
    if (out->len == start)
        tum_buf_addc(out, '.');
    tum_free(kept);
}
