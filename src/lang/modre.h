/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns and matches as objects, shared by the files of the module re.
 */
#ifndef TUM_MODRE_H
#define TUM_MODRE_H

#include "lang/module.h"
#include "lang/regex.h"

struct tum_opattern {
    struct tum_obj head;
    const struct tum_regex *re; /* of the machine's cache */
    struct tum_obj *text;
    unsigned flags; /* as given */
};

struct tum_omatch {
    struct tum_obj head;
    struct tum_opattern *pattern;
    struct tum_obj *text;
    size_t *spans; /* bytes, SIZE_MAX: did not take part */
};

extern const struct tum_type tum_type_pattern, tum_type_match;

static inline struct tum_opattern *tum_as_pattern(struct tum_obj *o)
{
    return (struct tum_opattern *)o;
}
static inline struct tum_omatch *tum_as_match(struct tum_obj *o)
{
    return (struct tum_omatch *)o;
}

/* All matches, one after the other: an empty one may follow where another ended. */
struct tum_rewalk {
    struct tum_vm *vm;
    struct tum_opattern *pattern;
    struct tum_obj *text;
    size_t *spans;
    size_t from;
    bool advance;
    bool ended;
};

/* False: failed; the text is no str, or patterns see it differently. */
bool tum_rewalk_begin(struct tum_vm *vm, struct tum_rewalk *w, struct tum_opattern *p,
                      struct tum_obj *text);
/* One match in the manner of `how`, from the beginning. */
bool tum_rewalk_first(struct tum_rewalk *w, enum tum_regex_how how, bool *ret_found);
/* False: no more, or failed. */
bool tum_rewalk_next(struct tum_rewalk *w);
/* A group's text; `none` when it did not take part. */
struct tum_obj *tum_rewalk_text(struct tum_vm *vm, struct tum_obj *text,
                                const size_t *spans, size_t group,
                                struct tum_obj *none);
/* The present match as an object. */
struct tum_obj *tum_new_match(struct tum_vm *vm, struct tum_opattern *p,
                              struct tum_obj *text, const size_t *spans);

/* pattern.sub, with_count: pattern.subn (resub.c). `most` may be NULL. */
struct tum_obj *tum_re_sub(struct tum_vm *vm, struct tum_opattern *p,
                           struct tum_obj *repl, struct tum_obj *text,
                           struct tum_obj *most, bool with_count);
/* A count or maxsplit: zero is no limit. */
bool tum_re_count(struct tum_vm *vm, struct tum_obj *o, size_t *ret);
/* The repr of a text, at most `most` characters of it. */
void tum_text_write_short_repr(struct tum_buf *out, struct tum_obj *text, size_t most);

#endif
