/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The samples of one line: times and numbers in chunks that never move, so that a reader
 * goes on with what was there while samples are added.
 *
 * Adding and taking a view are under the plot's lock; reading a view needs none.
 */
#ifndef TUM_SERIES_H
#define TUM_SERIES_H

#include "tum/val.h"

#define TUM_SERIES_FIRST TUM_HOSTILE_OR(1, 64)
#define TUM_SERIES_CHUNK TUM_HOSTILE_OR(4, 16384)

union tum_number {
    int64_t i;              /* TUM_INT */
    double f;               /* TUM_FLOAT */
    struct tum_object *obj; /* TUM_BIGINT */
};

/* 17 bytes a sample; count is the series' business. */
struct tum_chunk {
    size_t cap;
    int64_t *at; /* microseconds since the opening */
    union tum_number *number;
    uint8_t *kind;
};

struct tum_series {
    struct tum_chunk *chunks;
    size_t chunk_count, chunk_cap;
    size_t filled; /* of the last chunk */
    size_t count;
    bool any_float;
};

void tum_series_release(struct tum_series *series);
/* Takes the number: TUM_BOOL (kept as 0 or 1), TUM_INT, TUM_FLOAT or TUM_BIGINT. */
void tum_series_add(struct tum_series *series, int64_t at, tum_val take_number);
/* The last sample, borrowed; false when there is none. */
bool tum_series_last(const struct tum_series *series, int64_t *ret_at,
                     tum_val *ret_number);

/* What a series held at one moment; valid as long as the series. */
struct tum_series_view {
    struct tum_chunk *chunks; /* owned copy of the table, not of the samples */
    size_t count;
    bool any_float;
};
void tum_series_look(const struct tum_series *series, struct tum_series_view *ret);
void tum_series_view_release(struct tum_series_view *view);

/* Walks a view in order: start with {0}. Number borrowed. */
struct tum_series_walk {
    size_t chunk, index, done;
};
bool tum_series_next(const struct tum_series_view *view, struct tum_series_walk *walk,
                     int64_t *ret_at, tum_val *ret_number);
/* As tum_series_next, the number as a double: for drawing. */
bool tum_series_next_double(const struct tum_series_view *view,
                            struct tum_series_walk *walk, int64_t *ret_at,
                            double *ret_number);

#endif
