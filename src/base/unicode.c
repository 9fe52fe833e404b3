/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes and case mappings of code points: look-ups in generated tables.
 */
#include "base/unicode.h"
#include "base/unicode_tables.h"

static const struct uni_record *record_of(uint32_t c)
{
    if (c > 0x10FFFF)
        c = 0x10FFFF; /* a noncharacter: no class, no mapping */
    return &uni_records[uni_places[uni_blocks[c / UNI_BLOCK] * UNI_BLOCK +
                                   c % UNI_BLOCK]];
}

static bool has(uint32_t c, unsigned flag)
{
    return (record_of(c)->flags & flag) != 0;
}

/* `longer` when it says something, else c moved by `delta`. */
static size_t map(uint32_t c, int32_t delta, const uint16_t longer[TUM_UNI_MOST],
                  uint32_t out[TUM_UNI_MOST])
{
    size_t n = 0;

    while (n < TUM_UNI_MOST && longer[n] != 0) {
        out[n] = longer[n];
        n++;
    }
    if (n != 0)
        return n;
    out[0] = c + (uint32_t)delta;
    return 1;
}

size_t tum_uni_upper(uint32_t c, uint32_t out[TUM_UNI_MOST])
{
    const struct uni_record *record = record_of(c);

    return map(c, record->upper, uni_longs[record->longs].upper, out);
}

size_t tum_uni_lower(uint32_t c, uint32_t out[TUM_UNI_MOST])
{
    const struct uni_record *record = record_of(c);

    return map(c, record->lower, uni_longs[record->longs].lower, out);
}

size_t tum_uni_title(uint32_t c, uint32_t out[TUM_UNI_MOST])
{
    const struct uni_record *record = record_of(c);

    return map(c, record->title, uni_longs[record->longs].title, out);
}

size_t tum_uni_casefold(uint32_t c, uint32_t out[TUM_UNI_MOST])
{
    const struct uni_record *record = record_of(c);

    return map(c, record->casefold, uni_longs[record->longs].casefold, out);
}

uint32_t tum_uni_lower_simple(uint32_t c)
{
    return c + (uint32_t)record_of(c)->simple_lower;
}

bool tum_uni_is_alpha(uint32_t c)
{
    return has(c, UNI_ALPHA);
}

bool tum_uni_is_decimal(uint32_t c)
{
    return record_of(c)->decimal >= 0;
}

bool tum_uni_is_digit(uint32_t c)
{
    return has(c, UNI_DIGIT);
}

bool tum_uni_is_numeric(uint32_t c)
{
    return has(c, UNI_NUMERIC);
}

bool tum_uni_is_alnum(uint32_t c)
{
    /* Decimals and digits are numeric. */
    return has(c, UNI_ALPHA | UNI_NUMERIC);
}

bool tum_uni_is_space(uint32_t c)
{
    return has(c, UNI_SPACE);
}

bool tum_uni_is_upper(uint32_t c)
{
    return has(c, UNI_UPPER);
}

bool tum_uni_is_lower(uint32_t c)
{
    return has(c, UNI_LOWER);
}

bool tum_uni_is_title(uint32_t c)
{
    return has(c, UNI_TITLE);
}

bool tum_uni_is_cased(uint32_t c)
{
    return has(c, UNI_CASED);
}

bool tum_uni_is_case_ignorable(uint32_t c)
{
    return has(c, UNI_CASE_IGNORABLE);
}

bool tum_uni_is_xid_start(uint32_t c)
{
    return has(c, UNI_XID_START);
}

bool tum_uni_is_xid_continue(uint32_t c)
{
    return has(c, UNI_XID_CONTINUE);
}

bool tum_uni_is_printable(uint32_t c)
{
    return has(c, UNI_PRINTABLE);
}

int tum_uni_decimal_value(uint32_t c)
{
    return record_of(c)->decimal;
}

int tum_uni_columns(uint32_t c)
{
    return record_of(c)->columns;
}
