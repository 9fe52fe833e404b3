/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole numbers taken out of the text of an expression, so that texts which differ in
 * nothing else share one parsed tree: '$(i) * 2' of a loop is parsed once. Reads no grammar:
 * what it takes is confirmed by the tree before it counts.
 */
#ifndef TUM_LIFT_H
#define TUM_LIFT_H

#include "lang/ast.h"

/* Numbers taken out of one text; a text with more keeps the rest. */
#define TUM_LIFT_LIMIT 16
/* Longest text that numbers are taken out of, in bytes; bounds the walk over its tree. */
#define TUM_LIFT_TEXT  1024

struct tum_lift {
    struct tum_buf key; /* the text with a mark for each number */
    unsigned count;
    struct {
        uint32_t start, stop; /* its digits in the text */
        int64_t value;
    } numbers[TUM_LIFT_LIMIT];
};

/*
 * Fills `lift` (its key initialised by the caller and used again and again). False: the
 * text holds the mark itself and has no key.
 */
bool tum_lift_scan(struct tum_lift *lift, struct tum_str text);
/*
 * The constants of the tree that the text was parsed into, one for each number, in
 * ret_nodes[lift->count]. False: one of them is no constant of the tree.
 */
bool tum_lift_nodes(const struct tum_lift *lift, struct tum_ast *root,
                    struct tum_ast **ret_nodes);

#endif
