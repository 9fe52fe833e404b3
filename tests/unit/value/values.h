/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values from short texts, and comparisons that print both sides, for the tests of this
 * folder. Does not test anything by itself.
 */
#ifndef TUM_TEST_VALUES_H
#define TUM_TEST_VALUES_H

#include "tum/mem.h"
#include "unit.h"
#include "value/vnum.h"

#define VALUE TUM_AUTO(tum_val_release) tum_val

/* The value of a JSON text that must be right. */
static inline tum_val value_json(const char *text)
{
    struct tum_error *err = NULL;
    tum_val v = tum_val_none();

    if (!tum_json_read(tum_str_of(text), (struct tum_span){0}, &v, &err))
        ck_abort_msg("%s: %s", text, err->text);
    return v;
}

static inline tum_val value_int(const char *digits)
{
    tum_val v;

    ck_assert_msg(tum_int_digits(tum_str_of(digits), 10, &v), "digits '%s'", digits);
    return v;
}

/* A list, tuple or set of what is in a JSON list. */
static inline tum_val value_seq(enum tum_kind kind, const char *text)
{
    VALUE list = value_json(text);
    struct tum_list_builder *b = tum_seq_begin(kind, 0);

    tum_list_each (e, list) {
        ck_assert(tum_list_add(b, tum_val_ref(*e)));
    }
    return tum_list_end(b);
}

static inline void value_is(tum_val v, const char *repr)
{
    TUM_AUTO(tum_freep) char *text = tum_val_to_repr(v);

    ck_assert_str_eq(text, repr);
}

/* An error of this class with this message, which is released. */
static inline void error_is(struct tum_error *err, const char *type, const char *text)
{
    ck_assert_ptr_nonnull(err);
    ck_assert_ptr_nonnull(err->type);
    ck_assert_str_eq(err->type, type);
    ck_assert_str_eq(err->text, text);
    tum_error_free(err);
}

#endif
