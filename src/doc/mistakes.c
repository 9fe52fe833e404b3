/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mistakes in documents. The line stands in the text as well as in the place, because
 * messages are also read where places are not shown.
 */
#include "doc/mistakes.h"

#include "tum/mem.h"

unsigned tum_mistake_line(const struct tum_mistakes *mistakes, struct tum_span at)
{
    const struct tum_sources *sources = mistakes->sources;
    struct tum_span author = tum_source_resolve(sources, at);
    uint32_t low = 0, high = author.start + 1;
    struct tum_place place;

    if (at.source == 0)
        return 0;
    /* At the end of a text every line seems to start before. */
    if (author.start >= tum_source_text(sources, author.source).n)
        return tum_source_place(sources, at, &place) ? place.line : 0;
    /* A place also tells its column, by walking the line: too slow for thousands of
       mistakes in one line. */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (tum_source_line_start(sources, author.source, middle) <= author.start)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

struct tum_finding *tum_mistake_add(struct tum_mistakes *mistakes, struct tum_span at,
                                    const char *fmt, ...)
{
    va_list ap;

    mistakes->count++;
    if (mistakes->lenient)
        return NULL;
    va_start(ap, fmt);
    TUM_AUTO(tum_freep) char *text = tum_vasprintf(fmt, ap);
    va_end(ap);
    return tum_diag_error(mistakes->diags, at, "line %u: %s",
                          tum_mistake_line(mistakes, at), text);
}

void tum_mistake_note(struct tum_mistakes *mistakes, struct tum_span at,
                      const char *fmt, ...)
{
    va_list ap;

    if (mistakes->lenient)
        return;
    va_start(ap, fmt);
    TUM_AUTO(tum_freep) char *text = tum_vasprintf(fmt, ap);
    va_end(ap);
    tum_diag_note(mistakes->diags, at, "%s", text);
}
