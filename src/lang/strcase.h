/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letter case and character classes of texts, as Python's str has them.
 */
#ifndef TUM_STRCASE_H
#define TUM_STRCASE_H

#include "lang/obj.h"

enum tum_case {
    TUM_CASE_UPPER,
    TUM_CASE_LOWER,
    TUM_CASE_TITLE,
    TUM_CASE_CAPITALIZE,
    TUM_CASE_SWAP,
    TUM_CASE_FOLD,
};

/* Adds the text in another case. */
void tum_text_write_case(struct tum_buf *out, struct tum_str text, enum tum_case how);
/* The same for a str object. NULL: failed. */
struct tum_obj *tum_op_case(struct tum_vm *vm, struct tum_obj *str, enum tum_case how);

/* str.islower and so on, for the method table. */
typedef struct tum_obj *tum_strcase_fn(struct tum_vm *vm, struct tum_obj **a, size_t n);
extern tum_strcase_fn tum_str_islower, tum_str_isupper, tum_str_istitle,
    tum_str_isspace, tum_str_isalpha, tum_str_isalnum, tum_str_isdecimal,
    tum_str_isdigit, tum_str_isnumeric, tum_str_isidentifier, tum_str_isprintable,
    tum_str_isascii;

#endif
