/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python literals of the command line: the value of `-d NAME=VALUE`.
 */
#ifndef TUM_DEFINE_H
#define TUM_DEFINE_H

#include "tum/val.h"

/*
 * The value of a literal as ast.literal_eval reads it: numbers in any notation with
 * signs, quoted text and bytes with prefixes and joined neighbours, lists, tuples,
 * mappings, sets, None, True, False, parentheses; blanks and tabs in front are dropped.
 * Anything else, also complex numbers, is the text itself, unchanged. Owned.
 */
tum_val tum_define_value(struct tum_str text) TUM_MUST_USE;

#endif
