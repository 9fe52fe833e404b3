/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples in chunks: the first is small, since most lines are short; each is twice as large
 * as the one before, up to a size where the rest of the last one no longer matters.
 */
#include "plot/series.h"
#include "tum/mem.h"

void tum_series_release(struct tum_series *series)
{
    for (size_t i = 0; i < series->chunk_count; i++) {
        struct tum_chunk *chunk = &series->chunks[i];
        size_t n = i + 1 < series->chunk_count ? chunk->cap : series->filled;

        for (size_t k = 0; k < n; k++)
            if (chunk->kind[k] == TUM_BIGINT)
                tum_val_unref(
                    (tum_val){.kind = TUM_BIGINT, .as.obj = chunk->number[k].obj});
        tum_free(chunk->at);
        tum_free(chunk->number);
        tum_free(chunk->kind);
    }
    tum_free(series->chunks);
    *series = (struct tum_series){0};
}

static struct tum_chunk *add_chunk(struct tum_series *series)
{
    struct tum_chunk *chunk;
    size_t cap = TUM_SERIES_FIRST;

    if (series->chunk_count > 0)
        cap = TUM_MIN(series->chunks[series->chunk_count - 1].cap * 2,
                      (size_t)TUM_SERIES_CHUNK);
    tum_grow(&series->chunks, &series->chunk_cap, series->chunk_count + 1);
    chunk = &series->chunks[series->chunk_count++];
    *chunk = (struct tum_chunk){
        .cap = cap,
        .at = tum_new_array(int64_t, cap),
        .number = tum_new_array(union tum_number, cap),
        .kind = tum_new_array(uint8_t, cap),
    };
    series->filled = 0;
    return chunk;
}

void tum_series_add(struct tum_series *series, int64_t at, tum_val take_number)
{
    struct tum_chunk *chunk =
        series->chunk_count > 0 ? &series->chunks[series->chunk_count - 1] : NULL;
    size_t i;

    if (chunk == NULL || series->filled == chunk->cap)
        chunk = add_chunk(series);
    i = series->filled++;
    series->count++;
    chunk->at[i] = at;
    switch (tum_val_kind(take_number)) {
    case TUM_BOOL:
        chunk->kind[i] = TUM_INT;
        chunk->number[i].i = take_number.as.b ? 1 : 0;
        break;
    case TUM_FLOAT:
        chunk->kind[i] = TUM_FLOAT;
        chunk->number[i].f = take_number.as.f;
        series->any_float = true;
        break;
    case TUM_BIGINT:
        chunk->kind[i] = TUM_BIGINT;
        chunk->number[i].obj = take_number.as.obj;
        break;
    default:
        chunk->kind[i] = TUM_INT;
        chunk->number[i].i = take_number.as.i;
        break;
    }
}

static tum_val number_at(const struct tum_chunk *chunk, size_t i)
{
    tum_val v = {.kind = chunk->kind[i]};

    if (chunk->kind[i] == TUM_FLOAT)
        v.as.f = chunk->number[i].f;
    else if (chunk->kind[i] == TUM_BIGINT)
        v.as.obj = chunk->number[i].obj;
    else
        v.as.i = chunk->number[i].i;
    return v;
}

bool tum_series_last(const struct tum_series *series, int64_t *ret_at,
                     tum_val *ret_number)
{
    const struct tum_chunk *chunk;

    if (series->count == 0)
        return false;
    chunk = &series->chunks[series->chunk_count - 1];
    *ret_at = chunk->at[series->filled - 1];
    *ret_number = number_at(chunk, series->filled - 1);
    return true;
}

void tum_series_look(const struct tum_series *series, struct tum_series_view *ret)
{
    *ret = (struct tum_series_view){
        .chunks = tum_new_array(struct tum_chunk, series->chunk_count),
        .count = series->count,
        .any_float = series->any_float,
    };
    if (series->chunk_count > 0)
        memcpy(ret->chunks, series->chunks, series->chunk_count * sizeof(*ret->chunks));
}

void tum_series_view_release(struct tum_series_view *view)
{
    tum_free(view->chunks);
    *view = (struct tum_series_view){0};
}

/* The chunk and index of the next sample; NULL at the end. */
static const struct tum_chunk *step(const struct tum_series_view *view,
                                    struct tum_series_walk *walk, size_t *ret_index)
{
    const struct tum_chunk *chunk;

    if (walk->done == view->count)
        return NULL;
    chunk = &view->chunks[walk->chunk];
    if (walk->index == chunk->cap) {
        chunk = &view->chunks[++walk->chunk];
        walk->index = 0;
    }
    walk->done++;
    *ret_index = walk->index++;
    return chunk;
}

bool tum_series_next(const struct tum_series_view *view, struct tum_series_walk *walk,
                     int64_t *ret_at, tum_val *ret_number)
{
    size_t i = 0;
    const struct tum_chunk *chunk = step(view, walk, &i);

    if (chunk == NULL)
        return false;
    *ret_at = chunk->at[i];
    *ret_number = number_at(chunk, i);
    return true;
}

bool tum_series_next_double(const struct tum_series_view *view,
                            struct tum_series_walk *walk, int64_t *ret_at,
                            double *ret_number)
{
    size_t i = 0;
    const struct tum_chunk *chunk = step(view, walk, &i);

    if (chunk == NULL)
        return false;
    *ret_at = chunk->at[i];
    if (chunk->kind[i] == TUM_INT)
        *ret_number = (double)chunk->number[i].i;
    else if (chunk->kind[i] == TUM_FLOAT)
        *ret_number = chunk->number[i].f;
    else
        tum_val_to_double(number_at(chunk, i), ret_number);
    return true;
}
