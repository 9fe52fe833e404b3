/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named characters of HTML 5.
 */
#ifndef TUM_HTMLENT_H
#define TUM_HTMLENT_H

#include "tum/str.h"

struct tum_htmlent {
    const char *name; /* without '&' and ';' */
    uint32_t first;   /* code point */
    uint32_t second;  /* or 0 */
    bool bare;        /* also means that without a ';' */
};

/* NULL when there is none. */
const struct tum_htmlent *tum_htmlent_find(struct tum_str name);

#endif
