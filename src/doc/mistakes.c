/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mistakes in documents. The line stands in the text as well as in the place, because
 * messages are also read where places are not shown.
 */
#include "doc/mistakes.h"

#include "tum/mem.h"

unsigned tum_mistake_line(const struct tum_mistakes *mistakes, struct tum_span at)
{
    struct tum_place place;

    return tum_source_place(mistakes->sources, at, &place) ? place.line : 0;
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
