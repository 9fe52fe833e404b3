/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQL's LIKE, done here and not by SQLite: any number of patterns of any length, values
 * that hold NUL, and rows that were already read.
 */
#include "base/utf8.h"
#include "tum/report.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool tum_report_like(struct tum_str text, struct tum_str pattern)
{
    size_t t = 0, p = 0;
    size_t retry_p = TUM_STR_NONE, retry_t = 0; /* after the last %, and what it ate */
    uint32_t ignored;

    for (;;) {
        if (p < pattern.n && pattern.s[p] == '%') {
            retry_p = ++p;
            retry_t = t;
            continue;
        }
        if (t == text.n && p == pattern.n)
            return true;
        if (t < text.n && p < pattern.n && pattern.s[p] == '_') {
            t += tum_utf8_decode(text.s + t, text.n - t, &ignored);
            p++;
            continue;
        }
        if (t < text.n && p < pattern.n && lower(text.s[t]) == lower(pattern.s[p])) {
            t++;
            p++;
            continue;
        }
        /* A % that stands further left can do nothing that the last one cannot. */
        if (retry_p == TUM_STR_NONE || retry_t == text.n)
            return false;
        retry_t += tum_utf8_decode(text.s + retry_t, text.n - retry_t, &ignored);
        t = retry_t;
        p = retry_p;
    }
}
